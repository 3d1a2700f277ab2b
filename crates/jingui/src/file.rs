//! `jingui file seal|open`: the vault's file format without a server or a data folder, for drills and for whoever holds a key
//! (docs/file-format.md).
//!
//! Exit codes: 0 done, 1 refused or damaged, 2 nothing to read or to write to. A plain file appears only when it was whole; what
//! goes to a pipe must be thrown away when the exit code is not 0.

use std::{
    fs::{File, OpenOptions},
    io::{Cursor, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
};

use clap::ArgMatches;
use jingui_model::{Id, Problem, Rng};
use jingui_vault::{
    SystemRng, file, key_file,
    suite::{self, Suite},
};

use crate::terminal::Terminal;

/// The names of the suites on the command line.
pub const SUITES: [&str; 2] = [suite::NAMES[0].1, suite::NAMES[1].1];

/// Seals or opens.
///
/// # Errors
/// `vault.*` when the key does not fit, the file is damaged, or reading and writing fail in between; `cli.file.suite_other`.
pub fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    let Some((what, args)) = args.subcommand() else { return Ok(2) };
    let path = |name: &str| args.get_one::<PathBuf>(name).cloned().unwrap_or_default();
    let (from, to, key) = (path("in"), path("out"), path("key-file"));
    let opened = read_key(terminal, &key).and_then(|key| Ok((key, input(&from)?, Output::to(&to)?)));
    let (key, mut input, mut output) = match opened {
        Ok(opened) => opened,
        Err(problem) => {
            terminal.problem(&problem);
            return Ok(2);
        }
    };
    let chosen = args.get_one::<String>("suite").map(|name| named(name)).transpose()?;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let bytes = if what == "seal" {
        let suite = chosen.map_or_else(|| suite::suite(suite::DEFAULT), Ok)?;
        let key = key_file::parse_for(&key, suite)?;
        let rng: &dyn Rng = &SystemRng;
        file::seal_parallel(suite, &key, Id::from_bytes(rng.array()), rng, &mut input, &mut output.writer, threads)?
    } else {
        let mut header = Vec::with_capacity(file::HEADER);
        (&mut input).take(file::HEADER as u64).read_to_end(&mut header).map_err(|e| unreadable(&from, &e))?;
        let suite = file::suite_of(&header)?;
        if chosen.is_some_and(|chosen| chosen.id() != suite.id()) {
            return Err(Problem::invalid("cli.file.suite_other").arg("suite", suite::name_of(suite.id())));
        }
        let key = key_file::parse_for(&key, suite)?;
        file::open_parallel(&key, &mut Cursor::new(header).chain(input), &mut output.writer, threads)?
    };
    output.keep()?;
    let said = if what == "seal" { "cli.file.sealed" } else { "cli.file.opened" };
    terminal.aside(&terminal.words().say(said, &[("path", to.display().to_string()), ("bytes", bytes.to_string())]));
    Ok(0)
}

fn named(name: &str) -> Result<&'static dyn Suite, Problem> {
    suite::suite(suite::by_name(name)?)
}

fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::unavailable("cli.file.input").arg("path", path.display()).detail(error.kind())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::unavailable("cli.file.output").arg("path", path.display()).detail(error.kind())
}

/// The key file's bytes; says so when others can read it too.
fn read_key(terminal: &Terminal, path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, Problem> {
    /// Longer is no key, whatever it is.
    const MOST: u64 = 4096;
    let read = || {
        let file = File::open(path)?;
        let open_to_others = file.metadata()?.permissions().mode() & 0o077 != 0;
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(4096));
        file.take(MOST).read_to_end(&mut bytes)?;
        Ok((bytes, open_to_others))
    };
    let (bytes, open_to_others) = read().map_err(|e| unreadable(path, &e))?;
    if open_to_others {
        terminal.aside(&terminal.words().say("cli.file.key_open", &[("path", path.display().to_string())]));
    }
    Ok(bytes)
}

fn input(path: &Path) -> Result<Box<dyn Read>, Problem> {
    if is_stream(path) {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    File::open(path).map(|file| Box::new(file) as Box<dyn Read>).map_err(|e| unreadable(path, &e))
}

/// Where the result goes. A file has a name of its own until it is whole; pipes and devices are written to as they are.
struct Output {
    writer: Box<dyn Write>,
    /// The file under its first name, and both names.
    unfinished: Option<(File, PathBuf, PathBuf)>,
}

impl Output {
    fn to(path: &Path) -> Result<Self, Problem> {
        let failed = |e: std::io::Error| unwritable(path, &e);
        if is_stream(path) {
            return Ok(Self { writer: Box::new(std::io::stdout().lock()), unfinished: None });
        }
        if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
            let device = OpenOptions::new().write(true).open(path).map_err(failed)?;
            return Ok(Self { writer: Box::new(device), unfinished: None });
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        let new = path.with_file_name(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).map_err(failed)?;
        let writer = Box::new(file.try_clone().map_err(failed)?);
        Ok(Self { writer, unfinished: Some((file, new, path.to_owned())) })
    }

    fn keep(mut self) -> Result<(), Problem> {
        self.writer.flush().map_err(|e| unwritable(Path::new("-"), &e))?;
        if let Some((file, new, path)) = self.unfinished.take() {
            file.sync_all().and_then(|()| std::fs::rename(&new, &path)).map_err(|e| unwritable(&path, &e))?;
        }
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some((_, new, _)) = self.unfinished.take() {
            // What is left of a refused file is of no use, and nobody would know what it is.
            drop(std::fs::remove_file(new));
        }
    }
}

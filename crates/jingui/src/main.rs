//! The program: puts the parts together, speaks the person's language, turns problems into exit codes.
//!
//! Exit codes: 0 done; 1 failed or damaged; 2 wrong arguments or nothing to read.

mod backup;
mod cli;
mod device;
mod doctor;
mod document;
mod evidence;
mod file;
mod init;
mod log;
mod overlay;
mod package;
mod serve;
mod simulate;
mod terminal;
mod verify;
mod witness;

use std::process::ExitCode;

use clap::ArgMatches;
use jingui_model::Problem;

use crate::terminal::Terminal;

#[tokio::main]
async fn main() -> ExitCode {
    // Whatever this process makes is its owner's alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // Memory holds everything that is opened: it must not end up in a core file. A system that refuses has none.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    let args: Vec<_> = std::env::args_os().collect();
    let terminal = match Terminal::new(cli::lang(&args, |name| std::env::var(name).ok())) {
        Ok(terminal) => terminal,
        Err(problem) => return Terminal::without_words(&problem),
    };
    match cli::command(terminal.words()).try_get_matches_from(&args) {
        Ok(matches) => ExitCode::from(run(&terminal, &matches).await),
        Err(error) => cli::refused(&terminal, &error),
    }
}

async fn run(terminal: &Terminal, matches: &ArgMatches) -> u8 {
    let done: Result<u8, Problem> = match matches.subcommand() {
        Some(("serve", args)) => serve::run(terminal, args).await,
        Some(("init", args)) => init::run(terminal, args).await,
        Some(("verify", args)) => verify::run(terminal, args).await,
        Some(("evidence", args)) => evidence::run(terminal, args).await,
        Some(("simulate", args)) => simulate::run(terminal, args).await,
        Some(("document", args)) => document::run(terminal, args).await,
        Some(("doctor", args)) => doctor::run(terminal, args).await,
        Some(("witness", args)) => witness::run(terminal, args).await,
        Some(("overlay", args)) => overlay::run(terminal, args),
        Some(("file", args)) => file::run(terminal, args),
        Some(("backup", args)) => backup::take(terminal, args).await,
        Some(("restore", args)) => backup::restore(terminal, args).await,
        Some(("backup-key", args)) => backup::key(terminal, args),
        Some(("openapi", _)) => jingui_server::openapi().map(|text| {
            terminal.raw(&text);
            0
        }),
        _ => Ok(2),
    };
    done.unwrap_or_else(|problem| {
        terminal.problem(&problem);
        1
    })
}

//! A PostgreSQL server for one test binary: started on first use on a socket in a temporary folder, gone
//! when the binary ends, however it ends.
//!
//! Needs nothing but the standard library, so that the tests of any crate can include this file by path.
//! Without PostgreSQL the tests fail and say what to install: they are never skipped. PostgreSQL refuses
//! to run as root, hence root runs it as the user `postgres` (or `nobody`). The server is fast rather than
//! durable (`fsync=off`) unless `JINGUI_TEST_PG_DURABLE` is set: tests stop our program, not the server.

use std::{
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The running server.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    serial: AtomicU32,
    /// The keeper ends the server when this pipe closes, which the kernel does at our end.
    _leash: ChildStdin,
}

/// The one server of this test binary.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    /// The URL of a new, empty database.
    pub fn fresh_database(&self) -> String {
        let name = format!("t{}", self.serial.fetch_add(1, Ordering::Relaxed));
        let host = self.folder.display().to_string();
        run(Command::new(self.bin.join("createdb")).args(["-h", &host, "-U", "jingui", &name]));
        format!("postgres://jingui@localhost/{name}?host={}", host.replace('/', "%2F"))
    }

    fn start() -> Self {
        let bin = binaries();
        let user = server_user();
        let folder = std::env::temp_dir().join(format!("jingui-pg-{}", std::process::id()));
        let data = folder.join("data");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("temporary folder");
        if let Some(user) = &user {
            run(Command::new("chown").arg(user).arg(&folder));
        }
        let initdb = bin.join("initdb");
        run(as_user(user.as_deref(), &initdb).arg("-D").arg(&data).args([
            "-U",
            "jingui",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ]));

        let durable = if std::env::var_os("JINGUI_TEST_PG_DURABLE").is_some() { "on" } else { "off" };
        let mut server = as_user(user.as_deref(), &bin.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in ["listen_addresses=", "max_connections=300", "shared_buffers=128MB", "max_wal_size=4GB"] {
            server.args(["-c", setting]);
        }
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            server.args(["-c", &format!("{setting}={durable}")]);
        }
        let leash = keep(&server, &folder);
        let cluster = Self { bin, folder, serial: AtomicU32::new(0), _leash: leash };
        cluster.wait_until_ready();
        cluster
    }

    fn wait_until_ready(&self) {
        for _ in 0..600 {
            let ready = Command::new(self.bin.join("pg_isready")).arg("-q").arg("-h").arg(&self.folder).status();
            if ready.is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not come up:\n{log}");
    }
}

/// Starts a server under a keeper, which waits for our end of the pipe to close, then stops the server and clears up.
pub fn keep(server: &Command, folder: &Path) -> ChildStdin {
    let script = r#""$@" & server=$!; trap '' INT TERM HUP; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf "$FOLDER""#;
    let mut keeper = Command::new("sh");
    keeper.args(["-c", script, "keeper"]).arg(server.get_program()).args(server.get_args()).env("FOLDER", folder);
    let log = std::fs::File::create(folder.join("log")).expect("log file");
    keeper.stdin(Stdio::piped()).stdout(log.try_clone().expect("log file")).stderr(log).current_dir("/");
    keeper.spawn().expect("sh").stdin.take().expect("pipe")
}

/// The folder with the server's programs, from PATH or from where Debian puts them, the newest first.
pub fn binaries() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter_map(|folder| folder.join("initdb").canonicalize().ok()?.parent().map(Path::to_owned));
    let mut debian: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    debian.sort_by_key(|bin| std::cmp::Reverse(bin.parent().and_then(|p| p.file_name()?.to_str()?.parse::<u32>().ok())));
    let complete = |bin: &PathBuf| ["initdb", "postgres", "createdb", "pg_isready"].iter().all(|program| bin.join(program).is_file());
    on_path
        .chain(debian)
        .find(complete)
        .expect("PostgreSQL's server is needed by this test: install it (Debian: apt-get install postgresql) or put its bin folder on PATH")
}

/// Whom the server runs as: nobody else unless we are root.
pub fn server_user() -> Option<String> {
    let id = |args: &[&str]| Command::new("id").args(args).output().ok().filter(|o| o.status.success());
    let own = id(&["-u"]).expect("id");
    (own.stdout.trim_ascii() == b"0")
        .then(|| ["postgres", "nobody"].into_iter().find(|user| id(&["-u", user]).is_some()).expect("a user to run PostgreSQL").to_owned())
}

pub fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), "--clear-groups"]).arg(program);
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) {
    let Output { status, stdout, stderr } = command.current_dir("/").output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(status.success(), "{command:?}: {}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
}

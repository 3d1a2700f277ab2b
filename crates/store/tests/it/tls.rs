//! TLS to PostgreSQL, with a server that has a certificate of a house's own authority (made by openssl).

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{ChildStdin, Command},
    time::Duration,
};

use jingui_model::Class;
use jingui_store::{Place, Store};

use crate::{
    postgres::{as_user, binaries, keep, run, server_user},
    world::code,
};

/// A server on a port of this machine; its certificate is for `db.example` and `127.0.0.1`.
struct Server {
    folder: PathBuf,
    port: u16,
    _leash: ChildStdin,
}

fn openssl(folder: &Path, args: &[&str]) {
    run(Command::new("sh").args(["-c", r#"cd "$0" && exec openssl "$@""#]).arg(folder).args(args));
}

/// An authority `<name>.pem`.
fn authority(folder: &Path, name: &str) {
    let (key, pem, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
    let new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", &subject];
    openssl(folder, &[&new[..], &["-keyout", &key, "-out", &pem]].concat());
}

impl Server {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("jingui-pg-tls-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        authority(&folder, "house");
        authority(&folder, "stranger");
        std::fs::write(folder.join("names"), "subjectAltName=DNS:db.example,IP:127.0.0.1\n").unwrap();
        openssl(
            &folder,
            &[
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=db",
                "-keyout",
                "db.key",
                "-out",
                "db.csr",
            ],
        );
        openssl(
            &folder,
            &[
                "x509",
                "-req",
                "-in",
                "db.csr",
                "-CA",
                "house.pem",
                "-CAkey",
                "house.key",
                "-CAcreateserial",
                "-days",
                "2",
                "-extfile",
                "names",
                "-out",
                "db.pem",
            ],
        );
        let user = server_user();
        if let Some(user) = &user {
            run(Command::new("chown").args(["-R", user]).arg(&folder));
        }
        run(Command::new("chmod").arg("600").arg(folder.join("db.key")));
        let (bin, data) = (binaries(), folder.join("data"));
        run(as_user(user.as_deref(), &bin.join("initdb")).arg("-D").arg(&data).args([
            "-U",
            "jingui",
            "-A",
            "trust",
            "--no-locale",
            "--no-sync",
        ]));
        // The port may be taken between choosing and listening; then another one is tried.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut server = as_user(user.as_deref(), &bin.join("postgres"));
            server.arg("-D").arg(&data).arg("-k").arg(&folder).args([
                "-p",
                &port.to_string(),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "fsync=off",
                "-c",
                "ssl=on",
            ]);
            for (setting, file) in [("ssl_cert_file", "db.pem"), ("ssl_key_file", "db.key")] {
                server.args(["-c", &format!("{setting}={}", folder.join(file).display())]);
            }
            let leash = keep(&server, &folder);
            let server = Self { folder: folder.clone(), port, _leash: leash };
            if server.ready(&bin) {
                return server;
            }
        }
        panic!("PostgreSQL does not come up: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
    }

    fn ready(&self, bin: &Path) -> bool {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            let asked = Command::new(bin.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]).status();
            asked.is_ok_and(|status| status.success())
        })
    }

    async fn open(&self, host: &str, more: &str) -> Result<Store, jingui_model::Problem> {
        let roots = |name: &str| self.folder.join(name).display().to_string();
        let more = more.replace("HOUSE", &roots("house.pem")).replace("STRANGER", &roots("stranger.pem"));
        Store::open(&Place::Postgres(format!("postgres://jingui@{host}:{}/postgres?{more}", self.port))).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_has_to_prove_who_it_is() {
    let server = Server::start();
    let store = server.open("127.0.0.1", "sslmode=verify-full&sslrootcert=HOUSE").await.unwrap();
    assert_eq!(store.head().await.unwrap().next, 0);
    store.close().await;
    for (host, more, why) in [
        ("localhost", "sslmode=verify-full&sslrootcert=HOUSE", "not valid for name"),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=STRANGER", "UnknownIssuer"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=STRANGER", "UnknownIssuer"),
        ("127.0.0.1", "sslmode=require&sslrootcert=STRANGER", "UnknownIssuer"),
        ("127.0.0.1", "sslmode=verify-full", "UnknownIssuer"),
    ] {
        let problem = server.open(host, more).await.unwrap_err();
        assert_eq!((problem.code(), problem.class()), ("store.database_tls", Class::Unavailable), "{more}: {problem:?}");
        assert!(problem.operator_detail().unwrap_or_default().contains(why), "{more}: {problem:?}");
    }
    // The name is another matter than the authority (libpq's verify-ca).
    server.open("localhost", "sslmode=verify-ca&sslrootcert=HOUSE").await.unwrap().close().await;
    server.open("127.0.0.1", "sslmode=require").await.unwrap().close().await;
    assert_eq!(code(server.open("127.0.0.1", "sslmode=verify-full&sslrootcert=/not/there.pem").await), "store.database_roots");
}

/// A server that speaks no TLS is not spoken to when TLS was asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_way_back_to_plain_text() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(b"N").await.unwrap();
        let mut more = vec![];
        let _ = stream.read_to_end(&mut more).await;
        more
    });
    let url = format!("postgres://jingui:hunter2@127.0.0.1:{port}/postgres?sslmode=require");
    let problem = Store::open(&Place::Postgres(url)).await.unwrap_err();
    assert_eq!(problem.code(), "store.database_tls");
    assert!(!format!("{problem:?}").contains("hunter2"));
    assert_eq!(told.await.unwrap(), b"", "nothing is sent after the refusal");
}

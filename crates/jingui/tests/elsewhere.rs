//! `jingui verify` and `jingui doctor` where the database is PostgreSQL and the sealed files lie in a bucket.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jingui_model::clock::SystemClock;
use jingui_store::{Keys, Objects};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use serde_json::Value;
use sqlx::Connection as _;

#[path = "../../store/tests/support/postgres.rs"]
mod postgres;

const KEYS: (&str, &str) = ("AKID", "a-secret/that+nobody=sees");

/// A bucket `sealed` in a folder; its port.
async fn bucket(folder: &Path) -> u16 {
    std::fs::create_dir_all(folder.join("sealed")).expect("bucket");
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("files"));
    builder.set_auth(SimpleAuth::from_single(KEYS.0, KEYS.1));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let service = service.clone();
                async move { service.call(request.map(s3s::Body::from)).await }
            });
            tokio::spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await.ok() });
        }
    });
    port
}

/// Runs the program off the threads that serve the bucket.
async fn run(args: &[&str]) -> Output {
    let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
    let work = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
        command.args(args).env("LANG", "en_US.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("JINGUI_DATABASE");
        command.env("JINGUI_S3_KEY_ID", KEYS.0).env("JINGUI_S3_SECRET", KEYS.1);
        command.output().expect("the program")
    });
    work.await.expect("end")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { all.extend(files(&entry.path())) } else { all.push(entry.path()) }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_elsewhere_is_examined_too() {
    let folder = tempfile::tempdir().expect("folder");
    let text = |path: PathBuf| path.display().to_string();
    let (data, key) = (text(folder.path().join("data")), text(folder.path().join("key")));
    let port = bucket(&folder.path().join("store")).await;
    let objects = format!("s3://sealed/jingui?endpoint=http://127.0.0.1:{port}");
    let database = postgres::cluster().fresh_database();
    let there = ["--database", database.as_str(), "--objects", objects.as_str()];
    let made = run(&[&["init", "--data", &data, "--sample", "bearing", "--key-file", &key], &there[..]].concat()).await;
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let put = Objects::open_with(&objects, &folder.path().join("tmp"), Some(Keys::new(KEYS.0, KEYS.1)), Arc::new(SystemClock))
        .await
        .expect("bucket");
    let name = put.put_bytes(*b"sealed bytes").await.expect("put");

    let verify = [&["verify", &data, "--json"], &there[..]].concat();
    let doctor = [&["doctor", "--data", &data, "--json"], &there[..]].concat();
    let whole = run(&verify).await;
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    let report: Value = serde_json::from_slice(&whole.stdout).expect("json");
    assert!(report["events"].as_u64().is_some_and(|n| n > 100) && report["records"].as_u64().is_some_and(|n| n > 100), "{report}");
    assert!(report["objects"].as_u64().is_some_and(|n| n >= 1), "{report}");
    let healthy = run(&doctor).await;
    assert_eq!(healthy.status.code(), Some(0), "{}", said(&healthy));
    assert!(said(&healthy).contains("cli.doctor.objects.ok") && said(&healthy).contains("cli.doctor.database.ok"), "{}", said(&healthy));

    // A byte in the bucket.
    let file = files(&folder.path().join("store")).into_iter().find(|f| f.file_name().is_some_and(|n| *n == *name)).expect("the object");
    std::fs::write(&file, "other bytes.").expect("written");
    let changed = run(&verify).await;
    assert_eq!(changed.status.code(), Some(1), "{}", said(&changed));
    assert!(said(&changed).contains("verify.object_changed") && said(&changed).contains(&name), "{}", said(&changed));
    assert_eq!(run(&doctor).await.status.code(), Some(1));
    std::fs::write(&file, "sealed bytes").expect("written");

    // A byte in the database.
    let mut connection = sqlx::PgConnection::connect(&database).await.expect("database");
    let row = "SELECT id FROM records ORDER BY id LIMIT 1";
    let spoil = format!("UPDATE records SET sealed = set_byte(sealed, 40, 255 - get_byte(sealed, 40)) WHERE id = ({row})");
    sqlx::raw_sql(sqlx::AssertSqlSafe(spoil.clone())).execute(&mut connection).await.expect("spoiled");
    let changed = run(&verify).await;
    assert_eq!(changed.status.code(), Some(1), "{}", said(&changed));
    assert!(said(&changed).contains("verify.record_changed"), "{}", said(&changed));
    sqlx::raw_sql(sqlx::AssertSqlSafe(spoil)).execute(&mut connection).await.expect("mended");
    assert_eq!(run(&verify).await.status.code(), Some(0));
    sqlx::raw_sql("DELETE FROM events WHERE position = 7").execute(&mut connection).await.expect("deleted");
    let missing = run(&verify).await;
    assert_eq!(missing.status.code(), Some(1), "{}", said(&missing));
    assert!(said(&missing).contains("verify.event_missing"), "{}", said(&missing));

    // What cannot be reached cannot be examined, and its password is not told.
    let away = "postgres://jingui:hunter2@127.0.0.1:1/none";
    for (code, args) in [(2, &["verify", &data, "--database", away][..]), (1, &["doctor", "--data", &data, "--database", away][..])] {
        let out = run(args).await;
        assert_eq!(out.status.code(), Some(code), "{}", said(&out));
        assert!(!said(&out).contains("hunter2"), "{}", said(&out));
    }
    let shut = objects.replace(&port.to_string(), "1");
    let out = run(&["verify", &data, "--database", &database, "--objects", &shut]).await;
    assert_eq!(out.status.code(), Some(2), "{}", said(&out));
}

/// Every row of a database that a backup holds, with its wrapped key.
async fn rows(database: &str) -> Vec<Vec<jingui_store::dump::Value>> {
    use jingui_store::{Place, Store, dump};
    let store = Store::examine(&Place::Postgres(database.to_owned())).await.expect("database");
    let mut snapshot = store.snapshot().await.expect("snapshot");
    let mut all = vec![];
    for table in dump::TABLES {
        let mut cursor = table.start();
        loop {
            let page = snapshot.rows(table, &mut cursor).await.expect("rows");
            if page.is_empty() {
                break;
            }
            all.extend(page.iter().map(|row| table.unpack(&row.bytes, row.secret.as_deref()).expect("a row")));
        }
    }
    all.retain(|row| row.first() != Some(&dump::Value::Text("restored".to_owned())));
    drop(snapshot);
    store.close().await;
    all
}

/// B 7.2.2: PostgreSQL and two buckets, backed up into a third and restored to others; and into a folder as it comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_elsewhere_is_backed_up_into_a_bucket_and_restored() {
    let folder = tempfile::tempdir().expect("folder");
    let text = |name: &str| folder.path().join(name).display().to_string();
    let (data, key) = (text("data"), text("key"));
    let port = bucket(&folder.path().join("store")).await;
    let at = |name: &str| format!("s3://sealed/{name}?endpoint=http://127.0.0.1:{port}");
    let (objects, ledger, place) = (at("objects"), at("ledger"), at("place"));
    let database = postgres::cluster().fresh_database();
    let there = ["--database", database.as_str(), "--objects", objects.as_str(), "--ledger", ledger.as_str()];
    let made = run(&[&["init", "--data", &data, "--sample", "bearing", "--key-file", &key], &there[..]].concat()).await;
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let put = Objects::open_with(&objects, &folder.path().join("tmp"), Some(Keys::new(KEYS.0, KEYS.1)), Arc::new(SystemClock))
        .await
        .expect("bucket");
    let (small, large) = (vec![1; 1000], (0..9_000_000_u32).map(|n| (n % 251) as u8).collect::<Vec<u8>>());
    let names = [put.put_bytes(small).await.expect("put"), put.put_bytes(large).await.expect("put")];
    for kept in [0, 1] {
        let out = run(&[&["backup", "--data", &data, "--to", &place, "--json"], &there[..]].concat()).await;
        assert_eq!(out.status.code(), Some(0), "{}", said(&out));
        let report: Value = serde_json::from_slice(&out.stdout).expect("json");
        assert_eq!((report["objects"].as_u64(), report["kept"].as_u64() > Some(3)), (Some(2), kept == 1), "{report}");
    }
    let (objects, ledger, empty) = (at("objects-2"), at("ledger-2"), postgres::cluster().fresh_database());
    let back = ["--database", empty.as_str(), "--objects", objects.as_str(), "--ledger", ledger.as_str()];
    let again = text("again");
    let out = run(&[&["restore", "--from", &place, "--data", &again, "--key-file", &key], &back[..]].concat()).await;
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert_eq!(rows(&database).await, rows(&empty).await);
    let put = Objects::open_with(&objects, &folder.path().join("tmp"), Some(Keys::new(KEYS.0, KEYS.1)), Arc::new(SystemClock))
        .await
        .expect("bucket");
    let mut held = names.to_vec();
    held.sort();
    assert_eq!(put.list().await.expect("list"), held);
    // A database that is in use is not written over.
    let over = run(&["restore", "--from", &place, "--data", &text("over"), "--key-file", &key, "--database", &database]).await;
    assert!(over.status.code() == Some(1) && said(&over).contains("is not empty"), "{}", said(&over));
    // Rows are portable: the same backup becomes SQLite in a folder.
    let plain = run(&["restore", "--from", &place, "--data", &text("plain"), "--key-file", &key]).await;
    assert_eq!(plain.status.code(), Some(0), "{}", said(&plain));
    let drill = run(&[&["restore", "--from", &place, "--data", &data, "--key-file", &key, "--drill", "--json"], &there[..]].concat()).await;
    assert_eq!(drill.status.code(), Some(0), "{}", said(&drill));
}

//! Issue 2, "Bad input and faults": a second process on the same folder, and folders that do not belong
//! together because one came back from an old backup. The answer is a clear refusal, and the ledger never
//! forks: nothing is signed until a person has decided.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::company::{Company, expect};
use crate::evidence;
use crate::luck::Chance;
use crate::work::{Stop, Worker};

/// The second process is refused with a reason and an exit code; the first one does not notice.
#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let side = tempfile::tempdir().unwrap();
    let (company, mut first) = Company::found(&side.path().join("data"), side.path(), None);
    let refused = company.start().expect_err("a second server on the same folder");
    assert_eq!(refused.code, Some(1), "{}", refused.said);
    assert!(refused.said.contains("is in use by another process"), "{}", refused.said);
    assert!(first.runs());
    expect(company.client(&first).get("/api/me"), 200, "the first server goes on");
    let mut worker = Worker::new(0, Chance::new("second"));
    assert_eq!(worker.work(&company, &first.address, 10), Stop::Enough);
    first.kill();
    // The kernel sets the folder free, however its holder died.
    company.up().stop();
}

/// A folder with everything in it, name by name.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { drop(found.insert(path.clone(), fs::read(&path).unwrap())) }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for (path, bytes) in content(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
}

/// Replaces what is of the database, or what is of the ledger, by what stands in another copy.
fn put_back(from: &Path, to: &Path, ledger: bool) {
    let of_the_part = |path: &Path, base: &Path| path.strip_prefix(base).unwrap().starts_with("ledger") == ledger;
    for path in content(to).into_keys().filter(|p| of_the_part(p, to)) {
        fs::remove_file(path).unwrap();
    }
    for (path, bytes) in content(from).into_iter().filter(|(p, _)| of_the_part(p, from)) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
}

/// B 7.2.2 (backups): restored halves that do not fit are refused by name, whichever half is the old one.
#[test]
fn an_old_backup_of_one_half_is_refused_and_nothing_is_signed() {
    let side = tempfile::tempdir().unwrap();
    let (company, server) = Company::found(&side.path().join("data"), side.path(), None);
    let mut workers = [Worker::new(0, Chance::new("backup"))];
    assert_eq!(workers[0].work(&company, &server.address, 30), Stop::Enough);
    evidence::covered(&company, &server);
    server.stop();
    let (old, new) = (side.path().join("old"), side.path().join("new"));
    copy(&company.data, &old);
    let server = company.up();
    assert_eq!(workers[0].work(&company, &server.address, 30), Stop::Enough);
    evidence::covered(&company, &server);
    server.stop();
    copy(&company.data, &new);

    let refused = |what: &str, says: &str| {
        let before = content(&company.data.join("ledger"));
        let refused = company.start().expect_err(what);
        assert_eq!(refused.code, Some(1), "{what}: {}", refused.said);
        assert!(refused.said.contains(says), "{what}: {}", refused.said);
        assert!(content(&company.data.join("ledger")) == before, "{what}: the ledger was touched");
    };
    put_back(&old, &company.data, false);
    refused("an old database", "is ahead of the database");

    copy(&new, &company.data);
    put_back(&old, &company.data, true);
    refused("an old ledger", "is older than the checkpoint kept in the database");

    copy(&new, &company.data);
    fs::remove_dir_all(company.data.join("ledger")).unwrap();
    fs::create_dir(company.data.join("ledger")).unwrap();
    refused("no ledger", "The ledger's folder is gone");

    // Both halves of one age belong together, and work goes on.
    copy(&new, &company.data);
    let server = company.up();
    assert_eq!(workers[0].work(&company, &server.address, 10), Stop::Enough);
    evidence::register(&company, &server, &workers);
    evidence::covered(&company, &server);
    server.stop();
    evidence::ledger(&company, &workers);
    evidence::verified(&company);
}

/// A crash between signing a checkpoint and keeping its copy in the database must not leave the copy behind for
/// ever: it is what an old ledger folder is told by.
#[test]
fn the_copy_of_the_checkpoint_catches_up_after_a_crash() {
    let side = tempfile::tempdir().unwrap();
    let (company, server) = Company::found(&side.path().join("data"), side.path(), None);
    let mut worker = Worker::new(0, Chance::new("copy"));
    evidence::covered(&company, &server);
    server.stop();
    let old = side.path().join("old");
    copy(&company.data.join("ledger"), &old);
    let kept = |sql: &'static str| {
        let url = format!("sqlite://{}", company.data.join("jingui.db").display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            use sqlx::Connection as _;
            let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let row: Option<(i64, Option<String>)> = sqlx::query_as(sql).fetch_optional(&mut db).await.unwrap();
            db.close().await.unwrap();
            row
        })
    };
    let before = kept("SELECT size, note FROM ledger_checkpoint").expect("a checkpoint");
    let server = company.up();
    assert_eq!(worker.work(&company, &server.address, 20), Stop::Enough);
    evidence::covered(&company, &server);
    server.stop();
    // As if the process had died between the two: the folder has the new checkpoint, the database the old one.
    let note = before.1.expect("a note").replace('\'', "''");
    let undo: &'static str = Box::leak(format!("UPDATE ledger_checkpoint SET size = {}, note = '{note}'", before.0).into_boxed_str());
    assert!(kept(undo).is_none());
    let server = company.up();
    assert_eq!(worker.work(&company, &server.address, 10), Stop::Enough);
    let size = evidence::covered(&company, &server);
    server.stop();
    let after = kept("SELECT size, note FROM ledger_checkpoint").expect("a checkpoint");
    assert!(u64::try_from(after.0).unwrap() >= size, "the copy stays behind: {} of {size}", after.0);
    // Hence the old ledger folder is recognised.
    copy(&old, &company.data.join("ledger"));
    let refused = company.start().expect_err("an old ledger");
    assert!(refused.said.contains("is older than the checkpoint kept in the database"), "{}", refused.said);
}

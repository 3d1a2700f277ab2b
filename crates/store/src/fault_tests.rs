//! Faults that only the inside can cause: a full disk, a lost connection, a statement that fails.

use jingui_model::{Class, Id, Instant, Problem};

use crate::{EventRow, Place, Store, Write, link::execute};

#[path = "../tests/support/postgres.rs"]
mod postgres;

fn event(size: usize) -> EventRow {
    let id = Id::nil();
    EventRow {
        index: 0,
        id,
        record: None,
        kind: "k".into(),
        act: "a".into(),
        actor: id,
        at: Instant::from_micros(0),
        entry: vec![],
        sealed: vec![7; size],
    }
}

async fn sqlite() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Store::open(&Place::Folder(folder.path().to_owned())).await.unwrap(), folder)
}

async fn postgres() -> Store {
    Store::open(&Place::Postgres(postgres::cluster().fresh_database())).await.unwrap()
}

async fn append(store: &Store, size: usize) -> Result<u64, Problem> {
    let mut write = store.begin().await?;
    write.append_event(event(size)).await?;
    write.commit().await
}

/// What a statement that PostgreSQL refuses does to the transaction.
async fn break_statement(write: &mut Write, sql: &'static str) -> Problem {
    write.with_link(async |link| execute!(link, sql).map(drop)).await.unwrap_err()
}

/// The issue, "Bad input and faults": a full disk gives a clear error and loses nothing acknowledged.
#[tokio::test]
async fn a_full_disk_is_said_and_the_store_goes_on_when_there_is_room() {
    let (store, _folder) = sqlite().await;
    append(&store, 100).await.unwrap();
    store.writing().await.unwrap().script("PRAGMA max_page_count = 60").await.unwrap();
    let full = append(&store, 1_000_000).await.unwrap_err();
    assert_eq!((full.code(), full.class()), ("store.disk_full", Class::Unavailable));
    assert_eq!(append(&store, 100).await.unwrap(), 2, "small things still fit");
    // In the middle of an act: SQLite may give up the whole transaction, or the act can be undone.
    store.writing().await.unwrap().script("PRAGMA max_page_count = 60").await.unwrap();
    let mut write = store.begin().await.unwrap();
    write.append_event(event(10)).await.unwrap();
    write.savepoint().await.unwrap();
    assert_eq!(write.append_event(event(5_000_000)).await.unwrap_err().code(), "store.disk_full");
    if write.rollback_to_savepoint().await.is_ok() {
        assert_eq!(write.commit().await.unwrap(), 3, "the acts before it were kept");
    } else {
        assert_eq!(write.commit().await.unwrap_err().code(), "store.transaction_failed");
    }
    store.writing().await.unwrap().script("PRAGMA max_page_count = 1000000").await.unwrap();
    let head = store.head().await.unwrap().next;
    assert_eq!(append(&store, 1_000_000).await.unwrap(), head + 1);
    assert!(store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn postgresqls_full_disk_is_said_too() {
    let store = postgres().await;
    let mut write = store.begin().await.unwrap();
    let full = break_statement(&mut write, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$").await;
    assert_eq!((full.code(), full.class()), ("store.disk_full", Class::Unavailable));
}

/// PostgreSQL answers COMMIT in a failed transaction with a rollback and no error: it must never be acknowledged.
#[tokio::test]
async fn a_transaction_with_a_failed_statement_is_never_acknowledged() {
    for store in [postgres().await, sqlite().await.0] {
        let mut write = store.begin().await.unwrap();
        write.append_event(event(1)).await.unwrap();
        assert_eq!(break_statement(&mut write, "SELECT no_such_column FROM records").await.code(), "store.failed");
        assert_eq!(write.append_event(event(1)).await.unwrap_err().code(), "store.transaction_failed");
        assert_eq!(write.commit().await.unwrap_err().code(), "store.transaction_failed");
        assert_eq!(store.head().await.unwrap().next, 0);
        let mut write = store.begin().await.unwrap();
        write.append_event(event(1)).await.unwrap();
        write.savepoint().await.unwrap();
        write.append_event(event(2)).await.unwrap();
        write.next_number("S").await.unwrap();
        write.set_meta("m", b"v").await.unwrap();
        break_statement(&mut write, "SELECT no_such_column FROM records").await;
        write.rollback_to_savepoint().await.unwrap();
        assert_eq!(write.next_number("S").await.unwrap(), 1);
        assert_eq!(write.commit().await.unwrap(), 1, "a savepoint before it heals");
        assert_eq!(store.events_from(0, 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_lost_connection_is_said_and_replaced() {
    let store = postgres().await;
    append(&store, 1).await.unwrap();
    let mut write = store.begin().await.unwrap();
    write.append_event(event(1)).await.unwrap();
    let lost = break_statement(&mut write, "SELECT pg_terminate_backend(pg_backend_pid())").await;
    assert_eq!((lost.code(), lost.class()), ("store.unavailable", Class::Unavailable));
    drop(write);
    assert_eq!(append(&store, 1).await.unwrap(), 2);
}

#[tokio::test]
async fn a_commit_without_an_answer_is_called_unknown() {
    let store = postgres().await;
    let mut write = store.begin().await.unwrap();
    write.set_meta("a", b"1").await.unwrap();
    let pid = write
        .with_link(async |link| {
            crate::link::fetch_all!(link, |row: &_| crate::rows::Columns::long(row, 0), "SELECT pg_backend_pid()::bigint")
        })
        .await
        .unwrap();
    let mut other = store.beside().await.unwrap();
    execute!(&mut other, "SELECT pg_terminate_backend($1::int)", pid.first().copied().unwrap()).unwrap();
    // The server ends the conversation when it next looks; wait until the row lock is free.
    execute!(&mut other, "SELECT next FROM ledger_head FOR UPDATE").unwrap();
    let unknown = write.commit().await.unwrap_err();
    assert_eq!((unknown.code(), unknown.class()), ("store.commit_unknown", Class::Unavailable));
    assert_eq!(store.meta("a").await.unwrap(), None);
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
    let url = "postgres://jingui@127.0.0.1:1/none".to_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let refusal = runtime.block_on(Store::open(&Place::Postgres(url))).unwrap_err();
    assert_eq!((refusal.code(), refusal.class()), ("store.unavailable", Class::Unavailable));
}

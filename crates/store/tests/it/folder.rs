//! Opening: one process at a time, private files, refusal of what is not ours or too new.

use std::os::unix::fs::PermissionsExt as _;

use jingui_model::Class;
use jingui_store::{Place, Store};

use crate::world::{World, both, code, id, record};

fn folder(world: &World) -> &std::path::Path {
    match &world.place {
        Place::Folder(path) => path,
        Place::Postgres(_) => panic!("a folder"),
    }
}

/// The issue, "Bad input and faults": a second process on the same folder.
#[tokio::test]
async fn a_second_process_on_the_folder_is_refused_until_the_first_ends() {
    let world = World::sqlite().await;
    let refusal = Store::open(&world.place).await.unwrap_err();
    assert_eq!((refusal.code(), refusal.class()), ("store.folder_in_use", Class::Conflict));
    world.store.close().await;
    Store::open(&world.place).await.unwrap();
}

#[tokio::test]
async fn folder_and_files_are_for_their_owner_alone() {
    let world = World::sqlite().await;
    let mut write = world.store.begin().await.unwrap();
    write.insert_record(&record(1)).await.unwrap();
    write.commit().await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder(&world)), 0o700);
    let mut names = vec![];
    for entry in std::fs::read_dir(folder(&world)).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["jingui.db", "jingui.db-shm", "jingui.db-wal", "jingui.lock"]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("jingui.db"), vec![b'x'; 10_000]).unwrap();
    let refusal = Store::open(&Place::Folder(folder.path().to_owned())).await.unwrap_err();
    assert_eq!((refusal.code(), refusal.class()), ("store.damaged", Class::Internal));
    std::fs::write(folder.path().join("file"), "").unwrap();
    let place = Place::Folder(folder.path().join("file"));
    assert_eq!(code(Store::open(&place).await), "store.folder_failed");
}

#[tokio::test]
async fn a_wrong_address_is_refused_without_showing_it() {
    let place = Place::Postgres("postgres://user:hunter2@host:port/".into());
    assert!(!format!("{place:?}").contains("hunter2"));
    let refusal = Store::open(&place).await.unwrap_err();
    assert_eq!((refusal.code(), refusal.operator_detail()), ("store.database_url", None));
    let url = crate::postgres::cluster().fresh_database();
    let missing = Place::Postgres(url.replace("localhost/", "localhost/no_such_"));
    assert_eq!(code(Store::open(&missing).await), "store.refused");
}

/// Runs SQL as an operator's tool would, past the store.
async fn outside(place: &Place, sql: &'static str) {
    match place {
        Place::Folder(path) => {
            use sqlx::Connection as _;
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path.join("jingui.db"));
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        Place::Postgres(url) => {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::raw_sql(sql).execute(&pool).await.unwrap();
            pool.close().await;
        }
    }
}

both! {
    async fn a_database_of_a_newer_release_is_refused(world) {
        world.store.close().await;
        outside(&world.place, "INSERT INTO schema_version (number, name, checksum) SELECT 99, name, checksum FROM schema_version WHERE number = 1").await;
        let refusal = Store::open(&world.place).await.unwrap_err();
        assert_eq!((refusal.code(), refusal.class()), ("store.newer_schema", Class::Conflict));
    }

    async fn a_migration_with_another_text_is_refused(mut world) {
        let mut write = world.store.begin().await.unwrap();
        write.insert_record(&record(1)).await.unwrap();
        write.commit().await.unwrap();
        world.reopen().await;
        world.store.close().await;
        outside(&world.place, "UPDATE schema_version SET checksum = (SELECT key FROM records)").await;
        assert_eq!(code(Store::open(&world.place).await), "store.migration_changed");
    }

    async fn a_lost_event_is_found_by_the_check(mut world) {
        let mut write = world.store.begin().await.unwrap();
        for n in 0..3 {
            write.append_event(crate::world::event(n, Some(1))).await.unwrap();
        }
        write.commit().await.unwrap();
        world.store.close().await;
        outside(&world.place, "DELETE FROM events WHERE position = 1").await;
        world.reopen().await;
        assert_eq!(world.store.check().await.unwrap(), ["events head=3 rows=2 outside=0"]);
        assert_eq!(world.store.record(id(1)).await.unwrap(), None);
    }
}

/// Two nodes that start at once on an empty database: one migrates, the other waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_migrate_once() {
    let place = Place::Postgres(crate::postgres::cluster().fresh_database());
    let nodes: Vec<_> = (0..6)
        .map(|_| {
            let place = place.clone();
            tokio::spawn(async move { Store::open(&place).await })
        })
        .collect();
    for node in nodes {
        assert_eq!(node.await.unwrap().unwrap().head().await.unwrap().next, 0);
    }
}

//! Many at once: writers stand in line, on one node and over several.

use crate::world::{both, code, event, id, record};
use jingui_store::Store;

/// Another node on the same PostgreSQL database; on SQLite, where there is one process, the same store.
async fn other_node(world: &crate::world::World) -> Store {
    match world.store.backend() {
        jingui_store::Backend::Sqlite => world.store.clone(),
        jingui_store::Backend::Postgres => Store::open(&world.place).await.unwrap(),
    }
}

both! {
    /// Architecture, "The ledger": exactly once, in order.
    async fn a_thousand_appends_at_once_leave_no_gap(world) {
        let nodes = [world.store.clone(), other_node(&world).await];
        let tasks: Vec<_> = (0..1000_u64)
            .map(|n| {
                let store = nodes[usize::from(n % 2 == 0)].clone();
                tokio::spawn(async move {
                    let mut write = store.begin().await.unwrap();
                    let index = write.append_event(event(n, Some(n % 7))).await.unwrap();
                    if n % 5 == 0 {
                        return None; // dropped: as if the process had died here
                    }
                    write.commit().await.unwrap();
                    Some((index, n))
                })
            })
            .collect();
        let mut acknowledged = vec![];
        for task in tasks {
            acknowledged.extend(task.await.unwrap());
        }
        acknowledged.sort_unstable();
        assert_eq!(acknowledged.iter().map(|(index, _)| *index).collect::<Vec<_>>(), (0..800).collect::<Vec<_>>());
        let stored: Vec<_> = world.store.events_from(0, 2000).await.unwrap().iter().map(|e| (e.index, e.id)).collect();
        assert_eq!(stored, acknowledged.iter().map(|(index, n)| (*index, id(1_000_000 + n))).collect::<Vec<_>>());
        assert_eq!(world.store.head().await.unwrap().next, 800);
        assert!(world.store.check().await.unwrap().is_empty());
    }

    async fn the_second_writer_waits_for_the_first_and_sees_what_it_did(world) {
        let other = other_node(&world).await;
        let mut first = world.store.begin().await.unwrap();
        let second = tokio::spawn(async move {
            let mut second = other.begin().await.unwrap();
            (second.head(), second.record(id(1)).await.unwrap().is_some(), code(second.update_record(&record(1), 1).await))
        });
        tokio::task::yield_now().await;
        let mut row = record(1);
        first.insert_record(&row).await.unwrap();
        row.version = 2;
        first.update_record(&row, 1).await.unwrap();
        first.append_event(event(1, Some(1))).await.unwrap();
        assert!(!second.is_finished());
        first.commit().await.unwrap();
        assert_eq!(second.await.unwrap(), (1, true, "store.version_conflict".to_owned()));
    }

    async fn readers_do_not_wait_for_a_writer(world) {
        let mut write = world.store.begin().await.unwrap();
        write.insert_record(&record(1)).await.unwrap();
        let readers: Vec<_> = (0..40)
            .map(|_| {
                let store = world.store.clone();
                tokio::spawn(async move { store.record(id(1)).await.unwrap() })
            })
            .collect();
        for reader in readers {
            assert_eq!(reader.await.unwrap(), None);
        }
        write.commit().await.unwrap();
    }

    async fn a_closed_store_says_so(world) {
        world.store.close().await;
        assert_eq!(code(world.store.begin().await), "store.unavailable");
        assert_eq!(code(world.store.record(id(1)).await), "store.unavailable");
    }
}

//! Events in the order of the ledger, and the second copy of its last checkpoint.

use crate::world::{both, event, id};
use jingui_store::EventRow;

fn placed(n: u64, about: Option<u64>, index: u64) -> EventRow {
    EventRow { index, ..event(n, about) }
}

both! {
    /// Architecture, "The ledger": one sequence, in order, exactly once.
    async fn events_are_found_by_ledger_by_record_and_newest_first(mut world) {
        for n in 0..3 {
            let mut write = world.store.begin().await.unwrap();
            assert_eq!(write.head(), 2 * n);
            assert_eq!(write.append_event(event(2 * n, Some(n % 2))).await.unwrap(), 2 * n);
            assert_eq!(write.append_event(event(2 * n + 1, None)).await.unwrap(), 2 * n + 1);
            assert_eq!(write.commit().await.unwrap(), 2 * n + 2);
        }
        world.reopen().await;
        let all = [placed(0, Some(0), 0), placed(1, None, 1), placed(2, Some(1), 2), placed(3, None, 3), placed(4, Some(0), 4), placed(5, None, 5)];
        assert_eq!(world.store.events_from(0, 99).await.unwrap(), all);
        assert_eq!(world.store.events_from(2, 2).await.unwrap(), all[2..4]);
        assert!(world.store.events_from(6, 2).await.unwrap().is_empty());
        assert!(world.store.events_from(u64::MAX, 2).await.unwrap().is_empty());
        assert_eq!(world.store.events_of(id(0), None, 9).await.unwrap(), [all[4].clone(), all[0].clone()]);
        assert_eq!(world.store.events_of(id(0), Some(4), 9).await.unwrap(), all[..1]);
        assert_eq!(world.store.events_recent(None, 2).await.unwrap(), [all[5].clone(), all[4].clone()]);
        assert_eq!(world.store.events_recent(Some(1), 9).await.unwrap(), all[..1]);
        assert_eq!(world.store.head().await.unwrap().next, 6);
        assert_eq!(world.store.counts().await.unwrap().events, 6);
        assert_eq!(world.store.check().await.unwrap(), Vec::<String>::new());
    }

    /// Architecture, "The ledger": the last checkpoint kept a second time with compare-and-swap.
    async fn a_checkpoint_is_swapped_only_by_who_knows_the_last_one(world) {
        let head = world.store.head().await.unwrap();
        assert_eq!((head.next, head.checkpoint, head.checkpoint_size), (0, None, 0));
        let mut write = world.store.begin().await.unwrap();
        for n in 0..5 {
            write.append_event(event(n, None)).await.unwrap();
        }
        write.commit().await.unwrap();
        assert!(world.store.set_checkpoint(0, 3, "a\n3\n…").await.unwrap());
        assert!(!world.store.set_checkpoint(0, 5, "fork").await.unwrap());
        assert!(world.store.set_checkpoint(3, 2, "smaller").await.is_err());
        let head = world.store.head().await.unwrap();
        assert_eq!((head.next, head.checkpoint.as_deref(), head.checkpoint_size), (5, Some("a\n3\n…"), 3));
        assert!(world.store.check().await.unwrap().is_empty());
        assert!(world.store.set_checkpoint(3, 9, "beyond the end").await.unwrap());
        assert_eq!(world.store.check().await.unwrap(), ["checkpoint size=9 head=5"]);
    }

    async fn named_values_are_set_and_set_once(world) {
        assert_eq!(world.store.meta("a").await.unwrap(), None);
        world.store.set_meta("a", b"1").await.unwrap();
        world.store.set_meta("a", b"").await.unwrap();
        assert_eq!(world.store.meta("a").await.unwrap(), Some(vec![]));
        assert!(!world.store.insert_meta_once("a", b"2").await.unwrap());
        assert!(world.store.insert_meta_once("b", b"2").await.unwrap());
        let mut write = world.store.begin().await.unwrap();
        write.set_meta("b", b"3").await.unwrap();
        assert_eq!(write.meta("b").await.unwrap(), Some(b"3".to_vec()));
        assert_eq!(world.store.meta("b").await.unwrap(), Some(b"2".to_vec()));
        write.commit().await.unwrap();
        assert_eq!(world.store.meta("b").await.unwrap(), Some(b"3".to_vec()));
    }
}

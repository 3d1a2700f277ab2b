//! Records: written and read back unchanged, changed under an optimistic lock, scanned in order of id.

use crate::world::{at, both, bytes, code, id, record};
use jingui_model::Class;

both! {
    /// Architecture, "The pipeline" 4: acknowledged means durable.
    async fn a_record_reads_back_as_it_was_written_even_after_a_restart(mut world) {
        let mut write = world.store.begin().await.unwrap();
        write.insert_record(&record(1)).await.unwrap();
        assert_eq!(write.record(id(1)).await.unwrap(), Some(record(1)));
        assert_eq!(world.store.record(id(1)).await.unwrap(), None, "nobody sees it before the commit");
        write.commit().await.unwrap();
        assert_eq!(world.store.record(id(1)).await.unwrap(), Some(record(1)));
        world.reopen().await;
        assert_eq!(world.store.record(id(1)).await.unwrap(), Some(record(1)));
        assert_eq!(world.store.record(id(2)).await.unwrap(), None);
    }

    /// Architecture, "The pipeline" 4: optimistic lock.
    async fn a_stale_version_is_refused_and_changes_nothing(world) {
        let mut write = world.store.begin().await.unwrap();
        write.insert_record(&record(1)).await.unwrap();
        let mut second = record(1);
        (second.version, second.state, second.grade, second.updated, second.created) = (2, "approved".into(), 3, at(9), at(77));
        (second.key, second.sealed) = (bytes(50, 61), vec![]);
        write.update_record(&second, 1).await.unwrap();
        let refusal = write.update_record(&second, 1).await.unwrap_err();
        assert_eq!((refusal.code(), refusal.class()), ("store.version_conflict", Class::Conflict));
        assert_eq!(code(write.update_record(&record(2), 1).await), "store.version_conflict");
        assert_eq!(code(write.insert_record(&record(1)).await), "store.exists");
        write.commit().await.unwrap();
        second.created = record(1).created;
        assert_eq!(world.store.record(id(1)).await.unwrap(), Some(second), "all but the instant of making");
    }

    async fn the_scan_meets_each_record_once_in_order_of_id(world) {
        let mut write = world.store.begin().await.unwrap();
        for n in [5, 3, 300, 1, 4] {
            write.insert_record(&record(n)).await.unwrap();
        }
        write.commit().await.unwrap();
        let mut seen = vec![];
        let mut after = None;
        loop {
            let rows = world.store.records_after(after, 2).await.unwrap();
            let Some(last) = rows.last() else { break };
            after = Some(last.id);
            seen.extend(rows);
        }
        assert_eq!(seen, [1, 3, 4, 5, 300].map(record));
        let counts = world.store.counts().await.unwrap();
        assert_eq!((counts.records, counts.events), (5, 0));
        assert!(counts.bytes.unwrap() > 0);
    }

    async fn ranges_read_at_once_are_together_the_whole_scan(world) {
        let mut write = world.store.begin().await.unwrap();
        for n in [5, 3, 300, 1, 4] {
            write.insert_record(&record(n)).await.unwrap();
        }
        write.commit().await.unwrap();
        let mut seen = vec![];
        let middle = world.store.record_id_at(2).await.unwrap();
        assert_eq!(middle, Some(id(4)));
        for (after, last) in [(None, middle), (middle, None)] {
            seen.extend(world.store.sealed_between(after, last, 9).await.unwrap());
        }
        let whole: Vec<_> = world.store.records_after(None, 9).await.unwrap().into_iter().map(|r| (r.id, r.version, r.key, r.sealed)).collect();
        assert_eq!(seen.into_iter().map(|r| (r.id, r.version, r.key, r.sealed)).collect::<Vec<_>>(), whole);
        assert_eq!(world.store.sealed_between(None, middle, 2).await.unwrap().len(), 2, "no more than asked for");
        assert_eq!(world.store.record_id_at(5).await.unwrap(), None);
    }

    async fn records_read_ahead_are_those_of_single_questions_and_of_the_transaction_itself(world) {
        let mut write = world.store.begin().await.unwrap();
        for n in 1..=70 {
            write.insert_record(&record(n)).await.unwrap();
        }
        write.commit().await.unwrap();
        let mut write = world.store.begin().await.unwrap();
        let mut own = record(3);
        (own.version, own.state) = (2, "approved".into());
        write.update_record(&own, 1).await.unwrap();
        let ids: Vec<_> = (1..=75).chain([1, 1]).map(id).collect();
        write.foresee(&ids).await.unwrap();
        write.foresee(&[]).await.unwrap();
        assert_eq!(write.record(id(3)).await.unwrap(), Some(own.clone()), "what was changed here stays");
        for n in [1, 32, 33, 64, 65, 70] {
            assert_eq!(write.record(id(n)).await.unwrap(), Some(record(n)));
        }
        assert_eq!(write.record(id(71)).await.unwrap(), None);
        write.insert_record(&record(71)).await.unwrap();
        assert_eq!(code(write.insert_record(&record(70)).await), "store.exists");
        write.commit().await.unwrap();
        assert_eq!(world.store.record(id(71)).await.unwrap(), Some(record(71)));
        assert_eq!(world.store.record(id(3)).await.unwrap(), Some(own));
    }

    /// Numbers have no gaps, however much is written in between.
    async fn a_number_of_an_undone_act_is_given_again(world) {
        let mut write = world.store.begin().await.unwrap();
        write.savepoint().await.unwrap();
        assert_eq!(write.next_number("S").await.unwrap(), 1);
        write.savepoint().await.unwrap();
        assert_eq!((write.next_number("S").await.unwrap(), write.next_number("T").await.unwrap()), (2, 1));
        let mut large = record(1);
        large.sealed = bytes(1, 5 << 20);
        write.insert_record(&large).await.unwrap();
        assert_eq!(write.next_number("S").await.unwrap(), 3, "after what was pending had to be written out");
        write.rollback_to_savepoint().await.unwrap();
        assert_eq!((write.next_number("S").await.unwrap(), write.next_number("T").await.unwrap()), (2, 1));
        write.commit().await.unwrap();
        let mut write = world.store.begin().await.unwrap();
        assert_eq!((write.next_number("S").await.unwrap(), write.next_number("T").await.unwrap()), (3, 2));
        assert_eq!(write.record(id(1)).await.unwrap(), None);
    }

    /// Dropping the transaction is what a crash does to it.
    async fn what_is_not_committed_leaves_nothing_behind(world) {
        let mut write = world.store.begin().await.unwrap();
        write.insert_record(&record(1)).await.unwrap();
        write.append_event(crate::world::event(1, Some(1))).await.unwrap();
        assert_eq!(write.next_number("S").await.unwrap(), 1);
        assert!(write.reserve_unique("name", [1; 32], id(1)).await.unwrap());
        write.remember(id(7), [1; 32], [2; 32], b"x", at(1)).await.unwrap();
        write.enqueue(&crate::world::job(1, 0)).await.unwrap();
        write.set_meta("m", b"v").await.unwrap();
        drop(write);
        let mut write = world.store.begin().await.unwrap();
        assert_eq!(write.head(), 0);
        assert_eq!(write.record(id(1)).await.unwrap(), None);
        assert_eq!(write.next_number("S").await.unwrap(), 1);
        assert!(write.reserve_unique("name", [1; 32], id(2)).await.unwrap());
        assert_eq!(write.recall(id(7), [1; 32]).await.unwrap(), None);
        assert_eq!(write.meta("m").await.unwrap(), None);
        drop(write);
        assert!(world.store.events_recent(None, 9).await.unwrap().is_empty());
        assert_eq!(world.store.claim_job(1, id(1), 2).await.unwrap(), None);
    }

    async fn a_savepoint_undoes_one_act_and_keeps_the_others(world) {
        let mut write = world.store.begin().await.unwrap();
        for n in 1..=4 {
            write.savepoint().await.unwrap();
            write.insert_record(&record(n)).await.unwrap();
            assert_eq!(write.append_event(crate::world::event(n, Some(n))).await.unwrap(), write.head() - 1);
            write.next_number("S").await.unwrap();
            if n % 2 == 0 {
                write.rollback_to_savepoint().await.unwrap();
            } else {
                write.release_savepoint().await.unwrap();
            }
        }
        assert_eq!(code(write.rollback_to_savepoint().await), "store.failed", "there is none open");
        assert_eq!(write.head(), 2);
        assert_eq!(write.commit().await.unwrap(), 2);
        let ids: Vec<_> = world.store.records_after(None, 9).await.unwrap().iter().map(|r| r.id).collect();
        assert_eq!(ids, [id(1), id(3)]);
        let events: Vec<_> = world.store.events_from(0, 9).await.unwrap().iter().map(|e| (e.index, e.record)).collect();
        assert_eq!(events, [(0, Some(id(1))), (1, Some(id(3)))]);
        assert_eq!(world.store.begin().await.unwrap().next_number("S").await.unwrap(), 3);
    }

    async fn a_unique_value_belongs_to_one_record_of_its_scope(world) {
        let mut write = world.store.begin().await.unwrap();
        assert!(write.reserve_unique("name", [1; 32], id(1)).await.unwrap());
        assert!(write.reserve_unique("name", [1; 32], id(1)).await.unwrap(), "its own again");
        assert!(!write.reserve_unique("name", [1; 32], id(2)).await.unwrap());
        assert!(write.reserve_unique("code", [1; 32], id(2)).await.unwrap(), "another scope");
        write.release_unique("name", id(2)).await.unwrap();
        assert!(!write.reserve_unique("name", [1; 32], id(2)).await.unwrap(), "only the holder gives it back");
        write.release_unique("name", id(1)).await.unwrap();
        assert!(write.reserve_unique("name", [1; 32], id(2)).await.unwrap());
        write.commit().await.unwrap();
        assert!(!world.store.begin().await.unwrap().reserve_unique("name", [1; 32], id(3)).await.unwrap());
    }

    async fn numbers_of_a_series_count_from_one(world) {
        let mut write = world.store.begin().await.unwrap();
        assert_eq!(write.next_number("机密-2026").await.unwrap(), 1);
        assert_eq!(write.next_number("机密-2026").await.unwrap(), 2);
        assert_eq!(write.next_number("other").await.unwrap(), 1);
        write.commit().await.unwrap();
        assert_eq!(world.store.begin().await.unwrap().next_number("机密-2026").await.unwrap(), 3);
    }

    async fn an_answer_is_remembered_for_its_actor_and_key(world) {
        let mut write = world.store.begin().await.unwrap();
        write.remember(id(7), [1; 32], [2; 32], b"sealed", at(10)).await.unwrap();
        assert_eq!(code(write.remember(id(7), [1; 32], [3; 32], b"other", at(11)).await), "store.exists");
        write.commit().await.unwrap();
        let mut write = world.store.begin().await.unwrap();
        let row = write.recall(id(7), [1; 32]).await.unwrap().unwrap();
        assert_eq!((row.request_digest, row.sealed_response.as_slice(), row.at), ([2; 32], &b"sealed"[..], at(10)));
        assert_eq!(write.recall(id(8), [1; 32]).await.unwrap(), None);
        drop(write);
        assert_eq!(world.store.purge_remembered(at(9), 10).await.unwrap(), 0);
        assert_eq!(world.store.purge_remembered(at(10), 10).await.unwrap(), 1);
        assert_eq!(world.store.begin().await.unwrap().recall(id(7), [1; 32]).await.unwrap(), None);
    }
}

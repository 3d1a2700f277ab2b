//! A transaction keeps much in memory and undoes by itself. Whatever sequence of acts it is given, what
//! it answers and what it leaves behind must be what a plain map would.

use std::collections::BTreeMap;

use jingui_model::{Rng as _, rng::SeededRng};
use jingui_store::{EventRow, RecordRow, Store};

use crate::world::{at, both, bytes, code, event, id, record};

#[derive(Clone, Default, PartialEq, Debug)]
struct Model {
    records: BTreeMap<u64, RecordRow>,
    events: Vec<EventRow>,
    remembered: BTreeMap<u8, u8>,
    number: u64,
    unique: BTreeMap<u8, u64>,
}

struct Dice(SeededRng);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % sides
    }
}

/// One transaction of random acts; what holds after it.
async fn transaction(store: &Store, dice: &Dice, before: &Model) -> Model {
    let mut write = store.begin().await.unwrap();
    let (mut now, mut undo) = (before.clone(), None);
    for _ in 0..dice.roll(60) {
        let n = dice.roll(6);
        match dice.roll(16) {
            0 | 1 => {
                write.savepoint().await.unwrap();
                undo = Some(now.clone());
            }
            2 => {
                if let Some(earlier) = undo.take() {
                    write.rollback_to_savepoint().await.unwrap();
                    now = earlier;
                } else {
                    assert_eq!(code(write.rollback_to_savepoint().await), "store.failed");
                }
            }
            3 => {
                write.release_savepoint().await.unwrap();
                undo = None;
            }
            4 | 5 => {
                let done = write.insert_record(&record(n)).await;
                if let std::collections::btree_map::Entry::Vacant(free) = now.records.entry(n) {
                    done.unwrap();
                    free.insert(record(n));
                } else {
                    assert_eq!(code(done), "store.exists");
                }
            }
            6 | 7 => {
                let expected = 1 + dice.roll(3);
                let row = RecordRow { version: expected + 1, created: at(1), sealed: bytes(dice.roll(99), 9), ..record(n) };
                let done = write.update_record(&row, expected).await;
                match now.records.get_mut(&n).filter(|known| known.version == expected) {
                    Some(known) => {
                        done.unwrap();
                        *known = RecordRow { created: known.created, ..row };
                    }
                    None => assert_eq!(code(done), "store.version_conflict"),
                }
            }
            8 => assert_eq!(write.record(id(n)).await.unwrap().as_ref(), now.records.get(&n)),
            9 | 10 => {
                // Now and then so much that it is written out in the middle of the act.
                let size = if dice.roll(20) == 0 { 5 << 20 } else { 10 };
                let index = now.events.len() as u64;
                let row = EventRow { index, sealed: vec![7; size], ..event(index, Some(n)) };
                now.events.push(row.clone());
                assert_eq!(write.append_event(EventRow { index: 5, ..row }).await.unwrap(), index);
            }
            11 | 12 => {
                let (key, answer) = (dice.roll(20) as u8, dice.roll(250) as u8);
                if dice.roll(2) == 0 {
                    let known = write.recall(id(7), [key; 32]).await.unwrap();
                    assert_eq!(known.map(|row| row.sealed_response), now.remembered.get(&key).map(|answer| vec![*answer]));
                }
                let done = write.remember(id(7), [key; 32], [0; 32], &[answer], at(1)).await;
                if let std::collections::btree_map::Entry::Vacant(free) = now.remembered.entry(key) {
                    done.unwrap();
                    free.insert(answer);
                } else {
                    assert_eq!(code(done), "store.exists");
                }
            }
            13 => {
                now.number += 1;
                assert_eq!(write.next_number("S").await.unwrap(), now.number);
            }
            14 => {
                let blind = dice.roll(4) as u8;
                let free = *now.unique.entry(blind).or_insert(n) == n;
                assert_eq!(write.reserve_unique("name", [blind; 32], id(n)).await.unwrap(), free);
            }
            _ => {
                now.unique.retain(|_, holder| *holder != n);
                write.release_unique("name", id(n)).await.unwrap();
            }
        }
        assert_eq!(write.head(), now.events.len() as u64);
    }
    if dice.roll(4) == 0 {
        return before.clone();
    }
    assert_eq!(write.commit().await.unwrap(), now.events.len() as u64);
    now
}

both! {
    async fn a_transaction_answers_and_leaves_what_a_plain_map_would(world) {
        let dice = Dice(SeededRng::new(20_261_121));
        let mut model = Model::default();
        for _ in 0..80 {
            model = transaction(&world.store, &dice, &model).await;
            let records: Vec<_> = world.store.records_after(None, 99).await.unwrap();
            assert_eq!(records, model.records.values().cloned().collect::<Vec<_>>());
            let head = world.store.head().await.unwrap().next;
            assert_eq!(head, model.events.len() as u64);
            let recent: Vec<_> = world.store.events_recent(None, 3).await.unwrap();
            assert_eq!(recent, model.events.iter().rev().take(3).cloned().collect::<Vec<_>>());
        }
        let mut write = world.store.begin().await.unwrap();
        assert_eq!(write.next_number("S").await.unwrap(), model.number + 1);
        for (key, answer) in &model.remembered {
            assert_eq!(write.recall(id(7), [*key; 32]).await.unwrap().unwrap().sealed_response, [*answer]);
        }
        for (blind, holder) in &model.unique {
            assert!(!write.reserve_unique("name", [*blind; 32], id(99)).await.unwrap(), "held by {holder}");
        }
        drop(write);
        assert!(world.store.check().await.unwrap().is_empty());
        assert!(model.events.len() > 100 && model.records.len() > 3 && model.number > 50, "the dice did roll");
    }

    /// Import is all or nothing: an act may be far larger than what is kept in memory.
    async fn an_act_larger_than_memory_is_undone_whole_or_kept_whole(world) {
        let mut write = world.store.begin().await.unwrap();
        write.savepoint().await.unwrap();
        write.insert_record(&record(1)).await.unwrap();
        write.append_event(event(0, Some(1))).await.unwrap();
        for keep in [false, true] {
            write.savepoint().await.unwrap();
            let mut changed = RecordRow { version: 2, ..record(1) };
            write.update_record(&changed, 1).await.unwrap();
            for n in 10..2510 {
                write.insert_record(&record(n)).await.unwrap();
                write.append_event(event(n, Some(n))).await.unwrap();
            }
            changed.version = 3;
            write.update_record(&changed, 2).await.unwrap();
            assert_eq!(write.head(), 2501);
            if !keep {
                write.rollback_to_savepoint().await.unwrap();
                assert_eq!(write.record(id(1)).await.unwrap(), Some(record(1)));
                assert_eq!(write.record(id(11)).await.unwrap(), None);
                assert_eq!(write.head(), 1);
            }
        }
        assert_eq!(write.commit().await.unwrap(), 2501);
        assert_eq!(world.store.counts().await.unwrap().records, 2501);
        assert_eq!(world.store.record(id(1)).await.unwrap().unwrap().version, 3);
        assert!(world.store.check().await.unwrap().is_empty());
    }
}

//! A ledger laid out again from its entries is the ledger that was lost, to the byte.

use jingui_ledger::{MemoryTiles, rebuild::rebuild};
use jingui_model::Problem;

use crate::{entries, files, grown, signer};

fn batches(all: Vec<Vec<u8>>, size: usize) -> impl FnMut() -> Result<Option<Vec<Vec<u8>>>, Problem> {
    let mut left = all;
    move || {
        let rest = left.split_off(size.min(left.len()));
        let batch = std::mem::replace(&mut left, rest);
        Ok((!batch.is_empty()).then_some(batch))
    }
}

#[test]
fn every_file_comes_out_as_it_was_in_batches_of_any_size() {
    for size in [0, 1, 255, 256, 257, 700] {
        let lost = grown(size);
        for batch in [1, 100, 256, 1000] {
            let mut source = batches(entries(0..size + 3), batch);
            let again = rebuild(MemoryTiles::default(), signer().verifier(), lost.checkpoint(), &mut source).unwrap();
            let (again, mut lost) = (files(&again).files, files(&lost).files);
            assert!(again.iter().all(|(name, bytes)| lost.remove(name).as_ref() == Some(bytes)), "{size} in batches of {batch}");
            // Only narrower tiles of earlier checkpoints are not laid out again.
            assert!(lost.keys().all(|name| name.contains(".p/")), "{lost:?}");
        }
    }
}

#[test]
fn entries_that_were_not_signed_are_not_published() {
    let lost = grown(300);
    let mut changed = entries(0..300);
    changed.swap(3, 4);
    for wrong in [changed, entries(0..299)] {
        let refused = rebuild(MemoryTiles::default(), signer().verifier(), lost.checkpoint(), &mut batches(wrong, 64)).unwrap_err();
        assert_eq!(refused.code(), "ledger.root_mismatch");
    }
    let over = rebuild(files(&lost), signer().verifier(), lost.checkpoint(), &mut batches(entries(0..300), 64)).unwrap_err();
    assert_eq!(over.code(), "ledger.exists");
}

//! The ledger against the texts it follows, against a naive tree, and against faults.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests, which may fail loudly")]

mod crash;
mod damage;
mod entries;
mod growth;
mod naive;
mod openssl;
mod proofs;
mod rebuild;
mod twin;
mod vectors;
mod witness;

use std::sync::LazyLock;

use jingui_ledger::{Entry, Log, MemoryTiles, OpenField, Signer, Tiles};
use jingui_model::{Id, Instant, rng::SeededRng};
use serde_json::json;

/// The key of every test ledger.
fn signer() -> Signer {
    Signer::new("jingui.example/ledger", &[42; 32]).unwrap()
}

/// An entry that differs for every number, in length too.
fn entry(number: u64) -> Vec<u8> {
    static MADE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (0..1000).map(make).collect());
    MADE.get(number as usize).cloned().unwrap_or_else(|| make(number))
}

fn make(number: u64) -> Vec<u8> {
    let rng = SeededRng::new(number);
    let name = "n".repeat(1 + (number % 40) as usize);
    let fields = [OpenField::new(&rng, name, json!(number))];
    let at = Instant::from_micros(1_767_225_600_000_000 + number as i64 * 1_000_000);
    Entry::build(at, "update", "secret", Some(Id::from_bytes([7; 16])), Some(number), None, &fields).unwrap().to_bytes()
}

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(entry).collect()
}

/// A ledger of `size` entries, grown in uneven batches.
fn grown(size: u64) -> Log {
    let signer = signer();
    let mut log = Log::create(MemoryTiles::default(), &signer).unwrap();
    for (i, step) in (0..).zip([1, 2, 30, 150, 100, 5, 256, 90, 300].iter().cycle()) {
        let end = (log.size() + step).min(size);
        if log.size() == size {
            break;
        }
        assert_eq!(log.append(&entries(log.size()..end), &signer).unwrap(), end, "batch {i}");
    }
    log
}

/// All files of a ledger.
fn files(log: &Log) -> MemoryTiles {
    copy(log.tiles())
}

fn copy(tiles: &dyn Tiles) -> MemoryTiles {
    let files = tiles.list().unwrap().into_iter().map(|name| {
        let bytes = tiles.read(&name).unwrap().unwrap();
        (name, bytes)
    });
    MemoryTiles { files: files.collect(), free: None }
}

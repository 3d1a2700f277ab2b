//! The SM3 twin: the same entries, its own hashes, its own key, no second copy of the entries.

use jingui_ledger::{DamageKind, FolderTiles, Log, LogProof, MemoryTiles, SharedEntries, Signer, Suite, tree, verify_folder};

use crate::{copy, entries, entry, files, grown, signer};

fn sm2() -> Signer {
    Signer::sm2("jingui.example/ledger/sm3", &[42; 32]).unwrap()
}

fn over(own: &MemoryTiles, first: &Log) -> SharedEntries<MemoryTiles, MemoryTiles> {
    SharedEntries::new(own.clone(), files(first))
}

/// A twin of the first `size` entries, grown in steps that fit no tile.
fn twin(first: &Log, size: u64) -> MemoryTiles {
    let signer = sm2();
    let mut log = Log::create(over(&MemoryTiles::default(), first), &signer).unwrap();
    for end in (0..size).step_by(97).skip(1).chain([size]) {
        log.append_at(log.size(), &entries(log.size()..end), &signer).unwrap();
    }
    let own = log.tiles().list().unwrap();
    assert!(own.iter().all(|name| !name.starts_with("tile/entries")), "{own:?}");
    copy(log.tiles())
}

fn naive(entries: &[Vec<u8>]) -> [u8; 32] {
    match entries {
        [] => Suite::Chinese.hash(&[]),
        [one] => Suite::Chinese.leaf(one),
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            Suite::Chinese.node(&naive(left), &naive(right))
        }
    }
}

#[test]
fn a_twin_of_any_size_has_the_root_of_the_definition_and_is_whole() {
    let first = grown(700);
    for size in [0, 1, 255, 256, 257, 512, 513, 700] {
        let own = twin(&first, size);
        let signer = sm2();
        let log = Log::open(over(&own, &first), signer.verifier()).unwrap();
        assert_eq!((log.size(), log.root()), (size, naive(&entries(0..size))));
        let report = verify_folder(&over(&own, &first), signer.verifier());
        assert!(report.whole() && report.entries == size && report.unknown.is_empty(), "{size}: {report:?}");
        for index in [0, size / 2, size.saturating_sub(1)].into_iter().filter(|i| *i < size) {
            let proof = LogProof::of(&log, index).unwrap();
            let read = LogProof::parse(&proof.to_text()).unwrap();
            assert_eq!(read.verify(&entry(index), signer.verifier()).unwrap().root, log.root());
            assert_eq!(read.verify(&entry(index), crate::signer().verifier()).unwrap_err().code(), "ledger.not_signed");
        }
        for old in [1, size / 3, size].into_iter().filter(|old| *old <= size) {
            let proof = log.consistency_proof(old, size).unwrap();
            assert!(tree::verify_consistency(Suite::Chinese, old, &log.root_at(old).unwrap(), size, &log.root(), &proof));
        }
    }
}

#[test]
fn the_twin_refuses_entries_that_the_first_tree_does_not_hold() {
    let first = grown(300);
    let mut log = Log::create(over(&MemoryTiles::default(), &first), &sm2()).unwrap();
    let mut wrong = entries(0..300);
    wrong.swap(10, 11);
    assert_eq!(log.append_at(0, &wrong, &sm2()).unwrap_err().code(), "ledger.io");
    assert_eq!(log.append_at(0, &entries(0..301), &sm2()).unwrap_err().code(), "ledger.io");
    assert_eq!(log.append_at(0, &entries(0..300), &sm2()).unwrap(), 300);
}

/// One flipped bit in an entry is found by both trees; one in a tile by the tree it belongs to.
#[test]
fn damage_is_found_where_it_is() {
    let first = grown(600);
    let own = twin(&first, 520);
    let mut bad = files(&first);
    bad.files.get_mut("tile/entries/001").unwrap()[50] ^= 4;
    let found = |own: &MemoryTiles, first: &MemoryTiles| {
        let report = verify_folder(&SharedEntries::new(own.clone(), first.clone()), sm2().verifier());
        report.first().map(|d| (d.file.clone(), d.kind, d.entry))
    };
    assert_eq!(found(&own, &files(&first)), None);
    assert_eq!(found(&own, &bad), Some(("tile/entries/001".to_owned(), DamageKind::Content, Some(256))));
    assert!(!verify_folder(&bad, signer().verifier()).whole());
    let mut own = own;
    own.files.get_mut("tile/0/001").unwrap()[32 * 7] ^= 1;
    assert_eq!(found(&own, &files(&first)), Some(("tile/0/001".to_owned(), DamageKind::Content, Some(263))));
    // A twin signed by the wrong suite's key is no twin.
    own.files.insert("checkpoint".to_owned(), first.checkpoint().as_bytes().to_vec());
    assert_eq!(found(&own, &files(&first)).unwrap().1, DamageKind::Signature);
}

/// In folders, as the program keeps them: the first tree goes on while the twin follows behind.
#[test]
fn the_twin_follows_behind_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("ledger"), folder.path().join("ledger-sm3"));
    let (signer, sm2) = (signer(), sm2());
    let mut first = Log::create(FolderTiles::new(&one), &signer).unwrap();
    let mut twin = Log::create(SharedEntries::new(FolderTiles::new(&two), FolderTiles::new(&one)), &sm2).unwrap();
    for (end, follow) in [(10, 5), (200, 10), (257, 201), (600, 512), (601, 601)] {
        first.append(&entries(first.size()..end), &signer).unwrap();
        twin.append_at(twin.size(), &entries(twin.size()..follow), &sm2).unwrap();
    }
    let shared = SharedEntries::new(FolderTiles::new(&two), FolderTiles::new(&one));
    assert!(verify_folder(&shared, sm2.verifier()).whole());
    assert_eq!(Log::open(shared, sm2.verifier()).unwrap().root(), naive(&entries(0..601)));
    assert!(!two.join("tile/entries").exists());
}

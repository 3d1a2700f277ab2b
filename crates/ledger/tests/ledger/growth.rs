//! Appending: what is written, what goes, what is refused.

use std::collections::BTreeSet;

use jingui_ledger::{Checkpoint, FolderTiles, Log, MemoryTiles, Signer, tile::TileId, verify_folder};

use crate::{copy, entries, entry, files, grown, naive, signer};

#[test]
fn a_ledger_of_any_size_has_the_root_of_the_definition_and_is_whole() {
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 700] {
        let log = grown(size);
        assert_eq!(log.root(), naive::mth(&entries(0..size)), "{size}");
        let report = verify_folder(log.tiles(), signer().verifier());
        assert!(report.whole() && report.entries == size && report.unknown.is_empty() && report.uncovered.is_empty(), "{size}: {report:?}");
        assert_eq!((0..size).map(|i| log.entry(i).unwrap()).collect::<Vec<_>>(), entries(0..size));
    }
}

/// Three levels of full tiles: 65,536 entries make one full tile of level 1.
#[test]
fn a_ledger_with_a_third_level() {
    let signer = signer();
    let mut log = Log::create(MemoryTiles::default(), &signer).unwrap();
    let all = entries(0..66_000);
    log.append(&all[..65_000], &signer).unwrap();
    log.append(&all[65_000..65_536], &signer).unwrap();
    assert_eq!(log.root(), naive::mth(&all[..65_536]));
    log.append(&all[65_536..], &signer).unwrap();
    assert_eq!(log.root(), naive::mth(&all));
    assert_eq!(log.inclusion_proof(1234, 66_000).unwrap(), naive::path(1234, &all));
    assert_eq!(log.inclusion_proof(65_999, 66_000).unwrap(), naive::path(65_999, &all));
    assert_eq!(log.consistency_proof(40_000, 66_000).unwrap(), naive::proof(40_000, &all));
    assert!(verify_folder(log.tiles(), signer.verifier()).whole());
    let reopened = Log::open(files(&log), signer.verifier()).unwrap();
    assert_eq!(reopened.root(), log.root());
    // A flipped bit in a tile of the middle level is found there although its parent is partial.
    let mut tiles = files(&log);
    tiles.files.get_mut("tile/1/000").unwrap()[32 * 100 + 5] ^= 1;
    let report = verify_folder(&tiles, signer.verifier());
    let first = report.first().unwrap();
    assert_eq!((first.file.as_str(), first.entry, first.offset, report.damages.len()), ("tile/1/000", Some(25_600), Some(3205), 1));
}

/// tlog-tiles, "Partial Tiles": they stay while a checkpoint needs them and go with the full tile.
#[test]
fn partial_tiles_go_when_the_full_tile_is_published() {
    let signer = signer();
    let mut log = Log::create(MemoryTiles::default(), &signer).unwrap();
    for i in 0..300 {
        log.append(&[entry(i)], &signer).unwrap();
        let partial: BTreeSet<_> = files(&log).files.keys().filter(|n| n.starts_with("tile/0/") && n.contains(".p/")).cloned().collect();
        let expected = (1..=(i + 1) % 256).map(|w| format!("tile/0/{:03}.p/{w}", (i + 1) / 256)).collect();
        assert_eq!(partial, expected, "{i}");
    }
}

#[test]
fn only_what_changes_is_written() {
    let mut log = grown(600);
    let before: BTreeSet<_> = files(&log).files.into_iter().collect();
    log.append(&[entry(600)], &signer()).unwrap();
    let after: BTreeSet<_> = files(&log).files.into_iter().collect();
    let new: Vec<_> = after.difference(&before).map(|(name, _)| name.as_str()).collect();
    assert_eq!(new, ["checkpoint", "tile/0/002.p/89", "tile/entries/002.p/89"]);
}

#[test]
fn a_sequencer_may_repeat_itself_but_not_skip_or_contradict() {
    let (mut log, signer) = (grown(300), signer());
    let code = |result: Result<u64, jingui_model::Problem>| result.map_err(|p| p.code().to_owned());
    let note = log.checkpoint().to_owned();
    assert_eq!(code(log.append_at(0, &entries(0..300), &signer)), Ok(300));
    assert_eq!(code(log.append_at(250, &entries(250..260), &signer)), Ok(300));
    assert_eq!(log.checkpoint(), note);
    assert_eq!(code(log.append_at(250, &entries(250..310), &signer)), Ok(310));
    assert_eq!(log.root(), naive::mth(&entries(0..310)));
    assert_eq!(code(log.append_at(311, &entries(311..312), &signer)), Err("ledger.gap".to_owned()));
    assert_eq!(code(log.append_at(200, &entries(201..202), &signer)), Err("ledger.fork".to_owned()));
    assert_eq!(code(log.append_at(309, &entries(308..312), &signer)), Err("ledger.fork".to_owned()));
    assert_eq!((log.size(), log.root()), (310, naive::mth(&entries(0..310))));
}

#[test]
fn what_must_not_be_appended_is_refused() {
    let (mut log, signer) = (grown(3), signer());
    let before = files(&log);
    let code = |result: Result<u64, jingui_model::Problem>| result.unwrap_err().code().to_owned();
    assert_eq!(code(log.append(&[entry(3), b"{}".to_vec()], &signer)), "ledger.entry_malformed");
    assert_eq!(code(log.append(&[vec![b' '; 65_536]], &signer)), "ledger.entry_too_large");
    let stranger = Signer::new("jingui.example/ledger", &[43; 32]).unwrap();
    assert_eq!(code(log.append(&[entry(3)], &stranger)), "ledger.wrong_key");
    assert_eq!(files(&log), before);
    assert_eq!(log.append(&[], &signer).unwrap(), 3);
}

#[test]
fn a_full_disk_is_refused_before_anything_is_written() {
    let signer = signer();
    let mut log = Log::create(MemoryTiles { free: Some(1 << 30), ..MemoryTiles::default() }, &signer).unwrap();
    log.append(&entries(0..3), &signer).unwrap();
    log.set_reserve((1 << 30) - 1);
    assert_eq!(log.append(&entries(3..4), &signer).unwrap_err().code(), "ledger.low_disk");
    log.set_reserve(0);
    assert_eq!(log.append(&entries(3..4), &signer).unwrap(), 4);
}

#[test]
fn a_ledger_is_created_once() {
    let signer = signer();
    let mut tiles = files(&grown(5));
    assert_eq!(Log::create(tiles.clone(), &signer).unwrap_err().code(), "ledger.exists");
    tiles.files.remove("checkpoint");
    assert_eq!(Log::create(tiles.clone(), &signer).unwrap_err().code(), "ledger.not_empty");
    assert_eq!(Log::open(tiles, signer.verifier()).unwrap_err().code(), "ledger.no_checkpoint");
}

/// Whoever restores an older backup, or continues one history twice, is found out by the
/// checkpoint that was kept elsewhere.
#[test]
fn a_kept_checkpoint_tells_rollback_and_fork() {
    let signer = signer();
    let (old, new) = (grown(200), grown(450));
    assert_eq!(new.continues(old.state()), Ok(()));
    assert_eq!(new.continues(new.state()), Ok(()));
    assert_eq!(old.continues(new.state()).unwrap_err().code(), "ledger.rolled_back");
    let mut fork = Log::open(files(&old), signer.verifier()).unwrap();
    fork.append(&entries(1000..1400), &signer).unwrap();
    assert_eq!(fork.continues(new.state()).unwrap_err().code(), "ledger.fork");
    let empty = Checkpoint { size: 0, root: naive::mth(&[]), ..new.state().clone() };
    assert_eq!(old.continues(&empty), Ok(()));
}

/// A second writer on the same storage is noticed before it could be overwritten.
#[test]
fn another_writer_is_noticed() {
    let (folder, signer) = (tempfile::tempdir().unwrap(), signer());
    let mut one = Log::create(FolderTiles::new(folder.path()), &signer).unwrap();
    let mut two = Log::open(FolderTiles::new(folder.path()), signer.verifier()).unwrap();
    one.append_at(0, &entries(0..10), &signer).unwrap();
    assert_eq!(two.append_at(0, &entries(0..5), &signer).unwrap_err().code(), "ledger.moved");
    assert_eq!(two.append_at(0, &entries(0..12), &signer).unwrap(), 12);
    assert!(verify_folder(two.tiles(), signer.verifier()).whole());
}

/// A folder holds the same files as memory, and nothing else.
#[test]
fn a_folder_holds_what_memory_holds() {
    let (folder, signer) = (tempfile::tempdir().unwrap(), signer());
    let place = folder.path().join("a/b");
    let (memory, mut log) = (grown(600), Log::create(FolderTiles::new(&place), &signer).unwrap());
    for end in [1, 3, 33, 183, 283, 288, 544, 600] {
        log.append(&entries(log.size()..end), &signer).unwrap();
    }
    assert_eq!(files(&log).files.keys().collect::<Vec<_>>(), files(&memory).files.keys().collect::<Vec<_>>());
    assert_eq!(files(&log), files(&memory));
    assert!(!place.join("tile/0/000.p").exists());
    assert!(log.tiles().free_bytes().unwrap() > Some(0));
    for name in ["../x", "/etc/hostname", "a/../../b", "", "."] {
        assert!(log.tiles().read(name).is_err(), "{name}");
    }
    assert_eq!(Log::open(FolderTiles::new(&place), signer.verifier()).unwrap().root(), memory.root());
    assert_eq!(verify_folder(&FolderTiles::new(folder.path().join("none")), signer.verifier()).outcome, jingui_ledger::Outcome::Unreadable);
}

/// A process died after publishing and before clearing: the next append clears.
#[test]
fn superseded_partial_tiles_left_by_a_dead_process_go_with_the_next_append() {
    let mut tiles = files(&grown(512));
    for name in ["tile/0/001", "tile/entries/001"] {
        let partial = tiles.files[name][..32].to_vec();
        tiles.files.insert(format!("{name}.p/1"), partial);
    }
    let mut log = Log::open(tiles, signer().verifier()).unwrap();
    log.append(&[entry(512)], &signer()).unwrap();
    assert!(!files(&log).files.keys().any(|name| name.contains("/001.p/")));
}

#[test]
fn maintenance_removes_what_no_checkpoint_needs() {
    let log = grown(600);
    let clean = files(&log);
    let mut tiles = clean.clone();
    for name in ["tile/0/000.p/7", "tile/entries/001.p/255", "tile/0/002.p/200", "tile/0/x001/000", "tile/3/000.p/1"] {
        assert!(TileId::parse(name).is_some());
        tiles.files.insert(name.to_owned(), vec![1]);
    }
    let mut log = Log::open(tiles, signer().verifier()).unwrap();
    assert_eq!(log.tidy().unwrap(), 5);
    assert_eq!(copy(log.tiles()), clean);
}

//! Issue 2, point 9: one flipped bit anywhere is found and located; and other damage too.

use jingui_ledger::{DamageKind, Log, MemoryTiles, Outcome, Report, Signer, Suite, Verifier, tile::TileId, verify_folder};
use jingui_model::{Rng, rng::SeededRng};

use crate::{entries, entry, files, grown, signer};

fn check(tiles: &MemoryTiles) -> Report {
    verify_folder(tiles, signer().verifier())
}

/// Flips a bit, checks that the file is named, and that entry and offset fit the place.
fn flip(clean: &MemoryTiles, name: &str, at: usize, bit: u8) {
    let mut tiles = clean.clone();
    tiles.files.get_mut(name).unwrap()[at] ^= 1 << bit;
    let report = check(&tiles);
    let what = format!("{name} byte {at} bit {bit}: {report:?}");
    assert_eq!(report.outcome, Outcome::Damaged, "{what}");
    let [damage] = report.damages.as_slice() else { panic!("{what}") };
    assert_eq!(damage.file, name, "{what}");
    let Some(id) = TileId::parse(name) else { return };
    if name.starts_with("tile/entries/") {
        // The offset is where the entry begins that holds the byte; its number fits.
        let (offset, entry) = (damage.offset.unwrap() as usize, damage.entry.unwrap());
        let bytes = &clean.files[name];
        let length = usize::from(u16::from_be_bytes([bytes[offset], bytes[offset + 1]]));
        assert!((offset..offset + 2 + length).contains(&at), "{what}");
        assert_eq!(bytes[offset + 2..offset + 2 + length], crate::entry(entry), "{what}");
    } else {
        assert_eq!((damage.kind, damage.offset), (DamageKind::Content, Some(at as u64)), "{what}");
        let per_hash = 256_u64.pow(u32::from(id.level.height()));
        assert_eq!(damage.entry, Some((id.index * 256 + at as u64 / 32) * per_hash), "{what}");
    }
}

#[test]
fn every_single_bit_of_a_small_ledger() {
    let clean = files(&grown(4));
    for (name, bytes) in &clean.files {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                flip(&clean, name, at, bit);
            }
        }
    }
}

#[test]
fn bits_in_every_file_of_a_larger_ledger() {
    let clean = files(&grown(700));
    assert!(clean.files.len() > 10, "{:?}", clean.files.keys());
    let rng: &dyn Rng = &SeededRng::new(11);
    for (name, bytes) in &clean.files {
        let random = (0..25).map(|_| usize::from(u16::from_le_bytes(rng.array())) * bytes.len() / 65_536);
        for at in random.chain([0, 1, bytes.len() / 2, bytes.len() - 1]) {
            let [bit] = rng.array();
            flip(&clean, name, at, bit % 8);
        }
    }
}

#[test]
fn truncated_lengthened_and_missing_files() {
    let clean = files(&grown(700));
    for (name, bytes) in &clean.files {
        let id = TileId::parse(name);
        // A superseded partial file may go (tlog-tiles, "Partial Tiles"); all others are needed.
        let needed = id.is_none_or(|id| TileId::in_tree(id.level, id.index, 700) == Some(id));
        let mut tiles = clean.clone();
        tiles.files.remove(name);
        let report = check(&tiles);
        if needed {
            let first = report.first().unwrap();
            assert_eq!((first.file.as_str(), first.kind, report.damages.len()), (name.as_str(), DamageKind::Missing, 1));
        } else {
            assert!(report.whole(), "{name}");
        }
        for cut in [1, 31, 32, bytes.len() / 2, bytes.len()] {
            let mut tiles = clean.clone();
            tiles.files.insert(name.clone(), bytes[..bytes.len() - cut].to_vec());
            let report = check(&tiles);
            let first = report.first().unwrap();
            assert_eq!((first.file.as_str(), report.damages.len()), (name.as_str(), 1), "{name} {cut}");
            assert!(id.is_none() || first.kind == DamageKind::Truncated, "{name} {cut} {first:?}");
        }
        for tail in [&[0_u8][..], &[0; 32], &bytes[..]] {
            let mut tiles = clean.clone();
            tiles.files.insert(name.clone(), [bytes, tail].concat());
            let report = check(&tiles);
            let first = report.first().unwrap();
            assert_eq!((first.file.as_str(), report.damages.len()), (name.as_str(), 1), "{name} {tail:?}");
            assert!(id.is_none() || (first.kind, first.offset) == (DamageKind::TooLong, Some(bytes.len() as u64)), "{name} {first:?}");
        }
    }
}

#[test]
fn swapped_and_duplicated_files() {
    let clean = files(&grown(700));
    for (one, two) in [("tile/entries/000", "tile/entries/001"), ("tile/0/000", "tile/0/001"), ("tile/0/001", "tile/entries/001")] {
        let mut tiles = clean.clone();
        tiles.files.insert(one.to_owned(), clean.files[two].clone());
        let report = check(&tiles);
        assert_eq!(report.damages.iter().map(|d| d.file.as_str()).collect::<Vec<_>>(), [one]);
        tiles.files.insert(two.to_owned(), clean.files[one].clone());
        let mut named: Vec<_> = check(&tiles).damages.into_iter().map(|d| d.file).collect();
        named.sort();
        assert_eq!(named, [one.min(two), one.max(two)]);
    }
    // Copies under names beyond the end, or under names of no ledger, are told apart and spoil nothing.
    let mut tiles = clean.clone();
    for name in ["tile/0/009", "tile/entries/002.p/200", "tile/2/000.p/1"] {
        tiles.files.insert(name.to_owned(), clean.files["tile/0/000"].clone());
    }
    for name in ["notes.txt", "tile/0/0000", "tile/entries/000.bak"] {
        tiles.files.insert(name.to_owned(), vec![]);
    }
    let report = check(&tiles);
    assert!(report.whole());
    assert_eq!(report.uncovered, ["tile/0/009", "tile/2/000.p/1", "tile/entries/002.p/200"]);
    assert_eq!(report.unknown, ["notes.txt", "tile/0/0000", "tile/entries/000.bak"]);
}

/// Somebody changes an entry and computes everything above it anew, but cannot sign.
#[test]
fn a_forger_without_the_key_is_found_at_whatever_level_he_stops() {
    let log = grown(700);
    let clean = files(&log);
    let forged = entry(9999);
    let (mut bundle, mut hashes) = (vec![], clean.files["tile/0/001"].clone());
    for i in 256..512 {
        jingui_ledger::tile::push_entry(&mut bundle, &if i == 300 { forged.clone() } else { entry(i) });
    }
    hashes[44 * 32..45 * 32].copy_from_slice(&Suite::Standard.leaf(&forged));
    let mut tiles = clean.clone();
    tiles.files.insert("tile/entries/001".to_owned(), bundle);
    let named = |tiles: &MemoryTiles| check(tiles).damages.iter().map(|d| (d.file.clone(), d.entry)).collect::<Vec<_>>();
    assert_eq!(named(&tiles), [("tile/entries/001".to_owned(), Some(300))]);
    // With the tile forged too nothing tells which of its entries is meant, only that it is this tile.
    tiles.files.insert("tile/0/001".to_owned(), hashes.clone());
    assert_eq!(named(&tiles), [("tile/0/001".to_owned(), Some(256))]);
    // With everything forged up to the checkpoint, the root does not fit the signature.
    let mut all = entries(0..700);
    all[300] = forged;
    let stranger = Signer::new("jingui.example/ledger", &[1; 32]).unwrap();
    let mut other = Log::create(MemoryTiles::default(), &stranger).unwrap();
    other.append(&all, &stranger).unwrap();
    let mut tiles = files(&other);
    assert_eq!(check(&tiles).first().map(|d| (d.file.as_str(), d.kind)), Some(("checkpoint", DamageKind::Signature)));
    tiles.files.insert("checkpoint".to_owned(), clean.files["checkpoint"].clone());
    assert_eq!(check(&tiles).first().map(|d| (d.file.as_str(), d.kind)), Some(("checkpoint", DamageKind::Root)));
}

/// Two places at once, one above the other, are both named.
#[test]
fn two_damages_are_both_located() {
    let mut tiles = files(&grown(700));
    tiles.files.get_mut("tile/0/000").unwrap()[64] ^= 1;
    let bundle = tiles.files.get_mut("tile/entries/000").unwrap();
    let last = bundle.len() - 10;
    bundle[last] ^= 1;
    tiles.files.get_mut("tile/entries/002.p/188").unwrap()[9] ^= 1;
    let report = check(&tiles);
    let named: Vec<_> = report.damages.iter().map(|d| (d.file.as_str(), d.entry)).collect();
    assert_eq!(named, [("tile/0/000", Some(2)), ("tile/entries/000", Some(255)), ("tile/entries/002.p/188", Some(512))]);
}

#[test]
fn a_folder_that_is_no_ledger_and_a_strange_key() {
    assert_eq!(check(&MemoryTiles::default()).outcome, Outcome::Unreadable);
    let mut tiles = files(&grown(700));
    let stranger = Verifier::new("someone.example", jingui_ledger::PublicKey::Ed25519([3; 32])).unwrap();
    let report = verify_folder(&tiles, &stranger);
    assert_eq!(report.damages.iter().map(|d| d.kind).collect::<Vec<_>>(), [DamageKind::Signature]);
    tiles.files.remove("checkpoint");
    let report = check(&tiles);
    assert_eq!((report.outcome, report.first().unwrap().kind), (Outcome::Damaged, DamageKind::Missing));
    assert!(serde_json::to_string(&report).unwrap().contains("\"kind\":\"missing\""));
    assert_eq!(report.first().unwrap().problem().code(), "ledger.damage.missing");
}

/// Garbage in every file: no panic, always damaged.
#[test]
fn garbage_is_reported() {
    let clean = files(&grown(520));
    let rng = SeededRng::new(3);
    for round in 0..40 {
        let mut tiles = clean.clone();
        for (name, bytes) in &mut tiles.files {
            if name != "checkpoint" || round % 4 == 0 {
                let [length]: [u8; 1] = (&rng as &dyn Rng).array();
                bytes.resize(usize::from(length) * round, 0);
                rng.fill(bytes);
            }
        }
        assert_eq!(check(&tiles).outcome, Outcome::Damaged);
    }
}

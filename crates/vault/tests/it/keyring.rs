//! The key ring: every way to unlock really unlocks the same keys, and nothing else does.

use jingui_model::{Id, Instant, Protection, clock::FixedClock, rng::SeededRng};
use jingui_vault::{Cost, KeyringFile, Method, Unlock, Vault, generate_key_file, generate_recovery_code, suite};

const PASSPHRASE: &str = "轴承热处理工艺二〇二六年版";

struct Ring {
    file: KeyringFile,
    vault: Vault,
    key_file: String,
    recovery: String,
    rng: SeededRng,
}

fn ring(seed: u64) -> Ring {
    let rng = SeededRng::new(seed);
    let (key_file, recovery) = (generate_key_file(&rng), generate_recovery_code(&rng));
    let ways = [Unlock::Passphrase(PASSPHRASE), Unlock::KeyFile(key_file.as_bytes()), Unlock::Recovery(&recovery)];
    let clock = FixedClock::at(Instant::from_micros(1_795_000_000_000_000));
    let (file, vault) = KeyringFile::create(suite::DEFAULT, &rng, &clock, &ways, Cost::Test).unwrap();
    Ring { file, vault, key_file, recovery, rng }
}

fn code(file: &KeyringFile, unlock: Unlock<'_>) -> String {
    file.unlock(unlock).map_or_else(|e| e.code().to_owned(), |_| "ok".to_owned())
}

#[test]
fn every_way_unlocks_the_same_vault_after_a_trip_through_the_file() {
    let r = ring(1);
    let record = Id::from_bytes([7; 16]);
    let (key, wrapped) = r.vault.new_record_key(record, Protection::Core, &r.rng).unwrap();
    let sealed = key.seal("payload", b"", b"text", &r.rng).unwrap();
    let file = KeyringFile::from_json(&r.file.to_json().unwrap()).unwrap();
    assert_eq!(file, r.file);
    for way in [Unlock::Passphrase(PASSPHRASE), Unlock::KeyFile(r.key_file.as_bytes()), Unlock::Recovery(&r.recovery.to_lowercase())] {
        let vault = file.unlock(way).unwrap();
        assert_eq!(vault.record_key(record, &wrapped).unwrap().open("payload", b"", &sealed).unwrap(), b"text");
        assert!(vault.ledger_seed() == r.vault.ledger_seed());
    }
}

#[test]
fn a_ring_says_its_suite_and_nobody_changes_it_unnoticed() {
    let way = Unlock::Passphrase(PASSPHRASE);
    let make = |id| KeyringFile::create(id, &SeededRng::new(1), &FixedClock::default(), &[way], Cost::Test);
    let (ring, vault) = make(suite::SM4_SM3).unwrap();
    assert_eq!((ring.suite().unwrap().id(), vault.suite().id()), (2, 2));
    let json = ring.to_json().unwrap();
    let ring = KeyringFile::from_json(&json).unwrap();
    let again = ring.unlock(way).unwrap();
    assert_eq!(again.suite().id(), 2);
    let rng = SeededRng::new(2);
    let sealed = vault.seal_system("settings", b"", b"value", &rng).unwrap();
    assert_eq!((&sealed[..2], again.open_system("settings", b"", &sealed).unwrap()), (&[0, 2][..], b"value".to_vec()));
    let (key, wrapped) = vault.new_record_key(Id::nil(), Protection::Core, &rng).unwrap();
    assert_eq!((wrapped[5..7].to_vec(), key.suite().id()), (vec![0, 2], 2));
    // The first suite is not written: rings from before there was a choice stay as they were.
    assert!(!make(suite::DEFAULT).unwrap().0.to_json().unwrap().contains("suite"));
    let code = |from: &str, to: &str| {
        assert!(json.contains(from));
        KeyringFile::from_json(&json.replacen(from, to, 1)).and_then(|ring| ring.unlock(way)).unwrap_err().code().to_owned()
    };
    assert_eq!(code("\"suite\": 2,", "\"suite\": 1,"), "vault.keyring_damaged");
    assert_eq!(code("\"suite\": 2,", ""), "vault.keyring_damaged");
    assert_eq!(code("\"suite\": 2,", "\"suite\": 3,"), "vault.suite_unknown");
    assert_eq!(make(7).unwrap_err().code(), "vault.suite_unknown");
}

#[test]
fn every_protection_has_a_first_epoch() {
    let r = ring(1);
    for rank in 0..4 {
        let protection = Protection::from_rank(rank).unwrap();
        let (_, wrapped) = r.vault.new_record_key(Id::nil(), protection, &r.rng).unwrap();
        assert_eq!(jingui_vault::vault::wrapped_under(&wrapped).unwrap(), (protection, 1));
    }
}

#[test]
fn whatever_does_not_fit_is_refused_alike() {
    let (r, other) = (ring(1), ring(2));
    let long = "x".repeat(100_000);
    for way in [
        Unlock::Passphrase("轴承热处理工艺二〇二五年版"),
        Unlock::Passphrase(""),
        Unlock::Passphrase(&long),
        Unlock::KeyFile(other.key_file.as_bytes()),
        Unlock::Recovery(&other.recovery),
    ] {
        assert_eq!(code(&r.file, way), "vault.unlock_refused");
    }
    // A way that the ring does not have is refused in the same words.
    let mut small = r.file.clone();
    let key_file = small.wraps().iter().find(|w| w.method == Method::KeyFile).unwrap().id;
    small.remove_wrap(key_file).unwrap();
    assert_eq!(code(&small, Unlock::KeyFile(r.key_file.as_bytes())), "vault.unlock_refused");
    assert_eq!(code(&small, Unlock::Recovery(&r.recovery)), "ok");
}

#[test]
fn slips_that_the_text_shows_are_named() {
    let r = ring(1);
    let mut slip = r.recovery.clone().into_bytes();
    slip[13] = if slip[13] == b'7' { b'8' } else { b'7' };
    let problem = r.file.unlock(Unlock::Recovery(&String::from_utf8(slip).unwrap())).unwrap_err();
    assert_eq!((problem.code(), problem.args()[0].1.as_str()), ("vault.recovery_group", "3"));
    assert_eq!(code(&r.file, Unlock::KeyFile(b"not a key file")), "vault.key_file_malformed");
}

#[test]
fn ways_are_added_and_removed_but_two_always_remain() {
    let mut r = ring(1);
    let added = r.file.add_wrap(&r.vault, Unlock::Passphrase("another long passphrase"), &r.rng, Cost::Test).unwrap();
    assert_eq!(code(&r.file, Unlock::Passphrase("another long passphrase")), "ok");
    assert_eq!(code(&r.file, Unlock::Passphrase(PASSPHRASE)), "ok");
    r.file.remove_wrap(added).unwrap();
    assert_eq!(code(&r.file, Unlock::Passphrase("another long passphrase")), "vault.unlock_refused");
    assert_eq!(r.file.remove_wrap(added).unwrap_err().code(), "vault.wrap_unknown");
    let ids: Vec<_> = r.file.wraps().iter().map(|w| w.id).collect();
    assert_eq!(ids.len(), 3);
    r.file.remove_wrap(ids[0]).unwrap();
    for id in &ids[1..] {
        assert_eq!(r.file.remove_wrap(*id).unwrap_err().code(), "vault.wrap_last", "whoever loses one way must have another");
    }
    assert_eq!(r.file.wraps().len(), 2);
    assert_eq!(code(&r.file, Unlock::Recovery(&r.recovery)), "ok");
}

#[test]
fn weak_foreign_and_too_many_ways_are_refused() {
    let mut r = ring(1);
    let mut add = |vault: &Vault, way: Unlock<'_>| r.file.add_wrap(vault, way, &r.rng, Cost::Test).map_err(|e| e.code().to_owned());
    assert_eq!(add(&r.vault, Unlock::Passphrase("too short")).unwrap_err(), "vault.passphrase_short");
    assert_eq!(add(&ring(2).vault, Unlock::Passphrase(PASSPHRASE)).unwrap_err(), "vault.keyring_other");
    for _ in 3..16 {
        add(&r.vault, Unlock::KeyFile(r.key_file.as_bytes())).unwrap();
    }
    assert_eq!(add(&r.vault, Unlock::KeyFile(r.key_file.as_bytes())).unwrap_err(), "vault.wraps_full");
    let none = KeyringFile::create(suite::DEFAULT, &r.rng, &FixedClock::default(), &[], Cost::Test).unwrap_err();
    assert_eq!(none.code(), "vault.unlock_missing");
}

#[test]
fn a_file_that_asks_for_absurd_work_is_refused_before_any() {
    let json = ring(1).file.to_json().unwrap();
    for (from, to) in [
        ("\"m\": 16", "\"m\": 4294967295"),
        ("\"m\": 16", "\"m\": 524289"),
        ("\"t\": 1", "\"t\": 11"),
        ("\"p\": 1", "\"p\": 5"),
        ("\"t\": 1", "\"t\": 0"),
    ] {
        assert!(json.contains(from));
        assert_eq!(KeyringFile::from_json(&json.replacen(from, to, 1)).unwrap_err().code(), "vault.kdf_limits", "{to}");
    }
}

#[test]
fn the_file_is_read_strictly() {
    let json = ring(1).file.to_json().unwrap();
    let code = |text: &str| KeyringFile::from_json(text).map_or_else(|e| e.code().to_owned(), |_| "ok".to_owned());
    assert_eq!(code(&json), "ok");
    assert_eq!(code(&json.replacen("\"version\": 1", "\"version\": 2", 1)), "vault.keyring_version");
    for (from, to) in [
        ("\"tenant\"", "\"extra\": 1, \"tenant\""),
        ("\"passphrase\"", "\"pass\""),
        ("\"passphrase\"", "\"key_file\""),
        ("\"key_file\"", "\"recovery\""),
        ("\"protection\": 0", "\"protection\": 4"),
        ("\"protection\": 0", "\"protection\": 1"),
        ("\"active\"", "\"retired\""),
        ("\"active\"", "\"destroyed\""),
        ("=\"", "\""),
    ] {
        assert!(json.contains(from), "{from}");
        assert_eq!(code(&json.replacen(from, to, 1)), "vault.keyring_malformed", "{to}");
    }
    for text in ["", "{}", "[]", "null", &json[..json.len() / 2], &" ".repeat(5 << 20)] {
        assert_eq!(code(text), "vault.keyring_malformed");
    }
}

#[test]
fn what_a_ring_says_openly_cannot_be_edited_unnoticed() {
    let r = ring(1);
    let json = r.file.to_json().unwrap();
    let try_with = |from: &str, to: &str| {
        assert!(json.contains(from));
        KeyringFile::from_json(&json.replacen(from, to, 1))
            .and_then(|f| f.unlock(Unlock::Passphrase(PASSPHRASE)))
            .unwrap_err()
            .code()
            .to_owned()
    };
    assert_eq!(try_with("\"epoch\": 1", "\"epoch\": 2"), "vault.keyring_damaged");
    let created = r.file.created().to_string();
    assert_eq!(try_with(&created, "2020-01-01T00:00:00.000000Z"), "vault.keyring_damaged");
    // The identifier takes part in every wrap.
    assert_eq!(try_with(&r.file.id().to_string(), &Id::nil().to_string()), "vault.unlock_refused");
    // So do identifier and method of the way.
    let way = r.file.wraps()[0].id.to_string();
    assert_eq!(try_with(&way, &Id::nil().to_string()), "vault.unlock_refused");
}

#[test]
fn the_file_holds_nothing_that_unlocks() {
    let r = ring(1);
    let json = r.file.to_json().unwrap();
    let key_text = r.key_file.split(' ').nth(1).unwrap();
    assert!(!json.contains(key_text) && !json.contains(PASSPHRASE) && !json.contains(&r.recovery));
}

/// A device in the test: a key for each way, sealed as `crates/pkcs11` seals.
#[derive(Default)]
struct Drawer {
    keys: std::sync::Mutex<std::collections::BTreeMap<Id, jingui_vault::Key>>,
}

impl jingui_vault::Device for Drawer {
    fn seal(&self, way: Id, context: &[u8], key: &jingui_vault::Key) -> Result<Vec<u8>, jingui_model::Problem> {
        let own = jingui_vault::Key::from_bytes([u8::try_from(self.keys.lock().unwrap().len() + 1).unwrap(); 32]);
        let sealed = jingui_vault::wrap(suite::suite(suite::DEFAULT)?, &own, "device", context, key, &SeededRng::new(9))?;
        self.keys.lock().unwrap().insert(way, own);
        Ok(sealed)
    }

    fn open(&self, all: &[jingui_vault::OnDevice<'_>]) -> Result<Vec<Option<jingui_vault::Key>>, jingui_model::Problem> {
        let keys = self.keys.lock().unwrap();
        Ok(all.iter().map(|s| jingui_vault::unwrap(keys.get(&s.way)?, "device", s.context, s.sealed).ok()).collect())
    }
}

#[test]
fn a_device_opens_the_ring_and_its_copies_and_no_other_device_does() {
    let mut r = ring(1);
    let (device, other) = (Drawer::default(), Drawer::default());
    let way = r.file.add_wrap(&r.vault, Unlock::Token(&device), &r.rng, Cost::Test).unwrap();
    let second = r.file.add_wrap(&r.vault, Unlock::Token(&other), &r.rng, Cost::Test).unwrap();
    let file = KeyringFile::from_json(&r.file.to_json().unwrap()).unwrap();
    for device in [&device, &other] {
        assert!(file.unlock(Unlock::Token(device)).unwrap().ledger_seed() == r.vault.ledger_seed());
    }
    assert_eq!((file.rehearse(Unlock::Token(&device)).unwrap(), file.rehearse(Unlock::Token(&other)).unwrap()), (way, second));
    assert_eq!(code(&file, Unlock::Token(&Drawer::default())), "vault.unlock_refused");
    // Neither a way nor what the device sealed can be put in another's place.
    let json = file.to_json().unwrap();
    let of =
        |id: Id| file.wraps().iter().find(|w| w.id == id).map(|w| serde_json::to_value(w).unwrap()["sealed"].as_str().unwrap().to_owned());
    let swapped = json.replace(&of(way).unwrap(), "AAAA").replace(&of(second).unwrap(), &of(way).unwrap());
    let swapped = KeyringFile::from_json(&swapped).unwrap();
    assert_eq!((code(&swapped, Unlock::Token(&device)), code(&swapped, Unlock::Token(&other))), (refused(), refused()));
    let door = jingui_vault::Door::of(&file).unwrap();
    assert!(door.open(Unlock::Token(&device)).is_ok());
}

fn refused() -> String {
    "vault.unlock_refused".to_owned()
}

#[test]
fn what_a_device_sealed_stands_with_its_own_ways_only() {
    let mut r = ring(1);
    r.file.add_wrap(&r.vault, Unlock::Token(&Drawer::default()), &r.rng, Cost::Test).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&r.file.to_json().unwrap()).unwrap();
    let read = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut changed = whole.clone();
        change(&mut changed["wraps"]);
        KeyringFile::from_json(&changed.to_string()).map_or_else(|p| p.code().to_owned(), |_| "ok".to_owned())
    };
    let malformed = "vault.keyring_malformed";
    assert_eq!(read(&|_| ()), "ok");
    assert_eq!(read(&|wraps| drop(wraps[3].as_object_mut().unwrap().remove("sealed"))), malformed);
    assert_eq!(read(&|wraps| wraps[3]["sealed"] = "".into()), malformed);
    assert_eq!(read(&|wraps| wraps[3]["sealed"] = "A".repeat(1400).into()), malformed);
    assert_eq!(read(&|wraps| wraps[1]["sealed"] = "AAAA".into()), malformed);
    assert_eq!(read(&|wraps| wraps[3]["sealed"] = serde_json::Value::Null), malformed);
}

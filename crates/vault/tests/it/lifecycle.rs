//! The life of keys in the key ring (NIST SP 800-57 part 1, section 8).

use jingui_model::{Id, Protection, clock::FixedClock, rng::SeededRng};
use jingui_vault::{Cost, KeyringFile, Unlock, Vault, suite};

const ONE: Unlock<'_> = Unlock::Passphrase("correct horse battery");
const TWO: Unlock<'_> = Unlock::Passphrase("another way to unlock");
const RECORD: Id = Id::from_bytes([7; 16]);

fn ring() -> (KeyringFile, Vault, SeededRng) {
    let rng = SeededRng::new(1);
    let (file, vault) = KeyringFile::create(suite::AES_SHA256, &rng, &FixedClock::default(), &[ONE, TWO], Cost::Test).unwrap();
    (file, vault, rng)
}

#[test]
fn a_new_epoch_wraps_what_is_new_and_the_old_one_opens_what_is_old() {
    let (mut file, vault, rng) = ring();
    let (key, old) = vault.new_record_key(RECORD, Protection::Core, &rng).unwrap();
    let sealed = key.seal("payload", b"", b"text", &rng).unwrap();
    assert_eq!(file.begin_epoch(&vault, Protection::Core, &rng, &FixedClock::default()).unwrap(), 2);
    // Nothing is in force before it is stored.
    assert_eq!(vault.new_record_key(RECORD, Protection::Core, &rng).unwrap().1[..5], [3, 0, 0, 0, 1]);
    file.put_in_force(&vault, None).unwrap();
    let new = vault.rewrap(RECORD, &old, Protection::Core, &rng).unwrap();
    assert_eq!(new[..5], [3, 0, 0, 0, 2]);
    for wrapped in [&old, &new] {
        assert_eq!(vault.record_key(RECORD, wrapped).unwrap().open("payload", b"", &sealed).unwrap(), b"text");
    }
    // The wrap is bound to the version of its parent: said of the other epoch, it does not open.
    let mut moved = new.clone();
    moved[4] = 1;
    assert_eq!(vault.record_key(RECORD, &moved).unwrap_err().code(), "vault.wrap_refused");
    file.destroy_epoch(&vault, Protection::Core, 1).unwrap();
    file.put_in_force(&vault, None).unwrap();
    assert_eq!(vault.record_key(RECORD, &old).unwrap_err().code(), "vault.epoch_unknown");
    let again = KeyringFile::from_json(&file.to_json().unwrap()).unwrap().unlock(TWO).unwrap();
    assert_eq!(again.record_key(RECORD, &old).unwrap_err().code(), "vault.epoch_unknown");
    assert_eq!(again.record_key(RECORD, &new).unwrap().open("payload", b"", &sealed).unwrap(), b"text");
    assert_eq!(file.destroy_epoch(&vault, Protection::Core, 2).unwrap_err().code(), "vault.epoch_active");
    // Its number does not come again.
    assert_eq!(file.begin_epoch(&vault, Protection::Core, &rng, &FixedClock::default()).unwrap(), 3);
}

#[test]
fn a_disabled_epoch_opens_and_wraps_nothing_until_it_is_enabled() {
    let (mut file, vault, rng) = ring();
    let (_, wrapped) = vault.new_record_key(RECORD, Protection::Core, &rng).unwrap();
    file.set_disabled(&vault, Protection::Core, 1, true).unwrap();
    file.put_in_force(&vault, None).unwrap();
    for vault in [&vault, &file.unlock(ONE).unwrap()] {
        assert_eq!(vault.record_key(RECORD, &wrapped).unwrap_err().code(), "vault.epoch_disabled");
        assert_eq!(vault.new_record_key(RECORD, Protection::Core, &rng).unwrap_err().code(), "vault.epoch_disabled");
        vault.new_record_key(RECORD, Protection::Important, &rng).unwrap();
    }
    assert_eq!(file.begin_epoch(&vault, Protection::Core, &rng, &FixedClock::default()).unwrap_err().code(), "vault.epoch_disabled");
    file.set_disabled(&vault, Protection::Core, 1, false).unwrap();
    file.put_in_force(&vault, None).unwrap();
    vault.record_key(RECORD, &wrapped).unwrap();
    assert_eq!(file.set_disabled(&vault, Protection::None, 1, true).unwrap_err().code(), "vault.epoch_needed");
    assert_eq!(file.set_disabled(&vault, Protection::Core, 9, true).unwrap_err().code(), "vault.epoch_missing");
}

#[test]
fn what_an_act_wrote_cannot_be_edited() {
    let (mut file, vault, _) = ring();
    file.set_disabled(&vault, Protection::Core, 1, true).unwrap();
    file.set_suite(&vault, suite::SM4_SM3).unwrap();
    let json = file.to_json().unwrap();
    for (from, to) in [("\"disabled\": true", "\"disabled\": false"), ("\"now\": 2", "\"now\": 1"), ("\"acts\": 2", "\"acts\": 1")] {
        assert!(json.contains(from), "{from}");
        let edited = KeyringFile::from_json(&json.replacen(from, to, 1)).unwrap();
        assert_eq!(edited.unlock(ONE).unwrap_err().code(), "vault.keyring_damaged", "{from}");
        assert_eq!(edited.put_in_force(&vault, None).unwrap_err().code(), "vault.keyring_damaged", "{from}");
    }
}

#[test]
fn another_suite_keeps_what_was_derived_and_opens_what_is_old() {
    let (mut file, vault, rng) = ring();
    let (before, message) = (vault.blind("login", b"wang"), vault.seal_system("p", b"", b"old", &rng).unwrap());
    file.set_suite(&vault, suite::SM4_SM3).unwrap();
    file.put_in_force(&vault, None).unwrap();
    for vault in [&vault, &file.unlock(ONE).unwrap()] {
        assert_eq!(vault.suite().id(), suite::SM4_SM3);
        assert_eq!(vault.blind("login", b"wang"), before);
        assert_eq!(vault.open_system("p", b"", &message).unwrap(), b"old");
        let new = vault.seal_system("p", b"", b"new", &rng).unwrap();
        assert_eq!((&new[..2], vault.open_system("p", b"", &new).unwrap()), (&[0, 2][..], b"new".to_vec()));
    }
    file.set_suite(&vault, suite::AES_SHA256).unwrap();
    assert_eq!(file.unlock(ONE).unwrap().suite().id(), suite::AES_SHA256);
}

#[test]
fn a_new_root_key_ends_every_way_to_the_old_one() {
    let (mut file, vault, rng) = ring();
    let before = file.clone();
    let (_, wrapped) = vault.new_record_key(RECORD, Protection::Core, &rng).unwrap();
    let third = Unlock::Passphrase("a third way to unlock");
    let fourth = Unlock::Passphrase("a fourth way to unlock");
    assert_eq!(file.renew_root(&vault, &[third], &rng, Cost::Test).unwrap_err().code(), "vault.wrap_last");
    let (ways, root) = file.renew_root(&vault, &[third, fourth], &rng, Cost::Test).unwrap();
    assert_eq!(file.unlock(ONE).unwrap_err().code(), "vault.unlock_refused");
    assert_eq!(file.rehearse(fourth).unwrap(), ways[1]);
    file.unlock(third).unwrap().record_key(RECORD, &wrapped).unwrap();
    // A node that still has the old root makes no way with it; one that has the new root does.
    let elsewhere = before.unlock(ONE).unwrap();
    file.put_in_force(&elsewhere, None).unwrap();
    elsewhere.record_key(RECORD, &wrapped).unwrap();
    assert_eq!(file.add_way(&elsewhere, ONE, &rng, Cost::Test).unwrap_err().code(), "vault.root_renewed");
    file.put_in_force(&vault, Some(root)).unwrap();
    file.add_way(&vault, ONE, &rng, Cost::Test).unwrap();
    file.unlock(ONE).unwrap();
}

#[test]
fn a_rehearsal_names_the_way_and_refuses_like_unlocking() {
    let (file, ..) = ring();
    assert_eq!(file.rehearse(TWO).unwrap(), file.wraps()[1].id);
    assert_eq!(file.rehearse(Unlock::Passphrase("not one of the ways")).unwrap_err().code(), "vault.unlock_refused");
    assert_eq!(file.rehearse(Unlock::Recovery("ABCD")).unwrap_err().code(), "vault.recovery_length");
}

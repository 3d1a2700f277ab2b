//! Published vectors: the formats cannot change unnoticed. `tests/vectors/*.txt` hold lines
//! `name = value`; bytes are hexadecimal. The inputs come from `SeededRng`, so that anybody can
//! make them again; `README.md` says how each format is put together.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use jingui_model::{Id, Instant, Protection, Rng, clock::FixedClock, rng::SeededRng};
use jingui_vault::{
    Cost, Device, Key, KeyringFile, OnDevice, Unlock,
    custody::{Binding, release, take},
    envelope::{Algorithm, Pair, seal_to},
    file, generate_key_file, generate_recovery_code,
    shares::split,
    suite, unwrap, wrap,
};

fn check(name: &str, made: &[(&str, String)]) {
    let path = format!("{}/tests/vectors/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text: String = made.iter().map(|(k, v)| format!("{k} = {v}\n")).collect();
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(held == text, "{path} differs from what is made now:\n{text}");
}

/// The suites with what their files of vectors have behind the name.
const SUITES: [(u16, &str); 2] = [(suite::AES_SHA256, ""), (suite::SM4_SM3, "_sm")];

#[test]
fn wrapped_key() {
    for (id, suffix) in SUITES {
        wrapped_key_in(id, suffix);
    }
}

fn wrapped_key_in(id: u16, suffix: &str) {
    let rng = SeededRng::new(1);
    let (parent, child) = (Key::generate(&rng), Key::generate(&rng));
    let wrapped = wrap(suite::suite(id).unwrap(), &parent, "purpose", b"context", &child, &rng).unwrap();
    assert!(unwrap(&parent, "purpose", b"context", &wrapped).unwrap() == child);
    check(
        &format!("wrap{suffix}"),
        &[("parent", hex::encode(parent.bytes())), ("child", hex::encode(child.bytes())), ("wrapped", hex::encode(wrapped))],
    );
}

#[test]
fn key_file_and_recovery_code() {
    let rng = SeededRng::new(2);
    let (key_file, code) = (generate_key_file(&rng), generate_recovery_code(&rng));
    let keys = SeededRng::new(2);
    let (first, second) = (Key::generate(&keys), Key::generate(&keys));
    check(
        "unlock",
        &[
            ("key_file_key", hex::encode(first.bytes())),
            ("key_file", key_file.trim_end().to_owned()),
            ("recovery_key", hex::encode(second.bytes())),
            ("recovery", code),
        ],
    );
}

/// A device of one key that seals as `crates/pkcs11` says, with AWS-LC in place of hardware; it remembers what it was asked.
struct Device1(std::sync::Mutex<Vec<(&'static str, Vec<u8>)>>);

const DEVICE_KEY: [u8; 32] = [0x42; 32];

impl Device for Device1 {
    fn seal(&self, way: Id, context: &[u8], key: &Key) -> Result<Vec<u8>, jingui_model::Problem> {
        let nonce = [0x17; 12];
        let mut text = key.bytes().to_vec();
        let sealer = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &DEVICE_KEY).unwrap());
        sealer.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut text).unwrap();
        let sealed = [&[1], nonce.as_slice(), &text].concat();
        *self.0.lock().unwrap() = vec![
            ("way", way.as_bytes().to_vec()),
            ("context", context.to_vec()),
            ("way_key", key.bytes().to_vec()),
            ("device_key", DEVICE_KEY.to_vec()),
            ("sealed", sealed.clone()),
        ];
        Ok(sealed)
    }

    fn open(&self, all: &[OnDevice<'_>]) -> Result<Vec<Option<Key>>, jingui_model::Problem> {
        let sealer = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &DEVICE_KEY).unwrap());
        Ok(all
            .iter()
            .map(|s| {
                let mut text = s.sealed[13..].to_vec();
                let nonce = Nonce::try_assume_unique_for_key(&s.sealed[1..13]).unwrap();
                let plain = sealer.open_in_place(nonce, Aad::from(s.context), &mut text).ok()?;
                Some(Key::from_bytes((&*plain).try_into().unwrap()))
            })
            .collect())
    }
}

/// The way of a device: what it is bound to, what the device seals, and the ring that comes of it.
#[test]
fn a_device() {
    let rng = SeededRng::new(8);
    let clock = FixedClock::at(Instant::from_micros(1_795_000_000_000_000));
    let device = Device1(std::sync::Mutex::default());
    let (ring, vault) = KeyringFile::create(suite::DEFAULT, &rng, &clock, &[Unlock::Token(&device)], Cost::Test).unwrap();
    let mut lines: Vec<(&str, String)> = device.0.lock().unwrap().iter().map(|(name, bytes)| (*name, hex::encode(bytes))).collect();
    lines.push(("keyring", ring.to_json().unwrap().lines().map(str::trim_start).collect()));
    lines.push(("ledger_seed", hex::encode(vault.ledger_seed().bytes())));
    assert!(ring.unlock(Unlock::Token(&device)).is_ok());
    check("token", &lines);
}

#[test]
fn key_ring_record_and_system() {
    for (id, suffix) in SUITES {
        key_ring_in(id, suffix);
    }
}

fn key_ring_in(id: u16, suffix: &str) {
    let rng = SeededRng::new(3);
    let clock = FixedClock::at(Instant::from_micros(1_795_000_000_000_000));
    let (ring, vault) = KeyringFile::create(id, &rng, &clock, &[Unlock::Passphrase("correct horse battery")], Cost::Test).unwrap();
    let record = Id::from_bytes([5; 16]);
    let (key, wrapped) = vault.new_record_key(record, Protection::Core, &rng).unwrap();
    let sealed = key.seal("payload", b"aad", "轴承".as_bytes(), &rng).unwrap();
    let (file_key, file_wrapped) = key.new_file_key(Id::from_bytes([6; 16]), &rng).unwrap();
    let system = vault.seal_system("settings", b"aad", b"value", &rng).unwrap();
    check(
        &format!("keyring{suffix}"),
        &[
            ("passphrase", "correct horse battery".to_owned()),
            ("keyring", ring.to_json().unwrap().lines().map(str::trim_start).collect()),
            ("record", record.to_string()),
            ("record_wrapped", hex::encode(wrapped)),
            ("record_sealed", hex::encode(sealed)),
            ("file_key", hex::encode(file_key.bytes())),
            ("file_key_wrapped", hex::encode(file_wrapped)),
            ("system_sealed", hex::encode(system)),
            ("blind_login_wang", hex::encode(vault.blind("login", b"wang"))),
            ("ledger_seed", hex::encode(vault.ledger_seed().bytes())),
        ],
    );
}

#[test]
fn sealed_files() {
    for (id, suffix) in SUITES {
        sealed_files_in(suite::suite(id).unwrap(), suffix);
    }
}

fn sealed_files_in(suite: &'static dyn suite::Suite, suffix: &str) {
    let key = Key::generate(&SeededRng::new(4));
    let mut lines = vec![("key", hex::encode(key.bytes()))];
    let id = Id::from_bytes([7; 16]);
    let mut small = vec![];
    file::seal(suite, &key, id, &SeededRng::new(5), &mut "商业秘密".as_bytes(), &mut small).unwrap();
    lines.push(("small", hex::encode(small)));
    for (name, len) in [("sealed_sha256_0", 0), ("sealed_sha256_65536", 65_536), ("sealed_sha256_196609", 196_609)] {
        let mut plain = vec![0; len];
        SeededRng::new(6).fill(&mut plain);
        let digest = file::seal(suite, &key, id, &SeededRng::new(5), &mut &plain[..], &mut std::io::sink()).unwrap();
        lines.push((name, hex::encode(digest.sealed_sha256)));
    }
    check(&format!("file{suffix}"), &lines);
}

/// What custodians' devices make and read (`web/src/custody`); the same file is read by the console's tests.
#[test]
fn dual_control() {
    for (id, suffix) in SUITES {
        dual_control_in(Algorithm::of(suite::suite(id).unwrap()), suffix);
    }
}

fn dual_control_in(algorithm: Algorithm, suffix: &str) {
    let rng = SeededRng::new(9);
    let [device, once] = [(); 2].map(|()| Pair::generate(algorithm, &rng).unwrap());
    let share = split(&Key::generate(&rng), 2, 3, &rng).unwrap().remove(1);
    let info = "jingui share 1\nlock\n1\n0\nholder";
    let sealed = seal_to(device.recipient(), info.as_bytes(), &*share.to_bytes(), &rng).unwrap();
    let binding = Binding {
        opening: Id::from_bytes([1; 16]),
        locks: vec![(Id::from_bytes([2; 16]), 3)],
        purpose: "热处理“工艺”评审\n第 2 次".to_owned(),
        reader: Id::from_bytes([4; 16]),
        until: Instant::from_micros(1_763_800_000_000_000),
        nonce: "00112233445566778899aabbccddeeff".to_owned(),
    };
    let released = release(once.recipient(), &binding, &share, &rng).unwrap();
    assert!(take(&once, &binding, &released).unwrap() == share);
    check(
        &format!("custody{suffix}"),
        &[
            ("device_private", hex::encode(device.private().bytes())),
            ("device_public", hex::encode(device.recipient().bytes())),
            ("once_private", hex::encode(once.private().bytes())),
            ("once_public", hex::encode(once.recipient().bytes())),
            ("share", hex::encode(*share.to_bytes())),
            ("share_info", hex::encode(info)),
            ("share_sealed", hex::encode(sealed)),
            ("binding", serde_json::to_string(&binding).unwrap()),
            ("binding_info", hex::encode(binding.info().unwrap())),
            ("released", hex::encode(released)),
        ],
    );
}

//! Prints what the vault costs on this machine: `cargo run --release -p jingui-vault --example speed`.
//! Start-up opens every record (its key, then its payload), so that line is the one that matters.
#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::{hint::black_box, time::Instant};

use jingui_model::{Id, Problem, Protection, Rng, clock::SystemClock};
use jingui_vault::{Cost, Key, KeyringFile, SystemRng, Unlock, file, generate_key_file, password, suite};

fn timed<T>(name: &str, rounds: u32, mut f: impl FnMut(u32) -> Result<T, Problem>) -> Result<(), Problem> {
    let start = Instant::now();
    for i in 0..rounds {
        black_box(f(i)?);
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
    println!("{name:<44} {each:>12.2} µs");
    Ok(())
}

fn main() -> Result<(), Problem> {
    let rng: &dyn Rng = &SystemRng;
    let key_file = generate_key_file(rng);
    let (ring, vault) = KeyringFile::create(suite::DEFAULT, rng, &SystemClock, &[Unlock::KeyFile(key_file.as_bytes())], Cost::Normal)?;
    let payload = [7; 600];
    let record = |i: u32| Id::from_bytes(u128::from(i).to_be_bytes());
    let mut stored = vec![];
    for i in 0..100_000 {
        let (key, wrapped) = vault.new_record_key(record(i), Protection::Core, rng)?;
        stored.push((wrapped, key.seal("payload", b"", &payload, rng)?));
    }
    timed("record: unwrap key and open 600 bytes", 100_000, |i| match stored.get(i as usize) {
        Some((wrapped, sealed)) => vault.record_key(record(i), wrapped)?.open("payload", b"", sealed),
        None => Ok(vec![]),
    })?;
    timed("record: unwrap key only", 100_000, |i| {
        stored.get(i as usize).map(|(wrapped, _)| vault.record_key(record(i), wrapped)).transpose()
    })?;
    timed("record: new key, wrap and seal 600 bytes", 100_000, |i| {
        let (key, wrapped) = vault.new_record_key(record(i), Protection::Core, rng)?;
        Ok((wrapped, key.seal("payload", b"", &payload, rng)?))
    })?;
    let (key, _) = vault.new_record_key(record(0), Protection::Core, rng)?;
    let sealed = key.seal("payload", b"", &payload, rng)?;
    timed("record: open 600 bytes again, key at hand", 100_000, |_| key.open("payload", b"", &sealed))?;
    let message = vault.seal_system("answer", b"", &payload, rng)?;
    timed("system: open 600 bytes", 100_000, |_| vault.open_system("answer", b"", &message))?;
    timed("blind index", 100_000, |i| Ok(vault.blind("login", &i.to_be_bytes())))?;
    for (name, len, rounds) in [("file: seal 10 KiB with hashes", 10 << 10, 20_000), ("file: seal 64 MiB with hashes", 64 << 20, 3)] {
        let plain = vec![7; len];
        let file_key = Key::generate(rng);
        timed(name, rounds, |_| file::seal(vault.suite(), &file_key, record(0), rng, &mut &plain[..], &mut std::io::sink()))?;
    }
    let small = vec![7; 10 << 10];
    for number in [suite::DEFAULT, suite::SM4_SM3] {
        let (suite, key) = (suite::suite(number)?, Key::generate(rng));
        timed(&format!("file: seal 10 KiB, own key, suite {number}"), 50_000, |_| {
            file::seal_parallel(suite, &key, record(0), rng, &mut &small[..], &mut std::io::sink(), 1)
        })?;
    }
    timed("key ring: unlock by key file", 1000, |_| ring.unlock(Unlock::KeyFile(key_file.as_bytes())))?;
    let mut slow = ring;
    slow.add_wrap(&vault, Unlock::Passphrase("correct horse battery"), rng, Cost::Normal)?;
    timed("key ring: unlock by passphrase (64 MiB, 3)", 3, |_| slow.unlock(Unlock::Passphrase("correct horse battery")))?;
    let phc = password::hash_password("a password", rng, Cost::Normal)?;
    timed("account: verify a password (32 MiB, 3)", 3, |_| Ok(password::verify_password("a password", &phc)))
}

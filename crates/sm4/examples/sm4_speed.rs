//! How quick SM4-GCM is: every backend and the other Rust implementation, one thread, 64 KiB at a time with associated data, best of
//! several turns taken in rotation so that a neighbour's load strikes all alike. `benches/sm4.sh` puts OpenSSL beside it.
//! Prints `<name> <seal> <open> <short>`: MB/s, MB/s, and nanoseconds for a new key and 600 bytes.
#![expect(clippy::print_stdout, reason = "prints a table for a script")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use ctr::cipher::{BlockCipherEncrypt, InnerIvInit, StreamCipher, StreamCipherCoreWrapper};
use ghash::{
    GHash,
    universal_hash::{KeyInit, UniversalHash},
};
use jingui_sm4::{Backend, Sm4Gcm};

const KEY: [u8; 16] = [0x42; 16];
const NONCE: [u8; 12] = [7; 12];
const AAD: [u8; 32] = [9; 32];
const CHUNK: usize = 64 * 1024;
/// Each measurement in each turn.
const SPAN: Duration = Duration::from_millis(60);

/// Seconds for one call, on average over [`SPAN`].
fn pace(mut call: impl FnMut()) -> f64 {
    let (start, mut calls) = (Instant::now(), 0_u32);
    while start.elapsed() < SPAN {
        call();
        calls += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

/// Seal, open, short: seconds.
type Paces = [f64; 3];

fn ours(backend: Backend, buffer: &mut [u8]) -> Option<Paces> {
    let gcm = Sm4Gcm::with_backend(&KEY, backend)?;
    let seal = pace(|| {
        black_box(gcm.seal_in_place_detached(&NONCE, &AAD, black_box(buffer)).is_ok());
    });
    // Opened and not sealed again: the tag of a changing buffer is taken without the time.
    let tag = gcm.seal_in_place_detached(&NONCE, &AAD, buffer).ok()?;
    let (mut copy, mut spent, mut calls) = (buffer.to_vec(), Duration::ZERO, 0_u32);
    while spent < SPAN {
        copy.copy_from_slice(buffer);
        let start = Instant::now();
        black_box(gcm.open_in_place_detached(&NONCE, &AAD, black_box(&mut copy), &tag).ok()?);
        spent += start.elapsed();
        calls += 1;
    }
    let short = pace(|| {
        let gcm = Sm4Gcm::with_backend(black_box(&KEY), backend);
        black_box(gcm.map(|gcm| gcm.seal_in_place_detached(&NONCE, &AAD, black_box(buffer.first_chunk_mut::<600>()?)).ok()));
    });
    Some([seal, spent.as_secs_f64() / f64::from(calls), short])
}

fn theirs(buffer: &mut [u8]) -> Paces {
    let setup = || {
        let cipher = sm4::Sm4::new(&KEY.into());
        let mut h = [0; 16];
        cipher.encrypt_block((&mut h).into());
        (cipher, GHash::new(&h.into()))
    };
    let message = |(cipher, hash): &(sm4::Sm4, GHash), text: &mut [u8]| {
        let mut counter = [0; 16];
        counter.iter_mut().zip(NONCE).for_each(|(slot, byte)| *slot = byte);
        counter[15] = 2;
        let mut hash = hash.clone();
        StreamCipherCoreWrapper::from_core(ctr::CtrCore::<&sm4::Sm4, ctr::flavors::Ctr32BE>::inner_iv_init(cipher, &counter.into()))
            .apply_keystream(text);
        hash.update_padded(&AAD);
        hash.update_padded(text);
        black_box(hash.finalize());
    };
    let ready = setup();
    let seal = pace(|| message(&ready, black_box(buffer)));
    let short = pace(|| message(&setup(), black_box(buffer.first_chunk_mut::<600>().map_or(&mut [], |text| &mut text[..]))));
    [seal, seal, short]
}

fn main() {
    let mut buffer = vec![0x5a; CHUNK];
    let names: Vec<&str> = Backend::ALL.iter().filter(|b| b.is_available()).map(|b| b.name()).chain(["rustcrypto"]).collect();
    let mut best = vec![[f64::INFINITY; 3]; names.len()];
    for _ in 0..9 {
        let now = Backend::ALL.iter().filter_map(|b| ours(*b, &mut buffer)).collect::<Vec<_>>();
        let now = now.into_iter().chain([theirs(&mut buffer)]);
        for (best, now) in best.iter_mut().zip(now) {
            for (best, now) in best.iter_mut().zip(now) {
                *best = best.min(now);
            }
        }
    }
    for (name, [seal, open, short]) in names.iter().zip(best) {
        let rate = |seconds: f64| CHUNK as f64 / seconds / 1e6;
        println!("{name} {:.0} {:.0} {:.0}", rate(seal), rate(open), short * 1e9);
    }
}

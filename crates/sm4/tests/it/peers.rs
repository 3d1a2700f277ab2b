//! Every backend against another implementation (the crates `sm4`, `ctr` and `ghash`), over lengths around every boundary of the kernels,
//! and over whatever comes up. For minutes instead of a moment: `JINGUI_SM4_ROUNDS=1000000 cargo test -p jingui-sm4 --release whatever`.
//! OpenSSL is compared with in `scripts/interop/sm4.py`.

use ctr::cipher::{BlockCipherEncrypt, KeyIvInit, StreamCipher};
use ghash::{
    GHash,
    universal_hash::{KeyInit, UniversalHash},
};
use jingui_sm4::{Sm4, Sm4Gcm};
use proptest::prelude::*;

use crate::backends;

/// SM4-GCM put together from the other implementation (SP 800-38D, 7.1).
fn peer(key: [u8; 16], nonce: [u8; 12], aad: &[u8], text: &mut [u8]) -> [u8; 16] {
    let block = |mut block: [u8; 16]| {
        sm4::Sm4::new(&key.into()).encrypt_block((&mut block).into());
        block
    };
    let counter = |n: u8| [&nonce[..], &[0, 0, 0, n]].concat();
    ctr::Ctr32BE::<sm4::Sm4>::new(&key.into(), counter(2).as_slice().try_into().unwrap()).apply_keystream(text);
    let mut hash = GHash::new(&block([0; 16]).into());
    hash.update_padded(aad);
    hash.update_padded(text);
    let lengths = [(aad.len() as u64 * 8).to_be_bytes(), (text.len() as u64 * 8).to_be_bytes()].concat();
    hash.update_padded(&lengths);
    let mut tag: [u8; 16] = hash.finalize().into();
    tag.iter_mut().zip(block(counter(1).try_into().unwrap())).for_each(|(tag, mask)| *tag ^= mask);
    tag
}

/// Some bytes that look like nothing (xorshift).
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            (x >> 32) as u8
        })
        .collect()
}

fn compare(seed: u64, aad_len: usize, len: usize) {
    let key: [u8; 16] = noise(seed, 16).try_into().unwrap();
    let nonce: [u8; 12] = noise(seed ^ 1, 12).try_into().unwrap();
    let (aad, plain) = (noise(seed ^ 2, aad_len), noise(seed ^ 3, len));
    let mut theirs = plain.clone();
    let tag = peer(key, nonce, &aad, &mut theirs);
    for backend in backends() {
        let gcm = Sm4Gcm::with_backend(&key, backend).unwrap();
        let mut ours = plain.clone();
        assert_eq!(gcm.seal_in_place_detached(&nonce, &aad, &mut ours), Ok(tag), "{backend}: {aad_len}, {len}");
        assert!(ours == theirs, "{backend}: {aad_len}, {len}");
        assert_eq!(gcm.open_in_place_detached(&nonce, &aad, &mut ours, &tag), Ok(()), "{backend}: {aad_len}, {len}");
        assert!(ours == plain, "{backend}: {aad_len}, {len}");
    }
}

#[test]
fn every_length_up_to_1100() {
    for len in 0..=1100 {
        compare(len as u64, len % 37, len);
    }
}

#[test]
fn every_length_of_associated_data_up_to_600() {
    for len in 0..=600 {
        compare(len as u64, len, len % 19);
    }
}

#[test]
fn long_ones_around_every_boundary() {
    for around in [2048, 4096, 8192, 16_384, 65_536, 200_000] {
        for len in around - 1..=around + 1 {
            compare(len as u64, 32, len);
        }
    }
    compare(1, 70_000, 3);
}

#[test]
fn single_blocks() {
    for seed in 0..2000 {
        let key: [u8; 16] = noise(seed, 16).try_into().unwrap();
        let block: [u8; 16] = noise(!seed, 16).try_into().unwrap();
        let mut theirs = block;
        sm4::Sm4::new(&key.into()).encrypt_block((&mut theirs).into());
        for backend in backends() {
            assert_eq!(Sm4::with_backend(&key, backend).unwrap().encrypt(block), theirs, "{backend}");
        }
    }
}

/// A loop with a seed that is printed when it fails; as long as one asks for.
#[test]
fn whatever_comes_up() {
    let rounds = std::env::var("JINGUI_SM4_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(300_u64);
    let start = std::env::var("JINGUI_SM4_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0_u64);
    for seed in start..start + rounds {
        let n = noise(seed, 8);
        let number = |at: usize| usize::from(n[at]) | usize::from(n[at + 1]) << 8;
        // Mostly short, sometimes up to 64 KiB.
        let len = if n[6] < 16 { number(0) } else { number(0) % 2500 };
        compare(seed, number(2) % if n[7] < 16 { 5000 } else { 100 }, len);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever a buffer begins in memory and however it is cut, the key stream is the same.
    #[test]
    fn the_stream_does_not_depend_on_cuts_or_alignment(key: [u8; 16], nonce: [u8; 12], counter: u32, offset in 0_usize..70, blocks in 0_usize..100, len in 0_usize..3000) {
        let cut = 16 * blocks;
        let mut whole = vec![0; len];
        Sm4::new(&key).ctr(&nonce, counter, &mut whole);
        for backend in backends() {
            let cipher = Sm4::with_backend(&key, backend).unwrap();
            let mut parts = vec![0; offset + len];
            let text = &mut parts[offset..];
            let (front, back) = text.split_at_mut(cut.min(len));
            cipher.ctr(&nonce, counter, front);
            cipher.ctr(&nonce, counter.wrapping_add(blocks as u32), back);
            prop_assert!(text == whole, "{}", backend);
        }
    }
}

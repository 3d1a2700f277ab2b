//! Counter mode in registers of 512 bits with GFNI: as `ctr256.rs`, with sixteen blocks to a group. Lane 4q + l has counter 4l + q.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_broadcast_i32x4, _mm512_gf2p8affine_epi64_epi8, _mm512_gf2p8affineinv_epi64_epi8, _mm512_rol_epi32,
    _mm512_set_epi32, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_shuffle_epi8, _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::memory::{load128, load512, store512};
use crate::constants::{BEFORE, BEHIND};
use crate::kernel::wiped;

/// Bytes of a group.
const GROUP: usize = 16 * 16;
/// Groups that go together.
const GROUPS: usize = 8;
/// A shuffle that turns the bytes of each word round.
const SWAPPED: [u8; 16] = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
/// The table of a + b + c for the instruction of three inputs.
const SUM: i32 = 0b1001_0110;

#[target_feature(enable = "avx512f")]
#[inline]
fn sum3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<SUM>(a, b, c)
}

/// x + L(S(t)).
#[target_feature(enable = "avx512f,avx512bw,gfni")]
#[inline]
fn mixed(x: __m512i, t: __m512i) -> __m512i {
    let inner = _mm512_gf2p8affine_epi64_epi8::<{ BEFORE.gfni_constant() }>(t, _mm512_set1_epi64(BEFORE.gfni()));
    let s = _mm512_gf2p8affineinv_epi64_epi8::<{ BEHIND.gfni_constant() }>(inner, _mm512_set1_epi64(BEHIND.gfni()));
    let (two, ten) = (_mm512_rol_epi32::<2>(s), _mm512_rol_epi32::<10>(s));
    let (eighteen, last) = (_mm512_rol_epi32::<18>(s), _mm512_rol_epi32::<24>(s));
    _mm512_xor_si512(sum3(x, s, two), sum3(ten, eighteen, last))
}

/// Four registers of words to four registers of four blocks each, in the order of memory.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn blocks([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let (dc_low, dc_high) = (_mm512_unpacklo_epi32(d, c), _mm512_unpackhi_epi32(d, c));
    let (ba_low, ba_high) = (_mm512_unpacklo_epi32(b, a), _mm512_unpackhi_epi32(b, a));
    let order = _mm512_broadcast_i32x4(load128(&SWAPPED));
    [
        _mm512_shuffle_epi8(_mm512_unpacklo_epi64(dc_low, ba_low), order),
        _mm512_shuffle_epi8(_mm512_unpackhi_epi64(dc_low, ba_low), order),
        _mm512_shuffle_epi8(_mm512_unpacklo_epi64(dc_high, ba_high), order),
        _mm512_shuffle_epi8(_mm512_unpackhi_epi64(dc_high, ba_high), order),
    ]
}

#[target_feature(enable = "avx512f,avx512bw,gfni")]
#[inline]
fn stream<const N: usize>(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [[u8; GROUP]]) {
    let [n0, n1, n2] = nonce.map(|word| _mm512_set1_epi32(word as i32));
    let order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    let mut first = _mm512_add_epi32(_mm512_set1_epi32(counter as i32), order);
    let mut state = [[n0, n1, n2, first]; N];
    for group in &mut state {
        group[3] = first;
        first = _mm512_add_epi32(first, _mm512_set1_epi32(16));
    }
    for keys in keys.as_chunks::<4>().0 {
        let [k0, k1, k2, k3] = keys.map(|key| _mm512_set1_epi32(key as i32));
        for [a, b, c, d] in &mut state {
            *a = mixed(*a, _mm512_xor_si512(sum3(*b, *c, k0), *d));
        }
        for [a, b, c, d] in &mut state {
            *b = mixed(*b, _mm512_xor_si512(sum3(*c, *d, k1), *a));
        }
        for [a, b, c, d] in &mut state {
            *c = mixed(*c, _mm512_xor_si512(sum3(*d, *a, k2), *b));
        }
        for [a, b, c, d] in &mut state {
            *d = mixed(*d, _mm512_xor_si512(sum3(*a, *b, k3), *c));
        }
    }
    for (group, data) in state.iter().zip(data) {
        for (stream, data) in blocks(*group).iter().zip(data.as_chunks_mut::<64>().0) {
            let sum = _mm512_xor_si512(load512(data), *stream);
            store512(data, sum);
        }
    }
}

/// Adds the key stream of counter mode to `data`, from this counter on.
#[target_feature(enable = "avx512f,avx512bw,gfni")]
pub fn ctr(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [u8]) {
    let mut counter = counter;
    let (wide, rest) = data.as_chunks_mut::<{ GROUPS * GROUP }>();
    for part in wide {
        stream::<GROUPS>(keys, nonce, counter, part.as_chunks_mut().0);
        counter = counter.wrapping_add(16 * GROUPS as u32);
    }
    match rest.len() {
        0 => {}
        1..=GROUP => ended::<1>(keys, nonce, counter, rest),
        _ => ended::<GROUPS>(keys, nonce, counter, rest),
    }
}

/// A last part, through a buffer.
#[target_feature(enable = "avx512f,avx512bw,gfni")]
#[inline]
fn ended<const N: usize>(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [u8]) {
    let mut last = [[0; GROUP]; N];
    stream::<N>(keys, nonce, counter, &mut last);
    for (byte, key) in data.iter_mut().zip(last.as_flattened()) {
        *byte ^= key;
    }
    wiped(last.as_flattened_mut());
}

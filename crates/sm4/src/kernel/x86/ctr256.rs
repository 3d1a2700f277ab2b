//! Counter mode in registers of 256 bits: eight blocks to a group, several groups at a time so that their latencies overlap.
//!
//! A group holds its blocks word by word: register i has word i of eight blocks, one to a lane. A round is then a sum, the S-box
//! on 32 bytes at once, and L. Lane l of the first half has counter 2l, of the second 2l + 1: with this, transposing 4 × 4
//! within the halves gives the blocks in the order of memory.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_aesenclast_si128, _mm_and_si128, _mm_cvtsi128_si32, _mm_gf2p8affine_epi64_epi8, _mm_gf2p8affineinv_epi64_epi8,
    _mm_set1_epi8, _mm_set1_epi32, _mm_set1_epi64x, _mm_setzero_si128, _mm_shuffle_epi8, _mm_srli_epi32, _mm_xor_si128, _mm256_add_epi32,
    _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_castsi128_si256, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_gf2p8affine_epi64_epi8, _mm256_gf2p8affineinv_epi64_epi8, _mm256_inserti128_si256, _mm256_or_si256, _mm256_set_epi32,
    _mm256_set1_epi8, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::memory::{load128, load256, store256};
use crate::constants::{BEFORE, BEHIND, BEHIND_AES, BEHIND_ROTATED, BEHIND_SHIFTED};
use crate::kernel::{expanded, wiped};

/// Bytes of a group.
const GROUP: usize = 8 * 16;

/// A shuffle of the bytes of each word: rotates them left by this many bytes.
const fn turned(bytes: usize) -> [u8; 16] {
    let mut order = [0; 16];
    let mut word = 0;
    while word < 4 {
        let mut at = 0;
        while at < 4 {
            #[expect(clippy::indexing_slicing, reason = "evaluated while compiling")]
            {
                order[4 * word + at] = (4 * word + (at + 4 - bytes) % 4) as u8;
            }
            at += 1;
        }
        word += 1;
    }
    order
}

/// A shuffle that first undoes the row shift of AES (byte i went to byte 13i mod 16), then rotates words left.
const fn unshifted(bytes: usize) -> [u8; 16] {
    let mut order = turned(bytes);
    let mut at = 0;
    while at < 16 {
        #[expect(clippy::indexing_slicing, reason = "evaluated while compiling")]
        {
            order[at] = order[at] * 13 % 16;
        }
        at += 1;
    }
    order
}

/// A shuffle that turns the bytes of each word round.
const SWAPPED: [u8; 16] = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

#[target_feature(enable = "avx2")]
#[inline]
fn both(table: &[u8; 16]) -> __m256i {
    _mm256_broadcastsi128_si256(load128(table))
}

#[target_feature(enable = "avx2")]
#[inline]
fn sum3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_xor_si256(a, b), c)
}

/// x + L(S(t)) with the instructions for fields. A word rotated left by two is, byte by byte, S shifted left by two and what the byte below
/// lost, S shifted right by six. So with p = S + (S shifted left by two) and r = S rotated left by two within its byte, both of which the
/// maps behind the inversion give at once, L(S) = p + (r ⋘ 8) + (r ⋘ 16) + ((p + r) ⋘ 24).
#[target_feature(enable = "avx2,gfni")]
#[inline]
fn mixed_gfni(x: __m256i, t: __m256i) -> __m256i {
    let inner = _mm256_gf2p8affine_epi64_epi8::<{ BEFORE.gfni_constant() }>(t, _mm256_set1_epi64x(BEFORE.gfni()));
    let p = _mm256_gf2p8affineinv_epi64_epi8::<{ BEHIND_SHIFTED.gfni_constant() }>(inner, _mm256_set1_epi64x(BEHIND_SHIFTED.gfni()));
    let r = _mm256_gf2p8affineinv_epi64_epi8::<{ BEHIND_ROTATED.gfni_constant() }>(inner, _mm256_set1_epi64x(BEHIND_ROTATED.gfni()));
    let eight = _mm256_shuffle_epi8(r, both(&const { turned(1) }));
    let sixteen = _mm256_shuffle_epi8(r, both(&const { turned(2) }));
    let last = _mm256_shuffle_epi8(_mm256_xor_si256(p, r), both(&const { turned(3) }));
    sum3(_mm256_xor_si256(x, p), _mm256_xor_si256(eight, sixteen), last)
}

/// A map of bytes by two tables of sixteen entries that lie in registers: no memory is looked up.
#[target_feature(enable = "avx2")]
#[inline]
fn mapped(x: __m256i, [low, high]: &[[u8; 16]; 2]) -> __m256i {
    let mask = _mm256_set1_epi8(15);
    let l = _mm256_shuffle_epi8(both(low), _mm256_and_si256(x, mask));
    let h = _mm256_shuffle_epi8(both(high), _mm256_and_si256(_mm256_srli_epi32::<4>(x), mask));
    _mm256_xor_si256(l, h)
}

/// x + L(S(t)) with the last round of AES, whose S-box inverts in the field of AES.
#[target_feature(enable = "avx2,aes")]
#[inline]
fn mixed_aes(x: __m256i, t: __m256i) -> __m256i {
    let inner = mapped(t, &const { BEFORE.nibbles() });
    let zero = _mm_setzero_si128();
    let low = _mm_aesenclast_si128(_mm256_castsi256_si128(inner), zero);
    let high = _mm_aesenclast_si128(_mm256_extracti128_si256::<1>(inner), zero);
    let s = mapped(_mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high), &const { BEHIND_AES.nibbles() });
    let s0 = _mm256_shuffle_epi8(s, both(&const { unshifted(0) }));
    let s8 = _mm256_shuffle_epi8(s, both(&const { unshifted(1) }));
    let s16 = _mm256_shuffle_epi8(s, both(&const { unshifted(2) }));
    let s24 = _mm256_shuffle_epi8(s, both(&const { unshifted(3) }));
    let three = sum3(s0, s8, s16);
    let two = _mm256_or_si256(_mm256_slli_epi32::<2>(three), _mm256_srli_epi32::<30>(three));
    sum3(_mm256_xor_si256(x, two), s0, s24)
}

/// Four registers of words to four registers of two blocks each, in the order of memory.
#[target_feature(enable = "avx2")]
#[inline]
fn blocks([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    // The output is the last four words, the last one first (GB/T 32907, 7.1), high byte first.
    let (dc_low, dc_high) = (_mm256_unpacklo_epi32(d, c), _mm256_unpackhi_epi32(d, c));
    let (ba_low, ba_high) = (_mm256_unpacklo_epi32(b, a), _mm256_unpackhi_epi32(b, a));
    let order = both(&SWAPPED);
    [
        _mm256_shuffle_epi8(_mm256_unpacklo_epi64(dc_low, ba_low), order),
        _mm256_shuffle_epi8(_mm256_unpackhi_epi64(dc_low, ba_low), order),
        _mm256_shuffle_epi8(_mm256_unpacklo_epi64(dc_high, ba_high), order),
        _mm256_shuffle_epi8(_mm256_unpackhi_epi64(dc_high, ba_high), order),
    ]
}

macro_rules! counter_mode {
    ($features:literal, $mixed:ident, $sub_word:ident, $groups:literal) => {
        use super::*;

        /// Groups that go together.
        const GROUPS: usize = $groups;

        #[target_feature(enable = $features)]
        #[inline]
        fn stream<const N: usize>(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [[u8; GROUP]]) {
            let [n0, n1, n2] = nonce.map(|word| _mm256_set1_epi32(word as i32));
            let mut first = _mm256_add_epi32(_mm256_set1_epi32(counter as i32), _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0));
            let mut state = [[n0, n1, n2, first]; N];
            for group in &mut state {
                group[3] = first;
                first = _mm256_add_epi32(first, _mm256_set1_epi32(8));
            }
            for keys in keys.as_chunks::<4>().0 {
                let [k0, k1, k2, k3] = keys.map(|key| _mm256_set1_epi32(key as i32));
                for [a, b, c, d] in &mut state {
                    *a = $mixed(*a, _mm256_xor_si256(sum3(*b, *c, k0), *d));
                }
                for [a, b, c, d] in &mut state {
                    *b = $mixed(*b, _mm256_xor_si256(sum3(*c, *d, k1), *a));
                }
                for [a, b, c, d] in &mut state {
                    *c = $mixed(*c, _mm256_xor_si256(sum3(*d, *a, k2), *b));
                }
                for [a, b, c, d] in &mut state {
                    *d = $mixed(*d, _mm256_xor_si256(sum3(*a, *b, k3), *c));
                }
            }
            for (group, data) in state.iter().zip(data) {
                for (stream, data) in blocks(*group).iter().zip(data.as_chunks_mut::<32>().0) {
                    let sum = _mm256_xor_si256(load256(data), *stream);
                    store256(data, sum);
                }
            }
        }

        /// Adds the key stream of counter mode to `data`, from this counter on.
        #[target_feature(enable = $features)]
        pub fn ctr(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [u8]) {
            let mut counter = counter;
            let (wide, rest) = data.as_chunks_mut::<{ GROUPS * GROUP }>();
            for part in wide {
                stream::<GROUPS>(keys, nonce, counter, part.as_chunks_mut().0);
                counter = counter.wrapping_add(8 * GROUPS as u32);
            }
            match rest.len() {
                0 => {}
                1..=GROUP => ended::<1>(keys, nonce, counter, rest),
                _ => ended::<GROUPS>(keys, nonce, counter, rest),
            }
        }

        /// A last part, through a buffer.
        #[target_feature(enable = $features)]
        #[inline]
        fn ended<const N: usize>(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [u8]) {
            let mut last = [[0; GROUP]; N];
            stream::<N>(keys, nonce, counter, &mut last);
            for (byte, key) in data.iter_mut().zip(last.as_flattened()) {
                *byte ^= key;
            }
            wiped(last.as_flattened_mut());
        }

        /// The key schedule.
        #[target_feature(enable = $features)]
        pub fn schedule(key: &[u8; 16]) -> [u32; 32] {
            expanded(key, |word| _mm_cvtsi128_si32($sub_word(_mm_set1_epi32(word as i32))) as u32)
        }
    };
}

#[target_feature(enable = "avx2,gfni")]
#[inline]
fn sub_gfni(x: __m128i) -> __m128i {
    let inner = _mm_gf2p8affine_epi64_epi8::<{ BEFORE.gfni_constant() }>(x, _mm_set1_epi64x(BEFORE.gfni()));
    _mm_gf2p8affineinv_epi64_epi8::<{ BEHIND.gfni_constant() }>(inner, _mm_set1_epi64x(BEHIND.gfni()))
}

/// All four words are the same, so the row shift of AES moves nothing.
#[target_feature(enable = "avx2,aes")]
#[inline]
fn sub_aes(x: __m128i) -> __m128i {
    let map = |x, [low, high]: &[[u8; 16]; 2]| {
        let mask = _mm_set1_epi8(15);
        let l = _mm_shuffle_epi8(load128(low), _mm_and_si128(x, mask));
        _mm_xor_si128(l, _mm_shuffle_epi8(load128(high), _mm_and_si128(_mm_srli_epi32::<4>(x), mask)))
    };
    let inner = map(x, &const { BEFORE.nibbles() });
    map(_mm_aesenclast_si128(inner, _mm_setzero_si128()), &const { BEHIND_AES.nibbles() })
}

/// For processors with GFNI and AVX2.
pub mod gfni {
    counter_mode!("avx2,gfni", mixed_gfni, sub_gfni, 8);
}

/// For processors with AES-NI and AVX2.
pub mod aes {
    counter_mode!("avx2,aes", mixed_aes, sub_aes, 8);
}

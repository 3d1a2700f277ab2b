//! GHASH with carry-less multiplication: the products of up to sixteen blocks with as many powers of the hash key are added up, and
//! reduced once. How numbers are taken is said in `polynomials.rs`.

use std::arch::x86_64::{
    __m128i, __m512i, _mm_clmulepi64_si128, _mm_set_epi8, _mm_set1_epi64x, _mm_setzero_si128, _mm_shuffle_epi8, _mm_shuffle_epi32,
    _mm_slli_si128, _mm_srli_si128, _mm_xor_si128, _mm512_broadcast_i32x4, _mm512_clmulepi64_epi128, _mm512_extracti32x4_epi32,
    _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_ternarylogic_epi32, _mm512_xor_si512, _mm512_zextsi128_si512,
};

use super::memory::{load128, load512, store128};
use crate::kernel::{POWERS, Powers, polynomials::padded};

/// x⁶³+x⁶²+x⁵⁷: how the lowest 64 bits vanish.
const FOLD: i64 = 0xC200_0000_0000_0000_u64 as i64;

/// A sum of products that is not yet reduced: low, middle (by 64 bits higher), high.
struct Sum([__m128i; 3]);

impl Sum {
    #[target_feature(enable = "sse2")]
    #[inline]
    fn new() -> Self {
        Self([_mm_setzero_si128(); 3])
    }

    #[target_feature(enable = "pclmulqdq,avx")]
    #[inline]
    fn add(&mut self, a: __m128i, b: __m128i) {
        let Self([low, middle, high]) = self;
        *low = _mm_xor_si128(*low, _mm_clmulepi64_si128::<0x00>(a, b));
        *middle = _mm_xor_si128(*middle, _mm_xor_si128(_mm_clmulepi64_si128::<0x01>(a, b), _mm_clmulepi64_si128::<0x10>(a, b)));
        *high = _mm_xor_si128(*high, _mm_clmulepi64_si128::<0x11>(a, b));
    }

    #[target_feature(enable = "pclmulqdq,avx")]
    #[inline]
    fn reduced(self) -> __m128i {
        let Self([low, middle, high]) = self;
        let mut low = _mm_xor_si128(low, _mm_slli_si128::<8>(middle));
        let high = _mm_xor_si128(high, _mm_srli_si128::<8>(middle));
        for _ in 0..2 {
            let fold = _mm_clmulepi64_si128::<0x00>(low, _mm_set1_epi64x(FOLD));
            low = _mm_xor_si128(_mm_shuffle_epi32::<0b0100_1110>(low), fold);
        }
        _mm_xor_si128(low, high)
    }
}

/// The bytes of a block the other way round.
#[target_feature(enable = "avx")]
#[inline]
fn turned(x: __m128i) -> __m128i {
    _mm_shuffle_epi8(x, turn())
}

#[target_feature(enable = "avx")]
#[inline]
fn turn() -> __m128i {
    _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}

/// The powers of the hash key, given as its bytes in ascending order.
#[target_feature(enable = "pclmulqdq,avx")]
pub fn powers(first: &[u8; 16]) -> Powers {
    let key = load128(first);
    let mut powers = [*first; POWERS];
    let mut power = key;
    for slot in powers.iter_mut().rev().skip(1) {
        let mut sum = Sum::new();
        sum.add(power, key);
        power = sum.reduced();
        store128(slot, power);
    }
    powers
}

/// Takes up to sixteen blocks into the hash.
#[target_feature(enable = "pclmulqdq,avx")]
#[inline]
fn absorbed(powers: &Powers, state: __m128i, blocks: &[[u8; 16]]) -> __m128i {
    let mut sum = Sum::new();
    let mut state = state;
    // The last block meets the first power, which stands at the end.
    for (block, power) in blocks.iter().zip(powers.iter().skip(POWERS - blocks.len())) {
        sum.add(_mm_xor_si128(turned(load128(block)), state), load128(power));
        state = _mm_setzero_si128();
    }
    sum.reduced()
}

/// Takes blocks into the hash; a last part of a block is filled with zeros.
#[target_feature(enable = "pclmulqdq,avx")]
pub fn ghash(powers: &Powers, state: &mut [u8; 16], data: &[u8]) {
    let (blocks, rest) = data.as_chunks::<16>();
    let mut now = load128(state);
    let (eights, few) = blocks.as_chunks::<8>();
    for part in eights {
        now = absorbed(powers, now, part);
    }
    if !few.is_empty() {
        now = absorbed(powers, now, few);
    }
    if !rest.is_empty() {
        now = absorbed(powers, now, &[padded(rest)]);
    }
    store128(state, now);
}

/// The sum of the four quarters.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn gathered(x: __m512i) -> __m128i {
    let low = _mm_xor_si128(_mm512_extracti32x4_epi32::<0>(x), _mm512_extracti32x4_epi32::<1>(x));
    _mm_xor_si128(low, _mm_xor_si128(_mm512_extracti32x4_epi32::<2>(x), _mm512_extracti32x4_epi32::<3>(x)))
}

/// As [`ghash`], four blocks to a register.
#[target_feature(enable = "avx512f,avx512bw,vpclmulqdq,pclmulqdq")]
pub fn ghash_wide(powers: &Powers, state: &mut [u8; 16], data: &[u8]) {
    const SUM: i32 = 0b1001_0110;
    let turn = _mm512_broadcast_i32x4(turn());
    let (parts, rest) = data.as_chunks::<{ 16 * POWERS }>();
    let mut now = load128(state);
    for part in parts {
        let mut first = _mm512_zextsi128_si512(now);
        let [mut low, mut middle, mut high] = [_mm512_setzero_si512(); 3];
        for (four, power) in part.as_chunks::<64>().0.iter().zip(powers.as_flattened().as_chunks::<64>().0) {
            let (a, b) = (_mm512_xor_si512(_mm512_shuffle_epi8(load512(four), turn), first), load512(power));
            first = _mm512_setzero_si512();
            low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128::<0x00>(a, b));
            high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128::<0x11>(a, b));
            let (one, other) = (_mm512_clmulepi64_epi128::<0x01>(a, b), _mm512_clmulepi64_epi128::<0x10>(a, b));
            middle = _mm512_ternarylogic_epi32::<SUM>(middle, one, other);
        }
        now = Sum([gathered(low), gathered(middle), gathered(high)]).reduced();
    }
    store128(state, now);
    if !rest.is_empty() {
        ghash(powers, state, rest);
    }
}

//! Bytes into vector registers and out of them. All of them go through references to arrays of the right length, so that nothing can be
//! read or written outside; the instructions ask for no alignment.

#![expect(unsafe_code, reason = "the intrinsics that touch memory take raw pointers")]

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_loadu_si128, _mm_storeu_si128, _mm256_loadu_si256, _mm256_storeu_si256, _mm512_loadu_si512,
    _mm512_storeu_si512,
};

#[target_feature(enable = "sse2")]
#[inline]
pub fn load128(from: &[u8; 16]) -> __m128i {
    // SAFETY: `from` is 16 readable bytes; any alignment will do.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

#[target_feature(enable = "sse2")]
#[inline]
pub fn store128(to: &mut [u8; 16], value: __m128i) {
    // SAFETY: `to` is 16 bytes that are ours to write; any alignment will do.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}

#[target_feature(enable = "avx")]
#[inline]
pub fn load256(from: &[u8; 32]) -> __m256i {
    // SAFETY: `from` is 32 readable bytes; any alignment will do.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx")]
#[inline]
pub fn store256(to: &mut [u8; 32], value: __m256i) {
    // SAFETY: `to` is 32 bytes that are ours to write; any alignment will do.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}

#[target_feature(enable = "avx512f")]
#[inline]
pub fn load512(from: &[u8; 64]) -> __m512i {
    // SAFETY: `from` is 64 readable bytes; any alignment will do.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
pub fn store512(to: &mut [u8; 64], value: __m512i) {
    // SAFETY: `to` is 64 bytes that are ours to write; any alignment will do.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), value) }
}

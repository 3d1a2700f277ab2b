//! Which kernel runs: asks the processor once and never offers what it cannot do.
//!
//! This is the only place from which the vector code is called. A [`Kernel`] cannot be made for a backend that the processor lacks, which
//! is what every `unsafe` here rests on.

mod circuit;
mod polynomials;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::constants::{CK, FK};

/// Powers of the hash key that are kept.
pub const POWERS: usize = 16;
/// Powers of the hash key, the highest first, as their bytes in ascending order.
pub type Powers = [[u8; 16]; POWERS];

/// A way to compute, from the slowest to the quickest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// Ordinary instructions of any processor, in constant time.
    Portable,
    /// x86-64 with AVX2, AES-NI and PCLMULQDQ.
    Avx2Aes,
    /// x86-64 with AVX2, GFNI and PCLMULQDQ.
    Avx2Gfni,
    /// x86-64 with AVX-512 (F, BW), GFNI and VPCLMULQDQ.
    Avx512Gfni,
}

impl Backend {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2Aes, Self::Avx2Gfni, Self::Avx512Gfni];

    /// Whether this processor can do it.
    #[must_use]
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Portable => true,
            Self::Avx2Aes => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("aes") && is_x86_feature_detected!("pclmulqdq"),
            Self::Avx2Gfni => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("gfni") && is_x86_feature_detected!("pclmulqdq"),
            Self::Avx512Gfni => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("vpclmulqdq")
                    && Self::Avx2Gfni.is_available()
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        matches!(self, Self::Portable)
    }

    /// The quickest that this processor can do.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|backend| backend.is_available()).unwrap_or(Self::Portable)
    }

    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2Aes => "avx2-aes",
            Self::Avx2Gfni => "avx2-gfni",
            Self::Avx512Gfni => "avx512-gfni",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A backend that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel(Backend);

/// Round keys. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RoundKeys([u32; 32]);

/// What GHASH keeps of its key. Wiped when dropped.
#[derive(Clone)]
pub struct HashKey(Powers);

impl Drop for HashKey {
    fn drop(&mut self) {
        wiped(self.0.as_flattened_mut());
    }
}

/// Overwrites bytes in a way that the compiler cannot leave out. Not byte by byte as `Zeroize` does it, which would take longer than
/// encrypting them.
fn wiped(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

/// Calls the function of a backend. One place for the one reason why that is right.
macro_rules! on {
    ($kernel:expr, $portable:expr, $avx2_aes:expr, $avx2_gfni:expr, $avx512_gfni:expr $(,)?) => {
        match $kernel.0 {
            Backend::Portable => $portable,
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls a function that needs features of the processor")]
            // SAFETY: a `Kernel` exists only for a backend whose features `Backend::is_available` has found; they are those that the
            // function names.
            Backend::Avx2Aes => unsafe { $avx2_aes },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls a function that needs features of the processor")]
            // SAFETY: as above.
            Backend::Avx2Gfni => unsafe { $avx2_gfni },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls a function that needs features of the processor")]
            // SAFETY: as above.
            Backend::Avx512Gfni => unsafe { $avx512_gfni },
            #[cfg(not(target_arch = "x86_64"))]
            _ => $portable,
        }
    };
}

/// The key schedule (GB/T 32907, 7.3): rkᵢ = Kᵢ₊₄ = Kᵢ + T′(Kᵢ₊₁ + Kᵢ₊₂ + Kᵢ₊₃ + CKᵢ), where T′ is the S-box and then
/// B + (B ⋘ 13) + (B ⋘ 23). The S-box on the four bytes of a word is the kernel's.
#[inline(always)]
fn expanded(key: &[u8; 16], sub_word: impl Fn(u32) -> u32) -> [u32; 32] {
    let mut state = FK;
    for (word, bytes) in state.iter_mut().zip(key.as_chunks().0) {
        *word ^= u32::from_be_bytes(*bytes);
    }
    let mut keys = [0; 32];
    for (slot, constant) in keys.iter_mut().zip(CK) {
        let [a, b, c, d] = state;
        let s = sub_word(b ^ c ^ d ^ constant);
        let next = a ^ s ^ s.rotate_left(13) ^ s.rotate_left(23);
        *slot = next;
        state = [b, c, d, next];
    }
    state.zeroize();
    keys
}

impl Kernel {
    /// The kernel of a backend, when this processor has it.
    pub fn new(backend: Backend) -> Option<Self> {
        backend.is_available().then_some(Self(backend))
    }

    /// The quickest.
    pub fn best() -> Self {
        Self(Backend::best())
    }

    pub const fn backend(self) -> Backend {
        self.0
    }

    /// The key schedule.
    pub fn schedule(self, key: &[u8; 16]) -> RoundKeys {
        RoundKeys(on!(
            self,
            portable::schedule(key),
            x86::ctr256::aes::schedule(key),
            x86::ctr256::gfni::schedule(key),
            x86::ctr256::gfni::schedule(key),
        ))
    }

    /// Adds the key stream of counter mode to `data`: SM4 of nonce and counter, the counter going up by one modulo 2³² (SP 800-38D, 6.5).
    pub fn ctr(self, RoundKeys(keys): &RoundKeys, nonce: &[u8; 12], counter: u32, data: &mut [u8]) {
        let mut words = [0; 3];
        for (word, bytes) in words.iter_mut().zip(nonce.as_chunks().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        on!(
            self,
            portable::ctr(keys, words, counter, data),
            x86::ctr256::aes::ctr(keys, words, counter, data),
            x86::ctr256::gfni::ctr(keys, words, counter, data),
            x86::ctr512::ctr(keys, words, counter, data),
        );
    }

    /// Makes ready the hash key H = SM4(0).
    pub fn hash_key(self, h: [u8; 16]) -> HashKey {
        let first = polynomials::prepared(h).to_le_bytes();
        HashKey(on!(
            self,
            // The portable way takes one block at a time and needs the first power only.
            [first; POWERS],
            x86::ghash::powers(&first),
            x86::ghash::powers(&first),
            x86::ghash::powers(&first),
        ))
    }

    /// Takes blocks into the hash; a last part of a block is filled with zeros.
    pub fn ghash(self, HashKey(powers): &HashKey, state: &mut [u8; 16], data: &[u8]) {
        on!(
            self,
            {
                let [.., first] = powers;
                *state = polynomials::ghash(u128::from_le_bytes(*first), u128::from_le_bytes(*state), data).to_le_bytes();
            },
            x86::ghash::ghash(powers, state, data),
            x86::ghash::ghash(powers, state, data),
            x86::ghash::ghash_wide(powers, state, data),
        );
    }
}

//! Randomness as a parameter, so that tests repeat exactly and a lint can ban the global source.

/// A source of random bytes. Implementations for production must be cryptographically secure.
pub trait Rng: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Rng + '_ {
    /// An array of random bytes.
    #[must_use]
    pub fn array<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// A repeatable source for tests and generators (SplitMix64); never for keys.
#[derive(Debug)]
pub struct SeededRng(std::sync::atomic::AtomicU64);

impl SeededRng {
    /// The same seed gives the same bytes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(std::sync::atomic::AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(GOLDEN, std::sync::atomic::Ordering::Relaxed).wrapping_add(GOLDEN);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (to, from) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats() {
        let one: &dyn Rng = &SeededRng::new(7);
        let two: &dyn Rng = &SeededRng::new(7);
        let (a, b) = (one.array::<19>(), two.array::<19>());
        assert_eq!(a, b);
        assert_ne!(a, one.array::<19>());
    }
}

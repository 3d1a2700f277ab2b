//! Chance that can be repeated: the seed is printed, and taken from `JINGUI_CRASH_SEED` if that is set.

use std::hash::{BuildHasher as _, RandomState};

use jingui_model::{Rng as _, rng::SeededRng};

/// A source of chance.
#[derive(Debug)]
pub struct Chance(SeededRng);

impl Chance {
    /// From the environment or from nowhere; says which.
    pub fn new(what: &str) -> Self {
        let given = std::env::var("JINGUI_CRASH_SEED").ok().map(|s| s.parse().expect("JINGUI_CRASH_SEED is a number"));
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(what));
        println!("{what}: JINGUI_CRASH_SEED={seed}");
        Self(SeededRng::new(seed))
    }

    /// Another one, for somebody who works by himself.
    pub fn fork(&self) -> Self {
        Self(SeededRng::new(self.below(u64::MAX)))
    }

    /// One of `0..below`.
    pub fn below(&self, below: u64) -> u64 {
        let mut word = [0; 8];
        self.0.fill(&mut word);
        u64::from_le_bytes(word) % below.max(1)
    }

    /// One of the range.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        from + self.below(to - from)
    }
}

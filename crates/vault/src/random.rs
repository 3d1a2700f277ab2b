//! The machine's randomness for production, from AWS-LC's generator (NIST SP 800-90A, seeded by
//! the operating system). Only the binary makes one and hands it down as `jingui_model::Rng`.

use jingui_model::Rng;

/// Cryptographically secure randomness of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(clippy::panic, reason = "a machine that gives no randomness must make no keys: there is nothing sensible to continue with")]
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            panic!("the operating system gave no randomness");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let rng: &dyn Rng = &SystemRng;
        assert_ne!(rng.array::<32>(), rng.array::<32>());
    }
}

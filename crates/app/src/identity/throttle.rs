//! Slows guessing down without locking anyone out: after a few failures, each further attempt for
//! the same account *from the same place* has to wait, twice as long each time.
//!
//! A stranger's failures never keep the owner of an account out, because the owner comes from
//! another place (OWASP ASVS 5.0, 6.3.1).

use std::collections::HashMap;

use jingui_model::{Instant, Problem};
use parking_lot::Mutex;

const FREE: u32 = 5;
const LONGEST_SECONDS: i64 = 300;
const FORGET_SECONDS: i64 = 900;
const MOST_PLACES: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// Failed attempts by account and place.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<[u8; 32], Failures>>);

impl Throttle {
    /// May this place try again now?
    ///
    /// # Errors
    /// `session.locked_out` with the seconds to wait.
    pub fn check(&self, place: [u8; 32], now: Instant) -> Result<(), Problem> {
        let Some(f) = self.0.lock().get(&place).copied() else { return Ok(()) };
        if f.count < FREE {
            return Ok(());
        }
        let wait = (1_i64 << (f.count - FREE).min(20)).min(LONGEST_SECONDS);
        let until = f.last.plus_seconds(wait);
        if now < until {
            let seconds = (until.micros() - now.micros() + 999_999).div_euclid(1_000_000);
            return Err(Problem::too_many("session.locked_out").arg("seconds", seconds));
        }
        Ok(())
    }

    /// One more failure.
    pub fn failed(&self, place: [u8; 32], now: Instant) {
        let mut all = self.0.lock();
        if all.len() >= MOST_PLACES {
            all.retain(|_, f| now < f.last.plus_seconds(FORGET_SECONDS));
        }
        let entry = all.entry(place).or_insert(Failures { count: 0, last: now });
        if now >= entry.last.plus_seconds(FORGET_SECONDS) {
            entry.count = 0;
        }
        entry.count += 1;
        entry.last = now;
    }

    /// It worked.
    pub fn passed(&self, place: [u8; 32]) {
        self.0.lock().remove(&place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_slows_down_for_the_guesser_only() {
        let throttle = Throttle::default();
        let now = Instant::from_micros(1_000_000);
        for _ in 0..7 {
            throttle.failed([1; 32], now);
        }
        assert_eq!(throttle.check([1; 32], now).unwrap_err().code(), "session.locked_out");
        assert!(throttle.check([2; 32], now).is_ok());
        assert!(throttle.check([1; 32], now.plus_seconds(4)).is_ok());
        throttle.passed([1; 32]);
        assert!(throttle.check([1; 32], now).is_ok());
    }
}

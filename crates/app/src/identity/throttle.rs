//! Slows guessing down without locking anyone out (OWASP ASVS 5.0, 6.3.1; docs/decisions/0016-slowing-guesses.md): after some
//! failures, each further attempt has to wait, twice as long each time.
//!
//! Failures are counted for an account *from one place*, for a place whatever the account (one password tried on everybody), and
//! for an account wherever from (many machines, one account). The last two would let strangers keep people out, so they do not
//! apply to a device on which the person has signed in before: that has a count of its own, which nobody else can fill.

use std::collections::HashMap;

use jingui_model::{Instant, Problem};
use parking_lot::Mutex;

const FORGET_SECONDS: i64 = 900;
const MOST_PLACES: usize = 20_000;

/// How many failures are free, and how long one waits at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Failures that cost nothing.
    pub free: u32,
    /// The longest wait.
    pub longest_seconds: i64,
}

/// One account from one place, or on one known device; a password asked for again; a code of set-up.
pub const PLACE: Patience = Patience { free: 5, longest_seconds: 300 };
/// One address, whatever the account: a whole office may share it.
pub const ADDRESS: Patience = Patience { free: 50, longest_seconds: 60 };
/// One account, wherever from.
pub const ACCOUNT: Patience = Patience { free: 20, longest_seconds: 60 };

/// Something whose failures are counted together, and how patient we are with it.
pub type Gate = ([u8; 32], Patience);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// Failed attempts.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<[u8; 32], Failures>>);

impl Throttle {
    /// May this place try again now?
    ///
    /// # Errors
    /// `session.locked_out` with the seconds to wait.
    pub fn check(&self, place: [u8; 32], now: Instant) -> Result<(), Problem> {
        self.check_all(&[(place, PLACE)], now)
    }

    /// May somebody try who has to pass all of these?
    ///
    /// # Errors
    /// `session.locked_out` with the seconds until all are open.
    pub fn check_all(&self, gates: &[Gate], now: Instant) -> Result<(), Problem> {
        let all = self.0.lock();
        let waits = gates.iter().filter_map(|(place, patience)| {
            let f = all.get(place).filter(|f| f.count >= patience.free && now < f.last.plus_seconds(FORGET_SECONDS))?;
            let wait = (1_i64 << (f.count - patience.free).min(20)).min(patience.longest_seconds);
            let left = f.last.plus_seconds(wait).micros() - now.micros();
            (left > 0).then(|| (left + 999_999).div_euclid(1_000_000))
        });
        waits.max().map_or(Ok(()), |seconds| Err(Problem::too_many("session.locked_out").arg("seconds", seconds)))
    }

    /// One more failure.
    pub fn failed(&self, place: [u8; 32], now: Instant) {
        self.failed_all(&[(place, PLACE)], now);
    }

    /// One more failure at each of these.
    pub fn failed_all(&self, gates: &[Gate], now: Instant) {
        let mut all = self.0.lock();
        if all.len() >= MOST_PLACES {
            all.retain(|_, f| now < f.last.plus_seconds(FORGET_SECONDS));
        }
        // Somebody with very many addresses. Those with few failures are worth least.
        for worth in [1, PLACE.free, u32::MAX] {
            if all.len() >= MOST_PLACES {
                all.retain(|_, f| f.count > worth);
            }
        }
        for (place, _) in gates {
            let entry = all.entry(*place).or_insert(Failures { count: 0, last: now });
            if now >= entry.last.plus_seconds(FORGET_SECONDS) {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
        }
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

    #[test]
    fn whoever_passes_several_gates_waits_for_the_slowest() {
        let throttle = Throttle::default();
        let now = Instant::from_micros(1_000_000);
        let gates = [([1; 32], PLACE), ([2; 32], ACCOUNT)];
        for _ in 0..ACCOUNT.free {
            throttle.failed_all(&[([2; 32], ACCOUNT)], now);
        }
        let seconds = |gates: &[Gate], at: i64| {
            throttle.check_all(gates, now.plus_seconds(at)).err().and_then(|p| p.args().first().map(|a| a.1.clone()))
        };
        assert_eq!(seconds(&gates, 0), Some("1".to_owned()));
        assert_eq!(seconds(&gates[..1], 0), None, "the other gate is open");
        for _ in 0..40 {
            throttle.failed_all(&gates, now);
        }
        assert_eq!(seconds(&gates, 0), Some("300".to_owned()));
        assert_eq!(seconds(&gates[1..], 0), Some("60".to_owned()), "no account waits longer, however many guess");
        assert_eq!(seconds(&gates, FORGET_SECONDS), None);
    }

    #[test]
    fn no_flood_of_places_fills_the_memory() {
        let throttle = Throttle::default();
        let now = Instant::from_micros(1_000_000);
        for _ in 0..9 {
            throttle.failed([255; 32], now);
        }
        for n in 0_u32..50_000 {
            let mut place = [0; 32];
            place[..4].copy_from_slice(&n.to_be_bytes());
            throttle.failed(place, now);
        }
        assert!(throttle.0.lock().len() <= MOST_PLACES + 1);
        assert!(throttle.check([255; 32], now).is_err(), "who guessed much is remembered");
    }
}

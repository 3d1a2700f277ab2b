//! Token buckets: so many requests per second in the long run, ten seconds' worth at once.

use std::{collections::HashMap, hash::Hash, time::Instant as Moment};

use jingui_model::Problem;
use parking_lot::Mutex;

const BURST_SECONDS: f64 = 10.0;
const MOST: usize = 50_000;

/// Buckets by key.
#[derive(Debug)]
pub struct Buckets<K> {
    rate: f64,
    filled: Mutex<HashMap<K, (f64, Moment)>>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Buckets that refill at `rate` per second; 0 means that nothing is limited.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        Self { rate: f64::from(rate), filled: Mutex::new(HashMap::new()) }
    }

    /// Takes one token.
    ///
    /// # Errors
    /// `request.too_many` with the seconds until there is one.
    pub fn take(&self, key: K, now: Moment) -> Result<(), Problem> {
        if self.rate <= 0.0 {
            return Ok(());
        }
        let most = self.rate * BURST_SECONDS;
        let mut filled = self.filled.lock();
        if filled.len() >= MOST {
            // Whoever rested long enough to be full again is as good as unknown.
            filled.retain(|_, (tokens, last)| *tokens + now.duration_since(*last).as_secs_f64() * self.rate < most);
        }
        let (tokens, last) = filled.entry(key).or_insert((most, now));
        *tokens = (*tokens + now.saturating_duration_since(*last).as_secs_f64() * self.rate).min(most);
        *last = now;
        if *tokens >= 1.0 {
            *tokens -= 1.0;
            return Ok(());
        }
        Err(Problem::too_many("request.too_many").arg("seconds", 1))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again_and_is_ones_own() {
        let buckets = Buckets::new(2);
        let now = Moment::now();
        for _ in 0..20 {
            assert!(buckets.take("a", now).is_ok());
        }
        assert!(buckets.take("a", now).is_err());
        assert!(buckets.take("b", now).is_ok());
        assert!(buckets.take("a", now + Duration::from_secs(1)).is_ok());
        assert!(Buckets::new(0).take("a", now).is_ok());
    }
}

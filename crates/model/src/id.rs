//! Identifiers: UUIDv7 (RFC 9562), made from the clock and the randomness that are passed in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Clock, Problem, Rng};

/// The identifier of a record, an event, a file or anything else. Sorts by time of making.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// A new identifier for this moment.
    #[must_use]
    pub fn new(clock: &dyn Clock, rng: &dyn Rng) -> Self {
        let millis = u64::try_from(clock.now().micros() / 1000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &rng.array()).into_uuid())
    }

    /// From its 16 bytes, as a database holds it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The nil identifier, used for acts of the system itself.
    #[must_use]
    pub const fn nil() -> Self {
        Self(Uuid::nil())
    }

    /// As the `uuid` crate's type, for database drivers.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for Id {
    fn from(value: Uuid) -> Self {
        Self(value)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = Problem;

    /// # Errors
    /// `id.malformed` when the text is not a UUID.
    fn from_str(text: &str) -> Result<Self, Problem> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| Problem::invalid("id.malformed").arg("value", text.chars().take(64).collect::<String>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Instant, clock::FixedClock, rng::SeededRng};

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let rng = SeededRng::new(1);
        let early = Id::new(&FixedClock::at(Instant::from_micros(1_000_000_000)), &rng);
        let late = Id::new(&FixedClock::at(Instant::from_micros(2_000_000_000)), &rng);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<Id>().ok(), Some(early));
        assert!("not an id".parse::<Id>().is_err());
    }
}

//! Time. Instants are UTC microseconds; days and deadlines are counted in the enterprise's zone.

use std::{fmt, str::FromStr, sync::atomic};

use jiff::{civil, tz};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Problem;

/// A moment: microseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 with six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(i64);

impl Instant {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This many seconds later (negative: earlier).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// The calendar day in a zone.
    #[must_use]
    pub fn day(self, zone: Zone) -> Day {
        let local = self.0.saturating_add(i64::from(zone.0) * 60_000_000);
        Day(i32::try_from(local.div_euclid(86_400_000_000)).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(t) => write!(f, "{t:.6}"),
            Err(_) => write!(f, "@{}us", self.0),
        }
    }
}

impl FromStr for Instant {
    type Err = Problem;

    /// # Errors
    /// `time.malformed` when the text is not RFC 3339 with an offset.
    fn from_str(text: &str) -> Result<Self, Problem> {
        text.parse::<jiff::Timestamp>()
            .map(|t| Self(t.as_microsecond()))
            .map_err(|_| Problem::invalid("time.malformed").arg("value", text.chars().take(40).collect::<String>()))
    }
}

/// A fixed offset from UTC in minutes; China is +480.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zone(pub i16);

impl Default for Zone {
    fn default() -> Self {
        Self(480)
    }
}

impl Zone {
    /// The local date and time of an instant, `2026-11-21 12:30`, for people.
    #[must_use]
    pub fn wall(self, instant: Instant) -> String {
        let offset = tz::Offset::from_seconds(i32::from(self.0) * 60).unwrap_or(tz::Offset::UTC);
        jiff::Timestamp::from_microsecond(instant.0)
            .map(|t| {
                let d = offset.to_datetime(t);
                format!("{:04}-{:02}-{:02} {:02}:{:02}", d.year(), d.month(), d.day(), d.hour(), d.minute())
            })
            .unwrap_or_default()
    }
}

/// A calendar day, counted from 1970-01-01. Written `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// From days since 1970-01-01.
    #[must_use]
    pub const fn from_number(days: i32) -> Self {
        Self(days)
    }

    /// Year, month and day of the month.
    #[must_use]
    pub fn parts(self) -> (i16, i8, i8) {
        let d = self.civil();
        (d.year(), d.month(), d.day())
    }

    /// This many calendar months later, clipped to the month's last day.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        jiff::Span::new().try_months(months).and_then(|span| self.civil().checked_add(span)).map_or(self, Self::of)
    }

    /// This many days later.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Midnight at the start of the day in a zone.
    #[must_use]
    pub const fn start(self, zone: Zone) -> Instant {
        Instant(self.0 as i64 * 86_400_000_000 - zone.0 as i64 * 60_000_000)
    }

    fn civil(self) -> civil::Date {
        let beyond = if self.0 < 0 { civil::Date::MIN } else { civil::Date::MAX };
        jiff::Span::new().try_days(self.0).and_then(|span| civil::date(1970, 1, 1).checked_add(span)).unwrap_or(beyond)
    }

    fn of(date: civil::Date) -> Self {
        let days = date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).map_or(0, |s| s.get_days());
        Self(days)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.parts();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl FromStr for Day {
    type Err = Problem;

    /// Accepts `2026-11-21`, `2026/11/21`, `2026.11.21` and `2026年11月21日`.
    ///
    /// # Errors
    /// `day.malformed` when it is no day between the years 1900 and 9999.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let bad = || Problem::invalid("day.malformed").arg("value", text.chars().take(40).collect::<String>());
        let plain: String =
            text.trim().trim_end_matches('日').chars().map(|c| if matches!(c, '/' | '.' | '年' | '月') { '-' } else { c }).collect();
        let mut parts = plain.split('-').map(|p| p.trim().parse::<i16>());
        let (Some(Ok(y)), Some(Ok(m)), Some(Ok(d)), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(bad());
        };
        if !(1900..=9999).contains(&y) {
            return Err(bad());
        }
        let (m, d) = (i8::try_from(m).map_err(|_| bad())?, i8::try_from(d).map_err(|_| bad())?);
        civil::Date::new(y, m, d).map(Self::of).map_err(|_| bad())
    }
}

macro_rules! serde_by_text {
    ($($t:ty),*) => {$(
        impl Serialize for $t {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $t {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(|e: Problem| de::Error::custom(e.code()))
            }
        }
    )*};
}
serde_by_text!(Instant, Day);

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Instant;
}

/// The machine's clock; only the binary makes one.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Instant {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands where it is put; for tests and simulations.
#[derive(Debug, Default)]
pub struct FixedClock(atomic::AtomicI64);

impl FixedClock {
    /// Standing at an instant.
    #[must_use]
    pub fn at(instant: Instant) -> Self {
        Self(atomic::AtomicI64::new(instant.0))
    }

    /// Moves the clock.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.0, atomic::Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(atomic::Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_as_people_write_them() {
        for text in ["2026-11-21", "2026/11/21", "2026.11.21", "2026年11月21日", " 2026-11-21 "] {
            assert_eq!(text.parse::<Day>().map(|d| d.to_string()).ok().as_deref(), Some("2026-11-21"), "{text}");
        }
        for text in ["2026-02-30", "21-11-2026", "2026-11", "202X 年 X 月 X 日", "", "2026-300-1"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_begins_in_the_enterprises_zone() {
        let before: Instant = "2026-11-20T15:59:59.999999Z".parse().unwrap_or_default();
        assert_eq!(before.day(Zone(480)).to_string(), "2026-11-20");
        assert_eq!(before.plus_seconds(1).day(Zone(480)).to_string(), "2026-11-21");
        assert_eq!(Day::from_number(0).start(Zone(480)).micros(), -28_800_000_000);
    }

    #[test]
    fn months_clip_and_instants_print_six_digits() {
        let day: Day = "2024-01-31".parse().unwrap_or(Day(0));
        assert_eq!(day.plus_months(1).to_string(), "2024-02-29");
        assert_eq!(Instant::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn no_number_is_too_large_for_a_day() {
        for number in [i32::MIN, i32::MAX] {
            let day = Day(number);
            assert_eq!(day.plus_months(i32::MAX), day, "{day}");
        }
    }
}

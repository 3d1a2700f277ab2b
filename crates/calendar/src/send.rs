//! When a message goes out: at once, after the quiet hours, on the next working day, or in the daily digest.
//!
//! Each message has exactly one moment that follows from itself and the person's settings alone. So a plan can be made
//! again and again, on any part of the messages: none is lost, none is sent twice.

use std::collections::BTreeMap;

use jingui_model::{Day, Instant, Zone};
use serde::{Deserialize, Serialize};

use crate::{duty::Severity, people::Absence, working::Calendar};

/// Minutes since midnight.
pub type Minute = u16;

const DAY: u16 = 24 * 60;
/// Absences of years end somewhere; after so many days a message goes out all the same.
const SEARCH: i32 = 2000;

/// What a person wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The zone in which hours are meant.
    pub zone: Zone,
    /// Nothing between these two minutes; over midnight when the first is the later. Equal: no quiet hours.
    pub quiet: Option<(Minute, Minute)>,
    /// Nothing on days that are not worked.
    pub rest_days: bool,
    /// When the digest goes out.
    pub digest: Option<Minute>,
    /// Below this severity a message waits for the digest.
    pub at_once_from: Severity,
    /// From this severity on neither quiet hours nor days of rest hold a message back.
    pub break_through_from: Severity,
}

impl Default for Settings {
    /// Quiet from 20:00 to 08:00 and on days of rest, digest at 08:30, what is high soon, what is urgent at any time.
    fn default() -> Self {
        Self {
            zone: Zone::default(),
            quiet: Some((20 * 60, 8 * 60)),
            rest_days: true,
            digest: Some(8 * 60 + 30),
            at_once_from: Severity::High,
            break_through_from: Severity::Urgent,
        }
    }
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Stable; a message is known by it.
    pub key: String,
    /// How much hangs on it.
    pub severity: Severity,
    /// When it arose.
    pub at: Instant,
}

/// Messages that go out together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// When.
    pub at: Instant,
    /// As the daily digest?
    pub digest: bool,
    /// Their keys: the most severe first, then by time.
    pub messages: Vec<String>,
}

/// The moment of a message, and whether it goes with the digest. Days of rest and absence are those of the person.
#[must_use]
pub fn moment(message: &Message, settings: &Settings, calendar: &Calendar, absences: &[Absence]) -> (Instant, bool) {
    if message.severity >= settings.break_through_from {
        return (message.at, false);
    }
    let soon = message.severity >= settings.at_once_from;
    match settings.digest.filter(|_| !soon) {
        None => (open(message.at, settings, calendar, absences), false),
        Some(minute) => {
            // The digest of a day of rest is that of the next day which is none.
            let today = message.at.day(settings.zone);
            let times = (0..SEARCH).map(|n| today.plus_days(n)).filter(|day| !rests(*day, settings, calendar, absences));
            let digest = times.map(|day| at_minute(day, minute % DAY, settings.zone)).find(|at| *at >= message.at);
            (open(digest.unwrap_or(message.at), settings, calendar, absences), true)
        }
    }
}

/// Groups messages by their moments.
#[must_use]
pub fn plan(messages: &[Message], settings: &Settings, calendar: &Calendar, absences: &[Absence]) -> Vec<Sending> {
    let mut groups: BTreeMap<(Instant, bool), BTreeMap<&str, &Message>> = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for message in messages {
        // The same message handed in twice is one: the earlier.
        let slot = seen.entry(message.key.as_str()).or_insert(message);
        if (message.at, message.severity) < (slot.at, slot.severity) {
            *slot = message;
        }
    }
    for (key, message) in seen {
        groups.entry(moment(message, settings, calendar, absences)).or_default().insert(key, message);
    }
    let sending = |((at, digest), group): ((Instant, bool), BTreeMap<&str, &Message>)| {
        let mut group: Vec<&Message> = group.into_values().collect();
        group.sort_by(|a, b| (b.severity, a.at, &a.key).cmp(&(a.severity, b.at, &b.key)));
        Sending { at, digest, messages: group.into_iter().map(|m| m.key.clone()).collect() }
    };
    groups.into_iter().map(sending).collect()
}

/// What is to be sent now, together: of the messages that have not gone out yet those whose moment has come.
#[must_use]
pub fn ripe(waiting: &[Message], now: Instant, settings: &Settings, calendar: &Calendar, absences: &[Absence]) -> Vec<Sending> {
    plan(waiting, settings, calendar, absences).into_iter().filter(|s| s.at <= now).collect()
}

fn at_minute(day: Day, minute: Minute, zone: Zone) -> Instant {
    day.start(zone).plus_seconds(i64::from(minute) * 60)
}

/// Nothing goes out on such a day.
fn rests(day: Day, settings: &Settings, calendar: &Calendar, absences: &[Absence]) -> bool {
    settings.rest_days && (!calendar.is_working(day) || absences.iter().any(|a| a.first <= day && day <= a.last))
}

/// The first moment from `at` on that is neither quiet nor on a day of rest.
fn open(at: Instant, settings: &Settings, calendar: &Calendar, absences: &[Absence]) -> Instant {
    let zone = settings.zone;
    let mut at = at;
    for _ in 0..SEARCH {
        let day = at.day(zone);
        if rests(day, settings, calendar, absences) {
            at = day.plus_days(1).start(zone);
            continue;
        }
        let into_day = (at.micros() - day.start(zone).micros()) / 60_000_000;
        match settings.quiet.and_then(|quiet| quiet_until(quiet, into_day)) {
            None => return at,
            Some((days, minute)) => at = at_minute(day.plus_days(days), minute, zone),
        }
    }
    at
}

/// When the quiet hours around a minute of the day end: how many days later, and the minute.
fn quiet_until((from, to): (Minute, Minute), minute: i64) -> Option<(i32, Minute)> {
    let (from, to) = (from % DAY, to % DAY);
    let (low, high) = (i64::from(from), i64::from(to));
    let over_midnight = from > to;
    if over_midnight && minute >= low {
        Some((1, to))
    } else if minute < high && (over_midnight || low <= minute) {
        Some((0, to))
    } else {
        None
    }
}

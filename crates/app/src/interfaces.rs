//! How programs fare at the interface (H 9.6.4): requests and failures counted for each token in windows of some minutes, and an alarm
//! for the security administrator when too many fail, once for each window.
//!
//! Counts are in memory, of this node; an alarm is a record, made once however many nodes see the same window.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jingui_kinds::act::Facts as _;
use jingui_model::{Data, Id, Instant, Lang, Problem};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::{live::Live, pipeline::Command, settings, world::caller::Caller};

/// Below so many requests in a window a share says nothing.
const SHARE_FROM: u64 = 20;
/// Tokens that are counted at a time.
const MOST: usize = 10_000;
/// The register of alarms.
pub const KIND: &str = "interface_alarm";

/// When an alarm arises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AlarmSettings {
    /// Length of a window.
    pub alarm_minutes: i64,
    /// So many failures in a window.
    pub alarm_failures: i64,
    /// Or such a share of the requests, in per cent, from twenty requests on.
    pub alarm_percent: i64,
}

impl Default for AlarmSettings {
    fn default() -> Self {
        Self { alarm_minutes: 10, alarm_failures: 50, alarm_percent: 50 }
    }
}

impl AlarmSettings {
    /// As a settings record says it.
    #[must_use]
    pub fn of(record: &jingui_kinds::record::Record) -> Self {
        let or = |name: &str, usual: i64| record.data.get(name).and_then(Value::as_i64).filter(|n| *n > 0).unwrap_or(usual);
        let usual = Self::default();
        Self {
            alarm_minutes: or("alarm_minutes", usual.alarm_minutes),
            alarm_failures: or("alarm_failures", usual.alarm_failures),
            alarm_percent: or("alarm_percent", usual.alarm_percent),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: i64,
    requests: u64,
    failures: u64,
    told: bool,
}

/// Too many requests of one program failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// Its token; none for those who showed no token that there is.
    pub token: Option<Id>,
    /// When the window began.
    pub began: Instant,
    /// Its length.
    pub minutes: i64,
    /// Requests in it so far.
    pub requests: u64,
    /// Those of them that failed.
    pub failures: u64,
}

/// Requests of programs.
#[derive(Debug, Default)]
pub struct Interfaces {
    windows: Mutex<HashMap<Option<Id>, Window>>,
    /// All requests of programs.
    pub requests: AtomicU64,
    /// Those that failed.
    pub failures: AtomicU64,
    /// Windows in which this node saw too many fail.
    pub alarms: AtomicU64,
}

impl Interfaces {
    /// One more request of a program; gives an alarm when with this one too many of its window failed.
    pub fn seen(&self, token: Option<Id>, failed: bool, limits: AlarmSettings, now: Instant) -> Option<Alarm> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.failures.fetch_add(u64::from(failed), Ordering::Relaxed);
        let length = limits.alarm_minutes.saturating_mul(60_000_000);
        let began = now.micros().div_euclid(length).saturating_mul(length);
        let mut all = self.windows.lock();
        if all.len() >= MOST && !all.contains_key(&token) {
            all.retain(|_, w| w.began == began);
            if all.len() >= MOST {
                return None;
            }
        }
        let window = all.entry(token).or_insert(Window { began, requests: 0, failures: 0, told: false });
        if window.began != began {
            *window = Window { began, requests: 0, failures: 0, told: false };
        }
        window.requests += 1;
        window.failures += u64::from(failed);
        let at_least = |n: i64| u64::try_from(n).unwrap_or(u64::MAX);
        let many = window.failures >= at_least(limits.alarm_failures);
        let share = window.requests >= SHARE_FROM
            && window.failures.saturating_mul(100) >= window.requests.saturating_mul(at_least(limits.alarm_percent));
        if !failed || window.told || !(many || share) {
            return None;
        }
        window.told = true;
        self.alarms.fetch_add(1, Ordering::Relaxed);
        Some(Alarm {
            token,
            began: Instant::from_micros(began),
            minutes: limits.alarm_minutes,
            requests: window.requests,
            failures: window.failures,
        })
    }
}

impl Live {
    /// Counts a request of a program. `token` is the one that it showed, whether that was enough or not.
    pub fn program_seen(self: &Arc<Self>, token: Option<Id>, failed: bool) -> Option<Alarm> {
        let limits = settings::record(&self.world.read()).map(|r| AlarmSettings::of(&r)).unwrap_or_default();
        self.interfaces.seen(token, failed, limits, self.clock.now())
    }

    /// Is there such a token, good or not?
    #[must_use]
    pub fn is_token(&self, id: Id) -> bool {
        self.world.read().row(id).is_some_and(|(table, ..)| table.kind.kind == "api_token")
    }

    /// Makes the record of an alarm; another node's of the same window is the same.
    ///
    /// # Errors
    /// Those of the pipeline.
    pub async fn raise_alarm(self: &Arc<Self>, alarm: Alarm) -> Result<(), Problem> {
        let (name, person, when) = {
            let world = self.world.read();
            let token = alarm.token.and_then(|id| world.record(id).ok());
            let called = match &token {
                Some(token) => token.data.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                None => [Lang::Zh, Lang::En].map(|lang| self.messages.fill("alarm.unknown", &[], lang)).join(" / "),
            };
            (called, token.and_then(|t| t.data.get("person").cloned()), world.zone().wall(alarm.began))
        };
        let mut data = Data::from([
            ("name".to_owned(), json!(format!("{name} · {when}").chars().take(160).collect::<String>())),
            ("began".to_owned(), json!(when)),
            ("minutes".to_owned(), json!(alarm.minutes)),
            ("requests".to_owned(), json!(alarm.requests)),
            ("failures".to_owned(), json!(alarm.failures)),
        ]);
        if let Some(token) = alarm.token {
            data.insert("token".to_owned(), json!(token));
        }
        if let Some(person) = person.filter(|p| !p.is_null()) {
            data.insert("person".to_owned(), person);
        }
        let key = format!("interface/{}/{}", alarm.token.map_or_else(|| "-".to_owned(), |t| t.to_string()), alarm.began.micros());
        self.pipeline.change(Command::create(&Caller::system(), KIND, data).keyed(key)).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: AlarmSettings = AlarmSettings { alarm_minutes: 10, alarm_failures: 50, alarm_percent: 50 };

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn an_alarm_arises_once_in_a_window_by_share_or_number() {
        let all = Interfaces::default();
        let token = Some("019a0000-0000-7000-8000-000000000001".parse().unwrap());
        for n in 1..20 {
            assert_eq!(all.seen(token, true, USUAL, at(n)), None, "{n} requests say nothing of a share");
        }
        let alarm = all.seen(token, true, USUAL, at(20)).unwrap();
        assert_eq!((alarm.token, alarm.began, alarm.requests, alarm.failures), (token, at(0), 20, 20));
        assert_eq!(all.seen(token, true, USUAL, at(599)), None, "once");
        // In the next window a few failures among many requests are nothing, fifty are.
        let mut alarms = 0;
        for n in 0..500_i64 {
            let failed = n % 10 == 0;
            alarms += u32::from(all.seen(token, failed, USUAL, at(600 + n)).is_some());
        }
        assert_eq!(alarms, 1, "the fiftieth");
        assert_eq!(all.seen(None, true, USUAL, at(700)), None, "others are counted apart");
        assert_eq!(all.alarms.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_flood_of_tokens_is_bounded() {
        let all = Interfaces::default();
        for n in 0..30_000_u128 {
            all.seen(Some(Id::from_bytes((n + 1).to_be_bytes())), true, USUAL, at(1));
        }
        assert!(all.windows.lock().len() <= MOST);
        assert_eq!(all.seen(Some(Id::from_bytes([9; 16])), true, USUAL, at(601)), None);
        assert_eq!(all.windows.lock().len(), 1, "the next window begins with nothing");
    }
}

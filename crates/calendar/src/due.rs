//! Which duties arise between two days: a pure function of the duties, the calendar, what exists and what happened.
//!
//! Each occurrence has a key made of the duty, the period (or record and event) and the scope, never of a day that the
//! calendar may move. It is raised on one day that does not depend on the range that was asked for, so any way of
//! cutting time into ranges gives the same occurrences, and nothing is lost while the server is off.

use std::collections::BTreeMap;

use jingui_model::{Day, Id};
use serde::{Deserialize, Serialize};

use crate::{
    civil::{Period, ymd},
    duty::{Daily, Duty, Event, Moves, Rhythm, ScopeRule, Severity, When, Who, Within},
    rules::Rules,
    working::{Calendar, LONGEST_REST},
};

/// The kind of departments.
pub const DEPARTMENT: &str = "department";
/// Catching up looks so many days back: a notice of the State Council that comes in between may have moved a day.
pub const LOOK_BACK: i32 = 45;
/// A person who joined so many days ago is new; who was entered later is one of those who were there.
const FRESH: i32 = 30;

/// Something that exists for a while: a department, or a record in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its kind.
    pub kind: String,
    /// The record.
    pub record: Id,
    /// The state that it is in; not looked at for departments.
    pub state: String,
    /// The day from which the system knows of it in this state and with these days; never earlier than it was entered.
    pub since: Day,
    /// The last day, once it is over.
    pub until: Option<Day>,
    /// The department that it belongs to.
    pub department: Option<Id>,
    /// Values that `where` looks at.
    pub values: BTreeMap<String, String>,
    /// Fields with days.
    pub days: BTreeMap<String, Day>,
}

/// Something that was done to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// The record's kind.
    pub kind: String,
    /// The record.
    pub record: Id,
    /// The transition; `create` for the first.
    pub transition: String,
    /// The record's version after it: tells two of the same sort apart.
    pub version: u64,
    /// The day, in the enterprise's zone.
    pub on: Day,
    /// The department that the record belongs to.
    pub department: Option<Id>,
    /// Values that `where` looks at.
    pub values: BTreeMap<String, String>,
    /// Days that `fresh` looks at.
    pub days: BTreeMap<String, Day>,
}

/// What there is, and what happened.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The day from which the enterprise works with the system; nothing arises before.
    pub since: Day,
    /// Departments and records, each once for every stretch of time that it was in a state with the same days.
    pub members: &'a [Member],
    /// What was done.
    pub happenings: &'a [Happening],
}

/// A duty that has arisen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Stable: `weekly_zone_check/2026-W47/<record>`. Whoever stores occurrences stores each key once.
    pub key: String,
    /// The duty's code.
    pub duty: String,
    /// The period's name, or the day or version of the event.
    pub period: String,
    /// The kind of the record that it is about.
    pub kind: Option<String>,
    /// The record that it is about.
    pub record: Option<Id>,
    /// The department concerned.
    pub department: Option<Id>,
    /// Who does it.
    pub by: Who,
    /// The day on which it arises.
    pub raised: Day,
    /// The last day to do it.
    pub due: Day,
    /// The days on which its people are reminded.
    pub remind: Vec<Day>,
    /// The days on which others hear of it if it is still open, and who.
    pub escalate: Vec<(Day, Who)>,
    /// How much hangs on it.
    pub severity: Severity,
}

/// Everything that arises from `from` up to and with `to`, by the day it is raised, then by key; each key once.
#[must_use]
pub fn due(rules: &Rules, calendar: &Calendar, from: Day, to: Day, facts: &Facts<'_>) -> Vec<Occurrence> {
    let mut found = BTreeMap::new();
    let from = from.max(facts.since);
    if from > to {
        return vec![];
    }
    for duty in rules.iter() {
        let engine = Engine { duty, calendar, from: duty.start.map_or(from, |s| s.max(from)), to, facts };
        for occurrence in engine.all() {
            found.entry((occurrence.raised, occurrence.key.clone())).or_insert(occurrence);
        }
    }
    found.into_values().collect()
}

/// What is still to be raised today, after `last` (the day of the last run, if there was one), whatever happened in
/// between: weeks without the server, a clock that went back, a holiday that was announced. `known` are the keys raised already.
#[must_use]
pub fn arrears(
    rules: &Rules,
    calendar: &Calendar,
    last: Option<Day>,
    today: Day,
    facts: &Facts<'_>,
    known: &dyn Fn(&str) -> bool,
) -> Vec<Occurrence> {
    let from = last.map_or(facts.since, |day| day.min(today).plus_days(1 - LOOK_BACK));
    due(rules, calendar, from, today, facts).into_iter().filter(|o| !known(&o.key)).collect()
}

/// What arises from things that happened, however far ahead it is raised: whoever follows what happens asks at once, and
/// need not keep what happened on a day of rest until work begins again.
#[must_use]
pub fn arising(rules: &Rules, calendar: &Calendar, since: Day, happenings: &[Happening]) -> Vec<Occurrence> {
    let Some(last) = happenings.iter().map(|h| h.on).max() else { return vec![] };
    let facts = Facts { since, members: &[], happenings };
    let mut found = vec![];
    for duty in rules.iter() {
        let from = duty.start.map_or(since, |s| s.max(since));
        // No stretch of rest is longer; beyond it lies nothing that a happening raises.
        let engine = Engine { duty, calendar, from, to: last.plus_days(LONGEST_REST), facts: &facts };
        if let Rhythm::Event(event) = &duty.rhythm {
            found.extend(engine.happenings(event));
        }
    }
    found
}

/// What a duty is about.
#[derive(Clone, Copy)]
struct About<'a> {
    kind: Option<&'a str>,
    record: Option<Id>,
    department: Option<Id>,
}

struct Engine<'a> {
    duty: &'a Duty,
    calendar: &'a Calendar,
    from: Day,
    to: Day,
    facts: &'a Facts<'a>,
}

impl Engine<'_> {
    fn all(&self) -> Vec<Occurrence> {
        match &self.duty.rhythm {
            Rhythm::Event(event) if event.transitions.is_empty() => self.days(event),
            Rhythm::Event(event) => self.happenings(event),
            rhythm => rhythm.span().map_or_else(Vec::new, |span| {
                // Raised days lie around the period: before it by the time allowed, after it by a long holiday.
                let margin = 60
                    + match self.duty.within {
                        Some(Within::Working(days)) => i32::from(days) * 3,
                        Some(Within::Days(days)) => i32::from(days),
                        _ => 0,
                    };
                let mut period = Period::around(span, self.from.plus_days(-margin));
                let mut found = vec![];
                while period.first <= self.to.plus_days(margin) {
                    if let Some((raised, due)) = self.times(period)
                        && self.from <= raised
                        && raised <= self.to
                    {
                        self.scopes(raised, &mut |about| found.push(self.occurrence(period.name(), about, raised, due)));
                    }
                    period = period.next();
                }
                found
            }),
        }
    }

    /// When the duty of a period is raised and due.
    fn times(&self, period: Period) -> Option<(Day, Day)> {
        let (calendar, duty) = (self.calendar, self.duty);
        let moved = |day: Day| match duty.moves {
            Moves::Stays => day,
            moves => fit(calendar, period, day, moves),
        };
        let due = match duty.rhythm {
            Rhythm::Daily(Daily::EveryDay) => period.first,
            Rhythm::Daily(Daily::WorkingDay) => calendar.is_working(period.first).then_some(period.first)?,
            Rhythm::Weekly(weekday) => moved(period.first.plus_days(weekday.index())),
            Rhythm::Monthly(when) | Rhythm::Quarterly(when) | Rhythm::HalfYearly(when) | Rhythm::Yearly(when) => match when {
                When::FirstWorking => fit(calendar, period, period.first, Moves::Later),
                When::LastWorking => fit(calendar, period, period.last, Moves::Earlier),
                When::On { month, day } => moved(on(period, month, day)),
            },
            Rhythm::Event(_) => return None,
        };
        let raised = match duty.within {
            None | Some(Within::AtOnce) => due,
            Some(Within::Working(days)) => calendar.nth_working_day_before(due, days),
            Some(Within::Days(days)) => calendar.on_or_after(due.plus_days(-i32::from(days))).min(due),
        };
        // Not before the period begins, however long a holiday makes the way back.
        Some((raised.max(calendar.on_or_after(period.first)).min(due), due))
    }

    /// Calls for each scope that exists on a day.
    fn scopes(&self, raised: Day, each: &mut dyn FnMut(About<'_>)) {
        let there = |m: &&Member| m.since <= raised && m.until.is_none_or(|until| raised <= until);
        match &self.duty.scope {
            ScopeRule::Company => each(About { kind: None, record: None, department: None }),
            ScopeRule::EachDepartment => {
                for m in self.facts.members.iter().filter(|m| m.kind == DEPARTMENT).filter(there) {
                    each(About { kind: Some(DEPARTMENT), record: Some(m.record), department: Some(m.record) });
                }
            }
            ScopeRule::EachRecord(records) => {
                let fits = |m: &&Member| m.kind == records.kind && records.states.contains(&m.state) && holds(&records.only, &m.values);
                for m in self.facts.members.iter().filter(fits).filter(there) {
                    each(About { kind: Some(&m.kind), record: Some(m.record), department: m.department });
                }
            }
        }
    }

    fn happenings(&self, event: &Event) -> Vec<Occurrence> {
        let fits = |h: &&Happening| {
            h.kind == event.kind
                && event.transitions.contains(&h.transition)
                && holds(&event.only, &h.values)
                && h.on >= self.facts.since
                && event.fresh.as_ref().and_then(|field| h.days.get(field)).is_none_or(|day| *day >= h.on.plus_days(-FRESH))
        };
        let mut found = vec![];
        for h in self.facts.happenings.iter().filter(fits) {
            let raised = self.event_raised(h.on);
            if self.from <= raised && raised <= self.to {
                let about = About { kind: Some(&h.kind), record: Some(h.record), department: h.department };
                found.push(self.occurrence(format!("v{}", h.version), about, raised, self.event_due(raised)));
            }
        }
        found
    }

    fn days(&self, event: &Event) -> Vec<Occurrence> {
        // A record that leaves a state and comes back is asked once for the same day: on the earliest.
        let mut earliest: BTreeMap<(Id, Day), (Day, &Member)> = BTreeMap::new();
        let fits = |m: &&Member| m.kind == event.kind && event.states.contains(&m.state) && holds(&event.only, &m.values);
        for m in self.facts.members.iter().filter(fits) {
            let Some(day) = event.field.as_ref().and_then(|f| m.days.get(f)).copied() else { continue };
            let since = m.since.max(self.facts.since).max(self.duty.start.unwrap_or(m.since));
            let wanted = match (event.days_before, event.days_after) {
                // Rather a day more than one less.
                (Some(before), _) => self.calendar.on_or_before(day.plus_days(-i32::from(before))),
                (None, after) => day.plus_days(i32::from(after.unwrap_or(0))),
            };
            let raised = if wanted >= since && event.days_before.is_some() { wanted } else { self.event_raised(wanted.max(since)) };
            if m.until.is_some_and(|until| until < raised) {
                continue;
            }
            let entry = earliest.entry((m.record, day)).or_insert((raised, m));
            if raised < entry.0 {
                *entry = (raised, m);
            }
        }
        let mut found = vec![];
        for ((record, day), (raised, m)) in earliest {
            if self.from <= raised && raised <= self.to {
                let due = match self.duty.within {
                    None => self.calendar.on_or_before(day).max(raised),
                    Some(_) => self.event_due(raised),
                };
                let about = About { kind: Some(&m.kind), record: Some(record), department: m.department };
                found.push(self.occurrence(day.to_string(), about, raised, due));
            }
        }
        found
    }

    fn event_raised(&self, day: Day) -> Day {
        if self.duty.within == Some(Within::AtOnce) { day } else { self.calendar.on_or_after(day) }
    }

    fn event_due(&self, raised: Day) -> Day {
        match self.duty.within {
            None | Some(Within::AtOnce) => raised,
            Some(Within::Working(days)) => self.calendar.nth_working_day_after(raised, days),
            Some(Within::Days(days)) => {
                let end = raised.plus_days(i32::from(days));
                if self.duty.moves == Moves::Stays { end } else { self.calendar.on_or_after(end) }
            }
        }
    }

    fn occurrence(&self, period: String, about: About<'_>, raised: Day, due: Day) -> Occurrence {
        let (duty, calendar) = (self.duty, self.calendar);
        let scope = about.record.map_or_else(|| "company".to_owned(), |id| id.to_string());
        let mut remind: Vec<Day> = duty.remind.iter().map(|d| calendar.on_or_before(due.plus_days(-i32::from(*d)))).collect();
        remind.retain(|day| raised < *day && *day < due);
        remind.dedup();
        let escalate = duty.escalate.iter().map(|e| (calendar.nth_working_day_after(due, e.after), e.to.clone())).collect();
        Occurrence {
            key: format!("{}/{period}/{scope}", duty.code),
            duty: duty.code.clone(),
            period,
            kind: about.kind.map(str::to_owned),
            record: about.record,
            department: about.department,
            by: duty.by.clone(),
            raised,
            due,
            remind,
            escalate,
            severity: duty.severity,
        }
    }
}

fn holds(only: &BTreeMap<String, String>, values: &BTreeMap<String, String>) -> bool {
    only.iter().all(|(field, value)| values.get(field) == Some(value))
}

/// A day of the n-th month of a period, clipped to the month's last.
fn on(period: Period, month: i8, day: i8) -> Day {
    let first = period.first.plus_months(i32::from(month) - 1);
    let last = first.plus_months(1).plus_days(-1);
    let (year, month, _) = first.parts();
    ymd(year, month, day.clamp(1, 31)).unwrap_or(last).min(last)
}

/// The worked day for a day of a period: in the wanted direction while that stays in the period, else in the other,
/// else the first one after the period. A week of holidays has none; its duty is done when work begins again.
fn fit(calendar: &Calendar, period: Period, day: Day, moves: Moves) -> Day {
    let later = || Some(calendar.on_or_after(day)).filter(|d| *d <= period.last);
    let earlier = || Some(calendar.on_or_before(day)).filter(|d| *d >= period.first);
    let inside = if moves == Moves::Earlier { earlier().or_else(later) } else { later().or_else(earlier) };
    inside.unwrap_or_else(|| calendar.on_or_after(period.last))
}

//! What a duty says: which clause asks for what, of whom, how often or at which event, and what proves that it was done.

use std::{collections::BTreeMap, fmt};

use jingui_model::{Day, Text};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{
    civil::{Span, Weekday},
    read::Place,
};

/// A duty of the catalogue or of the enterprise.
#[derive(Debug, Clone, Serialize)]
pub struct Duty {
    /// Stable name in `snake_case`; the first part of the keys of its occurrences.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// The clause that asks for it: `B 5.3.3`.
    pub clause: String,
    /// When it arises.
    pub rhythm: Rhythm,
    /// For whom or what it arises separately.
    pub scope: ScopeRule,
    /// Who does it.
    pub by: Who,
    /// How much time there is.
    pub within: Option<Within>,
    /// Where a due day goes that is not worked.
    pub moves: Moves,
    /// Reminders, in calendar days before the due day, the longest first.
    pub remind: Vec<u16>,
    /// Who hears of it when it stays undone.
    pub escalate: Vec<Escalation>,
    /// What proves that it was done.
    pub evidence: Evidence,
    /// How much hangs on it.
    pub severity: Severity,
    /// It does not arise before this day.
    pub start: Option<Day>,
    /// Where it stands.
    #[serde(skip)]
    pub place: Place,
}

/// How often, or at which event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// Once a day.
    Daily(Daily),
    /// On a day of the week.
    Weekly(Weekday),
    /// On a day of the month.
    Monthly(When),
    /// On a day of the quarter.
    Quarterly(When),
    /// On a day of the half-year.
    HalfYearly(When),
    /// On a day of the year.
    Yearly(When),
    /// When something happens, or some days before or after a day that a record names.
    Event(Event),
}

/// On which days of the week a daily duty arises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Daily {
    /// Days that are worked.
    WorkingDay,
    /// All.
    EveryDay,
}

/// A day inside a period: `first_working_day`, `last_working_day`, `15` (of the month), `3-20` (third month, twentieth).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The first day that is worked.
    FirstWorking,
    /// The last day that is worked.
    LastWorking,
    /// Day of the n-th month, clipped to the month's last.
    On {
        /// The month in the period, from 1.
        month: i8,
        /// The day of the month.
        day: i8,
    },
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstWorking => f.write_str("first_working_day"),
            Self::LastWorking => f.write_str("last_working_day"),
            Self::On { month, day } => write!(f, "{month}-{day}"),
        }
    }
}

impl Serialize for When {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Any;
        impl de::Visitor<'_> for Any {
            type Value = When;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("first_working_day, last_working_day, a day of the month, or month-day")
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<When, E> {
                i8::try_from(v).map(|day| When::On { month: 1, day }).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(v), &self))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<When, E> {
                i8::try_from(v).map(|day| When::On { month: 1, day }).map_err(|_| E::invalid_value(de::Unexpected::Signed(v), &self))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<When, E> {
                let on = || {
                    let (month, day) = v.split_once('-')?;
                    Some(When::On { month: month.parse().ok()?, day: day.parse().ok()? })
                };
                match v {
                    "first_working_day" => Ok(When::FirstWorking),
                    "last_working_day" => Ok(When::LastWorking),
                    _ => on().ok_or_else(|| E::invalid_value(de::Unexpected::Str(v), &self)),
                }
            }
        }
        d.deserialize_any(Any)
    }
}

impl Rhythm {
    /// The period that it repeats in; nothing for events.
    #[must_use]
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::Daily(_) => Some(Span::Day),
            Self::Weekly(_) => Some(Span::Week),
            Self::Monthly(_) => Some(Span::Month),
            Self::Quarterly(_) => Some(Span::Quarter),
            Self::HalfYearly(_) => Some(Span::HalfYear),
            Self::Yearly(_) => Some(Span::Year),
            Self::Event(_) => None,
        }
    }
}

/// Something that happens to records of a kind: a transition, or the nearing of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The kind of the records.
    pub kind: String,
    /// Transitions (`create` for a new record), each time one is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<String>,
    /// States in which the day of `field` counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<String>,
    /// A field with a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// So many days before that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_before: Option<u16>,
    /// So many days after that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_after: Option<u16>,
    /// Only records with these values.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, String>,
    /// Only where this day of the record is not long past: a register that is typed in is no event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<String>,
}

/// For whom or what a duty arises separately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeRule {
    /// Once for the enterprise.
    Company,
    /// For each department that exists.
    EachDepartment,
    /// For each record of a kind in a state.
    EachRecord(Records),
}

/// Records of a kind in one of the states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// The kind.
    pub kind: String,
    /// Its states in which the duty holds.
    pub states: Vec<String>,
    /// Only records with these values.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, String>,
}

/// Who does it, in the words of kind files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Everyone with a role.
    Role(String),
    /// Those with a role in the department of the scope or record.
    RoleIn(RoleIn),
    /// The person or persons in a field of the record.
    Field(String),
    /// Everyone who is there.
    Everyone,
}

/// A role in a department.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleIn {
    /// The role's code: `department_head`, `department_officer`.
    pub role: String,
    /// The field that names the department; `department` for a duty of each department.
    pub field: String,
}

/// How much time there is: for what repeats, before the due day; for events, after they happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// Days that are worked.
    Working(u16),
    /// Days of the calendar.
    Days(u16),
    /// The same day, worked or not.
    AtOnce,
}

/// Where a due day goes that is not worked. It stays in its period where that has a worked day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moves {
    /// To the next worked day (as 民法典 203 has it).
    #[default]
    Later,
    /// To the worked day before (as wages: 工资支付暂行规定 7).
    Earlier,
    /// Nowhere: the clause asks for that very day.
    Stays,
}

/// Who hears of a duty that stays undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Who.
    pub to: Who,
    /// After so many worked days past the due day, at least one.
    pub after: u16,
}

/// What proves that a duty was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A record of a kind that is made or linked, in one of these states (any, when none is named).
    Record(Proof),
    /// An act on the record that the duty is about.
    Act(Vec<String>),
    /// A note.
    Note,
    /// A note and a file.
    NoteAndFile,
}

/// A record as proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The kind.
    pub kind: String,
    /// States that count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<String>,
    /// The field of the proof that points at the record that the duty is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A field that says the same in the proof as in the record that the duty is about: the person, the zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<String>,
}

/// How much hangs on it; decides when messages about it are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Ordinary work.
    Normal,
    /// A secret may be at risk if it waits.
    High,
    /// It cannot wait for the morning.
    Urgent,
}

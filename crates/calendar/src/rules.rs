//! The duties of the catalogue (`catalog/duties.yaml`) and of an enterprise: read, checked, and asked what they look at.

use std::collections::{BTreeMap, BTreeSet};

use jingui_model::Day;
use serde::{Deserialize, Serialize};

use crate::{
    duty::{Duty, Escalation, Event, Evidence, Moves, Rhythm, ScopeRule, Severity, When, Who, Within},
    read::{Diagnostic, Label, Place, Placed, Source, diagnostic, place, read},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    duties: Vec<Placed<Line>>,
    /// Duties of the catalogue that an enterprise does not follow, with the reason (overlay only).
    #[serde(default)]
    without: Vec<Placed<Without>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    code: String,
    label: Label,
    clause: String,
    rhythm: Rhythm,
    scope: Option<ScopeRule>,
    by: Who,
    within: Option<Within>,
    #[serde(default)]
    moves: Moves,
    #[serde(default)]
    remind: Vec<u16>,
    #[serde(default)]
    escalate: Vec<Escalation>,
    evidence: Evidence,
    severity: Severity,
    start: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Without {
    code: String,
    reason: Label,
}

impl Serialize for Label {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}

/// All duties that hold.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rules {
    duties: BTreeMap<String, Duty>,
    /// Duties of the catalogue that the enterprise does not follow, with its reason.
    pub without: BTreeMap<String, jingui_model::Text>,
}

/// Duties of an enterprise begin so.
const OWN: &str = "x_";
/// Most reminders or levels of escalation.
const STEPS_MAX: usize = 5;
/// Most days between a reminder, an event or a due day.
const DAYS_MAX: u16 = 1100;

/// What the catalogue of kinds knows; asked when duties are checked against it.
pub trait Known {
    /// Is there such a role?
    fn role(&self, role: &str) -> bool;
    /// Is there such a kind?
    fn kind(&self, kind: &str) -> bool;
    /// Does the kind have the state?
    fn state(&self, kind: &str, state: &str) -> bool;
    /// Does the kind have the transition (`create` is one)?
    fn transition(&self, kind: &str, transition: &str) -> bool;
    /// Does the kind have the field?
    fn field(&self, kind: &str, field: &str) -> bool;
}

/// What the engine must be told about records of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    /// Since when, and until when, records are in these states.
    pub states: BTreeSet<String>,
    /// Happenings.
    pub transitions: BTreeSet<String>,
    /// Fields with days.
    pub days: BTreeSet<String>,
    /// Fields that `where` looks at.
    pub values: BTreeSet<String>,
}

impl Rules {
    /// Reads the catalogue's duties and the enterprise's own.
    ///
    /// # Errors
    /// Every mistake, with its place.
    pub fn load(shipped: &Source<'_>, overlay: &[Source<'_>]) -> Result<Self, Vec<Diagnostic>> {
        let (mut rules, mut found) = (Self::default(), vec![]);
        rules.add(shipped, false, &mut found);
        for source in overlay {
            rules.add(source, true, &mut found);
        }
        if found.is_empty() { Ok(rules) } else { Err(found) }
    }

    fn add(&mut self, source: &Source<'_>, own: bool, found: &mut Vec<Diagnostic>) {
        let file: File = match read(source) {
            Ok(file) => file,
            Err(diagnostic) => return found.push(diagnostic),
        };
        for (i, entry) in file.duties.into_iter().enumerate() {
            let (path, at) = (format!("duties[{i}]"), place(source.file, &entry));
            let duty = duty(entry.value, at);
            check(&duty, own, &path, found);
            if self.duties.contains_key(&duty.code) {
                found.push(diagnostic(&duty.place, format!("{path}.code"), "calendar.twice").arg("value", &duty.code));
            } else {
                self.duties.insert(duty.code.clone(), duty);
            }
        }
        for (i, entry) in file.without.into_iter().enumerate() {
            let (path, at, line) = (format!("without[{i}].code"), place(source.file, &entry), entry.value);
            if !own || self.duties.remove(&line.code).is_none() {
                found.push(diagnostic(&at, path, "calendar.unknown_duty").arg("value", &line.code));
            }
            self.without.insert(line.code, line.reason.0);
        }
    }

    /// The duty with a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Duty> {
        self.duties.get(code)
    }

    /// All duties by code.
    pub fn iter(&self) -> impl Iterator<Item = &Duty> {
        self.duties.values()
    }

    /// Checks what the duties name against the catalogue of kinds.
    #[must_use]
    pub fn check_against(&self, known: &dyn Known) -> Vec<Diagnostic> {
        self.iter().flat_map(|duty| names(duty, known)).collect()
    }

    /// What the engine must be told, by kind. Departments (`department`) are asked for where a duty arises in each of them.
    #[must_use]
    pub fn needs(&self) -> BTreeMap<String, Need> {
        let mut needs: BTreeMap<String, Need> = BTreeMap::new();
        for duty in self.iter() {
            match &duty.scope {
                ScopeRule::Company => {}
                ScopeRule::EachDepartment => {
                    needs.entry(crate::due::DEPARTMENT.to_owned()).or_default();
                }
                ScopeRule::EachRecord(records) => {
                    let need = needs.entry(records.kind.clone()).or_default();
                    need.states.extend(records.states.iter().cloned());
                    need.values.extend(records.only.keys().cloned());
                }
            }
            if let Rhythm::Event(event) = &duty.rhythm {
                let need = needs.entry(event.kind.clone()).or_default();
                need.transitions.extend(event.transitions.iter().cloned());
                need.states.extend(event.states.iter().cloned());
                need.days.extend(event.field.iter().chain(&event.fresh).cloned());
                need.values.extend(event.only.keys().cloned());
            }
        }
        needs
    }
}

fn duty(line: Line, place: Place) -> Duty {
    let mut remind = line.remind;
    remind.sort_unstable_by(|a, b| b.cmp(a));
    let mut escalate = line.escalate;
    escalate.sort_by_key(|e| e.after);
    Duty {
        code: line.code,
        label: line.label.0,
        clause: line.clause,
        scope: line.scope.unwrap_or(ScopeRule::Company),
        rhythm: line.rhythm,
        by: line.by,
        within: line.within,
        moves: line.moves,
        remind,
        escalate,
        evidence: line.evidence,
        severity: line.severity,
        start: line.start,
        place,
    }
}

/// What is wrong with a duty in itself.
fn check(duty: &Duty, own: bool, path: &str, found: &mut Vec<Diagnostic>) {
    let mut say = |field: &str, code: &'static str, value: &str| {
        found.push(diagnostic(&duty.place, format!("{path}.{field}"), code).arg("value", value));
    };
    let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if duty.code.is_empty() || duty.code.len() > 60 || !duty.code.chars().all(snake) || duty.code.starts_with(OWN) != own {
        say("code", if own { "calendar.own_code" } else { "calendar.code" }, &duty.code);
    }
    if duty.clause.trim().is_empty() {
        say("clause", "calendar.clause", &duty.code);
    }
    match &duty.rhythm {
        Rhythm::Event(event) => {
            if let Some(field) = event_fault(event) {
                say(&format!("rhythm.event.{field}"), "calendar.event", &duty.code);
            }
            if duty.within.is_none() && event.days_before.is_none() {
                say("within", "calendar.no_time", &duty.code);
            }
            if duty.scope != ScopeRule::Company {
                say("scope", "calendar.event_scope", &duty.code);
            }
        }
        Rhythm::Monthly(when) | Rhythm::Quarterly(when) | Rhythm::HalfYearly(when) | Rhythm::Yearly(when) => {
            let months = duty.rhythm.span().and_then(crate::civil::Span::months).unwrap_or(1);
            if let When::On { month, day } = when
                && !((1..=months).contains(month) && (1..=31).contains(day))
            {
                say("rhythm", "calendar.when", &when.to_string());
            }
        }
        Rhythm::Daily(_) | Rhythm::Weekly(_) => {}
    }
    if let Some(Within::Working(days) | Within::Days(days)) = duty.within
        && days > DAYS_MAX
    {
        say("within", "calendar.too_many_days", &days.to_string());
    }
    if duty.remind.len() > STEPS_MAX || duty.remind.iter().any(|d| *d == 0 || *d > DAYS_MAX) {
        say("remind", "calendar.remind", &duty.code);
    }
    if duty.escalate.len() > STEPS_MAX || duty.escalate.iter().any(|e| e.after == 0 || e.after > DAYS_MAX) {
        say("escalate", "calendar.escalate", &duty.code);
    }
    // Without a record there is no field to look into, and no act that could be done on it.
    let about_record = matches!(duty.rhythm, Rhythm::Event(_)) || matches!(duty.scope, ScopeRule::EachRecord(_));
    let whos = std::iter::once(&duty.by).chain(duty.escalate.iter().map(|e| &e.to));
    for who in whos {
        let ok = match who {
            Who::Role(_) | Who::Everyone => true,
            Who::RoleIn(_) => about_record || duty.scope == ScopeRule::EachDepartment,
            Who::Field(_) => about_record,
        };
        if !ok {
            say("by", "calendar.no_record", &duty.code);
        }
    }
    let bound = match &duty.evidence {
        Evidence::Act(acts) => acts.is_empty() || !about_record,
        Evidence::Record(proof) => proof.same.is_some() && !about_record,
        Evidence::Note | Evidence::NoteAndFile => false,
    };
    if bound {
        say("evidence", "calendar.no_record", &duty.code);
    }
}

/// The key of an event that is wrong: it names either transitions, or a field with states and a distance.
fn event_fault(event: &Event) -> Option<&'static str> {
    let distances = usize::from(event.days_before.is_some()) + usize::from(event.days_after.is_some());
    match (&event.field, event.transitions.is_empty()) {
        (None, true) => Some("transitions"),
        (Some(_), false) => Some("field"),
        (Some(_), true) if event.fresh.is_some() => Some("fresh"),
        (None, false) if distances > 0 || !event.states.is_empty() => Some("states"),
        (Some(_), true) if event.states.is_empty() => Some("states"),
        (Some(_), true) if distances != 1 => Some("days_before"),
        (Some(_), true) if event.days_before.or(event.days_after).is_some_and(|d| d > DAYS_MAX) => Some("days_before"),
        _ => None,
    }
}

/// What a duty names that the catalogue does not know.
fn names(duty: &Duty, known: &dyn Known) -> Vec<Diagnostic> {
    let mut found = vec![];
    let mut say = |field: &str, code: &'static str, value: String| {
        found.push(diagnostic(&duty.place, format!("{}.{field}", duty.code), code).arg("value", value));
    };
    let mut about = None;
    let mut look = |field: &str, kind: &str, states: &[String], transitions: &[String], fields: &mut dyn Iterator<Item = &String>| {
        if !known.kind(kind) {
            return say(field, "calendar.unknown_kind", kind.to_owned());
        }
        for state in states.iter().filter(|s| !known.state(kind, s)) {
            say(field, "calendar.unknown_state", format!("{kind}.{state}"));
        }
        for act in transitions.iter().filter(|t| !known.transition(kind, t)) {
            say(field, "calendar.unknown_transition", format!("{kind}.{act}"));
        }
        for name in fields.filter(|f| !known.field(kind, f)) {
            say(field, "calendar.unknown_field", format!("{kind}.{name}"));
        }
    };
    if let ScopeRule::EachRecord(r) = &duty.scope {
        about = Some(r.kind.as_str());
        look("scope", &r.kind, &r.states, &[], &mut r.only.keys());
    }
    if let Rhythm::Event(e) = &duty.rhythm {
        about = Some(e.kind.as_str());
        look("rhythm", &e.kind, &e.states, &e.transitions, &mut e.field.iter().chain(&e.fresh).chain(e.only.keys()));
    }
    match &duty.evidence {
        Evidence::Record(p) => {
            look("evidence", &p.kind, &p.states, &[], &mut p.field.iter().chain(&p.same));
            if let (Some(kind), Some(same)) = (about, &p.same) {
                look("evidence", kind, &[], &[], &mut std::iter::once(same));
            }
        }
        Evidence::Act(acts) => {
            if let Some(kind) = about {
                look("evidence", kind, &[], acts, &mut std::iter::empty());
            }
        }
        Evidence::Note | Evidence::NoteAndFile => {}
    }
    for (field, who) in std::iter::once(("by", &duty.by)).chain(duty.escalate.iter().map(|e| ("escalate", &e.to))) {
        match who {
            Who::Role(role) if !known.role(role) => found.push(unknown_role(duty, field, role)),
            Who::RoleIn(r) if !known.role(&r.role) => found.push(unknown_role(duty, field, &r.role)),
            Who::RoleIn(r) if about.is_some_and(|kind| known.kind(kind) && !known.field(kind, &r.field)) => {
                found.push(unknown_field(duty, field, about, &r.field));
            }
            Who::Field(name) if about.is_some_and(|kind| known.kind(kind) && !known.field(kind, name)) => {
                found.push(unknown_field(duty, field, about, name));
            }
            _ => {}
        }
    }
    found
}

fn unknown_role(duty: &Duty, field: &str, role: &str) -> Diagnostic {
    diagnostic(&duty.place, format!("{}.{field}", duty.code), "calendar.unknown_role").arg("value", role)
}

fn unknown_field(duty: &Duty, field: &str, kind: Option<&str>, name: &str) -> Diagnostic {
    let value = format!("{}.{name}", kind.unwrap_or_default());
    diagnostic(&duty.place, format!("{}.{field}", duty.code), "calendar.unknown_field").arg("value", value)
}

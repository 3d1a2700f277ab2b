//! Who is meant: need-to-know lists, people asked to decide, and the work that waits for a person.

use jingui_model::{Data, Day, Id, Instant, Protection, Text};
use serde_json::Value;

use crate::{
    act::{ActorView, Facts},
    kind::{ApprovalRule, ApprovalStep, Excluded, Field, FieldType, Kind, Transition, Who},
    record::{Pending, Record},
    validate::empty,
};

/// The ids in a value: a reference, or a list of them.
#[must_use]
pub fn ids(value: Option<&Value>) -> Vec<Id> {
    match value {
        Some(Value::String(s)) => s.parse().into_iter().collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).filter_map(|s| s.parse().ok()).collect(),
        _ => vec![],
    }
}

/// Does a field of the record name this person, or a post that the person holds?
#[must_use]
pub fn named_in(record: &Record, field: &str, actor: &ActorView) -> bool {
    ids(record.data.get(field)).iter().any(|id| Some(*id) == actor.person || actor.posts.contains(id))
}

/// Is the person on the need-to-know list, by name or by post?
#[must_use]
pub fn knows(kind: &Kind, record: &Record, actor: &ActorView) -> bool {
    kind.circle.iter().any(|field| named_in(record, field, actor))
}

/// The persons and posts on the need-to-know list before an act and no longer after it.
#[must_use]
pub fn left(kind: &Kind, before: &Record, after: &Record) -> Vec<Id> {
    let named = |record: &Record| -> Vec<Id> { kind.circle.iter().flat_map(|field| ids(record.data.get(field))).collect() };
    let now = named(after);
    let mut gone: Vec<Id> = named(before).into_iter().filter(|id| !now.contains(id)).collect();
    gone.sort_unstable();
    gone.dedup();
    gone
}

/// Does the person hold a role? The committee's chair is of the committee.
#[must_use]
pub fn has_role(actor: &ActorView, role: &str) -> bool {
    actor.roles.iter().any(|r| r == role || (role == "committee" && r == "committee_chair"))
}

/// Does `who` mean this person, for this record? The system is nobody.
#[must_use]
pub fn who_matches(who: &Who, kind: &Kind, record: &Record, actor: &ActorView) -> bool {
    let Some(person) = actor.person else { return false };
    let has = |role: &str| has_role(actor, role);
    match who {
        Who::Role(role) => has(role),
        Who::RoleIn { role, field } => has(role) && ids(record.data.get(field)).iter().any(|d| actor.heads.contains(d)),
        Who::Field(field) => named_in(record, field, actor),
        Who::Creator => record.creator == person,
        Who::Circle => knows(kind, record, actor),
        Who::Everyone => true,
    }
}

/// How strongly a record is protected while something about it is decided: the highest of all grades
/// that it names, staged ones too (a fall from core is decided as core, and so is a rise to it). A graded
/// kind without a grade counts as core, so that nothing missing opens anything.
#[must_use]
pub fn protection(kind: &Kind, record: &Record, facts: &dyn Facts) -> Protection {
    let Some(graded) = &kind.graded else { return Protection::None };
    let staged = record.pending.as_ref().map(|p| &p.input);
    let code = |name: &str, data: &Data| data.get(name).and_then(Value::as_str).map(str::to_owned);
    if code(graded, &record.data).or_else(|| staged.and_then(|s| code(graded, s))).is_none() {
        return Protection::Core;
    }
    let grades = kind.fields.iter().filter(|f| matches!(f.ty, FieldType::Grade {}));
    let codes = grades.flat_map(|f| [code(&f.name, &record.data), staged.and_then(|s| code(&f.name, s))]).flatten();
    codes.map(|c| facts.scheme().protection(&c)).max().unwrap_or(Protection::Core)
}

/// The approval that a record waits for: the vote book, the rule and the current step.
#[must_use]
pub fn waiting<'a>(kind: &'a Kind, record: &'a Record) -> Option<(&'a Pending, &'a ApprovalRule, &'a ApprovalStep)> {
    let pending = record.pending.as_ref()?;
    let rule = kind.transition(&pending.transition)?.approval.as_ref()?;
    Some((pending, rule, rule.steps.get(pending.step)?))
}

/// Does the current step of the approval ask this person? Exclusions are not looked at.
#[must_use]
pub fn asked(kind: &Kind, record: &Record, actor: &ActorView, _facts: &dyn Facts) -> bool {
    waiting(kind, record).is_some_and(|(_, _, step)| who_matches(&step.by, kind, record, actor))
}

/// Why this person may not vote now, as a problem code; `None` when nothing speaks against it.
///
/// Whoever asks never approves (H 9.5.2, 9.6.2; feature 1.3).
#[must_use]
pub fn excluded(kind: &Kind, record: &Record, actor: &ActorView) -> Option<&'static str> {
    let (pending, _, step) = waiting(kind, record)?;
    let Some(person) = actor.person else { return Some("approval.person_needed") };
    if pending.applicant == person {
        return Some("approval.own_request");
    }
    if pending.votes.iter().any(|v| v.step == pending.step && v.by == person) {
        return Some("approval.voted_already");
    }
    step.never.iter().find_map(|never| match never {
        Excluded::Applicant => None,
        Excluded::Creator => (record.creator == person).then_some("approval.own_record"),
        Excluded::EarlierApprover => {
            pending.votes.iter().any(|v| v.step < pending.step && v.by == person && v.agreed).then_some("approval.earlier_approver")
        }
    })
}

/// What waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TodoWhat {
    /// A vote in an approval.
    Decide,
    /// Work that the state of a record means.
    Do,
    /// Reading and confirming.
    Acknowledge,
    /// A day comes near.
    Expiring,
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TodoItem {
    /// What sort.
    pub what: TodoWhat,
    /// What people read.
    pub label: Text,
    /// Until when.
    pub due: Option<Day>,
    /// Since when it waits.
    pub since: Instant,
    /// It cannot wait for the morning.
    pub urgent: bool,
}

/// The work that a record means for a person today.
#[must_use]
pub fn todos(kind: &Kind, record: &Record, actor: &ActorView, today: Day) -> Vec<TodoItem> {
    let mut out = vec![];
    if let Some((pending, _, step)) = waiting(kind, record)
        && who_matches(&step.by, kind, record, actor)
        && excluded(kind, record, actor).is_none()
    {
        out.push(TodoItem { what: TodoWhat::Decide, label: step.label.clone(), due: None, since: pending.since, urgent: false });
    }
    if let Some(todo) = kind.state(&record.state).and_then(|s| s.todo.as_ref())
        && who_matches(&todo.by, kind, record, actor)
    {
        let due = todo.due.as_ref().and_then(|f| record.data.get(f)).and_then(Value::as_str).and_then(|d| d.parse::<Day>().ok());
        let near = match (todo.days_before, due) {
            (None, _) => true,
            (Some(days), Some(due)) => due.number().saturating_sub(today.number()) <= i32::try_from(days).unwrap_or(i32::MAX),
            (Some(_), None) => false,
        };
        if near {
            let what = if todo.days_before.is_some() { TodoWhat::Expiring } else { TodoWhat::Do };
            out.push(TodoItem { what, label: todo.label.clone(), due, since: record.updated, urgent: todo.urgent });
        }
    }
    if let Some(rule) = &kind.acknowledge
        && rule.states.contains(&record.state)
        && who_matches(&rule.by, kind, record, actor)
        && actor.person.is_some_and(|p| !record.acknowledged.contains_key(&p))
    {
        out.push(TodoItem { what: TodoWhat::Acknowledge, label: rule.label.clone(), due: None, since: record.updated, urgent: false });
    }
    out
}

/// The fields that must be filled before a transition and are not.
#[must_use]
pub fn required_missing<'a>(kind: &'a Kind, record: &Record, transition: &str) -> Vec<&'a Field> {
    let wanted = |f: &&Field| f.required || f.required_for.iter().any(|t| t == transition);
    kind.fields.iter().filter(wanted).filter(|f| record.data.get(&f.name).is_none_or(empty)).collect()
}

/// The transitions that a person may be offered in the record's state; policy is not asked here.
#[must_use]
pub fn available<'a>(kind: &'a Kind, record: &Record) -> Vec<&'a Transition> {
    if record.pending.is_some() {
        return vec![];
    }
    kind.transitions.iter().filter(|t| !t.system && t.from.contains(&record.state)).collect()
}

/// May fields be edited in the record's state?
#[must_use]
pub fn editable(kind: &Kind, record: &Record) -> bool {
    record.pending.is_none() && kind.state(&record.state).is_some_and(|s| s.editable)
}

/// How a change to a field of files happens in the state that a record is in.
#[derive(Debug, Clone, Copy)]
pub enum FileWay<'a> {
    /// At once: the record is editable, or a transition that takes the field needs nobody's agreement.
    AtOnce,
    /// As a request: what a change of the record's other content needs in this state, files need too (B 4.2, 4.3).
    Asked(&'a Transition),
    /// Added to the person's own request, on which nobody has voted yet.
    Requested,
}

/// How a person changes the files in a field; `None`: not in this state. `remove`: takes a version away.
#[must_use]
pub fn file_way<'a>(kind: &'a Kind, record: &Record, field: &str, actor: &ActorView, remove: bool) -> Option<FileWay<'a>> {
    kind.field(field).filter(|f| matches!(f.ty, FieldType::Files {}) && !f.fixed && !f.internal)?;
    if field == crate::files::SCANS && !remove {
        return Some(FileWay::AtOnce);
    }
    let takes = |t: &&Transition| t.input.iter().any(|i| i == field);
    if let Some(pending) = &record.pending {
        let mine = actor.person == Some(pending.applicant) && pending.votes.is_empty();
        return kind.transition(&pending.transition).filter(takes).filter(|_| mine).map(|_| FileWay::Requested);
    }
    if editable(kind, record) {
        return Some(FileWay::AtOnce);
    }
    let mut possible = available(kind, record).into_iter().filter(takes);
    if !remove && possible.clone().any(|t| t.approval.is_none()) {
        return Some(FileWay::AtOnce);
    }
    possible.find(|t| t.approval.is_some()).map(FileWay::Asked)
}

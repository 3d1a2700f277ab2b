//! People by their relation to a record, as keys that both sides can compute: a record is listed
//! under the keys of those it waits for, a person carries the keys that fit.

use jingui_kinds::{
    kind::{FieldType, Kind, Who},
    record::Record,
};
use jingui_model::Id;
use serde_json::Value;

/// A key that a record waits under and a person carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhoKey {
    /// Everyone with a role.
    Role(String),
    /// Everyone with a role in a department.
    RoleIn(String, Id),
    /// A person.
    Person(Id),
    /// Everyone on a post.
    Post(Id),
    /// All active persons.
    Everyone,
}

impl WhoKey {
    /// As text, for the read model's lists.
    #[must_use]
    pub fn text(&self) -> Box<str> {
        match self {
            Self::Role(r) => format!("r:{r}"),
            Self::RoleIn(r, d) => format!("d:{r}:{d}"),
            Self::Person(p) | Self::Post(p) => p.to_string(),
            Self::Everyone => "*".to_owned(),
        }
        .into_boxed_str()
    }
}

/// The keys of those whom a relation means.
#[must_use]
pub fn keys(who: &Who, kind: &Kind, record: &Record) -> Vec<WhoKey> {
    match who {
        Who::Role(role) => vec![WhoKey::Role(role.clone())],
        Who::RoleIn { role, field } => ids(kind, record, field).into_iter().map(|d| WhoKey::RoleIn(role.clone(), d)).collect(),
        Who::Field(field) => people(kind, record, field),
        Who::Creator => vec![WhoKey::Person(record.creator)],
        Who::Circle => kind.circle.iter().flat_map(|f| people(kind, record, f)).collect(),
        Who::Everyone => vec![WhoKey::Everyone],
    }
}

/// Those whose vote a record waits for, excluded people not yet taken out.
#[must_use]
pub fn asked_keys(kind: &Kind, record: &Record) -> Vec<WhoKey> {
    let step = record.pending.as_ref().and_then(|p| {
        let rule = kind.transitions.iter().find(|t| t.name == p.transition)?.approval.as_ref()?;
        rule.steps.get(p.step)
    });
    step.map(|s| keys(&s.by, kind, record)).unwrap_or_default()
}

/// Those who have something to do in the record's state.
#[must_use]
pub fn todo_keys(kind: &Kind, record: &Record) -> Vec<WhoKey> {
    let todo = kind.states.iter().find(|s| s.name == record.state).and_then(|s| s.todo.as_ref());
    todo.map(|t| keys(&t.by, kind, record)).unwrap_or_default()
}

/// Those who have to read and confirm it, whether they did or not.
#[must_use]
pub fn confirm_keys(kind: &Kind, record: &Record) -> Vec<WhoKey> {
    match &kind.acknowledge {
        Some(a) if a.states.contains(&record.state) => keys(&a.by, kind, record),
        _ => vec![],
    }
}

fn ids(kind: &Kind, record: &Record, field: &str) -> Vec<Id> {
    let Some(found) = kind.fields.iter().find(|f| f.name == field) else { return vec![] };
    match (&found.ty, record.data.get(field)) {
        (FieldType::Ref { .. }, Some(Value::String(s))) => s.parse().into_iter().collect(),
        (FieldType::Refs { .. }, Some(Value::Array(items))) => items.iter().filter_map(|v| v.as_str()?.parse().ok()).collect(),
        _ => vec![],
    }
}

fn people(kind: &Kind, record: &Record, field: &str) -> Vec<WhoKey> {
    let post = kind
        .fields
        .iter()
        .any(|f| f.name == field && matches!(&f.ty, FieldType::Ref { kind } | FieldType::Refs { kind } if kind == "post"));
    ids(kind, record, field).into_iter().map(|id| if post { WhoKey::Post(id) } else { WhoKey::Person(id) }).collect()
}

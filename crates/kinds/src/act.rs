//! The engine's question and answer: an act on a record, and what it decides.

use std::collections::BTreeMap;

use jingui_model::{Data, GradeScheme, Id, Instant, Zone};

use crate::{once::Unique, record::Record};

/// What somebody wants to do. `action` is a built-in verb (`create`, `edit`, `approve`, `reject`,
/// `withdraw`, `attach`, `detach`, `mark`, `acknowledge`) or a transition's name.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    /// The verb.
    pub action: &'a str,
    /// `create`, `edit` and transitions: fields (`null` removes); `approve`, `reject`: `note`;
    /// `attach` and `detach` ask for approval where an edit of the same content would.
    /// `attach`: `field` and `file` (a [`crate::record::FileVersion`] as JSON); `detach`: `field` and `file` (its id).
    /// `mark`: as `attach`, with what the mark says.
    pub input: &'a Data,
    /// Who acts.
    pub actor: &'a ActorView,
    /// When.
    pub at: Instant,
    /// The identifier for a new record.
    pub new_id: Id,
    /// The import batch, if it comes with one.
    pub batch: Option<Id>,
}

/// What the engine needs to know about who acts.
#[derive(Debug, Clone, Default)]
pub struct ActorView {
    /// The person's record; nil for the system.
    pub person: Option<Id>,
    /// Codes of roles.
    pub roles: Vec<String>,
    /// Own department.
    pub department: Option<Id>,
    /// Departments that this person leads or is officer of.
    pub heads: Vec<Id>,
    /// Posts held.
    pub posts: Vec<Id>,
    /// The system itself (an effect); passes `system` and `arises` barriers.
    pub system: bool,
}

/// What the engine may ask about the rest of the world; answered from the read model.
pub trait Facts {
    /// Kind and state of a record, if it exists.
    fn brief(&self, id: Id) -> Option<Brief>;
    /// The grade scheme in force.
    fn scheme(&self) -> &GradeScheme;
    /// The enterprise's zone.
    fn zone(&self) -> Zone;
    /// How many records of a kind point at `id` with a field and are in one of the states (none given: any).
    fn count(&self, kind: &str, field: &str, id: Id, states: &[&str]) -> u64;
    /// The department that owns a record; none when it belongs to none.
    fn department(&self, _record: Id) -> Option<Id> {
        None
    }
    /// What a field of a record says.
    fn field(&self, _record: Id, _name: &str) -> Option<serde_json::Value> {
        None
    }
    /// Would a delegation, as the record says it, hand duties round in a circle?
    fn closes_circle(&self, _delegation: &Record) -> bool {
        false
    }
    /// The short code of a department, for numbers with `{dept}`.
    fn department_code(&self, _department: Id) -> Option<String> {
        None
    }
}

/// What is known of a referenced record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Its kind.
    pub kind: String,
    /// Its state.
    pub state: String,
}

/// What an act decides: the record as it will be, what happened, what follows.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The record after the act (version already raised).
    pub record: Record,
    /// What happened; at least one.
    pub happenings: Vec<Happening>,
    /// Effects to run once the act is committed.
    pub effects: Vec<EffectCall>,
    /// Set on `create` of a numbered kind: the series to draw from, only its `{seq:N}` still open; then call [`crate::number::fill`].
    pub number_series: Option<String>,
    /// What may occur once only and has changed.
    pub unique: Vec<Unique>,
}

/// One thing that happened, for the time line and the evidence ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// `create`, `edit`, `submit`, `approve`, `approved` …
    pub act: String,
    /// Each changed field with its new value (null: removed); these are committed to one by one.
    pub changes: BTreeMap<String, serde_json::Value>,
    /// What the person wrote.
    pub note: Option<String>,
    /// State before and after.
    pub from: Option<String>,
    /// State after.
    pub to: String,
}

/// An effect to run.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectCall {
    /// Its name.
    pub effect: String,
    /// The transition that caused it.
    pub transition: String,
}

//! The second half of a kind file: states, transitions, approvals, confirmations, and the people
//! that they name.

use jingui_model::Text;
use serde::{Deserialize, Serialize};

/// A state.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct State {
    /// Stable name.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// `neutral`, `active`, `waiting`, `good`, `bad` or `ended`; the console's colour.
    #[serde(default)]
    pub tone: Tone,
    /// Fields may be edited by the `edit` act in this state.
    #[serde(default)]
    pub editable: bool,
    /// Work that waits for somebody while a record is in this state.
    #[serde(default)]
    pub todo: Option<Todo>,
    /// The state ends by the calendar.
    #[serde(default)]
    pub ends: Option<Ends>,
}

/// A state that lasts until a day: when that day has passed, the system moves the record on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Ends {
    /// The day field with the last day.
    pub after: String,
    /// The transition, from this state.
    pub by: String,
}

/// The colour family of a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Tone {
    /// Nothing special.
    #[default]
    Neutral,
    /// Work goes on.
    Active,
    /// Somebody is awaited.
    Waiting,
    /// In force, done.
    Good,
    /// Refused, overdue.
    Bad,
    /// Over.
    Ended,
}

/// Work that a state means for somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Todo {
    /// What is to be done.
    pub label: Text,
    /// By whom.
    pub by: Who,
    /// A day field until which it is to be done.
    #[serde(default)]
    pub due: Option<String>,
    /// Only within this many days before `due`.
    #[serde(default)]
    pub days_before: Option<u32>,
    /// It cannot wait for the morning: a message about it goes out at any hour (B 8.2: an incident is reported at once).
    #[serde(default)]
    pub urgent: bool,
}

/// People named by their relation to a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Who {
    /// Everyone with a role, by its code (`committee`).
    Role(String),
    /// Those with a role in the department that a field names.
    RoleIn {
        /// The role's code.
        role: String,
        /// The field, a reference to a department.
        field: String,
    },
    /// The person or persons in a field.
    Field(String),
    /// Whoever made the record.
    Creator,
    /// The need-to-know list.
    Circle,
    /// All active persons.
    Everyone,
}

/// A change of state.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Transition {
    /// Stable name; `create`, `edit`, `approve`, `reject`, `withdraw`, `attach`, `detach`, `mark` and `acknowledge` are taken.
    pub name: String,
    /// The button.
    pub label: Text,
    /// From which states.
    pub from: Vec<String>,
    /// To which state (after approval, if one is asked).
    pub to: String,
    /// The policy action that guards it: `submit`, `advance`, `decide`, `assign`, `administer` or `secure`.
    pub action: String,
    /// Fields that the person fills in while doing it.
    #[serde(default)]
    pub input: Vec<String>,
    /// Named guards, each with an optional argument (`min_rows: points`).
    #[serde(default)]
    pub requires: Vec<Guard>,
    /// Who must agree first.
    #[serde(default)]
    pub approval: Option<ApprovalRule>,
    /// Named effects that run afterwards, exactly once.
    #[serde(default)]
    pub effects: Vec<String>,
    /// What the effect `follow` does with other records.
    #[serde(default)]
    pub follow: Vec<Follow>,
    /// Values that the change sets: `today`, `actor`, `applicant`, `last_approver` or a constant.
    #[serde(default)]
    pub sets: std::collections::BTreeMap<String, SetValue>,
    /// Asks before doing.
    #[serde(default)]
    pub confirm: Option<Text>,
    /// Shown as a dangerous button.
    #[serde(default)]
    pub danger: bool,
    /// Only effects of the system may do it; no button.
    #[serde(default)]
    pub system: bool,
}

/// An act of the system on another record that follows from a transition: on those that a field refers to (`on`
/// and `act`), or on a new one (`make`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Follow {
    /// The field that refers to the record or records.
    #[serde(default)]
    pub on: Option<String>,
    /// What happens to them: a transition, or `edit`.
    #[serde(default)]
    pub act: Option<String>,
    /// The kind of a new record.
    #[serde(default)]
    pub make: Option<String>,
    /// The other record's fields and where their values come from: a field of this record, `record` for this record
    /// itself, or a constant behind an equals sign (`=weekly`). What has no value is left out.
    #[serde(default)]
    pub with: std::collections::BTreeMap<String, String>,
}

/// A value that a transition sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum SetValue {
    /// The day of the act.
    Today,
    /// Who did it.
    Actor,
    /// Who asked for the approval.
    Applicant,
    /// Who gave the last vote.
    LastApprover,
    /// The day of the act plus the term in a field; nothing for an open term.
    TermEnd(String),
    /// A day field plus the term in another; nothing for an open term.
    TermEndFrom {
        /// The field with the term.
        term: String,
        /// The day that it counts from.
        from: String,
    },
    /// A constant text.
    Text(String),
    /// A constant flag.
    Flag(bool),
}

/// A named guard with its argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Guard {
    /// Its name in `guards.rs`.
    pub guard: String,
    /// A field or value it looks at.
    #[serde(default)]
    pub arg: Option<String>,
}

/// Who must agree before a transition happens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ApprovalRule {
    /// The state while it waits.
    pub during: String,
    /// The state after a refusal.
    pub rejected: String,
    /// One after the other.
    pub steps: Vec<ApprovalStep>,
}

/// One step of an approval.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ApprovalStep {
    /// What people read.
    pub label: Text,
    /// Who may agree.
    pub by: Who,
    /// How many must, at least one.
    #[serde(default = "one")]
    pub quorum: u32,
    /// How many must when the record is protected as core; defaults to `quorum`.
    #[serde(default)]
    pub quorum_core: Option<u32>,
    /// Skipped when the record's protection is below this (`general`, `important`, `core`).
    #[serde(default)]
    pub from_protection: Option<jingui_model::Protection>,
    /// Who never may besides the applicant (who never may): `creator`, `earlier_approver`.
    #[serde(default)]
    pub never: Vec<Excluded>,
}

const fn one() -> u32 {
    1
}

/// Who is kept out of an approval step; the applicant always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Excluded {
    /// The applicant; always kept out, may be written for the reader's sake.
    Applicant,
    /// Whoever made the record.
    Creator,
    /// Whoever agreed in an earlier step.
    EarlierApprover,
}

/// Reading and confirming by people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Acknowledge {
    /// In which states.
    pub states: Vec<String>,
    /// By whom.
    pub by: Who,
    /// What the person confirms.
    pub label: Text,
    /// A transition after which everyone confirms anew (a new edition).
    #[serde(default)]
    pub anew_after: Vec<String>,
}

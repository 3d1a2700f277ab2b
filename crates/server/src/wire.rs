//! What travels where `app` does not say it in the reader's words: a record in full, acts, what a bulk act did. Whatever
//! `app` shows as it travels (lists, search, work, figures) has its schema there.

use std::collections::BTreeMap;

use jingui_app::{
    live::Live,
    records::{self, Offer},
};
use jingui_kinds::{act::Facts, kind::Kind, record::Record};
use jingui_model::{Data, Id, Instant, Problem, Protection, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{auth::Auth, error::ProblemBody};

/// Something with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// Titles of everything that is referred to, by id.
pub type Names = BTreeMap<Id, String>;

/// A record in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Detail {
    /// The record.
    pub record: RecordBody,
    /// Titles of everything that is referred to, by id.
    #[schema(value_type = BTreeMap<String, String>)]
    pub names: Names,
    /// What can be done, by whomever.
    pub actions: Vec<ActionBody>,
    /// The approval that waits.
    pub approval: Option<Approval>,
    /// May the reader edit its fields now?
    pub can_edit: bool,
    /// Records of other kinds that point at it.
    pub links: Vec<records::Link>,
    /// What of it would not hold by law.
    pub findings: Vec<LawFinding>,
}

/// A term that would not hold by law.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LawFinding {
    /// The rule's code.
    pub code: String,
    /// `void`, `weak` or `note`.
    #[schema(value_type = String)]
    pub weight: jingui_app::law::Weight,
    /// The field at fault.
    pub at: String,
    /// The law with its article.
    pub law: Text,
    /// `text`, `secondary` or `memory`: how sure the law's content is.
    #[schema(value_type = String)]
    pub sure: jingui_app::law::Sure,
    /// What would not hold, and why.
    pub says: Text,
    /// What to write or do instead.
    pub instead: Text,
}

/// The record itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordBody {
    /// Id.
    pub id: Id,
    /// Kind.
    pub kind: String,
    /// Number.
    pub number: Option<String>,
    /// State.
    pub state: String,
    /// Version; send it back as `expected_version`.
    pub version: u64,
    /// Made at.
    pub created: Instant,
    /// Made by.
    pub creator: Id,
    /// Changed at.
    pub updated: Instant,
    /// The fields.
    #[schema(value_type = Object)]
    pub data: Data,
    /// What waits for approval.
    pub pending: Option<Pending>,
    /// Who confirmed, and when.
    #[schema(value_type = BTreeMap<String, String>)]
    pub acknowledged: BTreeMap<Id, Instant>,
    /// The import batch it came with.
    pub batch: Option<Id>,
}

/// What waits for approval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Pending {
    /// The transition.
    pub transition: String,
    /// Who asked.
    pub applicant: Id,
    /// When.
    pub since: Instant,
    /// What takes effect once it is approved.
    #[schema(value_type = Object)]
    pub input: Data,
}

impl From<Record> for RecordBody {
    fn from(r: Record) -> Self {
        let pending = r.pending.map(|p| Pending { transition: p.transition, applicant: p.applicant, since: p.since, input: p.input });
        Self {
            id: r.id,
            kind: r.kind,
            number: r.number,
            state: r.state,
            version: r.version,
            created: r.created,
            creator: r.creator,
            updated: r.updated,
            data: r.data,
            pending,
            acknowledged: r.acknowledged,
            batch: r.batch,
        }
    }
}

/// Something that can be done with a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionBody {
    /// Verb or transition.
    pub name: String,
    /// The button.
    pub label: Text,
    /// A verb that every kind has.
    pub built_in: bool,
    /// May the reader do it?
    pub allowed: bool,
    /// Shown as a dangerous button.
    pub danger: bool,
    /// Asked before doing.
    pub confirm: Option<Text>,
    /// Fields that it asks for.
    pub input: Vec<String>,
    /// Why not.
    pub denied: Option<ProblemBody>,
}

/// An approval that waits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Approval {
    /// The transition.
    pub transition: String,
    /// What people read.
    pub label: Text,
    /// Who asked.
    pub applicant: Id,
    /// When.
    pub since: Instant,
    /// One after the other.
    pub steps: Vec<ApprovalStep>,
}

/// One step of an approval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApprovalStep {
    /// What people read.
    pub label: Text,
    /// How many must agree.
    pub quorum: u32,
    /// Votes so far.
    pub votes: Vec<VoteBody>,
    /// Is it over?
    pub done: bool,
    /// Is it the one that waits?
    pub current: bool,
}

/// One vote.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VoteBody {
    /// By whom.
    pub by: Id,
    /// When.
    pub at: Instant,
    /// Agreed?
    pub agreed: bool,
    /// Why.
    pub note: String,
}

/// A record in full, in the reader's words.
#[must_use]
pub fn detail(auth: &Auth, found: records::Detail) -> Detail {
    let kind = auth.live.world.read().kind(&found.record.kind).cloned().ok();
    let approval = kind.as_ref().and_then(|k| approval(&auth.live, k, &found.record));
    Detail {
        approval,
        actions: found.offers.into_iter().map(|o| action(auth, o)).collect(),
        names: found.names,
        can_edit: found.can_edit,
        links: found.links,
        findings: found.findings.into_iter().map(LawFinding::from).collect(),
        record: found.record.into(),
    }
}

impl From<jingui_app::law::Finding> for LawFinding {
    fn from(found: jingui_app::law::Finding) -> Self {
        let jingui_app::law::Finding { code, weight, at, law, sure, says, instead } = found;
        Self { code, weight, at, law, sure, says, instead }
    }
}

fn action(auth: &Auth, offer: Offer) -> ActionBody {
    ActionBody {
        label: offer.label.unwrap_or_else(|| auth.text(&["verb.", &offer.name].concat())),
        denied: offer.denied.as_ref().map(|p| auth.explain(p)),
        name: offer.name,
        built_in: offer.built_in,
        allowed: offer.allowed,
        danger: offer.danger,
        confirm: offer.confirm,
        input: offer.input,
    }
}

fn approval(live: &Live, kind: &Kind, record: &Record) -> Option<Approval> {
    let pending = record.pending.as_ref()?;
    let transition = kind.transition(&pending.transition)?;
    let rule = transition.approval.as_ref()?;
    let protection = jingui_kinds::people::protection(kind, record, &*live.world.read() as &dyn Facts);
    let asked = |step: &jingui_kinds::kind::ApprovalStep| step.from_protection.is_none_or(|p| protection >= p);
    let steps = rule.steps.iter().enumerate().filter(|(_, s)| asked(s)).map(|(i, step)| ApprovalStep {
        label: step.label.clone(),
        quorum: if protection == Protection::Core { step.quorum_core.unwrap_or(step.quorum) } else { step.quorum }.max(1),
        votes: pending.votes.iter().filter(|v| v.step == i).map(vote).collect(),
        done: i < pending.step,
        current: i == pending.step,
    });
    Some(Approval {
        transition: pending.transition.clone(),
        label: transition.label.clone(),
        applicant: pending.applicant,
        since: pending.since,
        steps: steps.collect(),
    })
}

fn vote(v: &jingui_kinds::Vote) -> VoteBody {
    VoteBody { by: v.by, at: v.at, agreed: v.agreed, note: v.note.clone() }
}

/// Fields to set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    /// The fields.
    #[schema(value_type = Object)]
    pub data: Data,
}

/// An act.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActInput {
    /// The version that the person saw; refused when it changed meanwhile.
    #[serde(default)]
    pub expected_version: Option<u64>,
    /// Fields, note, file.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub input: Data,
}

/// An act on several records.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkInput {
    /// The records, at most 500.
    pub ids: Vec<Id>,
    /// Fields, note.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub input: Data,
}

/// What a bulk act did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkDone {
    /// On how many it was done.
    pub done: u64,
    /// On which not, and why.
    pub failed: Vec<BulkFailure>,
}

/// One that failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkFailure {
    /// The record.
    pub id: Id,
    /// Why.
    pub problem: ProblemBody,
}

/// The JSON name of a unit variant.
#[must_use]
pub fn name_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// An id in a path, where anything that is none names nothing.
///
/// # Errors
/// `record.missing`.
pub fn id(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::missing("record.missing"))
}

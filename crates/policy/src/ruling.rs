//! What a decision says, so that every denial explains itself (feature 4.1).

use jingui_model::{Problem, Text};
use serde::Serialize;

use crate::{Action, Role};

/// Whether a policy allows or forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It allows, unless another forbids.
    Permit,
    /// It forbids, whatever else allows.
    Forbid,
}

/// A policy as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyNote {
    /// Its `@id`.
    pub id: String,
    /// Its `@zh` and `@en`.
    pub text: Text,
    /// Its `@clause`: where the guides ask for it.
    pub clause: String,
    /// Allows or forbids.
    pub effect: Effect,
    /// The file that it stands in.
    pub file: String,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// Whether it may be done.
    pub allowed: bool,
    /// The permits that allow it, or the forbids that struck; empty when nothing allows it.
    pub because: Vec<PolicyNote>,
    /// On denial: roles whose holders could do it (heads and officers: those of the record's department).
    pub could: Vec<Role>,
    /// On denial: being put on the need-to-know list would allow it.
    pub by_knowing: bool,
    /// The policies could not be evaluated: denied, and to be alarmed. For operators, in Cedar's words.
    pub error: Option<String>,
}

impl Ruling {
    /// The refusal to hand back, or nothing when it is allowed.
    ///
    /// Codes: `policy.error` (a defect in the policies), `policy.forbidden` (arguments `action`,
    /// `policies`: ids with commas), `policy.not_permitted` (arguments `action`, `could`: role codes with commas).
    #[must_use]
    pub fn refusal(&self, action: Action) -> Option<Problem> {
        if self.allowed {
            return None;
        }
        if let Some(error) = &self.error {
            return Some(Problem::denied("policy.error").arg("action", action).detail(error));
        }
        let could = self.could.iter().map(|r| r.code()).collect::<Vec<_>>().join(",");
        if self.because.is_empty() {
            return Some(Problem::denied("policy.not_permitted").arg("action", action).arg("could", could));
        }
        let policies = self.because.iter().map(|p| p.id.as_str()).collect::<Vec<_>>().join(",");
        Some(Problem::denied("policy.forbidden").arg("action", action).arg("policies", policies).arg("could", could))
    }
}

//! "Why can't I?": a policy's ruling as a problem that explains itself.
//!
//! The policies that struck and the roles that could do it travel as arguments; the HTTP edge
//! turns them into the `why` member of the problem details.

use jingui_model::Problem;
use jingui_policy::{Action, Ruling};

/// The problem for a ruling that does not allow.
#[must_use]
pub fn denied(action: Action, ruling: &Ruling) -> Problem {
    ruling.refusal(action).unwrap_or_else(|| Problem::denied("policy.not_permitted").arg("action", action))
}

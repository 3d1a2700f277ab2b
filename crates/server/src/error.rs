//! Refusals on the wire: RFC 9457 problem details with a stable code, the reason in the reader's
//! language, and, for denials by policy, the rules that struck and the roles that could.
//!
//! A handler returns a [`Fault`]; it travels as an extension of the response to the edge, which
//! knows the reader's language and writes the body.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jingui_app::messages::Messages;
use jingui_model::{Lang, Problem, Text, problem::Class};
use jingui_policy::Authority;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem on its way out of a handler.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What it is.
    pub problem: Problem,
    /// A status that no class has (405, 408, 415).
    pub status: Option<StatusCode>,
}

/// What handlers give.
pub type Answer<T> = Result<T, Fault>;

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self { problem, status: None }
    }
}

impl Fault {
    /// A fault with a status of its own.
    #[must_use]
    pub const fn with_status(problem: Problem, status: StatusCode) -> Self {
        Self { problem, status: Some(status) }
    }

    /// The status on the wire.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| status_of(&self.problem))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

fn status_of(problem: &Problem) -> StatusCode {
    match problem.class() {
        Class::Invalid if problem.field().is_some() || !problem.parts().is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
        Class::Invalid => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Denied => StatusCode::FORBIDDEN,
        Class::Missing => StatusCode::NOT_FOUND,
        Class::Conflict => StatusCode::CONFLICT,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::Locked => StatusCode::LOCKED,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Problem details (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: the code tells more.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// The reason in the reader's language.
    pub detail: String,
    /// The field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Several faults at once, one for each field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemPart>,
    /// Why it was denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Names a fault of the server in its log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// The record's version now, when it changed meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// One of several faults.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemPart {
    /// The field at fault.
    pub field: Option<String>,
    /// Stable code.
    pub code: String,
    /// The reason in the reader's language.
    pub detail: String,
}

/// Why something was denied.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Why {
    /// The rules that forbid it; none when no rule allows it.
    pub policies: Vec<PolicyText>,
    /// Roles whose holders could do it.
    pub could: Vec<String>,
    /// A rule could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A rule as people read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PolicyText {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: Text,
    /// The clause behind it.
    pub clause: String,
}

/// Puts problems into words.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// Texts by code.
    pub messages: &'a Messages,
    /// Policies by id.
    pub authority: &'a Authority,
    /// The reader's language.
    pub lang: Lang,
}

impl Words<'_> {
    /// A problem as it goes over the wire.
    #[must_use]
    pub fn body(&self, problem: &Problem) -> ProblemBody {
        self.body_with(problem, status_of(problem))
    }

    /// The same with a status of its own.
    #[must_use]
    pub fn body_with(&self, problem: &Problem, status: StatusCode) -> ProblemBody {
        let arg = |name: &str| problem.args().iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let errors = problem.parts().iter().map(|p| ProblemPart {
            field: p.field().map(str::to_owned),
            code: p.code().to_owned(),
            detail: self.messages.problem(p, self.lang),
        });
        ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: status.as_u16(),
            code: problem.code().to_owned(),
            detail: self.messages.problem(problem, self.lang),
            field: problem.field().map(str::to_owned),
            errors: errors.collect(),
            why: self.why(problem),
            incident: None,
            seconds: arg("seconds").and_then(|s| s.parse().ok()),
            version: if problem.class() == Class::Conflict { arg("version").and_then(|s| s.parse().ok()) } else { None },
        }
    }

    fn why(&self, problem: &Problem) -> Option<Why> {
        if problem.class() != Class::Denied {
            return None;
        }
        let list = |name: &str| -> Vec<String> {
            let found = problem.args().iter().find(|(n, _)| n == name);
            found.map(|(_, v)| v.split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect()).unwrap_or_default()
        };
        let policies: Vec<_> = list("policies")
            .iter()
            .filter_map(|id| self.authority.policy(id))
            .map(|p| PolicyText { id: p.id.clone(), text: p.text.clone(), clause: p.clause.clone() })
            .collect();
        let error = (problem.code() == "policy.error").then(|| "policy.error".to_owned());
        let explained = problem.code().starts_with("policy.");
        explained.then(|| Why { policies, could: list("could"), error })
    }
}

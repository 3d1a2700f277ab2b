//! The organisation chart, the authority matrix, and "why can't I?".

use std::collections::BTreeMap;

use axum::Json;
use jingui_app::{
    authority::{self, Word},
    chart::Chart,
};
use jingui_model::{Id, Protection, Text};
use jingui_policy::PolicyNote;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::Ask,
    wire::{self, Coded},
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("organisation", "Who is who, and who may do what.")
        .add(__path_chart, chart)
        .add(__path_authority_matrix, authority_matrix)
        .add(__path_why, why)
}

/// Committee, office, departments with heads, officers, posts.
#[utoipa::path(get, path = "/api/chart", responses((status = 200, body = Chart)))]
async fn chart(auth: Auth) -> Answer<Json<Chart>> {
    Ok(Json(auth.live.chart(&auth.caller)?))
}

/// A policy as people read it.
#[derive(Serialize, ToSchema)]
pub struct PolicyBody {
    /// Its id.
    id: String,
    /// Its text.
    text: Text,
    /// Clause behind it.
    clause: String,
    /// `permit` or `forbid`.
    effect: String,
    /// The file that it stands in.
    file: String,
}

impl From<PolicyNote> for PolicyBody {
    fn from(p: PolicyNote) -> Self {
        let file = p.file.rsplit('/').next().unwrap_or_default().to_owned();
        Self { effect: wire::name_of(&p.effect), id: p.id, text: p.text, clause: p.clause, file }
    }
}

/// One answer of the matrix.
#[derive(Serialize, ToSchema)]
pub struct MatrixCellBody {
    /// Whether.
    allowed: bool,
    /// Ids of the policies that made it so.
    because: Vec<String>,
}

/// One line of the matrix.
#[derive(Serialize, ToSchema)]
pub struct MatrixRowBody {
    /// Family of registers.
    group: String,
    /// The action.
    action: String,
    /// What people read for the action.
    label: Text,
    /// Protection of the record.
    protection: Protection,
    /// The person's relation to it.
    relation: String,
    /// One answer for each role.
    cells: BTreeMap<String, MatrixCellBody>,
}

/// Who may do what, asked from the policies.
#[derive(Serialize, ToSchema)]
pub struct MatrixBody {
    /// Families of registers.
    groups: Vec<Coded>,
    /// Roles.
    roles: Vec<Coded>,
    /// Relations.
    relations: Vec<Coded>,
    /// The lines.
    rows: Vec<MatrixRowBody>,
    /// The policies that the cells name.
    policies: Vec<PolicyBody>,
}

fn coded(words: Vec<Word>) -> Vec<Coded> {
    words.into_iter().map(|w| Coded { code: w.code, label: w.label }).collect()
}

/// Who may do what: computed from the policies, for everyone to see.
#[utoipa::path(get, path = "/api/authority", responses((status = 200, body = MatrixBody)))]
async fn authority_matrix(auth: Auth) -> Answer<Json<MatrixBody>> {
    let found = auth.live.authority_matrix().await?;
    let rows = found.rows.into_iter().map(|r| MatrixRowBody {
        group: r.group.code().to_owned(),
        action: r.action.code().to_owned(),
        label: r.label,
        protection: r.protection,
        relation: r.relation.code().to_owned(),
        cells: r
            .cells
            .into_iter()
            .map(|(role, c)| (role.code().to_owned(), MatrixCellBody { allowed: c.allowed, because: c.because }))
            .collect(),
    });
    Ok(Json(MatrixBody {
        rows: rows.collect(),
        groups: coded(found.groups),
        roles: coded(found.roles),
        relations: coded(found.relations),
        policies: found.policies.into_iter().map(Into::into).collect(),
    }))
}

/// What is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhyParams {
    /// The action (`read`, `edit`, `decide` …).
    action: String,
    /// The kind.
    kind: String,
    /// The record; absent: the register as a whole.
    #[param(value_type = Option<Id>)]
    id: Option<String>,
}

/// Why, or why not.
#[derive(Serialize, ToSchema)]
pub struct WhyBody {
    /// The action.
    action: Coded,
    /// Whether it may be done.
    allowed: bool,
    /// The policies that decided; none when nothing allows it.
    policies: Vec<PolicyBody>,
    /// Roles whose holders could do it.
    could: Vec<Coded>,
    /// Being put on the need-to-know list would allow it.
    by_knowing: bool,
    /// The policies could not be evaluated.
    failed: bool,
}

impl From<authority::Why> for WhyBody {
    fn from(w: authority::Why) -> Self {
        Self {
            action: Coded { code: w.action.code, label: w.action.label },
            allowed: w.allowed,
            policies: w.policies.into_iter().map(Into::into).collect(),
            could: coded(w.could),
            by_knowing: w.by_knowing,
            failed: w.failed,
        }
    }
}

/// Why the reader may or may not do something.
#[utoipa::path(get, path = "/api/why", params(WhyParams), responses((status = 200, body = WhyBody)))]
async fn why(auth: Auth, Ask(ask): Ask<WhyParams>) -> Answer<Json<WhyBody>> {
    let id = ask.id.filter(|i| !i.is_empty()).map(|i| wire::id(&i)).transpose()?;
    Ok(Json(auth.live.why(&auth.caller, &ask.action, &ask.kind, id)?.into()))
}

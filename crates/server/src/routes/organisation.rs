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

use crate::{auth::Auth, docs::Routes, error::Answer, extract::Ask, wire};

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
    groups: Vec<Word>,
    /// Roles.
    roles: Vec<Word>,
    /// Relations.
    relations: Vec<Word>,
    /// The lines.
    rows: Vec<MatrixRowBody>,
    /// The policies that the cells name.
    policies: Vec<PolicyBody>,
}

/// Who may do what: computed from the policies, for everyone to see.
#[utoipa::path(get, path = "/api/authority", responses((status = 200, body = MatrixBody)))]
async fn authority_matrix(auth: Auth) -> Answer<Json<MatrixBody>> {
    let found = auth.live.authority_matrix().await?;
    let cell = |c: &jingui_policy::MatrixCell| MatrixCellBody { allowed: c.allowed, because: c.because.clone() };
    let rows = found.rows.iter().map(|r| MatrixRowBody {
        group: r.group.code().to_owned(),
        action: r.action.code().to_owned(),
        label: r.label.clone(),
        protection: r.protection,
        relation: r.relation.code().to_owned(),
        cells: r.cells.iter().map(|(role, c)| (role.code().to_owned(), cell(c))).collect(),
    });
    Ok(Json(MatrixBody {
        rows: rows.collect(),
        groups: found.groups.clone(),
        roles: found.roles.clone(),
        relations: found.relations.clone(),
        policies: found.policies.iter().cloned().map(Into::into).collect(),
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
    action: Word,
    /// Whether it may be done.
    allowed: bool,
    /// The policies that decided; none when nothing allows it.
    policies: Vec<PolicyBody>,
    /// Roles whose holders could do it.
    could: Vec<Word>,
    /// Being put on the need-to-know list would allow it.
    by_knowing: bool,
    /// The policies could not be evaluated.
    failed: bool,
}

impl From<authority::Why> for WhyBody {
    fn from(w: authority::Why) -> Self {
        Self {
            action: w.action,
            allowed: w.allowed,
            policies: w.policies.into_iter().map(Into::into).collect(),
            could: w.could,
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

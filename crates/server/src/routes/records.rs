//! Records of every kind: list, detail, time line, new.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use jingui_app::{
    pipeline::Command,
    records::BriefPage,
    world::list::{Filter, ListQuery},
};
use jingui_model::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{self, Ask, At, Body},
    timeline::{self, History},
    wire::{self, Detail, NewRecord},
};

/// Most lines of a time line in one answer, and how far back values before are looked for.
const LINES: usize = 50;
const LINES_READ: u32 = 51;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("records", "Records of every kind.")
        .add(__path_list_records, list_records)
        .add(__path_create_record, create_record)
        .add(__path_read_record, read_record)
        .add(__path_record_history, record_history)
}

/// What is asked of a list. Besides these: `f.<field>=a,b` (one of the values), `f.<field>.from=` and
/// `f.<field>.to=` (days and whole numbers).
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documentation; the query is read pair by pair")]
pub(super) struct ListParams {
    /// Text to search for.
    q: Option<String>,
    /// States, with commas between.
    state: Option<String>,
    /// Column to sort by; a leading `-` means descending.
    sort: Option<String>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// Rows on the page, 1 to 500.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Reads a list's query; gives the pairs that are none of its own.
pub(super) fn list_query(uri: &Uri) -> Answer<(ListQuery, Vec<(String, String)>)> {
    let mut query = ListQuery::default();
    let mut rest = vec![];
    let listed = |text: &str| text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    for (name, value) in extract::pairs(uri)? {
        match name.as_str() {
            "q" => query.q = value.chars().take(200).collect(),
            "state" => query.states.extend(listed(&value)),
            "sort" => query.sort = value,
            "cursor" => query.cursor = Some(value).filter(|v| !v.is_empty()),
            "limit" => {
                let limit = value.parse().ok().filter(|n| (1..=500).contains(n));
                query.limit = limit.ok_or_else(|| Problem::invalid("list.limit").at("limit"))?;
            }
            other => match other.strip_prefix("f.") {
                Some(_) if value.is_empty() => {}
                Some(field) => query.filters.push(match (field.strip_suffix(".from"), field.strip_suffix(".to")) {
                    (Some(field), _) => Filter::From(field.to_owned(), value),
                    (_, Some(field)) => Filter::To(field.to_owned(), value),
                    _ => Filter::Among(field.to_owned(), listed(&value)),
                }),
                None => rest.push((name, value)),
            },
        }
    }
    if query.filters.len() > 50 || query.states.len() > 100 {
        return Err(Problem::invalid("request.query").into());
    }
    Ok((query, rest))
}

fn nothing_else(rest: &[(String, String)]) -> Answer<()> {
    match rest.first() {
        Some((name, _)) => Err(Problem::invalid("request.query_unknown").arg("name", name.chars().take(64).collect::<String>()).into()),
        None => Ok(()),
    }
}

/// One page of a register, filtered, sorted and searched; what may only be known to exist comes without content.
#[utoipa::path(get, path = "/api/records/{kind}", params(("kind" = String, Path), ListParams), responses((status = 200, body = BriefPage)))]
async fn list_records(auth: Auth, At(kind): At<String>, uri: Uri) -> Answer<Json<BriefPage>> {
    let (query, rest) = list_query(&uri)?;
    nothing_else(&rest)?;
    Ok(Json(auth.live.list(&auth.caller, &kind, &query)?))
}

/// Makes a record. With `Idempotency-Key`, a repeated request makes no second one.
#[utoipa::path(
    post, path = "/api/records/{kind}", request_body = NewRecord,
    params(("kind" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Detail), (status = 204, description = "Made; its maker may not read it"))
)]
async fn create_record(auth: Auth, At(kind): At<String>, Body(body): Body<NewRecord>) -> Answer<Response> {
    auth.live.world.read().kind(&kind)?;
    let mut command = Command::create(&auth.caller, &kind, body.data);
    command.idempotency_key.clone_from(&auth.key);
    let outcome = auth.live.pipeline.change(command).await?;
    let place = format!("/api/records/{kind}/{}", outcome.record.id);
    let mut response = after(&auth, outcome.record.id, StatusCode::CREATED)?;
    if let Ok(value) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// The record after the caller's own act; nothing when the act took it out of the caller's sight.
pub(super) fn after(auth: &Auth, id: jingui_model::Id, status: StatusCode) -> Answer<Response> {
    match auth.live.detail(&auth.caller, id) {
        Ok(found) => Ok((status, Json(wire::detail(auth, found))).into_response()),
        Err(problem) if problem.code() == "record.missing" => Ok(crate::edge::nothing()),
        Err(problem) => Err(problem.into()),
    }
}

/// A record in full; reading a graded one is recorded first.
#[utoipa::path(get, path = "/api/records/{kind}/{id}", params(("kind" = String, Path), ("id" = jingui_model::Id, Path)), responses((status = 200, body = Detail)))]
async fn read_record(auth: Auth, At((kind, id)): At<(String, String)>) -> Answer<Json<Detail>> {
    let found = auth.live.read(&auth.caller, &kind, wire::id(&id)?).await?;
    Ok(Json(wire::detail(&auth, found)))
}

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    /// Lines before this ledger index.
    pub(super) before: Option<u64>,
}

/// The time line of a record, newest first.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/history",
    params(("kind" = String, Path), ("id" = jingui_model::Id, Path), Before), responses((status = 200, body = History))
)]
async fn record_history(auth: Auth, At((kind, id)): At<(String, String)>, Ask(ask): Ask<Before>) -> Answer<Json<History>> {
    let lines = auth.live.history(&auth.caller, &kind, wire::id(&id)?, ask.before, LINES_READ).await?;
    let definition = std::sync::Arc::clone(auth.live.world.read().kind(&kind)?);
    Ok(Json(timeline::history(&auth, &definition, lines, LINES)))
}

//! Marks in the files of a record: what they say, which files bear them, putting them (H 9.2.1, 9.2.2).

use axum::Json;
use jingui_app::marks::RecordMarks;
use jingui_model::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Auth,
    docs::Routes,
    error::{Answer, ProblemBody},
    extract::{At, Body},
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(__path_record_marks, record_marks).add(__path_put_marks, put_marks)
}

/// The marks of a record's files: what a mark would say now, which files bear it, all marks that were put.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/marks", params(("kind" = String, Path), ("id" = Id, Path)),
    responses((status = 200, body = RecordMarks))
)]
async fn record_marks(auth: Auth, At((kind, id)): At<(String, String)>) -> Answer<Json<RecordMarks>> {
    Ok(Json(auth.live.marks(&auth.caller, &kind, wire::id(&id)?, auth.lang)?))
}

/// Which files to mark.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRequest {
    /// The series of the files; none: all whose mark is missing or out of date.
    #[serde(default)]
    #[schema(value_type = Vec<Id>)]
    series: Vec<String>,
}

/// What became of one file.
#[derive(Serialize, ToSchema)]
pub struct MarkedOne {
    /// The file.
    #[schema(value_type = Id)]
    series: String,
    /// Its name.
    name: String,
    /// The version that bears the mark now.
    version: Option<u32>,
    /// What was not put, or not as one would think: `no_watermark`, `sheet_text_replaced`, `old_watermark`, `packed_anew`.
    #[schema(value_type = Vec<String>)]
    left: Vec<jingui_app::marks::Left>,
    /// Why it could not be marked.
    problem: Option<ProblemBody>,
}

/// What became of the files.
#[derive(Serialize, ToSchema)]
pub struct MarkAnswer {
    /// One for each file that was to be marked.
    files: Vec<MarkedOne>,
}

/// Puts the record's mark into its files; each marked copy becomes the next version of its file, the unmarked one stays.
#[utoipa::path(
    post, path = "/api/records/{kind}/{id}/marks", params(("kind" = String, Path), ("id" = Id, Path)), request_body = MarkRequest,
    responses((status = 200, body = MarkAnswer))
)]
async fn put_marks(auth: Auth, At((kind, id)): At<(String, String)>, Body(body): Body<MarkRequest>) -> Answer<Json<MarkAnswer>> {
    let series = body.series.iter().map(|id| wire::id(id)).collect::<Result<Vec<_>, _>>()?;
    let placed = auth.live.put_marks(&auth.caller, &kind, wire::id(&id)?, &series, auth.lang).await?;
    let files = placed
        .into_iter()
        .map(|p| MarkedOne {
            series: p.series.to_string(),
            name: p.name,
            version: p.version,
            left: p.left,
            problem: p.problem.map(|problem| auth.explain(&problem)),
        })
        .collect();
    Ok(Json(MarkAnswer { files }))
}

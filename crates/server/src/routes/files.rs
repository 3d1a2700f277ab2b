//! Files of records: sealed while they stream in, opened while they stream out.

use axum::{
    extract::{Multipart, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use jingui_model::Problem;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::records::after;
use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::At,
    state::App,
    transfer,
    wire::{self, Detail},
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.stream(__path_attach_file, attach_file).stream(__path_open_file, open_file)
}

/// A file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documentation; the parts are read as they come")]
pub struct FileForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// What the file is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Series {
    /// The earlier file of which this is the next version.
    #[param(value_type = Option<jingui_model::Id>)]
    series: Option<String>,
}

/// Attaches a file to a field of type `files`, in the part `file` of a form.
#[utoipa::path(
    post, path = "/api/records/{kind}/{id}/files/{item}", request_body(content = FileForm, content_type = "multipart/form-data"),
    params(("kind" = String, Path), ("id" = jingui_model::Id, Path), ("item" = String, Path, description = "Name of the field"), Series),
    responses((status = 200, body = Detail), (status = 204, description = "Attached; the record is out of the caller's sight now"))
)]
async fn attach_file(
    auth: Auth,
    State(app): State<App>,
    At((kind, id, field)): At<(String, String, String)>,
    Query(series): Query<Series>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Answer<Response> {
    let id = wire::id(&id)?;
    let series = series.series.filter(|s| !s.is_empty()).map(|s| wire::id(&s)).transpose()?;
    let mut form = form.map_err(|_| Problem::invalid("request.form"))?;
    let part = transfer::file_part(&mut form).await?;
    let name = part.file_name().unwrap_or_default().to_owned();
    let media = part.content_type().unwrap_or("application/octet-stream").to_owned();
    let (reader, pump) = transfer::incoming(part, app.config.upload_max, auth.proof.clone());
    let attach = auth.live.attach(&auth.caller, &kind, id, &field, series, &name, &media, Box::new(reader));
    let (attached, pumped) = tokio::join!(attach, pump);
    // A line that broke says more than the reader that noticed it.
    pumped?;
    after(&auth, attached?.record.id, StatusCode::OK)
}

/// How the file is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// With the record's mark and the reader's name in it, put on the way out and kept nowhere.
    #[serde(default)]
    marked: bool,
}

/// Opens a file; for a graded record this is recorded before the first byte leaves.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/files/{item}",
    params(("kind" = String, Path), ("id" = jingui_model::Id, Path), ("item" = jingui_model::Id, Path, description = "Id of the file's version"), Wanted),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"))
)]
async fn open_file(auth: Auth, At((kind, id, file)): At<(String, String, String)>, Query(wanted): Query<Wanted>) -> Answer<Response> {
    let file = wire::id(&file).map_err(|_| Problem::missing("file.missing"))?;
    if wanted.marked {
        let made = auth.live.open_marked(&auth.caller, &kind, wire::id(&id)?, file, auth.lang).await?;
        return Ok(transfer::attachment(made.media, &made.name, made.bytes));
    }
    let found = auth.live.open_file(&auth.caller, &kind, wire::id(&id)?, file).await?;
    let (name, size) = (found.version.name.clone(), found.version.size);
    let mut response = Response::new(transfer::outgoing(move |out| found.write_to(out).map(drop)));
    let headers = response.headers_mut();
    // Always as a download, never as something that a browser would run or show.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(header::CONTENT_DISPOSITION, transfer::disposition(&name));
    Ok(response)
}

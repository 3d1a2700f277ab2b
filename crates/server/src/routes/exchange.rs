//! Registers out as files, and in again.

use axum::{
    Json,
    extract::{Multipart, State, multipart::MultipartRejection},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use jingui_app::exchange::{ExportFile, ImportBatch, ImportOptions, ImportReport, Imported};
use jingui_docs::Format;
use jingui_model::{Id, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    files::FileForm,
    records::{ListParams, list_query},
};
use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{Ask, At},
    state::{App, IMPORT_MAX},
    transfer, wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("exchange", "Registers out as files, and in again.")
        .stream(__path_export_records, export_records)
        .add(__path_import_template, import_template)
        .stream(__path_import_file, import_file)
        .add(__path_list_imports, list_imports)
        .stream(__path_undo_import, undo_import)
}

/// How to export.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documentation; the query is read pair by pair")]
struct ExportParams {
    /// `xlsx` (the default), `csv` or `json`.
    format: Option<String>,
    /// `full` (the default), `shown`, or a form of the kind.
    exchange: Option<String>,
}

fn format(name: &str) -> Result<Format, Problem> {
    match name {
        "" | "xlsx" => Ok(Format::Xlsx),
        "csv" => Ok(Format::Csv),
        "json" => Ok(Format::Json),
        _ => Err(Problem::invalid("export.format").at("format")),
    }
}

pub(super) fn file(found: ExportFile) -> Response {
    let mut response = found.bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(found.media));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, transfer::disposition(&found.name));
    response
}

/// What a list shows, as a file; the export is recorded before its first byte leaves.
#[utoipa::path(
    get, path = "/api/records/{kind}/export", params(("kind" = String, Path), ListParams, ExportParams),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"))
)]
async fn export_records(auth: Auth, At(kind): At<String>, uri: Uri) -> Answer<Response> {
    let (query, rest) = list_query(&uri)?;
    let (mut name, mut form) = (String::new(), "full".to_owned());
    for (key, value) in rest {
        match key.as_str() {
            "format" => name = value,
            "exchange" if !value.is_empty() => form = value,
            "exchange" => {}
            other => return Err(Problem::invalid("request.query_unknown").arg("name", other.chars().take(64).collect::<String>()).into()),
        }
    }
    Ok(file(auth.live.export(&auth.caller, &kind, &query, &form, format(&name)?, auth.lang).await?))
}

/// Which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FormParams {
    /// `full` (the default), or a form of the kind.
    #[serde(default)]
    exchange: String,
}

/// An empty workbook with drop-downs, to be filled in and imported.
#[utoipa::path(
    get, path = "/api/records/{kind}/template", params(("kind" = String, Path), FormParams),
    responses((status = 200, description = "The workbook", content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))
)]
async fn import_template(auth: Auth, At(kind): At<String>, Ask(ask): Ask<FormParams>) -> Answer<Response> {
    let form = if ask.exchange.is_empty() { "full" } else { &ask.exchange };
    Ok(file(auth.live.template(&auth.caller, &kind, form, auth.lang).await?))
}

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportParams {
    /// The form; absent: found by its headings.
    #[serde(default)]
    exchange: String,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
    /// Make posts and departments that the file names and nobody has.
    #[serde(default)]
    create_missing: bool,
    /// Give the file back with its faulty cells marked; nothing is written then.
    #[serde(default)]
    marked: bool,
}

/// Imports a file, all or nothing. Faults of rows and cells are in the report, and then nothing is written.
#[utoipa::path(
    post, path = "/api/imports/{kind}", request_body(content = FileForm, content_type = "multipart/form-data"),
    params(("kind" = String, Path), ImportParams), responses((status = 200, body = ImportReport))
)]
async fn import_file(
    auth: Auth,
    At(kind): At<String>,
    Ask(ask): Ask<ImportParams>,
    State(app): State<App>,
    form: Result<Multipart, MultipartRejection>,
) -> Answer<Response> {
    let mut form = form.map_err(|_| Problem::invalid("request.form"))?;
    let part = transfer::file_part(&mut form).await?;
    let name = part.file_name().unwrap_or_default().to_owned();
    let bytes = transfer::whole(part, IMPORT_MAX, auth.proof.as_ref()).await?;
    // Reading a workbook takes memory: a few at a time.
    let _place = app.digests.acquire().await;
    let options = ImportOptions { dry_run: ask.dry_run, create_missing: ask.create_missing, marked: ask.marked, lang: auth.lang };
    Ok(match auth.live.import(&auth.caller, &kind, &ask.exchange, &name, bytes, options).await? {
        Imported::Report(report) => (StatusCode::OK, Json(report)).into_response(),
        Imported::Marked(found) => file(found),
    })
}

/// Imports.
#[derive(Serialize, ToSchema)]
pub struct ImportList {
    /// Newest first.
    items: Vec<ImportBatch>,
}

/// Imports that the reader may see.
#[utoipa::path(get, path = "/api/imports", responses((status = 200, body = ImportList)))]
async fn list_imports(auth: Auth) -> Answer<Json<ImportList>> {
    Ok(Json(ImportList { items: auth.live.imports(&auth.caller)? }))
}

/// What an undo took back.
#[derive(Serialize, ToSchema)]
pub struct Undone {
    /// Records.
    records: usize,
}

/// Takes an import back, as long as nobody has worked on its records.
#[utoipa::path(post, path = "/api/imports/{batch}/undo", params(("batch" = Id, Path)), responses((status = 200, body = Undone)))]
async fn undo_import(auth: Auth, At(batch): At<String>) -> Answer<Json<Undone>> {
    Ok(Json(Undone { records: auth.live.undo_import(&auth.caller, wire::id(&batch)?).await? }))
}

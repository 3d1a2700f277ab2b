//! Documents: forms filled from a record, or empty ones of a kind (B appendices 5 and 6).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use jingui_app::document::{Format, Offered};
use jingui_model::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::exchange::file;
use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{Ask, At},
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("documents", "Forms filled from records, as editable documents and for print.")
        .add(__path_kind_documents, kind_documents)
        .add(__path_blank_document, blank_document)
        .add(__path_record_documents, record_documents)
        .add(__path_record_document, record_document)
}

/// Forms.
#[derive(Serialize, ToSchema)]
pub struct DocumentList {
    /// The first is the usual one.
    items: Vec<Offered>,
}

/// As what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DocumentParams {
    /// `docx`, `pdf` (the default) or `html`.
    format: Option<String>,
}

impl DocumentParams {
    fn format(&self) -> Result<Format, jingui_model::Problem> {
        Format::named(self.format.as_deref().filter(|f| !f.is_empty()).unwrap_or("pdf"))
    }
}

/// The forms of a kind.
#[utoipa::path(get, path = "/api/kinds/{kind}/documents", params(("kind" = String, Path)), responses((status = 200, body = DocumentList)))]
async fn kind_documents(auth: Auth, At(kind): At<String>) -> Answer<Json<DocumentList>> {
    Ok(Json(DocumentList { items: auth.live.forms_of(&kind)? }))
}

/// A form with nothing in it, to be filled in by hand.
#[utoipa::path(
    get, path = "/api/kinds/{kind}/documents/{form}", params(("kind" = String, Path), ("form" = String, Path), DocumentParams),
    responses((status = 200, description = "The form", content_type = "application/octet-stream"))
)]
async fn blank_document(auth: Auth, At((kind, form)): At<(String, String)>, Ask(ask): Ask<DocumentParams>) -> Answer<Response> {
    Ok(file(auth.live.blank_document(&auth.caller, &kind, Some(&form), ask.format()?, auth.lang).await?).into_response())
}

/// The forms that can be filled from a record, with the terms that it does not have yet.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/documents", params(("kind" = String, Path), ("id" = Id, Path)),
    responses((status = 200, body = DocumentList))
)]
async fn record_documents(auth: Auth, At((kind, id)): At<(String, String)>) -> Answer<Json<DocumentList>> {
    Ok(Json(DocumentList { items: auth.live.documents(&auth.caller, &kind, wire::id(&id)?, auth.lang)? }))
}

/// A form filled from a record. Of something graded the reading is in the ledger before the first byte leaves.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/documents/{form}",
    params(("kind" = String, Path), ("id" = Id, Path), ("form" = String, Path), DocumentParams),
    responses((status = 200, description = "The document", content_type = "application/octet-stream"))
)]
async fn record_document(
    auth: Auth,
    At((kind, id, form)): At<(String, String, String)>,
    Ask(ask): Ask<DocumentParams>,
) -> Answer<Response> {
    let (found, _) = auth.live.document(&auth.caller, &kind, wire::id(&id)?, Some(&form), ask.format()?, auth.lang).await?;
    Ok(file(found).into_response())
}

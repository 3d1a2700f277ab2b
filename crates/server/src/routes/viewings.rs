//! Reading without taking: a file of a record page by page, as pictures with the reader's name across them (H 9.6.3).
//!
//! Each request is asked of the policies again; as every answer of the API, none may be kept by a browser or
//! anything between.

use axum::{
    Json,
    extract::Query,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use jingui_app::viewing::{PrintAsk, SearchView, ViewingView};
use jingui_model::Problem;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{At, Body},
    transfer, wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    // An office file is converted first: longer than an ordinary request may take.
    routes
        .stream(__path_open_viewing, open_viewing)
        .stream(__path_viewing_page, viewing_page)
        .stream(__path_viewing_search, viewing_search)
        .stream(__path_print_viewing, print_viewing)
        .add(__path_end_viewing, end_viewing)
}

/// How a file is to be read.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ViewingAsked {
    /// What it is read for; needed where the settings ask for it and no granted request says it.
    #[serde(default)]
    purpose: Option<String>,
}

/// Opens a file for reading on the server's pages; for a graded record this is recorded before anything is shown.
#[utoipa::path(
    post, path = "/api/records/{kind}/{id}/files/{item}/viewings",
    params(("kind" = String, Path), ("id" = jingui_model::Id, Path), ("item" = jingui_model::Id, Path, description = "Id of the file's version")),
    request_body = ViewingAsked,
    responses((status = 200, body = ViewingView))
)]
async fn open_viewing(auth: Auth, At((kind, id, file)): At<(String, String, String)>, Body(asked): Body<ViewingAsked>) -> Answer<Response> {
    let session = auth.person_only()?;
    let file = wire::id(&file).map_err(|_| Problem::missing("file.missing"))?;
    let opened = auth.live.view_file(&auth.caller, session, &kind, wire::id(&id)?, file, asked.purpose.as_deref()).await?;
    Ok(Json(opened).into_response())
}

/// How large a page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Pixels across; 60 to 2,400.
    #[param(minimum = 60, maximum = 2400)]
    width: Option<u32>,
}

/// One page as a picture, counted from 1.
#[utoipa::path(
    get, path = "/api/viewings/{id}/pages/{page}",
    params(("id" = jingui_model::Id, Path), ("page" = usize, Path), Wanted),
    responses((status = 200, description = "The page", content_type = "image/jpeg"))
)]
async fn viewing_page(auth: Auth, At((id, page)): At<(String, String)>, Query(wanted): Query<Wanted>) -> Answer<Response> {
    let session = auth.person_only()?;
    let id = wire::id(&id).map_err(|_| Problem::missing("view.gone"))?;
    let page = page.parse().map_err(|_| Problem::missing("view.page"))?;
    let picture = auth.live.viewing_page(&auth.caller, session, id, page, wanted.width.unwrap_or(1_000)).await?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], picture).into_response())
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Words {
    /// The words.
    #[serde(default)]
    q: String,
}

/// Searches within the document: where the words stand.
#[utoipa::path(
    get, path = "/api/viewings/{id}/search", params(("id" = jingui_model::Id, Path), Words),
    responses((status = 200, body = SearchView))
)]
async fn viewing_search(auth: Auth, At(id): At<String>, Query(words): Query<Words>) -> Answer<Response> {
    let session = auth.person_only()?;
    let id = wire::id(&id).map_err(|_| Problem::missing("view.gone"))?;
    Ok(Json(auth.live.viewing_search(&auth.caller, session, id, &words.q).await?).into_response())
}

/// What is to be printed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PrintAsked {
    /// Copies; each becomes a carrier of the register.
    copies: usize,
    /// The first page, from 1; the first of all without it.
    #[serde(default)]
    first: Option<usize>,
    /// The last page; the last of all without it.
    #[serde(default)]
    last: Option<usize>,
}

/// Says which carriers the copies became: their numbers, each percent-encoded, with commas between.
const CARRIERS: HeaderName = HeaderName::from_static("jingui-carriers");

/// Prints numbered copies under an approved transfer: one PDF. With `Idempotency-Key`, a repeated request prints the same copies.
#[utoipa::path(
    post, path = "/api/viewings/{id}/print",
    params(("id" = jingui_model::Id, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = PrintAsked,
    responses((status = 200, description = "The copies", content_type = "application/pdf",
        headers(("jingui-carriers" = String, description = "Numbers of the carriers that the copies became, percent-encoded, with commas between"))))
)]
async fn print_viewing(auth: Auth, At(id): At<String>, Body(asked): Body<PrintAsked>) -> Answer<Response> {
    let session = auth.person_only()?;
    let id = wire::id(&id).map_err(|_| Problem::missing("view.gone"))?;
    let ask = PrintAsk { copies: asked.copies, first: asked.first, last: asked.last };
    let made = auth.live.print_viewing(&auth.caller, session, id, ask, auth.key.as_deref(), auth.lang).await?;
    let carriers: Vec<String> = made.carriers.iter().map(|c| transfer::encoded(c)).collect();
    let mut response = transfer::attachment("application/pdf", &made.name, made.bytes);
    response.headers_mut().extend(HeaderValue::from_str(&carriers.join(",")).ok().map(|value| (CARRIERS, value)));
    Ok(response)
}

/// Ends a viewing: what was unsealed for it is wiped.
#[utoipa::path(
    delete, path = "/api/viewings/{id}", params(("id" = jingui_model::Id, Path)),
    responses((status = 204, description = "It is not open any more"))
)]
async fn end_viewing(auth: Auth, At(id): At<String>) -> Answer<StatusCode> {
    let session = auth.person_only()?;
    auth.live.end_viewing(session, wire::id(&id).map_err(|_| Problem::missing("view.gone"))?);
    Ok(StatusCode::NO_CONTENT)
}

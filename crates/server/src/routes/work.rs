//! My work first, the duty calendar, the company at a glance, one search box over everything, saved views.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use jingui_app::{duties::view::Diary, overview::Overview, search::Found, views::View, work::Work};
use jingui_model::{Day, Id, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Auth,
    docs::Routes,
    edge,
    error::Answer,
    extract::{Ask, At, Body},
    state::App,
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("work", "What waits for me; the company at a glance; search.")
        .add(__path_my_work, my_work)
        .add(__path_overview, overview)
        .add(__path_diary, diary)
        .add(__path_feed, feed)
        .add(__path_search, search)
        .add(__path_list_views, list_views)
        .add(__path_save_view, save_view)
        .add(__path_remove_view, remove_view)
}

/// What waits for the reader's decision, action or confirmation, and what is due soon.
#[utoipa::path(get, path = "/api/work", responses((status = 200, body = Work)))]
async fn my_work(auth: Auth) -> Answer<Json<Work>> {
    Ok(Json(auth.live.work(&auth.caller)?))
}

/// The home page in numbers, as far as the reader may know.
#[utoipa::path(get, path = "/api/overview", responses((status = 200, body = Overview)))]
async fn overview(auth: Auth) -> Answer<Json<Overview>> {
    let (live, caller) = (Arc::clone(&auth.live), auth.caller);
    let work = tokio::task::spawn_blocking(move || live.overview(&caller));
    Ok(Json(work.await.map_err(|e| Problem::internal("node.task").detail(e))??))
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DiaryParams {
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
}

/// The duty calendar: days of rest, duties that were raised, what is coming.
#[utoipa::path(get, path = "/api/diary", params(DiaryParams), responses((status = 200, body = Diary)))]
async fn diary(auth: Auth, Ask(ask): Ask<DiaryParams>) -> Answer<Json<Diary>> {
    let (live, caller) = (Arc::clone(&auth.live), auth.caller);
    let work = tokio::task::spawn_blocking(move || live.diary(&caller, ask.from, ask.to));
    Ok(Json(work.await.map_err(|e| Problem::internal("node.task").detail(e))??))
}

/// How the feed is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FeedParams {
    /// To-dos for programs that know them; else events, which all know.
    #[serde(default)]
    todos: bool,
}

/// The own duties for a calendar program (RFC 5545). It signs in with a token as password: no secret stands in the address.
#[utoipa::path(get, path = "/api/diary.ics", params(FeedParams),
    responses((status = 200, description = "The feed", body = String, content_type = "text/calendar")))]
async fn feed(State(app): State<App>, headers: HeaderMap, auth: Auth, Ask(ask): Ask<FeedParams>) -> Answer<Response> {
    let (base, name) = (edge::base(&headers, &app), auth.text("diary.feed").get(auth.lang).to_owned());
    let (live, caller, lang) = (Arc::clone(&auth.live), auth.caller, auth.lang);
    let work = tokio::task::spawn_blocking(move || live.feed(&caller, &base, &name, ask.todos, lang));
    let text = work.await.map_err(|e| Problem::internal("node.task").detail(e))??;
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "private, no-store")], text).into_response())
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SearchParams {
    /// Text.
    #[serde(default)]
    q: String,
}

/// Searches everything that the reader may read.
#[utoipa::path(get, path = "/api/search", params(SearchParams), responses((status = 200, body = Found)))]
async fn search(auth: Auth, Ask(ask): Ask<SearchParams>) -> Answer<Json<Found>> {
    Ok(Json(auth.live.search(&auth.caller, &ask.q)?))
}

/// The own views.
#[derive(Serialize, ToSchema)]
pub struct ViewList {
    /// The views.
    items: Vec<View>,
}

/// The own saved views.
#[utoipa::path(get, path = "/api/views", responses((status = 200, body = ViewList)))]
async fn list_views(auth: Auth) -> Answer<Json<ViewList>> {
    // A view holds what its owner looks for: words and names.
    auth.person_only()?;
    Ok(Json(ViewList { items: auth.live.views(&auth.caller)? }))
}

/// A view to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// The kind whose list it is.
    kind: String,
    /// Its name.
    name: String,
    /// The query string of the list.
    query: String,
}

/// Keeps a view.
#[utoipa::path(post, path = "/api/views", request_body = NewView, responses((status = 201, body = View)))]
async fn save_view(auth: Auth, Body(body): Body<NewView>) -> Answer<(StatusCode, Json<View>)> {
    let view = auth.live.save_view(&auth.caller, &body.kind, &body.name, &body.query).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Gives a view up.
#[utoipa::path(delete, path = "/api/views/{id}", params(("id" = Id, Path)), responses((status = 204, description = "Given up")))]
async fn remove_view(auth: Auth, At(id): At<String>) -> Answer<Response> {
    auth.person_only()?;
    auth.live.remove_view(&auth.caller, wire::id(&id)?).await?;
    Ok(edge::nothing())
}

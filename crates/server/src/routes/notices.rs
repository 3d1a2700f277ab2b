//! How I hear of work that waits for me; the test of a channel.

use axum::{Json, response::Response};
use jingui_app::notify::preference::{Preference, PreferenceView};

use crate::{
    auth::Auth,
    docs::Routes,
    edge,
    error::Answer,
    extract::{At, Body},
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("notices", "How people hear of work that waits for them.")
        .add(__path_get_notices, get_notices)
        .add(__path_put_notices, put_notices)
        .add(__path_test_channel, test_channel)
}

/// How I hear of work, and what there is to choose from.
#[utoipa::path(get, path = "/api/me/notices", responses((status = 200, body = PreferenceView)))]
async fn get_notices(auth: Auth) -> Answer<Json<PreferenceView>> {
    auth.person_only()?;
    Ok(Json(auth.live.notice_preference(&auth.caller)?))
}

/// Chooses how I hear of work.
#[utoipa::path(put, path = "/api/me/notices", request_body = Preference, responses((status = 200, body = PreferenceView)))]
async fn put_notices(auth: Auth, Body(body): Body<Preference>) -> Answer<Json<PreferenceView>> {
    auth.person_only()?;
    Ok(Json(auth.live.choose_notices(&auth.caller, &body).await?))
}

/// Sends a test message to the caller on a channel. What kept it from being delivered is the answer.
#[utoipa::path(post, path = "/api/notice-channels/{id}/test", params(("id" = jingui_model::Id, Path)), responses((status = 204, description = "Delivered")))]
async fn test_channel(auth: Auth, At(id): At<String>) -> Answer<Response> {
    auth.person_only()?;
    auth.live.test_channel(&auth.caller, wire::id(&id)?).await?;
    Ok(edge::nothing())
}

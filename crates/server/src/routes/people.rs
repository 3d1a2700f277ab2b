//! People: what somebody holds, and the steps of joining, moving and leaving with their evidence (B 5.1; H 8.2).

use axum::Json;
use jingui_app::{checklist::Checklist, holdings::Holdings};
use jingui_model::Id;

use crate::{auth::Auth, docs::Routes, error::Answer, extract::At, wire};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("people", "What a person holds; checklists.")
        .add(__path_person_holdings, person_holdings)
        .add(__path_record_checklist, record_checklist)
}

/// What a person holds: carriers, secrets known, rights, devices, training, agreements, open duties.
#[utoipa::path(get, path = "/api/persons/{id}/holdings", params(("id" = Id, Path)), responses((status = 200, body = Holdings)))]
async fn person_holdings(auth: Auth, At(id): At<String>) -> Answer<Json<Holdings>> {
    Ok(Json(auth.live.holdings(&auth.caller, wire::id(&id)?).await?))
}

/// The steps of a record from its first state to its last, with what proves each.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/checklist", params(("kind" = String, Path), ("id" = Id, Path)),
    responses((status = 200, body = Checklist))
)]
async fn record_checklist(auth: Auth, At((kind, id)): At<(String, String)>) -> Answer<Json<Checklist>> {
    Ok(Json(auth.live.checklist(&auth.caller, &kind, wire::id(&id)?).await?))
}

//! The state of the backups (B 7.2.2; H 9.6.2 d and g). Places and backups themselves are registers; a backup is asked for by `run` on a place.

use axum::Json;
use jingui_app::backup::overview::Overview;

use crate::{auth::Auth, docs::Routes, error::Answer};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.tag("backups", "Backups: each place with its last backup and drill, and what is amiss.").add(__path_get_backups, get_backups)
}

/// Each place of backups with its last backup and drill, when the next is due, and what is amiss; for those who back up and those who audit.
#[utoipa::path(get, path = "/api/backups", responses((status = 200, body = Overview)))]
async fn get_backups(auth: Auth) -> Answer<Json<Overview>> {
    Ok(Json(auth.live.backups(&auth.caller).await?))
}

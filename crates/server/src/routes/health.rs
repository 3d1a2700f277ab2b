//! For those who watch the process: is it up, is it ready, what does it offer.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jingui_app::node::Phase;

use crate::state::App;

/// `GET /healthz`: the process is up.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 once everything is loaded, 503 before.
pub async fn readyz(State(app): State<App>) -> Response {
    let phase = app.node.phase();
    let status = if matches!(phase, Phase::Ready(_)) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("{}\n", phase.name())).into_response()
}

/// `GET /openapi.json`
pub async fn openapi(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], app.openapi.clone()).into_response()
}

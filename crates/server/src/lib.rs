//! The HTTP door: API, events, console, health, figures. It knows how things travel, never what is right:
//! every rule is below, in `app` and further down.
//!
//! One list of routes ([`routes::all`]) makes both the router and the OpenAPI document. Everything passes
//! [`edge`] on its way in and out.

pub mod auth;
pub mod carrier;
pub mod console;
pub mod courier;
pub mod docs;
pub mod edge;
pub mod error;
pub mod events;
pub mod extract;
pub mod limit;
pub mod listen;
pub mod metrics;
pub mod routes;
pub mod signed;
pub mod state;
pub mod timeline;
pub mod transfer;
pub mod wire;
pub mod witness;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::get};
use jingui_app::node::Node;
use jingui_model::Problem;
use tokio::{net::TcpListener, sync::watch};
use tower_http::{
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType},
    timeout::RequestBodyTimeoutLayer,
};

pub use console::verify_page;
pub use state::{App, ServerConfig};

/// The OpenAPI document as indented JSON, with a line end.
///
/// # Errors
/// `request.failed`, which no input can cause.
pub fn openapi() -> Result<String, Problem> {
    let (_, document) = routes::all().finish();
    document.to_pretty_json().map(|text| text + "\n").map_err(|e| Problem::internal("request.failed").detail(e))
}

/// The whole door, ready to be served.
///
/// # Errors
/// As [`openapi`].
pub fn door(node: Arc<Node>, config: ServerConfig, stopping: watch::Receiver<bool>) -> Result<Router, Problem> {
    let (router, document) = routes::all().finish();
    let text = document.to_pretty_json().map_err(|e| Problem::internal("request.failed").detail(e))?;
    let body_patience = config.body_patience;
    let app = App::new(node, config, text, stopping);
    // Files are sealed and shrink no further; events must not wait in a compressor.
    let worth = DefaultPredicate::new().and(NotForContentType::new("application/octet-stream"));
    Ok(router
        .route("/openapi.json", get(routes::health::openapi))
        .route("/healthz", get(routes::health::healthz))
        .route("/readyz", get(routes::health::readyz))
        .route("/metrics", get(metrics::metrics))
        .fallback(console::fallback)
        .method_not_allowed_fallback(edge::wrong_method)
        .layer(DefaultBodyLimit::max(state::JSON_MAX))
        .layer(RequestBodyTimeoutLayer::new(body_patience))
        .layer(CompressionLayer::new().compress_when(worth))
        .layer(from_fn_with_state(app.clone(), edge::edge))
        .with_state(app))
}

/// Serves until `stopping` turns true and the requests that run then are answered.
///
/// # Errors
/// As [`openapi`].
pub async fn serve(node: Arc<Node>, listener: TcpListener, config: ServerConfig, stopping: watch::Receiver<bool>) -> Result<(), Problem> {
    let door = door(node, config.clone(), stopping.clone())?;
    listen::serve(door, listener, &config, stopping).await;
    Ok(())
}

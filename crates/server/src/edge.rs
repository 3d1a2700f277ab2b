//! What happens to every request: limits, a net under panics, refusals put into words, headers, one log line.
//!
//! The log names the matched route, never the path with its query: it may hold what somebody searches for.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant as Moment},
};

use axum::{
    Json,
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use jingui_model::{Id, Lang, Problem, problem::Class};

use crate::{
    auth,
    error::{Fault, Words},
    extract,
    signed::Proof,
    state::App,
};

/// Longest time for an ordinary request.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest wait for a free place.
const QUEUE: Duration = Duration::from_secs(5);

const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Where the person reached the console; what is printed or fed to other programs leads there.
#[must_use]
pub fn base(headers: &HeaderMap, app: &App) -> String {
    let host = host(headers, app).unwrap_or("localhost");
    let proto = headers.get("x-forwarded-proto").filter(|_| app.config.behind_proxy);
    let secure = app.config.secure_cookies || proto.is_some_and(|p| p == "https");
    format!("{}://{host}", if secure { "https" } else { "http" })
}

/// The host that the client meant, with its port.
#[must_use]
pub fn host<'a>(headers: &'a HeaderMap, app: &App) -> Option<&'a str> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    text("x-forwarded-host").filter(|_| app.config.behind_proxy).or_else(|| text("host"))
}

/// Around everything.
pub async fn edge(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Moment::now();
    let method = name(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "-".to_owned(), |p| p.as_str().to_owned());
    let lang = extract::lang(request.headers());
    let id = Id::new(&*app.node.clock, &*app.node.rng);
    let api = is_api(request.uri().path());
    // Calendar programs ask for a password only when they are told that one is wanted.
    let challenge = if request.uri().path() == auth::FEED { "Basic realm=\"Jingui\", charset=\"UTF-8\"" } else { "Bearer" };
    let program = if api { auth::Program::watch(&mut request) } else { None };
    let response = match AssertUnwindSafe(within(&app, request, next, api)).catch_unwind().await {
        Ok(response) => response,
        // The panic itself is in the log, by the hook that the program sets.
        Err(_) => Fault::from(Problem::internal("request.panic")).into_response(),
    };
    let mut response = worded(&app, response, lang, id, api, challenge);
    secure(response.headers_mut(), api, id);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.requests.seen(method, &route, status, took);
    if let Some(program) = program {
        count_program(&app, &program, response.status());
    }
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: "jingui::request", %id, method, route, status, ms);
    response
}

/// Counts a request of a program; when too many failed, an alarm is made beside the answer (H 9.6.4). What counts as a failure: who asks
/// was refused, or we could not.
fn count_program(app: &App, program: &auth::Program, status: StatusCode) {
    let Ok(live) = app.node.live() else { return };
    let failed = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || status.is_server_error();
    let Some(alarm) = live.program_seen(program.token(), failed) else { return };
    tokio::spawn(async move {
        if let Err(problem) = live.raise_alarm(alarm).await {
            tracing::error!(problem = %problem, "an alarm about the interface could not be made");
        }
    });
}

async fn within(app: &App, request: Request, next: Next, api: bool) -> Response {
    if api {
        let address = auth::address(request.headers(), auth::peer(request.extensions()), app.config.behind_proxy);
        if let Err(problem) = app.addresses.take(address, Moment::now()) {
            return Fault::from(problem).into_response();
        }
    }
    let Ok(Ok(_place)) = tokio::time::timeout(QUEUE, app.at_once.acquire()).await else {
        return Fault::from(Problem::unavailable("request.busy").arg("seconds", 2)).into_response();
    };
    let (request, proof) = Proof::watch(request);
    let response = next.run(request).await;
    match proof {
        // Whatever came of a body that broke off: this is why.
        Some(proof) if proof.is_wrong() => Fault::from(Problem::unauthenticated("signature.body")).into_response(),
        _ => response,
    }
}

/// Ends an ordinary request that takes too long. An act that was under way may still be done: its idempotency key tells.
pub async fn patience(request: Request, next: Next) -> Response {
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Fault::from(Problem::unavailable("request.timeout").arg("seconds", 5)).into_response(),
    }
}

/// `/api` itself and everything below it.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Writes the body of a refusal.
fn worded(app: &App, mut response: Response, lang: Lang, id: Id, api: bool, challenge: &'static str) -> Response {
    let fault = match response.extensions_mut().remove::<Fault>() {
        Some(fault) => fault,
        // Refusals of the framework itself.
        None if api && (response.status().is_client_error() || response.status().is_server_error()) => framework(response.status()),
        None => return response,
    };
    let problem = &fault.problem;
    let words = Words { messages: &app.node.messages, authority: &app.node.authority, lang };
    let mut body = words.body_with(problem, fault.status());
    if problem.class() == Class::Internal {
        tracing::error!(target: "jingui::incident", %id, problem = %problem, "a request failed");
        body.incident = Some(id.to_string());
    } else {
        tracing::debug!(target: "jingui::refusal", %id, code = problem.code(), detail = problem.operator_detail());
    }
    let mut out = (fault.status(), Json(&body)).into_response();
    let headers = out.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    if let Some(seconds) = body.seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if fault.status() == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        headers.insert(header::ALLOW, allow);
    }
    out
}

fn framework(status: StatusCode) -> Fault {
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::missing("request.route_unknown"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::invalid("request.method"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("request.too_large").arg("most", crate::state::JSON_MAX),
        s if s.is_server_error() => Problem::internal("request.failed"),
        _ => Problem::invalid("request.malformed"),
    };
    Fault::with_status(problem, status)
}

fn secure(headers: &mut axum::http::HeaderMap, api: bool, id: Id) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::CONTENT_SECURITY_POLICY, API_POLICY);
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-embedder-policy"), "require-corp");
    set(HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(), geolocation=(), payment=()");
    if api {
        set(header::CACHE_CONTROL, "no-store");
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
}

fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "OTHER",
    }
}

/// Anything below `/api` that is not there.
pub async fn unknown() -> Fault {
    Problem::missing("request.route_unknown").into()
}

/// A path that is there, by a method that is not.
pub async fn wrong_method() -> Fault {
    Fault::with_status(Problem::invalid("request.method"), StatusCode::METHOD_NOT_ALLOWED)
}

/// An empty answer.
#[must_use]
pub fn nothing() -> Response {
    (StatusCode::NO_CONTENT, Body::empty()).into_response()
}

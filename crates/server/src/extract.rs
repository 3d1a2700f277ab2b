//! Path, query and body of a request, with refusals as problems instead of the framework's sentences.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use jingui_model::{Lang, Problem};
use serde::de::DeserializeOwned;

use crate::{error::Fault, state::App};

/// Values in the path.
#[derive(Debug, Clone)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &App) -> Result<Self, Fault> {
        let found: Result<axum::extract::Path<T>, PathRejection> = axum::extract::Path::from_request_parts(parts, state).await;
        found.map(|p| Self(p.0)).map_err(|_| Problem::invalid("request.path").into())
    }
}

/// Values in the query.
#[derive(Debug, Clone)]
pub struct Ask<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Ask<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let found = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        found.map(|q| Self(q.0)).map_err(|_| Problem::invalid("request.query").into())
    }
}

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &App) -> Result<Self, Fault> {
        if !is_json(request.headers()) {
            return Err(Fault::with_status(Problem::invalid("request.media_type"), StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.into_response_status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("request.too_large").arg("most", crate::state::JSON_MAX),
            _ => Problem::invalid("request.broken_off"),
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|e| malformed(&e).into())
    }
}

trait StatusOf {
    fn into_response_status(self) -> StatusCode;
}

impl StatusOf for axum::extract::rejection::BytesRejection {
    fn into_response_status(self) -> StatusCode {
        self.status()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = value.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}

/// Where a body is wrong, without quoting what stands there: it may be a password.
fn malformed(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let place = format!("{}:{}", error.line(), error.column());
    let named = ["missing field", "unknown field", "duplicate field"].into_iter().find(|s| text.starts_with(s));
    let name = named.and_then(|_| text.split('`').nth(1)).filter(|n| n.len() <= 64);
    match (named, name) {
        (Some("missing field"), Some(name)) => Problem::invalid("request.field_missing").at(name),
        (Some("duplicate field"), Some(name)) => Problem::invalid("request.field_twice").at(name),
        (Some(_), Some(name)) => Problem::invalid("request.field_unknown").at(name),
        _ if error.is_data() => Problem::invalid("request.body_shape").arg("place", place),
        _ => Problem::invalid("request.body_json").arg("place", place),
    }
}

/// The language that the client asks for.
#[must_use]
pub fn lang(headers: &HeaderMap) -> Lang {
    Lang::preferred(headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default())
}

/// The key that makes a repeated request harmless.
///
/// # Errors
/// `request.key` when it is not 1 to 200 visible ASCII characters.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|t| (1..=200).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_graphic()));
    text.map(|t| Some(t.to_owned())).ok_or_else(|| Problem::invalid("request.key"))
}

/// All pairs of the query, as they stand there.
///
/// # Errors
/// `request.query`.
pub fn pairs(uri: &axum::http::Uri) -> Result<Vec<(String, String)>, Problem> {
    axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).map(|q| q.0).map_err(|_| Problem::invalid("request.query"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Shape {
        login: String,
    }

    #[test]
    fn a_wrong_body_is_described_without_quoting_it() {
        let of = |text: &str| malformed(&serde_json::from_str::<Shape>(text).unwrap_err());
        assert_eq!((of("{}").code(), of("{}").field()), ("request.field_missing", Some("login")));
        assert_eq!(of(r#"{"login":"a","x":1}"#).code(), "request.field_unknown");
        let wrong = of(r#"{"login":1234567}"#);
        assert_eq!(wrong.code(), "request.body_shape");
        assert!(!wrong.to_string().contains("1234567"));
        assert_eq!(of("{").code(), "request.body_json");
    }
}

//! The console that is built into the program: hashed files that live long in caches, one page with
//! a fresh nonce for everything else that a browser asks for.

use std::fmt::Write as _;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::RustEmbed;

use crate::{edge, state::App};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

const NONCE: &str = "__CSP_NONCE__";
const PLACEHOLDER: &str = include_str!("placeholder.html");

/// The page that checks packages without us, when the console was built.
#[must_use]
pub fn verify_page() -> Option<Vec<u8>> {
    Files::get("verify.html").map(|file| file.data.into_owned())
}

/// Everything that no route answers.
pub async fn fallback(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if edge::is_api(path) {
        return edge::unknown().await.into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let name = path.trim_start_matches('/');
    if name != "index.html"
        && let Some(file) = Files::get(name)
    {
        return asset(name, file.data.into_owned());
    }
    let wants_page =
        headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html") || v.contains("*/*"));
    // A missing script must not come back as a page.
    if !wants_page || name.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    page(&app)
}

fn asset(name: &str, data: Vec<u8>) -> Response {
    let media = mime_guess::from_path(name).first_or_octet_stream();
    let kept = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let policy = own_policy(name, &data);
    let mut response = data.into_response();
    let text = matches!(media.type_().as_str(), "text") || media.subtype() == "javascript";
    let value = if text { format!("{media}; charset=utf-8") } else { media.to_string() };
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    if let Some(Ok(value)) = policy.map(|policy| HeaderValue::from_str(&policy)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

/// The policy that a page brings in itself, so that it can be opened from a disk too: `verify.html` permits its own script by its digest
/// and nothing else. The usual policy of the door would forbid that script.
fn own_policy(name: &str, data: &[u8]) -> Option<String> {
    if name != "verify.html" {
        return None;
    }
    let text = std::str::from_utf8(data).ok()?;
    let (_, rest) = text.split_once("http-equiv=\"Content-Security-Policy\" content=\"")?;
    let (policy, _) = rest.split_once('"')?;
    Some(format!("{policy}; frame-ancestors 'none'"))
}

fn page(app: &App) -> Response {
    let bytes: [u8; 16] = app.node.rng.array();
    let nonce = bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    });
    let built = Files::get("index.html").and_then(|f| String::from_utf8(f.data.into_owned()).ok());
    let text = built.unwrap_or_else(|| PLACEHOLDER.to_owned()).replace(NONCE, &nonce);
    // Ant Design writes style elements at run time and gives them the nonce; style attributes it sets through the
    // DOM, which needs no permission. Hence no 'unsafe-inline' anywhere.
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; \
         object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    );
    let mut response = Html(text).into_response();
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offline_page_is_served_under_the_policy_that_it_brings() {
        let page = br#"<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-x='"><script>1</script>"#;
        let policy = |name| asset(name, page.to_vec()).headers().get(header::CONTENT_SECURITY_POLICY).cloned();
        let own = HeaderValue::from_static("default-src 'none'; script-src 'sha256-x='; frame-ancestors 'none'");
        assert_eq!(policy("verify.html"), Some(own));
        assert_eq!(policy("other.html"), None);
        assert_eq!(own_policy("verify.html", b"<p>"), None);
    }
}

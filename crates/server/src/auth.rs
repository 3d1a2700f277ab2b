//! Who asks: a session by its cookie, a program by its token or by its signature; and the guard against requests that
//! another site makes in a person's name.
//!
//! A request with the cookie that may change something must carry the header `X-Jingui: 1`, which no
//! form of another site can set, and must not say that it comes from elsewhere (OWASP ASVS 5.0, 3.5).

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Instant as Moment,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::{HeaderMap, Method, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jingui_app::{
    live::Live,
    world::caller::{Caller, Origin},
};
use jingui_model::{Id, Lang, Problem};

use crate::{
    error::{Fault, ProblemBody, Words},
    extract,
    signed::{self, Proof},
    state::App,
};

/// Name of the session's cookie.
pub const COOKIE: &str = "jingui_session";

/// Name of the cookie by which a device is known after the session; it opens nothing.
pub const KNOWN: &str = "jingui_device";

/// The address of the calendar feed.
pub const FEED: &str = "/api/diary.ics";

/// Where a request came from, whoever sent it.
#[derive(Debug, Clone)]
pub struct From(pub Origin);

/// The token that a program showed, whether that was enough or not: for counting how programs fare (H 9.6.4).
#[derive(Debug, Clone, Default)]
pub struct Program(Arc<OnceLock<Id>>);

impl Program {
    /// Puts itself into a request that says of itself that a program sends it.
    pub fn watch(request: &mut Request) -> Option<Self> {
        request.headers().contains_key(header::AUTHORIZATION).then(|| {
            let program = Self::default();
            request.extensions_mut().insert(program.clone());
            program
        })
    }

    /// The token, when there is such a one.
    #[must_use]
    pub fn token(&self) -> Option<Id> {
        self.0.get().copied()
    }
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Auth {
    /// The node's use cases.
    pub live: Arc<Live>,
    /// Who.
    pub caller: Caller,
    /// The session's token, if it is a session.
    pub session: Option<String>,
    /// The record of the program's token, if it is one.
    pub token: Option<Id>,
    /// Tells whether the body is the one that was signed, if the request is signed.
    pub proof: Option<Proof>,
    /// The reader's language.
    pub lang: Lang,
    /// The key that makes a repeat harmless.
    pub key: Option<String>,
    app: App,
}

impl Auth {
    /// A problem in the reader's words.
    #[must_use]
    pub fn explain(&self, problem: &Problem) -> ProblemBody {
        let node = &self.app.node;
        Words { messages: &node.messages, authority: &node.authority, lang: self.lang }.body(problem)
    }

    /// The text for a code, in both languages.
    #[must_use]
    pub fn text(&self, code: &str) -> jingui_model::Text {
        self.app.node.messages.text(code).cloned().unwrap_or_else(|| jingui_model::Text::new(code, code))
    }

    /// The session of a person at a screen; programs have none and are refused: some things a person does alone.
    ///
    /// # Errors
    /// `session.person_only`.
    pub fn person_only(&self) -> Result<&str, Problem> {
        self.session.as_deref().ok_or_else(|| Problem::denied("session.person_only"))
    }
}

impl FromRequestParts<App> for From {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        Ok(Self(origin(parts, app)))
    }
}

impl FromRequestParts<App> for Auth {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let live = app.node.live()?;
        let origin = origin(parts, app);
        let signed = signed::read(parts, app)?;
        let program = parts.extensions.get::<Program>().cloned();
        let showed = |id: Id| {
            if let Some(program) = program.as_ref().filter(|_| live.is_token(id)) {
                let _ = program.0.set(id);
            }
        };
        if let Some(signed) = &signed {
            showed(signed.id);
        }
        let bearer = if signed.is_some() { None } else { bearer(&parts.headers, parts.uri.path() == FEED)? };
        let (caller, session, token) = match (signed, bearer) {
            (Some(signed), _) => (live.signed_caller(&signed, origin).await?, None, Some(signed.id)),
            (None, Some(token)) => {
                let (id, caller) = live.token_caller(&token, origin)?;
                showed(id);
                (caller, None, Some(id))
            }
            (None, None) => {
                let token = cookie(&parts.headers, COOKIE).ok_or_else(|| Problem::unauthenticated("session.required"))?;
                if !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
                    if parts.headers.get("x-jingui").is_none_or(|v| v != "1") {
                        return Err(Problem::denied("request.csrf").into());
                    }
                    same_site(&parts.headers)?;
                }
                (live.session_caller(token, origin).await?, Some(token.to_owned()), None)
            }
        };
        match token {
            // A program's own, so that one that runs wild does not stop its owner.
            Some(id) => app.tokens.take(id, Moment::now())?,
            None => app.accounts.take(caller.actor.account, Moment::now())?,
        }
        if session.is_some() && !always_open(parts.uri.path()) {
            let standing = live.standing(&caller)?;
            if standing.must_change {
                return Err(Problem::denied("session.must_change").into());
            }
            if standing.totp_required && !standing.second {
                return Err(Problem::denied("session.must_enrol").into());
            }
        }
        let key = extract::idempotency_key(&parts.headers)?;
        let proof = parts.extensions.get::<Proof>().cloned();
        Ok(Self { live, caller, session, token, proof, lang: extract::lang(&parts.headers), key, app: app.clone() })
    }
}

/// What an account may reach that has to change its password or take up a second factor first.
fn always_open(path: &str) -> bool {
    path == "/api/me" || path.starts_with("/api/me/") || matches!(path, "/api/session" | "/api/catalog" | "/api/status")
}

/// The token of a program. Calendar programs know names and passwords only (RFC 7617): for the feed the password is the token.
fn bearer(headers: &HeaderMap, feed: bool) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().ok().and_then(|t| t.split_once(' '));
    let found = match text {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim().to_owned()),
        Some((scheme, pair)) if feed && scheme.eq_ignore_ascii_case("basic") => {
            let pair = STANDARD.decode(pair.trim()).ok().and_then(|b| String::from_utf8(b).ok());
            pair.and_then(|p| p.split_once(':').map(|(_, token)| token.to_owned()))
        }
        _ => None,
    };
    found.map(Some).ok_or_else(|| Problem::unauthenticated("session.scheme"))
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    all.filter_map(|pair| pair.trim().split_once('=')).find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value)
}

/// Refuses what says of itself that another site sent it.
///
/// # Errors
/// `request.csrf`.
pub fn same_site(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(Problem::denied("request.csrf"));
    }
    if let Some(origin) = text("origin") {
        let host = text("x-forwarded-host").or_else(|| text("host")).unwrap_or_default();
        let from = origin.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
        if !from.eq_ignore_ascii_case(host) {
            return Err(Problem::denied("request.csrf"));
        }
    }
    Ok(())
}

/// The address at the other end of the line.
#[must_use]
pub fn peer(extensions: &axum::http::Extensions) -> Option<SocketAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0)
}

/// The client's address: the peer's, or what a proxy on this machine says.
#[must_use]
pub fn address(headers: &HeaderMap, peer: Option<SocketAddr>, behind_proxy: bool) -> String {
    let local = peer.is_some_and(|p| p.ip().is_loopback());
    let named = headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).and_then(|v| v.rsplit(',').next()).map(str::trim);
    match named.and_then(|n| n.parse::<std::net::IpAddr>().ok()) {
        Some(ip) if local && behind_proxy => ip.to_string(),
        _ => peer.map(|p| p.ip().to_string()).unwrap_or_default(),
    }
}

fn origin(parts: &Parts, app: &App) -> Origin {
    let device = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Origin {
        door: "session".to_owned(),
        address: address(&parts.headers, peer(&parts.extensions), app.config.behind_proxy),
        device: device.chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (header::HeaderName::from_static(n), header::HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn requests_from_other_sites_are_told_apart() {
        assert!(same_site(&headers(&[("host", "a:8600"), ("origin", "http://a:8600"), ("sec-fetch-site", "same-origin")])).is_ok());
        assert!(same_site(&headers(&[("host", "a:8600")])).is_ok());
        assert!(same_site(&headers(&[("host", "a:8600"), ("origin", "http://b:8600")])).is_err());
        assert!(same_site(&headers(&[("host", "a:8600"), ("origin", "null")])).is_err());
        assert!(same_site(&headers(&[("host", "a"), ("sec-fetch-site", "same-site")])).is_err());
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let named = headers(&[("x-forwarded-for", "10.9.9.9, 10.0.0.7")]);
        let far = "10.0.0.1:5".parse().ok();
        let near = "127.0.0.1:5".parse().ok();
        assert_eq!(address(&named, near, true), "10.0.0.7");
        assert_eq!(address(&named, near, false), "127.0.0.1");
        assert_eq!(address(&named, far, true), "10.0.0.1");
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(cookie(&headers(&[("cookie", "a=b; jingui_session=xyz ;c=d")]), COOKIE), Some("xyz"));
        assert_eq!(cookie(&headers(&[("cookie", "xjingui_session=xyz")]), COOKIE), None);
    }
}

//! Signing in and out.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use jingui_app::identity::{
    known,
    session::{Second, SignedIn},
};
use jingui_model::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    me::{Me, me},
    passkeys::PasskeyAnswer,
};
use crate::{
    auth::{self, Auth, COOKIE, KNOWN},
    docs::Routes,
    edge,
    error::Answer,
    extract::Body,
    state::App,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.tag("session", "Signing in and out; the own account.").open(__path_sign_in, sign_in).add(__path_sign_out, sign_out)
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// Sign-in name.
    #[schema(max_length = 200)]
    login: String,
    /// Password.
    #[schema(format = Password, max_length = 1000)]
    password: String,
    /// One-time code, when asked for.
    #[serde(default)]
    code: Option<String>,
    /// The answer of a passkey in its place.
    #[serde(default)]
    passkey: Option<PasskeyAnswer>,
}

/// Signs in; the session is in the cookie.
#[utoipa::path(post, path = "/api/session", request_body = SignInRequest, responses((status = 200, body = Me)))]
async fn sign_in(
    State(app): State<App>,
    auth::From(origin): auth::From,
    headers: HeaderMap,
    Body(body): Body<SignInRequest>,
) -> Answer<Response> {
    auth::same_site(&headers)?;
    let live = app.node.live()?;
    if body.login.len() > 200 || body.password.len() > 1000 || body.code.as_ref().is_some_and(|c| c.len() > 20) {
        return Err(Problem::unauthenticated("session.refused").into());
    }
    let _place = app.digests.acquire().await;
    let peer = origin.address.clone();
    let known = auth::cookie(&headers, KNOWN);
    let answered = match &body.passkey {
        Some(passkey) => Some((passkey.read()?, live.passkey_site(edge::host(&headers, &app))?)),
        None => None,
    };
    let second = match (&answered, body.code.as_deref().map(str::trim).filter(|c| !c.is_empty())) {
        (Some((answer, site)), _) => Second::Passkey(answer, site),
        (None, Some(code)) => Second::Code(code),
        (None, None) => Second::None,
    };
    let signed = live.sign_in(&body.login, &body.password, second, origin, known).await?;
    tracing::debug!(address = peer, "signed in");
    let who = me(&live, &signed.caller)?;
    Ok(with_session(Json(who).into_response(), &app, &headers, &signed))
}

/// Hands the session over.
pub(super) fn with_session(response: Response, app: &App, headers: &HeaderMap, signed: &SignedIn) -> Response {
    let flag = if app.config.secure_cookies || secure(headers) { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{flag}", signed.token, signed.seconds);
    let known = format!("{KNOWN}={}; HttpOnly; SameSite=Strict; Path=/api/session; Max-Age={}{flag}", signed.device, known::SECONDS);
    with_cookie(with_cookie(response, &cookie), &known)
}

/// Whether a proxy says that the client came over https. Anyone may claim it: all it does is make the cookie stricter.
fn secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|v| v == "https")
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Signs out.
#[utoipa::path(delete, path = "/api/session", responses((status = 204, description = "Signed out")))]
async fn sign_out(auth: Auth) -> Answer<Response> {
    auth.person_only()?;
    if let Some(token) = &auth.session {
        auth.live.sign_out(token, &auth.caller).await?;
    }
    Ok(with_cookie(edge::nothing(), &format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")))
}

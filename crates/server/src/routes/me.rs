//! The own account: who am I, password, one-time codes, sessions. Passkeys have a file of their own.

use axum::{Json, extract::State, http::HeaderMap, response::Response};
use jingui_app::{
    identity::sessions::{self, SessionView},
    live::Live,
    world::caller::Caller,
};
use jingui_model::{Id, Instant, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Auth,
    docs::Routes,
    edge,
    error::Answer,
    extract::{At, Body},
    state::App,
    wire::{self, Named},
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(__path_get_me, get_me)
        .add(__path_change_password, change_password)
        .add(__path_begin_totp, begin_totp)
        .add(__path_confirm_totp, confirm_totp)
        .add(__path_remove_totp, remove_totp)
        .add(__path_list_sessions, list_sessions)
        .add(__path_end_session, end_session)
        .add(__path_end_other_sessions, end_other_sessions)
}

/// Who is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub account: Id,
    /// The person.
    pub person: Option<Named>,
    /// Sign-in name.
    pub login: String,
    /// Codes of roles, those that follow from leading a department included.
    pub roles: Vec<String>,
    /// The person's department.
    pub department: Option<Named>,
    /// The person's posts.
    pub posts: Vec<Named>,
    /// The password has to be changed before anything else.
    pub must_change_password: bool,
    /// One-time codes are in use.
    pub totp: bool,
    /// The company requires a second factor.
    pub totp_required: bool,
    /// There is a second factor: one-time codes or a passkey.
    pub second_factor: bool,
    /// Scopes of the token, for a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

pub(super) fn me(live: &Live, caller: &Caller) -> Answer<Me> {
    let standing = live.standing(caller)?;
    let world = live.world.read();
    let named = |id: Id| Named { id, name: world.title(id).unwrap_or_default().to_owned() };
    Ok(Me {
        account: caller.actor.account,
        person: caller.view.person.map(|id| Named { id, name: caller.name.clone() }),
        login: standing.login,
        roles: caller.view.roles.clone(),
        department: caller.view.department.map(named),
        posts: caller.view.posts.iter().copied().map(named).collect(),
        must_change_password: standing.must_change,
        totp: standing.totp,
        totp_required: standing.totp_required,
        second_factor: standing.second,
        scopes: caller.actor.scopes.as_ref().map(|s| s.iter().cloned().collect()),
    })
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/me", responses((status = 200, body = Me)))]
async fn get_me(auth: Auth) -> Answer<Json<Me>> {
    me(&auth.live, &auth.caller).map(Json)
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The present one.
    #[schema(format = Password, max_length = 1000)]
    old: String,
    /// The new one.
    #[schema(format = Password, max_length = 1000)]
    new: String,
}

/// Changes the own password. All sessions end; the answer carries a new one.
#[utoipa::path(post, path = "/api/me/password", request_body = PasswordBody, responses((status = 204, description = "Changed")))]
async fn change_password(auth: Auth, State(app): State<App>, headers: HeaderMap, Body(body): Body<PasswordBody>) -> Answer<Response> {
    auth.person_only()?;
    let _place = app.digests.acquire().await;
    auth.live.change_password(&auth.caller, &body.old, &body.new).await?;
    let signed = auth.live.renew_session(&auth.caller).await?;
    Ok(super::session::with_session(edge::nothing(), &app, &headers, &signed))
}

/// A secret for one-time codes.
#[derive(Serialize, ToSchema)]
pub struct TotpOffer {
    /// For a QR code.
    uri: String,
    /// For typing.
    secret: String,
}

/// Offers a secret for one-time codes (RFC 6238); it counts once it is confirmed.
#[utoipa::path(post, path = "/api/me/totp/begin", responses((status = 200, body = TotpOffer)))]
async fn begin_totp(auth: Auth) -> Answer<Json<TotpOffer>> {
    auth.person_only()?;
    let (uri, secret) = auth.live.begin_totp(&auth.caller).await?;
    Ok(Json(TotpOffer { uri, secret }))
}

/// A one-time code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    /// Six digits.
    #[schema(max_length = 20)]
    code: String,
}

/// Takes the offered secret into use.
#[utoipa::path(post, path = "/api/me/totp/confirm", request_body = TotpCode, responses((status = 204, description = "In use")))]
async fn confirm_totp(auth: Auth, Body(body): Body<TotpCode>) -> Answer<Response> {
    auth.person_only()?;
    auth.live.confirm_totp(&auth.caller, &body.code).await?;
    Ok(edge::nothing())
}

/// The present password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordProof {
    /// The present password.
    #[schema(format = Password, max_length = 1000)]
    pub(super) password: String,
}

/// Gives one-time codes up.
#[utoipa::path(post, path = "/api/me/totp/remove", request_body = PasswordProof, responses((status = 204, description = "Given up")))]
async fn remove_totp(auth: Auth, State(app): State<App>, Body(body): Body<PasswordProof>) -> Answer<Response> {
    auth.person_only()?;
    let _place = app.digests.acquire().await;
    auth.live.remove_totp(&auth.caller, &body.password).await?;
    Ok(edge::nothing())
}

/// A session of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// For ending it.
    pub id: Id,
    /// Started at.
    pub created: Instant,
    /// Last used at.
    pub last_seen: Instant,
    /// Address.
    pub address: String,
    /// Browser and system by their names.
    pub device: String,
    /// What the client says of itself.
    pub agent: String,
    /// How one signed in: `password`, `password_code`, `password_passkey` or `passkey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<&'static str>,
    /// Is it the one that asks?
    pub current: bool,
}

/// The own sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions.
    pub items: Vec<SessionBody>,
}

/// The own sessions.
#[utoipa::path(get, path = "/api/me/sessions", responses((status = 200, body = SessionList)))]
async fn list_sessions(auth: Auth) -> Answer<Json<SessionList>> {
    auth.person_only()?;
    let found = auth.live.sessions(&auth.caller, auth.session.as_deref()).await?;
    Ok(Json(found.into()))
}

impl From<Vec<SessionView>> for SessionList {
    fn from(found: Vec<SessionView>) -> Self {
        Self { items: found.into_iter().map(SessionBody::from).collect() }
    }
}

impl From<SessionView> for SessionBody {
    fn from(s: SessionView) -> Self {
        Self {
            id: s.id,
            created: s.created,
            last_seen: s.last_seen,
            address: s.address,
            device: sessions::device(&s.agent),
            agent: s.agent,
            way: s.way.map(jingui_app::identity::session::Way::code),
            current: s.current,
        }
    }
}

/// Ends all of the own sessions but this one.
#[utoipa::path(delete, path = "/api/me/sessions", responses((status = 204, description = "Ended")))]
async fn end_other_sessions(auth: Auth) -> Answer<Response> {
    let current = auth.person_only()?;
    auth.live.end_other_sessions(&auth.caller, current).await?;
    Ok(edge::nothing())
}

/// Ends one of the own sessions.
#[utoipa::path(delete, path = "/api/me/sessions/{id}", params(("id" = Id, Path)), responses((status = 204, description = "Ended")))]
async fn end_session(auth: Auth, At(id): At<String>) -> Answer<Response> {
    auth.person_only()?;
    let id = wire::id(&id).map_err(|_| Problem::missing("session.missing"))?;
    auth.live.end_session(&auth.caller, id).await?;
    Ok(edge::nothing())
}

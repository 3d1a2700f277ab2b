//! Passkeys (W3C Web Authentication): made, listed and removed by their owner; signing in with one.
//!
//! Bytes stand in base64url without padding. For which site a passkey is comes from the company's settings or from the request's host,
//! never from what the client writes.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jingui_app::identity::passkey::{Answer as Given, PasskeyView, Question, SECONDS};
use jingui_model::{Id, Instant, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    me::{Me, PasswordProof, me},
    session::with_session,
};
use crate::{
    auth::{self, Auth, KNOWN},
    docs::Routes,
    edge,
    error::Answer,
    extract::{At, Body},
    state::App,
    wire,
};

const LONGEST: usize = 64 * 1024;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(__path_list_passkeys, list_passkeys)
        .add(__path_begin_passkey, begin_passkey)
        .add(__path_add_passkey, add_passkey)
        .add(__path_remove_passkey, remove_passkey)
        .open(__path_ask_passkey, ask_passkey)
        .open(__path_passkey_sign_in, passkey_sign_in)
}

fn bytes(text: &str, field: &'static str) -> Result<Vec<u8>, Problem> {
    let read = if text.len() > LONGEST { None } else { BASE64.decode(text).ok() };
    read.ok_or_else(|| Problem::invalid("passkey.bytes").at(field))
}

/// A passkey of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyBody {
    /// For removing it.
    id: Id,
    /// As its owner calls it.
    name: String,
    /// Made at.
    created: Instant,
    /// Last used at.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<String>,
    /// It may be on several devices of its owner.
    synced: bool,
}

impl From<PasskeyView> for PasskeyBody {
    fn from(view: PasskeyView) -> Self {
        Self { id: view.id, name: view.name, created: view.created, last_used: view.last_used, synced: view.synced }
    }
}

/// The own passkeys.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyList {
    /// The passkeys.
    items: Vec<PasskeyBody>,
}

/// The own passkeys.
#[utoipa::path(get, path = "/api/me/passkeys", responses((status = 200, body = PasskeyList)))]
async fn list_passkeys(auth: Auth) -> Answer<Json<PasskeyList>> {
    auth.person_only()?;
    let items = auth.live.own_passkeys(&auth.caller)?.into_iter().map(PasskeyBody::from);
    Ok(Json(PasskeyList { items: items.collect() }))
}

/// What a browser needs to make a passkey.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyOffer {
    /// The challenge; good once.
    challenge: String,
    /// For which site.
    rp_id: String,
    /// The account, in a way that says nothing about it.
    user_id: String,
    /// The sign-in name.
    login: String,
    /// The person's name.
    name: String,
    /// Sorts of keys that will do (COSE), the best-liked first.
    algorithms: Vec<i64>,
    /// Passkeys that are there already.
    known: Vec<String>,
    /// Seconds until the challenge is no longer good.
    seconds: i64,
}

/// Begins to make a passkey.
#[utoipa::path(post, path = "/api/me/passkeys/begin", request_body = PasswordProof, responses((status = 200, body = PasskeyOffer)))]
async fn begin_passkey(
    auth: Auth,
    State(app): State<App>,
    headers: HeaderMap,
    Body(body): Body<PasswordProof>,
) -> Answer<Json<PasskeyOffer>> {
    let session = auth.person_only()?;
    let _place = app.digests.acquire().await;
    let offer = auth.live.begin_passkey(&auth.caller, session, &body.password, edge::host(&headers, &app)).await?;
    Ok(Json(PasskeyOffer {
        challenge: offer.question.challenge,
        rp_id: offer.question.rp_id,
        user_id: offer.user,
        login: offer.login,
        name: offer.name,
        algorithms: jingui_app::identity::passkey::ALGORITHMS.to_vec(),
        known: offer.known,
        seconds: SECONDS,
    }))
}

/// A passkey that a browser made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What to call it.
    #[schema(max_length = 60)]
    name: String,
    /// `clientDataJSON`.
    #[schema(max_length = 65536)]
    client_data: String,
    /// `attestationObject`.
    #[schema(max_length = 65536)]
    attestation: String,
}

/// Takes a new passkey in.
#[utoipa::path(post, path = "/api/me/passkeys", request_body = NewPasskey, responses((status = 201, body = PasskeyBody)))]
async fn add_passkey(
    auth: Auth,
    State(app): State<App>,
    headers: HeaderMap,
    Body(body): Body<NewPasskey>,
) -> Answer<(StatusCode, Json<PasskeyBody>)> {
    let session = auth.person_only()?;
    let (client_data, attestation) = (bytes(&body.client_data, "client_data")?, bytes(&body.attestation, "attestation")?);
    let host = edge::host(&headers, &app);
    let made = auth.live.add_passkey(&auth.caller, session, &body.name, host, &client_data, &attestation).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Removes one of the own passkeys.
#[utoipa::path(post, path = "/api/me/passkeys/{id}/remove", params(("id" = Id, Path)), request_body = PasswordProof, responses((status = 204, description = "Removed")))]
async fn remove_passkey(auth: Auth, State(app): State<App>, At(id): At<String>, Body(body): Body<PasswordProof>) -> Answer<Response> {
    auth.person_only()?;
    let _place = app.digests.acquire().await;
    auth.live.remove_passkey(&auth.caller, wire::id(&id)?, &body.password).await?;
    Ok(edge::nothing())
}

/// What a browser needs to sign in with a passkey: the same for everyone.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyQuestion {
    /// The challenge; good once.
    challenge: String,
    /// For which site.
    rp_id: String,
    /// Seconds until the challenge is no longer good.
    seconds: i64,
}

/// Asks for a passkey.
#[utoipa::path(post, path = "/api/session/passkey/begin", responses((status = 200, body = PasskeyQuestion)))]
async fn ask_passkey(State(app): State<App>, headers: HeaderMap) -> Answer<Json<PasskeyQuestion>> {
    auth::same_site(&headers)?;
    let Question { challenge, rp_id } = app.node.live()?.ask_passkey(edge::host(&headers, &app))?;
    Ok(Json(PasskeyQuestion { challenge, rp_id, seconds: SECONDS }))
}

/// What a browser hands over at a sign-in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// Which passkey.
    #[schema(max_length = 1400)]
    id: String,
    /// `clientDataJSON`.
    #[schema(max_length = 65536)]
    client_data: String,
    /// `authenticatorData`.
    #[schema(max_length = 65536)]
    authenticator_data: String,
    /// `signature`.
    #[schema(max_length = 65536)]
    signature: String,
    /// `userHandle`.
    #[serde(default)]
    #[schema(max_length = 100)]
    user: Option<String>,
}

impl PasskeyAnswer {
    pub(super) fn read(&self) -> Result<Given, Problem> {
        Ok(Given {
            // As we write it, whatever way the client chose.
            id: BASE64.encode(bytes(&self.id, "id")?),
            client_data: bytes(&self.client_data, "client_data")?,
            authenticator_data: bytes(&self.authenticator_data, "authenticator_data")?,
            signature: bytes(&self.signature, "signature")?,
            user: self.user.as_deref().map(|u| bytes(u, "user")).transpose()?,
        })
    }
}

/// Signs in with a passkey; the session is in the cookie.
#[utoipa::path(post, path = "/api/session/passkey", request_body = PasskeyAnswer, responses((status = 200, body = Me)))]
async fn passkey_sign_in(
    State(app): State<App>,
    auth::From(origin): auth::From,
    headers: HeaderMap,
    Body(body): Body<PasskeyAnswer>,
) -> Answer<Response> {
    auth::same_site(&headers)?;
    let live = app.node.live()?;
    let known = auth::cookie(&headers, KNOWN);
    let signed = live.passkey_sign_in(&body.read()?, edge::host(&headers, &app), origin, known).await?;
    let who = me(&live, &signed.caller)?;
    Ok(with_session(Json(who).into_response(), &app, &headers, &signed))
}

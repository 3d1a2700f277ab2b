//! Dual control of core secrets: own keys of custodians, openings, shares handed over (B 4.2.1, H 8.3.1). Refusing, ending and taking back are acts of
//! the register of openings.

use axum::{Json, extract::Path, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_app::custody::{Asked, CustodyView, Release, Released};
use jingui_model::{Id, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{auth::Auth, docs::Routes, error::Answer, extract::Body, wire};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("custody", "Dual control of core secrets.")
        .add(__path_custody, custody)
        .add(__path_set_custodian_key, set_custodian_key)
        .add(__path_ask_opening, ask_opening)
        .add(__path_ask_sharing, ask_sharing)
        .add(__path_ask_lifting, ask_lifting)
        .add(__path_release_opening, release_opening)
}

/// A key that a custodian made on the own device.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustodianKeyBody {
    /// The public key, of the algorithm that `GET /api/custody` names: X25519 (RFC 7748) in 64 hexadecimal digits, SM2 (GB/T 32918) as a
    /// point in 130 (04, x, y).
    key: String,
    /// The private key under the person's passphrase: JSON that only the person's device opens; 2,000 characters at most.
    sealed_key: String,
}

/// What is to be opened, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningBody {
    /// The secret.
    secret: String,
    /// Why; 500 characters at most.
    purpose: String,
    /// For how long from now, 10 to 1440.
    minutes: i64,
}

/// Why keys are to be shared anew, or locks lifted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingBody {
    /// Why; 500 characters at most.
    purpose: String,
    /// For how long custodians may release it, 10 to 1440.
    minutes: i64,
}

/// Shares for one opening, sealed to its key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseBody {
    /// The custodian's record.
    #[schema(value_type = String)]
    holder: Id,
    /// One sealed share for each lock, in the order of the binding, base64.
    shares: Vec<String>,
}

/// The caller's keys, and openings that the caller may release or has asked for.
#[utoipa::path(get, path = "/api/custody", responses((status = 200, body = CustodyView)))]
async fn custody(auth: Auth) -> Answer<Json<CustodyView>> {
    Ok(Json(auth.live.custody_view(&auth.caller)?))
}

/// Takes the key that a custodian made on the own device, until it is confirmed.
#[utoipa::path(put, path = "/api/custody/{id}/key", params(("id" = Id, Path,)), request_body = CustodianKeyBody, responses((status = 204)))]
async fn set_custodian_key(auth: Auth, Path(id): Path<String>, Body(body): Body<CustodianKeyBody>) -> Answer<StatusCode> {
    auth.live.set_custodian_key(&auth.caller, wire::id(&id)?, &body.key, &body.sealed_key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for the files of a core secret to be opened.
#[utoipa::path(post, path = "/api/custody/openings", request_body = OpeningBody, responses((status = 200, body = Asked)))]
async fn ask_opening(auth: Auth, Body(body): Body<OpeningBody>) -> Answer<Json<Asked>> {
    let secret = wire::id(&body.secret)?;
    Ok(Json(auth.live.ask_opening(&auth.caller, secret, &body.purpose, body.minutes).await?))
}

/// Asks for the keys of core secrets to be shared anew among the custodians in office.
#[utoipa::path(post, path = "/api/custody/sharing", request_body = SharingBody, responses((status = 200, body = Asked)))]
async fn ask_sharing(auth: Auth, Body(body): Body<SharingBody>) -> Answer<Json<Asked>> {
    Ok(Json(auth.live.ask_sharing(&auth.caller, &body.purpose, body.minutes).await?))
}

/// Asks for the locks to be lifted of secrets that are core no more.
#[utoipa::path(post, path = "/api/custody/lifting", request_body = SharingBody, responses((status = 200, body = Asked)))]
async fn ask_lifting(auth: Auth, Body(body): Body<SharingBody>) -> Answer<Json<Asked>> {
    Ok(Json(auth.live.ask_lifting(&auth.caller, &body.purpose, body.minutes).await?))
}

/// Hands a custodian's shares over for one opening.
#[utoipa::path(
    post, path = "/api/custody/openings/{id}/release", params(("id" = Id, Path,)), request_body = ReleaseBody,
    responses((status = 200, body = Released))
)]
async fn release_opening(auth: Auth, Path(id): Path<String>, Body(body): Body<ReleaseBody>) -> Answer<Json<Released>> {
    let malformed = |_| Problem::invalid("vault.share_malformed").at("shares");
    let shares = body.shares.iter().map(|s| STANDARD.decode(s).map_err(malformed)).collect::<Result<_, _>>()?;
    Ok(Json(auth.live.release(&auth.caller, wire::id(&id)?, &Release { holder: body.holder, shares }).await?))
}

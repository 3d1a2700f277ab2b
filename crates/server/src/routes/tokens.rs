//! Tokens for programs: scoped, ending, shown once; sent along, or kept by the program to sign its requests with. A token acts
//! as its owner, never more.

use axum::{Json, http::StatusCode, response::Response};
use jingui_model::{Id, Instant};
use jingui_vault::signing::Scheme;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Auth,
    docs::Routes,
    edge,
    error::Answer,
    extract::{At, Body},
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(__path_list_tokens, list_tokens).add(__path_create_token, create_token).add(__path_revoke_token, revoke_token)
}

/// A token of one's own, without the token.
#[derive(Serialize, ToSchema)]
pub struct TokenBody {
    /// For revoking it.
    id: Id,
    /// Its name.
    name: String,
    /// Its scopes.
    scopes: Vec<String>,
    /// Made at.
    created: Instant,
    /// Good until the end of this day.
    expires: Option<String>,
    /// `active`, `revoked` or `expired`.
    state: String,
    /// How it signs requests, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing: Option<String>,
}

/// The own tokens.
#[derive(Serialize, ToSchema)]
pub struct TokenList {
    /// The tokens.
    items: Vec<TokenBody>,
}

/// The own tokens.
#[utoipa::path(get, path = "/api/tokens", responses((status = 200, body = TokenList)))]
async fn list_tokens(auth: Auth) -> Answer<Json<TokenList>> {
    // Whoever finds a token must not learn which others there are.
    auth.person_only()?;
    let found = auth.live.own_tokens(&auth.caller)?;
    let items = found.into_iter().map(|t| TokenBody {
        id: t.id,
        name: t.name,
        scopes: t.scopes,
        created: t.created,
        expires: t.expires,
        state: t.state,
        signing: t.signing,
    });
    Ok(Json(TokenList { items: items.collect() }))
}

/// How a program signs its requests (docs/api-signing.md).
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Signing {
    /// HMAC-SHA256.
    HmacSha256,
    /// HMAC-SM3.
    HmacSm3,
}

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Its name.
    name: String,
    /// `verb:kind` or `verb:group` with the verbs `read`, `write`, `export`, `import`, `audit`, `backup`; `*` for anything.
    scopes: Vec<String>,
    /// Days that it is good for.
    #[schema(minimum = 1, maximum = 366)]
    expires_days: i64,
    /// Its requests are signed; then what is shown is a key, which is never sent.
    #[serde(default)]
    signing: Option<Signing>,
}

/// A token, shown once.
#[derive(Serialize, ToSchema)]
pub struct TokenMade {
    /// For revoking it.
    id: Id,
    /// Send it as `Authorization: Bearer …`. Of a token that signs: the key, 32 bytes in hexadecimal, to sign requests with
    /// (`Authorization: Jingui-HMAC-SHA256 id=…, ts=…, nonce=…, sig=…`).
    token: String,
}

/// Makes a token.
#[utoipa::path(post, path = "/api/tokens", request_body = NewToken, responses((status = 201, body = TokenMade)))]
async fn create_token(auth: Auth, Body(body): Body<NewToken>) -> Answer<(StatusCode, Json<TokenMade>)> {
    let signing = body.signing.map(|s| match s {
        Signing::HmacSha256 => Scheme::Sha256,
        Signing::HmacSm3 => Scheme::Sm3,
    });
    let (record, token) = auth.live.create_token(&auth.caller, &body.name, &body.scopes, body.expires_days, signing).await?;
    Ok((StatusCode::CREATED, Json(TokenMade { id: record.id, token })))
}

/// Revokes a token.
#[utoipa::path(delete, path = "/api/tokens/{id}", params(("id" = Id, Path)), responses((status = 204, description = "Revoked")))]
async fn revoke_token(auth: Auth, At(id): At<String>) -> Answer<Response> {
    auth.person_only()?;
    auth.live.revoke_token(&auth.caller, wire::id(&id)?).await?;
    Ok(edge::nothing())
}

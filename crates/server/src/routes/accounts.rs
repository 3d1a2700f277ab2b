//! Accounts: made for a person, reset, given roles, switched off and on. They are listed as records of the kind `account`.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use jingui_app::{identity::account::NewAccount, records};
use jingui_kinds::Record;
use jingui_model::{Id, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::me::SessionList;
use crate::{
    auth::Auth,
    docs::Routes,
    edge,
    error::Answer,
    extract::{At, Body},
    state::App,
    wire::{self, RecordBody},
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("accounts", "Who may sign in, and programs' tokens.")
        .add(__path_create_account, create_account)
        .add(__path_reset_account, reset_account)
        .add(__path_set_account_roles, set_account_roles)
        .add(__path_disable_account, disable_account)
        .add(__path_enable_account, enable_account)
        .add(__path_account_sessions, account_sessions)
        .add(__path_end_account_session, end_account_session)
        .add(__path_end_account_sessions, end_account_sessions)
}

/// An account to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountBody {
    /// The person.
    #[schema(value_type = Id)]
    person: String,
    /// Sign-in name.
    login: String,
    /// Codes of roles.
    #[serde(default)]
    roles: Vec<String>,
}

/// An account and its first password, shown once.
#[derive(Serialize, ToSchema)]
pub struct AccountMade {
    /// The account.
    record: RecordBody,
    /// Has to be changed at first sign-in.
    initial_password: String,
}

fn shown(auth: &Auth, record: Record) -> Answer<RecordBody> {
    let kind = std::sync::Arc::clone(auth.live.world.read().kind(&record.kind)?);
    Ok(records::public(&kind, record).into())
}

fn made(auth: &Auth, new: NewAccount) -> Answer<AccountMade> {
    Ok(AccountMade { record: shown(auth, new.record)?, initial_password: new.password })
}

/// Makes an account for a person.
#[utoipa::path(post, path = "/api/accounts", request_body = AccountBody, responses((status = 201, body = AccountMade)))]
async fn create_account(auth: Auth, State(app): State<App>, Body(body): Body<AccountBody>) -> Answer<(StatusCode, Json<AccountMade>)> {
    let person: Id = body.person.parse().map_err(|p: Problem| p.at("person"))?;
    let _place = app.digests.acquire().await;
    let new = auth.live.create_account(&auth.caller, person, &body.login, &body.roles).await?;
    Ok((StatusCode::CREATED, Json(made(&auth, new)?)))
}

/// Gives an account a new first password and ends its sessions.
#[utoipa::path(post, path = "/api/accounts/{id}/reset", params(("id" = Id, Path)), responses((status = 200, body = AccountMade)))]
async fn reset_account(auth: Auth, State(app): State<App>, At(id): At<String>) -> Answer<Json<AccountMade>> {
    let _place = app.digests.acquire().await;
    let new = auth.live.reset_account(&auth.caller, wire::id(&id)?).await?;
    Ok(Json(made(&auth, new)?))
}

/// Roles.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesBody {
    /// Codes of roles.
    roles: Vec<String>,
}

/// Sets an account's roles.
#[utoipa::path(post, path = "/api/accounts/{id}/roles", params(("id" = Id, Path)), request_body = RolesBody, responses((status = 200, body = RecordBody)))]
async fn set_account_roles(auth: Auth, At(id): At<String>, Body(body): Body<RolesBody>) -> Answer<Json<RecordBody>> {
    let record = auth.live.set_roles(&auth.caller, wire::id(&id)?, &body.roles).await?;
    Ok(Json(shown(&auth, record)?))
}

/// Switches an account off and ends its sessions.
#[utoipa::path(post, path = "/api/accounts/{id}/disable", params(("id" = Id, Path)), responses((status = 200, body = RecordBody)))]
async fn disable_account(auth: Auth, At(id): At<String>) -> Answer<Json<RecordBody>> {
    let record = auth.live.switch_account(&auth.caller, wire::id(&id)?, false).await?;
    Ok(Json(shown(&auth, record)?))
}

/// Switches an account on again.
#[utoipa::path(post, path = "/api/accounts/{id}/enable", params(("id" = Id, Path)), responses((status = 200, body = RecordBody)))]
async fn enable_account(auth: Auth, At(id): At<String>) -> Answer<Json<RecordBody>> {
    let record = auth.live.switch_account(&auth.caller, wire::id(&id)?, true).await?;
    Ok(Json(shown(&auth, record)?))
}

/// The sessions of an account; for whoever secures accounts.
#[utoipa::path(get, path = "/api/accounts/{id}/sessions", params(("id" = Id, Path)), responses((status = 200, body = SessionList)))]
async fn account_sessions(auth: Auth, At(id): At<String>) -> Answer<Json<SessionList>> {
    auth.person_only()?;
    Ok(Json(auth.live.sessions_of(&auth.caller, wire::id(&id)?).await?.into()))
}

/// Ends one session of an account.
#[utoipa::path(delete, path = "/api/accounts/{id}/sessions/{session}", params(("id" = Id, Path), ("session" = Id, Path)), responses((status = 204, description = "Ended")))]
async fn end_account_session(auth: Auth, At((id, session)): At<(String, String)>) -> Answer<Response> {
    auth.person_only()?;
    let session = wire::id(&session).map_err(|_| Problem::missing("session.missing"))?;
    auth.live.end_sessions_of(&auth.caller, wire::id(&id)?, Some(session)).await?;
    Ok(edge::nothing())
}

/// Ends all sessions of an account.
#[utoipa::path(delete, path = "/api/accounts/{id}/sessions", params(("id" = Id, Path)), responses((status = 204, description = "Ended")))]
async fn end_account_sessions(auth: Auth, At(id): At<String>) -> Answer<Response> {
    auth.person_only()?;
    auth.live.end_sessions_of(&auth.caller, wire::id(&id)?, None).await?;
    Ok(edge::nothing())
}

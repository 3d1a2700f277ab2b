//! The keys: hierarchy and life cycle, ways to unlock, rehearsal of recovery (H 9.1.2.3, 9.6.2).

use axum::{Json, extract::State, response::Response};
use jingui_app::keys::{
    Because, EpochAct, KeysView, Label,
    ways::{HandedOver, NewWay},
};
use jingui_model::{Id, Problem, Protection};
use jingui_vault::Method;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::node::SuiteName;
use crate::{auth::Auth, docs::Routes, edge, error::Answer, extract::Body, state::App};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("keys", "The keys: hierarchy, life cycle, ways to unlock.")
        .add(__path_get_keys, get_keys)
        .add(__path_act_on_epoch, act_on_epoch)
        .add(__path_choose_suite, choose_suite)
        .add(__path_label_key, label_key)
        .add(__path_add_way, add_way)
        .add(__path_remove_way, remove_way)
        .add(__path_new_recovery, new_recovery)
        .add(__path_renew_root, renew_root)
        .add(__path_rehearse_way, rehearse_way)
}

/// The keys, for those who keep them and those who audit.
#[utoipa::path(get, path = "/api/keys", responses((status = 200, body = KeysView)))]
async fn get_keys(auth: Auth) -> Answer<Json<KeysView>> {
    Ok(Json(auth.live.keys(&auth.caller).await?))
}

/// The own password once more, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BecauseBody {
    /// The own password, once more.
    #[schema(format = Password)]
    password: String,
    /// Why; it stands in the ledger.
    reason: String,
}

impl BecauseBody {
    fn of<'a>(&'a self, auth: &'a Auth) -> Because<'a> {
        Because { caller: &auth.caller, password: &self.password, reason: &self.reason }
    }
}

/// What is to be done with the key of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EpochVerb {
    /// A new epoch; all keys are wrapped anew under it in the background.
    Rotate,
    /// Lock an epoch apart.
    Disable,
    /// Open it again.
    Enable,
    /// End it for ever.
    Destroy,
}

/// An act on the key of a protection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EpochBody {
    /// What.
    act: EpochVerb,
    /// Of which protection.
    protection: Protection,
    /// Which epoch; not for a rotation.
    #[serde(default)]
    epoch: Option<u32>,
    /// After a rotation: end the old epochs once nothing hangs on them.
    #[serde(default)]
    destroy: bool,
    /// The own password and why.
    because: BecauseBody,
}

/// Acts on the key of a protection: rotate, disable, enable, destroy.
#[utoipa::path(post, path = "/api/keys/epochs", request_body = EpochBody, responses((status = 200, body = KeysView)))]
async fn act_on_epoch(auth: Auth, State(app): State<App>, Body(body): Body<EpochBody>) -> Answer<Json<KeysView>> {
    let epoch = || body.epoch.ok_or_else(|| Problem::invalid("field.required").at("epoch"));
    let act = match body.act {
        EpochVerb::Rotate => EpochAct::Rotate { destroy: body.destroy },
        EpochVerb::Disable => EpochAct::Disable(epoch()?),
        EpochVerb::Enable => EpochAct::Enable(epoch()?),
        EpochVerb::Destroy => EpochAct::Destroy(epoch()?),
    };
    let _place = app.digests.acquire().await;
    auth.live.act_on_epoch(&body.because.of(&auth), body.protection, act).await?;
    Ok(Json(auth.live.keys(&auth.caller).await?))
}

/// Another suite for what is new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteBody {
    /// Which.
    suite: SuiteName,
    /// The own password and why.
    because: BecauseBody,
}

/// Seals what is new with another suite from now on.
#[utoipa::path(post, path = "/api/keys/suite", request_body = SuiteBody, responses((status = 200, body = KeysView)))]
async fn choose_suite(auth: Auth, State(app): State<App>, Body(body): Body<SuiteBody>) -> Answer<Json<KeysView>> {
    let _place = app.digests.acquire().await;
    auth.live.choose_suite(&body.because.of(&auth), body.suite.number()).await?;
    Ok(Json(auth.live.keys(&auth.caller).await?))
}

/// A name for a key or a way to unlock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelBody {
    /// `root`, `tenant`, `epoch:2.1`, `way:` with its id.
    subject: String,
    /// The name; empty takes it away.
    label: Label,
}

/// Names a key or a way to unlock.
#[utoipa::path(put, path = "/api/keys/labels", request_body = LabelBody, responses((status = 204, description = "Named")))]
async fn label_key(auth: Auth, Body(body): Body<LabelBody>) -> Answer<Response> {
    auth.live.label_key(&auth.caller, &body.subject, body.label).await?;
    Ok(edge::nothing())
}

/// A sort of way to unlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayMethod {
    /// A passphrase.
    Passphrase,
    /// The text of a key file.
    KeyFile,
    /// The code on the recovery sheet.
    Recovery,
    /// Sheets of custodians, one to a line.
    Shares,
    /// The device of the server's configuration, by its PIN.
    Token,
}

impl From<WayMethod> for Method {
    fn from(method: WayMethod) -> Self {
        match method {
            WayMethod::Passphrase => Self::Passphrase,
            WayMethod::KeyFile => Self::KeyFile,
            WayMethod::Recovery => Self::Recovery,
            WayMethod::Shares => Self::Shares,
            WayMethod::Token => Self::Token,
        }
    }
}

/// A new way to unlock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWayBody {
    /// Which sort.
    method: WayMethod,
    /// The passphrase, or the PIN of the device; key files, recovery codes and sheets are made.
    #[serde(default)]
    #[schema(format = Password)]
    value: Option<String>,
    /// Of sheets: how many are needed, 2 at least.
    #[serde(default)]
    need: Option<u8>,
    /// Of sheets: how many there are, 16 at most.
    #[serde(default)]
    of: Option<u8>,
}

impl NewWayBody {
    fn way(self) -> Answer<NewWay> {
        let value = self.value.ok_or_else(|| Problem::invalid("field.required").at("value"));
        Ok(match self.method {
            WayMethod::Passphrase => NewWay::Passphrase(value?),
            WayMethod::Token => NewWay::Token(value?),
            WayMethod::KeyFile => NewWay::KeyFile,
            WayMethod::Recovery => NewWay::Recovery,
            WayMethod::Shares => NewWay::Shares {
                need: self.need.ok_or_else(|| Problem::invalid("field.required").at("need"))?,
                of: self.of.ok_or_else(|| Problem::invalid("field.required").at("of"))?,
            },
        })
    }
}

/// A new way to unlock, with a name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddWayBody {
    /// The way.
    way: NewWayBody,
    /// Its name.
    #[serde(default)]
    label: Label,
    /// The own password and why.
    because: BecauseBody,
}

/// Adds a way to unlock. What is made is handed over once.
#[utoipa::path(post, path = "/api/keys/ways", request_body = AddWayBody, responses((status = 201, body = HandedOver)))]
async fn add_way(auth: Auth, State(app): State<App>, Body(body): Body<AddWayBody>) -> Answer<(axum::http::StatusCode, Json<HandedOver>)> {
    let AddWayBody { way, label, because } = body;
    let _place = app.digests.acquire().await;
    let handed = auth.live.add_way(&because.of(&auth), way.way()?, label).await?;
    Ok((axum::http::StatusCode::CREATED, Json(handed)))
}

/// A way to take away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveWayBody {
    /// Which.
    way: Id,
    /// The own password and why.
    because: BecauseBody,
}

/// Takes a way to unlock away; two are left at least.
#[utoipa::path(post, path = "/api/keys/ways/remove", request_body = RemoveWayBody, responses((status = 204, description = "Taken away")))]
async fn remove_way(auth: Auth, State(app): State<App>, Body(body): Body<RemoveWayBody>) -> Answer<Response> {
    let _place = app.digests.acquire().await;
    auth.live.remove_way(&body.because.of(&auth), body.way).await?;
    Ok(edge::nothing())
}

/// A recovery code, shown once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryMade {
    /// For the recovery sheet.
    recovery_code: String,
}

/// Makes a new recovery code; older sheets open nothing any more.
#[utoipa::path(post, path = "/api/keys/recovery", request_body = BecauseBody, responses((status = 200, body = RecoveryMade)))]
async fn new_recovery(auth: Auth, State(app): State<App>, Body(body): Body<BecauseBody>) -> Answer<Json<RecoveryMade>> {
    let _place = app.digests.acquire().await;
    Ok(Json(RecoveryMade { recovery_code: auth.live.new_recovery(&body.of(&auth)).await? }))
}

/// A new root key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RootBody {
    /// The ways to unlock that it will have, two at least.
    #[schema(max_items = 16)]
    ways: Vec<NewWayBody>,
    /// The own password and why.
    because: BecauseBody,
}

/// Makes a new root key under these ways alone.
#[utoipa::path(post, path = "/api/keys/root", request_body = RootBody, responses((status = 200, body = Vec<HandedOver>)))]
async fn renew_root(auth: Auth, State(app): State<App>, Body(body): Body<RootBody>) -> Answer<Json<Vec<HandedOver>>> {
    let RootBody { ways, because } = body;
    if ways.len() > jingui_vault::keyring::MAX_WRAPS {
        return Err(Problem::conflict("vault.wraps_full").arg("max", jingui_vault::keyring::MAX_WRAPS).into());
    }
    let ways = ways.into_iter().map(NewWayBody::way).collect::<Answer<Vec<_>>>()?;
    let _place = app.digests.acquire().await;
    Ok(Json(auth.live.renew_root(&because.of(&auth), ways).await?))
}

/// A secret to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RehearseBody {
    /// Which sort.
    method: WayMethod,
    /// The passphrase, the text of the key file, the recovery code, the sheets, the PIN of the device.
    #[schema(format = Password)]
    value: String,
}

/// The way that it opens.
#[derive(Serialize, ToSchema)]
pub struct Rehearsed {
    /// Its id.
    way: Id,
}

/// Tries a secret on the root key without unlocking anything: a rehearsal of recovery.
#[utoipa::path(post, path = "/api/keys/rehearse", request_body = RehearseBody, responses((status = 200, body = Rehearsed)))]
async fn rehearse_way(auth: Auth, State(app): State<App>, Body(body): Body<RehearseBody>) -> Answer<Json<Rehearsed>> {
    let _place = app.digests.acquire().await;
    Ok(Json(Rehearsed { way: auth.live.rehearse(&auth.caller, body.method.into(), &body.value).await? }))
}

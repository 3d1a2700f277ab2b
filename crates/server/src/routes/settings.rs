//! Settings of the company, and the keyring.

use axum::{Json, extract::State};
use jingui_app::settings::{NoticeChange, NoticeSettings, SettingsChange, SettingsView};
use jingui_model::{GradeScheme, Id, Instant, Protection};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::node::SchemeChoice;
use crate::{auth::Auth, docs::Routes, error::Answer, extract::Body, state::App};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("settings", "Settings of the company, and the keyring.")
        .add(__path_get_settings, get_settings)
        .add(__path_put_settings, put_settings)
        .add(__path_get_keys, get_keys)
        .add(__path_new_recovery, new_recovery)
}

/// The settings.
#[derive(Serialize, ToSchema)]
pub struct SettingsBody {
    /// The company's name.
    company: String,
    /// Zone in minutes from UTC.
    zone_minutes: i64,
    /// The grade scheme.
    scheme: GradeScheme,
    /// Last year's revenue in cents.
    revenue_cents: Option<i64>,
    /// Sign out after idle minutes.
    session_minutes: i64,
    /// One-time codes are required.
    totp_required: bool,
    /// Number of staff.
    headcount: Option<i64>,
    /// How people hear of work unless they chose something else.
    notices: NoticeSettings,
}

impl From<SettingsView> for SettingsBody {
    fn from(v: SettingsView) -> Self {
        Self {
            company: v.company,
            zone_minutes: v.zone_minutes,
            scheme: v.scheme,
            revenue_cents: v.revenue_cents,
            session_minutes: v.session_minutes,
            totp_required: v.totp_required,
            headcount: v.headcount,
            notices: v.notices,
        }
    }
}

/// Settings to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsPut {
    /// The company's name.
    #[serde(default)]
    company: Option<String>,
    /// Zone in minutes from UTC.
    #[serde(default)]
    #[schema(minimum = -720, maximum = 840)]
    zone_minutes: Option<i64>,
    /// The grade scheme; stands once anything is graded.
    #[serde(default)]
    scheme: Option<SchemeChoice>,
    /// Last year's revenue in cents; null removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    revenue_cents: Option<Option<i64>>,
    /// Sign out after idle minutes.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 720)]
    session_minutes: Option<i64>,
    /// One-time codes are required.
    #[serde(default)]
    totp_required: Option<bool>,
    /// Number of staff; null removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    headcount: Option<Option<i64>>,
    /// How people hear of work.
    #[serde(default)]
    notices: NoticeChange,
}

/// Tells null from absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The settings.
#[utoipa::path(get, path = "/api/settings", responses((status = 200, body = SettingsBody)))]
async fn get_settings(auth: Auth) -> Answer<Json<SettingsBody>> {
    Ok(Json(auth.live.settings(&auth.caller)?.into()))
}

/// Changes the settings.
#[utoipa::path(put, path = "/api/settings", request_body = SettingsPut, responses((status = 200, body = SettingsBody)))]
async fn put_settings(auth: Auth, Body(body): Body<SettingsPut>) -> Answer<Json<SettingsBody>> {
    let change = SettingsChange {
        company: body.company,
        zone_minutes: body.zone_minutes,
        scheme: body.scheme.map(|s| s.text()).transpose()?,
        revenue_cents: body.revenue_cents,
        session_minutes: body.session_minutes,
        totp_required: body.totp_required,
        headcount: body.headcount,
        notices: body.notices,
    };
    Ok(Json(auth.live.change_settings(&auth.caller, &change).await?.into()))
}

/// The keyring without any key.
#[derive(Serialize, ToSchema)]
pub struct KeysBody {
    /// The vault's id.
    id: Id,
    /// Made at.
    created: Instant,
    /// Ways to unlock.
    wraps: Vec<WrapBody>,
    /// Epochs of keys.
    epochs: Vec<EpochBody>,
}

/// A way to unlock.
#[derive(Serialize, ToSchema)]
pub struct WrapBody {
    /// Its id.
    id: Id,
    /// `passphrase`, `key_file` or `recovery`.
    method: String,
}

/// The key of one protection during one epoch.
#[derive(Serialize, ToSchema)]
pub struct EpochBody {
    /// Counts from 1.
    id: u32,
    /// What it protects.
    protection: Protection,
    /// `active` or `retired`.
    state: String,
}

/// The keyring, for the security administrator.
#[utoipa::path(get, path = "/api/keys", responses((status = 200, body = KeysBody)))]
async fn get_keys(auth: Auth, State(app): State<App>) -> Answer<Json<KeysBody>> {
    let found = app.node.keys(&auth.live, &auth.caller).await?;
    Ok(Json(KeysBody {
        id: found.id,
        created: found.created,
        wraps: found.wraps.into_iter().map(|(id, method)| WrapBody { id, method }).collect(),
        epochs: found.epochs.into_iter().map(|(protection, id, state)| EpochBody { id, protection, state }).collect(),
    }))
}

/// A recovery code, shown once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryMade {
    /// For the recovery sheet.
    recovery_code: String,
}

/// Makes a new recovery code; older sheets open nothing any more.
#[utoipa::path(post, path = "/api/keys/recovery", responses((status = 200, body = RecoveryMade)))]
async fn new_recovery(auth: Auth, State(app): State<App>) -> Answer<Json<RecoveryMade>> {
    let _place = app.digests.acquire().await;
    Ok(Json(RecoveryMade { recovery_code: app.node.new_recovery(&auth.live, &auth.caller).await? }))
}

//! Settings of the company.

use axum::Json;
use jingui_app::{
    reading::{ReadingChange, ReadingSettings},
    settings::{NoticeChange, NoticeSettings, SettingsChange, SettingsView},
};
use jingui_model::GradeScheme;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::node::SchemeChoice;
use crate::{auth::Auth, docs::Routes, error::Answer, extract::Body};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.tag("settings", "Settings of the company.").add(__path_get_settings, get_settings).add(__path_put_settings, put_settings)
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
    /// A second factor is required.
    totp_required: bool,
    /// Number of staff.
    headcount: Option<i64>,
    /// Length of the windows in which failures of programs are counted, in minutes.
    alarm_minutes: i64,
    /// Failures in one that are an alarm.
    alarm_failures: i64,
    /// Their share of the requests that is one, in per cent, from twenty requests on.
    alarm_percent: i64,
    /// How people hear of work unless they chose something else.
    notices: NoticeSettings,
    /// What has to hold when a file is read.
    reading: ReadingSettings,
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
            alarm_minutes: v.alarms.alarm_minutes,
            alarm_failures: v.alarms.alarm_failures,
            alarm_percent: v.alarms.alarm_percent,
            notices: v.notices,
            reading: v.reading,
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
    /// A second factor is required.
    #[serde(default)]
    totp_required: Option<bool>,
    /// Number of staff; null removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    headcount: Option<Option<i64>>,
    /// Length of the windows in which failures of programs are counted, in minutes.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1440)]
    alarm_minutes: Option<i64>,
    /// Failures in one that are an alarm.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    alarm_failures: Option<i64>,
    /// Their share of the requests that is one, in per cent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    alarm_percent: Option<i64>,
    /// How people hear of work.
    #[serde(default)]
    notices: NoticeChange,
    /// What has to hold when a file is read; the security administrator's.
    #[serde(default)]
    reading: ReadingChange,
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
        alarm_minutes: body.alarm_minutes,
        alarm_failures: body.alarm_failures,
        alarm_percent: body.alarm_percent,
        notices: body.notices,
        reading: body.reading,
    };
    Ok(Json(auth.live.change_settings(&auth.caller, &change).await?.into()))
}

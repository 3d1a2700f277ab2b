//! Life of the node: status, set-up, unsealing, sealing.

use axum::{Json, extract::State, response::Response};
use jingui_app::{
    node::Phase,
    setup::{FirstPerson, SetupRequest},
};
use jingui_model::{GradeScheme, Problem, Text};
use jingui_vault::{Method, Unlock, suite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::keys::WayMethod;
use crate::{
    auth::{self, Auth},
    docs::Routes,
    edge,
    error::Answer,
    extract::Body,
    state::App,
};

/// Places of the throttle: there is one set-up code and one lock, so whoever tries, everyone waits.
const SETUP: [u8; 32] = [0; 32];
const UNSEAL: [u8; 32] = [1; 32];

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("node", "Life of the node: set-up, sealed, loading, ready.")
        .open(__path_get_status, get_status)
        .open(__path_get_setup_options, get_setup_options)
        .open(__path_set_up, set_up)
        .open(__path_unseal, unseal)
        .add(__path_seal, seal)
}

/// How the node stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Status {
    /// `setup`, `sealed`, `loading` or `ready`.
    pub phase: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// Ways to unseal that the company has set up and this node can use.
    pub methods: Vec<String>,
    /// The node unseals itself from a key file.
    pub key_file_mode: bool,
    /// Records loaded so far, while loading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded: Option<u64>,
    /// Records to load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// After a sheet of a custodian: how many are still missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheets_missing: Option<usize>,
    /// The company's name, once ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The warning at sign-in.
    pub notice: Text,
}

async fn status_of(app: &App) -> Answer<Status> {
    let node = &app.node;
    let mut methods: Vec<String> = vec![];
    if let Some(ring) = node.keyring().await? {
        // What cannot be used here is not offered.
        let usable = ring.wraps().iter().map(|w| w.method).filter(|m| *m != Method::Token || node.config.device.is_some());
        methods.extend(usable.map(|m| crate::wire::name_of(&m)));
        methods.sort();
        methods.dedup();
    }
    let progress = node.progress();
    let phase = node.phase();
    let company = match &phase {
        Phase::Ready(live) => Some(live.company()),
        _ => None,
    };
    Ok(Status {
        phase: phase.name(),
        version: env!("CARGO_PKG_VERSION"),
        methods,
        key_file_mode: node.config.key_file.is_some(),
        loaded: progress.map(|p| p.0),
        total: progress.map(|p| p.1),
        sheets_missing: None,
        company,
        notice: node.messages.text("status.notice").cloned().unwrap_or_default(),
    })
}

/// How the node stands.
#[utoipa::path(get, path = "/api/status", responses((status = 200, body = Status)))]
async fn get_status(State(app): State<App>) -> Answer<Json<Status>> {
    status_of(&app).await.map(Json)
}

/// What set-up offers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SetupOptions {
    /// Grade schemes.
    pub schemes: Vec<GradeScheme>,
    /// Sample companies.
    pub samples: Vec<String>,
    /// Does this node have a device that keeps keys?
    pub device: bool,
}

/// What set-up offers.
#[utoipa::path(get, path = "/api/setup/options", responses((status = 200, body = SetupOptions)))]
async fn get_setup_options(State(app): State<App>) -> Answer<Json<SetupOptions>> {
    in_setup(&app)?;
    let (schemes, samples) = app.node.setup_options();
    Ok(Json(SetupOptions { schemes, samples, device: app.node.config.device.is_some() }))
}

fn in_setup(app: &App) -> Answer<()> {
    if matches!(app.node.phase(), Phase::Setup) { Ok(()) } else { Err(Problem::conflict("node.not_setup").into()) }
}

/// A person who gets an account at set-up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupPerson {
    /// Name.
    name: String,
    /// Sign-in name.
    login: String,
    /// Password.
    #[schema(format = Password)]
    password: String,
}

impl From<SetupPerson> for FirstPerson {
    fn from(p: SetupPerson) -> Self {
        Self { name: p.name, login: p.login, password: p.password }
    }
}

/// The company.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupCompany {
    /// Its name.
    name: String,
    /// Zone in minutes from UTC; China is 480.
    #[schema(minimum = -720, maximum = 840)]
    zone_minutes: i16,
}

/// A shipped scheme by its code, or a scheme.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SchemeChoice {
    /// Code of a shipped scheme.
    Code(String),
    /// The company's own.
    Own(GradeScheme),
}

impl SchemeChoice {
    /// As `settings` wants it: a code, or JSON.
    pub(super) fn text(&self) -> Answer<String> {
        match self {
            Self::Code(code) => Ok(code.clone()),
            Self::Own(scheme) => serde_json::to_string(scheme).map_err(|e| Problem::internal("request.failed").detail(e).into()),
        }
    }
}

/// What unlocks the root key, besides the recovery sheet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRoot {
    /// A passphrase.
    #[serde(default)]
    #[schema(format = Password)]
    passphrase: Option<String>,
    /// Make a key file?
    #[serde(default)]
    key_file: bool,
    /// PIN of the device that the server is configured with.
    #[serde(default)]
    #[schema(format = Password)]
    pin: Option<String>,
    /// What everything is sealed with.
    #[serde(default)]
    suite: SuiteName,
}

/// A cipher suite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SuiteName {
    /// AES-256-GCM, SHA-256, Ed25519.
    #[default]
    Aes256Gcm,
    /// SM4-GCM, SM3, SM2.
    Sm4Gcm,
}

impl SuiteName {
    /// Its number.
    pub(super) const fn number(self) -> u16 {
        match self {
            Self::Aes256Gcm => suite::AES_SHA256,
            Self::Sm4Gcm => suite::SM4_SM3,
        }
    }
}

/// What the wizard asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    /// The code that was printed in the terminal.
    setup_code: String,
    /// The company.
    company: SetupCompany,
    /// The grade scheme.
    scheme: SchemeChoice,
    /// System administrator.
    system: SetupPerson,
    /// Security administrator.
    security: SetupPerson,
    /// Auditor.
    auditor: SetupPerson,
    /// Confidentiality officer.
    office: SetupPerson,
    /// The root key.
    root: SetupRoot,
    /// A sample company to fill in.
    #[serde(default)]
    sample: Option<String>,
}

/// What set-up hands over, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupResult {
    /// For the recovery sheet.
    pub recovery_code: String,
    /// Text of the key file, to be saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// The sign-ins that were made.
    pub sign_ins: Vec<SignInBody>,
}

/// A sign-in that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInBody {
    /// Name.
    pub name: String,
    /// Sign-in name.
    pub login: String,
    /// First password; of the sample company's people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Roles.
    pub roles: Vec<String>,
}

/// Sets the company up.
#[utoipa::path(post, path = "/api/setup", request_body = SetupBody, responses((status = 201, body = SetupResult)))]
async fn set_up(
    State(app): State<App>,
    headers: axum::http::HeaderMap,
    Body(body): Body<SetupBody>,
) -> Answer<(axum::http::StatusCode, Json<SetupResult>)> {
    in_setup(&app)?;
    auth::same_site(&headers)?;
    let now = app.node.clock.now();
    app.setup_throttle.check(SETUP, now)?;
    if !app.node.is_setup_code(&body.setup_code) {
        app.setup_throttle.failed(SETUP, now);
        return Err(Problem::denied("setup.code").at("setup_code").into());
    }
    let request = SetupRequest {
        company: body.company.name,
        zone_minutes: body.company.zone_minutes,
        scheme: body.scheme.text()?,
        system: body.system.into(),
        security: body.security.into(),
        auditor: body.auditor.into(),
        office: body.office.into(),
        suite: body.root.suite.number(),
        passphrase: body.root.passphrase.filter(|p| !p.is_empty()),
        key_file: body.root.key_file,
        pin: body.root.pin.filter(|p| !p.is_empty()),
        sample: body.sample.filter(|s| !s.is_empty()),
    };
    let _place = app.digests.acquire().await;
    let done = app.node.setup(&request).await?;
    let sign_ins = done.sign_ins.into_iter().map(|s| SignInBody { name: s.name, login: s.login, password: s.password, roles: s.roles });
    let result = SetupResult { recovery_code: done.recovery_code, key_file: done.key_file, sign_ins: sign_ins.collect() };
    Ok((axum::http::StatusCode::CREATED, Json(result)))
}

/// A key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnsealBody {
    /// Which way.
    method: WayMethod,
    /// The passphrase, the text of the key file, the recovery code, a sheet (each may come by itself), the PIN of the device.
    #[schema(format = Password)]
    value: String,
}

/// Unseals the node; answers when it is ready.
#[utoipa::path(post, path = "/api/unseal", request_body = UnsealBody, responses((status = 200, body = Status)))]
async fn unseal(State(app): State<App>, headers: axum::http::HeaderMap, Body(body): Body<UnsealBody>) -> Answer<Json<Status>> {
    auth::same_site(&headers)?;
    let now = app.node.clock.now();
    app.setup_throttle.check(UNSEAL, now)?;
    let _place = app.digests.acquire().await;
    let node = std::sync::Arc::clone(&app.node);
    // Loading goes on when the person who unsealed closes the browser.
    let work = tokio::spawn(async move {
        match body.method.into() {
            Method::Shares => node.unseal_by_sheets(&body.value).await,
            Method::Token => node.unseal_by_pin(&body.value).await.map(|()| 0),
            method => node.unseal(Unlock::of(method, &body.value, None)?).await.map(|()| 0),
        }
    });
    match work.await.map_err(|e| Problem::internal("node.task").detail(e))? {
        Ok(0) => app.setup_throttle.passed(UNSEAL),
        Ok(missing) => return Ok(Json(Status { sheets_missing: Some(missing), ..status_of(&app).await? })),
        Err(problem) => {
            // A wrong PIN is a guess as well; the device counts them besides.
            if problem.code() == "vault.unlock_refused" || problem.code().starts_with("pkcs11.pin_") {
                app.setup_throttle.failed(UNSEAL, now);
            }
            return Err(problem.into());
        }
    }
    status_of(&app).await.map(Json)
}

/// Seals the node: nobody is served until somebody unseals it.
#[utoipa::path(post, path = "/api/seal", responses((status = 204, description = "Sealed")))]
async fn seal(auth: Auth, State(app): State<App>) -> Answer<Response> {
    app.node.seal(&auth.live, &auth.caller).await?;
    Ok(edge::nothing())
}

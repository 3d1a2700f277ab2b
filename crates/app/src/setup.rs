//! Set-up: from an empty folder to a company with a vault, three administrators and an office.
//!
//! The root key gets at least two independent wraps: what the person chose, and a recovery sheet.
//! The four people are four persons with roles that exclude each other (H 9.5.2, 9.6.2). Everything
//! is made in one transaction; a set-up that did not get there leaves nothing that counts.

use std::sync::Arc;

use jingui_model::{Data, GradeScheme, Id, Problem, Zone};
use jingui_policy::Role;
use jingui_vault::{KeyringFile, Unlock, Vault, generate_key_file, generate_recovery_code};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    catalog,
    ledger::blocking,
    live::Live,
    node::{KEYRING, Node, Phase, Progress},
    pipeline::Command,
    sample,
    settings::{self, SETTINGS},
    world::caller::{Caller, Origin},
};

/// A person who gets an account at set-up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FirstPerson {
    /// Name.
    pub name: String,
    /// Sign-in name.
    pub login: String,
    /// Password.
    pub password: String,
}

/// What the wizard asks for.
#[derive(Debug, Clone)]
pub struct SetupRequest {
    /// The company's name.
    pub company: String,
    /// Zone in minutes from UTC.
    pub zone_minutes: i16,
    /// Code of a shipped scheme, or a scheme as JSON.
    pub scheme: String,
    /// System administrator.
    pub system: FirstPerson,
    /// Security administrator.
    pub security: FirstPerson,
    /// Auditor.
    pub auditor: FirstPerson,
    /// Confidentiality officer.
    pub office: FirstPerson,
    /// Number of the suite that everything is sealed with ([`jingui_vault::suite`]).
    pub suite: u16,
    /// Passphrase for unsealing.
    pub passphrase: Option<String>,
    /// Make a key file?
    pub key_file: bool,
    /// PIN of the configured device that keeps keys.
    pub pin: Option<String>,
    /// Name of the sample company to fill in, if any.
    pub sample: Option<String>,
}

/// A sign-in that was made.
#[derive(Debug, Clone, Serialize)]
pub struct SignIn {
    /// Name.
    pub name: String,
    /// Sign-in name.
    pub login: String,
    /// First password, for people of the sample company.
    pub password: Option<String>,
    /// Roles.
    pub roles: Vec<String>,
}

/// What set-up hands over, once.
#[derive(Debug, Clone)]
pub struct SetupDone {
    /// For the recovery sheet.
    pub recovery_code: String,
    /// Text of the key file, if one was asked for.
    pub key_file: Option<String>,
    /// The sign-ins.
    pub sign_ins: Vec<SignIn>,
}

impl Node {
    /// Sets the company up.
    ///
    /// # Errors
    /// `node.not_setup` when there is a company; `setup.logins`, `setup.root`, `vault.device_missing`, `pkcs11.*`, `settings.scheme`,
    /// `password.*`, `vault.*`, `sample.unknown`, `setup.sample_scheme`.
    pub async fn setup(self: &Arc<Self>, request: &SetupRequest) -> Result<SetupDone, Problem> {
        let _one = self.setting_up.lock().await;
        if !matches!(self.phase(), Phase::Setup) {
            return Err(Problem::conflict("node.not_setup"));
        }
        let scheme = self.check(request)?;
        let recovery_code = generate_recovery_code(&*self.rng);
        let key_file = request.key_file.then(|| generate_key_file(&*self.rng));
        let (file, vault) = self.ring_for(request, &recovery_code, key_file.as_deref()).await?;
        let settings_id = Id::new(&*self.clock, &*self.rng);
        self.store.set_meta(KEYRING, file.to_json()?.as_bytes()).await?;
        self.store.set_meta(SETTINGS, settings_id.to_string().as_bytes()).await?;
        let live = self.bring_up(vault, &Arc::new(Progress::default())).await?;
        live.world.write().set_basics(Arc::new(scheme), Zone(request.zone_minutes));
        let mut sign_ins = found(&live, request, settings_id).await?;
        if let Some(name) = &request.sample {
            sign_ins.extend(sample::fill(&live, name).await?);
        }
        self.ready(live);
        Ok(SetupDone { recovery_code, key_file, sign_ins })
    }

    /// A key ring that opens in the ways that were asked for, and by the recovery code.
    async fn ring_for(&self, request: &SetupRequest, recovery: &str, key_file: Option<&str>) -> Result<(KeyringFile, Vault), Problem> {
        let device = request.pin.as_deref().zip(self.config.device.as_ref()).map(|(pin, device)| device.with_pin(pin));
        let (passphrase, recovery, key_file) = (request.passphrase.clone(), recovery.to_owned(), key_file.map(str::to_owned));
        let (suite, rng, clock, cost) = (request.suite, Arc::clone(&self.rng), Arc::clone(&self.clock), self.config.cost);
        // A device may take its time, and so does a passphrase.
        blocking(move || {
            let mut unlocks = vec![];
            unlocks.extend(device.as_ref().map(|device| Unlock::Token(device)));
            unlocks.extend(passphrase.as_deref().map(Unlock::Passphrase));
            unlocks.extend(key_file.as_deref().map(|k| Unlock::KeyFile(k.as_bytes())));
            unlocks.push(Unlock::Recovery(&recovery));
            KeyringFile::create(suite, &*rng, &*clock, &unlocks, cost)
        })
        .await
        .map_err(|p| if p.code().starts_with("pkcs11.") { p.at("root.pin") } else { p })
    }

    fn check(&self, request: &SetupRequest) -> Result<GradeScheme, Problem> {
        let mut wrong = vec![];
        let people =
            [("system", &request.system), ("security", &request.security), ("auditor", &request.auditor), ("office", &request.office)];
        let mut logins: Vec<String> = people.iter().map(|(_, p)| p.login.trim().to_lowercase()).collect();
        logins.sort();
        logins.dedup();
        let mut names: Vec<&str> = people.iter().map(|(_, p)| p.name.trim()).collect();
        names.sort_unstable();
        names.dedup();
        if logins.len() < people.len() || names.len() < people.len() {
            wrong.push(Problem::invalid("setup.logins").at("system.login"));
        }
        for (field, person) in people {
            if let Err(p) = crate::identity::account::check_login(&person.login) {
                wrong.push(p.at(format!("{field}.login")));
            }
            if let Err(p) = jingui_vault::password::check_password(&person.password, &person.login) {
                wrong.push(p.at(format!("{field}.password")));
            }
            if person.name.trim().is_empty() {
                wrong.push(Problem::invalid("field.required").at(format!("{field}.name")));
            }
        }
        if request.company.trim().is_empty() {
            wrong.push(Problem::invalid("field.required").at("company.name"));
        }
        match &request.passphrase {
            Some(text) => {
                if let Err(p) = jingui_vault::unlock::check_passphrase(text) {
                    wrong.push(p.at("root.passphrase"));
                }
            }
            None if !request.key_file && request.pin.is_none() => wrong.push(Problem::invalid("setup.root").at("root")),
            None => {}
        }
        if request.pin.is_some() && self.config.device.is_none() {
            wrong.push(Problem::conflict("vault.device_missing").at("root.pin"));
        }
        if let Some(name) = &request.sample
            && !sample::exists(name)
        {
            wrong.push(Problem::invalid("sample.unknown").at("sample").arg("name", name));
        }
        if request.sample.is_some() && request.scheme != sample::SCHEME {
            wrong.push(Problem::invalid("setup.sample_scheme").at("scheme"));
        }
        let scheme = settings::scheme(&request.scheme, &self.catalog);
        if let Err(p) = &scheme {
            wrong.push(p.clone());
        }
        match Problem::many(wrong) {
            Some(problem) => Err(problem),
            None => scheme,
        }
    }
}

/// Makes settings, the four persons and their accounts in one transaction.
async fn found(live: &Arc<Live>, request: &SetupRequest, settings_id: Id) -> Result<Vec<SignIn>, Problem> {
    let mut system = Caller::system();
    system.origin = Origin { door: "setup".to_owned(), ..Origin::default() };
    let mut basics = Command::create(
        &system,
        "settings",
        Data::from([
            ("company".to_owned(), json!(request.company.trim())),
            ("zone_minutes".to_owned(), json!(request.zone_minutes)),
            ("scheme".to_owned(), json!(request.scheme)),
        ]),
    );
    basics.new_id = Some(settings_id);
    let mut commands = vec![basics];
    let mut sign_ins = vec![];
    for (person, role) in [
        (&request.system, Role::SystemAdmin),
        (&request.security, Role::SecurityAdmin),
        (&request.auditor, Role::Auditor),
        (&request.office, Role::Office),
    ] {
        let id = Id::new(&*live.clock, &*live.rng);
        let today = live.clock.now().day(Zone(request.zone_minutes));
        let mut record = Command::create(
            &system,
            "person",
            Data::from([("name".to_owned(), json!(person.name.trim())), ("joined".to_owned(), json!(today))]),
        );
        record.new_id = Some(id);
        commands.push(record);
        let login = person.login.trim().to_lowercase();
        let digest = live.digest(&person.password, &login).await?;
        commands.push(Command::create(&system, "account", account_data(id, &login, &[role.to_string()], &digest, false)));
        sign_ins.push(SignIn { name: person.name.trim().to_owned(), login, password: None, roles: vec![role.to_string()] });
    }
    live.pipeline.group(commands).await?;
    Ok(sign_ins)
}

/// The fields of a new account.
pub(crate) fn account_data(person: Id, login: &str, roles: &[String], digest: &str, must_change: bool) -> Data {
    Data::from([
        ("person".to_owned(), json!(person)),
        ("login".to_owned(), json!(login)),
        ("roles".to_owned(), json!(roles)),
        ("password".to_owned(), json!(digest)),
        ("must_change".to_owned(), Value::Bool(must_change)),
    ])
}

impl Node {
    /// Schemes and sample companies that the wizard offers.
    #[must_use]
    pub fn setup_options(&self) -> (Vec<GradeScheme>, Vec<String>) {
        (self.catalog.schemes.values().cloned().collect(), sample::names())
    }

    /// The mistakes of an overlay in words, for the terminal.
    #[must_use]
    pub fn mistakes(problem: &Problem, lang: jingui_model::Lang) -> Vec<String> {
        catalog::messages().map(|m| catalog::mistakes(&m, problem, lang)).unwrap_or_default()
    }
}

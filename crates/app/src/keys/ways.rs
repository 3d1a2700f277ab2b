//! Ways to unlock: added, taken away, tried; and a new root key (H 9.1.2.3; B 7.2.2).
//!
//! What is made here (key file, recovery code) is handed over once and never kept. A rehearsal tries a secret on the root key without
//! unlocking anything; its outcome is evidence.

use std::{collections::BTreeMap, sync::Arc};

use jingui_model::{Data, Id, Instant, Problem};
use jingui_policy::Action;
use jingui_vault::{Device, KeyringFile, Method, Unlock, generate_key_file, generate_recovery_code, share_paper::generate_sheets};
use serde::Serialize;
use serde_json::json;

use super::{Because, Label, device::WithPin, name, state::Next};
use crate::{ledger::blocking, live::Live, pipeline::Command, world::caller::Caller};

/// When each way was last shown to open the root key.
const REHEARSED: &str = "key_rehearsals";
/// The kind of the report.
const REPORT: &str = "recovery_rehearsal";

/// A way that somebody wants.
#[derive(Debug, Clone)]
pub enum NewWay {
    /// A passphrase that somebody thought of.
    Passphrase(String),
    /// A key file that is made.
    KeyFile,
    /// A recovery code that is made.
    Recovery,
    /// Sheets that are made, one for each of `of` custodians; `need` of them unlock.
    Shares {
        /// How many are needed.
        need: u8,
        /// How many there are.
        of: u8,
    },
    /// The configured device, with its PIN.
    Token(String),
}

/// What is handed over, once.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HandedOver {
    /// The way.
    pub id: Id,
    /// Which sort.
    pub method: String,
    /// Text of the key file or recovery code, or of the sheets, one to a line; absent for a passphrase and a device.
    pub secret: Option<String>,
}

/// A way in the making: its secret as text, and the device whose PIN it is.
struct Made {
    method: Method,
    secret: String,
    device: Option<WithPin>,
}

impl Made {
    const fn of(method: Method, secret: String) -> Self {
        Self { method, secret, device: None }
    }

    fn unlock(&self) -> Result<Unlock<'_>, Problem> {
        Unlock::of(self.method, &self.secret, self.device.as_ref().map(|device| device as &dyn Device))
    }

    /// What was made here; what somebody brought along is known already.
    fn hand_over(self, id: Id) -> HandedOver {
        let secret = (!matches!(self.method, Method::Passphrase | Method::Token)).then_some(self.secret);
        HandedOver { id, method: name(&self.method), secret }
    }
}

impl Live {
    fn make_way(&self, way: NewWay) -> Result<Made, Problem> {
        Ok(match way {
            NewWay::Passphrase(secret) => Made::of(Method::Passphrase, secret),
            NewWay::KeyFile => Made::of(Method::KeyFile, generate_key_file(&*self.rng)),
            NewWay::Recovery => Made::of(Method::Recovery, generate_recovery_code(&*self.rng)),
            NewWay::Shares { need, of } => Made::of(Method::Shares, generate_sheets(need, of, &*self.rng)?),
            NewWay::Token(pin) => self.brought(Method::Token, &pin)?,
        })
    }

    /// A way with what somebody brought along.
    fn brought(&self, method: Method, secret: &str) -> Result<Made, Problem> {
        Ok(match method {
            Method::Token => {
                let device = self.device.as_ref().ok_or_else(|| Problem::conflict("vault.device_missing"))?;
                Made { method, secret: String::new(), device: Some(device.with_pin(secret)) }
            }
            _ => Made::of(method, secret.to_owned()),
        })
    }

    /// Adds a way to unlock.
    ///
    /// # Errors
    /// `policy.*`, `account.password_wrong`, `field.required`, `vault.wraps_full`, `vault.passphrase_*`, `vault.shares_shape`,
    /// `vault.device_missing`, `pkcs11.*`, `keys.meanwhile`.
    pub async fn add_way(self: &Arc<Self>, because: &Because<'_>, way: NewWay, label: Label) -> Result<HandedOver, Problem> {
        let made = self.make_way(way)?;
        let fields = self.key_asked(because, "add_way", &[("method", json!(name(&made.method)))]).await?;
        let done = async {
            let mut file = self.ring_file().await?;
            let acts = file.acts();
            let (vault, rng, cost) = (self.vault.clone(), Arc::clone(&self.rng), self.cost);
            let (made, id, file) = blocking(move || {
                let id = file.add_way(&vault, made.unlock()?, &*rng, cost)?;
                Ok((made, id, file))
            })
            .await?;
            self.set_ring(because.caller, fields.clone(), acts, file.into()).await?;
            self.set_key_label(&format!("way:{id}"), label).await?;
            Ok(made.hand_over(id))
        };
        self.key_outcome(because.caller, done.await, fields).await
    }

    /// Takes a way to unlock away. Copies of the old ring still open with it: when a secret has become known, only a new root key helps.
    ///
    /// # Errors
    /// `policy.*`, `account.password_wrong`, `field.required`, `vault.wrap_unknown`, `vault.wrap_last`, `keys.meanwhile`.
    pub async fn remove_way(self: &Arc<Self>, because: &Because<'_>, way: Id) -> Result<(), Problem> {
        let fields = self.key_asked(because, "remove_way", &[("way", json!(way))]).await?;
        let done = async {
            let mut file = self.ring_file().await?;
            let acts = file.acts();
            file.remove_way(&self.vault, way)?;
            self.set_ring(because.caller, fields.clone(), acts, file.into()).await?;
            self.set_key_label(&format!("way:{way}"), Label::default()).await?;
            self.scrub_keys().await
        };
        self.key_outcome(because.caller, done.await, fields).await
    }

    /// A new recovery code; those on older sheets open nothing any more.
    ///
    /// # Errors
    /// `policy.*`, `store.*`, `vault.*`.
    pub async fn new_recovery(self: &Arc<Self>, because: &Because<'_>) -> Result<String, Problem> {
        let fields = self.key_asked(because, "new_recovery", &[]).await?;
        let code = generate_recovery_code(&*self.rng);
        let done = async {
            let mut file = self.ring_file().await?;
            let acts = file.acts();
            let (own, rng, cost, vault) = (code.clone(), Arc::clone(&self.rng), self.cost, self.vault.clone());
            let file = blocking(move || {
                let old: Vec<Id> = file.wraps().iter().filter(|w| w.method == Method::Recovery).map(|w| w.id).collect();
                file.add_way(&vault, Unlock::Recovery(&own), &*rng, cost)?;
                old.into_iter().try_for_each(|id| file.remove_way(&vault, id))?;
                Ok::<KeyringFile, Problem>(file)
            })
            .await?;
            self.set_ring(because.caller, fields.clone(), acts, file.into()).await?;
            self.scrub_keys().await
        };
        self.key_outcome(because.caller, done.await, fields).await.map(|()| code)
    }

    /// A new root key under these ways alone; every other way is gone and has to be given anew.
    ///
    /// # Errors
    /// `policy.*`, `account.password_wrong`, `field.required`, `vault.wrap_last`, `vault.root_renewed`, `vault.passphrase_*`, `keys.meanwhile`.
    pub async fn renew_root(self: &Arc<Self>, because: &Because<'_>, ways: Vec<NewWay>) -> Result<Vec<HandedOver>, Problem> {
        let fields = self.key_asked(because, "renew_root", &[("count", json!(ways.len()))]).await?;
        let made: Vec<Made> = ways.into_iter().map(|way| self.make_way(way)).collect::<Result<_, _>>()?;
        let done = async {
            let mut file = self.ring_file().await?;
            let acts = file.acts();
            let (vault, rng, cost) = (self.vault.clone(), Arc::clone(&self.rng), self.cost);
            let (made, ids, root, file) = blocking(move || {
                let unlocks: Vec<Unlock<'_>> = made.iter().map(Made::unlock).collect::<Result<_, _>>()?;
                let (ids, root) = file.renew_root(&vault, &unlocks, &*rng, cost)?;
                Ok((made, ids, root, file))
            })
            .await?;
            self.set_ring(because.caller, fields.clone(), acts, Next { root: Some(root), ..Next::from(file) }).await?;
            self.scrub_keys().await?;
            Ok(made.into_iter().zip(ids).map(|(made, id)| made.hand_over(id)).collect())
        };
        self.key_outcome(because.caller, done.await, fields).await
    }

    /// Tries a secret on the root key without unlocking anything. The outcome is evidence either way.
    ///
    /// # Errors
    /// `policy.*`; `vault.unlock_refused` and what is visibly wrong with the text; of a device `vault.device_missing`, `pkcs11.*`.
    pub async fn rehearse(self: &Arc<Self>, caller: &Caller, method: Method, secret: &str) -> Result<Id, Problem> {
        self.may_system(caller, Action::Secure)?;
        // Guesses are slowed down as those of passwords are.
        let place = self.vault.blind("throttle", b"rehearsal");
        self.throttle.check(place, self.clock.now())?;
        let file = self.ring_file().await?;
        let made = self.brought(method, secret)?;
        let found = blocking(move || made.unlock().and_then(|unlock| file.rehearse(unlock))).await;
        let mut fields = Data::from([("method".to_owned(), json!(name(&method))), ("what".to_owned(), json!("rehearse"))]);
        match &found {
            Ok(way) => {
                fields.insert("way".to_owned(), json!(way));
                self.throttle.passed(place);
            }
            Err(problem) => {
                fields.insert("problem".to_owned(), json!(problem.code()));
                self.throttle.failed(place, self.clock.now());
            }
        }
        let index = self.system_note(caller, "recovery_rehearsed", fields).await?;
        let way = found?;
        self.report_rehearsal(caller, method, way, index).await?;
        let mut all = self.rehearsals().await?;
        all.insert(way, self.clock.now());
        self.set_key_note(REHEARSED, &all).await?;
        self.keys_changed();
        Ok(way)
    }

    /// The report of a rehearsal; it settles the duty to hold one.
    async fn report_rehearsal(self: &Arc<Self>, caller: &Caller, method: Method, way: Id, index: u64) -> Result<(), Problem> {
        let label = self.key_labels().await?.remove(&format!("way:{way}")).map(|l| l.name).filter(|n| !n.is_empty());
        let data = Data::from([
            ("name".to_owned(), json!(label.unwrap_or_else(|| way.to_string()))),
            ("method".to_owned(), json!(name(&method))),
            ("held_by".to_owned(), json!(caller.id())),
            ("held_on".to_owned(), json!(self.today())),
            ("ways".to_owned(), json!(self.ring_file().await?.wraps().len())),
            ("index".to_owned(), json!(index)),
        ]);
        self.pipeline.change(Command::create(&Caller::system(), REPORT, data)).await.map(|_| ())
    }

    /// When each way was last shown to open the root key.
    pub(crate) async fn rehearsals(&self) -> Result<BTreeMap<Id, Instant>, Problem> {
        self.key_note(REHEARSED).await
    }
}

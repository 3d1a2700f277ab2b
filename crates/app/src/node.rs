//! The life of a node: set-up, sealed, loading, ready, stopped.
//!
//! A node is useful only after it is unsealed: until then it answers health and unlock, nothing else.

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use jingui_kinds::Catalog;
use jingui_law::Laws;
use jingui_model::{Clock, Id, Problem, Rng};
use jingui_policy::Authority;
use jingui_store::{Backend, Keys, Objects, Place, Store};
use jingui_vault::{Cost, KeyringFile, Unlock, Vault};
use parking_lot::{Mutex, RwLock};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    attest::{self, courier::Courier, twin::Twin},
    backup, catalog,
    duties::{self, Agenda},
    follow, jobs, keys,
    keys::{device::KeyDevice, gathering::Gathering},
    ledger::{self, LedgerPlace},
    live::Live,
    load,
    messages::Messages,
    notify::{self, carrier::Carrier},
    pipeline,
    reserve::Reserve,
    settings,
};

/// Where a node keeps its things.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Data folder: database (unless elsewhere), sealed files (unless elsewhere), ledger, overlay.
    pub data: PathBuf,
    /// `postgres://…`; absent: SQLite in the data folder.
    pub database: Option<String>,
    /// Place of sealed files; absent: `objects` in the data folder.
    pub objects: Option<String>,
    /// `s3://…` for the ledger and its twin; absent: in the data folder.
    pub ledger: Option<String>,
    /// Key file for unsealing without a person.
    pub key_file: Option<PathBuf>,
    /// Device that keeps keys.
    pub device: Option<KeyDevice>,
    /// What digests of passwords and passphrases cost; `Normal` outside tests.
    pub cost: Cost,
}

/// How far loading is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Records loaded.
    pub loaded: AtomicU64,
    /// Records in all.
    pub total: AtomicU64,
}

/// Where the node stands.
#[derive(Clone)]
pub enum Phase {
    /// No company yet.
    Setup,
    /// Waits for a key.
    Sealed,
    /// Opens its records.
    Loading(Arc<Progress>),
    /// Serves.
    Ready(Arc<Live>),
}

impl Phase {
    /// `setup`, `sealed`, `loading` or `ready`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Sealed => "sealed",
            Self::Loading(_) => "loading",
            Self::Ready(_) => "ready",
        }
    }
}

/// One process of Jingui.
pub struct Node {
    /// Where things are.
    pub config: NodeConfig,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Texts.
    pub messages: Arc<Messages>,
    /// The catalogue with the enterprise's overlay.
    pub catalog: Arc<Catalog>,
    /// The policies with the enterprise's overlay.
    pub authority: Arc<Authority>,
    /// The duties with the enterprise's overlay, and its calendar.
    pub agenda: Arc<Agenda>,
    /// What would not hold by law.
    pub laws: Arc<Laws>,
    /// The database.
    pub store: Store,
    /// Sealed files.
    pub objects: Objects,
    /// Distinguishes this process from others on the same database; nil where there can be no others.
    pub holder: Id,
    phase: RwLock<Phase>,
    setup_code: Mutex<Option<String>>,
    /// Sheets of custodians that were typed so far.
    pub(crate) gathering: Gathering,
    pub(crate) setting_up: tokio::sync::Mutex<()>,
    tasks: Mutex<Tasks>,
    courier: OnceLock<Arc<dyn Courier>>,
    carrier: OnceLock<Arc<dyn Carrier>>,
    /// A person has decided that a ledger restored from an older backup goes on.
    restore_accepted: AtomicBool,
}

/// What runs beside requests while the node is ready.
struct Tasks {
    /// Ends the pipeline: what it has accepted is still done.
    close: watch::Sender<bool>,
    /// Ends the rest.
    stop: watch::Sender<bool>,
    pipeline: Option<JoinHandle<()>>,
    rest: Vec<JoinHandle<()>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self { close: watch::channel(false).0, stop: watch::channel(false).0, pipeline: None, rest: vec![] }
    }
}

/// Longest wait for a task that was told to end.
const ENDING: std::time::Duration = std::time::Duration::from_secs(10);

/// Key under which the keyring stands in the database.
pub const KEYRING: &str = "keyring";

impl Node {
    /// Opens data folder and database, reads catalogue and overlay. With a key file or the file of a device's PIN, unseals.
    ///
    /// # Errors
    /// `store.*`, `catalog.invalid` with one part for each diagnostic, `vault.*`, `pkcs11.*`, `ledger.*`.
    pub async fn open(config: NodeConfig, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Arc<Self>, Problem> {
        let node = Self::prepare(config, clock, rng).await?;
        node.unseal_by_key_file().await?;
        node.unseal_by_pin_file().await?;
        Ok(node)
    }

    /// The same without unsealing: [`Node::unseal_by_key_file`] follows, when somebody can already be told how far it is.
    ///
    /// # Errors
    /// As [`Node::open`].
    pub async fn prepare(config: NodeConfig, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Arc<Self>, Problem> {
        let messages = Arc::new(catalog::messages()?);
        jingui_store::make_folder(&config.data)?;
        if config.data.join(backup::UNFINISHED).exists() {
            return Err(Problem::conflict("node.restoring").arg("path", config.data.display()));
        }
        let catalog::Loaded { catalog, authority, agenda, laws } = catalog::load(&config.data.join("overlay"))?;
        let place = config.database.clone().map_or_else(|| Place::Folder(config.data.clone()), Place::Postgres);
        let store = Store::open(&place).await?;
        let objects = match &config.objects {
            Some(url) => Objects::open_with(url, &config.data.join("objects/tmp"), Keys::from_environment(), Arc::clone(&clock)).await?,
            None => Objects::open(&config.data.join("objects").to_string_lossy()).await?,
        };
        // Whoever holds a folder with its database is alone: what a dead process had leased is ours.
        let holder = match store.backend() {
            Backend::Sqlite => Id::nil(),
            Backend::Postgres => Id::new(&*clock, &*rng),
        };
        let node = Arc::new(Self {
            config,
            messages,
            catalog: Arc::new(catalog),
            authority: Arc::new(authority),
            agenda: Arc::new(agenda),
            laws: Arc::new(laws),
            store,
            objects,
            holder,
            phase: RwLock::new(Phase::Setup),
            setup_code: Mutex::new(None),
            gathering: Gathering::default(),
            setting_up: tokio::sync::Mutex::new(()),
            tasks: Mutex::default(),
            courier: OnceLock::new(),
            carrier: OnceLock::new(),
            restore_accepted: AtomicBool::new(false),
            clock,
            rng,
        });
        // A keyring under which nothing was ever sealed is left over from a set-up that did not finish.
        if node.store.meta(KEYRING).await?.is_some() && node.store.head().await?.next > 0 {
            *node.phase.write() = Phase::Sealed;
        } else {
            *node.setup_code.lock() = Some(setup_code(&*node.rng));
        }
        Ok(node)
    }

    /// Unseals a sealed node with the key file of its configuration, if there is one.
    ///
    /// # Errors
    /// `node.key_file`; as [`Node::unseal`].
    pub async fn unseal_by_key_file(self: &Arc<Self>) -> Result<(), Problem> {
        let (Some(path), Phase::Sealed) = (&self.config.key_file, self.phase()) else { return Ok(()) };
        let bytes = std::fs::read(path).map_err(|e| Problem::unavailable("node.key_file").arg("path", path.display()).detail(e))?;
        self.unseal(Unlock::KeyFile(&bytes)).await
    }

    /// Gives the node a way to servers outside: time-stamp authorities and witnesses. Before it is unsealed, once.
    pub fn employ(&self, courier: Arc<dyn Courier>) {
        let _ = self.courier.set(courier);
    }

    /// Gives the node a way out for messages to people. Before it is unsealed, once.
    pub fn employ_carrier(&self, carrier: Arc<dyn Carrier>) {
        let _ = self.carrier.set(carrier);
    }

    /// Says that a person has decided: a ledger that was restored from an older backup goes on without what is missing.
    pub fn accept_restore(&self) {
        self.restore_accepted.store(true, Ordering::SeqCst);
    }

    /// Where the node stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase.read().clone()
    }

    /// The node's use cases.
    ///
    /// # Errors
    /// `node.setup`, `node.sealed`, `node.loading` as long as it is not ready.
    pub fn live(&self) -> Result<Arc<Live>, Problem> {
        match &*self.phase.read() {
            Phase::Ready(live) => Ok(Arc::clone(live)),
            Phase::Setup => Err(Problem::locked("node.setup")),
            Phase::Sealed => Err(Problem::locked("node.sealed")),
            Phase::Loading(_) => Err(Problem::unavailable("node.loading")),
        }
    }

    /// The code that proves, during set-up, that whoever sits at the browser also sees the terminal.
    #[must_use]
    pub fn setup_code(&self) -> Option<String> {
        self.setup_code.lock().clone()
    }

    /// The keyring as it stands in the database.
    ///
    /// # Errors
    /// `vault.*`, `store.*`.
    pub async fn keyring(&self) -> Result<Option<KeyringFile>, Problem> {
        let Some(bytes) = self.store.meta(KEYRING).await? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|e| Problem::internal("node.keyring").detail(e))?;
        KeyringFile::from_json(&text).map(Some)
    }

    /// Opens the vault and loads everything.
    ///
    /// # Errors
    /// `vault.unlock_refused`; whatever loading meets, after which the node is sealed again.
    pub async fn unseal(self: &Arc<Self>, unlock: Unlock<'_>) -> Result<(), Problem> {
        let vault = self.sealed_keyring().await?.unlock(unlock)?;
        self.go_on_with(vault).await
    }

    /// The key ring of a node that is sealed.
    pub(crate) async fn sealed_keyring(&self) -> Result<KeyringFile, Problem> {
        if !matches!(self.phase(), Phase::Sealed) {
            return Err(Problem::conflict("node.not_sealed"));
        }
        self.keyring().await?.ok_or_else(|| Problem::locked("node.setup"))
    }

    /// Loads everything under a vault that was opened.
    pub(crate) async fn go_on_with(self: &Arc<Self>, vault: Vault) -> Result<(), Problem> {
        let progress = Arc::new(Progress::default());
        {
            let mut phase = self.phase.write();
            if !matches!(*phase, Phase::Sealed) {
                return Err(Problem::conflict("node.not_sealed"));
            }
            *phase = Phase::Loading(Arc::clone(&progress));
        }
        match self.bring_up(vault, &progress).await {
            Ok(live) => {
                // A restored ledger begins with saying so, before anybody can act.
                let begun = match backup::begin(&live).await {
                    Ok(()) => backup::take_in(&live, &self.config.data).await.map(drop),
                    refused => refused,
                };
                if let Err(problem) = begun {
                    self.quiesce().await;
                    return Err(problem);
                }
                *self.phase.write() = Phase::Ready(live);
                Ok(())
            }
            Err(problem) => {
                *self.phase.write() = Phase::Sealed;
                Err(problem)
            }
        }
    }

    /// Starts everything under an open vault.
    pub(crate) async fn bring_up(self: &Arc<Self>, vault: Vault, progress: &Arc<Progress>) -> Result<Arc<Live>, Problem> {
        backup::decided(&self.store, self.restore_accepted.load(Ordering::SeqCst)).await?;
        backup::Own::of(&vault)?.keep(&self.store).await?;
        let basics = settings::basics(&self.store, &vault, &self.catalog).await?;
        let (catalog, authority) = (Arc::clone(&self.catalog), Arc::clone(&self.authority));
        let began = std::time::Instant::now();
        let world = load::load(&self.store, &vault, catalog, authority, Arc::new(basics.scheme), basics.zone, progress).await?;
        let loading = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let origin = format!("jingui/{}", vault.id());
        let (data, bucket, clock) = (self.config.data.clone(), self.config.ledger.clone(), Arc::clone(&self.clock));
        let place = ledger::blocking(move || LedgerPlace::of(&data, bucket.as_deref(), clock)).await?;
        let ledger = ledger::LedgerService::open(place.clone(), &origin, vault.ledger_seed().bytes(), &self.store).await?;
        let twin = Twin::open(place, &format!("{origin}/sm3"), vault.twin_seed().bytes(), &self.store).await?;
        let (send, receive) = mpsc::channel(1024);
        let live = Arc::new(Live::new(
            self.store.clone(),
            self.objects.clone(),
            vault,
            world,
            Arc::clone(&self.clock),
            Arc::clone(&self.rng),
            Arc::clone(&self.messages),
            pipeline::Pipeline::new(send, Arc::new(Reserve::set_aside(&self.config.data))),
            ledger,
            twin,
            Arc::clone(&self.agenda),
            Arc::clone(&self.laws),
            self.config.cost,
            self.holder,
            self.config.device.clone(),
        ));
        live.metrics.loading.store(loading, Ordering::Relaxed);
        let mut tasks = self.tasks.lock();
        let (close, stop) = (tasks.close.subscribe(), &tasks.stop);
        let mut rest = vec![
            tokio::spawn(ledger::run(Arc::clone(&live), self.holder, stop.subscribe())),
            tokio::spawn(duties::run(Arc::clone(&live), self.holder, stop.subscribe())),
            tokio::spawn(jobs::run(Arc::clone(&live), self.holder, stop.subscribe())),
            tokio::spawn(keys::work::run(Arc::clone(&live), self.holder, stop.subscribe())),
            tokio::spawn(attest::run(Arc::clone(&live), self.courier.get().cloned(), self.holder, stop.subscribe())),
            tokio::spawn(backup::run(Arc::clone(&live), self.config.clone(), self.holder, stop.subscribe())),
            tokio::spawn(notify::run(Arc::clone(&live), self.carrier.get().cloned(), self.holder, stop.subscribe())),
        ];
        if self.store.backend() == Backend::Postgres {
            rest.push(tokio::spawn(follow::run(Arc::clone(&live), stop.subscribe())));
        }
        tasks.pipeline = Some(tokio::spawn(pipeline::start(Arc::clone(&live), receive, close)));
        tasks.rest = rest;
        drop(tasks);
        Ok(live)
    }

    pub(crate) fn ready(&self, live: Arc<Live>) {
        *self.setup_code.lock() = None;
        *self.phase.write() = Phase::Ready(live);
    }

    /// Checks the set-up code in constant time.
    #[must_use]
    pub fn is_setup_code(&self, code: &str) -> bool {
        let own = self.setup_code();
        let tidy: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        own.is_some_and(|own| {
            let own: String = own.chars().filter(char::is_ascii_alphanumeric).collect();
            own.len() == tidy.len() && own.bytes().zip(tidy.bytes()).fold(0, |d, (a, b)| d | (a ^ b)) == 0
        })
    }

    /// Ends the tasks after what is accepted is done and the ledger has caught up; then closes the database.
    pub async fn stop(&self) {
        self.quiesce().await;
        self.store.close().await;
    }

    /// Ends the tasks: first the pipeline, then, when nothing more is committed, sequencer and jobs. The node is sealed.
    pub(crate) async fn quiesce(&self) {
        {
            let mut phase = self.phase.write();
            if !matches!(*phase, Phase::Setup) {
                *phase = Phase::Sealed;
            }
        }
        let Tasks { close, stop, pipeline, rest } = std::mem::take(&mut *self.tasks.lock());
        let _ = close.send(true);
        if let Some(task) = pipeline
            && tokio::time::timeout(ENDING, task).await.is_err()
        {
            tracing::warn!("the pipeline did not end in time");
        }
        let _ = stop.send(true);
        for task in rest {
            if tokio::time::timeout(ENDING, task).await.is_err() {
                tracing::warn!("a task did not end in time");
            }
        }
    }

    /// Loaded and total records while loading.
    #[must_use]
    pub fn progress(&self) -> Option<(u64, u64)> {
        match &*self.phase.read() {
            Phase::Loading(p) => Some((p.loaded.load(Ordering::Relaxed), p.total.load(Ordering::Relaxed))),
            _ => None,
        }
    }
}

/// Eight characters without those that are easily confused, in two groups.
fn setup_code(rng: &dyn Rng) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKMNPQRSTVWXYZ23456789UL";
    let bytes: [u8; 8] = rng.array();
    let text: String = bytes.iter().map(|b| char::from(*LETTERS.get(usize::from(b & 31)).unwrap_or(&b'A'))).collect();
    let (a, b) = text.split_at(4);
    format!("{a}-{b}")
}

//! A node that is unsealed and loaded: everything that use cases need, in one place.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jingui_kinds::{act::Facts as _, record::Record};
use jingui_law::Laws;
use jingui_model::{Clock, Day, GradeScheme, Id, Problem, Rng};
use jingui_store::{Objects, Store};
use jingui_vault::{Cost, Vault};
use parking_lot::RwLock;
use tokio::sync::{Notify, OnceCell, Semaphore, broadcast};

use crate::{
    attest::{Attester, twin::Twin},
    authority::MatrixView,
    custody::{Custody, OPENING},
    duties::Agenda,
    identity::{signing::Nonces, throttle::Throttle},
    keys::{self, device::KeyDevice},
    ledger::LedgerService,
    messages::Messages,
    notify::Notifier,
    pipeline::{Change, Pipeline, open_record},
    settings::SETTINGS,
    viewing::Viewings,
    world::World,
};

/// Counters that `/metrics` shows.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Transactions.
    pub batches: AtomicU64,
    /// Changes and notes committed.
    pub acts: AtomicU64,
    /// Denials by policy.
    pub denials: AtomicU64,
    /// Policy evaluations that errored; each is an alarm.
    pub policy_errors: AtomicU64,
    /// Effects that ran.
    pub effects: AtomicU64,
    /// Attempts at effects that failed.
    pub effect_failures: AtomicU64,
    /// Microseconds that the last loading of all records took.
    pub loading: AtomicU64,
}

/// What subscribers hear.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Records changed.
    Changes(Arc<[Change]>),
    /// A checkpoint was signed over this many entries.
    Checkpoint(u64),
    /// How far somebody's import is.
    Importing(Importing),
    /// Something changed about the keys: for those who may see them.
    Keys,
}

/// How far an import is; for whoever imports.
#[derive(Debug, Clone)]
pub struct Importing {
    /// The account that imports.
    pub account: Id,
    /// Name of the file.
    pub file: Arc<str>,
    /// `checking` or `writing`.
    pub phase: &'static str,
    /// Rows that are through.
    pub done: usize,
    /// All rows.
    pub total: usize,
}

/// An unsealed node.
pub struct Live {
    /// The database.
    pub store: Store,
    /// Sealed files.
    pub objects: Objects,
    /// Keys.
    pub vault: Vault,
    /// The read model.
    pub world: RwLock<World>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Texts.
    pub messages: Arc<Messages>,
    /// The way to change anything.
    pub pipeline: Pipeline,
    /// The evidence ledger.
    pub ledger: LedgerService,
    /// Its twin in SM3.
    pub twin: Twin,
    /// How it stands with authorities and witnesses.
    pub attester: Attester,
    /// Duties and calendar in force.
    pub agenda: Arc<Agenda>,
    /// What would not hold by law.
    pub laws: Arc<Laws>,
    /// How it stands with channels of notification.
    pub notifier: Notifier,
    /// Counters.
    pub metrics: Metrics,
    /// Wakes the job runner.
    pub jobs_wake: Notify,
    /// Distinguishes this process from others on the same database; nil where there can be no others.
    pub(crate) holder: Id,
    /// Openings of core secrets that are under way.
    pub(crate) custody: Custody,
    /// Wakes what wraps keys anew.
    pub(crate) keys_wake: Notify,
    /// Acts on the keys are thought out one after the other.
    pub(crate) keys_lock: tokio::sync::Mutex<()>,
    /// Reports that were left in the data folder are entered one after the other.
    pub(crate) reports: tokio::sync::Mutex<()>,
    /// The place that this node is backing up to, and since when.
    pub(crate) backing_up: parking_lot::Mutex<Option<(Id, jingui_model::Instant)>>,
    /// Slows guessing of passwords down.
    pub throttle: Throttle,
    /// Numbers of signed requests.
    pub(crate) nonces: Nonces,
    /// How programs fare.
    pub interfaces: crate::interfaces::Interfaces,
    /// What people look at page by page.
    pub viewings: Viewings,
    /// Scans are read one at a time: each lies in memory while it is.
    pub(crate) scanning: Semaphore,
    pub(crate) cost: Cost,
    /// The device that the server's configuration names.
    pub(crate) device: Option<KeyDevice>,
    /// The authority matrix with its words, once somebody asked.
    pub(crate) matrix: OnceCell<Arc<MatrixView>>,
    heard: broadcast::Sender<Heard>,
}

impl Live {
    /// Puts the parts together; the caller starts the tasks.
    #[expect(clippy::too_many_arguments, reason = "called once, by the node that opens")]
    pub(crate) fn new(
        store: Store,
        objects: Objects,
        vault: Vault,
        world: World,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        messages: Arc<Messages>,
        pipeline: Pipeline,
        ledger: LedgerService,
        twin: Twin,
        agenda: Arc<Agenda>,
        laws: Arc<Laws>,
        cost: Cost,
        holder: Id,
        device: Option<KeyDevice>,
    ) -> Self {
        Self {
            store,
            objects,
            vault,
            world: RwLock::new(world),
            clock,
            rng,
            messages,
            pipeline,
            ledger,
            twin,
            attester: Attester::default(),
            agenda,
            laws,
            notifier: Notifier::default(),
            metrics: Metrics::default(),
            jobs_wake: Notify::new(),
            holder,
            custody: Custody::default(),
            keys_wake: Notify::new(),
            keys_lock: tokio::sync::Mutex::new(()),
            reports: tokio::sync::Mutex::new(()),
            backing_up: parking_lot::Mutex::default(),
            throttle: Throttle::default(),
            nonces: Nonces::default(),
            interfaces: crate::interfaces::Interfaces::default(),
            viewings: Viewings::default(),
            scanning: Semaphore::new(1),
            cost,
            device,
            matrix: OnceCell::new(),
            heard: broadcast::channel(1024).0,
        }
    }

    /// Hears of committed changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Heard> {
        self.heard.subscribe()
    }

    /// The day that it is in the enterprise's zone.
    #[must_use]
    pub fn today(&self) -> Day {
        self.clock.now().day(self.world.read().zone())
    }

    /// The grade scheme.
    #[must_use]
    pub fn scheme(&self) -> Arc<GradeScheme> {
        Arc::clone(self.world.read().grade_scheme())
    }

    /// Tells subscribers, the sequencer and the job runner what was committed.
    pub(crate) fn published(&self, changes: Vec<Change>, head: u64) {
        self.metrics.acts.fetch_add(changes.len() as u64, Ordering::Relaxed);
        self.tell(changes, head);
    }

    fn tell(&self, changes: Vec<Change>, head: u64) {
        self.ledger.committed(head);
        self.jobs_wake.notify_one();
        if !changes.is_empty() {
            // No subscriber is no fault.
            let _ = self.heard.send(Heard::Changes(changes.into()));
        }
    }

    /// Does this node follow what is committed in this register?
    pub(crate) fn follows(kind: &str) -> bool {
        matches!(kind, SETTINGS | OPENING)
    }

    /// What this node follows from a record that was committed, here or by another node.
    pub(crate) fn learned(&self, record: &Record) {
        if record.kind == SETTINGS {
            self.follow_settings(record);
        }
        if record.kind == OPENING && !matches!(record.state.as_str(), "asked" | "open") {
            self.custody.forget(record.id);
        }
    }

    /// Hands out what tells an importer how far it is.
    pub(crate) fn importing(
        &self,
        account: Id,
        file: &str,
        phase: &'static str,
        total: usize,
    ) -> impl Fn(usize) + Send + Sync + 'static + use<> {
        let (heard, file) = (self.heard.clone(), Arc::<str>::from(file));
        move |done| drop(heard.send(Heard::Importing(Importing { account, file: Arc::clone(&file), phase, done, total })))
    }

    /// Tells subscribers that something changed about the keys.
    pub(crate) fn keys_changed(&self) {
        let _ = self.heard.send(Heard::Keys);
    }

    /// Tells subscribers of a checkpoint.
    pub(crate) fn checkpointed(&self, size: u64) {
        let _ = self.heard.send(Heard::Checkpoint(size));
    }

    /// Takes in what other nodes committed up to a ledger index, before anything is decided, and tells subscribers.
    pub(crate) async fn take_in(&self, head: u64) -> Result<(), Problem> {
        let mut from = self.world.read().head();
        while from < head {
            let events = self.store.events_from(from, 1000).await?;
            let Some(last) = events.last() else { break };
            from = last.index + 1;
            if events.iter().any(keys::changes_ring) {
                self.follow_ring().await?;
            }
            let mut ids: Vec<_> = events.iter().filter_map(|e| e.record).collect();
            ids.sort_unstable();
            ids.dedup();
            let mut changes = vec![];
            for id in ids {
                if let Some(row) = self.store.record(id).await? {
                    let (record, doc) = match open_record(&self.vault, &row) {
                        Err(problem) if problem.code() == keys::DISABLED => continue,
                        opened => opened?,
                    };
                    self.world.write().put(&record, doc)?;
                    self.learned(&record);
                    changes.push(Change { id, kind: record.kind, version: record.version, state: record.state });
                }
            }
            self.world.write().set_head(from);
            self.tell(changes, from);
        }
        Ok(())
    }
}

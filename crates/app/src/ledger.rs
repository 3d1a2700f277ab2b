//! The sequencer: carries committed entries into the evidence ledger, in order, exactly once.
//!
//! Each event got its ledger index in the transaction that made it durable; here the entries
//! are appended to the tiles in that order and a checkpoint is signed. The signed checkpoint is
//! kept a second time in the database by compare-and-swap, so that a ledger folder restored from
//! an old backup, or a fork, is noticed before anything is signed again.

mod place;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jingui_ledger::{Checkpoint, Log, LogProof, Signer, Tiles as _, Verifier, cosign::AddCheckpoint, suite::Hash, verify};
use jingui_model::{Id, Instant, Problem};
use jingui_store::Store;
use parking_lot::Mutex;
use tokio::sync::Notify;

pub use place::{KEY, LEDGER, LedgerPlace, TWIN};
pub(crate) use place::{begun, publish_key};

use crate::live::Live;

const APPEND: u32 = 2048;
const LEASE: &str = "ledger";
/// Also how long the ledger stands still on PostgreSQL after the node that extended it has died.
const LEASE_SECONDS: i64 = 10;

/// The ledger of this node.
pub struct LedgerService {
    place: LedgerPlace,
    verifier: Verifier,
    signer: Arc<Signer>,
    log: Arc<Mutex<Log>>,
    committed: AtomicU64,
    size: AtomicU64,
    signed_at: AtomicU64,
    wake: Notify,
    halted: Mutex<Option<Problem>>,
}

/// What the evidence page shows.
#[derive(Debug, Clone)]
pub struct LedgerState {
    /// Entries under the last checkpoint.
    pub size: u64,
    /// Entries committed in the database.
    pub committed: u64,
    /// The signed note.
    pub checkpoint: String,
    /// The key to check it with.
    pub vkey: String,
    /// When it was signed.
    pub at: Option<Instant>,
    /// Why nothing is signed any more, if so.
    pub halted: Option<Problem>,
}

/// Proofs under one checkpoint.
#[derive(Debug, Clone)]
pub struct Proofs {
    /// One for each entry asked for.
    pub entries: Vec<LogProof>,
    /// One for each earlier size asked for.
    pub growth: Vec<Vec<Hash>>,
}

impl LedgerService {
    /// Opens the ledger, or makes a new one for a new company.
    ///
    /// # Errors
    /// `ledger.*` when it is damaged, forked or older than the copy of its checkpoint in the database.
    pub async fn open(place: LedgerPlace, origin: &str, seed: &[u8; 32], store: &Store) -> Result<Self, Problem> {
        let signer = Arc::new(Signer::new(origin, seed)?);
        let verifier = signer.verifier().clone();
        let head = store.head().await?;
        let (lies, check, sign) = (place.clone(), verifier.clone(), Arc::clone(&signer));
        let log = blocking(move || {
            lies.safe()?;
            let fresh = !begun(&*lies.first())?;
            if fresh && head.checkpoint_size > 0 {
                return Err(Problem::conflict("ledger.folder_lost").arg("size", head.checkpoint_size));
            }
            let log = if fresh { Log::create(lies.first(), &sign)? } else { Log::open(lies.first(), &check)? };
            if log.size() > head.next {
                return Err(Problem::conflict("ledger.ahead_of_store").arg("ledger", log.size()).arg("store", head.next));
            }
            if let Some(note) = &head.checkpoint {
                let kept = Checkpoint::open(note, &check)?;
                if log.size() < kept.size {
                    return Err(Problem::conflict("ledger.older_than_store").arg("ledger", log.size()).arg("store", kept.size));
                }
                log.continues(&kept)?;
            }
            publish_key(&mut *lies.first(), &check)?;
            Ok(log)
        })
        .await?;
        let size = log.size();
        // Another node may be further already: what was found above stands all the same.
        keep(store, size, log.checkpoint()).await?;
        Ok(Self {
            place,
            verifier,
            signer,
            log: Arc::new(Mutex::new(log)),
            committed: AtomicU64::new(head.next),
            size: AtomicU64::new(size),
            signed_at: AtomicU64::new(0),
            wake: Notify::new(),
            halted: Mutex::new(None),
        })
    }

    /// Says that entries below this index are committed.
    pub(crate) fn committed(&self, head: u64) {
        self.committed.fetch_max(head, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> LedgerState {
        let at = self.signed_at.load(Ordering::SeqCst);
        let (size, checkpoint) = {
            let log = self.log.lock();
            (log.size(), log.checkpoint().to_owned())
        };
        LedgerState {
            size,
            committed: self.committed.load(Ordering::SeqCst),
            checkpoint,
            vkey: self.verifier.to_string(),
            at: (at > 0).then(|| Instant::from_micros(i64::try_from(at).unwrap_or(0))),
            halted: self.halted.lock().clone(),
        }
    }

    /// A `tlog-proof` for one entry under the last checkpoint.
    ///
    /// # Errors
    /// `ledger.not_yet` when no checkpoint covers it.
    pub async fn proof(&self, index: u64) -> Result<String, Problem> {
        let log = Arc::clone(&self.log);
        blocking(move || {
            let log = log.lock();
            if index >= log.size() {
                return Err(Problem::missing("ledger.not_yet").arg("index", index).arg("size", log.size()));
            }
            LogProof::of(&log, index).map(|p| p.to_text())
        })
        .await
    }

    /// Proofs for entries, and that the ledger continues earlier sizes of it: all under one checkpoint.
    ///
    /// # Errors
    /// `ledger.not_yet` when no checkpoint covers one of them; `ledger.damaged`, `ledger.io`.
    pub async fn proofs(&self, indexes: Vec<u64>, sizes: Vec<u64>) -> Result<Proofs, Problem> {
        let log = Arc::clone(&self.log);
        blocking(move || {
            let log = log.lock();
            if let Some(late) = indexes.iter().find(|i| **i >= log.size()) {
                return Err(Problem::missing("ledger.not_yet").arg("index", late).arg("size", log.size()));
            }
            let entries = indexes.iter().map(|index| LogProof::of(&log, *index)).collect::<Result<_, _>>()?;
            let growth = sizes.iter().map(|size| log.consistency_proof(*size, log.size())).collect::<Result<_, _>>()?;
            Ok(Proofs { entries, growth })
        })
        .await
    }

    /// The key that its checkpoints are signed with.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// What a witness is asked that has seen the ledger at size `old`: the published checkpoint and that it continues it.
    ///
    /// # Errors
    /// `ledger.out_of_range` when the ledger never was that large; `ledger.damaged`, `ledger.io`.
    pub async fn growth(&self, old: u64) -> Result<(AddCheckpoint, u64), Problem> {
        let log = Arc::clone(&self.log);
        blocking(move || {
            let log = log.lock();
            let proof = log.consistency_proof(old, log.size())?;
            Ok((AddCheckpoint { old, proof, note: log.checkpoint().to_owned() }, log.size()))
        })
        .await
    }

    /// Bytes that can still be written where the ledger lies, if that is known.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        self.place.first().free_bytes().ok().flatten()
    }

    /// Removes superseded partial tiles and what dead appends left; says how many files.
    ///
    /// # Errors
    /// `ledger.io`; `ledger.moved` when another node has extended the ledger meanwhile.
    pub async fn tidy(&self) -> Result<u64, Problem> {
        let log = Arc::clone(&self.log);
        blocking(move || log.lock().tidy()).await
    }

    /// Re-reads and checks the whole ledger.
    ///
    /// # Errors
    /// `ledger.io`.
    pub async fn verify(&self) -> Result<jingui_ledger::Report, Problem> {
        let (place, verifier) = (self.place.clone(), self.verifier.clone());
        blocking(move || Ok(verify::verify_folder(&*place.first(), &verifier))).await
    }

    /// Waits until a checkpoint covers an index, or a little while.
    pub async fn covered(&self, index: u64, wait: Duration) -> bool {
        let rounds = wait.as_millis() / 10;
        for _ in 0..=rounds {
            if self.size.load(Ordering::SeqCst) > index {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    /// Appends everything that is committed and signs. Gives the new size when there is one.
    async fn advance(&self, store: &Store, holder: Id, now: Instant) -> Result<Option<u64>, Problem> {
        let size = self.size.load(Ordering::SeqCst);
        if self.committed.load(Ordering::SeqCst) <= size {
            return Ok(None);
        }
        if !store.try_lease(LEASE, holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await? {
            return Ok(None);
        }
        let events = store.events_from(size, APPEND).await?;
        if events.is_empty() {
            return Ok(None);
        }
        let entries: Vec<Vec<u8>> = events.into_iter().map(|e| e.entry).collect();
        let (log, signer) = (Arc::clone(&self.log), Arc::clone(&self.signer));
        let (new, note) = blocking(move || {
            let mut log = log.lock();
            let new = log.append_at(size, &entries, &signer)?;
            Ok((new, log.checkpoint().to_owned()))
        })
        .await?;
        if !keep(store, new, &note).await? {
            return Err(Problem::conflict("ledger.fork").arg("index", new));
        }
        self.size.store(new, Ordering::SeqCst);
        self.signed_at.store(u64::try_from(now.micros()).unwrap_or(0), Ordering::SeqCst);
        Ok(Some(new))
    }
}

/// Keeps the checkpoint in the database, whatever older one stands there: after a crash between
/// signing and keeping that is not the one before. False when a newer one stands there.
async fn keep(store: &Store, size: u64, note: &str) -> Result<bool, Problem> {
    loop {
        let head = store.head().await?;
        match head.checkpoint {
            Some(kept) if head.checkpoint_size == size && kept == note => return Ok(true),
            Some(_) if head.checkpoint_size == size => return Err(Problem::conflict("ledger.fork").arg("index", size)),
            _ if head.checkpoint_size > size => return Ok(false),
            _ if store.set_checkpoint(head.checkpoint_size, size, note).await? => return Ok(true),
            _ => {}
        }
    }
}

/// The sequencer's task.
pub async fn run(live: Arc<Live>, holder: Id, mut stop: tokio::sync::watch::Receiver<bool>) {
    loop {
        match live.ledger.advance(&live.store, holder, live.clock.now()).await {
            Ok(Some(size)) => {
                *live.ledger.halted.lock() = None;
                live.checkpointed(size);
                continue;
            }
            Ok(None) => {}
            Err(problem) => {
                tracing::error!(problem = %problem, "the ledger does not advance");
                *live.ledger.halted.lock() = Some(problem);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        if *stop.borrow() {
            if let Err(problem) = live.store.release_lease(LEASE, holder).await {
                tracing::warn!(problem = %problem, "the lease of the ledger is not given back");
            }
            return;
        }
        tokio::select! {
            () = live.ledger.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Runs file work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Problem::internal("node.task").detail(e))?
}

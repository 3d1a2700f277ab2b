//! The ledger's twin in SM3, signed with SM2 (GB/T 32905, GB/T 32918.2): the same entries in a second tree, for readers who
//! must work with the Chinese suite. It follows behind; each of its checkpoints is entered in the first ledger, so
//! that the two cannot tell different stories.

use std::sync::Arc;

use jingui_ledger::{Checkpoint, Log, LogProof, Report, Signer, Verifier, verify_folder};
use jingui_model::{Data, Problem};
use jingui_store::Store;
use parking_lot::Mutex;
use serde_json::json;

use crate::{
    ledger::{LedgerPlace, begun, blocking, publish_key},
    live::Live,
};

/// How often it catches up.
pub const EVERY_SECONDS: i64 = 60;
const APPEND: u32 = 2048;
/// Under this name the last checkpoint is kept a second time.
pub(crate) const KEPT: &str = "twin_checkpoint";

/// The twin of this node's ledger.
pub struct Twin {
    place: LedgerPlace,
    signer: Arc<Signer>,
    log: Arc<Mutex<Log>>,
}

/// What the evidence page shows.
#[derive(Debug, Clone)]
pub struct TwinState {
    /// Entries under its checkpoint.
    pub size: u64,
    /// The signed note.
    pub checkpoint: String,
    /// The key to check it with.
    pub vkey: String,
}

impl Twin {
    /// Opens the twin beside the first ledger, or begins it. One that was lost is made again from the entries.
    ///
    /// # Errors
    /// `ledger.*` when it is damaged, or tells another story than the checkpoint that was kept.
    pub async fn open(place: LedgerPlace, origin: &str, seed: &[u8; 32], store: &Store) -> Result<Self, Problem> {
        let signer = Arc::new(Signer::sm2(origin, seed)?);
        let kept = match store.meta(KEPT).await? {
            Some(note) => Some(Checkpoint::open(&String::from_utf8_lossy(&note), signer.verifier())?),
            None => None,
        };
        let (lies, sign) = (place.clone(), Arc::clone(&signer));
        let log = blocking(move || {
            let log = if begun(&*lies.twin_alone())? { Log::open(lies.twin(), sign.verifier())? } else { Log::create(lies.twin(), &sign)? };
            if let Some(kept) = kept.filter(|kept| kept.size <= log.size()) {
                log.continues(&kept)?;
            }
            publish_key(&mut *lies.twin_alone(), sign.verifier())?;
            Ok(log)
        })
        .await?;
        Ok(Self { place, signer, log: Arc::new(Mutex::new(log)) })
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> TwinState {
        let log = self.log.lock();
        TwinState { size: log.size(), checkpoint: log.checkpoint().to_owned(), vkey: self.signer.verifier().to_string() }
    }

    /// Proofs for those of the entries that the twin has reached, under one checkpoint of its.
    ///
    /// # Errors
    /// `ledger.damaged`, `ledger.io`.
    pub async fn proofs(&self, indexes: Vec<u64>) -> Result<Vec<LogProof>, Problem> {
        let log = Arc::clone(&self.log);
        blocking(move || {
            let log = log.lock();
            indexes.iter().filter(|index| **index < log.size()).map(|index| LogProof::of(&log, *index)).collect()
        })
        .await
    }

    /// The key that its checkpoints are signed with.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Removes superseded partial tiles and what dead appends left; says how many files.
    ///
    /// # Errors
    /// `ledger.io`.
    pub async fn tidy(&self) -> Result<u64, Problem> {
        let log = Arc::clone(&self.log);
        blocking(move || log.lock().tidy()).await
    }

    /// Reads and checks the whole twin.
    ///
    /// # Errors
    /// `node.task`.
    pub async fn verify(&self) -> Result<Report, Problem> {
        let (place, key) = (self.place.clone(), self.signer.verifier().clone());
        blocking(move || Ok(verify_folder(&place.twin(), &key))).await
    }
}

/// Follows the first ledger as far as it is signed, and enters the new checkpoint there.
///
/// # Errors
/// `ledger.*`, `store.*`.
pub(crate) async fn advance(live: &Arc<Live>) -> Result<(), Problem> {
    let (twin, end) = (&live.twin, live.ledger.state().size);
    let begun = twin.log.lock().size();
    if begun >= end || !super::news_since(&live.store, begun).await? {
        return Ok(());
    }
    let mut size = begun;
    while size < end {
        let limit = u32::try_from(end - size).unwrap_or(APPEND).min(APPEND);
        let entries: Vec<Vec<u8>> = live.store.events_from(size, limit).await?.into_iter().map(|e| e.entry).collect();
        if entries.is_empty() {
            break;
        }
        let (log, signer) = (Arc::clone(&twin.log), Arc::clone(&twin.signer));
        size = blocking(move || log.lock().append_at(size, &entries, &signer)).await?;
    }
    let note = twin.state().checkpoint;
    live.store.set_meta(KEPT, note.as_bytes()).await?;
    super::note(live, "twin_checkpoint", Data::from([("checkpoint".to_owned(), json!(note)), ("size".to_owned(), json!(size))])).await?;
    Ok(())
}

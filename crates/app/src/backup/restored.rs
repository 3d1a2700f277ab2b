//! What a restored node does first: it says in its ledger that it was restored, and from what.
//!
//! A ledger that was restored from an older snapshot than its place knows has signed more once. If it simply went on, two
//! histories would be signed under one key. So the node stays locked until a person decides; then the note names what is missing.

use jingui_backup::Manifest;
use jingui_model::{Data, Id, Instant, Problem};
use jingui_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{live::Live, world::caller::Caller};

/// Under this name a restore leaves its mark in the database.
const MARK: &str = "restored";

/// The mark.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
    snapshot: Id,
    /// The instant that it shows.
    shows: Instant,
    /// When it was restored.
    restored: Instant,
    /// Entries that were restored.
    entries: u64,
    /// Entries under the restored checkpoint.
    size: u64,
    /// What the place knows beyond it.
    ahead: Option<Ahead>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    at: Instant,
    entries: u64,
    checkpoint: Option<String>,
}

impl Mark {
    pub(super) fn of(own: &Manifest, newest: &Manifest, now: Instant) -> Self {
        let ahead = (newest.ledger.committed > own.ledger.committed).then(|| Ahead {
            at: newest.at,
            entries: newest.ledger.committed,
            checkpoint: newest.ledger.checkpoint.clone(),
        });
        Self { snapshot: own.id, shows: own.at, restored: now, entries: own.ledger.committed, size: own.ledger.size, ahead }
    }

    pub(super) async fn keep(&self, store: &Store) -> Result<(), Problem> {
        let bytes = serde_json::to_vec(self).map_err(|e| Problem::internal("record.encoding").detail(e))?;
        store.set_meta(MARK, &bytes).await
    }

    async fn read(store: &Store) -> Result<Option<Self>, Problem> {
        let Some(bytes) = store.meta(MARK).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| Problem::internal("record.encoding").detail(e))
    }
}

/// Refuses to go on where a person must decide, before anything is signed.
///
/// # Errors
/// `restore.undecided`; `store.*`.
pub(crate) async fn decided(store: &Store, accepted: bool) -> Result<(), Problem> {
    match Mark::read(store).await?.and_then(|mark| Some((mark.entries, mark.ahead?.entries))) {
        Some((own, ahead)) if !accepted => Err(Problem::conflict("restore.undecided").arg("own", own).arg("ahead", ahead)),
        _ => Ok(()),
    }
}

/// Writes the note of the restore, once.
///
/// # Errors
/// Those of the pipeline; `store.*`.
pub(crate) async fn begin(live: &Live) -> Result<(), Problem> {
    let Some(mark) = Mark::read(&live.store).await? else { return Ok(()) };
    let mut fields = Data::from([
        ("snapshot".to_owned(), json!(mark.snapshot)),
        ("shows".to_owned(), json!(mark.shows)),
        ("restored".to_owned(), json!(mark.restored)),
        ("entries".to_owned(), json!(mark.entries)),
    ]);
    if let Some(ahead) = &mark.ahead {
        fields.insert("missing_from".to_owned(), json!(mark.entries));
        fields.insert("missing_to".to_owned(), json!(ahead.entries));
        fields.insert("missing_known_at".to_owned(), json!(ahead.at));
        fields.insert("abandoned_checkpoint".to_owned(), json!(ahead.checkpoint));
    }
    live.system_note(&Caller::system(), "restored", fields).await?;
    live.store.remove_meta(MARK).await
}

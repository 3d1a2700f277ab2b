//! The rehearsal (H 9.6.2 g): a backup is restored into a scratch folder, opened with the key, and compared with the ledger
//! that it must continue into. Nothing of the running data is touched.

use std::{path::PathBuf, sync::Arc};

use jingui_ledger::{Checkpoint, Log, Tiles as _, Verifier};
use jingui_model::{Clock, Instant, Problem, Rng};
use jingui_store::Store;
use jingui_vault::{KeyringFile, Vault};
use serde::Serialize;

use super::{Request, Restored, Way, restore};
use crate::{
    ledger::{KEY, LedgerPlace, begun, blocking},
    node::KEYRING,
    pipeline::open_sealed,
    verify::Elsewhere,
};

const PAGE: u32 = 2048;
/// After this many no more are named.
const MOST: usize = 100;

/// Why nothing could be restored.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// The problem's code.
    pub code: String,
    /// The file or what else it names.
    pub file: Option<String>,
}

/// What a drill found.
#[derive(Debug, Clone, Serialize)]
pub struct Drill {
    /// Whether all is right.
    pub passed: bool,
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
    /// What was restored, if it could be.
    pub restored: Option<Restored>,
    /// Why it could not be: code and file.
    pub failure: Option<Failure>,
    /// The same, for its text.
    #[serde(skip)]
    pub problem: Option<Problem>,
    /// Records that were opened with the vault's key; none when the key is a recipient's outside.
    pub opened: Option<u64>,
    /// Records that did not open.
    pub unopened: Vec<String>,
    /// Records whose keys are destroyed.
    pub destroyed: u64,
    /// Whether the present ledger continues the restored one; none when there is no present one.
    pub continues: Option<bool>,
}

/// Rehearses a restore. `request.data` and what is elsewhere are what is running, if it is there; it is only read.
///
/// # Errors
/// Those of the scratch folder; what is wrong with the backup is an outcome.
pub async fn drill(request: Request, scratch: Option<PathBuf>, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Drill, Problem> {
    let began = clock.now();
    let above = scratch.unwrap_or_else(std::env::temp_dir);
    let folder = above.join(format!("jingui-drill-{}", hex::encode(rng.array::<16>())));
    let own = Request { data: folder.clone(), elsewhere: Elsewhere::default(), ..request.clone() };
    let restored = restore(own, Arc::clone(&clock), rng).await;
    let done = examine(&request, &folder, restored, began, &clock).await;
    drop(std::fs::remove_dir_all(&folder));
    done
}

async fn examine(
    request: &Request,
    folder: &std::path::Path,
    restored: Result<Restored, Problem>,
    began: Instant,
    clock: &Arc<dyn Clock>,
) -> Result<Drill, Problem> {
    let mut drill = Drill {
        passed: false,
        began,
        ended: began,
        restored: None,
        failure: None,
        problem: None,
        opened: None,
        unopened: vec![],
        destroyed: 0,
        continues: None,
    };
    match restored {
        Ok(restored) => {
            open(&mut drill, folder, &request.way).await?;
            drill.continues = continues(request, folder, Arc::clone(clock)).await?;
            drill.passed = restored.whole() && drill.unopened.is_empty() && drill.continues != Some(false);
            drill.restored = Some(restored);
        }
        Err(problem) => {
            let file = problem.args().iter().find(|(name, _)| name == "file").map(|(_, value)| value.clone());
            drill.failure = Some(Failure { code: problem.code().to_owned(), file });
            drill.problem = Some(problem);
        }
    }
    drill.ended = clock.now();
    Ok(drill)
}

/// Opens every record with the vault's own key.
async fn open(drill: &mut Drill, folder: &std::path::Path, way: &Way) -> Result<(), Problem> {
    let Some(unlock) = way.unlock() else { return Ok(()) };
    let store = Store::open_reading(folder).await?;
    let ring = store.meta(KEYRING).await?.ok_or_else(|| Problem::internal("node.keyring"))?;
    let vault = KeyringFile::from_json(&String::from_utf8_lossy(&ring)).and_then(|ring| ring.unlock(unlock));
    let done = match vault {
        Ok(vault) => records(drill, &store, &vault).await,
        Err(problem) => {
            drill.unopened.push(problem.code().to_owned());
            Ok(())
        }
    };
    store.close().await;
    done
}

async fn records(drill: &mut Drill, store: &Store, vault: &Vault) -> Result<(), Problem> {
    let (mut after, mut opened) = (None, 0);
    loop {
        let rows = store.sealed_between(after, None, PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        for row in &rows {
            if row.key.is_empty() {
                drill.destroyed += 1;
            } else if open_sealed(vault, row).is_ok() {
                opened += 1;
            } else if drill.unopened.len() < MOST {
                drill.unopened.push(row.id.to_string());
            }
        }
    }
    drill.opened = Some(opened);
    Ok(())
}

/// Whether the present ledger holds at the restored size what was restored.
async fn continues(request: &Request, folder: &std::path::Path, clock: Arc<dyn Clock>) -> Result<Option<bool>, Problem> {
    let (request, folder) = (request.clone(), folder.to_owned());
    blocking(move || {
        let present = LedgerPlace::of(&request.data, request.elsewhere.ledger.as_deref(), Arc::clone(&clock))?;
        let restored = LedgerPlace::of(&folder, None, clock)?;
        if !begun(&*present.first())? || !begun(&*restored.first())? {
            return Ok(None);
        }
        let key = restored.first().read(KEY).ok().flatten().unwrap_or_default();
        let verifier = Verifier::parse(String::from_utf8_lossy(&key).trim())?;
        let note = Log::open(restored.first(), &verifier)?;
        let kept = Checkpoint::open(note.checkpoint(), &verifier)?;
        Ok(Some(Log::open(present.first(), &verifier).and_then(|log| log.continues(&kept)).is_ok()))
    })
    .await
}

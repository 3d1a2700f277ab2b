//! Loading: every committed record opened into the read model, on all cores, before the node serves.
//!
//! The records are cut into as many ranges of ids as there are cores. Each range is read, opened and
//! built into a part of the read model by itself; at the end the parts are joined in the order of
//! their ids. What comes out is the same as if one record had been put in after the other.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use jingui_kinds::Catalog;
use jingui_model::{GradeScheme, Id, Problem, Zone};
use jingui_policy::Authority;
use jingui_store::{SealedRow, Store};
use jingui_vault::Vault;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{keys, ledger::blocking, node::Progress, pipeline::open_sealed, world::World};

/// Rows of one question to the store.
const CHUNK: u32 = 2048;
/// Below this many records in each, ranges are not worth their joining.
const RANGE: u64 = 10_000;
/// Most ranges; a back end has few connections for reading.
const RANGES: u64 = 8;

/// Reads and opens everything that is committed.
///
/// # Errors
/// `store.*`; `vault.*` when a row was tampered with (the record is named).
pub async fn load(
    store: &Store,
    vault: &Vault,
    catalog: Arc<Catalog>,
    authority: Arc<Authority>,
    scheme: Arc<GradeScheme>,
    zone: Zone,
    progress: &Arc<Progress>,
) -> Result<World, Problem> {
    let head = store.head().await?.next;
    let total = store.counts().await?.records;
    progress.total.store(total, Ordering::Relaxed);
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let bounds = bounds(store, total, cores.min(RANGES)).await?;
    // Dropped with whatever goes wrong, and with it the parts that are under way.
    let mut parts = JoinSet::new();
    for n in 0..=bounds.len() {
        let after = n.checked_sub(1).and_then(|n| bounds.get(n)).copied();
        let last = bounds.get(n).copied();
        let world = World::new(Arc::clone(&catalog), Arc::clone(&authority), Arc::clone(&scheme), zone);
        let (store, vault, progress) = (store.clone(), vault.clone(), Arc::clone(progress));
        parts.spawn(async move { part(store, vault, after, last, world, progress).await.map(|world| (n, world)) });
    }
    let mut worlds = BTreeMap::new();
    while let Some(part) = parts.join_next().await {
        let (n, world) = part.map_err(|e| Problem::internal("node.task").detail(e))??;
        worlds.insert(n, world);
    }
    blocking(move || {
        let mut worlds = worlds.into_values();
        let mut world = worlds.next().ok_or_else(|| Problem::internal("node.task"))?;
        worlds.for_each(|later| world.absorb(later));
        world.set_head(head);
        Ok(world)
    })
    .await
}

/// The last id of each range but the last one, which is open: records that are made meanwhile are in it.
async fn bounds(store: &Store, total: u64, most: u64) -> Result<Vec<Id>, Problem> {
    let ranges = (total / RANGE).clamp(1, most);
    let mut bounds = Vec::new();
    for n in 1..ranges {
        bounds.extend(store.record_id_at(total * n / ranges).await?);
    }
    Ok(bounds)
}

/// Builds one range; reading goes ahead of it.
async fn part(
    store: Store,
    vault: Vault,
    mut after: Option<Id>,
    last: Option<Id>,
    mut world: World,
    progress: Arc<Progress>,
) -> Result<World, Problem> {
    let (send, mut receive) = mpsc::channel::<Vec<SealedRow>>(2);
    let builder = tokio::spawn(blocking(move || {
        while let Some(rows) = receive.blocking_recv() {
            let count = rows.len() as u64;
            for row in rows {
                put(&mut world, &vault, &row)?;
            }
            progress.loaded.fetch_add(count, Ordering::Relaxed);
        }
        Ok(world)
    }));
    loop {
        let rows = store.sealed_between(after, last, CHUNK).await?;
        let Some(row) = rows.last() else { break };
        after = Some(row.id);
        // A builder that is gone says why below.
        if send.send(rows).await.is_err() {
            break;
        }
    }
    drop(send);
    builder.await.map_err(|e| Problem::internal("node.task").detail(e))?
}

fn put(world: &mut World, vault: &Vault, row: &SealedRow) -> Result<(), Problem> {
    // Its key was destroyed: nobody can know any more what it says.
    if row.key.is_empty() {
        return Ok(());
    }
    match open_sealed(vault, row) {
        Ok((record, doc)) => world.put(&record, doc),
        // A grade that is locked apart is not there until it is opened again.
        Err(problem) if problem.code() == keys::DISABLED => Ok(()),
        Err(problem) => Err(problem.arg("record", row.id)),
    }
}

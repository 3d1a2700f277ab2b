//! Loading: every committed record opened into the read model, on all cores, before the node serves.

use std::sync::{Arc, atomic::Ordering};

use jingui_kinds::Catalog;
use jingui_model::{GradeScheme, Id, Problem, Zone};
use jingui_policy::Authority;
use jingui_store::{RecordRow, Store};
use jingui_vault::Vault;
use tokio::sync::mpsc;

use crate::{
    ledger::blocking,
    node::Progress,
    pipeline::open_record,
    world::{World, extract::Extract},
};

const CHUNK: u32 = 8192;

type Opened = (String, String, Extract);

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
    progress.total.store(store.counts().await?.records, Ordering::Relaxed);
    let (send, mut receive) = mpsc::channel::<Vec<RecordRow>>(2);
    let reader = {
        let store = store.clone();
        tokio::spawn(async move {
            let mut after: Option<Id> = None;
            loop {
                let rows = store.records_after(after, CHUNK).await?;
                let Some(last) = rows.last() else { return Ok(()) };
                after = Some(last.id);
                if send.send(rows).await.is_err() {
                    return Ok::<(), Problem>(());
                }
            }
        })
    };
    let (vault, progress) = (vault.clone(), Arc::clone(progress));
    let world = blocking(move || {
        let mut world = World::new(catalog, authority, scheme, zone);
        while let Some(rows) = receive.blocking_recv() {
            let count = rows.len() as u64;
            for (kind, state, extract) in open_all(&world, &vault, &rows)? {
                world.put_extract(&kind, &state, extract)?;
            }
            progress.loaded.fetch_add(count, Ordering::Relaxed);
        }
        world.set_head(head);
        Ok(world)
    })
    .await?;
    reader.await.map_err(|e| Problem::internal("node.task").detail(e))??;
    Ok(world)
}

/// Opens rows on all cores; the order is kept.
fn open_all(world: &World, vault: &Vault, rows: &[RecordRow]) -> Result<Vec<Opened>, Problem> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(threads).max(1);
    let parts: Vec<Result<Vec<Opened>, Problem>> = std::thread::scope(|scope| {
        let workers: Vec<_> = rows
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|row| open_one(world, vault, row)).collect::<Result<Vec<_>, _>>()))
            .collect();
        workers.into_iter().map(|w| w.join().unwrap_or_else(|_| Err(Problem::internal("node.task")))).collect()
    });
    let mut all = Vec::with_capacity(rows.len());
    for part in parts {
        all.extend(part?);
    }
    Ok(all)
}

fn open_one(world: &World, vault: &Vault, row: &RecordRow) -> Result<Opened, Problem> {
    let (record, doc) = open_record(vault, row).map_err(|p| p.arg("record", row.id))?;
    let extract = world.extract(&record, doc)?;
    Ok((record.kind, record.state, extract))
}

//! Laying a published ledger out again from its entries: after a loss, from a backup.
//!
//! Every file of a ledger but its checkpoint follows from its entries, and the signed checkpoint says whether they are the
//! right ones: when the root that comes out is not the one that was signed, nothing is published.

use std::collections::BTreeMap;

use jingui_model::Problem;

use crate::{
    checkpoint::Checkpoint,
    edge::{Edge, Write},
    log::{Log, io_problem},
    note::Verifier,
    tile::CHECKPOINT,
    tiles::Tiles,
};

/// Writes the files of the ledger that a signed note speaks of, from entries that come in batches, first things first; no key is
/// needed. More entries than the note covers are left alone.
///
/// # Errors
/// `ledger.exists` when there is a ledger already; those of [`Checkpoint::open`]; `ledger.root_mismatch` when the entries are
/// not those that were signed, or too few; those of `entries`; `ledger.io`, `ledger.disk_full`.
pub fn rebuild(
    tiles: impl Tiles + 'static,
    verifier: &Verifier,
    note: &str,
    entries: &mut dyn FnMut() -> Result<Option<Vec<Vec<u8>>>, Problem>,
) -> Result<Log, Problem> {
    let mut tiles: Box<dyn Tiles> = Box::new(tiles);
    let signed = Checkpoint::open(note, verifier)?;
    if tiles.read(CHECKPOINT).map_err(|e| io_problem(CHECKPOINT, &e))?.is_some() {
        return Err(Problem::conflict("ledger.exists"));
    }
    let mut edge = Edge::load(verifier.suite(), 0, &mut |tile| Err(crate::edge::damaged(&tile.path())))?;
    // A partial file that a later batch widens or fills is never written.
    let mut partial = BTreeMap::new();
    while edge.size() < signed.size {
        let Some(mut batch) = entries()? else { break };
        batch.truncate(usize::try_from(signed.size - edge.size()).unwrap_or(usize::MAX));
        for Write { tile, bytes } in edge.append(&batch) {
            let place = (tile.level, tile.index);
            if tile.full() {
                partial.remove(&place);
                let path = tile.path();
                tiles.write(&path, &bytes).map_err(|e| io_problem(&path, &e))?;
            } else {
                partial.insert(place, (tile.path(), bytes));
            }
        }
    }
    if edge.size() != signed.size || edge.root() != signed.root {
        return Err(Problem::unavailable("ledger.root_mismatch").arg("size", signed.size));
    }
    for (path, bytes) in partial.values() {
        tiles.write(path, bytes).map_err(|e| io_problem(path, &e))?;
    }
    tiles.sync().map_err(|e| io_problem("", &e))?;
    tiles.replace(CHECKPOINT, note.as_bytes()).map_err(|e| io_problem(CHECKPOINT, &e))?;
    Log::open(tiles, verifier)
}

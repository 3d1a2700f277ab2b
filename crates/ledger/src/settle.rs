//! Removing files that are no longer, or were never, part of the tree: partial tiles whose full
//! tile is covered by a published checkpoint, and what an append that died has left behind.
//!
//! tlog-tiles allows a partial tile to go once the full tile is there. Without this a ledger
//! that is extended in small steps fills the disk with partial tiles.

use jingui_model::Problem;

use crate::{
    log::io_problem,
    tile::{self, Level, TileId, WIDTH},
    tiles::Tiles,
};

/// Removes the partial files of tile `index` that are wider than `keep`.
pub fn clear_partials(tiles: &mut dyn Tiles, level: Level, index: u64, keep: u64) -> Result<(), Problem> {
    let folder = format!("{}.p", TileId { level, index, width: WIDTH }.stem());
    for name in tiles.list_under(&folder).map_err(|e| io_problem(&folder, &e))? {
        if TileId::parse(&name).is_some_and(|t| t.width > keep) {
            tiles.remove(&name).map_err(|e| io_problem(&name, &e))?;
        }
    }
    Ok(())
}

/// Before the first append after opening: the rightmost tiles lose partial files that no
/// checkpoint covers, and the last full tile of each level loses those it supersedes.
pub fn clear_edge(tiles: &mut dyn Tiles, size: u64) -> Result<(), Problem> {
    for level in levels(size) {
        let units = tile::units(level.height(), size);
        clear_partials(tiles, level, units / WIDTH, units % WIDTH)?;
        if let Some(full) = (units / WIDTH).checked_sub(1) {
            clear_partials(tiles, level, full, 0)?;
        }
    }
    Ok(())
}

/// Goes through all files of a ledger of `size` entries; removes superseded partial files and
/// files beyond its end. Returns how many were removed.
pub fn clear_all(tiles: &mut dyn Tiles, size: u64) -> Result<u64, Problem> {
    let mut removed = 0;
    for name in tiles.list().map_err(|e| io_problem("", &e))? {
        let Some(tile) = TileId::parse(&name) else { continue };
        let needless = match TileId::in_tree(tile.level, tile.index, size) {
            None => true,
            Some(covered) => tile.width > covered.width || (covered.full() && !tile.full()),
        };
        if needless {
            tiles.remove(&name).map_err(|e| io_problem(&name, &e))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The levels that a tree of this size has, with the entries.
pub fn levels(size: u64) -> impl Iterator<Item = Level> {
    std::iter::once(Level::Entries).chain((0..8).take_while(move |l| *l == 0 || tile::units(*l, size) > 0).map(Level::Hashes))
}

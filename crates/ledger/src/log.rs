//! The ledger itself: opened from its checkpoint, extended in batches, asked for proofs.
//!
//! One writer. The order of an append makes every crash harmless: entries and tiles are written
//! and made durable, read again and checked, and only then does the new checkpoint replace the
//! old one. Until that moment the old checkpoint covers none of the new files; after it, the new
//! one covers all of them. Partial tiles that a full tile supersedes go last.

use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry as Slot},
    io,
};

use jingui_model::Problem;

use crate::{
    checkpoint::{Checkpoint, wrong_key},
    edge::{Edge, Write, damaged, within},
    entry::Entry,
    note::{Signer, Verifier},
    settle,
    tile::{self, Bundle, CHECKPOINT, Level, TileId, WIDTH},
    tiles::Tiles,
    tree::{self, Hash, Subtrees, Suite, out_of_range},
};

/// What stays free on the storage unless [`Log::set_reserve`] says otherwise, in bytes.
pub const DEFAULT_RESERVE: u64 = 64 << 20;

/// What is known of the storage beyond what the checkpoint says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storage {
    /// Just opened: a dead append may have left files behind.
    Opened,
    /// Nothing beyond the checkpoint.
    Settled,
    /// An append failed midway: even the checkpoint may be the old or the new one.
    Unknown,
}

/// An open ledger.
pub struct Log {
    tiles: Box<dyn Tiles>,
    verifier: Verifier,
    edge: Edge,
    checkpoint: Checkpoint,
    note: String,
    reserve: u64,
    storage: Storage,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("checkpoint", &self.checkpoint).field("storage", &self.storage).finish_non_exhaustive()
    }
}

impl Log {
    /// A new, empty ledger with its first signed checkpoint.
    ///
    /// # Errors
    /// `ledger.exists` when there is a checkpoint; `ledger.not_empty` when there are tiles without
    /// one; `ledger.io`, `ledger.disk_full`.
    pub fn create(tiles: impl Tiles + 'static, signer: &Signer) -> Result<Self, Problem> {
        let mut tiles: Box<dyn Tiles> = Box::new(tiles);
        if tiles.read(CHECKPOINT).map_err(|e| io_problem(CHECKPOINT, &e))?.is_some() {
            return Err(Problem::conflict("ledger.exists"));
        }
        if !tiles.list_under("tile").map_err(|e| io_problem("tile", &e))?.is_empty() {
            return Err(Problem::conflict("ledger.not_empty"));
        }
        let checkpoint = Checkpoint { origin: signer.verifier().name().to_owned(), size: 0, root: signer.verifier().suite().root_of(&[]) };
        let note = checkpoint.sign(signer)?;
        tiles.replace(CHECKPOINT, note.as_bytes()).map_err(|e| io_problem(CHECKPOINT, &e))?;
        Self::open(tiles, signer.verifier())
    }

    /// Opens a ledger: the checkpoint must be signed by this key, and the right edge of the tree,
    /// read from the storage, must have the root that the checkpoint states. Nothing is changed.
    ///
    /// # Errors
    /// `ledger.no_checkpoint`; those of [`Checkpoint::open`]; `ledger.damaged` with the file;
    /// `ledger.root_mismatch`; `ledger.io`.
    pub fn open(tiles: impl Tiles + 'static, verifier: &Verifier) -> Result<Self, Problem> {
        let tiles: Box<dyn Tiles> = Box::new(tiles);
        let (checkpoint, note, edge) = load(&*tiles, verifier)?;
        Ok(Self { tiles, verifier: verifier.clone(), edge, checkpoint, note, reserve: DEFAULT_RESERVE, storage: Storage::Opened })
    }

    /// Sets how many bytes must stay free on the storage.
    pub const fn set_reserve(&mut self, bytes: u64) {
        self.reserve = bytes;
    }

    /// How many entries the published ledger has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// The root of the published ledger.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.checkpoint.root
    }

    /// The published checkpoint, a signed note.
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.note
    }

    /// What the published checkpoint says.
    #[must_use]
    pub const fn state(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The key that this ledger is read with.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// What the tree is hashed with; it follows from the key.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.verifier.suite()
    }

    /// The storage.
    #[must_use]
    pub fn tiles(&self) -> &dyn Tiles {
        &*self.tiles
    }

    /// Appends entries at the end and publishes a checkpoint over them; returns the new size.
    /// After an error it is unknown whether they are in: who needs exactly once uses
    /// [`Log::append_at`].
    ///
    /// # Errors
    /// `ledger.wrong_key`; `ledger.entry_malformed` or `ledger.entry_too_large` with the place;
    /// `ledger.low_disk`, `ledger.disk_full`, `ledger.io`; `ledger.reread` when the storage does
    /// not give back what was written; `ledger.moved` when somebody else has published; those of
    /// [`Log::open`] when the append before failed.
    pub fn append(&mut self, entries: &[Vec<u8>], signer: &Signer) -> Result<u64, Problem> {
        check_entries(entries)?;
        self.ready(signer)?;
        self.extend(entries, signer)
    }

    /// Appends entries whose place in the ledger is known. What is already there is skipped, so
    /// that a sequencer may repeat itself after a crash; returns the size.
    ///
    /// # Errors
    /// `ledger.gap` when the ledger ends before `start`; `ledger.fork` when it holds another entry
    /// at one of these places; otherwise as [`Log::append`].
    pub fn append_at(&mut self, start: u64, entries: &[Vec<u8>], signer: &Signer) -> Result<u64, Problem> {
        check_entries(entries)?;
        self.ready(signer)?;
        if start > self.size() {
            return Err(Problem::conflict("ledger.gap").arg("expected", self.size()).arg("found", start));
        }
        let mut index = start;
        let mut rest = entries;
        while index < self.size() && !rest.is_empty() {
            let (bundle, from) = (self.bundle(index / WIDTH)?, index);
            for held in Bundle::new(&bundle).skip((index % WIDTH) as usize) {
                let Some((entry, after)) = rest.split_first() else { break };
                if entry != held {
                    return Err(Problem::conflict("ledger.fork").arg("index", index));
                }
                index += 1;
                rest = after;
            }
            if index == from {
                return Err(damaged(&TileId { level: Level::Entries, index: index / WIDTH, width: WIDTH }.path()));
            }
        }
        self.extend(rest, signer)
    }

    /// The entry at an index.
    ///
    /// # Errors
    /// `ledger.out_of_range`; `ledger.damaged` with the file; `ledger.io`.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, Problem> {
        if index >= self.size() {
            return Err(out_of_range(index, self.size()));
        }
        let bundle = self.bundle(index / WIDTH)?;
        let entry = Bundle::new(&bundle).nth((index % WIDTH) as usize);
        entry.map(<[u8]>::to_vec).ok_or_else(|| damaged(&TileId { level: Level::Entries, index: index / WIDTH, width: WIDTH }.path()))
    }

    /// The proof that entry `index` is in the tree of the first `size` entries.
    ///
    /// # Errors
    /// `ledger.out_of_range`; `ledger.damaged` with the file; `ledger.io`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, Problem> {
        self.within(size)?;
        tree::inclusion_proof(&Source::new(self), index, size)
    }

    /// The proof that the tree of the first `new` entries continues that of the first `old`.
    ///
    /// # Errors
    /// `ledger.out_of_range`; `ledger.damaged` with the file; `ledger.io`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, Problem> {
        self.within(new)?;
        tree::consistency_proof(&Source::new(self), old, new)
    }

    /// The root that the tree had when it had `size` entries.
    ///
    /// # Errors
    /// `ledger.out_of_range`; `ledger.damaged` with the file; `ledger.io`.
    pub fn root_at(&self, size: u64) -> Result<Hash, Problem> {
        self.within(size)?;
        if size == 0 { Ok(self.suite().root_of(&[])) } else { tree::range(&Source::new(self), 0, size) }
    }

    /// Checks that this ledger continues a checkpoint that was kept elsewhere.
    ///
    /// # Errors
    /// `ledger.rolled_back` when this ledger is shorter (an older backup was restored);
    /// `ledger.fork` when it had another root at that size; those of [`Log::root_at`].
    pub fn continues(&self, kept: &Checkpoint) -> Result<(), Problem> {
        if kept.size > self.size() {
            return Err(Problem::conflict("ledger.rolled_back").arg("kept", kept.size).arg("size", self.size()));
        }
        if kept.origin != self.checkpoint.origin || self.root_at(kept.size)? != kept.root {
            return Err(Problem::conflict("ledger.fork").arg("index", kept.size));
        }
        Ok(())
    }

    /// Goes through all files and removes superseded partial tiles and what dead appends left
    /// behind. Appending does this at the right edge by itself; this is for maintenance.
    ///
    /// # Errors
    /// `ledger.io`; those of [`Log::open`] when the append before failed.
    pub fn tidy(&mut self) -> Result<u64, Problem> {
        self.refresh()?;
        self.unmoved()?;
        settle::clear_all(&mut *self.tiles, self.checkpoint.size)
    }

    fn within(&self, size: u64) -> Result<(), Problem> {
        if size > self.size() { Err(out_of_range(size, self.size())) } else { Ok(()) }
    }

    /// The bytes of a bundle of the tree.
    fn bundle(&self, index: u64) -> Result<Vec<u8>, Problem> {
        match TileId::in_tree(Level::Entries, index, self.edge.size()) {
            Some(tile) if tile.full() => read(&*self.tiles, tile),
            _ => Ok(self.edge.bundle().to_vec()),
        }
    }

    /// After a failed append: what the storage holds decides.
    fn refresh(&mut self) -> Result<(), Problem> {
        if self.storage == Storage::Unknown {
            self.tiles.sync().map_err(|e| io_problem("", &e))?;
            (self.checkpoint, self.note, self.edge) = load(&*self.tiles, &self.verifier)?;
            self.storage = Storage::Opened;
        }
        Ok(())
    }

    /// Refuses when somebody else has published since: nothing may be removed or written then.
    fn unmoved(&mut self) -> Result<(), Problem> {
        if self.tiles.read(CHECKPOINT).map_err(|e| io_problem(CHECKPOINT, &e))?.as_deref() == Some(self.note.as_bytes()) {
            return Ok(());
        }
        self.storage = Storage::Unknown;
        Err(Problem::conflict("ledger.moved"))
    }

    fn ready(&mut self, signer: &Signer) -> Result<(), Problem> {
        if *signer.verifier() != self.verifier {
            return Err(wrong_key(&self.checkpoint.origin, signer.verifier()));
        }
        self.refresh()?;
        self.unmoved()?;
        if self.storage == Storage::Opened {
            settle::clear_edge(&mut *self.tiles, self.checkpoint.size)?;
            self.storage = Storage::Settled;
        }
        Ok(())
    }

    fn extend(&mut self, entries: &[Vec<u8>], signer: &Signer) -> Result<u64, Problem> {
        if entries.is_empty() {
            return Ok(self.size());
        }
        let before = self.size();
        let mut edge = self.edge.clone();
        let writes = edge.append(entries);
        self.check_space(&writes)?;
        let checkpoint = Checkpoint { origin: self.checkpoint.origin.clone(), size: edge.size(), root: edge.root() };

        self.storage = Storage::Unknown;
        for Write { tile, bytes } in &writes {
            if TileId::in_tree(tile.level, tile.index, before).is_none() {
                settle::clear_partials(&mut *self.tiles, tile.level, tile.index, 0)?;
            }
            let path = tile.path();
            self.tiles.write(&path, bytes).map_err(|e| io_problem(&path, &e))?;
        }
        self.tiles.sync().map_err(|e| io_problem("", &e))?;
        self.reread(&writes, &checkpoint)?;
        let note = checkpoint.sign(signer)?;
        self.unmoved()?;
        self.tiles.replace(CHECKPOINT, note.as_bytes()).map_err(|e| io_problem(CHECKPOINT, &e))?;
        (self.checkpoint, self.note, self.edge) = (checkpoint, note, edge);

        // Published. What cannot be cleared now is cleared before the next append.
        let mut full = writes.iter().map(|w| w.tile).filter(|t| t.full());
        let cleared = full.try_for_each(|t| settle::clear_partials(&mut *self.tiles, t.level, t.index, 0));
        self.storage = if cleared.is_ok() { Storage::Settled } else { Storage::Opened };
        Ok(self.size())
    }

    /// Refuses when the storage would fall below the reserve.
    fn check_space(&self, writes: &[Write]) -> Result<(), Problem> {
        let need: u64 = writes.iter().map(|w| w.bytes.len() as u64 + 4096).sum();
        match self.tiles.free_bytes().map_err(|e| io_problem("", &e))? {
            Some(free) if free.saturating_sub(need) < self.reserve => {
                Err(Problem::unavailable("ledger.low_disk").arg("free", free).arg("reserve", self.reserve))
            }
            _ => Ok(()),
        }
    }

    /// Reads again what is about to be signed. The files hold what was meant, they continue the
    /// partial files that the old checkpoint covers, and the new root follows from the storage
    /// alone.
    fn reread(&self, writes: &[Write], next: &Checkpoint) -> Result<(), Problem> {
        for Write { tile, bytes } in writes {
            if read(&*self.tiles, *tile)? != *bytes {
                return Err(Problem::unavailable("ledger.reread").arg("file", tile.path()));
            }
            if let Some(old) = TileId::in_tree(tile.level, tile.index, self.checkpoint.size)
                && !bytes.starts_with(&read(&*self.tiles, old)?)
            {
                return Err(damaged(&old.path()));
            }
        }
        let tiles: HashMap<_, _> = writes.iter().map(|w| ((w.tile.level, w.tile.index), &w.bytes)).collect();
        for Write { tile, bytes } in writes.iter().filter(|w| w.tile.full()) {
            let above = match tile.level {
                // The entries of a full bundle are those of its hash tile.
                Level::Entries => {
                    let hashes: Vec<Hash> = Bundle::new(bytes).map(|entry| self.suite().leaf(entry)).collect();
                    tiles.get(&(Level::Hashes(0), tile.index)).is_some_and(|t| **t == hashes.concat())
                }
                // A full tile is one hash of the tile above.
                Level::Hashes(level) => {
                    let root = tile::hashes(bytes).map(|h| self.suite().root_of(&h)).unwrap_or_default();
                    let at = (tile.index % WIDTH) as usize * 32;
                    tiles.get(&(Level::Hashes(level + 1), tile.index / WIDTH)).is_some_and(|t| t.get(at..at + 32) == Some(&root))
                }
            };
            if !above {
                return Err(Problem::unavailable("ledger.reread").arg("file", tile.path()));
            }
        }
        let edge = Edge::load(self.suite(), next.size, &mut |tile| read(&*self.tiles, tile))?;
        if edge.root() == next.root { Ok(()) } else { Err(Problem::unavailable("ledger.reread").arg("file", CHECKPOINT)) }
    }
}

fn load(tiles: &dyn Tiles, verifier: &Verifier) -> Result<(Checkpoint, String, Edge), Problem> {
    let bytes = tiles.read(CHECKPOINT).map_err(|e| io_problem(CHECKPOINT, &e))?;
    let bytes = bytes.ok_or_else(|| Problem::missing("ledger.no_checkpoint"))?;
    let note = String::from_utf8(bytes).map_err(|_| Problem::invalid("ledger.note_malformed").arg("part", "utf-8"))?;
    let checkpoint = Checkpoint::open(&note, verifier)?;
    let edge = Edge::load(verifier.suite(), checkpoint.size, &mut |tile| read(tiles, tile))?;
    if edge.root() != checkpoint.root {
        return Err(Problem::unavailable("ledger.root_mismatch").arg("size", checkpoint.size));
    }
    Ok((checkpoint, note, edge))
}

fn read(tiles: &dyn Tiles, tile: TileId) -> Result<Vec<u8>, Problem> {
    let path = tile.path();
    tiles.read(&path).map_err(|e| io_problem(&path, &e))?.ok_or_else(|| damaged(&path).detail("missing"))
}

fn check_entries(entries: &[Vec<u8>]) -> Result<(), Problem> {
    for (i, entry) in entries.iter().enumerate() {
        Entry::parse(entry).map_err(|problem| problem.at(format!("entries[{i}]")))?;
    }
    Ok(())
}

/// A fault of the storage as a problem.
pub(crate) fn io_problem(path: &str, error: &io::Error) -> Problem {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    Problem::unavailable(if full { "ledger.disk_full" } else { "ledger.io" }).arg("file", path).detail(error)
}

/// Hashes of perfect subtrees from tiles; each tile is read once per proof.
struct Source<'a> {
    log: &'a Log,
    read: RefCell<HashMap<(u8, u64), Vec<Hash>>>,
}

impl<'a> Source<'a> {
    fn new(log: &'a Log) -> Self {
        Self { log, read: RefCell::default() }
    }
}

impl Subtrees for Source<'_> {
    fn suite(&self) -> Suite {
        self.log.suite()
    }

    fn perfect(&self, height: u32, index: u64) -> Result<Hash, Problem> {
        let missing = || out_of_range(index, self.log.size());
        let level = u8::try_from(height / 8).map_err(|_| missing())?;
        let inner = height % 8;
        let (tile, at) = (index >> (8 - inner), index & ((1 << (8 - inner)) - 1));
        let Some(id) = TileId::in_tree(Level::Hashes(level), tile, self.log.edge.size()) else { return Err(missing()) };
        if !id.full() {
            return within(self.suite(), self.log.edge.hashes(level), inner, at).ok_or_else(missing);
        }
        let mut known = self.read.borrow_mut();
        let hashes = match known.entry((level, tile)) {
            Slot::Occupied(slot) => slot.into_mut(),
            Slot::Vacant(slot) => {
                let hashes = tile::hashes(&read(&*self.log.tiles, id)?).filter(|h| h.len() as u64 == WIDTH);
                slot.insert(hashes.ok_or_else(|| damaged(&id.path()))?)
            }
        };
        within(self.suite(), hashes, inner, at).ok_or_else(missing)
    }
}

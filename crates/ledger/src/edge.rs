//! The right edge of the tree: for each level the hashes that do not fill a tile yet, and the
//! entries below them. It is all that is needed to append and to compute the root; a ledger of
//! any size keeps at most 255 entries and 255 hashes per level in memory.

use jingui_model::Problem;

use crate::{
    tile::{self, Bundle, Level, TileId, WIDTH, push_entry},
    tree::{Hash, Suite},
};

/// The right edge of a tree of a certain size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    suite: Suite,
    size: u64,
    levels: Vec<Vec<Hash>>,
    bundle: Vec<u8>,
}

/// A file to be written, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which file.
    pub tile: TileId,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Edge {
    /// The edge of the tree of `size` entries, hashed with this suite, read through `read`.
    ///
    /// # Errors
    /// Those of `read`; `ledger.damaged` with the file when its length or its entries do not fit.
    pub fn load(suite: Suite, size: u64, read: &mut dyn FnMut(TileId) -> Result<Vec<u8>, Problem>) -> Result<Self, Problem> {
        let mut edge = Self { suite, size, ..Self::default() };
        for level in 0.. {
            let count = tile::units(level, size);
            if count == 0 {
                break;
            }
            let hashes = match TileId::in_tree(Level::Hashes(level), count / WIDTH, size) {
                None => vec![],
                Some(id) => tile::hashes(&read(id)?).filter(|h| h.len() as u64 == id.width).ok_or_else(|| damaged(&id.path()))?,
            };
            edge.levels.push(hashes);
        }
        if let Some(id) = TileId::in_tree(Level::Entries, size / WIDTH, size) {
            edge.bundle = read(id)?;
            let mut entries = Bundle::new(&edge.bundle);
            let hashes: Vec<_> = entries.by_ref().map(|entry| suite.leaf(entry)).collect();
            if entries.broken() || Some(&hashes) != edge.levels.first() {
                return Err(damaged(&id.path()));
            }
        }
        Ok(edge)
    }

    /// How many entries the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the tile of this level that is not full; empty when there is none.
    #[must_use]
    pub fn hashes(&self, level: u8) -> &[Hash] {
        self.levels.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// The bytes of the bundle that is not full.
    #[must_use]
    pub fn bundle(&self) -> &[u8] {
        &self.bundle
    }

    /// The root of the tree. Each level's hashes followed by the root of all that is right of
    /// them split exactly as RFC 6962 splits the whole.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut right = None;
        for hashes in self.levels.iter().filter(|h| !h.is_empty()) {
            let mut hashes = hashes.clone();
            hashes.extend(right);
            right = Some(self.suite.root_of(&hashes));
        }
        right.unwrap_or_else(|| self.suite.root_of(&[]))
    }

    /// Appends entries and says which files change: every tile and bundle that became full, and
    /// the partial ones of each level that moved.
    #[must_use]
    pub fn append(&mut self, entries: &[Vec<u8>]) -> Vec<Write> {
        let before = self.size;
        let mut writes = vec![];
        for entry in entries {
            push_entry(&mut self.bundle, entry);
            let index = self.size / WIDTH;
            self.size += 1;
            if self.size.is_multiple_of(WIDTH) {
                let bytes = std::mem::take(&mut self.bundle);
                writes.push(Write { tile: TileId { level: Level::Entries, index, width: WIDTH }, bytes });
            }
            self.push(0, self.suite.leaf(entry), &mut writes);
        }
        if let Some(tile) = TileId::in_tree(Level::Entries, self.size / WIDTH, self.size).filter(|_| self.size > before) {
            writes.push(Write { tile, bytes: self.bundle.clone() });
        }
        for (level, hashes) in (0..).zip(&self.levels) {
            let count = tile::units(level, self.size);
            if count > tile::units(level, before)
                && let Some(tile) = TileId::in_tree(Level::Hashes(level), count / WIDTH, self.size)
            {
                writes.push(Write { tile, bytes: hashes.concat() });
            }
        }
        writes
    }

    fn push(&mut self, level: u8, hash: Hash, writes: &mut Vec<Write>) {
        let at = usize::from(level);
        if self.levels.len() <= at {
            self.levels.resize_with(at + 1, Vec::new);
        }
        let Some(hashes) = self.levels.get_mut(at) else { return };
        hashes.push(hash);
        if hashes.len() as u64 == WIDTH {
            let full = std::mem::take(hashes);
            let index = tile::units(level, self.size) / WIDTH - 1;
            writes.push(Write { tile: TileId { level: Level::Hashes(level), index, width: WIDTH }, bytes: full.concat() });
            self.push(level + 1, self.suite.root_of(&full), writes);
        }
    }
}

/// The root of the perfect subtree over a power of two of hashes within a tile, at a height
/// within it.
pub(crate) fn within(suite: Suite, hashes: &[Hash], height: u32, index: u64) -> Option<Hash> {
    let count = 1_usize.checked_shl(height)?;
    let start = usize::try_from(index).ok()?.checked_mul(count)?;
    match hashes.get(start..start.checked_add(count)?)? {
        [left, right] => Some(suite.node(left, right)),
        some => Some(suite.root_of(some)),
    }
}

/// The refusal for a file that is not what it must be.
pub(crate) fn damaged(path: &str) -> Problem {
    Problem::unavailable("ledger.damaged").arg("file", path)
}

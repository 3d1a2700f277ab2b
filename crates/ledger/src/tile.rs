//! Names and contents of the files of a ledger (C2SP tlog-tiles v0.1.0).
//!
//! `tile/<L>/<N>` holds 256 hashes of level `L`, `tile/entries/<N>` the 256 entries below the
//! level-0 tile `N`. A file that is not full has the suffix `.p/<W>`. A full tile of one level is
//! one hash of the level above.

use std::fmt::Write as _;

use crate::tree::Hash;

/// Hashes or entries in a full tile.
pub const WIDTH: u64 = 256;

/// The longest entry in bytes: bundles carry lengths in 16 bits.
pub const MAX_ENTRY: usize = u16::MAX as usize;

/// The name of the signed state of the ledger.
pub const CHECKPOINT: &str = "checkpoint";

/// The highest level that a tree of 2^64 entries can have.
const MAX_LEVEL: u8 = 7;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The entries themselves.
    Entries,
    /// Hashes of this level; level 0 holds the hashes of entries.
    Hashes(u8),
}

impl Level {
    /// The level of the tree whose positions this file counts.
    #[must_use]
    pub const fn height(self) -> u8 {
        match self {
            Self::Entries => 0,
            Self::Hashes(level) => level,
        }
    }
}

/// One file: level, index within the level, and width (1 to 256; 256 is full).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileId {
    /// What it holds.
    pub level: Level,
    /// Its number within the level, from 0.
    pub index: u64,
    /// How many entries or hashes, 1 to 256.
    pub width: u64,
}

impl TileId {
    /// The file that covers tile `index` of `level` in a tree of `size` entries, if the tree
    /// reaches it.
    #[must_use]
    pub fn in_tree(level: Level, index: u64, size: u64) -> Option<Self> {
        let width = units(level.height(), size).checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
        (width > 0).then_some(Self { level, index, width })
    }

    /// Whether it is a full tile.
    #[must_use]
    pub const fn full(self) -> bool {
        self.width == WIDTH
    }

    /// The path below the folder, with `/` between its parts.
    #[must_use]
    pub fn path(self) -> String {
        let mut path = self.stem();
        if !self.full() {
            let _ = write!(path, ".p/{}", self.width);
        }
        path
    }

    /// The path of the full tile.
    #[must_use]
    pub fn stem(self) -> String {
        let mut path = match self.level {
            Level::Entries => "tile/entries/".to_owned(),
            Level::Hashes(level) => format!("tile/{level}/"),
        };
        let mut parts = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            parts.push(rest % 1000);
            rest /= 1000;
        }
        while let Some(part) = parts.pop() {
            let _ = if parts.is_empty() { write!(path, "{part:03}") } else { write!(path, "x{part:03}/") };
        }
        path
    }

    /// The folder that its full tile lies in, without a final `/`.
    #[must_use]
    pub fn folder(self) -> String {
        let stem = self.stem();
        stem.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
    }

    /// Reads a path; `None` unless it is written exactly as [`TileId::path`] writes it.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let level = if level == "entries" { Level::Entries } else { Level::Hashes(level.parse().ok().filter(|l| *l <= MAX_LEVEL)?) };
        let (stem, width) = match rest.split_once(".p/") {
            Some((stem, width)) => (stem, width.parse().ok().filter(|w| (1..WIDTH).contains(w))?),
            None => (rest, WIDTH),
        };
        let mut index = 0_u64;
        for part in stem.split('/') {
            let digits: u64 = part.trim_start_matches('x').parse().ok()?;
            index = index.checked_mul(1000)?.checked_add(digits)?;
        }
        let tile = Self { level, index, width };
        (tile.path() == path).then_some(tile)
    }
}

/// How many complete units of `level` (256^level entries each) a tree of `size` entries has.
#[must_use]
pub const fn units(level: u8, size: u64) -> u64 {
    if level > MAX_LEVEL { 0 } else { size >> (8 * level as u32) }
}

/// The hashes in the bytes of a hash tile; `None` when they are no whole number of hashes.
#[must_use]
pub fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.to_vec())
}

/// Appends an entry to the bytes of a bundle. The caller has checked its length.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry.get(..usize::from(length)).unwrap_or(entry));
}

/// The entries in the bytes of a bundle, each with the offset where it begins.
#[derive(Debug, Clone)]
pub struct Bundle<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Bundle<'a> {
    /// Over the bytes of a bundle file.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// How far it has read, in bytes.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Whether bytes are left that do not make up an entry.
    #[must_use]
    pub const fn broken(&self) -> bool {
        self.offset < self.bytes.len()
    }
}

impl<'a> Iterator for Bundle<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.bytes.get(self.offset..)?.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let entry = rest.get(..length)?;
        self.offset += 2 + length;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tlog-tiles, "Merkle Tree": index 1234067 is written `x001/x234/067`.
    #[test]
    fn paths_are_written_as_the_specification_says_and_read_back() {
        let tile = |level, index, width| TileId { level, index, width };
        for (id, path) in [
            (tile(Level::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(Level::Hashes(2), 0, 1), "tile/2/000.p/1"),
            (tile(Level::Entries, 999, 255), "tile/entries/999.p/255"),
            (tile(Level::Entries, 1000, 256), "tile/entries/x001/000"),
            (tile(Level::Hashes(1), 1_000_000, 17), "tile/1/x001/x000/000.p/17"),
        ] {
            assert_eq!(id.path(), path);
            assert_eq!(TileId::parse(path), Some(id));
        }
    }

    #[test]
    fn other_spellings_are_not_paths() {
        for path in [
            "tile/00/000",
            "tile/8/000",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/+1",
            "tile/0/xx001/002",
            "tile/0/",
            "tile/entries",
            "checkpoint",
            "tile/0/000.p",
            "tile/0/x18446744073709551/615/999",
            "tile/-1/000",
            "tile/+1/000",
            "",
        ] {
            assert_eq!(TileId::parse(path), None, "{path}");
        }
    }

    /// tlog-tiles, "Partial Tiles": the worked example of a tree of 70,000 entries, and of 256.
    #[test]
    fn widths_follow_the_worked_example() {
        let width = |level, index, size| TileId::in_tree(Level::Hashes(level), index, size).map(|t| t.width);
        assert_eq!((width(0, 272, 70_000), width(0, 273, 70_000), width(0, 274, 70_000)), (Some(256), Some(112), None));
        assert_eq!(
            (width(1, 0, 70_000), width(1, 1, 70_000), width(2, 0, 70_000), width(3, 0, 70_000)),
            (Some(256), Some(17), Some(1), None)
        );
        assert_eq!((width(0, 0, 256), width(0, 1, 256), width(1, 0, 256)), (Some(256), None, Some(1)));
        assert_eq!(width(7, 0, u64::MAX), Some(255));
    }

    #[test]
    fn a_bundle_stops_where_it_breaks() {
        let mut bytes = vec![];
        push_entry(&mut bytes, b"one");
        push_entry(&mut bytes, b"");
        bytes.extend_from_slice(&[0, 9, 1]);
        let mut bundle = Bundle::new(&bytes);
        assert_eq!(bundle.by_ref().collect::<Vec<_>>(), [b"one".as_slice(), b""]);
        assert!(bundle.broken());
        assert_eq!(bundle.offset(), 7);
    }
}

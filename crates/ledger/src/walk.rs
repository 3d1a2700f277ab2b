//! Going down from a proven tile to the tiles and entries below it; see [`crate::verify`].

use crate::{
    entry::Entry,
    report::{Damage, DamageKind, Report},
    tile::{self, Bundle, Level, TileId, WIDTH},
    tiles::Tiles,
    tree::{Hash, Suite},
};

/// In a tile that is wrong and whose children are wrong too, up to this many differing hashes
/// are tried in every combination.
const MIXED: usize = 8;

/// What the storage holds for a file.
pub enum Found {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// Nothing.
    Missing,
    /// An error.
    Unreadable,
}

impl Found {
    /// The hashes, if there are exactly as many as the tile has.
    pub fn hashes(&self, id: TileId) -> Option<Vec<Hash>> {
        match self {
            Self::Bytes(bytes) => tile::hashes(bytes).filter(|h| h.len() as u64 == id.width),
            _ => None,
        }
    }
}

/// The check at work.
pub struct Walk<'a> {
    /// The storage.
    pub tiles: &'a dyn Tiles,
    /// What the tree is hashed with.
    pub suite: Suite,
    /// All names, sorted.
    pub names: &'a [String],
    /// How many entries the checkpoint covers.
    pub size: u64,
    /// What was found so far.
    pub report: Report,
}

impl Walk<'_> {
    /// Reads a file of the tree and counts it.
    pub fn find(&mut self, id: TileId) -> Found {
        self.report.files += 1;
        self.look(id)
    }

    /// Reads a file of the tree. The partial file may have been superseded since the checkpoint:
    /// then the beginning of the full one stands for it.
    fn look(&self, id: TileId) -> Found {
        match (self.tiles.read(&id.path()), id.full()) {
            (Ok(Some(bytes)), _) => Found::Bytes(bytes),
            (Err(_), _) => Found::Unreadable,
            (Ok(None), true) => Found::Missing,
            (Ok(None), false) => {
                let full = self.tiles.read(&id.stem()).ok().flatten();
                full.and_then(|bytes| bytes.get(..beginning(id, &bytes)).map(<[u8]>::to_vec)).map_or(Found::Missing, Found::Bytes)
            }
        }
    }

    /// The hashes of a tile computed from what is below it; where that is not readable, as the
    /// tile itself has them. `None` when neither tells.
    pub fn rebuild(&self, id: TileId, found: &Found) -> Option<Vec<Hash>> {
        let own = found.hashes(id);
        let below: Vec<Option<Hash>> = match id.level {
            Level::Hashes(0) => {
                let Found::Bytes(bytes) = self.look(TileId { level: Level::Entries, ..id }) else { return own };
                let mut hashes: Vec<_> = Bundle::new(&bytes).map(|entry| Some(self.suite.leaf(entry))).collect();
                hashes.resize(id.width as usize, None);
                hashes
            }
            Level::Hashes(level) => (0..id.width)
                .map(|i| {
                    let child = TileId { level: Level::Hashes(level - 1), index: id.index * WIDTH + i, width: WIDTH };
                    self.look(child).hashes(child).map(|h| self.suite.root_of(&h))
                })
                .collect(),
            Level::Entries => return None,
        };
        below.into_iter().enumerate().map(|(i, hash)| hash.or_else(|| own.as_ref()?.get(i).copied())).collect()
    }

    /// Checks everything below a hash tile with these hashes.
    pub fn below(&mut self, id: TileId, hashes: &[Hash]) {
        match id.level {
            Level::Hashes(0) => self.bundle(TileId { level: Level::Entries, ..id }, hashes),
            Level::Hashes(level) => {
                for (i, hash) in (0..).zip(hashes) {
                    self.full_tile(TileId { level: Level::Hashes(level - 1), index: id.index * WIDTH + i, width: WIDTH }, hash);
                }
            }
            Level::Entries => {}
        }
    }

    fn full_tile(&mut self, id: TileId, root: &Hash) {
        let found = self.find(id);
        let own = found.hashes(id);
        if let Some(hashes) = own.as_ref().filter(|h| self.suite.root_of(h) == *root) {
            self.below(id, hashes);
            self.superseded(id, hashes);
            return;
        }
        let rebuilt = self.rebuild(id, &found);
        let proven = rebuilt.as_ref().and_then(|rebuilt| mixed(self.suite, own.as_deref().unwrap_or(rebuilt), rebuilt, root));
        let best = proven.or(rebuilt);
        let damage = damage_at(id, &found, best.as_deref());
        self.report.damage(damage.unwrap_or_else(|| damage_of(id, DamageKind::Content, 0, None)));
        match best {
            Some(hashes) => {
                self.below(id, &hashes);
                self.superseded(id, &hashes);
            }
            None => self.unproven(id),
        }
    }

    /// Names the files below a tile that neither stands nor can be computed anew.
    fn unproven(&mut self, id: TileId) {
        let children: Vec<_> = match id.level {
            Level::Hashes(0) => vec![TileId { level: Level::Entries, ..id }],
            Level::Hashes(level) => {
                (0..id.width).map(|i| TileId { level: Level::Hashes(level - 1), index: id.index * WIDTH + i, width: WIDTH }).collect()
            }
            Level::Entries => vec![],
        };
        for child in children {
            let kind = match self.find(child) {
                Found::Missing => DamageKind::Missing,
                Found::Unreadable => DamageKind::Unreadable,
                Found::Bytes(_) => DamageKind::Unproven,
            };
            self.report.damage(damage_of(child, kind, 0, None));
        }
    }

    /// Checks a bundle against the hashes of its entries, and every entry.
    fn bundle(&mut self, id: TileId, hashes: &[Hash]) {
        let suite = self.suite;
        match self.find(id) {
            Found::Bytes(bytes) => {
                if let Some(damage) = bundle_damage(suite, id, &bytes, hashes, &mut |proven| {
                    self.report.entries += 1;
                    let entry = Entry::parse(proven).ok()?;
                    self.report.first_at.get_or_insert(entry.at());
                    self.report.last_at = Some(entry.at());
                    Some(())
                }) {
                    self.report.damage(damage);
                }
            }
            Found::Missing => self.report.damage(damage_of(id, DamageKind::Missing, 0, None)),
            Found::Unreadable => self.report.damage(damage_of(id, DamageKind::Unreadable, 0, None)),
        }
        self.superseded(id, hashes);
    }

    /// Checks the smaller partial files that are still there against the tile's hashes.
    pub fn superseded(&mut self, id: TileId, hashes: &[Hash]) {
        let prefix = format!("{}.p/", id.stem());
        let start = self.names.partition_point(|name| *name < prefix);
        for name in self.names.get(start..).unwrap_or_default().iter().take_while(|name| name.starts_with(&prefix)) {
            let Some(old) = TileId::parse(name).filter(|old| old.width < id.width) else { continue };
            let Some(hashes) = hashes.get(..old.width as usize) else { continue };
            self.report.files += 1;
            let damage = match (self.tiles.read(name), id.level) {
                (Ok(Some(bytes)), Level::Entries) => bundle_damage(self.suite, old, &bytes, hashes, &mut |_| Some(())),
                (Ok(Some(bytes)), Level::Hashes(_)) => damage_at(old, &Found::Bytes(bytes), Some(hashes)),
                (Ok(None), _) => None,
                (Err(_), _) => Some(damage_of(old, DamageKind::Unreadable, 0, None)),
            };
            if let Some(damage) = damage {
                self.report.damage(damage);
            }
        }
    }
}

/// Where a hash tile differs from the hashes that it should have, if it does. Without those
/// hashes a file of the right length counts as unproven.
pub fn damage_at(id: TileId, found: &Found, right: Option<&[Hash]>) -> Option<Damage> {
    let bytes = match found {
        Found::Missing => return Some(damage_of(id, DamageKind::Missing, 0, None)),
        Found::Unreadable => return Some(damage_of(id, DamageKind::Unreadable, 0, None)),
        Found::Bytes(bytes) => bytes,
    };
    let length = id.width as usize * 32;
    if let Some(right) = right {
        let right = right.concat();
        if let Some(at) = bytes.iter().zip(&right).position(|(a, b)| a != b) {
            return Some(damage_of(id, DamageKind::Content, at / 32, Some(at)));
        }
    }
    match bytes.len() {
        n if n < length => Some(damage_of(id, DamageKind::Truncated, n / 32, Some(n))),
        n if n > length => Some(damage_of(id, DamageKind::TooLong, 0, Some(length))),
        _ if right.is_none() => Some(damage_of(id, DamageKind::Unproven, 0, None)),
        _ => None,
    }
}

/// The first damage in a bundle; `proven` sees every entry that has its hash and says whether it
/// is well formed.
fn bundle_damage(suite: Suite, id: TileId, bytes: &[u8], hashes: &[Hash], proven: &mut dyn FnMut(&[u8]) -> Option<()>) -> Option<Damage> {
    let mut first = None;
    let mut entries = Bundle::new(bytes);
    for (i, hash) in hashes.iter().enumerate() {
        let offset = Some(entries.offset());
        let Some(entry) = entries.next() else {
            return first.or_else(|| Some(damage_of(id, DamageKind::Truncated, i, offset)));
        };
        if suite.leaf(entry) != *hash {
            first.get_or_insert_with(|| damage_of(id, DamageKind::Content, i, offset));
        } else if proven(entry).is_none() {
            first.get_or_insert_with(|| damage_of(id, DamageKind::Entry, i, offset));
        }
    }
    first.or_else(|| entries.broken().then(|| damage_of(id, DamageKind::TooLong, 0, Some(entries.offset()))))
}

/// A damage at the hash or entry `at` of a file.
fn damage_of(id: TileId, kind: DamageKind, at: usize, offset: Option<usize>) -> Damage {
    let position = id.index.saturating_mul(WIDTH).saturating_add(at as u64);
    let entry = position.saturating_mul(WIDTH.saturating_pow(u32::from(id.level.height())));
    Damage { file: id.path(), kind, entry: Some(entry), offset: offset.map(|o| o as u64) }
}

/// The hashes with the right root, each taken from one list or the other; only if they differ
/// in few places, or one of the lists is right as a whole.
fn mixed(suite: Suite, one: &[Hash], other: &[Hash], root: &Hash) -> Option<Vec<Hash>> {
    let places: Vec<_> = one.iter().zip(other).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect();
    if suite.root_of(other) == *root {
        return Some(other.to_vec());
    }
    if places.len() > MIXED {
        return None;
    }
    (0..1_u32 << places.len()).find_map(|choice| {
        let mut hashes = one.to_vec();
        for (_, place) in places.iter().enumerate().filter(|(bit, _)| choice & (1 << bit) != 0) {
            *hashes.get_mut(*place)? = *other.get(*place)?;
        }
        (suite.root_of(&hashes) == *root).then_some(hashes)
    })
}

/// How many bytes of the full file the partial file has; the whole when it cannot be told.
fn beginning(id: TileId, full: &[u8]) -> usize {
    match id.level {
        Level::Hashes(_) => id.width as usize * 32,
        Level::Entries => {
            let mut entries = Bundle::new(full);
            let _ = entries.by_ref().take(id.width as usize).count();
            entries.offset()
        }
    }
}

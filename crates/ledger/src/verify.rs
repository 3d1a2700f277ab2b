//! Checking a whole ledger offline: the signature of the checkpoint, every hash tile, every
//! entry, every superseded partial tile, and no file that does not belong.
//!
//! Trust flows downwards from the signed root. The tiles of the right edge must have that root;
//! a full tile must have the hash that the tile above states; an entry must have its hash in the
//! level-0 tile. A hash tile that fails is computed anew from what is below it: if that has the
//! right hash, the wrong bytes are known exactly and everything below is still proven. Tiles are
//! read one at a time; memory holds one tile per level and the list of names.

use crate::{
    checkpoint::Checkpoint,
    note::Verifier,
    report::{DamageKind, Outcome, Report},
    tile::{self, CHECKPOINT, Level, TileId, WIDTH},
    tiles::Tiles,
    tree::{Hash, Suite},
    walk::{Found, Walk, damage_at},
};

/// Checks a ledger with the public key that its checkpoint must be signed with. Never fails:
/// whatever is wrong stands in the report.
#[must_use]
pub fn verify_folder(tiles: &dyn Tiles, verifier: &Verifier) -> Report {
    let mut report = Report::new();
    let Ok(mut names) = tiles.list() else {
        report.damage_of_checkpoint(DamageKind::Unreadable);
        report.outcome = Outcome::Unreadable;
        return report;
    };
    names.sort_unstable();
    let note = match tiles.read(CHECKPOINT) {
        Ok(Some(bytes)) => bytes,
        missing => {
            report.damage_of_checkpoint(if missing.is_ok() { DamageKind::Missing } else { DamageKind::Unreadable });
            if missing.is_err() || !names.iter().any(|n| TileId::parse(n).is_some()) {
                report.outcome = Outcome::Unreadable;
            }
            return report;
        }
    };
    report.files += 1;
    let signed = open(&note, verifier, &mut report);
    // An unsigned checkpoint still tells what it claims; see below what that is good for.
    let Some(checkpoint) = signed.clone().or_else(|| claimed(&note)) else { return report };
    report.state(&checkpoint);

    let mut walk = Walk { tiles, suite: verifier.suite(), names: &names, size: checkpoint.size, report };
    let edge = Edge::read(&mut walk);
    if signed.is_none() && edge.found_root(walk.suite) != Some(checkpoint.root) {
        // Neither signed nor consistent with the tiles: nothing to measure the tiles against.
        return walk.report;
    }
    let levels = edge.settle(&mut walk, &checkpoint.root);
    for (id, hashes) in levels.iter().rev() {
        walk.below(*id, hashes);
        walk.superseded(*id, hashes);
    }
    let mut report = walk.report;
    for name in &names {
        match TileId::parse(name) {
            Some(id) if TileId::in_tree(id.level, id.index, checkpoint.size).is_none_or(|t| t.width < id.width) => {
                report.uncovered.push(name.clone());
            }
            None if name != CHECKPOINT => report.unknown.push(name.clone()),
            _ => {}
        }
    }
    report.ordered()
}

fn open(note: &[u8], verifier: &Verifier, report: &mut Report) -> Option<Checkpoint> {
    let opened = str::from_utf8(note).ok().map(|note| Checkpoint::open(note, verifier));
    let kind = match opened {
        Some(Ok(checkpoint)) => return Some(checkpoint),
        Some(Err(problem)) if !matches!(problem.code(), "ledger.note_malformed" | "ledger.checkpoint_malformed") => DamageKind::Signature,
        _ => DamageKind::Malformed,
    };
    report.damage_of_checkpoint(kind);
    None
}

fn claimed(note: &[u8]) -> Option<Checkpoint> {
    let text = str::from_utf8(note).ok()?;
    Checkpoint::parse(text.get(..=text.rfind("\n\n")?)?).ok()
}

/// The partial tiles, lowest level first: what the files hold and what is below them.
struct Edge {
    levels: Vec<(TileId, Found)>,
}

impl Edge {
    fn read(walk: &mut Walk<'_>) -> Self {
        let levels = (0..8).filter_map(|level| {
            let units = tile::units(level, walk.size);
            let id = TileId::in_tree(Level::Hashes(level), units / WIDTH, walk.size)?;
            Some((id, walk.find(id)))
        });
        Self { levels: levels.collect() }
    }

    fn found_root(&self, suite: Suite) -> Option<Hash> {
        let found: Option<Vec<_>> = self.levels.iter().map(|(id, found)| found.hashes(*id)).collect();
        found.map(|levels| edge_root(suite, &levels))
    }

    /// The hashes of each partial tile, proven by the root where that is possible. Of all the
    /// ways to take each level from its file or from what is below it, the one with the fewest
    /// replacements that has the right root tells which files are wrong.
    fn settle(self, walk: &mut Walk<'_>, root: &Hash) -> Vec<(TileId, Vec<Hash>)> {
        if self.found_root(walk.suite) == Some(*root) {
            return self.levels.into_iter().map(|(id, found)| (id, found.hashes(id).unwrap_or_default())).collect();
        }
        let rebuilt: Vec<_> = self.levels.iter().map(|(id, found)| walk.rebuild(*id, found)).collect();
        let mut choices: Vec<u32> = (1..1 << self.levels.len()).collect();
        choices.sort_by_key(|choice| choice.count_ones());
        let proven = choices.into_iter().find_map(|choice| {
            let levels: Option<Vec<Vec<Hash>>> = (0..)
                .zip(self.levels.iter().zip(&rebuilt))
                .map(|(bit, ((id, found), rebuilt))| if choice & (1 << bit) == 0 { found.hashes(*id) } else { rebuilt.clone() })
                .collect();
            levels.filter(|levels| edge_root(walk.suite, levels) == *root)
        });
        let before = walk.report.damages.len();
        let mut settled = vec![];
        for (at, ((id, found), rebuilt)) in self.levels.into_iter().zip(rebuilt).enumerate() {
            let right = proven.as_ref().and_then(|p| p.get(at)).cloned().or(rebuilt);
            if let Some(damage) = damage_at(id, &found, right.as_deref()) {
                walk.report.damage(damage);
            }
            settled.push((id, if proven.is_some() { right.unwrap_or_default() } else { found.hashes(id).or(right).unwrap_or_default() }));
        }
        if walk.report.damages.len() == before && !walk.report.more {
            walk.report.damage_of_checkpoint(DamageKind::Root);
        }
        settled
    }
}

/// The root over the partial tiles, lowest level first.
fn edge_root(suite: Suite, levels: &[Vec<Hash>]) -> Hash {
    let mut right: Option<Hash> = None;
    for hashes in levels {
        right = Some(suite.root_of(&hashes.iter().copied().chain(right).collect::<Vec<_>>()));
    }
    right.unwrap_or_else(|| suite.root_of(&[]))
}

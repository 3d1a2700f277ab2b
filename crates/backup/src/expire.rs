//! What is deleted when: wrapped keys early, content late, and what a backup that broke off has left.

use std::collections::BTreeSet;

use jingui_model::{Day, Instant, Problem, Zone};
use jingui_vault::Key;

use crate::{Depot, Generation, GenerationId, Sort, list, manifest_of};

const DAY: i64 = 86_400;
/// What no snapshot claims may belong to a backup that is being made.
const LEFT_SECONDS: i64 = DAY;

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Wrapped keys, in days.
    pub key_days: u32,
    /// Everything else, in days.
    pub content_days: u32,
}

impl Default for Keep {
    /// 35 days, so that a month's backups can be restored with their own keys; ten years.
    fn default() -> Self {
        Self { key_days: 35, content_days: 3653 }
    }
}

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Generations of wrapped keys.
    pub keys: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Generations that belonged to no snapshot.
    pub left: u64,
}

/// Deletes what is over. The newest snapshot stays, with its keys, however old it is.
///
/// # Errors
/// `backup.damaged` when a snapshot cannot be read, before anything it might need is deleted; those of the place.
pub fn expire(depot: &dyn Depot, place: &Key, now: Instant, keep: Keep) -> Result<Expired, Problem> {
    let before = |days: u32| now.plus_seconds(-i64::from(days) * DAY);
    let mut done = Expired::default();
    let snapshots = list(depot)?;
    let Some(newest) = snapshots.last().copied() else { return Ok(done) };
    let claimed: BTreeSet<GenerationId> = snapshots.iter().map(|s| s.id).collect();
    for generation in Generation::all(depot, Sort::Keys)? {
        let left = !claimed.contains(&generation.id) && generation.at < now.plus_seconds(-LEFT_SECONDS);
        if generation.id != newest.id && (left || generation.at < before(keep.key_days)) {
            drop_generation(depot, Sort::Keys, generation.id)?;
            if left {
                done.left += 1;
            } else {
                done.keys += 1;
            }
        }
    }
    let over: Vec<_> = snapshots.iter().filter(|s| **s != newest && s.at < before(keep.content_days)).collect();
    for snapshot in &over {
        depot.remove(&snapshot.file())?;
        done.snapshots += 1;
    }
    let unclaimed: Vec<Generation> = Generation::all(depot, Sort::Content)?
        .into_iter()
        .filter(|g| !claimed.contains(&g.id) && g.at < now.plus_seconds(-LEFT_SECONDS))
        .collect();
    for generation in &unclaimed {
        drop_generation(depot, Sort::Content, generation.id)?;
        done.left += 1;
    }
    if !over.is_empty() {
        let mut wanted = BTreeSet::new();
        for snapshot in snapshots.iter().filter(|s| !over.contains(s)) {
            let manifest = manifest_of(depot, *snapshot, place)?;
            wanted.extend(manifest.packs.iter().flat_map(|pack| [pack.name(Sort::Content), pack.index_name(Sort::Content)]));
        }
        let current = Generation::all(depot, Sort::Content)?;
        for generation in current.iter().filter(|g| claimed.contains(&g.id) && g.id != newest.id) {
            let folder = format!("{}/{}", Sort::Content.folder(), generation.id);
            let all = depot.list(&folder)?;
            for file in all.iter().filter(|file| !wanted.contains(*file)) {
                depot.remove(file)?;
            }
            if all.iter().all(|file| !wanted.contains(file)) {
                depot.remove(&Generation::name(Sort::Content, generation.id))?;
            }
        }
    }
    Ok(done)
}

/// The key goes first: what is left without it says nothing.
fn drop_generation(depot: &dyn Depot, sort: Sort, id: GenerationId) -> Result<(), Problem> {
    depot.remove(&Generation::name(sort, id))?;
    for file in depot.list(&format!("{}/{id}", sort.folder()))? {
        depot.remove(&file)?;
    }
    Ok(())
}

/// The day on which the last copy of a key that was destroyed at an instant is deleted from a place, if the next
/// backup after that day is made; none when no copy is left.
///
/// # Errors
/// Those of the place.
pub fn last_key_day(depot: &dyn Depot, destroyed: Instant, keep: Keep, zone: Zone) -> Result<Option<Day>, Problem> {
    let newest = Generation::all(depot, Sort::Keys)?.into_iter().map(|g| g.at).filter(|at| *at <= destroyed).max();
    Ok(newest.map(|at| at.plus_seconds(i64::from(keep.key_days) * DAY).day(zone)))
}

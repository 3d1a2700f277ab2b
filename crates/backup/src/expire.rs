//! What is deleted when: wrapped keys early, content late, snapshots that others stand for, and what a backup that broke off has left.

use std::collections::BTreeSet;

use jingui_model::{Day, Instant, Problem, Zone};
use jingui_vault::Key;

use crate::{Depot, Generation, GenerationId, SnapshotName, Sort, list, manifest_of};

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
    /// Which snapshots are let go of before; absent: none.
    pub thin: Option<Thin>,
}

/// Snapshots that are let go of because a later one of the same week or month stands for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thin {
    /// As many days everything stays.
    pub all_days: u32,
    /// Then the last of each week, until it is as many days old; then the last of each month.
    pub weekly_days: u32,
}

impl Thin {
    /// One a week for a year, unless somebody says otherwise.
    pub const WEEKLY_DAYS: u32 = 366;

    /// Whether a later snapshot of these stands for this one. Weeks begin on Monday and with a month; both are those of UTC.
    fn lets_go(self, of: SnapshotName, all: &[SnapshotName], now: Instant) -> bool {
        let older = |days: u32| of.at < now.plus_seconds(-i64::from(days) * DAY);
        let month = |at: Instant| {
            let (year, month, _) = at.day(Zone(0)).parts();
            (year, month)
        };
        // The first day of the epoch was a Thursday.
        let week = |at: Instant| (at.day(Zone(0)).number() + 3).div_euclid(7);
        let stands_for = |later: &SnapshotName| {
            *later > of
                // Also within a week: else the last of a month could go for one of the next, and months would be left without any.
                && month(later.at) == month(of.at)
                && older(self.all_days)
                && (older(self.weekly_days) || week(later.at) == week(of.at))
        };
        all.iter().any(stands_for)
    }
}

impl Default for Keep {
    /// 35 days, so that a month's backups can be restored with their own keys; ten years.
    fn default() -> Self {
        Self { key_days: 35, content_days: 3653, thin: None }
    }
}

impl Keep {
    fn is_over(self, one: SnapshotName, all: &[SnapshotName], now: Instant) -> bool {
        one.at < now.plus_seconds(-i64::from(self.content_days) * DAY) || self.thin.is_some_and(|thin| thin.lets_go(one, all, now))
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
    let over: BTreeSet<SnapshotName> = snapshots.iter().copied().filter(|s| *s != newest && keep.is_over(*s, &snapshots, now)).collect();
    let gone: BTreeSet<GenerationId> = over.iter().map(|s| s.id).collect();
    for generation in Generation::all(depot, Sort::Keys)? {
        let left = !claimed.contains(&generation.id) && generation.at < now.plus_seconds(-LEFT_SECONDS);
        // Keys go with their snapshot, or before it: none lives longer because a snapshot was let go of.
        if generation.id != newest.id && (left || generation.at < before(keep.key_days) || gone.contains(&generation.id)) {
            drop_generation(depot, Sort::Keys, generation.id)?;
            if left {
                done.left += 1;
            } else {
                done.keys += 1;
            }
        }
    }
    for snapshot in &over {
        depot.remove(&snapshot.file())?;
        done.snapshots += 1;
    }
    let kept: Vec<SnapshotName> = snapshots.iter().copied().filter(|s| !over.contains(s)).collect();
    // Pieces that a snapshot brought stay when it goes, as long as another one needs them: its generation is then nobody's own.
    let own = |id: GenerationId| kept.iter().any(|s| s.id == id);
    let being_made = |g: &Generation| !claimed.contains(&g.id) && g.at >= now.plus_seconds(-LEFT_SECONDS);
    let current: Vec<Generation> = Generation::all(depot, Sort::Content)?.into_iter().filter(|g| !being_made(g)).collect();
    if current.iter().all(|g| own(g.id)) {
        return Ok(done);
    }
    let mut wanted = BTreeSet::new();
    for snapshot in &kept {
        let manifest = manifest_of(depot, *snapshot, place)?;
        wanted.extend(manifest.packs.iter().flat_map(|pack| [pack.name(Sort::Content), pack.index_name(Sort::Content)]));
    }
    for generation in current.iter().filter(|g| g.id != newest.id) {
        let all = depot.list(&format!("{}/{}", Sort::Content.folder(), generation.id))?;
        if all.iter().any(|file| wanted.contains(file)) {
            all.iter().filter(|file| !wanted.contains(*file)).try_for_each(|file| depot.remove(file))?;
        } else {
            drop_generation(depot, Sort::Content, generation.id)?;
            done.left += u64::from(!claimed.contains(&generation.id));
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

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::Id;
    use proptest::prelude::*;

    /// A Thursday in November 2026.
    const BEGIN: i64 = 1_795_000_000;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    fn snapshot(seconds: i64) -> SnapshotName {
        SnapshotName { at: at(BEGIN + seconds), id: Id::from_bytes(u128::from(seconds.unsigned_abs()).to_be_bytes()) }
    }

    /// What is left of backups taken so many hours after each other, when each of them deletes what is over.
    fn played(hours: &[i64], keep: Keep) -> (Vec<SnapshotName>, Vec<SnapshotName>) {
        let (mut taken, mut left, mut now) = (vec![], vec![], 0);
        for hours in hours {
            now += hours * 3600;
            taken.push(snapshot(now));
            left.push(snapshot(now));
            let all = left.clone();
            left.retain(|s| *s == snapshot(now) || !keep.is_over(*s, &all, at(BEGIN + now)));
        }
        (taken, left)
    }

    #[test]
    fn a_year_of_daily_backups_leaves_days_then_weeks_then_months() {
        let keep = Keep { thin: Some(Thin { all_days: 14, weekly_days: 90 }), ..Keep::default() };
        let (_, left) = played(&[24; 366], keep);
        let age = |s: &SnapshotName| (366 * DAY + BEGIN - s.at.micros() / 1_000_000) / DAY;
        let of = |from: i64, to: i64| left.iter().filter(|s| (from..to).contains(&age(s))).count();
        assert_eq!(of(0, 15), 15);
        // Eleven weeks, some of them cut by the end of a month.
        assert!((11..=15).contains(&of(15, 91)), "{}", of(15, 91));
        assert!((8..=10).contains(&of(91, 400)), "{}", of(91, 400));
        // Without thinning everything stays.
        assert_eq!(played(&[24; 366], Keep::default()).1.len(), 366);
    }

    proptest! {
        /// B 7.2.2, H 7.2: whatever the rhythm, the newest stays, nothing young goes, and for everything that went there is a later one near it.
        #[test]
        fn for_each_snapshot_that_went_a_later_one_near_it_is_left(
            hours in prop::collection::vec(1_i64..400, 1..120),
            all_days in 1_u32..40,
            weekly_days in 0_u32..120,
            content_days in 200_u32..4000,
        ) {
            let keep = Keep { content_days, thin: Some(Thin { all_days, weekly_days }), ..Keep::default() };
            let (taken, left) = played(&hours, keep);
            let now = taken[taken.len() - 1];
            prop_assert!(left.contains(&now));
            for one in &taken {
                let age = (now.at.micros() - one.at.micros()) / 1_000_000;
                if age <= i64::from(all_days) * DAY {
                    prop_assert!(left.contains(one), "young");
                } else if age <= i64::from(content_days) * DAY {
                    let near = left.iter().any(|s| s.at >= one.at && s.at.micros() - one.at.micros() <= 31 * DAY * 1_000_000);
                    prop_assert!(near, "{} has nobody who stands for it", one.at);
                } else if *one != now {
                    prop_assert!(!left.contains(one), "over");
                }
            }
            // What is left is what would be left: asked again at once, nothing more goes.
            prop_assert!(left.iter().all(|s| *s == now || !keep.is_over(*s, &left, now.at)));
        }
    }
}

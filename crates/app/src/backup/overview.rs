//! What whoever answers for backups looks at in the morning (B 7.2.2; H 7.2, 9.6.2 d and g): each place with its last backup, its last
//! drill, when the next one is due, and what is amiss.
//!
//! What it says comes from where it stands already: the places and the unfinished follow-ups from their registers, what was made and tried from
//! the ledger's own notes. A drill needs a way to unlock that no server has by itself, so it is made on the command line.

use std::{collections::BTreeMap, sync::Arc};

use jingui_model::{Data, Id, Instant, Problem, Protection};
use jingui_policy::Action;
use serde::Serialize;
use serde_json::Value;

use super::{
    reports::{BACKUP, DRILL},
    schedule::{self, KIND, RECORD, shown},
};
use crate::{
    attest::text,
    live::Live,
    pipeline::{OpenedEvent, open_event},
    stuck,
    world::caller::Caller,
};

/// Notes that are looked through for backups and drills, at most, and at a time.
const LOOK_THROUGH: usize = 20_000;
const STRIDE: u32 = 500;
/// Backups and drills that are told of.
const TOLD: usize = 30;
/// So many days after its last drill a place is warned of: as the register asks for a test of each backup.
const DRILL_DAYS: i64 = schedule::TEST_DAYS as i64;
const DAY: i64 = 86_400;

/// What is amiss with a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BackupWarning))]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Nothing was ever backed up to it.
    NeverBackedUp,
    /// The last backup is older than twice its period.
    TooOld,
    /// The last attempts failed.
    Failing,
    /// Sealed files were not what their names say.
    Unsound,
    /// No drill was ever made from it.
    NeverDrilled,
    /// The last drill is older than 90 days.
    DrillTooOld,
    /// The last drill failed.
    DrillFailed,
}

/// A backup as the ledger tells of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BackupMade))]
pub struct Made {
    /// Ledger index.
    pub index: u64,
    /// The instant that it shows.
    pub at: Instant,
    /// Where it lies.
    pub place: String,
    /// Its identifier.
    pub snapshot: String,
    /// Records in it.
    pub records: u64,
    /// Sealed files in it.
    pub objects: u64,
    /// Entries of the ledger in it.
    pub entries: u64,
    /// Bytes that were written, and read back and compared.
    pub written: u64,
    /// Sealed files that were not what their names say.
    pub unsound: u64,
    /// Snapshots that were let go of, as far as it was noted.
    pub thinned: Option<u64>,
    /// Generations of wrapped keys that were deleted, as far as it was noted.
    pub keys_deleted: Option<u64>,
}

/// A drill as the ledger tells of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = DrillMade))]
pub struct Tried {
    /// Ledger index.
    pub index: u64,
    /// When it ended.
    pub at: Instant,
    /// The place that it restored from.
    pub place: String,
    /// Was all right?
    pub passed: bool,
    /// The instant that the snapshot shows.
    pub shows: Option<Instant>,
    /// Records that were opened with the key.
    pub opened: Option<u64>,
    /// Records that could not be.
    pub unopened: u64,
    /// Sealed files that were compared with the ledger.
    pub objects: Option<u64>,
    /// What was found amiss.
    pub findings: u64,
    /// Does the present ledger continue the restored one?
    pub continues: Option<bool>,
    /// How long it took, in seconds.
    pub seconds: Option<i64>,
}

/// A place.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BackupPlace))]
pub struct PlaceView {
    /// Its record.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Where it is, without what may stand behind its address.
    pub place: String,
    /// Is it in use?
    pub active: bool,
    /// Hours between backups, by the highest grade that there is.
    pub hours: i64,
    /// When it is due next; at once when that has passed. None when it is not used.
    pub next: Option<Instant>,
    /// Since when this node is backing up to it.
    pub running: Option<Instant>,
    /// Until when wrapped keys of its last backup are kept, if backups go on.
    pub keys_until: Option<Instant>,
    /// The code of what failed last, while it is not over.
    pub failure: Option<String>,
    /// Attempts that failed.
    pub attempts: Option<u64>,
    /// The entry among the unfinished follow-ups.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub failure_entry: Option<Id>,
    /// Its last backup.
    pub last: Option<Made>,
    /// Its last drill.
    pub drill: Option<Tried>,
    /// Backups in the register that wait for their test.
    pub untested: u64,
    /// What is amiss.
    pub warnings: Vec<Warning>,
    /// May the caller have it backed up now?
    pub may_run: bool,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BackupOverview))]
pub struct Overview {
    /// The highest protection that any record has: it decides how often.
    pub protection: String,
    /// The places, those in use first.
    pub places: Vec<PlaceView>,
    /// Backups, latest first.
    pub backups: Vec<Made>,
    /// Drills, latest first.
    pub drills: Vec<Tried>,
    /// Was everything that the ledger says looked through?
    pub complete: bool,
}

/// What the ledger's notes say.
#[derive(Default)]
struct Notes {
    backups: Vec<Made>,
    drills: Vec<Tried>,
    complete: bool,
}

impl Live {
    /// The state of the backups, for whoever makes them and whoever audits.
    ///
    /// # Errors
    /// `policy.*`; `store.*`, `vault.*`.
    pub async fn backups(self: &Arc<Self>, caller: &Caller) -> Result<Overview, Problem> {
        self.may_system(caller, Action::Backup).or_else(|denied| self.may_system(caller, Action::Audit).map_err(|_| denied))?;
        let notes = self.backup_notes().await?;
        let places: Vec<_> = {
            let world = self.world.read();
            let table = world.table(KIND)?;
            table.live().iter().filter_map(|row| table.row(row)).map(|row| row.record()).collect::<Result<Vec<_>, _>>()?
        };
        let now = self.clock.now();
        let mut views = vec![];
        for place in places {
            let last = schedule::last(self, place.id).await?;
            let hours = schedule::period(self, &place).0;
            let active = place.state == "active";
            // Whoever changed a place, or asked for a backup, wants it at once.
            let next = match &last {
                Some(last) if last.version == place.version => last.at.plus_seconds(hours * 3600),
                _ => now,
            };
            let address = shown(text(&place, "place")).to_owned();
            let failure = self.backup_failure(place.id);
            let made = notes.backups.iter().find(|m| m.place == address).cloned();
            let drill = notes.drills.iter().find(|d| d.place == address).cloned();
            let running = self.backing_up.lock().filter(|(id, _)| *id == place.id).map(|(_, since)| since);
            let old = last.as_ref().map(|last| last.at.plus_seconds(2 * hours * 3600) < now);
            let mut view = PlaceView {
                id: place.id,
                name: text(&place, "name").to_owned(),
                active,
                hours,
                next: active.then_some(next),
                running,
                keys_until: last.map(|last| last.keys_until),
                failure: failure.as_ref().and_then(|(_, data)| data.get("reason")?.as_str().map(str::to_owned)),
                attempts: failure.as_ref().and_then(|(_, data)| data.get("attempts")?.as_u64()),
                failure_entry: failure.map(|(id, _)| id),
                untested: self.untested(&address)?,
                place: address,
                last: made,
                drill,
                warnings: vec![],
                may_run: active && self.may_run(caller, &place),
            };
            view.warnings = if active { warnings(&view, old, now) } else { vec![] };
            views.push(view);
        }
        views.sort_by(|a, b| (!a.active, &a.name).cmp(&(!b.active, &b.name)));
        let protection = match schedule::highest(self) {
            Protection::Core => "core",
            Protection::Important => "important",
            Protection::General => "general",
            Protection::None => "none",
        };
        Ok(Overview {
            protection: protection.to_owned(),
            places: views,
            backups: notes.backups,
            drills: notes.drills,
            complete: notes.complete,
        })
    }

    fn may_run(&self, caller: &Caller, place: &jingui_kinds::record::Record) -> bool {
        let world = self.world.read();
        let Ok(kind) = world.kind(KIND) else { return false };
        world.rule(caller, Action::Advance, &world.target(caller, kind, place)).allowed
    }

    /// The entry of a failure that is not over.
    fn backup_failure(&self, place: Id) -> Option<(Id, Data)> {
        let id = stuck::entry(self, place);
        let record = self.world.read().record(id).ok()?;
        (record.state != "settled").then_some((id, record.data))
    }

    /// Backups in the register that lie at a place and were not tried yet.
    fn untested(&self, address: &str) -> Result<u64, Problem> {
        let world = self.world.read();
        let table = world.table(RECORD)?;
        let rows = table.live().iter().filter_map(|row| table.row(row)).filter(|row| &*row.state == "stored");
        Ok(rows.filter(|row| row.record().is_ok_and(|r| text(&r, "offsite") == address)).count() as u64)
    }

    async fn backup_notes(&self) -> Result<Notes, Problem> {
        let (mut notes, mut before, mut looked) = (Notes::default(), None, 0);
        while looked < LOOK_THROUGH {
            let events = self.store.events_of_none(before, STRIDE).await?;
            let Some(last) = events.last() else {
                notes.complete = true;
                break;
            };
            (before, looked) = (Some(last.index), looked + events.len());
            for event in events.iter().filter(|e| e.act == BACKUP || e.act == DRILL) {
                let said = open_event(&self.vault, None, event)?;
                if event.act == BACKUP {
                    notes.backups.push(made(event.index, event.at, &said));
                } else {
                    notes.drills.push(tried(event.index, event.at, &said));
                }
            }
        }
        keep_told(&mut notes.backups, |m| &m.place);
        keep_told(&mut notes.drills, |d| &d.place);
        Ok(notes)
    }
}

/// The latest ones, and the latest of each place however long ago it was.
fn keep_told<T>(all: &mut Vec<T>, place: impl Fn(&T) -> &String) {
    let (mut seen, mut count) = (BTreeMap::new(), 0);
    all.retain(|one| {
        count += 1;
        seen.insert(place(one).clone(), ()).is_none() || count <= TOLD
    });
}

fn string(data: &OpenedEvent, name: &str) -> String {
    data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn count(data: &OpenedEvent, name: &str) -> Option<u64> {
    match data.get(name)? {
        Value::Array(items) => Some(items.len() as u64),
        other => other.as_u64(),
    }
}

fn instant(data: &OpenedEvent, name: &str) -> Option<Instant> {
    serde_json::from_value(data.get(name)?.clone()).ok()
}

fn made(index: u64, at: Instant, said: &OpenedEvent) -> Made {
    Made {
        index,
        at: instant(said, "shows").unwrap_or(at),
        place: string(said, "place"),
        snapshot: string(said, "snapshot"),
        records: count(said, "records").unwrap_or(0),
        objects: count(said, "objects").unwrap_or(0),
        entries: count(said, "entries").unwrap_or(0),
        written: count(said, "written").unwrap_or(0),
        unsound: count(said, "unsound").unwrap_or(0),
        thinned: count(said, "snapshots_deleted"),
        keys_deleted: count(said, "keys_deleted"),
    }
}

fn tried(index: u64, at: Instant, said: &OpenedEvent) -> Tried {
    let (began, ended) = (instant(said, "began"), instant(said, "ended"));
    Tried {
        index,
        at: ended.unwrap_or(at),
        place: string(said, "place"),
        passed: said.get("passed") == Some(&Value::Bool(true)),
        shows: instant(said, "shows"),
        opened: count(said, "opened"),
        unopened: count(said, "unopened").unwrap_or(0),
        objects: count(said, "objects"),
        findings: count(said, "findings").unwrap_or(0),
        continues: said.get("continues").and_then(Value::as_bool),
        seconds: began.zip(ended).map(|(began, ended)| ended.micros().saturating_sub(began.micros()) / 1_000_000),
    }
}

/// What is amiss with a place in use.
fn warnings(view: &PlaceView, old: Option<bool>, now: Instant) -> Vec<Warning> {
    let mut all = vec![];
    all.extend(view.failure.is_some().then_some(Warning::Failing));
    all.extend(match old {
        None => Some(Warning::NeverBackedUp),
        Some(true) => Some(Warning::TooOld),
        Some(false) => None,
    });
    all.extend(view.last.as_ref().is_some_and(|m| m.unsound > 0).then_some(Warning::Unsound));
    all.extend(match &view.drill {
        // Before there is a backup there is nothing to rehearse.
        None => old.map(|_| Warning::NeverDrilled),
        Some(drill) if !drill.passed => Some(Warning::DrillFailed),
        Some(drill) => (drill.at.plus_seconds(DRILL_DAYS * DAY) < now).then_some(Warning::DrillTooOld),
    });
    all
}

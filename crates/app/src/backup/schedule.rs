//! Backups by themselves: each place on the list when its time has come; what came of it goes into the ledger and the register, and
//! what fails stands as somebody's work.
//!
//! By grade (B 7.2.2): the highest protection that any record has decides how often. Every backup is of everything.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jingui_backup::{Keep, Thin};
use jingui_kinds::{act::Facts as _, record::Record};
use jingui_model::{Data, Day, Id, Instant, Problem, Protection};
use jingui_vault::Recipient;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Report, Taken, Taking, take, take_in};
use crate::{attest::text, live::Live, node::NodeConfig, pipeline::Command, stuck, verify::Elsewhere, world::caller::Caller};

/// The register of places.
pub(crate) const KIND: &str = "backup_place";
/// The register of backups.
pub(crate) const RECORD: &str = "backup_record";
/// What is written as the effect that failed.
pub(crate) const EFFECT: &str = "backup";
/// Under this name and the place's identifier the database keeps what was done there last.
const LAST: &str = "backup_at:";
const TICK: Duration = Duration::from_secs(5);
const LEASE: &str = "backup";
/// No other node begins within this time, or until this one is done.
const LEASE_SECONDS: i64 = 6 * 3600;
/// A failure is shown after so many attempts.
const ATTEMPTS: u32 = 3;
/// The longest wait after a failure, in seconds.
const LONGEST_WAIT: i64 = 3600;
/// A backup that was stored is to be tried within so many days.
pub(super) const TEST_DAYS: i32 = 90;

/// What was done last at a place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Last {
    pub at: Instant,
    /// Of the place's record then: whoever changed it since wants to see it work.
    pub version: u64,
    pub keys_until: Instant,
}

/// Failures since the last success.
#[derive(Debug, Clone, Copy)]
struct Failing {
    count: u32,
    next: Instant,
    version: u64,
}

/// The task.
pub(crate) async fn run(live: Arc<Live>, config: NodeConfig, holder: Id, mut stop: watch::Receiver<bool>) {
    let mut failing = HashMap::new();
    loop {
        tokio::select! {
            () = round(&live, &config, holder, &mut failing) => {}
            _ = stop.changed() => break,
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => break,
        }
    }
}

async fn round(live: &Arc<Live>, config: &NodeConfig, holder: Id, failing: &mut HashMap<Id, Failing>) {
    if let Err(problem) = take_in(live, &config.data).await {
        tracing::warn!(problem = %problem, "reports of backups could not be entered");
    }
    for place in places(live) {
        let now = live.clock.now();
        if failing.get(&place.id).is_some_and(|f| f.next > now && f.version == place.version) {
            continue;
        }
        match due(live, &place, now).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(problem) => {
                tracing::warn!(problem = %problem, "when a place was backed up last is not known");
                continue;
            }
        }
        match live.store.try_lease(LEASE, holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(problem) => return tracing::warn!(problem = %problem, "the lease for backups cannot be had"),
        }
        *live.backing_up.lock() = Some((place.id, now));
        let done = one(live, config, &place).await;
        *live.backing_up.lock() = None;
        if let Err(problem) = live.store.release_lease(LEASE, holder).await {
            tracing::warn!(problem = %problem, "the lease for backups is not given back");
        }
        match done {
            Ok(()) => {
                failing.remove(&place.id);
                if let Err(problem) = stuck::settle(live, place.id).await {
                    tracing::warn!(problem = %problem, "a backup was made, and its entry still says that it was not");
                }
            }
            Err(problem) => {
                tracing::warn!(problem = %problem, place = %place.id, "a backup failed");
                let count = failing.get(&place.id).map_or(1, |f| f.count + 1);
                let wait = 60_i64.checked_shl(count - 1).map_or(LONGEST_WAIT, |s| s.clamp(60, LONGEST_WAIT));
                failing.insert(place.id, Failing { count, next: now.plus_seconds(wait), version: place.version });
                if count >= ATTEMPTS
                    && let Err(problem) = report(live, &place, count, &problem).await
                {
                    tracing::warn!(problem = %problem, "a failed backup could not be reported");
                }
            }
        }
    }
}

/// The places in use.
fn places(live: &Live) -> Vec<Record> {
    let world = live.world.read();
    let Ok(table) = world.table(KIND) else { return vec![] };
    let rows = table.live().iter().filter_map(|row| table.row(row));
    rows.filter(|row| &*row.state == "active").filter_map(|row| row.record().ok()).collect()
}

fn number(record: &Record, field: &str, otherwise: i64) -> i64 {
    record.data.get(field).and_then(Value::as_i64).unwrap_or(otherwise)
}

/// The highest protection that any record has.
pub(super) fn highest(live: &Live) -> Protection {
    let world = live.world.read();
    let has = |p: &Protection| world.tables().any(|table| table.protected(p.rank()).is_some_and(|rows| !rows.is_empty()));
    [Protection::Core, Protection::Important, Protection::General].into_iter().find(has).unwrap_or(Protection::None)
}

/// How often, in hours, and as the register of backups calls it: the highest protection that there is decides.
pub(super) fn period(live: &Live, place: &Record) -> (i64, &'static str) {
    match highest(live) {
        Protection::Core => (number(place, "core_hours", 24), "daily"),
        Protection::Important => (number(place, "important_hours", 168), "weekly"),
        _ => (number(place, "other_hours", 720), "other"),
    }
}

pub(super) async fn last(live: &Live, place: Id) -> Result<Option<Last>, Problem> {
    let Some(bytes) = live.store.meta(&format!("{LAST}{place}")).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|e| Problem::internal("record.encoding").detail(e))
}

async fn due(live: &Live, place: &Record, now: Instant) -> Result<bool, Problem> {
    let last = last(live, place.id).await?;
    let hours = period(live, place).0;
    Ok(last.is_none_or(|last| last.version != place.version || now >= last.at.plus_seconds(hours * 3600)))
}

/// Backs up to one place and enters what came of it.
async fn one(live: &Arc<Live>, config: &NodeConfig, place: &Record) -> Result<(), Problem> {
    let days = |field, otherwise: u32| u32::try_from(number(place, field, otherwise.into())).unwrap_or(otherwise);
    let usual = Keep::default();
    let recipients = text(place, "recipients").lines().map(str::trim).filter(|line| !line.is_empty()).map(Recipient::parse);
    let taking = Taking {
        data: config.data.clone(),
        elsewhere: Elsewhere { database: config.database.clone(), objects: config.objects.clone(), ledger: config.ledger.clone() },
        to: text(place, "place").to_owned(),
        recipients: recipients.collect::<Result<_, _>>()?,
        keep: Keep {
            key_days: days("key_days", usual.key_days),
            content_days: days("content_days", usual.content_days),
            // Whoever sets no number of days keeps every snapshot.
            thin: Some(days("all_days", 0))
                .filter(|all_days| *all_days > 0)
                .map(|all_days| Thin { all_days, weekly_days: days("weekly_days", Thin::WEEKLY_DAYS) }),
        },
    };
    let (to, period) = (taking.to.clone(), period(live, place).1);
    let taken = take(taking, Arc::clone(&live.clock), Arc::clone(&live.rng)).await?;
    let report = Report::of_backup(&taken, &to);
    live.system_note(&Caller::system(), &report.act, report.fields).await?;
    let done = Last { at: taken.at, version: place.version, keys_until: taken.keys_until };
    let bytes = serde_json::to_vec(&done).map_err(|e| Problem::internal("record.encoding").detail(e))?;
    live.store.set_meta(&format!("{LAST}{}", place.id), &bytes).await?;
    enter(live, config, place, &taken, (&to, period)).await?;
    match taken.unsound.first() {
        Some(name) => Err(Problem::internal("backup.damaged").arg("file", name)),
        None => Ok(()),
    }
}

/// The entry in the register of backups, which the duties of B 7.2.2 are held against.
async fn enter(live: &Live, config: &NodeConfig, place: &Record, taken: &Taken, (to, period): (&str, &str)) -> Result<(), Problem> {
    let today = live.clock.now().day(live.world.read().zone());
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let data = Data::from([
        ("name".to_owned(), json!(short(text(place, "name"), 120))),
        ("period".to_owned(), json!(period)),
        ("department".to_owned(), place.data.get("department").cloned().unwrap_or_default()),
        ("operator".to_owned(), place.data.get("operator").cloned().unwrap_or_default()),
        ("made_on".to_owned(), json!(today)),
        ("local".to_owned(), json!(short(&config.data.display().to_string(), 120))),
        ("encrypted".to_owned(), json!(true)),
    ]);
    let made = live.pipeline.change(Command::create(&Caller::system(), RECORD, data)).await?;
    let stored = Data::from([
        ("encrypted".to_owned(), json!(true)),
        ("offsite".to_owned(), json!(short(shown(to), 120))),
        ("digest".to_owned(), json!(taken.id)),
        ("test_due".to_owned(), json!(today.plus_days(TEST_DAYS))),
    ]);
    live.pipeline.change(Command::on(&Caller::system(), RECORD, made.record.id, "store", stored)).await.map(drop)
}

/// A place without what may stand behind its address.
pub(super) fn shown(place: &str) -> &str {
    place.split_once('?').map_or(place, |(place, _)| place)
}

/// A drill that passed is the test of every backup that lies at that place (H 9.6.2 g).
pub(super) async fn tested(live: &Live, fields: &Data) -> Result<(), Problem> {
    if fields.get("passed") != Some(&json!(true)) {
        return Ok(());
    }
    let place = fields.get("place").and_then(Value::as_str).unwrap_or_default();
    let waiting: Vec<Id> = {
        let world = live.world.read();
        let table = world.table(RECORD)?;
        let rows = table.live().iter().filter_map(|row| table.row(row)).filter(|row| &*row.state == "stored");
        rows.filter(|row| row.record().is_ok_and(|r| text(&r, "offsite") == place)).map(|row| row.id).collect()
    };
    let note = fields.get("snapshot").map(ToString::to_string).unwrap_or_default();
    for id in waiting {
        let input = Data::from([("test_note".to_owned(), json!(format!("restore_drill {note}")))]);
        live.pipeline.change(Command::on(&Caller::system(), RECORD, id, "test", input)).await?;
    }
    Ok(())
}

/// Shows a failure among the unfinished follow-ups.
async fn report(live: &Arc<Live>, place: &Record, count: u32, problem: &Problem) -> Result<(), Problem> {
    let id = stuck::entry(live, place.id);
    let state = stuck::state(live, id);
    if state.as_deref() == Some("stuck") {
        return Ok(());
    }
    let mut data = Data::from([("reason".to_owned(), json!(problem.code())), ("attempts".to_owned(), json!(count))]);
    if state.is_some() {
        return live.pipeline.change(Command::on(&Caller::system(), stuck::KIND, id, "fail", data)).await.map(drop);
    }
    let name: String = format!("{EFFECT} · {}", text(place, "name")).chars().take(120).collect();
    data.extend([
        ("name".to_owned(), json!(name)),
        ("effect".to_owned(), json!(EFFECT)),
        ("job".to_owned(), json!(place.id)),
        ("about_kind".to_owned(), json!(KIND)),
        ("about_id".to_owned(), json!(place.id)),
    ]);
    let mut make = Command::create(&Caller::system(), stuck::KIND, data);
    make.new_id = Some(id);
    live.pipeline.change(make).await.map(drop)
}

impl Live {
    /// The day on which the last copy of a key that is destroyed now is deleted from the backups that this node makes, if they go
    /// on; none when there is none. Copies that somebody made of a place are not known.
    ///
    /// # Errors
    /// `store.*`.
    pub async fn last_key_copy(&self) -> Result<Option<Day>, Problem> {
        let (zone, places) = {
            let world = self.world.read();
            let table = world.table(KIND)?;
            (world.zone(), table.live().iter().filter_map(|row| table.row(row)).map(|row| row.id).collect::<Vec<_>>())
        };
        let mut latest = None;
        for place in places {
            latest = latest.max(last(self, place).await?.map(|last| last.keys_until));
        }
        Ok(latest.map(|at: Instant| at.day(zone)))
    }
}

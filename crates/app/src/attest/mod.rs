//! What makes the ledger more than the company's own word: the SM3 twin, time from outside (RFC 3161), witnesses
//! (C2SP tlog-witness), and notes about the health of the system itself (民事证据规定 93, 94; 在线诉讼规则 16 to 18).
//!
//! One task looks every few seconds what is due. Nothing here holds up an act: an authority that does not answer
//! is asked again later, and one later answer covers everything before it.

pub mod courier;
pub mod cover;
pub mod health;
pub(crate) mod stamps;
pub mod twin;
pub mod view;
mod witnesses;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Instant, Problem};
use jingui_store::Store;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{live::Live, world::caller::Caller};
use courier::Courier;

/// Acts of this module. That they were entered is no reason to ask outsiders again.
pub const QUIET: [&str; 7] = ["twin_checkpoint", "stamped", "stamp_failed", "cosigned", "cosign_failed", "health", "started"];

/// The registers of outsiders.
const AUTHORITY: &str = "time_authority";
const WITNESS: &str = "ledger_witness";

const TICK: Duration = Duration::from_secs(5);
const LEASE: &str = "attest";
const LEASE_SECONDS: i64 = 120;
/// After a failure: a minute, then twice as long each time, up to this.
const LONGEST_WAIT: i64 = 3600;

/// How it stands with one outsider; for the evidence page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Failures since the last success.
    pub failures: u32,
    /// When the first of them was.
    pub since: Option<Instant>,
    /// Why it failed last.
    pub problem: Option<Problem>,
    /// Not asked again before.
    pub next: Option<Instant>,
}

/// What the task remembers between its rounds, only to decide when to ask again; and the way to outsiders.
#[derive(Default)]
pub struct Attester {
    standing: Mutex<HashMap<Id, Standing>>,
    courier: OnceLock<Arc<dyn Courier>>,
}

impl Attester {
    /// How it stands with an outsider.
    #[must_use]
    pub fn standing(&self, source: Id) -> Standing {
        self.standing.lock().get(&source).cloned().unwrap_or_default()
    }

    fn due(&self, source: Id, now: Instant) -> bool {
        self.standing.lock().get(&source).is_none_or(|s| s.next.is_none_or(|next| next <= now))
    }

    fn succeeded(&self, source: Id, now: Instant, every_minutes: i64) {
        let standing = Standing { next: Some(now.plus_seconds(every_minutes.max(1) * 60)), ..Standing::default() };
        self.standing.lock().insert(source, standing);
    }

    /// True for the first failure after a success: that one is noted in the ledger.
    fn failed(&self, source: Id, now: Instant, problem: Problem) -> bool {
        let mut all = self.standing.lock();
        let standing = all.entry(source).or_default();
        standing.failures = standing.failures.saturating_add(1);
        standing.since.get_or_insert(now);
        let wait = 60_i64.checked_shl(standing.failures.saturating_sub(1)).map_or(LONGEST_WAIT, |s| s.clamp(60, LONGEST_WAIT));
        standing.next = Some(now.plus_seconds(wait));
        standing.problem = Some(problem);
        standing.failures == 1
    }

    /// Asks at the next round again: somebody wants it now.
    pub fn hurry(&self) {
        for standing in self.standing.lock().values_mut() {
            standing.next = None;
        }
    }
}

/// The task.
pub async fn run(live: Arc<Live>, courier: Option<Arc<dyn Courier>>, holder: Id, mut stop: watch::Receiver<bool>) {
    if let Some(courier) = &courier {
        let _ = live.attester.courier.set(Arc::clone(courier));
    }
    let mut rounds = Rounds::default();
    loop {
        tokio::select! {
            () = round(&live, courier.as_ref(), holder, &mut rounds) => {}
            _ = stop.changed() => break,
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => break,
        }
    }
    // The next node, or this one after its start, need not wait for the lease to end.
    if let Err(problem) = live.store.release_lease(LEASE, holder).await {
        tracing::warn!(problem = %problem, "the lease for attestations is not given back");
    }
}

#[derive(Default)]
struct Rounds {
    twin: Option<Instant>,
    health: health::Rounds,
}

async fn round(live: &Arc<Live>, courier: Option<&Arc<dyn Courier>>, holder: Id, rounds: &mut Rounds) {
    let now = live.clock.now();
    let twin_due = rounds.twin.is_none_or(|at| now >= at.plus_seconds(twin::EVERY_SECONDS));
    let asked = courier.is_some() && [AUTHORITY, WITNESS].iter().any(|kind| !due(live, kind, now).is_empty());
    if !twin_due && !asked {
        // The lease below is a durable write: not one every few seconds for nothing.
        return;
    }
    match live.store.try_lease(LEASE, holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(problem) => return tracing::warn!(problem = %problem, "the lease for attestations cannot be had"),
    }
    if twin_due {
        rounds.twin = Some(now);
        if let Err(problem) = twin::advance(live).await {
            tracing::error!(problem = %problem, "the SM3 twin does not advance");
        }
    }
    health::round(live, &mut rounds.health, now).await;
    if let Some(courier) = courier {
        stamps::round(live, courier, now).await;
        witnesses::round(live, courier, now).await;
    }
}

/// What came of asking an outsider: when it is asked again; the first failure after a success is noted.
async fn settle(live: &Live, source: &Record, now: Instant, failure: &str, result: Result<(), Problem>) {
    let Err(problem) = result else { return live.attester.succeeded(source.id, now, minutes(source)) };
    tracing::warn!(problem = %problem, source = %source.id, failure, "an outsider gave nothing");
    let fields = Data::from([("source".to_owned(), json!(source.id)), ("problem".to_owned(), json!(problem.code()))]);
    if live.attester.failed(source.id, now, problem)
        && let Err(problem) = note(live, failure, fields).await
    {
        tracing::warn!(problem = %problem, failure, "a failure could not be noted");
    }
}

/// The active records of a kind, opened: authorities and witnesses are few.
fn active(live: &Live, kind: &str) -> Vec<Record> {
    let world = live.world.read();
    let Ok(table) = world.table(kind) else { return vec![] };
    let rows = table.live().iter().filter_map(|row| table.row(row));
    rows.filter(|row| &*row.state == "active").filter_map(|row| row.record().ok()).collect()
}

/// Those of them whose time to be asked has come.
fn due(live: &Live, kind: &str, now: Instant) -> Vec<Record> {
    let mut due = active(live, kind);
    due.retain(|record| live.attester.due(record.id, now));
    due
}

pub(crate) fn text<'a>(record: &'a Record, field: &str) -> &'a str {
    record.data.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn minutes(record: &Record) -> i64 {
    record.data.get("every_minutes").and_then(Value::as_i64).unwrap_or(60)
}

/// A note about the system itself, by the system.
async fn note(live: &Live, act: &str, fields: Data) -> Result<u64, Problem> {
    live.system_note(&Caller::system(), act, fields).await
}

/// Whether anything but our own notes was entered since the ledger had this size.
async fn news_since(store: &Store, size: u64) -> Result<bool, Problem> {
    let mut from = size;
    loop {
        let events = store.events_from(from, 64).await?;
        let Some(last) = events.last() else { return Ok(false) };
        if events.iter().any(|e| !QUIET.contains(&e.act.as_str())) {
            return Ok(true);
        }
        from = last.index + 1;
    }
}

//! Notification: people hear of work that waits for them without looking at the console: by mail, by the robots of
//! DingTalk, WeCom and Feishu, or through a program of the enterprise; one by one or once a day, not at night and not on days of
//! rest unless it is urgent (B 3.1.2, 8.2; H 12.3).
//!
//! What waits is the read model's business (`work.rs`), when something goes out the calendar's (`send`), what stands in a message and
//! what does not `jingui_notify`'s. Here the three meet. Messages leave no trace in the ledger; only that something was given up does.

pub mod carrier;
mod channel;
mod given_up;
mod items;
mod outbox;
pub mod preference;
mod words;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use jingui_kinds::act::Facts;
use jingui_model::{Day, Id, Instant, Problem};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::live::Live;
use carrier::Carrier;
pub(crate) use given_up::EFFECT;
pub use given_up::Target;
pub use outbox::Round;

const TICK: Duration = Duration::from_secs(5);
const LEASE: &str = "notify";
const LEASE_SECONDS: i64 = 180;
/// After so many seconds with a change somewhere, what waits is looked at again.
const EVERY_SECONDS: i64 = 20;
/// After a failure: a minute, then twice as long each time, up to this.
const LONGEST_WAIT: i64 = 3600;
/// Robots take twenty messages a minute; people write to the same group too.
const ROBOT_PER_MINUTE: u32 = 15;

/// What the task remembers between its rounds, only to decide when to try again; and the way out.
#[derive(Default)]
pub struct Notifier {
    standing: Mutex<HashMap<Target, (u32, Instant)>>,
    pace: Mutex<HashMap<Id, (i64, u32)>>,
    carrier: OnceLock<Arc<dyn Carrier>>,
    wake: Notify,
}

impl Notifier {
    /// Gives the way out.
    pub fn employ(&self, carrier: Arc<dyn Carrier>) {
        let _ = self.carrier.set(carrier);
    }

    fn carrier(&self) -> Result<Arc<dyn Carrier>, Problem> {
        self.carrier.get().cloned().ok_or_else(|| Problem::unavailable("notify.no_carrier"))
    }

    /// Not tried before, if that lies ahead.
    fn wait(&self, target: Target, now: Instant) -> Option<Instant> {
        let failed = self.standing.lock().get(&target).map(|(_, next)| *next);
        let paced = match target {
            Target::Channel(id) => self
                .pace
                .lock()
                .get(&id)
                .filter(|(minute, sent)| *minute == minute_of(now) && *sent >= ROBOT_PER_MINUTE)
                .map(|(minute, _)| Instant::from_micros((minute + 1) * 60_000_000)),
            Target::Person(_) => None,
        };
        failed.into_iter().chain(paced).max().filter(|next| *next > now)
    }

    /// Counts what a robot was given in this minute.
    fn paced(&self, channel: Id, now: Instant, robot: bool) {
        if robot {
            let mut pace = self.pace.lock();
            let slot = pace.entry(channel).or_default();
            *slot = if slot.0 == minute_of(now) { (slot.0, slot.1 + 1) } else { (minute_of(now), 1) };
        }
    }

    fn succeeded(&self, target: Target) {
        self.standing.lock().remove(&target);
    }

    /// Failures in a row, with this one.
    fn failed(&self, target: Target, now: Instant) -> u32 {
        let mut all = self.standing.lock();
        let (failures, next) = all.entry(target).or_insert((0, now));
        let wait = 60_i64.checked_shl(*failures).map_or(LONGEST_WAIT, |s| s.clamp(60, LONGEST_WAIT));
        (*failures, *next) = (failures.saturating_add(1), now.plus_seconds(wait));
        *failures
    }

    /// Tries everything at once again: somebody has looked after it.
    pub(crate) fn hurry(&self) {
        self.standing.lock().clear();
        self.wake.notify_one();
    }
}

fn minute_of(now: Instant) -> i64 {
    now.micros().div_euclid(60_000_000)
}

/// What makes a new look worth while.
#[derive(Default)]
struct Looked {
    at: Option<Instant>,
    day: Option<Day>,
    head: u64,
    next: Option<Instant>,
}

impl Looked {
    fn due(&self, now: Instant, day: Day, head: u64) -> bool {
        let Some(at) = self.at else { return true };
        let changed = self.head != head || self.day != Some(day);
        (changed && now >= at.plus_seconds(EVERY_SECONDS)) || self.next.is_some_and(|next| next <= now)
    }
}

/// The task.
pub async fn run(live: Arc<Live>, carrier: Option<Arc<dyn Carrier>>, holder: Id, mut stop: watch::Receiver<bool>) {
    // Without a way out there is nothing to do.
    let Some(carrier) = carrier else { return };
    live.notifier.employ(carrier);
    let mut looked = Looked::default();
    while !*stop.borrow() {
        let now = live.clock.now();
        let (day, head) = {
            let world = live.world.read();
            (now.day(world.zone()), world.head())
        };
        if looked.due(now, day, head) {
            looked = Looked { at: Some(now), day: Some(day), head, next: looked.next };
            match turn(&live, holder, &stop).await {
                Ok(Some(round)) => looked.next = round.next,
                Ok(None) => {}
                Err(problem) => tracing::warn!(problem = %problem, "messages about waiting work could not be looked after"),
            }
        }
        tokio::select! {
            () = live.notifier.wake.notified() => looked.at = None,
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => break,
        }
    }
    if let Err(problem) = live.store.release_lease(LEASE, holder).await {
        tracing::warn!(problem = %problem, "the lease for messages is not given back");
    }
}

/// The right to send, which one node has at a time.
struct Lease<'a> {
    live: &'a Live,
    holder: Id,
    stop: &'a watch::Receiver<bool>,
    since: Option<Instant>,
}

impl Lease<'_> {
    /// May the next letter go out? Not when the process is told to stop, or when another node has the lease by now.
    async fn go_on(&mut self) -> bool {
        let now = self.live.clock.now();
        if *self.stop.borrow() {
            return false;
        }
        if self.since.is_some_and(|since| now < since.plus_seconds(LEASE_SECONDS / 3)) {
            return true;
        }
        self.since = Some(now);
        let held = self.live.store.try_lease(LEASE, self.holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await;
        held.unwrap_or_else(|problem| {
            tracing::warn!(problem = %problem, "the lease for messages cannot be had");
            false
        })
    }
}

/// One round under the lease; nothing when another node holds it.
///
/// # Errors
/// `store.*`, `world.document`.
pub async fn turn(live: &Arc<Live>, holder: Id, stop: &watch::Receiver<bool>) -> Result<Option<Round>, Problem> {
    let mut lease = Lease { live, holder, stop, since: None };
    if lease.go_on().await { outbox::round(live, &mut lease).await.map(Some) } else { Ok(None) }
}

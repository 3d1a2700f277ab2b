//! Duties that arise by themselves: what the guides ask for at a time or at an event becomes a record of the kind `duty`
//! for named people, is handed on when they are away, escalated when it is late, and settled by its proof (B 5, 7, 10; H 5.3, 12.3).
//!
//! The rules are data (`catalog/duties.yaml`), the reckoning is pure (`crates/calendar`). Here it meets the register: one
//! task, on one node at a time, reads what was committed since the last time and what day it is. Every duty has a key, and
//! the register has each key once; so it does no harm to reckon twice, and after weeks without the server nothing is missing.

pub mod agenda;
pub(crate) mod book;
mod chase;
mod facts;
mod happened;
pub(crate) mod people;
mod prove;
mod raise;
pub mod view;

use std::{sync::Arc, time::Duration};

use jingui_calendar::{arising, arrears};
use jingui_kinds::{act::Facts as _, record::Record};
use jingui_model::{Day, Id, Instant, Problem};
use tokio::sync::watch;

pub use self::agenda::Agenda;
use self::book::Book;
use crate::{due, live::Live};

/// The register.
pub const DUTY: &str = "duty";
/// States in which a duty waits to be done.
pub const WAITING: [&str; 2] = ["open", "late"];

/// The record on which an act has to be done to settle a duty.
pub(crate) fn act_on(duty: &Record) -> Option<Id> {
    (duty.kind == DUTY && duty.text("evidence") == Some("act")).then(|| book::about(duty)).flatten()
}

/// How often a node looks whether something was committed.
const TICK: Duration = Duration::from_secs(2);
/// What the calendar asks for and what no act causes is looked at so often.
const EVERY_SECONDS: i64 = 3600;
const LEASE: &str = "duties";
const LEASE_SECONDS: i64 = 60;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Duties raised.
    pub raised: u64,
    /// Duties that a proof settled.
    pub settled: u64,
    /// Duties handed on, escalated or laid down.
    pub chased: u64,
}

/// The task.
pub async fn run(live: Arc<Live>, holder: Id, mut stop: watch::Receiver<bool>) {
    let mut looked: Option<Instant> = None;
    loop {
        let now = live.clock.now();
        live.viewings.sweep(now);
        let whole = looked.is_none_or(|at| now >= at.plus_seconds(EVERY_SECONDS) || now < at);
        tokio::select! {
            () = one(&live, holder, now, whole, &mut looked) => {}
            _ = stop.wait_for(|s| *s) => break,
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.wait_for(|s| *s) => break,
        }
    }
    if let Err(problem) = live.store.release_lease(LEASE, holder).await {
        tracing::warn!(problem = %problem, "the lease for duties is not given back");
    }
}

async fn one(live: &Arc<Live>, holder: Id, now: Instant, whole: bool, looked: &mut Option<Instant>) {
    if !whole && live.world.read().head() <= live.agenda.followed() {
        // Neither the lease nor the cursor is worth a durable write when nothing happened.
        return;
    }
    match live.store.try_lease(LEASE, holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(problem) => return tracing::warn!(problem = %problem, "the lease for duties cannot be had"),
    }
    let today = now.day(live.world.read().zone());
    let result = if whole { day(live, today).await } else { follow(live, today).await };
    match result {
        Ok(done) => {
            if whole {
                *looked = Some(now);
            }
            if done != Done::default() {
                tracing::info!(raised = done.raised, settled = done.settled, chased = done.chased, "duties");
            }
        }
        Err(problem) => tracing::warn!(problem = %problem, "duties could not be brought up to date; tried again soon"),
    }
}

/// Everything that is to be done on a day: what ended, what happened, what the calendar asks for, what is to be chased.
/// As often as one likes.
///
/// # Errors
/// `store.*`, `world.document`; what was done until then stands, and the rest is done the next time.
pub async fn day(live: &Arc<Live>, today: Day) -> Result<Done, Problem> {
    let Some(since) = live.agenda.since(&live.world.read()) else { return Ok(Done::default()) };
    due::expire_terms(live, today).await?;
    let mut done = follow(live, today).await?;
    let book = Book::read(live)?;
    let new = {
        let world = live.world.read();
        let members = facts::members(&world, &live.agenda, today)?;
        let facts = jingui_calendar::Facts { since, members: &members, happenings: &[] };
        arrears(&live.agenda.rules, &live.agenda.calendar, book.last_raised, today, &facts, &|key| book.keys.contains(key))
    };
    done.raised += raise::all(live, &new, today).await?;
    done.settled += prove::already(live, &new).await?;
    if new.iter().any(|o| o.due < today) {
        // Raised after weeks without the server: late from the beginning.
        due::expire_terms(live, today).await?;
    }
    done.chased += chase::round(live, today).await?;
    Ok(done)
}

/// What was committed since the last time: duties that it raises, and duties that it settles.
///
/// # Errors
/// As [`day`].
pub async fn follow(live: &Arc<Live>, today: Day) -> Result<Done, Problem> {
    let mut done = Done::default();
    let Some(since) = live.agenda.since(&live.world.read()) else { return Ok(done) };
    while let Some(news) = happened::next(live).await? {
        let mut new = arising(&live.agenda.rules, &live.agenda.calendar, since, &news.happenings);
        if !new.is_empty() {
            let book = Book::read(live)?;
            new.retain(|o| !book.keys.contains(&o.key));
            done.raised += raise::all(live, &new, today).await?;
        }
        done.settled += prove::by(live, &news.acts).await?;
        done.settled += prove::already(live, &new).await?;
        happened::seen(live, news.upto).await?;
    }
    Ok(done)
}

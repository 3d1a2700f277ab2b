//! What was committed since the last time, read off the ledger's events: a cursor in the database says how far that is.
//!
//! Only what an event says in the open is looked at (kind, act, record, when, by whom). What an import brought in, and what was
//! entered on the day of set-up, was there before and is no event.

use jingui_calendar::{Happening, Need};
use jingui_kinds::act::Facts;
use jingui_model::{Id, Instant, Problem};
use jingui_store::EventRow;

use super::{DUTY, facts};
use crate::{live::Live, world::World};

const CURSOR: &str = "duties.followed";
const AT_ONCE: u32 = 1000;

/// An act on a record.
#[derive(Debug, Clone)]
pub(super) struct Done {
    /// The record.
    pub record: Id,
    /// Its kind.
    pub kind: String,
    /// The act.
    pub act: String,
    /// Who; nil for the system.
    pub actor: Id,
    /// When.
    pub at: Instant,
}

/// What is new.
pub(super) struct News {
    /// For the rules.
    pub happenings: Vec<Happening>,
    /// For what settles duties.
    pub acts: Vec<Done>,
    /// Index of the first event that was not read.
    pub upto: u64,
}

/// What comes next, of what this node has taken in; nothing when all of it was seen.
pub(super) async fn next(live: &Live) -> Result<Option<News>, Problem> {
    let head = live.world.read().head();
    let from = match live.store.meta(CURSOR).await? {
        Some(bytes) => u64::from_be_bytes(<[u8; 8]>::try_from(bytes.as_slice()).map_err(|_| Problem::internal("duties.cursor"))?),
        None => {
            // The rules hold from today on.
            seen(live, head).await?;
            head
        }
    };
    if from >= head {
        live.agenda.set_followed(from);
        return Ok(None);
    }
    let events = live.store.events_from(from, AT_ONCE).await?;
    let Some(last) = events.last() else { return Ok(None) };
    let upto = last.index + 1;
    let world = live.world.read();
    let needs = &live.agenda.needs;
    let mut news = News { happenings: vec![], acts: vec![], upto: upto.min(head) };
    for mut event in events.into_iter().filter(|e| e.index < head && e.kind != DUTY) {
        let Some(act) = came_about(&world, &event) else { continue };
        event.act = act;
        news.happenings.extend(happening(&world, &event, needs.get(&event.kind)));
        let EventRow { record: Some(record), kind, act, actor, at, .. } = event else { continue };
        news.acts.push(Done { record, kind, act, actor, at });
    }
    Ok(Some(news))
}

/// What was read need not be read again.
pub(super) async fn seen(live: &Live, upto: u64) -> Result<(), Problem> {
    live.store.set_meta(CURSOR, &upto.to_be_bytes()).await?;
    live.agenda.set_followed(upto);
    Ok(())
}

/// The act that an event completes. What needs approval comes about with the last vote, not when it is asked for.
fn came_about(world: &World, event: &EventRow) -> Option<String> {
    let kind = world.kind(&event.kind).ok()?;
    let asked = |name: &str| kind.transition(name).is_some_and(|t| t.approval.is_some());
    match event.act.as_str() {
        "approved" => {
            let state = world.brief(event.record?).map(|b| b.state);
            let mut possible = kind.transitions.iter().filter(|t| t.approval.is_some());
            let now = possible.clone().find(|t| Some(&t.to) == state.as_ref());
            now.or_else(|| possible.next()).map(|t| t.name.clone())
        }
        act if asked(act) => None,
        act => Some(act.to_owned()),
    }
}

fn happening(world: &World, event: &EventRow, need: Option<&Need>) -> Option<Happening> {
    let need = need.filter(|n| n.transitions.contains(&event.act))?;
    let record = world.record(event.record?).ok()?;
    if event.act == "create" && record.batch.is_some() {
        return None;
    }
    Some(Happening {
        kind: event.kind.clone(),
        record: record.id,
        transition: event.act.clone(),
        version: event.index,
        on: event.at.day(world.zone()),
        department: facts::department(world, &record),
        values: facts::values(&record, Some(need)),
        days: facts::days(&record, Some(need)),
    })
}

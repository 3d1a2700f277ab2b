//! The outbox: what there is to tell is held against what was told; what is ripe goes out, to each person in one letter.
//!
//! Each message is known by digests in the store, is taken before it is handed over, and goes out once, whatever dies when. What
//! has been done meanwhile is told no more, and a person who left is told nothing, because every round begins with the work as it is.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jingui_calendar::{
    Absence,
    send::{self, Message},
};
use jingui_model::{Id, Instant, Problem};
use jingui_store::{TAKEN, WAITS};

use super::{
    Lease, channel,
    given_up::{self, Target},
    items::Item,
    preference::{self, Wish},
    words,
};
use crate::{
    duties::people::absences,
    ledger::blocking,
    live::Live,
    world::{World, caller::Origin, layout::Post},
};

/// A person and what there is to tell them.
struct Reader {
    person: Id,
    name: String,
    wish: Wish,
    absences: Vec<Absence>,
    items: Vec<Item>,
}

/// What came of a round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Letters that went out.
    pub letters: u64,
    /// Letters that did not.
    pub failed: u64,
    /// When something that waits becomes ripe, if nothing changes before.
    pub next: Option<Instant>,
}

/// Everybody who is told anything: active people with an enabled account and a channel.
fn readers(live: &Live) -> Result<Vec<Reader>, Problem> {
    let (people, away): (Vec<(Id, Wish)>, Vec<Absence>) = {
        let world = live.world.read();
        let people = active(&world)?.into_iter().filter_map(|person| Some((person, preference::wish(&world, person)?))).collect();
        (people, absences(&world)?)
    };
    let mut readers = vec![];
    for (person, wish) in people {
        // One after the other, each with the lock for itself: writers are not kept waiting by three hundred people's lists.
        let caller = live.world.read().person_caller(person, Origin::default());
        let Some(caller) = caller.ok().filter(|c| c.actor.active) else { continue };
        let absences = away.iter().filter(|a| a.person == person).cloned().collect();
        readers.push(Reader { person, items: live.to_tell(&caller)?, name: caller.name, wish, absences });
    }
    Ok(readers)
}

fn active(world: &World) -> Result<Vec<Id>, Problem> {
    let accounts = world.table("account")?;
    let rows = accounts.posted_any(Post::State, ["enabled"]);
    let person = |row: u32| accounts.row(row)?.record().ok()?.data.get("person")?.as_str()?.parse::<Id>().ok();
    let mut people: Vec<Id> = rows.iter().filter_map(person).collect();
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// One round. Before each letter the lease is looked at: it may be lost, or the process told to stop.
pub(super) async fn round(live: &Arc<Live>, lease: &mut Lease<'_>) -> Result<Round, Problem> {
    // Another node may have written what this one has not seen: it must not take work that is there for done.
    live.pipeline.catch_up().await?;
    let now = live.clock.now();
    let reading = Arc::clone(live);
    let readers = blocking(move || readers(&reading)).await?;
    let waiting = hold_against(live, &readers, now).await?;
    let (mut round, calendar) = (Round::default(), &live.agenda.calendar);
    for reader in &readers {
        let messages: Vec<Message> = reader
            .items
            .iter()
            .filter_map(|item| Some(Message { key: hex::encode(item.key), severity: item.severity, at: *waiting.get(&item.key)? }))
            .collect();
        if messages.is_empty() {
            continue;
        }
        let ripe: HashSet<String> =
            send::ripe(&messages, now, &reader.wish.settings, calendar, &reader.absences).into_iter().flat_map(|s| s.messages).collect();
        let later = messages
            .iter()
            .filter(|m| !ripe.contains(&m.key))
            .map(|m| send::moment(m, &reader.wish.settings, calendar, &reader.absences).0);
        round.next = later.chain(round.next).min();
        if ripe.is_empty() {
            continue;
        }
        let targets = [Target::Channel(reader.wish.channel), Target::Person(reader.person)];
        if let Some(at) = targets.iter().filter_map(|t| live.notifier.wait(*t, now)).max() {
            round.next = round.next.into_iter().chain([at]).min();
            continue;
        }
        if targets.iter().any(|t| given_up::given_up(live, *t)) {
            continue;
        }
        if !lease.go_on().await {
            break;
        }
        let items: Vec<&Item> = reader.items.iter().filter(|item| ripe.contains(&hex::encode(item.key))).collect();
        match one(live, reader, &items, now).await? {
            Some(true) => round.letters += 1,
            Some(false) => {
                round.failed += 1;
                let again = targets.iter().filter_map(|t| live.notifier.wait(*t, now)).max();
                round.next = round.next.into_iter().chain(again).min();
            }
            None => {}
        }
    }
    Ok(round)
}

/// Enters what is new and removes what waits no more. Gives since when each message that has not gone out waits.
async fn hold_against(live: &Live, readers: &[Reader], now: Instant) -> Result<HashMap<[u8; 32], Instant>, Problem> {
    let rows = live.store.notices().await?;
    let known: HashSet<[u8; 32]> = rows.iter().map(|r| r.key).collect();
    let items = || readers.iter().flat_map(|r| &r.items);
    let threads: HashSet<[u8; 32]> = items().flat_map(|i| i.threads).collect();
    let add: Vec<_> = items().filter(|i| !known.contains(&i.key)).map(|i| (i.key, i.thread())).collect();
    let remove: Vec<_> = rows.iter().filter(|r| !threads.contains(&r.thread)).map(|r| r.key).collect();
    if !add.is_empty() || !remove.is_empty() {
        live.store.change_notices(&add, now, &remove).await?;
    }
    let left = rows.iter().filter(|r| r.state == TAKEN).count();
    if left > 0 {
        tracing::warn!(left, "messages were being handed over when a node ended; they are not sent again");
    }
    let old = rows.iter().filter(|r| r.state == WAITS).map(|r| (r.key, r.at));
    Ok(old.chain(add.iter().map(|(key, _)| (*key, now))).collect())
}

/// Sends one letter: true when it went out, nothing when somebody else took part of it.
async fn one(live: &Arc<Live>, reader: &Reader, items: &[&Item], now: Instant) -> Result<Option<bool>, Problem> {
    let (id, keys) = (reader.wish.channel, items.iter().map(|i| i.key).collect::<Vec<_>>());
    let (record, letter, local) = {
        let world = live.world.read();
        let Ok(record) = world.record(id) else { return Ok(None) };
        // Paused: what waits goes out together when it is in use again.
        if record.state != "active" {
            return Ok(None);
        }
        let letter_id = Id::new(&*live.clock, &*live.rng);
        let letter = words::letter(live, &world, letter_id, items, reader.wish.address.clone(), reader.name.clone(), reader.wish.lang);
        (record, letter, channel::local(&world))
    };
    if !live.store.take_notices(&keys).await? {
        return Ok(None);
    }
    let result = live.carry(&record, letter, local).await;
    live.store.settle_notices(&keys, result.is_ok()).await?;
    match result {
        Ok(()) => {
            for target in [Target::Channel(id), Target::Person(reader.person)] {
                live.notifier.succeeded(target);
                given_up::settle(live, target).await?;
            }
            live.notifier.paced(id, now, matches!(channel::of(&record), Ok(super::carrier::Channel::Hook(_))));
            Ok(Some(true))
        }
        Err(problem) => {
            let target = Target::of(&problem, id, reader.person);
            let failures = live.notifier.failed(target, now);
            tracing::warn!(channel = %id, failures, problem = %problem, "a message could not be delivered");
            given_up::failed(live, target, failures, &problem).await?;
            Ok(Some(false))
        }
    }
}

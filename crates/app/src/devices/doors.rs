//! Passages at doors (B 5.3.2 (3): persons, times, reason). Going out closes the record of coming in; who is not on the zone's list, has left or
//! cannot be named is questioned at once, and the office looks into it.

use std::sync::Arc;

use jingui_kinds::{act::Facts, people::ids, record::Record};
use jingui_model::{Class, Data, Id, Instant, Lang, Problem, Protection, Zone};
use jingui_policy::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Reported, few, nothing_but_denied, short, with};
use crate::{
    live::Live,
    pipeline::Command,
    refusal,
    world::{World, caller::Caller},
};

const DOOR: &str = "door_record";
/// Passages of one transaction.
const CHUNK: usize = 100;
/// Newest passages of a zone among which somebody's coming in is looked for.
const LOOK_BACK: usize = 2_000;

/// In or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Direction {
    /// Coming in.
    In,
    /// Going out.
    Out,
}

/// Somebody went through a door.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Number of the zone, or its name.
    pub zone: String,
    /// Number of the card.
    pub card: String,
    /// Employee number, when the door system knows it.
    pub person: Option<String>,
    /// When.
    pub at: Instant,
    /// In or out.
    pub direction: Direction,
    /// Why, when it is asked for at the door.
    pub reason: Option<String>,
}

/// A passage with what the registers know of it.
struct Seen {
    zone: Record,
    person: Option<Record>,
    card: String,
    day: jingui_model::Day,
    time: String,
    doubt: Vec<&'static str>,
}

impl Live {
    /// Takes passages at doors; says of each what became of it.
    ///
    /// # Errors
    /// `device.too_many`; `policy.*` when the caller may not make entries at all; `store.*`.
    pub async fn passages(self: &Arc<Self>, caller: &Caller, all: &[Passage], lang: Lang) -> Result<Vec<Reported>, Problem> {
        few(all.len())?;
        let mut answers = vec![Reported::default(); all.len()];
        let (mut coming, mut going, mut denied) = (vec![], vec![], vec![]);
        for (n, passage) in all.iter().enumerate() {
            match self.recognise(caller, passage) {
                Ok(seen) if passage.direction == Direction::In => coming.push((n, seen, passage)),
                Ok(seen) => going.push((n, seen)),
                Err(problem) => {
                    put(&mut answers, n, self.refusal(&problem, lang));
                    denied.push(problem);
                }
            }
        }
        nothing_but_denied(all.len(), denied)?;
        for part in coming.chunks(CHUNK) {
            let commands: Vec<Command> =
                part.iter().map(|(_, seen, passage)| create(caller, seen, "entered", passage.reason.as_deref())).collect();
            match self.pipeline.group(commands.clone()).await {
                Ok(made) => {
                    for ((n, seen, _), outcome) in part.iter().zip(made) {
                        let answer = self.questioned(caller, seen, outcome.record.id).await?;
                        put(&mut answers, *n, answer);
                    }
                }
                // One of them is known or refused: each by itself.
                Err(problem) if problem.class() != Class::Internal && problem.class() != Class::Unavailable => {
                    for ((n, seen, _), command) in part.iter().zip(commands) {
                        let answer = self.one(caller, seen, command, lang).await?;
                        put(&mut answers, *n, answer);
                    }
                }
                Err(problem) => return Err(problem),
            }
        }
        // Whoever came in with the same request is there by now.
        for (n, seen) in going {
            let answer = self.leaving(caller, &seen, lang).await?;
            put(&mut answers, n, answer);
        }
        Ok(answers)
    }

    /// What the registers know of a passage, for a caller who may enter it.
    fn recognise(&self, caller: &Caller, passage: &Passage) -> Result<Seen, Problem> {
        self.in_time(passage.at)?;
        let world = self.world.read();
        let zone = world.numbered("zone", passage.zone.trim()).and_then(|id| world.record(id).ok());
        let zone = zone.or_else(|| with(&world, "zone", "name", &passage.zone));
        // Who may not enter anything for a zone's department does not learn which zones there are.
        let kind = world.kind(DOOR)?;
        let target = world.target_of_kind(caller, kind, zone.as_ref().and_then(|z| z.one("department")), Protection::None);
        let ruling = world.rule(caller, Action::Create, &target);
        if !ruling.allowed {
            return Err(refusal::denied(Action::Create, &ruling));
        }
        let zone = zone.ok_or_else(|| Problem::invalid("device.zone_unknown").at("zone").arg("zone", short(&passage.zone)))?;
        let card = short(&passage.card);
        let number = passage.person.as_deref().unwrap_or_default();
        if card.is_empty() && number.trim().is_empty() {
            return Err(Problem::invalid("device.nobody").at("card"));
        }
        let person = with(&world, "person", "employee_no", number).or_else(|| with(&world, "person", "card_no", &card));
        let doubt = doubts(&world, &zone, person.as_ref());
        let card = if card.is_empty() { short(number) } else { card };
        Ok(Seen { person, card, day: passage.at.day(world.zone()), time: clock_time(passage.at, world.zone()), doubt, zone })
    }

    async fn one(&self, caller: &Caller, seen: &Seen, command: Command, lang: Lang) -> Result<Reported, Problem> {
        match self.pipeline.change(command).await {
            Ok(made) => self.questioned(caller, seen, made.record.id).await,
            Err(problem) if problem.code() == "record.twice" => Ok(Reported::of("known", None)),
            Err(problem) if matches!(problem.class(), Class::Internal | Class::Unavailable) => Err(problem),
            Err(problem) => Ok(self.refusal(&problem, lang)),
        }
    }

    /// A doubtful passage is questioned at once. To say so tells the device only what stands on its own screen.
    async fn questioned(&self, caller: &Caller, seen: &Seen, record: Id) -> Result<Reported, Problem> {
        let readable = {
            let world = self.world.read();
            let made = world.record(record)?;
            let target = world.target(caller, world.kind(DOOR)?, &made);
            world.rule(caller, Action::Read, &target).allowed
        };
        if !seen.doubt.is_empty() {
            let input = Data::from([("doubt".to_owned(), json!(seen.doubt))]);
            match self.pipeline.change(Command::on(&caller.on_behalf(), DOOR, record, "question", input)).await {
                Ok(_) => {}
                // Somebody questioned it in the meantime.
                Err(problem) if problem.class() == Class::Conflict => {}
                Err(problem) => return Err(problem),
            }
        }
        let what = if seen.doubt.is_empty() || !readable { "taken" } else { "questioned" };
        Ok(Reported::of(what, readable.then_some(record)))
    }

    /// Going out closes the coming in of the same day or of the night before; without one it is a passage of its own.
    async fn leaving(&self, caller: &Caller, seen: &Seen, lang: Lang) -> Result<Reported, Problem> {
        let (open, known) = self.came_in(seen)?;
        if known {
            return Ok(Reported::of("known", None));
        }
        let Some(open) = open else {
            return self.one(caller, seen, create(caller, seen, "left_at", None), lang).await;
        };
        let input = Data::from([("left_at".to_owned(), json!(seen.time))]);
        match self.pipeline.change(Command::on(&caller.on_behalf(), DOOR, open, "edit", input)).await {
            Ok(_) => Ok(Reported::of("taken", None)),
            Err(problem) if matches!(problem.class(), Class::Internal | Class::Unavailable) => Err(problem),
            Err(problem) => Ok(self.refusal(&problem, lang)),
        }
    }

    /// The newest coming in of the same card that is still open; and whether this very going out is there already.
    fn came_in(&self, seen: &Seen) -> Result<(Option<Id>, bool), Problem> {
        let world = self.world.read();
        let table = world.table(DOOR)?;
        let rows = world.pointing(DOOR, "zone", seen.zone.id);
        let mut open = None;
        for row in rows.iter().rev().take(LOOK_BACK).filter_map(|r| table.row(r)) {
            let record = row.record()?;
            let same_card = record.text("card").is_some_and(|c| c.eq_ignore_ascii_case(&seen.card));
            let same_person = seen.person.as_ref().is_some_and(|p| record.one("person") == Some(p.id));
            let Some(day) = record.day("passed_on").filter(|_| same_card || same_person) else { continue };
            let left = record.text("left_at");
            let entered = record.text("entered");
            if day == seen.day && left == Some(seen.time.as_str()) {
                return Ok((None, true));
            }
            let before = day == seen.day && entered.is_some_and(|e| e <= seen.time.as_str()) || day == seen.day.plus_days(-1);
            if open.is_none() && entered.is_some() && left.is_none() && before && record.state == "recorded" {
                open = Some(record.id);
            }
        }
        Ok((open, false))
    }
}

fn put(answers: &mut [Reported], n: usize, answer: Reported) {
    if let Some(place) = answers.get_mut(n) {
        *place = answer;
    }
}

fn fields(seen: &Seen, reason: Option<&str>) -> Data {
    let mut data = Data::from([
        ("zone".to_owned(), json!(seen.zone.id)),
        ("card".to_owned(), json!(seen.card)),
        ("passed_on".to_owned(), json!(seen.day)),
    ]);
    data.extend(seen.person.as_ref().map(|p| ("person".to_owned(), json!(p.id))));
    data.extend(seen.zone.data.get("department").map(|d| ("department".to_owned(), d.clone())));
    data.extend(
        reason.map(str::trim).filter(|r| !r.is_empty()).map(|r| ("reason".to_owned(), json!(r.chars().take(120).collect::<String>()))),
    );
    data
}

/// The caller's right was asked when the passage was recognised; what the fields refer to was found by the program. `when`: the field that
/// has the time.
fn create(caller: &Caller, seen: &Seen, when: &str, reason: Option<&str>) -> Command {
    let mut data = fields(seen, reason);
    data.insert(when.to_owned(), json!(seen.time));
    Command::create(&caller.on_behalf(), DOOR, data)
}

/// What is unusual about somebody at a zone's door (B 5.3.2: only those who are admitted).
fn doubts(world: &World, zone: &Record, person: Option<&Record>) -> Vec<&'static str> {
    let mut doubts = vec![];
    if zone.state == "closed" {
        doubts.push("closed_zone");
    }
    if zone.text("level") == Some("open") {
        return doubts;
    }
    match person {
        // A visitor who is inside by an approved visit carries a card of the house.
        None if visited(world, zone.id) => {}
        None => doubts.push("unknown_card"),
        Some(person) if person.state != "active" => doubts.push("left"),
        Some(person) => {
            let (persons, posts) = (ids(zone.data.get("persons")), ids(zone.data.get("posts")));
            let own = ids(person.data.get("posts"));
            let listed =
                persons.contains(&person.id) || posts.iter().any(|p| own.contains(p)) || zone.one("responsible") == Some(person.id);
            if !(listed || persons.is_empty() && posts.is_empty()) {
                doubts.push("not_admitted");
            }
        }
    }
    doubts
}

fn visited(world: &World, zone: Id) -> bool {
    let Ok(table) = world.table("zone_visit") else { return false };
    world.pointing("zone_visit", "zone", zone).iter().filter_map(|r| table.row(r)).any(|r| r.record().is_ok_and(|v| v.state == "inside"))
}

/// The time of day on the wall of the company.
fn clock_time(at: Instant, zone: Zone) -> String {
    let seconds = (at.micros().div_euclid(1_000_000) + i64::from(zone.0) * 60).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_that_of_the_wall() {
        let at: Instant = "2026-11-20T16:30:05Z".parse().unwrap();
        assert_eq!(clock_time(at, Zone(480)), "00:30:05");
        assert_eq!(clock_time(at, Zone(-300)), "11:30:05");
    }
}

//! Duties are chased: handed on when their people change, told to those above when they are late, and laid down when there is
//! nothing left to do (B 10.1.3; H 5.3).

use std::{collections::BTreeSet, sync::Arc};

use jingui_calendar::{Duty, Event, Rhythm, ScopeRule};
use jingui_kinds::{act::Facts, people::ids, record::Record};
use jingui_model::{Class, Data, Day, Id, Problem};
use serde_json::json;

use super::{
    DUTY,
    agenda::Agenda,
    book::{about, occurrence, waiting},
    facts,
    people::People,
};
use crate::{
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller},
};

/// Looks at every duty that waits; gives how many were touched.
pub(super) async fn round(live: &Arc<Live>, today: Day) -> Result<u64, Problem> {
    let commands: Vec<Command> = {
        let world = live.world.read();
        let people = People::of(&world)?;
        waiting(&world)?.iter().filter_map(|duty| one(&world, &live.agenda, &people, duty, today)).collect()
    };
    let mut touched = 0;
    for command in commands {
        match live.pipeline.change(command).await {
            Ok(outcome) => touched += u64::from(!outcome.repeated),
            // Its people did something at the same moment; looked at again the next time.
            Err(problem) if problem.class() == Class::Conflict => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(touched)
}

/// What is to be done about one duty.
fn one(world: &World, agenda: &Agenda, people: &People<'_>, duty: &Record, today: Day) -> Option<Command> {
    let on = |action: &str, data: Data| {
        let mut command = Command::on(&Caller::system(), DUTY, duty.id, action, data);
        command.expected_version = Some(duty.version);
        command
    };
    let rule = duty.text("rule").and_then(|r| agenda.rules.get(r));
    if let Some(why) = rule.map_or(Some("dropped"), |rule| moot(world, rule, duty)) {
        return Some(on("lapse", Data::from([("moot".to_owned(), json!(why)), ("done_on".to_owned(), json!(today))])));
    }
    let department = about(duty).and_then(|id| world.record(id).ok()).and_then(|r| facts::department(world, &r));
    let occurrence = occurrence(&agenda.rules, &agenda.calendar, duty, department.or_else(|| duty.one("department")))?;
    let mut level = duty.data.get("level").and_then(serde_json::Value::as_u64).and_then(|l| usize::try_from(l).ok()).unwrap_or(0);
    let mut informed: BTreeSet<Id> = ids(duty.data.get("informed")).into_iter().collect();
    let before = level;
    while duty.state == "late"
        && let Some((_, who)) = occurrence.escalate.get(level).filter(|(when, _)| *when <= today)
    {
        informed.extend(people.above(&occurrence, who, today));
        level += 1;
    }
    if level > before {
        return Some(on("escalate", Data::from([("level".to_owned(), json!(level)), ("informed".to_owned(), json!(informed))])));
    }
    let answer = people.answer(&occurrence, today);
    let (now, stand_in): (BTreeSet<Id>, BTreeSet<Id>) = (answer.people.into_iter().collect(), answer.stand_ins.into_keys().collect());
    let were = |field: &str| -> BTreeSet<Id> { ids(duty.data.get(field)).into_iter().collect() };
    if now == were("responsible") && stand_in == were("stand_in_for") {
        return None;
    }
    Some(on("edit", Data::from([("responsible".to_owned(), json!(now)), ("stand_in_for".to_owned(), json!(stand_in))])))
}

/// Why there is nothing left to do, if so: the record was taken back, or is no longer where the rule looks.
fn moot(world: &World, rule: &Duty, duty: &Record) -> Option<&'static str> {
    let id = about(duty)?;
    let Some(brief) = world.brief(id) else { return Some("gone") };
    match (&rule.scope, &rule.rhythm) {
        (ScopeRule::EachDepartment, _) => (brief.state != "active").then_some("moved"),
        (ScopeRule::EachRecord(records), _) => (!records.states.contains(&brief.state)).then_some("moved"),
        // What happened has happened; only its proof, or somebody's word, ends it.
        (ScopeRule::Company, Rhythm::Event(event)) if !event.transitions.is_empty() => None,
        (ScopeRule::Company, Rhythm::Event(event)) => {
            let now = event.field.as_ref().and_then(|f| world.field(id, f)).and_then(|v| v.as_str()?.parse::<Day>().ok());
            let meant = duty.text("period").and_then(|p| p.parse::<Day>().ok());
            let left = !event.states.contains(&brief.state) && !ran_out(world, event, &brief.state);
            (now != meant || left).then_some("moved")
        }
        _ => None,
    }
}

/// Did a record come into a state by its day alone? What was to be done about it before, is still to be done.
fn ran_out(world: &World, event: &Event, state: &str) -> bool {
    let Ok(kind) = world.kind(&event.kind) else { return false };
    let ends = kind.states.iter().filter(|s| event.states.contains(&s.name)).filter_map(|s| s.ends.as_ref());
    ends.filter_map(|e| kind.transition(&e.by)).any(|t| t.to == state)
}

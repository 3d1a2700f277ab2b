//! An occurrence becomes a duty: a record with its key, its people and its days.

use std::sync::Arc;

use jingui_calendar::{Evidence, Occurrence};
use jingui_model::{Class, Data, Day, Id, Problem};
use serde_json::{Value, json};

use super::{DUTY, people::People};
use crate::{
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller},
};

/// Most duties in one transaction.
const AT_ONCE: usize = 50;

/// Raises all of them; gives how many are new.
pub(super) async fn all(live: &Arc<Live>, occurrences: &[Occurrence], today: Day) -> Result<u64, Problem> {
    let mut raised = 0;
    for part in occurrences.chunks(AT_ONCE) {
        let commands: Vec<Command> = {
            let world = live.world.read();
            let people = People::of(&world)?;
            part.iter().filter_map(|o| command(live, &world, &people, o, today)).collect()
        };
        match live.pipeline.group(commands.clone()).await {
            Ok(outcomes) => raised += outcomes.iter().filter(|o| !o.repeated).count() as u64,
            // Another node was quicker with one of them: one by one, so that it stands in nobody's way.
            Err(problem) if problem.class() == Class::Conflict => {
                for command in commands {
                    match live.pipeline.change(command).await {
                        Ok(outcome) => raised += u64::from(!outcome.repeated),
                        Err(problem) if problem.class() == Class::Conflict => {}
                        Err(problem) => return Err(problem),
                    }
                }
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(raised)
}

fn command(live: &Live, world: &World, people: &People<'_>, occurrence: &Occurrence, today: Day) -> Option<Command> {
    let rule = live.agenda.rules.get(&occurrence.duty)?;
    let answer = people.answer(occurrence, today);
    let mut data = Data::from([
        ("name".to_owned(), json!(name(world, occurrence, &rule.label.zh))),
        ("rule".to_owned(), json!(rule.code)),
        ("clause".to_owned(), json!(rule.clause.chars().take(80).collect::<String>())),
        ("period".to_owned(), json!(occurrence.period)),
        ("key".to_owned(), json!(occurrence.key)),
        ("responsible".to_owned(), json!(answer.people)),
        ("level".to_owned(), json!(0)),
        ("raised_on".to_owned(), json!(occurrence.raised)),
        ("due".to_owned(), json!(occurrence.due)),
        ("severity".to_owned(), json!(occurrence.severity)),
        ("evidence".to_owned(), evidence(&rule.evidence)),
    ]);
    let optional = [
        ("stand_in_for", (!answer.stand_ins.is_empty()).then(|| json!(answer.stand_ins.keys().collect::<Vec<_>>()))),
        ("about_kind", occurrence.kind.as_ref().map(|k| json!(k))),
        ("about_id", occurrence.record.map(|r| json!(r.to_string()))),
        ("department", occurrence.department.filter(|_| !restricted(world, occurrence)).map(|d| json!(d))),
    ];
    data.extend(optional.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))));
    Some(Command::create(&Caller::system(), DUTY, data).keyed(format!("duty/{}", occurrence.key)))
}

/// What few may see (incidents, leaving, penalties) does not show in a department's list by way of its duties.
fn restricted(world: &World, occurrence: &Occurrence) -> bool {
    occurrence.kind.as_ref().and_then(|k| world.kind(k).ok()).is_some_and(|k| k.group == "restricted" || k.graded.is_some())
}

/// The rule's name with what it is about.
pub(super) fn name(world: &World, occurrence: &Occurrence, label: &str) -> String {
    let about = occurrence.record.and_then(|id| called(world, id));
    about.map_or_else(|| label.to_owned(), |about| format!("{label} · {about}")).chars().take(160).collect()
}

/// What a record is called where others see it: its number, never its title, which may be secret. Departments are no secret.
pub(super) fn called(world: &World, id: Id) -> Option<String> {
    let (table, _, row) = world.row(id)?;
    let organisation = table.kind.group == "organisation";
    if organisation { Some(row.title.to_string()) } else { row.number.as_deref().map(str::to_owned) }
}

fn evidence(evidence: &Evidence) -> Value {
    json!(match evidence {
        Evidence::Record(_) => "record",
        Evidence::Act(_) => "act",
        Evidence::Note => "note",
        Evidence::NoteAndFile => "note_and_file",
    })
}

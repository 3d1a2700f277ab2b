//! A duty is settled by its proof: an act on the record that it is about, or a record in another register (整改、台账 as evidence,
//! B 10.1.3). Nobody ticks such a duty; what was done settles it, by whom and when it was done.

use std::{collections::BTreeSet, sync::Arc};

use jingui_calendar::{Evidence, Occurrence, Rhythm, ScopeRule, duty::Proof};
use jingui_kinds::{act::Facts, people::ids, record::Record};
use jingui_model::{Data, Day, Id, Problem};
use serde_json::json;

use super::{
    DUTY,
    agenda::Agenda,
    book::{about, waiting},
    happened,
};
use crate::{
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller},
};

/// A proof that points at its record may be so much older than the duty: the steps of leaving begin before somebody leaves.
const BEFORE: i32 = 90;

/// What settles a duty.
struct Proven {
    duty: Id,
    by: Option<Id>,
    on: Day,
    proof: Record,
}

/// Settles what these acts prove.
pub(super) async fn by(live: &Arc<Live>, acts: &[happened::Done]) -> Result<u64, Problem> {
    let acts: Vec<&happened::Done> = acts.iter().filter(|a| matters(&live.agenda, a)).collect();
    if acts.is_empty() {
        return Ok(0);
    }
    let found = {
        let world = live.world.read();
        let duties = waiting(&world)?;
        let mut used = Used::of(&world)?;
        let (mut found, mut settled) = (vec![], BTreeSet::new());
        for act in acts {
            let Ok(record) = world.record(act.record) else { continue };
            let on = act.at.day(world.zone());
            let mut rules = BTreeSet::new();
            for duty in &duties {
                // One proof settles one duty of a rule: the oldest, since duties stand in the order in which they were raised.
                let Some(rule) = duty.text("rule").filter(|r| !rules.contains(*r)) else { continue };
                if settled.contains(&duty.id) || !proves(&world, &live.agenda, duty, act, &record, on, &used) {
                    continue;
                }
                rules.insert(rule);
                settled.insert(duty.id);
                used.take(rule, record.id);
                found.push(Proven { duty: duty.id, by: (act.actor != Id::nil()).then_some(act.actor), on, proof: record.clone() });
            }
        }
        found
    };
    settle(live, found).await
}

/// Could an act prove a duty of any rule? Most acts could not, and cost no look at the register.
fn matters(agenda: &Agenda, act: &happened::Done) -> bool {
    let about = |duty: &jingui_calendar::Duty| match (&duty.scope, &duty.rhythm) {
        (ScopeRule::EachRecord(records), _) => records.kind == act.kind,
        (_, Rhythm::Event(event)) => event.kind == act.kind,
        _ => false,
    };
    agenda.rules.iter().any(|duty| match &duty.evidence {
        Evidence::Act(acts) => acts.contains(&act.act) && about(duty),
        Evidence::Record(proof) => proof.kind == act.kind,
        Evidence::Note | Evidence::NoteAndFile => false,
    })
}

/// Settles those just raised whose proof is there already.
pub(super) async fn already(live: &Arc<Live>, raised: &[Occurrence]) -> Result<u64, Problem> {
    let by_record = |o: &&Occurrence| live.agenda.rules.get(&o.duty).is_some_and(|r| matches!(r.evidence, Evidence::Record(_)));
    let raised: Vec<&Occurrence> = raised.iter().filter(by_record).collect();
    if raised.is_empty() {
        return Ok(0);
    }
    let keys: BTreeSet<&str> = raised.iter().map(|o| o.key.as_str()).collect();
    let found = {
        let world = live.world.read();
        let mut used = Used::of(&world)?;
        let mut found = vec![];
        for duty in waiting(&world)?.iter().filter(|d| d.text("key").is_some_and(|k| keys.contains(k))) {
            let Some(rule) = duty.text("rule").and_then(|r| live.agenda.rules.get(r)) else { continue };
            let Evidence::Record(proof) = &rule.evidence else { continue };
            let Ok(table) = world.table(&proof.kind) else { continue };
            let rows = match (&proof.field, about(duty)) {
                (Some(field), Some(id)) => world.pointing(&proof.kind, field, id),
                _ => table.live().clone(),
            };
            for record in rows.iter().rev().filter_map(|r| table.row(r)).map(|r| r.record()) {
                let record = record?;
                let on = record.updated.day(world.zone());
                if fits(&world, &live.agenda, duty, proof, &record, on) && !used.has(&rule.code, record.id) {
                    used.take(&rule.code, record.id);
                    found.push(Proven { duty: duty.id, by: None, on, proof: record });
                    break;
                }
            }
        }
        found
    };
    settle(live, found).await
}

async fn settle(live: &Arc<Live>, proven: Vec<Proven>) -> Result<u64, Problem> {
    let mut count = 0;
    for one in proven {
        let late = {
            let world = live.world.read();
            world.record(one.duty).ok().and_then(|d| d.day("due")).is_some_and(|due| due < one.on)
        };
        let mut data = Data::from([
            ("done_on".to_owned(), json!(one.on)),
            ("late".to_owned(), json!(late)),
            ("proof".to_owned(), json!(one.proof.number.clone().unwrap_or_else(|| one.proof.kind.clone()))),
            ("proof_id".to_owned(), json!(one.proof.id.to_string())),
        ]);
        data.extend(one.by.filter(|by| live.world.read().row(*by).is_some()).map(|by| ("done_by".to_owned(), json!(by))));
        let command = Command::on(&Caller::system(), DUTY, one.duty, "settle", data).keyed(format!("settle/{}", one.duty));
        match live.pipeline.change(command).await {
            Ok(outcome) => count += u64::from(!outcome.repeated),
            // Somebody dispensed with it at the same moment.
            Err(problem) if problem.class() == jingui_model::Class::Conflict => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(count)
}

/// Does an act prove a duty?
fn proves(world: &World, agenda: &Agenda, duty: &Record, act: &happened::Done, record: &Record, on: Day, used: &Used) -> bool {
    let Some(rule) = duty.text("rule").and_then(|r| agenda.rules.get(r)) else { return false };
    match &rule.evidence {
        // An act on the very record, and while the duty waits: nothing older comes here.
        Evidence::Act(acts) => {
            about(duty) == Some(act.record)
                && acts.contains(&act.act)
                && (!repeats(agenda, duty) || began(agenda, duty).is_none_or(|d| d <= on))
        }
        Evidence::Record(proof) => {
            proof.kind == act.kind && !used.has(&rule.code, record.id) && fits(world, agenda, duty, proof, record, on)
        }
        Evidence::Note | Evidence::NoteAndFile => false,
    }
}

/// Is a record, as it is, the proof of a duty?
fn fits(world: &World, agenda: &Agenda, duty: &Record, proof: &Proof, record: &Record, on: Day) -> bool {
    let about = about(duty);
    let bound = proof.field.is_some() || proof.same.is_some();
    let from = began(agenda, duty).map(|d| if bound && !repeats(agenda, duty) { d.plus_days(-BEFORE) } else { d });
    let points = proof.field.as_ref().is_none_or(|f| about.is_some_and(|id| ids(record.data.get(f)).contains(&id)));
    let same = proof.same.as_ref().is_none_or(|f| {
        let there = about.and_then(|id| world.field(id, f));
        there.is_some() && there.as_ref() == record.data.get(f)
    });
    Some(record.id) != about
        && (proof.states.is_empty() || proof.states.contains(&record.state))
        && from.is_none_or(|d| d <= on)
        && points
        && same
}

/// The day from which something may prove the duty: the beginning of its period; of something that happened, the day on which it was raised.
fn began(agenda: &Agenda, duty: &Record) -> Option<Day> {
    let raised = duty.day("raised_on")?;
    let Some(span) = agenda.rules.get(duty.text("rule")?)?.rhythm.span() else { return Some(raised) };
    // A due day that a holiday moved out of its period still belongs to it: the earlier of both beginnings.
    let of = |day| jingui_calendar::civil::Period::around(span, day).first;
    Some(duty.day("due").map_or(of(raised), |due| of(raised).min(of(due))))
}

fn repeats(agenda: &Agenda, duty: &Record) -> bool {
    duty.text("rule").and_then(|r| agenda.rules.get(r)).is_some_and(|r| !matches!(r.rhythm, Rhythm::Event(_)))
}

/// Which records have proved a duty of which rule: none proves two of the same.
struct Used(BTreeSet<(String, Id)>);

impl Used {
    fn of(world: &World) -> Result<Self, Problem> {
        let mut used = BTreeSet::new();
        for duty in world.in_states(DUTY, &["done"])? {
            if let (Some(rule), Some(id)) = (duty.text("rule"), duty.text("proof_id").and_then(|s| s.parse().ok())) {
                used.insert((rule.to_owned(), id));
            }
        }
        Ok(Self(used))
    }

    fn has(&self, rule: &str, proof: Id) -> bool {
        self.0.contains(&(rule.to_owned(), proof))
    }

    fn take(&mut self, rule: &str, proof: Id) {
        self.0.insert((rule.to_owned(), proof));
    }
}

//! What the rules look at, told from the read model: departments and records with their states and days.
//!
//! A record counts since the day of its last change: what is entered late is raised at once and never in the past. Records
//! whose days are far off are not opened at all; a register of a million secrets costs a look at its sort keys.

use std::collections::{BTreeMap, btree_map::Entry};

use jingui_calendar::{Event, Member, Rhythm, ScopeRule, due::DEPARTMENT};
use jingui_kinds::{act::Facts, record::Record};
use jingui_model::{Day, Id, Problem};
use serde_json::Value;

use super::agenda::Agenda;
use crate::world::{World, extract, layout::Post, table::Table};

/// A working day can lie so many days before the day that is meant.
const SLACK: i32 = 20;

/// Departments and records that a rule may ask about today.
pub(super) fn members(world: &World, agenda: &Agenda, today: Day) -> Result<Vec<Member>, Problem> {
    let mut found: BTreeMap<Id, Member> = BTreeMap::new();
    let needs = &agenda.needs;
    let mut take = |table: &Table, rows: &roaring::RoaringBitmap| -> Result<(), Problem> {
        for row in rows.iter().filter_map(|r| table.row(r)) {
            if let Entry::Vacant(place) = found.entry(row.id) {
                place.insert(member(world, &row.record()?, needs.get(&table.kind.kind)));
            }
        }
        Ok(())
    };
    for duty in agenda.rules.iter() {
        match &duty.scope {
            ScopeRule::Company => {}
            ScopeRule::EachDepartment => {
                let table = world.table(DEPARTMENT)?;
                take(table, &table.posted_any(Post::State, ["active"]))?;
            }
            ScopeRule::EachRecord(records) => {
                let table = world.table(&records.kind)?;
                take(table, &table.posted_any(Post::State, &records.states))?;
            }
        }
        if let Rhythm::Event(event @ Event { field: Some(field), .. }) = &duty.rhythm {
            let table = world.table(&event.kind)?;
            take(table, &near(table, event, field, today))?;
        }
    }
    Ok(found.into_values().collect())
}

/// Records in the event's states whose day is near enough to matter.
fn near(table: &Table, event: &Event, field: &str, today: Day) -> roaring::RoaringBitmap {
    let rows = table.posted_any(Post::State, &event.states);
    let last = today.plus_days(i32::from(event.days_before.unwrap_or(0)) + SLACK);
    table.until(field, &rows, last).unwrap_or(rows)
}

fn member(world: &World, record: &Record, need: Option<&jingui_calendar::Need>) -> Member {
    let day = record.updated.day(world.zone());
    Member {
        kind: record.kind.clone(),
        record: record.id,
        state: record.state.clone(),
        since: day,
        until: None,
        department: department(world, record),
        values: values(record, need),
        days: days(record, need),
    }
}

/// The department that a record belongs to.
pub(super) fn department(world: &World, record: &Record) -> Option<Id> {
    if record.kind == DEPARTMENT {
        return Some(record.id);
    }
    world.kind(&record.kind).ok().and_then(|kind| extract::department(kind, &record.data))
}

/// The values that `where` looks at.
pub(super) fn values(record: &Record, need: Option<&jingui_calendar::Need>) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(s) => Some(s.clone()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    };
    need.iter().flat_map(|n| &n.values).filter_map(|field| Some((field.clone(), text(record.data.get(field)?)?))).collect()
}

/// The days that rules look at.
pub(super) fn days(record: &Record, need: Option<&jingui_calendar::Need>) -> BTreeMap<String, Day> {
    let day = |field: &str| record.data.get(field)?.as_str()?.parse().ok();
    need.iter().flat_map(|n| &n.days).filter_map(|field| Some((field.clone(), day(field)?))).collect()
}

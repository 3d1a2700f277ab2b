//! What the register of duties says already: the keys, and the duties that wait.

use std::collections::HashSet;

use jingui_calendar::{Occurrence, Rules};
use jingui_kinds::record::Record;
use jingui_model::{Day, Id, Problem};
use serde_json::Value;

use super::{DUTY, WAITING};
use crate::{
    live::Live,
    world::{World, layout::Post},
};

/// The register of duties, as far as reckoning needs it.
pub(super) struct Book {
    /// Keys of all duties that were ever raised.
    pub keys: HashSet<String>,
    /// The latest day on which one was raised.
    pub last_raised: Option<Day>,
}

impl Book {
    pub fn read(live: &Live) -> Result<Self, Problem> {
        Self::of(&live.world.read())
    }

    pub fn of(world: &World) -> Result<Self, Problem> {
        let table = world.table(DUTY)?;
        let mut book = Self { keys: HashSet::new(), last_raised: None };
        for row in table.live().iter().filter_map(|r| table.row(r)) {
            let record = row.record()?;
            book.last_raised = book.last_raised.max(day(&record, "raised_on"));
            book.keys.extend(text(&record, "key").map(str::to_owned));
        }
        Ok(book)
    }
}

/// The duties that wait to be done.
pub(super) fn waiting(world: &World) -> Result<Vec<Record>, Problem> {
    let table = world.table(DUTY)?;
    table.posted_any(Post::State, WAITING).iter().filter_map(|r| table.row(r)).map(|r| r.record()).collect()
}

pub(super) fn text<'a>(record: &'a Record, field: &str) -> Option<&'a str> {
    record.data.get(field).and_then(Value::as_str)
}

pub(super) fn day(record: &Record, field: &str) -> Option<Day> {
    text(record, field)?.parse().ok()
}

/// The record that a duty is about.
pub(super) fn about(record: &Record) -> Option<Id> {
    text(record, "about_id")?.parse().ok()
}

/// The occurrence behind a duty; nothing once the enterprise dropped its rule.
pub(super) fn occurrence(rules: &Rules, calendar: &jingui_calendar::Calendar, duty: &Record, department: Option<Id>) -> Option<Occurrence> {
    let rule = rules.get(text(duty, "rule")?)?;
    let due = day(duty, "due")?;
    Some(Occurrence {
        key: text(duty, "key")?.to_owned(),
        duty: rule.code.clone(),
        period: text(duty, "period").unwrap_or_default().to_owned(),
        kind: text(duty, "about_kind").map(str::to_owned),
        record: about(duty),
        department,
        by: rule.by.clone(),
        raised: day(duty, "raised_on")?,
        due,
        remind: vec![],
        escalate: rule.escalate.iter().map(|e| (calendar.nth_working_day_after(due, e.after), e.to.clone())).collect(),
        severity: rule.severity,
    })
}

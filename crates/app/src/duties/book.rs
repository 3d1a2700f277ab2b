//! What the register of duties says already: the keys, and the duties that wait.

use std::collections::HashSet;

use jingui_calendar::{Occurrence, Rules};
use jingui_kinds::record::Record;
use jingui_model::{Day, Id, Problem};

use super::{DUTY, WAITING};
use crate::{live::Live, world::World};

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
            book.last_raised = book.last_raised.max(record.day("raised_on"));
            book.keys.extend(record.text("key").map(str::to_owned));
        }
        Ok(book)
    }
}

/// The duties that wait to be done.
pub(crate) fn waiting(world: &World) -> Result<Vec<Record>, Problem> {
    world.in_states(DUTY, &WAITING)
}

/// The record that a duty is about.
pub(crate) fn about(record: &Record) -> Option<Id> {
    record.text("about_id")?.parse().ok()
}

/// The occurrence behind a duty; nothing once the enterprise dropped its rule.
pub(super) fn occurrence(rules: &Rules, calendar: &jingui_calendar::Calendar, duty: &Record, department: Option<Id>) -> Option<Occurrence> {
    let rule = rules.get(duty.text("rule")?)?;
    let due = duty.day("due")?;
    Some(Occurrence {
        key: duty.text("key")?.to_owned(),
        duty: rule.code.clone(),
        period: duty.text("period").unwrap_or_default().to_owned(),
        kind: duty.text("about_kind").map(str::to_owned),
        record: about(duty),
        department,
        by: rule.by.clone(),
        raised: duty.day("raised_on")?,
        due,
        remind: vec![],
        escalate: rule.escalate.iter().map(|e| (calendar.nth_working_day_after(due, e.after), e.to.clone())).collect(),
        severity: rule.severity,
    })
}

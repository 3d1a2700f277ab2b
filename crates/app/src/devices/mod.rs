//! Devices that report by themselves: doors who went where (B 5.3.2), machines what they measure (B 6.2.1).
//!
//! A device speaks of numbers, not of ids, and nobody stands beside it to correct a row: each report is taken or refused by itself, and the
//! same report sent again is the same. A device signs in as a program with a token that may write one register; it learns nothing
//! from the answer that its token could not read.

mod doors;
mod measured;

pub use doors::{Direction, Passage};
use jingui_kinds::record::Record;
use jingui_model::{Class, Id, Instant, Lang, Problem};
pub use measured::Reading;
use serde::Serialize;

use crate::{live::Live, world::World};

/// Most reports of one request.
pub const MOST: usize = 500;
/// A device's clock may be fast by so many seconds.
const FAST: i64 = 300;

/// What became of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Reported {
    /// `taken`, `known` when it was reported before, `refused`; of a passage also `questioned`, of a measured value `alarm`, as far as the
    /// caller may know it.
    pub what: String,
    /// The record that it became, for those who may read it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub record: Option<Id>,
    /// Why it was refused.
    pub code: Option<String>,
    /// The same in the caller's language.
    pub message: Option<String>,
}

impl Reported {
    fn of(what: &str, record: Option<Id>) -> Self {
        Self { what: what.to_owned(), record, ..Self::default() }
    }
}

impl Live {
    fn refusal(&self, problem: &Problem, lang: Lang) -> Reported {
        Reported {
            what: "refused".to_owned(),
            record: None,
            code: Some(problem.code().to_owned()),
            message: Some(self.messages.problem(problem, lang)),
        }
    }

    /// Refuses a report from the future; a late one is welcome.
    fn in_time(&self, at: Instant) -> Result<(), Problem> {
        if at > self.clock.now().plus_seconds(FAST) {
            return Err(Problem::invalid("device.ahead").at("at").arg("at", at));
        }
        Ok(())
    }
}

fn few(count: usize) -> Result<(), Problem> {
    if count > MOST { Err(Problem::too_large("device.too_many").arg("max", MOST)) } else { Ok(()) }
}

/// A caller who was denied every single report is denied the request.
fn nothing_but_denied(asked: usize, denied: Vec<Problem>) -> Result<(), Problem> {
    let refused = denied.iter().filter(|p| p.class() == Class::Denied).count();
    match denied.into_iter().next() {
        Some(first) if refused == asked => Err(first),
        _ => Ok(()),
    }
}

/// What a device sent, as far as it is repeated in an answer or kept.
fn short(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(60).collect()
}

/// The one live record whose searchable field has exactly this value.
fn with(world: &World, kind: &str, field: &str, value: &str) -> Option<Record> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let table = world.table(kind).ok()?;
    let (rows, _) = table.search(value);
    let records = rows.iter().filter_map(|r| table.row(r)).filter_map(|r| r.record().ok());
    let is = |r: &Record| r.text(field).is_some_and(|v| v.eq_ignore_ascii_case(value));
    let mut found = records.filter(is);
    found.next().filter(|_| found.next().is_none())
}

//! What the year showed, drawn from the register of duties and reckoned a second time in one piece.

use std::collections::{BTreeMap, BTreeSet};

use jingui_calendar::{Member, ScopeRule, due, due::DEPARTMENT};
use jingui_kinds::act::Facts as _;
use jingui_model::{Day, Id, Problem};
use serde::Serialize;

use crate::{duties::DUTY, live::Live};

/// A year in numbers.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Days that were played.
    pub days: u32,
    /// Persons at the end.
    pub persons: usize,
    /// Duties that arose.
    pub raised: usize,
    /// Done, late ones among them.
    pub done: usize,
    /// Done late, or late and not done.
    pub late: usize,
    /// Waiting at the end.
    pub waiting: usize,
    /// No longer applicable, or dispensed with.
    pub laid_down: usize,
    /// The same duty twice.
    pub duplicated: usize,
    /// Entered in the register on another day than their own.
    pub off_their_day: Vec<String>,
    /// Duties of company and departments that the rules ask for, reckoned for the whole time at once, and that are not there.
    pub missing: Vec<String>,
    /// Rules, with how often each arose.
    pub rules: BTreeMap<String, u64>,
    /// Rules that never arose.
    pub never: Vec<String>,
    /// What the script wanted to happen and could not, with why.
    pub failures: BTreeMap<String, String>,
    /// Duties that were never done because something stood in the way, with why.
    pub hindrances: BTreeMap<String, String>,
    /// Events in the ledger at the end.
    pub entries: u64,
    #[serde(skip)]
    hindered: BTreeMap<Id, (String, String)>,
}

impl Report {
    pub(super) fn failed(&mut self, item: String, problem: &Problem) {
        self.failures.insert(item, why(problem));
    }

    pub(super) fn hindered(&mut self, rule: &str, duty: Id, problem: &Problem) {
        self.hindered.insert(duty, (rule.to_owned(), why(problem)));
    }

    pub(super) fn done(&mut self, duty: Id) {
        self.hindered.remove(&duty);
    }

    /// Counts, and compares with what the rules ask for.
    pub(super) fn finish(&mut self, live: &Live, set_up: Day, days: u32) -> Result<(), Problem> {
        self.days = days;
        let world = live.world.read();
        let zone = world.zone();
        let table = world.table(DUTY)?;
        let (mut keys, mut waiting) = (BTreeSet::new(), BTreeSet::new());
        let mut departments: BTreeMap<Id, (Day, Option<Day>)> = BTreeMap::new();
        for row in table.live().iter().filter_map(|r| table.row(r)) {
            let duty = row.record()?;
            let text = |field: &str| duty.text(field).unwrap_or_default();
            self.raised += 1;
            *self.rules.entry(text("rule").to_owned()).or_default() += 1;
            if !keys.insert(text("key").to_owned()) {
                self.duplicated += 1;
            }
            // What an event raises before a day of rest is entered when it happens, ahead of its day; never after it.
            if duty.day("raised_on").is_some_and(|day| duty.created.day(zone) > day) {
                self.off_their_day.push(text("key").to_owned());
            }
            match duty.state.as_str() {
                "done" => {
                    self.done += 1;
                    self.late += usize::from(late(duty.day("done_on"), duty.day("due")));
                }
                "open" | "late" => {
                    self.waiting += 1;
                    self.late += usize::from(duty.state == "late");
                    waiting.insert(duty.id);
                }
                _ => self.laid_down += 1,
            }
        }
        let table = world.table(DEPARTMENT)?;
        for row in table.live().iter().filter_map(|r| table.row(r)) {
            let over = (&*row.state != "active").then(|| row.updated.day(zone));
            departments.insert(row.id, (row.created.day(zone), over));
        }
        let members: Vec<Member> = departments.into_iter().map(|(id, (since, until))| member(id, since, until)).collect();
        let facts = jingui_calendar::Facts { since: set_up.plus_days(1), members: &members, happenings: &[] };
        let last = set_up.plus_days(i32::try_from(days).unwrap_or(i32::MAX));
        for occurrence in due(&live.agenda.rules, &live.agenda.calendar, facts.since, last, &facts) {
            let scope = live.agenda.rules.get(&occurrence.duty).map(|r| &r.scope);
            if matches!(scope, Some(ScopeRule::Company | ScopeRule::EachDepartment)) && !keys.contains(&occurrence.key) {
                self.missing.push(occurrence.key);
            }
        }
        self.never = live.agenda.rules.iter().map(|r| r.code.clone()).filter(|c| !self.rules.contains_key(c)).collect();
        let hindered = std::mem::take(&mut self.hindered);
        self.hindrances = hindered.into_iter().filter(|(id, _)| waiting.contains(id)).map(|(_, (rule, why))| (rule, why)).collect();
        self.entries = world.head();
        Ok(())
    }
}

fn late(done: Option<Day>, due: Option<Day>) -> bool {
    matches!((done, due), (Some(done), Some(due)) if done > due)
}

fn member(record: Id, since: Day, until: Option<Day>) -> Member {
    Member {
        kind: DEPARTMENT.to_owned(),
        record,
        state: "active".to_owned(),
        since,
        until: until.map(|d| d.plus_days(-1)),
        department: Some(record),
        values: BTreeMap::new(),
        days: BTreeMap::new(),
    }
}

fn why(problem: &Problem) -> String {
    let parts: Vec<String> = problem.parts().iter().map(|p| format!("{} {}", p.code(), p.field().unwrap_or_default())).collect();
    format!("{problem} {}", parts.join("; ")).trim().to_owned()
}

//! The duty calendar as people see it: days with their holidays, duties as far as the reader may know of them, what is
//! coming; and the same as a feed for calendar programs (RFC 5545).

use std::collections::{BTreeMap, BTreeSet};

use jingui_calendar::{
    Occurrence, due,
    ical::{Entry, Feed, Sort},
    working::Certainty,
};
use jingui_kinds::{act::Facts as _, people::ids, record::Record};
use jingui_model::{Day, Id, Instant, Lang, Problem, Text};
use jingui_policy::{Action, Role};
use serde::Serialize;

use super::{
    DUTY, WAITING,
    book::{Book, about, occurrence},
    facts,
    people::People,
    raise,
};
use crate::{
    live::Live,
    world::{World, caller::Caller},
};

/// Most days that are shown at once.
const DAYS_MAX: i32 = 400;
/// A feed looks so far ahead.
const FEED_DAYS: i32 = 90;

/// A stretch of the calendar.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Diary {
    /// The day that it is.
    pub today: Day,
    /// Days of rest in the week, and days that have a name.
    pub days: Vec<DayMark>,
    /// Years among them whose holidays are reckoned and not announced yet.
    pub provisional: Vec<i16>,
    /// Duties that were raised: by due day.
    pub duties: Vec<DutyMark>,
    /// What will arise, as it looks today: by due day.
    pub coming: Vec<ComingMark>,
}

/// A day that is special.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DayMark {
    /// The day.
    pub day: Day,
    /// Is it worked?
    pub works: bool,
    /// What it is called: a festival, a make-up day.
    pub name: Option<Text>,
}

/// A duty in the calendar.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DutyMark {
    /// The record.
    pub id: Id,
    /// Its number.
    pub number: Option<String>,
    /// The rule's name.
    pub label: Text,
    /// The rule's name with the number of what it is about.
    pub title: String,
    /// Raised on.
    pub raised: Day,
    /// Due on.
    pub due: Day,
    /// `open`, `late`, `done` …
    pub state: String,
    /// How much hangs on it.
    pub severity: String,
    /// Is the reader to do it?
    pub mine: bool,
}

/// A duty that will arise.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ComingMark {
    /// The rule's name.
    pub label: Text,
    /// The rule's name with the number of what it is about.
    pub title: String,
    /// The clause that asks for it.
    pub clause: String,
    /// It will be raised on this day.
    pub raised: Day,
    /// Due on.
    pub due: Day,
    /// Will the reader be asked?
    pub mine: bool,
}

impl Live {
    /// The calendar from one day to another, as far as the caller may know it.
    ///
    /// # Errors
    /// `diary.range`; `world.document`.
    pub fn diary(&self, caller: &Caller, from: Day, to: Day) -> Result<Diary, Problem> {
        if to < from || to.number() - from.number() > DAYS_MAX {
            return Err(Problem::invalid("diary.range").arg("most", DAYS_MAX));
        }
        let today = self.today();
        let world = self.world.read();
        let calendar = &self.agenda.calendar;
        let specials: BTreeMap<Day, Text> = calendar.specials(from, to).into_iter().map(|(d, s)| (d, s.name.clone())).collect();
        let all = (from.number()..=to.number()).map(Day::from_number);
        let marks = all.map(|day| DayMark { day, works: calendar.is_working(day), name: specials.get(&day).cloned() });
        let years = from.parts().0..=to.parts().0;
        let mut duties = vec![];
        let table = world.table(DUTY)?;
        for row in world.visible(caller, table, Action::Read).iter().filter_map(|r| table.row(r)) {
            let record = row.record()?;
            let Some((raised, due)) = record.day("raised_on").zip(record.day("due")) else { continue };
            // A duty that is late is of today, whenever it was due.
            let shown = (from <= due && due <= to) || (record.state == "late" && from <= today && today <= to);
            if shown {
                duties.push(self.mark(caller, &record, raised, due));
            }
        }
        duties.sort_by_key(|d| (d.due, d.number.clone()));
        let coming = self.coming(&world, caller, today, from, to)?;
        Ok(Diary {
            today,
            days: marks.filter(|m| !m.works || m.name.is_some()).collect(),
            provisional: years.filter(|y| calendar.certainty(*y) != Certainty::Official).collect(),
            duties,
            coming: coming.into_iter().map(|(o, mine)| self.coming_mark(&world, &o, mine)).collect(),
        })
    }

    fn mark(&self, caller: &Caller, record: &Record, raised: Day, due: Day) -> DutyMark {
        let title = record.text("name").unwrap_or_default().to_owned();
        let rule = record.text("rule").and_then(|r| self.agenda.rules.get(r));
        DutyMark {
            id: record.id,
            number: record.number.clone(),
            label: rule.map_or_else(|| Text::new(&title, &title), |r| r.label.clone()),
            title,
            raised,
            due,
            state: record.state.clone(),
            severity: record.text("severity").unwrap_or_default().to_owned(),
            mine: caller.view.person.is_some_and(|p| ids(record.data.get("responsible")).contains(&p)),
        }
    }

    /// What will arise and is not raised yet. Who keeps the whole sees all of it, everyone else what will be the own work.
    fn coming(&self, world: &World, caller: &Caller, today: Day, from: Day, to: Day) -> Result<Vec<(Occurrence, bool)>, Problem> {
        let Some(since) = self.agenda.since(world) else { return Ok(vec![]) };
        let first = today.plus_days(1);
        if to < first {
            return Ok(vec![]);
        }
        let members = facts::members(world, &self.agenda, to)?;
        let facts = jingui_calendar::Facts { since, members: &members, happenings: &[] };
        let known = Book::of(world)?.keys;
        let people = People::of(world)?;
        let keeps = caller.has(Role::Office) || caller.has(Role::Committee) || caller.has(Role::CommitteeChair);
        let mut coming = vec![];
        for occurrence in due(&self.agenda.rules, &self.agenda.calendar, first, to, &facts) {
            if occurrence.due < from || known.contains(&occurrence.key) {
                continue;
            }
            let mine = caller.view.person.is_some_and(|p| people.answer(&occurrence, occurrence.raised).people.contains(&p));
            if keeps || mine {
                coming.push((occurrence, mine));
            }
        }
        coming.sort_by_key(|(o, _)| o.due);
        Ok(coming)
    }

    fn coming_mark(&self, world: &World, occurrence: &Occurrence, mine: bool) -> ComingMark {
        let rule = self.agenda.rules.get(&occurrence.duty);
        let label = rule.map_or_else(|| Text::new(&occurrence.duty, &occurrence.duty), |r| r.label.clone());
        ComingMark {
            title: raise::name(world, occurrence, &label.zh),
            label,
            clause: rule.map(|r| r.clause.clone()).unwrap_or_default(),
            raised: occurrence.raised,
            due: occurrence.due,
            mine,
        }
    }

    /// The own duties for a calendar program: what waits, and what will come in the next weeks. Programs on phones show
    /// events and no to-dos, so `todos` is for those that do.
    ///
    /// # Errors
    /// `world.document`.
    pub fn feed(&self, caller: &Caller, base: &str, name: &str, todos: bool, lang: Lang) -> Result<String, Problem> {
        let (today, now) = (self.today(), self.clock.now());
        let world = self.world.read();
        let mut entries = vec![];
        let table = world.table(DUTY)?;
        let states: BTreeSet<&str> = WAITING.into();
        for row in world.visible(caller, table, Action::Read).iter().filter_map(|r| table.row(r)) {
            if !states.contains(&*row.state) {
                continue;
            }
            let record = row.record()?;
            if !caller.view.person.is_some_and(|p| ids(record.data.get("responsible")).contains(&p)) {
                continue;
            }
            let department = about(&record).and_then(|id| world.record(id).ok()).and_then(|r| facts::department(&world, &r));
            let Some(found) = occurrence(&self.agenda.rules, &self.agenda.calendar, &record, department) else { continue };
            let url = format!("{base}/r/{DUTY}/{}", record.id);
            entries.extend(self.entry(&world, &found, record.updated, Some(url), lang));
        }
        for (coming, mine) in self.coming(&world, caller, today, today, today.plus_days(FEED_DAYS))? {
            if mine {
                // Not made yet, so nothing of it has changed since it was reckoned: the day gives a stamp that stays.
                entries.extend(self.entry(&world, &coming, coming.raised.start(world.zone()).min(now), None, lang));
            }
        }
        if !todos {
            entries.iter_mut().for_each(as_event);
        }
        Ok(Feed { name: name.to_owned(), zone: world.zone(), lang, domain: self.vault.id().to_string(), entries }.write())
    }

    fn entry(&self, world: &World, occurrence: &Occurrence, changed: Instant, url: Option<String>, lang: Lang) -> Option<Entry> {
        let rule = self.agenda.rules.get(&occurrence.duty)?;
        let about = occurrence.record.and_then(|id| raise::called(world, id)).unwrap_or_default();
        let mut with_days = occurrence.clone();
        with_days.remind =
            rule.remind.iter().map(|d| occurrence.due.plus_days(-i32::from(*d))).filter(|d| *d > occurrence.raised).collect();
        let mut entry = Entry::todo(&with_days, rule, &about, changed, None, world.zone(), lang);
        entry.url = url;
        Some(entry)
    }
}

/// A to-do as an event of its last day.
fn as_event(entry: &mut Entry) {
    if let Sort::Todo { due, .. } = entry.sort {
        entry.sort = Sort::Event { start: due, end: due, cancelled: false };
    }
}

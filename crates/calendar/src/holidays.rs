//! Public holidays as data (`catalog/calendar/holidays.yaml`), and the enterprise's own days on top.

use std::collections::{BTreeMap, BTreeSet};

use jingui_model::{Day, Text};
use serde::Deserialize;

use crate::{
    civil::Weekday,
    read::{Diagnostic, Label, Place, Placed, Source, diagnostic, place, read},
    working::{Certainty, Special, month_day},
};

/// Longest stretch that one line may name, in days.
const STRETCH_MAX: i32 = 400;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    make_up: Label,
    notices: Vec<Placed<NoticeLine>>,
    legal: Vec<Placed<LegalLine>>,
    moving: Vec<Placed<MovingLine>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeLine {
    year: i16,
    document: String,
    published: Day,
    off: Vec<Stretch>,
    work: Vec<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    name: Label,
    first: Day,
    last: Option<Day>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LegalLine {
    from: i16,
    days: Vec<LegalDay>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LegalDay {
    name: Label,
    /// `MM-DD`, or the name of a moving day.
    day: String,
    /// Days around it that belong to the festival.
    #[serde(default)]
    before: i32,
    #[serde(default)]
    after: i32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MovingLine {
    year: i16,
    spring_festival: Day,
    clear_bright: Day,
    dragon_boat: Day,
    mid_autumn: Day,
}

const MOVING: [&str; 4] = ["spring_festival", "clear_bright", "dragon_boat", "mid_autumn"];

/// A notice of the State Council.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number.
    pub document: String,
    /// When it was published.
    pub published: Day,
    days: BTreeMap<Day, Special>,
}

/// The public holidays.
#[derive(Debug, Clone, Default)]
pub struct Holidays {
    notices: BTreeMap<i16, Notice>,
    legal: BTreeMap<i16, Vec<LegalDay>>,
    moving: BTreeMap<i16, [Day; 4]>,
}

impl Holidays {
    /// Reads `catalog/calendar/holidays.yaml`.
    ///
    /// # Errors
    /// Every mistake with its line: `calendar.syntax`, `calendar.stretch`, `calendar.other_year`, `calendar.twice`, `calendar.month_day`.
    pub fn load(source: &Source<'_>) -> Result<Self, Vec<Diagnostic>> {
        let file: File = read(source).map_err(|d| vec![d])?;
        let (mut holidays, mut found) = (Self::default(), vec![]);
        for (i, entry) in file.notices.into_iter().enumerate() {
            let (path, at) = (format!("notices[{i}]"), place(source.file, &entry));
            let line = entry.value;
            let year = line.year;
            let notice = notice(line, &file.make_up.0, &path, &at, &mut found);
            if holidays.notices.insert(year, notice).is_some() {
                found.push(diagnostic(&at, format!("{path}.year"), "calendar.twice").arg("value", year));
            }
        }
        for (i, entry) in file.legal.into_iter().enumerate() {
            let at = place(source.file, &entry);
            for (j, day) in entry.value.days.iter().enumerate() {
                // 2024 has a 29th of February: whatever day of a year there is, it has.
                let known = MOVING.contains(&day.day.as_str()) || month_day(2024, &day.day).is_some();
                if !known || !(0..=30).contains(&day.before) || !(0..=30).contains(&day.after) {
                    found.push(diagnostic(&at, format!("legal[{i}].days[{j}].day"), "calendar.month_day").arg("value", &day.day));
                }
            }
            if holidays.legal.insert(entry.value.from, entry.value.days).is_some() {
                found.push(diagnostic(&at, format!("legal[{i}].from"), "calendar.twice").arg("value", entry.value.from));
            }
        }
        for (i, entry) in file.moving.into_iter().enumerate() {
            let (at, m) = (place(source.file, &entry), entry.value);
            let days = [m.spring_festival, m.clear_bright, m.dragon_boat, m.mid_autumn];
            for (day, name) in days.iter().zip(MOVING).filter(|(d, _)| d.parts().0 != m.year) {
                found.push(diagnostic(&at, format!("moving[{i}].{name}"), "calendar.other_year").arg("value", day).arg("year", m.year));
            }
            if holidays.moving.insert(m.year, days).is_some() {
                found.push(diagnostic(&at, format!("moving[{i}].year"), "calendar.twice").arg("value", m.year));
            }
        }
        if found.is_empty() { Ok(holidays) } else { Err(found) }
    }

    /// The notice for a year.
    #[must_use]
    pub fn notice(&self, year: i16) -> Option<&Notice> {
        self.notices.get(&year)
    }

    pub(crate) fn certainty(&self, year: i16) -> Certainty {
        match (self.notices.contains_key(&year), self.moving.contains_key(&year)) {
            (true, _) => Certainty::Official,
            (false, true) => Certainty::Provisional,
            (false, false) => Certainty::Rough,
        }
    }

    /// The days of a year that are not as their weekday says.
    pub(crate) fn year(&self, year: i16) -> BTreeMap<Day, Special> {
        match self.notices.get(&year) {
            Some(notice) => notice.days.clone(),
            None => self.reckoned(year),
        }
    }

    /// The legal days, each weekend day among them made good on the next day that is worked.
    fn reckoned(&self, year: i16) -> BTreeMap<Day, Special> {
        let Some((_, days)) = self.legal.range(..=year).next_back() else { return BTreeMap::new() };
        let mut off = BTreeMap::new();
        let mut owed = vec![];
        for legal in days {
            let moving = || {
                let at = MOVING.iter().position(|m| *m == legal.day)?;
                self.moving.get(&year)?.get(at).copied()
            };
            let Some(day) = moving().or_else(|| month_day(year, &legal.day)) else { continue };
            for offset in -legal.before..=legal.after {
                let day = day.plus_days(offset);
                let doubled = off.insert(day, Special { works: false, name: legal.name.0.clone() }).is_some();
                if doubled || Weekday::of(day) >= Weekday::Saturday {
                    owed.push((day, legal.name.0.clone()));
                }
            }
        }
        for (day, name) in owed {
            let mut at = day;
            while Weekday::of(at) >= Weekday::Saturday || off.contains_key(&at) {
                at = at.plus_days(1);
            }
            off.insert(at, Special { works: false, name });
        }
        off
    }
}

fn notice(line: NoticeLine, make_up: &Text, path: &str, at: &Place, found: &mut Vec<Diagnostic>) -> Notice {
    let mut days = BTreeMap::new();
    for (i, stretch) in line.off.iter().enumerate() {
        let path = format!("{path}.off[{i}]");
        for day in stretch_days(stretch.first, stretch.last, &path, at, found) {
            if day.parts().0 != line.year {
                found.push(diagnostic(at, &path, "calendar.other_year").arg("value", day).arg("year", line.year));
            }
            if days.insert(day, Special { works: false, name: stretch.name.0.clone() }).is_some() {
                found.push(diagnostic(at, &path, "calendar.twice").arg("value", day));
            }
        }
    }
    for (i, day) in line.work.iter().enumerate() {
        let path = format!("{path}.work[{i}]");
        if day.parts().0 != line.year {
            found.push(diagnostic(at, &path, "calendar.other_year").arg("value", day).arg("year", line.year));
        }
        if days.insert(*day, Special { works: true, name: make_up.clone() }).is_some() {
            found.push(diagnostic(at, path, "calendar.twice").arg("value", day));
        }
    }
    Notice { document: line.document, published: line.published, days }
}

fn stretch_days(first: Day, last: Option<Day>, path: &str, at: &Place, found: &mut Vec<Diagnostic>) -> Vec<Day> {
    let last = last.unwrap_or(first);
    if last < first || last.number() - first.number() > STRETCH_MAX {
        found.push(diagnostic(at, path, "calendar.stretch").arg("first", first).arg("last", last).arg("max", STRETCH_MAX));
        return vec![];
    }
    (first.number()..=last.number()).map(Day::from_number).collect()
}

/// What an enterprise works other than the general calendar says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnDays {
    /// The weekdays that are worked.
    pub week: BTreeSet<Weekday>,
    /// Single days, free or worked.
    pub days: BTreeMap<Day, Special>,
}

impl Default for OwnDays {
    /// Monday to Friday, no days of its own.
    fn default() -> Self {
        Self { week: Weekday::ALL.into_iter().filter(|d| *d < Weekday::Saturday).collect(), days: BTreeMap::new() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnFile {
    week: Option<BTreeSet<Weekday>>,
    #[serde(default)]
    days: Vec<Placed<OwnLine>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnLine {
    name: Label,
    first: Day,
    last: Option<Day>,
    works: bool,
}

impl OwnDays {
    /// Reads an enterprise's file: `week: [monday, …]` and `days: [{name, first, last, works}]`.
    ///
    /// # Errors
    /// `calendar.syntax`, `calendar.stretch`, `calendar.twice`, `calendar.no_week` (no weekday is worked).
    pub fn load(source: &Source<'_>) -> Result<Self, Vec<Diagnostic>> {
        let file: OwnFile = read(source).map_err(|d| vec![d])?;
        let (mut own, mut found) = (Self::default(), vec![]);
        if let Some(week) = file.week {
            if week.is_empty() {
                let top = Place { file: source.file.to_owned(), line: 1, column: 1 };
                found.push(diagnostic(&top, "week", "calendar.no_week"));
            }
            own.week = week;
        }
        for (i, entry) in file.days.iter().enumerate() {
            let (path, at, line) = (format!("days[{i}]"), place(source.file, entry), &entry.value);
            for day in stretch_days(line.first, line.last, &path, &at, &mut found) {
                if own.days.insert(day, Special { works: line.works, name: line.name.0.clone() }).is_some() {
                    found.push(diagnostic(&at, &path, "calendar.twice").arg("value", day));
                }
            }
        }
        if found.is_empty() { Ok(own) } else { Err(found) }
    }
}

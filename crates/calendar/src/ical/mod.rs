//! iCalendar (RFC 5545): duties as to-dos, and other dates as events, for the calendar programs of phones and desks.
//!
//! A feed leaves the house: whoever fills it puts in labels and numbers of records, never what is secret.

mod text;

use jingui_model::{Day, Instant, Lang, Zone};

use self::text::Lines;
use crate::{
    due::Occurrence,
    duty::{Duty, Severity},
};

/// A calendar that a program subscribes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its name.
    pub name: String,
    /// The zone of its times.
    pub zone: Zone,
    /// The language of its texts.
    pub lang: Lang,
    /// What makes the UIDs the enterprise's own; a name of the server.
    pub domain: String,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// An event or a to-do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Stable; the same entry keeps it for ever.
    pub key: String,
    /// When it was last changed.
    pub changed: Instant,
    /// Grows with each change.
    pub sequence: u32,
    /// Event or to-do.
    pub sort: Sort,
    /// What it is called.
    pub summary: String,
    /// More about it.
    pub description: String,
    /// A page about it.
    pub url: Option<String>,
    /// Words to sort by.
    pub categories: Vec<String>,
    /// When its people are reminded.
    pub alarms: Vec<Instant>,
    /// How much hangs on it.
    pub severity: Severity,
}

/// An event or a to-do, with its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// Something that takes place.
    Event {
        /// Its beginning.
        start: When,
        /// Its end, not with it; for days the last day, with it.
        end: When,
        /// It was called off.
        cancelled: bool,
    },
    /// Something to be done.
    Todo {
        /// From when on.
        start: When,
        /// Until when.
        due: When,
        /// When it was done.
        done: Option<Instant>,
    },
}

/// A day, or a minute of it in the feed's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// The whole day.
    Day(Day),
    /// A minute of it.
    At(Day, u16),
}

/// Reminders of duties are given at this minute of the day.
const REMIND_AT: i64 = 9 * 3600;

impl Entry {
    /// An occurrence as a to-do. `about` names the record by number, not by title.
    #[must_use]
    pub fn todo(
        occurrence: &Occurrence,
        duty: &Duty,
        about: &str,
        changed: Instant,
        done: Option<Instant>,
        zone: Zone,
        lang: Lang,
    ) -> Self {
        let label = duty.label.get(lang);
        let summary = if about.is_empty() { label.to_owned() } else { format!("{label} ({about})") };
        let day = occurrence.remind.iter().chain([&occurrence.due]);
        Self {
            key: occurrence.key.clone(),
            changed,
            sequence: 0,
            sort: Sort::Todo { start: When::Day(occurrence.raised), due: When::Day(occurrence.due), done },
            summary,
            description: duty.clause.clone(),
            url: None,
            categories: vec![],
            alarms: if done.is_some() { vec![] } else { day.map(|d| d.start(zone).plus_seconds(REMIND_AT)).collect() },
            severity: occurrence.severity,
        }
    }
}

impl Feed {
    /// The feed as `text/calendar`; equal feeds give equal bytes.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = Lines::default();
        out.plain("BEGIN", "VCALENDAR");
        out.plain("VERSION", "2.0");
        out.plain("PRODID", "-//Jingui//Duty calendar//ZH");
        out.plain("CALSCALE", "GREGORIAN");
        out.plain("METHOD", "PUBLISH");
        out.text(&format!("NAME;LANGUAGE={}", self.lang.tag()), &self.name);
        out.text("X-WR-CALNAME", &self.name);
        out.plain("X-WR-TIMEZONE", &self.zone_name());
        out.plain("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
        self.zone(&mut out);
        for entry in &self.entries {
            self.entry(entry, &mut out);
        }
        out.plain("END", "VCALENDAR");
        out.finish()
    }

    fn zone_name(&self) -> String {
        let minutes = self.zone.0;
        if minutes == 480 { "Asia/Shanghai".to_owned() } else { format!("Fixed{}", offset(minutes)) }
    }

    fn zone(&self, out: &mut Lines) {
        out.plain("BEGIN", "VTIMEZONE");
        out.plain("TZID", &self.zone_name());
        out.plain("BEGIN", "STANDARD");
        // China's last summer time ended then; before that nothing of ours has a time.
        out.plain("DTSTART", "19910915T000000");
        out.plain("TZOFFSETFROM", &offset(self.zone.0));
        out.plain("TZOFFSETTO", &offset(self.zone.0));
        out.plain("TZNAME", if self.zone.0 == 480 { "CST" } else { "LOCAL" });
        out.plain("END", "STANDARD");
        out.plain("END", "VTIMEZONE");
    }

    fn entry(&self, entry: &Entry, out: &mut Lines) {
        let name = match entry.sort {
            Sort::Event { .. } => "VEVENT",
            Sort::Todo { .. } => "VTODO",
        };
        out.plain("BEGIN", name);
        out.text("UID", &format!("{}@{}", entry.key, self.domain));
        out.plain("DTSTAMP", &utc(entry.changed));
        out.plain("LAST-MODIFIED", &utc(entry.changed));
        out.plain("SEQUENCE", &entry.sequence.to_string());
        out.text("SUMMARY", &entry.summary);
        if !entry.description.is_empty() {
            out.text("DESCRIPTION", &entry.description);
        }
        match &entry.sort {
            Sort::Event { start, end, cancelled } => {
                let end = (*end).max(*start);
                self.when("DTSTART", *start, out);
                // The end of whole days is the day after (3.6.1).
                self.when("DTEND", if let When::Day(day) = end { When::Day(day.plus_days(1)) } else { end }, out);
                out.plain("STATUS", if *cancelled { "CANCELLED" } else { "CONFIRMED" });
                out.plain("TRANSP", "TRANSPARENT");
            }
            Sort::Todo { start, due, done } => {
                // DUE has to lie after DTSTART (3.8.2.3), so work of a single day has no beginning of its own.
                if start < due && matches!((start, due), (When::Day(_), When::Day(_)) | (When::At(..), When::At(..))) {
                    self.when("DTSTART", *start, out);
                }
                self.when("DUE", *due, out);
                if let Some(done) = done {
                    out.plain("COMPLETED", &utc(*done));
                    out.plain("PERCENT-COMPLETE", "100");
                }
                out.plain("STATUS", if done.is_some() { "COMPLETED" } else { "NEEDS-ACTION" });
            }
        }
        let priority = match entry.severity {
            Severity::Urgent => "1",
            Severity::High => "3",
            Severity::Normal => "5",
            Severity::Low => "9",
        };
        out.plain("PRIORITY", priority);
        out.texts("CATEGORIES", &entry.categories);
        if let Some(url) = &entry.url {
            out.plain("URL", url);
        }
        // A feed that leaves the house is nobody else's business.
        out.plain("CLASS", "CONFIDENTIAL");
        for alarm in &entry.alarms {
            out.plain("BEGIN", "VALARM");
            out.plain("ACTION", "DISPLAY");
            out.plain("TRIGGER;VALUE=DATE-TIME", &utc(*alarm));
            out.text("DESCRIPTION", &entry.summary);
            out.plain("END", "VALARM");
        }
        out.plain("END", name);
    }

    fn when(&self, name: &str, when: When, out: &mut Lines) {
        match when {
            When::Day(day) => out.plain(&format!("{name};VALUE=DATE"), &date(day)),
            When::At(day, minute) => {
                let day = day.plus_days(i32::from(minute / 1440));
                let value = format!("{}T{:02}{:02}00", date(day), minute % 1440 / 60, minute % 60);
                out.plain(&format!("{name};TZID={}", self.zone_name()), &value);
            }
        }
    }
}

fn date(day: Day) -> String {
    let (year, month, day) = day.parts();
    format!("{year:04}{month:02}{day:02}")
}

fn offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

fn utc(at: Instant) -> String {
    let day = at.day(Zone(0));
    let seconds = (at.micros() - day.start(Zone(0)).micros()) / 1_000_000;
    format!("{}T{:02}{:02}{:02}Z", date(day), seconds / 3600, seconds / 60 % 60, seconds % 60)
}

//! Which days are worked: the week, public holidays with their make-up days (调休), and the enterprise's own days.
//!
//! A year with a notice of the State Council follows the notice. Any other year is reckoned from the law on
//! festivals (全国年节及纪念日放假办法): its days, and a day off in place of each that falls on a weekend.

use std::collections::BTreeMap;

use jingui_model::{Day, Text};
use serde::Serialize;

use crate::{
    civil::{Weekday, ymd},
    holidays::{Holidays, OwnDays},
};

/// How sure the days of a year are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// As announced by the State Council.
    Official,
    /// Reckoned from the law; make-up days are not known before the notice.
    Provisional,
    /// The days of the moon's calendar are not known: weekends and fixed days only.
    Rough,
}

/// A day that is not as its weekday says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Special {
    /// Worked or free.
    pub works: bool,
    /// The festival, or the enterprise's reason.
    pub name: Text,
}

/// Says of each day whether it is worked. Cheap to ask, never changed.
#[derive(Debug, Clone)]
pub struct Calendar {
    week: [bool; 7],
    own: BTreeMap<Day, Special>,
    holidays: Holidays,
    statutory: BTreeMap<Day, Special>,
}

/// The years whose exceptions are laid out beforehand; beyond them only the week counts.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2120;
/// So many days in a row without a worked one: then the search stops.
pub(crate) const LONGEST_REST: i32 = 4000;

impl Calendar {
    /// The calendar of an enterprise.
    #[must_use]
    pub fn new(holidays: Holidays, own: &OwnDays) -> Self {
        let week = Weekday::ALL.map(|d| own.week.contains(&d));
        // The enterprise's own days come last and win.
        let statutory = YEARS.flat_map(|year| holidays.year(year)).collect();
        let own = own.days.iter().map(|(day, special)| (*day, special.clone())).collect();
        Self { week, own, holidays, statutory }
    }

    /// Is the day worked in this enterprise?
    #[must_use]
    pub fn is_working(&self, day: Day) -> bool {
        match self.own.get(&day).or_else(|| self.statutory.get(&day)) {
            Some(special) => special.works,
            None => usize::try_from(Weekday::of(day).index()).ok().and_then(|i| self.week.get(i)).copied().unwrap_or(true),
        }
    }

    /// Is it worked by the general calendar, whatever the enterprise does? Terms of law look at this.
    #[must_use]
    pub fn is_statutory_working(&self, day: Day) -> bool {
        self.statutory.get(&day).map_or_else(|| Weekday::of(day) < Weekday::Saturday, |special| special.works)
    }

    /// Why a day is not as its weekday says.
    #[must_use]
    pub fn special(&self, day: Day) -> Option<&Special> {
        self.own.get(&day).or_else(|| self.statutory.get(&day))
    }

    /// How sure the days of a year are.
    #[must_use]
    pub fn certainty(&self, year: i16) -> Certainty {
        self.holidays.certainty(year)
    }

    /// The worked day on or after a day.
    #[must_use]
    pub fn on_or_after(&self, day: Day) -> Day {
        if self.is_working(day) { day } else { self.nth_working_day_after(day, 1) }
    }

    /// The worked day on or before a day.
    #[must_use]
    pub fn on_or_before(&self, day: Day) -> Day {
        if self.is_working(day) { day } else { self.nth_working_day_before(day, 1) }
    }

    /// The n-th worked day after a day, not counting the day itself (民法典 201: the day of the event does not count). For 0 the day.
    #[must_use]
    pub fn nth_working_day_after(&self, day: Day, n: u16) -> Day {
        self.walk(day, n, 1)
    }

    /// The n-th worked day before a day, not counting the day itself. For 0 the day.
    #[must_use]
    pub fn nth_working_day_before(&self, day: Day, n: u16) -> Day {
        self.walk(day, n, -1)
    }

    fn walk(&self, day: Day, n: u16, step: i32) -> Day {
        let (mut at, mut left, mut rest) = (day, n, 0);
        while left > 0 && rest < LONGEST_REST {
            at = at.plus_days(step);
            if self.is_working(at) {
                left -= 1;
                rest = 0;
            } else {
                rest += 1;
            }
        }
        at
    }

    /// Worked days after `from` up to and with `to`; negative when `to` lies before.
    #[must_use]
    pub fn working_days_between(&self, from: Day, to: Day) -> i32 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let days = (from.number().saturating_add(1)..=to.number()).filter(|n| self.is_working(Day::from_number(*n))).count();
        i32::try_from(days).unwrap_or(i32::MAX)
    }

    /// The last day of a term of law that begins with an event on a day.
    ///
    /// 民法典 201 (the first day does not count), 202 (months and years end on the corresponding day, or on the
    /// month's last), 203 (a last day that is a day of rest moves to the day after the rest). The enterprise's own days
    /// do not move it.
    #[must_use]
    pub fn end_of_term(&self, event: Day, term: Term) -> Day {
        let mut end = match term {
            Term::Days(days) => event.plus_days(i32::from(days)),
            Term::Months(months) => event.plus_months(i32::from(months)),
            Term::Years(years) => event.plus_months(i32::from(years).saturating_mul(12)),
        };
        for _ in 0..LONGEST_REST {
            if self.is_statutory_working(end) {
                break;
            }
            end = end.plus_days(1);
        }
        end
    }

    /// Days of a range that are not as their weekday says, for people to see and for feeds.
    #[must_use]
    pub fn specials(&self, from: Day, to: Day) -> Vec<(Day, &Special)> {
        if to < from {
            return vec![];
        }
        let mut all: BTreeMap<Day, &Special> = self.statutory.range(from..=to).map(|(d, s)| (*d, s)).collect();
        all.extend(self.own.range(from..=to).map(|(d, s)| (*d, s)));
        all.into_iter().collect()
    }
}

/// The length of a term of law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Term {
    Days(u16),
    Months(u16),
    Years(u16),
}

/// A day in a year, written `MM-DD`.
pub(crate) fn month_day(year: i16, text: &str) -> Option<Day> {
    let (month, day) = text.split_once('-')?;
    ymd(year, month.parse().ok()?, day.parse().ok()?)
}

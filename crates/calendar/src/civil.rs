//! Weekdays and the periods that duties repeat in: days, ISO weeks (ISO 8601), months, quarters, halves, years.

use jiff::civil;
use jingui_model::Day;
use serde::{Deserialize, Serialize};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Self; 7] = [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// The weekday of a day.
    #[must_use]
    pub fn of(day: Day) -> Self {
        // 1970-01-01 was a Thursday.
        let index = (i64::from(day.number()) + 3).rem_euclid(7);
        usize::try_from(index).ok().and_then(|i| Self::ALL.get(i)).copied().unwrap_or(Self::Monday)
    }

    /// Days since Monday.
    #[must_use]
    pub const fn index(self) -> i32 {
        self as i32
    }
}

/// The day of a year, month and day of the month, if there is one.
#[must_use]
pub fn ymd(year: i16, month: i8, day: i8) -> Option<Day> {
    let date = civil::Date::new(year, month, day).ok()?;
    let since = date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).ok()?;
    Some(Day::from_number(since.get_days()))
}

/// What repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Span {
    Day,
    Week,
    Month,
    Quarter,
    HalfYear,
    Year,
}

impl Span {
    /// Months in it; nothing for days and weeks.
    #[must_use]
    pub const fn months(self) -> Option<i8> {
        match self {
            Self::Day | Self::Week => None,
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::HalfYear => Some(6),
            Self::Year => Some(12),
        }
    }
}

/// One day, week, month, quarter, half or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Which sort.
    pub span: Span,
    /// Its first day.
    pub first: Day,
    /// Its last day.
    pub last: Day,
}

impl Period {
    /// The period around a day.
    #[must_use]
    pub fn around(span: Span, day: Day) -> Self {
        let (first, last) = match span.months() {
            None if span == Span::Day => (day, day),
            None => {
                let first = day.plus_days(-Weekday::of(day).index());
                (first, first.plus_days(6))
            }
            Some(months) => {
                let (year, month, _) = day.parts();
                let first = ymd(year, month - (month - 1) % months, 1).unwrap_or(day);
                (first, first.plus_months(i32::from(months)).plus_days(-1))
            }
        };
        Self { span, first, last }
    }

    /// The one that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self::around(self.span, self.last.plus_days(1))
    }

    /// `2026-11-21`, `2026-W47`, `2026-11`, `2026-Q4`, `2026-H2`, `2026`: part of the keys of occurrences, never changed.
    #[must_use]
    pub fn name(self) -> String {
        let (year, month, _) = self.first.parts();
        match self.span {
            Span::Day => self.first.to_string(),
            Span::Week => {
                // The Thursday of a week says which year it belongs to (ISO 8601).
                let thursday = self.first.plus_days(3);
                let year = thursday.parts().0;
                let new_year = ymd(year, 1, 1).unwrap_or(thursday);
                format!("{year:04}-W{:02}", (thursday.number() - new_year.number()) / 7 + 1)
            }
            Span::Month => format!("{year:04}-{month:02}"),
            Span::Quarter => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
            Span::HalfYear => format!("{year:04}-H{}", (month - 1) / 6 + 1),
            Span::Year => format!("{year:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(span: Span, days: &[&str]) -> Vec<String> {
        days.iter().map(|d| Period::around(span, d.parse().unwrap()).name()).collect()
    }

    #[test]
    fn weeks_are_those_of_iso_8601() {
        let days = ["2024-12-29", "2024-12-30", "2025-12-31", "2026-11-21", "2026-12-31", "2027-01-03", "2027-01-04"];
        assert_eq!(names(Span::Week, &days), ["2024-W52", "2025-W01", "2026-W01", "2026-W47", "2026-W53", "2026-W53", "2027-W01"]);
        assert_eq!(Weekday::of("2026-11-21".parse().unwrap()), Weekday::Saturday);
        assert_eq!(Weekday::of("1969-12-31".parse().unwrap()), Weekday::Wednesday);
    }

    #[test]
    fn the_other_periods_have_their_bounds_and_names() {
        let day = "2024-02-29".parse().unwrap();
        let bounds = |span| {
            let p = Period::around(span, day);
            format!("{} {} {} {}", p.name(), p.first, p.last, p.next().name())
        };
        assert_eq!(bounds(Span::Day), "2024-02-29 2024-02-29 2024-02-29 2024-03-01");
        assert_eq!(bounds(Span::Month), "2024-02 2024-02-01 2024-02-29 2024-03");
        assert_eq!(bounds(Span::Quarter), "2024-Q1 2024-01-01 2024-03-31 2024-Q2");
        assert_eq!(bounds(Span::HalfYear), "2024-H1 2024-01-01 2024-06-30 2024-H2");
        assert_eq!(bounds(Span::Year), "2024 2024-01-01 2024-12-31 2025");
    }
}

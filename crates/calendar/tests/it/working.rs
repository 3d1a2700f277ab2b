//! Working days: public holidays, make-up days, an enterprise's own days, and terms of law.

use jingui_calendar::{Certainty, Term, civil::Weekday};
use jingui_model::Day;

use crate::support::{calendar, day, with_own};

fn of_year(year: i32) -> impl Iterator<Item = Day> {
    let (first, next) = (day(&format!("{year}-01-01")), day(&format!("{}-01-01", year + 1)));
    (first.number()..next.number()).map(Day::from_number)
}

#[test]
fn years_have_as_many_working_days_as_were_announced() {
    // Weekdays of the year, less the holidays on weekdays, plus the make-up days.
    let calendar = calendar();
    let count = |year| of_year(year).filter(|d| calendar.is_working(*d)).count();
    assert_eq!([count(2024), count(2025), count(2026)], [251, 248, 248]);
    // The law gives 13 days off since 2025, 11 before; whatever is announced adds up to that.
    for (year, off) in [(2024, 11), (2025, 13), (2026, 13)] {
        let weekdays = of_year(year).filter(|d| Weekday::of(*d) < Weekday::Saturday).count();
        assert_eq!(weekdays - count(year), off, "{year}");
    }
}

#[test]
fn make_up_saturdays_and_sundays_are_worked_and_holidays_are_not() {
    let calendar = calendar();
    for worked in
        ["2024-02-04", "2024-02-18", "2024-05-11", "2025-01-26", "2025-10-11", "2026-02-14", "2026-02-28", "2026-10-10", "2026-11-20"]
    {
        assert!(calendar.is_working(day(worked)), "{worked}");
    }
    for free in
        ["2024-01-01", "2024-02-12", "2024-02-17", "2025-01-28", "2025-10-08", "2026-01-02", "2026-02-23", "2026-06-19", "2026-11-21"]
    {
        assert!(!calendar.is_working(day(free)), "{free}");
    }
}

#[test]
fn a_year_without_a_notice_is_reckoned_from_the_law_and_says_so() {
    let calendar = calendar();
    assert_eq!([2026, 2027, 2040, 2041].map(|y| calendar.certainty(y)), {
        use Certainty::{Official, Provisional, Rough};
        [Official, Provisional, Provisional, Rough]
    });
    // 2027: Spring Festival is a Saturday; its eve to the third day are 5 to 8 February, two of them on a weekend.
    let free: Vec<_> =
        of_year(2027).filter(|d| Weekday::of(*d) < Weekday::Saturday && !calendar.is_working(*d)).map(|d| d.to_string()).collect();
    assert_eq!(
        free,
        [
            "2027-01-01",
            "2027-02-05",
            "2027-02-08",
            "2027-02-09",
            "2027-02-10",
            "2027-04-05",
            "2027-05-03",
            "2027-05-04",
            "2027-06-09",
            "2027-09-15",
            "2027-10-01",
            "2027-10-04",
            "2027-10-05"
        ]
    );
    // In 2028 the mid-autumn day is the third of October: the day is made good.
    let october: Vec<_> = of_year(2028).filter(|d| d.parts().1 == 10 && !calendar.is_working(*d)).map(|d| d.parts().2).take(6).collect();
    assert_eq!(october, [1, 2, 3, 4, 5, 7]);
    // Where the moon's days are not known the fixed ones still are.
    assert!(!calendar.is_working(day("2050-10-03")) && calendar.is_working(day("2050-09-30")));
}

#[test]
fn days_are_counted_over_leap_days_year_ends_and_long_holidays() {
    let calendar = calendar();
    let after = |d: &str, n| calendar.nth_working_day_after(day(d), n).to_string();
    assert_eq!(after("2024-02-28", 1), "2024-02-29");
    assert_eq!(after("2024-02-29", 1), "2024-03-01");
    assert_eq!(after("2025-12-31", 1), "2026-01-04"); // a Sunday that is worked
    assert_eq!(after("2026-02-14", 1), "2026-02-24");
    assert_eq!(after("2026-09-30", 3), "2026-10-10");
    assert_eq!(after("2026-11-21", 0), "2026-11-21");
    assert_eq!(calendar.nth_working_day_before(day("2026-02-24"), 2), day("2026-02-13"));
    assert_eq!(calendar.working_days_between(day("2026-02-13"), day("2026-02-24")), 2);
    assert_eq!(calendar.working_days_between(day("2026-02-24"), day("2026-02-13")), -2);
    assert_eq!(calendar.working_days_between(day("2026-02-24"), day("2026-02-24")), 0);
    assert_eq!((calendar.on_or_before(day("2026-10-07")), calendar.on_or_after(day("2026-10-07"))), (day("2026-09-30"), day("2026-10-08")));
}

#[test]
fn an_enterprises_own_days_win_but_do_not_move_terms_of_law() {
    let own = "week: [monday, tuesday, wednesday, thursday, friday, saturday]
days:
  - {name: [厂庆, Anniversary], first: 2026-11-20, works: false}
  - {name: [赶工, Rush], first: 2026-10-05, last: 2026-10-07, works: true}
";
    let calendar = with_own(own);
    assert!(calendar.is_working(day("2026-11-21")) && !calendar.is_working(day("2026-11-22")));
    assert!(!calendar.is_working(day("2026-11-20")) && calendar.is_working(day("2026-10-06")));
    assert_eq!(calendar.special(day("2026-11-20")).map(|s| s.name.en.as_str()), Some("Anniversary"));
    assert!(calendar.is_statutory_working(day("2026-11-20")) && !calendar.is_statutory_working(day("2026-10-06")));
    assert_eq!(calendar.end_of_term(day("2026-11-10"), Term::Days(10)), day("2026-11-20"));
    assert_eq!(calendar.end_of_term(day("2026-11-11"), Term::Days(10)), day("2026-11-23"));
}

#[test]
fn a_term_of_law_ends_as_civil_code_201_to_203_say() {
    let calendar = calendar();
    let end = |d: &str, term| calendar.end_of_term(day(d), term).to_string();
    // 201: the day of the event does not count.
    assert_eq!(end("2026-11-02", Term::Days(15)), "2026-11-17");
    // 202: the corresponding day, or the last of the month.
    assert_eq!(end("2026-07-31", Term::Months(2)), "2026-09-30");
    assert_eq!(end("2024-02-29", Term::Years(1)), "2025-02-28");
    assert_eq!(end("2023-11-30", Term::Months(3)), "2024-02-29");
    // 203: on a day of rest it ends on the day after the rest; a make-up Sunday is none.
    assert_eq!(end("2026-09-16", Term::Days(15)), "2026-10-08");
    assert_eq!(end("2025-09-13", Term::Days(15)), "2025-09-28");
}

#[test]
fn no_day_of_any_time_hangs_the_search() {
    let calendar = calendar();
    for number in [i32::MIN, -1_000_000, 4_000_000, i32::MAX] {
        let d = Day::from_number(number);
        let _ = (calendar.nth_working_day_after(d, 3), calendar.nth_working_day_before(d, 3), calendar.end_of_term(d, Term::Years(2)));
    }
}

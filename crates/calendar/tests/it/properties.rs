//! What holds for all duties, calendars and ways to cut the time into runs.

use std::collections::{BTreeMap, BTreeSet};

use jingui_calendar::{
    Calendar, Facts, Happening, Holidays, Member, Occurrence, OwnDays, Rules, Source, arrears,
    civil::{Period, Span, ymd},
    due,
    duty::{Moves, Rhythm, Within},
};
use jingui_model::Day;
use proptest::prelude::*;

use crate::support::{calendar, day, id, member, shipped, text, with_own};

/// Facts of a small enterprise, with what comes and goes.
#[derive(Debug, Clone)]
struct World {
    since: Day,
    members: Vec<Member>,
    happenings: Vec<Happening>,
}

impl World {
    fn facts(&self) -> Facts<'_> {
        Facts { since: self.since, members: &self.members, happenings: &self.happenings }
    }
}

const START: &str = "2025-01-01";

fn world() -> impl Strategy<Value = World> {
    let at = |n: i32| day(START).plus_days(n);
    let kinds =
        prop::sample::select(vec![("department", "active"), ("zone", "active"), ("partner", "admitted"), ("agreement", "in_force")]);
    let one = (kinds, 0_u8..5, 0_i32..700, prop::option::of(0_i32..400), 0_i32..800);
    let happening = (prop::sample::select(vec![("person", "create"), ("person", "leave"), ("incident", "create")]), 0_u8..5, 0_i32..700);
    (0_i32..200, prop::collection::vec(one, 0..6), prop::collection::vec(happening, 0..6)).prop_map(move |(since, members, happenings)| {
        World {
            since: at(since),
            members: members
                .into_iter()
                .map(|((kind, state), n, from, length, until)| Member {
                    until: length.map(|l| at(from + l)),
                    days: BTreeMap::from([("until".to_owned(), at(until))]),
                    ..member(kind, n, state, &at(from).to_string())
                })
                .collect(),
            happenings: happenings
                .into_iter()
                .enumerate()
                .map(|(version, ((kind, transition), n, on))| Happening {
                    kind: kind.to_owned(),
                    record: id(n),
                    transition: transition.to_owned(),
                    version: version as u64,
                    on: at(on),
                    department: None,
                    values: BTreeMap::new(),
                    days: BTreeMap::new(),
                })
                .collect(),
        }
    })
}

fn keys(list: &[Occurrence]) -> Vec<&str> {
    list.iter().map(|o| o.key.as_str()).collect()
}

/// All periods of a sort that lie in a range with a margin.
fn periods(span: Span, from: Day, to: Day) -> BTreeSet<String> {
    let mut period = Period::around(span, from);
    let mut names = BTreeSet::new();
    while period.last <= to {
        if period.first >= from {
            names.insert(period.name());
        }
        period = period.next();
    }
    names
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_way_to_cut_the_time_gives_the_same(world in world(), from in 0_i32..500, length in 0_i32..400, cuts in prop::collection::vec(0_i32..400, 0..8)) {
        let calendar = calendar();
        let (from, to) = (day(START).plus_days(from), day(START).plus_days(from + length));
        let whole = due(shipped(), &calendar, from, to, &world.facts());
        let unique: BTreeSet<_> = keys(&whole).into_iter().collect();
        prop_assert_eq!(unique.len(), whole.len());
        let mut cuts: Vec<Day> = cuts.into_iter().map(|c| from.plus_days(c)).filter(|c| *c < to).collect();
        cuts.sort_unstable();
        let mut parts = vec![];
        let mut begin = from;
        for cut in cuts.into_iter().chain([to]) {
            parts.extend(due(shipped(), &calendar, begin, cut, &world.facts()));
            begin = cut.plus_days(1).max(begin);
        }
        prop_assert_eq!(parts, whole);
    }

    #[test]
    fn days_are_in_order_and_worked_where_the_clause_does_not_say_otherwise(world in world(), from in 0_i32..700) {
        let calendar = with_own("week: [monday, tuesday, wednesday, thursday, friday, saturday]\ndays: [{name: [停产, Stop], first: 2026-07-20, last: 2026-08-10, works: false}]");
        let from = day(START).plus_days(from);
        for o in due(shipped(), &calendar, from, from.plus_days(120), &world.facts()) {
            let duty = shipped().get(&o.duty).unwrap();
            prop_assert!(o.raised >= world.since && o.raised <= o.due, "{o:?}");
            prop_assert!(o.remind.iter().all(|d| o.raised < *d && *d < o.due && calendar.is_working(*d)), "{o:?}");
            prop_assert!(o.escalate.iter().all(|(d, _)| *d > o.due && calendar.is_working(*d)), "{o:?}");
            if duty.moves != Moves::Stays && duty.within != Some(Within::AtOnce) {
                prop_assert!(calendar.is_working(o.due) && calendar.is_working(o.raised), "{o:?}");
            }
            if let Some(m) = o.record.and_then(|r| world.members.iter().find(|m| m.record == r && Some(&m.kind) == o.kind.as_ref())) {
                prop_assert!(world.members.iter().filter(|n| n.record == m.record).any(|n| n.since <= o.raised), "{o:?}");
            }
        }
    }

}

proptest! {
    // Each case runs the engine for two years.
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// The server runs on some days only, its clock jumps back at times, and the year 2027 is announced in between:
    /// every period of every duty is there exactly once.
    #[test]
    fn every_period_exactly_once_whatever_the_server_did(gaps in prop::collection::vec(-20_i32..60, 10..60), announced in 300_i32..700) {
        let (before, after) = (calendar(), announced_2027());
        let facts = Facts { since: day("2026-01-01"), members: &[], happenings: &[] };
        let (mut known, mut last, mut today, end) = (BTreeSet::new(), None, day("2026-01-01"), day("2028-02-01"));
        let mut gaps = gaps.into_iter().cycle();
        loop {
            let calendar = if today >= facts.since.plus_days(announced) { &after } else { &before };
            for o in arrears(shipped(), calendar, last, today, &facts, &|key| known.contains(key)) {
                prop_assert!(known.insert(o.key.clone()), "{} twice", o.key);
            }
            if today >= end {
                break;
            }
            last = Some(today);
            today = today.plus_days(gaps.next().unwrap_or(1)).max(facts.since).min(end);
            if Some(today) == last {
                today = today.plus_days(1);
            }
        }
        for duty in shipped().iter() {
            let Some(span) = duty.rhythm.span() else { continue };
            if !matches!(duty.scope, jingui_calendar::duty::ScopeRule::Company) || matches!(duty.rhythm, Rhythm::Daily(_)) {
                continue;
            }
            // What began before the enterprise did, or is not over at the end, may be there or not.
            for name in periods(span, day("2026-05-01"), day("2027-12-31")) {
                let key = format!("{}/{name}/company", duty.code);
                prop_assert!(known.contains(&key), "{key} is missing");
            }
        }
    }

    #[test]
    fn catching_up_after_weeks_is_the_same_as_day_by_day(world in world(), off in 1_i32..100) {
        let calendar = calendar();
        let (first, back) = (day("2025-08-01"), day("2025-08-01").plus_days(off));
        let run = |days: &[Day]| -> BTreeSet<String> {
            let (mut known, mut last) = (BTreeSet::new(), None);
            for today in days {
                let new = arrears(shipped(), &calendar, last, *today, &world.facts(), &|key| known.contains(key));
                known.extend(new.into_iter().map(|o| o.key));
                last = Some(*today);
            }
            known
        };
        let each: Vec<Day> = (first.number()..=back.number()).map(Day::from_number).collect();
        prop_assert_eq!(run(&each), run(&[first, back]));
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn working_days_count_as_they_are_walked(from in 0_i32..2000, n in 0_u16..60) {
        let calendar = calendar();
        let from = ymd(2024, 1, 1).unwrap().plus_days(from);
        let to = calendar.nth_working_day_after(from, n);
        prop_assert_eq!(calendar.working_days_between(from, to), i32::from(n));
        if n > 0 {
            prop_assert!(calendar.is_working(to));
            prop_assert_eq!(calendar.nth_working_day_before(to, n), calendar.on_or_before(from));
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,200}") {
        let source = Source { file: "x.yaml", text: &text };
        let _ = (Rules::load(&source, &[]), Holidays::load(&source), OwnDays::load(&source));
    }
}

/// The 30th of September 2027 was to be the month's last working day; after the run of the 29th a holiday from the 27th on is announced.
#[test]
fn a_day_that_an_announcement_moves_into_the_past_is_not_lost() {
    let monthly = crate::support::one("rhythm: {monthly: last_working_day}");
    let facts = Facts { since: day("2027-09-01"), members: &[], happenings: &[] };
    assert!(arrears(&monthly, &calendar(), None, day("2027-09-29"), &facts, &|_| false).is_empty());
    let found = arrears(&monthly, &announced_2027(), Some(day("2027-09-29")), day("2027-10-11"), &facts, &|_| false);
    assert_eq!(found.iter().map(|o| (o.period.as_str(), o.due)).collect::<Vec<_>>(), [("2027-09", day("2027-09-24"))]);
}

/// 2027 as it may be announced, with long holidays and make-up days.
fn announced_2027() -> Calendar {
    let notice = "notices:
  - year: 2027
    document: 试
    published: 2026-11-20
    off:
      - {name: [元旦, New Year], first: 2027-01-01, last: 2027-01-03}
      - {name: [春节, Spring Festival], first: 2027-02-05, last: 2027-02-14}
      - {name: [劳动节, Labour Day], first: 2027-04-30, last: 2027-05-09}
      - {name: [国庆节, National Day], first: 2027-09-27, last: 2027-10-10}
    work: [2027-01-30, 2027-02-20, 2027-04-24, 2027-05-15, 2027-09-18, 2027-10-16]
";
    let text = text("calendar/holidays.yaml").replacen("notices:\n", notice, 1);
    Calendar::new(Holidays::load(&Source { file: "holidays.yaml", text: &text }).unwrap(), &OwnDays::default())
}

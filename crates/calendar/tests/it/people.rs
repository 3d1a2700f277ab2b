//! Who answers: stand-ins, chains, circles, and those above.

use std::collections::{BTreeMap, BTreeSet};

use jingui_calendar::{Absence, Delegation, Directory, Facts, Occurrence, Who, check_delegation, due, responsible};
use jingui_model::{Day, Id};
use proptest::prelude::*;

use crate::support::{calendar, day, id, one};

/// Roles and their holders, and who left on which day.
struct House(BTreeMap<&'static str, Vec<Id>>, BTreeMap<Id, Day>);

impl Directory for House {
    fn holders(&self, who: &Who, _: &Occurrence) -> Vec<Id> {
        match who {
            Who::Role(role) => self.0.get(role.as_str()).cloned().unwrap_or_default(),
            _ => vec![],
        }
    }
    fn is_active(&self, person: Id, day: Day) -> bool {
        self.1.get(&person).is_none_or(|left| day <= *left)
    }
}

fn house() -> House {
    House(BTreeMap::from([("office", vec![id(1), id(2)]), ("committee", vec![id(7)]), ("committee_chair", vec![id(8)])]), BTreeMap::new())
}

fn occurrence() -> Occurrence {
    let rules = one("rhythm: {weekly: friday}, escalate: [{to: {role: committee}, after: 1}, {to: {role: committee_chair}, after: 3}]");
    let facts = Facts { since: day("2026-01-01"), members: &[], happenings: &[] };
    due(&rules, &calendar(), day("2026-11-20"), day("2026-11-20"), &facts).remove(0)
}

fn away(n: u8, first: &str, last: &str) -> Absence {
    Absence { person: id(n), first: day(first), last: day(last) }
}

fn hands(from: u8, to: u8, first: &str, last: &str, duties: &[&str]) -> Delegation {
    let duties = duties.iter().map(|d| (*d).to_owned()).collect();
    Delegation { from: id(from), to: id(to), first: day(first), last: day(last), duties }
}

const FIRST: &str = "2026-11-01";
const LAST: &str = "2026-11-30";

fn who(absences: &[Absence], delegations: &[Delegation], house: &House) -> (Vec<Id>, usize) {
    let answer = responsible(&occurrence(), day("2026-11-20"), house, absences, delegations);
    (answer.people, answer.level)
}

#[test]
fn all_who_hold_the_role_answer_less_those_who_are_away_or_left() {
    assert_eq!(who(&[], &[], &house()), (vec![id(1), id(2)], 0));
    assert_eq!(who(&[away(1, FIRST, LAST)], &[], &house()), (vec![id(2)], 0));
    assert_eq!(who(&[away(1, FIRST, "2026-11-19")], &[], &house()), (vec![id(1), id(2)], 0));
    let mut left = house();
    left.1.insert(id(2), day("2026-11-19"));
    assert_eq!(who(&[], &[], &left), (vec![id(1)], 0));
}

#[test]
fn a_stand_in_answers_along_the_chain() {
    let chain = [hands(1, 3, FIRST, LAST, &[]), hands(3, 4, FIRST, LAST, &[]), hands(2, 5, FIRST, LAST, &["other"])];
    let answer = responsible(&occurrence(), day("2026-11-20"), &house(), &[away(1, FIRST, LAST)], &chain);
    assert_eq!((answer.people, answer.stand_ins), (vec![id(2), id(4)], BTreeMap::from([(id(1), id(4))])));
    // What was handed over for this duty wins over what was handed over as a whole; later wins over earlier.
    let both = [hands(1, 3, FIRST, LAST, &["d"]), hands(1, 4, FIRST, LAST, &[]), hands(1, 5, FIRST, LAST, &[])];
    assert_eq!(who(&[], &both, &house()).0, [id(2), id(3)]);
    assert_eq!(who(&[], &both[1..], &house()).0, [id(2), id(5)]);
    // Outside its days it does not count, and nobody who left hands anything over.
    assert_eq!(who(&[], &[hands(1, 3, FIRST, "2026-11-19", &[])], &house()).0, [id(1), id(2)]);
}

#[test]
fn with_nobody_left_those_above_answer_level_by_level() {
    let both = [away(1, FIRST, LAST), away(2, FIRST, LAST)];
    assert_eq!(who(&both, &[], &house()), (vec![id(7)], 1));
    let three = [&both[..], &[away(7, FIRST, LAST)]].concat();
    assert_eq!(who(&three, &[], &house()), (vec![id(8)], 2));
    let all = [&three[..], &[away(8, FIRST, LAST)]].concat();
    assert_eq!(who(&all, &[], &house()), (vec![], 0));
    // A chain that ends with somebody who is away is no answer.
    assert_eq!(who(&[away(2, FIRST, LAST), away(3, FIRST, LAST)], &[hands(1, 3, FIRST, LAST, &[])], &house()), (vec![id(7)], 1));
}

#[test]
fn a_circle_is_refused_when_it_is_made_and_passed_over_when_it_is_there() {
    let existing = [hands(1, 2, FIRST, LAST, &[]), hands(2, 3, "2026-11-10", "2026-12-31", &["d", "e"])];
    let code = |d: Delegation| check_delegation(&existing, &d).err().map(|p| p.code().to_owned());
    assert_eq!(code(hands(3, 1, "2026-11-20", "2026-11-25", &[])).as_deref(), Some("calendar.delegation_circle"));
    assert_eq!(code(hands(3, 1, "2026-11-20", "2026-11-25", &["e"])).as_deref(), Some("calendar.delegation_circle"));
    assert_eq!(code(hands(2, 1, FIRST, FIRST, &["x"])).as_deref(), Some("calendar.delegation_circle"));
    // Not on the same days, or not for the same duties: no circle.
    assert_eq!(code(hands(3, 1, "2026-12-01", "2026-12-31", &[])), None);
    assert_eq!(code(hands(3, 1, "2026-11-20", "2026-11-25", &["f"])), None);
    assert_eq!(code(hands(4, 4, FIRST, LAST, &[])).as_deref(), Some("calendar.delegation_self"));
    assert_eq!(code(hands(4, 5, LAST, FIRST, &[])).as_deref(), Some("calendar.delegation_days"));

    let circle = [hands(1, 3, FIRST, LAST, &[]), hands(3, 1, FIRST, LAST, &[])];
    let answer = responsible(&occurrence(), day("2026-11-20"), &house(), &[away(2, FIRST, LAST)], &circle);
    assert_eq!((answer.people, answer.level, answer.circles), (vec![id(7)], 1, BTreeSet::from([id(1)])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever was accepted never runs in a circle, and whoever answers is here.
    #[test]
    fn accepted_delegations_never_run_in_a_circle(
        wanted in prop::collection::vec((1_u8..7, 1_u8..7, 0_i32..30, 0_i32..30, prop::bool::ANY), 0..14),
        gone in prop::collection::btree_set(1_u8..9, 0..5),
        on in 0_i32..60,
    ) {
        let mut accepted: Vec<Delegation> = vec![];
        for (from, to, first, length, one) in wanted {
            let first = day(FIRST).plus_days(first);
            let duties = if one { BTreeSet::from(["d".to_owned()]) } else { BTreeSet::new() };
            let new = Delegation { from: id(from), to: id(to), first, last: first.plus_days(length), duties };
            if check_delegation(&accepted, &new).is_ok() {
                accepted.push(new);
            }
        }
        let absences: Vec<_> = gone.iter().map(|n| away(*n, "2026-01-01", "2027-12-31")).collect();
        let answer = responsible(&occurrence(), day(FIRST).plus_days(on), &house(), &absences, &accepted);
        prop_assert!(answer.circles.is_empty());
        prop_assert!(answer.people.iter().all(|p| !gone.iter().any(|n| id(*n) == *p)));
        prop_assert!(!answer.people.is_empty() || gone.contains(&8) || gone.len() > 3);
    }
}

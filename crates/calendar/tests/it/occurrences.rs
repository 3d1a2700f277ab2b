//! Which duties arise when: examples on days that are known.

use std::collections::BTreeMap;

use jingui_calendar::{Facts, Happening, Member, Occurrence, Rules, arrears, due};

use crate::support::{calendar, day, id, member, one, shipped};

fn between(rules: &Rules, from: &str, to: &str, members: &[Member], happenings: &[Happening]) -> Vec<Occurrence> {
    due(rules, &calendar(), day(from), day(to), &Facts { since: day("2024-01-01"), members, happenings })
}

/// `period raised due` of each.
fn lines(rules: &Rules, from: &str, to: &str) -> Vec<String> {
    between(rules, from, to, &[], &[]).iter().map(|o| format!("{} {} {}", o.period, o.raised, o.due)).collect()
}

#[test]
fn a_weekly_duty_stays_in_its_week_where_the_week_has_a_working_day() {
    let weekly = one("rhythm: {weekly: friday}, within: {working: 4}");
    assert_eq!(lines(&weekly, "2026-11-16", "2026-11-16"), ["2026-W47 2026-11-16 2026-11-20"]);
    // National Day: Friday to Sunday are free, so Wednesday.
    // And the duty of the week after does not arise before the holidays, though there are only two days for it.
    assert_eq!(lines(&weekly, "2026-09-28", "2026-10-08"), ["2026-W40 2026-09-28 2026-09-30", "2026-W41 2026-10-08 2026-10-09"]);
    // Spring Festival: W08 has no working day at all. It is done when work begins again, and W09 comes as well.
    assert_eq!(
        lines(&one("rhythm: {weekly: friday}"), "2026-02-09", "2026-03-01"),
        ["2026-W07 2026-02-13 2026-02-13", "2026-W08 2026-02-24 2026-02-24", "2026-W09 2026-02-27 2026-02-27"]
    );
    // Year's end: the week belongs to the year of its Thursday.
    assert_eq!(
        lines(&one("rhythm: {weekly: monday}"), "2026-12-28", "2027-01-04"),
        ["2026-W53 2026-12-28 2026-12-28", "2027-W01 2027-01-04 2027-01-04"]
    );
}

#[test]
fn monthly_and_longer_duties_fall_on_working_days_of_their_period() {
    let months = |keys: &str, from: &str, to: &str| lines(&one(keys), from, to);
    assert_eq!(
        months("rhythm: {monthly: last_working_day}", "2026-01-01", "2026-03-31"),
        ["2026-01 2026-01-30 2026-01-30", "2026-02 2026-02-28 2026-02-28", "2026-03 2026-03-31 2026-03-31"]
    );
    assert_eq!(months("rhythm: {monthly: first_working_day}", "2026-10-01", "2026-10-31"), ["2026-10 2026-10-08 2026-10-08"]);
    // Wages are paid before a holiday, not after it (工资支付暂行规定 7); the 14th of February 2026 is a worked Saturday.
    assert_eq!(months("rhythm: {monthly: 15}, moves: earlier", "2026-02-01", "2026-02-28"), ["2026-02 2026-02-14 2026-02-14"]);
    assert_eq!(months("rhythm: {monthly: 15}", "2026-02-01", "2026-02-28"), ["2026-02 2026-02-24 2026-02-24"]);
    assert_eq!(months("rhythm: {monthly: 31}, moves: stays", "2024-02-01", "2024-02-29"), ["2024-02 2024-02-29 2024-02-29"]);
    assert_eq!(
        months("rhythm: {half_yearly: 6-20}, within: {days: 30}", "2026-01-01", "2026-12-31"),
        ["2026-H1 2026-05-25 2026-06-22", "2026-H2 2026-11-23 2026-12-21"]
    );
    assert_eq!(months("rhythm: {quarterly: 3-31}", "2026-01-01", "2026-12-31").len(), 4);
    assert_eq!(months("rhythm: {yearly: 12-15}, within: {days: 30}", "2026-01-01", "2027-01-31"), ["2026 2026-11-16 2026-12-15"]);
    assert_eq!(months("rhythm: {daily: working_day}", "2026-10-01", "2026-10-11").len(), 3);
    assert_eq!(months("rhythm: {daily: every_day}, moves: stays", "2026-10-01", "2026-10-11").len(), 11);
}

#[test]
fn nothing_arises_before_the_rule_the_enterprise_or_the_department_began_nor_after_it_ended() {
    let each = "rhythm: {weekly: friday}, within: {working: 4}, scope: each_department";
    let mut department = member("department", 1, "active", "2026-11-11"); // a Wednesday
    department.until = Some(day("2026-11-25"));
    let keys: Vec<_> = between(&one(each), "2026-11-01", "2026-12-31", &[department], &[]).into_iter().map(|o| o.key).collect();
    assert_eq!(keys, [format!("d/2026-W47/{}", id(1)), format!("d/2026-W48/{}", id(1))]);
    let started = one("rhythm: {monthly: 15}, start: 2026-06-01");
    assert_eq!(lines(&started, "2026-01-01", "2026-07-31").len(), 2);
    assert_eq!(lines(&one("rhythm: {monthly: 15}"), "2020-01-01", "2024-02-28").len(), 2); // the enterprise began on 2024-01-01
    assert!(lines(&started, "2026-07-31", "2026-07-01").is_empty());
}

fn agreement(n: u8, since: &str, until: &str) -> Member {
    Member {
        days: BTreeMap::from([("until".to_owned(), day(until))]),
        values: BTreeMap::from([("type".to_owned(), "cooperation".to_owned())]),
        ..member("agreement", n, "in_force", since)
    }
}

#[test]
fn an_agreement_that_ends_in_thirty_days_is_somebodys_work_once() {
    let of = |members: &[Member]| -> Vec<Occurrence> {
        between(shipped(), "2024-01-01", "2027-12-31", members, &[]).into_iter().filter(|o| o.duty == "agreement_ends").collect()
    };
    let [one] = &of(&[agreement(1, "2025-01-06", "2026-12-31")])[..] else { panic!() };
    assert_eq!(one.key, format!("agreement_ends/2026-12-31/{}", id(1)));
    assert_eq!((one.raised, one.due), (day("2026-12-01"), day("2026-12-31")));
    assert_eq!(one.remind, [day("2026-12-17"), day("2026-12-28")]);
    assert_eq!(one.escalate[0].0, day("2027-01-06")); // three working days after; New Year and a weekend lie between
    // Entered late, it is raised at once; entered when it is over already, it is due at once.
    let late = of(&[agreement(1, "2026-12-20", "2026-12-31"), agreement(2, "2027-01-05", "2026-12-31")]);
    let times: Vec<_> = late.iter().map(|o| (o.raised.to_string(), o.due.to_string())).collect();
    assert_eq!(times, [("2026-12-21".to_owned(), "2026-12-31".to_owned()), ("2027-01-05".to_owned(), "2027-01-05".to_owned())]);
    // Renewed before it was raised: only the new end counts. Renewed after: the new end is new work.
    let mut before = agreement(1, "2025-01-06", "2026-12-31");
    before.until = Some(day("2026-10-09"));
    let renewed = of(&[before, agreement(1, "2026-10-09", "2027-06-30")]);
    assert_eq!(renewed.iter().map(|o| o.period.as_str()).collect::<Vec<_>>(), ["2027-06-30"]);
}

/// Moved to an earlier day, an end begins a new stretch: it is raised on the day of the change, where a run will find it.
#[test]
fn an_end_that_somebody_moves_into_the_past_is_not_lost() {
    let mut long = agreement(1, "2025-01-06", "2027-12-31");
    long.until = Some(day("2026-11-18"));
    let members = [long, agreement(1, "2026-11-19", "2026-09-01")];
    let facts = Facts { since: day("2024-01-01"), members: &members, happenings: &[] };
    let found = arrears(shipped(), &calendar(), Some(day("2026-11-18")), day("2026-11-19"), &facts, &|key| !key.starts_with("agreement"));
    assert_eq!(found.iter().map(|o| (o.period.as_str(), o.raised)).collect::<Vec<_>>(), [("2026-09-01", day("2026-11-19"))]);
}

fn happening(kind: &str, n: u8, transition: &str, version: u64, on: &str) -> Happening {
    let (kind, transition) = (kind.to_owned(), transition.to_owned());
    Happening {
        kind,
        record: id(n),
        transition,
        version,
        on: day(on),
        department: Some(id(9)),
        values: BTreeMap::new(),
        days: BTreeMap::new(),
    }
}

#[test]
fn events_raise_their_duties_on_the_next_working_day_and_what_is_urgent_on_the_very_day() {
    // 2026-10-03 is a Saturday in the holidays.
    let happened = [happening("onboarding", 1, "create", 1, "2026-10-03"), happening("incident", 2, "create", 1, "2026-10-03")];
    let found = between(shipped(), "2026-10-01", "2026-10-20", &[], &happened);
    let of = |duty: &str| found.iter().find(|o| o.duty == duty).map(|o| (o.key.clone(), o.raised, o.due)).unwrap();
    assert_eq!(of("joining_finished"), (format!("joining_finished/v1/{}", id(1)), day("2026-10-08"), day("2026-10-21")));
    assert_eq!(of("incident_verified"), (format!("incident_verified/v1/{}", id(2)), day("2026-10-03"), day("2026-10-03")));
    // The rights of somebody who leaves end on the last day, a Saturday or not (B 5.1.3).
    let mut leaver = member("departure", 3, "interviewed", "2026-11-02");
    leaver.days.insert("last_day".to_owned(), day("2026-11-21"));
    let found = between(shipped(), "2026-11-01", "2026-11-30", &[leaver], &[]);
    let rights = found.iter().find(|o| o.duty == "leaving_rights").unwrap();
    assert_eq!((rights.raised, rights.due), (day("2026-11-21"), day("2026-11-21")));
    let returns = found.iter().find(|o| o.duty == "leaving_returns").unwrap();
    assert_eq!((returns.raised, returns.due), (day("2026-11-18"), day("2026-11-20")));
}

#[test]
fn each_time_is_its_own_and_only_what_is_asked_for_counts() {
    let rules = one("rhythm: {event: {kind: agreement, transitions: [renew], where: {type: cooperation}}}, within: {days: 5}");
    let mut other = happening("agreement", 1, "renew", 4, "2026-11-16");
    other.values.insert("type".to_owned(), "bid".to_owned());
    let mut twice = [other, happening("agreement", 1, "renew", 2, "2026-11-16"), happening("agreement", 1, "renew", 3, "2026-11-16")];
    for h in &mut twice[1..] {
        h.values.insert("type".to_owned(), "cooperation".to_owned());
    }
    let found = between(&rules, "2026-11-01", "2026-11-30", &[], &twice);
    assert_eq!(found.iter().map(|o| o.period.as_str()).collect::<Vec<_>>(), ["v2", "v3"]);
    assert_eq!(found[0].due, day("2026-11-23")); // five days later is a Saturday
    assert_eq!(found[0].department, Some(id(9)));
}

#[test]
fn a_year_of_an_enterprise_has_every_periodic_duty_of_the_guides_in_its_number() {
    let members = [
        member("department", 1, "active", "2025-01-01"),
        member("department", 2, "active", "2025-01-01"),
        member("zone", 3, "active", "2025-01-01"),
    ];
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for o in between(shipped(), "2026-01-01", "2026-12-31", &members, &[]).iter().filter(|o| o.period.starts_with("2026")) {
        *count.entry(o.duty.clone()).or_default() += 1;
    }
    for (duty, wanted) in [
        ("daily_core_backup", 365),
        ("daily_it_check", 248),
        ("weekly_log_audit", 53 - 1), // the first week of 2026 is raised in December
        ("weekly_self_check", 2 * 52),
        ("weekly_zone_check", 52),
        ("monthly_special_check", 12),
        ("quarterly_joint_check", 4),
        ("half_yearly_rights_review", 2 * 2),
        ("yearly_check", 1),
        ("yearly_identification", 1),
    ] {
        assert_eq!(count.get(duty), Some(&wanted), "{duty}");
    }
}

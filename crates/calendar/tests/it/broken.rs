//! Mistakes in files are named by file, line and path of the value.

use jingui_calendar::{Holidays, OwnDays, Rules, Source};

use crate::support::text;

fn duties(shipped: &str, overlay: &str) -> Vec<String> {
    let overlay = [Source { file: "own.yaml", text: overlay }];
    let load = Rules::load(&Source { file: "duties.yaml", text: shipped }, if overlay[0].text.is_empty() { &[] } else { &overlay });
    load.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

const GOOD: &str = "duties:
  - {code: a, label: [甲, A], clause: B 1, rhythm: {weekly: friday}, by: {role: office}, evidence: note, severity: low}
";

#[test]
fn what_cannot_be_read_is_named_with_line_and_path() {
    assert!(duties(GOOD, "").is_empty());
    for (from, to, wanted) in [
        ("weekly: friday", "weekly: fryday", "duties.yaml:2:"),
        ("severity: low", "severity: low, sevrity: x", "duties[0].sevrity: calendar.syntax"),
        ("severity: low", "severity: dire", "duties[0].severity: calendar.syntax"),
        ("[甲, A]", "[甲]", "duties[0].label: calendar.syntax"),
        ("[甲, A]", "['', A]", "duties[0].label: calendar.syntax"),
        ("{role: office}", "{rule: office}", "duties[0].by"),
        ("{weekly: friday}", "{monthly: someday}", "duties[0].rhythm.monthly: calendar.syntax"),
        ("severity: low", "severity: low, start: 2026-02-30", "duties[0].start: calendar.syntax"),
        ("evidence: note", "evidence: [note", "duties.yaml:2"),
    ] {
        let found = duties(&GOOD.replace(from, to), "").concat();
        assert!(found.contains(wanted) && found.starts_with("duties.yaml:2:"), "{to}: {found}");
    }
}

#[test]
fn what_makes_no_sense_is_named_all_at_once() {
    for (from, to, wanted) in [
        ("code: a", "code: A", "duties[0].code: calendar.code value=A"),
        ("code: a", "code: x_a", "calendar.code"),
        ("B 1", "''", "calendar.clause"),
        ("{weekly: friday}", "{monthly: 32}", "duties[0].rhythm: calendar.when value=1-32"),
        ("{weekly: friday}", "{quarterly: 4-1}", "calendar.when"),
        ("{weekly: friday}", "{event: {kind: k, transitions: [t]}}", "calendar.no_time"),
        ("{weekly: friday}", "{event: {kind: k}}", "duties[0].rhythm.event.transitions: calendar.event"),
        ("{weekly: friday}", "{event: {kind: k, states: [s], field: f}}", "rhythm.event.days_before: calendar.event"),
        ("{weekly: friday}", "{event: {kind: k, states: [s], field: f, days_before: 1, days_after: 1}}", "calendar.event"),
        ("{weekly: friday}", "{event: {kind: k, field: f, days_before: 1}}", "rhythm.event.states: calendar.event"),
        ("evidence: note", "evidence: {act: [go]}", "calendar.no_record"),
        ("{role: office}", "{field: owner}", "duties[0].by: calendar.no_record"),
        ("severity: low", "severity: low, within: {days: 9999}", "calendar.too_many_days"),
        ("severity: low", "severity: low, remind: [0]", "calendar.remind"),
        ("severity: low", "severity: low, escalate: [{to: {role: office}, after: 0}]", "calendar.escalate"),
    ] {
        let found = duties(&GOOD.replace(from, to), "").concat();
        assert!(found.contains(wanted) && found.starts_with("duties.yaml:2:"), "{to}: {found}");
    }
    let two = format!("{GOOD}{}", GOOD.lines().last().unwrap());
    let found = duties(&two.replacen("B 1", "''", 1), "");
    assert_eq!(
        found,
        ["duties.yaml:2:5: duties[0].clause: calendar.clause value=a", "duties.yaml:3:5: duties[1].code: calendar.twice value=a"]
    );
}

#[test]
fn an_enterprise_adds_its_own_duties_and_leaves_some_out_with_a_reason() {
    assert!(duties(GOOD, &GOOD.replace("code: a", "code: x_a")).is_empty());
    assert!(duties(GOOD, "without: [{code: a, reason: [没有此类区域, No such zone]}]").is_empty());
    assert!(duties(GOOD, GOOD).concat().contains("own.yaml:2:5: duties[0].code: calendar.own_code"));
    assert!(duties(GOOD, "without: [{code: b, reason: [无, None]}]").concat().contains("without[0].code: calendar.unknown_duty value=b"));
    assert!(duties(GOOD, "without: [{code: a}]").concat().contains("calendar.syntax"));
}

#[test]
fn files_of_holidays_are_checked() {
    let good = text("calendar/holidays.yaml");
    let found = |text: &str| {
        let load = Holidays::load(&Source { file: "holidays.yaml", text });
        load.err().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(found(&good), "");
    for (from, to, wanted) in [
        ("first: 2025-01-28", "first: 2025-02-28", "notices[1].off[1]: calendar.stretch"),
        ("first: 2025-01-28", "first: 2024-12-30", "calendar.other_year"),
        ("work: [2025-01-26", "work: [2025-01-28", "notices[1].work[0]: calendar.twice value=2025-01-28"),
        ("{year: 2027, spring_festival: 2027", "{year: 2027, spring_festival: 2026", "moving[3].spring_festival: calendar.other_year"),
        ("{year: 2027, spring", "{year: 2026, spring", "moving[3].year: calendar.twice"),
        ("day: 10-01", "day: 13-01", "calendar.month_day value=13-01"),
        ("day: mid_autumn", "day: midautumn", "calendar.month_day"),
        ("year: 2025\n", "jahr: 2025\n", "calendar.syntax"),
    ] {
        let said = found(&good.replacen(from, to, 1));
        assert!(said.contains(wanted), "{to}: {said}");
    }
    let own = |text: &str| {
        OwnDays::load(&Source { file: "own.yaml", text }).err().unwrap_or_default().iter().map(ToString::to_string).collect::<String>()
    };
    assert!(own("week: []").contains("calendar.no_week"));
    assert!(
        own("days: [{name: [假, Off], first: 2026-01-01, last: 2029-01-01, works: false}]")
            .contains("own.yaml:1:8: days[0]: calendar.stretch")
    );
    assert!(own(&"#".repeat(600_000)).contains("calendar.file_too_large"));
}

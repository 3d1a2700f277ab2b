//! Feeds follow RFC 5545: lines, escaping, zones, stable names. A reader of our own takes them apart again; another
//! program's reader does so in `scripts/interop/feeds.py`.

use jingui_calendar::{
    Facts, Severity, due,
    ical::{Entry, Feed, Sort, When},
};
use jingui_model::{Instant, Lang, Zone};
use proptest::prelude::*;

use crate::support::{calendar, day, one, shipped};

fn feed(entries: Vec<Entry>) -> Feed {
    Feed { name: "保密日程".to_owned(), zone: Zone(480), lang: Lang::Zh, domain: "jingui.example".to_owned(), entries }
}

fn entry(summary: &str) -> Entry {
    Entry {
        key: "d/2026-W47/company".to_owned(),
        changed: "2026-11-16T01:02:03Z".parse().unwrap(),
        sequence: 2,
        sort: Sort::Event { start: When::At(day("2026-11-20"), 9 * 60 + 30), end: When::At(day("2026-11-20"), 11 * 60), cancelled: false },
        summary: summary.to_owned(),
        description: String::new(),
        url: Some("https://jingui.example/duties/1".to_owned()),
        categories: vec!["甲,乙".to_owned()],
        alarms: vec!["2026-11-20T00:30:00Z".parse().unwrap()],
        severity: Severity::High,
    }
}

/// The lines with folds undone: name with parameters, and value.
fn lines(text: &str) -> Vec<(String, String)> {
    assert!(text.ends_with("\r\n") && text.lines().all(|l| l.len() <= 75), "a line has more than 75 octets");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let unfolded = text.replace("\r\n ", "");
    let split = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned()));
    unfolded.trim_end().split("\r\n").map(|line| split(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

fn values(feed: &Feed, name: &str) -> Vec<String> {
    lines(&feed.write()).into_iter().filter(|(n, _)| n == name).map(|(_, v)| v).collect()
}

fn plain(value: &str) -> String {
    let (mut out, mut chars) = (String::new(), value.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(c) => out.push(c),
                None => panic!("{value}"),
            },
            ';' | ',' => panic!("not escaped: {value}"),
            c => out.push(c),
        }
    }
    out
}

#[test]
fn an_event_has_its_times_in_the_zone_that_the_feed_defines() {
    let feed = feed(vec![entry("评审会; 一, 二\n三\\四")]);
    assert_eq!(values(&feed, "DTSTART;TZID=Asia/Shanghai"), ["20261120T093000"]);
    assert_eq!(values(&feed, "DTEND;TZID=Asia/Shanghai"), ["20261120T110000"]);
    assert_eq!(values(&feed, "TZID"), ["Asia/Shanghai"]);
    assert_eq!(values(&feed, "TZOFFSETTO"), ["+0800"]);
    assert_eq!(values(&feed, "SUMMARY"), ["评审会\\; 一\\, 二\\n三\\\\四"]);
    assert_eq!(values(&feed, "CATEGORIES"), ["甲\\,乙"]);
    assert_eq!(values(&feed, "UID"), ["d/2026-W47/company@jingui.example"]);
    assert_eq!(values(&feed, "TRIGGER;VALUE=DATE-TIME"), ["20261120T003000Z"]);
    assert_eq!(values(&feed, "DTSTAMP"), ["20261116T010203Z"]);
    assert_eq!(values(&feed, "PRIORITY"), ["3"]);
    // Whole days end before the next one.
    let whole = Entry {
        sort: Sort::Event { start: When::Day(day("2026-12-31")), end: When::Day(day("2026-12-31")), cancelled: true },
        ..entry("x")
    };
    let feed = self::feed(vec![whole]);
    assert_eq!(
        (values(&feed, "DTSTART;VALUE=DATE"), values(&feed, "DTEND;VALUE=DATE")),
        (vec!["20261231".to_owned()], vec!["20270101".to_owned()])
    );
    assert_eq!(values(&feed, "STATUS"), ["CANCELLED"]);
    // Another zone is a fixed one.
    let feed = Feed { zone: Zone(-210), ..self::feed(vec![]) };
    assert_eq!((values(&feed, "TZID"), values(&feed, "TZOFFSETTO")), (vec!["Fixed-0330".to_owned()], vec!["-0330".to_owned()]));
}

#[test]
fn a_duty_is_a_to_do_with_alarms_on_its_reminders_and_its_day() {
    let facts = Facts { since: day("2026-01-01"), members: &[], happenings: &[] };
    let found = due(shipped(), &calendar(), day("2026-11-16"), day("2026-11-16"), &facts);
    let audit = found.iter().find(|o| o.duty == "weekly_log_audit").unwrap();
    let duty = shipped().get("weekly_log_audit").unwrap();
    let changed: Instant = "2026-11-16T00:00:00Z".parse().unwrap();
    let open = feed(vec![Entry::todo(audit, duty, "SJ-2026-047", changed, None, Zone(480), Lang::En)]);
    assert_eq!(values(&open, "DUE;VALUE=DATE"), ["20261120"]);
    assert_eq!(values(&open, "DTSTART;VALUE=DATE"), ["20261116"]);
    assert_eq!(values(&open, "SUMMARY"), ["Weekly audit of the access log (SJ-2026-047)"]);
    assert_eq!(values(&open, "TRIGGER;VALUE=DATE-TIME"), ["20261119T010000Z", "20261120T010000Z"]);
    assert_eq!(values(&open, "STATUS"), ["NEEDS-ACTION"]);
    let done = feed(vec![Entry::todo(audit, duty, "", changed, Some(changed), Zone(480), Lang::Zh)]);
    assert_eq!((values(&done, "STATUS"), values(&done, "COMPLETED")), (vec!["COMPLETED".to_owned()], vec!["20261116T000000Z".to_owned()]));
    assert!(values(&done, "TRIGGER;VALUE=DATE-TIME").is_empty());
    assert_eq!(values(&open, "UID"), values(&done, "UID"));
    // Work of one day has no beginning: DUE must lie after DTSTART.
    let day_only = due(&one("rhythm: {weekly: monday}"), &calendar(), day("2026-11-16"), day("2026-11-16"), &facts);
    let todo = feed(vec![Entry::todo(&day_only[0], duty, "", changed, None, Zone(480), Lang::Zh)]);
    assert!(values(&todo, "DTSTART;VALUE=DATE").is_empty());
}

proptest! {
    #[test]
    fn any_text_comes_through_folding_and_escaping(summary in "\\PC{0,120}", key in "[ -~]{1,80}", wide in "[保密日程🗓a]{0,90}") {
        let feed = feed(vec![Entry { key: key.clone(), description: wide.clone(), ..entry(&summary) }]);
        let text = feed.write();
        prop_assert_eq!(plain(&values(&feed, "SUMMARY")[0]), summary);
        prop_assert_eq!(plain(&values(&feed, "UID")[0]), format!("{key}@jingui.example"));
        if !wide.is_empty() {
            prop_assert!(values(&feed, "DESCRIPTION").contains(&wide));
        }
        prop_assert_eq!(text.matches("BEGIN:").count(), text.matches("END:").count());
    }

    /// A text never adds a line of its own.
    #[test]
    fn nothing_in_a_text_becomes_a_property(summary in "(\r\n|\n|\r|\u{0}|\u{85}|END:VEVENT|ATTACH:x|.){0,40}") {
        let (with, without) = (feed(vec![entry(&summary)]).write(), feed(vec![entry("")]).write());
        let names = |text: &str| lines(text).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        prop_assert_eq!(names(&with), names(&without));
    }
}

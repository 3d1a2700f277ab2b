//! Quiet hours, days of rest and digests: no message is lost, none is sent twice.

use std::collections::BTreeSet;

use jingui_calendar::{
    Absence, Severity,
    send::{Message, Settings, moment, plan, ripe},
};
use jingui_model::{Instant, Zone};
use proptest::prelude::*;

use crate::support::{calendar, day, id};

/// A minute of China's time.
fn at(text: &str) -> Instant {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().unwrap()
}

fn message(key: &str, severity: Severity, when: &str) -> Message {
    Message { key: key.to_owned(), severity, at: at(when) }
}

fn sent(severity: Severity, when: &str) -> String {
    let (instant, digest) = moment(&message("m", severity, when), &Settings::default(), &calendar(), &[]);
    format!("{}{}", Zone(480).wall(instant), if digest { " digest" } else { "" })
}

#[test]
fn each_severity_has_its_moment() {
    use Severity::{High, Low, Normal, Urgent};
    // In the night before a Friday: urgent at once, high when the quiet hours end, the rest with the digest.
    assert_eq!(sent(Urgent, "2026-11-20 02:10"), "2026-11-20 02:10");
    assert_eq!(sent(High, "2026-11-20 02:10"), "2026-11-20 08:00");
    assert_eq!(sent(Normal, "2026-11-20 02:10"), "2026-11-20 08:30 digest");
    assert_eq!(sent(High, "2026-11-20 14:00"), "2026-11-20 14:00");
    assert_eq!(sent(Low, "2026-11-20 08:30"), "2026-11-20 08:30 digest");
    // On a Friday evening and on the weekend: on Monday.
    for when in ["2026-11-20 20:00", "2026-11-21 09:00", "2026-11-22 23:59"] {
        assert_eq!(sent(High, when), "2026-11-23 08:00", "{when}");
    }
    // The digest of a day of rest is that of the next working day.
    assert_eq!(sent(Normal, "2026-11-20 10:00"), "2026-11-23 08:30 digest");
    // A make-up Saturday is a day like any other.
    assert_eq!(sent(High, "2026-02-28 10:00"), "2026-02-28 10:00");
    assert_eq!(sent(High, "2026-10-01 10:00"), "2026-10-08 08:00");
}

#[test]
fn whoever_is_away_hears_of_it_on_coming_back() {
    let absences = [Absence { person: id(1), first: day("2026-11-16"), last: day("2026-11-24") }];
    let of = |severity| Zone(480).wall(moment(&message("m", severity, "2026-11-17 10:00"), &Settings::default(), &calendar(), &absences).0);
    assert_eq!((of(Severity::High), of(Severity::Urgent)), ("2026-11-25 08:00".to_owned(), "2026-11-17 10:00".to_owned()));
}

#[test]
fn what_goes_out_together_is_in_order_of_weight() {
    let list = [
        message("late", Severity::Normal, "2026-11-20 08:00"),
        message("low", Severity::Low, "2026-11-19 18:00"),
        message("early", Severity::Normal, "2026-11-19 17:00"),
        message("alarm", Severity::Urgent, "2026-11-19 23:00"),
        message("low", Severity::Low, "2026-11-19 18:00"),
    ];
    let plan = plan(&list, &Settings::default(), &calendar(), &[]);
    let shown: Vec<_> = plan.iter().map(|s| (Zone(480).wall(s.at), s.digest, s.messages.join(" "))).collect();
    assert_eq!(
        shown,
        [("2026-11-19 23:00".to_owned(), false, "alarm".to_owned()), ("2026-11-20 08:30".to_owned(), true, "early late low".to_owned())]
    );
}

#[test]
fn without_a_digest_and_without_quiet_hours_everything_goes_at_once() {
    let open = Settings { quiet: None, rest_days: false, digest: None, ..Settings::default() };
    let m = message("m", Severity::Low, "2026-10-01 03:00");
    assert_eq!(moment(&m, &open, &calendar(), &[]), (m.at, false));
    let equal = Settings { quiet: Some((480, 480)), ..open };
    assert_eq!(moment(&m, &equal, &calendar(), &[]).0, m.at);
}

fn settings() -> impl Strategy<Value = Settings> {
    let minute = || 0_u16..1440;
    let severity = || prop::sample::select(vec![Severity::Low, Severity::Normal, Severity::High, Severity::Urgent]);
    (prop::option::of((minute(), minute())), prop::bool::ANY, prop::option::of(minute()), severity(), severity(), -720_i16..840).prop_map(
        |(quiet, rest_days, digest, at_once_from, break_through_from, zone)| Settings {
            zone: Zone(zone),
            quiet,
            rest_days,
            digest,
            at_once_from,
            break_through_from,
        },
    )
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    let severity = prop::sample::select(vec![Severity::Low, Severity::Normal, Severity::High, Severity::Urgent]);
    prop::collection::vec((severity, 0_i64..60 * 24 * 60), 0..30).prop_map(|list| {
        let start = at("2026-01-20 00:00");
        let message = |(i, (severity, minute)): (usize, (Severity, i64))| Message {
            key: format!("m{i}"),
            severity,
            at: start.plus_seconds(minute * 60),
        };
        list.into_iter().enumerate().map(message).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_message_is_planned_once_not_before_it_arose_and_not_at_a_quiet_time(messages in messages(), settings in settings()) {
        let calendar = calendar();
        let plan = plan(&messages, &settings, &calendar, &[]);
        let mut keys: Vec<&String> = plan.iter().flat_map(|s| &s.messages).collect();
        prop_assert_eq!(keys.len(), messages.len());
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), messages.len());
        for sending in &plan {
            for m in messages.iter().filter(|m| sending.messages.contains(&m.key)) {
                prop_assert!(sending.at >= m.at);
                if m.severity >= settings.break_through_from {
                    prop_assert_eq!(sending.at, m.at);
                    continue;
                }
                let d = sending.at.day(settings.zone);
                prop_assert!(!settings.rest_days || calendar.is_working(d));
                let minute = (sending.at.micros() - d.start(settings.zone).micros()) / 60_000_000;
                if let Some((from, to)) = settings.quiet.map(|(a, b)| (i64::from(a), i64::from(b))) {
                    let quiet = if from <= to { from <= minute && minute < to } else { minute >= from || minute < to };
                    prop_assert!(!quiet, "{from} {to} {minute}");
                }
            }
        }
    }

    /// A sender that wakes at any moments, and forgets nothing that it has sent, sends each message once, in its time.
    #[test]
    fn a_sender_that_sleeps_at_times_loses_nothing_and_repeats_nothing(messages in messages(), settings in settings(), wakes in prop::collection::vec(0_i64..200 * 24 * 60, 1..40)) {
        let calendar = calendar();
        let mut wakes = wakes;
        wakes.sort_unstable();
        wakes.push(400 * 24 * 60);
        let mut sent = BTreeSet::new();
        for wake in wakes {
            let now = at("2026-01-20 00:00").plus_seconds(wake * 60);
            let waiting: Vec<Message> = messages.iter().filter(|m| m.at <= now && !sent.contains(&m.key)).cloned().collect();
            for sending in ripe(&waiting, now, &settings, &calendar, &[]) {
                prop_assert!(sending.at <= now);
                for key in sending.messages {
                    prop_assert!(sent.insert(key));
                }
            }
        }
        prop_assert_eq!(sent.len(), messages.len());
    }
}

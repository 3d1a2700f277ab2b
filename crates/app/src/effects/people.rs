//! What follows for people: access withdrawn from whoever left (B 5.1.3), notices to those concerned (B 4.3.1).

use std::collections::BTreeSet;

use jingui_kinds::{act::Facts as _, people::ids};
use jingui_model::{Data, Day, Id, Lang, Problem};
use serde_json::json;

use super::{Doing, differing};
use crate::{assessment, messages::Messages, pipeline::Command, world::World};

/// Accounts of a person who left are disabled, their sessions ended, their tokens revoked, their passkeys removed.
///
/// Policies deny a person who left from the very moment of leaving; this ends what is still open.
pub(super) async fn withdraw_access(doing: &Doing<'_>) -> Result<(), Problem> {
    let person = doing.record.id;
    let (mut accounts, mut commands) = (BTreeSet::new(), vec![]);
    {
        let world = doing.live.world.read();
        if doing.record.state == "active" {
            // Came back before this ran.
            return Ok(());
        }
        let table = world.table("account")?;
        accounts.extend(world.pointing("account", "person", person).iter().filter_map(|r| table.row(r)).map(|r| r.id));
        for (kind, state, action) in [("account", "enabled", "disable"), ("api_token", "active", "revoke"), ("passkey", "active", "remove")]
        {
            for record in world.pointing_in(kind, "person", person, &[state])? {
                commands.push(doing.on(record.id, kind, record.id, action, Data::new()));
            }
        }
    }
    doing.all(commands).await?;
    for account in accounts {
        doing.live.store.delete_sessions_of(account).await?;
    }
    Ok(())
}

/// Acts that are a reading, and those that take something away.
const READINGS: &[&str] = &["read", "certified", "view_file"];
const TAKEN: &[&str] = &["open_file", "print_file", "export"];
/// The kind of a request for copies.
const COPY: &str = "carrier_copy";
/// Events that are read at once.
const STRIDE: u32 = 1_000;

/// An exit audit gets its figures from the ledger (B 5.1.3): what the person read, opened and took out, and asked to copy, in the period.
/// Events hold who did what in the clear of the database; what was read stays sealed.
pub(super) async fn fill_exit_audit(doing: &Doing<'_>) -> Result<(), Problem> {
    let day = |name: &str| doing.record.data.get(name).and_then(serde_json::Value::as_str).and_then(|d| d.parse::<Day>().ok());
    let person = ids(doing.record.data.get("person")).first().copied();
    let (Some(from), Some(to), Some(person)) = (day("from"), day("to"), person) else { return Ok(()) };
    let zone = doing.live.world.read().zone();
    let (from, to) = (from.start(zone), to.plus_days(1).start(zone));
    let store = &doing.live.store;
    let (mut low, mut high) = (0, store.head().await?.next);
    while low < high {
        let middle = low + (high - low) / 2;
        match store.events_from(middle, 1).await?.first() {
            Some(event) if event.at < from => low = middle + 1,
            _ => high = middle,
        }
    }
    let (mut readings, mut downloads, mut copies) = (0_u64, 0_u64, 0_u64);
    // Clocks of several nodes differ a little.
    let mut at = low.saturating_sub(64);
    'pages: loop {
        let events = store.events_from(at, STRIDE).await?;
        let Some(last) = events.last() else { break };
        at = last.index + 1;
        for event in &events {
            if event.at >= to.plus_seconds(60) {
                break 'pages;
            }
            if event.actor != person || event.at < from || event.at >= to {
                continue;
            }
            readings += u64::from(READINGS.contains(&event.act.as_str()));
            downloads += u64::from(TAKEN.contains(&event.act.as_str()));
            copies += u64::from(event.kind == COPY && event.act == "create");
        }
    }
    let data = [("readings", readings), ("downloads", downloads), ("copies", copies)];
    let data = differing(&doing.record, data.into_iter().map(|(n, v)| (n.to_owned(), json!(v))).collect());
    let open = doing.record.state == "open" && !data.is_empty();
    let command = open.then(|| doing.on("figures", &doing.record.kind, doing.record.id, "edit", data));
    doing.all(command.into_iter().collect()).await
}

/// Everyone on the need-to-know list of the record gets one notice, and so does, in other words, whoever the act took off
/// it (B 2.4, 4.1.2); both name the record by number, never by what it says.
pub(super) async fn notify_circle(doing: &Doing<'_>) -> Result<(), Problem> {
    let commands = {
        let world = doing.live.world.read();
        let now: Vec<Id> = assessment::knowing(&world, &doing.record)?.into_iter().map(|k| k.id).collect();
        let gone: Vec<Id> = assessment::meant(&world, &doing.job.left).into_iter().filter(|p| !now.contains(p)).collect();
        let words = words(&doing.record.kind);
        [notice(doing, &world, "notice", words, &now), notice(doing, &world, "left", LEFT, &gone)].into_iter().flatten().collect()
    };
    doing.all(commands).await
}

/// One notice to some people; nothing when there are none of them, or when it was sent.
fn notice(doing: &Doing<'_>, world: &World, what: &str, words: (&str, &str), to: &[Id]) -> Option<Command> {
    let record = &doing.record;
    let (heading, text) = wording(&doing.live.messages, words, record.number.as_deref().unwrap_or_default());
    let mut data = Data::from([
        ("heading".to_owned(), json!(heading)),
        ("text".to_owned(), json!(text)),
        ("to".to_owned(), json!(to)),
        ("about_kind".to_owned(), json!(record.kind)),
        ("about_id".to_owned(), json!(record.id.to_string())),
    ]);
    if let [only] = to {
        data.insert("single".to_owned(), json!(only));
    }
    // Once for each act: the effect's job makes the identifier, and what stands there already is not made again.
    let command = doing.create(what, "notice", data);
    let done = command.new_id.is_some_and(|id| world.row(id).is_some());
    (!to.is_empty() && !done).then_some(command)
}

/// The codes of a notice's heading and text, by the kind it is about.
const WORDS: &[(&str, &str, &str)] = &[
    ("secret", "notice.secret.heading", "notice.secret.text"),
    ("grade_change", "notice.grade_change.heading", "notice.grade_change.text"),
    ("term_extension", "notice.term_extension.heading", "notice.term_extension.text"),
    ("declassification", "notice.declassification.heading", "notice.declassification.text"),
];
const OTHER: (&str, &str) = ("notice.other.heading", "notice.other.text");
/// To those who were taken off a list.
const LEFT: (&str, &str) = ("notice.left.heading", "notice.left.text");

fn words(kind: &str) -> (&'static str, &'static str) {
    WORDS.iter().find(|(k, ..)| *k == kind).map_or(OTHER, |(_, heading, text)| (heading, text))
}

/// Heading and text of a notice in both languages: whoever reads it may have chosen either.
fn wording(messages: &Messages, (heading, text): (&str, &str), number: &str) -> (String, String) {
    let args = [("number".into(), number.to_owned())];
    let both = |code: &str, between: &str| [Lang::Zh, Lang::En].map(|lang| messages.fill(code, &args, lang)).join(between);
    (both(heading, " / "), both(text, "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_speaks_both_languages_and_names_the_number_only() {
        let messages = crate::catalog::messages().unwrap();
        for said in WORDS.iter().map(|(kind, ..)| words(kind)).chain([OTHER, LEFT]) {
            let (heading, text) = wording(&messages, said, "BG-2026-001");
            assert!(heading.contains("BG-2026-001") && heading.contains(" / "), "{heading}");
            assert!(heading.chars().count() <= 120 && text.lines().count() == 2, "{text}");
            assert!(!heading.contains('{') && !text.contains("notice."), "{heading}");
        }
    }
}

//! What follows for people: access withdrawn from whoever left (B 5.1.3), notices to those concerned (B 4.3.1).

use std::collections::BTreeSet;

use jingui_model::{Data, Id, Lang, Problem};
use serde_json::json;

use super::{Doing, pointing};
use crate::{assessment, messages::Messages};

/// Accounts of a person who left are disabled, their sessions ended, their tokens revoked.
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
        for (kind, state, action) in [("account", "enabled", "disable"), ("api_token", "active", "revoke")] {
            for record in pointing(&world, kind, "person", person, state)? {
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

/// Everyone on the need-to-know list of the record gets one notice; it names the record by number, never by what it says.
pub(super) async fn notify_circle(doing: &Doing<'_>) -> Result<(), Problem> {
    let command = {
        let world = doing.live.world.read();
        let record = &doing.record;
        let to: Vec<Id> = assessment::knowing(&world, record)?.into_iter().map(|k| k.id).collect();
        let number = record.number.clone().unwrap_or_default();
        let (heading, text) = wording(&doing.live.messages, &record.kind, &number);
        let mut data = Data::from([
            ("heading".to_owned(), json!(heading)),
            ("text".to_owned(), json!(text)),
            ("to".to_owned(), json!(to)),
            ("about_kind".to_owned(), json!(record.kind)),
            ("about_id".to_owned(), json!(record.id.to_string())),
        ]);
        if let [only] = to.as_slice() {
            data.insert("single".to_owned(), json!(only));
        }
        // Once for each act: the effect's job makes the identifier, and what stands there already is not made again.
        let command = doing.create("notice", "notice", data);
        let done = command.new_id.is_some_and(|id| world.row(id).is_some());
        (!to.is_empty() && !done).then_some(command)
    };
    doing.all(command.into_iter().collect()).await
}

/// The codes of a notice's heading and text, by the kind it is about; the last for any other.
const WORDS: &[(&str, &str, &str)] = &[
    ("secret", "notice.secret.heading", "notice.secret.text"),
    ("grade_change", "notice.grade_change.heading", "notice.grade_change.text"),
    ("term_extension", "notice.term_extension.heading", "notice.term_extension.text"),
    ("declassification", "notice.declassification.heading", "notice.declassification.text"),
];
const OTHER: (&str, &str, &str) = ("", "notice.other.heading", "notice.other.text");

/// Heading and text of a notice in both languages: whoever reads it may have chosen either.
fn wording(messages: &Messages, kind: &str, number: &str) -> (String, String) {
    let (_, heading, text) = WORDS.iter().find(|(k, ..)| *k == kind).unwrap_or(&OTHER);
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
        for (kind, ..) in WORDS.iter().chain([&OTHER]) {
            let (heading, text) = wording(&messages, kind, "BG-2026-001");
            assert!(heading.contains("BG-2026-001") && heading.contains(" / "), "{kind}: {heading}");
            assert!(heading.chars().count() <= 120 && text.lines().count() == 2, "{kind}: {text}");
            assert!(!heading.contains('{') && !text.contains("notice."), "{kind}");
        }
    }
}

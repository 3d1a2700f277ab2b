//! The words of a message, from `catalog/messages/notify.yaml`: number, what is asked, until when, and where.

use jingui_model::{Id, Lang};
use jingui_notify::{Letter, Line};
use std::borrow::Cow;

use super::items::{Item, Stage};
use crate::{attest::text, live::Live, settings, world::World};

/// Most lines of a message; the rest is counted.
const LINES: usize = 100;

fn say(live: &Live, code: &str, args: &[(&'static str, &str)], lang: Lang) -> String {
    let args: Vec<(Cow<'static, str>, String)> = args.iter().map(|(n, v)| (Cow::Borrowed(*n), (*v).to_owned())).collect();
    live.messages.fill(code, &args, lang)
}

/// The address under which people open the system, without a slash at its end.
fn place(world: &World) -> Option<String> {
    let record = settings::record(world).ok()?;
    let address = text(&record, "address").trim().trim_end_matches('/').to_owned();
    jingui_notify::letter::link(&address).map(str::to_owned)
}

/// A letter about these items, the most pressing first.
pub(crate) fn letter(live: &Live, world: &World, id: Id, items: &[&Item], to: String, person: String, lang: Lang) -> Letter {
    let place = place(world);
    let line = |item: &&Item| {
        let due = item.due.map(|d| d.to_string()).unwrap_or_default();
        let code = match (item.stage, &item.due) {
            (Stage::Late, _) => "notice.line_late",
            (_, Some(_)) => "notice.line_due",
            (_, None) => "notice.line",
        };
        Line {
            text: say(live, code, &[("number", item.name.get(lang)), ("label", item.label.get(lang)), ("due", &due)], lang),
            link: place.as_ref().map(|p| format!("{p}/r/{}/{}", item.kind, item.record)),
        }
    };
    let mut lines: Vec<Line> = items.iter().take(LINES).map(line).collect();
    if items.len() > LINES {
        let left = (items.len() - LINES).to_string();
        lines.push(Line { text: say(live, "notice.more", &[("count", &left)], lang), link: place.clone() });
    }
    let subject = match items {
        [_] => say(live, "notice.subject_one", &[], lang),
        _ => say(live, "notice.subject", &[("count", &items.len().to_string())], lang),
    };
    finish(live, id, subject, lines, to, person, lang)
}

/// A letter that only shows that the channel works.
pub(crate) fn test(live: &Live, world: &World, to: String, person: &str, lang: Lang) -> Letter {
    let line = Line { text: say(live, "notice.test_line", &[], lang), link: place(world) };
    let id = Id::new(&*live.clock, &*live.rng);
    finish(live, id, say(live, "notice.test_subject", &[], lang), vec![line], to, person.to_owned(), lang)
}

fn finish(live: &Live, id: Id, subject: String, lines: Vec<Line>, to: String, person: String, lang: Lang) -> Letter {
    // `{count}` stays for whoever cuts the letter to what fits.
    let more = live.messages.fill("notice.more", &[], lang);
    Letter { id: id.to_string(), subject, lines, more, footer: say(live, "notice.footer", &[], lang), to, person }
}

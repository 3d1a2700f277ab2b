//! In whose language, zone and words a paper speaks; moments as a court can read them.

use std::{borrow::Cow, fmt::Display};

use jingui_evidence::dossier::Standing;
use jingui_model::{Instant, Lang, Text, Zone};

use super::labels::Labels;
use crate::messages::Messages;

/// How a paper speaks.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// Sentences.
    pub messages: &'a Messages,
    /// Words of the registers.
    pub labels: &'a dyn Labels,
    /// In which language.
    pub lang: Lang,
    /// In whose time.
    pub zone: Zone,
}

impl Voice<'_> {
    /// A sentence.
    pub(super) fn say(&self, code: &str, args: &[(&'static str, &dyn Display)]) -> String {
        let args: Vec<_> = args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.to_string())).collect();
        self.messages.fill(code, &args, self.lang)
    }

    /// A text without gaps.
    pub(super) fn word(&self, code: &str) -> String {
        self.say(code, &[])
    }

    /// One of both languages.
    pub(super) fn text(&self, text: &Text) -> String {
        text.get(self.lang).to_owned()
    }

    /// A text if there is one for this code, else what it is the code of.
    fn known(&self, begin: &str, name: &str) -> Option<String> {
        Some(self.text(self.messages.text(&[begin, name].concat())?))
    }

    /// A kind of record.
    pub(super) fn kind(&self, kind: &str) -> String {
        self.labels.kind(kind).map(|label| self.text(&label)).or_else(|| self.known("paper.kind.", kind)).unwrap_or_else(|| kind.to_owned())
    }

    /// What was done.
    pub(super) fn act(&self, kind: &str, act: &str) -> String {
        let own = self.labels.act(kind, act).map(|label| self.text(&label));
        own.or_else(|| self.known("verb.", act)).unwrap_or_else(|| act.to_owned())
    }

    /// A field of an entry: `data.points[2]` is the third of the field `points`, the others are circumstances.
    pub(super) fn field(&self, kind: &str, name: &str) -> String {
        let Some(own) = name.strip_prefix("data.") else {
            return self.known("paper.field.", name).unwrap_or_else(|| name.to_owned());
        };
        let (own, place) = place(own);
        let label = self.labels.field(kind, own).map_or_else(|| own.to_owned(), |label| self.text(&label));
        place.map_or(label.clone(), |n| self.say("paper.nth", &[("label", &label), ("n", &n.saturating_add(1))]))
    }

    /// A word that the system itself writes into its notes.
    pub(super) fn value(&self, text: &str) -> String {
        self.known("paper.value.", text).unwrap_or_else(|| text.to_owned())
    }

    /// What somebody else made: a word of the register of outside evidence, or of the format of packages.
    pub(super) fn outside(&self, kind: &str) -> String {
        let own = self.labels.option("outside_evidence", "type", kind).map(|label| self.text(&label));
        own.or_else(|| self.known("paper.outside.", kind)).unwrap_or_else(|| kind.to_owned())
    }

    /// A grade.
    pub(super) fn grade(&self, code: &str) -> String {
        self.labels.grade(code).map_or_else(|| code.to_owned(), |(_, label)| self.text(&label))
    }

    /// On whose word something rests.
    pub(super) fn standing(&self, standing: Standing) -> String {
        self.word(match standing {
            Standing::Trusted => "paper.standing.trusted",
            Standing::Claimed => "paper.standing.claimed",
            Standing::Unknown => "paper.standing.unknown",
        })
    }

    /// Date and time to the second.
    pub(super) fn moment(&self, at: Instant) -> String {
        format!("{}:{:02}", self.zone.wall(at), at.micros().div_euclid(1_000_000).rem_euclid(60))
    }

    /// The same with every digit that is not nought: what an authority stated.
    pub(super) fn exactly(&self, at: Instant) -> String {
        let micros = at.micros().rem_euclid(1_000_000);
        if micros == 0 { self.moment(at) } else { format!("{}.{}", self.moment(at), format!("{micros:06}").trim_end_matches('0')) }
    }

    /// A limit to the second: rounded up, so that “no later than” stays true.
    pub(super) fn limit(&self, at: Instant) -> String {
        self.moment(if at.micros().rem_euclid(1_000_000) == 0 { at } else { at.plus_seconds(1) })
    }

    /// The zone of all these.
    pub(super) fn offset(&self) -> String {
        let minutes = self.zone.0.unsigned_abs();
        format!("UTC{}{:02}:{:02}", if self.zone.0 < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    }

    /// How long something lasted, in the largest unit that tells it.
    pub(super) fn span(&self, from: Instant, to: Instant) -> String {
        let seconds = to.micros().saturating_sub(from.micros()).div_euclid(1_000_000);
        let (code, unit) = match seconds {
            ..120 => ("paper.span.seconds", 1),
            120..7_200 => ("paper.span.minutes", 60),
            7_200..172_800 => ("paper.span.hours", 3_600),
            _ => ("paper.span.days", 86_400),
        };
        self.say(code, &[("n", &(seconds / unit))])
    }

    /// Several things in one line.
    pub(super) fn list(&self, items: &[String]) -> String {
        items.join(&self.word("paper.comma"))
    }

    /// Ascending numbers, runs drawn together: `3, 5–8`.
    pub(super) fn numbers(&self, numbers: &[u64]) -> String {
        let runs = numbers.chunk_by(|a, b| a.checked_add(1) == Some(*b));
        let text = runs.filter_map(|run| match run {
            [] => None,
            [one] => Some(one.to_string()),
            [a, b] => Some(self.list(&[a.to_string(), b.to_string()])),
            [first, .., last] => Some(format!("{first}–{last}")),
        });
        self.list(&text.collect::<Vec<_>>())
    }
}

/// A field and the place in it: `points[2]`.
pub fn place(name: &str) -> (&str, Option<usize>) {
    let found = name.strip_suffix(']').and_then(|rest| rest.split_once('['));
    found.and_then(|(own, n)| Some((own, n.parse().ok()?))).map_or((name, None), |(own, n)| (own, Some(n)))
}

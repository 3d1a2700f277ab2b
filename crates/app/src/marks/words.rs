//! What a mark says: from the record, as papers say it, in the catalogue's words (H 9.2.1: number, grade, term, unit).

use std::borrow::Cow;

use jingui_kinds::{
    Facts as _,
    record::{FileVersion, Record},
};
use jingui_mark::Mark;
use jingui_model::{Lang, Problem};

use crate::{
    document::{Pieces, mark_of},
    live::Live,
    world::{World, caller::Caller},
};

/// The state of a secret that is none any more (B 4.3.2).
const DECLASSIFIED: &str = "declassified";

/// A mark, and whether it says that there is nothing to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct Wording {
    pub mark: Mark,
    pub lifted: bool,
}

fn say(live: &Live, lang: Lang, code: &str, args: &[(&'static str, &str)]) -> String {
    let args: Vec<_> = args.iter().map(|(name, value)| (Cow::Borrowed(*name), (*value).to_owned())).collect();
    live.messages.fill(code, &args, lang)
}

fn joined(parts: &[&str], by: &str) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(by)
}

/// The mark of a record; `None` when it is not graded.
pub fn of(world: &World, caller: &Caller, record: &Record, lang: Lang, live: &Live) -> Result<Option<Wording>, Problem> {
    let Some((Pieces { number, grade, term, unit }, company)) = mark_of(world, caller, record, lang, live)? else { return Ok(None) };
    let unit = joined(&[&company, &unit], " ");
    let lifted = record.state == DECLASSIFIED;
    let numbered = if number.is_empty() { String::new() } else { say(live, lang, "mark.words.number", &[("number", &number)]) };
    let mark = if lifted {
        let grade = say(live, lang, "mark.words.lifted", &[]);
        Mark {
            header: joined(&[&grade, &numbered], "  "),
            footer: say(live, lang, "mark.words.lifted_footer", &[("unit", &unit)]),
            // Nothing lies across what may be read by anybody.
            watermark: String::new(),
            number,
            grade,
            term: String::new(),
            unit,
        }
    } else {
        // Grade, a star, the term: as on papers.
        let line = if term.is_empty() { grade.clone() } else { format!("{grade}★{term}") };
        Mark {
            header: joined(&[&line, &numbered], "  "),
            footer: say(live, lang, "mark.words.footer", &[("unit", &unit)]),
            watermark: joined(&[&grade, &number], " "),
            number,
            grade,
            term,
            unit,
        }
    };
    Ok(Some(Wording { mark, lifted }))
}

impl Wording {
    /// Does a version bear this mark?
    pub fn stands_on(&self, version: &FileVersion) -> bool {
        version.mark.as_ref().is_some_and(|m| {
            (&m.number, &m.grade, &m.term, &m.unit, m.lifted)
                == (&self.mark.number, &self.mark.grade, &self.mark.term, &self.mark.unit, self.lifted)
        })
    }

    /// The same for one who opens the file: name and time stand at the foot, so that a copy tells where it comes from (H 9.6.3).
    pub fn for_reader(mut self, world: &World, caller: &Caller, lang: Lang, live: &Live) -> Self {
        let at = world.zone().wall(live.clock.now());
        self.mark.footer = say(live, lang, "mark.words.reader", &[("unit", &self.mark.unit), ("name", &caller.name), ("at", &at)]);
        if !self.lifted {
            self.mark.watermark = joined(&[&self.mark.watermark, &caller.name], " ");
        }
        self
    }
}

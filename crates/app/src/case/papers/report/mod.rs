//! The report that a judge reads: what is proven, by whose word, what is missing (H 10.2; 民事证据规定 93; 法释〔2020〕7号 art. 5).
//!
//! The first page answers; the parts after it give what the answer rests on. Every part is always there, and says so when it is empty, so
//! that nobody has to wonder whether a page is lost.

mod context;
mod front;
mod ledger;
mod matrix;
mod outside;
mod records;
mod stamps;

use std::collections::BTreeMap;

use jingui_docs::paper::{Block, Mark, Paper};
use jingui_evidence::dossier::{Dossier, Findings, Proven, Record};

use super::voice::Voice;

/// What the parts of the report look at.
struct View<'a> {
    dossier: &'a Dossier,
    findings: &'a Findings,
    voice: Voice<'a>,
    /// What is proven, by index.
    proven: BTreeMap<u64, &'a Proven>,
}

/// How much of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Everything that is disclosed.
    Whole,
    /// Records by name only, and no matrix: of thousands of printed pages nobody would find the first.
    Summary,
}

/// The report on a package.
///
/// The findings are those of the same dossier, packed; a report made from others would say what nobody can see.
#[must_use]
pub fn report(dossier: &Dossier, findings: &Findings, voice: Voice<'_>, length: Length) -> Paper {
    let proven = findings.proven.iter().map(|proven| (proven.index, proven)).collect();
    let view = View { dossier, findings, voice, proven };
    let word = |code| voice.word(code);
    let mut paper = Paper::new(voice.lang, word("paper.report.title"), dossier.made_at);
    paper.subtitle = voice.say("paper.report.number", &[("number", &dossier.name)]);
    paper.mark = mark(dossier, &voice);
    paper.header = [dossier.company.as_str(), word("paper.gap").as_str(), word("paper.report.title").as_str()].concat();
    paper.footer = voice.say("paper.report.footer", &[("number", &dossier.name)]);
    paper.page_label = word("paper.page");
    paper.author.clone_from(&dossier.company);
    paper.zone = voice.zone;
    paper.blocks = [
        front::cover(&view),
        front::verdict(&view),
        ledger::trees(&view),
        stamps::stamps(&view),
        stamps::witnesses(&view),
        if length == Length::Whole { records::records(&view) } else { records::listed(&view) },
        if length == Length::Whole { matrix::matrix(&view) } else { vec![] },
        context::context(&view),
        outside::outside(&view),
        outside::check(&view),
    ]
    .concat();
    paper
}

/// The mark of the strictest grade that is disclosed; a page that is copied alone must say what it is (B 5.2, H 9.1.2).
fn mark(dossier: &Dossier, voice: &Voice<'_>) -> Option<Mark> {
    let grades = dossier.records.iter().filter_map(|record| record.grade.as_deref());
    // A grade that nobody knows is taken for the strictest: a mark too much does no harm.
    let strict = |code: &&str| voice.labels.grade(code).map_or(u8::MAX, |(protection, _)| protection.rank());
    let grade = grades.max_by_key(strict)?;
    Some(Mark { grade: voice.grade(grade), ..Mark::default() })
}

impl View<'_> {
    fn heading(&self, code: &str) -> Block {
        Block::heading(1, self.voice.word(code))
    }

    /// A paragraph from the catalogue.
    fn para(&self, code: &str) -> Block {
        Block::text(self.voice.word(code))
    }

    /// What a record is called: number and name, as far as they are disclosed.
    fn title(&self, record: &Record) -> String {
        let parts: Vec<&str> = [record.number.as_deref(), record.label.as_deref()].into_iter().flatten().collect();
        if parts.is_empty() { record.id.to_string() } else { parts.join(&self.voice.word("paper.gap")) }
    }

    /// The time by which an entry existed, and by whose word.
    fn bound(&self, index: u64) -> (String, String) {
        match self.proven.get(&index).and_then(|proven| proven.time.as_ref()) {
            Some(time) => {
                let by = [("authority", &time.authority as &dyn std::fmt::Display), ("standing", &self.voice.standing(time.standing))];
                (self.voice.limit(time.no_later_than), self.voice.say("paper.by", &by))
            }
            None => (self.voice.word("paper.unbounded"), String::new()),
        }
    }
}

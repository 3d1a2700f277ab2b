//! Evidence against what a court asks for: for each secret point the kinds of evidence of H 10.2, what there is and what is missing.
//!
//! A measure counts only when it was taken before the alleged act (法释〔2020〕7号 art. 5: 在被诉侵权行为发生以前所采取的合理保密措施),
//! so one of the same day, or of no known day, does not. Which records supply what is data ([`super::Kinds`]); this is a pure function of
//! that table and the facts.

use std::collections::BTreeSet;

use jingui_model::{Day, Id, Text};
use serde::{Deserialize, Serialize};

use super::kinds::{Element, Kinds, Source};

/// A secret point, or a secret as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The secret.
    pub record: Id,
    /// The label of the point; the secret as a whole without one.
    pub point: Option<String>,
}

/// Something that is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The kind of record.
    pub kind: String,
    /// The record.
    pub id: Id,
    /// What to call it.
    pub label: String,
    /// The entry that vouches for it, when that is in the package.
    pub entry: Option<u64>,
    /// Since when.
    pub day: Option<Day>,
    /// The state of the record.
    pub state: String,
    /// The secret that it is about; every secret without one.
    pub secret: Option<Id>,
    /// The point that it is about; every point without one.
    pub point: Option<String>,
    /// Names of fields that are filled in, and `name=value` for choices.
    pub fields: BTreeSet<String>,
}

/// Points by kinds of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Matrix {
    /// The day of the alleged act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alleged_on: Option<Day>,
    /// Nothing later is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Day>,
    /// A part for each point.
    pub points: Vec<Part>,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Part {
    /// The secret.
    pub record: Id,
    /// The label of the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
    /// A row for each element.
    pub rows: Vec<Row>,
}

/// One element for one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Row {
    /// The element's code.
    pub element: String,
    /// What people call it.
    pub label: Text,
    /// Where the guide speaks of it.
    pub clause: String,
    /// Whether only what was before the act counts.
    pub before_act: bool,
    /// What there is.
    pub items: Vec<Given>,
    /// What is missing.
    pub missing: Vec<Missing>,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Given {
    /// The kind of evidence.
    pub gives: String,
    /// What people call that kind.
    pub label: Text,
    /// What the record is called.
    pub about: String,
    /// The record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Id>,
    /// The entry that vouches for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// Whether it counts.
    pub counts: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
}

/// Why a piece of evidence does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum WhyNot {
    /// It is not of a day before the alleged act.
    NotBeforeAct,
    /// Nobody knows since when it is so, and that matters here.
    NoDay,
    /// The record is not in a state in which it counts.
    State,
}

impl WhyNot {
    /// The code of its text.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotBeforeAct => "package.why_not.not_before_act",
            Self::NoDay => "package.why_not.no_day",
            Self::State => "package.why_not.state",
        }
    }
}

/// A kind of evidence of which there is none that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Missing {
    /// The kind of evidence.
    pub code: String,
    /// What to do about it.
    pub text: Text,
}

impl Matrix {
    /// Every item of every row.
    pub fn items(&self) -> impl Iterator<Item = &Given> {
        self.points.iter().flat_map(|part| &part.rows).flat_map(|row| &row.items)
    }
}

/// The matrix for these points, as of a day, for an act that is alleged for a day.
#[must_use]
pub fn matrix(kinds: &Kinds, subjects: &[Subject], facts: &[Fact], alleged_on: Option<Day>, as_of: Option<Day>) -> Matrix {
    let known: Vec<&Fact> = facts.iter().filter(|fact| as_of.is_none_or(|limit| fact.day.is_none_or(|day| day <= limit))).collect();
    let part = |subject: &Subject| {
        let own: Vec<&Fact> = known.iter().copied().filter(|fact| fact.is_about(subject)).collect();
        let rows = kinds.elements.iter().map(|element| row(kinds, element, &own, alleged_on));
        let shown = rows.zip(&kinds.elements).filter(|(row, element)| element.always || !row.items.is_empty()).map(|(row, _)| row);
        Part { record: subject.record, point: subject.point.clone(), rows: shown.collect() }
    };
    Matrix { alleged_on, as_of, points: subjects.iter().map(part).collect() }
}

fn row(kinds: &Kinds, element: &Element, facts: &[&Fact], alleged_on: Option<Day>) -> Row {
    let mut items: Vec<Given> = Vec::new();
    let mut missing = Vec::new();
    for evidence in &element.evidence {
        let sources: Vec<&Source> = kinds.sources.iter().filter(|source| source.gives.contains(&evidence.code)).collect();
        let before = items.len();
        for fact in facts {
            let fitting: Vec<&&Source> = sources.iter().filter(|source| fact.fits(source)).collect();
            if fitting.is_empty() {
                continue;
            }
            let in_state = fitting.iter().any(|source| source.states.is_empty() || source.states.contains(&fact.state));
            let why_not = if in_state { too_late(element.before_act, fact.day, alleged_on) } else { Some(WhyNot::State) };
            items.push(Given {
                gives: evidence.code.clone(),
                label: Text::from(&evidence.label),
                about: fact.label.clone(),
                record: Some(fact.id),
                entry: fact.entry,
                day: fact.day,
                counts: why_not.is_none(),
                why_not,
            });
        }
        if let Some(advice) = &evidence.missing
            && !items.iter().skip(before).any(|item| item.counts)
        {
            missing.push(Missing { code: evidence.code.clone(), text: Text::from(advice) });
        }
    }
    items.sort_by(|a, b| {
        (!a.counts, a.day.is_none(), a.day, &a.gives, &a.about, a.record).cmp(&(
            !b.counts,
            b.day.is_none(),
            b.day,
            &b.gives,
            &b.about,
            b.record,
        ))
    });
    let (label, clause) = (Text::from(&element.label), element.clause.clone());
    Row { element: element.code.clone(), label, clause, before_act: element.before_act, items, missing }
}

/// Why a day is not before the act, when it has to be.
fn too_late(before_act: bool, day: Option<Day>, alleged_on: Option<Day>) -> Option<WhyNot> {
    match (before_act, alleged_on, day) {
        (true, Some(_), None) => Some(WhyNot::NoDay),
        (true, Some(act), Some(day)) if day >= act => Some(WhyNot::NotBeforeAct),
        _ => None,
    }
}

/// Whether nothing counts that its own row says cannot.
#[must_use]
pub fn is_sound(matrix: &Matrix) -> bool {
    let sound = |row: &Row, item: &Given| {
        let late = too_late(row.before_act, item.day, matrix.alleged_on);
        item.counts == item.why_not.is_none() && (late.is_none() || !item.counts)
    };
    matrix.points.iter().flat_map(|part| &part.rows).all(|row| row.items.iter().all(|item| sound(row, item)))
}

impl Fact {
    fn is_about(&self, subject: &Subject) -> bool {
        let of_secret = self.secret.is_none_or(|secret| secret == subject.record);
        of_secret && (self.point.is_none() || self.point == subject.point)
    }

    fn fits(&self, source: &Source) -> bool {
        self.kind == source.kind && source.has.iter().all(|field| self.fields.contains(field))
    }
}

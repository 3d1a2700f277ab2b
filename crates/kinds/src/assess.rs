//! The three elements of a trade secret (H 6.2.1; B 4.1.1, 8.1.2) as far as the record shows them,
//! and a score of whether the protective measures match the grade (H 6.2.1 c, 8.1.2; B 2.3, 4.2).
//!
//! Works on records of the kind `secret` by field name. Measures stand in `catalog/measures.yaml`:
//! some are declared by people, some computed from what the system knows.

use jingui_model::{GradeScheme, Protection, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    load::Catalog,
    record::Record,
    shape::{self, Shape, may, need},
    validate::empty,
};

/// Shape of `catalog/measures.yaml`.
pub(crate) const ASSESSING: Shape = Shape::Struct(&[need("elements", Shape::List(&ELEMENT)), need("measures", Shape::List(&MEASURE))]);
const ELEMENT: Shape = Shape::Struct(&[
    need("element", Shape::Word(&["not_public", "value", "measures"])),
    need("label", Shape::Text),
    need(
        "items",
        Shape::List(&Shape::Struct(&[
            need("code", Shape::Str),
            need("label", Shape::Text),
            need("hint", Shape::Text),
            need("clause", Shape::Str),
            may("from_protection", shape::PROTECTION),
            need("check", Shape::Word(CHECKS)),
        ])),
    ),
]);
const MEASURE: Shape = Shape::Struct(&[
    need("code", Shape::Str),
    need("label", Shape::Text),
    need("hint", Shape::Text),
    need("clause", Shape::Str),
    need("from_protection", shape::PROTECTION),
    need("weight", Shape::Int),
    need("how", Shape::Word(&["declared", "computed"])),
    may("check", Shape::Word(CHECKS)),
]);

/// Names of computed checks.
pub const CHECKS: &[&str] = &[
    "points_named",
    "points_differ",
    "not_excluded",
    "not_public_basis",
    "novelty_report",
    "value_described",
    "value_figure",
    "measures_match",
    "circle_named",
    "circle_narrow",
    "accounts_ready",
    "rules_acknowledged",
    "files_sealed",
    "access_logged",
    "carriers_stated",
    "storage_stated",
    "term_set",
    "responsible_named",
    "approved",
];

/// How a measure is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum How {
    /// Ticked in the record by whoever is responsible.
    Declared,
    /// Seen by the system.
    Computed,
}

/// What `catalog/measures.yaml` says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Assessing {
    /// The three legal elements and what each rests on.
    pub elements: Vec<ElementRule>,
    /// The protective measures.
    pub measures: Vec<Measure>,
}

/// A legal element.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ElementRule {
    /// `not_public`, `value` or `measures`.
    pub element: String,
    /// What people read.
    pub label: Text,
    /// What it rests on.
    pub items: Vec<ItemRule>,
}

/// Something an element rests on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ItemRule {
    /// Stable code.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// What to do when it is missing.
    pub hint: Text,
    /// Clause that asks for it.
    pub clause: String,
    /// Asked from this protection on.
    #[serde(default)]
    pub from_protection: Protection,
    /// The computed check.
    pub check: String,
}

/// A protective measure.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Measure {
    /// Stable code; for declared ones also the option's code in the field `measures`.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// What to do when it is missing.
    pub hint: Text,
    /// Clause that asks for it.
    pub clause: String,
    /// Needed from this protection on.
    pub from_protection: Protection,
    /// Share in the score.
    pub weight: u32,
    /// How it is known.
    pub how: How,
    /// The computed check.
    #[serde(default)]
    pub check: Option<String>,
}

/// What the caller counts for the computed checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AssessFacts {
    /// Persons on the need-to-know list, by name or post.
    pub knowers: u64,
    /// Those of them without an enabled account.
    pub knowers_without_account: u64,
    /// All active persons of the enterprise.
    pub headcount: u64,
    /// Confirmations that the knowers owe for company rules in force, and those given.
    pub rules_owed: u64,
    /// Confirmations given.
    pub rules_given: u64,
    /// File versions sealed in the vault for this secret.
    pub files: u64,
    /// Novelty reports attached, here or at the candidate that it came from.
    pub novelty_reports: u64,
    /// Reads and denials of this secret are logged.
    pub access_logged: bool,
}

/// The whole picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Assessment {
    /// Share of the needed measures that are in place, by weight, 0 to 100.
    pub percent: u32,
    /// The three legal elements.
    pub elements: Vec<Element>,
    /// Every measure of the catalog.
    pub measures: Vec<MeasureState>,
}

/// One legal element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Element {
    /// `not_public`, `value` or `measures`.
    pub element: String,
    /// What people read.
    pub label: Text,
    /// All its items are met.
    pub met: bool,
    /// What it rests on.
    pub items: Vec<Item>,
}

/// Something an element rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Item {
    /// Stable code.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// Is it there?
    pub met: bool,
    /// Clause that asks for it.
    pub clause: String,
    /// What to do when it is missing.
    pub hint: Text,
}

/// A measure for this secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MeasureState {
    /// Code of the measure.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// Clause that asks for it.
    pub clause: String,
    /// Does the grade ask for it?
    pub needed: bool,
    /// Is it in place?
    pub met: bool,
    /// How it is known.
    pub how: How,
    /// What to do when it is missing.
    pub hint: Text,
}

/// From this score on the measures count as matching the grade.
pub const MATCHING_PERCENT: u32 = 80;

/// Assesses a secret.
#[must_use]
pub fn assess(catalog: &Catalog, scheme: &GradeScheme, record: &Record, facts: &AssessFacts) -> Assessment {
    let mut seen = Seen { record, facts, percent: 0 };
    let protection = record.data.get("grade").and_then(Value::as_str).map_or(Protection::General, |g| scheme.protection(g));
    let measures: Vec<_> = catalog
        .assessing
        .measures
        .iter()
        .map(|m| MeasureState {
            code: m.code.clone(),
            label: m.label.clone(),
            clause: m.clause.clone(),
            needed: protection >= m.from_protection,
            met: match m.how {
                How::Declared => seen.declares(&m.code),
                How::Computed => m.check.as_deref().is_some_and(|c| seen.check(c, protection)),
            },
            how: m.how,
            hint: m.hint.clone(),
        })
        .collect();
    let weight = |wanted: fn(&MeasureState) -> bool| -> u32 {
        measures.iter().zip(&catalog.assessing.measures).filter(|(s, _)| s.needed && wanted(s)).map(|(_, m)| m.weight).sum()
    };
    let (needed, met) = (weight(|_| true), weight(|s| s.met));
    let percent = (met * 100).checked_div(needed).unwrap_or(0);
    seen.percent = percent;
    Assessment { percent, elements: catalog.assessing.elements.iter().map(|e| element(e, &seen, protection)).collect(), measures }
}

struct Seen<'a> {
    record: &'a Record,
    facts: &'a AssessFacts,
    percent: u32,
}

impl Seen<'_> {
    fn has(&self, field: &str) -> bool {
        self.record.data.get(field).is_some_and(|v| !empty(v))
    }

    fn declares(&self, code: &str) -> bool {
        self.record.data.get("measures").and_then(Value::as_array).is_some_and(|a| a.iter().any(|v| v.as_str() == Some(code)))
    }

    fn points(&self, column: &str) -> bool {
        let rows = self.record.data.get("points").and_then(Value::as_array);
        rows.is_some_and(|rows| !rows.is_empty() && rows.iter().all(|r| r.get(column).is_some_and(|v| !empty(v))))
    }

    /// A computed check; an unknown name is never met.
    fn check(&self, name: &str, protection: Protection) -> bool {
        let f = self.facts;
        match name {
            "points_named" => self.points("name") && self.points("content"),
            "points_differ" => self.points("content") && self.points("difference"),
            "not_excluded" => self.record.data.get("exclusion").and_then(Value::as_str) == Some("none"),
            "not_public_basis" => self.has("not_public_basis"),
            "novelty_report" => f.novelty_reports > 0 || self.has("novelty_report"),
            "value_described" => self.has("value_note"),
            "value_figure" => self.has("value_amount") || self.has("development_cost") || self.has("value_score"),
            "measures_match" => self.percent >= MATCHING_PERCENT,
            "circle_named" => f.knowers > 0,
            // A core secret is known by a tenth of the staff at most, an important one by a third; five persons always pass.
            "circle_narrow" => {
                let share = match protection {
                    Protection::Core => 10,
                    Protection::Important => 3,
                    Protection::General | Protection::None => 1,
                };
                f.knowers > 0 && (f.knowers <= 5 || f.knowers.saturating_mul(share) <= f.headcount)
            }
            "accounts_ready" => f.knowers > 0 && f.knowers_without_account == 0,
            "rules_acknowledged" => f.rules_owed > 0 && f.rules_given >= f.rules_owed,
            "files_sealed" => f.files > 0,
            "access_logged" => f.access_logged,
            "carriers_stated" => self.has("carrier_forms"),
            "storage_stated" => self.has("storage"),
            "term_set" => self.has("term") && self.has("declassification_condition"),
            "responsible_named" => self.has("responsible"),
            "approved" => self.has("approver") && self.has("classified_on"),
            _ => false,
        }
    }
}

fn element(rule: &ElementRule, seen: &Seen<'_>, protection: Protection) -> Element {
    let asked = rule.items.iter().filter(|i| protection >= i.from_protection);
    let items: Vec<_> = asked
        .map(|i| Item {
            code: i.code.clone(),
            label: i.label.clone(),
            met: seen.check(&i.check, protection),
            clause: i.clause.clone(),
            hint: i.hint.clone(),
        })
        .collect();
    Element { element: rule.element.clone(), label: rule.label.clone(), met: items.iter().all(|i| i.met), items }
}

//! The grading aid: six factors (H 8.1.1 a–f), the loss against the yearly revenue (B 2.3) and the
//! rule for what the company's competitiveness hangs on (H 8.1.1, last sentence) suggest a grade, with reasons.
//!
//! The suggestion is the highest that any of the three asks for; people decide. The wording,
//! weights and thresholds stand in `catalog/grading.yaml`.

use std::collections::BTreeMap;

use jingui_model::{GradeLevel, GradeScheme, Problem, Protection, Text};
use serde::{Deserialize, Serialize};

use crate::{
    diagnose::Report,
    shape::{self, Shape, need},
};

/// Shape of `catalog/grading.yaml`.
pub(crate) const GRADING: Shape = Shape::Struct(&[
    need(
        "factors",
        Shape::List(&Shape::Struct(&[
            need("code", Shape::Str),
            need("label", Shape::Text),
            need("help", Shape::Text),
            need("clause", Shape::Str),
            need("weight", Shape::Int),
            need("levels", Shape::List(&Shape::Text)),
        ])),
    ),
    need("bands", Shape::List(&BAND)),
    need("losses", Shape::List(&BAND)),
    need(
        "crown_jewel",
        Shape::Struct(&[
            need("label", Shape::Text),
            need("help", Shape::Text),
            need("at_least", shape::PROTECTION),
            need("reason", Shape::Text),
        ]),
    ),
]);
const BAND: Shape = Shape::Struct(&[need("from_percent", Shape::Int), need("protection", shape::PROTECTION), need("reason", Shape::Text)]);

/// The questionnaire.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Grading {
    /// The six factors, each answered from 1 to 5.
    pub factors: Vec<Factor>,
    /// What a score (0 to 100) suggests, highest first.
    pub bands: Vec<Band>,
    /// What a loss in percent of the yearly revenue suggests, highest first (B 2.3).
    pub losses: Vec<Band>,
    /// What the company's competitiveness hangs on.
    pub crown_jewel: CrownJewel,
}

/// A factor.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Factor {
    /// `value`, `harm`, `effort`, `surroundings`, `liability` or `spread`.
    pub code: String,
    /// The question.
    pub label: Text,
    /// What to think of.
    pub help: Text,
    /// Clause behind it.
    pub clause: String,
    /// Share in the score.
    pub weight: u32,
    /// What 1 to 5 mean.
    pub levels: Vec<Text>,
}

/// From this percentage on, this protection.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Band {
    /// Lowest percentage that belongs to the band.
    pub from_percent: u32,
    /// What it suggests.
    pub protection: Protection,
    /// Why, with `{percent}`.
    pub reason: Text,
}

/// The rule of H 8.1.1, last sentence.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CrownJewel {
    /// The question.
    pub label: Text,
    /// What to think of.
    pub help: Text,
    /// Suggested at least.
    pub at_least: Protection,
    /// Why.
    pub reason: Text,
}

/// What a person answered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Answers {
    /// Factor codes to 1 … 5.
    pub factors: BTreeMap<String, u8>,
    /// Estimated loss if it leaks, in cents.
    #[serde(default)]
    pub loss_cents: Option<i64>,
    /// Yearly revenue, in cents.
    #[serde(default)]
    pub revenue_cents: Option<i64>,
    /// Does the company's competitiveness hang on it?
    #[serde(default)]
    pub crown_jewel: bool,
}

/// What the aid says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// Code of the grade in the enterprise's scheme; absent only for a scheme without levels.
    pub suggested: Option<String>,
    /// The protection behind it.
    pub protection: Protection,
    /// 0 to 100, from the factors.
    pub score: u32,
    /// Why, one sentence each, the decisive one first.
    pub reasons: Vec<Text>,
}

impl Grading {
    pub(crate) fn check(&self, report: &mut Report) {
        for (i, factor) in self.factors.iter().enumerate() {
            if factor.levels.len() != 5 || factor.weight == 0 {
                report.add(format!("factors[{i}].levels"), "kind.five_levels", &[("name", &factor.code)]);
            }
        }
        for (path, bands) in [("bands", &self.bands), ("losses", &self.losses)] {
            let falling = bands.windows(2).all(|w| matches!(w, [a, b] if a.from_percent > b.from_percent));
            if !falling || bands.last().is_none_or(|b| b.from_percent != 0) {
                report.add(path, "kind.bands", &[]);
            }
        }
    }

    /// Suggests a grade under a scheme.
    ///
    /// # Errors
    /// `grading.factor` for a factor missing, unknown or outside 1 … 5; `grading.amount` for amounts
    /// below zero or a revenue of zero.
    pub fn suggest(&self, scheme: &GradeScheme, answers: &Answers) -> Result<Suggestion, Problem> {
        let mut problems: Vec<_> = answers
            .factors
            .keys()
            .filter(|code| !self.factors.iter().any(|f| f.code == **code))
            .map(|code| Problem::invalid("grading.factor").arg("factor", code.chars().take(40).collect::<String>()).at("factors"))
            .collect();
        let (mut sum, mut weights) = (0, 0);
        for factor in &self.factors {
            match answers.factors.get(&factor.code) {
                Some(answer @ 1..=5) => {
                    sum += factor.weight * u32::from(answer - 1);
                    weights += factor.weight * 4;
                }
                _ => problems.push(Problem::invalid("grading.factor").arg("factor", &factor.code).at(format!("factors.{}", factor.code))),
            }
        }
        let loss = match (answers.loss_cents, answers.revenue_cents) {
            (Some(loss), Some(revenue)) if loss >= 0 && revenue > 0 => Some((i128::from(loss), i128::from(revenue))),
            (None, _) => None,
            (Some(loss), None) if loss >= 0 => None,
            _ => {
                problems.push(Problem::invalid("grading.amount").at("loss_cents"));
                None
            }
        };
        if let Some(problem) = Problem::many(problems) {
            return Err(problem);
        }
        let score = (sum * 100 + weights / 2).checked_div(weights).unwrap_or(0);
        let mut found: Vec<(Protection, Text)> = vec![];
        if let Some(band) = self.bands.iter().find(|b| score >= b.from_percent) {
            found.push((band.protection, filled(&band.reason, &score.to_string())));
        }
        if let Some((loss, revenue)) = loss
            && let Some(band) = self.losses.iter().find(|b| loss * 100 >= revenue * i128::from(b.from_percent))
        {
            let tenths = loss.saturating_mul(1000) / revenue;
            found.push((band.protection, filled(&band.reason, &format!("{}.{}", tenths / 10, tenths % 10))));
        }
        if answers.crown_jewel {
            found.push((self.crown_jewel.at_least, self.crown_jewel.reason.clone()));
        }
        found.sort_by_key(|f| std::cmp::Reverse(f.0));
        let protection = found.first().map_or(Protection::General, |f| f.0);
        let suggested = level_for(scheme, protection).map(|l| l.code.clone());
        Ok(Suggestion { suggested, protection, score, reasons: found.into_iter().map(|f| f.1).collect() })
    }
}

/// The level of a scheme for a protection: the one that has it, else the next stronger, else the strongest.
#[must_use]
pub fn level_for(scheme: &GradeScheme, protection: Protection) -> Option<&GradeLevel> {
    let exact = scheme.levels.iter().find(|l| l.protection == protection);
    let stronger = || scheme.levels.iter().filter(|l| l.protection > protection).min_by_key(|l| l.protection);
    exact.or_else(stronger).or_else(|| scheme.levels.iter().max_by_key(|l| l.protection))
}

fn filled(text: &Text, percent: &str) -> Text {
    Text::new(text.zh.replace("{percent}", percent), text.en.replace("{percent}", percent))
}

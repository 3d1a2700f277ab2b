//! A record is held against the rules that were in force on its day.

use jingui_model::{Data, Day, Text};
use serde::Serialize;
use serde_json::Value;

use crate::rules::{Law, Laws, Phrases, Rule, Sure, Weight};

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The record's kind.
    pub kind: &'a str,
    /// What it says.
    pub data: &'a Data,
    /// The day that it is.
    pub today: Day,
}

/// Knows other records: the sum of a number over those of a kind, in some states, that have a value in a field.
pub trait Others {
    /// The sum.
    fn sum(&self, kind: &str, by: &str, value: &Value, states: &[String], field: &str) -> i64;
}

/// A term that would not hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The rule's code.
    pub code: String,
    /// How much it weighs.
    pub weight: Weight,
    /// The field at fault.
    pub at: String,
    /// The law's name with its article.
    pub law: Text,
    /// How sure the law's content is.
    pub sure: Sure,
    /// What would not hold, and why.
    pub says: Text,
    /// What to write or do instead.
    pub instead: Text,
}

impl Laws {
    /// What would not hold, the gravest first.
    #[must_use]
    pub fn judge(&self, case: &Case<'_>, others: &dyn Others) -> Vec<Finding> {
        let mut found: Vec<Finding> = self
            .rules
            .iter()
            .filter(|rule| rule.kind == case.kind)
            .filter_map(|rule| Some((rule, self.laws.get(&rule.law)?)))
            .filter(|(rule, law)| in_force(law, day(rule, case)) && holds(rule, case.data, others))
            .map(|(rule, law)| Finding {
                code: rule.code.clone(),
                weight: rule.weight,
                at: rule.at.clone(),
                law: law.name.clone(),
                sure: law.sure,
                says: rule.says.clone(),
                instead: rule.instead.clone(),
            })
            .collect();
        found.sort_by_key(|f| f.weight);
        found
    }
}

fn day(rule: &Rule, case: &Case<'_>) -> Day {
    let own = rule.day.as_ref().and_then(|f| case.data.get(f)?.as_str()?.parse().ok());
    own.unwrap_or(case.today)
}

fn in_force(law: &Law, day: Day) -> bool {
    law.from <= day && law.to.is_none_or(|to| day <= to)
}

fn holds(rule: &Rule, data: &Data, others: &dyn Others) -> bool {
    let chosen = |field: &str, codes: &[String]| {
        let is = |v: &Value| v.as_str().is_some_and(|s| codes.iter().any(|c| c == s));
        data.get(field).is_some_and(|v| is(v) || v.as_array().is_some_and(|list| list.iter().any(is)))
    };
    let empty =
        |field: &String| data.get(field).is_none_or(|v| v.is_null() || v.as_str() == Some("") || v.as_array().is_some_and(Vec::is_empty));
    let percent = |p: &crate::rules::Percent| matches!((amount(data, &p.of), amount(data, &p.to)), (Some(of), Some(to)) if of.saturating_mul(100) < to.saturating_mul(p.below));
    let times = |t: &crate::rules::Times| {
        let bound = amount(data, &t.to).zip(amount(data, &t.by)).map(|(to, by)| to.saturating_mul(by / CENTS).saturating_mul(t.above));
        matches!((amount(data, &t.of), bound), (Some(of), Some(bound)) if of > bound)
    };
    let sum = |s: &crate::rules::Sum| {
        let Some(value) = data.get(&s.by) else { return false };
        let own = amount(data, &s.field).unwrap_or(0) / CENTS;
        let theirs = others.sum(&s.kind, &s.by, value, &s.states, &s.field);
        theirs > 0 && own + theirs > s.above
    };
    rule.only.iter().all(|(field, codes)| chosen(field, codes))
        && rule.text.as_ref().is_none_or(|p| says(p, data))
        && rule.no_text.as_ref().is_none_or(|p| !says(p, data))
        && rule.empty.iter().all(empty)
        && rule.not_true.iter().all(|f| data.get(f) != Some(&Value::Bool(true)))
        && rule.above.iter().all(|(f, bound)| amount(data, f).is_some_and(|n| n > bound.saturating_mul(CENTS)))
        && rule.at_least.iter().all(|(f, bound)| amount(data, f).is_some_and(|n| n >= bound.saturating_mul(CENTS)))
        && rule.percent.as_ref().is_none_or(percent)
        && rule.times.as_ref().is_none_or(times)
        && rule.sum.as_ref().is_none_or(sum)
}

/// Numbers are reckoned in hundredths, so that yuan and cents need no fractions.
const CENTS: i64 = 100;

/// A whole number, or an amount of money, in hundredths.
fn amount(data: &Data, field: &str) -> Option<i64> {
    let value = data.get(field)?;
    value.get("cents").and_then(Value::as_i64).or_else(|| value.as_i64().map(|n| n.saturating_mul(CENTS)))
}

fn says(phrases: &Phrases, data: &Data) -> bool {
    let texts = phrases.fields.iter().filter_map(|f| data.get(f)?.as_str()).map(str::to_lowercase);
    texts.into_iter().any(|text| phrases.any.iter().any(|p| text.contains(&p.to_lowercase())))
}

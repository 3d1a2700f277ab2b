//! The rules as they are written: laws with their time, and conditions that all have to hold for a finding.

use std::collections::BTreeMap;

use jingui_model::{Day, Text};
use serde::{Deserialize, Serialize};

/// Laws and rules in force.
#[derive(Debug, Clone, Default)]
pub struct Laws {
    pub(crate) laws: BTreeMap<String, Law>,
    pub(crate) rules: Vec<Rule>,
}

/// An article of law, or guidance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// For rules.
    pub code: String,
    /// Its name with the article.
    pub name: Text,
    /// In force from this day.
    pub from: Day,
    /// Until this day, with it.
    #[serde(default)]
    pub to: Option<Day>,
    /// How sure its content is.
    pub sure: Sure,
}

/// Where the content comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sure {
    /// The text was read.
    Text,
    /// From what others wrote about it.
    Secondary,
    /// From memory; to be looked up.
    Memory,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The term does not hold.
    Void,
    /// It may not hold, or not wholly.
    Weak,
    /// Something to do or to know.
    Note,
}

/// A rule: every condition that it names has to hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable.
    pub code: String,
    /// The kind of record that it looks at.
    pub kind: String,
    /// The law's code.
    pub law: String,
    /// How much it weighs.
    pub weight: Weight,
    /// The field that shows where the trouble is.
    pub at: String,
    /// The day of the matter; today when it is empty.
    #[serde(default)]
    pub day: Option<String>,
    /// What would not hold, and why.
    pub says: Text,
    /// What to write or do instead.
    pub instead: Text,
    /// The choice is one of these, or among the choices is one of these.
    #[serde(default, rename = "where")]
    pub only: BTreeMap<String, Vec<String>>,
    /// One of the phrases stands in one of the fields.
    #[serde(default)]
    pub text: Option<Phrases>,
    /// None of the phrases stands in any of the fields.
    #[serde(default)]
    pub no_text: Option<Phrases>,
    /// These fields are empty.
    #[serde(default)]
    pub empty: Vec<String>,
    /// These flags are not set.
    #[serde(default)]
    pub not_true: Vec<String>,
    /// The number, or the amount in yuan, is above this.
    #[serde(default)]
    pub above: BTreeMap<String, i64>,
    /// The number, or the amount in yuan, is at least this.
    #[serde(default)]
    pub at_least: BTreeMap<String, i64>,
    /// One amount is less than so many per cent of another.
    #[serde(default)]
    pub percent: Option<Percent>,
    /// One amount is more than so many times another times a number.
    #[serde(default)]
    pub times: Option<Times>,
    /// Together with records of another kind that say the same in a field, the number is above a bound.
    #[serde(default)]
    pub sum: Option<Sum>,
}

/// Phrases and where they are looked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    /// Fields.
    #[serde(rename = "in")]
    pub fields: Vec<String>,
    /// Phrases; letters of either case are the same.
    pub any: Vec<String>,
}

/// `of` is less than `below` per cent of `to`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Percent {
    /// An amount.
    pub of: String,
    /// Another.
    pub to: String,
    /// The bound.
    pub below: i64,
}

/// `of` is more than `above` times `to` times `by`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// An amount.
    pub of: String,
    /// Another.
    pub to: String,
    /// A number.
    pub by: String,
    /// The bound.
    pub above: i64,
}

/// `field` of this record and `field` of records of `kind` with the same `by` add up to more than `above`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// A number, here and there.
    pub field: String,
    /// The other kind.
    pub kind: String,
    /// The field that says the same.
    pub by: String,
    /// States of the others that count.
    pub states: Vec<String>,
    /// The bound.
    pub above: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    laws: Vec<Law>,
    #[serde(default)]
    rules: Vec<Rule>,
    /// Rules of the catalogue that do not hold for this enterprise, or no longer.
    #[serde(default)]
    without: Vec<String>,
}

/// Something is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// A rule, or empty.
    pub rule: String,
    /// Stable code.
    pub code: &'static str,
    /// More.
    pub detail: String,
}

impl Laws {
    /// Reads the catalogue's file and an enterprise's own after it; what comes later replaces what has the same code.
    ///
    /// # Errors
    /// Every mistake: `law.syntax`, `law.unknown_law`.
    pub fn load(files: &[(String, String)]) -> Result<Self, Vec<Mistake>> {
        let (mut laws, mut found) = (Self::default(), vec![]);
        for (name, text) in files {
            let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
            match serde_saphyr::from_str_with_options::<File>(text, options) {
                Ok(file) => laws.add(file),
                Err(error) => found.push(Mistake {
                    file: name.clone(),
                    line: error.location().map_or(1, |l| l.line().max(1)),
                    rule: String::new(),
                    code: "law.syntax",
                    detail: error.without_snippet().to_string().chars().take(200).collect(),
                }),
            }
        }
        for rule in laws.rules.iter().filter(|r| !laws.laws.contains_key(&r.law)) {
            let (file, detail) = (files.first().map(|(n, _)| n.clone()).unwrap_or_default(), rule.law.clone());
            found.push(Mistake { file, line: 1, rule: rule.code.clone(), code: "law.unknown_law", detail });
        }
        if found.is_empty() { Ok(laws) } else { Err(found) }
    }

    fn add(&mut self, file: File) {
        self.laws.extend(file.laws.into_iter().map(|l| (l.code.clone(), l)));
        for rule in file.rules {
            self.rules.retain(|r| r.code != rule.code);
            self.rules.push(rule);
        }
        self.rules.retain(|r| !file.without.contains(&r.code));
    }

    /// Kinds that some rule looks at.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|r| r.kind.as_str())
    }

    /// All rules, for checks against the kinds: kind, rule, and each field that it names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.rules.iter().flat_map(|r| {
            let named = [&r.at].into_iter().chain(&r.day).chain(r.only.keys()).chain(&r.empty).chain(&r.not_true);
            let numbers = r.above.keys().chain(r.at_least.keys());
            let texts = r.text.iter().chain(&r.no_text).flat_map(|p| &p.fields);
            let percent = r.percent.iter().flat_map(|p| [&p.of, &p.to]);
            let times = r.times.iter().flat_map(|t| [&t.of, &t.to, &t.by]);
            let sum = r.sum.iter().flat_map(|s| [&s.field, &s.by]);
            let all = named.chain(numbers).chain(texts).chain(percent).chain(times).chain(sum);
            all.map(move |field| (r.kind.as_str(), r.code.as_str(), field.as_str()))
        })
    }
}

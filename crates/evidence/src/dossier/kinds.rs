//! Which records are evidence of what: the table `catalog/evidence/kinds.yaml` and its check (H 10.2.1 to 10.2.9).

use std::collections::BTreeSet;

use jingui_model::{Problem, Text};
use serde::Deserialize;

/// The table that comes with the product.
const TABLE: &str = include_str!("../../../../catalog/evidence/kinds.yaml");

/// The table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    /// What a court asks for, in the order in which it is shown.
    pub elements: Vec<Element>,
    /// Acts of notes about the system itself that come into a package.
    #[serde(default)]
    pub context: BTreeSet<String>,
    /// What of which records comes into a package.
    pub frames: Vec<Frame>,
    /// Which records supply what.
    pub sources: Vec<Source>,
}

/// What of the records of a kind comes into a package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// The kind of record.
    pub kind: String,
    /// Which records.
    pub reach: Reach,
    /// In which states they come in; in any when empty.
    #[serde(default)]
    pub states: Vec<String>,
    /// Whether files come along with their record, unasked.
    #[serde(default)]
    pub whole_files: bool,
    /// The field with a day that somebody outside gave.
    pub day: Option<String>,
    /// Fields that are opened besides those that sources ask for.
    pub fields: Vec<String>,
}

/// Which records of a kind belong to a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The chosen ones.
    Itself,
    /// Those that point at it, or at which one of those points.
    Linked,
    /// Those of its department.
    Department,
    /// All.
    All,
}

/// One of the legal elements, or of the kinds of evidence of H 10.2.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Its stable name.
    pub code: String,
    /// What people call it.
    pub label: Pair,
    /// Where the guide speaks of it.
    pub clause: String,
    /// Whether it is shown for every point, or only when there is something.
    pub always: bool,
    /// Whether only what was before the alleged act counts (法释〔2020〕7号 art. 5).
    #[serde(default)]
    pub before_act: bool,
    /// The kinds of evidence for it.
    pub evidence: Vec<Evidence>,
}

/// A kind of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Its stable name.
    pub code: String,
    /// What people call it.
    pub label: Pair,
    /// What to do when there is none; without it nothing is missed.
    pub missing: Option<Pair>,
}

/// Records that supply a kind of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The kind of record.
    pub kind: String,
    /// The kinds of evidence.
    pub gives: Vec<String>,
    /// In which states it counts; in any when empty.
    #[serde(default)]
    pub states: Vec<String>,
    /// Fields that are filled in, or `field=value`; all of them.
    #[serde(default)]
    pub has: Vec<String>,
}

/// `[中文, English]`, as the files of the catalogue write labels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pair(String, String);

impl From<&Pair> for Text {
    fn from(pair: &Pair) -> Self {
        Self::new(&pair.0, &pair.1)
    }
}

impl Kinds {
    /// The table that comes with the product.
    ///
    /// # Errors
    /// As [`Kinds::read`].
    pub fn shipped() -> Result<Self, Problem> {
        Self::read(TABLE)
    }

    /// What of a kind's records comes into a package.
    #[must_use]
    pub fn frame(&self, kind: &str) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.kind == kind)
    }

    /// Fields of a kind that may be opened, points and files among them.
    #[must_use]
    pub fn openable(&self, kind: &str) -> BTreeSet<&str> {
        let framed = self.frame(kind).into_iter().flat_map(|frame| frame.day.iter().chain(&frame.fields));
        let asked = self.sources.iter().filter(|source| source.kind == kind).flat_map(|source| &source.has);
        framed.chain(asked).map(|name| name.split('=').next().unwrap_or(name)).filter(|name| *name != "act").collect()
    }

    /// Reads and checks a table.
    ///
    /// # Errors
    /// `package.kinds` with what is wrong and where.
    pub fn read(yaml: &str) -> Result<Self, Problem> {
        let table: Self = serde_saphyr::from_str(yaml).map_err(|e| wrong("form", "").detail(e))?;
        let mut codes = BTreeSet::new();
        for element in &table.elements {
            let evidence = element.evidence.iter().map(|evidence| (&evidence.code, &evidence.label, evidence.missing.as_ref()));
            for (code, label, missing) in std::iter::once((&element.code, &element.label, None)).chain(evidence) {
                let plain = !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
                if !plain || !codes.insert(code) {
                    return Err(wrong("code", code));
                }
                if std::iter::once(label).chain(missing).any(|Pair(zh, en)| zh.trim().is_empty() || en.trim().is_empty()) {
                    return Err(wrong("label", code));
                }
            }
            if element.evidence.is_empty() {
                return Err(wrong("evidence", &element.code));
            }
        }
        let kinds: BTreeSet<&String> = table.elements.iter().flat_map(|e| &e.evidence).map(|e| &e.code).collect();
        for source in &table.sources {
            if let Some(lost) = source.gives.iter().find(|code| !kinds.contains(code)) {
                return Err(wrong("gives", lost));
            }
            if source.gives.is_empty() || !table.frames.iter().any(|frame| frame.kind == source.kind) {
                return Err(wrong("source", &source.kind));
            }
        }
        Ok(table)
    }
}

fn wrong(part: &'static str, name: &str) -> Problem {
    Problem::invalid("package.kinds").arg("part", part).arg("name", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_follows_the_guide() {
        let table = Kinds::shipped();
        let clauses: Vec<String> = table.iter().flat_map(|t| &t.elements).map(|e| e.clause.clone()).collect();
        assert_eq!(clauses, (1..=9).map(|n| format!("H 10.2.{n}")).collect::<Vec<_>>());
        // The five legal elements always, the rest when something is given; only measures are asked for before the act.
        let always = table.iter().flat_map(|t| &t.elements).filter(|e| e.always).count();
        let before: Vec<_> = table.iter().flat_map(|t| &t.elements).filter(|e| e.before_act).map(|e| e.code.as_str()).collect();
        assert_eq!((always, before), (5, vec!["confidentiality"]));
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let good = "elements:\n  - {code: a, label: [甲, A], clause: H 10.2.1, always: true, evidence: [{code: b, label: [乙, B]}]}\nframes:\n  - {kind: secret, reach: itself, fields: [name]}\nsources:\n  - {kind: secret, gives: [b]}\n";
        assert!(Kinds::read(good).is_ok());
        for (from, to, part) in [
            ("code: b", "code: a", "code"),
            ("code: b", "code: B", "code"),
            ("[乙, B]", "[乙, '']", "label"),
            ("gives: [b]", "gives: [c]", "gives"),
            ("gives: [b]", "gives: []", "source"),
            ("{kind: secret, reach", "{kind: other, reach", "source"),
            ("always: true", "always: true, more: 1", "form"),
            ("evidence: [{code: b, label: [乙, B]}]", "evidence: []", "evidence"),
        ] {
            let found = Kinds::read(&good.replace(from, to)).err();
            let named = found.as_ref().and_then(|p| p.args().first()).map(|(_, part)| part.as_str());
            assert_eq!(named, Some(part), "{to}");
        }
    }
}

//! Reading policies strictly: syntax, annotations, names, and Cedar's validation against the
//! schema in strict mode. A set that has any fault is refused whole, with file and line.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Effect as CedarEffect, EntityUid, Policy, PolicyId, PolicySet, PrincipalConstraint, Schema, ValidationMode, Validator};
use jingui_model::{Problem, Text};
use serde::Serialize;

use crate::{Effect, PolicyNote};

/// One policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, for messages and the authority page.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// The name under which faults of the schema are reported.
pub const SCHEMA_FILE: &str = "schema.cedarschema";

/// The schema that this release was built with.
pub const SCHEMA: &str = include_str!("../../../catalog/policies/schema.cedarschema");

const FORBIDS: &str = "00-forbid.cedar";
const BUILTIN: [(&str, &str); 6] = [
    (FORBIDS, include_str!("../../../catalog/policies/00-forbid.cedar")),
    ("10-organisation.cedar", include_str!("../../../catalog/policies/10-organisation.cedar")),
    ("20-secrets.cedar", include_str!("../../../catalog/policies/20-secrets.cedar")),
    ("25-originals.cedar", include_str!("../../../catalog/policies/25-originals.cedar")),
    ("30-work.cedar", include_str!("../../../catalog/policies/30-work.cedar")),
    ("40-oversight.cedar", include_str!("../../../catalog/policies/40-oversight.cedar")),
];

/// The policies that this release was built with; an enterprise's files are added to them.
#[must_use]
pub fn builtin() -> Vec<Source> {
    BUILTIN.iter().map(|(name, text)| Source { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}

/// A fault in a policy file or in the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file.
    pub file: String,
    /// Line, from 1; 0 when the fault has no place.
    pub line: usize,
    /// Column in characters, from 1; 0 when the fault has no place.
    pub column: usize,
    /// The policy's `@id`, when it is known.
    pub policy: Option<String>,
    /// Stable code; texts stand in `catalog/messages/policy.yaml`.
    pub code: &'static str,
    /// What exactly: the annotation, the name, or Cedar's own words.
    pub message: String,
}

impl Diagnostic {
    /// As a problem for users: the code with `file`, `line`, `column`, `policy` and `reason`.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem::invalid(self.code)
            .arg("file", &self.file)
            .arg("line", self.line)
            .arg("column", self.column)
            .arg("policy", self.policy.as_deref().unwrap_or("-"))
            .arg("reason", &self.message)
    }
}

/// Policies that passed, with what people read about them.
pub(crate) struct Loaded {
    pub schema: Schema,
    pub policies: Vec<Policy>,
    pub notes: BTreeMap<String, PolicyNote>,
}

struct Reader<'a> {
    faults: Vec<Diagnostic>,
    notes: BTreeMap<String, PolicyNote>,
    policies: Vec<Policy>,
    places: BTreeMap<String, (&'a Source, usize)>,
}

/// Reads and checks everything; the forbids of this release are always among the policies.
pub(crate) fn load(sources: &[Source], schema_text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    let schema = match Schema::from_cedarschema_str(schema_text) {
        Ok((schema, _warnings)) => schema,
        Err(error) => {
            let at = offset(&error);
            return Err(vec![fault(SCHEMA_FILE, schema_text, at, None, "policy.source_schema", error.to_string())]);
        }
    };
    let all = with_forbids(sources)?;
    let mut reader = Reader { faults: vec![], notes: BTreeMap::new(), policies: vec![], places: BTreeMap::new() };
    for source in &all {
        reader.read(source);
    }
    reader.validate(&schema);
    let Reader { mut faults, notes, policies, .. } = reader;
    if !faults.is_empty() {
        faults.sort_by(|a, b| (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message)));
        return Err(faults);
    }
    Ok(Loaded { schema, policies, notes })
}

/// The sources with the built-in forbids first; a copy of them that was changed is a fault.
fn with_forbids(sources: &[Source]) -> Result<Vec<Source>, Vec<Diagnostic>> {
    let [(name, text), ..] = BUILTIN;
    let mut all = vec![Source { name: name.to_owned(), text: text.to_owned() }];
    for source in sources {
        if !is_forbids(&source.name) {
            all.push(source.clone());
        } else if normal(&source.text) != normal(text) {
            let line = source.text.lines().zip(text.lines()).take_while(|(a, b)| a.trim_end() == b.trim_end()).count() + 1;
            let message = FORBIDS.to_owned();
            return Err(vec![Diagnostic {
                file: source.name.clone(),
                line,
                column: 1,
                policy: None,
                code: "policy.source_builtin_changed",
                message,
            }]);
        }
    }
    Ok(all)
}

fn is_forbids(name: &str) -> bool {
    name.rsplit(['/', '\\']).next() == Some(FORBIDS)
}

fn normal(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

impl<'a> Reader<'a> {
    fn read(&mut self, source: &'a Source) {
        let set: PolicySet = match source.text.parse() {
            Ok(set) => set,
            Err(errors) => {
                let errors: &cedar_policy::ParseErrors = &errors;
                for error in errors.iter() {
                    self.faults.push(fault(&source.name, &source.text, offset(error), None, "policy.source_syntax", error.to_string()));
                }
                return;
            }
        };
        for template in set.templates() {
            self.fault_at(source, 0, Some(template.id().to_string()), "policy.source_template", template.id().to_string());
        }
        let mut policies: Vec<(usize, &Policy)> = set.policies().map(|p| (p.as_ref().loc().map_or(0, |l| l.span.offset()), p)).collect();
        policies.sort_by_key(|(at, _)| *at);
        for (at, policy) in policies {
            self.take(source, at, policy);
        }
    }

    fn take(&mut self, source: &'a Source, at: usize, policy: &Policy) {
        let note = |key: &str| policy.annotation(key).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
        let id = note("id");
        let mut missing = false;
        for key in ["id", "zh", "en", "clause"] {
            if note(key).is_none() {
                missing = true;
                self.fault_at(source, at, id.clone(), "policy.source_annotation_missing", format!("@{key}"));
            }
        }
        for (key, _) in policy.annotations().filter(|(key, _)| !["id", "zh", "en", "clause"].contains(key)) {
            missing = true;
            self.fault_at(source, at, id.clone(), "policy.source_annotation_unknown", format!("@{key}"));
        }
        let (false, Some(id), Some(zh), Some(en), Some(clause)) = (missing, id, note("zh"), note("en"), note("clause")) else {
            return;
        };
        if !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            self.fault_at(source, at, Some(id.clone()), "policy.source_id_malformed", id);
            return;
        }
        if let Some((first, _)) = self.places.get(&id) {
            let first = first.name.clone();
            self.fault_at(source, at, Some(id), "policy.source_id_twice", first);
            return;
        }
        for literal in singled_out(policy) {
            self.fault_at(source, at, Some(id.clone()), "policy.source_names_one", literal);
        }
        let effect = if policy.effect() == CedarEffect::Permit { Effect::Permit } else { Effect::Forbid };
        let text = Text::new(zh, en);
        self.notes.insert(id.clone(), PolicyNote { id: id.clone(), text, clause, effect, file: source.name.clone() });
        self.policies.push(policy.new_id(PolicyId::new(&id)));
        self.places.insert(id, (source, at));
    }

    /// Cedar's strict validation; a warning (a policy that can never hold, say) is a fault as well.
    fn validate(&mut self, schema: &Schema) {
        let Ok(set) = PolicySet::from_policies(self.policies.iter().cloned()) else { return };
        let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
        let errors = result.validation_errors().map(|e| (e.policy_id().to_string(), offset(e), e.to_string()));
        let warnings = result.validation_warnings().map(|w| (w.policy_id().to_string(), offset(w), w.to_string()));
        let found: Vec<_> = errors.chain(warnings).collect();
        for (id, at, message) in found {
            let Some((source, start)) = self.places.get(&id).copied() else { continue };
            self.faults.push(fault(&source.name, &source.text, at.or(Some(start)), Some(id), "policy.source_invalid", message));
        }
    }

    fn fault_at(&mut self, source: &Source, at: usize, policy: Option<String>, code: &'static str, message: String) {
        self.faults.push(fault(&source.name, &source.text, Some(at), policy, code, message));
    }
}

/// Single persons, records and lists that a policy names, and departments that it names elsewhere
/// than as `principal in Department::"…"` in its scope. Lists are sifted by classes of records that
/// know none of these (see `TargetClass`); naming one would make a list say what a decision does not.
fn singled_out(policy: &Policy) -> Vec<String> {
    let mut literals = policy.entity_literals();
    if let PrincipalConstraint::In(one) | PrincipalConstraint::IsIn(_, one) = policy.principal_constraint()
        && one.type_name().basename() == "Department"
        && let Some(first) = literals.iter().position(|l| *l == one)
    {
        literals.remove(first);
    }
    let refused = |l: &EntityUid| match l.type_name().basename() {
        "Department" => l.id().unescaped() != "none",
        name => matches!(name, "Record" | "Person" | "Circle" | "Approvers" | "Headship"),
    };
    literals.iter().filter(|l| refused(l)).map(ToString::to_string).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Where a fault stands, in bytes from the start of its file.
fn offset(error: &dyn miette::Diagnostic) -> Option<usize> {
    error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset())
}

fn fault(file: &str, text: &str, at: Option<usize>, policy: Option<String>, code: &'static str, message: String) -> Diagnostic {
    let before = at.and_then(|at| text.get(..at));
    let (line, column) = before.map_or((0, 0), |before| {
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before.get(start..).map_or(0, |l| l.chars().count()) + 1)
    });
    Diagnostic { file: file.to_owned(), line, column, policy, code, message }
}

//! What of a record would not hold by law: the rules of `catalog/laws` and of the overlay (`laws/*.yaml`), asked about what it says.

use std::path::Path;

use jingui_kinds::{Catalog, act::Facts as _, record::Record};
use jingui_law::{Case, Laws, Others};
use jingui_model::{Day, Diagnostic, Problem};
use serde_json::Value;

use crate::{catalog::folder, embed, world::World};

pub use jingui_law::{Finding, Sure, Weight};

/// Reads what ships and what the overlay says.
///
/// # Errors
/// Every mistake, with its place; `catalog.unreadable`.
pub fn load(overlay: &Path, catalog: &Catalog) -> Result<Result<Laws, Vec<Diagnostic>>, Problem> {
    let mut files = embed::below("laws/");
    files.extend(folder(&overlay.join("laws"), "yaml")?);
    let laws = match Laws::load(&files) {
        Ok(laws) => laws,
        Err(mistakes) => {
            let said = mistakes.into_iter().map(|m| Diagnostic::new(&m.file, m.line, 1, m.rule, m.code).arg("detail", m.detail));
            return Ok(Err(said.collect()));
        }
    };
    let known = |kind: &str, field: &str| catalog.kinds.get(kind).is_some_and(|k| k.field(field).is_some());
    let unknown = laws.fields().filter(|(kind, _, field)| !known(kind, field));
    let found: Vec<Diagnostic> = unknown
        .map(|(kind, rule, field)| Diagnostic::new("laws", 1, 1, rule, "law.unknown_field").arg("detail", format!("{kind}.{field}")))
        .collect();
    Ok(if found.is_empty() { Ok(laws) } else { Err(found) })
}

/// What of a record would not hold, today or by the law of its day.
#[must_use]
pub(crate) fn findings(laws: &Laws, world: &World, record: &Record, today: Day) -> Vec<Finding> {
    laws.judge(&Case { kind: &record.kind, data: &record.data, today }, &Register(world))
}

/// Sums over the registers.
struct Register<'a>(&'a World);

impl Others for Register<'_> {
    fn sum(&self, kind: &str, by: &str, value: &Value, states: &[String], field: &str) -> i64 {
        let (Ok(table), Some(id)) = (self.0.table(kind), value.as_str().and_then(|s| s.parse().ok())) else { return 0 };
        let pointing = self.0.pointing(kind, by, id);
        let rows = pointing.iter().filter_map(|r| table.row(r)).filter(|r| states.iter().any(|s| **s == *r.state));
        rows.filter_map(|r| self.0.field(r.id, field)?.as_i64()).sum()
    }
}

//! What may occur once only in a register: unique fields, and fields whose values together make a record one and the same with another
//! (a passage at a door is the same when zone, card, day and time are, B 5.3.2).

use jingui_model::Data;
use serde_json::Value;

use crate::kind::Kind;

/// What may occur once only, as a record has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// The fields that make it up.
    pub fields: Vec<String>,
    /// Their values together, as they are compared; none when one of them is missing.
    pub value: Option<String>,
}

impl Unique {
    /// Its name among those of its kind.
    #[must_use]
    pub fn name(&self) -> String {
        self.fields.join("+")
    }
}

/// Everything of a record that may occur once only: its unique fields, and what makes it one and the same with another.
#[must_use]
pub fn unique(kind: &Kind, data: &Data) -> Vec<Unique> {
    let single = kind.fields.iter().filter(|f| f.unique).map(|f| vec![f.name.clone()]);
    let together = |fields: &[String]| -> Option<String> {
        let values: Option<Vec<String>> = fields.iter().map(|f| data.get(f).filter(|v| !v.is_null()).map(canonical)).collect();
        values.map(|v| v.join("\u{1f}"))
    };
    single.chain(kind.once.iter().cloned()).map(|fields| Unique { value: together(&fields), fields }).collect()
}

/// How a unique value is compared: letters of either case are the same.
#[must_use]
pub fn canonical(value: &Value) -> String {
    match value {
        Value::String(s) => s.trim().to_lowercase(),
        other => other.to_string(),
    }
}

//! Personal data leave in full only for those who need them: the office, the heads of the person's
//! department, and the person (B 5.1; Personal Information Protection Law, article 6: the least that is needed).

use std::collections::BTreeMap;

use jingui_kinds::{
    kind::{Field, FieldType, Kind},
    record::Record,
};
use jingui_model::{Data, Id};
use jingui_policy::Role;
use serde_json::Value;

use crate::world::{World, caller::Caller, caller::strings, extract};

/// What stands for what is not shown.
pub(crate) const MASK: &str = "****";

/// Who the caller is to personal data; remembers which departments they lead.
#[derive(Default)]
pub(crate) struct Masking {
    leads: BTreeMap<Id, bool>,
}

impl Masking {
    /// Masks the personal fields of a record unless the caller needs them.
    pub fn apply(&mut self, world: &World, caller: &Caller, kind: &Kind, record: &mut Record) {
        if has_personal(&kind.fields) && !self.needed(world, caller, kind, record) {
            hide(&kind.fields, &mut record.data);
        }
    }

    fn needed(&mut self, world: &World, caller: &Caller, kind: &Kind, record: &Record) -> bool {
        if caller.system || caller.has(Role::Office) {
            return true;
        }
        let Some(me) = caller.view.person else { return false };
        let about = kind.about.as_ref().and_then(|f| record.data.get(f)?.as_str()?.parse::<Id>().ok());
        if record.id == me || about == Some(me) {
            return true;
        }
        let Some(department) = extract::department(kind, &record.data) else { return false };
        *self.leads.entry(department).or_insert_with(|| {
            let heads = world.record(department).ok();
            heads.is_some_and(|d| strings(d.data.get("heads")).any(|h| h == me.to_string()))
        })
    }
}

/// Does any field hold personal data?
pub(super) fn has_personal(fields: &[Field]) -> bool {
    fields.iter().any(|f| f.personal || matches!(&f.ty, FieldType::Rows { fields, .. } if has_personal(fields)))
}

fn hide(fields: &[Field], data: &mut Data) {
    for field in fields {
        let Some(value) = data.get_mut(&field.name) else { continue };
        match (&field.ty, &mut *value) {
            (_, Value::String(text)) if field.personal => *text = masked(text),
            _ if field.personal => *value = Value::Null,
            (FieldType::Rows { fields, .. }, Value::Array(rows)) if has_personal(fields) => {
                for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                    let mut cells: Data = std::mem::take(row).into_iter().collect();
                    hide(fields, &mut cells);
                    row.extend(cells);
                }
            }
            _ => {}
        }
    }
}

/// Enough to recognise by one who knows it already: `138****1234`, `w****@example.com`.
pub(super) fn masked(text: &str) -> String {
    let head = |s: &str, n: usize| s.chars().take(n).collect::<String>();
    if let Some((name, place)) = text.split_once('@') {
        return format!("{}{MASK}@{place}", head(name, 1));
    }
    let length = text.chars().count();
    if length >= 8 {
        let tail: String = text.chars().skip(length - 4).collect();
        return format!("{}{MASK}{tail}", head(text, 3));
    }
    format!("{}{MASK}", head(text, usize::from(length > 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_is_hidden_to_be_of_no_use_to_strangers() {
        assert_eq!(masked("13812341234"), "138****1234");
        assert_eq!(masked("wang@example.com"), "w****@example.com");
        assert_eq!([masked("张三"), masked("1234567"), masked("")], ["****", "1****", "****"].map(str::to_owned));
    }
}

//! What the things are called that a record refers to, as far as the reader may know it (B 2.4: a reference gives no name away).

use std::collections::BTreeMap;

use jingui_kinds::{
    kind::{Field, FieldType},
    people::ids,
};
use jingui_model::{Data, Id};
use jingui_policy::Action;
use serde_json::Value;

use crate::world::{World, caller::Caller};

/// Collects the titles of everything that the fields refer to.
pub fn name_refs(world: &World, fields: &[Field], data: &Data, names: &mut BTreeMap<Id, String>) {
    for field in fields {
        let Some(value) = data.get(&field.name) else { continue };
        match &field.ty {
            FieldType::Ref { kind } | FieldType::Refs { kind } => {
                for id in ids(Some(value)) {
                    // Names of graded things are not given away by a reference to them.
                    if let Some((table, _, row)) = world.row(id)
                        && table.kind.kind == *kind
                        && table.kind.graded.is_none()
                    {
                        names.insert(id, row.title.to_string());
                    }
                }
            }
            FieldType::Files {} => {
                for by in value.as_array().into_iter().flatten().filter_map(|f| f.get("by")?.as_str()?.parse::<Id>().ok()) {
                    if let Some(title) = world.title(by) {
                        names.insert(by, title.to_owned());
                    }
                }
            }
            FieldType::Rows { fields, .. } => {
                for row in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
                    let row: Data = row.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                    name_refs(world, fields, &row, names);
                }
            }
            _ => {}
        }
    }
}

/// Adds the titles of graded things that fields refer to, of those that the caller may read: lists show him these too.
pub(crate) fn name_graded(world: &World, caller: &Caller, fields: &[Field], data: &Data, names: &mut BTreeMap<Id, String>) {
    for field in fields {
        let (FieldType::Ref { kind } | FieldType::Refs { kind }) = &field.ty else { continue };
        for id in ids(data.get(&field.name)) {
            if let Some((table, _, row)) = world.row(id)
                && table.kind.kind == *kind
                && table.kind.graded.is_some()
                && let Ok(found) = row.record()
                && world.rule(caller, Action::Read, &world.target(caller, &table.kind, &found)).allowed
            {
                names.insert(id, row.title.to_string());
            }
        }
    }
}

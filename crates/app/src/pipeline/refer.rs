//! Nobody points at a record that they may not know of (B 2.4; H 8.2.1).
//!
//! A reference makes the program act on the other record: it copies a need-to-know list, counts, compares.
//! And whether an id is accepted would tell that there is such a record. So an id of a graded kind that the caller
//! may neither read nor notice is refused with the words for one that is not there.

use jingui_kinds::{
    kind::{Field, FieldType, Kind},
    people::ids,
    record::Record,
};
use jingui_model::{Data, Id, Problem};
use serde_json::Value;

use crate::world::{World, caller::Caller};

/// Checks the references that a command brings; those that the record has already are not its doing.
///
/// # Errors
/// `field.ref_missing`, at the field.
pub(super) fn known(world: &World, kind: &Kind, current: Option<&Record>, caller: &Caller, input: &Data) -> Result<(), Problem> {
    let none = Data::new();
    fields(world, &kind.fields, current.map_or(&none, |r| &r.data), caller, input)
}

fn fields(world: &World, fields_of: &[Field], before: &Data, caller: &Caller, input: &Data) -> Result<(), Problem> {
    for field in fields_of {
        let Some(value) = input.get(&field.name) else { continue };
        match &field.ty {
            FieldType::Ref { .. } | FieldType::Refs { .. } => {
                let old = ids(before.get(&field.name));
                if ids(Some(value)).into_iter().any(|id| !old.contains(&id) && hidden(world, caller, id)) {
                    let problem = Problem::invalid("field.ref_missing").at(field.name.clone());
                    return Err(problem.arg("field_zh", &field.label.zh).arg("field_en", &field.label.en));
                }
            }
            FieldType::Rows { fields: columns, .. } => {
                for row in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
                    let row: Data = row.iter().map(|(name, cell)| (name.clone(), cell.clone())).collect();
                    fields(world, columns, &Data::new(), caller, &row)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Is there such a record, graded, and the caller may not know it? What is not there the kind itself refuses.
fn hidden(world: &World, caller: &Caller, id: Id) -> bool {
    let Ok(record) = world.record(id) else { return false };
    let Ok(kind) = world.kind(&record.kind) else { return false };
    if kind.graded.is_none() {
        return false;
    }
    let target = world.target(caller, kind, &record);
    !world.known(caller, &target)
}

//! What is held back: records that a preservation or a hold names lose no file and cannot be destroyed (H 7.3).

use std::collections::{BTreeMap, BTreeSet};

use jingui_kinds::{
    kind::{FieldType, Kind},
    record::{FileVersion, Record},
};
use jingui_model::{Id, Problem};

use crate::{files, world::World};

/// Registers of what is held back, each with the states in which it is.
const HOLDS: &[(&str, &[&str])] = &[("data_hold", &["active", "lifting"]), ("preservation", &["sealed", "opening"])];

/// The fields of a kind that name graded records: what a hold keeps, what a destruction ends.
pub(crate) fn subjects<'k>(world: &World, kind: &'k Kind) -> Vec<&'k str> {
    let graded = |name: &str| world.kind(name).is_ok_and(|k| k.graded.is_some());
    let names = |ty: &FieldType| match ty {
        FieldType::Ref { kind } | FieldType::Refs { kind, .. } => graded(kind),
        _ => false,
    };
    kind.fields.iter().filter(|f| names(&f.ty)).map(|f| f.name.as_str()).collect()
}

/// All graded records that a record names.
pub(crate) fn named(world: &World, record: &Record) -> Result<Vec<Id>, Problem> {
    let kind = world.kind(&record.kind)?;
    let all: BTreeSet<Id> = subjects(world, kind).iter().flat_map(|f| jingui_kinds::people::ids(record.data.get(*f))).collect();
    Ok(all.into_iter().collect())
}

/// The number of what holds a record back, if something does.
pub(crate) fn held(world: &World, id: Id) -> Option<String> {
    for (register, states) in HOLDS {
        let Ok(table) = world.table(register) else { continue };
        let Ok(kind) = world.kind(register) else { continue };
        for field in subjects(world, kind) {
            let rows = world.pointing(register, field, id);
            let by = rows.iter().filter_map(|r| table.row(r)).find(|r| states.contains(&&*r.state));
            if let Some(row) = by {
                return Some(row.number.as_deref().unwrap_or_default().to_owned());
            }
        }
    }
    None
}

/// A record that is held back keeps every file as it is, and no file of it gets another version; further files may be added.
///
/// # Errors
/// `preservation.held`.
pub(crate) fn keeps_files(world: &World, before: &Record, after: &Record) -> Result<(), Problem> {
    let old: Vec<FileVersion> = files::versions(before).collect();
    if old.is_empty() {
        return Ok(());
    }
    let new: BTreeMap<Id, FileVersion> = files::with_requested(after).map(|v| (v.id, v)).collect();
    let stays = |v: &FileVersion| new.get(&v.id).is_some_and(|n| n.object == v.object && n.sha256 == v.sha256);
    let series: BTreeSet<Id> = old.iter().map(|v| v.series).collect();
    let known: BTreeSet<Id> = files::with_requested(before).map(|v| v.id).collect();
    let replaced = new.values().any(|v| !known.contains(&v.id) && series.contains(&v.series));
    if !replaced && old.iter().all(stays) && !asks_to_lose(after, &old) {
        return Ok(());
    }
    match held(world, before.id) {
        Some(by) => Err(Problem::conflict("preservation.held").arg("number", by)),
        None => Ok(()),
    }
}

/// Whether a request that waits would take a file away once it is granted.
fn asks_to_lose(after: &Record, old: &[FileVersion]) -> bool {
    let Some(pending) = &after.pending else { return false };
    old.iter().any(|v| {
        let wanted = v.id.to_string();
        let has = |data: &jingui_model::Data| {
            data.iter().filter_map(|(name, value)| Some((name, value.as_array()?))).find_map(|(name, all)| {
                all.iter().any(|f| f.get("id").and_then(serde_json::Value::as_str) == Some(wanted.as_str())).then_some(name.clone())
            })
        };
        has(&after.data).is_some_and(|field| pending.input.contains_key(&field) && has(&pending.input).is_none())
    })
}

/// All records that are held back now, in order.
pub(crate) fn all_held(world: &World) -> Result<Vec<Id>, Problem> {
    let mut all = BTreeSet::new();
    for (register, states) in HOLDS {
        for record in world.in_states(register, states)? {
            all.extend(named(world, &record)?);
        }
    }
    Ok(all.into_iter().collect())
}

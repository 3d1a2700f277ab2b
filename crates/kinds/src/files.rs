//! Files of a record: versions are added, never changed; what a record refers to is fixed by its digest.
//!
//! What needs agreement when it is written into a field needs it as a file too: a change to the files of a
//! secret in force is staged like any amendment, and the old files stand until it is approved (B 4.2, 4.3).

use std::collections::BTreeMap;

use jingui_model::{Data, Id, Problem};
use serde_json::{Value, json};

use crate::{
    act::{Decision, Happening},
    decide::{Deciding, merge},
    kind::{Field, FieldType},
    people::{FileWay, file_way},
    record::{FileVersion, Record},
    validate::{about, line},
};

/// The field in which signed scans of a record's papers are filed; every kind with a form has it (B 4.4, H 10.2.3). They prove what was
/// signed and change nothing of what the record says, so they are added in any state, and nobody takes one away once the record is no longer
/// a draft.
pub const SCANS: &str = "signed_scans";

/// Longest file name in characters.
pub const NAME_MAX: u32 = 255;
/// Most versions in one field.
pub const VERSIONS_MAX: usize = 1000;

fn field<'a>(cx: &Deciding<'a>) -> Result<&'a Field, Problem> {
    let name = cx.act.input.get("field").and_then(Value::as_str).unwrap_or_default();
    let found = cx.kind.field(name).filter(|f| matches!(f.ty, FieldType::Files {}));
    let allowed = found.filter(|f| cx.act.actor.system || (!f.fixed && !f.internal));
    allowed.ok_or_else(|| Problem::invalid("file.no_field").arg("field", name.chars().take(60).collect::<String>()).at("field"))
}

/// The way that the actor's change to a field goes; the system's own goes at once.
fn way<'a>(cx: &Deciding<'a>, record: &Record, field: &Field, remove: bool) -> Result<FileWay<'a>, Problem> {
    if cx.act.actor.system {
        return Ok(FileWay::AtOnce);
    }
    file_way(cx.kind, record, &field.name, cx.act.actor, remove)
        .ok_or_else(|| cx.state_refusal("state.not_editable", record, cx.kind.states.iter().filter(|s| s.editable)))
}

/// The versions in a field, as the actor's change finds them: staged ones where a request goes on.
fn versions(record: &Record, name: &str, way: FileWay<'_>) -> Result<Vec<FileVersion>, Problem> {
    let staged = record.pending.as_ref().and_then(|p| p.input.get(name)).filter(|_| matches!(way, FileWay::Requested));
    match staged.or_else(|| record.data.get(name)) {
        Some(Value::Null) => Ok(vec![]),
        None => Ok(vec![]),
        Some(value) => serde_json::from_value(value.clone()).map_err(|e| Problem::internal("file.damaged").detail(e)),
    }
}

/// The version that comes with the act, checked.
fn incoming(cx: &Deciding<'_>, field: &Field) -> Result<FileVersion, Problem> {
    let bad = |code: &'static str| about(Problem::invalid(code), field, &field.name);
    let file = cx.act.input.get("file").cloned().unwrap_or_default();
    let mut file: FileVersion = serde_json::from_value(file).map_err(|e| bad("file.malformed").detail(e))?;
    file.name = line(&file.name, NAME_MAX).map_err(|p| about(p, field, &field.name))?.ok_or_else(|| bad("file.name"))?;
    if file.name.contains(['/', '\\']) || file.name == "." || file.name == ".." {
        return Err(bad("file.name"));
    }
    if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(bad("file.malformed"));
    }
    Ok(file)
}

/// The list with one version more.
fn with(cx: &Deciding<'_>, field: &Field, mut list: Vec<FileVersion>, mut file: FileVersion) -> Result<Vec<FileVersion>, Problem> {
    if list.len() >= VERSIONS_MAX {
        return Err(about(Problem::invalid("field.too_many").arg("max", VERSIONS_MAX), field, &field.name));
    }
    if list.iter().any(|f| f.id == file.id) {
        return Err(about(Problem::conflict("file.exists"), field, &field.name));
    }
    file.version = list.iter().filter(|f| f.series == file.series).map(|f| f.version).max().unwrap_or(0).saturating_add(1);
    file.added = cx.act.at;
    file.by = cx.actor();
    list.push(file);
    Ok(list)
}

/// Adds a version.
pub(crate) fn attach(cx: &Deciding<'_>, record: &Record) -> Result<Decision, Problem> {
    let field = field(cx)?;
    let way = way(cx, record, field, false)?;
    // What comes from outside may bear any mark; the register speaks of those that it put itself.
    let file = FileVersion { mark: None, ..incoming(cx, field)? };
    let list = with(cx, field, versions(record, &field.name, way)?, file)?;
    put(cx, record, field, &list, "attach", way)
}

/// Adds the marked copy of a version as the next one. A mark changes nothing of what the file says, so it needs no request, whatever
/// the state; the unmarked version stays (H 9.2.1, 9.2.2).
pub(crate) fn mark(cx: &Deciding<'_>, record: &Record) -> Result<Decision, Problem> {
    let field = field(cx)?;
    let refuse = |code: &'static str| about(Problem::conflict(code), field, &field.name);
    // The list that a request brings would take the place of this one.
    if record.pending.as_ref().is_some_and(|p| p.input.contains_key(&field.name)) {
        return Err(refuse("file.request_waits"));
    }
    let file = incoming(cx, field)?;
    let list = versions(record, &field.name, FileWay::AtOnce)?;
    let malformed = || about(Problem::invalid("file.malformed"), field, &field.name);
    let mark = file.mark.as_ref().ok_or_else(malformed)?;
    let of = list.iter().find(|f| f.id == mark.of && f.series == file.series);
    let of = of.ok_or_else(|| about(Problem::missing("file.missing"), field, &field.name))?;
    if of.sha256 != mark.of_sha256 {
        return Err(malformed());
    }
    let last = list.iter().filter(|f| f.series == file.series).max_by_key(|f| f.version);
    if last.is_none_or(|last| last.id != of.id && last.mark.as_ref().is_none_or(|m| m.of != of.id)) {
        return Err(refuse("file.newer_version"));
    }
    let list = with(cx, field, list, file)?;
    put(cx, record, field, &list, "mark", FileWay::AtOnce)
}

/// Removes a version.
pub(crate) fn detach(cx: &Deciding<'_>, record: &Record) -> Result<Decision, Problem> {
    let field = field(cx)?;
    let way = way(cx, record, field, true)?;
    let id: Id = cx.act.input.get("file").and_then(Value::as_str).unwrap_or_default().parse()?;
    let mut list = versions(record, &field.name, way)?;
    let before = list.len();
    list.retain(|f| f.id != id);
    if list.len() == before {
        return Err(about(Problem::missing("file.missing"), field, &field.name));
    }
    put(cx, record, field, &list, "detach", way)
}

fn put(cx: &Deciding<'_>, record: &Record, field: &Field, list: &[FileVersion], act: &str, way: FileWay<'_>) -> Result<Decision, Problem> {
    let value = if list.is_empty() { Value::Null } else { json!(list) };
    let wanted = Data::from([(field.name.clone(), value)]);
    let mut next = cx.next(record);
    let changes = match (way, &mut next.pending) {
        (FileWay::Asked(transition), _) => return cx.go(record, transition, wanted, vec![], None),
        (FileWay::Requested, Some(pending)) => {
            pending.input.extend(wanted);
            BTreeMap::new()
        }
        (FileWay::AtOnce | FileWay::Requested, _) => merge(&mut next.data, wanted),
    };
    let happening = Happening { act: act.to_owned(), changes, note: None, from: Some(record.state.clone()), to: record.state.clone() };
    Ok(cx.decision(next, vec![happening], &[], act))
}

//! Files of a record: versions are added, never changed; what a record refers to is fixed by its digest.

use std::collections::BTreeMap;

use jingui_model::{Id, Problem};
use serde_json::{Value, json};

use crate::{
    act::{Decision, Happening},
    decide::Deciding,
    kind::{Field, FieldType},
    people::{attachable, editable},
    record::{FileVersion, Record},
    validate::{about, line},
};

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

/// The versions in a field.
fn versions(record: &Record, name: &str) -> Result<Vec<FileVersion>, Problem> {
    match record.data.get(name) {
        None => Ok(vec![]),
        Some(value) => serde_json::from_value(value.clone()).map_err(|e| Problem::internal("file.damaged").detail(e)),
    }
}

/// Adds a version.
pub(crate) fn attach(cx: &Deciding<'_>, record: &Record) -> Result<Decision, Problem> {
    let field = field(cx)?;
    let bad = |code: &'static str| about(Problem::invalid(code), field, &field.name);
    if !cx.act.actor.system && !attachable(cx.kind, record, &field.name) {
        return Err(cx.state_refusal("state.not_editable", record, cx.kind.states.iter().filter(|s| s.editable)));
    }
    let file = cx.act.input.get("file").cloned().unwrap_or_default();
    let mut file: FileVersion = serde_json::from_value(file).map_err(|e| bad("file.malformed").detail(e))?;
    file.name = line(&file.name, NAME_MAX).map_err(|p| about(p, field, &field.name))?.ok_or_else(|| bad("file.name"))?;
    if file.name.contains(['/', '\\']) || file.name == "." || file.name == ".." {
        return Err(bad("file.name"));
    }
    if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(bad("file.malformed"));
    }
    let mut list = versions(record, &field.name)?;
    if list.len() >= VERSIONS_MAX {
        return Err(bad("field.too_many").arg("max", VERSIONS_MAX));
    }
    if list.iter().any(|f| f.id == file.id) {
        return Err(about(Problem::conflict("file.exists"), field, &field.name));
    }
    file.version = list.iter().filter(|f| f.series == file.series).map(|f| f.version).max().unwrap_or(0).saturating_add(1);
    file.added = cx.act.at;
    file.by = cx.actor();
    list.push(file);
    Ok(put(cx, record, field, &list, "attach"))
}

/// Removes a version; only while the record is editable.
pub(crate) fn detach(cx: &Deciding<'_>, record: &Record) -> Result<Decision, Problem> {
    let field = field(cx)?;
    if !cx.act.actor.system && !editable(cx.kind, record) {
        return Err(cx.state_refusal("state.not_editable", record, cx.kind.states.iter().filter(|s| s.editable)));
    }
    let id: Id = cx.act.input.get("file").and_then(Value::as_str).unwrap_or_default().parse()?;
    let mut list = versions(record, &field.name)?;
    let before = list.len();
    list.retain(|f| f.id != id);
    if list.len() == before {
        return Err(about(Problem::missing("file.missing"), field, &field.name));
    }
    Ok(put(cx, record, field, &list, "detach"))
}

fn put(cx: &Deciding<'_>, record: &Record, field: &Field, list: &[FileVersion], act: &str) -> Decision {
    let mut next = cx.next(record);
    let value = if list.is_empty() { Value::Null } else { json!(list) };
    if list.is_empty() {
        next.data.remove(&field.name);
    } else {
        next.data.insert(field.name.clone(), value.clone());
    }
    let happening = Happening {
        act: act.to_owned(),
        changes: BTreeMap::from([(field.name.clone(), value)]),
        note: None,
        from: Some(record.state.clone()),
        to: record.state.clone(),
    };
    cx.decision(next, vec![happening], &[], act)
}

//! An import taken back: as long as nobody has worked with what it brought, all of it or nothing.
//!
//! Taken back means: out of every list, and its numbers stay used. Store and ledger keep that it was
//! there and that it was removed (H 9.5.4: evidence only grows).

use std::{collections::BTreeSet, sync::Arc};

use jingui_kinds::{kind::FieldType, record::Record};
use jingui_model::{Data, Id, Instant, Problem};
use jingui_policy::Action;
use serde::Serialize;
use serde_json::{Value, json};

use super::access;
use crate::{
    identity::account::acting,
    live::Live,
    pipeline::{Command, REMOVE},
    world::{World, caller::Caller, layout::Post},
};

/// Most records that a refusal names.
const NAMED: usize = 20;

/// One import.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportBatch {
    /// The batch.
    pub id: Id,
    /// Its number.
    pub number: Option<String>,
    /// `done` or `undone`.
    pub state: String,
    /// Name of the file.
    pub file_name: String,
    /// SHA-256 of the file, lower-case hex.
    pub digest: String,
    /// The kind that it went into.
    pub target: String,
    /// The form.
    pub exchange: String,
    /// Rows of the file.
    pub rows: u64,
    /// Records made.
    pub made: u64,
    /// Who.
    pub by: Option<Id>,
    /// Their name.
    pub by_name: Option<String>,
    /// When.
    pub created: Instant,
    /// May the caller ask for it to be taken back?
    pub undoable: bool,
}

impl Live {
    /// Imports, newest first: one's own, and all into registers that one may import into as a whole.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn imports(&self, caller: &Caller) -> Result<Vec<ImportBatch>, Problem> {
        let world = self.world.read();
        let table = world.table("import_batch")?;
        let mut list = vec![];
        for row in table.live().iter().filter_map(|r| table.row(r)) {
            let record = row.record()?;
            if !concerns(&world, caller, &record) {
                continue;
            }
            let text = |name: &str| record.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let count = |name: &str| record.data.get(name).and_then(Value::as_u64).unwrap_or_default();
            let by: Option<Id> = text("by").parse().ok();
            list.push(ImportBatch {
                id: record.id,
                number: record.number.clone(),
                undoable: record.state == "done" && may_undo(&world, caller, &record).is_ok(),
                state: record.state.clone(),
                file_name: text("file_name"),
                digest: text("digest"),
                target: text("target"),
                exchange: text("exchange"),
                rows: count("rows_read"),
                made: count("records_made"),
                by,
                by_name: by.and_then(|p| world.title(p)).map(str::to_owned),
                created: record.created,
            });
        }
        list.sort_by_key(|b| std::cmp::Reverse((b.created, b.id)));
        Ok(list)
    }

    /// Takes an import back. Gives how many records went.
    ///
    /// # Errors
    /// `record.missing`; policy refusals; `import.undone` when it was taken back before; `import.changed`
    /// with one part for each record that was changed or is referred to since.
    pub async fn undo_import(self: &Arc<Self>, caller: &Caller, batch: Id) -> Result<usize, Problem> {
        let records = self.undoable(caller, batch)?;
        let system = acting(caller);
        let mut commands: Vec<Command> = vec![];
        for record in &records {
            let mut command = Command::on(&system, &record.kind, record.id, REMOVE, Data::new());
            command.expected_version = Some(record.version);
            commands.push(command);
        }
        commands.push(Command::on(&system, "import_batch", batch, "undo", Data::new()));
        match self.pipeline.group(commands).await {
            Ok(_) => Ok(records.len()),
            // Somebody changed one meanwhile: now it is told like any other change.
            Err(problem) if problem.code() == "record.changed_meanwhile" => Err(self.undoable(caller, batch).err().unwrap_or(problem)),
            Err(problem) => Err(problem),
        }
    }

    /// The records of a batch, none of which was touched since.
    fn undoable(&self, caller: &Caller, batch: Id) -> Result<Vec<Record>, Problem> {
        let world = self.world.read();
        let record = world.record(batch).ok().filter(|r| r.kind == "import_batch" && concerns(&world, caller, r));
        let record = record.ok_or_else(|| Problem::missing("record.missing"))?;
        may_undo(&world, caller, &record)?;
        if record.state != "done" {
            return Err(Problem::conflict("import.undone"));
        }
        let key = batch.to_string();
        let mut records = vec![];
        for table in world.tables() {
            let rows = table.posted(Post::Batch, &key).into_iter().flatten();
            for row in rows.filter_map(|r| table.row(r)) {
                records.push(row.record()?);
            }
        }
        let inside: BTreeSet<Id> = records.iter().map(|r| r.id).collect();
        let mut parts = vec![];
        for record in &records {
            let first = world.kind(&record.kind)?.states.first().map(|s| s.name.clone()).unwrap_or_default();
            let name = record.number.clone().or_else(|| world.title(record.id).map(str::to_owned)).unwrap_or_default();
            let code = if record.version != 1 || record.state != first || record.pending.is_some() {
                "import.changed_record"
            } else if referred(&world, record, &inside) {
                "import.used_record"
            } else {
                continue;
            };
            parts.push(Problem::conflict(code).at(record.id.to_string()).arg("record", name));
        }
        if parts.is_empty() {
            return Ok(records);
        }
        let names = parts.iter().take(NAMED).flat_map(|p| p.args().iter().filter(|(n, _)| n == "record").map(|(_, v)| v.clone()));
        let names = names.collect::<Vec<_>>().join("、");
        let count = parts.len();
        parts.truncate(NAMED);
        Err(Problem::conflict("import.changed").arg("count", count).arg("records", names).with(parts))
    }
}

/// Does any record outside the batch point at this one?
fn referred(world: &World, record: &Record, inside: &BTreeSet<Id>) -> bool {
    world.tables().any(|table| {
        let points = |ty: &FieldType| matches!(ty, FieldType::Ref { kind } | FieldType::Refs { kind } if *kind == record.kind);
        table.kind.fields.iter().filter(|f| points(&f.ty)).any(|field| {
            let rows = world.pointing(&table.kind.kind, &field.name, record.id);
            rows.iter().filter_map(|r| table.row(r)).any(|r| !inside.contains(&r.id))
        })
    })
}

/// One's own import, or one into a register that the caller may import into as a whole.
fn concerns(world: &World, caller: &Caller, batch: &Record) -> bool {
    let own = caller.view.person.is_some_and(|me| batch.data.get("by") == Some(&json!(me)));
    own || caller.system || whole(world, caller, batch)
}

fn whole(world: &World, caller: &Caller, batch: &Record) -> bool {
    let kind = batch.data.get("target").and_then(Value::as_str).and_then(|k| world.kind(k).ok());
    kind.is_some_and(|kind| {
        let target = world.target_of_kind(caller, kind, None, jingui_model::Protection::None);
        world.rule(caller, Action::Import, &target).allowed
    })
}

fn may_undo(world: &World, caller: &Caller, batch: &Record) -> Result<(), Problem> {
    let kind = batch.data.get("target").and_then(Value::as_str).unwrap_or_default();
    access::may_import(world, caller, world.kind(kind)?)
}

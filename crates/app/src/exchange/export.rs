//! Lists on their way out: the rows that the caller may export, filtered and sorted as shown.
//!
//! An export is an act (B 4.4, 5.1.2; H 8.3.1): it is recorded with the identifiers of all that left,
//! and every core secret in it is noted on its own time line, before the first byte leaves.

use std::sync::Arc;

use jingui_docs::{Format, Table as Sheet, write_csv, write_json, write_xlsx};
use jingui_kinds::{act::Facts, kind::Kind, record::Record, text::cells};
use jingui_model::{Data, Id, Lang, Problem, Protection};
use jingui_policy::Action;
use roaring::RoaringBitmap;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    access,
    directory::{Directory, Lookup},
    file_name,
    form::{FULL, Form, SHOWN},
    mask::Masking,
    sheet_options, words,
};
use crate::{
    ledger::blocking,
    live::Live,
    pipeline::Note,
    world::{
        World,
        caller::Caller,
        extract,
        list::{Filter, ListQuery},
        table::Table,
    },
};

/// Most rows of one export.
pub const EXPORT_LIMIT: u64 = 200_000;
/// Rows that are read under one hold of the world, so that writers need not wait.
const HOLD: usize = 500;
/// Notes that wait for their transaction at once.
const NOTES: usize = 64;

/// A file on its way out.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name.
    pub name: String,
    /// Media type.
    pub media: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for ExportFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportFile").field("name", &self.name).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// The media type and the ending of a format.
pub(super) const fn format_of(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    }
}

/// What was taken out, for the evidence.
#[derive(Default)]
struct Taken {
    rows: Vec<Vec<String>>,
    ids: Vec<Id>,
    core: Vec<Id>,
    graded: u64,
}

impl Live {
    /// The records of a list as a file: `full` for every field, `shown` for the list's columns, or a
    /// form of the kind (`appendix4`).
    ///
    /// # Errors
    /// `kind.unknown`, `exchange.unknown`, `list.*`, policy refusals, `export.too_many`, `table.*`,
    /// `store.*` when it cannot be recorded: then nothing leaves.
    pub async fn export(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        query: &ListQuery,
        exchange: &str,
        format: Format,
        lang: Lang,
    ) -> Result<ExportFile, Problem> {
        let (live, who, query_of, kind_name, form_name) =
            (Arc::clone(self), caller.clone(), query.clone(), kind.to_owned(), exchange.to_owned());
        let (file, taken) = blocking(move || live.build(&who, &kind_name, &query_of, &form_name, format, lang)).await?;
        self.record_export(caller, kind, query, exchange, format, taken).await?;
        Ok(file)
    }

    fn build(
        &self,
        caller: &Caller,
        kind: &str,
        query: &ListQuery,
        exchange: &str,
        format: Format,
        lang: Lang,
    ) -> Result<(ExportFile, Taken), Problem> {
        let (kind, form, directory, order) = {
            let world = self.world.read();
            let table = world.table(kind)?;
            let form = Form::of(&table.kind, exchange, &self.messages)?;
            let rows = world.matching(caller, table, query, Action::Export)?;
            if rows.is_empty() {
                access::may(&world, caller, &table.kind, Action::Export)?;
            }
            if rows.len() > EXPORT_LIMIT {
                return Err(Problem::too_large("export.too_many").arg("max", EXPORT_LIMIT).arg("count", rows.len()));
            }
            (Arc::clone(&table.kind), form, Directory::of(&world, &table.kind.fields)?, sorted(table, &rows, &query.sort)?)
        };
        let mut taken = Taken::default();
        let mut masking = Masking::default();
        for part in order.chunks(HOLD) {
            let world = self.world.read();
            self.take(&world, caller, &kind, &form, &directory, part, (format, lang), &mut masking, &mut taken)?;
        }
        let (now, zone) = (self.clock.now(), self.world.read().zone());
        let title = if matches!(form.name(), FULL | SHOWN) { &kind.plural } else { &form.exchange.label };
        let wall = zone.wall(now);
        let note = |code: &str, name: &str, value: &str| self.messages.fill(code, &[(name.to_owned().into(), value.to_owned())], lang);
        let mut notes = vec![
            note("export.note_who", "name", &caller.name),
            note("export.note_when", "at", &wall),
            note("export.note_count", "count", &taken.rows.len().to_string()),
        ];
        if taken.graded > 0 {
            notes.insert(0, super::say(&self.messages, "export.note_confidential", lang));
        }
        let columns = {
            let world = self.world.read();
            form.columns(&kind, words(&world.catalog, world.grade_scheme(), lang), None)
        };
        let sheet = Sheet { title: title.get(lang).to_owned(), notes, columns, rows: std::mem::take(&mut taken.rows) };
        let bytes = match format {
            Format::Xlsx => write_xlsx(&sheet, &sheet_options(&self.messages, lang, now, true))?,
            Format::Csv => write_csv(&sheet),
            Format::Json => write_json(&sheet),
        };
        let (media, ending) = format_of(format);
        let day: String = wall.chars().filter(char::is_ascii_digit).take(8).collect();
        Ok((ExportFile { name: file_name(&[title.get(lang), &day], ending), media, bytes }, taken))
    }

    #[expect(clippy::too_many_arguments, reason = "the inside of one loop, apart so that the world is held shortly")]
    fn take(
        &self,
        world: &World,
        caller: &Caller,
        kind: &Kind,
        form: &Form,
        directory: &Directory,
        part: &[u32],
        (format, lang): (Format, Lang),
        masking: &mut Masking,
        taken: &mut Taken,
    ) -> Result<(), Problem> {
        let table = world.table(&kind.kind)?;
        // Asked again: what the caller may take out can have changed since the list was made.
        let allowed = world.visible(caller, table, Action::Export);
        let lookup = Lookup::new(directory, world, caller);
        let words = words(&world.catalog, world.grade_scheme(), lang);
        for row in part.iter().filter(|r| allowed.contains(**r)).filter_map(|r| table.row(*r)) {
            let mut record = row.record()?;
            let protection = extract::protection(kind, world.grade_scheme(), &record.data);
            masking.apply(world, caller, kind, &mut record);
            let mut line = cells(kind, &form.exchange, &record, taken.rows.len() + 1, words, &lookup);
            for (cell, column) in line.iter_mut().zip(&form.exchange.columns) {
                if let [name] = column.fields.as_slice()
                    && let Some(text) = system_cell(name, &record, world, format)
                {
                    *cell = text;
                }
            }
            taken.rows.push(line);
            taken.ids.push(record.id);
            taken.graded += u64::from(protection > Protection::None);
            if protection == Protection::Core {
                taken.core.push(record.id);
            }
        }
        Ok(())
    }

    /// Writes down who took what; everything here is durable before the file leaves.
    async fn record_export(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        query: &ListQuery,
        exchange: &str,
        format: Format,
        taken: Taken,
    ) -> Result<(), Problem> {
        if caller.system {
            return Ok(());
        }
        let (_, ending) = format_of(format);
        let fields = Data::from([
            ("count".to_owned(), json!(taken.ids.len())),
            ("graded".to_owned(), json!(taken.graded)),
            ("exchange".to_owned(), json!(exchange)),
            ("format".to_owned(), json!(ending)),
            ("query_digest".to_owned(), json!(digest(query))),
            ("records".to_owned(), json!(taken.ids)),
        ]);
        let note = |record: Option<Id>, act: &str, fields: Data| Note {
            caller: caller.clone(),
            act: act.to_owned(),
            kind: kind.to_owned(),
            record,
            fields,
        };
        let index = self.pipeline.note(note(None, "export", fields)).await?;
        for part in taken.core.chunks(NOTES) {
            let mut set = JoinSet::new();
            for id in part {
                let (pipeline, note) =
                    (self.pipeline.clone(), note(Some(*id), "exported", Data::from([("export".to_owned(), json!(index))])));
                set.spawn(async move { pipeline.note(note).await });
            }
            while let Some(done) = set.join_next().await {
                done.map_err(|e| Problem::internal("node.task").detail(e))??;
            }
        }
        Ok(())
    }
}

/// Columns that kinds know nothing of; instants for people in the company's zone, for programs exact.
fn system_cell(name: &str, record: &Record, world: &World, format: Format) -> Option<String> {
    let instant = match name {
        "created" => record.created,
        "updated" => record.updated,
        "id" => return Some(record.id.to_string()),
        _ => return None,
    };
    Some(if format == Format::Json { instant.to_string() } else { world.zone().wall(instant) })
}

/// Rows in the order asked for; in order of arrival when none is.
fn sorted(table: &Table, rows: &RoaringBitmap, sort: &str) -> Result<Vec<u32>, Problem> {
    let mut order: Vec<u32> = rows.iter().collect();
    if sort.is_empty() {
        return Ok(order);
    }
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |n| (n, true));
    let column = table
        .layout
        .sort(name)
        .ok_or_else(|| Problem::invalid("list.sort_unknown").arg("sort", name.chars().take(64).collect::<String>()))?;
    let keys = table.sort_keys(column);
    let key = |row: &u32| keys.get(*row as usize).copied().unwrap_or(0);
    if descending {
        order.sort_by_key(|r| (!key(r), !*r))
    } else {
        order.sort_by_key(|r| (key(r), *r))
    }
    Ok(order)
}

/// SHA-256 of what was asked for: it proves a query that is known without telling one that is not.
fn digest(query: &ListQuery) -> String {
    let filter = |f: &Filter| match f {
        Filter::Among(name, values) => json!(["among", name, values]),
        Filter::From(name, value) => json!(["from", name, value]),
        Filter::To(name, value) => json!(["to", name, value]),
    };
    let filters: Vec<Value> = query.filters.iter().map(filter).collect();
    let text = json!({ "q": query.q, "states": query.states, "filters": filters, "sort": query.sort }).to_string();
    hex::encode(jingui_ledger::tree::sha256(&[text.as_bytes()]))
}

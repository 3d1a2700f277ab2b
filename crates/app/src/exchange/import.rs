//! Lists on their way in: all rows or none, tried out first as often as one likes.
//!
//! What a company kept so far (B, appendix 4) comes in as drafts that carry the grade, day and approver
//! of the list; what makes them secrets in force is the approval, in bulk if wanted. Records of one
//! import name their batch, and the batch names the file by its SHA-256.

use std::sync::Arc;

use jingui_docs::mark_errors;
use jingui_model::{Data, Id, Lang, Problem};
use serde_json::json;

use super::{
    access,
    export::{ExportFile, format_of},
    file_name,
    form::Form,
    prepare::{Prepared, make},
    report::{Finding, ImportReport, NewOne, as_marks, in_words},
    sheet::{Sheet, limits, of_file},
    sheet_options,
};
use crate::{files::tidy_name, identity::account::acting, ledger::blocking, live::Live, pipeline::Command, world::caller::Caller};

/// Most rows of one import.
pub const IMPORT_LIMIT: usize = 60_000;

/// How to import.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Only say what would happen.
    pub dry_run: bool,
    /// Make posts and departments that the file names and nobody has, if the caller may.
    pub create_missing: bool,
    /// Give the file back with its faulty cells marked; nothing is written then.
    pub marked: bool,
    /// Language of messages.
    pub lang: Lang,
}

/// What an import gives back.
#[derive(Debug, Clone)]
pub enum Imported {
    /// What was done, or what would be.
    Report(Box<ImportReport>),
    /// The file with its faults marked.
    Marked(ExportFile),
}

impl Live {
    /// Imports a file. `exchange` names its form; empty means that the form is found by its headings.
    ///
    /// Faults of rows and cells are in the report, and then nothing is written.
    ///
    /// # Errors
    /// `kind.unknown`, `exchange.unknown`, `act.arises`, policy refusals, `import.file` when the file cannot
    /// be read (why stands in its parts), `import.too_many_rows`, `store.*`.
    pub async fn import(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        exchange: &str,
        name: &str,
        bytes: Vec<u8>,
        options: ImportOptions,
    ) -> Result<Imported, Problem> {
        let batch = Id::new(&*self.clock, &*self.rng);
        let (live, who, kind, exchange) = (Arc::clone(self), caller.clone(), kind.to_owned(), exchange.to_owned());
        let name = tidy_name(name).unwrap_or_else(|_| "import".to_owned());
        let (given, bytes) = (name.clone(), Arc::<[u8]>::from(bytes));
        let source = Arc::clone(&bytes);
        let mut prepared = blocking(move || live.read_file(&who, &kind, &exchange, &given, &source, batch, options)).await?;
        if options.marked {
            let live = Arc::clone(self);
            return blocking(move || live.marked(&prepared, &name, &bytes, options.lang)).await.map(Imported::Marked);
        }
        if options.dry_run || !prepared.errors.is_empty() {
            return Ok(Imported::Report(Box::new(self.report(&prepared, None, options.lang))));
        }
        if prepared.rows.is_empty() && prepared.warnings.is_empty() {
            return Err(of_file(Problem::invalid("import.nothing"), &name));
        }
        if prepared.rows.is_empty() {
            // Every row is there already: said row by row, and nothing is to be done.
            return Ok(Imported::Report(Box::new(self.report(&prepared, None, options.lang))));
        }
        let commands = commands(caller, &prepared, batch, &name, &bytes);
        let before = commands.len() - prepared.rows.len();
        let told = self.importing(caller.actor.account, &name, "writing", commands.len());
        told(0);
        let done = match self.pipeline.group_told(commands, told).await {
            Ok(_) => Some(batch),
            Err(problem) => {
                // Somebody was faster since the rows were tried out: said like any other fault of a row.
                let at = problem.args().iter().find(|(n, _)| n == "position").and_then(|(_, v)| v.parse::<usize>().ok());
                let Some(row) = at.and_then(|at| prepared.rows.get(at.checked_sub(before)?)).map(|r| r.row) else { return Err(problem) };
                let column = problem.field().and_then(|f| prepared.sheet.place_of(f));
                prepared.errors.push(Finding { row, column, problem });
                None
            }
        };
        Ok(Imported::Report(Box::new(self.report(&prepared, done, options.lang))))
    }

    #[expect(clippy::too_many_arguments, reason = "handed on as they came")]
    fn read_file(
        &self,
        caller: &Caller,
        kind: &str,
        exchange: &str,
        name: &str,
        bytes: &[u8],
        batch: Id,
        options: ImportOptions,
    ) -> Result<Prepared, Problem> {
        let (kind, forms) = {
            let world = self.world.read();
            let kind = Arc::clone(world.kind(kind)?);
            access::may_import(&world, caller, &kind)?;
            let forms = match exchange {
                "" => Form::all(&kind, &self.messages),
                one => vec![Form::of(&kind, one, &self.messages)?],
            };
            (kind, forms)
        };
        let (mut errors, mut warnings) = (vec![], vec![]);
        let sheet = Sheet::read(&kind, forms, (name, bytes), options.lang, &mut warnings, &mut errors)?;
        let mut prepared = self.prepare(caller, &kind, (name, sheet), batch, options.create_missing, options.lang, errors, warnings)?;
        prepared.errors.sort_by_key(|f| (f.row, f.column));
        prepared.warnings.sort_by_key(|f| (f.row, f.column));
        Ok(prepared)
    }

    fn report(&self, prepared: &Prepared, batch: Option<Id>, lang: Lang) -> ImportReport {
        let words = |findings| in_words(findings, &prepared.sheet, &self.messages, lang);
        ImportReport {
            batch,
            exchange: prepared.sheet.form.name().to_owned(),
            rows: prepared.sheet.lines.len(),
            creates: prepared.rows.len(),
            makes: prepared.makes.iter().map(|w| NewOne { kind: w.kind.clone(), name: w.name.clone() }).collect(),
            errors: words(&prepared.errors),
            error_count: prepared.errors.len(),
            warnings: words(&prepared.warnings),
            warning_count: prepared.warnings.len(),
            preview: prepared.preview.clone(),
            names: prepared.names.clone(),
        }
    }

    fn marked(&self, prepared: &Prepared, name: &str, bytes: &[u8], lang: Lang) -> Result<ExportFile, Problem> {
        let marks = as_marks(&prepared.errors, &self.messages, lang);
        let options = sheet_options(&self.messages, lang, self.clock.now(), false);
        let bytes = mark_errors(bytes, prepared.sheet.format, &prepared.sheet.grid, &marks, &options, &limits())?;
        let (media, ending) = format_of(jingui_docs::Format::Xlsx);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let suffix = super::say(&self.messages, "import.marked_name", lang);
        Ok(ExportFile { name: file_name(&[stem, &suffix], ending), media, bytes })
    }
}

/// What is made first, the batch, the rows: one transaction.
fn commands(caller: &Caller, prepared: &Prepared, batch: Id, name: &str, bytes: &[u8]) -> Vec<Command> {
    let mut commands: Vec<Command> = prepared.makes.iter().map(|w| make(caller, w, batch)).collect();
    let mut data = Data::from([
        ("file_name".to_owned(), json!(name)),
        ("target".to_owned(), json!(prepared.kind.kind)),
        ("exchange".to_owned(), json!(prepared.sheet.form.name())),
        ("digest".to_owned(), json!(hex::encode(jingui_ledger::tree::sha256(&[bytes])))),
        ("rows_read".to_owned(), json!(prepared.sheet.lines.len())),
        ("records_made".to_owned(), json!(prepared.rows.len() + prepared.makes.len())),
    ]);
    if let Some(person) = caller.view.person {
        data.insert("by".to_owned(), json!(person));
    }
    // Batches arise by themselves: the program makes them, in the name of whoever imports.
    let mut record = Command::create(&acting(caller), "import_batch", data);
    record.new_id = Some(batch);
    commands.push(record);
    for row in &prepared.rows {
        let mut command = Command::create(caller, &prepared.kind.kind, row.data.clone());
        command.new_id = Some(row.id);
        command.batch = Some(batch);
        commands.push(command);
    }
    commands
}

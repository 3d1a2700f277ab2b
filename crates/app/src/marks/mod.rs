//! Marks in the files of records: number, grade, term, unit, put into the file itself (H 9.2.1, B 5.2.1), and what was put when (H 9.2.2).
//!
//! The marked copy becomes the next version of the same file; the unmarked one stays, and every later mark begins with it again. A mark
//! changes nothing of what a file says, so whoever may add files to a record may have it marked, in every state and without a request;
//! the act has its own name in the ledger, with what the mark says and both digests. After declassification the mark says so (B 4.3.2).

mod lead_in;
mod view;
mod words;

use std::sync::Arc;

use jingui_kinds::{
    kind::FieldType,
    record::{FileMark, FileVersion, Record},
};
pub use jingui_mark::Left;
use jingui_mark::{Film, Limits};
use jingui_model::{Data, Id, Lang, Problem};
use jingui_policy::Action;
use serde_json::json;

pub use self::view::{MarkView, MarkedFile, PutMark, RecordMarks};
use self::words::Wording;
use crate::{
    exchange::ExportFile,
    files::{file_input, versions},
    ledger::blocking,
    live::Live,
    pipeline::Command,
    shelf::font,
    world::caller::Caller,
};

/// What became of one file.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The file.
    pub series: Id,
    /// Its name.
    pub name: String,
    /// The version that bears the mark now; none when it could not be put.
    pub version: Option<u32>,
    /// What was not put, or not as one would think.
    pub left: Vec<Left>,
    /// Why it could not be put.
    pub problem: Option<Problem>,
}

/// The newest version of a file, the one to begin with, and where it stands.
struct Begin {
    field: String,
    newest: FileVersion,
    from: FileVersion,
}

impl Live {
    /// Puts the record's mark into its files: those of the given series, or all whose mark is missing or out of date. A file that cannot
    /// be marked does not hinder the others.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`, `mark.not_graded`, `file.missing` for a series that there is not.
    pub async fn put_marks(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        record: Id,
        series: &[Id],
        lang: Lang,
    ) -> Result<Vec<Placed>, Problem> {
        let (files, wording) = {
            let world = self.world.read();
            let current = world.record(record)?;
            let definition = world.kind(kind)?;
            if current.kind != kind {
                return Err(Problem::missing("record.missing"));
            }
            let target = world.target(caller, definition, &current);
            if !world.known(caller, &target) {
                return Err(Problem::missing("record.missing"));
            }
            world.allow(caller, Action::Attach, &target)?;
            let wording = words::of(&world, caller, &current, lang, self)?.ok_or_else(|| Problem::conflict("mark.not_graded"))?;
            let fields = definition.fields.iter().filter(|f| matches!(f.ty, FieldType::Files {}) && !f.fixed && !f.internal);
            let files: Vec<Begin> = fields.flat_map(|f| begins(&current, &f.name)).collect();
            (files, wording)
        };
        if series.iter().any(|id| !files.iter().any(|f| f.newest.series == *id)) {
            return Err(Problem::missing("file.missing"));
        }
        let wanted = |f: &&Begin| if series.is_empty() { !wording.stands_on(&f.newest) } else { series.contains(&f.newest.series) };
        let mut placed = vec![];
        for file in files.iter().filter(wanted) {
            let (series, name) = (file.newest.series, file.newest.name.clone());
            if wording.stands_on(&file.newest) {
                placed.push(Placed { series, name, version: Some(file.newest.version), left: vec![], problem: None });
                continue;
            }
            let done = self.put_mark(caller, kind, record, file, &wording).await;
            placed.push(match done {
                Ok((version, left)) => Placed { series, name, version: Some(version), left, problem: None },
                Err(problem) => Placed { series, name, version: None, left: vec![], problem: Some(problem) },
            });
        }
        Ok(placed)
    }

    async fn put_mark(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        record: Id,
        file: &Begin,
        wording: &Wording,
    ) -> Result<(u32, Vec<Left>), Problem> {
        let (bytes, left) = self.marked_copy(caller, record, &file.from, wording.mark.clone()).await?;
        let sealed = self.seal_file(record, Box::new(std::io::Cursor::new(bytes))).await?;
        let next = file.newest.version.saturating_add(1);
        let mut version = self.version(caller, &sealed, file.newest.series, next, file.newest.name.clone(), &file.newest.media);
        version.mark = Some(FileMark {
            of: file.from.id,
            of_sha256: file.from.sha256.clone(),
            number: wording.mark.number.clone(),
            grade: wording.mark.grade.clone(),
            term: wording.mark.term.clone(),
            unit: wording.mark.unit.clone(),
            lifted: wording.lifted,
        });
        let command = Command::on(caller, kind, record, "mark", file_input(&file.field, &version)?);
        self.refer(command, &sealed.object).await?;
        Ok((next, left))
    }

    /// A file with the mark of its record and the name of whoever opens it, put on the way out and kept nowhere. Recorded as the reading
    /// that it is, before anything leaves. A marked copy is the original with words on it: whoever may not have the one may not have the other.
    ///
    /// # Errors
    /// As [`Live::open_file`]; `mark.*` when the file cannot be marked.
    pub async fn open_marked(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        record: Id,
        file: Id,
        lang: Lang,
    ) -> Result<ExportFile, Problem> {
        let fields = Data::from([("file".to_owned(), json!(file)), ("marked".to_owned(), json!(true))]);
        self.access_original(caller, kind, record, fields).await?;
        let (from, name, wording) = {
            let world = self.world.read();
            let current = world.record(record)?;
            let asked = versions(&current).find(|v| v.id == file).ok_or_else(|| Problem::missing("file.missing"))?;
            let wording = words::of(&world, caller, &current, lang, self)?.ok_or_else(|| Problem::conflict("mark.not_graded"))?;
            let name = asked.name.clone();
            (unmarked(&current, asked), name, wording.for_reader(&world, caller, lang, self))
        };
        let (bytes, _) = self.marked_copy(caller, record, &from, wording.mark).await?;
        Ok(ExportFile { name, media: "application/octet-stream", bytes })
    }

    /// The content of a version with a mark in it, in memory only.
    async fn marked_copy(
        &self,
        caller: &Caller,
        record: Id,
        from: &FileVersion,
        mark: jingui_mark::Mark,
    ) -> Result<(Vec<u8>, Vec<Left>), Problem> {
        let limits = Limits::default();
        if from.size > limits.max_bytes as u64 {
            return Err(Problem::too_large("mark.too_large").arg("max", limits.max_bytes >> 20));
        }
        let found = self.outgoing(caller, record, from.id).await?;
        blocking(move || {
            let mut bytes = vec![];
            found.write_to(&mut bytes)?;
            if let Some(film) = Film::of(&bytes) {
                return lead_in::put(&bytes, film, &mark, &font()?, limits.max_bytes).map(|bytes| (bytes, vec![]));
            }
            let font = match jingui_mark::sniff(&bytes) {
                Some(format) if format.needs_font() => Some(font()?),
                _ => None,
            };
            jingui_mark::put(&bytes, &mark, font.as_ref(), &limits).map(|marked| (marked.bytes, marked.left))
        })
        .await
    }
}

/// The version before its mark, while the record still has it.
fn unmarked(record: &Record, version: FileVersion) -> FileVersion {
    let of = version.mark.as_ref().map(|m| m.of);
    of.and_then(|of| versions(record).find(|v| v.id == of)).unwrap_or(version)
}

/// Each file of a field.
fn begins(record: &Record, field: &str) -> Vec<Begin> {
    let mut newest: Vec<FileVersion> = vec![];
    for version in view::in_field(record, field) {
        match newest.iter_mut().find(|v| v.series == version.series) {
            Some(held) if held.version < version.version => *held = version,
            Some(_) => {}
            None => newest.push(version),
        }
    }
    newest.into_iter().map(|v| Begin { field: field.to_owned(), from: unmarked(record, v.clone()), newest: v }).collect()
}

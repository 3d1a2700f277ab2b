//! The marks of a record's files for the screen: what a mark would say now, which files bear it, and all marks that were put (H 9.2.2).

use jingui_kinds::{
    kind::FieldType,
    record::{FileMark, FileVersion, Record},
};
use jingui_model::{Id, Instant, Lang, Problem};
use jingui_policy::Action;
use serde::Serialize;
use serde_json::Value;

use super::words;
use crate::{live::Live, refusal, world::caller::Caller};

/// What a mark says.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MarkView {
    /// The line at the head.
    pub header: String,
    /// The line at the foot.
    pub footer: String,
    /// The words across; empty for none.
    pub watermark: String,
    /// Does it say that the record is declassified?
    pub lifted: bool,
}

/// One mark that was put.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PutMark {
    /// The version that bears it.
    pub version: u32,
    /// When.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub at: Instant,
    /// By whom.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub by: Id,
    /// Their name.
    pub by_name: Option<String>,
    /// SHA-256 of the marked version.
    pub sha256: String,
    /// What it says, and the version that was marked.
    pub mark: FileMark,
}

/// A file and its marks.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MarkedFile {
    /// The file.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub series: Id,
    /// The field that it is in.
    pub field: String,
    /// Does its newest version bear a mark?
    pub marked: bool,
    /// It does, but the record says something else now.
    pub out_of_date: bool,
    /// All marks, the newest first.
    pub history: Vec<PutMark>,
}

/// The marks of a record.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RecordMarks {
    /// What a mark would say now; none when the record is not graded.
    pub current: Option<MarkView>,
    /// May the caller have files marked?
    pub allowed: bool,
    /// Each file.
    pub files: Vec<MarkedFile>,
}

/// The versions in one field.
pub(super) fn in_field(record: &Record, field: &str) -> Vec<FileVersion> {
    let all = record.data.get(field).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|v| serde_json::from_value(v.clone()).ok()).collect()
}

impl Live {
    /// The marks of a record's files.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`.
    pub fn marks(&self, caller: &Caller, kind: &str, id: Id, lang: Lang) -> Result<RecordMarks, Problem> {
        let world = self.world.read();
        let record = world.record(id)?;
        let definition = world.kind(kind)?;
        let target = world.target(caller, definition, &record);
        if record.kind != kind || !world.known(caller, &target) {
            return Err(Problem::missing("record.missing"));
        }
        let ruling = world.rule(caller, Action::Read, &target);
        if !ruling.allowed {
            return Err(refusal::denied(Action::Read, &ruling));
        }
        let wording = words::of(&world, caller, &record, lang, self)?;
        let mut files: Vec<MarkedFile> = vec![];
        for field in definition.fields.iter().filter(|f| matches!(f.ty, FieldType::Files {}) && !f.fixed && !f.internal) {
            let mut all = in_field(&record, &field.name);
            all.sort_by_key(|v| std::cmp::Reverse(v.version));
            for version in all {
                let put = version.mark.clone().map(|mark| PutMark {
                    version: version.version,
                    at: version.added,
                    by: version.by,
                    by_name: world.title(version.by).map(str::to_owned),
                    sha256: version.sha256.clone(),
                    mark,
                });
                match files.iter_mut().find(|f| f.series == version.series) {
                    Some(file) => file.history.extend(put),
                    None => {
                        let stands = wording.as_ref().is_some_and(|w| w.stands_on(&version));
                        let marked = put.is_some();
                        files.push(MarkedFile {
                            series: version.series,
                            field: field.name.clone(),
                            marked,
                            out_of_date: marked && !stands,
                            history: put.into_iter().collect(),
                        });
                    }
                }
            }
        }
        let current =
            wording.map(|w| MarkView { header: w.mark.header, footer: w.mark.footer, watermark: w.mark.watermark, lifted: w.lifted });
        Ok(RecordMarks { current, allowed: world.rule(caller, Action::Attach, &target).allowed, files })
    }
}

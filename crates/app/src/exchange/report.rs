//! What an import says of a file: each fault by cell, in the caller's language.

use std::collections::BTreeMap;

use jingui_docs::{CellError, cell_name};
use jingui_model::{Data, Id, Lang, Problem};
use serde::Serialize;

use super::sheet::Sheet;
use crate::messages::Messages;

/// Most faults that a report lists one by one.
const MOST: usize = 1000;
/// Rows that a report shows as they would be.
pub(super) const PREVIEW: usize = 20;

/// A fault, before it is put into words.
pub(super) struct Finding {
    /// Row in the file.
    pub row: u32,
    /// Column in the file, from 0; none for the row as a whole.
    pub column: Option<usize>,
    pub problem: Problem,
}

impl Finding {
    pub const fn cell(row: u32, column: usize, problem: Problem) -> Self {
        Self { row, column: Some(column), problem }
    }
}

/// A fault in a cell, or in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CellReport {
    /// Row in the file, from 1.
    pub row: u32,
    /// Column in the file, from 0; none for the row as a whole.
    pub column: Option<usize>,
    /// As a spreadsheet names it, `C7`.
    pub cell: Option<String>,
    /// Heading of the column.
    pub header: Option<String>,
    /// Stable code.
    pub code: String,
    /// In the caller's language.
    pub message: String,
    /// What stands there.
    pub value: Option<String>,
}

/// A record that the import makes besides the rows: a post, a department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ImportMakes))]
pub struct NewOne {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A row as it would be.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PreviewRow {
    /// Row in the file.
    pub row: u32,
    /// Its fields.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub data: Data,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// The batch; none when nothing was written.
    pub batch: Option<Id>,
    /// The form that the file was recognised as.
    pub exchange: String,
    /// Rows read.
    pub rows: usize,
    /// Records made, or that would be made of the rows without a fault.
    pub creates: usize,
    /// Posts and departments that are made first.
    pub makes: Vec<NewOne>,
    /// What keeps it from being imported; the first 1,000.
    pub errors: Vec<CellReport>,
    /// How many errors there are.
    pub error_count: usize,
    /// What was understood with care, left out or passed over; the first 1,000.
    pub warnings: Vec<CellReport>,
    /// How many warnings there are.
    pub warning_count: usize,
    /// The first rows.
    pub preview: Vec<PreviewRow>,
    /// Titles of everything that the preview refers to.
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, String>))]
    pub names: BTreeMap<Id, String>,
}

/// The first findings in words.
pub(super) fn in_words(findings: &[Finding], sheet: &Sheet, messages: &Messages, lang: Lang) -> Vec<CellReport> {
    let word = |f: &Finding| {
        let at = sheet.grid.rows.binary_search_by_key(&f.row, |r| r.number).ok().and_then(|i| sheet.grid.rows.get(i));
        CellReport {
            row: f.row,
            column: f.column,
            cell: f.column.map(|c| cell_name(f.row, c)),
            header: f.column.and_then(|c| sheet.grid.headers.get(c)).cloned(),
            code: f.problem.code().to_owned(),
            message: messages.problem(&f.problem, lang),
            value: f.column.and_then(|c| at?.cells.get(c)).filter(|v| !v.is_empty()).map(|v| v.chars().take(200).collect()),
        }
    };
    findings.iter().take(MOST).map(word).collect()
}

/// Findings for the returned file.
pub(super) fn as_marks(findings: &[Finding], messages: &Messages, lang: Lang) -> Vec<CellError> {
    findings.iter().map(|f| CellError { row: f.row, column: f.column, message: messages.problem(&f.problem, lang) }).collect()
}

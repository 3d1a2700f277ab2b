//! A table on its way in: which format, where the header is, and the rows below it as text.
//!
//! The header row is searched, because real forms carry a title above it (B, appendix 4 does).
//! What the cells mean is decided by the caller, who gets each row with its number in the file.

use std::collections::{HashMap, HashSet};

use jingui_model::Problem;

use crate::{
    archive, csv_in, json,
    looks::{too_long, too_wide},
    merge::{self, Merge},
    text::{header_key, is_blank},
    xlsx_in,
};

/// How many rows that are not blank are searched for the header.
pub(crate) const HEADER_WITHIN: usize = 20;

/// The format of a file of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Excel workbook (`.xlsx`).
    Xlsx,
    /// Comma, semicolon or TAB separated text.
    Csv,
    /// A JSON array of objects.
    Json,
}

impl Format {
    /// Tells the format by content first and by name second.
    ///
    /// # Errors
    /// `table.encrypted`, `table.old_xls`, `table.xlsb`, `table.macro` or `table.not_xlsx` when it
    /// is a spreadsheet of a sort that is not read; `table.empty` when there is nothing.
    pub fn sniff(file_name: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let ending = file_name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
        archive::refuse_foreign(bytes)?;
        if bytes.starts_with(b"PK") {
            return match ending.as_str() {
                "xlsm" | "xltm" => Err(Problem::invalid("table.macro")),
                "xlsb" => Err(Problem::invalid("table.xlsb")),
                _ => Ok(Self::Xlsx),
            };
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
        match ending.as_str() {
            _ if text.is_empty() => Err(Problem::invalid("table.empty")),
            "xlsx" | "xlsm" | "xlsb" | "ods" => Err(Problem::invalid("table.not_xlsx")),
            "xls" | "et" => Err(Problem::invalid("table.old_xls")),
            "json" => Ok(Self::Json),
            "csv" | "tsv" | "txt" => Ok(Self::Csv),
            _ if text.starts_with(b"[") || text.starts_with(b"{") => Ok(Self::Json),
            _ => Ok(Self::Csv),
        }
    }
}

/// What a file may cost before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Bytes after unpacking, and bytes of text taken out of it.
    pub max_uncompressed: u64,
    /// Rows that are not blank.
    pub max_rows: usize,
    /// Columns, counted from the first of the sheet.
    pub max_columns: usize,
    /// Rows times columns.
    pub max_cells: usize,
    /// Characters of one cell.
    pub max_cell_chars: usize,
}

impl Default for Limits {
    /// 20 MiB packed, 256 MiB unpacked, 200,000 rows, 200 columns, 3,000,000 cells of 32,767
    /// characters at most.
    fn default() -> Self {
        Self {
            max_bytes: 20 << 20,
            max_uncompressed: 256 << 20,
            max_rows: 200_000,
            max_columns: 200,
            max_cells: 3_000_000,
            max_cell_chars: 32_767,
        }
    }
}

/// A table as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// The name of the sheet; empty for CSV and JSON.
    pub sheet: String,
    /// The number of the header row, counted from 1 as spreadsheets do.
    pub header_row: usize,
    /// One for each column from the first of the sheet; a known header is given as the caller
    /// spells it, others as they stand in the file, `""` where there is none.
    pub headers: Vec<String>,
    /// The rows below the header that are not blank; each as wide as `headers`.
    pub rows: Vec<GridRow>,
}

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GridRow {
    /// Its number in the file, counted from 1. For JSON as if the member names were row 1.
    pub number: u32,
    /// The cells as text.
    pub cells: Vec<String>,
}

/// A sheet before its header is known.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) name: String,
    pub(crate) rows: Vec<GridRow>,
    pub(crate) merges: Vec<Merge>,
    /// Cells that cannot be text (`#REF!`), with their row.
    pub(crate) wrong: Vec<(u32, Problem)>,
}

/// The headers the caller knows, ready for comparing.
pub(crate) struct Known<'a>(HashMap<String, &'a str>);

impl<'a> Known<'a> {
    pub(crate) fn new(headers: &[&'a str]) -> Self {
        Self(headers.iter().filter(|h| !is_blank(h)).map(|h| (header_key(h), *h)).collect())
    }

    /// How many different known headers stand in a row.
    pub(crate) fn score(&self, cells: &[String]) -> usize {
        cells.iter().map(|c| header_key(c)).filter(|key| self.0.contains_key(key)).collect::<HashSet<_>>().len()
    }

    /// The best header row among the first rows: its index and score.
    pub(crate) fn find(&self, rows: &[GridRow]) -> Option<(usize, usize)> {
        let visible = rows.iter().enumerate().filter(|(_, row)| !row.cells.iter().all(|c| is_blank(c))).take(HEADER_WITHIN);
        if self.0.is_empty() {
            return visible.map(|(i, _)| (i, 0)).next();
        }
        let mut best: Option<(usize, usize)> = None;
        for (i, row) in visible {
            let score = self.score(&row.cells);
            if score > best.map_or(0, |(_, s)| s) {
                best = Some((i, score));
            }
        }
        best.filter(|(_, score)| *score >= self.0.len().min(2))
    }
}

/// Reads a table. The sheet and row whose cells match most of `known_headers` become the header
/// (compared by [`header_key`](crate::header_key)); two must match, or the only one there is. With
/// no known headers the first row that is not blank is taken. For JSON the caller gives the keys.
///
/// Rows that are entirely blank are left out. Cells of a vertical merge are filled with its value.
///
/// # Errors
/// Every way in which a file can be bad, as `table.*`; cells that hold an Excel error or a number
/// with lost digits are reported all at once, each with its cell as the field.
pub fn read(bytes: &[u8], format: Format, known_headers: &[&str], limits: &Limits) -> Result<Grid, Problem> {
    let known = Known::new(known_headers);
    let raw = load(bytes, format, &known, limits)?;
    shape(raw, &known, known_headers, limits)
}

/// The sheet that the known headers choose, as it stands in the file.
pub(crate) fn load(bytes: &[u8], format: Format, known: &Known<'_>, limits: &Limits) -> Result<Raw, Problem> {
    if bytes.len() > limits.max_bytes {
        return Err(Problem::too_large("table.too_large").arg("max", limits.max_bytes >> 20));
    }
    match format {
        Format::Xlsx => xlsx_in::load(bytes, known, limits),
        Format::Csv => csv_in::load(bytes, known, limits),
        Format::Json => json::load(bytes, limits),
    }
}

fn shape(mut raw: Raw, known: &Known<'_>, known_headers: &[&str], limits: &Limits) -> Result<Grid, Problem> {
    let missing = || Problem::invalid("table.no_header").arg("headers", known_headers.join(", ")).arg("rows", HEADER_WITHIN);
    if raw.rows.iter().all(|row| row.cells.iter().all(|c| is_blank(c))) {
        return Err(Problem::invalid("table.empty"));
    }
    let (at, _) = known.find(&raw.rows).ok_or_else(missing)?;
    let mut rows = raw.rows.split_off(at + 1);
    let header = raw.rows.pop().ok_or_else(missing)?;
    raw.wrong.retain(|(row, _)| *row >= header.number);
    if let Some(problem) = Problem::many(raw.wrong.into_iter().map(|(_, p)| p).collect()) {
        return Err(problem);
    }
    merge::fill_down(&mut rows, &raw.merges, limits)?;
    rows.retain(|row| !row.cells.iter().all(|c| is_blank(c)));
    let width = rows.iter().map(used).max().unwrap_or(0).max(used(&header));
    if width > limits.max_columns {
        return Err(too_wide(limits.max_columns));
    }
    if rows.len() > limits.max_rows {
        return Err(too_long(limits.max_rows));
    }
    if rows.len().saturating_mul(width) > limits.max_cells {
        return Err(Problem::too_large("table.too_many_cells").arg("max", limits.max_cells));
    }
    let mut headers = name_headers(header.cells, known)?;
    headers.resize(width, String::new());
    for row in &mut rows {
        row.cells.resize(width, String::new());
    }
    Ok(Grid { sheet: raw.name, header_row: header.number as usize, headers, rows })
}

/// The width up to the last cell that is not empty.
fn used(row: &GridRow) -> usize {
    row.cells.iter().rposition(|c| !c.is_empty()).map_or(0, |i| i + 1)
}

/// Known headers as the caller spells them, the others trimmed.
fn name_headers(cells: Vec<String>, known: &Known<'_>) -> Result<Vec<String>, Problem> {
    let mut seen = HashSet::new();
    let mut headers = Vec::with_capacity(cells.len());
    for cell in cells {
        if let Some(name) = known.0.get(&header_key(&cell)) {
            if !seen.insert(*name) {
                return Err(Problem::invalid("table.duplicate_header").arg("header", *name));
            }
            headers.push((*name).to_owned());
        } else {
            headers.push(cell.trim().to_owned());
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_before_the_name() {
        assert_eq!(Format::sniff("a.csv", b"PK\x03\x04rest"), Ok(Format::Xlsx));
        assert_eq!(Format::sniff("a", b"\xEF\xBB\xBF [ {} ]"), Ok(Format::Json));
        assert_eq!(Format::sniff("a.CSV", b"[a],b"), Ok(Format::Csv));
        let codes = [("a.xlsx", &b"plain"[..]), ("a.xls", b"<html>"), ("a.xlsm", b"PK\x03\x04"), ("a.csv", b" \n")];
        let codes = codes.map(|(name, bytes)| Format::sniff(name, bytes).unwrap_err().code().to_owned());
        assert_eq!(codes, ["table.not_xlsx", "table.old_xls", "table.macro", "table.empty"]);
    }
}

//! Excel workbooks in (ECMA-376): which sheet, and its cells as text.
//!
//! Cells are streamed rather than taken as the parser's dense range, because a range of two cells
//! at opposite corners is as large as the sheet. The parser does unchecked arithmetic on cell
//! references (`ref="B2:A1"`), which panics in builds with overflow checks; that is the only reason
//! why its calls run under `catch_unwind`.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{Data, DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use jingui_model::Problem;

use crate::{
    archive::{self, damaged},
    csv_in::cell_too_long,
    grid::{GridRow, HEADER_WITHIN, Known, Limits, Raw},
    looks::{MAX_ROWS, too_long, too_wide},
    merge::Merge,
    text::{cell_name, number_text},
};

/// How many sheets are looked at for the header.
const MAX_SHEETS: usize = 64;
/// How many cells of a sheet are looked at for the header.
const PEEK_CELLS: usize = 400_000;
/// How many wrong cells are reported.
const MAX_WRONG: usize = 100;

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

pub(crate) fn load(bytes: &[u8], known: &Known<'_>, limits: &Limits) -> Result<Raw, Problem> {
    archive::check(bytes, limits)?;
    catch_unwind(AssertUnwindSafe(|| load_checked(bytes, known, limits))).unwrap_or_else(|_| Err(damaged("parser")))
}

fn load_checked(bytes: &[u8], known: &Known<'_>, limits: &Limits) -> Result<Raw, Problem> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(fault)?;
    let name = choose(&mut book, known, limits)?;
    let mut raw = cells(&mut book, &name, limits, usize::MAX, usize::MAX)?;
    for merged in book.merge_cells_by_sheet_name(&name).map_err(fault)? {
        raw.merges.push(Merge {
            first_row: merged.start.0.saturating_add(1),
            last_row: merged.end.0.saturating_add(1),
            col: merged.start.1 as usize,
        });
    }
    raw.name = name;
    Ok(raw)
}

/// The first visible sheet with the best header, else the first that has cells.
fn choose(book: &mut Book<'_>, known: &Known<'_>, limits: &Limits) -> Result<String, Problem> {
    let visible = |s: &&calamine::Sheet| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible;
    let names: Vec<String> = book.sheets_metadata().iter().filter(visible).map(|s| s.name.clone()).take(MAX_SHEETS).collect();
    let mut best: Option<(String, usize)> = None;
    for name in names {
        let raw = cells(book, &name, limits, HEADER_WITHIN, PEEK_CELLS)?;
        let Some(score) = known.find(&raw.rows).map(|(_, score)| score + 1).or((!raw.rows.is_empty()).then_some(0)) else { continue };
        if best.as_ref().is_none_or(|(_, s)| score > *s) {
            best = Some((name, score));
        }
    }
    best.map(|(name, _)| name).ok_or_else(|| Problem::invalid("table.empty"))
}

/// The cells of a sheet that are not empty, up to so many rows and cells.
fn cells(book: &mut Book<'_>, name: &str, limits: &Limits, rows_wanted: usize, cells_wanted: usize) -> Result<Raw, Problem> {
    let peeking = rows_wanted != usize::MAX;
    let mut reader = book.worksheet_cells_reader(name).map_err(fault)?;
    let mut out = Cells { raw: Raw::default(), limits, bytes: 0, cells: 0 };
    let mut seen = 0_usize;
    loop {
        let cell = match reader.next_cell_with_formula_metadata() {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            // A newer kind of error value (`#SPILL!`): the reader stands behind it and can go on.
            Err(XlsxError::CellError(value)) => {
                out.wrong_value(&value, name);
                continue;
            }
            Err(e) => return Err(fault(e)),
        };
        seen += 1;
        let (row, col) = cell.pos;
        if seen > cells_wanted
            || (out.raw.rows.len() >= rows_wanted && out.raw.rows.last().is_some_and(|r| r.number != row.saturating_add(1)))
        {
            break;
        }
        if row >= MAX_ROWS {
            return Err(damaged("row"));
        }
        let text = match cell_text(&cell.value) {
            // Programs that do not calculate store formulas without a value: not the same as empty.
            Ok(_) if matches!(cell.value, DataRef::Empty) && cell.formula.is_some() => Err(Problem::invalid("table.formula")),
            other => other,
        };
        let text = match text {
            Ok(text) if text.is_empty() => continue,
            Ok(text) => text,
            Err(problem) if !peeking && out.raw.wrong.len() < MAX_WRONG => {
                let cell = cell_name(row + 1, col as usize);
                out.raw.wrong.push((row + 1, problem.at(cell.clone()).arg("cell", cell).arg("sheet", name)));
                continue;
            }
            Err(_) => continue,
        };
        out.put(row + 1, col as usize, text)?;
    }
    Ok(out.raw)
}

struct Cells<'l> {
    raw: Raw,
    limits: &'l Limits,
    bytes: u64,
    cells: usize,
}

impl Cells<'_> {
    fn put(&mut self, number: u32, col: usize, text: String) -> Result<(), Problem> {
        let limits = self.limits;
        if col >= limits.max_columns {
            return Err(too_wide(limits.max_columns));
        }
        if text.len() > limits.max_cell_chars && text.chars().count() > limits.max_cell_chars {
            return Err(cell_too_long(number, col, limits));
        }
        // One long shared string can stand in every cell: what is copied is counted.
        self.bytes += text.len() as u64;
        if self.bytes > limits.max_uncompressed {
            return Err(Problem::too_large("table.too_large_unpacked").arg("max", limits.max_uncompressed >> 20));
        }
        let row = self.row(number)?;
        let before = row.cells.len();
        if before <= col {
            row.cells.resize(col + 1, String::new());
        }
        if let Some(cell) = row.cells.get_mut(col) {
            *cell = text;
        }
        self.cells += (col + 1).saturating_sub(before);
        if self.cells > limits.max_cells.saturating_add(HEADER_WITHIN * limits.max_columns) {
            return Err(Problem::too_large("table.too_many_cells").arg("max", limits.max_cells));
        }
        Ok(())
    }

    /// The row of that number; rows come in order, but a file need not keep to it.
    fn row(&mut self, number: u32) -> Result<&mut GridRow, Problem> {
        let rows = &mut self.raw.rows;
        let at = match rows.last().map(|r| r.number) {
            Some(last) if last == number => rows.len() - 1,
            Some(last) if last > number => rows.binary_search_by_key(&number, |r| r.number).map_err(|_| damaged("row order"))?,
            _ => {
                if rows.len() >= self.limits.max_rows.saturating_add(HEADER_WITHIN) {
                    return Err(too_long(self.limits.max_rows));
                }
                rows.push(GridRow { number, cells: vec![] });
                rows.len() - 1
            }
        };
        rows.get_mut(at).ok_or_else(|| damaged("row order"))
    }

    fn wrong_value(&mut self, value: &str, sheet: &str) {
        if self.raw.wrong.len() < MAX_WRONG {
            let value: String = value.chars().take(20).collect();
            self.raw.wrong.push((MAX_ROWS, Problem::invalid("table.error_value").arg("value", value).arg("sheet", sheet)));
        }
    }
}

/// A cell as text. A formula cell is read with the value that was stored with it.
fn cell_text(value: &DataRef<'_>) -> Result<String, Problem> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => number_text(*n).ok_or_else(|| Problem::invalid("table.number_too_long"))?,
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(when) => time_text(when).ok_or_else(|| Problem::invalid("table.cell_error").arg("value", when.as_f64()))?,
        DataRef::DateTimeIso(text) => text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => return Err(Problem::invalid("table.cell_error").arg("value", Data::Error(error.clone()))),
    })
}

/// A serial date as `2026-11-21`, with `T08:30:00` when it has a time; a time alone as `08:30:00`.
fn time_text(when: &ExcelDateTime) -> Option<String> {
    let serial = when.as_f64();
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    if when.is_duration() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and 2,958,466 days")]
        let seconds = (serial * 86_400.0).round() as u64;
        return Some(format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    }
    let (year, month, day, hour, minute, second, _) = when.to_ymd_hms_milli();
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(match (serial < 1.0 && serial.fract() != 0.0, clock.as_str()) {
        (true, _) => clock,
        (false, "00:00:00") => date,
        (false, _) => format!("{date}T{clock}"),
    })
}

/// A fault of the parser. Only its name is kept: its text can quote cells.
#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(fault)`")]
fn fault(error: XlsxError) -> Problem {
    if matches!(error, XlsxError::Password) {
        return Problem::invalid("table.encrypted");
    }
    let name = format!("{error:?}");
    Problem::invalid("table.damaged").detail(name.split(['(', ' ', '{']).next().unwrap_or_default())
}

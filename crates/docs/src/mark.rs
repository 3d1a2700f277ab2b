//! The file that goes back to the person who imported it: the same rows in the same places, wrong
//! cells red with a note, and a sheet that lists every error. It can be corrected and imported again.

use std::collections::BTreeMap;

use jingui_model::Problem;
use rust_xlsxwriter::Worksheet;

use crate::{
    grid::{Format, Grid, GridRow, Known, Limits, load},
    looks::{self, Looks, MAX_ROWS, fault},
    text::{cell_name, clip, column_name, is_blank},
    xlsx_out::XlsxOptions,
};

/// Notes slow a spreadsheet down; beyond this many, cells are only red and listed.
const MAX_NOTES: usize = 2_000;

/// What is wrong with a cell, or with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The number of the row in the file, counted from 1 ([`GridRow::number`]).
    pub row: u32,
    /// The column counted from 0; `None` means the row as a whole.
    pub column: Option<usize>,
    /// The message, in the language of the reader.
    pub message: String,
}

/// Errors by place: row, then column, with row errors under `None`.
type Places<'e> = BTreeMap<(u32, Option<usize>), Vec<&'e str>>;

/// Writes the returned file, always a workbook: the rows above the header as they were, the header,
/// and the rows of `grid` at their old numbers.
///
/// # Errors
/// Those of [`read`](crate::read) for `original`, and those of writing.
pub fn mark_errors(
    original: &[u8],
    format: Format,
    grid: &Grid,
    errors: &[CellError],
    opts: &XlsxOptions,
    limits: &Limits,
) -> Result<Vec<u8>, Problem> {
    let headers: Vec<&str> = grid.headers.iter().map(String::as_str).collect();
    let raw = load(original, format, &Known::new(&headers), limits)?;
    let mut places = Places::new();
    for error in errors {
        places.entry((error.row, error.column)).or_default().push(&error.message);
    }
    let name = looks::sheet_name(if grid.sheet.is_empty() { &opts.words.sheet } else { &grid.sheet }, &[]);
    let errors_name = looks::sheet_name(&opts.words.errors, std::slice::from_ref(&name));
    let looks = Looks::new(&opts.words.font);
    let mut book = looks::workbook(&name, opts)?;
    let sheet = book.add_worksheet().set_name(&name).map_err(fault)?;
    let above = raw.rows.iter().filter(|row| (row.number as usize) < grid.header_row);
    Marked { sheet, grid, places: &places, looks: &looks, opts, notes: 0 }.write(above)?;
    error_sheet(book.add_worksheet().set_name(&errors_name).map_err(fault)?, grid, &places, &looks, opts)?;
    book.save_to_buffer().map_err(fault)
}

struct Marked<'a> {
    sheet: &'a mut Worksheet,
    grid: &'a Grid,
    places: &'a Places<'a>,
    looks: &'a Looks,
    opts: &'a XlsxOptions,
    notes: usize,
}

impl Marked<'_> {
    fn write<'r>(mut self, above: impl Iterator<Item = &'r GridRow>) -> Result<(), Problem> {
        for row in above {
            for (col, text) in row.cells.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
                looks::put_text(self.sheet, index(row.number)?, col, text, &self.looks.note)?;
            }
        }
        let header_number = u32::try_from(self.grid.header_row).unwrap_or(u32::MAX);
        let header = index(header_number)?;
        for (col, text) in self.grid.headers.iter().enumerate() {
            looks::put_text(self.sheet, header, col, text, &self.looks.header)?;
            self.sheet.set_column_width(looks::column_index(col)?, looks::header_width(text).max(16.0)).map_err(fault)?;
        }
        let mut last = header;
        let mut present = vec![header_number];
        for row in &self.grid.rows {
            last = last.max(index(row.number)?);
            self.row(row)?;
            present.push(row.number);
        }
        // Errors of rows that are not there (a header, a row that was blank) still get their slip.
        present.sort_unstable();
        let places: Vec<_> =
            self.places.keys().filter(|(row, _)| present.binary_search(row).is_err() || *row == header_number).copied().collect();
        for (row, column) in places {
            if (1..=MAX_ROWS).contains(&row) {
                self.slip(row, column, column.unwrap_or(0))?;
            }
        }
        self.sheet.set_freeze_panes(header + 1, 0).map_err(fault)?;
        if let Some(columns) = self.grid.headers.len().checked_sub(1) {
            self.sheet.autofilter(header, 0, last, looks::column_index(columns)?).map_err(fault)?;
        }
        looks::set_print(self.sheet, &self.grid.sheet, header, self.opts)
    }

    fn row(&mut self, row: &GridRow) -> Result<(), Problem> {
        let whole = self.places.contains_key(&(row.number, None));
        for (col, text) in row.cells.iter().enumerate() {
            let format = if self.places.contains_key(&(row.number, Some(col))) {
                &self.looks.wrong
            } else if whole {
                &self.looks.wrong_row
            } else {
                &self.looks.text
            };
            looks::put_text(self.sheet, index(row.number)?, col, text, format)?;
        }
        let here: Vec<Option<usize>> =
            self.places.range((row.number, None)..=(row.number, Some(usize::MAX))).map(|((_, c), _)| *c).collect();
        for column in here {
            // A slip for the whole row sits on its first cell; that cell's own slip already holds both.
            if column.is_some() || !self.places.contains_key(&(row.number, Some(0))) {
                self.slip(row.number, column, column.unwrap_or(0))?;
            }
        }
        Ok(())
    }

    fn slip(&mut self, row: u32, column: Option<usize>, col: usize) -> Result<(), Problem> {
        self.notes += 1;
        if self.notes > MAX_NOTES || col >= looks::MAX_COLUMNS {
            return Ok(());
        }
        let mut messages = self.places.get(&(row, column)).cloned().unwrap_or_default();
        if column == Some(0) {
            messages.extend(self.places.get(&(row, None)).into_iter().flatten());
        }
        let note = looks::slip(&messages.join("\n"), &self.opts.words.font);
        self.sheet.insert_note(index(row)?, looks::column_index(col)?, &note).map_err(fault)?;
        Ok(())
    }
}

/// One line for each error: cell, row, column, what stands there, what is wrong.
fn error_sheet(sheet: &mut Worksheet, grid: &Grid, places: &Places<'_>, looks: &Looks, opts: &XlsxOptions) -> Result<(), Problem> {
    let words = &opts.words;
    let headings =
        [(&words.error_cell, 10), (&words.error_row, 8), (&words.error_column, 24), (&words.error_value, 36), (&words.error_message, 70)];
    for (i, (heading, width)) in headings.into_iter().enumerate() {
        sheet.set_column_width(looks::column_index(i)?, width).map_err(fault)?;
        looks::put_text(sheet, 0, i, heading, &looks.header)?;
    }
    let mut line = 0;
    for ((row, column), messages) in places {
        let value = column.and_then(|c| {
            let at = grid.rows.binary_search_by_key(row, |r| r.number).ok()?;
            grid.rows.get(at)?.cells.get(c)
        });
        let header = column.map(|c| grid.headers.get(c).filter(|h| !is_blank(h)).cloned().unwrap_or_else(|| column_name(c)));
        for message in messages {
            line += 1;
            if line >= MAX_ROWS {
                return Ok(());
            }
            let cell = column.map(|c| cell_name(*row, c)).unwrap_or_default();
            let fields = [cell.as_str(), "", header.as_deref().unwrap_or(""), value.map_or("", String::as_str), message];
            for (i, text) in fields.into_iter().enumerate() {
                let text = clip(text, looks::MAX_CELL);
                looks::put_text(sheet, line, i, &text, looks.safe(&text))?;
            }
            sheet.write_number_with_format(line, 1, *row, &looks.number).map_err(fault)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(fault)?;
    sheet.autofilter(0, 0, line.max(1), 4).map_err(fault)?;
    looks::set_print(sheet, &words.errors, 0, opts)
}

/// The writer's row for a number counted from 1.
fn index(number: u32) -> Result<u32, Problem> {
    number.checked_sub(1).filter(|n| *n < MAX_ROWS).ok_or_else(|| looks::too_long(MAX_ROWS as usize))
}

//! CSV as people really have it: RFC 4180 with any of three separators, with or without a byte
//! order mark, in UTF-8, UTF-16 ("Unicode text") or GB 18030 (Excel on Chinese Windows).
//!
//! The splitting is done here rather than by the `csv` crate because errors must name the row
//! that a spreadsheet shows, blank lines included, and because a quote that is never closed must be
//! an error: it would otherwise swallow the rest of the file into one cell in silence.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};
use jingui_model::Problem;

use crate::{
    grid::{GridRow, HEADER_WITHIN, Known, Limits, Raw},
    looks::{too_long, too_wide},
    text::{cell_name, is_blank, unarmour},
};

pub(crate) fn load(bytes: &[u8], known: &Known<'_>, limits: &Limits) -> Result<Raw, Problem> {
    crate::archive::refuse_foreign(bytes)?;
    let text = decode(bytes)?;
    let (separator, text, first) = separator(&text, known, limits);
    let mut rows = Rows::new(first, limits);
    rows.split(text, separator, usize::MAX)?;
    Ok(Raw { rows: rows.rows, ..Raw::default() })
}

/// The text, by byte order mark, else as UTF-8 if it is valid, else as GB 18030.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let marked = Encoding::for_bom(bytes);
    let (encoding, bytes) = match marked {
        Some((encoding, mark)) => (encoding, bytes.get(mark..).unwrap_or_default()),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, bytes),
        None => (GB18030, bytes),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| Problem::invalid("table.encoding"))?;
    // A file with a mark says that it is text; our own exports may hold any character.
    if marked.is_none() && text.contains('\0') {
        return Err(Problem::invalid("table.not_text"));
    }
    Ok(text)
}

/// The separator, the text behind a `sep=` line, and the number of its first row.
fn separator<'t>(text: &'t str, known: &Known<'_>, limits: &Limits) -> (char, &'t str, u32) {
    if let Some(rest) = text.strip_prefix("sep=") {
        let mut chars = rest.chars();
        if let Some(c) = chars.next().filter(|c| !matches!(c, '"' | '\r' | '\n')) {
            let rest = chars.as_str();
            if let Some(rest) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) {
                return (c, rest, 2);
            }
        }
    }
    let mut best = (',', 0, 0);
    for candidate in [',', ';', '\t'] {
        // What was split before an error, such as a quote that is never closed, is enough to tell.
        let mut found = Rows::new(1, limits);
        let _ = found.split(text, candidate, HEADER_WITHIN * 2);
        let matched = known.find(&found.rows).map_or(0, |(_, score)| score);
        let width = found.rows.iter().map(|r| r.cells.len()).max().unwrap_or(0);
        if (matched, width) > (best.1, best.2) {
            best = (candidate, matched, width);
        }
    }
    (best.0, text, 1)
}

/// Where the reader stands within a field.
#[derive(PartialEq, Clone, Copy)]
enum State {
    Start,
    Bare,
    Quoted,
    /// A quote inside a quoted field: its end, or the first half of an escaped one.
    Closing,
}

struct Rows<'l> {
    rows: Vec<GridRow>,
    row: GridRow,
    field: String,
    chars: usize,
    cells: usize,
    limits: &'l Limits,
}

impl<'l> Rows<'l> {
    fn new(first: u32, limits: &'l Limits) -> Self {
        Self { rows: vec![], row: GridRow { number: first, cells: vec![] }, field: String::new(), chars: 0, cells: 0, limits }
    }

    /// Splits into rows, at most so many; blank rows are counted but not kept.
    fn split(&mut self, text: &str, separator: char, at_most: usize) -> Result<(), Problem> {
        let mut state = State::Start;
        let mut opened = 1;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (state, c) {
                (State::Start, '"') => {
                    state = State::Quoted;
                    opened = self.row.number;
                }
                (State::Quoted, '"') => state = State::Closing,
                (State::Closing, '"') => {
                    self.push('"')?;
                    state = State::Quoted;
                }
                (State::Quoted, _) => self.push(c)?,
                (_, '\r' | '\n') => {
                    if c == '\r' && chars.peek() == Some(&'\n') {
                        chars.next();
                    }
                    self.end_row()?;
                    state = State::Start;
                    if self.rows.len() >= at_most {
                        return Ok(());
                    }
                }
                (_, c) if c == separator => {
                    self.end_field()?;
                    state = State::Start;
                }
                (_, c) => {
                    self.push(c)?;
                    state = State::Bare;
                }
            }
        }
        if state == State::Quoted {
            return Err(Problem::invalid("table.quote").arg("row", opened));
        }
        if state != State::Start || !self.row.cells.is_empty() {
            self.end_row()?;
        }
        Ok(())
    }

    fn push(&mut self, c: char) -> Result<(), Problem> {
        self.chars += 1;
        // One more than the limit: the escape may add one.
        if self.chars > self.limits.max_cell_chars.saturating_add(1) {
            return Err(cell_too_long(self.row.number, self.row.cells.len(), self.limits));
        }
        self.field.push(c);
        Ok(())
    }

    fn end_field(&mut self) -> Result<(), Problem> {
        let text = unarmour(&self.field);
        if text.chars().count() > self.limits.max_cell_chars {
            return Err(cell_too_long(self.row.number, self.row.cells.len(), self.limits));
        }
        // Separators behind the last value are not columns: spreadsheets add them freely.
        if self.row.cells.len() >= self.limits.max_columns {
            if !text.is_empty() {
                return Err(too_wide(self.limits.max_columns));
            }
        } else {
            self.row.cells.push(text.to_owned());
        }
        self.field.clear();
        self.chars = 0;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Problem> {
        self.end_field()?;
        let next = self.row.number.saturating_add(1);
        let row = std::mem::replace(&mut self.row, GridRow { number: next, cells: vec![] });
        if row.cells.iter().all(|c| is_blank(c)) {
            return Ok(());
        }
        self.cells += row.cells.len();
        self.rows.push(row);
        if self.rows.len() > self.limits.max_rows.saturating_add(HEADER_WITHIN) {
            return Err(too_long(self.limits.max_rows));
        }
        if self.cells > self.limits.max_cells.saturating_add(HEADER_WITHIN * self.limits.max_columns) {
            return Err(Problem::too_large("table.too_many_cells").arg("max", self.limits.max_cells));
        }
        Ok(())
    }
}

/// The refusal of a cell that is too long.
pub(crate) fn cell_too_long(row: u32, col: usize, limits: &Limits) -> Problem {
    let cell = cell_name(row, col);
    Problem::too_large("table.cell_too_long").at(cell.clone()).arg("cell", cell).arg("max", limits.max_cell_chars)
}

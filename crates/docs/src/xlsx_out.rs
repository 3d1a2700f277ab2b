//! A table as an Excel workbook (ECMA-376) that can be read, filtered, printed and imported again.

use jingui_model::{Instant, Problem};

use crate::{
    looks::{self, Looks, MAX_ROWS, fault},
    table::Table,
    text::clip,
    words::Words,
};

/// Notes above the header: more than this many are joined into the last, so that the header stays
/// within the rows in which a reader looks for it.
const MAX_NOTES: usize = 8;

/// What a workbook needs to know besides its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XlsxOptions {
    /// Texts in the language of the reader.
    pub words: Words,
    /// Whether title and notes stand above the header.
    pub heading: bool,
    /// When the file is made, for its properties.
    pub created: Instant,
}

/// Writes a workbook with one sheet: title and notes if wanted, a frozen header row with filter,
/// wrapped cells, print setup for A4 landscape.
///
/// Cells are text. In [`Integer`](crate::CellKind::Integer), [`Decimal`](crate::CellKind::Decimal)
/// and [`Day`](crate::CellKind::Day) columns a value is written as number or date when reading
/// gives back the same text. A text that could be taken for a formula carries the quote prefix.
///
/// # Errors
/// `table.too_many_rows`, `table.too_many_columns`, `table.cell_too_long` when Excel cannot hold
/// it; `table.no_columns`; `table.write_failed`.
pub fn write_xlsx(table: &Table, opts: &XlsxOptions) -> Result<Vec<u8>, Problem> {
    let mut book = looks::workbook(&table.title, opts)?;
    let looks = Looks::new(&opts.words.font);
    let sheet = book.add_worksheet();
    sheet.set_name(looks::sheet_name(if table.title.trim().is_empty() { &opts.words.sheet } else { &table.title }, &[])).map_err(fault)?;
    let header_row = if opts.heading { heading(sheet, table, &looks)? } else { 0 };
    let last_col = last_column(table)?;
    let last_row = u32::try_from(table.rows.len()).ok().and_then(|n| n.checked_add(header_row)).filter(|n| *n < MAX_ROWS);
    let last_row = last_row.ok_or_else(|| looks::too_long((MAX_ROWS - header_row - 1) as usize))?;
    looks::set_widths(sheet, &table.columns)?;
    for (col, column) in table.columns.iter().enumerate() {
        looks::put_text(sheet, header_row, col, &column.header, &looks.header)?;
    }
    for (row, cells) in (header_row + 1..).zip(&table.rows) {
        for (col, column) in table.columns.iter().enumerate() {
            looks::put(sheet, row, col, cells.get(col).map_or("", String::as_str), &column.kind, &looks)?;
        }
    }
    sheet.set_freeze_panes(header_row + 1, 0).map_err(fault)?;
    sheet.autofilter(header_row, 0, last_row, last_col).map_err(fault)?;
    sheet.ignore_error_range(header_row, 0, last_row, last_col, rust_xlsxwriter::IgnoreError::NumberStoredAsText).map_err(fault)?;
    looks::set_print(sheet, &table.title, header_row, opts)?;
    book.save_to_buffer().map_err(fault)
}

/// The index of the last column.
pub(crate) fn last_column(table: &Table) -> Result<u16, Problem> {
    let last = table.columns.len().checked_sub(1).ok_or_else(|| Problem::invalid("table.no_columns"))?;
    looks::column_index(last)
}

/// Title and notes, each across the table; gives the row of the header.
fn heading(sheet: &mut rust_xlsxwriter::Worksheet, table: &Table, looks: &Looks) -> Result<u32, Problem> {
    let mut lines = vec![];
    if !table.title.trim().is_empty() {
        lines.push((table.title.clone(), &looks.title));
    }
    let (single, joined) = table.notes.split_at(table.notes.len().min(MAX_NOTES - 1));
    lines.extend(single.iter().map(|note| (note.clone(), &looks.note)));
    if !joined.is_empty() {
        lines.push((joined.join("; "), &looks.note));
    }
    let last = last_column(table)?;
    let mut row = 0;
    for (text, format) in lines {
        if last > 0 {
            sheet.merge_range(row, 0, row, last, "", format).map_err(fault)?;
        }
        looks::put_text(sheet, row, 0, &clip(&text, looks::MAX_CELL), format)?;
        row += 1;
    }
    Ok(row)
}

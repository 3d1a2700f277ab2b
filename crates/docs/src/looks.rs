//! How sheets look, and the limits of Excel that every writer keeps: names of sheets, fonts,
//! fills, print setup, document properties.

use jingui_model::Problem;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Note, ObjectMovement, Workbook, Worksheet, XlsxError,
};

use crate::{
    table::{CellKind, Column},
    text::{cell_name, clip, is_hot, number_text},
    xlsx_out::XlsxOptions,
};

/// Rows of a worksheet (ECMA-376 as Excel implements it).
pub(crate) const MAX_ROWS: u32 = 1_048_576;
/// Columns of a worksheet.
pub(crate) const MAX_COLUMNS: usize = 16_384;
/// UTF-16 units of a cell.
pub(crate) const MAX_CELL: usize = 32_767;

const HEADER_FILL: Color = Color::RGB(0x00D9_E2F0);
const REQUIRED_FILL: Color = Color::RGB(0x00F8_D7A6);
const WRONG_FILL: Color = Color::RGB(0x00FF_9999);
const WRONG_ROW_FILL: Color = Color::RGB(0x00FF_E0E0);
const INK: Color = Color::RGB(0x0000_0000);

/// The formats of one workbook.
pub(crate) struct Looks {
    pub(crate) title: Format,
    pub(crate) note: Format,
    pub(crate) header: Format,
    pub(crate) required: Format,
    pub(crate) text: Format,
    pub(crate) inert: Format,
    pub(crate) number: Format,
    pub(crate) day: Format,
    pub(crate) wrong: Format,
    pub(crate) wrong_row: Format,
}

impl Looks {
    pub(crate) fn new(font: &str) -> Self {
        let plain = Format::new().set_font_name(font).set_font_size(10).set_font_color(INK);
        let cell = plain.clone().set_align(FormatAlign::Top).set_text_wrap().set_border(FormatBorder::Hair);
        let text = cell.clone().set_num_format("@");
        let header =
            text.clone().set_bold().set_align(FormatAlign::VerticalCenter).set_align(FormatAlign::Center).set_border(FormatBorder::Thin);
        Self {
            title: plain.clone().set_num_format("@").set_font_size(16).set_bold().set_align(FormatAlign::Center),
            note: plain.set_num_format("@").set_align(FormatAlign::Left),
            header: header.clone().set_background_color(HEADER_FILL),
            required: header.set_background_color(REQUIRED_FILL),
            inert: text.clone().set_quote_prefix(),
            number: cell.clone(),
            day: cell.set_num_format("yyyy-mm-dd"),
            wrong: text.clone().set_background_color(WRONG_FILL),
            wrong_row: text.clone().set_background_color(WRONG_ROW_FILL),
            text,
        }
    }

    /// The text format, with the quote prefix when the text could be taken for a formula.
    pub(crate) fn safe(&self, text: &str) -> &Format {
        if is_hot(text) { &self.inert } else { &self.text }
    }
}

/// Writes a cell as text, never as formula, link or number.
pub(crate) fn put_text(sheet: &mut Worksheet, row: u32, col: usize, text: &str, format: &Format) -> Result<(), Problem> {
    let at = column_index(col)?;
    if text.len() > MAX_CELL && text.encode_utf16().count() > MAX_CELL {
        let cell = cell_name(row + 1, col);
        return Err(Problem::too_large("table.cell_too_long").at(cell.clone()).arg("cell", cell).arg("max", MAX_CELL));
    }
    if is_hot(text) {
        sheet.write_string_with_format(row, at, text, &format.clone().set_quote_prefix()).map_err(fault)?;
    } else {
        sheet.write_string_with_format(row, at, text, format).map_err(fault)?;
    }
    Ok(())
}

/// Writes a cell by the kind of its column. A number or day becomes a typed cell only when
/// reading it again gives the very same text; everything else is text.
pub(crate) fn put(sheet: &mut Worksheet, row: u32, col: usize, text: &str, kind: &CellKind, looks: &Looks) -> Result<(), Problem> {
    let at = column_index(col)?;
    match kind {
        CellKind::Integer | CellKind::Decimal => {
            if let Some(number) = text.parse::<f64>().ok().filter(|n| number_text(*n).as_deref() == Some(text)) {
                sheet.write_number_with_format(row, at, number, &looks.number).map_err(fault)?;
                return Ok(());
            }
        }
        CellKind::Day => {
            if let Some(day) = exact_day(text) {
                sheet.write_datetime_with_format(row, at, &day, &looks.day).map_err(fault)?;
                return Ok(());
            }
        }
        CellKind::Text | CellKind::Choice(_) | CellKind::Bool => {}
    }
    put_text(sheet, row, col, text, looks.safe(text))
}

/// A day that Excel can hold: written exactly `yyyy-mm-dd`, from March 1900 (before that Excel's
/// calendar is wrong).
fn exact_day(text: &str) -> Option<ExcelDateTime> {
    let day: jingui_model::Day = text.parse().ok()?;
    if day.to_string() != text || text < "1900-03-01" {
        return None;
    }
    let (y, m, d) = day.parts();
    ExcelDateTime::from_ymd(u16::try_from(y).ok()?, u8::try_from(m).ok()?, u8::try_from(d).ok()?).ok()
}

/// A column index as the writer wants it.
pub(crate) fn column_index(col: usize) -> Result<u16, Problem> {
    u16::try_from(col).ok().filter(|c| usize::from(*c) < MAX_COLUMNS).ok_or_else(|| too_wide(MAX_COLUMNS))
}

pub(crate) fn too_wide(max: usize) -> Problem {
    Problem::too_large("table.too_many_columns").arg("max", max)
}

pub(crate) fn too_long(max: usize) -> Problem {
    Problem::too_large("table.too_many_rows").arg("max", max)
}

/// A fault of the writer. Only its name is kept: its text can quote cells.
#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(fault)`")]
pub(crate) fn fault(error: XlsxError) -> Problem {
    let name = format!("{error:?}");
    Problem::internal("table.write_failed").detail(name.split(['(', ' ', '{']).next().unwrap_or_default())
}

/// A workbook whose properties say nothing that was not given.
pub(crate) fn workbook(title: &str, opts: &XlsxOptions) -> Result<Workbook, Problem> {
    let mut book = Workbook::new();
    let seconds = opts.created.micros().div_euclid(1_000_000);
    let created = ExcelDateTime::from_timestamp(seconds).or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1)).map_err(fault)?;
    book.set_properties(&DocProperties::new().set_title(clip(title, 200)).set_creation_datetime(&created));
    Ok(book)
}

/// A name that Excel accepts: 31 units, none of `[]:*?/\`, no quote at either end, not used yet.
pub(crate) fn sheet_name(wanted: &str, taken: &[String]) -> String {
    let plain: String =
        wanted.chars().map(|c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control() { ' ' } else { c }).collect();
    let bare = clip(plain.trim_matches(|c: char| c.is_whitespace() || c == '\''), 31).into_owned();
    let base = if bare.is_empty() || bare.eq_ignore_ascii_case("history") { "Sheet1".to_owned() } else { bare };
    let free = |name: &str| taken.iter().all(|t| t.to_lowercase() != name.to_lowercase());
    if free(&base) {
        return base;
    }
    (2_u32..).map(|n| format!("{} {n}", clip(&base, 26))).find(|name| free(name)).unwrap_or(base)
}

/// Widths, from the columns or from their headers.
pub(crate) fn set_widths(sheet: &mut Worksheet, columns: &[Column]) -> Result<(), Problem> {
    for (i, column) in columns.iter().enumerate() {
        let width = if column.width == 0 { header_width(&column.header) } else { f64::from(column.width.clamp(4, 120)) };
        sheet.set_column_width(column_index(i)?, width).map_err(fault)?;
    }
    Ok(())
}

/// A width for a header: a Chinese character takes two places.
pub(crate) fn header_width(header: &str) -> f64 {
    let places: usize = header.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    f64::from(u16::try_from(places + 4).unwrap_or(60).clamp(10, 60))
}

/// A4 landscape, one page wide, header row on every page, page numbers.
pub(crate) fn set_print(sheet: &mut Worksheet, title: &str, header_row: u32, opts: &XlsxOptions) -> Result<(), Problem> {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
    sheet.set_header(format!("&C{}", clip(&title.replace('&', "&&").replace(['\r', '\n'], " "), 200)));
    sheet.set_footer(format!("&C{}", clip(&opts.words.page, 200)));
    sheet.set_repeat_rows(header_row, header_row).map_err(fault)?;
    Ok(())
}

/// A note (the yellow slip) on a cell.
pub(crate) fn slip(text: &str, font: &str) -> Note {
    Note::new(clip(text, 2_000))
        .add_author_prefix(false)
        .set_font_name(font)
        .set_font_size(9)
        .set_width(260)
        .set_height(110)
        .set_object_movement(ObjectMovement::DontMoveOrSizeWithCells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_keep_the_rules_of_excel() {
        assert_eq!(sheet_name("'清单: 2026/11'", &[]), "清单  2026 11");
        assert_eq!(sheet_name("", &[]), "Sheet1");
        assert_eq!(sheet_name("ab", &["AB".to_owned(), "ab 2".to_owned()]), "ab 3");
        assert_eq!(sheet_name(&"密".repeat(40), &[]).chars().count(), 31);
    }

    #[test]
    fn only_days_that_excel_holds_become_dates() {
        assert!(exact_day("2026-11-21").is_some());
        assert!(["1900-02-28", "2026-1-2", "202X 年 X 月 X 日"].into_iter().all(|day| exact_day(day).is_none()));
    }
}

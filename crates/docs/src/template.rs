//! A workbook to be filled in: each column accepts what its kind accepts, offers its choices,
//! and explains itself; a second sheet explains them all.

use jingui_model::Problem;
use rust_xlsxwriter::{DataValidation, DataValidationRule, ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};

use crate::{
    looks::{self, Looks, MAX_ROWS, fault},
    table::{CellKind, Column, Table},
    text::{clip, column_name},
    xlsx_out::{XlsxOptions, last_column},
};

/// The mark behind a required header; [`header_key`](crate::header_key) ignores it.
const REQUIRED: &str = "*";
/// Excel's limit for choices inside a rule, in UTF-16 units.
const INLINE_CHOICES: usize = 255;

/// Writes a template; `table.rows` are examples or empty.
///
/// # Errors
/// As [`write_xlsx`](crate::write_xlsx).
pub fn write_template(table: &Table, opts: &XlsxOptions) -> Result<Vec<u8>, Problem> {
    let words = &opts.words;
    let looks = Looks::new(&words.font);
    let mut book = looks::workbook(&table.title, opts)?;
    let mut names: Vec<String> = vec![];
    for wanted in [if table.title.trim().is_empty() { &words.sheet } else { &table.title }, &words.guide, &words.lists] {
        let name = looks::sheet_name(wanted, &names);
        names.push(name);
    }
    let [data_name, guide_name, lists_name] = names.as_slice() else { return Err(Problem::internal("table.write_failed")) };
    let mut lists = Lists { name: lists_name.clone(), columns: vec![] };
    data_sheet(book.add_worksheet().set_name(data_name).map_err(fault)?, table, &mut lists, &looks, opts)?;
    guide_sheet(book.add_worksheet().set_name(guide_name).map_err(fault)?, table, &looks, opts)?;
    lists.write(&mut book, &looks)?;
    book.save_to_buffer().map_err(fault)
}

fn data_sheet(sheet: &mut Worksheet, table: &Table, lists: &mut Lists, looks: &Looks, opts: &XlsxOptions) -> Result<(), Problem> {
    last_column(table)?;
    let last = MAX_ROWS - 1;
    if table.rows.len() >= last as usize {
        return Err(looks::too_long(last as usize));
    }
    looks::set_widths(sheet, &table.columns)?;
    for (i, column) in table.columns.iter().enumerate() {
        let col = looks::column_index(i)?;
        sheet.set_column_format(col, column_look(&column.kind, looks)).map_err(fault)?;
        let header = if column.required { format!("{} {REQUIRED}", column.header) } else { column.header.clone() };
        looks::put_text(sheet, 0, i, &header, if column.required { &looks.required } else { &looks.header })?;
        if !column.help.is_empty() {
            sheet.insert_note(0, col, &looks::slip(&column.help, &opts.words.font)).map_err(fault)?;
        }
        if let Some(rule) = rule(column, lists, opts)? {
            sheet.add_data_validation(1, col, last, col, &rule).map_err(fault)?;
        }
    }
    for (row, cells) in (1..).zip(&table.rows) {
        for (i, column) in table.columns.iter().enumerate() {
            if let Some(text) = cells.get(i).filter(|t| !t.is_empty()) {
                looks::put(sheet, row, i, text, &column.kind, looks)?;
            }
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(fault)?;
    looks::set_print(sheet, &table.title, 0, opts)
}

fn column_look<'l>(kind: &CellKind, looks: &'l Looks) -> &'l Format {
    match kind {
        CellKind::Integer | CellKind::Decimal => &looks.number,
        CellKind::Day => &looks.day,
        CellKind::Text | CellKind::Choice(_) | CellKind::Bool => &looks.text,
    }
}

/// The rule of a column: what it accepts, what the refusal says, and the help beside the cell.
fn rule(column: &Column, lists: &mut Lists, opts: &XlsxOptions) -> Result<Option<DataValidation>, Problem> {
    let words = &opts.words;
    let base = DataValidation::new().ignore_blank(true);
    let (rule, refusal) = match &column.kind {
        CellKind::Text if column.help.is_empty() => return Ok(None),
        CellKind::Text => (base.allow_any_value(), ""),
        CellKind::Integer => (base.allow_whole_number(DataValidationRule::Between(i32::MIN, i32::MAX)), words.refused_integer.as_str()),
        CellKind::Decimal => (
            base.allow_decimal_number(DataValidationRule::Between(-999_999_999_999_999.0, 999_999_999_999_999.0)),
            words.refused_decimal.as_str(),
        ),
        CellKind::Day => {
            let first = ExcelDateTime::from_ymd(1900, 3, 1).map_err(fault)?;
            let last = ExcelDateTime::from_ymd(9999, 12, 31).map_err(fault)?;
            (base.allow_date(DataValidationRule::Between(first, last)), words.refused_day.as_str())
        }
        CellKind::Choice(values) => (lists.rule(base, values).map_err(fault)?, words.refused_choice.as_str()),
        CellKind::Bool => (lists.rule(base, &[words.yes.clone(), words.no.clone()]).map_err(fault)?, words.refused_choice.as_str()),
    };
    let title = |text: &str| clip(text, 32).into_owned();
    let mut rule = rule.set_error_title(title(&words.refused)).map_err(fault)?.set_error_message(clip(refusal, 255)).map_err(fault)?;
    if !column.help.is_empty() {
        rule = rule.set_input_title(title(&column.header)).map_err(fault)?.set_input_message(clip(&column.help, 255)).map_err(fault)?;
    }
    Ok(Some(rule))
}

/// Choices that do not fit into a rule, each list a column of a hidden sheet.
struct Lists {
    name: String,
    columns: Vec<Vec<String>>,
}

impl Lists {
    /// A drop-down, inside the rule when it fits and holds nothing that the rule would split or trim.
    fn rule(&mut self, base: DataValidation, values: &[String]) -> Result<DataValidation, XlsxError> {
        let units: usize = values.iter().map(|v| v.encode_utf16().count() + 1).sum();
        let plain = |v: &String| !v.is_empty() && v.trim() == v && !v.contains([',', '"', '\n', '\r']) && !v.starts_with('=');
        if units <= INLINE_CHOICES && !values.is_empty() && values.iter().all(plain) {
            return base.allow_list_strings(values);
        }
        let letters = column_name(self.columns.len());
        let range = format!("'{}'!${letters}$1:${letters}${}", self.name.replace('\'', "''"), values.len().max(1));
        self.columns.push(values.to_vec());
        Ok(base.allow_list_formula(Formula::new(range)))
    }

    fn write(&self, book: &mut Workbook, looks: &Looks) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let sheet = book.add_worksheet().set_name(&self.name).map_err(fault)?;
        sheet.set_hidden(true);
        for (col, values) in self.columns.iter().enumerate() {
            for (row, value) in (0..).zip(values) {
                looks::put_text(sheet, row, col, value, looks.safe(value))?;
            }
        }
        Ok(())
    }
}

/// Title, notes, and one line for each column.
fn guide_sheet(sheet: &mut Worksheet, table: &Table, looks: &Looks, opts: &XlsxOptions) -> Result<(), Problem> {
    let words = &opts.words;
    let mut row = 0;
    for (text, look) in [(&table.title, &looks.title)].into_iter().chain(table.notes.iter().map(|n| (n, &looks.note))) {
        if !text.trim().is_empty() {
            sheet.merge_range(row, 0, row, 4, "", look).map_err(fault)?;
            looks::put_text(sheet, row, 0, &clip(text, looks::MAX_CELL), look)?;
            row += 1;
        }
    }
    let header_row = row;
    let headings = [
        (&words.guide_column, 22),
        (&words.guide_required, 8),
        (&words.guide_kind, 14),
        (&words.guide_choices, 40),
        (&words.guide_help, 60),
    ];
    for (i, (heading, width)) in headings.into_iter().enumerate() {
        sheet.set_column_width(looks::column_index(i)?, width).map_err(fault)?;
        looks::put_text(sheet, row, i, heading, &looks.header)?;
    }
    for column in &table.columns {
        row += 1;
        let required = if column.required { &words.yes } else { &words.no };
        let choices = match &column.kind {
            CellKind::Choice(values) => values.join("\n"),
            CellKind::Bool => format!("{}\n{}", words.yes, words.no),
            CellKind::Text | CellKind::Integer | CellKind::Decimal | CellKind::Day => String::new(),
        };
        for (i, text) in [&column.header, required, kind_word(&column.kind, opts), &choices, &column.help].into_iter().enumerate() {
            let text = clip(text, looks::MAX_CELL);
            looks::put_text(sheet, row, i, &text, looks.safe(&text))?;
        }
    }
    sheet.set_freeze_panes(header_row + 1, 0).map_err(fault)?;
    looks::set_print(sheet, &table.title, header_row, opts)
}

fn kind_word<'o>(kind: &CellKind, opts: &'o XlsxOptions) -> &'o String {
    let words = &opts.words;
    match kind {
        CellKind::Text => &words.kind_text,
        CellKind::Integer => &words.kind_integer,
        CellKind::Decimal => &words.kind_decimal,
        CellKind::Day => &words.kind_day,
        CellKind::Choice(_) => &words.kind_choice,
        CellKind::Bool => &words.kind_bool,
    }
}

//! A file on its way in: which form it is, where each column stands, and its rows in the order of the form.
//!
//! The forms of the guide are handed in with its placeholders (`XXX`, `202X 年 X 月 X 日`, a row of
//! dots): they say that something is still to be filled in, and count as empty, with a warning.

use jingui_docs::{Format, Grid, Limits, read};
use jingui_kinds::kind::{FieldType, Kind};
use jingui_model::{Lang, Problem};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    form::{FULL, Form},
    import::IMPORT_LIMIT,
    report::Finding,
};

/// How many rows the reader searches for the headings.
const HEADER_WITHIN: usize = 20;

/// A file that was read.
pub(super) struct Sheet {
    pub form: Form,
    pub format: Format,
    pub grid: Grid,
    /// Where each column of the form stands in the file.
    places: Vec<Option<usize>>,
    /// The rows to import.
    pub lines: Vec<Line>,
}

/// A row in the order of the form's columns.
pub(super) struct Line {
    /// Its number in the file.
    pub number: u32,
    pub cells: Vec<String>,
}

/// What a file may cost before it is refused.
pub(super) fn limits() -> Limits {
    Limits { max_rows: IMPORT_LIMIT * 2, ..Limits::default() }
}

impl Sheet {
    /// Reads a file as one of the forms: the one whose headings it has most of.
    ///
    /// # Errors
    /// `import.file` with what is wrong with the file as its parts; `import.too_many_rows`.
    pub fn read(
        kind: &Kind,
        forms: Vec<Form>,
        (name, bytes): (&str, &[u8]),
        lang: Lang,
        warnings: &mut Vec<Finding>,
        errors: &mut Vec<Finding>,
    ) -> Result<Self, Problem> {
        let about = |problem: Problem| match (problem.code(), forms.first()) {
            // Of all the headings that would do, people are shown those of their language.
            ("table.no_header", Some(form)) => {
                let shown = Problem::invalid("table.no_header").arg("headers", form.headings(kind, lang)).arg("rows", HEADER_WITHIN);
                of_file(shown, name)
            }
            _ => of_file(problem, name),
        };
        let format = Format::sniff(name, bytes).map_err(about)?;
        let known: Vec<&str> = forms.iter().flat_map(Form::known).collect();
        let mut grid = read(bytes, format, &known, &limits()).map_err(about)?;
        let found = |form: &Form| grid.headers.iter().filter(|h| form.find(h, format).is_some()).count();
        let best = forms.iter().map(found).enumerate().rev().max_by_key(|(_, n)| *n).map_or(0, |(i, _)| i);
        let form = forms.into_iter().nth(best).ok_or_else(|| Problem::missing("exchange.unknown").arg("exchange", ""))?;
        let mut places = vec![None; form.exchange.columns.len()];
        let header_row = u32::try_from(grid.header_row).unwrap_or(u32::MAX);
        for (at, header) in grid.headers.iter().enumerate().filter(|(_, h)| !h.trim().is_empty()) {
            match form.find(header, format).and_then(|i| places.get_mut(i)) {
                Some(place @ None) => *place = Some(at),
                Some(Some(_)) => errors.push(Finding::cell(header_row, at, Problem::invalid("import.column_twice").arg("header", header))),
                None => warnings.push(Finding::cell(header_row, at, Problem::invalid("import.column_unknown").arg("header", header))),
            }
        }
        let rows = std::mem::take(&mut grid.rows);
        let mut sheet = Self { form, format, grid, places, lines: vec![] };
        for (i, column) in sheet.form.exchange.columns.iter().enumerate() {
            let required = sheet.form.fields(kind, i).iter().any(|f| f.required && f.default.is_none());
            if required && sheet.place(i).is_none() {
                let problem =
                    Problem::invalid("import.column_missing").arg("header_zh", &column.header.zh).arg("header_en", &column.header.en);
                errors.push(Finding { row: header_row, column: None, problem });
            }
        }
        for row in &rows {
            let cells = sheet.places.iter().map(|p| p.and_then(|p| row.cells.get(p)).map(|c| c.trim().to_owned()).unwrap_or_default());
            let line = Line { number: row.number, cells: cells.collect() };
            if let Some(line) = sheet.tidy(kind, line, warnings) {
                sheet.lines.push(line);
            }
        }
        sheet.grid.rows = rows;
        if sheet.lines.len() > IMPORT_LIMIT {
            return Err(Problem::too_large("import.too_many_rows")
                .arg("max", IMPORT_LIMIT)
                .arg("rows", sheet.lines.len())
                .arg("file", name));
        }
        Ok(sheet)
    }

    /// Where a column of the form stands in the file.
    pub fn place(&self, column: usize) -> Option<usize> {
        self.places.get(column).copied().flatten()
    }

    /// The place in the file of a field's column.
    pub fn place_of(&self, field: &str) -> Option<usize> {
        self.form.column_of(field).and_then(|c| self.place(c))
    }

    /// The row without its placeholders; nothing when it holds nothing to import.
    fn tidy(&self, kind: &Kind, mut line: Line, warnings: &mut Vec<Finding>) -> Option<Line> {
        let mut soft = vec![];
        let (mut any, mut dots) = (false, false);
        for (i, cell) in line.cells.iter_mut().enumerate() {
            let fields = self.form.fields(kind, i);
            if fields.is_empty() || cell.is_empty() {
                continue;
            }
            let text = fields.iter().any(|f| matches!(f.ty, FieldType::Text { .. } | FieldType::Note { .. } | FieldType::Tags { .. }));
            if only_dots(cell) {
                dots = true;
            } else if !placeholder(cell) || (text && self.form.name() == FULL) {
                any = true;
                continue;
            }
            if let Some(place) = self.place(i) {
                soft.push(Finding::cell(line.number, place, Problem::invalid("import.placeholder").arg("value", &*cell)));
            }
            if !(text && self.form.name() == FULL) {
                cell.clear();
            }
        }
        if any {
            warnings.extend(soft);
            return Some(line);
        }
        let code = if dots { "import.row_of_dots" } else { "import.row_empty" };
        warnings.push(Finding { row: line.number, column: None, problem: Problem::invalid(code) });
        None
    }
}

/// A fault of the file itself, with the file's name.
pub(super) fn of_file(problem: Problem, name: &str) -> Problem {
    let parts = if problem.parts().is_empty() { vec![problem.clone()] } else { problem.parts().to_vec() };
    Problem::of(problem.class(), "import.file").arg("file", name).at("file").with(parts)
}

fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

fn only_dots(text: &str) -> bool {
    let plain = plain(text);
    plain.chars().count() >= 2 && plain.chars().all(|c| matches!(c, '.' | '·' | '。' | '…'))
}

/// Is the whole cell something that is still to be filled in?
pub(super) fn placeholder(text: &str) -> bool {
    let plain = plain(text);
    let is_x = |c: char| matches!(c, 'X' | 'x' | '×' | '*');
    let all_x = plain.chars().count() >= 2 && plain.chars().all(is_x);
    let day = plain.contains('年')
        && plain.contains(is_x)
        && plain.chars().all(|c| is_x(c) || c.is_ascii_digit() || matches!(c, '年' | '月' | '日'));
    all_x || day || only_dots(text)
}

/// A name in front of a placeholder: `客户经理` of `客户经理 XXX`.
pub(super) fn without_placeholder(text: &str) -> Option<&str> {
    let text = text.trim();
    let rest = text.trim_end_matches(['X', 'x', 'Ｘ', 'ｘ', '×']);
    let marks = text.get(rest.len()..).map_or(0, |t| t.chars().count());
    let rest = rest.trim_end();
    let apart = rest.chars().next_back().is_some_and(|c| !c.is_ascii_alphanumeric())
        || text.get(rest.len()..).is_some_and(|t| t.starts_with(char::is_whitespace));
    (marks >= 2 && apart && !rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_placeholders_of_appendix_4_are_known() {
        for text in ["XXX", "ｘｘｘ", "202X 年 X 月 X 日", "...", "……", "××"] {
            assert!(placeholder(text), "{text}");
        }
        for text in ["X", "XXX 轴承", "2026 年 1 月 2 日", "长期", "0.5", ""] {
            assert!(!placeholder(text), "{text}");
        }
        assert_eq!(without_placeholder("客户经理 XXX"), Some("客户经理"));
        assert_eq!(without_placeholder("客户经理xx"), Some("客户经理"));
        for text in ["MAXX", "XXX", "客户经理", "客户经理X"] {
            assert_eq!(without_placeholder(text), None, "{text}");
        }
    }
}

//! A form and its source become the blocks of a paper.

use jingui_docs::paper::{Align, Block, Cell, NoteKind, Paragraph, Signature, Span, Table};
use jingui_kinds::{
    form::{Form, FormBlock, Piece, SIGN, pieces},
    kind::{Field, FieldType},
    people::ids,
};
use jingui_model::{Id, Lang, Text};
use serde_json::Value;

use super::source::Source;

/// Lines to write on in a cell, millimetres.
const LINE: f32 = 32.0;

/// The blocks of a form, filled.
pub(super) fn blocks(source: &mut Source<'_>, form: &Form) -> Vec<Block> {
    many(source, &form.body)
}

fn many(source: &mut Source<'_>, blocks: &[FormBlock]) -> Vec<Block> {
    let mut out = vec![];
    for block in blocks {
        if source.holds(block.condition.as_deref()) {
            one(source, block, &mut out);
        }
    }
    out
}

fn one(source: &mut Source<'_>, block: &FormBlock, out: &mut Vec<Block>) {
    if let Some(text) = &block.heading {
        let level = u8::try_from(block.level.unwrap_or(2)).unwrap_or(2);
        out.push(Block::heading(level, source.plain(text)));
    }
    if let Some(text) = &block.text {
        let align = match block.align.as_deref() {
            Some("centre") => Align::Centre,
            Some("end") => Align::End,
            _ => Align::Start,
        };
        let indent = source.lang() == Lang::Zh && !block.flush && align == Align::Start;
        out.push(Block::Paragraph(Paragraph { spans: spans(source, text), align, indent }));
    }
    if let Some(items) = &block.list {
        let items = items.iter().map(|item| vec![Block::spans(spans(source, item))]).collect();
        out.push(Block::List { numbered: !block.dots, items });
    }
    if let Some(names) = &block.fields {
        out.push(fields(source, names));
    }
    if let Some(name) = &block.rows {
        out.push(rows(source, name, block));
    }
    if let Some(lines) = &block.table {
        let head: Vec<Cell> = block.heads.iter().map(|head| Cell::head(source.plain(head))).collect();
        let width = head.len().max(lines.iter().map(Vec::len).max().unwrap_or(1));
        let mut rows: Vec<Vec<Cell>> = vec![];
        for line in lines {
            let first_is_head = block.heads.is_empty();
            let mut row = vec![];
            for (n, text) in line.iter().enumerate() {
                let cell = Cell::spans(spans(source, text));
                row.push(Cell { head: first_is_head && n == 0 && line.len() == 2, ..cell });
            }
            row.resize_with(width, || Cell::text("\u{3000}"));
            rows.push(row);
        }
        pad(&mut rows, width, block.blank);
        let head = if head.is_empty() { vec![] } else { vec![head] };
        out.push(Block::Table(Table { caption: String::new(), columns: widths(block, width), head, rows }));
    }
    if let Some(name) = &block.checks {
        out.extend(checks(source, name));
    }
    if let Some(boxes) = &block.boxes {
        let lines = boxes.iter().map(|text| (false, spans(source, text))).collect();
        out.push(Block::Checks(lines));
    }
    if let Some(name) = &block.approval {
        out.extend(approval(source, name));
    }
    if let Some(places) = &block.sign {
        let (colon, date) = (source.say("paper.colon", &[]), source.say("paper.sign.date", &[]));
        let sign = places.iter().map(|place| Signature { label: [source.plain(place).as_str(), &colon].concat(), date: date.clone() });
        out.push(Block::Group(vec![Block::Signatures(sign.collect())]));
    }
    if let Some(party) = &block.ours {
        out.push(ours(source, party));
    }
    for (kind, text) in [(NoteKind::Info, &block.note), (NoteKind::Warning, &block.warning)] {
        if let Some(text) = text {
            let title = block.title.as_ref().map(|title| source.plain(title)).unwrap_or_default();
            out.push(Block::Note { kind, title, blocks: vec![Block::spans(spans(source, text))] });
        }
    }
    match block.division.as_deref() {
        Some("page") => out.push(Block::PageBreak),
        Some(_) => out.push(Block::Rule),
        None => {}
    }
    if let Some(inner) = &block.keep {
        out.push(Block::Group(many(source, inner)));
    }
}

/// A text with its places filled.
fn spans(source: &mut Source<'_>, text: &Text) -> Vec<Span> {
    let lang = source.lang();
    // Checked when the catalogue was read.
    let found = pieces(text.get(lang)).unwrap_or_default();
    let mut out = vec![];
    for piece in found {
        out.push(match piece {
            Piece::Text(words) => Span::plain(words),
            Piece::Value { path, optional } => place(source, &path, optional),
            Piece::Line { label, width } => Span::Blank { label: label.to_owned(), width_mm: f32::from(width), missing: false },
            Piece::Tick { field, code } => Span::Check(source.ticked(field, code)),
        });
    }
    out
}

/// A value, or what stands for it while it is missing.
fn place(source: &mut Source<'_>, path: &[&str], optional: bool) -> Span {
    let found = source.value(path);
    if !found.words.is_empty() {
        return Span::plain(found.words);
    }
    let missing = !optional && !source.by_hand();
    let label = found.label.get(source.lang()).to_owned();
    if missing {
        source.miss(found.label);
    }
    Span::Blank { label, width_mm: LINE, missing }
}

/// Fields that need the whole width.
const fn is_wide(ty: &FieldType) -> bool {
    matches!(
        ty,
        FieldType::Note { .. }
            | FieldType::Rows { .. }
            | FieldType::Files {}
            | FieldType::Refs { .. }
            | FieldType::Tags { .. }
            | FieldType::Choices { .. }
    )
}

/// Labels and values, two pairs in a row, long ones alone. What is optional is left open to write in.
fn fields(source: &mut Source<'_>, names: &[String]) -> Block {
    let mut rows: Vec<Vec<Cell>> = vec![];
    let mut half: Option<Vec<Cell>> = None;
    for name in names {
        let (name, optional) = name.strip_suffix('?').map_or((name.as_str(), false), |name| (name, true));
        let path: Vec<&str> = name.split('.').collect();
        let kind = std::sync::Arc::clone(source.kind());
        let wide = matches!(path.as_slice(), [name] if kind.field(name).is_some_and(|f| is_wide(&f.ty)));
        let head = Cell::head(source.label(&kind, &path).get(source.lang()));
        let value = match place(source, &path, optional) {
            Span::Blank { missing: false, .. } => Cell { columns: 1, ..Cell::default() },
            span => Cell::spans(vec![span]),
        };
        if wide {
            rows.extend(half.take().map(alone));
            rows.push(vec![head, value.over(3)]);
        } else if let Some(mut row) = half.take() {
            row.extend([head, value]);
            rows.push(row);
        } else {
            half = Some(vec![head, value]);
        }
    }
    rows.extend(half.map(alone));
    Block::Table(Table { columns: vec![1.25, 2.1, 1.25, 2.1], rows, ..Table::default() })
}

/// A pair that has its row for itself.
fn alone(mut pair: Vec<Cell>) -> Vec<Cell> {
    if let Some(value) = pair.last_mut() {
        value.columns = 3;
    }
    pair
}

/// A table over rows or references.
fn rows(source: &mut Source<'_>, name: &str, block: &FormBlock) -> Block {
    let lang = source.lang();
    let kind = std::sync::Arc::clone(source.kind());
    let Some(field) = kind.field(name) else { return Block::Table(Table::default()) };
    let value = source.raw(name).cloned().unwrap_or(Value::Null);
    let sign = source.say("document.approval.sign", &[]);
    let (mut head, mut lines) = (vec![Cell::head(source.say("document.row", &[]))], vec![]);
    match &field.ty {
        FieldType::Rows { fields, .. } => {
            for column in &block.columns {
                head.push(Cell::head(column_label(source, fields, column).get(lang)));
            }
            for (n, row) in value.as_array().into_iter().flatten().enumerate() {
                let cells = block.columns.iter().map(|column| Cell::text(cell(source, fields, row, column)));
                lines.push(std::iter::once(Cell::text((n + 1).to_string())).chain(cells).collect());
            }
        }
        FieldType::Ref { kind: other } | FieldType::Refs { kind: other } => {
            for column in &block.columns {
                let path: Vec<&str> = column.split('.').collect();
                let label = if column == SIGN { Text::new(&sign, &sign) } else { source.label_in(other, &path) };
                head.push(Cell::head(label.get(lang)));
            }
            for (n, id) in ids(Some(&value)).into_iter().enumerate() {
                let mut say =
                    |column: &str| if column == SIGN { String::new() } else { source.value_of(id, &column.split('.').collect::<Vec<_>>()) };
                let cells: Vec<Cell> = block.columns.iter().map(|column| Cell::text(say(column))).collect();
                lines.push(std::iter::once(Cell::text((n + 1).to_string())).chain(cells).collect());
            }
        }
        _ => {}
    }
    let width = head.len();
    if lines.is_empty() && block.blank == 0 {
        let mut shown = vec![Cell::text(source.say("paper.none", &[])).over(width)];
        if !source.by_hand() {
            source.miss(field.label.clone());
            shown =
                vec![Cell::spans(vec![Span::Blank { label: field.label.get(lang).to_owned(), width_mm: LINE, missing: true }]).over(width)];
        }
        lines.push(shown);
    }
    pad(&mut lines, width, block.blank);
    let mut columns = vec![0.6];
    columns.extend(widths(block, width - 1));
    Block::Table(Table { caption: String::new(), columns, head: vec![head], rows: lines })
}

fn column_label(source: &Source<'_>, fields: &[Field], column: &str) -> Text {
    let (first, rest) = column.split_once('.').map_or((column, None), |(first, rest)| (first, Some(rest)));
    match (fields.iter().find(|f| f.name == first), rest) {
        (Some(Field { ty: FieldType::Ref { kind }, .. }), Some(rest)) => source.label_in(kind, &rest.split('.').collect::<Vec<_>>()),
        (Some(field), _) => field.label.clone(),
        (None, _) => Text::new(source.say("document.approval.sign", &[]), source.say("document.approval.sign", &[])),
    }
}

fn cell(source: &mut Source<'_>, fields: &[Field], row: &Value, column: &str) -> String {
    let (first, rest) = column.split_once('.').map_or((column, None), |(first, rest)| (first, Some(rest)));
    let (Some(field), Some(value)) = (fields.iter().find(|f| f.name == first), row.get(first)) else { return String::new() };
    match rest {
        None => source.shown(field, value),
        Some(rest) => {
            let id = value.as_str().and_then(|text| text.parse::<Id>().ok());
            id.map(|id| source.value_of(id, &rest.split('.').collect::<Vec<_>>())).unwrap_or_default()
        }
    }
}

/// Empty rows to write in, until there are so many.
fn pad(rows: &mut Vec<Vec<Cell>>, width: usize, least: i64) {
    let least = usize::try_from(least).unwrap_or(0);
    while rows.len() < least {
        rows.push((0..width).map(|_| Cell::text("\u{3000}")).collect());
    }
}

#[expect(clippy::cast_precision_loss, reason = "small shares")]
fn widths(block: &FormBlock, count: usize) -> Vec<f32> {
    (0..count).map(|n| block.widths.get(n).map_or(2.0, |w| *w as f32)).collect()
}

/// All options on one line, those chosen ticked.
fn checks(source: &Source<'_>, name: &str) -> Option<Block> {
    let field = source.kind().field(name)?;
    let (FieldType::Choice { options } | FieldType::Choices { options }) = &field.ty else { return None };
    let mut out = vec![Span::plain([field.label.get(source.lang()), &source.say("paper.colon", &[])].concat())];
    for option in options {
        out.push(Span::Check(source.ticked(name, Some(&option.code))));
        out.push(Span::plain(format!(" {}\u{3000}", option.label.get(source.lang()))));
    }
    Some(Block::spans(out))
}

/// The steps of an approval, with room for what each says.
fn approval(source: &Source<'_>, name: &str) -> Option<Block> {
    let steps = &source.kind().transition(name)?.approval.as_ref()?.steps;
    let head = ["document.approval.step", "document.approval.opinion", "document.approval.sign", "document.approval.date"];
    let head = head.iter().map(|code| Cell::head(source.say(code, &[]))).collect();
    let opinion = || {
        let (yes, no) = (source.say("document.approval.yes", &[]), source.say("document.approval.no", &[]));
        Cell::spans(vec![
            Span::Check(false),
            Span::plain(format!(" {yes}\u{3000}")),
            Span::Check(false),
            Span::plain(format!(" {no}\n\u{3000}")),
        ])
    };
    let row = |label: &Text| vec![Cell::head(label.get(source.lang())), opinion(), Cell::text("\u{3000}"), Cell::text("\u{3000}")];
    let rows = steps.iter().map(|step| row(&step.label)).collect();
    Some(Block::Group(vec![Block::Table(Table { caption: String::new(), columns: vec![2.2, 4.0, 1.8, 1.8], head: vec![head], rows })]))
}

/// The company as a party.
fn ours(source: &mut Source<'_>, party: &Text) -> Block {
    let name = source.plain(party);
    let company = match source.company() {
        "" => Span::Blank { label: String::new(), width_mm: 70.0, missing: false },
        company => Span::plain(company),
    };
    let line = || vec![Span::Blank { label: String::new(), width_mm: 70.0, missing: false }];
    let mut pairs = vec![(name, vec![company])];
    for code in ["document.ours.credit_code", "document.ours.representative", "document.ours.address", "document.ours.contact"] {
        pairs.push((source.say(code, &[]), line()));
    }
    Block::KeyValues(pairs)
}

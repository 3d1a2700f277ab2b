//! Values as people read them in a cell: Excel, CSV, printed lists. [`crate::parse`] reads them back;
//! what goes out comes in again unchanged, for every field type but files.

use std::collections::BTreeMap;

use jingui_model::{Data, GradeScheme, Id, Lang, Text};
use serde_json::Value;

use crate::{
    kind::{ChoiceOption, Exchange, ExchangeColumn, Field, FieldType, Kind},
    load::Catalog,
    record::Record,
};

/// Names of records.
pub trait Names {
    /// The title of a record (of a person: the name), if it may be shown.
    fn name(&self, id: Id) -> Option<String>;
}

impl Names for BTreeMap<Id, String> {
    fn name(&self, id: Id) -> Option<String> {
        self.get(&id).cloned()
    }
}

/// What writing and reading cells needs.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// Taxonomies.
    pub catalog: &'a Catalog,
    /// The grade scheme in force.
    pub scheme: &'a GradeScheme,
    /// The language of the form.
    pub lang: Lang,
}

/// Marks that separate the items of a list in one cell. An item that contains one is put in quotes.
pub const MARKS: &[char] = &['、', ',', '，', ';', '；', '/', '\n', '"'];
/// Separates the columns of a row within a line of a cell.
pub const COLUMN_MARK: char = '｜';

/// A value as text; empty for nothing.
#[must_use]
pub fn display(value: &Value, field: &Field, words: Words<'_>, names: &dyn Names) -> String {
    let lang = words.lang;
    let option = |options: &[ChoiceOption], code: &str| {
        options.iter().find(|o| o.code == code).map_or_else(|| code.to_owned(), |o| o.label.get(lang).to_owned())
    };
    match (&field.ty, value) {
        (_, Value::Null) => String::new(),
        (FieldType::Tags { .. }, Value::Array(items)) => joined(items.iter().filter_map(Value::as_str).map(str::to_owned)),
        (FieldType::Money {}, Value::Object(map)) => money(
            map.get("cents").and_then(Value::as_i64).unwrap_or_default(),
            map.get("currency").and_then(Value::as_str).unwrap_or("CNY"),
        ),
        (FieldType::Flag {}, Value::Bool(flag)) => pick(lang, if *flag { ("是", "yes") } else { ("否", "no") }).to_owned(),
        (FieldType::Choice { options }, Value::String(code)) => option(options, code),
        (FieldType::Choices { options }, Value::Array(codes)) => joined(codes.iter().filter_map(Value::as_str).map(|c| option(options, c))),
        (FieldType::Taxonomy { of }, Value::String(code)) => category(words, of, code),
        (FieldType::Grade {}, Value::String(code)) => {
            words.scheme.level(code).map_or_else(|| code.clone(), |l| l.name.get(lang).to_owned())
        }
        (FieldType::Term {}, Value::Object(map)) => term(map.get("months").and_then(Value::as_i64), lang),
        (FieldType::Ref { .. }, Value::String(id)) => reference(id, names),
        (FieldType::Refs { .. }, Value::Array(list)) => joined(list.iter().filter_map(Value::as_str).map(|id| reference(id, names))),
        (FieldType::Rows { fields, .. }, Value::Array(rows)) => {
            let line = |row: &Value| {
                let mut cells: Vec<String> =
                    fields.iter().map(|f| escaped(&display(row.get(&f.name).unwrap_or(&Value::Null), f, words, names))).collect();
                while cells.last().is_some_and(String::is_empty) {
                    cells.pop();
                }
                cells.join(&COLUMN_MARK.to_string())
            };
            rows.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        (FieldType::Files {}, Value::Array(files)) => {
            joined(files.iter().filter_map(|f| f.get("name")).filter_map(Value::as_str).map(str::to_owned))
        }
        (_, Value::String(s)) => s.clone(),
        (_, other) => other.to_string(),
    }
}

/// The words of a term: 长期, 3 年, 18 个月.
#[must_use]
pub fn term(months: Option<i64>, lang: Lang) -> String {
    match (months, lang) {
        (None, _) => pick(lang, ("长期", "open-ended")).to_owned(),
        (Some(m), Lang::Zh) if m % 12 == 0 => format!("{} 年", m / 12),
        (Some(m), Lang::Zh) => format!("{m} 个月"),
        (Some(12), Lang::En) => "1 year".to_owned(),
        (Some(m), Lang::En) if m % 12 == 0 => format!("{} years", m / 12),
        (Some(1), Lang::En) => "1 month".to_owned(),
        (Some(m), Lang::En) => format!("{m} months"),
    }
}

fn money(cents: i64, currency: &str) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let whole = cents.unsigned_abs();
    let amount = format!("{sign}{}.{:02}", whole / 100, whole % 100);
    if currency == "CNY" { amount } else { format!("{amount} {currency}") }
}

/// The label of a node, with those above it when the label alone is not unique.
fn category(words: Words<'_>, of: &str, code: &str) -> String {
    let Some(taxonomy) = words.catalog.taxonomies.get(of) else { return code.to_owned() };
    let all = taxonomy.all();
    let Some((node, above)) = all.iter().find(|(n, _)| n.code == code) else { return code.to_owned() };
    let label = node.label.get(words.lang);
    let same = all.iter().filter(|(n, _)| n.label.get(words.lang) == label).count();
    if same <= 1 {
        return label.to_owned();
    }
    let mut path: Vec<_> = above.iter().map(|t| t.get(words.lang)).collect();
    path.push(label);
    path.join(" > ")
}

/// The label of the ancestor of a node at a depth from 1; of the node itself at its own depth.
#[must_use]
pub fn category_at(words: Words<'_>, of: &str, code: &str, depth: usize) -> String {
    let Some(taxonomy) = words.catalog.taxonomies.get(of) else { return String::new() };
    let all = taxonomy.all();
    let Some((node, above)) = all.into_iter().find(|(n, _)| n.code == code) else { return String::new() };
    let path: Vec<&Text> = above.into_iter().chain([&node.label]).collect();
    path.get(depth.wrapping_sub(1)).map_or_else(String::new, |t| t.get(words.lang).to_owned())
}

/// A record that may not be named keeps its identifier, so that nothing is lost on the way back.
fn reference(id: &str, names: &dyn Names) -> String {
    id.parse().ok().and_then(|id| names.name(id)).unwrap_or_else(|| id.to_owned())
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.map(|item| if item.contains(MARKS) { format!("\"{}\"", item.replace('"', "\"\"")) } else { item }).collect::<Vec<_>>().join("、")
}

fn escaped(cell: &str) -> String {
    cell.replace('\\', "\\\\").replace('\n', "\\n").replace(COLUMN_MARK, &format!("\\{COLUMN_MARK}")).replace('|', "\\|")
}

const fn pick(lang: Lang, words: (&'static str, &'static str)) -> &'static str {
    match lang {
        Lang::Zh => words.0,
        Lang::En => words.1,
    }
}

/// The form that every kind has: number, state and all fields that may leave.
#[must_use]
pub fn full_exchange(kind: &Kind) -> Exchange {
    let column = |zh: &str, en: &str, name: &str| ExchangeColumn { header: Text::new(zh, en), fields: vec![name.to_owned()] };
    let mut columns = vec![];
    if kind.number.is_some() {
        columns.push(column("编号", "Number", "number"));
    }
    columns.push(column("状态", "State", "state"));
    let out = kind.fields.iter().filter(|f| !f.internal);
    columns.extend(out.map(|f| ExchangeColumn { header: f.label.clone(), fields: vec![f.name.clone()] }));
    Exchange { name: "full".to_owned(), label: Text::new("全部字段", "All fields"), columns }
}

/// The cells of a record in an Excel form; `row` is its running number from 1.
#[must_use]
pub fn cells(kind: &Kind, exchange: &Exchange, record: &Record, row: usize, words: Words<'_>, names: &dyn Names) -> Vec<String> {
    let part = |name: &str| match name {
        "row" => row.to_string(),
        "number" => record.number.clone().unwrap_or_default(),
        "state" => kind.state(&record.state).map_or_else(|| record.state.clone(), |s| s.label.get(words.lang).to_owned()),
        _ => cell(kind, name, &record.data, words, names),
    };
    let column = |c: &ExchangeColumn| {
        let parts: Vec<_> = c.fields.iter().map(|f| part(f)).filter(|p| !p.is_empty()).collect();
        parts.join("、")
    };
    exchange.columns.iter().map(column).collect()
}

/// One field's cell; `category@2` is the second level of a category.
fn cell(kind: &Kind, name: &str, data: &Data, words: Words<'_>, names: &dyn Names) -> String {
    let (name, depth) = level(name);
    let Some((field, value)) = kind.field(name).zip(data.get(name)) else { return String::new() };
    match (&field.ty, depth, value) {
        (FieldType::Taxonomy { of }, Some(depth), Value::String(code)) => category_at(words, of, code, depth),
        _ => display(value, field, words, names),
    }
}

/// Splits `category@2`.
#[must_use]
pub fn level(name: &str) -> (&str, Option<usize>) {
    match name.split_once('@') {
        Some((field, depth)) => (field, depth.parse().ok()),
        None => (name, None),
    }
}

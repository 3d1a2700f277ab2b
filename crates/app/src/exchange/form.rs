//! The columns of an Excel form: which fields stand under which heading, in both languages, and the
//! name each column has in JSON.
//!
//! Three sorts of forms: those that a kind names (`appendix4`), the full one with every field that may
//! leave, and what a list shows.

use jingui_docs::{CellKind, Column, Format, header_key};
use jingui_kinds::{
    kind::{Exchange, ExchangeColumn, Field, FieldType, Kind},
    parse::importable,
    text::{Words, full_exchange, level},
};
use jingui_model::{Lang, Problem, Text};

use super::directory::Directory;
use crate::messages::Messages;

/// Name of the form with every field.
pub(super) const FULL: &str = "full";
/// Name of the form with the columns of the list.
pub(super) const SHOWN: &str = "shown";
/// Columns that are no fields, with the code of their heading.
const SYSTEM: [(&str, &str); 6] = [
    ("row", "exchange.column.row"),
    ("number", "exchange.column.number"),
    ("state", "exchange.column.state"),
    ("created", "exchange.column.created"),
    ("updated", "exchange.column.updated"),
    ("id", "exchange.column.id"),
];
/// More choices than these are no help in a drop-down.
const CHOICES_MAX: usize = 2000;

/// A form of a kind.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub exchange: Exchange,
    keys: Vec<String>,
}

impl Form {
    /// The form with a name.
    ///
    /// # Errors
    /// `exchange.unknown`.
    pub fn of(kind: &Kind, name: &str, messages: &Messages) -> Result<Self, Problem> {
        let exchange = match name {
            FULL => {
                let mut full = full_exchange(kind);
                full.columns.extend(["created", "updated", "id"].map(|n| system(n, messages)));
                full
            }
            SHOWN => {
                let columns = kind.list.columns.iter().filter_map(|name| match kind.field(name) {
                    Some(f) if f.internal => None,
                    Some(f) => Some(ExchangeColumn { header: f.label.clone(), fields: vec![name.clone()] }),
                    None => Some(system(name, messages)),
                });
                Exchange { name: SHOWN.to_owned(), label: kind.plural.clone(), columns: columns.collect() }
            }
            _ => kind.exchange(name).cloned().ok_or_else(|| {
                Problem::missing("exchange.unknown").arg("exchange", name.chars().take(40).collect::<String>()).at("exchange")
            })?,
        };
        Ok(Self::unique(exchange))
    }

    /// Every form that a file of this kind may have, the named ones first.
    pub fn all(kind: &Kind, messages: &Messages) -> Vec<Self> {
        let names = kind.exchanges.iter().map(|e| e.name.as_str()).chain([FULL]);
        names.filter_map(|name| Self::of(kind, name, messages).ok()).collect()
    }

    /// Two columns never have the same heading or key: files are read back by them.
    fn unique(mut exchange: Exchange) -> Self {
        let (mut keys, mut seen): (Vec<String>, Vec<String>) = (vec![], vec![]);
        for column in &mut exchange.columns {
            let mut key = column.fields.join("+");
            if keys.contains(&key) {
                key = format!("{key}#{}", keys.len() + 1);
            }
            for header in [&mut column.header.zh, &mut column.header.en] {
                if seen.contains(&header_key(header)) {
                    *header = format!("{header} ({key})");
                }
            }
            seen.extend([header_key(&column.header.zh), header_key(&column.header.en)]);
            keys.push(key);
        }
        Self { exchange, keys }
    }

    pub fn name(&self) -> &str {
        &self.exchange.name
    }

    /// The form without some of its columns.
    pub fn without(mut self, out: impl Fn(&ExchangeColumn) -> bool) -> Self {
        let mut keys = std::mem::take(&mut self.keys).into_iter();
        self.exchange.columns.retain(|column| {
            let (key, kept) = (keys.next().unwrap_or_default(), !out(column));
            if kept {
                self.keys.push(key);
            }
            kept
        });
        self
    }

    /// The headings of columns that are imported, for people.
    pub fn headings(&self, kind: &Kind, lang: Lang) -> String {
        let columns = self.exchange.columns.iter().filter(|c| !importable(kind, c).is_empty());
        columns.map(|c| c.header.get(lang)).collect::<Vec<_>>().join(if lang == Lang::Zh { "、" } else { ", " })
    }

    /// Every heading by which a column is known: both languages and its name in JSON.
    pub fn known(&self) -> Vec<&str> {
        let headers = self.exchange.columns.iter().flat_map(|c| [c.header.zh.as_str(), c.header.en.as_str()]);
        headers.chain(self.keys.iter().map(String::as_str)).collect()
    }

    /// The column with a heading; in JSON names of fields count before headings.
    pub fn find(&self, heading: &str, format: Format) -> Option<usize> {
        let wanted = header_key(heading);
        if wanted.is_empty() {
            return None;
        }
        let by_key = || self.keys.iter().position(|key| header_key(key) == wanted);
        let headed = |c: &ExchangeColumn| header_key(&c.header.zh) == wanted || header_key(&c.header.en) == wanted;
        let by_header = || self.exchange.columns.iter().position(headed);
        if format == Format::Json { by_key().or_else(by_header) } else { by_header().or_else(by_key) }
    }

    /// The first column that holds a field.
    pub fn column_of(&self, field: &str) -> Option<usize> {
        self.exchange.columns.iter().position(|c| c.fields.iter().any(|f| level(f).0 == field))
    }

    /// The fields that an import fills from a column.
    pub fn fields<'k>(&self, kind: &'k Kind, column: usize) -> Vec<&'k Field> {
        self.exchange.columns.get(column).map(|c| importable(kind, c)).unwrap_or_default()
    }

    /// The columns for a written file. With a directory (for templates) references to posts and departments become choices.
    pub fn columns(&self, kind: &Kind, words: Words<'_>, people: Option<&Directory>) -> Vec<Column> {
        let column = |(i, column): (usize, &ExchangeColumn)| {
            let fields: Vec<&Field> = column.fields.iter().filter_map(|n| kind.field(level(n).0)).collect();
            let cell = match (column.fields.as_slice(), fields.as_slice()) {
                ([name], _) if name == "row" => CellKind::Integer,
                ([name], [field]) => cell_kind(field, level(name).1, words, people),
                _ => CellKind::Text,
            };
            Column {
                key: self.keys.get(i).cloned().unwrap_or_default(),
                header: column.header.get(words.lang).to_owned(),
                width: width(&fields, &cell),
                kind: cell,
                required: fields.iter().any(|f| f.required && !f.internal),
                help: String::new(),
            }
        };
        self.exchange.columns.iter().enumerate().map(column).collect()
    }
}

fn system(name: &str, messages: &Messages) -> ExchangeColumn {
    let code = SYSTEM.iter().find(|(n, _)| *n == name).map_or("", |(_, code)| *code);
    let header = messages.text(code).cloned().unwrap_or_else(|| Text::new(name, name));
    ExchangeColumn { header, fields: vec![name.to_owned()] }
}

fn cell_kind(field: &Field, depth: Option<usize>, words: Words<'_>, people: Option<&Directory>) -> CellKind {
    let choice = |values: Vec<String>| {
        let mut values: Vec<String> = values.into_iter().filter(|v| !v.is_empty()).collect();
        let mut seen = std::collections::BTreeSet::new();
        values.retain(|v| seen.insert(v.clone()));
        if values.is_empty() || values.len() > CHOICES_MAX { CellKind::Text } else { CellKind::Choice(values) }
    };
    match &field.ty {
        FieldType::Integer { .. } => CellKind::Integer,
        FieldType::Decimal { .. } => CellKind::Decimal,
        FieldType::Day {} => CellKind::Day,
        FieldType::Flag {} => CellKind::Bool,
        FieldType::Choice { options } => choice(options.iter().map(|o| o.label.get(words.lang).to_owned()).collect()),
        FieldType::Grade {} => choice(words.scheme.levels.iter().map(|l| l.name.get(words.lang).to_owned()).collect()),
        FieldType::Taxonomy { of } => match words.catalog.taxonomies.get(of) {
            Some(taxonomy) => {
                let all = taxonomy.all();
                let at = |above: &[&Text]| depth.is_none_or(|d| above.len() + 1 == d);
                choice(all.iter().filter(|(_, above)| at(above)).map(|(n, _)| n.label.get(words.lang).to_owned()).collect())
            }
            None => CellKind::Text,
        },
        FieldType::Ref { kind } if matches!(kind.as_str(), "department" | "post") => {
            people.map_or(CellKind::Text, |d| choice(d.labels(kind)))
        }
        _ => CellKind::Text,
    }
}

fn width(fields: &[&Field], cell: &CellKind) -> u16 {
    let long = fields.iter().any(|f| matches!(f.ty, FieldType::Note { .. } | FieldType::Rows { .. }));
    match cell {
        CellKind::Integer | CellKind::Decimal | CellKind::Bool => 0,
        CellKind::Day => 14,
        _ if long => 40,
        _ if fields.is_empty() => 0,
        _ => 24,
    }
}

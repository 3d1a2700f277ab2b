//! Does a form make sense? Every placeholder, condition, column and transition is looked up in the kinds.

use std::collections::BTreeMap;

use super::{Form, FormBlock, Piece, pieces};
use crate::{
    diagnose::Report,
    kind::{Field, FieldType, Kind},
};

/// References are followed so far.
const DEEPEST: usize = 4;

/// A column of a table to sign in.
pub const SIGN: &str = "_sign";

/// What a placeholder may name besides fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    /// The company's name.
    Company,
    /// The day on which the paper is made.
    Today,
    /// Who makes it.
    Maker,
    /// The record's number.
    Number,
    /// The record's state in words.
    State,
    /// The day on which the record was made.
    Created,
    /// Who made the record.
    Creator,
}

impl Builtin {
    /// By its name in a form.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "company" => Self::Company,
            "today" => Self::Today,
            "maker" => Self::Maker,
            "number" => Self::Number,
            "state" => Self::State,
            "created" => Self::Created,
            "creator" => Self::Creator,
            _ => return None,
        })
    }

    /// Is it about the record (and so about what a reference points to), not about the paper?
    #[must_use]
    pub const fn of_record(self) -> bool {
        matches!(self, Self::Number | Self::State | Self::Created | Self::Creator)
    }
}

/// Where a placeholder leads.
#[derive(Debug, Clone)]
pub enum Place<'k> {
    /// Something that every record or paper has.
    Builtin(Builtin),
    /// A field, after the references that lead to it.
    Field(&'k Field),
}

/// Looks up a placeholder from a kind on. A kind's own field comes before a built-in name.
///
/// # Errors
/// The kind and the name that it does not have.
pub fn placeholder<'k>(kind: &'k str, path: &[&str], all: &'k BTreeMap<String, impl AsRef<Kind>>) -> Result<Place<'k>, (String, String)> {
    let (mut kind, mut path) = (kind, path);
    for depth in 0..DEEPEST {
        let unknown = |name: &str| (kind.to_owned(), name.chars().take(60).collect::<String>());
        let Some((name, rest)) = path.split_first() else { break };
        let definition = all.get(kind).map(AsRef::as_ref).ok_or_else(|| unknown(name))?;
        let Some(field) = definition.field(name).filter(|f| !f.internal) else {
            let builtin = Builtin::named(name).filter(|b| rest.is_empty() && (depth == 0 || b.of_record()));
            return builtin.map(Place::Builtin).ok_or_else(|| unknown(name));
        };
        match (&field.ty, rest) {
            (_, []) => return Ok(Place::Field(field)),
            (FieldType::Ref { kind: next } | FieldType::Refs { kind: next }, _) => (kind, path) = (next, rest),
            (_, [next, ..]) => return Err(unknown(&format!("{name}.{next}"))),
        }
    }
    Err((kind.to_owned(), path.join(".")))
}

impl AsRef<Self> for Kind {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Checks a form against the kinds.
pub(crate) fn check(form: &Form, all: &BTreeMap<String, Kind>, report: &mut Report) {
    let Some(kind) = all.get(&form.kind) else {
        return report.add("kind", "kind.unknown_kind", &[("name", &form.kind)]);
    };
    let mut looking = Looking { kind, all, report };
    looking.condition("if", form.condition.as_deref());
    looking.texts("title", &form.title);
    if let Some(name) = &form.signed
        && !kind.field(name).is_some_and(|f| matches!(f.ty, FieldType::Files {}) && !f.fixed && !f.internal)
    {
        looking.report.add("signed", "form.no_files", &[("name", name), ("kind", &kind.kind)]);
    }
    looking.blocks("body", &form.body);
}

struct Looking<'a> {
    kind: &'a Kind,
    all: &'a BTreeMap<String, Kind>,
    report: &'a mut Report,
}

impl Looking<'_> {
    fn blocks(&mut self, path: &str, blocks: &[FormBlock]) {
        for (i, block) in blocks.iter().enumerate() {
            self.block(&format!("{path}[{i}]"), block);
        }
    }

    fn block(&mut self, path: &str, block: &FormBlock) {
        let at = |key: &str| format!("{path}.{key}");
        if block.sorts() != 1 {
            self.report.add(path, "form.one_sort", &[]);
        }
        self.condition(&at("if"), block.condition.as_deref());
        for (key, text) in block.texts() {
            self.texts(&at(&key), text);
        }
        for (i, name) in block.fields.iter().flatten().enumerate() {
            self.path(&format!("{path}.fields[{i}]"), name.strip_suffix('?').unwrap_or(name));
        }
        if let Some(name) = &block.rows {
            self.rows(path, name, &block.columns);
        } else if !block.columns.is_empty() {
            self.report.add(at("columns"), "form.no_rows", &[]);
        }
        if let Some(name) = &block.checks
            && !self.kind.field(name).is_some_and(|f| matches!(f.ty, FieldType::Choice { .. } | FieldType::Choices { .. }))
        {
            self.report.add(at("checks"), "form.no_choice", &[("name", name), ("kind", &self.kind.kind)]);
        }
        if let Some(name) = &block.approval
            && self.kind.transition(name).is_none_or(|t| t.approval.is_none())
        {
            self.report.add(at("approval"), "form.no_approval", &[("name", name), ("kind", &self.kind.kind)]);
        }
        for (i, row) in block.table.iter().flatten().enumerate() {
            if !block.heads.is_empty() && row.len() > block.heads.len() {
                self.report.add(format!("{path}.table[{i}]"), "form.long_row", &[]);
            }
        }
        if !(0..=40).contains(&block.blank) {
            self.report.add(at("blank"), "form.blank", &[]);
        }
        self.blocks(&at("keep"), block.keep.as_deref().unwrap_or_default());
    }

    fn texts(&mut self, path: &str, text: &jingui_model::Text) {
        for (lang, words) in [("zh", &text.zh), ("en", &text.en)] {
            match pieces(words) {
                Ok(found) => found.iter().for_each(|piece| self.piece(path, piece)),
                Err(around) => self.report.add(path, "form.placeholder", &[("lang", lang), ("around", &around)]),
            }
        }
    }

    fn piece(&mut self, path: &str, piece: &Piece<'_>) {
        match piece {
            Piece::Value { path: steps, .. } => self.path(path, &steps.join(".")),
            Piece::Tick { field, code } => self.holds(path, field, *code),
            Piece::Text(_) | Piece::Line { .. } => {}
        }
    }

    fn path(&mut self, path: &str, name: &str) {
        let steps: Vec<&str> = name.split('.').collect();
        if let Err((kind, name)) = placeholder(&self.kind.kind, &steps, self.all) {
            self.report.add(path, "form.unknown_field", &[("name", &name), ("kind", &kind)]);
        }
    }

    /// A field with a code that it can hold, or a flag.
    fn holds(&mut self, path: &str, name: &str, code: Option<&str>) {
        let Some(field) = self.kind.field(name).filter(|f| !f.internal) else {
            return self.report.add(path, "form.unknown_field", &[("name", name), ("kind", &self.kind.kind)]);
        };
        let known = match (&field.ty, code) {
            (FieldType::Choice { options } | FieldType::Choices { options }, Some(codes)) => {
                codes.split('|').all(|code| options.iter().any(|o| o.code == code))
            }
            (FieldType::Flag {}, None) => true,
            (FieldType::Grade {}, Some(_)) => true,
            _ => false,
        };
        if !known {
            self.report.add(path, "form.unknown_code", &[("name", name), ("code", code.unwrap_or_default())]);
        }
    }

    fn rows(&mut self, path: &str, name: &str, columns: &[String]) {
        let Some(field) = self.kind.field(name) else {
            return self.report.add(format!("{path}.rows"), "form.unknown_field", &[("name", name), ("kind", &self.kind.kind)]);
        };
        for (i, column) in columns.iter().enumerate() {
            let at = format!("{path}.columns[{i}]");
            if column == SIGN {
                continue;
            }
            match &field.ty {
                FieldType::Rows { fields, .. } => {
                    let (first, rest) = column.split_once('.').map_or((column.as_str(), None), |(first, rest)| (first, Some(rest)));
                    match (fields.iter().find(|f| f.name == first), rest) {
                        (Some(_), None) => {}
                        (Some(Field { ty: FieldType::Ref { kind }, .. }), Some(rest)) => {
                            let steps: Vec<&str> = rest.split('.').collect();
                            if let Err((kind, name)) = placeholder(kind, &steps, self.all) {
                                self.report.add(at, "form.unknown_field", &[("name", &name), ("kind", &kind)]);
                            }
                        }
                        _ => {
                            self.report.add(at, "form.unknown_field", &[("name", column), ("kind", &format!("{}.{name}", self.kind.kind))])
                        }
                    }
                }
                FieldType::Ref { kind } | FieldType::Refs { kind } => {
                    let steps: Vec<&str> = column.split('.').collect();
                    if let Err((kind, name)) = placeholder(kind, &steps, self.all) {
                        self.report.add(at, "form.unknown_field", &[("name", &name), ("kind", &kind)]);
                    }
                }
                _ => self.report.add(format!("{path}.rows"), "form.no_rows", &[]),
            }
        }
        if columns.is_empty() {
            self.report.add(format!("{path}.rows"), "form.no_rows", &[]);
        }
    }

    /// `field`, `!field`, `field=a|b`, `field!=a|b`, `field>12`.
    fn condition(&mut self, path: &str, condition: Option<&str>) {
        let Some(condition) = condition else { return };
        let name = condition.trim_start_matches('!');
        if let Some((name, number)) = name.split_once('>') {
            let whole = self.kind.field(name).is_some_and(|f| matches!(f.ty, FieldType::Integer { .. }));
            if !whole || number.parse::<i64>().is_err() {
                self.report.add(path, "form.condition", &[("condition", condition)]);
            }
        } else if let Some((name, codes)) = name.split_once('=') {
            self.holds(path, name.trim_end_matches('!'), Some(codes));
        } else {
            self.path(path, name);
        }
    }
}

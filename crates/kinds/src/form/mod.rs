//! Forms (文书): what stands on a paper that is filled from a record: agreements, undertakings, approval sheets, certificates.
//!
//! `catalog/forms/*.yaml` and an enterprise's overlay are read here and checked against the kinds: whatever a placeholder
//! names must exist. How the values are found and how a page looks is written elsewhere. The forms are those of the
//! guides (B appendices 4 to 6 and the forms that chapters 4 to 11 name; H 7 to 9), in words of our own.

mod check;
mod inline;

use std::sync::Arc;

use jingui_model::Text;
use serde::Deserialize;

pub use check::{Builtin, Place, SIGN, placeholder};
pub use inline::{Piece, pieces};

use crate::shape::{
    KeyShape,
    Shape::{self, Bool, Int, List, Str, Struct, Text as Words},
    may, need,
};

/// A form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Stable code, also the file's name.
    pub form: String,
    /// What stands at its head.
    pub title: Text,
    /// The kind that it is filled from.
    pub kind: String,
    /// Clauses of the guides that ask for it.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// For which records of the kind it is meant; absent: for all.
    #[serde(default, rename = "if")]
    pub condition: Option<String>,
    /// Smaller comes first; the first is taken when nobody chooses.
    #[serde(default)]
    pub order: i32,
    /// Lying sheets, for wide tables.
    #[serde(default)]
    pub landscape: bool,
    /// The field of files that a signed copy of it belongs in while that can be filled in; otherwise, and when absent, the
    /// signed scans of the record ([`crate::files::SCANS`]).
    #[serde(default)]
    pub signed: Option<String>,
    /// What stands in it; empty for a form that is a document of the enterprise's own.
    #[serde(default)]
    pub body: Vec<FormBlock>,
    /// The enterprise's own document (.docx), with `{{placeholders}}`.
    #[serde(skip)]
    pub document: Option<Arc<Vec<u8>>>,
    /// The file that it was read from.
    #[serde(skip)]
    pub file: String,
    /// It ships with the program.
    #[serde(skip)]
    pub shipped: bool,
}

/// A part of a form, from top to bottom. Exactly one of the first group of keys is there; the others say more about it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormBlock {
    /// A heading.
    #[serde(default)]
    pub heading: Option<Text>,
    /// A paragraph.
    #[serde(default)]
    pub text: Option<Text>,
    /// A list; numbered unless `dots`.
    #[serde(default)]
    pub list: Option<Vec<Text>>,
    /// Fields with their labels, two beside each other.
    #[serde(default)]
    pub fields: Option<Vec<String>>,
    /// A field of rows or of references as a table.
    #[serde(default)]
    pub rows: Option<String>,
    /// A table of texts.
    #[serde(default)]
    pub table: Option<Vec<Vec<Text>>>,
    /// All options of a field of choices, those chosen ticked.
    #[serde(default)]
    pub checks: Option<String>,
    /// Boxes to tick by hand.
    #[serde(default)]
    pub boxes: Option<Vec<Text>>,
    /// The steps of the approval of this transition, each with room for an opinion and a signature.
    #[serde(default)]
    pub approval: Option<String>,
    /// Places to sign.
    #[serde(default)]
    pub sign: Option<Vec<Text>>,
    /// The company as a party: its name, and room for the rest.
    #[serde(default)]
    pub ours: Option<Text>,
    /// A box with an explanation.
    #[serde(default)]
    pub note: Option<Text>,
    /// A box with a warning.
    #[serde(default)]
    pub warning: Option<Text>,
    /// `line` across, or a new `page`.
    #[serde(default, rename = "break")]
    pub division: Option<String>,
    /// Stays on one page.
    #[serde(default)]
    pub keep: Option<Vec<FormBlock>>,

    /// It stands there only if this holds.
    #[serde(default, rename = "if")]
    pub condition: Option<String>,
    /// Columns of `rows`: names of fields, or `_sign` for room to sign.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Heads of `table`.
    #[serde(default)]
    pub heads: Vec<Text>,
    /// Shares of the width of columns.
    #[serde(default)]
    pub widths: Vec<i64>,
    /// So many empty rows at least, to write in.
    #[serde(default)]
    pub blank: i64,
    /// Level of a heading, from 1.
    #[serde(default)]
    pub level: Option<i64>,
    /// A list with dots.
    #[serde(default)]
    pub dots: bool,
    /// `centre` or `end`.
    #[serde(default)]
    pub align: Option<String>,
    /// Begins without the space of two characters.
    #[serde(default)]
    pub flush: bool,
    /// Title of a box.
    #[serde(default)]
    pub title: Option<Text>,
}

const TEXTS: Shape = List(&Words);
const STRS: Shape = List(&Str);

static BLOCK_KEYS: [KeyShape; 25] = [
    may("heading", Words),
    may("text", Words),
    may("list", TEXTS),
    may("fields", STRS),
    may("rows", Str),
    may("table", List(&TEXTS)),
    may("checks", Str),
    may("boxes", TEXTS),
    may("approval", Str),
    may("sign", TEXTS),
    may("ours", Words),
    may("note", Words),
    may("warning", Words),
    may("break", Shape::Word(&["line", "page"])),
    may("keep", List(&BLOCK)),
    may("if", Str),
    may("columns", STRS),
    may("heads", TEXTS),
    may("widths", List(&Int)),
    may("blank", Int),
    may("level", Int),
    may("dots", Bool),
    may("align", Shape::Word(&["centre", "end"])),
    may("flush", Bool),
    may("title", Words),
];
static BLOCK: Shape = Struct(&BLOCK_KEYS);

/// A form file.
pub(crate) static FORM: Shape = Struct(&[
    need("form", Str),
    need("title", Words),
    need("kind", Str),
    may("clauses", STRS),
    may("if", Str),
    may("order", Int),
    may("landscape", Bool),
    may("signed", Str),
    may("body", List(&BLOCK)),
]);

pub(crate) use check::check;

impl FormBlock {
    /// How many of the keys that say what it is are there.
    fn sorts(&self) -> usize {
        [
            self.heading.is_some(),
            self.text.is_some(),
            self.list.is_some(),
            self.fields.is_some(),
            self.rows.is_some(),
            self.table.is_some(),
            self.checks.is_some(),
            self.boxes.is_some(),
            self.approval.is_some(),
            self.sign.is_some(),
            self.ours.is_some(),
            self.note.is_some(),
            self.warning.is_some(),
            self.division.is_some(),
            self.keep.is_some(),
        ]
        .into_iter()
        .filter(|there| *there)
        .count()
    }

    /// All texts in it, with their paths in the file.
    fn texts(&self) -> Vec<(String, &Text)> {
        let mut all = vec![];
        for (name, text) in [
            ("heading", &self.heading),
            ("text", &self.text),
            ("ours", &self.ours),
            ("note", &self.note),
            ("warning", &self.warning),
            ("title", &self.title),
        ] {
            all.extend(text.iter().map(|text| (name.to_owned(), text)));
        }
        for (name, texts) in [
            ("list", self.list.as_deref()),
            ("boxes", self.boxes.as_deref()),
            ("sign", self.sign.as_deref()),
            ("heads", Some(&*self.heads)),
        ] {
            all.extend(texts.unwrap_or_default().iter().enumerate().map(|(i, text)| (format!("{name}[{i}]"), text)));
        }
        for (i, row) in self.table.iter().flatten().enumerate() {
            all.extend(row.iter().enumerate().map(|(j, text)| (format!("table[{i}][{j}]"), text)));
        }
        all
    }
}

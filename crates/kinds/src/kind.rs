//! What a kind file says, once read: the shape of one register (台账) as data.
//!
//! `catalog/kinds/*.yaml` and an enterprise's overlay are parsed into these types by `load`;
//! nothing here acts. Guards, effects and computed values are *named* here and *written* in
//! Rust. The same values, serialised, are what the console renders lists, forms and details from.

use jingui_model::Text;
use serde::{Deserialize, Serialize};

pub use crate::flow::*;

/// One register: fields, states, transitions, layout, exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Kind {
    /// Stable name, snake_case, also the file's name.
    pub kind: String,
    /// One of them: 商业秘密.
    pub label: Text,
    /// The register of them: 商业秘密清单.
    pub plural: Text,
    /// The family that policies speak of: `organisation`, `secret`, `identification`, `change`,
    /// `rule`, `improvement`, `account`, `settings`, `register` or `restricted`.
    pub group: String,
    /// Where it stands in the console's menu.
    #[serde(default)]
    pub menu: Menu,
    /// Clauses of the guides that ask for it (`B 4.1.2`).
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Numbering, for example `SM-{yyyy}-{seq:4}`; absent: records have no number.
    #[serde(default)]
    pub number: Option<String>,
    /// The text field that names a record.
    pub title: String,
    /// The field of type `grade` that protects the record.
    #[serde(default)]
    pub graded: Option<String>,
    /// The field (a reference to a department) that says who owns the record.
    #[serde(default)]
    pub department: Option<String>,
    /// Fields that make up the need-to-know list (references to persons or posts).
    #[serde(default)]
    pub circle: Vec<String>,
    /// What makes two records one and the same: lists of fields whose values together occur once. A list counts for a record
    /// that has all of its fields.
    #[serde(default)]
    pub once: Vec<Vec<String>>,
    /// The field naming the person whom the record is about.
    #[serde(default)]
    pub about: Option<String>,
    /// True when policies depend on records of this kind (person, post, account …).
    #[serde(default)]
    pub authority: bool,
    /// True when no create button exists: records arise from effects only.
    #[serde(default)]
    pub arises: bool,
    /// True when the console shows the way through its states as a checklist (joining, moving, leaving).
    #[serde(default)]
    pub checklist: bool,
    /// Guards that must hold whenever a person makes or edits a record.
    #[serde(default)]
    pub holds: Vec<Guard>,
    /// Named effects that run after a record was made, exactly once.
    #[serde(default)]
    pub on_create: Vec<String>,
    /// The fields.
    pub fields: Vec<Field>,
    /// The states; the first is where a record starts.
    pub states: Vec<State>,
    /// What can happen between states.
    #[serde(default)]
    pub transitions: Vec<Transition>,
    /// Reading and confirming (acknowledgement) by people.
    #[serde(default)]
    pub acknowledge: Option<Acknowledge>,
    /// The register's table.
    #[serde(default)]
    pub list: ListLayout,
    /// The form's sections; absent: all fields in one.
    #[serde(default)]
    pub form: Vec<Section>,
    /// Excel forms to import from and export to, besides the full one that every kind has.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
}

/// Place in the menu.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Menu {
    /// One of [`crate::names::SECTIONS`]: `secrets`, `carriers`, `people` …; empty for none.
    #[serde(default)]
    pub section: String,
    /// Smaller is higher.
    #[serde(default)]
    pub order: i32,
    /// Name of an icon known to the console.
    #[serde(default)]
    pub icon: String,
}

/// One field.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Field {
    /// Stable name, snake_case.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// A line of help under the input.
    #[serde(default)]
    pub help: Option<Text>,
    /// What it holds.
    #[serde(rename = "type")]
    pub ty: FieldType,
    /// Must be there from the start.
    #[serde(default)]
    pub required: bool,
    /// Must be there before one of these transitions.
    #[serde(default)]
    pub required_for: Vec<String>,
    /// No two records of the kind may have the same value.
    #[serde(default)]
    pub unique: bool,
    /// Found by the search box (numbers and titles always are).
    #[serde(default)]
    pub search: bool,
    /// Personal data: masked in exports for those who need not see it.
    #[serde(default)]
    pub personal: bool,
    /// Never leaves the server (password digests, keys).
    #[serde(default)]
    pub internal: bool,
    /// Of an internal field: people type it in, and never see it again (keys and passwords for other systems).
    #[serde(default)]
    pub typed: bool,
    /// Set by transitions and effects only, never typed into the form.
    #[serde(default)]
    pub fixed: bool,
    /// Value of a new record.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub default: Option<serde_json::Value>,
    /// Clause that asks for it.
    #[serde(default)]
    pub clause: Option<String>,
}

/// What a field holds, and how its JSON value looks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum FieldType {
    /// One line; a string.
    Text {
        /// Longest, in characters.
        #[serde(default)]
        max: Option<u32>,
    },
    /// Several lines; a string.
    Note {
        /// Longest, in characters.
        #[serde(default)]
        max: Option<u32>,
    },
    /// Short texts; an array of strings.
    Tags {
        /// Offered while typing.
        #[serde(default)]
        suggest: Vec<Text>,
    },
    /// A whole number.
    Integer {
        /// Smallest.
        #[serde(default)]
        min: Option<i64>,
        /// Largest.
        #[serde(default)]
        max: Option<i64>,
        /// Unit shown behind it.
        #[serde(default)]
        unit: Option<Text>,
    },
    /// An exact decimal as a string, `"12.50"`.
    Decimal {
        /// Digits behind the point.
        #[serde(default)]
        scale: u8,
        /// Unit shown behind it.
        #[serde(default)]
        unit: Option<Text>,
    },
    /// `{ "cents": 1250, "currency": "CNY" }`.
    Money {},
    /// A day, `"2026-11-21"`.
    Day {},
    /// `true` or `false`.
    Flag {},
    /// One of the options; its code.
    Choice {
        /// The options, in order.
        options: Vec<ChoiceOption>,
    },
    /// Any of the options; an array of codes.
    Choices {
        /// The options, in order.
        options: Vec<ChoiceOption>,
    },
    /// A node of a taxonomy (`catalog/taxonomies`); its code.
    Taxonomy {
        /// Name of the taxonomy.
        of: String,
    },
    /// A code of the enterprise's grade scheme.
    Grade {},
    /// A protection term: `{ "months": 36 }` or `{ "open": true }` (until published or worthless).
    Term {},
    /// A record of a kind; its id.
    Ref {
        /// The kind.
        kind: String,
    },
    /// Records of a kind; an array of ids.
    Refs {
        /// The kind.
        kind: String,
    },
    /// Rows with fields of their own; an array of objects.
    Rows {
        /// The columns.
        #[cfg_attr(feature = "schema", schema(no_recursion))]
        fields: Vec<Field>,
        /// Fewest rows that make sense.
        #[serde(default)]
        min: Option<u32>,
    },
    /// Files with versions; an array of [`crate::record::FileVersion`], changed by `attach` and `detach` only.
    Files {},
}

/// One option of a choice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChoiceOption {
    /// Stable code.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// Clause behind it.
    #[serde(default)]
    pub clause: Option<String>,
}

/// The register's table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListLayout {
    /// Columns: field names, and `number`, `state`, `updated`, `created`.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Filters offered above the table: field names and `state`.
    #[serde(default)]
    pub filters: Vec<String>,
    /// Sorted by this column at first; a leading `-` means descending.
    #[serde(default)]
    pub sort: Option<String>,
}

/// A section of the form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Section {
    /// Heading.
    pub label: Text,
    /// Fields in order.
    pub fields: Vec<String>,
    /// A line under the heading.
    #[serde(default)]
    pub help: Option<Text>,
}

/// An Excel form: which fields stand under which headings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Exchange {
    /// Stable name, for example `appendix4`.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// Columns in order.
    pub columns: Vec<ExchangeColumn>,
}

/// A column of an Excel form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExchangeColumn {
    /// The heading, in the language of the form (Chinese forms keep Chinese headings).
    pub header: Text,
    /// The fields whose values stand in it, joined by `、` (several: a name is matched against each in turn);
    /// `row` is the running number, `number` the record's.
    pub fields: Vec<String>,
}

impl Kind {
    /// The field with a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The state with a name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|s| s.name == name)
    }

    /// The transition with a name.
    #[must_use]
    pub fn transition(&self, name: &str) -> Option<&Transition> {
        self.transitions.iter().find(|t| t.name == name)
    }

    /// The Excel form with a name.
    #[must_use]
    pub fn exchange(&self, name: &str) -> Option<&Exchange> {
        self.exchanges.iter().find(|e| e.name == name)
    }
}

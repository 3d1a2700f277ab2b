//! A table on its way out: columns with their types, rows of text.

/// What a column of a typed template accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellKind {
    /// Anything.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A calendar day, written `2026-11-21`.
    Day,
    /// One of these values, offered as a drop-down.
    Choice(Vec<String>),
    /// Yes or no, offered as a drop-down.
    Bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name of the field; the member name in JSON.
    pub key: String,
    /// The heading people see; the first line in CSV and the header row in Excel.
    pub header: String,
    /// What a template accepts here.
    pub kind: CellKind,
    /// Whether a template marks the column as required.
    pub required: bool,
    /// One or two sentences for the person who fills it in; may be empty.
    pub help: String,
    /// Width in characters of Latin text (a Chinese character takes two); 0 lets the header decide.
    pub width: u16,
}

/// A table. All cells are text; `""` is an empty cell. Rows shorter than the columns are filled
/// up with empty cells; cells beyond the last column are not written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Names the sheet and stands above the header.
    pub title: String,
    /// Lines between title and header: filter, date, who exported.
    pub notes: Vec<String>,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

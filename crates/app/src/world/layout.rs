//! A kind's fields, compiled for the read model: what is searched, listed under, sorted by.

use jingui_kinds::kind::{FieldType, Kind};

/// What a record is listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Post {
    /// Its state.
    State,
    /// Who made it.
    Creator,
    /// A value of the field with this index.
    Field(u16),
    /// A person or post on the need-to-know list.
    Knows,
    /// The person it is about.
    About,
    /// The import batch.
    Batch,
    /// Somebody whose vote it waits for.
    Asked,
    /// Somebody who has to do something about it in its state.
    Todo,
    /// Somebody who has to read and confirm it.
    Confirm,
}

/// What a column sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// Time of making.
    Created,
    /// Time of the last change.
    Updated,
    /// Number.
    Number,
    /// State, in the kind's order.
    State,
    /// Title.
    Title,
    /// The field with this index.
    Field(usize),
}

/// A sortable column.
#[derive(Debug, Clone)]
pub struct SortColumn {
    /// Its name in requests.
    pub name: String,
    /// What it sorts by.
    pub by: SortBy,
}

/// A compiled kind.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Indexes of searched fields.
    pub search: Vec<usize>,
    /// Sortable columns; `updated`, `created`, `number`, `state` and the title always.
    pub sorts: Vec<SortColumn>,
}

impl Layout {
    /// Compiles a kind.
    #[must_use]
    pub fn of(kind: &Kind) -> Self {
        let search = kind.fields.iter().enumerate().filter(|(_, f)| f.search && !f.internal).map(|(i, _)| i).collect();
        let mut sorts: Vec<SortColumn> =
            [("updated", SortBy::Updated), ("created", SortBy::Created), ("number", SortBy::Number), ("state", SortBy::State)]
                .into_iter()
                .map(|(name, by)| SortColumn { name: name.to_owned(), by })
                .collect();
        sorts.push(SortColumn { name: kind.title.clone(), by: SortBy::Title });
        for (index, field) in kind.fields.iter().enumerate() {
            if kind.list.columns.contains(&field.name) && field.name != kind.title && sortable(&field.ty) {
                sorts.push(SortColumn { name: field.name.clone(), by: SortBy::Field(index) });
            }
        }
        Self { search, sorts }
    }

    /// The position of a sortable column by its name.
    #[must_use]
    pub fn sort(&self, name: &str) -> Option<usize> {
        self.sorts.iter().position(|s| s.name == name)
    }
}

const fn sortable(ty: &FieldType) -> bool {
    !matches!(
        ty,
        FieldType::Files {}
            | FieldType::Rows { .. }
            | FieldType::Refs { .. }
            | FieldType::Ref { .. }
            | FieldType::Choices { .. }
            | FieldType::Tags { .. }
    )
}

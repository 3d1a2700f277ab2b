//! Documents of an enterprise's own (.docx) with `{{placeholders}}`: read, checked, filled (B appendices 5 and 6 as a company words them).
//!
//! A word processor parts `{{name}}` into several runs as it likes: the texts of a paragraph are read as one. Rows of a table
//! between `{{#rows}}` and `{{/rows}}` repeat. Everything else of the file stays byte for byte; parts that hold no placeholder are
//! not even unpacked again. A placeholder that is broken or not known is an error with the words around it, never left in silence.
//!
//! The file comes from people: number and size of parts, ratio, depth and document types are limited (see `package`).

mod package;
mod scan;
mod write;

use jingui_model::Problem;

use self::{package::Package, scan::Part};

/// What a document is filled with.
pub trait Filler {
    /// The value of a place; inside rows, of the row with this index.
    fn value(&self, row: Option<(&str, usize)>, name: &str) -> Filled;
    /// How many rows there are.
    fn rows(&self, name: &str) -> usize;
}

/// What stands in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// Words; a line feed begins a new line.
    Text(String),
    /// There is nothing yet: its label, shown in brackets and highlighted.
    Missing(String),
}

/// A placeholder of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Its name without marks.
    pub name: String,
    /// The rows that it stands in, when it stands in rows.
    pub rows: Option<String>,
    /// It opens rows.
    pub opens: bool,
    /// The words of its paragraph around it.
    pub around: String,
}

/// A document that was read and found sound.
#[derive(Debug, Clone)]
pub struct Template {
    package: Package,
    parts: Vec<Part>,
    placeholders: Vec<Placeholder>,
}

impl Template {
    /// Reads a document.
    ///
    /// # Errors
    /// `docs.template.*`: not a document, damaged, too large, unsafe; a placeholder that is broken, with the words around it.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let package = Package::open(bytes)?;
        let mut parts = vec![];
        let mut placeholders = vec![];
        for (name, text) in package.texts()? {
            let part = Part::read(&name, text)?;
            placeholders.extend(part.placeholders()?);
            parts.push(part);
        }
        Ok(Self { package, parts, placeholders })
    }

    /// All its placeholders, in their order.
    #[must_use]
    pub fn placeholders(&self) -> &[Placeholder] {
        &self.placeholders
    }

    /// Fills it.
    ///
    /// # Errors
    /// `docs.template.too_large` when it grows beyond measure; `docs.write_failed`.
    pub fn fill(&self, filler: &dyn Filler) -> Result<Vec<u8>, Problem> {
        let mut changed = vec![];
        for part in &self.parts {
            if let Some(text) = part.fill(filler)? {
                changed.push((part.name().to_owned(), text));
            }
        }
        self.package.with(&changed)
    }
}

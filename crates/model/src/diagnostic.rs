//! What is wrong with a file of the catalogue or of an overlay, and where: file, line, column and the path of the value.
//!
//! Texts for the codes stand in `catalog/messages`; the start of the program, `doctor` and the settings page show them.

use std::{borrow::Cow, fmt};

use serde::Serialize;

/// One mistake in a catalog or overlay file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file, as it was named by whoever read it.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// The value at fault: `fields[3].type.of`; empty for the whole file.
    pub path: String,
    /// Stable code, `kind.unknown_field`.
    pub code: Cow<'static, str>,
    /// Arguments for the text.
    pub args: Vec<(Cow<'static, str>, String)>,
}

impl Diagnostic {
    /// A mistake at a place.
    #[must_use]
    pub fn new(file: &str, line: u64, column: u64, path: impl Into<String>, code: impl Into<Cow<'static, str>>) -> Self {
        Self { file: file.to_owned(), line, column, path: path.into(), code: code.into(), args: vec![] }
    }

    /// Adds an argument for the text.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.push((name.into(), value.to_string()));
        self
    }
}

impl fmt::Display for Diagnostic {
    /// For logs and golden files: `file:line:column: path: code name=value`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.code)?;
        for (name, value) in &self.args {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

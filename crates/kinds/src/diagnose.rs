//! What is wrong with a kind file, and where: file, line, column and the path of the value.
//!
//! Texts for the codes stand in `catalog/messages/kinds.yaml`; the start of the program, `doctor`
//! and the settings page show them.

use std::{borrow::Cow, collections::BTreeMap, fmt};

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

/// Collects the mistakes of one file and knows where each path stands.
#[derive(Debug)]
pub(crate) struct Report {
    pub file: String,
    /// Path to file (index into `others`, 0 is `file`), line and column.
    places: BTreeMap<String, (usize, u64, u64)>,
    /// Files that add fields, and how many fields stand before theirs.
    others: Vec<(String, usize)>,
    pub found: Vec<Diagnostic>,
}

impl Report {
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), places: BTreeMap::from([(String::new(), (0, 1, 1))]), others: vec![], found: vec![] }
    }

    /// Remembers where a path stands.
    pub fn place(&mut self, path: &str, line: u64, column: u64) {
        self.places.insert(path.to_owned(), (0, line, column));
    }

    /// Adds a mistake at a path, or at the nearest path around it that the file really has.
    pub fn add(&mut self, path: impl Into<String>, code: &'static str, args: &[(&'static str, &str)]) {
        let path = path.into();
        let (file, line, column) = self.locate(&path);
        let mut found = match file.checked_sub(1).and_then(|i| self.others.get(i)) {
            Some((other, at)) => Diagnostic::new(other, line, column, shifted(&path, *at), code),
            None => Diagnostic::new(&self.file, line, column, path, code),
        };
        for (name, value) in args {
            found = found.arg(name, value);
        }
        self.found.push(found);
    }

    /// Takes over the places of fields that another file adds behind the first `at` fields.
    pub fn adopt(&mut self, other: &Self, at: usize) {
        self.others.push((other.file.clone(), at));
        let file = self.others.len();
        for (path, (_, line, column)) in &other.places {
            let Some((index, rest)) = path.strip_prefix("fields[").and_then(|p| p.split_once(']')) else { continue };
            let Ok(index) = index.parse::<usize>() else { continue };
            self.places.insert(format!("fields[{}]{rest}", at + index), (file, *line, *column));
        }
    }

    fn locate(&self, path: &str) -> (usize, u64, u64) {
        let mut rest = path;
        loop {
            if let Some(place) = self.places.get(rest) {
                return *place;
            }
            if rest.is_empty() {
                return (0, 1, 1);
            }
            rest = rest.rfind(['.', '[']).and_then(|i| rest.get(..i)).unwrap_or("");
        }
    }
}

/// The path of a field as the file that adds it counts.
fn shifted(path: &str, at: usize) -> String {
    let parts = path.strip_prefix("fields[").and_then(|p| p.split_once(']'));
    match parts.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?.checked_sub(at)?, rest))) {
        Some((index, rest)) => format!("fields[{index}]{rest}"),
        None => path.to_owned(),
    }
}

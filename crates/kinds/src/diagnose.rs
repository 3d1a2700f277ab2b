//! What is wrong with a kind file, and where: file, line, column and the path of the value.
//!
//! Texts for the codes stand in `catalog/messages/kinds.yaml`; the start of the program, `doctor`
//! and the settings page show them.

use std::collections::BTreeMap;

pub use jingui_model::Diagnostic;

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

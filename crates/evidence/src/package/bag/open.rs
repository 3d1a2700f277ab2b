//! A bag out of a package.

use std::collections::BTreeMap;

use jingui_model::Problem;

use super::{PAYLOAD, STAMPS};
use crate::package::{
    name::shown,
    zip::{self, Limits},
};

/// A bag that somebody handed over; see [`OpenBag::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBag {
    name: String,
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

impl OpenBag {
    /// Unpacks a package in memory. Whether it is whole is another question.
    ///
    /// # Errors
    /// Those of [`zip::read`]; `package.no_bag` when the files are not all in one folder.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Problem> {
        let mut name: Option<String> = None;
        let mut files = BTreeMap::new();
        for file in zip::read(bytes, limits)? {
            let no_bag = || Problem::invalid("package.no_bag").arg("path", shown(file.name.as_bytes()));
            let (folder, path) = file.name.split_once('/').ok_or_else(no_bag)?;
            if *name.get_or_insert_with(|| folder.to_owned()) != folder {
                return Err(no_bag());
            }
            files.insert(path.to_owned(), file.bytes);
        }
        let name = name.ok_or_else(|| Problem::invalid("package.no_bag").arg("path", ""))?;
        Ok(Self { name, files })
    }

    /// The folder's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Any file, by its path in the bag.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The paths of all files, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The payload: paths below `data/`, and contents.
    pub fn payload(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.below(PAYLOAD)
    }

    /// What was added afterwards: paths below `stamps/`, and contents.
    pub fn stamps(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.below(STAMPS)
    }

    fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.files.iter().filter_map(move |(path, bytes)| Some((path.strip_prefix(folder)?, bytes.as_slice())))
    }

    /// The value of a label in `bag-info.txt`; the first when it stands there several times.
    #[must_use]
    pub fn info(&self, label: &str) -> Option<&str> {
        let text = std::str::from_utf8(self.file(super::INFO_FILE)?).ok()?;
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(label))
            .map(|(_, value)| value.trim())
    }
}

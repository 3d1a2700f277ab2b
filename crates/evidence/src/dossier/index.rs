//! `data/index.json`: what is in a package (`docs/evidence-package.md`, "index.json").

use jingui_ledger::{Checkpoint, Verifier};
use jingui_model::{Day, Id, Instant};
use serde::{Deserialize, Serialize};

use super::{form, layout, matrix::Matrix};
use crate::time::HashAlgorithm;

/// The version of the format.
pub const VERSION: u64 = 1;

/// The index of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// [`VERSION`].
    pub version: u64,
    /// What it is for.
    pub matter: Matter,
    /// Whose it is.
    pub company: String,
    /// When it was made, by the company's clock.
    pub made_at: Instant,
    /// By whom.
    pub made_by: String,
    /// The state of which moment.
    pub as_of: Instant,
    /// With what.
    pub software: String,
    /// The ledger.
    pub ledger: TreeState,
    /// The second tree, in SM3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin: Option<TreeState>,
    /// Who has cosigned.
    pub witnesses: Vec<WitnessKey>,
    /// Who has stamped.
    pub authorities: Vec<Authority>,
    /// The records.
    pub records: Vec<Record>,
    /// Entries about none of the records.
    pub context: Vec<u64>,
    /// Evidence against what a court asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Matrix>,
    /// Evidence from outside.
    pub outside: Vec<Outside>,
}

/// A matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matter {
    /// Its name.
    pub name: String,
    /// The number at the court or authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// The day of the alleged act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alleged_on: Option<Day>,
}

/// A tree at one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeState {
    /// Its name.
    pub origin: String,
    /// The key that signs its checkpoints.
    pub vkey: String,
    /// How many entries it has.
    pub size: u64,
    /// The root, in base64.
    pub root: String,
}

impl TreeState {
    /// The state that a checkpoint says, under this key.
    #[must_use]
    pub fn new(checkpoint: &Checkpoint, key: &Verifier) -> Self {
        Self { origin: checkpoint.origin.clone(), vkey: key.to_string(), size: checkpoint.size, root: form::root_text(&checkpoint.root) }
    }

    pub(super) fn is(&self, checkpoint: &Checkpoint) -> bool {
        (&self.origin, self.size, &self.root) == (&checkpoint.origin, checkpoint.size, &form::root_text(&checkpoint.root))
    }
}

/// A witness as the company knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessKey {
    /// How the company calls it.
    pub name: String,
    /// Its key.
    pub vkey: String,
}

/// A time-stamp authority as the company registered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// How the company calls it.
    pub name: String,
    /// Names of files in `data/trust`.
    pub roots: Vec<String>,
}

/// A record: what the company calls it, and the entries about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Record {
    /// The `subject` of its entries.
    pub id: Id,
    /// The `kind` of its entries.
    pub kind: String,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Its name, as far as that is disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Its entries, ascending.
    pub entries: Vec<u64>,
    /// Secret points that are disclosed.
    pub points: Vec<Point>,
    /// Files that are disclosed.
    pub files: Vec<Attached>,
}

/// A secret point: a disclosed field of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Point {
    /// How it is called.
    pub label: String,
    /// An entry of its record.
    pub entry: u64,
    /// A disclosed field of that entry.
    pub field: String,
}

/// A disclosed file, whose digest a disclosed field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Attached {
    /// Where it stands in the package.
    pub path: String,
    /// Its name as recorded.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest in hexadecimal.
    pub sha256: String,
    /// An entry of its record.
    pub entry: u64,
    /// A disclosed field of that entry.
    pub field: String,
}

impl Attached {
    /// A file with the entry and field that vouch for it. Its bytes go under [`Attached::path`] into [`super::Dossier::files`].
    #[must_use]
    pub fn new(name: &str, bytes: &[u8], entry: u64, field: &str) -> Self {
        let sha256 = sha256(bytes);
        let path = layout::file(&sha256, name);
        Self { path, name: name.to_owned(), size: bytes.len() as u64, sha256, entry, field: field.to_owned() }
    }
}

/// Evidence that somebody else made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// What it is: `deed`, `receipt`, `novelty_report`, `opinion`, or a word of the company's.
    pub kind: String,
    /// How the company calls it.
    pub label: String,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The day that it bears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// The record of the package that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Id>,
    /// Its files.
    pub files: Vec<OutsideFile>,
}

/// A file of [`Outside`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideFile {
    /// Where it stands in the package.
    pub path: String,
    /// Its name as it came.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest in hexadecimal.
    pub sha256: String,
}

impl OutsideFile {
    /// A file of the piece at this place in [`Index::outside`], from 1. Its bytes go under its path into [`super::Dossier::files`].
    #[must_use]
    pub fn new(place: usize, name: &str, bytes: &[u8]) -> Self {
        Self { path: layout::outside(place, name), name: name.to_owned(), size: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

/// The digest as the index writes it.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(HashAlgorithm::Sha256.digest(&[bytes]))
}

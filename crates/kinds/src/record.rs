//! A record and what travels with it: the approval that waits, the confirmations, the files.

use std::collections::BTreeMap;

use jingui_model::{Data, Day, Id, Instant};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::people::ids;

/// One record of any kind, as it is sealed in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Identifier.
    pub id: Id,
    /// Its kind's name.
    pub kind: String,
    /// Human number, if the kind numbers its records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// State.
    pub state: String,
    /// 1 for a new record; one more for each change.
    pub version: u64,
    /// Made at.
    pub created: Instant,
    /// Made by (a person's record, or nil for the system).
    pub creator: Id,
    /// Last changed at.
    pub updated: Instant,
    /// The fields.
    pub data: Data,
    /// The approval that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Who confirmed, and when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub acknowledged: BTreeMap<Id, Instant>,
    /// The import batch it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Id>,
}

impl Record {
    /// What a text field says.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field).and_then(Value::as_str)
    }

    /// What a field of days says.
    #[must_use]
    pub fn day(&self, field: &str) -> Option<Day> {
        self.text(field)?.parse().ok()
    }

    /// What a field refers to: the one record, or the first of several.
    #[must_use]
    pub fn one(&self, field: &str) -> Option<Id> {
        ids(self.data.get(field)).first().copied()
    }
}

/// An approval that waits for votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The transition asked for.
    pub transition: String,
    /// Who asked.
    pub applicant: Id,
    /// When.
    pub since: Instant,
    /// The state it came from.
    pub from: String,
    /// What the applicant filled in; takes effect when approved.
    #[serde(default)]
    pub input: Data,
    /// The current step, counted from 0 over all steps of the rule.
    pub step: usize,
    /// All votes so far.
    #[serde(default)]
    pub votes: Vec<Vote>,
}

/// One vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// In which step.
    pub step: usize,
    /// By whom.
    pub by: Id,
    /// When.
    pub at: Instant,
    /// Agreed?
    pub agreed: bool,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// One version of a file in a field of type `files`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FileVersion {
    /// Identifier of this version.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Id,
    /// The same for all versions of one file.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub series: Id,
    /// 1, 2, 3 …
    pub version: u32,
    /// File name, without any path.
    pub name: String,
    /// Bytes of the plain content.
    pub size: u64,
    /// SHA-256 of the plain content, lower-case hex.
    pub sha256: String,
    /// Media type.
    pub media: String,
    /// Name of the sealed object (SHA-256 of its bytes, hex); internal.
    pub object: String,
    /// The file's key, wrapped under the record's key, base64; internal, stripped from every answer.
    pub key: String,
    /// Added at.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub added: Instant,
    /// Added by.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub by: Id,
    /// What its mark says, when it is the marked copy of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<FileMark>,
    /// The paper of which this is the signed scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<ScanOf>,
    /// The lock (a `core_lock`) to which the key is sealed; absent: it hangs on the record's key alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub lock: Option<Id>,
}

/// The classification mark that was put into a file (H 9.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FileMark {
    /// The version that was marked.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub of: Id,
    /// SHA-256 of that version, lower-case hex.
    pub of_sha256: String,
    /// Number of the record.
    pub number: String,
    /// Grade in words.
    pub grade: String,
    /// Term in words.
    pub term: String,
    /// Unit.
    pub unit: String,
    /// Says that the file is no longer secret.
    #[serde(default)]
    pub lifted: bool,
}

/// Where a signed scan comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScanOf {
    /// The form that was printed and signed.
    pub form: String,
    /// SHA-256 of the whole file from the scanner, lower-case hex.
    pub sha256: String,
    /// The pages of that file, counted from 1; empty for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<u32>,
}

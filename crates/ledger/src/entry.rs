//! An entry of the ledger: when, what kind of act, on which record, and for each field a salted
//! commitment to its value. It says nothing that could be guessed without the salt.
//!
//! The bytes are canonical JSON (RFC 8785 subset). Giving away a field's value and salt discloses
//! that field and no other; destroying the salt removes its meaning and leaves the tree whole.
//! `README.md` shows how to check a commitment with a hash tool; vectors are in `tests/vectors`.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_model::{Id, Instant, Problem, Rng, canonical};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value, json};

use crate::{tile::MAX_ENTRY, tree::sha256};

/// The version of the entry format.
pub const VERSION: u64 = 1;

/// The longest act, kind or field name in bytes.
const MAX_NAME: usize = 256;

/// A salted commitment to one field:
/// SHA-256(salt ‖ 0x00 ‖ name in UTF-8 ‖ 0x00 ‖ canonical JSON of the value). Written in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment(pub [u8; 32]);

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes32::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Commitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes32::deserialize(deserializer).map(Self)
    }
}

/// A field with what opens its commitment. It carries the content: keep it sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenField {
    /// The field's name.
    pub name: String,
    /// 32 random bytes, different for every field of every entry.
    #[serde(with = "bytes32")]
    pub salt: [u8; 32],
    /// The field's value.
    pub value: Value,
}

impl fmt::Debug for OpenField {
    /// The name only: value and salt must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenField").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OpenField {
    /// A field with a fresh salt.
    #[must_use]
    pub fn new(rng: &dyn Rng, name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), salt: rng.array(), value }
    }

    /// The commitment to this field.
    ///
    /// # Errors
    /// `ledger.name` when the name is empty, longer than 256 bytes or has control characters
    /// (a zero byte would make the preimage ambiguous); `canonical.fraction`.
    pub fn commitment(&self) -> Result<Commitment, Problem> {
        check_name(&self.name, "fields")?;
        let value = canonical::to_bytes(&self.value)?;
        Ok(Commitment(sha256(&[&self.salt, &[0], self.name.as_bytes(), &[0], &value])))
    }
}

/// An entry. Equal entries have equal bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    at: Instant,
    act: String,
    kind: String,
    subject: Option<Id>,
    revision: Option<u64>,
    sealed: Option<[u8; 32]>,
    fields: BTreeMap<String, Commitment>,
    bytes: Vec<u8>,
}

impl Entry {
    /// An entry for an act (`approve`) on a kind of thing (`secret`): the record it concerns, the
    /// record's version after the act, the SHA-256 of the sealed payload, and the fields.
    ///
    /// # Errors
    /// `ledger.name` for a bad act, kind or field name; `ledger.field_twice`; `ledger.entry_malformed`
    /// for an instant outside the years −9999 to 9999 or a revision above 2^53;
    /// `ledger.entry_too_large` above 65,535 bytes; `canonical.fraction`.
    pub fn build(
        at: Instant,
        act: &str,
        kind: &str,
        subject: Option<Id>,
        revision: Option<u64>,
        sealed: Option<[u8; 32]>,
        fields: &[OpenField],
    ) -> Result<Self, Problem> {
        let mut commitments = BTreeMap::new();
        for field in fields {
            if commitments.insert(field.name.clone(), field.commitment()?).is_some() {
                return Err(Problem::invalid("ledger.field_twice").arg("field", &field.name));
            }
        }
        let (act, kind) = (act.to_owned(), kind.to_owned());
        Self { at, act, kind, subject, revision, sealed, fields: commitments, bytes: vec![] }.finished()
    }

    /// Checks the parts and writes the bytes.
    fn finished(mut self) -> Result<Self, Problem> {
        check_name(&self.act, "act")?;
        check_name(&self.kind, "kind")?;
        for name in self.fields.keys() {
            check_name(name, "fields")?;
        }
        let at = self.at.to_string();
        if at.parse::<Instant>().ok() != Some(self.at) || self.revision.is_some_and(|r| r > 1 << 53) {
            return Err(malformed("range"));
        }
        let fields: Map<String, Value> = self.fields.iter().map(|(name, c)| (name.clone(), Value::String(c.to_string()))).collect();
        let mut entry = json!({ "v": VERSION, "at": at, "act": self.act, "kind": self.kind, "fields": fields });
        if let Some(map) = entry.as_object_mut() {
            let mut put = |name: &str, value: Option<Value>| value.map(|value| map.insert(name.to_owned(), value));
            put("subject", self.subject.map(|id| Value::String(id.to_string())));
            put("revision", self.revision.map(Value::from));
            put("sealed", self.sealed.map(|hash| Value::String(BASE64.encode(hash))));
        }
        self.bytes = canonical::to_bytes(&entry)?;
        if self.bytes.len() > MAX_ENTRY {
            return Err(Problem::too_large("ledger.entry_too_large").arg("size", self.bytes.len()).arg("limit", MAX_ENTRY));
        }
        Ok(self)
    }

    /// Reads the bytes of an entry, strictly: exactly the bytes that [`Entry::build`] writes, no
    /// other order, spacing, spelling or key.
    ///
    /// # Errors
    /// `ledger.entry_malformed` with the reason as argument; `ledger.entry_too_large`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() > MAX_ENTRY {
            return Err(Problem::too_large("ledger.entry_too_large").arg("size", bytes.len()).arg("limit", MAX_ENTRY));
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| malformed("json").detail(error))?;
        if wire.v != VERSION {
            return Err(malformed("version"));
        }
        let sealed = wire.sealed.map(|c| c.0);
        let (Wire { at, act, kind, subject, revision, fields, .. }, empty) = (wire, vec![]);
        let entry = Self { at, act, kind, subject, revision, sealed, fields, bytes: empty }.finished()?;
        if entry.bytes == bytes { Ok(entry) } else { Err(malformed("canonical")) }
    }

    /// The canonical bytes, as they stand in the ledger.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Whether this field, with this salt and value, is what the entry committed to.
    #[must_use]
    pub fn opens(&self, field: &OpenField) -> bool {
        self.fields.get(&field.name).is_some_and(|c| field.commitment().is_ok_and(|opened| opened == *c))
    }

    /// When the act was done.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// The act.
    #[must_use]
    pub fn act(&self) -> &str {
        &self.act
    }

    /// The kind of record, or of thing of the system.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The record.
    #[must_use]
    pub const fn subject(&self) -> Option<Id> {
        self.subject
    }

    /// The record's version after the act.
    #[must_use]
    pub const fn revision(&self) -> Option<u64> {
        self.revision
    }

    /// SHA-256 of the sealed payload, as the database holds it.
    #[must_use]
    pub const fn sealed(&self) -> Option<[u8; 32]> {
        self.sealed
    }

    /// The commitments by field name.
    #[must_use]
    pub const fn fields(&self) -> &BTreeMap<String, Commitment> {
        &self.fields
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u64,
    at: Instant,
    act: String,
    kind: String,
    subject: Option<Id>,
    revision: Option<u64>,
    sealed: Option<Commitment>,
    fields: BTreeMap<String, Commitment>,
}

fn check_name(name: &str, field: &str) -> Result<(), Problem> {
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Problem::invalid("ledger.name").arg("limit", MAX_NAME).at(field));
    }
    Ok(())
}

fn malformed(reason: &'static str) -> Problem {
    Problem::invalid("ledger.entry_malformed").arg("reason", reason)
}

/// 32 bytes as base64 text.
mod bytes32 {
    use base64::Engine as _;

    use super::{BASE64, Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text).map_err(|_| de::Error::custom("base64"))?;
        bytes.try_into().map_err(|_| de::Error::custom("32 bytes"))
    }
}

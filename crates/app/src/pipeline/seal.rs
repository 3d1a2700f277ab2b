//! Sealing records and events for the store, and opening them again.
//!
//! A record is sealed under its own key; so are its events, so that destroying the key destroys
//! their meaning while the ledger stays whole. Events without a record are sealed under the
//! system's key. The public ledger entry carries salted commitments only.

use std::collections::BTreeMap;

use jingui_kinds::{
    act::Happening,
    kind::{FieldType, Kind},
    record::Record,
};
use jingui_ledger::{Entry, OpenField};
use jingui_model::{Data, Id, Instant, Problem, Rng};
use jingui_store::{EventRow, RecordRow, SealedRow};
use jingui_vault::{RecordKey, Vault};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::caller::Caller;

const RECORD: &str = "record";
const EVENT: &str = "event";
/// Above this many rows a field is committed to as a whole: an entry has 65,535 bytes.
const MAX_DIVIDED: usize = 400;

/// An event, opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenedEvent {
    /// Every committed field with its salt.
    pub fields: Vec<OpenField>,
}

impl OpenedEvent {
    /// The record's fields that changed, put together again where they were committed to in parts.
    #[must_use]
    pub fn changes(&self) -> Data {
        let mut parts: BTreeMap<(&str, usize), &Value> = BTreeMap::new();
        let mut changes = Data::new();
        for field in &self.fields {
            let Some(name) = field.name.strip_prefix("data.") else { continue };
            match part_of(name) {
                Some(part) => drop(parts.insert(part, &field.value)),
                None => drop(changes.insert(name.to_owned(), field.value.clone())),
            }
        }
        for ((name, _), value) in parts {
            let slot = changes.entry(name.to_owned()).or_insert_with(|| Value::Array(vec![]));
            if let Value::Array(items) = slot {
                items.push(value.clone());
            }
        }
        changes
    }

    /// What else was committed to: by whom, through which door, with what result.
    pub fn circumstances(&self) -> impl Iterator<Item = &OpenField> {
        self.fields.iter().filter(|f| !f.name.starts_with("data."))
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|f| f.name == name).map(|f| &f.value)
    }
}

/// The field and the number of a part: `points[2]`.
fn part_of(name: &str) -> Option<(&str, usize)> {
    let (name, number) = name.strip_suffix(']')?.split_once('[')?;
    number.parse().ok().map(|number| (name, number))
}

fn record_aad(id: Id, version: u64) -> Vec<u8> {
    let mut aad = id.as_bytes().to_vec();
    aad.extend_from_slice(&version.to_be_bytes());
    aad
}

/// Seals a record; gives the row's ciphertext and the JSON that was sealed.
pub(super) fn seal_record(key: &RecordKey, record: &Record, rng: &dyn Rng) -> Result<(Vec<u8>, Vec<u8>), Problem> {
    let plain = serde_json::to_vec(record).map_err(|e| Problem::internal("record.encoding").detail(e))?;
    Ok((key.seal(RECORD, &record_aad(record.id, record.version), &plain, rng)?, plain))
}

/// Opens a record's row; gives the record and its JSON.
///
/// # Errors
/// `vault.*` when the row was tampered with or belongs to another record; `record.encoding`.
pub fn open_record(vault: &Vault, row: &RecordRow) -> Result<(Record, Box<[u8]>), Problem> {
    open(vault, row.id, row.version, &row.key, &row.sealed)
}

/// Opens what the scan at start reads of a record.
///
/// # Errors
/// As [`open_record`].
pub(crate) fn open_sealed(vault: &Vault, row: &SealedRow) -> Result<(Record, Box<[u8]>), Problem> {
    open(vault, row.id, row.version, &row.key, &row.sealed)
}

fn open(vault: &Vault, id: Id, version: u64, key: &[u8], sealed: &[u8]) -> Result<(Record, Box<[u8]>), Problem> {
    let plain = vault.record_key(id, key)?.open(RECORD, &record_aad(id, version), sealed)?;
    let record = serde_json::from_slice(&plain).map_err(|e| Problem::internal("record.encoding").arg("id", id).detail(e))?;
    Ok((record, plain.into()))
}

/// Opens an event.
///
/// # Errors
/// `vault.*` when it was tampered with; `event.encoding`.
pub fn open_event(vault: &Vault, key: Option<&RecordKey>, row: &EventRow) -> Result<OpenedEvent, Problem> {
    let plain = match key {
        Some(key) => key.open(EVENT, row.id.as_bytes(), &row.sealed)?,
        None => vault.open_system(EVENT, row.id.as_bytes(), &row.sealed)?,
    };
    serde_json::from_slice(&plain).map_err(|e| Problem::internal("event.encoding").arg("id", row.id).detail(e))
}

/// What an event says besides its fields.
pub(super) struct EventHead<'a> {
    pub id: Id,
    pub at: Instant,
    pub kind: &'a str,
    pub act: &'a str,
    pub subject: Option<Id>,
    pub revision: Option<u64>,
    pub sealed_digest: Option<[u8; 32]>,
}

/// Builds an event's row: the public entry and the sealed openings.
pub(super) fn seal_event(
    vault: &Vault,
    key: Option<&RecordKey>,
    head: &EventHead<'_>,
    caller: &Caller,
    mut named: Data,
    rng: &dyn Rng,
) -> Result<EventRow, Problem> {
    named.insert("actor".to_owned(), Value::String(caller.id().to_string()));
    named.insert("actor_name".to_owned(), Value::String(caller.name.clone()));
    named.insert("door".to_owned(), Value::String(caller.origin.door.clone()));
    for (name, value) in [("address", &caller.origin.address), ("device", &caller.origin.device)] {
        if !value.is_empty() {
            named.insert(name.to_owned(), Value::String(value.clone()));
        }
    }
    let fields: Vec<OpenField> = named.into_iter().map(|(name, value)| OpenField::new(rng, name, value)).collect();
    let entry = Entry::build(head.at, head.act, head.kind, head.subject, head.revision, head.sealed_digest, &fields)?;
    let plain = serde_json::to_vec(&OpenedEvent { fields }).map_err(|e| Problem::internal("event.encoding").detail(e))?;
    let sealed = match key {
        Some(key) => key.seal(EVENT, head.id.as_bytes(), &plain, rng)?,
        None => vault.seal_system(EVENT, head.id.as_bytes(), &plain, rng)?,
    };
    Ok(EventRow {
        index: 0,
        id: head.id,
        record: head.subject,
        kind: head.kind.to_owned(),
        act: head.act.to_owned(),
        actor: caller.id(),
        at: head.at,
        entry: entry.to_bytes(),
        sealed,
    })
}

/// The fields that a happening commits to: each changed field under `data.`, and the circumstances.
pub(super) fn happening_fields(kind: &Kind, record: &Record, happening: &Happening) -> Data {
    let mut named = Data::new();
    for (name, value) in &happening.changes {
        commit_to(&mut named, name, shown(kind, name, value), divided(kind, name));
    }
    if let Some(note) = &happening.note {
        named.insert("note".to_owned(), Value::String(note.clone()));
    }
    if let Some(from) = &happening.from {
        named.insert("from".to_owned(), Value::String(from.clone()));
    }
    named.insert("to".to_owned(), Value::String(happening.to.clone()));
    if let Some(number) = &record.number {
        named.insert("number".to_owned(), Value::String(number.clone()));
    }
    named
}

/// Rows and files are committed to one by one, so that one of them can be shown without the others.
fn divided(kind: &Kind, name: &str) -> bool {
    let field = kind.fields.iter().find(|f| f.name == name);
    field.is_some_and(|f| !f.internal && matches!(f.ty, FieldType::Rows { .. } | FieldType::Files {}))
}

fn commit_to(named: &mut Data, name: &str, value: Value, divided: bool) {
    match value {
        Value::Array(items) if divided && !items.is_empty() && items.len() <= MAX_DIVIDED => {
            named.extend(items.into_iter().enumerate().map(|(i, item)| (format!("data.{name}[{i}]"), item)));
        }
        whole => drop(named.insert(format!("data.{name}"), whole)),
    }
}

/// Internal values are committed to as "changed" only; file keys never leave the record.
fn shown(kind: &Kind, name: &str, value: &Value) -> Value {
    match kind.fields.iter().find(|f| f.name == name) {
        Some(field) if field.internal => Value::Bool(true),
        Some(field) if matches!(field.ty, FieldType::Files {}) => {
            let mut files = value.clone();
            for file in files.as_array_mut().into_iter().flatten() {
                if let Some(map) = file.as_object_mut() {
                    map.remove("key");
                }
            }
            files
        }
        _ => value.clone(),
    }
}

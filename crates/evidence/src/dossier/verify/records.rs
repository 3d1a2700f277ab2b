//! Entries, disclosed fields, points and files: what the entries of the ledger vouch for, and for which record.

use std::collections::{BTreeMap, BTreeSet};

use jingui_ledger::Entry;
use jingui_model::Id;
use serde_json::Value;

use super::{Exam, trees::Signed};
use crate::dossier::{
    fault::{Fault, FaultKind},
    findings::{Findings, Proven, Standing, Time},
    form::{self, Opened},
    index::{Attached, Record},
    layout, matrix,
};

/// An entry as far as it could be read.
pub struct Examined {
    entry: Entry,
    included: bool,
    twin: bool,
    /// Values of disclosed fields that open the entry's commitments.
    opened: BTreeMap<String, Value>,
}

/// What could be read, by index.
pub type Entries = BTreeMap<u64, Examined>;

impl Exam<'_> {
    pub fn entries(&mut self, ledger: Option<&Signed>, twin: Option<&Signed>) -> Entries {
        let mut of: BTreeMap<u64, Option<&Record>> = BTreeMap::new();
        let lists = self.index.records.iter().map(|record| (Some(record), &record.entries)).chain([(None, &self.index.context)]);
        for (record, list) in lists {
            let sorted = list.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
            let once = list.iter().all(|index| of.insert(*index, record).is_none());
            if !sorted || !once {
                let field = record.map_or_else(|| "context".to_owned(), |record| format!("records.{}.entries", record.id));
                self.fault(Fault::in_index(FaultKind::Index, field).part("entries"));
            }
        }
        if of.is_empty() {
            self.fault(Fault::in_index(FaultKind::Index, "records").part("entries"));
        }
        let reach = self.index.twin.as_ref().map_or(0, |twin| twin.size);
        let mut found = Entries::new();
        for (index, record) in of {
            let path = layout::entry(index);
            let bytes = self.take(FaultKind::Entry, &path);
            let included = self.included(FaultKind::Proof, &layout::proof(index), index, bytes, ledger);
            let twin = index < reach && self.included(FaultKind::TwinProof, &layout::twin_proof(index), index, bytes, twin);
            let entry = match bytes.map(Entry::parse) {
                Some(Ok(entry)) => Some(entry),
                Some(Err(problem)) => {
                    self.fault(Fault::new(FaultKind::Entry, &path).entry(index).cause(&problem));
                    None
                }
                None => None,
            };
            if let (Some(entry), Some(record)) = (&entry, record)
                && (entry.subject() != Some(record.id) || entry.kind() != record.kind)
            {
                self.fault(Fault::new(FaultKind::Record, &path).entry(index).field(record.id.to_string()));
            }
            let opened = self.opened(index, entry.as_ref());
            if let Some(entry) = entry {
                found.insert(index, Examined { entry, included, twin, opened });
            }
        }
        found
    }

    fn opened(&mut self, index: u64, entry: Option<&Entry>) -> BTreeMap<String, Value> {
        let path = layout::opened(index);
        let mut good = BTreeMap::new();
        let Some(bytes) = self.maybe(&path) else { return good };
        let fault = || Fault::new(FaultKind::Opened, &path).entry(index);
        let Some(Opened { fields }) = form::read::<Opened>(bytes) else {
            self.fault(fault().part("form"));
            return good;
        };
        if fields.is_empty() || !fields.windows(2).all(|pair| matches!(pair, [a, b] if a.name < b.name)) {
            self.fault(fault().part("order"));
        }
        let Some(entry) = entry else { return good };
        for field in fields {
            if entry.opens(&field) {
                good.insert(field.name, field.value);
            } else {
                self.fault(fault().field(&field.name).part("commitment"));
            }
        }
        good
    }

    /// Points stand in entries of their own records.
    pub fn points(&mut self, entries: &Entries) {
        for record in &self.index.records {
            for point in &record.points {
                if opened(entries, record, point.entry, &point.field).is_none() {
                    let fault = Fault::new(FaultKind::Point, layout::opened(point.entry));
                    self.fault(fault.entry(point.entry).field(&point.field));
                }
            }
        }
    }

    /// Files whose bytes are what a disclosed field says: paths by entry.
    pub fn files(&mut self, entries: &Entries) -> BTreeMap<u64, Vec<String>> {
        let mut good: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for record in &self.index.records {
            for file in &record.files {
                let fault = || Fault::new(FaultKind::File, &file.path).entry(file.entry).field(&file.field);
                let folder = format!("data/files/{}/", file.sha256);
                if file.path.strip_prefix(&folder).is_none_or(|name| name.is_empty() || name.contains('/')) {
                    self.fault(fault().part("path"));
                    continue;
                }
                let Some(bytes) = self.take(FaultKind::File, &file.path) else { continue };
                if bytes.len() as u64 != file.size || self.digest(&file.path, bytes) != file.sha256 {
                    self.fault(fault().part("content"));
                    continue;
                }
                match opened(entries, record, file.entry, &file.field) {
                    Some(value) if vouches(value, file) => good.entry(file.entry).or_default().push(file.path.clone()),
                    _ => self.fault(fault().part("digest")),
                }
            }
        }
        good
    }

    fn ids(&self) -> BTreeSet<Id> {
        self.index.records.iter().map(|record| record.id).collect()
    }

    /// Files from outside have the digests of the index.
    pub fn outside(&mut self) {
        let ids = self.ids();
        for (place, outside) in (1..).zip(&self.index.outside) {
            if outside.record.is_some_and(|id| !ids.contains(&id)) {
                self.fault(Fault::in_index(FaultKind::Outside, format!("outside[{place}].record")).part("reference"));
            }
            let folder = layout::outside(place, "x");
            let folder = folder.strip_suffix('x').unwrap_or_default();
            for file in &outside.files {
                let fault = || Fault::new(FaultKind::Outside, &file.path);
                if file.path.strip_prefix(folder).is_none_or(|name| name.is_empty() || name.contains('/')) {
                    self.fault(fault().part("path"));
                    continue;
                }
                let Some(bytes) = self.take(FaultKind::Outside, &file.path) else { continue };
                if bytes.len() as u64 != file.size || self.digest(&file.path, bytes) != file.sha256 {
                    self.fault(fault().part("content"));
                }
            }
        }
    }

    /// The matrix names what is in the package, and counts as it says it does.
    pub fn matrix(&mut self) {
        let Some(matrix) = &self.index.matrix else { return };
        let (named, ids) = (self.named(), self.ids());
        let known = |id: Id| ids.contains(&id);
        let lost = matrix.points.iter().any(|point| !known(point.record))
            || matrix.items().any(|item| item.record.is_some_and(|id| !known(id)) || item.entry.is_some_and(|i| !named.contains(&i)));
        if lost {
            self.fault(Fault::in_index(FaultKind::Matrix, "matrix").part("reference"));
        }
        if matrix.alleged_on != self.index.matter.alleged_on || !matrix::is_sound(matrix) {
            self.fault(Fault::in_index(FaultKind::Matrix, "matrix").part("counts"));
        }
    }
}

/// The value of a disclosed field, if the entry is one of the record.
fn opened<'a>(entries: &'a Entries, record: &Record, index: u64, field: &str) -> Option<&'a Value> {
    let examined = record.entries.binary_search(&index).is_ok().then(|| entries.get(&index))??;
    examined.opened.get(field).filter(|_| examined.entry.subject() == Some(record.id))
}

/// Whether a field's value is, or lists, this file.
fn vouches(value: &Value, file: &Attached) -> bool {
    let is = |value: &Value| {
        value.get("name").and_then(Value::as_str) == Some(&file.name)
            && value.get("size").and_then(Value::as_u64) == Some(file.size)
            && value.get("sha256").and_then(Value::as_str) == Some(&file.sha256)
    };
    is(value) || value.as_array().is_some_and(|list| list.iter().any(is))
}

/// Puts together what is proven about each entry.
pub fn conclude(findings: &mut Findings, entries: Entries, mut files: BTreeMap<u64, Vec<String>>) {
    let mut named = BTreeSet::new();
    for (index, Examined { entry, included, twin, opened }) in entries {
        if !included {
            continue;
        }
        // A root that the reader trusts goes before one that the package brings, whatever time it states.
        let best = findings.stamps.iter().filter(|stamp| index < stamp.size).min_by_key(|stamp| (stamp.standing, stamp.time));
        let time = best.map(|stamp| Time {
            no_later_than: stamp.time,
            stamp: stamp.number,
            authority: stamp.authority.clone(),
            standing: stamp.standing,
        });
        match &time {
            None => findings.claim("package.claim.time", layout::entry(index), entry.at().to_string()),
            Some(time) if time.standing != Standing::Trusted => {
                if named.insert(time.stamp) {
                    findings.claim("package.claim.authority", layout::numbered(layout::STAMPS, time.stamp, "tst"), &time.authority);
                }
            }
            Some(_) => {}
        }
        // The first by each witness is enough.
        let mut witnesses = BTreeSet::new();
        let covering = findings.cosigned.iter().filter(|seen| index < seen.size && witnesses.insert(&seen.vkey));
        let cosigned = covering.map(|seen| seen.number).collect();
        findings.proven.push(Proven {
            index,
            act: entry.act().to_owned(),
            kind: entry.kind().to_owned(),
            subject: entry.subject(),
            revision: entry.revision(),
            at: entry.at(),
            twin,
            clock_ahead: time.as_ref().is_some_and(|time| entry.at() > time.no_later_than),
            time,
            cosigned,
            opened: opened.into_keys().collect(),
            files: files.remove(&index).unwrap_or_default(),
        });
    }
    for tree in [&findings.ledger, &findings.twin]
        .into_iter()
        .flatten()
        .filter(|tree| tree.standing != Standing::Trusted)
        .cloned()
        .collect::<Vec<_>>()
    {
        findings.claim("package.claim.key", layout::INDEX, tree.vkey);
    }
    let witnesses: BTreeSet<String> =
        findings.cosigned.iter().filter(|seen| seen.standing != Standing::Trusted).map(|seen| seen.vkey.clone()).collect();
    for vkey in witnesses {
        findings.claim("package.claim.witness", layout::INDEX, vkey);
    }
}

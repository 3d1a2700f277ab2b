//! What outsiders said of the ledger, as a package carries it: time stamps with their renewals, cosignatures, and the keys and roots as
//! the company registered them. For each source the statements are taken by which the entries of the package existed the earliest.

use std::collections::{BTreeMap, BTreeSet};

use jingui_evidence::{
    dossier::{Authority, Cosigned, Over, Stamp, safe_name},
    time::TrustRoots,
};
use jingui_kinds::record::Record;
use jingui_ledger::{Witness, suite::Hash};
use jingui_model::{Id, Problem};
use jingui_store::Attestation;
use serde_json::Value;

use crate::live::Live;

/// Most first tokens of one source; where more would be needed, some entries are shown with a later time.
const MOST: usize = 200;

/// The statements that a package needs.
#[derive(Default)]
pub(super) struct Said {
    /// Authorities by the record's id.
    pub authorities: BTreeMap<Id, Authority>,
    /// PEM files by name.
    pub roots: BTreeMap<String, Vec<u8>>,
    /// Witnesses by the record's id.
    pub witnesses: BTreeMap<Id, (String, Witness)>,
    /// Each first token with its renewals.
    stamps: Vec<(Attestation, Vec<Attestation>)>,
    cosigned: Vec<Attestation>,
}

impl Said {
    /// Reads what covers these entries, ascending.
    ///
    /// # Errors
    /// `store.*`.
    pub async fn about(live: &Live, entries: &[u64]) -> Result<Self, Problem> {
        let mut sizes: BTreeMap<Id, Vec<(u64, Id)>> = BTreeMap::new();
        for (source, size, id) in live.store.attested_sizes().await? {
            sizes.entry(source).or_default().push((size, id));
        }
        let mut said = Self::default();
        for (source, sizes) in sizes {
            let Ok(record) = live.world.read().record(source) else { continue };
            for id in earliest(&sizes, entries) {
                let Some(statement) = live.store.attestation(id).await? else { continue };
                if statement.kind == "stamp" {
                    said.authority(&record);
                    let renewals = live.store.renewals_of(id).await?;
                    said.stamps.push((statement, renewals));
                } else if said.witness(&record, &statement.note) {
                    said.cosigned.push(statement);
                }
            }
        }
        said.stamps.sort_by_key(|(first, _)| (first.size, first.id));
        said.cosigned.sort_by_key(|c| (c.size, c.id));
        Ok(said)
    }

    /// The sizes for which a proof is wanted that the ledger continues them.
    pub fn sizes(&self) -> Vec<u64> {
        let sizes: BTreeSet<u64> = self.stamps.iter().map(|(first, _)| first.size).chain(self.cosigned.iter().map(|c| c.size)).collect();
        sizes.into_iter().collect()
    }

    /// The time stamps, numbered as a package numbers them.
    pub fn stamps(&self, growth: &BTreeMap<u64, Vec<Hash>>) -> Vec<Stamp> {
        let mut stamps = vec![];
        for (first, renewals) in &self.stamps {
            let authority = |a: &Attestation| self.authorities.get(&a.source).map(|a| a.name.clone()).unwrap_or_default();
            let proof = growth.get(&first.size).cloned().unwrap_or_default();
            let over = Over::Note(first.note.clone(), proof);
            stamps.push(Stamp { authority: authority(first), size: first.size, token: first.body.clone(), over });
            for renewal in renewals {
                let over = Over::Stamp(stamps.len() as u64);
                stamps.push(Stamp { authority: authority(renewal), size: first.size, token: renewal.body.clone(), over });
            }
        }
        stamps
    }

    /// The cosigned checkpoints.
    pub fn cosigned(&self, growth: &BTreeMap<u64, Vec<Hash>>) -> Vec<Cosigned> {
        let one = |c: &Attestation| Cosigned { note: c.note.clone(), consistency: growth.get(&c.size).cloned().unwrap_or_default() };
        self.cosigned.iter().map(one).collect()
    }

    fn authority(&mut self, record: &Record) {
        if self.authorities.contains_key(&record.id) {
            return;
        }
        let name = unique(text(record, "name"), |n| self.authorities.values().any(|a| a.name == n));
        let mut roots = vec![];
        for field in ["roots", "certificates"] {
            let pem = text(record, field).as_bytes();
            if TrustRoots::from_pem(pem).is_ok_and(|roots| !roots.certificates().is_empty()) {
                let file = format!("{}.pem", unique(&safe_name(&name), |n| self.roots.contains_key(&format!("{n}.pem"))));
                self.roots.insert(file.clone(), pem.to_vec());
                roots.push(file);
            }
        }
        self.authorities.insert(record.id, Authority { name, roots });
    }

    /// Takes a witness in; false when the key that is registered now did not make this statement.
    fn witness(&mut self, record: &Record, note: &str) -> bool {
        let Ok(witness) = Witness::parse(text(record, "key")) else { return false };
        let made = witness.said(note).is_ok_and(|said| said.is_some());
        if made {
            self.witnesses.entry(record.id).or_insert_with(|| (text(record, "name").to_owned(), witness));
        }
        made
    }
}

/// For each entry the first statement that covers it; thinned out evenly when they are too many.
fn earliest(sizes: &[(u64, Id)], entries: &[u64]) -> Vec<Id> {
    let mut wanted: Vec<Id> = vec![];
    for entry in entries {
        let first = sizes.partition_point(|(size, _)| size <= entry);
        if let Some((_, id)) = sizes.get(first)
            && wanted.last() != Some(id)
        {
            wanted.push(*id);
        }
    }
    let step = wanted.len().div_ceil(MOST).max(1);
    // The last of each group: it covers the entries of those before it.
    wanted.chunks(step).filter_map(|group| group.last().copied()).collect()
}

fn unique(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|n| format!("{name} ({n})"));
    std::iter::once(name.to_owned()).chain(numbered).find(|n| !taken(n)).unwrap_or_default()
}

fn text<'a>(record: &'a Record, field: &str) -> &'a str {
    record.data.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_gets_the_first_statement_over_it() {
        let id = |n: u8| Id::from_bytes([n; 16]);
        let sizes = [(5, id(1)), (10, id(2)), (20, id(3))];
        assert_eq!(earliest(&sizes, &[0, 4]), [id(1)]);
        assert_eq!(earliest(&sizes, &[4, 5, 19]), [id(1), id(2), id(3)]);
        assert_eq!(earliest(&sizes, &[20, 30]), [] as [Id; 0], "nothing covers them yet");
        let many: Vec<(u64, Id)> = (0..=255).map(|n| (u64::from(n) + 1, id(n))).collect();
        let thinned = earliest(&many, &(0..256).collect::<Vec<_>>());
        assert_eq!((thinned.len(), thinned.last()), (128, Some(&id(255))), "the last still covers all");
    }
}

//! Keys, checkpoints and proofs: that entries stand in the ledger and in its twin (RFC 6962, C2SP tlog-proof).

use std::collections::BTreeSet;

use jingui_ledger::{
    Checkpoint, LogProof, Verifier,
    suite::{Hash, Suite},
    tree::{verify_consistency, verify_inclusion},
};

use super::Exam;
use crate::dossier::{
    fault::{Fault, FaultKind},
    findings::{Standing, Tree},
    form,
    index::TreeState,
    layout,
};

/// Most different checkpoints that are tried: a good package has one.
const MAX_TRIED: usize = 16;

/// A tree with its signed checkpoint.
pub struct Signed {
    pub verifier: Verifier,
    pub checkpoint: Checkpoint,
    note: String,
    standing: Standing,
}

impl Signed {
    pub fn finding(&self) -> Tree {
        Tree {
            origin: self.checkpoint.origin.clone(),
            vkey: self.verifier.to_string(),
            standing: self.standing,
            size: self.checkpoint.size,
            root: form::root_text(&self.checkpoint.root),
        }
    }

    /// Whether the package's checkpoint continues an older one.
    pub fn continues(&self, older: &Checkpoint, proof: &[Hash]) -> bool {
        let (suite, now) = (self.verifier.suite(), &self.checkpoint);
        verify_consistency(suite, older.size, &older.root, now.size, &now.root, proof)
    }
}

impl Exam<'_> {
    /// All entries that the index names, in order.
    pub fn named(&self) -> BTreeSet<u64> {
        self.index.records.iter().flat_map(|record| &record.entries).chain(&self.index.context).copied().collect()
    }

    pub fn ledger(&mut self) -> Option<Signed> {
        self.signed(&self.index.ledger, "ledger", Suite::Standard, FaultKind::Checkpoint, layout::proof)
    }

    pub fn twin(&mut self) -> Option<Signed> {
        let state = self.index.twin.as_ref()?;
        self.signed(state, "twin", Suite::Chinese, FaultKind::TwinCheckpoint, layout::twin_proof)
    }

    fn signed(&mut self, state: &TreeState, field: &str, suite: Suite, kind: FaultKind, proof_of: fn(u64) -> String) -> Option<Signed> {
        let verifier = self.key(&state.vkey, &format!("{field}.vkey"))?;
        if verifier.suite() != suite || verifier.name() != state.origin {
            self.fault(Fault::in_index(FaultKind::Key, format!("{field}.vkey")).part("suite"));
            return None;
        }
        let mut tried = BTreeSet::new();
        let mut first: Option<Fault> = None;
        for index in self.named() {
            let path = proof_of(index);
            let Some(text) = self.bag.file(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
            let Ok(proof) = LogProof::parse(text) else { continue };
            if tried.len() >= MAX_TRIED || !tried.insert(proof.checkpoint.clone()) {
                continue;
            }
            match Checkpoint::open(&proof.checkpoint, &verifier) {
                Ok(checkpoint) if state.is(&checkpoint) => {
                    let standing = self.trusted.standing(&verifier);
                    return Some(Signed { verifier, checkpoint, note: proof.checkpoint, standing });
                }
                Ok(_) => _ = first.get_or_insert_with(|| Fault::in_index(kind, field)),
                Err(problem) => _ = first.get_or_insert_with(|| Fault::new(kind, &path).entry(index).cause(&problem)),
            }
        }
        // Without any proof that can be read there is nothing to hold against the index.
        self.fault(first.unwrap_or_else(|| Fault::in_index(kind, field)));
        None
    }

    /// A verifier key of the index. One that the reader knows under the same name must be that one.
    pub fn key(&mut self, vkey: &str, field: &str) -> Option<Verifier> {
        let key = match Verifier::parse(vkey) {
            Ok(key) if key.to_string() == vkey => key,
            Ok(_) => {
                self.fault(Fault::in_index(FaultKind::Key, field).part("spelling"));
                return None;
            }
            Err(problem) => {
                self.fault(Fault::in_index(FaultKind::Key, field).cause(&problem));
                return None;
            }
        };
        let same_name = |known: &&Verifier| known.name() == key.name() && known.key().scheme() == key.key().scheme();
        if !self.trusted.keys.contains(&key) && self.trusted.keys.iter().any(|known| same_name(&known)) {
            self.fault(Fault::in_index(FaultKind::Key, field).part("other"));
            return None;
        }
        Some(key)
    }

    /// Whether these bytes are that entry of the tree, by the proof in the package.
    pub fn included(&mut self, kind: FaultKind, path: &str, index: u64, entry: Option<&[u8]>, tree: Option<&Signed>) -> bool {
        let Some(bytes) = self.take(kind, path) else { return false };
        let fault = || Fault::new(kind, path).entry(index);
        let proof = match std::str::from_utf8(bytes).map(LogProof::parse) {
            Ok(Ok(proof)) => proof,
            Ok(Err(problem)) => {
                self.fault(fault().cause(&problem));
                return false;
            }
            Err(_) => {
                self.fault(fault().part("text"));
                return false;
            }
        };
        let (Some(entry), Some(tree)) = (entry, tree) else { return false };
        let (suite, checkpoint) = (tree.verifier.suite(), &tree.checkpoint);
        let wrong = if proof.extra.is_some() {
            "extra"
        } else if proof.index != index {
            "index"
        } else if proof.checkpoint != tree.note {
            "checkpoint"
        } else if !verify_inclusion(suite, &suite.leaf(entry), index, checkpoint.size, &proof.hashes, &checkpoint.root) {
            "hashes"
        } else {
            return true;
        };
        self.fault(fault().part(wrong));
        false
    }
}

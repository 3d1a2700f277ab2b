//! A package that is being made: everything that stands in it, typed, and the bytes (`docs/evidence-package.md`).
//!
//! Nothing is left out here that was given, and nothing is added: what shall stay hidden must not come in. The package is verified
//! before it is handed out, so that nobody learns from a court that a proof was for something else.

use std::collections::BTreeMap;

use jingui_ledger::{Checkpoint, LogProof, OpenField, Verifier, Witness, suite::Hash};
use jingui_model::{Instant, Problem};

use super::{
    findings::{Findings, Trusted},
    form::{self, Opened, StampHead},
    index::{Authority, Index, Matter, Outside, Record, TreeState, VERSION, WitnessKey},
    layout,
    matrix::Matrix,
    verify::verify,
};
use crate::{package::Bag, time::HashAlgorithm};

/// What shall stand in a package.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The name of the folder in the ZIP.
    pub name: String,
    /// Labels and values of `bag-info.txt`.
    pub info: Vec<(String, String)>,
    /// What it is for.
    pub matter: Matter,
    /// Whose it is.
    pub company: String,
    /// When it is made.
    pub made_at: Instant,
    /// By whom.
    pub made_by: String,
    /// The state of which moment.
    pub as_of: Instant,
    /// With what.
    pub software: String,
    /// The ledger's key.
    pub ledger: Verifier,
    /// The twin's key.
    pub twin: Option<Verifier>,
    /// Witnesses, with the names that the company gives them.
    pub witnesses: Vec<(String, Witness)>,
    /// Authorities.
    pub authorities: Vec<Authority>,
    /// The PEM files that [`Dossier::authorities`] name.
    pub roots: BTreeMap<String, Vec<u8>>,
    /// The records.
    pub records: Vec<Record>,
    /// Entries about none of the records.
    pub context: Vec<u64>,
    /// Every entry that a record or the context names.
    pub entries: BTreeMap<u64, Item>,
    /// Evidence against what a court asks for.
    pub matrix: Option<Matrix>,
    /// Evidence from outside.
    pub outside: Vec<Outside>,
    /// The bytes of disclosed files and of files from outside, by the paths that records and [`Dossier::outside`] name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Time stamps over checkpoints; the first has number 1.
    pub stamps: Vec<Stamp>,
    /// Cosigned checkpoints.
    pub cosigned: Vec<Cosigned>,
    /// Papers for reading, by path: `data/report.html` …
    pub papers: BTreeMap<String, Vec<u8>>,
    /// Tokens over a tag manifest; see [`Dossier::tag_manifest`].
    pub seals: Vec<Vec<u8>>,
}

/// An entry of the ledger, with what is disclosed of it and its proofs.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The fields that are disclosed, and no others.
    pub opened: Vec<OpenField>,
    /// Its proof.
    pub proof: LogProof,
    /// Its proof in the twin, where that reaches.
    pub twin: Option<LogProof>,
}

/// A time stamp.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// One of the authorities.
    pub authority: String,
    /// The size of the checkpoint that it covers.
    pub size: u64,
    /// The token.
    pub token: Vec<u8>,
    /// What it is over.
    pub over: Over,
}

/// What a token is over.
#[derive(Debug, Clone)]
pub enum Over {
    /// A signed checkpoint, and the proof that the package's checkpoint continues it.
    Note(String, Vec<Hash>),
    /// The stamp with this number, and all before that in its sequence.
    Stamp(u64),
}

/// A checkpoint with lines of witnesses, and the proof that the package's checkpoint continues it.
#[derive(Debug, Clone)]
pub struct Cosigned {
    /// The note.
    pub note: String,
    /// The proof.
    pub consistency: Vec<Hash>,
}

impl Dossier {
    /// The package. Equal contents give equal bytes.
    ///
    /// # Errors
    /// The first fault that [`verify`] finds in it, as `package.…`; those of [`Bag`]; `package.empty` without an entry.
    pub fn pack(self) -> Result<Vec<u8>, Problem> {
        self.pack_for(&Trusted::default()).map(|(bytes, _)| bytes)
    }

    /// The package, and what a reader who trusts these learns from it.
    ///
    /// # Errors
    /// As [`Dossier::pack`].
    pub fn pack_for(self, trusted: &Trusted) -> Result<(Vec<u8>, Findings), Problem> {
        let bytes = self.bag()?.write()?;
        let findings = verify(&bytes, trusted);
        match &findings.first {
            Some(fault) => Err(fault.problem()),
            None => Ok((bytes, findings)),
        }
    }

    /// What a time-stamp authority is asked about for a seal over the whole package.
    ///
    /// # Errors
    /// As [`Dossier::pack`], but the package is not verified.
    pub fn tag_manifest(&self, algorithm: HashAlgorithm) -> Result<Vec<u8>, Problem> {
        Ok(self.bag()?.tag_manifest(algorithm))
    }

    fn bag(&self) -> Result<Bag, Problem> {
        let info: Vec<(&str, &str)> = self.info.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
        let mut bag = Bag::new(&self.name, &info)?;
        let mut put = |path: &str, bytes: Vec<u8>| bag.payload(path.strip_prefix("data/").unwrap_or(path), bytes);
        put(layout::INDEX, form::write(&self.index()?)?)?;
        for (index, item) in &self.entries {
            put(&layout::entry(*index), item.bytes.clone())?;
            put(&layout::proof(*index), item.proof.to_text().into_bytes())?;
            if let Some(twin) = &item.twin {
                put(&layout::twin_proof(*index), twin.to_text().into_bytes())?;
            }
            if !item.opened.is_empty() {
                let mut fields = item.opened.clone();
                fields.sort_by(|a, b| a.name.cmp(&b.name));
                put(&layout::opened(*index), form::write(&Opened { fields })?)?;
            }
        }
        for (number, stamp) in (1..).zip(&self.stamps) {
            let renews = if let Over::Stamp(before) = stamp.over { Some(before) } else { None };
            let head = StampHead { authority: stamp.authority.clone(), size: stamp.size, renews };
            let path = |ending| layout::numbered(layout::STAMPS, number, ending);
            put(&path("json"), form::write(&head)?)?;
            put(&path("tst"), stamp.token.clone())?;
            if let Over::Note(note, consistency) = &stamp.over {
                put(&path("note"), note.clone().into_bytes())?;
                put(&path("consistency"), form::write_hashes(consistency))?;
            }
        }
        for (number, cosigned) in (1..).zip(&self.cosigned) {
            put(&layout::numbered(layout::COSIGNED, number, "note"), cosigned.note.clone().into_bytes())?;
            put(&layout::numbered(layout::COSIGNED, number, "consistency"), form::write_hashes(&cosigned.consistency))?;
        }
        let roots = self.roots.iter().map(|(name, pem)| (layout::trust(name), pem));
        let others = self.files.iter().chain(&self.papers).map(|(path, bytes)| (path.clone(), bytes));
        roots.chain(others).try_for_each(|(path, bytes)| put(&path, bytes.clone()))?;
        (1..).zip(&self.seals).try_for_each(|(number, token): (u64, _)| bag.stamp(&format!("{number}.tst"), token.clone()))?;
        Ok(bag)
    }

    fn index(&self) -> Result<Index, Problem> {
        let first = self.entries.values().next().ok_or_else(|| Problem::invalid("package.empty"))?;
        let twin = match (&self.twin, self.entries.values().find_map(|item| item.twin.as_ref())) {
            (Some(key), Some(proof)) => Some(TreeState::new(&Checkpoint::open(&proof.checkpoint, key)?, key)),
            _ => None,
        };
        Ok(Index {
            version: VERSION,
            matter: self.matter.clone(),
            company: self.company.clone(),
            made_at: self.made_at,
            made_by: self.made_by.clone(),
            as_of: self.as_of,
            software: self.software.clone(),
            ledger: TreeState::new(&Checkpoint::open(&first.proof.checkpoint, &self.ledger)?, &self.ledger),
            twin,
            witnesses: self.witnesses.iter().map(|(name, key)| WitnessKey { name: name.clone(), vkey: key.to_string() }).collect(),
            authorities: self.authorities.clone(),
            records: self.records.clone(),
            context: self.context.clone(),
            matrix: self.matrix.clone(),
            outside: self.outside.clone(),
        })
    }
}

//! What checking a ledger found: the state it proves, and every place where it is not whole.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_model::{Instant, Problem};
use serde::Serialize;

use crate::{checkpoint::Checkpoint, tile::CHECKPOINT};

/// After this many places the check goes on but writes down no more.
pub const MAX_DAMAGES: usize = 100;

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DamageKind {
    /// It is not there.
    Missing,
    /// The storage cannot read it.
    Unreadable,
    /// It ends too early.
    Truncated,
    /// It goes on after its end.
    TooLong,
    /// Its bytes are not those that the signed root covers.
    Content,
    /// The signed root covers it, but it is not an entry as this ledger writes them.
    Entry,
    /// The checkpoint is not a signed note with origin, size and root.
    Malformed,
    /// The checkpoint is not signed by the key, or the signature is wrong.
    Signature,
    /// The files agree with each other, but not with the root that was signed.
    Root,
    /// Nothing is left that could tell whether it is right.
    Unproven,
}

impl DamageKind {
    /// The code whose text explains it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "ledger.damage.missing",
            Self::Unreadable => "ledger.damage.unreadable",
            Self::Truncated => "ledger.damage.truncated",
            Self::TooLong => "ledger.damage.too_long",
            Self::Content => "ledger.damage.content",
            Self::Entry => "ledger.damage.entry",
            Self::Malformed => "ledger.damage.malformed",
            Self::Signature => "ledger.damage.signature",
            Self::Root => "ledger.damage.root",
            Self::Unproven => "ledger.damage.unproven",
        }
    }
}

/// One place where a ledger is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file, as a path below the ledger's folder.
    pub file: String,
    /// What is wrong with it.
    pub kind: DamageKind,
    /// The first entry concerned, from 0.
    pub entry: Option<u64>,
    /// Where in the file, in bytes from its beginning. In a bundle this is the beginning of the
    /// entry with its length prefix.
    pub offset: Option<u64>,
}

impl Damage {
    /// As a problem with a text in both languages.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let text = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
        Problem::unavailable(self.kind.code()).arg("file", &self.file).arg("entry", text(self.entry)).arg("offset", text(self.offset))
    }
}

/// The outcome in one word; the command line makes its exit code of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every entry is as it was signed.
    Whole,
    /// Something is not as it was signed.
    Damaged,
    /// There is no ledger here, or it cannot be read.
    Unreadable,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The outcome.
    pub outcome: Outcome,
    /// The origin in the checkpoint, if it could be read.
    pub origin: Option<String>,
    /// The size in the checkpoint, in entries.
    pub size: Option<u64>,
    /// The root in the checkpoint, in base64.
    pub root: Option<String>,
    /// Entries whose bytes the root covers.
    pub entries: u64,
    /// Files that were checked.
    pub files: u64,
    /// When the first and the last entry were made.
    pub first_at: Option<Instant>,
    /// See `first_at`.
    pub last_at: Option<Instant>,
    /// What is wrong, the checkpoint first and then in the order of entries.
    pub damages: Vec<Damage>,
    /// Whether there is more wrong than `damages` tells.
    pub more: bool,
    /// Files with names that a ledger does not have. They prove nothing and spoil nothing.
    pub unknown: Vec<String>,
    /// Files beyond the end that was signed: an append that has not finished or did not.
    pub uncovered: Vec<String>,
}

impl Report {
    pub(crate) const fn new() -> Self {
        Self {
            outcome: Outcome::Whole,
            origin: None,
            size: None,
            root: None,
            entries: 0,
            files: 0,
            first_at: None,
            last_at: None,
            damages: vec![],
            more: false,
            unknown: vec![],
            uncovered: vec![],
        }
    }

    /// Whether every entry is as it was signed.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.outcome == Outcome::Whole
    }

    /// The first damage.
    #[must_use]
    pub fn first(&self) -> Option<&Damage> {
        self.damages.first()
    }

    pub(crate) fn state(&mut self, checkpoint: &Checkpoint) {
        self.origin = Some(checkpoint.origin.clone());
        self.size = Some(checkpoint.size);
        self.root = Some(BASE64.encode(checkpoint.root));
    }

    pub(crate) fn damage(&mut self, damage: Damage) {
        self.outcome = Outcome::Damaged;
        if self.damages.len() < MAX_DAMAGES {
            self.damages.push(damage);
        } else {
            self.more = true;
        }
    }

    pub(crate) fn damage_of_checkpoint(&mut self, kind: DamageKind) {
        self.damage(Damage { file: CHECKPOINT.to_owned(), kind, entry: None, offset: None });
    }

    pub(crate) fn ordered(mut self) -> Self {
        self.damages.sort_by_key(|d| d.entry);
        self
    }
}

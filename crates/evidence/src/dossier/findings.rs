//! What a reader learns from a package: what is proven, what is only claimed, by which key and which authority.

use std::collections::BTreeMap;

pub use jingui_ledger::Outcome;
use jingui_ledger::Verifier;
use jingui_model::{Id, Instant, Problem};
use serde::Serialize;

use super::fault::{Fault, FaultKind};
use crate::time::{TrustRoots, Verdict};

/// Most faults that are listed.
const MAX_FAULTS: usize = 200;

/// What the reader trusts, from elsewhere than the package.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    /// Keys of ledgers, twins and witnesses.
    pub keys: Vec<Verifier>,
    /// Roots of time-stamp authorities.
    pub roots: TrustRoots,
}

impl Trusted {
    /// From verifier keys as they are published, and a PEM file.
    ///
    /// # Errors
    /// `ledger.key_malformed`, `stamp.root`.
    pub fn read(keys: &[&str], roots: Option<&[u8]>) -> Result<Self, Problem> {
        let keys = keys.iter().map(|key| Verifier::parse(key)).collect::<Result<_, _>>()?;
        Ok(Self { keys, roots: roots.map_or_else(|| Ok(TrustRoots::default()), TrustRoots::from_pem)? })
    }

    pub(super) fn standing(&self, key: &Verifier) -> Standing {
        if self.keys.contains(key) { Standing::Trusted } else { Standing::Claimed }
    }
}

/// On whose word a key or authority rests. The best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The reader has it from elsewhere.
    Trusted,
    /// It came with the package.
    Claimed,
    /// Good signatures that lead to nobody.
    Unknown,
}

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct Findings {
    /// Whether everything is as it should be.
    pub outcome: Outcome,
    /// The first thing that is wrong.
    pub first: Option<Fault>,
    /// Everything that is wrong, in order; the first 200.
    pub faults: Vec<Fault>,
    /// The ledger under whose checkpoint the entries stand.
    pub ledger: Option<Tree>,
    /// The twin.
    pub twin: Option<Tree>,
    /// Time stamps over checkpoints that hold.
    pub stamps: Vec<Stamp>,
    /// Cosigned checkpoints that hold.
    pub cosigned: Vec<Cosigned>,
    /// Time stamps over the whole package that hold.
    pub sealed: Vec<Seal>,
    /// What is proven, for each entry.
    pub proven: Vec<Proven>,
    /// What nothing but the package says.
    pub claimed: Vec<Claim>,
}

impl Findings {
    pub(super) const fn empty() -> Self {
        Self {
            outcome: Outcome::Whole,
            first: None,
            faults: vec![],
            ledger: None,
            twin: None,
            stamps: vec![],
            cosigned: vec![],
            sealed: vec![],
            proven: vec![],
            claimed: vec![],
        }
    }

    /// With these faults, in order.
    pub(super) fn with(mut self, mut faults: Vec<Fault>) -> Self {
        faults.sort();
        faults.dedup();
        faults.truncate(MAX_FAULTS);
        if !faults.is_empty() {
            self.outcome = Outcome::Damaged;
        }
        self.first = faults.first().cloned();
        self.faults = faults;
        self
    }

    /// For bytes that could not be unpacked.
    pub(super) fn unopened(bytes: &[u8], problem: &Problem) -> Self {
        let path = problem.args().iter().find(|(name, _)| name == "path").map(|(_, path)| path.clone()).unwrap_or_default();
        let path = path.split_once('/').map_or(path.clone(), |(_, inner)| inner.to_owned());
        let fault = Fault { code: problem.code().to_owned(), ..Fault::new(FaultKind::Archive, path).cause(problem) };
        let refused = matches!(problem.code(), "package.too_large" | "package.too_many" | "package.no_bag");
        let outcome = if bytes.starts_with(b"PK\x03\x04") && !refused { Outcome::Damaged } else { Outcome::Unreadable };
        Self { outcome, ..Self::empty().with(vec![fault]) }
    }

    pub(super) fn claim(&mut self, code: &'static str, path: impl Into<String>, value: impl Into<String>) {
        self.claimed.push(Claim { code, path: path.into(), value: value.into() });
    }
}

/// A tree whose checkpoint is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// Its name.
    pub origin: String,
    /// The key that signed.
    pub vkey: String,
    /// On whose word it is the key.
    pub standing: Standing,
    /// How many entries it has.
    pub size: u64,
    /// The root, in base64.
    pub root: String,
}

/// A time stamp, with its renewals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Its number.
    pub number: u64,
    /// Every entry below this existed at [`Stamp::time`].
    pub size: u64,
    /// How the company calls the authority.
    pub authority: String,
    /// On whose word the authority is one; the weakest of the sequence.
    pub standing: Standing,
    /// When the authority saw the checkpoint.
    pub time: Instant,
    /// When the last token of the sequence wants renewing.
    pub ends: Instant,
    /// The stamps that renew it, in order.
    pub renewed_by: Vec<u64>,
    /// What each token says, the first first.
    pub verdicts: Vec<Verdict>,
}

/// A checkpoint that a witness saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cosigned {
    /// Its number.
    pub number: u64,
    /// How many entries the witness saw.
    pub size: u64,
    /// The witness's name in its key.
    pub witness: String,
    /// Its key.
    pub vkey: String,
    /// On whose word it is the key.
    pub standing: Standing,
    /// When, by the witness's clock.
    pub at: Instant,
}

/// A time stamp over the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seal {
    /// The file.
    pub path: String,
    /// On whose word the authority is one.
    pub standing: Standing,
    /// What the token says.
    pub verdict: Verdict,
}

/// The time by which an entry existed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Time {
    /// No later than this.
    pub no_later_than: Instant,
    /// By which stamp.
    pub stamp: u64,
    /// By which authority.
    pub authority: String,
    /// On whose word it is one.
    pub standing: Standing,
}

/// What is proven about one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// Its index in the ledger.
    pub index: u64,
    /// What was done.
    pub act: String,
    /// On what kind of thing.
    pub kind: String,
    /// On which record.
    pub subject: Option<Id>,
    /// The record's version after the act.
    pub revision: Option<u64>,
    /// When, by the company's clock: a claim that [`Proven::time`] bounds.
    pub at: Instant,
    /// Whether it stands in the twin too.
    pub twin: bool,
    /// The time by which it existed.
    pub time: Option<Time>,
    /// Whether the company's clock was ahead of that authority's.
    pub clock_ahead: bool,
    /// Numbers of the cosigned checkpoints that cover it, the first by each witness.
    pub cosigned: Vec<u64>,
    /// Names of disclosed fields that open its commitments.
    pub opened: Vec<String>,
    /// Disclosed files whose digests stand in them.
    pub files: Vec<String>,
}

/// Something that only the package says. The code has a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// `package.claim.…`.
    pub code: &'static str,
    /// Where it stands.
    pub path: String,
    /// What is claimed, as far as it fits a line.
    pub value: String,
}

impl Claim {
    /// The arguments of its text.
    #[must_use]
    pub fn args(&self) -> BTreeMap<&'static str, &str> {
        BTreeMap::from([("path", self.path.as_str()), ("value", self.value.as_str())])
    }
}

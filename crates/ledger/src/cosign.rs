//! Witnesses: an association, a notary or a customer who has seen a ledger grow, and says so under
//! the company's checkpoint. A company that keeps its own log is an interested party (在线诉讼规则 17);
//! with a witness it can no longer show one history to one reader and another to the next.
//!
//! Formats: C2SP tlog-cosignature v1.0.1 (Ed25519, note type 0x04), tlog-witness v1.0.0 (`add-checkpoint`).
//! This module is the protocol without the network: what a log sends, what a witness answers.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_model::{Instant, Problem};

use crate::{
    checkpoint::Checkpoint,
    key::{PublicKey, Scheme},
    note::{SignatureLine, Signer, Verifier, bad_signature, key_malformed, note_malformed, split_note},
    suite::Hash,
    tree,
};

/// The most hashes in the proof of a request (tlog-witness, "add-checkpoint").
const MAX_PROOF: usize = 63;
/// The longest request that is read, in bytes.
pub const MAX_REQUEST: usize = 64 << 10;

/// A witness's key as its readers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness(Verifier);

/// What a witness has said: the checkpoint it saw last at that time was this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness's name.
    pub witness: String,
    /// By the witness's clock, in whole seconds.
    pub at: Instant,
}

impl Witness {
    /// Reads a verifier key of type 0x04.
    ///
    /// # Errors
    /// `ledger.key_malformed` with the part that is wrong.
    pub fn parse(vkey: &str) -> Result<Self, Problem> {
        let verifier = Verifier::parse(vkey)?;
        if matches!(verifier.key(), PublicKey::Witness(_)) { Ok(Self(verifier)) } else { Err(key_malformed("type")) }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// What this witness says under a note; `None` when it says nothing.
    ///
    /// # Errors
    /// `ledger.note_malformed`; `ledger.bad_signature`.
    pub fn said(&self, note: &str) -> Result<Option<Cosignature>, Problem> {
        let (text, lines) = split_note(note)?;
        let mut said = None;
        for line in lines {
            let line = SignatureLine::read(line).ok_or_else(|| note_malformed("signature"))?;
            if line.by(&self.0) {
                said = Some(self.check(text, &line.signature)?);
            }
        }
        Ok(said)
    }

    fn check(&self, text: &str, signature: &[u8]) -> Result<Cosignature, Problem> {
        let wrong = || bad_signature(self.name());
        let (time, signature) = signature.split_first_chunk::<8>().ok_or_else(wrong)?;
        let seconds = u64::from_be_bytes(*time);
        if !self.0.key().signed(message(seconds, text).as_bytes(), signature) {
            return Err(wrong());
        }
        let micros = i64::try_from(seconds).ok().and_then(|s| s.checked_mul(1_000_000)).ok_or_else(wrong)?;
        Ok(Cosignature { witness: self.name().to_owned(), at: Instant::from_micros(micros) })
    }

    /// Puts what a witness answered under the note: its own lines, checked; others are dropped.
    ///
    /// # Errors
    /// `ledger.not_signed` when the answer holds nothing by this witness; `ledger.bad_signature`;
    /// `ledger.note_malformed`.
    pub fn accept(&self, note: &str, answer: &str) -> Result<String, Problem> {
        let (text, _) = split_note(note)?;
        let mut whole = note.to_owned();
        let mut found = false;
        for line in answer.lines() {
            let read = SignatureLine::read(line).ok_or_else(|| note_malformed("signature"))?;
            if read.by(&self.0) {
                self.check(text, &read.signature)?;
                whole.push_str(line);
                whole.push('\n');
                found = true;
            }
        }
        if found { Ok(whole) } else { Err(Problem::invalid("ledger.not_signed").arg("name", self.name())) }
    }
}

impl std::fmt::Display for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A witness's private key.
#[derive(Debug)]
pub struct Cosigner(Signer);

impl Cosigner {
    /// From a name and the 32-byte seed of RFC 8032. The key must not be used for anything else.
    ///
    /// # Errors
    /// `ledger.key_malformed`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, Problem> {
        Signer::with(Scheme::Witness, name, seed).map(Self)
    }

    /// The public part.
    #[must_use]
    pub fn witness(&self) -> Witness {
        Witness(self.0.verifier().clone())
    }

    /// The signature line for a checkpoint, at a time. The caller has recorded the checkpoint
    /// durably as the last one seen: a witness that forgets is worth nothing.
    ///
    /// # Errors
    /// `ledger.key_malformed` when the time is before 1970.
    pub fn cosign(&self, checkpoint: &Checkpoint, at: Instant) -> Result<String, Problem> {
        let seconds = u64::try_from(at.micros().div_euclid(1_000_000)).map_err(|_| key_malformed("time"))?;
        let mut signature = seconds.to_be_bytes().to_vec();
        signature.extend(self.0.raw(message(seconds, &checkpoint.text()).as_bytes())?);
        Ok(self.0.line(&signature))
    }
}

fn message(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// What a log sends to a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness saw last, as far as the log knows.
    pub old: u64,
    /// That the checkpoint continues it.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: String,
}

impl AddCheckpoint {
    /// The body of the request.
    #[must_use]
    pub fn to_text(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect();
        format!("old {}\n{proof}\n{}", self.old, self.note)
    }

    /// Reads the body of a request, strictly.
    ///
    /// # Errors
    /// `ledger.request_malformed` with the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = |part: &'static str| Problem::invalid("ledger.request_malformed").arg("part", part);
        if text.len() > MAX_REQUEST {
            return Err(malformed("length"));
        }
        let (head, note) = text.split_once("\n\n").ok_or_else(|| malformed("checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")?.parse().ok()).ok_or_else(|| malformed("old"))?;
        let proof: Option<Vec<Hash>> = lines.map(|line| BASE64.decode(line).ok().and_then(|h| Hash::try_from(h).ok())).collect();
        let proof = proof.filter(|proof| proof.len() <= MAX_PROOF).ok_or_else(|| malformed("proof"))?;
        let request = Self { old, proof, note: note.to_owned() };
        if request.to_text() == text { Ok(request) } else { Err(malformed("spelling")) }
    }

    /// What the checkpoint of the request claims to be of: so a witness finds the key to check it with.
    ///
    /// # Errors
    /// `ledger.note_malformed`, `ledger.checkpoint_malformed`.
    pub fn origin(&self) -> Result<String, Problem> {
        let (text, _) = split_note(&self.note)?;
        Ok(Checkpoint::parse(text)?.origin)
    }

    /// What a witness does with the request: against the checkpoint of this log that it cosigned
    /// last, if any, and the log's key. `Ok` is the checkpoint to record and then to cosign.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn check(&self, log: &Verifier, last: Option<&Checkpoint>) -> Result<Checkpoint, Refusal> {
        let next = Checkpoint::open(&self.note, log).map_err(Refusal::Forbidden)?;
        if self.old > next.size {
            return Err(Refusal::Bad(Problem::invalid("ledger.request_malformed").arg("part", "old")));
        }
        let (size, root) = last.map_or_else(|| (0, log.suite().root_of(&[])), |l| (l.size, l.root));
        if self.old != size || (next.size == size && next.root != root) {
            return Err(Refusal::Conflict(size));
        }
        if !tree::verify_consistency(log.suite(), size, &root, next.size, &next.root, &self.proof) {
            return Err(Refusal::Unproven);
        }
        Ok(next)
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The request contradicts itself: status 400.
    Bad(Problem),
    /// The log's key has not signed it: status 403.
    Forbidden(Problem),
    /// The witness has seen another size last, or another root at that size: status 409 with the size.
    Conflict(u64),
    /// The checkpoint does not continue what the witness has seen: status 422. A sign of a fork.
    Unproven,
}

impl Refusal {
    /// The status of the answer (tlog-witness).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Bad(_) => 400,
            Self::Forbidden(_) => 403,
            Self::Conflict(_) => 409,
            Self::Unproven => 422,
        }
    }
}

//! The proof for one entry as a text file (C2SP tlog-proof, untagged draft of 2026): index,
//! inclusion proof and the signed checkpoint. With the entry's bytes and the verifier key it is
//! checked offline, without the ledger. Usual file extension: `.tlog-proof`.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_model::Problem;

use crate::{
    checkpoint::Checkpoint,
    edge::damaged,
    log::Log,
    note::Verifier,
    tree::{self, Hash},
};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The longest proof file that is read, in bytes.
const MAX_PROOF: usize = 2 << 20;

/// A proof for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// The index of the entry, from 0.
    pub index: u64,
    /// Siblings from the leaf upwards.
    pub hashes: Vec<Hash>,
    /// Anything that travels along. It is not authenticated.
    pub extra: Option<Vec<u8>>,
    /// The signed checkpoint, byte for byte.
    pub checkpoint: String,
}

impl LogProof {
    /// The proof for an entry against the published checkpoint. It is checked before it is given
    /// out.
    ///
    /// # Errors
    /// Those of [`Log::entry`] and [`Log::inclusion_proof`]; `ledger.damaged` when the tiles do
    /// not lead to the root.
    pub fn of(log: &Log, index: u64) -> Result<Self, Problem> {
        let leaf = log.suite().leaf(&log.entry(index)?);
        let hashes = log.inclusion_proof(index, log.size())?;
        if !tree::verify_inclusion(log.suite(), &leaf, index, log.size(), &hashes, &log.root()) {
            return Err(damaged("tile").arg("index", index));
        }
        Ok(Self { index, hashes, extra: None, checkpoint: log.checkpoint().to_owned() })
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut lines = vec![HEADER.to_owned()];
        lines.extend(self.extra.as_ref().map(|extra| format!("extra {}", BASE64.encode(extra))));
        lines.push(format!("index {}", self.index));
        lines.extend(self.hashes.iter().map(|hash| BASE64.encode(hash)));
        format!("{}\n\n{}", lines.join("\n"), self.checkpoint)
    }

    /// Reads the text of the file, strictly.
    ///
    /// # Errors
    /// `ledger.proof_malformed` with the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = |part: &'static str| Problem::invalid("ledger.proof_malformed").arg("part", part);
        if text.len() > MAX_PROOF {
            return Err(malformed("length"));
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or_else(|| malformed("checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed("header"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(line.strip_prefix("extra ").and_then(|e| BASE64.decode(e).ok()).ok_or_else(|| malformed("extra"))?),
            None => None,
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")?.parse().ok()).ok_or_else(|| malformed("index"))?;
        let hashes = lines
            .map(|line| BASE64.decode(line).ok().and_then(|h| Hash::try_from(h).ok()))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| malformed("hash"))?;
        let proof = Self { index, hashes, extra, checkpoint: checkpoint.to_owned() };
        if proof.to_text() == text { Ok(proof) } else { Err(malformed("spelling")) }
    }

    /// Checks the signature of the checkpoint and that these bytes are entry `index` of the
    /// ledger; returns what the checkpoint says.
    ///
    /// # Errors
    /// Those of [`Checkpoint::open`]; `ledger.proof_wrong`.
    pub fn verify(&self, entry: &[u8], verifier: &Verifier) -> Result<Checkpoint, Problem> {
        let checkpoint = Checkpoint::open(&self.checkpoint, verifier)?;
        let suite = verifier.suite();
        if tree::verify_inclusion(suite, &suite.leaf(entry), self.index, checkpoint.size, &self.hashes, &checkpoint.root) {
            Ok(checkpoint)
        } else {
            Err(Problem::invalid("ledger.proof_wrong").arg("index", self.index))
        }
    }
}

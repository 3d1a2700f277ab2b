//! The signed state of the ledger (C2SP tlog-checkpoint v1.0.0): origin, size and root.
//!
//! The origin is the name of the key. Extension lines are refused: the specification advises
//! against them, and nobody but the signer could check them.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_model::Problem;

use crate::{
    note::{Signer, Verifier},
    tree::Hash,
};

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the ledger.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed: three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// Reads the text of a checkpoint, without regard to signatures.
    ///
    /// # Errors
    /// `ledger.checkpoint_malformed` unless it is exactly three lines as [`Checkpoint::text`] writes them.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("ledger.checkpoint_malformed");
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next()) else {
            return Err(malformed());
        };
        let size = size.parse().map_err(|_| malformed())?;
        let root = BASE64.decode(root).ok().and_then(|r| Hash::try_from(r).ok()).ok_or_else(malformed)?;
        let checkpoint = Self { origin: origin.to_owned(), size, root };
        if origin.is_empty() || checkpoint.text() != text { Err(malformed()) } else { Ok(checkpoint) }
    }

    /// The signed note.
    ///
    /// # Errors
    /// `ledger.wrong_key` when the signer's name is not the origin.
    pub fn sign(&self, signer: &Signer) -> Result<String, Problem> {
        if signer.verifier().name() != self.origin {
            return Err(wrong_key(&self.origin, signer.verifier()));
        }
        signer.sign(&self.text())
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// Those of [`Verifier::open`] and [`Checkpoint::parse`]; `ledger.wrong_key` when the origin is
    /// not the name of the key.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, Problem> {
        let checkpoint = Self::parse(verifier.open(note)?)?;
        if checkpoint.origin == verifier.name() { Ok(checkpoint) } else { Err(wrong_key(&checkpoint.origin, verifier)) }
    }
}

/// The refusal of a key that is not the ledger's.
pub(crate) fn wrong_key(origin: &str, verifier: &Verifier) -> Problem {
    Problem::conflict("ledger.wrong_key").arg("origin", origin).arg("key", verifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tlog-checkpoint, the example of the specification.
    const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_reads_back() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(checkpoint.text(), TEXT);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "a\n1\n",
            &TEXT.replace("208", "0208"),
            &TEXT.replace("208", "+208"),
            &TEXT.replace('C', ""),
            &format!("{TEXT}more\n"),
            &format!("\n{TEXT}"),
            &TEXT.replace('\n', "\r\n"),
            &TEXT.replace("2I=", "2J="),
        ] {
            assert!(Checkpoint::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_origin_is_the_name_of_the_key() {
        let signer = Signer::new("other.example/ledger", &[7; 32]).unwrap();
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(checkpoint.sign(&signer).unwrap_err().code(), "ledger.wrong_key");
        let note = signer.sign(TEXT).unwrap();
        assert_eq!(Checkpoint::open(&note, signer.verifier()).unwrap_err().code(), "ledger.wrong_key");
    }
}

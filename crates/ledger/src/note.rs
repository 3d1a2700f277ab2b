//! Signed notes (C2SP signed-note v1.0.0), keys written as the Go checksum database writes them.
//!
//! A note is a text, an empty line, and signature lines `— name base64(key id ‖ signature)`.
//! Signatures by keys that the reader does not know are ignored, so that witnesses and a second
//! suite can add theirs. Key id: first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key), where
//! the type is 0x01 for Ed25519 (RFC 8032) and 0x04 for a witness ([`crate::cosign`]). SM2 has no
//! byte of its own: its type is 0xff and the identifier [`SM2_TYPE`], its key the 65 bytes of the
//! uncompressed point, its signature r ‖ s over the text with SM3 (GB/T 32918.2).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_model::Problem;

use crate::{
    key::{Pair, PublicKey, Scheme},
    suite::{Suite, sha256},
};

pub use crate::key::SM2_TYPE;

/// The longest note that is read, in bytes, and the most signatures in it.
const MAX_NOTE: usize = 1 << 20;
const MAX_SIGNATURES: usize = 64;

/// A public key with the name it signs under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    key: PublicKey,
}

impl Verifier {
    /// From a name and a public key.
    ///
    /// # Errors
    /// `ledger.key_malformed` when the name is empty or has white space, control characters or `+`.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, Problem> {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(key_malformed("name"));
        }
        let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &key.typed()]);
        Ok(Self { name: name.to_owned(), id: [a, b, c, d], key })
    }

    /// Reads a verifier key: `name+hhhhhhhh+base64(type ‖ public key)`.
    ///
    /// # Errors
    /// `ledger.key_malformed` with the part that is wrong.
    pub fn parse(vkey: &str) -> Result<Self, Problem> {
        let (name, id, key) = split_key(vkey.trim())?;
        let verifier = Self::new(name, PublicKey::read(&key)?)?;
        if hex(verifier.id) == id { Ok(verifier) } else { Err(key_malformed("id")) }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id.
    #[must_use]
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The public key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The suite of the tree whose checkpoints this key signs.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.key.scheme().suite()
    }

    /// The text of a signed note, ending in a newline, if this key has signed it.
    ///
    /// # Errors
    /// `ledger.note_malformed`; `ledger.not_signed` when there is no signature by this key;
    /// `ledger.bad_signature` when there is one and it is wrong.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, Problem> {
        let (text, signatures) = split_note(note)?;
        let mut found = false;
        for line in signatures {
            let line = SignatureLine::read(line).ok_or_else(|| note_malformed("signature"))?;
            if line.by(self) {
                if !self.key.signed(text.as_bytes(), &line.signature) {
                    return Err(bad_signature(&self.name));
                }
                found = true;
            }
        }
        if found { Ok(text) } else { Err(Problem::invalid("ledger.not_signed").arg("name", &self.name)) }
    }
}

impl fmt::Display for Verifier {
    /// The verifier key, as it is published.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, hex(self.id), BASE64.encode(self.key.typed()))
    }
}

/// A private key with its name. The caller keeps the seed sealed and wipes it.
pub struct Signer {
    verifier: Verifier,
    pair: Pair,
}

impl fmt::Debug for Signer {
    /// The public part only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.verifier.to_string()).finish()
    }
}

impl Signer {
    /// Of the standard suite: from a name and the 32-byte seed of RFC 8032.
    ///
    /// # Errors
    /// `ledger.key_malformed`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, Problem> {
        Self::with(Scheme::Ed25519, name, seed)
    }

    /// Of the Chinese suite: an SM2 key derived from 32 secret bytes.
    ///
    /// # Errors
    /// `ledger.key_malformed`.
    pub fn sm2(name: &str, seed: &[u8; 32]) -> Result<Self, Problem> {
        Self::with(Scheme::Sm2, name, seed)
    }

    pub(crate) fn with(scheme: Scheme, name: &str, seed: &[u8; 32]) -> Result<Self, Problem> {
        let pair = Pair::from_seed(scheme, seed)?;
        Ok(Self { verifier: Verifier::new(name, pair.public())?, pair })
    }

    /// Reads a signer key of the standard suite: `PRIVATE+KEY+name+hhhhhhhh+base64(0x01 ‖ seed)`.
    ///
    /// # Errors
    /// `ledger.key_malformed` with the part that is wrong.
    pub fn parse(skey: &str) -> Result<Self, Problem> {
        let rest = skey.trim().strip_prefix("PRIVATE+KEY+").ok_or_else(|| key_malformed("prefix"))?;
        let (name, id, key) = split_key(rest)?;
        let seed = match key.split_first() {
            Some((1, seed)) => seed.try_into().map_err(|_| key_malformed("length"))?,
            _ => return Err(key_malformed("type")),
        };
        let signer = Self::new(name, &seed)?;
        if hex(signer.verifier.id) == id { Ok(signer) } else { Err(key_malformed("id")) }
    }

    /// The public part.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The note: the text, which must end in a newline, with the signature.
    ///
    /// # Errors
    /// `ledger.note_malformed` when the text does not end in a newline or has control characters.
    pub fn sign(&self, text: &str) -> Result<String, Problem> {
        if !text.ends_with('\n') || text.contains(control) {
            return Err(note_malformed("text"));
        }
        Ok(format!("{text}\n{}", self.line(&self.pair.sign(text.as_bytes())?)))
    }

    /// The signature of some bytes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        self.pair.sign(bytes)
    }

    /// The line that carries a signature.
    pub(crate) fn line(&self, signature: &[u8]) -> String {
        let mut bytes = self.verifier.id.to_vec();
        bytes.extend_from_slice(signature);
        format!("\u{2014} {} {}\n", self.verifier.name, BASE64.encode(bytes))
    }
}

/// A signature line, taken apart.
#[derive(Debug)]
pub(crate) struct SignatureLine<'a> {
    name: &'a str,
    id: [u8; 4],
    /// The signature without the key's id.
    pub signature: Vec<u8>,
}

impl<'a> SignatureLine<'a> {
    /// Reads a line without its newline.
    pub fn read(line: &'a str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = BASE64.decode(signature).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        (!name.is_empty()).then(|| Self { name, id: *id, signature: signature.to_vec() })
    }

    /// Whether it claims to be by this key.
    pub fn by(&self, verifier: &Verifier) -> bool {
        self.name == verifier.name && self.id == verifier.id
    }
}

fn split_key(key: &str) -> Result<(&str, &str, Vec<u8>), Problem> {
    let (name, rest) = key.split_once('+').ok_or_else(|| key_malformed("parts"))?;
    let (id, key) = rest.split_once('+').ok_or_else(|| key_malformed("parts"))?;
    Ok((name, id, BASE64.decode(key).map_err(|_| key_malformed("base64"))?))
}

/// The text with its final newline, and the signature lines.
pub(crate) fn split_note(note: &str) -> Result<(&str, Vec<&str>), Problem> {
    if note.len() > MAX_NOTE || note.contains(control) {
        return Err(note_malformed("text"));
    }
    let gap = note.rfind("\n\n").ok_or_else(|| note_malformed("parts"))?;
    let (text, rest) = note.split_at(gap + 1);
    let lines = rest.strip_prefix('\n').and_then(|r| r.strip_suffix('\n')).ok_or_else(|| note_malformed("end"))?;
    let lines: Vec<_> = lines.split('\n').collect();
    if lines.len() > MAX_SIGNATURES { Err(note_malformed("signatures")) } else { Ok((text, lines)) }
}

const fn control(c: char) -> bool {
    c < ' ' && c != '\n'
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

pub(crate) fn key_malformed(part: &'static str) -> Problem {
    Problem::invalid("ledger.key_malformed").arg("part", part)
}

pub(crate) fn note_malformed(part: &'static str) -> Problem {
    Problem::invalid("ledger.note_malformed").arg("part", part)
}

pub(crate) fn bad_signature(name: &str) -> Problem {
    Problem::invalid("ledger.bad_signature").arg("name", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SKEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const SIGNATURE: &str =
        "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    /// The published example of the format's first implementation (Go, package sumdb/note).
    #[test]
    fn the_published_example_is_signed_and_read() {
        let signer = Signer::parse(SKEY).unwrap();
        assert_eq!(signer.verifier().to_string(), VKEY);
        let note = signer.sign(TEXT).unwrap();
        assert_eq!(note, format!("{TEXT}\n{SIGNATURE}"));
        assert_eq!(Verifier::parse(VKEY).unwrap().open(&note).unwrap(), TEXT);
    }

    /// signed-note, "Signatures": unknown keys are ignored, a wrong signature of a known key rejects.
    #[test]
    fn unknown_signatures_are_ignored_and_wrong_ones_reject() {
        let verifier = Verifier::parse(VKEY).unwrap();
        let stranger = "\u{2014} PeterNeumann AAAAAJkuBS9UG/SffcvIAQ==\n";
        let code = |note: &str| verifier.open(note).map(str::to_owned).map_err(|p| p.code().to_owned());
        assert_eq!(code(&format!("{TEXT}\n{stranger}{SIGNATURE}")), Ok(TEXT.to_owned()));
        assert_eq!(code(&format!("{TEXT}\n{stranger}")), Err("ledger.not_signed".to_owned()));
        assert_eq!(code(&format!("More. {TEXT}\n{SIGNATURE}")), Err("ledger.bad_signature".to_owned()));
        for broken in [
            TEXT.to_owned(),
            format!("{TEXT}\n"),
            format!("{TEXT}\n{}", SIGNATURE.trim()),
            format!("{TEXT}\n{SIGNATURE}rest\n"),
            format!("\u{1}{TEXT}\n{SIGNATURE}"),
            String::new(),
        ] {
            assert_eq!(code(&broken), Err("ledger.note_malformed".to_owned()), "{broken}");
        }
    }

    #[test]
    fn keys_that_do_not_fit_their_id_are_refused() {
        for key in [
            &VKEY.replace("c74f", "C74F"),
            &VKEY.replace("Peter", "Paul"),
            &VKEY.replace("+AR", "+BR"),
            "a",
            "a+b",
            "a+b+c",
            "+c74f20a3+AR",
        ] {
            assert!(Verifier::parse(key).is_err(), "{key}");
        }
        assert!(Verifier::new("two words", PublicKey::Ed25519([0; 32])).is_err());
        assert!(Signer::parse(VKEY).is_err());
        assert!(!format!("{:?}", Signer::parse(SKEY)).contains("AYEKFAL"));
    }

    /// evidence.md: the twin signs under note type 0xff with a long identifier.
    #[test]
    fn a_note_of_the_chinese_suite_is_signed_and_read() {
        let signer = Signer::sm2("example.org/ledger/sm3", &[7; 32]).unwrap();
        let verifier = Verifier::parse(&signer.verifier().to_string()).unwrap();
        assert_eq!((&verifier, verifier.suite()), (signer.verifier(), Suite::Chinese));
        let note = signer.sign(TEXT).unwrap();
        assert_eq!(note, signer.sign(TEXT).unwrap());
        assert_eq!(verifier.open(&note).unwrap(), TEXT);
        assert_eq!(verifier.open(&note.replace("cryptography", "Cryptography")).unwrap_err().code(), "ledger.bad_signature");
        // Who knows only the standard suite ignores it, and the other way round.
        let both = format!("{note}{SIGNATURE}");
        assert_eq!(Verifier::parse(VKEY).unwrap().open(&both).unwrap(), TEXT);
        assert_eq!(verifier.open(&both).unwrap(), TEXT);
        // Seeds that differ give keys that differ.
        assert_ne!(Signer::sm2("a", &[0; 32]).unwrap().verifier(), Signer::sm2("a", &[255; 32]).unwrap().verifier());
    }
}

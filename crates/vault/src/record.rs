//! The key of one record, and what is sealed with it: payloads, events and the keys of files.
//!
//! A purpose ("payload", "event") has a key of its own, so that a ciphertext moved from one
//! column to another is refused. Nonces are random (96 bits, NIST SP 800-38D section 8.2.2):
//! a record is sealed anew some thousand times at most, far below the 2³² that section 8.3 allows.
//!
//! Format: suite (2 bytes, big endian), version (1), nonce (12), ciphertext, tag (16). Suite and
//! version take part in the derivation; the associated data is the caller's alone.

use std::{fmt, sync::OnceLock};

use jingui_model::{Id, Problem, Rng};
use zeroize::Zeroizing;

use crate::{
    Key,
    derive::Use,
    keys,
    suite::{self, Cipher, NONCE, Suite, TAG},
};

const VERSION: u8 = 1;
const HEADER: usize = 2 + 1 + NONCE;

/// Bytes that sealing adds to a plaintext.
pub const OVERHEAD: usize = HEADER + TAG;

/// The key of one record; see [`crate::Vault::new_record_key`].
pub struct RecordKey {
    key: Key,
    /// What new things are sealed with.
    suite: &'static dyn Suite,
    /// The cipher of the first purpose asked for: most keys are opened for one thing.
    first: OnceLock<Ready>,
}

struct Ready {
    suite: u16,
    purpose: Box<str>,
    cipher: Box<dyn Cipher>,
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(..)")
    }
}

impl RecordKey {
    pub(crate) const fn new(key: Key, suite: &'static dyn Suite) -> Self {
        Self { key, suite, first: OnceLock::new() }
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.key
    }

    /// The suite that new things of this record are sealed with.
    #[must_use]
    pub const fn suite(&self) -> &'static dyn Suite {
        self.suite
    }

    /// Seals bytes for a purpose, bound to `aad`. Adds [`OVERHEAD`] bytes.
    ///
    /// # Errors
    /// `vault.defect`, which no input below 64 GiB can cause.
    pub fn seal(&self, purpose: &str, aad: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        let suite = self.suite;
        let nonce: [u8; NONCE] = rng.array();
        let mut out = Vec::with_capacity(plain.len() + OVERHEAD);
        out.extend_from_slice(&suite.id().to_be_bytes());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        self.with(suite, purpose, |cipher| cipher.seal(nonce, aad, &mut out, HEADER))??;
        Ok(out)
    }

    /// Opens what [`Self::seal`] made with the same purpose and `aad`.
    ///
    /// # Errors
    /// `vault.open_refused` when key, purpose or `aad` is another one or a byte has changed; `vault.suite_unknown`.
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        let refused = || Problem::internal("vault.open_refused").detail(purpose);
        let Some(([high, low, version, nonce @ ..], body)) = sealed.split_first_chunk::<HEADER>() else { return Err(refused()) };
        let suite = suite::leading([*high, *low])?;
        let len = body.len().checked_sub(TAG).filter(|_| *version == VERSION).ok_or_else(refused)?;
        let mut plain = Zeroizing::new(vec![0; len]);
        if self.with(suite, purpose, |cipher| cipher.open(*nonce, aad, body, &mut plain))? {
            Ok(std::mem::take(&mut *plain))
        } else {
            Err(refused())
        }
    }

    fn with<T>(&self, suite: &'static dyn Suite, purpose: &str, f: impl FnOnce(&dyn Cipher) -> T) -> Result<T, Problem> {
        let fits = |r: &&Ready| r.suite == suite.id() && *r.purpose == *purpose;
        if let Some(ready) = self.first.get().filter(fits) {
            return Ok(f(&*ready.cipher));
        }
        let cipher = suite.cipher(&Use { label: "seal", purpose, context: &[VERSION] }.expand(suite, &self.key)?)?;
        let result = f(&*cipher);
        if self.first.get().is_none() {
            // Another thread may have been first; then this cipher was for one use.
            let _ = self.first.set(Ready { suite: suite.id(), purpose: purpose.into(), cipher });
        }
        Ok(result)
    }

    /// A new key for one version of a file, and the same key wrapped under this record's.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn new_file_key(&self, file: Id, rng: &dyn Rng) -> Result<(Key, Vec<u8>), Problem> {
        let key = Key::generate(rng);
        let wrapped = self.wrap_file_key(file, &key, rng)?;
        Ok((key, wrapped))
    }

    /// A file's key wrapped under this record's: for one that was sealed to a lock.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn wrap_file_key(&self, file: Id, key: &Key, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        keys::wrap(self.suite, &self.file_parent(self.suite)?, "file", file.as_bytes(), key, rng)
    }

    /// The key of one version of a file.
    ///
    /// # Errors
    /// `vault.wrap_refused` when it belongs to another record or file or was changed; `vault.suite_unknown`.
    pub fn file_key(&self, file: Id, wrapped: &[u8]) -> Result<Key, Problem> {
        let front = wrapped.first_chunk().ok_or_else(|| Problem::internal("vault.wrap_refused").detail("file"))?;
        keys::unwrap(&self.file_parent(suite::leading(*front)?)?, "file", file.as_bytes(), wrapped)
    }

    /// The record's key itself serves derivation only; wraps hang on a key below it.
    fn file_parent(&self, suite: &dyn Suite) -> Result<Key, Problem> {
        Use { label: "files", purpose: "", context: &[] }.expand(suite, &self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;

    fn sample() -> (RecordKey, SeededRng) {
        let rng = SeededRng::new(5);
        (RecordKey::new(Key::generate(&rng), suite::standard()), rng)
    }

    #[test]
    fn opens_for_the_same_purpose_and_data_only_whatever_was_asked_first() {
        let (key, rng) = sample();
        let sealed = key.seal("payload", b"v1", "轴承热处理".as_bytes(), &rng).unwrap();
        for _ in 0..2 {
            assert_eq!(key.open("payload", b"v1", &sealed).unwrap(), "轴承热处理".as_bytes());
            assert_eq!(key.open("event", b"v1", &sealed).unwrap_err().code(), "vault.open_refused");
            assert_eq!(key.open("payload", b"v2", &sealed).unwrap_err().code(), "vault.open_refused");
        }
        let fresh = RecordKey::new(key.key().clone(), suite::standard());
        assert!(fresh.open("event", b"v1", &sealed).is_err());
        assert_eq!(fresh.open("payload", b"v1", &sealed).unwrap().len(), 15);
        let other = RecordKey::new(Key::generate(&rng), suite::standard());
        assert_eq!(other.open("payload", b"v1", &sealed).unwrap_err().code(), "vault.open_refused");
    }

    #[test]
    fn one_flipped_bit_or_a_missing_byte_refuses() {
        let (key, rng) = sample();
        let sealed = key.seal("p", b"", b"secret point", &rng).unwrap();
        assert_eq!(sealed.len(), 12 + OVERHEAD);
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open("p", b"", &bad).is_err(), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert!(key.open("p", b"", &sealed[..len]).is_err(), "length {len}");
        }
    }

    #[test]
    fn an_empty_text_is_sealed_too() {
        let (key, rng) = sample();
        let sealed = key.seal("p", b"", b"", &rng).unwrap();
        assert_eq!(key.open("p", b"", &sealed).unwrap(), b"");
    }

    #[test]
    fn what_is_old_opens_with_its_own_suite_and_what_is_new_takes_the_chosen_one() {
        let (old, rng) = sample();
        let new = RecordKey::new(old.key().clone(), suite::suite(suite::SM4_SM3).unwrap());
        let file = Id::from_bytes([1; 16]);
        let sealed = [&old, &new].map(|key| key.seal("payload", b"", b"text", &rng).unwrap());
        assert_eq!(sealed.each_ref().map(|s| s[..2].to_vec()), [[0, 1], [0, 2]]);
        let files = [&old, &new].map(|key| key.new_file_key(file, &rng).unwrap());
        for key in [&old, &new] {
            for sealed in &sealed {
                assert_eq!(key.open("payload", b"", sealed).unwrap(), b"text");
            }
            for (file_key, wrapped) in &files {
                assert!(key.file_key(file, wrapped).unwrap() == *file_key);
            }
        }
        // One suite's ciphertext does not pass as the other's.
        for (mut sealed, id) in sealed.into_iter().zip([2, 1]) {
            sealed[1] = id;
            assert_eq!(old.open("payload", b"", &sealed).unwrap_err().code(), "vault.open_refused");
        }
    }

    #[test]
    fn a_file_key_belongs_to_one_record_and_one_file() {
        let (key, rng) = sample();
        let (one, two) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        let (file_key, wrapped) = key.new_file_key(one, &rng).unwrap();
        assert!(key.file_key(one, &wrapped).unwrap() == file_key);
        assert_eq!(key.file_key(two, &wrapped).unwrap_err().code(), "vault.wrap_refused");
        assert!(RecordKey::new(Key::generate(&rng), suite::standard()).file_key(one, &wrapped).is_err());
    }
}

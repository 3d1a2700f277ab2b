//! Keys, and keys sealed under other keys.
//!
//! A wrap binds parent, purpose and context and draws a fresh salt of 32 bytes; from these a key
//! for this one wrap is derived. So there is no count of nonces to keep: the derived key
//! encrypts exactly once, which is what makes its all-zero nonce right (NIST SP 800-38D section 8
//! asks for uniqueness per key). The same construction seals messages of any length
//! (`seal_once`).
//!
//! Format: suite (2 bytes, big endian), version (1), salt (32), ciphertext, tag (16). The first 35
//! bytes are associated data.

use std::fmt;

use aws_lc_rs::constant_time;
use jingui_model::{Problem, Rng};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    derive::Use,
    suite::{self, NONCE, Suite, TAG},
};

const VERSION: u8 = 1;
const SALT: usize = 32;
const HEADER: usize = 2 + 1 + SALT;

/// Bytes of a wrapped key.
pub const WRAPPED: usize = HEADER + 32 + TAG;

/// Thirty-two secret bytes, wiped when dropped, compared in constant time, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// A new key.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut key = Self([0; 32]);
        rng.fill(&mut key.0);
        key
    }

    /// From bytes; the caller wipes its own copy.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Seals a key under its parent with a suite. 83 bytes.
///
/// # Errors
/// `vault.defect`, which no input can cause.
pub fn wrap(suite: &dyn Suite, parent: &Key, purpose: &str, context: &[u8], child: &Key, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    seal_once(suite, parent, Use { label: "wrap", purpose, context }, child.bytes(), rng)
}

/// Opens a wrapped key.
///
/// # Errors
/// `vault.wrap_refused` when parent, purpose or context is another one or a byte has changed;
/// `vault.suite_unknown`.
pub fn unwrap(parent: &Key, purpose: &str, context: &[u8], wrapped: &[u8]) -> Result<Key, Problem> {
    let refused = || Problem::internal("vault.wrap_refused").detail(purpose);
    let wrapped: &[u8; WRAPPED] = wrapped.try_into().map_err(|_| refused())?;
    let mut key = Key([0; 32]);
    if open_once(parent, Use { label: "wrap", purpose, context }, wrapped, &mut key.0)? { Ok(key) } else { Err(refused()) }
}

/// Seals bytes under a key that is derived for this one message.
pub(crate) fn seal_once(suite: &dyn Suite, parent: &Key, what: Use<'_>, plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    let salt: [u8; SALT] = rng.array();
    let cipher = suite.cipher(&what.derive(suite, parent, &salt)?)?;
    let mut header = [0; HEADER];
    let (front, back) = header.split_at_mut(3);
    front.copy_from_slice(&[suite.id().to_be_bytes().as_slice(), &[VERSION]].concat());
    back.copy_from_slice(&salt);
    let mut out = Vec::with_capacity(HEADER + plain.len() + TAG);
    out.extend_from_slice(&header);
    out.extend_from_slice(plain);
    cipher.seal([0; NONCE], &header, &mut out, HEADER)?;
    Ok(out)
}

/// Opens what [`seal_once`] made into a buffer of the plaintext's length; `false`: refused.
fn open_once(parent: &Key, what: Use<'_>, sealed: &[u8], out: &mut [u8]) -> Result<bool, Problem> {
    let Some((header, body)) = sealed.split_first_chunk::<HEADER>() else { return Ok(false) };
    let [high, low, version, salt @ ..] = header;
    let suite = suite::leading([*high, *low])?;
    if *version != VERSION {
        return Ok(false);
    }
    let cipher = suite.cipher(&what.derive(suite, parent, salt)?)?;
    Ok(cipher.open([0; NONCE], header, body, out))
}

/// Opens what [`seal_once`] made; `None`: refused.
pub(crate) fn open_once_vec(parent: &Key, what: Use<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    let Some(len) = sealed.len().checked_sub(HEADER + TAG) else { return Ok(None) };
    let mut plain = Zeroizing::new(vec![0; len]);
    Ok(open_once(parent, what, sealed, &mut plain)?.then(|| std::mem::take(&mut *plain)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::standard;
    use jingui_model::rng::SeededRng;

    #[test]
    fn a_key_is_never_printed_and_compares_by_value() {
        let key = Key::from_bytes([0xab; 32]);
        assert_eq!(format!("{key:?}"), "Key(..)");
        assert!(key == key.clone());
        assert!(key != Key::generate(&SeededRng::new(1)));
    }

    #[test]
    fn a_wrap_opens_only_for_the_same_parent_purpose_and_context() {
        let rng = SeededRng::new(2);
        let (parent, other, child) = (Key::generate(&rng), Key::generate(&rng), Key::generate(&rng));
        let wrapped = wrap(standard(), &parent, "record", b"one", &child, &rng).unwrap();
        assert_eq!(wrapped.len(), WRAPPED);
        assert!(unwrap(&parent, "record", b"one", &wrapped).unwrap() == child);
        for (key, purpose, context) in [(&other, "record", b"one"), (&parent, "recorD", b"one"), (&parent, "record", b"two")] {
            assert_eq!(unwrap(key, purpose, context, &wrapped).unwrap_err().code(), "vault.wrap_refused");
        }
    }

    #[test]
    fn one_flipped_bit_anywhere_refuses() {
        let rng = SeededRng::new(3);
        let (parent, child) = (Key::generate(&rng), Key::generate(&rng));
        let wrapped = wrap(standard(), &parent, "p", b"c", &child, &rng).unwrap();
        for bit in 0..wrapped.len() * 8 {
            let mut bad = wrapped.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let code = unwrap(&parent, "p", b"c", &bad).unwrap_err().code().to_owned();
            // One flipped bit makes no other known number of the first suite's.
            assert_eq!(code, if bit < 16 { "vault.suite_unknown" } else { "vault.wrap_refused" }, "bit {bit}");
        }
        for len in 0..wrapped.len() {
            assert!(unwrap(&parent, "p", b"c", &wrapped[..len]).is_err());
        }
        assert!(unwrap(&parent, "p", b"c", &[&wrapped[..], &[0]].concat()).is_err());
    }

    #[test]
    fn the_same_key_wrapped_twice_looks_different() {
        let rng = SeededRng::new(4);
        let key = Key::generate(&rng);
        let (a, b) = (wrap(standard(), &key, "p", b"", &key, &rng).unwrap(), wrap(standard(), &key, "p", b"", &key, &rng).unwrap());
        assert!(a[3..35] != b[3..35] && a[35..] != b[35..]);
    }
}

//! Names for derived keys. HKDF's `info` (RFC 5869 section 3.2) must be different for different
//! uses, so it is written without ambiguity: suite, then a label of this crate, then the
//! caller's purpose, both with their length in front, then the context to the end.

use jingui_model::Problem;

use crate::{
    Key,
    suite::{Suite, defect},
};

/// What a derived key is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    /// The construction within this crate.
    pub label: &'static str,
    /// The caller's purpose.
    pub purpose: &'a str,
    /// What else the key is bound to.
    pub context: &'a [u8],
}

impl Use<'_> {
    fn with<T>(self, suite: &dyn Suite, f: impl FnOnce(&[&[u8]]) -> Result<T, Problem>) -> Result<T, Problem> {
        let label_len = u8::try_from(self.label.len()).map_err(|_| defect("label"))?;
        let purpose_len = u16::try_from(self.purpose.len()).map_err(|_| defect("purpose"))?;
        f(&[
            &suite.id().to_be_bytes(),
            &[label_len],
            self.label.as_bytes(),
            &purpose_len.to_be_bytes(),
            self.purpose.as_bytes(),
            self.context,
        ])
    }

    /// Extract and expand: for a key that has other uses beside, told apart by the salt.
    pub(crate) fn derive(self, suite: &dyn Suite, secret: &Key, salt: &[u8]) -> Result<Key, Problem> {
        self.with(suite, |info| suite.derive(secret, salt, info))
    }

    /// Expand only: for a key that serves nothing but derivation.
    pub(crate) fn expand(self, suite: &dyn Suite, secret: &Key) -> Result<Key, Problem> {
        self.with(suite, |info| suite.expand(secret, info))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::standard;

    #[test]
    fn moving_a_letter_between_the_parts_changes_the_key() {
        let secret = Key::from_bytes([1; 32]);
        let make = |label, purpose, context: &[u8]| Use { label, purpose, context }.expand(standard(), &secret).unwrap();
        let keys =
            [make("ab", "cd", b"ef"), make("a", "bcd", b"ef"), make("ab", "cde", b"f"), make("abcd", "", b"ef"), make("ab", "cdef", b"")];
        for (i, a) in keys.iter().enumerate() {
            for b in &keys[i + 1..] {
                assert!(a != b);
            }
        }
    }
}

//! Signed requests (H 9.6.4): HMAC (RFC 2104, GB/T 15852.2) with SHA-256 (FIPS 180-4) or SM3 (GB/T 32905), and the digest of a
//! body that is taken while the body streams by. What is signed is put together by the caller; `docs/api-signing.md` says how.

use aws_lc_rs::{constant_time, digest};
use jingui_model::Problem;
use sm3::Digest as _;

use crate::{
    Key,
    suite::{self, AES_SHA256, SM4_SM3},
};

/// Which hash a program signs with. A key belongs to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HMAC-SHA256.
    Sha256,
    /// HMAC-SM3.
    Sm3,
}

/// All schemes.
pub const SCHEMES: [Scheme; 2] = [Scheme::Sha256, Scheme::Sm3];

impl Scheme {
    /// The name in a request, which is also the first line of what is signed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "Jingui-HMAC-SHA256",
            Self::Sm3 => "Jingui-HMAC-SM3",
        }
    }

    /// The code in a record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sha256 => "hmac_sha256",
            Self::Sm3 => "hmac_sm3",
        }
    }

    /// The scheme of a name, in any case (RFC 9110, 11.1).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        SCHEMES.into_iter().find(|s| s.name().eq_ignore_ascii_case(name))
    }

    /// The scheme of a code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        SCHEMES.into_iter().find(|s| s.code() == code)
    }

    /// The signature of a text.
    ///
    /// # Errors
    /// `vault.suite_unknown`, which no input can cause.
    pub fn sign(self, key: &Key, text: &[u8]) -> Result<[u8; 32], Problem> {
        let number = match self {
            Self::Sha256 => AES_SHA256,
            Self::Sm3 => SM4_SM3,
        };
        Ok(suite::suite(number)?.mac(key, &[text]))
    }

    /// Whether a signature belongs to a text; takes the same time wherever the first difference is.
    ///
    /// # Errors
    /// As [`Scheme::sign`].
    pub fn holds(self, key: &Key, text: &[u8], signature: &[u8; 32]) -> Result<bool, Problem> {
        let right = self.sign(key, text)?;
        Ok(constant_time::verify_slices_are_equal(&right, signature).is_ok())
    }

    /// A digest that grows with the body.
    #[must_use]
    pub fn digest(self) -> BodyDigest {
        match self {
            Self::Sha256 => BodyDigest::Sha256(digest::Context::new(&digest::SHA256)),
            Self::Sm3 => BodyDigest::Sm3(Box::default()),
        }
    }
}

/// A digest on its way.
#[derive(Clone)]
pub enum BodyDigest {
    /// SHA-256.
    Sha256(digest::Context),
    /// SM3.
    Sm3(Box<sm3::Sm3>),
}

impl BodyDigest {
    /// Takes in what comes next.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(context) => context.update(bytes),
            Self::Sm3(hash) => hash.update(bytes),
        }
    }

    /// The digest of everything that was taken in.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        match self {
            Self::Sha256(context) => suite::array(context.finish().as_ref()),
            Self::Sm3(hash) => hash.finalize().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(scheme: Scheme, parts: &[&str]) -> String {
        let mut digest = scheme.digest();
        parts.iter().for_each(|p| digest.update(p.as_bytes()));
        hex::encode(digest.finish())
    }

    #[test]
    fn the_digests_are_the_standard_ones() {
        // FIPS 180-4 and GB/T 32905, both for "abc".
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_of(Scheme::Sha256, &["a", "", "bc"]), sha);
        let sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(digest_of(Scheme::Sm3, &["ab", "c"]), sm3);
    }

    #[test]
    fn a_signature_holds_for_its_text_key_and_scheme_only() {
        let (key, other) = (Key::from_bytes([1; 32]), Key::from_bytes([2; 32]));
        for scheme in SCHEMES {
            let signature = scheme.sign(&key, b"text").unwrap();
            assert!(scheme.holds(&key, b"text", &signature).unwrap());
            assert!(!scheme.holds(&key, b"texT", &signature).unwrap());
            assert!(!scheme.holds(&other, b"text", &signature).unwrap());
            for place in [0, 31] {
                let mut bent = signature;
                bent[place] ^= 1;
                assert!(!scheme.holds(&key, b"text", &bent).unwrap());
            }
            let stranger = SCHEMES.into_iter().find(|s| *s != scheme).unwrap();
            assert!(!stranger.holds(&key, b"text", &signature).unwrap());
            assert_eq!((Scheme::by_name(scheme.name()), Scheme::by_code(scheme.code())), (Some(scheme), Some(scheme)));
        }
        assert_eq!(Scheme::by_name("jingui-hmac-sm3"), Some(Scheme::Sm3));
        assert_eq!(Scheme::by_name("Bearer"), None);
    }
}

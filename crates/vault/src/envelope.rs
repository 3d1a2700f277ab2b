//! Messages to one person's key: sealed by anybody, opened by the holder of the private key alone.
//! For shares that lie with custodians, for what a custodian hands to the server, and for backups.
//!
//! The first byte is the version: 1 is HPKE over X25519, SHA-256 and AES-256-GCM (`envelope_hpke.rs`), 2 is SM2, SM3 and SM4-GCM
//! (`envelope_sm2.rs`). The recipient's key says which; what is made new takes that of the enterprise's suite ([`Algorithm::of`]).
//! `info` says what the message is for.

use std::fmt;

use jingui_model::{Problem, Rng};
use zeroize::Zeroizing;

#[cfg(test)]
pub(crate) use crate::envelope_hpke::Source;
use crate::{
    Key, envelope_hpke, envelope_sm2, sm2_pke,
    suite::{SM4_SM3, Suite, defect},
};

/// What a pair of keys is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RFC 7748; messages of version 1.
    X25519,
    /// GB/T 32918; messages of version 2.
    Sm2,
}

impl Algorithm {
    /// Of what is made new under a suite.
    #[must_use]
    pub fn of(suite: &dyn Suite) -> Self {
        if suite.id() == SM4_SM3 { Self::Sm2 } else { Self::X25519 }
    }

    /// Its name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X25519 => "x25519",
            Self::Sm2 => "sm2",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Public {
    X25519([u8; envelope_hpke::KEY]),
    Sm2([u8; sm2_pke::POINT]),
}

/// Whom a message is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient(Public);

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({}, {:02x?}…)", self.algorithm().name(), self.bytes().first_chunk::<4>())
    }
}

impl Recipient {
    /// From a public key: the 32 bytes of X25519 (RFC 7748), or a point of SM2's curve, compressed (33) or not (65).
    ///
    /// # Errors
    /// `vault.recipient_malformed`, also for points that are not on the curve and for the few keys of small order with which nothing
    /// would be secret.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        let public = match bytes.len() {
            envelope_hpke::KEY => bytes.try_into().ok().filter(envelope_hpke::fits).map(Public::X25519),
            // One form only, so that equal keys have equal bytes and one fingerprint.
            33 | sm2_pke::POINT => sm2_pke::public_key(bytes).and_then(|key| sm2_pke::point(&key)).map(Public::Sm2),
            _ => None,
        };
        public.map(Self).ok_or_else(|| Problem::invalid("vault.recipient_malformed"))
    }

    /// What it is a key of.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Public::X25519(_) => Algorithm::X25519,
            Public::Sm2(_) => Algorithm::Sm2,
        }
    }

    /// The bytes of the public key; SM2's are uncompressed.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        match &self.0 {
            Public::X25519(bytes) => bytes,
            Public::Sm2(bytes) => bytes,
        }
    }
}

/// A pair of keys: whoever holds it opens what was sealed to its [`Recipient`].
#[derive(Clone)]
pub struct Pair {
    private: Key,
    public: Recipient,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pair({:?})", self.public)
    }
}

impl Pair {
    /// A new pair.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn generate(algorithm: Algorithm, rng: &dyn Rng) -> Result<Self, Problem> {
        let private = match algorithm {
            Algorithm::X25519 => Key::generate(rng),
            Algorithm::Sm2 => sm2_pke::scalar(rng)?,
        };
        Self::of(algorithm, private)
    }

    /// The pair of a private key: any 32 random bytes for X25519; for SM2 a number, big endian, that its curve has.
    ///
    /// # Errors
    /// `vault.recipient_malformed` when SM2's curve does not have the number: no one of 2³² random ones.
    pub fn of(algorithm: Algorithm, private: Key) -> Result<Self, Problem> {
        let public = match algorithm {
            Algorithm::X25519 => Public::X25519(envelope_hpke::public_of(&private)?),
            Algorithm::Sm2 => {
                let read = sm2_pke::private_key(&private).ok_or_else(|| Problem::invalid("vault.recipient_malformed"))?;
                Public::Sm2(sm2_pke::point(&read.public_key()).ok_or_else(|| defect("sm2"))?)
            }
        };
        Ok(Self { private, public: Recipient(public) })
    }

    /// Whom others seal to.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient {
        &self.public
    }

    /// The private key, to be sealed under another.
    #[must_use]
    pub const fn private(&self) -> &Key {
        &self.private
    }

    /// Opens a message.
    ///
    /// # Errors
    /// `vault.envelope_refused` when it is for somebody else, for another use, or was changed.
    pub fn open(&self, info: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let opened = match (self.public.algorithm(), sealed.split_first()) {
            (Algorithm::X25519, Some((&envelope_hpke::VERSION, rest))) => envelope_hpke::open(&self.private, info, rest),
            (Algorithm::Sm2, Some((&envelope_sm2::VERSION, _))) => envelope_sm2::open(&self.private, info, sealed),
            _ => None,
        };
        opened.ok_or_else(|| Problem::invalid("vault.envelope_refused"))
    }
}

/// Seals a message to a recipient. Adds 49 bytes, or 130 for SM2.
///
/// # Errors
/// `vault.defect`, which no recipient that was read can cause.
pub fn seal_to(recipient: &Recipient, info: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    match &recipient.0 {
        Public::X25519(key) => envelope_hpke::seal(key, info, plain, rng),
        Public::Sm2(key) => {
            let key = sm2_pke::public_key(key).ok_or_else(|| defect("sm2"))?;
            envelope_sm2::seal(&key, info, plain, rng)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::agreement;
    use jingui_model::rng::SeededRng;

    use Algorithm::{Sm2, X25519};

    #[test]
    fn opens_for_its_recipient_and_its_use_only() {
        for (algorithm, other, overhead) in [(X25519, Sm2, 49), (Sm2, X25519, 130)] {
            let rng = SeededRng::new(1);
            let [one, two] = [(); 2].map(|()| Pair::generate(algorithm, &rng).unwrap());
            let sealed = seal_to(one.recipient(), b"share", b"text", &rng).unwrap();
            assert_eq!(sealed.len(), 4 + overhead);
            assert_eq!(&**one.open(b"share", &sealed).unwrap(), b"text");
            assert_eq!(one.open(b"other", &sealed).unwrap_err().code(), "vault.envelope_refused");
            assert_eq!(two.open(b"share", &sealed).unwrap_err().code(), "vault.envelope_refused");
            // The same private number in the other algorithm is another person.
            let same = Pair::of(other, one.private().clone()).unwrap();
            assert_eq!(same.open(b"share", &sealed).unwrap_err().code(), "vault.envelope_refused");
            for at in 0..sealed.len() {
                let mut bad = sealed.clone();
                bad[at] ^= 1;
                assert!(one.open(b"share", &bad).is_err(), "byte {at}");
                assert!(one.open(b"share", &sealed[..at]).is_err());
            }
            assert!(one.open(b"share", &[&sealed[..], &[0]].concat()).is_err());
            assert!(seal_to(one.recipient(), b"share", b"text", &rng).unwrap() != sealed);
            assert_eq!(&**one.open(b"", &seal_to(one.recipient(), b"", b"", &rng).unwrap()).unwrap(), b"", "also nothing for nothing");
        }
    }

    #[test]
    fn the_suite_says_which() {
        for (suite, algorithm) in [(crate::suite::AES_SHA256, X25519), (SM4_SM3, Sm2)] {
            let algorithm_of = Algorithm::of(crate::suite::suite(suite).unwrap());
            assert_eq!(algorithm_of, algorithm);
            let pair = Pair::generate(algorithm_of, &SeededRng::new(6)).unwrap();
            assert_eq!(pair.recipient().algorithm(), algorithm);
            assert_eq!(Recipient::from_bytes(pair.recipient().bytes()).unwrap(), *pair.recipient());
        }
    }

    /// GB/T 32918.5: y² = x³ + ax + b; what does not satisfy it is no key.
    #[test]
    fn points_that_are_not_on_the_curve_are_refused() {
        let pair = Pair::generate(Sm2, &SeededRng::new(5)).unwrap();
        let good = pair.recipient().bytes();
        let mut compressed = good[..33].to_vec();
        compressed[0] = 2 + (good[64] & 1);
        assert_eq!(Recipient::from_bytes(&compressed).unwrap(), *pair.recipient());
        for (at, bit) in [(64, 1), (1, 0x80), (33, 1), (0, 1), (0, 4)] {
            let mut bad = good.to_vec();
            bad[at] ^= bit;
            assert_eq!(Recipient::from_bytes(&bad).unwrap_err().code(), "vault.recipient_malformed", "byte {at}");
        }
        let p = "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff";
        for bad in
            [format!("04{p}{p}"), format!("04{}", "00".repeat(64)), "00".repeat(65), format!("02{p}"), "00".repeat(33), "00".to_owned()]
        {
            assert_eq!(Recipient::from_bytes(&hex::decode(bad).unwrap()).unwrap_err().code(), "vault.recipient_malformed");
        }
        for bad in ["00".repeat(32), "ff".repeat(32)] {
            let key = Key::from_bytes(hex::decode(bad).unwrap().try_into().unwrap());
            assert_eq!(Pair::of(Sm2, key).unwrap_err().code(), "vault.recipient_malformed");
        }
    }

    #[test]
    fn keys_with_which_nothing_would_be_secret_are_refused() {
        // Zero and one are points of small order (RFC 7748 section 6.1).
        for bad in [&[0; 32][..], &[[1].as_slice(), &[0; 31]].concat(), &[9; 31], &[9; 33]] {
            assert_eq!(Recipient::from_bytes(bad).unwrap_err().code(), "vault.recipient_malformed");
        }
        let pair = Pair::generate(X25519, &SeededRng::new(3)).unwrap();
        assert!(Recipient::from_bytes(pair.recipient().bytes()).unwrap() == *pair.recipient());
    }

    /// RFC 7748 section 6.1: the public keys of Alice and Bob.
    #[test]
    fn private_keys_have_the_public_keys_of_the_standard() {
        for (private, public) in [
            (
                "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            ),
            (
                "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            ),
        ] {
            let pair = Pair::of(X25519, Key::from_bytes(hex::decode(private).unwrap().try_into().unwrap())).unwrap();
            assert_eq!(hex::encode(pair.recipient().bytes()), public);
        }
    }

    /// RFC 7748 section 5, against another implementation.
    #[test]
    fn a_private_key_has_the_public_key_that_others_compute() {
        let rng = SeededRng::new(4);
        for _ in 0..20 {
            let pair = Pair::generate(X25519, &rng).unwrap();
            let theirs = agreement::PrivateKey::from_private_key(&agreement::X25519, pair.private().bytes()).unwrap();
            assert_eq!(theirs.compute_public_key().unwrap().as_ref(), pair.recipient().bytes());
        }
    }
}

//! Messages to one person's key: sealed by anybody, opened by the holder of the private key alone.
//! For shares that lie with custodians, and for what a custodian hands to the server.
//!
//! HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256) (0x0020), HKDF-SHA256 (0x0001), AES-256-GCM (0x0002), one message for each
//! encapsulation, so that browsers and other programs open it with their own implementation. `info` says what the message is for.
//!
//! Format: version (1 byte), encapsulated key (32), ciphertext and tag.

use std::fmt;

use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256, rand_core,
    single_shot_open, single_shot_seal_with_rng,
};
use jingui_model::{Problem, Rng};
use zeroize::Zeroizing;

use crate::{Key, suite::defect};

const VERSION: u8 = 1;
const ENCAPSULATED: usize = 32;

/// Whom a message is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient([u8; 32]);

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({:02x?}…)", self.0.first_chunk::<4>())
    }
}

impl Recipient {
    /// From the 32 bytes of an X25519 public key (RFC 7748).
    ///
    /// # Errors
    /// `vault.recipient_malformed`, also for the few keys of small order with which nothing would be secret.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("vault.recipient_malformed");
        let key: [u8; 32] = bytes.try_into().map_err(|_| malformed())?;
        // A trial encapsulation: only it refuses points of small order.
        seal_bytes(&key, b"", b"", &Known).map(|_| Self(key)).map_err(|_| malformed())
    }

    /// The bytes of the public key.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A trial needs no good randomness.
struct Known;

impl Rng for Known {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x5a);
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
    pub fn generate(rng: &dyn Rng) -> Result<Self, Problem> {
        Self::of(Key::generate(rng))
    }

    /// The pair of a private key: any 32 random bytes (RFC 7748 section 5).
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn of(private: Key) -> Result<Self, Problem> {
        let read = private_key(&private)?;
        let public = X25519HkdfSha256::sk_to_pk(&read).to_bytes();
        Ok(Self { private, public: Recipient(public.as_slice().try_into().map_err(|_| defect("hpke"))?) })
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
        let refused = || Problem::invalid("vault.envelope_refused");
        let (version, rest) = sealed.split_first().ok_or_else(refused)?;
        let (encapsulated, body) = rest.split_first_chunk::<ENCAPSULATED>().filter(|_| *version == VERSION).ok_or_else(refused)?;
        let encapsulated = <X25519HkdfSha256 as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| refused())?;
        let key = private_key(&self.private)?;
        single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&OpModeR::Base, &key, &encapsulated, info, body, &[])
            .map(Zeroizing::new)
            .map_err(|_| refused())
    }
}

/// Seals a message to a recipient. Adds 49 bytes.
///
/// # Errors
/// `vault.defect`, which no recipient that was read can cause.
pub fn seal_to(recipient: &Recipient, info: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    seal_bytes(&recipient.0, info, plain, rng)
}

fn seal_bytes(public: &[u8; 32], info: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    let public = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(public).map_err(|_| defect("hpke"))?;
    let (encapsulated, body) =
        single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &public, info, plain, &[], &mut Source(rng))
            .map_err(|_| defect("hpke"))?;
    let mut out = Vec::with_capacity(1 + ENCAPSULATED + body.len());
    out.push(VERSION);
    out.extend_from_slice(encapsulated.to_bytes().as_slice());
    out.extend(body);
    Ok(out)
}

fn private_key(key: &Key) -> Result<<X25519HkdfSha256 as hpke::Kem>::PrivateKey, Problem> {
    Deserializable::from_bytes(key.bytes()).map_err(|_| defect("hpke"))
}

/// Our randomness as theirs.
struct Source<'a>(&'a dyn Rng);

impl rand_core::TryRng for Source<'_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes(self.0.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_le_bytes(self.0.array()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Source<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::agreement;
    use jingui_model::rng::SeededRng;

    #[test]
    fn opens_for_its_recipient_and_its_use_only() {
        let rng = SeededRng::new(1);
        let (one, two) = (Pair::generate(&rng).unwrap(), Pair::generate(&rng).unwrap());
        let sealed = seal_to(one.recipient(), b"share", b"text", &rng).unwrap();
        assert_eq!(sealed.len(), 4 + 49);
        assert_eq!(&**one.open(b"share", &sealed).unwrap(), b"text");
        assert_eq!(one.open(b"other", &sealed).unwrap_err().code(), "vault.envelope_refused");
        assert_eq!(two.open(b"share", &sealed).unwrap_err().code(), "vault.envelope_refused");
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(one.open(b"share", &bad).is_err(), "byte {at}");
            assert!(one.open(b"share", &sealed[..at]).is_err());
        }
        assert!(seal_to(one.recipient(), b"share", b"text", &rng).unwrap() != sealed);
    }

    #[test]
    fn keys_with_which_nothing_would_be_secret_are_refused() {
        // Zero and one are points of small order (RFC 7748 section 6.1).
        for bad in [&[0; 32][..], &[[1].as_slice(), &[0; 31]].concat(), &[9; 31], &[9; 33]] {
            assert_eq!(Recipient::from_bytes(bad).unwrap_err().code(), "vault.recipient_malformed");
        }
        let pair = Pair::generate(&SeededRng::new(3)).unwrap();
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
            let pair = Pair::of(Key::from_bytes(hex::decode(private).unwrap().try_into().unwrap())).unwrap();
            assert_eq!(hex::encode(pair.recipient().bytes()), public);
        }
    }

    /// RFC 7748 section 5, against another implementation.
    #[test]
    fn a_private_key_has_the_public_key_that_others_compute() {
        let rng = SeededRng::new(4);
        for _ in 0..20 {
            let pair = Pair::generate(&rng).unwrap();
            let theirs = agreement::PrivateKey::from_private_key(&agreement::X25519, pair.private().bytes()).unwrap();
            assert_eq!(theirs.compute_public_key().unwrap().as_ref(), pair.recipient().bytes());
        }
    }
}

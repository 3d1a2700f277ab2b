//! Version 1 of envelopes: HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256) (0x0020), HKDF-SHA256 (0x0001), AES-256-GCM (0x0002),
//! one message for each encapsulation, so that browsers and other programs open it with their own implementation.
//!
//! Format: 1, encapsulated key (32), ciphertext and tag.

use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256, rand_core,
    single_shot_open, single_shot_seal_with_rng,
};
use jingui_model::{Problem, Rng};
use zeroize::Zeroizing;

use crate::{Key, suite::defect};

pub(crate) const VERSION: u8 = 1;
/// Bytes of a public key.
pub(crate) const KEY: usize = 32;

/// The public key of a private one: any 32 random bytes (RFC 7748 section 5).
pub(crate) fn public_of(private: &Key) -> Result<[u8; KEY], Problem> {
    let public = X25519HkdfSha256::sk_to_pk(&private_key(private)?).to_bytes();
    public.as_slice().try_into().map_err(|_| defect("hpke"))
}

/// Whether something can be sealed to a key: not to one of small order. Only a trial encapsulation tells.
pub(crate) fn fits(public: &[u8; KEY]) -> bool {
    seal(public, b"", b"", &Known).is_ok()
}

/// A trial needs no good randomness.
struct Known;

impl Rng for Known {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x5a);
    }
}

pub(crate) fn seal(public: &[u8; KEY], info: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    let public = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(public).map_err(|_| defect("hpke"))?;
    let (encapsulated, body) =
        single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &public, info, plain, &[], &mut Source(rng))
            .map_err(|_| defect("hpke"))?;
    let mut out = Vec::with_capacity(1 + KEY + body.len());
    out.push(VERSION);
    out.extend_from_slice(encapsulated.to_bytes().as_slice());
    out.extend(body);
    Ok(out)
}

/// Opens what stands behind the version; nothing when it is refused.
pub(crate) fn open(private: &Key, info: &[u8], rest: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (encapsulated, body) = rest.split_first_chunk::<KEY>()?;
    let encapsulated = <X25519HkdfSha256 as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let key = private_key(private).ok()?;
    let opened = single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&OpModeR::Base, &key, &encapsulated, info, body, &[]);
    opened.ok().map(Zeroizing::new)
}

fn private_key(key: &Key) -> Result<<X25519HkdfSha256 as hpke::Kem>::PrivateKey, Problem> {
    Deserializable::from_bytes(key.bytes()).map_err(|_| defect("hpke"))
}

/// Our randomness as theirs.
pub(crate) struct Source<'a>(pub &'a dyn Rng);

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

//! The bytes that a device seals (this crate's README): mechanism, what it needs besides the key, ciphertext.
//!
//! AES-256-GCM with the context as associated data, where a device has it. Otherwise AES-256-CBC of exactly two blocks without padding: then nothing is
//! authenticated here, and what is sealed must be the key of a wrap that is authenticated and bound itself, as it is in the key ring.

use cryptoki::{
    error::Error,
    mechanism::{Mechanism, MechanismType, aead::GcmParams},
};

/// AES-256-GCM.
const GCM: u8 = 1;
/// AES-256-CBC, no padding.
const CBC: u8 = 2;

/// What seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// With a nonce.
    Gcm([u8; 12]),
    /// With a first vector.
    Cbc([u8; 16]),
}

impl Seal {
    /// The best that a device offers.
    pub fn among(offered: &[MechanismType]) -> Option<Self> {
        let has = |wanted| offered.contains(&wanted);
        match () {
            () if !has(MechanismType::AES_KEY_GEN) => None,
            () if has(MechanismType::AES_GCM) => Some(Self::Gcm([0; 12])),
            () if has(MechanismType::AES_CBC) => Some(Self::Cbc([0; 16])),
            () => None,
        }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Gcm(_) => "AES-256-GCM",
            Self::Cbc(_) => "AES-256-CBC",
        }
    }

    /// What the device's own randomness fills.
    pub const fn nonce_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Gcm(nonce) => nonce,
            Self::Cbc(first) => first,
        }
    }

    /// Hands the mechanism to whoever needs it.
    pub fn with<T>(&self, context: &[u8], work: impl FnOnce(&Mechanism<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match self {
            Self::Gcm(nonce) => {
                let mut nonce = *nonce;
                work(&Mechanism::AesGcm(GcmParams::new(&mut nonce, context, 128.into())?))
            }
            Self::Cbc(first) => work(&Mechanism::AesCbc(*first)),
        }
    }

    /// The bytes.
    pub fn write(&self, ciphertext: &[u8]) -> Vec<u8> {
        match self {
            Self::Gcm(nonce) => [&[GCM], nonce.as_slice(), ciphertext].concat(),
            Self::Cbc(first) => [&[CBC], first.as_slice(), ciphertext].concat(),
        }
    }

    /// Reads what [`Self::write`] made of 32 bytes.
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (mechanism, rest) = bytes.split_first()?;
        let (seal, ciphertext, len) = match *mechanism {
            GCM => rest.split_first_chunk().map(|(nonce, rest)| (Self::Gcm(*nonce), rest, 32 + 16))?,
            CBC => rest.split_first_chunk().map(|(first, rest)| (Self::Cbc(*first), rest, 32))?,
            _ => return None,
        };
        (ciphertext.len() == len).then_some((seal, ciphertext))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for (seal, len) in [(Seal::Gcm([7; 12]), 48), (Seal::Cbc([8; 16]), 32)] {
            let text = vec![9; len];
            let bytes = seal.write(&text);
            assert_eq!(Seal::read(&bytes), Some((seal, &text[..])));
            assert!((0..bytes.len()).all(|n| Seal::read(&bytes[..n]).is_none()));
            assert_eq!(Seal::read(&[&bytes[..], &[0]].concat()), None);
            assert_eq!(Seal::read(&[&[3], &bytes[1..]].concat()), None);
        }
    }

    #[test]
    fn a_device_without_the_one_serves_with_the_other_and_one_without_both_not_at_all() {
        let all = [MechanismType::AES_KEY_GEN, MechanismType::AES_CBC, MechanismType::AES_GCM];
        let name = |offered: &[MechanismType]| Seal::among(offered).map(|s| s.name());
        assert_eq!(name(&all), Some("AES-256-GCM"));
        assert_eq!(name(&all[..2]), Some("AES-256-CBC"));
        assert_eq!((name(&all[..1]), name(&all[1..])), (None, None));
    }
}

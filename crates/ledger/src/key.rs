//! The keys that sign notes: which scheme, how they are written, signing and checking.
//!
//! Both schemes sign deterministically (RFC 8032; SM2 with the nonce of RFC 6979), so that no
//! randomness is needed after the key is made. SM2 uses the identifier `1234567812345678` of GM/T 0009.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use jingui_model::Problem;
use sm2::dsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer as _, Verifier as _},
};

use crate::{
    note::key_malformed,
    suite::{Suite, sm3},
};

/// What follows the type 0xff in an SM2 key.
pub const SM2_TYPE: &[u8] = b"jingui.example/sm2-with-sm3/v1\0";

const SM2_ID: &str = "1234567812345678";

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Signs notes with Ed25519: type 0x01.
    Ed25519,
    /// Signs notes with SM2 and SM3: type 0xff and [`SM2_TYPE`].
    Sm2,
    /// Cosigns checkpoints with Ed25519 and a time: type 0x04.
    Witness,
}

impl Scheme {
    /// The suite of the tree whose checkpoints are signed so. Witnesses follow standard trees.
    #[must_use]
    pub const fn suite(self) -> Suite {
        match self {
            Self::Ed25519 | Self::Witness => Suite::Standard,
            Self::Sm2 => Suite::Chinese,
        }
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// 32 bytes of RFC 8032.
    Ed25519([u8; 32]),
    /// The uncompressed point: 0x04, x, y.
    Sm2(Box<[u8; 65]>),
    /// 32 bytes of RFC 8032.
    Witness([u8; 32]),
}

impl PublicKey {
    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        match self {
            Self::Ed25519(_) => Scheme::Ed25519,
            Self::Sm2(_) => Scheme::Sm2,
            Self::Witness(_) => Scheme::Witness,
        }
    }

    /// The type and the key, as a verifier key and its id have them.
    #[must_use]
    pub fn typed(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => [&[0x01], key.as_slice()].concat(),
            Self::Sm2(key) => [&[0xff], SM2_TYPE, key.as_slice()].concat(),
            Self::Witness(key) => [&[0x04], key.as_slice()].concat(),
        }
    }

    /// Reads what [`PublicKey::typed`] writes.
    ///
    /// # Errors
    /// `ledger.key_malformed` with the part that is wrong.
    pub fn read(typed: &[u8]) -> Result<Self, Problem> {
        match typed.split_first() {
            Some((0x01, key)) => Ok(Self::Ed25519(key.try_into().map_err(|_| key_malformed("length"))?)),
            Some((0x04, key)) => Ok(Self::Witness(key.try_into().map_err(|_| key_malformed("length"))?)),
            Some((0xff, rest)) => {
                let key = rest.strip_prefix(SM2_TYPE).ok_or_else(|| key_malformed("type"))?;
                let key: [u8; 65] = key.try_into().map_err(|_| key_malformed("length"))?;
                sm2_key(&key).map(|_| Self::Sm2(Box::new(key)))
            }
            _ => Err(key_malformed("type")),
        }
    }

    /// Whether this is its signature of these bytes.
    #[must_use]
    pub fn signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) | Self::Witness(key) => UnparsedPublicKey::new(&ED25519, key).verify(bytes, signature).is_ok(),
            Self::Sm2(key) => {
                let signature = Signature::from_slice(signature);
                sm2_key(key).is_ok_and(|key| signature.is_ok_and(|signature| key.verify(bytes, &signature).is_ok()))
            }
        }
    }
}

fn sm2_key(key: &[u8; 65]) -> Result<VerifyingKey, Problem> {
    VerifyingKey::from_sec1_bytes(SM2_ID, key).map_err(|_| key_malformed("key"))
}

/// A private key.
pub enum Pair {
    /// Of scheme `Ed25519`.
    Ed25519(Ed25519KeyPair),
    /// Of scheme `Sm2`.
    Sm2(Box<SigningKey>),
    /// Of scheme `Witness`.
    Witness(Ed25519KeyPair),
}

impl Pair {
    /// From 32 secret bytes. For Ed25519 they are the seed; for SM2 the scalar is the first of
    /// SM3(seed ‖ 0), SM3(seed ‖ 1) … that is one.
    pub fn from_seed(scheme: Scheme, seed: &[u8; 32]) -> Result<Self, Problem> {
        let ed25519 = || Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| key_malformed("seed"));
        match scheme {
            Scheme::Ed25519 => ed25519().map(Self::Ed25519),
            Scheme::Witness => ed25519().map(Self::Witness),
            Scheme::Sm2 => (0..=u8::MAX)
                .find_map(|n| SigningKey::from_slice(SM2_ID, &sm3(&[seed, &[n]])).ok())
                .map(|key| Self::Sm2(Box::new(key)))
                .ok_or_else(|| key_malformed("seed")),
        }
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        let bytes = |pair: &Ed25519KeyPair| {
            let mut key = [0; 32];
            key.copy_from_slice(pair.public_key().as_ref());
            key
        };
        match self {
            Self::Ed25519(pair) => PublicKey::Ed25519(bytes(pair)),
            Self::Witness(pair) => PublicKey::Witness(bytes(pair)),
            Self::Sm2(key) => {
                let mut bytes = [0; 65];
                bytes.copy_from_slice(&key.verifying_key().to_sec1_bytes());
                PublicKey::Sm2(Box::new(bytes))
            }
        }
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Ed25519(pair) | Self::Witness(pair) => Ok(pair.sign(bytes).as_ref().to_vec()),
            Self::Sm2(key) => {
                let signature = key.try_sign(bytes).map_err(|_| key_malformed("signing"))?;
                Ok(signature.to_bytes().to_vec())
            }
        }
    }
}

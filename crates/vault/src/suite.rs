//! Suites: which cipher, hash and key derivation a sealed thing uses, named by 16 bits at its
//! front, so that two sets stand side by side in one format: what is new is sealed with the enterprise's, what is old is
//! opened with its own.
//!
//! Suite `0x0001`: AES-256-GCM (NIST SP 800-38D), SHA-256 (FIPS 180-4), HKDF-SHA256 (RFC 5869),
//! HMAC-SHA256 (RFC 2104), all from AWS-LC. Suite `0x0002` is in `suite_sm.rs`.

use std::fmt;

use aws_lc_rs::{aead, digest, hkdf, hmac};
use jingui_model::Problem;
use zeroize::Zeroizing;

use crate::{Key, suite_sm::Sm4Sm3};

/// AES-256-GCM, SHA-256, HKDF-SHA256.
pub const AES_SHA256: u16 = 0x0001;
/// SM4-GCM, SM3, HMAC-SM3 in the shape of HKDF.
pub const SM4_SM3: u16 = 0x0002;
/// The suite of those who have not chosen.
pub const DEFAULT: u16 = AES_SHA256;
/// The suites by the names that people give them.
pub const NAMES: [(u16, &str); 2] = [(AES_SHA256, "aes256gcm"), (SM4_SM3, "sm4gcm")];
/// Bytes of a nonce, in every suite.
pub const NONCE: usize = 12;
/// Bytes of an authentication tag, in every suite.
pub const TAG: usize = 16;

/// A set of algorithms that are used together. Keys are 32 bytes; a suite whose cipher takes
/// fewer uses the first ones of a key that was derived for it alone.
pub trait Suite: Send + Sync + fmt::Debug {
    /// The number at the front of what this suite sealed.
    fn id(&self) -> u16;

    /// Extract and expand (RFC 5869 sections 2.2 and 2.3) to 32 bytes.
    ///
    /// # Errors
    /// `vault.defect` when the library refuses, which no input can cause.
    fn derive(&self, secret: &Key, salt: &[u8], info: &[&[u8]]) -> Result<Key, Problem>;

    /// Expand only (RFC 5869 section 2.3), for a secret that is uniformly random already (section 3.3).
    ///
    /// # Errors
    /// `vault.defect` when the library refuses, which no input can cause.
    fn expand(&self, secret: &Key, info: &[&[u8]]) -> Result<Key, Problem>;

    /// The cipher, ready with a key.
    ///
    /// # Errors
    /// `vault.defect` when the library refuses, which no input can cause.
    fn cipher(&self, key: &Key) -> Result<Box<dyn Cipher>, Problem>;

    /// The keyed hash of the parts, one after the other.
    fn mac(&self, key: &Key, parts: &[&[u8]]) -> [u8; 32];

    /// The hash of some bytes.
    fn hash(&self, bytes: &[u8]) -> [u8; 32];
}

/// Authenticated encryption with a key inside (RFC 5116). A nonce must never come twice.
pub trait Cipher: Send + Sync {
    /// Encrypts what stands in `out` from `from` on, in its place, and puts the tag behind it.
    ///
    /// # Errors
    /// `vault.defect` when the library refuses (more than 64 GiB at once).
    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], out: &mut Vec<u8>, from: usize) -> Result<(), Problem>;

    /// Decrypts ciphertext and tag into `out`, which must be as long as the plaintext. `false`:
    /// not authentic, and `out` holds nothing of use.
    #[must_use]
    fn open(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &[u8], out: &mut [u8]) -> bool;
}

/// The suite of a number.
///
/// # Errors
/// `vault.suite_unknown` when this version does not have it.
pub fn suite(id: u16) -> Result<&'static dyn Suite, Problem> {
    match id {
        AES_SHA256 => Ok(&AesSha256),
        SM4_SM3 => Ok(&Sm4Sm3),
        _ => Err(Problem::invalid("vault.suite_unknown").arg("suite", format!("{id:#06x}"))),
    }
}

/// The number of a suite by its name.
///
/// # Errors
/// `vault.suite_unknown` when this version does not have it.
pub fn by_name(name: &str) -> Result<u16, Problem> {
    let found = NAMES.iter().find(|(_, n)| *n == name).map(|(id, _)| *id);
    found.ok_or_else(|| Problem::invalid("vault.suite_unknown").arg("suite", name).at("suite"))
}

/// The name of a suite.
#[must_use]
pub fn name_of(id: u16) -> &'static str {
    NAMES.iter().find(|(number, _)| *number == id).map_or("", |(_, name)| *name)
}

/// The suite whose number stands at the front of these bytes.
///
/// # Errors
/// `vault.suite_unknown` when this version does not have it.
pub(crate) fn leading([high, low]: [u8; 2]) -> Result<&'static dyn Suite, Problem> {
    suite(u16::from_be_bytes([high, low]))
}

/// The suite of the world at large.
pub(crate) const fn standard() -> &'static dyn Suite {
    &AesSha256
}

/// A fault that no input can cause.
pub(crate) fn defect(what: &'static str) -> Problem {
    Problem::internal("vault.defect").detail(what)
}

#[derive(Debug)]
struct AesSha256;

struct Len;

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        32
    }
}

fn fill(prk: &hkdf::Prk, info: &[&[u8]]) -> Result<Key, Problem> {
    let mut out = Zeroizing::new([0; 32]);
    prk.expand(info, Len).and_then(|okm| okm.fill(&mut *out)).map_err(|_| defect("hkdf"))?;
    Ok(Key::from_bytes(*out))
}

impl Suite for AesSha256 {
    fn id(&self) -> u16 {
        AES_SHA256
    }

    fn derive(&self, secret: &Key, salt: &[u8], info: &[&[u8]]) -> Result<Key, Problem> {
        fill(&hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret.bytes()), info)
    }

    fn expand(&self, secret: &Key, info: &[&[u8]]) -> Result<Key, Problem> {
        fill(&hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, secret.bytes()), info)
    }

    fn cipher(&self, key: &Key) -> Result<Box<dyn Cipher>, Problem> {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, key.bytes()).map_err(|_| defect("aes key"))?;
        Ok(Box::new(AesGcm(aead::LessSafeKey::new(key))))
    }

    fn mac(&self, key: &Key, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.bytes()));
        for part in parts {
            context.update(part);
        }
        array(context.sign().as_ref())
    }

    fn hash(&self, bytes: &[u8]) -> [u8; 32] {
        array(digest::digest(&digest::SHA256, bytes).as_ref())
    }
}

/// The first 32 bytes.
pub(crate) fn array(bytes: &[u8]) -> [u8; 32] {
    bytes.first_chunk().copied().unwrap_or_default()
}

struct AesGcm(aead::LessSafeKey);

impl Cipher for AesGcm {
    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], out: &mut Vec<u8>, from: usize) -> Result<(), Problem> {
        let plain = out.get_mut(from..).ok_or_else(|| defect("range"))?;
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, aead::Aad::from(aad), plain).map_err(|_| defect("aes-gcm"))?;
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }

    fn open(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &[u8], out: &mut [u8]) -> bool {
        let Some((text, tag)) = sealed.split_last_chunk::<TAG>() else { return false };
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        text.len() == out.len() && self.0.open_separate_gather(nonce, aead::Aad::from(aad), text, tag, out).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::from_bytes(hex::decode(text).unwrap().try_into().unwrap())
    }

    #[test]
    fn only_suites_we_have_are_found() {
        assert_eq!(suite(AES_SHA256).unwrap().id(), 1);
        assert_eq!(suite(SM4_SM3).unwrap().id(), 2);
        for id in [0, 3, 0x0100, 0x0200, 0xffff] {
            assert_eq!(suite(id).unwrap_err().code(), "vault.suite_unknown");
        }
    }

    #[test]
    fn aes_gcm_is_the_standard_one() {
        // Test case 14 of the GCM specification by McGrew and Viega: zero key, nonce and block.
        let cipher = standard().cipher(&Key::from_bytes([0; 32])).unwrap();
        let mut out = vec![0; 16];
        cipher.seal([0; 12], b"", &mut out, 0).unwrap();
        assert_eq!(hex::encode(&out), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
        let mut plain = [1; 16];
        assert!(cipher.open([0; 12], b"", &out, &mut plain));
        assert_eq!(plain, [0; 16]);
        assert!(!cipher.open([0; 12], b"x", &out, &mut plain));
        assert!(!cipher.open([0; 12], b"", &out[..15], &mut plain));
    }

    #[test]
    fn hmac_is_the_standard_one() {
        // RFC 4231 test case 2 has a key of four bytes, which HMAC pads with zeros to the block: the same key here.
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(b"Jefe");
        let tag = standard().mac(&Key::from_bytes(bytes), &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex::encode(tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn hkdf_expand_is_the_standard_one() {
        // RFC 5869 appendix A.1: the first 32 bytes of the output for its PRK.
        let prk = key("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let info = hex::decode("f0f1f2f3f4f5f6f7f8f9").unwrap();
        let okm = standard().expand(&prk, &[&info[..4], &info[4..]]).unwrap();
        assert_eq!(hex::encode(okm.bytes()), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    #[test]
    fn derive_is_extract_then_expand() {
        // RFC 5869 section 2.2: PRK = HMAC-Hash(salt, IKM).
        let (secret, salt) = (Key::from_bytes([7; 32]), Key::from_bytes([9; 32]));
        let prk = Key::from_bytes(standard().mac(&salt, &[secret.bytes()]));
        let direct = standard().derive(&secret, salt.bytes(), &[b"info"]).unwrap();
        assert!(direct == standard().expand(&prk, &[b"info"]).unwrap());
    }
}

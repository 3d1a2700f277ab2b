//! SM2 signatures over SM3 (GB/T 32918.2, GM/T 0009), for tokens and for certificates.
//!
//! An SM2 signature covers an identifier of its signer. GM/T 0009 sets it to `1234567812345678`; OpenSSL signs with an empty one
//! unless told otherwise. Both are tried, and the verdict says which one it was.

use ::sm2::dsa::{Signature, VerifyingKey, signature::Verifier as _};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use serde::Serialize;

use super::der::{Reader, tag};

/// The identifier that a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sm2Identifier {
    /// `1234567812345678`, as GM/T 0009 says.
    Standard,
    /// None, as OpenSSL does.
    Empty,
}

impl Sm2Identifier {
    const fn text(self) -> &'static str {
        match self {
            Self::Standard => "1234567812345678",
            Self::Empty => "",
        }
    }
}

/// Checks a signature in DER with a public key as an uncompressed point; says which identifier it covers.
pub fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> Option<Sm2Identifier> {
    let signature = Signature::from_slice(&fixed(signature)?).ok()?;
    [Sm2Identifier::Standard, Sm2Identifier::Empty]
        .into_iter()
        .find(|identifier| VerifyingKey::from_sec1_bytes(identifier.text(), key).is_ok_and(|key| key.verify(message, &signature).is_ok()))
}

/// `SEQUENCE { r, s }` as two numbers of 32 bytes each.
fn fixed(der: &[u8]) -> Option<[u8; 64]> {
    let mut inside = Reader::only(der, tag::SEQUENCE, "signature").ok()?.inside("signature");
    let (r, s) = (inside.magnitude().ok()?, inside.magnitude().ok()?);
    inside.end().ok()?;
    let mut out = [0; 64];
    let (first, second) = out.split_at_mut(32);
    for (to, from) in [(first, r), (second, s)] {
        let at = to.len().checked_sub(from.len())?;
        to.get_mut(at..)?.copy_from_slice(from);
    }
    Some(out)
}

/// Contents of the `AlgorithmIdentifier` of an SM2 key: ecPublicKey with the curve 1.2.156.10197.1.301.
pub const KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d];
/// Contents of the `AlgorithmIdentifier` of SM2 with SM3, without parameters.
const SIGNATURE: &[u8] = &[0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75];
/// The same with the NULL that some authorities add.
const SIGNATURE_NULL: &[u8] = &[0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75, 0x05, 0x00];

/// SM2 with SM3 for certificates.
#[derive(Debug)]
pub struct Sm2WithSm3 {
    null: bool,
}

/// Parameters absent.
pub static SM2_SM3: Sm2WithSm3 = Sm2WithSm3 { null: false };
/// Parameters NULL.
pub static SM2_SM3_NULL: Sm2WithSm3 = Sm2WithSm3 { null: true };

impl SignatureVerificationAlgorithm for Sm2WithSm3 {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        verify(public_key, message, signature).map(|_| ()).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(KEY)
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(if self.null { SIGNATURE_NULL } else { SIGNATURE })
    }
}

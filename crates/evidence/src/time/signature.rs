//! Signature algorithms that are accepted, in certificates and in tokens.
//!
//! RSA from 2048 bits (PKCS#1 v1.5, PSS), ECDSA on P-256, P-384 and P-521, Ed25519, all by AWS-LC; SM2 by [`super::sm2`].
//! Nothing with SHA-1 or MD5.

use jingui_model::Problem;
use rustls_pki_types::SignatureVerificationAlgorithm;
use webpki::aws_lc_rs as aws;

use super::{
    certificate::Certificate,
    digest::{HashAlgorithm, unsupported},
    oid,
    sm2::{self, Sm2Identifier},
};

/// One algorithm.
struct Known {
    name: &'static str,
    with: &'static dyn SignatureVerificationAlgorithm,
    /// The digest with which a bare `rsaEncryption` or `ecPublicKey` in a signer's algorithm means this one.
    bare: Option<HashAlgorithm>,
}

use HashAlgorithm::{Sha256, Sha384, Sha512};

const RSA_SHA256: &str = "RSA with SHA-256";
const RSA_SHA384: &str = "RSA with SHA-384";
const RSA_SHA512: &str = "RSA with SHA-512";
const ECDSA_SHA256: &str = "ECDSA with SHA-256";
const ECDSA_SHA384: &str = "ECDSA with SHA-384";
const ECDSA_SHA512: &str = "ECDSA with SHA-512";
const SM2_SM3: &str = "SM2 with SM3";

static KNOWN: [Known; 21] = [
    Known { name: RSA_SHA256, with: aws::RSA_PKCS1_2048_8192_SHA256, bare: Some(Sha256) },
    Known { name: RSA_SHA384, with: aws::RSA_PKCS1_2048_8192_SHA384, bare: Some(Sha384) },
    Known { name: RSA_SHA512, with: aws::RSA_PKCS1_2048_8192_SHA512, bare: Some(Sha512) },
    Known { name: RSA_SHA256, with: aws::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS, bare: None },
    Known { name: RSA_SHA384, with: aws::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS, bare: None },
    Known { name: RSA_SHA512, with: aws::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS, bare: None },
    Known { name: "RSA-PSS with SHA-256", with: aws::RSA_PSS_2048_8192_SHA256_LEGACY_KEY, bare: None },
    Known { name: "RSA-PSS with SHA-384", with: aws::RSA_PSS_2048_8192_SHA384_LEGACY_KEY, bare: None },
    Known { name: "RSA-PSS with SHA-512", with: aws::RSA_PSS_2048_8192_SHA512_LEGACY_KEY, bare: None },
    Known { name: ECDSA_SHA256, with: aws::ECDSA_P256_SHA256, bare: Some(Sha256) },
    Known { name: ECDSA_SHA384, with: aws::ECDSA_P256_SHA384, bare: Some(Sha384) },
    Known { name: ECDSA_SHA512, with: aws::ECDSA_P256_SHA512, bare: Some(Sha512) },
    Known { name: ECDSA_SHA256, with: aws::ECDSA_P384_SHA256, bare: Some(Sha256) },
    Known { name: ECDSA_SHA384, with: aws::ECDSA_P384_SHA384, bare: Some(Sha384) },
    Known { name: ECDSA_SHA512, with: aws::ECDSA_P384_SHA512, bare: Some(Sha512) },
    Known { name: ECDSA_SHA256, with: aws::ECDSA_P521_SHA256, bare: Some(Sha256) },
    Known { name: ECDSA_SHA384, with: aws::ECDSA_P521_SHA384, bare: Some(Sha384) },
    Known { name: ECDSA_SHA512, with: aws::ECDSA_P521_SHA512, bare: Some(Sha512) },
    Known { name: "Ed25519", with: aws::ED25519, bare: None },
    Known { name: SM2_SM3, with: &sm2::SM2_SM3, bare: None },
    Known { name: SM2_SM3, with: &sm2::SM2_SM3_NULL, bare: None },
];

/// All of them, for the check of chains.
pub fn all() -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    KNOWN.iter().map(|known| known.with).collect()
}

/// A good signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Good {
    pub name: &'static str,
    pub identifier: Option<Sm2Identifier>,
}

/// Checks a signer's signature with the key of a certificate. `algorithm` is the contents of the `AlgorithmIdentifier` that stands
/// with the signature, `digest` the algorithm with which the signer says that it hashed.
pub fn check(signer: &Certificate, digest: HashAlgorithm, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Result<Good, Problem> {
    let wrong = || Problem::invalid("stamp.signature");
    let (id, _) = oid::algorithm(algorithm, "signatureAlgorithm")?;
    let bare = id == oid::RSA || id == oid::EC_PUBLIC_KEY;
    if signer.key_algorithm == sm2::KEY {
        // Authorities name SM2 in several ways; the key and the digest leave no doubt.
        return if digest == HashAlgorithm::Sm3 && (bare || [oid::SM2_WITH_SM3, oid::SM2_SIGN, oid::SM2].contains(&id)) {
            let identifier = sm2::verify(&signer.key, message, signature).ok_or_else(wrong)?;
            Ok(Good { name: SM2_SM3, identifier: Some(identifier) })
        } else {
            Err(unsupported(id))
        };
    }
    let known = KNOWN
        .iter()
        .filter(|known| known.with.public_key_alg_id().as_ref() == signer.key_algorithm.as_slice())
        .find(|known| if bare { known.bare == Some(digest) } else { known.with.signature_alg_id().as_ref() == algorithm })
        .ok_or_else(|| unsupported(id))?;
    known.with.verify_signature(&signer.key, message, signature).map_err(|_| wrong())?;
    Ok(Good { name: known.name, identifier: None })
}

/// How a certificate was signed, for people; the number when it is none of ours.
pub fn name(certificate: &Certificate) -> String {
    let algorithm = certificate.signature_algorithm.as_slice();
    match KNOWN.iter().find(|known| known.with.signature_alg_id().as_ref() == algorithm) {
        Some(known) => known.name.to_owned(),
        None => oid::algorithm(algorithm, "signatureAlgorithm").ok().and_then(|(id, _)| oid::dotted(id)).unwrap_or_default(),
    }
}

/// The identifier that an issuer's SM2 signature on a certificate covers.
pub fn identifier(certificate: &Certificate, issuer: &Certificate) -> Option<Sm2Identifier> {
    (issuer.key_algorithm == sm2::KEY).then(|| sm2::verify(&issuer.key, certificate.signed(), &certificate.signature))?
}

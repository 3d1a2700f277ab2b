//! What a token proves, in words that a report and a court can use.

use jingui_model::Instant;
use serde::Serialize;

use super::{
    certificate::Certificate,
    digest::HashAlgorithm,
    info::{Accuracy, Info},
    signature::{self, Good},
    sm2::Sm2Identifier,
};

/// Whether the authority is one that the enterprise trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The chain ends at a given root.
    Trusted,
    /// The signature is good, but the chain ends at none of the given roots. Whoever trusts the authority on other grounds may rely on it.
    UnknownAuthority,
}

/// A certificate in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Whose it is.
    pub subject: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// SHA-256 of its DER, in hexadecimal.
    pub fingerprint: String,
    /// From when it counts.
    pub not_before: Instant,
    /// Until when it counts.
    pub not_after: Instant,
    /// How it was signed.
    pub signature: String,
    /// The identifier under an SM2 signature, where the issuer is known.
    pub sm2_identifier: Option<Sm2Identifier>,
}

/// With what the token was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Algorithms {
    /// Hash of what was stamped.
    pub imprint: HashAlgorithm,
    /// Hash of the authority's statement.
    pub digest: HashAlgorithm,
    /// Signature of the authority.
    pub signature: &'static str,
    /// The identifier under an SM2 signature.
    pub sm2_identifier: Option<Sm2Identifier>,
}

/// A token whose signature, contents and dates hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether the authority is trusted.
    pub standing: Standing,
    /// When the authority saw the imprint.
    pub time: Instant,
    /// The same as the token writes it, with every digit.
    pub time_text: String,
    /// How exact the time is, when the token says so.
    pub accuracy: Option<Accuracy>,
    /// Under which policy, with dots.
    pub policy: String,
    /// The number of the token in hexadecimal.
    pub serial: String,
    /// The subject of the authority's certificate.
    pub authority: String,
    /// The authority's certificate first; with a trusted authority the root last, else as far as it is known.
    pub chain: Vec<Link>,
    /// With what it was made.
    pub algorithms: Algorithms,
    /// When the first certificate of the chain ends: before that moment the token wants renewing.
    pub ends: Instant,
}

impl Verdict {
    pub(super) fn new(info: &Info, digest: HashAlgorithm, good: Good, standing: Standing, chain: &[Certificate]) -> Self {
        let issuers = chain.iter().skip(1).map(Some).chain(std::iter::once(None));
        let links: Vec<Link> = chain.iter().zip(issuers).map(|(certificate, issuer)| Link::new(certificate, issuer)).collect();
        Self {
            standing,
            time: info.time,
            time_text: info.time_text.clone(),
            accuracy: info.accuracy,
            policy: info.policy.clone(),
            serial: info.serial.clone(),
            authority: chain.first().map(Certificate::subject).unwrap_or_default(),
            ends: links.iter().map(|link| link.not_after).min().unwrap_or(info.time),
            chain: links,
            algorithms: Algorithms { imprint: info.imprint.algorithm(), digest, signature: good.name, sm2_identifier: good.identifier },
        }
    }

    /// Whether the chain ends at a given root.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.standing == Standing::Trusted
    }
}

impl Link {
    fn new(certificate: &Certificate, issuer: Option<&Certificate>) -> Self {
        // A root has signed itself, when it is one.
        let issuer = issuer.or_else(|| certificate.is_self_issued().then_some(certificate));
        Self {
            subject: certificate.subject(),
            serial: hex::encode(&certificate.serial),
            fingerprint: certificate.fingerprint(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            signature: signature::name(certificate),
            sm2_identifier: issuer.and_then(|issuer| signature::identifier(certificate, issuer)),
        }
    }
}

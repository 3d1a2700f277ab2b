//! From the certificate of an authority to a root that the enterprise trusts, as of the moment that the token states (RFC 5280 6).

use std::time::Duration;

use jingui_model::{Instant, Problem};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject as _};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, KeyUsage, RequiredEkuNotFoundContext};

use super::{
    certificate::{Certificate, DIGITAL_SIGNATURE, KEY_CERT_SIGN, NON_REPUDIATION},
    der::Malformed,
    oid, signature,
};

/// Most intermediate certificates that are tried. With more, all of one name, the search would take long.
const MAX_INTERMEDIATES: usize = 8;

/// The roots that the enterprise trusts. The certificate of an authority may itself be one of them.
#[derive(Debug, Clone, Default)]
pub struct TrustRoots(Vec<Certificate>);

impl TrustRoots {
    /// From certificates in DER.
    ///
    /// # Errors
    /// `stamp.root` when one cannot be read.
    pub fn new<D: AsRef<[u8]>>(certificates: impl IntoIterator<Item = D>) -> Result<Self, Problem> {
        let read = |raw: D| {
            let certificate = Certificate::parse(raw.as_ref()).map_err(|p| root(&p))?;
            webpki::anchor_from_trusted_cert(&CertificateDer::from(raw.as_ref())).map_err(|e| root(&e))?;
            Ok(certificate)
        };
        certificates.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// From a PEM file with any number of certificates.
    ///
    /// # Errors
    /// `stamp.root` when one cannot be read or there is none.
    pub fn from_pem(text: &[u8]) -> Result<Self, Problem> {
        let found: Vec<_> = CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().map_err(|e| root(&e))?;
        if found.is_empty() { Err(root(&"")) } else { Self::new(found) }
    }

    /// The certificates.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }
}

fn root(why: &dyn std::fmt::Display) -> Problem {
    Problem::invalid("stamp.root").detail(why)
}

/// Where the certificate of an authority leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// To a root: the authority's certificate first, the root last.
    Trusted(Vec<Certificate>),
    /// To none that was given.
    Unknown,
}

/// Judges the certificate of an authority. `given` are the other certificates at hand.
pub fn path(signer: &Certificate, given: &[&Certificate], roots: &TrustRoots, at: Instant) -> Result<Path, Problem> {
    dates(signer, at)?;
    purpose(signer)?;
    if roots.0.iter().any(|root| root.raw() == signer.raw()) {
        return Ok(Path::Trusted(vec![signer.clone()]));
    }
    let candidates = candidates(signer, given);
    let valid: Vec<&Certificate> = roots.0.iter().filter(|root| root.covers(at)).collect();
    match search(signer, &candidates, &valid, at) {
        Ok(found) => {
            // webpki leaves the key usage of issuers aside.
            match found.iter().skip(1).find(|c| c.key_usage.is_some_and(|bits| bits & KEY_CERT_SIGN == 0)) {
                Some(issuer) => Err(Problem::invalid("stamp.key_usage").arg("subject", issuer.subject())),
                None => Ok(Path::Trusted(found)),
            }
        }
        Err(Error::UnknownIssuer) => {
            // A root counts only within its dates: say so if that is what is missing.
            let all: Vec<&Certificate> = roots.0.iter().collect();
            match search(signer, &candidates, &all, at) {
                Ok(found) => found.last().map_or(Ok(()), |root| dates(root, at)).map(|()| Path::Unknown),
                Err(_) => Ok(Path::Unknown),
            }
        }
        Err(Error::CertExpired { .. } | Error::CertNotValidYet { .. }) => {
            candidates.iter().try_for_each(|c| dates(c, at))?;
            Err(broken("dates"))
        }
        Err(error) => Err(explain(&error)),
    }
}

/// The certificate was in force at the moment.
fn dates(certificate: &Certificate, at: Instant) -> Result<(), Problem> {
    if certificate.covers(at) {
        return Ok(());
    }
    let (code, limit) = if at < certificate.not_before {
        ("stamp.not_yet_valid", certificate.not_before)
    } else {
        ("stamp.expired", certificate.not_after)
    };
    Err(Problem::invalid(code).arg("subject", certificate.subject()).arg("at", at).arg("limit", limit))
}

/// The key is for time stamps and for nothing else, and says so as critical (RFC 3161 2.3); it may sign.
fn purpose(signer: &Certificate) -> Result<(), Problem> {
    if !signer.purposes.is_some_and(|p| p.critical && p.time_stamping && !p.others) {
        return Err(Problem::invalid("stamp.purpose").arg("subject", signer.subject()));
    }
    let signs = DIGITAL_SIGNATURE | NON_REPUDIATION;
    if signer.key_usage.is_some_and(|bits| bits & signs == 0) {
        return Err(Problem::invalid("stamp.key_usage").arg("subject", signer.subject()));
    }
    Ok(())
}

/// Certificates that could stand between the signer and a root: those whose names lead upwards.
fn candidates<'a>(signer: &Certificate, given: &[&'a Certificate]) -> Vec<&'a Certificate> {
    let mut found: Vec<&Certificate> = Vec::new();
    let mut wanted = vec![signer.issuer.clone()];
    while let Some(issuer) = wanted.pop() {
        for certificate in given.iter().filter(|c| c.subject == issuer && !c.is_self_issued()) {
            if found.len() < MAX_INTERMEDIATES && !found.iter().any(|f| f.raw() == certificate.raw()) {
                found.push(certificate);
                wanted.push(certificate.issuer.clone());
            }
        }
    }
    found
}

/// Issuers, when they limit purposes, must allow time stamps.
struct ForTimeStamps;

impl ExtendedKeyUsageValidator for ForTimeStamps {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let (stamping, any) = (KeyPurposeId::new(oid::TIME_STAMPING), KeyPurposeId::new(oid::ANY_PURPOSE));
        let mut none = true;
        for purpose in purposes {
            let purpose = purpose?;
            if purpose == stamping || purpose == any {
                return Ok(());
            }
            none = false;
        }
        let required = KeyUsage::required(oid::TIME_STAMPING);
        if none { Ok(()) } else { Err(Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext { required, present: Vec::new() })) }
    }
}

/// Lets webpki find a path; gives it back with the root at its end.
fn search(signer: &Certificate, candidates: &[&Certificate], roots: &[&Certificate], at: Instant) -> Result<Vec<Certificate>, Error> {
    let seconds = u64::try_from(at.micros().div_euclid(1_000_000)).map_err(|_| Error::BadDerTime)?;
    let der = |certificates: &[&Certificate]| -> Vec<CertificateDer<'static>> {
        certificates.iter().map(|c| CertificateDer::from(c.raw().to_vec())).collect()
    };
    let (own, between, above) = (CertificateDer::from(signer.raw()), der(candidates), der(roots));
    let anchors: Vec<TrustAnchor<'_>> = above.iter().map(webpki::anchor_from_trusted_cert).collect::<Result<_, _>>()?;
    let end = EndEntityCert::try_from(&own)?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let found = end.verify_for_usage(&signature::all(), &anchors, &between, time, ForTimeStamps, None, None)?;
    let named = |raw: &[u8]| candidates.iter().find(|c| c.raw() == raw).copied().cloned();
    let mut path = vec![signer.clone()];
    path.extend(found.intermediate_certificates().filter_map(|c| named(&c.der())));
    let root = anchors.iter().position(|anchor| anchor == found.anchor()).and_then(|at| roots.get(at).copied());
    path.extend(root.cloned());
    Ok(path)
}

fn broken(reason: &'static str) -> Problem {
    Problem::invalid("stamp.chain").arg("reason", reason)
}

/// What webpki found, in the words of RFC 5280.
fn explain(error: &Error) -> Problem {
    match error {
        Error::InvalidSignatureForPublicKey => Problem::invalid("stamp.chain_signature"),
        Error::EmptyEkuExtension | Error::RequiredEkuNotFoundContext(_) => broken("extKeyUsage"),
        Error::PathLenConstraintViolated => broken("pathLenConstraint"),
        Error::CaUsedAsEndEntity | Error::EndEntityUsedAsCa => broken("basicConstraints"),
        Error::NameConstraintViolation | Error::MalformedNameConstraint => broken("nameConstraints"),
        Error::UnsupportedCriticalExtension => broken("criticalExtension"),
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::SignatureAlgorithmMismatch => broken("signatureAlgorithm"),
        Error::MaximumPathDepthExceeded | Error::MaximumPathBuildCallsExceeded | Error::MaximumSignatureChecksExceeded => broken("length"),
        Error::UnsupportedCertVersion => broken("version"),
        _ => Problem::from(Malformed("certificate")),
    }
    .detail(error)
}

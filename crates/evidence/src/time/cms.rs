//! The envelope of a token: CMS `SignedData` with one signer (RFC 5652 5, RFC 3161 2.4.2).

use aws_lc_rs::digest;
use jingui_model::Problem;

use super::{
    certificate::Certificate,
    der::{Malformed, Reader, Value, tag},
    digest::HashAlgorithm,
    oid,
};

/// Most certificates in one token.
const MAX_CERTIFICATES: usize = 32;
/// Most attributes of a signer.
const MAX_ATTRIBUTES: usize = 32;

/// A parsed envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The DER of the `TSTInfo`.
    pub content: Vec<u8>,
    pub certificates: Vec<Certificate>,
    pub signer: Signer,
}

/// Who signed, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    who: Who,
    pub digest: HashAlgorithm,
    /// The attributes as they are signed: as received, with the tag of a SET (RFC 5652 5.4).
    pub signed: Vec<u8>,
    /// Contents of the `AlgorithmIdentifier`.
    pub algorithm: Vec<u8>,
    pub signature: Vec<u8>,
    pub attributes: Attributes,
}

/// What is signed beside the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Contents of the identifier.
    pub content_type: Vec<u8>,
    pub message_digest: Vec<u8>,
    /// What `signingCertificate` and `signingCertificateV2` say of the signer's certificate.
    pub bound: Vec<Bound>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Number { issuer: Vec<u8>, serial: Vec<u8> },
    Key(Vec<u8>),
}

/// A certificate named by its digest (`ESSCertID`, RFC 2634 5.4.1; `ESSCertIDv2`, RFC 5035).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Nothing stands for SHA-1, which the first version prescribes.
    hash: Option<HashAlgorithm>,
    digest: Vec<u8>,
    /// Names of the issuer and contents of the serial number.
    number: Option<(Vec<Vec<u8>>, Vec<u8>)>,
}

impl Bound {
    /// The first certificate that `SigningCertificate` or `SigningCertificateV2` names: the signer's.
    fn read(value: Value<'_>, newer: bool) -> Result<Self, Problem> {
        const PART: &str = "signingCertificate";
        if value.tag != tag::SEQUENCE {
            return Err(Malformed(PART).into());
        }
        let mut certificates = value.inside(PART).take(tag::SEQUENCE)?.inside(PART);
        let mut id = certificates.take(tag::SEQUENCE)?.inside(PART);
        let algorithm = if newer { id.maybe(tag::SEQUENCE)? } else { None };
        let hash = match algorithm {
            Some(algorithm) => Some(HashAlgorithm::read(algorithm.body, PART)?),
            // RFC 5035 4: SHA-256 unless said.
            None if newer => Some(HashAlgorithm::Sha256),
            None => None,
        };
        let digest = id.take(tag::OCTET_STRING)?.body.to_vec();
        let number = match id.maybe(tag::SEQUENCE)? {
            Some(number) => {
                let mut number = number.inside(PART);
                let mut names = number.take(tag::SEQUENCE)?.inside(PART);
                let mut issuers = Vec::new();
                while !names.is_empty() {
                    let name = names.next()?;
                    if name.tag == tag::constructed(4) {
                        issuers.push(name.body.to_vec());
                    }
                }
                let serial = number.take(tag::INTEGER)?.body.to_vec();
                Some((issuers, serial))
            }
            None => None,
        };
        Ok(Self { hash, digest, number })
    }

    /// Whether this is the certificate.
    pub fn is(&self, certificate: &Certificate) -> bool {
        let found = match self.hash {
            Some(hash) => hash.digest(&[certificate.raw()]),
            None => digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.raw()).as_ref().to_vec(),
        };
        let numbered =
            self.number.as_ref().is_none_or(|(issuers, serial)| *serial == certificate.serial && issuers.contains(&certificate.issuer));
        found == self.digest && numbered
    }
}

impl Signer {
    /// Whether the signer's identifier means this certificate.
    pub fn means(&self, certificate: &Certificate) -> bool {
        match &self.who {
            Who::Number { issuer, serial } => *issuer == certificate.issuer && *serial == certificate.serial,
            Who::Key(key) => certificate.key_identifier.as_ref() == Some(key),
        }
    }
}

impl Signed {
    /// Reads a `ContentInfo` with `SignedData` over a `TSTInfo`.
    pub fn parse(raw: &[u8]) -> Result<Self, Problem> {
        let mut outer = Reader::only(raw, tag::SEQUENCE, "ContentInfo")?.inside("ContentInfo");
        let kind = outer.take(tag::OID)?.body;
        if kind != oid::SIGNED_DATA && kind != oid::SIGNED_DATA_GM {
            return Err(Malformed("contentType").into());
        }
        let explicit = outer.take(tag::constructed(0))?;
        outer.end()?;
        let mut data = Reader::only(explicit.body, tag::SEQUENCE, "SignedData")?.inside("SignedData");
        if !(1..=5).contains(&data.number()?) {
            return Err(Malformed("SignedData").into());
        }
        // The algorithms stand again with the signer.
        data.take(tag::SET)?;
        let content = content(data.take(tag::SEQUENCE)?)?;
        let certificates = match data.maybe(tag::constructed(0))? {
            Some(set) => certificates(set)?,
            None => Vec::new(),
        };
        // Revocation lists.
        data.maybe(tag::constructed(1))?;
        let mut signers = data.take(tag::SET)?.inside("signerInfos");
        data.end()?;
        let signer = Signer::parse(signers.take(tag::SEQUENCE)?)?;
        // RFC 3161 2.4.2: no signature but that of the authority.
        signers.end()?;
        Ok(Self { content, certificates, signer })
    }
}

fn content(value: Value<'_>) -> Result<Vec<u8>, Malformed> {
    const PART: &str = "eContent";
    let mut inside = value.inside(PART);
    if inside.take(tag::OID)?.body != oid::TST_INFO {
        return Err(Malformed("eContentType"));
    }
    let octets = Reader::only(inside.take(tag::constructed(0))?.body, tag::OCTET_STRING, PART)?;
    inside.end()?;
    Ok(octets.body.to_vec())
}

fn certificates(value: Value<'_>) -> Result<Vec<Certificate>, Problem> {
    let mut found = Vec::new();
    let mut set = value.inside("certificates");
    while !set.is_empty() {
        let one = set.next()?;
        // Attribute certificates and the like have tags of their own and say nothing here.
        if one.tag == tag::SEQUENCE {
            if found.len() == MAX_CERTIFICATES {
                return Err(Problem::too_large("stamp.too_many").arg("limit", MAX_CERTIFICATES));
            }
            found.push(Certificate::parse(one.whole)?);
        }
    }
    Ok(found)
}

impl Signer {
    fn parse(value: Value<'_>) -> Result<Self, Problem> {
        const PART: &str = "SignerInfo";
        let mut inside = value.inside(PART);
        inside.number()?;
        let who = match inside.maybe(tag::SEQUENCE)? {
            Some(numbered) => {
                let mut numbered = numbered.inside(PART);
                let issuer = numbered.take(tag::SEQUENCE)?.whole.to_vec();
                let serial = numbered.take(tag::INTEGER)?.body.to_vec();
                numbered.end()?;
                Who::Number { issuer, serial }
            }
            None => Who::Key(inside.take(tag::primitive(0))?.body.to_vec()),
        };
        let digest = HashAlgorithm::read(inside.take(tag::SEQUENCE)?.body, "digestAlgorithm")?;
        let attributes = inside.take(tag::constructed(0))?;
        let algorithm = inside.take(tag::SEQUENCE)?.body.to_vec();
        let signature = inside.take(tag::OCTET_STRING)?.body.to_vec();
        // Attributes that nobody signed prove nothing.
        inside.maybe(tag::constructed(1))?;
        inside.end()?;

        let mut signed = attributes.whole.to_vec();
        if let Some(first) = signed.first_mut() {
            *first = tag::SET;
        }
        Ok(Self { who, digest, signed, algorithm, signature, attributes: Attributes::read(attributes)? })
    }
}

impl Attributes {
    /// Each attribute stands once and has one value (RFC 5652 11).
    fn read(value: Value<'_>) -> Result<Self, Problem> {
        const PART: &str = "signedAttrs";
        let (mut content_type, mut message_digest, mut first, mut second) = (None, None, None, None);
        let mut list = value.inside(PART);
        let mut count = 0;
        while !list.is_empty() {
            count += 1;
            let mut one = list.take(tag::SEQUENCE)?.inside(PART);
            let id = one.take(tag::OID)?.body;
            let mut values = one.take(tag::SET)?.inside(PART);
            one.end()?;
            let slot = match id {
                oid::CONTENT_TYPE => &mut content_type,
                oid::MESSAGE_DIGEST => &mut message_digest,
                oid::SIGNING_CERTIFICATE => &mut first,
                oid::SIGNING_CERTIFICATE_V2 => &mut second,
                _ => continue,
            };
            let only = values.next()?;
            values.end()?;
            if count > MAX_ATTRIBUTES || slot.replace(only).is_some() {
                return Err(Malformed(PART).into());
            }
        }
        let body = |value: Option<Value<'_>>, kind: u8| match value {
            Some(v) if v.tag == kind => Ok(v.body.to_vec()),
            _ => Err(Malformed(PART)),
        };
        let bound = [first.map(|v| Bound::read(v, false)), second.map(|v| Bound::read(v, true))];
        Ok(Self {
            content_type: body(content_type, tag::OID)?,
            message_digest: body(message_digest, tag::OCTET_STRING)?,
            bound: bound.into_iter().flatten().collect::<Result<_, _>>()?,
        })
    }
}

//! X.509 certificates (RFC 5280), as far as a verdict on a time stamp speaks of them.
//!
//! Chains and signatures of certificates are judged by `webpki`; what it does not look at is read here: key usage, whether the
//! purpose stands alone and critical, and the words and dates for people.

use aws_lc_rs::digest;
use jingui_model::{Instant, Problem};

use super::{
    der::{Malformed, Reader, tag},
    moment, name, oid,
};

/// What a mistake in here is called.
const PART: &str = "certificate";

/// A certificate whose outer form is right; its signature is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    raw: Vec<u8>,
    /// Contents of the serial number's INTEGER.
    pub(super) serial: Vec<u8>,
    /// Whole DER of the names.
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) not_before: Instant,
    pub(super) not_after: Instant,
    /// Contents of the public key's `AlgorithmIdentifier`, and the key.
    pub(super) key_algorithm: Vec<u8>,
    pub(super) key: Vec<u8>,
    /// Contents of the `AlgorithmIdentifier` with which it was signed.
    pub(super) signature_algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// Where in `raw` the part stands that was signed.
    signed: std::ops::Range<usize>,
    pub(super) key_identifier: Option<Vec<u8>>,
    /// The bits of `keyUsage` from digitalSignature on, highest first; nothing when it does not limit the key.
    pub(super) key_usage: Option<u8>,
    pub(super) purposes: Option<Purposes>,
}

/// The `extKeyUsage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purposes {
    pub critical: bool,
    pub time_stamping: bool,
    pub others: bool,
}

/// Bits of [`Certificate::key_usage`].
pub const DIGITAL_SIGNATURE: u8 = 0x80;
pub const NON_REPUDIATION: u8 = 0x40;
pub const KEY_CERT_SIGN: u8 = 0x04;

impl Certificate {
    /// Reads one certificate in DER.
    ///
    /// # Errors
    /// `stamp.malformed` when it is not a certificate of version 1 to 3.
    pub fn parse(raw: &[u8]) -> Result<Self, Problem> {
        Ok(Self::read(raw)?)
    }

    fn read(raw: &[u8]) -> Result<Self, Malformed> {
        let whole = Reader::only(raw, tag::SEQUENCE, PART)?;
        // The signed part is the first thing inside.
        let begin = raw.len() - whole.body.len();
        let mut outer = whole.inside(PART);
        let signed = outer.take(tag::SEQUENCE)?;
        let signature_algorithm = outer.take(tag::SEQUENCE)?.body;
        let signature = outer.bit_string()?;
        outer.end()?;
        let mut inside = signed.inside(PART);
        inside.maybe(tag::constructed(0))?;
        let serial = inside.take(tag::INTEGER)?.body;
        inside.take(tag::SEQUENCE)?;
        let issuer = inside.take(tag::SEQUENCE)?.whole;
        let mut validity = inside.take(tag::SEQUENCE)?.inside("validity");
        let (not_before, not_after) = (moment::certificate(validity.next()?)?, moment::certificate(validity.next()?)?);
        validity.end()?;
        let subject = inside.take(tag::SEQUENCE)?.whole;
        let mut key = inside.take(tag::SEQUENCE)?.inside(PART);
        let key_algorithm = key.take(tag::SEQUENCE)?.body;
        let key_bits = key.bit_string()?;
        key.end()?;
        let mut read = Self {
            raw: raw.to_vec(),
            serial: serial.to_vec(),
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            not_before,
            not_after,
            key_algorithm: key_algorithm.to_vec(),
            key: key_bits.to_vec(),
            signature_algorithm: signature_algorithm.to_vec(),
            signature: signature.to_vec(),
            signed: begin..begin + signed.whole.len(),
            key_identifier: None,
            key_usage: None,
            purposes: None,
        };
        // Unique identifiers of version 2.
        inside.maybe(tag::primitive(1))?;
        inside.maybe(tag::primitive(2))?;
        if let Some(extensions) = inside.maybe(tag::constructed(3))? {
            let mut list = Reader::only(extensions.body, tag::SEQUENCE, PART)?.inside(PART);
            while !list.is_empty() {
                let mut one = list.take(tag::SEQUENCE)?.inside(PART);
                let id = one.take(tag::OID)?.body;
                let critical = one.maybe(tag::BOOLEAN)?.is_some_and(|v| v.body != [0]);
                let value = one.take(tag::OCTET_STRING)?.body;
                one.end()?;
                read.extension(id, critical, value)?;
            }
        }
        inside.end()?;
        Ok(read)
    }

    fn extension(&mut self, id: &[u8], critical: bool, value: &[u8]) -> Result<(), Malformed> {
        match id {
            oid::KEY_USAGE => match Reader::only(value, tag::BIT_STRING, "keyUsage")?.body {
                [unused, bits @ ..] if *unused < 8 => self.key_usage = Some(bits.first().copied().unwrap_or(0)),
                _ => return Err(Malformed("keyUsage")),
            },
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.key_identifier = Some(Reader::only(value, tag::OCTET_STRING, "subjectKeyIdentifier")?.body.to_vec());
            }
            oid::EXTENDED_KEY_USAGE => {
                let mut list = Reader::only(value, tag::SEQUENCE, "extKeyUsage")?.inside("extKeyUsage");
                let mut purposes = Purposes { critical, time_stamping: false, others: false };
                while !list.is_empty() {
                    let stamping = list.take(tag::OID)?.body == oid::TIME_STAMPING;
                    purposes.time_stamping |= stamping;
                    purposes.others |= !stamping;
                }
                self.purposes = Some(purposes);
            }
            _ => {}
        }
        Ok(())
    }

    /// The DER, as it was given.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whose it is: `C=CN, O=…, CN=…`.
    #[must_use]
    pub fn subject(&self) -> String {
        Reader::only(&self.subject, tag::SEQUENCE, PART).and_then(|v| name::text(v.body)).unwrap_or_default()
    }

    /// The first moment at which it counts.
    #[must_use]
    pub const fn not_before(&self) -> Instant {
        self.not_before
    }

    /// The last moment at which it counts.
    #[must_use]
    pub const fn not_after(&self) -> Instant {
        self.not_after
    }

    /// SHA-256 of the DER, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(digest::digest(&digest::SHA256, &self.raw))
    }

    /// The bytes that its issuer signed.
    pub(super) fn signed(&self) -> &[u8] {
        self.raw.get(self.signed.clone()).unwrap_or_default()
    }

    /// Whether the instant, cut to its second, lies in the time for which it was issued.
    pub(super) fn covers(&self, at: Instant) -> bool {
        self.not_before <= at && at.micros().div_euclid(1_000_000) <= self.not_after.micros().div_euclid(1_000_000)
    }

    /// Whether it says that it was issued by itself.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }
}

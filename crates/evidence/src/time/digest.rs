//! Hash algorithms that a time stamp may use, and imprints made with them.

use aws_lc_rs::digest;
use jingui_ledger::suite::sm3;
use jingui_model::Problem;
use serde::Serialize;

use super::{
    der::{self, Malformed, tag},
    oid,
};

/// A hash algorithm. SHA-1 is none of them: an imprint made with it proves nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HashAlgorithm {
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
    /// GB/T 32905.
    Sm3,
}

impl HashAlgorithm {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Sha256, Self::Sha384, Self::Sha512, Self::Sm3];

    /// Its name as standards write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sm3 => "SM3",
        }
    }

    /// Bytes in a digest.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha256 | Self::Sm3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of these parts, one after the other.
    #[must_use]
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
            Self::Sm3 => return sm3(parts).to_vec(),
        };
        let mut context = digest::Context::new(algorithm);
        parts.iter().for_each(|part| context.update(part));
        context.finish().as_ref().to_vec()
    }

    pub(super) const fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
            Self::Sm3 => oid::SM3,
        }
    }

    /// From the contents of an `AlgorithmIdentifier`; parameters are absent or NULL.
    pub(super) fn read(body: &[u8], part: &'static str) -> Result<Self, Problem> {
        let (id, parameters) = oid::algorithm(body, part)?;
        if !matches!(parameters, [] | [0x05, 0x00]) {
            return Err(Malformed(part).into());
        }
        Self::ALL.into_iter().find(|h| h.oid() == id).ok_or_else(|| unsupported(id))
    }

    pub(super) fn identifier(self) -> Vec<u8> {
        // RFC 5754: parameters of SHA-2 are absent; some authorities insist on the older NULL, and all accept it.
        der::write(tag::SEQUENCE, &[&der::write(tag::OID, &[self.oid()]), &[0x05, 0x00]])
    }
}

/// An algorithm that is not known here, by its number.
pub(super) fn unsupported(id: &[u8]) -> Problem {
    Problem::invalid("stamp.algorithm").arg("algorithm", oid::dotted(id).unwrap_or_default())
}

/// What is sent to an authority instead of the data: their digest (`MessageImprint`, RFC 3161 2.4.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Imprint {
    algorithm: HashAlgorithm,
    digest: Vec<u8>,
}

impl Imprint {
    /// Of data that are at hand.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, data: &[u8]) -> Self {
        Self { algorithm, digest: algorithm.digest(&[data]) }
    }

    /// Of a digest that was computed elsewhere.
    ///
    /// # Errors
    /// `stamp.malformed` when it has not as many bytes as the algorithm makes.
    pub fn new(algorithm: HashAlgorithm, digest: &[u8]) -> Result<Self, Problem> {
        if digest.len() == algorithm.size() {
            Ok(Self { algorithm, digest: digest.to_vec() })
        } else {
            Err(Malformed("messageImprint").into())
        }
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    pub(super) fn to_der(&self) -> Vec<u8> {
        der::write(tag::SEQUENCE, &[&self.algorithm.identifier(), &der::write(tag::OCTET_STRING, &[&self.digest])])
    }

    pub(super) fn read(value: der::Value<'_>) -> Result<Self, Problem> {
        let mut inside = value.inside("messageImprint");
        let algorithm = inside.take(tag::SEQUENCE)?;
        let digest = inside.take(tag::OCTET_STRING)?;
        inside.end()?;
        Self::new(HashAlgorithm::read(algorithm.body, "messageImprint")?, digest.body)
    }
}

/// What a token is held against.
#[derive(Debug, Clone, Copy)]
pub enum Stamped<'a> {
    /// The data themselves; hashed with whatever algorithm the token names.
    Data(&'a [u8]),
    /// Only their digest is at hand.
    Imprint(&'a Imprint),
}

impl Stamped<'_> {
    /// Whether this imprint is of it.
    #[must_use]
    pub fn matches(&self, imprint: &Imprint) -> bool {
        match self {
            Self::Data(data) => Imprint::of(imprint.algorithm, data) == *imprint,
            Self::Imprint(expected) => **expected == *imprint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        let hex = |h: HashAlgorithm, data: &[u8]| hex::encode(h.digest(&[data]));
        // FIPS 180-4 and GB/T 32905, appendix A: "abc".
        assert_eq!(hex(HashAlgorithm::Sha256, b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hex(HashAlgorithm::Sm3, b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        for h in HashAlgorithm::ALL {
            assert_eq!(h.digest(&[b"a", b"", b"bc"]), h.digest(&[b"abc"]));
            assert_eq!(h.digest(&[]).len(), h.size());
        }
    }

    #[test]
    fn an_imprint_has_as_many_bytes_as_its_algorithm_makes() {
        assert!(Imprint::new(HashAlgorithm::Sm3, &[0; 32]).is_ok());
        assert_eq!(Imprint::new(HashAlgorithm::Sm3, &[0; 31]).map_err(|p| p.code().to_owned()), Err("stamp.malformed".to_owned()));
    }
}

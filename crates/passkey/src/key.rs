//! Public keys of passkeys as `COSE_Key` (RFC 9052, RFC 9053, RFC 8230; Web Authentication, §5.8.5 and §6.5.1.1): the three sorts
//! that are asked for, each with exactly the parameters that it needs.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use crate::{
    Refusal,
    cbor::{Item, Keys, Reader},
};

/// Sorts of keys by their COSE numbers, the best-liked first.
pub const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

/// A public key that was checked, with the bytes it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    cose: Vec<u8>,
    sort: Sort,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Sort {
    Es256(Vec<u8>),
    EdDsa(Vec<u8>),
    Rs256 { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// Reads a key to its last byte.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; [`Refusal::Algorithm`] for one of another sort; [`Refusal::Key`] when the numbers are no key.
    pub fn read(cose: &[u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(cose);
        let Item::Map(count) = reader.item()? else { return Err(Refusal::Malformed) };
        let (mut keys, mut all) = (Keys::default(), Parameters::default());
        for _ in 0..count {
            let Item::Int(label) = reader.key(&mut keys)? else { return Err(Refusal::Malformed) };
            all.0.push((label, reader.item()?));
        }
        if !reader.rest().is_empty() {
            return Err(Refusal::Malformed);
        }
        Ok(Self { cose: cose.to_vec(), sort: all.sort()? })
    }

    /// As it was read, for keeping.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.cose
    }

    /// Did this key sign this?
    ///
    /// # Errors
    /// [`Refusal::Signature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let done = match &self.sort {
            Sort::Es256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map(|k| k.verify_sig(message, signature).is_ok()),
            Sort::EdDsa(point) => ParsedPublicKey::new(&ED25519, point).map(|k| k.verify_sig(message, signature).is_ok()),
            Sort::Rs256 { n, e } => Ok(RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()),
        };
        if done.unwrap_or(false) { Ok(()) } else { Err(Refusal::Signature) }
    }
}

#[derive(Default)]
struct Parameters<'a>(Vec<(i64, Item<'a>)>);

impl<'a> Parameters<'a> {
    fn int(&self, label: i64) -> Option<i64> {
        self.0.iter().find_map(|(l, item)| if let (true, Item::Int(n)) = (*l == label, item) { Some(*n) } else { None })
    }

    fn bytes(&self, label: i64) -> Result<&'a [u8], Refusal> {
        let found = self.0.iter().find_map(|(l, item)| if let (true, Item::Bytes(b)) = (*l == label, item) { Some(*b) } else { None });
        found.ok_or(Refusal::Key)
    }

    fn sort(&self) -> Result<Sort, Refusal> {
        // kty (1), alg (3), then the parameters of the type; -1 is the curve for two of them.
        let exactly = |count: usize, kty: i64, curve: Option<i64>| {
            let fits = self.0.len() == count && self.int(1) == Some(kty) && (curve.is_none() || self.int(-1) == curve);
            if fits { Ok(()) } else { Err(Refusal::Key) }
        };
        match self.int(3) {
            Some(ES256) => {
                exactly(5, 2, Some(1))?;
                let (x, y) = (self.bytes(-2)?, self.bytes(-3)?);
                if x.len() != 32 || y.len() != 32 {
                    return Err(Refusal::Key);
                }
                let point = [&[4], x, y].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point).map_err(|_| Refusal::Key)?;
                Ok(Sort::Es256(point))
            }
            Some(EDDSA) => {
                exactly(4, 1, Some(6))?;
                let point = self.bytes(-2)?.to_vec();
                if point.len() != 32 || ParsedPublicKey::new(&ED25519, &point).is_err() {
                    return Err(Refusal::Key);
                }
                Ok(Sort::EdDsa(point))
            }
            Some(RS256) => {
                exactly(4, 3, None)?;
                let (n, e) = (self.bytes(-1)?, self.bytes(-2)?);
                // 2,048 to 4,096 bits, both without zeros in front, an exponent that is odd and more than one.
                let whole = |number: &[u8]| number.first().is_some_and(|b| *b != 0) && number.last().is_some_and(|b| b & 1 == 1);
                if !(256..=512).contains(&n.len()) || e.len() > 4 || e == [1] || !whole(n) || !whole(e) {
                    return Err(Refusal::Key);
                }
                Ok(Sort::Rs256 { n: n.to_vec(), e: e.to_vec() })
            }
            _ => Err(Refusal::Algorithm),
        }
    }
}

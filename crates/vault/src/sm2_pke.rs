//! Encryption to an SM2 public key (GB/T 32918.4-2016) on the curve of GB/T 32918.5, ciphertexts as C1 ‖ C3 ‖ C2 with an uncompressed C1.
//!
//! The curve is the crate `sm2`'s, the hash `sm3`'s; here is how the standard puts them together. That crate has this too (`pke`), but
//! compares C3 in a time that depends on where it differs and leaves the shared point in memory; the tests hold both against each other.
//!
//! What it cannot do is bind a message to what it is for; that is why [`crate::envelope`] seals no message with it, only a key.

use aws_lc_rs::constant_time;
use jingui_model::{Problem, Rng};
use sm2::{
    ProjectivePoint, PublicKey, SecretKey,
    elliptic_curve::sec1::{Coordinates, ToSec1Point as _},
};
use sm3::{Digest as _, Sm3};
use zeroize::Zeroizing;

use crate::{Key, suite::defect};

/// Bytes of a point: 4, x, y.
pub(crate) const POINT: usize = 65;
const HASH: usize = 32;
/// Bytes that a ciphertext is longer than its message.
pub(crate) const OVERHEAD: usize = POINT + HASH;

/// A point of the curve, from its compressed or uncompressed form.
pub(crate) fn public_key(bytes: &[u8]) -> Option<PublicKey> {
    PublicKey::from_sec1_bytes(bytes).ok()
}

/// The uncompressed form of a point.
pub(crate) fn point(key: &PublicKey) -> Option<[u8; POINT]> {
    key.to_sec1_point(false).as_bytes().try_into().ok()
}

/// A private key: a number from 1 to n - 1.
pub(crate) fn private_key(key: &Key) -> Option<SecretKey> {
    SecretKey::from_slice(key.bytes()).ok()
}

/// A number from 1 to n - 1, each as likely as any other.
///
/// # Errors
/// `vault.defect` when the source of randomness gives none in 256 tries; a good one fails once in 2³² tries.
pub(crate) fn scalar(rng: &dyn Rng) -> Result<Key, Problem> {
    let found = (0..=u8::MAX).map(|_| Key::generate(rng)).find(|key| private_key(key).is_some());
    found.ok_or_else(|| defect("randomness"))
}

/// A message to a public key (6.1).
///
/// # Errors
/// `vault.defect`, which no input can cause but an empty message.
pub(crate) fn encrypt(to: &PublicKey, message: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    let tries = (0..=u8::MAX).find_map(|_| scalar(rng).and_then(|k| encrypt_with(to, message, &k)).transpose());
    tries.ok_or_else(|| defect("sm2"))?
}

/// With this k; nothing when the mask is all zeros and another k has to be drawn (A5).
fn encrypt_with(to: &PublicKey, message: &[u8], k: &Key) -> Result<Option<Vec<u8>>, Problem> {
    let k = private_key(k).ok_or_else(|| defect("sm2"))?;
    let c1 = point(&k.public_key()).ok_or_else(|| defect("sm2"))?;
    // The cofactor is 1, so every point of the curve but infinity, which `PublicKey` is not, passes A3.
    let Some(shared) = Shared::of(to, &k) else { return Err(defect("sm2")) };
    let mut c2 = message.to_vec();
    if !shared.mask(&mut c2) {
        return Ok(None);
    }
    Ok(Some([c1.as_slice(), &shared.hash(message), &c2].concat()))
}

/// The message of a ciphertext (7.1); nothing when it is for another key or was changed.
pub(crate) fn decrypt(own: &SecretKey, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (c1, rest) = sealed.split_first_chunk::<POINT>()?;
    let (c3, c2) = rest.split_first_chunk::<HASH>()?;
    // One form of C1 only: no ciphertext has a second one that opens too.
    let c1 = Some(c1).filter(|c1| c1.first() == Some(&4)).and_then(|c1| public_key(c1))?;
    let shared = Shared::of(&c1, own)?;
    let mut message = Zeroizing::new(c2.to_vec());
    let masked = shared.mask(&mut message);
    let right = constant_time::verify_slices_are_equal(&shared.hash(&message), c3).is_ok();
    (masked && right).then_some(message)
}

/// x2 ‖ y2: the point that sender and recipient can both compute.
struct Shared(Zeroizing<[u8; POINT]>);

impl Shared {
    fn of(key: &PublicKey, scalar: &SecretKey) -> Option<Self> {
        let scalar = Zeroizing::new(scalar.to_nonzero_scalar());
        let product = Zeroizing::new(key.to_projective() * **scalar);
        let product: &ProjectivePoint = &product;
        let bytes = Zeroizing::new(product.to_affine());
        let bytes = bytes.to_sec1_point(false);
        if !matches!(bytes.coordinates(), Coordinates::Uncompressed { .. }) {
            return None;
        }
        let mut out = Zeroizing::new([0; POINT]);
        out.iter_mut().zip(bytes.as_bytes()).for_each(|(to, from)| *to = *from);
        Some(Self(out))
    }

    fn x(&self) -> &[u8] {
        self.0.get(1..=32).unwrap_or_default()
    }

    fn y(&self) -> &[u8] {
        self.0.get(33..).unwrap_or_default()
    }

    /// Adds the mask (5.4.3): SM3(x2 ‖ y2 ‖ counter) for each 32 bytes, from 1. `false` when it is all zeros.
    fn mask(&self, text: &mut [u8]) -> bool {
        let mut any = 0;
        for (counter, part) in (1_u32..).zip(text.chunks_mut(HASH)) {
            let mask = Zeroizing::new(<[u8; HASH]>::from(
                Sm3::new().chain_update(self.x()).chain_update(self.y()).chain_update(counter.to_be_bytes()).finalize(),
            ));
            for (byte, mask) in part.iter_mut().zip(mask.iter()) {
                *byte ^= mask;
                any |= mask;
            }
        }
        any != 0
    }

    /// C3 = SM3(x2 ‖ M ‖ y2).
    fn hash(&self, message: &[u8]) -> [u8; HASH] {
        Sm3::new().chain_update(self.x()).chain_update(message).chain_update(self.y()).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Source;
    use jingui_model::rng::SeededRng;
    use sm2::pke::{DecryptingKey, EncryptingKey};

    fn key(text: &str) -> Key {
        Key::from_bytes(hex::decode(text).unwrap().try_into().unwrap())
    }

    /// GB/T 32918.5-2017, annex C: key, k, message and ciphertext.
    #[test]
    fn encryption_is_that_of_the_standards_example() {
        let own = private_key(&key("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")).unwrap();
        let k = key("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
        let public = own.public_key();
        assert_eq!(
            hex::encode(point(&public).unwrap()),
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
        );
        let sealed = encrypt_with(&public, b"encryption standard", &k).unwrap().unwrap();
        assert_eq!(
            hex::encode(&sealed),
            "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0\
             59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766\
             21886ca989ca9c7d58087307ca93092d651efa"
        );
        assert_eq!(&**decrypt(&own, &sealed).unwrap(), b"encryption standard");
    }

    /// Another implementation of the same standard opens what this one seals, and the other way round.
    #[test]
    fn another_implementation_reads_it_and_is_read() {
        let rng = SeededRng::new(21);
        for len in [1, 16, 31, 32, 33, 64, 100] {
            let own = private_key(&scalar(&rng).unwrap()).unwrap();
            let message: Vec<u8> = (0..len).map(|n| n as u8).collect();
            let theirs = DecryptingKey::new(own.clone());
            assert_eq!(theirs.decrypt(&encrypt(&own.public_key(), &message, &rng).unwrap()).unwrap(), message);
            let sealed = EncryptingKey::new(own.public_key()).encrypt(&mut Source(&rng), &message).unwrap();
            assert_eq!(&**decrypt(&own, &sealed).unwrap(), &message);
            assert_eq!(sealed.len(), len + OVERHEAD);
        }
    }

    #[test]
    fn nothing_changed_and_nothing_of_another_key_opens() {
        let rng = SeededRng::new(22);
        let [own, other] = [(); 2].map(|()| private_key(&scalar(&rng).unwrap()).unwrap());
        let sealed = encrypt(&own.public_key(), b"0123456789abcdef", &rng).unwrap();
        assert!(decrypt(&other, &sealed).is_none());
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(decrypt(&own, &bad).is_none(), "byte {at}");
            assert!(decrypt(&own, &sealed[..at]).is_none());
        }
        // The same point in its two other forms (SEC 1, 2.3.3) is none of ours.
        for tag in [2, 3, 6, 7] {
            let mut bad = sealed.clone();
            bad[0] = tag;
            assert!(decrypt(&own, &bad).is_none());
        }
        assert_eq!(encrypt(&own.public_key(), b"", &rng).unwrap_err().code(), "vault.defect", "an empty message has no mask");
    }

    #[test]
    fn private_keys_are_numbers_below_the_order() {
        let order = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
        let below = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
        assert!(private_key(&key(below)).is_some());
        for bad in [order, &"0".repeat(64), &"f".repeat(64)] {
            assert!(private_key(&key(bad)).is_none());
        }
    }

    /// A source of randomness that gives nothing fit is an error and no endless search.
    #[test]
    fn a_source_without_randomness_is_a_defect() {
        struct Stuck;
        impl Rng for Stuck {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(0);
            }
        }
        assert_eq!(scalar(&Stuck).unwrap_err().code(), "vault.defect");
    }
}

//! A key in shares, of which so many together give it back and fewer say nothing at all (A. Shamir, "How to share a secret", 1979).
//! For the ways to unlock that several custodians hold together, and for the dual control of core secrets.
//!
//! Each byte of the key is the value at 0 of a polynomial over GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1 whose other coefficients are random;
//! a share is its number and the values there. The bytes are those that the crate `blahaj` makes and reads (tested both ways). Nothing
//! is looked up in a table by a secret, and nothing branches on one: numbers of shares are public, their values are not.
//!
//! A share carries no check: whoever hands it over adds one (see [`crate::custody`]), and what the key opens tells whether it is right.

use std::fmt;

use jingui_model::{Problem, Rng};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Key;

/// Bytes of a share: its number, and 32.
pub const SHARE: usize = 33;

/// One share of a key.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Share {
    #[zeroize(skip)]
    number: u8,
    values: Key,
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({}, ..)", self.number)
    }
}

impl Share {
    /// From its bytes: number (1 to 255), then 32.
    ///
    /// # Errors
    /// `vault.share_malformed`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        match bytes.split_first().map(|(number, values)| (*number, <[u8; 32]>::try_from(values))) {
            Some((number, Ok(values))) if number > 0 => Ok(Self { number, values: Key::from_bytes(values) }),
            _ => Err(Problem::invalid("vault.share_malformed")),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> zeroize::Zeroizing<[u8; SHARE]> {
        let mut out = zeroize::Zeroizing::new([self.number; SHARE]);
        out.iter_mut().skip(1).zip(self.values.bytes()).for_each(|(to, from)| *to = *from);
        out
    }

    /// Its number, from 1.
    #[must_use]
    pub const fn number(&self) -> u8 {
        self.number
    }
}

/// Divides a key into `of` shares, of which any `need` give it back.
///
/// # Errors
/// `vault.shares_shape` unless 2 ≤ `need` ≤ `of`: one share that is the key is none.
pub fn split(secret: &Key, need: u8, of: u8, rng: &dyn Rng) -> Result<Vec<Share>, Problem> {
    if need < 2 || need > of {
        return Err(Problem::invalid("vault.shares_shape").arg("need", need).arg("of", of));
    }
    // The highest power first, the secret last.
    let coefficients: Vec<Key> = (1..need).map(|_| Key::generate(rng)).chain([secret.clone()]).collect();
    Ok((1..=of)
        .map(|number| {
            let mut values = zeroize::Zeroizing::new([0; 32]);
            for (at, value) in values.iter_mut().enumerate() {
                *value = coefficients.iter().fold(0, |sum, c| times(sum, number) ^ c.bytes().get(at).copied().unwrap_or_default());
            }
            Share { number, values: Key::from_bytes(*values) }
        })
        .collect())
}

/// The key from shares. With too few of them, or one that is not of this key, it is another key: what the key opens tells.
///
/// # Errors
/// `vault.shares_shape` with fewer than two; `vault.share_twice` when a number occurs twice.
pub fn combine(shares: &[Share]) -> Result<Key, Problem> {
    if shares.len() < 2 {
        return Err(Problem::invalid("vault.shares_shape").arg("need", 2).arg("of", shares.len()));
    }
    let mut key = zeroize::Zeroizing::new([0; 32]);
    for (i, share) in shares.iter().enumerate() {
        // The value at 0 of the polynomial that is 1 here and 0 at the other shares (Lagrange).
        let mut weight = 1;
        for (_, other) in shares.iter().enumerate().filter(|(j, _)| *j != i) {
            if other.number == share.number {
                return Err(Problem::conflict("vault.share_twice").arg("number", share.number));
            }
            weight = times(weight, times(other.number, inverse(other.number ^ share.number)));
        }
        key.iter_mut().zip(share.values.bytes()).for_each(|(sum, value)| *sum ^= times(*value, weight));
    }
    Ok(Key::from_bytes(*key))
}

/// The product in the field, in the same steps whatever the factors are.
const fn times(a: u8, b: u8) -> u8 {
    let (mut a, mut product, mut bit) = (a, 0, 0);
    while bit < 8 {
        product ^= a & 0u8.wrapping_sub((b >> bit) & 1);
        a = (a << 1) ^ (0x1d & 0u8.wrapping_sub(a >> 7));
        bit += 1;
    }
    product
}

/// The inverse: a²⁵⁴, as there are 255 elements that are not 0. Of 0: 0.
const fn inverse(a: u8) -> u8 {
    let (mut power, mut product, mut step) = (a, 1, 0);
    while step < 7 {
        power = times(power, power);
        product = times(product, power);
        step += 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use blahaj::{Share as Theirs, Sharks};
    use jingui_model::rng::SeededRng;
    use proptest::prelude::*;

    fn theirs(share: &Share) -> Theirs {
        Theirs::try_from(share.to_bytes().as_slice()).unwrap()
    }

    #[test]
    fn the_field_is_a_field() {
        for a in 0..=255u8 {
            assert_eq!(times(a, inverse(a)), u8::from(a > 0), "{a}");
            for b in 0..=255u8 {
                assert_eq!(times(a, b), times(b, a));
                assert_eq!(times(a, b ^ 1), times(a, b) ^ a);
            }
        }
        // 2·128 leaves the eight bits and comes back by the polynomial.
        assert_eq!(times(2, 128), 0x1d);
    }

    #[test]
    fn shapes_that_protect_nothing_are_refused() {
        let (key, rng) = (Key::from_bytes([7; 32]), SeededRng::new(1));
        for (need, of) in [(0, 0), (0, 3), (1, 1), (1, 3), (3, 2)] {
            assert_eq!(split(&key, need, of, &rng).unwrap_err().code(), "vault.shares_shape", "{need} of {of}");
        }
        let shares = split(&key, 2, 3, &rng).unwrap();
        assert_eq!(combine(&shares[..1]).unwrap_err().code(), "vault.shares_shape");
        assert_eq!(combine(&[shares[0].clone(), shares[0].clone()]).unwrap_err().code(), "vault.share_twice");
        for bad in [&[][..], &[1; 32], &[1; 34], &[0; 33]] {
            assert_eq!(Share::from_bytes(bad).unwrap_err().code(), "vault.share_malformed");
        }
        assert_eq!(format!("{:?}", shares[1]), "Share(2, ..)");
    }

    /// With one share too few every key is possible: for each there is a missing share that gives it.
    #[test]
    fn one_share_too_few_tells_nothing() {
        let shares = split(&Key::from_bytes([7; 32]), 2, 2, &SeededRng::new(1)).unwrap();
        let mut keys = std::collections::HashSet::new();
        for last in 0..=255 {
            let mut other = *shares[1].to_bytes();
            other[SHARE - 1] = last;
            keys.insert(*combine(&[shares[0].clone(), Share::from_bytes(&other).unwrap()]).unwrap().bytes());
        }
        assert_eq!(keys.len(), 256);
    }

    proptest! {
        #[test]
        fn any_so_many_give_the_key_back_and_another_implementation_agrees(
            secret: [u8; 32], seed: u64, need in 2u8..8, more in 0u8..8, skip in 0usize..8,
        ) {
            let key = Key::from_bytes(secret);
            let shares = split(&key, need, need + more, &SeededRng::new(seed)).unwrap();
            let from = skip % (usize::from(more) + 1);
            let some = &shares[from..from + usize::from(need)];
            prop_assert!(combine(some).unwrap() == key);
            prop_assert_eq!(Sharks(need).recover(some.iter().map(theirs).collect::<Vec<_>>().as_slice()).unwrap(), secret);
            let read: Vec<Share> = some.iter().map(|s| Share::from_bytes(&*s.to_bytes()).unwrap()).collect();
            prop_assert!(combine(&read).unwrap() == key);
            if need > 2 {
                prop_assert!(combine(&some[1..]).unwrap() != key);
            }
        }

        #[test]
        fn shares_that_another_implementation_made_are_understood(secret: [u8; 32], need in 2u8..6) {
            let made: Vec<Share> = Sharks(need).dealer(&secret).take(6).map(|s| Share::from_bytes(&Vec::from(&s)).unwrap()).collect();
            prop_assert!(combine(&made[6 - usize::from(need)..]).unwrap() == Key::from_bytes(secret));
        }
    }
}

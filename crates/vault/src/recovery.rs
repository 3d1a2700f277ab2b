//! The recovery code: 32 random bytes on paper, for the day when passphrase and key file are gone.
//!
//! 256 bits are 52 symbols of Crockford's base 32 (no I, L, O, U), in 13 groups of four symbols
//! and a check symbol: `XXXXC-XXXXC-…`. The check is a Reed–Solomon style sum over GF(2⁵) that
//! takes in the group's number, so any one wrong symbol and any two swapped symbols of a group,
//! and any group in the wrong place, are noticed and the group is named. It guards against
//! slips of the pen, not against people; the secrecy is in the 256 bits.

use jingui_model::{Problem, Rng};
use zeroize::Zeroizing;

use crate::Key;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 13;
const DATA: usize = 4;
const GROUP: usize = DATA + 1;

/// Most characters read; more than any honest spelling has.
const MAX_INPUT: usize = 1024;

/// A new recovery code, in capitals with hyphens (77 characters), to be printed and locked away.
#[must_use]
pub fn generate_recovery_code(rng: &dyn Rng) -> String {
    format(&Key::generate(rng))
}

/// Multiplication by x in GF(2⁵) modulo x⁵ + x² + 1.
const fn times_x(a: u8) -> u8 {
    let shifted = a << 1;
    if shifted & 0x20 == 0 { shifted } else { shifted ^ 0x25 }
}

/// Weights x, x², x³, x⁴ for the four symbols and 1 for the group's number.
fn check(number: u8, data: &[u8]) -> u8 {
    let sum = data.iter().rev().fold(0, |sum, d| times_x(sum ^ d));
    sum ^ number
}

fn symbol(value: u8) -> char {
    ALPHABET.get(usize::from(value)).map_or('?', |b| char::from(*b))
}

fn format(key: &Key) -> String {
    let mut digits = Zeroizing::new(Vec::with_capacity(GROUPS * DATA));
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in key.bytes() {
        bits = (bits << 8 | u32::from(*byte)) & 0xffff;
        held += 8;
        while held >= 5 {
            held -= 5;
            digits.push(low5(bits >> held));
        }
    }
    digits.push(low5(bits << (5 - held)));
    let mut out = String::with_capacity(GROUPS * (GROUP + 1));
    for (number, group) in (0u8..).zip(digits.chunks(DATA)) {
        if number > 0 {
            out.push('-');
        }
        out.extend(group.iter().map(|d| symbol(*d)));
        out.push(symbol(check(number, group)));
    }
    out
}

const fn low5(bits: u32) -> u8 {
    (bits & 0x1f) as u8
}

/// The symbol that a person meant: any case, O for 0, I and L for 1.
fn read(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|b| char::from(*b) == c).and_then(|p| u8::try_from(p).ok())
}

/// The key in a recovery code, in any case, with or without spaces, hyphens and line ends.
///
/// # Errors
/// `vault.recovery_group` with the number (from 1) of the first group that has a slip, or
/// `vault.recovery_length` with the number of symbols wanted and found.
pub fn parse(text: &str) -> Result<Key, Problem> {
    let wrong = |group: usize| Problem::invalid("vault.recovery_group").arg("group", group + 1).at("recovery");
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '—' | '－');
    let short = text.len() <= MAX_INPUT;
    let count = if short { text.chars().filter(|c| !is_gap(*c)).count() } else { text.len() };
    if count != GROUPS * GROUP {
        // With the groups written apart, the one that lost or gained a symbol can still be named.
        let mut groups = text.split(is_gap).filter(|g| !g.is_empty());
        if short
            && groups.clone().count() == GROUPS
            && let Some(at) = groups.position(|g| g.chars().count() != GROUP)
        {
            return Err(wrong(at));
        }
        return Err(Problem::invalid("vault.recovery_length").arg("want", GROUPS * GROUP).arg("found", count).at("recovery"));
    }
    let digits: Zeroizing<Vec<Option<u8>>> = Zeroizing::new(text.chars().filter(|c| !is_gap(*c)).map(read).collect());
    let mut key = Zeroizing::new([0u8; 32]);
    let mut slots = key.iter_mut();
    let (mut bits, mut held) = (0u32, 0u32);
    for (number, group) in (0u8..).zip(digits.chunks(GROUP)) {
        let values: Zeroizing<Vec<u8>> = Zeroizing::new(group.iter().copied().flatten().collect());
        let Some((sum, data)) = values.split_last().filter(|(sum, data)| data.len() == DATA && **sum == check(number, data)) else {
            return Err(wrong(usize::from(number)));
        };
        debug_assert!(*sum < 32);
        for d in data {
            bits = (bits << 5 | u32::from(*d)) & 0xffff;
            held += 5;
            if held >= 8 {
                held -= 8;
                if let Some(slot) = slots.next() {
                    *slot = (bits >> held & 0xff) as u8;
                }
            }
        }
    }
    // The last four bits carry nothing and must be zero: one code has one spelling.
    if bits & 0xf == 0 { Ok(Key::from_bytes(*key)) } else { Err(wrong(GROUPS - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;
    use proptest::prelude::*;

    fn group_of(text: &str) -> String {
        parse(text).err().filter(|e| e.code() == "vault.recovery_group").map(|e| e.args()[0].1.clone()).unwrap_or_default()
    }

    #[test]
    fn the_shape_is_thirteen_groups_of_five() {
        let code = generate_recovery_code(&SeededRng::new(8));
        assert_eq!(code.len(), 77);
        assert!(code.split('-').all(|g| g.len() == 5) && code.split('-').count() == 13);
    }

    #[test]
    fn case_gaps_and_confused_letters_do_not_matter() {
        let key = Key::from_bytes([0x08; 32]);
        let code = format(&key);
        assert!(code.contains('0') && code.contains('1'));
        for text in [
            code.to_lowercase(),
            code.replace('-', ""),
            code.replace('-', " \n"),
            code.replace('0', "O").replace('1', "l"),
            code.replace('0', "o").replace('1', "I"),
        ] {
            assert!(parse(&text).unwrap() == key, "{text}");
        }
    }

    #[test]
    fn any_wrong_symbol_and_any_swap_within_a_group_is_located() {
        let code = generate_recovery_code(&SeededRng::new(9));
        for at in (0..code.len()).filter(|at| at % 6 != 5) {
            let group = (at / 6 + 1).to_string();
            for other in ALPHABET.iter().chain(b"U*").filter(|b| **b != code.as_bytes()[at]) {
                let mut bad = code.clone().into_bytes();
                bad[at] = *other;
                assert_eq!(group_of(&String::from_utf8(bad).unwrap()), group);
            }
            for with in at + 1..(at / 6 * 6 + 5) {
                let mut bad = code.clone().into_bytes();
                bad.swap(at, with);
                if bad != code.as_bytes() {
                    assert_eq!(group_of(&String::from_utf8(bad).unwrap()), group, "swap {at} {with}");
                }
            }
        }
    }

    #[test]
    fn groups_in_the_wrong_order_and_lost_symbols_are_located() {
        let code = generate_recovery_code(&SeededRng::new(10));
        let mut groups: Vec<_> = code.split('-').collect();
        groups.swap(2, 7);
        assert_eq!(group_of(&groups.join("-")), "3");
        let mut lost = code.clone();
        lost.remove(25);
        assert_eq!(group_of(&lost), "5");
        assert_eq!(parse(&lost.replace('-', "")).unwrap_err().code(), "vault.recovery_length");
        assert_eq!(parse("").unwrap_err().code(), "vault.recovery_length");
        assert_eq!(parse(&"0".repeat(100_000)).unwrap_err().code(), "vault.recovery_length");
    }

    proptest! {
        #[test]
        fn every_key_reads_back(bytes: [u8; 32]) {
            let key = Key::from_bytes(bytes);
            prop_assert!(parse(&format(&key)).unwrap() == key);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,90}") {
            let _ = parse(&text);
        }
    }
}

//! Secrets on paper: bytes as symbols that a person can copy, with checks that name the group in which a slip is.
//!
//! Crockford's base 32 (no I, L, O, U), in groups of four symbols and a check symbol: `XXXXC-XXXXC-…`. The check is a
//! Reed–Solomon style sum over GF(2⁵) that takes in the group's number, so any one wrong symbol and any two swapped symbols of a
//! group, and any group in the wrong place, are noticed and the group is named. It guards against slips of the pen, not against
//! people.

use jingui_model::Problem;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DATA: usize = 4;
const GROUP: usize = DATA + 1;

/// Most characters read; more than any honest spelling has.
const MAX_INPUT: usize = 1024;

/// Groups that so many bytes take.
const fn groups_of(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5).div_ceil(DATA)
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

const fn low5(bits: u32) -> u8 {
    (bits & 0x1f) as u8
}

/// The bytes as they are printed, in capitals with hyphens.
pub(crate) fn write(bytes: &[u8]) -> String {
    let mut digits = Zeroizing::new(Vec::with_capacity(groups_of(bytes.len()) * DATA));
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8 | u32::from(*byte)) & 0xffff;
        held += 8;
        while held >= 5 {
            held -= 5;
            digits.push(low5(bits >> held));
        }
    }
    if held > 0 {
        digits.push(low5(bits << (5 - held)));
    }
    digits.resize(groups_of(bytes.len()) * DATA, 0);
    let mut out = String::with_capacity(digits.len() / DATA * (GROUP + 1));
    for (number, group) in (0u8..).zip(digits.chunks(DATA)) {
        if number > 0 {
            out.push('-');
        }
        out.extend(group.iter().map(|d| symbol(*d)));
        out.push(symbol(check(number, group)));
    }
    out
}

/// The symbol that a person meant: any case, O for 0, I and L for 1.
fn meant(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|b| char::from(*b) == c).and_then(|p| u8::try_from(p).ok())
}

/// So many bytes from what was printed, in any case, with or without spaces, hyphens and line ends.
///
/// # Errors
/// `vault.recovery_group` with the number (from 1) of the first group that has a slip, or
/// `vault.recovery_length` with the number of symbols wanted and found.
pub(crate) fn read(text: &str, bytes: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let groups = groups_of(bytes);
    let wrong = |group: usize| Problem::invalid("vault.recovery_group").arg("group", group + 1).at("recovery");
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '—' | '－');
    let short = text.len() <= MAX_INPUT;
    let count = if short { text.chars().filter(|c| !is_gap(*c)).count() } else { text.len() };
    if count != groups * GROUP {
        // With the groups written apart, the one that lost or gained a symbol can still be named.
        let mut written = text.split(is_gap).filter(|g| !g.is_empty());
        if short
            && written.clone().count() == groups
            && let Some(at) = written.position(|g| g.chars().count() != GROUP)
        {
            return Err(wrong(at));
        }
        return Err(Problem::invalid("vault.recovery_length").arg("want", groups * GROUP).arg("found", count).at("recovery"));
    }
    let digits: Zeroizing<Vec<Option<u8>>> = Zeroizing::new(text.chars().filter(|c| !is_gap(*c)).map(meant).collect());
    let mut out = Zeroizing::new(Vec::with_capacity(bytes));
    let (mut bits, mut held, mut spare) = (0u32, 0u32, 0u32);
    for (number, group) in (0u8..).zip(digits.chunks(GROUP)) {
        let values: Zeroizing<Vec<u8>> = Zeroizing::new(group.iter().copied().flatten().collect());
        let Some((_, data)) = values.split_last().filter(|(sum, data)| data.len() == DATA && **sum == check(number, data)) else {
            return Err(wrong(usize::from(number)));
        };
        for d in data {
            bits = (bits << 5 | u32::from(*d)) & 0xffff;
            held += 5;
            if out.len() == bytes {
                spare |= bits & ((1 << held) - 1);
                held = 0;
            } else if held >= 8 {
                held -= 8;
                out.push((bits >> held & 0xff) as u8);
            }
        }
    }
    // What is left over carries nothing and must be zero: one code has one spelling.
    spare |= bits & ((1 << held) - 1);
    if spare == 0 && out.len() == bytes { Ok(out) } else { Err(wrong(groups - 1)) }
}

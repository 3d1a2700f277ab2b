//! The recovery code: 32 random bytes on paper, for the day when passphrase and key file are gone.
//!
//! 256 bits are 52 symbols in 13 groups; how they are written and checked stands in `printed.rs`. The secrecy is in the 256 bits.

use jingui_model::{Problem, Rng};

use crate::{Key, printed};

/// A new recovery code, in capitals with hyphens (77 characters), to be printed and locked away.
#[must_use]
pub fn generate_recovery_code(rng: &dyn Rng) -> String {
    printed::write(Key::generate(rng).bytes())
}

/// The key in a recovery code, in any case, with or without spaces, hyphens and line ends.
///
/// # Errors
/// `vault.recovery_group` with the number (from 1) of the first group that has a slip, or
/// `vault.recovery_length` with the number of symbols wanted and found.
pub fn parse(text: &str) -> Result<Key, Problem> {
    let bytes = printed::read(text, 32)?;
    bytes.as_slice().try_into().map(Key::from_bytes).map_err(|_| crate::suite::defect("recovery"))
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
        let code = printed::write(key.bytes());
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
            for other in b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".iter().chain(b"U*").filter(|b| **b != code.as_bytes()[at]) {
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
            prop_assert!(parse(&printed::write(key.bytes())).unwrap() == key);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,90}") {
            let _ = parse(&text);
        }
    }
}

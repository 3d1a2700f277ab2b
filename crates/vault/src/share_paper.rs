//! Shares of the root on paper: one sheet for each custodian, so that some of them together unlock and nobody alone does.
//!
//! A sheet is forty bytes, printed in sixteen groups (`printed.rs`): version (1), set (5: which sheets belong together), how many are needed
//! (1), then the share of `shares.rs` (number 1, values 32). Nothing of it is kept; the set and the numbers are no secret.

use jingui_model::{Problem, Rng};
use zeroize::Zeroizing;

use crate::{
    Key, printed,
    shares::{SHARE, Share, combine, split},
};

const VERSION: u8 = 1;
const SET: usize = 5;
const SHEET: usize = 1 + SET + 1 + SHARE;

/// Most sheets of a set.
pub const SHEETS_MAX: u8 = 16;

/// A sheet that was read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Which sheets belong together.
    pub set: [u8; SET],
    /// How many are needed.
    pub need: u8,
    /// Its share.
    pub share: Share,
}

impl Sheet {
    /// Reads a sheet as it was typed.
    ///
    /// # Errors
    /// `vault.recovery_group`, `vault.recovery_length`: what is wrong with the text; `vault.share_malformed`.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("vault.share_malformed");
        let bytes = printed::read(text, SHEET)?;
        let ([version, set @ .., need], share) = bytes.split_first_chunk::<{ 1 + SET + 1 }>().ok_or_else(malformed)?;
        if *version != VERSION || *need < 2 {
            return Err(malformed());
        }
        Ok(Self { set: *set, need: *need, share: Share::from_bytes(share)? })
    }
}

/// The key of a new way to unlock, divided: the sheets' texts, one to a line.
///
/// # Errors
/// `vault.shares_shape` unless 2 ≤ `need` ≤ `of` ≤ [`SHEETS_MAX`].
pub fn generate_sheets(need: u8, of: u8, rng: &dyn Rng) -> Result<String, Problem> {
    if of > SHEETS_MAX {
        return Err(Problem::invalid("vault.shares_shape").arg("need", need).arg("of", of));
    }
    let set: [u8; SET] = rng.array();
    let write = |share: &Share| {
        let bytes = Zeroizing::new([[VERSION].as_slice(), &set, &[need], &*share.to_bytes()].concat());
        printed::write(&bytes)
    };
    Ok(split(&Key::generate(rng), need, of, rng)?.iter().map(write).collect::<Vec<_>>().join("\n"))
}

/// The key from sheets, one to a line.
///
/// # Errors
/// As [`Sheet::read`]; `vault.sheets_mixed` when they do not belong together; `vault.share_twice`; `vault.sheets_missing` with how many are
/// still missing.
pub fn gather(text: &str) -> Result<Key, Problem> {
    let sheets: Vec<Sheet> = text.lines().filter(|l| !l.trim().is_empty()).map(Sheet::read).collect::<Result<_, _>>()?;
    let Some(first) = sheets.first() else { return Err(Problem::invalid("vault.sheets_missing").arg("missing", 2)) };
    if sheets.iter().any(|s| s.set != first.set || s.need != first.need) {
        return Err(Problem::invalid("vault.sheets_mixed"));
    }
    let need = usize::from(first.need);
    if sheets.len() < need {
        return Err(Problem::invalid("vault.sheets_missing").arg("missing", need - sheets.len()));
    }
    combine(&sheets.into_iter().map(|s| s.share).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;

    fn code<T>(result: Result<T, Problem>) -> String {
        result.err().map(|p| p.code().to_owned()).unwrap_or_default()
    }

    #[test]
    fn any_so_many_sheets_give_the_key_and_fewer_say_how_many_are_missing() {
        let rng = SeededRng::new(1);
        let text = generate_sheets(3, 5, &rng).unwrap();
        let sheets: Vec<&str> = text.lines().collect();
        assert_eq!((sheets.len(), sheets[0].len()), (5, 95));
        let key = gather(&text).unwrap();
        for some in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
            let typed = some.map(|n| sheets[n].to_lowercase().replace('-', " ")).join("\n\n");
            assert!(gather(&typed).unwrap() == key);
        }
        for (some, missing) in [(vec![], "2"), (vec![0], "2"), (vec![0, 3], "1")] {
            let typed: Vec<&str> = some.iter().map(|n: &usize| sheets[*n]).collect();
            let problem = gather(&typed.join("\n")).unwrap_err();
            assert_eq!((problem.code(), problem.args()[0].1.as_str()), ("vault.sheets_missing", missing));
        }
    }

    #[test]
    fn slips_are_named_and_other_sets_are_told_apart() {
        let rng = SeededRng::new(2);
        let (one, two) = (generate_sheets(2, 3, &rng).unwrap(), generate_sheets(2, 3, &rng).unwrap());
        let (one, two): (Vec<&str>, Vec<&str>) = (one.lines().collect(), two.lines().collect());
        assert_eq!(code(gather(&[one[0], two[1]].join("\n"))), "vault.sheets_mixed");
        assert_eq!(code(gather(&[one[0], one[0]].join("\n"))), "vault.share_twice");
        let at = 31;
        let other = if one[0].as_bytes()[at] == b'7' { "8" } else { "7" };
        let slip = format!("{}{other}{}", &one[0][..at], &one[0][at + 1..]);
        let problem = Sheet::read(&slip).unwrap_err();
        assert_eq!((problem.code(), problem.args()[0].1.as_str()), ("vault.recovery_group", "6"));
        assert_eq!(code(Sheet::read(&one[0][..80])), "vault.recovery_length");
        for (need, of) in [(1, 3), (0, 0), (4, 3), (2, 17)] {
            assert_eq!(code(generate_sheets(need, of, &rng)), "vault.shares_shape");
        }
    }
}

//! Names of files in a package: safe to unpack on any system, each different from every other.

use std::collections::BTreeMap;

use jingui_model::Problem;
use unicode_normalization::UnicodeNormalization as _;

/// Longest name in bytes of UTF-8.
const MAX_NAME: usize = 512;
/// Longest part between two slashes.
const MAX_PART: usize = 255;
/// Most parts.
const MAX_DEPTH: usize = 16;

/// Whether a relative path with slashes leads nowhere but down, and reads the same everywhere: no empty part, no `.` or `..`, no
/// backslash, colon, control or direction mark, no part that ends in a dot or space (Windows drops these).
pub fn is_safe(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.len() <= MAX_PART && !part.ends_with(['.', ' ']) && !part.starts_with(' ') && !part.chars().any(is_bad)
    };
    name.len() <= MAX_NAME && name.split('/').count() <= MAX_DEPTH && name.split('/').all(part)
}

fn is_bad(c: char) -> bool {
    c.is_control() || matches!(c, '\\' | ':' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Refuses a name that is not safe.
pub fn check(name: &str) -> Result<(), Problem> {
    if is_safe(name) { Ok(()) } else { Err(Problem::invalid("package.name").arg("path", shown(name.as_bytes()))) }
}

/// A name that may be anything, for a message.
pub fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(200).map(|c| if is_bad(c) && c != ':' && c != '\\' { '\u{fffd}' } else { c }).collect()
}

/// Which names are taken. Names that differ only in case or in how a character is composed would overwrite each other on some systems.
#[derive(Debug, Default)]
pub struct Taken(BTreeMap<String, bool>);

impl Taken {
    /// Takes a safe name for a file, or a folder that is listed as such.
    pub fn take(&mut self, name: &str, is_folder: bool) -> Result<(), Problem> {
        let twice = || Problem::invalid("package.duplicate").arg("path", shown(name.as_bytes()));
        let folded: String = name.nfc().flat_map(char::to_lowercase).nfc().collect();
        // Every folder above it is a folder, and is no file.
        for (at, _) in folded.match_indices('/') {
            let above = folded.get(..at).unwrap_or_default();
            if !*self.0.entry(above.to_owned()).or_insert(true) {
                return Err(twice());
            }
        }
        match self.0.insert(folded, is_folder) {
            None => Ok(()),
            // A folder that is listed beside its files overwrites nothing.
            Some(true) if is_folder => Ok(()),
            Some(_) => Err(twice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_down_and_read_the_same_everywhere() {
        for good in ["a", "data/热处理 曲线.pdf", "data/a.b/c-d_e", "data/100%.txt", "a/b/c/d/e/f/g/h"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a/..",
            ".",
            "a/./b",
            "a//b",
            "a/",
            "a\\b",
            "C:/a",
            "a\0b",
            "a\nb",
            "a./b",
            "a ",
            " a",
            "a\u{202e}fdp.exe",
            "a\u{feff}",
        ] {
            assert!(!is_safe(bad), "{bad:?}");
        }
        assert!(!is_safe(&"a/".repeat(40)) && !is_safe(&"a".repeat(256)) && is_safe(&"a".repeat(255)));
    }

    #[test]
    fn names_that_would_overwrite_each_other_are_one() {
        for (first, second) in [("a", "a"), ("data/A", "data/a"), ("a\u{308}", "\u{e4}"), ("a", "a/b"), ("a/b", "a"), ("A/b", "a")] {
            let mut taken = Taken::default();
            assert!(taken.take(first, false).is_ok());
            assert_eq!(taken.take(second, false).map_err(|p| p.code().to_owned()), Err("package.duplicate".to_owned()), "{first} {second}");
        }
        let mut taken = Taken::default();
        assert!(taken.take("a/b", false).is_ok() && taken.take("a", true).is_ok() && taken.take("a/c", false).is_ok());
    }
}

//! Where everything stands in a package (`docs/evidence-package.md`, "The container").

use crate::package::name;

/// The index.
pub const INDEX: &str = "data/index.json";
/// Papers for reading; each may be absent.
pub const PAPERS: [&str; 4] = ["data/report.html", "data/report.pdf", "data/HOW-TO-CHECK.zh.md", "data/verify.html"];
/// The folders of numbered files.
pub const STAMPS: &str = "data/stamps/";
/// See [`STAMPS`].
pub const COSIGNED: &str = "data/cosigned/";
/// Longest name of a disclosed file in bytes.
const MAX_NAME: usize = 180;

/// The bytes of an entry.
pub fn entry(index: u64) -> String {
    format!("data/entries/{index}.json")
}

/// The disclosed fields of an entry.
pub fn opened(index: u64) -> String {
    format!("data/entries/{index}.opened.json")
}

/// The proof of an entry.
pub fn proof(index: u64) -> String {
    format!("data/entries/{index}.tlog-proof")
}

/// The proof of an entry in the twin.
pub fn twin_proof(index: u64) -> String {
    format!("data/entries/{index}.sm3.tlog-proof")
}

/// A disclosed file.
pub fn file(sha256: &str, name: &str) -> String {
    format!("data/files/{sha256}/{}", safe_name(name))
}

/// A file from outside; places count from 1.
pub fn outside(place: usize, name: &str) -> String {
    format!("data/outside/{place}/{}", safe_name(name))
}

/// A file in a numbered folder.
pub fn numbered(folder: &str, number: u64, ending: &str) -> String {
    format!("{folder}{number}.{ending}")
}

/// A root.
pub fn trust(name: &str) -> String {
    format!("data/trust/{name}")
}

/// A name under which a file can be unpacked anywhere: what some system refuses becomes `_`.
#[must_use]
pub fn safe_name(given: &str) -> String {
    let mut safe = String::new();
    for c in given.chars() {
        let c = if matches!(c, '/' | '<' | '>' | '"' | '|' | '?' | '*') || !name::is_safe(&format!("a{c}a")) { '_' } else { c };
        if safe.len() + c.len_utf8() > MAX_NAME {
            break;
        }
        safe.push(c);
    }
    let trimmed = safe.trim_matches([' ', '.']);
    if name::is_safe(trimmed) { trimmed.to_owned() } else { "file".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_safe_and_stay_readable() {
        for (given, safe) in [
            ("热处理曲线.pdf", "热处理曲线.pdf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a:b\\c\u{202e}d?.txt", "a_b_c_d_.txt"),
            (" . ", "file"),
            ("", "file"),
        ] {
            assert_eq!(safe_name(given), safe);
        }
        assert!(name::is_safe(&file(&"a".repeat(64), &"密".repeat(400))));
    }
}

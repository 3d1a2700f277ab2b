//! Lists of digests (RFC 8493 2.1.3, 2.2.1): one line for each file, the digest in hexadecimal, two spaces, the path.

use std::collections::BTreeMap;

use crate::{package::name::is_safe, time::HashAlgorithm};

/// The list of these files, in the order of their paths.
pub fn write<'a>(algorithm: HashAlgorithm, files: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>) -> Vec<u8> {
    let sorted: BTreeMap<_, _> = files.into_iter().collect();
    let line = |(path, bytes): (&String, &Vec<u8>)| format!("{}  {}\n", hex::encode(algorithm.digest(&[bytes])), encode(path));
    sorted.into_iter().map(line).collect::<String>().into_bytes()
}

/// Paths and digests of a list; nothing when a line is not as it should be, a path unsafe or listed twice.
pub fn read(algorithm: HashAlgorithm, text: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut found = BTreeMap::new();
    for line in text.lines() {
        // Between digest and path stands any white space; no safe path begins with it.
        let (digest, path) = line.split_once([' ', '\t'])?;
        let digest = hex::decode(digest).ok().filter(|d| d.len() == algorithm.size())?;
        let path = decode(path.trim_start_matches([' ', '\t']))?;
        if !is_safe(&path) || found.insert(path, digest).is_some() {
            return None;
        }
    }
    Some(found)
}

/// RFC 8493 2.1.3: line feed, carriage return and percent sign are written in hexadecimal. The first two are in no safe name.
fn encode(path: &str) -> String {
    path.replace('%', "%25")
}

fn decode(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        // The others would be no safe name anyway.
        out.push('%');
        out.push_str(part.strip_prefix("25")?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_and_read_again() {
        let files = BTreeMap::from([("data/b%25".to_owned(), b"2".to_vec()), ("data/热 处理".to_owned(), vec![])]);
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sm3] {
            let read = read(algorithm, &write(algorithm, &files));
            let digests = files.iter().map(|(path, bytes)| (path.clone(), algorithm.digest(&[bytes]))).collect();
            assert_eq!(read, Some(digests));
        }
        let text = write(HashAlgorithm::Sha256, &files);
        assert!(text.starts_with(b"d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35  data/b%2525\n"));
    }

    #[test]
    fn lines_out_of_form_are_refused() {
        let digest = "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35";
        let good = |text: String| read(HashAlgorithm::Sha256, text.as_bytes()).is_some();
        for line in ["data/a", "  data/a", "\tdata/a", "  data/%25", " *a"] {
            assert!(good(format!("{digest} {line}\r\n")), "{line}");
        }
        for line in ["", " ../a", " /a", " data/%0A", " data/%", " data/a\n\n", " a\n{digest} a"] {
            assert!(!good(format!("{digest}{}", line.replace("{digest}", digest))), "{line}");
        }
        assert!(!good(format!("{} data/a", &digest[2..])) && !good(format!("x{} data/a", &digest[1..])));
    }
}

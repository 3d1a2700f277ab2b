//! The key file: one line of text that unlocks, for a server that must start without a person.
//!
//! `JINGUI-KEY-1 <32 bytes in base64> <checksum>`: the checksum is the first four bytes of
//! SHA-256 over the words before it, in hexadecimal, so that a damaged copy is told apart from a
//! wrong key. A line end after it is accepted, nothing else.

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_model::{Problem, Rng};
use zeroize::Zeroizing;

use crate::{Key, suite::standard};

const MAGIC: &str = "JINGUI-KEY-1";

/// Bytes of a key file without its line end.
const LEN: usize = MAGIC.len() + 1 + 44 + 1 + 8;

/// The text of a new key file, with a line end. The caller writes it where only the server reads.
#[must_use]
pub fn generate_key_file(rng: &dyn Rng) -> String {
    let mut text = format(&Key::generate(rng));
    text.push('\n');
    text
}

fn format(key: &Key) -> String {
    let mut text = String::with_capacity(LEN + 1);
    text.push_str(MAGIC);
    text.push(' ');
    STANDARD.encode_string(key.bytes(), &mut text);
    let sum = checksum(&text);
    text.push(' ');
    text.push_str(&sum);
    text
}

fn checksum(text: &str) -> String {
    let [a, b, c, d, ..] = standard().hash(text.as_bytes());
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// The key in a key file.
///
/// # Errors
/// `vault.key_file_malformed` when it is anything but a key file, or its checksum does not fit.
pub fn parse(bytes: &[u8]) -> Result<Key, Problem> {
    let malformed = || Problem::invalid("vault.key_file_malformed");
    let line = bytes.strip_suffix(b"\n").map_or(bytes, |l| l.strip_suffix(b"\r").unwrap_or(l));
    let text = std::str::from_utf8(line).ok().filter(|t| t.len() == LEN).ok_or_else(malformed)?;
    let (body, sum) = text.rsplit_once(' ').ok_or_else(malformed)?;
    let code = body.strip_prefix(MAGIC).and_then(|b| b.strip_prefix(' ')).ok_or_else(malformed)?;
    if sum != checksum(body) {
        return Err(malformed());
    }
    let raw = Zeroizing::new(STANDARD.decode(code).map_err(|_| malformed())?);
    raw.as_slice().try_into().map(Key::from_bytes).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;

    #[test]
    fn a_line_end_is_accepted_and_nothing_else() {
        let text = generate_key_file(&SeededRng::new(6));
        let key = parse(text.as_bytes()).unwrap();
        let line = text.trim_end();
        assert!(parse(line.as_bytes()).unwrap() == key);
        assert!(parse(format!("{line}\r\n").as_bytes()).unwrap() == key);
        for bad in [
            format!(" {line}"),
            format!("{line} "),
            format!("{line}\n\n"),
            format!("\u{feff}{line}"),
            line.to_lowercase(),
            String::new(),
            line.replace(' ', "  "),
        ] {
            assert_eq!(parse(bad.as_bytes()).unwrap_err().code(), "vault.key_file_malformed");
        }
        assert!(parse(&[0xff; LEN]).is_err());
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let text = generate_key_file(&SeededRng::new(7));
        for at in 0..text.len() {
            let mut bad = text.clone().into_bytes();
            bad[at] ^= 1;
            assert!(parse(&bad).is_err(), "byte {at}");
        }
    }
}

//! The key file: one line of text that unlocks, for a server that must start without a person.
//!
//! `JINGUI-KEY-1 <32 bytes in base64> <checksum>`: the checksum is the first four bytes of
//! SHA-256 over the words before it, in hexadecimal, so that a damaged copy is told apart from a
//! wrong key. A line end after it is accepted, nothing else.

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_model::{Problem, Rng};
use zeroize::Zeroizing;

use crate::{
    Key,
    suite::{SM4_SM3, Suite, standard},
};

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

/// The key for sealed files in any of the forms that people have keys in: a key file, 64 hexadecimal digits with or without a line end, or
/// 32 bytes as they are. For the suite of SM4 also 32 digits or 16 bytes, from which the 32 are made by hashing them with
/// `jingui-key-16` in front.
///
/// # Errors
/// `vault.key_file_malformed` when it is none of these; `vault.key_short` for 16 bytes with another suite.
pub fn parse_for(bytes: &[u8], suite: &dyn Suite) -> Result<Key, Problem> {
    if bytes.starts_with(MAGIC.as_bytes()) {
        return parse(bytes);
    }
    let line = bytes.strip_suffix(b"\n").map_or(bytes, |l| l.strip_suffix(b"\r").unwrap_or(l));
    let raw = match (line.len(), digits(line)) {
        (32 | 64, Some(raw)) => raw,
        _ => Zeroizing::new(bytes.to_vec()),
    };
    if let Ok(key) = raw.as_slice().try_into() {
        return Ok(Key::from_bytes(key));
    }
    if raw.len() != 16 {
        return Err(Problem::invalid("vault.key_file_malformed"));
    }
    if suite.id() != SM4_SM3 {
        return Err(Problem::invalid("vault.key_short"));
    }
    let lengthened = Zeroizing::new([b"jingui-key-16".as_slice(), &raw].concat());
    Ok(Key::from_bytes(suite.hash(&lengthened)))
}

/// The bytes of hexadecimal digits.
fn digits(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |c: &u8| char::from(*c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
    bytes.filter(|_| rest.is_empty()).map(Zeroizing::new)
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

    #[test]
    fn keys_come_as_key_files_digits_or_bytes() {
        let suite = |id| crate::suite::suite(id).unwrap();
        let (aes, sm4) = (suite(1), suite(2));
        let key = Key::from_bytes(std::array::from_fn(|n| n as u8 * 7));
        let hex = hex::encode(key.bytes());
        for text in [format(&key) + "\n", hex.clone(), hex.to_uppercase() + "\n", hex + "\r\n"] {
            assert!(parse_for(text.as_bytes(), aes).unwrap() == key && parse_for(text.as_bytes(), sm4).unwrap() == key);
        }
        assert!(parse_for(key.bytes(), aes).unwrap() == key);
        // Raw bytes may end like a line.
        assert!(parse_for(&[b'\n'; 32], aes).unwrap() == Key::from_bytes([b'\n'; 32]));
        let short = parse_for(&[0xab; 16], sm4).unwrap();
        assert!(short == parse_for("ab".repeat(16).as_bytes(), sm4).unwrap());
        assert_eq!(*short.bytes(), sm4.hash(&[b"jingui-key-16".as_slice(), &[0xab; 16]].concat()));
        assert_eq!(parse_for(&[0xab; 16], aes).unwrap_err().code(), "vault.key_short");
        for bad in [&b""[..], b"x", &[0; 31], &[0; 33], &[0; 64], b"JINGUI-KEY-1 x", "zz".repeat(32).as_bytes()] {
            assert_eq!(parse_for(bad, sm4).unwrap_err().code(), "vault.key_file_malformed");
        }
    }
}

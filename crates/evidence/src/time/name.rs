//! Names of authorities as people read them: `C=CN, O=…, CN=…`, in the order of the certificate.

use super::{
    der::{Malformed, Reader, Value, tag},
    oid,
};

/// Longest text of one part that is shown.
const MAX_PART: usize = 200;
/// Most parts that are shown.
const MAX_PARTS: usize = 32;

/// The short word of RFC 4514 for a part of a name.
fn word(id: &[u8]) -> Option<&'static str> {
    Some(match id {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x05] => "serialNumber",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "ST",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        [0x55, 0x04, 0x61] => "organizationIdentifier",
        _ => return None,
    })
}

/// The contents of a `Name` (RFC 5280 4.1.2.4) as text.
pub fn text(name: &[u8]) -> Result<String, Malformed> {
    let mut out = String::new();
    let mut sets = Reader::new(name, "name");
    let mut shown = 0;
    while !sets.is_empty() {
        let mut set = sets.take(tag::SET)?.inside("name");
        while !set.is_empty() {
            let mut pair = set.take(tag::SEQUENCE)?.inside("name");
            let id = pair.take(tag::OID)?.body;
            let value = pair.next()?;
            pair.end()?;
            shown += 1;
            if shown > MAX_PARTS {
                continue;
            }
            if !out.is_empty() {
                out.push_str(", ");
            }
            match word(id) {
                Some(word) => out.push_str(word),
                None => out.push_str(&oid::dotted(id).ok_or(Malformed("name"))?),
            }
            out.push('=');
            out.extend(string(value).chars().take(MAX_PART).map(|c| if c.is_control() { '\u{fffd}' } else { c }));
        }
    }
    Ok(out)
}

/// The text of a string of any of the usual types; other types in hexadecimal.
fn string(value: Value<'_>) -> String {
    match value.tag {
        tag::UTF8 | tag::PRINTABLE | tag::IA5 => String::from_utf8_lossy(value.body).into_owned(),
        // Declared as T.61, filled with Latin-1 by everybody.
        tag::TELETEX => value.body.iter().map(|b| char::from(*b)).collect(),
        tag::BMP => {
            let units = value.body.chunks_exact(2).map(|two| two.iter().fold(0, |sum, b| sum << 8 | u16::from(*b)));
            char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
        }
        _ => value.whole.iter().take(MAX_PART / 2).map(|b| format!("{b:02x}")).collect(),
    }
}

/// A `GeneralName` (RFC 5280 4.2.1.6) as text, as far as it names somebody.
pub fn general(value: Value<'_>) -> Result<String, Malformed> {
    if value.tag == tag::constructed(4) {
        text(Reader::only(value.body, tag::SEQUENCE, "name")?.body)
    } else {
        Ok(string(Value { tag: tag::IA5, ..value }).chars().take(MAX_PART).filter(|c| !c.is_control()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::der::write;

    fn part(id: &[u8], kind: u8, value: &[u8]) -> Vec<u8> {
        write(tag::SET, &[&write(tag::SEQUENCE, &[&write(tag::OID, &[id]), &write(kind, &[value])])])
    }

    #[test]
    fn names_read_in_every_usual_encoding() {
        let name = [
            part(&[0x55, 4, 6], tag::PRINTABLE, b"CN"),
            part(&[0x55, 4, 10], tag::UTF8, "金匮\u{7}".as_bytes()),
            part(&[0x55, 4, 3], tag::BMP, &[0x65, 0xf6, 0x95, 0xf4]),
            part(&[0x2a, 3], tag::TELETEX, &[b'M', 0xfc]),
            part(&[0x55, 4, 5], tag::INTEGER, &[5]),
        ]
        .concat();
        assert_eq!(text(&name).as_deref(), Ok("C=CN, O=金匮\u{fffd}, CN=时间, 1.2.3=Mü, serialNumber=020105"));
        assert_eq!(text(name.get(1..).unwrap_or_default()), Err(Malformed("name")));
    }
}

//! A small strict reader and writer for DER (ITU-T X.690): one value after the other, no recursion.
//!
//! The reader borrows, looks at each byte once for each level that the caller goes down, and knows definite lengths in their shortest
//! form only. Depth is bounded by the grammar that the caller spells out, size by [`super::MAX_TOKEN`]; nothing is allocated here.

use jingui_model::Problem;

/// Tags as they stand in the first byte.
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const OID: u8 = 0x06;
    pub const UTF8: u8 = 0x0c;
    pub const PRINTABLE: u8 = 0x13;
    pub const TELETEX: u8 = 0x14;
    pub const IA5: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const BMP: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;

    /// `[n]` around something, or in place of a constructed type.
    pub const fn constructed(n: u8) -> u8 {
        0xa0 | n
    }

    /// `[n]` in place of a primitive type.
    pub const fn primitive(n: u8) -> u8 {
        0x80 | n
    }
}

/// Which part was not as its standard says; a word of the standard, not a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl From<Malformed> for Problem {
    fn from(what: Malformed) -> Self {
        Self::invalid("stamp.malformed").arg("part", what.0)
    }
}

/// One value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a> {
    pub tag: u8,
    /// Without tag and length.
    pub body: &'a [u8],
    /// With tag and length.
    pub whole: &'a [u8],
}

impl<'a> Value<'a> {
    /// The values inside; `part` is what a mistake in there is called.
    pub const fn inside(&self, part: &'static str) -> Reader<'a> {
        Reader { rest: self.body, part }
    }
}

/// Reads values from the front.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    part: &'static str,
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8], part: &'static str) -> Self {
        Self { rest: bytes, part }
    }

    /// Exactly one value with this tag and nothing behind it.
    pub fn only(bytes: &'a [u8], tag: u8, part: &'static str) -> Result<Value<'a>, Malformed> {
        let mut reader = Self::new(bytes, part);
        let value = reader.take(tag)?;
        reader.end()?;
        Ok(value)
    }

    pub const fn wrong(&self) -> Malformed {
        Malformed(self.part)
    }

    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value, whatever it is.
    pub fn next(&mut self) -> Result<Value<'a>, Malformed> {
        let wrong = Malformed(self.part);
        let (&tag, after) = self.rest.split_first().ok_or(wrong)?;
        // Tags above 30 take several bytes; nothing that is read here has one.
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(wrong);
        }
        let (&first, after) = after.split_first().ok_or(wrong)?;
        let (length, after) = match first {
            0..=0x7f => (usize::from(first), after),
            0x81..=0x84 => {
                let (bytes, after) = after.split_at_checked(usize::from(first & 0x7f)).ok_or(wrong)?;
                let length = bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
                if length < 0x80 || bytes.first() == Some(&0) {
                    return Err(wrong);
                }
                (length, after)
            }
            _ => return Err(wrong),
        };
        let (body, rest) = after.split_at_checked(length).ok_or(wrong)?;
        let whole = self.rest.get(..self.rest.len() - rest.len()).ok_or(wrong)?;
        self.rest = rest;
        Ok(Value { tag, body, whole })
    }

    /// The next value, which has this tag.
    pub fn take(&mut self, tag: u8) -> Result<Value<'a>, Malformed> {
        match self.rest.first() {
            Some(found) if *found == tag => self.next(),
            _ => Err(self.wrong()),
        }
    }

    /// The next value if it has this tag.
    pub fn maybe(&mut self, tag: u8) -> Result<Option<Value<'a>>, Malformed> {
        match self.rest.first() {
            Some(found) if *found == tag => self.next().map(Some),
            _ => Ok(None),
        }
    }

    /// Nothing may follow.
    pub const fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed(self.part)) }
    }

    /// A whole number from 0, as bytes without leading zeros (empty for 0).
    pub fn magnitude(&mut self) -> Result<&'a [u8], Malformed> {
        let wrong = self.wrong();
        magnitude(self.take(tag::INTEGER)?.body).ok_or(wrong)
    }

    /// A whole number from 0 that fits.
    pub fn number(&mut self) -> Result<u64, Malformed> {
        let wrong = self.wrong();
        small(self.magnitude()?).ok_or(wrong)
    }

    /// The bytes of a bit string that has whole bytes only.
    pub fn bit_string(&mut self) -> Result<&'a [u8], Malformed> {
        let wrong = self.wrong();
        match self.take(tag::BIT_STRING)?.body.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(wrong),
        }
    }
}

/// The contents of an INTEGER as bytes without leading zeros; nothing when it is negative or not in its shortest form.
pub fn magnitude(body: &[u8]) -> Option<&[u8]> {
    match body {
        [] => None,
        [0] => Some(&[]),
        [0, rest @ ..] => rest.first().is_some_and(|b| b & 0x80 != 0).then_some(rest),
        [first, ..] => (first & 0x80 == 0).then_some(body),
    }
}

/// Big-endian bytes as a number.
pub fn small(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// One value from its tag and the parts of its body.
pub fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    let bytes = length.to_be_bytes();
    let needed = bytes.iter().position(|b| *b != 0).and_then(|at| bytes.get(at..)).unwrap_or(&[0]);
    match needed {
        [short] if *short < 0x80 => out.push(*short),
        _ => {
            out.push(0x80 | u8::try_from(needed.len()).unwrap_or(0));
            out.extend_from_slice(needed);
        }
    }
    parts.iter().for_each(|p| out.extend_from_slice(p));
    out
}

/// A whole number from 0.
pub fn write_number(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let at = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len() - 1);
    let bytes = bytes.get(at..).unwrap_or_default();
    let sign: &[u8] = if bytes.first().is_some_and(|b| b & 0x80 != 0) { &[0] } else { &[] };
    write(tag::INTEGER, &[sign, bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000] {
            let bytes = write(tag::OCTET_STRING, &[&vec![7; length]]);
            let value = Reader::only(&bytes, tag::OCTET_STRING, "test").map(|v| (v.body.len(), v.whole.len()));
            assert_eq!(value, Ok((length, bytes.len())));
        }
        for number in [0, 1, 127, 128, 255, 256, u64::from(u32::MAX), u64::MAX] {
            let bytes = write_number(number);
            assert_eq!(Reader::new(&bytes, "test").number(), Ok(number));
        }
    }

    #[test]
    fn only_the_shortest_form_is_der() {
        for bytes in [
            &[0x04_u8, 0x81, 0x01, 0x00][..],      // a long length that would be short
            &[0x04, 0x82, 0x00, 0x80],             // leading zero in the length
            &[0x30, 0x80, 0x00, 0x00],             // indefinite length
            &[0x04, 0x85, 0, 0, 0, 0, 1, 0],       // length of five bytes
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff], // longer than there is
            &[0x1f, 0x81, 0x01, 0x00],             // tag of several bytes
            &[0x00, 0x00],
            &[0x04],
            &[],
        ] {
            assert_eq!(Reader::new(bytes, "test").next(), Err(Malformed("test")), "{bytes:02x?}");
        }
        for body in [&[][..], &[0, 0], &[0, 0x7f], &[0x80], &[0xff, 0x80]] {
            assert_eq!(magnitude(body), None, "{body:02x?}");
        }
    }
}

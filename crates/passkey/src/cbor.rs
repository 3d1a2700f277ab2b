//! Just enough CBOR (RFC 8949) for what authenticators write, in the form that CTAP 2 prescribes for them: definite lengths, the
//! shortest way to say a number, no tags, no fractions, little depth. Nothing is built up: items are read one after the other.

use crate::Refusal;

/// Levels of arrays and maps in one another (CTAP 2: four).
const DEPTH: u8 = 4;
/// Entries of one array or map.
const ENTRIES: u64 = 64;

/// One item, or the head of one that holds others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A whole number, of either sign.
    Int(i64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// So many items follow.
    Array(u64),
    /// So many pairs of items follow.
    Map(u64),
    /// `false`, `true` or `null`.
    Simple(u8),
}

/// Reads items from bytes.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the beginning.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// So many bytes as they stand.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] when there are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Refusal::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        self.take(N)?.try_into().map_err(|_| Refusal::Malformed)
    }

    /// The number that a head carries, said in the shortest way.
    fn number(&mut self, low: u8) -> Result<u64, Refusal> {
        let (value, least) = match low {
            0..=23 => return Ok(u64::from(low)),
            24 => (u64::from(u8::from_be_bytes(self.array()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.array()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.array()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.array()?), 1 << 32),
            _ => return Err(Refusal::Malformed),
        };
        if value < least { Err(Refusal::Malformed) } else { Ok(value) }
    }

    /// The next item.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn item(&mut self) -> Result<Item<'a>, Refusal> {
        let [head] = self.array::<1>()?;
        let (major, low) = (head >> 5, head & 31);
        if major == 7 {
            return if (20..=22).contains(&low) { Ok(Item::Simple(low)) } else { Err(Refusal::Malformed) };
        }
        let number = self.number(low)?;
        let length = || usize::try_from(number).map_err(|_| Refusal::Malformed);
        let entries = || if number > ENTRIES { Err(Refusal::Malformed) } else { Ok(number) };
        match major {
            0 => i64::try_from(number).map(Item::Int).map_err(|_| Refusal::Malformed),
            1 => i64::try_from(number).map(|n| Item::Int(-1 - n)).map_err(|_| Refusal::Malformed),
            2 => Ok(Item::Bytes(self.take(length()?)?)),
            3 => std::str::from_utf8(self.take(length()?)?).map(Item::Text).map_err(|_| Refusal::Malformed),
            4 => Ok(Item::Array(entries()?)),
            5 => Ok(Item::Map(entries()?)),
            _ => Err(Refusal::Malformed),
        }
    }

    /// Reads over the next item, whatever it holds, and gives its bytes.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], also when a map names a key twice or goes too deep.
    pub fn skip(&mut self) -> Result<&'a [u8], Refusal> {
        let before = self.rest;
        self.over(0)?;
        before.get(..before.len() - self.rest.len()).ok_or(Refusal::Malformed)
    }

    fn over(&mut self, depth: u8) -> Result<(), Refusal> {
        match self.item()? {
            Item::Array(_) | Item::Map(_) if depth >= DEPTH => Err(Refusal::Malformed),
            Item::Array(count) => (0..count).try_for_each(|_| self.over(depth + 1)),
            Item::Map(count) => {
                let mut keys = Keys::default();
                for _ in 0..count {
                    self.key(&mut keys)?;
                    self.over(depth + 1)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The key of a map's next pair: a number or a text that this map has not named before.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn key(&mut self, seen: &mut Keys<'a>) -> Result<Item<'a>, Refusal> {
        let key = self.item()?;
        if !matches!(key, Item::Int(_) | Item::Text(_)) || seen.0.contains(&key) {
            return Err(Refusal::Malformed);
        }
        seen.0.push(key);
        Ok(key)
    }
}

/// The keys that a map has named.
#[derive(Debug, Default)]
pub struct Keys<'a>(Vec<Item<'a>>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_rfc_8949_appendix_a() {
        let one = |bytes: &'static [u8]| Reader::new(bytes).item();
        assert_eq!(one(&[0x00]), Ok(Item::Int(0)));
        assert_eq!(one(&[0x18, 0x64]), Ok(Item::Int(100)));
        assert_eq!(one(&[0x1a, 0x00, 0x0f, 0x42, 0x40]), Ok(Item::Int(1_000_000)));
        assert_eq!(one(&[0x20]), Ok(Item::Int(-1)));
        assert_eq!(one(&[0x39, 0x03, 0xe7]), Ok(Item::Int(-1000)));
        assert_eq!(one(&[0x44, 1, 2, 3, 4]), Ok(Item::Bytes(&[1, 2, 3, 4])));
        assert_eq!(one(&[0x61, 0xc3, 0xbc]), Err(Refusal::Malformed), "a character cut in two");
        assert_eq!(one(&[0x62, 0xc3, 0xbc]), Ok(Item::Text("ü")));
        assert_eq!(one(&[0x83]), Ok(Item::Array(3)));
        assert_eq!(one(&[0xf5]), Ok(Item::Simple(21)));
    }

    #[test]
    fn other_ways_to_say_the_same_are_refused() {
        for bytes in [
            &[0x18, 0x17][..],                                       // 23 in two bytes
            &[0x19, 0x00, 0xff],                                     // 255 in three
            &[0x1b, 0, 0, 0, 0, 0xff, 0, 0, 0],                      // below 2^32 in nine
            &[0x9f, 0xff],                                           // without a length
            &[0x5f, 0x41, 0x00, 0xff],                               // in pieces
            &[0xc0, 0x60],                                           // with a tag
            &[0xf9, 0x3c, 0x00],                                     // a fraction
            &[0xa2, 0x01, 0x00, 0x01, 0x00],                         // a key twice
            &[0xa1, 0x80, 0x00],                                     // an array as a key
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x00],                   // five deep
            &[0x1c],                                                 // reserved
            &[0x42, 0x00],                                           // cut off
            &[0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // below what fits
            &[],
        ] {
            assert_eq!(Reader::new(bytes).skip(), Err(Refusal::Malformed), "{bytes:02x?}");
        }
        assert_eq!(Reader::new(&[0x81, 0x81, 0x81, 0x81, 0x00]).skip().unwrap().len(), 5);
        assert!(Reader::new(&[0xba, 0, 1, 0, 0]).skip().is_err(), "65,536 pairs in no bytes");
    }
}

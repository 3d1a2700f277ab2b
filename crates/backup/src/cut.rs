//! Rows cut into pieces where their own keys say so, not where counting does: a row that comes, goes or changes moves no
//! other row into another piece.

use crate::Digest;

/// On average a piece ends after this many rows.
const ROWS: u32 = 128;
/// A piece that is this long ends in any case.
const LONGEST: usize = 1 << 20;

/// Cuts a sequence of rows.
#[derive(Debug, Default)]
pub struct Cutter(Vec<u8>);

impl Cutter {
    /// Takes a row; gives the piece that it ends.
    pub fn push(&mut self, key: &[u8], row: &[u8]) -> Option<Vec<u8>> {
        self.0.extend(u32::try_from(row.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.extend_from_slice(row);
        (self.0.len() >= LONGEST || ends(key)).then(|| std::mem::take(&mut self.0))
    }

    /// What is left at the end.
    #[must_use]
    pub fn finish(self) -> Option<Vec<u8>> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

/// FNV-1a (Fowler, Noll, Vo) of the key, its upper half: it need only be even, not secret.
fn ends(key: &[u8]) -> bool {
    let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    u32::try_from(hash >> 40).unwrap_or_default().is_multiple_of(ROWS)
}

/// The rows of a piece; none when it is malformed.
#[must_use]
pub fn pieces(mut piece: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rows = vec![];
    while !piece.is_empty() {
        let (length, rest) = piece.split_first_chunk::<4>()?;
        let (row, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        rows.push(row);
        piece = rest;
    }
    Some(rows)
}

/// Digests as text in a manifest.
pub(crate) mod hex_list {
    use super::Digest;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(all: &[Digest], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(all.iter().map(hex::encode))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Digest>, D::Error> {
        let texts = Vec::<String>::deserialize(d)?;
        texts.iter().map(|text| hex::decode(text).ok()?.try_into().ok()).collect::<Option<_>>().ok_or_else(|| de::Error::custom("digest"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(rows: &[(Vec<u8>, Vec<u8>)]) -> Vec<Vec<u8>> {
        let mut cutter = Cutter::default();
        let mut all: Vec<_> = rows.iter().filter_map(|(key, row)| cutter.push(key, row)).collect();
        all.extend(cutter.finish());
        all
    }

    #[test]
    fn a_row_that_comes_or_changes_touches_one_piece() {
        let mut rows: Vec<(Vec<u8>, Vec<u8>)> = (0_u32..5000).map(|n| ((n * 2).to_be_bytes().to_vec(), vec![7; 40])).collect();
        let before = cut(&rows);
        assert!((20..120).contains(&before.len()), "{}", before.len());
        rows[2500].1 = vec![8; 40];
        rows.insert(1000, (1999_u32.to_be_bytes().to_vec(), vec![9; 40]));
        let after = cut(&rows);
        let new = after.iter().filter(|piece| !before.contains(piece)).count();
        assert!((1..=3).contains(&new), "{new} of {}", after.len());
        let back: Vec<&[u8]> = after.iter().flat_map(|piece| pieces(piece).unwrap()).collect();
        assert_eq!(back, rows.iter().map(|(_, row)| row.as_slice()).collect::<Vec<_>>());
        assert!(pieces(&after[0][1..]).is_none() || pieces(&after[0][..5]).is_none());
    }
}

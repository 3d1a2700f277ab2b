//! Sealed files: any length with little memory, ranges without reading the rest, and no way to
//! shorten, reorder, splice or pass off a file unnoticed. The STREAM construction (Hoang,
//! Reyhanitabar, Rogaway, Vizár 2015) over 64 KiB chunks.
//!
//! ```text
//! magic "JGF1" 4 | suite 2 | file id 16 | salt 32 | key commitment 32 | chunk 0 | … | last chunk
//! ```
//! A chunk is up to 65,536 bytes of ciphertext and a tag of 16; only the last may be shorter, and
//! it is empty only when the file is. Nonce: three zero bytes, the chunk's number (8 bytes, big
//! endian), 1 for the last chunk or else 0. Associated data: the header's hash. From key, salt and
//! file id a secret is derived, from it the commitment (GCM alone does not commit to its key) and
//! one cipher key per 2²⁰ chunks. Writing is in `file_write.rs`, reading in `file_read.rs`.

use std::io::{ErrorKind, Read};

use aws_lc_rs::digest;
use jingui_model::{Id, Problem, Rng};

use crate::{
    Key,
    derive::Use,
    suite::{self, Cipher, NONCE, Suite, TAG},
};
pub use crate::{
    file_read::{open, open_parallel, open_range},
    file_write::{seal, seal_parallel},
};

/// Plain bytes of a chunk.
pub const CHUNK: usize = 64 * 1024;
pub(crate) const SEALED_CHUNK: usize = CHUNK + TAG;
const MAGIC: &[u8; 4] = b"JGF1";
const FRONT: usize = 4 + 2 + 16 + 32;
/// Bytes of the header.
pub const HEADER: usize = FRONT + 32;
/// Chunks under one cipher key (64 GiB).
const SEGMENT: u64 = 1 << 20;

/// What is known of a sealed file once it has been written or read to its end.
///
/// The plain hash says which content it is: it must be kept as secret as the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileDigest {
    /// SHA-256 of the content.
    pub plain_sha256: [u8; 32],
    /// SHA-256 of the sealed file.
    pub sealed_sha256: [u8; 32],
    /// Bytes of the content.
    pub plain_len: u64,
    /// Bytes of the sealed file.
    pub sealed_len: u64,
}

/// Both hashes as they grow.
pub(crate) struct Tally {
    plain: digest::Context,
    sealed: digest::Context,
    plain_len: u64,
    sealed_len: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let new = || digest::Context::new(&digest::SHA256);
        Self { plain: new(), sealed: new(), plain_len: 0, sealed_len: 0 }
    }

    pub(crate) fn plain(&mut self, bytes: &[u8]) {
        self.plain.update(bytes);
        self.plain_len += length(bytes);
    }

    pub(crate) fn sealed(&mut self, bytes: &[u8]) {
        self.sealed.update(bytes);
        self.sealed_len += length(bytes);
    }

    pub(crate) fn finish(self) -> FileDigest {
        FileDigest {
            plain_sha256: suite::array(self.plain.finish().as_ref()),
            sealed_sha256: suite::array(self.sealed.finish().as_ref()),
            plain_len: self.plain_len,
            sealed_len: self.sealed_len,
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The ciphers of one file.
pub(crate) struct Chunks {
    suite: &'static dyn Suite,
    secret: Key,
    header_hash: [u8; 32],
    /// Those that [`Self::ready`] was asked for; two at most, since a batch is shorter than a segment.
    segments: Vec<(u64, Box<dyn Cipher>)>,
}

impl Chunks {
    /// For a new file: makes its header.
    pub(crate) fn create(suite: &'static dyn Suite, key: &Key, file_id: Id, rng: &dyn Rng) -> Result<([u8; HEADER], Self), Problem> {
        let salt: [u8; 32] = rng.array();
        let secret = file_secret(suite, key, file_id.as_bytes(), &salt)?;
        let commitment = commitment(suite, &secret)?;
        let mut header = [0; HEADER];
        let parts = [MAGIC.as_slice(), &suite.id().to_be_bytes(), file_id.as_bytes(), &salt, commitment.bytes()];
        for (slot, byte) in header.iter_mut().zip(parts.into_iter().flatten()) {
            *slot = *byte;
        }
        Ok((header, Self { suite, secret, header_hash: suite.hash(&header), segments: Vec::new() }))
    }

    /// For a file that is read: checks the header against the key.
    ///
    /// # Errors
    /// `vault.file_header`, `vault.suite_unknown`, `vault.wrong_key`.
    pub(crate) fn read(key: &Key, header: &[u8; HEADER]) -> Result<Self, Problem> {
        let parts = Header::split(header)?;
        let suite = suite::suite(parts.suite)?;
        let secret = file_secret(suite, key, parts.file_id, parts.salt)?;
        if commitment(suite, &secret)? != Key::from_bytes(*parts.commitment) {
            return Err(Problem::denied("vault.wrong_key"));
        }
        Ok(Self { suite, secret, header_hash: suite.hash(header), segments: Vec::new() })
    }

    /// Makes the ciphers for the chunks from `first` to `last`.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub(crate) fn ready(&mut self, first: u64, last: u64) -> Result<(), Problem> {
        let (first, last) = (first / SEGMENT, last / SEGMENT);
        self.segments.retain(|(number, _)| *number == first || *number == last);
        for number in [first, last] {
            if !self.segments.iter().any(|(n, _)| *n == number) {
                let key = Use { label: "file-chunks", purpose: "", context: &number.to_be_bytes() }.expand(self.suite, &self.secret)?;
                self.segments.push((number, self.suite.cipher(&key)?));
            }
        }
        Ok(())
    }

    fn cipher(&self, index: u64) -> Result<&dyn Cipher, Problem> {
        let found = self.segments.iter().find(|(number, _)| *number == index / SEGMENT);
        found.map(|(_, cipher)| &**cipher).ok_or_else(|| suite::defect("segment"))
    }

    /// Seals a chunk in its place. Needs [`Self::ready`].
    pub(crate) fn seal(&self, index: u64, last: bool, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.cipher(index)?.seal(nonce(index, last), &self.header_hash, out, 0)
    }

    /// Opens a chunk into `out` and returns the plain bytes. Needs [`Self::ready`].
    ///
    /// # Errors
    /// `vault.file_damaged` with the chunk's number.
    pub(crate) fn open<'a>(&self, index: u64, last: bool, sealed: &[u8], out: &'a mut [u8]) -> Result<&'a [u8], Problem> {
        let len = sealed.len().checked_sub(TAG).filter(|len| *len > 0 || index == 0);
        let plain = len.and_then(|len| out.get_mut(..len)).ok_or_else(|| damaged(index))?;
        if self.cipher(index)?.open(nonce(index, last), &self.header_hash, sealed, plain) { Ok(plain) } else { Err(damaged(index)) }
    }
}

/// The parts of a header.
struct Header<'a> {
    suite: u16,
    file_id: &'a [u8; 16],
    salt: &'a [u8; 32],
    commitment: &'a [u8; 32],
}

impl<'a> Header<'a> {
    fn split(header: &'a [u8]) -> Result<Self, Problem> {
        let parts = || {
            let rest = header.strip_prefix(MAGIC.as_slice())?;
            let (suite, rest) = rest.split_first_chunk::<2>()?;
            let (file_id, rest) = rest.split_first_chunk()?;
            let (salt, rest) = rest.split_first_chunk()?;
            Some(Self { suite: u16::from_be_bytes(*suite), file_id, salt, commitment: rest.first_chunk()? })
        };
        parts().ok_or_else(|| Problem::invalid("vault.file_header"))
    }
}

fn file_secret(suite: &dyn Suite, key: &Key, file_id: &[u8; 16], salt: &[u8; 32]) -> Result<Key, Problem> {
    Use { label: "file", purpose: "", context: file_id }.derive(suite, key, salt)
}

fn commitment(suite: &dyn Suite, secret: &Key) -> Result<Key, Problem> {
    Use { label: "file-commitment", purpose: "", context: &[] }.expand(suite, secret)
}

fn nonce(index: u64, last: bool) -> [u8; NONCE] {
    let [a, b, c, d, e, f, g, h] = index.to_be_bytes();
    [0, 0, 0, a, b, c, d, e, f, g, h, u8::from(last)]
}

pub(crate) fn damaged(chunk: u64) -> Problem {
    Problem::internal("vault.file_damaged").arg("chunk", chunk)
}

pub(crate) fn io(error: &std::io::Error) -> Problem {
    Problem::unavailable("vault.file_io").detail(error.kind())
}

/// Reads until the buffer is full or the input ends.
pub(crate) fn read_full(input: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, Problem> {
    let mut done = 0;
    while let Some(free) = buffer.get_mut(done..).filter(|f| !f.is_empty()) {
        match input.read(free) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(io(&e)),
        }
    }
    Ok(done)
}

/// The file's identifier in a header, not yet verified.
///
/// # Errors
/// `vault.file_header` when it is no sealed file.
pub fn file_id(header: &[u8]) -> Result<Id, Problem> {
    Header::split(header).map(|h| Id::from_bytes(*h.file_id))
}

/// The suite that a header names, not yet verified.
///
/// # Errors
/// `vault.file_header` when it is no sealed file, `vault.suite_unknown`.
pub fn suite_of(header: &[u8]) -> Result<&'static dyn Suite, Problem> {
    suite::suite(Header::split(header)?.suite)
}

/// Bytes of the sealed file for this many plain bytes.
#[must_use]
pub const fn sealed_len(plain_len: u64) -> u64 {
    let chunks = plain_len.div_ceil(CHUNK as u64);
    let chunks = if chunks == 0 { 1 } else { chunks };
    HEADER as u64 + plain_len + chunks * TAG as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;

    #[test]
    fn nonces_tell_number_and_end_apart() {
        assert_eq!(nonce(0x0102, false), [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0]);
        assert_eq!(nonce(u64::MAX, true), [0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }

    #[test]
    fn a_new_cipher_key_serves_every_segment() {
        let key = Key::from_bytes([1; 32]);
        let (header, mut chunks) = Chunks::create(suite::standard(), &key, Id::nil(), &SeededRng::new(1)).unwrap();
        let mut sealed = vec![7; 10];
        // A batch that begins in one segment and ends in the next.
        chunks.ready(SEGMENT - 1, SEGMENT).unwrap();
        chunks.seal(SEGMENT, false, &mut sealed).unwrap();
        let mut reader = Chunks::read(&key, &header).unwrap();
        reader.ready(SEGMENT, SEGMENT + 1).unwrap();
        let mut out = [0; 10];
        assert_eq!(reader.open(SEGMENT, false, &sealed, &mut out).unwrap(), [7; 10]);
        // Under the first segment's cipher the same nonce and bytes do not open.
        let aad = reader.header_hash;
        assert!(reader.cipher(0).is_err());
        reader.ready(0, SEGMENT).unwrap();
        assert!(!reader.cipher(0).unwrap().open(nonce(SEGMENT, false), &aad, &sealed, &mut out));
        assert!(reader.cipher(SEGMENT + 1).unwrap().open(nonce(SEGMENT, false), &aad, &sealed, &mut out));
    }

    #[test]
    fn an_empty_last_chunk_is_for_empty_files_only() {
        let key = Key::from_bytes([1; 32]);
        let (_, mut chunks) = Chunks::create(suite::standard(), &key, Id::nil(), &SeededRng::new(1)).unwrap();
        chunks.ready(0, 1).unwrap();
        for (index, opens) in [(0, true), (1, false)] {
            let mut sealed = vec![];
            chunks.seal(index, true, &mut sealed).unwrap();
            assert_eq!(chunks.open(index, true, &sealed, &mut []).is_ok(), opens);
        }
    }
}

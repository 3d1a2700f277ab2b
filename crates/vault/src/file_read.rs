//! Reading sealed files: whole, or a range of them. The format is in [`crate::file`].
//!
//! A chunk is written out only after it has been verified. That the file ends where it should is
//! known at its last chunk: whoever reads a whole file must throw away what was written when the
//! answer is an error. A range is refused beforehand, because its last chunk is verified first.

use std::io::{Read, Seek, SeekFrom, Write};

use jingui_model::Problem;
use zeroize::Zeroizing;

use crate::{
    Key,
    batch::{Batch, spread},
    file::{CHUNK, Chunks, FileDigest, HEADER, SEALED_CHUNK, Tally, damaged, io, read_full},
    suite::TAG,
};

fn read_header(input: &mut dyn Read) -> Result<[u8; HEADER], Problem> {
    let mut header = [0; HEADER];
    if read_full(input, &mut header)? == HEADER { Ok(header) } else { Err(Problem::invalid("vault.file_header")) }
}

/// Opens a whole sealed file into `output`, on this thread, with the hashes of both.
///
/// # Errors
/// `vault.file_header` when it is no sealed file, `vault.suite_unknown`, `vault.wrong_key` when
/// it was sealed with another key or its header was changed, `vault.file_damaged` with the number of
/// the chunk (from 0) that is changed, moved, missing or followed by more; `vault.file_io`.
pub fn open(key: &Key, input: &mut dyn Read, output: &mut dyn Write) -> Result<FileDigest, Problem> {
    let mut tally = Tally::new();
    opened(key, input, output, 1, Some(&mut tally))?;
    Ok(tally.finish())
}

/// As [`open`], on several threads (one to [`crate::batch::MAX_THREADS`]) and without hashes. Returns the bytes of the content.
///
/// # Errors
/// As [`open`].
pub fn open_parallel(key: &Key, input: &mut dyn Read, output: &mut dyn Write, threads: usize) -> Result<u64, Problem> {
    opened(key, input, output, threads, None)
}

/// Reads a batch of chunks and a byte more, which says whether the batch is the last one.
fn opened(key: &Key, input: &mut dyn Read, output: &mut dyn Write, threads: usize, mut tally: Option<&mut Tally>) -> Result<u64, Problem> {
    let header = read_header(input)?;
    let mut chunks = Chunks::read(key, &header)?;
    if let Some(tally) = &mut tally {
        tally.sealed(&header);
    }
    let mut batch = Batch::new(threads, SEALED_CHUNK);
    let mut plains: Vec<Zeroizing<Vec<u8>>> = batch.slots(|| Zeroizing::new(Vec::new()));
    let (mut index, mut total) = (0, 0);
    loop {
        batch.fill(input)?;
        let ended = batch.ended();
        let parts = batch.parts();
        let count = parts.len() as u64;
        chunks.ready(index, index + count)?;
        let jobs: Vec<_> = parts.iter().zip(&mut plains).enumerate().collect();
        let lengths = spread(threads, jobs, |(at, (sealed, plain))| {
            let at = at as u64;
            if plain.len() < sealed.len() {
                *plain = Zeroizing::new(vec![0; sealed.len()]);
            }
            chunks.open(index + at, ended && at + 1 == count, sealed, plain).map(<[u8]>::len)
        });
        for ((sealed, plain), length) in parts.iter().zip(&plains).zip(lengths) {
            let bytes = plain.get(..length?).unwrap_or_default();
            if let Some(tally) = &mut tally {
                tally.sealed(sealed);
                tally.plain(bytes);
            }
            output.write_all(bytes).map_err(|e| io(&e))?;
            total += bytes.len() as u64;
        }
        if ended {
            return Ok(total);
        }
        index += count;
    }
}

/// Opens `len` plain bytes from `start` on, or as many as there are, and returns how many were
/// written. Reads the header, the last chunk and the chunks of the range; `input` is the sealed
/// file from its first byte.
///
/// # Errors
/// As [`open`], for the chunks that are read; `vault.range_outside` when `start` is beyond the end.
pub fn open_range<R: Read + Seek>(key: &Key, mut input: R, start: u64, len: u64, output: &mut dyn Write) -> Result<u64, Problem> {
    let whole = input.seek(SeekFrom::End(0)).map_err(|e| io(&e))?;
    input.seek(SeekFrom::Start(0)).map_err(|e| io(&e))?;
    let mut reader = Ranged { chunks: Chunks::read(key, &read_header(&mut input)?)?, body: whole.saturating_sub(HEADER as u64), input };
    let mut sealed = vec![0; SEALED_CHUNK];
    let mut plain = Zeroizing::new(vec![0; CHUNK]);
    let count = reader.body.div_ceil(SEALED_CHUNK as u64);
    reader.chunk(count.saturating_sub(1), &mut sealed, &mut plain)?;
    let total = reader.body.saturating_sub(count * TAG as u64);
    if start > total {
        return Err(Problem::invalid("vault.range_outside").arg("start", start).arg("length", total));
    }
    let end = start.saturating_add(len).min(total);
    let mut at = start;
    while at < end {
        let index = at / CHUNK as u64;
        let first = index * CHUNK as u64;
        let bytes = reader.chunk(index, &mut sealed, &mut plain)?;
        let (from, to) = (usize::try_from(at - first), usize::try_from(end - first));
        let (Ok(from), Ok(to)) = (from, to.map(|to| to.min(CHUNK))) else { return Err(damaged(index)) };
        let wanted = bytes.get(from..to).filter(|w| !w.is_empty()).ok_or_else(|| damaged(index))?;
        output.write_all(wanted).map_err(|e| io(&e))?;
        at += wanted.len() as u64;
    }
    Ok(end - start)
}

struct Ranged<R> {
    chunks: Chunks,
    /// Bytes behind the header.
    body: u64,
    input: R,
}

impl<R: Read + Seek> Ranged<R> {
    fn chunk<'a>(&mut self, index: u64, sealed: &mut [u8], plain: &'a mut [u8]) -> Result<&'a [u8], Problem> {
        let at = index * SEALED_CHUNK as u64;
        let left = self.body.saturating_sub(at);
        let want = usize::try_from(left.min(SEALED_CHUNK as u64)).unwrap_or(SEALED_CHUNK);
        self.input.seek(SeekFrom::Start(HEADER as u64 + at)).map_err(|e| io(&e))?;
        let sealed = sealed.get_mut(..want).ok_or_else(|| damaged(index))?;
        if read_full(&mut self.input, sealed)? != want {
            return Err(damaged(index));
        }
        self.chunks.ready(index, index)?;
        self.chunks.open(index, left <= SEALED_CHUNK as u64, sealed, plain)
    }
}

//! Writing sealed files. The format is in [`crate::file`]; on however many threads, the same bytes come out.

use std::io::{Read, Write};

use jingui_model::{Id, Problem, Rng};
use zeroize::Zeroizing;

use crate::{
    Key,
    batch::{Batch, spread},
    file::{CHUNK, Chunks, FileDigest, Tally, io},
    suite::{Suite, TAG},
};

/// Seals all that `input` gives into `output`, on this thread, with the hashes of both. The key should serve
/// one version of one file ([`crate::RecordKey::new_file_key`]).
///
/// # Errors
/// `vault.file_io` when reading or writing fails (with the kind as detail); what was written is then of no use.
pub fn seal(
    suite: &'static dyn Suite,
    key: &Key,
    file_id: Id,
    rng: &dyn Rng,
    input: &mut dyn Read,
    output: &mut dyn Write,
) -> Result<FileDigest, Problem> {
    let mut tally = Tally::new();
    let made = Chunks::create(suite, key, file_id, rng)?;
    sealed(made, input, output, 1, Some(&mut tally))?;
    Ok(tally.finish())
}

/// As [`seal`], on several threads (one to [`crate::batch::MAX_THREADS`]) and without hashes. Returns the bytes of the content.
///
/// # Errors
/// As [`seal`].
pub fn seal_parallel(
    suite: &'static dyn Suite,
    key: &Key,
    file_id: Id,
    rng: &dyn Rng,
    input: &mut dyn Read,
    output: &mut dyn Write,
    threads: usize,
) -> Result<u64, Problem> {
    sealed(Chunks::create(suite, key, file_id, rng)?, input, output, threads, None)
}

/// Reads a batch of chunks and a byte more, which says whether the batch is the last one.
fn sealed(
    (header, mut chunks): (impl AsRef<[u8]>, Chunks),
    input: &mut dyn Read,
    output: &mut dyn Write,
    threads: usize,
    mut tally: Option<&mut Tally>,
) -> Result<u64, Problem> {
    if let Some(tally) = &mut tally {
        tally.sealed(header.as_ref());
    }
    output.write_all(header.as_ref()).map_err(|e| io(&e))?;
    let mut batch = Batch::new(threads, CHUNK);
    let mut slots: Vec<Zeroizing<Vec<u8>>> = batch.slots(|| Zeroizing::new(Vec::new()));
    let (mut index, mut total) = (0, 0);
    loop {
        batch.fill(input)?;
        let ended = batch.ended();
        let parts = batch.parts();
        let count = parts.len() as u64;
        chunks.ready(index, index + count)?;
        let jobs: Vec<_> = parts.iter().zip(&mut slots).enumerate().collect();
        let done = spread(threads, jobs, |(at, (plain, slot))| {
            let at = at as u64;
            slot.clear();
            // At once and before anything is in it: growing would leave a copy behind.
            slot.reserve_exact(plain.len() + TAG);
            slot.extend_from_slice(plain);
            chunks.seal(index + at, ended && at + 1 == count, slot)
        });
        for ((plain, slot), done) in parts.iter().zip(&slots).zip(done) {
            done?;
            if let Some(tally) = &mut tally {
                tally.plain(plain);
                tally.sealed(slot);
            }
            output.write_all(slot).map_err(|e| io(&e))?;
            total += plain.len() as u64;
        }
        if ended {
            return Ok(total);
        }
        index += count;
    }
}

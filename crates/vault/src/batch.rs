//! Batches of chunks: read in one go, worked on by several threads, written in order. Memory is bounded by the number of threads alone,
//! however long the file is.

use std::{io::Read, thread};

use jingui_model::Problem;
use zeroize::Zeroizing;

use crate::file::read_full;

/// Most threads that work on one file; with them all about 33 MiB are in use.
pub const MAX_THREADS: usize = 32;
/// Chunks of a batch for each thread: enough that starting a thread does not count.
const EACH: usize = 8;

/// Where the buffer begins: a small file pays for no more than this.
const SMALL: usize = (12 << 10) + 1;

/// A buffer for a batch and one byte of the next. It grows with what is read, so that a small file costs little.
pub(crate) struct Batch {
    buffer: Zeroizing<Vec<u8>>,
    /// Bytes of a whole batch and the one more.
    whole: usize,
    /// Bytes of a chunk in the input.
    chunk: usize,
    filled: usize,
    first: bool,
}

impl Batch {
    pub(crate) fn new(threads: usize, chunk: usize) -> Self {
        let chunks = EACH * threads.clamp(1, MAX_THREADS);
        let whole = chunks * chunk + 1;
        Self { buffer: Zeroizing::new(vec![0; SMALL.min(whole)]), whole, chunk, filled: 0, first: true }
    }

    /// As many slots as there are chunks.
    pub(crate) fn slots<T>(&self, make: impl Fn() -> T) -> Vec<T> {
        (0..self.whole / self.chunk).map(|_| make()).collect()
    }

    /// Reads the next batch. The byte that was read ahead begins it.
    ///
    /// # Errors
    /// `vault.file_io`.
    pub(crate) fn fill(&mut self, input: &mut dyn Read) -> Result<(), Problem> {
        // Only a whole buffer can have something follow it.
        let ahead = if self.first { None } else { self.buffer.last().copied() };
        let from = usize::from(ahead.is_some());
        if let (Some(slot), Some(byte)) = (self.buffer.first_mut(), ahead) {
            *slot = byte;
        }
        self.first = false;
        self.filled = from + read_full(input, self.buffer.get_mut(from..).unwrap_or_default())?;
        while self.filled == self.buffer.len() && self.filled < self.whole {
            self.grow();
            let read = read_full(input, self.buffer.get_mut(self.filled..).unwrap_or_default())?;
            self.filled += read;
        }
        Ok(())
    }

    /// A larger buffer; the smaller one is wiped.
    fn grow(&mut self) {
        let next = if self.buffer.len() <= self.chunk { self.chunk + 1 } else { self.whole };
        let mut larger = Zeroizing::new(vec![0; next.min(self.whole)]);
        if let Some(front) = larger.get_mut(..self.buffer.len()) {
            front.copy_from_slice(&self.buffer);
        }
        self.buffer = larger;
    }

    /// Whether nothing follows.
    pub(crate) fn ended(&self) -> bool {
        self.filled < self.whole
    }

    /// The chunks; a file without content has an empty one.
    pub(crate) fn parts(&self) -> Vec<&[u8]> {
        let end = self.filled.min(self.whole.saturating_sub(1));
        let bytes = self.buffer.get(..end).unwrap_or_default();
        if bytes.is_empty() { vec![bytes] } else { bytes.chunks(self.chunk).collect() }
    }
}

/// Does the jobs on so many threads; the answers are in the order of the jobs.
pub(crate) fn spread<J: Send, R: Send>(threads: usize, jobs: Vec<J>, work: impl Fn(J) -> R + Sync) -> Vec<R> {
    let threads = threads.clamp(1, MAX_THREADS).min(jobs.len());
    if threads < 2 {
        return jobs.into_iter().map(work).collect();
    }
    let share = jobs.len().div_ceil(threads);
    let mut jobs = jobs.into_iter();
    let shares: Vec<Vec<J>> = (0..threads).map(|_| jobs.by_ref().take(share).collect()).collect();
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> =
            shares.into_iter().map(|share| scope.spawn(move || share.into_iter().map(work).collect::<Vec<R>>())).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_jobs() {
        for threads in [0, 1, 2, 3, 7, 100] {
            for jobs in 0..20_usize {
                assert_eq!(spread(threads, (0..jobs).collect(), |n| n * n), (0..jobs).map(|n| n * n).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_batch_knows_whether_more_follows() {
        let whole = EACH * 10;
        for len in [0, 1, 10, 11, whole - 1, whole, whole + 1, 2 * whole, 2 * whole + 1, 3 * whole - 3] {
            let input: Vec<u8> = (0..len).map(|n| n as u8).collect();
            let (mut rest, mut batch, mut seen) = (&input[..], Batch::new(1, 10), vec![]);
            loop {
                batch.fill(&mut rest).unwrap();
                let parts = batch.parts();
                assert!(parts.iter().rev().skip(1).all(|part| part.len() == 10));
                parts.iter().for_each(|part| seen.extend_from_slice(part));
                if batch.ended() {
                    break;
                }
                assert_eq!(parts.len(), EACH);
            }
            assert_eq!(seen, input, "{len}");
        }
    }

    #[test]
    fn a_buffer_grows_with_what_is_read_and_no_further() {
        let chunk = 64 << 10;
        let whole = EACH * chunk + 1;
        for (len, held) in [(0, SMALL), (SMALL - 1, SMALL), (SMALL, chunk + 1), (chunk, chunk + 1), (chunk + 1, whole), (whole, whole)] {
            let input: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            let (mut rest, mut batch) = (&input[..], Batch::new(1, chunk));
            batch.fill(&mut rest).unwrap();
            assert_eq!((batch.buffer.len(), batch.ended()), (held, len < whole), "{len}");
            assert_eq!(batch.parts().concat(), input.get(..len.min(whole - 1)).unwrap(), "{len}");
        }
    }
}

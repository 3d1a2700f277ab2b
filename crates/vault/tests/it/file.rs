//! The promises of the sealed file format: what was sealed comes back, whole or in part, and
//! everything else is refused.

use std::io::Cursor;

use jingui_model::{Id, Problem, Rng, rng::SeededRng};
use jingui_vault::{
    FileDigest, Key, file,
    suite::{self, Suite},
};
use proptest::prelude::*;

const CHUNK: usize = 65_536;
const SEALED: usize = CHUNK + 16;
const LENGTHS: [usize; 8] = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK, 3 * CHUNK + 17];

fn world() -> &'static dyn Suite {
    suite::suite(super::SUITE).unwrap()
}

fn key(seed: u8) -> Key {
    Key::from_bytes([seed; 32])
}

fn content(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    SeededRng::new(len as u64).fill(&mut bytes);
    bytes
}

fn seal(id: u8, plain: &[u8]) -> (Vec<u8>, FileDigest) {
    let mut out = vec![];
    let digest = file::seal(world(), &key(1), Id::from_bytes([id; 16]), &SeededRng::new(u64::from(id)), &mut &plain[..], &mut out).unwrap();
    (out, digest)
}

fn open(key: &Key, sealed: &[u8]) -> Result<(Vec<u8>, FileDigest), Problem> {
    let mut out = vec![];
    file::open(key, &mut &sealed[..], &mut out).map(|digest| (out, digest))
}

fn range(sealed: &[u8], start: u64, len: u64) -> Result<Vec<u8>, Problem> {
    let mut out = vec![];
    let written = file::open_range(&key(1), Cursor::new(sealed), start, len, &mut out)?;
    assert_eq!(written, out.len() as u64);
    Ok(out)
}

/// The code with which both ways of reading refuse.
fn refusal(sealed: &[u8]) -> String {
    let whole = open(&key(1), sealed).unwrap_err().code().to_owned();
    let part = range(sealed, 0, u64::MAX).unwrap_err().code().to_owned();
    assert_eq!(whole, part);
    whole
}

#[test]
fn every_length_around_a_chunk_comes_back_with_the_same_digest() {
    for len in LENGTHS {
        let plain = content(len);
        let (sealed, digest) = seal(1, &plain);
        assert_eq!((digest.plain_len, digest.sealed_len), (len as u64, sealed.len() as u64));
        assert_eq!(file::sealed_len(len as u64), sealed.len() as u64);
        assert_eq!(file::file_id(&sealed).unwrap(), Id::from_bytes([1; 16]));
        assert!(open(&key(1), &sealed).unwrap() == (plain, digest), "length {len}");
    }
}

#[test]
fn on_any_number_of_threads_the_same_file_comes_out_and_goes_in() {
    // Batches have eight chunks for each thread.
    for len in [0, 1, CHUNK, 8 * CHUNK - 1, 8 * CHUNK, 8 * CHUNK + 1, 16 * CHUNK, 16 * CHUNK + 1, 33 * CHUNK + 5] {
        let plain = content(len);
        let (sealed, _) = seal(1, &plain);
        for threads in [1, 2, 3, 8] {
            let (id, rng) = (Id::from_bytes([1; 16]), SeededRng::new(1));
            let mut other = vec![];
            let written = file::seal_parallel(world(), &key(1), id, &rng, &mut &plain[..], &mut other, threads).unwrap();
            assert!(written == len as u64 && other == sealed, "length {len}, {threads} threads");
            let mut back = vec![];
            let written = file::open_parallel(&key(1), &mut &sealed[..], &mut back, threads).unwrap();
            assert!(written == len as u64 && back == plain, "length {len}, {threads} threads");
        }
    }
}

#[test]
fn several_threads_see_the_same_damage() {
    let (sealed, _) = seal(1, &content(20 * CHUNK + 100));
    let code = |sealed: &[u8]| {
        let problem = file::open_parallel(&key(1), &mut &sealed[..], &mut std::io::sink(), 2).unwrap_err();
        (problem.code().to_owned(), problem.args().first().map(|(_, value)| value.to_string()).unwrap_or_default())
    };
    for chunk in [0, 7, 15, 16, 20] {
        let mut bad = sealed.clone();
        bad[86 + chunk * SEALED + 3] ^= 1;
        assert_eq!(code(&bad), ("vault.file_damaged".to_owned(), chunk.to_string()));
    }
    for whole in [1, 15, 16, 17, 20] {
        let cut = &sealed[..86 + whole * SEALED];
        assert_eq!(code(cut), ("vault.file_damaged".to_owned(), (whole - 1).to_string()), "cut behind {whole} chunks");
    }
    let swapped = [&sealed[..86], &sealed[86 + SEALED..86 + 2 * SEALED], &sealed[86..86 + SEALED], &sealed[86 + 2 * SEALED..]].concat();
    assert_eq!(code(&swapped), ("vault.file_damaged".to_owned(), "0".to_owned()));
    assert_eq!(code(&[&sealed[..], &[0]].concat()).0, "vault.file_damaged");
}

#[test]
fn the_content_does_not_show() {
    let plain = vec![b'A'; 1000];
    let (sealed, _) = seal(1, &plain);
    assert!(!sealed.windows(8).any(|w| w == b"AAAAAAAA"));
    let mut again = vec![];
    file::seal(world(), &key(1), Id::from_bytes([1; 16]), &SeededRng::new(99), &mut &plain[..], &mut again).unwrap();
    assert_ne!(sealed[86..], again[86..]);
}

#[test]
fn a_reader_that_gives_few_bytes_at_a_time_makes_the_same_file() {
    struct Dribble<'a>(&'a [u8]);
    impl std::io::Read for Dribble<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = out.len().min(self.0.len()).min(977);
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }
    let plain = content(2 * CHUNK);
    let (sealed, _) = seal(1, &plain);
    let mut other = vec![];
    file::seal(world(), &key(1), Id::from_bytes([1; 16]), &SeededRng::new(1), &mut Dribble(&plain), &mut other).unwrap();
    assert!(sealed == other);
    let mut back = vec![];
    file::open(&key(1), &mut Dribble(&sealed), &mut back).unwrap();
    assert!(back == plain);
}

#[test]
fn every_bit_of_the_header_counts() {
    let (sealed, _) = seal(1, b"text");
    for bit in 0..file::HEADER * 8 {
        let mut bad = sealed.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let want = match bit / 8 {
            0..4 => "vault.file_header",
            4..6 => "vault.suite_unknown",
            _ => "vault.wrong_key",
        };
        assert_eq!(refusal(&bad), want, "bit {bit}");
    }
}

#[test]
fn a_flipped_bit_in_any_chunk_is_located() {
    let (sealed, _) = seal(1, &content(2 * CHUNK + 100));
    for chunk in 0..3 {
        let first = 86 + chunk * SEALED;
        let last = (first + SEALED).min(sealed.len()) - 1;
        for at in [first, first + 50, last - 15, last] {
            let mut bad = sealed.clone();
            bad[at] ^= 0x10;
            let problem = open(&key(1), &bad).unwrap_err();
            assert_eq!((problem.code(), problem.args()[0].1.as_str()), ("vault.file_damaged", chunk.to_string().as_str()));
            assert_eq!(range(&bad, (chunk * CHUNK) as u64, 1).unwrap_err().code(), "vault.file_damaged");
        }
    }
}

#[test]
fn another_key_is_told_from_damage() {
    let (sealed, _) = seal(1, b"text");
    assert_eq!(open(&key(2), &sealed).unwrap_err().code(), "vault.wrong_key");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for len in [0, 5, CHUNK, 2 * CHUNK + 100] {
        let (sealed, _) = seal(1, &content(len));
        let near = |at: usize| (at.saturating_sub(2)..at + 3).filter(|cut| *cut < sealed.len()).collect::<Vec<_>>();
        for cut in
            [0, 4, 86, 86 + 16, 86 + CHUNK, 86 + SEALED, 86 + SEALED + 16, 86 + 2 * SEALED, sealed.len() - 1].into_iter().flat_map(near)
        {
            let want = if cut < 86 { "vault.file_header" } else { "vault.file_damaged" };
            assert_eq!(refusal(&sealed[..cut]), want, "length {len} cut {cut}");
        }
    }
}

#[test]
fn a_cut_file_is_refused_even_when_the_range_lies_before_the_cut() {
    let (sealed, _) = seal(1, &content(3 * CHUNK));
    assert_eq!(range(&sealed[..86 + 2 * SEALED], 0, 10).unwrap_err().code(), "vault.file_damaged");
}

#[test]
fn more_behind_the_end_is_refused() {
    for len in LENGTHS {
        let (sealed, _) = seal(1, &content(len));
        for extra in [vec![0], vec![0; 16], sealed[86..].to_vec()] {
            assert_eq!(refusal(&[&sealed[..], &extra].concat()), "vault.file_damaged", "length {len}");
        }
    }
}

#[test]
fn chunks_moved_repeated_dropped_or_taken_from_another_file_are_refused() {
    let (a, _) = seal(1, &content(4 * CHUNK));
    let (b, _) = seal(2, &content(4 * CHUNK));
    let chunk = |file: &[u8], n: usize| file[86 + n * SEALED..86 + (n + 1) * SEALED].to_vec();
    let build = |order: &[(&Vec<u8>, usize)]| {
        let mut out = a[..86].to_vec();
        order.iter().for_each(|(f, n)| out.extend(chunk(f, *n)));
        out
    };
    assert!(open(&key(1), &build(&[(&a, 0), (&a, 1), (&a, 2), (&a, 3)])).is_ok());
    for order in [
        vec![(&a, 1), (&a, 0), (&a, 2), (&a, 3)],
        vec![(&a, 0), (&a, 0), (&a, 2), (&a, 3)],
        vec![(&a, 0), (&a, 2), (&a, 3)],
        vec![(&a, 0), (&a, 1), (&a, 2)],
        vec![(&a, 3)],
        vec![(&a, 0), (&b, 1), (&a, 2), (&a, 3)],
        vec![(&a, 0), (&a, 1), (&a, 2), (&b, 3)],
        vec![(&a, 0), (&a, 1), (&a, 2), (&a, 3), (&a, 3)],
    ] {
        assert_eq!(refusal(&build(&order)), "vault.file_damaged");
    }
    // The header of one file over the chunks of another under the same key.
    assert_eq!(refusal(&[&b[..86], &a[86..]].concat()), "vault.file_damaged");
}

#[test]
fn a_range_beyond_the_end_is_cut_or_refused() {
    let plain = content(CHUNK + 10);
    let (sealed, _) = seal(1, &plain);
    assert_eq!(range(&sealed, CHUNK as u64 + 4, 100).unwrap(), &plain[CHUNK + 4..]);
    assert_eq!(range(&sealed, plain.len() as u64, 5).unwrap(), b"");
    assert_eq!(range(&sealed, 5, 0).unwrap(), b"");
    assert_eq!(range(&sealed, plain.len() as u64 + 1, 1).unwrap_err().code(), "vault.range_outside");
    assert_eq!(range(&sealed, u64::MAX, u64::MAX).unwrap_err().code(), "vault.range_outside");
    let (empty, _) = seal(1, b"");
    assert_eq!(range(&empty, 0, 10).unwrap(), b"");
}

#[test]
fn a_fault_of_the_disk_is_reported_as_such() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (sealed, _) = seal(1, b"text");
    assert_eq!(file::open(&key(1), &mut &sealed[..], &mut Full).unwrap_err().code(), "vault.file_io");
    assert_eq!(file::seal(world(), &key(1), Id::nil(), &SeededRng::new(1), &mut &b"x"[..], &mut Full).unwrap_err().code(), "vault.file_io");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_range_is_what_the_content_has_there(which in 0..LENGTHS.len(), start in 0.0..1.0f64, len in 0..2 * CHUNK as u64) {
        let plain = content(LENGTHS[which]);
        let (sealed, _) = seal(1, &plain);
        let start = (start * plain.len() as f64) as usize;
        let end = (start + len as usize).min(plain.len());
        prop_assert!(range(&sealed, start as u64, len).unwrap() == plain[start..end]);
    }

    #[test]
    fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), magic: bool) {
        if magic && bytes.len() >= 6 {
            bytes[..6].copy_from_slice(b"JGF1\0\x01");
        }
        prop_assert!(open(&key(1), &bytes).is_err() && range(&bytes, 0, 10).is_err());
    }
}

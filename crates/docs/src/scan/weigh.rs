//! How large would it be? Asked before a stranger's PDF is unpacked: a few bytes can claim to be gigabytes.

use std::io;

use flate2::read::ZlibDecoder;
use hayro_syntax::{
    Filter, Pdf,
    object::{Object, Stream, dict::keys},
};
use jingui_model::Problem;

use super::Limits;

/// Compressed bytes of what is packed twice, or in a way that this cannot follow.
const ODD: usize = 2_000_000;

fn large() -> Problem {
    Problem::too_large("docs.scan.large")
}

/// Everything in the file that is deflated (RFC 1950), wherever it stands: also tables that are unpacked while the file is opened.
pub fn raw(bytes: &[u8], limits: &Limits) -> Result<(), Problem> {
    let mut rest = bytes;
    while let Some(at) = find(rest, b"stream") {
        rest = rest.get(at + 6..).unwrap_or_default();
        let content = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).or_else(|| rest.strip_prefix(b"\r"));
        let Some(content) = content else { continue };
        let mut flat = io::Read::take(ZlibDecoder::new(content), limits.unpacked + 1);
        // What is no deflated stream, or a broken one, ends here by itself.
        let mut sink = Counted(0);
        drop(io::copy(&mut flat, &mut sink));
        if sink.0 > limits.unpacked {
            return Err(large());
        }
    }
    Ok(())
}

struct Counted(u64);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The next place of a keyword.
fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|b| *b == first)?;
        if bytes.get(at..)?.starts_with(word) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Each part by what it says about itself.
pub fn parts(pdf: &Pdf, limits: &Limits) -> Result<(), Problem> {
    for object in pdf.objects() {
        if let Object::Stream(stream) = object {
            part(&stream, limits)?;
        }
    }
    Ok(())
}

fn part(stream: &Stream<'_>, limits: &Limits) -> Result<(), Problem> {
    let side = |name: &[u8]| stream.dict().get::<i64>(name).map_or(0, i64::unsigned_abs);
    if side(keys::WIDTH).saturating_mul(side(keys::HEIGHT)) > limits.pixels {
        return Err(large());
    }
    let filters = stream.filters();
    let grows = |f: &Filter| matches!(f, Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode);
    let odd = filters.iter().skip(1).any(grows) || filters.iter().any(|f| matches!(f, Filter::LzwDecode));
    if odd && stream.raw_data().len() > ODD {
        return Err(large());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_where_it_stands() {
        assert_eq!(find(b"sstrstream", b"stream"), Some(4));
        assert_eq!(find(b"strea", b"stream"), None);
    }
}

//! Where a picture keeps words: text chunks of PNG (§11.3.3), comments of JPEG (T.81 B.2.4.5).

use image::codecs::jpeg::{PixelDensity, PixelDensityUnit};
use jingui_model::Problem;

use super::damaged;

const KEYWORD: &[u8] = b"JinguiMark";
/// Bytes of a JPEG comment.
const MAX_COMMENT: usize = 65_000;

/// The chunks of a PNG: kind, data, all bytes.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8], &[u8])> {
    let mut at = 8_usize;
    std::iter::from_fn(move || {
        let head = bytes.get(at..at.checked_add(8)?)?;
        let (length, kind) = head.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let kind: [u8; 4] = kind.try_into().ok()?;
        let data = bytes.get(at + 8..(at + 8).checked_add(length)?)?;
        let whole = bytes.get(at..(at + 12).checked_add(length)?)?;
        at += 12 + length;
        Some((kind, data, whole))
    })
}

fn ours((kind, data, _): &([u8; 4], &[u8], &[u8])) -> bool {
    kind == b"tEXt" && data.strip_prefix(KEYWORD).is_some_and(|rest| rest.first() == Some(&0))
}

/// Our words in a PNG.
pub fn png_text(bytes: &[u8]) -> Option<String> {
    let (_, data, _) = chunks(bytes).find(ours)?;
    String::from_utf8(data.get(KEYWORD.len() + 1..)?.to_vec()).ok()
}

/// Has a PNG more than one picture?
pub fn is_animated(bytes: &[u8]) -> bool {
    chunks(bytes).any(|(kind, _, _)| &kind == b"acTL")
}

/// The check sum of a chunk (PNG annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 }))
}

/// A PNG with our words, and with the size of its pixels and the other words that the old one had.
pub fn with_png(new: &[u8], old: &[u8], text: &str) -> Result<Vec<u8>, Problem> {
    let mut out = new.get(..8).ok_or_else(|| damaged("png"))?.to_vec();
    let put = |kind: &[u8], data: &[u8], out: &mut Vec<u8>| -> Result<(), Problem> {
        out.extend(u32::try_from(data.len()).map_err(damaged)?.to_be_bytes());
        let body = [kind, data].concat();
        out.extend(&body);
        out.extend(crc(&body).to_be_bytes());
        Ok(())
    };
    for (n, (_, _, whole)) in chunks(new).enumerate() {
        out.extend(whole);
        if n == 0 {
            put(b"tEXt", &[KEYWORD, b"\0", text.as_bytes()].concat(), &mut out)?;
            let kept = chunks(old).filter(|c| !ours(c) && matches!(&c.0, b"pHYs" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME"));
            for (_, _, whole) in kept {
                out.extend(whole);
            }
        }
    }
    Ok(out)
}

/// The segments of a JPEG before its picture: marker, data.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut at = 2_usize;
    std::iter::from_fn(move || {
        // Fill bytes may stand before a marker.
        while bytes.get(at) == Some(&0xFF) && bytes.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let [0xFF, marker, high, low] = *bytes.get(at..at.checked_add(4)?)? else { return None };
        if marker == 0xDA {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let data = bytes.get(at + 4..at + 2 + length)?;
        at += 2 + length;
        Some((marker, data))
    })
}

/// Our words in a JPEG.
pub fn jpeg_text(bytes: &[u8]) -> Option<String> {
    let data =
        segments(bytes).filter(|(marker, _)| *marker == 0xFE).find_map(|(_, data)| data.strip_prefix(KEYWORD)?.strip_prefix(b"\0"))?;
    String::from_utf8(data.to_vec()).ok()
}

/// A JPEG with our words as its first comment.
pub fn with_jpeg(new: &[u8], text: &str) -> Result<Vec<u8>, Problem> {
    let comment = [KEYWORD, b"\0", text.as_bytes()].concat();
    if comment.len() > MAX_COMMENT {
        return Err(damaged("comment"));
    }
    // JFIF wants its own segment first.
    let first = segments(new).next().filter(|(marker, _)| *marker == 0xE0).map_or(2, |(_, data)| 2 + 4 + data.len());
    let (head, tail) = new.split_at_checked(first).ok_or_else(|| damaged("jpeg"))?;
    let length = u16::try_from(comment.len() + 2).map_err(damaged)?.to_be_bytes();
    Ok([head, &[0xFF, 0xFE], &length, &comment, tail].concat())
}

/// How large the pixels of a JPEG are (JFIF 1.02).
pub fn density(bytes: &[u8]) -> Option<PixelDensity> {
    let (_, data) = segments(bytes).find(|(marker, data)| *marker == 0xE0 && data.starts_with(b"JFIF\0"))?;
    let [unit, a, b, c, d] = *data.get(7..12)? else { return None };
    let unit = match unit {
        1 => PixelDensityUnit::Inches,
        2 => PixelDensityUnit::Centimeters,
        _ => PixelDensityUnit::PixelAspectRatio,
    };
    let (x, y) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    (x > 0 && y > 0).then_some(PixelDensity { density: (x, y), unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_that_of_png() {
        // The end chunk of every PNG.
        assert_eq!(crc(b"IEND"), 0xAE42_6082);
    }

    #[test]
    fn broken_pictures_have_no_words_and_do_no_harm() {
        for bad in [
            &b"\x89PNG\r\n\x1a\n\xFF\xFF\xFF\xFFtEXt"[..],
            b"\x89PNG",
            b"\xFF\xD8\xFF",
            b"\xFF\xD8\xFF\xFE\0\0",
            b"\xFF\xD8\xFF\xFE\0\x40J",
        ] {
            assert_eq!((png_text(bad), jpeg_text(bad)), (None, None));
        }
    }
}

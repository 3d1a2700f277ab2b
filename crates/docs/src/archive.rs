//! What an Excel file must pass before a parser sees it. The file is a zip of XML parts; this
//! module unpacks every part once, counting what really comes out, and refuses what could hurt.
//!
//! - Bombs: number of parts, bytes in all as actually inflated (not as declared), ratio of a part,
//!   sizes that lie, checksums that fail.
//! - Names: absolute, with `..`, or twice after folding of case and separators.
//! - The five parts that the parser loads whole (workbook, its relationships, styles, theme,
//!   shared strings) may not hold a document type (entity expansion), another encoding than UTF-8
//!   (it would hide the rest), more markup than a real workbook has, or a `uniqueCount` that makes
//!   the parser reserve memory for strings that are not there. Sheets are streamed by the parser.
//! - Sorts that are not read: encrypted, macros, `.xls`, `.xlsb`, other zips.

use std::io::{Cursor, Read};

use jingui_model::Problem;
use zip::{CompressionMethod, ZipArchive};

use crate::grid::Limits;

const MAX_PARTS: usize = 4_000;
/// Above this size a part that shrinks more than [`MAX_RATIO`] is a bomb; sheets of our own stay below 20.
const RATIO_FROM: u64 = 4 << 20;
const MAX_RATIO: u64 = 250;
/// Tags in a part that is loaded whole: Excel knows 65,490 cell formats, so this is generous.
const MAX_TAGS: usize = 400_000;
/// An OLE compound file: `.xls`, or an encrypted `.xlsx` ([MS-OFFCRYPTO] 2.3.4.4).
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Refuses an OLE compound file, whatever it is called.
pub(crate) fn refuse_foreign(bytes: &[u8]) -> Result<(), Problem> {
    if !bytes.starts_with(COMPOUND) {
        return Ok(());
    }
    let stream: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    Err(Problem::invalid(if contains(bytes, &stream) { "table.encrypted" } else { "table.old_xls" }))
}

/// Checks a file that claims to be `.xlsx`.
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<(), Problem> {
    refuse_foreign(bytes)?;
    if !bytes.starts_with(b"PK") {
        return Err(Problem::invalid("table.not_xlsx"));
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged("directory"))?;
    if zip.len() > MAX_PARTS {
        return Err(Problem::too_large("table.too_many_parts").arg("max", MAX_PARTS));
    }
    let names = names(&zip)?;
    let has = |name: &str| names.iter().any(|n| n == name);
    if names.iter().any(|n| n.ends_with("vbaproject.bin")) {
        return Err(Problem::invalid("table.macro"));
    }
    if has("xl/workbook.bin") {
        return Err(Problem::invalid("table.xlsb"));
    }
    if !has("_rels/.rels") || !names.iter().any(|n| is_workbook(n)) {
        return Err(Problem::invalid("table.not_xlsx"));
    }
    let mut left = limits.max_uncompressed;
    for (index, name) in names.iter().enumerate() {
        let part = inflate(&mut zip, index, name, &mut left, limits)?;
        check_part(name, &part, limits)?;
    }
    Ok(())
}

/// The names of the parts, folded as the parser folds them.
fn names(zip: &ZipArchive<Cursor<&[u8]>>) -> Result<Vec<String>, Problem> {
    let mut names = Vec::with_capacity(zip.len());
    let mut seen = std::collections::HashSet::new();
    for name in zip.file_names() {
        let name = name.map_err(|_| damaged("name"))?.replace('\\', "/").to_ascii_lowercase();
        let rooted = name.starts_with('/') || name.as_bytes().get(1) == Some(&b':');
        if rooted || name.contains('\0') || name.split('/').any(|step| step == "..") {
            return Err(Problem::invalid("table.part_name"));
        }
        if !seen.insert(name.clone()) {
            return Err(damaged("name twice"));
        }
        names.push(name);
    }
    // The directory folds entries of the same name into one before it shows them.
    if zip.has_duplicate_names() {
        return Err(damaged("name twice"));
    }
    Ok(names)
}

/// Unpacks one part to its end, counting; gives the whole part if the parser loads it whole, else its start.
fn inflate(zip: &mut ZipArchive<Cursor<&[u8]>>, index: usize, name: &str, left: &mut u64, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let bomb = || Problem::too_large("table.zip_bomb");
    if zip.by_index_raw(index).map_err(|_| damaged("part"))?.encrypted() {
        return Err(Problem::invalid("table.encrypted"));
    }
    let mut file = zip.by_index(index).map_err(|_| damaged("part"))?;
    if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(damaged("compression"));
    }
    let (packed, declared) = (file.compressed_size(), file.size());
    let mut kept = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    let mut total = 0_u64;
    loop {
        let n = file.read(&mut chunk).map_err(|_| damaged("part"))?;
        if n == 0 {
            break;
        }
        total += n as u64;
        *left = left
            .checked_sub(n as u64)
            .ok_or_else(|| Problem::too_large("table.too_large_unpacked").arg("max", limits.max_uncompressed >> 20))?;
        if total > declared || (total > RATIO_FROM && total / packed.max(1) > MAX_RATIO) {
            return Err(bomb());
        }
        if is_loaded_whole(name) || kept.is_empty() {
            kept.extend_from_slice(chunk.get(..n).unwrap_or_default());
        }
    }
    if total == declared { Ok(kept) } else { Err(bomb()) }
}

fn check_part(name: &str, part: &[u8], limits: &Limits) -> Result<(), Problem> {
    let is_xml = [".xml", ".rels"].iter().any(|end| name.ends_with(end));
    if !is_xml && !is_loaded_whole(name) {
        return Ok(());
    }
    if !is_utf8_xml(part) {
        return Err(damaged("encoding"));
    }
    if contains(part, b"<!DOCTYPE") || contains(part, b"<!ENTITY") {
        return Err(Problem::invalid("table.doctype"));
    }
    if name == "[content_types].xml" && contains(&part.to_ascii_lowercase(), b"macroenabled") {
        return Err(Problem::invalid("table.macro"));
    }
    if name == "_rels/.rels" {
        check_roots(part)?;
    }
    let tags = if name == "xl/sharedstrings.xml" { limits.max_cells.saturating_mul(4) } else { MAX_TAGS };
    if is_loaded_whole(name) && part.iter().filter(|b| **b == b'<').count() > tags {
        return Err(Problem::too_large("table.zip_bomb"));
    }
    if name == "xl/sharedstrings.xml" && attributes(part, b"uniqueCount").any(|count| number(count) > limits.max_cells as u64 * 4) {
        return Err(damaged("count"));
    }
    Ok(())
}

/// The workbook must be where workbooks are, so that the parts named here are those that are loaded.
fn check_roots(part: &[u8]) -> Result<(), Problem> {
    for tag in part.split(|b| *b == b'<').filter(|tag| contains(tag, b"/relationships/officeDocument")) {
        let target = attributes(tag, b"Target").next().unwrap_or_default();
        let target = target.strip_prefix(b"/").unwrap_or(target).to_ascii_lowercase();
        if !std::str::from_utf8(&target).is_ok_and(is_workbook) {
            return Err(damaged("workbook"));
        }
    }
    Ok(())
}

/// `xl/workbook.xml`, or `xl/workbook2.xml` as shared editing writes it.
fn is_workbook(name: &str) -> bool {
    let middle = name.strip_prefix("xl/workbook").and_then(|n| n.strip_suffix(".xml"));
    middle.is_some_and(|m| m.bytes().all(|b| b.is_ascii_digit()))
}

fn is_loaded_whole(name: &str) -> bool {
    let fixed = ["_rels/.rels", "xl/sharedstrings.xml", "xl/styles.xml", "xl/theme/theme1.xml", "[content_types].xml"];
    fixed.contains(&name) || is_workbook(name) || (name.starts_with("xl/_rels/workbook") && name.ends_with(".rels"))
}

/// No UTF-16, and no declared encoding but UTF-8 or ASCII.
fn is_utf8_xml(part: &[u8]) -> bool {
    if part.iter().take(4).any(|b| *b == 0) || part.starts_with(b"\xFE\xFF") || part.starts_with(b"\xFF\xFE") {
        return false;
    }
    let text = part.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(part).trim_ascii_start();
    if !text.starts_with(b"<?xml") {
        return true;
    }
    let head = text.get(..text.len().min(1_024)).unwrap_or_default();
    let Some(end) = head.iter().position(|b| *b == b'>') else { return false };
    let head = head.get(..end).unwrap_or_default();
    attributes(head, b"encoding").all(|e| e.eq_ignore_ascii_case(b"utf-8") || e.eq_ignore_ascii_case(b"us-ascii"))
}

/// The values written behind a name, `name = "value"`, wherever they stand.
fn attributes<'p>(part: &'p [u8], name: &'static [u8]) -> impl Iterator<Item = &'p [u8]> {
    find_all(part, name).filter_map(move |at| {
        let rest = part.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let (quote, rest) = rest.split_first()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        rest.split(|b| b == quote).next()
    })
}

/// A count; anything that is no small number counts as endless.
fn number(text: &[u8]) -> u64 {
    std::str::from_utf8(text).ok().and_then(|t| t.trim().trim_start_matches('+').parse().ok()).unwrap_or(u64::MAX)
}

fn find_all<'p>(part: &'p [u8], wanted: &'static [u8]) -> impl Iterator<Item = usize> + 'p {
    let first = wanted.first().copied().unwrap_or_default();
    part.iter().enumerate().filter(move |(i, b)| **b == first && part.get(*i..).is_some_and(|p| p.starts_with(wanted))).map(|(i, _)| i)
}

fn contains(part: &[u8], wanted: &[u8]) -> bool {
    let Some((first, _)) = wanted.split_first() else { return true };
    part.iter().enumerate().any(|(i, b)| b == first && part.get(i..).is_some_and(|p| p.starts_with(wanted)))
}

/// A file that is not what it should be; the detail says which check found it.
pub(crate) fn damaged(what: &'static str) -> Problem {
    Problem::invalid("table.damaged").detail(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_however_they_are_spaced() {
        let found: Vec<_> = attributes(b"<sst uniqueCount = '12' x='' uniqueCount=\"9\"> uniqueCount", b"uniqueCount").collect();
        assert_eq!(found, [&b"12"[..], b"9"]);
        assert_eq!([number(b"12"), number(b"1e9"), number(b"99999999999999999999999")], [12, u64::MAX, u64::MAX]);
    }

    #[test]
    fn only_utf8_passes() {
        assert!(is_utf8_xml(b"<?xml version='1.0' encoding='UTF-8'?><a/>"));
        assert!(!is_utf8_xml(b"<?xml version='1.0' encoding = \"UTF-16\"?><a/>"));
        assert!(!is_utf8_xml(b"\xFF\xFE<\0a\0"));
        assert!(!is_utf8_xml(b"<\0?\0x\0"));
    }
}

//! Office files (ECMA-376): Word, Excel, PowerPoint. All parts but the few that carry the mark stay byte for byte as they were.

mod docx;
mod package;
mod pptx;
mod relations;
mod xlsx;
mod xml;

use std::io::Cursor;

use jingui_model::Problem;
use package::{Package, damaged};

use crate::{Format, Left, Limits, Mark, Marked};

/// What a package is, by the names in its directory; nothing is unpacked.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let has = |folder: &str| archive.file_names().any(|n| n.is_ok_and(|n| n.starts_with(folder) && n.ends_with(".xml")));
    if !archive.file_names().any(|n| n.is_ok_and(|n| n == "[Content_Types].xml")) {
        return None;
    }
    let binary = archive.file_names().any(|n| n.is_ok_and(|n| n == "xl/workbook.bin"));
    [("word/", Format::Docx), ("ppt/", Format::Pptx), ("xl/", Format::Xlsx)]
        .into_iter()
        .find(|(folder, format)| has(folder) && !(binary && *format == Format::Xlsx))
        .map(|(_, format)| format)
}

/// The package and its main part.
fn open<'b>(bytes: &'b [u8], limits: &Limits) -> Result<(Package<'b>, String), Problem> {
    let mut package = Package::open(bytes, limits)?;
    let roots = relations::relations(&mut package, "")?;
    // A change breaks an Office signature (ECMA-376-2, 12).
    if roots.iter().any(|r| r.sort == "origin") || package.names().any(|n| n.starts_with("_xmlsignatures/")) {
        return Err(Problem::conflict("mark.signed"));
    }
    let main = roots.into_iter().find(|r| r.sort == "officeDocument").and_then(|r| r.target).ok_or_else(|| damaged("main part"))?;
    let main = package.find(&main).ok_or_else(|| damaged("main part"))?;
    let text = package.must(&main)?;
    let root = xml::scan(&text, |_, depth| depth == 0)?;
    let head = root.first().map_or("", |r| text.get(r.open.clone()).unwrap_or_default());
    // "Strict" files have other names for everything; hardly a program writes them.
    if head.contains("purl.oclc.org/ooxml") {
        return Err(Problem::invalid("mark.strict_office"));
    }
    Ok((package, main))
}

fn clear(format: Format, package: &mut Package<'_>, main: &str) -> Result<(), Problem> {
    let old = relations::kept(package)?;
    match format {
        Format::Docx => docx::strip(package, main)?,
        Format::Xlsx => xlsx::strip(package, main, old.as_ref())?,
        _ => pptx::strip(package, main)?,
    }
    relations::keep(package, None)
}

pub fn put(format: Format, bytes: &[u8], mark: &Mark, limits: &Limits) -> Result<Marked, Problem> {
    let mark = mark.clean();
    let (mut package, main) = open(bytes, limits)?;
    clear(format, &mut package, &main)?;
    let mut left: Vec<Left> = match format {
        Format::Docx => docx::put(&mut package, &main, &mark)?,
        Format::Xlsx => xlsx::put(&mut package, &main, &mark)?,
        _ => pptx::put(&mut package, &main, &mark)?,
    };
    left.sort_unstable();
    left.dedup();
    relations::keep(&mut package, Some(&mark))?;
    Ok(Marked { bytes: package.finish()?, format, left })
}

pub fn read(bytes: &[u8], limits: &Limits) -> Option<Mark> {
    let mut package = Package::open(bytes, limits).ok()?;
    relations::kept(&mut package).ok()?
}

pub fn strip(format: Format, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Problem> {
    let (mut package, main) = open(bytes, limits)?;
    if relations::kept(&mut package)?.is_none() {
        return Ok(bytes.to_vec());
    }
    clear(format, &mut package, &main)?;
    package.finish()
}

//! Papers as editable documents (.docx): the same model as PDF and HTML, for whoever still has to change a word before signing.
//!
//! Office Open XML, transitional (ECMA-376, ISO/IEC 29500-4): one document part with styles, numbering, a header that
//! bears the classification mark (B 5.2, H 9.2.1) and a footer that counts pages by fields. The same paper gives the
//! same bytes. Fonts are named, not embedded: an editable file is set with the fonts of whoever opens it.

mod body;
mod parts;
mod png;
mod run;

use std::io::{Cursor, Write as _};

use jingui_model::Problem;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use self::body::Body;
use super::{clean, model::Paper, qr};

/// The media type of a .docx.
pub const DOCX_MEDIA: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A picture inside the package.
struct Picture {
    /// `png` or `jpeg`.
    ending: &'static str,
    bytes: Vec<u8>,
}

/// Writes a paper as an editable document.
///
/// # Errors
/// `docs.image`, `docs.qr`, `docs.too_deep`, `docs.write_failed`.
pub fn write_docx(paper: &Paper) -> Result<Vec<u8>, Problem> {
    let mut body = Body::new(paper);
    let document = body.document()?;
    let footer_code = if paper.code.is_empty() { None } else { Some(png::write(&qr::matrix(&clean::line(&paper.code))?)?) };
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("[Content_Types].xml".to_owned(), parts::content_types(&body.pictures).into_bytes()),
        ("_rels/.rels".to_owned(), parts::ROOT_RELS.into()),
        ("docProps/core.xml".to_owned(), parts::core(paper).into_bytes()),
        ("docProps/app.xml".to_owned(), parts::APP.into()),
        ("word/document.xml".to_owned(), document.into_bytes()),
        ("word/_rels/document.xml.rels".to_owned(), parts::document_rels(&body.pictures, &body.links).into_bytes()),
        ("word/styles.xml".to_owned(), parts::styles(paper.language).into_bytes()),
        ("word/numbering.xml".to_owned(), parts::numbering(body.numbered).into_bytes()),
        ("word/settings.xml".to_owned(), parts::settings(paper.language).into_bytes()),
        ("word/header1.xml".to_owned(), parts::header(paper).into_bytes()),
        ("word/footer1.xml".to_owned(), parts::footer(paper, footer_code.is_some()).into_bytes()),
    ];
    if let Some(code) = footer_code {
        files.push(("word/_rels/footer1.xml.rels".to_owned(), parts::FOOTER_RELS.into()));
        files.push(("word/media/code.png".to_owned(), code));
    }
    for (n, picture) in body.pictures.into_iter().enumerate() {
        files.push((format!("word/media/picture{n}.{}", picture.ending), picture.bytes));
    }
    pack(&files)
}

/// The package: parts in their order, without the moment at which it was made.
fn pack(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, Problem> {
    let failed = |e: &dyn std::fmt::Display| Problem::internal("docs.write_failed").detail(e);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).map_err(|e| failed(&e))?;
        zip.write_all(bytes).map_err(|e| failed(&e))?;
    }
    Ok(zip.finish().map_err(|e| failed(&e))?.into_inner())
}

//! Classification marks (密级标记) in files: number, grade, term and unit, put into office files, PDF and pictures (H 9.2.1, B 5.2.1).
//!
//! Why it exists: a file that leaves the register is a secret that says so itself. Everything is pure: bytes in, bytes out. What is put
//! where, and what is left alone, stands in `docs/marks.md`.
//!
//! Standards: ECMA-376 (Office Open XML), ISO 32000-1 (PDF, incremental updates), PNG (W3C), JPEG (ITU-T T.81).
//!
//! Deliberately absent: records, grades, permissions, the clock. Texts come in ready, and so do the bytes of a font.

mod face;
mod film;
mod mark;
mod office;
mod pdf;
mod picture;

use jingui_model::Problem;

use face::Face;
pub use face::Font;
pub use film::Film;
pub use mark::{Left, Limits, Mark, Marked};
pub use picture::{Pen, Shape};

/// A sort of file that can be marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Word, with or without macros.
    Docx,
    /// Excel, with or without macros.
    Xlsx,
    /// PowerPoint, with or without macros.
    Pptx,
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl Format {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }

    /// Does marking it need a font? Office programs bring their own.
    #[must_use]
    pub const fn needs_font(self) -> bool {
        matches!(self, Self::Pdf | Self::Png | Self::Jpeg)
    }
}

/// What a file is, by its content; its name says nothing here.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(b"PK\x03\x04") {
        return office::sniff(bytes);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Format::Png);
    }
    if bytes.starts_with(b"\xFF\xD8\xFF") {
        return Some(Format::Jpeg);
    }
    // Some programs write a few bytes before the head; readers allow 1,024 (ISO 32000-1, annex H.3).
    let head = bytes.get(..bytes.len().min(1_024)).unwrap_or_default();
    head.windows(5).any(|w| w == b"%PDF-").then_some(Format::Pdf)
}

/// Puts a mark into a file; one that is in it already is replaced.
///
/// # Errors
/// `mark.unknown_format`, `mark.old_office`, `mark.encrypted`, `mark.signed`, `mark.damaged`, `mark.unsafe`, `mark.too_large`,
/// `mark.too_many_pages`, `mark.too_many_pixels`, `mark.animated`, `mark.strict_office`, `mark.no_font`, `mark.write_failed`.
pub fn put(bytes: &[u8], mark: &Mark, font: Option<&Font>, limits: &Limits) -> Result<Marked, Problem> {
    let format = known(bytes, limits)?;
    let font = || font.ok_or_else(|| Problem::unavailable("mark.no_font"));
    match format {
        Format::Docx | Format::Xlsx | Format::Pptx => office::put(format, bytes, mark, limits),
        Format::Pdf => pdf::put(bytes, mark, font()?, limits),
        Format::Png | Format::Jpeg => picture::put(format, bytes, mark, font()?, limits),
    }
}

/// A card with the mark, as PNG: the beginning of a film.
///
/// # Errors
/// `mark.no_font` when the font cannot be read, `mark.write_failed`.
pub fn card(width: u32, height: u32, mark: &Mark, font: &Font) -> Result<Vec<u8>, Problem> {
    picture::card(width, height, mark, font)
}

/// The mark that this program put into a file.
#[must_use]
pub fn read(bytes: &[u8], limits: &Limits) -> Option<Mark> {
    match known(bytes, limits).ok()? {
        Format::Docx | Format::Xlsx | Format::Pptx => office::read(bytes, limits),
        Format::Pdf => pdf::read(bytes, limits),
        Format::Png | Format::Jpeg => picture::read(bytes),
    }
}

/// Takes the mark out again. A file without one comes back as it is.
///
/// # Errors
/// Those of [`put`], and `mark.drawn_in`: what is drawn into a picture cannot be taken out.
pub fn strip(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Problem> {
    let format = known(bytes, limits)?;
    match format {
        Format::Docx | Format::Xlsx | Format::Pptx => office::strip(format, bytes, limits),
        Format::Pdf => pdf::strip(bytes, limits),
        Format::Png | Format::Jpeg if picture::read(bytes).is_some() => Err(Problem::conflict("mark.drawn_in")),
        Format::Png | Format::Jpeg => Ok(bytes.to_vec()),
    }
}

/// The sort of a file, or why it cannot be marked.
fn known(bytes: &[u8], limits: &Limits) -> Result<Format, Problem> {
    if bytes.len() > limits.max_bytes {
        return Err(Problem::too_large("mark.too_large").arg("max", limits.max_bytes >> 20));
    }
    // OLE compound files: Office before 2007, and every encrypted Office file ([MS-OFFCRYPTO] 2.3).
    if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        let stream: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let encrypted = bytes.windows(stream.len()).any(|w| w == stream);
        return Err(Problem::invalid(if encrypted { "mark.encrypted" } else { "mark.old_office" }));
    }
    sniff(bytes).ok_or_else(|| Problem::invalid("mark.unknown_format"))
}

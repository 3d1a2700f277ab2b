//! What a file is, by its content; its name is asked only where the content cannot say (old office files all begin alike).

use std::io::{Cursor, Read as _};

use jingui_model::Problem;
use zip::ZipArchive;

use crate::Limits;

/// Parts of an office file; a large presentation has some thousands.
const PARTS: usize = 20_000;

/// A sort of file that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Pages.
    Pdf,
    /// One page: PNG, JPEG, GIF (its first picture), BMP, WebP.
    Picture,
    /// One page or several.
    Tiff,
    /// Text and code.
    Text,
    /// Becomes a PDF first, by an office program.
    Office(Office),
}

/// Files of office programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// Word (ECMA-376).
    Docx,
    /// Excel (ECMA-376).
    Xlsx,
    /// PowerPoint (ECMA-376).
    Pptx,
    /// Text (ISO/IEC 26300).
    Odt,
    /// Sheets (ISO/IEC 26300).
    Ods,
    /// Slides (ISO/IEC 26300).
    Odp,
    /// Word before 2007.
    Doc,
    /// Excel before 2007.
    Xls,
    /// PowerPoint before 2007.
    Ppt,
    /// Rich text.
    Rtf,
}

impl Office {
    /// The usual ending of a file's name, by which an office program knows what to do.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Odp => "odp",
            Self::Doc => "doc",
            Self::Xls => "xls",
            Self::Ppt => "ppt",
            Self::Rtf => "rtf",
        }
    }

    /// Does a file's name look like one of these? What it is, its content says: see [`Format::of`].
    #[must_use]
    pub fn named(name: &str) -> bool {
        let all = [Self::Docx, Self::Xlsx, Self::Pptx, Self::Odt, Self::Ods, Self::Odp, Self::Doc, Self::Xls, Self::Ppt, Self::Rtf];
        name.rsplit_once('.').is_some_and(|(_, ending)| all.iter().any(|o| ending.eq_ignore_ascii_case(o.ending())))
    }
}

impl Format {
    /// By the content, then by the ending of the name.
    ///
    /// # Errors
    /// `view.media` for what cannot be shown, `view.locked` for a file with a password.
    pub fn of(bytes: &[u8], name: &str) -> Result<Self, Problem> {
        let unknown = || Problem::invalid("view.media");
        let head = bytes.get(..bytes.len().min(1_024)).unwrap_or_default();
        if head.windows(5).any(|w| w == b"%PDF-") {
            return Ok(Self::Pdf);
        }
        Ok(match head {
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => Self::Picture,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Picture,
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Picture,
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Self::Tiff,
            [b'{', b'\\', b'r', b't', b'f', ..] => Self::Office(Office::Rtf),
            [b'P', b'K', 3, 4, ..] => Self::Office(zipped(bytes).ok_or_else(unknown)?),
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Self::Office(compound(bytes, name)?),
            _ if crate::plain::decode(bytes).is_some() => Self::Text,
            _ => return Err(unknown()),
        })
    }
}

fn zipped(bytes: &[u8]) -> Option<Office> {
    match jingui_mark::sniff(bytes) {
        Some(jingui_mark::Format::Docx) => return Some(Office::Docx),
        Some(jingui_mark::Format::Xlsx) => return Some(Office::Xlsx),
        Some(jingui_mark::Format::Pptx) => return Some(Office::Pptx),
        _ => {}
    }
    // The first part of an OpenDocument file says what it is, unpacked (ISO/IEC 26300-3, 3.3).
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut said = String::new();
    archive.by_name("mimetype").ok()?.take(100).read_to_string(&mut said).ok()?;
    match said.trim().strip_prefix("application/vnd.oasis.opendocument.")? {
        "text" => Some(Office::Odt),
        "spreadsheet" => Some(Office::Ods),
        "presentation" => Some(Office::Odp),
        _ => None,
    }
}

/// OLE compound files: Office before 2007, and every encrypted Office file ([MS-OFFCRYPTO] 2.3).
fn compound(bytes: &[u8], name: &str) -> Result<Office, Problem> {
    let has = |stream: &str| {
        let wide: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(wide.len()).any(|w| w == wide)
    };
    if has("EncryptedPackage") {
        return Err(Problem::invalid("view.locked"));
    }
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    Ok(match ending.as_str() {
        "xls" | "et" | "xlt" => Office::Xls,
        "ppt" | "dps" | "pps" => Office::Ppt,
        "doc" | "wps" | "dot" => Office::Doc,
        _ if has("PowerPoint Document") => Office::Ppt,
        _ if has("Workbook") => Office::Xls,
        _ if has("WordDocument") => Office::Doc,
        _ => return Err(Problem::invalid("view.media")),
    })
}

/// Would an office file unpack to more than is allowed? Asked before any program sees it: a few kilobytes can claim to be gigabytes.
///
/// # Errors
/// `view.large`, `view.damaged`.
pub fn weigh(office: Office, bytes: &[u8], limits: &Limits) -> Result<(), Problem> {
    if bytes.len() as u64 > limits.bytes {
        return Err(Problem::too_large("view.large"));
    }
    if matches!(office, Office::Doc | Office::Xls | Office::Ppt | Office::Rtf) {
        return Ok(());
    }
    let damaged = |_| Problem::invalid("view.damaged");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > PARTS {
        return Err(Problem::too_large("view.large"));
    }
    let mut left = limits.unpacked;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(damaged)?;
        // What a part says of its size is not believed.
        let mut bounded = part.take(left + 1);
        let read = std::io::copy(&mut bounded, &mut std::io::sink()).map_err(|_| Problem::invalid("view.damaged"))?;
        left = left.checked_sub(read).ok_or_else(|| Problem::too_large("view.large"))?;
    }
    Ok(())
}

//! The file as a package: what may come in, and out again with some parts changed.

use std::{
    io::{Cursor, Read as _, Write as _},
    sync::Arc,
};

use jingui_model::Problem;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Bytes of the file.
const MAX_FILE: usize = 20 << 20;
/// Parts of a document; a real one has some twenty.
const MAX_PARTS: usize = 2_000;
/// Bytes of all parts as they really unpack.
const MAX_UNPACKED: u64 = 128 << 20;
/// Bytes of a part with text.
const MAX_TEXT: u64 = 16 << 20;
/// Above this size a part that shrinks more than [`MAX_RATIO`] is a bomb.
const RATIO_FROM: u64 = 2 << 20;
const MAX_RATIO: u64 = 200;

/// A document as a file.
#[derive(Debug, Clone)]
pub struct Package {
    bytes: Arc<Vec<u8>>,
}

/// A file that is not what it should be; the detail says which check found it.
pub fn damaged(what: &'static str) -> Problem {
    Problem::invalid("docs.template.damaged").detail(what)
}

fn zip(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Problem> {
    ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged("directory"))
}

/// Does a part hold text that people write?
fn has_text(name: &str) -> bool {
    let Some(name) = name.strip_prefix("word/").and_then(|n| n.strip_suffix(".xml")) else { return false };
    let numbered = |begin: &str| name.strip_prefix(begin).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    name == "document" || name == "footnotes" || name == "endnotes" || numbered("header") || numbered("footer")
}

impl Package {
    /// Looks at all parts, unpacking each once.
    ///
    /// # Errors
    /// `docs.template.damaged`, `docs.template.too_large`, `docs.template.unsafe`.
    pub fn open(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() > MAX_FILE {
            return Err(Problem::too_large("docs.template.too_large").arg("max", MAX_FILE >> 20));
        }
        let unsafe_ = |what: &'static str| Problem::invalid("docs.template.unsafe").detail(what);
        let mut archive = zip(bytes)?;
        if archive.len() > MAX_PARTS {
            return Err(unsafe_("parts"));
        }
        if archive.has_duplicate_names() {
            return Err(unsafe_("name twice"));
        }
        let (mut left, mut document) = (MAX_UNPACKED, false);
        for index in 0..archive.len() {
            if archive.by_index_raw(index).map_err(|_| damaged("part"))?.encrypted() {
                return Err(unsafe_("encrypted"));
            }
            let mut file = archive.by_index(index).map_err(|_| damaged("part"))?;
            let name = file.name().map_err(|_| damaged("name"))?.replace('\\', "/");
            if name.starts_with('/') || name.contains(['\0', ':']) || name.split('/').any(|step| step == "..") {
                return Err(unsafe_("name"));
            }
            if name.to_ascii_lowercase().ends_with("vbaproject.bin") {
                return Err(unsafe_("macro"));
            }
            document |= name == "word/document.xml";
            if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
                return Err(damaged("compression"));
            }
            let packed = file.compressed_size().max(1);
            let mut chunk = vec![0; 64 << 10];
            let mut total = 0_u64;
            loop {
                let n = file.read(&mut chunk).map_err(|_| damaged("part"))? as u64;
                if n == 0 {
                    break;
                }
                total += n;
                left = left.checked_sub(n).ok_or_else(|| unsafe_("unpacked size"))?;
                if (total > RATIO_FROM && total / packed > MAX_RATIO) || (has_text(&name) && total > MAX_TEXT) {
                    return Err(unsafe_("ratio"));
                }
            }
        }
        if document { Ok(Self { bytes: Arc::new(bytes.to_vec()) }) } else { Err(Problem::invalid("docs.template.not_docx")) }
    }

    /// The parts with text, by name.
    ///
    /// # Errors
    /// `docs.template.damaged`.
    pub fn texts(&self) -> Result<Vec<(String, String)>, Problem> {
        let mut archive = zip(&self.bytes)?;
        let mut found = vec![];
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).map_err(|_| damaged("part"))?;
            let name = file.name().map_err(|_| damaged("name"))?.into_owned();
            if has_text(&name) {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(|_| damaged("encoding"))?;
                found.push((name, text));
            }
        }
        Ok(found)
    }

    /// The file with some parts changed; all others stay as they are packed.
    ///
    /// # Errors
    /// `docs.write_failed`.
    pub fn with(&self, changed: &[(String, String)]) -> Result<Vec<u8>, Problem> {
        let failed = |e: &dyn std::fmt::Display| Problem::internal("docs.write_failed").detail(e);
        let mut archive = zip(&self.bytes)?;
        let mut out = ZipWriter::new(Cursor::new(Vec::with_capacity(self.bytes.len() + 4_096)));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default());
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(|e| failed(&e))?;
            let name = file.name().map_err(|e| failed(&e))?.into_owned();
            match changed.iter().find(|(part, _)| *part == name) {
                Some((_, text)) => {
                    drop(file);
                    out.start_file(name, options).map_err(|e| failed(&e))?;
                    out.write_all(text.as_bytes()).map_err(|e| failed(&e))?;
                }
                None => out.raw_copy_file(file).map_err(|e| failed(&e))?,
            }
        }
        Ok(out.finish().map_err(|e| failed(&e))?.into_inner())
    }
}

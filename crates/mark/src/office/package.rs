//! An Office file as a package (ECMA-376-2, OPC): what may come in, and out again with some parts changed, all others as they were packed.

use std::{
    collections::{BTreeMap, HashSet},
    io::{Cursor, Read as _, Write as _},
};

use jingui_model::Problem;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::Limits;

/// Parts of a file; a large presentation has some thousands.
const MAX_PARTS: usize = 20_000;
/// Bytes of one part that is read as XML.
const MAX_XML: u64 = 256 << 20;
/// Above this size a part that shrinks more than [`MAX_RATIO`] is a bomb.
const RATIO_FROM: u64 = 4 << 20;
const MAX_RATIO: u64 = 400;

/// A file that is not what it should be; the detail says which check found it.
pub fn damaged(what: &'static str) -> Problem {
    Problem::invalid("mark.damaged").detail(what)
}

fn refused(what: &'static str) -> Problem {
    Problem::invalid("mark.unsafe").detail(what)
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    Problem::internal("mark.write_failed").detail(error)
}

/// An open package and what was changed in it.
pub struct Package<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    names: Vec<String>,
    changed: BTreeMap<String, Option<String>>,
}

impl<'b> Package<'b> {
    /// Looks at all parts, unpacking each once.
    ///
    /// # Errors
    /// `mark.damaged`, `mark.unsafe`, `mark.encrypted`.
    pub fn open(bytes: &'b [u8], limits: &Limits) -> Result<Self, Problem> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged("directory"))?;
        if archive.len() > MAX_PARTS {
            return Err(refused("parts"));
        }
        if archive.has_duplicate_names() {
            return Err(refused("name twice"));
        }
        let (mut names, mut seen) = (Vec::with_capacity(archive.len()), HashSet::new());
        let mut left = limits.max_unpacked;
        for index in 0..archive.len() {
            if archive.by_index_raw(index).map_err(|_| damaged("part"))?.encrypted() {
                return Err(Problem::invalid("mark.encrypted"));
            }
            let mut file = archive.by_index(index).map_err(|_| damaged("part"))?;
            let name = file.name().map_err(|_| damaged("name"))?.into_owned();
            if name.starts_with('/') || name.contains(['\0', ':', '\\']) || name.split('/').any(|step| step == "..") {
                return Err(refused("name"));
            }
            // Names of parts do not differ by case alone (ECMA-376-2, 6.2.2.3).
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(refused("name twice"));
            }
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
                left = left.checked_sub(n).ok_or_else(|| refused("unpacked size"))?;
                if total > RATIO_FROM && total / packed > MAX_RATIO {
                    return Err(refused("ratio"));
                }
            }
            names.push(name);
        }
        Ok(Self { archive, names, changed: BTreeMap::new() })
    }

    /// The names of all parts as they are now.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let gone = |name: &&str| !matches!(self.changed.get(*name), Some(None));
        let old = self.names.iter().map(String::as_str);
        let new = self.changed.keys().map(String::as_str).filter(|name| !self.names.iter().any(|n| n == name));
        old.chain(new).filter(gone)
    }

    /// The name of a part as it is written in this file.
    pub fn find(&self, name: &str) -> Option<String> {
        self.names().find(|n| n.eq_ignore_ascii_case(name)).map(str::to_owned)
    }

    /// A part as text, with its changes; `None` when there is no such part.
    ///
    /// # Errors
    /// `mark.damaged` when it is not XML in UTF-8, `mark.unsafe` when it declares a document type or is immense.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let Some(name) = self.find(name) else { return Ok(None) };
        if let Some(changed) = self.changed.get(&name) {
            return Ok(changed.clone());
        }
        let file = self.archive.by_name(&name).map_err(|_| damaged("part"))?;
        let mut bytes = Vec::new();
        file.take(MAX_XML + 1).read_to_end(&mut bytes).map_err(|_| damaged("part"))?;
        if bytes.len() as u64 > MAX_XML {
            return Err(refused("size of a part"));
        }
        let text = String::from_utf8(bytes).map_err(|_| damaged("encoding"))?;
        // No entities, hence no expansion of them.
        if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
            return Err(refused("document type"));
        }
        Ok(Some(text))
    }

    /// A part that must be there.
    ///
    /// # Errors
    /// `mark.damaged` when it is not, and those of [`Self::text`].
    pub fn must(&mut self, name: &str) -> Result<String, Problem> {
        self.text(name)?.ok_or_else(|| damaged("part is missing"))
    }

    /// Changes or adds a part.
    pub fn set(&mut self, name: &str, text: String) {
        let name = self.find(name).unwrap_or_else(|| name.to_owned());
        self.changed.insert(name, Some(text));
    }

    /// Takes a part out.
    pub fn remove(&mut self, name: &str) {
        if let Some(name) = self.find(name) {
            self.changed.insert(name, None);
        }
    }

    /// The file with its changes; all other parts stay as they are packed, byte for byte.
    ///
    /// # Errors
    /// `mark.write_failed`.
    pub fn finish(mut self) -> Result<Vec<u8>, Problem> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default());
        for index in 0..self.archive.len() {
            let file = self.archive.by_index_raw(index).map_err(|e| failed(&e))?;
            let name = file.name().map_err(|e| failed(&e))?.into_owned();
            match self.changed.remove(&name) {
                Some(text) => {
                    drop(file);
                    let Some(text) = text else { continue };
                    let mut old = String::new();
                    let mut file = self.archive.by_index(index).map_err(|e| failed(&e))?;
                    if file.read_to_string(&mut old).is_ok() && old == text {
                        // Changed and changed back.
                        drop(file);
                        let file = self.archive.by_index_raw(index).map_err(|e| failed(&e))?;
                        out.raw_copy_file(file).map_err(|e| failed(&e))?;
                        continue;
                    }
                    drop(file);
                    out.start_file(name, options).map_err(|e| failed(&e))?;
                    out.write_all(text.as_bytes()).map_err(|e| failed(&e))?;
                }
                None => out.raw_copy_file(file).map_err(|e| failed(&e))?,
            }
        }
        for (name, text) in self.changed {
            let Some(text) = text else { continue };
            out.start_file(name, options).map_err(|e| failed(&e))?;
            out.write_all(text.as_bytes()).map_err(|e| failed(&e))?;
        }
        Ok(out.finish().map_err(|e| failed(&e))?.into_inner())
    }
}

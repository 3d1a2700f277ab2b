//! ZIP archives (APPNOTE 6.3, without its extensions): written so that equal contents give equal bytes, read as if by an enemy made.

mod read;
mod write;

use jingui_model::Problem;

pub use read::read;
pub use write::write;

use super::name::shown;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path with slashes.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// How much an archive may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most entries.
    pub entries: usize,
    /// Most bytes of one file when unpacked.
    pub file: u64,
    /// Most bytes of all files when unpacked.
    pub total: u64,
    /// How many times as large a file may become by unpacking.
    pub ratio: u64,
}

impl Default for Limits {
    /// As many files as a ZIP without extensions can have, 1 GiB together, a hundredfold.
    fn default() -> Self {
        Self { entries: 65_534, file: 1 << 30, total: 1 << 30, ratio: 100 }
    }
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Bytes of the fixed parts of the three headers.
const LOCAL_SIZE: usize = 30;
const CENTRAL_SIZE: usize = 46;
const END_SIZE: usize = 22;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// File types in the upper half of the external attributes, as Unix writes them.
const TYPE_MASK: u32 = 0o170_000;
const TYPE_FILE: u32 = 0o100_000;
const TYPE_FOLDER: u32 = 0o040_000;

/// Something in the form of the archive; `part` is a word of APPNOTE.
fn malformed(part: &'static str, name: &[u8]) -> Problem {
    Problem::invalid("package.malformed").arg("part", part).arg("path", shown(name))
}

fn too_large(limit: u64) -> Problem {
    Problem::too_large("package.too_large").arg("limit", limit)
}

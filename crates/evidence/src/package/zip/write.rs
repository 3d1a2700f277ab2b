//! Writes an archive whose bytes depend on names and contents alone.
//!
//! Entries stand in the order of their names' bytes. Everything is stored, not deflated: a compressor's output changes with its
//! version, and a package must come out the same in twenty years; large files in a package are mostly compressed formats anyway. Dates
//! are the first that the format knows (1980-01-01), attributes those of a plain file, no extra fields, no comments.

use flate2::Crc;
use jingui_model::Problem;

use super::{CENTRAL, END, File, LOCAL, STORED, TYPE_FILE, UTF8, too_large};
use crate::package::name::{self, Taken};

/// Version 2.0, as UTF-8 names and folders need it.
const VERSION: u16 = 20;
/// By Unix, so that the attributes count.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// 1980-01-01.
const DATE: u16 = 1 << 5 | 1;
/// Readable by all, writable by the owner.
const ATTRIBUTES: u32 = (TYPE_FILE | 0o644) << 16;
/// Beyond this, ZIP64 would be needed.
const MAX_SIZE: u64 = 0xffff_fffe;
const MAX_ENTRIES: usize = 0xfffe;

/// The archive of these files, in whatever order they come.
///
/// # Errors
/// `package.name`, `package.duplicate` with the path; `package.too_large` from 4 GiB or 65,535 files.
pub fn write(files: &[File]) -> Result<Vec<u8>, Problem> {
    let mut sorted: Vec<&File> = files.iter().collect();
    sorted.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    let mut taken = Taken::default();
    let mut size = 0_u64;
    for file in &sorted {
        name::check(&file.name)?;
        taken.take(&file.name, false)?;
        size += u64::try_from(file.bytes.len() + 2 * file.name.len() + super::LOCAL_SIZE + super::CENTRAL_SIZE).unwrap_or(u64::MAX);
    }
    if size > MAX_SIZE || sorted.len() > MAX_ENTRIES {
        return Err(too_large(MAX_SIZE));
    }
    let mut out = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + super::END_SIZE);
    let mut directory = Vec::new();
    for file in sorted {
        let offset = long(out.len());
        let common = common(file);
        for part in [&LOCAL.to_le_bytes()[..], &VERSION.to_le_bytes(), &common, file.name.as_bytes(), &file.bytes] {
            out.extend_from_slice(part);
        }
        let rest = [&[0; 6][..], &ATTRIBUTES.to_le_bytes(), &offset.to_le_bytes()].concat();
        // Comment length, disk, internal attributes; then the external ones and where the entry stands.
        let head = [&CENTRAL.to_le_bytes()[..], &MADE_BY.to_le_bytes(), &VERSION.to_le_bytes(), &common].concat();
        for part in [&head, rest.as_slice(), file.name.as_bytes()] {
            directory.extend_from_slice(part);
        }
    }
    let (offset, size, entries) = (long(out.len()), long(directory.len()), short(files.len()));
    out.extend(directory);
    for part in [
        &END.to_le_bytes()[..],
        &[0; 4],
        &entries.to_le_bytes(),
        &entries.to_le_bytes(),
        &size.to_le_bytes(),
        &offset.to_le_bytes(),
        &[0; 2],
    ] {
        out.extend_from_slice(part);
    }
    Ok(out)
}

/// What local and central header have in common, from the flags to the length of the extra field.
fn common(file: &File) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(&file.bytes);
    let (size, name) = (long(file.bytes.len()), short(file.name.len()));
    let (shorts, longs) = ([UTF8, STORED, 0, DATE], [crc.sum(), size, size]);
    let mut out: Vec<u8> = shorts.iter().flat_map(|n| n.to_le_bytes()).collect();
    out.extend(longs.iter().flat_map(|n| n.to_le_bytes()));
    out.extend([name, 0].iter().flat_map(|n| n.to_le_bytes()));
    out
}

/// Sizes that were checked against the limits before.
fn long(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

fn short(size: usize) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX)
}

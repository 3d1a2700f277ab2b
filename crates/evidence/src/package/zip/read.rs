//! Reads an archive that somebody else may have made, and trusts nothing in it.
//!
//! Every byte of the archive is accounted for: local headers with their data from the first byte on without gap or overlap, then the
//! central directory, then the end record, then nothing. Central and local header say the same. What would be read differently by
//! different programs is refused: ZIP64, streamed entries, encryption, comments, several disks, other methods than stored and deflate,
//! links, names that lead out or overwrite each other. Sizes are held to limits before anything is unpacked, and unpacking stops at the
//! stated size.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use jingui_model::Problem;

use super::{
    CENTRAL, CENTRAL_SIZE, DEFLATED, END, END_SIZE, File, LOCAL, LOCAL_SIZE, Limits, STORED, TYPE_FILE, TYPE_FOLDER, TYPE_MASK, UTF8,
    malformed, too_large,
};
use crate::package::name::{Taken, is_safe, shown};

/// How hard a deflated file was compressed: of no meaning to a reader.
const EFFORT: u16 = 0b110;
/// Extra fields that change what a header says: sizes (ZIP64), name (Info-ZIP Unicode path).
const MEANINGFUL: [u16; 2] = [0x0001, 0x7075];
/// Makers whose names are UTF-8 whether they say so or not: Unix, macOS.
const UTF8_HOSTS: [u8; 2] = [3, 19];
/// A file may grow to this size whatever its ratio.
const SMALL: u64 = 1 << 16;

/// The files of an archive in the order of its directory. Folders are checked and left out.
///
/// # Errors
/// `package.malformed` with the part, `package.encrypted`, `package.name`, `package.link`, `package.duplicate`, `package.damaged` with
/// the path; `package.too_large`, `package.too_many`, `package.bomb` for what is over the limits.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<File>, Problem> {
    let (mut entries, directory_at) = directory(bytes, limits)?;
    layout(bytes, &mut entries, directory_at)?;
    let mut taken = Taken::default();
    let mut total = 0_u64;
    for entry in &entries {
        let name = entry.checked_name()?;
        taken.take(name.trim_end_matches('/'), entry.is_folder())?;
        total = total.saturating_add(u64::from(entry.size));
        if u64::from(entry.size) > limits.file || total > limits.total {
            return Err(too_large(limits.file.min(limits.total)));
        }
        if u64::from(entry.size) > SMALL.max(u64::from(entry.packed).saturating_mul(limits.ratio)) {
            return Err(Problem::too_large("package.bomb").arg("path", &name).arg("limit", limits.ratio));
        }
    }
    entries.iter().filter(|entry| !entry.is_folder()).map(|entry| entry.unpack(bytes)).collect()
}

/// An entry of the central directory.
struct Entry<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    attributes: u32,
    /// On what kind of system it was made.
    host: u8,
    at: usize,
    /// Bytes that both headers share: flags, method, time, date, checksum, sizes, length of the name.
    common: &'a [u8],
    /// Where its data begin; known once the local header was read.
    data: usize,
}

/// Reads little-endian numbers from the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn short(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn long(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)
    }
}

/// The end record, which ends the archive, and the directory right before it.
fn directory<'a>(bytes: &'a [u8], limits: &Limits) -> Result<(Vec<Entry<'a>>, usize), Problem> {
    let wrong = || malformed("endOfCentralDirectory", &[]);
    let end_at = bytes.len().checked_sub(END_SIZE).ok_or_else(wrong)?;
    let mut fields = Fields(bytes.get(end_at..).unwrap_or_default());
    let mut end =
        || Some((fields.long()?, fields.long()?, fields.short()?, fields.short()?, fields.long()?, fields.long()?, fields.short()?));
    let (signature, disks, here, count, size, at, comment) = end().ok_or_else(wrong)?;
    if signature != END || disks != 0 || here != count || comment != 0 {
        return Err(wrong());
    }
    if count == u16::MAX || size == u32::MAX || at == u32::MAX {
        return Err(malformed("zip64", &[]));
    }
    if usize::from(count) > limits.entries {
        return Err(Problem::too_large("package.too_many").arg("limit", limits.entries));
    }
    let at = usize::try_from(at).map_err(|_| wrong())?;
    if at.checked_add(usize::try_from(size).map_err(|_| wrong())?) != Some(end_at) {
        return Err(wrong());
    }
    let mut fields = Fields(bytes.get(at..end_at).ok_or_else(wrong)?);
    let entries = (0..count).map(|_| Entry::parse(&mut fields)).collect::<Result<Vec<_>, _>>()?;
    if fields.0.is_empty() { Ok((entries, at)) } else { Err(malformed("centralDirectory", &[])) }
}

impl<'a> Entry<'a> {
    fn parse(fields: &mut Fields<'a>) -> Result<Self, Problem> {
        let wrong = || malformed("centralDirectory", &[]);
        let mut head = Fields(fields.bytes(CENTRAL_SIZE).ok_or_else(wrong)?);
        let (entry, extra, comment) = Self::fixed(&mut head).ok_or_else(wrong)?;
        let name = fields.bytes(entry.1).ok_or_else(wrong)?;
        let entry = Self { name, ..entry.0 };
        extra_fields(fields.bytes(extra).ok_or_else(wrong)?, name)?;
        if comment != 0 {
            return Err(malformed("comment", name));
        }
        if entry.flags & 1 != 0 {
            return Err(Problem::invalid("package.encrypted").arg("path", shown(name)));
        }
        if entry.flags & !(UTF8 | EFFORT) != 0 {
            return Err(malformed("flags", name));
        }
        if entry.packed == u32::MAX || entry.size == u32::MAX || entry.at == usize::try_from(u32::MAX).unwrap_or(usize::MAX) {
            return Err(malformed("zip64", name));
        }
        match entry.method {
            STORED if entry.packed == entry.size => {}
            DEFLATED => {}
            STORED => return Err(malformed("size", name)),
            _ => return Err(malformed("method", name)),
        }
        let kind = entry.attributes >> 16 & TYPE_MASK;
        let usual = if entry.is_folder() { TYPE_FOLDER } else { TYPE_FILE };
        // Nothing in the upper half: made where files have no types.
        if kind != 0 && kind != usual {
            return Err(Problem::invalid("package.link").arg("path", shown(name)));
        }
        if entry.is_folder() && entry.size != 0 {
            return Err(malformed("size", name));
        }
        Ok(entry)
    }

    /// The fixed part: the entry still without its name, with the lengths of name, extra field and comment.
    fn fixed(head: &mut Fields<'a>) -> Option<((Self, usize), usize, usize)> {
        if head.long()? != CENTRAL {
            return None;
        }
        let [_, host] = head.short()?.to_le_bytes();
        // Needed to extract.
        head.short()?;
        let common = head.0.get(..22)?;
        let (flags, method, _time, _date) = (head.short()?, head.short()?, head.short()?, head.short()?);
        let (crc, packed, size) = (head.long()?, head.long()?, head.long()?);
        let (name, extra, comment) = (head.short()?, head.short()?, head.short()?);
        let disk = head.short()?;
        head.short()?;
        let (attributes, at) = (head.long()?, usize::try_from(head.long()?).ok()?);
        let entry = Self { name: &[], flags, method, crc, packed, size, attributes, host, at, common, data: 0 };
        (disk == 0).then_some(((entry, usize::from(name)), usize::from(extra), usize::from(comment)))
    }

    const fn is_folder(&self) -> bool {
        matches!(self.name, [.., b'/'])
    }

    /// The name, if it is one that can be unpacked anywhere.
    fn checked_name(&self) -> Result<String, Problem> {
        let known = self.flags & UTF8 != 0 || self.name.is_ascii() || UTF8_HOSTS.contains(&self.host);
        let text = std::str::from_utf8(self.name).ok().filter(|_| known);
        let plain = |name: &&str| is_safe(if self.is_folder() { name.strip_suffix('/').unwrap_or(name) } else { name });
        text.filter(plain).map(str::to_owned).ok_or_else(|| Problem::invalid("package.name").arg("path", shown(self.name)))
    }

    /// Compares the local header; where the data begin.
    fn local(&self, bytes: &[u8]) -> Option<Result<usize, Problem>> {
        let mut fields = Fields(bytes.get(self.at..)?);
        let mut head = Fields(fields.bytes(LOCAL_SIZE)?);
        let signature = head.long()?;
        head.short()?;
        let (common, extra) = (head.bytes(22)?, head.short()?);
        if signature != LOCAL || common != self.common || fields.bytes(self.name.len())? != self.name {
            return None;
        }
        let extra = fields.bytes(usize::from(extra))?;
        let data = self.at + LOCAL_SIZE + self.name.len() + extra.len();
        Some(extra_fields(extra, self.name).map(|()| data))
    }

    /// The contents, which have the stated size and checksum.
    fn unpack(&self, archive: &[u8]) -> Result<File, Problem> {
        let name = self.checked_name()?;
        let damaged = || Problem::invalid("package.damaged").arg("path", &name);
        let (packed, size) = (usize::try_from(self.packed).map_err(|_| damaged())?, usize::try_from(self.size).map_err(|_| damaged())?);
        let packed = self.data.checked_add(packed).and_then(|end| archive.get(self.data..end)).ok_or_else(damaged)?;
        let bytes = if self.method == STORED { packed.to_vec() } else { inflate(packed, size).ok_or_else(damaged)? };
        let mut crc = Crc::new();
        crc.update(&bytes);
        if crc.sum() == self.crc { Ok(File { name, bytes }) } else { Err(damaged()) }
    }
}

/// Exactly `size` bytes out of exactly these.
fn inflate(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    // One byte of room more shows that a file goes on after its stated end.
    let mut bytes = Vec::with_capacity(size.checked_add(1)?);
    let mut stream = Decompress::new(false);
    let ended = stream.decompress_vec(packed, &mut bytes, FlushDecompress::Finish).ok()?;
    let whole = ended == Status::StreamEnd && bytes.len() == size && stream.total_in() == u64::try_from(packed.len()).ok()?;
    whole.then_some(bytes)
}

/// Extra fields are well-formed and say nothing that would overrule the header.
fn extra_fields(extra: &[u8], name: &[u8]) -> Result<(), Problem> {
    let mut fields = Fields(extra);
    while !fields.0.is_empty() {
        let id = fields.short().filter(|id| !MEANINGFUL.contains(id));
        let value = id.and_then(|_| fields.short()).and_then(|size| fields.bytes(usize::from(size)));
        value.ok_or_else(|| malformed("extraField", name))?;
    }
    Ok(())
}

/// Local headers say what the directory says, and entries stand one behind the other up to the directory.
fn layout(bytes: &[u8], entries: &mut [Entry<'_>], directory_at: usize) -> Result<(), Problem> {
    for entry in entries.iter_mut() {
        entry.data = entry.local(bytes).ok_or_else(|| malformed("localHeader", entry.name))??;
    }
    let mut order: Vec<&Entry<'_>> = entries.iter().collect();
    order.sort_by_key(|entry| entry.at);
    let mut next = 0;
    for entry in order {
        let end = usize::try_from(entry.packed).ok().and_then(|packed| entry.data.checked_add(packed));
        match end {
            Some(end) if entry.at == next && end <= directory_at => next = end,
            _ => return Err(malformed("layout", entry.name)),
        }
    }
    if next == directory_at { Ok(()) } else { Err(malformed("layout", &[])) }
}

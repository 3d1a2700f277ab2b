//! Archives: equal contents give equal bytes, and nothing hostile gets through (APPNOTE 6.3).

use std::{fs, process::Command};

use flate2::{Compress, Compression, Crc, FlushCompress};
use jingui_evidence::{
    package::{File, Limits, zip},
    time::HashAlgorithm,
};
use jingui_model::Problem;
use proptest::prelude::*;

fn file(name: &str, bytes: &[u8]) -> File {
    File { name: name.to_owned(), bytes: bytes.to_vec() }
}

fn some() -> Vec<File> {
    vec![file("包/b.txt", b"two"), file("包/a.txt", b""), file("包/data/热处理 曲线.bin", &[7; 3000]), file("包/Z", b"z")]
}

fn read(bytes: &[u8]) -> Result<Vec<File>, Problem> {
    zip::read(bytes, &Limits::default())
}

fn code(bytes: &[u8]) -> Option<String> {
    read(bytes).err().map(|problem| problem.code().to_owned())
}

/// The code with the part or path that a problem names.
fn named(bytes: &[u8]) -> (String, String) {
    let problem = read(bytes).expect_err("refused");
    (problem.code().to_owned(), problem.args().first().map(|(_, value)| value.clone()).unwrap_or_default())
}

#[test]
fn equal_contents_give_equal_bytes_in_whatever_order() {
    let first = zip::write(&some()).expect("written");
    let mut turned = some();
    turned.reverse();
    assert_eq!(zip::write(&turned), Ok(first.clone()));
    // The bytes that this format has given from the beginning; whoever changes them breaks the promise.
    let digest = hex::encode(HashAlgorithm::Sha256.digest(&[&first]));
    assert_eq!(digest, "039ceca796d71f8f7f092c3654912dd084d3d22d3d1342299d111943994ccc92");
    let mut sorted = some();
    sorted.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    assert_eq!(read(&first), Ok(sorted));
    assert_eq!(read(&zip::write(&[]).expect("written")), Ok(vec![]));
}

#[test]
fn other_programs_read_what_is_written_and_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ours.zip");
    fs::write(&path, zip::write(&some()).expect("written")).expect("written");
    let script = r"
import sys, zipfile
ours = zipfile.ZipFile(sys.argv[1])
assert ours.testzip() is None
assert ours.namelist() == ['包/Z', '包/a.txt', '包/b.txt', '包/data/热处理 曲线.bin'], ours.namelist()
assert all(i.date_time == (1980, 1, 1, 0, 0, 0) and i.external_attr >> 16 == 0o100644 and not i.extra for i in ours.infolist())
with zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_STORED) as same:
    for name in ours.namelist():
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, 0o100644 << 16
        same.writestr(info, ours.read(name))
assert open(sys.argv[1], 'rb').read() == open(sys.argv[2], 'rb').read(), 'the same bytes'
for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(sys.argv[2] + str(how), 'w', how) as theirs:
        theirs.writestr(zipfile.ZipInfo('包/'), '')
        for name in reversed(ours.namelist()):
            theirs.writestr(name, ours.read(name))
";
    let theirs = folder.path().join("theirs");
    let out = Command::new("python3").args(["-c", script]).args([&path, &theirs]).env("PYTHONUTF8", "1").output().expect("python3");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    for how in ["0", "8"] {
        let mut files = read(&fs::read(format!("{}{how}", theirs.display())).expect("written")).expect("read");
        files.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(zip::write(&files), zip::write(&some()));
    }
}

#[test]
fn names_that_cannot_be_unpacked_anywhere_are_not_written() {
    for name in ["", "/a", "../a", "a/../b", "a\\b", "C:a", "a\0", "a/"] {
        assert_eq!(zip::write(&[file(name, b"")]).err().map(|p| p.code().to_owned()).as_deref(), Some("package.name"), "{name:?}");
    }
    for pair in [["a", "a"], ["a", "A"], ["a", "a/b"], ["\u{e4}", "a\u{308}"]] {
        let files = pair.map(|name| file(name, b""));
        assert_eq!(zip::write(&files).err().map(|p| p.code().to_owned()).as_deref(), Some("package.duplicate"), "{pair:?}");
    }
}

/// One entry of an archive made by hand, with everything that can be lied about.
#[derive(Clone)]
struct Lie {
    name: Vec<u8>,
    local_name: Option<Vec<u8>>,
    data: Vec<u8>,
    method: u16,
    flags: u16,
    crc: u32,
    packed: u32,
    size: u32,
    local_size: Option<u32>,
    attributes: u32,
    host: u8,
    extra: Vec<u8>,
    comment: Vec<u8>,
    at: Option<u32>,
    hidden: Vec<u8>,
}

fn lie(name: &str, data: &[u8]) -> Lie {
    let mut crc = Crc::new();
    crc.update(data);
    let size = u32::try_from(data.len()).expect("small");
    Lie {
        name: name.into(),
        local_name: None,
        data: data.to_vec(),
        method: 0,
        flags: 1 << 11,
        crc: crc.sum(),
        packed: size,
        size,
        local_size: None,
        attributes: 0o100_644 << 16,
        host: 3,
        extra: vec![],
        comment: vec![],
        at: None,
        hidden: vec![],
    }
}

fn deflated(name: &str, data: &[u8]) -> Lie {
    let mut packed = Vec::with_capacity(data.len() + 100);
    Compress::new(Compression::best(), false).compress_vec(data, &mut packed, FlushCompress::Finish).expect("compressed");
    Lie { method: 8, packed: u32::try_from(packed.len()).expect("small"), data: packed, ..lie(name, data) }
}

fn archive(entries: &[Lie]) -> Vec<u8> {
    archive_ended(entries, 0, &[])
}

/// With a count that is off by so many, and bytes behind the end.
fn archive_ended(entries: &[Lie], more: i32, behind: &[u8]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let short = |n: usize| u16::try_from(n).expect("small").to_le_bytes();
    for e in entries {
        out.extend(&e.hidden);
        let at = e.at.unwrap_or(u32::try_from(out.len()).expect("small"));
        let common = |name: &[u8], size: u32| {
            let mut c = [e.flags, e.method, 0, 33].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
            c.extend([e.crc, e.packed, size].iter().flat_map(|n| n.to_le_bytes()));
            c.extend(short(name.len()));
            c.extend(short(e.extra.len()));
            c
        };
        let local = e.local_name.as_ref().unwrap_or(&e.name);
        for part in [b"PK\x03\x04\x14\x00", &common(local, e.local_size.unwrap_or(e.size))[..], local, &e.extra, &e.data] {
            out.extend(part);
        }
        let rest = [&short(e.comment.len())[..], &[0; 4], &e.attributes.to_le_bytes(), &at.to_le_bytes()].concat();
        for part in [b"PK\x01\x02\x14", &[e.host, 0x14, 0][..], &common(&e.name, e.size)[..], &rest, &e.name, &e.extra, &e.comment] {
            directory.extend(part);
        }
    }
    let count = u16::try_from(i32::try_from(entries.len()).expect("small") + more).expect("small").to_le_bytes();
    let (size, at) = (u32::try_from(directory.len()).expect("small"), u32::try_from(out.len()).expect("small"));
    for part in [&directory[..], b"PK\x05\x06", &[0; 4], &count, &count, &size.to_le_bytes(), &at.to_le_bytes(), &[0; 2], behind] {
        out.extend(part);
    }
    out
}

fn pair(code: &str, argument: &str) -> (String, String) {
    (code.to_owned(), argument.to_owned())
}

#[test]
fn the_archives_made_by_hand_are_right_unless_they_lie() {
    let good = [lie("a/b", b"bee"), deflated("a/c", &[9; 5000]), Lie { attributes: 0, ..lie("a/", b"") }];
    assert_eq!(read(&archive(&good)), Ok(vec![file("a/b", b"bee"), file("a/c", &[9; 5000])]));
    // Times as Info-ZIP adds them say nothing that matters.
    let times = Lie { extra: b"UT\x05\x00\x01abcd".to_vec(), ..lie("a", b"x") };
    assert_eq!(read(&archive(&[times])), Ok(vec![file("a", b"x")]));
}

#[test]
fn names_that_lead_out_or_over_each_other_are_refused() {
    for name in
        ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\a", "..\\a", "a\0.txt", "", "a//b", "./a", "a/./b", "a\u{202e}b", "con:"]
    {
        assert_eq!(code(&archive(&[lie(name, b"x")])).as_deref(), Some("package.name"), "{name:?}");
    }
    let not_utf8 = Lie { name: vec![b'a', 0xff], ..lie("", b"x") };
    assert_eq!(code(&archive(&[not_utf8])).as_deref(), Some("package.name"));
    // Info-ZIP and macOS leave the flag out and write UTF-8.
    let no_flag = Lie { flags: 0, ..lie("热", b"x") };
    assert!(read(&archive(std::slice::from_ref(&no_flag))).is_ok());
    let no_flag = Lie { host: 0, ..no_flag };
    assert_eq!(code(&archive(&[no_flag])).as_deref(), Some("package.name"), "another code page, who knows which");
    assert!(read(&archive(&[Lie { flags: 0, ..lie("plain", b"x") }])).is_ok());
    for (first, second) in [("a", "a"), ("a", "A"), ("a", "a/b"), ("a/b", "a")] {
        let twice = archive(&[lie(first, b"1"), lie(second, b"2")]);
        assert_eq!(named(&twice), pair("package.duplicate", second));
    }
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let zeros = vec![0; 20 << 20];
    let bomb = deflated("bomb", &zeros);
    assert!(u64::from(bomb.size) > 100 * u64::from(bomb.packed));
    assert_eq!(named(&archive(std::slice::from_ref(&bomb))), pair("package.bomb", "bomb"));
    // A bomb that says it is small ends at what it says.
    let modest = Lie { size: 1000, ..bomb.clone() };
    assert_eq!(named(&archive(&[modest])), pair("package.damaged", "bomb"));
    let boastful = Lie { size: 5000, ..deflated("a", &[1; 4000]) };
    assert_eq!(named(&archive(&[boastful])), pair("package.damaged", "a"));
    // Limits of number and size.
    let limits = Limits { entries: 2, file: 10, total: 15, ratio: 100 };
    let limited = |entries: &[Lie]| zip::read(&archive(entries), &limits).err().map(|p| p.code().to_owned());
    assert_eq!(limited(&[lie("a", b"0123456789"), lie("b", b"01234")]), None);
    assert_eq!(limited(&[lie("a", b"0123456789x")]).as_deref(), Some("package.too_large"));
    assert_eq!(limited(&[lie("a", b"0123456789"), lie("b", b"012345")]).as_deref(), Some("package.too_large"));
    assert_eq!(limited(&["a", "b", "c"].map(|name| lie(name, b""))).as_deref(), Some("package.too_many"));
}

#[test]
fn entries_neither_overlap_nor_leave_gaps() {
    // Two entries over one and the same data: how small archives become enormous.
    let shared = archive(&[lie("a", b"data"), Lie { at: Some(0), hidden: vec![], ..lie("a", b"data") }]);
    assert_eq!(code(&shared).as_deref(), Some("package.malformed"));
    // One entry whose data contain a whole second one.
    let inner = archive(&[lie("inner", b"x")]);
    let kernel = &inner[..30 + 5 + 1];
    let quine = archive(&[lie("outer", kernel), Lie { at: Some(35), data: vec![], ..lie("inner", b"x") }]);
    assert_eq!(code(&quine).as_deref(), Some("package.malformed"));
    let gap = archive(&[lie("a", b"1"), Lie { hidden: b"hidden".to_vec(), ..lie("b", b"2") }]);
    assert_eq!(named(&gap), pair("package.malformed", "layout"));
    let before = archive(&[Lie { hidden: b"#!/bin/sh\n".to_vec(), ..lie("a", b"1") }]);
    assert_eq!(named(&before), pair("package.malformed", "layout"));
    // An entry that the directory does not name.
    let unnamed = archive(&[Lie { hidden: kernel.to_vec(), ..lie("a", b"1") }]);
    assert_eq!(named(&unnamed), pair("package.malformed", "layout"));
    let behind = archive_ended(&[lie("a", b"1")], 0, b"\0");
    assert_eq!(named(&behind), pair("package.malformed", "endOfCentralDirectory"));
    let far = archive(&[Lie { at: Some(0x7fff_ffff), ..lie("a", b"1") }]);
    assert_eq!(named(&far), pair("package.malformed", "localHeader"));
    let long = archive(&[Lie { packed: 0x7fff_ffff, size: 0x7fff_ffff, ..lie("a", b"1") }]);
    assert_eq!(named(&long), pair("package.malformed", "layout"));
    for more in [-1, 1] {
        assert_eq!(code(&archive_ended(&[lie("a", b"1"), lie("b", b"2")], more, b"")).as_deref(), Some("package.malformed"));
    }
}

#[test]
fn both_headers_say_the_same() {
    let name = Lie { local_name: Some(b"b".to_vec()), ..lie("a", b"1") };
    let longer = Lie { local_name: Some(b"ab".to_vec()), ..lie("a", b"1") };
    let size = Lie { local_size: Some(2), ..lie("a", b"1") };
    for entry in [name, longer, size] {
        assert_eq!(named(&archive(&[entry])), pair("package.malformed", "localHeader"));
    }
}

#[test]
fn what_programs_read_differently_is_refused() {
    let refused = |entry: Lie, code: &str, argument: &str| assert_eq!(named(&archive(&[entry])), pair(code, argument));
    refused(Lie { flags: 1 << 11 | 1, ..lie("a", b"1") }, "package.encrypted", "a");
    refused(Lie { flags: 1 << 11 | 1 << 3, ..lie("a", b"1") }, "package.malformed", "flags");
    refused(Lie { flags: 1 << 11 | 1 << 13, ..lie("a", b"1") }, "package.malformed", "flags");
    refused(Lie { method: 12, ..lie("a", b"1") }, "package.malformed", "method");
    refused(Lie { comment: b"c".to_vec(), ..lie("a", b"1") }, "package.malformed", "comment");
    refused(Lie { size: 2, ..lie("a", b"1") }, "package.malformed", "size");
    refused(Lie { attributes: 0o120_777 << 16, ..lie("a", b"/etc/passwd") }, "package.link", "a");
    refused(Lie { attributes: 0o010_644 << 16, ..lie("a", b"") }, "package.link", "a");
    refused(Lie { attributes: 0o040_755 << 16, ..lie("a", b"") }, "package.link", "a");
    refused(Lie { attributes: 0o120_777 << 16, ..lie("a/", b"") }, "package.link", "a/");
    refused(Lie { attributes: 0, ..lie("a/", b"content") }, "package.malformed", "size");
    refused(Lie { crc: 1, ..lie("a", b"1") }, "package.damaged", "a");
    refused(Lie { crc: 1, ..deflated("a", b"1") }, "package.damaged", "a");
    refused(Lie { data: b"no stream".to_vec(), packed: 9, ..deflated("a", b"1") }, "package.damaged", "a");
    // Bytes behind the end of the compressed stream.
    let mut trailing = deflated("a", b"1");
    trailing.data.push(0);
    trailing.packed += 1;
    refused(trailing, "package.damaged", "a");
    // ZIP64: in the sizes, in an extra field, in the end record.
    refused(Lie { size: u32::MAX, packed: u32::MAX, ..lie("a", b"1") }, "package.malformed", "zip64");
    refused(Lie { extra: b"\x01\x00\x08\x00\x01\0\0\0\0\0\0\0".to_vec(), ..lie("a", b"1") }, "package.malformed", "extraField");
    refused(Lie { extra: b"up\x01\x00x".to_vec(), ..lie("a", b"1") }, "package.malformed", "extraField");
    refused(Lie { extra: b"UT\xff\x00x".to_vec(), ..lie("a", b"1") }, "package.malformed", "extraField");
    let mut end = archive(&[lie("a", b"1")]);
    let at = end.len() - 6;
    end[at..at + 4].fill(0xff);
    assert_eq!(named(&end), pair("package.malformed", "zip64"));
    let locator = [&b"PK\x06\x07"[..], &[0; 16]].concat();
    let good = archive(&[lie("a", b"1")]);
    let (before, record) = good.split_at(good.len() - 22);
    assert_eq!(code(&[before, &locator, record].concat()).as_deref(), Some("package.malformed"));
    // Several disks; a comment of the archive.
    for field in [4, 6, 20] {
        let mut changed = good.clone();
        changed[before.len() + field] = 1;
        assert_eq!(named(&changed), pair("package.malformed", "endOfCentralDirectory"), "{field}");
    }
}

#[test]
fn no_flipped_bit_changes_what_is_read() {
    for good in [zip::write(&some()).expect("written"), archive(&[deflated("热/a", &[5; 200]), lie("热/b", b"bee")])] {
        let files = read(&good).expect("read");
        let mut bytes = good.clone();
        let mut survivors = 0;
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                if let Ok(found) = read(&bytes) {
                    survivors += 1;
                    assert_eq!(found, files, "byte {at} bit {bit}");
                }
                bytes[at] ^= 1 << bit;
            }
        }
        // Versions and permissions, in each header: nothing that is read.
        assert!(survivors < 4 * 130, "{survivors}");
        for end in 0..good.len() {
            assert!(read(&good[..end]).is_err(), "{end}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces of real archives in any order, with any bytes between them.
    #[test]
    fn arbitrary_bytes_are_refused_without_harm(
        pieces in proptest::collection::vec((0_usize..4, any::<u16>(), any::<u16>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..6)
    ) {
        let good = archive(&[deflated("a", &[5; 200]), lie("b", b"bee")]);
        let mut bytes = Vec::new();
        for (kind, from, to, noise) in pieces {
            let (from, to) = (usize::from(from) % good.len(), usize::from(to) % good.len());
            match kind {
                0 => bytes.extend(noise),
                1 => bytes.extend(&good[good.len() - 22..]),
                _ => bytes.extend(&good[from.min(to)..from.max(to)]),
            }
        }
        if let Ok(files) = read(&bytes) {
            prop_assert!(files.len() <= 2);
        }
    }

    /// Whatever is written is read again.
    #[test]
    fn written_and_read_again(contents in proptest::collection::btree_map("[a-z]{1,8}/[a-z热]{1,8}", proptest::collection::vec(any::<u8>(), 0..200), 0..8)) {
        let files: Vec<File> = contents.iter().map(|(name, bytes)| file(name, bytes)).collect();
        let bytes = zip::write(&files).expect("written");
        prop_assert_eq!(read(&bytes).expect("read"), files);
    }
}

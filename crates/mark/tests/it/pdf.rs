//! PDF: the mark stands on each page upright and readable, the file before it is kept to the last byte.

use std::process::Command;

use jingui_mark::Limits;
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use crate::tools::*;

/// Pages of all sorts: inherited resources and box; turned and cropped; with states left open; without content.
pub fn sample(modern: bool) -> Vec<u8> {
    let mut d = Document::with_version("1.5");
    let tree = d.new_object_id();
    let font = d.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let text = |words: &str, y: i32| format!("BT /F1 20 Tf 60 {y} Td ({words}) Tj ET").into_bytes();
    let one = d.add_object(Stream::new(Dictionary::new(), text("first page", 500)));
    let two = d.add_object(Stream::new(Dictionary::new(), text("second half", 400)));
    let turned = d.add_object(Stream::new(Dictionary::new(), text("turned page", 300)));
    let open = d.add_object(Stream::new(Dictionary::new(), b"q q 0.2 0 0 0.2 500 500 cm BT /F1 60 Tf 60 60 Td (left open) Tj ET".to_vec()));
    let list = d.add_object(vec![Object::Reference(one), Object::Reference(two)]);
    let pages = [
        dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => list },
        dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => turned, "Rotate" => 90,
            "CropBox" => vec![50.into(), 100.into(), 550.into(), 700.into()],
        },
        dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => open, "Rotate" => -90 },
        dictionary! { "Type" => "Page", "Parent" => tree },
    ];
    let kids: Vec<Object> = pages.into_iter().map(|p| Object::Reference(d.add_object(p))).collect();
    let count = i64::try_from(kids.len()).unwrap();
    d.set_object(
        tree,
        dictionary! {
            "Type" => "Pages", "Kids" => kids, "Count" => count, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        },
    );
    let root = d.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    d.trailer.set("Root", root);
    let mut out = vec![];
    if !modern {
        d.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    }
    if modern {
        d.save_modern(&mut out).unwrap()
    } else {
        d.save_to(&mut out).unwrap()
    }
    out
}

/// What a reader of strangers finds on the pages.
pub fn said(bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pdf");
    std::fs::write(&file, bytes).unwrap();
    let ran = Command::new("pdftotext").arg("-raw").arg(&file).arg("-").output().unwrap_or_else(|e| panic!("pdftotext: {e}"));
    // The library that makes the samples leaves entry 0 out of its cross-reference streams.
    let errors = String::from_utf8_lossy(&ran.stderr).replace("Syntax Error: Invalid XRef entry 0\n", "");
    assert!(ran.status.success() && errors.is_empty(), "{errors}");
    let text = String::from_utf8(ran.stdout).unwrap();
    text.split('\u{c}').filter(|p| !p.trim().is_empty()).map(str::to_owned).collect()
}

#[test]
fn h_9_2_1_each_page_carries_the_mark_and_its_own_words() {
    for modern in [false, true] {
        let old = sample(modern);
        let marked = put(&old, &mark());
        assert!(marked.bytes.starts_with(&old), "the file before it is kept to the last byte (ISO 32000-1, 7.5.6)");
        assert_eq!(read(&marked.bytes), Some(mark()));
        let pages = said(&marked.bytes);
        assert_eq!(pages.len(), 4);
        for page in &pages {
            assert!(page.contains("核心秘密★ 编号 SM-2026-0007") && page.contains("R&D <研发部>"), "upright on each page: {page}");
        }
        assert!(pages[0].contains("first page") && pages[0].contains("second half"));
        // Their own words run upwards now, one below the other to a reader of text.
        assert!(pages[1].replace('\n', " ").contains("turned page"), "{}", pages[1]);
        assert!(pages[2].replace('\n', " ").contains("left open"), "{}", pages[2]);
    }
}

#[test]
fn h_9_2_2_a_new_mark_takes_the_place_of_the_old_one_and_b_4_3_2_it_comes_out_again() {
    for modern in [false, true] {
        let old = sample(modern);
        let once = put(&old, &mark()).bytes;
        assert_eq!(put(&once, &mark()).bytes, once);
        let changed = put(&once, &later()).bytes;
        assert_eq!(changed, put(&old, &later()).bytes);
        assert!(said(&changed).iter().all(|p| p.contains("一般秘密★") && !p.contains("核心")));
        assert_eq!(strip(&changed), old, "to the last byte");
    }
}

#[test]
fn a_marked_file_that_another_program_wrote_anew_is_not_marked_twice() {
    let marked = put(&sample(true), &mark()).bytes;
    let mut other = vec![];
    Document::load_mem(&marked).unwrap().save_to(&mut other).unwrap();
    assert_eq!(read(&other), Some(mark()));
    let again = said(&put(&other, &later()).bytes);
    assert!(again.iter().all(|p| p.matches("编号").count() == 1 && p.contains("一般秘密★") && !p.contains("核心")), "{again:?}");
    assert!(!said(&strip(&other)).concat().contains("编号"));
}

#[test]
fn a_page_that_is_seen_turned_is_marked_as_it_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pdf");
    std::fs::write(&file, put(&sample(false), &mark()).bytes).unwrap();
    let ran = Command::new("pdftotext").args(["-bbox", "-cropbox"]).arg(&file).arg("-").output().unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    let number = |line: &str, name: &str| -> f32 {
        line.split(&format!("{name}=\"")).nth(1).and_then(|r| r.split('"').next()).and_then(|n| n.parse().ok()).unwrap()
    };
    let mut seen = 0;
    for (n, page) in text.split("<page ").skip(1).enumerate() {
        let (width, height) = (number(page, "width"), number(page, "height"));
        // It gives sizes before the turn, places after it.
        let (width, height) = if n == 1 || n == 2 { (height, width) } else { (width, height) };
        for line in page.lines().filter(|l| l.contains("<word")) {
            if line.contains("核心秘密★") {
                assert!(number(line, "yMax") < 25.0 && number(line, "xMin") > 20.0, "at the head: {line}");
                seen += 1;
            }
            if line.contains("未经批准不得外传") {
                assert!(number(line, "yMin") > height - 25.0 && number(line, "xMax") < width, "at the foot: {line} of {height}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 8, "{text}");
}

#[test]
fn what_a_mark_would_break_is_refused() {
    let signed = |key: &str, value: Object| {
        let mut d = Document::load_mem(&sample(false)).unwrap();
        d.add_object(dictionary! { "Type" => "Sig", "ByteRange" => vec![0.into(), 1.into()], key => value });
        let mut out = vec![];
        d.save_to(&mut out).unwrap();
        out
    };
    assert_eq!(code(&signed("Contents", Object::string_literal("x"))), "mark.signed");
    assert_eq!(code(&signed("Other", Object::Null)), "marked");
    let mut d = Document::load_mem(&sample(false)).unwrap();
    d.trailer.set("ID", vec![Object::string_literal("a"), Object::string_literal("a")]);
    let version = lopdf::EncryptionVersion::V2 {
        document: &d,
        owner_password: "owner",
        user_password: "user",
        key_length: 128,
        permissions: lopdf::Permissions::all(),
    };
    let state = lopdf::EncryptionState::try_from(version).unwrap();
    d.encrypt(&state).unwrap();
    let mut out = vec![];
    d.save_to(&mut out).unwrap();
    assert_eq!(code(&out), "mark.encrypted");
    let few = Limits { max_pages: 3, ..Limits::default() };
    assert_eq!(jingui_mark::put(&sample(false), &mark(), Some(&FONT), &few).unwrap_err().code(), "mark.too_many_pages");
    assert_eq!(jingui_mark::put(&sample(false), &mark(), None, &few).unwrap_err().code(), "mark.no_font");
    let mut lost = sample(false);
    let at = lost.len() - 12;
    lost.truncate(at);
    assert_eq!(code(&lost), "mark.damaged", "an update must point back to a sound table");
}

//! What must not be marked, and why: each with its code, none with a panic.

use jingui_mark::Limits;

use crate::tools::*;

#[test]
fn other_files_are_named_as_what_they_are() {
    assert_eq!(code(b"plain text"), "mark.unknown_format");
    assert_eq!(code(b""), "mark.unknown_format");
    assert_eq!(code(&zip(&[("content.xml", "<x/>")])), "mark.unknown_format");
    let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    assert_eq!(code(&ole), "mark.old_office");
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(code(&[ole, name].concat()), "mark.encrypted");
}

/// One part of the document put in another's place.
fn with(part: &str, text: &str) -> Vec<u8> {
    let mut all = parts(&docx("页眉"));
    all.insert(part.to_owned(), text.to_owned());
    let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    zip(&all)
}

#[test]
fn packages_that_attack_are_refused() {
    assert_eq!(code(&with("../evil.xml", "")), "mark.unsafe");
    assert_eq!(code(&with("C:/evil.xml", "")), "mark.unsafe");
    assert_eq!(code(&with("WORD/document.xml", "")), "mark.unsafe");
    assert_eq!(code(&with("word/bomb.bin", &"0".repeat(8 << 20))), "mark.unsafe");
    assert_eq!(code(&with("word/header1.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")), "mark.unsafe");
    assert_eq!(code(&with("_xmlsignatures/origin.sigs", "")), "mark.signed");
    let small = Limits { max_unpacked: 64, ..Limits::default() };
    assert_eq!(jingui_mark::put(&docx("a"), &mark(), None, &small).unwrap_err().code(), "mark.unsafe");
    let small = Limits { max_bytes: 64, ..Limits::default() };
    assert_eq!(jingui_mark::put(&docx("a"), &mark(), None, &small).unwrap_err().code(), "mark.too_large");
}

#[test]
fn broken_packages_are_refused() {
    assert_eq!(code(&with("word/header1.xml", "<a><b></a>")), "mark.damaged");
    assert_eq!(code(&with("word/header1.xml", "\u{feff}")), "mark.damaged");
    assert_eq!(code(&with("word/document.xml", "<w:document xmlns:w=\"x\"/>")), "mark.damaged");
    assert_eq!(code(&with("_rels/.rels", "<Relationships/>")), "mark.damaged");
    assert_eq!(
        code(&with("word/document.xml", "<w:document xmlns:w=\"http://purl.oclc.org/ooxml/wordprocessingml/main\"/>")),
        "mark.strict_office"
    );
    let whole = docx("页眉");
    for end in [4, 100, whole.len() / 2, whole.len() - 1] {
        assert_ne!(code(&whole[..end]), "marked");
    }
}

#[test]
fn no_cut_of_a_file_makes_it_fall_over() {
    for whole in [docx("页眉"), crate::pdf::sample(false), crate::picture::png(), crate::picture::jpeg()] {
        for n in 0..40 {
            let cut = &whole[..whole.len() * n / 40];
            code(cut);
            read(cut);
            drop(jingui_mark::strip(cut, &Limits::default()));
            let mut bent = whole.clone();
            let at = whole.len() * n / 40;
            bent[at] ^= 0x5A;
            code(&bent);
            read(&bent);
        }
    }
}

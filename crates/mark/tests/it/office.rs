//! Office files: the mark is there, everything else is as it was.

use jingui_mark::{Format, Left, Mark, sniff};
use proptest::prelude::*;

use crate::tools::*;

/// Which parts are not packed byte for byte as before, but were there before.
fn touched(old: &[u8], new: &[u8]) -> Vec<String> {
    let new = packed(new);
    packed(old).into_iter().filter(|(name, bytes)| new.get(name) != Some(bytes)).map(|(name, _)| name).collect()
}

#[test]
fn h_9_2_1_a_document_carries_the_mark_in_every_kind_of_header_and_footer() {
    let old = docx("原有页眉");
    let marked = put(&old, &mark());
    assert_eq!((marked.format, marked.left.as_slice()), (Format::Docx, &[][..]));
    assert_eq!(read(&marked.bytes), Some(mark()));
    let parts = parts(&marked.bytes);
    let headers: Vec<&String> = parts.iter().filter(|(n, _)| n.contains("eader") && n.ends_with(".xml")).map(|(_, t)| t).collect();
    // Two of its own; the first section lacked those for first and even pages.
    assert_eq!(headers.len(), 4);
    assert!(headers.iter().all(|t| t.contains("核心秘密★") && t.contains("string=\"核心秘密 SM-2026-0007\"")));
    let footers: Vec<&String> = parts.iter().filter(|(n, _)| n.contains("footer") && n.ends_with(".xml")).map(|(_, t)| t).collect();
    assert_eq!(footers.len(), 3);
    assert!(footers.iter().all(|t| t.contains("R&amp;D &lt;研发部&gt;") && !t.contains("v:shape ")));
    assert!(parts["word/header1.xml"].contains("原有页眉"), "what was there is kept");
    let document = &parts["word/document.xml"];
    assert!(document.contains("正文一") && document.contains("正文二"));
    let first = document.find("<w:sectPr>").unwrap();
    assert!(document[first..].starts_with("<w:sectPr><w:headerReference xmlns:w="), "references come first in a section");
    assert!(document.contains("<w:sectPrChange w:id=\"1\"><w:sectPr/></w:sectPrChange>"), "what was tracked is not touched");
    assert_eq!(
        touched(&old, &marked.bytes),
        ["[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/document.xml", "word/header1.xml", "word/header2.xml"]
    );
}

#[test]
fn h_9_2_1_a_workbook_carries_it_in_headers_and_no_row_is_added() {
    let old = xlsx();
    let marked = put(&old, &mark());
    assert_eq!(marked.left, [Left::NoWatermark]);
    assert_eq!(read(&marked.bytes), Some(mark()));
    let parts = parts(&marked.bytes);
    let first = &parts["xl/worksheets/sheet1.xml"];
    assert!(first.contains("<c r=\"A1\"><f>B1*2</f><v>2</v></c></row></sheetData><headerFooter"), "cells stay where they are: {first}");
    assert!(first.contains("&amp;L左&amp;C价格表\n核心秘密★"), "{first}");
    assert!(first.contains("differentFirst=\"1\"") && first.contains("</firstHeader>") && !first.contains("evenHeader"));
    assert!(first.contains("R&amp;&amp;D"), "an ampersand is a code in a header");
    assert!(parts["xl/worksheets/sheet2.xml"].contains("<pageMargins/><headerFooter"), "in the order of the schema");
    assert!(parts["xl/worksheets/sheet2.xml"].contains("</headerFooter><tableParts/>"));
    assert!(parts["xl/chartsheets/sheet1.xml"].contains("</headerFooter><drawing/>"));
    assert!(!touched(&old, &marked.bytes).iter().any(|n| n.contains("theme") || n.contains("vba") || n == "xl/workbook.xml"));
}

#[test]
fn h_9_2_1_a_presentation_carries_it_on_each_slide() {
    let old = pptx();
    let marked = put(&old, &mark());
    assert_eq!(read(&marked.bytes), Some(mark()));
    let parts = parts(&marked.bytes);
    for (slide, words) in [("ppt/slides/slide1.xml", "标题"), ("ppt/slides/slide2.xml", "内容")] {
        let text = &parts[slide];
        assert!(text.contains(words) && text.contains("核心秘密★") && text.contains("R&amp;D"));
        assert!(text.ends_with("</p:sp><p:extLst/></p:spTree></p:cSld></p:sld>"), "extensions stay last: {text}");
        for id in [8, 9, 10] {
            assert_eq!(text.matches(&format!("id=\"{id}\" name=\"JinguiMark")).count(), 1, "ids are new");
        }
    }
    assert!(!touched(&old, &marked.bytes).contains(&"ppt/presentation.xml".to_owned()));
}

#[test]
fn h_9_2_2_a_new_mark_takes_the_place_of_the_old_one() {
    for old in [docx("页眉"), xlsx(), pptx()] {
        let once = put(&old, &mark()).bytes;
        assert_eq!(parts(&put(&once, &mark()).bytes), parts(&once), "marked twice is marked once");
        let changed = put(&once, &later()).bytes;
        assert_eq!(parts(&changed), parts(&put(&old, &later()).bytes), "nothing of the old mark is left");
        assert_eq!(read(&changed), Some(later()));
        assert!(!parts(&changed).values().any(|t| t.contains("核心秘密")));
    }
}

#[test]
fn b_4_3_2_the_mark_comes_out_again() {
    for old in [docx("页眉"), pptx()] {
        let back = strip(&put(&old, &mark()).bytes);
        assert_eq!(read(&back), None);
        let (mut back, old) = (parts(&back), parts(&old));
        // An empty header was written as one tag.
        let opened = |text: String| text.replace("></w:hdr>", "/>");
        if let Some(text) = back.remove("word/header2.xml") {
            back.insert("word/header2.xml".to_owned(), opened(text));
        }
        assert_eq!(back, old);
        assert_eq!(strip(b"\x89PNG\r\n\x1a\n"), b"\x89PNG\r\n\x1a\n", "what has no mark comes back as it is");
    }
    let back = parts(&strip(&put(&xlsx(), &mark()).bytes));
    assert!(!back.values().any(|t| t.contains("核心")));
    assert!(back["xl/worksheets/sheet1.xml"].contains("&amp;L左&amp;C价格表</oddHeader><firstFooter xml:space=\"preserve\">&amp;R末"));
    assert!(!back["xl/worksheets/sheet2.xml"].contains("headerFooter"));
}

#[test]
fn properties_of_the_enterprise_stay() {
    let custom = "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" \
                  xmlns:vt=\"x\"><property pid=\"5\" name=\"项目\"><vt:lpwstr>甲</vt:lpwstr></property></Properties>";
    let mut all: Vec<(String, String)> = parts(&pptx()).into_iter().collect();
    for (name, text) in &mut all {
        if name == "_rels/.rels" {
            *text = rels(&[("a", "officeDocument", "ppt/presentation.xml"), ("c", "custom-properties", "docProps/custom.xml")]);
        }
    }
    all.push(("docProps/custom.xml".to_owned(), custom.to_owned()));
    let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let old = zip(&all);
    let marked = put(&old, &mark()).bytes;
    let text = &parts(&marked)["docProps/custom.xml"];
    assert!(text.contains("name=\"项目\"") && text.contains("pid=\"6\" name=\"JinguiMark\""), "{text}");
    assert_eq!(parts(&strip(&marked)), parts(&old));
}

#[test]
fn what_a_file_is_is_told_by_its_content() {
    assert_eq!([docx(""), xlsx(), pptx()].map(|b| sniff(&b)), [Some(Format::Docx), Some(Format::Xlsx), Some(Format::Pptx)]);
    assert_eq!(sniff(&zip(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "")])), None);
    assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the mark and the document say: the mark is read back, other parts are packed as before, once is as good as twice.
    #[test]
    fn any_words_survive(words in any::<String>(), header in "[^<&\\p{C}]{0,40}") {
        let mark = Mark { number: words.clone(), header: words.clone(), footer: words.clone(), watermark: words, ..mark() };
        for old in [docx(&header), xlsx(), pptx()] {
            let once = put(&old, &mark).bytes;
            let kept = read(&once);
            prop_assert!(kept.is_some());
            let changed = touched(&old, &once);
            prop_assert!(!changed.iter().any(|n| n.contains("media") || n.contains("vba") || n.contains("styles") || n.contains("theme")));
            prop_assert_eq!(parts(&put(&once, &mark).bytes), parts(&once));
            prop_assert_eq!(read(&put(&once, &later()).bytes), Some(later()));
        }
    }
}

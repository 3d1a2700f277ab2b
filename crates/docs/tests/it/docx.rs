//! Papers as editable documents: a sound package (ECMA-376), the text that went in, the same bytes each time.

use std::{collections::BTreeMap, process::Command};

use jingui_docs::paper::{
    Block, Cell, HashLine, Image, ImageFormat, Mark, NoteKind, Orientation, Paper, Qr, Signature, Span, Table, write_docx, write_pdf,
};
use jingui_model::{Instant, Lang};
use proptest::prelude::*;
use quick_xml::{Reader, events::Event};

use crate::tools;

fn paper(blocks: Vec<Block>) -> Paper {
    let mut paper = Paper::new(Lang::Zh, "保密协议", Instant::from_micros(1_795_228_200_000_000));
    paper.page_label = "第 {page} 页 共 {pages} 页".to_owned();
    paper.code = "jingui:doc:agreement:XY-2026-001:staff".to_owned();
    paper.header = "示例轴承公司".to_owned();
    paper.mark = Some(Mark { grade: "核心秘密".to_owned(), term: "3 年".to_owned(), number: "SM-2026-0001 研发部".to_owned() });
    paper.blocks = blocks;
    paper
}

/// Everything that a paper can hold.
fn all() -> Vec<Block> {
    let png = crate::paper::PNG.to_vec();
    vec![
        Block::heading(1, "第一条 范围"),
        Block::spans(vec![
            Span::plain("甲方："),
            Span::strong("示例 & <公司>"),
            Span::small("（小）"),
            Span::code("ab12"),
            Span::link("网址", "https://example.com/?a=1&b=2"),
        ]),
        Block::spans(vec![
            Span::Blank { label: "身份证号".to_owned(), width_mm: 40.0, missing: true },
            Span::Blank { label: String::new(), width_mm: 40.0, missing: false },
        ]),
        Block::List {
            numbered: true,
            items: vec![
                vec![Block::text("第一项"), Block::List { numbered: false, items: vec![vec![Block::text("内层")]] }],
                vec![Block::text("第二项")],
            ],
        },
        Block::List { numbered: true, items: vec![vec![Block::text("又从一数起")]] },
        Block::Checks(vec![(true, vec![Span::plain("已提交")]), (false, vec![Span::plain("未提交")])]),
        Block::KeyValues(vec![("案由".to_owned(), vec![Span::plain("侵害技术秘密")])]),
        Block::Table(Table {
            caption: "表 1".to_owned(),
            columns: vec![1.0, 2.0, 2.0],
            head: vec![vec![Cell::head("序号"), Cell::head("名称"), Cell::head("份数")]],
            rows: vec![vec![Cell::text("1"), Cell::text("图纸").over(2)], vec![Cell::text("2")]],
        }),
        Block::Hashes(vec![HashLine { label: "附件".to_owned(), value: "0123456789abcdef".repeat(8) }]),
        Block::Rule,
        Block::Note { kind: NoteKind::Warning, title: "须知".to_owned(), blocks: vec![Block::text("仅限承办人查阅。")] },
        Block::PageBreak,
        Block::Image(Image { bytes: png, format: ImageFormat::Png, width_mm: 20.0, alt: "一点".to_owned(), caption: "图 1".to_owned() }),
        Block::Qr(Qr { content: "jingui".to_owned(), size_mm: 20.0, caption: "扫码".to_owned() }),
        Block::Group(vec![
            Block::heading(2, "签署"),
            Block::Signatures(vec![Signature { label: "甲方（盖章）：".to_owned(), date: "日期：".to_owned() }; 3]),
        ]),
    ]
}

/// Element counts and text of a part; the part must be well-formed.
fn read(part: &str) -> (BTreeMap<String, usize>, String) {
    let mut reader = Reader::from_str(part);
    reader.config_mut().check_end_names = true;
    let (mut counts, mut text, mut depth) = (BTreeMap::new(), String::new(), 0_i32);
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e} in {part}")) {
            Event::Start(tag) => {
                depth += 1;
                *counts.entry(tag.name().as_ref().to_owned()).or_insert(0) += 1;
            }
            Event::Empty(tag) => *counts.entry(tag.name().as_ref().to_owned()).or_insert(0) += 1,
            Event::End(_) => depth -= 1,
            Event::Text(words) => text.push_str(&words.xml10_content()),
            Event::GeneralRef(name) => {
                text.push_str(quick_xml::escape::resolve_predefined_entity(&name.xml10_content()).unwrap());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    (counts, text)
}

fn parts(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    tools::parts(bytes).into_iter().collect()
}

fn text(parts: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(parts[name].clone()).unwrap()
}

/// The values of an attribute in a part.
fn attributes(part: &str, name: &str) -> Vec<String> {
    let wanted = format!(" {name}=\"");
    part.split(&wanted).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn the_package_is_sound_and_every_relation_leads_somewhere() {
    let parts = parts(&write_docx(&paper(all())).unwrap());
    assert_eq!(parts.keys().filter(|n| n.starts_with("word/media/")).count(), 3);
    for (name, bytes) in parts.iter().filter(|(name, _)| !name.starts_with("word/media/")) {
        let part = String::from_utf8(bytes.clone()).unwrap_or_else(|_| panic!("{name} is no UTF-8"));
        read(&part);
    }
    // Relations of a part lie beside it; what a part names, its relations know (ISO/IEC 29500-2, 9.3).
    for (rels, folder, part) in [
        ("_rels/.rels", "", None),
        ("word/_rels/document.xml.rels", "word/", Some("word/document.xml")),
        ("word/_rels/footer1.xml.rels", "word/", Some("word/footer1.xml")),
    ] {
        let relations = text(&parts, rels);
        let external = relations.matches("TargetMode=\"External\"").count();
        let inside: Vec<_> = attributes(&relations, "Target").into_iter().filter(|t| !t.starts_with("https:")).collect();
        assert_eq!(inside.len() + external, relations.matches("<Relationship ").count());
        for target in inside {
            assert!(parts.contains_key(&format!("{folder}{target}")), "{target} of {rels}");
        }
        let ids = attributes(&relations, "Id");
        if let Some(part) = part {
            let part = text(&parts, part);
            for used in [attributes(&part, "r:id"), attributes(&part, "r:embed")].concat() {
                assert!(ids.contains(&used), "{used} of {rels}");
            }
        }
    }
    let types = text(&parts, "[Content_Types].xml");
    for name in parts.keys().filter(|n| *n != "[Content_Types].xml") {
        let ending = name.rsplit('.').next().unwrap();
        assert!(types.contains(&format!("PartName=\"/{name}\"")) || types.contains(&format!("Extension=\"{ending}\"")), "{name}");
    }
    let document = text(&parts, "word/document.xml");
    let styles = attributes(&text(&parts, "word/styles.xml"), "w:styleId");
    for used in document.split("Style w:val=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()) {
        assert!(styles.contains(&used), "{used} is no style");
    }
    let lists = attributes(&text(&parts, "word/numbering.xml"), "w:numId");
    assert_eq!(lists, ["1", "2", "3"], "dots, and two lists that each count from one");
    // The schema lets a cell end with a paragraph only (ECMA-376-1, 17.4.65).
    assert_eq!(document.matches("</w:tc>").count(), document.matches("</w:p></w:tc>").count());
}

#[test]
fn b_5_2_the_text_the_mark_and_the_page_numbers_are_there() {
    let parts = parts(&write_docx(&paper(all())).unwrap());
    let (counts, words) = read(&text(&parts, "word/document.xml"));
    for wanted in ["保密协议", "第一条 范围", "示例 & <公司>", "〔身份证号〕", "第二项", "内层", "☑", "☐", "图纸", "须知", "甲方（盖章）："]
    {
        assert!(words.contains(wanted), "{wanted} is missing in {words}");
    }
    assert_eq!(counts["w:tblHeader"], 1, "the head of a table is repeated on each page");
    let document = text(&parts, "word/document.xml");
    assert!(document.contains("w:highlight w:val=\"yellow\""), "what is missing is seen");
    assert!(document.contains("<w:pgSz w:w=\"11906\" w:h=\"16838\"/>"), "A4 (ISO 216)");
    let (_, header) = read(&text(&parts, "word/header1.xml"));
    assert!(header.contains("核心秘密★3 年") && header.contains("SM-2026-0001 研发部"), "{header}");
    let (fields, footer) = read(&text(&parts, "word/footer1.xml"));
    assert_eq!((fields["w:fldSimple"], footer.trim()), (2, "第 1 页 共 1 页"));
    assert!(text(&parts, "word/styles.xml").contains("w:eastAsia=\"宋体\""), "Chinese fonts by name");
    let lying = Paper { orientation: Orientation::Landscape, ..paper(vec![]) };
    let document = text(&self::parts(&write_docx(&lying).unwrap()), "word/document.xml");
    assert!(document.contains("<w:pgSz w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"/>"));
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    assert_eq!(write_docx(&paper(all())).unwrap(), write_docx(&paper(all())).unwrap());
}

#[test]
fn the_code_stands_at_the_foot_of_each_page_of_the_pdf_and_leaves_room() {
    let long: Vec<Block> = (0..400).map(|n| Block::text(format!("第 {n} 条 甲乙双方应当遵守本约定。"))).collect();
    let with = write_pdf(&paper(long.clone()), &crate::paper::FONTS).unwrap();
    let without = write_pdf(&Paper { code: String::new(), ..paper(long) }, &crate::paper::FONTS).unwrap();
    assert!(with.pages > without.pages, "a taller foot, fewer lines a page: {} and {}", with.pages, without.pages);
    assert_eq!(write_docx(&Paper { code: "密".repeat(1_000), ..paper(vec![]) }).unwrap_err().code(), "docs.qr");
}

/// A word processor of strangers opens the file and prints it; `scripts/setup.sh test` installs it.
#[test]
fn libreoffice_opens_it() {
    let folder = std::env::temp_dir().join(format!("jingui-docx-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("paper.docx");
    std::fs::write(&file, write_docx(&paper(all())).unwrap()).unwrap();
    let home = format!("-env:UserInstallation=file://{}/home", folder.display());
    let ran = Command::new("soffice")
        .args([home.as_str(), "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir"])
        .arg(&folder)
        .arg(&file)
        .output()
        .unwrap_or_else(|e| panic!("soffice (scripts/setup.sh test installs it): {e}"));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let words = std::fs::read_to_string(folder.join("paper.txt")).unwrap();
    assert!(words.contains("第一条 范围") && words.contains("〔身份证号〕"), "{words}");
    std::fs::remove_dir_all(&folder).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever a record says, the document stays a document.
    #[test]
    fn any_text_gives_a_well_formed_document(words in any::<String>(), label in any::<String>()) {
        let blocks = vec![
            Block::heading(1, words.clone()),
            Block::spans(vec![Span::plain(words.clone()), Span::Blank { label, width_mm: f32::NAN, missing: true }, Span::link(words.clone(), words.clone())]),
            Block::Table(Table { rows: vec![vec![Cell::text(words.clone())], vec![]], ..Table::default() }),
        ];
        let mut made = paper(blocks);
        made.title = words.clone();
        made.author = words.clone();
        made.header = words;
        for (name, bytes) in parts(&write_docx(&made).unwrap()) {
            if !name.starts_with("word/media/") {
                read(std::str::from_utf8(&bytes).unwrap());
            }
        }
    }
}

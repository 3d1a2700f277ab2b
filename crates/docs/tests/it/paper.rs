//! Papers as PDF and HTML: what goes in comes out, page by page, whatever the text is.
//!
//! The PDFs are read back by poppler's `pdftotext`, a program that knows nothing of ours (`scripts/setup.sh test`
//! installs it together with the fonts).

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
    sync::LazyLock,
};

use jingui_docs::paper::{
    Align, Block, Cell, HashLine, Image, ImageFormat, Label, LabelStock, Look, Mark, NoteKind, Orientation, Paper, Paragraph, Pdf, Qr,
    Signature, Span, Table,
    fonts::{self, Family, Fonts},
    write_html, write_labels, write_pdf,
};
use jingui_model::{Instant, Lang};
use proptest::prelude::*;

struct Disk;

impl fonts::Shelf for Disk {
    fn files(&self, folder: &str) -> Vec<String> {
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path().to_string_lossy().into_owned()).collect()
    }
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(path).ok()
    }
}

pub static FONTS: LazyLock<Fonts> = LazyLock::new(|| fonts::find(&Disk, fonts::FOLDERS, Family::Sans).unwrap());

fn paper(blocks: Vec<Block>) -> Paper {
    let mut paper = Paper::new(Lang::Zh, "证据报告", Instant::from_micros(1_795_228_200_000_000));
    paper.page_label = "第 {page} 页 共 {pages} 页".to_owned();
    paper.blocks = blocks;
    paper
}

fn pdf(paper: &Paper) -> Pdf {
    write_pdf(paper, &FONTS).unwrap()
}

fn tool(name: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|_| panic!("{name} of poppler-utils is needed: scripts/setup.sh test"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let out = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    assert!(out.status.success(), "{name} refuses the file");
    String::from_utf8(out.stdout).unwrap()
}

/// Text of each page, lines as they stand.
fn pages(pdf: &Pdf) -> Vec<String> {
    let text = tool("pdftotext", &["-enc", "UTF-8", "-", "-"], &pdf.bytes);
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    assert_eq!(pages.pop().as_deref(), Some(""), "a form feed ends each page");
    assert_eq!(pages.len(), pdf.pages);
    pages
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn long_text(chars: usize) -> String {
    let base = "涉案信息系权利人于2024年至2026年间投入2,730万元研发形成的配方（含附件），包括：《工艺规程》、“参数表”等；不为公众所知悉。";
    base.chars().cycle().take(chars).collect()
}

fn table(rows: usize) -> Table {
    Table {
        caption: "表 1".to_owned(),
        columns: vec![1.0, 3.0, 2.0],
        head: vec![vec![Cell::head("序号列"), Cell::head("名称列"), Cell::head("种类列")]],
        rows: (0..rows).map(|n| vec![Cell::text(format!("R{n:05}")), Cell::text(long_text(60)), Cell::text("电子数据")]).collect(),
    }
}

#[test]
fn text_in_the_pdf_is_the_text_that_went_in() {
    let mut all = paper(vec![
        Block::heading(1, "一、基本情况"),
        Block::spans(vec![Span::plain("权利人"), Span::strong("衡川公司"), Span::small("（甲方）"), Span::code("9f3c71aa")]),
        Block::text(long_text(300)),
        Block::KeyValues(vec![("案由".to_owned(), vec![Span::plain("侵害技术秘密")])]),
        Block::Table(table(3)),
        Block::List { numbered: true, items: vec![vec![Block::text("第一项措施")], vec![Block::text("第二项措施")]] },
        Block::Checks(vec![(true, vec![Span::plain("已提交")]), (false, vec![Span::plain("未申请")])]),
        Block::Hashes(vec![HashLine { label: "附件".to_owned(), value: "0123456789abcdef".repeat(8) }]),
        Block::Note { kind: NoteKind::Warning, title: "须知".to_owned(), blocks: vec![Block::text("仅限承办人查阅。")] },
        Block::spans(vec![Span::Blank { label: "受理法院".to_owned(), width_mm: 30.0, missing: true }]),
        Block::Signatures(vec![Signature { label: "权利人（盖章）：".to_owned(), date: "日期：".to_owned() }]),
    ]);
    all.mark = Some(Mark { grade: "核心商密".to_owned(), term: "长期".to_owned(), number: "003".to_owned() });
    all.header = "页眉文字".to_owned();
    all.footer = "页脚文字".to_owned();
    let out = pages(&pdf(&all)).concat();
    for line in ["一、基本情况", "侵害技术秘密", "序号列", "第一项措施", "核心商密★长期", "页眉文字", "页脚文字", "〔受理法院〕"]
    {
        assert!(out.contains(line), "{line} is missing in\n{out}");
    }
    let flat = squeezed(&out);
    let hash = "0123456789abcdef".repeat(8);
    for text in [
        "权利人衡川公司（甲方）9f3c71aa",
        &long_text(300),
        &hash,
        "R00002",
        "第1页共1页",
        "☑已提交",
        "☐未申请",
        "仅限承办人查阅。",
        "权利人（盖章）：",
    ] {
        assert!(flat.contains(&squeezed(text)), "{text} is missing in\n{out}");
    }
}

#[test]
fn no_spaces_are_invented_between_chinese_and_latin() {
    let out = pages(&pdf(&paper(vec![Block::text("第3页A类（B类）的SHA-256摘要"), Block::text(long_text(200))]))).concat();
    assert!(out.contains("第3页A类（B类）的SHA-256摘要"), "{out}");
    let flat: String = out.replace('\n', "");
    assert!(flat.contains(&long_text(200)), "{out}");
}

#[test]
fn no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one() {
    // GB/T 15834, 5.1; at many widths, through lists in lists.
    let blocks: Vec<Block> = (1..60).map(|n| Block::text(long_text(80 + n) + "完")).collect();
    let nest = |inner: Vec<Block>| vec![Block::text("上"), Block::List { numbered: false, items: vec![inner] }];
    let nested = (0..7).fold(blocks.clone(), |inner, _| nest([inner, blocks.clone()].concat()));
    for page in pages(&pdf(&paper(nested))) {
        for line in page.lines().filter(|line| !line.is_empty()) {
            assert!(!line.starts_with(['。', '，', '、', '；', '：', '）', '》', '”']), "{line}");
            assert!(!line.ends_with(['（', '《', '“']), "{line}");
        }
    }
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    let one = paper(vec![Block::text(long_text(500)), Block::Table(table(40)), Block::text("emoji 😀 и кириллица, Ω")]);
    let (a, b) = (pdf(&one), pdf(&one.clone()));
    assert!(a.bytes == b.bytes, "two runs differ");
    assert_eq!(write_html(&one).unwrap(), write_html(&one).unwrap());
    let later = Paper { made_at: Instant::from_micros(1_795_228_300_000_000), ..one };
    assert!(pdf(&later).bytes != a.bytes, "the date is in it");
}

#[test]
fn it_is_an_archivable_a4_page_with_title_language_and_embedded_subsets() {
    let mut one =
        paper(vec![Block::heading(1, "一"), Block::text("中文 and Latin"), Block::spans(vec![Span::strong("粗"), Span::code("f")])]);
    let upright = pdf(&one);
    let info = tool("pdfinfo", &["-"], &upright.bytes);
    assert!(info.contains("Title:           证据报告") && info.contains("(A4)"), "{info}");
    let raw = String::from_utf8_lossy(&upright.bytes).into_owned();
    assert!(raw.contains("<pdfaid:part>2</pdfaid:part>") && raw.contains("<pdfaid:conformance>U</pdfaid:conformance>"));
    assert!(raw.contains("/Lang(zh-CN)") || raw.contains("/Lang (zh-CN)"), "the language is in the catalogue");
    let fonts = tool("pdffonts", &["-"], &upright.bytes);
    assert!(
        fonts.contains("NotoSansCJKsc-Regular") && fonts.contains("NotoSansCJKsc-Bold") && fonts.contains("NotoSansMonoCJKsc"),
        "{fonts}"
    );
    for line in fonts.lines().skip(2) {
        assert!(line.contains("yes yes yes"), "embedded, subset, with its characters: {line}");
    }
    assert!(upright.bytes.len() < 100_000, "subsets only: {}", upright.bytes.len());
    one.orientation = Orientation::Landscape;
    assert!(tool("pdfinfo", &["-"], &pdf(&one).bytes).contains("841.89 x 595.276"));
}

#[test]
fn a_long_table_repeats_its_head_and_loses_no_row() {
    let long = pdf(&paper(vec![Block::Table(table(5_200))]));
    assert!(long.pages >= 200, "{}", long.pages);
    let pages = pages(&long);
    let last = pages.len();
    for (n, page) in pages.iter().enumerate() {
        assert_eq!(page.matches("名称列").count(), 1, "page {}", n + 1);
        assert!(squeezed(page).contains(&format!("第{}页共{last}页", n + 1)));
    }
    let all = pages.concat();
    let found: Vec<&str> = all.lines().filter(|line| line.starts_with('R') && line.len() == 6).collect();
    let wanted: Vec<String> = (0..5_200).map(|n| format!("R{n:05}")).collect();
    assert_eq!(found, wanted);
}

#[test]
fn a_row_higher_than_a_page_goes_on_on_the_next() {
    let marked: String = (0..900).map(|n| format!("段{n:04}之内容；")).collect();
    let rows = vec![vec![Cell::text("左"), Cell::text(marked)], vec![Cell::text("末行"), Cell::text("尾")]];
    let one = Table { columns: vec![1.0, 3.0], head: vec![vec![Cell::head("甲列"), Cell::head("乙列")]], rows, ..Table::default() };
    let out = pdf(&paper(vec![Block::Table(one)]));
    assert!(out.pages >= 3, "{}", out.pages);
    let pages = pages(&out);
    assert!(pages.iter().all(|page| page.contains("乙列")));
    let flat = squeezed(&pages.concat());
    for n in 0..900 {
        assert!(flat.contains(&format!("{n:04}")), "piece {n} is lost");
    }
    assert!(pages.last().unwrap().contains("末行"));
}

#[test]
fn headings_stay_with_their_text_and_groups_on_one_page() {
    for lines in 20..44 {
        let filler: Vec<Block> = (0..lines).map(|n| Block::text(format!("行{n}"))).collect();
        let group = Block::Group((0..6).map(|n| Block::text(format!("同页{n}"))).collect());
        let tail = vec![Block::heading(2, "小标题"), Block::text("紧随其后的正文"), group];
        let pages = pages(&pdf(&paper([filler, tail].concat())));
        assert!(pages.iter().any(|page| page.contains("小标题") && page.contains("紧随其后的正文")), "{lines} lines before");
        assert!(pages.iter().any(|page| page.contains("同页0") && page.contains("同页5")), "{lines} lines before");
    }
}

#[test]
fn no_single_line_of_a_paragraph_stands_alone() {
    for lines in 20..40 {
        let filler: Vec<Block> = (0..lines).map(|n| Block::text(format!("行{n}"))).collect();
        let body = Block::text("甲乙丙丁戊己庚辛壬癸".repeat(21));
        let pages = pages(&pdf(&paper([filler, vec![body]].concat())));
        let on = |page: &String| page.lines().filter(|line| line.contains("戊己庚")).count();
        assert!(pages.iter().map(on).all(|n| n != 1), "{lines} lines before");
    }
}

#[test]
fn hostile_text_is_printed_not_obeyed() {
    let words = [
        "字".repeat(6_000),
        "W".repeat(6_000),
        "。".repeat(3_000),
        "（".repeat(3_000),
        "\u{0}\u{1}\u{7f}\u{85}\u{feff}\u{fffe}\u{202e}abc\u{2066}".to_owned(),
        "שלום عليكم ह्निन्दी".to_owned(),
        "e\u{301}\u{301}\u{301}".repeat(500),
        "👩‍👩‍👧‍👦🏳️‍🌈".to_owned(),
        "\n".repeat(500),
        "</p><script>alert(1)</script><!--\"'&amp;".to_owned(),
        "\u{10ffff}\u{e000}\u{f0000}".to_owned(),
        " ".repeat(5_000),
    ];
    for word in &words {
        let cells = |n: usize| (0..n).map(|_| Cell::text(word.clone())).collect::<Vec<_>>();
        let narrow =
            Table { columns: vec![0.0, f32::NAN, 1e9, -4.0], head: vec![cells(2)], rows: vec![cells(4), cells(9)], ..Table::default() };
        let mut one = paper(vec![
            Block::heading(9, word.clone()),
            Block::text(word.clone()),
            Block::spans(vec![Span::code(word.clone()), Span::link(word.clone(), word.clone())]),
            Block::Hashes(vec![HashLine { label: word.clone(), value: word.clone() }]),
        ]);
        if word.chars().count() < 100 {
            one.blocks.push(Block::Table(narrow));
            one.blocks.push(Block::KeyValues(vec![(word.clone(), vec![Span::plain(word.clone())])]));
            one.blocks.push(Block::Signatures(vec![Signature { label: word.clone(), date: word.clone() }; 3]));
        }
        one.title = word.clone();
        one.header = word.clone();
        one.footer = word.clone();
        one.author = word.clone();
        one.page_label = word.clone();
        one.mark = Some(Mark { grade: word.clone(), term: word.clone(), number: word.clone() });
        let out = pdf(&one);
        assert_eq!(pages(&out).len(), out.pages);
        let html = write_html(&one).unwrap();
        assert!(!html.contains("<script") && !html.contains('\u{202e}') && !html.contains('\u{0}'));
        assert_eq!(html.matches("</style>").count(), 1);
    }
}

#[test]
fn a_character_without_a_glyph_is_a_box_that_can_still_be_copied() {
    let out = pdf(&paper(vec![Block::text("前😀后שנ")]));
    assert_eq!(out.missing, ['נ', 'ש', '😀']);
    let text = squeezed(&pages(&out).concat());
    assert!(text.contains("前😀后"), "{text}");
    assert!(pdf(&paper(vec![Block::text("普通文字 plain")])).missing.is_empty());
}

#[test]
fn what_cannot_be_printed_is_refused_by_code() {
    let code = |blocks: Vec<Block>| {
        let one = paper(blocks);
        let (a, b) = (write_pdf(&one, &FONTS).unwrap_err(), write_html(&one).unwrap_err());
        assert_eq!(a.code(), b.code(), "both writers refuse alike");
        a.code().to_owned()
    };
    let deep = (0..40).fold(Block::text("底"), |inner, _| Block::Group(vec![inner]));
    assert_eq!(code(vec![deep]), "docs.too_deep");
    assert_eq!(code(vec![Block::Qr(Qr { content: "密".repeat(1_000), size_mm: 30.0, caption: String::new() })]), "docs.qr");
    let image = |format, bytes: &[u8]| {
        Block::Image(Image { bytes: bytes.to_vec(), format, width_mm: 50.0, alt: String::new(), caption: String::new() })
    };
    assert_eq!(code(vec![image(ImageFormat::Png, b"no picture")]), "docs.image");
    assert_eq!(code(vec![image(ImageFormat::Jpeg, &[])]), "docs.image");
    let broken = Fonts { regular: fonts::FontFile { bytes: b"nothing".to_vec().into(), index: 0 }, bold: None, mono: None, others: vec![] };
    assert_eq!(write_pdf(&paper(vec![]), &broken).unwrap_err().code(), "docs.font_damaged");
    let endless = vec![Block::PageBreak, Block::text("页")].into_iter().cycle().take(10_100).collect();
    assert_eq!(write_pdf(&paper(endless), &FONTS).unwrap_err().code(), "docs.too_long");
}

#[test]
fn one_face_alone_is_enough() {
    let serif = fonts::find(&Disk, fonts::FOLDERS, Family::Serif).unwrap();
    let bare = Fonts { regular: serif.regular, bold: None, mono: None, others: vec![] };
    let out = write_pdf(&paper(vec![Block::spans(vec![Span::strong("粗体"), Span::code("0f9a")])]), &bare).unwrap();
    let fonts = tool("pdffonts", &["-"], &out.bytes);
    assert_eq!(fonts.lines().count(), 3, "{fonts}");
    assert!(squeezed(&pages(&out).concat()).contains("粗体0f9a"));
}

#[test]
fn links_lead_out_of_the_pdf_and_headings_are_bookmarks() {
    let one = paper(vec![
        Block::heading(1, "第一章"),
        Block::heading(2, "第一节"),
        Block::spans(vec![Span::link("核验", "https://verify.example.com/x"), Span::link("坏", "javascript:alert(1)")]),
    ]);
    let raw = String::from_utf8_lossy(&pdf(&one).bytes).into_owned();
    assert_eq!(raw.matches("/URI(https://verify.example.com/x)").count(), 1);
    assert!(!raw.contains("javascript"));
    assert!(raw.contains("/Outlines") && raw.matches("/Dest").count() + raw.matches("/XYZ").count() >= 2);
}

#[test]
fn the_html_stands_alone_and_keeps_its_meaning() {
    let mut one = paper(vec![
        Block::heading(1, "标题 <b>"),
        Block::Table(Table { caption: "说明 & \"引\"".to_owned(), ..table(2) }),
        Block::Table(Table { rows: vec![vec![Cell::head("行头"), Cell::text("值").over(2)]], ..Table::default() }),
        Block::spans(vec![Span::link("好", "https://a.example/?x=\"><script>"), Span::link("好", "https://a.example/?a=1&b='2'")]),
        Block::Qr(Qr { content: "https://a.example".to_owned(), size_mm: 25.0, caption: "扫码".to_owned() }),
        Block::spans(vec![Span::Check(true), Span::Blank { label: "甲方".to_owned(), width_mm: 30.0, missing: true }]),
    ]);
    one.footer = "</style><script>".to_owned();
    let html = write_html(&one).unwrap();
    for part in [
        "<html lang=\"zh-CN\">",
        "<h1>证据报告</h1>",
        "<h2>标题 &lt;b&gt;</h2>",
        "<caption>说明 &amp; &quot;引&quot;</caption>",
        "<th scope=\"col\"><strong>名称列</strong></th>",
        "<th scope=\"row\"><strong>行头</strong></th><td colspan=\"2\">值</td>",
        "href=\"https://a.example/?a=1&amp;b=&#39;2&#39;\"",
        "<svg role=\"img\" aria-label=\"扫码\"",
        "☑",
        "<mark>〔甲方〕</mark>",
        "counter(page)",
    ] {
        assert!(html.contains(part), "{part} is missing in\n{html}");
    }
    for outside in ["<script", "<link", "src=\"http", "url(", "@import", "javascript:"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

/// A small valid PNG: one black and one white pixel.
pub const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00,
    0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0xd1, 0x49, 0x20, 0x56, 0x00, 0x00, 0x00, 0x0b, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63,
    0x60, 0xf8, 0x0f, 0x00, 0x01, 0x02, 0x01, 0x00, 0xd1, 0x1a, 0xcb, 0x8f, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42,
    0x60, 0x82,
];

#[test]
fn pictures_are_embedded_with_their_caption() {
    let image = |bytes: &[u8]| {
        let (alt, caption) = ("替代文字".to_owned(), "图 1".to_owned());
        paper(vec![Block::Image(Image { bytes: bytes.to_vec(), format: ImageFormat::Png, width_mm: 400.0, alt, caption })])
    };
    let out = pdf(&image(PNG));
    assert!(squeezed(&pages(&out).concat()).contains("图1"));
    assert!(tool("pdfimages", &["-list", "-"], &out.bytes).contains("image"));
    let html = write_html(&image(PNG)).unwrap();
    assert!(html.contains("alt=\"替代文字\"") && html.contains("src=\"data:image/png;base64,iVBORw0KGgo"));
    for length in 0..PNG.len() {
        // A picture that is cut off is refused or shows what is there; it never stops the program.
        let _ = write_pdf(&image(&PNG[..length]), &FONTS);
    }
}

fn span() -> impl Strategy<Value = Span> {
    let text = prop_oneof![any::<String>(), "[一-龥，。（）《》a-z0-9 -]{0,60}", "[ -~]{0,80}"];
    prop_oneof![
        4 => (text, 0..4_u8, any::<bool>()).prop_map(|(text, look, link)| Span::Text {
            text,
            look: [Look::Plain, Look::Strong, Look::Small, Look::Code][usize::from(look)],
            link: link.then(|| "https://example.com/".to_owned()),
        }),
        1 => ("[一-龥]{0,8}", any::<f32>(), any::<bool>()).prop_map(|(label, width_mm, missing)| Span::Blank { label, width_mm, missing }),
        1 => any::<bool>().prop_map(Span::Check),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    let spans = || prop::collection::vec(span(), 0..4);
    let leaf = prop_oneof![
        4 => (spans(), any::<bool>()).prop_map(|(spans, indent)| Block::Paragraph(Paragraph { spans, indent, align: Align::Start })),
        1 => (any::<u8>(), "[一-龥a-z ]{0,80}").prop_map(|(level, text)| Block::Heading { level, text }),
        1 => prop::collection::vec(("[一-龥]{0,40}", spans()), 0..4).prop_map(Block::KeyValues),
        1 => prop::collection::vec((any::<bool>(), spans()), 0..4).prop_map(Block::Checks),
        1 => ("[a-z]{0,30}", "[0-9a-f]{0,300}").prop_map(|(label, value)| Block::Hashes(vec![HashLine { label, value }])),
        1 => (".{0,60}", any::<f32>(), ".{0,300}").prop_map(|(content, size_mm, caption)| Block::Qr(Qr { content, size_mm, caption })),
        1 => prop::collection::vec(("[一-龥]{0,60}", "[一-龥]{0,40}"), 0..5)
            .prop_map(|lines| Block::Signatures(lines.into_iter().map(|(label, date)| Signature { label, date }).collect())),
        1 => Just(Block::Rule),
        1 => Just(Block::PageBreak),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let blocks = || prop::collection::vec(inner.clone(), 0..4);
        let cell = (blocks(), 0..4_usize, any::<bool>()).prop_map(|(blocks, columns, head)| Cell { blocks, columns, head });
        let rows = || prop::collection::vec(prop::collection::vec(cell.clone(), 0..4), 0..4);
        prop_oneof![
            blocks().prop_map(Block::Group),
            (any::<bool>(), prop::collection::vec(blocks(), 0..4)).prop_map(|(numbered, items)| Block::List { numbered, items }),
            (blocks(), ".{0,20}").prop_map(|(blocks, title)| Block::Note { kind: NoteKind::Info, title, blocks }),
            (prop::collection::vec(any::<f32>(), 0..4), rows(), rows()).prop_map(|(columns, head, rows)| Block::Table(Table {
                caption: String::new(),
                columns,
                head,
                rows
            })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is put into a paper, both writers write it, and every heading can be found in the PDF's pages.
    #[test]
    fn any_paper_is_written(blocks in prop::collection::vec(block(), 0..6), lying: bool) {
        let mut one = paper(blocks);
        one.blocks.push(Block::text("末尾标记"));
        if lying {
            one.orientation = Orientation::Landscape;
        }
        let out = pdf(&one);
        prop_assert!(out.pages >= 1);
        let text = squeezed(&pages(&out).concat());
        prop_assert!(text.contains("末尾标记"), "{}", text);
        prop_assert!(write_html(&one).unwrap().contains("末尾标记"));
    }
}

/// H 9.2.1: a label says mark, number and unit, on every stock; the places that are used up stay empty; the same input gives the same bytes.
#[test]
fn h_9_2_1_labels_say_what_they_should_on_every_stock() {
    let label = |n: usize| Label {
        code: format!("jingui:carrier:ZT-2026-{n:04}"),
        number: format!("ZT-2026-{n:04}"),
        mark: "核心秘密".to_owned(),
        name: "风电主轴轴承淬火工艺卡（含回火曲线与保温时间）".to_owned(),
        unit: "临清金轴轴承有限公司 研发部".to_owned(),
    };
    let labels: Vec<Label> = (1..=30).map(label).collect();
    for stock in jingui_docs::paper::LABEL_STOCKS {
        let written = write_labels(&paper(vec![]), &labels, stock, 0, &FONTS).unwrap();
        assert_eq!(written.pages, labels.len().div_ceil(stock.on_sheet()), "{}", stock.code);
        assert_eq!(written.bytes, write_labels(&paper(vec![]), &labels, stock, 0, &FONTS).unwrap().bytes);
        let text = tool("pdftotext", &["-", "-"], &written.bytes);
        for n in 1..=30 {
            assert!(text.contains(&format!("ZT-2026-{n:04}")), "{}: {n}", stock.code);
        }
        assert!(text.contains("核心秘密"), "{}", stock.code);
    }
    let stock = LabelStock::of("a4_3x8").unwrap();
    assert_eq!(write_labels(&paper(vec![]), &labels, stock, 20, &FONTS).unwrap().pages, 3, "4 + 24 + 2");
    assert_eq!(write_labels(&paper(vec![]), &labels, stock, 24, &FONTS).unwrap_err().code(), "docs.label_start");
}

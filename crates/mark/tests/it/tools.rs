//! Files made by hand, and what is in them.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _, Write as _},
    sync::{Arc, LazyLock},
};

use jingui_mark::{Font, Limits, Mark, Marked};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

pub static FONT: LazyLock<Font> = LazyLock::new(|| {
    let path = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{path} (scripts/setup.sh installs it): {e}"));
    // The third face is the one for Simplified Chinese.
    Font { bytes: Arc::new(bytes), index: 2 }
});

pub fn mark() -> Mark {
    Mark {
        number: "SM-2026-0007".to_owned(),
        grade: "核心秘密".to_owned(),
        term: "至 2036-01-01".to_owned(),
        unit: "示例轴承有限公司".to_owned(),
        header: "核心秘密★ 编号 SM-2026-0007 期限至 2036-01-01".to_owned(),
        footer: "示例轴承有限公司 R&D <研发部> 未经批准不得外传".to_owned(),
        watermark: "核心秘密 SM-2026-0007".to_owned(),
    }
}

/// The same record after its grade was changed.
pub fn later() -> Mark {
    let change = |text: &str| text.replace("核心秘密", "一般秘密");
    let mark = mark();
    Mark { grade: change(&mark.grade), header: change(&mark.header), watermark: change(&mark.watermark), ..mark }
}

pub fn put(bytes: &[u8], mark: &Mark) -> Marked {
    jingui_mark::put(bytes, mark, Some(&FONT), &Limits::default()).unwrap_or_else(|p| panic!("{p:?}"))
}

pub fn code(bytes: &[u8]) -> String {
    match jingui_mark::put(bytes, &mark(), Some(&FONT), &Limits::default()) {
        Ok(_) => "marked".to_owned(),
        Err(problem) => problem.code().to_owned(),
    }
}

pub fn read(bytes: &[u8]) -> Option<Mark> {
    jingui_mark::read(bytes, &Limits::default())
}

pub fn strip(bytes: &[u8]) -> Vec<u8> {
    jingui_mark::strip(bytes, &Limits::default()).unwrap_or_else(|p| panic!("{p:?}"))
}

pub fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut out = ZipWriter::new(Cursor::new(vec![]));
    for (name, content) in parts {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(content.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// All parts, unpacked.
pub fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut file = archive.by_index(i).unwrap();
            let name = file.name().unwrap().into_owned();
            let mut content = vec![];
            file.read_to_end(&mut content).unwrap();
            (name, String::from_utf8_lossy(&content).into_owned())
        })
        .collect()
}

/// All parts as they lie in the file, packed.
pub fn packed(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut file = archive.by_index_raw(i).unwrap();
            let name = file.name().unwrap().into_owned();
            let mut content = vec![];
            file.read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" \
                     ContentType=\"application/xml\"/><Default Extension=\"rels\" \
                     ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/></Types>";

pub fn rels(all: &[(&str, &str, &str)]) -> String {
    let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let lines: String =
        all.iter().map(|(id, ty, target)| format!("<Relationship Id=\"{id}\" Type=\"{base}/{ty}\" Target=\"{target}\"/>")).collect();
    format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{lines}</Relationships>")
}

/// Two sections: the first with a header of its own, the second with a first page that differs; macros and a picture beside.
pub fn docx(header: &str) -> Vec<u8> {
    let w = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
             xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    zip(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", &rels(&[("a", "officeDocument", "word/document.xml")])),
        (
            "word/document.xml",
            &format!(
                "<?xml version=\"1.0\"?><w:document {w}><w:body><w:p><w:pPr><w:sectPr><w:headerReference w:type=\"default\" r:id=\"h\"/>\
                 <w:sectPrChange w:id=\"1\"><w:sectPr/></w:sectPrChange></w:sectPr></w:pPr><w:r><w:t>正文一</w:t></w:r></w:p>\
                 <w:p><w:r><w:t>正文二</w:t></w:r></w:p><w:sectPr><w:headerReference w:type=\"first\" r:id=\"g\"/><w:titlePg/></w:sectPr>\
                 </w:body></w:document>"
            ),
        ),
        (
            "word/_rels/document.xml.rels",
            &rels(&[("h", "header", "header1.xml"), ("g", "header", "header2.xml"), ("i", "image", "media/a.png")]),
        ),
        ("word/header1.xml", &format!("<w:hdr {w}><w:p><w:r><w:t>{header}</w:t></w:r></w:p></w:hdr>")),
        ("word/header2.xml", &format!("<w:hdr {w}/>")),
        ("word/media/a.png", "no picture, but bytes"),
        ("word/vbaProject.bin", "macros"),
        ("word/styles.xml", "<!-- not touched -->"),
    ])
}

/// A sheet with a header of its own and something behind it, a sheet without, a chart sheet.
pub fn xlsx() -> Vec<u8> {
    let s = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    zip(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", &rels(&[("a", "officeDocument", "xl/workbook.xml")])),
        ("xl/workbook.xml", &format!("<workbook {s}/>")),
        (
            "xl/_rels/workbook.xml.rels",
            &rels(&[
                ("1", "worksheet", "worksheets/sheet1.xml"),
                ("2", "worksheet", "/xl/worksheets/sheet2.xml"),
                ("3", "chartsheet", "chartsheets/sheet1.xml"),
                ("4", "theme", "theme.xml"),
            ]),
        ),
        (
            "xl/worksheets/sheet1.xml",
            &format!(
                "<worksheet {s}><sheetData><row r=\"1\"><c r=\"A1\"><f>B1*2</f><v>2</v></c></row></sheetData>\
                 <headerFooter differentFirst=\"1\"><oddHeader>&amp;L左&amp;C价格表</oddHeader><firstFooter>&amp;R末</firstFooter></headerFooter>\
                 <drawing/></worksheet>"
            ),
        ),
        ("xl/worksheets/sheet2.xml", &format!("<worksheet {s}><sheetData/><pageMargins/><tableParts/></worksheet>")),
        ("xl/chartsheets/sheet1.xml", &format!("<chartsheet {s}><sheetViews/><drawing/></chartsheet>")),
        ("xl/theme.xml", "<theme/>"),
        ("xl/vbaProject.bin", "macros"),
    ])
}

pub fn pptx() -> Vec<u8> {
    let p = "xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";
    let slide = |words: &str| {
        format!(
            "<p:sld {p}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/></p:nvGrpSpPr><p:sp><p:nvSpPr><p:cNvPr id=\"7\" \
             name=\"{words}\"/></p:nvSpPr></p:sp><p:extLst/></p:spTree></p:cSld></p:sld>"
        )
    };
    zip(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", &rels(&[("a", "officeDocument", "ppt/presentation.xml")])),
        ("ppt/presentation.xml", &format!("<p:presentation {p}><p:sldSz cx=\"12192000\" cy=\"6858000\"/></p:presentation>")),
        ("ppt/_rels/presentation.xml.rels", &rels(&[("1", "slide", "slides/slide1.xml"), ("2", "slide", "slides/slide2.xml")])),
        ("ppt/slides/slide1.xml", &slide("标题")),
        ("ppt/slides/slide2.xml", &slide("内容")),
        ("ppt/media/film.mp4", "bytes"),
    ])
}

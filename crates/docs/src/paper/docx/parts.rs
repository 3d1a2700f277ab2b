//! The parts around the document: types, relations, styles, numbering, settings, header and footer.

use std::fmt::Write as _;

use jingui_model::Lang;

use super::{
    Picture,
    body::{EMU, SIDE_MM, twips},
    run::run,
};
use crate::paper::{
    clean,
    model::{Orientation, Paper},
};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";
/// How large the code at the foot of a page is printed, millimetres.
const CODE_MM: f32 = 18.0;

/// Relations of the package.
pub const ROOT_RELS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"document\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
<Relationship Id=\"core\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
<Relationship Id=\"app\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties\" Target=\"docProps/app.xml\"/>\
</Relationships>";

/// What made the file.
pub const APP: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>Jingui</Application></Properties>";

/// Relations of the footer, when it has a code.
pub const FOOTER_RELS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"code\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"media/code.png\"/></Relationships>";

/// The start of a part of the document.
pub fn opening(element: &str) -> String {
    format!(
        "{HEAD}<w:{element} xmlns:w=\"{W}\" xmlns:r=\"{OFFICE}\" xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">"
    )
}

/// `[Content_Types].xml`.
pub fn content_types(pictures: &[Picture]) -> String {
    let mut out = format!("{HEAD}<Types xmlns=\"{PACKAGE}/content-types\">");
    out.push_str("<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>");
    out.push_str("<Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"png\" ContentType=\"image/png\"/>");
    if pictures.iter().any(|picture| picture.ending == "jpeg") {
        out.push_str("<Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>");
    }
    for (part, kind) in [
        ("document", "document.main"),
        ("styles", "styles"),
        ("numbering", "numbering"),
        ("settings", "settings"),
        ("header1", "header"),
        ("footer1", "footer"),
    ] {
        let _ = write!(out, "<Override PartName=\"/word/{part}.xml\" ContentType=\"{TYPE}.{kind}+xml\"/>");
    }
    out.push_str("<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>");
    out.push_str(
        "<Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/></Types>",
    );
    out
}

/// Relations of the document.
pub fn document_rels(pictures: &[Picture], links: &[String]) -> String {
    let mut out = format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">");
    for (id, kind, target) in [
        ("styles", "styles", "styles.xml"),
        ("numbering", "numbering", "numbering.xml"),
        ("settings", "settings", "settings.xml"),
        ("header", "header", "header1.xml"),
        ("footer", "footer", "footer1.xml"),
    ] {
        let _ = write!(out, "<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>");
    }
    for (n, picture) in pictures.iter().enumerate() {
        let _ = write!(out, "<Relationship Id=\"picture{n}\" Type=\"{OFFICE}/image\" Target=\"media/picture{n}.{}\"/>", picture.ending);
    }
    for (n, target) in links.iter().enumerate() {
        let target = clean::escape(target);
        let _ = write!(out, "<Relationship Id=\"link{}\" Type=\"{OFFICE}/hyperlink\" Target=\"{target}\" TargetMode=\"External\"/>", n + 1);
    }
    out.push_str("</Relationships>");
    out
}

/// Title, author and date.
pub fn core(paper: &Paper) -> String {
    let (title, author) = (clean::escape(&clean::line(&paper.title)), clean::escape(&clean::line(&paper.author)));
    let made = paper.made_at.to_string();
    // W3CDTF wants no more than seconds from a word processor.
    let made = made.split_once('.').map_or(made.clone(), |(whole, _)| format!("{whole}Z"));
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{title}</dc:title>\
         <dc:creator>{author}</dc:creator><dc:language>{}</dc:language><dcterms:created xsi:type=\"dcterms:W3CDTF\">{made}</dcterms:created>\
         </cp:coreProperties>",
        paper.language.tag(),
    )
}

/// Named looks. Songti for text and Heiti for headings, as Chinese offices set their papers (GB/T 9704 speaks of the same pair).
pub fn styles(lang: Lang) -> String {
    let fonts = |east: &str| {
        format!("<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"{east}\" w:cs=\"Times New Roman\"/>")
    };
    let (song, hei) = (fonts("宋体"), fonts("黑体"));
    let mut out = format!(
        "{HEAD}<w:styles xmlns:w=\"{W}\"><w:docDefaults><w:rPrDefault><w:rPr>{song}<w:sz w:val=\"21\"/><w:szCs w:val=\"21\"/>\
         <w:lang w:val=\"{}\" w:eastAsia=\"zh-CN\" w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:before=\"60\" \
         w:after=\"60\" w:line=\"360\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>",
        if lang == Lang::Zh { "zh-CN" } else { "en-US" },
    );
    let mut paragraph = |id: &str, name: &str, paragraph: &str, run: &str| {
        let default = if id == "Normal" { " w:default=\"1\"" } else { "" };
        let based = if id == "Normal" { "" } else { "<w:basedOn w:val=\"Normal\"/>" };
        let _ = write!(
            out,
            "<w:style w:type=\"paragraph\"{default} w:styleId=\"{id}\"><w:name w:val=\"{name}\"/>{based}<w:qFormat/><w:pPr>{paragraph}</w:pPr>\
             <w:rPr>{run}</w:rPr></w:style>"
        );
    };
    paragraph("Normal", "Normal", "<w:jc w:val=\"both\"/>", "");
    let size = |half: u32| format!("<w:sz w:val=\"{half}\"/><w:szCs w:val=\"{half}\"/>");
    let spaced =
        |before: u32, after: u32| format!("<w:spacing w:before=\"{before}\" w:after=\"{after}\" w:line=\"300\" w:lineRule=\"auto\"/>");
    paragraph("Title", "Title", &format!("{}<w:jc w:val=\"center\"/>", spaced(120, 120)), &format!("{hei}<w:b/>{}", size(36)));
    paragraph(
        "Subtitle",
        "Subtitle",
        &format!("{}<w:jc w:val=\"center\"/>", spaced(0, 160)),
        &format!("<w:color w:val=\"595959\"/>{}", size(20)),
    );
    for (level, half) in [(1_u32, 28), (2, 24), (3, 22), (4, 21)] {
        let before = 280 - level * 40;
        paragraph(
            &format!("Heading{level}"),
            &format!("heading {level}"),
            &format!("<w:keepNext/><w:keepLines/>{}<w:jc w:val=\"left\"/><w:outlineLvl w:val=\"{}\"/>", spaced(before, 80), level - 1),
            &format!("{hei}<w:b/>{}", size(half)),
        );
    }
    paragraph("Cell", "Cell", "<w:spacing w:before=\"20\" w:after=\"20\" w:line=\"288\" w:lineRule=\"auto\"/>", &size(19));
    paragraph("Gap", "Gap", "<w:spacing w:before=\"0\" w:after=\"0\" w:line=\"120\" w:lineRule=\"exact\"/>", &size(8));
    paragraph(
        "Header",
        "header",
        "<w:spacing w:before=\"0\" w:after=\"0\" w:line=\"240\" w:lineRule=\"auto\"/><w:jc w:val=\"left\"/>",
        &size(18),
    );
    paragraph(
        "Footer",
        "footer",
        "<w:spacing w:before=\"0\" w:after=\"0\" w:line=\"240\" w:lineRule=\"auto\"/><w:jc w:val=\"left\"/>",
        &size(18),
    );
    for (id, name, run) in [
        ("Small", "Small", format!("<w:color w:val=\"595959\"/>{}", size(18))),
        (
            "Code",
            "Code",
            format!("<w:rFonts w:ascii=\"Courier New\" w:hAnsi=\"Courier New\" w:eastAsia=\"宋体\" w:cs=\"Courier New\"/>{}", size(18)),
        ),
        ("Hyperlink", "Hyperlink", "<w:color w:val=\"0B4F9E\"/><w:u w:val=\"single\"/>".to_owned()),
    ] {
        let _ = write!(out, "<w:style w:type=\"character\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/><w:rPr>{run}</w:rPr></w:style>");
    }
    out.push_str("</w:styles>");
    out
}

/// Dots are list 1; each numbered list is one of its own that counts from 1.
pub fn numbering(numbered: usize) -> String {
    let mut out = format!("{HEAD}<w:numbering xmlns:w=\"{W}\">");
    for (id, format, text) in [(0, "bullet", "•"), (1, "decimal", "")] {
        let _ = write!(out, "<w:abstractNum w:abstractNumId=\"{id}\"><w:multiLevelType w:val=\"multilevel\"/>");
        for level in 0..4 {
            let shown = if text.is_empty() { format!("%{}.", level + 1) } else { text.to_owned() };
            let _ = write!(
                out,
                "<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{shown}\"/><w:lvlJc w:val=\"left\"/>\
                 <w:pPr><w:ind w:left=\"{}\" w:hanging=\"420\"/></w:pPr></w:lvl>",
                (level + 1) * 420,
            );
        }
        out.push_str("</w:abstractNum>");
    }
    out.push_str("<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>");
    for n in 0..numbered {
        let _ = write!(out, "<w:num w:numId=\"{}\"><w:abstractNumId w:val=\"1\"/>", n + 2);
        for level in 0..4 {
            let _ = write!(out, "<w:lvlOverride w:ilvl=\"{level}\"><w:startOverride w:val=\"1\"/></w:lvlOverride>");
        }
        out.push_str("</w:num>");
    }
    out.push_str("</w:numbering>");
    out
}

/// Settings of the document.
pub fn settings(lang: Lang) -> String {
    format!(
        "{HEAD}<w:settings xmlns:w=\"{W}\"><w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"420\"/><w:characterSpacingControl w:val=\"compressPunctuation\"/>\
         <w:compat><w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat>\
         <w:themeFontLang w:val=\"{}\" w:eastAsia=\"zh-CN\"/></w:settings>",
        if lang == Lang::Zh { "zh-CN" } else { "en-US" },
    )
}

fn column(paper: &Paper) -> i32 {
    twips(if paper.orientation == Orientation::Portrait { 210.0 } else { 297.0 } - 2.0 * SIDE_MM)
}

/// The top of every page: what it is on the left, the classification mark on the right.
pub fn header(paper: &Paper) -> String {
    let mut out = opening("hdr");
    let under = if paper.mark.is_some() || !paper.header.is_empty() {
        "<w:pBdr><w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"3\" w:color=\"8C8C8C\"/></w:pBdr>"
    } else {
        ""
    };
    let _ = write!(
        out,
        "<w:p><w:pPr><w:pStyle w:val=\"Header\"/>{under}<w:tabs><w:tab w:val=\"right\" w:pos=\"{}\"/></w:tabs></w:pPr>",
        column(paper)
    );
    run(&mut out, "<w:color w:val=\"595959\"/>", &clean::line(&paper.header));
    if let Some(mark) = &paper.mark {
        out.push_str("<w:r><w:tab/></w:r>");
        run(&mut out, "<w:b/><w:color w:val=\"B41C1C\"/><w:sz w:val=\"21\"/>", &clean::line(&mark.line()));
        if !mark.number.is_empty() {
            run(&mut out, "<w:color w:val=\"595959\"/>", &format!("  {}", clean::line(&mark.number)));
        }
    }
    out.push_str("</w:p></w:hdr>");
    out
}

/// The foot of every page: the code, a line of text, the number of the page as a field.
pub fn footer(paper: &Paper, code: bool) -> String {
    let all = column(paper);
    let left = if code { twips(CODE_MM + 4.0) } else { 0 };
    let mut out = opening("ftr");
    let _ = write!(
        out,
        "<w:tbl><w:tblPr><w:tblW w:w=\"{all}\" w:type=\"dxa\"/><w:tblBorders><w:top w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8C8C8C\"/>\
         </w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
    );
    let text = (all - left) * 2 / 3;
    let widths = if code { vec![left, text, all - left - text] } else { vec![text, all - text] };
    for width in &widths {
        let _ = write!(out, "<w:gridCol w:w=\"{width}\"/>");
    }
    out.push_str("</w:tblGrid><w:tr>");
    let mut widths = widths.into_iter();
    let mut cell = |out: &mut String, align: &str| {
        let width = widths.next().unwrap_or_default();
        let _ = write!(
            out,
            "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"Footer\"/><w:jc w:val=\"{align}\"/></w:pPr>"
        );
    };
    if code {
        cell(&mut out, "left");
        out.push_str(&drawing("code", 9_000, (CODE_MM, CODE_MM), &clean::escape(&clean::line(&paper.code))));
        out.push_str("</w:p></w:tc>");
    }
    cell(&mut out, "left");
    run(&mut out, "<w:color w:val=\"595959\"/>", &clean::line(&paper.footer));
    out.push_str("</w:p></w:tc>");
    cell(&mut out, "right");
    for (n, part) in clean::line(&paper.page_label).split("{pages}").enumerate() {
        if n > 0 {
            field(&mut out, "NUMPAGES");
        }
        for (n, part) in part.split("{page}").enumerate() {
            if n > 0 {
                field(&mut out, "PAGE");
            }
            run(&mut out, "", part);
        }
    }
    out.push_str("</w:p></w:tc></w:tr></w:tbl><w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p></w:ftr>");
    out
}

fn field(out: &mut String, name: &str) {
    let _ = write!(out, "<w:fldSimple w:instr=\" {name} \"><w:r><w:t>1</w:t></w:r></w:fldSimple>");
}

/// A picture in the line; `alt` is escaped.
pub fn drawing(relation: &str, id: usize, (width, height): (f32, f32), alt: &str) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "lengths on a sheet")]
    let (wide, high) = ((width * EMU).round() as i64, (height * EMU).round() as i64);
    format!(
        "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{wide}\" cy=\"{high}\"/>\
         <wp:docPr id=\"{id}\" name=\"{relation}\" descr=\"{alt}\"/><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">\
         <pic:pic><pic:nvPicPr><pic:cNvPr id=\"{id}\" name=\"{relation}\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=\"{relation}\"/>\
         <a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{wide}\" cy=\"{high}\"/></a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
}

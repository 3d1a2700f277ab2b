//! Word: a line in every header and footer of every section, a watermark drawn as office programs draw it (ECMA-376-1 §17.10, VML).
//!
//! Headers that a document has keep what they say and get one paragraph more. Kinds that the first section lacks (first page, even
//! pages) are added there; later sections inherit them (§17.10.5). Our paragraphs bear a hidden bookmark (a name that begins with `_`),
//! which office programs keep when they save; it is how they are found again.

use jingui_model::Problem;

use super::{
    package::{Package, damaged},
    relations::{declare, relate, relations, unrelate, withdraw},
    xml::{Edits, Element, scan, xml},
};
use crate::{Left, Mark};

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const BOOKMARK: &str = "_JinguiMark";
const PREFIX: &str = "rIdJingui";

/// Takes our paragraphs and our parts out.
pub fn strip(package: &mut Package<'_>, main: &str) -> Result<(), Problem> {
    let all = relations(package, main)?;
    let ours: Vec<_> = all.iter().filter(|r| r.id.starts_with(PREFIX)).cloned().collect();
    if !ours.is_empty() {
        let text = package.must(main)?;
        let found = scan(&text, |name, _| matches!(name, "headerReference" | "footerReference"))?;
        let mut edits = Edits::default();
        for element in found.iter().filter(|e| e.attribute(&text, "id").is_some_and(|id| id.starts_with(PREFIX))) {
            edits.replace(element.whole(), "");
        }
        let text = edits.apply(&text)?;
        package.set(main, text);
        for relation in ours.iter().filter_map(|r| r.target.as_ref()) {
            withdraw(package, relation)?;
        }
        unrelate(package, main, |id| id.starts_with(PREFIX))?;
    }
    for part in parts(package, main)? {
        let text = package.must(&part.1)?;
        let found = scan(&text, |name, _| matches!(name, "p" | "bookmarkStart"))?;
        let ours: Vec<&Element> = found
            .iter()
            .filter(|e| e.name == "bookmarkStart" && e.attribute(&text, "name").is_some_and(|n| n.starts_with(BOOKMARK)))
            .collect();
        let mut edits = Edits::default();
        // The innermost paragraph around the bookmark; a paragraph with two bookmarks goes once.
        let mut gone: Vec<usize> = ours
            .iter()
            .filter_map(|b| found.iter().filter(|p| p.name == "p" && p.holds(b)).max_by_key(|p| p.depth))
            .map(|p| p.open.start)
            .collect();
        gone.sort_unstable();
        gone.dedup();
        for element in found.iter().filter(|e| e.name == "p" && gone.binary_search(&e.open.start).is_ok()) {
            edits.replace(element.whole(), "");
        }
        let text = edits.apply(&text)?;
        package.set(&part.1, text);
    }
    Ok(())
}

/// The headers (`true`) and footers of a document, each once.
fn parts(package: &mut Package<'_>, main: &str) -> Result<Vec<(bool, String)>, Problem> {
    let mut found = vec![];
    for relation in relations(package, main)? {
        let head = match relation.sort.as_str() {
            "header" => true,
            "footer" => false,
            _ => continue,
        };
        if let Some(part) = relation.target.and_then(|t| package.find(&t))
            && !found.contains(&(head, part.clone()))
        {
            found.push((head, part));
        }
    }
    Ok(found)
}

/// Puts the mark into every header and footer.
pub fn put(package: &mut Package<'_>, main: &str, mark: &Mark) -> Result<Vec<Left>, Problem> {
    let mut number = 0;
    for (head, part) in parts(package, main)? {
        number += 1;
        let text = package.must(&part)?;
        let root = scan(&text, |_, depth| depth == 0)?;
        let root = root.first().ok_or_else(|| damaged("header"))?;
        let mut edits = Edits::default();
        edits.append(&text, root, &paragraph(mark, head, number));
        let text = edits.apply(&text)?;
        package.set(&part, text);
    }
    missing(package, main, mark, number)?;
    Ok(vec![])
}

/// Gives the first section the kinds that it lacks.
fn missing(package: &mut Package<'_>, main: &str, mark: &Mark, mut number: u32) -> Result<(), Problem> {
    let text = package.must(main)?;
    let wanted = |name: &str, depth: usize| {
        (depth == 1 && name == "body") || matches!(name, "sectPr" | "sectPrChange" | "headerReference" | "footerReference")
    };
    let found = scan(&text, wanted)?;
    let body = found.iter().find(|e| e.name == "body").ok_or_else(|| damaged("body"))?;
    let old: Vec<&Element> = found.iter().filter(|e| e.name == "sectPrChange").collect();
    let section = found.iter().find(|e| e.name == "sectPr" && !old.iter().any(|o| o.holds(e)));
    let mut references = String::new();
    for head in [true, false] {
        let (sort, element) = if head { ("header", "headerReference") } else { ("footer", "footerReference") };
        for ty in ["default", "first", "even"] {
            let has = |e: &&Element| {
                e.name == element
                    && section.is_some_and(|s| s.holds(e))
                    && !old.iter().any(|o| o.holds(e))
                    && e.attribute(&text, "type").as_deref().unwrap_or("default") == ty
            };
            if found.iter().any(|e| has(&e)) {
                continue;
            }
            number += 1;
            let file = format!("jingui{sort}{number}.xml");
            let part = main.rsplit_once('/').map_or_else(|| file.clone(), |(folder, _)| format!("{folder}/{file}"));
            let tag = if head { "hdr" } else { "ftr" };
            let content = paragraph(mark, head, number);
            package.set(
                &part,
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:{tag} xmlns:w=\"{W}\">{content}</w:{tag}>"),
            );
            declare(package, &part, &format!("application/vnd.openxmlformats-officedocument.wordprocessingml.{sort}+xml"))?;
            let id = format!("{PREFIX}{number}");
            relate(package, main, &id, &format!("{R}/{sort}"), &file)?;
            references.push_str(&format!("<w:{element} xmlns:w=\"{W}\" xmlns:r=\"{R}\" w:type=\"{ty}\" r:id=\"{id}\"/>"));
        }
    }
    let mut edits = Edits::default();
    match section {
        // References come first in a section (§17.6.17).
        Some(section) if section.is_empty_tag() => edits.append(&text, section, &references),
        Some(section) => edits.replace(section.open.end..section.open.end, references),
        None => edits.append(&text, body, &format!("<w:sectPr xmlns:w=\"{W}\">{references}</w:sectPr>")),
    }
    let text = edits.apply(&text)?;
    package.set(main, text);
    Ok(())
}

/// Our paragraph, with its own namespaces, so that it fits wherever it is put.
fn paragraph(mark: &Mark, head: bool, number: u32) -> String {
    let line = if head { &mark.header } else { &mark.footer };
    let id = 9_900_000 + number;
    let run = if line.is_empty() {
        String::new()
    } else {
        format!(
            "<w:r><w:rPr><w:rFonts w:hint=\"eastAsia\"/><w:b/><w:color w:val=\"C00000\"/><w:sz w:val=\"18\"/></w:rPr>\
             <w:t xml:space=\"preserve\">{}</w:t></w:r>",
            xml(line)
        )
    };
    let across = if head && !mark.watermark.is_empty() { watermark(&mark.watermark, id) } else { String::new() };
    format!(
        "<w:p xmlns:w=\"{W}\"><w:pPr><w:spacing w:before=\"0\" w:after=\"0\"/><w:jc w:val=\"center\"/></w:pPr>\
         <w:bookmarkStart w:id=\"{id}\" w:name=\"{BOOKMARK}{number}\"/>{run}{across}<w:bookmarkEnd w:id=\"{id}\"/></w:p>"
    )
}

/// WordArt behind the text, as Word's own "watermark" writes it; its size follows the number of characters.
fn watermark(words: &str, id: u32) -> String {
    // Wide characters count two.
    let units: u32 = words.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<u32>().max(1);
    let width = (units * 22).clamp(120, 470);
    let height = (width * 2 / units).clamp(16, 110);
    let formulas = [
        "sum #0 0 10800",
        "prod #0 2 1",
        "sum 21600 0 @1",
        "sum 0 0 @2",
        "sum 21600 0 @3",
        "if @0 @3 0",
        "if @0 21600 @1",
        "if @0 0 @2",
        "if @0 @4 21600",
        "mid @5 @6",
        "mid @8 @5",
        "mid @7 @8",
        "mid @6 @7",
        "sum @6 0 @5",
    ];
    let formulas: String = formulas.iter().map(|f| format!("<v:f eqn=\"{f}\"/>")).collect();
    format!(
        "<w:r><w:rPr><w:noProof/></w:rPr><w:pict xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\">\
         <v:shapetype id=\"_x0000_t136\" coordsize=\"21600,21600\" o:spt=\"136\" adj=\"10800\" path=\"m@7,l@8,m@5,21600l@6,21600e\">\
         <v:formulas>{formulas}</v:formulas>\
         <v:path textpathok=\"t\" o:connecttype=\"custom\" o:connectlocs=\"@9,0;@10,10800;@11,21600;@12,10800\" \
         o:connectangles=\"270,180,90,0\"/><v:textpath on=\"t\" fitshape=\"t\"/>\
         <v:handles><v:h position=\"#0,bottomRight\" xrange=\"6629,14971\"/></v:handles><o:lock v:ext=\"edit\" text=\"t\" shapetype=\"t\"/>\
         </v:shapetype>\
         <v:shape id=\"PowerPlusWaterMarkObject{id}\" o:spid=\"_x0000_s{}\" type=\"#_x0000_t136\" \
         style=\"position:absolute;margin-left:0;margin-top:0;width:{width}pt;height:{height}pt;rotation:315;z-index:-251658752;\
         mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;\
         mso-position-vertical-relative:margin\" o:allowincell=\"f\" fillcolor=\"#c8c8c8\" stroked=\"f\"><v:fill opacity=\".5\"/>\
         <v:textpath style=\"font-family:&quot;SimHei&quot;;font-size:1pt\" string=\"{}\"/></v:shape></w:pict></w:r>",
        id - 9_900_000 + 9_000,
        xml(words)
    )
}

//! PowerPoint: a line at the foot of every slide and words across it (ECMA-376-1 §19.3, §20.1).
//!
//! On the slides themselves, not on masters: a slide can hide what its master shows, and keeps its own shapes when it is copied into
//! another presentation. Our shapes are found again by their names. Words across lie on top, nearly transparent: pictures that fill a
//! slide would hide them otherwise.

use jingui_model::Problem;

use super::{
    package::{Package, damaged},
    relations::relations,
    xml::{Edits, scan, xml},
};
use crate::{Left, Mark};

const A: &str = "http://schemas.openxmlformats.org/drawingml/2006/main";
const P: &str = "http://schemas.openxmlformats.org/presentationml/2006/main";
const NAME: &str = "JinguiMark";
/// 4:3 slides, when a presentation does not say (EMU).
const SIZE: (i64, i64) = (9_144_000, 6_858_000);

fn slides(package: &mut Package<'_>, main: &str) -> Result<Vec<String>, Problem> {
    let all = relations(package, main)?;
    Ok(all.into_iter().filter(|r| r.sort == "slide").filter_map(|r| package.find(&r.target?)).collect())
}

fn size(text: &str) -> Result<(i64, i64), Problem> {
    let found = scan(text, |name, depth| depth == 1 && name == "sldSz")?;
    let Some(element) = found.first() else { return Ok(SIZE) };
    let number =
        |name: &str| element.attribute(text, name).and_then(|v| v.parse::<i64>().ok()).filter(|n| (914_400..=51_206_400).contains(n));
    Ok((number("cx").unwrap_or(SIZE.0), number("cy").unwrap_or(SIZE.1)))
}

/// Takes our shapes out of all slides.
pub fn strip(package: &mut Package<'_>, main: &str) -> Result<(), Problem> {
    for slide in slides(package, main)? {
        let text = package.must(&slide)?;
        if !text.contains(NAME) {
            continue;
        }
        let found = scan(&text, |name, _| matches!(name, "sp" | "cNvPr"))?;
        let mut edits = Edits::default();
        for name in found.iter().filter(|e| e.name == "cNvPr" && e.attribute(&text, "name").is_some_and(|n| n.starts_with(NAME))) {
            if let Some(shape) = found.iter().filter(|s| s.name == "sp" && s.holds(name)).max_by_key(|s| s.depth) {
                edits.replace(shape.whole(), "");
            }
        }
        let text = edits.apply(&text)?;
        package.set(&slide, text);
    }
    Ok(())
}

/// Puts the mark onto each slide.
pub fn put(package: &mut Package<'_>, main: &str, mark: &Mark) -> Result<Vec<Left>, Problem> {
    let (width, height) = size(&package.must(main)?)?;
    for slide in slides(package, main)? {
        let text = package.must(&slide)?;
        let found = scan(&text, |name, _| matches!(name, "spTree" | "cNvPr" | "extLst"))?;
        let tree = found.iter().find(|e| e.name == "spTree").ok_or_else(|| damaged("slide"))?;
        let ids = found.iter().filter(|e| e.name == "cNvPr").filter_map(|e| e.attribute(&text, "id")?.parse::<u32>().ok());
        let next = ids.max().unwrap_or(1).saturating_add(1);
        let mut shapes = String::new();
        let line = height / 28;
        if !mark.watermark.is_empty() {
            let units: i64 = mark.watermark.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<i64>().max(1);
            // Hundredths of a point such that the words take three quarters of the width.
            let points = (width * 3 / 4 / units * 2 / 127).clamp(1_200, 8_000);
            let tall = height / 5;
            shapes.push_str(&shape(&Shape {
                id: next,
                name: "across",
                at: (width / 20, (height - tall) / 2, width * 9 / 10, tall),
                // Sixtieth thousandths of a degree, clockwise: up to the right.
                turn: 20_100_000,
                points,
                color: "<a:srgbClr val=\"808080\"><a:alpha val=\"16000\"/></a:srgbClr>",
                anchor: "ctr",
                words: &mark.watermark,
            }));
        }
        for (words, name, y) in [(&mark.header, "head", 0), (&mark.footer, "foot", height - line)] {
            if words.is_empty() {
                continue;
            }
            shapes.push_str(&shape(&Shape {
                id: next.saturating_add(if y == 0 { 1 } else { 2 }),
                name,
                at: (0, y, width, line),
                turn: 0,
                points: 900,
                color: "<a:srgbClr val=\"C00000\"/>",
                anchor: "ctr",
                words,
            }));
        }
        let mut edits = Edits::default();
        // Extensions stay last in the tree (§19.3.1.45).
        match found.iter().find(|e| e.name == "extLst" && e.depth == tree.depth + 1 && tree.holds(e)) {
            Some(last) => edits.replace(last.open.start..last.open.start, shapes),
            None => edits.append(&text, tree, &shapes),
        }
        let text = edits.apply(&text)?;
        package.set(&slide, text);
    }
    Ok(vec![])
}

struct Shape<'a> {
    id: u32,
    name: &'a str,
    at: (i64, i64, i64, i64),
    turn: i64,
    points: i64,
    color: &'a str,
    anchor: &'a str,
    words: &'a str,
}

fn shape(s: &Shape<'_>) -> String {
    let (x, y, w, h) = s.at;
    let turn = if s.turn == 0 { String::new() } else { format!(" rot=\"{}\"", s.turn) };
    format!(
        "<p:sp xmlns:p=\"{P}\" xmlns:a=\"{A}\"><p:nvSpPr><p:cNvPr id=\"{}\" name=\"{NAME} {}\"/><p:cNvSpPr txBox=\"1\"/><p:nvPr userDrawn=\"1\"/>\
         </p:nvSpPr><p:spPr><a:xfrm{turn}><a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{w}\" cy=\"{h}\"/></a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom><a:noFill/></p:spPr><p:txBody>\
         <a:bodyPr wrap=\"square\" lIns=\"0\" tIns=\"0\" rIns=\"0\" bIns=\"0\" anchor=\"{}\"><a:noAutofit/></a:bodyPr><a:lstStyle/>\
         <a:p><a:pPr marL=\"0\" indent=\"0\" algn=\"ctr\"><a:buNone/></a:pPr><a:r><a:rPr lang=\"zh-CN\" sz=\"{}\" b=\"1\">\
         <a:solidFill>{}</a:solidFill></a:rPr><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>",
        s.id,
        s.name,
        s.anchor,
        s.points,
        s.color,
        xml(s.words)
    )
}

//! The glyphs that a mark needs, as a font in the file (ISO 32000-1 §9.7, §9.9): a subset, so that nothing depends on the reader's fonts.

use std::collections::BTreeMap;

use jingui_model::Problem;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use skrifa::{FontRef, Tag, raw::TableProvider as _};
use subsetter::GlyphRemapper;

use super::failed;
use crate::{Face, Font, face::Glyph};

const NAME: &str = "JGMARK+JinguiMark";

/// The glyphs of some lines, and a table of what to keep of the font.
pub struct Used {
    map: GlyphRemapper,
    /// By number in the subset: character and width.
    glyphs: BTreeMap<u16, Glyph>,
}

/// The lines with the numbers that their glyphs have in the subset.
///
/// # Errors
/// Never today; the numbers of a font are 16 bits.
pub fn lines(face: &Face<'_>, texts: [&str; 3]) -> Result<([Vec<Glyph>; 3], Used), Problem> {
    let mut used = Used { map: GlyphRemapper::new(), glyphs: BTreeMap::new() };
    let lines = texts.map(|text| {
        let mut line = face.line(text);
        for glyph in &mut line {
            glyph.id = used.map.remap(glyph.id);
            used.glyphs.insert(glyph.id, *glyph);
        }
        line
    });
    Ok((lines, used))
}

/// Puts the subset into a document and gives the font.
///
/// # Errors
/// `mark.no_font` when the font cannot be cut down, `mark.write_failed`.
pub fn embed(document: &mut Document, font: &Font, face: &Face<'_>, used: &Used) -> Result<ObjectId, Problem> {
    let broken = |e: &dyn std::fmt::Display| Problem::unavailable("mark.no_font").detail(e);
    let subset = subsetter::subset(&font.bytes, font.index, &used.map).map_err(|e| broken(&e))?;
    let cut = FontRef::new(&subset).map_err(|e| broken(&e))?;
    let cff = cut.data_for_tag(Tag::new(b"CFF ")).map(|table| table.as_bytes().to_vec());
    let outlines = cff.is_some();
    let mut program = match cff {
        Some(cff) => Stream::new(dictionary! { "Subtype" => "CIDFontType0C" }, cff),
        None => {
            let length = i64::try_from(subset.len()).map_err(failed)?;
            Stream::new(dictionary! { "Length1" => length }, subset)
        }
    };
    program.compress().map_err(failed)?;
    let program = document.add_object(program);
    let thousandths = |n: f32| Object::Real((n * 1_000.0).round());
    let mut descriptor = dictionary! {
        "Type" => "FontDescriptor", "FontName" => NAME,
        // Symbolic: its glyphs are reached by number.
        "Flags" => 4, "ItalicAngle" => 0, "StemV" => 90,
        "FontBBox" => vec![Object::Real(-1_000.0), thousandths(face.descent), Object::Real(2_000.0), thousandths(face.ascent)],
        "Ascent" => thousandths(face.ascent), "Descent" => thousandths(face.descent), "CapHeight" => thousandths(face.ascent * 0.8),
    };
    descriptor.set(if outlines { "FontFile3" } else { "FontFile2" }, program);
    let descriptor = document.add_object(descriptor);
    let widths: Vec<Object> =
        used.glyphs.iter().flat_map(|(id, g)| [Object::from(i64::from(*id)), Object::Array(vec![thousandths(g.advance)])]).collect();
    let system = dictionary! {
        "Registry" => Object::string_literal("Adobe"), "Ordering" => Object::string_literal("Identity"), "Supplement" => 0,
    };
    let mut descendant = dictionary! {
        "Type" => "Font", "Subtype" => if outlines { "CIDFontType0" } else { "CIDFontType2" }, "BaseFont" => NAME,
        "CIDSystemInfo" => system, "FontDescriptor" => descriptor, "DW" => 1_000, "W" => widths,
    };
    if !outlines {
        descendant.set("CIDToGIDMap", "Identity");
    }
    let descendant = document.add_object(descendant);
    let mut unicode = Stream::new(Dictionary::new(), characters(used).into_bytes());
    unicode.compress().map_err(failed)?;
    let unicode = document.add_object(unicode);
    Ok(document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => NAME, "Encoding" => "Identity-H",
        "DescendantFonts" => vec![Object::Reference(descendant)], "ToUnicode" => unicode,
    }))
}

/// Which character each glyph is, so that the mark can be searched and copied (§9.10.3).
fn characters(used: &Used) -> String {
    let mut out = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> \
         def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    let all: Vec<(&u16, &Glyph)> = used.glyphs.iter().collect();
    // At most a hundred in one block.
    for block in all.chunks(100) {
        out.push_str(&format!("{} beginbfchar\n", block.len()));
        for (id, glyph) in block {
            let units: String = glyph.shows.encode_utf16(&mut [0; 2]).iter().map(|u| format!("{u:04X}")).collect();
            out.push_str(&format!("<{id:04X}> <{units}>\n"));
        }
        out.push_str("endbfchar\n");
    }
    out.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    out
}

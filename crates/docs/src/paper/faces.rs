//! Faces at work: which glyph of which face shows a character, and how wide it is.
//!
//! Chinese and Latin text need no shaping beyond one glyph for one character (ISO/IEC 14496-22 `cmap` and `hmtx`). A
//! character that no face has is shown as a box that still carries the character, so that it can be copied, and is
//! reported; it never stops a paper.

use std::collections::{BTreeSet, HashMap};

use jingui_model::Problem;
use krilla::text::Font;
use skrifa::{FontRef, GlyphId, MetadataProvider, charmap::Charmap, instance::LocationRef, instance::Size, metrics::GlyphMetrics};

use super::fonts::{FontFile, Fonts};

/// Shown for a character without a glyph, the first that a face has.
const BOXES: [char; 4] = ['□', '〓', '?', '.'];

/// Which of the faces to ask first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Ordinary text.
    Regular,
    /// Headings and strong text.
    Bold,
    /// Digests.
    Mono,
}

/// A glyph, with lengths in em.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// Which face.
    pub face: usize,
    /// Its number in the face.
    pub id: u32,
    /// How far the next one stands.
    pub advance: f32,
    /// Where its ink begins and ends.
    pub ink: (f32, f32),
    /// To be thickened, because there is no bold face.
    pub thick: bool,
}

struct Face<'a> {
    font: Font,
    charmap: Charmap<'a>,
    metrics: GlyphMetrics<'a>,
    upem: f32,
}

/// All faces of a paper.
pub struct Faces<'a> {
    faces: Vec<Face<'a>>,
    chains: [Vec<usize>; 3],
    no_bold: bool,
    cache: HashMap<(Weight, char), Glyph>,
    substitute: Glyph,
    missing: BTreeSet<char>,
}

impl<'a> Faces<'a> {
    /// Opens the faces.
    ///
    /// # Errors
    /// `docs.font_damaged` when one cannot be read or has not even a box or a question mark.
    pub fn open(fonts: &'a Fonts) -> Result<Self, Problem> {
        let mut faces = vec![open(&fonts.regular)?];
        let mut add = |file: Option<&'a FontFile>| -> Result<Option<usize>, Problem> {
            let Some(file) = file else { return Ok(None) };
            faces.push(open(file)?);
            Ok(Some(faces.len() - 1))
        };
        let bold = add(fonts.bold.as_ref())?;
        let mono = add(fonts.mono.as_ref())?;
        let others = fonts.others.iter().map(|file| add(Some(file))).collect::<Result<Vec<_>, _>>()?;
        let others: Vec<usize> = others.into_iter().flatten().collect();
        let chain = |first: Option<usize>| first.into_iter().chain([0]).chain(others.iter().copied()).collect::<Vec<_>>();
        let chains = [chain(None), chain(bold), chain(mono)];
        let empty = Glyph { face: 0, id: 0, advance: 1.0, ink: (0.0, 1.0), thick: false };
        let no_bold = bold.is_none();
        let mut opened = Self { faces, chains, no_bold, cache: HashMap::new(), substitute: empty, missing: BTreeSet::new() };
        opened.substitute = BOXES.iter().find_map(|&c| opened.look_up(Weight::Regular, c)).ok_or_else(damaged)?;
        Ok(opened)
    }

    /// The glyph for a character, or a box.
    pub fn glyph(&mut self, weight: Weight, c: char) -> Glyph {
        if let Some(&glyph) = self.cache.get(&(weight, c)) {
            return glyph;
        }
        let glyph = self.look_up(weight, c).unwrap_or_else(|| {
            self.missing.insert(c);
            self.substitute
        });
        self.cache.insert((weight, c), glyph);
        glyph
    }

    /// The face for the PDF writer.
    pub fn font(&self, face: usize) -> Option<Font> {
        self.faces.get(face).map(|face| face.font.clone())
    }

    /// The characters that were shown as boxes.
    pub fn into_missing(self) -> Vec<char> {
        self.missing.into_iter().collect()
    }

    fn look_up(&self, weight: Weight, c: char) -> Option<Glyph> {
        let [regular, bold, mono] = &self.chains;
        let chain = match weight {
            Weight::Regular => regular,
            Weight::Bold => bold,
            Weight::Mono => mono,
        };
        chain.iter().find_map(|&index| {
            let face = self.faces.get(index)?;
            let id = face.charmap.map(c).filter(|id| *id != GlyphId::NOTDEF)?;
            let advance = face.metrics.advance_width(id)? / face.upem;
            let ink = face.metrics.bounds(id).map_or((0.0, advance), |b| (b.x_min / face.upem, b.x_max / face.upem));
            let sane = advance.is_finite() && (0.0..=4.0).contains(&advance);
            sane.then_some(Glyph { face: index, id: id.to_u32(), advance, ink, thick: weight == Weight::Bold && self.no_bold })
        })
    }
}

fn damaged() -> Problem {
    Problem::unavailable("docs.font_damaged")
}

fn open(file: &FontFile) -> Result<Face<'_>, Problem> {
    let parsed = FontRef::from_index(&file.bytes, file.index).map_err(|e| damaged().detail(e))?;
    let font = Font::new(std::sync::Arc::clone(&file.bytes).into(), file.index).ok_or_else(damaged)?;
    let upem = font.units_per_em();
    if upem < 16.0 {
        return Err(damaged());
    }
    let metrics = parsed.glyph_metrics(Size::unscaled(), LocationRef::default());
    Ok(Face { font, charmap: parsed.charmap(), metrics, upem })
}

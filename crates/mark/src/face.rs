//! A font at work: which glyph shows a character, how wide it is, how it is drawn. One glyph for one character is enough for Chinese and
//! Latin (ISO/IEC 14496-22 `cmap`, `hmtx`).

use std::{fmt, sync::Arc};

use jingui_model::Problem;
use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
    outline::{DrawSettings, OutlineGlyphCollection, OutlinePen},
};

/// A font file and a face in it.
#[derive(Clone)]
pub struct Font {
    /// The file.
    pub bytes: Arc<Vec<u8>>,
    /// Which face of a collection; 0 for a file with one face.
    pub index: u32,
}

impl fmt::Debug for Font {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Font({} bytes, face {})", self.bytes.len(), self.index)
    }
}

/// A glyph of a line.
#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// Its number in the face.
    pub id: u16,
    /// The character that it shows.
    pub shows: char,
    /// How far the next one stands, in em.
    pub advance: f32,
}

/// An open face.
pub struct Face<'a> {
    charmap: Charmap<'a>,
    metrics: GlyphMetrics<'a>,
    outlines: OutlineGlyphCollection<'a>,
    upem: f32,
    /// Highest point of ordinary letters above the line and lowest below it, in em.
    pub ascent: f32,
    /// Negative.
    pub descent: f32,
}

impl<'a> Face<'a> {
    /// Opens a face.
    ///
    /// # Errors
    /// `mark.no_font` when it cannot be read.
    pub fn open(font: &'a Font) -> Result<Self, Problem> {
        let face = FontRef::from_index(&font.bytes, font.index).map_err(|e| Problem::unavailable("mark.no_font").detail(e))?;
        let all = face.metrics(Size::unscaled(), LocationRef::default());
        let upem = f32::from(all.units_per_em.max(1));
        Ok(Self {
            charmap: face.charmap(),
            metrics: face.glyph_metrics(Size::unscaled(), LocationRef::default()),
            outlines: face.outline_glyphs(),
            upem,
            ascent: all.ascent / upem,
            descent: all.descent / upem,
        })
    }

    /// The glyphs of a line; a character without one is shown as a box or a question mark.
    pub fn line(&self, text: &str) -> Vec<Glyph> {
        text.chars()
            .map(|c| {
                let id = [c, '□', '?'].iter().find_map(|c| self.charmap.map(*c)).unwrap_or(GlyphId::new(0));
                let advance = self.metrics.advance_width(id).unwrap_or(self.upem) / self.upem;
                Glyph { id: u16::try_from(id.to_u32()).unwrap_or(0), shows: c, advance }
            })
            .collect()
    }

    /// Draws a glyph in em units, y upwards.
    pub fn draw(&self, glyph: u16, pen: &mut dyn FnMut(Stroke)) {
        let Some(outline) = self.outlines.get(GlyphId::from(glyph)) else { return };
        let mut path = Path { pen, scale: 1.0 / self.upem, start: (0.0, 0.0), at: (0.0, 0.0) };
        // A glyph that cannot be drawn leaves a gap; the text beside the picture still says it.
        drop(outline.draw(DrawSettings::unhinted(Size::unscaled(), LocationRef::default()), &mut path));
        path.close();
    }
}

/// How wide a line is, in em.
pub fn width(line: &[Glyph]) -> f32 {
    line.iter().map(|g| g.advance).sum()
}

/// A piece of an outline.
#[derive(Debug, Clone, Copy)]
pub enum Stroke {
    /// A straight line.
    Line((f32, f32), (f32, f32)),
    /// A quadratic curve with its control point in the middle.
    Quad((f32, f32), (f32, f32), (f32, f32)),
    /// A cubic curve.
    Cubic((f32, f32), (f32, f32), (f32, f32), (f32, f32)),
}

struct Path<'p> {
    pen: &'p mut dyn FnMut(Stroke),
    scale: f32,
    start: (f32, f32),
    at: (f32, f32),
}

impl Path<'_> {
    fn to(&self, x: f32, y: f32) -> (f32, f32) {
        (x * self.scale, y * self.scale)
    }
}

impl OutlinePen for Path<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.close();
        self.start = self.to(x, y);
        self.at = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.to(x, y);
        (self.pen)(Stroke::Line(self.at, to));
        self.at = to;
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (c, to) = (self.to(cx, cy), self.to(x, y));
        (self.pen)(Stroke::Quad(self.at, c, to));
        self.at = to;
    }

    fn curve_to(&mut self, cx: f32, cy: f32, dx: f32, dy: f32, x: f32, y: f32) {
        let (c, d, to) = (self.to(cx, cy), self.to(dx, dy), self.to(x, y));
        (self.pen)(Stroke::Cubic(self.at, c, d, to));
        self.at = to;
    }

    fn close(&mut self) {
        if self.at != self.start {
            (self.pen)(Stroke::Line(self.at, self.start));
            self.at = self.start;
        }
    }
}

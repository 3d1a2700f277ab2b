//! Pages of a PDF (ISO 32000), drawn in the program. Before a page is drawn its drawing is counted, with nothing put on any canvas: what
//! would go on for ever ends there, and the words with their places fall out of it.

use std::{panic::resume_unwind, sync::Arc};

use hayro::{
    PixmapSettings, RenderCache, RenderSettings,
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings, SoftMask,
        font::{FontData, FontQuery, Glyph, GlyphRun},
        hayro_cmap::BfString,
        interpret_page,
        util::TransformExt as _,
    },
    hayro_syntax::Pdf,
    kurbo::{Affine, BezPath, Point, Rect as Bounds},
    vello_cpu::color::palette::css::WHITE,
};
use image::RgbImage;
use jingui_docs::scan;
use jingui_model::Problem;

use crate::{
    Font, Limits, Secret, Size, Stopped, own,
    words::{Letter, PageText, Rect},
};

/// How many things are drawn between two looks at the clock.
const LOOK: u64 = 1_024;

/// An open PDF.
pub(crate) struct Pages {
    pdf: Pdf,
    settings: InterpreterSettings,
}

/// The file's bytes; wiped with the document.
struct Content(Secret);

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

struct FontBytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for FontBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) fn open(bytes: Secret, font: &Font, limits: &Limits) -> Result<(Pages, Vec<Size>), Problem> {
    let weighed = scan::Limits { pages: limits.pages, pixels: limits.pixels, unpacked: limits.unpacked };
    let pdf = scan::pdf(&Arc::new(Content(bytes)), &weighed).map_err(own)?;
    let mut sizes = vec![];
    for page in pdf.pages().iter().take(limits.pages + 1) {
        let (width, height) = page.render_dimensions();
        if !(width.is_finite() && height.is_finite() && width >= 1.0 && height >= 1.0) {
            return Err(Problem::invalid("view.damaged"));
        }
        sizes.push(Size { width, height });
    }
    Ok((Pages { pdf, settings: settings(font) }, sizes))
}

/// Fonts that a file only names: the fourteen that every reader has; for all others, Chinese ones mostly, the machine's.
fn settings(font: &Font) -> InterpreterSettings {
    let usual = InterpreterSettings::default();
    let (standard, bytes, index) = (Arc::clone(&usual.font_resolver), Arc::clone(&font.bytes), font.index);
    InterpreterSettings {
        font_resolver: Arc::new(move |query| match query {
            FontQuery::Standard(_) => standard(query),
            FontQuery::Fallback(wanted) => {
                let named = [&wanted.post_script_name, &wanted.font_name, &wanted.font_family];
                let latin = named.into_iter().flatten().any(|n| LATIN.iter().any(|l| n.to_ascii_lowercase().contains(l)));
                if latin { standard(query) } else { Some((Arc::new(FontBytes(Arc::clone(&bytes))) as FontData, index)) }
            }
        }),
        ..usual
    }
}

/// Fonts that stand-ins exist for.
const LATIN: &[&str] = &["times", "arial", "helvetica", "courier", "symbol", "dingbats"];

impl Pages {
    pub(crate) fn draw(&self, page: usize, scale: f32, limits: &Limits, stop: &dyn Fn() -> bool) -> Result<RgbImage, Problem> {
        self.text(page, limits, stop)?;
        let page = self.pdf.pages().get(page).ok_or_else(|| Problem::missing("view.page"))?;
        let pixels = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let drawn = hayro::render(page, &RenderCache::new(), &self.settings, &RenderSettings::default(), &pixels);
        let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
        let colours = drawn.data_as_u8_slice().chunks_exact(4).flat_map(|p| p.iter().copied().take(3)).collect();
        RgbImage::from_raw(width, height, colours).ok_or_else(|| Problem::invalid("view.damaged"))
    }

    pub(crate) fn text(&self, page: usize, limits: &Limits, stop: &dyn Fn() -> bool) -> Result<PageText, Problem> {
        let page = self.pdf.pages().get(page).ok_or_else(|| Problem::missing("view.page"))?;
        let (width, height) = page.render_dimensions();
        let cache = InterpreterCache::new();
        let bounds = Bounds::new(0.0, 0.0, f64::from(width), f64::from(height));
        let upright = Affine::new(page.initial_transform(true).to_kurbo().as_coeffs());
        let mut context = Context::new(upright, bounds, &cache, self.pdf.xref(), self.settings.clone());
        let mut reader = Counting { size: (width, height), letters: vec![], drawn: 0, most: limits.drawn, stop };
        interpret_page(page, &mut context, &mut reader);
        Ok(PageText { letters: reader.letters })
    }
}

/// Counts what is drawn, and keeps the letters.
struct Counting<'s> {
    size: (f32, f32),
    letters: Vec<Letter>,
    drawn: u64,
    most: u64,
    stop: &'s dyn Fn() -> bool,
}

impl Counting<'_> {
    fn count(&mut self, things: u64) {
        self.drawn += things;
        if self.drawn > self.most {
            resume_unwind(Box::new(Stopped(Problem::too_large("view.large"))));
        }
        if self.drawn % LOOK < things && (self.stop)() {
            resume_unwind(Box::new(Stopped(Problem::too_large("view.slow"))));
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "shares of a page")]
    fn letter(&mut self, glyph: &Glyph<'_>, to: Affine) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(s)) => s,
            None => return,
        };
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(drawn) => drawn.advance_width(),
        };
        let advance = f64::from(advance.unwrap_or(500.0));
        let corners = [(0.0, -220.0), (advance, -220.0), (0.0, 880.0), (advance, 880.0)].map(|(x, y)| to * Point::new(x, y));
        let share = |n: f64, of: f32| (n / f64::from(of)).clamp(0.0, 1.0) as f32;
        let across: [f32; 4] = corners.map(|p| share(p.x, self.size.0));
        let down: [f32; 4] = corners.map(|p| share(p.y, self.size.1));
        let (left, right) = across.iter().fold((1.0_f32, 0.0_f32), |(l, r), x| (l.min(*x), r.max(*x)));
        let (top, low) = down.iter().fold((1.0_f32, 0.0_f32), |(t, b), y| (t.min(*y), b.max(*y)));
        if right > left && low > top {
            self.letters.push(Letter { text, place: Rect { x: left, y: top, width: right - left, height: low - top } });
        }
    }
}

impl<'a> Device<'a> for Counting<'_> {
    fn draw_path(&mut self, path: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.count(1 + path.elements().len() as u64 / 8);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.count(1 + clip.path.elements().len() as u64 / 8);
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.count(64);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        self.count(1 + run.glyphs().len() as u64);
        for glyph in run.glyphs() {
            self.letter(glyph, props.transform * glyph.transform());
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.count(16);
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

//! Drawing glyphs into pictures: how much of each pixel an outline covers, then mixed with what is there.

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use image::{DynamicImage, GenericImage as _, GenericImageView as _, GrayImage, Rgb, RgbImage};
use jingui_model::Problem;

use crate::{
    Face, Font, Mark,
    face::{self, Glyph, Stroke},
};

/// The mark's red.
const RED: [u8; 3] = [192, 0, 0];
/// Words across it: grey with this much of it, of 1.
const ACROSS: ([u8; 3], f32) = ([128, 128, 128], 0.28);

/// Where a line is drawn: size in pixels, where it begins, which way it runs.
struct Place {
    size: f32,
    from: (f32, f32),
    /// Cosine and sine; positive runs upwards.
    way: (f32, f32),
}

impl Place {
    /// A point of a glyph (em, y upwards) in the picture (pixels, y downwards).
    fn at(&self, pen: f32, (x, y): (f32, f32)) -> (f32, f32) {
        let (x, y) = ((pen + x) * self.size, y * self.size);
        let (cos, sin) = self.way;
        (self.from.0 + x * cos - y * sin, self.from.1 - x * sin - y * cos)
    }
}

/// Draws a line glyph by glyph; each in a small raster of its own.
fn draw(image: &mut DynamicImage, face: &Face<'_>, line: &[Glyph], place: &Place, ([red, green, blue], much): ([u8; 3], f32)) {
    let (width, height) = image.dimensions();
    let mut pen = 0.0;
    for glyph in line {
        let mut strokes = vec![];
        face.draw(glyph.id, &mut |stroke| strokes.push(stroke));
        let to = |p| place.at(pen, p);
        let points = strokes.iter().flat_map(|s| match *s {
            Stroke::Line(a, b) => vec![a, b],
            Stroke::Quad(a, b, c) => vec![a, b, c],
            Stroke::Cubic(a, b, c, d) => vec![a, b, c, d],
        });
        let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for (x, y) in points.map(to) {
            let [l, t, r, b] = bounds;
            bounds = [l.min(x), t.min(y), r.max(x), b.max(y)];
        }
        pen += glyph.advance;
        let [l, t, r, b] = bounds;
        if r < l || (r - l) > 20_000.0 || (b - t) > 20_000.0 {
            continue;
        }
        let (left, top) = (l.floor() - 1.0, t.floor() - 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and bounded above")]
        let (w, h) = ((r - left).ceil() as usize + 2, (b - top).ceil() as usize + 2);
        let mut raster = Rasterizer::new(w, h);
        let pen = pen - glyph.advance;
        let p = |q: (f32, f32)| -> Point {
            let (x, y) = place.at(pen, q);
            point(x - left, y - top)
        };
        for stroke in &strokes {
            match *stroke {
                Stroke::Line(a, b) => raster.draw_line(p(a), p(b)),
                Stroke::Quad(a, b, c) => raster.draw_quad(p(a), p(b), p(c)),
                Stroke::Cubic(a, b, c, d) => raster.draw_cubic(p(a), p(b), p(c), p(d)),
            }
        }
        raster.for_each_pixel_2d(|x, y, cover| {
            let cover = cover.clamp(0.0, 1.0) * much;
            #[expect(clippy::cast_possible_truncation, reason = "pixels of one picture")]
            let (x, y) = (left as i64 + i64::from(x), top as i64 + i64::from(y));
            let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
            if cover <= 0.0 || x >= width || y >= height {
                return;
            }
            let mut pixel = image.get_pixel(x, y);
            let [r, g, b, a] = &mut pixel.0;
            for (under, over) in [(r, red), (g, green), (b, blue)] {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
                let mixed = (f32::from(*under) * (1.0 - cover) + f32::from(over) * cover).round() as u8;
                *under = mixed;
            }
            // Words over what is transparent are seen, too.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a byte")]
            let shown = (cover * 255.0) as u8;
            *a = (*a).max(shown);
            image.put_pixel(x, y, pixel);
        });
    }
}

#[expect(clippy::cast_precision_loss, reason = "pixels of one picture")]
const fn real(n: u32) -> f32 {
    n as f32
}

/// Light words from below left to above right.
pub fn across(image: &mut DynamicImage, face: &Face<'_>, words: &str) {
    let (width, height) = (real(image.width()), real(image.height()));
    let line = face.line(words);
    let (long, diagonal) = (face::width(&line), width.hypot(height));
    if long <= 0.0 || width.min(height) < 24.0 {
        return;
    }
    let size = (diagonal * 0.7 / long).min(width.min(height) / 3.0);
    let way = (width / diagonal, height / diagonal);
    let (along, up) = (-size * long / 2.0, -size * 0.35);
    let from = (width / 2.0 + way.0 * along - way.1 * up, height / 2.0 - (way.1 * along + way.0 * up));
    draw(image, face, &line, &Place { size, from, way }, ACROSS);
}

/// A line of words as a shape: how much of each pixel it covers.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Coverage, 0 to 255.
    pub cover: GrayImage,
    /// Where in it the line begins, on its base.
    pub from: (i64, i64),
}

/// A font at work for words on pictures that others make.
pub struct Pen<'a>(Face<'a>);

impl std::fmt::Debug for Pen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pen")
    }
}

impl<'a> Pen<'a> {
    /// Opens the font.
    ///
    /// # Errors
    /// `mark.no_font` when it cannot be read.
    pub fn new(font: &'a Font) -> Result<Self, Problem> {
        Face::open(font).map(Self)
    }

    /// How wide words are, in em.
    #[must_use]
    pub fn width(&self, words: &str) -> f32 {
        face::width(&self.0.line(words))
    }

    /// Words in a size (pixels for an em), along a way (cosine and sine, positive runs upwards). At most 8,192 pixels to a side.
    #[must_use]
    pub fn shape(&self, words: &str, size: f32, way: (f32, f32)) -> Shape {
        let line = self.0.line(words);
        let long = face::width(&line);
        let place = Place { size, from: (0.0, 0.0), way };
        let corners = [(0.0, -0.4), (0.0, 1.2), (long, -0.4), (long, 1.2)].map(|(x, y)| place.at(0.0, (x, y)));
        let (left, top) = corners.iter().fold((0.0_f32, 0.0_f32), |(l, t), (x, y)| (l.min(*x), t.min(*y)));
        let (right, low) = corners.iter().fold((1.0_f32, 1.0_f32), |(r, b), (x, y)| (r.max(*x), b.max(*y)));
        let (left, top) = (left.floor(), top.floor());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and bounded")]
        let side = |n: f32| (n.ceil() as u32).clamp(1, 8_192);
        let mut image = DynamicImage::ImageLuma8(GrayImage::new(side(right - left), side(low - top)));
        draw(&mut image, &self.0, &line, &Place { size, from: (-left, -top), way }, ([255; 3], 1.0));
        #[expect(clippy::cast_possible_truncation, reason = "bounded as above")]
        let from = (-left as i64, -top as i64);
        Shape { cover: image.into_luma8(), from }
    }
}

/// The band below a picture of that size.
pub fn band(width: u32, height: u32, face: &Face<'_>, mark: &Mark) -> RgbImage {
    let texts: Vec<&String> = [&mark.header, &mark.footer].into_iter().filter(|t| !t.is_empty()).collect();
    let lines: Vec<Vec<Glyph>> = texts.iter().map(|t| face.line(t)).collect();
    let long = lines.iter().map(|l| face::width(l)).fold(1.0, f32::max);
    let inner = real(width) * 0.96;
    // A fortieth of the picture, but never more than fits into its width.
    let size = (real(width.min(height)) / 32.0).clamp(11.0, 120.0).min(inner / long).max(4.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "two lines of 120 at most")]
    let tall = ((size * 1.6 * lines.len().max(1) as f32 + size * 0.6).ceil() as u32).max(8);
    let mut image = DynamicImage::ImageRgb8(RgbImage::from_pixel(width, tall, Rgb([255, 255, 255])));
    for x in 0..width {
        image.put_pixel(x, 0, image::Rgba([192, 0, 0, 255]));
    }
    for (n, line) in lines.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "two lines")]
        let y = size * (0.3 + 1.6 * n as f32 + 1.2);
        let x = (real(width) - size * face::width(line)) / 2.0;
        draw(&mut image, face, line, &Place { size, from: (x, y), way: (1.0, 0.0) }, (RED, 1.0));
    }
    image.into_rgb8()
}

/// A white card with the lines of a mark in its middle, for the beginning of a film.
pub fn card(width: u32, height: u32, face: &Face<'_>, mark: &Mark) -> RgbImage {
    let mut image = DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb([255, 255, 255])));
    let texts = [&mark.grade, &mark.number, &mark.header, &mark.footer];
    let lines: Vec<Vec<Glyph>> = texts.iter().filter(|t| !t.is_empty()).map(|t| face.line(t)).collect();
    #[expect(clippy::cast_precision_loss, reason = "four lines")]
    let (count, inner) = (lines.len().max(1) as f32, real(width) * 0.9);
    let (each, mut y) = (real(height) * 0.8 / count, real(height) * 0.1);
    for line in &lines {
        let long = face::width(line);
        let size = if long > 0.0 { (inner / long).min(each * 0.6) } else { 0.0 };
        let x = (real(width) - size * long) / 2.0;
        draw(&mut image, face, line, &Place { size, from: (x, y + each * 0.7), way: (1.0, 0.0) }, (RED, 1.0));
        y += each;
    }
    image.into_rgb8()
}

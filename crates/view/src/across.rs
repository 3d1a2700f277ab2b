//! The reader's line across a page, many times, slanting, dark with a light edge, so that it is read on white, on black and on pictures, and
//! is drawn into the picture itself: a photograph of the screen still says whose screen it was (H 9.6.3). On paper it is lighter, since a
//! sheet is read for longer and no edge of it glows.

use image::RgbImage;
use jingui_mark::{Font, Pen};
use jingui_model::Problem;

use crate::Reader;

/// How much of the line covers what lies below, of 256: on a screen, and on paper.
pub(crate) const SCREEN: u32 = 46;
pub(crate) const PAPER: u32 = 26;
/// Rises one in two, about.
const WAY: (f32, f32) = (0.9, 0.436);
/// Length of the line, of the page's width.
const LONG: f32 = 0.46;

/// Draws the line all over a picture.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "pixels of one picture")]
pub(crate) fn put(image: &mut RgbImage, reader: &Reader, much: u32, font: &Font) -> Result<(), Problem> {
    let pen = Pen::new(font)?;
    let long = pen.width(&reader.words);
    if long <= 0.0 {
        return Ok(());
    }
    let (width, height) = (image.width() as f32, image.height() as f32);
    // A page that is flat or tall gets the line as large as its shorter side allows.
    let side = width.min(height * 1.6);
    let size = (side * LONG / long).clamp(4.0, side / 14.0);
    let shape = pen.shape(&reader.words, size, WAY);
    let edge = (size / 16.0).ceil().max(1.0) as i64;
    let dots: Vec<(i64, i64, u32)> = shape
        .cover
        .enumerate_pixels()
        .filter(|(.., p)| p.0.first().is_some_and(|c| *c > 0))
        .map(|(x, y, p)| (i64::from(x), i64::from(y), u32::from(p.0.first().copied().unwrap_or(0)) * much / 255))
        .collect();
    let (wide, tall) = (f64::from(shape.cover.width()), f64::from(shape.cover.height()));
    let (along, down) = (wide * 1.08, (tall * 0.8).max(f64::from(size) * 4.0));
    let rows = (f64::from(height) / down).ceil() as i64 + 1;
    let columns = (f64::from(width) / along).ceil() as i64 + 1;
    for row in -1..=rows {
        // Each row begins elsewhere, so that no column of words stays clear.
        let begin = if row.rem_euclid(2) == 0 { -0.2 } else { -0.7 } * along;
        for column in 0..=columns {
            let (x, y) = ((begin + column as f64 * along) as i64, (row as f64 * down - tall * 0.3) as i64);
            for (dx, dy, much) in &dots {
                mix(image, x + dx + edge, y + dy + edge, 255, *much);
                mix(image, x + dx, y + dy, 0, *much);
            }
        }
    }
    Ok(())
}

fn mix(image: &mut RgbImage, x: i64, y: i64, over: u32, much: u32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    if let Some(pixel) = image.get_pixel_mut_checked(x, y) {
        for under in &mut pixel.0 {
            let mixed = (u32::from(*under) * (256 - much) + over * much) >> 8;
            *under = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }
}

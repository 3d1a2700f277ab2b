//! Pictures as pages. How large one would be is asked before it is unpacked.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageReader, RgbImage, Rgba, RgbaImage, imageops};
use jingui_docs::scan;
use jingui_model::Problem;

use crate::{Format, Limits, Secret, Size, own, pixels};

/// The longer side of a picture on its page, points: an A4 sheet's.
const SIDE: f32 = 842.0;

/// One picture, or those of a TIFF.
pub(crate) struct Pictures {
    bytes: Secret,
    tiff: bool,
    sizes: Vec<Size>,
}

fn damaged(_: image::ImageError) -> Problem {
    Problem::invalid("view.damaged")
}

fn weighed(limits: &Limits) -> scan::Limits {
    scan::Limits { pages: limits.pages, pixels: limits.pixels, unpacked: limits.unpacked }
}

pub(crate) fn open(format: Format, bytes: Secret, limits: &Limits) -> Result<(Pictures, Vec<Size>), Problem> {
    let tiff = format == Format::Tiff;
    let elements = if tiff {
        scan::tiff_sizes(&bytes, &weighed(limits)).map_err(own)?
    } else {
        let reader = ImageReader::new(Cursor::new(bytes.as_slice())).with_guessed_format().map_err(|_| Problem::invalid("view.damaged"))?;
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > limits.pixels {
            return Err(Problem::too_large("view.large"));
        }
        // Lying on its side, as cameras write it.
        let turned = decoder.orientation().is_ok_and(|o| {
            let mut probe = DynamicImage::new_luma8(1, 2);
            probe.apply_orientation(o);
            probe.width() == 2
        });
        vec![if turned { (height, width) } else { (width, height) }]
    };
    let sizes: Vec<Size> = elements.into_iter().map(sheet).collect();
    Ok((Pictures { bytes, tiff, sizes: sizes.clone() }, sizes))
}

#[expect(clippy::cast_precision_loss, reason = "pixels of one picture")]
fn sheet((width, height): (u32, u32)) -> Size {
    let part = SIDE / width.max(height).max(1) as f32;
    Size { width: (width as f32 * part).max(1.0), height: (height as f32 * part).max(1.0) }
}

impl Pictures {
    pub(crate) fn draw(&self, page: usize, scale: f32, limits: &Limits) -> Result<RgbImage, Problem> {
        let size = *self.sizes.get(page).ok_or_else(|| Problem::missing("view.page"))?;
        let picture = if self.tiff { scan::tiff_page(&self.bytes, page, &weighed(limits)).map_err(own)? } else { self.one(limits)? };
        let (width, height) = (pixels(size.width, scale), pixels(size.height, scale));
        let picture = if width < picture.width() {
            picture.thumbnail_exact(width, height)
        } else {
            picture.resize_exact(width, height, imageops::FilterType::Triangle)
        };
        if !picture.color().has_alpha() {
            return Ok(picture.into_rgb8());
        }
        // What is clear lies on paper.
        let mut paper = RgbaImage::from_pixel(width, height, Rgba([255; 4]));
        imageops::overlay(&mut paper, &picture.into_rgba8(), 0, 0);
        Ok(DynamicImage::ImageRgba8(paper).into_rgb8())
    }

    fn one(&self, limits: &Limits) -> Result<DynamicImage, Problem> {
        let reader = ImageReader::new(Cursor::new(self.bytes.as_slice())).with_guessed_format();
        let mut reader = reader.map_err(|_| Problem::invalid("view.damaged"))?;
        let mut bounds = image::Limits::default();
        bounds.max_alloc = Some(limits.unpacked.saturating_mul(2));
        reader.limits(bounds);
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let orientation = decoder.orientation().map_err(damaged)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
        picture.apply_orientation(orientation);
        Ok(picture)
    }
}

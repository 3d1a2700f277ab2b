//! Pictures: a band with the mark below the picture and light words across it (H 9.2.1). PNG (W3C) and JPEG (ITU-T T.81).
//!
//! What is drawn into a picture stays in it. So a picture that is marked again gets a new band in the place of the old one, and the words
//! across it are not drawn a second time; who has the unmarked picture marks that one.

mod chunks;
mod paint;

pub use paint::{Pen, Shape};

use std::io::Cursor;

use image::{
    DynamicImage, GenericImage as _, GenericImageView as _, ImageDecoder, ImageEncoder as _,
    codecs::{
        jpeg::{JpegDecoder, JpegEncoder},
        png::{PngDecoder, PngEncoder},
    },
    metadata::Orientation,
};
use jingui_model::Problem;
use serde::{Deserialize, Serialize};

use crate::{Face, Font, Format, Left, Limits, Mark, Marked};

/// How good a JPEG is packed again, of 100.
const QUALITY: u8 = 94;

fn damaged(error: impl std::fmt::Display) -> Problem {
    Problem::invalid("mark.damaged").detail(error)
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::internal("mark.write_failed").detail(error)
}

/// What is kept in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    mark: Mark,
    /// Height of the picture without the band.
    height: u32,
}

/// The mark in a picture, and how high the picture was.
fn kept(format: Format, bytes: &[u8]) -> Option<Kept> {
    let text = if format == Format::Png { chunks::png_text(bytes) } else { chunks::jpeg_text(bytes) }?;
    serde_json::from_str(&text).ok()
}

/// A card with the mark as PNG.
pub fn card(width: u32, height: u32, mark: &Mark, font: &Font) -> Result<Vec<u8>, Problem> {
    let face = Face::open(font)?;
    let image = paint::card(width.clamp(16, 8_192), height.clamp(16, 8_192), &face, &mark.clean());
    let mut out = vec![];
    PngEncoder::new(&mut out).write_image(image.as_raw(), image.width(), image.height(), image::ExtendedColorType::Rgb8).map_err(failed)?;
    Ok(out)
}

pub fn read(bytes: &[u8]) -> Option<Mark> {
    let format = if bytes.starts_with(b"\x89PNG") { Format::Png } else { Format::Jpeg };
    Some(kept(format, bytes)?.mark)
}

struct Open {
    image: DynamicImage,
    icc: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
}

fn open(format: Format, bytes: &[u8], limits: &Limits) -> Result<Open, Problem> {
    if format == Format::Png {
        decode(PngDecoder::new(Cursor::new(bytes)).map_err(damaged)?, limits)
    } else {
        decode(JpegDecoder::new(Cursor::new(bytes)).map_err(damaged)?, limits)
    }
}

fn decode(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<Open, Problem> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(Problem::too_large("mark.too_many_pixels").arg("max", limits.max_pixels / 1_000_000));
    }
    let icc = decoder.icc_profile().ok().flatten();
    let mut exif = decoder.exif_metadata().ok().flatten();
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits.max_pixels.saturating_mul(16));
    decoder.set_limits(bounds).map_err(damaged)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    // The band must be below the picture as people see it.
    if let Some(orientation) = exif.as_mut().and_then(|chunk| Orientation::remove_from_exif_chunk(chunk)) {
        image.apply_orientation(orientation);
    }
    // A profile for printing inks or for grey does not fit what is written as red, green and blue.
    let icc = icc.filter(|profile| profile.get(16..20) == Some(b"RGB "));
    Ok(Open { image, icc, exif })
}

pub fn put(format: Format, bytes: &[u8], mark: &Mark, font: &Font, limits: &Limits) -> Result<Marked, Problem> {
    let mark = mark.clean();
    if format == Format::Png && chunks::is_animated(bytes) {
        return Err(Problem::invalid("mark.animated"));
    }
    let face = Face::open(font)?;
    let Open { image, icc, exif } = open(format, bytes, limits)?;
    let old = kept(format, bytes).filter(|k| k.height > 0 && k.height < image.height());
    let mut left = vec![];
    // Colour is needed for the band; an alpha channel stays where there is one.
    let alpha = image.color().has_alpha();
    let picture = match &old {
        Some(old) => image.crop_imm(0, 0, image.width(), old.height),
        None => image,
    };
    let mut picture = if alpha { DynamicImage::ImageRgba8(picture.into_rgba8()) } else { DynamicImage::ImageRgb8(picture.into_rgb8()) };
    if old.is_none() {
        paint::across(&mut picture, &face, &mark.watermark);
    } else if old.as_ref().is_some_and(|o| !o.mark.watermark.is_empty()) {
        left.push(Left::OldWatermark);
    }
    let height = picture.height();
    let band = paint::band(picture.width(), height, &face, &mark);
    let mut whole = if alpha {
        DynamicImage::new_rgba8(picture.width(), height + band.height())
    } else {
        DynamicImage::new_rgb8(picture.width(), height + band.height())
    };
    whole.copy_from(&picture, 0, 0).map_err(failed)?;
    whole.copy_from(&DynamicImage::ImageRgb8(band), 0, height).map_err(failed)?;
    let text = Kept { mark: mark.clone(), height };
    let text = crate::mark::ascii(&serde_json::to_string(&text).map_err(failed)?);
    let out = encode(format, bytes, &whole, icc, exif)?;
    let out = if format == Format::Png {
        chunks::with_png(&out, bytes, &text)?
    } else {
        left.push(Left::PackedAnew);
        chunks::with_jpeg(&out, &text)?
    };
    Ok(Marked { bytes: out, format, left })
}

fn encode(format: Format, old: &[u8], image: &DynamicImage, icc: Option<Vec<u8>>, exif: Option<Vec<u8>>) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    let (width, height) = image.dimensions();
    if format == Format::Png {
        let mut encoder = PngEncoder::new(&mut out);
        if let Some(icc) = icc {
            encoder.set_icc_profile(icc).map_err(failed)?;
        }
        if let Some(exif) = exif {
            encoder.set_exif_metadata(exif).map_err(failed)?;
        }
        encoder.write_image(image.as_bytes(), width, height, image.color().into()).map_err(failed)?;
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut out, QUALITY);
        if let Some(density) = chunks::density(old) {
            encoder.set_pixel_density(density);
        }
        if let Some(icc) = icc {
            encoder.set_icc_profile(icc).map_err(failed)?;
        }
        if let Some(exif) = exif {
            encoder.set_exif_metadata(exif).map_err(failed)?;
        }
        encoder.write_image(image.as_bytes(), width, height, image.color().into()).map_err(failed)?;
    }
    Ok(out)
}

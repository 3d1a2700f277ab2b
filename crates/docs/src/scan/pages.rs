//! Pages as grey pictures: drawn from a PDF, or read from a picture.

use std::io::Cursor;

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings, hayro_syntax::Pdf,
    vello_cpu::color::palette::css::WHITE,
};
use image::{DynamicImage, GrayImage, ImageBuffer, ImageReader, RgbImage, imageops};
use jingui_model::Problem;
use tiff::{
    ColorType,
    decoder::{Decoder, DecodingResult},
};

use super::{Bytes, Limits};

/// Looks at one page, as coarse or fine as it needs.
type Page<'a> = dyn FnMut(&mut dyn FnMut(u32) -> Result<GrayImage, Problem>) -> Result<(), Problem> + 'a;

/// Longest side of a drawn page.
const LONGEST: f32 = 6_000.0;

fn damaged() -> Problem {
    Problem::invalid("docs.scan.damaged")
}

fn large() -> Problem {
    Problem::too_large("docs.scan.large")
}

/// The pages of a PDF.
pub fn of_pdf(pdf: &Pdf, limits: &Limits, each: &mut Page<'_>) -> Result<(), Problem> {
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(damaged());
    }
    if pages.len() > limits.pages {
        return Err(Problem::too_large("docs.scan.pages").arg("most", limits.pages));
    }
    let settings = InterpreterSettings::default();
    for page in pages.iter() {
        each(&mut |dpi| {
            // What one page needed is let go before the next.
            let cache = RenderCache::new();
            let (width, height) = page.render_dimensions();
            let side = width.max(height);
            if !(side.is_finite() && width >= 1.0 && height >= 1.0) {
                return Err(damaged());
            }
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let scale = (dpi as f32 / 72.0).min(LONGEST / side);
            if width * scale < 1.0 || height * scale < 1.0 {
                return Err(damaged());
            }
            let pixels = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
            let drawn = hayro::render(page, &cache, &settings, &RenderSettings::default(), &pixels);
            let (w, h) = (u32::from(drawn.width()), u32::from(drawn.height()));
            let all: ImageBuffer<image::Rgba<u8>, _> =
                ImageBuffer::from_raw(w, h, drawn.data_as_u8_slice().to_vec()).ok_or_else(damaged)?;
            Ok(DynamicImage::ImageRgba8(all).into_luma8())
        })?;
    }
    Ok(())
}

/// A picture.
pub fn of_picture(bytes: &Bytes, limits: &Limits, each: &mut Page<'_>) -> Result<(), Problem> {
    let reader = || ImageReader::new(Cursor::new(bytes.as_slice())).with_guessed_format().map_err(|_| damaged());
    let (width, height) = reader()?.into_dimensions().map_err(|_| damaged())?;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(large());
    }
    let mut reader = reader()?;
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits.unpacked.saturating_mul(2));
    reader.limits(bounds);
    let picture = reader.decode().map_err(|_| damaged())?.into_luma8();
    each(&mut |dpi| Ok(sized(&picture, dpi)))
}

/// The pages of a TIFF.
pub fn of_tiff(bytes: &Bytes, limits: &Limits, each: &mut Page<'_>) -> Result<(), Problem> {
    let mut decoder = open_tiff(bytes, limits)?;
    for _ in 0..limits.pages {
        let (width, height) = decoder.dimensions().map_err(|_| damaged())?;
        if u64::from(width) * u64::from(height) > limits.pixels {
            return Err(large());
        }
        let picture = sheet(&mut decoder, width, height)?.into_luma8();
        each(&mut |dpi| Ok(sized(&picture, dpi)))?;
        if !decoder.more_images() {
            return Ok(());
        }
        decoder.next_image().map_err(|_| damaged())?;
    }
    Err(Problem::too_large("docs.scan.pages").arg("most", limits.pages))
}

fn open_tiff<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Decoder<Cursor<&'a [u8]>>, Problem> {
    let mut bounds = tiff::decoder::Limits::default();
    bounds.decoding_buffer_size = usize::try_from(limits.unpacked).unwrap_or(usize::MAX);
    bounds.intermediate_buffer_size = bounds.decoding_buffer_size;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(|_| damaged())?.with_limits(bounds))
}

/// The sizes of a TIFF's pictures, in picture elements; none of them is unpacked.
///
/// # Errors
/// `docs.scan.damaged`, `docs.scan.large`, `docs.scan.pages`.
pub fn tiff_sizes(bytes: &[u8], limits: &Limits) -> Result<Vec<(u32, u32)>, Problem> {
    let mut decoder = open_tiff(bytes, limits)?;
    let mut sizes = vec![];
    loop {
        let (width, height) = decoder.dimensions().map_err(|_| damaged())?;
        if u64::from(width) * u64::from(height) > limits.pixels {
            return Err(large());
        }
        sizes.push((width, height));
        if !decoder.more_images() {
            return Ok(sizes);
        }
        if sizes.len() >= limits.pages {
            return Err(Problem::too_large("docs.scan.pages").arg("most", limits.pages));
        }
        decoder.next_image().map_err(|_| damaged())?;
    }
}

/// One picture of a TIFF, counted from 0, in its colours.
///
/// # Errors
/// `docs.scan.damaged`, `docs.scan.large`, `docs.scan.media`.
pub fn tiff_page(bytes: &[u8], page: usize, limits: &Limits) -> Result<DynamicImage, Problem> {
    let mut decoder = open_tiff(bytes, limits)?;
    decoder.seek_to_image(page).map_err(|_| damaged())?;
    let (width, height) = decoder.dimensions().map_err(|_| damaged())?;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(large());
    }
    sheet(&mut decoder, width, height)
}

fn sheet(decoder: &mut Decoder<Cursor<&[u8]>>, width: u32, height: u32) -> Result<DynamicImage, Problem> {
    let kind = decoder.colortype().map_err(|_| damaged())?;
    let DecodingResult::U8(samples) = decoder.read_image().map_err(|_| damaged())? else {
        return Err(Problem::invalid("docs.scan.media"));
    };
    let sheet = match kind {
        ColorType::Gray(8) => GrayImage::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        ColorType::Gray(1) => GrayImage::from_raw(width, height, bits(&samples, width, height)).map(DynamicImage::ImageLuma8),
        ColorType::RGB(8) => RgbImage::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        ColorType::RGBA(8) => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        _ => return Err(Problem::invalid("docs.scan.media")),
    };
    sheet.ok_or_else(damaged)
}

/// Eight picture elements in each byte, rows beginning with a byte of their own (TIFF 6.0, section 3).
fn bits(packed: &[u8], width: u32, height: u32) -> Vec<u8> {
    let row = width.div_ceil(8) as usize;
    let lines = packed.chunks(row.max(1)).take(height as usize);
    lines
        .flat_map(|line| (0..width as usize).map(move |x| if line.get(x / 8).is_some_and(|b| b >> (7 - x % 8) & 1 == 1) { 255 } else { 0 }))
        .collect()
}

/// A picture knows no inches: it is taken for an A4 sheet, which has its longer side at most a little longer than that.
fn sized(picture: &GrayImage, dpi: u32) -> GrayImage {
    let most = dpi.saturating_mul(12);
    let side = picture.width().max(picture.height());
    if side == most {
        return picture.clone();
    }
    let part = |n: u32| u32::try_from(u64::from(n) * u64::from(most) / u64::from(side.max(1))).unwrap_or(most).max(1);
    imageops::thumbnail(picture, part(picture.width()), part(picture.height()))
}

//! Pictures (PNG, JPEG): looked at before they are taken in, so that no small file unpacks into gigabytes.

use jingui_model::Problem;

use super::model::{Image, ImageFormat};

/// Pixels of one picture at most.
const MAX_PIXELS: u64 = 40_000_000;

fn bad() -> Problem {
    Problem::invalid("docs.image")
}

/// Opens a picture for the PDF writer; it is unpacked only when it is written.
///
/// # Errors
/// `docs.image` when it is not of the format it claims, or larger than 40 megapixels.
pub fn open(image: &Image) -> Result<krilla::image::Image, Problem> {
    let data = image.bytes.clone().into();
    let opened = match image.format {
        ImageFormat::Png => krilla::image::Image::from_png(data, false),
        ImageFormat::Jpeg => krilla::image::Image::from_jpeg(data, false),
    }
    .map_err(|e| bad().detail(e))?;
    let (width, height) = opened.size();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS { Err(bad()) } else { Ok(opened) }
}

/// Width and height, pixels.
///
/// # Errors
/// As [`open`].
pub fn size(image: &Image) -> Result<(f32, f32), Problem> {
    let (width, height) = open(image)?.size();
    #[expect(clippy::cast_precision_loss, reason = "pictures are not that wide")]
    Ok((width as f32, height as f32))
}

//! A matrix code as a picture of one bit a pixel (ISO 15948): a document has no shapes that every word processor draws alike.

use flate2::{Compression, Crc, write::ZlibEncoder};
use jingui_model::Problem;
use std::io::Write as _;

use crate::paper::qr::Matrix;

/// Pixels of a module: sharp on paper at any size that is printed.
const SCALE: usize = 6;

/// Writes the code, its quiet zone included.
///
/// # Errors
/// `docs.write_failed`.
pub fn write(code: &Matrix) -> Result<Vec<u8>, Problem> {
    let side = code.side * SCALE;
    let stride = side.div_ceil(8);
    let mut rows = vec![vec![0xff_u8; stride]; code.side];
    for &(x, y, length) in &code.runs {
        let Some(row) = rows.get_mut(y) else { continue };
        for pixel in x * SCALE..(x + length) * SCALE {
            if let Some(byte) = row.get_mut(pixel / 8) {
                *byte &= !(0x80 >> (pixel % 8));
            }
        }
    }
    let failed = |e: std::io::Error| Problem::internal("docs.write_failed").detail(e);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in &rows {
        for _ in 0..SCALE {
            packed.write_all(&[0]).map_err(failed)?;
            packed.write_all(row).map_err(failed)?;
        }
    }
    let data = packed.finish().map_err(failed)?;
    let side = u32::try_from(side).map_err(|_| Problem::invalid("docs.qr"))?.to_be_bytes();
    // Depth 1, grey, deflate, no filter, not interlaced.
    let head = [side.as_slice(), &side, &[1, 0, 0, 0, 0]].concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in [(b"IHDR", head.as_slice()), (b"IDAT", &data), (b"IEND", &[])] {
        let length = u32::try_from(body.len()).map_err(|_| Problem::invalid("docs.qr"))?;
        let mut sum = Crc::new();
        sum.update(name);
        sum.update(body);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(name);
        out.extend_from_slice(body);
        out.extend_from_slice(&sum.sum().to_be_bytes());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::paper::{
        model::{Image, ImageFormat},
        picture, qr,
    };

    #[test]
    fn the_picture_is_one_that_others_open() {
        let code = qr::matrix("jingui:doc:agreement:XY-1:x").unwrap();
        let bytes = super::write(&code).unwrap();
        let image = Image { bytes, format: ImageFormat::Png, width_mm: 20.0, alt: String::new(), caption: String::new() };
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let side = (code.side * super::SCALE) as f32;
        assert_eq!(picture::size(&image).unwrap(), (side, side));
    }
}

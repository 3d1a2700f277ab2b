//! Prints of pages that were drawn elsewhere: pictures on A4 with what our papers have around them, the mark, the number of the copy, the
//! code and the page, on every sheet, since a sheet that is copied alone must still say what it is (B 5.2.1; H 8.3.1, 9.1.2.1).
//!
//! What stands on the pages is a picture: there is no text of it to be copied out or searched.

use jingui_model::Problem;
use krilla::outline::Outline;

use super::{
    faces::Faces,
    fonts::Fonts,
    lines::Setter,
    model::{Image, Paper},
    ops::{MM, Op},
    pdf::{Pdf, bind},
    picture,
    sheet::{Sheet, bottom},
};

/// Room at the sides of a page's picture, above and below it, millimetres; below comes what stands at the foot.
const SIDE: f32 = 10.0;
const ABOVE: f32 = 20.5;
const BELOW: f32 = 1.0;
/// Where the rule at the foot stands above what the foot takes, as in [`super::sheet`].
const RULE: f32 = 6.5;

/// One copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Print {
    /// What stands around its pages: mark, header, footer, code, page label; it has no blocks.
    pub around: Paper,
    /// Its pages as pictures.
    pub pages: Vec<Image>,
}

/// Writes copies one after the other; a page that is wider than tall lies on a lying sheet. Of `paper` the metadata are taken.
///
/// # Errors
/// `docs.image`, `docs.qr`; as [`super::write_pdf`].
pub fn write_prints(paper: &Paper, copies: &[Print], fonts: &Fonts) -> Result<Pdf, Problem> {
    let mut faces = Faces::open(fonts)?;
    let mut sheets: Vec<Vec<Op>> = vec![];
    let (mut sizes, mut images) = (vec![], vec![]);
    for copy in copies {
        for (n, page) in copy.pages.iter().enumerate() {
            let picture = picture::open(page)?;
            #[expect(clippy::cast_precision_loss, reason = "pictures are not that wide")]
            let (across, down) = (picture.size().0 as f32, picture.size().1 as f32);
            let size = if across > down { (297.0 * MM, 210.0 * MM) } else { (210.0 * MM, 297.0 * MM) };
            let setter = Setter { faces: &mut faces, lang: copy.around.language };
            let mut ops = Sheet::new(setter, &copy.around, size, copy.pages.len())?.around(n + 1);
            let at = placed((across, down), size, bottom(&copy.around));
            // The picture first: nothing of it covers what stands around it.
            ops.insert(0, Op::Image { at, index: images.len() });
            images.push(picture);
            sheets.push(ops);
            sizes.push(size);
        }
    }
    let pages = sheets.len();
    let size = |n: usize| sizes.get(n).copied().unwrap_or((210.0 * MM, 297.0 * MM));
    let bytes = bind(paper, &size, &sheets, &faces, &images, Outline::new())?;
    Ok(Pdf { bytes, pages, missing: faces.into_missing() })
}

/// As large as there is room for, in the middle: left, top, width, height.
fn placed((across, down): (f32, f32), (width, height): (f32, f32), foot: f32) -> (f32, f32, f32, f32) {
    let (wide, tall) = (width - 2.0 * SIDE * MM, height - (ABOVE + foot - RULE + BELOW) * MM);
    let scale = (wide / across).min(tall / down);
    let (w, h) = (across * scale, down * scale);
    ((width - w) / 2.0, ABOVE * MM + (tall - h) / 2.0, w, h)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_its_shape_and_stays_between_head_and_foot() {
        for (picture, sheet) in
            [((1_240.0, 1_754.0), (210.0, 297.0)), ((1_754.0, 1_240.0), (297.0, 210.0)), ((100.0, 100.0), (210.0, 297.0))]
        {
            let (x, y, w, h) = placed(picture, (sheet.0 * MM, sheet.1 * MM), 32.0);
            assert!((w / h - picture.0 / picture.1).abs() < 0.001, "its shape");
            assert!(x >= SIDE * MM - 0.01 && y >= ABOVE * MM - 0.01 && y + h <= (sheet.1 - 25.5) * MM, "{x} {y} {w} {h}");
        }
    }
}

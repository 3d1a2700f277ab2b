//! Matrix codes on a page (ISO/IEC 18004), as paper comes back: skewed, grey, specked, coarse.

use image::{GrayImage, imageops};
use jingui_model::Problem;
use rqrr::PreparedImage;

use super::finders::{Part, Place, places};

/// Longest text of a code that is taken.
const LONGEST: usize = 300;

/// The codes on a page that begin with `prefix`. `look` draws the page at so many dots per inch.
pub fn on_page(prefix: &str, look: &mut dyn FnMut(u32) -> Result<GrayImage, Problem>) -> Result<Vec<String>, Problem> {
    // Most pages are read as they are; what is not is looked at more closely and with its specks smoothed away.
    let coarse = look(200)?;
    let found = in_places(&coarse, prefix, &[0.0, 0.7]);
    if !found.is_empty() {
        return Ok(found);
    }
    drop(coarse);
    let fine = look(300)?;
    Ok(in_places(&imageops::fast_blur(&fine, 0.7), prefix, &[0.7, 0.0, 1.4]))
}

/// What is said in any of the places that may hold a code. Each is smoothed so much, and more, until it can be read.
fn in_places(page: &GrayImage, prefix: &str, smooth: &[f32]) -> Vec<String> {
    let mut texts: Vec<String> = vec![];
    for place in places(page) {
        for text in in_place(page, place, prefix, smooth) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts
}

fn in_place(page: &GrayImage, place: Place, prefix: &str, smooth: &[f32]) -> Vec<String> {
    let part = cropped(page, place.room);
    for sigma in smooth {
        let part = if *sigma > 0.0 { imageops::fast_blur(&part, *sigma) } else { part.clone() };
        // The room is mostly ground, and its specks would count for more than the code.
        let limit = threshold(&cropped(&part, place.eye));
        // The reader goes along lines from left to right: what escapes it on one way it may see on the other.
        for part in [&part, &imageops::rotate90(&part)] {
            let found = decoded(part, limit, prefix);
            if !found.is_empty() {
                return found;
            }
        }
    }
    vec![]
}

fn cropped(page: &GrayImage, part: Part) -> GrayImage {
    imageops::crop_imm(page, part.x, part.y, part.width, part.height).to_image()
}

/// Where light and dark are best told apart: the classes lie as far from each other as they can (Otsu 1979).
fn threshold(part: &GrayImage) -> u8 {
    let mut counts = [0_u32; 256];
    for v in part.as_raw() {
        if let Some(count) = counts.get_mut(usize::from(*v)) {
            *count += 1;
        }
    }
    let weighed = || counts.iter().zip(0_u8..=255).map(|(n, v)| (f64::from(*n), f64::from(v)));
    let (all, sum) = weighed().fold((0.0, 0.0), |(all, sum), (n, v)| (all + n, sum + n * v));
    let (mut dark, mut dark_sum, mut best) = (0.0, 0.0, (0.0, 128_u8));
    for ((n, v), level) in weighed().zip(0_u8..=255) {
        dark += n;
        dark_sum += n * v;
        let light = all - dark;
        if dark > 0.0 && light > 0.0 {
            let between = dark * light * (dark_sum / dark - (sum - dark_sum) / light).powi(2);
            if between > best.0 {
                best = (between, level);
            }
        }
    }
    best.1
}

/// What the codes say that begin as asked.
fn decoded(part: &GrayImage, limit: u8, prefix: &str) -> Vec<String> {
    let width = part.width() as usize;
    let raw = part.as_raw();
    let is_dark = |x, y| raw.get(y * width + x).is_some_and(|v| *v <= limit);
    let mut prepared = PreparedImage::prepare_from_bitmap(width, part.height() as usize, is_dark);
    let mut texts: Vec<String> = vec![];
    for grid in prepared.detect_grids() {
        if let Ok((_, text)) = grid.decode()
            && text.starts_with(prefix)
            && text.len() <= LONGEST
            && !texts.contains(&text)
        {
            texts.push(text);
        }
    }
    texts
}

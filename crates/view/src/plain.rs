//! Text and code on sheets: A4, one size, long lines broken, in the encodings that Chinese programs write (UTF-8, UTF-16, GB 18030).

use encoding_rs::{Encoding, GB18030, UTF_8};
use image::{Rgb, RgbImage};
use jingui_mark::{Font, Pen};
use jingui_model::Problem;
use zeroize::Zeroizing;

use crate::{
    Limits, Size, pixels,
    words::{Letter, PageText, Rect},
};

/// The sheet, its margins, the letters and the lines, points.
const SHEET: Size = Size { width: 595.0, height: 842.0 };
const MARGIN: f32 = 48.0;
const LETTERS: f32 = 9.5;
const LINE: f32 = 13.5;
/// Spaces up to the next stop of a tab.
const TAB: usize = 4;
/// Bytes that are looked at to say whether it is text.
const HEAD: usize = 64 << 10;

/// A character and where it stands on its line, em.
type Placed = (char, f32, f32);

/// Laid out pages.
pub(crate) struct Sheets {
    pages: Vec<Zeroizing<Vec<Line>>>,
}

#[derive(Default)]
struct Line(Vec<Placed>);

impl zeroize::Zeroize for Line {
    fn zeroize(&mut self) {
        for (letter, ..) in &mut self.0 {
            letter.zeroize();
        }
        self.0.clear();
    }
}

/// The text, when the bytes are text.
pub(crate) fn decode(bytes: &[u8]) -> Option<Zeroizing<String>> {
    if bytes.is_empty() {
        return None;
    }
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let text = [marked, Some(UTF_8), Some(GB18030)].into_iter().flatten().find_map(|encoding| {
        let (text, _, faulty) = encoding.decode(bytes);
        (!faulty).then(|| Zeroizing::new(text.into_owned()))
    })?;
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{b}' | '\u{1b}' | '\u{8}');
    (!text.chars().take(HEAD).any(odd)).then_some(text)
}

pub(crate) fn open(bytes: &[u8], font: &Font, limits: &Limits) -> Result<(Sheets, Vec<Size>), Problem> {
    if bytes.len() > limits.text {
        return Err(Problem::too_large("view.large"));
    }
    let text = decode(bytes).ok_or_else(|| Problem::invalid("view.media"))?;
    let pen = Pen::new(font)?;
    let most = (SHEET.width - 2.0 * MARGIN) / LETTERS;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen lines")]
    let lines = ((SHEET.height - 2.0 * MARGIN) / LINE) as usize;
    let mut pages: Vec<Zeroizing<Vec<Line>>> = vec![];
    let mut page = Zeroizing::new(Vec::<Line>::with_capacity(lines));
    let mut widths = std::collections::HashMap::new();
    for (number, paragraph) in text.split('\u{c}').enumerate() {
        if number > 0 {
            pages.push(std::mem::take(&mut page));
        }
        for source in paragraph.lines() {
            let (mut line, mut at) = (Line::default(), 0.0);
            for letter in source.chars() {
                let (letter, times) = match letter {
                    '\t' => (' ', TAB - line.0.len() % TAB),
                    other if other.is_control() => continue,
                    other => (other, 1),
                };
                let wide = *widths.entry(letter).or_insert_with(|| pen.width(letter.encode_utf8(&mut [0; 4])));
                for _ in 0..times {
                    if at + wide > most && !line.0.is_empty() {
                        page.push(std::mem::take(&mut line));
                        at = 0.0;
                    }
                    line.0.push((letter, at, wide));
                    at += wide;
                }
                if page.len() >= lines {
                    pages.push(std::mem::take(&mut page));
                }
            }
            page.push(line);
            if page.len() >= lines {
                pages.push(std::mem::take(&mut page));
            }
            if pages.len() > limits.pages {
                return Err(Problem::too_large("view.pages").arg("most", limits.pages));
            }
        }
    }
    if !page.is_empty() || pages.is_empty() {
        pages.push(page);
    }
    let sizes = vec![SHEET; pages.len()];
    Ok((Sheets { pages }, sizes))
}

#[expect(clippy::cast_precision_loss, reason = "lines of one page")]
fn base(line: usize) -> f32 {
    MARGIN + LETTERS + line as f32 * LINE
}

impl Sheets {
    pub(crate) fn draw(&self, page: usize, scale: f32, font: &Font) -> Result<RgbImage, Problem> {
        let lines = self.pages.get(page).ok_or_else(|| Problem::missing("view.page"))?;
        let mut image = RgbImage::from_pixel(pixels(SHEET.width, scale), pixels(SHEET.height, scale), Rgb([255; 3]));
        let pen = Pen::new(font)?;
        for (number, line) in lines.iter().enumerate() {
            let words: Zeroizing<String> = Zeroizing::new(line.0.iter().map(|(c, ..)| *c).collect());
            if words.trim().is_empty() {
                continue;
            }
            let shape = pen.shape(&words, LETTERS * scale, (1.0, 0.0));
            #[expect(clippy::cast_possible_truncation, reason = "pixels of one picture")]
            let (left, top) = ((MARGIN * scale) as i64 - shape.from.0, (base(number) * scale) as i64 - shape.from.1);
            for (x, y, cover) in shape.cover.enumerate_pixels() {
                let cover = cover.0.first().copied().unwrap_or(0);
                let (Ok(x), Ok(y)) = (u32::try_from(left + i64::from(x)), u32::try_from(top + i64::from(y))) else { continue };
                if cover > 0
                    && let Some(pixel) = image.get_pixel_mut_checked(x, y)
                {
                    let dark = 255 - u16::from(cover) * 225 / 255;
                    pixel.0 = pixel.0.map(|under| under.min(u8::try_from(dark).unwrap_or(0)));
                }
            }
        }
        Ok(image)
    }

    pub(crate) fn text(&self, page: usize) -> Result<PageText, Problem> {
        let lines = self.pages.get(page).ok_or_else(|| Problem::missing("view.page"))?;
        let mut letters = vec![];
        for (number, line) in lines.iter().enumerate() {
            for (letter, at, wide) in &line.0 {
                let place = Rect {
                    x: (MARGIN + at * LETTERS) / SHEET.width,
                    y: (base(number) - LETTERS) / SHEET.height,
                    width: wide * LETTERS / SHEET.width,
                    height: LETTERS * 1.25 / SHEET.height,
                };
                letters.push(Letter { text: letter.to_string(), place });
            }
        }
        Ok(PageText { letters })
    }
}

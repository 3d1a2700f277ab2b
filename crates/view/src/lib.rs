//! Reading without taking: a file becomes pages, a page becomes a picture with its reader's name across it, and nothing else leaves
//! (H 9.6.3, 9.2.1; B 5.1.2).
//!
//! Why it exists: whoever may read a secret need not hold the file. A PDF is drawn in the program (ISO 32000), pictures are shown as they
//! are, text is laid out on sheets. Office files come in as the PDF that somebody made of them; this crate only says which they are, and
//! whether they are fit to be unpacked.
//!
//! What comes in is a stranger's file: sizes are held against [`Limits`] before anything is unpacked, work is counted before a page is
//! drawn, and a fault in a reader of formats becomes a problem. Pure: bytes in, bytes out. Deliberately absent: records, sessions,
//! permissions, the clock, other programs; fonts come in as bytes.

mod across;
mod format;
mod pdf;
mod picture;
mod plain;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{ExtendedColorType, ImageEncoder as _, RgbImage, codecs::jpeg::JpegEncoder};
pub use jingui_mark::Font;
use jingui_model::Problem;
use zeroize::Zeroizing;

pub use format::{Format, Office, weigh};
pub use words::{Hit, Letter, PageText, Rect};

/// Content that is wiped when nobody needs it any more.
pub type Secret = Zeroizing<Vec<u8>>;

/// The media type of a page's picture.
pub const PAGE_MEDIA: &str = "image/jpeg";
/// How good it is packed, of 100.
const QUALITY: u8 = 86;
/// The same for paper, where there are more dots and none is looked at alone.
const PAPER_QUALITY: u8 = 80;
/// Narrowest and widest picture of a page.
const WIDTHS: std::ops::RangeInclusive<u32> = 60..=2_400;
/// Longest side of a picture.
const LONGEST: f32 = 6_000.0;

/// How much is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes: u64,
    /// Pages of one document.
    pub pages: usize,
    /// Picture elements of one picture.
    pub pixels: u64,
    /// Bytes that one compressed part, or a whole office file, may unpack to.
    pub unpacked: u64,
    /// Things to draw on one page.
    pub drawn: u64,
    /// Bytes of plain text.
    pub text: usize,
}

impl Default for Limits {
    /// A picture of 60 million elements takes 240 MB for a moment, a page of a plan has some hundred thousand lines.
    fn default() -> Self {
        Self { bytes: 200 << 20, pages: 5_000, pixels: 60_000_000, unpacked: 320_000_000, drawn: 3_000_000, text: 8 << 20 }
    }
}

/// The size of a page in points (1/72 inch).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Across.
    pub width: f32,
    /// Down.
    pub height: f32,
}

/// What stands across each page.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Name, time and number in one line.
    pub words: String,
}

/// A document that can be looked at page by page.
pub struct Document {
    inner: Inner,
    sizes: Vec<Size>,
    weight: usize,
    limits: Limits,
}

enum Inner {
    Pdf(Box<pdf::Pages>),
    Picture(picture::Pictures),
    Text(plain::Sheets),
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} pages, {} bytes)", self.sizes.len(), self.weight)
    }
}

impl Document {
    /// Opens a file that is no office file; one that is comes as the PDF made of it.
    ///
    /// # Errors
    /// `view.media`, `view.damaged`, `view.locked`, `view.large`, `view.pages`, `mark.no_font`.
    pub fn open(format: Format, bytes: Secret, font: &Font, limits: &Limits) -> Result<Self, Problem> {
        if bytes.len() as u64 > limits.bytes {
            return Err(Problem::too_large("view.large"));
        }
        let weight = bytes.len();
        guarded(|| {
            let (inner, sizes) = match format {
                Format::Pdf => {
                    let (pages, sizes) = pdf::open(bytes, font, limits)?;
                    (Inner::Pdf(Box::new(pages)), sizes)
                }
                Format::Picture | Format::Tiff => {
                    let (pictures, sizes) = picture::open(format, bytes, limits)?;
                    (Inner::Picture(pictures), sizes)
                }
                Format::Text => {
                    let (sheets, sizes) = plain::open(&bytes, font, limits)?;
                    (Inner::Text(sheets), sizes)
                }
                Format::Office(_) => return Err(Problem::invalid("view.media")),
            };
            if sizes.is_empty() {
                return Err(Problem::invalid("view.damaged"));
            }
            if sizes.len() > limits.pages {
                return Err(Problem::too_large("view.pages").arg("most", limits.pages));
            }
            Ok(Self { inner, sizes, weight, limits: *limits })
        })
    }

    /// The size of each page.
    #[must_use]
    pub fn sizes(&self) -> &[Size] {
        &self.sizes
    }

    /// Bytes that it takes in memory, without what drawing takes for a moment.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Draws a page, counted from 0, `width` pixels wide, with the reader across it, as a JPEG. `stop` is asked while it is looked at.
    ///
    /// # Errors
    /// `view.page`, `view.damaged`, `view.large`, `view.slow`, `mark.no_font`.
    pub fn page(&self, page: usize, width: u32, reader: &Reader, font: &Font, stop: &dyn Fn() -> bool) -> Result<Vec<u8>, Problem> {
        guarded(|| {
            let mut image = self.drawn(page, width, font, stop)?;
            across::put(&mut image, reader, across::SCREEN, font)?;
            packed(&image, QUALITY)
        })
    }

    /// Draws a page for paper, once, and puts each of the readers' lines across a copy of it, lighter than on a screen: one JPEG for each.
    ///
    /// # Errors
    /// As [`Document::page`].
    pub fn sheets(
        &self,
        page: usize,
        width: u32,
        readers: &[Reader],
        font: &Font,
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<u8>>, Problem> {
        guarded(|| {
            let image = self.drawn(page, width, font, stop)?;
            let copy = |reader: &Reader| {
                let mut copy = image.clone();
                across::put(&mut copy, reader, across::PAPER, font)?;
                packed(&copy, PAPER_QUALITY)
            };
            readers.iter().map(copy).collect()
        })
    }

    fn drawn(&self, page: usize, width: u32, font: &Font, stop: &dyn Fn() -> bool) -> Result<RgbImage, Problem> {
        let size = *self.sizes.get(page).ok_or_else(|| Problem::missing("view.page"))?;
        let scale = scale(size, width);
        match &self.inner {
            Inner::Pdf(pages) => pages.draw(page, scale, &self.limits, stop),
            Inner::Picture(pictures) => pictures.draw(page, scale, &self.limits),
            Inner::Text(sheets) => sheets.draw(page, scale, font),
        }
    }

    /// The words of a page, counted from 0, and where they stand.
    ///
    /// # Errors
    /// `view.page`, `view.damaged`, `view.large`, `view.slow`.
    pub fn text(&self, page: usize, stop: &dyn Fn() -> bool) -> Result<PageText, Problem> {
        self.sizes.get(page).ok_or_else(|| Problem::missing("view.page"))?;
        guarded(|| match &self.inner {
            Inner::Pdf(pages) => pages.text(page, &self.limits, stop),
            Inner::Picture(_) => Ok(PageText::default()),
            Inner::Text(sheets) => sheets.text(page),
        })
    }
}

/// Pixels for a point.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn scale(size: Size, width: u32) -> f32 {
    let width = width.clamp(*WIDTHS.start(), *WIDTHS.end()) as f32;
    (width / size.width).min(LONGEST / size.width.max(size.height))
}

/// Pixels of a side.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by `LONGEST`")]
fn pixels(side: f32, scale: f32) -> u32 {
    (side * scale).round().clamp(1.0, LONGEST) as u32
}

fn packed(image: &RgbImage, quality: u8) -> Result<Vec<u8>, Problem> {
    let mut out = vec![];
    let made = JpegEncoder::new_with_quality(&mut out, quality);
    made.write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(|e| Problem::internal("view.draw_failed").detail(e))?;
    Ok(out)
}

/// Work that ends itself from inside a reader of formats.
struct Stopped(Problem);

/// Runs what reads a stranger's file. A fault in it is the file's, not the server's.
fn guarded<T>(work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|fault| {
        Err(match fault.downcast::<Stopped>() {
            Ok(stopped) => stopped.0,
            Err(_) => Problem::invalid("view.damaged"),
        })
    })
}

/// What the reader of scans refuses, in this crate's words.
fn own(problem: Problem) -> Problem {
    match problem.code() {
        "docs.scan.damaged" => Problem::invalid("view.damaged"),
        "docs.scan.locked" => Problem::invalid("view.locked"),
        "docs.scan.large" => Problem::too_large("view.large"),
        "docs.scan.media" => Problem::invalid("view.media"),
        _ => problem,
    }
}

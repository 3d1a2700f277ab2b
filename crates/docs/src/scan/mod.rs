//! Scanned sheets: which codes stand on which page, and a batch cut into its papers.
//!
//! Why it exists: what was signed by hand comes back from a scanner and has to find its record again; the code at the foot of every
//! page that [`crate::paper`] writes says which (B 4.4, H 10.2.3). A PDF is drawn page by page as a viewer would draw it, whatever the
//! scanner packed it with (ISO 32000); pictures are read as they are (PNG, JPEG, TIFF with several pages). Codes are matrix codes (ISO/IEC 18004).
//!
//! What comes in is a stranger's file. Sizes are held against [`Limits`] before anything is unpacked, and whoever calls can end the work
//! between two pages. Deliberately absent: what a code means, and the clock.

mod codes;
mod finders;
mod pages;
mod weigh;

use std::sync::Arc;

use hayro_syntax::Pdf;
use hayro_write::{ChunkSettings, ExtractionQuery, extract, pdf_writer};
use jingui_model::Problem;
pub use pages::{tiff_page, tiff_sizes};

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// Pages.
    Pdf,
    /// One page.
    Png,
    /// One page.
    Jpeg,
    /// One page or several.
    Tiff,
}

impl Media {
    /// By the first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
        if head.windows(5).any(|w| w == b"%PDF-") {
            return Some(Self::Pdf);
        }
        match head {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(Self::Tiff),
            _ => None,
        }
    }

    /// The media type (RFC 8118 and the registries of pictures).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Tiff => "image/tiff",
        }
    }

    /// The usual ending of a file's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
        }
    }
}

/// How much is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Pages of one file.
    pub pages: usize,
    /// Picture elements of one page or picture.
    pub pixels: u64,
    /// Bytes that one compressed part may unpack to.
    pub unpacked: u64,
}

impl Default for Limits {
    /// An A3 sheet of 600 dpi in colour passes.
    fn default() -> Self {
        Self { pages: 500, pixels: 100_000_000, unpacked: 320_000_000 }
    }
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Scan {
    /// What the file is.
    pub media: Media,
    /// What the codes on each page say that begin as asked; a page may have none.
    pub pages: Vec<Vec<String>>,
}

/// A file as it lies in memory; shared, since the readers of its parts look at the same bytes.
pub type Bytes = Arc<Vec<u8>>;

/// Reads the codes that begin with `prefix`; `stop` is asked before each page.
///
/// # Errors
/// `docs.scan.media`, `docs.scan.damaged`, `docs.scan.locked`, `docs.scan.pages`, `docs.scan.large`, `docs.scan.slow`.
pub fn read(bytes: &Bytes, prefix: &str, limits: &Limits, stop: &dyn Fn() -> bool) -> Result<Scan, Problem> {
    let media = Media::of(bytes).ok_or_else(|| Problem::invalid("docs.scan.media"))?;
    let mut found = vec![];
    let mut page = |look: &mut dyn FnMut(u32) -> Result<image::GrayImage, Problem>| {
        if stop() {
            return Err(Problem::invalid("docs.scan.slow").arg("page", found.len() + 1));
        }
        found.push(codes::on_page(prefix, look)?);
        Ok(())
    };
    match media {
        Media::Pdf => pages::of_pdf(&pdf(bytes, limits)?, limits, &mut page)?,
        Media::Tiff => pages::of_tiff(bytes, limits, &mut page)?,
        Media::Png | Media::Jpeg => pages::of_picture(bytes, limits, &mut page)?,
    }
    Ok(Scan { media, pages: found })
}

/// Some pages of a PDF as a PDF of their own, counted from 0. The pictures on them are taken over byte for byte.
///
/// # Errors
/// `docs.scan.damaged`, `docs.scan.large`.
pub fn cut(bytes: &Bytes, wanted: &[usize], limits: &Limits) -> Result<Vec<u8>, Problem> {
    let damaged = || Problem::invalid("docs.scan.damaged");
    let source = pdf(bytes, limits)?;
    let wanted: Vec<ExtractionQuery> = wanted.iter().copied().map(ExtractionQuery::new_page).collect();
    let mut last = pdf_writer::Ref::new(1);
    let catalog = last.bump();
    let made = extract(&source, Box::new(|| last.bump()), ChunkSettings::default(), &wanted).map_err(|_| damaged())?;
    let pages = made.root_refs.iter().copied().collect::<Result<Vec<_>, _>>().map_err(|_| damaged())?;
    let mut out = pdf_writer::Pdf::new();
    out.catalog(catalog).pages(made.page_tree_parent_ref);
    let count = i32::try_from(pages.len()).map_err(|_| damaged())?;
    out.pages(made.page_tree_parent_ref).kids(pages).count(count);
    out.extend(&made.chunk);
    Ok(out.finish())
}

/// Opens a stranger's PDF, after weighing what it would unpack to.
///
/// # Errors
/// `docs.scan.damaged`, `docs.scan.locked`, `docs.scan.large`.
pub fn pdf<B: AsRef<[u8]> + Send + Sync + 'static>(bytes: &Arc<B>, limits: &Limits) -> Result<Pdf, Problem> {
    weigh::raw((**bytes).as_ref(), limits)?;
    let pdf = Pdf::new(Arc::clone(bytes)).map_err(|e| match e {
        hayro_syntax::LoadPdfError::Decryption(_) => Problem::invalid("docs.scan.locked"),
        hayro_syntax::LoadPdfError::Invalid => Problem::invalid("docs.scan.damaged"),
    })?;
    weigh::parts(&pdf, limits)?;
    Ok(pdf)
}

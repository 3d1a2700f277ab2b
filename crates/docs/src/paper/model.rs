//! What a paper is made of: a title, a mark, blocks of text. No sentence of its own, no look.
//!
//! Every writer (PDF, HTML, editable document) reads this one model, so that what a court gets on paper and what
//! is read on a screen are the same. Texts come in finished, in the language of the reader; lengths are millimetres.
//! B 8.1.2 asks for evidence on paper, B 5.2 and H 9.1.2 for the mark on it.

use jingui_model::{Instant, Lang, Zone};

/// Which way the sheet (A4, ISO 216) lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// 210 × 297 mm.
    #[default]
    Portrait,
    /// 297 × 210 mm, for wide tables.
    Landscape,
}

/// The classification mark that stands on every page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mark {
    /// The grade in words.
    pub grade: String,
    /// The term of protection in words; empty when it has none.
    pub term: String,
    /// The number of the copy or of the secret; empty when it has none.
    pub number: String,
}

/// A document of one or more A4 pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// Stands above everything else, and in the metadata.
    pub title: String,
    /// A line under the title, such as a number; may be empty.
    pub subtitle: String,
    /// Language of the text, for screen readers and for the choice of glyphs.
    pub language: Lang,
    /// The classification mark, when the paper is graded.
    pub mark: Option<Mark>,
    /// At the top of every page; may be empty.
    pub header: String,
    /// At the foot of every page, on the left; may be empty.
    pub footer: String,
    /// At the foot of every page, on the right: `{page}` and `{pages}` stand for the numbers.
    pub page_label: String,
    /// What a matrix code at the foot of every page says, so that a signed sheet finds its way back; empty for none.
    pub code: String,
    /// Who issues it, for the metadata; may be empty.
    pub author: String,
    /// When it was made.
    pub made_at: Instant,
    /// The zone in which `made_at` is told.
    pub zone: Zone,
    /// Upright or lying.
    pub orientation: Orientation,
    /// The content.
    pub blocks: Vec<Block>,
}

impl Paper {
    /// An empty upright paper.
    #[must_use]
    pub fn new(language: Lang, title: impl Into<String>, made_at: Instant) -> Self {
        Self {
            title: title.into(),
            subtitle: String::new(),
            language,
            mark: None,
            header: String::new(),
            footer: String::new(),
            page_label: "{page} / {pages}".to_owned(),
            code: String::new(),
            author: String::new(),
            made_at,
            zone: Zone::default(),
            orientation: Orientation::default(),
            blocks: vec![],
        }
    }

    /// What the foot of a page says of its number.
    #[must_use]
    pub fn page_label(&self, page: usize, pages: usize) -> String {
        self.page_label.replace("{pages}", &pages.to_string()).replace("{page}", &page.to_string())
    }
}

impl Mark {
    /// The mark as one line: grade, a star, the term (the form in which marks are written in China).
    #[must_use]
    pub fn line(&self) -> String {
        if self.term.is_empty() { self.grade.clone() } else { format!("{}★{}", self.grade, self.term) }
    }
}

/// How a run of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Look {
    /// Ordinary text.
    #[default]
    Plain,
    /// Heavier.
    Strong,
    /// Smaller and lighter.
    Small,
    /// In the monospaced face; breaks anywhere.
    Code,
}

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq)]
pub enum Span {
    /// Text; a line feed in it starts a new line.
    Text {
        /// The text.
        text: String,
        /// How it looks.
        look: Look,
        /// Where it leads: `https:`, `http:` or `mailto:`; any other target is left away.
        link: Option<String>,
    },
    /// A place to be filled in.
    Blank {
        /// What belongs there.
        label: String,
        /// Width of the line to write on.
        width_mm: f32,
        /// Must be filled before the paper is used: shown with its label, in colour.
        missing: bool,
    },
    /// A box, ticked or not.
    Check(bool),
}

impl Span {
    /// Ordinary text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), look: Look::Plain, link: None }
    }

    /// Heavier text.
    pub fn strong(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), look: Look::Strong, link: None }
    }

    /// Smaller, lighter text.
    pub fn small(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), look: Look::Small, link: None }
    }

    /// Monospaced text that breaks anywhere.
    pub fn code(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), look: Look::Code, link: None }
    }

    /// A link.
    pub fn link(text: impl Into<String>, target: impl Into<String>) -> Self {
        Self::Text { text: text.into(), look: Look::Plain, link: Some(target.into()) }
    }
}

/// On which side lines begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Align {
    /// At the left; paragraphs are set flush on both sides.
    #[default]
    Start,
    /// In the middle.
    Centre,
    /// At the right, for numbers.
    End,
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Paragraph {
    /// Its text.
    pub spans: Vec<Span>,
    /// Where its lines stand.
    pub align: Align,
    /// First line set in by two characters, as in Chinese letters and contracts.
    pub indent: bool,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What stands in it.
    pub blocks: Vec<Block>,
    /// How many columns it takes; 0 counts as 1.
    pub columns: usize,
    /// It names its row or column.
    pub head: bool,
}

impl Cell {
    /// A cell with one paragraph.
    #[must_use]
    pub fn spans(spans: Vec<Span>) -> Self {
        Self { blocks: vec![Block::Paragraph(Paragraph { spans, ..Paragraph::default() })], columns: 1, head: false }
    }

    /// A cell with plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::spans(vec![Span::plain(text)])
    }

    /// A cell that names its row or column.
    pub fn head(text: impl Into<String>) -> Self {
        Self { head: true, ..Self::spans(vec![Span::strong(text)]) }
    }

    /// The same cell over several columns.
    #[must_use]
    pub fn over(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    /// The same cell with its paragraphs set this way.
    #[must_use]
    pub fn aligned(mut self, align: Align) -> Self {
        for block in &mut self.blocks {
            if let Block::Paragraph(paragraph) = block {
                paragraph.align = align;
            }
        }
        self
    }
}

/// A table with borders.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What the table shows, above it and for screen readers; may be empty.
    pub caption: String,
    /// Share of the width of each column.
    pub columns: Vec<f32>,
    /// Rows that are repeated at the top of every page.
    pub head: Vec<Vec<Cell>>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// What a picture is stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// ISO 15948.
    Png,
    /// ISO 10918.
    Jpeg,
}

/// A picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: ImageFormat,
    /// How wide it is printed at most.
    pub width_mm: f32,
    /// What is seen on it, for those who do not see it.
    pub alt: String,
    /// Under it; may be empty.
    pub caption: String,
}

/// A matrix code (ISO/IEC 18004).
#[derive(Debug, Clone, PartialEq)]
pub struct Qr {
    /// What it says.
    pub content: String,
    /// How large it is printed, with its quiet zone.
    pub size_mm: f32,
    /// Beside it, and its text for those who do not see it; may be empty.
    pub caption: String,
}

/// One line to sign on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// Who signs.
    pub label: String,
    /// What the date is called; empty when there is none.
    pub date: String,
}

/// A digest or other long string of characters, with what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HashLine {
    /// What it is the digest of.
    pub label: String,
    /// The characters; break anywhere.
    pub value: String,
}

/// What a box wants to say by its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NoteKind {
    /// An explanation.
    #[default]
    Info,
    /// A warning.
    Warning,
}

/// A part of a paper, from top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading; it also becomes a bookmark.
    Heading {
        /// 1 (largest) to 4, and 0 for what is read from afar on a sign; anything else is taken as the nearest.
        level: u8,
        /// Its text.
        text: String,
    },
    /// A paragraph.
    Paragraph(Paragraph),
    /// A list.
    List {
        /// With numbers instead of dots.
        numbered: bool,
        /// Its items.
        items: Vec<Vec<Block>>,
    },
    /// Boxes to tick, one on each line.
    Checks(Vec<(bool, Vec<Span>)>),
    /// Names and their values.
    KeyValues(Vec<(String, Vec<Span>)>),
    /// A table.
    Table(Table),
    /// Digests and the like.
    Hashes(Vec<HashLine>),
    /// A line across.
    Rule,
    /// What follows starts on a new page.
    PageBreak,
    /// Stays on one page when it fits on one.
    Group(Vec<Block>),
    /// A picture.
    Image(Image),
    /// A matrix code.
    Qr(Qr),
    /// Lines to sign on, two beside each other.
    Signatures(Vec<Signature>),
    /// A box that stands out.
    Note {
        /// What sort of note.
        kind: NoteKind,
        /// Its title; may be empty.
        title: String,
        /// What stands in it.
        blocks: Vec<Block>,
    },
}

impl Block {
    /// A heading.
    pub fn heading(level: u8, text: impl Into<String>) -> Self {
        Self::Heading { level, text: text.into() }
    }

    /// A paragraph of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::spans(vec![Span::plain(text)])
    }

    /// A paragraph.
    #[must_use]
    pub fn spans(spans: Vec<Span>) -> Self {
        Self::Paragraph(Paragraph { spans, ..Paragraph::default() })
    }
}

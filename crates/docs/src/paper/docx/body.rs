//! The document part: blocks as paragraphs and tables.

use std::fmt::Write as _;

use jingui_model::Problem;

use super::{
    Picture, png,
    run::{run, runs},
};
use crate::paper::{
    clean,
    layout::MAX_DEPTH,
    model::{Align, Block, Cell, Image, ImageFormat, NoteKind, Orientation, Paper, Paragraph, Qr, Signature, Span, Table},
    picture, qr,
};

/// Size of what is read from afar, half points.
const AFAR: &str = "<w:sz w:val=\"96\"/><w:szCs w:val=\"96\"/>";

/// Twentieths of a point in a millimetre.
pub const TWIP: f32 = 1440.0 / 25.4;
/// English metric units in a millimetre.
pub const EMU: f32 = 36_000.0;
/// Margins left and right, millimetres, as in the PDF.
pub const SIDE_MM: f32 = 22.0;

/// Where blocks stand.
#[derive(Clone, Copy)]
struct At {
    /// Width of the column, twips.
    width: i32,
    depth: usize,
    /// Set in from the left, twips: inside lists.
    indent: i32,
    /// In a cell: tighter.
    cell: bool,
    /// Stays with what follows.
    keep: bool,
}

/// Writes the document part and collects what it refers to.
pub struct Body<'p> {
    paper: &'p Paper,
    out: String,
    /// Pictures, in the order of their numbers.
    pub pictures: Vec<Picture>,
    /// Targets of links.
    pub links: Vec<String>,
    /// How many numbered lists there are: each counts from 1.
    pub numbered: usize,
}

#[expect(clippy::cast_possible_truncation, reason = "lengths on a sheet")]
pub fn twips(mm: f32) -> i32 {
    (mm * TWIP).round() as i32
}

/// Width and height of the sheet, millimetres.
const fn sheet(orientation: Orientation) -> (f32, f32) {
    match orientation {
        Orientation::Portrait => (210.0, 297.0),
        Orientation::Landscape => (297.0, 210.0),
    }
}

impl<'p> Body<'p> {
    pub const fn new(paper: &'p Paper) -> Self {
        Self { paper, out: String::new(), pictures: vec![], links: vec![], numbered: 0 }
    }

    /// The whole part.
    pub fn document(&mut self) -> Result<String, Problem> {
        let (width, height) = sheet(self.paper.orientation);
        let column = twips(width - 2.0 * SIDE_MM);
        self.out = super::parts::opening("document");
        self.out.push_str("<w:body>");
        self.styled("Title", &clean::line(&self.paper.title));
        if !self.paper.subtitle.is_empty() {
            self.styled("Subtitle", &self.paper.subtitle);
        }
        let paper = self.paper;
        self.blocks(&paper.blocks, At { width: column, depth: 0, indent: 0, cell: false, keep: false })?;
        let lying = if paper.orientation == Orientation::Landscape { " w:orient=\"landscape\"" } else { "" };
        let (side, bottom) = (twips(SIDE_MM), twips(if paper.code.is_empty() { 22.0 } else { 32.0 }));
        let _ = write!(
            self.out,
            "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"header\"/><w:footerReference w:type=\"default\" r:id=\"footer\"/>\
             <w:pgSz w:w=\"{}\" w:h=\"{}\"{lying}/><w:pgMar w:top=\"{}\" w:right=\"{side}\" w:bottom=\"{bottom}\" w:left=\"{side}\" \
             w:header=\"{}\" w:footer=\"{}\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>",
            twips(width),
            twips(height),
            twips(26.0),
            twips(12.0),
            twips(8.5),
        );
        Ok(std::mem::take(&mut self.out))
    }

    fn styled(&mut self, style: &str, text: &str) {
        let _ = write!(self.out, "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>");
        run(&mut self.out, "", text);
        self.out.push_str("</w:p>");
    }

    fn blocks(&mut self, blocks: &[Block], at: At) -> Result<(), Problem> {
        if at.depth > MAX_DEPTH {
            return Err(Problem::invalid("docs.too_deep").arg("max", MAX_DEPTH));
        }
        blocks.iter().try_for_each(|block| self.block(block, at))
    }

    fn block(&mut self, block: &Block, at: At) -> Result<(), Problem> {
        match block {
            Block::Heading { level, text } => {
                let (centred, large) = if *level == 0 { ("<w:jc w:val=\"center\"/>", AFAR) } else { ("", "") };
                let _ = write!(self.out, "<w:p><w:pPr><w:pStyle w:val=\"Heading{}\"/>{centred}</w:pPr>", level.clamp(&1, &4));
                run(&mut self.out, large, &clean::line(text));
                self.out.push_str("</w:p>");
            }
            Block::Paragraph(paragraph) => self.paragraph(paragraph, at, ""),
            Block::List { numbered, items } => self.list(*numbered, items, at)?,
            Block::Checks(lines) => {
                for (ticked, spans) in lines {
                    let spans = [vec![Span::Check(*ticked), Span::plain(" ")], spans.clone()].concat();
                    self.paragraph(&Paragraph { spans, ..Paragraph::default() }, at, "<w:ind w:left=\"420\" w:hanging=\"420\"/>");
                }
            }
            Block::KeyValues(pairs) => self.key_values(pairs, at)?,
            Block::Table(table) => self.table(table, at)?,
            Block::Hashes(lines) => {
                for line in lines {
                    self.paragraph(&plain(Span::plain(line.label.clone())), At { keep: true, ..at }, "");
                    self.paragraph(&plain(Span::code(line.value.clone())), at, "");
                }
            }
            Block::Rule => self.out.push_str(
                "<w:p><w:pPr><w:pBdr><w:bottom w:val=\"single\" w:sz=\"6\" w:space=\"1\" w:color=\"8C8C8C\"/></w:pBdr></w:pPr></w:p>",
            ),
            Block::PageBreak if at.cell => {}
            Block::PageBreak => self.out.push_str("<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>"),
            Block::Group(inner) => {
                let at = At { depth: at.depth + 1, ..at };
                let last = inner.len().saturating_sub(1);
                for (n, block) in inner.iter().enumerate() {
                    self.blocks(std::slice::from_ref(block), At { keep: at.keep || n < last, ..at })?;
                }
            }
            Block::Image(image) => self.image(image, at)?,
            Block::Qr(code) => self.code(code, at)?,
            Block::Signatures(lines) => self.signatures(lines, at)?,
            Block::Note { kind, title, blocks } => self.note(*kind, title, blocks, at)?,
        }
        Ok(())
    }

    fn paragraph(&mut self, paragraph: &Paragraph, at: At, more: &str) {
        self.out.push_str("<w:p><w:pPr>");
        if at.cell {
            self.out.push_str("<w:pStyle w:val=\"Cell\"/>");
        }
        if at.keep {
            self.out.push_str("<w:keepNext/>");
        }
        self.out.push_str(more);
        if more.is_empty() && (at.indent > 0 || paragraph.indent) {
            self.out.push_str("<w:ind");
            if at.indent > 0 {
                let _ = write!(self.out, " w:left=\"{}\"", at.indent);
            }
            if paragraph.indent {
                self.out.push_str(" w:firstLineChars=\"200\" w:firstLine=\"420\"");
            }
            self.out.push_str("/>");
        }
        match paragraph.align {
            // A line that ends with a break would be spread over the whole width.
            Align::Start if at.cell || paragraph.spans.iter().any(|s| matches!(s, Span::Text { text, .. } if text.contains('\n'))) => {
                self.out.push_str("<w:jc w:val=\"left\"/>")
            }
            Align::Start => {}
            Align::Centre => self.out.push_str("<w:jc w:val=\"center\"/>"),
            Align::End => self.out.push_str("<w:jc w:val=\"right\"/>"),
        }
        self.out.push_str("</w:pPr>");
        runs(&mut self.out, &paragraph.spans, &mut self.links);
        self.out.push_str("</w:p>");
    }

    fn list(&mut self, numbered: bool, items: &[Vec<Block>], at: At) -> Result<(), Problem> {
        let list = if numbered {
            self.numbered += 1;
            self.numbered + 1
        } else {
            1
        };
        let (level, left) = ((at.indent / 420).clamp(0, 3), at.indent + 420);
        for item in items {
            let marked = format!(
                "<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{list}\"/></w:numPr><w:ind w:left=\"{left}\" w:hanging=\"420\"/>"
            );
            let rest = match item.split_first() {
                Some((Block::Paragraph(first), rest)) => {
                    self.paragraph(first, at, &marked);
                    rest
                }
                _ => {
                    self.paragraph(&Paragraph::default(), at, &marked);
                    item
                }
            };
            self.blocks(rest, At { depth: at.depth + 1, indent: left, ..at })?;
        }
        Ok(())
    }

    fn key_values(&mut self, pairs: &[(String, Vec<Span>)], at: At) -> Result<(), Problem> {
        let rows: Vec<Vec<Cell>> = pairs.iter().map(|(name, value)| vec![Cell::text(name.clone()), Cell::spans(value.clone())]).collect();
        let under = "<w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8C8C8C\"/>\
                     <w:insideH w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8C8C8C\"/>";
        self.grid(&[1.0, 2.6], &[], &rows, under, at)
    }

    fn table(&mut self, table: &Table, at: At) -> Result<(), Problem> {
        if !table.caption.is_empty() {
            let caption = Paragraph { spans: vec![Span::strong(table.caption.clone())], align: Align::Centre, indent: false };
            self.paragraph(&caption, At { keep: true, ..at }, "");
        }
        let side = |name: &str| format!("<w:{name} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"595959\"/>");
        let all: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(side).concat();
        self.grid(&table.columns, &table.head, &table.rows, &all, at)
    }

    fn grid(&mut self, shares: &[f32], head: &[Vec<Cell>], rows: &[Vec<Cell>], borders: &str, at: At) -> Result<(), Problem> {
        if head.is_empty() && rows.is_empty() {
            return Ok(());
        }
        let widths = widths(shares, head, rows, at.width - at.indent);
        let total: i32 = widths.iter().sum();
        let _ = write!(
            self.out,
            "<w:tbl><w:tblPr><w:tblW w:w=\"{total}\" w:type=\"dxa\"/><w:tblInd w:w=\"{}\" w:type=\"dxa\"/><w:tblBorders>{borders}</w:tblBorders>\
             <w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:top w:w=\"40\" w:type=\"dxa\"/><w:left w:w=\"90\" w:type=\"dxa\"/>\
             <w:bottom w:w=\"40\" w:type=\"dxa\"/><w:right w:w=\"90\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>",
            at.indent,
        );
        for width in &widths {
            let _ = write!(self.out, "<w:gridCol w:w=\"{width}\"/>");
        }
        self.out.push_str("</w:tblGrid>");
        for (row, is_head) in head.iter().map(|row| (row, true)).chain(rows.iter().map(|row| (row, false))) {
            self.row(row, is_head, &widths, at)?;
        }
        self.out.push_str("</w:tbl>");
        if !at.cell {
            // Two tables that touch become one; a small paragraph parts them.
            self.out.push_str("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p>");
        }
        Ok(())
    }

    fn row(&mut self, row: &[Cell], is_head: bool, widths: &[i32], at: At) -> Result<(), Problem> {
        self.out.push_str("<w:tr><w:trPr><w:cantSplit/>");
        if is_head {
            self.out.push_str("<w:tblHeader/>");
        }
        self.out.push_str("</w:trPr>");
        let mut column = 0;
        for cell in row {
            let to = (column + cell.columns.max(1)).min(widths.len());
            let width: i32 = widths.get(column..to).unwrap_or_default().iter().sum();
            if to == column {
                break;
            }
            self.cell(&cell.blocks, width, to - column, is_head || cell.head, at)?;
            column = to;
        }
        // A row with too few cells still has all of them.
        if column < widths.len() {
            let width: i32 = widths.get(column..).unwrap_or_default().iter().sum();
            self.cell(&[], width, widths.len() - column, is_head, at)?;
        }
        self.out.push_str("</w:tr>");
        Ok(())
    }

    fn cell(&mut self, blocks: &[Block], width: i32, span: usize, head: bool, at: At) -> Result<(), Problem> {
        let _ = write!(self.out, "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>");
        if span > 1 {
            let _ = write!(self.out, "<w:gridSpan w:val=\"{span}\"/>");
        }
        if head {
            self.out.push_str("<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F0F1F3\"/><w:vAlign w:val=\"center\"/>");
        }
        self.out.push_str("</w:tcPr>");
        self.blocks(blocks, At { width: width - 180, depth: at.depth + 1, indent: 0, cell: true, keep: at.keep })?;
        // A cell ends with a paragraph (ECMA-376-1, 17.4.65).
        if !matches!(blocks.last(), Some(Block::Paragraph(_) | Block::Heading { .. })) {
            self.out.push_str("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p>");
        }
        self.out.push_str("</w:tc>");
        Ok(())
    }

    fn signatures(&mut self, lines: &[Signature], at: At) -> Result<(), Problem> {
        let cell = |line: &Signature| {
            let blank = |width_mm| Span::Blank { label: String::new(), width_mm, missing: false };
            let mut blocks = vec![Block::spans(vec![Span::plain(line.label.clone()), blank(34.0)])];
            if !line.date.is_empty() {
                blocks.push(Block::spans(vec![Span::plain(line.date.clone()), blank(34.0)]));
            }
            Cell { blocks, columns: 1, head: false }
        };
        let rows: Vec<Vec<Cell>> = lines.chunks(2).map(|pair| pair.iter().map(cell).collect()).collect();
        self.grid(&[1.0, 1.0], &[], &rows, "", At { keep: true, ..at })
    }

    fn note(&mut self, kind: NoteKind, title: &str, blocks: &[Block], at: At) -> Result<(), Problem> {
        let (bar, fill) = match kind {
            NoteKind::Info => ("3B6EA8", "EEF3F9"),
            NoteKind::Warning => ("C7840F", "FDF3DC"),
        };
        let width = at.width - at.indent;
        let _ = write!(
            self.out,
            "<w:tbl><w:tblPr><w:tblW w:w=\"{width}\" w:type=\"dxa\"/><w:tblInd w:w=\"{}\" w:type=\"dxa\"/><w:tblBorders>\
             <w:left w:val=\"single\" w:sz=\"24\" w:space=\"0\" w:color=\"{bar}\"/></w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr>\
             <w:tblGrid><w:gridCol w:w=\"{width}\"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>\
             <w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{fill}\"/></w:tcPr>",
            at.indent,
        );
        let inner = At { width: width - 240, depth: at.depth + 1, indent: 0, cell: true, keep: at.keep };
        if !title.is_empty() {
            self.paragraph(&plain(Span::strong(title)), inner, "");
        }
        self.blocks(blocks, inner)?;
        if !matches!(blocks.last(), Some(Block::Paragraph(_))) {
            self.out.push_str("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p>");
        }
        self.out.push_str("</w:tc></w:tr></w:tbl>");
        self.out.push_str("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p>");
        Ok(())
    }

    fn image(&mut self, image: &Image, at: At) -> Result<(), Problem> {
        let (wide, high) = picture::size(image)?;
        #[expect(clippy::cast_precision_loss, reason = "lengths on a sheet")]
        let room = at.width as f32 / TWIP;
        let wanted = if image.width_mm.is_finite() { image.width_mm.max(1.0) } else { room };
        let width = wanted.min(room);
        let (width, height) = if width * high / wide > 190.0 { (190.0 * wide / high, 190.0) } else { (width, width * high / wide) };
        let ending = match image.format {
            ImageFormat::Png => "png",
            ImageFormat::Jpeg => "jpeg",
        };
        let drawing = self.drawing(ending, image.bytes.clone(), (width, height), &image.alt);
        let _ = write!(self.out, "<w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr>{drawing}</w:p>");
        if !image.caption.is_empty() {
            let caption = Paragraph { spans: vec![Span::small(image.caption.clone())], align: Align::Centre, indent: false };
            self.paragraph(&caption, at, "");
        }
        Ok(())
    }

    fn code(&mut self, code: &Qr, at: At) -> Result<(), Problem> {
        let side = if code.size_mm.is_finite() { code.size_mm.clamp(8.0, 150.0) } else { 30.0 };
        let drawing = self.drawing("png", png::write(&qr::matrix(&code.content)?)?, (side, side), &code.caption);
        let _ = write!(self.out, "<w:p>{drawing}</w:p>");
        if !code.caption.is_empty() {
            self.paragraph(&plain(Span::small(code.caption.clone())), at, "");
        }
        Ok(())
    }

    fn drawing(&mut self, ending: &'static str, bytes: Vec<u8>, size: (f32, f32), alt: &str) -> String {
        let n = self.pictures.len();
        self.pictures.push(Picture { ending, bytes });
        super::parts::drawing(&format!("picture{n}"), n + 1, size, &clean::escape(&clean::line(alt)))
    }
}

fn plain(span: Span) -> Paragraph {
    Paragraph { spans: vec![span], ..Paragraph::default() }
}

/// Widths of the columns, twips, that sum up to the room.
fn widths(shares: &[f32], head: &[Vec<Cell>], rows: &[Vec<Cell>], room: i32) -> Vec<i32> {
    let widest = head.iter().chain(rows).map(|row| row.iter().map(|cell| cell.columns.clamp(1, 60)).sum::<usize>()).max().unwrap_or(1);
    let count = if shares.is_empty() { widest } else { shares.len() }.clamp(1, 60);
    let share = |n: usize| shares.get(n).copied().filter(|s| s.is_finite() && *s > 0.0).unwrap_or(1.0).clamp(0.01, 1_000.0);
    let all: f32 = (0..count).map(share).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "twips on a sheet")]
    let width = |n: usize| (share(n) / all * room.max(60) as f32) as i32;
    (0..count).map(|n| width(n).max(1)).collect()
}

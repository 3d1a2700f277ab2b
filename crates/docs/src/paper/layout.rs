//! Blocks become strips, rows and spaces: sizes, distances and what keeps company with what.
//!
//! The look follows Chinese office practice (GB/T 9704 in spirit): centred title, plain headings, body text of 10.5
//! points with generous lines, tables with thin full borders.

use std::{collections::VecDeque, rc::Rc};

use jingui_model::Problem;

use super::{
    clean,
    flow::{CellFlow, Frame, Item, RowFlow, Strip, TableFlow},
    lines::{Setter, Setting},
    model::{Align, Block, Cell, HashLine, Image, NoteKind, Paragraph, Qr, Signature, Span, Table},
    ops::{Ink, MM, Op},
    qr,
};

/// Blocks inside blocks up to this depth.
pub const MAX_DEPTH: usize = 8;

/// Where blocks stand.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Width for them, points.
    pub width: f32,
    /// Height of a whole page, points.
    pub page: f32,
    /// Size of plain text.
    pub size: f32,
    /// Inside this many others.
    pub depth: usize,
    /// In a cell, where lines end ragged and stand closer.
    pub cell: bool,
}

/// Turns blocks into items.
pub struct Layout<'f, 'a> {
    /// Sets text.
    pub setter: Setter<'f, 'a>,
    /// Pictures met so far, in order.
    pub images: Vec<&'f Image>,
}

impl<'f> Layout<'f, '_> {
    /// The title block of the first page.
    pub fn title(&mut self, title: &str, subtitle: &str, place: Place) -> Vec<Item> {
        let big = Setting { size: 19.0, leading: 1.45, bold: true, align: Align::Centre, ..plain(place) };
        let mut items = vec![Item::Space(6.0)];
        items.extend(tied(self.setter.lines(&[Span::plain(title)], &big, place.width)));
        if !subtitle.is_empty() {
            let small = Setting { size: 10.0, ink: Ink::Grey, align: Align::Centre, ..plain(place) };
            items.extend([Item::Tie, Item::Space(3.0), Item::Tie]);
            items.extend(tied(self.setter.lines(&[Span::plain(subtitle)], &small, place.width)));
        }
        items.extend([Item::Tie, Item::Space(16.0), Item::Tie]);
        items
    }

    /// Blocks one below the other.
    ///
    /// # Errors
    /// `docs.too_deep`, `docs.qr`, `docs.image`.
    pub fn blocks(&mut self, blocks: &'f [Block], place: Place) -> Result<Vec<Item>, Problem> {
        if place.depth > MAX_DEPTH {
            return Err(Problem::invalid("docs.too_deep").arg("max", MAX_DEPTH));
        }
        let mut items: Vec<Item> = vec![];
        let mut heading_before = false;
        let mut below = 0.0_f32;
        for block in blocks {
            let (above, after) = distance(block, place);
            let laid = self.block(block, place)?;
            if laid.is_empty() {
                continue;
            }
            if !items.is_empty() {
                let gap = Item::Space(if heading_before { below } else { above.max(below) });
                items.extend(if heading_before { vec![Item::Tie, gap, Item::Tie] } else { vec![gap] });
            }
            items.extend(laid);
            below = after;
            heading_before = matches!(block, Block::Heading { .. });
        }
        Ok(items)
    }

    fn block(&mut self, block: &'f Block, place: Place) -> Result<Vec<Item>, Problem> {
        Ok(match block {
            Block::Heading { level, text } => self.heading(*level, text, place),
            Block::Paragraph(paragraph) => self.paragraph(paragraph, place),
            Block::List { numbered, items } => self.list(*numbered, items, place)?,
            Block::Checks(lines) => self.checks(lines, place),
            Block::KeyValues(pairs) => self.key_values(pairs, place),
            Block::Table(table) => self.table(table, place)?,
            Block::Hashes(lines) => self.hashes(lines, place),
            Block::Rule => {
                let line = Op::Line { from: (0.0, 3.0), to: (place.width, 3.0), width: 0.6, ink: Ink::Line };
                vec![Item::Strip(Strip { height: 6.0, ops: vec![line] })]
            }
            Block::PageBreak if place.cell => vec![],
            Block::PageBreak => vec![Item::PageBreak],
            Block::Group(blocks) => vec![Item::Group(self.blocks(blocks, deeper(place))?)],
            Block::Image(image) => self.image(image, place)?,
            Block::Qr(qr) => self.qr(qr, place)?,
            Block::Signatures(lines) => self.signatures(lines, place),
            Block::Note { kind, title, blocks } => self.note(*kind, title, blocks, place)?,
        })
    }

    fn heading(&mut self, level: u8, text: &str, place: Place) -> Vec<Item> {
        let level = level.min(4);
        let size: f32 = match level {
            0 => AFAR,
            1 => 14.0,
            2 => 12.0,
            3 => 10.8,
            _ => 10.5,
        };
        let align = if level == 0 { Align::Centre } else { Align::Start };
        let setting = Setting { size: if place.cell { size.min(11.0) } else { size }, leading: 1.4, bold: true, align, ..plain(place) };
        let anchor = Op::Anchor { y: 0.0, level: level.max(1), text: clean::line(text) };
        tied(with_op(self.setter.lines(&[Span::plain(text)], &setting, place.width), anchor))
    }

    fn paragraph(&mut self, paragraph: &Paragraph, place: Place) -> Vec<Item> {
        let setting = Setting {
            align: paragraph.align,
            justify: !place.cell && paragraph.align == Align::Start,
            indent: if paragraph.indent { 2.0 } else { 0.0 },
            ..plain(place)
        };
        together(self.setter.lines(&paragraph.spans, &setting, place.width))
    }

    fn list(&mut self, numbered: bool, entries: &'f [Vec<Block>], place: Place) -> Result<Vec<Item>, Problem> {
        let setting = plain(place);
        let marks: Vec<String> = (1..=entries.len()).map(|n| if numbered { format!("{n}.") } else { "•".to_owned() }).collect();
        let widest = marks.last().map_or(0.0, |mark| self.setter.width(&[Span::plain(mark.clone())], &setting));
        let inset = (widest + 0.55 * place.size).max(1.5 * place.size).min(place.width / 2.0);
        let mut items: Vec<Item> = vec![];
        for (entry, mark) in entries.iter().zip(marks) {
            let mark = self.setter.lines(&[Span::plain(mark)], &setting, inset);
            let inner = self.blocks(entry, Place { width: place.width - inset, ..deeper(place) })?;
            if !items.is_empty() {
                items.push(Item::Space(2.0));
            }
            items.extend(beside(mark, inner, inset));
        }
        Ok(items)
    }

    fn checks(&mut self, lines: &[(bool, Vec<Span>)], place: Place) -> Vec<Item> {
        let (setting, inset) = (plain(place), 1.6 * place.size);
        let mut items: Vec<Item> = vec![];
        for (ticked, spans) in lines {
            let mark = self.setter.lines(&[Span::Check(*ticked)], &setting, inset);
            let inner = together(self.setter.lines(spans, &setting, (place.width - inset).max(1.0)));
            if !items.is_empty() {
                items.push(Item::Space(2.0));
            }
            items.extend(beside(mark, inner, inset));
        }
        items
    }

    fn key_values(&mut self, pairs: &[(String, Vec<Span>)], place: Place) -> Vec<Item> {
        let size = if place.cell { place.size } else { 10.0 };
        let value = Setting { size, leading: 1.5, ..plain(place) };
        let key = Setting { ink: Ink::Grey, ..value };
        let widest = pairs.iter().map(|(name, _)| self.setter.width(&[Span::plain(name.clone())], &key)).fold(0.0, f32::max);
        let left = (widest + 14.0).clamp(place.width * 0.14, place.width * 0.36);
        let rows = pairs.iter().map(|(name, spans)| {
            let cell =
                |x: f32, width: f32, lines: Vec<Strip>| CellFlow { x, width, pad: (2.0, 3.2), head: false, items: together(lines).into() };
            let name = self.setter.lines(&[Span::plain(name.clone())], &key, left - 10.0);
            let spans = self.setter.lines(spans, &value, (place.width - left - 4.0).max(1.0));
            RowFlow::new(vec![cell(0.0, left, name), cell(left, place.width - left, spans)], Frame::Under)
        });
        let rows: VecDeque<RowFlow> = rows.collect();
        if rows.is_empty() { vec![] } else { vec![Item::Table(TableFlow { x: 0.0, head: Rc::from([]), rows })] }
    }

    fn table(&mut self, table: &'f Table, place: Place) -> Result<Vec<Item>, Problem> {
        let edges = edges(table, place.width);
        let mut items = vec![];
        if !table.caption.is_empty() {
            let setting = Setting { size: 9.5, bold: true, leading: 1.5, align: Align::Centre, ..plain(place) };
            items.extend(tied(self.setter.lines(&[Span::plain(table.caption.clone())], &setting, place.width)));
            items.extend([Item::Tie, Item::Space(3.0), Item::Tie]);
        }
        let mut rows_of =
            |rows: &'f [Vec<Cell>], head| rows.iter().map(|row| self.row(row, &edges, head, place)).collect::<Result<Vec<_>, _>>();
        let head = rows_of(&table.head, true)?;
        let body = rows_of(&table.rows, false)?;
        // A head that would leave no room is shown once only.
        let repeat = head.iter().map(|row| row.height).sum::<f32>() <= place.page / 3.0;
        let (head, rows) = if repeat { (head, body) } else { (vec![], head.into_iter().chain(body).collect()) };
        if !head.is_empty() || !rows.is_empty() {
            items.push(Item::Table(TableFlow { x: 0.0, head: Rc::from(head), rows: rows.into() }));
        }
        Ok(items)
    }

    fn row(&mut self, row: &'f [Cell], edges: &[f32], head: bool, place: Place) -> Result<RowFlow, Problem> {
        let (pad, mut column, last) = ((4.5_f32, 3.4_f32), 0_usize, edges.len().saturating_sub(1));
        let mut cells = vec![];
        for cell in row {
            let to = column.saturating_add(cell.columns.max(1)).min(last);
            let (Some(&x), Some(&right)) = (edges.get(column), edges.get(to)) else { break };
            if to == column {
                break;
            }
            let inner = Place { width: (right - x - 2.0 * pad.0).max(1.0), size: 9.3, cell: true, ..deeper(place) };
            let items = self.blocks(&cell.blocks, inner)?.into();
            cells.push(CellFlow { x, width: right - x, pad, head: head || cell.head, items });
            column = to;
        }
        // A row with too few cells still has all its borders.
        if let (Some(&x), Some(&right)) = (edges.get(column), edges.get(last))
            && column < last
        {
            cells.push(CellFlow { x, width: right - x, pad, head, items: VecDeque::new() });
        }
        Ok(RowFlow::new(cells, Frame::Grid))
    }

    fn hashes(&mut self, lines: &[HashLine], place: Place) -> Vec<Item> {
        let label = Setting { size: 9.3, leading: 1.45, ..plain(place) };
        let value = Setting { size: 9.0, leading: 1.4, ..plain(place) };
        let mut items: Vec<Item> = vec![];
        for line in lines {
            if !items.is_empty() {
                items.push(Item::Space(4.5));
            }
            let mut strips = self.setter.lines(&[Span::plain(line.label.clone())], &label, place.width);
            strips.extend(self.setter.lines(&[Span::code(line.value.clone())], &value, place.width));
            items.extend(together(strips));
        }
        items
    }

    fn image(&mut self, image: &'f Image, place: Place) -> Result<Vec<Item>, Problem> {
        let (wide, high) = super::picture::size(image)?;
        let wanted = if image.width_mm.is_finite() { image.width_mm.max(1.0) * MM } else { place.width };
        let width = wanted.min(place.width);
        let (width, height) = if width * high / wide > place.page * 0.8 {
            (place.page * 0.8 * wide / high, place.page * 0.8)
        } else {
            (width, width * high / wide)
        };
        let x = ((place.width - width) / 2.0).max(0.0);
        let index = self.images.len();
        self.images.push(image);
        let mut items = vec![Item::Strip(Strip { height, ops: vec![Op::Image { at: (x, 0.0, width, height), index }] })];
        if !image.caption.is_empty() {
            let setting = Setting { size: 9.0, ink: Ink::Grey, align: Align::Centre, ..plain(place) };
            items.extend([Item::Tie, Item::Space(2.0), Item::Tie]);
            items.extend(tied(self.setter.lines(&[Span::plain(image.caption.clone())], &setting, place.width)));
        }
        Ok(items)
    }

    fn qr(&mut self, code: &Qr, place: Place) -> Result<Vec<Item>, Problem> {
        let matrix = qr::matrix(&code.content)?;
        let side = if code.size_mm.is_finite() { code.size_mm.clamp(8.0, 150.0) * MM } else { 30.0 * MM };
        let side = side.min(place.width).min(place.page * 0.8);
        #[expect(clippy::cast_precision_loss, reason = "at most 185 modules")]
        let module = side / matrix.side as f32;
        // In the page's column the dark part stands flush; its quiet zone is the margin.
        let left = if place.cell { 0.0 } else { -4.0 * module };
        let mut ops = vec![Op::Modules { at: (left, 0.0), module, runs: Rc::new(matrix.runs) }];
        let mut height = side;
        let room = place.width - side - 8.0;
        if !code.caption.is_empty() && room > 40.0 {
            let setting = Setting { size: 9.3, leading: 1.55, ..plain(place) };
            let lines = self.setter.lines(&[Span::plain(code.caption.clone())], &setting, room);
            let tall: f32 = lines.iter().map(|line| line.height).sum();
            let mut y = ((side - tall) / 2.0).max(0.0);
            height = height.max(y + tall);
            for line in lines {
                ops.extend(line.ops.into_iter().map(|op| op.moved(left + side + 8.0, y)));
                y += line.height;
            }
        }
        Ok(vec![Item::Strip(Strip { height: height.min(place.page * 0.95), ops })])
    }

    fn signatures(&mut self, lines: &[Signature], place: Place) -> Vec<Item> {
        let setting = Setting { size: 10.0, leading: 2.4, ..plain(place) };
        let gutter = 24.0;
        let half = (place.width - gutter) / 2.0;
        let rows = lines.chunks(2).map(|pair| {
            let cells = pair.iter().zip([0.0, half + gutter]).map(|(line, x)| {
                let mut spans = vec![];
                for (text, longest) in [(&line.label, half), (&line.date, 120.0)] {
                    if text.is_empty() {
                        continue;
                    }
                    let name = Span::plain(text.clone());
                    let used = self.setter.width(std::slice::from_ref(&name), &setting) % half;
                    // A full-width colon is measured without its blank half.
                    let room = half - used - 8.0;
                    spans.extend((!spans.is_empty()).then(|| Span::plain("\n")));
                    spans.push(name);
                    // A long name gets a line of its own under it.
                    spans.extend((room < 60.0).then(|| Span::plain("\n")));
                    let width = if room < 60.0 { half - 2.0 } else { room }.min(longest);
                    spans.push(Span::Blank { label: String::new(), width_mm: width / MM, missing: false });
                }
                let items = tied(self.setter.lines(&spans, &setting, half)).into();
                CellFlow { x, width: half, pad: (0.0, 6.0), head: false, items }
            });
            RowFlow::new(cells.collect(), Frame::None)
        });
        let rows: VecDeque<RowFlow> = rows.collect();
        if rows.is_empty() { vec![] } else { vec![Item::Table(TableFlow { x: 0.0, head: Rc::from([]), rows })] }
    }

    fn note(&mut self, kind: NoteKind, title: &str, blocks: &'f [Block], place: Place) -> Result<Vec<Item>, Problem> {
        let pad = (10.0, 6.0);
        let inner = Place { width: (place.width - 2.0 * pad.0).max(1.0), size: 9.6_f32.min(place.size), cell: true, ..deeper(place) };
        let mut items = vec![];
        if !title.is_empty() {
            let setting = Setting { bold: true, leading: 1.5, ..plain(inner) };
            items.extend(tied(self.setter.lines(&[Span::strong(title)], &setting, inner.width)));
            items.push(Item::Tie);
        }
        items.extend(self.blocks(blocks, inner)?);
        let frame = match kind {
            NoteKind::Info => Frame::Info,
            NoteKind::Warning => Frame::Warning,
        };
        let cell = CellFlow { x: 0.0, width: place.width, pad, head: false, items: items.into() };
        let rows = VecDeque::from([RowFlow::new(vec![cell], frame)]);
        Ok(vec![Item::Table(TableFlow { x: 0.0, head: Rc::from([]), rows })])
    }
}

/// Ordinary text at a place.
pub fn plain(place: Place) -> Setting {
    Setting {
        size: place.size,
        leading: if place.cell { 1.42 } else { 1.68 },
        bold: false,
        ink: Ink::Black,
        align: Align::Start,
        justify: false,
        indent: 0.0,
    }
}

fn deeper(place: Place) -> Place {
    Place { depth: place.depth + 1, ..place }
}

/// Size of what is read from afar: the words on a sign, points.
const AFAR: f32 = 48.0;

/// Distance above and below, points.
fn distance(block: &Block, place: Place) -> (f32, f32) {
    let (above, below) = match block {
        Block::Heading { level: 0 | 1, .. } => (18.0, 7.0),
        Block::Heading { level: 2, .. } => (13.0, 5.0),
        Block::Heading { .. } => (9.0, 4.0),
        Block::Paragraph(_) | Block::List { .. } | Block::Checks(_) => (5.0, 5.0),
        Block::PageBreak => (0.0, 0.0),
        Block::Group(blocks) if !place.cell => blocks.first().map_or((0.0, 0.0), |first| (distance(first, place).0.max(8.0), 8.0)),
        _ => (8.0, 8.0),
    };
    if place.cell { (above / 2.5, below / 2.5) } else { (above, below) }
}

/// Lines that no page end comes between.
fn tied(strips: Vec<Strip>) -> Vec<Item> {
    let mut items = vec![];
    for strip in strips {
        if !items.is_empty() {
            items.push(Item::Tie);
        }
        items.push(Item::Strip(strip));
    }
    items
}

/// Lines of a paragraph: neither its first nor its last stands alone on a page.
fn together(strips: Vec<Strip>) -> Vec<Item> {
    let last = strips.len().saturating_sub(1);
    let mut items = vec![];
    for (n, strip) in strips.into_iter().enumerate() {
        if n == 1 || (n > 0 && n == last) {
            items.push(Item::Tie);
        }
        items.push(Item::Strip(strip));
    }
    items
}

fn with_op(mut strips: Vec<Strip>, op: Op) -> Vec<Strip> {
    if let Some(first) = strips.first_mut() {
        first.ops.push(op);
    }
    strips
}

/// A mark at the left of what it belongs to.
fn beside(mark: Vec<Strip>, inner: Vec<Item>, inset: f32) -> Vec<Item> {
    let mut items: Vec<Item> = inner.into_iter().map(|item| item.moved(inset)).collect();
    let mut mark = mark.into_iter().next().unwrap_or_default();
    match items.first_mut() {
        Some(Item::Strip(first)) => first.ops.extend(mark.ops),
        _ => {
            mark.height = mark.height.min(if items.is_empty() { f32::MAX } else { 0.0 });
            items.splice(0..0, [Item::Strip(mark), Item::Tie]);
        }
    }
    items
}

/// Left edges of the columns and the right edge of the last, points; a share that is no number counts as 1.
fn edges(table: &Table, width: f32) -> Vec<f32> {
    let widest = table.head.iter().chain(&table.rows).map(|row| row.iter().map(|cell| cell.columns.clamp(1, 100)).sum::<usize>()).max();
    let count = if table.columns.is_empty() { widest.unwrap_or(0) } else { table.columns.len() }.min(100);
    let share = |n: usize| table.columns.get(n).copied().filter(|s| s.is_finite() && *s > 0.0).unwrap_or(1.0).clamp(0.01, 1_000.0);
    let all: f32 = (0..count).map(share).sum();
    let mut x = 0.0;
    let mut edges = vec![0.0];
    for n in 0..count {
        x += share(n) / all * width;
        edges.push(x);
    }
    edges
}

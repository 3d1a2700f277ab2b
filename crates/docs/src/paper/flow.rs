//! From a long strip of content to pages: what may be parted, what stays together, what is repeated.
//!
//! Content is a row of [`Item`]s from top to bottom. [`fill`] takes as many as fit into a column; a page is a column,
//! and so is a cell of a table row that is itself parted. Lengths are points, y grows downwards.

use std::{collections::VecDeque, rc::Rc};

use super::ops::Op;

/// Rows up to this height are not parted, so that short rows stay readable.
const KEEP_ROW: f32 = 130.0;
/// Of a parted row at least this much stands on the page where it begins.
const ROW_START: f32 = 60.0;
const SLACK: f32 = 0.01;

/// A piece of content.
#[derive(Debug, Clone)]
pub enum Item {
    /// Something that cannot be parted, such as a line of text.
    Strip(Strip),
    /// Distance; vanishes at the top of a page.
    Space(f32),
    /// No page ends between its neighbours.
    Tie,
    /// A page ends here.
    PageBreak,
    /// Rows.
    Table(TableFlow),
    /// Stays together when it fits on a page.
    Group(Vec<Item>),
}

/// Something that cannot be parted.
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// How much of the page it takes.
    pub height: f32,
    /// What is drawn, from its own top left corner.
    pub ops: Vec<Op>,
}

/// Rows, with those that are repeated on each page.
#[derive(Debug, Clone)]
pub struct TableFlow {
    /// Left edge.
    pub x: f32,
    /// Repeated rows.
    pub head: Rc<[RowFlow]>,
    /// The rows still to come.
    pub rows: VecDeque<RowFlow>,
}

/// What is drawn around cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Lines on all four sides of each cell.
    Grid,
    /// One thin line under the row.
    Under,
    /// A tinted box with a bar at its left: information.
    Info,
    /// The same for a warning.
    Warning,
    /// Nothing.
    None,
}

/// One row.
#[derive(Debug, Clone)]
pub struct RowFlow {
    /// Its cells, from left to right.
    pub cells: Vec<CellFlow>,
    /// Its height when it is not parted.
    pub height: f32,
    /// What is drawn around its cells.
    pub frame: Frame,
}

/// One cell.
#[derive(Debug, Clone)]
pub struct CellFlow {
    /// Left edge, from the edge of the table.
    pub x: f32,
    /// Width with padding.
    pub width: f32,
    /// Padding left and right, above and below.
    pub pad: (f32, f32),
    /// Tinted, and its content in the middle of the height.
    pub head: bool,
    /// What stands in it.
    pub items: VecDeque<Item>,
}

/// What was put into a column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// How much is used.
    pub height: f32,
    /// What is drawn, from the column's top left corner.
    pub ops: Vec<Op>,
    any: bool,
}

impl RowFlow {
    /// A row as high as its highest cell.
    pub fn new(cells: Vec<CellFlow>, frame: Frame) -> Self {
        let height = cells.iter().map(|cell| height_of(&cell.items) + 2.0 * cell.pad.1).fold(0.0, f32::max);
        Self { cells, height, frame }
    }

    fn min_height(&self) -> f32 {
        if self.height <= KEEP_ROW { self.height } else { ROW_START }
    }

    /// Takes what fits into `room`; `None` when nothing does. The rest stays.
    fn take(&mut self, room: f32, force: bool) -> Option<Column> {
        let whole = self.height <= room + SLACK;
        let (mut tops, mut used, mut any) = (vec![], 0.0_f32, whole);
        for cell in &mut self.cells {
            let column = fill(&mut cell.items, if whole { f32::MAX } else { room - 2.0 * cell.pad.1 }, force);
            used = used.max(column.height + 2.0 * cell.pad.1);
            any |= column.any;
            tops.push(column);
        }
        if !any {
            return None;
        }
        let height = if whole { self.height.max(used) } else { used };
        let mut out = Column { height, any: true, ops: vec![] };
        for (cell, column) in self.cells.iter().zip(tops) {
            out.ops.extend(super::ops::frame(self.frame, cell.head, cell.x, cell.width, height));
            let free = height - 2.0 * cell.pad.1 - column.height;
            let down = cell.pad.1 + if cell.head && whole { free.max(0.0) / 2.0 } else { 0.0 };
            out.ops.extend(column.ops.into_iter().map(|op| op.moved(cell.x + cell.pad.0, down)));
        }
        self.height = self.cells.iter().map(|cell| height_of(&cell.items) + 2.0 * cell.pad.1).fold(0.0, f32::max);
        Some(out)
    }

    fn is_done(&self) -> bool {
        self.cells.iter().all(|cell| cell.items.is_empty())
    }
}

impl TableFlow {
    fn height(&self) -> f32 {
        self.head.iter().chain(&self.rows).map(|row| row.height).sum()
    }

    fn min_height(&self) -> f32 {
        self.head.iter().map(|row| row.height).sum::<f32>() + self.rows.front().map_or(0.0, RowFlow::min_height)
    }

    /// Takes the rows that fit, below the head; empty when not even one does.
    fn take(&mut self, room: f32, force: bool) -> Column {
        let mut out = Column::default();
        for row in self.head.iter() {
            // Never parted: a head that fills half a page is laid out as ordinary rows.
            if let Some(column) = row.clone().take(f32::MAX, false) {
                out.add(column, self.x);
            }
        }
        let mut placed = self.rows.is_empty();
        while let Some(row) = self.rows.front_mut() {
            let left = room - out.height;
            let fits = row.height <= left + SLACK;
            // On an empty page the first row must begin, whatever its height.
            let must = force && !placed;
            let may_part = row.height > KEEP_ROW && left >= ROW_START;
            if !fits && !must && !may_part {
                break;
            }
            let Some(column) = row.take(left, must) else { break };
            out.add(column, self.x);
            placed = true;
            if fits || row.is_done() {
                self.rows.pop_front();
            }
            if !fits {
                break;
            }
        }
        if placed { out } else { Column::default() }
    }
}

impl Column {
    fn add(&mut self, other: Column, x: f32) {
        let y = self.height;
        self.ops.extend(other.ops.into_iter().map(|op| op.moved(x, y)));
        self.height += other.height;
        self.any |= other.any;
    }
}

impl Item {
    /// Height when nothing is parted.
    pub fn height(&self) -> f32 {
        match self {
            Self::Strip(strip) => strip.height,
            Self::Space(height) => *height,
            Self::Tie | Self::PageBreak => 0.0,
            Self::Table(table) => table.height(),
            Self::Group(items) => items.iter().map(Self::height).sum(),
        }
    }

    /// The least that must fit for the item to begin on a page.
    fn min_height(&self) -> f32 {
        match self {
            Self::Table(table) => table.min_height(),
            other => other.height(),
        }
    }

    /// The same item further to the right.
    pub fn moved(mut self, dx: f32) -> Self {
        match &mut self {
            Self::Strip(strip) => strip.ops = std::mem::take(&mut strip.ops).into_iter().map(|op| op.moved(dx, 0.0)).collect(),
            Self::Table(table) => table.x += dx,
            Self::Group(items) => *items = std::mem::take(items).into_iter().map(|item| item.moved(dx)).collect(),
            Self::Space(_) | Self::Tie | Self::PageBreak => {}
        }
        self
    }
}

/// Height of items one below the other, with the space above the first gone.
pub fn height_of(items: &VecDeque<Item>) -> f32 {
    let mut at_top = true;
    let mut sum = 0.0;
    for item in items {
        match item {
            Item::Space(_) if at_top => {}
            Item::Tie | Item::PageBreak => {}
            item => {
                at_top = false;
                sum += item.height();
            }
        }
    }
    sum
}

/// Takes from the queue what fits into `room`. With `force` something is taken in any case, even when it does not fit:
/// that is for a page that is still empty.
pub fn fill(queue: &mut VecDeque<Item>, room: f32, force: bool) -> Column {
    let mut column = Column::default();
    while let Some(first) = queue.front() {
        match first {
            Item::Tie => drop(queue.pop_front()),
            Item::Space(_) if !column.any => drop(queue.pop_front()),
            Item::PageBreak => {
                queue.pop_front();
                if column.any {
                    break;
                }
            }
            _ => {
                let cluster = take_cluster(queue);
                let need = need_of(&cluster);
                let forced = force && !column.any;
                if column.height + need > room + SLACK && !forced {
                    put_back(queue, cluster);
                    break;
                }
                let parted = place(&mut column, cluster, queue, room, forced);
                if parted {
                    break;
                }
            }
        }
    }
    column
}

/// The first items that no page end may come between.
fn take_cluster(queue: &mut VecDeque<Item>) -> Vec<Item> {
    let mut cluster = vec![];
    while let Some(item) = queue.pop_front() {
        let open = matches!(item, Item::Space(_));
        cluster.push(item);
        let mut tied = false;
        while matches!(queue.front(), Some(Item::Tie)) {
            queue.pop_front();
            tied = true;
        }
        if matches!(queue.front(), None | Some(Item::PageBreak)) || !(tied || open) {
            break;
        }
    }
    cluster
}

fn need_of(cluster: &[Item]) -> f32 {
    let Some((last, before)) = cluster.split_last() else { return 0.0 };
    before.iter().map(Item::height).sum::<f32>() + last.min_height()
}

fn put_back(queue: &mut VecDeque<Item>, cluster: Vec<Item>) {
    for (n, item) in cluster.into_iter().rev().enumerate() {
        if n > 0 {
            queue.push_front(Item::Tie);
        }
        queue.push_front(item);
    }
}

/// Puts the items of a cluster into the column; true when the rest was put back and the column is full.
fn place(column: &mut Column, cluster: Vec<Item>, queue: &mut VecDeque<Item>, room: f32, forced: bool) -> bool {
    let mut cluster = VecDeque::from(cluster);
    while let Some(item) = cluster.pop_front() {
        let left = room - column.height;
        let force = forced && !column.any;
        match item {
            Item::Space(height) => {
                if column.any {
                    column.height += height;
                }
            }
            Item::Strip(strip) if strip.height <= left + SLACK || force => {
                column.add(Column { height: strip.height, ops: strip.ops, any: true }, 0.0);
            }
            Item::Table(mut table) if left > 0.0 || force => {
                column.add(table.take(left, force), 0.0);
                if !table.rows.is_empty() {
                    cluster.push_front(Item::Table(table));
                    put_back(queue, cluster.into());
                    return true;
                }
            }
            Item::Group(items) => {
                // Too tall for one page, or it fits: either way its parts follow one another.
                for inner in items.into_iter().rev() {
                    cluster.push_front(inner);
                }
            }
            Item::Tie | Item::PageBreak => {}
            other => {
                cluster.push_front(other);
                put_back(queue, cluster.into());
                return true;
            }
        }
    }
    false
}

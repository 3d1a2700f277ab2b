//! Small pieces that the papers are put together from.

use jingui_docs::paper::{Align, Block, Cell, Span, Table};

/// A table with one row of heads; a share of the width for each.
pub fn table(heads: Vec<(f32, String)>, rows: Vec<Vec<Cell>>) -> Block {
    let (columns, head): (Vec<f32>, Vec<Cell>) = heads.into_iter().map(|(share, head)| (share, Cell::head(head))).unzip();
    Block::Table(Table { caption: String::new(), columns, head: vec![head], rows })
}

/// A list with dots.
pub fn bullets(lines: impl IntoIterator<Item = String>) -> Block {
    Block::List { numbered: false, items: lines.into_iter().map(|line| vec![Block::text(line)]).collect() }
}

/// A name and a plain value.
pub fn pair(name: String, value: impl Into<String>) -> (String, Vec<Span>) {
    (name, vec![Span::plain(value)])
}

/// A name and a key, root or digest.
pub fn coded(name: String, value: impl Into<String>) -> (String, Vec<Span>) {
    (name, vec![Span::code(value)])
}

/// A cell with a number.
pub fn number(n: impl ToString) -> Cell {
    Cell::text(n.to_string()).aligned(Align::End)
}

/// A cell with these blocks, one below the other.
pub fn stack(blocks: Vec<Block>) -> Cell {
    Cell { blocks, columns: 1, head: false }
}

/// A cell with a line and a smaller one under it.
pub fn two_lines(first: impl Into<String>, second: impl Into<String>) -> Cell {
    stack(vec![Block::text(first), Block::spans(vec![Span::small(second)])])
}

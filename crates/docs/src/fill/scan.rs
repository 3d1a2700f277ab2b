//! A part of the document: where its paragraphs, rows and pieces of text stand, byte by byte, and which placeholders are in them.

use jingui_model::Problem;
use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

use super::{Placeholder, package::damaged};

/// Elements inside one another; a real document stays far below.
const MAX_DEPTH: usize = 256;
/// Characters shown of the words around a placeholder.
const AROUND: usize = 40;
/// Characters of a name.
const MAX_NAME: usize = 120;

/// A piece of text: one `w:t`.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Its start tag begins here.
    pub from: usize,
    /// Its end tag ends here.
    pub to: usize,
    /// Where the properties of its run stand, when it has some.
    pub look: Option<(usize, usize)>,
    /// What it says.
    pub text: String,
}

/// A paragraph.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// Where it begins.
    pub from: usize,
    /// Its pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Which table it belongs to.
    pub table: usize,
}

/// A part with text.
#[derive(Debug, Clone)]
pub struct Part {
    name: String,
    pub text: String,
    pub paragraphs: Vec<Paragraph>,
    pub rows: Vec<Row>,
}

/// A placeholder in the text of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Byte at which `{{` begins, in the text of the paragraph.
    pub from: usize,
    /// Behind `}}`.
    pub to: usize,
    /// What it is.
    pub sort: Sort,
    /// Its name.
    pub name: String,
}

/// What a placeholder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Stands for a value.
    Value,
    /// Begins rows.
    Open,
    /// Ends rows.
    Close,
}

impl Paragraph {
    /// All that it says.
    pub fn whole(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Its placeholders.
    ///
    /// # Errors
    /// `docs.template.placeholder` with the words around it.
    pub fn marks(&self) -> Result<Vec<Mark>, Problem> {
        let text = self.whole();
        let broken = |at: usize| Problem::invalid("docs.template.placeholder").arg("around", around(&text, at));
        let (mut found, mut at) = (vec![], 0);
        while let Some(next) = text.get(at..).and_then(|rest| rest.find("{{").into_iter().chain(rest.find("}}")).min()) {
            let from = at + next;
            let rest = text.get(from..).unwrap_or_default();
            let inner = rest.strip_prefix("{{").and_then(|r| r.split_once("}}")).map(|(inner, _)| inner).ok_or_else(|| broken(from))?;
            let to = from + inner.len() + 4;
            let (sort, name) = match inner.trim() {
                name if name.starts_with('#') => (Sort::Open, name.trim_start_matches('#').trim()),
                name if name.starts_with('/') => (Sort::Close, name.trim_start_matches('/').trim()),
                name => (Sort::Value, name),
            };
            let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '?');
            if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(sound) {
                return Err(broken(from));
            }
            found.push(Mark { from, to, sort, name: name.to_owned() });
            at = to;
        }
        Ok(found)
    }
}

/// Some words of a text around a byte.
pub fn around(text: &str, at: usize) -> String {
    let before: Vec<char> = text.get(..at).unwrap_or_default().chars().collect();
    let start = before.len().saturating_sub(AROUND / 2);
    before.iter().skip(start).copied().chain(text.get(at..).unwrap_or_default().chars().take(AROUND)).collect()
}

impl Part {
    /// Reads a part.
    ///
    /// # Errors
    /// `docs.template.damaged`, `docs.template.unsafe` (a document type, too deep).
    pub fn read(name: &str, text: String) -> Result<Self, Problem> {
        let (paragraphs, rows) = scan(&text)?;
        Ok(Self { name: name.to_owned(), text, paragraphs, rows })
    }

    /// Its name in the package.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The innermost row in which something stands.
    pub fn row_at(&self, at: usize) -> Option<usize> {
        let inside = self.rows.iter().enumerate().filter(|(_, row)| row.from <= at && at < row.to);
        inside.min_by_key(|(_, row)| row.to - row.from).map(|(i, _)| i)
    }

    /// All placeholders; rows must open and close in rows of one table.
    ///
    /// # Errors
    /// `docs.template.placeholder`, `docs.template.rows` with the words around it.
    pub fn placeholders(&self) -> Result<Vec<Placeholder>, Problem> {
        let mut found = vec![];
        let mut open: Option<(String, usize)> = None;
        // Rows up to here belong to a repetition already.
        let mut taken = 0;
        for paragraph in &self.paragraphs {
            let whole = paragraph.whole();
            for mark in paragraph.marks()? {
                let wrong = || Problem::invalid("docs.template.rows").arg("name", &mark.name).arg("around", around(&whole, mark.from));
                let row = self.row_at(paragraph.from);
                let table = row.and_then(|r| self.rows.get(r)).map(|r| r.table);
                match mark.sort {
                    Sort::Open if open.is_some() => return Err(wrong()),
                    Sort::Open => {
                        let first = row.and_then(|r| self.rows.get(r)).filter(|r| r.from >= taken).ok_or_else(wrong)?;
                        open = Some((mark.name.clone(), first.table));
                    }
                    Sort::Close => {
                        let (name, in_table) = open.take().ok_or_else(wrong)?;
                        if name != mark.name || table != Some(in_table) {
                            return Err(wrong());
                        }
                        taken = row.and_then(|r| self.rows.get(r)).map_or(taken, |r| r.to);
                        continue;
                    }
                    Sort::Value => {}
                }
                let rows = open.as_ref().filter(|_| mark.sort == Sort::Value).map(|(name, _)| name.clone());
                found.push(Placeholder {
                    rows,
                    opens: mark.sort == Sort::Open,
                    around: around(&whole, mark.from),
                    name: mark.name.clone(),
                });
            }
        }
        match open {
            Some((name, _)) => Err(Problem::invalid("docs.template.rows").arg("name", &name).arg("around", ["{{#", &name, "}}"].concat())),
            None => Ok(found),
        }
    }
}

/// Finds paragraphs, rows and pieces of text.
fn scan(text: &str) -> Result<(Vec<Paragraph>, Vec<Row>), Problem> {
    let unsafe_ = |what: &'static str| Problem::invalid("docs.template.unsafe").detail(what);
    let mut reader = Reader::from_str(text);
    let (mut paragraphs, mut rows): (Vec<Paragraph>, Vec<Row>) = (vec![], vec![]);
    // Open paragraphs (one may stand inside another, in a text box), rows and tables.
    let (mut in_paragraphs, mut in_rows, mut in_tables): (Vec<usize>, Vec<usize>, Vec<usize>) = (vec![], vec![], vec![]);
    let (mut depth, mut tables) = (0_usize, 0_usize);
    let mut piece: Option<Piece> = None;
    // Of each open run where its properties stand, and where such a block began.
    let (mut runs, mut look_from): (Vec<Option<(usize, usize)>>, usize) = (vec![], 0);
    let mut root = None;
    loop {
        let from = position(&reader);
        let event = reader.read_event().map_err(|_| damaged("markup"))?;
        let to = position(&reader);
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(unsafe_("depth"));
                }
                let name = tag.name();
                root.get_or_insert_with(|| name.as_ref().to_owned());
                match name.as_ref() {
                    "w:p" => {
                        in_paragraphs.push(paragraphs.len());
                        paragraphs.push(Paragraph { from, pieces: vec![] });
                    }
                    "w:tbl" => {
                        in_tables.push(tables);
                        tables += 1;
                    }
                    "w:tr" => {
                        in_rows.push(rows.len());
                        rows.push(Row { from, to: from, table: in_tables.last().copied().unwrap_or(usize::MAX) });
                    }
                    "w:r" => runs.push(None),
                    "w:rPr" => look_from = from,
                    "w:t" => piece = Some(Piece { from, to, look: runs.last().copied().flatten(), text: String::new() }),
                    _ => {}
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                match tag.name().as_ref() {
                    "w:p" => drop(in_paragraphs.pop()),
                    "w:tbl" => drop(in_tables.pop()),
                    "w:r" => drop(runs.pop()),
                    "w:rPr" => {
                        if let Some(look) = runs.last_mut() {
                            look.get_or_insert((look_from, to));
                        }
                    }
                    "w:tr" => {
                        if let Some(row) = in_rows.pop().and_then(|i| rows.get_mut(i)) {
                            row.to = to;
                        }
                    }
                    "w:t" => {
                        let paragraph = in_paragraphs.last().and_then(|i| paragraphs.get_mut(*i));
                        if let (Some(done), Some(paragraph)) = (piece.take(), paragraph) {
                            paragraph.pieces.push(Piece { to, ..done });
                        }
                    }
                    _ => {}
                }
            }
            Event::Text(words) => {
                if let Some(piece) = &mut piece {
                    piece.text.push_str(&words.xml10_content());
                }
            }
            Event::CData(words) => {
                if let Some(piece) = &mut piece {
                    piece.text.push_str(&words.xml10_content());
                }
            }
            Event::GeneralRef(name) => {
                let char = name.resolve_char_ref().map_err(|_| damaged("entity"))?;
                if let Some(piece) = &mut piece {
                    match char {
                        Some(c) => piece.text.push(c),
                        None => piece.text.push_str(resolve_predefined_entity(&name.xml10_content()).ok_or_else(|| unsafe_("entity"))?),
                    }
                }
            }
            Event::DocType(_) => return Err(unsafe_("document type")),
            Event::Decl(decl) => {
                let other = decl.encoding().is_some_and(|e| !e.is_ok_and(|e| e.eq_ignore_ascii_case("utf-8")));
                if other {
                    return Err(damaged("encoding"));
                }
            }
            Event::Empty(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    // Another prefix would hide every text of the part from us.
    let known = root.as_deref().is_some_and(|root| root.starts_with("w:"));
    if depth != 0 || !known {
        return Err(damaged("markup"));
    }
    Ok((paragraphs, rows))
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

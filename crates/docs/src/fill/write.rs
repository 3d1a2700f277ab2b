//! Filling: pieces of text are replaced in place, rows are written as often as there are, all other bytes are copied.

use jingui_model::Problem;

use super::{
    Filled, Filler,
    scan::{Mark, Paragraph, Part, Row, Sort},
};
use crate::paper::clean;

/// Bytes of one part when it is filled.
const MAX_FILLED: usize = 64 << 20;

/// A replacement of bytes.
struct Change {
    from: usize,
    to: usize,
    by: String,
}

impl Part {
    /// The part filled; none when it has no placeholder.
    ///
    /// # Errors
    /// `docs.template.too_large`.
    pub fn fill(&self, filler: &dyn Filler) -> Result<Option<String>, Problem> {
        let marked: Vec<(&Paragraph, Vec<Mark>)> =
            self.paragraphs.iter().filter_map(|p| Some((p, p.marks().ok().filter(|m| !m.is_empty())?))).collect();
        if marked.is_empty() {
            return Ok(None);
        }
        let mut out = String::with_capacity(self.text.len() * 2);
        let mut at = 0;
        for (first, last, name) in self.repeats(&marked) {
            self.copy(&mut out, (at, first.from), &marked, filler, None)?;
            let (top, bottom) = (self.only_marks(first, &marked), self.only_marks(last, &marked));
            // Rows that hold nothing but the marks vanish.
            let from = if top && first.from != last.from { first.to } else { first.from };
            let to = if bottom && first.from != last.from { last.from } else { last.to };
            for n in 0..filler.rows(&name) {
                self.copy(&mut out, (from, to), &marked, filler, Some((&name, n)))?;
            }
            at = last.to;
        }
        self.copy(&mut out, (at, self.text.len()), &marked, filler, None)?;
        Ok(Some(out))
    }

    /// Which rows repeat: from the row that opens to the row that closes, with the name.
    fn repeats(&self, marked: &[(&Paragraph, Vec<Mark>)]) -> Vec<(Row, Row, String)> {
        let row = |paragraph: &Paragraph, table: Option<usize>| {
            // A nested table has rows of its own: the row of the table in which the repetition began counts.
            let inside =
                self.rows.iter().filter(|r| r.from <= paragraph.from && paragraph.from < r.to && table.is_none_or(|t| r.table == t));
            inside.min_by_key(|r| r.to - r.from).copied()
        };
        let (mut found, mut open) = (vec![], None);
        for (paragraph, marks) in marked {
            for mark in marks {
                match mark.sort {
                    Sort::Open => open = row(paragraph, None).map(|r| (r, mark.name.clone())),
                    Sort::Close => {
                        if let Some((first, name)) = open.take()
                            && let Some(last) = row(paragraph, Some(first.table))
                        {
                            found.push((first, last, name));
                        }
                    }
                    Sort::Value => {}
                }
            }
        }
        found
    }

    /// Does a row say nothing but what opens or closes the repetition?
    fn only_marks(&self, row: Row, marked: &[(&Paragraph, Vec<Mark>)]) -> bool {
        let inside = |p: &Paragraph| row.from <= p.from && p.from < row.to;
        self.paragraphs.iter().filter(|p| inside(p)).all(|paragraph| {
            let marks = marked.iter().find(|(p, _)| p.from == paragraph.from).map(|(_, marks)| marks.as_slice()).unwrap_or_default();
            let mut rest = paragraph.whole();
            for mark in marks.iter().rev() {
                if mark.sort == Sort::Value {
                    return false;
                }
                rest.replace_range(mark.from..mark.to, "");
            }
            rest.trim().is_empty()
        })
    }

    /// Copies a stretch of the part with the placeholders in it filled.
    fn copy(
        &self,
        out: &mut String,
        (from, to): (usize, usize),
        marked: &[(&Paragraph, Vec<Mark>)],
        filler: &dyn Filler,
        row: Option<(&str, usize)>,
    ) -> Result<(), Problem> {
        let mut changes: Vec<Change> = vec![];
        for (paragraph, marks) in marked.iter().filter(|(p, _)| p.pieces.iter().any(|piece| piece.from >= from && piece.to <= to)) {
            changes.extend(changed(&self.text, paragraph, marks, filler, row));
        }
        changes.retain(|change| change.from >= from && change.to <= to);
        changes.sort_by_key(|change| change.from);
        let mut at = from;
        for change in changes {
            out.push_str(self.text.get(at..change.from).unwrap_or_default());
            out.push_str(&change.by);
            at = change.to;
        }
        out.push_str(self.text.get(at..to).unwrap_or_default());
        if out.len() > MAX_FILLED { Err(Problem::too_large("docs.template.too_large").arg("max", MAX_FILLED >> 20)) } else { Ok(()) }
    }
}

/// The pieces of a paragraph that change: a placeholder's words go where it begins, and leave the pieces that it reaches into.
fn changed(part: &str, paragraph: &Paragraph, marks: &[Mark], filler: &dyn Filler, row: Option<(&str, usize)>) -> Vec<Change> {
    let mut changes = vec![];
    let mut start = 0;
    for piece in &paragraph.pieces {
        let end = start + piece.text.len();
        if marks.iter().any(|mark| mark.from < end && mark.to > start) {
            let look = piece.look.and_then(|(from, to)| part.get(from..to)).unwrap_or_default();
            let mut words = Words { out: String::new(), open: false, look };
            let mut at = start;
            for mark in marks.iter().filter(|mark| mark.from < end && mark.to > start) {
                if mark.from > at {
                    words.plain(piece.text.get(at - start..mark.from - start).unwrap_or_default());
                }
                if mark.from >= start && mark.sort == Sort::Value {
                    match filler.value(row, &mark.name) {
                        Filled::Text(text) => words.plain(&clean::text(&text)),
                        Filled::Missing(label) => words.missing(&clean::line(&label)),
                    }
                }
                at = mark.to.min(end);
            }
            words.plain(piece.text.get(at - start..).unwrap_or_default());
            changes.push(Change { from: piece.from, to: piece.to, by: words.done() });
        }
        start = end;
    }
    changes
}

/// The content of a run: what takes the place of one `w:t`.
struct Words<'p> {
    out: String,
    open: bool,
    /// The properties of the run, as they stand in the part.
    look: &'p str,
}

impl Words<'_> {
    fn plain(&mut self, text: &str) {
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                self.close();
                self.out.push_str("<w:br/>");
            }
            if line.is_empty() {
                continue;
            }
            if !self.open {
                self.out.push_str("<w:t xml:space=\"preserve\">");
                self.open = true;
            }
            self.out.push_str(&quick_xml::escape::escape(line));
        }
    }

    /// A run of its own inside the run: the one around it ends and begins again.
    fn missing(&mut self, label: &str) {
        self.close();
        self.out.push_str("</w:r><w:r><w:rPr><w:highlight w:val=\"yellow\"/></w:rPr><w:t xml:space=\"preserve\">〔");
        self.out.push_str(&quick_xml::escape::escape(label));
        self.out.push_str("〕</w:t></w:r><w:r>");
        self.out.push_str(self.look);
    }

    fn close(&mut self) {
        if self.open {
            self.out.push_str("</w:t>");
            self.open = false;
        }
    }

    fn done(mut self) -> String {
        self.close();
        self.out
    }
}

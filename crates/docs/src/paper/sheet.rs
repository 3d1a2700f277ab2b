//! What stands around the content of every page: header, classification mark, footer, page number.
//!
//! The mark stands at the top of each page, since a page that is copied alone must still say what it is (B 5.2).

use std::rc::Rc;

use jingui_model::Problem;

use super::{
    clean,
    flow::Strip,
    lines::{Setter, Setting},
    model::{Align, Look, Paper, Span},
    ops::{Ink, MM, Op},
    qr::{self, Matrix},
};

/// Margins, millimetres.
pub const TOP: f32 = 26.0;
/// As [`TOP`].
const BOTTOM: f32 = 22.0;
/// As [`TOP`], left and right.
pub const SIDE: f32 = 22.0;
/// How large the code at the foot is printed: a module of about 0.4 mm, which a telephone reads from paper.
const CODE: f32 = 18.0;

/// What the foot of a page takes, millimetres.
pub const fn bottom(paper: &Paper) -> f32 {
    if paper.code.is_empty() { BOTTOM } else { BOTTOM + 10.0 }
}

/// A page without its content.
pub struct Sheet<'f, 'a, 'p> {
    setter: Setter<'f, 'a>,
    paper: &'p Paper,
    size: (f32, f32),
    pages: usize,
    mark: Vec<Span>,
    header: Span,
    footer: Span,
    code: Option<Rc<Matrix>>,
}

impl<'f, 'a, 'p> Sheet<'f, 'a, 'p> {
    /// What all pages share is made once.
    ///
    /// # Errors
    /// `docs.qr`.
    pub fn new(setter: Setter<'f, 'a>, paper: &'p Paper, size: (f32, f32), pages: usize) -> Result<Self, Problem> {
        let none = || Span::plain("");
        let code = if paper.code.is_empty() { None } else { Some(Rc::new(qr::matrix(&clean::line(&paper.code))?)) };
        let mut sheet = Self { setter, paper, size, pages, mark: vec![], header: none(), footer: none(), code };
        let inner = size.0 - 2.0 * SIDE * MM;
        sheet.mark = sheet.mark();
        let used = if sheet.mark.is_empty() { 0.0 } else { sheet.setter.width(&sheet.mark, &line(10.0, Align::End)) + 12.0 };
        sheet.header = sheet.fitting(&paper.header, inner - used, Look::Small);
        let label = sheet.label(pages);
        let code = if sheet.code.is_some() { CODE * MM } else { 0.0 };
        let used = sheet.setter.width(std::slice::from_ref(&label), &line(10.0, Align::End)) + 16.0 + code;
        sheet.footer = sheet.fitting(&paper.footer, inner - used, Look::Small);
        Ok(sheet)
    }

    /// What is drawn around the content of one page.
    pub fn around(&mut self, page: usize) -> Vec<Op> {
        let (left, inner) = (SIDE * MM, self.size.0 - 2.0 * SIDE * MM);
        let mut ops = vec![];
        let rule = |y: f32| Op::Line { from: (left, y), to: (left + inner, y), width: 0.4, ink: Ink::Line };
        if !self.mark.is_empty() || !self.paper.header.is_empty() {
            let y = 19.0 * MM;
            let (header, mark) = (self.header.clone(), self.mark.clone());
            self.put(&mut ops, &[header], Align::Start, y - 4.6, 0.0);
            self.put(&mut ops, &mark, Align::End, y - 4.6, 0.0);
            ops.push(rule(y));
        }
        let y = self.size.1 - (bottom(self.paper) - 6.5) * MM;
        let (footer, label) = (self.footer.clone(), self.label(page));
        ops.push(rule(y));
        let mut inset = 0.0;
        if let Some(code) = &self.code {
            #[expect(clippy::cast_precision_loss, reason = "at most 185 modules")]
            let module = CODE * MM / code.side as f32;
            // The dark part stands flush; the quiet zone at its left is the margin.
            ops.push(Op::Modules { at: (left - 4.0 * module, y), module, runs: Rc::new(code.runs.clone()) });
            inset = CODE * MM;
        }
        self.put(&mut ops, &[footer], Align::Start, y + 11.0, inset);
        self.put(&mut ops, &[label], Align::End, y + 11.0, 0.0);
        ops
    }

    fn label(&mut self, page: usize) -> Span {
        let room = (self.size.0 - 2.0 * SIDE * MM) * 0.6;
        self.fitting(&self.paper.page_label(page, self.pages), room, Look::Small)
    }

    fn mark(&mut self) -> Vec<Span> {
        let paper: &'p Paper = self.paper;
        let Some(mark) = &paper.mark else { return vec![] };
        let mut spans = vec![Span::strong(clean::line(&mark.line()))];
        if !mark.number.is_empty() {
            spans.push(Span::small(format!("  {}", clean::line(&mark.number))));
        }
        // A mark is short; one that is not must not push itself off the page.
        let most = (self.size.0 - 2.0 * SIDE * MM) * 0.75;
        if self.setter.width(&spans, &line(10.0, Align::End)) > most {
            spans = vec![self.fitting(&mark.line(), most, Look::Strong)];
        }
        spans
    }

    /// The text on one line, cut with an ellipsis when it is too wide.
    fn fitting(&mut self, text: &str, room: f32, look: Look) -> Span {
        let setting = line(10.0, Align::Start);
        let mut text: String = clean::line(text).chars().take(300).collect();
        let span = |text: &str| Span::Text { text: text.to_owned(), look, link: None };
        let mut cut = false;
        while !text.is_empty() {
            let shown = if cut { format!("{text}…") } else { text.clone() };
            if self.setter.width(&[span(&shown)], &setting) <= room {
                return span(&shown);
            }
            text.pop();
            cut = true;
        }
        span("")
    }

    fn put(&mut self, ops: &mut Vec<Op>, spans: &[Span], align: Align, y: f32, inset: f32) {
        let strong = spans.iter().any(|span| matches!(span, Span::Text { look: Look::Strong, .. }));
        let setting = Setting { ink: if strong { Ink::Red } else { Ink::Black }, ..line(10.0, align) };
        let (x, width) = (SIDE * MM + inset, self.size.0 - 2.0 * SIDE * MM - inset);
        // `y` is where the letters stand, whatever their size.
        for Strip { ops: drawn, .. } in self.setter.lines(spans, &setting, width).into_iter().take(1) {
            let stands = drawn.iter().find_map(|op| if let Op::Text { y, .. } = op { Some(*y) } else { None });
            ops.extend(drawn.into_iter().map(|op| op.moved(x, y - stands.unwrap_or(0.0))));
        }
    }
}

fn line(size: f32, align: Align) -> Setting {
    Setting { size, leading: 1.5, bold: false, ink: Ink::Black, align, justify: false, indent: 0.0 }
}

//! Lines of text: spans become atoms with a width, atoms become lines, lines become what is drawn.
//!
//! First fit, since Chinese lines break almost anywhere; the rules of where are in [`super::breaks`]. Distances inside
//! a line stay below a tenth of a character, because programs that copy text out of a PDF take more for a space.

use std::rc::Rc;

use jingui_model::Lang;

use super::{
    breaks, clean,
    faces::{Faces, Glyph, Weight},
    flow::Strip,
    model::{Align, Look, Span},
    ops::{Drawn, Ink, MM, Op},
};

/// Between Chinese and Latin text, in em.
const GAP: f32 = 0.09;
/// The most that a gap is stretched to set a line flush, in em; spaces take more.
const STRETCH: f32 = 0.09;
const STRETCH_SPACE: f32 = 0.6;

/// How a paragraph is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Size of plain text, points.
    pub size: f32,
    /// Height of a line, in sizes.
    pub leading: f32,
    /// Everything is strong.
    pub bold: bool,
    /// Colour of plain text.
    pub ink: Ink,
    /// Where lines stand.
    pub align: Align,
    /// Flush on both sides.
    pub justify: bool,
    /// First line set in, in sizes.
    pub indent: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Glyph(Glyph),
    /// A line to write on.
    Blank,
    Newline,
}

#[derive(Debug, Clone)]
struct Atom {
    c: char,
    kind: Kind,
    size: f32,
    ink: Ink,
    /// Points, with what was added or taken for its neighbour.
    advance: f32,
    /// Of this, what is gone when the atom ends a line.
    at_end: f32,
    /// Already stands apart from the next one; is not stretched further.
    apart: bool,
    /// Points to the right; what an opening mark has blank at its left.
    shift: f32,
    anywhere: bool,
    ticked: bool,
    marked: bool,
    link: Option<Rc<str>>,
}

/// Sets text into lines.
pub struct Setter<'f, 'a> {
    /// The faces.
    pub faces: &'f mut Faces<'a>,
    /// Language of the paper.
    pub lang: Lang,
}

impl Setter<'_, '_> {
    /// The lines of a paragraph, each a strip of the given width. No text gives no line.
    pub fn lines(&mut self, spans: &[Span], setting: &Setting, width: f32) -> Vec<Strip> {
        let atoms = self.atoms(spans, setting);
        let ranges = break_lines(&atoms, width, setting.indent * setting.size);
        let last = ranges.len().saturating_sub(1);
        ranges
            .iter()
            .enumerate()
            .map(|(n, &(start, end))| {
                let indent = if n == 0 { setting.indent * setting.size } else { 0.0 };
                let line = atoms.get(start..end).unwrap_or(&[]);
                let ends = n == last || line.last().is_some_and(|atom| atom.kind == Kind::Newline);
                strip(line, setting, width, indent, setting.justify && !ends)
            })
            .collect()
    }

    /// Width of a text on one line.
    pub fn width(&mut self, spans: &[Span], setting: &Setting) -> f32 {
        end_of(&self.atoms(spans, setting), 0.0)
    }

    fn atoms(&mut self, spans: &[Span], setting: &Setting) -> Vec<Atom> {
        let mut atoms = vec![];
        for span in spans {
            match span {
                Span::Text { text, look, link } => {
                    let link = link.as_deref().and_then(clean::link).map(Rc::from);
                    self.text(&mut atoms, text, *look, setting, link.as_ref());
                }
                Span::Blank { label, missing: true, .. } => {
                    let from = atoms.len();
                    self.text(&mut atoms, &format!("〔{label}〕"), Look::Plain, setting, None);
                    for atom in atoms.iter_mut().skip(from) {
                        atom.marked = true;
                        atom.ink = Ink::Red;
                    }
                }
                Span::Blank { width_mm, .. } => {
                    let mut atom = self.atom(' ', Look::Plain, setting);
                    atom.advance = if width_mm.is_finite() { width_mm.clamp(4.0, 200.0) * MM } else { 20.0 * MM };
                    atom.c = '\u{3000}';
                    atom.kind = Kind::Blank;
                    atoms.push(atom);
                }
                Span::Check(ticked) => {
                    let mut atom = self.atom('□', Look::Plain, setting);
                    atom.c = if *ticked { '☑' } else { '☐' };
                    atom.ticked = *ticked;
                    atoms.push(atom);
                }
            }
        }
        self.touch(&mut atoms);
        atoms
    }

    fn text(&mut self, atoms: &mut Vec<Atom>, text: &str, look: Look, setting: &Setting, link: Option<&Rc<str>>) {
        for c in text.chars().filter_map(clean::clean) {
            let mut atom = self.atom(c, look, setting);
            if let Some(link) = link {
                atom.link = Some(Rc::clone(link));
                atom.ink = Ink::Blue;
            }
            atoms.push(atom);
        }
    }

    fn atom(&mut self, c: char, look: Look, setting: &Setting) -> Atom {
        let (weight, scale, ink) = match look {
            Look::Strong => (Weight::Bold, 1.0, setting.ink),
            Look::Code => (Weight::Mono, 0.92, setting.ink),
            Look::Small => (Weight::Regular, 0.86, Ink::Grey),
            Look::Plain if setting.bold => (Weight::Bold, 1.0, setting.ink),
            Look::Plain => (Weight::Regular, 1.0, setting.ink),
        };
        let size = setting.size * scale;
        let mut atom = Atom {
            c,
            kind: Kind::Newline,
            size,
            ink,
            advance: 0.0,
            at_end: 0.0,
            apart: false,
            shift: 0.0,
            anywhere: look == Look::Code,
            ticked: false,
            marked: false,
            link: None,
        };
        if c != '\n' {
            let glyph = self.faces.glyph(weight, c);
            atom.advance = glyph.advance * size;
            atom.kind = Kind::Glyph(glyph);
        }
        atom
    }

    /// What neighbours do to each other: marks that meet, Chinese beside Latin, quotes in Latin text.
    fn touch(&self, atoms: &mut [Atom]) {
        let mut before = None;
        for n in 0..atoms.len() {
            let after = atoms.get(n + 1).map(|atom| (atom.c, atom.anywhere));
            let Some(atom) = atoms.get_mut(n) else { break };
            let Kind::Glyph(glyph) = atom.kind else {
                before = None;
                continue;
            };
            let (c, full) = (atom.c, glyph.advance > 0.9);
            let next = after.map(|(c, _)| c);
            if full && breaks::narrow_in_latin(c) && self.in_latin(before, c, next) {
                atom.shift = (0.06 - glyph.ink.0) * atom.size;
                atom.advance = (glyph.ink.1 - glyph.ink.0 + 0.12).clamp(0.1, 1.0) * atom.size;
            } else if full && next.is_some_and(|next| breaks::squeeze(c, next)) {
                atom.advance -= 0.5 * atom.size;
            } else if full && breaks::closes_full(c) {
                atom.at_end = 0.5 * atom.size;
            } else if after.is_some_and(|(next, code)| breaks::wants_gap(c, next) && !(code && atom.anywhere)) {
                atom.advance += GAP * atom.size;
                atom.at_end = GAP * atom.size;
                atom.apart = true;
            }
            before = Some(c);
        }
    }

    fn in_latin(&self, before: Option<char>, c: char, after: Option<char>) -> bool {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let han = |c: Option<char>| c.is_some_and(|c| breaks::class(c) == breaks::Class::Ideograph);
        match self.lang {
            Lang::En => !han(before) && !han(after),
            Lang::Zh => c == '’' && letter(before) && letter(after),
        }
    }
}

fn is_space(atom: &Atom) -> bool {
    matches!(atom.kind, Kind::Glyph(_)) && breaks::class(atom.c) == breaks::Class::Space
}

/// A full-width opening mark at the start of a line stands further left, its blank half outside.
fn lead(atom: Option<&Atom>) -> f32 {
    match atom {
        Some(Atom { kind: Kind::Glyph(glyph), c, size, .. }) if glyph.advance > 0.9 && breaks::opens_full(*c) => 0.5 * size,
        _ => 0.0,
    }
}

/// Where the ink of a line ends.
fn end_of(line: &[Atom], start: f32) -> f32 {
    let seen = line.iter().rposition(|atom| !is_space(atom) && atom.kind != Kind::Newline).map_or(0, |n| n + 1);
    let line = line.get(..seen).unwrap_or(line);
    let sum: f32 = line.iter().map(|atom| atom.advance).sum();
    start + sum - line.last().map_or(0.0, |atom| atom.at_end)
}

/// First and last (exclusive) atom of each line.
fn break_lines(atoms: &[Atom], width: f32, indent: f32) -> Vec<(usize, usize)> {
    let mut lines = vec![];
    let (mut start, mut n, mut good) = (0, 0, None);
    let mut x = indent - lead(atoms.first());
    while let Some(atom) = atoms.get(n) {
        let end = x + atom.advance - atom.at_end;
        if end > width + 0.01 && n > start && !is_space(atom) && atom.kind != Kind::Newline {
            let cut = good.unwrap_or(n);
            lines.push((start, cut));
            (start, n, good) = (cut, cut, None);
            x = -lead(atoms.get(cut));
            continue;
        }
        x += atom.advance;
        n += 1;
        if atom.kind == Kind::Newline {
            lines.push((start, n));
            (start, good) = (n, None);
            x = -lead(atoms.get(n));
        } else if atoms.get(n).is_some_and(|next| cut_between(atom, next)) {
            good = Some(n);
        }
    }
    if start < atoms.len() {
        lines.push((start, atoms.len()));
    }
    lines
}

fn cut_between(before: &Atom, after: &Atom) -> bool {
    match (before.kind, after.kind) {
        (_, Kind::Newline) => false,
        (Kind::Blank, Kind::Blank) => true,
        _ => (before.anywhere && after.anywhere) || breaks::may_break(before.c, after.c),
    }
}

/// Whether two neighbours move apart when a line is set flush.
fn stretches(before: &Atom, after: &Atom) -> bool {
    !before.apart && !is_space(before) && !is_space(after) && cut_between(before, after)
}

/// One line as a strip.
fn strip(line: &[Atom], setting: &Setting, width: f32, indent: f32, justify: bool) -> Strip {
    let tallest = line.iter().map(|atom| atom.size).fold(setting.size * 0.5, f32::max);
    let height = if line.iter().all(|atom| atom.kind == Kind::Newline) { setting.size } else { tallest } * setting.leading;
    let base = height / 2.0 + 0.36 * tallest;
    let end = end_of(line, indent - lead(line.first()));
    let free = (width - end).max(0.0);
    let seen = line.iter().rposition(|atom| !is_space(atom)).map_or(0, |n| n + 1);
    let (per_gap, per_space) = if justify { stretch(line.get(..seen).unwrap_or(line), free, setting.size) } else { (0.0, 0.0) };
    let mut x = indent - lead(line.first())
        + match setting.align {
            Align::Start => 0.0,
            Align::Centre => free / 2.0,
            Align::End => free,
        };
    let mut ops = vec![];
    let mut texts: Vec<Op> = vec![];
    for (n, atom) in line.iter().enumerate() {
        let mut advance = atom.advance;
        if let Some(next) = line.get(n + 1).filter(|_| n + 1 < seen) {
            advance += if is_space(atom) {
                per_space
            } else if stretches(atom, next) {
                per_gap
            } else {
                0.0
            };
        }
        match atom.kind {
            Kind::Glyph(glyph) => {
                decorate(&mut ops, atom, x, base, advance, height);
                push_glyph(&mut texts, atom, &glyph, x, base, advance);
                if atom.ticked {
                    tick(&mut texts, x, base, atom.size);
                }
            }
            Kind::Blank => ops.push(Op::Line {
                from: (x, base + 0.16 * atom.size),
                to: ((x + advance).min(width), base + 0.16 * atom.size),
                width: 0.5,
                ink: Ink::Black,
            }),
            Kind::Newline => {}
        }
        x += advance;
    }
    ops.append(&mut texts);
    Strip { height, ops }
}

/// How much is added at each place where the line could break, and at each space.
fn stretch(line: &[Atom], free: f32, size: f32) -> (f32, f32) {
    let pairs = || line.iter().zip(line.iter().skip(1));
    let spaces = pairs().filter(|(a, _)| is_space(a)).count();
    let gaps = pairs().filter(|(a, b)| stretches(a, b)).count();
    #[expect(clippy::cast_precision_loss, reason = "a line has few characters")]
    let (spaces, gaps) = (spaces as f32, gaps as f32);
    let ratio = STRETCH_SPACE / STRETCH;
    let unit = free / (gaps + spaces * ratio).max(1.0);
    if gaps + spaces > 0.0 && unit <= STRETCH * size { (unit, unit * ratio) } else { (0.0, 0.0) }
}

fn decorate(ops: &mut Vec<Op>, atom: &Atom, x: f32, base: f32, advance: f32, height: f32) {
    if atom.marked {
        ops.push(Op::Area { at: (x, base - 0.95 * atom.size, advance, 1.22 * atom.size), ink: Ink::Amber });
    }
    let Some(target) = &atom.link else { return };
    if let Some(Op::Link { at, target: last }) = ops.last_mut()
        && Rc::ptr_eq(last, target)
    {
        at.2 = x + advance - at.0;
    } else {
        ops.push(Op::Link { at: (x, 0.0, advance, height), target: Rc::clone(target) });
    }
}

/// A tick across the box, drawn, since few Chinese faces have one.
fn tick(ops: &mut Vec<Op>, x: f32, base: f32, size: f32) {
    let at = |dx: f32, dy: f32| (x + dx * size, base - dy * size);
    for (from, to) in [(at(0.22, 0.40), at(0.43, 0.18)), (at(0.43, 0.18), at(0.86, 0.78))] {
        ops.push(Op::Line { from, to, width: 0.09 * size, ink: Ink::Black });
    }
}

fn push_glyph(ops: &mut Vec<Op>, atom: &Atom, glyph: &Glyph, at: f32, base: f32, step: f32) {
    #[expect(clippy::float_cmp, reason = "equal sizes come from the same product")]
    let same =
        |face: usize, size: f32, ink: Ink, thick: bool| face == glyph.face && size == atom.size && ink == atom.ink && thick == glyph.thick;
    if !matches!(ops.last(), Some(Op::Text { face, size, ink, thick, .. }) if same(*face, *size, *ink, *thick)) {
        ops.push(Op::Text {
            x: at,
            y: base,
            face: glyph.face,
            size: atom.size,
            ink: atom.ink,
            thick: glyph.thick,
            glyphs: vec![],
            text: String::new(),
        });
    }
    if let Some(Op::Text { glyphs, text, x, .. }) = ops.last_mut() {
        // The pen stands where the glyphs so far end; a blank between two runs is made up here.
        let pen: f32 = *x + glyphs.iter().map(|g| g.advance * atom.size).sum::<f32>();
        if let Some(last) = glyphs.last_mut().filter(|_| (pen - at).abs() > 0.01) {
            last.advance += (at - pen) / atom.size;
        }
        let from = text.len();
        text.push(atom.c);
        glyphs.push(Drawn { id: glyph.id, advance: step / atom.size, shift: atom.shift / atom.size, text: (from, text.len()) });
    }
}

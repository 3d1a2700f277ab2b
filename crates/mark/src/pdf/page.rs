//! A page as it is seen: its box, its turn, and what is drawn onto it (ISO 32000-1 §7.7.3, §14.11.2).

use std::f32::consts::FRAC_1_SQRT_2;

use jingui_model::Problem;
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId};

use super::{KEY, damaged};
use crate::face::{self, Glyph};

/// Steps up the tree of pages; a real one has some ten levels.
const MAX_UP: usize = 64;

/// The dictionary of a page.
pub fn dictionary(update: &IncrementalDocument, id: ObjectId) -> Result<Dictionary, Problem> {
    update.get_prev_documents().get_dictionary(id).cloned().map_err(|_| damaged("page"))
}

/// A value of a page, or of the tree above it.
fn inherited<'d>(document: &'d Document, page: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
    let mut node = page;
    for _ in 0..MAX_UP {
        if let Ok(value) = node.get(key)
            && let Ok((_, value)) = document.dereference(value)
            && !value.is_null()
        {
            return Some(value);
        }
        node = document.dereference(node.get(b"Parent").ok()?).ok()?.1.as_dict().ok()?;
    }
    None
}

/// The resources of a page, those that it inherits too.
pub fn resources(document: &Document, page: &Dictionary) -> Dictionary {
    inherited(document, page, b"Resources").and_then(|r| r.as_dict().ok()).cloned().unwrap_or_default()
}

/// The content streams of a page without those of ours.
pub fn contents(document: &Document, page: &Dictionary) -> Vec<Object> {
    let Some(all) = page.get(b"Contents").ok().cloned() else { return vec![] };
    let list = match document.dereference(&all) {
        Ok((_, Object::Array(items))) => items.clone(),
        _ => vec![all],
    };
    let ours = |o: &Object| document.dereference(o).is_ok_and(|(_, o)| o.as_stream().is_ok_and(|s| s.dict.has(KEY.as_bytes())));
    list.into_iter().filter(|o| matches!(o, Object::Reference(_)) && !ours(o)).collect()
}

/// How a page is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Left, bottom, right, top in the page's own units.
    bounds: [f32; 4],
    /// Quarter turns clockwise.
    turns: u8,
    /// Points in one unit.
    unit: f32,
}

fn rectangle(document: &Document, page: &Dictionary, key: &[u8]) -> Option<[f32; 4]> {
    let items = inherited(document, page, key)?.as_array().ok()?;
    let mut numbers = items.iter().filter_map(|o| document.dereference(o).ok()?.1.as_float().ok());
    let [a, b, c, d] = [numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?];
    let bounds = [a.min(c), b.min(d), a.max(c), b.max(d)];
    let [left, bottom, right, top] = bounds;
    (bounds.iter().all(|n| n.is_finite() && n.abs() < 1e6) && right - left > 1.0 && top - bottom > 1.0).then_some(bounds)
}

impl View {
    /// From the page's dictionary.
    pub fn of(document: &Document, page: &Dictionary) -> Self {
        let media = rectangle(document, page, b"MediaBox").unwrap_or([0.0, 0.0, 612.0, 792.0]);
        let crop = rectangle(document, page, b"CropBox").unwrap_or(media);
        let [l, b, r, t] = media;
        let [cl, cb, cr, ct] = crop;
        let both = [l.max(cl), b.max(cb), r.min(cr), t.min(ct)];
        let [l, b, r, t] = both;
        let bounds = if r - l > 1.0 && t - b > 1.0 { both } else { media };
        let turn = inherited(document, page, b"Rotate").and_then(|o| o.as_i64().ok()).unwrap_or(0).rem_euclid(360) / 90;
        let unit = page.get(b"UserUnit").ok().and_then(|o| o.as_float().ok()).filter(|u| *u > 0.0 && *u < 1e5).unwrap_or(1.0);
        Self { bounds, turns: u8::try_from(turn).unwrap_or(0), unit }
    }

    /// Pages with the same key look alike.
    pub fn key(&self) -> [i64; 6] {
        #[expect(clippy::cast_possible_truncation, reason = "below a million, in thousandths")]
        let whole = |n: f32| (n * 1_000.0) as i64;
        let [l, b, r, t] = self.bounds.map(whole);
        [l, b, r, t, i64::from(self.turns), whole(self.unit)]
    }

    /// For the drawing's own box.
    pub fn bounds(&self) -> Object {
        Object::Array(self.bounds.iter().map(|n| Object::Real(*n)).collect())
    }

    /// From the page as it is seen (origin below left, upright) to its own units.
    fn matrix(&self) -> [f32; 6] {
        let [left, bottom, right, top] = self.bounds;
        match self.turns {
            1 => [0.0, 1.0, -1.0, 0.0, right, bottom],
            2 => [-1.0, 0.0, 0.0, -1.0, right, top],
            3 => [0.0, -1.0, 1.0, 0.0, left, top],
            _ => [1.0, 0.0, 0.0, 1.0, left, bottom],
        }
    }

    /// The operators that draw the mark: head, foot, across.
    pub fn draw(&self, [head, foot, across]: &[Vec<Glyph>; 3]) -> String {
        let [left, bottom, right, top] = self.bounds;
        let (width, height) = if self.turns % 2 == 1 { (top - bottom, right - left) } else { (right - left, top - bottom) };
        let [a, b, c, d, e, f] = self.matrix();
        let mut out = format!("q {a} {b} {c} {d} {e} {f} cm\n");
        let point = 1.0 / self.unit;
        // An artifact: readers aloud and those who extract text may leave it out (§14.8.2.2).
        if !across.is_empty() {
            let long = face::width(across).max(0.5);
            let diagonal = width.hypot(height);
            let size = (diagonal * 0.7 / long).min(diagonal / 7.0).max(6.0 * point);
            let (cos, sin) = if diagonal > 0.0 { (width / diagonal, height / diagonal) } else { (FRAC_1_SQRT_2, FRAC_1_SQRT_2) };
            // Its middle in the middle of the page.
            let (along, up) = (-size * long / 2.0, -size * 0.35);
            let (x, y) = (width / 2.0 + cos * along - sin * up, height / 2.0 + sin * along + cos * up);
            out.push_str("/Artifact <</Type /Pagination /Subtype /Watermark>> BDC\nq /G gs 0.4 g BT /F ");
            out.push_str(&format!("{size} Tf {cos} {sin} {} {cos} {x} {y} Tm {} Tj ET Q\nEMC\n", -sin, hex(across)));
        }
        let lines = [(head, "Header", height - 15.0 * point), (foot, "Footer", 8.0 * point)];
        for (glyphs, sort, y) in lines {
            if glyphs.is_empty() {
                continue;
            }
            let long = face::width(glyphs).max(0.5);
            let size = (width * 0.92 / long).min(9.0 * point);
            let x = (width - size * long) / 2.0;
            out.push_str(&format!("/Artifact <</Type /Pagination /Subtype /{sort}>> BDC\n"));
            out.push_str(&format!("q 0.75 0 0 rg BT /F {size} Tf 1 0 0 1 {x} {y} Tm {} Tj ET Q\nEMC\n", hex(glyphs)));
        }
        out.push_str("Q\n");
        out
    }
}

/// A string of glyphs by number.
fn hex(glyphs: &[Glyph]) -> String {
    let digits: String = glyphs.iter().map(|g| format!("{:04X}", g.id)).collect();
    format!("<{digits}>")
}

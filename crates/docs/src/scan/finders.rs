//! Where a page may have a matrix code: the three eyes of a code (ISO/IEC 18004, 5.3.3) are 1:1:3:1:1 along every line through their middle.
//!
//! Why it exists: a page is large and mostly text. Only what lies around an eye is looked at again and again, and a page without one is
//! done with at once. A stranger's page full of eyes must not cost hours, so their number is bounded here.

use image::{GrayImage, imageops};

/// Most places of one page that are looked at.
const MOST: usize = 24;
/// Eyes around an eye, above which it is a pattern and no code. Three belong to a code, a few more are accidents or its neighbours.
const CROWD: usize = 16;
/// Eyes of a size without which nothing is read: a code has three, of which one may be too worn to be seen here.
const FEWEST: usize = 2;
/// Modules from an eye to another eye of the same code (49 modules is version 8).
const APART: f32 = 46.0;
/// Modules that are looked at around an eye: a code of which this is an eye, or one that has an eye that is passed over for this one.
const REACH: f32 = 2.0 * APART + 8.0;
/// How much coarser the ground is looked at than the page.
const GROUND: u32 = 16;

/// The middle of an eye and the size of a module, in picture elements.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Eye {
    x: f32,
    y: f32,
    module: f32,
}

/// A part of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// Where a code may be: a part with room for one, and the eye, which is half dark and half light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub room: Part,
    /// Counted from the corner of the room.
    pub eye: Part,
}

/// Parts of the page that may hold a code.
pub fn places(page: &GrayImage) -> Vec<Place> {
    let eyes = eyes(page);
    let mut covered: Vec<Eye> = vec![];
    let mut places = vec![];
    for eye in &eyes {
        // The other eyes of the same code lie in a place that is looked at already.
        let near = |other: &Eye, reach: f32| (eye.x - other.x).abs() < reach && (eye.y - other.y).abs() < reach;
        let same = |other: &Eye| near(other, other.module * APART) && (0.6..1.6).contains(&(eye.module / other.module));
        if places.len() >= MOST || covered.iter().any(same) {
            continue;
        }
        covered.push(*eye);
        let reach = eye.module * REACH;
        let around_it = eyes.iter().filter(|other| near(other, reach));
        let alike = around_it.clone().filter(|other| (0.5..2.0).contains(&(eye.module / other.module))).count();
        if alike >= FEWEST && around_it.count() <= CROWD {
            let room = part(page, eye, reach);
            let small = part(page, eye, eye.module * 4.5);
            let eye = Part { x: small.x.saturating_sub(room.x), y: small.y.saturating_sub(room.y), ..small };
            places.push(Place { room, eye });
        }
    }
    places
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "within the page, below 2^16")]
fn part(page: &GrayImage, eye: &Eye, reach: f32) -> Part {
    let span = |middle: f32, side: u32| {
        let from = (middle - reach).clamp(0.0, side as f32) as u32;
        (from, ((middle + reach).clamp(0.0, side as f32) as u32).saturating_sub(from).max(1))
    };
    let ((x, width), (y, height)) = (span(eye.x, page.width()), span(eye.y, page.height()));
    Part { x, y, width, height }
}

fn eyes(page: &GrayImage) -> Vec<Eye> {
    let width = page.width() as usize;
    let dark = dark(page);
    let mut eyes: Vec<Eye> = vec![];
    for (y, row) in dark.chunks(width.max(1)).enumerate() {
        let mut x = 0;
        let mut last = [0_usize; 5];
        for run in row.chunk_by(|a, b| a == b) {
            x += run.len();
            last.rotate_left(1);
            if let Some(end) = last.last_mut() {
                *end = run.len();
            }
            let module = if run.first() == Some(&true) { module(last) } else { None };
            let Some(module) = module else { continue };
            let [.., middle, light, outer] = last;
            let column = x - outer - light - middle.div_ceil(2);
            let Some(down) = upright(&dark, width, (column, y), module) else { continue };
            #[expect(clippy::cast_precision_loss, reason = "within the page, below 2^16")]
            let eye = Eye { x: column as f32, y: y as f32, module: f32::midpoint(module, down) };
            let same = |e: &Eye| (e.x - eye.x).abs() < 4.0 * e.module && (e.y - eye.y).abs() < 4.0 * e.module;
            // From the newest: what is found again lies on the line above.
            if !eyes.iter().rev().take(8 * CROWD).any(same) {
                eyes.push(eye);
            }
        }
    }
    eyes
}

/// The size of a module, where runs of dark, light, dark, light, dark are those through an eye.
fn module(runs: [usize; 5]) -> Option<f32> {
    let all: usize = runs.iter().sum();
    if runs.contains(&0) || !(9..2_000).contains(&all) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "below 2,000")]
    let (module, runs) = (all as f32 / 7.0, runs.map(|n| n as f32));
    let [a, b, c, d, e] = runs;
    let single = |n: f32| (n - module).abs() < 0.75 * module;
    (single(a) && single(b) && single(d) && single(e) && (c - 3.0 * module).abs() < 1.2 * module).then_some(module)
}

/// The same, from top to bottom through a point.
fn upright(dark: &[bool], width: usize, (x, y): (usize, usize), module_there: f32) -> Option<f32> {
    let at = |y: usize| dark.get(y * width + x).copied();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below 2,000")]
    let most = (module_there * 6.0) as usize;
    let arms = |steps: &mut dyn Iterator<Item = usize>| {
        let mut arm = [0_usize; 3];
        let mut part = 0;
        for y in steps.take(most) {
            let Some(is_dark) = at(y) else { break };
            if is_dark != (part % 2 == 0) {
                part += 1;
            }
            match arm.get_mut(part) {
                Some(length) => *length += 1,
                None => break,
            }
        }
        arm
    };
    let [up, above, top] = arms(&mut (0..=y).rev());
    let [down, below, bottom] = arms(&mut (y + 1..y + 1 + most));
    module([top, above, up + down, below, bottom])
}

/// What is darker than the ground around it: a copy is darker at one edge, and a grey sheet is grey all over.
fn dark(page: &GrayImage) -> Vec<bool> {
    let (width, height) = page.dimensions();
    let small = imageops::thumbnail(page, width.div_ceil(GROUND).max(1), height.div_ceil(GROUND).max(1));
    let ground = imageops::fast_blur(&small, 2.0);
    let across = ground.width() as usize;
    let rows = page.as_raw().chunks((width as usize).max(1));
    rows.enumerate()
        .flat_map(|(y, row)| {
            let line = ground.as_raw().chunks(across.max(1)).nth(y / GROUND as usize).unwrap_or_default();
            let threshold = move |x: usize| line.get(x / GROUND as usize).map_or(128, |&g| u32::from(g) * 9);
            row.iter().enumerate().map(move |(x, &v)| u32::from(v) * 10 < threshold(x))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(eyes: &[(u32, u32)]) -> GrayImage {
        GrayImage::from_fn(900, 900, |x, y| {
            let inside = |&(ex, ey): &(u32, u32)| {
                let far = (x / 4).abs_diff(ex).max((y / 4).abs_diff(ey));
                far <= 3 && far != 2
            };
            image::Luma([if eyes.iter().any(inside) { 40 } else { 230 }])
        })
    }

    #[test]
    fn a_code_is_one_place_and_a_blank_page_none() {
        assert_eq!(places(&drawn(&[])), []);
        assert_eq!(places(&drawn(&[(60, 60), (90, 60), (60, 90)])).len(), 1);
    }

    #[test]
    fn a_page_full_of_eyes_is_no_code() {
        let many: Vec<_> = (0..22).flat_map(|x| (0..22).map(move |y| (x * 10 + 5, y * 10 + 5))).collect();
        assert!(places(&drawn(&many)).is_empty());
    }

    #[test]
    fn the_measures_of_an_eye_are_those_of_the_standard() {
        assert_eq!(module([3, 3, 9, 3, 3]), Some(3.0));
        assert_eq!(module([3, 3, 3, 3, 3]), None);
        assert_eq!(module([1, 1, 3, 1, 1]), None, "too small to be read");
        assert_eq!(module([0, 3, 9, 3, 3]), None);
    }
}

//! Papers as PDF: A4 (ISO 216), fonts embedded, text that can be copied, archivable as PDF/A-2u (ISO 19005-2).
//!
//! The same paper with the same fonts gives the same bytes: the date is the paper's, and nothing is random. PDF/A-2u
//! asks that every glyph knows its character, which is what makes text selectable and searchable.

use std::collections::VecDeque;

use jingui_model::{Lang, Problem};
use krilla::{
    Document, SerializeSettings,
    action::LinkAction,
    annotation::{LinkAnnotation, Target},
    color::rgb,
    configure::{Archival, ConfigurationBuilder},
    destination::XyzDestination,
    error::KrillaError,
    geom::{Path, PathBuilder, Point, Rect, Size, Transform},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::{Page, PageSettings},
    paint::{Fill, FillRule, Stroke},
    surface::Surface,
    text::{GlyphId, KrillaGlyph},
};

use super::{
    clean,
    faces::Faces,
    flow::{Column, fill},
    fonts::Fonts,
    layout::{Layout, Place},
    lines::Setter,
    model::{Orientation, Paper},
    ops::{Ink, MM, Op},
    picture,
    sheet::{SIDE, Sheet, TOP, bottom},
};

/// Pages of one paper at most.
const MAX_PAGES: usize = 5_000;

/// A written paper.
#[derive(Debug, Clone)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Characters that no font had; each is shown as a box.
    pub missing: Vec<char>,
}

/// Writes a paper as PDF.
///
/// # Errors
/// `docs.font_damaged`, `docs.image`, `docs.qr`, `docs.too_deep`, `docs.too_long` (more than 5,000 pages), `docs.write_failed`.
pub fn write_pdf(paper: &Paper, fonts: &Fonts) -> Result<Pdf, Problem> {
    let mut faces = Faces::open(fonts)?;
    let (width, height) = match paper.orientation {
        Orientation::Portrait => (210.0 * MM, 297.0 * MM),
        Orientation::Landscape => (297.0 * MM, 210.0 * MM),
    };
    let room = height - (TOP + bottom(paper)) * MM;
    let place = Place { width: width - 2.0 * SIDE * MM, page: room, size: 10.5, depth: 0, cell: false };
    let mut layout = Layout { setter: Setter { faces: &mut faces, lang: paper.language }, images: vec![] };
    let mut items = layout.title(&paper.title, &paper.subtitle, place);
    items.extend(layout.blocks(&paper.blocks, place)?);
    let mut queue = VecDeque::from(items);
    let mut columns: Vec<Column> = vec![];
    while columns.is_empty() || !queue.is_empty() {
        if columns.len() == MAX_PAGES {
            return Err(Problem::too_large("docs.too_long").arg("max", MAX_PAGES));
        }
        columns.push(fill(&mut queue, room, true));
    }
    // What was left after the last page were spaces only.
    while columns.len() > 1 && columns.last().is_some_and(|column| column.ops.is_empty()) {
        columns.pop();
    }
    let images = layout.images.iter().map(|image| picture::open(image)).collect::<Result<Vec<_>, _>>()?;
    let pages = columns.len();
    let mut sheet = Sheet::new(layout.setter, paper, (width, height), pages)?;
    let mut bookmarks = vec![];
    let mut sheets = vec![];
    for (n, column) in columns.into_iter().enumerate() {
        let mut ops = sheet.around(n + 1);
        ops.extend(column.ops.into_iter().map(|op| op.moved(SIDE * MM, TOP * MM)));
        for op in &ops {
            if let Op::Anchor { y, level, text } = op {
                bookmarks.push((*level, text.clone(), n, *y));
            }
        }
        sheets.push(ops);
    }

    let bytes = bind(paper, &|_| (width, height), &sheets, &faces, &images, outline(&bookmarks))?;
    Ok(Pdf { bytes, pages, missing: faces.into_missing() })
}

/// Sheets as a file, each of its size; of the paper only what the metadata say.
pub(super) fn bind(
    paper: &Paper,
    size: &dyn Fn(usize) -> (f32, f32),
    sheets: &[Vec<Op>],
    faces: &Faces<'_>,
    images: &[krilla::image::Image],
    outline: Outline,
) -> Result<Vec<u8>, Problem> {
    let mut document = Document::new_with(settings()?);
    document.set_metadata(metadata(paper));
    for (n, ops) in sheets.iter().enumerate() {
        let (width, height) = size(n);
        let page = PageSettings::from_wh(width, height).ok_or_else(failed)?;
        let mut page = document.start_page_with(page);
        paint(&mut page, ops, faces, images);
        page.finish();
    }
    document.set_outline(outline);
    document.finish().map_err(problem)
}

fn failed() -> Problem {
    Problem::internal("docs.write_failed")
}

fn problem(error: KrillaError) -> Problem {
    match error {
        KrillaError::Image(..) => Problem::invalid("docs.image"),
        KrillaError::Font(..) => Problem::unavailable("docs.font_damaged"),
        // Which rule of PDF/A was broken, without the text that broke it.
        KrillaError::Validation(errors) => failed().detail(format!("{} violations of PDF/A", errors.len())),
        other => failed().detail(other),
    }
}

fn settings() -> Result<SerializeSettings, Problem> {
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish().map_err(|_| failed())?;
    Ok(SerializeSettings { configuration, enable_tagging: false, ..SerializeSettings::default() })
}

fn metadata(paper: &Paper) -> Metadata {
    let author = clean::line(&paper.author);
    Metadata::new()
        .title(limited(&paper.title))
        .language(match paper.language {
            Lang::Zh => "zh-CN".to_owned(),
            Lang::En => "en".to_owned(),
        })
        .authors(if author.is_empty() { vec![] } else { vec![limited(&author)] })
        .creator("Jingui".to_owned())
        .creation_date(date(paper))
}

/// Strings in a PDF have a limit.
fn limited(text: &str) -> String {
    clean::line(text).chars().take(1_000).collect()
}

fn date(paper: &Paper) -> DateTime {
    let (year, month, day) = paper.made_at.day(paper.zone).parts();
    let local = paper.made_at.micros().div_euclid(1_000_000) + i64::from(paper.zone.0) * 60;
    let part = |seconds: i64, of: i64| u8::try_from(local.div_euclid(seconds).rem_euclid(of)).unwrap_or(0);
    let offset = paper.zone.0;
    DateTime::new(u16::try_from(year).unwrap_or(0))
        .month(u8::try_from(month).unwrap_or(1))
        .day(u8::try_from(day).unwrap_or(1))
        .hour(part(3_600, 24))
        .minute(part(60, 60))
        .second(part(1, 60))
        .utc_offset_hour(i8::try_from(offset / 60).unwrap_or(0))
        .utc_offset_minute(u8::try_from(offset.unsigned_abs() % 60).unwrap_or(0))
}

/// Headings as a tree: each below the last one of a higher level.
fn outline(marks: &[(u8, String, usize, f32)]) -> Outline {
    let mut open: Vec<(u8, OutlineNode)> = vec![];
    let mut outline = Outline::new();
    let close = |open: &mut Vec<(u8, OutlineNode)>, outline: &mut Outline, level: u8| {
        while open.last().is_some_and(|(l, _)| *l >= level) {
            let Some((_, node)) = open.pop() else { break };
            match open.last_mut() {
                Some((_, parent)) => parent.push_child(node),
                None => outline.push_child(node),
            }
        }
    };
    for (level, text, page, y) in marks {
        close(&mut open, &mut outline, *level);
        let at = XyzDestination::new(*page, Point::from_xy(SIDE * MM, (y - 4.0).max(0.0)));
        open.push((*level, OutlineNode::new(limited(text), at).with_open(*level == 1)));
    }
    close(&mut open, &mut outline, 0);
    outline
}

fn color(ink: Ink) -> rgb::Color {
    let (red, green, blue) = ink.rgb();
    rgb::Color::new(red, green, blue)
}

fn area(ink: Ink) -> Fill {
    Fill { paint: color(ink).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn stroke(ink: Ink, width: f32) -> Stroke {
    Stroke { paint: color(ink).into(), width, ..Stroke::default() }
}

fn paint(page: &mut Page<'_>, ops: &[Op], faces: &Faces<'_>, images: &[krilla::image::Image]) {
    let mut surface = page.surface();
    for op in ops {
        draw(&mut surface, op, faces, images);
    }
    surface.finish();
    for op in ops {
        if let Op::Link { at: (x, y, w, h), target } = op
            && let Some(rect) = Rect::from_xywh(*x, *y, *w, *h)
        {
            let target = Target::Action(LinkAction::new(target.to_string()).into());
            page.add_annotation(LinkAnnotation::new(rect, target).into());
        }
    }
}

fn draw(surface: &mut Surface<'_>, op: &Op, faces: &Faces<'_>, images: &[krilla::image::Image]) {
    match op {
        Op::Text { x, y, face, size, ink, thick, glyphs, text } => {
            let Some(font) = faces.font(*face) else { return };
            let glyphs: Vec<KrillaGlyph> = glyphs
                .iter()
                .map(|g| KrillaGlyph {
                    glyph_id: GlyphId::new(g.id),
                    text_range: g.text.0..g.text.1,
                    x_advance: g.advance,
                    x_offset: g.shift,
                    y_offset: 0.0,
                    y_advance: 0.0,
                    location: None,
                })
                .collect();
            surface.set_fill(Some(area(*ink)));
            surface.set_stroke(thick.then(|| stroke(*ink, 0.03 * size)));
            surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, font, text, *size, false);
        }
        Op::Area { at: (x, y, w, h), ink } => fill_path(surface, *ink, |path| push(path, *x, *y, *w, *h)),
        Op::Modules { at, module, runs } => fill_path(surface, Ink::Black, |path| {
            for &(column, row, length) in runs.iter() {
                #[expect(clippy::cast_precision_loss, reason = "at most 185 modules")]
                let (column, row, length) = (column as f32, row as f32, length as f32);
                push(path, at.0 + column * module, at.1 + row * module, length * module, *module);
            }
        }),
        Op::Line { from, to, width, ink } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            surface.set_fill(None);
            surface.set_stroke(Some(stroke(*ink, *width)));
            draw_path(surface, path.finish());
        }
        Op::Image { at: (x, y, w, h), index } => {
            let (Some(image), Some(size)) = (images.get(*index), Size::from_wh(*w, *h)) else { return };
            surface.push_transform(&Transform::from_translate(*x, *y));
            surface.draw_image(image.clone(), size);
            surface.pop();
        }
        Op::Link { .. } | Op::Anchor { .. } => {}
    }
}

fn push(path: &mut PathBuilder, x: f32, y: f32, w: f32, h: f32) {
    if let Some(rect) = Rect::from_xywh(x, y, w, h) {
        path.push_rect(rect);
    }
}

fn fill_path(surface: &mut Surface<'_>, ink: Ink, build: impl FnOnce(&mut PathBuilder)) {
    let mut path = PathBuilder::new();
    build(&mut path);
    surface.set_stroke(None);
    surface.set_fill(Some(area(ink)));
    draw_path(surface, path.finish());
}

fn draw_path(surface: &mut Surface<'_>, path: Option<Path>) {
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}

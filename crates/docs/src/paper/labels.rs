//! Labels with a matrix code (ISO/IEC 18004): on sheets of A4 and for label printers, one beside the other or one a page (B 5.2.1, 5.4.1; H 9.2.1).
//!
//! A label says what is on the thing, large enough for a telephone or a scanner to read; how much of it is the caller's business.

use jingui_model::Problem;
use krilla::outline::Outline;

use super::{
    clean,
    faces::Faces,
    fonts::Fonts,
    lines::{Setter, Setting},
    model::{Align, Paper, Span},
    ops::{Ink, MM, Op},
    pdf::{Pdf, bind},
    qr,
};

/// Labels of one file at most.
const MAX_LABELS: usize = 10_000;
/// Blank inside a label, millimetres: scissors and printers are not exact.
const PAD: f32 = 2.0;

/// What stands on one label.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// What the code says.
    pub code: String,
    /// The number, in letters.
    pub number: String,
    /// The grade mark; may be empty.
    pub mark: String,
    /// The name; may be empty.
    pub name: String,
    /// Whose it is; may be empty.
    pub unit: String,
}

/// What labels are printed on; lengths in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelStock {
    /// Stable name.
    pub code: &'static str,
    /// Width and height of the sheet.
    pub sheet: (f32, f32),
    /// Columns and rows.
    pub grid: (usize, usize),
    /// Width and height of a label.
    pub label: (f32, f32),
    /// Left and top of the first label.
    pub origin: (f32, f32),
    /// Between columns and rows.
    pub gap: (f32, f32),
}

const fn single(code: &'static str, width: f32, height: f32) -> LabelStock {
    LabelStock { code, sheet: (width, height), grid: (1, 1), label: (width, height), origin: (0.0, 0.0), gap: (0.0, 0.0) }
}

/// What can be printed on.
pub const LABEL_STOCKS: &[LabelStock] = &[
    LabelStock { code: "a4_3x8", sheet: (210.0, 297.0), grid: (3, 8), label: (70.0, 37.0), origin: (0.0, 0.5), gap: (0.0, 0.0) },
    LabelStock { code: "a4_5x13", sheet: (210.0, 297.0), grid: (5, 13), label: (38.1, 21.2), origin: (4.7, 10.7), gap: (2.5, 0.0) },
    single("60x40", 60.0, 40.0),
    single("50x30", 50.0, 30.0),
];

impl LabelStock {
    /// The stock with a code.
    #[must_use]
    pub fn of(code: &str) -> Option<&'static Self> {
        LABEL_STOCKS.iter().find(|s| s.code == code)
    }

    /// Labels on one sheet.
    #[must_use]
    pub const fn on_sheet(&self) -> usize {
        self.grid.0 * self.grid.1
    }

    /// Left and top of a place on a sheet, counted row by row; points.
    fn place(&self, place: usize) -> (f32, f32) {
        #[expect(clippy::cast_precision_loss, reason = "a sheet has fewer than a hundred labels")]
        let (column, row) = ((place % self.grid.0.max(1)) as f32, (place / self.grid.0.max(1)) as f32);
        let x = self.origin.0 + column * (self.label.0 + self.gap.0);
        let y = self.origin.1 + row * (self.label.1 + self.gap.1);
        (x * MM, y * MM)
    }
}

/// Writes labels, leaving the first `skip` places of the first sheet empty: a begun sheet is used up. Of `paper` the metadata are taken.
///
/// # Errors
/// `docs.label_start` beyond the sheet, `docs.too_many_labels`, `docs.qr`; as [`super::write_pdf`].
pub fn write_labels(paper: &Paper, labels: &[Label], stock: &LabelStock, skip: usize, fonts: &Fonts) -> Result<Pdf, Problem> {
    let on_sheet = stock.on_sheet().max(1);
    if skip >= on_sheet {
        return Err(Problem::invalid("docs.label_start").arg("most", on_sheet).at("start"));
    }
    if labels.len() > MAX_LABELS {
        return Err(Problem::too_large("docs.too_many_labels").arg("max", MAX_LABELS));
    }
    let mut faces = Faces::open(fonts)?;
    let mut setter = Setter { faces: &mut faces, lang: paper.language };
    let mut sheets: Vec<Vec<Op>> = vec![vec![]];
    for (place, label) in (skip..).zip(labels) {
        if place >= on_sheet && place % on_sheet == 0 {
            sheets.push(vec![]);
        }
        let (x, y) = stock.place(place % on_sheet);
        let drawn = draw(&mut setter, label, stock.label)?;
        if let Some(sheet) = sheets.last_mut() {
            sheet.extend(drawn.into_iter().map(|op| op.moved(x, y)));
        }
    }
    let size = (stock.sheet.0 * MM, stock.sheet.1 * MM);
    let pages = sheets.len();
    let bytes = bind(paper, &|_| size, &sheets, &faces, &[], Outline::new())?;
    Ok(Pdf { bytes, pages, missing: faces.into_missing() })
}

/// One label, from its own top left corner: the code on the left, the words beside it, as many as there is room for.
fn draw(setter: &mut Setter<'_, '_>, label: &Label, (width, height): (f32, f32)) -> Result<Vec<Op>, Problem> {
    let matrix = qr::matrix(&label.code)?;
    let (width, height, pad) = (width * MM, height * MM, PAD * MM);
    let side = (height - 2.0 * pad).min(width * 0.45);
    #[expect(clippy::cast_precision_loss, reason = "at most 185 modules")]
    let module = side / matrix.side as f32;
    let mut ops = vec![Op::Modules { at: (pad, (height - side) / 2.0), module, runs: std::rc::Rc::new(matrix.runs) }];
    let left = pad + side + 0.5 * MM;
    let room = (width - left - pad).max(1.0);
    let size = (height * 0.085).clamp(5.0, 10.0);
    let setting =
        |size: f32, bold: bool, ink: Ink| Setting { size, leading: 1.25, bold, ink, align: Align::Start, justify: false, indent: 0.0 };
    let parts = [
        (&label.mark, setting(size * 1.1, true, Ink::Red), 1),
        (&label.number, setting(size, true, Ink::Black), 2),
        (&label.name, setting(size * 0.9, false, Ink::Black), 2),
        (&label.unit, setting(size * 0.8, false, Ink::Grey), 1),
    ];
    let mut strips = vec![];
    for (text, setting, most) in parts {
        let text = clean::line(text);
        strips.extend(setter.lines(&[Span::plain(text)], &setting, room).into_iter().take(most));
    }
    // What does not fit is left out from the end: the number stands before the name.
    let most = height - 2.0 * pad;
    let mut high = 0.0;
    let fitting = strips.iter().take_while(|strip| {
        high += strip.height;
        high <= most
    });
    let count = fitting.count();
    strips.truncate(count);
    let mut y = (height - strips.iter().map(|strip| strip.height).sum::<f32>()) / 2.0;
    for strip in strips {
        let below = strip.height;
        ops.extend(strip.ops.into_iter().map(|op| op.moved(left, y)));
        y += below;
    }
    Ok(ops)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_reaches_over_its_sheet() {
        for stock in LABEL_STOCKS {
            let (x, y) = stock.place(stock.on_sheet() - 1);
            let (right, bottom) = (x / MM + stock.label.0, y / MM + stock.label.1);
            assert!(right <= stock.sheet.0 + 0.01 && bottom <= stock.sheet.1 + 0.01, "{}: {right} × {bottom}", stock.code);
        }
    }

    #[test]
    fn places_are_counted_row_by_row() {
        let stock = LabelStock::of("a4_3x8").expect("there is one");
        assert_eq!(stock.on_sheet(), 24);
        let (x, y) = stock.place(4);
        assert!((x / MM - 70.0).abs() < 0.01 && (y / MM - 37.5).abs() < 0.01, "{x} {y}");
    }
}

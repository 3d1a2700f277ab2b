//! What is drawn on a page, in points from the top left corner: runs of glyphs, lines, areas, pictures, links.

use std::rc::Rc;

use super::flow::Frame;

/// Points in a millimetre.
pub const MM: f32 = 72.0 / 25.4;

/// The colours of a paper: few, and all readable when printed in grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Text.
    Black,
    /// Less important text.
    Grey,
    /// Borders.
    Line,
    /// Behind the names of rows and columns.
    Tint,
    /// Links.
    Blue,
    /// The mark, and what is missing.
    Red,
    /// Behind what is missing, and behind warnings.
    Amber,
    /// Behind information.
    Pale,
    /// The bar of information.
    BlueBar,
    /// The bar of warnings.
    AmberBar,
}

impl Ink {
    /// Red, green and blue.
    pub const fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Black => (0x1a, 0x1a, 0x1a),
            Self::Grey => (0x59, 0x59, 0x59),
            Self::Line => (0x8c, 0x8c, 0x8c),
            Self::Tint => (0xf0, 0xf1, 0xf3),
            Self::Blue => (0x0b, 0x4f, 0x9e),
            Self::Red => (0xb4, 0x1c, 0x1c),
            Self::Amber => (0xfd, 0xf3, 0xdc),
            Self::Pale => (0xee, 0xf3, 0xf9),
            Self::BlueBar => (0x3b, 0x6e, 0xa8),
            Self::AmberBar => (0xc7, 0x84, 0x0f),
        }
    }
}

/// One glyph of a run; lengths in em.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// Its number in the face.
    pub id: u32,
    /// How far the next one stands.
    pub advance: f32,
    /// How far it is moved to the right.
    pub shift: f32,
    /// Bytes of its character in the run's text.
    pub text: (usize, usize),
}

/// Something drawn.
#[derive(Debug, Clone)]
pub enum Op {
    /// A run of glyphs of one face, size and colour.
    Text {
        /// Left end.
        x: f32,
        /// The line they stand on.
        y: f32,
        /// Which face.
        face: usize,
        /// Points.
        size: f32,
        /// Colour.
        ink: Ink,
        /// Thickened.
        thick: bool,
        /// The glyphs.
        glyphs: Vec<Drawn>,
        /// The characters.
        text: String,
    },
    /// A filled rectangle.
    Area {
        /// Left, top, width, height.
        at: (f32, f32, f32, f32),
        /// Colour.
        ink: Ink,
    },
    /// A line.
    Line {
        /// From.
        from: (f32, f32),
        /// To.
        to: (f32, f32),
        /// Points.
        width: f32,
        /// Colour.
        ink: Ink,
    },
    /// Dark modules of a matrix code.
    Modules {
        /// Left and top.
        at: (f32, f32),
        /// Side of a module.
        module: f32,
        /// Column, row, length.
        runs: Rc<Vec<(usize, usize, usize)>>,
    },
    /// A picture.
    Image {
        /// Left, top, width, height.
        at: (f32, f32, f32, f32),
        /// Which one.
        index: usize,
    },
    /// A link over an area.
    Link {
        /// Left, top, width, height.
        at: (f32, f32, f32, f32),
        /// Where it leads.
        target: Rc<str>,
    },
    /// A bookmark.
    Anchor {
        /// Top.
        y: f32,
        /// 1 to 4.
        level: u8,
        /// What it is called.
        text: String,
    },
}

impl Op {
    /// The same thing elsewhere.
    #[must_use]
    pub fn moved(mut self, dx: f32, dy: f32) -> Self {
        match &mut self {
            Self::Text { x, y, .. } => {
                *x += dx;
                *y += dy;
            }
            Self::Area { at, .. } | Self::Image { at, .. } | Self::Link { at, .. } => {
                at.0 += dx;
                at.1 += dy;
            }
            Self::Line { from, to, .. } => {
                for point in [from, to] {
                    point.0 += dx;
                    point.1 += dy;
                }
            }
            Self::Modules { at, .. } => {
                at.0 += dx;
                at.1 += dy;
            }
            Self::Anchor { y, .. } => *y += dy,
        }
        self
    }
}

/// What is drawn around one cell.
pub fn frame(frame: Frame, head: bool, x: f32, width: f32, height: f32) -> Vec<Op> {
    let line = |from, to, width| Op::Line { from, to, width, ink: Ink::Line };
    let (right, bottom) = (x + width, height);
    let boxed = |back, bar| vec![Op::Area { at: (x, 0.0, width, height), ink: back }, Op::Area { at: (x, 0.0, 2.5, height), ink: bar }];
    match frame {
        Frame::None => vec![],
        Frame::Under => vec![line((x, bottom), (right, bottom), 0.35)],
        Frame::Info => boxed(Ink::Pale, Ink::BlueBar),
        Frame::Warning => boxed(Ink::Amber, Ink::AmberBar),
        Frame::Grid => {
            let mut ops = vec![];
            if head {
                ops.push(Op::Area { at: (x, 0.0, width, height), ink: Ink::Tint });
            }
            ops.push(line((x, 0.0), (right, 0.0), 0.5));
            ops.push(line((x, bottom), (right, bottom), 0.5));
            ops.push(line((x, 0.0), (x, bottom), 0.5));
            ops.push(line((right, 0.0), (right, bottom), 0.5));
            ops
        }
    }
}

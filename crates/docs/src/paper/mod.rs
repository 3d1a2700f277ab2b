//! Papers: evidence reports, certificates, later forms. One model, written as PDF and as HTML.
//!
//! [`Paper`] says what stands in a document; [`write_pdf`] and [`write_html`] say it on A4 and on a screen. All texts
//! come in finished. No file is read: fonts come as bytes, found through [`fonts::Shelf`].

mod breaks;
mod clean;
mod faces;
mod flow;
pub mod fonts;
mod html;
mod labels;
mod layout;
mod lines;
mod model;
mod ops;
mod pdf;
mod picture;
mod qr;
mod sheet;

pub use html::write_html;
pub use labels::{LABEL_STOCKS, Label, LabelStock, write_labels};
pub use model::{
    Align, Block, Cell, HashLine, Image, ImageFormat, Look, Mark, NoteKind, Orientation, Paper, Paragraph, Qr, Signature, Span, Table,
};
pub use pdf::{Pdf, write_pdf};

//! Papers: evidence reports, certificates, forms. One model, written as PDF, as HTML and as an editable document.
//!
//! [`Paper`] says what stands in a document; [`write_pdf`], [`write_html`] and [`write_docx`] say it on A4, on
//! a screen and in a word processor. All texts
//! come in finished. No file is read: fonts come as bytes, found through [`fonts::Shelf`].

mod breaks;
pub(crate) mod clean;
mod docx;
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
mod prints;
mod qr;
mod sheet;

pub use docx::{DOCX_MEDIA, write_docx};
pub use html::write_html;
pub use labels::{LABEL_STOCKS, Label, LabelStock, write_labels};
pub use model::{
    Align, Block, Cell, HashLine, Image, ImageFormat, Look, Mark, NoteKind, Orientation, Paper, Paragraph, Qr, Signature, Span, Table,
};
pub use pdf::{Pdf, write_pdf};
pub use prints::{Print, write_prints};

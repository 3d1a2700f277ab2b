//! Papers that explain a package to people: the report for a judge, the certificate for one file or record, how to check by hand
//! (B 8.1.2, H 10.2, 民事证据规定 93; 在线诉讼规则 16 to 18).
//!
//! Pure: a dossier and what its verification found go in, a [`jingui_docs::paper::Paper`] comes out, the same for the same input. A paper proves
//! nothing; it says what the package proves, to whom, and what only its maker claims. Nothing is shown but what the dossier holds, and of
//! fields only those that the verification saw opening a commitment.

mod certificate;
mod check;
mod labels;
mod report;
mod sets;
mod values;
mod voice;

pub use certificate::{Certificate, Subject, certificate};
pub use check::how_to_check;
pub use labels::{CatalogLabels, Labels};
pub use report::{Length, report};
pub use voice::Voice;

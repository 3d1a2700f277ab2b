//! Registers out as files and in again (B 4.1.2, appendices 3 and 4; H 5.3): the whole of it on the one way through.
//!
//! Out: only rows that the caller may export, personal data masked, and the export recorded before its
//! first byte leaves. In: every cell read and every row decided before anything is written, then all rows
//! in one transaction with a batch that can be undone. Files are read and written by `jingui_docs`.

mod access;
mod directory;
mod export;
mod form;
mod import;
pub(crate) mod mask;
mod prepare;
mod report;
mod sheet;
mod template;
mod undo;

pub use export::{EXPORT_LIMIT, ExportFile};
pub use import::{IMPORT_LIMIT, ImportOptions, Imported};
pub use report::{CellReport, ImportReport, NewOne, PreviewRow};
pub use undo::ImportBatch;

use jingui_docs::{Words, XlsxOptions};
use jingui_kinds::{Catalog, text};
use jingui_model::{GradeScheme, Instant, Lang};

use crate::messages::Messages;

/// What writing and reading cells needs, in one language.
const fn words<'a>(catalog: &'a Catalog, scheme: &'a GradeScheme, lang: Lang) -> text::Words<'a> {
    text::Words { catalog, scheme, lang }
}

/// A text by its code.
fn say(messages: &Messages, code: &str, lang: Lang) -> String {
    messages.fill(code, &[], lang)
}

/// How workbooks are made.
fn sheet_options(messages: &Messages, lang: Lang, created: Instant, heading: bool) -> XlsxOptions {
    XlsxOptions { words: Words::fill(|code| say(messages, code, lang)), heading, created }
}

/// A file name without what file systems and headers trip over.
pub(crate) fn file_name(parts: &[&str], ending: &str) -> String {
    let joined = parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("-");
    let tidy: String = joined
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .take(120)
        .collect();
    format!("{tidy}.{ending}")
}

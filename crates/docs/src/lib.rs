//! Registers and lists as files: tables out as Excel, CSV and JSON, and back in without loss. Reports as files: [`paper`];
//! documents of an enterprise's own, filled: [`fill`].
//!
//! Why it exists: a company's list of trade secrets lives in a spreadsheet (the form of B,
//! appendix 4) before it lives in a register, and must be able to leave again. Everything here
//! is pure: bytes in, bytes out. Texts that a reader of a sheet sees come in as [`Words`]; what
//! the cells mean is left to the caller, for whom each cell is text.
//!
//! Standards: ECMA-376 (Office Open XML), RFC 4180 (CSV), RFC 8259 (JSON), GB 18030 (the text
//! encoding in which Chinese Excel saves CSV).
//!
//! Deliberately absent: kinds, permissions, storage, the clock. Nothing is written to a
//! temporary file, because tables hold secrets; that is why the writer's on-disk mode is unused.

mod archive;
mod csv_in;
mod csv_out;
pub mod fill;
mod grid;
mod json;
mod looks;
mod mark;
mod merge;
pub mod paper;
pub mod scan;
mod table;
mod template;
mod text;
mod words;
mod xlsx_in;
mod xlsx_out;

pub use csv_out::write_csv;
pub use grid::{Format, Grid, GridRow, Limits, read};
pub use json::write_json;
pub use mark::{CellError, mark_errors};
pub use table::{CellKind, Column, Table};
pub use template::write_template;
pub use text::{cell_name, column_name, header_key};
pub use words::Words;
pub use xlsx_out::{XlsxOptions, write_xlsx};

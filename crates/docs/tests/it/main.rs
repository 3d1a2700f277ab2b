//! Tables out and in, through the public interface only.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests stand outside of test functions")]

mod appendix4;
mod docx;
mod fill;
mod hostile;
mod marked;
mod paper;
mod roundtrip;
mod scan;
#[path = "../support/scanner.rs"]
mod scanner;
mod sheets;
mod template;
mod tools;

//! Marks in files, through the public interface only (H 9.2.1, B 5.2.1).

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stand outside of test functions")]

mod hostile;
mod office;
mod pdf;
mod picture;
mod strangers;
mod tools;

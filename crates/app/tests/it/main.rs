//! Scenario tests of the use cases, on real nodes and both databases.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod overlay;
mod sealed;
mod support;
mod through;

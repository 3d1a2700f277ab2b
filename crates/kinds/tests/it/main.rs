//! Tests of the kinds over the real catalog of the product.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

mod catalog;
mod cells;
mod flow;
mod forms;
mod grading;
mod guards;
mod once;
mod overlays;
mod properties;
mod support;

//! Tests of the kinds over the real catalog of the product.

mod catalog;
mod cells;
mod flow;
mod grading;
mod overlays;
mod properties;
mod support;

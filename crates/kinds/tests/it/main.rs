//! Tests of the kinds over the real catalog of the product.

mod catalog;
mod support;

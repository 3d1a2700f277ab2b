//! The kernels for x86-64. Every function here is safe for a caller that has the features it names; `kernel/mod.rs` makes sure of them.

mod memory;

pub mod ctr256;
pub mod ctr512;
pub mod ghash;

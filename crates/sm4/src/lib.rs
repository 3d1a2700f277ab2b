//! SM4 (GB/T 32907-2016) in Galois/Counter Mode (NIST SP 800-38D, RFC 8998) at the speed of vector units.
//!
//! Why a kernel of our own: the libraries at hand do SM4-GCM with tens of megabytes in a second, because they look up its S-box in
//! tables (which also tells secrets to whoever shares a cache). SM4's S-box is an inversion in a field of 256 elements
//! between two affine maps; processors have an instruction for the inversion in another such field, and all fields of 256
//! elements are the same up to a linear map. See `constants.rs` for the maps and `docs/sm4-review.md` for the review.
//!
//! No table is looked up with a secret index and no branch depends on a secret, in any backend, in the key schedule either.
//! `unsafe` stands in `kernel/` alone, each block with its reason.

#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

mod constants;
mod gcm;
mod kernel;
mod self_test;

pub use gcm::{Error, MAX_LEN, NONCE, Sm4, Sm4Gcm, TAG};
pub use kernel::Backend;
pub use self_test::{Answers, Mismatch, STANDARD, self_test};

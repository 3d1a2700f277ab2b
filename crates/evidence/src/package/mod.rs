//! Evidence packages: a bag of files (BagIt, RFC 8493) in a ZIP whose bytes depend on nothing but its contents.
//!
//! Written by us, read by anybody; read by us, written by anybody, so the reader trusts nothing. [`zip`] knows archives and no bags,
//! [`bag`] knows bags and no evidence: what stands in a package is its caller's affair.

pub mod bag;
pub(crate) mod name;
pub mod zip;

pub use bag::{Bag, Damage, DamageKind, OpenBag};
pub use zip::{File, Limits};

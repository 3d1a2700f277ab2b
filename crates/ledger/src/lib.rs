//! The evidence ledger: an append-only Merkle log of small entries that say *that* something
//! was done, with salted commitments to *what* was done, and a signed statement of its state.
//!
//! A second tree over the same entries can be kept in SM3, signed with SM2 ([`suite`], [`shared`]);
//! witnesses can cosign ([`cosign`]).
//!
//! Formats: RFC 6962 hashing, C2SP tlog-tiles v0.1.0 (layout of the folder), signed-note v1.0.0
//! and tlog-checkpoint v1.0.0 (the signed state), tlog-proof (export for one entry). Any tool
//! for these formats can check a folder written here; `README.md` shows how to do it by hand.
//!
//! The crate is a library over the small storage trait [`Tiles`]. It knows no database, no clock
//! of its own and no vault: content and salts stay with the caller, sealed.

pub mod checkpoint;
pub mod cosign;
pub mod edge;
pub mod entry;
pub mod folder;
pub mod key;
pub mod log;
pub mod note;
pub mod proof;
pub mod rebuild;
pub mod report;
pub mod shared;
pub mod suite;
pub mod tile;
pub mod tiles;
pub mod tree;
pub mod verify;

mod settle;
mod walk;

pub use checkpoint::Checkpoint;
pub use cosign::{Cosigner, Witness};
pub use entry::{Commitment, Entry, OpenField};
pub use folder::FolderTiles;
pub use key::PublicKey;
pub use log::Log;
pub use note::{Signer, Verifier};
pub use proof::LogProof;
pub use report::{Damage, DamageKind, Outcome, Report};
pub use shared::SharedEntries;
pub use suite::{Hash, Suite};
pub use tiles::{MemoryTiles, Tiles};
pub use verify::verify_folder;

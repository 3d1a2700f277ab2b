//! The format of a backup (H 7.2, 9.6.2 d and g): what lies at its place, how it is sealed, and how it is found again.
//!
//! A backup is a *snapshot*: rows, sealed files and small files at one instant, cut into *pieces*. A piece is known by a keyed
//! digest, so that one that has not changed is not written twice. Pieces lie in *packs*; each pack is a sealed file
//! (`docs/file-format.md`) under the key of a *generation*, which is sealed to every recipient by itself. The wrapped keys of
//! records lie in packs of generations of their own, which are deleted early: a key that was destroyed dies there with the
//! last of them. What lies where is written down in [`docs/backup.md`](../../../docs/backup.md).
//!
//! Bytes in, bytes out, over the small trait [`Depot`]; time and randomness are parameters. This crate knows no database, no
//! records and no ledger.

mod cut;
mod depot;
mod expire;
mod generation;
mod manifest;
mod pack;
mod reader;
mod writer;

pub use cut::{Cutter, pieces};
pub use depot::{Depot, FolderDepot};
pub use expire::{Expired, Keep, Thin, expire, last_key_day};
pub use generation::{Generation, GenerationId, Keyholder, Sort};
pub use manifest::{FileEntry, LedgerKeys, Manifest, Objects, Piece, SnapshotName, TableEntry, latest, list, manifest_of, marked, names};
pub use reader::Reader;
pub use writer::{PIECE, Writer};

use jingui_model::Problem;

/// The digest of a piece, and its name.
pub type Digest = [u8; 32];

/// What lies at the place is not what was written there, or is missing.
pub(crate) fn damaged(file: &str) -> Problem {
    Problem::internal("backup.damaged").arg("file", file)
}

/// SHA-256 of bytes, for what is compared with what a manifest says.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().first_chunk().copied().unwrap_or_default()
}

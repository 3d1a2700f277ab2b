//! Where everything is kept, and the only crate that knows SQL.
//!
//! Two back ends stand behind one [`Store`]: a SQLite file in a folder (the default) and PostgreSQL.
//! Each statement is written once and runs on both; what differs stands in `dialect.rs`, and nowhere
//! else. Whatever says something is sealed before it comes here: this crate sees ids, kinds, states,
//! grades, instants and ciphertext, and it has no key.
//!
//! # How it is used
//! Reading needs nothing but a [`Store`]. Changing a register goes through one [`Write`], of which
//! there is one at a time over all nodes, so that the indexes of the ledger have no gaps and stand in
//! the order of commits:
//! ```no_run
//! # async fn example(store: jingui_store::Store, row: jingui_store::RecordRow, event: jingui_store::EventRow) -> Result<(), jingui_model::Problem> {
//! let mut write = store.begin().await?;
//! write.savepoint().await?;
//! write.insert_record(&row).await?;
//! let index = write.append_event(event).await?;
//! write.release_savepoint().await?;
//! let next = write.commit().await?; // durable from here on
//! # assert!(index < next);
//! # Ok(()) }
//! ```
//! A [`Write`] that is dropped leaves nothing behind. Sealed files lie beside the database, see [`Objects`].
//!
//! # What it does not know
//! What a record says, who may read it, which state follows which, what a ledger entry means.

mod attestations;
mod destroy;
mod dialect;
pub mod dump;
mod fault;
mod folder;
mod jobs;
mod link;
mod migrate;
mod nonces;
mod notices;
mod objects;
pub mod outbound;
mod pending;
mod reads;
mod rewrap;
mod rows;
mod sessions;
mod store;
mod tls;
mod write;

#[cfg(test)]
mod fault_tests;

pub use destroy::DESTROYED_ACT;
pub use folder::make_folder;
pub use jobs::NEVER;
pub use notices::{SENT, TAKEN, WAITS};
pub use objects::{Held, Keys, Objects, Over, Shelf};
pub use rows::{Attestation, Counts, EventRow, Head, JobOverview, JobRow, NoticeRow, RecordRow, RememberedRow, SealedRow, SessionRow};
pub use store::{Backend, Place, Store};
pub use write::Write;

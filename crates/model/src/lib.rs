//! The words that every other crate shares: ids, time, grades, bilingual text, canonical
//! JSON and the one error value that reaches a user.
//!
//! This crate knows nothing of storage, cryptography, kinds or HTTP. Clock and randomness
//! are traits here so that every engine can be run on any day of any year.

pub mod canonical;
pub mod clock;
pub mod diagnostic;
pub mod grade;
pub mod id;
pub mod network;
pub mod problem;
pub mod rng;
#[cfg(feature = "schema")]
mod schema;
pub mod text;

pub use clock::{Clock, Day, Instant, Zone};
pub use diagnostic::Diagnostic;
pub use grade::{GradeLevel, GradeScheme, Protection};
pub use id::Id;
pub use network::NetworkRange;
pub use problem::{Class, Problem};
pub use rng::Rng;
pub use text::{Lang, Text};

/// The fields of a record: names to JSON values, sorted by name.
pub type Data = std::collections::BTreeMap<String, serde_json::Value>;

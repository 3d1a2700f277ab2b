//! Kinds: every register (台账) of the guides as data, and the pure engine that runs them.
//!
//! A kind file says fields, states, transitions, approvals, numbering, layout and exchange; this
//! crate reads and checks such files, validates values, and decides what an act does to a record.
//! It does no I/O, knows no clock, no database, no policy language.
//!
//! Reading: [`Catalog::load`]. Deciding: [`decide`](decide::decide). Asking: [`people`]. Cells of
//! Excel and CSV: [`text`]. Papers: [`form`]. The legal elements and the grading aid: [`assess`], [`grading`].

pub mod act;
mod approval;
pub mod assess;
mod check;
mod check_flow;
pub mod checklist;
pub mod decide;
pub mod diagnose;
pub mod files;
pub mod flow;
pub mod form;
pub mod grading;
mod guards;
pub mod kind;
pub mod load;
pub mod names;
mod node;
pub mod number;
pub mod once;
pub mod parse;
pub mod people;
pub mod record;
mod shape;
pub mod taxonomy;
pub mod text;
pub mod validate;

pub use act::{Act, ActorView, Brief, Decision, EffectCall, Facts, Happening};
pub use decide::decide;
pub use diagnose::Diagnostic;
pub use kind::{Field, FieldType, Kind, State, Transition, Who};
pub use load::{Catalog, Source};
pub use people::{TodoItem, TodoWhat, asked, available, excluded, knows, required_missing, todos, who_matches};
pub use record::{FileVersion, Pending, Record, Vote};

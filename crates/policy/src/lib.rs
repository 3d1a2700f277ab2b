//! Authority as policy: who may do what with which record (features 1.1 to 1.3, 4.1; B 2.4, 4.2;
//! H 8.2, 9.5.2, 9.6.2).
//!
//! Cedar policies in `catalog/policies` are the only place that says so. This crate loads them
//! strictly ([`Authority::load`]), asks them ([`Authority::decide`]), explains what they answered
//! ([`Ruling`]), says which records get the same answer, so that few decisions sift a list ([`TargetClass`]),
//! and computes the matrix that people read ([`Authority::matrix`]). Cedar is confined here; nothing of it
//! appears in the public interface. No I/O, no clock: equal questions have equal answers.

mod ask;
mod authority;
mod load;
mod matrix;
mod remember;
mod ruling;
mod subject;
mod words;

pub use authority::Authority;
pub use load::{Diagnostic, SCHEMA, SCHEMA_FILE, Source, builtin};
pub use matrix::{Matrix, MatrixCell, MatrixRow};
pub use ruling::{Effect, PolicyNote, Ruling};
pub use subject::{Actor, Department, Maker, Target, TargetClass};
pub use words::{Action, Door, KindGroup, Relation, Role, conflicting_roles};

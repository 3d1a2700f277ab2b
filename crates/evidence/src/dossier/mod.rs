//! What stands in an evidence package, and its verification without us (`docs/evidence-package.md`; H 10.2, 民事证据规定 93 and 94).
//!
//! [`Dossier::pack`] writes a package and refuses what it could not verify itself; [`verify`] reads one that anybody may have
//! made and says what is proven, what is only claimed, and by which key and authority. [`matrix`] sets evidence against what a court
//! asks for. Bytes in, bytes and findings out: no files, no clock, no network.

mod fault;
mod findings;
mod form;
mod index;
mod kinds;
mod layout;
mod made;
pub mod matrix;
mod verify;

pub use fault::{Cause, Fault, FaultKind};
pub use findings::{
    Claim, Cosigned as CosignedFinding, Findings, Outcome, Proven, Seal, Stamp as StampFinding, Standing, Time, Tree, Trusted,
};
pub use index::{Attached, Authority, Index, Matter, Outside, OutsideFile, Point, Record, TreeState, WitnessKey};
pub use kinds::{Element, Evidence, Frame, Kinds, Reach, Source};
pub use layout::safe_name;
pub use made::{Cosigned, Dossier, Item, Over, Stamp};
pub use verify::verify;

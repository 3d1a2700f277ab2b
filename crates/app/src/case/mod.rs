//! Evidence packages (举证): what is chosen of the registers, collected with its proofs, and handed out so that anybody can check it
//! without us (`docs/evidence-package.md`; H 10.2, B 8.1.2, 民事证据规定 93 and 94).
//!
//! What is not chosen does not come in: the collecting begins with nothing and adds what was asked for.

mod certify;
mod choice;
mod chronicle;
mod collect;
mod facts;
mod make;
mod outside;
pub mod papers;
mod related;
mod request;

pub use choice::{Choice, Named, Only};
pub use collect::{Collected, Preview, collect, look, preview};
pub use make::{Extras, Made};
pub use request::PACKAGE;

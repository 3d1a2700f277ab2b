//! Evidence that others can check: time stamps of outside authorities (RFC 3161), packages of files (RFC 8493), and what stands
//! in a package of evidence (H 10.2).
//!
//! A pure library: bytes in, verdicts out. It opens no connection and no file, has no clock of its own, and keeps what an authority
//! sent byte for byte. `README.md` says how to check the same bytes with public tools.

pub mod dossier;
pub mod package;
pub mod time;

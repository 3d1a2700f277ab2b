//! Who is there: accounts, passwords, one-time codes, passkeys, sessions, tokens for programs.
//!
//! Accounts and tokens are records of kinds like everything else, changed through the pipeline
//! only, so that each change leaves evidence; this module adds what a kind file cannot say.

pub mod account;
pub mod known;
pub mod passkey;
pub mod session;
pub mod sessions;
pub mod signing;
pub mod standing;
pub mod throttle;
pub mod token;

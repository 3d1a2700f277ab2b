//! The door, tested from outside: the real stack on a free port, on both databases.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod attacks;
mod console;
mod events;
mod files;
mod flow;
mod flow_interfaces;
mod flow_passkeys;
mod flow_sessions;
mod guards;
mod notices;
mod packages;
mod signing;
mod support;
mod sweep;
mod witness;

//! Crash safety of the whole product, with the real binary: killed processes, full disks, folders that do
//! not belong together, power cuts (issue 2, "Bad input and faults").
//!
//! Needs root for two small mounts (tmpfs, FUSE) and PostgreSQL's server; without them the tests fail and say
//! what is missing. `JINGUI_CRASH_SEED` repeats a run, `JINGUI_KILL_ROUNDS` lengthens it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may fall over, and say from which seed"
)]

mod company;
mod disk;
mod evidence;
mod folder;
mod http;
mod kill;
mod luck;
#[path = "../../../store/tests/support/postgres.rs"]
mod postgres;
mod power;
mod powercut;
mod work;

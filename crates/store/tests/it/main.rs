//! One suite for both back ends: what holds for SQLite holds for PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fall over")]

mod bucket;
mod concurrency;
mod folder;
mod ledger;
mod model;
mod objects;
#[path = "../support/postgres.rs"]
mod postgres;
mod queue;
mod records;
mod s3;
mod sessions;
mod tls;
mod world;

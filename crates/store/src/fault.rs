//! What went wrong below, as a [`Problem`] with a stable code.
//!
//! A full disk and a lost database are [`Class::Unavailable`](jingui_model::Class): nothing was done and
//! it may be tried again. The detail for the operator never holds values: neither driver puts bound
//! values into its message, and an address with a password in it is never passed on.

use std::io;

use jingui_model::{Class, Problem};

use crate::{dialect, tls};

/// From the driver.
pub(crate) fn of(error: sqlx::Error) -> Problem {
    let (class, code) = match &error {
        e if tls::is_distrust(e) => (Class::Unavailable, "store.database_tls"),
        sqlx::Error::Database(e) => dialect::code_of(e.as_ref()),
        sqlx::Error::PoolTimedOut => (Class::Unavailable, "store.busy"),
        sqlx::Error::Io(e) if is_full(e) => (Class::Unavailable, "store.disk_full"),
        // A conversation that broke off in the middle (`Protocol`, `BeginFailed`) is a lost database, not a defect of ours.
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) | sqlx::Error::BeginFailed => {
            (Class::Unavailable, "store.unavailable")
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => (Class::Internal, "store.damaged"),
        sqlx::Error::Configuration(_) => return Problem::invalid("store.database_url"),
        _ => (Class::Internal, "store.failed"),
    };
    Problem::of(class, code).detail(error)
}

/// From a commit over a network: unless the database itself says that it failed, nobody knows.
pub(crate) fn of_commit(error: sqlx::Error) -> Problem {
    let unknown = match &error {
        // 57P01 and its kin: the server ended the conversation, perhaps after the commit.
        sqlx::Error::Database(e) => e.code().is_some_and(|code| code.starts_with("57") || code.starts_with("08")),
        _ => true,
    };
    if unknown { Problem::unavailable("store.commit_unknown").detail(error) } else { of(error) }
}

/// From the file system.
pub(crate) fn file(error: &io::Error) -> Problem {
    let code = if is_full(error) { "store.disk_full" } else { "store.folder_failed" };
    Problem::unavailable(code).detail(error)
}

/// A defect of ours.
pub(crate) fn defect(why: impl std::fmt::Display) -> Problem {
    Problem::internal("store.failed").detail(why)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

//! Everything in which the two back ends differ: how to connect, a handful of statements, and what
//! their error codes mean. No other file asks which back end it talks to.

use std::{path::Path, time::Duration};

use jingui_model::{Class, Problem};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _,
    error::DatabaseError,
    postgres::{PgDatabaseError, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    fault,
    link::{Pool, Sql},
    tls,
};

/// How long anyone waits for a connection or a lock before the answer is "busy".
const PATIENCE: Duration = Duration::from_secs(30);
const SQLITE_READERS: u32 = 4;
const POSTGRES_GENERAL: u32 = 10;
/// The one that writes and the one that already waits for the lock on the head.
const POSTGRES_WRITERS: u32 = 2;

/// Begins the transaction of a writer.
pub(crate) const BEGIN: Sql = Sql { sqlite: "BEGIN IMMEDIATE", postgres: "BEGIN ISOLATION LEVEL READ COMMITTED" };

/// Begins a look at the whole database at one instant.
pub(crate) const BEGIN_SNAPSHOT: Sql = Sql { sqlite: "BEGIN DEFERRED", postgres: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };

/// Reads the head inside a writer. SQLite's writer is alone already; on PostgreSQL this row lock is
/// what makes the writers of all nodes stand in line.
pub(crate) const LOCK_HEAD: Sql =
    Sql { sqlite: "SELECT next FROM ledger_head WHERE one = 1", postgres: "SELECT next FROM ledger_head WHERE one = 1 FOR UPDATE" };

/// Takes the job that has been due longest; nodes do not wait for each other.
pub(crate) const CLAIM_JOB: Sql = Sql {
    sqlite: "UPDATE jobs SET holder = $1, due = $2, attempts = attempts + 1 \
             WHERE id = (SELECT id FROM jobs WHERE due <= $3 ORDER BY due, id LIMIT 1) \
             RETURNING id, kind, run_at, attempts, sealed",
    postgres: "UPDATE jobs SET holder = $1, due = $2, attempts = attempts + 1 \
               WHERE id = (SELECT id FROM jobs WHERE due <= $3 ORDER BY due, id LIMIT 1 FOR UPDATE SKIP LOCKED) \
               RETURNING id, kind, run_at, attempts, sealed",
};

/// The table of the migrations themselves.
pub(crate) const SCHEMA_TABLE: Sql = Sql {
    sqlite: "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL) STRICT",
    postgres: "CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BYTEA NOT NULL)",
};

/// Keeps two nodes from migrating at once; SQLite's transaction does that already.
pub(crate) const LOCK_SCHEMA: Sql = Sql { sqlite: "SELECT 1", postgres: "SELECT 1 FROM pg_advisory_xact_lock(7596835290113)" };

/// Bytes on the disk; of SQLite without its write-ahead log.
pub(crate) const BYTES: Sql = Sql {
    sqlite: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    postgres: "SELECT pg_database_size(current_database())",
};

/// Leaves nothing of what was overwritten: see `rewrap.rs`.
pub(crate) const SCRUB: Sql = Sql { sqlite: "PRAGMA wal_checkpoint(TRUNCATE)", postgres: "VACUUM (FULL) meta" };

/// The same of the tables that hold wrapped keys, sealed records and what is derived of them; statement by statement, because none
/// of them may stand in a transaction.
pub(crate) const WRITE_ANEW: &[&str] = &["VACUUM (FULL) records", "VACUUM (FULL) unique_values", "VACUUM (FULL) meta"];

/// The back end's own examination: one row `ok`, or a row for each finding.
pub(crate) const EXAMINE: Sql = Sql {
    sqlite: "SELECT integrity_check FROM pragma_integrity_check",
    postgres: "SELECT CASE WHEN indisvalid THEN 'ok' ELSE 'invalid index ' || indexrelid::regclass::text END FROM pg_index",
};

/// Opens `jingui.db`: one writer, a few readers.
pub(crate) async fn open_sqlite(file: &Path) -> Result<(Pool, Pool), Problem> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL loses acknowledged commits in a power cut; FULL does not.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "MEMORY")
        // What is overwritten or removed is zeroed in its page: a destroyed key must not be found there.
        .pragma("secure_delete", "ON")
        .disable_statement_logging();
    let pool = |options: SqliteConnectOptions, size: u32| {
        SqlitePoolOptions::new()
            .max_connections(size)
            .min_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options)
    };
    // Checkpoints of the log run inside a commit: rarer ones cost less in sum, 16 MiB keeps each short.
    let writer =
        options.clone().thread_name(|_| "store-writer".to_owned()).pragma("cache_size", "-65536").pragma("wal_autocheckpoint", "4000");
    let writer = pool(writer, 1).await.map_err(fault::of)?;
    // Room for a whole chunk of a scan: a full buffer wakes two threads for each row.
    let reader =
        options.read_only(true).thread_name(|i| format!("store-reader-{i}")).pragma("cache_size", "-16384").row_buffer_size(20_000);
    let readers = pool(reader, SQLITE_READERS).await.map_err(fault::of)?;
    Ok((Pool::Sqlite(writer), Pool::Sqlite(readers)))
}

/// Opens an existing database for reading only: nothing is made, migrated or locked.
pub(crate) async fn open_sqlite_reading(file: &Path) -> Result<Pool, Problem> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(PATIENCE)
        .row_buffer_size(20_000)
        .disable_statement_logging();
    SqlitePoolOptions::new().max_connections(2).acquire_timeout(PATIENCE).connect_with(options).await.map(Pool::Sqlite).map_err(fault::of)
}

/// Connects to PostgreSQL: a few writers that stand in line, and a general pool for everything else.
pub(crate) async fn open_postgres(url: &str) -> Result<(Pool, Pool), Problem> {
    let options = tls::options(url)?;
    let options = options.application_name("jingui").disable_statement_logging();
    // The pools would try for half a minute; who starts a node with a wrong address hears it at once.
    options.connect().await.map_err(fault::of)?.close().await.map_err(fault::of)?;
    let pool = |size: u32, patience: Duration| {
        PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(patience)
            .after_connect(|connection, _| Box::pin(async move { connection.execute(SESSION).await.map(drop) }))
            .connect_with(options.clone())
    };
    let writers = pool(POSTGRES_WRITERS, PATIENCE).await.map_err(fault::of)?;
    let general = pool(POSTGRES_GENERAL, PATIENCE / 3).await.map_err(fault::of)?;
    Ok((Pool::Postgres(writers), Pool::Postgres(general)))
}

/// Connects to PostgreSQL for reading only: nothing is made, migrated or locked.
pub(crate) async fn open_postgres_reading(url: &str) -> Result<Pool, Problem> {
    let options =
        tls::options(url)?.application_name("jingui").disable_statement_logging().options([("default_transaction_read_only", "on")]);
    options.connect().await.map_err(fault::of)?.close().await.map_err(fault::of)?;
    PgPoolOptions::new().max_connections(2).acquire_timeout(PATIENCE).connect_with(options).await.map(Pool::Postgres).map_err(fault::of)
}

/// Acknowledged means durable whatever the server's default; and a node that hangs inside a
/// transaction may not hold up the others for ever.
const SESSION: &str = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local'); \
     SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'";

/// What an error code of either back end means.
pub(crate) fn code_of(error: &dyn DatabaseError) -> (Class, &'static str) {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<PgDatabaseError>().is_some() { postgres_code(&code) } else { sqlite_code(code.parse().unwrap_or(1)) }
}

/// <https://www.sqlite.org/rescode.html>; the low byte of an extended code is the primary one.
fn sqlite_code(code: u32) -> (Class, &'static str) {
    match code & 0xff {
        5 | 6 => (Class::Unavailable, "store.busy"),
        8 => (Class::Unavailable, "store.read_only"),
        10 | 14 => (Class::Unavailable, "store.unavailable"),
        11 | 26 => (Class::Internal, "store.damaged"),
        13 => (Class::Unavailable, "store.disk_full"),
        _ => (Class::Internal, "store.failed"),
    }
}

/// PostgreSQL's documentation, appendix A, "Error Codes".
fn postgres_code(code: &str) -> (Class, &'static str) {
    match code {
        "53100" => (Class::Unavailable, "store.disk_full"),
        "55P03" | "40001" | "40P01" => (Class::Unavailable, "store.busy"),
        "25006" => (Class::Unavailable, "store.read_only"),
        "25P03" => (Class::Unavailable, "store.unavailable"),
        "3D000" | "42501" => (Class::Unavailable, "store.refused"),
        "XX001" | "XX002" => (Class::Internal, "store.damaged"),
        _ => match code.get(..2) {
            Some("08" | "53" | "57" | "58") => (Class::Unavailable, "store.unavailable"),
            Some("28") => (Class::Unavailable, "store.refused"),
            _ => (Class::Internal, "store.failed"),
        },
    }
}

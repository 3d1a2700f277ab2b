//! One connection to either back end, and the macros by which one SQL text runs on both.
//!
//! `$1` placeholders work in both. Statements are static, prepared once per connection and cached by
//! sqlx; no text is ever put together at run time.

use jingui_model::Problem;
use sqlx::{ConnectOptions as _, Connection as _, PgPool, Postgres, Sqlite, SqlitePool, pool::PoolConnection};

use crate::fault;

/// Connections to one back end.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// One connection, taken from a pool and given back when it is dropped.
#[derive(Debug)]
pub(crate) enum Link {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Pool {
    /// Takes a connection, waiting for a free one.
    pub(crate) async fn link(&self) -> Result<Link, Problem> {
        Ok(match self {
            Self::Sqlite(pool) => Link::Sqlite(pool.acquire().await.map_err(fault::of)?),
            Self::Postgres(pool) => match pool.acquire().await {
                Ok(connection) => Link::Postgres(connection),
                Err(error) => return Err(why_none(pool, error).await),
            },
        })
    }

    /// Closes all connections, waiting for those in use.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// The pool tries again and again while the server is away, and then only says that time is up. Whether
/// all connections were in use or none could be had, one more attempt tells.
async fn why_none(pool: &PgPool, error: sqlx::Error) -> Problem {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return fault::of(error);
    }
    match pool.connect_options().connect().await {
        Ok(spare) => {
            let _ = spare.close().await;
            fault::of(error)
        }
        Err(reason) => fault::of(reason),
    }
}

impl Link {
    /// Closes the connection when it is dropped: whatever transaction it is in is rolled back by the
    /// database, in whatever state the conversation with it was left.
    pub(crate) fn discard(&mut self) {
        match self {
            Self::Sqlite(c) => c.close_on_drop(),
            Self::Postgres(c) => c.close_on_drop(),
        }
    }

    /// Commits; an answer that got lost on the way is no failure and no success.
    pub(crate) async fn commit(&mut self) -> Result<(), Problem> {
        match self {
            Self::Sqlite(c) => sqlx::raw_sql("COMMIT").execute(&mut **c).await.map(drop).map_err(fault::of),
            Self::Postgres(c) => sqlx::raw_sql("COMMIT").execute(&mut **c).await.map(drop).map_err(fault::of_commit),
        }
    }

    /// The text for this back end.
    pub(crate) const fn pick(&self, sql: Sql) -> &'static str {
        match self {
            Self::Sqlite(_) => sql.sqlite,
            Self::Postgres(_) => sql.postgres,
        }
    }

    /// Runs static text that may hold several statements; nothing is prepared, nothing returned.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), Problem> {
        match self {
            Self::Sqlite(c) => sqlx::raw_sql(sql).execute(&mut **c).await.map(drop),
            Self::Postgres(c) => sqlx::raw_sql(sql).execute(&mut **c).await.map(drop),
        }
        .map_err(fault::of)
    }
}

/// One of two texts, for the few statements that cannot be shared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl From<&'static str> for Sql {
    fn from(both: &'static str) -> Self {
        Self { sqlite: both, postgres: both }
    }
}

/// Runs a statement; the number of rows it changed.
macro_rules! execute {
    ($link:expr, $sql:expr $(, $value:expr)* $(,)?) => {{
        let sql = $crate::link::Sql::from($sql);
        match $link {
            $crate::link::Link::Sqlite(c) => sqlx::query(sql.sqlite)$(.bind($value))*.execute(&mut **c).await.map(|done| done.rows_affected()),
            $crate::link::Link::Postgres(c) => sqlx::query(sql.postgres)$(.bind($value))*.execute(&mut **c).await.map(|done| done.rows_affected()),
        }
        .map_err($crate::fault::of)
    }};
}

/// Runs a statement that takes several rows.
macro_rules! execute_rows {
    ($link:expr, $sql:expr, $rows:expr, $row:ident => $($value:expr),* $(,)?) => {
        match $link {
            $crate::link::Link::Sqlite(c) => {
                let mut query = sqlx::query($sql);
                for $row in $rows {
                    query = query$(.bind($value))*;
                }
                query.execute(&mut **c).await.map(drop)
            }
            $crate::link::Link::Postgres(c) => {
                let mut query = sqlx::query($sql);
                for $row in $rows {
                    query = query$(.bind($value))*;
                }
                query.execute(&mut **c).await.map(drop)
            }
        }
        .map_err($crate::fault::of)
    };
}

/// The one row that a statement gives, if it gives one, read by a function.
macro_rules! fetch_optional {
    ($link:expr, $read:expr, $sql:expr $(, $value:expr)* $(,)?) => {{
        let sql = $crate::link::Sql::from($sql);
        match $link {
            $crate::link::Link::Sqlite(c) => {
                sqlx::query(sql.sqlite)$(.bind($value))*.fetch_optional(&mut **c).await.and_then(|row| row.as_ref().map($read).transpose())
            }
            $crate::link::Link::Postgres(c) => {
                sqlx::query(sql.postgres)$(.bind($value))*.fetch_optional(&mut **c).await.and_then(|row| row.as_ref().map($read).transpose())
            }
        }
        .map_err($crate::fault::of)
    }};
}

/// All rows of a statement, each read by a function. Every statement has a `LIMIT` or few rows.
macro_rules! fetch_all {
    ($link:expr, $read:expr, $sql:expr $(, $value:expr)* $(,)?) => {{
        let sql = $crate::link::Sql::from($sql);
        match $link {
            $crate::link::Link::Sqlite(c) => {
                sqlx::query(sql.sqlite)$(.bind($value))*.try_map(|row| $read(&row)).fetch_all(&mut **c).await
            }
            $crate::link::Link::Postgres(c) => {
                sqlx::query(sql.postgres)$(.bind($value))*.try_map(|row| $read(&row)).fetch_all(&mut **c).await
            }
        }
        .map_err($crate::fault::of)
    }};
}

/// All rows of a statement that takes several values of one sort, each read by a function.
macro_rules! fetch_many {
    ($link:expr, $read:expr, $sql:expr, $values:expr) => {
        match $link {
            $crate::link::Link::Sqlite(c) => {
                let query = $values.into_iter().fold(sqlx::query($sql), |query, value| query.bind(value));
                query.try_map(|row| $read(&row)).fetch_all(&mut **c).await
            }
            $crate::link::Link::Postgres(c) => {
                let query = $values.into_iter().fold(sqlx::query($sql), |query, value| query.bind(value));
                query.try_map(|row| $read(&row)).fetch_all(&mut **c).await
            }
        }
        .map_err($crate::fault::of)
    };
}

pub(crate) use {execute, execute_rows, fetch_all, fetch_many, fetch_optional};

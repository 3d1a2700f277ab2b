//! Sign-ins, known by the hash of their token, and what was remembered for idempotency.

use jingui_model::{Id, Instant, Problem};

use crate::{
    link::{execute, fetch_all, fetch_optional},
    rows::{self, SessionRow, long},
    store::Store,
};

impl Store {
    /// Adds a session, or replaces the one with the same token.
    ///
    /// # Errors
    /// Those of writing: `store.unavailable`, `store.disk_full`, `store.busy`.
    pub async fn put_session(&self, row: &SessionRow) -> Result<(), Problem> {
        let sql = "INSERT INTO sessions (token_hash, account, created, last_seen, expires, sealed) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (token_hash) DO UPDATE SET account = excluded.account, created = excluded.created, \
                   last_seen = excluded.last_seen, expires = excluded.expires, sealed = excluded.sealed";
        execute!(
            &mut self.beside().await?,
            sql,
            row.token_hash.as_slice(),
            row.account.as_bytes().as_slice(),
            row.created.micros(),
            row.last_seen.micros(),
            row.expires.micros(),
            row.sealed.as_slice(),
        )
        .map(drop)
    }

    /// The session of a token, ended or not.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn session(&self, token_hash: [u8; 32]) -> Result<Option<SessionRow>, Problem> {
        let sql = "SELECT token_hash, account, created, last_seen, expires, sealed FROM sessions WHERE token_hash = $1";
        fetch_optional!(&mut self.reading().await?, rows::session, sql, token_hash.as_slice())
    }

    /// Notes that a session was used. Waits for the writer and for the disk: call it now and then, not each time.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn touch_session(&self, token_hash: [u8; 32], last_seen: Instant) -> Result<(), Problem> {
        let sql = "UPDATE sessions SET last_seen = $1 WHERE token_hash = $2 AND last_seen < $1";
        execute!(&mut self.beside().await?, sql, last_seen.micros(), token_hash.as_slice()).map(drop)
    }

    /// Ends a session; true when there was one.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn delete_session(&self, token_hash: [u8; 32]) -> Result<bool, Problem> {
        Ok(execute!(&mut self.beside().await?, "DELETE FROM sessions WHERE token_hash = $1", token_hash.as_slice())? > 0)
    }

    /// Ends all sessions of an account; how many there were.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn delete_sessions_of(&self, account: Id) -> Result<u64, Problem> {
        execute!(&mut self.beside().await?, "DELETE FROM sessions WHERE account = $1", account.as_bytes().as_slice())
    }

    /// The sessions of an account, the one used last first.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn sessions_of(&self, account: Id) -> Result<Vec<SessionRow>, Problem> {
        let sql = "SELECT token_hash, account, created, last_seen, expires, sealed FROM sessions WHERE account = $1 \
                   ORDER BY last_seen DESC, token_hash";
        fetch_all!(&mut self.reading().await?, rows::session, sql, account.as_bytes().as_slice())
    }

    /// Removes the sessions that ended at or before an instant; how many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn purge_sessions(&self, before: Instant) -> Result<u64, Problem> {
        execute!(&mut self.beside().await?, "DELETE FROM sessions WHERE expires <= $1", before.micros())
    }

    /// Forgets answers given at or before an instant, at most `limit` of them; how many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn purge_remembered(&self, before: Instant, limit: u64) -> Result<u64, Problem> {
        let sql = "DELETE FROM remembered WHERE (actor, key_hash) IN \
                   (SELECT actor, key_hash FROM remembered WHERE at <= $1 ORDER BY at LIMIT $2)";
        execute!(&mut self.beside().await?, sql, before.micros(), long(limit)?)
    }
}

//! The queue and the leases by which nodes share work.
//!
//! A job is taken for a time. Its holder finishes it, or puts it back with an instant at which it may be
//! tried again, or dies, and then anybody may take it when the time is over. So each job is done at
//! least once, and doing it twice must do no harm.

use jingui_model::{Id, Problem};

use crate::{
    dialect,
    link::{execute, fetch_all},
    rows::{self, JobOverview, JobRow},
    store::Store,
};

/// The instant (microseconds) at which a job that is given up may be tried again.
pub const NEVER: i64 = i64::MAX;

impl Store {
    /// Takes the job that has been due longest, until `lease_until`. Instants are microseconds.
    ///
    /// # Errors
    /// Those of writing: `store.unavailable`, `store.disk_full`, `store.busy`.
    pub async fn claim_job(&self, now: i64, holder: Id, lease_until: i64) -> Result<Option<JobRow>, Problem> {
        // A look first: with nothing to do, an idle node asks often and must not wait for the writer.
        let due = "SELECT 1 FROM jobs WHERE due <= $1 ORDER BY due, id LIMIT 1";
        if fetch_all!(&mut self.reading().await?, |_: &_| Ok(()), due, now)?.is_empty() {
            return Ok(None);
        }
        let mut link = self.beside().await?;
        let taken = fetch_all!(&mut link, rows::job, dialect::CLAIM_JOB, holder.as_bytes().as_slice(), lease_until, now)?;
        Ok(taken.into_iter().next())
    }

    /// Removes a job that is done; false when it is no longer this holder's.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn finish_job(&self, id: Id, holder: Id) -> Result<bool, Problem> {
        let sql = "DELETE FROM jobs WHERE id = $1 AND holder = $2";
        Ok(execute!(&mut self.beside().await?, sql, id.as_bytes().as_slice(), holder.as_bytes().as_slice())? == 1)
    }

    /// Puts a job back that failed with this code, to be tried again at an instant (microseconds), or
    /// [`NEVER`]; false when it is no longer this holder's.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn fail_job(&self, id: Id, holder: Id, retry_at: i64, error_code: &str) -> Result<bool, Problem> {
        let sql = "UPDATE jobs SET holder = NULL, due = $1, error = $2 WHERE id = $3 AND holder = $4";
        let mut link = self.beside().await?;
        Ok(execute!(&mut link, sql, retry_at, error_code, id.as_bytes().as_slice(), holder.as_bytes().as_slice())? == 1)
    }

    /// Has a job that was given up tried again from an instant (microseconds) on, as if for the first time; false when
    /// there is no such job.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn retry_job(&self, id: Id, at: i64) -> Result<bool, Problem> {
        let sql = "UPDATE jobs SET due = $1, attempts = 0 WHERE id = $2 AND holder IS NULL AND due = $3";
        Ok(execute!(&mut self.beside().await?, sql, at, id.as_bytes().as_slice(), NEVER)? == 1)
    }

    /// Puts back everything that a holder took and did not end: for one that starts anew under its old name.
    /// How many there were.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn put_back_jobs(&self, holder: Id) -> Result<u64, Problem> {
        let sql = "UPDATE jobs SET holder = NULL, due = run_at WHERE holder = $1";
        execute!(&mut self.beside().await?, sql, holder.as_bytes().as_slice())
    }

    /// The queue, by sort of work.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn jobs_overview(&self) -> Result<Vec<JobOverview>, Problem> {
        let sql = "SELECT kind, COUNT(CASE WHEN holder IS NULL AND due < $1 THEN 1 END), COUNT(holder), \
                   COUNT(CASE WHEN holder IS NULL AND due < $1 THEN error END), COUNT(CASE WHEN holder IS NULL AND due = $1 THEN 1 END), \
                   MIN(CASE WHEN holder IS NULL AND due < $1 THEN due END) FROM jobs GROUP BY kind ORDER BY kind";
        fetch_all!(&mut self.reading().await?, rows::overview, sql, NEVER)
    }

    /// Takes or extends a named lease, if nobody else holds it at this moment. Instants are microseconds.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn try_lease(&self, name: &str, holder: Id, now: i64, until: i64) -> Result<bool, Problem> {
        let sql = "INSERT INTO leases (name, holder, held_until) VALUES ($1, $2, $3) \
                   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until \
                   WHERE leases.holder = excluded.holder OR leases.held_until <= $4";
        Ok(execute!(&mut self.beside().await?, sql, name, holder.as_bytes().as_slice(), until, now)? == 1)
    }

    /// Gives a lease back; nothing happens if it is no longer this holder's.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn release_lease(&self, name: &str, holder: Id) -> Result<(), Problem> {
        let sql = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        execute!(&mut self.beside().await?, sql, name, holder.as_bytes().as_slice()).map(drop)
    }
}

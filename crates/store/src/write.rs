//! The one transaction that changes records and extends the ledger.
//!
//! There is one at a time over all nodes (see `dialect::LOCK_HEAD`), which is why the index of an event
//! and the numbers of a series can be given out inside it: they have no gaps, because what is rolled back
//! gives them back, and their order is the order of commits.
//!
//! A statement that failed, or whose future was dropped half way, leaves the transaction in doubt; from
//! then on everything but [`Write::rollback_to_savepoint`] is refused. PostgreSQL would otherwise answer a
//! commit of such a transaction with a rollback and no error. Expected refusals (`store.version_conflict`,
//! `store.exists`, `false`) are not failures: the transaction goes on.

use jingui_model::{Class, Id, Instant, Problem};

use crate::{
    dialect, fault,
    link::{Link, execute, fetch_all, fetch_optional},
    reads::RECORD,
    rows::{self, Columns, EventRow, JobRow, RecordRow, RememberedRow, long},
    store::{GET_META, SET_META},
};

/// The open transaction. Dropped without [`Write::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Write {
    /// Gone once the transaction has ended.
    link: Option<Link>,
    head: u64,
    head_at_begin: u64,
    savepoint: Savepoint,
    doubtful: bool,
}

#[derive(Debug, Clone, Copy)]
enum Savepoint {
    None,
    /// Open, with the head to return to.
    Open(u64),
    /// Released here, but the database is told only with the next one: a round trip saved for each act.
    Released,
}

/// Runs a step on the connection; if it fails or is abandoned, the transaction stays in doubt.
macro_rules! step {
    ($self:ident, $link:ident => $step:expr) => {{
        if $self.doubtful {
            return Err(Problem::internal("store.transaction_failed"));
        }
        let $link = $self.link.as_mut().ok_or_else(|| fault::defect("transaction ended"))?;
        $self.doubtful = true;
        let done = $step;
        $self.doubtful = done.is_err();
        done
    }};
}

impl Write {
    pub(crate) async fn begin(link: Link) -> Result<Self, Problem> {
        let mut write = Self { link: Some(link), head: 0, head_at_begin: 0, savepoint: Savepoint::None, doubtful: false };
        step!(write, link => execute!(link, dialect::BEGIN))?;
        let head = step!(write, link => fetch_optional!(link, |row: &_| Columns::count(row, 0), dialect::LOCK_HEAD))?;
        write.head = head.ok_or_else(|| fault::defect("no head"))?;
        write.head_at_begin = write.head;
        Ok(write)
    }

    /// The connection, so that a test can break it.
    #[cfg(test)]
    pub(crate) async fn with_link<T>(&mut self, work: impl AsyncFnOnce(&mut Link) -> Result<T, Problem>) -> Result<T, Problem> {
        step!(self, link => work(link).await)
    }

    /// The index that the next event gets.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Sets the point to which a refusal of one act returns without losing the acts before it. There is
    /// one level: a second call moves it forward.
    ///
    /// # Errors
    /// Those of writing: `store.unavailable`, `store.disk_full`, `store.busy`, `store.transaction_failed`.
    pub async fn savepoint(&mut self) -> Result<(), Problem> {
        let sql = match self.savepoint {
            Savepoint::None => "SAVEPOINT act",
            Savepoint::Open(_) | Savepoint::Released => "RELEASE SAVEPOINT act; SAVEPOINT act",
        };
        step!(self, link => link.script(sql).await)?;
        self.savepoint = Savepoint::Open(self.head);
        Ok(())
    }

    /// Undoes everything since the savepoint, which is gone then. Also heals a transaction in which a
    /// statement failed, if the database still has it.
    ///
    /// # Errors
    /// `store.failed` without an open savepoint; `store.transaction_failed` when the database has given
    /// up the whole transaction; those of writing.
    pub async fn rollback_to_savepoint(&mut self) -> Result<(), Problem> {
        let Savepoint::Open(head) = self.savepoint else {
            return Err(fault::defect("no savepoint"));
        };
        let link = self.link.as_mut().ok_or_else(|| fault::defect("transaction ended"))?;
        self.doubtful = true;
        link.script("ROLLBACK TO SAVEPOINT act; RELEASE SAVEPOINT act").await.map_err(|problem| match problem.class() {
            Class::Internal => Problem::internal("store.transaction_failed").detail(problem),
            _ => problem,
        })?;
        self.doubtful = false;
        self.savepoint = Savepoint::None;
        self.head = head;
        Ok(())
    }

    /// Keeps everything since the savepoint as part of the transaction.
    ///
    /// # Errors
    /// `store.transaction_failed` after a failed statement.
    #[expect(clippy::unused_async, reason = "one of three alike; whether it speaks to the database is its own affair")]
    pub async fn release_savepoint(&mut self) -> Result<(), Problem> {
        if self.doubtful {
            return Err(Problem::internal("store.transaction_failed"));
        }
        if matches!(self.savepoint, Savepoint::Open(_)) {
            self.savepoint = Savepoint::Released;
        }
        Ok(())
    }

    /// One record, as this transaction sees it.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn record(&mut self, id: Id) -> Result<Option<RecordRow>, Problem> {
        step!(self, link => fetch_optional!(link, rows::record, RECORD, id.as_bytes().as_slice()))
    }

    /// Adds a record.
    ///
    /// # Errors
    /// `store.exists` when there is one with its id; those of writing.
    pub async fn insert_record(&mut self, row: &RecordRow) -> Result<(), Problem> {
        let sql = "INSERT INTO records (id, kind, state, grade, version, created, updated, key, sealed) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
        let version = long(row.version)?;
        let added = step!(self, link => execute!(
            link, sql,
            row.id.as_bytes().as_slice(),
            row.kind.as_str(),
            row.state.as_str(),
            i64::from(row.grade),
            version,
            row.created.micros(),
            row.updated.micros(),
            row.key.as_slice(),
            row.sealed.as_slice(),
        ))?;
        if added == 1 { Ok(()) } else { Err(Problem::conflict("store.exists").arg("id", row.id)) }
    }

    /// Replaces a record, all but its instant of making, if it still has the version expected.
    ///
    /// # Errors
    /// `store.version_conflict` when it has another version or is not there; those of writing.
    pub async fn update_record(&mut self, row: &RecordRow, expected_version: u64) -> Result<(), Problem> {
        let sql = "UPDATE records SET kind = $1, state = $2, grade = $3, version = $4, updated = $5, key = $6, sealed = $7 \
                   WHERE id = $8 AND version = $9";
        let (version, expected) = (long(row.version)?, long(expected_version)?);
        let changed = step!(self, link => execute!(
            link, sql,
            row.kind.as_str(),
            row.state.as_str(),
            i64::from(row.grade),
            version,
            row.updated.micros(),
            row.key.as_slice(),
            row.sealed.as_slice(),
            row.id.as_bytes().as_slice(),
            expected,
        ))?;
        if changed == 1 {
            Ok(())
        } else {
            Err(Problem::conflict("store.version_conflict").arg("id", row.id).arg("expected", expected_version))
        }
    }

    /// Adds an event at the end of the ledger; its `index` is ignored and given out here.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn append_event(&mut self, row: EventRow) -> Result<u64, Problem> {
        let sql =
            "INSERT INTO events (position, id, record, kind, act, actor, at, entry, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let index = self.head;
        let position = long(index)?;
        step!(self, link => execute!(
            link, sql,
            position,
            row.id.as_bytes().as_slice(),
            row.record.as_ref().map(|id| id.as_bytes().as_slice()),
            row.kind,
            row.act,
            row.actor.as_bytes().as_slice(),
            row.at.micros(),
            row.entry,
            row.sealed,
        ))?;
        self.head += 1;
        Ok(index)
    }

    /// The next number of a series, from 1, without gaps.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn next_number(&mut self, series: &str) -> Result<u64, Problem> {
        let sql = "INSERT INTO numbers (series, last) VALUES ($1, 1) \
                   ON CONFLICT (series) DO UPDATE SET last = numbers.last + 1 RETURNING last";
        let given = step!(self, link => fetch_all!(link, |row: &_| Columns::count(row, 0), sql, series))?;
        given.first().copied().ok_or_else(|| fault::defect("no number"))
    }

    /// Takes a value that must be unique in its scope, as a blind index; false when another record has
    /// it. A record may take its own value again.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn reserve_unique(&mut self, scope: &str, blind: [u8; 32], record: Id) -> Result<bool, Problem> {
        let sql = "INSERT INTO unique_values (scope, blind, record) VALUES ($1, $2, $3) \
                   ON CONFLICT (scope, blind) DO UPDATE SET record = excluded.record WHERE unique_values.record = excluded.record";
        Ok(step!(self, link => execute!(link, sql, scope, blind.as_slice(), record.as_bytes().as_slice()))? == 1)
    }

    /// Gives back all values that a record has in a scope.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn release_unique(&mut self, scope: &str, record: Id) -> Result<(), Problem> {
        let sql = "DELETE FROM unique_values WHERE record = $1 AND scope = $2";
        step!(self, link => execute!(link, sql, record.as_bytes().as_slice(), scope)).map(drop)
    }

    /// The answer that was given under an idempotency key.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn recall(&mut self, actor: Id, key_hash: [u8; 32]) -> Result<Option<RememberedRow>, Problem> {
        let sql = "SELECT digest, sealed, at FROM remembered WHERE actor = $1 AND key_hash = $2";
        step!(self, link => fetch_optional!(link, rows::remembered, sql, actor.as_bytes().as_slice(), key_hash.as_slice()))
    }

    /// Keeps the answer to a request with an idempotency key.
    ///
    /// # Errors
    /// `store.exists` when there is one under this key; those of writing.
    pub async fn remember(
        &mut self,
        actor: Id,
        key_hash: [u8; 32],
        request_digest: [u8; 32],
        sealed_response: &[u8],
        at: Instant,
    ) -> Result<(), Problem> {
        let sql = "INSERT INTO remembered (actor, key_hash, digest, at, sealed) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (actor, key_hash) DO NOTHING";
        let added = step!(self, link => execute!(
            link, sql,
            actor.as_bytes().as_slice(),
            key_hash.as_slice(),
            request_digest.as_slice(),
            at.micros(),
            sealed_response,
        ))?;
        if added == 1 { Ok(()) } else { Err(Problem::conflict("store.exists").arg("id", actor)) }
    }

    /// Puts a job into the queue, to be seen when this transaction is committed.
    ///
    /// # Errors
    /// `store.exists` when there is one with its id; those of writing.
    pub async fn enqueue(&mut self, job: &JobRow) -> Result<(), Problem> {
        let sql = "INSERT INTO jobs (id, kind, run_at, due, attempts, sealed) VALUES ($1, $2, $3, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
        let added = step!(self, link => execute!(
            link, sql,
            job.id.as_bytes().as_slice(),
            job.kind.as_str(),
            job.run_at.micros(),
            i64::from(job.attempts),
            job.sealed.as_slice(),
        ))?;
        if added == 1 { Ok(()) } else { Err(Problem::conflict("store.exists").arg("id", job.id)) }
    }

    /// A named value, as this transaction sees it.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn meta(&mut self, key: &str) -> Result<Option<Vec<u8>>, Problem> {
        step!(self, link => fetch_optional!(link, |row: &_| Columns::bytes(row, 0), GET_META, key))
    }

    /// Sets a named value.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn set_meta(&mut self, key: &str, value: &[u8]) -> Result<(), Problem> {
        step!(self, link => execute!(link, SET_META, key, value)).map(drop)
    }

    /// Makes everything durable; the new head. If the future is dropped before it is done, nobody knows
    /// whether it was committed, as after a lost connection.
    ///
    /// # Errors
    /// `store.transaction_failed` after a failed statement; `store.commit_unknown` when the connection
    /// was lost meanwhile, so that only asking again tells (see [`Write::recall`]); those of writing,
    /// after which nothing was done.
    pub async fn commit(mut self) -> Result<u64, Problem> {
        if self.head != self.head_at_begin {
            let (next, before) = (long(self.head)?, long(self.head_at_begin)?);
            let sql = "UPDATE ledger_head SET next = $1 WHERE one = 1 AND next = $2";
            if step!(self, link => execute!(link, sql, next, before))? != 1 {
                return Err(fault::defect("head moved under a writer"));
            }
        }
        step!(self, link => link.commit().await)?;
        drop(self.link.take());
        Ok(self.head)
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if let Some(link) = &mut self.link {
            link.discard();
        }
    }
}

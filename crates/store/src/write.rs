//! The one transaction that changes records and extends the ledger.
//!
//! There is one at a time over all nodes (see `dialect::LOCK_HEAD`), which is why the index of an event
//! and the numbers of a series can be given out inside it: they have no gaps, because what is rolled back
//! gives them back, and their order is the order of commits.
//!
//! Records, events, numbers and remembered answers are kept in memory (see `pending.rs`) and written when they are
//! many, and at the commit. Everything else goes to the database at once, under a savepoint of its own
//! that is opened when an act first needs it.
//!
//! A statement that failed, or whose future was dropped half way, leaves the transaction in doubt; from
//! then on everything but [`Write::rollback_to_savepoint`] is refused. PostgreSQL would otherwise answer a
//! commit of such a transaction with a rollback and no error. Expected refusals (`store.version_conflict`,
//! `store.exists`, `false`) are not failures: the transaction goes on.

use jingui_model::{Class, Id, Instant, Problem};

use crate::{
    dialect, fault,
    link::{Link, execute, fetch_optional},
    pending::Pending,
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
    pending: Pending,
    /// The act that can still be undone.
    act: Option<Act>,
    /// The database's savepoint, which outlives its act until the next one needs it.
    savepoint: Savepoint,
    /// A key under which nothing is remembered, as far as the last recall found.
    unknown_key: Option<(Id, [u8; 32])>,
    doubtful: bool,
}

#[derive(Debug)]
struct Act {
    head: u64,
    /// What was pending before the act, if it had to be written out in the middle of it.
    before: Option<Pending>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Savepoint {
    None,
    /// Of the act that can still be undone.
    Open,
    /// Of an act that is over: of no use, and released together with the next one.
    Stale,
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
        let mut write = Self {
            link: Some(link),
            head: 0,
            head_at_begin: 0,
            pending: Pending::default(),
            act: None,
            savepoint: Savepoint::None,
            unknown_key: None,
            doubtful: false,
        };
        step!(write, link => execute!(link, dialect::BEGIN))?;
        let head = step!(write, link => fetch_optional!(link, |row: &_| Columns::count(row, 0), dialect::LOCK_HEAD))?;
        write.head = head.ok_or_else(|| fault::defect("no head"))?;
        write.head_at_begin = write.head;
        Ok(write)
    }

    /// A step of another file's on the connection.
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
        self.release_savepoint().await?;
        self.pending.mark();
        self.act = Some(Act { head: self.head, before: None });
        Ok(())
    }

    /// Undoes everything since the savepoint, which is gone then. Also heals a transaction in which a
    /// statement failed, if the database still has it.
    ///
    /// # Errors
    /// `store.failed` without a savepoint; `store.transaction_failed` when the database has given up the
    /// whole transaction; those of writing.
    pub async fn rollback_to_savepoint(&mut self) -> Result<(), Problem> {
        let act = self.act.take().ok_or_else(|| fault::defect("no savepoint"))?;
        if self.savepoint == Savepoint::Open {
            let link = self.link.as_mut().ok_or_else(|| fault::defect("transaction ended"))?;
            self.doubtful = true;
            link.script("ROLLBACK TO SAVEPOINT act; RELEASE SAVEPOINT act").await.map_err(|problem| match problem.class() {
                Class::Internal => Problem::internal("store.transaction_failed").detail(problem),
                _ => problem,
            })?;
            self.doubtful = false;
            self.savepoint = Savepoint::None;
        } else if self.doubtful {
            return Err(Problem::internal("store.transaction_failed"));
        }
        match act.before {
            Some(before) => self.pending = before,
            None => self.pending.undo(),
        }
        self.head = act.head;
        self.unknown_key = None;
        Ok(())
    }

    /// Keeps everything since the savepoint as part of the transaction.
    ///
    /// # Errors
    /// `store.transaction_failed` after a failed statement; those of writing.
    pub async fn release_savepoint(&mut self) -> Result<(), Problem> {
        if self.doubtful {
            return Err(Problem::internal("store.transaction_failed"));
        }
        self.act = None;
        if self.savepoint == Savepoint::Open {
            self.savepoint = Savepoint::Stale;
        }
        self.make_room().await
    }

    /// Before the first statement of an act that changes something: what to return to.
    async fn protect(&mut self) -> Result<(), Problem> {
        if self.act.is_some() && self.savepoint != Savepoint::Open {
            let sql = match self.savepoint {
                Savepoint::Stale => "RELEASE SAVEPOINT act; SAVEPOINT act",
                Savepoint::Open | Savepoint::None => "SAVEPOINT act",
            };
            step!(self, link => link.script(sql).await)?;
            self.savepoint = Savepoint::Open;
        }
        Ok(())
    }

    /// Writes out what is pending if it is much.
    async fn make_room(&mut self) -> Result<(), Problem> {
        if !self.pending.is_much() {
            return Ok(());
        }
        self.protect().await?;
        step!(self, link => self.pending.write(link).await)?;
        let mut written = std::mem::take(&mut self.pending);
        if let Some(act) = &mut self.act
            && act.before.is_none()
        {
            // An undo takes back what was just written, also the acts before: keep those.
            written.undo();
            act.before = Some(written);
        }
        Ok(())
    }

    /// One record, as this transaction sees it.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn record(&mut self, id: Id) -> Result<Option<RecordRow>, Problem> {
        if let Some(known) = self.pending.record(id) {
            return Ok(known.cloned());
        }
        let row = step!(self, link => fetch_optional!(link, rows::record, RECORD, id.as_bytes().as_slice()))?;
        self.pending.learn(id, row.clone());
        Ok(row)
    }

    /// Reads records that will be asked for, many at once: [`Write::record`] then has them at hand.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn foresee(&mut self, ids: &[Id]) -> Result<(), Problem> {
        step!(self, link => self.pending.fetch(link, ids).await)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// `store.exists` when there is one with its id; those of writing.
    pub async fn insert_record(&mut self, row: &RecordRow) -> Result<(), Problem> {
        if self.record(row.id).await?.is_some() {
            return Err(Problem::conflict("store.exists").arg("id", row.id));
        }
        self.pending.put(row.clone());
        self.make_room().await
    }

    /// Replaces a record, all but its instant of making, if it still has the version expected.
    ///
    /// # Errors
    /// `store.version_conflict` when it has another version or is not there; those of writing.
    pub async fn update_record(&mut self, row: &RecordRow, expected_version: u64) -> Result<(), Problem> {
        let known = self.record(row.id).await?.filter(|known| known.version == expected_version);
        let Some(known) = known else {
            return Err(Problem::conflict("store.version_conflict").arg("id", row.id).arg("expected", expected_version));
        };
        self.pending.put(RecordRow { created: known.created, ..row.clone() });
        self.make_room().await
    }

    /// Adds an event at the end of the ledger; its `index` is ignored and given out here.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn append_event(&mut self, row: EventRow) -> Result<u64, Problem> {
        if self.doubtful {
            return Err(Problem::internal("store.transaction_failed"));
        }
        let index = self.head;
        self.pending.append(EventRow { index, ..row });
        self.head += 1;
        self.make_room().await?;
        Ok(index)
    }

    /// The next number of a series, from 1, without gaps.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn next_number(&mut self, series: &str) -> Result<u64, Problem> {
        if self.doubtful {
            return Err(Problem::internal("store.transaction_failed"));
        }
        let last = match self.pending.number(series) {
            Some(last) => last,
            None => {
                let sql = "SELECT last FROM numbers WHERE series = $1";
                step!(self, link => fetch_optional!(link, |row: &_| Columns::count(row, 0), sql, series))?.unwrap_or(0)
            }
        };
        let next = last.saturating_add(1);
        self.pending.count(series, next);
        self.make_room().await?;
        Ok(next)
    }

    /// Takes a value that must be unique in its scope, as a blind index; false when another record has
    /// it. A record may take its own value again.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn reserve_unique(&mut self, scope: &str, blind: [u8; 32], record: Id) -> Result<bool, Problem> {
        let sql = "INSERT INTO unique_values (scope, blind, record) VALUES ($1, $2, $3) \
                   ON CONFLICT (scope, blind) DO UPDATE SET record = excluded.record WHERE unique_values.record = excluded.record";
        self.protect().await?;
        Ok(step!(self, link => execute!(link, sql, scope, blind.as_slice(), record.as_bytes().as_slice()))? == 1)
    }

    /// Gives back all values that a record has in a scope.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn release_unique(&mut self, scope: &str, record: Id) -> Result<(), Problem> {
        let sql = "DELETE FROM unique_values WHERE record = $1 AND scope = $2";
        self.protect().await?;
        step!(self, link => execute!(link, sql, record.as_bytes().as_slice(), scope)).map(drop)
    }

    /// The answer that was given under an idempotency key.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn recall(&mut self, actor: Id, key_hash: [u8; 32]) -> Result<Option<RememberedRow>, Problem> {
        if let Some(row) = self.pending.recall(actor, &key_hash) {
            return Ok(Some(row.clone()));
        }
        let sql = "SELECT digest, sealed, at FROM remembered WHERE actor = $1 AND key_hash = $2";
        let row = step!(self, link => fetch_optional!(link, rows::remembered, sql, actor.as_bytes().as_slice(), key_hash.as_slice()))?;
        self.unknown_key = row.is_none().then_some((actor, key_hash));
        Ok(row)
    }

    /// Keeps the answer to a request with an idempotency key. Costs least right after the recall of that key.
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
        if self.unknown_key.take() != Some((actor, key_hash)) && self.recall(actor, key_hash).await?.is_some() {
            return Err(Problem::conflict("store.exists").arg("id", actor));
        }
        self.unknown_key = None;
        self.pending.remember(actor, key_hash, RememberedRow { request_digest, sealed_response: sealed_response.to_vec(), at });
        self.make_room().await
    }

    /// Puts a job into the queue, to be seen when this transaction is committed.
    ///
    /// # Errors
    /// `store.exists` when there is one with its id; those of writing.
    pub async fn enqueue(&mut self, job: &JobRow) -> Result<(), Problem> {
        let sql = "INSERT INTO jobs (id, kind, run_at, due, attempts, sealed) VALUES ($1, $2, $3, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
        self.protect().await?;
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
        self.protect().await?;
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
        step!(self, link => self.pending.write(link).await)?;
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

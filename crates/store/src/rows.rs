//! The rows, as callers see them, and how they are read from either back end's own row type.

use jingui_model::{Id, Instant, Problem};
use sqlx::{Error, Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::fault;

/// One record: who and what it is in the clear as far as lists of ids need it, the rest sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The record.
    pub id: Id,
    /// Code of its kind.
    pub kind: String,
    /// Code of its state.
    pub state: String,
    /// Rank of its protection, 0 to 3.
    pub grade: u8,
    /// Counts changes, from 1; the optimistic lock.
    pub version: u64,
    /// When it was made; an update does not change it.
    pub created: Instant,
    /// When it was last changed.
    pub updated: Instant,
    /// The wrapped key of the record.
    pub key: Vec<u8>,
    /// The sealed payload.
    pub sealed: Vec<u8>,
}

/// Of one record, what opening it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// The record.
    pub id: Id,
    /// Counts changes, from 1.
    pub version: u64,
    /// The wrapped key of the record.
    pub key: Vec<u8>,
    /// The sealed payload.
    pub sealed: Vec<u8>,
}

/// One event: an act upon a record or the system, with its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Index in the ledger, from 0, without gaps.
    pub index: u64,
    /// The event.
    pub id: Id,
    /// The record acted upon, if one.
    pub record: Option<Id>,
    /// Code of the record's kind.
    pub kind: String,
    /// Code of the act.
    pub act: String,
    /// Who acted; nil for the system.
    pub actor: Id,
    /// When.
    pub at: Instant,
    /// The bytes of the ledger entry (commitments only).
    pub entry: Vec<u8>,
    /// The sealed content and salts.
    pub sealed: Vec<u8>,
}

/// What an outsider said of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// Its identifier.
    pub id: Id,
    /// `stamp` or `cosignature`.
    pub kind: String,
    /// The record of the authority or witness.
    pub source: Id,
    /// Entries under the checkpoint.
    pub size: u64,
    /// The outsider's own time.
    pub at: Instant,
    /// When the weakest certificate behind it ends, if one does.
    pub expires: Option<Instant>,
    /// The token that this one was made over, to renew it.
    pub renews: Option<Id>,
    /// The checkpoint, as it was shown to the outsider.
    pub note: String,
    /// The answer, byte for byte.
    pub body: Vec<u8>,
}

/// One sign-in. The token itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub account: Id,
    /// When it began.
    pub created: Instant,
    /// When it was last used.
    pub last_seen: Instant,
    /// When it ends.
    pub expires: Instant,
    /// Sealed: device, address.
    pub sealed: Vec<u8>,
}

/// One piece of work in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// The job.
    pub id: Id,
    /// Code of the sort of work.
    pub kind: String,
    /// Not before.
    pub run_at: Instant,
    /// How often it was taken, this time included.
    pub attempts: u32,
    /// The sealed input.
    pub sealed: Vec<u8>,
}

/// The queue, one row for each sort of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOverview {
    /// Code of the sort of work.
    pub kind: String,
    /// Waiting to be taken, retries included.
    pub waiting: u64,
    /// Taken by a holder.
    pub running: u64,
    /// Waiting after at least one failure.
    pub failing: u64,
    /// Given up: due [`crate::NEVER`].
    pub dead: u64,
    /// The earliest instant at which one of those waiting may be taken.
    pub oldest: Option<Instant>,
}

/// The answer that was given to a request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedRow {
    /// Digest of the request; another request under the same key is a mistake of the caller.
    pub request_digest: [u8; 32],
    /// The sealed answer.
    pub sealed_response: Vec<u8>,
    /// When it was given.
    pub at: Instant,
}

/// The end of the ledger as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Index that the next event gets, which is the count of events.
    pub next: u64,
    /// The last signed checkpoint, kept here a second time.
    pub checkpoint: Option<String>,
    /// How many entries that checkpoint covers.
    pub checkpoint_size: u64,
}

/// How much there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Records.
    pub records: u64,
    /// Events.
    pub events: u64,
    /// Bytes on the disk, if the back end tells.
    pub bytes: Option<u64>,
}

/// Columns by position, the same for both back ends.
pub(crate) fn attestation(row: &impl Columns) -> Result<Attestation, Error> {
    Ok(Attestation {
        id: row.id(0)?,
        kind: row.text(1)?,
        source: row.id(2)?,
        size: row.count(3)?,
        at: row.instant(4)?,
        expires: row.long_or_null(5)?.map(Instant::from_micros),
        renews: row.fixed_or_null(6)?.map(Id::from_bytes),
        note: row.text(7)?,
        body: row.bytes(8)?,
    })
}

/// `source, size, id`
pub(crate) fn attested_size(row: &impl Columns) -> Result<(Id, u64, Id), Error> {
    Ok((row.id(0)?, row.count(1)?, row.id(2)?))
}

/// A message about waiting work, known by digests only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeRow {
    /// Of person, record, what is asked, stage and due day.
    pub key: [u8; 32],
    /// Of person, record and what is asked.
    pub thread: [u8; 32],
    /// Since when it waits.
    pub at: Instant,
    /// `WAITS`, `TAKEN` or `SENT`.
    pub state: i64,
}

/// `key, thread, at, state`
pub(crate) fn notice(row: &impl Columns) -> Result<NoticeRow, Error> {
    Ok(NoticeRow { key: row.fixed(0)?, thread: row.fixed(1)?, at: row.instant(2)?, state: row.long(3)? })
}

pub(crate) trait Columns {
    fn long(&self, at: usize) -> Result<i64, Error>;
    fn long_or_null(&self, at: usize) -> Result<Option<i64>, Error>;
    fn text(&self, at: usize) -> Result<String, Error>;
    fn text_or_null(&self, at: usize) -> Result<Option<String>, Error>;
    fn bytes(&self, at: usize) -> Result<Vec<u8>, Error>;
    fn bytes_or_null(&self, at: usize) -> Result<Option<Vec<u8>>, Error>;
    fn fixed<const N: usize>(&self, at: usize) -> Result<[u8; N], Error>;
    fn fixed_or_null<const N: usize>(&self, at: usize) -> Result<Option<[u8; N]>, Error>;

    fn count(&self, at: usize) -> Result<u64, Error> {
        u64::try_from(self.long(at)?).map_err(|e| Error::Decode(e.into()))
    }
    fn id(&self, at: usize) -> Result<Id, Error> {
        self.fixed(at).map(Id::from_bytes)
    }
    fn instant(&self, at: usize) -> Result<Instant, Error> {
        self.long(at).map(Instant::from_micros)
    }
}

macro_rules! columns {
    ($($row:ty),*) => {$(
        impl Columns for $row {
            fn long(&self, at: usize) -> Result<i64, Error> {
                self.try_get(at)
            }
            fn long_or_null(&self, at: usize) -> Result<Option<i64>, Error> {
                self.try_get(at)
            }
            fn text(&self, at: usize) -> Result<String, Error> {
                self.try_get(at)
            }
            fn text_or_null(&self, at: usize) -> Result<Option<String>, Error> {
                self.try_get(at)
            }
            fn bytes(&self, at: usize) -> Result<Vec<u8>, Error> {
                self.try_get(at)
            }
            fn bytes_or_null(&self, at: usize) -> Result<Option<Vec<u8>>, Error> {
                self.try_get(at)
            }
            fn fixed<const N: usize>(&self, at: usize) -> Result<[u8; N], Error> {
                self.try_get::<&[u8], _>(at)?.try_into().map_err(|e: std::array::TryFromSliceError| Error::Decode(e.into()))
            }
            fn fixed_or_null<const N: usize>(&self, at: usize) -> Result<Option<[u8; N]>, Error> {
                let bytes = self.try_get::<Option<&[u8]>, _>(at)?;
                bytes.map(|b| b.try_into().map_err(|e: std::array::TryFromSliceError| Error::Decode(e.into()))).transpose()
            }
        }
    )*};
}
columns!(SqliteRow, PgRow);

/// `id, kind, state, grade, version, created, updated, key, sealed`
pub(crate) fn record(row: &impl Columns) -> Result<RecordRow, Error> {
    Ok(RecordRow {
        id: row.id(0)?,
        kind: row.text(1)?,
        state: row.text(2)?,
        grade: u8::try_from(row.long(3)?).map_err(|e| Error::Decode(e.into()))?,
        version: row.count(4)?,
        created: row.instant(5)?,
        updated: row.instant(6)?,
        key: row.bytes(7)?,
        sealed: row.bytes(8)?,
    })
}

/// `id, version, key, sealed`
pub(crate) fn sealed(row: &impl Columns) -> Result<SealedRow, Error> {
    Ok(SealedRow { id: row.id(0)?, version: row.count(1)?, key: row.bytes(2)?, sealed: row.bytes(3)? })
}

/// `position, id, record, kind, act, actor, at, entry, sealed`
pub(crate) fn event(row: &impl Columns) -> Result<EventRow, Error> {
    Ok(EventRow {
        index: row.count(0)?,
        id: row.id(1)?,
        record: row.fixed_or_null(2)?.map(Id::from_bytes),
        kind: row.text(3)?,
        act: row.text(4)?,
        actor: row.id(5)?,
        at: row.instant(6)?,
        entry: row.bytes(7)?,
        sealed: row.bytes(8)?,
    })
}

/// `token_hash, account, created, last_seen, expires, sealed`
pub(crate) fn session(row: &impl Columns) -> Result<SessionRow, Error> {
    Ok(SessionRow {
        token_hash: row.fixed(0)?,
        account: row.id(1)?,
        created: row.instant(2)?,
        last_seen: row.instant(3)?,
        expires: row.instant(4)?,
        sealed: row.bytes(5)?,
    })
}

/// `id, kind, run_at, attempts, sealed`
pub(crate) fn job(row: &impl Columns) -> Result<JobRow, Error> {
    Ok(JobRow {
        id: row.id(0)?,
        kind: row.text(1)?,
        run_at: row.instant(2)?,
        attempts: u32::try_from(row.long(3)?).map_err(|e| Error::Decode(e.into()))?,
        sealed: row.bytes(4)?,
    })
}

/// A count as both databases hold it.
///
/// # Errors
/// `store.failed` beyond 2⁶³ − 1.
pub(crate) fn long(count: u64) -> Result<i64, Problem> {
    i64::try_from(count).map_err(fault::defect)
}

/// `digest, sealed, at`
pub(crate) fn remembered(row: &impl Columns) -> Result<RememberedRow, Error> {
    Ok(RememberedRow { request_digest: row.fixed(0)?, sealed_response: row.bytes(1)?, at: row.instant(2)? })
}

/// `kind, waiting, running, failing, dead, oldest`
pub(crate) fn overview(row: &impl Columns) -> Result<JobOverview, Error> {
    Ok(JobOverview {
        kind: row.text(0)?,
        waiting: row.count(1)?,
        running: row.count(2)?,
        failing: row.count(3)?,
        dead: row.count(4)?,
        oldest: row.long_or_null(5)?.map(Instant::from_micros),
    })
}

//! Reading records and events outside a transaction. Each answer is one consistent moment.

use jingui_model::{Id, Problem};

use crate::{
    link::{fetch_all, fetch_optional},
    rows::{self, Columns, EventRow, RecordRow, SealedRow},
    store::Store,
};

pub(crate) const RECORD: &str = "SELECT id, kind, state, grade, version, created, updated, key, sealed FROM records WHERE id = $1";

/// An upper bound for an index, exclusive; none is no bound.
fn below(before: Option<u64>) -> i64 {
    before.and_then(|index| i64::try_from(index).ok()).unwrap_or(i64::MAX)
}

impl Store {
    /// One record.
    ///
    /// # Errors
    /// Those of reading: `store.unavailable`, `store.busy`, `store.damaged`.
    pub async fn record(&self, id: Id) -> Result<Option<RecordRow>, Problem> {
        fetch_optional!(&mut self.reading().await?, rows::record, RECORD, id.as_bytes().as_slice())
    }

    /// Records in order of id, those after one (or from the first).
    ///
    /// # Errors
    /// Those of reading.
    pub async fn records_after(&self, after: Option<Id>, limit: u32) -> Result<Vec<RecordRow>, Problem> {
        let sql = "SELECT id, kind, state, grade, version, created, updated, key, sealed FROM records WHERE id > $1 ORDER BY id LIMIT $2";
        let after = after.as_ref().map_or(&[][..], |id| id.as_bytes().as_slice());
        fetch_all!(&mut self.reading().await?, rows::record, sql, after, i64::from(limit))
    }

    /// What the start needs of records, in order of id: those after one (or from the first) up to another
    /// (or to the end). Several such ranges may be read at once.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn sealed_between(&self, after: Option<Id>, last: Option<Id>, limit: u32) -> Result<Vec<SealedRow>, Problem> {
        let sql = "SELECT id, version, key, sealed FROM records WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
        let after = after.as_ref().map_or(&[][..], |id| id.as_bytes().as_slice());
        let last = last.as_ref().map_or(&[0xff; 16][..], |id| id.as_bytes().as_slice());
        fetch_all!(&mut self.reading().await?, rows::sealed, sql, after, last, i64::from(limit))
    }

    /// The id of the record that has so many before it in order of id; none beyond the last.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn record_id_at(&self, before: u64) -> Result<Option<Id>, Problem> {
        let sql = "SELECT id FROM records ORDER BY id LIMIT 1 OFFSET $1";
        fetch_optional!(&mut self.reading().await?, |row: &_| Columns::id(row, 0), sql, rows::long(before)?)
    }

    /// What happened to one record, newest first, before an index (or from the end).
    ///
    /// # Errors
    /// Those of reading.
    pub async fn events_of(&self, record: Id, before: Option<u64>, limit: u32) -> Result<Vec<EventRow>, Problem> {
        let sql = "SELECT position, id, record, kind, act, actor, at, entry, sealed FROM events \
                   WHERE record = $1 AND position < $2 ORDER BY position DESC LIMIT $3";
        fetch_all!(&mut self.reading().await?, rows::event, sql, record.as_bytes().as_slice(), below(before), i64::from(limit))
    }

    /// Notes about no record, newest first, before an index (or from the end).
    ///
    /// # Errors
    /// Those of reading.
    pub async fn events_of_none(&self, before: Option<u64>, limit: u32) -> Result<Vec<EventRow>, Problem> {
        let sql = "SELECT position, id, record, kind, act, actor, at, entry, sealed FROM events \
                   WHERE record IS NULL AND position < $1 ORDER BY position DESC LIMIT $2";
        fetch_all!(&mut self.reading().await?, rows::event, sql, below(before), i64::from(limit))
    }

    /// Events in the order of the ledger, from an index on.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn events_from(&self, index: u64, limit: u32) -> Result<Vec<EventRow>, Problem> {
        let sql =
            "SELECT position, id, record, kind, act, actor, at, entry, sealed FROM events WHERE position >= $1 ORDER BY position LIMIT $2";
        fetch_all!(&mut self.reading().await?, rows::event, sql, below(Some(index)), i64::from(limit))
    }

    /// Events of everything, newest first, before an index (or from the end).
    ///
    /// # Errors
    /// Those of reading.
    pub async fn events_recent(&self, before: Option<u64>, limit: u32) -> Result<Vec<EventRow>, Problem> {
        let sql = "SELECT position, id, record, kind, act, actor, at, entry, sealed FROM events WHERE position < $1 ORDER BY position DESC LIMIT $2";
        fetch_all!(&mut self.reading().await?, rows::event, sql, below(before), i64::from(limit))
    }
}

//! What a transaction has decided but not yet told the database.
//!
//! Each statement is a round trip, and to PostgreSQL a dear one. While a writer holds the head nobody
//! else changes records, events or remembered answers, so it may keep them here, answer its own reads
//! from here, undo an act without asking anybody, and write many rows with one statement.

use std::{collections::BTreeMap, sync::LazyLock};

use jingui_model::{Id, Problem};

use crate::{
    link::{Link, execute_rows, fetch_many},
    rows::{self, EventRow, RecordRow, RememberedRow, long},
};

/// Beyond either of these it is written out: rows, and bytes of payload.
const MANY_ROWS: usize = 1000;
const MANY_BYTES: usize = 4 << 20;
/// Records asked for with one statement.
const FETCHED: usize = 32;

/// Rows not yet written, and what is known of records.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    records: BTreeMap<Id, Known>,
    events: Vec<EventRow>,
    remembered: Vec<Remembered>,
    numbers: BTreeMap<String, Number>,
    bytes: usize,
    mark: Mark,
}

/// A record as this transaction sees it.
#[derive(Debug, Clone)]
struct Known {
    row: Option<RecordRow>,
    /// Changed here and not yet written.
    changed: bool,
}

/// The last number that a series gave.
#[derive(Debug, Clone, Copy)]
struct Number {
    last: u64,
    /// Given here and not yet written.
    changed: bool,
}

#[derive(Debug)]
struct Remembered {
    actor: Id,
    key_hash: [u8; 32],
    row: RememberedRow,
}

/// Where an undo returns to.
#[derive(Debug, Default)]
struct Mark {
    events: usize,
    remembered: usize,
    bytes: usize,
    /// What was known, at the mark, of records changed since.
    records: BTreeMap<Id, Option<Known>>,
    /// The same of series.
    numbers: BTreeMap<String, Option<Number>>,
}

impl Pending {
    /// What is known of a record: nothing, that there is none, or its row.
    pub(crate) fn record(&self, id: Id) -> Option<Option<&RecordRow>> {
        self.records.get(&id).map(|known| known.row.as_ref())
    }

    /// Keeps what the database said of a record.
    pub(crate) fn learn(&mut self, id: Id, row: Option<RecordRow>) {
        self.records.insert(id, Known { row, changed: false });
    }

    /// Asks the database for records that nothing is known of, many with one statement.
    pub(crate) async fn fetch(&mut self, link: &mut Link, ids: &[Id]) -> Result<(), Problem> {
        let mut ids: Vec<Id> = ids.iter().copied().filter(|id| !self.records.contains_key(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        for some in ids.chunks(FETCHED) {
            // One text for any number: what is short is filled up with the last one again.
            let filled = some.iter().chain(some.last().into_iter().cycle()).take(FETCHED).map(|id| id.as_bytes().as_slice());
            let found = fetch_many!(link, rows::record, FETCH.as_str(), filled)?;
            some.iter().for_each(|id| self.learn(*id, None));
            found.into_iter().for_each(|row| self.learn(row.id, Some(row)));
        }
        Ok(())
    }

    /// The last number that a series gave, if it is known here.
    pub(crate) fn number(&self, series: &str) -> Option<u64> {
        self.numbers.get(series).map(|n| n.last)
    }

    /// Counts a series on.
    pub(crate) fn count(&mut self, series: &str, last: u64) {
        let before = self.numbers.insert(series.to_owned(), Number { last, changed: true });
        self.mark.numbers.entry(series.to_owned()).or_insert(before);
    }

    /// Puts a record.
    pub(crate) fn put(&mut self, row: RecordRow) {
        self.bytes += row.sealed.len() + row.key.len();
        let id = row.id;
        let before = self.records.insert(id, Known { row: Some(row), changed: true });
        self.mark.records.entry(id).or_insert(before);
    }

    pub(crate) fn append(&mut self, event: EventRow) {
        self.bytes += event.sealed.len() + event.entry.len();
        self.events.push(event);
    }

    pub(crate) fn recall(&self, actor: Id, key_hash: &[u8; 32]) -> Option<&RememberedRow> {
        self.remembered.iter().rev().find(|r| r.actor == actor && r.key_hash == *key_hash).map(|r| &r.row)
    }

    pub(crate) fn remember(&mut self, actor: Id, key_hash: [u8; 32], row: RememberedRow) {
        self.bytes += row.sealed_response.len();
        self.remembered.push(Remembered { actor, key_hash, row });
    }

    /// Whether it is time to write it out.
    pub(crate) fn is_much(&self) -> bool {
        self.bytes > MANY_BYTES || self.records.len() + self.events.len() + self.remembered.len() + self.numbers.len() > MANY_ROWS
    }

    /// From here on, [`Pending::undo`] returns to this moment.
    pub(crate) fn mark(&mut self) {
        let (events, remembered, bytes) = (self.events.len(), self.remembered.len(), self.bytes);
        self.mark = Mark { events, remembered, bytes, ..Mark::default() };
    }

    /// Returns to the mark.
    pub(crate) fn undo(&mut self) {
        self.events.truncate(self.mark.events);
        self.remembered.truncate(self.mark.remembered);
        self.bytes = self.mark.bytes;
        for (id, before) in std::mem::take(&mut self.mark.records) {
            match before {
                Some(known) => self.records.insert(id, known),
                None => self.records.remove(&id),
            };
        }
        for (series, before) in std::mem::take(&mut self.mark.numbers) {
            match before {
                Some(number) => self.numbers.insert(series, number),
                None => self.numbers.remove(&series),
            };
        }
    }

    /// Writes everything; the rows stay here until the caller lets go of them.
    pub(crate) async fn write(&self, link: &mut Link) -> Result<(), Problem> {
        let changed: Vec<&RecordRow> = self.records.values().filter(|known| known.changed).filter_map(|known| known.row.as_ref()).collect();
        for (sql, rows) in RECORDS.cut(&changed) {
            for row in rows {
                long(row.version)?;
            }
            execute_rows!(link, sql, rows, row =>
                row.id.as_bytes().as_slice(),
                row.kind.as_str(),
                row.state.as_str(),
                i64::from(row.grade),
                row.version.cast_signed(),
                row.created.micros(),
                row.updated.micros(),
                row.key.as_slice(),
                row.sealed.as_slice(),
            )?;
        }
        for (sql, rows) in EVENTS.cut(&self.events) {
            execute_rows!(link, sql, rows, row =>
                row.index.cast_signed(),
                row.id.as_bytes().as_slice(),
                row.record.as_ref().map(|id| id.as_bytes().as_slice()),
                row.kind.as_str(),
                row.act.as_str(),
                row.actor.as_bytes().as_slice(),
                row.at.micros(),
                row.entry.as_slice(),
                row.sealed.as_slice(),
            )?;
        }
        let counted: Vec<(&str, i64)> = self
            .numbers
            .iter()
            .filter(|(_, number)| number.changed)
            .map(|(series, number)| long(number.last).map(|last| (series.as_str(), last)))
            .collect::<Result<_, _>>()?;
        for (sql, rows) in NUMBERS.cut(&counted) {
            execute_rows!(link, sql, rows, row => row.0, row.1)?;
        }
        for (sql, rows) in REMEMBERED.cut(&self.remembered) {
            execute_rows!(link, sql, rows, r =>
                r.actor.as_bytes().as_slice(),
                r.key_hash.as_slice(),
                r.row.request_digest.as_slice(),
                r.row.at.micros(),
                r.row.sealed_response.as_slice(),
            )?;
        }
        Ok(())
    }
}

/// One statement for 32 rows, one for 8 and one for a single row: few texts, so that all stay prepared.
struct Insert([(usize, String); 3]);

static RECORDS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO records (id, kind, state, grade, version, created, updated, key, sealed) VALUES ",
        9,
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state, grade = excluded.grade, \
         version = excluded.version, updated = excluded.updated, key = excluded.key, sealed = excluded.sealed",
    )
});
static EVENTS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("INSERT INTO events (position, id, record, kind, act, actor, at, entry, sealed) VALUES ", 9, ""));
static NUMBERS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new("INSERT INTO numbers (series, last) VALUES ", 2, " ON CONFLICT (series) DO UPDATE SET last = excluded.last")
});
static REMEMBERED: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("INSERT INTO remembered (actor, key_hash, digest, at, sealed) VALUES ", 5, ""));

static FETCH: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<_> = (1..=FETCHED).map(|n| format!("${n}")).collect();
    format!("SELECT id, kind, state, grade, version, created, updated, key, sealed FROM records WHERE id IN ({})", places.join(", "))
});

impl Insert {
    fn new(head: &str, columns: usize, tail: &str) -> Self {
        Self([32, 8, 1].map(|rows| {
            let row = |n: usize| {
                let places: Vec<_> = (1..=columns).map(|c| format!("${}", n * columns + c)).collect();
                format!("({})", places.join(", "))
            };
            let values: Vec<_> = (0..rows).map(row).collect();
            (rows, format!("{head}{}{tail}", values.join(", ")))
        }))
    }

    /// Cuts rows into pieces, the largest first, each with its statement.
    fn cut<'r, T>(&'static self, mut rows: &'r [T]) -> impl Iterator<Item = (&'static str, &'r [T])> {
        std::iter::from_fn(move || {
            let (size, sql) = self.0.iter().find(|(size, _)| *size <= rows.len())?;
            let (piece, rest) = rows.split_at_checked(*size)?;
            rows = rest;
            Some((sql.as_str(), piece))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_pieces_that_have_a_statement() {
        static TWO: LazyLock<Insert> = LazyLock::new(|| Insert::new("V ", 2, " T"));
        let rows: Vec<_> = (0..43).collect();
        let pieces: Vec<_> = TWO.cut(&rows).collect();
        assert_eq!(pieces.iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [32, 8, 1, 1, 1]);
        assert_eq!(pieces.iter().flat_map(|(_, rows)| rows.iter()).copied().collect::<Vec<_>>(), rows);
        assert_eq!(pieces[2].0, "V ($1, $2) T");
        assert!(pieces[0].0.ends_with(", ($63, $64) T"));
    }
}

//! The whole database as it is at one instant, row by row in a form that either back end reads, and back again: for backups.
//!
//! One table of this file names every table with its columns and its key; a test holds it against the schema, so that a table
//! that a migration brings cannot be forgotten. Wrapped keys are given apart from the rows they belong to: a backup keeps
//! them shorter than content, so that a destroyed key dies there too.

use jingui_model::Problem;
use sqlx::Error;

use crate::{
    dialect, fault,
    link::{Link, execute, fetch_optional},
    migrate,
    rows::{Columns, Head},
    store::{GET_META, Store},
};

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// None.
    Null,
    /// A whole number.
    Long(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Sorts of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Long,
    LongOrNull,
    Text,
    TextOrNull,
    Bytes,
    BytesOrNull,
}

use Sort::{Bytes, BytesOrNull, Long, LongOrNull, Text, TextOrNull};

/// Where the key of a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    /// No row has one.
    No,
    /// In this column, under the table's own key.
    Column(usize),
    /// The second column of the row whose first column says this.
    RowNamed(&'static str),
}

/// A table as it is dumped.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, those of its primary key first.
    pub columns: &'static str,
    sorts: &'static [Sort],
    keys: usize,
    secret: Secret,
    select: &'static str,
    insert: &'static str,
    /// Rows that a migration put there and that a restore replaces.
    clear: Option<&'static str>,
}

macro_rules! table {
    ($name:literal, $key:literal = $keys:literal from $start:literal limit $limit:literal, $columns:literal, $values:literal, [$($sort:ident)*], $secret:expr, $clear:expr) => {
        Table {
            name: $name,
            columns: $columns,
            sorts: &[$($sort),*],
            keys: $keys,
            secret: $secret,
            select: concat!("SELECT ", $columns, " FROM ", $name, " WHERE (", $key, ") > (", $start, ") ORDER BY ", $key, " LIMIT ", $limit),
            insert: concat!("INSERT INTO ", $name, " (", $columns, ") VALUES (", $values, ")"),
            clear: $clear,
        }
    };
}

/// Every table but those of [`LEFT_OUT`], in the order in which they are written.
pub const TABLES: &[Table] = &[
    table!("meta", "name" = 1 from "$1" limit "$2", "name, value", "$1, $2", [Text Bytes], Secret::RowNamed("keyring"), None),
    table!(
        "records", "id" = 1 from "$1" limit "$2",
        "id, kind, state, grade, version, created, updated, key, sealed", "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        [Bytes Text Text Long Long Long Long Bytes Bytes], Secret::Column(7), None
    ),
    table!(
        "events", "position" = 1 from "$1" limit "$2",
        "position, id, record, kind, act, actor, at, entry, sealed", "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        [Long Bytes BytesOrNull Text Text Bytes Long Bytes Bytes], Secret::No, None
    ),
    table!("ledger_head", "one" = 1 from "$1" limit "$2", "one, next", "$1, $2", [Long Long], Secret::No, Some("DELETE FROM ledger_head")),
    table!(
        "ledger_checkpoint", "one" = 1 from "$1" limit "$2", "one, size, note", "$1, $2, $3",
        [Long Long TextOrNull], Secret::No, Some("DELETE FROM ledger_checkpoint")
    ),
    table!("numbers", "series" = 1 from "$1" limit "$2", "series, last", "$1, $2", [Text Long], Secret::No, None),
    table!(
        "unique_values", "scope, blind" = 2 from "$1, $2" limit "$3", "scope, blind, record", "$1, $2, $3",
        [Text Bytes Bytes], Secret::No, None
    ),
    table!(
        "remembered", "actor, key_hash" = 2 from "$1, $2" limit "$3", "actor, key_hash, digest, at, sealed", "$1, $2, $3, $4, $5",
        [Bytes Bytes Bytes Long Bytes], Secret::No, None
    ),
    table!(
        "jobs", "id" = 1 from "$1" limit "$2", "id, kind, run_at, due, attempts, holder, error, sealed", "$1, $2, $3, $4, $5, $6, $7, $8",
        [Bytes Text Long Long Long BytesOrNull TextOrNull Bytes], Secret::No, None
    ),
    table!(
        "attestations", "id" = 1 from "$1" limit "$2",
        "id, kind, source, size, at, expires, renews, note, body", "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        [Bytes Text Bytes Long Long LongOrNull BytesOrNull Text Bytes], Secret::No, None
    ),
    table!("notices", "key" = 1 from "$1" limit "$2", "key, thread, at, state", "$1, $2, $3, $4", [Bytes Bytes Long Long], Secret::No, None),
    table!("destroyed_keys", "record" = 1 from "$1" limit "$2", "record, at", "$1, $2", [Bytes Long], Secret::No, None),
];

/// Tables that no backup holds: whoever was signed in must sign in again, a dead node's leases mean nothing, and the numbers of
/// signed requests are too old minutes later.
pub const LEFT_OUT: &[&str] = &["sessions", "nonces", "leases", "schema_version"];

/// The list of destroyed keys.
pub const DESTROYED: &str = "destroyed_keys";
/// Records.
pub const RECORDS: &str = "records";
/// Events.
pub const EVENTS: &str = "events";

/// Rows asked for at once: few where they are long.
const PAGE: i64 = 512;
/// Rows in one transaction of a restore.
const BATCH: usize = 4096;

/// One row in portable form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpRow {
    /// Its key, by which rows are ordered and cut.
    pub key: Vec<u8>,
    /// All columns, the key that it wraps left empty.
    pub bytes: Vec<u8>,
    /// The key that it wraps, if it wraps one.
    pub secret: Option<Vec<u8>>,
}

/// How far a table is read.
#[derive(Debug, Clone)]
pub struct Cursor(Vec<Value>);

impl Table {
    /// The table of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// Before the first row.
    #[must_use]
    pub fn start(&self) -> Cursor {
        let least = |sort: &Sort| match sort {
            Long | LongOrNull => Value::Long(i64::MIN),
            Text | TextOrNull => Value::Text(String::new()),
            Bytes | BytesOrNull => Value::Bytes(vec![]),
        };
        Cursor(self.sorts.iter().take(self.keys).map(least).collect())
    }

    fn pack(&self, mut values: Vec<Value>) -> DumpRow {
        let at = match self.secret {
            Secret::No => None,
            Secret::Column(at) => Some(at),
            Secret::RowNamed(name) => matches!(values.first(), Some(Value::Text(own)) if own == name).then_some(1),
        };
        let secret = at.and_then(|at| values.get_mut(at)).map(|slot| match std::mem::replace(slot, Value::Bytes(vec![])) {
            Value::Bytes(bytes) => bytes,
            _ => vec![],
        });
        DumpRow { key: encode(values.iter().take(self.keys)), bytes: encode(values.iter()), secret }
    }

    /// Whether rows of this table wrap keys.
    #[must_use]
    pub const fn has_secrets(&self) -> bool {
        !matches!(self.secret, Secret::No)
    }

    /// The values of a row, with its key back in its place.
    ///
    /// # Errors
    /// `store.dump_malformed`.
    pub fn unpack(&self, bytes: &[u8], secret: Option<&[u8]>) -> Result<Vec<Value>, Problem> {
        let malformed = || Problem::internal("store.dump_malformed").arg("table", self.name);
        let mut values = decode(bytes).filter(|values| values.len() == self.sorts.len()).ok_or_else(malformed)?;
        let fits = values.iter().zip(self.sorts).all(|(value, sort)| {
            matches!(
                (value, sort),
                (Value::Long(_), Long | LongOrNull)
                    | (Value::Text(_), Text | TextOrNull)
                    | (Value::Bytes(_), Bytes | BytesOrNull)
                    | (Value::Null, LongOrNull | TextOrNull | BytesOrNull)
            )
        });
        if !fits {
            return Err(malformed());
        }
        if let Some(secret) = secret {
            let at = if let Secret::Column(at) = self.secret { at } else { 1 };
            *values.get_mut(at).ok_or_else(malformed)? = Value::Bytes(secret.to_vec());
        }
        Ok(values)
    }

    /// The key of a row by itself.
    ///
    /// # Errors
    /// `store.dump_malformed`.
    pub fn key_of(&self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        let values = decode(bytes).ok_or_else(|| Problem::internal("store.dump_malformed").arg("table", self.name))?;
        Ok(encode(values.iter().take(self.keys)))
    }
}

/// The key of a row of [`RECORDS`], as [`DumpRow::key`] has it.
#[must_use]
pub fn record_key(id: &[u8]) -> Vec<u8> {
    encode([Value::Bytes(id.to_vec())].iter())
}

/// Each value: 0 null; 1 and 8 bytes, big endian; 2 or 3, length (4 bytes, big endian), text or bytes.
fn encode<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<u8> {
    let mut out = vec![];
    let long = |out: &mut Vec<u8>, sort: u8, bytes: &[u8]| {
        out.push(sort);
        out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    for value in values {
        match value {
            Value::Null => out.push(0),
            Value::Long(number) => {
                out.push(1);
                out.extend(number.to_be_bytes());
            }
            Value::Text(text) => long(&mut out, 2, text.as_bytes()),
            Value::Bytes(bytes) => long(&mut out, 3, bytes),
        }
    }
    out
}

/// Reads what [`encode`] wrote.
#[must_use]
pub fn decode(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut values = vec![];
    while let Some((sort, rest)) = bytes.split_first() {
        bytes = rest;
        values.push(match sort {
            0 => Value::Null,
            1 => {
                let (number, rest) = bytes.split_first_chunk::<8>()?;
                bytes = rest;
                Value::Long(i64::from_be_bytes(*number))
            }
            2 | 3 => {
                let (length, rest) = bytes.split_first_chunk::<4>()?;
                let (own, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
                bytes = rest;
                if *sort == 2 { Value::Text(String::from_utf8(own.to_vec()).ok()?) } else { Value::Bytes(own.to_vec()) }
            }
            _ => return None,
        });
    }
    Some(values)
}

/// Binds values in the order of a table's columns. A null needs its sort: PostgreSQL asks for the type of nothing, too.
macro_rules! bound {
    ($query:expr, $table:expr, $values:expr) => {
        $table.sorts.iter().zip($values).fold($query, |query, (sort, value)| match (value, sort) {
            (Value::Long(number), _) => query.bind(*number),
            (Value::Text(text), _) => query.bind(text.clone()),
            (Value::Bytes(bytes), _) => query.bind(bytes.clone()),
            (Value::Null, Long | LongOrNull) => query.bind(None::<i64>),
            (Value::Null, Text | TextOrNull) => query.bind(None::<String>),
            (Value::Null, Bytes | BytesOrNull) => query.bind(None::<Vec<u8>>),
        })
    };
}

/// The database at one instant; writers go on meanwhile.
#[derive(Debug)]
pub struct Snapshot(Link);

impl Store {
    /// Holds the database as it is now, for reading, until the answer is dropped. It takes a connection for itself.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn snapshot(&self) -> Result<Snapshot, Problem> {
        let mut link = self.reading().await?;
        // Dropped, it is closed: the transaction ends with it.
        link.discard();
        execute!(&mut link, dialect::BEGIN_SNAPSHOT)?;
        let mut snapshot = Snapshot(link);
        // SQLite takes its snapshot with the first look.
        snapshot.head().await?;
        Ok(snapshot)
    }

    /// Whether nothing was ever written to it.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn is_untouched(&self) -> Result<bool, Problem> {
        let sql = "SELECT (SELECT COUNT(*) FROM meta) + (SELECT COUNT(*) FROM records) + (SELECT next FROM ledger_head WHERE one = 1)";
        let found = fetch_optional!(&mut self.reading().await?, |row: &_| Columns::long(row, 0), sql)?;
        Ok(found == Some(0))
    }

    /// Begins to fill an empty database with rows of a snapshot.
    ///
    /// # Errors
    /// `store.not_empty`; those of writing.
    pub async fn fill(&self) -> Result<Filling, Problem> {
        if !self.is_untouched().await? {
            return Err(Problem::conflict("store.not_empty"));
        }
        let mut link = self.beside().await?;
        link.discard();
        execute!(&mut link, dialect::BEGIN)?;
        for sql in TABLES.iter().filter_map(|table| table.clear) {
            execute!(&mut link, sql)?;
        }
        Ok(Filling { link, waiting: 0 })
    }

    /// The number of the last migration of this binary: rows of another are not taken.
    #[must_use]
    pub fn schema() -> i64 {
        migrate::last()
    }
}

impl Snapshot {
    /// The end of the ledger.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn head(&mut self) -> Result<Head, Problem> {
        let sql = "SELECT h.next, c.note, c.size FROM ledger_head h, ledger_checkpoint c WHERE h.one = 1 AND c.one = 1";
        fetch_optional!(&mut self.0, crate::store::head, sql)?.ok_or_else(|| fault::defect("no head"))
    }

    /// A named value.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        fetch_optional!(&mut self.0, |row: &_| Columns::bytes(row, 0), GET_META, name)
    }

    /// The migration that the database is at.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn schema(&mut self) -> Result<i64, Problem> {
        let sql = "SELECT MAX(number) FROM schema_version";
        Ok(fetch_optional!(&mut self.0, |row: &_| Columns::long(row, 0), sql)?.unwrap_or_default())
    }

    /// The next rows of a table, in the order of their keys; none at its end.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn rows(&mut self, table: &Table, cursor: &mut Cursor) -> Result<Vec<DumpRow>, Problem> {
        let from = std::mem::take(&mut cursor.0);
        let found = match &mut self.0 {
            Link::Sqlite(c) => {
                let query = bound!(sqlx::query(table.select), table, &from).bind(PAGE);
                query.try_map(|row| read(table, &row)).fetch_all(&mut **c).await
            }
            Link::Postgres(c) => {
                let query = bound!(sqlx::query(table.select), table, &from).bind(PAGE);
                query.try_map(|row| read(table, &row)).fetch_all(&mut **c).await
            }
        }
        .map_err(fault::of)?;
        cursor.0 = found.last().map_or(from, |last: &Vec<Value>| last.iter().take(table.keys).cloned().collect());
        Ok(found.into_iter().map(|values| table.pack(values)).collect())
    }
}

/// A database that is being filled.
#[derive(Debug)]
pub struct Filling {
    link: Link,
    waiting: usize,
}

impl Filling {
    /// Writes a row.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn row(&mut self, table: &Table, values: &[Value]) -> Result<(), Problem> {
        match &mut self.link {
            Link::Sqlite(c) => bound!(sqlx::query(table.insert), table, values).execute(&mut **c).await.map(drop),
            Link::Postgres(c) => bound!(sqlx::query(table.insert), table, values).execute(&mut **c).await.map(drop),
        }
        .map_err(fault::of)?;
        self.waiting += 1;
        if self.waiting >= BATCH {
            self.waiting = 0;
            self.link.commit().await?;
            execute!(&mut self.link, dialect::BEGIN)?;
        }
        Ok(())
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn commit(mut self) -> Result<(), Problem> {
        self.link.commit().await
    }
}

fn read<R: Columns>(table: &Table, row: &R) -> Result<Vec<Value>, Error> {
    let read = |(at, sort): (usize, &Sort)| {
        Ok(match sort {
            Long => Value::Long(row.long(at)?),
            LongOrNull => row.long_or_null(at)?.map_or(Value::Null, Value::Long),
            Text => Value::Text(row.text(at)?),
            TextOrNull => row.text_or_null(at)?.map_or(Value::Null, Value::Text),
            Bytes => Value::Bytes(row.bytes(at)?),
            BytesOrNull => row.bytes_or_null(at)?.map_or(Value::Null, Value::Bytes),
        })
    };
    table.sorts.iter().enumerate().map(read).collect()
}

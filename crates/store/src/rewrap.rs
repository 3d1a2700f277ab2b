//! Keys of records under another parent: counted, found and replaced without touching what they sealed; and no trace left of
//! a parent that ended.
//!
//! A wrapped key says in its first bytes which key it hangs on; what the bytes mean is the vault's business.

use jingui_model::{Id, Problem};

use crate::{
    dialect,
    link::{execute, fetch_all, fetch_optional},
    rows::Columns,
    store::{Backend, Store},
    write::Write,
};

/// Bytes that name the parent of a wrapped key.
pub const PARENT: usize = 5;

fn count(row: &impl Columns) -> Result<([u8; PARENT], u64), sqlx::Error> {
    Ok((row.fixed(0)?, row.count(1)?))
}

fn wrapped(row: &impl Columns) -> Result<(Id, Vec<u8>), sqlx::Error> {
    Ok((row.id(0)?, row.bytes(1)?))
}

impl Store {
    /// How many records hang on each parent. Those whose key was destroyed before a restore hang on none.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn parents(&self) -> Result<Vec<([u8; PARENT], u64)>, Problem> {
        let sql = "SELECT substr(key, 1, 5), COUNT(*) FROM records WHERE length(key) > 0 GROUP BY substr(key, 1, 5)";
        fetch_all!(&mut self.reading().await?, count, sql)
    }

    /// Ids of records that hang on a parent, in order, those after one (or from the first).
    ///
    /// # Errors
    /// Those of reading.
    pub async fn hanging(&self, parent: [u8; PARENT], after: Option<Id>, limit: u32) -> Result<Vec<Id>, Problem> {
        let sql = "SELECT id FROM records WHERE substr(key, 1, 5) = $1 AND id > $2 ORDER BY id LIMIT $3";
        let after = after.as_ref().map_or(&[][..], |id| id.as_bytes().as_slice());
        fetch_all!(&mut self.reading().await?, |row: &_| Columns::id(row, 0), sql, parent.as_slice(), after, i64::from(limit))
    }

    /// Removes what the database still holds of overwritten values: SQLite's write-ahead log is brought in and cut to
    /// nothing (overwritten cells are zeroed as they are written), PostgreSQL's table of named values is written anew. False: a
    /// reader kept the log; to be tried again. PostgreSQL's own log is the operator's to let go.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn scrub(&self) -> Result<bool, Problem> {
        match self.backend() {
            Backend::Sqlite => {
                let mut link = self.beside().await?;
                let busy = fetch_optional!(&mut link, |row: &_| Columns::long(row, 0), dialect::SCRUB)?;
                Ok(busy == Some(0))
            }
            Backend::Postgres => {
                execute!(&mut self.beside().await?, dialect::SCRUB)?;
                Ok(true)
            }
        }
    }
}

impl Write {
    /// Records that hang on a parent, some of them with their wrapped keys. First thing in a transaction: what it has not
    /// written out yet would be missed.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn wrapped_under(&mut self, parent: [u8; PARENT], limit: u32) -> Result<Vec<(Id, Vec<u8>)>, Problem> {
        let sql = "SELECT id, key FROM records WHERE substr(key, 1, 5) = $1 LIMIT $2";
        self.with_link(async |link| fetch_all!(link, wrapped, sql, parent.as_slice(), i64::from(limit))).await
    }

    /// How many records hang on a parent. First thing in a transaction, as [`Write::wrapped_under`].
    ///
    /// # Errors
    /// Those of reading.
    pub async fn count_under(&mut self, parent: [u8; PARENT]) -> Result<u64, Problem> {
        let sql = "SELECT COUNT(*) FROM records WHERE substr(key, 1, 5) = $1";
        let found = self.with_link(async |link| fetch_optional!(link, |row: &_| Columns::count(row, 0), sql, parent.as_slice())).await?;
        Ok(found.unwrap_or(0))
    }

    /// Puts a record's key under another parent, unless its wrap is another one by now. Version and content stay.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn replace_key(&mut self, record: Id, old: &[u8], new: &[u8]) -> Result<bool, Problem> {
        let sql = "UPDATE records SET key = $1 WHERE id = $2 AND key = $3";
        self.with_link(async |link| execute!(link, sql, new, record.as_bytes().as_slice(), old)).await.map(|changed| changed == 1)
    }
}

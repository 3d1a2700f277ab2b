//! Destroyed content (H 9.6.5): the list of destroyed keys, what else of a record stands in the database, from where on its events
//! open again, and a database written anew so that nothing overwritten stays in it.

use jingui_model::{Id, Instant, Problem};

use crate::{
    dialect,
    link::{execute, fetch_optional},
    rows::Columns,
    store::{Backend, Store},
    write::Write,
};

/// The act of the event with which a record's content ended; those before it open no more.
pub const DESTROYED_ACT: &str = "destroyed";

impl Store {
    /// The index of the event with which a record's content was destroyed: earlier ones were sealed under a key that is gone.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn destroyed_from(&self, record: Id) -> Result<Option<u64>, Problem> {
        let sql = "SELECT position FROM events WHERE record = $1 AND act = $2 ORDER BY position DESC LIMIT 1";
        fetch_optional!(&mut self.reading().await?, |row: &_| Columns::count(row, 0), sql, record.as_bytes().as_slice(), DESTROYED_ACT)
    }

    /// Writes the database anew, so that pages and logs hold nothing but what is there now. Takes as long as copying it, and
    /// writers wait meanwhile. What PostgreSQL's own log and its replicas keep is the operator's to let go.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn write_anew(&self) -> Result<(), Problem> {
        let mut link = self.beside().await?;
        match self.backend() {
            Backend::Sqlite => {
                // The copy goes through a file that is gone at once, not through memory: it is as large as the database.
                for sql in ["PRAGMA temp_store = FILE", "VACUUM", "PRAGMA temp_store = MEMORY"] {
                    execute!(&mut link, sql)?;
                }
            }
            Backend::Postgres => {
                for sql in dialect::WRITE_ANEW {
                    execute!(&mut link, *sql)?;
                }
            }
        }
        Ok(())
    }
}

impl Write {
    /// Whether a record's content was destroyed before.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn is_destroyed(&mut self, record: Id) -> Result<bool, Problem> {
        let sql = "SELECT at FROM destroyed_keys WHERE record = $1";
        let found =
            self.with_link(async |link| fetch_optional!(link, |row: &_| Columns::long(row, 0), sql, record.as_bytes().as_slice())).await?;
        Ok(found.is_some())
    }

    /// Enters a record in the list that every restore heeds, and frees what was reserved for it.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn list_destroyed(&mut self, record: Id, at: Instant) -> Result<(), Problem> {
        let listed = "INSERT INTO destroyed_keys (record, at) VALUES ($1, $2) ON CONFLICT (record) DO NOTHING";
        let freed = "DELETE FROM unique_values WHERE record = $1";
        self.with_link(async |link| {
            execute!(link, listed, record.as_bytes().as_slice(), at.micros())?;
            execute!(link, freed, record.as_bytes().as_slice()).map(drop)
        })
        .await
    }
}

//! Opening a store, its small facts (meta, checkpoint, counts) and its examination.

use std::{fmt, path::PathBuf, sync::Arc};

use jingui_model::Problem;
use tokio::sync::Mutex;

use crate::{
    dialect, fault,
    folder::Folder,
    link::{Link, Pool, execute, fetch_all, fetch_optional},
    migrate,
    rows::{Columns, Counts, Head, long},
    write::Write,
};

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file `jingui.db` in this folder.
    Folder(PathBuf),
    /// PostgreSQL, by its URL.
    Postgres(String),
}

impl fmt::Debug for Place {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// An open store. Clones share it.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Backend,
    writer: Pool,
    general: Pool,
    folder: Mutex<Option<Folder>>,
}

impl Store {
    /// Opens the store, making and migrating it as need be.
    ///
    /// # Errors
    /// `store.folder_in_use`, `store.folder_failed`, `store.database_url`, `store.database_plain`, `store.database_roots`, `store.database_tls`, `store.newer_schema`,
    /// `store.migration_changed`, `store.damaged`, `store.refused`, `store.unavailable`, `store.disk_full`.
    pub async fn open(place: &Place) -> Result<Self, Problem> {
        let (backend, folder, (writer, general)) = match place {
            Place::Folder(path) => {
                let folder = Folder::hold(path)?;
                let pools = dialect::open_sqlite(&folder.database()?).await?;
                (Backend::Sqlite, Some(folder), pools)
            }
            Place::Postgres(url) => (Backend::Postgres, None, dialect::open_postgres(url).await?),
        };
        let store = Self(Arc::new(Inner { backend, writer, general, folder: Mutex::new(folder) }));
        let migrated = match store.0.writer.link().await {
            Ok(mut link) => migrate::run(&mut link).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = migrated {
            store.close().await;
            return Err(problem);
        }
        Ok(store)
    }

    /// Opens the database in a folder for examination: nothing is made, changed or locked, so it may be
    /// in use by a server meanwhile. Whatever writes is refused by the database.
    ///
    /// # Errors
    /// `store.unavailable` when there is none, `store.damaged`.
    pub async fn open_reading(folder: &std::path::Path) -> Result<Self, Problem> {
        let pool = dialect::open_sqlite_reading(&folder.join("jingui.db")).await?;
        Ok(Self(Arc::new(Inner { backend: Backend::Sqlite, writer: pool.clone(), general: pool, folder: Mutex::new(None) })))
    }

    /// The same for either back end. PostgreSQL refuses writes of this session by itself; the server may go on meanwhile.
    ///
    /// # Errors
    /// As [`Store::open_reading`] and, for PostgreSQL, [`Store::open`].
    pub async fn examine(place: &Place) -> Result<Self, Problem> {
        match place {
            Place::Folder(folder) => Self::open_reading(folder).await,
            Place::Postgres(url) => {
                let pool = dialect::open_postgres_reading(url).await?;
                Ok(Self(Arc::new(Inner { backend: Backend::Postgres, writer: pool.clone(), general: pool, folder: Mutex::new(None) })))
            }
        }
    }

    /// Which back end it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.0.backend
    }

    /// Begins the one transaction that may change records and extend the ledger, waiting for its turn.
    /// It reads what all earlier ones committed.
    ///
    /// # Errors
    /// `store.busy` after half a minute; `store.unavailable`.
    pub async fn begin(&self) -> Result<Write, Problem> {
        Write::begin(self.0.writer.link().await?).await
    }

    /// A connection that only reads.
    pub(crate) async fn reading(&self) -> Result<Link, Problem> {
        self.0.general.link().await
    }

    /// A connection for a single statement that writes beside the register: sessions, queue, leases.
    pub(crate) async fn beside(&self) -> Result<Link, Problem> {
        match self.0.backend {
            Backend::Sqlite => self.0.writer.link().await,
            Backend::Postgres => self.0.general.link().await,
        }
    }

    /// The writer's own connection, so that a test can break it.
    #[cfg(test)]
    pub(crate) async fn writing(&self) -> Result<Link, Problem> {
        self.0.writer.link().await
    }

    /// The end of the ledger.
    ///
    /// # Errors
    /// Those of reading: `store.unavailable`, `store.busy`, `store.damaged`.
    pub async fn head(&self) -> Result<Head, Problem> {
        let sql = "SELECT h.next, c.note, c.size FROM ledger_head h, ledger_checkpoint c WHERE h.one = 1 AND c.one = 1";
        fetch_optional!(&mut self.reading().await?, head, sql)?.ok_or_else(|| fault::defect("no head"))
    }

    /// Replaces the second copy of the last checkpoint, if it still covers `expected_size` entries.
    /// False: somebody else replaced it meanwhile, and this node must look again before it signs.
    ///
    /// # Errors
    /// `store.failed` when it would cover fewer entries than before; those of writing.
    pub async fn set_checkpoint(&self, expected_size: u64, new_size: u64, note: &str) -> Result<bool, Problem> {
        if new_size < expected_size {
            return Err(fault::defect("a checkpoint never shrinks"));
        }
        let sql = "UPDATE ledger_checkpoint SET size = $1, note = $2 WHERE one = 1 AND size = $3";
        let changed = execute!(&mut self.beside().await?, sql, long(new_size)?, note, long(expected_size)?)?;
        Ok(changed == 1)
    }

    /// A named value.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, Problem> {
        fetch_optional!(&mut self.reading().await?, |row: &_| Columns::bytes(row, 0), GET_META, key)
    }

    /// Sets a named value.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn set_meta(&self, key: &str, value: &[u8]) -> Result<(), Problem> {
        execute!(&mut self.beside().await?, SET_META, key, value).map(drop)
    }

    /// Removes a named value; removing what is not there succeeds.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn remove_meta(&self, key: &str) -> Result<(), Problem> {
        execute!(&mut self.beside().await?, "DELETE FROM meta WHERE name = $1", key).map(drop)
    }

    /// Sets a named value unless there is one; true when it was set.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn insert_meta_once(&self, key: &str, value: &[u8]) -> Result<bool, Problem> {
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        Ok(execute!(&mut self.beside().await?, sql, key, value)? == 1)
    }

    /// How much there is.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn counts(&self) -> Result<Counts, Problem> {
        let mut link = self.reading().await?;
        let sql = "SELECT (SELECT COUNT(*) FROM records), next FROM ledger_head WHERE one = 1";
        let found = fetch_optional!(&mut link, |row: &_| Ok((Columns::count(row, 0)?, Columns::count(row, 1)?)), sql)?;
        let (records, events) = found.ok_or_else(|| fault::defect("no head"))?;
        let bytes = fetch_optional!(&mut link, |row: &_| Columns::count(row, 0), dialect::BYTES)?;
        Ok(Counts { records, events, bytes })
    }

    /// Examines the database; an empty list means whole. Takes seconds for each gigabyte.
    ///
    /// Findings are technical lines for the operator: what the back end itself reports, and a ledger
    /// whose indexes have gaps or whose checkpoint covers more than there is.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn check(&self) -> Result<Vec<String>, Problem> {
        let mut link = self.reading().await?;
        let mut findings = fetch_all!(&mut link, |row: &_| Columns::text(row, 0), dialect::EXAMINE)?;
        findings.retain(|line| line != "ok");
        // One statement, hence one snapshot: writers go on meanwhile.
        let sql = "SELECT h.next, c.size, (SELECT COUNT(*) FROM events), \
                   (SELECT COUNT(*) FROM events WHERE position < 0 OR position >= h.next) \
                   FROM ledger_head h, ledger_checkpoint c WHERE h.one = 1 AND c.one = 1";
        match fetch_all!(&mut link, four, sql)?.first() {
            None => findings.push("ledger_head missing".to_owned()),
            Some([next, size, events, outside]) => {
                if events != next || *outside != 0 {
                    findings.push(format!("events head={next} rows={events} outside={outside}"));
                }
                if size > next {
                    findings.push(format!("checkpoint size={size} head={next}"));
                }
            }
        }
        Ok(findings)
    }

    /// Closes all connections after those in use are given back, and sets the folder free.
    pub async fn close(&self) {
        self.0.general.close().await;
        self.0.writer.close().await;
        drop(self.0.folder.lock().await.take());
    }
}

pub(crate) const GET_META: &str = "SELECT value FROM meta WHERE name = $1";
pub(crate) const SET_META: &str = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

pub(crate) fn head(row: &impl Columns) -> Result<Head, sqlx::Error> {
    Ok(Head { next: row.count(0)?, checkpoint: row.text_or_null(1)?, checkpoint_size: row.count(2)? })
}

fn four(row: &impl Columns) -> Result<[i64; 4], sqlx::Error> {
    Ok([row.long(0)?, row.long(1)?, row.long(2)?, row.long(3)?])
}

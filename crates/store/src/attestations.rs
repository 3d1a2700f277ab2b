//! What outsiders said of the ledger's checkpoints: time stamps and cosignatures. Added and read, never changed.

use jingui_model::{Id, Problem};

use crate::{
    link::{execute, fetch_all, fetch_optional},
    rows::{self, Attestation, long},
    store::Store,
};

/// A statement that reads whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, kind, source, size, at, expires, renews, note, body FROM attestations ", $rest)
    };
}

impl Store {
    /// Adds one; adding it again changes nothing.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn add_attestation(&self, row: &Attestation) -> Result<(), Problem> {
        let sql = "INSERT INTO attestations (id, kind, source, size, at, expires, renews, note, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (id) DO NOTHING";
        execute!(
            &mut self.beside().await?,
            sql,
            row.id.as_bytes().as_slice(),
            row.kind.as_str(),
            row.source.as_bytes().as_slice(),
            long(row.size)?,
            row.at.micros(),
            row.expires.map(jingui_model::Instant::micros),
            row.renews.as_ref().map(|id| id.as_bytes().as_slice()),
            row.note.as_str(),
            row.body.as_slice(),
        )
        .map(drop)
    }

    /// The last one of a source.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn last_attestation(&self, source: Id) -> Result<Option<Attestation>, Problem> {
        let sql = select!("WHERE source = $1 AND renews IS NULL ORDER BY size DESC, id DESC LIMIT 1");
        fetch_optional!(&mut self.reading().await?, rows::attestation, sql, source.as_bytes().as_slice())
    }

    /// Where each source stands: source, size and identifier of everything that is no renewal, by source and size.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn attested_sizes(&self) -> Result<Vec<(Id, u64, Id)>, Problem> {
        let sql = "SELECT source, size, id FROM attestations WHERE renews IS NULL ORDER BY source, size, id";
        fetch_all!(&mut self.reading().await?, rows::attested_size, sql)
    }

    /// One of them.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn attestation(&self, id: Id) -> Result<Option<Attestation>, Problem> {
        fetch_optional!(&mut self.reading().await?, rows::attestation, select!("WHERE id = $1"), id.as_bytes().as_slice())
    }

    /// The newest first, at most `limit`, older than one that is known already.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn attestations(&self, before: Option<Id>, limit: u32) -> Result<Vec<Attestation>, Problem> {
        let before = before.unwrap_or_else(|| Id::from_bytes([0xff; 16]));
        let sql = select!("WHERE id < $1 ORDER BY id DESC LIMIT $2");
        fetch_all!(&mut self.reading().await?, rows::attestation, sql, before.as_bytes().as_slice(), i64::from(limit))
    }

    /// The tokens that renew one, the oldest first.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn renewals_of(&self, id: Id) -> Result<Vec<Attestation>, Problem> {
        fetch_all!(&mut self.reading().await?, rows::attestation, select!("WHERE renews = $1 ORDER BY at, id"), id.as_bytes().as_slice())
    }

    /// First tokens whose last renewal, or they themselves, end before an instant.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn attestations_ending(&self, before: jingui_model::Instant) -> Result<Vec<Attestation>, Problem> {
        let sql = select!(
            "WHERE renews IS NULL AND expires < $1 AND NOT EXISTS \
             (SELECT 1 FROM attestations b WHERE b.renews = attestations.id AND b.expires >= $1) ORDER BY expires, id LIMIT 100"
        );
        fetch_all!(&mut self.reading().await?, rows::attestation, sql, before.micros())
    }
}

//! Numbers of signed requests, each good once: on any node, and after a restart too.

use jingui_model::{Id, Instant, Problem};

use crate::{
    link::{execute, fetch_all},
    rows::Columns,
    store::Store,
};

impl Store {
    /// Uses a number up; false when it was used before.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn take_nonce(&self, digest: [u8; 32], token: Id, until: Instant) -> Result<bool, Problem> {
        let sql = "INSERT INTO nonces (digest, token, until) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING";
        Ok(execute!(&mut self.beside().await?, sql, digest.as_slice(), token.as_bytes().as_slice(), until.micros())? > 0)
    }

    /// Forgets numbers that were kept until before an instant; how many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn purge_nonces(&self, before: Instant) -> Result<u64, Problem> {
        execute!(&mut self.beside().await?, "DELETE FROM nonces WHERE until < $1", before.micros())
    }

    /// How many numbers are kept for each token.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn nonces_by_token(&self) -> Result<Vec<(Id, u64)>, Problem> {
        fetch_all!(&mut self.reading().await?, counted, "SELECT token, COUNT(*) FROM nonces GROUP BY token")
    }
}

fn counted(row: &impl Columns) -> Result<(Id, u64), sqlx::Error> {
    Ok((row.id(0)?, row.count(1)?))
}

//! Messages that wait to go out, and those that did: each is known by a digest, so that it goes out once, whatever dies when.
//!
//! A message is taken before it is handed over, and by one only. What was taken by somebody who died since is not handed over
//! again: nobody can know how far it got, and a message twice is worse than the one line less in a mail.

use jingui_model::{Instant, Problem};

use crate::{
    dialect,
    link::{Link, execute, fetch_all},
    rows::{self, NoticeRow},
    store::Store,
};

/// How far a message is.
pub const WAITS: i64 = 0;
/// Somebody hands it over, or died while doing so.
pub const TAKEN: i64 = 1;
/// Handed over.
pub const SENT: i64 = 2;

impl Store {
    /// All of them: as many as there is work that waits for somebody.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn notices(&self) -> Result<Vec<NoticeRow>, Problem> {
        fetch_all!(&mut self.reading().await?, rows::notice, "SELECT key, thread, at, state FROM notices ORDER BY key")
    }

    /// Adds messages that wait (one that is there stays as it is) and removes others, together.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn change_notices(&self, add: &[([u8; 32], [u8; 32])], at: Instant, remove: &[[u8; 32]]) -> Result<(), Problem> {
        let mut link = self.beside().await?;
        execute!(&mut link, dialect::BEGIN)?;
        let done = change(&mut link, add, at, remove).await;
        end(&mut link, done.is_ok()).await.and(done)
    }

    /// Takes messages that wait, all or none of them; false when one of them was taken by somebody else.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn take_notices(&self, keys: &[[u8; 32]]) -> Result<bool, Problem> {
        let mut link = self.beside().await?;
        execute!(&mut link, dialect::BEGIN)?;
        let moved = move_all(&mut link, keys, WAITS, TAKEN).await;
        let whole = moved.as_ref().is_ok_and(|moved| *moved == keys.len() as u64);
        end(&mut link, whole).await?;
        moved.map(|_| whole)
    }

    /// Ends what was taken: handed over, or put back to wait.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn settle_notices(&self, keys: &[[u8; 32]], sent: bool) -> Result<(), Problem> {
        let mut link = self.beside().await?;
        execute!(&mut link, dialect::BEGIN)?;
        let moved = move_all(&mut link, keys, TAKEN, if sent { SENT } else { WAITS }).await;
        end(&mut link, moved.is_ok()).await.and(moved.map(drop))
    }
}

async fn change(link: &mut Link, add: &[([u8; 32], [u8; 32])], at: Instant, remove: &[[u8; 32]]) -> Result<(), Problem> {
    for key in remove {
        execute!(link, "DELETE FROM notices WHERE key = $1", key.as_slice())?;
    }
    for (key, thread) in add {
        let sql = "INSERT INTO notices (key, thread, at, state) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING";
        execute!(link, sql, key.as_slice(), thread.as_slice(), at.micros(), WAITS)?;
    }
    Ok(())
}

async fn move_all(link: &mut Link, keys: &[[u8; 32]], from: i64, to: i64) -> Result<u64, Problem> {
    // In one order everywhere, so that two nodes wait for each other and do not lock each other out.
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    let mut moved = 0;
    for key in &keys {
        moved += execute!(link, "UPDATE notices SET state = $1 WHERE key = $2 AND state = $3", to, key.as_slice(), from)?;
    }
    Ok(moved)
}

/// Ends the transaction; a connection that cannot be put in order is thrown away.
async fn end(link: &mut Link, keep: bool) -> Result<(), Problem> {
    let ended = if keep { link.commit().await } else { link.script("ROLLBACK").await };
    if ended.is_err() {
        link.discard();
    }
    ended
}

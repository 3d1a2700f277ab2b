//! Brings a database to the schema of this binary, in one transaction, or refuses it.
//!
//! Migrations come in pairs with equal numbers and are never changed after a release: the digest of
//! each one that ran is kept, and a database that knows another text, or more of them, is refused.

use jingui_model::Problem;

use crate::{
    dialect,
    link::{Link, Sql, execute, fetch_all},
    rows::Columns,
};

struct Migration {
    number: i64,
    name: &'static str,
    text: Sql,
}

macro_rules! migrations {
    ($($number:literal $file:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $file,
            text: Sql {
                sqlite: include_str!(concat!("../migrations/sqlite/", $file, ".sql")),
                postgres: include_str!(concat!("../migrations/postgres/", $file, ".sql")),
            },
        }),*]
    };
}

const MIGRATIONS: &[Migration] = migrations![1 "0001_foundation", 2 "0002_attestations", 3 "0003_system_events", 4 "0004_notices", 5 "0005_epochs", 6 "0006_destroyed_keys", 7 "0007_nonces"];

/// # Errors
/// `store.newer_schema` when the database was written by a newer release, `store.migration_changed`
/// when it was made by another text of the same migration.
pub(crate) async fn run(link: &mut Link) -> Result<(), Problem> {
    execute!(link, dialect::BEGIN)?;
    let done = within(link).await;
    if done.is_ok() { link.script("COMMIT").await } else { link.script("ROLLBACK").await.and(done) }
}

async fn within(link: &mut Link) -> Result<(), Problem> {
    fetch_all!(link, |_: &_| Ok(()), dialect::LOCK_SCHEMA)?;
    execute!(link, dialect::SCHEMA_TABLE)?;
    let known = last();
    let ran = fetch_all!(link, applied, "SELECT number, checksum FROM schema_version ORDER BY number")?;
    if let Some((found, _)) = ran.last().filter(|(number, _)| *number > known) {
        return Err(Problem::conflict("store.newer_schema").arg("found", found).arg("known", known));
    }
    for migration in MIGRATIONS {
        let text = link.pick(migration.text);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        match ran.iter().find(|(number, _)| *number == migration.number) {
            Some((_, checksum)) if checksum == digest.as_ref() => {}
            Some(_) => return Err(Problem::conflict("store.migration_changed").arg("number", migration.number)),
            None => {
                link.script(text).await?;
                let insert = "INSERT INTO schema_version (number, name, checksum) VALUES ($1, $2, $3)";
                execute!(link, insert, migration.number, migration.name, digest.as_ref())?;
                tracing::info!(migration = migration.name, "database migrated");
            }
        }
    }
    Ok(())
}

/// The number of the last migration.
pub(crate) fn last() -> i64 {
    MIGRATIONS.last().map_or(0, |m| m.number)
}

fn applied(row: &impl Columns) -> Result<(i64, Vec<u8>), sqlx::Error> {
    Ok((row.long(0)?, row.bytes(1)?))
}

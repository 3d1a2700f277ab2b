//! The company's settings: one record of the kind `settings`, found before anything else is opened,
//! because grades cannot be understood without the scheme.

use jingui_kinds::{Catalog, record::Record};
use jingui_model::{GradeScheme, Id, Problem, Zone};
use jingui_store::Store;
use jingui_vault::Vault;
use serde_json::Value;

use crate::{pipeline::open_record, world::World};

/// Key in the database that names the settings record.
pub const SETTINGS: &str = "settings";

/// What everything else depends on.
#[derive(Debug, Clone)]
pub struct Basics {
    /// The company's name.
    pub company: String,
    /// The grade scheme.
    pub scheme: GradeScheme,
    /// The zone for days and deadlines.
    pub zone: Zone,
}

/// Reads the basics before the world is loaded; the shipped scheme of three when there is no company yet.
///
/// # Errors
/// `store.*`, `vault.*`, `settings.scheme`.
pub async fn basics(store: &Store, vault: &Vault, catalog: &Catalog) -> Result<Basics, Problem> {
    let row = match store.meta(SETTINGS).await? {
        Some(id) => {
            let id: Id = String::from_utf8(id).unwrap_or_default().parse()?;
            store.record(id).await?
        }
        None => None,
    };
    match row {
        Some(row) => of(&open_record(vault, &row)?.0, catalog),
        None => Ok(Basics { company: String::new(), scheme: shipped(catalog, "three")?, zone: Zone::default() }),
    }
}

/// The basics in a settings record.
///
/// # Errors
/// `settings.scheme` when the scheme in it cannot be read.
pub fn of(record: &Record, catalog: &Catalog) -> Result<Basics, Problem> {
    let text = |name: &str| record.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let scheme = scheme(&text("scheme"), catalog)?;
    let minutes = record.data.get("zone_minutes").and_then(Value::as_i64).unwrap_or(480);
    Ok(Basics { company: text("company"), scheme, zone: Zone(i16::try_from(minutes).unwrap_or(480)) })
}

/// A scheme by the code of a shipped one, or written out as JSON.
///
/// # Errors
/// `settings.scheme`.
pub fn scheme(text: &str, catalog: &Catalog) -> Result<GradeScheme, Problem> {
    if text.trim_start().starts_with('{') {
        let scheme: GradeScheme = serde_json::from_str(text).map_err(|e| Problem::invalid("settings.scheme").at("scheme").detail(e))?;
        let mut codes: Vec<&str> = scheme.levels.iter().map(|l| l.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        let sound = !scheme.levels.is_empty()
            && codes.len() == scheme.levels.len()
            && scheme
                .levels
                .iter()
                .all(|l| l.protection.rank() > 0 && !l.code.is_empty() && !l.name.zh.is_empty() && !l.name.en.is_empty())
            && scheme.levels.windows(2).all(|w| matches!(w, [a, b] if a.protection >= b.protection));
        return if sound { Ok(scheme) } else { Err(Problem::invalid("settings.scheme").at("scheme")) };
    }
    shipped(catalog, text)
}

fn shipped(catalog: &Catalog, code: &str) -> Result<GradeScheme, Problem> {
    catalog.schemes.get(code).cloned().ok_or_else(|| Problem::invalid("settings.scheme").at("scheme"))
}

/// The settings record.
///
/// # Errors
/// `settings.missing` before set-up is complete.
pub fn record(world: &World) -> Result<Record, Problem> {
    let table = world.table("settings")?;
    let row = table.live().min().and_then(|r| table.row(r)).ok_or_else(|| Problem::internal("settings.missing"))?;
    row.record()
}

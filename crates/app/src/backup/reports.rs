//! Reports of backups and drills on their way into the ledger.
//!
//! A command that ran beside a running node cannot write its ledger. It leaves its report in the data folder, sealed under the
//! key that stands in the database; the node enters it, and only then is the file gone. What was left while no node ran is
//! entered at the next start.

use std::{path::Path, sync::Arc};

use jingui_model::{Clock, Data, Id, Instant, Problem, Rng};
use jingui_store::{Place, Store};
use jingui_vault::{Vault, file, suite};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Drill, FOLDER, OWN, Own, Taken,
    schedule::{shown, tested},
};
use crate::{files::disk, ledger::blocking, live::Live, verify::Elsewhere, world::caller::Caller};

/// The folder in [`FOLDER`].
const REPORTS: &str = "reports";
/// The act of a backup.
pub(super) const BACKUP: &str = "backed_up";
/// The act of a drill.
pub(super) const DRILL: &str = "restore_drill";
/// No report is longer, in bytes.
const LONGEST: u64 = 4 << 20;

/// A report.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The act under which it is entered.
    pub act: String,
    /// When it was made.
    pub at: Instant,
    /// What it says.
    pub fields: Data,
}

impl Report {
    /// Of a backup.
    #[must_use]
    pub fn of_backup(taken: &Taken, place: &str) -> Self {
        let fields = json!({
            "snapshot": taken.id, "shows": taken.at, "place": shown(place), "records": taken.records, "objects": taken.objects,
            "entries": taken.entries, "recipients": taken.recipients, "written": taken.written, "unsound": taken.unsound,
            "keys_until": taken.keys_until, "keys_deleted": taken.keys_deleted, "snapshots_deleted": taken.snapshots_deleted,
        });
        Self { act: BACKUP.to_owned(), at: taken.at, fields: data(fields) }
    }

    /// Of a drill.
    #[must_use]
    pub fn of_drill(drill: &Drill, place: &str) -> Self {
        let restored = drill.restored.as_ref();
        let findings: Option<Vec<String>> = restored.and_then(|r| r.verification.as_ref()).map(|found| {
            let ledger = found.ledger.damages.iter().map(|damage| damage.file.clone());
            found.findings.iter().map(|f| format!("{} {}", f.code, f.what)).chain(ledger).take(100).collect()
        });
        let fields = json!({
            "passed": drill.passed, "place": shown(place), "began": drill.began, "ended": drill.ended,
            "snapshot": restored.map(|r| r.snapshot), "shows": restored.map(|r| r.at), "records": restored.map(|r| r.records),
            "objects": restored.map(|r| r.objects), "entries": restored.map(|r| r.entries), "opened": drill.opened,
            "unopened": drill.unopened, "destroyed": drill.destroyed, "continues": drill.continues, "findings": findings,
            "failure": drill.failure,
        });
        Self { act: DRILL.to_owned(), at: drill.ended, fields: data(fields) }
    }
}

fn data(fields: serde_json::Value) -> Data {
    match fields {
        serde_json::Value::Object(fields) => fields.into_iter().collect(),
        _ => Data::new(),
    }
}

/// Leaves a report for the node.
///
/// # Errors
/// `backup.own_key`; those of the database and the folder.
pub async fn leave(data: &Path, elsewhere: &Elsewhere, report: &Report, clock: &dyn Clock, rng: Arc<dyn Rng>) -> Result<(), Problem> {
    let lies = elsewhere.database.clone().map_or_else(|| Place::Folder(data.to_owned()), Place::Postgres);
    let store = Store::examine(&lies).await?;
    let own = store.meta(OWN).await;
    store.close().await;
    let own = Own::read(&own?.ok_or_else(|| Problem::missing("backup.own_key"))?)?;
    let plain = serde_json::to_vec(report).map_err(|e| Problem::internal("record.encoding").detail(e))?;
    let (folder, id) = (data.join(FOLDER).join(REPORTS), Id::new(clock, &*rng));
    blocking(move || {
        jingui_store::make_folder(&folder)?;
        let (unfinished, finished) = (folder.join(format!("{id}.unfinished")), folder.join(id.to_string()));
        let mut out = std::fs::File::create_new(&unfinished).map_err(disk)?;
        file::seal(suite::suite(suite::DEFAULT)?, &own.place, id, &*rng, &mut plain.as_slice(), &mut out)?;
        out.sync_all().map_err(disk)?;
        std::fs::rename(&unfinished, &finished).map_err(disk)?;
        std::fs::File::open(&folder).and_then(|folder| folder.sync_all()).map_err(disk)
    })
    .await
}

/// Enters what was left; how many. One that cannot be opened is left lying and told of in the log.
///
/// # Errors
/// Those of the pipeline and the folder.
pub(crate) async fn take_in(live: &Live, data: &Path) -> Result<u64, Problem> {
    let folder = data.join(FOLDER).join(REPORTS);
    // The node that opens and its schedule both look; what one enters the other must not.
    let _one = live.reports.lock().await;
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(0) };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.parse::<Id>().is_ok());
    names.sort_unstable();
    let mut count = 0;
    for name in names {
        let path = folder.join(&name);
        let report = match open(&live.vault, &path) {
            Ok(report) => report,
            Err(problem) => {
                tracing::warn!(problem = %problem, "a report of a backup cannot be opened");
                continue;
            }
        };
        let mut fields = report.fields;
        fields.insert("reported".to_owned(), json!(report.at));
        live.system_note(&Caller::system(), &report.act, fields.clone()).await?;
        if report.act == DRILL {
            tested(live, &fields).await?;
        }
        std::fs::remove_file(&path).map_err(disk)?;
        count += 1;
    }
    Ok(count)
}

fn open(vault: &Vault, path: &Path) -> Result<Report, Problem> {
    let input = std::fs::File::open(path).map_err(disk)?;
    let mut plain = vec![];
    file::open(&Own::of(vault)?.place, &mut std::io::Read::take(input, LONGEST), &mut plain)?;
    serde_json::from_slice(&plain).map_err(|e| Problem::internal("record.encoding").detail(e))
}

//! `jingui verify`: the whole of a data folder, examined offline, without keys and without changing anything; and
//! of the database and the sealed files where they are elsewhere (PostgreSQL, a bucket).
//!
//! The ledger proves itself by its signed checkpoint, its twin in SM3 likewise over the same entries. Sealed files are named by the digest of
//! their bytes. Each event in the database must be the entry that the ledger holds at its index,
//! and each record the very ciphertext whose digest its last entry states.

mod twin;

use std::{
    collections::HashMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest;
use jingui_ledger::{Entry, Log, Outcome, Report, Tiles as _, Verifier, tile::CHECKPOINT, tree::sha256, verify_folder};
use jingui_model::{Clock, Id, Problem, Rng};
use jingui_store::{Keys, Objects, Place, Store};
use serde::Serialize;

use crate::ledger::{KEY, LEDGER, LedgerPlace, TWIN, blocking};
use twin::Twin;

pub use twin::TwinReport;

const PAGE: u32 = 4096;
/// After this many findings of one sort no more are written down.
const MOST: usize = 100;

/// What the examination found.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// `whole`, `damaged` or `unreadable`.
    pub outcome: Outcome,
    /// The ledger.
    pub ledger: Report,
    /// The ledger's twin in SM3; none when there is none, or none that can be read (a finding says so then).
    pub twin: Option<TwinReport>,
    /// Sealed files that were read.
    pub objects: u64,
    /// Events of the database compared with the ledger; none when there is no database here.
    pub events: Option<u64>,
    /// Records of the database compared with their entries.
    pub records: Option<u64>,
    /// What is wrong outside the ledger, first things first.
    pub findings: Vec<Finding>,
}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable code with a text in both languages.
    pub code: &'static str,
    /// Which file, event or record.
    pub what: String,
}

impl Finding {
    /// As a problem, for its text.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem::unavailable(self.code).arg("what", &self.what)
    }
}

/// What does not lie in the folder.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    /// `postgres://…`.
    pub database: Option<String>,
    /// `s3://…`, or another folder.
    pub objects: Option<String>,
    /// `s3://…`: the ledger with its twin.
    pub ledger: Option<String>,
}

/// Examines a data folder, or a ledger folder by itself.
///
/// # Errors
/// `verify.no_ledger` when there is nothing to examine; `ledger.*` when the key file is not readable;
/// `store.*` when what is elsewhere cannot be reached.
pub async fn verify(place: &Path, elsewhere: &Elsewhere, clock: Arc<dyn Clock>, rng: &dyn Rng) -> Result<Verification, Problem> {
    let (data, bucket, time) = (place.to_owned(), elsewhere.ledger.clone(), Arc::clone(&clock));
    let (ledger, verifier, report, examined) = blocking(move || examine(&data, bucket.as_deref(), time)).await?;
    let (twin, examined, findings) = match examined {
        Some((twin, examined, findings)) => (Some(twin), examined, findings),
        None => (None, None, vec![]),
    };
    let mut found =
        Verification { outcome: report.outcome, ledger: report, twin: examined, objects: 0, events: None, records: None, findings };
    let (count, findings) = match elsewhere.objects.as_deref() {
        Some(bucket) if bucket.starts_with("s3://") => read_bucket(bucket, clock, rng).await?,
        Some(folder) => {
            let folder = PathBuf::from(folder.strip_prefix("file://").unwrap_or(folder));
            blocking(move || read_objects(&folder)).await?
        }
        None if place.join("objects").is_dir() => {
            let folder = place.join("objects");
            blocking(move || read_objects(&folder)).await?
        }
        None => (0, vec![]),
    };
    found.objects = count;
    found.findings.extend(findings);
    let inside = place.join("jingui.db").is_file();
    if found.outcome == Outcome::Whole {
        if let Some(url) = &elsewhere.database {
            let store = Store::examine(&Place::Postgres(url.clone())).await?;
            database(store, &ledger, &verifier, twin.as_ref(), &mut found).await;
        } else if inside {
            match Store::open_reading(place).await {
                Ok(store) => database(store, &ledger, &verifier, twin.as_ref(), &mut found).await,
                Err(problem) => found.findings.push(Finding { code: "verify.database", what: problem.to_string() }),
            }
        }
    }
    let twin_whole = found.twin.as_ref().is_none_or(|twin| twin.report.whole());
    if found.outcome == Outcome::Whole && !(found.findings.is_empty() && twin_whole) {
        found.outcome = Outcome::Damaged;
    }
    Ok(found)
}

type Examined = (LedgerPlace, Verifier, Report, Option<(Twin, Option<TwinReport>, Vec<Finding>)>);

/// The ledger and its twin.
fn examine(data: &Path, bucket: Option<&str>, clock: Arc<dyn Clock>) -> Result<Examined, Problem> {
    let inside = [CHECKPOINT, KEY].iter().any(|file| data.join(LEDGER).join(file).exists());
    // A ledger folder by itself: what may stand beside it is not looked for.
    let alone = bucket.is_none() && !inside;
    let ledger =
        if alone { LedgerPlace::Folders { first: data.to_owned(), twin: data.join(TWIN) } } else { LedgerPlace::of(data, bucket, clock)? };
    let none =
        || Problem::missing("verify.no_ledger").arg("path", bucket.map_or_else(|| data.display().to_string(), |_| LEDGER.to_owned()));
    let vkey = ledger.first().read(KEY).map_err(|e| none().detail(e))?.ok_or_else(none)?;
    let verifier = Verifier::parse(String::from_utf8_lossy(&vkey).trim()).map_err(|p| {
        Problem::missing("verify.vkey").arg("path", if alone { KEY.to_owned() } else { format!("{LEDGER}/{KEY}") }).detail(p)
    })?;
    let mut report = verify_folder(&*ledger.first(), &verifier);
    report.unknown.retain(|name| name != KEY);
    let twin = if alone { None } else { Some(Twin::examine(ledger.clone(), &verifier, &report)?) };
    Ok((ledger, verifier, report, twin))
}

/// Whether a database can be reached; nothing in it is changed.
///
/// # Errors
/// Those of [`Store::examine`].
pub async fn reach(url: &str) -> Result<(), Problem> {
    Store::examine(&Place::Postgres(url.to_owned())).await?.close().await;
    Ok(())
}

/// Fetches every object of a bucket; the store's own check of name against bytes is the check.
async fn read_bucket(place: &str, clock: Arc<dyn Clock>, rng: &dyn Rng) -> Result<(u64, Vec<Finding>), Problem> {
    // Sealed bytes on their way, in a folder of this run alone: the examined one is not written to.
    let temp = std::env::temp_dir().join(format!("jingui-verify-{}", hex::encode(rng.array::<16>())));
    let read = async {
        let objects = Objects::open_with(place, &temp, Keys::from_environment(), clock).await?;
        let (mut count, mut findings) = (0, vec![]);
        for name in objects.list().await? {
            count += 1;
            match objects.open_object(&name).await {
                Ok(_) => {}
                Err(problem) if problem.code() == "store.object_damaged" => {
                    findings.push(Finding { code: "verify.object_changed", what: name })
                }
                Err(_) => findings.push(Finding { code: "verify.object_unreadable", what: name }),
            }
            if findings.len() > MOST {
                break;
            }
        }
        Ok((count, findings))
    }
    .await;
    let _ = std::fs::remove_dir_all(&temp);
    read
}

fn read_objects(folder: &Path) -> Result<(u64, Vec<Finding>), Problem> {
    let (mut count, mut findings) = (0, vec![]);
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder).map_err(unreadable)?.flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                if !name.starts_with("tmp") && !name.starts_with("temp") {
                    folders.push(path);
                }
            } else if name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) {
                count += 1;
                match file_digest(&path) {
                    Ok(own) if own == name => {}
                    Ok(_) => findings.push(Finding { code: "verify.object_changed", what: path.display().to_string() }),
                    Err(_) => findings.push(Finding { code: "verify.object_unreadable", what: path.display().to_string() }),
                }
            }
        }
        if findings.len() > MOST {
            break;
        }
    }
    Ok((count, findings))
}

fn unreadable(error: std::io::Error) -> Problem {
    Problem::unavailable("verify.unreadable").detail(error)
}

fn file_digest(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex::encode(hash.finish().as_ref()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Compares the database with the ledger: an event for each entry, a record for each last digest.
async fn database(store: Store, ledger: &LedgerPlace, verifier: &Verifier, twin: Option<&Twin>, found: &mut Verification) {
    let mut result = compare(&store, ledger, verifier, found).await;
    if let (Ok(()), Some(twin)) = (&result, twin) {
        result = twin.compare(&store, found.twin.as_ref()).await.map(|finding| found.findings.extend(finding));
    }
    store.close().await;
    if let Err(problem) = result {
        found.findings.push(Finding { code: "verify.database", what: problem.to_string() });
    }
}

async fn compare(store: &Store, ledger: &LedgerPlace, verifier: &Verifier, found: &mut Verification) -> Result<(), Problem> {
    for line in store.check().await?.into_iter().filter(|l| l != "ok").take(MOST) {
        found.findings.push(Finding { code: "verify.database", what: line });
    }
    let log = Log::open(ledger.first(), verifier)?;
    let (mut index, mut last): (u64, HashMap<Id, (u64, [u8; 32])>) = (0, HashMap::new());
    loop {
        let events = store.events_from(index, PAGE).await?;
        if events.is_empty() {
            break;
        }
        for event in events {
            if event.index != index {
                found.findings.push(Finding { code: "verify.event_missing", what: index.to_string() });
                index = event.index;
            }
            if index < log.size() && log.entry(index)? != event.entry {
                found.findings.push(Finding { code: "verify.event_changed", what: index.to_string() });
            }
            if let Ok(entry) = Entry::parse(&event.entry)
                && let (Some(subject), Some(revision), Some(sealed)) = (entry.subject(), entry.revision(), entry.sealed())
            {
                last.insert(subject, (revision, sealed));
            }
            index += 1;
        }
        if found.findings.len() > MOST {
            return Ok(());
        }
    }
    if index < log.size() {
        found.findings.push(Finding { code: "verify.event_missing", what: index.to_string() });
    }
    found.events = Some(index);
    let (mut after, mut records) = (None, 0);
    loop {
        let rows = store.records_after(after, PAGE).await?;
        let Some(end) = rows.last() else { break };
        after = Some(end.id);
        for row in rows {
            records += 1;
            let own = sha256(&[&row.sealed]);
            let stated = last.get(&row.id).is_some_and(|(revision, digest)| *revision == row.version && *digest == own);
            if !stated && !changed_meanwhile(store, row.id).await? {
                found.findings.push(Finding { code: "verify.record_changed", what: row.id.to_string() });
            }
        }
    }
    found.records = Some(records);
    if u64::try_from(last.len()).unwrap_or(u64::MAX) > records {
        found.findings.push(Finding { code: "verify.record_missing", what: (last.len() as u64 - records).to_string() });
    }
    Ok(())
}

/// A server may go on while its database is examined: a record that was changed after its events were read agrees
/// with its newest entry.
async fn changed_meanwhile(store: &Store, id: Id) -> Result<bool, Problem> {
    for _ in 0..3 {
        let Some(row) = store.record(id).await? else { return Ok(false) };
        let own = sha256(&[&row.sealed]);
        let entries = store.events_of(id, None, 100).await?;
        let newest = entries.iter().filter_map(|e| Entry::parse(&e.entry).ok()).find_map(|e| Some((e.revision()?, e.sealed()?)));
        if newest == Some((row.version, own)) {
            return Ok(true);
        }
    }
    Ok(false)
}

//! What a snapshot consists of. Its file is written last: without it there was no backup.

use jingui_model::{Id, Instant, Problem};
use jingui_vault::Key;
use serde::{Deserialize, Serialize};

use crate::{
    Depot, Digest, damaged,
    pack::{Pack, opened},
};

/// A piece, by its digest.
pub type Piece = Digest;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: String,
    /// How many rows.
    pub rows: u64,
    /// Its rows in order.
    #[serde(with = "crate::cut::hex_list")]
    pub pieces: Vec<Piece>,
}

/// The sealed files of records. Each row of the pieces is a name: SHA-256 of the sealed bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// How many.
    pub count: u64,
    /// Names in order.
    #[serde(with = "crate::cut::hex_list")]
    pub pieces: Vec<Piece>,
}

/// A small file of the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Within the data folder.
    pub path: String,
    /// Its bytes in order.
    #[serde(with = "crate::cut::hex_list")]
    pub pieces: Vec<Piece>,
}

/// The public keys that the ledger is checked with; its files follow from the events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerKeys {
    /// Entries under the last checkpoint that the database kept.
    pub size: u64,
    /// Entries committed.
    pub committed: u64,
    /// That checkpoint.
    pub checkpoint: Option<String>,
    /// Of the ledger.
    pub first: Option<String>,
    /// Of its SM3 twin.
    pub twin: Option<String>,
}

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub(crate) version: u16,
    /// Its name, and that of its two generations.
    pub id: Id,
    /// Whose.
    pub vault: Id,
    /// The instant that it shows.
    pub at: Instant,
    /// The suite that it is sealed with.
    pub suite: u16,
    /// The schema of the rows.
    pub schema: i64,
    /// The ledger at that instant.
    pub ledger: LedgerKeys,
    /// Tables without wrapped keys.
    pub tables: Vec<TableEntry>,
    /// The wrapped keys of tables: each row is a row's key with its length in front (4 bytes, big endian), then what it wraps.
    pub keys: Vec<TableEntry>,
    /// Sealed files.
    pub objects: Objects,
    /// Other files.
    pub files: Vec<FileEntry>,
    pub(crate) packs: Vec<Pack>,
    pub(crate) key_packs: Vec<Pack>,
}

impl Manifest {
    /// An empty one.
    #[must_use]
    pub fn new(id: Id, vault: Id, at: Instant, (suite, schema): (u16, i64), ledger: LedgerKeys) -> Self {
        Self {
            version: 1,
            id,
            vault,
            at,
            suite,
            schema,
            ledger,
            tables: vec![],
            keys: vec![],
            objects: Objects::default(),
            files: vec![],
            packs: vec![],
            key_packs: vec![],
        }
    }

    /// Its name.
    #[must_use]
    pub const fn snapshot(&self) -> SnapshotName {
        SnapshotName { at: self.at, id: self.id }
    }

    /// The table of a name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableEntry> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The wrapped keys of a table.
    #[must_use]
    pub fn keys_of(&self, name: &str) -> Option<&TableEntry> {
        self.keys.iter().find(|table| table.name == name)
    }
}

/// The name of a snapshot: when, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotName {
    /// The instant that it shows.
    pub at: Instant,
    /// Which.
    pub id: Id,
}

impl SnapshotName {
    pub(crate) fn file(&self) -> String {
        format!("snapshots/{:017}-{}", self.at.micros(), self.id)
    }

    fn parse(file: &str) -> Option<Self> {
        let (at, id) = file.strip_prefix("snapshots/")?.split_once('-')?;
        Some(Self { at: Instant::from_micros(at.parse().ok()?), id: id.parse().ok()? })
    }
}

/// The snapshots of a place, the oldest first.
///
/// # Errors
/// Those of the place.
pub fn list(depot: &dyn Depot) -> Result<Vec<SnapshotName>, Problem> {
    let mut all: Vec<SnapshotName> = depot.list("snapshots")?.iter().filter_map(|file| SnapshotName::parse(file)).collect();
    all.sort_unstable();
    Ok(all)
}

/// The newest snapshot, not after an instant if one is given.
///
/// # Errors
/// Those of the place.
pub fn latest(depot: &dyn Depot, not_after: Option<Instant>) -> Result<Option<SnapshotName>, Problem> {
    Ok(list(depot)?.into_iter().rfind(|name| not_after.is_none_or(|end| name.at <= end)))
}

/// Reads a snapshot.
///
/// # Errors
/// `backup.damaged` when it was changed, or is sealed under the key of another place; those of the place.
pub fn manifest_of(depot: &dyn Depot, name: SnapshotName, place: &Key) -> Result<Manifest, Problem> {
    let file = name.file();
    let sealed = depot.get(&file)?.ok_or_else(|| damaged(&file))?;
    let read: Manifest = serde_json::from_slice(&opened(&file, place, &sealed)?).map_err(|e| damaged(&file).detail(e))?;
    if read.version != 1 {
        return Err(Problem::invalid("backup.version").arg("version", read.version));
    }
    if read.id == name.id && read.at == name.at { Ok(read) } else { Err(damaged(&file)) }
}

/// The mark of a place, and whose it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    format: String,
    version: u16,
    vault: Id,
}

/// The name of the mark.
const MARK: &str = "jingui-backup.json";
const FORMAT: &str = "jingui-backup";

/// Marks an empty place as that of a vault, or finds it marked so.
///
/// # Errors
/// `backup.other_vault`, `backup.not_a_place` when something else lies there, `backup.version`; those of the place.
pub fn marked(depot: &dyn Depot, vault: Id) -> Result<(), Problem> {
    match whose(depot)? {
        Some(own) if own == vault => Ok(()),
        Some(_) => Err(Problem::conflict("backup.other_vault")),
        None if depot.list("")?.is_empty() => {
            let mark = Mark { format: FORMAT.to_owned(), version: 1, vault };
            depot.put(MARK, &serde_json::to_vec_pretty(&mark).map_err(|e| damaged(MARK).detail(e))?)
        }
        None => Err(Problem::conflict("backup.not_a_place")),
    }
}

/// Whose place it is; none when it is not marked.
///
/// # Errors
/// `backup.version`, `backup.damaged`; those of the place.
pub fn names(depot: &dyn Depot) -> Result<Id, Problem> {
    whose(depot)?.ok_or_else(|| Problem::missing("backup.no_backup"))
}

fn whose(depot: &dyn Depot) -> Result<Option<Id>, Problem> {
    let Some(bytes) = depot.get(MARK)? else { return Ok(None) };
    let mark: Mark = serde_json::from_slice(&bytes).map_err(|e| damaged(MARK).detail(e))?;
    match (mark.format.as_str(), mark.version) {
        (FORMAT, 1) => Ok(Some(mark.vault)),
        (FORMAT, version) => Err(Problem::invalid("backup.version").arg("version", version)),
        _ => Err(damaged(MARK)),
    }
}

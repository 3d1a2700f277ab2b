//! Taking a backup: one snapshot of the database, read while others write; then the sealed files that were there.
//!
//! The ledger's files are not copied: they follow from the entries, which stand with the events, and its signed checkpoint stands
//! in the database. So ledger and register cannot be of two different instants.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use jingui_backup::{
    Cutter, Digest, Expired, FileEntry, Keep, LedgerKeys, Manifest, Objects as ObjectList, PIECE, TableEntry, Writer, expire, latest,
    manifest_of, marked,
};
use jingui_ledger::Tiles as _;
use jingui_model::{Clock, Id, Instant, Problem, Rng};
use jingui_store::{
    Keys, Objects, Place, Store,
    dump::{DumpRow, Snapshot, TABLES, Table},
};
use jingui_vault::{Door, KeyringFile, Recipient};
use serde::Serialize;
use tokio::runtime::Handle;

use super::{FOLDER, OWN, Own, RECIPIENTS, place, recipients};
use crate::{
    ledger::{KEY, LedgerPlace, blocking},
    node::KEYRING,
    verify::Elsewhere,
};

/// The enterprise's own catalogue files.
const OVERLAY: &str = "overlay";

/// What is backed up, where to, and how long it is kept.
#[derive(Clone)]
pub struct Taking {
    /// The data folder.
    pub data: PathBuf,
    /// What does not lie in it.
    pub elsewhere: Elsewhere,
    /// The place.
    pub to: String,
    /// Recipients besides the vault and those that the data folder names.
    pub recipients: Vec<Recipient>,
    /// How long what is kept.
    pub keep: Keep,
}

/// A backup that was made.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// Its identifier.
    pub id: Id,
    /// The instant that it shows.
    pub at: Instant,
    /// Rows of all tables.
    pub rows: u64,
    /// Records among them.
    pub records: u64,
    /// Sealed files.
    pub objects: u64,
    /// Entries of the ledger that are committed.
    pub entries: u64,
    /// Recipients, the vault among them.
    pub recipients: usize,
    /// Bytes written.
    pub written: u64,
    /// Pieces that were new.
    pub new: u64,
    /// Pieces that were there already.
    pub kept: u64,
    /// Until when the wrapped keys of this backup are kept, if backups go on.
    pub keys_until: Instant,
    /// Sealed files that could not be backed up, because they are not what their names say.
    pub unsound: Vec<String>,
    /// Generations of wrapped keys that were deleted, because they were over.
    pub keys_deleted: u64,
    /// Snapshots that were deleted, because they were over.
    pub snapshots_deleted: u64,
}

/// Takes a backup. Nothing has to be unlocked; a server may run meanwhile.
///
/// # Errors
/// `backup.no_company`, `backup.inside`, `backup.own_key`, `backup.other_vault`, `backup.not_a_place`, `backup.reread`; those of
/// the place, the database and the sealed files.
pub async fn take(taking: Taking, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Taken, Problem> {
    if place::lies_within(&taking.to, &taking.data) {
        return Err(Problem::invalid("backup.inside"));
    }
    let handle = Handle::current();
    blocking(move || Take { handle, taking: &taking, clock, rng: &*rng }.run()).await
}

struct Take<'a> {
    handle: Handle,
    taking: &'a Taking,
    clock: Arc<dyn Clock>,
    rng: &'a dyn Rng,
}

impl Take<'_> {
    fn run(self) -> Result<Taken, Problem> {
        let data = &self.taking.data;
        let inside = data.join("jingui.db").is_file();
        if !inside && self.taking.elsewhere.database.is_none() {
            return Err(Problem::missing("backup.no_company"));
        }
        let lies = self.taking.elsewhere.database.clone().map_or_else(|| Place::Folder(data.clone()), Place::Postgres);
        let store = self.handle.block_on(Store::examine(&lies))?;
        let taken = self.of(&store);
        self.handle.block_on(store.close());
        taken
    }

    fn of(&self, store: &Store) -> Result<Taken, Problem> {
        let mut snapshot = self.handle.block_on(store.snapshot())?;
        let at = self.clock.now();
        let ring = self.meta(&mut snapshot, KEYRING)?.ok_or_else(|| Problem::missing("backup.no_company"))?;
        let ring = KeyringFile::from_json(&String::from_utf8_lossy(&ring))?;
        let own = Own::read(&self.meta(&mut snapshot, OWN)?.ok_or_else(|| Problem::missing("backup.own_key"))?)?;
        let mut to: BTreeSet<Recipient> =
            recipients(&self.taking.data)?.into_iter().chain(self.taking.recipients.iter().copied()).collect();
        to.insert(own.recipient);
        let to: Vec<Recipient> = to.into_iter().collect();
        let depot = place::open_place(&self.taking.to, true, Arc::clone(&self.clock))?;
        marked(&*depot, ring.id())?;
        // One that cannot be read is no reason not to make a whole one.
        let before = latest(&*depot, None)?.and_then(|name| manifest_of(&*depot, name, &own.place).ok());
        let (suite, door) = (ring.suite()?, Door::of(&ring)?);
        let mut writer = Writer::begin(&*depot, suite, &own.place, self.rng, &to, &door, at, before.as_ref())?;
        let ledger = self.ledger(&mut snapshot)?;
        let schema = self.handle.block_on(snapshot.schema())?;
        let mut manifest = Manifest::new(writer.id(), ring.id(), at, (suite.id(), schema), ledger);
        for table in TABLES {
            self.table(&mut snapshot, table, &mut writer, &mut manifest)?;
        }
        drop(snapshot);
        let unsound = self.objects(&mut writer, &mut manifest)?;
        self.files(&mut writer, &mut manifest)?;
        let (new, kept) = (writer.new, writer.kept);
        let (manifest, written) = writer.finish(manifest)?;
        let Expired { keys, snapshots, .. } = expire(&*depot, &own.place, at, self.taking.keep)?;
        Ok(Taken {
            id: manifest.id,
            at,
            rows: manifest.tables.iter().map(|table| table.rows).sum(),
            records: manifest.table("records").map_or(0, |table| table.rows),
            objects: manifest.objects.count,
            entries: manifest.ledger.committed,
            recipients: to.len(),
            written,
            new,
            kept,
            keys_until: at.plus_seconds(i64::from(self.taking.keep.key_days) * 86_400),
            unsound,
            keys_deleted: keys,
            snapshots_deleted: snapshots,
        })
    }

    fn meta(&self, snapshot: &mut Snapshot, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.handle.block_on(snapshot.meta(name))
    }

    fn ledger(&self, snapshot: &mut Snapshot) -> Result<LedgerKeys, Problem> {
        let head = self.handle.block_on(snapshot.head())?;
        let bucket = self.taking.elsewhere.ledger.as_deref();
        let lies = LedgerPlace::of(&self.taking.data, bucket, Arc::clone(&self.clock))?;
        let text = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map(|text| text.trim().to_owned());
        let failed = |e: std::io::Error| Problem::unavailable("ledger.io").arg("file", KEY).detail(e);
        Ok(LedgerKeys {
            size: head.checkpoint_size,
            committed: head.next,
            checkpoint: head.checkpoint,
            first: text(lies.first().read(KEY).map_err(failed)?),
            twin: text(lies.twin_alone().read(KEY).map_err(failed)?),
        })
    }

    fn table(&self, snapshot: &mut Snapshot, table: &Table, writer: &mut Writer<'_>, manifest: &mut Manifest) -> Result<(), Problem> {
        let entry = || TableEntry { name: table.name.to_owned(), columns: table.columns.to_owned(), rows: 0, pieces: vec![] };
        let (mut content, mut keys) = (entry(), entry());
        let (mut cutter, mut key_cutter, mut cursor) = (Cutter::default(), Cutter::default(), table.start());
        loop {
            let rows = self.handle.block_on(snapshot.rows(table, &mut cursor))?;
            if rows.is_empty() {
                break;
            }
            for DumpRow { key, bytes, secret } in rows {
                content.rows += 1;
                if let Some(piece) = cutter.push(&key, &bytes) {
                    content.pieces.push(writer.put(&piece)?);
                }
                if let Some(secret) = secret {
                    keys.rows += 1;
                    let length = u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes();
                    if let Some(piece) = key_cutter.push(&key, &[&length[..], &key, &secret].concat()) {
                        keys.pieces.push(writer.put_keys(&piece)?);
                    }
                }
            }
        }
        if let Some(piece) = cutter.finish() {
            content.pieces.push(writer.put(&piece)?);
        }
        if let Some(piece) = key_cutter.finish() {
            keys.pieces.push(writer.put_keys(&piece)?);
        }
        manifest.tables.push(content);
        if table.has_secrets() {
            manifest.keys.push(keys);
        }
        Ok(())
    }

    /// Sealed files; the names of those that are not what they should be.
    fn objects(&self, writer: &mut Writer<'_>, manifest: &mut Manifest) -> Result<Vec<String>, Problem> {
        let temp = std::env::temp_dir().join(format!("jingui-backup-{}", hex::encode(self.rng.array::<16>())));
        let done = self.objects_over(&temp, writer, manifest);
        drop(std::fs::remove_dir_all(&temp));
        done
    }

    fn objects_over(&self, temp: &Path, writer: &mut Writer<'_>, manifest: &mut Manifest) -> Result<Vec<String>, Problem> {
        let objects = match &self.taking.elsewhere.objects {
            Some(url) => self.handle.block_on(Objects::open_with(url, temp, Keys::from_environment(), Arc::clone(&self.clock)))?,
            None => self.handle.block_on(Objects::open(&self.taking.data.join("objects").to_string_lossy()))?,
        };
        let (mut list, mut cutter, mut unsound) = (ObjectList::default(), Cutter::default(), vec![]);
        for name in self.handle.block_on(objects.list())? {
            let Some(digest) = digest(&name) else { continue };
            let mut open: Option<File> = None;
            let mut next = || {
                if open.is_none() {
                    open = Some(self.handle.block_on(objects.open_object(&name))?);
                }
                let mut bytes = Vec::new();
                if let Some(file) = &open {
                    file.take(PIECE as u64).read_to_end(&mut bytes).map_err(crate::files::disk)?;
                }
                Ok(bytes)
            };
            match writer.object(&digest, &mut next) {
                Ok(true) => {}
                // It went after the database was read: nothing refers to it any more.
                Err(problem) if problem.code() == "store.object_missing" => continue,
                Ok(false) => {
                    unsound.push(name);
                    continue;
                }
                Err(problem) if problem.code() == "store.object_damaged" => {
                    unsound.push(name);
                    continue;
                }
                Err(problem) => return Err(problem),
            }
            list.count += 1;
            if let Some(piece) = cutter.push(&digest, &digest) {
                list.pieces.push(writer.put(&piece)?);
            }
        }
        if let Some(piece) = cutter.finish() {
            list.pieces.push(writer.put(&piece)?);
        }
        manifest.objects = list;
        Ok(unsound)
    }

    fn files(&self, writer: &mut Writer<'_>, manifest: &mut Manifest) -> Result<(), Problem> {
        let mut paths = vec![];
        below(&self.taking.data, OVERLAY, &mut paths)?;
        if self.taking.data.join(FOLDER).join(RECIPIENTS).is_file() {
            paths.push(format!("{FOLDER}/{RECIPIENTS}"));
        }
        for path in paths {
            let bytes = std::fs::read(self.taking.data.join(&path)).map_err(crate::files::disk)?;
            let pieces = bytes.chunks(PIECE).map(|piece| writer.put(piece)).collect::<Result<Vec<Digest>, _>>()?;
            manifest.files.push(FileEntry { path, pieces });
        }
        Ok(())
    }
}

/// The files in a folder of the data folder, in order.
fn below(data: &Path, folder: &str, found: &mut Vec<String>) -> Result<(), Problem> {
    let Ok(entries) = std::fs::read_dir(data.join(folder)) else { return Ok(()) };
    let mut names: Vec<(String, bool)> = vec![];
    for entry in entries {
        let entry = entry.map_err(crate::files::disk)?;
        let kind = entry.file_type().map_err(crate::files::disk)?;
        if let Ok(name) = entry.file_name().into_string() {
            names.push((format!("{folder}/{name}"), kind.is_dir()));
        }
    }
    names.sort();
    for (name, folder) in names {
        if folder {
            below(data, &name, found)?;
        } else {
            found.push(name);
        }
    }
    Ok(())
}

pub(super) fn digest(name: &str) -> Option<Digest> {
    let (pairs, rest) = name.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}

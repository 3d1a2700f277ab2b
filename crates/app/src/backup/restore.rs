//! Restoring: into an empty place only, and everything is examined before anybody hears that it is done.
//!
//! Content comes from the snapshot asked for. Wrapped keys come from the same one as long as they are kept, else from the earliest later
//! one; and what the newest snapshot knows as destroyed stays destroyed, whatever an older one holds. The ledger is laid out from
//! its entries and must have the root that was signed.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    io::Write as _,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use jingui_backup::{Depot, Digest, Generation, Keyholder, Manifest, Reader, SnapshotName, Sort, TableEntry, list, manifest_of, names};
use jingui_ledger::{Outcome, Verifier, rebuild::rebuild};
use jingui_model::{Clock, Id, Instant, Problem, Rng};
use jingui_store::{
    Keys, Objects, Place, Store,
    dump::{DESTROYED, Filling, RECORDS, TABLES, Table, Value, decode},
};
use jingui_vault::{Door, Key};
use serde::Serialize;
use tokio::runtime::Handle;

use super::{UNFINISHED, Way, place::open_place, restored::Mark};
use crate::{
    attest::twin::KEPT,
    files::disk,
    ledger::{LedgerPlace, blocking, publish_key},
    verify::{Elsewhere, Verification, verify},
};

const EVENTS: u32 = 2048;

/// What is restored from where to where.
#[derive(Clone)]
pub struct Request {
    /// The place of the backup.
    pub from: String,
    /// The data folder to be.
    pub data: PathBuf,
    /// What shall not lie in it.
    pub elsewhere: Elsewhere,
    /// The newest snapshot not after this instant; else the newest of all.
    pub at: Option<Instant>,
    /// What opens it.
    pub way: Way,
}

/// What a restore brought back.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// The snapshot.
    pub snapshot: Id,
    /// The instant that it shows.
    pub at: Instant,
    /// Records.
    pub records: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Sealed files.
    pub objects: u64,
    /// Entries of the ledger.
    pub entries: u64,
    /// Records whose keys were destroyed since, and were not given back.
    pub destroyed: u64,
    /// The snapshot whose wrapped keys were used, when those of its own are deleted.
    pub keys_of: Option<Instant>,
    /// Entries that the place knows of beyond this snapshot.
    pub missing_entries: u64,
    /// What the examination of all that was restored found.
    pub verification: Option<Verification>,
}

impl Restored {
    /// Whether everything is as it was.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.verification.as_ref().is_some_and(|found| found.outcome == Outcome::Whole)
    }
}

/// Restores a snapshot.
///
/// # Errors
/// `restore.not_empty`, `restore.no_snapshot`, `restore.schema`; `vault.unlock_refused`, `backup.not_for_you`; `backup.damaged` with the
/// file, `backup.keys_gone`; `ledger.root_mismatch`; those of the places.
pub async fn restore(request: Request, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Restored, Problem> {
    let (handle, time, own) = (Handle::current(), Arc::clone(&clock), request.clone());
    let mut restored = blocking(move || Restore { handle, request: &own, clock: time }.run()).await?;
    restored.verification = Some(verify(&request.data, &request.elsewhere, clock, &*rng).await?);
    Ok(restored)
}

/// Where a row of records says when it was last changed.
const UPDATED: usize = 6;

struct Restore<'a> {
    handle: Handle,
    request: &'a Request,
    clock: Arc<dyn Clock>,
}

/// A snapshot and the others that have a say in what is restored.
struct Chosen {
    content: Manifest,
    /// Whose wrapped keys are used, if not its own.
    keys: Option<Manifest>,
    /// The newest.
    newest: Manifest,
}

impl Restore<'_> {
    fn run(self) -> Result<Restored, Problem> {
        let depot = open_place(&self.request.from, false, Arc::clone(&self.clock))?;
        let (holder, place) = unlocked(&*depot, &self.request.way)?;
        let chosen = self.choose(&*depot, &place)?;
        if chosen.content.schema != Store::schema() {
            return Err(Problem::conflict("restore.schema").arg("found", chosen.content.schema).arg("known", Store::schema()));
        }
        let mut reader = Reader::open(&*depot, &holder, &place, &chosen.content, Some(chosen.keys.as_ref().unwrap_or(&chosen.content)))?;
        let destroyed = destroyed(&*depot, &holder, &place, &chosen, &mut reader)?;
        let marker = self.make_folder()?;
        let lies = self.request.elsewhere.database.clone().map_or_else(|| Place::Folder(self.request.data.clone()), Place::Postgres);
        let store = self.handle.block_on(Store::open(&lies))?;
        let done = self.fill(&store, &mut reader, &chosen, &destroyed);
        self.handle.block_on(store.close());
        let given_back = done?;
        std::fs::remove_file(&marker).map_err(disk)?;
        let Manifest { id, at, tables, objects, ledger, .. } = &chosen.content;
        Ok(Restored {
            snapshot: *id,
            at: *at,
            records: chosen.content.table(RECORDS).map_or(0, |table| table.rows),
            rows: tables.iter().map(|table| table.rows).sum(),
            objects: objects.count,
            entries: ledger.committed,
            destroyed: given_back,
            keys_of: chosen.keys.as_ref().map(|keys| keys.at),
            missing_entries: chosen.newest.ledger.committed.saturating_sub(ledger.committed),
            verification: None,
        })
    }

    fn choose(&self, depot: &dyn Depot, place: &Key) -> Result<Chosen, Problem> {
        let all = list(depot)?;
        let none = || Problem::missing("restore.no_snapshot");
        let at = all.iter().rposition(|name| self.request.at.is_none_or(|end| name.at <= end)).ok_or_else(none)?;
        let (Some(wanted), Some(newest)) = (all.get(at).copied(), all.last().copied()) else { return Err(none()) };
        let content = manifest_of(depot, wanted, place)?;
        let kept = |name: &SnapshotName| Generation::read(depot, Sort::Keys, name.id).map(|found| found.is_some());
        let mut keys = None;
        if !kept(&wanted)? {
            let later = all.get(at + 1..).unwrap_or_default();
            let mut found = None;
            for name in later {
                if kept(name)? {
                    found = Some(*name);
                    break;
                }
            }
            keys = Some(manifest_of(depot, found.ok_or_else(|| Problem::missing("backup.keys_gone"))?, place)?);
        }
        let newest = if newest == wanted { content.clone() } else { manifest_of(depot, newest, place)? };
        Ok(Chosen { content, keys, newest })
    }

    /// Makes the folder, and in it the mark of a restore that is not done.
    fn make_folder(&self) -> Result<PathBuf, Problem> {
        let data = &self.request.data;
        let occupied = || Problem::conflict("restore.not_empty").arg("path", data.display());
        if std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(occupied());
        }
        jingui_store::make_folder(data)?;
        let marker = data.join(UNFINISHED);
        std::fs::write(&marker, b"").map_err(disk)?;
        Ok(marker)
    }

    fn fill(&self, store: &Store, reader: &mut Reader<'_>, chosen: &Chosen, destroyed: &BTreeSet<Vec<u8>>) -> Result<u64, Problem> {
        let mut filling = self.handle.block_on(store.fill())?;
        let mut withheld = 0;
        for table in TABLES {
            if table.name == DESTROYED {
                for row in destroyed {
                    let values = table.unpack(row, None)?;
                    self.handle.block_on(filling.row(table, &values))?;
                }
                continue;
            }
            let Some(entry) = chosen.content.table(table.name) else { continue };
            let keys = chosen.keys.as_ref().unwrap_or(&chosen.content).keys_of(table.name);
            withheld += self.table(&mut filling, reader, table, (entry, keys), destroyed)?;
        }
        self.handle.block_on(filling.commit())?;
        self.objects(reader, &chosen.content)?;
        self.files(reader, &chosen.content)?;
        self.ledger(store, &chosen.content)?;
        let mark = Mark::of(&chosen.content, &chosen.newest, self.clock.now());
        self.handle.block_on(mark.keep(store))?;
        Ok(withheld)
    }

    fn table(
        &self,
        filling: &mut Filling,
        reader: &mut Reader<'_>,
        table: &Table,
        (entry, keys): (&TableEntry, Option<&TableEntry>),
        destroyed: &BTreeSet<Vec<u8>>,
    ) -> Result<u64, Problem> {
        let gone: HashMap<Vec<u8>, i64> =
            if table.name == RECORDS { destroyed.iter().filter_map(|row| when_gone(row)).collect() } else { HashMap::new() };
        let mut keys = keys.map(|keys| Wrapped::new(table, keys));
        let mut withheld = 0;
        for piece in &entry.pieces {
            for row in reader.rows(piece)? {
                let key = table.key_of(&row)?;
                let secret = match &mut keys {
                    Some(keys) => keys.find(reader, &key)?,
                    None => None,
                };
                let mut values = table.unpack(&row, secret.as_deref())?;
                // What is left of it since has a key of its own.
                let before = |at: &i64| values.get(UPDATED).is_none_or(|updated| !matches!(updated, Value::Long(n) if n >= at));
                if secret.is_some() && gone.get(&key).is_some_and(before) {
                    values = table.unpack(&row, None)?;
                    withheld += 1;
                }
                self.handle.block_on(filling.row(table, &values))?;
            }
        }
        Ok(withheld)
    }

    fn objects(&self, reader: &mut Reader<'_>, manifest: &Manifest) -> Result<(), Problem> {
        let data = &self.request.data;
        let objects = match &self.request.elsewhere.objects {
            Some(url) => {
                let temp = data.join("objects/tmp");
                self.handle.block_on(Objects::open_with(url, &temp, Keys::from_environment(), Arc::clone(&self.clock)))?
            }
            None => self.handle.block_on(Objects::open(&data.join("objects").to_string_lossy()))?,
        };
        let mut all = vec![];
        for piece in &manifest.objects.pieces {
            all.extend(reader.objects(piece)?);
        }
        reader.arrange(&mut all);
        for name in &all {
            let put = match reader.object_piece(name, 0)? {
                (bytes, true) => self.handle.block_on(objects.put_bytes(bytes))?,
                (bytes, false) => self.long_object(reader, &objects, name, &bytes)?,
            };
            if put != hex::encode(name) {
                return Err(Problem::internal("backup.damaged").arg("file", hex::encode(name)));
            }
        }
        Ok(())
    }

    fn long_object(&self, reader: &mut Reader<'_>, objects: &Objects, name: &Digest, first: &[u8]) -> Result<String, Problem> {
        let temp = objects.temp_dir().join(format!("{}.restoring", hex::encode(name)));
        let mut file = std::fs::File::create(&temp).map_err(disk)?;
        file.write_all(first).map_err(disk)?;
        for number in 1.. {
            let (bytes, last) = reader.object_piece(name, number)?;
            file.write_all(&bytes).map_err(disk)?;
            if last {
                break;
            }
        }
        file.sync_all().map_err(disk)?;
        self.handle.block_on(objects.put_file(&temp))
    }

    fn files(&self, reader: &mut Reader<'_>, manifest: &Manifest) -> Result<(), Problem> {
        for file in &manifest.files {
            let path = Path::new(&file.path);
            if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(Problem::internal("backup.damaged").arg("file", &file.path));
            }
            let path = self.request.data.join(path);
            jingui_store::make_folder(path.parent().unwrap_or(&self.request.data))?;
            let mut out = std::fs::File::create_new(&path).map_err(disk)?;
            for piece in &file.pieces {
                out.write_all(&reader.piece(piece)?).map_err(disk)?;
            }
            out.sync_all().map_err(disk)?;
        }
        Ok(())
    }

    /// Lays the ledger and its twin out from the entries in the database.
    fn ledger(&self, store: &Store, manifest: &Manifest) -> Result<(), Problem> {
        let (Some(note), Some(key)) = (&manifest.ledger.checkpoint, &manifest.ledger.first) else { return Ok(()) };
        let lies = LedgerPlace::of(&self.request.data, self.request.elsewhere.ledger.as_deref(), Arc::clone(&self.clock))?;
        let verifier = Verifier::parse(key)?;
        rebuild(lies.first(), &verifier, note, &mut self.entries(store))?;
        publish_key(&mut *lies.first(), &verifier)?;
        let kept = self.handle.block_on(store.meta(KEPT))?;
        if let (Some(note), Some(key)) = (kept, &manifest.ledger.twin) {
            let (note, verifier) = (String::from_utf8_lossy(&note).into_owned(), Verifier::parse(key)?);
            // One that was ahead of the checkpoint in the database is made again by the node.
            if jingui_ledger::Checkpoint::open(&note, &verifier)?.size <= manifest.ledger.size {
                rebuild(lies.twin(), &verifier, &note, &mut self.entries(store))?;
                publish_key(&mut *lies.twin_alone(), &verifier)?;
            }
        }
        Ok(())
    }

    fn entries<'b>(&'b self, store: &'b Store) -> impl FnMut() -> Result<Option<Vec<Vec<u8>>>, Problem> + 'b {
        let mut from = 0;
        move || {
            let entries: Vec<Vec<u8>> =
                self.handle.block_on(store.events_from(from, EVENTS))?.into_iter().map(|event| event.entry).collect();
            from += entries.len() as u64;
            Ok((!entries.is_empty()).then_some(entries))
        }
    }
}

/// Who opens the place, and the key of what says where things lie.
pub(super) fn unlocked(depot: &dyn Depot, way: &Way) -> Result<(Keyholder, Key), Problem> {
    let vault = names(depot)?;
    let generations: Vec<Generation> =
        Generation::all(depot, Sort::Keys)?.into_iter().chain(Generation::all(depot, Sort::Content)?).collect();
    let (mut tried, mut refusal): (Vec<Door>, Option<Problem>) = (vec![], None);
    for generation in generations.iter().filter(|g| g.door.id() == vault) {
        if !matches!(way, Way::Outside(_)) && tried.contains(&generation.door) {
            continue;
        }
        tried.push(generation.door.clone());
        match way.holder(&generation.door).and_then(|holder| Ok((generation.place(&holder)?, holder))) {
            Ok((place, holder)) => return Ok((holder, place)),
            // A device counts wrong PINs: none is tried at a second door.
            Err(problem) if problem.code().starts_with("pkcs11.pin_") => return Err(problem),
            Err(problem) => refusal = refusal.or(Some(problem)),
        }
    }
    Err(refusal.unwrap_or_else(|| Problem::missing("restore.no_snapshot")))
}

/// The rows of the list of destroyed keys, of the newest snapshot whose list can be read.
fn destroyed(
    depot: &dyn Depot,
    holder: &Keyholder,
    place: &Key,
    chosen: &Chosen,
    reader: &mut Reader<'_>,
) -> Result<BTreeSet<Vec<u8>>, Problem> {
    let own = chosen.content.table(DESTROYED).map_or_else(|| Ok(vec![]), |table| reader.all_rows(table))?;
    if chosen.newest.id == chosen.content.id {
        return Ok(own.into_iter().collect());
    }
    let mut newest = Reader::open(depot, holder, place, &chosen.newest, None)?;
    let later = chosen.newest.table(DESTROYED).map_or_else(|| Ok(vec![]), |table| newest.all_rows(table))?;
    let known: BTreeSet<Vec<u8>> = later.iter().filter_map(|row| first(row)).collect();
    Ok(own.into_iter().filter(|row| first(row).is_none_or(|id| !known.contains(&id))).chain(later).collect())
}

/// The key of a row of the list, as rows of records have it, and when that record's content was destroyed.
fn when_gone(row: &[u8]) -> Option<(Vec<u8>, i64)> {
    match decode(row)?.as_slice() {
        [Value::Bytes(id), Value::Long(at), ..] => Some((jingui_store::dump::record_key(id), *at)),
        _ => None,
    }
}

/// The key of a row of the list, as rows of records have it.
fn first(row: &[u8]) -> Option<Vec<u8>> {
    match decode(row)?.first()? {
        Value::Bytes(id) => Some(jingui_store::dump::record_key(id)),
        _ => None,
    }
}

/// A row's key and what it wraps.
type Pair = (Vec<u8>, Vec<u8>);

/// The wrapped keys of a table beside its rows: both are in the order of the rows' keys.
struct Wrapped {
    pieces: VecDeque<Digest>,
    ready: VecDeque<Pair>,
    /// Few, and their order may be a collation's.
    all: Option<HashMap<Vec<u8>, Vec<u8>>>,
    small: bool,
}

impl Wrapped {
    fn new(table: &Table, entry: &TableEntry) -> Self {
        Self { pieces: entry.pieces.iter().copied().collect(), ready: VecDeque::new(), all: None, small: table.name != RECORDS }
    }

    fn next_piece(&mut self, reader: &mut Reader<'_>) -> Result<Option<Vec<Pair>>, Problem> {
        let Some(piece) = self.pieces.pop_front() else { return Ok(None) };
        let malformed = || Problem::internal("backup.damaged").arg("file", hex::encode(piece));
        let read = |row: Vec<u8>| {
            let (length, rest) = row.split_first_chunk::<4>()?;
            let (key, secret) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            Some((key.to_vec(), secret.to_vec()))
        };
        reader.rows(&piece)?.into_iter().map(|row| read(row).ok_or_else(malformed)).collect::<Result<_, _>>().map(Some)
    }

    fn find(&mut self, reader: &mut Reader<'_>, key: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
        if self.small {
            if self.all.is_none() {
                let mut all = HashMap::new();
                while let Some(rows) = self.next_piece(reader)? {
                    all.extend(rows);
                }
                self.all = Some(all);
            }
            return Ok(self.all.as_ref().and_then(|all| all.get(key)).cloned());
        }
        loop {
            match self.ready.front() {
                Some((own, _)) if own.as_slice() < key => drop(self.ready.pop_front()),
                Some((own, _)) if own == key => return Ok(self.ready.pop_front().map(|(_, secret)| secret)),
                Some(_) => return Ok(None),
                None => match self.next_piece(reader)? {
                    Some(rows) => self.ready = rows.into(),
                    None => return Ok(None),
                },
            }
        }
    }
}

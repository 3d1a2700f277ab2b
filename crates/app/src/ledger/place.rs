//! Where the ledger and its SM3 twin lie: two folders beside the database, or two folders of a bucket (decision 11).

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jingui_ledger::{
    FolderTiles, SharedEntries, Tiles, Verifier,
    tile::{CHECKPOINT, TileId},
};
use jingui_model::{Clock, Problem};
use jingui_store::{Held, Keys, Over, Shelf};
use parking_lot::Mutex;

/// The first ledger's folder.
pub const LEDGER: &str = "ledger";
/// The twin's folder.
pub const TWIN: &str = "ledger-sm3";
/// The public key that lies beside a ledger.
pub const KEY: &str = "vkey";

/// A place for both. Whatever is asked of it waits.
#[derive(Debug, Clone)]
pub enum LedgerPlace {
    /// Folders of this machine.
    Folders {
        /// Of the first ledger.
        first: PathBuf,
        /// Of the twin.
        twin: PathBuf,
    },
    /// Folders of a bucket.
    Bucket(Shelf),
}

impl LedgerPlace {
    /// Where they are for a data folder: in it, or in the bucket that is given.
    ///
    /// # Errors
    /// Those of [`Shelf::open`].
    pub fn of(data: &Path, bucket: Option<&str>, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        match bucket {
            Some(bucket) => Shelf::open(bucket, Keys::from_environment(), clock).map(Self::Bucket),
            None => Ok(Self::Folders { first: data.join(LEDGER), twin: data.join(TWIN) }),
        }
    }

    /// Says whether it can be written to safely.
    ///
    /// # Errors
    /// Those of [`Shelf::heeds_conditions`].
    pub fn safe(&self) -> Result<(), Problem> {
        match self {
            Self::Folders { .. } => Ok(()),
            Self::Bucket(shelf) => shelf.folder(LEDGER).heeds_conditions(),
        }
    }

    /// The first ledger.
    #[must_use]
    pub fn first(&self) -> Box<dyn Tiles> {
        match self {
            Self::Folders { first, .. } => Box::new(FolderTiles::new(first)),
            Self::Bucket(shelf) => Box::new(BucketTiles::new(shelf.folder(LEDGER))),
        }
    }

    /// The twin's own files.
    #[must_use]
    pub fn twin_alone(&self) -> Box<dyn Tiles> {
        match self {
            Self::Folders { twin, .. } => Box::new(FolderTiles::new(twin)),
            Self::Bucket(shelf) => Box::new(BucketTiles::new(shelf.folder(TWIN))),
        }
    }

    /// The twin with the entries, which lie in the first ledger.
    #[must_use]
    pub fn twin(&self) -> SharedEntries<Box<dyn Tiles>, Box<dyn Tiles>> {
        SharedEntries::new(self.twin_alone(), self.first())
    }
}

/// Whether there is a ledger, or was one: a checkpoint that is there.
///
/// # Errors
/// `ledger.io`.
pub(crate) fn begun(tiles: &dyn Tiles) -> Result<bool, Problem> {
    tiles.read(CHECKPOINT).map(|note| note.is_some()).map_err(|e| failed(CHECKPOINT, e))
}

/// Lays the public key beside the ledger, for those who check it; never half of it.
///
/// # Errors
/// `ledger.io`.
pub(crate) fn publish_key(tiles: &mut dyn Tiles, key: &Verifier) -> Result<(), Problem> {
    let text = format!("{key}\n");
    if tiles.read(KEY).is_ok_and(|held| held.as_deref() == Some(text.as_bytes())) {
        return Ok(());
    }
    tiles.replace(KEY, text.as_bytes()).map_err(|e| failed(KEY, e))
}

fn failed(file: &str, error: io::Error) -> Problem {
    Problem::unavailable("ledger.io").arg("file", file).detail(error)
}

/// A ledger in a bucket. Every put is durable, whole and readable when it returns, and is carried out only over what this
/// writer saw; so neither a second writer nor a put that arrives late can change what a checkpoint covers.
///
/// What a folder does not know: a checkpoint whose put failed here may still arrive, as long as the one before it lies there. So
/// nothing beyond the published checkpoint is removed, or that late checkpoint would find its tiles gone. The
/// entries of a place in the ledger never change, so what is left lying is what the next append writes.
struct BucketTiles {
    shelf: Shelf,
    seen: Mutex<Seen>,
}

/// What is known of the checkpoint.
#[derive(Default)]
struct Seen {
    /// As it was read last: a new one goes over this or not at all.
    held: Option<Held>,
    /// Entries under it.
    size: u64,
}

impl BucketTiles {
    fn new(shelf: Shelf) -> Self {
        Self { shelf, seen: Mutex::default() }
    }

    /// Puts bytes where nothing lies, or over what lies there now.
    fn settle(&self, path: &str, bytes: &[u8]) -> Result<(), Problem> {
        match self.shelf.put(path, bytes, Over::Nothing) {
            Err(problem) if problem.code() == "store.shelf_moved" => {}
            other => return other,
        }
        let held = self.shelf.read(path)?;
        self.shelf.put(path, bytes, held.as_ref().map_or(Over::Nothing, |held| Over::Tag(&held.tag)))
    }
}

impl Tiles for BucketTiles {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let held = self.shelf.read(path).map_err(told)?;
        let bytes = held.as_ref().map(|held| held.bytes.clone());
        if path == CHECKPOINT {
            *self.seen.lock() = Seen { size: size(bytes.as_deref().unwrap_or_default()), held };
        }
        Ok(bytes)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.settle(path, bytes).map_err(told)
    }

    /// The ledger has read the checkpoint just before it replaces it, and found the one it continues.
    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        if path != CHECKPOINT {
            return self.write(path, bytes);
        }
        let held = self.seen.lock().held.take();
        self.shelf.put(path, bytes, held.as_ref().map_or(Over::Nothing, |held| Over::Tag(&held.tag))).map_err(told)?;
        self.seen.lock().size = size(bytes);
        Ok(())
    }

    /// Only what a full tile under the checkpoint has replaced.
    fn remove(&mut self, path: &str) -> io::Result<()> {
        let size = self.seen.lock().size;
        let replaced =
            TileId::parse(path).is_some_and(|id| !id.full() && TileId::in_tree(id.level, id.index, size).is_some_and(TileId::full));
        if replaced { self.shelf.remove(path).map_err(told) } else { Ok(()) }
    }

    fn list_under(&self, folder: &str) -> io::Result<Vec<String>> {
        self.shelf.list(folder).map_err(told)
    }

    /// A bucket does not say.
    fn free_bytes(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

/// The size that a signed checkpoint states; the ledger itself checks it.
fn size(note: &[u8]) -> u64 {
    str::from_utf8(note).ok().and_then(|note| note.lines().nth(1)?.parse().ok()).unwrap_or_default()
}

fn told(problem: Problem) -> io::Error {
    let kind = if problem.code() == "store.objects_full" { io::ErrorKind::StorageFull } else { io::ErrorKind::Other };
    io::Error::new(kind, problem)
}

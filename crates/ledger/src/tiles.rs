//! The storage that a ledger lies in: a handful of operations on named byte strings.
//!
//! What the ledger relies on, in order: [`Tiles::write`] makes bytes readable; [`Tiles::sync`]
//! makes everything written so far survive a power cut; [`Tiles::replace`] changes one name from
//! its old to its new bytes with nothing in between, durably. An implementation whose `write` is
//! durable and atomic at once (an object store) need not implement the other two.

use std::{collections::BTreeMap, io};

/// Named byte strings; names have `/` between their parts.
pub trait Tiles: Send {
    /// The bytes under a name, or `None`.
    ///
    /// # Errors
    /// Those of the storage.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Puts bytes under a name. They may be lost or torn by a power cut until [`Tiles::sync`]
    /// returns; the ledger writes only names that no checkpoint covers yet.
    ///
    /// # Errors
    /// Those of the storage.
    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything written so far is durable.
    ///
    /// # Errors
    /// Those of the storage; then nothing is known about what was written since the last success.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Puts bytes under a name, durably and atomically: after a power cut at any moment the name
    /// holds the old bytes or the new ones.
    ///
    /// # Errors
    /// Those of the storage; then the name may hold either.
    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(path, bytes)?;
        self.sync()
    }

    /// Removes a name; removing what is not there succeeds.
    ///
    /// # Errors
    /// Those of the storage.
    fn remove(&mut self, path: &str) -> io::Result<()>;

    /// All names, in any order.
    ///
    /// # Errors
    /// Those of the storage.
    fn list(&self) -> io::Result<Vec<String>> {
        self.list_under("")
    }

    /// All names that begin with `folder` and a `/`; with an empty folder all names.
    ///
    /// # Errors
    /// Those of the storage.
    fn list_under(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Bytes that can still be written, if the storage knows.
    ///
    /// # Errors
    /// Those of the storage.
    fn free_bytes(&self) -> io::Result<Option<u64>>;
}

impl<T: Tiles + ?Sized> Tiles for Box<T> {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        (**self).read(path)
    }
    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        (**self).write(path, bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        (**self).sync()
    }
    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        (**self).replace(path, bytes)
    }
    fn remove(&mut self, path: &str) -> io::Result<()> {
        (**self).remove(path)
    }
    fn list(&self) -> io::Result<Vec<String>> {
        (**self).list()
    }
    fn list_under(&self, folder: &str) -> io::Result<Vec<String>> {
        (**self).list_under(folder)
    }
    fn free_bytes(&self) -> io::Result<Option<u64>> {
        (**self).free_bytes()
    }
}

/// A ledger in memory, for tests and for checking an archive that was read into memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryTiles {
    /// Names and bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What [`Tiles::free_bytes`] answers.
    pub free: Option<u64>,
}

impl Tiles for MemoryTiles {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.get(path).cloned())
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.files.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        self.files.remove(path);
        Ok(())
    }

    fn list_under(&self, folder: &str) -> io::Result<Vec<String>> {
        if folder.is_empty() {
            return Ok(self.files.keys().cloned().collect());
        }
        let prefix = format!("{folder}/");
        Ok(self.files.range(prefix.clone()..).map(|(name, _)| name).take_while(|name| name.starts_with(&prefix)).cloned().collect())
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        Ok(self.free)
    }
}

//! A ledger in a folder of a local file system.
//!
//! Every file is written under a temporary name and renamed. Files and changed folders are forced
//! to disk together in [`Tiles::sync`], several at once, so that on a journalling file system they
//! share commits; the checkpoint is forced on its own, before and after it takes its name.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
};

use crate::tiles::Tiles;

/// The one temporary name; there is one writer. A crash leaves at most this file behind.
const SCRATCH: &str = ".unfinished";

/// How many written files may wait for [`Tiles::sync`] with their handle open.
const OPEN_FILES: usize = 128;

/// How many files are forced to disk at once.
const THREADS: usize = 8;

/// A folder. Reading never creates anything; writing creates what is missing.
#[derive(Debug)]
pub struct FolderTiles {
    root: PathBuf,
    files: Vec<File>,
    folders: BTreeSet<PathBuf>,
}

impl FolderTiles {
    /// Over this folder, which need not exist yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), files: vec![], folders: BTreeSet::new() }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn place(&self, path: &str) -> io::Result<PathBuf> {
        let plain = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
        if path.is_empty() || !plain {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name within the ledger"));
        }
        Ok(self.root.join(path))
    }

    /// Creates a folder with those above it; remembers which must be forced to disk.
    fn ensure_folder(&mut self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent().filter(|p| !p.as_os_str().is_empty()) {
            self.ensure_folder(parent)?;
            self.folders.insert(parent.to_owned());
        }
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    fn put(&mut self, path: &str, bytes: &[u8], force: bool) -> io::Result<()> {
        let place = self.place(path)?;
        let folder = place.parent().unwrap_or(&self.root).to_owned();
        self.ensure_folder(&folder)?;
        let scratch = self.root.join(SCRATCH);
        let mut file = File::create(&scratch)?;
        file.write_all(bytes)?;
        if force {
            file.sync_all()?;
        }
        fs::rename(&scratch, &place)?;
        self.folders.insert(folder);
        if !force {
            self.files.push(file);
            if self.files.len() >= OPEN_FILES {
                self.force()?;
            }
        }
        Ok(())
    }

    /// Forces the waiting files and folders to disk, several at once: then they share journal
    /// commits and flushes instead of each waiting for its own.
    fn force(&mut self) -> io::Result<()> {
        // After a failure the kernel may forget it: the handles go, the ledger writes these files anew.
        let mut waiting = std::mem::take(&mut self.files);
        for folder in &self.folders {
            match File::open(folder) {
                Ok(folder) => waiting.push(folder),
                // A folder that was removed meanwhile needs no forcing.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let share = waiting.len().div_ceil(THREADS).max(1);
        let (first, rest) = waiting.split_at(share.min(waiting.len()));
        std::thread::scope(|scope| {
            let others: Vec<_> =
                rest.chunks(share).map(|files| std::thread::Builder::new().spawn_scoped(scope, || force_all(files))).collect();
            let mut result = force_all(first);
            for (other, files) in others.into_iter().zip(rest.chunks(share)) {
                result = result.and(match other {
                    Ok(thread) => thread.join().unwrap_or_else(|_| Err(io::Error::other("thread"))),
                    Err(_) => force_all(files),
                });
            }
            result
        })?;
        self.folders.clear();
        Ok(())
    }
}

fn force_all(files: &[File]) -> io::Result<()> {
    files.iter().try_for_each(File::sync_all)
}

impl Tiles for FolderTiles {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.place(path)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(path, bytes, false)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.force()
    }

    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.sync()?;
        self.put(path, bytes, true)?;
        self.sync()
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        let place = self.place(path)?;
        match fs::remove_file(&place) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
            result => result?,
        }
        let Some(folder) = place.parent() else { return Ok(()) };
        // The folder of partial tiles goes with its last file; while it holds others this fails, as it should.
        let emptied = folder.extension().is_some_and(|e| e == "p") && fs::remove_dir(folder).is_ok();
        self.folders.insert(if emptied { folder.parent().unwrap_or(&self.root) } else { folder }.to_owned());
        Ok(())
    }

    fn list_under(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = vec![];
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            let place = if folder.is_empty() { self.root.clone() } else { self.place(&folder)? };
            let entries = match fs::read_dir(&place) {
                Ok(entries) => entries,
                // A folder of partial tiles may vanish while the list is made; the root may not.
                Err(error) if !folder.is_empty() && error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                if entry.file_type()?.is_dir() {
                    waiting.push(path);
                } else if path != SCRATCH {
                    names.push(path);
                }
            }
        }
        Ok(names)
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        let place = self.root.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new("."));
        let free = rustix::fs::statvfs(place)?;
        Ok(Some(free.f_bavail.saturating_mul(free.f_frsize)))
    }
}

//! Where backups lie: named byte strings that are written once, listed and removed.
//!
//! Names are segments of letters, digits, `-`, `_` and `.` with `/` between them, so that a folder and a bucket can be copied to
//! each other as they are.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use jingui_model::Problem;

/// A place for backups. All calls wait.
pub trait Depot: Send + Sync {
    /// Puts bytes under a name, durably and whole: after a crash the name holds all of them or nothing new.
    ///
    /// # Errors
    /// `backup.place_full`, `backup.place_failed`, those of the storage.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Problem>;

    /// What lies under a name.
    ///
    /// # Errors
    /// `backup.place_failed`, those of the storage.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Problem>;

    /// All names that begin with `folder` and a `/`, sorted; with an empty folder all names.
    ///
    /// # Errors
    /// `backup.place_failed`, those of the storage.
    fn list(&self, folder: &str) -> Result<Vec<String>, Problem>;

    /// Removes a name for good; removing what is not there succeeds.
    ///
    /// # Errors
    /// `backup.place_failed`, those of the storage.
    fn remove(&self, name: &str) -> Result<(), Problem>;
}

/// A folder of this machine, or one that is mounted.
#[derive(Debug, Clone)]
pub struct FolderDepot(PathBuf);

/// Files on their way end so.
const UNFINISHED: &str = ".unfinished";

impl FolderDepot {
    /// Opens a folder, making it for its owner alone if need be.
    ///
    /// # Errors
    /// `backup.place_failed`.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        private(path).map_err(|e| failed(&path.display().to_string(), &e))?;
        Ok(Self(path.to_owned()))
    }

    /// Opens a folder that is there.
    ///
    /// # Errors
    /// `backup.place_missing`.
    pub fn existing(path: &Path) -> Result<Self, Problem> {
        if path.is_dir() { Ok(Self(path.to_owned())) } else { Err(Problem::missing("backup.place_missing").arg("place", path.display())) }
    }

    fn path(&self, name: &str) -> Result<PathBuf, Problem> {
        let sound = |segment: &str| {
            !matches!(segment, "" | "." | "..") && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        if name.split('/').all(sound) { Ok(self.0.join(name)) } else { Err(Problem::invalid("backup.name")) }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(&self.0);
        let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.is_dir()).collect();
        private(folder)?;
        for made in missing {
            File::open(made.parent().unwrap_or(&self.0))?.sync_all()?;
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(UNFINISHED);
        let unfinished = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        File::open(folder)?.sync_all()
    }

    fn names(folder: &Path, prefix: &str, found: &mut Vec<String>) -> std::io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let Ok(own) = entry.file_name().into_string() else { continue };
            let name = if prefix.is_empty() { own } else { format!("{prefix}/{own}") };
            if entry.file_type()?.is_dir() {
                Self::names(&entry.path(), &name, found)?;
            } else if !name.ends_with(UNFINISHED) {
                found.push(name);
            }
        }
        Ok(())
    }
}

impl Depot for FolderDepot {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        self.write(&self.path(name)?, bytes).map_err(|e| failed(name, &e))
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        match fs::read(self.path(name)?) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).map_err(|e| failed(name, &e)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, Problem> {
        let path = if folder.is_empty() { self.0.clone() } else { self.path(folder)? };
        let mut found = vec![];
        Self::names(&path, folder, &mut found).map_err(|e| failed(folder, &e))?;
        found.sort_unstable();
        Ok(found)
    }

    fn remove(&self, name: &str) -> Result<(), Problem> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            Err(e) => Err(failed(name, &e)),
            Ok(()) => {
                let folder = path.parent().unwrap_or(&self.0);
                File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| failed(name, &e))?;
                // An empty folder is in nobody's way, and one that is not stays.
                drop(fs::remove_dir(folder));
                Ok(())
            }
        }
    }
}

fn private(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn failed(name: &str, error: &std::io::Error) -> Problem {
    let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    Problem::unavailable(if full { "backup.place_full" } else { "backup.place_failed" }).arg("file", name).detail(error)
}

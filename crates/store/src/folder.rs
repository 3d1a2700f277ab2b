//! The data folder: made for its owner alone, and held by one process at a time.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use jingui_model::Problem;

use crate::fault;

/// A folder in use by this process. Dropping it, or the end of the process, sets it free.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be (0700; one that exists keeps its mode) and holds it.
    ///
    /// # Errors
    /// `store.folder_in_use` when another process holds it, `store.folder_failed` when it cannot be made.
    pub(crate) fn hold(path: &Path) -> Result<Self, Problem> {
        make_folder(path)?;
        let lock = private_file(&path.join("jingui.lock")).map_err(|e| fault::file(&e).arg("folder", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Problem::conflict("store.folder_in_use").arg("folder", path.display())),
            Err(TryLockError::Error(e)) => Err(fault::file(&e).arg("folder", path.display())),
        }
    }

    /// The database file, made empty with mode 0600 if it is not there; SQLite gives its log the same mode.
    pub(crate) fn database(&self) -> Result<PathBuf, Problem> {
        let file = self.path.join("jingui.db");
        private_file(&file).map_err(|e| fault::file(&e).arg("folder", self.path.display()))?;
        Ok(file)
    }
}

/// Makes a data folder (0700; one that exists keeps its mode) so that a power cut does not take its name.
///
/// # Errors
/// `store.folder_failed`, `store.disk_full`.
pub fn make_folder(path: &Path) -> Result<(), Problem> {
    make_private_durably(path).map_err(|e| fault::file(&e).arg("folder", path.display()))
}

/// Makes a folder, and those above it, that only its owner can enter, and forces their names to disk:
/// what is synced in a folder whose own name is lost in a power cut is lost with it.
pub(crate) fn make_private_durably(path: &Path) -> std::io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.is_dir()).collect();
    make_private(path)?;
    for made in missing {
        let above = made.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(above)?.sync_all()?;
    }
    Ok(())
}

/// Makes a folder, and those above it, that only its owner can enter.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file for writing that only its owner can read, making it if it is not there.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

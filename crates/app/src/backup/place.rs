//! A place for backups: a folder, or a part of a bucket.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jingui_backup::{Depot, FolderDepot};
use jingui_model::{Clock, Problem};
use jingui_store::{Keys, Over, Shelf};

/// Opens a place: a path, `file://` and an absolute path, or `s3://…` as for sealed files. `making`: a folder is made if need be.
/// Whatever is asked of it waits.
///
/// # Errors
/// `backup.place_missing`, `backup.place_failed`; `store.objects_*`.
pub fn open_place(place: &str, making: bool, clock: Arc<dyn Clock>) -> Result<Arc<dyn Depot>, Problem> {
    let path = match place.split_once("://") {
        None => PathBuf::from(place),
        Some(("file", path)) if path.starts_with('/') => PathBuf::from(path),
        Some(_) => return Ok(Arc::new(Bucket(Shelf::open(place, Keys::from_environment(), clock)?))),
    };
    Ok(Arc::new(if making { FolderDepot::open(&path)? } else { FolderDepot::existing(&path)? }))
}

/// Whether a place is a folder within another one: then it would be lost with it.
pub(super) fn lies_within(place: &str, folder: &Path) -> bool {
    let path = place.strip_prefix("file://").unwrap_or(place);
    let full = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
    !place.starts_with("s3://") && full(Path::new(path)).starts_with(full(folder))
}

struct Bucket(Shelf);

impl Depot for Bucket {
    /// Names are written once; the mark and a put that is repeated may meet themselves.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        match self.0.put(name, bytes, Over::Nothing) {
            Err(problem) if problem.code() == "store.shelf_moved" => {
                let held = self.0.read(name)?;
                self.0.put(name, bytes, held.as_ref().map_or(Over::Nothing, |held| Over::Tag(&held.tag)))
            }
            other => other,
        }
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        Ok(self.0.read(name)?.map(|held| held.bytes))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, Problem> {
        self.0.list(folder)
    }

    fn remove(&self, name: &str) -> Result<(), Problem> {
        self.0.remove(name)
    }
}

//! Sealed files in a folder: `ab/abcdef…`, files 0600, folders 0700; files on their way lie in `tmp/`.
//!
//! A put is durable when it returns: the file is synced, renamed into place, and its folder is synced
//! (POSIX promises a name after a crash only then).

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Temp, digest_of, hash, is_name};
use crate::folder;

/// A folder of this machine, or one that all nodes mount.
#[derive(Debug, Clone)]
pub struct Local(Arc<Folders>);

#[derive(Debug)]
struct Folders {
    root: PathBuf,
    temp: Temp,
}

impl Local {
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        folder::make_private_durably(&path)?;
        let temp = Temp::open(path.join("tmp"))?;
        // All of them now: a put need not sync the folder above its own.
        for shard in 0..=u8::MAX {
            folder::make_private(&path.join(hex::encode([shard])))?;
        }
        sync_folder(&path)?;
        Ok(Self(Arc::new(Folders { root: path, temp })))
    }

    pub(super) fn temp(&self) -> &Temp {
        &self.0.temp
    }

    pub(super) fn put_file(&self, temp: &Path) -> io::Result<String> {
        let name = hex::encode(digest_of(&mut File::open(temp)?)?);
        self.settle(temp, &name)?;
        Ok(name)
    }

    pub(super) fn put_bytes(&self, bytes: &[u8]) -> io::Result<String> {
        let name = hex::encode(hash(bytes));
        let (temp, mut file) = self.0.temp.file(&name)?;
        let done = io::Write::write_all(&mut file, bytes).and_then(|()| self.settle(&temp, &name));
        if done.is_err() {
            let _ = fs::remove_file(&temp);
        }
        done.map(|()| name)
    }

    /// None when there is no such object.
    pub(super) fn open_object(&self, name: &str) -> io::Result<Option<File>> {
        match File::open(self.path(name)?) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    pub(super) fn exists(&self, name: &str) -> io::Result<bool> {
        self.path(name)?.try_exists()
    }

    pub(super) fn delete(&self, name: &str) -> io::Result<bool> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e),
            Ok(()) => path.parent().map_or(Ok(()), sync_folder).map(|()| true),
        }
    }

    pub(super) fn list(&self) -> io::Result<Vec<String>> {
        let mut names = vec![];
        for shard in 0..=u8::MAX {
            let shard = hex::encode([shard]);
            for entry in fs::read_dir(self.0.root.join(&shard))? {
                if let Ok(name) = entry?.file_name().into_string()
                    && is_name(&name)
                    && name.starts_with(&shard)
                {
                    names.push(name);
                }
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Where an object lies, if that is a name.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let shard = name.get(..2).filter(|_| is_name(name)).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.0.root.join(shard).join(name))
    }

    /// Moves a finished file to its place, durably. One that lies there already is replaced by the same
    /// bytes, which also mends it.
    fn settle(&self, temp: &Path, name: &str) -> io::Result<()> {
        let target = self.path(name)?;
        let file = File::open(temp)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        file.sync_all()?;
        fs::rename(temp, &target)?;
        target.parent().map_or(Ok(()), sync_folder)
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

//! Sealed files beside the database, by the SHA-256 of their sealed bytes.
//!
//! A name says what the bytes must be, so that putting the same thing twice is no fault and any copy can
//! be checked. A name is 64 lower-case hexadecimal digits and nothing else, hence never a path. On the
//! disk: `ab/abcdef…`, files 0600, folders 0700. A put is durable when it returns: the file is synced,
//! renamed into place, and the folder is synced. Files on their way lie in `tmp/`.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_lc_rs::digest::{Context, SHA256};
use jingui_model::{Instant, Problem};

use crate::{fault, folder};

/// Where sealed files are kept.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Objects {
    /// A folder of this machine, or one that all nodes mount.
    Local(Local),
}

/// The folder.
#[derive(Debug, Clone)]
pub struct Local(Arc<Folders>);

#[derive(Debug)]
struct Folders {
    root: PathBuf,
    temp: PathBuf,
    serial: AtomicU64,
}

impl Objects {
    /// Opens a folder, given as a path or as `file://` and an absolute path, making it if need be.
    ///
    /// # Errors
    /// `store.objects_scheme` for any other sort of store, `store.folder_failed`, `store.disk_full`.
    pub async fn open(place: &str) -> Result<Self, Problem> {
        let path = match place.split_once("://") {
            None => PathBuf::from(place),
            Some(("file", path)) if path.starts_with('/') => PathBuf::from(path),
            Some((scheme, _)) => {
                return Err(Problem::invalid("store.objects_scheme").arg("scheme", scheme.chars().take(20).collect::<String>()));
            }
        };
        blocking(move || {
            let temp = path.join("tmp");
            folder::make_private(&temp)?;
            // All of them now: a put need not sync the folder above its own.
            for shard in 0..=u8::MAX {
                folder::make_private(&path.join(hex::encode([shard])))?;
            }
            sync_folder(&path)?;
            Ok(Self::Local(Local(Arc::new(Folders { root: path, temp, serial: AtomicU64::new(0) }))))
        })
        .await
    }

    /// Where to write a file that is to be put: on the same disk, private, swept now and then.
    #[must_use]
    pub fn temp_dir(&self) -> &Path {
        let Self::Local(local) = self;
        &local.0.temp
    }

    /// Takes a finished file from [`Objects::temp_dir`] by renaming it; its name.
    ///
    /// # Errors
    /// `store.disk_full`, `store.folder_failed`.
    pub async fn put_file(&self, temp: &Path) -> Result<String, Problem> {
        let (Self::Local(local), temp) = (self.clone(), temp.to_owned());
        blocking(move || {
            let name = hex::encode(digest_of(&mut File::open(&temp)?)?);
            local.0.settle(&temp, &name)?;
            Ok(name)
        })
        .await
    }

    /// Puts bytes; their name.
    ///
    /// # Errors
    /// `store.disk_full`, `store.folder_failed`.
    pub async fn put_bytes(&self, bytes: impl Into<Vec<u8>>) -> Result<String, Problem> {
        let (Self::Local(local), bytes) = (self.clone(), bytes.into());
        blocking(move || {
            let name = hex::encode(aws_lc_rs::digest::digest(&SHA256, &bytes));
            let serial = local.0.serial.fetch_add(1, Ordering::Relaxed);
            let temp = local.0.temp.join(format!("{name}.{}.{serial}", std::process::id()));
            let done = write_new(&temp, &bytes).and_then(|()| local.0.settle(&temp, &name));
            if done.is_err() {
                let _ = fs::remove_file(&temp);
            }
            done.map(|()| name)
        })
        .await
    }

    /// Opens an object for reading.
    ///
    /// # Errors
    /// `store.object_missing`, `store.object_name`, `store.folder_failed`.
    pub async fn open_object(&self, name: &str) -> Result<File, Problem> {
        let path = self.path(name)?;
        let name = name.to_owned();
        blocking(move || match File::open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Err(Problem::missing("store.object_missing").arg("name", name))),
            opened => opened.map(Ok),
        })
        .await?
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// `store.object_name`, `store.folder_failed`.
    pub async fn exists(&self, name: &str) -> Result<bool, Problem> {
        let path = self.path(name)?;
        blocking(move || path.try_exists()).await
    }

    /// Deletes an object for good; false when there was none.
    ///
    /// # Errors
    /// `store.object_name`, `store.folder_failed`.
    pub async fn delete(&self, name: &str) -> Result<bool, Problem> {
        let path = self.path(name)?;
        blocking(move || match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e),
            Ok(()) => path.parent().map_or(Ok(()), sync_folder).map(|()| true),
        })
        .await
    }

    /// The names of all objects, sorted. Anything else that lies in the folders is passed over.
    ///
    /// # Errors
    /// `store.folder_failed`.
    pub async fn list(&self) -> Result<Vec<String>, Problem> {
        let Self::Local(local) = self.clone();
        blocking(move || {
            let mut names = vec![];
            for shard in 0..=u8::MAX {
                let shard = hex::encode([shard]);
                for entry in fs::read_dir(local.0.root.join(&shard))? {
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
        })
        .await
    }

    /// Removes what a crash left in [`Objects::temp_dir`] and nobody touched since an instant; how many files.
    ///
    /// # Errors
    /// `store.folder_failed`.
    pub async fn sweep_temp(&self, before: Instant) -> Result<u64, Problem> {
        let temp = self.temp_dir().to_owned();
        blocking(move || {
            let mut swept = 0;
            for entry in fs::read_dir(temp)? {
                let entry = entry?;
                let modified = entry.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                if i64::try_from(modified.as_micros()).is_ok_and(|at| at < before.micros()) {
                    fs::remove_file(entry.path())?;
                    swept += 1;
                }
            }
            Ok(swept)
        })
        .await
    }

    fn path(&self, name: &str) -> Result<PathBuf, Problem> {
        let Self::Local(local) = self;
        local.0.path(name).ok_or_else(|| Problem::invalid("store.object_name"))
    }
}

impl Folders {
    /// Where an object lies, if that is a name.
    fn path(&self, name: &str) -> Option<PathBuf> {
        if !is_name(name) {
            return None;
        }
        Some(self.root.join(name.get(..2)?).join(name))
    }

    /// Moves a finished file to its place, durably. One that lies there already is replaced by the same
    /// bytes, which also mends it.
    fn settle(&self, temp: &Path, name: &str) -> io::Result<()> {
        let target = self.path(name).ok_or(io::ErrorKind::InvalidInput)?;
        let file = File::open(temp)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        file.sync_all()?;
        fs::rename(temp, &target)?;
        target.parent().map_or(Ok(()), sync_folder)
    }
}

fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn digest_of(file: &mut File) -> io::Result<[u8; 32]> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        context.update(buffer.get(..count).unwrap_or_default());
    }
    context.finish().as_ref().try_into().map_err(io::Error::other)
}

/// Disks are slow: their work is done on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(fault::defect)?.map_err(|e| fault::file(&e))
}

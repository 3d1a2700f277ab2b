//! Sealed files beside the database, by the SHA-256 of their sealed bytes.
//!
//! A name says what the bytes must be, so that putting the same thing twice is no fault and any copy can
//! be checked. A name is 64 lower-case hexadecimal digits and nothing else, hence never a path. They lie in a
//! folder ([`local`]) or in a bucket that speaks S3 ([`s3`]), under the same names in the same order, so that
//! one can be copied to the other. A put is durable when it returns.

mod local;
mod place;
mod s3;
mod shelf;
mod sign;
mod wire;
mod xml;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_lc_rs::digest::{Context, SHA256};
use jingui_model::{Clock, Instant, Problem};

use self::{local::Local, s3::S3};
pub use self::{
    place::Keys,
    shelf::{Held, Over, Shelf},
};
use crate::{fault, folder};

/// Where sealed files are kept.
#[derive(Debug, Clone)]
pub struct Objects(Place);

#[derive(Debug, Clone)]
enum Place {
    Local(Local),
    S3(S3),
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
        blocking(move || Ok(Self(Place::Local(Local::open(path).map_err(disk)?)))).await
    }

    /// Opens a folder as [`Objects::open`] does, or a bucket:
    /// `s3://BUCKET[/PREFIX]?endpoint=https://HOST[:PORT]&region=REGION&style=path|virtual&ca=FILE`.
    ///
    /// Without `endpoint` it is Amazon's of the region; `region` is `us-east-1` if there is an endpoint;
    /// `style` is `path` with an endpoint, else `virtual`; `ca` is a PEM file of certificates to trust instead of
    /// the system's. `temp` is a folder of this machine for files on their way, used for a bucket only.
    /// The bucket is asked for one name, so that what is wrong shows at once.
    ///
    /// # Errors
    /// As [`Objects::open`]; `store.objects_url`, `store.objects_url_secret`, `store.objects_plain`,
    /// `store.objects_keys`, `store.objects_roots`; `store.objects_refused`, `store.objects_bucket`,
    /// `store.objects_region`, `store.objects_clock`, `store.objects_unavailable`.
    pub async fn open_with(place: &str, temp: &Path, keys: Option<Keys>, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        match place.strip_prefix("s3://") {
            None => Self::open(place).await,
            Some(address) => {
                let (address, temp) = (address.to_owned(), temp.to_owned());
                blocking(move || Ok(Self(Place::S3(S3::open(&address, keys, temp, clock)?)))).await
            }
        }
    }

    /// Where to write a file that is to be put: a folder of this machine, private, swept now and then.
    #[must_use]
    pub fn temp_dir(&self) -> &Path {
        match &self.0 {
            Place::Local(local) => local.temp().path(),
            Place::S3(s3) => s3.temp().path(),
        }
    }

    /// Takes a finished file from [`Objects::temp_dir`]; its name. When it fails, the file is still there.
    ///
    /// # Errors
    /// `store.disk_full`, `store.folder_failed`; in a bucket also `store.objects_*`, `store.object_large`,
    /// `store.object_damaged` when it holds something else afterwards.
    pub async fn put_file(&self, temp: &Path) -> Result<String, Problem> {
        let temp = temp.to_owned();
        self.at(move |place| match place {
            Place::Local(local) => local.put_file(&temp).map_err(disk),
            Place::S3(s3) => s3.put_file(&temp),
        })
        .await
    }

    /// Puts bytes; their name.
    ///
    /// # Errors
    /// As [`Objects::put_file`].
    pub async fn put_bytes(&self, bytes: impl Into<Vec<u8>>) -> Result<String, Problem> {
        let bytes = bytes.into();
        self.at(move |place| match place {
            Place::Local(local) => local.put_bytes(&bytes).map_err(disk),
            Place::S3(s3) => s3.put_bytes(&bytes),
        })
        .await
    }

    /// Opens an object for reading. From a bucket it is fetched whole and checked first; the copy has no name and
    /// is gone when the file is closed.
    ///
    /// # Errors
    /// `store.object_missing`, `store.object_name`, `store.folder_failed`; from a bucket also `store.disk_full`,
    /// `store.object_damaged`, `store.objects_*`.
    pub async fn open_object(&self, name: &str) -> Result<File, Problem> {
        let name = named(name)?;
        self.at(move |place| match place {
            Place::Local(local) => {
                local.open_object(&name).map_err(disk)?.ok_or_else(|| Problem::missing("store.object_missing").arg("name", name))
            }
            Place::S3(s3) => s3.open_object(&name),
        })
        .await
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// `store.object_name`, `store.folder_failed`, `store.objects_*`.
    pub async fn exists(&self, name: &str) -> Result<bool, Problem> {
        let name = named(name)?;
        self.at(move |place| match place {
            Place::Local(local) => local.exists(&name).map_err(disk),
            Place::S3(s3) => s3.exists(&name),
        })
        .await
    }

    /// Deletes an object for good; false when there was none.
    ///
    /// # Errors
    /// `store.object_name`, `store.folder_failed`, `store.objects_*`.
    pub async fn delete(&self, name: &str) -> Result<bool, Problem> {
        let name = named(name)?;
        self.at(move |place| match place {
            Place::Local(local) => local.delete(&name).map_err(disk),
            Place::S3(s3) => s3.delete(&name),
        })
        .await
    }

    /// The names of all objects, sorted. Anything else that lies there is passed over.
    ///
    /// # Errors
    /// `store.folder_failed`, `store.objects_*`.
    pub async fn list(&self) -> Result<Vec<String>, Problem> {
        self.at(|place| match place {
            Place::Local(local) => local.list().map_err(disk),
            Place::S3(s3) => s3.list(),
        })
        .await
    }

    /// Removes what a crash left in [`Objects::temp_dir`] and nobody touched since an instant; how many files.
    ///
    /// # Errors
    /// `store.folder_failed`.
    pub async fn sweep_temp(&self, before: Instant) -> Result<u64, Problem> {
        let temp = self.temp_dir().to_owned();
        blocking(move || sweep(&temp, before).map_err(disk)).await
    }

    async fn at<T: Send + 'static>(&self, work: impl FnOnce(&Place) -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
        let place = self.0.clone();
        blocking(move || work(&place)).await
    }
}

/// The folder for files on their way.
#[derive(Debug)]
struct Temp {
    path: PathBuf,
    serial: AtomicU64,
}

impl Temp {
    fn open(path: PathBuf) -> io::Result<Self> {
        folder::make_private(&path)?;
        Ok(Self { path, serial: AtomicU64::new(0) })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    /// A new file that nobody else writes.
    fn file(&self, name: &str) -> io::Result<(PathBuf, File)> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!("{name}.{}.{serial}", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok((path, file))
    }
}

fn sweep(temp: &Path, before: Instant) -> io::Result<u64> {
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
}

fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn named(name: &str) -> Result<String, Problem> {
    if is_name(name) { Ok(name.to_owned()) } else { Err(Problem::invalid("store.object_name")) }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(bytes);
    finish(context)
}

fn finish(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

fn digest_of(file: &mut File) -> io::Result<[u8; 32]> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(finish(context));
        }
        context.update(buffer.get(..count).unwrap_or_default());
    }
}

fn disk(error: io::Error) -> Problem {
    fault::file(&error)
}

/// Disks and networks are slow: their work is done on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(fault::defect)?
}

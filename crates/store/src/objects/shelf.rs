//! Small named things in a bucket that are written over: where the ledger's tiles can lie (decision 11).
//!
//! Sealed files are named by their content, so that a put that arrives late or twice harms nothing. These are not; hence
//! every put carries a condition (RFC 9110 13.1, `If-None-Match: *` or `If-Match`), and the store itself refuses one that meets
//! something else than its writer saw: a second writer, or a put of yesterday that a network held back. A store
//! that does not heed conditions is found out when the shelf is opened for writing, and refused.
//!
//! What is put is durable and readable by everybody when the put returns: S3 promises that since 2020. All calls wait.

use std::sync::Arc;

use jingui_model::{Clock, Problem};
use ureq::http::header;

use super::{
    hash,
    place::{Bucket, Keys},
    s3::pages,
    wire::{self, Ask, Fault, Load, Only, Wire},
};

/// The longest thing that is read, in bytes: a full bundle of the longest entries and some room.
const LARGEST: u64 = 32 << 20;
/// By this name the store is tried. It is not listed.
const TRIAL: &str = ".trial";

/// A folder of a bucket.
#[derive(Clone)]
pub struct Shelf {
    wire: Arc<Wire>,
    /// What all keys begin with; ends in `/` unless it is empty.
    prefix: String,
}

/// What lies under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What the store calls this version of them (`ETag`).
    pub tag: String,
}

/// What a put must find under the name, or it does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over<'a> {
    /// Nothing.
    Nothing,
    /// The version with this tag.
    Tag(&'a str),
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("bucket", &self.wire.bucket).field("prefix", &self.prefix).finish()
    }
}

impl Shelf {
    /// Over a bucket, given as for [`super::Objects::open_with`]; asked for a name at once, so that what is wrong shows.
    ///
    /// # Errors
    /// `store.objects_scheme` for anything but `s3://`; otherwise those of [`super::Objects::open_with`] for a bucket.
    pub fn open(place: &str, keys: Option<Keys>, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        let address = place.strip_prefix("s3://").ok_or_else(|| {
            let scheme = place.split_once("://").map_or("file", |(scheme, _)| scheme);
            Problem::invalid("store.objects_scheme").arg("scheme", scheme.chars().take(20).collect::<String>())
        })?;
        let keys = keys.filter(Keys::usable).ok_or_else(|| Problem::invalid("store.objects_keys"))?;
        let bucket = Bucket::read(address)?;
        let prefix = bucket.prefix.clone();
        let this = Self { wire: Arc::new(Wire::new(bucket, keys, clock)?), prefix };
        this.names("", true).map_err(|fault| fault.told(""))?;
        Ok(this)
    }

    /// The folder of this name in it.
    #[must_use]
    pub fn folder(&self, name: &str) -> Self {
        Self { wire: Arc::clone(&self.wire), prefix: format!("{}{name}/", self.prefix) }
    }

    /// Makes sure that the store heeds conditions: what it must refuse, it refuses.
    ///
    /// # Errors
    /// `store.shelf_conditions` when it does not; those of speaking to it.
    pub fn heeds_conditions(&self) -> Result<(), Problem> {
        let told = |fault: Fault| fault.told(TRIAL);
        self.send(TRIAL, b"1", Only::Always).map_err(told)?;
        for only in [Only::New, Only::Over("\"00000000000000000000000000000000\"")] {
            match self.send(TRIAL, b"1", only) {
                Err(fault) if fault.is_unmet() => {}
                Ok(()) => return Err(Problem::invalid("store.shelf_conditions")),
                Err(fault) => return Err(told(fault)),
            }
        }
        Ok(())
    }

    /// What lies under a name.
    ///
    /// # Errors
    /// `store.objects_*`, `store.object_damaged` when it is larger than anything that belongs here.
    pub fn read(&self, name: &str) -> Result<Option<Held>, Problem> {
        let key = self.key(name)?;
        let ask = Ask { method: "GET", key: &key, query: &[], load: Load::Nothing, digest: hash(b""), only: Only::Always };
        let held = self.wire.ask(ask, |mut response| {
            let length = wire::length(response.headers()).ok_or(Fault::Garbled("length"))?;
            if length > LARGEST {
                return Err(Fault::Damaged);
            }
            let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            let bytes = response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|e| Fault::Away(e.to_string()))?;
            if bytes.len() as u64 != length {
                return Err(Fault::Away("broke off".to_owned()));
            }
            Ok(Held { bytes, tag: tag.ok_or(Fault::Garbled("etag"))? })
        });
        match held {
            Err(fault) if fault.is_missing() => Ok(None),
            other => other.map(Some).map_err(|fault| fault.told(name)),
        }
    }

    /// Puts bytes under a name, if what lies there is what the writer saw. A put whose answer was lost and that is repeated counts.
    ///
    /// # Errors
    /// `store.shelf_moved` when something else lies there, which stays; `store.objects_*`, after which it is unknown which.
    pub fn put(&self, name: &str, bytes: &[u8], over: Over<'_>) -> Result<(), Problem> {
        let only = match over {
            Over::Nothing => Only::New,
            Over::Tag(tag) => Only::Over(tag),
        };
        match self.send(name, bytes, only) {
            Err(fault) if fault.is_unmet() => {
                let ours = self.read(name)?.is_some_and(|held| held.bytes == bytes);
                if ours { Ok(()) } else { Err(Problem::conflict("store.shelf_moved").arg("name", name)) }
            }
            other => other.map_err(|fault| fault.told(name)),
        }
    }

    /// Removes a name; removing what is not there succeeds.
    ///
    /// # Errors
    /// `store.objects_*`.
    pub fn remove(&self, name: &str) -> Result<(), Problem> {
        let key = self.key(name)?;
        let ask = Ask { method: "DELETE", key: &key, query: &[], load: Load::Nothing, digest: hash(b""), only: Only::Always };
        match self.wire.ask(ask, wire::whole) {
            Err(fault) if !fault.is_missing() => Err(fault.told(name)),
            _ => Ok(()),
        }
    }

    /// All names that begin with `folder` and a `/`; with an empty folder all names. Sorted.
    ///
    /// # Errors
    /// `store.objects_*`.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, Problem> {
        self.names(folder, false).map_err(|fault| fault.told(folder))
    }

    fn names(&self, folder: &str, one: bool) -> Result<Vec<String>, Fault> {
        let prefix = if folder.is_empty() { self.prefix.clone() } else { format!("{}{folder}/", self.prefix) };
        let keys = pages(&self.wire, &prefix, one)?;
        let mut names: Vec<String> =
            keys.iter().filter_map(|key| key.strip_prefix(&self.prefix)).filter(|name| *name != TRIAL).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn send(&self, name: &str, bytes: &[u8], only: Only<'_>) -> Result<(), Fault> {
        let key = self.key(name).map_err(|_| Fault::Garbled("name"))?;
        let ask = Ask { method: "PUT", key: &key, query: &[], load: Load::Bytes(bytes), digest: hash(bytes), only };
        self.wire.ask(ask, wire::whole).map(drop)
    }

    /// The key of a name: segments of letters that mean themselves in a path and in a signature.
    fn key(&self, name: &str) -> Result<String, Problem> {
        let sound = |segment: &str| {
            !matches!(segment, "" | "." | "..") && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        if name.split('/').all(sound) { Ok(format!("{}{name}", self.prefix)) } else { Err(Problem::invalid("store.object_name")) }
    }
}

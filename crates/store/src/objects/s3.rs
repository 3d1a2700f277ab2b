//! Sealed files in a bucket that speaks S3: Amazon's, or one of the house (MinIO, Ceph, Garage, …).
//!
//! Keys are `PREFIX/ab/abcdef…`, as in a folder. The store checks what arrives against the digest that is signed
//! with each request, and is then asked what it holds before a put is acknowledged; what is read is checked against
//! its name before anybody sees a byte of it. Uploads in parts that a crash interrupts stay in the bucket until its
//! life cycle rule `AbortIncompleteMultipartUpload` removes them.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{Context, SHA256};
use jingui_model::{Clock, Problem};
use ureq::{Body, http::Response};

use super::{
    Temp, finish, hash,
    place::{Bucket, Keys},
    wire::{self, Ask, Fault, Load, Only, Wire},
    xml,
};
use crate::fault;

/// Longer files go in parts of at least this many bytes.
const PART: u64 = 64 << 20;

/// Most parts that S3 takes for one object.
const PARTS: u64 = 10_000;

/// The longest object that is put or fetched, in bytes: a store that announces more is not believed.
const LARGEST: u64 = 64 << 30;

/// A bucket.
#[derive(Clone)]
pub struct S3(Arc<Remote>);

struct Remote {
    wire: Wire,
    temp: Temp,
    none: [u8; 32],
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3").field("bucket", &self.0.wire.bucket).finish_non_exhaustive()
    }
}

impl S3 {
    /// Asks for the first name at once: wrong keys, a wrong bucket or a wrong clock show here.
    pub(super) fn open(address: &str, keys: Option<Keys>, temp: PathBuf, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        let bucket = Bucket::read(address)?;
        let keys = keys.filter(Keys::usable).ok_or_else(|| Problem::invalid("store.objects_keys"))?;
        let temp = Temp::open(temp).map_err(|e| fault::file(&e))?;
        let this = Self(Arc::new(Remote { wire: Wire::new(bucket, keys, clock)?, temp, none: hash(b"") }));
        pages(&this.0.wire, &this.0.wire.bucket.prefix, true).map_err(|fault| fault.told(""))?;
        Ok(this)
    }

    pub(super) fn temp(&self) -> &Temp {
        &self.0.temp
    }

    pub(super) fn put_file(&self, temp: &Path) -> Result<String, Problem> {
        let disk = |e| fault::file(&e);
        let mut file = File::open(temp).map_err(disk)?;
        let length = file.metadata().map_err(disk)?.len();
        let (name, parts) = digests(&mut file, length)?;
        match parts.as_slice() {
            [] | [_] => self.0.put(&name, Load::Slice(&file, 0, length)),
            parts => self.0.put_parts(&name, &file, length, parts),
        }
        .map_err(|fault| fault.told(&name))?;
        fs::remove_file(temp).map_err(disk)?;
        Ok(name)
    }

    pub(super) fn put_bytes(&self, bytes: &[u8]) -> Result<String, Problem> {
        let name = hex::encode(hash(bytes));
        self.0.put(&name, Load::Bytes(bytes)).map_err(|fault| fault.told(&name))?;
        Ok(name)
    }

    pub(super) fn open_object(&self, name: &str) -> Result<File, Problem> {
        self.0.fetch(name).map_err(|fault| fault.told(name))
    }

    pub(super) fn exists(&self, name: &str) -> Result<bool, Problem> {
        self.0.held(name).map(|length| length.is_some()).map_err(|fault| fault.told(name))
    }

    /// S3 does not say whether there was one, so that it is asked before.
    pub(super) fn delete(&self, name: &str) -> Result<bool, Problem> {
        let there = self.exists(name)?;
        if there {
            match self.0.plain("DELETE", &self.0.wire.bucket.key(name), &[], wire::whole) {
                Err(fault) if !fault.is_missing() => return Err(fault.told(name)),
                _ => {}
            }
        }
        Ok(there)
    }

    pub(super) fn list(&self) -> Result<Vec<String>, Problem> {
        self.0.list().map_err(|fault| fault.told(""))
    }
}

impl Remote {
    /// A request that carries nothing.
    fn plain<T>(
        &self,
        method: &'static str,
        key: &str,
        query: &[(&str, &str)],
        then: impl FnMut(Response<Body>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.wire.ask(Ask { method, key, query, load: Load::Nothing, digest: self.none, only: Only::Always }, then)
    }

    /// Puts an object in one piece; its name is the digest that the store checks.
    fn put(&self, name: &str, load: Load<'_>) -> Result<(), Fault> {
        let mut digest = [0; 32];
        hex::decode_to_slice(name, &mut digest).map_err(|_| Fault::Garbled("name"))?;
        self.wire
            .ask(Ask { method: "PUT", key: &self.wire.bucket.key(name), query: &[], load, digest, only: Only::Always }, wire::whole)?;
        let length = match load {
            Load::Nothing => 0,
            Load::Bytes(bytes) => bytes.len() as u64,
            Load::Slice(_, _, length) => length,
        };
        self.confirm(name, length)
    }

    /// Puts an object in parts. Their digests were taken together with the name, and the store checks each.
    fn put_parts(&self, name: &str, file: &File, length: u64, parts: &[[u8; 32]]) -> Result<(), Fault> {
        let key = self.wire.bucket.key(name);
        let answer = self.plain("POST", &key, &[("uploads", "")], wire::whole)?;
        let upload = xml::text(&answer, &["UploadId"]).ok_or(Fault::Garbled("upload"))?;
        let sent = self.send_parts(&key, &upload, file, length, parts).and_then(|()| self.confirm(name, length));
        if sent.is_err() {
            // What is left after this costs room, no more.
            if let Err(fault) = self.plain("DELETE", &key, &[("uploadId", &upload)], wire::whole) {
                tracing::debug!(?fault, "an upload in parts was not called off");
            }
        }
        sent
    }

    fn send_parts(&self, key: &str, upload: &str, file: &File, length: u64, parts: &[[u8; 32]]) -> Result<(), Fault> {
        let (mut tags, mut from, size) = (vec![], 0, part_size(length));
        for (number, digest) in (1_u32..).zip(parts) {
            let (number, count) = (number.to_string(), size.min(length - from));
            let query = [("partNumber", number.as_str()), ("uploadId", upload)];
            let ask = Ask { method: "PUT", key, query: &query, load: Load::Slice(file, from, count), digest: *digest, only: Only::Always };
            let tag = self.wire.ask(ask, |response| {
                let tag = response.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
                wire::whole(response)?;
                tag.ok_or(Fault::Garbled("etag"))
            })?;
            tags.push(tag);
            from += count;
        }
        let list = xml::parts(&tags);
        let load = Load::Bytes(list.as_bytes());
        let ask = Ask { method: "POST", key, query: &[("uploadId", upload)], load, digest: hash(list.as_bytes()), only: Only::Always };
        // Here a refusal may come with status 200, because the store answers before it knows.
        let joined = self.wire.ask(ask, |response| match xml::error_code(&wire::whole(response)?) {
            code if code.is_empty() => Ok(()),
            code => Err(Fault::Said(500, code)),
        });
        match joined {
            // Asked twice because the first answer was lost: whether the object is there is looked up next.
            Err(Fault::Said(_, code)) if code == "NoSuchUpload" => Ok(()),
            other => other,
        }
    }

    /// The store must hold as many bytes as were sent.
    fn confirm(&self, name: &str, length: u64) -> Result<(), Fault> {
        match self.held(name)? {
            Some(held) if held == length => Ok(()),
            Some(_) => Err(Fault::Damaged),
            None => Err(Fault::Garbled("acknowledged, but not held")),
        }
    }

    /// The length of an object, in bytes.
    fn held(&self, name: &str) -> Result<Option<u64>, Fault> {
        let read = |response: Response<Body>| wire::length(response.headers()).ok_or(Fault::Garbled("length"));
        match self.plain("HEAD", &self.wire.bucket.key(name), &[], read) {
            Err(fault) if fault.is_missing() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Fetches an object into a file that has no name any more, and checks it.
    fn fetch(&self, name: &str) -> Result<File, Fault> {
        let (path, mut file) = self.temp.file(name).map_err(Fault::Disk)?;
        fs::remove_file(path).map_err(Fault::Disk)?;
        self.plain("GET", &self.wire.bucket.key(name), &[], |response| {
            let length = wire::length(response.headers()).ok_or(Fault::Garbled("length"))?;
            if length > LARGEST {
                return Err(Fault::Damaged);
            }
            file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).map_err(Fault::Disk)?;
            let mut body = response.into_body().into_with_config().limit(LARGEST).reader().take(length);
            let (mut context, mut buffer, mut read) = (Context::new(&SHA256), vec![0; 1 << 17], 0);
            while read < length {
                let count = body.read(&mut buffer).map_err(|e| Fault::Away(e.to_string()))?;
                let bytes = buffer.get(..count).filter(|bytes| !bytes.is_empty()).ok_or_else(|| Fault::Away("broke off".to_owned()))?;
                context.update(bytes);
                file.write_all(bytes).map_err(Fault::Disk)?;
                read += bytes.len() as u64;
            }
            if hex::encode(finish(context)) == name { Ok(()) } else { Err(Fault::Damaged) }
        })?;
        file.seek(SeekFrom::Start(0)).map_err(Fault::Disk)?;
        Ok(file)
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        let keys = pages(&self.wire, &self.wire.bucket.prefix, false)?;
        let mut names: Vec<String> = keys.iter().filter_map(|key| self.wire.bucket.name(key)).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// All keys of a bucket that begin so; or one, to see whether it answers.
pub(super) fn pages(wire: &Wire, prefix: &str, one: bool) -> Result<Vec<String>, Fault> {
    let (mut all, mut next) = (vec![], None);
    loop {
        let answer = page(wire, prefix, next.as_deref(), if one { "1" } else { "1000" })?;
        all.extend(xml::texts(&answer, &["Contents", "Key"]).ok_or(Fault::Garbled("list"))?);
        if one || xml::text(&answer, &["IsTruncated"]).as_deref() != Some("true") {
            return Ok(all);
        }
        let token = xml::text(&answer, &["NextContinuationToken"]).filter(|token| !token.is_empty() && next.as_ref() != Some(token));
        next = Some(token.ok_or(Fault::Garbled("list"))?);
    }
}

fn page(wire: &Wire, prefix: &str, next: Option<&str>, most: &str) -> Result<Vec<u8>, Fault> {
    let mut query = vec![("list-type", "2"), ("max-keys", most), ("prefix", prefix)];
    query.extend(next.map(|token| ("continuation-token", token)));
    let ask = Ask { method: "GET", key: "", query: &query, load: Load::Nothing, digest: hash(b""), only: Only::Always };
    let answer = match wire.ask(ask, wire::whole) {
        // Whatever code comes with it: the bucket was asked for, no object.
        Err(Fault::Said(404, _)) => return Err(Fault::Said(404, "NoSuchBucket".to_owned())),
        other => other?,
    };
    match xml::root(&answer).as_deref() {
        Some("ListBucketResult") => Ok(answer),
        _ => Err(Fault::Garbled("list")),
    }
}

/// The bytes of each part but the last.
fn part_size(length: u64) -> u64 {
    PART.max(length.div_ceil(PARTS))
}

/// The name of a file, and the digests of the parts it would be sent in, in one reading.
fn digests(file: &mut File, length: u64) -> Result<(String, Vec<[u8; 32]>), Problem> {
    if length > LARGEST {
        return Err(Problem::too_large("store.object_large"));
    }
    let (size, mut whole, mut parts) = (part_size(length), Context::new(&SHA256), vec![]);
    let (mut read, mut buffer) = (0, vec![0; 1 << 17]);
    while read < length {
        let (mut part, mut left) = (Context::new(&SHA256), size.min(length - read));
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let into = buffer.get_mut(..most).unwrap_or_default();
            file.read_exact(into).map_err(|e| fault::file(&e))?;
            part.update(into);
            whole.update(into);
            left -= into.len() as u64;
        }
        read += size.min(length - read);
        parts.push(finish(part));
    }
    Ok((hex::encode(finish(whole)), parts))
}

//! Packs: many pieces in one sealed file, and beside it what stands in it.
//!
//! Plain, a pack is: the number of its pieces (4 bytes, big endian), for each its digest (32) and length (4), then the pieces one
//! after the other. Its index is the front part by itself, sealed under the key of the place, so that the next backup,
//! which cannot open any pack, knows what is there already.

use jingui_model::{Id, Problem, Rng};
use jingui_vault::{Key, file, suite::Suite};
use serde::{Deserialize, Serialize};

use crate::{Depot, Digest, GenerationId, Sort, damaged, sha256};

/// A pack is closed when it is this long, in bytes.
pub(crate) const FULL: usize = 8 << 20;

/// A pack, as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    pub(crate) generation: GenerationId,
    pub(crate) id: Id,
    /// SHA-256 of its file.
    #[serde(with = "one")]
    pub(crate) sha256: Digest,
    /// SHA-256 of its index.
    #[serde(with = "one")]
    pub(crate) index: Digest,
}

mod one {
    use super::Digest;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(own: &Digest, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(own))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Digest, D::Error> {
        let bytes = hex::decode(String::deserialize(d)?).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| de::Error::custom("digest"))
    }
}

impl Pack {
    pub(crate) fn name(&self, sort: Sort) -> String {
        format!("{}/{}/{}", sort.folder(), self.generation, self.id)
    }

    pub(crate) fn index_name(&self, sort: Sort) -> String {
        format!("{}.index", self.name(sort))
    }

    /// The digests of its pieces with where each lies in the plain pack.
    pub(crate) fn contents(&self, depot: &dyn Depot, sort: Sort, place: &Key) -> Result<Vec<(Digest, usize, usize)>, Problem> {
        let name = self.index_name(sort);
        let plain = fetch(depot, &name, &self.index, place)?;
        contents(&plain).ok_or_else(|| damaged(&name))
    }

    /// The plain pack.
    pub(crate) fn open(&self, depot: &dyn Depot, sort: Sort, key: &Key) -> Result<Vec<u8>, Problem> {
        fetch(depot, &self.name(sort), &self.sha256, key)
    }
}

fn contents(plain: &[u8]) -> Option<Vec<(Digest, usize, usize)>> {
    let (count, mut rest) = plain.split_first_chunk::<4>()?;
    let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
    let mut at = count.checked_mul(36)?.checked_add(4)?;
    let mut all = vec![];
    for _ in 0..count {
        let (digest, after) = rest.split_first_chunk::<32>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        all.push((*digest, at, length));
        at = at.checked_add(length)?;
        rest = after;
    }
    Some(all)
}

/// A pack that grows.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    pieces: Vec<(Digest, u32)>,
    body: Vec<u8>,
}

impl Growing {
    pub(crate) fn push(&mut self, digest: Digest, bytes: &[u8]) {
        self.pieces.push((digest, u32::try_from(bytes.len()).unwrap_or(u32::MAX)));
        self.body.extend_from_slice(bytes);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.body.len() >= FULL
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Seals it and its index, writes both and reads them again.
    pub(crate) fn settle(
        self,
        depot: &dyn Depot,
        suite: &'static dyn Suite,
        (sort, generation): (Sort, GenerationId),
        (key, place): (&Key, &Key),
        rng: &dyn Rng,
    ) -> Result<(Pack, u64), Problem> {
        let mut plain = u32::try_from(self.pieces.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
        for (digest, length) in &self.pieces {
            plain.extend_from_slice(digest);
            plain.extend(length.to_be_bytes());
        }
        let id = Id::from_bytes(rng.array());
        let index = sealed(suite, place, id, &plain, rng)?;
        plain.extend(self.body);
        let whole = sealed(suite, key, id, &plain, rng)?;
        let pack = Pack { generation, id, sha256: sha256(&whole), index: sha256(&index) };
        settle(depot, &pack.name(sort), &whole)?;
        settle(depot, &pack.index_name(sort), &index)?;
        Ok((pack, (whole.len() + index.len()) as u64))
    }
}

/// Bytes as a sealed file.
pub(crate) fn sealed(suite: &'static dyn Suite, key: &Key, id: Id, plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::with_capacity(usize::try_from(file::sealed_len(plain.len() as u64)).unwrap_or_default());
    let mut input = plain;
    file::seal(suite, key, id, rng, &mut input, &mut out)?;
    Ok(out)
}

/// A sealed file's content; a wrong key and a changed byte are damage, of this file.
pub(crate) fn opened(name: &str, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, Problem> {
    let (mut input, mut out) = (sealed, vec![]);
    file::open(key, &mut input, &mut out).map_err(|e| damaged(name).detail(e))?;
    Ok(out)
}

fn fetch(depot: &dyn Depot, name: &str, digest: &Digest, key: &Key) -> Result<Vec<u8>, Problem> {
    let sealed = depot.get(name)?.filter(|sealed| sha256(sealed) == *digest).ok_or_else(|| damaged(name))?;
    opened(name, key, &sealed)
}

/// Writes bytes and makes sure that they are what can be read there.
pub(crate) fn settle(depot: &dyn Depot, name: &str, bytes: &[u8]) -> Result<(), Problem> {
    depot.put(name, bytes)?;
    if depot.get(name)?.as_deref() == Some(bytes) { Ok(()) } else { Err(Problem::unavailable("backup.reread").arg("file", name)) }
}

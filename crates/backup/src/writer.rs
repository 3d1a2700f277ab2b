//! Writing a snapshot: pieces that are new go into packs, the manifest goes last.

use std::collections::{HashMap, HashSet};

use jingui_model::{Id, Instant, Problem, Rng};
use jingui_vault::{Door, Key, Recipient, suite::Suite};

use crate::{
    Depot, Digest, Generation, Manifest, Sort, damaged,
    pack::{Growing, Pack, sealed, settle},
};

/// Long things are cut into pieces of this many bytes.
pub const PIECE: usize = 4 << 20;

/// What is written under one generation.
struct Stream {
    sort: Sort,
    generation: Generation,
    key: Key,
    /// Whether its file lies at the place.
    begun: bool,
    growing: Growing,
    packs: Vec<Pack>,
}

/// A snapshot that is being written.
pub struct Writer<'a> {
    depot: &'a dyn Depot,
    suite: &'static dyn Suite,
    place: Key,
    names: Key,
    rng: &'a dyn Rng,
    id: Id,
    content: Stream,
    keys: Stream,
    /// Pieces of the snapshot before, and in which of its packs each lies.
    known: HashMap<Digest, usize>,
    old: Vec<(Pack, bool)>,
    fresh: HashSet<Digest>,
    /// Bytes written.
    pub written: u64,
    /// Pieces that were there already.
    pub kept: u64,
    /// Pieces that were new.
    pub new: u64,
}

impl<'a> Writer<'a> {
    /// Begins. With the snapshot before, what has not changed since is not written again, as far as everybody of the
    /// recipients can open it.
    ///
    /// # Errors
    /// `backup.no_recipient`, `vault.backup_recipient`; `backup.damaged`; those of the place.
    #[expect(clippy::too_many_arguments, reason = "a backup is made of just these")]
    pub fn begin(
        depot: &'a dyn Depot,
        suite: &'static dyn Suite,
        place: &Key,
        rng: &'a dyn Rng,
        recipients: &[Recipient],
        door: &Door,
        at: Instant,
        before: Option<&Manifest>,
    ) -> Result<Self, Problem> {
        let id = Id::from_bytes(rng.array());
        let stream = |sort| {
            let (generation, key) = Generation::create(id, sort, at, door.clone(), place, recipients, rng)?;
            Ok::<_, Problem>(Stream { sort, generation, key, begun: false, growing: Growing::default(), packs: vec![] })
        };
        let names = suite.expand(place, &[b"jingui-backup-names"])?;
        let (mut known, mut old, mut open) = (HashMap::new(), vec![], HashMap::new());
        for pack in before.iter().flat_map(|before| &before.packs) {
            let fits = match open.get(&pack.generation) {
                Some(fits) => *fits,
                None => {
                    let found = Generation::read(depot, Sort::Content, pack.generation);
                    let fits = found.is_ok_and(|found| found.is_some_and(|found| found.opens_for(recipients)));
                    open.insert(pack.generation, fits);
                    fits
                }
            };
            // A pack whose index is gone or damaged is as if it were not there: its pieces are written anew.
            if let Some(contents) = fits.then(|| pack.contents(depot, Sort::Content, place).ok()).flatten() {
                known.extend(contents.into_iter().map(|(digest, _, _)| (digest, old.len())));
                old.push((pack.clone(), false));
            }
        }
        let present: HashSet<String> = depot.list(Sort::Content.folder())?.into_iter().collect();
        known.retain(|_, at| old.get(*at).is_some_and(|(pack, _)| present.contains(&pack.name(Sort::Content))));
        Ok(Self {
            depot,
            suite,
            place: place.clone(),
            names,
            rng,
            id,
            content: stream(Sort::Content)?,
            keys: stream(Sort::Keys)?,
            known,
            old,
            fresh: HashSet::new(),
            written: 0,
            kept: 0,
            new: 0,
        })
    }

    /// The snapshot's identifier.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    /// Puts a piece that is known by its content.
    ///
    /// # Errors
    /// `backup.reread`; those of the place.
    pub fn put(&mut self, bytes: &[u8]) -> Result<Digest, Problem> {
        let digest = self.suite.mac(&self.names, &[b"content", bytes]);
        if !self.has(&digest) {
            self.add(digest, bytes)?;
        }
        Ok(digest)
    }

    /// Puts a sealed file, by the pieces that `next` gives until there are no more; what is known is not asked for. The file's
    /// own name says what it holds. False when it turns out to hold something else: then it is no part of the snapshot.
    ///
    /// # Errors
    /// Those of `next`; `backup.reread`; those of the place.
    pub fn object(&mut self, name: &Digest, next: &mut dyn FnMut() -> Result<Vec<u8>, Problem>) -> Result<bool, Problem> {
        if self.knows(name) {
            return Ok(true);
        }
        let (mut hash, mut bytes, mut number) = (aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256), next()?, 0);
        loop {
            hash.update(&bytes);
            let following = if bytes.len() < PIECE { vec![] } else { next()? };
            let last = following.is_empty();
            if last && hash.clone().finish().as_ref() != name {
                return Ok(false);
            }
            self.add(object_piece(self.suite, &self.names, name, number, last), &bytes)?;
            if last {
                return Ok(true);
            }
            (bytes, number) = (following, number + 1);
        }
    }

    /// Whether all of a sealed file is there already.
    fn knows(&mut self, name: &Digest) -> bool {
        let mut found = vec![];
        for number in 0.. {
            let digest = |last| object_piece(self.suite, &self.names, name, number, last);
            let (last, more) = (digest(true), digest(false));
            let there = |digest: &Digest| self.known.contains_key(digest) || self.fresh.contains(digest);
            if there(&last) {
                found.push(last);
                break;
            }
            if !there(&more) {
                return false;
            }
            found.push(more);
        }
        found.iter().all(|digest| self.has(digest))
    }

    /// Whether a piece need not be written; then it counts as part of this snapshot.
    fn has(&mut self, digest: &Digest) -> bool {
        if let Some((_, used)) = self.known.get(digest).and_then(|at| self.old.get_mut(*at)) {
            *used = true;
            self.kept += 1;
            return true;
        }
        self.fresh.contains(digest)
    }

    fn add(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), Problem> {
        if !self.fresh.insert(digest) {
            return Ok(());
        }
        self.new += 1;
        self.content.growing.push(digest, bytes);
        if self.content.growing.is_full() { self.flush(Sort::Content) } else { Ok(()) }
    }

    /// Puts a piece with wrapped keys: always anew, under a generation that does not live long.
    ///
    /// # Errors
    /// `backup.reread`; those of the place.
    pub fn put_keys(&mut self, bytes: &[u8]) -> Result<Digest, Problem> {
        let digest = self.suite.mac(&self.names, &[b"keys", self.id.as_bytes(), bytes]);
        self.keys.growing.push(digest, bytes);
        if self.keys.growing.is_full() {
            self.flush(Sort::Keys)?;
        }
        Ok(digest)
    }

    fn flush(&mut self, sort: Sort) -> Result<(), Problem> {
        let stream = match sort {
            Sort::Content => &mut self.content,
            Sort::Keys => &mut self.keys,
        };
        if stream.growing.is_empty() {
            return Ok(());
        }
        if !stream.begun {
            settle(self.depot, &Generation::name(stream.sort, self.id), &stream.generation.to_bytes()?)?;
            stream.begun = true;
        }
        let growing = std::mem::take(&mut stream.growing);
        let (pack, bytes) = growing.settle(self.depot, self.suite, (sort, self.id), (&stream.key, &self.place), self.rng)?;
        self.written += bytes;
        stream.packs.push(pack);
        Ok(())
    }

    /// Writes what is left and then the manifest, with which the backup exists.
    ///
    /// # Errors
    /// `backup.reread`; those of the place.
    pub fn finish(mut self, mut manifest: Manifest) -> Result<(Manifest, u64), Problem> {
        self.flush(Sort::Content)?;
        self.flush(Sort::Keys)?;
        manifest.packs = self.old.into_iter().filter_map(|(pack, used)| used.then_some(pack)).chain(self.content.packs).collect();
        manifest.key_packs = self.keys.packs;
        let file = manifest.snapshot().file();
        let plain = serde_json::to_vec(&manifest).map_err(|e| damaged(&file).detail(e))?;
        let bytes = sealed(self.suite, &self.place, manifest.id, &plain, self.rng)?;
        settle(self.depot, &file, &bytes)?;
        Ok((manifest, self.written + bytes.len() as u64))
    }
}

/// The name of a piece of a sealed file; the last piece says so.
pub(crate) fn object_piece(suite: &dyn Suite, names: &Key, object: &Digest, number: u64, last: bool) -> Digest {
    suite.mac(names, &[b"object", object, &number.to_be_bytes(), &[u8::from(last)]])
}

//! Reading a snapshot: which keys open it, and where each piece lies.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use jingui_model::Problem;
use jingui_vault::{
    Key,
    suite::{Suite, suite},
};

use crate::{
    Depot, Digest, Generation, GenerationId, Keyholder, Manifest, Sort, TableEntry, damaged, pack::Pack, pieces, writer::object_piece,
};

/// Plain packs that are kept at hand.
const AT_HAND: usize = 8;

/// A snapshot that is being read.
pub struct Reader<'a> {
    depot: &'a dyn Depot,
    suite: &'static dyn Suite,
    names: Key,
    generations: HashMap<(Sort, GenerationId), Key>,
    packs: Vec<(Sort, Pack)>,
    place: HashMap<Digest, (usize, usize, usize)>,
    at_hand: VecDeque<(usize, Vec<u8>)>,
}

impl<'a> Reader<'a> {
    /// Opens what the content of a snapshot lies in, and the wrapped keys of the same or a later one.
    ///
    /// # Errors
    /// `backup.not_for_you`, `backup.damaged` with the file, `backup.keys_gone` when the wrapped keys were deleted;
    /// those of the place.
    pub fn open(
        depot: &'a dyn Depot,
        holder: &Keyholder,
        place: &Key,
        content: &Manifest,
        keys: Option<&Manifest>,
    ) -> Result<Self, Problem> {
        let suite = suite(content.suite)?;
        let mut this = Self {
            depot,
            suite,
            names: suite.expand(place, &[b"jingui-backup-names"])?,
            generations: HashMap::new(),
            packs: vec![],
            place: HashMap::new(),
            at_hand: VecDeque::new(),
        };
        let all = content.packs.iter().map(|pack| (Sort::Content, pack));
        for (sort, pack) in all.chain(keys.iter().flat_map(|keys| &keys.key_packs).map(|pack| (Sort::Keys, pack))) {
            if let Entry::Vacant(slot) = this.generations.entry((sort, pack.generation)) {
                let generation = Generation::read(depot, sort, pack.generation)?.ok_or_else(|| match sort {
                    Sort::Content => damaged(&Generation::name(sort, pack.generation)),
                    Sort::Keys => Problem::missing("backup.keys_gone"),
                })?;
                slot.insert(generation.key(holder)?);
            }
            let number = this.packs.len();
            for (digest, at, length) in pack.contents(depot, sort, place)? {
                this.place.insert(digest, (number, at, length));
            }
            this.packs.push((sort, pack.clone()));
        }
        Ok(this)
    }

    /// The bytes of a piece.
    ///
    /// # Errors
    /// `backup.damaged` with the pack; those of the place.
    pub fn piece(&mut self, digest: &Digest) -> Result<Vec<u8>, Problem> {
        let missing = || damaged(&hex::encode(digest));
        let (number, at, length) = *self.place.get(digest).ok_or_else(missing)?;
        if !self.at_hand.iter().any(|(own, _)| *own == number) {
            let (sort, pack) = self.packs.get(number).ok_or_else(missing)?;
            let key = self.generations.get(&(*sort, pack.generation)).ok_or_else(missing)?;
            let plain = pack.open(self.depot, *sort, key)?;
            if self.at_hand.len() >= AT_HAND {
                self.at_hand.pop_front();
            }
            self.at_hand.push_back((number, plain));
        }
        let plain = self.at_hand.iter().find(|(own, _)| *own == number).map(|(_, plain)| plain.as_slice()).unwrap_or_default();
        plain.get(at..at.saturating_add(length)).map(<[u8]>::to_vec).ok_or_else(missing)
    }

    /// Reads every pack of the snapshot once; the names of those that are damaged.
    ///
    /// # Errors
    /// Those of the place.
    pub fn damaged_packs(&self) -> Result<Vec<String>, Problem> {
        let mut found = vec![];
        for (sort, pack) in &self.packs {
            let Some(key) = self.generations.get(&(*sort, pack.generation)) else { continue };
            match pack.open(self.depot, *sort, key) {
                Err(problem) if problem.code() == "backup.damaged" => found.push(pack.name(*sort)),
                Err(problem) => return Err(problem),
                Ok(_) => {}
            }
        }
        Ok(found)
    }

    /// The rows of one piece of a table.
    ///
    /// # Errors
    /// As [`Self::piece`].
    pub fn rows(&mut self, digest: &Digest) -> Result<Vec<Vec<u8>>, Problem> {
        let piece = self.piece(digest)?;
        let rows = pieces(&piece).ok_or_else(|| damaged(&hex::encode(digest)))?;
        Ok(rows.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// All rows of a small table.
    ///
    /// # Errors
    /// As [`Self::piece`].
    pub fn all_rows(&mut self, table: &TableEntry) -> Result<Vec<Vec<u8>>, Problem> {
        let mut all = vec![];
        for piece in &table.pieces {
            all.extend(self.rows(piece)?);
        }
        Ok(all)
    }

    /// The names of the sealed files that a piece of their list names.
    ///
    /// # Errors
    /// As [`Self::piece`].
    pub fn objects(&mut self, digest: &Digest) -> Result<Vec<Digest>, Problem> {
        let malformed = || damaged(&hex::encode(digest));
        self.rows(digest)?.into_iter().map(|row| row.try_into().map_err(|_| malformed())).collect()
    }

    /// Puts sealed files in the order in which they lie in the packs, so that each pack is opened once.
    pub fn arrange(&self, objects: &mut [Digest]) {
        objects.sort_by_cached_key(|object| {
            let first = |last| self.place.get(&object_piece(self.suite, &self.names, object, 0, last));
            first(true).or_else(|| first(false)).map(|(pack, at, _)| (*pack, *at))
        });
    }

    /// The next bytes of a sealed file: its piece of this number, from 0, and whether it is the last one.
    ///
    /// # Errors
    /// As [`Self::piece`].
    pub fn object_piece(&mut self, object: &Digest, number: u64) -> Result<(Vec<u8>, bool), Problem> {
        let last = object_piece(self.suite, &self.names, object, number, true);
        if self.place.contains_key(&last) {
            return Ok((self.piece(&last)?, true));
        }
        let more = object_piece(self.suite, &self.names, object, number, false);
        Ok((self.piece(&more)?, false))
    }
}

//! One register in memory: documents, columns to sort by, lists of who and what, character pairs.
//!
//! Rows are numbered by arrival and never move. Everything is rebuilt from committed records when
//! a node starts; nothing here is written to disk.

use std::sync::Arc;

use jingui_kinds::{kind::Kind, record::Record};
use jingui_model::{Day, Id, Instant, Problem};
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use super::{
    extract::{Extract, day_key},
    layout::{Layout, Post},
    text::{folded, query_grams},
};

/// One register.
#[derive(Debug)]
pub struct Table {
    /// Its kind.
    pub kind: Arc<Kind>,
    /// The kind, compiled.
    pub layout: Layout,
    rows: Vec<Row>,
    sorts: Vec<Vec<u128>>,
    live: RoaringBitmap,
    by_protection: [RoaringBitmap; 4],
    posts: FxHashMap<Post, FxHashMap<Box<str>, RoaringBitmap>>,
    grams: FxHashMap<u64, RoaringBitmap>,
    stamp: u64,
}

/// One record in its table.
#[derive(Debug)]
pub struct Row {
    /// Identifier.
    pub id: Id,
    /// State.
    pub state: Box<str>,
    /// 0 to 3.
    pub protection: u8,
    /// Version.
    pub version: u64,
    /// Made at.
    pub created: Instant,
    /// Changed at.
    pub updated: Instant,
    /// Number.
    pub number: Option<Box<str>>,
    /// Title.
    pub title: Box<str>,
    doc: Box<[u8]>,
    search: Box<str>,
}

impl Row {
    /// The whole record.
    ///
    /// # Errors
    /// `world.document` when the document in memory is no record (a defect).
    pub fn record(&self) -> Result<Record, Problem> {
        serde_json::from_slice(&self.doc).map_err(|e| Problem::internal("world.document").arg("id", self.id).detail(e))
    }
}

impl Table {
    /// An empty register.
    #[must_use]
    pub fn new(kind: Arc<Kind>) -> Self {
        let layout = Layout::of(&kind);
        let sorts = vec![vec![]; layout.sorts.len()];
        Self {
            kind,
            layout,
            rows: vec![],
            sorts,
            live: RoaringBitmap::new(),
            by_protection: Default::default(),
            posts: FxHashMap::default(),
            grams: FxHashMap::default(),
            stamp: 0,
        }
    }

    /// How many records it holds.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.live.len()
    }

    /// Is it empty?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Grows with every change; what was computed at one stamp holds while it stands.
    #[must_use]
    pub const fn stamp(&self) -> u64 {
        self.stamp
    }

    /// All rows.
    #[must_use]
    pub const fn live(&self) -> &RoaringBitmap {
        &self.live
    }

    /// A row.
    #[must_use]
    pub fn row(&self, row: u32) -> Option<&Row> {
        self.rows.get(row as usize)
    }

    /// Rows with a protection.
    #[must_use]
    pub fn protected(&self, rank: u8) -> Option<&RoaringBitmap> {
        self.by_protection.get(rank as usize)
    }

    /// Rows listed under a value.
    #[must_use]
    pub fn posted(&self, post: Post, value: &str) -> Option<&RoaringBitmap> {
        self.posts.get(&post)?.get(value)
    }

    /// Rows listed under any of several values.
    #[must_use]
    pub fn posted_any<S: AsRef<str>>(&self, post: Post, values: impl IntoIterator<Item = S>) -> RoaringBitmap {
        let mut out = RoaringBitmap::new();
        if let Some(map) = self.posts.get(&post) {
            values.into_iter().filter_map(|v| map.get(v.as_ref())).for_each(|rows| out |= rows);
        }
        out
    }

    /// All values of a list with their rows.
    pub fn values(&self, post: Post) -> impl Iterator<Item = (&str, &RoaringBitmap)> {
        self.posts.get(&post).into_iter().flatten().map(|(v, rows)| (v.as_ref(), rows))
    }

    /// The list of a field's values, by the field's name.
    #[must_use]
    pub fn field_post(&self, field: &str) -> Option<Post> {
        let index = self.kind.fields.iter().position(|f| f.name == field)?;
        Some(Post::Field(u16::try_from(index).ok()?))
    }

    /// The sort keys of a column.
    #[must_use]
    pub fn sort_keys(&self, column: usize) -> &[u128] {
        self.sorts.get(column).map_or(&[], Vec::as_slice)
    }

    /// Of some rows those whose day in a column is `last` or earlier, found without opening a document; nothing when the
    /// column is none of the list's.
    #[must_use]
    pub fn until(&self, column: &str, rows: &RoaringBitmap, last: Day) -> Option<RoaringBitmap> {
        let (keys, bound) = (self.sort_keys(self.layout.sort(column)?), day_key(last));
        Some(rows.iter().filter(|r| keys.get(*r as usize).is_some_and(|k| *k != 0 && *k <= bound)).collect())
    }

    /// Rows whose text may contain the query, and a test that says whether a row does.
    #[must_use]
    pub fn search(&self, query: &str) -> (RoaringBitmap, Option<String>) {
        let needle = folded(query);
        if needle.is_empty() {
            return (self.live.clone(), None);
        }
        let wanted = query_grams(&needle);
        let mut lists: Vec<&RoaringBitmap> = Vec::with_capacity(wanted.len());
        for gram in &wanted {
            match self.grams.get(gram) {
                Some(rows) => lists.push(rows),
                None => return (RoaringBitmap::new(), None),
            }
        }
        lists.sort_by_key(|l| l.len());
        let mut lists = lists.into_iter();
        let mut found = lists.next().map_or_else(|| self.live.clone(), Clone::clone);
        lists.for_each(|l| found &= l);
        // One pair or one character is the whole query: every candidate is a hit.
        let exact = wanted.len() == 1 && needle.chars().count() <= 2;
        (found, (!exact).then_some(needle))
    }

    /// Does a row's text contain the folded query?
    #[must_use]
    pub fn contains(&self, row: u32, needle: &str) -> bool {
        self.row(row).is_some_and(|r| r.search.contains(needle))
    }

    /// Puts a record in, as a new row or in the place of its former version. Returns the row.
    pub fn put(&mut self, at: Option<u32>, former: Option<&Extract>, new: Extract) -> u32 {
        self.stamp += 1;
        let row = at.unwrap_or_else(|| u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        if let Some(old) = former {
            self.unlist(row, old);
        }
        list(&mut self.live, row);
        if let Some(rows) = self.by_protection.get_mut(new.protection as usize) {
            list(rows, row);
        }
        for (post, value) in new.posts {
            list(self.posts.entry(post).or_default().entry(value).or_default(), row);
        }
        for gram in new.grams {
            list(self.grams.entry(gram).or_default(), row);
        }
        let entry = Row {
            id: new.id,
            state: new.state,
            protection: new.protection,
            version: new.version,
            created: new.created,
            updated: new.updated,
            number: new.number,
            title: new.title,
            doc: new.doc,
            search: new.search,
        };
        for (column, key) in self.sorts.iter_mut().zip(new.sorts) {
            if let Some(slot) = column.get_mut(row as usize) {
                *slot = key;
            } else {
                column.push(key);
            }
        }
        if let Some(slot) = self.rows.get_mut(row as usize) {
            *slot = entry;
        } else {
            self.rows.push(entry);
        }
        row
    }

    /// Takes a record out of every list; its row stays empty.
    pub fn remove(&mut self, row: u32, former: &Extract) {
        self.stamp += 1;
        self.unlist(row, former);
        self.live.remove(row);
        if let Some(slot) = self.rows.get_mut(row as usize) {
            slot.doc = Box::default();
            slot.search = Box::default();
            slot.title = Box::default();
        }
    }

    /// Takes in a register of other records, as if they had been put in here one after the other. Returns
    /// by how much their rows' numbers grew.
    pub fn absorb(&mut self, later: Self) -> u32 {
        let base = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.stamp += later.stamp;
        shift(&mut self.live, &later.live, base);
        for (to, from) in self.by_protection.iter_mut().zip(&later.by_protection) {
            shift(to, from, base);
        }
        for (post, values) in later.posts {
            let to = self.posts.entry(post).or_default();
            for (value, from) in values {
                shift(to.entry(value).or_default(), &from, base);
            }
        }
        for (gram, from) in later.grams {
            shift(self.grams.entry(gram).or_default(), &from, base);
        }
        for (to, from) in self.sorts.iter_mut().zip(later.sorts) {
            to.extend(from);
        }
        self.rows.extend(later.rows);
        base
    }

    fn unlist(&mut self, row: u32, old: &Extract) {
        if let Some(rows) = self.by_protection.get_mut(old.protection as usize) {
            rows.remove(row);
        }
        for (post, value) in &old.posts {
            if let Some(map) = self.posts.get_mut(post)
                && let Some(rows) = map.get_mut(value)
            {
                rows.remove(row);
                if rows.is_empty() {
                    map.remove(value);
                }
            }
        }
        for gram in &old.grams {
            if let Some(rows) = self.grams.get_mut(gram) {
                rows.remove(row);
            }
        }
    }
}

/// Lists a row. While a node loads, rows come in the order of their numbers: then it goes to the end.
fn list(rows: &mut RoaringBitmap, row: u32) {
    if rows.try_push(row).is_err() {
        rows.insert(row);
    }
}

/// Lists rows under numbers grown by `base`, which is above all that `to` holds.
fn shift(to: &mut RoaringBitmap, from: &RoaringBitmap, base: u32) {
    if to.append(from.iter().map(|row| row + base)).is_err() {
        to.extend(from.iter().map(|row| row + base));
    }
}

//! The read model: every committed record, opened, in memory.
//!
//! Lists, filters, search, counts and the facts that policies and kinds ask about come from here.
//! It is fed from committed changes only ([`World::put`]), in their order, by the pipeline and the loader.

pub mod caller;
pub mod extract;
pub mod layout;
pub mod list;
pub mod table;
#[cfg(test)]
mod tests;
pub mod text;
pub mod visible;
pub mod who;

use std::sync::Arc;

use jingui_kinds::{
    Catalog,
    act::{Brief, Facts},
    kind::Kind,
    record::Record,
};
use jingui_model::{GradeScheme, Id, Problem, Zone};
use jingui_policy::Authority;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use self::{
    extract::{Extract, extract},
    layout::Post,
    table::{Row, Table},
    visible::Cache,
};

/// The state of a record that an undone import took back: it stays in store and ledger, and nowhere else.
pub const REMOVED: &str = "_removed";

/// Everything that is known, opened.
pub struct World {
    /// The catalogue in force.
    pub catalog: Arc<Catalog>,
    /// The policies in force.
    pub authority: Arc<Authority>,
    scheme: Arc<GradeScheme>,
    zone: Zone,
    tables: Vec<Table>,
    by_name: FxHashMap<String, u16>,
    index: FxHashMap<Id, (u16, u32)>,
    logins: FxHashMap<String, Id>,
    tokens: FxHashMap<String, Id>,
    passkeys: FxHashMap<String, Id>,
    head: u64,
    cache: Mutex<Cache>,
}

impl World {
    /// An empty world under a catalogue, policies and a grade scheme.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, authority: Arc<Authority>, scheme: Arc<GradeScheme>, zone: Zone) -> Self {
        let tables: Vec<Table> = catalog.kinds.values().map(|k| Table::new(Arc::clone(k))).collect();
        let by_name = catalog.kinds.keys().enumerate().map(|(i, n)| (n.clone(), u16::try_from(i).unwrap_or(u16::MAX))).collect();
        Self {
            catalog,
            authority,
            scheme,
            zone,
            tables,
            by_name,
            index: FxHashMap::default(),
            logins: FxHashMap::default(),
            tokens: FxHashMap::default(),
            passkeys: FxHashMap::default(),
            head: 0,
            cache: Mutex::default(),
        }
    }

    /// The register of a kind.
    ///
    /// # Errors
    /// `kind.unknown`.
    pub fn table(&self, kind: &str) -> Result<&Table, Problem> {
        self.by_name
            .get(kind)
            .and_then(|i| self.tables.get(*i as usize))
            .ok_or_else(|| Problem::missing("kind.unknown").arg("kind", kind.chars().take(64).collect::<String>()))
    }

    /// All registers.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter()
    }

    /// A kind.
    ///
    /// # Errors
    /// `kind.unknown`.
    pub fn kind(&self, kind: &str) -> Result<&Arc<Kind>, Problem> {
        self.table(kind).map(|t| &t.kind)
    }

    /// The row of a record.
    #[must_use]
    pub fn row(&self, id: Id) -> Option<(&Table, u32, &Row)> {
        let (kind, row) = self.index.get(&id)?;
        let table = self.tables.get(*kind as usize)?;
        Some((table, *row, table.row(*row)?))
    }

    /// A record.
    ///
    /// # Errors
    /// `record.missing`.
    pub fn record(&self, id: Id) -> Result<Record, Problem> {
        self.row(id).ok_or_else(|| Problem::missing("record.missing"))?.2.record()
    }

    /// The record of a kind with this number, in either case of letters.
    #[must_use]
    pub fn numbered(&self, kind: &str, number: &str) -> Option<Id> {
        let table = self.table(kind).ok()?;
        let (rows, _) = table.search(number);
        let is = |n: &str| n.eq_ignore_ascii_case(number);
        rows.iter().filter_map(|r| table.row(r)).find(|r| r.number.as_deref().is_some_and(is)).map(|r| r.id)
    }

    /// A record's title, for showing references.
    #[must_use]
    pub fn title(&self, id: Id) -> Option<&str> {
        self.row(id).map(|(_, _, r)| r.title.as_ref())
    }

    /// Ledger index up to which committed events are in this world.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// Says that events below this ledger index are in.
    pub fn set_head(&mut self, head: u64) {
        self.head = head;
    }

    /// The grade scheme.
    #[must_use]
    pub fn grade_scheme(&self) -> &Arc<GradeScheme> {
        &self.scheme
    }

    /// Changes the enterprise's zone and, before anything is graded, its scheme.
    pub fn set_basics(&mut self, scheme: Arc<GradeScheme>, zone: Zone) {
        self.scheme = scheme;
        self.zone = zone;
        self.cache.lock().clear();
    }

    /// Draws out of a record what the world needs; may run on any thread.
    ///
    /// # Errors
    /// `kind.unknown` when the record's kind is not in the catalogue.
    pub fn extract(&self, record: &Record, doc: Box<[u8]>) -> Result<Extract, Problem> {
        let table = self.table(&record.kind)?;
        Ok(extract(&table.kind, &table.layout, &self.scheme, record, doc))
    }

    /// Puts a committed record in.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn put(&mut self, record: &Record, doc: Box<[u8]>) -> Result<(), Problem> {
        let new = self.extract(record, doc)?;
        self.put_extract(&record.kind, &record.state, new)
    }

    /// Puts in what [`World::extract`] drew out.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn put_extract(&mut self, kind: &str, state: &str, new: Extract) -> Result<(), Problem> {
        let number = *self.by_name.get(kind).ok_or_else(|| Problem::missing("kind.unknown").arg("kind", kind))?;
        let table = self.tables.get_mut(number as usize).ok_or_else(|| Problem::internal("world.document").arg("id", new.id))?;
        let id = new.id;
        for (of, field, map) in [
            ("account", "login", &mut self.logins),
            ("api_token", "digest", &mut self.tokens),
            ("passkey", "credential", &mut self.passkeys),
        ] {
            if kind == of {
                let record: Record =
                    serde_json::from_slice(&new.doc).map_err(|e| Problem::internal("world.document").arg("id", id).detail(e))?;
                if let Some(value) = record.data.get(field).and_then(serde_json::Value::as_str) {
                    map.insert(value.to_owned(), id);
                }
            }
        }
        let former = match self.index.get(&id) {
            Some((_, row)) => {
                let old = table.row(*row).ok_or_else(|| Problem::internal("world.document").arg("id", id))?;
                if old.version > new.version {
                    return Ok(());
                }
                let record = old.record()?;
                Some((*row, extract(&table.kind, &table.layout, &self.scheme, &record, Box::default())))
            }
            None => None,
        };
        if state == REMOVED {
            if let Some((row, old)) = former {
                table.remove(row, &old);
                self.index.remove(&id);
            }
        } else {
            let row = table.put(former.as_ref().map(|(r, _)| *r), former.as_ref().map(|(_, e)| e), new);
            self.index.insert(id, (number, row));
        }
        if table.kind.authority {
            self.cache.lock().clear();
        }
        Ok(())
    }

    /// Lets go of a record that is not to be opened for the time being.
    ///
    /// # Errors
    /// `world.document`.
    pub fn forget(&mut self, id: Id) -> Result<(), Problem> {
        let Some((number, row)) = self.index.get(&id).copied() else { return Ok(()) };
        let defect = || Problem::internal("world.document").arg("id", id);
        let table = self.tables.get_mut(number as usize).ok_or_else(defect)?;
        let record = table.row(row).ok_or_else(defect)?.record()?;
        let former = extract(&table.kind, &table.layout, &self.scheme, &record, Box::default());
        table.remove(row, &former);
        self.index.remove(&id);
        self.cache.lock().clear();
        Ok(())
    }

    /// Takes in a world of other records under the same catalogue, as if they had been put in here one after
    /// the other: a node loads its records in parts.
    pub fn absorb(&mut self, later: Self) {
        self.index.reserve(later.index.len());
        let bases: Vec<u32> = self.tables.iter_mut().zip(later.tables).map(|(table, part)| table.absorb(part)).collect();
        for (id, (number, row)) in later.index {
            let base = bases.get(number as usize).copied().unwrap_or(0);
            self.index.insert(id, (number, row + base));
        }
        self.logins.extend(later.logins);
        self.tokens.extend(later.tokens);
        self.passkeys.extend(later.passkeys);
        self.cache.lock().clear();
    }

    /// The account with a sign-in name.
    #[must_use]
    pub fn account(&self, login: &str) -> Option<Id> {
        self.logins.get(login).copied()
    }

    /// The token with a digest.
    #[must_use]
    pub fn token(&self, digest: &str) -> Option<Id> {
        self.tokens.get(digest).copied()
    }

    /// The passkey with an identifier, in base64url.
    #[must_use]
    pub fn passkey(&self, credential: &str) -> Option<Id> {
        self.passkeys.get(credential).copied()
    }

    /// The records of a kind that are in one of some states, in the order in which they came.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn in_states(&self, kind: &str, states: &[&str]) -> Result<Vec<Record>, Problem> {
        let table = self.table(kind)?;
        table.posted_any(Post::State, states).iter().filter_map(|r| table.row(r)).map(|r| r.record()).collect()
    }

    /// Records of a kind that name `id` in a field.
    #[must_use]
    pub fn pointing(&self, kind: &str, field: &str, id: Id) -> roaring::RoaringBitmap {
        self.table(kind).ok().and_then(|t| t.posted(t.field_post(field)?, &id.to_string()).cloned()).unwrap_or_default()
    }

    /// The records of a kind that name `id` in a field and are in one of some states, in the order in which they came.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn pointing_in(&self, kind: &str, field: &str, id: Id, states: &[&str]) -> Result<Vec<Record>, Problem> {
        let table = self.table(kind)?;
        let rows = self.pointing(kind, field, id) & table.posted_any(Post::State, states);
        rows.iter().filter_map(|r| table.row(r)).map(|r| r.record()).collect()
    }

    pub(crate) fn cache(&self) -> &Mutex<Cache> {
        &self.cache
    }
}

impl Facts for World {
    fn brief(&self, id: Id) -> Option<Brief> {
        let (table, _, row) = self.row(id)?;
        Some(Brief { kind: table.kind.kind.clone(), state: row.state.to_string() })
    }

    fn scheme(&self) -> &GradeScheme {
        &self.scheme
    }

    fn zone(&self) -> Zone {
        self.zone
    }

    fn department(&self, record: Id) -> Option<Id> {
        let (table, _, row) = self.row(record)?;
        extract::department(&table.kind, &row.record().ok()?.data)
    }

    fn field(&self, record: Id, name: &str) -> Option<serde_json::Value> {
        let (_, _, row) = self.row(record)?;
        row.record().ok()?.data.remove(name)
    }

    fn closes_circle(&self, delegation: &Record) -> bool {
        crate::duties::people::closes_circle(self, delegation)
    }

    fn department_code(&self, department: Id) -> Option<String> {
        let record = self.record(department).ok().filter(|r| r.kind == "department")?;
        record.data.get("code").and_then(serde_json::Value::as_str).map(str::to_owned)
    }

    fn count(&self, kind: &str, field: &str, id: Id, states: &[&str]) -> u64 {
        let Ok(table) = self.table(kind) else { return 0 };
        let rows = self.pointing(kind, field, id);
        if states.is_empty() { rows.len() } else { rows.intersection_len(&table.posted_any(Post::State, states)) }
    }
}

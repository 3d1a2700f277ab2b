//! Names of persons, posts, departments and other records as they stand in cells: from a record to the
//! shortest name that leads back to it, and from a name to the record.
//!
//! Two persons of one name are told apart by department or employee number, two posts by department
//! (`部门/岗位`); a name that leaves a choice is an error with the candidates, never a guess. Records
//! of graded kinds are known by name only to those who may read them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use jingui_kinds::{
    kind::{Field, FieldType},
    parse::{Found, Resolver},
    text::{MARKS, Names},
};
use jingui_model::{Clock, Id, Problem, Rng};
use jingui_policy::Action;
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::world::{World, caller::Caller, table::Table, text::folded};

/// Kinds that are few enough to be kept by name, and are named by more than their title.
const KEPT: [&str; 3] = ["person", "post", "department"];
/// Longest name of a post or department that an import makes by itself.
const NEW_NAME_MAX: usize = 60;

/// One record by name.
#[derive(Debug)]
struct Entry {
    id: Id,
    current: bool,
    /// Names from short to exact.
    labels: Vec<String>,
}

/// The people, posts and departments of a moment.
#[derive(Debug, Default)]
pub(super) struct Directory {
    entries: BTreeMap<&'static str, Vec<Entry>>,
    names: BTreeMap<&'static str, FxHashMap<String, Vec<usize>>>,
    places: FxHashMap<Id, (&'static str, usize)>,
}

impl Directory {
    /// Reads the names of everything that the fields refer to.
    ///
    /// # Errors
    /// `world.document`.
    pub fn of(world: &World, fields: &[Field]) -> Result<Self, Problem> {
        let mut kinds = BTreeSet::new();
        referred(fields, &mut kinds);
        if kinds.contains("post") {
            // Posts are named by department, too.
            kinds.insert("department".to_owned());
        }
        let mut directory = Self::default();
        for kind in KEPT.into_iter().filter(|k| kinds.contains(*k)) {
            if let Ok(table) = world.table(kind) {
                directory.read(world, kind, table)?;
            }
        }
        Ok(directory)
    }

    fn read(&mut self, world: &World, kind: &'static str, table: &Table) -> Result<(), Problem> {
        let first = table.kind.states.first().map(|s| s.name.as_str());
        let mut entries = vec![];
        let mut names: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for row in table.live().iter().filter_map(|r| table.row(r)) {
            let record = row.record()?;
            let text = |name: &str| record.data.get(name).and_then(Value::as_str).unwrap_or_default();
            let id_of = |name: &str| record.data.get(name).and_then(Value::as_str).and_then(|s| s.parse::<Id>().ok());
            let above = id_of(if kind == "department" { "parent" } else { "department" });
            let above = above.and_then(|id| world.title(id)).unwrap_or_default();
            let title = row.title.to_string();
            let mut labels = vec![title.clone()];
            let mut push = |wanted: bool, label: String| {
                if wanted {
                    labels.push(label);
                }
            };
            match kind {
                "person" => {
                    let number = text("employee_no");
                    push(!above.is_empty(), format!("{title}（{above}）"));
                    push(!number.is_empty(), format!("{title}（{number}）"));
                    push(!number.is_empty(), number.to_owned());
                }
                "post" => push(!above.is_empty(), format!("{above}/{title}")),
                _ => {
                    push(!above.is_empty(), format!("{above}/{title}"));
                    push(!text("code").is_empty(), text("code").to_owned());
                }
            }
            let at = entries.len();
            for label in &labels {
                let list = names.entry(key(label)).or_default();
                if list.last() != Some(&at) {
                    list.push(at);
                }
            }
            self.places.insert(record.id, (kind, at));
            entries.push(Entry { id: record.id, current: first.is_none_or(|s| s == record.state), labels });
        }
        self.entries.insert(kind, entries);
        self.names.insert(kind, names);
        Ok(())
    }

    /// Whom a name means: among several, those that are still in use.
    fn candidates(&self, kind: &str, text: &str) -> Vec<&Entry> {
        let (Some(entries), Some(names)) = (self.entries.get(kind), self.names.get(kind)) else { return vec![] };
        let all: Vec<&Entry> = names.get(&key(text)).into_iter().flatten().filter_map(|i| entries.get(*i)).collect();
        let current: Vec<&Entry> = all.iter().copied().filter(|e| e.current).collect();
        if current.is_empty() { all } else { current }
    }

    /// The shortest name that leads back to a record.
    fn label(&self, id: Id) -> Option<String> {
        let (kind, at) = self.places.get(&id)?;
        let entry = self.entries.get(kind)?.get(*at)?;
        let leads = |label: &&String| matches!(self.candidates(kind, label).as_slice(), [one] if one.id == id);
        Some(entry.labels.iter().find(leads).cloned().unwrap_or_else(|| id.to_string()))
    }

    /// The names of everything of a kind that is in use, for a drop-down.
    pub fn labels(&self, kind: &str) -> Vec<String> {
        let current = self.entries.get(kind).into_iter().flatten().filter(|e| e.current);
        let mut all: Vec<String> = current.filter_map(|e| self.label(e.id)).collect();
        all.sort();
        all
    }

    fn knows(&self, kind: &str) -> bool {
        self.entries.contains_key(kind)
    }
}

/// Names that compare alike whatever their width, case and blanks.
fn key(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn referred(fields: &[Field], out: &mut BTreeSet<String>) {
    for field in fields {
        match &field.ty {
            FieldType::Ref { kind } | FieldType::Refs { kind } => {
                out.insert(kind.clone());
            }
            FieldType::Rows { fields, .. } => referred(fields, out),
            _ => {}
        }
    }
}

/// A directory at work for one caller, on the world of a moment.
pub(super) struct Lookup<'a> {
    pub directory: &'a Directory,
    pub world: &'a World,
    pub caller: &'a Caller,
    visible: RefCell<BTreeMap<String, RoaringBitmap>>,
}

impl<'a> Lookup<'a> {
    pub fn new(directory: &'a Directory, world: &'a World, caller: &'a Caller) -> Self {
        Self { directory, world, caller, visible: RefCell::default() }
    }

    /// A record of a kind that the caller may read.
    fn readable(&self, kind: &str, id: Id) -> bool {
        let Some((table, row, _)) = self.world.row(id).filter(|(t, ..)| t.kind.kind == kind) else { return false };
        let mut visible = self.visible.borrow_mut();
        visible.entry(kind.to_owned()).or_insert_with(|| self.world.visible(self.caller, table, Action::Read)).contains(row)
    }

    /// Rows of another kind by title or number, among those that the caller may read.
    fn others(&self, kind: &str, text: &str) -> Vec<Id> {
        let Ok(table) = self.world.table(kind) else { return vec![] };
        let mut visible = self.visible.borrow_mut();
        let readable = visible.entry(kind.to_owned()).or_insert_with(|| self.world.visible(self.caller, table, Action::Read));
        let (found, _) = table.search(text);
        let wanted = folded(text);
        let is = |text: &str| folded(text) == wanted;
        let rows = (&found & &*readable).into_iter().filter_map(|r| table.row(r));
        rows.filter(|r| is(&r.title) || r.number.as_deref().is_some_and(is)).map(|r| r.id).collect()
    }

    /// A record of a kind with just this title, among those that the caller may read.
    pub fn titled(&self, kind: &str, title: &str) -> Option<Id> {
        let wanted = folded(title);
        let same = |id: &Id| self.world.title(*id).is_some_and(|t| folded(t) == wanted);
        self.others(kind, title).into_iter().find(same)
    }

    /// Names of the candidates, when a name leaves a choice.
    pub fn candidates(&self, kind: &str, text: &str) -> Vec<String> {
        if self.directory.knows(kind) {
            return self.directory.candidates(kind, text).iter().map(|e| self.name(e.id).unwrap_or_else(|| e.id.to_string())).collect();
        }
        self.others(kind, text).into_iter().filter_map(|id| self.name(id)).collect()
    }
}

impl Names for Lookup<'_> {
    fn name(&self, id: Id) -> Option<String> {
        if let Some(label) = self.directory.label(id) {
            return Some(label);
        }
        let (table, _, found) = self.world.row(id)?;
        let kind = table.kind.kind.as_str();
        if !self.readable(kind, id) {
            return None;
        }
        let names = [Some(found.title.to_string()), found.number.as_deref().map(str::to_owned)];
        names.into_iter().flatten().find(|n| !n.is_empty() && self.others(kind, n) == [id])
    }
}

impl Resolver for Lookup<'_> {
    fn find(&self, kind: &str, text: &str) -> Found {
        if let Ok(id) = text.trim().parse::<Id>() {
            return if self.readable(kind, id) { Found::One(id) } else { Found::None };
        }
        let ids: Vec<Id> = if self.directory.knows(kind) {
            self.directory.candidates(kind, text).iter().map(|e| e.id).collect()
        } else {
            self.others(kind, text)
        };
        match ids.as_slice() {
            [] => Found::None,
            [one] => Found::One(*one),
            _ => Found::Many,
        }
    }
}

/// A post or department that an import makes first.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub kind: String,
    pub name: String,
    pub department: Option<Id>,
    pub id: Id,
}

/// What an import would have to make first: posts and departments that the file names and nobody has.
#[derive(Default)]
pub(super) struct Missing {
    wanted: RefCell<BTreeMap<(String, String), Wanted>>,
    placeholders: RefCell<BTreeSet<String>>,
}

impl Missing {
    /// Those that are used.
    pub fn used(&self, used: &BTreeSet<Id>) -> Vec<Wanted> {
        self.wanted.borrow().values().filter(|w| used.contains(&w.id)).cloned().collect()
    }

    /// Names with a placeholder (`客户经理 XXX`) that were understood without it since the last call.
    pub fn take_placeholders(&self) -> Vec<String> {
        std::mem::take(&mut *self.placeholders.borrow_mut()).into_iter().collect()
    }
}

/// A lookup for an import: forgives placeholders and can promise posts and departments.
pub(super) struct Importing<'a> {
    pub lookup: &'a Lookup<'a>,
    pub missing: &'a Missing,
    pub create: bool,
    pub clock: &'a dyn Clock,
    pub rng: &'a dyn Rng,
}

impl Resolver for Importing<'_> {
    fn find(&self, kind: &str, text: &str) -> Found {
        match self.lookup.find(kind, text) {
            Found::None => {}
            found => return found,
        }
        if let Some(rest) = super::sheet::without_placeholder(text) {
            let found = self.find(kind, rest);
            if found != Found::None {
                self.missing.placeholders.borrow_mut().insert(text.to_owned());
            }
            return found;
        }
        if !self.create || !matches!(kind, "post" | "department") || !nameable(text) {
            return Found::None;
        }
        let known = |text: &str| ["person", "post", "department"].iter().any(|k| self.lookup.find(k, text) != Found::None);
        let (mut name, mut department) = (text.trim(), None);
        if kind == "post" {
            // A name in a column of posts and persons is first of all a person's, if there is one.
            if known(text) {
                return Found::None;
            }
            match (text.split_once(['/', '／']), text.split(['/', '／']).count()) {
                (Some((above, post)), 2) => match self.lookup.find("department", above) {
                    Found::One(id) if nameable(post) => (name, department) = (post.trim(), Some(id)),
                    _ if known(above) || known(post) => return Found::None,
                    _ => {}
                },
                (Some(_), _) if text.split(['/', '／']).any(known) => return Found::None,
                _ => {}
            }
        }
        let fresh = || Wanted { kind: kind.to_owned(), name: name.to_owned(), department, id: Id::new(self.clock, self.rng) };
        Found::One(self.missing.wanted.borrow_mut().entry((kind.to_owned(), key(text))).or_insert_with(fresh).id)
    }
}

/// Could this be the name of a post or department? Not a list, not a number, not a placeholder.
fn nameable(text: &str) -> bool {
    let text = text.trim();
    let length = text.chars().count();
    (1..=NEW_NAME_MAX).contains(&length)
        && !text.contains(|c| c != '/' && MARKS.contains(&c))
        && text.chars().any(char::is_alphabetic)
        && text.parse::<Id>().is_err()
        && !super::sheet::placeholder(text)
}

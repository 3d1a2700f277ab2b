//! What a caller may know of: one policy decision for each class of records, never one for each record.
//!
//! Policies see of a record only its kind, state, protection, department and four relations to the
//! caller (the policy schema guarantees it). Records that agree in all of these are one class, and
//! a decision about one member holds for the class. See `docs/decisions`.

use jingui_kinds::{kind::Kind, record::Record};
use jingui_model::{Id, Protection};
use jingui_policy::{Action, KindGroup, Ruling, Target};
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use super::{World, caller::Caller, extract, layout::Post, table::Table};

/// Most sets of visible rows that are remembered; one over a million records takes 128 KiB.
const REMEMBERED: usize = 512;

/// Visible rows, remembered while neither the register nor anything that policies look at changes.
#[derive(Debug, Default)]
pub struct Cache {
    rows: FxHashMap<(Id, bool, u16, u8), (u64, RoaringBitmap)>,
    rulings: FxHashMap<(Id, bool, u16, u8, Class), bool>,
}

impl Cache {
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.rulings.clear();
    }
}

/// What sets one class of records apart from another for one caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Class {
    state: Box<str>,
    protection: u8,
    relations: u8,
}

/// The family of a kind; the loader let none through that policies do not know.
fn group(kind: &Kind) -> KindGroup {
    kind.group.parse().unwrap_or(KindGroup::Register)
}

impl World {
    /// How policies see a record, for one caller.
    #[must_use]
    pub fn target(&self, caller: &Caller, kind: &Kind, record: &Record) -> Target {
        let listed = |keys: Vec<super::who::WhoKey>| keys.iter().any(|k| caller.keys.contains(&k.text()));
        let circle = kind.circle.iter().any(|field| {
            let value = record.data.get(field);
            let mut ids: Vec<String> = super::caller::strings(value).collect();
            ids.extend(value.and_then(|v| v.as_str()).map(str::to_owned));
            ids.iter().any(|id| caller.keys.iter().any(|k| **k == **id))
        });
        let me = caller.view.person;
        let about = kind.about.as_ref().and_then(|f| record.data.get(f)?.as_str()?.parse::<Id>().ok());
        Target {
            kind: kind.kind.clone(),
            group: group(kind),
            id: Some(record.id),
            state: record.state.clone(),
            protection: extract::protection(kind, self.grade_scheme(), &record.data),
            department: extract::department(kind, &record.data),
            creator: Some(record.creator),
            knows: circle,
            assigned: listed(super::who::asked_keys(kind, record))
                || listed(super::who::todo_keys(kind, record))
                || listed(super::who::confirm_keys(kind, record)),
            own: me.is_some() && (about == me || Some(record.id) == me) || record.id == caller.actor.account,
        }
    }

    /// How policies see a kind as a whole, for acts that have no record yet.
    #[must_use]
    pub fn target_of_kind(&self, caller: &Caller, kind: &Kind, department: Option<Id>, protection: Protection) -> Target {
        Target {
            kind: kind.kind.clone(),
            group: group(kind),
            id: None,
            state: String::new(),
            protection,
            department,
            creator: Some(caller.id()),
            knows: false,
            assigned: false,
            own: false,
        }
    }

    /// Asks the policies; the system itself is always allowed.
    #[must_use]
    pub fn rule(&self, caller: &Caller, action: Action, target: &Target) -> Ruling {
        if caller.system {
            return Ruling { allowed: true, because: vec![], could: vec![], by_knowing: false, error: None };
        }
        self.authority.decide(&caller.actor, action, target)
    }

    /// The rows of a register on which a caller may do something.
    #[must_use]
    pub fn visible(&self, caller: &Caller, table: &Table, action: Action) -> RoaringBitmap {
        if caller.system {
            return table.live().clone();
        }
        let number = self.by_name.get(&table.kind.kind).copied().unwrap_or(u16::MAX);
        let token = caller.actor.scopes.is_some();
        let key = (caller.actor.account, token, number, action as u8);
        if !token
            && let Some((stamp, rows)) = self.cache().lock().rows.get(&key)
            && *stamp == table.stamp()
        {
            return rows.clone();
        }
        let mut out = RoaringBitmap::new();
        for (relations, rows) in self.relations(caller, table) {
            for (state, in_state) in table.values(Post::State) {
                let some = &rows & in_state;
                for protection in 0..4 {
                    let Some(mut class) = table.protected(protection).map(|p| &some & p).filter(|c| !c.is_empty()) else { continue };
                    let class_key = (key.0, key.1, key.2, key.3, Class { state: state.into(), protection, relations });
                    let known = if token { None } else { self.cache().lock().rulings.get(&class_key).copied() };
                    let allowed = known.unwrap_or_else(|| {
                        let member = class.min().and_then(|r| table.row(r)).and_then(|r| r.record().ok());
                        let allowed = member.is_some_and(|m| self.rule(caller, action, &self.target(caller, &table.kind, &m)).allowed);
                        if !token {
                            self.cache().lock().rulings.insert(class_key, allowed);
                        }
                        allowed
                    });
                    if allowed {
                        out |= std::mem::take(&mut class);
                    }
                }
            }
        }
        if !token {
            let mut cache = self.cache().lock();
            if cache.rows.len() >= REMEMBERED {
                cache.rows.clear();
            }
            cache.rows.insert(key, (table.stamp(), out.clone()));
        }
        out
    }

    /// The register, split by every relation that policies can see.
    fn relations(&self, caller: &Caller, table: &Table) -> Vec<(u8, RoaringBitmap)> {
        let me: Option<String> = caller.view.person.map(|p| p.to_string());
        let ids: Vec<String> = me.iter().cloned().chain(caller.view.posts.iter().map(ToString::to_string)).collect();
        let mut own = table.posted_any(Post::About, me.iter());
        for id in [caller.view.person, Some(caller.actor.account)].into_iter().flatten() {
            if let Some((found, row, _)) = self.row(id)
                && found.kind.kind == table.kind.kind
            {
                own.insert(row);
            }
        }
        let mut assigned = table.posted_any(Post::Asked, &caller.keys);
        assigned |= table.posted_any(Post::Todo, &caller.keys);
        assigned |= table.posted_any(Post::Confirm, &caller.keys);
        let department = table.kind.department.as_ref().and_then(|f| table.field_post(f));
        let in_departments = |ids: &[Id]| department.map(|p| table.posted_any(p, ids.iter().map(ToString::to_string))).unwrap_or_default();
        let some_department = department.map(|p| {
            let mut all = RoaringBitmap::new();
            table.values(p).for_each(|(_, rows)| all |= rows);
            all
        });
        let dimensions = [
            table.posted_any(Post::Knows, &ids),
            assigned,
            own,
            table.posted_any(Post::Creator, me.iter()),
            in_departments(&caller.actor.department.into_iter().collect::<Vec<_>>()),
            in_departments(&caller.actor.heads),
            some_department.unwrap_or_default(),
        ];
        let mut parts = vec![(0_u8, table.live().clone())];
        for (bit, dimension) in dimensions.iter().enumerate() {
            let mut next = Vec::with_capacity(parts.len() * 2);
            for (relations, rows) in parts {
                let inside = &rows & dimension;
                let outside = rows - dimension;
                if !inside.is_empty() {
                    next.push((relations | 1 << bit, inside));
                }
                if !outside.is_empty() {
                    next.push((relations, outside));
                }
            }
            parts = next;
        }
        parts
    }
}

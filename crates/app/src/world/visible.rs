//! What a caller may know of: one policy decision for each class of records, never one for each record.
//!
//! Policies see of a record only its kind, state, protection, department and four relations to the
//! caller (the policy schema guarantees it). Records that agree in all of these are one class, and
//! a decision about one member holds for the class. See `docs/decisions`.

use jingui_kinds::{kind::Kind, people::knows, record::Record};
use jingui_model::{Id, Problem, Protection};
use jingui_policy::{Action, Department, KindGroup, Maker, Ruling, Target, TargetClass};
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use super::{World, caller::Caller, extract, layout::Post, table::Table};
use crate::refusal;

/// Most sets of visible rows that are remembered; one over a million records takes 128 KiB.
const REMEMBERED: usize = 512;

/// Visible rows, remembered while neither the register nor anything that policies look at changes.
#[derive(Debug, Default)]
pub struct Cache {
    rows: FxHashMap<(Id, bool, u16, u8), (u64, RoaringBitmap)>,
    rulings: FxHashMap<(Id, u8, TargetClass), bool>,
}

impl Cache {
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.rulings.clear();
    }
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
            knows: knows(kind, record, &caller.view),
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

    /// May the caller know that there is such a record? To everybody else it is missing.
    #[must_use]
    pub fn known(&self, caller: &Caller, target: &Target) -> bool {
        [Action::Read, Action::Notice].iter().any(|a| self.rule(caller, *a, target).allowed)
    }

    /// Refuses unless the caller may do something with a record; to whom it may not be known it is missing.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`.
    pub fn allow(&self, caller: &Caller, action: Action, target: &Target) -> Result<(), Problem> {
        let ruling = self.rule(caller, action, target);
        if ruling.allowed {
            return Ok(());
        }
        Err(if self.known(caller, target) { refusal::denied(action, &ruling) } else { Problem::missing("record.missing") })
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
                for protection in (0..4).filter_map(Protection::from_rank) {
                    let Some(part) = table.protected(protection.rank()).map(|p| &some & p).filter(|c| !c.is_empty()) else { continue };
                    let class = relations.class(&table.kind, state, protection);
                    if self.permits(caller, table, action, class, &part) {
                        out |= part;
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

    /// The answer for a class, asked about one of its members; remembered but for tokens, whose scopes differ.
    fn permits(&self, caller: &Caller, table: &Table, action: Action, class: TargetClass, members: &RoaringBitmap) -> bool {
        let key = (caller.actor.account, action as u8, class);
        let token = caller.actor.scopes.is_some();
        if let Some(known) = self.cache().lock().rulings.get(&key).filter(|_| !token) {
            return *known;
        }
        let member = members.min().and_then(|r| table.row(r)).and_then(|r| r.record().ok());
        let allowed = member.is_some_and(|record| {
            let target = self.target(caller, &table.kind, &record);
            debug_assert_eq!(TargetClass::of(&caller.actor, &target), key.2, "lists and decisions see a record alike");
            self.rule(caller, action, &target).allowed
        });
        if !token {
            self.cache().lock().rulings.insert(key, allowed);
        }
        allowed
    }

    /// The register, split by every relation that policies can see.
    fn relations(&self, caller: &Caller, table: &Table) -> Vec<(Relations, RoaringBitmap)> {
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
        let mut parts = vec![(Relations(0), table.live().clone())];
        for (bit, dimension) in dimensions.iter().enumerate() {
            let mut next = Vec::with_capacity(parts.len() * 2);
            for (relations, rows) in parts {
                let inside = &rows & dimension;
                let outside = rows - dimension;
                if !inside.is_empty() {
                    next.push((Relations(relations.0 | 1 << bit), inside));
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

/// What the records of a part are to the caller: one bit for each of the dimensions that [`World::relations`] splits by.
#[derive(Debug, Clone, Copy)]
struct Relations(u8);

impl Relations {
    /// The class of the part's records in one state and of one protection, in the policies' own words.
    fn class(self, kind: &Kind, state: &str, protection: Protection) -> TargetClass {
        let has = |bit: u8| self.0 & 1 << bit != 0;
        let department = if has(6) { Department::Seen { mine: has(4), heads: has(5) } } else { Department::None };
        TargetClass {
            kind: kind.kind.clone(),
            group: group(kind),
            state: state.to_owned(),
            protection,
            department,
            maker: if has(3) { Maker::Actor } else { Maker::Other },
            knows: has(0),
            assigned: has(1),
            own: has(2),
        }
    }
}

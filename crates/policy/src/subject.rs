//! Who asks, and about what: all that a policy can see, and the classes of targets that look
//! alike to every policy, by which a list of any length is sifted with few decisions.

use std::collections::BTreeSet;

use jingui_model::{Id, Protection};

use crate::{Door, KindGroup, Role};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The person.
    pub id: Id,
    /// The account that was signed in with.
    pub account: Id,
    /// Roles of the account.
    pub roles: BTreeSet<Role>,
    /// The person's department.
    pub department: Option<Id>,
    /// Posts that the person holds.
    pub posts: Vec<Id>,
    /// Departments whose head or officer the person is.
    pub heads: Vec<Id>,
    /// The door.
    pub door: Door,
    /// False once the account is disabled or the person has left.
    pub active: bool,
    /// Scopes of the token: `verb` or `verb:kind` or `verb:group`, `*` for any verb or any kind; the
    /// verbs are `read`, `write`, `export`, `import`, `audit`, `backup`. A token without scopes may do nothing.
    pub scopes: Option<BTreeSet<String>>,
}

impl Actor {
    /// An active person with roles, signed in, in no department.
    #[must_use]
    pub fn new(id: Id, account: Id, roles: impl IntoIterator<Item = Role>) -> Self {
        Self {
            id,
            account,
            roles: roles.into_iter().collect(),
            department: None,
            posts: vec![],
            heads: vec![],
            door: Door::Session,
            active: true,
            scopes: None,
        }
    }

    /// Whether the door limits what may be done.
    #[must_use]
    pub fn scoped(&self) -> bool {
        self.door == Door::Token || self.scopes.is_some()
    }

    /// The verbs of the scopes that hold for a target.
    pub(crate) fn verbs<'a>(&'a self, target: &'a Target) -> impl Iterator<Item = &'a str> {
        let fits = |place: &str| place == "*" || place == target.kind || place == target.group.code();
        self.scopes.iter().flatten().filter_map(move |scope| match scope.split_once(':') {
            None => Some(scope.as_str()),
            Some((verb, place)) => fits(place).then_some(verb),
        })
    }
}

/// What is asked about, as seen by one actor: a record, or a register, or a part of the system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The kind of record.
    pub kind: String,
    /// The family of the kind.
    pub group: KindGroup,
    /// The record; none before it exists. No policy can see it.
    pub id: Option<Id>,
    /// Its state; empty before it exists.
    pub state: String,
    /// How strongly it is protected.
    pub protection: Protection,
    /// The department that owns it.
    pub department: Option<Id>,
    /// The person who made it, or asks for it.
    pub creator: Option<Id>,
    /// The actor stands on its need-to-know list, by name or by post.
    pub knows: bool,
    /// The actor is asked to decide or do its present step.
    pub assigned: bool,
    /// It is about the actor.
    pub own: bool,
}

impl Target {
    /// Something of a kind that has no grade, no department, no creator and no relation to the actor.
    #[must_use]
    pub fn new(kind: impl Into<String>, group: KindGroup) -> Self {
        Self {
            kind: kind.into(),
            group,
            id: None,
            state: String::new(),
            protection: Protection::None,
            department: None,
            creator: None,
            knows: false,
            assigned: false,
            own: false,
        }
    }

    /// Whether it belongs to the actor's own department.
    #[must_use]
    pub fn same_department(&self, actor: &Actor) -> bool {
        self.department.is_some() && self.department == actor.department
    }
}

/// What the owning department is to the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Department {
    /// It belongs to no department.
    None,
    /// This relation is all that policies see; none may name a department of a record.
    Seen {
        /// The actor is a member of it.
        mine: bool,
        /// The actor is its head or officer.
        heads: bool,
    },
}

/// What the maker is to the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Maker {
    /// Nobody yet.
    None,
    /// The actor.
    Actor,
    /// Somebody else.
    Other,
}

/// Targets of one class get the same answer to the same question of the same actor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetClass {
    /// The kind.
    pub kind: String,
    /// Its family.
    pub group: KindGroup,
    /// The state.
    pub state: String,
    /// The protection.
    pub protection: Protection,
    /// The department's relation.
    pub department: Department,
    /// The maker's relation.
    pub maker: Maker,
    /// On the need-to-know list.
    pub knows: bool,
    /// Asked in this step.
    pub assigned: bool,
    /// About the actor.
    pub own: bool,
}

impl TargetClass {
    /// The class of a target.
    #[must_use]
    pub fn of(actor: &Actor, target: &Target) -> Self {
        let department = match target.department {
            None => Department::None,
            Some(id) => Department::Seen { mine: actor.department == Some(id), heads: actor.heads.contains(&id) },
        };
        let maker = match target.creator {
            None => Maker::None,
            Some(id) if id == actor.id => Maker::Actor,
            Some(_) => Maker::Other,
        };
        Self {
            kind: target.kind.clone(),
            group: target.group,
            state: target.state.clone(),
            protection: target.protection,
            department,
            maker,
            knows: target.knows,
            assigned: target.assigned,
            own: target.own,
        }
    }
}

//! Who acts: an account's person with roles, department, posts, and the door through which they came.

use std::collections::BTreeSet;

use jingui_kinds::act::ActorView;
use jingui_model::{Id, Problem};
use jingui_policy::{Actor, Door, Role};
use serde_json::Value;

use super::{World, who::WhoKey};

/// Somebody who acts, seen by policy and by kinds.
#[derive(Debug, Clone)]
pub struct Caller {
    /// For policies.
    pub actor: Actor,
    /// For kinds.
    pub view: ActorView,
    /// The person's name, or the program's; for evidence and screens.
    pub name: String,
    /// Keys that records wait under.
    pub keys: Vec<Box<str>>,
    /// Where the request came from: address and device, for evidence.
    pub origin: Origin,
    /// Reads of graded records by a program on behalf of the system are not recorded.
    pub system: bool,
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Origin {
    /// `session`, `token`, `system` or `setup`.
    pub door: String,
    /// Network address.
    pub address: String,
    /// What the client says of itself, cut short.
    pub device: String,
}

impl Caller {
    /// The person, or the account when there is no person, or nil for the system.
    #[must_use]
    pub fn id(&self) -> Id {
        self.actor.id
    }

    /// The system itself: effects, imports undone, set-up.
    #[must_use]
    pub fn system() -> Self {
        Self {
            actor: Actor {
                id: Id::nil(),
                account: Id::nil(),
                roles: BTreeSet::new(),
                department: None,
                posts: vec![],
                heads: vec![],
                door: Door::Session,
                active: true,
                scopes: None,
            },
            view: ActorView { system: true, ..ActorView::default() },
            name: "system".to_owned(),
            keys: vec![],
            origin: Origin { door: "system".to_owned(), ..Origin::default() },
            system: true,
        }
    }

    /// The system, acting for whoever sits at the screen: the ledger says who it was.
    #[must_use]
    pub fn on_behalf(&self) -> Self {
        let mut system = self.clone();
        (system.system, system.view.system) = (true, true);
        system
    }

    /// Does the caller hold a role?
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.actor.roles.contains(&role)
    }
}

impl World {
    /// The caller behind an account.
    ///
    /// # Errors
    /// `session.expired` when the account or its person is gone or disabled.
    pub fn caller(&self, account: Id, origin: Origin, scopes: Option<BTreeSet<String>>) -> Result<Caller, Problem> {
        let gone = || Problem::unauthenticated("session.expired");
        let record = self.record(account).map_err(|_| gone())?;
        if record.kind != "account" || record.state != "enabled" {
            return Err(gone());
        }
        let person = record.data.get("person").and_then(Value::as_str).and_then(|s| s.parse::<Id>().ok());
        let codes: BTreeSet<String> = strings(record.data.get("roles")).collect();
        self.assemble(account, person, codes, origin, scopes).map_err(|_| gone())
    }

    /// The caller that a person is, with their account's roles if they have one.
    ///
    /// # Errors
    /// `record.missing`.
    pub fn person_caller(&self, person: Id, origin: Origin) -> Result<Caller, Problem> {
        let accounts = self.pointing("account", "person", person);
        match accounts.min().and_then(|r| self.table("account").ok()?.row(r)) {
            Some(row) => self.caller(row.id, origin, None),
            None => self.assemble(person, Some(person), BTreeSet::new(), origin, None),
        }
    }

    fn assemble(
        &self,
        account: Id,
        person: Option<Id>,
        mut codes: BTreeSet<String>,
        origin: Origin,
        scopes: Option<BTreeSet<String>>,
    ) -> Result<Caller, Problem> {
        let (mut department, mut posts, mut heads, mut name) = (None, vec![], vec![], String::new());
        let mut active = true;
        if let Some(id) = person {
            let data = self.record(id)?;
            active = data.state == "active";
            department = data.data.get("department").and_then(Value::as_str).and_then(|s| s.parse().ok());
            posts = strings(data.data.get("posts")).filter_map(|s| s.parse().ok()).collect();
            name = data.data.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            for (field, role) in [("heads", Role::DepartmentHead), ("officers", Role::DepartmentOfficer)] {
                let rows = self.pointing("department", field, id);
                if let Ok(table) = self.table("department") {
                    let led: Vec<Id> = rows.iter().filter_map(|r| table.row(r)).map(|r| r.id).collect();
                    if !led.is_empty() {
                        codes.insert(role.to_string());
                    }
                    heads.extend(led);
                }
            }
            heads.sort_unstable();
            heads.dedup();
        }
        let roles: BTreeSet<Role> = codes.iter().filter_map(|c| c.parse().ok()).collect();
        let door = if scopes.is_some() { Door::Token } else { Door::Session };
        let mut keys = vec![WhoKey::Everyone];
        keys.extend(person.map(WhoKey::Person));
        keys.extend(posts.iter().copied().map(WhoKey::Post));
        if roles.contains(&Role::CommitteeChair) {
            keys.push(WhoKey::Role(Role::Committee.to_string()));
        }
        for role in &roles {
            keys.push(WhoKey::Role(role.to_string()));
            keys.extend(heads.iter().map(|d| WhoKey::RoleIn(role.to_string(), *d)));
        }
        Ok(Caller {
            actor: Actor {
                id: person.unwrap_or(account),
                account,
                roles: roles.clone(),
                department,
                posts: posts.clone(),
                heads: heads.clone(),
                door,
                active,
                scopes,
            },
            view: ActorView { person, roles: roles.iter().map(ToString::to_string).collect(), department, heads, posts, system: false },
            name,
            keys: super::extract::keys_text(&keys),
            origin,
            system: false,
        })
    }
}

/// The strings of a JSON array.
pub fn strings(value: Option<&Value>) -> impl Iterator<Item = String> + '_ {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

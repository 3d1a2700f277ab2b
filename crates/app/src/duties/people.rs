//! Who holds which place today: roles from accounts, heads and officers from departments, posts and names from records.

use std::collections::{BTreeMap, BTreeSet};

use jingui_calendar::{Absence, Delegation, Directory, Occurrence, Responsible, Who, check_delegation, responsible};
use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Day, Id, Problem};

use crate::world::{World, caller::strings, layout::Post};

const HEAD: &str = "department_head";
const OFFICER: &str = "department_officer";
const CHAIR: &str = "committee_chair";

/// Who is away and when.
pub(crate) fn absences(world: &World) -> Result<Vec<Absence>, Problem> {
    Ok(world.in_states("absence", &["entered"])?.iter().filter_map(absence).collect())
}

/// Everyone who may have to do something.
pub(super) struct People<'a> {
    world: &'a World,
    roles: BTreeMap<String, BTreeSet<Id>>,
    active: BTreeSet<Id>,
    absences: Vec<Absence>,
    delegations: Vec<Delegation>,
}

impl<'a> People<'a> {
    /// Reads accounts, persons, departments, absences and delegations.
    pub fn of(world: &'a World) -> Result<Self, Problem> {
        let persons = world.table("person")?;
        let active = persons.posted_any(Post::State, ["active"]).iter().filter_map(|r| persons.row(r)).map(|r| r.id).collect();
        let mut roles: BTreeMap<String, BTreeSet<Id>> = BTreeMap::new();
        for account in world.in_states("account", &["enabled"])? {
            for person in ids(account.data.get("person")) {
                for role in strings(account.data.get("roles")) {
                    roles.entry(role).or_default().insert(person);
                }
            }
        }
        for department in world.in_states("department", &["active"])? {
            for (field, role) in [("heads", HEAD), ("officers", OFFICER)] {
                roles.entry(role.to_owned()).or_default().extend(ids(department.data.get(field)));
            }
        }
        // The committee's chair is of the committee.
        let chairs = roles.get(CHAIR).cloned().unwrap_or_default();
        roles.entry("committee".to_owned()).or_default().extend(chairs);
        let absences = absences(world)?;
        let delegations = world.in_states("delegation", &["in_force"])?.iter().filter_map(delegation).collect();
        Ok(Self { world, roles, active, absences, delegations })
    }

    /// Who answers for an occurrence; with nobody left anywhere, whoever heads the committee or works in the office.
    pub fn answer(&self, occurrence: &Occurrence, day: Day) -> Responsible {
        let mut answer = responsible(occurrence, day, self, &self.absences, &self.delegations);
        for role in [CHAIR, "office"] {
            if answer.people.is_empty() {
                answer.people = self.holding(role).filter(|p| self.active.contains(p)).collect();
            }
        }
        answer
    }

    /// Those who hear that it is late.
    pub fn above(&self, occurrence: &Occurrence, who: &Who, day: Day) -> Vec<Id> {
        let one = Occurrence { by: who.clone(), escalate: vec![], ..occurrence.clone() };
        responsible(&one, day, self, &self.absences, &self.delegations).people
    }

    fn holding(&self, role: &str) -> impl Iterator<Item = Id> {
        self.roles.get(role).into_iter().flatten().copied()
    }

    fn of_department(&self, department: Id, role: &str) -> Vec<Id> {
        let Ok(record) = self.world.record(department) else { return vec![] };
        match role {
            HEAD => ids(record.data.get("heads")),
            OFFICER => ids(record.data.get("officers")),
            role => self.holding(role).filter(|p| self.field(*p, "department").contains(&department)).collect(),
        }
    }

    fn field(&self, record: Id, name: &str) -> Vec<Id> {
        self.world.record(record).map(|r| ids(r.data.get(name))).unwrap_or_default()
    }

    /// A person, or those on a post.
    fn persons(&self, id: Id) -> Vec<Id> {
        match self.world.row(id) {
            Some((table, ..)) if table.kind.kind == "post" => {
                let Ok(persons) = self.world.table("person") else { return vec![] };
                self.world.pointing("person", "posts", id).iter().filter_map(|r| persons.row(r)).map(|r| r.id).collect()
            }
            Some((table, ..)) if table.kind.kind == "person" => vec![id],
            _ => vec![],
        }
    }
}

impl Directory for People<'_> {
    fn holders(&self, who: &Who, about: &Occurrence) -> Vec<Id> {
        match who {
            Who::Role(role) => self.holding(role).collect(),
            Who::RoleIn(place) => {
                let departments = match about.record {
                    Some(record) if place.field != "department" => self.field(record, &place.field),
                    _ => about.department.into_iter().collect(),
                };
                departments.into_iter().flat_map(|d| self.of_department(d, &place.role)).collect()
            }
            Who::Field(field) => {
                about.record.map(|r| self.field(r, field)).unwrap_or_default().into_iter().flat_map(|id| self.persons(id)).collect()
            }
            Who::Everyone => self.active.iter().copied().collect(),
        }
    }

    fn is_active(&self, person: Id, _day: Day) -> bool {
        self.active.contains(&person)
    }
}

/// Would this delegation close a circle with those in force?
pub(crate) fn closes_circle(world: &World, record: &Record) -> bool {
    let Some(new) = delegation(record) else { return false };
    let others = world.in_states("delegation", &["in_force", "proposed"]).unwrap_or_default().into_iter();
    let others: Vec<Delegation> = others.filter(|r| r.id != record.id).filter_map(|r| delegation(&r)).collect();
    check_delegation(&others, &new).is_err_and(|p| p.code() == "calendar.delegation_circle")
}

fn absence(record: &Record) -> Option<Absence> {
    Some(Absence { person: record.one("person")?, first: record.day("first")?, last: record.day("last")? })
}

fn delegation(record: &Record) -> Option<Delegation> {
    Some(Delegation {
        from: record.one("giver")?,
        to: record.one("taker")?,
        first: record.day("first")?,
        last: record.day("last")?,
        duties: strings(record.data.get("rules")).collect(),
    })
}

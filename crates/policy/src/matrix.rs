//! The authority matrix (feature 1.2): not written by anyone, but asked from the policies.

use std::collections::BTreeMap;

use jingui_model::{Id, Protection};
use serde::Serialize;

use crate::{Action, Actor, Authority, KindGroup, PolicyNote, Relation, Role, Target, authority::holder};

/// One answer in the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatrixCell {
    /// Whether.
    pub allowed: bool,
    /// Ids of the permits, or of the forbids that struck.
    pub because: Vec<String>,
}

/// One line of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatrixRow {
    /// The family of kinds.
    pub group: KindGroup,
    /// The action.
    pub action: Action,
    /// The protection of the record.
    pub protection: Protection,
    /// The person's relation to it.
    pub relation: Relation,
    /// One answer for each role.
    pub cells: BTreeMap<Role, MatrixCell>,
}

/// Who may do what. A line whose answers equal those of `other` is left out: the relation then
/// makes no difference. So is a line for `other` in which nobody may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Families, in order.
    pub groups: Vec<KindGroup>,
    /// Roles, in order.
    pub roles: Vec<Role>,
    /// The lines.
    pub rows: Vec<MatrixRow>,
    /// The policies that the cells name.
    pub policies: Vec<PolicyNote>,
}

impl Matrix {
    pub(crate) fn compute(authority: &Authority) -> Self {
        let mut rows = Vec::new();
        for &group in KindGroup::ALL {
            let grades = if group.graded() { 3 } else { 0 };
            for &action in Action::ALL {
                for protection in (0..=grades).filter_map(Protection::from_rank) {
                    rows.extend(lines(authority, group, action, protection));
                }
            }
        }
        Self { groups: KindGroup::ALL.to_vec(), roles: Role::ALL.to_vec(), rows, policies: authority.policies().cloned().collect() }
    }

    /// The answer for one cell, also for lines that are left out.
    #[must_use]
    pub fn allows(&self, role: Role, action: Action, group: KindGroup, protection: Protection, relation: Relation) -> bool {
        let line = |relation: Relation| {
            self.rows.iter().find(|r| r.group == group && r.action == action && r.protection == protection && r.relation == relation)
        };
        let row = line(relation).or_else(|| line(Relation::Other));
        row.and_then(|r| r.cells.get(&role)).is_some_and(|c| c.allowed)
    }
}

fn lines(authority: &Authority, group: KindGroup, action: Action, protection: Protection) -> Vec<MatrixRow> {
    let made = action != Action::Create;
    let mut kept: Vec<MatrixRow> = Vec::new();
    let mut common: Option<Vec<bool>> = None;
    for relation in Relation::ALL.iter().copied().filter(|r| made || *r != Relation::Creator) {
        let cells: BTreeMap<Role, MatrixCell> = Role::ALL
            .iter()
            .map(|&role| {
                let (actor, target) = scene(role, group, protection, relation, made);
                let (allowed, because) = authority.answer(&actor, action, &target);
                (role, MatrixCell { allowed, because })
            })
            .collect();
        let answers: Vec<bool> = cells.values().map(|c| c.allowed).collect();
        let telling = match &common {
            None => answers.contains(&true),
            Some(common) => *common != answers,
        };
        if telling {
            kept.push(MatrixRow { group, action, protection, relation, cells });
        }
        common.get_or_insert(answers);
    }
    kept
}

/// Somebody with one role before a record in force, in one relation to it.
fn scene(role: Role, group: KindGroup, protection: Protection, relation: Relation, made: bool) -> (Actor, Target) {
    let mut target = Target::new(group.code(), group);
    target.state = if made { "in_force".to_owned() } else { String::new() };
    target.protection = protection;
    target.department = Some(Id::from_bytes([1; 16]));
    target.creator = made.then(|| Id::from_bytes([2; 16]));
    let mut actor = holder(role, &target);
    if relation != Relation::SameDepartment {
        actor.department = None;
        actor.heads.clear();
    }
    match relation {
        Relation::Other | Relation::SameDepartment => {}
        Relation::Knows => target.knows = true,
        Relation::Assigned => target.assigned = true,
        Relation::Creator => target.creator = Some(actor.id),
        Relation::Own => target.own = true,
    }
    (actor, target)
}

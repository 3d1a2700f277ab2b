//! Which records belong to a secret: what points at it, what that points at, its department's, the company's rules.
//! Which kinds, and by which of these ways, is data (`catalog/evidence/kinds.yaml`, `frames`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jingui_evidence::dossier::{Kinds, Reach};
use jingui_kinds::{
    kind::{FieldType, Kind},
    people::ids,
};
use jingui_model::{Id, Problem};
use jingui_policy::Action;

use crate::world::{World, caller::Caller, table::Table};

const SECRET: &str = "secret";

/// A record of a package.
pub(super) struct Related {
    pub id: Id,
    pub kind: Arc<Kind>,
    /// The chosen secrets that it is about; none when it is about all.
    pub about: Vec<Id>,
}

/// The chosen secrets and what belongs to them, as far as the caller may read it; and how much he may not. `action` is what he wants
/// to do with the secrets.
///
/// # Errors
/// `record.missing` for a secret that the caller may not know of; `policy.…` for one with which he may not do that.
pub(super) fn related(
    world: &World,
    kinds: &Kinds,
    caller: &Caller,
    secrets: &[Id],
    action: Action,
) -> Result<(Vec<Related>, u64), Problem> {
    let mut found: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    let mut all = vec![];
    let mut first = vec![];
    for id in secrets {
        let record = world.record(*id)?;
        let kind = world.kind(&record.kind)?;
        let target = world.target(caller, kind, &record);
        if record.kind != SECRET {
            return Err(Problem::missing("record.missing"));
        }
        world.allow(caller, action, &target)?;
        first.push(Related { id: *id, kind: Arc::clone(kind), about: vec![*id] });
    }
    for frame in &kinds.frames {
        let Ok(table) = world.table(&frame.kind) else { continue };
        match frame.reach {
            Reach::Itself => {}
            Reach::Linked => linked(world, table, secrets, &mut found),
            Reach::Department => of_departments(world, table, secrets, &mut found)?,
            Reach::All => all.extend(table.live().iter().filter_map(|row| table.row(row)).map(|row| row.id)),
        }
    }
    // One more step: what the records found, or the secrets themselves, point at.
    let known: Vec<(Id, Vec<Id>)> = found.iter().map(|(id, about)| (*id, about.iter().copied().collect())).collect();
    for (id, about) in known.into_iter().chain(secrets.iter().map(|s| (*s, vec![*s]))) {
        let record = world.record(id)?;
        let kind = world.kind(&record.kind)?;
        for field in &kind.fields {
            let target = match &field.ty {
                FieldType::Ref { kind } | FieldType::Refs { kind } => kind,
                _ => continue,
            };
            if kinds.frame(target).is_some_and(|frame| frame.reach == Reach::Linked) {
                for id in ids(record.data.get(&field.name)) {
                    found.entry(id).or_default().extend(about.iter().copied());
                }
            }
        }
    }
    let mut left_out = 0;
    let others = found.into_iter().map(|(id, about)| (id, about.into_iter().collect())).chain(all.into_iter().map(|id| (id, vec![])));
    let mut more: Vec<Related> = vec![];
    for (id, about) in others {
        let record = world.record(id)?;
        let kind = world.kind(&record.kind)?;
        if world.rule(caller, Action::Read, &world.target(caller, kind, &record)).allowed {
            more.push(Related { id, kind: Arc::clone(kind), about });
        } else {
            left_out += 1;
        }
    }
    let order = |kind: &str| kinds.frames.iter().position(|f| f.kind == kind);
    more.sort_by_key(|r| (order(&r.kind.kind), r.id));
    first.extend(more);
    Ok((first, left_out))
}

fn linked(world: &World, table: &Table, secrets: &[Id], found: &mut BTreeMap<Id, BTreeSet<Id>>) {
    let to_secret =
        table.kind.fields.iter().filter(|f| matches!(&f.ty, FieldType::Ref { kind } | FieldType::Refs { kind } if kind == SECRET));
    for field in to_secret {
        for secret in secrets {
            for row in world.pointing(&table.kind.kind, &field.name, *secret).iter().filter_map(|row| table.row(row)) {
                found.entry(row.id).or_default().insert(*secret);
            }
        }
    }
}

fn of_departments(world: &World, table: &Table, secrets: &[Id], found: &mut BTreeMap<Id, BTreeSet<Id>>) -> Result<(), Problem> {
    let Some(own) = &table.kind.department else { return Ok(()) };
    for secret in secrets {
        let record = world.record(*secret)?;
        let kind = world.kind(&record.kind)?;
        let Some(department) = crate::world::extract::department(kind, &record.data) else { continue };
        for row in world.pointing(&table.kind.kind, own, department).iter().filter_map(|row| table.row(row)) {
            found.entry(row.id).or_default().insert(*secret);
        }
    }
    Ok(())
}

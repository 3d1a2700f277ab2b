//! The record that asks for a package (证据包), and its making once somebody else agreed.

use std::{collections::BTreeSet, sync::Arc};

use jingui_evidence::dossier::Matter;
use jingui_kinds::{kind::FieldType, people::ids};
use jingui_model::{Data, Day, Id, Problem};
use jingui_policy::Action;
use serde_json::Value;

use super::{
    Choice, Named, Only,
    collect::{Preview, look},
    make::{Extras, Made},
};
use crate::{
    live::Live,
    world::{
        World,
        caller::{Caller, strings},
        extract,
    },
};

/// The kind of record.
pub const PACKAGE: &str = "evidence_package";
const APPROVED: &str = "approved";

impl Live {
    /// What a package would hold that is described like this, before it is asked for.
    ///
    /// # Errors
    /// What is wrong with the description, by field; those of [`super::collect`].
    pub async fn preview_package(self: &Arc<Self>, caller: &Caller, data: &Data) -> Result<Preview, Problem> {
        let choice = choice(&self.world.read(), caller, data)?;
        look(self, caller, &choice).await
    }

    /// Makes the package that a record asks for.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`; `case.not_approved` as long as nobody agreed; those of [`Live::make_package`].
    pub async fn package(self: &Arc<Self>, caller: &Caller, id: Id, extras: Extras) -> Result<Made, Problem> {
        let choice = {
            let world = self.world.read();
            let record = world.record(id)?;
            let target = world.target(caller, world.kind(PACKAGE)?, &record);
            if record.kind != PACKAGE {
                return Err(Problem::missing("record.missing"));
            }
            world.allow(caller, Action::Export, &target)?;
            if record.state != APPROVED {
                return Err(Problem::conflict("case.not_approved"));
            }
            choice(&world, caller, &record.data)?
        };
        self.make_package(caller, Some((PACKAGE, id)), &choice, extras).await
    }
}

/// What a record's fields choose. What is not named stays closed.
fn choice(world: &World, caller: &Caller, data: &Data) -> Result<Choice, Problem> {
    let text = |field: &str| data.get(field).and_then(Value::as_str).filter(|t| !t.is_empty());
    let day = |field: &'static str| text(field).map(|t| t.parse::<Day>().map_err(|p| p.at(field))).transpose();
    let secrets = ids(data.get("secrets"));
    if secrets.is_empty() {
        return Err(Problem::invalid("field.required").at("secrets"));
    }
    // Before anything is said of grades and names: whether there is such a point is part of the secret.
    for id in &secrets {
        let record = world.record(*id).map_err(|p| p.at("secrets"))?;
        let target = world.target(caller, world.kind(&record.kind)?, &record);
        world.allow(caller, Action::Read, &target).map_err(|p| p.at("secrets"))?;
    }
    graded(world, data, &secrets)?;
    let kind = world.kind(PACKAGE)?;
    let offered = kind.field("fields").map(|f| &f.ty);
    let shown: BTreeSet<String> = strings(data.get("fields")).collect();
    let hidden = match offered {
        Some(FieldType::Choices { options }) => options.iter().map(|o| o.code.clone()).filter(|code| !shown.contains(code)).collect(),
        _ => BTreeSet::new(),
    };
    Ok(Choice {
        matter: Matter {
            name: text("name").unwrap_or_default().to_owned(),
            case_no: text("case_no").map(str::to_owned),
            alleged_on: day("alleged_on")?,
        },
        as_of: day("as_of")?,
        points: named(world, &secrets, data, "points")?,
        files: named(world, &secrets, data, "files")?,
        hidden,
        persons: ids(data.get("persons")).into_iter().collect(),
        from: day("readings_from")?,
        to: day("readings_to")?,
        secrets,
    })
}

/// The package is graded as high as what is in it: by its grade others are asked to agree.
fn graded(world: &World, data: &Data, secrets: &[Id]) -> Result<(), Problem> {
    let kind = world.kind(PACKAGE)?;
    let own = extract::protection(kind, world.grade_scheme(), data);
    for id in secrets {
        let record = world.record(*id).map_err(|p| p.at("secrets"))?;
        if extract::protection(world.kind(&record.kind)?, world.grade_scheme(), &record.data) > own {
            return Err(Problem::invalid("case.graded_too_low").at("grade"));
        }
    }
    Ok(())
}

/// `number/name`, each of them something that one of the secrets has, now or in a request.
fn named(world: &World, secrets: &[Id], data: &Data, field: &'static str) -> Result<Only, Problem> {
    let mut chosen = BTreeSet::new();
    for text in strings(data.get(field)) {
        let (number, name) = text.split_once('/').ok_or_else(|| Problem::invalid("case.named").arg("text", &text).at(field))?;
        let records = secrets.iter().filter_map(|id| world.record(*id).ok());
        let record = records.into_iter().find(|r| r.number.as_deref() == Some(number));
        let secret = record.ok_or_else(|| Problem::invalid("case.other_secret").arg("number", number).at(field))?;
        let names = secret.data.values().filter_map(Value::as_array).flatten().filter_map(|item| item.get("name")?.as_str());
        if !names.into_iter().any(|n| n == name) {
            return Err(Problem::invalid("case.unknown_name").arg("number", number).arg("name", name).at(field));
        }
        chosen.insert(Named { secret: secret.id, name: name.to_owned() });
    }
    Ok(Only::These(chosen))
}

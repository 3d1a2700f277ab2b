//! "What do I hold": what stands in a person's name all over the registers, on one page (B 5.1.2, 5.1.3; H 8.2.4). What counts is data
//! (`catalog/holdings.yaml`); shown is what the reader may read of it, and how much more there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use jingui_kinds::{act::Facts as _, kind::Kind, people::ids, record::Record};
use jingui_model::{Day, Id, Instant, Problem, Text};
use jingui_policy::Action;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    embed,
    live::Live,
    world::{
        World,
        caller::{Caller, Origin},
        layout::Post,
    },
};

/// The file, in the catalogue.
const FILE: &str = "holdings.yaml";
/// The kind of a person.
const PERSON: &str = "person";

/// A section of the page, as the file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    code: String,
    label: Text,
    from: Vec<Source>,
}

/// Where things of a section are found.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    kind: String,
    /// Fields that name the person.
    fields: Vec<String>,
    /// Fields that name a post of the person.
    #[serde(default)]
    posts: Vec<String>,
    /// The states in which it counts; none: any.
    #[serde(default)]
    states: Vec<String>,
    since: Option<String>,
    until: Option<String>,
}

/// Something that a person holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Held {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: String,
    /// What its kind is called.
    pub kind_label: Text,
    /// As what the person stands in it.
    pub relation: Text,
    /// Number.
    pub number: Option<String>,
    /// Name.
    pub name: String,
    /// Code of its grade.
    pub grade: Option<String>,
    /// State.
    pub state: String,
    /// What the state is called.
    pub state_label: Text,
    /// Since.
    pub since: Option<Day>,
    /// Until.
    pub until: Option<Day>,
}

/// What a person holds of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HoldingSection {
    /// Code.
    pub code: String,
    /// What it is called.
    pub label: Text,
    /// What the reader may read.
    pub items: Vec<Held>,
    /// How much more there is.
    pub hidden: u64,
}

/// Something that a person has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OpenDuty {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: String,
    /// Its number.
    pub number: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What has to be done.
    pub label: Text,
    /// Until when.
    pub due: Option<Day>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Holdings {
    /// The person.
    pub person: Id,
    /// Name.
    pub name: String,
    /// Works here.
    pub active: bool,
    /// Department.
    pub department: Option<String>,
    /// Posts.
    pub posts: Vec<String>,
    /// As of.
    pub at: Instant,
    /// Section by section.
    pub sections: Vec<HoldingSection>,
    /// Open duties, the most urgent first.
    pub duties: Vec<OpenDuty>,
    /// Duties in records that the reader may not read.
    pub hidden_duties: u64,
}

fn sections() -> Result<&'static [Section], Problem> {
    static READ: OnceLock<Vec<Section>> = OnceLock::new();
    if let Some(read) = READ.get() {
        return Ok(read);
    }
    let wrong = |detail: String| Problem::internal("catalog.unreadable").arg("file", FILE).detail(detail);
    let (_, text) = embed::below(FILE).into_iter().next().ok_or_else(|| wrong("not embedded".to_owned()))?;
    let read: Vec<Section> = serde_saphyr::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    Ok(READ.get_or_init(|| read))
}

impl Live {
    /// What a person holds: for the person, and for whoever may see the history of the person's file (the office, keepers of the
    /// department). Each line also has to be the reader's to read.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`; `world.document`.
    pub async fn holdings(self: &Arc<Self>, caller: &Caller, person: Id) -> Result<Holdings, Problem> {
        self.access(caller, PERSON, person, Action::History, "read", jingui_model::Data::new()).await?;
        let mut found = {
            let world = self.world.read();
            let record = world.record(person)?;
            let posts = ids(record.data.get("posts"));
            let named = |id: &Id| world.title(*id).map(str::to_owned);
            let sections = sections()?.iter().map(|s| section(&world, caller, s, person, &posts)).collect::<Result<Vec<_>, _>>()?;
            Holdings {
                person,
                name: world.title(person).unwrap_or_default().to_owned(),
                active: record.state == "active",
                department: world.department(person).as_ref().and_then(named),
                posts: posts.iter().filter_map(named).collect(),
                at: self.clock.now(),
                sections,
                duties: vec![],
                hidden_duties: 0,
            }
        };
        // Whoever left has no work that waits; what was theirs to do is the office's to see in the registers.
        let theirs = self.world.read().person_caller(person, Origin::default());
        if let Ok(theirs) = theirs {
            let work = self.work(&theirs)?;
            let world = self.world.read();
            for item in work.items {
                let record = world.record(item.record.id)?;
                let target = world.target(caller, world.kind(&record.kind)?, &record);
                if world.rule(caller, Action::Read, &target).allowed {
                    let (id, kind, number, name) = (item.record.id, item.record.kind, item.record.number, item.record.title);
                    found.duties.push(OpenDuty { id, kind, number, name, label: item.label, due: item.due });
                } else {
                    found.hidden_duties += 1;
                }
            }
        }
        Ok(found)
    }
}

fn section(world: &World, caller: &Caller, section: &Section, person: Id, posts: &[Id]) -> Result<HoldingSection, Problem> {
    let (mut items, mut hidden) = (vec![], 0);
    for source in &section.from {
        let table = world.table(&source.kind)?;
        let mut by_field: BTreeMap<u32, &str> = BTreeMap::new();
        for field in &source.fields {
            world.pointing(&source.kind, field, person).iter().for_each(|row| {
                by_field.entry(row).or_insert(field);
            });
        }
        for (field, post) in source.posts.iter().flat_map(|f| posts.iter().map(move |p| (f, p))) {
            world.pointing(&source.kind, field, *post).iter().for_each(|row| {
                by_field.entry(row).or_insert(field);
            });
        }
        let in_state = if source.states.is_empty() { table.live().clone() } else { table.posted_any(Post::State, &source.states) };
        let readable = world.visible(caller, table, Action::Read);
        for (row, field) in by_field.into_iter().filter(|(row, _)| in_state.contains(*row)) {
            let Some(found) = table.row(row) else { continue };
            if readable.contains(row) {
                items.push(held(&table.kind, &found.record()?, &found.title, field, source));
            } else {
                hidden += 1;
            }
        }
    }
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(item.id));
    items.sort_by(|a, b| (&a.kind, a.until.is_none(), a.until, &a.number).cmp(&(&b.kind, b.until.is_none(), b.until, &b.number)));
    Ok(HoldingSection { code: section.code.clone(), label: section.label.clone(), items, hidden })
}

fn held(kind: &Kind, record: &Record, title: &str, field: &str, source: &Source) -> Held {
    let day = |name: &Option<String>| name.as_ref().and_then(|n| record.data.get(n)).and_then(Value::as_str).and_then(|d| d.parse().ok());
    Held {
        id: record.id,
        kind: kind.kind.clone(),
        kind_label: kind.label.clone(),
        relation: kind.field(field).map(|f| f.label.clone()).unwrap_or_default(),
        number: record.number.clone(),
        name: title.to_owned(),
        grade: kind.graded.as_ref().and_then(|g| record.data.get(g)).and_then(Value::as_str).map(str::to_owned),
        state: record.state.clone(),
        state_label: kind.state(&record.state).map(|s| s.label.clone()).unwrap_or_default(),
        since: day(&source.since),
        until: day(&source.until),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_speaks_of_kinds_fields_and_states_that_there_are() {
        let catalog = crate::catalog::load(std::path::Path::new("/nonexistent")).unwrap().catalog;
        for source in sections().unwrap().iter().flat_map(|s| &s.from) {
            let kind = catalog.kinds.get(&source.kind).unwrap_or_else(|| panic!("no kind {}", source.kind));
            let named = source.fields.iter().chain(&source.posts).chain(&source.since).chain(&source.until);
            for field in named {
                assert!(kind.field(field).is_some(), "{}.{field}", source.kind);
            }
            for state in &source.states {
                assert!(kind.state(state).is_some(), "{}: {state}", source.kind);
            }
        }
    }
}

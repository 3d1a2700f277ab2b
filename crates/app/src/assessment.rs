//! What the system knows of a secret's protection: who knows it, whether they have accounts and have
//! confirmed the rules, what is sealed. From it the three legal elements and the score (H 6.2.1, 8.1.2;
//! B 2.3, 4.1.1), and the grading aid (H 8.1.1; B 2.3).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jingui_kinds::{
    ActorView,
    assess::{AssessFacts, Assessment, assess},
    grading::{Answers, Grading, Suggestion},
    kind::{FieldType, Kind},
    people::{ids, who_matches},
    record::Record,
};
use jingui_model::{Data, Id, Problem, Protection};
use jingui_policy::Action;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    live::Live,
    settings,
    world::{
        World,
        caller::{Caller, Origin},
        layout::Post,
    },
};

/// The kind that is assessed.
pub const SECRET: &str = "secret";

/// Why somebody is on a need-to-know list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Named.
    Person,
    /// Holds a post that is named.
    Post,
}

/// Somebody on a need-to-know list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Knower {
    /// The person.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Name of their department.
    pub department: Option<String>,
    /// Named, or by a post.
    pub because: Because,
    /// The post's name, if by a post.
    pub post: Option<String>,
}

/// The active persons on a record's need-to-know list, by name first, each once.
///
/// # Errors
/// `kind.unknown`, `world.document`.
pub fn knowing(world: &World, record: &Record) -> Result<Vec<Knower>, Problem> {
    let kind = world.kind(&record.kind)?;
    let persons = world.table("person")?;
    let active = persons.posted_any(Post::State, ["active"]);
    let mut found: BTreeMap<Id, Knower> = BTreeMap::new();
    let mut put = |row: u32, because: Because, post: Option<&str>| -> Result<(), Problem> {
        let Some(person) = persons.row(row).filter(|p| active.contains(row) && !found.contains_key(&p.id)) else { return Ok(()) };
        let department = ids(person.record()?.data.get("department")).first().and_then(|d| world.title(*d)).map(str::to_owned);
        let knower = Knower { id: person.id, name: person.title.to_string(), department, because, post: post.map(str::to_owned) };
        found.insert(person.id, knower);
        Ok(())
    };
    let (people, posts) = listed(kind, record);
    for id in people {
        if let Some((table, row, _)) = world.row(id)
            && table.kind.kind == "person"
        {
            put(row, Because::Person, None)?;
        }
    }
    for id in posts {
        for row in world.pointing("person", "posts", id) {
            put(row, Because::Post, world.title(id))?;
        }
    }
    let mut all: Vec<Knower> = found.into_values().collect();
    all.sort_by(|a, b| (a.because, &a.name).cmp(&(b.because, &b.name)));
    Ok(all)
}

/// The active persons whom identifiers of persons and posts mean, each once.
pub(crate) fn meant(world: &World, ids: &[Id]) -> BTreeSet<Id> {
    let mut all = BTreeSet::new();
    for (table, row, id) in ids.iter().filter_map(|id| world.row(*id).map(|(table, row, _)| (table, row, *id))) {
        let Ok(persons) = world.table("person") else { break };
        let rows = if table.kind.kind == "person" { [row].into_iter().collect() } else { world.pointing("person", "posts", id) };
        all.extend(rows.iter().filter_map(|r| persons.row(r)).filter(|p| &*p.state == "active").map(|p| p.id));
    }
    all
}

/// The persons and the posts that a record's list names.
fn listed(kind: &Kind, record: &Record) -> (Vec<Id>, Vec<Id>) {
    let (mut people, mut posts) = (vec![], vec![]);
    for field in kind.circle.iter().filter_map(|f| kind.field(f)) {
        let named = ids(record.data.get(&field.name));
        match &field.ty {
            FieldType::Ref { kind } | FieldType::Refs { kind } if kind == "post" => posts.extend(named),
            _ => people.extend(named),
        }
    }
    (people, posts)
}

/// What is counted once for many assessments: people, their accounts, and the rules they owe.
pub(crate) struct People {
    headcount: u64,
    with_account: BTreeSet<Id>,
    rules: Vec<Record>,
    owed: FxHashMap<Id, (u64, u64)>,
    holders: FxHashMap<Id, Vec<Id>>,
}

impl People {
    /// Counts.
    pub(crate) fn of(world: &World) -> Result<Self, Problem> {
        let (accounts, persons, rules) = (world.table("account")?, world.table("person")?, world.table("rule")?);
        // Accounts are listed under the person that they are about.
        let enabled = accounts.posted_any(Post::State, ["enabled"]);
        let owners = accounts.values(Post::About).filter(|(_, rows)| !rows.is_disjoint(&enabled));
        let with_account = owners.filter_map(|(person, _)| person.parse().ok()).collect();
        let states = rules.kind.acknowledge.as_ref().map(|a| a.states.clone()).unwrap_or_default();
        let in_force = rules.posted_any(Post::State, &states);
        Ok(Self {
            headcount: persons.posted_any(Post::State, ["active"]).len(),
            with_account,
            rules: in_force.iter().filter_map(|r| rules.row(r)).map(crate::world::table::Row::record).collect::<Result<_, _>>()?,
            owed: FxHashMap::default(),
            holders: FxHashMap::default(),
        })
    }

    /// The active persons that a record's list means.
    fn knowers(&mut self, world: &World, kind: &Kind, record: &Record) -> BTreeSet<Id> {
        let active = |id: &Id| world.row(*id).is_some_and(|(t, _, r)| t.kind.kind == "person" && &*r.state == "active");
        let (people, posts) = listed(kind, record);
        let mut all: BTreeSet<Id> = people.into_iter().filter(active).collect();
        for post in posts {
            let holders = self.holders.entry(post).or_insert_with(|| {
                let Ok(table) = world.table("person") else { return vec![] };
                world.pointing("person", "posts", post).iter().filter_map(|r| table.row(r)).map(|r| r.id).filter(active).collect()
            });
            all.extend(holders.iter().copied());
        }
        all
    }

    /// Confirmations of rules in force that a person owes, and has given.
    fn owed(&mut self, world: &World, person: Id) -> (u64, u64) {
        if let Some(known) = self.owed.get(&person) {
            return *known;
        }
        let view = world.person_caller(person, Origin::default()).map_or_else(|_| ActorView::default(), |c| c.view);
        let view = ActorView { person: Some(person), ..view };
        let mut count = (0, 0);
        if let Ok(kind) = world.kind("rule")
            && let Some(rule) = &kind.acknowledge
        {
            for record in self.rules.iter().filter(|r| who_matches(&rule.by, kind, r, &view)) {
                count.0 += 1;
                count.1 += u64::from(record.acknowledged.contains_key(&person));
            }
        }
        self.owed.insert(person, count);
        count
    }

    /// The facts of one secret.
    pub(crate) fn facts(&mut self, world: &World, kind: &Kind, record: &Record) -> AssessFacts {
        let knowers = self.knowers(world, kind, record);
        let (mut rules_owed, mut rules_given) = (0, 0);
        for person in &knowers {
            let (owed, given) = self.owed(world, *person);
            rules_owed += owed;
            rules_given += given;
        }
        let origin = ids(record.data.get("origin")).first().and_then(|id| world.record(*id).ok());
        let reports = |record: &Record| record.data.get("novelty_report").and_then(Value::as_array).map_or(0, |a| a.len() as u64);
        AssessFacts {
            knowers: knowers.len() as u64,
            knowers_without_account: knowers.iter().filter(|p| !self.with_account.contains(p)).count() as u64,
            headcount: self.headcount,
            rules_owed,
            rules_given,
            files: crate::files::versions(record).count() as u64,
            novelty_reports: reports(record) + origin.as_ref().map_or(0, reports),
            // Every read and every denial of a protected record is in the evidence ledger.
            access_logged: crate::world::extract::protection(kind, world.grade_scheme(), &record.data) > Protection::None,
        }
    }
}

impl Live {
    /// The record of a secret that the caller may read; the reading is recorded first, with what of it is read.
    async fn readable_secret(self: &Arc<Self>, caller: &Caller, id: Id, part: &str) -> Result<Record, Problem> {
        let kind = self.world.read().row(id).map(|(table, ..)| table.kind.kind.clone());
        let kind = kind.ok_or_else(|| Problem::missing("record.missing"))?;
        self.access(caller, &kind, id, Action::Read, "read", Data::from([("part".to_owned(), json!(part))])).await?;
        if kind == SECRET { self.world.read().record(id) } else { Err(Problem::invalid("assessment.kind")) }
    }

    /// The three elements and the measures of a secret, with what is missing.
    ///
    /// # Errors
    /// `record.missing` when the caller may not know of it; `policy.*`; `assessment.kind`; `store.*`.
    pub async fn assessment(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<Assessment, Problem> {
        let record = self.readable_secret(caller, id, "assessment").await?;
        let world = self.world.read();
        let facts = People::of(&world)?.facts(&world, world.kind(SECRET)?, &record);
        Ok(assess(&world.catalog, world.grade_scheme(), &record, &facts))
    }

    /// Who is on a secret's need-to-know list, person by person (B 2.4, 4.1.2).
    ///
    /// # Errors
    /// `record.missing` when the caller may not know of it; `policy.*`; `assessment.kind`; `store.*`.
    pub async fn knowers(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<Vec<Knower>, Problem> {
        let record = self.readable_secret(caller, id, "knowers").await?;
        knowing(&self.world.read(), &record)
    }

    /// The questionnaire of the grading aid.
    #[must_use]
    pub fn grading_form(&self) -> Grading {
        self.world.read().catalog.grading.clone()
    }

    /// Suggests a grade; the year's revenue is the company's own unless another is given, for those who grade
    /// or read the settings. To anyone else, trying losses one after the other would tell the revenue.
    ///
    /// # Errors
    /// `grading.factor`, `grading.amount`.
    pub fn suggest_grade(&self, caller: &Caller, mut answers: Answers) -> Result<Suggestion, Problem> {
        let world = self.world.read();
        if answers.revenue_cents.is_none() && may_weigh(&world, caller)? {
            let revenue = settings::record(&world).ok().and_then(|r| r.data.get("revenue")?.get("cents")?.as_i64());
            answers.revenue_cents = revenue.filter(|cents| *cents > 0);
        }
        world.catalog.grading.suggest(world.grade_scheme(), &answers)
    }
}

/// May the caller have losses weighed against the company's revenue? Whoever registers secrets of some department, or reads the settings.
fn may_weigh(world: &World, caller: &Caller) -> Result<bool, Problem> {
    let asked = |action: Action, kind: &str, department: Option<Id>| -> Result<bool, Problem> {
        let target = world.target_of_kind(caller, world.kind(kind)?, department, Protection::None);
        Ok(world.rule(caller, action, &target).allowed)
    };
    if asked(Action::Read, "settings", None)? {
        return Ok(true);
    }
    for department in caller.view.heads.iter().copied().map(Some).chain([caller.view.department]) {
        if asked(Action::Create, SECRET, department)? {
            return Ok(true);
        }
    }
    Ok(false)
}

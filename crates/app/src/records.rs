//! Reading: briefs for lists, a record in full with what its reader may do, its time line.

mod names;

use std::{collections::BTreeMap, sync::Arc};

use jingui_kinds::{
    act::Facts as _,
    kind::{FieldType, Kind, Transition},
    people::{FileWay, file_way},
    record::{Pending, Record},
};
use jingui_model::{Data, Id, Instant, Problem, Text};
use jingui_policy::Action;
use serde::Serialize;
use serde_json::Value;

use crate::{
    law,
    live::Live,
    pipeline::History,
    refusal,
    world::{
        World,
        caller::Caller,
        list::ListQuery,
        table::{Row, Table},
    },
};
pub(crate) use names::name_graded;
pub use names::name_refs;

/// A record in a list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Brief {
    /// Id.
    pub id: Id,
    /// Kind.
    pub kind: String,
    /// Number; null when only its existence may be known and numbers say something.
    pub number: Option<String>,
    /// State.
    pub state: String,
    /// Code of the grade.
    pub grade: Option<String>,
    /// Title; null when only its existence may be known.
    pub title: Option<String>,
    /// Version.
    pub version: u64,
    /// Changed at.
    pub updated: Instant,
    /// Made at.
    pub created: Instant,
    /// Made by; null when only its existence may be known.
    pub creator: Option<Id>,
    /// How much of it may be known.
    pub visible: Visible,
    /// The list's columns; empty when only its existence may be known.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub data: Data,
}

/// How much of a record may be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visible {
    /// Title and columns.
    Full,
    /// That it exists.
    Existence,
}

/// A page of a list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BriefPage {
    /// The records.
    pub items: Vec<Brief>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// How many there are.
    pub total: u64,
    /// False when `total` is an upper bound.
    pub exact: bool,
    /// Titles of everything that is referred to, by id.
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, String>))]
    pub names: BTreeMap<Id, String>,
}

/// Something that can be done with a record.
#[derive(Debug, Clone, Serialize)]
pub struct Offer {
    /// Verb or transition.
    pub name: String,
    /// The button; none for built-in verbs, which the console names itself.
    pub label: Option<Text>,
    /// A verb that every kind has.
    pub built_in: bool,
    /// May the reader do it?
    pub allowed: bool,
    /// Shown as a dangerous button.
    pub danger: bool,
    /// Asked before doing.
    pub confirm: Option<Text>,
    /// Fields that it asks for.
    pub input: Vec<String>,
    /// Why not.
    #[serde(skip)]
    pub denied: Option<Problem>,
}

/// A record in full.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The record, without what never leaves the server.
    pub record: Record,
    /// Titles of everything it refers to.
    pub names: BTreeMap<Id, String>,
    /// What can be done.
    pub offers: Vec<Offer>,
    /// May its fields be edited now, by this reader?
    pub can_edit: bool,
    /// Records of other kinds that point at it.
    pub links: Vec<Link>,
    /// What of it would not hold by law.
    pub findings: Vec<law::Finding>,
}

/// Records of another kind that point at a record.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Link {
    /// Their kind.
    pub kind: String,
    /// The pointing field.
    pub field: String,
    /// What people read.
    pub label: Text,
    /// How many the reader may see.
    pub count: u64,
}

/// One line of a record's time line.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Ledger index.
    pub index: u64,
    /// What was done.
    pub act: String,
    /// When.
    pub at: Instant,
    /// By whom.
    pub actor: Id,
    /// Their name at the time.
    pub actor_name: String,
    /// Values that it set, by field.
    pub changes: BTreeMap<String, Value>,
    /// What those fields held before, where they held something.
    pub before: BTreeMap<String, Value>,
    /// Everything else that was committed to (note, states, address …).
    pub circumstances: BTreeMap<String, Value>,
    /// Under a signed checkpoint already?
    pub logged: bool,
}

impl Live {
    /// One page of a register.
    ///
    /// # Errors
    /// `kind.unknown`, `list.*`.
    pub fn list(&self, caller: &Caller, kind: &str, query: &ListQuery) -> Result<BriefPage, Problem> {
        let world = self.world.read();
        let table = world.table(kind)?;
        let page = world.list(caller, table, query)?;
        let mut names = BTreeMap::new();
        let mut items = Vec::with_capacity(page.rows.len());
        for (row, full) in page.rows {
            if let Some(found) = table.row(row) {
                items.push(brief(&world, table, found, full, &mut names)?);
            }
        }
        Ok(BriefPage { items, next: page.next, total: page.total, exact: page.exact, names })
    }

    /// A record in full; for graded records the reading is recorded first.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`.
    pub async fn read(self: &Arc<Self>, caller: &Caller, kind: &str, id: Id) -> Result<Detail, Problem> {
        self.access(caller, kind, id, Action::Read, "read", Data::new()).await?;
        self.expect_reading(id);
        self.detail(caller, id)
    }

    /// A record in full, without recording a reading: for the answer to the caller's own act on it.
    ///
    /// # Errors
    /// `record.missing` when the caller may not (any longer) read it.
    pub fn detail(&self, caller: &Caller, id: Id) -> Result<Detail, Problem> {
        let world = self.world.read();
        let record = world.record(id)?;
        let kind = Arc::clone(world.kind(&record.kind)?);
        let target = world.target(caller, &kind, &record);
        if !world.rule(caller, Action::Read, &target).allowed {
            return Err(Problem::missing("record.missing"));
        }
        let offers = offers(&world, &kind, &record, caller);
        let editable = kind.states.iter().any(|s| s.name == record.state && s.editable);
        let can_edit = editable && world.rule(caller, Action::Edit, &target).allowed;
        let links = links(&world, &record, caller);
        let mut names = BTreeMap::new();
        name_refs(&world, &kind.fields, &record.data, &mut names);
        name_graded(&world, caller, &kind.fields, &record.data, &mut names);
        for person in people_of(&record) {
            if let Some(title) = world.title(person) {
                names.insert(person, title.to_owned());
            }
        }
        let findings = law::findings(&self.laws, &world, &record, self.clock.now().day(world.zone()));
        Ok(Detail { record: public(&kind, record), names, offers, can_edit, links, findings })
    }

    /// The time line of a record, newest first.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`, `store.*`, `vault.*`.
    pub async fn history(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        id: Id,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Line>, Problem> {
        let readable = {
            let world = self.world.read();
            let record = world.record(id)?;
            let target = world.target(caller, world.kind(kind)?, &record);
            let readable = world.rule(caller, Action::Read, &target).allowed;
            if record.kind != kind || (!readable && !world.rule(caller, Action::Notice, &target).allowed) {
                return Err(Problem::missing("record.missing"));
            }
            let ruling = world.rule(caller, Action::History, &target);
            if !ruling.allowed {
                return Err(refusal::denied(Action::History, &ruling));
            }
            readable
        };
        let key = History::of(self, id).await?.ok_or_else(|| Problem::missing("record.missing"))?;
        let size = self.ledger.state().size;
        let mut lines = vec![];
        for event in self.store.events_of(id, before, limit.clamp(1, 200)).await? {
            let opened = key.open(&self.vault, &event)?;
            let mut line = Line {
                index: event.index,
                act: event.act.clone(),
                at: event.at,
                actor: event.actor,
                actor_name: opened.get("actor_name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                changes: BTreeMap::new(),
                before: BTreeMap::new(),
                circumstances: BTreeMap::new(),
                logged: event.index < size,
            };
            if readable {
                line.changes = opened.changes().into_iter().collect();
                let others = opened.circumstances().filter(|f| !matches!(f.name.as_str(), "actor" | "actor_name"));
                line.circumstances = others.map(|f| (f.name.clone(), f.value.clone())).collect();
            }
            lines.push(line);
        }
        self.values_before(id, &key, &mut lines).await?;
        Ok(lines)
    }

    /// Finds what the fields held before the lines of a page changed them, on the page and below it.
    async fn values_before(&self, id: Id, key: &History, lines: &mut [Line]) -> Result<(), Problem> {
        // Fields whose earlier value is not found yet, with the line that wants it.
        let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
        let mut found: Vec<(usize, String, Value)> = vec![];
        let mut last = None;
        for (place, line) in lines.iter().enumerate() {
            last = Some(line.index);
            for (field, value) in &line.changes {
                found.extend(wanted.insert(field.clone(), place).map(|later| (later, field.clone(), value.clone())));
            }
        }
        let mut looked = 0;
        while let Some(before) = last.filter(|_| !wanted.is_empty() && looked < LOOK_BACK) {
            let events = self.store.events_of(id, Some(before), LOOK_STRIDE).await?;
            last = events.last().map(|e| e.index);
            looked += events.len();
            for event in events.iter().filter(|e| !NOTES.contains(&e.act.as_str())) {
                for (field, value) in key.open(&self.vault, event)?.changes() {
                    found.extend(wanted.remove(&field).map(|later| (later, field, value)));
                }
            }
        }
        for (place, field, value) in found {
            if let Some(line) = lines.get_mut(place) {
                line.before.insert(field, value);
            }
        }
        Ok(())
    }
}

/// Events of one record that are looked through for values before a page; beyond them none is told.
const LOOK_BACK: usize = 20_000;
const LOOK_STRIDE: u32 = 500;
/// Acts that change nothing: they need not be opened to look for values.
const NOTES: &[&str] = &["read", "view_file", "open_file", "print_file", "denied", "export", "document"];

/// A row as a brief; `full` as the policies decided.
///
/// # Errors
/// `world.document`.
pub fn brief(world: &World, table: &Table, row: &Row, full: bool, names: &mut BTreeMap<Id, String>) -> Result<Brief, Problem> {
    let record = row.record()?;
    let grade = table.kind.graded.as_ref().and_then(|f| record.data.get(f)).and_then(Value::as_str).map(str::to_owned);
    let mut data = Data::new();
    if full {
        let shown: Vec<_> =
            table.kind.fields.iter().filter(|f| !f.internal && table.kind.list.columns.contains(&f.name)).cloned().collect();
        for field in &shown {
            if let Some(value) = record.data.get(&field.name) {
                data.insert(field.name.clone(), value.clone());
            }
        }
        name_refs(world, &shown, &data, names);
        strip_files(&shown, &mut data);
    }
    Ok(Brief {
        id: row.id,
        kind: table.kind.kind.clone(),
        number: row.number.as_deref().map(str::to_owned),
        state: row.state.to_string(),
        grade,
        title: full.then(|| row.title.to_string()),
        version: row.version,
        updated: row.updated,
        created: row.created,
        creator: full.then_some(record.creator),
        visible: if full { Visible::Full } else { Visible::Existence },
        data,
    })
}

/// The record without what never leaves the server.
#[must_use]
pub fn public(kind: &Kind, mut record: Record) -> Record {
    for field in kind.fields.iter().filter(|f| f.internal) {
        record.data.remove(&field.name);
    }
    strip_files(&kind.fields, &mut record.data);
    if let Some(Pending { input, .. }) = &mut record.pending {
        input.retain(|name, _| kind.field(name).is_none_or(|f| !f.internal));
        strip_files(&kind.fields, input);
    }
    record
}

fn strip_files(fields: &[jingui_kinds::kind::Field], data: &mut Data) {
    for field in fields.iter().filter(|f| matches!(f.ty, FieldType::Files {})) {
        for file in data.get_mut(&field.name).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(map) = file.as_object_mut() {
                map.remove("key");
                map.remove("object");
            }
        }
    }
}

fn people_of(record: &Record) -> Vec<Id> {
    let mut all = vec![record.creator];
    if let Some(pending) = &record.pending {
        all.push(pending.applicant);
        all.extend(pending.votes.iter().map(|v| v.by));
    }
    all.extend(record.acknowledged.keys().copied());
    all
}

fn links(world: &World, record: &Record, caller: &Caller) -> Vec<Link> {
    let mut links = vec![];
    for table in world.tables() {
        for field in &table.kind.fields {
            let points = matches!(&field.ty, FieldType::Ref { kind } | FieldType::Refs { kind } if *kind == record.kind);
            if !points || table.kind.group == "account" {
                continue;
            }
            let rows = world.pointing(&table.kind.kind, &field.name, record.id);
            if rows.is_empty() {
                continue;
            }
            let count = rows.intersection_len(&world.visible(caller, table, Action::Read));
            if count > 0 {
                links.push(Link { kind: table.kind.kind.clone(), field: field.name.clone(), label: field.label.clone(), count });
            }
        }
    }
    links
}

/// What can be done with a record in its state, and by this caller.
#[must_use]
pub fn offers(world: &World, kind: &Kind, record: &Record, caller: &Caller) -> Vec<Offer> {
    let target = world.target(caller, kind, record);
    let ask = |action: Action, target: &jingui_policy::Target| {
        let ruling = world.rule(caller, action, target);
        (!ruling.allowed).then(|| refusal::denied(action, &ruling))
    };
    let mut offers = vec![];
    let mut built_in = |name: &str, denied: Option<Problem>| {
        let denied_is_none = denied.is_none();
        offers.push(Offer {
            name: name.to_owned(),
            label: None,
            built_in: true,
            allowed: denied_is_none,
            danger: false,
            confirm: None,
            input: vec![],
            denied,
        });
    };
    let state = kind.states.iter().find(|s| s.name == record.state);
    if state.is_some_and(|s| s.editable) && !kind.fields.iter().all(|f| f.fixed || (f.internal && !f.typed)) {
        built_in("edit", ask(Action::Edit, &target));
    }
    if let Some(pending) = &record.pending {
        let mut vote = target.clone();
        vote.creator = Some(pending.applicant);
        let out =
            jingui_kinds::people::excluded(kind, record, &caller.view).map(|why| Problem::denied("approval.excluded").arg("because", why));
        let not_asked = (!jingui_kinds::people::asked(kind, record, &caller.view, world)).then(|| Problem::denied("approval.not_asked"));
        let why = out.or(not_asked).or_else(|| ask(Action::Decide, &vote));
        built_in("approve", why.clone());
        built_in("reject", why);
        if Some(pending.applicant) == caller.view.person {
            built_in("withdraw", None);
        }
    }
    if let (Some(rule), Some(me)) = (&kind.acknowledge, caller.view.person) {
        let asked = rule.states.contains(&record.state) && jingui_kinds::people::who_matches(&rule.by, kind, record, &caller.view);
        if asked && !record.acknowledged.contains_key(&me) {
            built_in("acknowledge", None);
        }
    }
    // Where files are changed by request, whoever adds one has to be able to ask for it.
    let ways: Vec<_> = kind.fields.iter().filter_map(|f| file_way(kind, record, &f.name, &caller.view, false)).collect();
    if let Some(way) = ways.first() {
        let request = if let FileWay::Asked(transition) = way { transition.action.parse().ok() } else { None };
        built_in("attach", ask(Action::Attach, &target).or_else(|| ask(request?, &target)));
    }
    for transition in jingui_kinds::people::available(kind, record) {
        if transition.system {
            continue;
        }
        offers.push(transition_offer(transition, transition.action.parse().ok().and_then(|action| ask(action, &target))));
    }
    offers
}

fn transition_offer(transition: &Transition, denied: Option<Problem>) -> Offer {
    Offer {
        name: transition.name.clone(),
        label: Some(transition.label.clone()),
        built_in: false,
        allowed: denied.is_none(),
        danger: transition.danger,
        confirm: transition.confirm.clone(),
        input: transition.input.clone(),
        denied,
    }
}

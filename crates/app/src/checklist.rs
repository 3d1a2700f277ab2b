//! People's joining, moving and leaving as a list of steps with their evidence (B 5.1.1, 5.1.3; H 8.2.3, 8.2.4): what is done, by whom and
//! when, what proves it, what is still missing and where to make it. Nothing here ticks anything: a step is done when its act was.

use std::sync::Arc;

use jingui_kinds::{
    act::Facts as _,
    checklist::{Need, given, needs, steps},
    flow::{Transition, Who},
    kind::{FieldType, Kind},
    people::ids,
    record::Record,
};
use jingui_model::{Data, Id, Instant, Problem, Text};
use jingui_policy::Action;
use serde::Serialize;

use crate::{
    live::Live,
    world::{World, caller::Caller},
};

/// Events of a record that are looked through for who did which step.
const EVENTS: u32 = 500;

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Done.
    Done,
    /// Now.
    Current,
    /// Later.
    Later,
}

/// A record that proves something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Proof {
    /// Its kind.
    pub kind: String,
    /// The record.
    pub id: Id,
    /// Number.
    pub number: Option<String>,
    /// Name, for those who may read it.
    pub name: Option<String>,
    /// State.
    pub state: String,
}

/// Records that stand in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InTheWay {
    /// Their kind.
    pub kind: String,
    /// What their kind is called.
    pub label: Text,
    /// The field by which to find them.
    pub field: String,
    /// Whom they name.
    pub of: Id,
    /// Their states.
    pub states: Vec<String>,
    /// How many.
    pub count: u64,
}

/// Something that a step needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StepNeed {
    /// What it is about, in words; none for a guard on several fields.
    pub label: Option<Text>,
    /// The field.
    pub field: Option<String>,
    /// It is there.
    pub met: bool,
    /// Why not: the code of the refusal that the act would meet.
    pub why: Option<String>,
    /// The same in words.
    pub words: Option<Text>,
    /// Records that prove it.
    pub proofs: Vec<Proof>,
    /// Records that stand in the way.
    pub in_the_way: Vec<InTheWay>,
    /// The kind of record that is missing and can be made.
    pub make: Option<String>,
    /// What a new one has to say.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub given: Data,
}

/// One way to do a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StepWay {
    /// The act.
    pub act: String,
    /// What it is called.
    pub label: Text,
    /// What it needs.
    pub needs: Vec<StepNeed>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChecklistStep {
    /// The state in which it is done.
    pub code: String,
    /// What has to be done.
    pub label: Text,
    /// How far it is.
    pub state: StepState,
    /// Who does it: the roles or persons of the state's work.
    pub who: Vec<String>,
    /// The role, when it is one.
    pub role: Option<String>,
    /// Who did it.
    pub by: Option<String>,
    /// When.
    pub at: Option<Instant>,
    /// Its ways; of a step that is done the one that was taken.
    pub ways: Vec<StepWay>,
}

/// The list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Checklist {
    /// The steps, in order.
    pub steps: Vec<ChecklistStep>,
    /// The record left the way before its end (refused, withdrawn).
    pub broken_off: bool,
}

struct Maker<'a> {
    live: &'a Live,
    world: &'a World,
    caller: &'a Caller,
    kind: &'a Kind,
    record: &'a Record,
}

impl Live {
    /// The steps of a record, as far as the caller may read it.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`; `store.*`.
    pub async fn checklist(self: &Arc<Self>, caller: &Caller, kind: &str, id: Id) -> Result<Checklist, Problem> {
        let part = Data::from([("part".to_owned(), serde_json::json!("checklist"))]);
        self.access(caller, kind, id, Action::Read, "read", part).await?;
        let events = self.store.events_of(id, None, EVENTS).await?;
        let world = self.world.read();
        let record = world.record(id)?;
        let kind = Arc::clone(world.kind(kind)?);
        let maker = Maker { live: self, world: &world, caller, kind: &kind, record: &record };
        let path = steps(&kind);
        let at = path.iter().position(|s| s.state == record.state);
        let ended = path.last().is_some_and(|s| s.to == record.state);
        let mut list = Checklist { broken_off: at.is_none() && !ended, ..Checklist::default() };
        for (n, step) in path.iter().enumerate() {
            // Newest first: the last time that it was done counts.
            let done = events.iter().find(|e| step.ways.iter().any(|w| w.name == e.act));
            let state = match at {
                Some(now) if n == now => StepState::Current,
                Some(now) if n < now => StepState::Done,
                Some(_) => StepState::Later,
                None if ended || done.is_some() => StepState::Done,
                None => StepState::Later,
            };
            let done = done.filter(|_| state == StepState::Done);
            let taken = |way: &&&Transition| state != StepState::Done || done.is_none_or(|e| e.act == way.name);
            let ways = step.ways.iter().filter(taken).map(|way| maker.way(way, state == StepState::Done)).collect();
            let todo = kind.state(step.state).and_then(|s| s.todo.as_ref());
            let label = todo.map(|t| t.label.clone()).or_else(|| step.ways.first().map(|w| w.label.clone())).unwrap_or_default();
            let (who, role) = maker.who(todo.map(|t| &t.by));
            list.steps.push(ChecklistStep {
                code: step.state.to_owned(),
                label,
                state,
                who,
                role,
                by: done.and_then(|e| world.title(e.actor)).map(str::to_owned),
                at: done.map(|e| e.at),
                ways,
            });
        }
        Ok(list)
    }
}

impl Maker<'_> {
    fn way(&self, way: &Transition, done: bool) -> StepWay {
        let today = self.live.clock.now().day(self.world.zone());
        let found = needs(self.kind, self.record, way, self.world, today);
        // What held when it was done need not hold for ever (a person who left holds no post): the evidence stands in the fields.
        let kept = found.iter().filter(|n| !done || n.guard.is_none());
        StepWay { act: way.name.clone(), label: way.label.clone(), needs: kept.map(|n| self.need(n, way, done)).collect() }
    }

    fn need(&self, need: &Need<'_>, way: &Transition, done: bool) -> StepNeed {
        let name = need.field.map(|f| f.name.clone());
        let other = need.field.and_then(|f| match &f.ty {
            FieldType::Ref { kind } | FieldType::Refs { kind } => Some(kind.as_str()),
            _ => None,
        });
        let problem = need.problem.as_ref().filter(|_| !done);
        let words = |lang| problem.map(|p| self.live.messages.problem(p, lang)).unwrap_or_default();
        let proofs: Vec<Proof> = match (&name, other, need.guard) {
            // Who it is about proves nothing.
            (Some(name), Some(kind), _) if kind != "person" => {
                ids(self.record.data.get(name)).into_iter().filter_map(|id| self.proof(id)).collect()
            }
            _ => vec![],
        };
        let in_the_way = need.blocking.iter().filter_map(|b| {
            let label = self.world.kind(&b.kind).ok()?.plural.clone();
            Some(InTheWay { kind: b.kind.clone(), label, field: b.field.clone(), of: b.id, states: b.states.clone(), count: b.count })
        });
        let makes = |kind: &&str| *kind != "person" && self.world.kind(kind).is_ok_and(|k| !k.arises);
        let make = other.filter(|_| problem.is_some() && need.blocking.is_empty() && proofs.is_empty()).filter(makes);
        let mut data: Data = name.as_deref().map(|n| given(way, n, self.record).into_iter().collect()).unwrap_or_default();
        if let Some(kind) = make.and_then(|k| self.world.kind(k).ok()) {
            for (theirs, own) in
                [(kind.about.as_ref(), self.kind.about.as_ref()), (kind.department.as_ref(), Some(&"department".to_owned()))]
            {
                if let (Some(theirs), Some(value)) = (theirs, own.and_then(|own| self.record.data.get(own))) {
                    data.entry(theirs.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        StepNeed {
            label: need.field.map(|f| f.label.clone()),
            field: name,
            met: problem.is_none(),
            why: problem.map(|p| p.code().to_owned()),
            words: problem.map(|_| Text { zh: words(jingui_model::Lang::Zh), en: words(jingui_model::Lang::En) }),
            proofs,
            in_the_way: in_the_way.collect(),
            given: if make.is_some() { data } else { Data::new() },
            make: make.map(str::to_owned),
        }
    }

    fn proof(&self, id: Id) -> Option<Proof> {
        let (table, _, row) = self.world.row(id)?;
        let record = row.record().ok()?;
        let target = self.world.target(self.caller, &table.kind, &record);
        if !self.world.known(self.caller, &target) {
            return None;
        }
        let reads = self.world.rule(self.caller, Action::Read, &target).allowed;
        Some(Proof {
            kind: table.kind.kind.clone(),
            id,
            number: record.number,
            name: reads.then(|| row.title.to_string()),
            state: record.state,
        })
    }

    /// Names of persons, or the code of a role.
    fn who(&self, who: Option<&Who>) -> (Vec<String>, Option<String>) {
        let named = |list: Vec<Id>| list.into_iter().filter_map(|id| self.world.title(id)).map(str::to_owned).collect();
        match who {
            Some(Who::Role(role)) => (vec![], Some(role.clone())),
            Some(Who::RoleIn { role, field }) => (named(ids(self.record.data.get(field))), Some(role.clone())),
            Some(Who::Field(field)) => (named(ids(self.record.data.get(field))), None),
            Some(Who::Creator) => (named(vec![self.record.creator]), None),
            Some(Who::Circle | Who::Everyone) | None => (vec![], None),
        }
    }
}

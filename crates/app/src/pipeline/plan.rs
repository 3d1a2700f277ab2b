//! Authorise and decide: from a command and the committed record to what shall be written.

use std::collections::HashMap;

use jingui_kinds::{
    act::{Act, Brief, Decision, Facts, Happening},
    decide::decide,
    kind::Kind,
    people::{FileWay, file_way},
    record::Record,
};
use jingui_model::{Clock, GradeScheme, Id, Instant, Problem, Protection, Rng, Zone};
use jingui_policy::{Action, Ruling};
use serde_json::Value;

use super::Command;
use crate::{
    refusal,
    world::{REMOVED, World},
};

/// Takes an imported record back; the system's alone. No transition can have this name.
pub(crate) const REMOVE: &str = "_remove";

/// The world with what earlier commands of the same transaction made.
pub(super) struct Fresh<'a> {
    pub world: &'a World,
    pub made: &'a HashMap<Id, Brief>,
}

impl Facts for Fresh<'_> {
    fn brief(&self, id: Id) -> Option<Brief> {
        self.made.get(&id).cloned().or_else(|| self.world.brief(id))
    }
    fn scheme(&self) -> &GradeScheme {
        self.world.scheme()
    }
    fn zone(&self) -> Zone {
        self.world.zone()
    }
    fn department(&self, record: Id) -> Option<Id> {
        self.world.department(record)
    }
    fn field(&self, record: Id, name: &str) -> Option<Value> {
        self.world.field(record, name)
    }
    fn closes_circle(&self, delegation: &Record) -> bool {
        self.world.closes_circle(delegation)
    }
    fn department_code(&self, department: Id) -> Option<String> {
        self.world.department_code(department)
    }
    fn count(&self, kind: &str, field: &str, id: Id, states: &[&str]) -> u64 {
        self.world.count(kind, field, id, states)
    }
}

/// A refusal, and whether it has to be recorded.
pub(super) struct Refused {
    pub problem: Problem,
    /// The denied action and the rules that struck, when a graded thing was asked for.
    pub witness: Option<(Action, Vec<String>)>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, witness: None }
    }
}

/// What is decided: the record, what happened, and the act's place in the policies' words.
pub(super) struct Plan {
    pub decision: Decision,
    pub protection: Protection,
}

/// The policy action behind a verb.
pub(super) fn policy_action(kind: &Kind, verb: &str) -> Result<Action, Problem> {
    Ok(match verb {
        "create" => Action::Create,
        "edit" => Action::Edit,
        "approve" | "reject" => Action::Decide,
        "withdraw" => Action::Submit,
        "attach" | "detach" | "mark" => Action::Attach,
        "acknowledge" => Action::Read,
        name => {
            let transition = kind.transitions.iter().find(|t| t.name == name);
            let transition =
                transition.ok_or_else(|| Problem::missing("act.unknown").arg("action", name.chars().take(64).collect::<String>()))?;
            transition.action.parse().map_err(|_| Problem::internal("act.policy_action").arg("act", name))?
        }
    })
}

/// The action of the request that a change to a record's files becomes, if it becomes one.
fn asked_by_file(kind: &Kind, current: Option<&Record>, command: &Command) -> Option<Action> {
    let remove = command.action == "detach";
    let field = command.input.get("field").and_then(Value::as_str).filter(|_| remove || command.action == "attach")?;
    match file_way(kind, current?, field, &command.caller.view, remove) {
        Some(FileWay::Asked(transition)) => transition.action.parse().ok(),
        _ => None,
    }
}

/// Decides a command on the committed record.
pub(super) fn plan(
    world: &World,
    made: &HashMap<Id, Brief>,
    current: Option<&Record>,
    command: &Command,
    clock: &dyn Clock,
    rng: &dyn Rng,
) -> Result<Plan, Refused> {
    let kind = world.kind(&command.kind)?;
    if let Some(record) = current
        && record.kind != kind.kind
    {
        return Err(Problem::missing("record.missing").into());
    }
    if current.is_some_and(|r| r.state == REMOVED) {
        return Err(Problem::missing("record.missing").into());
    }
    let caller = &command.caller;
    if command.action == REMOVE && caller.system {
        let record = current.ok_or_else(|| Problem::missing("record.missing"))?;
        return remove(world, kind, record, command, clock.now()).map_err(Refused::from);
    }
    let action = match policy_action(kind, &command.action) {
        Ok(action) => action,
        // Not even an act that there is not tells that there is a record.
        Err(_) if current.is_some_and(|r| !caller.system && !world.known(caller, &world.target(caller, kind, r))) => {
            return Err(Problem::missing("record.missing").into());
        }
        Err(problem) => return Err(problem.into()),
    };
    if !caller.system {
        authorise(world, kind, current, command, action)?;
        if let Some(request) = asked_by_file(kind, current, command) {
            authorise(world, kind, current, command, request)?;
        }
        super::refer::known(world, kind, current, caller, &command.input)?;
        if command.action == "acknowledge" && caller.actor.scopes.is_some() {
            // To have read and understood is a person's own statement.
            return Err(Problem::denied("policy.not_permitted").arg("action", action).arg("could", "").into());
        }
    }
    if let (Some(expected), Some(record)) = (command.expected_version, current)
        && expected != record.version
    {
        return Err(Problem::conflict("record.changed_meanwhile").arg("expected", expected).arg("version", record.version).into());
    }
    let new_id = command.new_id.unwrap_or_else(|| Id::new(clock, rng));
    let at: Instant = clock.now();
    let act = Act { action: &command.action, input: &command.input, actor: &caller.view, at, new_id, batch: command.batch };
    let decision = decide(&world.catalog, kind, current, &act, &Fresh { world, made })?;
    if current.is_none() && !caller.system {
        // The new record may be graded higher or belong elsewhere than the bare request showed.
        let target = world.target(caller, kind, &decision.record);
        deny(world.rule(caller, Action::Create, &target), Action::Create, target.protection)?;
    } else if let Some(before) = current
        && !caller.system
        && matches!(action, Action::Edit)
        && kind.department.as_ref().is_some_and(|d| before.data.get(d) != decision.record.data.get(d))
    {
        // Nobody edits a record out of or into a department that is not theirs; to have written it gives no right over another one.
        let mut target = world.target(caller, kind, &decision.record);
        target.creator = None;
        deny(world.rule(caller, action, &target), action, target.protection)?;
    }
    if let Some(before) = current {
        crate::preservation::keeps_files(world, before, &decision.record)?;
    }
    let protection = crate::world::extract::protection(kind, world.scheme(), &decision.record.data);
    Ok(Plan { decision, protection })
}

/// The record leaves every list; what it said stays sealed in the store, and that it was there in the ledger.
fn remove(world: &World, kind: &Kind, current: &Record, command: &Command, at: Instant) -> Result<Plan, Problem> {
    if let Some(expected) = command.expected_version
        && expected != current.version
    {
        return Err(Problem::conflict("record.changed_meanwhile").arg("expected", expected).arg("version", current.version));
    }
    let mut record = current.clone();
    record.version = current.version.saturating_add(1);
    record.updated = at;
    REMOVED.clone_into(&mut record.state);
    let happening = Happening {
        act: "remove".to_owned(),
        changes: std::collections::BTreeMap::new(),
        note: None,
        from: Some(current.state.clone()),
        to: REMOVED.to_owned(),
    };
    let protection = crate::world::extract::protection(kind, world.scheme(), &record.data);
    let decision = Decision { record, happenings: vec![happening], effects: vec![], number_series: None, unique: vec![] };
    Ok(Plan { decision, protection })
}

fn authorise(world: &World, kind: &Kind, current: Option<&Record>, command: &Command, action: Action) -> Result<(), Refused> {
    let caller = &command.caller;
    match current {
        Some(record) => {
            let mut target = world.target(caller, kind, record);
            if let (Action::Decide, Some(pending)) = (action, &record.pending) {
                target.creator = Some(pending.applicant);
            }
            if !world.known(caller, &target) {
                // Whoever may not know of a record does not learn from a refusal that it exists.
                let ruling = world.rule(caller, action, &target);
                let witness =
                    (target.protection > Protection::None).then(|| (action, ruling.because.iter().map(|p| p.id.clone()).collect()));
                return Err(Refused { problem: Problem::missing("record.missing"), witness });
            }
            deny(world.rule(caller, action, &target), action, target.protection)
        }
        None => {
            let department =
                kind.department.as_ref().and_then(|f| command.input.get(f)).and_then(Value::as_str).and_then(|s| s.parse().ok());
            let target = world.target_of_kind(caller, kind, department, Protection::None);
            deny(world.rule(caller, action, &target), action, target.protection)
        }
    }
}

fn deny(ruling: Ruling, action: Action, protection: Protection) -> Result<(), Refused> {
    if ruling.allowed {
        return Ok(());
    }
    let witness =
        (protection > Protection::None || ruling.error.is_some()).then(|| (action, ruling.because.iter().map(|p| p.id.clone()).collect()));
    Err(Refused { problem: refusal::denied(action, &ruling), witness })
}

//! A register's way as a checklist: the steps from the first state to the last, what each needs, and what of it is there
//! (B 5.1.1, 5.1.3; H 8.2.3, 8.2.4). All of it follows from states, transitions and guards: a step is done when its transition was, and
//! that asks for its evidence.

use jingui_model::{Id, Problem};

use crate::{
    act::{ActorView, Facts},
    flow::Transition,
    guards,
    kind::{Field, Kind},
    people::{ids, required_missing},
    record::Record,
    validate::empty,
};

/// One step: out of a state, by one of several ways into the next.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The state in which it is done.
    pub state: &'a str,
    /// The state that it leads to.
    pub to: &'a str,
    /// The transitions that do it.
    pub ways: Vec<&'a Transition>,
}

/// Records that stand in the way: those of a kind that name `id` in a field and are in one of the states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocking {
    /// Their kind.
    pub kind: String,
    /// Their field.
    pub field: String,
    /// Whom or what they name.
    pub id: Id,
    /// The states.
    pub states: Vec<String>,
    /// How many there are.
    pub count: u64,
}

/// Something that a step needs.
#[derive(Debug, Clone)]
pub struct Need<'a> {
    /// The field that has to be filled in, or that the guard speaks of.
    pub field: Option<&'a Field>,
    /// The guard's name; none for a field that has to be filled in.
    pub guard: Option<&'a str>,
    /// What speaks against it; nothing when it is there.
    pub problem: Option<Problem>,
    /// Records that stand in the way.
    pub blocking: Vec<Blocking>,
}

/// Guards that say who may do a step, not what it needs.
const ABOUT_ACTOR: &[&str] = &["actor_in", "actor_not", "actor_role", "of_department", "other_department"];

/// The steps from the first state on: each goes to the nearest later state that a person can reach. What turns back or breaks off is no step.
#[must_use]
pub fn steps(kind: &Kind) -> Vec<Step<'_>> {
    let place = |name: &str| kind.states.iter().position(|s| s.name == name);
    let mut steps: Vec<Step<'_>> = vec![];
    let mut at = 0;
    while let Some(state) = kind.states.get(at) {
        let onward = |t: &&Transition| !t.system && t.from.contains(&state.name) && place(&t.to).is_some_and(|to| to > at);
        let Some(to) = kind.transitions.iter().filter(onward).filter_map(|t| place(&t.to)).min() else { break };
        let Some(next) = kind.states.get(to) else { break };
        let ways = kind.transitions.iter().filter(onward).filter(|t| t.to == next.name).collect();
        steps.push(Step { state: &state.name, to: &next.name, ways });
        at = to;
    }
    steps
}

/// What a transition needs of the record as it is, whoever does it.
#[must_use]
pub fn needs<'a>(
    kind: &'a Kind,
    record: &Record,
    transition: &'a Transition,
    facts: &dyn Facts,
    today: jingui_model::Day,
) -> Vec<Need<'a>> {
    let missing: Vec<&str> = required_missing(kind, record, &transition.name).iter().map(|f| f.name.as_str()).collect();
    let wanted = kind.fields.iter().filter(|f| f.required_for.contains(&transition.name));
    let mut all: Vec<Need<'a>> = wanted
        .map(|field| {
            let problem = missing
                .contains(&field.name.as_str())
                .then(|| crate::validate::about(Problem::invalid("field.required"), field, &field.name));
            Need { field: Some(field), guard: None, problem, blocking: vec![] }
        })
        .collect();
    // A guard on who acts is for the act itself; the system passes it.
    let actor = ActorView { system: true, ..ActorView::default() };
    let scene = guards::Scene { kind, record, actor: &actor, today, facts };
    for guard in transition.requires.iter().filter(|g| !ABOUT_ACTOR.contains(&g.guard.as_str())) {
        let problem = guards::check(guard, &scene).err();
        let name = guard.arg.as_deref().and_then(|a| a.split([':', ',', '.']).next()).map(str::trim).unwrap_or_default();
        let field = kind.field(name);
        // A field that is not filled in yet was told above.
        let empty_field = field.is_some_and(|f| record.data.get(&f.name).is_none_or(empty));
        let told =
            problem.is_some() && empty_field && all.iter().any(|n| n.guard.is_none() && n.field.map(|f| &f.name) == field.map(|f| &f.name));
        if !told {
            let blocking = if problem.is_some() { blocking(&guard.guard, guard.arg.as_deref(), record, facts) } else { vec![] };
            all.push(Need { field, guard: Some(&guard.guard), problem, blocking });
        }
    }
    all
}

/// The records that a guard of the sort "none" met.
fn blocking(guard: &str, arg: Option<&str>, record: &Record, facts: &dyn Facts) -> Vec<Blocking> {
    let found = match (guard, arg) {
        ("none_for", Some(arg)) => guards::relating(arg).map(|(own, kind, field, states)| (ids(record.data.get(own)), kind, field, states)),
        ("none_in", Some(arg)) => guards::pointing(arg).map(|(kind, field, states)| (vec![record.id], kind, field, states)),
        _ => None,
    };
    let Some((of, kind, field, states)) = found else { return vec![] };
    let one = |id: Id| Blocking {
        kind: kind.to_owned(),
        field: field.to_owned(),
        id,
        states: states.iter().map(|s| (*s).to_owned()).collect(),
        count: facts.count(kind, field, id, &states),
    };
    of.into_iter().map(one).filter(|b| b.count > 0).collect()
}

/// What a new record in a field has to say so that it fits this one: `ref_same` read the other way round.
#[must_use]
pub fn given(transition: &Transition, field: &str, record: &Record) -> Vec<(String, serde_json::Value)> {
    let same = transition.requires.iter().filter(|g| g.guard == "ref_same").filter_map(|g| guards::same(g.arg.as_deref()?));
    same.filter(|(own, ..)| *own == field).filter_map(|(_, theirs, own)| Some((theirs.to_owned(), record.data.get(own)?.clone()))).collect()
}

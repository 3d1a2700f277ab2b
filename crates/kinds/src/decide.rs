//! What an act does to a record: the one function through which every change goes.
//!
//! `decide` is pure. It looks at the record, the act and a few facts, and answers with the record
//! as it will be, what happened, and the effects that follow, or with a refusal that names the
//! field and the reason. Whether the actor may act at all is the policy's question, asked before.

use std::collections::BTreeMap;

use jingui_model::{Data, Day, Id, Problem};
use serde_json::{Value, json};

use crate::{
    act::{Act, Decision, EffectCall, Facts, Happening},
    approval, files, guards,
    kind::{Field, Guard, Kind, SetValue, State, Transition},
    load::Catalog,
    number,
    once::unique,
    people::{editable, ids, required_missing, who_matches},
    record::Record,
    validate::{self, Context, about, empty},
};

/// Longest note on an act, in characters.
pub const ACT_NOTE_MAX: u32 = 2000;

/// Everything a decision is made from.
pub(crate) struct Deciding<'a> {
    pub catalog: &'a Catalog,
    pub kind: &'a Kind,
    pub act: &'a Act<'a>,
    pub facts: &'a dyn Facts,
    pub today: Day,
}

/// Decides an act.
///
/// # Errors
/// A [`Problem`] with a code of this crate: `act.*`, `state.*`, `field.*`, `guard.*`, `approval.*`,
/// `acknowledge.*`, `file.*`; several at once as `input.invalid`.
pub fn decide(catalog: &Catalog, kind: &Kind, current: Option<&Record>, act: &Act<'_>, facts: &dyn Facts) -> Result<Decision, Problem> {
    let cx = Deciding { catalog, kind, act, facts, today: act.at.day(facts.zone()) };
    let record = match (act.action, current) {
        ("create", None) => return cx.create(),
        ("create", Some(_)) => return Err(Problem::conflict("act.exists")),
        (_, None) => return Err(Problem::missing("record.missing")),
        (_, Some(record)) => record,
    };
    match act.action {
        "edit" => cx.edit(record),
        "approve" | "reject" => approval::vote(&cx, record, act.action == "approve"),
        "withdraw" => approval::withdraw(&cx, record),
        "attach" => files::attach(&cx, record),
        "detach" => files::detach(&cx, record),
        "mark" => files::mark(&cx, record),
        "acknowledge" => cx.acknowledge(record),
        name => match kind.transition(name) {
            Some(transition) => cx.transition(record, transition),
            None => Err(Problem::missing("act.unknown").arg("action", name.chars().take(40).collect::<String>())),
        },
    }
}

impl Deciding<'_> {
    /// Who acts; nil for the system.
    pub fn actor(&self) -> Id {
        self.act.actor.person.unwrap_or_else(Id::nil)
    }

    /// The input without its note, and the note.
    pub fn input(&self) -> Result<(Data, Option<String>), Problem> {
        let mut input = self.act.input.clone();
        let note = match input.remove("note") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => validate::lines(&text, ACT_NOTE_MAX).map_err(|p| p.at("note"))?,
            Some(_) => return Err(Problem::invalid("field.type").arg("wanted", "text").at("note")),
        };
        Ok((input, note))
    }

    /// The input of an act that takes nothing but a note.
    pub fn only_note(&self) -> Result<Option<String>, Problem> {
        let (input, note) = self.input()?;
        match input.keys().next() {
            None => Ok(note),
            Some(name) => Err(Problem::invalid("field.unknown").arg("name", name.chars().take(60).collect::<String>()).at(name.as_str())),
        }
    }

    /// A copy of the record, one version on.
    pub fn next(&self, record: &Record) -> Record {
        let mut next = record.clone();
        next.version = record.version.saturating_add(1);
        next.updated = self.act.at;
        next
    }

    /// A decision without effects.
    pub fn decision(&self, record: Record, happenings: Vec<Happening>, effects: &[String], caused_by: &str) -> Decision {
        let changed = |f: &str| happenings.iter().any(|h| h.changes.contains_key(f));
        let unique = unique(self.kind, &record.data).into_iter().filter(|u| u.fields.iter().any(|f| changed(f))).collect();
        let effects = effects.iter().map(|e| EffectCall { effect: e.clone(), transition: caused_by.to_owned() }).collect();
        Decision { record, happenings, effects, number_series: None, unique }
    }

    fn context(&self) -> Context<'_> {
        Context { catalog: self.catalog, facts: self.facts, system: self.act.actor.system, import: false }
    }

    fn create(&self) -> Result<Decision, Problem> {
        if self.kind.arises && !self.act.actor.system {
            return Err(Problem::denied("act.arises"));
        }
        let Some(first) = self.kind.states.first() else { return Err(Problem::internal("kind.stateless")) };
        let (input, note) = self.input()?;
        let mut problems = vec![];
        let context = Context { import: self.act.batch.is_some(), ..self.context() };
        let mut data = validate::data(&self.kind.fields, &input, context, &mut problems);
        for field in &self.kind.fields {
            if let Some(default) = &field.default
                && !self.act.input.contains_key(&field.name)
            {
                data.insert(field.name.clone(), default.clone());
            }
        }
        data.retain(|_, v| !v.is_null());
        let wrong: Vec<_> = problems.iter().filter_map(Problem::field).map(root).collect();
        let missing: Vec<_> =
            self.kind.fields.iter().filter(|f| f.required && !data.contains_key(&f.name) && !wrong.contains(&f.name.as_str())).collect();
        problems.extend(missing.into_iter().map(required));
        if let Some(problem) = Problem::many(problems) {
            return Err(problem);
        }
        let record = Record {
            id: self.act.new_id,
            kind: self.kind.kind.clone(),
            number: None,
            state: first.name.clone(),
            version: 1,
            created: self.act.at,
            creator: self.actor(),
            updated: self.act.at,
            data: data.clone(),
            pending: None,
            acknowledged: BTreeMap::new(),
            batch: self.act.batch,
        };
        self.holds(&record)?;
        let happening = Happening { act: "create".into(), changes: data, note, from: None, to: first.name.clone() };
        let mut decision = self.decision(record, vec![happening], &self.kind.on_create, "create");
        decision.number_series = self.kind.number.as_ref().map(|pattern| {
            let department = self.kind.department.as_ref().and_then(|f| ids(decision.record.data.get(f)).first().copied());
            let code = department.and_then(|id| self.facts.department_code(id));
            number::series(pattern, self.today, code.as_deref())
        });
        Ok(decision)
    }

    fn edit(&self, record: &Record) -> Result<Decision, Problem> {
        if !self.act.actor.system && !editable(self.kind, record) {
            return Err(self.state_refusal("state.not_editable", record, self.kind.states.iter().filter(|s| s.editable)));
        }
        let (input, note) = self.input()?;
        let mut problems = vec![];
        let clean = validate::data(&self.kind.fields, &input, self.context(), &mut problems);
        let mut next = self.next(record);
        let changes = merge(&mut next.data, clean);
        for field in self.kind.fields.iter().filter(|f| f.required && changes.contains_key(&f.name)) {
            if next.data.get(&field.name).is_none_or(empty) {
                problems.push(required(field));
            }
        }
        if let Some(problem) = Problem::many(problems) {
            return Err(problem);
        }
        if changes.is_empty() {
            return Err(Problem::conflict("act.nothing_changed"));
        }
        self.holds(&next)?;
        let happening = Happening { act: "edit".into(), changes, note, from: Some(record.state.clone()), to: record.state.clone() };
        Ok(self.decision(next, vec![happening], &[], "edit"))
    }

    fn transition(&self, record: &Record, transition: &Transition) -> Result<Decision, Problem> {
        let system = self.act.actor.system;
        if transition.system && !system {
            return Err(Problem::denied("act.system_only"));
        }
        if !transition.from.contains(&record.state) {
            let from = self.kind.states.iter().filter(|s| transition.from.contains(&s.name));
            let problem = self.state_refusal("state.not_allowed", record, from);
            return Err(problem.arg("action_zh", &transition.label.zh).arg("action_en", &transition.label.en));
        }
        if record.pending.is_some() && !system {
            return Err(Problem::conflict("approval.waiting"));
        }
        let (input, note) = self.input()?;
        let mut problems = vec![];
        if !system {
            for name in input.keys().filter(|n| !transition.input.contains(n)) {
                match self.kind.field(name) {
                    Some(field) => problems.push(about(Problem::invalid("field.not_in_input"), field, name)),
                    None => problems
                        .push(Problem::invalid("field.unknown").arg("name", name.chars().take(60).collect::<String>()).at(name.as_str())),
                }
            }
        }
        let known: Data = input.into_iter().filter(|(n, _)| system || transition.input.contains(n)).collect();
        let clean = validate::data(&self.kind.fields, &known, self.context(), &mut problems);
        self.go(record, transition, clean, problems, note)
    }

    /// Goes on with a transition whose input was checked, unless something speaks against it: at once, or by asking for approval.
    pub fn go(
        &self,
        record: &Record,
        transition: &Transition,
        clean: Data,
        mut problems: Vec<Problem>,
        note: Option<String>,
    ) -> Result<Decision, Problem> {
        let wrong: Vec<String> = problems.iter().filter_map(Problem::field).map(|f| root(f).to_owned()).collect();
        let mut next = self.next(record);
        next.pending = None;
        let changes = merge(&mut next.data, clean.clone());
        let missing = required_missing(self.kind, &next, &transition.name);
        problems.extend(missing.into_iter().filter(|f| !wrong.contains(&f.name)).map(required));
        if let Some(problem) = Problem::many(problems) {
            return Err(problem);
        }
        self.guards(transition, &next)?;
        if transition.approval.is_some() {
            return approval::start(self, record, transition, clean, note);
        }
        let actor = self.act.actor.person;
        let happening = self.arrive(&mut next, transition, changes, &record.state, &transition.name, note, actor, actor)?;
        Ok(self.decision(next, vec![happening], &transition.effects, &transition.name))
    }

    /// Checks what must hold of a record that a person makes or edits; the system's own steps come from acts that were checked.
    fn holds(&self, would_be: &Record) -> Result<(), Problem> {
        if self.act.actor.system { Ok(()) } else { self.check_all(&self.kind.holds, would_be) }
    }

    /// Checks the guards of a transition on the record as it would be.
    pub fn guards(&self, transition: &Transition, would_be: &Record) -> Result<(), Problem> {
        self.check_all(&transition.requires, would_be)
    }

    fn check_all(&self, all: &[Guard], would_be: &Record) -> Result<(), Problem> {
        let scene = guards::Scene { kind: self.kind, record: would_be, actor: self.act.actor, today: self.today, facts: self.facts };
        let problems = all.iter().filter_map(|g| guards::check(g, &scene).err()).collect();
        Problem::many(problems).map_or(Ok(()), Err)
    }

    /// Puts a record into the target state of a transition: sets its values, clears confirmations if it asks for new ones.
    #[expect(clippy::too_many_arguments, reason = "one call for plain and one for approved transitions")]
    pub fn arrive(
        &self,
        next: &mut Record,
        transition: &Transition,
        mut changes: BTreeMap<String, Value>,
        from: &str,
        act: &str,
        note: Option<String>,
        applicant: Option<Id>,
        last_approver: Option<Id>,
    ) -> Result<Happening, Problem> {
        let mut sets = Data::new();
        for (name, set) in &transition.sets {
            let person = |id: Option<Id>| id.map(|i| json!(i));
            let value = match set {
                SetValue::Today => Some(json!(self.today)),
                SetValue::Actor => person(self.act.actor.person),
                SetValue::Applicant => person(applicant),
                SetValue::LastApprover => person(last_approver),
                SetValue::TermEnd(term) => Some(term_end(next.data.get(term), Some(self.today))),
                SetValue::TermEndFrom { term, from } => {
                    let day = next.data.get(from).and_then(Value::as_str).and_then(|d| d.parse().ok());
                    Some(term_end(next.data.get(term), day))
                }
                SetValue::Text(text) => Some(json!(text)),
                SetValue::Flag(flag) => Some(json!(flag)),
            };
            if let Some(value) = value {
                sets.insert(name.clone(), value);
            }
        }
        changes.extend(merge(&mut next.data, sets));
        next.state.clone_from(&transition.to);
        next.pending = None;
        if self.kind.acknowledge.as_ref().is_some_and(|a| a.anew_after.contains(&transition.name)) {
            next.acknowledged.clear();
        }
        if self.kind.state(&transition.to).is_none() {
            return Err(Problem::internal("state.unknown").arg("state", &transition.to));
        }
        Ok(Happening { act: act.to_owned(), changes, note, from: Some(from.to_owned()), to: transition.to.clone() })
    }

    fn acknowledge(&self, record: &Record) -> Result<Decision, Problem> {
        let Some(rule) = &self.kind.acknowledge else { return Err(Problem::missing("acknowledge.none")) };
        let note = self.only_note()?;
        if !rule.states.contains(&record.state) {
            let states = self.kind.states.iter().filter(|s| rule.states.contains(&s.name));
            return Err(self.state_refusal("acknowledge.state", record, states));
        }
        let Some(person) = self.act.actor.person else { return Err(Problem::denied("acknowledge.not_asked")) };
        if !who_matches(&rule.by, self.kind, record, self.act.actor) {
            return Err(Problem::denied("acknowledge.not_asked"));
        }
        if record.acknowledged.contains_key(&person) {
            return Err(Problem::conflict("acknowledge.already"));
        }
        let mut next = self.next(record);
        next.acknowledged.insert(person, self.act.at);
        let happening = Happening {
            act: "acknowledge".into(),
            changes: BTreeMap::new(),
            note,
            from: Some(record.state.clone()),
            to: record.state.clone(),
        };
        Ok(self.decision(next, vec![happening], &[], "acknowledge"))
    }

    /// A refusal that names the state the record is in, and those in which the act is possible.
    pub fn state_refusal<'s>(&self, code: &'static str, record: &Record, possible: impl Iterator<Item = &'s State>) -> Problem {
        let (mut zh, mut en) = (vec![], vec![]);
        for state in possible {
            zh.push(state.label.zh.as_str());
            en.push(state.label.en.as_str());
        }
        let now = self.kind.state(&record.state).map(|s| &s.label);
        Problem::conflict(code)
            .arg("state", &record.state)
            .arg("state_zh", now.map_or(record.state.as_str(), |l| &l.zh))
            .arg("state_en", now.map_or(record.state.as_str(), |l| &l.en))
            .arg("from_zh", if zh.is_empty() { "—".to_owned() } else { zh.join("、") })
            .arg("from_en", if en.is_empty() { "—".to_owned() } else { en.join(", ") })
    }
}

/// Puts clean values into a record's data; returns what really changed (`null`: removed).
pub(crate) fn merge(data: &mut Data, clean: Data) -> BTreeMap<String, Value> {
    let mut changes = BTreeMap::new();
    for (name, value) in clean {
        if value.is_null() {
            if data.remove(&name).is_some() {
                changes.insert(name, Value::Null);
            }
        } else if data.get(&name) != Some(&value) {
            data.insert(name.clone(), value.clone());
            changes.insert(name, value);
        }
    }
    changes
}

/// The last day of a term that counts from a day; nothing for an open term.
#[must_use]
pub fn term_end(term: Option<&Value>, from: Option<Day>) -> Value {
    let months = term.and_then(|t| t.get("months")).and_then(Value::as_i64).and_then(|m| i32::try_from(m).ok());
    match (months, from) {
        (Some(months), Some(day)) => json!(day.plus_months(months)),
        _ => Value::Null,
    }
}

fn required(field: &Field) -> Problem {
    about(Problem::invalid("field.required"), field, &field.name)
}

fn root(path: &str) -> &str {
    path.split(['[', '.']).next().unwrap_or(path)
}

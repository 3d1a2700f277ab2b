//! Does the flow of a kind make sense? States that can be reached, transitions, approvals, guards,
//! effects, and the people who are asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    check::is_name,
    diagnose::Report,
    guards,
    kind::{ApprovalRule, Field, FieldType, Guard, Kind, SetValue, Transition, Who},
    names::{ACTIONS, BUILT_IN, EFFECTS, GUARDS, ROLES},
};

/// Checks the flow.
pub(crate) fn kind(kind: &Kind, all: &BTreeMap<String, Kind>, report: &mut Report) {
    if kind.states.is_empty() {
        report.add("states", "kind.empty_list", &[]);
    }
    let mut seen = BTreeSet::new();
    for (i, state) in kind.states.iter().enumerate() {
        let path = format!("states[{i}]");
        if !is_name(&state.name) {
            report.add(format!("{path}.name"), "kind.bad_name", &[("name", &state.name)]);
        }
        if !seen.insert(&state.name) {
            report.add(format!("{path}.name"), "kind.duplicate", &[("name", &state.name)]);
        }
        if let Some(todo) = &state.todo {
            who(&todo.by, &format!("{path}.todo.by"), kind, report);
            match &todo.due {
                Some(due) => field_is(due, &format!("{path}.todo.due"), kind, "day", |t| matches!(t, FieldType::Day {}), report),
                None if todo.days_before.is_some() => report.add(format!("{path}.todo"), "kind.missing_key", &[("key", "due")]),
                None => {}
            }
        }
        if let Some(ends) = &state.ends {
            field_is(&ends.after, &format!("{path}.ends.after"), kind, "day", |t| matches!(t, FieldType::Day {}), report);
            if !kind.transition(&ends.by).is_some_and(|t| t.from.contains(&state.name) && t.approval.is_none()) {
                report.add(format!("{path}.ends.by"), "kind.unknown_transition", &[("name", &ends.by)]);
            }
        }
    }
    for (i, guard) in kind.holds.iter().enumerate() {
        check_guard(kind, guard, &format!("holds[{i}]"), all, report);
    }
    effects(&kind.on_create, "on_create", report);
    let mut names = BTreeSet::new();
    for (i, transition) in kind.transitions.iter().enumerate() {
        let path = format!("transitions[{i}]");
        if !names.insert(&transition.name) {
            report.add(format!("{path}.name"), "kind.duplicate", &[("name", &transition.name)]);
        }
        one(kind, transition, &path, all, report);
    }
    if let Some(rule) = &kind.acknowledge {
        for (i, name) in rule.states.iter().enumerate() {
            state(name, &format!("acknowledge.states[{i}]"), kind, report);
        }
        who(&rule.by, "acknowledge.by", kind, report);
        for (i, name) in rule.anew_after.iter().enumerate() {
            if kind.transition(name).is_none() {
                report.add(format!("acknowledge.anew_after[{i}]"), "kind.unknown_transition", &[("name", name)]);
            }
        }
    }
    reachable(kind, report);
}

fn one(kind: &Kind, transition: &Transition, path: &str, all: &BTreeMap<String, Kind>, report: &mut Report) {
    if BUILT_IN.contains(&transition.name.as_str()) {
        report.add(format!("{path}.name"), "kind.reserved", &[("name", &transition.name)]);
    } else if !is_name(&transition.name) {
        report.add(format!("{path}.name"), "kind.bad_name", &[("name", &transition.name)]);
    }
    if transition.from.is_empty() {
        report.add(format!("{path}.from"), "kind.empty_list", &[]);
    }
    for (i, name) in transition.from.iter().enumerate() {
        state(name, &format!("{path}.from[{i}]"), kind, report);
    }
    state(&transition.to, &format!("{path}.to"), kind, report);
    if !ACTIONS.contains(&transition.action.as_str()) {
        report.add(format!("{path}.action"), "kind.unknown_action", &[("value", &transition.action), ("known", &ACTIONS.join(", "))]);
    }
    for (i, name) in transition.input.iter().enumerate() {
        let at = format!("{path}.input[{i}]");
        match kind.field(name) {
            None => report.add(at, "kind.unknown_field", &[("name", name)]),
            Some(field) if field.fixed || (field.internal && !field.typed) => report.add(at, "kind.input_fixed", &[("name", name)]),
            Some(_) => {}
        }
    }
    for (i, guard) in transition.requires.iter().enumerate() {
        check_guard(kind, guard, &format!("{path}.requires[{i}]"), all, report);
    }
    effects(&transition.effects, &format!("{path}.effects"), report);
    follow(kind, transition, path, all, report);
    for (name, set) in &transition.sets {
        check_set(kind, name, set, &format!("{path}.sets.{name}"), report);
    }
    if let Some(rule) = &transition.approval {
        approval(kind, transition, rule, &format!("{path}.approval"), report);
    }
}

fn approval(kind: &Kind, transition: &Transition, rule: &ApprovalRule, path: &str, report: &mut Report) {
    state(&rule.during, &format!("{path}.during"), kind, report);
    state(&rule.rejected, &format!("{path}.rejected"), kind, report);
    if kind.state(&rule.during).is_some_and(|s| s.editable) {
        report.add(format!("{path}.during"), "kind.during_editable", &[("name", &rule.during)]);
    }
    if transition.from.contains(&rule.during) || transition.to == rule.during || kind.states.first().is_some_and(|s| s.name == rule.during)
    {
        report.add(format!("{path}.during"), "kind.during_shared", &[("name", &rule.during)]);
    }
    if transition.system {
        report.add(path, "kind.system_approval", &[("name", &transition.name)]);
    }
    if rule.steps.iter().all(|s| s.from_protection.is_some()) {
        report.add(format!("{path}.steps"), "kind.approval_empty", &[]);
    }
    for (i, step) in rule.steps.iter().enumerate() {
        let at = format!("{path}.steps[{i}]");
        who(&step.by, &format!("{at}.by"), kind, report);
        if step.quorum == 0 || step.quorum_core.is_some_and(|q| q < step.quorum) {
            report.add(format!("{at}.quorum"), "kind.quorum", &[]);
        }
        if (step.from_protection.is_some() || step.quorum_core.is_some()) && kind.graded.is_none() {
            report.add(at, "kind.not_graded", &[]);
        }
    }
}

fn check_guard(kind: &Kind, guard: &Guard, path: &str, all: &BTreeMap<String, Kind>, report: &mut Report) {
    let arg = guard.arg.as_deref().unwrap_or("");
    let at = format!("{path}.arg");
    if !GUARDS.iter().any(|(name, _)| *name == guard.guard) {
        let known: Vec<_> = GUARDS.iter().map(|(name, _)| *name).collect();
        report.add(path, "kind.unknown_guard", &[("value", &guard.guard), ("known", &known.join(", "))]);
        return;
    }
    match guard.guard.as_str() {
        "circle_not_empty" => {
            if kind.circle.is_empty() {
                report.add(path, "kind.no_circle", &[]);
            }
        }
        "any_of" | "differs" => {
            for name in arg.split(',').map(str::trim) {
                field_is(name, &at, kind, "", |_| true, report);
            }
        }
        "min_rows" => field_is(arg, &at, kind, "rows", |t| matches!(t, FieldType::Rows { .. }), report),
        "is_true" => field_is(arg, &at, kind, "flag", |t| matches!(t, FieldType::Flag {}), report),
        "actor_role" => {
            for role in arg.split(',').map(str::trim).filter(|r| !ROLES.contains(r)) {
                report.add(&at, "kind.unknown_role", &[("value", role), ("known", &ROLES.join(", "))]);
            }
        }
        "not_excluded" | "excluded" => {
            field_is(arg, &at, kind, "taxonomy, choice", |t| matches!(t, FieldType::Taxonomy { .. } | FieldType::Choice { .. }), report)
        }
        "term_fits_grade" => {
            let (term, grade) = arg.split_once(',').map_or((arg, None), |(t, g)| (t.trim(), Some(g.trim())));
            field_is(term, &at, kind, "term", |t| matches!(t, FieldType::Term {}), report);
            match grade {
                Some(grade) => field_is(grade, &at, kind, "grade", |t| matches!(t, FieldType::Grade {}), report),
                None if kind.graded.is_none() => report.add(path, "kind.not_graded", &[]),
                None => {}
            }
        }
        "day_not_past" | "day_not_future" => field_is(arg, &at, kind, "day", |t| matches!(t, FieldType::Day {}), report),
        "actor_in" | "actor_not" => {
            field_is(arg, &at, kind, "ref(s)", |t| matches!(t, FieldType::Ref { .. } | FieldType::Refs { .. }), report)
        }
        "other_department" => {
            field_is(arg, &at, kind, "ref department", |t| matches!(t, FieldType::Ref { kind } if kind == "department"), report)
        }
        "of_department" => match guards::target(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "field: role,role")]),
            Some((name, roles)) => {
                field_is(name, &at, kind, "ref department", |t| matches!(t, FieldType::Ref { kind } if kind == "department"), report);
                for role in roles.into_iter().filter(|r| !ROLES.contains(r)) {
                    report.add(&at, "kind.unknown_role", &[("value", role), ("known", &ROLES.join(", "))]);
                }
            }
        },
        "ref_department" => {
            let (name, department) = arg.split_once(',').map_or((arg, ""), |(n, d)| (n.trim(), d.trim()));
            field_is(name, &at, kind, "ref", |t| matches!(t, FieldType::Ref { .. }), report);
            field_is(department, &at, kind, "ref department", |t| matches!(t, FieldType::Ref { kind } if kind == "department"), report);
        }
        "ref_state" | "list_open" => match guards::target(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "field: state,state")]),
            Some((name, states)) => match kind.field(name).map(|f| &f.ty) {
                Some(FieldType::Ref { kind: other } | FieldType::Refs { kind: other }) => foreign(other, &states, &at, all, report),
                _ => report.add(at, "kind.unknown_field", &[("name", name)]),
            },
        },
        "none_in" | "some_in" => match guards::pointing(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "kind.field: state,state")]),
            Some((other, name, states)) => {
                let points = |f: &Field| matches!(&f.ty, FieldType::Ref { kind: k } | FieldType::Refs { kind: k } if *k == kind.kind);
                if all.get(other).is_some_and(|k| k.field(name).is_some_and(points)) {
                    foreign(other, &states, &at, all, report);
                } else {
                    report.add(at, "kind.unknown_field", &[("name", &format!("{other}.{name}"))]);
                }
            }
        },
        _ => check_beyond(kind, guard, path, all, report),
    }
}

/// The guards that look beyond the record, and those that take just a field.
fn check_beyond(kind: &Kind, guard: &Guard, path: &str, all: &BTreeMap<String, Kind>, report: &mut Report) {
    let arg = guard.arg.as_deref().unwrap_or("");
    let at = format!("{path}.arg");
    match guard.guard.as_str() {
        "at_least" | "at_least_core" => match guards::target(arg).map(|(name, count)| (name, count.join(",").parse::<usize>())) {
            Some((name, Ok(_))) => {
                field_is(name, &at, kind, "refs, tags", |t| matches!(t, FieldType::Refs { .. } | FieldType::Tags { .. }), report);
                if guard.guard == "at_least_core" && kind.graded.is_none() {
                    report.add(path, "kind.not_graded", &[]);
                }
            }
            _ => report.add(at, "kind.guard_argument", &[("wanted", "field: 2")]),
        },
        "among" | "among_important" | "among_core" => match guards::target(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "field: code,code")]),
            Some((name, codes)) => {
                let known = |t: &FieldType| match t {
                    FieldType::Choice { options } => codes.iter().all(|c| options.iter().any(|o| o.code == *c)),
                    _ => false,
                };
                field_is(name, &at, kind, "choice", known, report);
                if guard.guard != "among" && kind.graded.is_none() {
                    report.add(path, "kind.not_graded", &[]);
                }
            }
        },
        "network_ranges" => field_is(arg, &at, kind, "tags", |t| matches!(t, FieldType::Tags { .. }), report),
        "answers_fit" => match guards::answers(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "type, right, option_")]),
            Some((sort, right, _)) => {
                field_is(sort, &at, kind, "choice", |t| matches!(t, FieldType::Choice { .. }), report);
                field_is(right, &at, kind, "choices", |t| matches!(t, FieldType::Choices { .. }), report);
            }
        },
        "some_for" | "none_for" => match guards::relating(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "field: kind.field: state,state")]),
            Some((name, other, field, states)) => {
                let own = referred(kind, name);
                let theirs = all.get(other).and_then(|k| referred(k, field));
                if own.is_none() || own != theirs {
                    report.add(at, "kind.unknown_field", &[("name", &format!("{name}, {other}.{field}"))]);
                } else {
                    foreign(other, &states, &at, all, report);
                }
            }
        },
        "ref_valid" => match guards::target(arg) {
            Some((name, days)) if days.len() == 1 => {
                let day = |k: &Kind| days.iter().all(|d| k.field(d).is_some_and(|f| matches!(f.ty, FieldType::Day {})));
                other_kind(kind, name, &at, all, day, report);
            }
            _ => report.add(at, "kind.guard_argument", &[("wanted", "field: day")]),
        },
        "filled_when" => match guards::when(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "field: code: other")]),
            Some((name, code, wanted)) => {
                let known = |t: &FieldType| matches!(t, FieldType::Choice { options } if options.iter().any(|o| o.code == code));
                field_is(name, &at, kind, "choice", known, report);
                field_is(wanted, &at, kind, "", |_| true, report);
            }
        },
        "day_order" => match guards::pair(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "first, last")]),
            Some((first, last)) => {
                for name in [first, last] {
                    field_is(name, &at, kind, "day", |t| matches!(t, FieldType::Day {}), report);
                }
            }
        },
        "spans" => match guards::span(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "first, last: days")]),
            Some((first, last, _)) => {
                for name in [first, last] {
                    field_is(name, &at, kind, "day", |t| matches!(t, FieldType::Day {}), report);
                }
            }
        },
        "self_or_role" => match guards::target(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "field: role,role")]),
            Some((name, roles)) => {
                let person = |t: &FieldType| matches!(t, FieldType::Ref { .. } | FieldType::Refs { .. });
                field_is(name, &at, kind, "ref person", person, report);
                for role in roles.into_iter().filter(|r| !ROLES.contains(r)) {
                    report.add(&at, "kind.unknown_role", &[("value", role), ("known", &ROLES.join(", "))]);
                }
            }
        },
        "no_circle" => {}
        "ref_same" => match guards::same(arg) {
            None => report.add(at, "kind.guard_argument", &[("wanted", "field.theirs, own")]),
            Some((name, theirs, own)) => {
                field_is(own, &at, kind, "", |_| true, report);
                other_kind(kind, name, &at, all, |k| k.field(theirs).is_some(), report);
            }
        },
        _ => field_is(arg, &at, kind, "", |_| true, report),
    }
}

/// The field refers to records of a kind that is as it must be.
fn other_kind(kind: &Kind, name: &str, at: &str, all: &BTreeMap<String, Kind>, good: impl Fn(&Kind) -> bool, report: &mut Report) {
    // A kind that is not there was reported where the field names it.
    let right = referred(kind, name).is_some_and(|other| all.get(other).is_none_or(good));
    if !right {
        report.add(at, "kind.unknown_field", &[("name", name)]);
    }
}

/// The kind that a field refers to.
fn referred<'a>(kind: &'a Kind, name: &str) -> Option<&'a str> {
    match &kind.field(name)?.ty {
        FieldType::Ref { kind } | FieldType::Refs { kind } => Some(kind),
        _ => None,
    }
}

/// What follows on other records: fields and transitions that exist on both sides (the effect does it as the system).
fn follow(kind: &Kind, transition: &Transition, path: &str, all: &BTreeMap<String, Kind>, report: &mut Report) {
    if transition.follow.is_empty() == transition.effects.iter().any(|e| e == "follow") {
        report.add(path, "kind.follow_effect", &[]);
    }
    for (i, follow) in transition.follow.iter().enumerate() {
        let at = format!("{path}.follow[{i}]");
        let name = match (&follow.on, &follow.act, &follow.make) {
            (Some(on), Some(_), None) => referred(kind, on),
            (None, None, Some(make)) => Some(make.as_str()),
            _ => None,
        };
        let Some(name) = name else {
            report.add(at, "kind.follow_form", &[]);
            continue;
        };
        let Some(other) = all.get(name) else {
            if follow.make.is_some() {
                report.add(format!("{at}.make"), "kind.unknown_kind", &[("name", name)]);
            }
            continue;
        };
        if let Some(act) = follow.act.as_ref().filter(|act| *act != "edit" && other.transition(act).is_none()) {
            report.add(format!("{at}.act"), "kind.unknown_transition", &[("name", act)]);
        }
        for (theirs, own) in &follow.with {
            let known = own == "record" || own.starts_with('=') || kind.field(own).is_some();
            if !known || other.field(theirs).is_none() {
                report.add(format!("{at}.with.{theirs}"), "kind.unknown_field", &[("name", &format!("{theirs}: {own}"))]);
            }
        }
    }
}

fn foreign(other: &str, states: &[&str], path: &str, all: &BTreeMap<String, Kind>, report: &mut Report) {
    let Some(other) = all.get(other) else { return };
    for name in states {
        if other.state(name).is_none() {
            report.add(path, "kind.unknown_state", &[("name", name)]);
        }
    }
}

fn check_set(kind: &Kind, name: &str, set: &SetValue, path: &str, report: &mut Report) {
    let Some(field) = kind.field(name) else { return report.add(path, "kind.unknown_field", &[("name", name)]) };
    let (wanted, good) = match (set, &field.ty) {
        (SetValue::Today, ty) => ("day", matches!(ty, FieldType::Day {})),
        (SetValue::Actor | SetValue::Applicant | SetValue::LastApprover, ty) => {
            ("ref person", matches!(ty, FieldType::Ref { kind } if kind == "person"))
        }
        (SetValue::TermEnd(term), ty) => {
            field_is(term, path, kind, "term", |t| matches!(t, FieldType::Term {}), report);
            ("day", matches!(ty, FieldType::Day {}))
        }
        (SetValue::TermEndFrom { term, from }, ty) => {
            field_is(term, path, kind, "term", |t| matches!(t, FieldType::Term {}), report);
            field_is(from, path, kind, "day", |t| matches!(t, FieldType::Day {}), report);
            ("day", matches!(ty, FieldType::Day {}))
        }
        (SetValue::Text(text), FieldType::Choice { options }) => ("choice", options.iter().any(|o| o.code == *text)),
        (SetValue::Text(_), ty) => ("text", matches!(ty, FieldType::Text { .. } | FieldType::Note { .. })),
        (SetValue::Flag(_), ty) => ("flag", matches!(ty, FieldType::Flag {})),
    };
    if !good {
        report.add(path, "kind.field_type", &[("name", name), ("wanted", wanted)]);
    }
}

fn effects(list: &[String], path: &str, report: &mut Report) {
    for (i, name) in list.iter().enumerate() {
        if !EFFECTS.iter().any(|(known, _)| known == name) {
            let known: Vec<_> = EFFECTS.iter().map(|(name, _)| *name).collect();
            report.add(format!("{path}[{i}]"), "kind.unknown_effect", &[("value", name), ("known", &known.join(", "))]);
        }
    }
}

fn who(who: &Who, path: &str, kind: &Kind, report: &mut Report) {
    let role = |role: &str, report: &mut Report| {
        if !ROLES.contains(&role) {
            report.add(path, "kind.unknown_role", &[("value", role), ("known", &ROLES.join(", "))]);
        }
    };
    match who {
        Who::Role(name) => role(name, report),
        Who::RoleIn { role: name, field } => {
            role(name, report);
            field_is(
                field,
                path,
                kind,
                "ref department",
                |t| matches!(t, FieldType::Ref { kind } | FieldType::Refs { kind } if kind == "department"),
                report,
            );
        }
        Who::Field(field) => {
            let good =
                |t: &FieldType| matches!(t, FieldType::Ref { kind } | FieldType::Refs { kind } if kind == "person" || kind == "post");
            field_is(field, path, kind, "ref(s) person, post", good, report);
        }
        Who::Circle if kind.circle.is_empty() => report.add(path, "kind.no_circle", &[]),
        Who::Circle | Who::Creator | Who::Everyone => {}
    }
}

fn state(name: &str, path: &str, kind: &Kind, report: &mut Report) {
    if kind.state(name).is_none() {
        report.add(path, "kind.unknown_state", &[("name", name)]);
    }
}

fn field_is(name: &str, path: &str, kind: &Kind, wanted: &str, good: impl Fn(&FieldType) -> bool, report: &mut Report) {
    match kind.field(name) {
        None => report.add(path, "kind.unknown_field", &[("name", name)]),
        Some(field) if !good(&field.ty) => report.add(path, "kind.field_type", &[("name", name), ("wanted", wanted)]),
        Some(_) => {}
    }
}

/// Every state must be reachable from the first, or nobody would ever see it.
fn reachable(kind: &Kind, report: &mut Report) {
    let Some(first) = kind.states.first() else { return };
    let mut reached = BTreeSet::from([first.name.as_str()]);
    loop {
        let before = reached.len();
        for transition in &kind.transitions {
            if transition.from.iter().any(|f| reached.contains(f.as_str())) {
                reached.insert(&transition.to);
                if let Some(rule) = &transition.approval {
                    reached.extend([rule.during.as_str(), rule.rejected.as_str()]);
                }
            }
        }
        if reached.len() == before {
            break;
        }
    }
    for (i, state) in kind.states.iter().enumerate().filter(|(_, s)| !reached.contains(s.name.as_str())) {
        report.add(format!("states[{i}].name"), "kind.unreachable", &[("name", &state.name)]);
    }
}

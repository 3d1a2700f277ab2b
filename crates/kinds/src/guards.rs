//! Guards: the conditions that transitions name (`requires`), each a few lines. The words stand
//! in [`crate::names::GUARDS`]; the loader checks names and arguments.

use jingui_model::{Day, NetworkRange, Problem, Protection};
use serde_json::Value;

use crate::{
    act::{ActorView, Facts},
    kind::{Field, FieldType, Guard, Kind},
    people::{has_role, ids, named_in, protection},
    record::Record,
    validate::{about, empty},
};

/// What a guard looks at: the record as it would be, who acts, and the day.
pub(crate) struct Scene<'a> {
    pub kind: &'a Kind,
    pub record: &'a Record,
    pub actor: &'a ActorView,
    pub today: Day,
    pub facts: &'a dyn Facts,
}

/// Splits `field: a,b`.
pub(crate) fn target(arg: &str) -> Option<(&str, Vec<&str>)> {
    let (field, states) = arg.split_once(':')?;
    let states: Vec<_> = states.split(',').map(str::trim).filter(|s| !s.is_empty()).collect();
    (!states.is_empty()).then_some((field.trim(), states))
}

/// Splits `kind.field: a,b`.
pub(crate) fn pointing(arg: &str) -> Option<(&str, &str, Vec<&str>)> {
    let (place, states) = target(arg)?;
    let (kind, field) = place.split_once('.')?;
    Some((kind, field, states))
}

/// Splits `own: kind.field: a,b`.
pub(crate) fn relating(arg: &str) -> Option<(&str, &str, &str, Vec<&str>)> {
    let (own, rest) = arg.split_once(':')?;
    let (kind, field, states) = pointing(rest.trim())?;
    Some((own.trim(), kind, field, states))
}

/// Splits `field.theirs, own`.
pub(crate) fn same(arg: &str) -> Option<(&str, &str, &str)> {
    let (place, own) = arg.split_once(',')?;
    let (field, theirs) = place.trim().split_once('.')?;
    Some((field, theirs, own.trim()))
}

/// Splits `field: code: other`.
pub(crate) fn when(arg: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = arg.split_once(':')?;
    let (code, wanted) = rest.split_once(':')?;
    Some((name.trim(), code.trim(), wanted.trim()))
}

/// Splits `a, b`.
pub(crate) fn pair(arg: &str) -> Option<(&str, &str)> {
    arg.split_once(',').map(|(a, b)| (a.trim(), b.trim()))
}

/// Splits `from, to: 90`.
pub(crate) fn span(arg: &str) -> Option<(&str, &str, i32)> {
    let (days, count) = arg.split_once(':')?;
    let (first, last) = pair(days)?;
    Some((first, last, count.trim().parse().ok().filter(|n| *n > 0)?))
}

/// Holds, or says why not. An unknown guard never holds.
pub(crate) fn check(guard: &Guard, scene: &Scene<'_>) -> Result<(), Problem> {
    let arg = guard.arg.as_deref().unwrap_or("");
    let value = |name: &str| scene.record.data.get(name).filter(|v| !empty(v));
    let day = |name: &str| value(name).and_then(Value::as_str).and_then(|s| s.parse::<Day>().ok());
    let field = scene.kind.field(arg);
    let fail = |code: &'static str| {
        let problem = Problem::conflict(code);
        Err(field.map_or_else(|| problem.clone(), |f| about(problem.clone(), f, &f.name)))
    };
    let holds = |ok: bool, code| if ok { Ok(()) } else { fail(code) };
    match guard.guard.as_str() {
        "min_rows" => {
            let want = match field.map(|f| &f.ty) {
                Some(FieldType::Rows { min, .. }) => min.unwrap_or(1).max(1) as usize,
                _ => 1,
            };
            let have = value(arg).and_then(Value::as_array).map_or(0, Vec::len);
            if have >= want { Ok(()) } else { fail("guard.min_rows").map_err(|p: Problem| p.arg("min", want).arg("have", have)) }
        }
        "not_empty" => holds(value(arg).is_some(), "guard.not_empty"),
        "any_of" => {
            let names: Vec<_> = arg.split(',').map(str::trim).collect();
            if names.iter().any(|n| value(n).is_some()) {
                Ok(())
            } else {
                Err(labels(Problem::conflict("guard.any_of"), scene.kind, &names))
            }
        }
        "is_true" => holds(value(arg) == Some(&Value::Bool(true)), "guard.is_true"),
        "not_excluded" => match value(arg).and_then(Value::as_str) {
            None => fail("guard.exclusion_open"),
            Some("none") => Ok(()),
            Some(_) => fail("guard.excluded"),
        },
        "excluded" => match value(arg).and_then(Value::as_str) {
            None => fail("guard.exclusion_open"),
            Some("none") => fail("guard.exclusion_reason"),
            Some(_) => Ok(()),
        },
        "circle_not_empty" => {
            let names: Vec<_> = scene.kind.circle.iter().map(String::as_str).collect();
            let any = names.iter().any(|n| !ids(scene.record.data.get(*n)).is_empty());
            if any { Ok(()) } else { Err(labels(Problem::conflict("guard.circle_not_empty"), scene.kind, &names)) }
        }
        "term_fits_grade" => {
            let (term, grade) = arg.split_once(',').map_or((arg, scene.kind.graded.as_deref()), |(t, g)| (t.trim(), Some(g.trim())));
            term_fits(scene, scene.kind.field(term), value(term), grade.and_then(value).and_then(Value::as_str))
        }
        "differs" => {
            let names: Vec<_> = arg.split(',').map(str::trim).collect();
            let same = matches!(names.as_slice(), [a, b] if value(a) == value(b));
            if same { Err(labels(Problem::conflict("guard.differs"), scene.kind, &names)) } else { Ok(()) }
        }
        "day_not_past" => holds(day(arg).is_none_or(|d| d >= scene.today), "guard.day_not_past"),
        "day_not_future" => holds(day(arg).is_none_or(|d| d <= scene.today), "guard.day_not_future"),
        "ref_state" => ref_state(scene, arg, "guard.ref_state"),
        "list_open" => ref_state(scene, arg, "guard.list_open"),
        "ref_department" => {
            let (name, department) = arg.split_once(',').map_or((arg, ""), |(n, d)| (n.trim(), d.trim()));
            let one = |name: &str| ids(scene.record.data.get(name)).first().copied();
            let of = one(name).and_then(|id| scene.facts.department(id));
            let same = of.is_some() && of == one(department);
            if same { Ok(()) } else { Err(labels(Problem::conflict("guard.ref_department"), scene.kind, &[department, name])) }
        }
        "of_department" => {
            let Some((name, roles)) = target(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let keeps = ids(scene.record.data.get(name)).iter().any(|d| scene.actor.heads.contains(d));
            let ok = scene.actor.system || keeps || roles.iter().any(|role| has_role(scene.actor, role));
            if ok { Ok(()) } else { Err(labels(Problem::denied("guard.of_department"), scene.kind, &[name])) }
        }
        "none_in" | "some_in" => counted(scene, arg, guard.guard == "none_in"),
        "actor_in" => holds(scene.actor.system || named_in(scene.record, arg, scene.actor), "guard.actor_in"),
        "actor_not" => holds(scene.actor.system || !named_in(scene.record, arg, scene.actor), "guard.actor_not"),
        "actor_role" => {
            let any = arg.split(',').map(str::trim).any(|role| has_role(scene.actor, role));
            if scene.actor.system || any { Ok(()) } else { Err(Problem::denied("guard.actor_role").arg("roles", arg)) }
        }
        "other_department" => {
            let own = scene.actor.department.iter().chain(&scene.actor.heads).any(|d| ids(scene.record.data.get(arg)).contains(d));
            holds(scene.actor.system || !own, "guard.other_department")
        }
        _ => beyond(guard, scene, arg),
    }
}

/// The guards that look at how many, which of the choices, and what other records say (B 4.2, 5.1; H 8.3.4).
fn beyond(guard: &Guard, scene: &Scene<'_>, arg: &str) -> Result<(), Problem> {
    let value = |name: &str| scene.record.data.get(name).filter(|v| !empty(v));
    match guard.guard.as_str() {
        "at_least" | "at_least_core" => {
            let (name, want) = target(arg)
                .and_then(|(n, w)| Some((n, w.first()?.parse::<usize>().ok()?)))
                .ok_or_else(|| Problem::internal("guard.argument").arg("arg", arg))?;
            let asked = guard.guard == "at_least" || protection(scene.kind, scene.record, scene.facts) == Protection::Core;
            let have = match value(name) {
                Some(Value::Array(list)) => list.len(),
                other => usize::from(other.is_some()),
            };
            if asked && have < want {
                return Err(labels(Problem::conflict("guard.at_least").arg("min", want).arg("have", have), scene.kind, &[name]));
            }
            Ok(())
        }
        "among" | "among_important" | "among_core" => {
            let Some((name, codes)) = target(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let strength = protection(scene.kind, scene.record, scene.facts);
            let asked = match guard.guard.as_str() {
                "among_core" => strength == Protection::Core,
                "among_important" => strength >= Protection::Important,
                _ => true,
            };
            let fits = value(name).and_then(Value::as_str).is_some_and(|v| codes.contains(&v));
            if !asked || fits {
                return Ok(());
            }
            let options = match scene.kind.field(name).map(|f| &f.ty) {
                Some(FieldType::Choice { options }) => options.as_slice(),
                _ => &[],
            };
            let named: Vec<_> = options.iter().filter(|o| codes.contains(&o.code.as_str())).collect();
            let zh: Vec<_> = named.iter().map(|o| o.label.zh.as_str()).collect();
            let en: Vec<_> = named.iter().map(|o| o.label.en.as_str()).collect();
            let problem = Problem::conflict("guard.among").arg("known_zh", zh.join("、")).arg("known_en", en.join(", "));
            Err(labels(problem, scene.kind, &[name]))
        }
        "answers_fit" => answers_fit(scene, arg),
        "some_for" | "none_for" => related(scene, arg, guard.guard == "some_for"),
        "ref_valid" => {
            let Some((name, days)) = target(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let last = |id| days.first().and_then(|d| scene.facts.field(id, d)).and_then(|v| v.as_str()?.parse::<Day>().ok());
            let over = ids(scene.record.data.get(name)).into_iter().any(|id| last(id).is_some_and(|d| d < scene.today));
            if over { Err(labels(Problem::conflict("guard.ref_valid"), scene.kind, &[name])) } else { Ok(()) }
        }
        "ref_same" => {
            let Some((name, theirs, own)) = same(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let differ = |id| scene.facts.field(id, theirs).as_ref() != scene.record.data.get(own);
            let other = ids(scene.record.data.get(name)).into_iter().any(differ);
            if other { Err(labels(Problem::conflict("guard.ref_same"), scene.kind, &[own, name])) } else { Ok(()) }
        }
        "filled_when" => {
            let Some((name, code, wanted)) = when(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let asked = value(name).and_then(Value::as_str) == Some(code);
            if asked && value(wanted).is_none() { Err(labels(Problem::conflict("guard.not_empty"), scene.kind, &[wanted])) } else { Ok(()) }
        }
        "day_order" => {
            let Some((first, last)) = pair(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let day = |name: &str| value(name).and_then(Value::as_str).and_then(|s| s.parse::<Day>().ok());
            let wrong = matches!((day(first), day(last)), (Some(a), Some(b)) if a > b);
            if wrong { Err(labels(Problem::conflict("guard.day_order"), scene.kind, &[last, first])) } else { Ok(()) }
        }
        "spans" => {
            let Some((first, last, days)) = span(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let day = |name: &str| value(name).and_then(Value::as_str).and_then(|s| s.parse::<Day>().ok());
            let short = matches!((day(first), day(last)), (Some(a), Some(b)) if b.number().saturating_sub(a.number()) < days);
            if short { Err(labels(Problem::conflict("guard.spans").arg("days", days), scene.kind, &[first, last])) } else { Ok(()) }
        }
        "network_ranges" => {
            let all = value(arg).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let wrong = all.iter().filter_map(Value::as_str).find(|text| NetworkRange::parse(text).is_none());
            wrong.map_or(Ok(()), |text| Err(labels(Problem::invalid("guard.network_ranges").arg("value", text), scene.kind, &[arg])))
        }
        "self_or_role" => {
            let Some((name, roles)) = target(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
            let ok = scene.actor.system || named_in(scene.record, name, scene.actor) || roles.iter().any(|r| has_role(scene.actor, r));
            if ok { Ok(()) } else { Err(labels(Problem::denied("guard.self_or_role"), scene.kind, &[name])) }
        }
        "no_circle" => {
            if scene.facts.closes_circle(scene.record) {
                return Err(Problem::conflict("guard.no_circle"));
            }
            Ok(())
        }
        other => Err(Problem::internal("guard.unknown").arg("guard", other)),
    }
}

/// Splits `type, right, option_`.
pub(crate) fn answers(arg: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arg.split(',').map(str::trim).filter(|p| !p.is_empty());
    let all = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(all)
}

/// A question can be answered (H 12.1): one right answer, or several, among at least two options; true or false needs none.
fn answers_fit(scene: &Scene<'_>, arg: &str) -> Result<(), Problem> {
    let Some((sort, right, option)) = answers(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
    let data = &scene.record.data;
    let right_codes: Vec<&str> = data.get(right).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let filled = |code: &str| data.get(&format!("{option}{code}")).is_some_and(|v| !empty(v));
    let options = scene.kind.fields.iter().filter_map(|f| f.name.strip_prefix(option)).filter(|code| filled(code)).count();
    let fail = |code| Err(labels(Problem::conflict(code), scene.kind, &[right]));
    match data.get(sort).and_then(Value::as_str) {
        Some("judgement") if matches!(right_codes.as_slice(), ["a" | "b"]) => Ok(()),
        Some("judgement") => fail("guard.answers_judgement"),
        Some("single") if right_codes.len() != 1 => fail("guard.answers_one"),
        Some("multiple") if right_codes.is_empty() => fail("guard.answers_one"),
        _ if options < 2 => fail("guard.answers_options"),
        _ if right_codes.iter().any(|code| !filled(code)) => fail("guard.answers_without_option"),
        _ => Ok(()),
    }
}

/// The term lies between the bounds of the record's grade (B 4.1.2); an open term needs a grade without a longest term.
fn term_fits(scene: &Scene<'_>, field: Option<&Field>, term: Option<&Value>, grade: Option<&str>) -> Result<(), Problem> {
    let Some(level) = grade.and_then(|code| scene.facts.scheme().level(code)) else {
        return Err(Problem::conflict("guard.term_without_grade"));
    };
    let months = term.and_then(|t| t.get("months")).and_then(Value::as_i64);
    let open = term.and_then(|t| t.get("open")) == Some(&Value::Bool(true));
    let (low, high) = (level.term_min_months, level.term_max_months);
    let fits = match months {
        Some(m) => low.is_none_or(|l| m >= i64::from(l)) && high.is_none_or(|h| m <= i64::from(h)),
        None => open && high.is_none(),
    };
    if fits {
        return Ok(());
    }
    let bound = |b: Option<u16>, none: &str| b.map_or_else(|| none.to_owned(), |n| n.to_string());
    let problem = Problem::conflict("guard.term_fits_grade")
        .arg("grade_zh", &level.name.zh)
        .arg("grade_en", &level.name.en)
        .arg("min", bound(low, "1"))
        .arg("max", bound(high, "∞"));
    Err(field.map_or_else(|| problem.clone(), |f| about(problem.clone(), f, &f.name)))
}

fn ref_state(scene: &Scene<'_>, arg: &str, code: &'static str) -> Result<(), Problem> {
    let Some((name, states)) = target(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
    let targets = ids(scene.record.data.get(name));
    let ok = !targets.is_empty() && targets.iter().all(|id| scene.facts.brief(*id).is_some_and(|b| states.contains(&b.state.as_str())));
    if ok { Ok(()) } else { Err(labels(Problem::conflict(code).arg("states", states.join(", ")), scene.kind, &[name])) }
}

fn counted(scene: &Scene<'_>, arg: &str, none: bool) -> Result<(), Problem> {
    let Some((kind, field, states)) = pointing(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
    let count = scene.facts.count(kind, field, scene.record.id, &states);
    let code = if none { "guard.none_in" } else { "guard.some_in" };
    if (count == 0) == none {
        Ok(())
    } else {
        Err(Problem::conflict(code).arg("kind", kind).arg("states", states.join(", ")).arg("count", count))
    }
}

/// For everyone in a field: is there a record that names them and is in one of the states?
fn related(scene: &Scene<'_>, arg: &str, some: bool) -> Result<(), Problem> {
    let Some((name, kind, field, states)) = relating(arg) else { return Err(Problem::internal("guard.argument").arg("arg", arg)) };
    let found = |id| scene.facts.count(kind, field, id, &states);
    let wrong: u64 = ids(scene.record.data.get(name)).into_iter().map(found).map(|n| if some { u64::from(n == 0) } else { n }).sum();
    if wrong == 0 {
        return Ok(());
    }
    let code = if some { "guard.some_for" } else { "guard.none_for" };
    Err(labels(Problem::conflict(code).arg("kind", kind).arg("states", states.join(", ")).arg("count", wrong), scene.kind, &[name]))
}

fn labels(problem: Problem, kind: &Kind, names: &[&str]) -> Problem {
    let fields: Vec<_> = names.iter().filter_map(|n| kind.field(n)).collect();
    let zh: Vec<_> = fields.iter().map(|f| f.label.zh.as_str()).collect();
    let en: Vec<_> = fields.iter().map(|f| f.label.en.as_str()).collect();
    let problem = problem.arg("field_zh", zh.join("、")).arg("field_en", en.join(", "));
    match names.first() {
        Some(first) => problem.at(*first),
        None => problem,
    }
}

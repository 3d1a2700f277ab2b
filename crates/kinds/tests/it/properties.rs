//! What holds whatever people do: random acts on every kind that ships.

use crate::support::{World, act, catalog, data, id, person, system};
use jingui_kinds::{ActorView, Kind, Record};
use proptest::prelude::*;
use serde_json::{Value, json};

/// People with every role; the last one is the system.
fn actor(n: u64) -> ActorView {
    match n {
        0 => system(),
        1 => person(1, &["office", "committee", "department_head"]),
        2 => person(2, &["office"]),
        3 => person(3, &["committee"]),
        4 => person(4, &["committee_chair"]),
        _ => ActorView {
            heads: vec![id(101)],
            posts: vec![id(201)],
            department: Some(id(101)),
            ..person(5, &["department_officer", "staff"])
        },
    }
}

/// A value that is right for a field, or wrong.
fn some_value(kind: &Kind, field: usize, seed: u64) -> (String, Value) {
    let Some(field) = kind.fields.get(field % kind.fields.len().max(1)) else { return ("x".into(), Value::Null) };
    (field.name.clone(), value(&serde_json::to_value(&field.ty).unwrap(), seed))
}

/// A value of a type, or a wrong one; a row fills the columns that it must.
fn value(is: &Value, seed: u64) -> Value {
    match (seed % 7, is["is"].as_str().unwrap_or_default()) {
        (0, _) => Value::Null,
        (1, _) => json!({"odd": [1, 2]}),
        (_, "text" | "note") => json!(format!("文字{seed}")),
        (_, "tags") => json!(["电子文档"]),
        (_, "integer") => json!(is["min"].as_i64().unwrap_or(0) + (seed % 2) as i64),
        (_, "decimal") => json!("1.5"),
        (_, "money") => json!({"cents": seed}),
        (_, "day") => json!("2027-01-01"),
        (_, "flag") => json!(true),
        (_, "choice") => is["options"][0]["code"].clone(),
        (_, "choices") => json!([is["options"][0]["code"]]),
        (_, "taxonomy") => {
            if is["of"] == "exclusion" {
                json!("none")
            } else {
                json!("technical")
            }
        }
        (n, "grade") => json!(["core", "important", "general"][n as usize % 3]),
        (_, "term") => json!({"months": 36}),
        (_, "ref") => json!(target(is["kind"].as_str().unwrap_or_default())),
        (_, "refs") => json!([target(is["kind"].as_str().unwrap_or_default())]),
        (n, "rows") => {
            let columns = is["fields"].as_array().into_iter().flatten().filter(|c| c["required"] == true);
            json!([columns.map(|c| (c["name"].as_str().unwrap().to_owned(), value(&c["type"], n))).collect::<serde_json::Map<_, _>>()])
        }
        _ => Value::Null,
    }
}

fn target(kind: &str) -> jingui_model::Id {
    match kind {
        "person" => id(5),
        "department" => id(101),
        "post" => id(201),
        _ => id(700 + catalog().kinds.keys().position(|k| k == kind).unwrap() as u64),
    }
}

/// A record of every kind to point at.
fn world(campaign: &str) -> World {
    catalog().kinds.values().enumerate().fold(World::new(), |world, (i, kind)| {
        let state = match kind.kind.as_str() {
            "secret" => "effective",
            "campaign" => campaign,
            _ => kind.states[0].name.as_str(),
        };
        world.with(700 + i as u64, &kind.kind, state)
    })
}

/// The record as the system would make it, with every field that it can have.
fn made(world: &World, kind: &Kind) -> Record {
    let input: serde_json::Map<_, _> = (0..kind.fields.len()).map(|i| some_value(kind, i, 3)).filter(|(_, v)| !v.is_null()).collect();
    act(world, kind, None, "create", Value::Object(input), &system(), 0).unwrap().record
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_acts_keep_the_rules(
        campaign in proptest::sample::select(vec!["self_review", "cross_review", "novelty", "valuation", "approval"]),
        steps in proptest::collection::vec((0_usize..40, 0_u64..6, any::<usize>(), 0_u64..1000, any::<bool>()), 1..40),
    ) {
        for kind in catalog().kinds.values() {
            let world = world(campaign);
            let mut record = made(&world, kind);
            let mut at_request = None;
            for (n, (action, who, field, seed, note)) in steps.iter().enumerate() {
                let built_in = ["edit", "approve", "approve", "reject", "withdraw", "acknowledge", "attach", "detach"];
                let names: Vec<&str> = kind.transitions.iter().map(|t| t.name.as_str()).chain(built_in).collect();
                let action = names[action % names.len()];
                let mut input = data(json!({}));
                if !built_in.contains(&action) || action == "edit" {
                    input.extend([some_value(kind, *field, *seed)]);
                    if let Some(transition) = kind.transition(action) {
                        input.retain(|n, _| transition.input.contains(n));
                    }
                }
                if *note {
                    input.insert("note".into(), json!("说明"));
                }
                let (before, actor) = (record.clone(), actor(*who));
                let Ok(decision) = act(&world, kind, Some(&before), action, serde_json::to_value(&input).unwrap(), &actor, n as i64) else { continue };
                record = decision.record;
                prop_assert!(kind.state(&record.state).is_some(), "{} {}", kind.kind, record.state);
                prop_assert_eq!(record.version, before.version + 1);
                prop_assert!(!decision.happenings.is_empty());
                prop_assert_eq!(&decision.happenings.last().unwrap().to, &record.state);
                prop_assert!(record.data.values().all(|v| !v.is_null()));
                // Whoever asks never agrees (H 9.5.2, 9.6.2).
                if let Some(pending) = &record.pending {
                    prop_assert!(pending.votes.iter().all(|v| v.by != pending.applicant));
                    prop_assert_eq!(&kind.transition(&pending.transition).unwrap().approval.as_ref().unwrap().during, &record.state);
                } else if kind.transitions.iter().filter_map(|t| t.approval.as_ref()).any(|a| a.during == record.state) {
                    prop_assert!(false, "{} waits without a request", kind.kind);
                }
                if before.pending.is_none() && record.pending.is_some() {
                    at_request = Some(before.data.clone());
                }
                if action == "approve" && record.pending.is_none() {
                    let pending = before.pending.as_ref().unwrap();
                    prop_assert!(actor.person.is_some() && actor.person != Some(pending.applicant));
                }
                // A refusal or withdrawal leaves the data as it was.
                if matches!(action, "reject" | "withdraw") {
                    prop_assert_eq!(&record.data, &before.data);
                    if !decision.happenings.is_empty() && at_request.is_some() && actor.person.is_some() {
                        prop_assert!(record.pending.is_none());
                    }
                }
                // What the happenings say is what changed.
                let mut told = before.data.clone();
                for happening in &decision.happenings {
                    for (name, value) in &happening.changes {
                        if value.is_null() { told.remove(name); } else { told.insert(name.clone(), value.clone()); }
                    }
                }
                prop_assert_eq!(&told, &record.data);
                // Stored and read again it is the same.
                let text = serde_json::to_string(&record).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Record>(&text).unwrap(), &record);
            }
        }
    }
}

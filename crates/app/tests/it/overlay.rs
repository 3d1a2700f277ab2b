//! Kinds as data: an enterprise's own register works from its file alone, without a rebuild; a
//! mistake in the file is named by file, line and field, and keeps the node from starting.

use std::{path::Path, sync::Arc};

use jingui_app::{
    node::{Node, NodeConfig},
    world::list::{Filter, ListQuery},
};
use jingui_kinds::FieldType;
use jingui_model::{Lang, clock::FixedClock};
use jingui_vault::{Cost, SystemRng};
use serde_json::json;

use crate::support::{Backend, founding, house_with};

const KEYS: &str = include_str!("../../../../catalog/examples/mould_cabinet_key.yaml");

fn lay(folder: &Path, name: &str, text: &str) {
    let kinds = folder.join("overlay/kinds");
    std::fs::create_dir_all(&kinds).unwrap();
    std::fs::write(kinds.join(name), text).unwrap();
}

/// B 5.2.3: a register of mould-cabinet keys that the project does not ship.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_of_the_enterprises_own_works_from_its_file() {
    let house = house_with(Backend::Sqlite, None, |dir| lay(dir, "mould_cabinet_key.yaml", KEYS)).await;
    let office = house.caller("office");
    let kind = house.live.world.read().kind("mould_cabinet_key").unwrap().clone();
    assert_eq!(kind.group, "register");
    let department = house.department("锻造车间").await;
    let holder = house.person("zhao", "赵启明", Some(department), &["staff"]).await;
    house.person("li", "李国栋", None, &["committee"]).await;
    let plausible = |field: &jingui_kinds::Field| match &field.ty {
        FieldType::Text { .. } | FieldType::Note { .. } => json!(format!("A区 {}", field.name)),
        FieldType::Ref { kind } if kind == "person" => json!(holder),
        FieldType::Refs { kind } if kind == "person" => json!([holder]),
        FieldType::Ref { kind } if kind == "department" => json!(department),
        FieldType::Day {} => json!("2026-12-31"),
        FieldType::Choice { options } => json!(options[0].code),
        FieldType::Integer { .. } => json!(2),
        FieldType::Flag {} => json!(true),
        _ => json!(null),
    };
    let mut data = json!({});
    for field in kind.fields.iter().filter(|f| !f.fixed && !f.internal) {
        data[&field.name] = plausible(field);
    }
    let key = house.create(&office, "mould_cabinet_key", data).await.unwrap();
    assert!(key.number.is_some() || kind.number.is_none());
    // List, search and filter.
    let found = house.live.list(&office, "mould_cabinet_key", &ListQuery { q: "A区".to_owned(), ..Default::default() }).unwrap();
    assert_eq!(found.total, 1);
    let by_state = ListQuery {
        states: vec![key.state.clone()],
        filters: vec![Filter::Among("department".to_owned(), vec![department.to_string()])],
        ..Default::default()
    };
    if kind.fields.iter().any(|f| f.name == "department") {
        assert_eq!(house.live.list(&office, "mould_cabinet_key", &by_state).unwrap().total, 1);
    }
    // Approval by somebody else than who asks.
    let asked = kind.transitions.iter().find(|t| t.approval.is_some()).expect("the example has an approval");
    let mut input = json!({});
    for field in &asked.input {
        let definition = kind.fields.iter().find(|f| f.name == *field).unwrap();
        input[field] = plausible(definition);
    }
    let pending = house.act(&office, &key, &asked.name, input).await.unwrap();
    assert!(pending.pending.is_some());
    assert!(house.act(&office, &pending, "approve", json!({})).await.is_err(), "whoever asks never approves");
    // Audit trail.
    let lines = house.live.history(&office, "mould_cabinet_key", key.id, None, 10).await.unwrap();
    assert_eq!(lines.len(), 2);
    // Everybody sees it in the console's catalogue, and it survives a restart.
    let house = house.restart().await;
    assert_eq!(house.live.list(&house.caller("office"), "mould_cabinet_key", &Default::default()).unwrap().total, 1);
}

/// A mistake in an overlay is named by file, line and field, in the user's language.
#[tokio::test]
async fn a_mistake_in_an_overlay_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let broken = KEYS.replacen("title:", "titel:", 1);
    let line = broken.lines().position(|l| l.starts_with("titel:")).unwrap() + 1;
    lay(dir.path(), "mould_cabinet_key.yaml", &broken);
    let config = NodeConfig {
        data: dir.path().to_owned(),
        database: None,
        objects: None,
        ledger: None,
        key_file: None,
        device: None,
        cost: Cost::Test,
    };
    let problem = match Node::open(config, Arc::new(FixedClock::at(founding())), Arc::new(SystemRng)).await {
        Ok(_) => panic!("it must not start"),
        Err(problem) => problem,
    };
    assert_eq!(problem.code(), "catalog.invalid");
    let said = Node::mistakes(&problem, Lang::Zh);
    assert!(said.iter().any(|l| l.contains(&format!("mould_cabinet_key.yaml:{line}:"))), "{said:?}");
    assert!(said.iter().all(|l| !l.contains("catalog.") && !l.contains("kinds.")), "texts, not codes: {said:?}");
}

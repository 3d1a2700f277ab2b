//! A fresh company for a measurement: set up as its own people would, without anything sent over a network.

use std::{path::Path, sync::Arc};

use jingui_app::{
    live::Live,
    node::{Node, NodeConfig},
    pipeline::Command,
    setup::{FirstPerson, SetupRequest},
    world::caller::{Caller, Origin},
};
use jingui_kinds::record::Record;
use jingui_model::{Data, Problem, clock::SystemClock};
use jingui_vault::{Cost, SystemRng};
use serde_json::Value;

/// Sets it up in `dir`, filled with a sample where one is named; the key file lies beside it, with the ending `key`.
///
/// # Errors
/// Those of opening and of setting up.
pub async fn company(dir: &Path, sample: Option<&str>) -> Result<(Arc<Node>, Arc<Live>), Problem> {
    let config =
        NodeConfig { data: dir.to_owned(), database: None, objects: None, ledger: None, key_file: None, device: None, cost: Cost::Test };
    let node = Node::open(config, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let first = |name: &str, login: &str| FirstPerson {
        name: name.to_owned(),
        login: login.to_owned(),
        password: "Bench-company-only-1".to_owned(),
    };
    let request = SetupRequest {
        company: "测量用示例公司".to_owned(),
        zone_minutes: 480,
        scheme: "three".to_owned(),
        system: first("系统管理员", "system"),
        security: first("安全管理员", "security"),
        auditor: first("审计员", "auditor"),
        office: first("保密专员", "office"),
        suite: jingui_vault::suite::DEFAULT,
        passphrase: None,
        key_file: true,
        pin: None,
        sample: sample.map(ToOwned::to_owned),
    };
    let done = node.setup(&request).await?;
    if let Some(key) = &done.key_file {
        std::fs::write(dir.with_extension("key"), key).map_err(|e| Problem::unavailable("node.folder").detail(e))?;
    }
    let live = node.live()?;
    Ok((node, live))
}

/// Who works in the confidentiality office.
///
/// # Errors
/// `node.task` when the company was not set up here.
pub fn office(live: &Live) -> Result<Caller, Problem> {
    let world = live.world.read();
    let account = world.account("office").ok_or_else(|| Problem::internal("node.task"))?;
    world.caller(account, Origin::default(), None)
}

/// The fields of an object.
pub fn data(value: Value) -> Data {
    match value {
        Value::Object(map) => map.into_iter().collect(),
        _ => Data::new(),
    }
}

/// Makes a record as the program itself.
///
/// # Errors
/// What the kind refuses.
pub async fn make(live: &Live, kind: &str, value: Value) -> Result<Record, Problem> {
    live.pipeline.change(Command::create(&Caller::system(), kind, data(value))).await.map(|o| o.record)
}

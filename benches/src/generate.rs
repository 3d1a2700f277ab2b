//! A large company, the same for the same numbers: departments, posts, people, secrets of all
//! grades in force or in draft, and readings until the wanted number of events is reached.
//!
//! Everything goes through the pipeline, so that what is measured afterwards is what real use leaves.

use std::{path::Path, sync::Arc, time::Instant};

use jingui_app::{
    live::Live,
    node::{Node, NodeConfig},
    pipeline::{Command, Note},
    setup::{FirstPerson, SetupRequest},
    world::caller::Caller,
};
use jingui_model::{Data, Id, Problem, Rng, clock::SystemClock, rng::SeededRng};
use jingui_vault::{Cost, SystemRng};
use serde_json::{Value, json};

const GROUP: u64 = 2000;
/// Sign-in of the officer of the generated company; it holds nothing real.
pub const LOGIN: &str = "office";
/// Her password.
pub const PASSWORD: &str = "Bench-company-only-1";

const PARTS: [&str; 12] = [
    "风电轴承",
    "汽车轮毂轴承",
    "精密机床主轴轴承",
    "调心滚子轴承",
    "圆锥滚子轴承",
    "高铁轴箱轴承",
    "关节轴承",
    "薄壁轴承",
    "wind bearing",
    "保持器",
    "滚动体",
    "密封圈",
];
const WHATS: [&str; 14] = [
    "热处理工艺参数",
    "淬火介质配方",
    "磨削加工进给量参数",
    "锻造温度曲线",
    "公差配合参数",
    "寿命测试加载参数",
    "振动噪声检测算法",
    "定制价格体系",
    "客户名单与采购周期",
    "供应商名单与采购价格",
    "自动化控制程序",
    "工装模具图纸",
    "成本核算数据",
    "投标方案",
];
const GRADES: [(&str, Option<i64>); 3] = [("core", None), ("important", Some(60)), ("general", Some(24))];

/// Fills `dir`, and an empty PostgreSQL database if one is given.
pub fn run(dir: &str, database: Option<&str>, secrets: u64, events: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(fill(Path::new(dir), database, secrets, events)).map_err(|p| p.to_string())
}

async fn fill(dir: &Path, database: Option<&str>, secrets: u64, events: u64) -> Result<(), Problem> {
    let config = NodeConfig {
        data: dir.to_owned(),
        database: database.map(str::to_owned),
        objects: None,
        ledger: None,
        key_file: None,
        device: None,
        cost: Cost::Normal,
    };
    let node = Node::open(config, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let person = |name: &str, login: &str| FirstPerson { name: name.to_owned(), login: login.to_owned(), password: PASSWORD.to_owned() };
    let done = node
        .setup(&SetupRequest {
            company: "测量用示例公司".to_owned(),
            zone_minutes: 480,
            scheme: "three".to_owned(),
            system: person("系统管理员", "system"),
            security: person("安全管理员", "security"),
            auditor: person("审计员", "auditor"),
            office: person("保密专员", LOGIN),
            suite: jingui_vault::suite::DEFAULT,
            passphrase: None,
            key_file: true,
            pin: None,
            sample: None,
        })
        .await?;
    if let Some(key) = &done.key_file {
        std::fs::write(dir.join("bench.key"), key).map_err(|e| Problem::unavailable("node.folder").detail(e))?;
    }
    let live = node.live()?;
    let rng = SeededRng::new(20_261_121);
    let (departments, posts, people) = organisation(&live, &rng).await?;
    let started = Instant::now();
    let mut made = 0;
    let mut ids = vec![];
    while made < secrets {
        let count = GROUP.min(secrets - made);
        let batch: Vec<Command> = (0..count).map(|i| secret(&live, &rng, made + i, &departments, &posts, &people)).collect();
        let outcomes = live.pipeline.group(batch).await?;
        // Nine of ten are in force.
        let register: Vec<Command> = outcomes
            .iter()
            .enumerate()
            .filter(|(i, _)| i % 10 != 0)
            .map(|(_, o)| Command::on(&Caller::system(), "secret", o.record.id, "register", Data::new()))
            .collect();
        live.pipeline.group(register).await?;
        ids.extend(outcomes.iter().map(|o| o.record.id));
        made += count;
        if made % (GROUP * 25) == 0 {
            eprintln!("{made} secrets, {:.0}/s", made as f64 / started.elapsed().as_secs_f64());
        }
    }
    readings(&live, &ids, events).await?;
    let head = node.store.head().await?.next;
    while live.ledger.state().size < head {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    eprintln!("{secrets} secrets, {head} events in {:.0} s", started.elapsed().as_secs_f64());
    node.stop().await;
    Ok(())
}

async fn organisation(live: &Arc<Live>, rng: &SeededRng) -> Result<(Vec<Id>, Vec<Id>, Vec<Id>), Problem> {
    let system = Caller::system();
    let (mut departments, mut posts, mut people) = (vec![], vec![], vec![]);
    for i in 0..20 {
        let data = Data::from([("name".to_owned(), json!(format!("第{i}事业部"))), ("code".to_owned(), json!(format!("D{i:02}")))]);
        departments.push(live.pipeline.change(Command::create(&system, "department", data)).await?.record.id);
    }
    for i in 0..100_u64 {
        let data =
            Data::from([("name".to_owned(), json!(format!("工艺岗位{i}"))), ("department".to_owned(), json!(pick(rng, &departments)))]);
        posts.push(live.pipeline.change(Command::create(&system, "post", data)).await?.record.id);
    }
    for i in 0..2000_u64 {
        let data = Data::from([
            ("name".to_owned(), json!(format!("职工{i}"))),
            ("employee_no".to_owned(), json!(format!("E{i:05}"))),
            ("department".to_owned(), json!(pick(rng, &departments))),
            ("posts".to_owned(), json!([pick(rng, &posts)])),
        ]);
        people.push(Command::create(&system, "person", data));
    }
    let people = live.pipeline.group(people).await?.into_iter().map(|o| o.record.id).collect();
    Ok((departments, posts, people))
}

fn secret(live: &Arc<Live>, rng: &SeededRng, number: u64, departments: &[Id], posts: &[Id], people: &[Id]) -> Command {
    let (part, what) = (PARTS[below(rng, PARTS.len())], WHATS[below(rng, WHATS.len())]);
    let (grade, months) = GRADES[[0, 1, 1, 2, 2, 2, 2, 2, 2, 2][below(rng, 10)]];
    let term = months.map_or(json!({ "open": true }), |m| json!({ "months": m }));
    let points: Vec<Value> = (0..=below(rng, 3))
        .map(|i| json!({ "name": format!("{what}要点{i}"), "content": format!("示例数值 {} ℃，保温 {} min，浓度 {}%", 700 + below(rng, 300), below(rng, 120), below(rng, 40)) }))
        .collect();
    let circle: Vec<Id> = (0..=below(rng, 3)).map(|_| pick(rng, posts)).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let persons: Vec<Id> = (0..=below(rng, 4)).map(|_| pick(rng, people)).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let data = Data::from([
        ("name".to_owned(), json!(format!("{part}{what} {number:07}"))),
        ("grade".to_owned(), json!(grade)),
        ("term".to_owned(), term),
        ("department".to_owned(), json!(pick(rng, departments))),
        ("responsible".to_owned(), json!(pick(rng, people))),
        ("circle_posts".to_owned(), json!(circle)),
        ("circle_persons".to_owned(), json!(persons)),
        ("carrier_forms".to_owned(), json!(["电子文档"])),
        ("points".to_owned(), json!(points)),
        ("declassification_condition".to_owned(), json!("技术公开或产品退市")),
        ("classified_on".to_owned(), json!("2026-06-01")),
    ]);
    let mut command = Command::create(&Caller::system(), "secret", data);
    command.new_id = Some(Id::new(&*live.clock, &*live.rng));
    command
}

/// Readings by many at once, as in a working company, until the ledger has the wanted number of events.
async fn readings(live: &Arc<Live>, ids: &[Id], events: u64) -> Result<(), Problem> {
    let head = live.store.head().await?.next;
    let missing = events.saturating_sub(head);
    let started = Instant::now();
    let mut tasks = vec![];
    for task in 0..64_u64 {
        let (live, ids) = (Arc::clone(live), ids.to_vec());
        let share = missing / 64 + u64::from(task < missing % 64);
        tasks.push(tokio::spawn(async move {
            let caller = Caller::system();
            for i in 0..share {
                let record = ids[((i * 64 + task) as usize).wrapping_mul(7919) % ids.len()];
                live.pipeline
                    .note(Note {
                        caller: caller.clone(),
                        act: "read".to_owned(),
                        kind: "secret".to_owned(),
                        record: Some(record),
                        fields: Data::new(),
                    })
                    .await?;
            }
            Ok::<(), Problem>(())
        }));
    }
    for task in tasks {
        task.await.map_err(|e| Problem::internal("node.task").detail(e))??;
    }
    eprintln!("{missing} readings, {:.0}/s", missing as f64 / started.elapsed().as_secs_f64().max(0.001));
    Ok(())
}

fn below(rng: &SeededRng, n: usize) -> usize {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes);
    (u64::from_le_bytes(bytes) % n.max(1) as u64) as usize
}

fn pick(rng: &SeededRng, from: &[Id]) -> Id {
    from[below(rng, from.len())]
}

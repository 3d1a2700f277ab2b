//! Sealed at rest: nothing that a company writes can be found in its folder or in a dump of its database.

use std::{path::Path, process::Command};

use jingui_app::catalog;
use serde_json::{Value, json};

use crate::support::{BOTH, Backend, House, PASSPHRASE, house_with};

/// Every text of the sample company: names, titles, points, remarks.
fn texts(house: &House) -> Vec<String> {
    let mut found = vec!["临清金轴轴承有限公司".to_owned()];
    let world = house.live.world.read();
    for table in world
        .tables()
        .filter(|t| matches!(t.kind.kind.as_str(), "secret" | "person" | "department" | "post" | "rule" | "corrective_action"))
    {
        let chosen: Vec<_> = table
            .kind
            .fields
            .iter()
            .filter(|f| {
                matches!(
                    f.ty,
                    jingui_kinds::FieldType::Text { .. } | jingui_kinds::FieldType::Note { .. } | jingui_kinds::FieldType::Rows { .. }
                )
            })
            .collect();
        for row in table.live().iter().filter_map(|r| table.row(r)) {
            let record = row.record().unwrap();
            for field in &chosen {
                collect(record.data.get(&field.name), &mut found);
            }
        }
    }
    found.retain(|t| t.chars().count() >= 2 && (t.chars().count() >= 4 || !t.is_ascii()));
    found.sort();
    found.dedup();
    found
}

fn collect(value: Option<&Value>, out: &mut Vec<String>) {
    match value {
        Some(Value::String(s)) => out.push(s.clone()),
        Some(Value::Array(a)) => a.iter().for_each(|v| collect(Some(v), out)),
        Some(Value::Object(o)) => o.values().for_each(|v| collect(Some(v), out)),
        _ => {}
    }
}

fn encodings(text: &str) -> Vec<Vec<u8>> {
    let wide = |be: bool| text.encode_utf16().flat_map(|u| if be { u.to_be_bytes() } else { u.to_le_bytes() }).collect::<Vec<u8>>();
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    let mut all = vec![text.as_bytes().to_vec(), wide(true), wide(false), gb.into_owned()];
    // As JSON writers escape it, and as a dump prints bytes.
    all.push(text.encode_utf16().map(|u| format!("\\u{u:04x}")).collect::<String>().into_bytes());
    all.push(text.bytes().map(|b| format!("{b:02x}")).collect::<String>().into_bytes());
    all.retain(|e| e.len() >= 6);
    all
}

fn files(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { files(&entry.path(), out) } else { out.push(entry.path()) }
    }
}

/// 3.1, H 9.1.2.3: a stolen disk, database file or dump shows no title, no name, no content.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_the_sample_company_can_be_found_on_disk() {
    for backend in BOTH {
        let house = house_with(backend, Some("bearing"), |_| {}).await;
        let office = house.caller("office");
        let secret = house
            .live
            .list(&office, "secret", &Default::default())
            .unwrap()
            .items
            .into_iter()
            .find(|b| b.state == "draft")
            .expect("a draft to attach to");
        let content = "淬火介质：聚合物水溶液 12%，回火 180 ℃ 保温 4 h\n".repeat(3000);
        let reader = Box::new(std::io::Cursor::new(content.clone().into_bytes()));
        house.live.attach(&office, "secret", secret.id, "files", None, "热处理工艺卡.txt", "text/plain", reader).await.unwrap();
        house
            .live
            .sign_in("office", crate::support::PASSWORD, jingui_app::identity::session::Second::None, Default::default(), None)
            .await
            .unwrap();
        let mut needles = texts(&house);
        assert!(needles.len() > 300, "the sample has something to say: {}", needles.len());
        needles.extend(["聚合物水溶液 12%", "热处理工艺卡", PASSPHRASE, crate::support::PASSWORD, "sysadmin"].map(str::to_owned));
        let patterns: Vec<(String, Vec<u8>)> = needles.iter().flat_map(|t| encodings(t).into_iter().map(move |e| (t.clone(), e))).collect();
        let patterns = Patterns::of(patterns);
        let (data, database) = (house.config.data.clone(), house.config.database.clone());
        // Once while it runs (write-ahead log, temporary files), once when it has stopped.
        search(&data, &patterns);
        house.node.stop().await;
        search(&data, &patterns);
        if let Some(url) = database {
            let dump = Command::new("pg_dump").arg("--inserts").arg(&url).output().expect("pg_dump runs");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            assert!(dump.stdout.len() > 100_000, "the dump holds the company");
            find("pg_dump", &dump.stdout, &patterns);
        }
    }
}

/// All encodings of all texts, and the automaton that finds them in one pass.
struct Patterns {
    texts: Vec<String>,
    finder: aho_corasick::AhoCorasick,
}

impl Patterns {
    fn of(all: Vec<(String, Vec<u8>)>) -> Self {
        let finder = aho_corasick::AhoCorasick::new(all.iter().map(|(_, p)| p)).expect("an automaton");
        Self { texts: all.into_iter().map(|(t, _)| t).collect(), finder }
    }
}

fn search(data: &Path, patterns: &Patterns) {
    let mut all = vec![];
    files(data, &mut all);
    assert!(all.iter().any(|p| p.ends_with("ledger/checkpoint")));
    for path in all {
        find(&path.display().to_string(), &std::fs::read(&path).unwrap(), patterns);
    }
}

fn find(place: &str, bytes: &[u8], patterns: &Patterns) {
    if let Some(hit) = patterns.finder.find(bytes) {
        panic!("{place} says {:?} at byte {}", patterns.texts[hit.pattern().as_usize()], hit.start());
    }
}

/// Nothing but a key opens it: neither a wrong passphrase nor another company's recovery code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_node_is_sealed() {
    let house = house_with(Backend::Sqlite, None, |_| {}).await;
    let code = house.recovery_code.clone();
    house.node.stop().await;
    let House { config, clock, dir, .. } = house;
    let node = jingui_app::node::Node::open(config, clock, std::sync::Arc::new(jingui_vault::SystemRng)).await.unwrap();
    assert_eq!(node.live().err().map(|p| p.code().to_owned()).as_deref(), Some("node.sealed"));
    let wrong = node.unseal(jingui_vault::Unlock::Passphrase("not the passphrase at all")).await.unwrap_err();
    assert_eq!(wrong.code(), "vault.unlock_refused");
    node.unseal(jingui_vault::Unlock::Recovery(&code)).await.unwrap();
    assert!(node.live().is_ok());
    drop(dir);
}

/// Every problem code that can reach a user has its text, also those of the catalogue's checks.
#[test]
fn messages_load() {
    let messages = catalog::messages().unwrap();
    assert!(messages.codes().count() > 100);
    let problem = jingui_model::Problem::conflict("record.changed_meanwhile").arg("expected", 1).arg("version", 2);
    assert!(messages.problem(&problem, jingui_model::Lang::Zh).contains("第 2 版"));
    let _ = json!({});
}

/// H 8.1.2: a sample is written in one scheme; another is refused before anything is made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_in_another_scheme_is_refused_before_anything_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let config = jingui_app::node::NodeConfig {
        data: dir.path().join("data"),
        database: None,
        objects: None,
        ledger: None,
        key_file: None,
        device: None,
        cost: jingui_vault::Cost::Test,
    };
    let clock = std::sync::Arc::new(jingui_model::clock::FixedClock::at(crate::support::founding()));
    let node = jingui_app::node::Node::open(config, clock, std::sync::Arc::new(jingui_vault::SystemRng)).await.unwrap();
    let mut request = crate::support::founders(Some("bearing"));
    "levels123".clone_into(&mut request.scheme);
    assert_eq!(node.setup(&request).await.err().map(|p| p.code().to_owned()).as_deref(), Some("setup.sample_scheme"));
    assert_eq!((node.phase().name(), node.store.head().await.unwrap().next), ("setup", 0));
    assert!(node.keyring().await.unwrap().is_none());
}

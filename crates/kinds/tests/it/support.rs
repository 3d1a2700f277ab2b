//! The real catalog, a small world of facts, and people to act in it.

use std::{collections::BTreeMap, path::Path, sync::OnceLock};

use jingui_kinds::{Act, ActorView, Brief, Catalog, Decision, Facts, Kind, Record, Source, decide};
use jingui_model::{Data, GradeScheme, Id, Instant, Problem, Zone};
use serde_json::Value;

/// All YAML files below `catalog/` that the loader reads.
pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut out = vec![];
    for folder in ["", "forms", "kinds", "taxonomies"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let name = path.file_name().unwrap().to_string_lossy();
                let file = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
                out.push(Source { file, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    out.sort_by(|a, b| a.file.cmp(&b.file));
    out
}

pub fn example(name: &str) -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/examples").join(name);
    Source { file: name.to_owned(), text: std::fs::read_to_string(path).unwrap() }
}

/// The shipped catalog with the example overlay.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        Catalog::load(&sources(), &[example("mould_cabinet_key.yaml")]).unwrap_or_else(|found| {
            let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        })
    })
}

pub fn id(n: u64) -> Id {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Id::from_bytes(bytes)
}

/// Facts: records that exist, and counts that are told.
pub struct World {
    pub scheme: GradeScheme,
    pub records: BTreeMap<Id, Brief>,
    pub counts: BTreeMap<String, u64>,
}

impl World {
    pub fn new() -> Self {
        let mut records = BTreeMap::new();
        for n in 1..=9 {
            records.insert(id(n), Brief { kind: "person".into(), state: "active".into() });
            records.insert(id(100 + n), Brief { kind: "department".into(), state: "active".into() });
            records.insert(id(200 + n), Brief { kind: "post".into(), state: "active".into() });
        }
        Self { scheme: catalog().schemes["three"].clone(), records, counts: BTreeMap::new() }
    }

    pub fn with(mut self, n: u64, kind: &str, state: &str) -> Self {
        self.records.insert(id(n), Brief { kind: kind.into(), state: state.into() });
        self
    }
}

impl Facts for World {
    fn brief(&self, id: Id) -> Option<Brief> {
        self.records.get(&id).cloned()
    }
    fn scheme(&self) -> &GradeScheme {
        &self.scheme
    }
    fn zone(&self) -> Zone {
        Zone::default()
    }
    fn count(&self, kind: &str, field: &str, _id: Id, states: &[&str]) -> u64 {
        self.counts.get(&format!("{kind}.{field}:{}", states.join(","))).copied().unwrap_or(0)
    }
    fn department_code(&self, _department: Id) -> Option<String> {
        Some("YF".into())
    }
}

/// Noon of 21 November 2026 in China, and so many hours on.
pub fn hour(n: i64) -> Instant {
    "2026-11-21T04:00:00Z".parse::<Instant>().unwrap().plus_seconds(n * 3600)
}

pub fn person(n: u64, roles: &[&str]) -> ActorView {
    ActorView { person: Some(id(n)), roles: roles.iter().map(|r| (*r).to_owned()).collect(), ..ActorView::default() }
}

pub fn system() -> ActorView {
    ActorView { system: true, ..ActorView::default() }
}

pub fn data(value: Value) -> Data {
    value.as_object().unwrap().clone().into_iter().collect()
}

/// Does an act at an hour.
pub fn act(
    world: &World,
    kind: &Kind,
    current: Option<&Record>,
    action: &str,
    input: Value,
    actor: &ActorView,
    at: i64,
) -> Result<Decision, Problem> {
    let input = data(input);
    let act = Act { action, input: &input, actor, at: hour(at), new_id: id(1000), batch: None };
    decide(catalog(), kind, current, &act, world)
}

//! People at work: each makes records and acts on them, remembers what was acknowledged, and asks again
//! with the same idempotency key when no answer came.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    company::{Company, Server},
    http::Client,
    luck::Chance,
};

/// How long somebody asks again while the server says that it cannot just now.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that was sent, with everything needed to send it again.
#[derive(Debug, Clone)]
struct Act {
    key: String,
    path: String,
    body: Value,
    record: Option<usize>,
    kind: &'static str,
    action: &'static str,
}

/// A record as its owner knows it from what was acknowledged.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: String,
    pub kind: &'static str,
    pub number: Option<String>,
    pub version: u64,
    pub state: String,
    /// Acts by the version that they led to.
    pub acts: BTreeMap<u64, &'static str>,
}

/// One person.
#[derive(Debug)]
pub struct Worker {
    name: usize,
    chance: Chance,
    serial: u64,
    unanswered: Option<Act>,
    pub records: Vec<Known>,
    /// Requests that had to be repeated.
    pub repeated: u64,
    /// The disk itself fails: then an internal error is an answer that one may ask again about.
    pub rough: bool,
}

/// Why somebody stopped working.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nobody is there any more.
    Gone,
    /// The server said that the disk is full.
    Full,
    /// Enough was done.
    Enough,
}

impl Worker {
    pub fn new(name: usize, chance: Chance) -> Self {
        Self { name, chance, serial: 0, unanswered: None, records: vec![], repeated: 0, rough: false }
    }

    /// Whether a request waits for its answer.
    pub fn waits(&self) -> bool {
        self.unanswered.is_some()
    }

    /// How many acts were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.records.iter().map(|r| r.acts.len()).sum()
    }

    /// Works until the server is gone or so many acts are acknowledged; first of all asks again what was not answered.
    pub fn work(&mut self, company: &Company, address: &str, most: usize) -> Stop {
        let mut client = Client::new(address, Some(&company.cookie));
        let until = Instant::now() + PATIENCE;
        let mut done = 0;
        while done < most || self.waits() {
            let act = match self.unanswered.clone() {
                Some(act) => {
                    self.repeated += 1;
                    act
                }
                None => self.next(company),
            };
            self.unanswered = Some(act.clone());
            match client.post(&act.path, &act.body, Some(&act.key)) {
                Err(_) => return Stop::Gone,
                Ok(answer) if (200..300).contains(&answer.status) => {
                    self.acknowledge(&act, &answer.body["record"]);
                    self.unanswered = None;
                    done += 1;
                }
                Ok(answer) if answer.status == 503 && answer.body["code"] == "store.disk_full" => return Stop::Full,
                Ok(answer) if (answer.status == 503 || (self.rough && answer.status == 500)) && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(20))
                }
                Ok(answer) => panic!("{act:?}: {} {}", answer.status, answer.body),
            }
        }
        Stop::Enough
    }

    /// Once, and only once: the version says whether an act took effect twice or not at all.
    fn acknowledge(&mut self, act: &Act, record: &Value) {
        let version = record["version"].as_u64().unwrap_or_else(|| panic!("{act:?}: no version in {record}"));
        let text = |name: &str| record[name].as_str().map(str::to_owned);
        let place = act.record.unwrap_or_else(|| {
            let (id, kind) = (text("id").expect("an id"), act.kind);
            self.records.push(Known { id, kind, number: text("number"), version: 0, state: String::new(), acts: BTreeMap::new() });
            self.records.len() - 1
        });
        let known = &mut self.records[place];
        assert_eq!(version, known.version + 1, "{act:?} took effect twice, or something before it was lost");
        assert_eq!(text("number"), known.number, "{act:?}: a number never changes");
        known.version = version;
        known.state = text("state").expect("a state");
        known.acts.insert(version, act.action);
    }

    fn next(&mut self, company: &Company) -> Act {
        self.serial += 1;
        let key = format!("worker-{}-{}", self.name, self.serial);
        if self.records.is_empty() || self.chance.below(4) == 0 {
            let (kind, data) = self.new_record(company);
            return Act { key, path: format!("/api/records/{kind}"), body: json!({ "data": data }), record: None, kind, action: "create" };
        }
        let place = usize::try_from(self.chance.below(self.records.len() as u64)).expect("an index");
        let known = &self.records[place];
        let edit = json!({ "remark": format!("remark {}", self.serial) });
        let (action, input) = match (known.kind, known.state.as_str(), self.chance.below(2)) {
            ("secret", "draft", 0) => ("submit", json!({})),
            ("secret", "draft", _) => ("edit", edit),
            ("secret", _, _) => ("withdraw", json!({})),
            ("campaign", "draft", 0) => ("open", json!({})),
            ("campaign", "draft", _) => ("edit", json!({ "scope": format!("scope {}", self.serial) })),
            ("campaign", "cancelled", _) | ("corrective_action", "cancelled", _) => return self.next(company),
            ("campaign", _, _) => ("cancel", json!({})),
            ("corrective_action", _, 0) if known.version > 3 => ("cancel", json!({})),
            _ => ("edit", json!({ "advice": format!("advice {}", self.serial) })),
        };
        let path = format!("/api/records/{}/{}/acts/{action}", known.kind, known.id);
        let body = json!({ "expected_version": known.version, "input": input });
        Act { key, path, body, record: Some(place), kind: known.kind, action }
    }

    fn new_record(&self, company: &Company) -> (&'static str, Value) {
        let name = format!("{}号的第{}项", self.name, self.serial);
        let department = &company.departments[0];
        match self.chance.below(3) {
            0 => (
                "secret",
                json!({
                    "name": name, "category": company.category, "grade": "general", "department": department,
                    "responsible": company.person, "carrier_forms": ["纸质文件"], "circle_persons": [company.person],
                    "term": { "months": 24 }, "declassification_condition": "技术公开后", "exclusion": "none",
                    "points": [{ "name": "淬火介质配方", "content": "甲乙丙三组分", "difference": "公知资料未见该配比" }],
                }),
            ),
            1 => (
                "campaign",
                json!({
                    "name": name, "year": 2026, "reason": "yearly", "departments": company.departments, "self_review_due": "2099-12-31",
                }),
            ),
            _ => (
                "corrective_action",
                json!({
                    "name": name, "source": "weekly", "severity": "minor", "department": department,
                    "responsible": company.person, "due": "2099-12-31",
                }),
            ),
        }
    }
}

/// Everybody works at once, until `meanwhile` is over or the server is gone.
pub fn all_work(workers: &mut [Worker], company: &Company, address: &str, most: usize, meanwhile: impl FnOnce() + Send) -> Vec<Stop> {
    std::thread::scope(|scope| {
        let at_work: Vec<_> = workers.iter_mut().map(|w| scope.spawn(move || w.work(company, address, most))).collect();
        meanwhile();
        at_work.into_iter().map(|w| w.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
    })
}

/// Asks again whatever was not answered, and nothing else.
pub fn settle(workers: &mut [Worker], company: &Company, server: &Server) {
    for stop in all_work(workers, company, &server.address, 0, || ()) {
        assert_eq!(stop, Stop::Enough, "a request stays unanswered: {}", company.log());
    }
}

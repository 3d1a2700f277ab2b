//! THE SWEEP: every operation of the OpenAPI document, called without sign-in, with every role, and against
//! another department's record. What is expected stands in `tests/authorisation.yaml`, one line for each
//! operation; an operation that is missing there, or one that is there and gone from the document, fails.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    flow::secret,
    support::{Backend, Client, Site},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Why it needs no sign-in; absent: it needs one.
    #[serde(default)]
    open: Option<String>,
    /// Why these answers are right, where it is not obvious; for readers.
    #[serde(default)]
    #[expect(dead_code, reason = "it is there for those who review")]
    why: Option<String>,
    /// Values in the path; `$…` stands for something of the company.
    #[serde(default)]
    path: BTreeMap<String, String>,
    /// Query.
    #[serde(default)]
    query: String,
    /// JSON body; absent: none.
    #[serde(default)]
    body: Option<Value>,
    /// The body is a form with a small file.
    #[serde(default)]
    form: bool,
    /// It ends the session: each actor signs in for it alone.
    #[serde(default)]
    fresh: bool,
    /// The stream never ends: only the head is read.
    #[serde(default)]
    stream: bool,
    /// Status for everyone that `who` does not name.
    others: u16,
    /// Status by actor.
    #[serde(default)]
    who: BTreeMap<String, u16>,
    /// Actors that are not sent, and why: they would change what the others meet.
    #[serde(default)]
    not_sent: BTreeMap<String, String>,
}

const ACTORS: [&str; 10] = ["system", "security", "auditor", "office", "chair", "legal", "officer", "outsider", "worker", "token"];

pub struct Company {
    pub site: Site,
    pub things: BTreeMap<&'static str, String>,
}

/// Department A with an officer and a worker, B with the outsider; an important secret of A, handed in by its officer.
pub fn company() -> Company {
    let site = Site::founded(Backend::chosen());
    let office = site.person("office");
    let (a, b) = (office.make("department", &json!({ "name": "甲部" })), office.make("department", &json!({ "name": "乙部" })));
    let officer = site.hire("officer", &["staff"], Some(&a));
    let outsider = site.hire("outsider", &["staff"], Some(&b));
    site.hire("worker", &["staff"], Some(&a));
    site.hire("chair", &["committee_chair", "committee"], None);
    site.hire("legal", &["legal"], None);
    let spare = office.make("person", &json!({ "name": "备用" }));
    for (department, person) in [(&a, &officer), (&b, &outsider)] {
        assert_eq!(office.act("department", department, "edit", &json!({ "officers": [person] })).status, 200);
    }
    let me = site.person("officer");
    let id = me.make("secret", &secret(&a, &officer, "important"));
    let uploaded = me.upload(&format!("/api/records/secret/{id}/files/files"), "a.txt", b"content");
    assert_eq!(uploaded.status, 200, "{}", uploaded.text());
    let file = uploaded.json()["record"]["data"]["files"][0]["id"].as_str().expect("file").to_owned();
    assert_eq!(me.act("secret", &id, "submit", &json!({})).status, 200);
    let campaign = office.make("campaign", &json!({ "name": "年度识别", "year": 2026, "reason": "yearly", "departments": [a] }));
    let account = site.person("system").get("/api/records/account?q=worker").json()["items"][0]["id"].as_str().expect("account").to_owned();
    let index = me.get(&format!("/api/records/secret/{id}/history")).json()["items"][0]["index"].to_string();
    let nobody = "00000000-0000-7000-8000-000000000000".to_owned();
    let things = BTreeMap::from([
        ("$department", a),
        ("$other_department", b),
        ("$outsider", outsider),
        ("$secret", id),
        ("$file", file),
        ("$campaign", campaign),
        ("$account", account),
        ("$person", spare),
        ("$index", index),
        ("$nobody", nobody),
    ]);
    Company { site, things }
}

impl Company {
    fn fill(&self, text: &str) -> String {
        self.things.iter().fold(text.to_owned(), |t, (name, value)| t.replace(name, value))
    }

    pub fn actor(&self, name: &str) -> Client {
        if name != "token" {
            return self.site.person(name);
        }
        let made =
            self.site.person("office").post("/api/tokens", &json!({ "name": "t", "scopes": ["read:organisation"], "expires_days": 1 }));
        let mut client = self.site.stranger();
        client.token = made.json()["token"].as_str().map(str::to_owned);
        client
    }

    fn send(&self, client: &Client, method: &str, path: &str, rule: &Expected) -> u16 {
        let mut path = path.to_owned();
        for (name, value) in &rule.path {
            path = path.replace(&format!("{{{name}}}"), &self.fill(value));
        }
        assert!(!path.contains('{'), "{path}: a value is missing");
        if !rule.query.is_empty() {
            path = format!("{path}?{}", self.fill(&rule.query));
        }
        let method = method.to_uppercase();
        if rule.stream {
            return client.start(&method, &path, &[], b"").status().as_u16();
        }
        if rule.form {
            return client.upload(&path, "a.csv", b"x\n1\n").status;
        }
        match &rule.body {
            Some(body) => {
                client.send(&method, &path, &[("content-type", "application/json")], self.fill(&body.to_string()).as_bytes()).status
            }
            None => client.send(&method, &path, &[], b"").status,
        }
    }
}

#[test]
fn every_operation_answers_everyone_as_the_reviewed_file_says() {
    let rules: BTreeMap<String, Expected> =
        serde_saphyr::from_str(include_str!("../authorisation.yaml")).expect("authorisation.yaml is readable");
    let document: Value = serde_json::from_str(&jingui_server::openapi().expect("document")).expect("json");
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("item") {
            let id = operation["operationId"].as_str().expect("id").to_owned();
            operations.insert(id, (method.clone(), path.clone(), operation["security"].is_array()));
        }
    }
    let (named, known): (BTreeSet<_>, BTreeSet<_>) = (rules.keys().collect(), operations.keys().collect());
    assert_eq!(named, known, "tests/authorisation.yaml and the API name different operations");

    let company = company();
    let actors: BTreeMap<&str, Client> = ACTORS.iter().map(|name| (*name, company.actor(name))).collect();
    let mut wrong = vec![];
    for (id, rule) in &rules {
        let (method, path, guarded) = &operations[id];
        assert_eq!(rule.open.is_none(), *guarded, "{id}: the document and the reviewed file differ about sign-in");
        if rule.open.is_none() {
            let status = company.send(&company.site.stranger(), method, path, rule);
            if status != 401 {
                wrong.push(format!("{id} without sign-in: {status}, expected 401"));
            }
        }
        for name in rule.who.keys().chain(rule.not_sent.keys()) {
            assert!(ACTORS.contains(&name.as_str()), "{id}: nobody is called {name}");
        }
        for (name, client) in &actors {
            if rule.not_sent.contains_key(*name) {
                continue;
            }
            let own = rule.fresh.then(|| company.actor(name));
            let status = company.send(own.as_ref().unwrap_or(client), method, path, rule);
            let expected = rule.who.get(*name).copied().unwrap_or(rule.others);
            if status != expected {
                wrong.push(format!("{id} as {name}: {status}, expected {expected}"));
            }
        }
    }
    // Sealed, the node answers health and unlocking only, whoever asks.
    assert_eq!(actors["security"].post("/api/seal", &json!({})).status, 204);
    for (id, rule) in rules.iter().filter(|(_, rule)| rule.open.is_none()) {
        let (method, path, _) = &operations[id];
        let status = company.send(&actors["office"], method, path, rule);
        if status != 423 {
            wrong.push(format!("{id} while sealed: {status}, expected 423"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

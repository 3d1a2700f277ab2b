//! Every register of the guides on its main path, with the people who do each step and those who are refused (B 4 to 9, 11; H 7 to 9).
//! The paths stand in `registers.yaml`; what time alone does, and what follows in other records, in the tests below it.

use std::collections::{BTreeMap, BTreeSet};

use jingui_app::{due, world::caller::Caller};
use jingui_kinds::record::Record;
use jingui_model::{Day, Id};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

const PATHS: &str = include_str!("registers.yaml");

/// A line of the file: a register's path, or something that the system makes to refer to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Path {
    kind: Option<String>,
    make: Option<String>,
    key: Option<String>,
    #[serde(default)]
    clause: String,
    #[serde(default)]
    by: String,
    data: Value,
    /// Everyone may make one.
    #[serde(default)]
    open: bool,
    /// System and security administrator keep it too: nothing secret stands there (B 7).
    #[serde(default)]
    operators: bool,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    acts: Vec<(String, Value)>,
    approve: Option<String>,
    #[serde(default)]
    hidden: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    act: String,
    by: String,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    refused: Vec<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    then: BTreeMap<String, String>,
    made: Option<String>,
}

/// A company with two departments, an office of two, a committee, legal, and people who come, move and leave.
struct Firm {
    house: House,
    ids: BTreeMap<String, Id>,
}

const TODAY: &str = "2026-11-21";

async fn firm() -> Firm {
    let house = house(Backend::chosen()).await;
    let mut ids = BTreeMap::new();
    let (rd, sales) = (house.department("研发部").await, house.department("销售部").await);
    ids.extend([("rd".to_owned(), rd), ("sales".to_owned(), sales)]);
    let post =
        house.system("post", json!({ "name": "研发工程师", "department": rd, "clearance": "core", "duty": "只用指定设备" })).await.id;
    ids.insert("engineer".to_owned(), post);
    for (login, name, department, role) in [
        ("chair", "陈主任", None, "committee_chair"),
        ("member", "林委员", None, "committee"),
        ("office2", "闻专员", None, "office"),
        ("legal", "吕法务", None, "legal"),
        ("hr", "任人事", None, "staff"),
        ("head", "何部长", Some(rd), "staff"),
        ("officer", "孙保密员", Some(rd), "staff"),
        ("staff", "周工", Some(rd), "staff"),
        ("mover", "吴工", Some(rd), "staff"),
        ("leaver", "郑工", Some(rd), "staff"),
        ("outsider", "钱销售", Some(sales), "staff"),
    ] {
        ids.insert(login.to_owned(), house.person(login, name, department, &[role]).await);
    }
    for login in ["office", "sysadmin", "auditor"] {
        ids.insert(login.to_owned(), house.caller(login).id());
    }
    let led = json!({ "heads": [ids["head"]], "officers": [ids["officer"]] });
    house.act(&Caller::system(), &house.record(rd), "edit", led).await.unwrap();
    Firm { house, ids }
}

impl Firm {
    /// `@name` and `@day+3`, at any depth.
    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('@') {
                Some(day) if day.starts_with("day") => json!(TODAY.parse::<Day>().unwrap().plus_days(day[3..].parse().unwrap())),
                Some(name) => json!(self.ids.get(name).unwrap_or_else(|| panic!("no @{name}"))),
                None => value.clone(),
            },
            Value::Array(list) => list.iter().map(|v| self.fill(v)).collect(),
            Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), self.fill(v))).collect(),
            other => other.clone(),
        }
    }

    /// Made by the system and brought to where the file says.
    async fn make(&mut self, path: &Path, kind: &str) {
        let mut record = self.house.system(kind, self.fill(&path.data)).await;
        for (act, input) in &path.acts {
            record =
                self.house.act(&Caller::system(), &record, act, self.fill(input)).await.unwrap_or_else(|p| panic!("{kind} {act}: {p}"));
        }
        if let Some(login) = &path.approve {
            record = self.house.act(&self.house.caller(login), &record, "approve", json!({})).await.unwrap();
        }
        self.ids.insert(path.key.clone().unwrap_or_else(|| kind.to_owned()), record.id);
    }

    /// How many records of a kind there are.
    fn count(&self, kind: &str) -> u64 {
        self.house.live.list(&Caller::system(), kind, &Default::default()).unwrap().total
    }

    /// A person does an act on a record, and it goes well.
    async fn go(&self, login: &str, id: Id, act: &str, input: Value) -> Record {
        let record = self.house.record(id);
        let done = self.house.act(&self.house.caller(login), &record, act, input).await;
        done.unwrap_or_else(|p| panic!("{} {act} by {login}: {p} {:?}", record.kind, p.parts()))
    }

    /// People who have no business here.
    fn strangers(operators: bool) -> &'static [&'static str] {
        if operators { &["outsider", "auditor"] } else { &["outsider", "sysadmin", "auditor"] }
    }

    async fn walk(&mut self, path: &Path, kind: &str) {
        let data = self.fill(&path.data);
        if !path.open {
            for login in Self::strangers(path.operators) {
                let refused = self.house.create(&self.house.caller(login), kind, data.clone()).await;
                assert!(refused.is_err(), "{kind}: {login} made one");
            }
        }
        let made = self.house.create(&self.house.caller(&path.by), kind, data).await;
        let record = made.unwrap_or_else(|p| panic!("{kind} by {}: {p} {:?}", path.by, p.parts()));
        let numbered = self.house.live.world.read().kind(kind).unwrap().number.is_some();
        assert_eq!(record.number.is_some(), numbered, "{kind}");
        for step in &path.steps {
            self.step(kind, record.id, step, path.operators).await;
        }
        let state = self.house.record(record.id).state;
        let definition = self.house.live.world.read().kind(kind).unwrap().clone();
        let last = definition.state(&state).unwrap();
        assert!(!last.editable, "{kind} ends where nobody edits, not in {}", last.name);
        for login in path.hidden.iter().map(String::as_str).chain(Self::strangers(path.operators).iter().copied()) {
            let read = self.house.live.read(&self.house.caller_of(self.ids[login]), kind, record.id).await;
            assert!(read.is_err(), "{kind}: {login} reads it");
        }
        self.ids.insert(path.key.clone().unwrap_or_else(|| kind.to_owned()), record.id);
    }

    async fn step(&self, kind: &str, id: Id, step: &Step, operators: bool) {
        let input = self.fill(&step.input);
        for login in step.refused.iter().map(String::as_str).chain(Self::strangers(operators).iter().copied()) {
            let refused = self.house.act(&self.house.caller_of(self.ids[login]), &self.house.record(id), &step.act, input.clone()).await;
            assert!(refused.is_err(), "{kind}: {login} did {}", step.act);
        }
        if step.by == "nobody" {
            return;
        }
        let before = step.made.as_ref().map(|made| self.count(made));
        let done = self.go(&step.by, id, &step.act, input).await;
        assert_eq!(done.state, step.state, "{kind}: {}", step.act);
        for (other, state) in &step.then {
            let id = self.ids.get(other).copied().unwrap_or(id);
            self.house.until(&format!("{kind} {}: {other} is {state}", step.act), |h| h.record(id).state == *state).await;
        }
        if let (Some(made), Some(before)) = (&step.made, before) {
            self.house.until(&format!("{kind} {} makes a {made}", step.act), |_| self.count(made) == before + 1).await;
        }
    }
}

/// B 4 to 9 and 11, H 7 to 9: each register can be kept from the first entry to the end by those who keep it, and by nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_register_is_walked_from_its_making_to_its_end_by_the_right_people_only() {
    let mut firm = firm().await;
    let paths: Vec<Path> = serde_saphyr::from_str(PATHS).unwrap();
    let mut walked = BTreeSet::new();
    for path in &paths {
        match (&path.make, &path.kind) {
            (Some(kind), None) => firm.make(path, kind).await,
            (None, Some(kind)) => {
                assert!(path.clause.starts_with(['B', 'H']), "{kind} says which clause it follows");
                firm.walk(path, kind).await;
                walked.insert(kind.clone());
            }
            _ => panic!("make or kind: {path:?}"),
        }
    }
    let world = firm.house.live.world.read();
    let kept: BTreeSet<String> = world
        .catalog
        .kinds
        .values()
        .filter(|k| ["register", "restricted"].contains(&k.group.as_str()) && !k.arises && !k.menu.section.is_empty())
        .map(|k| k.kind.clone())
        .collect();
    assert_eq!(walked, kept, "each register has its path in registers.yaml");
}

/// H 8.2.1, 8.3.1: rights rise with the grant and fall by themselves on the day after its last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_8_2_1_granted_access_opens_the_secret_and_ends_by_itself() {
    let mut firm = firm().await;
    for path in serde_saphyr::from_str::<Vec<Path>>(PATHS).unwrap() {
        match (&path.make, path.kind.as_deref(), path.key.as_deref()) {
            (Some(kind), _, Some("feed")) => firm.make(&path, kind).await,
            (_, Some(kind @ ("agreement" | "training_course" | "exam_result")), _) => firm.walk(&path, kind).await,
            _ => {}
        }
    }
    let (feed, staff) = (firm.ids["feed"], firm.house.caller("staff"));
    assert!(firm.house.live.read(&staff, "secret", feed).await.is_err());
    let ask = json!({ "name": "查阅", "applicant": staff.id(), "department": firm.ids["rd"], "purpose": "改进", "until": "2026-11-30", "device": "终端" });
    let request = firm.house.create(&staff, "access_request", ask).await.unwrap().id;
    firm.go("staff", request, "submit", json!({})).await;
    let wrong = json!({ "secret": feed, "grade": "general", "owner": firm.ids["rd"] });
    let refused = firm.house.act(&firm.house.caller("office"), &firm.house.record(request), "match_up", wrong).await.unwrap_err();
    assert!(refused.code() == "guard.ref_same" || refused.parts().iter().any(|p| p.code() == "guard.ref_same"), "{refused}");
    firm.go("office", request, "match_up", json!({ "secret": feed, "grade": "important", "owner": firm.ids["rd"] })).await;
    firm.go("office", request, "pass_on", json!({})).await;
    firm.go("head", request, "approve", json!({})).await;
    let knows = |h: &House| jingui_kinds::people::ids(h.record(feed).data.get("circle_persons")).contains(&staff.id());
    firm.house.until("the applicant is on the list", knows).await;
    firm.house.live.read(&firm.house.caller("staff"), "secret", feed).await.unwrap();
    due::expire_terms(&firm.house.live, "2026-11-30".parse().unwrap()).await.unwrap();
    assert_eq!(firm.house.record(request).state, "granted", "the last day still counts");
    due::expire_terms(&firm.house.live, "2026-12-01".parse().unwrap()).await.unwrap();
    firm.house.until("the applicant is off the list", |h| !knows(h)).await;
    assert_eq!(firm.house.record(request).state, "over");
    assert!(firm.house.live.read(&firm.house.caller("staff"), "secret", feed).await.is_err());
}

/// B 5.1.2, 5.5.1, 5.2.2: agreements, passes and loans end on their day, and what hangs on them is refused from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_5_1_what_has_an_end_ends_on_its_day() {
    let mut firm = firm().await;
    let rd = firm.ids["rd"];
    let agreement =
        json!({ "name": "协议", "type": "employee", "person": firm.ids["staff"], "department": rd, "scope": "范围", "duties": "义务" });
    let agreement = firm.house.system("agreement", agreement).await.id;
    firm.go("office", agreement, "sign", json!({ "signed_day": TODAY, "until": "2026-12-20", "kept_at": "档案室" })).await;
    let carrier = json!({ "name": "图纸", "form": "paper", "grade": "general", "department": rd, "made_on": TODAY });
    let carrier = firm.house.system("carrier", carrier).await.id;
    let store = json!({ "keeper": firm.ids["officer"], "marks": ["grade"], "storage_means": "cabinet", "storage": "柜" });
    firm.go("office", carrier, "store", store).await;
    let loan = json!({ "name": "核对", "carrier": carrier, "grade": "general", "department": rd, "receiver": firm.ids["staff"], "return_due": "2026-12-10" });
    let loan = firm.house.create(&firm.house.caller("office"), "carrier_issue", loan).await.unwrap().id;
    firm.go("office", loan, "submit", json!({})).await;
    firm.go("head", loan, "approve", json!({})).await;
    firm.go("officer", loan, "hand_over", json!({ "handers": [firm.ids["officer"]], "channel": "normal" })).await;
    firm.house.until("the carrier is out", |h| h.record(carrier).state == "issued").await;
    assert_eq!(firm.house.record(carrier).data["holder"], json!(firm.ids["staff"]));
    // B 5.1.3: who still has it does not get through with leaving.
    let leaving =
        json!({ "name": "离职", "person": firm.ids["staff"], "department": rd, "handlers": [firm.ids["hr"]], "last_day": "2026-12-31" });
    let leaving = firm.house.system("departure", leaving).await.id;
    let talk = json!({ "interviewers": [firm.ids["office"], firm.ids["hr"]], "interview_note": "重申", "reminder_given": true });
    firm.go("office", leaving, "interview", talk).await;
    let back = json!({ "hand_over_to": firm.ids["officer"], "computer_cleared": true });
    let kept = firm.house.act(&firm.house.caller("office"), &firm.house.record(leaving), "return_all", back.clone()).await.unwrap_err();
    assert!(kept.parts().iter().chain([&kept]).any(|p| p.code() == "guard.none_for"), "{kept}");
    due::expire_terms(&firm.house.live, "2026-12-21".parse().unwrap()).await.unwrap();
    assert_eq!((firm.house.record(loan).state.as_str(), firm.house.record(agreement).state.as_str()), ("overdue", "expired"));
    let chased = firm.house.live.work(&firm.house.caller("office")).unwrap().items.iter().any(|i| i.record.id == loan);
    assert!(chased, "the office is asked to chase it");
    firm.go("officer", loan, "give_back", json!({ "condition": "完好" })).await;
    firm.house.until("the carrier is back", |h| h.record(carrier).state == "stored").await;
    assert_eq!(firm.go("office", leaving, "return_all", back).await.state, "returned");
    let again = json!({ "name": "再借", "carrier": carrier, "grade": "general", "department": rd, "receiver": firm.ids["staff"], "return_due": "2026-12-10" });
    let again = firm.house.create(&firm.house.caller("office"), "carrier_issue", again).await.unwrap();
    let refused = firm.house.act(&firm.house.caller("office"), &again, "submit", json!({})).await.unwrap_err();
    assert!(refused.parts().iter().chain([&refused]).any(|p| p.code() == "guard.some_for"), "{refused}");
    firm.ids.clear();
}

/// B 5.2, 7.2.3, 8.2: a lost carrier is an incident at once, which the finder's department does not get to read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_8_2_a_lost_carrier_becomes_an_incident_that_few_see() {
    let firm = firm().await;
    let carrier = json!({ "name": "移动硬盘", "form": "electronic", "grade": "important", "department": firm.ids["rd"], "made_on": TODAY });
    let carrier = firm.house.system("carrier", carrier).await.id;
    let store = json!({ "keeper": firm.ids["officer"], "marks": ["grade"], "storage_means": "cabinet", "storage": "柜" });
    let refused = firm.house.act(&firm.house.caller("office"), &firm.house.record(carrier), "store", store.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "guard.among", "an ordinary cabinet does for general secrets only (B 5.2.3)");
    let mut right = store;
    right["storage_means"] = json!("code_cabinet");
    firm.go("office", carrier, "store", right).await;
    firm.go("officer", carrier, "report_lost", json!({})).await;
    firm.house.until("there is an incident", |_| firm.count("incident") == 1).await;
    let seen = |login: &str| firm.house.live.list(&firm.house.caller(login), "incident", &Default::default()).unwrap().total;
    assert_eq!(["office", "member", "legal"].map(seen), [1, 1, 1]);
    assert_eq!(["officer", "head", "staff", "outsider", "hr"].map(seen), [0; 5]);
    let work = firm.house.live.work(&firm.house.caller("office")).unwrap();
    assert!(work.items.iter().any(|i| i.record.kind == "incident"), "the office is asked to verify it at once");
}

/// B App 5 art. 4, 5.1.3; 劳动合同法 24, 25: what a record says is held against the law; a person's cooling-off counts within the non-compete.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_app_5_terms_that_would_not_hold_are_named_with_the_article() {
    let firm = firm().await;
    let (rd, leaver) = (firm.ids["rd"], firm.ids["leaver"]);
    let found = |id: Id| -> Vec<String> {
        let detail = firm.house.live.detail(&firm.house.caller("office"), id).unwrap();
        detail.findings.into_iter().map(|f| f.code).collect()
    };
    let terms = json!({ "name": "保密协议", "type": "employee", "person": leaver, "department": rd, "breach": "支付月工资三倍的违约金" });
    let agreement = firm.house.system("agreement", terms).await.id;
    assert_eq!(found(agreement), ["staff_damages"]);
    let better = json!({ "breach": "依法赔偿实际损失" });
    firm.house.act(&firm.house.caller("office"), &firm.house.record(agreement), "edit", better).await.unwrap();
    assert!(found(agreement).is_empty());
    let nc = json!({ "name": "竞业限制", "person": leaver, "agreement": agreement, "scope": "轴承", "starts_on": "@day+0", "months": 24, "until": "2028-11-21",
        "average_wage": { "cents": 1_000_000 }, "compensation": { "cents": 500_000 }, "next_proof": "2027-02-01" });
    let nc = firm.house.system("non_compete", firm.fill(&nc)).await.id;
    assert!(found(nc).is_empty());
    let cooling = json!({ "name": "脱密期", "person": leaver, "agreement": agreement, "starts_on": "2026-11-21", "months": 3, "until": "2027-02-21", "pay": { "cents": 500_000 } });
    let cooling = firm.house.system("cooling_off", cooling).await;
    assert!(found(nc).is_empty(), "a draft binds nobody");
    let signed = json!({ "signed_day": TODAY, "scope": "范围", "duties": "义务", "kept_at": "档案室" });
    firm.house.act(&Caller::system(), &firm.house.record(agreement), "sign", signed).await.unwrap();
    firm.house.act(&Caller::system(), &firm.house.record(cooling.id), "submit", json!({})).await.unwrap();
    firm.go("member", cooling.id, "approve", json!({})).await;
    assert_eq!(found(nc), ["non_compete_with_cooling_off"], "three months more than the two years (B 5.1.3)");
}

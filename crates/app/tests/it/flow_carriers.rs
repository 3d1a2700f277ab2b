//! Carriers as things and people with them: labels, counting by scanning, where a secret is, what a person holds, and the way of joining and
//! leaving with its evidence (B 5.1, 5.2; H 8.2.4, 9.2.1).

use jingui_app::{
    carriers::{
        count::{Scan, Standing},
        labels::LabelAsk,
    },
    checklist::StepState,
    world::caller::Caller,
};
use jingui_kinds::record::Record;
use jingui_model::{Id, Lang};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

/// A department with a keeper, a head, staff, and a few carriers of a secret in two zones.
struct Store {
    house: House,
    department: Id,
    keeper: Id,
    staff: Id,
    zones: [Id; 2],
    secret: Id,
    carriers: Vec<Record>,
}

async fn go(house: &House, login: &str, record: &Record, action: &str, input: Value) -> Record {
    house.act(&house.caller(login), record, action, input).await.unwrap_or_else(|p| panic!("{login} {action}: {p} {:?}", p.parts()))
}

async fn store(count: usize) -> Store {
    let house = house(Backend::chosen()).await;
    let department = house.department("研发部").await;
    let keeper = house.person("sun", "孙保密员", Some(department), &["staff"]).await;
    let head = house.person("he", "何部长", Some(department), &["staff"]).await;
    let staff = house.person("zhou", "周工", Some(department), &["staff"]).await;
    house.person("qian", "钱销售", None, &["staff"]).await;
    let lead = json!({ "heads": [head], "officers": [keeper] });
    house.act(&Caller::system(), &house.record(department), "edit", lead).await.unwrap();
    let mut zones = vec![];
    for name in ["资料室", "热处理车间"] {
        let zone = json!({ "name": name, "level": "core", "department": department, "responsible": head });
        zones.push(house.system("zone", zone).await.id);
    }
    let secret = json!({ "name": "淬火配方", "grade": "important", "department": department, "circle_persons": [head], "term": { "months": 36 }, "classified_on": "2026-11-01", "points": [{ "name": "配比" }] });
    let secret = house.system("secret", secret).await;
    house.act(&Caller::system(), &secret, "register", json!({})).await.unwrap();
    let mut carriers = vec![];
    for n in 0..count {
        let data = json!({ "name": format!("工艺卡 {n}"), "form": "paper", "grade": "important", "secrets": [secret.id], "department": department, "made_on": "2026-11-01" });
        let carrier = house.system("carrier", data).await;
        let put = json!({ "keeper": keeper, "marks": ["secret", "grade"], "storage_means": "code_cabinet", "storage": "一号柜", "zone": zones[0] });
        carriers.push(house.act(&Caller::system(), &carrier, "store", put).await.unwrap());
    }
    Store { house, department, keeper, staff, zones: [zones[0], zones[1]], secret: secret.id, carriers }
}

impl Store {
    fn number(&self, n: usize) -> String {
        self.carriers[n].number.clone().unwrap()
    }

    async fn count(&self) -> Record {
        let data = json!({ "name": "年末盘点", "department": self.department, "due": "2026-12-01" });
        let count = self.house.create(&self.house.caller("sun"), "stock_count", data).await.unwrap();
        let count = go(&self.house, "sun", &count, "start", json!({ "counters": [self.keeper, self.staff] })).await;
        self.house.until("what is expected", |h| h.record(count.id).data.contains_key("expected")).await;
        count
    }
}

fn scan(key: &str, code: impl Into<String>, zone: Option<Id>) -> Scan {
    Scan { key: key.to_owned(), code: code.into(), zone }
}

/// B 5.2.3: counted by scanning; twice is once; elsewhere, too much and unknown are told; the end makes rows and a finding of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_2_3_a_count_by_scanning_ends_in_findings() {
    let store = store(4).await;
    let (house, live) = (&store.house, &store.house.live);
    let other = house.department("装配车间").await;
    let foreign = json!({ "name": "别处的图纸", "form": "paper", "grade": "general", "department": other });
    let foreign = house.system("carrier", foreign).await;
    let count = store.count().await;
    let zhou = house.caller("zhou");
    let code = |n: usize| format!("jingui:carrier:{}", store.number(n));
    let [room, shop] = store.zones;
    let scans = [
        scan("1", code(0), Some(room)),
        scan("2", code(0), Some(room)),
        scan("3", store.number(1).to_lowercase(), Some(shop)),
        scan("4", foreign.number.clone().unwrap(), Some(room)),
        scan("5", "jingui:zone:QY-001", Some(room)),
    ];
    let answers = live.count_scans(&zhou, count.id, &scans).await.unwrap();
    let what: Vec<_> = answers.iter().map(|a| a.what.as_str()).collect();
    assert_eq!(what, ["counted", "again", "wrong_place", "surplus", "unknown"]);
    let entries = || house.live.world.read().table("count_entry").unwrap().len();
    assert_eq!(entries(), 4);
    // The same batch once more, as after a dead network: nothing is counted twice.
    let again = live.count_scans(&zhou, count.id, &scans).await.unwrap();
    assert!(again.iter().all(|a| a.what == "again" || a.what == "unknown"), "{again:?}");
    assert_eq!(entries(), 4);
    live.count_scans(&zhou, count.id, &[scan("6", code(2), None)]).await.unwrap();

    let view = live.stock_count(&zhou, count.id).await.unwrap();
    assert_eq!((view.expected, view.found, view.may_scan), (4, 3, true));
    let of = |s: Standing| view.lines.iter().filter(|l| l.standing == s).map(|l| l.number.clone().unwrap()).collect::<Vec<_>>();
    assert_eq!(of(Standing::Missing), [store.number(3)]);
    assert_eq!(of(Standing::WrongPlace), [store.number(1)]);
    assert_eq!(of(Standing::Counted), [store.number(0), store.number(2)]);
    assert_eq!(of(Standing::Surplus), [foreign.number.clone().unwrap()]);
    let line = view.lines.iter().find(|l| l.standing == Standing::WrongPlace).unwrap();
    assert_eq!((line.zone.as_deref(), line.found_in.as_deref()), (Some("资料室"), Some("热处理车间")));

    assert_eq!(
        live.count_scans(&house.caller("he"), count.id, &[]).await.unwrap_err().code(),
        "count.not_counter",
        "the head does not count"
    );
    assert!(live.stock_count(&house.caller("qian"), count.id).await.is_err());
    go(house, "zhou", &count, "hand_in", json!({})).await;
    house.until("the differences", |h| h.record(count.id).data.contains_key("differences")).await;
    let done = house.record(count.id);
    assert_eq!((&done.data["expected"], &done.data["counted"]), (&json!(4), &json!(3)));
    assert_eq!(done.data["differences"].as_array().unwrap().len(), 4, "{:?}", done.data["differences"]);
    assert_eq!(live.count_scans(&zhou, count.id, &[scan("9", code(3), None)]).await.unwrap_err().code(), "count.closed");
    go(house, "office", &done, "find", json!({ "conclusion": "缺一份，一份位置不符", "responsible": store.keeper })).await;
    let found = |h: &House| h.live.world.read().table("corrective_action").unwrap().len() == 1;
    house.until("the finding", found).await;
}

/// H 9.2.1, B 5.2.1: labels say number, grade and unit; a name only when asked; whoever may not read a thing gets no label of it; printing
/// one of something graded stands in the ledger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_2_1_labels_are_for_those_who_read_the_thing() {
    let store = store(2).await;
    let (house, live) = (&store.house, &store.house.live);
    let ids: Vec<Id> = store.carriers.iter().map(|c| c.id).collect();
    let ask = |stock: &str, skip: usize| LabelAsk { stock: stock.to_owned(), skip, names: false };
    let sun = house.caller("sun");
    for stock in ["a4_3x8", "a4_5x13", "60x40", "50x30"] {
        assert!(live.labels(&sun, "carrier", &ids, &ask(stock, 0), Lang::Zh).await.unwrap().starts_with(b"%PDF"), "{stock}");
    }
    let zone = LabelAsk { names: true, ..ask("60x40", 0) };
    assert!(live.labels(&sun, "zone", &store.zones, &zone, Lang::Zh).await.is_ok());
    assert_eq!(live.labels(&sun, "carrier", &ids, &ask("a4_3x8", 24), Lang::Zh).await.unwrap_err().code(), "docs.label_start");
    assert_eq!(live.labels(&sun, "carrier", &ids, &ask("a5", 0), Lang::Zh).await.unwrap_err().code(), "label.stock");
    assert_eq!(live.labels(&house.caller("qian"), "carrier", &ids, &ask("50x30", 0), Lang::Zh).await.unwrap_err().code(), "record.missing");
    assert!(live.labels(&house.caller("sysadmin"), "carrier", &ids, &ask("50x30", 0), Lang::Zh).await.is_err());
    let events = live.store.events_of(ids[0], None, 100).await.unwrap();
    assert_eq!(
        events.iter().filter(|e| e.act == "export").count(),
        5 - 1 + 1,
        "each printing is written down: four papers, and the one that began too far"
    );
}

/// B 5.2.2; H 9.1.2: a secret's page says which carriers hold it, where they are and through whose hands they went.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_2_2_where_a_secret_is_and_who_had_its_carrier() {
    let store = store(1).await;
    let (house, live) = (&store.house, &store.house.live);
    let carrier = &store.carriers[0];
    let agreement = json!({ "name": "保密协议", "type": "employee", "person": store.staff, "department": store.department, "scope": "范围", "duties": "义务" });
    let agreement = house.system("agreement", agreement).await;
    house.act(&Caller::system(), &agreement, "sign", json!({ "signed_day": "2026-11-20", "kept_at": "档案室" })).await.unwrap();
    let issue = json!({ "name": "试制", "carrier": carrier.id, "grade": "important", "department": store.department, "receiver": store.staff, "return_due": "2026-12-01" });
    let issue = house.create(&house.caller("sun"), "carrier_issue", issue).await.unwrap();
    go(house, "sun", &issue, "submit", json!({})).await;
    go(house, "he", &issue, "approve", json!({})).await;
    let issue = house.record(issue.id);
    if issue.state == "pending" {
        go(house, "office", &issue, "approve", json!({})).await;
    }
    go(house, "office", &house.record(issue.id), "hand_over", json!({ "handers": [store.keeper], "channel": "in_person" })).await;
    house.until("it is out", |h| h.record(carrier.id).state == "issued").await;
    let place = live.whereabouts(&house.caller("he"), store.secret).await.unwrap();
    assert_eq!(place.carriers.len(), 1);
    assert_eq!((place.carriers[0].holder.as_deref(), place.carriers[0].storage.as_deref()), (Some("周工"), Some("一号柜")));
    assert!(live.whereabouts(&house.caller("qian"), store.secret).await.is_err());
    let way = live.circulation(&house.caller("he"), carrier.id).await.unwrap();
    assert_eq!(way.stays.len(), 1);
    assert_eq!(
        (way.stays[0].receiver.as_deref(), way.stays[0].from.as_deref(), &way.stays[0].to),
        (Some("周工"), Some("2026-11-21"), &None)
    );

    // B 5.1.3: what a person holds, for the person, the office and the own head; not for anybody else.
    let own = live.holdings(&house.caller("zhou"), store.staff).await.unwrap();
    let section = |h: &jingui_app::holdings::Holdings, code: &str| {
        h.sections.iter().find(|s| s.code == code).map(|s| s.items.len() as u64 + s.hidden).unwrap()
    };
    assert!(section(&own, "carriers") >= 1 && section(&own, "rights") == 1, "{own:?}");
    assert!(own.duties.iter().any(|d| d.kind == "carrier_issue"), "the return is a duty: {:?}", own.duties);
    for login in ["office", "he", "sun"] {
        let seen = live.holdings(&house.caller(login), store.staff).await.unwrap();
        assert_eq!(section(&seen, "carriers"), section(&own, "carriers"), "{login}: as many, whatever may be read of them");
    }
    assert!(live.holdings(&house.caller("qian"), store.staff).await.is_err());
    let head = live.holdings(&house.caller("office"), house.caller("he").id()).await.unwrap();
    assert_eq!(section(&head, "secrets"), 1, "known by name");
}

/// B 5.1.3, H 8.2.4: leaving as a list of steps: what is missing, what stands in the way, what proves it; nothing is ticked without its act.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_3_leaving_is_a_list_of_steps_with_their_evidence() {
    let store = store(1).await;
    let (house, live) = (&store.house, &store.house.live);
    let office = house.caller("office");
    house.act(&Caller::system(), &store.carriers[0], "issue", json!({ "holder": store.staff })).await.unwrap();
    let hr = house.person("ren", "任人事", None, &["staff"]).await;
    let data =
        json!({ "name": "周工离职", "person": store.staff, "department": store.department, "handlers": [hr], "last_day": "2026-11-30" });
    let departure = house.create(&office, "departure", data).await.unwrap();
    let list = live.checklist(&office, "departure", departure.id).await.unwrap();
    let codes: Vec<_> = list.steps.iter().map(|s| s.code.as_str()).collect();
    assert_eq!(codes, ["started", "interviewed", "returned", "withdrawn"]);
    assert_eq!(list.steps.iter().filter(|s| s.state == StepState::Done).count(), 0);
    let first = &list.steps[0];
    assert!(
        first.state == StepState::Current && first.ways[0].needs.iter().any(|n| !n.met && n.field.as_deref() == Some("interview_note"))
    );
    let input = json!({ "interviewers": [office.id(), hr], "interview_note": "已谈话", "reminder_given": true });
    let departure = go(house, "office", &departure, "interview", input).await;
    let list = live.checklist(&office, "departure", departure.id).await.unwrap();
    assert_eq!((list.steps[0].state, list.steps[0].by.as_deref()), (StepState::Done, Some("保密专员")));
    // The carrier that is still out stands in the way, by number and place.
    let block: Vec<_> = list.steps[1].ways[0].needs.iter().flat_map(|n| &n.in_the_way).collect();
    assert!(block.iter().any(|b| b.kind == "carrier" && b.of == store.staff && b.count == 1), "{block:?}");
    let refused = house.act(&office, &departure, "return_all", json!({ "hand_over_to": store.keeper, "computer_cleared": true })).await;
    assert!(refused.is_err(), "a step is not ticked without its evidence");
    house.act(&Caller::system(), &house.record(store.carriers[0].id), "give_back", json!({ "holder": null })).await.unwrap();
    let departure = go(house, "office", &departure, "return_all", json!({ "hand_over_to": store.keeper, "computer_cleared": true })).await;
    // The exit audit is what is missing now: it can be made from here, about the right person.
    let list = live.checklist(&office, "departure", departure.id).await.unwrap();
    let need = list.steps[2].ways[0].needs.iter().find(|n| n.field.as_deref() == Some("audit")).unwrap();
    assert_eq!((need.met, need.make.as_deref(), &need.given["person"]), (false, Some("exit_audit"), &json!(store.staff)));

    // N: its figures come from the ledger: the person read a graded record twice and opened nothing.
    let zhou = house.caller("zhou");
    house.act(&Caller::system(), &house.record(store.secret), "edit", json!({ "circle_persons": [store.staff] })).await.unwrap();
    for _ in 0..2 {
        live.read(&zhou, "secret", store.secret).await.unwrap();
    }
    let audit =
        json!({ "name": "周工离职审计", "person": store.staff, "auditors": [office.id()], "from": "2026-08-22", "to": "2026-11-21" });
    let mut short = audit.clone();
    short["from"] = json!("2026-08-24");
    let refused = house.create(&office, "exit_audit", short).await.unwrap_err();
    assert!(format!("{refused:?}").contains("guard.spans"), "89 days are not 90: {refused:?}");
    let audit = house.create(&office, "exit_audit", audit).await.unwrap();
    house.until("the figures", |h| h.record(audit.id).data.contains_key("readings")).await;
    let filled = house.record(audit.id);
    assert_eq!((&filled.data["readings"], &filled.data["downloads"], &filled.data["copies"]), (&json!(2), &json!(0), &json!(0)));
    go(house, "office", &filled, "conclude", json!({ "conclusion": "未见异常" })).await;
    let withdrawn = json!({ "audit": audit.id, "doors_withdrawn": true, "systems_withdrawn": true });
    go(house, "office", &house.record(departure.id), "withdraw_rights", withdrawn).await;
    house.until("left", |h| h.record(store.staff).state == "left").await;
    assert!(live.read(&house.caller_of(store.staff), "secret", store.secret).await.is_err(), "no right is left");
    let list = live.checklist(&office, "departure", departure.id).await.unwrap();
    let proof = list.steps[2].ways[0].needs.iter().flat_map(|n| &n.proofs).find(|p| p.id == audit.id);
    assert_eq!(proof.map(|p| p.state.as_str()), Some("concluded"), "the step names what proves it");
    assert!(live.checklist(&house.caller("qian"), "departure", departure.id).await.is_err());
}

//! An identification campaign over three departments, from the first list to the entries in the register (B 4.1.1; H 6.2.2).

use jingui_app::{effects, jobs::EffectJob, world::caller::Caller};
use jingui_kinds::record::Record;
use jingui_model::{Id, Problem};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

struct Cast {
    house: House,
    departments: Vec<Id>,
    post: Id,
}

const OFFICERS: [&str; 3] = ["sun", "qian", "feng"];

async fn cast() -> Cast {
    let house = house(Backend::chosen()).await;
    house.person("chen", "陈主任", None, &["committee_chair"]).await;
    house.person("lin", "林委员", None, &["committee"]).await;
    let mut departments = vec![];
    for (name, login) in ["研发部", "生产部", "销售部"].into_iter().zip(OFFICERS) {
        let department = house.department(name).await;
        let officer = house.person(login, &format!("{name}保密员"), Some(department), &["staff"]).await;
        house.act(&Caller::system(), &house.record(department), "edit", json!({ "officers": [officer] })).await.unwrap();
        departments.push(department);
    }
    let post = house.system("post", json!({ "name": "工艺工程师", "department": departments[0] })).await.id;
    Cast { house, departments, post }
}

impl Cast {
    /// The year's campaign, open, with a list for each department.
    async fn opened(&self) -> Record {
        let data = json!({ "name": "年度识别", "year": 2026, "reason": "yearly", "departments": self.departments, "self_review_due": "2026-12-10" });
        let campaign = self.house.create(&self.house.caller("office"), "campaign", data).await.unwrap();
        self.go("office", &campaign, "open", json!({})).await;
        self.house.until("lists", |h| h.live.world.read().table("campaign_list").unwrap().len() == 3).await;
        campaign
    }

    async fn act(&self, login: &str, record: &Record, action: &str, input: Value) -> Result<Record, Problem> {
        self.house.act(&self.house.caller(login), record, action, input).await
    }

    async fn go(&self, login: &str, record: &Record, action: &str, input: Value) -> Record {
        self.act(login, record, action, input).await.unwrap_or_else(|p| panic!("{action}: {p}"))
    }

    fn list_of(&self, department: Id) -> Record {
        let world = self.house.live.world.read();
        let table = world.table("campaign_list").unwrap();
        let row = world.pointing("campaign_list", "department", department).min().unwrap();
        table.row(row).unwrap().record().unwrap()
    }

    async fn candidate(&self, at: usize, name: &str) -> Record {
        let list = self.list_of(self.departments[at]);
        let data = json!({ "name": name, "list": list.id, "department": self.departments[at], "carrier_forms": ["电子文档"],
            "points": [{ "name": name, "content": "具体内容", "difference": "公知资料未见" }] });
        let made = self.house.create(&self.house.caller(OFFICERS[at]), "candidate", data).await.unwrap();
        self.house.until("the candidate belongs to the campaign", |h| h.record(made.id).data.contains_key("campaign")).await;
        made
    }

    fn state(&self, record: &Record) -> String {
        self.house.record(record.id).state
    }
}

/// B 4.1.1: all five steps; who finds does not review; what is public is excluded with reason and source; the
/// outcome is in the register exactly once, though the effect runs twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one campaign told from beginning to end")]
async fn b_4_1_1_a_campaign_goes_through_five_steps_into_the_register() {
    let cast = cast().await;
    let office = cast.house.caller("office");
    let reviewers: Vec<Id> = ["sun", "qian"].iter().map(|l| cast.house.caller(l).id()).collect();
    let data = json!({ "name": "2026年度识别", "year": 2026, "reason": "yearly", "departments": cast.departments, "self_review_due": "2026-12-10" });
    let campaign = cast.house.create(&office, "campaign", data).await.unwrap();
    cast.go("office", &campaign, "open", json!({})).await;
    cast.house.until("each department has its list", |h| h.live.world.read().table("campaign_list").unwrap().len() == 3).await;

    // Step 1: each officer sees the own list only, and fills it.
    for (login, department) in OFFICERS.iter().zip(&cast.departments) {
        let seen = cast.house.live.list(&cast.house.caller(login), "campaign_list", &Default::default()).unwrap();
        assert_eq!(seen.total, 1, "{login}");
        assert_eq!(seen.items[0].id, cast.list_of(*department).id);
    }
    let recipe = cast.candidate(0, "淬火介质配方").await;
    let thesis = cast.candidate(0, "已发表论文中的算法").await;
    let curve = cast.candidate(1, "锻造温度曲线").await;
    let prices = cast.candidate(2, "大客户价格体系").await;
    let early = json!({ "reviewers": reviewers, "cross_review_due": "2026-12-20" });
    assert!(cast.act("office", &campaign, "cross_review", early.clone()).await.is_err(), "not before every list is in");
    for (login, department) in OFFICERS.iter().zip(&cast.departments) {
        let input = json!({ "complete": true });
        cast.go(login, &cast.list_of(*department), "submit", input).await;
    }
    cast.house
        .until("all candidates are listed", |h| [&recipe, &thesis, &curve, &prices].iter().all(|c| h.record(c.id).state == "listed"))
        .await;
    let progress = cast.house.live.campaign_progress(&office, campaign.id).unwrap();
    assert_eq!((progress.steps[0].done, progress.steps[0].total), (3, 3));
    assert_eq!(progress.departments.iter().map(|d| d.items).sum::<u64>(), 4);
    let one = cast.house.live.campaign_progress(&cast.house.caller("feng"), campaign.id).unwrap();
    assert_eq!((one.departments.len(), one.hidden), (1, 2), "an officer sees the own department; the others are counted");

    // Step 2: reviewers of other departments; what is public goes out with its source.
    cast.go("office", &campaign, "cross_review", early).await;
    cast.house.until("reviewers reach the candidates", |h| h.record(recipe.id).data.get("reviewers") == Some(&json!(reviewers))).await;
    let keep = json!({ "exclusion": "none", "review_note": "未见公开" });
    assert!(cast.act("sun", &recipe, "keep", keep.clone()).await.is_err(), "nobody reviews the own department");
    assert!(cast.act("feng", &recipe, "keep", keep.clone()).await.is_err(), "nor anybody who was not asked");
    cast.go("qian", &recipe, "keep", keep.clone()).await;
    cast.go("sun", &curve, "keep", keep.clone()).await;
    cast.go("qian", &prices, "keep", keep).await;
    let reason = cast.house.live.world.read().catalog.taxonomies["exclusion"]
        .all()
        .iter()
        .map(|(n, _)| n.code.clone())
        .find(|c| c != "none")
        .unwrap();
    let public = json!({ "exclusion": reason, "exclusion_reason": "论文已发表" });
    assert!(cast.act("qian", &thesis, "exclude", public.clone()).await.is_err(), "no exclusion without its source");
    let public = json!({ "exclusion": reason, "exclusion_reason": "论文已发表", "exclusion_source": "《轴承》2024年第3期" });
    assert_eq!(cast.go("qian", &thesis, "exclude", public).await.state, "excluded");

    // Step 3: the novelty check, with a report for the core information.
    cast.go("office", &campaign, "novelty", json!({})).await;
    let report: Box<dyn std::io::Read + Send> = Box::new(std::io::Cursor::new("查新报告正文".as_bytes().to_vec()));
    let attached =
        cast.house.live.attach(&office, "candidate", recipe.id, "novelty_report", None, "查新报告.pdf", "application/pdf", report).await;
    assert!(attached.is_ok(), "a novelty report is attached: {:?}", attached.err());
    for candidate in [&recipe, &curve, &prices] {
        let input = json!({ "novelty_result": "not_found", "not_public_basis": "检索国内外专利和论文，未见相同方案" });
        cast.go("office", candidate, "check", input).await;
    }

    // Step 4: the valuation; what has no value is dropped.
    cast.go("office", &campaign, "valuation", json!({})).await;
    for candidate in [&recipe, &curve] {
        let input = json!({ "value_note": "每年节约成本", "value_amount": { "cents": 500_000_000_i64, "currency": "CNY" } });
        cast.go("office", candidate, "value", input).await;
    }
    cast.go("office", &prices, "drop", json!({ "drop_reason": "价值有限" })).await;

    // Step 5: proposal by the office, decision by the committee; the outcome is registered.
    cast.go("office", &campaign, "approval", json!({})).await;
    for (candidate, grade, term) in [(&recipe, "core", json!({ "open": true })), (&curve, "important", json!({ "months": 48 }))] {
        let input = json!({ "grade": grade, "circle_posts": [cast.post], "term": term, "declassification_condition": "技术公开后" });
        cast.go("office", candidate, "propose", input).await;
        assert!(cast.act("office", candidate, "approve", json!({})).await.is_err(), "whoever proposes never approves");
        cast.go("chen", candidate, "approve", json!({})).await;
        if grade == "core" {
            assert_eq!(cast.state(candidate), "proposed", "a core secret takes two of the committee");
            cast.go("lin", candidate, "approve", json!({})).await;
        }
        assert_eq!(cast.state(candidate), "approved");
    }
    let closed = cast.go("office", &campaign, "close", json!({ "summary": "完成" })).await;
    cast.house.until("the outcome is registered", |h| [&recipe, &curve].iter().all(|c| h.record(c.id).state == "registered")).await;
    let before = cast.house.live.store.counts().await.unwrap();
    let job = EffectJob {
        effect: "register_outcome".to_owned(),
        transition: "close".to_owned(),
        kind: "campaign".to_owned(),
        record: campaign.id,
        version: closed.version,
        actor: office.id(),
        left: vec![],
        job: campaign.id,
    };
    effects::run(&cast.house.live, &job).await.unwrap();
    effects::run(&cast.house.live, &job).await.unwrap();
    let after = cast.house.live.store.counts().await.unwrap();
    assert_eq!((before.records, before.events), (after.records, after.events), "running the effect again changes nothing");
    {
        let world = cast.house.live.world.read();
        assert_eq!(world.table("secret").unwrap().len(), 2);
        for candidate in [&recipe, &curve] {
            let candidate = world.record(candidate.id).unwrap();
            let secret = world.record(candidate.data["secret"].as_str().unwrap().parse().unwrap()).unwrap();
            assert_eq!((secret.state.as_str(), &secret.data["origin"]), ("effective", &json!(candidate.id)));
            assert_eq!(secret.data["approver"], candidate.data["approver"]);
            assert!(secret.number.is_some());
        }
    }
    let done = cast.house.live.campaign_progress(&office, campaign.id).unwrap();
    assert!(done.steps.iter().all(|s| s.done == s.total), "{done:?}");
    let secret: Id = cast.house.record(recipe.id).data["secret"].as_str().unwrap().parse().unwrap();
    let assessed = cast.house.live.assessment(&office, secret).await.unwrap();
    let not_public = assessed.elements.iter().find(|e| e.element == "not_public").unwrap();
    assert!(not_public.items.iter().any(|i| i.code == "novelty" && i.met), "the candidate's novelty report counts: {not_public:?}");
}

/// One job of an effect in the middle of which the node died: done again under its own keys, half or whole, the result is the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_that_was_done_and_not_said_so_is_not_done_again() {
    let cast = cast().await;
    let office = cast.house.caller("office");
    let data = json!({ "name": "补充识别", "year": 2026, "reason": "technology", "departments": cast.departments, "self_review_due": "2026-12-10" });
    let campaign = cast.house.create(&office, "campaign", data).await.unwrap();
    let opened = cast.go("office", &campaign, "open", json!({})).await;
    cast.house.until("each department has its list", |h| h.live.world.read().table("campaign_list").unwrap().len() == 3).await;
    let job = EffectJob {
        effect: "open_campaign_lists".to_owned(),
        transition: "open".to_owned(),
        kind: "campaign".to_owned(),
        record: campaign.id,
        version: opened.version,
        actor: office.id(),
        left: vec![],
        job: campaign.id,
    };
    effects::run(&cast.house.live, &job).await.unwrap();
    assert_eq!(cast.house.live.world.read().table("campaign_list").unwrap().len(), 3);
    let unknown = EffectJob { effect: "paint_it_green".to_owned(), ..job };
    assert_eq!(effects::run(&cast.house.live, &unknown).await.unwrap_err().code(), "effect.unknown");
}

/// B 4.1.1(1): only the list's own department and the office add to a list, and only until it is handed in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_1_1_a_list_takes_candidates_of_its_own_department_until_it_is_handed_in() {
    let cast = cast().await;
    let office = cast.house.caller("office");
    let campaign = cast.opened().await;
    let list = cast.list_of(cast.departments[0]);
    let entry = |list: &Record, department: Id| {
        json!({ "name": "配方", "list": list.id, "department": department, "carrier_forms": ["电子文档"],
            "points": [{ "name": "配方", "content": "具体内容", "difference": "公知资料未见" }] })
    };
    // Another department's officer names the own department, or the list's: neither helps.
    let strange = cast.house.create(&cast.house.caller("qian"), "candidate", entry(&list, cast.departments[1])).await.unwrap_err();
    assert_eq!(strange.code(), "guard.ref_department");
    assert!(cast.house.create(&cast.house.caller("qian"), "candidate", entry(&list, cast.departments[0])).await.is_err());
    // Nor does moving a candidate of the own list over.
    let own = cast.candidate(1, "锻造温度曲线").await;
    let moved = cast.act("qian", &own, "edit", json!({ "list": list.id, "department": cast.departments[0] })).await.unwrap_err();
    assert_eq!(moved.code(), "guard.of_department");
    // The office may add for a department.
    let added = cast.house.create(&office, "candidate", entry(&list, cast.departments[0])).await.unwrap();
    cast.go("sun", &list, "submit", json!({ "complete": true })).await;
    cast.house.until("listed", |h| h.record(added.id).state == "listed").await;
    // Handed in, it is closed to everyone; sent back, it takes more.
    for login in ["sun", "office"] {
        let late = cast.house.create(&cast.house.caller(login), "candidate", entry(&list, cast.departments[0])).await.unwrap_err();
        assert_eq!(late.code(), "guard.list_open", "{login}");
    }
    cast.go("office", &list, "send_back", json!({ "return_reason": "缺少检测技术类" })).await;
    let more = cast.candidate(0, "振动检测算法").await;
    for (login, department) in OFFICERS.iter().zip(&cast.departments) {
        cast.go(login, &cast.list_of(*department), "submit", json!({ "complete": true })).await;
    }
    cast.house.until("all listed", |h| [&added, &own, &more].iter().all(|c| h.record(c.id).state == "listed")).await;
    let reviewers: Vec<Id> = ["sun", "qian"].iter().map(|l| cast.house.caller(l).id()).collect();
    cast.go("office", &campaign, "cross_review", json!({ "reviewers": reviewers, "cross_review_due": "2026-12-20" })).await;
    let late = cast.house.create(&cast.house.caller("sun"), "candidate", entry(&list, cast.departments[0])).await.unwrap_err();
    assert_eq!(late.code(), "guard.list_open", "nothing comes in behind the reviewers");
}

/// B 4.1.1(1): a list that is sent back takes its candidates with it, and comes again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_1_1_a_list_that_is_sent_back_is_completed_and_handed_in_again() {
    let cast = cast().await;
    cast.opened().await;
    let first = cast.candidate(0, "配方").await;
    let list = cast.list_of(cast.departments[0]);
    assert!(cast.act("sun", &list, "submit", json!({ "complete": false })).await.is_err(), "the whole scope has to be gone through");
    cast.go("sun", &list, "submit", json!({ "complete": true })).await;
    cast.house.until("listed", |h| h.record(first.id).state == "listed").await;
    cast.go("office", &list, "send_back", json!({ "return_reason": "缺少检测技术类" })).await;
    cast.house.until("draft again", |h| h.record(first.id).state == "draft").await;
    let second = cast.candidate(0, "振动检测算法").await;
    cast.go("sun", &list, "submit", json!({ "complete": true })).await;
    cast.house.until("both listed", |h| [&first, &second].iter().all(|c| h.record(c.id).state == "listed")).await;
}

//! A secret from its draft to its end: classification, change of grade, term, declassification (B 4.1.2, 4.2, 4.3; H 8.1.3).

use jingui_app::due::expire_terms;
use jingui_kinds::record::Record;
use jingui_model::{Day, Id};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

/// The office, three of the committee, a department with an officer, a post with a holder.
struct Cast {
    house: House,
    department: Id,
    post: Id,
    holder: Id,
}

async fn cast() -> Cast {
    let house = house(Backend::chosen()).await;
    for (login, name) in [("chen", "陈主任"), ("lin", "林委员"), ("wu", "吴委员")] {
        let role = if login == "chen" { "committee_chair" } else { "committee" };
        house.person(login, name, None, &[role]).await;
    }
    let department = house.department("热处理车间").await;
    let officer = house.person("sun", "孙保密员", Some(department), &["staff"]).await;
    let record = house.record(department);
    house.act(&jingui_app::world::caller::Caller::system(), &record, "edit", json!({ "officers": [officer] })).await.unwrap();
    let post = house.system("post", json!({ "name": "热处理工程师", "department": department })).await.id;
    let holder = house.person("zhou", "周工", Some(department), &["staff"]).await;
    let person = house.record(holder);
    house.act(&jingui_app::world::caller::Caller::system(), &person, "edit", json!({ "posts": [post] })).await.unwrap();
    house.person("second", "第二保密专员", None, &["office"]).await;
    Cast { house, department, post, holder }
}

impl Cast {
    fn data(&self, grade: &str, term: &Value) -> Value {
        json!({
            "name": "风电轴承热处理工艺参数", "category": jingui_category(&self.house), "grade": grade, "department": self.department,
            "responsible": self.holder, "carrier_forms": ["纸质文件"], "circle_posts": [self.post], "term": term,
            "declassification_condition": "技术公开后", "exclusion": "none",
            "points": [{ "name": "淬火介质配方", "content": "甲乙丙三组分", "difference": "公知资料未见该配比" }],
        })
    }

    async fn act(&self, login: &str, record: &Record, action: &str, input: Value) -> Result<Record, jingui_model::Problem> {
        self.house.act(&self.house.caller(login), record, action, input).await
    }

    async fn vote(&self, record: &Record, logins: &[&str]) -> Record {
        let mut last = record.clone();
        for login in logins {
            last = self.act(login, record, "approve", json!({})).await.unwrap_or_else(|p| panic!("{login}: {p}"));
        }
        last
    }

    /// A secret in force, asked for by its department's officer.
    async fn in_force(&self, grade: &str, term: Value) -> Record {
        let draft = self.house.create(&self.house.caller("sun"), "secret", self.data(grade, &term)).await.unwrap();
        let asked = self.act("sun", &draft, "submit", json!({})).await.unwrap();
        let votes: &[&str] = if grade == "core" { &["office", "chen", "lin"] } else { &["office", "chen"] };
        let secret = self.vote(&asked, votes).await;
        assert_eq!(secret.state, "effective");
        secret
    }

    /// A request about a secret, with what is copied to it.
    async fn request(&self, kind: &str, secret: &Record, more: Value) -> Record {
        let mut data = json!({ "name": "申请", "secret": secret.id, "department": self.department, "explanation": "情况变化" });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.house.create(&self.house.caller("sun"), kind, data).await.unwrap();
        self.house.until("the need-to-know list is copied", |h| h.record(made.id).data.contains_key("circle_persons")).await;
        self.house.record(made.id)
    }

    fn today(&self) -> Day {
        use jingui_model::Clock as _;
        self.house.clock.now().day(jingui_model::Zone(480))
    }
}

fn jingui_category(house: &House) -> String {
    let world = house.live.world.read();
    world.catalog.taxonomies["bearing"].all().iter().find(|(n, _)| n.children.is_empty()).unwrap().0.code.clone()
}

/// B 4.1.1(5), 4.2.1; H 9.6.2: the office assesses, two of the committee agree to a core secret, and whoever asks never does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_2_1_a_core_secret_needs_two_of_the_committee_and_never_the_applicant() {
    let cast = cast().await;
    let draft = cast.house.create(&cast.house.caller("office"), "secret", cast.data("core", &json!({ "open": true }))).await.unwrap();
    let asked = cast.act("office", &draft, "submit", json!({})).await.unwrap();
    assert_eq!(asked.state, "pending");
    let own = cast.act("office", &asked, "approve", json!({})).await.unwrap_err();
    assert!(matches!(own.code(), "approval.own_request" | "policy.forbidden"), "{own}");
    assert!(cast.act("chen", &asked, "approve", json!({})).await.is_err(), "the office's step comes first");
    cast.act("second", &asked, "approve", json!({})).await.unwrap();
    let one = cast.act("chen", &asked, "approve", json!({})).await.unwrap();
    assert_eq!(one.state, "pending", "one of the committee is not enough for a core secret");
    assert!(cast.act("chen", &asked, "approve", json!({})).await.is_err(), "nobody votes twice");
    let two = cast.act("lin", &asked, "approve", json!({})).await.unwrap();
    assert_eq!(two.state, "effective");
    assert_eq!(two.data["classified_on"], json!(cast.today()));
    assert!(two.data.get("term_end").is_none_or(Value::is_null), "a core secret is kept until it is public or worthless");
    assert!(two.number.unwrap().starts_with("SM-2026-"));
    // H 8.2.1: who is on the list by post reads it; a colleague who is not does not.
    let reader = cast.house.caller("zhou");
    cast.house.live.read(&reader, "secret", two.id).await.unwrap();
    cast.house.person("xu", "徐工", Some(cast.department), &["staff"]).await;
    let other = cast.house.live.read(&cast.house.caller("xu"), "secret", two.id).await.unwrap_err();
    assert_eq!(other.code(), "record.missing");
    // B 2.4: and the administrators know that it exists, not what it says.
    for login in ["sysadmin", "secadmin", "auditor"] {
        assert!(cast.house.live.read(&cast.house.caller(login), "secret", two.id).await.is_err(), "{login}");
    }
}

/// B 4.3.1: up and down on application, with a notice to everyone on the list; the term follows the new grade.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_3_1_a_grade_goes_up_and_down_and_those_concerned_are_told() {
    let cast = cast().await;
    let secret = cast.in_force("general", json!({ "months": 24 })).await;
    for (round, (grade, term, votes)) in
        [("important", 48, &["office", "chen"][..]), ("general", 12, &["office", "lin"][..])].into_iter().enumerate()
    {
        let up = json!({ "new_grade": grade, "new_term": { "months": term }, "reason": "imitated" });
        let request = cast.request("grade_change", &secret, up).await;
        assert_eq!(request.data["old_grade"], cast.house.record(secret.id).data["grade"]);
        assert_eq!(request.data["circle_posts"], json!([cast.post]));
        let asked = cast.act("sun", &request, "submit", json!({})).await.unwrap();
        let done = cast.vote(&asked, votes).await;
        assert_eq!(done.state, "approved");
        cast.house.until("the grade is changed", |h| h.record(secret.id).data.get("grade") == Some(&json!(grade))).await;
        let now = cast.house.record(secret.id);
        assert_eq!(now.data["term_end"], json!(cast.today().plus_months(term)));
        let notices = |h: &House| h.live.world.read().table("notice").unwrap().len();
        cast.house.until("a notice is sent", |h| notices(h) == round as u64 + 1).await;
        let reader = cast.house.caller("zhou");
        let told = cast.house.live.list(&reader, "notice", &jingui_app::world::list::ListQuery::default()).unwrap();
        assert_eq!(told.total, round as u64 + 1);
        assert!(!told.items[0].title.as_ref().unwrap().contains("热处理"), "a notice never quotes the secret");
        // Who knows the secret confirms to know of the change.
        cast.act("zhou", &done, "acknowledge", json!({})).await.unwrap();
    }
}

/// B 2.4, 4.1.2: whoever comes onto the need-to-know list is told, and so is whoever is taken off it, by name or by post.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_1_2_those_who_are_taken_off_the_list_are_told_too() {
    let cast = cast().await;
    let secret = cast.in_force("general", json!({ "months": 24 })).await;
    let xu = cast.house.person("xu", "徐工", Some(cast.department), &["staff"]).await;
    let by_post = cast.house.person("pan", "潘工", Some(cast.department), &["staff"]).await;
    let system = jingui_app::world::caller::Caller::system();
    cast.house.act(&system, &cast.house.record(by_post), "edit", json!({ "posts": [cast.post] })).await.unwrap();
    let told = |login: &str| -> Vec<String> {
        let page = cast.house.live.list(&cast.house.caller(login), "notice", &jingui_app::world::list::ListQuery::default()).unwrap();
        page.items.into_iter().filter_map(|b| b.title).collect()
    };
    cast.act("office", &secret, "assign", json!({ "circle_persons": [xu] })).await.unwrap();
    cast.house.until("all on the list are told", |h| h.live.world.read().table("notice").unwrap().len() == 1).await;
    assert!(told("xu")[0].starts_with("知悉范围已调整") && told("pan").len() == 1 && told("zhou").len() == 1);
    // Off go xu by name and pan by post; zhou stays, being responsible.
    cast.act("office", &secret, "assign", json!({ "circle_posts": null, "circle_persons": [cast.holder] })).await.unwrap();
    cast.house.until("those off it are told", |h| h.live.world.read().table("notice").unwrap().len() == 3).await;
    for login in ["xu", "pan"] {
        let said = told(login);
        assert!(said.len() == 2 && said.iter().any(|t| t.starts_with("您已不在知悉范围内")), "{login}: {said:?}");
        assert!(cast.house.live.read(&cast.house.caller(login), "secret", secret.id).await.is_err());
    }
    assert!(told("zhou").len() == 2 && told("zhou").iter().all(|t| t.starts_with("知悉范围已调整")));
}

/// B 4.1.2, 4.3.2: a term ends by the calendar, once; an extension brings the secret back and may end again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_3_2_a_term_ends_by_the_calendar_once_and_can_be_extended() {
    let cast = cast().await;
    let secret = cast.in_force("general", json!({ "months": 12 })).await;
    let end: Day = secret.data["term_end"].as_str().unwrap().parse().unwrap();
    assert_eq!(expire_terms(&cast.house.live, end).await.unwrap(), 0, "the last day still counts");
    assert_eq!(expire_terms(&cast.house.live, end.plus_days(1)).await.unwrap(), 1);
    assert_eq!(expire_terms(&cast.house.live, end.plus_days(1)).await.unwrap(), 0, "once");
    assert_eq!(cast.house.record(secret.id).state, "expired");
    let longer = json!({ "new_term": { "months": 36 }, "reason": "still_valuable" });
    let request = cast.request("term_extension", &secret, longer).await;
    let asked = cast.act("sun", &request, "submit", json!({})).await.unwrap();
    cast.vote(&asked, &["office", "wu"]).await;
    cast.house.until("the term is extended", |h| h.record(secret.id).state == "effective").await;
    let end = cast.today().plus_months(36);
    assert_eq!(cast.house.record(secret.id).data["term_end"], json!(end));
    assert_eq!(expire_terms(&cast.house.live, end.plus_days(1)).await.unwrap(), 1, "the new term ends too");
}

/// B 4.3.2; H 6.3: declassified after approval, marks and limits removed on record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_3_2_declassification_is_approved_done_and_recorded() {
    let cast = cast().await;
    let secret = cast.in_force("important", json!({ "months": 36 })).await;
    let request = cast.request("declassification", &secret, json!({ "reason": "published", "published_at": "CN1234567A" })).await;
    let asked = cast.act("sun", &request, "submit", json!({})).await.unwrap();
    assert!(cast.act("sun", &asked, "approve", json!({})).await.is_err(), "whoever asks never decides");
    let approved = cast.vote(&asked, &["office", "chen"]).await;
    cast.house.until("the secret is declassified", |h| h.record(secret.id).state == "declassified").await;
    let unfinished = cast.act("office", &approved, "finish", json!({ "removal_note": "已删除" })).await.unwrap_err();
    assert_ne!(unfinished.code(), "policy.not_permitted");
    let input = json!({ "marks_removed": true, "access_lifted": true, "removal_note": "标识已删除，限制已解除" });
    assert_eq!(cast.act("office", &approved, "finish", input).await.unwrap().state, "finished");
    let line = cast.house.live.history(&cast.house.caller("office"), "secret", secret.id, None, 50).await.unwrap();
    assert!(line.iter().any(|l| l.act == "declassify" && l.circumstances["note"].as_str().unwrap().contains("JM-2026-")));
}

/// B 4.3.1: a secret that was withdrawn from protection meanwhile is not touched by a change that comes late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_comes_too_late_changes_nothing() {
    let cast = cast().await;
    let secret = cast.in_force("general", json!({ "months": 24 })).await;
    let change = json!({ "new_grade": "important", "new_term": { "months": 48 }, "reason": "value_up" });
    let request = cast.request("grade_change", &secret, change).await;
    let asked = cast.act("sun", &request, "submit", json!({})).await.unwrap();
    let system = jingui_app::world::caller::Caller::system();
    cast.house.act(&system, &cast.house.record(secret.id), "declassify", json!({})).await.unwrap();
    let office = cast.act("office", &asked, "approve", json!({})).await.unwrap();
    let refused = cast.act("chen", &office, "approve", json!({})).await;
    assert!(refused.is_err(), "the guard on the secret's state still holds at the last vote");
    assert_eq!(cast.house.record(secret.id).data["grade"], json!("general"));
}

/// Architecture, job runner: a node may die between doing an effect and saying so; every effect, run twice as one job, is done once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_effect_that_is_run_twice_is_done_once() {
    let cast = cast().await;
    let system = jingui_app::world::caller::Caller::system();
    let secret = cast.in_force("general", json!({ "months": 24 })).await;
    let change = json!({ "new_grade": "important", "new_term": { "months": 48 }, "reason": "value_up" });
    let grade = cast.request("grade_change", &secret, change).await;
    let term = cast.request("term_extension", &secret, json!({ "new_term": { "months": 30 }, "reason": "still_valuable" })).await;
    let end = cast.request("declassification", &secret, json!({ "reason": "worthless" })).await;
    let gone = cast.house.record(cast.holder);
    for (kind, record, effects) in [
        ("grade_change", &grade, &["copy_circle", "apply_grade_change", "notify_circle"][..]),
        ("term_extension", &term, &["apply_term", "notify_circle"][..]),
        ("declassification", &end, &["apply_declassification", "notify_circle"][..]),
        ("person", &gone, &["withdraw_access"][..]),
    ] {
        if kind == "person" {
            cast.house.act(&system, &gone, "leave", json!({ "left_on": "2026-11-21" })).await.unwrap();
        }
        for effect in effects {
            let job = jingui_app::jobs::EffectJob {
                effect: (*effect).to_owned(),
                transition: "submit".to_owned(),
                kind: kind.to_owned(),
                record: record.id,
                version: record.version,
                actor: Id::nil(),
                left: vec![],
                job: Id::new(&*cast.house.live.clock, &*cast.house.live.rng),
            };
            // The act's own job is the first run, this one the second: at the same moment they would be two acts.
            cast.house
                .until("its own job is through", |h| {
                    kind != "person" || h.record(h.live.world.read().account("zhou").unwrap()).state == "disabled"
                })
                .await;
            jingui_app::effects::run(&cast.house.live, &job).await.unwrap();
            let once = cast.house.live.store.counts().await.unwrap();
            jingui_app::effects::run(&cast.house.live, &job).await.unwrap();
            let twice = cast.house.live.store.counts().await.unwrap();
            assert_eq!((once.records, once.events), (twice.records, twice.events), "{effect}");
        }
    }
    assert_eq!(cast.house.record(secret.id).state, "declassified");
    assert_eq!(cast.house.record(secret.id).data["grade"], json!("important"));
}

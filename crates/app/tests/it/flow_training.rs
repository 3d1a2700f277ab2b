//! Training as people live it: invited, read, examined on the telephone, certified; valid training opens the way to secrets (B 4.2, 5.1; H 12.1).

use std::collections::{BTreeMap, BTreeSet};

use jingui_app::{
    training::{
        courses::Standing,
        coverage::{CoverageAsk, Trained},
        sitting::ExamSitting,
    },
    world::caller::Caller,
};
use jingui_kinds::record::Record;
use jingui_model::{Clock as _, Data, Id, Lang};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

/// A published course of two questions out of four, for one invited person of a department.
struct School {
    house: House,
    course: Record,
    person: Id,
    department: Id,
}

async fn go(house: &House, login: &str, record: &Record, action: &str, input: Value) -> Record {
    house.act(&house.caller(login), record, action, input).await.unwrap_or_else(|p| panic!("{login} {action}: {p} {:?}", p.parts()))
}

async fn question(house: &House, course: Id, text: &str, data: Value) -> Record {
    let mut all = json!({ "text": text, "course": course, "explanation": "见制度第三条" });
    all.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
    let made = house.create(&house.caller("office"), "question", all).await.unwrap();
    go(house, "office", &made, "use", json!({})).await
}

async fn school() -> School {
    let house = house(Backend::chosen()).await;
    let department = house.department("研发部").await;
    let person = house.person("xu", "徐工", Some(department), &["staff"]).await;
    house.person("chen", "陈委员", None, &["committee"]).await;
    let office = house.caller("office");
    let data = json!({ "name": "保密基础", "type": "joining", "content": "制度解读", "questions_drawn": 3, "exam_minutes": 10, "pass_mark": 60, "show_wrong": true, "attempts": 2, "retake_days": 2 });
    let course = house.create(&office, "training_course", data).await.unwrap();
    question(&house, course.id, "秘密载体可以带回家", json!({ "type": "judgement", "right": ["b"] })).await;
    question(&house, course.id, "核心秘密由谁定", json!({ "type": "single", "option_a": "部门", "option_b": "委员会", "right": ["b"] }))
        .await;
    question(
        &house,
        course.id,
        "哪些是载体",
        json!({ "type": "multiple", "option_a": "图纸", "option_b": "U 盘", "option_c": "天气", "right": ["a", "b"], "points": 10 }),
    )
    .await;
    let course = go(&house, "office", &course, "publish", json!({})).await;
    School { house, course, person, department }
}

impl School {
    /// The office invites the person to a session; from then on the course is theirs to read.
    async fn invite(&self) {
        let session = json!({ "name": "入职培训", "course": self.course.id, "department": self.department, "planned_on": "2026-11-21" });
        let session = self.house.create(&self.house.caller("office"), "training_session", session).await.unwrap();
        go(&self.house, "office", &session, "announce", json!({ "invited": [self.person] })).await;
        let (course, person) = (self.course.id, self.person.to_string());
        self.house
            .until("invited to the course", |h| {
                h.record(course).data.get("readers").and_then(Value::as_array).is_some_and(|r| r.iter().any(|id| id == &json!(person)))
            })
            .await;
    }

    async fn ready(&self) -> ExamSitting {
        self.invite().await;
        go(&self.house, "xu", &self.course, "acknowledge", json!({})).await;
        self.house.live.begin_exam(&self.house.caller("xu"), self.course.id).await.unwrap()
    }

    fn results(&self) -> Vec<Record> {
        let world = self.house.live.world.read();
        let table = world.table("exam_result").unwrap();
        table.live().iter().map(|r| table.row(r).unwrap().record().unwrap()).collect()
    }

    fn standing(&self) -> Standing {
        self.house.live.my_exams(&self.house.caller("xu")).unwrap().first().unwrap().standing
    }
}

fn codes(text: &str) -> BTreeSet<char> {
    text.chars().collect()
}

/// The right answer to each question, as somebody who learned would give it.
fn right(sitting: &ExamSitting) -> BTreeMap<u32, BTreeSet<char>> {
    let know = |text: &str| if text.contains("载体可以") || text.contains("由谁") { "b" } else { "ab" };
    sitting.questions.iter().map(|q| (q.place, codes(know(&q.text)))).collect()
}

/// B 5.1.1; H 12.1: invited, read, examined, passed, certified; the result is valid for the course's months.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_1_an_exam_is_sat_marked_and_certified_without_anybody_marking_it() {
    let school = school().await;
    let (house, live) = (&school.house, &school.house.live);
    let xu = house.caller("xu");
    assert!(live.read(&xu, "training_course", school.course.id).await.is_err(), "whoever is not invited does not see the course");
    assert_eq!(live.begin_exam(&xu, school.course.id).await.unwrap_err().code(), "record.missing");
    school.invite().await;
    live.read(&xu, "training_course", school.course.id).await.unwrap();
    assert_eq!(school.standing(), Standing::Unread);
    assert_eq!(live.begin_exam(&xu, school.course.id).await.unwrap_err().code(), "exam.unread");
    go(house, "xu", &school.course, "acknowledge", json!({})).await;
    let sitting = live.begin_exam(&xu, school.course.id).await.unwrap();
    assert_eq!((sitting.state.as_str(), sitting.questions.len(), sitting.seconds_left), ("open", 3, 600));
    assert_eq!(live.begin_exam(&xu, school.course.id).await.unwrap().id, sitting.id, "a reload goes on with the same paper");

    // What is right leaves neither with the sitting nor with its record, its history or the bank.
    assert!(sitting.questions.iter().all(|q| q.right.is_none() && q.explanation.is_none() && q.correct.is_none()));
    let shown = serde_json::to_string(&live.read(&xu, "exam_sitting", sitting.id).await.unwrap().record).unwrap();
    assert!(!shown.contains("\"paper\"") && !shown.contains("见制度"), "{shown}");
    let bank = live.list(&xu, "question", &Default::default());
    assert!(bank.map_or(0, |b| b.total) == 0, "the bank is not the examinee's to see");
    assert_eq!(
        live.list(&house.caller("chen"), "question", &Default::default()).map_or(0, |b| b
            .items
            .iter()
            .filter(|i| i.title.is_some())
            .count()),
        0
    );

    let answers = right(&sitting);
    live.save_exam(&xu, sitting.id, &answers).await.unwrap();
    let again = live.exam_sitting(&xu, sitting.id).await.unwrap();
    assert!(again.questions.iter().all(|q| !q.chosen.is_empty()), "answers outlive a reload");
    let done = live.hand_in_exam(&xu, sitting.id).await.unwrap();
    assert_eq!((done.state.as_str(), done.score), ("passed", Some(100)));
    assert!(done.questions.iter().all(|q| q.correct == Some(true)), "the course shows what was right afterwards");
    assert_eq!(live.hand_in_exam(&xu, sitting.id).await.unwrap_err().code(), "exam.handed_in", "not twice");
    assert_eq!(live.save_exam(&xu, sitting.id, &answers).await.unwrap_err().code(), "exam.handed_in", "nor changed afterwards");

    house.until("the result", |_| school.results().iter().any(|r| r.state == "valid")).await;
    let results = school.results();
    assert_eq!(results.len(), 1);
    let result = results.first().unwrap();
    assert_eq!(
        (&result.data["until"], &result.data["score"], &result.data["sitting"]),
        (&json!("2027-11-21"), &json!(100), &json!(sitting.id))
    );
    assert!(!result.data.contains_key("marked_by"), "the program marked it, nobody else");
    assert_eq!(school.standing(), Standing::Valid);
    assert_eq!(live.begin_exam(&xu, school.course.id).await.unwrap_err().code(), "exam.still_valid");
    let pdf = live.exam_certificate(&xu, result.id, Lang::Zh).await.unwrap();
    assert!(pdf.starts_with(b"%PDF"));
}

/// H 12.1: nobody sits another's exam, sees or marks it; a program sits none; a person's own acts on the sitting are none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_12_1_an_exam_is_the_persons_own() {
    let school = school().await;
    let (house, live) = (&school.house, &school.house.live);
    let sitting = school.ready().await;
    house.person("qian", "钱工", Some(school.department), &["staff"]).await;
    let (other, office) = (house.caller("qian"), house.caller("office"));
    assert_eq!(live.save_exam(&other, sitting.id, &right(&sitting)).await.unwrap_err().code(), "record.missing");
    assert_eq!(live.hand_in_exam(&office, sitting.id).await.unwrap_err().code(), "record.missing");
    assert!(live.exam_sitting(&other, sitting.id).await.is_err());
    assert!(live.exam_sitting(&office, sitting.id).await.unwrap().questions.is_empty(), "the office does not look over a shoulder");
    let mut program = house.caller("xu");
    program.actor.door = jingui_policy::Door::Token;
    assert_eq!(live.begin_exam(&program, school.course.id).await.unwrap_err().code(), "exam.person_only");
    let record = house.record(sitting.id);
    for (act, input) in [("pass", json!({ "score": 100 })), ("save", json!({ "answers": [] })), ("edit", json!({ "score": 100 }))] {
        assert!(house.act(&house.caller("xu"), &record, act, input.clone()).await.is_err(), "{act} by the examinee");
        assert!(house.act(&office, &record, act, input).await.is_err(), "{act} by the office");
    }
    assert_eq!(
        live.save_exam(&house.caller("xu"), sitting.id, &BTreeMap::from([(9, codes("a"))])).await.unwrap_err().code(),
        "exam.no_place"
    );
    assert_eq!(
        live.save_exam(&house.caller("xu"), sitting.id, &BTreeMap::from([(1, codes("z"))])).await.unwrap_err().code(),
        "exam.choice"
    );
    // Afterwards the office reviews what was drawn and answered.
    live.hand_in_exam(&house.caller("xu"), sitting.id).await.unwrap();
    assert_eq!(live.exam_sitting(&office, sitting.id).await.unwrap().questions.len(), 3);
}

/// B 5.1.1: failed; the retake waits; attempts end; the office may grant one more, not to itself; the one result goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_1_a_retake_waits_and_attempts_end() {
    let school = school().await;
    let (house, live) = (&school.house, &school.house.live);
    let xu = house.caller("xu");
    let first = school.ready().await;
    assert_eq!(live.hand_in_exam(&xu, first.id).await.unwrap().state, "failed");
    house.until("failed", |_| school.results().iter().any(|r| r.state == "failed")).await;
    assert_eq!(school.standing(), Standing::Wait);
    let wait = live.begin_exam(&xu, school.course.id).await.unwrap_err();
    assert_eq!(wait.code(), "exam.wait");
    assert!(wait.args().iter().any(|(n, v)| n == "day" && v == "2026-11-23"), "{wait:?}");
    house.clock.set("2026-11-23T01:00:00Z".parse().unwrap());
    let second = live.begin_exam(&xu, school.course.id).await.unwrap();
    assert_eq!(live.hand_in_exam(&xu, second.id).await.unwrap().state, "failed");
    house.clock.set("2026-12-23T01:00:00Z".parse().unwrap());
    assert_eq!(live.begin_exam(&xu, school.course.id).await.unwrap_err().code(), "exam.attempts");
    let failed = house.record(second.id);
    assert!(house.act(&xu, &failed, "set_aside", json!({ "set_aside_because": "再试" })).await.is_err());
    go(house, "office", &failed, "set_aside", json!({ "set_aside_because": "当天设备故障" })).await;
    let third = live.begin_exam(&xu, school.course.id).await.unwrap();
    live.save_exam(&xu, third.id, &right(&third)).await.unwrap();
    assert_eq!(live.hand_in_exam(&xu, third.id).await.unwrap().state, "passed");
    house.until("passed", |_| school.results().iter().any(|r| r.state == "valid")).await;
    let results = school.results();
    assert_eq!((results.len(), &results[0].data["attempt"]), (1, &json!(3)), "one result, taken again and again");
}

/// H 12.1: when time is over, what was saved is handed in, whether or not anybody looks; what comes later does not count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_12_1_time_hands_in_by_itself() {
    let school = school().await;
    let (house, live) = (&school.house, &school.house.live);
    let xu = house.caller("xu");
    let sitting = school.ready().await;
    let answers = right(&sitting);
    let (place, chosen) = answers.iter().next().unwrap();
    live.save_exam(&xu, sitting.id, &BTreeMap::from([(*place, chosen.clone())])).await.unwrap();
    let end = house.clock.now().plus_seconds(600);
    assert_eq!(live.close_exams(end).await.unwrap(), 0, "not a second early");
    house.clock.set(end.plus_seconds(6));
    let late = live.save_exam(&xu, sitting.id, &answers).await.unwrap_err();
    assert!(matches!(late.code(), "exam.over" | "exam.handed_in"), "{late}");
    assert_eq!(live.close_exams(house.clock.now()).await.unwrap(), 0, "it is handed in already");
    let record = house.record(sitting.id);
    assert_eq!((record.state.as_str(), &record.data["out_of_time"]), ("failed", &json!(true)));
    assert_eq!(record.data["answers"].as_array().unwrap().len(), 1);
    house.until("one result", |_| school.results().len() == 1).await;
}

/// B 4.2, 5.1.1: without a valid exam no access is asked for, and when it lapses before the decision none is granted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_2_a_core_secret_is_not_opened_to_whoever_is_not_trained() {
    let school = school().await;
    let house = &school.house;
    let secret = json!({ "name": "淬火配方", "grade": "core", "department": school.department, "circle_persons": [school.person], "term": { "open": true }, "classified_on": "2026-11-01", "points": [{ "name": "配比" }] });
    let secret = house.system("secret", secret).await;
    house.act(&Caller::system(), &secret, "register", json!({})).await.unwrap();
    let agreement = json!({ "name": "保密协议", "type": "employee", "person": school.person, "department": school.department, "scope": "范围", "duties": "义务" });
    let agreement = house.system("agreement", agreement).await;
    house.act(&Caller::system(), &agreement, "sign", json!({ "signed_day": "2026-11-20", "kept_at": "档案室" })).await.unwrap();
    let ask = json!({ "name": "查阅淬火配方", "applicant": school.person, "department": school.department, "purpose": "试制", "until": "2027-12-31", "device": "专用机" });
    let request = house.create(&house.caller("xu"), "access_request", ask).await.unwrap();
    let refused = house.act(&house.caller("xu"), &request, "submit", json!({})).await.unwrap_err();
    assert!(refused.code() == "guard.some_for" || refused.parts().iter().any(|p| p.code() == "guard.some_for"), "{refused}");

    let sitting = school.ready().await;
    let xu = house.caller("xu");
    house.live.save_exam(&xu, sitting.id, &right(&sitting)).await.unwrap();
    house.live.hand_in_exam(&xu, sitting.id).await.unwrap();
    house.until("valid", |_| school.results().iter().any(|r| r.state == "valid")).await;
    let request = go(house, "xu", &request, "submit", json!({})).await;
    let matched = json!({ "secret": secret.id, "grade": "core", "owner": school.department });
    let request = go(house, "office", &request, "match_up", matched).await;
    // A year later the exam has lapsed: what was asked for in time is refused all the same.
    assert_eq!(jingui_app::due::expire_terms(&house.live, "2027-11-22".parse().unwrap()).await.unwrap(), 1);
    let refused = house.act(&house.caller("office"), &request, "pass_on", json!({})).await.unwrap_err();
    assert!(refused.code() == "guard.some_for" || refused.parts().iter().any(|p| p.code() == "guard.some_for"), "{refused}");
}

/// H 12.1: coverage counts each person once, in the worst of their courses; keepers see their own department only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_12_1_coverage_counts_who_is_trained() {
    let school = school().await;
    let (house, live) = (&school.house, &school.house.live);
    let other = house.department("销售部").await;
    let qian = house.person("qian", "钱工", Some(other), &["staff"]).await;
    let lead = house.person("lead", "何部长", Some(other), &["staff"]).await;
    house.act(&Caller::system(), &house.record(other), "edit", json!({ "heads": [lead] })).await.unwrap();
    let sitting = school.ready().await;
    go(house, "office", &house.record(school.course.id), "enrol", json!({ "readers": [school.person, qian] })).await;
    live.save_exam(&house.caller("xu"), sitting.id, &right(&sitting)).await.unwrap();
    live.hand_in_exam(&house.caller("xu"), sitting.id).await.unwrap();
    house.until("valid", |_| school.results().iter().any(|r| r.state == "valid")).await;
    let all = live.training_coverage(&house.caller("office"), &CoverageAsk::default()).unwrap();
    assert_eq!((all.total.have_to, all.total.valid, all.total.never, all.rows.len()), (2, 1, 1, 2));
    assert!(all.persons.is_empty());
    let never = CoverageAsk { trained: Some(Trained::Never), persons: true, ..CoverageAsk::default() };
    let named = live.training_coverage(&house.caller("lead"), &never).unwrap();
    assert_eq!((named.total.have_to, named.persons.len(), named.persons[0].id), (1, 1, qian), "the own department only");
    assert!(live.training_coverage(&house.caller("xu"), &never).is_err(), "staff see their own results only");
    // A month before its end the pass counts as lapsing soon, and the exam is open again.
    house.clock.set("2027-11-01T01:00:00Z".parse().unwrap());
    assert_eq!(live.training_coverage(&house.caller("office"), &CoverageAsk::default()).unwrap().total.soon, 1);
    assert_eq!(school.standing(), Standing::Soon);
}

/// H 12.1: a question that cannot be answered is not used; a bank comes in by Excel like any register.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_12_1_a_question_that_cannot_be_answered_is_not_used() {
    let school = school().await;
    let house = &school.house;
    let wrong = [
        (json!({ "type": "judgement", "right": ["c"] }), "guard.answers_judgement"),
        (json!({ "type": "single", "option_a": "甲", "option_b": "乙", "right": ["a", "b"] }), "guard.answers_one"),
        (json!({ "type": "single", "option_a": "甲", "right": ["a"] }), "guard.answers_options"),
        (json!({ "type": "multiple", "option_a": "甲", "option_b": "乙", "right": ["a", "c"] }), "guard.answers_without_option"),
    ];
    for (data, code) in wrong {
        let mut all: Data = crate::support::fields(json!({ "text": "题", "course": school.course.id }));
        all.extend(crate::support::fields(data));
        let made = house.create(&house.caller("office"), "question", json!(all)).await.unwrap();
        let refused = house.act(&house.caller("office"), &made, "use", json!({})).await.unwrap_err();
        assert!(refused.code() == code || refused.parts().iter().any(|p| p.code() == code), "{code}: {refused}");
    }
    let staff = json!({ "text": "题", "course": school.course.id, "type": "judgement" });
    assert!(house.create(&house.caller("xu"), "question", staff).await.is_err(), "staff write no questions");
}

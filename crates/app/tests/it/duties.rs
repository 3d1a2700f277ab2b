//! Duties arise by themselves, for the right people, on the right day, once; and what was done settles them (B 5, 7, 10; H 5.3, 12.3).

use std::collections::BTreeMap;

use jingui_app::{duties, world::caller::Caller};
use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Day, Id};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

/// A company with a department, its head and its officer, an office of two and a chair.
struct Firm {
    house: House,
    ids: BTreeMap<&'static str, Id>,
}

async fn firm() -> Firm {
    let house = house(Backend::chosen()).await;
    let rd = house.department("研发部").await;
    let mut ids = BTreeMap::from([("rd", rd)]);
    for (login, name, department, role) in [
        ("chair", "陈主任", None, "committee_chair"),
        ("head", "何部长", Some(rd), "staff"),
        ("officer", "孙保密员", Some(rd), "staff"),
        ("staff", "周工", Some(rd), "staff"),
    ] {
        ids.insert(login, house.person(login, name, department, &[role]).await);
    }
    for login in ["office", "sysadmin"] {
        ids.insert(login, house.caller(login).id());
    }
    let led = json!({ "heads": [ids["head"]], "officers": [ids["officer"]] });
    house.act(&Caller::system(), &house.record(rd), "edit", led).await.unwrap();
    Firm { house, ids }
}

fn at(text: &str) -> Day {
    text.parse().unwrap()
}

impl Firm {
    /// It becomes nine o'clock of a day, and the day's work is done.
    async fn morning(&self, day: &str) -> duties::Done {
        self.house.clock.set(format!("{day}T01:00:00Z").parse().unwrap());
        duties::day(&self.house.live, at(day)).await.unwrap()
    }

    /// Every day from one to another, as a server that is never off.
    async fn days(&self, from: &str, to: &str) {
        for number in at(from).number()..=at(to).number() {
            self.morning(&Day::from_number(number).to_string()).await;
        }
    }

    fn duties(&self, rule: &str) -> Vec<Record> {
        let world = self.house.live.world.read();
        let table = world.table("duty").unwrap();
        let all = table.live().iter().filter_map(|r| table.row(r)).map(|r| r.record().unwrap());
        all.filter(|d| d.data["rule"] == rule).collect()
    }

    fn one(&self, rule: &str) -> Record {
        let found = self.duties(rule);
        assert_eq!(found.len(), 1, "{rule}: {:?}", found.iter().map(|d| &d.data["key"]).collect::<Vec<_>>());
        found.into_iter().next().unwrap()
    }

    async fn go(&self, login: &str, id: Id, act: &str, input: Value) -> Record {
        let record = self.house.record(id);
        let done = self.house.act(&self.house.caller(login), &record, act, input).await;
        done.unwrap_or_else(|p| panic!("{} {act} by {login}: {p} {:?}", record.kind, p.parts()))
    }

    async fn make(&self, login: &str, kind: &str, data: Value) -> Id {
        let made = self.house.create(&self.house.caller(login), kind, data).await;
        made.unwrap_or_else(|p| panic!("{kind} by {login}: {p} {:?}", p.parts())).id
    }

    async fn follow(&self) -> duties::Done {
        let today = self.house.live.today();
        duties::follow(&self.house.live, today).await.unwrap()
    }

    fn asks(&self, login: &str, id: Id) -> bool {
        self.house.live.work(&self.house.caller(login)).unwrap().items.iter().any(|i| i.record.id == id)
    }
}

/// B 10.1.1: each department checks itself every week; its officer is asked, hands in a note and a file, and it is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_10_1_1_the_weekly_self_check_arises_for_the_departments_officer() {
    let firm = firm().await;
    assert_eq!(firm.morning("2026-11-21").await.raised, 0, "nothing arises on the day of set-up, a Saturday");
    // Due on Friday the 27th with four working days for it: raised on Monday the 23rd.
    firm.morning("2026-11-23").await;
    let duty = firm.one("weekly_self_check");
    assert_eq!((&duty.data["raised_on"], &duty.data["due"]), (&json!("2026-11-23"), &json!("2026-11-27")));
    assert_eq!(duty.data["key"], json!(format!("weekly_self_check/2026-W48/{}", firm.ids["rd"])));
    assert_eq!(ids(duty.data.get("responsible")), [firm.ids["officer"]]);
    assert!(firm.asks("officer", duty.id) && !firm.asks("staff", duty.id) && !firm.asks("head", duty.id));
    assert_eq!(firm.morning("2026-11-23").await.raised, 0, "once");
    // A note is not enough, somebody else's word neither.
    let note = json!({ "result": "逐项自查，无异常" });
    let refused = firm.house.act(&firm.house.caller("officer"), &duty, "finish", note.clone()).await.unwrap_err();
    assert!(refused.parts().iter().chain([&refused]).any(|p| p.code() == "guard.not_empty"), "{refused}");
    assert!(firm.house.act(&firm.house.caller("head"), &duty, "finish", note.clone()).await.is_err());
    let sheet = Box::new("自查表".as_bytes());
    firm.house.live.attach(&firm.house.caller("officer"), "duty", duty.id, "files", None, "自查表.txt", "text/plain", sheet).await.unwrap();
    let done = firm.go("officer", duty.id, "finish", note).await;
    assert_eq!((done.state.as_str(), &done.data["done_by"]), ("done", &json!(firm.ids["officer"])));
    assert!(!firm.asks("officer", duty.id));
}

/// B 7.2.2: the audit of the log settles the week's duty by itself; one audit settles one week, the older one first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_7_2_2_an_audit_of_the_log_settles_the_duty_of_one_week() {
    let firm = firm().await;
    firm.days("2026-11-23", "2026-11-30").await;
    assert_eq!(firm.duties("weekly_log_audit").len(), 2);
    let by_hand =
        firm.house.act(&firm.house.caller("office"), &firm.duties("weekly_log_audit")[0], "finish", json!({ "result": "做了" })).await;
    assert!(by_hand.is_err(), "nobody ticks what a record has to prove");
    let office = firm.ids["office"];
    let audit = |week: &str| json!({ "name": week, "from": "2026-11-23", "to": "2026-11-29", "auditor": office, "due": "2026-12-01" });
    let sign = json!({ "readings": 12, "denials": 1, "conclusion": "未见异常" });
    let first = firm.make("office", "log_audit", audit("第48周")).await;
    firm.follow().await;
    assert!(firm.duties("weekly_log_audit").iter().all(|d| d.state != "done"), "an audit that is not signed proves nothing");
    firm.go("office", first, "conclude", sign.clone()).await;
    firm.house.until("the first week is settled", |_| firm.duties("weekly_log_audit").iter().any(|d| d.state == "done")).await;
    let [old, new] = <[Record; 2]>::try_from(firm.duties("weekly_log_audit")).unwrap();
    assert_eq!((old.state.as_str(), new.state.as_str()), ("done", "open"));
    assert_eq!(old.data["proof_id"], json!(first.to_string()));
    assert_eq!((&old.data["done_by"], &old.data["late"]), (&json!(office), &json!(true)), "it was due on the 27th");
    let second = firm.make("office", "log_audit", audit("第49周")).await;
    firm.go("office", second, "conclude", sign).await;
    firm.house.until("the second week too", |_| firm.duties("weekly_log_audit").iter().all(|d| d.state == "done")).await;
}

/// Issue: catch-up after the server was off for weeks is correct. A year cut into any pieces raises the same duties.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weeks_without_the_server_leave_nothing_out_and_nothing_twice() {
    let (always, gaps) = (firm().await, firm().await);
    always.days("2026-11-22", "2027-01-15").await;
    for day in ["2026-11-22", "2026-11-24", "2026-12-20", "2027-01-15"] {
        gaps.morning(day).await;
        if day == "2026-12-20" {
            // The clock goes back for a while (a battery is empty) and comes back.
            gaps.morning("2026-12-02").await;
        }
    }
    let keys = |firm: &Firm| {
        let world = firm.house.live.world.read();
        let table = world.table("duty").unwrap();
        let rd = firm.ids["rd"].to_string();
        let key = |r: &jingui_app::world::table::Row| r.record().unwrap().data["key"].as_str().unwrap().replace(&rd, "rd");
        let mut all: Vec<String> = table
            .live()
            .iter()
            .filter_map(|r| table.row(r))
            .map(key)
            .filter(|k| !k.ends_with(|c: char| c.is_ascii_hexdigit()) || k.ends_with("rd"))
            .collect();
        all.sort();
        all
    };
    let (a, b) = (keys(&always), keys(&gaps));
    assert!(a.len() > 100, "{}", a.len());
    assert_eq!(a, b);
    let mut once = a.clone();
    once.dedup();
    assert_eq!(once, a);
}

/// B 10.1.3, H 5.3: who is away is passed over, who takes over is asked, and a circle of delegations is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_5_3_duties_follow_absence_and_delegation_and_no_circle() {
    let firm = firm().await;
    firm.morning("2026-11-23").await;
    let duty = firm.one("weekly_self_check").id;
    let rd = firm.ids["rd"];
    let away = json!({ "name": "出差", "person": firm.ids["officer"], "department": rd, "first": "2026-11-24", "last": "2026-11-25" });
    let refused = firm.house.create(&firm.house.caller("staff"), "absence", away.clone()).await.unwrap_err();
    assert!(refused.parts().iter().chain([&refused]).any(|p| p.code() == "guard.self_or_role"), "nobody sends another away: {refused}");
    let backwards = json!({ "name": "出差", "person": firm.ids["officer"], "department": rd, "first": "2026-11-25", "last": "2026-11-24" });
    assert!(firm.house.create(&firm.house.caller("officer"), "absence", backwards).await.is_err());
    firm.make("officer", "absence", away).await;
    firm.morning("2026-11-24").await;
    assert_eq!(ids(firm.house.record(duty).data.get("responsible")), [firm.ids["head"]], "the officer is away: the head is asked");
    firm.morning("2026-11-26").await;
    assert_eq!(ids(firm.house.record(duty).data.get("responsible")), [firm.ids["officer"]]);
    let hand = |from: &str, to: &str| json!({ "name": "休假", "giver": firm.ids[from], "taker": firm.ids[to], "department": rd, "first": "2026-11-26", "last": "2026-12-10" });
    let to_staff = firm.make("officer", "delegation", hand("officer", "staff")).await;
    assert!(firm.asks("staff", to_staff));
    firm.morning("2026-11-26").await;
    assert_eq!(ids(firm.house.record(duty).data.get("responsible")), [firm.ids["officer"]], "only once it is taken over");
    firm.go("staff", to_staff, "take", json!({})).await;
    firm.morning("2026-11-26").await;
    let now = firm.house.record(duty);
    assert_eq!(ids(now.data.get("responsible")), [firm.ids["staff"]]);
    assert_eq!(ids(now.data.get("stand_in_for")), [firm.ids["officer"]]);
    let back = firm.house.create(&firm.house.caller("staff"), "delegation", hand("staff", "officer")).await.unwrap_err();
    assert!(back.parts().iter().chain([&back]).any(|p| p.code() == "guard.no_circle"), "{back}");
    // The stand-in leaves: the duty goes back by itself.
    firm.house.act(&Caller::system(), &firm.house.record(firm.ids["staff"]), "leave", json!({ "left_on": "2026-11-26" })).await.unwrap();
    firm.morning("2026-11-27").await;
    assert_ne!(ids(firm.house.record(duty).data.get("responsible")), [firm.ids["staff"]], "who left answers for nothing");
}

/// B 10.1.1: late on the day after, to the head one working day later, to the office after three.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_10_1_1_a_late_duty_is_told_to_those_above_step_by_step() {
    let firm = firm().await;
    firm.morning("2026-11-23").await;
    let duty = firm.one("weekly_self_check").id;
    firm.morning("2026-11-27").await;
    assert_eq!(firm.house.record(duty).state, "open", "the last day still counts");
    firm.morning("2026-11-28").await;
    let late = firm.house.record(duty);
    assert_eq!((late.state.as_str(), ids(late.data.get("informed"))), ("late", vec![]), "a Saturday");
    firm.morning("2026-11-30").await;
    assert_eq!(ids(firm.house.record(duty).data.get("informed")), [firm.ids["head"]]);
    firm.morning("2026-12-02").await;
    let told = firm.house.record(duty);
    assert!(ids(told.data.get("informed")).contains(&firm.ids["office"]), "{:?}", told.data);
    assert_eq!(told.data["level"], json!(2));
    let again = firm.morning("2026-12-02").await;
    assert_eq!(again.chased, 0, "told once");
    // The office may dispense with it, with a reason; the officer who was to do it may not.
    let why = json!({ "reason": "部门停产检修" });
    assert!(firm.house.act(&firm.house.caller("officer"), &told, "dispense", why.clone()).await.is_err());
    assert_eq!(firm.go("office", duty, "dispense", why).await.state, "dispensed");
}

/// B 5.1.3: who leaves sets duties going at once; what was done in the register of leaving settles them; what falls away, falls away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_3_leaving_sets_duties_going_and_its_steps_settle_them() {
    let firm = firm().await;
    firm.morning("2026-11-23").await;
    let (rd, staff) = (firm.ids["rd"], firm.ids["staff"]);
    let leaving = json!({ "name": "离职", "person": staff, "department": rd, "handlers": [firm.ids["officer"]], "last_day": "2026-12-18" });
    let leaving = firm.make("office", "departure", leaving).await;
    firm.house.until("the interview is asked for", |_| !firm.duties("leaving_interview").is_empty()).await;
    let talk = firm.one("leaving_interview");
    assert_eq!((&talk.data["about_id"], &talk.data["due"]), (&json!(leaving.to_string()), &json!("2026-11-26")));
    assert!(!talk.data.contains_key("department"), "what few may see does not show in the department's list");
    assert!(firm.house.live.read(&firm.house.caller("head"), "duty", talk.id).await.is_err(), "nor can its head read it");
    let number = firm.house.record(leaving).number.unwrap();
    assert!(talk.data["name"].as_str().unwrap().contains(&number) && !talk.data["name"].as_str().unwrap().contains("周工"));
    // The duty and the departure itself both ask the officer; one of them is shown.
    let office_work = firm.house.live.work(&firm.house.caller("officer")).unwrap();
    let about: Vec<Id> = office_work.items.iter().map(|i| i.record.id).filter(|id| *id == talk.id || *id == leaving).collect();
    assert_eq!(about.len(), 1, "{about:?}");
    let spoken = json!({ "interviewers": [firm.ids["office"], firm.ids["head"]], "interview_note": "重申义务", "reminder_given": true });
    firm.go("office", leaving, "interview", spoken).await;
    firm.house.until("the interview is settled", |_| firm.one("leaving_interview").state == "done").await;
    assert_eq!(firm.one("leaving_interview").data["done_by"], json!(firm.ids["office"]));
    // Three days before the last day, which is a Friday.
    firm.days("2026-12-14", "2026-12-15").await;
    let returns = firm.one("leaving_returns");
    assert_eq!((&returns.data["raised_on"], &returns.data["due"]), (&json!("2026-12-15"), &json!("2026-12-18")));
    firm.go("office", leaving, "stay", json!({})).await;
    firm.morning("2026-12-16").await;
    let returns = firm.one("leaving_returns");
    assert!(["done", "moot"].contains(&returns.state.as_str()), "{}", returns.state);
    firm.days("2026-12-18", "2026-12-21").await;
    assert!(firm.duties("leaving_rights").is_empty(), "who stays keeps the rights");
}

/// B 5.5.1: an agreement that ends in 30 days; moved to a later day, the old duty is laid down and the new one comes in its time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_5_1_an_agreement_that_nears_its_end_is_asked_about_once_for_each_end() {
    let firm = firm().await;
    firm.morning("2026-11-23").await;
    let agreement = json!({ "name": "协议", "type": "employee", "person": firm.ids["staff"], "department": firm.ids["rd"], "scope": "范围", "duties": "义务" });
    let agreement = firm.make("office", "agreement", agreement).await;
    firm.go("office", agreement, "sign", json!({ "signed_day": "2026-11-23", "until": "2026-12-10", "kept_at": "档案室" })).await;
    firm.morning("2026-11-23").await;
    let duty = firm.one("agreement_ends");
    assert_eq!((&duty.data["raised_on"], &duty.data["due"]), (&json!("2026-11-23"), &json!("2026-12-10")), "entered late, raised at once");
    firm.house.act(&Caller::system(), &firm.house.record(agreement), "edit", json!({ "until": "2027-03-31" })).await.unwrap();
    firm.morning("2026-11-24").await;
    assert_eq!(firm.house.record(duty.id).state, "moot");
    firm.morning("2027-03-01").await;
    let ends: Vec<Record> = firm.duties("agreement_ends");
    assert_eq!(ends.len(), 2);
    assert_eq!(ends[1].data["due"], json!("2027-03-31"));
}

/// B 5.3.2: the spring festival moves what is due into the days that are worked (2027-02-06 is the first day of the year of the goat).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_7_3_1_nothing_is_asked_for_on_days_of_rest() {
    let firm = firm().await;
    firm.days("2026-12-28", "2027-01-06").await;
    for duty in firm.duties("daily_it_check") {
        let day = at(duty.data["due"].as_str().unwrap());
        assert!(firm.house.live.agenda.calendar.is_working(day), "{day}");
    }
    let backups = firm.duties("daily_core_backup");
    assert!(backups.iter().any(|d| d.data["due"] == "2027-01-01"), "core data is backed up on holidays too (B 7.2.2)");
    assert!(backups.iter().all(|d| ids(d.data.get("responsible")) == [firm.ids["sysadmin"]]));
}

/// Somebody leaves while a duty is theirs, and a department is dissolved: nothing is lost, nothing is asked of those who are gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_3_1_3_a_department_that_is_dissolved_has_no_more_weekly_checks() {
    let firm = firm().await;
    firm.morning("2026-11-23").await;
    let duty = firm.one("weekly_self_check").id;
    for login in ["head", "officer", "staff"] {
        firm.house.act(&Caller::system(), &firm.house.record(firm.ids[login]), "leave", json!({ "left_on": "2026-11-23" })).await.unwrap();
    }
    firm.morning("2026-11-24").await;
    let heir = ids(firm.house.record(duty).data.get("responsible"));
    assert!(heir.contains(&firm.ids["office"]), "with nobody left in the department it is the office's: {heir:?}");
    firm.house.act(&Caller::system(), &firm.house.record(firm.ids["rd"]), "close", json!({})).await.unwrap();
    firm.morning("2026-11-25").await;
    assert_eq!(firm.house.record(duty).state, "moot");
    assert_eq!(firm.one("department_closed").data["about_id"], json!(firm.ids["rd"].to_string()));
    firm.morning("2026-11-30").await;
    assert_eq!(firm.duties("weekly_self_check").len(), 1);
}

/// B 5.1.1: who failed trains and sits again; an exam passed long before the failure is no proof that it was done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_1_what_was_passed_long_before_does_not_settle_what_was_failed() {
    let firm = firm().await;
    let (rd, staff) = (firm.ids["rd"], firm.ids["staff"]);
    firm.morning("2026-03-02").await;
    let course = json!({ "name": "保密基础", "type": "quarterly", "content": "制度与案例" });
    let course = firm.make("office", "training_course", course).await;
    let exam = async |day: &str| {
        let sat = json!({ "name": "保密考核", "person": staff, "department": rd, "course": course, "taken_on": day });
        firm.make("office", "exam_result", sat).await
    };
    let old = exam("2026-03-02").await;
    firm.go("office", old, "pass", json!({ "score": 90, "until": "2027-03-01" })).await;
    firm.morning("2026-11-23").await;
    let failed = exam("2026-11-23").await;
    firm.go("office", failed, "fail", json!({ "score": 40 })).await;
    firm.house.until("sitting again is asked for", |_| !firm.duties("exam_failed").is_empty()).await;
    firm.follow().await;
    assert_ne!(firm.one("exam_failed").state, "done", "it was passed in March, before it was failed");
    let again = exam("2026-11-24").await;
    firm.morning("2026-11-24").await;
    firm.go("office", again, "pass", json!({ "score": 85, "until": "2027-11-23" })).await;
    firm.follow().await;
    firm.house.until("it is settled", |_| firm.one("exam_failed").state == "done").await;
    assert_eq!(firm.one("exam_failed").data["proof_id"], json!(again.to_string()));
}

//! Conditions of reading: an agreement, an examination, a place, a purpose and a time, held against each page (B 4.2, 5.1.1, 5.1.2, 5.3.2;
//! H 8.2.1, 8.3.1).

use jingui_app::{reading::ReadingChange, settings::SettingsChange, viewing::ViewingView, world::caller::Caller};
use jingui_kinds::record::{FileVersion, Record};
use jingui_model::{Id, Problem};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

const SESSION: &str = "the session of one browser";

struct Cast {
    house: House,
    department: Id,
    reader: Id,
    secret: Record,
    file: Id,
}

/// A secret in force of a grade, with a file and one reader who knows it.
async fn cast(grade: &str) -> Cast {
    let house = house(Backend::chosen()).await;
    let department = house.department("热处理车间").await;
    let reader = house.person("zhou", "周工", Some(department), &["staff"]).await;
    let data = json!({
        "name": "热处理工艺参数", "grade": grade, "department": department, "circle_persons": [reader], "term": { "open": true },
        "classified_on": "2026-11-01", "points": [{ "name": "配比" }],
    });
    let secret = house.system("secret", data).await;
    let content = Box::new(std::io::Cursor::new("淬火 840".as_bytes().to_vec()));
    let text = "text/plain";
    house.live.attach(&Caller::system(), "secret", secret.id, "files", None, "记录.txt", text, content).await.unwrap();
    let secret = house.act(&Caller::system(), &house.record(secret.id), "register", json!({})).await.unwrap();
    let files: Vec<FileVersion> = serde_json::from_value(secret.data["files"].clone()).unwrap();
    Cast { house, department, reader, secret, file: files[0].id }
}

impl Cast {
    async fn view(&self, purpose: Option<&str>) -> Result<ViewingView, Problem> {
        let zhou = self.house.caller("zhou");
        self.house.live.view_file(&zhou, SESSION, "secret", self.secret.id, self.file, purpose).await
    }

    async fn page(&self, viewing: Id) -> Result<Vec<u8>, Problem> {
        self.house.live.viewing_page(&self.house.caller("zhou"), SESSION, viewing, 1, 300).await
    }

    async fn set(&self, reading: ReadingChange) {
        let change = SettingsChange { reading, ..SettingsChange::default() };
        self.house.live.change_settings(&self.house.caller("secadmin"), &change).await.unwrap();
    }

    async fn sign(&self) -> Record {
        let data = json!({
            "name": "保密协议", "type": "employee", "person": self.reader, "department": self.department, "scope": "范围", "duties": "义务",
        });
        let agreement = self.house.system("agreement", data).await;
        let input = json!({ "signed_day": "2026-11-20", "kept_at": "档案室", "until": "2026-12-31" });
        self.house.act(&Caller::system(), &agreement, "sign", input).await.unwrap()
    }

    async fn act(&self, record: &Record, action: &str, input: Value) -> Record {
        self.house.act(&Caller::system(), &self.house.record(record.id), action, input).await.unwrap()
    }

    /// Why the last refusal was made, as the ledger says.
    async fn refusal(&self) -> Value {
        let office = self.house.caller("office");
        let lines = self.house.live.history(&office, "secret", self.secret.id, None, 5).await.unwrap();
        let line = lines.into_iter().find(|l| l.act == "denied").expect("the refusal is in the ledger");
        line.circumstances.get("policies").cloned().unwrap_or_default()
    }
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.map_or_else(|p| p.code().to_owned(), |_| "allowed".to_owned())
}

/// B 5.1.1, 5.1.2: whoever has no agreement in force reads nothing, and whose agreement ends sees no further page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_1_an_agreement_in_force_is_asked_for_at_each_page() {
    let cast = cast("important").await;
    let viewing = cast.view(None).await.unwrap();
    assert!(cast.page(viewing.id).await.is_ok(), "nothing is asked for unless the settings say so");
    cast.set(ReadingChange { reading_agreement: Some("important".to_owned()), ..ReadingChange::default() }).await;
    assert_eq!(code(cast.page(viewing.id).await), "reading.agreement");
    assert_eq!(cast.refusal().await, json!(["reading.agreement"]));
    assert_eq!(code(cast.page(viewing.id).await), "view.gone", "the viewer is closed");
    assert_eq!(code(cast.view(None).await), "reading.agreement");

    let agreement = cast.sign().await;
    let viewing = cast.view(None).await.unwrap();
    assert!(cast.page(viewing.id).await.is_ok());
    cast.act(&agreement, "end", json!({ "end_reason": "离职" })).await;
    assert_eq!(cast.house.live.lost_viewings(SESSION), [viewing.id], "open viewers hear of it");
    assert_eq!(code(cast.view(None).await), "reading.agreement");

    // Its last day counts, although nobody has moved the record yet.
    cast.sign().await;
    cast.house.clock.set("2026-12-31T15:00:00Z".parse().unwrap());
    assert_eq!(code(cast.view(None).await), "allowed");
    cast.house.clock.set("2026-12-31T16:00:00Z".parse().unwrap());
    assert_eq!(code(cast.view(None).await), "reading.agreement", "it is the first of January in the company's zone");
}

/// B 5.1.2: an examination that is still valid, from the grade on that the settings name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_2_a_valid_examination_is_asked_for_from_a_grade_on() {
    let cast = cast("important").await;
    cast.set(ReadingChange { reading_training: Some("core".to_owned()), ..ReadingChange::default() }).await;
    assert_eq!(code(cast.view(None).await), "allowed", "it is no core secret");
    cast.set(ReadingChange { reading_training: Some("general".to_owned()), ..ReadingChange::default() }).await;
    assert_eq!(code(cast.view(None).await), "reading.training");
    let course = json!({ "name": "年度保密培训", "type": "joining", "content": "制度解读" });
    let course = cast.house.system("training_course", course).await;
    let exam = json!({
        "name": "年度考核", "person": cast.reader, "department": cast.department, "course": course.id, "taken_on": "2026-11-20",
    });
    let exam = cast.house.system("exam_result", exam).await;
    assert_eq!(code(cast.view(None).await), "reading.training", "it was taken, and not yet passed");
    cast.act(&exam, "pass", json!({ "score": 92, "until": "2027-11-20" })).await;
    assert_eq!(code(cast.view(None).await), "allowed");
}

/// B 5.3.2, H 9.6.1: from the networks of a zone of the level, and of no lower one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_3_2_a_file_is_read_in_a_zone_of_its_level() {
    let cast = cast("important").await;
    cast.set(ReadingChange { reading_place: Some("important".to_owned()), ..ReadingChange::default() }).await;
    assert_eq!(code(cast.view(None).await), "reading.place", "no zone names a network yet");
    let mut zones = vec![];
    for (level, network) in [("general", "127.0.0.0/8"), ("important", "10.8.0.0/16")] {
        let zone = json!({ "name": level, "level": level, "department": cast.department, "responsible": cast.reader });
        let zone = cast.house.system("zone", zone).await;
        let wrong = json!({ "sign_text": "涉密区", "measures": ["sign"], "networks": ["127.0.0.1/8"] });
        let refused = cast.house.act(&Caller::system(), &zone, "open", wrong).await.unwrap_err();
        assert!(refused.code() == "guard.network_ranges" || refused.parts().iter().any(|p| p.code() == "guard.network_ranges"));
        zones.push(cast.act(&zone, "open", json!({ "sign_text": "涉密区", "measures": ["sign"], "networks": [network] })).await);
    }
    assert_eq!(code(cast.view(None).await), "reading.place", "the reader's network is that of a lower zone");
    cast.act(&zones[1], "change", json!({ "networks": ["10.8.0.0/16", "127.0.0.0/8"] })).await;
    let viewing = cast.view(None).await.unwrap();
    let mut elsewhere = cast.house.caller("zhou");
    elsewhere.origin.address = "192.0.2.7".to_owned();
    let page = cast.house.live.viewing_page(&elsewhere, SESSION, viewing.id, 1, 300).await;
    assert_eq!(code(page), "reading.place", "the same session from elsewhere");
}

/// H 8.3.1: a purpose is said, or known from the request; and the time of a request ends the reading by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_8_3_1_a_purpose_is_known_and_the_time_ends_the_reading() {
    let cast = cast("important").await;
    cast.set(ReadingChange { reading_purpose: Some("important".to_owned()), ..ReadingChange::default() }).await;
    assert_eq!(code(cast.view(None).await), "reading.purpose");
    assert_eq!(code(cast.view(Some(" ")).await), "reading.purpose");
    assert_eq!(code(cast.view(Some(&"长".repeat(501))).await), "reading.purpose");
    cast.view(Some("核对淬火曲线")).await.unwrap();
    let office = cast.house.caller("office");
    let lines = cast.house.live.history(&office, "secret", cast.secret.id, None, 5).await.unwrap();
    assert!(lines.iter().any(|l| l.act == "view_file" && l.circumstances.get("purpose") == Some(&json!("核对淬火曲线"))));

    // Off the list, and on it again by a request for a time.
    cast.act(&cast.secret, "edit", json!({ "circle_persons": [] })).await;
    assert_eq!(code(cast.view(Some("核对")).await), "record.missing");
    let until = cast.house.live.today().plus_days(9);
    let request = json!({
    "name": "查阅", "applicant": cast.reader, "department": cast.department, "purpose": "试制对照", "until": until, "device": "专用机",
        });
    let request = cast.house.system("access_request", request).await;
    cast.sign().await;
    let course = cast.house.system("training_course", json!({ "name": "培训", "type": "joining", "content": "制度解读" })).await;
    let exam =
        json!({ "name": "考核", "person": cast.reader, "department": cast.department, "course": course.id, "taken_on": "2026-11-20" });
    let exam = cast.house.system("exam_result", exam).await;
    cast.act(&exam, "pass", json!({ "score": 92, "until": "2027-11-20" })).await;
    cast.act(&request, "submit", json!({})).await;
    cast.act(&request, "match_up", json!({ "secret": cast.secret.id, "grade": "important", "owner": cast.department })).await;
    let head = cast.house.person("gao", "高主管", Some(cast.department), &["staff"]).await;
    cast.act(&cast.house.record(cast.department), "edit", json!({ "heads": [head] })).await;
    let asked = cast.house.act(&cast.house.caller("office"), &cast.house.record(request.id), "pass_on", json!({})).await.unwrap();
    let granted = cast.house.act(&cast.house.caller("gao"), &asked, "approve", json!({})).await.unwrap();
    assert_eq!(granted.state, "granted");
    let reader = cast.reader.to_string();
    let listed = |h: &House| h.record(cast.secret.id).data.get("circle_persons").is_some_and(|c| c.to_string().contains(&reader));
    cast.house.until("the reader is on the list", listed).await;
    assert_eq!(code(cast.view(None).await), "allowed", "the request says what for");
    cast.house.clock.set(cast.house.live.clock.now().plus_seconds(10 * 86_400));
    assert_eq!(code(cast.view(None).await), "reading.over", "the name still stands on the list, the time is over");
}

/// H 9.6.2: the conditions are the security administrator's, and only what they can be is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_2_the_conditions_are_the_security_administrators() {
    let cast = cast("general").await;
    let change = |value: &str| SettingsChange {
        reading: ReadingChange { reading_place: Some(value.to_owned()), ..ReadingChange::default() },
        ..SettingsChange::default()
    };
    let live = &cast.house.live;
    for who in ["sysadmin", "office", "auditor", "zhou"] {
        let refused = code(live.change_settings(&cast.house.caller(who), &change("core")).await);
        assert!(refused.starts_with("policy."), "{who}: {refused}");
    }
    assert!(live.change_settings(&cast.house.caller("secadmin"), &change("sometimes")).await.is_err());
    assert_eq!(live.change_settings(&cast.house.caller("secadmin"), &change("core")).await.unwrap().reading.reading_place, "core");
}

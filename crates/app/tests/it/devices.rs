//! Doors and machines report by themselves (B 5.3.2, 6.2.1): each report by itself, each once, what is amiss asks somebody at once.

use std::collections::BTreeSet;

use jingui_app::{
    devices::{Direction, Passage, Reading, Reported},
    exchange::{ImportOptions, ImportReport, Imported},
    world::caller::{Caller, Origin},
};
use jingui_kinds::record::Record;
use jingui_model::{Id, Lang, Problem};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

struct Works {
    house: House,
    rd: Id,
    zone: Record,
}

/// A department with a zone that admits one person, whose door card is known.
async fn works() -> Works {
    let house = house(Backend::chosen()).await;
    house.clock.set("2026-11-20T10:00:00Z".parse().unwrap());
    let rd = house.department("热处理").await;
    for (login, name, number, card) in
        [("kiln", "窑师傅", "E01", Some("C-01")), ("other", "邻师傅", "E02", Some("C-02")), ("gone", "离师傅", "E03", Some("C-03"))]
    {
        let id = house.person(login, name, Some(rd), &["staff"]).await;
        house.act(&Caller::system(), &house.record(id), "edit", json!({ "employee_no": number, "card_no": card })).await.unwrap();
    }
    let kiln = house.caller("kiln").id();
    let zone = json!({ "name": "淬火车间", "level": "core", "department": rd, "responsible": kiln, "persons": [kiln], "sign_text": "禁止拍照", "measures": ["sign"] });
    let zone = house.create(&house.caller("office"), "zone", zone).await.unwrap();
    let zone = house.act(&house.caller("office"), &zone, "open", json!({ "measures": ["sign"], "sign_text": "禁止拍照" })).await.unwrap();
    Works { house, rd, zone }
}

fn passage(zone: &str, card: &str, at: &str, direction: Direction) -> Passage {
    Passage { zone: zone.to_owned(), card: card.to_owned(), person: None, at: at.parse().unwrap(), direction, reason: None }
}

impl Works {
    fn records(&self, kind: &str) -> Vec<Record> {
        let world = self.house.live.world.read();
        let table = world.table(kind).unwrap();
        table.live().iter().filter_map(|r| table.row(r)).map(|r| r.record().unwrap()).collect()
    }

    async fn report(&self, login: &str, all: &[Passage]) -> Vec<Reported> {
        self.house.live.passages(&self.house.caller(login), all, Lang::Zh).await.unwrap()
    }

    async fn measured(&self, caller: &Caller, set: &str, parameter: &str, value: &str) -> Reported {
        let reading = Reading {
            set: set.to_owned(),
            parameter: parameter.to_owned(),
            value: value.to_owned(),
            at: "2026-11-20T09:59:00Z".parse().unwrap(),
            equipment: None,
        };
        self.house.live.readings(caller, &[reading], Lang::Zh).await.unwrap().remove(0)
    }

    async fn parameters(&self) -> Record {
        let (house, rd) = (&self.house, self.rd);
        let kiln = house.caller("kiln").id();
        let rows = json!([{ "name": "温度", "target": "180", "low": "175", "high": "185", "unit": "℃" }]);
        let set = json!({ "name": "回火参数", "grade": "core", "department": rd, "editors": [kiln], "parameters": rows, "channel": "encrypted_network" });
        let set = house.create(&house.caller("office"), "parameter_set", set).await.unwrap();
        let head = house.person("head", "何部长", Some(rd), &["staff"]).await;
        house.act(&Caller::system(), &house.record(rd), "edit", json!({ "heads": [head], "officers": [kiln] })).await.unwrap();
        let set = house.act(&house.caller("office"), &set, "submit", json!({})).await.unwrap();
        house.act(&house.caller("head"), &set, "approve", json!({})).await.unwrap()
    }
}

fn whats(answers: &[Reported]) -> Vec<&str> {
    answers.iter().map(|a| a.what.as_str()).collect()
}

/// B 5.3.2 (3): in and out are one record; sent again it is the same; by number or by name of the zone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_3_2_in_and_out_make_one_record_and_sent_again_they_are_the_same() {
    let works = works().await;
    let number = works.zone.number.clone().unwrap();
    let day = [
        passage(&number, "C-01", "2026-11-20T08:00:05+08:00", Direction::In),
        passage("淬火车间", "c-01", "2026-11-20T11:30:00+08:00", Direction::Out),
        passage(&number, "C-01", "2026-11-20T13:00:00+08:00", Direction::In),
    ];
    assert_eq!(whats(&works.report("office", &day).await), ["taken", "taken", "taken"]);
    let all = works.records("door_record");
    assert_eq!(all.len(), 2);
    let first = all.iter().find(|r| r.data["entered"] == "08:00:05").unwrap();
    assert_eq!((&first.data["left_at"], &first.data["passed_on"]), (&json!("11:30:00"), &json!("2026-11-20")));
    assert_eq!(first.one("person"), Some(works.house.caller("kiln").id()), "the card is the person's");
    assert_eq!(first.state, "recorded");
    assert_eq!(whats(&works.report("office", &day).await), ["known", "known", "known"]);
    assert_eq!(works.records("door_record").len(), 2);
    // Out after midnight belongs to the evening before; out without in is a record of its own.
    works.house.clock.set("2026-11-21T10:00:00Z".parse().unwrap());
    let night = [
        passage(&number, "C-01", "2026-11-21T00:10:00+08:00", Direction::Out),
        passage(&number, "C-01", "2026-11-21T17:00:00+08:00", Direction::Out),
    ];
    assert_eq!(whats(&works.report("office", &night).await), ["taken", "taken"]);
    assert_eq!(works.records("door_record").len(), 3);
    assert!(works.records("door_record").iter().any(|r| r.data["entered"] == "13:00:00" && r.data["left_at"] == "00:10:00"));
}

/// B 5.3.2: only those who are admitted go in; anybody else is questioned at once and the office is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_3_2_who_is_not_admitted_is_questioned_at_once() {
    let works = works().await;
    let number = works.zone.number.clone().unwrap();
    let gone = works.house.caller("gone").id();
    works.house.act(&Caller::system(), &works.house.record(gone), "leave", json!({ "left_on": "2026-11-19" })).await.unwrap();
    let all = ["C-02", "C-03", "X-99"].map(|c| passage(&number, c, "2026-11-20T08:00:00+08:00", Direction::In));
    assert_eq!(whats(&works.report("office", &all).await), ["questioned", "questioned", "questioned"]);
    let doubts: BTreeSet<String> = works.records("door_record").iter().map(|r| r.data["doubt"][0].as_str().unwrap().to_owned()).collect();
    assert_eq!(doubts, ["left", "not_admitted", "unknown_card"].map(str::to_owned).into());
    assert!(works.records("door_record").iter().all(|r| r.state == "questioned" && r.data["unusual"] == true));
    let asked = works.house.live.work(&works.house.caller("office")).unwrap();
    assert_eq!(asked.items.iter().filter(|i| i.record.kind == "door_record").count(), 3);
}

/// A report that cannot be right is refused with its reason; the others are taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_report_is_refused_by_itself() {
    let works = works().await;
    let number = works.zone.number.clone().unwrap();
    let all = [
        passage("QY-999", "C-01", "2026-11-20T08:00:00+08:00", Direction::In),
        passage(&number, " ", "2026-11-20T08:00:00+08:00", Direction::In),
        passage(&number, "C-01", "2026-11-21T08:00:00+08:00", Direction::In),
        passage(&number, "C-01", "2026-11-20T08:00:00+08:00", Direction::In),
    ];
    let answers = works.report("office", &all).await;
    let codes: Vec<Option<&str>> = answers.iter().map(|a| a.code.as_deref()).collect();
    assert_eq!(codes, [Some("device.zone_unknown"), Some("device.nobody"), Some("device.ahead"), None]);
    assert!(answers[0].message.as_ref().unwrap().contains("QY-999"));
    let many = vec![all[3].clone(); 501];
    assert_eq!(works.house.live.passages(&works.house.caller("office"), &many, Lang::Zh).await.unwrap_err().code(), "device.too_many");
    // Who may not enter anything is refused the whole request, and does not learn which zones there are.
    let denied = works.house.live.passages(&works.house.caller("sysadmin"), &all[..1], Lang::Zh).await.unwrap_err();
    assert_eq!(denied.class(), jingui_model::Class::Denied);
}

/// B 5.3.2: lists of a door system overlap; rows that are there are passed over and said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_3_2_a_list_imported_twice_makes_no_second_record() {
    let works = works().await;
    let list = "日期,区域,卡号,姓名,进入时间\n2026-11-19,淬火车间,C-01,窑师傅,08:00\n2026-11-19,淬火车间,C-02,邻师傅,08:01\n";
    let import = async |text: String| -> Result<Box<ImportReport>, Problem> {
        let office = works.house.caller("office");
        let done = works.house.live.import(&office, "door_record", "", "doors.csv", text.into_bytes(), ImportOptions::default()).await;
        match done {
            Ok(Imported::Report(report)) => Ok(report),
            Ok(Imported::Marked(_)) => unreachable!("no file was asked for"),
            Err(problem) => Err(problem),
        }
    };
    let first = import(list.to_owned()).await.unwrap();
    assert_eq!((first.creates, first.errors.len()), (2, 0), "{:?}", first.errors);
    let again = import(list.to_owned()).await.unwrap();
    assert_eq!((again.creates, again.batch, again.warning_count), (0, None, 2), "every row is there already");
    let longer = format!("{list}2026-11-20,淬火车间,C-01,窑师傅,08:02\n2026-11-20,淬火车间,C-01,窑师傅,08:02\n");
    let second = import(longer).await.unwrap();
    assert_eq!((second.creates, second.errors.len()), (1, 0), "{:?}", second.errors);
    assert_eq!(
        second.warnings.iter().map(|w| (w.row, w.code.as_str())).collect::<Vec<_>>(),
        [(2, "import.row_known"), (3, "import.row_known"), (5, "import.row_known")]
    );
    assert_eq!(works.records("door_record").len(), 3);
}

/// B 6.2.1 (3): a value outside its limits raises one alarm for a named person; another one only after the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_6_2_1_a_value_outside_its_limits_raises_one_alarm() {
    let works = works().await;
    let set = works.parameters().await;
    let number = set.number.clone().unwrap();
    let kiln = works.house.caller("kiln");
    assert_eq!(works.measured(&kiln, &number, "温度", "185").await.what, "taken");
    assert!(works.records("deviation").is_empty(), "the limit itself is allowed");
    let alarm = works.measured(&kiln, &number, "温度", "185.01").await;
    assert_eq!(alarm.what, "alarm", "{alarm:?}");
    let record = works.house.record(alarm.record.unwrap());
    let of = |field: &str| record.data.get(field).cloned().unwrap_or(Value::Null);
    assert_eq!(
        (of("measured"), of("time"), of("grade"), of("answerer")),
        (json!("185.0100"), json!("17:59"), json!("core"), json!(kiln.id()))
    );
    assert_eq!(of("name"), "温度 高于上限");
    assert_eq!(works.measured(&kiln, &number, "温度", "190").await.what, "known");
    assert_eq!(works.records("deviation").len(), 1);
    assert!(works.house.live.work(&kiln).unwrap().items.iter().any(|i| i.record.id == record.id), "the person asked sees it");
    works.house.act(&kiln, &record, "answer", json!({ "cause": "fault", "action_taken": "换热电偶" })).await.unwrap();
    assert_eq!(works.measured(&kiln, &number, "温度", "174.9999").await.what, "alarm");
    for (set, parameter, value, code) in [
        (number.as_str(), "压力", "1", "device.set_unknown"),
        ("CS-999", "温度", "1", "device.set_unknown"),
        (&number, "温度", "1e3", "field.decimal"),
    ] {
        assert_eq!(works.measured(&works.house.caller("office"), set, parameter, value).await.code.as_deref(), Some(code));
    }
}

/// A program that may write alarms but not read the set learns nothing of its limits; the alarm is raised all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_does_not_learn_the_limits_that_it_is_held_against() {
    let works = works().await;
    let number = works.parameters().await.number.unwrap();
    let machine = {
        let account = works.house.caller("kiln").actor.account;
        let world = works.house.live.world.read();
        world.caller(account, Origin::default(), Some(["write:deviation".to_owned()].into())).unwrap()
    };
    assert!(works.house.live.read(&machine, "parameter_set", works.records("parameter_set")[0].id).await.is_err(), "its token cannot read");
    for value in ["180", "200", "201"] {
        let answer = works.measured(&machine, &number, "温度", value).await;
        assert_eq!((answer.what.as_str(), answer.record), ("taken", None), "the same answer whatever was measured");
    }
    assert_eq!(works.records("deviation").len(), 1);
}

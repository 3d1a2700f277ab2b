//! Backups by themselves (B 7.2.2; H 9.6.2 d, g): made when they are due by grade, entered, tested by a drill, shown when they fail.

use jingui_app::backup::{Report, leave, overview::Warning};
use jingui_app::verify::Elsewhere;
use jingui_kinds::record::Record;
use jingui_model::{Clock as _, Id};
use serde_json::{Value, json};

use crate::support::{BOTH, House, fields, house};

fn all(house: &House, kind: &str) -> Vec<Record> {
    let world = house.live.world.read();
    let table = world.table(kind).unwrap();
    table.live().iter().map(|r| table.row(r).unwrap().record().unwrap()).collect()
}

/// Waits for the schedule, which looks every few seconds; `hurry` lets the clock run on.
async fn until(house: &House, what: &str, hurry: i64, holds: impl Fn(&House) -> bool) {
    for _ in 0..1200 {
        if holds(house) {
            return;
        }
        house.clock.set(house.clock.now().plus_seconds(hurry));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never came to this: {what}");
}

async fn people(house: &House) -> (Id, Id) {
    let department = house.department("信息部").await;
    (department, house.person("keeper", "备份员", Some(department), &[]).await)
}

fn place(house: &House, at: &str, (department, operator): (Id, Id)) -> Value {
    json!({ "name": "异地库", "place": house.dir.path().join(at), "department": department, "operator": operator })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_7_2_2_a_place_is_backed_up_when_it_is_due_and_a_drill_is_its_test() {
    for backend in BOTH {
        let house = house(backend).await;
        let who = people(&house).await;
        let admin = house.caller("sysadmin");
        assert!(house.create(&house.caller("auditor"), "backup_place", place(&house, "off", who)).await.is_err());
        assert_eq!(house.live.last_key_copy().await.unwrap(), None);
        let made = house.create(&admin, "backup_place", place(&house, "off", who)).await.unwrap();
        until(&house, "the first backup", 0, |h| all(h, "backup_record").iter().any(|r| r.state == "stored")).await;
        let first = all(&house, "backup_record").remove(0);
        assert_eq!((&first.data["period"], &first.data["encrypted"]), (&json!("other"), &json!(true)));
        // Thirty-five days after 2026-11-21 the last copy of a key that dies today is gone.
        assert_eq!(house.live.last_key_copy().await.unwrap().unwrap().to_string(), "2026-12-26");
        // What the administrator and the auditor see, and nobody else.
        let seen = house.live.backups(&admin).await.unwrap();
        let (at, last) = (&seen.places[0], seen.places[0].last.clone().expect("it was made"));
        assert_eq!((seen.protection.as_str(), at.hours, at.active, at.may_run, at.untested), ("none", 720, true, true, 1));
        assert_eq!((at.next, at.warnings.as_slice()), (Some(last.at.plus_seconds(720 * 3600)), [Warning::NeverDrilled].as_slice()));
        assert!(last.records > 0 && last.entries > 0 && last.written > 0 && last.unsound == 0 && last.thinned == Some(0));
        let audited = house.live.backups(&house.caller("auditor")).await.unwrap();
        assert_eq!((audited.places.len(), audited.places[0].may_run), (1, false), "whoever audits changes nothing");
        for who in ["office", "secadmin"] {
            assert!(house.live.backups(&house.caller(who)).await.unwrap_err().code().starts_with("policy."), "{who}");
        }
        // Not due again before its time, except on demand.
        house.act(&admin, &made, "run", json!({})).await.unwrap();
        until(&house, "the second backup", 0, |h| all(h, "backup_record").iter().filter(|r| r.state == "stored").count() == 2).await;
        // With something core on the list, a day is enough.
        let core =
            json!({ "name": "淬火介质配方", "grade": "core", "department": who.0, "circle_persons": [who.1], "term": { "open": true } });
        house.system("secret", core).await;
        house.clock.set(house.clock.now().plus_seconds(25 * 3600));
        assert_eq!(house.live.backups(&admin).await.unwrap().protection, "core");
        until(&house, "the daily backup", 0, |h| {
            all(h, "backup_record").iter().any(|r| r.data["period"] == json!("daily") && r.state == "stored")
        })
        .await;
        // A drill that passed, reported by a command beside the node, tests what lies there.
        let report = Report {
            act: "restore_drill".to_owned(),
            at: house.clock.now(),
            fields: fields(
                json!({ "passed": true, "place": house.dir.path().join("off"), "snapshot": made.id, "opened": 7, "unopened": [] }),
            ),
        };
        let elsewhere = Elsewhere { database: house.config.database.clone(), ..Elsewhere::default() };
        let rng = std::sync::Arc::clone(&house.live.rng);
        leave(&house.config.data, &elsewhere, &report, &*house.live.clock, rng).await.unwrap();
        until(&house, "all of them are tested", 0, |h| all(h, "backup_record").iter().all(|r| r.state == "tested")).await;
        let seen = house.live.backups(&admin).await.unwrap();
        let drill = seen.places[0].drill.clone().expect("it was entered");
        assert_eq!((drill.passed, drill.opened, drill.unopened, seen.places[0].untested), (true, Some(7), 0, 0));
        assert_eq!((seen.places[0].warnings.as_slice(), seen.places[0].hours), ([].as_slice(), 24));
        assert_eq!((seen.backups.len(), seen.drills.len(), seen.complete), (3, 1, true));
        // Half a year later nobody has drilled; a failed drill says more than an old one.
        house.act(&admin, &house.record(made.id), "edit", json!({ "core_hours": 8784 })).await.unwrap();
        house.clock.set(house.clock.now().plus_seconds(120 * 86_400));
        assert_eq!(house.live.backups(&admin).await.unwrap().places[0].warnings, [Warning::DrillTooOld]);
        house.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_7_2_2_a_backup_that_fails_is_work_until_it_is_made() {
    let house = house(BOTH[0]).await;
    let who = people(&house).await;
    let admin = house.caller("sysadmin");
    // A place inside the data folder would be lost with it.
    let made = house.create(&admin, "backup_place", place(&house, "data/backups", who)).await.unwrap();
    until(&house, "it is shown", 30, |h| all(h, "stuck_effect").iter().any(|r| r.state == "stuck")).await;
    assert_eq!(all(&house, "stuck_effect")[0].data["reason"], json!("backup.inside"));
    assert!(all(&house, "backup_record").is_empty());
    let seen = house.live.backups(&admin).await.unwrap().places.remove(0);
    assert_eq!(seen.warnings, [Warning::Failing, Warning::NeverBackedUp]);
    assert_eq!((seen.failure.as_deref(), seen.failure_entry), (Some("backup.inside"), Some(all(&house, "stuck_effect")[0].id)));
    let changed = json!({ "place": house.dir.path().join("off") });
    house.act(&admin, &made, "edit", changed).await.unwrap();
    until(&house, "it is settled", 0, |h| all(h, "stuck_effect").iter().all(|r| r.state == "settled")).await;
    house.node.stop().await;
}

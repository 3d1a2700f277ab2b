//! The one way through: idempotency, optimistic locks, denials that leave evidence, restarts.

use jingui_app::pipeline::Command;
use jingui_kinds::record::Record;
use serde_json::json;

use crate::support::{BOTH, House, fields, house};

async fn secret_of(house: &House, department: jingui_model::Id) -> Record {
    let office = house.caller("office");
    house
        .create(
            &office,
            "secret",
            json!({ "name": "风电轴承热处理工艺参数", "grade": "core", "department": department, "term": { "open": true } }),
        )
        .await
        .unwrap()
}

/// H 9.6.4: a request that comes twice is done once, and a key cannot be bent to another request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_is_done_once() {
    for backend in BOTH {
        let house = house(backend).await;
        let office = house.caller("office");
        let command = Command::create(&office, "department", fields(json!({ "name": "热处理车间" }))).keyed("k-1");
        let first = house.live.pipeline.change(command.clone()).await.unwrap();
        let again = house.live.pipeline.change(command.clone()).await.unwrap();
        assert!(!first.repeated && again.repeated);
        assert_eq!((first.record.id, first.indexes), (again.record.id, again.indexes));
        let mut other = command;
        other.input = fields(json!({ "name": "磨削车间" }));
        assert_eq!(house.live.pipeline.change(other).await.unwrap_err().code(), "request.key_reused");
        let house = house.restart().await;
        let office = house.caller("office");
        let late = Command::create(&office, "department", fields(json!({ "name": "热处理车间" }))).keyed("k-1");
        assert!(house.live.pipeline.change(late).await.unwrap().repeated, "{backend:?}");
    }
}

/// Two people who saw the same version cannot both win.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_of_two_edits_is_told_that_it_came_late() {
    for backend in BOTH {
        let house = house(backend).await;
        let department = house.department("研发部").await;
        let secret = secret_of(&house, department).await;
        let office = house.caller("office");
        let mut commands = vec![];
        for i in 0..8 {
            let mut command = Command::on(&office, "secret", secret.id, "edit", fields(json!({ "summary": format!("第{i}稿") })));
            command.expected_version = Some(secret.version);
            commands.push(house.live.pipeline.change(command));
        }
        let mut won = 0;
        for result in futures(commands).await {
            match result {
                Ok(_) => won += 1,
                Err(problem) => assert_eq!(problem.code(), "record.changed_meanwhile"),
            }
        }
        assert_eq!(won, 1, "{backend:?}");
        assert_eq!(house.record(secret.id).version, secret.version + 1);
    }
}

async fn futures<T>(all: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut out = vec![];
    for one in all {
        out.push(one.await);
    }
    out
}

/// H 9.5.2, 9.6.2: administrators never read a secret; being refused leaves evidence on the secret's own time line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denied_reading_is_on_the_time_line() {
    for backend in BOTH {
        let house = house(backend).await;
        let department = house.department("研发部").await;
        let secret = secret_of(&house, department).await;
        for login in ["sysadmin", "secadmin", "auditor"] {
            let refusal = house.live.read(&house.caller(login), "secret", secret.id).await.unwrap_err();
            assert_eq!(refusal.code(), "policy.forbidden", "{login}");
            assert!(refusal.args().iter().any(|(n, v)| n == "policies" && v.contains("administrators_never_read_secrets")), "{refusal}");
        }
        let office = house.caller("office");
        house.live.read(&office, "secret", secret.id).await.unwrap();
        let lines = house.live.history(&office, "secret", secret.id, None, 50).await.unwrap();
        let acts: Vec<&str> = lines.iter().map(|l| l.act.as_str()).collect();
        assert_eq!(acts, ["read", "denied", "denied", "denied", "create"], "{backend:?}");
        assert_eq!(lines[1].actor_name, "审计员");
    }
}

/// 1.3: the system administrator sees that records exist, never what they say; a stranger does not even see that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn existence_is_all_that_the_administrator_sees() {
    let house = house(crate::support::Backend::Sqlite).await;
    let department = house.department("研发部").await;
    house.person("wang", "王磊", Some(department), &["staff"]).await;
    let secret = secret_of(&house, department).await;
    let page = house.live.list(&house.caller("sysadmin"), "secret", &Default::default()).unwrap();
    assert_eq!(page.total, 1);
    assert_eq!(
        (page.items[0].visible, page.items[0].title.as_deref(), page.items[0].data.len()),
        (jingui_app::records::Visible::Existence, None, 0)
    );
    let searched = jingui_app::world::list::ListQuery { q: "热处理".to_owned(), ..Default::default() };
    assert_eq!(
        house.live.list(&house.caller("sysadmin"), "secret", &searched).unwrap().total,
        0,
        "a search must not tell what a title says"
    );
    assert_eq!(house.live.list(&house.caller("wang"), "secret", &Default::default()).unwrap().total, 0);
    assert_eq!(house.live.read(&house.caller("wang"), "secret", secret.id).await.unwrap_err().code(), "record.missing");
    assert_eq!(house.live.list(&house.caller("office"), "secret", &searched).unwrap().total, 1);
}

/// 9.1: every event stands in the ledger at its index, exactly once, and the folder proves itself offline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_means_in_the_ledger() {
    for backend in BOTH {
        let house = house(backend).await;
        let department = house.department("研发部").await;
        let secret = secret_of(&house, department).await;
        let office = house.caller("office");
        let outcome = house.outcome(&office, &secret, "edit", json!({ "summary": "含淬火温度、回火时间" })).await.unwrap();
        let index = outcome.indexes[0];
        assert!(house.live.ledger.covered(index, std::time::Duration::from_secs(10)).await);
        let proof = house.live.ledger.proof(index).await.unwrap();
        let event = house.live.store.events_from(index, 1).await.unwrap().remove(0);
        let verifier = jingui_ledger::Verifier::parse(&house.live.ledger.state().vkey).unwrap();
        jingui_ledger::LogProof::parse(&proof).unwrap().verify(&event.entry, &verifier).unwrap();
        let entry = jingui_ledger::Entry::parse(&event.entry).unwrap();
        assert!(entry.fields().contains_key("data.summary") && entry.fields().contains_key("actor"));
        assert!(!String::from_utf8_lossy(&event.entry).contains("淬火"), "an entry says nothing");
        let house = house.restart().await;
        let report = jingui_app::verify::verify(
            &house.config.data,
            &jingui_app::verify::Elsewhere { database: house.config.database.clone(), objects: None, ledger: None },
            std::sync::Arc::<jingui_model::clock::FixedClock>::clone(&house.clock),
            &jingui_vault::SystemRng,
        )
        .await
        .unwrap();
        assert_eq!(report.outcome, jingui_ledger::Outcome::Whole, "{:?} {:?}", report.ledger.damages, report.findings);
        if backend == crate::support::Backend::Sqlite {
            // The node goes on noting its own state meanwhile.
            let events = report.events.unwrap();
            assert!(events > index && events <= house.live.store.head().await.unwrap().next);
        }
    }
}

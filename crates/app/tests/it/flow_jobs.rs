//! Effects that fail: tried again with longer and longer waits, then given up where somebody sees it (H 9.5.4).

use jingui_app::audit::AuditQuery;
use jingui_kinds::record::Record;
use jingui_model::Id;
use jingui_store::JobRow;
use serde_json::json;

use crate::support::{BOTH, House, house};

/// Lets the clock run on, and the runner with it, until something holds.
async fn until(house: &House, what: &str, holds: impl Fn(&House) -> bool) {
    for _ in 0..1000 {
        if holds(house) {
            return;
        }
        house.clock.set(jingui_model::Clock::now(&*house.clock).plus_seconds(1100));
        house.live.jobs_wake.notify_one();
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never came to this: {what}");
}

fn entries(house: &House) -> Vec<Record> {
    let world = house.live.world.read();
    let table = world.table("stuck_effect").unwrap();
    table.live().iter().map(|r| table.row(r).unwrap().record().unwrap()).collect()
}

/// Puts a job into the queue that cannot succeed while the record stands: a department has no secret to copy from.
async fn hopeless(house: &House, record: &Record) -> Id {
    let id = Id::new(&*house.live.clock, &*house.live.rng);
    let body = json!({ "effect": "copy_circle", "transition": "create", "kind": record.kind, "record": record.id,
        "version": record.version, "actor": Id::nil() });
    let sealed = house.live.vault.seal_system("job", id.as_bytes(), body.to_string().as_bytes(), &*house.live.rng).unwrap();
    let mut write = house.live.store.begin().await.unwrap();
    let run_at = jingui_model::Clock::now(&*house.clock);
    write.enqueue(&JobRow { id, kind: "effect".to_owned(), run_at, attempts: 0, sealed }).await.unwrap();
    write.commit().await.unwrap();
    id
}

async fn dead(house: &House) -> u64 {
    house.live.store.jobs_overview().await.unwrap().iter().map(|o| o.dead).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_5_4_an_effect_that_keeps_failing_is_given_up_in_sight_and_tried_again_on_demand() {
    for backend in BOTH {
        let house = house(backend).await;
        let department = house.system("department", json!({ "name": "研发部" })).await;
        let job = hopeless(&house, &department).await;
        until(&house, "it is given up", |h| entries(h).iter().any(|e| e.state == "stuck")).await;
        let entry = entries(&house).remove(0);
        assert_eq!((&entry.data["reason"], &entry.data["attempts"]), (&json!("effect.reference"), &json!(jingui_app::stuck::ATTEMPTS)));
        assert_eq!(entry.data["job"], json!(job));
        // The system administrator has it among the own work; the ledger has it too.
        let admin = house.caller("sysadmin");
        let work = house.live.work(&admin).unwrap();
        assert_eq!(work.items.iter().filter(|i| i.record.id == entry.id).count(), 1);
        let seen = house.live.audit(&house.caller("auditor"), &AuditQuery { record: Some(entry.id), ..AuditQuery::default() }).await;
        assert!(seen.unwrap().items.iter().any(|l| l.act == "create"));
        for login in ["office", "secadmin", "auditor"] {
            assert!(house.act(&house.caller(login), &entry, "retry", json!({})).await.is_err(), "{login}");
        }
        // Tried again without a remedy, it comes back; the entry stays one.
        while dead(&house).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        house.act(&admin, &entry, "retry", json!({})).await.unwrap();
        until(&house, "it is given up again", |h| entries(h).iter().any(|e| e.state == "stuck" && e.version > entry.version + 1)).await;
        assert_eq!(entries(&house).len(), 1);
        // With the cause gone, the next attempt settles it.
        house.act(&jingui_app::world::caller::Caller::system(), &department, "_remove", json!({})).await.unwrap();
        while dead(&house).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        house.act(&admin, &entry, "retry", json!({ "note": "已排除原因" })).await.unwrap();
        until(&house, "it is settled", |h| entries(h).iter().all(|e| e.state == "settled")).await;
        assert!(house.live.work(&admin).unwrap().items.iter().all(|i| i.record.id != entry.id));
        assert_eq!(dead(&house).await, 0);
    }
}

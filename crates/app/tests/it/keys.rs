//! The key ring at work: suites.

use std::sync::Arc;

use jingui_model::clock::FixedClock;
use jingui_vault::suite;
use serde_json::json;

use crate::support::{BOTH, founders, house_as};

/// H 9.1.2.3: a whole company in SM4-GCM, SM3 and SM2. Everything new says so, and all of it is found again after a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_company_lives_in_the_second_suite() {
    for backend in BOTH {
        let mut request = founders(Some("bearing"));
        request.suite = suite::SM4_SM3;
        let house = house_as(backend, &request, |_| {}).await;
        assert_eq!(house.node.keyring().await.unwrap().unwrap().suite().unwrap().id(), suite::SM4_SM3);
        let (office, department) = (house.caller("office"), house.department("试验部").await);
        let data = json!({ "name": "沟道超精参数", "grade": "important", "department": department, "term": { "open": true } });
        let secret = house.create(&office, "secret", data).await.unwrap();
        let content = b"0123456789".repeat(20_000);
        let reader = Box::new(std::io::Cursor::new(content.clone()));
        let attached = house.live.attach(&office, "secret", secret.id, "files", None, "工艺.txt", "text/plain", reader).await.unwrap();
        let file = jingui_app::files::versions(&attached.record).next().unwrap().id;
        let before = house.live.store.counts().await.unwrap().records;

        let house = house.restart().await;
        assert_eq!(house.record(secret.id).data["name"], json!("沟道超精参数"), "{backend:?}");
        let mut opened = vec![];
        house.live.open_file(&house.caller("office"), "secret", secret.id, file).await.unwrap().write_to(&mut opened).unwrap();
        assert_eq!(opened, content);
        let rows = house.live.store.records_after(None, 10_000).await.unwrap();
        assert!(rows.len() as u64 >= before && before > 100);
        for row in &rows {
            // A wrapped key says protection and epoch before its suite.
            assert_eq!((&row.sealed[..2], &row.key[5..7]), (&[0, 2][..], &[0, 2][..]), "{}", row.kind);
        }
        for event in house.live.store.events_from(0, 1000).await.unwrap() {
            assert_eq!(event.sealed[..2], [0, 2], "{}", event.act);
        }
        let elsewhere = jingui_app::verify::Elsewhere { database: house.config.database.clone(), objects: None, ledger: None };
        let clock = Arc::<FixedClock>::clone(&house.clock);
        let report = jingui_app::verify::verify(&house.config.data, &elsewhere, clock, &jingui_vault::SystemRng).await.unwrap();
        assert_eq!(report.outcome, jingui_ledger::Outcome::Whole, "{:?} {:?}", report.ledger.damages, report.findings);
    }
}

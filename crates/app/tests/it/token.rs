//! 3.1 of H: a device that keeps keys (SoftHSM2, through PKCS#11) unlocks, and nothing stands in for it.

use std::{path::PathBuf, sync::Arc};

use jingui_app::{
    keys::{
        Because, Label,
        device::{KeyDevice, Place},
        ways::NewWay,
    },
    node::{Node, NodeConfig},
    setup::SetupRequest,
};
use jingui_model::{Problem, clock::FixedClock};
use jingui_vault::{Method, SystemRng, Unlock};
use serde_json::json;

use crate::{
    softhsm::{Drawer, PIN, in_drawer, module},
    support::{Backend, House, PASSPHRASE, PASSWORD, founders, founding, house},
};

fn device(token: &str, pin_file: Option<PathBuf>) -> Option<KeyDevice> {
    Some(KeyDevice { place: Place::new(module(), token.to_owned()), pin_file })
}

fn because(caller: &jingui_app::world::caller::Caller) -> Because<'_> {
    Because { caller, password: PASSWORD, reason: "加一台密码设备" }
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.map_or_else(|p| p.code().to_owned(), |_| "ok".to_owned())
}

async fn open(house: &House, config: NodeConfig) -> Result<Arc<Node>, Problem> {
    Node::open(config, Arc::<FixedClock>::clone(&house.clock), Arc::new(SystemRng)).await
}

/// A company whose server has a device.
async fn with_device(backend: Backend) -> House {
    let mut house = house(backend).await;
    house.config.device = device("jingui", None);
    house.restart().await
}

fn run(test: &str, tokens: &[&str], body: impl AsyncFnOnce(&Drawer)) {
    in_drawer(
        &format!("token::{test}"),
        "",
        |drawer| tokens.iter().for_each(|label| drawer.token(label)),
        |drawer| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(body(drawer));
        },
    );
}

#[test]
fn a_device_unlocks_after_a_restart_and_nothing_stands_in_for_it() {
    run("a_device_unlocks_after_a_restart_and_nothing_stands_in_for_it", &["jingui", "other"], async |drawer| {
        let house = with_device(Backend::Sqlite).await;
        let (live, keeper) = (&house.live, house.caller("secadmin"));
        let department = house.department("总装").await;
        let before = live.keys(&keeper).await.unwrap();
        assert!(before.device);
        let add = |pin: &str| NewWay::Token(pin.to_owned());
        assert_eq!(code(live.add_way(&because(&keeper), add("0000-0000"), Label::default()).await), "pkcs11.pin_wrong");
        let failed = live.keys(&keeper).await.unwrap();
        assert_eq!((failed.wraps.len(), failed.past[0].problem.as_deref()), (before.wraps.len(), Some("pkcs11.pin_wrong")));
        let label = Label { name: "机房密码机".to_owned(), remark: String::new() };
        let made = live.add_way(&because(&keeper), add(PIN), label).await.unwrap();
        assert_eq!((made.method.as_str(), made.secret), ("token", None), "a PIN is never handed back");

        // The rehearsal is evidence, either way.
        assert_eq!(live.rehearse(&keeper, Method::Token, PIN).await.unwrap(), made.id);
        assert_eq!(code(live.rehearse(&keeper, Method::Token, "0000-0000").await), "pkcs11.pin_wrong");
        let report = live.list(&keeper, "recovery_rehearsal", &Default::default()).unwrap();
        let report = live.world.read().record(report.items[0].id).unwrap();
        assert_eq!((&report.data["name"], &report.data["method"]), (&json!("机房密码机"), &json!("token")));

        house.node.stop().await;
        let node = open(&house, house.config.clone()).await.unwrap();
        assert_eq!(code(node.unseal_by_pin("0000-0000").await), "pkcs11.pin_wrong");
        assert_eq!(code(node.live()), "node.sealed");
        node.unseal_by_pin(PIN).await.unwrap();
        assert_eq!(node.live().unwrap().world.read().record(department).unwrap().data["name"], json!("总装"));
        assert_eq!(code(node.unseal_by_pin(PIN).await), "node.not_sealed");
        node.stop().await;

        // The key ring with another device, and without any: a copy of the data alone is worth nothing.
        let other = open(&house, NodeConfig { device: device("other", None), ..house.config.clone() }).await.unwrap();
        assert_eq!(code(other.unseal_by_pin(PIN).await), "pkcs11.key_missing");
        other.stop().await;
        let none = open(&house, NodeConfig { device: None, ..house.config.clone() }).await.unwrap();
        assert_eq!(code(none.unseal_by_pin(PIN).await), "vault.device_missing");
        none.stop().await;

        // The device is lost while the program runs: the passphrase still unlocks.
        drawer.lose("jingui");
        let node = open(&house, house.config.clone()).await.unwrap();
        let lost = code(node.unseal_by_pin(PIN).await);
        assert!(lost.starts_with("pkcs11.") && !lost.starts_with("pkcs11.pin"), "{lost}");
        node.unseal(Unlock::Passphrase(PASSPHRASE)).await.unwrap();
        node.stop().await;
    });
}

#[test]
fn a_company_begins_with_a_device_and_a_wrong_pin_leaves_nothing_behind() {
    run("a_company_begins_with_a_device_and_a_wrong_pin_leaves_nothing_behind", &["jingui"], async |_| {
        let dir = tempfile::tempdir().unwrap();
        let config = NodeConfig {
            data: dir.path().to_owned(),
            database: None,
            objects: None,
            ledger: None,
            key_file: None,
            device: device("jingui", None),
            cost: jingui_vault::Cost::Test,
        };
        let clock = Arc::new(FixedClock::at(founding()));
        let opened =
            async |config: &NodeConfig| Node::open(config.clone(), Arc::<FixedClock>::clone(&clock), Arc::new(SystemRng)).await.unwrap();
        let with = |pin: &str| SetupRequest { passphrase: None, pin: Some(pin.to_owned()), ..founders(None) };

        let bare = opened(&NodeConfig { device: None, ..config.clone() }).await;
        let refused = bare.setup(&with(PIN)).await.unwrap_err();
        assert_eq!((refused.code(), refused.field()), ("vault.device_missing", Some("root.pin")));
        bare.stop().await;

        let node = opened(&config).await;
        let refused = node.setup(&with("0000-0000")).await.unwrap_err();
        assert_eq!((refused.code(), refused.field()), ("pkcs11.pin_wrong", Some("root.pin")));
        assert!(node.keyring().await.unwrap().is_none(), "nothing is left of it");
        let done = node.setup(&with(PIN)).await.unwrap();
        let ways: Vec<_> = node.keyring().await.unwrap().unwrap().wraps().iter().map(|w| w.method).collect();
        assert_eq!(ways, [Method::Token, Method::Recovery]);
        node.stop().await;

        let node = opened(&config).await;
        node.unseal_by_pin(PIN).await.unwrap();
        node.stop().await;
        let node = opened(&config).await;
        node.unseal(Unlock::Recovery(&done.recovery_code)).await.unwrap();
        node.stop().await;
    });
}

#[test]
fn a_pin_in_a_file_unlocks_without_a_person_and_is_tried_once() {
    run("a_pin_in_a_file_unlocks_without_a_person_and_is_tried_once", &["jingui"], async |_| {
        let house = with_device(Backend::Sqlite).await;
        house.live.add_way(&because(&house.caller("secadmin")), NewWay::Token(PIN.to_owned()), Label::default()).await.unwrap();
        house.node.stop().await;
        let file = house.dir.path().join("pin");
        let config = NodeConfig { device: device("jingui", Some(file.clone())), ..house.config.clone() };
        assert_eq!(code(open(&house, config.clone()).await), "pkcs11.pin_file");
        std::fs::write(&file, "0000-0000\n").unwrap();
        assert_eq!(code(open(&house, config.clone()).await), "pkcs11.pin_wrong");
        // Started again and again it does not try again, not even a right one: a person has to show that all is well.
        std::fs::write(&file, format!("{PIN}\n")).unwrap();
        for _ in 0..3 {
            assert_eq!(code(open(&house, config.clone()).await), "pkcs11.pin_low");
        }
        let node = open(&house, house.config.clone()).await.unwrap();
        node.unseal_by_pin(PIN).await.unwrap();
        node.stop().await;
        let node = open(&house, config).await.unwrap();
        assert!(node.live().is_ok());
        node.stop().await;
    });
}

#[test]
fn a_new_root_key_hangs_on_the_device_and_what_it_sealed_before_is_worthless() {
    run("a_new_root_key_hangs_on_the_device_and_what_it_sealed_before_is_worthless", &["jingui"], async |_| {
        let house = with_device(Backend::Sqlite).await;
        let keeper = house.caller("secadmin");
        house.live.add_way(&because(&keeper), NewWay::Token(PIN.to_owned()), Label::default()).await.unwrap();
        let old = house.node.keyring().await.unwrap().unwrap();
        let ways = vec![NewWay::Token(PIN.to_owned()), NewWay::Recovery];
        let made = house.live.renew_root(&because(&keeper), ways).await.unwrap();
        assert_eq!(made.iter().map(|m| m.secret.is_some()).collect::<Vec<_>>(), [false, true]);
        house.node.stop().await;
        let node = open(&house, house.config.clone()).await.unwrap();
        node.unseal_by_pin(PIN).await.unwrap();
        let new = node.keyring().await.unwrap().unwrap();
        assert!(!new.wraps().iter().any(|way| old.wraps().iter().any(|old| old.id == way.id)));
        node.stop().await;
    });
}

#[test]
fn two_nodes_unlock_by_one_device_at_once() {
    run("two_nodes_unlock_by_one_device_at_once", &["jingui"], async |_| {
        let house = with_device(Backend::Postgres).await;
        house.live.add_way(&because(&house.caller("secadmin")), NewWay::Token(PIN.to_owned()), Label::default()).await.unwrap();
        house.node.stop().await;
        let (one, two) = (open(&house, house.config.clone()).await.unwrap(), open(&house, house.config.clone()).await.unwrap());
        // A wrong PIN beside the right ones opens nothing and disturbs nobody.
        let three = open(&house, house.config.clone()).await.unwrap();
        let (a, b, c) = tokio::join!(one.unseal_by_pin(PIN), two.unseal_by_pin(PIN), three.unseal_by_pin("0000-0000"));
        assert_eq!((code(a), code(b), code(c)), ("ok".to_owned(), "ok".to_owned(), "pkcs11.pin_wrong".to_owned()));
        for node in [one, two, three] {
            node.stop().await;
        }
    });
}

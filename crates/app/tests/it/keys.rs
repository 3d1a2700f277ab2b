//! The key ring at work: suites, the life of keys, ways to unlock, rehearsal.

use std::{sync::Arc, time::Duration};

use jingui_app::{
    keys::{Because, EpochAct, Label, ways::NewWay},
    node::Node,
    pipeline::Command,
};
use jingui_model::{Id, Protection, clock::FixedClock};
use jingui_vault::{Method, SystemRng, Unlock, suite};
use serde_json::{Value, json};

use crate::support::{BOTH, Backend, House, PASSPHRASE, PASSWORD, fields, founders, house, house_as};

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

const WHY: &str = "年度轮换";

fn because<'a>(caller: &'a jingui_app::world::caller::Caller, password: &'a str) -> Because<'a> {
    Because { caller, password, reason: WHY }
}

async fn secret(house: &House, name: &str, grade: &str) -> Id {
    let department = house.department(&format!("{name}的部门")).await;
    let data = json!({ "name": name, "grade": grade, "department": department, "term": { "open": true } });
    house.create(&house.caller("office"), "secret", data).await.unwrap().id
}

async fn on(house: &House, protection: Protection) -> Vec<(u32, String, u64)> {
    let view = house.live.keys(&house.caller("secadmin")).await.unwrap();
    view.epochs.into_iter().filter(|e| e.protection == protection).map(|e| (e.epoch, e.state, e.records)).collect()
}

async fn rotated(house: &House, protection: Protection) {
    for _ in 0..1000 {
        let view = house.live.keys(&house.caller("secadmin")).await.unwrap();
        if view.rotations.iter().all(|r| r.protection != protection) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the rotation never ended");
}

/// H 9.1.2.3: a rotation wraps every key anew and ends the old epoch; afterwards its key is in no file of the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_moves_every_key_and_leaves_nothing_of_the_old_one() {
    for backend in BOTH {
        let house = house(backend).await;
        for n in 0..5 {
            secret(&house, &format!("第{n}项"), "core").await;
        }
        let ring = house.node.keyring().await.unwrap().unwrap().to_json().unwrap();
        let ring: Value = serde_json::from_str(&ring).unwrap();
        let old = ring["epochs"].as_array().unwrap().iter().find(|e| e["protection"] == 3).unwrap()["wrapped"].as_str().unwrap().to_owned();
        let rows = house.live.store.records_after(None, 10_000).await.unwrap();
        assert_eq!(on(&house, Protection::Core).await, [(1, "active".to_owned(), 5)]);
        let keeper = house.caller("secadmin");
        house.live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Core, EpochAct::Rotate { destroy: true }).await.unwrap();
        rotated(&house, Protection::Core).await;
        assert_eq!(on(&house, Protection::Core).await, [(2, "active".to_owned(), 5)], "{backend:?}");
        for before in rows {
            let after = house.live.store.record(before.id).await.unwrap().unwrap();
            assert_eq!((after.version, &after.sealed, after.key != before.key), (before.version, &before.sealed, before.grade == 3));
        }
        if backend == Backend::Sqlite {
            for name in ["jingui.db", "jingui.db-wal"] {
                let bytes = std::fs::read(house.config.data.join(name)).unwrap_or_default();
                assert!(!bytes.windows(old.len()).any(|w| w == old.as_bytes()), "{name} still holds the destroyed key");
            }
        }
        let past = house.live.keys(&house.caller("auditor")).await.unwrap().past;
        let acts: Vec<(&str, Option<&str>)> = past.iter().rev().map(|p| (p.act.as_str(), p.what.as_deref())).collect();
        let wanted = [("key_asked", "rotate"), ("key_done", "rotate"), ("key_rotated", "rotated"), ("key_done", "destroy")];
        assert_eq!(acts, wanted.map(|(act, what)| (act, Some(what))));
        assert!(past.iter().all(|p| p.reason.as_deref() == Some(WHY) && p.actor == "安全员"));
        let house = house.restart().await;
        assert_eq!(house.live.list(&house.caller("office"), "secret", &Default::default()).unwrap().total, 5);
    }
}

/// A rotation that a stop cut short is ended by the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_goes_on_after_a_restart() {
    let house = house(Backend::Sqlite).await;
    for n in 0..3 {
        secret(&house, &format!("第{n}项"), "important").await;
    }
    let keeper = house.caller("secadmin");
    house.live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Important, EpochAct::Rotate { destroy: false }).await.unwrap();
    let house = house.restart().await;
    rotated(&house, Protection::Important).await;
    assert_eq!(on(&house, Protection::Important).await, [(2, "active".to_owned(), 3), (1, "retired".to_owned(), 0)]);
    let keeper = house.caller("secadmin");
    let live = &house.live;
    let refused = live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Important, EpochAct::Destroy(2)).await.unwrap_err();
    assert_eq!(refused.code(), "vault.epoch_active");
    live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Important, EpochAct::Destroy(1)).await.unwrap();
    assert_eq!(on(&house, Protection::Important).await.len(), 1);
}

/// One grade is locked apart from the others: nobody finds, reads or changes what hangs on its key, also after a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_key_locks_its_grade_and_no_other() {
    for backend in BOTH {
        let house = house(backend).await;
        let (core, general) = (secret(&house, "核心配方", "core").await, secret(&house, "一般名册", "general").await);
        let department = house.department("另一部门").await;
        let keeper = house.caller("secadmin");
        let live = &house.live;
        live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Core, EpochAct::Disable(1)).await.unwrap();
        let locked = async |house: &House| {
            let office = house.caller("office");
            assert_eq!(house.live.list(&office, "secret", &Default::default()).unwrap().total, 1);
            assert_eq!(house.live.read(&office, "secret", core).await.unwrap_err().code(), "record.missing");
            house.live.read(&office, "secret", general).await.unwrap();
            let edit = Command::on(&office, "secret", core, "edit", fields(json!({ "summary": "改" })));
            assert_eq!(house.live.pipeline.change(edit).await.unwrap_err().code(), "vault.epoch_disabled");
            let data = json!({ "name": "新的", "grade": "core", "department": department, "term": { "open": true } });
            assert_eq!(house.create(&office, "secret", data).await.unwrap_err().code(), "vault.epoch_disabled");
        };
        locked(&house).await;
        let refused =
            live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Core, EpochAct::Rotate { destroy: false }).await.unwrap_err();
        assert_eq!(refused.code(), "vault.epoch_disabled");
        let refused = live.act_on_epoch(&because(&keeper, PASSWORD), Protection::None, EpochAct::Disable(1)).await.unwrap_err();
        assert_eq!(refused.code(), "vault.epoch_needed");
        let house = house.restart().await;
        locked(&house).await;
        let keeper = house.caller("secadmin");
        house.live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Core, EpochAct::Enable(1)).await.unwrap();
        let office = house.caller("office");
        house.live.read(&office, "secret", core).await.unwrap();
        assert_eq!(house.live.list(&office, "secret", &Default::default()).unwrap().total, 2, "{backend:?}");
    }
}

/// H 9.6.2: the keys are the security administrator's, who shows the password again and says why; the intent is on record either way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_on_the_keys_asks_for_role_password_and_reason() {
    let house = house(Backend::Sqlite).await;
    let keeper = house.caller("secadmin");
    for (login, password, reason, code) in [
        ("sysadmin", PASSWORD, WHY, "policy.forbidden"),
        ("auditor", PASSWORD, WHY, "policy.forbidden"),
        ("secadmin", "not the password", WHY, "account.password_wrong"),
        ("secadmin", PASSWORD, " ", "field.required"),
    ] {
        let caller = house.caller(login);
        let because = Because { caller: &caller, password, reason };
        let refused = house.live.act_on_epoch(&because, Protection::Core, EpochAct::Rotate { destroy: false }).await.unwrap_err();
        assert_eq!(refused.code(), code, "{login}");
    }
    assert_eq!(on(&house, Protection::Core).await.len(), 1);
    assert_eq!(house.live.keys(&house.caller("sysadmin")).await.unwrap_err().code(), "policy.forbidden");
    // In use: nothing hangs on a key that may go.
    secret(&house, "在用", "core").await;
    let refused = house.live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Core, EpochAct::Destroy(9)).await.unwrap_err();
    assert_eq!(refused.code(), "vault.epoch_missing");
    let past = house.live.keys(&keeper).await.unwrap().past;
    assert_eq!((past[0].act.as_str(), past[0].problem.as_deref()), ("key_failed", Some("vault.epoch_missing")));
    assert_eq!(past[1].act, "key_asked");
}

/// A later change of suite: what is new takes it, what is old stays readable as it is, a rotation wraps its keys anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_suite_is_for_what_is_new() {
    let house = house(Backend::Sqlite).await;
    let old = secret(&house, "旧套件", "important").await;
    let keeper = house.caller("secadmin");
    house.live.choose_suite(&because(&keeper, PASSWORD), suite::SM4_SM3).await.unwrap();
    let new = secret(&house, "新套件", "important").await;
    let suites = async |house: &House, id| {
        let row = house.live.store.record(id).await.unwrap().unwrap();
        (row.sealed[1], row.key[6])
    };
    assert_eq!((suites(&house, old).await, suites(&house, new).await), ((1, 1), (2, 2)));
    let house = house.restart().await;
    let keeper = house.caller("secadmin");
    house.live.act_on_epoch(&because(&keeper, PASSWORD), Protection::Important, EpochAct::Rotate { destroy: true }).await.unwrap();
    rotated(&house, Protection::Important).await;
    assert_eq!((suites(&house, old).await, suites(&house, new).await), ((1, 2), (2, 2)));
    let office = house.caller("office");
    for id in [old, new] {
        house.live.read(&office, "secret", id).await.unwrap();
    }
    assert_eq!(house.live.keys(&house.caller("secadmin")).await.unwrap().suite, "sm4gcm");
}

/// 3.1: ways to unlock come and go, two are always left, and a rehearsal shows that each opens the root key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ways_to_unlock_are_added_tried_and_taken_away() {
    let house = house(Backend::Sqlite).await;
    let keeper = house.caller("secadmin");
    let live = &house.live;
    let first = live.keys(&keeper).await.unwrap().wraps;
    assert_eq!(live.remove_way(&because(&keeper, PASSWORD), first[0].id).await.unwrap_err().code(), "vault.wrap_last");
    let label = Label { name: "保险柜甲".to_owned(), remark: String::new() };
    let made = live.add_way(&because(&keeper, PASSWORD), NewWay::KeyFile, label.clone()).await.unwrap();
    let key = made.secret.unwrap();
    assert_eq!(live.rehearse(&keeper, Method::KeyFile, &key).await.unwrap(), made.id);
    assert_eq!(live.rehearse(&keeper, Method::Passphrase, "not the passphrase").await.unwrap_err().code(), "vault.unlock_refused");
    let ways = live.keys(&keeper).await.unwrap().wraps;
    let way = ways.iter().find(|w| w.id == made.id).unwrap();
    assert_eq!((&way.label, way.rehearsed.is_some()), (&label, true));
    let passphrase = ways.iter().find(|w| w.method == "passphrase").unwrap().id;
    let report = live.list(&keeper, "recovery_rehearsal", &Default::default()).unwrap();
    assert_eq!((report.total, report.items[0].title.as_deref()), (1, Some("保险柜甲")), "a try that opens nothing is no rehearsal");
    live.remove_way(&because(&keeper, PASSWORD), passphrase).await.unwrap();
    house.node.stop().await;
    let node = reopen(&house).await;
    assert_eq!(node.unseal(Unlock::Passphrase(PASSPHRASE)).await.unwrap_err().code(), "vault.unlock_refused");
    node.unseal(Unlock::KeyFile(key.as_bytes())).await.unwrap();
    node.stop().await;
}

/// A new root key: only the ways that were given open it, the old ones and old copies of their secrets do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_root_key_opens_only_by_its_own_ways() {
    let house = house(Backend::Sqlite).await;
    let id = secret(&house, "仍在", "core").await;
    let keeper = house.caller("secadmin");
    let live = &house.live;
    let one = vec![NewWay::Recovery];
    assert_eq!(live.renew_root(&because(&keeper, PASSWORD), one).await.unwrap_err().code(), "vault.wrap_last");
    let made = live.renew_root(&because(&keeper, PASSWORD), vec![NewWay::Recovery, NewWay::KeyFile]).await.unwrap();
    let added = live.add_way(&because(&keeper, PASSWORD), NewWay::Recovery, Label::default()).await.unwrap();
    house.node.stop().await;
    let node = reopen(&house).await;
    for old in [Unlock::Passphrase(PASSPHRASE), Unlock::Recovery(&house.recovery_code)] {
        assert_eq!(node.unseal(old).await.unwrap_err().code(), "vault.unlock_refused");
    }
    let file = node.keyring().await.unwrap().unwrap();
    let secrets: Vec<&str> = made.iter().chain([&added]).filter_map(|m| m.secret.as_deref()).collect();
    file.unlock(Unlock::Recovery(secrets[0])).unwrap();
    file.unlock(Unlock::Recovery(secrets[2])).unwrap();
    node.unseal(Unlock::KeyFile(secrets[1].as_bytes())).await.unwrap();
    assert!(node.live().unwrap().world.read().record(id).is_ok());
    node.stop().await;
}

async fn reopen(house: &House) -> Arc<Node> {
    Node::open(house.config.clone(), Arc::<FixedClock>::clone(&house.clock), Arc::new(SystemRng)).await.unwrap()
}

/// Two of three custodians unlock together: each types the own sheet, in any order, and one alone learns only how many are missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn custodians_unlock_with_their_sheets_together_and_none_alone() {
    for backend in BOTH {
        let house = house(backend).await;
        let secadmin = house.caller("secadmin");
        let label = Label { name: "保密委员会分存".to_owned(), ..Label::default() };
        let handed = house.live.add_way(&because(&secadmin, PASSWORD), NewWay::Shares { need: 2, of: 3 }, label).await.unwrap();
        let text = handed.secret.unwrap();
        let sheets: Vec<&str> = text.lines().collect();
        assert_eq!((handed.method.as_str(), sheets.len()), ("shares", 3));
        for (need, of) in [(1, 3), (4, 3), (2, 17)] {
            let refused = house.live.add_way(&because(&secadmin, PASSWORD), NewWay::Shares { need, of }, Label::default()).await;
            assert_eq!(refused.unwrap_err().code(), "vault.shares_shape");
        }
        // A rehearsal of all three opens nothing and is evidence.
        assert_eq!(house.live.rehearse(&secadmin, Method::Shares, &text).await.unwrap(), handed.id);
        let one = house.live.rehearse(&secadmin, Method::Shares, sheets[0]).await.unwrap_err();
        assert_eq!(one.code(), "vault.sheets_missing");

        house.node.stop().await;
        let node = Node::open(house.config.clone(), Arc::<FixedClock>::clone(&house.clock), Arc::new(SystemRng)).await.unwrap();
        assert_eq!(node.unseal_by_sheets(sheets[2]).await.unwrap(), 1);
        assert_eq!(node.unseal_by_sheets(sheets[2]).await.unwrap(), 1, "the same sheet twice is one");
        assert_eq!(node.live().err().unwrap().code(), "node.sealed");
        // Another company's sheets, whole as they are, open nothing here, and the ones that wait still wait.
        let foreign = jingui_vault::share_paper::generate_sheets(2, 2, &SystemRng).unwrap();
        assert_eq!(node.unseal_by_sheets(&foreign).await.unwrap_err().code(), "vault.unlock_refused");
        assert_eq!(node.unseal_by_sheets(sheets[0]).await.unwrap(), 0);
        assert!(node.live().is_ok());
        node.stop().await;
    }
}

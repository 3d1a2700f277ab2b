//! Rules that people confirm, findings that others accept, and the end of access (H 5.2, 12.3; B 5.1, 10.1).

use jingui_app::world::caller::Caller;
use jingui_model::Clock as _;
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

async fn go(house: &House, login: &str, record: &jingui_kinds::record::Record, action: &str, input: Value) -> jingui_kinds::record::Record {
    house.act(&house.caller(login), record, action, input).await.unwrap_or_else(|p| panic!("{login} {action}: {p}"))
}

/// H 5.2; B 5.1.1, 10.3.2: issued by the committee, confirmed by everyone, and again after a new edition.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_5_2_a_rule_is_issued_confirmed_and_confirmed_anew_after_a_new_edition() {
    let house = house(Backend::chosen()).await;
    house.person("chen", "陈主任", None, &["committee_chair"]).await;
    house.person("xu", "徐工", None, &["staff"]).await;
    let office = house.caller("office");
    let data = json!({ "name": "涉密人员管理办法", "category": "people", "body": "第一条……", "effective_on": "2026-12-01" });
    let rule = house.create(&office, "rule", data).await.unwrap();
    assert!(house.live.read(&house.caller("xu"), "rule", rule.id).await.is_err(), "a draft is not published");
    go(&house, "office", &rule, "submit", json!({})).await;
    assert!(house.act(&office, &rule, "approve", json!({})).await.is_err());
    let issued = go(&house, "chen", &rule, "approve", json!({})).await;
    assert_eq!(issued.state, "issued");
    let waits = |login: &str| house.live.work(&house.caller(login)).unwrap().items.iter().filter(|i| i.record.id == rule.id).count();
    assert_eq!(waits("xu"), 1, "everyone is asked to read it");
    go(&house, "xu", &rule, "acknowledge", json!({})).await;
    assert!(house.act(&house.caller("xu"), &rule, "acknowledge", json!({})).await.is_err(), "once");
    assert_eq!(waits("xu"), 0);
    let next = json!({ "edition": "2.0", "body": "第一条（修订）……", "changes": "补充离职管理", "effective_on": "2027-01-01", "review_cause": "law" });
    go(&house, "office", &rule, "revise", next).await;
    let second = go(&house, "chen", &rule, "approve", json!({})).await;
    assert_eq!((second.data["edition"].as_str(), second.state.as_str()), (Some("2.0"), "issued"));
    assert_eq!(waits("xu"), 1, "a new edition is confirmed anew");
}

/// B 10.1.3; H 12.3: whoever puts a finding right does not accept it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_10_1_3_a_corrective_action_is_not_accepted_by_its_doer() {
    let house = house(Backend::chosen()).await;
    let department = house.department("装配车间").await;
    let doer = house.person("doer", "兼任保密专员", Some(department), &["office"]).await;
    let data = json!({ "name": "图纸未上锁", "source": "weekly", "severity": "moderate", "department": department, "responsible": doer, "due": "2026-12-01" });
    let finding = house.create(&house.caller("office"), "corrective_action", data).await.unwrap();
    assert!(house.act(&house.caller("office"), &finding, "start", json!({})).await.is_err(), "only the person responsible");
    go(&house, "doer", &finding, "start", json!({})).await;
    go(&house, "doer", &finding, "finish", json!({ "action_taken": "已配保密柜" })).await;
    let own = house.act(&house.caller("doer"), &finding, "accept", json!({ "acceptance_note": "好" })).await.unwrap_err();
    assert!(own.code().contains("actor_not") || own.parts().iter().any(|p| p.code().contains("actor_not")), "{own}");
    go(&house, "office", &finding, "send_back", json!({ "return_reason": "钥匙未登记" })).await;
    go(&house, "doer", &finding, "finish", json!({ "action_taken": "已登记钥匙" })).await;
    assert_eq!(go(&house, "office", &finding, "accept", json!({ "acceptance_note": "符合要求" })).await.state, "accepted");
}

/// B 5.1.3; H 8.2.4: whoever leaves has no access from the next request on; the account and its sessions end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_3_whoever_leaves_loses_access_with_the_next_request() {
    let house = house(Backend::chosen()).await;
    let department = house.department("研发部").await;
    let person = house.person("xu", "徐工", Some(department), &["staff"]).await;
    let data = json!({ "name": "寿命试验参数", "grade": "general", "department": department, "circle_persons": [person], "term": { "months": 12 } });
    let secret = house.system("secret", data).await;
    house.live.read(&house.caller("xu"), "secret", secret.id).await.unwrap();
    let account = house.caller("xu").actor.account;
    let login = house.live.reset_account(&house.caller("sysadmin"), account).await.unwrap();
    let session =
        house.live.sign_in("xu", &login.password, jingui_app::identity::session::Second::None, Default::default(), None).await.unwrap();
    house.live.session_caller(&session.token, Default::default()).await.unwrap();
    // Leaving is the office's or an administrator's act; here the system stands for the personnel department.
    house.act(&Caller::system(), &house.record(person), "leave", json!({ "left_on": "2026-11-21" })).await.unwrap();
    let denied = match house.live.session_caller(&session.token, Default::default()).await {
        Ok(caller) => house.live.read(&caller, "secret", secret.id).await.is_err(),
        Err(_) => true,
    };
    assert!(denied, "the very next request is refused, before any effect has run");
    house.until("the account is disabled", |h| h.record(account).state == "disabled").await;
    house.until("", |_| true).await;
    let mut ended = false;
    for _ in 0..200 {
        ended = house.live.store.sessions_of(account).await.unwrap().is_empty();
        if ended {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(ended, "the sessions are ended");
    assert_eq!(house.live.session_caller(&session.token, Default::default()).await.unwrap_err().code(), "session.expired");
}

/// H 9.6.4: a token lapses on its day, whether or not it is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_4_a_token_ends_on_its_day() {
    let house = house(Backend::chosen()).await;
    let office = house.caller("office");
    let data = json!({ "name": "接口", "account": office.actor.account, "person": office.id(), "scopes": ["read:secret"], "expires": "2026-12-31", "digest": "d" });
    let token = house.system("api_token", data).await;
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(jingui_app::due::expire_terms(&house.live, day("2026-12-31")).await.unwrap(), 0);
    assert_eq!(jingui_app::due::expire_terms(&house.live, day("2027-01-01")).await.unwrap(), 1);
    assert_eq!(house.record(token.id).state, "expired");
    assert!(house.clock.now() < "2026-12-01T00:00:00Z".parse().unwrap(), "the day is said by the caller, not taken from a clock");
}

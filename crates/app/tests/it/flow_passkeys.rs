//! Passkeys in time and place: questions end, are used up once and for all nodes, and outlive a restart; what is noted; who left
//! keeps none (B 5.1.3).

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jingui_app::{
    audit::AuditQuery,
    identity::passkey::{Answer, Question, SECONDS},
    live::Live,
    node::Node,
    settings::SettingsChange,
    world::caller::Origin,
};
use jingui_model::{Clock as _, clock::FixedClock};
use jingui_vault::{SystemRng, Unlock};
use serde_json::json;

use crate::support::{Backend, House, PASSPHRASE, PASSWORD, house};

#[path = "../../../passkey/tests/support/soft.rs"]
#[expect(dead_code, reason = "the tests of the checks need more of it")]
mod soft;
use soft::{Lie, Soft, Sort};

const HOST: &str = "jingui.example.com";
const SESSION: &str = "the token of a session";

struct Holder {
    soft: Soft,
    user: Vec<u8>,
}

fn bytes(question: &Question) -> Vec<u8> {
    BASE64.decode(&question.challenge).unwrap()
}

async fn add(house: &House, login: &str, sort: Sort, password: &str) -> Holder {
    let caller = house.caller(login);
    let offer = house.live.begin_passkey(&caller, SESSION, password, Some(HOST)).await.unwrap();
    let soft = Soft::new(sort, HOST, &format!("https://{HOST}"));
    let made = soft.make(&bytes(&offer.question), &Lie::default());
    house.live.add_passkey(&caller, SESSION, "钥匙", Some(HOST), &made.client_data, &made.attestation_object).await.unwrap();
    Holder { soft, user: BASE64.decode(offer.user).unwrap() }
}

impl Holder {
    fn answer(&self, question: &Question, counter: u32) -> Answer {
        let got = self.soft.get(&bytes(question), &Lie { counter: Some(counter), ..Lie::default() });
        Answer {
            id: BASE64.encode(&self.soft.id),
            client_data: got.client_data,
            authenticator_data: got.authenticator_data,
            signature: got.signature,
            user: Some(self.user.clone()),
        }
    }
}

async fn sign_in(live: &Arc<Live>, answer: &Answer) -> String {
    match live.passkey_sign_in(answer, Some(HOST), Origin::default(), None).await {
        Ok(signed) => signed.caller.name,
        Err(problem) => problem.code().to_owned(),
    }
}

/// What the auditor reads of refusals, the oldest first.
async fn reasons(house: &House) -> Vec<String> {
    let query = AuditQuery { act: Some("sign_in_refused".to_owned()), ..AuditQuery::default() };
    let page = house.live.audit(&house.caller("auditor"), &query).await.unwrap();
    page.items.iter().rev().map(|line| line.details["factor"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_ends_is_good_once_and_outlives_a_restart() {
    let house = house(Backend::chosen()).await;
    let keys = [add(&house, "office", Sort::Es256, PASSWORD).await, add(&house, "office", Sort::Rs256, PASSWORD).await];
    let ask = |house: &House| house.live.ask_passkey(Some(HOST)).unwrap();
    let late = ask(&house);
    house.clock.set(house.clock.now().plus_seconds(SECONDS));
    assert_eq!(sign_in(&house.live, &keys[0].answer(&late, 1)).await, "session.passkey_refused", "too late");

    let (question, other) = (ask(&house), ask(&house));
    assert_ne!(question.challenge, other.challenge);
    let house = house.restart().await;
    assert_eq!(sign_in(&house.live, &keys[0].answer(&question, 1)).await, "保密专员");
    let house = house.restart().await;
    assert_eq!(sign_in(&house.live, &keys[0].answer(&question, 2)).await, "session.passkey_refused", "used before the restart");
    assert_eq!(sign_in(&house.live, &keys[1].answer(&question, 2)).await, "session.passkey_refused", "by another key too");
    assert_eq!(sign_in(&house.live, &keys[1].answer(&other, 0)).await, "保密专员", "RSA, which does not count");
    // A question for making one is none for signing in.
    let offer = house.live.begin_passkey(&house.caller("office"), SESSION, PASSWORD, Some(HOST)).await.unwrap();
    assert_eq!(sign_in(&house.live, &keys[0].answer(&offer.question, 3)).await, "session.passkey_refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_falls_back_is_refused_and_noted() {
    let house = house(Backend::chosen()).await;
    let key = add(&house, "office", Sort::EdDsa, PASSWORD).await;
    for (counter, expected) in
        [(5, "保密专员"), (6, "保密专员"), (6, "session.passkey_refused"), (2, "session.passkey_refused"), (7, "保密专员")]
    {
        let question = house.live.ask_passkey(Some(HOST)).unwrap();
        assert_eq!(sign_in(&house.live, &key.answer(&question, counter)).await, expected, "{counter}");
    }
    assert_eq!(reasons(&house).await, ["counter", "counter"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_site_is_the_companys_where_it_is_set() {
    let house = house(Backend::chosen()).await;
    let code = |host: Option<&str>| house.live.ask_passkey(host).map(|q| q.rp_id).unwrap_or_else(|p| p.code().to_owned());
    assert_eq!((code(Some("10.0.0.7:8600")), code(None)), ("passkey.place".to_owned(), "passkey.place".to_owned()));
    assert_eq!(code(Some("other.example.com")), "other.example.com");
    let key = add(&house, "office", Sort::Es256, PASSWORD).await;
    let question = house.live.ask_passkey(Some("other.example.com")).unwrap();
    let elsewhere = house.live.passkey_sign_in(&key.answer(&question, 1), Some("other.example.com"), Origin::default(), None).await;
    assert_eq!(elsewhere.unwrap_err().code(), "session.passkey_refused", "a passkey is one site's");
    let change = SettingsChange {
        notices: jingui_app::settings::NoticeChange { address: Some(format!("https://{HOST}")), ..Default::default() },
        ..SettingsChange::default()
    };
    house.live.change_settings(&house.caller("sysadmin"), &change).await.unwrap();
    assert_eq!(code(Some("other.example.com")), "passkey.address");
    assert_eq!(code(Some(HOST)), HOST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_keeps_no_passkey() {
    let house = house(Backend::chosen()).await;
    let caller = house.caller("office");
    add(&house, "office", Sort::Es256, PASSWORD).await;
    assert_eq!(house.live.passkey_count(caller.actor.account), 1);
    let person = house.record(caller.view.person.unwrap());
    let system = jingui_app::world::caller::Caller::system();
    house.act(&system, &person, "leave", json!({ "left_on": house.live.today().to_string() })).await.unwrap();
    house.until("the passkey is gone", |h| h.live.passkey_count(caller.actor.account) == 0).await;
}

/// Two processes on one PostgreSQL: what one asked the other may be answered, and no answer is good on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_ask_and_use_up_together() {
    let house = house(Backend::Postgres).await;
    let key = add(&house, "office", Sort::Es256, PASSWORD).await;
    let other = Node::open(house.config.clone(), Arc::<FixedClock>::clone(&house.clock), Arc::new(SystemRng)).await.unwrap();
    other.unseal(Unlock::Passphrase(PASSPHRASE)).await.unwrap();
    let far = other.live().unwrap();
    let question = house.live.ask_passkey(Some(HOST)).unwrap();
    assert_eq!(sign_in(&far, &key.answer(&question, 1)).await, "保密专员");
    assert_eq!(sign_in(&house.live, &key.answer(&question, 2)).await, "session.passkey_refused");
    other.stop().await;
    house.node.stop().await;
}

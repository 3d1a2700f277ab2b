//! Passkeys from outside (W3C Web Authentication; B 7.1.2): added, used in place of the one-time code and alone, removed; what an
//! attacker tries; and that nobody learns which accounts there are.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

use crate::support::{Backend, Client, PASSWORD, Reply, Site};

#[path = "../../../passkey/tests/support/soft.rs"]
#[expect(dead_code, reason = "the tests of the checks need more of it")]
mod soft;
use soft::{Lie, Soft, Sort};

/// A browser at the site's name: there are no passkeys for an IP address.
fn at_name(mut client: Client) -> Client {
    client.url = client.url.replace("127.0.0.1", "localhost");
    client
}

struct Holder {
    soft: Soft,
    user: String,
    id: String,
}

fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn challenge(offer: &Value) -> Vec<u8> {
    BASE64.decode(offer["challenge"].as_str().unwrap()).unwrap()
}

fn made(soft: &Soft, name: &str, question: &[u8]) -> Value {
    let made = soft.make(question, &Lie::default());
    json!({ "name": name, "client_data": BASE64.encode(made.client_data), "attestation": BASE64.encode(made.attestation_object) })
}

fn add(me: &Client, name: &str) -> Holder {
    let offer = me.post("/api/me/passkeys/begin", &json!({ "password": PASSWORD }));
    assert_eq!(offer.status, 200, "{}", offer.text());
    let offer = offer.json();
    assert_eq!((&offer["rp_id"], &offer["algorithms"]), (&json!("localhost"), &json!([-7, -8, -257])));
    let mut soft = Soft::new(Sort::Es256, "localhost", &me.url);
    soft.counter = 1;
    let added = me.post("/api/me/passkeys", &made(&soft, name, &challenge(&offer)));
    assert_eq!(added.status, 201, "{}", added.text());
    Holder { soft, user: offer["user_id"].as_str().unwrap().to_owned(), id: added.json()["id"].as_str().unwrap().to_owned() }
}

impl Holder {
    fn ask(client: &Client) -> Vec<u8> {
        let asked = client.post("/api/session/passkey/begin", &json!({}));
        assert_eq!(asked.status, 200, "{}", asked.text());
        challenge(&asked.json())
    }

    fn answer_to(&mut self, question: &[u8], lie: &Lie) -> Value {
        self.soft.counter += 1;
        let got = self.soft.get(question, lie);
        json!({
            "id": BASE64.encode(&self.soft.id), "client_data": BASE64.encode(got.client_data), "user": self.user,
            "authenticator_data": BASE64.encode(got.authenticator_data), "signature": BASE64.encode(got.signature),
        })
    }

    fn answer(&mut self, client: &Client) -> Value {
        let question = Self::ask(client);
        self.answer_to(&question, &Lie::default())
    }

    fn sign_in(&mut self, client: &Client) -> Reply {
        let answer = self.answer(client);
        client.post("/api/session/passkey", &answer)
    }
}

fn with_cookie(client: &Client, reply: &Reply) -> Client {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let mut client = client.clone();
    client.cookie = reply.header("set-cookie").split(';').next().map(str::to_owned);
    client
}

#[test]
fn a_passkey_is_added_signs_in_alone_and_beside_the_password_and_is_removed() {
    let site = Site::founded(Backend::chosen());
    let (stranger, office) = (at_name(site.stranger()), at_name(site.person("office")));
    assert_eq!(
        code(&site.person("office").post("/api/me/passkeys/begin", &json!({ "password": PASSWORD }))),
        (409, "passkey.place".to_owned())
    );
    let wrong = office.post("/api/me/passkeys/begin", &json!({ "password": "not-my-password" }));
    assert_eq!(code(&wrong), (422, "account.password_wrong".to_owned()));

    // A question is for one session and good once.
    let offer = office.post("/api/me/passkeys/begin", &json!({ "password": PASSWORD })).json();
    let soft = Soft::new(Sort::EdDsa, "localhost", &office.url);
    let other_session = at_name(site.person("office"));
    assert_eq!(code(&other_session.post("/api/me/passkeys", &made(&soft, "x", &challenge(&offer)))), (409, "passkey.expired".to_owned()));
    let evil = Soft::new(Sort::EdDsa, "localhost", "https://evil.example.com");
    let refused = office.post("/api/me/passkeys", &made(&evil, "x", &challenge(&offer)));
    assert_eq!(code(&refused), (400, "passkey.refused".to_owned()));
    assert_eq!(office.post("/api/me/passkeys", &made(&soft, "手机", &challenge(&offer))).status, 201);
    assert_eq!(code(&office.post("/api/me/passkeys", &made(&soft, "手机", &challenge(&offer)))), (409, "passkey.expired".to_owned()));
    // The identifier of somebody's passkey is nobody else's.
    let auditor = at_name(site.person("auditor"));
    let offer = auditor.post("/api/me/passkeys/begin", &json!({ "password": PASSWORD })).json();
    let stolen = auditor.post("/api/me/passkeys", &made(&soft, "手机", &challenge(&offer)));
    assert_eq!(stolen.json()["code"], "field.not_unique", "{}", stolen.text());

    let mut key = add(&office, "安全密钥");
    let listed = office.get("/api/me/passkeys").json();
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["手机", "安全密钥"]);
    assert!(listed["items"][1]["last_used"].is_null() && !listed.to_string().contains("credential"));

    // Alone.
    let alone = key.sign_in(&stranger);
    assert_eq!(alone.json()["login"], "office", "{}", alone.text());
    let me = with_cookie(&stranger, &alone);
    let sessions = me.get("/api/me/sessions").json();
    let current = sessions["items"].as_array().unwrap().iter().find(|s| s["current"] == json!(true)).unwrap();
    assert_eq!(current["way"], "passkey");
    assert!(me.get("/api/me/passkeys").json()["items"][1]["last_used"].is_string());

    // The password alone does no longer: whoever has a second factor is asked for one.
    let login = |extra: Value| {
        let mut body = json!({ "login": "office", "password": PASSWORD });
        if !extra.is_null() {
            body["passkey"] = extra;
        }
        stranger.post("/api/session", &body)
    };
    assert_eq!(code(&login(Value::Null)), (401, "session.passkey_required".to_owned()));
    let beside = login(key.answer(&stranger));
    assert_eq!(beside.status, 200, "{}", beside.text());
    let ways: Vec<Value> = me.get("/api/me/sessions").json()["items"].as_array().unwrap().iter().map(|s| s["way"].clone()).collect();
    assert!(ways.contains(&json!("password_passkey")) && ways.contains(&json!("password")), "{ways:?}");
    // Another's passkey is no second factor of this account.
    let mut other = add(&auditor, "钥匙");
    assert_eq!(code(&login(other.answer(&stranger))), (401, "session.refused".to_owned()));

    // Removed with the password only, by its owner only; then it signs in no more.
    let remove = |who: &Client, password: &str| who.post(&format!("/api/me/passkeys/{}/remove", key.id), &json!({ "password": password }));
    assert_eq!(code(&remove(&me, "not-my-password")), (422, "account.password_wrong".to_owned()));
    assert_eq!(remove(&auditor, PASSWORD).status, 404);
    assert_eq!(remove(&me, PASSWORD).status, 204);
    assert_eq!(code(&key.sign_in(&stranger)), (401, "session.passkey_refused".to_owned()));
    assert_eq!(me.get("/api/me/passkeys").json()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn whatever_is_wrong_a_stranger_hears_the_same() {
    let site = Site::founded(Backend::chosen());
    site.hire("worker", &["staff"], None);
    let stranger = at_name(site.stranger());
    let (mut office, mut worker) = (add(&at_name(site.person("office")), "一"), add(&at_name(site.person("worker")), "二"));
    let first = stranger.post("/api/session/passkey/begin", &json!({})).json();
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["challenge", "rp_id", "seconds"], "the question names nobody");

    let mut replies = vec![];
    let question = Holder::ask(&stranger);
    let good = office.answer_to(&question, &Lie::default());
    assert_eq!(stranger.post("/api/session/passkey", &good).status, 200);
    replies.push(("replayed", stranger.post("/api/session/passkey", &good)));
    let again = office.answer_to(&question, &Lie::default());
    replies.push(("a question that was answered", stranger.post("/api/session/passkey", &again)));
    let mut with = |name, lie: Lie, bend: &dyn Fn(&mut Value)| {
        let mut answer = office.answer_to(&Holder::ask(&stranger), &lie);
        bend(&mut answer);
        replies.push((name, stranger.post("/api/session/passkey", &answer)));
    };
    let set = |field: &'static str, value: String| move |a: &mut Value| a[field] = json!(value.clone());
    with("unknown passkey", Lie::default(), &set("id", BASE64.encode([9; 32])));
    with("another's user handle", Lie::default(), &set("user", worker.user.clone()));
    with("another's passkey", Lie::default(), &set("id", BASE64.encode(&worker.soft.id)));
    with("no user handle", Lie::default(), &|a| a["user"] = Value::Null);
    with("a bent signature", Lie::default(), &|a| {
        let mut signature = BASE64.decode(a["signature"].as_str().unwrap()).unwrap();
        *signature.last_mut().unwrap() ^= 1;
        a["signature"] = json!(BASE64.encode(signature));
    });
    with("another site", Lie { origin: Some("https://evil.example.com".to_owned()), ..Lie::default() }, &|_| ());
    with("nobody was verified", Lie { flags: 1, ..Lie::default() }, &|_| ());
    with("the counter fell back", Lie { counter: Some(1), ..Lie::default() }, &|_| ());
    let own = office.answer_to(b"a question that nobody asked but the attacker, and so on", &Lie::default());
    replies.push(("a question of the attacker's", stranger.post("/api/session/passkey", &own)));
    let system = site.person("system");
    let account = system.get("/api/records/account?q=worker").json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(system.post(&format!("/api/accounts/{account}/disable"), &json!({})).status, 200);
    replies.push(("a disabled account", worker.sign_in(&stranger)));
    for (name, reply) in &replies {
        let mut body = reply.json();
        // The number of the request differs from one to the next, and says nothing.
        body.as_object_mut().unwrap().retain(|k, _| k != "instance" && k != "id" && k != "request");
        assert_eq!((reply.status, body["code"].as_str()), (401, Some("session.passkey_refused")), "{name}");
        let mut first = replies[0].1.json();
        first.as_object_mut().unwrap().retain(|k, _| k != "instance" && k != "id" && k != "request");
        assert_eq!(body, first, "{name}");
    }
    // The auditor reads what it was.
    let audit = site.person("auditor").get("/api/audit?act=sign_in_refused&limit=100");
    assert_eq!(audit.status, 200, "{}", audit.text());
    assert!(audit.json()["items"].as_array().unwrap().len() >= replies.len(), "{}", audit.text());
    // And the office still gets in.
    assert_eq!(office.sign_in(&stranger).status, 200);
    // A page of another site cannot make the browser ask or answer.
    let foreign = [("origin", "https://evil.example.com"), ("content-type", "application/json")];
    assert_eq!(stranger.send("POST", "/api/session/passkey/begin", &foreign, b"{}").status, 403);
    assert_eq!(stranger.send("POST", "/api/session/passkey", &foreign, b"{}").status, 422, "not even read");
}

#[test]
fn where_two_factors_are_required_a_passkey_is_one_and_a_reset_takes_it_away() {
    let site = Site::founded(Backend::chosen());
    site.hire("worker", &["staff"], None);
    let (stranger, worker) = (at_name(site.stranger()), at_name(site.person("worker")));
    let (system, security) = (site.person("system"), at_name(site.person("security")));
    let mut guard = add(&security, "安全员的密钥");
    assert_eq!(security.put("/api/settings", &json!({ "totp_required": true })).status, 200);
    assert_eq!(code(&worker.get("/api/work")), (403, "session.must_enrol".to_owned()));
    assert_eq!(worker.get("/api/me").json()["second_factor"], json!(false));
    let mut key = add(&worker, "工牌");
    assert_eq!(worker.get("/api/work").status, 200, "a passkey is a second factor");
    assert_eq!(worker.get("/api/me").json()["second_factor"], json!(true));
    let remove = worker.post(&format!("/api/me/passkeys/{}/remove", key.id), &json!({ "password": PASSWORD }));
    assert_eq!(code(&remove), (403, "account.totp_required".to_owned()), "the only one stays");
    let spare = add(&worker, "备用");
    assert_eq!(worker.post(&format!("/api/me/passkeys/{}/remove", spare.id), &json!({ "password": PASSWORD })).status, 204);

    // The administrator who resets an account has to have a second factor too.
    assert_eq!(code(&system.get("/api/work")), (403, "session.must_enrol".to_owned()));
    let system = at_name(system);
    add(&system, "系统员的密钥");
    let account = system.get("/api/records/account?q=worker").json()["items"][0]["id"].as_str().unwrap().to_owned();
    let reset = system.post(&format!("/api/accounts/{account}/reset"), &json!({}));
    assert_eq!(reset.status, 200, "{}", reset.text());
    assert_eq!(code(&key.sign_in(&stranger)), (401, "session.passkey_refused".to_owned()));
    let first = reset.json()["initial_password"].as_str().unwrap().to_owned();
    let back = with_cookie(&stranger, &stranger.post("/api/session", &json!({ "login": "worker", "password": first })));
    assert_eq!(back.get("/api/me/passkeys").json()["items"], json!([]));
    assert_eq!(guard.sign_in(&stranger).status, 200, "others keep theirs");
    // Both factors at hand: either will do.
    assert_eq!(
        code(&stranger.post("/api/session", &json!({ "login": "security", "password": PASSWORD }))),
        (401, "session.passkey_required".to_owned())
    );
}

//! Evidence by HTTP from end to end: a real authority (`openssl ts`) behind a real server stamps the ledger, a package is asked for,
//! agreed to, made and checked by somebody who knows nothing of us (H 10.2, B 4.2, 8.1.2).

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use jingui_evidence::{
    dossier::{Outcome, Standing, Trusted, verify},
    time::Token,
};
use jingui_server::courier::HttpCourier;
use serde_json::{Value, json};

use crate::support::{Backend, Client, Site};

#[expect(dead_code, reason = "shared with the engine's own tests, which use more of it")]
#[path = "../../../evidence/tests/evidence/authority.rs"]
mod authority;
use authority::{Folder, Key};

/// Answers time-stamp queries as an authority's server does (RFC 3161 3.4).
async fn answer(State(folder): State<Arc<Mutex<Folder>>>, query: Bytes) -> Result<Vec<u8>, StatusCode> {
    tokio::task::spawn_blocking(move || {
        let folder = folder.lock().unwrap();
        folder.write("query.tsq", &query);
        folder.openssl(&[
            "ts",
            "-reply",
            "-config",
            "conf",
            "-queryfile",
            "query.tsq",
            "-signer",
            "authority.pem",
            "-inkey",
            "authority.key",
            "-out",
            "reply.tsr",
        ]);
        folder.read("reply.tsr")
    })
    .await
    .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// A company whose node has a way outside, and an authority that it can reach.
fn attended() -> (Site, String, String) {
    let site = Site::open(Backend::chosen());
    site.node.employ(Arc::new(HttpCourier::new()));
    let reply = site.stranger().post("/api/setup", &site.setup_body());
    assert_eq!(reply.status, 201, "{}", reply.text());
    let folder = authority::authority(Key::P256);
    let root = String::from_utf8(folder.read("root.pem")).unwrap();
    let folder = Arc::new(Mutex::new(folder));
    let address = site.runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/tsa", post(answer)).with_state(folder)).await });
        address
    });
    (site, format!("http://{address}/tsa"), root)
}

fn until(what: &str, mut holds: impl FnMut() -> Option<Value>) -> Value {
    for _ in 0..600 {
        if let Some(value) = holds() {
            return value;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it never came to this: {what}");
}

/// Asks for a package and has it agreed to.
fn agreed(office: &Client, chair: &Client, data: &Value) -> String {
    let id = office.make("evidence_package", data);
    for (who, action) in [(office, "submit"), (chair, "approve")] {
        let done = who.act("evidence_package", &id, action, &json!({}));
        assert_eq!(done.status, 200, "{action}: {}", done.text());
    }
    id
}

#[test]
fn a_package_is_asked_for_agreed_to_made_and_checked_by_a_stranger() {
    let (site, tsa, root) = attended();
    site.hire("chair", &["committee_chair"], None);
    let (office, chair, security) = (site.person("office"), site.person("chair"), site.person("security"));
    let data = json!({ "name": "淬火工艺", "grade": "important", "points": [{ "name": "油温", "content": "八十五度" }, { "name": "另一点", "content": "不给人看" }] });
    let secret = office.make("secret", &data);
    let number = office.get(&format!("/api/records/secret/{secret}")).json()["record"]["number"].as_str().unwrap().to_owned();
    let source = security
        .make("time_authority", &json!({ "name": "时间戳机构", "url": tsa, "imprint": "sha256", "every_minutes": 1, "roots": root }));
    // The evidence page: when the authority was heard last, and its token byte for byte.
    until("a time stamp over the secret", || {
        let covered = office.get(&format!("/api/records/secret/{secret}/evidence")).json();
        covered["items"].as_array().unwrap().iter().find(|line| line["act"] == "create" && line["stamp"]["name"] == "时间戳机构").cloned()
    });
    let watch = office.get("/api/ledger/watch").json();
    let heard = watch["outsiders"].as_array().unwrap().iter().find(|o| o["id"] == source.as_str()).cloned().unwrap();
    assert!(heard["at"].is_string() && heard["failures"] == 0, "{heard}");
    let statements = office.get("/api/ledger/statements").json();
    let id = statements["items"][0]["id"].as_str().unwrap().to_owned();
    let token = office.get(&format!("/api/ledger/statements/{id}"));
    assert_eq!(token.status, 200);
    Token::parse(&token.body).unwrap();
    assert_eq!(security.get(&format!("/api/ledger/statements/{id}")).status, 403, "a token is a proof");
    // Made only when agreed to, and holding nothing but what was agreed to.
    let ask = json!({ "name": "诉某公司", "purpose": "lawsuit", "addressee": "某法院", "grade": "important", "secrets": [secret],
        "points": [format!("{number}/油温")] });
    let draft = office.make("evidence_package", &ask);
    let early = office.post(&format!("/api/packages/{draft}"), &json!({}));
    assert_eq!((early.status, early.json()["code"].as_str().unwrap().to_owned()), (409, "case.not_approved".to_owned()));
    let id = agreed(&office, &chair, &ask);
    assert_eq!(chair.post(&format!("/api/packages/{id}"), &json!({})).status, 403, "who decides takes nothing away");
    let made = office.post(&format!("/api/packages/{id}"), &json!({}));
    assert_eq!(made.status, 200, "{}", made.text());
    let trusted = Trusted::read(&[], Some(root.as_bytes())).unwrap();
    let found = verify(&made.body, &trusted);
    assert_eq!((found.outcome, found.first), (Outcome::Whole, None));
    assert!(found.proven.iter().any(|p| p.act == "create" && p.time.as_ref().is_some_and(|t| t.standing == Standing::Trusted)));
    assert_eq!(found.sealed.len(), 1, "the whole package has its time, too");
    let line = office.get(&format!("/api/records/evidence_package/{id}/history")).json();
    assert_eq!(line["items"][0]["act"], "package_made", "{line}");
    // A certificate is a paper of one page.
    let paper = office.get(&format!("/api/records/secret/{secret}/certificate"));
    assert_eq!(paper.status, 200, "{}", paper.text());
    assert!(paper.body.starts_with(b"%PDF-"));
    assert_eq!(office.get(&format!("/api/records/secret/{secret}/certificate?file={secret}")).status, 404);
    assert_eq!(security.get(&format!("/api/records/secret/{secret}/certificate")).status, 403);
}

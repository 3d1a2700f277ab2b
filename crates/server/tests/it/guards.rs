//! What protects the door: problem details, the guard against other sites, headers, limits, hostile input.

use serde_json::json;

use crate::support::{Backend, Site};

#[test]
fn refusals_are_problem_details_in_the_readers_language() {
    let site = Site::founded(Backend::chosen());
    let mut office = site.person("office");
    for (method, path, status, code) in [
        ("GET", "/api/nothing", 404, "request.route_unknown"),
        ("PUT", "/api/work", 405, "request.method"),
        ("GET", "/api/records/none", 404, "kind.unknown"),
        ("GET", "/api/records/secret?limit=0", 422, "list.limit"),
        ("GET", "/api/records/secret?nope=1", 400, "request.query_unknown"),
        ("GET", "/api/records/secret?sort=nope", 400, "list.sort_unknown"),
        ("GET", "/api/records/secret/not-an-id", 404, "record.missing"),
        ("GET", "/api/audit?from=yesterday", 422, "time.malformed"),
        ("GET", "/api/ledger/proof/x", 400, "request.path"),
    ] {
        let reply = office.send(method, path, &[], b"");
        assert_eq!((reply.status, reply.json()["code"].as_str()), (status, Some(code)), "{method} {path}: {}", reply.text());
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!((reply.json()["status"].as_u64(), reply.json()["type"].as_str()), (Some(u64::from(status)), Some("about:blank")));
        assert!(reply.json()["detail"].as_str().is_some_and(|d| !d.is_empty() && d != code && !d.contains('{')), "{}", reply.text());
    }
    let english = office.get("/api/records/none").json()["detail"].clone();
    office.lang = "zh-CN";
    assert_ne!(office.get("/api/records/none").json()["detail"], english);
}

#[test]
fn a_denial_says_which_rule_struck_and_who_could() {
    let site = Site::founded(Backend::chosen());
    let denied = site.person("auditor").post("/api/records/secret", &json!({ "data": { "name": "x" } }));
    assert_eq!(denied.status, 403);
    let why = denied.json()["why"].clone();
    assert!(
        why["policies"].as_array().is_some_and(|p| p.iter().any(|p| p["id"] == "administrators_no_secret_work" && p["clause"] != "")),
        "{why}"
    );
    assert!(why["could"].as_array().is_some_and(|c| c.contains(&json!("office"))), "{why}");
}

#[test]
fn requests_of_other_sites_are_refused() {
    let site = Site::founded(Backend::chosen());
    let mut office = site.person("office");
    let body = json!({ "data": { "name": "x" } }).to_string();
    let send = |client: &crate::support::Client, extra: &[(&str, &str)]| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend_from_slice(extra);
        client.send("POST", "/api/records/department", &headers, body.as_bytes())
    };
    assert_eq!(send(&office, &[("origin", "https://elsewhere.example")]).json()["code"], "request.csrf");
    assert_eq!(send(&office, &[("sec-fetch-site", "cross-site")]).json()["code"], "request.csrf");
    office.guard = false;
    assert_eq!(send(&office, &[]).json()["code"], "request.csrf");
    office.guard = true;
    let origin = site.url.clone();
    assert_eq!(send(&office, &[("origin", &origin), ("sec-fetch-site", "same-origin")]).status, 201);
    let text = office.send("POST", "/api/records/department", &[("content-type", "text/plain")], body.as_bytes());
    assert_eq!((text.status, text.json()["code"].clone()), (415, json!("request.media_type")), "a form of another site can send no JSON");
}

#[test]
fn every_answer_carries_the_headers_that_protect_it() {
    let site = Site::founded(Backend::chosen());
    for path in ["/api/status", "/api/me", "/", "/healthz", "/openapi.json", "/api/nothing"] {
        let reply = site.stranger().get(path);
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cross-origin-resource-policy", "same-origin")]
        {
            assert_eq!(reply.header(name), value, "{path}");
        }
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!reply.header("content-security-policy").contains("unsafe"), "{path}");
        if path.starts_with("/api") {
            assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        }
    }
    let cookie = site.stranger().post("/api/session", &json!({ "login": "office", "password": crate::support::PASSWORD }));
    let cookie = cookie.header("set-cookie").to_owned();
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let headers = [("content-type", "application/json"), ("x-forwarded-proto", "https")];
    let body = json!({ "login": "office", "password": crate::support::PASSWORD }).to_string();
    let reply = site.stranger().send("POST", "/api/session", &headers, body.as_bytes());
    assert!(reply.header("set-cookie").contains("; Secure"));
}

#[test]
fn guessing_and_flooding_slow_down_and_huge_bodies_are_refused() {
    let site = Site::founded(Backend::chosen());
    let stranger = site.stranger();
    let guess = || stranger.post("/api/session", &json!({ "login": "office", "password": "wrong-wrong-wrong" }));
    let unknown = stranger.post("/api/session", &json!({ "login": "nobody", "password": "wrong-wrong-wrong" })).json();
    assert_eq!(guess().json(), unknown, "an unknown name and a wrong password look the same");
    let locked = (0..10).map(|_| guess()).find(|r| r.status == 429).expect("it slows down");
    assert_eq!(locked.json()["code"], "session.locked_out");
    assert!(locked.header("retry-after").parse::<u64>().is_ok_and(|s| s > 0));
    let office = site.person("security");
    let huge = format!("{{\"data\":{{\"name\":\"{}\"}}}}", "长".repeat(400_000));
    let reply = office.send("POST", "/api/records/department", &[("content-type", "application/json")], huge.as_bytes());
    assert_eq!((reply.status, reply.json()["code"].clone()), (413, json!("request.too_large")));
    let limited = Site::open_with(Backend::chosen(), jingui_server::ServerConfig { rate: 1, ..Default::default() });
    let flood = (0..40).map(|_| limited.stranger().get("/api/status").status).filter(|s| *s == 429).count();
    assert!(flood > 10, "{flood}");
}

/// H 9.6.4: a program that runs wild is slowed down; its owner, and the owner's other programs, are not.
#[test]
fn each_token_has_a_rate_of_its_own() {
    let config = jingui_server::ServerConfig { rate: 0, rate_token: Some(1), ..Default::default() };
    let site = Site::open_with(Backend::chosen(), config);
    assert_eq!(site.stranger().post("/api/setup", &site.setup_body()).status, 201);
    let office = site.person("office");
    let program = || {
        let made = office.post("/api/tokens", &json!({ "name": "erp", "scopes": ["read:*"], "expires_days": 1 }));
        let mut client = site.stranger();
        client.token = made.json()["token"].as_str().map(str::to_owned);
        client
    };
    let (wild, calm) = (program(), program());
    let refused = (0..40).map(|_| wild.get("/api/me")).find(|r| r.status == 429).expect("it is slowed down");
    assert_eq!((refused.json()["code"].clone(), refused.header("retry-after")), (json!("request.too_many"), "1"));
    assert_eq!(calm.get("/api/me").status, 200);
    assert_eq!(office.get("/api/me").status, 200);
}

#[test]
fn the_description_names_every_operation_once_and_in_groups() {
    let text = jingui_server::openapi().expect("document");
    let document: serde_json::Value = serde_json::from_str(&text).expect("json");
    let mut ids = vec![];
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("item") {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            ids.push(id.to_owned());
            assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{id}");
            assert!(operation["responses"]["500"]["content"]["application/problem+json"].is_object(), "{id}");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{id} says what it does");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for reference in text.split("\"#/components/schemas/").skip(1).filter_map(|t| t.split('"').next()) {
        assert!(document["components"]["schemas"][reference].is_object(), "{reference} is described");
    }
}

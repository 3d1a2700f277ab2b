//! From an empty folder to an approved secret and a checked ledger, as a person would go.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::support::{BOTH, PASSPHRASE, Site};

/// A secret that can be handed in.
pub fn secret(department: &str, person: &str, grade: &str) -> serde_json::Value {
    json!({
        "name": "沟道超精研磨参数", "category": "process_grinding", "grade": grade, "department": department, "responsible": person,
        "carrier_forms": ["电子文档"], "circle_persons": [person], "term": if grade == "core" { json!({ "open": true }) } else { json!({ "months": 48 }) },
        "declassification_condition": "技术公开后", "exclusion": "none",
        "points": [{ "name": "磨削压力", "content": "分三段", "difference": "手册没有" }],
    })
}

#[test]
fn from_setup_to_an_approved_secret_and_a_whole_ledger() {
    for backend in BOTH {
        let site = Site::open(backend);
        let stranger = site.stranger();
        assert_eq!(stranger.get("/readyz").status, 503);
        assert_eq!(stranger.get("/api/status").json()["phase"], "setup");
        assert_eq!(stranger.get("/api/work").status, 423, "before set-up nothing else answers");
        let mut wrong = site.setup_body();
        wrong["setup_code"] = json!("AAAA-AAAA");
        assert_eq!(stranger.post("/api/setup", &wrong).json()["code"], "setup.code");
        let done = stranger.post("/api/setup", &site.setup_body());
        assert_eq!(done.status, 201, "{}", done.text());
        assert!(done.json()["recovery_code"].as_str().is_some_and(|c| c.len() > 20));
        assert_eq!(stranger.get("/readyz").status, 200);
        assert_eq!(stranger.post("/api/setup", &json!({})).status, 422);

        let office = site.person("office");
        let department = office.make("department", &json!({ "name": "研发部", "code": "YF" }));
        let author = site.hire("author", &["staff"], Some(&department));
        let first = site.hire("member", &["committee"], None);
        let other = site.hire("leader", &["committee_chair"], None);
        assert_ne!(first, other);
        let edited = office.act("department", &department, "edit", &json!({ "officers": [author] }));
        assert_eq!(edited.status, 200, "{}", edited.text());

        let me = site.person("author");
        let catalog = me.get("/api/catalog").json();
        assert!(catalog["kinds"].as_array().is_some_and(|k| k.iter().any(|k| k["kind"] == "secret")));
        let made = me.send(
            "POST",
            "/api/records/secret",
            &[("content-type", "application/json"), ("idempotency-key", "one")],
            json!({ "data": secret(&department, &author, "important") }).to_string().as_bytes(),
        );
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json()["record"]["id"].as_str().expect("id").to_owned();
        assert_eq!(made.header("location"), format!("/api/records/secret/{id}"));
        let again = me.send(
            "POST",
            "/api/records/secret",
            &[("content-type", "application/json"), ("idempotency-key", "one")],
            json!({ "data": secret(&department, &author, "important") }).to_string().as_bytes(),
        );
        assert_eq!(again.json()["record"]["id"], json!(id), "a repeated request makes no second record");

        assert_eq!(me.get("/api/records/secret?q=超精&f.grade=important").json()["total"], 1);
        let detail = me.get(&format!("/api/records/secret/{id}")).json();
        assert!(detail["actions"].as_array().is_some_and(|a| a.iter().any(|a| a["name"] == "submit" && a["allowed"] == true)), "{detail}");
        let stale = me.post(&format!("/api/records/secret/{id}/acts/submit"), &json!({ "expected_version": 9, "input": {} }));
        assert_eq!((stale.status, stale.json()["code"].clone()), (409, json!("record.changed_meanwhile")));
        let sent = me.act("secret", &id, "submit", &json!({}));
        assert_eq!(sent.status, 200, "{}", sent.text());
        assert_eq!(sent.json()["approval"]["steps"][0]["current"], true);
        let own = me.act("secret", &id, "approve", &json!({}));
        assert_eq!(own.status, 403, "the applicant never decides: {}", own.text());
        assert_eq!(office.act("secret", &id, "approve", &json!({ "note": "属实" })).status, 200);
        let chair = site.person("leader");
        assert!(chair.get("/api/work").json()["items"].as_array().is_some_and(|i| i.iter().any(|i| i["record"]["id"] == json!(id))));
        let approved = chair.act("secret", &id, "approve", &json!({}));
        assert_eq!((approved.status, approved.json()["record"]["state"].clone()), (200, json!("effective")), "{}", approved.text());

        let history = me.get(&format!("/api/records/secret/{id}/history")).json();
        let acts: Vec<_> =
            history["items"].as_array().expect("items").iter().map(|i| i["act"].as_str().unwrap_or_default().to_owned()).collect();
        for act in ["create", "submit", "approve", "read"] {
            assert!(acts.contains(&act.to_owned()), "{act} in {acts:?}");
        }
        assert!(
            history["items"].as_array().is_some_and(|i| i.iter().all(|i| i["label"]["zh"] != i["act"])),
            "every act has words: {history}"
        );
        let index = history["items"][1]["index"].clone();
        assert_eq!(me.get(&format!("/api/secrets/{id}/assessment")).status, 200);
        assert_eq!(me.get(&format!("/api/secrets/{id}/knowers")).json()["persons"][0]["id"], json!(author));

        let report = office.post("/api/ledger/verify", &json!({}));
        assert_eq!((report.status, report.json()["ok"].clone()), (200, json!(true)), "{}", report.text());
        let proof = (0..100).find_map(|_| {
            let reply = me.get(&format!("/api/ledger/proof/{index}"));
            std::thread::sleep(std::time::Duration::from_millis(20));
            (reply.status == 200).then(|| reply.text())
        });
        assert!(proof.is_some_and(|p| p.starts_with("c2sp.org/tlog-proof")), "a proof once a checkpoint covers it");
        let metrics = stranger.get("/metrics").text();
        assert!(
            metrics.contains("jingui_phase{phase=\"ready\"} 1") && metrics.contains("route=\"/api/records/{kind}/{id}/acts/{action}\"")
        );
        assert!(!metrics.contains("超精") && !metrics.contains(&id));
    }
}

#[test]
fn sealing_locks_everyone_out_until_somebody_unseals() {
    for backend in BOTH {
        let site = Site::founded(backend);
        let (security, office) = (site.person("security"), site.person("office"));
        assert_eq!(office.post("/api/seal", &json!({})).status, 403);
        assert_eq!(security.post("/api/seal", &json!({})).status, 204);
        assert_eq!(site.stranger().get("/api/status").json()["phase"], "sealed");
        assert_eq!(office.get("/api/work").status, 423);
        let wrong = site.stranger().post("/api/unseal", &json!({ "method": "passphrase", "value": "something else altogether" }));
        assert!((400..500).contains(&wrong.status), "{}", wrong.text());
        let right = site.stranger().post("/api/unseal", &json!({ "method": "passphrase", "value": PASSPHRASE }));
        assert_eq!((right.status, right.json()["phase"].clone()), (200, json!("ready")), "{}", right.text());
        assert_eq!(office.get("/api/work").status, 200, "sessions outlive a seal");
        office.make("department", &json!({ "name": "质检部" }));
    }
}

#[test]
fn a_program_acts_within_its_scopes() {
    let site = Site::founded(crate::support::Backend::chosen());
    let office = site.person("office");
    let made = office.post("/api/tokens", &json!({ "name": "erp", "scopes": ["read:organisation"], "expires_days": 30 }));
    assert_eq!(made.status, 201, "{}", made.text());
    let mut program = site.stranger();
    program.token = made.json()["token"].as_str().map(str::to_owned);
    program.guard = false;
    assert_eq!(program.get("/api/records/person").status, 200);
    assert_eq!(program.get("/api/records/secret").json()["total"], 0);
    assert_eq!(program.post("/api/records/department", &json!({ "data": { "name": "x" } })).status, 403);
    assert_eq!(program.post("/api/me/password", &json!({ "old": "x", "new": "y" })).json()["code"], "session.person_only");
    let id = made.json()["id"].as_str().expect("id").to_owned();
    assert_eq!(office.delete(&format!("/api/tokens/{id}")).status, 204);
    assert_eq!(program.get("/api/records/person").status, 401);
}

#[test]
fn the_session_with_a_one_time_code_and_the_settings() {
    let site = Site::founded(crate::support::Backend::chosen());
    let (system, security, office) = (site.person("system"), site.person("security"), site.person("office"));
    assert_eq!(office.put("/api/settings", &json!({ "headcount": 5 })).status, 403);
    let kept = system.put("/api/settings", &json!({ "headcount": 320, "session_minutes": 30, "scheme": "levels123" }));
    assert_eq!(kept.status, 200, "{}", kept.text());
    assert_eq!((kept.json()["headcount"].clone(), kept.json()["scheme"]["code"].clone()), (json!(320), json!("levels123")));
    let offer = office.post("/api/me/totp/begin", &json!({})).json();
    assert!(offer["uri"].as_str().is_some_and(|u| u.starts_with("otpauth://totp/")), "{offer}");
    assert_eq!(office.post("/api/me/totp/confirm", &json!({ "code": "000000" })).json()["code"], "account.totp_wrong");
    // H 9.6.2(a), (f): what secures the sign-in is the security administrator's, the rest the system administrator's.
    for loosened in [json!({ "totp_required": true }), json!({ "session_minutes": 700 }), json!({ "headcount": 1, "session_minutes": 700 })]
    {
        assert_eq!(system.put("/api/settings", &loosened).status, 403, "{loosened}");
    }
    assert_eq!(security.put("/api/settings", &json!({ "headcount": 1 })).status, 403);
    let secured = security.put("/api/settings", &json!({ "totp_required": true, "session_minutes": 20, "headcount": 320 }));
    assert_eq!((secured.status, secured.json()["session_minutes"].clone()), (200, json!(20)), "{}", secured.text());
    assert_eq!(office.get("/api/work").json()["code"], "session.must_enrol");
    let sessions = office.get("/api/me/sessions").json();
    assert!(sessions["items"].as_array().is_some_and(|s| s.iter().any(|s| s["current"] == true)));
    assert_eq!(office.delete("/api/session").status, 204);
    assert_eq!(office.get("/api/me").status, 401);
}

/// 12.1: a calendar program reads the own duties, with a token as password; no secret stands in the address, and nothing else opens.
#[test]
fn a_calendar_program_reads_the_own_duties_with_a_token_as_password() {
    let site = Site::founded(crate::support::Backend::chosen());
    let office = site.person("office");
    let made = office.post("/api/tokens", &json!({ "name": "calendar", "scopes": ["read:register"], "expires_days": 30 }));
    let token = made.json()["token"].as_str().expect("token").to_owned();
    let nobody = site.stranger();
    let asked = nobody.get("/api/diary.ics");
    assert_eq!((asked.status, asked.header("www-authenticate")), (401, "Basic realm=\"Jingui\", charset=\"UTF-8\""));
    let basic = format!("Basic {}", STANDARD.encode(format!("anyone:{token}")));
    let feed = nobody.send("GET", "/api/diary.ics", &[("authorization", &basic)], b"");
    assert_eq!((feed.status, feed.header("content-type")), (200, "text/calendar; charset=utf-8"));
    assert!(feed.text().starts_with("BEGIN:VCALENDAR\r\n") && feed.text().contains("BEGIN:VEVENT"), "{}", feed.text());
    let todos = nobody.send("GET", "/api/diary.ics?todos=true", &[("authorization", &basic)], b"");
    assert!(todos.text().contains("BEGIN:VTODO") && !todos.text().contains("BEGIN:VEVENT"));
    // The password opens nothing else, and a wrong one nothing.
    assert_eq!(nobody.send("GET", "/api/work", &[("authorization", &basic)], b"").status, 401);
    let wrong = format!("Basic {}", STANDARD.encode("anyone:guess"));
    assert_eq!(nobody.send("GET", "/api/diary.ics", &[("authorization", &wrong)], b"").status, 401);
    let diary = office.get("/api/diary?from=2026-11-01&to=2026-12-31").json();
    assert!(diary["coming"].as_array().is_some_and(|c| c.len() > 20), "the office sees what is coming: {diary}");
    let auditor = site.person("auditor").get("/api/diary?from=2026-11-01&to=2026-12-31").json();
    assert_eq!(auditor["coming"].as_array().map(Vec::len), Some(0), "who is asked for nothing sees nothing: {auditor}");
    assert_eq!(office.get("/api/diary?from=2026-12-31&to=2026-11-01").json()["code"], "diary.range");
}

//! What somebody tries who has an account, or none: other people's ids inside bodies, ids of the wrong kind, a token
//! beyond its scopes, requests forged on another site, a session fixed beforehand, hosts, paths, heads, slow bodies.
//! (OWASP ASVS 5.0: 3.5, 7.2, 8.2, 13.2.)

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use jingui_server::ServerConfig;
use serde_json::{Value, json};

use crate::{
    flow::secret,
    support::{Backend, Client, PASSWORD, Reply, Site},
    sweep::{Company, company},
};

fn told(reply: &Reply) -> (u16, Value) {
    (reply.status, reply.json()["code"].clone())
}

fn json_of(client: &Client, path: &str, body: &Value, extra: &[(&str, &str)]) -> Reply {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend_from_slice(extra);
    client.send("POST", path, &headers, body.to_string().as_bytes())
}

/// B 2.4; H 8.2.1: whoever may not know of a record gets the answer of one that is not there, by whatever way they ask.
#[test]
fn another_departments_record_and_one_that_is_not_there_look_the_same() {
    let company = company();
    let (hidden, nothing) = (company.thing("$secret"), company.thing("$nobody"));
    for client in [company.site.person("outsider"), company.site.person("worker"), company.actor("token")] {
        let alike = |what: &str, one: Reply, other: Reply| {
            let text = one.text().replace(&hidden, &nothing);
            assert_eq!((one.status, text), (other.status, other.text()), "{what}");
        };
        for path in ["/api/records/secret/ID", "/api/records/secret/ID/history", "/api/secrets/ID/assessment", "/api/secrets/ID/knowers"] {
            let at = |id: &str| client.get(&path.replace("ID", id));
            alike(path, at(&hidden), at(&nothing));
            assert_eq!(at(&hidden).status, 404, "{path}");
        }
        for action in ["read", "edit", "decide", "export"] {
            let at = |id: &str| client.get(&format!("/api/why?action={action}&kind=secret&id={id}"));
            alike(action, at(&hidden), at(&nothing));
        }
        for act in ["edit", "submit", "approve", "withdraw", "acknowledge", "nonsense"] {
            let at = |id: &str| client.act("secret", id, act, &json!({}));
            alike(act, at(&hidden), at(&nothing));
            let many = |id: &str| client.post(&format!("/api/records/secret/acts/{act}"), &json!({ "ids": [id], "input": {} }));
            alike(act, many(&hidden), many(&nothing));
            assert!(many(&hidden).json()["done"] != 1, "{act}");
        }
        let file = |id: &str| client.get(&format!("/api/records/secret/{id}/files/{}", company.thing("$file")));
        alike("file", file(&hidden), file(&nothing));
        let attach = |id: &str| client.upload(&format!("/api/records/secret/{id}/files/files"), "a.txt", b"x");
        alike("attach", attach(&hidden), attach(&nothing));
    }
}

/// Ids inside bodies are looked at like ids in paths: what points at a hidden record would have its grade and its circle copied.
#[test]
fn ids_of_another_department_inside_bodies_are_refused() {
    let company = company();
    let outsider = company.site.person("outsider");
    let hidden = company.thing("$secret");
    let (a, b) = (company.thing("$department"), company.thing("$other_department"));
    let change = |secret: &str| {
        let data = json!({ "name": "打听", "secret": secret, "new_grade": "general", "reason": "misjudged", "department": b });
        outsider.post("/api/records/grade_change", &json!({ "data": data }))
    };
    let (theirs, none) = (change(&hidden), change(&company.thing("$nobody")));
    assert_eq!(told(&theirs), (422, json!("field.ref_missing")), "{}", theirs.text());
    assert_eq!(theirs.text(), none.text(), "a hidden secret is as good as none");
    // Neither does "wrong kind" tell that there is one.
    let responsible = |id: &str| {
        let mut data = secret(&b, id, "general");
        data["circle_persons"] = json!([]);
        outsider.post("/api/records/secret", &json!({ "data": data }))
    };
    assert_eq!(responsible(&hidden).text(), responsible(&company.thing("$nobody")).text());
    // A record can be neither made in nor moved into a department that is not one's own.
    let me = company.thing("$outsider");
    let own = outsider.make("secret", &secret(&b, &me, "general"));
    assert_eq!(outsider.post("/api/records/secret", &json!({ "data": secret(&a, &me, "general") })).status, 403);
    assert_eq!(outsider.act("secret", &own, "edit", &json!({ "department": a })).status, 403);
    let moved = outsider.act("secret", &own, "submit", &json!({ "department": a }));
    assert!(moved.status >= 400 || moved.json()["record"]["data"]["department"] == json!(b), "{}", moved.text());
    // Nor do lists, filters, sorting, exports and searches show what is hidden.
    for query in ["", "?q=超精", "?f.grade=important", &format!("?f.department={a}"), "?sort=name&limit=100"] {
        let list = outsider.get(&format!("/api/records/secret{query}")).json();
        assert!(!list.to_string().contains(&hidden), "{query}");
        let export = outsider.get(&format!(
            "/api/records/secret/export{}format=csv",
            if query.is_empty() { "?" } else { "&" }.replace('&', &format!("{query}&"))
        ));
        assert!(!export.text().contains("甲部") && !export.text().contains("员工officer"), "{query}: {}", export.text());
    }
    assert!(!outsider.get("/api/search?q=沟道").json().to_string().contains(&hidden));
}

#[test]
fn ids_of_the_wrong_kind_reach_nothing() {
    let company = company();
    let office = company.site.person("office");
    let (hidden, person, department) = (company.thing("$secret"), company.thing("$person"), company.thing("$department"));
    for (kind, id) in [("person", &hidden), ("secret", &person), ("department", &person), ("rule", &hidden), ("account", &department)] {
        assert_eq!(told(&office.get(&format!("/api/records/{kind}/{id}"))), (404, json!("record.missing")), "{kind}");
        assert_eq!(office.act(kind, id, "edit", &json!({})).status, 404, "{kind}");
        assert_eq!(office.get(&format!("/api/records/{kind}/{id}/history")).status, 404, "{kind}");
        assert_eq!(office.get(&format!("/api/why?action=read&kind={kind}&id={id}")).status, 404, "{kind}");
        let many = office.post(&format!("/api/records/{kind}/acts/edit"), &json!({ "ids": [id], "input": {} })).json();
        assert_eq!((many["done"].clone(), many["failed"][0]["problem"]["code"].clone()), (json!(0), json!("record.missing")), "{kind}");
    }
    for id in [&person, &department] {
        assert!((400..500).contains(&office.get(&format!("/api/secrets/{id}/assessment")).status));
        assert!(office.get(&format!("/api/campaigns/{id}/progress")).status >= 400);
    }
    let system = company.site.person("system");
    for act in ["reset", "disable", "enable"] {
        assert_eq!(system.post(&format!("/api/accounts/{person}/{act}"), &json!({})).status, 404, "{act}");
    }
    assert_eq!(office.delete(&format!("/api/tokens/{hidden}")).status, 404);
    assert_eq!(office.delete(&format!("/api/views/{person}")).status, 404);
    assert_eq!(office.post(&format!("/api/imports/{hidden}/undo"), &json!({})).status, 404);
    for bad in ["%00", "..", "..%2f..%2faccount", "'; DROP TABLE records", "😀", "NaN"] {
        let path = format!(
            "/api/records/secret/{}",
            bad.replace(' ', "%20").replace('\'', "%27").replace(';', "%3B").replace('😀', "%F0%9F%98%80")
        );
        let status = office.get(&path).status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
}

/// H 9.5.2, 9.6.2: nobody gives himself rights by writing to the records that rights are made of.
#[test]
fn accounts_tokens_and_settings_are_not_changed_by_forms() {
    let company = company();
    let worker = company.site.person("worker");
    let system = company.site.person("system");
    let account = company.thing("$account");
    for (who, client) in [("worker", &worker), ("system", &system)] {
        for input in [json!({ "roles": ["office"] }), json!({ "password": "x" }), json!({ "totp": "00" }), json!({ "login": "boss" })] {
            let reply = client.act("account", &account, "edit", &input);
            assert!((400..500).contains(&reply.status), "{who} {input}: {}", reply.text());
        }
        for act in ["disable", "enable"] {
            assert!(client.act("account", &account, act, &json!({})).status >= 400, "{who} {act}: through its own route only");
        }
        let made = client.post(
            "/api/records/account",
            &json!({ "data": { "login": "ghost", "person": company.thing("$person"), "roles": ["office"] } }),
        );
        assert!((400..500).contains(&made.status), "{who}: {}", made.text());
        let token = json!({ "name": "t", "account": account, "scopes": ["*"], "digest": "0".repeat(64) });
        assert!((400..500).contains(&client.post("/api/records/api_token", &json!({ "data": token })).status), "{who}");
    }
    let settings = system.get("/api/records/settings").json()["items"][0]["id"].as_str().expect("settings").to_owned();
    for input in [json!({ "totp_required": false }), json!({ "session_minutes": 720 }), json!({ "scheme": "three" })] {
        let reply = system.act("settings", &settings, "edit", &input);
        assert!((400..500).contains(&reply.status), "{input}: {}", reply.text());
    }
    // Separation of powers holds against whoever gives roles (H 9.6.2).
    for roles in [json!(["system_admin", "security_admin"]), json!(["auditor", "office"]), json!(["security_admin", "committee"])] {
        assert!(system.post(&format!("/api/accounts/{account}/roles"), &json!({ "roles": roles })).status >= 400, "{roles}");
    }
}

/// H 9.6.4: a token reaches what its scopes name, and a person's own things not at all.
#[test]
fn a_token_stays_within_its_scopes() {
    let company = company();
    let site = &company.site;
    let token = |scopes: &[&str]| {
        let made = site.person("office").post("/api/tokens", &json!({ "name": "t", "scopes": scopes, "expires_days": 1 }));
        let mut client = site.stranger();
        client.token = made.json()["token"].as_str().map(str::to_owned);
        client
    };
    let hidden = company.thing("$secret");
    for program in [token(&["read:organisation"]), token(&["write:secret"]), token(&["export:organisation"])] {
        assert_eq!(program.get("/api/records/secret").json()["total"], 0);
        assert_eq!(program.get(&format!("/api/records/secret/{hidden}")).status, 404);
        assert_eq!(program.get("/api/search?q=沟道").json()["items"], json!([]));
        assert!(!program.get("/api/work").json().to_string().contains(&hidden));
        assert_eq!(program.get("/api/overview").json()["secrets"].to_string().matches(&hidden).count(), 0);
        assert_eq!(program.get("/api/records/secret/export?format=csv").status, 403);
        assert_eq!(program.get("/api/imports").json()["items"], json!([]));
        assert_eq!(program.get("/api/ledger").status, 403);
        for own in ["/api/tokens", "/api/views", "/api/me/sessions"] {
            assert_eq!(told(&program.get(own)), (403, json!("session.person_only")), "{own}");
        }
    }
    assert_eq!(token(&["write:organisation"]).get("/api/chart").json()["departments"], json!([]));
    let reader = token(&["read:secret"]);
    assert_eq!(reader.get(&format!("/api/records/secret/{hidden}")).status, 200);
    assert_eq!(reader.act("secret", &hidden, "approve", &json!({})).status, 403);
    assert_eq!(reader.post("/api/records/department", &json!({ "data": { "name": "x" } })).status, 403);
    // Not even with every scope does a program decide, give rights or change what secures the system.
    let all = token(&["*"]);
    assert_eq!(all.act("secret", &hidden, "approve", &json!({})).status, 403);
    assert_eq!(all.post("/api/tokens", &json!({ "name": "n", "scopes": ["*"], "expires_days": 1 })).status, 403);
    assert_eq!(all.post("/api/seal", &json!({})).status, 403);
    for wrong in ["", "jgt_", "jgt_0000", &"jgt_".repeat(4000)] {
        let mut forged = site.stranger();
        forged.token = Some((*wrong).to_owned());
        assert_eq!(forged.get("/api/work").status, 401, "{}", wrong.len());
    }
    // A token in the cookie's place, and a session in the token's.
    let mut swapped = site.stranger();
    swapped.cookie = all.token.as_ref().map(|t| format!("jingui_session={t}"));
    assert_eq!(swapped.get("/api/work").status, 401);
    let mut swapped = site.stranger();
    swapped.token = site.person("office").cookie.and_then(|c| c.split('=').nth(1).map(str::to_owned));
    assert_eq!(swapped.get("/api/work").status, 401);
}

/// ASVS 3.5: a page of another site can send forms and simple requests with the cookie; none of them does anything.
#[test]
fn forged_requests_with_the_cookie_do_nothing() {
    let site = Site::founded(Backend::chosen());
    let mut office = site.person("office");
    office.guard = false;
    let body = json!({ "data": { "name": "伪造" } }).to_string();
    for media in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", "application/json", ""] {
        for origin in [None, Some("null"), Some("https://evil.example")] {
            let mut headers = vec![("content-type", media), ("sec-fetch-site", "cross-site")];
            headers.extend(origin.map(|o| ("origin", o)));
            let reply = office.send("POST", "/api/records/department", &headers, body.as_bytes());
            assert_eq!(told(&reply), (403, json!("request.csrf")), "{media} {origin:?}");
        }
    }
    for (method, path) in [
        ("DELETE", "/api/session"),
        ("POST", "/api/me/password"),
        ("PUT", "/api/settings"),
        ("POST", "/api/seal"),
        ("POST", "/api/imports/person"),
    ] {
        assert_eq!(
            told(&office.send(method, path, &[("sec-fetch-site", "same-site")], b"{}")),
            (403, json!("request.csrf")),
            "{method} {path}"
        );
    }
    // Signing somebody in under a stranger's name is a forgery too.
    let forged = json_of(
        &site.stranger(),
        "/api/session",
        &json!({ "login": "office", "password": PASSWORD }),
        &[("origin", "https://evil.example")],
    );
    assert_eq!(told(&forged), (403, json!("request.csrf")));
    for method in ["OPTIONS", "GET", "HEAD"] {
        let asked = site.stranger().send(
            method,
            "/api/records/department",
            &[("origin", "https://evil.example"), ("access-control-request-method", "POST")],
            b"",
        );
        assert!(asked.headers.keys().all(|h| !h.starts_with("access-control-")), "{method}: no other site is let in");
    }
    office.guard = true;
    assert_eq!(office.get("/api/records/department").json()["total"], 0);
    assert_eq!(office.get("/api/me").status, 200, "and nobody was signed out");
}

/// ASVS 7.2.4, 7.4: a session that was there before signing in gains nothing, and an ended one is good for nothing.
#[test]
fn a_session_can_be_neither_fixed_nor_revived() {
    let site = Site::founded(Backend::chosen());
    let chosen = "0".repeat(64);
    let mut victim = site.stranger();
    victim.cookie = Some(format!("jingui_session={chosen}"));
    let signed = victim.clone().signed_in("office", PASSWORD);
    assert_ne!(signed.cookie, victim.cookie);
    assert_eq!(victim.get("/api/me").status, 401, "the attacker's own value opens nothing");
    let before = site.person("office");
    let again = before.clone().signed_in("office", PASSWORD);
    assert_ne!(before.cookie, again.cookie, "signing in again makes a new session");
    // A new password ends the others.
    let renewed = again.post("/api/me/password", &json!({ "old": PASSWORD, "new": "Second-password-2026" }));
    assert_eq!(renewed.status, 204, "{}", renewed.text());
    assert_eq!((before.get("/api/me").status, signed.get("/api/me").status), (401, 401));
    let mut mine = again.clone();
    mine.cookie = Some(renewed.header("set-cookie").split(';').next().unwrap_or_default().to_owned())
        .filter(|c| !c.is_empty())
        .or(again.cookie.clone());
    assert_eq!(mine.get("/api/me").status, 200);
    assert_eq!(mine.delete("/api/session").status, 204);
    assert_eq!(mine.get("/api/me").status, 401);
    for cookie in ["jingui_session=", "jingui_session=x", "jingui_session=\u{1}", "JINGUI_SESSION=y", "other=1; jingui_session=../../"] {
        assert!(
            matches!(raw(&site, &format!("GET /api/me HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n")), 400 | 401),
            "{cookie}"
        );
    }
}

/// A connection of one's own; the status of the answer, 0 when the server only hangs up.
fn raw(site: &Site, bytes: &str) -> u16 {
    let mut stream = connect(site);
    let _ = stream.write_all(bytes.as_bytes());
    status(stream)
}

fn connect(site: &Site) -> TcpStream {
    TcpStream::connect(site.url.trim_start_matches("http://")).expect("a connection")
}

fn status(mut stream: TcpStream) -> u16 {
    let mut answer = vec![];
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

/// The host that a client names decides nothing and is nowhere repeated.
#[test]
fn the_host_header_is_not_believed() {
    let site = Site::founded(Backend::chosen());
    let office = site.person("office");
    for host in ["evil.example", "evil.example:8600", "localhost\" onload=x"] {
        for path in ["/api/me", "/api/records/nothing", "/openapi.json", "/"] {
            let reply =
                office.send("GET", path, &[("host", host), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")], b"");
            let all = format!("{:?}{}", reply.headers, reply.text());
            assert!(!all.contains("evil.example"), "{path}: {all}");
        }
    }
    let made = office.send(
        "POST",
        "/api/records/department",
        &[("host", "evil.example"), ("content-type", "application/json")],
        br#"{"data":{"name":"x"}}"#,
    );
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.header("location").starts_with("/api/records/department/"), "{}", made.header("location"));
    // The address of the client is the peer's unless the operator said that a proxy stands in front.
    let spoofed = office.send("GET", "/api/me/sessions", &[("x-forwarded-for", "203.0.113.7")], b"");
    assert!(!spoofed.text().contains("203.0.113.7"));
}

#[test]
fn no_path_leads_out_of_the_console() {
    let site = Site::founded(Backend::chosen());
    for path in [
        "/../Cargo.toml",
        "/../../../../etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%5c..%5cwindows%5cwin.ini",
        "/assets/%00",
        "/assets//etc/passwd",
        "//etc/passwd",
        "/.env",
        "/.git/config",
        "/index.html%00.js",
        "/assets/....//....//etc/passwd",
        "/api/../jingui.db",
        "/%c0%ae%c0%ae/etc/passwd",
    ] {
        let mut stream = connect(&site);
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nconnection: close\r\n\r\n").expect("sent");
        let mut bytes = vec![];
        stream.read_to_end(&mut bytes).expect("an answer");
        let answer = String::from_utf8_lossy(&bytes);
        assert!(!answer.contains("root:") && !answer.contains("[package]") && !answer.contains("SQLite format"), "{path}: {answer}");
        let page = answer.starts_with("HTTP/1.1 200") && answer.contains("<html");
        assert!(page || answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
}

#[test]
fn monstrous_heads_are_refused_and_the_server_goes_on() {
    let site = Site::founded(Backend::chosen());
    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let long = format!("x-long: {}\r\n", "a".repeat(1 << 20));
    let line = format!("/{}", "a".repeat(1 << 20));
    for (what, request) in [
        ("many headers", format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n")),
        ("a long header", format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{long}\r\n")),
        ("a long line", format!("GET {line} HTTP/1.1\r\nhost: x\r\n\r\n")),
        ("no HTTP", "\u{16}\u{3}\u{1}\u{2}\u{0}garbage\r\n\r\n".to_owned()),
        ("two lengths", "POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}".to_owned()),
        ("a length that is none", "POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n".to_owned()),
        ("a header in a header", "GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n".to_owned()),
    ] {
        assert!(matches!(raw(&site, &request), 0 | 400 | 414 | 431), "{what}");
    }
    // A body announced both ways is read as chunks and never as the start of a second request (RFC 9112, 6.3).
    let smuggled = "POST /api/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /api/status HTTP/1.1\r\nhost: x\r\n\r\n";
    assert!((400..500).contains(&raw(&site, smuggled)));
    assert_eq!(site.stranger().get("/healthz").status, 200);
}

/// Who sends drop by drop is not waited for: neither for the head of a request nor for its body.
#[test]
fn slow_heads_and_slow_bodies_are_given_up() {
    let short = Duration::from_millis(200);
    let site =
        Site::open_with(Backend::chosen(), ServerConfig { rate: 0, head_patience: short, body_patience: short, ..Default::default() });
    assert_eq!(site.stranger().post("/api/setup", &site.setup_body()).status, 201);
    let mut head = connect(&site);
    head.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").expect("sent");
    assert!(matches!(status(head), 0 | 408), "the connection is closed though the head never ended");
    let mut body = connect(&site);
    body.write_all(b"POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{")
        .expect("sent");
    assert_eq!(status(body), 400);
    let office = site.person("office");
    let rule = office.make("rule", &json!({ "name": "制度", "category": "system" }));
    let mut upload = connect(&site);
    let cookie = office.cookie.expect("cookie");
    let start = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\nsome";
    write!(
        upload,
        "POST /api/records/rule/{rule}/files/text HTTP/1.1\r\nhost: x\r\nx-jingui: 1\r\ncookie: {cookie}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 100000\r\n\r\n{start}"
    )
    .expect("sent");
    assert_eq!(status(upload), 400, "an upload that stands still is given up");
    assert_eq!(site.person("office").get(&format!("/api/records/rule/{rule}")).json()["record"]["version"], 1);
}

impl Company {
    fn thing(&self, name: &str) -> String {
        self.things[name].clone()
    }
}

//! Requests that programs sign (H 9.6.4): what docs/api-signing.md says, from outside.

use std::process::Command;

use jingui_app::identity::signing::{Signed, digest_of};
use jingui_model::{Clock as _, Rng, clock::SystemClock};
use jingui_vault::{Key, SystemRng, signing::Scheme};
use serde_json::{Value, json};

use crate::support::{Backend, Client, Reply, Site, form};

const DOCUMENT: &str = include_str!("../../../../docs/api-signing.md");

fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    DOCUMENT.split(start.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn hashed(scheme: Scheme, body: &[u8]) -> [u8; 32] {
    let mut digest = scheme.digest();
    digest.update(body);
    digest.finish()
}

/// A program with its key.
struct Program {
    client: Client,
    id: String,
    key: Key,
    scheme: Scheme,
}

/// How a request differs from an honest one.
#[derive(Default, Clone)]
struct Twist {
    ts: i64,
    nonce: Option<&'static str>,
    sent_path: Option<&'static str>,
    sent_method: Option<&'static str>,
    sent_body: Option<Vec<u8>>,
    host: Option<&'static str>,
    scheme: Option<Scheme>,
}

impl Program {
    fn new(site: &Site, scopes: &[&str], scheme: Scheme) -> Self {
        let made = site
            .person("office")
            .post("/api/tokens", &json!({ "name": "erp", "scopes": scopes, "expires_days": 30, "signing": scheme.code() }));
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        let key = Key::from_bytes(digest_of(made["token"].as_str().unwrap()).unwrap());
        Self { client: site.stranger(), id: made["id"].as_str().unwrap().to_owned(), key, scheme }
    }

    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8], twist: &Twist) -> Reply {
        let now = SystemClock.now().micros() / 1_000_000;
        let nonce = twist.nonce.map_or_else(|| hex(&(&SystemRng as &dyn Rng).array::<16>()), str::to_owned);
        let digest = hashed(self.scheme, body);
        let signed = Signed {
            scheme: self.scheme,
            id: self.id.parse().unwrap(),
            ts: now + twist.ts,
            nonce,
            signature: [0; 32],
            method: method.to_owned(),
            target: path.to_owned(),
            host: twist.host.unwrap_or(self.client.url.split_once("://").unwrap().1).to_owned(),
            digest,
        };
        let signature = hex(&self.scheme.sign(&self.key, signed.canonical().as_bytes()).unwrap());
        let name = twist.scheme.unwrap_or(self.scheme).name();
        let authorization = format!("{name} id={}, ts={}, nonce={}, sig={signature}", self.id, signed.ts, signed.nonce);
        let headers = [("authorization", authorization.as_str()), ("jingui-digest", &hex(&digest)), ("content-type", kind)];
        let (method, path) = (twist.sent_method.unwrap_or(method), twist.sent_path.unwrap_or(path));
        self.client.send(method, path, &headers, twist.sent_body.as_deref().unwrap_or(body))
    }

    fn get(&self, path: &str, twist: &Twist) -> Reply {
        self.send("GET", path, "application/json", b"", twist)
    }

    fn post(&self, path: &str, body: &Value, twist: &Twist) -> Reply {
        self.send("POST", path, "application/json", body.to_string().as_bytes(), twist)
    }
}

fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn the_vectors_of_the_document_are_ours() {
    let key = Key::from_bytes(digest_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap());
    let vectors = blocks("vector");
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let (text, signature) = vector.rsplit_once('\n').unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let scheme = Scheme::by_name(lines[0]).unwrap();
        let body = if lines[1] == "POST" { r#"{"data":{"name":"热处理工艺"}}"# } else { "" };
        let signed = Signed {
            scheme,
            id: "01976c51-2f00-7000-8000-000000000001".parse().unwrap(),
            ts: lines[5].parse().unwrap(),
            nonce: lines[6].to_owned(),
            signature: digest_of(signature).unwrap(),
            method: lines[1].to_owned(),
            target: lines[2].to_owned(),
            host: lines[3].to_uppercase(),
            digest: hashed(scheme, body.as_bytes()),
        };
        assert_eq!(signed.canonical(), text);
        assert!(scheme.holds(&key, text.as_bytes(), &signed.signature).unwrap(), "{text}");
    }
}

#[test]
fn the_documents_shell_example_reads_and_writes() {
    let site = Site::founded(Backend::chosen());
    let script = blocks("sh")[0];
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    std::fs::write(&body, json!({ "data": { "name": "热处理车间" } }).to_string()).unwrap();
    for (scheme, hash) in [(Scheme::Sha256, "sha256"), (Scheme::Sm3, "sm3")] {
        let program = Program::new(&site, &["read:*", "write:*"], scheme);
        let run = |arguments: &[&str]| {
            let done = Command::new("sh")
                .args(["-c", script, "signed"])
                .args(arguments)
                .env("JINGUI_URL", &site.url)
                .env("JINGUI_ID", &program.id)
                .env("JINGUI_KEY", hex(program.key.bytes()))
                .env("JINGUI_HASH", hash)
                .env("NO_PROXY", "*")
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            serde_json::from_slice::<Value>(&done.stdout).unwrap()
        };
        let me = run(&["GET", "/api/me"]);
        assert_eq!((me["login"].as_str(), me["scopes"].clone()), (Some("office"), json!(["read:*", "write:*"])), "{me}");
        let made = run(&["POST", "/api/records/department", body.to_str().unwrap()]);
        // The second name is taken: the request got as far as the rules of the register.
        assert!(made["record"]["id"].is_string() || made["code"] == "field.not_unique", "{made}");
    }
}

#[test]
fn what_was_signed_is_what_counts() {
    let site = Site::founded(Backend::chosen());
    for scheme in [Scheme::Sha256, Scheme::Sm3] {
        let program = Program::new(&site, &["read:*", "write:*"], scheme);
        let good = Twist::default();
        assert_eq!(program.get("/api/records/department?limit=5", &good).status, 200);
        let refused = (401, "signature.refused".to_owned());
        for (what, twist) in [
            ("another query", Twist { sent_path: Some("/api/records/department?limit=6"), ..good.clone() }),
            ("another method", Twist { sent_method: Some("POST"), ..good.clone() }),
            ("another host", Twist { host: Some("elsewhere.example"), ..good.clone() }),
            ("the other hash", Twist { scheme: [Scheme::Sm3, Scheme::Sha256].into_iter().find(|s| *s != scheme), ..good.clone() }),
        ] {
            assert_eq!(code(&program.get("/api/records/department?limit=5", &twist)), refused, "{what}");
        }
        for (ts, wanted) in [(-320, "signature.time"), (320, "signature.time")] {
            assert_eq!(code(&program.get("/api/me", &Twist { ts, ..good.clone() })), (401, wanted.to_owned()));
        }
        for ts in [-280, 280] {
            assert_eq!(program.get("/api/me", &Twist { ts, ..good.clone() }).status, 200);
        }
    }
}

#[test]
fn a_request_is_good_once() {
    let site = Site::founded(Backend::chosen());
    let program = Program::new(&site, &["read:*", "write:*"], Scheme::Sm3);
    let once = Twist { nonce: Some("once-and-never-again"), ..Twist::default() };
    assert_eq!(program.get("/api/me", &once).status, 200);
    assert_eq!(code(&program.get("/api/me", &once)), (401, "signature.replayed".to_owned()));
    let body = json!({ "data": { "name": "质检部" } });
    assert_eq!(code(&program.post("/api/records/department", &body, &once)), (401, "signature.replayed".to_owned()), "for whatever else");
    let other = Program::new(&site, &["read:*"], Scheme::Sm3);
    assert_eq!(other.get("/api/me", &once).status, 200, "numbers are each program's own");
}

#[test]
fn a_body_that_was_not_signed_does_nothing() {
    let site = Site::founded(Backend::chosen());
    let office = site.person("office");
    let program = Program::new(&site, &["read:*", "write:*"], Scheme::Sha256);
    let names = |site: &Site| site.person("office").get("/api/records/department").text();
    let honest = json!({ "data": { "name": "财务部" } });
    let forged = json!({ "data": { "name": "伪造部" } }).to_string().into_bytes();
    let swapped = program.post("/api/records/department", &honest, &Twist { sent_body: Some(forged), ..Twist::default() });
    assert_eq!(code(&swapped), (401, "signature.body".to_owned()));
    assert!(!names(&site).contains("伪造部"));
    assert_eq!(program.post("/api/records/department", &honest, &Twist::default()).status, 201);
    // A file: large enough to come in many pieces, and swapped in its middle, or its form ended early with the rest behind it.
    let secret = office.make("secret", &json!({ "name": "轴承热处理参数" }));
    let path = format!("/api/records/secret/{secret}/files/files");
    let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let (kind, body) = form("热处理.bin", &bytes);
    let mut swapped = body.clone();
    swapped[6_000_000] ^= 1;
    let (_, short) = form("热处理.bin", b"forged");
    let early = [short, vec![b' '; 200_000]].concat();
    for sent in [swapped, early] {
        let reply = program.send("POST", &path, &kind, &body, &Twist { sent_body: Some(sent), ..Twist::default() });
        assert_eq!(code(&reply), (401, "signature.body".to_owned()));
    }
    let files = |text: String| text.matches("热处理.bin").count();
    assert_eq!(files(office.get(&format!("/api/records/secret/{secret}")).text()), 0);
    let whole = program.send("POST", &path, &kind, &body, &Twist::default());
    assert_eq!(whole.status, 200, "{}", whole.text());
    assert!(files(office.get(&format!("/api/records/secret/{secret}")).text()) > 0);
}

#[test]
fn the_key_opens_nothing_by_itself_and_ends_with_its_token() {
    let site = Site::founded(Backend::chosen());
    let program = Program::new(&site, &["read:organisation"], Scheme::Sha256);
    let key = hex(program.key.bytes());
    for bearer in [key.clone(), format!("jgt_{key}")] {
        let mut client = site.stranger();
        client.token = Some(bearer);
        assert_eq!(code(&client.get("/api/me")), (401, "session.expired".to_owned()));
    }
    assert_eq!(program.get("/api/records/secret", &Twist::default()).json()["items"].as_array().map_or(0, Vec::len), 0, "scopes hold");
    let office = site.person("office");
    for path in [
        "/api/tokens".to_owned(),
        format!("/api/records/api_token/{}", program.id),
        format!("/api/records/api_token/{}/history", program.id),
    ] {
        assert!(!office.get(&path).text().contains(&key), "{path} shows the key");
    }
    assert_eq!(office.get("/api/tokens").json()["items"][0]["signing"], "hmac_sha256");
    assert_eq!(office.delete(&format!("/api/tokens/{}", program.id)).status, 204);
    assert_eq!(code(&program.get("/api/me", &Twist::default())), (401, "signature.refused".to_owned()));
    let mut broken = site.stranger();
    broken.guard = false;
    let reply = broken.send("GET", "/api/me", &[("authorization", "Jingui-HMAC-SHA256 id=1")], b"");
    assert_eq!(code(&reply), (401, "signature.header".to_owned()));
}

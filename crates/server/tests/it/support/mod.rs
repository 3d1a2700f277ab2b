//! A site that really serves, people who sign in, and a small HTTP client.

use std::{collections::BTreeMap, io::Read as _, net::SocketAddr, sync::Arc};

use jingui_app::node::{Node, NodeConfig};
use jingui_model::clock::SystemClock;
use jingui_server::ServerConfig;
use jingui_vault::{Cost, SystemRng};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

#[path = "../../../../store/tests/support/postgres.rs"]
pub mod postgres;

pub const PASSWORD: &str = "First-password-2026";
pub const PASSPHRASE: &str = "石室金匮 test passphrase";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}
impl Backend {
    /// SQLite, or PostgreSQL when `JINGUI_TEST_DATABASE=postgres` says so: the gate runs sweep, guards and attacks once on each.
    pub fn chosen() -> Self {
        match std::env::var("JINGUI_TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::Postgres,
            Ok(other) if !other.is_empty() && other != "sqlite" => panic!("JINGUI_TEST_DATABASE says {other}"),
            _ => Self::Sqlite,
        }
    }
}

/// Both, for tests that say the same of each.
pub const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

/// A serving process, as good as.
pub struct Site {
    pub url: String,
    pub node: Arc<Node>,
    pub runtime: Runtime,
    stop: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

impl Site {
    pub fn open(backend: Backend) -> Self {
        Self::open_with(backend, ServerConfig { rate: 0, ..ServerConfig::default() })
    }

    pub fn open_with(backend: Backend, config: ServerConfig) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
        let database = (backend == Backend::Postgres).then(|| postgres::cluster().fresh_database());
        let place = NodeConfig {
            data: folder.path().join("data"),
            database,
            objects: None,
            ledger: None,
            key_file: None,
            device: None,
            cost: Cost::Test,
        };
        let (stop, stopping) = watch::channel(false);
        let (node, url) = runtime.block_on(async {
            let node = Node::open(place, Arc::new(SystemClock), Arc::new(SystemRng)).await.expect("node");
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
            let address: SocketAddr = listener.local_addr().expect("address");
            tokio::spawn(jingui_server::serve(Arc::clone(&node), listener, config, stopping));
            (node, format!("http://{address}"))
        });
        Self { url, node, runtime, stop, _folder: folder }
    }

    /// A company: three administrators and an officer.
    pub fn founded(backend: Backend) -> Self {
        let site = Self::open(backend);
        let reply = site.stranger().post("/api/setup", &site.setup_body());
        assert_eq!(reply.status, 201, "{}", reply.text());
        site
    }

    pub fn setup_body(&self) -> Value {
        let person = |login: &str, name: &str| json!({ "name": name, "login": login, "password": PASSWORD });
        json!({
            "setup_code": self.node.setup_code().expect("code"),
            "company": { "name": "试验轴承", "zone_minutes": 480 },
            "scheme": "three",
            "system": person("system", "系统员"),
            "security": person("security", "安全员"),
            "auditor": person("auditor", "审计员"),
            "office": person("office", "保密员"),
            "root": { "passphrase": PASSPHRASE, "key_file": false },
        })
    }

    /// Nobody in particular.
    pub fn stranger(&self) -> Client {
        Client { url: self.url.clone(), cookie: None, token: None, guard: true, lang: "en" }
    }

    /// Somebody signed in.
    pub fn person(&self, login: &str) -> Client {
        self.stranger().signed_in(login, PASSWORD)
    }

    /// A person with an account and roles, in a department; gives the person's id.
    pub fn hire(&self, login: &str, roles: &[&str], department: Option<&str>) -> String {
        let (office, system) = (self.person("office"), self.person("system"));
        let mut data = json!({ "name": format!("员工{login}") });
        if let Some(id) = department {
            data["department"] = json!(id);
        }
        let person = office.make("person", &data);
        let made = system.post("/api/accounts", &json!({ "person": person, "login": login, "roles": roles }));
        assert_eq!(made.status, 201, "{}", made.text());
        let first = made.json()["initial_password"].as_str().expect("password").to_owned();
        let me = self.stranger().signed_in(login, &first);
        assert_eq!(me.get("/api/work").json()["code"], "session.must_change");
        let changed = me.post("/api/me/password", &json!({ "old": first, "new": PASSWORD }));
        assert_eq!(changed.status, 204, "{}", changed.text());
        person
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        let node = Arc::clone(&self.node);
        self.runtime.block_on(async move { node.stop().await });
    }
}

/// A browser, or a program.
#[derive(Clone)]
pub struct Client {
    pub url: String,
    pub cookie: Option<String>,
    pub token: Option<String>,
    pub guard: bool,
    pub lang: &'static str,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).allow_non_standard_methods(true).build().new_agent()
}

impl Client {
    pub fn signed_in(mut self, login: &str, password: &str) -> Self {
        let reply = self.post("/api/session", &json!({ "login": login, "password": password }));
        assert_eq!(reply.status, 200, "{login}: {}", reply.text());
        let cookie = reply.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        assert!(cookie.starts_with("jingui_session="), "{cookie}");
        self.cookie = Some(cookie);
        self
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut answer = self.start(method, path, headers, body);
        let mut bytes = vec![];
        let _ = answer.body_mut().as_reader().read_to_end(&mut bytes);
        let mut headers = BTreeMap::new();
        for (name, value) in answer.headers() {
            // Of several, the first: the cookie of the session comes before that of the device.
            headers.entry(name.as_str().to_owned()).or_insert_with(|| String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        Reply { status: answer.status().as_u16(), headers, body: bytes }
    }

    /// Sends and leaves the body to be read as it comes.
    pub fn start(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> ureq::http::Response<ureq::Body> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header("accept-language", self.lang).header("accept", "*/*");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if self.guard && method != "GET" {
            request = request.header("x-jingui", "1");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        agent().run(request.body(body.to_vec()).expect("request")).expect("answer")
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.send("PUT", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], b"")
    }

    /// Makes a record and gives its id.
    pub fn make(&self, kind: &str, data: &Value) -> String {
        let reply = self.post(&format!("/api/records/{kind}"), &json!({ "data": data }));
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["record"]["id"].as_str().expect("id").to_owned()
    }

    pub fn act(&self, kind: &str, id: &str, act: &str, input: &Value) -> Reply {
        self.post(&format!("/api/records/{kind}/{id}/acts/{act}"), &json!({ "input": input }))
    }

    /// Sends a file as a form.
    pub fn upload(&self, path: &str, name: &str, bytes: &[u8]) -> Reply {
        let (kind, body) = form(name, bytes);
        self.send("POST", path, &[("content-type", &kind)], &body)
    }
}

/// A form with one file: content type and body.
pub fn form(name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--b0undary--\r\n");
    ("multipart/form-data; boundary=b0undary".to_owned(), body)
}

//! A small company under the real binary: founded once, started, killed and started again.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::http::Client;

/// Where a company keeps its things, and how to get in.
#[derive(Debug, Clone)]
pub struct Company {
    pub data: PathBuf,
    /// For key file, log: not on the disk under test.
    pub side: PathBuf,
    pub database: Option<String>,
    pub cookie: String,
    pub departments: Vec<String>,
    pub person: String,
    pub category: String,
}

/// A server that runs, until it is killed or dropped.
#[derive(Debug)]
pub struct Server {
    pub address: String,
    process: Child,
    output: BufReader<ChildStdout>,
}

/// Why a server did not come up.
#[derive(Debug)]
pub struct Refused {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it said in this run.
    pub said: String,
}

impl Company {
    /// Sets up an empty company over HTTP, with two departments and a person.
    pub fn found(data: &Path, side: &Path, database: Option<String>) -> (Self, Server) {
        let mut company = Self {
            data: data.to_owned(),
            side: side.to_owned(),
            database,
            cookie: String::new(),
            departments: vec![],
            person: String::new(),
            category: String::new(),
        };
        let mut server = company.launch(None).unwrap_or_else(|r| panic!("no server: {}", r.said));
        let mut text = String::new();
        server.output.read_line(&mut text).expect("the set-up code");
        let code = text.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let person = |login: &str| json!({ "name": format!("人 {login}"), "login": login, "password": "First-password-2026" });
        let request = json!({
            "setup_code": code, "company": { "name": "临清金轴轴承有限公司", "zone_minutes": 480 }, "scheme": "three",
            "system": person("sysadmin"), "security": person("secadmin"), "auditor": person("auditor"), "office": person("office"),
            "root": { "key_file": true },
        });
        let mut client = Client::new(&server.address, None);
        let done = expect(client.post("/api/setup", &request, None), 201, "set-up");
        std::fs::write(company.key_file(), done["key_file"].as_str().expect("a key file")).expect("the key file");
        let signed = client.post("/api/session", &json!({ "login": "office", "password": "First-password-2026" }), None).expect("sign-in");
        company.cookie = signed.cookie.unwrap_or_else(|| panic!("sign-in: {} {}", signed.status, signed.body));
        let mut client = company.client(&server);
        let mut make = |kind: &str, data: Value| {
            let made = expect(client.post(&format!("/api/records/{kind}"), &json!({ "data": data }), None), 201, kind);
            made["record"]["id"].as_str().expect("an id").to_owned()
        };
        company.departments = ["热处理车间", "磨加工车间"].into_iter().map(|name| make("department", json!({ "name": name }))).collect();
        company.person = make("person", json!({ "name": "周工", "department": company.departments[0] }));
        let catalog = expect(company.client(&server).get("/api/catalog"), 200, "catalogue");
        let bearing = catalog["taxonomies"].as_array().and_then(|all| all.iter().find(|t| t["name"] == "bearing")).expect("a taxonomy");
        company.category = leaf(&bearing["nodes"][0]).to_owned();
        (company, server)
    }

    pub fn key_file(&self) -> PathBuf {
        self.side.join("root.key")
    }

    pub fn client(&self, server: &Server) -> Client {
        Client::new(&server.address, Some(&self.cookie))
    }

    /// Starts the server on what is there.
    pub fn start(&self) -> Result<Server, Refused> {
        self.launch(Some(&self.key_file()))
    }

    /// Starts the server and waits until it answers as ready.
    pub fn up(&self) -> Server {
        let server = self.start().unwrap_or_else(|r| panic!("the server does not start again ({:?}): {}", r.code, r.said));
        for _ in 0..2000 {
            if Client::new(&server.address, None).get("/readyz").is_ok_and(|a| a.status == 200) {
                return server;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the server does not become ready: {}", self.log());
    }

    fn launch(&self, key_file: Option<&Path>) -> Result<Server, Refused> {
        let mut command = program();
        command.arg("serve").arg("--data").arg(&self.data).args(["--listen", "127.0.0.1:0", "--rate", "0", "--log", "text"]);
        if let Some(file) = key_file {
            command.arg("--key-file").arg(file);
        }
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        let log = File::create(self.side.join("server.log")).expect("a log file");
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("jingui");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut server = Server { address: String::new(), process, output };
        loop {
            let mut text = String::new();
            if server.output.read_line(&mut text).expect("its output") == 0 {
                let code = server.process.wait().expect("its end").code();
                return Err(Refused { code, said: self.log() });
            }
            if let Some((_, address)) = text.trim().split_once("listening on http://") {
                server.address = address.to_owned();
                return Ok(server);
            }
        }
    }

    /// What the server that ran last had to say.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.side.join("server.log")).unwrap_or_default()
    }

    /// `jingui verify` on the data folder.
    pub fn verify(&self) -> Output {
        program().arg("verify").arg(&self.data).arg("--json").output().expect("jingui verify")
    }
}

impl Server {
    /// SIGKILL: no chance to do anything more.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM, and the orderly end.
    pub fn stop(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|s| s.success()));
        let status = self.process.wait().expect("its end");
        assert!(status.success(), "an orderly stop ends with {status}");
    }

    /// Whether the process still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The binary under test, speaking English.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
    command.env("LANG", "en").env_remove("LC_ALL").env_remove("JINGUI_DATABASE");
    command
}

/// The body of an answer that must have this status.
pub fn expect(answer: std::io::Result<crate::http::Answer>, status: u16, what: &str) -> Value {
    let answer = answer.unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    answer.body
}

fn leaf(node: &Value) -> &str {
    match node["children"].get(0) {
        Some(child) => leaf(child),
        None => node["code"].as_str().expect("a code"),
    }
}

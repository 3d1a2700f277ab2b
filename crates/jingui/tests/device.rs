//! A device that keeps keys, as an operator has it (issue 5, 1 and 4; H 9.1.2.3): attached, examined, used by a person and without one, lost, and
//! used for a restore. SoftHSM2 stands in for it, through the API and the command line alone.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../../pkcs11/tests/support/softhsm.rs"]
#[expect(dead_code, reason = "programs of their own are started, the test itself loads nothing")]
mod softhsm;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};
use softhsm::{Drawer, PIN, module};

struct Company {
    folder: tempfile::TempDir,
    drawer: Drawer,
    made: Value,
}

struct Server {
    child: Child,
    url: String,
    agent: ureq::Agent,
    cookie: Option<String>,
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

impl Company {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let drawer = Drawer::new(&folder.path().join("drawer"), "");
        drawer.token("jingui");
        drawer.token("other");
        let mut company = Self { folder, drawer, made: Value::Null };
        let (data, key) = (company.path("data"), company.path("key"));
        let out = company.run(&["init", "--data", &data, "--sample", "bearing", "--key-file", &key, "--json"]);
        assert_eq!(out.status.code(), Some(0), "{}", said(&out));
        company.made = serde_json::from_slice(&out.stdout).expect("json");
        company
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
        command.args(args).env("LANG", "en_US.UTF-8").env("SOFTHSM2_CONF", self.drawer.conf());
        for name in ["LC_ALL", "LC_MESSAGES", "JINGUI_DATABASE", "JINGUI_KEY_FILE"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program")
    }

    /// The arguments that name a device.
    fn device(token: &str) -> Vec<String> {
        vec!["--pkcs11-module".to_owned(), module().display().to_string(), "--pkcs11-token".to_owned(), token.to_owned()]
    }

    fn serve(&self, data: &str, more: &[String]) -> Server {
        let data = self.path(data);
        let args: Vec<&str> =
            ["serve", "--data", &data, "--listen", "127.0.0.1:0"].into_iter().chain(more.iter().map(String::as_str)).collect();
        let mut child = self.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("output")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        Server { child, url, agent, cookie: None }
    }

    fn password(&self, login: &str) -> &str {
        let all = self.made["sign_ins"].as_array().expect("sign-ins");
        all.iter().find(|s| s["login"] == login).and_then(|s| s["password"].as_str()).expect("password")
    }

    /// What the doctor says of the device: grade and code of each finding about it.
    fn doctor(&self, more: &[String]) -> Vec<(String, String)> {
        let data = self.path("data");
        let args: Vec<&str> = ["doctor", "--data", &data, "--json"].into_iter().chain(more.iter().map(String::as_str)).collect();
        let out = self.run(&args);
        let found: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&out)));
        let of = |f: &Value, name: &str| f[name].as_str().unwrap_or_default().to_owned();
        let all = found["findings"].as_array().expect("findings").iter().map(|f| (of(f, "grade"), of(f, "code")));
        all.filter(|(_, code)| code.contains("device") || code.contains("pin_file")).collect()
    }
}

impl Server {
    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header("content-type", "application/json").header("x-jingui", "1");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let answer = self.agent.run(request.body(body).expect("request")).expect("answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.into_body().read_to_string().unwrap_or_default()).unwrap_or_default())
    }

    fn sign_in(&mut self, login: &str, password: &str) {
        let body = json!({ "login": login, "password": password }).to_string();
        let request = self.agent.post(format!("{}/api/session", self.url)).header("content-type", "application/json");
        let signed = request.send(body).expect("answer");
        let cookie = signed.headers().get("set-cookie").expect("cookie").to_str().expect("text");
        self.cookie = cookie.split(';').next().map(str::to_owned);
    }

    fn unseal(&self, pin: &str) -> (u16, String) {
        let (status, body) = self.call("POST", "/api/unseal", &json!({ "method": "token", "value": pin }));
        (status, body["code"].as_str().or_else(|| body["phase"].as_str()).unwrap_or_default().to_owned())
    }

    fn phase(&self) -> Value {
        self.call("GET", "/api/status", &Value::Null).1["phase"].clone()
    }

    fn methods(&self) -> Value {
        self.call("GET", "/api/status", &Value::Null).1["methods"].clone()
    }

    fn end(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|s| s.success()));
        let mut log = String::new();
        self.child.stderr.take().expect("log").read_to_string(&mut log).expect("log");
        assert_eq!(self.child.wait().expect("end").code(), Some(0), "{log}");
        assert!(!log.contains(PIN), "a PIN is in the log");
        log
    }
}

#[test]
fn a_device_is_attached_used_lost_and_replaced() {
    let company = Company::new();
    let (jingui, key) = (Company::device("jingui"), ["--key-file".to_owned(), company.path("key")]);
    let pin_file = company.path("pin");
    let alone = [&jingui[..], &["--pkcs11-pin-file".to_owned(), pin_file.clone()]].concat();

    // Examined without a PIN.
    let ok = |code: &str| ("ok".to_owned(), format!("cli.doctor.{code}"));
    assert_eq!(company.doctor(&jingui), [ok("device.ok")]);
    assert_eq!(company.doctor(&Company::device("nobody")), [("fail".to_owned(), "cli.doctor.device.fail".to_owned())]);
    assert_eq!(company.doctor(&jingui[..2]), [("fail".to_owned(), "cli.doctor.device.fail".to_owned())]);
    fs::write(&pin_file, PIN).expect("PIN");
    fs::set_permissions(&pin_file, fs::Permissions::from_mode(0o644)).expect("mode");
    assert_eq!(company.doctor(&alone), [ok("device.ok"), ("warn".to_owned(), "cli.doctor.pin_file.open".to_owned())]);
    fs::set_permissions(&pin_file, fs::Permissions::from_mode(0o600)).expect("mode");
    assert_eq!(company.doctor(&alone), [ok("device.ok"), ok("pin_file.ok")]);

    // Attached by the security administrator; a server that has no device says so.
    let add = |server: &Server, pin: &str| {
        let because = json!({ "password": company.password("security"), "reason": "密码机入网" });
        let body = json!({ "way": { "method": "token", "value": pin }, "label": { "name": "密码机" }, "because": because });
        let (status, body) = server.call("POST", "/api/keys/ways", &body);
        (status, body["code"].as_str().unwrap_or_default().to_owned(), body["secret"].clone())
    };
    let mut server = company.serve("data", &key);
    server.sign_in("security", company.password("security"));
    assert_eq!((add(&server, PIN).1.as_str(), server.methods()), ("vault.device_missing", json!(["key_file", "recovery"])));
    server.end();
    let mut server = company.serve("data", &[&key[..], &jingui].concat());
    server.sign_in("security", company.password("security"));
    assert_eq!(add(&server, "0000-0000").1, "pkcs11.pin_wrong");
    assert_eq!(add(&server, PIN), (201, String::new(), Value::Null));
    let (status, rehearsed) = server.call("POST", "/api/keys/rehearse", &json!({ "method": "token", "value": PIN }));
    let (_, keys) = server.call("GET", "/api/keys", &Value::Null);
    let way = keys["wraps"].as_array().and_then(|all| all.iter().find(|w| w["method"] == "token")).expect("the way");
    assert_eq!((status, &rehearsed["way"], &keys["device"]), (200, &way["id"], &json!(true)));
    // Nobody at the network says which library is loaded.
    let (status, _) = server.call("POST", "/api/unseal", &json!({ "method": "token", "value": PIN, "module": "/tmp/evil.so" }));
    assert_eq!(status, 422);
    let log = server.end();
    assert!(!log.contains("PIN file"), "{log}");

    // Used by a person.
    let server = company.serve("data", &jingui);
    assert_eq!((server.phase(), server.methods()), (json!("sealed"), json!(["key_file", "recovery", "token"])));
    assert_eq!(server.unseal("0000-0000"), (403, "pkcs11.pin_wrong".to_owned()));
    assert_eq!(company.doctor(&jingui), [("warn".to_owned(), "cli.doctor.device.low".to_owned())]);
    // A file tries no PIN after a wrong one, and the server stays for a person.
    server.end();
    let second = company.serve("data", &alone);
    assert_eq!(second.phase(), "sealed");
    assert_eq!(second.unseal(PIN), (200, "ready".to_owned()));
    let log = second.end();
    assert!(log.contains("a person has to unlock"), "{log}");

    // Used without a person, and for a restore.
    let server = company.serve("data", &alone);
    assert_eq!(server.phase(), "ready");
    server.end();
    let (data, place) = (company.path("data"), company.path("place"));
    let out = company.run(&["backup", "--data", &data, "--to", &place]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let restore = |to: &str, device: &[String]| {
        let (to, place) = (company.path(to), company.path("place"));
        let args = ["restore", "--from", &place, "--data", &to].into_iter().chain(device.iter().map(String::as_str));
        company.run(&args.collect::<Vec<_>>())
    };
    let pin = ["--pkcs11-pin-file".to_owned(), pin_file.clone()];
    let refused = restore("elsewhere", &[&Company::device("other")[..], &pin].concat());
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("does not hold a key"), "{}", said(&refused));
    let out = restore("restored", &alone);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));

    // Lost: the server starts, says so, and another way still opens it.
    company.drawer.lose("jingui");
    assert_eq!(company.doctor(&jingui), [("fail".to_owned(), "cli.doctor.device.fail".to_owned())]);
    let server = company.serve("data", &alone);
    assert_eq!((server.phase(), server.unseal(PIN)), (json!("sealed"), (503, "pkcs11.no_token".to_owned())));
    let code = company.made["recovery_code"].clone();
    let (status, body) = server.call("POST", "/api/unseal", &json!({ "method": "recovery", "value": code }));
    assert_eq!((status, &body["phase"]), (200, &json!("ready")));
    let log = server.end();
    assert!(log.contains("There is no device jingui"), "{log}");
}

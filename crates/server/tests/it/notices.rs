//! Messages to people over the real way out: a receiver on this machine checks what the robots of DingTalk, WeCom and Feishu would
//! check, and answers as servers answer that are busy, wrong or hostile. (Mail is held against another program in `scripts/interop`.)

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use aws_lc_rs::hmac;
use jingui_server::carrier::Messenger;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{Backend, Client, Site};

/// A request that came in.
#[derive(Debug, Clone)]
struct Got {
    path: String,
    headers: Vec<String>,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find_map(|h| h.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)));
        found.map_or("", |(_, value)| value)
    }
}

/// A server on this machine. The first part of the path says how it answers.
struct Receiver {
    port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let seen = Arc::clone(&got);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(stream, &seen)));
        Self { port, got }
    }
    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }
    fn take(&self) -> Vec<Got> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Got>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let Some(path) = lines.first().and_then(|l| l.split(' ').nth(1)).map(str::to_owned) else { return };
    let length = lines.iter().find_map(|l| l.to_lowercase().strip_prefix("content-length: ").and_then(|n| n.parse().ok())).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    seen.lock().unwrap().push(Got { path: path.clone(), headers: lines, body: String::from_utf8(body).unwrap() });
    let way = path.trim_start_matches('/').split(['?', '/']).next().unwrap_or_default().to_owned();
    let (status, head, body) = match way.as_str() {
        "ding" | "wecom" => ("200 OK", "", r#"{"errcode":0,"errmsg":"ok"}"#.to_owned()),
        "feishu" => ("200 OK", "", r#"{"code":0,"msg":"success"}"#.to_owned()),
        "own" => ("204 No Content", "", String::new()),
        "sign" => ("200 OK", "", r#"{"errcode":310000,"errmsg":"sign not match"}"#.to_owned()),
        "often" => ("429 Too Many Requests", "", String::new()),
        "broken" => ("500 Internal Server Error", "", String::new()),
        "redirect" => ("302 Found", "Location: /ding?elsewhere=1\r\n", String::new()),
        "huge" => ("200 OK", "", "x".repeat(1 << 20)),
        // Hangs up in the middle of the answer.
        _ => ("200 OK", "Content-Length: 50\r\nX-Short: ", "{".to_owned()),
    };
    let length = if head.starts_with("Content-Length") { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\n{head}{}{length}Connection: close\r\n\r\n{body}",
        if head.ends_with(": ") { "1\r\n" } else { "" }
    );
}

/// A company whose node can send, and whose security administrator lets it send to this machine or not.
fn site(local: bool) -> Site {
    let site = Site::open(Backend::chosen());
    site.node.employ_carrier(Arc::new(Messenger::new()));
    let made = site.stranger().post("/api/setup", &site.setup_body());
    assert_eq!(made.status, 201, "{}", made.text());
    if local {
        let set = site.person("security").put("/api/settings", &json!({ "notices": { "notice_local": true } }));
        assert_eq!(set.status, 200, "{}", set.text());
    }
    site
}

/// Makes a channel and tests it; gives the code of the refusal, or nothing.
fn tried(system: &Client, channel: &Value) -> Option<String> {
    let id = system.make("notice_channel", channel);
    let reply = system.post(&format!("/api/notice-channels/{id}/test"), &json!({}));
    let shown = system.get(&format!("/api/records/notice_channel/{id}"));
    let all = format!("{}{}", reply.text(), shown.text());
    assert!(!all.contains("T0KEN") && !all.contains("SECexample"), "a credential came out: {all}");
    let result = shown.json()["record"]["data"]["test_result"].clone();
    if reply.status == 204 {
        assert_eq!(result, "passed");
        return None;
    }
    assert_eq!(result, "failed", "{}", reply.text());
    assert!(reply.json()["title"].as_str().is_some_and(|t| !t.is_empty()), "{}", reply.text());
    Some(reply.json()["code"].as_str().unwrap().to_owned())
}

fn robot(way: &str, url: &str) -> Value {
    json!({ "name": way, "way": way, "hook": url, "key": "SECexample" })
}

fn mac(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

fn base64(text: &str) -> Vec<u8> {
    base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).unwrap()
}

/// The signs as the platforms document them, reckoned here by themselves.
#[test]
fn each_platform_gets_its_form_and_a_sign_that_holds() {
    let (site, receiver) = (site(true), Receiver::start());
    let system = site.person("system");
    for (way, path) in
        [("dingtalk", "ding?access_token=T0KEN"), ("wecom", "wecom?key=T0KEN"), ("feishu", "feishu/T0KEN"), ("webhook", "own")]
    {
        assert_eq!(tried(&system, &robot(way, &receiver.url(path))), None, "{way}");
    }
    let got = receiver.take();
    let [ding, wecom, feishu, own] = got.as_slice() else { panic!("{got:?}") };

    let query: Vec<(String, String)> = ding
        .path
        .split_once('?')
        .unwrap()
        .1
        .split('&')
        .filter_map(|p| p.split_once('='))
        .map(|(n, v)| (n.to_owned(), v.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")))
        .collect();
    let part = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap();
    assert_eq!((ding.path.starts_with("/ding?"), part("access_token").as_str()), (true, "T0KEN"));
    assert_eq!(mac(b"SECexample", format!("{}\nSECexample", part("timestamp")).as_bytes()).as_ref(), base64(&part("sign")));
    assert_eq!(ding.json()["msgtype"], "markdown");

    assert_eq!((wecom.path.as_str(), &wecom.json()["msgtype"]), ("/wecom?key=T0KEN", &json!("markdown")));

    let body = feishu.json();
    let key = format!("{}\nSECexample", body["timestamp"].as_str().unwrap());
    assert_eq!(mac(key.as_bytes(), b"").as_ref(), base64(body["sign"].as_str().unwrap()));
    assert_eq!((&body["msg_type"], feishu.path.as_str()), (&json!("post"), "/feishu/T0KEN"));

    let signed = format!("{}.{}", own.header("x-jingui-timestamp"), own.body);
    let sign = mac(b"SECexample", signed.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect::<String>();
    assert_eq!(own.header("x-jingui-signature"), format!("sha256={sign}"));
}

#[test]
fn what_answers_badly_is_told_by_its_sort_and_redirects_lead_nowhere() {
    let (site, receiver) = (site(true), Receiver::start());
    let system = site.person("system");
    for (path, code) in [
        ("sign?access_token=T0KEN", "notify.sign"),
        ("often?T0KEN", "notify.busy"),
        ("broken?T0KEN", "courier.status"),
        ("redirect?T0KEN", "notify.redirected"),
        ("huge?T0KEN", "courier.too_large"),
        ("short?T0KEN", "courier.unreachable"),
        ("own?T0KEN", "notify.no_robot"),
    ] {
        assert_eq!(tried(&system, &robot("dingtalk", &receiver.url(path))).as_deref(), Some(code), "{path}");
    }
    assert!(receiver.take().iter().all(|g| !g.path.contains("elsewhere")), "a redirect was followed");
    // Nobody listens, there is no such host, or the address is none.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (url, code) in [
        (format!("http://127.0.0.1:{free}/T0KEN"), "courier.unreachable"),
        ("https://name:T0KEN@example.com/".to_owned(), "notify.hook"),
        ("ftp://T0KEN".to_owned(), "notify.hook"),
    ] {
        assert_eq!(tried(&system, &robot("dingtalk", &url)).as_deref(), Some(code), "{code}");
    }
}

/// Whoever sets channels must not be able to make the server speak to itself or to a service about the machine.
#[test]
fn addresses_of_the_machine_itself_are_closed_unless_the_security_administrator_opens_them() {
    let (site, receiver) = (site(false), Receiver::start());
    let system = site.person("system");
    let port = receiver.port;
    let own = |url: &str| tried(&system, &robot("webhook", url));
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"] {
        assert_eq!(own(&format!("http://{host}:{port}/own")).as_deref(), Some("notify.place"), "{host}");
    }
    for about in ["http://169.254.169.254/latest/meta-data/", "http://100.100.100.200/latest/meta-data/", "http://[fd00:ec2::254]/"] {
        assert_eq!(own(about).as_deref(), Some("notify.place"), "{about}");
    }
    // A robot's address is a credential: not in clear.
    assert_eq!(tried(&system, &robot("wecom", &receiver.url("wecom"))).as_deref(), Some("notify.hook"));
    let me = json!({ "address": "a@example.com", "rhythm": "single", "digest": "08:30", "quiet_from": "20:00", "quiet_to": "08:00", "rest_days": true, "lang": "zh" });
    assert_eq!(system.put("/api/me/notices", &me).status, 200);
    let mail = json!({ "name": "m", "way": "mail", "server": "127.0.0.1", "port": port, "encryption": "none", "sender": "j@example.com" });
    assert_eq!(tried(&system, &mail).as_deref(), Some("notify.place"));
    assert!(receiver.take().is_empty(), "something was connected to");
    // The setting is the security administrator's alone (H 9.6.2), and opens this machine only.
    let open = json!({ "notices": { "notice_local": true } });
    assert_eq!(system.put("/api/settings", &open).status, 403);
    assert_eq!(site.person("security").put("/api/settings", &json!({ "notices": { "notice_digest": "09:00" } })).status, 403);
    assert_eq!(site.person("security").put("/api/settings", &open).status, 200);
    assert_eq!(own(&format!("http://127.0.0.1:{port}/own")), None);
    assert_eq!(own("http://169.254.169.254/").as_deref(), Some("notify.place"));
}

/// From a record to the receiver, by what a person chose at the console.
#[test]
fn work_that_waits_reaches_the_person_as_chosen() {
    let (site, receiver) = (site(true), Receiver::start());
    let (system, office) = (site.person("system"), site.person("office"));
    let channel = system.make("notice_channel", &robot("dingtalk", &receiver.url("ding?access_token=T0KEN")));
    let department = office.make("department", &json!({ "name": "研发部" }));
    let worker = site.hire("worker", &["staff"], Some(&department));
    let me = site.person("worker");
    let offered = me.get("/api/me/notices").json();
    assert_eq!((&offered["chosen"], &offered["channels"][0]["id"]), (&json!(false), &json!(channel)));
    let mut choice = json!({ "channel": channel, "address": "13800000000", "rhythm": "single", "digest": "08:30", "quiet_from": "00:00", "quiet_to": "00:00", "rest_days": false, "lang": "en" });
    assert_eq!(me.put("/api/me/notices", &choice).status, 200);
    for (field, wrong, code) in [
        ("digest", "24:00", "notify.time"),
        ("lang", "fr", "notify.lang"),
        ("address", "a b\r\nBcc: c", "notify.address"),
        ("channel", department.as_str(), "notify.channel"),
    ] {
        let right = choice[field].clone();
        choice[field] = json!(wrong);
        let refused = me.put("/api/me/notices", &choice);
        assert_eq!((refused.status, refused.json()["code"].as_str()), (422, Some(code)), "{}", refused.text());
        choice[field] = right;
    }
    let task = json!({ "name": "公共盘里的图纸", "source": "other", "severity": "minor", "department": department, "responsible": worker, "due": "2099-12-31" });
    office.make("corrective_action", &task);
    let live = site.node.live().unwrap();
    let (_stop, stop) = watch::channel(false);
    site.runtime.block_on(async { jingui_app::notify::turn(&live, site.node.holder, &stop).await }).unwrap();
    // The node's own task may have been first.
    let mut got = receiver.take();
    for _ in 0..600 {
        if !got.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        got = receiver.take();
    }
    let [message] = got.as_slice() else { panic!("{got:?}") };
    let text = message.json()["markdown"]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("ZG-") && text.contains("2099-12-31") && text.contains("@13800000000"), "{text}");
    assert!(!text.contains("图纸"), "{text}");
}

//! A full disk: nothing graded is shown that could not be written down first, and the auditor still gets in (B 5.1.2, 7.2.2; H 9.6.2).
//!
//! The disk is a small file system in memory of the program's own, which bubblewrap makes without any rights.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    process::{Child, Command},
    time::Duration,
};

use serde_json::{Value, json};

/// Bytes of the disk: a company with its samples, what is set aside, and some room.
const DISK: u64 = 96 << 20;
/// Reads after which a disk without room has to be noticed: they first use up what the database holds in hand.
const READS: usize = 4000;

/// Makes a company on the small disk, serves it, fills the disk and clears it when told, and verifies it at the end.
const SCRIPT: &str = r#"
"$JINGUI" init --data "$DISK/data" --sample bearing --key-file "$DISK/key" --json > "$OUT/made.part" && mv "$OUT/made.part" "$OUT/made"
"$JINGUI" serve --data "$DISK/data" --key-file "$DISK/key" --listen 127.0.0.1:0 > "$OUT/serve" 2> "$OUT/log" &
server=$!
while [ ! -e "$OUT/fill" ]; do sleep 0.05; done
cat /dev/zero > "$DISK/filler" 2>/dev/null
touch "$OUT/full"
while [ ! -e "$OUT/clear" ]; do sleep 0.05; done
rm "$DISK/filler"
touch "$OUT/cleared"
while [ ! -e "$OUT/stop" ]; do sleep 0.05; done
kill -TERM $server
wait $server
"$JINGUI" verify "$DISK/data" > "$OUT/verified.part" 2>&1
echo "status $?" >> "$OUT/verified.part"
mv "$OUT/verified.part" "$OUT/verified"
"#;

struct Boxed {
    out: tempfile::TempDir,
    child: Child,
}

impl Drop for Boxed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Boxed {
    fn start() -> Self {
        let out = tempfile::tempdir().expect("folder");
        let disk = out.path().join("disk");
        fs::create_dir(&disk).expect("folder");
        let child = Command::new("bwrap")
            .args(["--dev-bind", "/", "/", "--die-with-parent", "--size", &DISK.to_string(), "--tmpfs"])
            .arg(&disk)
            .args(["sh", "-c", SCRIPT])
            .env("JINGUI", env!("CARGO_BIN_EXE_jingui"))
            .env("DISK", &disk)
            .env("OUT", out.path())
            .env("LANG", "en_US.UTF-8")
            .spawn()
            .expect("bubblewrap, which the set-up installs");
        Self { out, child }
    }

    /// Waits for what the script writes.
    fn wait(&self, name: &str, holds: impl Fn(&str) -> bool) -> String {
        let path = self.out.path().join(name);
        for _ in 0..2400 {
            if let Ok(text) = fs::read_to_string(&path)
                && holds(&text)
            {
                return text;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.out.path().join("log")).unwrap_or_default();
        panic!("{name} never came: {log}");
    }

    fn tell(&self, name: &str) {
        fs::write(self.out.path().join(name), "").expect("a word to the script");
    }
}

struct Browser {
    agent: ureq::Agent,
    url: String,
}

impl Browser {
    fn sign_in(&self, made: &Value, login: &str) -> Result<String, (u16, Value)> {
        let one = made["sign_ins"].as_array().expect("sign-ins").iter().find(|s| s["login"] == login).expect("login");
        let body = json!({ "login": login, "password": one["password"] }).to_string();
        let mut answer =
            self.agent.post(format!("{}/api/session", self.url)).header("content-type", "application/json").send(body).expect("answer");
        if answer.status().as_u16() != 200 {
            let text = answer.body_mut().read_to_string().expect("body");
            return Err((answer.status().as_u16(), serde_json::from_str(&text).unwrap_or_default()));
        }
        Ok(answer.headers()["set-cookie"].to_str().expect("text").split(';').next().unwrap_or_default().to_owned())
    }

    fn get(&self, cookie: &str, path: &str) -> (u16, Value) {
        let mut answer = self.agent.get(format!("{}{path}", self.url)).header("cookie", cookie).call().expect("answer");
        let text = answer.body_mut().read_to_string().expect("body");
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or_default())
    }
}

#[test]
fn b_5_1_2_on_a_full_disk_nothing_graded_is_read_and_the_auditor_gets_in() {
    let boxed = Boxed::start();
    let made: Value = serde_json::from_str(&boxed.wait("made", |t| t.contains('}'))).expect("json");
    let line = boxed.wait("serve", |t| t.contains("listening on ") && t.ends_with('\n'));
    let url = line.lines().find_map(|l| l.strip_prefix("listening on ")).expect("url").trim().to_owned();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let browser = Browser { agent, url };
    let office = browser.sign_in(&made, "office").expect("office");
    let (status, list) = browser.get(&office, "/api/records/secret?limit=1");
    assert_eq!(status, 200, "{list}");
    let secret = format!("/api/records/secret/{}", list["items"][0]["id"].as_str().expect("a secret"));
    assert_eq!(browser.get(&office, &secret).0, 200);

    boxed.tell("fill");
    boxed.wait("full", |_| true);
    let refused = (0..READS).map(|_| browser.get(&office, &secret)).find(|(status, _)| *status != 200);
    let (status, problem) = refused.expect("a disk without room is noticed");
    assert_eq!((status, problem["code"].as_str()), (503, Some("store.disk_full")), "{problem}");
    assert!(problem["record"].is_null() && problem["data"].is_null(), "nothing of the record is shown");
    // Nobody else comes in, the auditor does, and sees what happened until then.
    assert_eq!(browser.sign_in(&made, "office").map_err(|(status, _)| status), Err(503));
    let auditor = browser.sign_in(&made, "auditor").expect("the auditor gets in");
    let (status, lines) = browser.get(&auditor, "/api/audit?limit=5");
    assert_eq!(status, 200, "{lines}");
    assert!(lines["items"].as_array().is_some_and(|all| !all.is_empty()), "{lines}");
    assert_eq!(browser.get(&office, &secret).0, 503, "the room set aside is not for reading secrets");
    browser.sign_in(&made, "system").expect("whoever makes room gets in too");

    boxed.tell("clear");
    boxed.wait("cleared", |_| true);
    let mut back = 503;
    for _ in 0..600 {
        back = browser.get(&office, &secret).0;
        if back == 200 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(back, 200, "with room again everybody is let in");
    boxed.tell("stop");
    let verified = boxed.wait("verified", |t| t.contains("status "));
    assert!(verified.contains("status 0"), "the evidence is whole: {verified}");
    assert!(!boxed.out.path().join("disk/data").exists(), "the small disk was the script's own");
}

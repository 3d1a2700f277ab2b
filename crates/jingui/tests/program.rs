//! The program as scripts meet it: what it prints, how it ends (exit codes 0, 1, 2), what it leaves behind.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

fn jingui(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
    command.args(args).env("LANG", "en_US.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("JINGUI_DATABASE");
    command
}

fn run(args: &[&str]) -> Output {
    jingui(args).output().expect("the program")
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A company, made without the wizard.
struct Company {
    folder: tempfile::TempDir,
    made: Value,
}

impl Company {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let (data, key) = (text(&folder.path().join("data")), text(&folder.path().join("key")));
        let out = run(&["init", "--data", &data, "--sample", "bearing", "--key-file", &key, "--json"]);
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        Self { made: serde_json::from_slice(&out.stdout).expect("json"), folder }
    }
    fn data(&self) -> String {
        text(&self.folder.path().join("data"))
    }
    fn key(&self) -> String {
        text(&self.folder.path().join("key"))
    }
    fn serve(&self, more: &[&str]) -> (Child, String) {
        let (data, key) = (self.data(), self.key());
        let mut args = vec!["serve", "--data", &data, "--key-file", &key, "--listen", "127.0.0.1:0"];
        args.extend_from_slice(more);
        let mut child = jingui(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("output")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        (child, url)
    }
}

fn end(mut child: Child) -> (Option<i32>, String) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|s| s.success()));
    let mut log = String::new();
    child.stderr.take().expect("log").read_to_string(&mut log).expect("log");
    (child.wait().expect("end").code(), log)
}

#[test]
fn a_company_is_made_served_stopped_and_verified() {
    let company = Company::new();
    let sign_ins = company.made["sign_ins"].as_array().expect("sign-ins");
    for login in ["system", "security", "auditor", "office"] {
        let one = sign_ins.iter().find(|s| s["login"] == login).expect(login);
        assert!(one["password"].as_str().is_some_and(|p| p.len() >= 16) && one["roles"].is_array(), "{one}");
    }
    assert!(sign_ins.len() > 10 && company.made["recovery_code"].is_string());
    for (path, wanted) in [(company.key(), 0o600), (company.data(), 0o700), (format!("{}/jingui.db", company.data()), 0o600)] {
        let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, wanted, "{path}");
    }
    let again = run(&["init", "--data", &company.data(), "--sample", "bearing", "--key-file", &company.key()]);
    assert_eq!(again.status.code(), Some(1), "a key file is never overwritten");

    let (child, url) = company.serve(&["--log", "json"]);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    assert_eq!(agent.get(format!("{url}/readyz")).call().expect("answer").status().as_u16(), 200);
    let second = run(&["serve", "--data", &company.data(), "--key-file", &company.key(), "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1), "one process for each folder");
    assert!(String::from_utf8_lossy(&second.stderr).contains("error: "));
    let secret = agent.get(format!("{url}/api/search?q=%E6%B7%AC%E7%81%AB")).call().expect("answer");
    assert_eq!(secret.status().as_u16(), 401);
    // An open event stream does not keep the program from ending.
    let office = sign_ins.iter().find(|s| s["login"] == "office").expect("office");
    let body = serde_json::json!({ "login": "office", "password": office["password"] }).to_string();
    let signed = agent.post(format!("{url}/api/session")).header("content-type", "application/json").send(body).expect("answer");
    let cookie = signed.headers()["set-cookie"].to_str().expect("text").split(';').next().unwrap_or_default().to_owned();
    let stream = agent.get(format!("{url}/api/events")).header("cookie", cookie).call().expect("answer");
    let (code, log) = end(child);
    drop(stream);
    assert_eq!(code, Some(0), "{log}");
    let lines: Vec<Value> = log.lines().filter(|l| l.starts_with('{')).map(|l| serde_json::from_str(l).expect("json")).collect();
    assert!(lines.iter().any(|l| l["route"] == "/api/search" && l["status"] == 401), "{log}");
    assert!(!log.contains("%E6") && !log.contains("淬火") && !log.contains("jingui_session"), "no query, no cookie in the log");

    let whole = run(&["verify", &company.data(), "--json"]);
    assert_eq!(whole.status.code(), Some(0), "{}", String::from_utf8_lossy(&whole.stdout));
    let report: Value = serde_json::from_slice(&whole.stdout).expect("json");
    assert_eq!(report["outcome"], "whole");
    let doctor = run(&["doctor", "--data", &company.data(), "--key-file", &company.key(), "--json"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", String::from_utf8_lossy(&doctor.stdout));
    let found: Value = serde_json::from_slice(&doctor.stdout).expect("json");
    assert!(found["findings"].as_array().is_some_and(|f| f.len() >= 6 && f.iter().all(|f| f["grade"] != "fail")), "{found}");

    let tile = fs::read_dir(format!("{}/ledger/tile/entries", company.data())).expect("entries").flatten().find(|e| e.path().is_file());
    let tile = tile.map_or_else(|| panic!("a bundle"), |e| e.path());
    let mut bytes = fs::read(&tile).expect("bytes");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&tile, bytes).expect("written");
    assert_eq!(run(&["verify", &company.data()]).status.code(), Some(1), "one flipped bit");
    assert_eq!(run(&["verify", "/nowhere/at/all"]).status.code(), Some(2));
}

/// Everything under a folder, and the folder put back as it was.
struct Kept(Vec<(PathBuf, Vec<u8>)>);

impl Kept {
    fn of(folder: &Path) -> Self {
        let (mut files, mut folders) = (vec![], vec![folder.to_owned()]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path()) {
                if path.is_dir() { folders.push(path) } else { files.push((path.clone(), fs::read(&path).expect("bytes"))) }
            }
        }
        Self(files)
    }
    fn put_back(&self, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        for (path, bytes) in &self.0 {
            fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
            fs::write(path, bytes).expect("written");
        }
    }
}

/// Damage to the twin's files of every class is an outcome of its own (1), and the file is named; a twin that was there and is not, or
/// is older than the ledger and the database know it to have been, is said.
#[test]
fn damage_to_the_sm3_twin_is_found_and_named() {
    let company = Company::new();
    let data = PathBuf::from(company.data());
    let twin = data.join("ledger-sm3");
    let young = Kept::of(&twin);
    let (child, _) = company.serve(&[]);
    let noted = |files: &Kept| files.0.iter().any(|(_, bytes)| bytes.windows(15).any(|part| part == b"twin_checkpoint"));
    // Ten minutes at most: when it comes is the machine's affair.
    for _ in 0..6000 {
        if noted(&Kept::of(&data.join("ledger/tile/entries"))) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(end(child).0, Some(0));

    let verify = |more: &[&str]| {
        let out = run(&[&["verify", &company.data()], more].concat());
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let report = || {
        let (code, said) = verify(&["--json"]);
        (code, serde_json::from_str::<Value>(&said).expect("json"))
    };
    let (code, report_of_whole) = report();
    let twin_of_whole = &report_of_whole["twin"];
    assert_eq!((code, twin_of_whole["outcome"].as_str()), (Some(0), Some("whole")), "{report_of_whole}");
    assert!(twin_of_whole["noted"].as_u64().is_some_and(|n| n > 0) && twin_of_whole["size"].as_u64().is_some_and(|n| n > 256));
    assert!(verify(&[]).1.contains("SM3 ledger: "));

    let whole = Kept::of(&twin);
    let bytes = |path: &Path| fs::read(path).expect("bytes");
    let named = |what: &str, names: &[&Path]| {
        let (code, said) = verify(&[]);
        assert_eq!(code, Some(1), "{what}");
        for name in names {
            let name = text(name.strip_prefix(&data).expect("in the folder"));
            assert!(said.contains(&name), "{what}: {name} is not in {said}");
        }
        whole.put_back(&twin);
    };
    for (path, clean) in &whole.0 {
        for at in [0, clean.len() / 2, clean.len() - 3] {
            let mut flipped = clean.clone();
            flipped[at] ^= 1;
            fs::write(path, flipped).expect("written");
            named(&format!("byte {at} of {} flipped", path.display()), &[path]);
        }
        fs::write(path, &clean[..clean.len() - 20]).expect("written");
        named(&format!("{} truncated", path.display()), &[path]);
        fs::write(path, [clean.as_slice(), clean].concat()).expect("written");
        named(&format!("{} doubled", path.display()), &[path]);
        fs::remove_file(path).expect("removed");
        named(&format!("{} deleted", path.display()), &[path]);
    }
    let (full, part) = (twin.join("tile/0/000"), whole.0.iter().find(|(path, _)| path.starts_with(twin.join("tile/0/001.p"))));
    let (part, _) = part.expect("a tile that is not full");
    let (one, other) = (bytes(&full), bytes(part));
    fs::write(&full, &other).expect("written");
    fs::write(part, &one).expect("written");
    named("two tiles swapped", &[&full, part]);
    fs::write(part, &one[..other.len()]).expect("written");
    named("a tile put in the place of another", &[part]);
    // The first ledger's own tile is of the other suite.
    fs::write(&full, bytes(&data.join("ledger/tile/0/000"))).expect("written");
    named("the first ledger's tile", &[&full]);
    fs::write(twin.join("vkey"), bytes(&data.join("ledger/vkey"))).expect("written");
    named("the first ledger's key", &[&twin.join("vkey")]);

    let flipped = |at: usize| one.iter().enumerate().map(|(i, byte)| if i == at { byte ^ 1 } else { *byte }).collect::<Vec<_>>();
    fs::write(&full, flipped(32 * 7)).expect("written");
    let (code, found) = report();
    assert_eq!((code, &found["outcome"], &found["ledger"]["outcome"]), (Some(1), &Value::from("damaged"), &Value::from("whole")));
    let damage = &found["twin"]["damages"][0];
    assert_eq!((&damage["file"], damage["entry"].as_u64()), (&Value::from("tile/0/000"), Some(7)));
    let doctor = run(&["doctor", "--data", &company.data(), "--json"]);
    assert_eq!(doctor.status.code(), Some(1), "{}", String::from_utf8_lossy(&doctor.stdout));
    whole.put_back(&twin);

    // What says that there was one: the ledger, and the checkpoint in the database.
    let told = |code: &str| {
        let (status, report) = report();
        assert_eq!(status, Some(1), "{code}");
        let codes: Vec<_> = report["findings"].as_array().expect("findings").iter().map(|found| found["code"].clone()).collect();
        assert_eq!(codes, [code]);
        whole.put_back(&twin);
    };
    fs::remove_dir_all(&twin).expect("removed");
    told("verify.twin_missing");
    fs::remove_dir_all(&twin).expect("removed");
    fs::create_dir(&twin).expect("an empty folder");
    told("verify.twin_missing");
    young.put_back(&twin);
    told("verify.twin_behind");
    let forged = bytes(&twin.join("checkpoint")).iter().map(|byte| if *byte == b'/' { b'+' } else { *byte }).collect::<Vec<_>>();
    tokio::runtime::Runtime::new().expect("runtime").block_on(async {
        let store = jingui_store::Store::open(&jingui_store::Place::Folder(data.clone())).await.expect("store");
        store.set_meta("twin_checkpoint", &forged).await.expect("set");
        store.close().await;
    });
    told("verify.twin_kept");
}

#[test]
fn a_new_folder_shows_a_setup_code_and_a_wrong_key_file_does_not_start() {
    let folder = tempfile::tempdir().expect("folder");
    let data = text(&folder.path().join("data"));
    let mut child =
        jingui(&["serve", "--data", &data, "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it");
    let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
    let (first, second) = (lines.next().expect("line").expect("text"), lines.next().expect("line").expect("text"));
    assert!(first.starts_with("listening on http://127.0.0.1:"), "{first}");
    let code = second.strip_prefix("setup code: ").expect("code");
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
    assert_eq!(end(child).0, Some(0));

    let (company, other) = (Company::new(), Company::new());
    let out = run(&["serve", "--data", &company.data(), "--key-file", &other.key(), "--listen", "127.0.0.1:0"]);
    assert_eq!((out.status.code(), out.stdout.is_empty()), (Some(1), true));
}

#[test]
fn arguments_are_refused_in_the_persons_language() {
    let wrong = run(&["serve", "--frobnicate"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("unknown argument: --frobnicate"));
    let chinese = run(&["--lang", "zh", "serve"]);
    assert_eq!(chinese.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&chinese.stderr).contains("缺少参数"));
    for lang in ["zh", "en"] {
        let help = run(&["serve", "--help", "--lang", lang]);
        assert_eq!((help.status.code(), help.stdout.is_empty()), (Some(0), false), "{lang}");
    }
    let openapi = run(&["openapi"]);
    assert!(serde_json::from_slice::<Value>(&openapi.stdout).is_ok_and(|d| d["openapi"].as_str().is_some_and(|v| v.starts_with("3."))));
}

#[test]
fn mistakes_in_an_overlay_are_named_by_file_line_and_field() {
    let folder = tempfile::tempdir().expect("folder");
    fs::create_dir(folder.path().join("kinds")).expect("folder");
    fs::write(folder.path().join("kinds/keys.yaml"), "kind: keys\nlabel: {zh: 钥匙, en: Key}\ngroup: secret\n").expect("written");
    let out = run(&["overlay", "check", &text(folder.path())]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.lines().any(|l| l.contains("keys.yaml:") && l.contains("plural")), "{said}");
    fs::remove_file(folder.path().join("kinds/keys.yaml")).expect("gone");
    assert_eq!(run(&["overlay", "check", &text(folder.path())]).status.code(), Some(0));
    assert_eq!(run(&["overlay", "check", "/nowhere"]).status.code(), Some(2));
}

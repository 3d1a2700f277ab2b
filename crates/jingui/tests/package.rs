//! Evidence packages as scripts make and check them: `jingui evidence export`, `jingui verify PACKAGE.zip` (exit 0 whole, 1 damaged with the
//! first wrong thing named, 2 cannot be read).

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

fn jingui(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
    command.args(args).env("LANG", "en_US.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("JINGUI_DATABASE");
    command.output().expect("the program")
}

/// The sample company, whose server does not run.
struct Company(tempfile::TempDir);

static SAMPLE: LazyLock<Company> = LazyLock::new(Company::new);

impl Company {
    fn new() -> Self {
        let company = Self(tempfile::tempdir().expect("folder"));
        let (data, key) = (company.path("data"), company.path("key"));
        let out = jingui(&["init", "--data", &data, "--sample", "bearing", "--key-file", &key, "--json"]);
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        company
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn export(&self, out: &str, more: &[&str]) -> Output {
        let (data, key, out) = (self.path("data"), self.path("key"), self.path(out));
        jingui(&[&["evidence", "export", "--data", &data, "--key-file", &key, "--out", &out][..], more].concat())
    }
}

fn said(out: &Output) -> String {
    [String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)].concat()
}

/// The verdict on a package and what is said first of it.
fn verdict(path: &str, more: &[&str]) -> (Option<i32>, Value) {
    let out = jingui(&[&["verify", path, "--json"][..], more].concat());
    (out.status.code(), serde_json::from_slice(&out.stdout).expect("json"))
}

#[test]
fn a_secret_is_exported_and_checked_without_us() {
    // One process at a time works in the folder.
    let company = &*SAMPLE;
    let out = company.export("one.zip", &["--secret", "SM-2026-0001", "--matter", "诉某公司", "--alleged-on", "2026-12-31", "--json"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let report: Value = serde_json::from_slice(&out.stdout).expect("json");
    let package = company.path("one.zip");
    assert_eq!(report["bytes"], fs::metadata(&package).expect("package").len());
    let (code, found) = verdict(&package, &[]);
    assert_eq!((code, &found["outcome"], &found["ledger"]["standing"]), (Some(0), &"whole".into(), &"claimed".into()));
    assert_eq!(found["proven"].as_array().map(Vec::len), report["entries"].as_u64().map(|n| n as usize));
    // The company's key, had from elsewhere, makes it trusted; another key of that name is a fault.
    let key = fs::read_to_string(company.0.path().join("data/ledger/vkey")).expect("key");
    let (code, found) = verdict(&package, &["--key", key.trim()]);
    assert_eq!((code, &found["ledger"]["standing"]), (Some(0), &"trusted".into()));
    let words = said(&jingui(&["verify", &package]));
    assert!(words.starts_with("Whole: ") && words.contains("Only claimed, not proven"), "{words}");
    // Every other secret of the company stays out of it, with name and points.
    let bytes = fs::read(&package).expect("bytes");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut all = vec![];
    for i in 0..archive.len() {
        std::io::copy(&mut archive.by_index(i).expect("file"), &mut all).expect("content");
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    assert!(text.contains("3 兆瓦风电主轴调心滚子轴承结构设计图"));
    for other in ["风电轴承套圈淬火介质配方与冷却制度", "轨道交通轴承招标项目投标底价", "常规零部件采购价格表"]
    {
        assert!(!text.contains(other), "{other}");
    }
    // With everything held back the point is in no file of it.
    let out = company.export("closed.zip", &["--secret", "SM-2026-0001", "--no-points", "--no-files", "--hide", "name"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let (code, found) = verdict(&company.path("closed.zip"), &[]);
    assert_eq!((code, &found["outcome"]), (Some(0), &"whole".into()));
    assert!(!found["proven"].to_string().contains("data.points"), "no point is opened");
    let all = company.export("all.zip", &["--all"]);
    assert_eq!((all.status.code(), verdict(&company.path("all.zip"), &[]).0), (Some(0), Some(0)), "{}", said(&all));
    refusals(company);
    assert_eq!(jingui(&["verify", &company.path("data")]).status.code(), Some(0), "the folder is whole after all that");
}

/// What is wrong is named, and nothing is written.
fn refusals(company: &Company) {
    for (more, code, word) in [
        (&["--secret", "SM-1999-0001"][..], 1, "SM-1999-0001"),
        (&["--secret", "SM-2026-0001", "--as-of", "2020-01-01"], 1, "nothing was recorded"),
        (&["--secret", "SM-2026-0001", "--as-of", "yesterday"], 1, "yesterday"),
        (&["--secret", "SM-2026-0001", "--point", "no slash"], 1, "no slash"),
        (&["--all", "--secret", "SM-2026-0001"], 2, "--"),
        (&[], 2, "--secret"),
    ] {
        let out = company.export("refused.zip", more);
        assert_eq!(out.status.code(), Some(code), "{more:?}: {}", said(&out));
        assert!(said(&out).contains(word), "{more:?}: {}", said(&out));
        assert!(!Path::new(&company.path("refused.zip")).exists());
    }
    let out = company.export("no/such/folder/x.zip", &["--secret", "SM-2026-0001"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(said(&out).contains("no/such/folder"), "{}", said(&out));
    fs::write(company.path("other.key"), "not a key").expect("written");
    let (data, key, to) = (company.path("data"), company.path("other.key"), company.path("refused.zip"));
    let wrong = jingui(&["evidence", "export", "--data", &data, "--key-file", &key, "--all", "--out", &to]);
    assert_eq!(wrong.status.code(), Some(1), "{}", said(&wrong));
    // A running server has the folder: the console makes packages then.
    let key = company.path("key");
    let mut server = Command::new(env!("CARGO_BIN_EXE_jingui"))
        .args(["serve", "--data", &data, "--key-file", &key, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().expect("output")), &mut line).expect("a line");
    let busy = company.export("refused.zip", &["--all"]);
    assert_eq!(busy.status.code(), Some(1), "{}", said(&busy));
    let id = server.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|s| s.success()));
    server.wait().expect("end");
}

#[test]
fn damage_is_named_and_what_is_no_package_cannot_be_read() {
    let folder = tempfile::tempdir().expect("folder");
    let vector = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evidence/tests/vectors/package.zip");
    let bytes = fs::read(vector).expect("vector");
    let path = folder.path().join("package.zip").display().to_string();
    let judged = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        verdict(&path, &[])
    };
    assert_eq!(judged(&bytes).0, Some(0));
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let (code, found) = judged(&flipped);
    assert_eq!((code, &found["outcome"]), (Some(1), &"damaged".into()));
    assert!(found["first"]["path"].as_str().is_some_and(|path| !path.is_empty()), "{}", found["first"]);
    let (code, found) = judged(&bytes[..bytes.len() / 2]);
    assert_eq!((code, &found["outcome"]), (Some(1), &"damaged".into()), "cut off");
    for rubbish in [&b""[..], b"no package at all", b"%PDF-1.7"] {
        let (code, found) = judged(rubbish);
        assert_eq!((code, &found["outcome"]), (Some(2), &"unreadable".into()));
    }
    let (code, found) = verdict(&path, &["--roots", "/nowhere/root.pem"]);
    assert_eq!((code, &found["outcome"]), (Some(2), &"unreadable".into()));
    assert_eq!(jingui(&["verify", "/nowhere/package.zip"]).status.code(), Some(2));
}

//! Documents as scripts make them: `jingui document render`, on the sample company whose server does not run (B appendices 5 and 6).

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::Cursor,
    process::{Command, Output},
};

use serde_json::Value;

fn jingui(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
    command.args(args).env("LANG", "zh_CN.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("JINGUI_DATABASE");
    command.output().expect("the program")
}

fn said(out: &Output) -> String {
    [String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)].concat()
}

/// Entries in the ledger of a folder.
fn entries(data: &str) -> u64 {
    let out = jingui(&["verify", data, "--json"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let report: Value = serde_json::from_slice(&out.stdout).expect("json");
    report.pointer("/ledger/size").and_then(Value::as_u64).expect("a size")
}

#[test]
fn the_sample_companys_secrets_become_papers_and_the_ledger_knows() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (data, key) = (path("data"), path("key"));
    let out = jingui(&["init", "--data", &data, "--sample", "bearing", "--key-file", &key, "--json"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let render = |more: &[&str]| {
        let common = ["document", "render", "--data", &data, "--key-file", &key];
        jingui(&[&common[..], more].concat())
    };
    let before = entries(&data);

    let docx = path("secret.docx");
    let out = render(&["--kind", "secret", "--id", "SM-2026-0001", "--format", "docx", "--out", &docx, "--json"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let report: Value = serde_json::from_slice(&out.stdout).expect("json");
    assert_eq!(report.get("missing").and_then(Value::as_array).map(Vec::len), Some(0), "{report}");
    let mut zip = zip::ZipArchive::new(Cursor::new(fs::read(&docx).expect("the document"))).expect("a package");
    let mut part = |name: &str| std::io::read_to_string(zip.by_name(name).expect("a part")).expect("text");
    assert!(part("word/document.xml").contains("商业秘密登记表") && part("word/document.xml").contains("滚道曲率比"));
    assert!(part("word/header1.xml").contains("核心秘密★长期") && part("word/header1.xml").contains("SM-2026-0001"));

    let pdf = path("secret.pdf");
    let out = render(&["--kind", "secret", "--id", "SM-2026-0001", "--form", "classification_approval", "--format", "pdf", "--out", &pdf]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert!(said(&out).contains("已出具文书"), "{}", said(&out));
    let text = Command::new("pdftotext").args(["-enc", "UTF-8", &pdf, "-"]).output().expect("pdftotext of poppler-utils");
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("商业秘密定密审批表") && text.contains("核心秘密★长期") && text.contains("SM-2026-0001"), "{text}");
    assert!(entries(&data) >= before + 2, "both readings of a core secret are in the ledger");

    // What is asked for must be there; nothing is written otherwise.
    let out = render(&["--kind", "secret", "--id", "SM-1999-0001", "--format", "pdf", "--out", &path("none.pdf")]);
    assert!(out.status.code() == Some(1) && said(&out).contains("SM-1999-0001"), "{}", said(&out));
    let out = render(&["--kind", "secret", "--id", "SM-2026-0001", "--form", "nothing", "--format", "pdf", "--out", &path("none.pdf")]);
    assert!(out.status.code() == Some(1) && said(&out).contains("nothing"), "{}", said(&out));
    let out = render(&["--kind", "secret", "--id", "SM-2026-0001", "--format", "doc", "--out", &path("none.pdf")]);
    assert_eq!(out.status.code(), Some(2), "{}", said(&out));
    assert!(!folder.path().join("none.pdf").exists());
}

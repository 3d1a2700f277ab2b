//! Marks in the files of a secret: put, seen, out of date, put anew, lifted (H 9.2.1, 9.2.2; B 5.2.1, 4.3.2).

use jingui_app::{marks::Placed, world::caller::Caller};
use jingui_docs::paper::{Block, Paper, write_docx, write_pdf};
use jingui_kinds::record::{FileVersion, Record};
use jingui_mark::Limits;
use jingui_model::{Id, Instant, Lang, Problem};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

struct Cast {
    house: House,
    department: Id,
    secret: Record,
}

/// A general secret in force with a document, a printed one and a plain text, asked for by its department's officer.
async fn cast() -> Cast {
    let house = house(Backend::chosen()).await;
    house.person("chen", "陈主任", None, &["committee_chair"]).await;
    let department = house.department("热处理车间").await;
    let officer = house.person("sun", "孙保密员", Some(department), &["staff"]).await;
    let holder = house.person("zhou", "周工", Some(department), &["staff"]).await;
    house.person("xu", "徐工", Some(department), &["staff"]).await;
    let record = house.record(department);
    house.act(&Caller::system(), &record, "edit", json!({ "officers": [officer] })).await.unwrap();
    let category = {
        let world = house.live.world.read();
        world.catalog.taxonomies["bearing"].all().iter().find(|(n, _)| n.children.is_empty()).unwrap().0.code.clone()
    };
    let data = json!({
        "name": "热处理工艺参数", "category": category, "grade": "general", "department": department, "responsible": holder,
        "carrier_forms": ["电子文档"], "circle_persons": [holder], "term": { "months": 24 }, "declassification_condition": "技术公开后",
        "exclusion": "none", "points": [{ "name": "淬火介质配方", "content": "甲乙丙三组分" }],
    });
    let sun = house.caller("sun");
    let draft = house.create(&sun, "secret", data).await.unwrap();
    for (name, bytes) in [("工艺卡.docx", docx()), ("工艺卡.pdf", pdf()), ("记录.txt", b"840".to_vec())] {
        attach(&house, &sun, draft.id, name, bytes).await.unwrap();
    }
    let asked = house.act(&sun, &house.record(draft.id), "submit", json!({})).await.unwrap();
    house.act(&house.caller("office"), &asked, "approve", json!({})).await.unwrap();
    let secret = house.act(&house.caller("chen"), &asked, "approve", json!({})).await.unwrap();
    assert_eq!(secret.state, "effective");
    Cast { house, department, secret }
}

fn paper() -> Paper {
    let mut paper = Paper::new(Lang::Zh, "工艺卡", Instant::from_micros(0));
    paper.blocks = vec![Block::text("淬火温度八百四十度")];
    paper
}

fn docx() -> Vec<u8> {
    write_docx(&paper()).unwrap()
}

fn pdf() -> Vec<u8> {
    write_pdf(&paper(), jingui_app::shelf::fonts().unwrap()).unwrap().bytes
}

async fn attach(house: &House, who: &Caller, record: Id, name: &str, bytes: Vec<u8>) -> Result<Record, Problem> {
    let content = Box::new(std::io::Cursor::new(bytes));
    house.live.attach(who, "secret", record, "files", None, name, "application/octet-stream", content).await.map(|o| o.record)
}

impl Cast {
    fn versions(&self, name: &str) -> Vec<FileVersion> {
        let record = self.house.record(self.secret.id);
        let all: Vec<FileVersion> = serde_json::from_value(record.data["files"].clone()).unwrap();
        all.into_iter().filter(|v| v.name == name).collect()
    }

    /// What the server keeps.
    async fn open(&self, version: &FileVersion) -> Vec<u8> {
        let found = self.house.live.open_file(&Caller::system(), "secret", self.secret.id, version.id).await.unwrap();
        let mut bytes = vec![];
        found.write_to(&mut bytes).unwrap();
        bytes
    }

    async fn put(&self, who: &str) -> Result<Vec<Placed>, Problem> {
        self.house.live.put_marks(&self.house.caller(who), "secret", self.secret.id, &[], Lang::Zh).await
    }

    fn number(&self) -> &str {
        self.secret.number.as_deref().unwrap()
    }
}

fn mark(bytes: &[u8]) -> jingui_mark::Mark {
    jingui_mark::read(bytes, &Limits::default()).expect("a mark is in it")
}

/// H 9.2.1: number, grade, term and unit stand in the file; the unmarked version stays. No request is needed, although the secret is in
/// force and its files are changed by request only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_2_1_the_files_of_a_secret_in_force_are_marked_at_once_and_others_are_told_why_not() {
    let cast = cast().await;
    let placed = cast.put("office").await.unwrap();
    let said: Vec<_> = placed.iter().map(|p| (p.name.as_str(), p.version, p.problem.as_ref().map(Problem::code))).collect();
    assert_eq!(
        said,
        [("工艺卡.docx", Some(2), None), ("工艺卡.pdf", Some(2), None), ("记录.txt", None, Some("mark.unknown_format"))],
        "what cannot be marked does not hinder the others"
    );
    let record = cast.house.record(cast.secret.id);
    assert_eq!((record.state.as_str(), record.pending.is_none()), ("effective", true));
    for (name, original) in [("工艺卡.docx", docx()), ("工艺卡.pdf", pdf())] {
        let versions = cast.versions(name);
        let bytes = cast.open(&versions[1]).await;
        let found = mark(&bytes);
        assert_eq!((found.number.as_str(), found.grade.as_str()), (cast.number(), "一般秘密"));
        assert!(found.header.contains("一般秘密★") && !found.header.ends_with("★"), "{}", found.header);
        assert!(found.unit.contains("热处理车间") && !found.unit.starts_with(' '), "{}", found.unit);
        assert_eq!(cast.open(&versions[0]).await, original, "the unmarked version stays");
        let kept = versions[1].mark.clone().unwrap();
        assert_eq!((kept.of, kept.of_sha256), (versions[0].id, versions[0].sha256.clone()));
        assert_ne!(versions[1].sha256, versions[0].sha256, "both digests are in the ledger's entry");
    }
    let lines = cast.house.live.history(&cast.house.caller("office"), "secret", cast.secret.id, None, 50).await.unwrap();
    let acts: Vec<&str> = lines.iter().filter(|l| l.act == "mark" || l.act == "attach").map(|l| l.act.as_str()).collect();
    assert_eq!(acts.iter().filter(|a| **a == "mark").count(), 2, "an act of its own in the ledger: {acts:?}");
    // The same change from outside is a request, as before (B 4.2, 4.3).
    let own = attach(&cast.house, &cast.house.caller("office"), cast.secret.id, "新.docx", docx()).await.unwrap();
    assert_eq!(own.state, "amending");
    assert_eq!(cast.put("office").await.unwrap().len(), 1, "only what has no mark yet");
}

/// H 9.2.2: marks are changed by those who may, and all updates are kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_2_2_marks_are_put_by_those_who_may_and_each_is_kept() {
    let cast = cast().await;
    for (who, code) in [("zhou", "policy.not_permitted"), ("xu", "record.missing"), ("sysadmin", "policy.forbidden")] {
        let refused = cast.put(who).await.unwrap_err();
        assert_eq!(refused.code(), code, "{who}");
    }
    let unknown = Id::nil();
    let refused = cast.house.live.put_marks(&cast.house.caller("sun"), "secret", cast.secret.id, &[unknown], Lang::Zh).await.unwrap_err();
    assert_eq!(refused.code(), "file.missing");
    cast.put("sun").await.unwrap();
    let seen = |who: &str| cast.house.live.marks(&cast.house.caller(who), "secret", cast.secret.id, Lang::Zh);
    let marks = seen("zhou").unwrap();
    assert!(!marks.allowed && marks.files[0].marked && !marks.files[0].out_of_date && !marks.files[2].marked);
    assert_eq!(seen("xu").unwrap_err().code(), "record.missing");

    // B 4.3.1: the grade goes up; the marks are out of date until they are put anew, from the unmarked version.
    let up = json!({ "grade": "important" });
    cast.house.act(&Caller::system(), &cast.house.record(cast.secret.id), "edit", up).await.unwrap();
    let marks = seen("office").unwrap();
    assert!(marks.allowed && marks.files[0].out_of_date && marks.files[1].out_of_date && !marks.files[2].out_of_date);
    cast.put("office").await.unwrap();
    let versions = cast.versions("工艺卡.pdf");
    let (found, before) = (cast.open(&versions[2]).await, cast.open(&versions[1]).await);
    assert_eq!((mark(&found).grade.as_str(), mark(&before).grade.as_str()), ("重要秘密", "一般秘密"));
    assert!(found.starts_with(&pdf()), "it begins with the unmarked version, not with the marked one");
    let history = &seen("office").unwrap().files[1].history;
    let said: Vec<_> = history.iter().map(|p| (p.version, p.mark.grade.as_str(), p.by_name.as_deref())).collect();
    assert_eq!(said, [(3, "重要秘密", Some("保密专员")), (2, "一般秘密", Some("孙保密员"))]);
    assert!(history.iter().all(|p| p.mark.of == versions[0].id));

    // B 4.3.2: after declassification the mark says so.
    cast.house.act(&Caller::system(), &cast.house.record(cast.secret.id), "declassify", json!({})).await.unwrap();
    assert!(seen("office").unwrap().current.unwrap().lifted);
    cast.put("office").await.unwrap();
    let last = mark(&cast.open(cast.versions("工艺卡.docx").last().unwrap()).await);
    assert_eq!((last.grade.as_str(), last.watermark.as_str(), last.term.as_str()), ("已解密", "", ""));
}

/// H 9.6.3: a copy that is opened with a mark says who opened it and when; nothing is kept, and the reading is in the ledger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_3_a_copy_that_is_opened_tells_where_it_comes_from() {
    let cast = cast().await;
    let version = cast.versions("工艺卡.pdf")[0].clone();
    let reader = cast.house.caller("zhou");
    // A marked copy is a copy: a transfer releases it.
    let head = cast.house.person("gao", "高主管", Some(cast.department), &["staff"]).await;
    cast.house.act(&Caller::system(), &cast.house.record(cast.department), "edit", json!({ "heads": [head] })).await.unwrap();
    let draft = cast.house.transfer(&cast.house.caller("sun"), cast.department, cast.secret.id, reader.id(), "edit").await;
    let asked = cast.house.act(&cast.house.caller("sun"), &draft, "send_inside", json!({})).await.unwrap();
    cast.house.act(&cast.house.caller("gao"), &asked, "approve", json!({})).await.unwrap();
    let before = cast.house.live.store.head().await.unwrap().next;
    let made = cast.house.live.open_marked(&reader, "secret", cast.secret.id, version.id, Lang::Zh).await.unwrap();
    let found = mark(&made.bytes);
    assert!(found.footer.contains("周工") && found.watermark.contains("周工") && found.footer.contains("2026-"), "{}", found.footer);
    assert_eq!(cast.versions("工艺卡.pdf").len(), 1, "nothing is kept");
    assert_eq!(cast.house.live.store.head().await.unwrap().next, before + 1, "the reading is recorded before the copy leaves");
    let lines = cast.house.live.history(&cast.house.caller("office"), "secret", cast.secret.id, None, 50).await.unwrap();
    let line = lines.iter().find(|l| l.index == before).unwrap();
    assert_eq!((line.act.as_str(), line.actor_name.as_str()), ("open_file", "周工"));
    assert_eq!(line.circumstances.get("marked"), Some(&json!(true)));
    let other = cast.house.live.open_marked(&cast.house.caller("xu"), "secret", cast.secret.id, version.id, Lang::Zh).await.unwrap_err();
    assert_eq!(other.code(), "record.missing");
    let text = cast.versions("记录.txt")[0].id;
    let refused = cast.house.live.open_marked(&reader, "secret", cast.secret.id, text, Lang::Zh).await.unwrap_err();
    assert_eq!(refused.code(), "mark.unknown_format");
}

/// A request that brings files of its own waits: its list would take the place of the marked one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_2_files_are_not_marked_under_a_request_that_changes_them() {
    let cast = cast().await;
    let sun = cast.house.caller("sun");
    attach(&cast.house, &sun, cast.secret.id, "补充.docx", docx()).await.unwrap();
    let placed = cast.put("sun").await.unwrap();
    assert!(placed.iter().filter(|p| p.name.starts_with("工艺卡")).all(|p| p.problem.as_ref().unwrap().code() == "file.request_waits"));
    assert_eq!(cast.versions("工艺卡.pdf").len(), 1);
    // What has no grade has no mark.
    let refused = cast.house.live.put_marks(&cast.house.caller("office"), "department", cast.department, &[], Lang::Zh).await.unwrap_err();
    assert_eq!(refused.code(), "mark.not_graded");
    let record = cast.house.record(cast.secret.id);
    assert!(record.data.get("files").is_some_and(Value::is_array));
}

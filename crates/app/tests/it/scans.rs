//! Signed scans filed back by the code on the page (B 4.4, H 10.2.3): printed by us, signed, scanned, found again.

use std::io::Cursor;

use jingui_app::{
    document::{
        Format,
        scan::{ByHand, ScanOutcome, ScanPart, ScanReport},
    },
    world::caller::Caller,
};
use jingui_kinds::{files::SCANS, record::Record};
use jingui_model::{Id, Lang, Problem};
use serde_json::{Value, json};

use crate::{
    scanner::{jpeg, printed, spoilt, unpacked},
    support::{BOTH, Backend, House, house},
};

async fn paper(house: &House, who: &Caller, record: &Record, form: &str) -> Vec<image::GrayImage> {
    let made = house.live.document(who, &record.kind, record.id, Some(form), Format::Pdf, Lang::Zh).await.unwrap();
    printed(&made.0.bytes, 200)
}

async fn filed(house: &House, who: &Caller, bytes: &[u8]) -> Result<ScanReport, Problem> {
    house.live.file_scan(who, None, Box::new(Cursor::new(bytes.to_vec())), Lang::Zh).await
}

async fn by_hand(house: &House, who: &Caller, record: &Record, form: &str, pages: &[u32], bytes: &[u8]) -> Result<ScanReport, Problem> {
    let hand = ByHand { kind: record.kind.clone(), record: record.id, form: form.to_owned(), pages: pages.to_vec() };
    house.live.file_scan(who, Some(hand), Box::new(Cursor::new(bytes.to_vec())), Lang::Zh).await
}

async fn agreement(house: &House, department: Id, name: &str) -> Record {
    let person = house.system("person", json!({ "name": name, "department": department })).await.id;
    let data = json!({
        "name": format!("{name}保密协议"), "type": "employee", "person": person, "department": department, "scope": "热处理", "duties": "保密", "originals": 2,
    });
    house.create(&house.caller("office"), "agreement", data).await.unwrap()
}

fn files<'r>(record: &'r Record, field: &str) -> Vec<&'r Value> {
    record.data.get(field).and_then(Value::as_array).into_iter().flatten().collect()
}

fn outcomes(report: &ScanReport) -> Vec<(ScanOutcome, Vec<u32>)> {
    report.parts.iter().map(|p: &ScanPart| (p.outcome, p.pages.clone())).collect()
}

/// H 9.4, B 5.1.1: the signed agreement comes back; the step that needs it can be done; its digest stands in the ledger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_agreement_is_filed_by_its_code_and_is_the_evidence_of_its_step() {
    for backend in BOTH {
        let house = house(backend).await;
        let office = house.caller("office");
        let department = house.department("热处理车间").await;
        let record = agreement(&house, department, "严淬").await;
        let sign = json!({ "signed_day": "2026-01-01" });
        assert!(house.act(&office, &record, "sign", sign.clone()).await.is_err(), "nothing signed is there yet");
        let pages = paper(&house, &office, &record, "agreement_employee").await;
        let mut scan = pages.clone();
        scan[0] = spoilt(&pages[0], 1.3, 0.8, 12);
        let bytes = unpacked(&scan, 0);
        let report = filed(&house, &office, &bytes).await.unwrap();
        let all: Vec<u32> = (1..=u32::try_from(scan.len()).unwrap()).collect();
        assert_eq!(outcomes(&report), [(ScanOutcome::Filed, all)], "{report:?}");
        let now = house.record(record.id);
        let file = files(&now, "signed_copy")[0].clone();
        assert_eq!((file["sha256"].as_str(), file["scan"]["form"].as_str()), (Some(report.sha256.as_str()), Some("agreement_employee")));
        let offered = house.live.documents(&office, "agreement", record.id, Lang::Zh).unwrap();
        assert_eq!(offered[0].scan.as_ref().map(|s| (s.file, s.version)), Some((report.parts[0].file.unwrap(), 1)));
        assert!(offered[1].scan.is_none(), "the sheet of the register was not signed");
        // What comes out is what went in.
        let mut out = vec![];
        let open = house.live.open_file(&office, "agreement", record.id, report.parts[0].file.unwrap()).await.unwrap();
        open.write_to(&mut out).unwrap();
        assert!(out == bytes);
        // The same sheets again are told, not filed twice; another scan of them is the next version.
        let again = filed(&house, &office, &bytes).await.unwrap();
        assert_eq!((again.parts[0].outcome, again.parts[0].file), (ScanOutcome::Already, report.parts[0].file));
        let next = filed(&house, &office, &unpacked(&pages[..1], 0)).await.unwrap();
        assert_eq!((next.parts[0].outcome, next.parts[0].version), (ScanOutcome::Filed, Some(2)));
        assert_eq!(files(&house.record(record.id), "signed_copy").len(), 2);
        let signed = house.act(&office, &now, "sign", sign).await.unwrap();
        assert_eq!(signed.state, "in_force");
        // In force nothing of it is edited; what is signed later is filed all the same.
        let sheet = unpacked(&paper(&house, &office, &signed, "agreement_sheet").await, 0);
        assert_eq!(filed(&house, &office, &sheet).await.unwrap().parts[0].outcome, ScanOutcome::Filed);
        assert_eq!(files(&house.record(record.id), SCANS).len(), 1);
        let restarted = house.restart().await;
        assert_eq!(files(&restarted.record(record.id), SCANS).len(), 1, "{backend:?}");
    }
}

/// A sheet-fed scanner takes the whole pile: papers of several records, printed on one side or both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pile_is_cut_into_its_papers_and_what_is_left_is_filed_by_hand() {
    let house = house(Backend::Sqlite).await;
    let office = house.caller("office");
    let department = house.department("热处理车间").await;
    let (one, two) = (agreement(&house, department, "严淬").await, agreement(&house, department, "磨光").await);
    let first = paper(&house, &office, &one, "agreement_sheet").await.remove(0);
    let second = paper(&house, &office, &two, "agreement_sheet").await.remove(0);
    let blank = image::GrayImage::from_pixel(first.width(), first.height(), image::Luma([250]));
    let pile = unpacked(&[blank.clone(), first.clone(), blank.clone(), second.clone()], 0);
    let report = filed(&house, &office, &pile).await.unwrap();
    let (unknown, done) = (ScanOutcome::Unknown, ScanOutcome::Filed);
    assert_eq!(outcomes(&report), [(unknown, vec![1]), (done, vec![2, 3]), (done, vec![4])]);
    assert_eq!(report.parts.iter().map(|p| p.record).collect::<Vec<_>>(), [None, Some(one.id), Some(two.id)]);
    assert_eq!(report.parts[0].code.as_deref(), Some("scan.no_code"));
    let file = files(&house.record(one.id), SCANS)[0].clone();
    assert_eq!((&file["scan"]["pages"], &file["scan"]["sha256"]), (&json!([2, 3]), &json!(report.sha256)));
    assert_ne!(file["sha256"], json!(report.sha256), "a file of its own, with its own digest");
    // The same pile again: what is there is told, what was left is still left.
    assert_eq!(
        filed(&house, &office, &pile).await.unwrap().parts.iter().map(|p| p.outcome).collect::<Vec<_>>(),
        [unknown, ScanOutcome::Already, ScanOutcome::Already]
    );
    let hand = by_hand(&house, &office, &two, "agreement_employee", &[1], &pile).await.unwrap();
    assert_eq!(outcomes(&hand), [(done, vec![1])]);
    assert_eq!(files(&house.record(two.id), "signed_copy").len(), 1);
    assert_eq!(
        by_hand(&house, &office, &two, "carrier_card", &[], &pile).await.unwrap_err().code(),
        "record.missing",
        "a form of another register"
    );
    assert_eq!(
        by_hand(&house, &office, &two, "agreement_sheet", &[9], &pile).await.unwrap().parts[0].code.as_deref(),
        Some("docs.scan.damaged")
    );
    // A single sheet as a picture.
    assert_eq!(filed(&house, &office, &jpeg(&first)).await.unwrap().parts[0].outcome, done);
}

/// B 4.2.1: a code is no way around anybody's rights. Who may not know of a record gets the answer of a paper from elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_tells_and_opens_nothing_to_those_who_may_not_know() {
    let house = house(Backend::Sqlite).await;
    let office = house.caller("office");
    let department = house.department("热处理车间").await;
    house.person("worker", "无关", Some(house.department("行政部").await), &["staff"]).await;
    let secret = json!({ "name": "淬火参数", "grade": "core", "department": department, "term": { "open": true }, "points": [{ "name": "温度", "content": "八百四十度" }] });
    let secret = house.create(&office, "secret", secret).await.unwrap();
    let sheet = unpacked(&paper(&house, &office, &secret, "secret_register_form").await, 0);
    let worker = house.caller("worker");
    let hidden = filed(&house, &worker, &sheet).await.unwrap();
    let elsewhere = crate::support::house(Backend::Sqlite).await;
    let theirs = filed(&elsewhere, &elsewhere.caller("office"), &sheet).await.unwrap();
    let shown = |report: &ScanReport| serde_json::to_value(report).unwrap();
    assert_eq!(shown(&hidden), shown(&theirs), "a record that is hidden and one that is not there are the same");
    assert_eq!(hidden.parts[0].code.as_deref(), Some("scan.unknown"));
    assert!(files(&house.record(secret.id), SCANS).is_empty());
    assert_eq!(by_hand(&house, &worker, &secret, "secret_register_form", &[], &sheet).await.unwrap_err().code(), "record.missing");
    // Another company's agreement has the same number as ours: it is not ours.
    let ours = agreement(&house, department, "严淬").await;
    let other = elsewhere.department("热处理车间").await;
    let alike = agreement(&elsewhere, other, "陌生").await;
    assert_eq!(ours.number, alike.number);
    let foreign = unpacked(&paper(&elsewhere, &elsewhere.caller("office"), &alike, "agreement_sheet").await, 0);
    assert_eq!(filed(&house, &office, &foreign).await.unwrap().parts[0].code.as_deref(), Some("scan.unknown"));
    assert!(files(&house.record(ours.id), SCANS).is_empty());
    // Who may know of it but not add to it is told that.
    let head = house.caller("auditor");
    let refused = filed(&house, &head, &unpacked(&paper(&house, &office, &ours, "agreement_sheet").await, 0)).await.unwrap();
    assert_ne!(refused.parts[0].outcome, ScanOutcome::Filed, "{refused:?}");
    assert!(files(&house.record(ours.id), SCANS).is_empty());
}

/// B 4.4: every register that prints a form takes its signed scan; a secret in force, too, without a change to what it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_with_a_form_takes_its_signed_scan() {
    let house = house(Backend::Sqlite).await;
    let catalog = std::sync::Arc::clone(&house.live.world.read().catalog);
    for form in catalog.forms.values() {
        let field =
            catalog.kind(&form.kind).and_then(|kind| kind.field(SCANS)).unwrap_or_else(|| panic!("{} has no place for it", form.kind));
        assert!(!field.fixed && !field.internal && field.label.zh == "签字扫描件");
    }
}

/// What is no scan is refused by code, and nothing of it stays behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_scan_is_refused_and_leaves_nothing() {
    let house = house(Backend::Sqlite).await;
    let office = house.caller("office");
    for (bytes, code) in
        [(&b"hello"[..], "docs.scan.media"), (b"%PDF-1.4 nothing", "docs.scan.damaged"), (b"\xff\xd8\xff cut off", "docs.scan.damaged")]
    {
        assert_eq!(filed(&house, &office, bytes).await.unwrap_err().code(), code);
    }
    let left: Vec<_> = std::fs::read_dir(house.live.objects.temp_dir()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The most that this process has held at once, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1024
}

/// "A 200 MB scan: clear outcome, nothing lost": it lies in memory once, not once for each who looks at it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_of_200_mb_is_filed_and_held_once() {
    let house = house(Backend::Sqlite).await;
    let office = house.caller("office");
    let record = agreement(&house, house.department("热处理车间").await, "严淬").await;
    let made = house.live.document(&office, "agreement", record.id, Some("agreement_sheet"), Format::Pdf, Lang::Zh).await.unwrap();
    let page = printed(&made.0.bytes, 300).remove(0);
    let before = peak();
    let (count, more) = (3, 200_000_000);
    let place = house.dir.path().join("large.pdf");
    let size = {
        let bytes = unpacked(&vec![page; count], more);
        std::fs::write(&place, &bytes).unwrap();
        bytes.len() as u64
    };
    let content = Box::new(std::fs::File::open(&place).unwrap());
    let report = house.live.file_scan(&office, None, content, Lang::Zh).await.unwrap();
    assert_eq!(report.parts.iter().map(|p| (p.outcome, p.pages.len())).collect::<Vec<_>>(), [(ScanOutcome::Filed, count)]);
    let file = files(&house.record(record.id), SCANS)[0].clone();
    assert_eq!((file["size"].as_u64(), file["sha256"].as_str()), (Some(size), Some(report.sha256.as_str())));
    let most = peak();
    assert!(size > 200_000_000 && most < before + size + 150_000_000, "{size} bytes on top of {before}, {most} held");
}

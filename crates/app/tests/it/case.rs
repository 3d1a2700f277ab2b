//! Evidence packages from a running company: what is chosen comes in, nothing else does, and strangers can check it
//! (H 10.2, B 8.1.2, 民事证据规定 93 and 94).

use std::io::Read as _;

use jingui_app::case::{Choice, Extras, Named, Only};
use jingui_app::world::caller::Caller;
use jingui_evidence::dossier::{Findings, Index, Matter, Outcome, Trusted, verify};
use jingui_kinds::record::Record;
use jingui_model::{Day, Id, Instant};
use serde_json::json;

use crate::support::{Backend, House, house};

/// Words that stand in what stays closed.
const HIDDEN: [&str; 5] = ["二号秘密点", "淬火油温八十五度", "二号说明书", "不外传的文件内容", "保密备注不外传"];

struct Scene {
    house: House,
    secret: Record,
    department: Id,
}

/// A secret in force with two points and two files, that somebody has read.
async fn scene() -> Scene {
    let house = house(Backend::chosen()).await;
    let department = house.department("热处理部").await;
    house.person("chair", "主任", None, &["committee_chair"]).await;
    house.person("member", "委员", None, &["committee"]).await;
    let worker = house.person("worker", "热处理工", Some(department), &["staff"]).await;
    let officer = house.person("sun", "孙保密员", Some(department), &["staff"]).await;
    house.act(&Caller::system(), &house.record(department), "edit", json!({ "officers": [officer] })).await.unwrap();
    let sun = house.caller("sun");
    let category =
        house.live.world.read().catalog.taxonomies["bearing"].all().iter().find(|(n, _)| n.children.is_empty()).unwrap().0.code.clone();
    let data = json!({
        "name": "套圈淬火工艺", "category": category, "points": [
            { "name": "一号秘密点", "content": "保温时间四十二分钟", "difference": "公知资料为三十分钟" },
            { "name": "二号秘密点", "content": "淬火油温八十五度" } ],
        "grade": "important", "department": department, "responsible": officer, "carrier_forms": ["电子文档"],
        "circle_persons": [worker], "term": { "months": 48 }, "declassification_condition": "技术公开后",
        "exclusion": "none", "measures": ["keeper"], "not_public_basis": "检索未见", "remark": "保密备注不外传",
    });
    let secret = house.create(&sun, "secret", data).await.unwrap();
    for (name, content) in [("一号说明书.txt", "可以附上的文件内容"), ("二号说明书.txt", "不外传的文件内容")] {
        let content = Box::new(std::io::Cursor::new(content.as_bytes().to_vec()));
        house.live.attach(&sun, "secret", secret.id, "files", None, name, "text/plain", content).await.unwrap();
    }
    house.act(&sun, &house.record(secret.id), "submit", json!({})).await.unwrap();
    for login in ["office", "chair"] {
        house.act(&house.caller(login), &house.record(secret.id), "approve", json!({})).await.unwrap();
    }
    Scene { secret: house.record(secret.id), house, department }
}

impl Scene {
    fn named(&self, name: &str) -> Only {
        Only::These([Named { secret: self.secret.id, name: name.to_owned() }].into())
    }

    fn choice(&self) -> Choice {
        Choice {
            matter: Matter {
                name: "诉某公司侵害技术秘密".to_owned(), case_no: Some("（2026）鲁01民初1号".to_owned()), alleged_on: None
            },
            secrets: vec![self.secret.id],
            points: self.named("一号秘密点"),
            files: self.named("一号说明书.txt"),
            ..Choice::default()
        }
    }

    async fn made(&self, choice: &Choice) -> (Vec<u8>, Findings) {
        let made = self.house.live.make_package(&self.house.caller("office"), None, choice, Extras::default()).await.unwrap();
        let key = self.house.live.ledger.state().vkey;
        let found = verify(&made.bytes, &Trusted::read(&[&key], None).unwrap());
        assert_eq!((found.outcome, &found.first), (Outcome::Whole, &None));
        (made.bytes, found)
    }
}

/// The files of a package, unpacked.
fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let one = |i| {
        let mut file = archive.by_index(i).unwrap();
        let mut content = vec![];
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().into_owned(), content)
    };
    (0..count).map(one).collect()
}

fn index(bytes: &[u8]) -> Index {
    let files = unpacked(bytes);
    let (_, content) = files.iter().find(|(name, _)| name.ends_with("/data/index.json")).unwrap();
    serde_json::from_slice(content).unwrap()
}

/// Whether a text stands in a file or name, plain or as JSON escapes it.
fn tells(files: &[(String, Vec<u8>)], text: &str) -> Vec<String> {
    let finds = |hay: &[u8], needle: &[u8]| hay.windows(needle.len()).any(|w| w == needle);
    files.iter().filter(|(name, content)| name.contains(text) || finds(content, text.as_bytes())).map(|(name, _)| name.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_10_2_what_is_not_chosen_is_not_in_the_package() {
    let scene = scene().await;
    assert_eq!(scene.secret.state, "effective", "the scene is in force");
    let (bytes, found) = scene.made(&scene.choice()).await;
    let files = unpacked(&bytes);
    for text in ["一号秘密点", "保温时间四十二分钟", "一号说明书", "可以附上的文件内容"] {
        assert!(!tells(&files, text).is_empty(), "{text} was chosen");
    }
    for text in HIDDEN {
        assert_eq!(tells(&files, text), [] as [&str; 0], "{text} was not chosen");
    }
    // Salts of closed fields would betray short values to whoever tries them.
    let index = index(&bytes);
    let (secret, points) = (&index.records[0], &index.records[0].points);
    assert_eq!((secret.number.as_ref(), points.len(), secret.files.len()), (scene.secret.number.as_ref(), 1, 1));
    assert!(found.proven.iter().all(|p| p.opened.iter().all(|name| name != "data.points[1]" && name != "data.remark")));
    assert_eq!(index.matter.case_no.as_deref(), Some("（2026）鲁01民初1号"));
    assert!(found.twin.is_some(), "the SM3 tree vouches for it too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_points_and_files_and_with_fields_held_back_only_that_it_was_done_is_shown() {
    let scene = scene().await;
    let none = Only::These([].into());
    let hidden = ["name", "not_public_basis", "measures"].map(str::to_owned).into();
    let (bytes, found) = scene.made(&Choice { points: none.clone(), files: none, hidden, ..scene.choice() }).await;
    let files = unpacked(&bytes);
    for text in HIDDEN.into_iter().chain(["套圈淬火工艺", "一号秘密点", "检索未见", "一号说明书"]) {
        assert_eq!(tells(&files, text), [] as [&str; 0], "{text}");
    }
    assert_eq!(index(&bytes).records[0].label, None);
    assert!(found.proven.iter().any(|p| p.subject == Some(scene.secret.id) && p.act == "submit"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn making_is_recorded_before_anything_is_collected_and_the_digest_after() {
    let scene = scene().await;
    let made = scene.house.live.make_package(&scene.house.caller("office"), None, &scene.choice(), Extras::default()).await.unwrap();
    let events = scene.house.live.store.events_of(scene.secret.id, None, 10).await.unwrap();
    assert_eq!(events[0].act, "packaged", "it is in the secret's time line");
    let proven: Vec<u64> = made.findings.proven.iter().map(|p| p.index).collect();
    assert!(!proven.contains(&made.entry) && made.entry > events[0].index);
    let last = scene.house.live.store.events_from(made.entry, 1).await.unwrap().remove(0);
    assert_eq!((last.act.as_str(), last.record), ("package_made", None));
}

/// 法释〔2020〕7号 art. 5: only what was in place before the alleged act counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_measures_from_before_the_alleged_act_count() {
    let scene = scene().await;
    let later: Instant = "2026-12-01T02:00:00Z".parse().unwrap();
    scene.house.clock.set(later);
    scene.house.act(&scene.house.caller("office"), &scene.secret, "declare", json!({ "measures": ["keeper", "marked"] })).await.unwrap();
    let measures = |bytes: &[u8]| -> Vec<(String, bool)> {
        let matrix = index(bytes).matrix.unwrap();
        let rows = matrix.points.iter().flat_map(|p| &p.rows).filter(|row| row.element == "confidentiality");
        rows.flat_map(|row| &row.items).filter(|i| i.gives == "measure").map(|i| (i.day.unwrap().to_string(), i.counts)).collect()
    };
    let alleged =
        |day: &str| Choice { matter: Matter { alleged_on: Some(day.parse::<Day>().unwrap()), ..Matter::default() }, ..scene.choice() };
    let old = ("2026-11-21".to_owned(), true);
    let new = |counts| ("2026-12-01".to_owned(), counts);
    assert_eq!(measures(&scene.made(&alleged("2026-11-25")).await.0), [old.clone(), new(false)]);
    assert_eq!(measures(&scene.made(&alleged("2026-12-02")).await.0), [old.clone(), new(true)]);
    assert_eq!(
        measures(&scene.made(&alleged("2026-11-21")).await.0),
        [("2026-11-21".to_owned(), false), new(false)],
        "the same day is not before"
    );
    // As of an earlier day the later measure does not exist.
    let (bytes, _) = scene.made(&Choice { as_of: Some("2026-11-30".parse().unwrap()), ..scene.choice() }).await;
    assert_eq!(measures(&bytes), [old]);
    assert_eq!(tells(&unpacked(&bytes), "\"marked\""), [] as [&str; 0]);
    let early = Choice { as_of: Some("2026-11-01".parse().unwrap()), ..scene.choice() };
    let refused = scene.house.live.make_package(&scene.house.caller("office"), None, &early, Extras::default()).await.unwrap_err();
    assert_eq!(refused.code(), "case.empty");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_evidence_comes_along_with_its_own_day_and_its_digest_in_the_ledger() {
    let scene = scene().await;
    let office = scene.house.caller("office");
    let deed = json!({ "name": "工艺文件公证书", "type": "notarial_deed", "issuer": "某公证处", "dated": "2025-03-01",
        "secrets": [scene.secret.id], "grade": "important", "department": scene.department });
    let deed = scene.house.create(&office, "outside_evidence", deed).await.unwrap();
    assert!(scene.house.act(&office, &deed, "file", json!({})).await.is_err(), "nothing to file yet");
    let content = Box::new(std::io::Cursor::new(b"%PDF deed".to_vec()));
    scene.house.live.attach(&office, "outside_evidence", deed.id, "files", None, "公证书.pdf", "application/pdf", content).await.unwrap();
    scene.house.act(&office, &scene.house.record(deed.id), "file", json!({})).await.unwrap();
    let draft = json!({ "name": "未归档的材料", "type": "loss", "issuer": "某会计师", "dated": "2025-03-01", "secrets": [scene.secret.id], "grade": "important" });
    scene.house.create(&office, "outside_evidence", draft).await.unwrap();
    let (bytes, _) = scene.made(&scene.choice()).await;
    assert_eq!(tells(&unpacked(&bytes), "未归档的材料"), [] as [&str; 0], "only what is filed comes along");
    let index = index(&bytes);
    let outside = &index.outside[0];
    assert_eq!((outside.kind.as_str(), outside.day.map(|d| d.to_string()).as_deref()), ("notarial_deed", Some("2025-03-01")));
    assert!(unpacked(&bytes).iter().any(|(name, content)| name.ends_with("data/outside/1/公证书.pdf") && content == b"%PDF deed"));
    let rows = &index.matrix.as_ref().unwrap().points[0].rows;
    let deed = rows.iter().flat_map(|r| &r.items).find(|i| i.record == Some(deed.id)).unwrap();
    assert_eq!((deed.gives.as_str(), deed.counts, deed.day.map(|d| d.to_string()).as_deref()), ("carrier", true, Some("2025-03-01")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_are_the_first_and_last_of_each_reader_or_all_of_those_that_are_named() {
    let scene = scene().await;
    let worker = scene.house.caller("worker");
    for _ in 0..4 {
        scene.house.live.read(&worker, "secret", scene.secret.id).await.unwrap();
    }
    let readings = |found: &Findings| found.proven.iter().filter(|p| p.act == "read").count();
    assert_eq!(readings(&scene.made(&scene.choice()).await.1), 2);
    let named = Choice { persons: [worker.id()].into(), ..scene.choice() };
    let (bytes, found) = scene.made(&named).await;
    assert_eq!(readings(&found), 4);
    let index = index(&bytes);
    let access = index.matrix.unwrap().points[0].rows.iter().find(|r| r.element == "access").cloned().unwrap();
    assert!(access.items.iter().any(|i| i.gives == "reading" && i.about.contains("热处理工")));
    assert_eq!(readings(&scene.made(&Choice { to: Some("2026-11-20".parse().unwrap()), ..named }).await.1), 0, "out of the range of days");
}

/// B 4.2: what leaves was agreed to by somebody else; and by two for a core secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_2_a_package_is_made_after_somebody_else_agreed() {
    let scene = scene().await;
    let (house, office) = (&scene.house, scene.house.caller("office"));
    let number = scene.secret.number.clone().unwrap();
    let data = json!({ "name": "诉某公司", "purpose": "lawsuit", "addressee": "某法院", "grade": "important", "secrets": [scene.secret.id],
        "points": [format!("{number}/一号秘密点")] });
    let ask = house.create(&office, "evidence_package", data.clone()).await.unwrap();
    let code = |made: Result<jingui_app::case::Made, jingui_model::Problem>| made.map(|_| ()).unwrap_err().code().to_owned();
    assert_eq!(code(house.live.package(&office, ask.id, Extras::default()).await), "case.not_approved");
    let ask = house.act(&office, &ask, "submit", json!({})).await.unwrap();
    assert_eq!(code(house.live.package(&office, ask.id, Extras::default()).await), "case.not_approved");
    assert!(house.act(&office, &ask, "approve", json!({})).await.is_err(), "whoever asks never decides");
    let ask = house.act(&house.caller("chair"), &ask, "approve", json!({})).await.unwrap();
    assert_eq!(ask.state, "approved");
    for stranger in ["worker", "sysadmin", "auditor", "chair"] {
        let refused = code(house.live.package(&house.caller(stranger), ask.id, Extras::default()).await);
        assert!(refused == "record.missing" || refused.starts_with("policy."), "{stranger}: {refused}");
    }
    let made = house.live.package(&office, ask.id, Extras::default()).await.unwrap();
    assert_eq!(tells(&unpacked(&made.bytes), "二号秘密点"), [] as [&str; 0]);
    assert_eq!(house.live.store.events_of(ask.id, None, 1).await.unwrap()[0].act, "package_made");
    // What is wrong with the description is said by field.
    for (field, value, expected) in [
        ("points", json!(["一号秘密点"]), "case.named"),
        ("points", json!([format!("{number}/三号秘密点")]), "case.unknown_name"),
        ("points", json!(["SM-1999-0001/一号秘密点"]), "case.other_secret"),
        ("grade", json!("general"), "case.graded_too_low"),
        ("secrets", json!([]), "field.required"),
    ] {
        let mut wrong = crate::support::fields(data.clone());
        wrong.insert(field.to_owned(), value);
        let refused = house.live.preview_package(&office, &wrong).await.map(|_| ()).unwrap_err();
        assert_eq!((refused.code(), refused.field()), (expected, Some(field)));
    }
    let asked = crate::support::fields(data);
    let preview = house.live.preview_package(&office, &asked).await.unwrap();
    assert!(preview.entries > 3 && preview.matrix.points[0].rows.iter().any(|r| !r.missing.is_empty()));
    assert!(preview.barred.is_none());
    // Whoever decides sees what it would hold, which secrets are meant, and that it is not for him to take away.
    let chair = house.caller("chair");
    let seen = house.live.preview_package(&chair, &asked).await.unwrap();
    assert_eq!((seen.entries, &seen.matrix), (preview.entries, &preview.matrix));
    assert_eq!(seen.barred.as_ref().map(|p| p.code()), Some("policy.not_permitted"));
    assert_eq!(house.live.detail(&chair, ask.id).unwrap().names.get(&scene.secret.id).map(String::as_str), Some("套圈淬火工艺"));
    // Who may not read the secret sees nothing of either, and does not learn which points there are.
    let mut guess = asked.clone();
    guess.insert("points".to_owned(), json!([format!("{number}/没有这一点")]));
    for stranger in ["sysadmin", "auditor"] {
        let (caller, code) = (house.caller(stranger), |p: jingui_model::Problem| p.code().to_owned());
        let right = house.live.preview_package(&caller, &asked).await.map(|_| ()).map_err(code);
        let wrong = house.live.preview_package(&caller, &guess).await.map(|_| ()).map_err(code);
        assert_eq!(right, wrong, "{stranger}");
    }
    let refused = house.live.preview_package(&house.caller("sysadmin"), &asked).await.map(|_| ()).unwrap_err();
    assert!(refused.code().starts_with("policy."), "{}", refused.code());
}

//! Documents filled from records: every form that ships, what is missing, who may, what the ledger keeps, documents of a company's own.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use jingui_app::{
    document::Format,
    exchange::ExportFile,
    node::{Node, NodeConfig},
    world::caller::Caller,
};
use jingui_kinds::{Field, FieldType, Record};
use jingui_model::{Id, Lang, clock::FixedClock};
use jingui_vault::{Cost, SystemRng};
use serde_json::{Value, json};

use crate::support::{Backend, House, founding, house, house_with};

/// What stands in a field when nothing in particular does; none when it needs what does not exist yet.
fn plausible(field: &Field, made: &BTreeMap<String, Id>) -> Option<Value> {
    Some(match &field.ty {
        FieldType::Text { .. } | FieldType::Note { .. } => json!(format!("{}的内容", field.label.zh)),
        FieldType::Tags { .. } => json!(["电子文档", "纸质图纸"]),
        FieldType::Integer { min, max, .. } => json!(min.unwrap_or(1).max(1).min(max.unwrap_or(i64::MAX))),
        FieldType::Decimal { scale, .. } => {
            json!(if *scale == 0 { "3".to_owned() } else { format!("3.{}", "5".repeat(usize::from(*scale))) })
        }
        FieldType::Money {} => json!({ "cents": 1_234_500, "currency": "CNY" }),
        FieldType::Day {} => json!("2027-03-04"),
        FieldType::Flag {} => json!(true),
        FieldType::Choice { options } => json!(options.first()?.code),
        FieldType::Choices { options } => json!([options.first()?.code]),
        FieldType::Grade {} => json!("important"),
        FieldType::Term {} => json!({ "months": 48 }),
        FieldType::Ref { kind } => json!(made.get(kind)?),
        FieldType::Refs { kind } => json!([made.get(kind)?]),
        FieldType::Rows { fields, .. } => {
            let row: serde_json::Map<String, Value> = fields.iter().filter_map(|f| Some((f.name.clone(), plausible(f, made)?))).collect();
            json!([row])
        }
        FieldType::Taxonomy { .. } | FieldType::Files {} => return None,
    })
}

/// A record of every kind that has a form, with everything in it that can be.
async fn everything(house: &House) -> BTreeMap<String, Id> {
    let catalog = Arc::clone(&house.live.world.read().catalog);
    let (mut made, mut refused) = (BTreeMap::new(), BTreeMap::new());
    let system = ["account", "settings", "api_token", "saved_view"];
    let wanted: Vec<_> = catalog.kinds.values().filter(|k| !system.contains(&k.kind.as_str())).collect();
    // References lead to what is made in an earlier round.
    for round in 0..4 {
        for kind in &wanted {
            if made.contains_key(&kind.kind) && round < 3 {
                continue;
            }
            let mut data = json!({});
            let mut ready = true;
            for field in kind.fields.iter().filter(|f| !f.internal && (round == 3 || !f.fixed || f.required)) {
                match plausible(field, &made) {
                    Some(value) if !(field.unique && round == 3) => data[&field.name] = value,
                    Some(_) => data[&field.name] = json!(format!("{}-2", field.name)),
                    None => ready &= !field.required || round == 0,
                }
            }
            if !ready {
                continue;
            }
            match house.create(&Caller::system(), &kind.kind, data).await {
                Ok(record) => drop(made.insert(kind.kind.clone(), record.id)),
                Err(problem) => drop(refused.insert(kind.kind.clone(), problem)),
            }
        }
    }
    refused.retain(|kind: &String, _| !made.contains_key(kind) && catalog.forms.values().any(|f| f.kind == *kind));
    assert!(refused.is_empty(), "{refused:?}");
    made
}

async fn get(house: &House, who: &Caller, record: (&str, Id), form: &str, format: Format) -> ExportFile {
    let made = house.live.document(who, record.0, record.1, Some(form), format, Lang::Zh).await;
    made.unwrap_or_else(|p| panic!("{form}: {p}")).0
}

fn pdf_text(bytes: &[u8]) -> String {
    let mut child =
        Command::new("pdftotext").args(["-enc", "UTF-8", "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), bytes.to_vec());
    let feeder = std::thread::spawn(move || stdin.write_all(&bytes));
    let out = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

/// The part of a document with its text.
fn part(bytes: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    std::io::read_to_string(zip.by_name(name).unwrap()).unwrap()
}

/// B appendices 5 and 6, and every form that the guides name: each fills from a record and stands empty, in every format and both languages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_that_ships_is_filled_and_stands_empty_in_every_format() {
    let house = house(Backend::Sqlite).await;
    let made = everything(&house).await;
    let forms: Vec<_> = house.live.world.read().catalog.forms.values().cloned().collect();
    assert!(forms.len() > 100, "{}", forms.len());
    let office = Caller { name: "保密专员".to_owned(), ..Caller::system() };
    for form in forms {
        let id = *made.get(&form.kind).unwrap_or_else(|| panic!("no {} could be made for {}", form.kind, form.form));
        for format in [Format::Docx, Format::Pdf, Format::Html] {
            let filled = get(&house, &office, (&form.kind, id), &form.form, format).await;
            let empty = house.live.blank_document(&office, &form.kind, Some(&form.form), format, Lang::En).await;
            let empty = empty.unwrap_or_else(|p| panic!("{} empty: {p}", form.form));
            let (words, blank) = match format {
                Format::Pdf => (pdf_text(&filled.bytes), pdf_text(&empty.bytes)),
                Format::Docx => (part(&filled.bytes, "word/document.xml"), part(&empty.bytes, "word/document.xml")),
                Format::Html => (String::from_utf8(filled.bytes).unwrap(), String::from_utf8(empty.bytes).unwrap()),
            };
            let squeezed: String = words.chars().filter(|c| !c.is_whitespace()).collect();
            assert!(squeezed.contains(&form.title.zh), "{}: {words}", form.form);
            assert!(!words.contains('{') && !words.contains('}') || format == Format::Html, "{}: {words}", form.form);
            assert!(!blank.contains('〔'), "an empty form marks nothing as missing: {} {blank}", form.form);
        }
    }
}

async fn employee(house: &House) -> (Record, Id) {
    let department = house.department("热处理车间").await;
    let person = house.person("yan", "严淬", Some(department), &["staff"]).await;
    let office = house.caller("office");
    let agreement = json!({ "name": "严淬保密协议", "type": "employee", "person": person, "department": department, "originals": 2 });
    (house.create(&office, "agreement", agreement).await.unwrap(), person)
}

/// B appendix 5: filled from the data; what is missing is marked on the paper and told beforehand; no damages that Labour Contract Law 25 forbids.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agreement_says_what_is_known_and_marks_what_is_not() {
    let house = house(Backend::Sqlite).await;
    let (agreement, _) = employee(&house).await;
    let office = house.caller("office");
    let offered = house.live.documents(&office, "agreement", agreement.id, Lang::Zh).unwrap();
    assert_eq!(
        offered.iter().map(|o| o.form.as_str()).collect::<Vec<_>>(),
        ["agreement_employee", "agreement_sheet"],
        "by type, the usual one first"
    );
    let missing: Vec<&str> = offered[0].missing.iter().map(|t| t.zh.as_str()).collect();
    assert_eq!(missing, ["涉密内容与范围"]);
    let (file, told) = house.live.document(&office, "agreement", agreement.id, None, Format::Pdf, Lang::Zh).await.unwrap();
    assert_eq!(told, offered[0].missing);
    let number = agreement.number.clone().unwrap();
    assert_eq!((file.media, file.name.as_str()), ("application/pdf", format!("员工商业秘密保密协议-{number}.pdf").as_str()));
    let words: String = pdf_text(&file.bytes).chars().filter(|c| !c.is_whitespace()).collect();
    for wanted in
        ["临清金轴轴承有限公司", "严淬", "热处理车间", "〔涉密内容与范围〕", "2份", "不设违约金", "第1页共2页", &format!("编号：{number}")]
    {
        assert!(words.contains(&wanted.replace(' ', "")), "{wanted} is missing in {words}");
    }
    // The same paper as a document for editing.
    let docx = get(&house, &office, ("agreement", agreement.id), "agreement_employee", Format::Docx).await;
    let text = part(&docx.bytes, "word/document.xml");
    assert!(text.contains("严淬") && text.contains("〔涉密内容与范围〕") && text.contains("w:highlight"), "{text}");
    assert!(part(&docx.bytes, "word/footer1.xml").contains(&format!("jingui:doc:agreement:{number}:agreement_employee")));
}

/// `law.md`: 30 % up to a year, 50 % beyond; two years at most.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_app_6_a_non_compete_says_the_floor_that_fits_its_term() {
    let house = house(Backend::Sqlite).await;
    let (agreement, person) = employee(&house).await;
    for (months, floor) in [(12, "百分之三十"), (24, "百分之五十")] {
        let pay = json!({ "cents": 500_000, "currency": "CNY" });
        let data = json!({
            "name": "竞业限制", "person": person, "agreement": agreement.id, "scope": "风电轴承热处理", "starts_on": "2027-01-01", "months": months,
            "until": "2027-12-31", "average_wage": pay, "compensation": pay, "next_proof": "2027-03-31",
        });
        let record = house.create(&Caller::system(), "non_compete", data).await.unwrap();
        let html = get(&house, &house.caller("office"), ("non_compete", record.id), "non_compete_agreement", Format::Html).await;
        let html = String::from_utf8(html.bytes).unwrap();
        assert!(html.contains(floor), "{months}: {html}");
        assert_eq!(html.matches("最低工资标准").count(), 1, "one floor only: {html}");
    }
}

/// H 9.5.2, B 5.2.1, H 9.2.1: a graded record's paper bears its mark, and its reading is in the ledger before it leaves; who may not read gets none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graded_paper_bears_its_mark_and_its_reading_is_recorded() {
    let house = house(Backend::Sqlite).await;
    let department = house.department("热处理车间").await;
    let office = house.caller("office");
    let secret = json!({ "name": "淬火参数", "grade": "core", "department": department, "term": { "open": true }, "points": [{ "name": "温度", "content": "八百四十度" }] });
    let secret = house.create(&office, "secret", secret).await.unwrap();
    let pdf = get(&house, &office, ("secret", secret.id), "secret_register_form", Format::Pdf).await;
    let words = pdf_text(&pdf.bytes);
    let number = secret.number.clone().unwrap();
    assert!(words.contains("核心秘密★长期") && words.contains(&format!("{number} 热处理车间")) && words.contains("八百四十度"), "{words}");
    let line = house.live.history(&office, "secret", secret.id, None, 1).await.unwrap().remove(0);
    assert_eq!(
        (line.act.as_str(), line.circumstances["form"].as_str(), line.circumstances["format"].as_str()),
        ("document", Some("secret_register_form"), Some("pdf"))
    );
    // A paper of something ungraded that names it by reference bears its grade, and that reading is recorded too.
    let agreement = json!({ "name": "合作协议", "type": "supplement", "person": house.person("wu", "吴工", Some(department), &["staff"]).await, "department": department, "secrets": [secret.id], "originals": 2 });
    let agreement = house.create(&office, "agreement", agreement).await.unwrap();
    let pdf = get(&house, &office, ("agreement", agreement.id), "agreement_supplement", Format::Pdf).await;
    assert!(pdf_text(&pdf.bytes).contains("核心秘密"), "the table and the mark");
    let lines = house.live.history(&office, "secret", secret.id, None, 5).await.unwrap();
    assert_eq!(lines.iter().filter(|l| l.act == "document").count(), 2);
    // An administrator reads no secret, and somebody else's is not there at all.
    for (who, code) in [("sysadmin", "policy.forbidden"), ("secadmin", "policy.forbidden"), ("wu", "record.missing")] {
        let refused = house.live.document(&house.caller(who), "secret", secret.id, None, Format::Docx, Lang::Zh).await.unwrap_err();
        assert_eq!(refused.code(), code, "{who}");
        assert_eq!(house.live.documents(&house.caller(who), "secret", secret.id, Lang::Zh).unwrap_err().code(), code, "{who}");
    }
    // Whoever may read the agreement and not the secret gets its paper without what the secret is called.
    let html = get(&house, &house.caller("wu"), ("agreement", agreement.id), "agreement_supplement", Format::Html).await;
    let html = String::from_utf8(html.bytes).unwrap();
    assert!(!html.contains("淬火参数") && html.contains("****"), "{html}");
    assert_eq!(
        house.live.document(&office, "secret", secret.id, Some("nothing"), Format::Pdf, Lang::Zh).await.unwrap_err().code(),
        "document.unknown_form"
    );
}

const HEAD: &str = "form: own_sheet\ntitle: [本企业登记单, Own sheet]\nkind: carrier\norder: -1\n";

/// A document of the company's own, as Word parts it into runs.
fn own(body: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default();
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    for (name, text) in [("[Content_Types].xml", "<Types/>"), ("word/document.xml", &document), ("word/media/logo.bin", "\u{1}logo")] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn lay(dir: &Path, name: &str, bytes: &[u8]) {
    let forms = dir.join("overlay/forms");
    std::fs::create_dir_all(&forms).unwrap();
    std::fs::write(forms.join(name), bytes).unwrap();
}

fn run(text: &str) -> String {
    format!("<w:r><w:t>{text}</w:t></w:r>")
}

fn p(text: &str) -> String {
    format!("<w:p>{}</w:p>", run(text))
}

/// Own templates: runs that Word split are joined, rows repeat, the mark is there, what is missing stands out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_of_the_companys_own_is_filled_like_a_shipped_form() {
    let row = format!(
        "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>",
        p("{{#secrets}}{{row}} {{number}}"),
        p("{{name}}{{/secrets}}")
    );
    let split = format!("<w:p>{}{}{}</w:p>", run("名称：{{na"), run("me}}（{{"), run("department}}）保管：{{keeper}}"));
    let body = [p("{{mark}} {{company}}"), split, row].concat();
    let house = house_with(Backend::Sqlite, None, |dir| {
        lay(dir, "own_sheet.yaml", HEAD.as_bytes());
        lay(dir, "own_sheet.docx", &own(&body));
    })
    .await;
    let department = house.department("档案室").await;
    let office = house.caller("office");
    let secret = json!({ "name": "图纸 <A&B>", "grade": "important", "department": department, "term": { "months": 48 } });
    let secret = house.create(&office, "secret", secret).await.unwrap();
    let carrier = json!({ "name": "蓝图", "form": "paper", "type": "drawing", "grade": "important", "department": department, "secrets": [secret.id] });
    let carrier = house.create(&Caller::system(), "carrier", carrier).await.unwrap();
    let (file, missing) = house.live.document(&office, "carrier", carrier.id, None, Format::Docx, Lang::Zh).await.unwrap();
    let text = part(&file.bytes, "word/document.xml");
    let number = secret.number.clone().unwrap();
    for wanted in ["重要秘密", "临清金轴轴承有限公司", "名称：蓝图", "档案室", "〔保管人〕", &format!("1 {number}"), "图纸 &lt;A&amp;B&gt;"]
    {
        assert!(text.contains(wanted), "{wanted} is missing in {text}");
    }
    assert_eq!(missing.iter().map(|m| m.zh.as_str()).collect::<Vec<_>>(), ["保管人"]);
    let offered = house.live.documents(&office, "carrier", carrier.id, Lang::Zh).unwrap();
    assert_eq!((offered[0].form.as_str(), offered[0].formats.join(" ").as_str(), offered[0].missing.len()), ("own_sheet", "docx", 1));
    let pdf = house.live.document(&office, "carrier", carrier.id, None, Format::Pdf, Lang::Zh).await.unwrap_err();
    assert_eq!(pdf.code(), "document.docx_only");
}

/// A mistake keeps the node from starting, and is named by file, place and the words around it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_form_of_the_overlay_is_named_and_keeps_the_node_from_starting() {
    let form = |body: &str| format!("form: own_sheet\ntitle: [单, Sheet]\nkind: carrier\nbody:\n{body}");
    let docx = |body: &str| vec![("own_sheet.yaml", HEAD.as_bytes().to_vec()), ("own_sheet.docx", own(body))];
    let yaml = |text: String| vec![("own_sheet.yaml", text.into_bytes())];
    let cases = [
        (yaml(form("  - text: [\"{nothing}\", \"{name}\"]\n")), "form.unknown_field", "own_sheet.yaml", "5"),
        (yaml(form("  - fields: [name]\n  - text: [\"在{keeper.phone_no}\", \"x\"]\n")), "form.unknown_field", "own_sheet.yaml", "6"),
        (yaml(form("  - text: [\"保管人{keeper，完\", \"x\"]\n")), "form.placeholder", "own_sheet.yaml", "5"),
        (yaml("form: own_sheet\ntitle: [单, Sheet]\nkind: nothing\nbody: []\n".to_owned()), "kind.unknown_kind", "own_sheet.yaml", "3"),
        (yaml(HEAD.to_owned()), "form.no_document", "own_sheet.yaml", "1"),
        (vec![("alone.docx", own(&p("x")))], "form.no_head", "alone.docx", "1"),
        (docx(&[p("{{mark}}"), p("保管人 {{keeper")].concat()), "docs.template.placeholder", "own_sheet.docx", "1"),
        (docx(&[p("{{mark}}"), p("经手人 {{nobody}} 签字")].concat()), "form.document_field", "own_sheet.docx", "1"),
        (docx(&p("{{name}}")), "form.document_mark", "own_sheet.docx", "1"),
        (docx(&[p("{{mark}}"), p("{{#secrets}}{{name}}{{/secrets}}")].concat()), "docs.template.rows", "own_sheet.docx", "1"),
    ];
    for (files, code, file, line) in cases {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            lay(dir.path(), name, &bytes);
        }
        let config = NodeConfig {
            data: dir.path().to_owned(),
            database: None,
            objects: None,
            ledger: None,
            key_file: None,
            device: None,
            cost: Cost::Test,
        };
        let refused = Node::open(config, Arc::new(FixedClock::at(founding())), Arc::new(SystemRng))
            .await
            .err()
            .unwrap_or_else(|| panic!("{code}: accepted"));
        assert_eq!(refused.code(), "catalog.invalid", "{code}");
        let part = refused.parts().iter().find(|p| p.code() == code).unwrap_or_else(|| panic!("{code}: {:?}", refused.parts()));
        let arg = |name: &str| part.args().iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        assert!(arg("file").ends_with(file) && arg("line") == line, "{code}: {:?}", part.args());
        if code == "form.document_field" {
            assert!(arg("around").contains("经手人 {{nobody}} 签字"), "{}", arg("around"));
        }
    }
}

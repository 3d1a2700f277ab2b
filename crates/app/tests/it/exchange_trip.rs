//! What was exported can be imported again (issue: "every list exports what it shows … and what was
//! exported can be imported again"): the sample company's registers, in every format, into an empty
//! company of the same people.

use std::collections::BTreeMap;

use jingui_app::{
    exchange::ImportOptions,
    pipeline::Command,
    world::{caller::Caller, list::ListQuery},
};
use jingui_docs::Format;
use jingui_kinds::{FieldType, kind::Kind};
use jingui_model::{Data, Id, Lang};
use serde_json::{Value, json};

use crate::{
    exchange_appendix::{export, import},
    support::{Backend, House, house, house_with},
};

const DO: ImportOptions = ImportOptions { dry_run: false, create_missing: false, marked: false, lang: Lang::Zh };

/// Departments, posts and persons of one company in another, under the same identifiers.
async fn move_people(from: &House, to: &House) {
    let system = Caller::system();
    let (mut first, mut then) = (vec![], vec![]);
    for kind in ["department", "post", "person"] {
        let there: Vec<String> = titles(to, kind);
        let world = from.live.world.read();
        let table = world.table(kind).unwrap();
        for row in table.live().iter().filter_map(|r| table.row(r)) {
            if there.contains(&row.title.to_string()) {
                continue;
            }
            let mut data = row.record().unwrap().data;
            let later: Data = ["parent", "heads", "officers"].iter().filter_map(|f| data.remove_entry(*f)).collect();
            let mut command = Command::create(&system, kind, data);
            command.new_id = Some(row.id);
            first.push(command);
            if kind == "department" && !later.is_empty() {
                then.push(Command::on(&system, kind, row.id, "edit", later));
            }
        }
    }
    to.live.pipeline.group(first).await.unwrap_or_else(|p| panic!("people: {p}"));
    to.live.pipeline.group(then).await.unwrap_or_else(|p| panic!("heads: {p}"));
}

fn titles(house: &House, kind: &str) -> Vec<String> {
    let world = house.live.world.read();
    let table = world.table(kind).unwrap();
    table.live().iter().filter_map(|r| table.row(r)).map(|r| r.title.to_string()).collect()
}

/// Every record's values but files and links that only the program sets.
fn values(house: &House, kind: &Kind) -> BTreeMap<String, Data> {
    let world = house.live.world.read();
    let table = world.table(&kind.kind).unwrap();
    let kept = |name: &str| {
        kind.field(name).is_some_and(|f| {
            let link = f.fixed && matches!(&f.ty, FieldType::Ref { kind } | FieldType::Refs { kind } if kind != "person");
            !link && !matches!(f.ty, FieldType::Files {})
        })
    };
    let all = table.live().iter().filter_map(|r| table.row(r)).map(|row| {
        let mut data = row.record().unwrap().data;
        data.retain(|name, _| kept(name));
        (row.title.to_string(), data)
    });
    all.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_company_survives_every_format() {
    let full = house_with(Backend::chosen(), Some("bearing"), |_| {}).await;
    let office = full.caller("office");
    let empty = house(Backend::chosen()).await;
    move_people(&full, &empty).await;
    let other = empty.caller("office");
    for name in ["secret", "rule", "corrective_action"] {
        let kind = full.live.world.read().kind(name).unwrap().clone();
        let source = values(&full, &kind);
        assert!(!source.is_empty(), "{name}");
        for format in [Format::Xlsx, Format::Csv, Format::Json] {
            let file = export(&full, &office, name, "full", format).await;
            let done = import(&empty, &other, name, "full", &file.name, &file.bytes, DO).await;
            assert_eq!(done.errors, [], "{name} {format:?}");
            assert_eq!(done.creates, source.len(), "{name} {format:?}");
            let came = values(&empty, &kind);
            for (title, data) in &source {
                assert_eq!(came.get(title), Some(data), "{name} {format:?}: {title}");
            }
            empty.live.undo_import(&other, done.batch.unwrap()).await.unwrap();
            assert!(values(&empty, &kind).is_empty(), "{name} {format:?}: taken back");
        }
    }
}

/// English headings, English words in cells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_out_in_english_and_in_again() {
    let full = house_with(Backend::chosen(), Some("bearing"), |_| {}).await;
    let office = full.caller("office");
    let empty = house(Backend::chosen()).await;
    move_people(&full, &empty).await;
    let kind = full.live.world.read().kind("secret").unwrap().clone();
    let file = full.live.export(&office, "secret", &ListQuery::default(), "full", Format::Xlsx, Lang::En).await.unwrap();
    let done = import(&empty, &empty.caller("office"), "secret", "", &file.name, &file.bytes, DO).await;
    assert_eq!((done.errors.as_slice(), done.exchange.as_str()), ([].as_slice(), "full"));
    assert_eq!(values(&empty, &kind), values(&full, &kind));
}

/// Posts and persons themselves, with two of one name told apart by department and number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn namesakes_are_told_apart_on_the_way_out_and_refused_when_they_are_not() {
    let house = house(Backend::chosen()).await;
    let office = house.caller("office");
    let (forge, lab) = (house.department("锻造车间").await, house.department("研发部").await);
    let person = async |data: Value| house.system("person", data).await.id;
    let one = person(json!({ "name": "张伟", "department": forge, "employee_no": "A001" })).await;
    let two = person(json!({ "name": "张伟", "department": lab })).await;
    let three = person(json!({ "name": "张伟", "department": lab, "employee_no": "A003" })).await;
    let post = async |department: Id| house.system("post", json!({ "name": "技术员", "department": department })).await.id;
    let (hot, cold) = (post(forge).await, post(lab).await);
    let secret = json!({ "name": "回火曲线", "grade": "general", "circle_persons": [one, three], "circle_posts": [hot, cold], "responsible": three });
    house.system("secret", secret).await;
    let csv = export(&house, &office, "secret", "full", Format::Csv).await;
    let text = String::from_utf8(csv.bytes.clone()).unwrap();
    assert!(text.contains("张伟（锻造车间）、张伟（A003）"), "{text}");
    assert!(text.contains("锻造车间/技术员"), "{text}");
    let done = import(&house, &office, "secret", "full", "a.csv", &csv.bytes, DO).await;
    assert_eq!(done.errors, []);
    assert!(done.warnings.iter().any(|w| w.code == "import.title_known"), "a second time is worth a word: {:?}", done.warnings);
    let kind = house.live.world.read().kind("secret").unwrap().clone();
    let listed = house.live.list(&office, "secret", &ListQuery::default()).unwrap();
    let records: Vec<Data> = listed.items.iter().map(|b| house.record(b.id).data).collect();
    assert_eq!(records.len(), 2, "{kind:?}", kind = kind.kind);
    assert_eq!(records[0], records[1]);

    let vague = "秘密点名称,密级,知悉范围\n淬火介质配方,核心,张伟\n".as_bytes();
    let done = import(&house, &office, "secret", "appendix4", "b.csv", vague, DO).await;
    let [error] = done.errors.as_slice() else { panic!("{:?}", done.errors) };
    assert_eq!((error.code.as_str(), error.cell.as_deref()), ("import.name_ambiguous", Some("C2")));
    assert!(error.message.contains("张伟（A001）") || error.message.contains("张伟（锻造车间）"), "{}", error.message);
    let exact = format!("秘密点名称,密级,知悉范围\n淬火介质配方,核心,张伟（A003）、{two}\n");
    let done = import(&house, &office, "secret", "appendix4", "c.csv", exact.as_bytes(), DO).await;
    assert_eq!(done.errors, []);
    assert_eq!(done.preview[0].data["circle_persons"], json!([three, two]), "an identifier is always exact");
}

//! B, appendices 3 and 4, from the files of users and back: nothing is lost, faults are named by cell.

use std::collections::{BTreeMap, BTreeSet};

use jingui_app::{
    exchange::{ExportFile, ImportOptions, ImportReport, Imported},
    world::{caller::Caller, list::ListQuery},
};
use jingui_docs::{Format, Limits, read};
use jingui_model::{Data, Lang};
use serde_json::{Value, json};

use crate::support::{Backend, House, house};

const FILLED: &[u8] = include_bytes!("../../../../tests/fixtures/appendix4-filled.xlsx");
const PRINTED: &[u8] = include_bytes!("../../../../tests/fixtures/appendix4.xlsx");
const ERRORS: &[u8] = include_bytes!("../../../../tests/fixtures/appendix4-errors.xlsx");
const EXPECTED: &str = include_str!("../../../../tests/fixtures/appendix4-errors.json");
const APPENDIX3: &[u8] = include_bytes!("../../../../tests/fixtures/appendix3.xlsx");

const HEADERS: [&str; 10] =
    ["序号", "秘密点名称", "密级", "载体形式", "知悉范围", "保密期限", "解密条件", "定密日期", "定密审批人", "备注"];

const DRY: ImportOptions = ImportOptions { dry_run: true, create_missing: false, marked: false, lang: Lang::Zh };
const MAKING: ImportOptions = ImportOptions { dry_run: false, create_missing: true, marked: false, lang: Lang::Zh };

pub fn report(imported: Imported) -> ImportReport {
    match imported {
        Imported::Report(report) => *report,
        Imported::Marked(file) => panic!("a report was expected, not {file:?}"),
    }
}

pub async fn import(
    house: &House,
    caller: &Caller,
    kind: &str,
    form: &str,
    name: &str,
    bytes: &[u8],
    options: ImportOptions,
) -> ImportReport {
    let done = house.live.import(caller, kind, form, name, bytes.to_vec(), options).await;
    report(done.unwrap_or_else(|p| panic!("import {name}: {p}")))
}

pub async fn export(house: &House, caller: &Caller, kind: &str, form: &str, format: Format) -> ExportFile {
    let done = house.live.export(caller, kind, &ListQuery::default(), form, format, Lang::Zh).await;
    done.unwrap_or_else(|p| panic!("export {kind}: {p}"))
}

fn cells(bytes: &[u8], headers: &[&str]) -> Vec<Vec<String>> {
    let grid = read(bytes, Format::Xlsx, headers, &Limits::default()).unwrap();
    grid.rows.into_iter().map(|r| r.cells).collect()
}

/// All records of a kind, by title.
pub fn by_title(house: &House, kind: &str) -> BTreeMap<String, Data> {
    let world = house.live.world.read();
    let table = world.table(kind).unwrap();
    table.live().iter().filter_map(|r| table.row(r)).map(|r| (r.title.to_string(), r.record().unwrap().data)).collect()
}

async fn people(house: &House) {
    for name in ["金守正", "许文清"] {
        house.system("person", json!({ "name": name })).await;
    }
}

async fn posts(house: &House) {
    let rows = cells(FILLED, &HEADERS);
    let names: BTreeSet<&str> = rows.iter().flat_map(|r| r[4].split('、')).filter(|n| *n != "许文清").collect();
    for name in names {
        house.system("post", json!({ "name": name })).await;
    }
}

/// B 4.1.2: the list that a company kept so far comes in as drafts with its days and approvers, and goes out as it came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appendix_4_comes_in_and_goes_out_without_loss() {
    let house = house(Backend::chosen()).await;
    people(&house).await;
    let office = house.caller("office");
    let tried = import(&house, &office, "secret", "appendix4", "清单.xlsx", FILLED, DRY).await;
    assert!(tried.errors.iter().all(|e| e.cell.as_deref().is_some_and(|c| c.starts_with('E'))), "{:#?}", tried.errors);
    assert_eq!((tried.rows, tried.batch, house.live.world.read().table("secret").unwrap().len()), (7, None, 0));

    let done = import(&house, &office, "secret", "appendix4", "清单.xlsx", FILLED, MAKING).await;
    assert_eq!((done.errors.as_slice(), done.rows, done.creates), ([].as_slice(), 7, 7));
    assert!(done.makes.iter().any(|m| m.kind == "post" && m.name == "工装模具管理员"), "{:?}", done.makes);
    assert!(done.makes.iter().all(|m| m.name != "许文清" && m.name != "金守正"), "persons are matched, never made");
    let secrets = by_title(&house, "secret");
    let prices = &secrets["某汽车主机厂定制轴承价格体系"];
    assert_eq!(prices["term"], json!({ "months": 36 }));
    assert_eq!(prices["grade"], "core");
    assert_eq!(prices["carrier_forms"], json!(["电子文档（CRM 系统）"]));
    assert_eq!(prices["circle_persons"].as_array().map(Vec::len), Some(1));
    assert_eq!(prices["classified_on"], "2026-03-12");
    assert_eq!(secrets["锻造温度闭环控制的技术资料"]["term"], json!({ "open": true }));
    let world_record = house.live.list(&office, "secret", &ListQuery::default()).unwrap();
    assert!(
        world_record.items.iter().all(|b| b.state == "draft" && b.number.is_some()),
        "what makes them secrets in force is the approval"
    );

    let out = export(&house, &office, "secret", "appendix4", Format::Xlsx).await;
    let mut source = cells(FILLED, &HEADERS);
    for row in &mut source {
        row[7] = row[7].replace(' ', "").parse::<jingui_model::Day>().unwrap().to_string();
    }
    assert_eq!(cells(&out.bytes, &HEADERS), source, "order, remarks, terms and conditions as they stood");

    // And in again: taken back first, then from the exported file.
    assert_eq!(house.live.undo_import(&office, done.batch.unwrap()).await.unwrap(), 7 + done.makes.len());
    assert!(by_title(&house, "secret").is_empty() && by_title(&house, "post").is_empty());
    posts(&house).await;
    let again = import(&house, &office, "secret", "", &out.name, &out.bytes, ImportOptions { create_missing: false, ..MAKING }).await;
    assert_eq!((again.errors.as_slice(), again.exchange.as_str()), ([].as_slice(), "appendix4"), "the form is known by its headings");
    let strip = |all: BTreeMap<String, Data>| -> BTreeMap<String, Data> {
        all.into_iter()
            .map(|(t, mut d)| {
                d.remove("circle_posts");
                (t, d)
            })
            .collect()
    };
    assert_eq!(strip(by_title(&house, "secret")), strip(secrets), "posts were made anew; everything else is equal");
    assert_eq!(cells(&export(&house, &office, "secret", "appendix4", Format::Xlsx).await.bytes, &HEADERS), source);
}

/// The form as it is printed in the guide: placeholders are no values, and the row of dots is no secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn placeholders_of_the_printed_form_are_passed_over_with_a_warning() {
    let house = house(Backend::chosen()).await;
    let office = house.caller("office");
    let done = import(&house, &office, "secret", "appendix4", "附录四.xlsx", PRINTED, MAKING).await;
    assert_eq!((done.errors.as_slice(), done.rows, done.creates), ([].as_slice(), 7, 7));
    let secrets = by_title(&house, "secret");
    assert!(secrets.values().all(|s| !s.contains_key("classified_on") && !s.contains_key("approver")));
    let count = |code: &str| done.warnings.iter().filter(|w| w.code == code).count();
    assert_eq!((count("import.placeholder"), count("import.row_of_dots")), (14, 1), "{:#?}", done.warnings);
    assert_eq!(secrets["精密磨削加工进给量参数"]["remark"], "适用于型号 XXX 轴承", "inside a sentence it is text");
    assert!(by_title(&house, "post").contains_key("工装 / 夹具管理员"), "one post with a stroke in its name is not torn apart");
}

/// Every wrong cell is named, and nothing else; one wrong cell keeps all rows out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_named_by_cell_and_nothing_is_written() {
    let house = house(Backend::chosen()).await;
    people(&house).await;
    posts(&house).await;
    let office = house.caller("office");
    let head = house.live.world.read().head();
    let done = import(&house, &office, "secret", "appendix4", "清单.xlsx", ERRORS, ImportOptions { dry_run: false, ..DRY }).await;
    let expected: Vec<Value> = serde_json::from_str(EXPECTED).unwrap();
    let wrong: BTreeSet<&str> = expected.iter().filter(|e| e["refused"] == true).map(|e| e["cell"].as_str().unwrap()).collect();
    let found: BTreeSet<&str> = done.errors.iter().filter_map(|e| e.cell.as_deref()).collect();
    assert_eq!(found, wrong, "{:#?}", done.errors);
    assert!(done.errors.iter().all(|e| e.message != e.code && e.header.is_some()), "each in words");
    assert_eq!((done.batch, house.live.world.read().head()), (None, head), "all or nothing");

    // The same as a file with the cells marked, which can be corrected and handed in again.
    let marked =
        house.live.import(&office, "secret", "appendix4", "清单.xlsx", ERRORS.to_vec(), ImportOptions { marked: true, ..DRY }).await;
    let Imported::Marked(file) = marked.unwrap() else { panic!("a file was asked for") };
    let faults = read(&file.bytes, Format::Xlsx, &["单元格", "问题"], &Limits::default()).unwrap();
    let named: BTreeSet<&str> = faults.rows.iter().map(|r| r.cells[0].as_str()).collect();
    assert_eq!(named, wrong);
    let again = import(&house, &office, "secret", "appendix4", &file.name, &file.bytes, DRY).await;
    assert_eq!(again.errors, done.errors, "the returned file holds the same rows in the same places");
}

/// B, appendix 3: categories over merged cells become places in the taxonomy, and come out again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appendix_3_comes_in_and_goes_out() {
    let house = house(Backend::chosen()).await;
    let office = house.caller("office");
    let done = import(&house, &office, "secret", "appendix3", "附录三.xlsx", APPENDIX3, MAKING).await;
    assert_eq!(done.errors, []);
    let headers = ["类别", "一级事项", "二级事项", "密级", "载体形式", "知悉范围"];
    let source = cells(APPENDIX3, &headers);
    assert_eq!(done.creates, source.len());
    assert!(by_title(&house, "secret").values().all(|s| s.contains_key("category")));
    let out = export(&house, &office, "secret", "appendix3", Format::Xlsx).await;
    assert_eq!(cells(&out.bytes, &headers), source);
}

//! A long list on its way in (B 4.1.2, 5.3.2): first with faulty cells, tried out and given back marked, then corrected and taken over.
//!
//! Two lists: records of a door system as CSV, and the register of carriers as a workbook; one row in a hundred has a fault.

use std::{path::Path, sync::Arc, time::Instant};

use jingui_app::{
    exchange::{ImportOptions, Imported},
    live::Live,
    world::caller::Caller,
};
use jingui_docs::{CellKind, Column, Table, Words, XlsxOptions, write_csv, write_xlsx};
use jingui_model::Problem;
use serde_json::json;

use crate::company::{company, make, office};

/// One row in so many has a fault.
const FAULTY: usize = 100;
/// People and zones that the rows name.
const PEOPLE: usize = 300;

/// Imports `rows` rows of each list into a fresh company in `dir`.
///
/// # Errors
/// Whatever fails.
pub fn run(dir: &str, rows: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(import(Path::new(dir), usize::try_from(rows).unwrap_or(0))).map_err(|p| p.to_string())
}

async fn import(dir: &Path, rows: usize) -> Result<(), Problem> {
    let (node, live) = company(dir, None).await?;
    let caller = office(&live)?;
    let department = make(&live, "department", json!({ "name": "制造部" })).await?.id;
    let mut keeper = caller.id();
    for n in 0..PEOPLE {
        keeper =
            make(&live, "person", json!({ "name": format!("员工{n:03}"), "employee_no": format!("B{n:04}"), "department": department }))
                .await?
                .id;
    }
    for n in 0..10 {
        let zone = json!({ "name": format!("车间{n}"), "level": "important", "department": department, "responsible": keeper });
        make(&live, "zone", zone).await?;
    }
    println!("| {rows} rows | bytes | tried out, with its faults | given back marked | corrected and taken over | steps of progress |");
    println!("|---|---|---|---|---|---|");
    let doors = |faults: bool| Ok(write_csv(&doors(rows, faults)));
    one(&live, &caller, "door_record", "doors.csv", doors).await?;
    let options = XlsxOptions { words: Words::fill(ToOwned::to_owned), heading: false, created: live.clock.now() };
    let carriers = |faults: bool| write_xlsx(&carriers(rows, faults), &options);
    one(&live, &caller, "carrier", "carriers.xlsx", carriers).await?;
    node.stop().await;
    Ok(())
}

async fn one(
    live: &Arc<Live>,
    caller: &Caller,
    kind: &str,
    name: &str,
    file: impl Fn(bool) -> Result<Vec<u8>, Problem>,
) -> Result<(), Problem> {
    let (faulty, right) = (file(true)?, file(false)?);
    let size = right.len();
    let mut heard = live.subscribe();
    let trial = ImportOptions { dry_run: true, ..ImportOptions::default() };
    let began = Instant::now();
    let report = live.import(caller, kind, "", name, faulty.clone(), trial).await?;
    let tried = began.elapsed().as_secs_f64();
    let mut steps = 0;
    while heard.try_recv().is_ok() {
        steps += 1;
    }
    let Imported::Report(report) = report else { return Err(Problem::internal("node.task")) };
    let faults = report.error_count;
    let began = Instant::now();
    live.import(caller, kind, "", name, faulty, ImportOptions { marked: true, ..trial }).await?;
    let marked = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let done = live.import(caller, kind, "", name, right, ImportOptions::default()).await?;
    let taken = began.elapsed().as_secs_f64();
    let Imported::Report(done) = done else { return Err(Problem::internal("node.task")) };
    if done.batch.is_none() {
        eprintln!("{kind}: {:?}", done.errors.first().map(|e| &e.message));
    }
    println!("| {name} ({faults} faults) | {size} | {tried:.2} s | {marked:.2} s | {taken:.2} s ({} records) | {steps} |", done.creates);
    Ok(())
}

fn table(headers: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let column = |h: &&str| Column {
        key: (*h).to_owned(),
        header: (*h).to_owned(),
        kind: CellKind::Text,
        required: false,
        help: String::new(),
        width: 0,
    };
    Table { title: "数据".to_owned(), notes: vec![], columns: headers.iter().map(column).collect(), rows: rows.collect() }
}

fn doors(rows: usize, faults: bool) -> Table {
    let row = |n: usize| {
        let day =
            if faults && n % FAULTY == 7 { "2026-13-45".to_owned() } else { format!("2026-{:02}-{:02}", 1 + n / 28 % 10, 1 + n % 28) };
        let passed = format!("{:02}:{:02}:{:02}", 6 + n / 3_600 % 14, n / 60 % 60, n % 60);
        vec![day, format!("车间{}", n % 10), format!("C{n:06}"), format!("员工{:03}", n % PEOPLE), passed, String::new(), "工作".to_owned()]
    };
    table(&["日期", "区域", "卡号", "姓名", "进入时间", "离开时间", "事由"], (0..rows).map(row))
}

fn carriers(rows: usize, faults: bool) -> Table {
    let row = |n: usize| {
        let grade = if faults && n % FAULTY == 7 { "特级" } else { "一般秘密" };
        let keeper = format!("员工{:03}", n % PEOPLE);
        vec![
            format!("图纸 {n}"),
            "纸质".to_owned(),
            grade.to_owned(),
            "制造部".to_owned(),
            keeper,
            format!("{} 号柜", n % 40),
            "1".to_owned(),
        ]
    };
    table(&["载体名称", "载体形态", "密级", "责任部门", "保管人", "存放地点", "份数"], (0..rows).map(row))
}

//! A stock count of many carriers (B 5.2.3): carriers made, scanned and handed in through the pipeline, then how long the reconciling takes:
//! the pure comparison, the page that shows it, and the differences at the end.

use std::{path::Path, sync::Arc, time::Instant};

use jingui_app::{
    carriers::{
        count::Scan,
        reconcile::{Expected, Scanned, reconcile},
    },
    live::Live,
    pipeline::Command,
    world::caller::{Caller, Origin},
};
use jingui_model::{Data, Id, Problem};
use serde_json::json;

use crate::company::{company, data, make};

/// Commands of one transaction while carriers are made.
const GROUP: usize = 1_000;
/// Scans of one request, as a page sends them after it was without a network.
const BATCH: usize = 500;

/// Counts `carriers` carriers in a fresh company in `dir`.
pub fn run(dir: &str, carriers: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(count(Path::new(dir), usize::try_from(carriers).unwrap_or(0))).map_err(|p| p.to_string())
}

async fn count(dir: &Path, carriers: usize) -> Result<(), Problem> {
    let (node, live) = company(dir, None).await?;
    let department = make(&live, "department", json!({ "name": "资料中心" })).await?.id;
    let mut people = vec![];
    for name in ["甲盘点", "乙盘点"] {
        people.push(make(&live, "person", json!({ "name": name, "department": department })).await?.id);
    }
    let keeper = people.first().copied().unwrap_or_else(Id::nil);
    let zone = json!({ "name": "资料室", "level": "important", "department": department, "responsible": keeper });
    let zone = make(&live, "zone", zone).await?.id;
    let mut numbers = vec![];
    for from in (0..carriers).step_by(GROUP) {
        let one = |n: usize| {
            let value = json!({ "name": format!("图纸 {n}"), "form": "paper", "grade": "general", "department": department, "made_on": "2026-11-01" });
            Command::create(&Caller::system(), "carrier", data(value))
        };
        let made = live.pipeline.group((from..carriers.min(from + GROUP)).map(one).collect()).await?;
        let put = |o: &jingui_app::pipeline::Outcome| {
            let input = json!({ "keeper": keeper, "marks": ["grade"], "storage_means": "cabinet", "storage": "一号柜", "zone": zone });
            Command::on(&Caller::system(), "carrier", o.record.id, "store", data(input))
        };
        live.pipeline.group(made.iter().map(put).collect()).await?;
        numbers.extend(made.into_iter().filter_map(|o| o.record.number));
    }
    let stock = make(&live, "stock_count", json!({ "name": "年度盘点", "department": department, "due": "2099-12-31" })).await?;
    let start = Command::on(&Caller::system(), "stock_count", stock.id, "start", data(json!({ "counters": people })));
    live.pipeline.change(start).await?;
    wait(&live, stock.id, "expected").await?;
    let counter = live.world.read().person_caller(keeper, Origin::default())?;

    // One of a hundred is not found.
    let found: Vec<&String> = numbers.iter().enumerate().filter(|(n, _)| n % 100 != 0).map(|(_, number)| number).collect();
    let began = Instant::now();
    for batch in found.chunks(BATCH) {
        let scans: Vec<Scan> =
            batch.iter().map(|n| Scan { key: (*n).clone(), code: format!("jingui:carrier:{n}"), zone: Some(zone) }).collect();
        live.count_scans(&counter, stock.id, &scans).await?;
    }
    let scanned = began.elapsed();

    let ids: Vec<Id> = live
        .world
        .read()
        .table("carrier")?
        .live()
        .iter()
        .filter_map(|r| live.world.read().table("carrier").ok()?.row(r).map(|r| r.id))
        .collect();
    let expected: Vec<Expected> = ids.iter().map(|id| Expected { id: *id, zone: Some(zone) }).collect();
    let scans: Vec<Scanned> = ids.iter().map(|id| Scanned { carrier: Some(*id), code: String::new(), zone: Some(zone) }).collect();
    let began = Instant::now();
    let outcome = reconcile(&expected, &scans);
    let pure = began.elapsed();

    let began = Instant::now();
    let view = live.stock_count(&counter, stock.id).await?;
    let shown = began.elapsed();

    let began = Instant::now();
    live.pipeline.change(Command::on(&Caller::system(), "stock_count", stock.id, "hand_in", Data::new())).await?;
    wait(&live, stock.id, "differences").await?;
    let ended = began.elapsed();

    println!("| {carriers} carriers | |");
    println!("|---|---|");
    println!("| scans kept, {BATCH} in a request ({} of them) | {:.2} s |", found.len(), scanned.as_secs_f64());
    println!("| compared, in memory ({} in place) | {:.2} ms |", outcome.counted.len(), pure.as_secs_f64() * 1e3);
    println!("| compared and shown ({} found of {}) | {:.3} s |", view.found, view.expected, shown.as_secs_f64());
    println!("| handed in, until the differences stand in the count | {:.3} s |", ended.as_secs_f64());
    node.stop().await;
    Ok(())
}

/// Waits until an effect has filled a field.
async fn wait(live: &Arc<Live>, id: Id, field: &str) -> Result<(), Problem> {
    for _ in 0..30_000 {
        if live.world.read().record(id)?.data.contains_key(field) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    Err(Problem::unavailable("node.stopping"))
}

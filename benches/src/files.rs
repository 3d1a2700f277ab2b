//! A company with many small files, for backups and restores: carriers with twenty files of 10 KiB each, all through the pipeline.

use std::{io::Cursor, path::Path, sync::Arc, time::Instant};

use jingui_app::{live::Live, world::caller::Caller};
use jingui_model::{Id, Problem, Rng as _, rng::SeededRng};
use serde_json::json;

use crate::company::{company, make};

/// Bytes of a file.
const BYTES: usize = 10 << 10;
/// Files of one record.
const EACH: u64 = 20;
/// Records that are worked on at the same time, as by many people.
const AT_ONCE: usize = 64;

/// Fills `dir`; the key file lies beside it, with the ending `key`.
///
/// # Errors
/// Whatever fails.
pub fn run(dir: &str, count: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(fill(Path::new(dir), count)).map_err(|p| p.to_string())
}

async fn fill(dir: &Path, count: u64) -> Result<(), Problem> {
    let (node, live) = company(dir, None).await?;
    let department = make(&live, "department", json!({ "name": "热处理车间" })).await?.id;
    let began = Instant::now();
    let mut working = tokio::task::JoinSet::new();
    let mut next = 0;
    while next < count || !working.is_empty() {
        while next < count && working.len() < AT_ONCE {
            let files = EACH.min(count - next);
            working.spawn(record(Arc::clone(&live), department, next, files));
            next += files;
        }
        if let Some(done) = working.join_next().await {
            done.map_err(|e| Problem::internal("node.task").detail(e))??;
        }
    }
    let head = node.store.head().await?.next;
    while live.ledger.state().size < head {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let took = began.elapsed().as_secs_f64();
    println!("{count} files of 10 KiB kept through the pipeline in {took:.0} s, {:.0}/s", count as f64 / took);
    node.stop().await;
    Ok(())
}

async fn record(live: Arc<Live>, department: Id, first: u64, files: u64) -> Result<(), Problem> {
    let made = live.today().to_string();
    let data =
        json!({ "name": format!("图纸 {first}"), "form": "electronic", "grade": "important", "department": department, "made_on": made });
    let carrier = make(&live, "carrier", data).await?;
    let rng = SeededRng::new(first);
    for n in 0..files {
        let content: Box<dyn std::io::Read + Send> = Box::new(Cursor::new(bytes(&rng)));
        let name = format!("{}.dwg", first + n);
        live.attach(&Caller::system(), "carrier", carrier.id, "files", None, &name, "application/octet-stream", content).await?;
    }
    Ok(())
}

fn bytes(rng: &SeededRng) -> Vec<u8> {
    let mut all = vec![0; BYTES];
    rng.fill(&mut all);
    all
}

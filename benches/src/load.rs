//! Opens a generated folder as a server would, without one: the time, and the processor's time, until it is ready.

use std::{path::Path, sync::Arc, time::Instant};

use jingui_app::node::{Node, NodeConfig};
use jingui_model::{Problem, clock::SystemClock};
use jingui_vault::{Cost, SystemRng};

/// Opens `dir` with the key that `generate` left in it.
pub fn run(dir: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(open(Path::new(dir))).map_err(|p| p.to_string())
}

async fn open(dir: &Path) -> Result<(), Problem> {
    let key_file = Some(dir.join("bench.key"));
    let config =
        NodeConfig { data: dir.to_owned(), database: None, objects: None, ledger: None, key_file, device: None, cost: Cost::Normal };
    let started = Instant::now();
    let node = Node::open(config, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let opened = started.elapsed();
    let loading = std::time::Duration::from_micros(node.live()?.metrics.loading.load(std::sync::atomic::Ordering::Relaxed));
    let records = node.live()?.world.read().tables().map(jingui_app::world::table::Table::len).sum::<u64>();
    println!("{records} records in {:.2} s, {:.2} s of all cores", opened.as_secs_f64(), processor().unwrap_or_default());
    println!(
        "of it {:.2} s to read the records; {:.2} s for everything else",
        loading.as_secs_f64(),
        opened.saturating_sub(loading).as_secs_f64()
    );
    node.stop().await;
    Ok(())
}

/// Seconds that all threads of this process ran, from `/proc` (fields 14 and 15 of `stat`, in hundredths).
fn processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let ticks: Vec<u64> = stat.rsplit(')').next()?.split_whitespace().skip(11).take(2).filter_map(|n| n.parse().ok()).collect();
    Some(ticks.iter().sum::<u64>() as f64 / 100.0)
}

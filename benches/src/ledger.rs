//! The evidence ledger by itself: durable appends beside an SQLite and a PostgreSQL table that do the same inserts in the same
//! run, then size, proofs and verification of the whole.
//!
//! An item is an entry as registering a file makes one: the digest of the file, its name and size, who, by which door; eight salted
//! commitments. All three stores get the same bytes in the same batches and answer when these are durable.

use std::{path::Path, time::Instant as Clock};

use jingui_ledger::{Entry, FolderTiles, Log, LogProof, OpenField, Signer, suite::sha256, verify_folder};
use jingui_model::{Id, Instant, Problem, Rng, rng::SeededRng};
use serde_json::json;
use sqlx::{Connection as _, Executor as _};

const BATCHES: [u64; 4] = [64, 256, 1024, 4096];
/// Entries of the comparison, for each store and batch size.
const COMPARED: u64 = 60_000;
const PROOFS: u64 = 2_000;
const ORIGIN: &str = "jingui.example/bench";

type Done<T> = Result<T, String>;

fn said(problem: impl std::fmt::Display) -> String {
    problem.to_string()
}

/// The entries from one index on; equal for equal indexes.
fn entries(from: u64, count: u64) -> Done<Vec<Vec<u8>>> {
    (from..from + count).map(entry).collect::<Result<_, _>>().map_err(said)
}

fn entry(index: u64) -> Result<Vec<u8>, Problem> {
    let rng: &dyn Rng = &SeededRng::new(index);
    let id = Id::from_bytes(rng.array());
    let digest: String = sha256(&[&index.to_be_bytes()]).iter().map(|b| format!("{b:02x}")).collect();
    let file = json!({ "name": format!("图纸-{index}.dwg"), "size": index % 5_000_000, "sha256": digest });
    let fields: Vec<OpenField> = [
        ("data.name", json!(format!("套圈沟道磨削参数 {index}"))),
        ("data.files[0]", file),
        ("data.grade", json!("important")),
        ("number", json!(format!("SM-2026-{index:07}"))),
        ("to", json!("effective")),
        ("actor", json!(id)),
        ("actor_name", json!("王保密")),
        ("door", json!("session")),
    ]
    .into_iter()
    .map(|(name, value)| OpenField::new(rng, name, value))
    .collect();
    let at = Instant::from_micros(1_767_225_600_000_000 + i64::try_from(index).unwrap_or(0) * 1000);
    Ok(Entry::build(at, "attach", "secret", Some(id), Some(1), Some(rng.array()), &fields)?.to_bytes())
}

/// Measures in a folder that does not exist yet.
///
/// # Errors
/// Whatever fails.
pub fn run(dir: &str, items: u64, postgres: Option<&str>) -> Done<()> {
    let dir = Path::new(dir);
    std::fs::create_dir_all(dir).map_err(said)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(said)?;
    println!("## Durable appends ({COMPARED} entries for each cell, items a second; the ratio is ours to theirs)");
    println!("| batch | ledger | SQLite table (WAL, synchronous=FULL) | ratio | PostgreSQL table | ratio |");
    println!("|---|---|---|---|---|---|");
    let sample = entries(0, COMPARED)?;
    for batch in BATCHES {
        let size = usize::try_from(batch).unwrap_or(1);
        let ours = appended(&dir.join(format!("compare-{batch}")), &sample, size)?;
        let sqlite = runtime.block_on(in_sqlite(&dir.join(format!("compare-{batch}.db")), &sample, size))?;
        let postgres = postgres.map(|url| runtime.block_on(in_postgres(url, &sample, size))).transpose()?;
        let (theirs, ratio) =
            postgres.map_or(("not there".to_owned(), "-".to_owned()), |p| (format!("{p:.0}"), format!("{:.1}", ours / p)));
        println!("| {batch} | {ours:.0} | {sqlite:.0} | {:.1} | {theirs} | {ratio} |", ours / sqlite);
    }
    large(&dir.join("large"), items)
}

fn appended(folder: &Path, sample: &[Vec<u8>], batch: usize) -> Done<f64> {
    let signer = Signer::new(ORIGIN, &[7; 32]).map_err(said)?;
    let mut log = Log::create(FolderTiles::new(folder), &signer).map_err(said)?;
    let begun = Clock::now();
    for part in sample.chunks(batch) {
        log.append(part, &signer).map_err(said)?;
    }
    Ok(rate(sample.len(), begun))
}

async fn in_sqlite(file: &Path, sample: &[Vec<u8>], batch: usize) -> Done<f64> {
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let mut link = sqlx::SqliteConnection::connect(&url).await.map_err(said)?;
    for sql in
        ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE entries (i INTEGER PRIMARY KEY, entry BLOB NOT NULL)"]
    {
        link.execute(sql).await.map_err(said)?;
    }
    let begun = Clock::now();
    let mut index = 0_i64;
    for part in sample.chunks(batch) {
        let mut transaction = link.begin().await.map_err(said)?;
        for entry in part {
            sqlx::query("INSERT INTO entries VALUES (?, ?)").bind(index).bind(entry).execute(&mut *transaction).await.map_err(said)?;
            index += 1;
        }
        transaction.commit().await.map_err(said)?;
    }
    Ok(rate(sample.len(), begun))
}

async fn in_postgres(url: &str, sample: &[Vec<u8>], batch: usize) -> Done<f64> {
    let mut link = sqlx::PgConnection::connect(url).await.map_err(said)?;
    for sql in ["DROP TABLE IF EXISTS entries", "CREATE TABLE entries (i BIGINT PRIMARY KEY, entry BYTEA NOT NULL)"] {
        link.execute(sql).await.map_err(said)?;
    }
    let begun = Clock::now();
    let mut index = 0_i64;
    for part in sample.chunks(batch) {
        let indexes: Vec<i64> = (index..).take(part.len()).collect();
        index += i64::try_from(part.len()).unwrap_or(0);
        let sql = "INSERT INTO entries SELECT * FROM unnest($1::bigint[], $2::bytea[])";
        sqlx::query(sql).bind(indexes).bind(part.to_vec()).execute(&mut link).await.map_err(said)?;
    }
    Ok(rate(sample.len(), begun))
}

fn rate(count: usize, begun: Clock) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let count = count as f64;
    count / begun.elapsed().as_secs_f64()
}

/// A large ledger: time, size, proofs, the check of the whole.
fn large(folder: &Path, items: u64) -> Done<()> {
    const BATCH: u64 = 2048;
    let signer = Signer::new(ORIGIN, &[7; 32]).map_err(said)?;
    let mut log = Log::create(FolderTiles::new(folder), &signer).map_err(said)?;
    let (mut spent, mut bytes, mut done) = (std::time::Duration::ZERO, 0_u64, 0);
    while done < items {
        let part = entries(done, BATCH.min(items - done))?;
        bytes += part.iter().map(|e| e.len() as u64).sum::<u64>();
        let begun = Clock::now();
        done = log.append(&part, &signer).map_err(said)?;
        spent += begun.elapsed();
    }
    println!("\n## {items} items in batches of {BATCH}");
    println!("| what | reached | wanted |");
    println!("|---|---|---|");
    let seconds = spent.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let per_second = items as f64 / seconds;
    println!("| durable appends | {per_second:.0}/s ({seconds:.1} s; making the entries is not counted) | ≥ 20,000/s |");
    let begun = Clock::now();
    log.tidy().map_err(said)?;
    println!("| clean-up of partial tiles | {:.2} s | |", begun.elapsed().as_secs_f64());
    let stored = folder_bytes(folder).map_err(said)?;
    println!("| ledger on disk, per item | {} bytes, of which the entry itself {} | |", stored / items, bytes / items);
    let rng: &dyn Rng = &SeededRng::new(1);
    let (mut times, mut longest) = (vec![], 0);
    let mut checked = vec![];
    for _ in 0..PROOFS {
        let index = u64::from_be_bytes(rng.array()) % items;
        let begun = Clock::now();
        let proof = LogProof::of(&log, index).map_err(said)?;
        times.push(begun.elapsed());
        longest = longest.max(proof.to_text().len());
        let entry = log.entry(index).map_err(said)?;
        let begun = Clock::now();
        proof.verify(&entry, signer.verifier()).map_err(said)?;
        checked.push(begun.elapsed());
    }
    println!("| proof, size as a file | {longest} bytes | ≤ 2 kB |");
    println!("| proof, time p50, p99 | {:.2} ms, {:.2} ms | p99 ≤ 5 ms |", at(&mut times, 50), at(&mut times, 99));
    println!("| verification of one item, p99 | {:.2} ms | ≤ 50 ms |", at(&mut checked, 99));
    let begun = Clock::now();
    let report = verify_folder(&FolderTiles::new(folder), signer.verifier());
    println!("| verification of the whole ({}) | {:.1} s | ≤ 60 s on two cores |", report.entries, begun.elapsed().as_secs_f64());
    if report.whole() { Ok(()) } else { Err("the ledger is not whole".to_owned()) }
}

fn at(times: &mut [std::time::Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).map_or(0.0, |t| t.as_secs_f64() * 1000.0)
}

fn folder_bytes(folder: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() { folder_bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}

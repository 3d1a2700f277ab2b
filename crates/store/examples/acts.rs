//! How fast the store is, by itself: acts per second and the scan at start.
//!
//! `cargo run --release -p jingui-store --example acts -- [--records N] [--acts N] [postgres://…]`
//!
//! An act is one savepoint, one recall, one record read, one update, two events and one answer
//! remembered; 64 acts make a transaction. Without a URL it uses SQLite in a temporary folder of the
//! current directory, so that the figures are those of its disk.

use std::time::Instant as Stopwatch;

use jingui_model::{Id, Instant, Problem, Rng as _, rng::SeededRng};
use jingui_store::{EventRow, Place, RecordRow, Store};

const BATCH: u64 = 64;

fn id(n: u64) -> Id {
    let mut bytes = [7; 16];
    bytes.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
    Id::from_bytes(bytes)
}

fn bytes<const N: usize>(rng: &SeededRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

fn event(rng: &SeededRng, record: Id) -> EventRow {
    EventRow {
        index: 0,
        id: Id::from_bytes(bytes(rng)),
        record: Some(record),
        kind: "secret".into(),
        act: "update".into(),
        actor: id(1),
        at: Instant::from_micros(1),
        entry: bytes::<400>(rng).to_vec(),
        sealed: bytes::<600>(rng).to_vec(),
    }
}

async fn act(store: &Store, rng: &SeededRng, records: u64, acts: u64) -> Result<(), Problem> {
    for _ in 0..acts / BATCH {
        let mut write = store.begin().await?;
        for _ in 0..BATCH {
            write.savepoint().await?;
            let key = bytes(rng);
            write.recall(id(1), key).await?;
            let chosen = id(u64::from_be_bytes(bytes(rng)) % records);
            if let Some(mut row) = write.record(chosen).await? {
                let expected = row.version;
                row.version += 1;
                row.sealed = bytes::<700>(rng).to_vec();
                write.update_record(&row, expected).await?;
            }
            write.append_event(event(rng, chosen)).await?;
            write.append_event(event(rng, chosen)).await?;
            write.remember(id(1), key, key, &bytes::<200>(rng), Instant::from_micros(1)).await?;
            write.release_savepoint().await?;
        }
        write.commit().await?;
    }
    Ok(())
}

async fn fill(store: &Store, rng: &SeededRng, records: u64) -> Result<(), Problem> {
    let mut n = 0;
    while n < records {
        let mut write = store.begin().await?;
        for n in n..records.min(n + 5000) {
            let row = RecordRow {
                id: id(n),
                kind: "secret".into(),
                state: "draft".into(),
                grade: 2,
                version: 1,
                created: Instant::from_micros(1),
                updated: Instant::from_micros(1),
                key: bytes::<92>(rng).to_vec(),
                sealed: bytes::<700>(rng).to_vec(),
            };
            write.insert_record(&row).await?;
        }
        write.commit().await?;
        n += 5000;
    }
    Ok(())
}

async fn scan(store: &Store) -> Result<usize, Problem> {
    let (mut after, mut count) = (None, 0);
    loop {
        let rows = store.records_after(after, 10_000).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = Some(last.id);
        count += rows.len();
    }
}

fn number(flag: &str, default: u64) -> u64 {
    std::env::args().skip_while(|a| a != flag).nth(1).and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program for the terminal")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (records, acts) = (number("--records", 20_000), number("--acts", 20_000));
    let folder = tempfile::tempdir_in(".")?;
    let url = std::env::args().find(|a| a.starts_with("postgres"));
    let place = url.map_or_else(|| Place::Folder(folder.path().to_owned()), Place::Postgres);
    let store = Store::open(&place).await?;
    let rng = SeededRng::new(1);

    let clock = Stopwatch::now();
    fill(&store, &rng, records).await?;
    println!("{:?}: {records} records written in {:.2?}", store.backend(), clock.elapsed());

    let clock = Stopwatch::now();
    act(&store, &rng, records, acts).await?;
    let each = clock.elapsed() / u32::try_from(acts.max(1))?;
    println!("{acts} acts in batches of {BATCH}: {each:.1?} each, {:.0} acts/s", 1.0 / each.as_secs_f64());

    for _ in 0..number("--scans", 1) {
        let clock = Stopwatch::now();
        let count = scan(&store).await?;
        println!("{count} records scanned in {:.2?}", clock.elapsed());
    }

    let clock = Stopwatch::now();
    let counts = store.counts().await?;
    println!("{counts:?} in {:.2?}", clock.elapsed());
    store.close().await;
    Ok(())
}

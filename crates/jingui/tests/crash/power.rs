//! Issue 2, "Bad input and faults": a power cut loses nothing that was acknowledged.
//!
//! Store, ledger, files and the whole program run on a disk of ours (see `powercut/mod.rs`) that forgets what was not synced. The
//! power goes before an operation chosen by chance; afterwards either nothing unsynced survives, or
//! some of it, torn and out of order. The same disk under SQLite's weaker setting (`synchronous=NORMAL`,
//! <https://www.sqlite.org/pragma.html#pragma_synchronous>) must lose commits: otherwise these tests
//! would prove nothing.

use std::{path::Path, time::Duration};

use crate::company::Company;
use crate::evidence;
use crate::luck::Chance;
use crate::powercut::{Disk, Luck};
use crate::work::{Worker, all_work, settle};
use jingui_ledger::{Checkpoint, Entry, FolderTiles, Log, Outcome, Signer, verify_folder};
use jingui_model::{Id, Instant, Problem};
use jingui_store::{EventRow, Objects, Place, RecordRow, Store};
use sqlx::{
    Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// Cuts in each test, at least; it goes on until enough was acknowledged to say anything.
const CUTS: u64 = 10;

/// The power comes back; every other time nothing unsynced survived, otherwise some of it.
fn power_on(disk: &Disk, round: u64, chance: &Chance) {
    disk.power_on(if round.is_multiple_of(2) { Luck::Worst } else { Luck::Seed(chance.below(u64::MAX)) });
}

fn id(n: u64) -> Id {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Id::from_bytes(bytes)
}

fn record(n: u64) -> RecordRow {
    let at = Instant::from_micros(1);
    let sealed = n.to_be_bytes().repeat(100);
    let (kind, state) = ("secret".to_owned(), "draft".to_owned());
    RecordRow { id: id(n), kind, state, grade: 1, version: 1, created: at, updated: at, key: vec![1; 60], sealed }
}

fn event(n: u64) -> EventRow {
    let (kind, act) = ("secret".to_owned(), "create".to_owned());
    let at = Instant::from_micros(1);
    EventRow { index: 0, id: id(1 << 32 | n), record: Some(id(n)), kind, act, actor: id(7), at, entry: vec![3; 300], sealed: vec![4; 400] }
}

async fn commit(store: &Store, n: u64) -> Result<u64, Problem> {
    let mut write = store.begin().await?;
    write.insert_record(&record(n)).await?;
    write.append_event(event(n)).await?;
    write.commit().await
}

/// What was acknowledged is there after the cut, whenever it came: the settings of `jingui_store`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_commit_survives_a_power_cut() {
    let temp = tempfile::tempdir().unwrap();
    let chance = Chance::new("store");
    let disk = Disk::new(temp.path());
    let place = Place::Folder(disk.path().join("data"));
    let (mut acknowledged, mut n) = (vec![], 0);
    for round in 0.. {
        if round >= CUTS && acknowledged.len() >= 200 {
            break;
        }
        // The first cuts come early, into the making of folder and tables; later ones reach the log's checkpoints.
        disk.cut_after(chance.between(1, 30 << round.min(6)));
        if let Ok(store) = Store::open(&place).await {
            loop {
                n += 1;
                match commit(&store, n).await {
                    Ok(head) => acknowledged.push((n, head)),
                    Err(_) => break,
                }
            }
            assert!(disk.is_cut(), "commit {n} failed although the power was on");
            let _ = tokio::time::timeout(Duration::from_secs(20), store.close()).await;
        }
        power_on(&disk, round, &chance);

        let store = Store::open(&place).await.expect("a store that opens again after a power cut");
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new(), "round {round}");
        let head = store.head().await.unwrap().next;
        for (n, at) in &acknowledged {
            assert!(*at <= head, "round {round}: event {at} of {n} is lost");
            assert_eq!(store.record(id(*n)).await.unwrap(), Some(record(*n)), "round {round}: record {n}");
        }
        let events = store.events_from(0, 1_000_000).await.unwrap();
        for n in acknowledged.iter().map(|(n, _)| *n) {
            assert_eq!(events.iter().filter(|e| e.record == Some(id(n))).count(), 1, "round {round}: events of {n}");
        }
        store.close().await;
    }
}

async fn plain(file: &Path, synchronous: SqliteSynchronous) -> SqliteConnection {
    let options =
        SqliteConnectOptions::new().filename(file).create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(synchronous);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("SQLite opens");
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS acts (n INTEGER PRIMARY KEY)").execute(&mut connection).await.expect("a table");
    connection
}

/// How many of a hundred acknowledged commits a power cut takes away.
async fn lost(synchronous: SqliteSynchronous) -> i64 {
    let temp = tempfile::tempdir().unwrap();
    let disk = Disk::new(temp.path());
    let file = disk.path().join("plain.db");
    // An orderly start, so that only the commits after it are in question.
    plain(&file, synchronous).await.close().await.expect("SQLite closes");
    for path in [&file, disk.path()] {
        std::fs::File::open(path).and_then(|f| f.sync_all()).expect("synced");
    }
    let mut connection = plain(&file, synchronous).await;
    for n in 1..=100 {
        sqlx::query("INSERT INTO acts (n) VALUES ($1)").bind(n).execute(&mut connection).await.expect("an acknowledged commit");
    }
    disk.cut();
    let _ = connection.close().await;
    disk.power_on(Luck::Worst);
    let mut connection = plain(&file, synchronous).await;
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM acts").fetch_one(&mut connection).await.unwrap();
    connection.close().await.expect("SQLite closes");
    100 - kept
}

/// The control: with `synchronous=NORMAL` the same disk loses what was acknowledged; with `FULL` it does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_weaker_setting_loses_acknowledged_commits() {
    let weak = lost(SqliteSynchronous::Normal).await;
    assert!(weak > 0, "the disk forgets nothing, so the other tests prove nothing");
    println!("NORMAL loses {weak} of 100");
    assert_eq!(lost(SqliteSynchronous::Full).await, 0);
}

fn entries(from: u64, count: u64) -> Vec<Vec<u8>> {
    let entry = |n| Entry::build(Instant::from_micros(1), "create", "secret", Some(id(n)), Some(1), Some([9; 32]), &[]);
    (from..from + count).map(|n| entry(n).expect("an entry").to_bytes()).collect()
}

/// A published checkpoint is never taken back or forked by a power cut, and the folder is whole.
#[test]
fn a_published_checkpoint_survives_a_power_cut() {
    let temp = tempfile::tempdir().unwrap();
    let chance = Chance::new("ledger");
    let signer = Signer::new("jingui.example/ledger", &[42; 32]).unwrap();
    let disk = Disk::new(temp.path());
    let folder = disk.path().join("ledger");
    let mut published: Option<Checkpoint> = None;
    for round in 0.. {
        if round >= 2 * CUTS && published.as_ref().is_some_and(|p| p.size >= 2000) {
            break;
        }
        disk.cut_after(chance.between(1, 20 << round.min(5)));
        let opened = match &published {
            None if !folder.join("checkpoint").exists() => Log::create(FolderTiles::new(&folder), &signer),
            _ => Log::open(FolderTiles::new(&folder), signer.verifier()),
        };
        if let Ok(mut log) = opened {
            published = Some(log.state().clone());
            while log.append_at(log.size(), &entries(log.size(), chance.between(1, 200)), &signer).is_ok() {
                published = Some(log.state().clone());
            }
        }
        assert!(disk.is_cut(), "an append failed although the power was on");
        power_on(&disk, round, &chance);

        let Some(kept) = &published else { continue };
        let log = Log::open(FolderTiles::new(&folder), signer.verifier()).expect("a ledger that opens again after a power cut");
        log.continues(kept).unwrap_or_else(|p| panic!("round {round}: {p}"));
        let report = verify_folder(&FolderTiles::new(&folder), signer.verifier());
        assert_eq!(report.outcome, Outcome::Whole, "round {round}: {report:?}");
        assert!((0..log.size()).zip(entries(0, log.size())).all(|(i, e)| log.entry(i).unwrap() == e), "round {round}: entries");
    }
}

/// A file that was put is there, whole, after the cut.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_file_survives_a_power_cut() {
    let temp = tempfile::tempdir().unwrap();
    let chance = Chance::new("objects");
    let disk = Disk::new(temp.path());
    let folder = disk.path().join("objects").display().to_string();
    let (mut put, mut n) = (vec![], 0_u64);
    for round in 0.. {
        if round >= CUTS && put.len() >= 100 {
            break;
        }
        // Opening makes 256 folders.
        disk.cut_after(chance.between(if round == 0 { 1 } else { 20 }, 600));
        if let Ok(objects) = Objects::open(&folder).await {
            loop {
                n += 1;
                let bytes = n.to_be_bytes().repeat(1 + usize::try_from(chance.below(2000)).unwrap());
                match objects.put_bytes(bytes.clone()).await {
                    Ok(name) => put.push((name, bytes)),
                    Err(_) => break,
                }
            }
        }
        assert!(disk.is_cut(), "a put failed although the power was on");
        power_on(&disk, round, &chance);
        for (name, bytes) in &put {
            let path = Path::new(&folder).join(&name[..2]).join(name);
            assert!(std::fs::read(&path).is_ok_and(|read| read == *bytes), "round {round}: {name} is lost or changed");
        }
    }
}

/// The whole program on that disk, under load: register, ledger, numbers and effects as acknowledged.
#[test]
fn the_whole_program_survives_power_cuts() {
    let temp = tempfile::tempdir().unwrap();
    let chance = Chance::new("whole");
    let disk = Disk::new(temp.path());
    let (company, server) = Company::found(&disk.path().join("data"), temp.path(), None);
    server.kill();
    let mut workers: Vec<Worker> = (0..4).map(|n| Worker::new(n, chance.fork())).collect();
    for round in 0.. {
        if round >= CUTS && workers.iter().map(Worker::acknowledged).sum::<usize>() >= 150 {
            break;
        }
        let server = company.up();
        settle(&mut workers, &company, &server);
        disk.cut_after(chance.between(1, 3000));
        workers.iter_mut().for_each(|w| w.rough = true);
        let address = server.address.clone();
        all_work(&mut workers, &company, &address, usize::MAX, || {
            while !disk.is_cut() {
                std::thread::sleep(Duration::from_millis(5));
            }
            server.kill();
        });
        power_on(&disk, round, &chance);

        let server = company.up();
        workers.iter_mut().for_each(|w| w.rough = false);
        settle(&mut workers, &company, &server);
        evidence::register(&company, &server, &workers);
        evidence::covered(&company, &server);
        server.kill();
        evidence::ledger(&company, &workers);
        evidence::verified(&company);
    }
    let server = company.up();
    evidence::effects(&company, &server, &workers);
}

//! Issue 2, "Bad input and faults": a process that is killed at any point loses nothing that was acknowledged
//! and leaves nothing half done.
//!
//! The real binary runs on one folder from the first round to the last, under load from several people. Each
//! round ends with SIGKILL at a random moment; on PostgreSQL some rounds kill a process of the database
//! instead, upon which it throws out everybody and recovers, while our server goes on. After each start the
//! requests that got no answer are sent again with their idempotency key. Their versions say whether any took
//! effect twice; at the end, and now and then before, register, ledger, numbers and effects are compared
//! with what was acknowledged.
//!
//! `JINGUI_KILL_ROUNDS` sets the rounds for each database (54), `JINGUI_CRASH_SEED` repeats a run as far as
//! the scheduling of threads allows.

use std::{process::Command, time::Duration};

use crate::company::{Company, Server};
use crate::evidence;
use crate::luck::Chance;
use crate::work::{Worker, all_work, settle};
use sqlx::Connection as _;

const WORKERS: usize = 6;
const EXAMINE_EVERY: u64 = 20;

fn rounds() -> u64 {
    std::env::var("JINGUI_KILL_ROUNDS").ok().map_or(54, |n| n.parse().expect("JINGUI_KILL_ROUNDS is a number"))
}

/// Everything that was acknowledged, in register and ledger, exactly once.
fn examine(company: &Company, server: Server, workers: &mut [Worker], last: bool) {
    settle(workers, company, &server);
    if last {
        evidence::effects(company, &server, workers);
    }
    evidence::register(company, &server, workers);
    evidence::covered(company, &server);
    server.kill();
    evidence::ledger(company, workers);
    evidence::verified(company);
    evidence::database(company);
}

fn killed_again_and_again(name: &str, database: Option<String>) {
    let chance = Chance::new(name);
    let side = tempfile::tempdir().unwrap();
    let (company, server) = Company::found(&side.path().join("data"), side.path(), database);
    server.kill();
    let mut workers: Vec<Worker> = (0..WORKERS).map(|n| Worker::new(n, chance.fork())).collect();
    for round in 0..rounds() {
        let server = company.up();
        if company.database.is_some() && round % 6 == 5 {
            // The database falls over under our server, which must get on its feet again by itself.
            let pause = Duration::from_millis(chance.between(5, 200));
            all_work(&mut workers, &company, &server.address, 20, || {
                std::thread::sleep(pause);
                crash_postgres(company.database.as_deref().unwrap_or_default());
            });
        }
        let pause = Duration::from_millis(chance.between(1, 300));
        let address = server.address.clone();
        all_work(&mut workers, &company, &address, usize::MAX, || {
            std::thread::sleep(pause);
            server.kill();
        });
        if round % EXAMINE_EVERY == EXAMINE_EVERY - 1 {
            examine(&company, company.up(), &mut workers, false);
        }
    }
    examine(&company, company.up(), &mut workers, true);
    let acknowledged: usize = workers.iter().map(Worker::acknowledged).sum();
    let repeated: u64 = workers.iter().map(|w| w.repeated).sum();
    println!("{name}: {} rounds, {acknowledged} acknowledged acts, {repeated} requests sent again", rounds());
    assert!(acknowledged > 10 * WORKERS, "too little was done to say anything");
    assert!(repeated > 0, "no kill ever met a request");
}

/// Kills one backend: the postmaster then ends all others and recovers from its log.
fn crash_postgres(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pid: Option<i32> = runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'jingui' AND datname = current_database() LIMIT 1";
        sqlx::query_scalar(sql).fetch_optional(&mut connection).await.unwrap()
    });
    let pid = pid.expect("a connection of the server").to_string();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().is_ok_and(|s| s.success()));
}

/// SQLite and the ledger folder under SIGKILL.
#[test]
fn a_killed_process_loses_and_doubles_nothing_on_sqlite() {
    killed_again_and_again("sqlite", None);
}

/// PostgreSQL and the ledger folder under SIGKILL, of our process and of the database's.
#[test]
fn a_killed_process_loses_and_doubles_nothing_on_postgresql() {
    killed_again_and_again("postgresql", Some(crate::postgres::cluster().fresh_database()));
}

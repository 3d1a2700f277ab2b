//! A destruction whose process is killed at some moment (SIGKILL, between any two of its writes): the next start goes on, and afterwards nothing
//! of the secret is anywhere, and everything else still opens (H 9.6.5).

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use jingui_app::node::NodeConfig;
use jingui_model::{Clock as _, Id, Instant, clock::FixedClock};

use super::{CONTENT, cast, content, database_files, done, found, loot, nothing_opens, whole};
use crate::support::{Backend, House};

/// What the process that is killed is told: its folder, the destruction, the time.
const TOLD: [&str; 3] = ["JINGUI_KILLED_DATA", "JINGUI_KILLED_RECORD", "JINGUI_KILLED_TIME"];
/// It says so when the last witness is about to confirm.
const BEGINS: &str = "begins";
/// Kills, spread over the time that a destruction takes.
const KILLS: u32 = 8;

async fn opened(dir: tempfile::TempDir, like: &NodeConfig, now: Instant) -> House {
    let config = NodeConfig { data: dir.path().join("data"), ..like.clone() };
    House::open(config, Arc::new(FixedClock::at(now)), dir, String::new(), |_| {}).await
}

/// The last witness confirms, unless that stood already.
async fn go_on(house: &House, asked: Id) {
    let record = house.record(asked);
    if record.state == "witnessing" {
        house.act(&house.caller("sun"), &record, "approve", serde_json::json!({})).await.unwrap();
    }
    done(house, asked).await;
}

/// Not a test of its own: the process that the test below starts and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by h_9_6_5_a_killed_destruction_goes_on"]
async fn the_one_that_is_killed() {
    let [data, asked, now] = TOLD.map(|name| std::env::var(name).unwrap());
    let config = NodeConfig {
        data: data.into(),
        database: None,
        objects: None,
        ledger: None,
        key_file: None,
        device: None,
        cost: jingui_vault::Cost::Test,
    };
    let clock = Arc::new(FixedClock::at(now.parse().unwrap()));
    let house = House::open(config, clock, tempfile::tempdir().unwrap(), String::new(), |_| {}).await;
    println!("{BEGINS}");
    go_on(&house, asked.parse().unwrap()).await;
    house.node.stop().await;
}

/// Starts it, and kills it some time after it began. Gives how long it worked.
fn killed(data: &Path, asked: Id, now: Instant, after: Option<Duration>) -> Duration {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "flow_destruction::killed::the_one_that_is_killed", "--ignored", "--nocapture"])
        .env(TOLD[0], data)
        .env(TOLD[1], asked.to_string())
        .env(TOLD[2], now.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.by_ref().any(|line| line.unwrap().contains(BEGINS)), "it never began");
    let began = Moment::now();
    match after {
        Some(after) => {
            std::thread::sleep(after);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        None => assert!(said.all(|line| line.is_ok()) && child.wait().unwrap().success(), "left alone, it comes to its end"),
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_5_a_killed_destruction_goes_on() {
    let cast = cast(Backend::Sqlite).await;
    let (secret, other) = (cast.secret("淬火介质配方", "general").await, cast.secret("另一项", "general").await);
    let asked = cast.begun(&secret, "general").await;
    cast.house.act(&cast.house.caller("qian"), &asked, "approve", serde_json::json!({})).await.unwrap();
    let loot = loot(&cast.house, secret.id, 1).await;
    let House { node, live, clock, config, dir, .. } = cast.house;
    node.stop().await;
    drop((node, live));
    let now = clock.now();

    let copy = || {
        let to = tempfile::tempdir().unwrap();
        let copied = Command::new("cp").arg("-a").arg(dir.path().join("data")).arg(to.path()).status();
        assert!(copied.unwrap().success());
        to
    };
    let alone = copy();
    let takes = killed(&alone.path().join("data"), asked.id, now, None);
    let mut in_the_middle = 0;
    for kill in 0..KILLS {
        let dir = copy();
        killed(&dir.path().join("data"), asked.id, now, Some(takes * kill / KILLS));
        let house = opened(dir, &config, now).await;
        in_the_middle += u32::from(house.record(asked.id).state == "executing");
        go_on(&house, asked.id).await;
        assert_eq!(house.record(secret.id).state, "destroyed");
        for (what, needle) in loot.needles() {
            assert_eq!(found(&database_files(&house), needle), Vec::<std::path::PathBuf>::new(), "{what}, killed at {kill}/{KILLS}");
        }
        assert!(!house.live.objects.exists(&loot.object).await.unwrap());
        let ring = house.node.keyring().await.unwrap().unwrap().to_json().unwrap();
        nothing_opens(&house.live.store, &ring, &loot).await;
        assert_eq!(content(&house, &ring, other.id).await, CONTENT, "the other one still opens");
        whole(&house).await;
        house.node.stop().await;
    }
    assert!(in_the_middle > 0, "no kill met the destruction at work");
}

//! The small witness over real HTTP (C2SP tlog-witness): it cosigns what continues what it saw, and remembers over a restart.

use std::{path::Path, sync::Arc};

use jingui_app::attest::courier::Courier as _;
use jingui_ledger::{Entry, Log, MemoryTiles, OpenField, Signer, cosign::AddCheckpoint};
use jingui_model::{Instant, clock::FixedClock, rng::SeededRng};
use jingui_server::{courier::HttpCourier, witness};
use tokio::{net::TcpListener, sync::watch};

fn log(signer: &Signer, size: u64) -> Log {
    let mut log = Log::create(MemoryTiles::default(), signer).unwrap();
    let rng = SeededRng::new(7);
    let field = [OpenField::new(&rng, "n", serde_json::json!(1))];
    let entry = Entry::build(Instant::from_micros(0), "read", "secret", None, None, None, &field).unwrap().to_bytes();
    log.append(&vec![entry; size as usize], signer).unwrap();
    log
}

fn request(log: &Log, old: u64) -> Vec<u8> {
    AddCheckpoint { old, proof: log.consistency_proof(old, log.size()).unwrap(), note: log.checkpoint().to_owned() }.to_text().into_bytes()
}

async fn started(folder: &Path, log: &Signer) -> (String, String, watch::Sender<bool>) {
    let keys = [log.verifier().to_string()];
    let clock = Arc::new(FixedClock::at("2026-11-21T02:00:00Z".parse().unwrap()));
    let witness = Arc::new(witness::Witness::open(folder, "association.example/w", &keys, clock, &SeededRng::new(3)).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopping) = watch::channel(false);
    let key = witness.key();
    tokio::spawn(witness::serve(witness, listener, stopping));
    (url, key, stop)
}

async fn post(url: &str, body: Vec<u8>) -> (u16, String) {
    let url = format!("{url}/add-checkpoint");
    tokio::task::spawn_blocking(move || {
        let answer = HttpCourier::new().post(&url, "text/plain", &body, 100_000).unwrap();
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_remembers_what_it_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::new("jingui.example/a", &[1; 32]).unwrap();
    let (url, key, stop) = started(folder.path(), &signer).await;
    let (small, large) = (log(&signer, 3), log(&signer, 300));
    let (status, line) = post(&url, request(&small, 0)).await;
    assert_eq!(status, 200, "{line}");
    let known = jingui_ledger::Witness::parse(&key).unwrap();
    assert!(known.said(&known.accept(small.checkpoint(), &line).unwrap()).unwrap().is_some());
    // A wrong old size is told the right one; a stranger's log, a stranger's key and rubbish are refused.
    assert_eq!(post(&url, request(&large, 0)).await, (409, "3\n".to_owned()));
    let stranger = Signer::new("jingui.example/b", &[2; 32]).unwrap();
    assert_eq!(post(&url, request(&log(&stranger, 3), 0)).await.0, 404);
    let forger = Signer::new("jingui.example/a", &[2; 32]).unwrap();
    assert_eq!(post(&url, request(&log(&forger, 9), 3)).await.0, 403);
    assert_eq!(post(&url, b"rubbish".to_vec()).await.0, 400);
    // After a restart it has the same key and still knows how far it was.
    stop.send(true).unwrap();
    let (url, again, _stop) = started(folder.path(), &signer).await;
    assert_eq!(again, key);
    assert_eq!(post(&url, request(&large, 0)).await, (409, "3\n".to_owned()));
    assert_eq!(post(&url, request(&large, 3)).await.0, 200);
    // An older backup of that ledger gets nothing more.
    assert_eq!(post(&url, request(&small, 3)).await, (409, "300\n".to_owned()));
}

//! The ledger in a bucket (decision 11): whole after every request at which a writer can fall, whatever becomes of that request,
//! and with the program as with a folder. The bucket is the server `s3s` with a folder behind it; a door before it counts changes.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{
    path::Path,
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use hyper::{Method, StatusCode, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jingui_app::ledger::LedgerPlace;
use jingui_ledger::{Entry, Log, OpenField, Signer, Tiles as _, verify_folder};
use jingui_model::{Id, Instant, Problem, clock::SystemClock, rng::SeededRng};
use jingui_store::{Keys, Over, Shelf};
use parking_lot::Mutex;
use s3s::{Body, HttpRequest, auth::SimpleAuth, service::S3ServiceBuilder};
use serde_json::{Value, json};

const KEYS: (&str, &str) = ("AKID", "a-secret/that+nobody=sees");

/// What becomes of the change at which the writer falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is not carried out.
    Lost,
    /// It is carried out, but the answer is lost.
    Done,
    /// It is held back and carried out just before the next put of a checkpoint.
    Late,
}

/// Counts what would change the bucket; at zero the writer falls, and nothing more gets through.
struct Door {
    left: AtomicI64,
    fate: Mutex<Fate>,
    held: Mutex<Option<HttpRequest>>,
    /// A store that does not heed conditions.
    heedless: Mutex<bool>,
}

impl Door {
    fn arm(&self, left: i64, fate: Fate) {
        *self.fate.lock() = fate;
        self.left.store(left, Ordering::SeqCst);
    }
    fn open(&self) {
        self.left.store(i64::MAX, Ordering::SeqCst);
    }
    fn fell(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }
}

/// A bucket `sealed` in a folder; its port and its door.
async fn bucket(folder: &Path) -> (u16, Arc<Door>) {
    std::fs::create_dir_all(folder.join("sealed")).expect("bucket");
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("files"));
    builder.set_auth(SimpleAuth::from_single(KEYS.0, KEYS.1));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    let door = Door { left: AtomicI64::new(i64::MAX), fate: Mutex::new(Fate::Lost), held: Mutex::default(), heedless: Mutex::default() };
    let door = Arc::new(door);
    let keeper = Arc::clone(&door);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).expect("a socket");
            let (service, door) = (service.clone(), Arc::clone(&keeper));
            let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let (service, door) = (service.clone(), Arc::clone(&door));
                async move {
                    let (mut head, body) = request.into_parts();
                    let body = Body::from(body).store_all_limited(32 << 20).await.expect("a body");
                    if *door.heedless.lock() {
                        head.headers.remove("if-match");
                        head.headers.remove("if-none-match");
                    }
                    let change = matches!(head.method, Method::PUT | Method::DELETE);
                    let checkpoint = head.method == Method::PUT && head.uri.path().ends_with("/checkpoint");
                    let request = HttpRequest::from_parts(head, Body::from(body));
                    let left = if change { door.left.fetch_sub(1, Ordering::SeqCst) } else { door.left.load(Ordering::SeqCst) };
                    let fate = *door.fate.lock();
                    if left > 0 || (!change && left == 0) {
                        let held = if checkpoint { door.held.lock().take() } else { None };
                        if let Some(held) = held {
                            service.call(held).await?;
                        }
                        return service.call(request).await;
                    }
                    if left == 0 && change {
                        match fate {
                            Fate::Done => drop(service.call(request).await?),
                            Fate::Late => *door.held.lock() = Some(request),
                            Fate::Lost => {}
                        }
                    }
                    // Refused for good, so that nobody waits and asks again.
                    let mut away = hyper::Response::new(Body::from("<Error><Code>AccessDenied</Code></Error>".to_owned()));
                    *away.status_mut() = StatusCode::FORBIDDEN;
                    Ok(away)
                }
            });
            tokio::spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await.ok() });
        }
    });
    (port, door)
}

fn place(port: u16, prefix: &str) -> Result<(LedgerPlace, Shelf), Problem> {
    let address = format!("s3://sealed/{prefix}?endpoint=http://127.0.0.1:{port}");
    let shelf = Shelf::open(&address, Some(Keys::new(KEYS.0, KEYS.1)), Arc::new(SystemClock))?;
    Ok((LedgerPlace::Bucket(shelf.clone()), shelf))
}

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    let one = |number: u64| {
        let fields = [OpenField::new(&SeededRng::new(number), "n", json!(number))];
        let at = Instant::from_micros(1_800_000_000_000_000);
        Entry::build(at, "update", "secret", Some(Id::from_bytes([7; 16])), Some(number), None, &fields).expect("entry").to_bytes()
    };
    range.map(one).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("folder").map(|entry| entry.expect("entry")) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(path, to).expect("copied");
        }
    }
}

fn signer() -> Signer {
    Signer::new("jingui.example/ledger", &[42; 32]).expect("signer")
}

/// The ledger is whole, of one of these sizes, and goes on to `end`.
fn whole_and_goes_on(place: &LedgerPlace, sizes: &[u64], end: u64, what: &str) {
    let signer = signer();
    let report = verify_folder(&*place.first(), signer.verifier());
    assert!(report.whole() && report.size.is_some_and(|size| sizes.contains(&size)), "{what}: {report:?}");
    let mut log = Log::open(place.first(), signer.verifier()).unwrap_or_else(|problem| panic!("{what}: {problem:?}"));
    let from = log.size();
    // A checkpoint that was held back may come between: then it is as if somebody else had published, and once more helps.
    let appended = (0..3).find_map(|_| log.append_at(from, &entries(from..end), &signer).ok());
    assert_eq!(appended, Some(end), "{what}");
    let report = verify_folder(&*place.first(), signer.verifier());
    assert!(report.whole() && report.size == Some(end), "{what}: {report:?}");
}

/// A writer falls at each change of an append that fills a tile; what it was doing then is lost, or done without its
/// knowing, or done late, when another has taken over. Then a new one takes over, or the same one goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_in_a_bucket_is_whole_wherever_its_writer_falls() {
    let folder = tempfile::tempdir().expect("folder");
    let (port, door) = bucket(&folder.path().join("store")).await;
    let sealed = folder.path().join("store/sealed");
    let walk = tokio::task::spawn_blocking(move || {
        let signer = signer();
        let (base, _) = place(port, "base").expect("bucket");
        let mut log = Log::create(base.first(), &signer).expect("created");
        log.append(&entries(0..250), &signer).expect("appended");
        log.append(&entries(250..252), &signer).expect("appended");
        let mut falls = 0;
        for fate in [Fate::Lost, Fate::Done, Fate::Late] {
            for stays in [false, true] {
                for cut in 0.. {
                    let what = format!("{fate:?}-{stays}-{cut}");
                    copy(&sealed.join("base"), &sealed.join(&what));
                    let (place, _) = place(port, &what).expect("bucket");
                    let mut log = Log::open(place.first(), signer.verifier()).expect("opened");
                    door.arm(cut, fate);
                    let appended = log.append_at(252, &entries(252..260), &signer);
                    let fell = door.fell();
                    door.open();
                    if !fell {
                        assert_eq!(appended.expect("undisturbed"), 260);
                        break;
                    }
                    falls += 1;
                    if stays {
                        let again = (0..3).find_map(|_| log.append_at(252, &entries(252..263), &signer).ok());
                        assert_eq!(again, Some(263), "{what}");
                        let report = verify_folder(&*place.first(), signer.verifier());
                        assert!(report.whole() && report.size == Some(263), "{what}: {report:?}");
                    } else {
                        whole_and_goes_on(&place, &[252, 260], 263, &what);
                    }
                    *door.held.lock() = None;
                    // The server goes through the whole folder for each list.
                    std::fs::remove_dir_all(sealed.join(&what)).expect("removed");
                }
            }
        }
        falls
    });
    assert!(walk.await.expect("walked") > 30);
}

/// Two writers: the second is refused by the store, whatever it believes. The twin lies there too, and reads the entries of the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_writer_is_refused_and_the_twin_lies_there_too() {
    let folder = tempfile::tempdir().expect("folder");
    let (port, door) = bucket(&folder.path().join("store")).await;
    let walk = tokio::task::spawn_blocking(move || {
        let (place, shelf) = place(port, "two").expect("bucket");
        place.safe().expect("this store heeds conditions");
        let (signer, sm2) = (signer(), Signer::sm2("jingui.example/ledger/sm3", &[43; 32]).expect("signer"));
        let mut one = Log::create(place.first(), &signer).expect("created");
        one.append(&entries(0..5), &signer).expect("appended");
        let (mut first, mut second) = (place.first(), place.first());
        let note = first.read("checkpoint").expect("read").expect("checkpoint");
        assert_eq!(second.read("checkpoint").expect("read"), Some(note.clone()));
        first.replace("checkpoint", b"one").expect("the first is in time");
        second.replace("checkpoint", b"other").expect_err("the second is too late");
        assert_eq!(first.read("checkpoint").expect("read").as_deref(), Some(b"one".as_slice()));
        first.replace("checkpoint", &note).expect("put back");

        let mut twin = Log::create(place.twin(), &sm2).expect("created");
        twin.append_at(0, &entries(0..4), &sm2).expect("appended");
        one.append(&entries(5..300), &signer).expect("appended");
        twin.append_at(4, &entries(4..290), &sm2).expect("appended");
        assert!(verify_folder(&place.twin(), sm2.verifier()).whole());
        assert!(shelf.folder("ledger-sm3").list("tile/entries").expect("listed").is_empty(), "entries lie in the first ledger only");

        // What a shelf itself promises.
        let shelf = shelf.folder("other");
        shelf.put("a/b", b"1", Over::Nothing).expect("put");
        shelf.put("a/b", b"1", Over::Nothing).expect("the same again is no other");
        assert_eq!(shelf.put("a/b", b"2", Over::Nothing).expect_err("there is something").code(), "store.shelf_moved");
        let held = shelf.read("a/b").expect("read").expect("held");
        shelf.put("a/b", b"2", Over::Tag(&held.tag)).expect("put over");
        assert_eq!(shelf.put("a/b", b"3", Over::Tag(&held.tag)).expect_err("moved").code(), "store.shelf_moved");
        assert_eq!(shelf.list("a").expect("listed"), ["a/b"]);
        shelf.remove("a/b").expect("removed");
        shelf.remove("a/b").expect("removing nothing");
        assert_eq!((shelf.read("a/b").expect("read"), shelf.read("../x").expect_err("no name").code()), (None, "store.object_name"));
        *door.heedless.lock() = true;
        assert_eq!(place.safe().expect_err("a store that takes everything").code(), "store.shelf_conditions");
    });
    walk.await.expect("walked");
}

async fn run(args: &[&str]) -> Output {
    let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
    let work = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
        command.args(args).env("LANG", "en_US.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES");
        command.env_remove("JINGUI_DATABASE").env_remove("JINGUI_LEDGER");
        command.env("JINGUI_S3_KEY_ID", KEYS.0).env("JINGUI_S3_SECRET", KEYS.1);
        command.output().expect("the program")
    });
    work.await.expect("end")
}

/// A company whose ledger and twin lie in a bucket: made, verified, and a changed byte there is named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_keeps_its_ledger_in_a_bucket() {
    let folder = tempfile::tempdir().expect("folder");
    let text = |name: &str| folder.path().join(name).display().to_string();
    let (data, key) = (text("data"), text("key"));
    let (port, _) = bucket(&folder.path().join("store")).await;
    let ledger = format!("s3://sealed/evidence?endpoint=http://127.0.0.1:{port}");
    let said = |out: &Output| format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let made = run(&["init", "--data", &data, "--sample", "bearing", "--key-file", &key, "--ledger", &ledger]).await;
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    assert!(!folder.path().join("data/ledger").exists() && !folder.path().join("data/ledger-sm3").exists());

    let whole = run(&["verify", &data, "--ledger", &ledger, "--json"]).await;
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    let report: Value = serde_json::from_slice(&whole.stdout).expect("json");
    assert!(report["ledger"]["size"].as_u64().is_some_and(|size| size > 256) && report["events"] == report["ledger"]["size"], "{report}");
    assert_eq!(report["twin"]["outcome"], "whole");
    let doctor = run(&["doctor", "--data", &data, "--ledger", &ledger]).await;
    assert_eq!(doctor.status.code(), Some(0), "{}", said(&doctor));
    assert_eq!(run(&["verify", &data]).await.status.code(), Some(2), "without the bucket there is no ledger to examine");
    let shut = ledger.replace(&port.to_string(), "1");
    assert_eq!(run(&["verify", &data, "--ledger", &shut]).await.status.code(), Some(2));
    // A data folder whose ledger was in a bucket does not quietly begin another.
    let alone = run(&["serve", "--data", &data, "--key-file", &key, "--listen", "127.0.0.1:0"]).await;
    assert_eq!(alone.status.code(), Some(1), "{}", said(&alone));

    for (file, name) in [
        ("ledger/tile/0/000", "tile/0/000"),
        ("ledger/tile/entries/000", "tile/entries/000"),
        ("ledger-sm3/checkpoint", "ledger-sm3/checkpoint"),
    ] {
        let path = folder.path().join("store/sealed/evidence").join(file);
        let clean = std::fs::read(&path).expect("a file of the bucket");
        let mut changed = clean.clone();
        if let Some(byte) = changed.get_mut(clean.len() / 2) {
            *byte ^= 1;
        }
        std::fs::write(&path, changed).expect("written");
        let found = run(&["verify", &data, "--ledger", &ledger]).await;
        assert_eq!(found.status.code(), Some(1), "{}", said(&found));
        assert!(said(&found).contains(name), "{}", said(&found));
        std::fs::write(&path, clean).expect("written");
    }
    assert_eq!(run(&["verify", &data, "--ledger", &ledger]).await.status.code(), Some(0));
}

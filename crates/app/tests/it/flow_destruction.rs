//! Destruction that is one (H 9.6.5, B 5.2.4): approved, witnessed, done, certified; and a thief with the root key who has the database's
//! files, its logs, the backups and the old ledger afterwards, and gets nothing back. Preservation (H 7.3).

mod killed;

use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_app::{
    backup::{Request, Way, restore},
    pipeline::open_record,
    verify::{Elsewhere, verify},
    world::caller::Caller,
};
use jingui_kinds::record::Record;
use jingui_ledger::Outcome;
use jingui_model::{Clock as _, Id};
use jingui_store::{EventRow, RecordRow, Store};
use jingui_vault::{SystemRng, Unlock};
use serde_json::{Value, json};

use crate::support::{BOTH, Backend, House, PASSPHRASE, house};

const CONTENT: &[u8] = "淬火介质：甲 61.8 %，乙 23.1 %，丙 15.1 %".as_bytes();

struct Cast {
    house: House,
    department: Id,
    people: Vec<Id>,
}

async fn cast(backend: Backend) -> Cast {
    let house = house(backend).await;
    let department = house.department("热处理车间").await;
    let mut people = vec![];
    for (login, name, roles) in [
        ("wang", "王执行", &["staff"][..]),
        ("qian", "钱监销", &["staff"]),
        ("sun", "孙监销", &["staff"]),
        ("office2", "保密员二", &["office"]),
        ("office3", "保密员三", &["office"]),
        ("lin", "林委员", &["committee"]),
    ] {
        people.push(house.person(login, name, Some(department), roles).await);
    }
    Cast { house, department, people }
}

impl Cast {
    async fn secret(&self, name: &str, grade: &str) -> Record {
        let house = &self.house;
        let data = json!({
            "name": name, "grade": grade, "department": self.department, "circle_persons": [self.people[0]], "term": { "open": true },
            "classified_on": "2026-11-01", "points": [{ "name": "配比", "content": "甲乙丙之比" }],
        });
        let draft = house.system("secret", data).await;
        self.attach(draft.id, CONTENT).await.unwrap();
        house.act(&Caller::system(), &house.record(draft.id), "register", json!({})).await.unwrap()
    }

    async fn attach(&self, record: Id, bytes: &[u8]) -> Result<Record, jingui_model::Problem> {
        let content = Box::new(std::io::Cursor::new(bytes.to_vec()));
        let live = &self.house.live;
        live.attach(&Caller::system(), "secret", record, "files", None, "配方.txt", "text/plain", content).await.map(|o| o.record)
    }

    /// A destruction that the operator has begun; the witnesses have not confirmed yet.
    async fn begun(&self, secret: &Record, grade: &str) -> Record {
        let house = &self.house;
        let data = json!({
            "name": "销毁", "secrets": [secret.id], "grade": grade, "department": self.department, "reason": "used", "grounds": "产品退市",
            "operator": self.people[0], "witnesses": [self.people[1]],
        });
        let office = house.caller("office");
        let asked = house.create(&office, "data_destruction", data).await.unwrap();
        assert!(house.act(&office, &asked, "submit", json!({})).await.is_err(), "two witnesses");
        let asked = house.act(&office, &asked, "edit", json!({ "witnesses": [self.people[1], self.people[2]] })).await.unwrap();
        house.act(&office, &asked, "submit", json!({})).await.unwrap();
        assert!(house.act(&office, &asked, "approve", json!({})).await.is_err(), "whoever asks never approves");
        house.act(&house.caller("office2"), &asked, "approve", json!({})).await.unwrap();
        if grade == "core" {
            assert_eq!(house.record(asked.id).state, "pending", "core asks for the committee");
            house.act(&house.caller("lin"), &asked, "approve", json!({})).await.unwrap();
        }
        let input = json!({ "physical": ["none"], "copies_checked": true, "place": "保密室" });
        assert!(house.act(&house.caller("qian"), &asked, "execute", input.clone()).await.is_err(), "the operator alone");
        house.act(&house.caller("wang"), &asked, "execute", input).await.unwrap()
    }

    async fn witnessed(&self, asked: &Record, grade: &str) {
        let house = &self.house;
        let all = if grade == "core" { &["qian", "sun", "office2", "office3"][..] } else { &["qian", "sun"] };
        for who in all {
            assert_eq!(house.record(asked.id).state, "witnessing");
            house.act(&house.caller(who), asked, "approve", json!({})).await.unwrap();
        }
    }

    async fn destroyed(&self, secret: &Record, grade: &str) -> Record {
        let asked = self.begun(secret, grade).await;
        self.witnessed(&asked, grade).await;
        done(&self.house, asked.id).await;
        self.house.record(asked.id)
    }
}

/// Waits long: on PostgreSQL whole tables are written anew.
async fn done(house: &House, asked: Id) {
    for _ in 0..3000 {
        if house.record(asked).state == "done" {
            return;
        }
        // What has to be tried again is tried soon.
        house.clock.set(house.clock.now().plus_seconds(1));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it was never destroyed: {:?}", house.live.store.jobs_overview().await);
}

/// What a thief could have taken before, and looks for after.
struct Loot {
    row: RecordRow,
    events: Vec<EventRow>,
    epoch: String,
    ring: String,
    object: String,
    sealed: Vec<u8>,
}

async fn loot(house: &House, secret: Id, rank: u8) -> Loot {
    let row = house.live.store.record(secret).await.unwrap().unwrap();
    let ring = house.node.keyring().await.unwrap().unwrap().to_json().unwrap();
    let all: Value = serde_json::from_str(&ring).unwrap();
    let epoch = all["epochs"].as_array().unwrap().iter().find(|e| e["protection"] == rank).unwrap()["wrapped"].as_str().unwrap().to_owned();
    let object = jingui_app::files::versions(&house.record(secret)).next().unwrap().object;
    let mut sealed = vec![];
    std::io::Read::read_to_end(&mut house.live.objects.open_object(&object).await.unwrap(), &mut sealed).unwrap();
    Loot { row, events: house.live.store.events_of(secret, None, 200).await.unwrap(), epoch, ring, object, sealed }
}

impl Loot {
    /// Byte strings that no file may hold any more.
    fn needles(&self) -> Vec<(&'static str, &[u8])> {
        vec![
            ("the wrapped key", &self.row.key[5..]),
            ("the ciphertext", &self.row.sealed[..]),
            ("the epoch's key", self.epoch.as_bytes()),
            ("the sealed file", &self.sealed[..]),
        ]
    }
}

/// Every file below a folder.
fn files_below(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, all) } else { all.push(path) }
    }
}

/// Where a byte string stands.
fn found(files: &[PathBuf], needle: &[u8]) -> Vec<PathBuf> {
    let search = aho_corasick::AhoCorasick::new([needle]).unwrap();
    files.iter().filter(|f| std::fs::read(f).is_ok_and(|bytes| search.is_match(&bytes))).cloned().collect()
}

/// The data folder, and on PostgreSQL the data files of its tables. Its own log is the operator's to let go.
fn database_files(house: &House) -> Vec<PathBuf> {
    let mut all = vec![];
    files_below(&house.config.data, &mut all);
    if house.config.database.is_some() {
        files_below(&std::env::temp_dir().join(format!("jingui-pg-{}/data/base", std::process::id())), &mut all);
    }
    all
}

/// With the root key, the present ring and every wrapped key in the database: nothing of the loot opens.
async fn nothing_opens(store: &Store, ring: &str, loot: &Loot) {
    let vault = jingui_vault::KeyringFile::from_json(ring).unwrap().unlock(Unlock::Passphrase(PASSPHRASE)).unwrap();
    assert!(open_record(&vault, &loot.row).is_err(), "the old row with its old key");
    let rows = store.records_after(None, 10_000).await.unwrap();
    assert!(rows.len() > 10);
    // What a row is bound to, so that only the key is missing.
    let bound = [loot.row.id.as_bytes().as_slice(), &loot.row.version.to_be_bytes()].concat();
    for row in rows.iter().filter(|r| !r.key.is_empty()) {
        let with = RecordRow { key: row.key.clone(), ..loot.row.clone() };
        assert!(open_record(&vault, &with).is_err(), "the old row with the wrapped key of {}", row.kind);
        let key = vault.record_key(row.id, &row.key).unwrap();
        assert!(key.open("record", &bound, &loot.row.sealed).is_err(), "the old row with the key of {}", row.kind);
        for event in &loot.events {
            assert!(key.open("event", event.id.as_bytes(), &event.sealed).is_err(), "{} with the key of {}", event.act, row.kind);
        }
    }
}

/// The first file of a record, opened with the root key and a key ring.
async fn content(house: &House, ring: &str, record: Id) -> Vec<u8> {
    let vault = jingui_vault::KeyringFile::from_json(ring).unwrap().unlock(Unlock::Passphrase(PASSPHRASE)).unwrap();
    let row = house.live.store.record(record).await.unwrap().unwrap();
    let file = jingui_app::files::versions(&house.record(record)).next().unwrap();
    let key = vault.record_key(record, &row.key).unwrap().file_key(file.id, &STANDARD.decode(&file.key).unwrap()).unwrap();
    let (mut object, mut opened) = (house.live.objects.open_object(&file.object).await.unwrap(), vec![]);
    jingui_vault::file::open(&key, &mut object, &mut opened).unwrap();
    opened
}

async fn whole(house: &House) {
    let elsewhere = Elsewhere { database: house.config.database.clone(), objects: None, ledger: None };
    let clock = std::sync::Arc::clone(&house.clock);
    let report = verify(&house.config.data, &elsewhere, clock, &SystemRng).await.unwrap();
    assert_eq!(report.outcome, Outcome::Whole, "{:?} {:?}", report.ledger.damages, report.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_5_nothing_of_a_destroyed_secret_comes_back_with_the_root_key_in_hand() {
    for backend in BOTH {
        let cast = cast(backend).await;
        let (secret, other) = (cast.secret("淬火介质配方", "core").await, cast.secret("另一项", "core").await);
        let house = &cast.house;
        let loot = loot(house, secret.id, 3).await;
        // The search finds what is there: it could also find what should not be.
        house.live.store.write_anew().await.unwrap();
        let before = database_files(house);
        for (what, needle) in loot.needles() {
            // PostgreSQL packs the key ring, so that its text is not to be seen in the file.
            let packed = backend == Backend::Postgres && what == "the epoch's key";
            assert!(packed || !found(&before, needle).is_empty(), "{what} is there before");
        }
        let asked = cast.destroyed(&secret, "core").await;

        // The register's entry keeps number, grade and dates; what it said is gone.
        let rest = house.record(secret.id);
        assert_eq!((rest.state.as_str(), &rest.number), ("destroyed", &secret.number));
        assert_eq!((&rest.data["grade"], &rest.data["classified_on"]), (&json!("core"), &json!("2026-11-01")));
        assert_eq!(rest.data["name"], json!(secret.number));
        for gone in ["points", "files", "circle_persons", "summary"] {
            assert!(!rest.data.contains_key(gone), "{gone}");
        }
        assert_eq!(asked.data["copies"], json!("none"));
        let line = &asked.data["outcome"][0];
        assert_eq!((&line["what"], &line["objects"]), (&json!(secret.number), &json!(1)));
        assert!(asked.data["ledger_index"].as_u64().unwrap() > line["last_index"].as_u64().unwrap());

        // Database, log, free pages, key ring, store of files.
        let after = database_files(house);
        for (what, needle) in loot.needles() {
            assert_eq!(found(&after, needle), Vec::<PathBuf>::new(), "{what} on {backend:?}");
        }
        assert!(!house.live.objects.exists(&loot.object).await.unwrap());
        let ring = house.node.keyring().await.unwrap().unwrap().to_json().unwrap();
        nothing_opens(&house.live.store, &ring, &loot).await;
        // The old key ring is the one thing that opened it: so the search works, and that copy is what must be gone.
        let old = jingui_vault::KeyringFile::from_json(&loot.ring).unwrap().unlock(Unlock::Passphrase(PASSPHRASE)).unwrap();
        assert!(open_record(&old, &loot.row).is_ok());

        // Its time line still stands, without what it said; the others are untouched; the ledger is whole.
        let lines = house.live.history(&house.caller("office"), "secret", secret.id, None, 50).await.unwrap();
        assert_eq!(lines.first().map(|l| l.act.as_str()), Some("destroyed"));
        assert!(lines.iter().skip(1).all(|l| l.changes.is_empty() && l.circumstances.is_empty()) && lines.len() > 2);
        let row = house.live.store.record(other.id).await.unwrap().unwrap();
        assert_ne!(row.key[..5], loot.row.key[..5], "it hangs on the new epoch");
        assert_eq!(content(house, &ring, other.id).await, CONTENT);
        whole(house).await;
        let house = cast.house.restart().await;
        assert_eq!(house.record(secret.id).state, "destroyed");
        house.node.stop().await;
    }
}

fn backups(house: &House) -> usize {
    let world = house.live.world.read();
    world.in_states("backup_record", &["stored", "tested"]).unwrap().len()
}

async fn backed_up(house: &House, count: usize) {
    for _ in 0..1500 {
        if backups(house) >= count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no backup was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_5_the_last_copy_in_backups_dies_on_the_day_that_the_certificate_names() {
    let cast = cast(Backend::chosen()).await;
    let secret = cast.secret("淬火介质配方", "important").await;
    let house = &cast.house;
    let off = house.dir.path().join("off");
    let place = json!({ "name": "异地库", "place": off, "department": cast.department, "operator": cast.people[0] });
    let admin = house.caller("sysadmin");
    let place = house.create(&admin, "backup_place", place).await.unwrap();
    backed_up(house, 1).await;
    let early = house.clock.now();
    let keys = |house: &House| {
        let mut all = vec![];
        files_below(&house.dir.path().join("off/generations/keys"), &mut all);
        all
    };
    let first = keys(house);
    assert!(!first.is_empty());
    let loot = loot(house, secret.id, 2).await;
    let asked = cast.destroyed(&secret, "important").await;
    assert_eq!(asked.data["copies"], json!("until"));
    let last = asked.day("last_copy").unwrap();
    assert!(last > house.live.today());
    house.act(&admin, &place, "run", json!({})).await.unwrap();
    backed_up(house, 2).await;

    // An older state, restored with the keys that are still there, does not give it back: the list of destroyed keys is heeded.
    let restored = async |name: &str, at| {
        let data = house.dir.path().join(name);
        let request = Request {
            from: off.display().to_string(),
            data: data.clone(),
            elsewhere: Elsewhere::default(),
            at: Some(at),
            way: Way::Vault(jingui_vault::Method::Passphrase, PASSPHRASE.to_owned().into()),
        };
        let clock = std::sync::Arc::clone(&house.clock);
        let told = restore(request, clock, std::sync::Arc::new(SystemRng)).await.unwrap();
        assert_eq!(told.verification.unwrap().outcome, Outcome::Whole);
        let store = Store::open_reading(&data).await.unwrap();
        let row = store.record(secret.id).await.unwrap().unwrap();
        let ring = String::from_utf8(store.meta("keyring").await.unwrap().unwrap()).unwrap();
        (store, row, ring)
    };
    let (old, row, _) = restored("early", early).await;
    assert!(row.key.is_empty() && row.sealed == loot.row.sealed, "it has what was sealed, and no key to it");
    old.close().await;
    // The newest state has the entry that is left, with the key of its own.
    let (new, row, ring) = restored("late", house.clock.now()).await;
    let vault = jingui_vault::KeyringFile::from_json(&ring).unwrap().unlock(Unlock::Passphrase(PASSPHRASE)).unwrap();
    assert_eq!(open_record(&vault, &row).unwrap().0.state, "destroyed");
    nothing_opens(&new, &ring, &loot).await;
    new.close().await;

    assert!(house.live.today().plus_days(40) > last);
    // The day has come: the next backup deletes the keys from before. Now no ring opens what was sealed, whoever reads the place.
    house.clock.set(house.clock.now().plus_seconds(40 * 86_400));
    let had = backups(house);
    house.act(&admin, &place, "run", json!({})).await.unwrap();
    backed_up(house, had + 1).await;
    let now = keys(house);
    assert!(first.iter().all(|f| !now.contains(f)), "{first:?} {now:?}");
    let (old, row, ring) = restored("expired", early).await;
    assert!(row.key.is_empty());
    nothing_opens(&old, &ring, &loot).await;
    old.close().await;
    house.node.stop().await;
}

/// A crash in the middle: the next start goes on, and nothing is half done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_5_a_destruction_that_was_cut_short_goes_on() {
    let cast = cast(Backend::Sqlite).await;
    let secret = cast.secret("淬火介质配方", "general").await;
    let asked = cast.begun(&secret, "general").await;
    let loot = loot(&cast.house, secret.id, 1).await;
    cast.witnessed(&asked, "general").await;
    let house = cast.house.restart().await;
    done(&house, asked.id).await;
    assert_eq!(house.record(secret.id).state, "destroyed");
    for (what, needle) in loot.needles() {
        assert_eq!(found(&database_files(&house), needle), Vec::<PathBuf>::new(), "{what}");
    }
    whole(&house).await;
    house.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_7_3_what_is_held_back_keeps_its_files_and_is_not_destroyed() {
    let cast = cast(Backend::chosen()).await;
    let secret = cast.secret("淬火介质配方", "important").await;
    let house = &cast.house;
    let (office, second) = (house.caller("office"), house.caller("office2"));
    let asked = cast.begun(&secret, "important").await;
    let data = json!({
        "name": "诉讼保全", "secrets": [secret.id], "grade": "important", "department": cast.department, "reason": "litigation",
        "keeper": cast.people[0],
    });
    let hold = house.create(&office, "data_hold", data).await.unwrap();
    house.act(&office, &hold, "submit", json!({})).await.unwrap();
    house.act(&second, &hold, "approve", json!({})).await.unwrap();
    assert_eq!(house.record(hold.id).state, "active");
    // What was approved before is refused at the last moment.
    house.act(&house.caller("qian"), &asked, "approve", json!({})).await.unwrap();
    assert_eq!(house.act(&house.caller("sun"), &asked, "approve", json!({})).await.unwrap_err().code(), "guard.none_for");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(house.record(secret.id).state, "effective");
    // Nor can a file be replaced or taken away; another one may be added.
    let file = jingui_app::files::versions(&house.record(secret.id)).next().unwrap();
    let content = Box::new(std::io::Cursor::new(b"another".to_vec()));
    let system = Caller::system();
    let live = &house.live;
    let next = live.attach(&system, "secret", secret.id, "files", Some(file.series), "配方.txt", "text/plain", content).await;
    assert_eq!(next.unwrap_err().code(), "preservation.held");
    let now = house.record(secret.id);
    let detach = house.act(&system, &now, "detach", json!({ "field": "files", "file": file.id })).await;
    assert_eq!(detach.unwrap_err().code(), "preservation.held");
    let edit = house.act(&system, &now, "edit", json!({ "files": [] })).await;
    assert_eq!(edit.unwrap_err().code(), "preservation.held");
    cast.attach(secret.id, b"addition").await.unwrap();
    // A new application is refused at once.
    let data = json!({
        "name": "再销毁", "secrets": [secret.id], "grade": "important", "department": cast.department, "reason": "used", "grounds": "说明",
        "operator": cast.people[0], "witnesses": [cast.people[1], cast.people[2]],
    });
    let again = house.create(&office, "data_destruction", data).await.unwrap();
    assert_eq!(house.act(&office, &again, "submit", json!({})).await.unwrap_err().code(), "guard.none_for");
    // The committee lifts it.
    house.act(&office, &hold, "lift", json!({ "lift_reason": "判决生效" })).await.unwrap();
    house.act(&house.caller("lin"), &hold, "approve", json!({})).await.unwrap();
    house.act(&office, &again, "submit", json!({})).await.unwrap();
    house.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_7_3_3_the_review_opens_every_file_held_and_damage_becomes_work() {
    let cast = cast(Backend::chosen()).await;
    let (secret, free) = (cast.secret("淬火介质配方", "important").await, cast.secret("未封存", "important").await);
    cast.attach(secret.id, b"second").await.unwrap();
    let house = &cast.house;
    let office = house.caller("office");
    let data = json!({
        "name": "封存", "secrets": [secret.id], "grade": "important", "department": cast.department, "reason": "stable", "keeper": cast.people[0],
    });
    let hold = house.create(&office, "data_hold", data).await.unwrap();
    house.act(&office, &hold, "submit", json!({})).await.unwrap();
    house.act(&house.caller("office2"), &hold, "approve", json!({})).await.unwrap();
    let review = async || {
        let data = json!({ "name": "年度审查", "department": cast.department, "responsible": cast.people[0] });
        let made = house.create(&office, "integrity_review", data).await.unwrap();
        assert!(house.act(&house.caller("wang"), &made, "run", json!({})).await.is_err());
        house.act(&office, &made, "run", json!({})).await.unwrap();
        house.until("the review ends", |h| h.record(made.id).state != "running").await;
        house.record(made.id)
    };
    let good = review().await;
    assert_eq!((good.state.as_str(), &good.data["records"], &good.data["checked"]), ("intact", &json!(1), &json!(2)));
    // One bit of one sealed file, and a file that is gone; what nobody holds back is not looked at.
    let objects = |id| jingui_app::files::versions(&house.record(id)).map(|v| v.object).collect::<Vec<_>>();
    let path = |name: &str| house.config.data.join("objects").join(&name[..2]).join(name);
    let held = objects(secret.id);
    let mut bytes = std::fs::read(path(&held[0])).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    std::fs::remove_file(path(&held[0])).unwrap();
    std::fs::write(path(&held[0]), bytes).unwrap();
    std::fs::remove_file(path(&held[1])).unwrap();
    std::fs::remove_file(path(&objects(free.id)[0])).unwrap();
    let bad = review().await;
    assert_eq!((bad.state.as_str(), &bad.data["damaged"]), ("damaged", &json!(2)));
    let problems: Vec<_> = bad.data["findings"].as_array().unwrap().iter().map(|f| f["problem"].as_str().unwrap()).collect();
    assert_eq!(problems, ["damaged", "missing"]);
    let work = house.record(bad.one("work").unwrap());
    assert_eq!((work.kind.as_str(), &work.data["responsible"]), ("corrective_action", &json!(cast.people[0])));
    house.node.stop().await;
}

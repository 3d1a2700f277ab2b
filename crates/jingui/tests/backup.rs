//! Backups as an operator has them (B 7.2.2, H 9.6.2 d and g): taken beside a running server, restored to the last row, rehearsed; and
//! everything that must not be restored silently.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use jingui_store::{
    Place, Store,
    dump::{TABLES, Table, Value as Cell},
};
use serde_json::{Value, json};

fn jingui(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
    command.args(args).env("LANG", "en_US.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("JINGUI_DATABASE");
    command
}

fn run(args: &[&str]) -> Output {
    jingui(args).output().expect("the program")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs it, expects an exit code, gives what it says as JSON.
fn json_of(args: &[&str], code: i32) -> Value {
    let out = run(&[args, &["--json"]].concat());
    assert_eq!(out.status.code(), Some(code), "{args:?}: {}", said(&out));
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&out)))
}

/// A company with a place for backups.
struct Company {
    folder: tempfile::TempDir,
    made: Value,
}

impl Company {
    fn new() -> Self {
        Self::of("aes256gcm")
    }
    fn of(suite: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let made = json_of(&["init", "--data", &path("data"), "--sample", "bearing", "--suite", suite, "--key-file", &path("key")], 0);
        Self { folder, made }
    }
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
    fn backup(&self) -> Value {
        json_of(&["backup", "--data", &self.path("data"), "--to", &self.path("place")], 0)
    }
    fn restore(&self, to: &str, more: &[&str]) -> Output {
        run(&[&["restore", "--from", &self.path("place"), "--data", &self.path(to), "--key-file", &self.path("key")], more].concat())
    }
    fn drill(&self, code: i32) -> Value {
        let (place, data, key) = (self.path("place"), self.path("data"), self.path("key"));
        json_of(&["restore", "--from", &place, "--data", &data, "--key-file", &key, "--drill"], code)
    }
    fn serve(&self, data: &str, more: &[&str]) -> Server {
        let (data, key) = (self.path(data), self.path("key"));
        let args = [&["serve", "--data", &data, "--key-file", &key, "--listen", "127.0.0.1:0"], more].concat();
        let mut child = jingui(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("output")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let office = self
            .made
            .get("sign_ins")
            .and_then(Value::as_array)
            .and_then(|all| all.iter().find(|s| s["login"] == "office"))
            .expect("office");
        let body = json!({ "login": "office", "password": office["password"] }).to_string();
        let signed = agent.post(format!("{url}/api/session")).header("content-type", "application/json").send(body).expect("answer");
        let cookie =
            signed.headers().get("set-cookie").expect("cookie").to_str().expect("text").split(';').next().unwrap_or_default().to_owned();
        Server { child, url, agent, cookie }
    }
    /// Every file of the place below a folder.
    fn files(&self, below: &str) -> Vec<PathBuf> {
        let mut found = vec![];
        collect(&self.folder.path().join("place").join(below), &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { collect(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

struct Server {
    child: Child,
    url: String,
    agent: ureq::Agent,
    cookie: String,
}

impl Server {
    /// A new department, so that something has happened.
    fn act(&self, name: &str) {
        let body = json!({ "data": { "name": name, "code": name } }).to_string();
        let request = self.agent.post(format!("{}/api/records/department", self.url)).header("content-type", "application/json");
        let answer = request.header("cookie", &self.cookie).header("x-jingui", "1").send(body).expect("answer");
        let status = answer.status().as_u16();
        assert!((200..300).contains(&status), "{status}: {}", answer.into_body().read_to_string().unwrap_or_default());
    }
    fn end(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|s| s.success()));
        assert!(self.child.wait().expect("end").success());
    }
}

/// Every row of every table that a backup holds, with its wrapped key.
async fn rows(place: &Place) -> BTreeMap<&'static str, Vec<Vec<Cell>>> {
    let store = Store::examine(place).await.expect("database");
    let mut snapshot = store.snapshot().await.expect("snapshot");
    let mut all = BTreeMap::new();
    for table in TABLES {
        let (mut cursor, mut own) = (table.start(), vec![]);
        loop {
            let page = snapshot.rows(table, &mut cursor).await.expect("rows");
            if page.is_empty() {
                break;
            }
            own.extend(page.iter().map(|row| table.unpack(&row.bytes, row.secret.as_deref()).expect("a row")));
        }
        // The mark of a restore is what a restore adds.
        own.retain(|row| row.first() != Some(&Cell::Text("restored".to_owned())));
        all.insert(table.name, own);
    }
    drop(snapshot);
    store.close().await;
    all
}

fn folder(path: String) -> Place {
    Place::Folder(PathBuf::from(path))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_company_is_equal_in_every_row_and_file() {
    let company = Company::new();
    fs::create_dir_all(company.path("data/overlay/kinds")).expect("overlay");
    fs::write(company.path("data/overlay/kinds/README"), "ours").expect("overlay");
    company.backup();
    let restored = company.restore("again", &[]);
    assert_eq!(restored.status.code(), Some(0), "{}", said(&restored));
    assert_eq!(rows(&folder(company.path("data"))).await, rows(&folder(company.path("again"))).await);
    let read = |folder: &str, file: &str| fs::read(company.path(&format!("{folder}/{file}"))).ok();
    for file in ["overlay/kinds/README", "ledger/checkpoint", "ledger/vkey"] {
        assert_eq!(read("data", file), read("again", file), "{file}");
    }
    // The twin is laid out when it had grown before the backup; otherwise the node makes it.
    if let Some(twin) = read("again", "ledger-sm3/checkpoint") {
        assert_eq!(read("data", "ledger-sm3/checkpoint"), Some(twin));
    }
    let whole = run(&["verify", &company.path("again")]);
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    let over = company.restore("again", &[]);
    assert_eq!(over.status.code(), Some(1), "nothing is restored over something: {}", said(&over));
    // Neither the place nor what lies openly in it says a word of what is kept.
    for file in company.files("") {
        let bytes = fs::read(&file).expect("file");
        for word in ["bearing", "轴承", "office", "department"] {
            assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word} in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_writing_server_is_of_one_instant_and_what_follows_costs_little() {
    let company = Company::new();
    let first = company.backup();
    let server = company.serve("data", &[]);
    let done = std::sync::atomic::AtomicBool::new(false);
    let reports = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                n += 1;
                server.act(&format!("D{n}"));
            }
        });
        let reports: Vec<Value> = (0..4).map(|_| company.backup()).collect();
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        reports
    });
    server.end();
    assert!(reports.windows(2).all(|two| two[0]["entries"].as_u64() < two[1]["entries"].as_u64()), "{reports:?}");
    let (all, later) = (first["written"].as_u64().expect("bytes"), reports[3]["written"].as_u64().expect("bytes"));
    assert!(later * 2 < all && reports[3]["kept"].as_u64() > Some(3), "{later} of {all}");
    let restored = company.restore("again", &[]);
    assert_eq!(restored.status.code(), Some(0), "{}", said(&restored));
    // Where nothing has happened nothing is written but the wrapped keys and the manifest.
    let still = json_of(&["backup", "--data", &company.path("again"), "--to", &company.path("place")], 0);
    assert!(still["new"].as_u64() <= Some(1), "{still}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_ledger_says_so_and_one_that_is_behind_waits_for_a_person() {
    let company = Company::new();
    let early = company.backup();
    let server = company.serve("data", &[]);
    server.act("LATER");
    server.end();
    company.backup();
    // The newest: it goes on by itself, and its next entry says that it was restored.
    assert_eq!(company.restore("newest", &[]).status.code(), Some(0));
    let server = company.serve("newest", &[]);
    server.act("ON");
    server.end();
    let acts = |rows: &BTreeMap<&'static str, Vec<Vec<Cell>>>| -> Vec<String> {
        let act = |row: &Vec<Cell>| if let Cell::Text(act) = &row[4] { act.clone() } else { String::new() };
        rows["events"].iter().map(act).collect()
    };
    let (before, after) = (rows(&folder(company.path("data"))).await, rows(&folder(company.path("newest"))).await);
    assert_eq!(acts(&after).get(acts(&before).len()).map(String::as_str), Some("restored"));
    assert_eq!(run(&["verify", &company.path("newest")]).status.code(), Some(0));
    // An older one: what its place knows beyond it must be decided about.
    let old = company.restore("older", &["--at", early["at"].as_str().expect("time")]);
    assert_eq!(old.status.code(), Some(0), "{}", said(&old));
    let (data, key) = (company.path("older"), company.path("key"));
    let checkpoint = fs::read(company.path("older/ledger/checkpoint")).expect("checkpoint");
    let refused = run(&["serve", "--data", &data, "--key-file", &key, "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("--accept-restore"), "{}", said(&refused));
    assert_eq!(fs::read(company.path("older/ledger/checkpoint")).expect("checkpoint"), checkpoint, "nothing was signed");
    let server = company.serve("older", &["--accept-restore"]);
    server.act("ELSE");
    server.end();
    assert_eq!(run(&["verify", &data]).status.code(), Some(0));
    let events = acts(&rows(&folder(data.clone())).await);
    assert_eq!(
        events.get(usize::try_from(early["entries"].as_u64().expect("number")).expect("number")).map(String::as_str),
        Some("restored")
    );
    // Once decided, it is decided.
    company.serve("older", &[]).end();
}

#[test]
fn a_changed_byte_in_any_file_is_noticed_and_named() {
    let company = Company::new();
    company.backup();
    for file in company.files("") {
        let name = file.strip_prefix(company.folder.path().join("place")).expect("within").display().to_string();
        let whole = fs::read(&file).expect("file");
        let mut changed = whole.clone();
        let at = changed.len() * 2 / 3;
        changed[at] ^= 1;
        fs::write(&file, &changed).expect("file");
        let out = company.restore("bad", &[]);
        assert_eq!(out.status.code(), Some(1), "{name}: {}", said(&out));
        if ["content/", "keys/", "snapshots/"].iter().any(|folder| name.starts_with(folder)) {
            assert!(said(&out).contains(&name), "{name}: {}", said(&out));
            let drill = company.drill(1);
            assert_eq!((drill["passed"].as_bool(), drill["failure"]["file"].as_str()), (Some(false), Some(name.as_str())));
        }
        drop(fs::remove_dir_all(company.path("bad")));
        fs::write(&file, &whole).expect("file");
    }
    assert_eq!(company.restore("good", &[]).status.code(), Some(0));
}

#[test]
fn a_backup_that_broke_off_is_none_and_a_restore_that_broke_off_is_not_served() {
    let company = Company::new();
    company.backup();
    for snapshot in company.files("snapshots") {
        fs::remove_file(snapshot).expect("snapshot");
    }
    let none = company.restore("none", &[]);
    assert!(none.status.code() == Some(1) && said(&none).contains("no such backup"), "{}", said(&none));
    // The next one makes it whole again, whatever lies there.
    company.backup();
    assert_eq!(company.restore("good", &[]).status.code(), Some(0));
    fs::write(company.path("good/restoring"), "").expect("mark");
    let refused = run(&["serve", "--data", &company.path("good"), "--key-file", &company.path("key"), "--listen", "127.0.0.1:0"]);
    assert!(refused.status.code() == Some(1) && said(&refused).contains("did not come to its end"), "{}", said(&refused));
}

#[test]
fn only_recipients_open_a_backup_each_by_itself() {
    only_recipients_open_a_backup_in("aes256gcm", "jingui-backup-1:");
}

/// An enterprise on the Chinese suite: the vault's own key and the lawyer's are of SM2.
#[test]
fn only_recipients_open_a_backup_to_sm2_keys() {
    only_recipients_open_a_backup_in("sm4gcm", "jingui-backup-2:");
}

fn only_recipients_open_a_backup_in(suite: &str, mark: &str) {
    let company = Company::of(suite);
    let (secret, stranger) = (company.path("secret"), company.path("stranger"));
    let public = String::from_utf8(run(&["backup-key", "--suite", suite, "--out", &secret]).stdout).expect("text");
    run(&["backup-key", "--suite", suite, "--out", &stranger]);
    company.backup();
    fs::create_dir_all(company.path("data/backup")).expect("folder");
    fs::write(company.path("data/backup/recipients"), format!("# the lawyer\n{public}")).expect("recipients");
    // A recipient who is new can open all of it: what lay there for others only is written anew.
    assert_eq!(company.backup().get("recipients"), Some(&Value::from(2)));
    let place = company.path("place");
    for file in fs::read_dir(format!("{place}/generations/content")).expect("generations").flatten() {
        let generation: Value = serde_json::from_slice(&fs::read(file.path()).expect("generation")).expect("json");
        let recipients = generation.get("recipients").and_then(Value::as_array).expect("recipients");
        let to: Vec<&str> = recipients.iter().filter_map(|r| r.get("to")?.as_str()).collect();
        assert!(!to.is_empty() && to.iter().all(|to| to.starts_with(mark)), "{to:?}");
    }
    for (key, data, code) in [(&secret, "by-secret", 0), (&stranger, "by-stranger", 1)] {
        let out = run(&["restore", "--from", &place, "--data", &company.path(data), "--recipient-key", key]);
        assert_eq!(out.status.code(), Some(code), "{}", said(&out));
    }
    fs::write(company.path("sheet"), company.made.get("recovery_code").and_then(Value::as_str).expect("code")).expect("sheet");
    let sheet = run(&["restore", "--from", &place, "--data", &company.path("by-sheet"), "--recovery-file", &company.path("sheet")]);
    assert_eq!(sheet.status.code(), Some(0), "{}", said(&sheet));
    let other = Company::new();
    let foreign = run(&["restore", "--from", &place, "--data", &company.path("by-other"), "--key-file", &other.path("key")]);
    assert!(foreign.status.code() == Some(1) && said(&foreign).contains("this key does not fit"), "{}", said(&foreign));
    let mixed = run(&["backup", "--data", &other.path("data"), "--to", &place]);
    assert!(mixed.status.code() == Some(1) && said(&mixed).contains("another company"), "{}", said(&mixed));
    let inside = run(&["backup", "--data", &company.path("data"), "--to", &company.path("data/backups")]);
    assert!(inside.status.code() == Some(1) && said(&inside).contains("inside the data folder"), "{}", said(&inside));
}

/// Opens the database of a stopped company for changes behind the program's back.
async fn meddle(path: &str, sql: &'static str) {
    use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(format!("{path}/jingui.db"));
    let mut link = options.connect().await.expect("database");
    link.execute(sql).await.expect("statement");
    link.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_is_evidence_and_finds_a_changed_row() {
    let company = Company::new();
    company.backup();
    let drill = company.drill(0);
    assert_eq!((drill["passed"].as_bool(), drill["continues"].as_bool()), (Some(true), Some(true)), "{drill}");
    let events = rows(&folder(company.path("data"))).await.remove("events").expect("events");
    let last: Vec<_> = events.iter().rev().take(2).map(|row| row[4].clone()).collect();
    assert!(last.contains(&Cell::Text("restore_drill".to_owned())) && last.contains(&Cell::Text("backed_up".to_owned())), "{last:?}");
    // Beside a server the report waits, sealed, and the server enters it.
    let server = company.serve("data", &[]);
    assert_eq!(company.drill(0)["passed"], true);
    let reports = fs::read_dir(company.path("data/backup/reports")).expect("folder").flatten().count();
    assert_eq!(reports, 1);
    server.end();
    company.serve("data", &[]).end();
    assert_eq!(fs::read_dir(company.path("data/backup/reports")).expect("folder").flatten().count(), 0);
    // Somebody exchanges a record for an older state of it: the digest in the ledger is another one.
    meddle(
        &company.path("data"),
        "UPDATE records SET sealed = zeroblob(100) WHERE id = (SELECT id FROM records ORDER BY id LIMIT 1 OFFSET 7)",
    )
    .await;
    company.backup();
    let drill = company.drill_only(1);
    assert_eq!(drill["passed"], false);
    assert!(drill["restored"]["verification"]["findings"].to_string().contains("verify.record_changed"), "{drill}");
    assert_eq!(drill["unopened"].as_array().map(Vec::len), Some(1));
}

impl Company {
    /// Where the damaged data cannot be unsealed any more: the report stays for later.
    fn drill_only(&self, code: i32) -> Value {
        let (place, data, key) = (self.path("place"), self.path("nowhere"), self.path("key"));
        json_of(&["restore", "--from", &place, "--data", &data, "--key-file", &key, "--drill"], code)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_destroyed_is_not_given_back_by_an_older_backup() {
    let company = Company::new();
    let early = company.backup();
    let victim = rows(&folder(company.path("data"))).await["records"][20][0].clone();
    meddle(
        &company.path("data"),
        "INSERT INTO destroyed_keys (record, at) SELECT id, updated + 1 FROM records ORDER BY id LIMIT 1 OFFSET 20;
         UPDATE records SET key = x'' WHERE id = (SELECT record FROM destroyed_keys)",
    )
    .await;
    company.backup();
    let at = early["at"].as_str().expect("time");
    let restored = company.restore("early", &["--at", at, "--json"]);
    let report: Value = serde_json::from_slice(&restored.stdout).expect("json");
    assert_eq!(report["destroyed"], 1, "{report}");
    let all = rows(&folder(company.path("early"))).await;
    let row = all["records"].iter().find(|row| row[0] == victim).expect("the record");
    assert_eq!(row[7], Cell::Bytes(vec![]), "its key is gone");
    assert_eq!(all["destroyed_keys"].len(), 1);
    // Its own wrapped keys are over: those of the next backup open everything but what was destroyed.
    let generation = company.files("generations/keys").into_iter().map(|file| {
        let text: Value = serde_json::from_slice(&fs::read(&file).expect("file")).expect("json");
        (text["at"].as_str().expect("time").to_owned(), file)
    });
    fs::remove_file(generation.min().expect("a generation").1).expect("removed");
    let later: Value = serde_json::from_slice(&company.restore("later", &["--at", at, "--json"]).stdout).expect("json");
    assert!(later["keys_of"].is_string() && later["verification"]["outcome"] == "whole", "{later}");
    let (early, later) = (rows(&folder(company.path("early"))).await, rows(&folder(company.path("later"))).await);
    assert_eq!(early["records"], later["records"]);
}

#[test]
fn every_table_and_column_of_the_schema_is_in_a_backup_or_left_out_by_name() {
    let known = |table: &Table| (table.name.to_owned(), table.columns.split(", ").map(str::to_owned).collect::<Vec<_>>());
    let mut dumped: BTreeMap<String, Vec<String>> = TABLES.iter().map(known).collect();
    let folder = tempfile::tempdir().expect("folder");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let schema: Vec<(String, String)> = runtime.block_on(async {
        use sqlx::{ConnectOptions as _, Row as _};
        Store::open(&Place::Folder(folder.path().to_owned())).await.expect("store").close().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("jingui.db"));
        let mut link = options.connect().await.expect("database");
        let sql = "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid";
        let rows = sqlx::query(sql).fetch_all(&mut link).await.expect("schema");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    });
    for (table, column) in schema.iter().filter(|(table, _)| !jingui_store::dump::LEFT_OUT.contains(&table.as_str())) {
        let columns = dumped.get_mut(table).unwrap_or_else(|| panic!("the table {table} is in no backup"));
        assert!(columns.contains(column), "the column {table}.{column} is in no backup");
        columns.retain(|own| own != column);
    }
    assert!(dumped.values().all(Vec::is_empty), "{dumped:?}");
}

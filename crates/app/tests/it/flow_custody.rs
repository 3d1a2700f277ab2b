//! Dual control of core secrets (B 4.2.1, H 8.3.1): two custodians open, and each attacker fails: administrator, thief of the database, holder
//! of the root key, one custodian alone.

mod attackers;

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_app::{
    custody::{CustodyView, Release, Released, Waiting, fingerprint},
    keys::Because,
    setup::SetupRequest,
    viewing::PrintAsk,
    world::caller::Caller,
};
use jingui_kinds::record::{FileVersion, Record};
use jingui_model::{Id, Lang, Problem};
use jingui_vault::{
    SystemRng,
    custody::{Lock, release},
    envelope::{Algorithm, Pair, Recipient},
    shares::Share,
    suite,
};
use serde_json::json;

use self::attackers::{
    one_custodian_fails, the_administrator_fails, the_thief_with_the_root_key_fails_even_with_one_custodian,
    two_custodians_without_the_server_fail,
};
use crate::support::{Backend, House, PASSWORD, founders, house_as};

/// The same with each suite: each scenario is a test of a company with the one and of a company with the other.
macro_rules! in_both_suites {
    ($($scenario:ident)*) => {
        mod world {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(jingui_vault::suite::AES_SHA256).await;
            })*
        }
        mod china {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(jingui_vault::suite::SM4_SM3).await;
            })*
        }
    };
}

in_both_suites! {
    two_custodians_open_a_core_secret_for_one_reader_and_one_time
    reader_custodian_and_office_can_end_an_opening_and_a_restart_ends_them_all
    the_administrator_fails
    the_thief_with_the_root_key_fails_even_with_one_custodian
    two_custodians_without_the_server_fail
    one_custodian_fails
    after_a_custodian_leaves_the_keys_are_shared_anew
    the_escrow_of_the_committee_opens_when_custodians_cannot
    bad_input_is_named
    b_4_2_a_locked_file_is_printed_under_its_transfer_only_while_its_opening_stands
    b_4_1_4_two_custodians_lift_the_lock_of_a_secret_that_is_core_no_more
    h_9_6_5_a_locked_secret_is_destroyed_with_its_lock_and_its_openings
}

struct Cast {
    house: House,
    secret: Record,
    department: Id,
    /// Custodians' records and the keys on their own devices.
    devices: BTreeMap<&'static str, (Id, Pair)>,
}

const EARLIER: &[u8] = "热处理曲线，任命保管人之前附上".as_bytes();
const LATER: &[u8] = "磨削参数，上锁之后附上".as_bytes();

/// A core secret in force with one file from before there were custodians.
async fn cast(suite: u16) -> Cast {
    let house = house_as(Backend::chosen(), &SetupRequest { suite, ..founders(None) }, |_| {}).await;
    for (login, name) in [("chen", "陈主任"), ("lin", "林委员")] {
        house.person(login, name, None, &[if login == "chen" { "committee_chair" } else { "committee" }]).await;
    }
    let department = house.department("热处理车间").await;
    let mut ids = BTreeMap::new();
    for (login, name) in [("zhou", "周工"), ("xu", "徐工"), ("jia", "贾保管"), ("yi", "易保管"), ("bing", "邴保管"), ("ding", "丁保管")]
    {
        ids.insert(login, house.person(login, name, Some(department), &["staff"]).await);
    }
    let data = json!({
        "name": "淬火介质配方", "grade": "core", "department": department, "circle_persons": [ids["zhou"], ids["xu"]], "term": { "open": true },
        "classified_on": "2026-11-01", "points": [{ "name": "配比" }],
    });
    let draft = house.system("secret", data).await;
    attach(&house, draft.id, "曲线.txt", EARLIER).await.unwrap();
    let secret = house.act(&Caller::system(), &house.record(draft.id), "register", json!({})).await.unwrap();
    Cast { house, secret, department, devices: BTreeMap::new() }
}

async fn attach(house: &House, record: Id, name: &str, bytes: &[u8]) -> Result<Record, Problem> {
    let content = Box::new(std::io::Cursor::new(bytes.to_vec()));
    house.live.attach(&Caller::system(), "secret", record, "files", None, name, "text/plain", content).await.map(|o| o.record)
}

impl Cast {
    /// Somebody becomes custodian: appointed, makes a key on the own device, is confirmed by the committee.
    async fn appoint(&mut self, login: &'static str, duty: &str) -> Record {
        let (house, office) = (&self.house, self.house.caller("office"));
        let who = house.caller(login);
        let appointed = house.create(&office, "custodian", json!({ "name": login, "person": who.id(), "duty": duty })).await.unwrap();
        let pair = self.pair();
        let key = hex(pair.recipient().bytes());
        house.live.set_custodian_key(&who, appointed.id, &key, "{\"v\":1}").await.unwrap();
        let keyed = house.record(appointed.id);
        assert_eq!(keyed.data["fingerprint"], json!(fingerprint(pair.recipient())));
        let pending = house.act(&office, &keyed, "confirm", json!({})).await.unwrap();
        let active = house.act(&house.caller("chen"), &pending, "approve", json!({})).await.unwrap();
        assert_eq!(active.state, "active");
        self.devices.insert(login, (appointed.id, pair));
        active
    }

    /// What a custodian's device makes: of the enterprise's suite.
    fn pair(&self) -> Pair {
        Pair::generate(Algorithm::of(self.house.live.vault.suite()), &SystemRng).unwrap()
    }

    /// Two custodians, and the effect has locked what there is.
    async fn locked(suite: u16) -> Self {
        let mut cast = cast(suite).await;
        cast.appoint("jia", "custodian").await;
        cast.appoint("yi", "custodian").await;
        let secret = cast.secret.id;
        cast.house.until("the earlier file is locked", |h| files(&h.record(secret)).iter().all(|f| f.lock.is_some())).await;
        cast
    }

    fn file(&self, name: &str) -> FileVersion {
        files(&self.house.record(self.secret.id)).into_iter().find(|f| f.name == name).unwrap()
    }

    async fn read(&self, login: &str, name: &str) -> Result<Vec<u8>, Problem> {
        let (live, caller) = (&self.house.live, self.house.caller(login));
        let viewing = live.view_file(&caller, "a session", "secret", self.secret.id, self.file(name).id, None).await?;
        for content in [EARLIER, LATER] {
            let words: String = String::from_utf8_lossy(content).chars().take(100).collect();
            if !live.viewing_search(&caller, "a session", viewing.id, &words).await?.hits.is_empty() {
                return Ok(content.to_vec());
            }
        }
        Ok(vec![])
    }

    async fn ask(&self, login: &str) -> Result<Id, Problem> {
        self.house.live.ask_opening(&self.house.caller(login), self.secret.id, "工艺评审", 60).await.map(|a| a.id)
    }

    fn view(&self, login: &str) -> CustodyView {
        self.house.live.custody_view(&self.house.caller(login)).unwrap()
    }

    fn waiting(&self, login: &str, opening: Id) -> Waiting {
        self.view(login).openings.into_iter().find(|o| o.id == opening).unwrap()
    }

    /// What the custodian's device does: opens its own sealed shares and seals them to the opening.
    fn on_device(&self, login: &str, opening: Id) -> Release {
        let (holder, pair) = &self.devices[login];
        let waiting = self.waiting(login, opening);
        assert_eq!(waiting.holder, Some(*holder));
        let to = Recipient::from_bytes(&unhex(&waiting.key)).unwrap();
        let sealed = waiting.shares.iter().map(|s| {
            let share = pair.open(&STANDARD.decode(&s.info).unwrap(), &STANDARD.decode(&s.sealed).unwrap()).unwrap();
            release(&to, &waiting.binding, &Share::from_bytes(&share).unwrap(), &SystemRng).unwrap()
        });
        Release { holder: *holder, shares: sealed.collect() }
    }

    async fn hand_over(&self, login: &str, opening: Id) -> Result<Released, Problem> {
        self.house.live.release(&self.house.caller(login), opening, &self.on_device(login, opening)).await
    }

    /// Lock, shares, keys of files, the opening's own key and what is handed over: all in the enterprise's algorithms.
    fn everything_is_of_the_suite(&self, suite: u16, opening: Id) {
        let (algorithm, version, key_length) = if suite == suite::SM4_SM3 { (Algorithm::Sm2, 2, 65) } else { (Algorithm::X25519, 1, 32) };
        let lock = self.lock();
        assert_eq!((lock.algorithm().unwrap(), self.view("jia").algorithm), (algorithm, algorithm.name()));
        assert!(lock.sharings.iter().flat_map(|s| &s.held).all(|held| held.sealed[0] == version));
        let files = files(&self.house.record(self.secret.id));
        assert!(files.iter().all(|file| STANDARD.decode(&file.key).unwrap()[0] == version));
        assert_eq!(unhex(&self.waiting("jia", opening).key).len(), key_length);
        assert!(self.on_device("jia", opening).shares.iter().all(|share| share[0] == version));
    }

    fn lock(&self) -> Lock {
        let world = self.house.live.world.read();
        let record = world.in_states("core_lock", &["locked"]).unwrap().remove(0);
        serde_json::from_str(record.data["body"].as_str().unwrap()).unwrap()
    }
}

fn files(record: &Record) -> Vec<FileVersion> {
    serde_json::from_value(record.data.get("files").cloned().unwrap_or(json!([]))).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap()).collect()
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.err().map(|p| p.code().to_owned()).unwrap_or_default()
}

/// B 4.2.1: two persons. One asks, two others release, the reader reads for the time asked for, and nobody else does.
async fn two_custodians_open_a_core_secret_for_one_reader_and_one_time(suite: u16) {
    let cast = Cast::locked(suite).await;
    attach(&cast.house, cast.secret.id, "磨削.txt", LATER).await.unwrap();
    assert!(cast.file("磨削.txt").lock.is_some(), "a new file is locked from the start");
    for name in ["曲线.txt", "磨削.txt"] {
        assert_eq!(code(cast.read("zhou", name).await), "custody.closed");
    }
    let opening = cast.ask("zhou").await.unwrap();
    assert_eq!(code(cast.ask("zhou").await), "custody.asked_already");
    cast.everything_is_of_the_suite(suite, opening);
    assert!(!cast.hand_over("jia", opening).await.unwrap().open);
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "custody.closed", "one custodian is not enough");
    assert!(cast.hand_over("yi", opening).await.unwrap().open);
    assert_eq!(cast.read("zhou", "曲线.txt").await.unwrap(), EARLIER);
    assert_eq!(cast.read("zhou", "磨削.txt").await.unwrap(), LATER);
    assert_eq!(code(cast.read("xu", "曲线.txt").await), "custody.closed", "it was opened for somebody else");
    // Evidence says who, for what, until when (B 4.4).
    let record = cast.house.record(opening);
    assert_eq!((record.state.as_str(), record.data["released_by"].as_array().unwrap().len()), ("open", 2));
    assert!(record.data["binding"].as_str().unwrap().contains("工艺评审"));
    // Rights withdrawn count at the next request, although the lock stands open.
    let world = Caller::system();
    let xu = cast.house.caller("xu").id();
    cast.house.act(&world, &cast.house.record(cast.secret.id), "edit", json!({ "circle_persons": [xu] })).await.unwrap();
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "record.missing");
    let both = json!({ "circle_persons": [xu, cast.house.caller("zhou").id()] });
    cast.house.act(&world, &cast.house.record(cast.secret.id), "edit", both).await.unwrap();
    assert!(cast.read("zhou", "曲线.txt").await.is_ok());
    // Its time ends by itself.
    cast.house.clock.set(cast.house.live.clock.now().plus_seconds(3601));
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "custody.closed");
}

async fn reader_custodian_and_office_can_end_an_opening_and_a_restart_ends_them_all(suite: u16) {
    let cast = Cast::locked(suite).await;
    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("jia", opening).await.unwrap();
    cast.hand_over("yi", opening).await.unwrap();
    assert!(cast.read("zhou", "曲线.txt").await.is_ok());
    cast.house.act(&cast.house.caller("jia"), &cast.house.record(opening), "recall", json!({})).await.unwrap();
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "custody.closed");

    let opening = cast.ask("zhou").await.unwrap();
    cast.house.act(&cast.house.caller("yi"), &cast.house.record(opening), "refuse", json!({ "refusal": "用途不明" })).await.unwrap();
    assert_eq!(
        code(cast.house.live.release(&cast.house.caller("jia"), opening, &Release { holder: cast.devices["jia"].0, shares: vec![] }).await),
        "custody.not_asked"
    );

    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("jia", opening).await.unwrap();
    let Cast { house, secret, department, devices } = cast;
    let cast = Cast { house: house.restart().await, secret, department, devices };
    cast.house.until("the opening has lapsed", |h| h.record(opening).state == "ended").await;
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "custody.closed");
    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("yi", opening).await.unwrap();
    assert!(cast.hand_over("jia", opening).await.unwrap().open);
}

/// B 5.1.3: a custodian leaves. The shares are made anew by two who stay; the leaver's opens nothing any more.
async fn after_a_custodian_leaves_the_keys_are_shared_anew(suite: u16) {
    let mut cast = Cast::locked(suite).await;
    cast.appoint("bing", "custodian").await;
    let office = cast.house.caller("office");
    assert_eq!((cast.view("office").stale, cast.view("office").locks), (Some(1), Some(1)), "the new custodian has no share yet");
    let sharing = cast.house.live.ask_sharing(&office, "增加保管人", 60).await.unwrap().id;
    assert_eq!(code(cast.house.live.ask_sharing(&cast.house.caller("zhou"), "x", 60).await), "policy.not_permitted");
    cast.hand_over("jia", sharing).await.unwrap();
    assert!(cast.hand_over("yi", sharing).await.unwrap().open);
    assert_eq!((cast.view("office").stale, cast.lock().version), (Some(0), 2));
    assert_eq!(cast.house.record(sharing).state, "ended");

    let old = cast.lock();
    let (left, pair) = cast.devices["jia"].clone();
    cast.house.act(&office, &cast.house.record(left), "retire", json!({ "reason": "离职" })).await.unwrap();
    let opening = cast.ask("zhou").await.unwrap();
    assert!(cast.view("jia").openings.is_empty(), "who left is not asked");
    assert_eq!(cast.view("office").stale, Some(1));
    let sharing = cast.house.live.ask_sharing(&office, "保管人离任", 60).await.unwrap().id;
    cast.hand_over("yi", sharing).await.unwrap();
    cast.hand_over("bing", sharing).await.unwrap();
    let anew = cast.lock();
    assert_eq!((anew.version, anew.of_holder(left).len()), (3, 0));
    // The leaver keeps the old share; with another old one it would have opened, now neither does.
    let secret = cast.secret.id;
    let row = cast.house.live.store.record(secret).await.unwrap().unwrap();
    let key = cast.house.live.vault.record_key(secret, &row.key).unwrap();
    let old_share = |lock: &Lock, holder: Id, pair: &Pair| {
        let (_, info, held) = lock.of_holder(holder).remove(0);
        jingui_vault::custody::own_share(pair, &info, held).unwrap()
    };
    let both = [old_share(&old, left, &pair), old_share(&old, cast.devices["yi"].0, &cast.devices["yi"].1)];
    assert_eq!(code(anew.open(&key, &both)), "vault.lock_refused");
    // An opening that was asked for before has shares of the old version: it is asked for again.
    assert!(cast.waiting("yi", opening).holder.is_none());
    cast.house.act(&cast.house.caller("zhou"), &cast.house.record(opening), "end", json!({})).await.unwrap();
    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("yi", opening).await.unwrap();
    cast.hand_over("bing", opening).await.unwrap();
    assert_eq!(cast.read("zhou", "曲线.txt").await.unwrap(), EARLIER);
}

/// The enterprise chooses another suite. Custodians keep their keys and go on; sharing anew gives each lock, and the keys of its files, to the
/// new suite, and a custodian who comes later makes a key of it.
#[tokio::test]
async fn after_another_suite_locks_are_shared_anew_in_it() {
    let mut cast = Cast::locked(suite::AES_SHA256).await;
    let keeper = cast.house.caller("secadmin");
    let because = Because { caller: &keeper, password: PASSWORD, reason: "改用国密套件" };
    cast.house.live.choose_suite(&because, suite::SM4_SM3).await.unwrap();
    // What is there opens as before, by an opening of the new suite.
    let opening = cast.ask("zhou").await.unwrap();
    assert_eq!((unhex(&cast.waiting("jia", opening).key).len(), cast.lock().algorithm().unwrap()), (65, Algorithm::X25519));
    cast.hand_over("jia", opening).await.unwrap();
    assert!(cast.hand_over("yi", opening).await.unwrap().open);
    assert_eq!(cast.read("zhou", "曲线.txt").await.unwrap(), EARLIER);
    cast.house.act(&cast.house.caller("zhou"), &cast.house.record(opening), "end", json!({})).await.unwrap();

    cast.appoint("bing", "custodian").await;
    let office = cast.house.caller("office");
    assert_eq!((cast.view("office").stale, cast.view("jia").algorithm), (Some(1), "sm2"));
    let sharing = cast.house.live.ask_sharing(&office, "改用国密套件", 60).await.unwrap().id;
    cast.hand_over("jia", sharing).await.unwrap();
    assert!(cast.hand_over("yi", sharing).await.unwrap().open);
    let lock = cast.lock();
    assert_eq!((cast.view("office").stale, lock.version, lock.algorithm().unwrap()), (Some(0), 2, Algorithm::Sm2));
    let kept: BTreeMap<Id, u8> = lock.sharings[0].held.iter().map(|held| (held.holder, held.sealed[0])).collect();
    let expected = [("jia", 1), ("yi", 1), ("bing", 2)].map(|(who, version)| (cast.devices[who].0, version));
    assert_eq!(kept, BTreeMap::from(expected), "each share by its holder's key");
    assert_eq!(STANDARD.decode(&cast.file("曲线.txt").key).unwrap()[0], 2, "the files' keys as well");
    attach(&cast.house, cast.secret.id, "磨削.txt", LATER).await.unwrap();
    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("yi", opening).await.unwrap();
    assert!(cast.hand_over("bing", opening).await.unwrap().open, "an earlier key and a new one together");
    assert_eq!(cast.read("zhou", "曲线.txt").await.unwrap(), EARLIER);
    assert_eq!(cast.read("zhou", "磨削.txt").await.unwrap(), LATER);
}

/// The committee's escrow (three, of whom two are needed; of five, three) opens when the custodians cannot.
async fn the_escrow_of_the_committee_opens_when_custodians_cannot(suite: u16) {
    let mut cast = cast(suite).await;
    for who in ["chen", "lin", "ding"] {
        // The chair does not confirm the own key.
        if who == "chen" {
            let office = cast.house.caller("office");
            let chen = cast.house.caller("chen");
            let appointed =
                cast.house.create(&office, "custodian", json!({ "name": who, "person": chen.id(), "duty": "escrow" })).await.unwrap();
            let pair = cast.pair();
            cast.house.live.set_custodian_key(&chen, appointed.id, &hex(pair.recipient().bytes()), "{}").await.unwrap();
            let pending = cast.house.act(&office, &cast.house.record(appointed.id), "confirm", json!({})).await.unwrap();
            cast.house.act(&cast.house.caller("lin"), &pending, "approve", json!({})).await.unwrap();
            cast.devices.insert("chen", (appointed.id, pair));
        } else {
            cast.appoint(who, "escrow").await;
        }
    }
    cast.appoint("jia", "custodian").await;
    cast.appoint("yi", "custodian").await;
    let secret = cast.secret.id;
    cast.house.until("it is locked", |h| files(&h.record(secret)).iter().all(|f| f.lock.is_some())).await;
    assert_eq!(cast.lock().sharings[1].need, 2);
    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("jia", opening).await.unwrap();
    assert!(!cast.hand_over("lin", opening).await.unwrap().open, "one of each is not enough");
    assert!(cast.hand_over("chen", opening).await.unwrap().open);
    assert_eq!(cast.read("zhou", "曲线.txt").await.unwrap(), EARLIER);
}

async fn bad_input_is_named(suite: u16) {
    let cast = Cast::locked(suite).await;
    let zhou = cast.house.caller("zhou");
    let live = &cast.house.live;
    assert_eq!(code(live.ask_opening(&zhou, cast.secret.id, " ", 60).await), "custody.purpose");
    for minutes in [0, 9, 1441, -5, i64::MAX] {
        assert_eq!(code(live.ask_opening(&zhou, cast.secret.id, "评审", minutes).await), "custody.minutes");
    }
    let general = json!({ "name": "一般事项", "grade": "general", "department": cast.department, "circle_persons": [zhou.id()] });
    let general = cast.house.system("secret", general).await;
    assert_eq!(code(live.ask_opening(&zhou, general.id, "评审", 60).await), "custody.no_lock");
    let office = cast.house.caller("office");
    assert_eq!(code(live.ask_sharing(&office, "例行", 60).await), "custody.nothing_stale");
    // Keys: not one's own appointment, no key, a key with which nothing would be secret, one that is confirmed.
    let own = cast.devices["jia"].0;
    let jia = cast.house.caller("jia");
    let good = hex(cast.pair().recipient().bytes());
    assert_eq!(code(live.set_custodian_key(&zhou, own, &good, "{}").await), "record.missing");
    let off_curve = format!("04{}", "1".repeat(128));
    for bad in ["", "zz", &"0".repeat(64), &"g".repeat(64), &good[1..], &off_curve] {
        assert_eq!(code(live.set_custodian_key(&jia, own, bad, "{}").await), "vault.recipient_malformed", "{bad}");
    }
    for bad in ["", "[]", &format!("{{\"x\":\"{}\"}}", "y".repeat(2000))] {
        assert_eq!(code(live.set_custodian_key(&jia, own, &good, bad).await), "custody.sealed_key");
    }
    let other = if suite == suite::SM4_SM3 { Algorithm::X25519 } else { Algorithm::Sm2 };
    let other = hex(Pair::generate(other, &SystemRng).unwrap().recipient().bytes());
    assert_eq!(code(live.set_custodian_key(&jia, own, &other, "{}").await), "custody.key_algorithm");
    assert_eq!(code(live.set_custodian_key(&jia, own, &good, "{}").await), "state.not_allowed", "a confirmed key is not replaced");
}

/// B 4.2, 5.2.2: an approved transfer releases the paper, and two custodians the key; neither does for the other.
async fn b_4_2_a_locked_file_is_printed_under_its_transfer_only_while_its_opening_stands(suite: u16) {
    let cast = Cast::locked(suite).await;
    let (house, secret) = (&cast.house, cast.secret.id);
    let [zhou, xu, bing, ding] = ["zhou", "xu", "bing", "ding"].map(|who| house.caller(who).id());
    house.act(&Caller::system(), &house.record(cast.department), "edit", json!({ "heads": [ding] })).await.unwrap();
    let office = house.caller("office");
    let draft = house.transfer(&office, cast.department, secret, zhou, "edit").await;
    let core = json!({ "grade": "core", "channel": "in_person", "escorts": [xu, bing] });
    let draft = house.act(&office, &draft, "edit", core).await.unwrap();
    let asked = house.act(&office, &draft, "send_inside", json!({})).await.unwrap();
    house.act(&house.caller("ding"), &asked, "approve", json!({})).await.unwrap();
    let approved = house.act(&house.caller("chen"), &asked, "approve", json!({})).await.unwrap();
    assert_eq!(approved.state, "approved");
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "custody.closed", "the transfer opens no lock");

    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("jia", opening).await.unwrap();
    cast.hand_over("yi", opening).await.unwrap();
    let reader = house.caller("zhou");
    let viewing = house.live.view_file(&reader, "a session", "secret", secret, cast.file("曲线.txt").id, None).await.unwrap();
    let one = PrintAsk { copies: 1, first: None, last: None };
    let print = async || house.live.print_viewing(&reader, "a session", viewing.id, one, None, Lang::Zh).await;
    assert!(print().await.unwrap().bytes.starts_with(b"%PDF-"));
    let printed = || house.live.world.read().pointing_in("carrier", "secrets", secret, &["issued"]).unwrap().len();
    assert_eq!(printed(), 1);

    house.act(&house.caller("jia"), &house.record(opening), "recall", json!({})).await.unwrap();
    assert!(print().await.is_err(), "the opening was recalled");
    assert_eq!(printed(), 1, "and nothing was made");
}

/// B 4.1.4: a secret that is core no more stays locked until two custodians lift the lock; then its readers read without them.
async fn b_4_1_4_two_custodians_lift_the_lock_of_a_secret_that_is_core_no_more(suite: u16) {
    let cast = Cast::locked(suite).await;
    let office = cast.house.caller("office");
    let ask = || cast.house.live.ask_lifting(&office, "密级已降低", 60);
    assert_eq!(code(ask().await), "custody.nothing_loose");
    cast.house.act(&Caller::system(), &cast.house.record(cast.secret.id), "edit", json!({ "grade": "important" })).await.unwrap();
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "custody.closed", "a lower grade alone opens nothing");
    assert_eq!(cast.view("office").loose, Some(1));
    assert!(cast.house.live.ask_lifting(&cast.house.caller("zhou"), "密级已降低", 60).await.is_err(), "readers do not ask for it");
    let opening = ask().await.unwrap().id;
    assert!(!cast.hand_over("jia", opening).await.unwrap().open);
    assert_eq!(code(cast.read("zhou", "曲线.txt").await), "custody.closed", "one custodian is not enough");
    assert!(cast.hand_over("yi", opening).await.unwrap().open);
    assert_eq!(cast.read("zhou", "曲线.txt").await.unwrap(), EARLIER);
    assert!(files(&cast.house.record(cast.secret.id)).iter().all(|f| f.lock.is_none()));
    assert_eq!(cast.house.record(opening).state, "ended");
    assert_eq!(cast.view("office").loose, Some(0));
    attach(&cast.house, cast.secret.id, "磨削.txt", LATER).await.unwrap();
    assert_eq!(cast.read("zhou", "磨削.txt").await.unwrap(), LATER);
    assert_eq!(code(cast.read("jia", "磨削.txt").await), "record.missing", "custodians read nothing for it");
}

/// H 9.6.5: what was locked and is destroyed opens to nobody: not to its custodians with an opening under way, not to the root key.
async fn h_9_6_5_a_locked_secret_is_destroyed_with_its_lock_and_its_openings(suite: u16) {
    let cast = Cast::locked(suite).await;
    let opening = cast.ask("zhou").await.unwrap();
    cast.hand_over("jia", opening).await.unwrap();
    let (lock, file) = (cast.lock(), cast.file("曲线.txt"));
    let before = cast.house.live.store.record(cast.secret.id).await.unwrap().unwrap();
    let (house, system) = (&cast.house, Caller::system());
    for (login, name) in [("wang", "王执行"), ("qian", "钱监销"), ("sun", "孙监销")] {
        house.person(login, name, Some(cast.department), &["staff"]).await;
    }
    house.person("office2", "保密员二", Some(cast.department), &["office"]).await;
    house.person("office3", "保密员三", Some(cast.department), &["office"]).await;
    let witnesses = ["qian", "sun"].map(|who| house.caller(who).id());
    let data = json!({
        "name": "销毁", "secrets": [cast.secret.id], "grade": "core", "department": cast.department, "reason": "used", "grounds": "产品退市",
        "operator": house.caller("wang").id(), "witnesses": witnesses,
    });
    let office = house.caller("office");
    let asked = house.create(&office, "data_destruction", data).await.unwrap();
    house.act(&office, &asked, "submit", json!({})).await.unwrap();
    house.act(&house.caller("office2"), &asked, "approve", json!({})).await.unwrap();
    house.act(&house.caller("lin"), &asked, "approve", json!({})).await.unwrap();
    let input = json!({ "physical": ["none"], "copies_checked": true, "place": "保密室" });
    house.act(&house.caller("wang"), &asked, "execute", input).await.unwrap();
    for who in ["qian", "sun", "office2", "office3"] {
        house.act(&house.caller(who), &asked, "approve", json!({})).await.unwrap();
    }
    for _ in 0..3000 {
        if house.record(asked.id).state == "done" {
            break;
        }
        house.clock.set(house.live.clock.now().plus_seconds(1));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(house.record(asked.id).state, "done");
    assert_eq!(house.record(opening).state, "ended", "the opening under way ended with it");
    assert!(house.live.objects.open_object(&file.object).await.is_err(), "the sealed file is gone");
    assert!(house.live.open_file(&system, "secret", cast.secret.id, file.id).await.is_err());
    // The custodians still have their shares, and S with them; what S would open with is gone.
    let shares: Vec<Share> = ["jia", "yi"]
        .map(|who| {
            let (holder, pair) = &cast.devices[who];
            let (_, info, held) = lock.of_holder(*holder).remove(0);
            jingui_vault::custody::own_share(pair, &info, held).unwrap()
        })
        .into();
    let vault = &house.live.vault;
    assert!(vault.record_key(cast.secret.id, &before.key).is_err(), "a copy of the record's wrapped key is worth nothing");
    let after = house.live.store.record(cast.secret.id).await.unwrap().unwrap();
    let anew = vault.record_key(cast.secret.id, &after.key).unwrap();
    assert_eq!(code(lock.open(&anew, &shares)), "vault.lock_refused", "what is left of the record hangs on another key");
}

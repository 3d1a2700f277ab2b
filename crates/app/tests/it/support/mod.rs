//! A small company on a real node for scenario tests: SQLite or PostgreSQL, a clock that stands
//! where it is put, people with the roles of the guides.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set up its company has failed")]

use std::{path::Path, sync::Arc, time::Duration};

use jingui_app::{
    live::Live,
    node::{Node, NodeConfig},
    pipeline::{Command, Outcome},
    setup::{FirstPerson, SetupRequest},
    world::caller::{Caller, Origin},
};
use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Instant, Problem, clock::FixedClock};
use jingui_vault::{Cost, SystemRng, Unlock};
use serde_json::{Value, json};

#[path = "../../../../store/tests/support/postgres.rs"]
pub mod postgres;

/// Passphrase of the vault of every test company.
pub const PASSPHRASE: &str = "石室金匮 test passphrase";
/// Password of the four first people.
pub const PASSWORD: &str = "First-password-2026";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The default.
    Sqlite,
    /// The wide one.
    Postgres,
}

impl Backend {
    /// SQLite, or PostgreSQL when `JINGUI_TEST_DATABASE=postgres` says so: the gate runs the long scenarios once on each.
    pub fn chosen() -> Self {
        match std::env::var("JINGUI_TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::Postgres,
            Ok(other) if !other.is_empty() && other != "sqlite" => panic!("JINGUI_TEST_DATABASE says {other}"),
            _ => Self::Sqlite,
        }
    }
}

/// Both, for tests that say the same of each.
pub const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

/// A running company.
pub struct House {
    pub node: Arc<Node>,
    pub live: Arc<Live>,
    pub clock: Arc<FixedClock>,
    pub config: NodeConfig,
    pub recovery_code: String,
    pub dir: tempfile::TempDir,
}

/// The day on which test companies are founded.
pub fn founding() -> Instant {
    "2026-11-21T01:00:00Z".parse().expect("an instant")
}

fn first(name: &str, login: &str) -> FirstPerson {
    FirstPerson { name: name.to_owned(), login: login.to_owned(), password: PASSWORD.to_owned() }
}

/// What a test company is founded with.
pub fn founders(sample: Option<&str>) -> SetupRequest {
    SetupRequest {
        company: "临清金轴轴承有限公司".to_owned(),
        zone_minutes: 480,
        scheme: "three".to_owned(),
        system: first("系统员", "sysadmin"),
        security: first("安全员", "secadmin"),
        auditor: first("审计员", "auditor"),
        office: first("保密专员", "office"),
        suite: jingui_vault::suite::DEFAULT,
        passphrase: Some(PASSPHRASE.to_owned()),
        key_file: false,
        pin: None,
        sample: sample.map(str::to_owned),
    }
}

/// Founds a company.
pub async fn house(backend: Backend) -> House {
    house_with(backend, None, |_| {}).await
}

/// Founds a company with a sample filled in, and with files laid into its folder beforehand.
pub async fn house_with(backend: Backend, sample: Option<&str>, prepare: impl FnOnce(&Path)) -> House {
    house_as(backend, &founders(sample), prepare).await
}

/// Founds a company just so.
pub async fn house_as(backend: Backend, request: &SetupRequest, prepare: impl FnOnce(&Path)) -> House {
    let dir = tempfile::tempdir().expect("a temporary folder");
    prepare(dir.path());
    let database = (backend == Backend::Postgres).then(|| postgres::cluster().fresh_database());
    let config =
        NodeConfig { data: dir.path().join("data"), database, objects: None, ledger: None, key_file: None, device: None, cost: Cost::Test };
    std::fs::create_dir_all(&config.data).expect("a data folder");
    if dir.path().join("overlay").exists() {
        std::fs::rename(dir.path().join("overlay"), config.data.join("overlay")).expect("the overlay");
    }
    let clock = Arc::new(FixedClock::at(founding()));
    let node =
        Node::open(config.clone(), Arc::<FixedClock>::clone(&clock), Arc::new(SystemRng)).await.unwrap_or_else(|p| panic!("open: {p}"));
    let done = node.setup(request).await.unwrap_or_else(|p| panic!("set-up: {p}"));
    let live = node.live().unwrap_or_else(|p| panic!("live: {p}"));
    House { node, live, clock, config, recovery_code: done.recovery_code, dir }
}

impl House {
    /// The caller behind a sign-in name.
    pub fn caller(&self, login: &str) -> Caller {
        let world = self.live.world.read();
        let account = world.account(login).unwrap_or_else(|| panic!("no account {login}"));
        let origin = Origin { door: "session".to_owned(), address: "127.0.0.1".to_owned(), device: "test".to_owned() };
        world.caller(account, origin, None).unwrap_or_else(|p| panic!("caller {login}: {p}"))
    }

    /// The caller that a person is, also one whose account is disabled by now.
    pub fn caller_of(&self, person: Id) -> Caller {
        let world = self.live.world.read();
        world.person_caller(person, Origin::default()).unwrap_or_else(|_| {
            let mut gone = Caller::system();
            (gone.system, gone.view.system, gone.actor.active) = (false, false, false);
            (gone.actor.id, gone.view.person) = (person, Some(person));
            gone
        })
    }

    /// Does something as the system.
    pub async fn system(&self, kind: &str, data: Value) -> Record {
        self.create(&Caller::system(), kind, data).await.unwrap_or_else(|p| panic!("create {kind}: {p}"))
    }

    /// A department.
    pub async fn department(&self, name: &str) -> Id {
        self.system("department", json!({ "name": name })).await.id
    }

    /// A person with an account; the sign-in name is the key. Heads and officers come from the department's fields.
    pub async fn person(&self, login: &str, name: &str, department: Option<Id>, roles: &[&str]) -> Id {
        let mut data = json!({ "name": name });
        if let Some(d) = department {
            data["department"] = json!(d);
        }
        let person = self.system("person", data).await.id;
        let account = json!({ "person": person, "login": login, "roles": roles, "password": "-", "must_change": false });
        self.system("account", account).await;
        person
    }

    /// Makes a record.
    pub async fn create(&self, caller: &Caller, kind: &str, data: Value) -> Result<Record, Problem> {
        self.live.pipeline.change(Command::create(caller, kind, fields(data))).await.map(|o| o.record)
    }

    /// Does something with a record.
    pub async fn act(&self, caller: &Caller, record: &Record, action: &str, input: Value) -> Result<Record, Problem> {
        self.outcome(caller, record, action, input).await.map(|o| o.record)
    }

    /// Does something with a record, and says where in the ledger it stands.
    pub async fn outcome(&self, caller: &Caller, record: &Record, action: &str, input: Value) -> Result<Outcome, Problem> {
        self.live.pipeline.change(Command::on(caller, &record.kind, record.id, action, fields(input))).await
    }

    /// The draft of a transfer of a general secret inside, to somebody who is under an agreement.
    pub async fn transfer(&self, asks: &Caller, department: Id, secret: Id, to: Id, rights: &str) -> Record {
        let today = self.live.today();
        let agreement =
            json!({ "name": "保密协议", "type": "employee", "person": to, "department": department, "scope": "范围", "duties": "义务" });
        let agreement = self.create(&self.caller("office"), "agreement", agreement).await.unwrap();
        self.act(&self.caller("office"), &agreement, "sign", json!({ "signed_day": today.to_string(), "kept_at": "档案室" }))
            .await
            .unwrap();
        let data = json!({
            "name": "内部流转", "secrets": [secret], "grade": "general", "department": department, "purpose": "试制", "content": "工艺卡 1 份",
            "recipients": [to], "channel": "normal", "edit_rights": rights, "return_due": today.plus_days(7).to_string(),
        });
        self.create(asks, "transfer", data).await.unwrap()
    }

    /// The record as it is now.
    pub fn record(&self, id: Id) -> Record {
        self.live.world.read().record(id).unwrap_or_else(|p| panic!("record: {p}"))
    }

    /// Waits until something holds, for effects that run after the commit.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..1000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it never came to this: {what}");
    }

    /// Stops the node and opens it again with the passphrase.
    pub async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// The same, with something done to the node before it is unsealed.
    pub async fn restart_with(self, prepare: impl FnOnce(&Node)) -> Self {
        self.node.stop().await;
        let House { clock, config, recovery_code, dir, live, node } = self;
        drop((live, node));
        Self::open(config, clock, dir, recovery_code, prepare).await
    }

    /// Opens the node of a company that was founded before, with the passphrase.
    pub async fn open(
        config: NodeConfig,
        clock: Arc<FixedClock>,
        dir: tempfile::TempDir,
        recovery_code: String,
        prepare: impl FnOnce(&Node),
    ) -> Self {
        let node = Node::open(config.clone(), Arc::<FixedClock>::clone(&clock), Arc::new(SystemRng))
            .await
            .unwrap_or_else(|p| panic!("reopen: {p}"));
        prepare(&node);
        node.unseal(Unlock::Passphrase(PASSPHRASE)).await.unwrap_or_else(|p| panic!("unseal: {p}"));
        let live = node.live().unwrap_or_else(|p| panic!("live: {p}"));
        House { node, live, clock, config, recovery_code, dir }
    }
}

/// A JSON object as fields.
pub fn fields(value: Value) -> Data {
    match value {
        Value::Object(map) => map.into_iter().collect(),
        Value::Null => Data::new(),
        other => panic!("not an object: {other}"),
    }
}

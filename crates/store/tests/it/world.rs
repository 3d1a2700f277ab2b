//! A fresh store on either back end, and rows to put into it.

use jingui_model::{Id, Instant, rng::SeededRng};
use jingui_store::{EventRow, JobRow, Place, RecordRow, SessionRow, Store};

use crate::postgres;

/// A place that nobody else uses, and the store opened there.
pub struct World {
    pub place: Place,
    pub store: Store,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder(folder.path().join("data"));
        Self { store: Store::open(&place).await.unwrap(), place, _folder: Some(folder) }
    }

    pub async fn postgres() -> Self {
        let place = Place::Postgres(postgres::cluster().fresh_database());
        Self { store: Store::open(&place).await.unwrap(), place, _folder: None }
    }

    /// Closes the store and opens it again, as a restart does.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Store::open(&self.place).await.unwrap();
    }
}

/// Runs each test once per back end.
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($world:pat) $body:block)*) => {$(
        async fn $name($world: $crate::world::World) $body

        mod $name {
            use $crate::world::World;

            $(#[$doc])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(World::sqlite().await).await;
            }
            $(#[$doc])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(World::postgres().await).await;
            }
        }
    )*};
}
pub(crate) use both;

pub fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

/// The n-th id; ids sort as their numbers do.
pub fn id(n: u64) -> Id {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Id::from_bytes(bytes)
}

pub fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    jingui_model::Rng::fill(&SeededRng::new(seed), &mut bytes);
    bytes
}

pub fn record(n: u64) -> RecordRow {
    RecordRow {
        id: id(n),
        kind: "secret".into(),
        state: "草稿 draft".into(),
        grade: (n % 4) as u8,
        version: 1,
        created: at(-5),
        updated: at(i64::MAX),
        key: bytes(n, 60),
        sealed: bytes(n + 1, 500),
    }
}

pub fn event(n: u64, about: Option<u64>) -> EventRow {
    EventRow {
        index: 999,
        id: id(1_000_000 + n),
        record: about.map(id),
        kind: "secret".into(),
        act: "create".into(),
        actor: id(7),
        at: at(i64::try_from(n).unwrap()),
        entry: bytes(n, 100),
        sealed: bytes(n + 2, 300),
    }
}

pub fn session(n: u8, account: u64, expires: i64) -> SessionRow {
    SessionRow {
        token_hash: [n; 32],
        account: id(account),
        created: at(1),
        last_seen: at(i64::from(n)),
        expires: at(expires),
        sealed: vec![n; 3],
    }
}

pub fn job(n: u64, run_at: i64) -> JobRow {
    JobRow { id: id(n), kind: "mail".into(), run_at: at(run_at), attempts: 0, sealed: vec![1, 0, 255] }
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, jingui_model::Problem>) -> String {
    result.unwrap_err().code().to_owned()
}

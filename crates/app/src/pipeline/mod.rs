//! The one way through: command ▶ authorise ▶ decide ▶ commit ▶ publish.
//!
//! Whoever acts, by whatever door, hands a [`Command`] (a change), a [`Note`] (something that
//! happened without changing a record: a read, a sign-in, a refusal) or a group of commands that
//! hold together, to [`Pipeline`]. One writer takes them in turn, up to 64 in one transaction, so
//! that each is decided on committed facts and many share one durable write (group commit).

mod erase;
mod history;
mod plan;
mod refer;
mod rehearse;
mod seal;
mod writer;

pub(crate) use erase::Erase;
pub(crate) use history::History;
pub(crate) use plan::REMOVE;
pub(crate) use rehearse::Rehearsal;
pub(crate) use seal::open_sealed;
pub use seal::{OpenedEvent, open_event, open_record};
pub(crate) use writer::start;

use std::sync::Arc;

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Problem, Protection};
use jingui_vault::{KeyringFile, NewRoot};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use crate::{reserve::Reserve, world::caller::Caller};

/// Somebody wants to change a record.
#[derive(Debug, Clone)]
pub struct Command {
    /// Who.
    pub caller: Caller,
    /// The record's kind.
    pub kind: String,
    /// The record; none to create one.
    pub record: Option<Id>,
    /// `create`, `edit`, `approve` … or a transition's name.
    pub action: String,
    /// Fields, note, file.
    pub input: Data,
    /// The version that the person saw.
    pub expected_version: Option<u64>,
    /// Makes a repeated request harmless.
    pub idempotency_key: Option<String>,
    /// The import batch.
    pub batch: Option<Id>,
    /// Identifier for the new record, when the caller has to know it beforehand.
    pub new_id: Option<Id>,
}

impl Command {
    /// A command on an existing record.
    #[must_use]
    pub fn on(caller: &Caller, kind: &str, record: Id, action: &str, input: Data) -> Self {
        Self {
            caller: caller.clone(),
            kind: kind.to_owned(),
            record: Some(record),
            action: action.to_owned(),
            input,
            expected_version: None,
            idempotency_key: None,
            batch: None,
            new_id: None,
        }
    }

    /// A command that creates a record.
    #[must_use]
    pub fn create(caller: &Caller, kind: &str, data: Data) -> Self {
        Self { record: None, action: "create".to_owned(), ..Self::on(caller, kind, Id::nil(), "create", data) }
    }

    /// With an idempotency key.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }
}

/// Something happened that changes no record but must leave evidence.
#[derive(Debug, Clone)]
pub struct Note {
    /// Who.
    pub caller: Caller,
    /// `read`, `open_file`, `export`, `sign_in`, `refused` …
    pub act: String,
    /// The kind it concerns, or `system`.
    pub kind: String,
    /// The record it concerns.
    pub record: Option<Id>,
    /// What to commit to, name by name.
    pub fields: Data,
}

/// What a committed command did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The record as it is now.
    pub record: Record,
    /// Ledger indexes of what happened.
    pub indexes: Vec<u64>,
    /// True when an earlier request with the same idempotency key had done it already.
    pub repeated: bool,
}

/// A committed change, told to subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: String,
    /// Its version.
    pub version: u64,
    /// Its state.
    pub state: String,
}

/// Hears how many commands of a group are through, now and then; nothing is durable yet.
pub(crate) type Told = Option<Box<dyn Fn(usize) + Send + Sync>>;

pub(crate) enum Work {
    Change(Box<Command>, oneshot::Sender<Result<Outcome, Problem>>),
    Group(Vec<Command>, Told, oneshot::Sender<Result<Vec<Outcome>, Problem>>),
    Note(Box<Note>, oneshot::Sender<Result<u64, Problem>>),
    CatchUp(oneshot::Sender<Result<(), Problem>>),
    Ring(Box<RingAct>, oneshot::Sender<Result<(), Problem>>),
    Rewrap(Rewrap, oneshot::Sender<Result<usize, Problem>>),
    Erase(Box<Erase>, oneshot::Sender<Result<u64, Problem>>),
}

impl Work {
    /// Whether it wants a transaction of its own.
    const fn alone(&self) -> bool {
        matches!(self, Self::Ring(..) | Self::Rewrap(..) | Self::Erase(..))
    }
}

/// Another state of the key ring, with its note in the ledger.
pub(crate) struct RingAct {
    /// What is said of it.
    pub note: Note,
    /// Acts on the keys when this one was thought out; if there are more by now, it is refused.
    pub acts: u64,
    /// The state that is to be.
    pub file: KeyringFile,
    /// Its root key, if that is a new one.
    pub root: Option<NewRoot>,
    /// A key on which nothing may hang any more.
    pub unused: Option<[u8; 5]>,
    /// What else is written in the same transaction: name and sealed value.
    pub also: Option<(&'static str, Vec<u8>)>,
}

/// Keys of records that are to hang on the present epoch of a protection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rewrap {
    pub parent: [u8; 5],
    pub protection: Protection,
    pub most: u32,
}

/// The door to the writer.
#[derive(Debug, Clone)]
pub struct Pipeline {
    queue: mpsc::Sender<Work>,
    reserve: Arc<Reserve>,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Change(..) => "change",
            Self::Group(..) => "group",
            Self::Note(..) => "note",
            Self::CatchUp(_) => "catch up",
            Self::Ring(..) => "ring",
            Self::Rewrap(..) => "rewrap",
            Self::Erase(..) => "erase",
        })
    }
}

impl Pipeline {
    pub(crate) const fn new(queue: mpsc::Sender<Work>, reserve: Arc<Reserve>) -> Self {
        Self { queue, reserve }
    }

    /// Looks whether there is room on the disk again.
    pub(crate) fn refill(&self) {
        self.reserve.refill();
    }

    /// Carries out a command; when this returns, it is durable.
    ///
    /// # Errors
    /// Whatever policy, kind or store refuse with; `node.stopping` when the node goes down.
    pub async fn change(&self, command: Command) -> Result<Outcome, Problem> {
        let caller = command.caller.clone();
        self.change_for(&caller, command).await
    }

    /// The same for somebody in whose favour the system acts: on a full disk it is done where their own acts would be.
    pub(crate) async fn change_for(&self, who: &Caller, command: Command) -> Result<Outcome, Problem> {
        self.with_room(who, || {
            let (reply, answer) = oneshot::channel();
            self.send(Work::Change(Box::new(command.clone()), reply), answer)
        })
        .await
    }

    /// Writes something, in the room set aside if the disk is full and `who` is let in then.
    ///
    /// # Errors
    /// `store.disk_full`; what writing says.
    pub(crate) async fn with_room<T, F: Future<Output = Result<T, Problem>>>(
        &self,
        who: &Caller,
        write: impl Fn() -> F,
    ) -> Result<T, Problem> {
        loop {
            self.reserve.admits(who)?;
            let result = write().await;
            if !self.reserve.saw(&result, who) {
                return result;
            }
        }
    }

    /// Carries out several commands, all or none.
    ///
    /// # Errors
    /// The first refusal, with the position of its command as argument `position`.
    pub async fn group(&self, commands: Vec<Command>) -> Result<Vec<Outcome>, Problem> {
        self.grouped(commands, None).await
    }

    /// Like [`group`](Self::group), and tells how far it is.
    pub(crate) async fn group_told(
        &self,
        commands: Vec<Command>,
        told: impl Fn(usize) + Send + Sync + 'static,
    ) -> Result<Vec<Outcome>, Problem> {
        self.grouped(commands, Some(Box::new(told))).await
    }

    async fn grouped(&self, commands: Vec<Command>, told: Told) -> Result<Vec<Outcome>, Problem> {
        let Some(who) = commands.first().map(|command| command.caller.clone()) else { return Ok(vec![]) };
        commands.iter().try_for_each(|command| self.reserve.admits(&command.caller))?;
        let (reply, answer) = oneshot::channel();
        let result = self.send(Work::Group(commands, told, reply), answer).await;
        // Not tried again: a group is long, and what is set aside is for single acts.
        self.reserve.saw(&result, &who);
        result
    }

    /// Records that something happened; when this returns, it is durable. Gives its ledger index.
    ///
    /// # Errors
    /// `store.*` when it cannot be written: then what was to happen must not happen.
    pub async fn note(&self, note: Note) -> Result<u64, Problem> {
        self.with_room(&note.caller, || {
            let (reply, answer) = oneshot::channel();
            self.send(Work::Note(Box::new(note.clone()), reply), answer)
        })
        .await
    }

    /// Takes in what other nodes committed.
    ///
    /// # Errors
    /// `store.*`.
    pub async fn catch_up(&self) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::CatchUp(reply), answer).await
    }

    /// Stores another state of the key ring and goes on with it.
    ///
    /// # Errors
    /// `keys.meanwhile` when another act came first; `keys.in_use` when something still hangs on the key; `store.*`.
    pub(crate) async fn ring(&self, act: RingAct) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Ring(Box::new(act), reply), answer).await
    }

    /// Wraps some keys anew; how many.
    ///
    /// # Errors
    /// `vault.*`, `store.*`.
    pub(crate) async fn rewrap(&self, work: Rewrap) -> Result<usize, Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Rewrap(work, reply), answer).await
    }

    /// Destroys what a record says; the index of the event that tells so. Twice is as once.
    ///
    /// # Errors
    /// `record.missing`, `preservation.held`, `vault.*`, `store.*`.
    pub(crate) async fn erase(&self, work: Erase) -> Result<u64, Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Erase(Box::new(work), reply), answer).await
    }

    async fn send<T>(&self, work: Work, answer: oneshot::Receiver<Result<T, Problem>>) -> Result<T, Problem> {
        let stopping = || Problem::unavailable("node.stopping");
        self.queue.send(work).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

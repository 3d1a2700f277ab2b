//! The writer: takes work in turn, up to 64 pieces in one transaction, and answers once it is durable.
//!
//! Decisions are made inside the transaction on the committed record, so no two of them can
//! contradict each other; on PostgreSQL the same holds between nodes, because a transaction
//! begins by locking the ledger's head. A change to what policies look at (persons, accounts …)
//! ends the batch, so that whatever follows is judged by it.

use std::{collections::HashMap, sync::Arc};

use jingui_kinds::{
    act::Brief,
    once::{Unique, unique},
    record::Record,
};
use jingui_model::{Id, Problem};
use jingui_store::{JobRow, RecordRow, Write};
use jingui_vault::{KeyringFile, NewRoot};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Change, Command, Note, Outcome, Rewrap, RingAct, Told, Work,
    plan::{Refused, plan},
    seal::{EventHead, happening_fields, open_record, seal_event, seal_record},
};
use crate::{live::Live, node::KEYRING, world::REMOVED};

/// Most pieces of work in one transaction.
const BATCH: usize = 64;
/// A group says how far it is after so many commands.
const TELL: usize = 500;
/// Most records that are read before a transaction; a larger group reads the rest one by one.
const FORESEEN: usize = 512;

/// A committed record on its way into the read model.
pub(super) struct Committed {
    pub(super) record: Record,
    pub(super) doc: Vec<u8>,
    pub(super) authority: bool,
}

/// The writer's task: runs until it is told to end; what was accepted until then is still done.
pub(crate) async fn start(live: Arc<Live>, mut queue: mpsc::Receiver<Work>, mut close: watch::Receiver<bool>) {
    let mut waiting: Vec<Work> = Vec::with_capacity(BATCH);
    let mut open = true;
    loop {
        let first = tokio::select! {
            work = queue.recv() => work,
            _ = close.wait_for(|c| *c), if open => {
                queue.close();
                open = false;
                continue;
            }
        };
        let Some(first) = first else { return };
        waiting.push(first);
        while waiting.len() < BATCH
            && let Ok(more) = queue.try_recv()
        {
            waiting.push(more);
        }
        while !waiting.is_empty() {
            live.metrics.batches.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            waiting = batch(&live, waiting).await;
        }
    }
}

/// An answer that is given once the transaction is durable.
enum Answer {
    Change(oneshot::Sender<Result<Outcome, Problem>>, Box<Result<Outcome, Problem>>),
    Group(oneshot::Sender<Result<Vec<Outcome>, Problem>>, Result<Vec<Outcome>, Problem>),
    Note(oneshot::Sender<Result<u64, Problem>>, Result<u64, Problem>),
    Done(oneshot::Sender<Result<(), Problem>>, Result<(), Problem>),
    Rewrapped(oneshot::Sender<Result<usize, Problem>>, Result<usize, Problem>),
}

impl Answer {
    fn give(self, fault: Option<&Problem>) {
        fn settle<T>(result: Result<T, Problem>, fault: Option<&Problem>) -> Result<T, Problem> {
            fault.map_or(result, |f| Err(f.clone()))
        }
        // A receiver that is gone has stopped waiting; the act stands all the same.
        match self {
            Self::Change(to, result) => drop(to.send(settle(*result, fault))),
            Self::Group(to, result) => drop(to.send(settle(result, fault))),
            Self::Note(to, result) => drop(to.send(settle(result, fault))),
            Self::Done(to, result) => drop(to.send(settle(result, fault))),
            Self::Rewrapped(to, result) => drop(to.send(settle(result, fault))),
        }
    }
}

/// Runs one transaction; gives back the work that has to wait for the next.
async fn batch(live: &Arc<Live>, work: Vec<Work>) -> Vec<Work> {
    let mut answers: Vec<Answer> = Vec::with_capacity(work.len());
    let mut rest = work.into_iter();
    match transaction(live, &mut rest, &mut answers).await {
        Ok(()) => {
            answers.into_iter().for_each(|a| a.give(None));
            rest.collect()
        }
        Err(problem) => {
            tracing::error!(problem = %problem, "a transaction failed; nothing of it is kept");
            // What fails for one fails for those behind it too: nobody waits for ever on a store that is gone.
            answers.extend(rest.map(unanswered));
            answers.into_iter().for_each(|a| a.give(Some(&problem)));
            vec![]
        }
    }
}

async fn transaction(live: &Arc<Live>, work: &mut std::vec::IntoIter<Work>, answers: &mut Vec<Answer>) -> Result<(), Problem> {
    let mut write = live.store.begin().await?;
    live.take_in(write.head()).await?;
    write.foresee(&foreseen(live, work.as_mut_slice())).await?;
    let mut batch = Batch { live, made: HashMap::new(), committed: vec![], ring: None };
    while work.as_slice().first().is_some_and(|next| answers.is_empty() || !next.alone()) {
        let Some(piece) = work.next() else { break };
        let ends = batch.piece(&mut write, piece, answers).await?;
        if ends {
            break;
        }
    }
    let (committed, ring) = (batch.committed, batch.ring);
    let head = write.commit().await?;
    publish(live, committed, head)?;
    match ring {
        Some((file, root)) => live.adopt(&file, root).await,
        None => Ok(()),
    }
}

/// The records that the work will ask for, to be read with few questions. What will be made gets its id
/// here, so that its absence, too, is known at once.
fn foreseen(live: &Live, work: &mut [Work]) -> Vec<Id> {
    let subject = |c: &mut Command| c.record.unwrap_or_else(|| *c.new_id.get_or_insert_with(|| Id::new(&*live.clock, &*live.rng)));
    let mut ids = Vec::with_capacity(work.len());
    for piece in work {
        match piece {
            Work::Change(command, _) => ids.push(subject(command)),
            Work::Group(commands, ..) => ids.extend(commands.iter_mut().map(subject)),
            Work::Note(note, _) => ids.extend(note.record),
            Work::CatchUp(_) | Work::Ring(..) | Work::Rewrap(..) => {}
            Work::Erase(erase, _) => ids.push(erase.record),
        }
    }
    ids.truncate(FORESEEN);
    ids
}

/// An answer for work that was not begun; the fault of the transaction takes its place.
fn unanswered(work: Work) -> Answer {
    let why = || Problem::unavailable("store.unavailable");
    match work {
        Work::Change(_, to) => Answer::Change(to, Box::new(Err(why()))),
        Work::Group(.., to) => Answer::Group(to, Err(why())),
        Work::Note(_, to) | Work::Erase(_, to) => Answer::Note(to, Err(why())),
        Work::CatchUp(to) | Work::Ring(_, to) => Answer::Done(to, Err(why())),
        Work::Rewrap(_, to) => Answer::Rewrapped(to, Err(why())),
    }
}

fn publish(live: &Arc<Live>, committed: Vec<Committed>, head: u64) -> Result<(), Problem> {
    let (mut changes, mut learned) = (Vec::with_capacity(committed.len()), vec![]);
    {
        let mut world = live.world.write();
        for one in committed {
            changes.push(Change {
                id: one.record.id,
                kind: one.record.kind.clone(),
                version: one.record.version,
                state: one.record.state.clone(),
            });
            world.put(&one.record, one.doc.into())?;
            learned.extend(Live::follows(&one.record.kind).then_some(one.record));
        }
        world.set_head(head);
    }
    learned.iter().for_each(|record| live.learned(record));
    live.published(changes, head);
    Ok(())
}

/// One transaction in the making.
pub(super) struct Batch<'a> {
    pub(super) live: &'a Arc<Live>,
    made: HashMap<Id, Brief>,
    pub(super) committed: Vec<Committed>,
    /// The state of the key ring to go on with.
    ring: Option<(KeyringFile, Option<NewRoot>)>,
}

impl Batch<'_> {
    /// Does one piece of work and lays down its answer. True when the batch has to end with it.
    ///
    /// # Errors
    /// A fault of the store, which ends the whole transaction; its answer is laid down all the same.
    async fn piece(&mut self, write: &mut Write, piece: Work, answers: &mut Vec<Answer>) -> Result<bool, Problem> {
        match piece {
            Work::Change(command, to) => {
                let mark = self.committed.len();
                let done = self.one(write, &command).await;
                let fault = done.as_ref().err().cloned();
                answers.push(Answer::Change(to, Box::new(done.and_then(|result| result))));
                fault.map_or(Ok(()), Err)?;
                Ok(self.committed.get(mark..).is_some_and(|new| new.iter().any(|c| c.authority)))
            }
            Work::Group(commands, told, to) => {
                let done = self.all(write, &commands, &told).await;
                let fault = done.as_ref().err().cloned();
                answers.push(Answer::Group(to, done.and_then(|result| result)));
                // A group is a batch of its own size: what follows waits for the next transaction.
                fault.map_or(Ok(true), Err)
            }
            Work::Note(note, to) => {
                let done = self.note(write, &note).await;
                // Whose grade is locked is refused; the others go on.
                let fault = done.as_ref().err().filter(|p| p.code() != crate::keys::DISABLED).cloned();
                answers.push(Answer::Note(to, done));
                fault.map_or(Ok(false), Err)
            }
            Work::CatchUp(to) => {
                answers.push(Answer::Done(to, Ok(())));
                Ok(false)
            }
            Work::Ring(act, to) => {
                let done = self.ring(write, *act).await;
                let fault = done.as_ref().err().cloned();
                answers.push(Answer::Done(to, done.and_then(|result| result)));
                fault.map_or(Ok(true), Err)
            }
            Work::Erase(erase, to) => {
                let done = self.erase(write, &erase).await;
                let fault = done.as_ref().err().cloned();
                answers.push(Answer::Note(to, done.and_then(|result| result)));
                fault.map_or(Ok(true), Err)
            }
            Work::Rewrap(rewrap, to) => {
                let done = self.rewrap(write, rewrap).await;
                let fault = done.as_ref().err().cloned();
                answers.push(Answer::Rewrapped(to, done));
                fault.map_or(Ok(true), Err)
            }
        }
    }

    /// Another state of the key ring: the outer error is a fault of the store, the inner one a refusal.
    async fn ring(&mut self, write: &mut Write, act: RingAct) -> Result<Result<(), Problem>, Problem> {
        let stored = write.meta(KEYRING).await?.ok_or_else(|| Problem::internal("node.keyring"))?;
        let present = KeyringFile::from_json(&String::from_utf8_lossy(&stored))?;
        if present.acts() != act.acts {
            return Ok(Err(Problem::conflict("keys.meanwhile")));
        }
        if let Some(parent) = act.unused {
            let count = write.count_under(parent).await?;
            if count > 0 {
                return Ok(Err(Problem::conflict("keys.in_use").arg("count", count)));
            }
        }
        write.set_meta(KEYRING, act.file.to_json()?.as_bytes()).await?;
        if let Some((name, sealed)) = &act.also {
            write.set_meta(name, sealed).await?;
        }
        self.note(write, &act.note).await?;
        self.ring = Some((act.file, act.root));
        Ok(Ok(()))
    }

    /// Wraps some keys anew; what they sealed, and the records' versions, stay.
    async fn rewrap(&self, write: &mut Write, work: Rewrap) -> Result<usize, Problem> {
        let rows = write.wrapped_under(work.parent, work.most).await?;
        let mut moved = 0;
        for (id, old) in rows {
            let new = self.live.vault.rewrap(id, &old, work.protection, &*self.live.rng)?;
            moved += usize::from(write.replace_key(id, &old, &new).await?);
        }
        Ok(moved)
    }

    /// One command: the outer error is a fault of the store, the inner one a refusal.
    async fn one(&mut self, write: &mut Write, command: &Command) -> Result<Result<Outcome, Problem>, Problem> {
        let mark = self.committed.len();
        write.savepoint().await?;
        let result = self.command(write, command).await;
        self.settle(write, result, command, mark).await
    }

    /// Several commands, all or none.
    async fn all(&mut self, write: &mut Write, commands: &[Command], told: &Told) -> Result<Result<Vec<Outcome>, Problem>, Problem> {
        let mark = self.committed.len();
        write.savepoint().await?;
        let mut outcomes = Vec::with_capacity(commands.len());
        for (position, command) in commands.iter().enumerate() {
            match self.command(write, command).await {
                Ok(outcome) => {
                    outcomes.push(outcome);
                    if let Some(told) = told.as_ref().filter(|_| outcomes.len() % TELL == 0) {
                        told(outcomes.len());
                    }
                }
                Err(mut why) => {
                    why.problem = why.problem.arg("position", position);
                    return Ok(self.settle(write, Err(why), command, mark).await?.map(|_| vec![]));
                }
            }
        }
        write.release_savepoint().await?;
        Ok(Ok(outcomes))
    }

    /// Keeps what a command wrote, or takes it back and records the denial if it has to be.
    async fn settle(
        &mut self,
        write: &mut Write,
        result: Result<Outcome, Refused>,
        command: &Command,
        mark: usize,
    ) -> Result<Result<Outcome, Problem>, Problem> {
        match result {
            Ok(outcome) => {
                write.release_savepoint().await?;
                Ok(Ok(outcome))
            }
            Err(Refused { problem, witness }) => {
                if matches!(problem.class(), jingui_model::Class::Unavailable) {
                    // The store failed, not the act: the transaction ends, and says why, not that it cannot be undone.
                    return Err(problem);
                }
                write.rollback_to_savepoint().await?;
                write.release_savepoint().await?;
                for gone in self.committed.drain(mark..) {
                    self.made.remove(&gone.record.id);
                }
                if let (Some((action, policies)), Some(record)) = (witness, command.record) {
                    let fields = [
                        ("action", Value::String(action.to_string())),
                        ("verb", Value::String(command.action.clone())),
                        ("policies", json!(policies)),
                    ];
                    let note = Note {
                        caller: command.caller.clone(),
                        act: "denied".to_owned(),
                        kind: command.kind.clone(),
                        record: Some(record),
                        fields: fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect(),
                    };
                    self.note(write, &note).await?;
                }
                Ok(Err(problem))
            }
        }
    }

    async fn command(&mut self, write: &mut Write, command: &Command) -> Result<Outcome, Refused> {
        let live = self.live;
        let (remembered, digest) = self.recall(write, command).await?;
        if let Some(outcome) = remembered {
            return Ok(outcome);
        }
        let row = match command.record {
            Some(id) => Some(write.record(id).await?.ok_or_else(|| Problem::missing("record.missing"))?),
            None => None,
        };
        let current = row.as_ref().map(|r| open_record(&live.vault, r)).transpose()?.map(|(r, _)| r);
        let made = plan(&live.world.read(), &self.made, current.as_ref(), command, &*live.clock, &*live.rng)?;
        let (mut decision, protection) = (made.decision, made.protection);
        let kind = Arc::clone(live.world.read().kind(&decision.record.kind)?);
        if let Some(series) = &decision.number_series {
            let sequence = write.next_number(series).await?;
            let day = decision.record.created.day(jingui_kinds::act::Facts::zone(&*live.world.read()));
            decision.record.number = Some(jingui_kinds::number::fill(series, day, sequence));
        }
        let record = decision.record;
        if !decision.unique.is_empty() {
            self.reserve(write, &record, &decision.unique).await?;
        }
        if record.state == REMOVED {
            for once in unique(&kind, &record.data) {
                write.release_unique(&format!("{}.{}", record.kind, once.name()), record.id).await?;
            }
        }
        let former = current.as_ref().map(|r| crate::world::extract::protection(&kind, &live.scheme(), &r.data));
        let (key, wrapped) = match &row {
            None => live.vault.new_record_key(record.id, protection, &*live.rng)?,
            Some(row) if former != Some(protection) => {
                (live.vault.record_key(row.id, &row.key)?, live.vault.rewrap(row.id, &row.key, protection, &*live.rng)?)
            }
            Some(row) => (live.vault.record_key(row.id, &row.key)?, row.key.clone()),
        };
        let (sealed, doc) = seal_record(&key, &record, &*live.rng)?;
        let sealed_digest = jingui_ledger::tree::sha256(&[&sealed]);
        let new_row = RecordRow {
            id: record.id,
            kind: record.kind.clone(),
            state: record.state.clone(),
            grade: protection.rank(),
            version: record.version,
            created: record.created,
            updated: record.updated,
            key: wrapped,
            sealed,
        };
        match &row {
            None => write.insert_record(&new_row).await?,
            Some(old) => write.update_record(&new_row, old.version).await?,
        }
        let mut indexes = Vec::with_capacity(decision.happenings.len());
        for happening in &decision.happenings {
            let head = EventHead {
                id: Id::new(&*live.clock, &*live.rng),
                at: record.updated,
                kind: &record.kind,
                act: &happening.act,
                subject: Some(record.id),
                revision: Some(record.version),
                sealed_digest: Some(sealed_digest),
            };
            let event =
                seal_event(&live.vault, Some(&key), &head, &command.caller, happening_fields(&kind, &record, happening), &*live.rng)?;
            indexes.push(write.append_event(event).await?);
        }
        let left = current.as_ref().map(|before| jingui_kinds::people::left(&kind, before, &record)).unwrap_or_default();
        for effect in &decision.effects {
            let id = Id::new(&*live.clock, &*live.rng);
            let body = json!({ "effect": effect.effect, "transition": effect.transition, "kind": record.kind, "record": record.id, "version": record.version, "actor": command.caller.id(), "left": left });
            let sealed = live.vault.seal_system("job", id.as_bytes(), body.to_string().as_bytes(), &*live.rng)?;
            write.enqueue(&JobRow { id, kind: "effect".to_owned(), run_at: record.updated, attempts: 0, sealed }).await?;
        }
        if let Some((hash, digest)) = digest {
            let body = json!({ "record": record.id, "indexes": indexes });
            let sealed = live.vault.seal_system("idempotency", &hash, body.to_string().as_bytes(), &*live.rng)?;
            write.remember(command.caller.actor.account, hash, digest, &sealed, record.updated).await?;
        }
        self.made.insert(record.id, Brief { kind: record.kind.clone(), state: record.state.clone() });
        self.committed.push(Committed { record: record.clone(), doc, authority: kind.authority });
        Ok(Outcome { record, indexes, repeated: false })
    }

    /// What an earlier request with the same key did; and the key's hash with the request's digest, to remember this one.
    async fn recall(&self, write: &mut Write, command: &Command) -> Result<(Option<Outcome>, Option<([u8; 32], [u8; 32])>), Problem> {
        let Some(key) = &command.idempotency_key else { return Ok((None, None)) };
        let live = self.live;
        let hash = live.vault.blind("idempotency", key.as_bytes());
        let request = json!([command.kind, command.record, command.action, command.input, command.expected_version]);
        let digest = live.vault.blind("request", request.to_string().as_bytes());
        let Some(row) = write.recall(command.caller.actor.account, hash).await? else { return Ok((None, Some((hash, digest)))) };
        if row.request_digest != digest {
            return Err(Problem::conflict("request.key_reused"));
        }
        let body: Value = serde_json::from_slice(&live.vault.open_system("idempotency", &hash, &row.sealed_response)?)
            .map_err(|e| Problem::internal("event.encoding").detail(e))?;
        let id: Id = body.get("record").and_then(Value::as_str).unwrap_or_default().parse()?;
        let indexes =
            body.get("indexes").and_then(Value::as_array).map(|a| a.iter().filter_map(Value::as_u64).collect()).unwrap_or_default();
        let row = write.record(id).await?.ok_or_else(|| Problem::missing("record.missing"))?;
        let (record, _) = open_record(&live.vault, &row)?;
        Ok((Some(Outcome { record, indexes, repeated: true }), None))
    }

    async fn reserve(&self, write: &mut Write, record: &Record, unique: &[Unique]) -> Result<(), Problem> {
        for once in unique {
            let scope = format!("{}.{}", record.kind, once.name());
            write.release_unique(&scope, record.id).await?;
            let Some(value) = &once.value else { continue };
            let blind = self.live.vault.blind(&scope, value.as_bytes());
            if !write.reserve_unique(&scope, blind, record.id).await? {
                return Err(match once.fields.as_slice() {
                    [field] => Problem::conflict("field.not_unique").at(field.clone()),
                    _ => Problem::conflict("record.twice"),
                });
            }
        }
        Ok(())
    }

    async fn note(&self, write: &mut Write, note: &Note) -> Result<u64, Problem> {
        let live = self.live;
        let row = match note.record {
            Some(id) => write.record(id).await?,
            None => None,
        };
        let key = row.as_ref().map(|r| live.vault.record_key(r.id, &r.key)).transpose()?;
        let head = EventHead {
            id: Id::new(&*live.clock, &*live.rng),
            at: live.clock.now(),
            kind: &note.kind,
            act: &note.act,
            subject: row.as_ref().map(|r| r.id),
            revision: row.as_ref().map(|r| r.version),
            sealed_digest: None,
        };
        let event = seal_event(&live.vault, key.as_ref(), &head, &note.caller, note.fields.clone(), &*live.rng)?;
        write.append_event(event).await
    }
}

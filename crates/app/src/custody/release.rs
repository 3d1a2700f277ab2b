//! Custodians hand their shares over. Each release is durable in the ledger before its share counts; with enough of them the lock opens, in
//! memory, for the reader and the time that the opening says (B 4.2.1). Or its key is shared anew among those in office (B 5.1.3).

use std::sync::Arc;

use jingui_model::{Data, Id, Problem};
use jingui_vault::{
    custody::{Binding, Lock, take},
    envelope::{Algorithm, Pair},
    shares::Share,
};
use serde_json::json;

use super::{CUSTODIAN, Given, LOCK, OPENING, Opened, Release, Released, custodians, locks, openings::with};
use crate::{live::Live, pipeline::Command, world::caller::Caller};

/// Most locks that are written in one transaction.
const CHUNK: usize = 30;

/// An opening for which enough was handed over.
struct Ripe {
    binding: Binding,
    locks: Vec<Lock>,
    /// For each lock the shares that open it.
    shares: Vec<Vec<Share>>,
}

impl Live {
    /// Takes a custodian's shares for an opening.
    ///
    /// # Errors
    /// `record.missing` unless the caller may release it; `custody.own_request`; `custody.released_already`; `custody.forgotten` when this
    /// server no longer has the opening's key; `custody.shares` when there are too few or too many; `vault.envelope_refused`,
    /// `vault.share_wrong`: nothing is taken then.
    pub async fn release(self: &Arc<Self>, caller: &Caller, opening: Id, release: &Release) -> Result<Released, Problem> {
        let me = caller.id();
        let (record, aim) = {
            let world = self.world.read();
            let record = world.record(opening).ok().filter(|r| r.kind == OPENING);
            let record = record.filter(|r| jingui_kinds::people::ids(r.data.get("holders")).contains(&me));
            let record = record.ok_or_else(|| Problem::missing("record.missing"))?;
            let holder = world.record(release.holder).ok().filter(|r| r.kind == CUSTODIAN && r.state == "active");
            if holder.and_then(|r| r.one("person")) != Some(me) {
                return Err(Problem::denied("custody.not_holder"));
            }
            let aim = record.text("aim").unwrap_or_default().to_owned();
            (record, aim)
        };
        if record.state != "asked" {
            return Err(Problem::conflict("custody.not_asked"));
        }
        if jingui_kinds::people::ids(record.data.get("released_by")).contains(&me) {
            return Err(Problem::conflict("custody.released_already"));
        }
        let given = self.examine(opening, &aim, me, release)?;
        // Durable before it counts.
        let input = Data::from([("released_by".to_owned(), with(&record, "released_by", me))]);
        let mut command = Command::on(&caller.on_behalf(), OPENING, opening, "release", input);
        command.expected_version = Some(record.version);
        self.pipeline.change(command).await?;
        let (ripe, count, need) = self.count(opening, given)?;
        let Some(ripe) = ripe else { return Ok(Released { open: false, given: count, need }) };
        match aim.as_str() {
            "read" => self.open_locks(caller, opening, ripe).await?,
            "lift" => self.lift(caller, opening, ripe).await?,
            _ => self.share_anew(caller, opening, ripe).await?,
        }
        Ok(Released { open: true, given: count, need })
    }

    /// Opens what was handed over and holds each share against its lock.
    fn examine(&self, opening: Id, aim: &str, me: Id, release: &Release) -> Result<Given, Problem> {
        self.custody.tidy(self.clock.now());
        let collecting = self.custody.collecting.lock();
        let waiting = collecting.get(&opening).ok_or_else(|| Problem::conflict("custody.forgotten"))?;
        if aim == "read" && waiting.binding.reader == me {
            return Err(Problem::denied("custody.own_request"));
        }
        if release.shares.len() != waiting.locks.len() {
            return Err(Problem::invalid("custody.shares").arg("want", waiting.locks.len()).arg("found", release.shares.len()));
        }
        let (mut sharing, mut shares) = (None, vec![]);
        for (lock, sealed) in waiting.locks.iter().zip(&release.shares) {
            let share = take(&waiting.once, &waiting.binding, sealed)?;
            sharing = Some(lock.accepts(release.holder, &share)?);
            shares.push(share);
        }
        Ok(Given { holder: release.holder, sharing: sharing.unwrap_or_default(), shares })
    }

    /// Adds what was handed over; what is ripe leaves the waiting ones.
    fn count(&self, opening: Id, given: Given) -> Result<(Option<Ripe>, usize, u8), Problem> {
        let mut collecting = self.custody.collecting.lock();
        let waiting = collecting.get_mut(&opening).ok_or_else(|| Problem::conflict("custody.forgotten"))?;
        let sharing = given.sharing;
        if !waiting.given.iter().any(|g| g.holder == given.holder) {
            waiting.given.push(given);
        }
        let need = waiting.locks.iter().filter_map(|l| l.sharings.get(sharing)).map(|s| s.need).max().unwrap_or(u8::MAX);
        let together: Vec<&Given> = waiting.given.iter().filter(|g| g.sharing == sharing).collect();
        let count = together.len();
        if count < usize::from(need) {
            return Ok((None, count, need));
        }
        let of_lock = |at: usize| together.iter().filter_map(|g| g.shares.get(at).cloned()).collect();
        let shares = (0..waiting.locks.len()).map(of_lock).collect();
        let ripe = collecting.remove(&opening).map(|w| (w.binding, w.locks));
        Ok((ripe.map(|(binding, locks)| Ripe { binding, locks, shares }), count, need))
    }

    async fn open_locks(self: &Arc<Self>, caller: &Caller, opening: Id, ripe: Ripe) -> Result<(), Problem> {
        let (reader, until) = (ripe.binding.reader, ripe.binding.until);
        let mut opened = vec![];
        for (lock, shares) in ripe.locks.iter().zip(&ripe.shares) {
            let pair = lock.open(&self.record_key(lock.secret).await?, shares)?;
            opened.push(Opened { opening, secret: lock.secret, reader, until, pair });
        }
        // In the ledger before anything can be read.
        self.pipeline.change(Command::on(&caller.on_behalf(), OPENING, opening, "open", Data::new())).await?;
        self.custody.opened.lock().extend(opened);
        Ok(())
    }

    /// A new S for every lock of the opening, among those who are in office now.
    async fn share_anew(self: &Arc<Self>, caller: &Caller, opening: Id, ripe: Ripe) -> Result<(), Problem> {
        let circles = custodians::circles(&self.world.read())?.ok_or_else(|| Problem::conflict("custody.too_few"))?;
        let on_behalf = caller.on_behalf();
        let mut each = vec![];
        for (lock, shares) in ripe.locks.iter().zip(&ripe.shares) {
            let key = self.record_key(lock.secret).await?;
            let opened = lock.open(&key, shares)?;
            // A lock from before the enterprise's suite gets a pair of it, and its files are sealed to that.
            let wanted = Algorithm::of(key.suite());
            let renewed = if lock.algorithm()? == wanted { None } else { Some(Pair::generate(wanted, &*self.rng)?) };
            let anew = lock.share_anew(&key, renewed.as_ref().unwrap_or(&opened), &circles, &*self.rng)?;
            let current = self.world.read().record(lock.id)?;
            if locks::read(&current)?.version != lock.version {
                // Shared anew by somebody else since it was asked for.
                continue;
            }
            let mut command = Command::on(&on_behalf, LOCK, lock.id, "share_anew", locks::fields(&anew)?);
            command.expected_version = Some(current.version);
            // The lock and what is sealed to it change together or not at all.
            let mut together = vec![command];
            if renewed.is_some() {
                together.extend(self.resealing(lock, &opened, &anew)?);
            }
            each.push(together);
        }
        let number = each.len();
        while !each.is_empty() {
            let rest = each.split_off(each.len().min(CHUNK));
            self.pipeline.group(std::mem::replace(&mut each, rest).into_iter().flatten().collect()).await?;
        }
        self.finish(caller, opening, number).await
    }

    /// The files of every lock of the opening hang on their record's key again, where the secret is core no more.
    async fn lift(self: &Arc<Self>, caller: &Caller, opening: Id, ripe: Ripe) -> Result<(), Problem> {
        let mut number = 0;
        for (lock, shares) in ripe.locks.iter().zip(&ripe.shares) {
            let pair = lock.open(&self.record_key(lock.secret).await?, shares)?;
            let commands = self.lifting(lock, &pair).await?;
            if !commands.is_empty() {
                self.pipeline.group(commands).await?;
                number += 1;
            }
        }
        self.finish(caller, opening, number).await
    }

    /// An opening that read nothing is over as soon as it was one.
    async fn finish(self: &Arc<Self>, caller: &Caller, opening: Id, number: usize) -> Result<(), Problem> {
        let on_behalf = caller.on_behalf();
        let note = Data::from([("note".to_owned(), json!(number.to_string()))]);
        self.pipeline.change(Command::on(&on_behalf, OPENING, opening, "open", note)).await?;
        self.pipeline.change(Command::on(&on_behalf, OPENING, opening, "lapse", Data::new())).await?;
        Ok(())
    }
}

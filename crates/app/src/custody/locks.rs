//! Locks: each core secret with files has one as soon as there are two custodians. New files are sealed to it from the start; files that
//! came before are sealed to it by the effect `lock_core`. Nobody is needed to lock, two are needed to open.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_kinds::{
    kind::FieldType,
    record::{FileVersion, Record},
};
use jingui_model::{Data, Id, Problem, Protection};
use jingui_vault::{
    Key,
    custody::{Circle, Lock, file_key},
    envelope::Pair,
};
use serde_json::{Value, json};

use super::{CUSTODIAN, LOCK, SECRET, custodians};
use crate::{
    files,
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller},
};

/// The record of a secret's lock, and the lock.
pub(super) fn of_secret(world: &World, secret: Id) -> Result<Option<(Record, Lock)>, Problem> {
    let Some(record) = world.pointing_in(LOCK, "secret", secret, &["locked"])?.into_iter().next() else { return Ok(None) };
    let lock = read(&record)?;
    // A record that speaks of another secret than its lock does would seal files to somebody else's lock.
    if lock.secret == secret && lock.id == record.id { Ok(Some((record, lock))) } else { Err(damaged()) }
}

/// The lock in a record.
pub(super) fn read(record: &Record) -> Result<Lock, Problem> {
    serde_json::from_str(record.text("body").unwrap_or_default()).map_err(|_| damaged())
}

fn damaged() -> Problem {
    Problem::internal("custody.lock_damaged")
}

/// The locks that are in force.
pub(super) fn in_force(world: &World) -> Result<Vec<Lock>, Problem> {
    world.in_states(LOCK, &["locked"])?.iter().map(read).collect()
}

/// Is it the lock of a secret that is core no more?
pub(super) fn is_loose(world: &World, lock: &Lock) -> bool {
    world.record(lock.secret).is_ok_and(|secret| is_core(world, &secret).is_ok_and(|core| !core))
}

/// What a record says about its lock.
pub(super) fn fields(lock: &Lock) -> Result<Data, Problem> {
    let body = serde_json::to_string(lock).map_err(|e| Problem::internal("record.encoding").detail(e))?;
    let mut data = Data::from([("round".to_owned(), json!(lock.version)), ("body".to_owned(), json!(body))]);
    for (number, (people, need)) in [("holders", "need"), ("escrow", "escrow_need")].into_iter().enumerate() {
        let sharing = lock.sharings.get(number);
        let holders: Option<Vec<Id>> = sharing.map(|s| s.held.iter().map(|h| h.holder).collect());
        data.insert(people.to_owned(), holders.map_or(Value::Null, |h| json!(h)));
        data.insert(need.to_owned(), sharing.map_or(Value::Null, |s| json!(s.need)));
    }
    Ok(data)
}

impl Live {
    /// The lock that files of this record are sealed to; it is made when there is none yet. Nothing for what needs none: other registers,
    /// other grades, and as long as the enterprise has fewer than two custodians.
    ///
    /// # Errors
    /// `custody.lock_damaged`, `store.*`, `vault.*`.
    pub(crate) async fn lock_for(self: &Arc<Self>, record: Id) -> Result<Option<Lock>, Problem> {
        let circles = {
            let world = self.world.read();
            let secret = world.record(record)?;
            if secret.kind != SECRET {
                return Ok(None);
            }
            if let Some((_, lock)) = of_secret(&world, record)? {
                // Also when the grade was lowered since: the lock stays until two custodians lift it.
                return Ok(Some(lock));
            }
            if is_core(&world, &secret)? { custodians::circles(&world)? } else { None }
        };
        match circles {
            Some(circles) => self.make_lock(record, &circles).await.map(Some),
            None => Ok(None),
        }
    }

    async fn make_lock(self: &Arc<Self>, secret: Id, circles: &[Circle]) -> Result<Lock, Problem> {
        let key = self.record_key(secret).await?;
        let lock = Lock::make(Id::new(&*self.clock, &*self.rng), secret, &key, circles, &*self.rng)?;
        let mut data = fields(&lock)?;
        data.insert("shared_on".to_owned(), json!(self.today()));
        {
            let world = self.world.read();
            let of = world.record(secret)?;
            let name = of.number.clone().unwrap_or_else(|| secret.to_string());
            data.extend([("name".to_owned(), json!(name)), ("secret".to_owned(), json!(secret))]);
            data.extend(["grade", "department"].iter().filter_map(|f| Some(((*f).to_owned(), of.data.get(*f)?.clone()))));
        }
        let mut command = Command::create(&Caller::system(), LOCK, data);
        command.new_id = Some(lock.id);
        match self.pipeline.change(command).await {
            Ok(_) => Ok(lock),
            // Somebody else was first: theirs it is.
            Err(problem) => {
                self.pipeline.catch_up().await?;
                of_secret(&self.world.read(), secret)?.map(|(_, lock)| lock).ok_or(problem)
            }
        }
    }

    /// Seals the keys of a core secret's files to its lock, where they are not yet. Running twice does no harm.
    ///
    /// # Errors
    /// As [`Self::lock_for`]; `act.version` when the record changed meanwhile: then it is tried again.
    pub(crate) async fn lock_files(self: &Arc<Self>, secret: Id) -> Result<(), Problem> {
        let (record, open) = {
            let world = self.world.read();
            let record = world.record(secret)?;
            let open = files_where(&world, &record, |v| v.lock.is_none())?;
            (record, open)
        };
        if open.is_empty() {
            return Ok(());
        }
        let Some(lock) = self.lock_for(secret).await? else { return Ok(()) };
        let key = self.record_key(secret).await?;
        let mut input = Data::new();
        for (field, mut files) in open {
            for version in files.iter_mut().filter(|v| v.lock.is_none()) {
                let content = key.file_key(version.id, &files::wrapped(version)?)?;
                version.key = STANDARD.encode(lock.seal_file_key(version.id, &content, &*self.rng)?);
                version.lock = Some(lock.id);
            }
            input.insert(field, value(&files)?);
        }
        let mut command = Command::on(&Caller::system(), SECRET, secret, "edit", input);
        command.expected_version = Some(record.version);
        self.pipeline.change(command).await.map(|_| ())
    }

    /// What lifts an open lock: the secret's files under the record's key again, and the lock's end; both or neither. Nothing when the
    /// secret is core again by now.
    ///
    /// # Errors
    /// `vault.*`, `store.*`.
    pub(super) async fn lifting(self: &Arc<Self>, lock: &Lock, pair: &Pair) -> Result<Vec<Command>, Problem> {
        let key = self.record_key(lock.secret).await?;
        let world = self.world.read();
        let secret = world.record(lock.secret)?;
        if is_core(&world, &secret)? {
            return Ok(vec![]);
        }
        let edit = refile(&world, &secret, lock, pair, |version, content| {
            version.key = STANDARD.encode(key.wrap_file_key(version.id, content, &*self.rng)?);
            version.lock = None;
            Ok(())
        })?;
        Ok(vec![edit, Command::on(&Caller::system(), LOCK, lock.id, "lift", Data::new())])
    }

    /// What seals the files of an open lock to the same lock with another pair; nothing when there are none.
    ///
    /// # Errors
    /// `vault.*`, `store.*`.
    pub(super) fn resealing(&self, lock: &Lock, pair: &Pair, anew: &Lock) -> Result<Option<Command>, Problem> {
        let world = self.world.read();
        let secret = world.record(lock.secret)?;
        let edit = refile(&world, &secret, lock, pair, |version, content| {
            version.key = STANDARD.encode(anew.seal_file_key(version.id, content, &*self.rng)?);
            Ok(())
        })?;
        Ok(if edit.input.is_empty() { None } else { Some(edit) })
    }

    /// Locks what an act may have left unlocked: one secret, or all of them after a custodian took office.
    ///
    /// # Errors
    /// As [`Self::lock_files`].
    pub(crate) async fn lock_core(self: &Arc<Self>, record: &Record) -> Result<(), Problem> {
        if record.kind != CUSTODIAN {
            return self.lock_files(record.id).await;
        }
        let all: Vec<Id> = {
            let world = self.world.read();
            let table = world.table(SECRET)?;
            let core = table.protected(Protection::Core.rank());
            core.into_iter().flatten().filter_map(|r| table.row(r)).map(|r| r.id).collect()
        };
        for secret in all {
            self.lock_files(secret).await?;
        }
        Ok(())
    }
}

/// The fields of files of a record, of those in which a version is so.
fn files_where(world: &World, record: &Record, so: impl Fn(&FileVersion) -> bool) -> Result<Vec<(String, Vec<FileVersion>)>, Problem> {
    let kind = world.kind(&record.kind)?;
    let fields = kind.fields.iter().filter(|f| matches!(f.ty, FieldType::Files {}));
    let read = |name: &String| Some((name.clone(), serde_json::from_value::<Vec<FileVersion>>(record.data.get(name)?.clone()).ok()?));
    Ok(fields.filter_map(|f| read(&f.name)).filter(|(_, files)| files.iter().any(&so)).collect())
}

/// The edit of a secret that changes how the keys of the files of its open lock are kept.
fn refile(
    world: &World,
    secret: &Record,
    lock: &Lock,
    pair: &Pair,
    keep: impl Fn(&mut FileVersion, &Key) -> Result<(), Problem>,
) -> Result<Command, Problem> {
    let mut input = Data::new();
    for (field, mut files) in files_where(world, secret, |v| v.lock == Some(lock.id))? {
        for version in files.iter_mut().filter(|v| v.lock == Some(lock.id)) {
            let content = file_key(pair, secret.id, version.id, &files::wrapped(version)?)?;
            keep(version, &content)?;
        }
        input.insert(field, value(&files)?);
    }
    let mut edit = Command::on(&Caller::system(), SECRET, secret.id, "edit", input);
    edit.expected_version = Some(secret.version);
    Ok(edit)
}

fn value<T: serde::Serialize>(of: &T) -> Result<Value, Problem> {
    serde_json::to_value(of).map_err(|e| Problem::internal("record.encoding").detail(e))
}

/// Is a secret so graded that two custodians guard it?
fn is_core(world: &World, secret: &Record) -> Result<bool, Problem> {
    Ok(world.target(&Caller::system(), world.kind(SECRET)?, secret).protection >= Protection::Core)
}

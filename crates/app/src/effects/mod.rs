//! Effects: what follows from a committed act, done by the system through the same pipeline.
//!
//! A job may run more than once (a node may die between doing and saying so, and a lease may run
//! out). So every effect first looks at what is done already, every command carries a key made of
//! the job and what it is for, and records are made under identifiers that follow from the job:
//! running twice changes nothing. Which act caused it, and whose, stands in the note of each command.

mod access;
mod campaign;
mod carriers;
mod change;
mod destruction;
mod follow;
mod integrity;
mod people;
mod training;

use std::{fmt::Display, sync::Arc};

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Problem};
use serde_json::{Value, json};

use crate::{
    jobs::EffectJob,
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller},
};

/// Most commands in one transaction.
const CHUNK: usize = 60;

/// The effects that are written here; the same list as [`jingui_kinds::names::EFFECTS`].
pub const WRITTEN: &[&str] = &[
    "open_campaign_lists",
    "copy_campaign",
    "list_candidates",
    "unlist_candidates",
    "register_outcome",
    "copy_circle",
    "apply_grade_change",
    "apply_term",
    "apply_declassification",
    "withdraw_access",
    "notify_circle",
    "open_access",
    "close_access",
    "invite_to_course",
    "record_exam",
    "expect_carriers",
    "count_differences",
    "fill_exit_audit",
    "follow",
    "lock_core",
    "destroy_data",
    "review_integrity",
    "retry_effect",
];

/// Runs one effect.
///
/// # Errors
/// `effect.unknown`; whatever its commands are refused with. The job is then tried again later.
pub async fn run(live: &Arc<Live>, job: &EffectJob) -> Result<(), Problem> {
    let Some(doing) = Doing::begin(live, job).await? else {
        tracing::warn!(effect = %job.effect, record = %job.record, "the record was taken back; nothing follows from it");
        return Ok(());
    };
    match job.effect.as_str() {
        "open_campaign_lists" => campaign::open_lists(&doing).await,
        "copy_campaign" => campaign::copy_campaign(&doing).await,
        "list_candidates" => campaign::move_candidates(&doing, "draft", "list").await,
        "unlist_candidates" => campaign::move_candidates(&doing, "listed", "unlist").await,
        "register_outcome" => campaign::register_outcome(&doing).await,
        "copy_circle" => change::copy_circle(&doing).await,
        "apply_grade_change" => change::apply_grade(&doing).await,
        "apply_term" => change::apply_term(&doing).await,
        "apply_declassification" => change::apply_declassification(&doing).await,
        "withdraw_access" => people::withdraw_access(&doing).await,
        "notify_circle" => people::notify_circle(&doing).await,
        "open_access" => access::open(&doing).await,
        "close_access" => access::close(&doing).await,
        "invite_to_course" => training::invite(&doing).await,
        "record_exam" => training::record(&doing).await,
        "expect_carriers" => carriers::expect(&doing).await,
        "count_differences" => carriers::differences(&doing).await,
        "fill_exit_audit" => people::fill_exit_audit(&doing).await,
        "follow" => follow::follow(&doing).await,
        "lock_core" => live.lock_core(&doing.record).await,
        "destroy_data" => destruction::destroy(&doing).await,
        "review_integrity" => integrity::review(&doing).await,
        "retry_effect" => crate::stuck::retry(live, &doing.record.data).await,
        _ => Err(Problem::internal("effect.unknown").arg("effect", &job.effect)),
    }
}

/// An effect on its way.
struct Doing<'a> {
    live: &'a Arc<Live>,
    job: &'a EffectJob,
    /// The record that caused it, as it is now.
    record: Record,
    /// What the commands are noted with: number of the cause and name of who acted.
    note: String,
}

impl<'a> Doing<'a> {
    /// Waits until the read model has the act that caused the effect; nothing when its record was taken back since.
    async fn begin(live: &'a Arc<Live>, job: &'a EffectJob) -> Result<Option<Self>, Problem> {
        let seen = |live: &Live| live.world.read().row(job.record).is_some_and(|(_, _, r)| r.version >= job.version);
        if !seen(live) {
            live.pipeline.catch_up().await?;
        }
        let world = live.world.read();
        // Committed records are all in the read model by now, but those of an import that was undone.
        let Ok(record) = world.record(job.record) else { return Ok(None) };
        let cause = record.number.clone().unwrap_or_else(|| record.kind.clone());
        let note = match world.title(job.actor) {
            Some(name) => format!("{cause} · {name}"),
            None => cause,
        };
        drop(world);
        Ok(Some(Self { live, job, record, note }))
    }

    /// A command of this effect on a record; `what` tells it from the effect's other commands.
    fn on(&self, what: impl Display, kind: &str, record: Id, action: &str, mut input: Data) -> Command {
        if action != "create" {
            input.insert("note".to_owned(), json!(self.note));
        }
        Command::on(&Caller::system(), kind, record, action, input).keyed(self.key(what))
    }

    /// A command of this effect that makes a record under an identifier of its own.
    fn create(&self, what: impl Display, kind: &str, data: Data) -> Command {
        let what = what.to_string();
        let mut command = Command::create(&Caller::system(), kind, data).keyed(self.key(&what));
        command.new_id = Some(self.id(&what));
        command
    }

    fn key(&self, what: impl Display) -> String {
        format!("{}/{what}", self.job.job)
    }

    /// The identifier of what this effect makes: the job's time, and a digest of what it is for.
    fn id(&self, what: &str) -> Id {
        let digest = self.live.vault.blind("effect", self.key(what).as_bytes());
        let mut bytes = *self.job.job.as_bytes();
        bytes.iter_mut().skip(9).zip(digest).for_each(|(b, d)| *b = d);
        Id::from_bytes(bytes)
    }

    /// Does all commands or none of them.
    async fn all(&self, commands: Vec<Command>) -> Result<(), Problem> {
        if commands.is_empty() { Ok(()) } else { self.live.pipeline.group(commands).await.map(|_| ()) }
    }

    /// Does units of commands that hold together, several units in one transaction.
    async fn units(&self, units: Vec<Vec<Command>>) -> Result<(), Problem> {
        let mut batch: Vec<Command> = vec![];
        for unit in units {
            batch.extend(unit);
            if batch.len() >= CHUNK {
                self.all(std::mem::take(&mut batch)).await?;
            }
        }
        self.all(batch).await
    }
}

/// The record that a field refers to.
fn target(world: &World, record: &Record, field: &str) -> Result<Record, Problem> {
    let id = jingui_kinds::people::ids(record.data.get(field)).first().copied();
    world.record(id.ok_or_else(|| Problem::internal("effect.reference").arg("field", field))?)
}

/// The named fields of a record, as they are; missing ones are left out.
fn fields(record: &Record, names: &[&str]) -> Data {
    names.iter().filter_map(|n| Some(((*n).to_owned(), record.data.get(*n)?.clone()))).collect()
}

/// What differs from the record's present values; `null` for what the record does not have is no difference.
fn differing(record: &Record, mut data: Data) -> Data {
    data.retain(|name, value| record.data.get(name).unwrap_or(&Value::Null) != value);
    data
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_effect_that_kinds_may_name_is_written() {
        let mut named: Vec<&str> = jingui_kinds::names::EFFECTS.iter().map(|(n, _)| *n).collect();
        let mut written = super::WRITTEN.to_vec();
        named.sort_unstable();
        written.sort_unstable();
        assert_eq!(named, written);
    }
}

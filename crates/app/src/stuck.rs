//! What should have followed from an act and could not be done: after so many attempts it is no longer tried by
//! itself, but stands in a register as work of the system administrator, who has it tried again (H 9.5.4).
//!
//! The entry is a record like any other, so that it is in the ledger, in "my work" and in a list; it names the record that
//! it is about by number, never by what it says.

use std::sync::Arc;

use jingui_model::{Class, Data, Id, Problem};
use jingui_store::{JobRow, NEVER};
use serde_json::{Value, json};

use crate::{backup, jobs::EffectJob, live::Live, notify, pipeline::Command, world::caller::Caller};

/// The register.
pub(crate) const KIND: &str = "stuck_effect";
/// After so many attempts it is given up: with waits that double from two seconds, about a quarter of an hour.
pub const ATTEMPTS: u32 = 10;
/// The longest wait is two to the power of this, in seconds.
const LONGEST: u32 = 10;

/// When a job that failed may be tried again, in microseconds; [`NEVER`] once it stands in the register.
///
/// What fails because something is out of reach is never given up.
pub(crate) async fn next_try(live: &Arc<Live>, row: &JobRow, job: Option<&EffectJob>, problem: &Problem) -> i64 {
    let wait = live.clock.now().plus_seconds(1_i64 << row.attempts.min(LONGEST)).micros();
    if row.attempts < ATTEMPTS || problem.class() == Class::Unavailable {
        return wait;
    }
    match report(live, row, job, problem).await {
        Ok(()) => NEVER,
        Err(fault) => {
            tracing::warn!(job = %row.id, problem = %fault, "a job that is stuck could not be reported; it is tried again");
            wait
        }
    }
}

async fn report(live: &Arc<Live>, row: &JobRow, job: Option<&EffectJob>, problem: &Problem) -> Result<(), Problem> {
    let id = entry(live, row.id);
    let mut data = Data::from([("reason".to_owned(), json!(problem.code())), ("attempts".to_owned(), json!(row.attempts))]);
    let command = match state(live, id) {
        Some(state) if state == "stuck" => return Ok(()),
        Some(_) => Command::on(&Caller::system(), KIND, id, "fail", data),
        None => {
            let effect = job.map_or_else(|| row.kind.clone(), |j| j.effect.clone());
            let number = job.and_then(|j| live.world.read().row(j.record).and_then(|(.., r)| r.number.as_deref().map(str::to_owned)));
            let name = number.map_or_else(|| effect.clone(), |n| format!("{effect} · {n}"));
            let more = [("name", json!(name)), ("effect", json!(effect)), ("job", json!(row.id))];
            data.extend(more.map(|(n, v)| (n.to_owned(), v)));
            if let Some(job) = job {
                let more = [("transition", json!(job.transition)), ("about_kind", json!(job.kind)), ("about_id", json!(job.record))];
                data.extend(more.map(|(n, v)| (n.to_owned(), v)));
            }
            let mut make = Command::create(&Caller::system(), KIND, data);
            make.new_id = Some(id);
            make
        }
    };
    live.pipeline.change(command).await.map(|_| ())
}

/// A job is done: its entry, if it has one, is too.
///
/// # Errors
/// Those of writing.
pub(crate) async fn settle(live: &Arc<Live>, job: Id) -> Result<(), Problem> {
    let id = entry(live, job);
    match state(live, id) {
        Some(state) if state != "settled" => {
            live.pipeline.change(Command::on(&Caller::system(), KIND, id, "settle", Data::new())).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Has the job of an entry tried again; one that is gone by now was done.
///
/// # Errors
/// Those of writing.
pub(crate) async fn retry(live: &Arc<Live>, data: &Data) -> Result<(), Problem> {
    if data.get("effect").and_then(Value::as_str) == Some(notify::EFFECT) {
        live.notifier.hurry();
        return Ok(());
    }
    // Tried again by the schedule itself, which settles the entry.
    if data.get("effect").and_then(Value::as_str) == Some(backup::EFFECT) {
        return Ok(());
    }
    let job: Id = data.get("job").and_then(Value::as_str).unwrap_or_default().parse()?;
    if live.store.retry_job(job, live.clock.now().micros()).await? {
        live.jobs_wake.notify_one();
        Ok(())
    } else {
        settle(live, job).await
    }
}

/// The entry of a job (or of a channel over which nothing gets through): its identifier follows from the other's, so that there is one.
pub(crate) fn entry(live: &Live, job: Id) -> Id {
    let digest = live.vault.blind("stuck", job.as_bytes());
    let mut bytes = *job.as_bytes();
    bytes.iter_mut().skip(9).zip(digest).for_each(|(b, d)| *b = d);
    Id::from_bytes(bytes)
}

pub(crate) fn state(live: &Live, id: Id) -> Option<String> {
    live.world.read().row(id).map(|(.., row)| row.state.to_string())
}

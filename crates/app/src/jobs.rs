//! The job runner: effects of committed acts, done by the system, exactly once in effect.
//!
//! A job is enqueued in the transaction of its act. It may be run more than once (a node may die
//! between doing and saying so), so every command an effect issues carries an idempotency key
//! made of the job's identifier. What fails is tried again with waits that double, then given up in sight (`stuck.rs`).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use jingui_model::{Id, Instant, Problem};
use jingui_store::JobRow;
use serde::Deserialize;

use crate::{effects, live::Live, stuck, training::sitting};

const LEASE_SECONDS: i64 = 60;

/// An effect to run, as it was enqueued.
#[derive(Debug, Clone, Deserialize)]
pub struct EffectJob {
    /// Its name.
    pub effect: String,
    /// The transition that caused it.
    pub transition: String,
    /// The record's kind.
    pub kind: String,
    /// The record.
    pub record: Id,
    /// Its version after the act.
    pub version: u64,
    /// Who acted.
    pub actor: Id,
    /// Persons and posts that the act took off the need-to-know list.
    #[serde(default)]
    pub left: Vec<Id>,
    /// The job, for idempotency keys.
    #[serde(skip, default = "Id::nil")]
    pub job: Id,
}

/// The runner's task.
pub async fn run(live: Arc<Live>, holder: Id, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut closed: Option<Instant> = None;
    // Where no other process can be, a dead one's jobs are this one's.
    if let Err(problem) = live.store.put_back_jobs(holder).await {
        tracing::warn!(problem = %problem, "jobs of the last run wait until their lease is over");
    }
    loop {
        let now = live.clock.now();
        if closed.is_none_or(|at| now >= at.plus_seconds(sitting::EVERY_SECONDS)) {
            closed = Some(now);
            live.pipeline.refill();
            if let Err(problem) = live.close_exams(now).await {
                tracing::warn!(problem = %problem, "exams whose time is over could not be handed in; tried again");
            }
            if let Err(problem) = live.lapse_openings().await {
                tracing::warn!(problem = %problem, "openings whose time is over could not be ended; tried again");
            }
        }
        match live.store.claim_job(now.micros(), holder, now.plus_seconds(LEASE_SECONDS).micros()).await {
            Ok(Some(row)) => {
                one(&live, holder, &row).await;
                continue;
            }
            Ok(None) => {}
            Err(problem) => tracing::warn!(problem = %problem, "no job could be claimed"),
        }
        if *stop.borrow() {
            break;
        }
        tokio::select! {
            () = live.jobs_wake.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
            _ = stop.changed() => break,
        }
    }
    if let Err(problem) = live.leave_custody().await {
        tracing::warn!(problem = %problem, "openings of core secrets end with their lease only");
    }
}

async fn one(live: &Arc<Live>, holder: Id, row: &JobRow) {
    let opened = open(live, row);
    let result = match &opened {
        Ok(job) => effects::run(live, job).await,
        Err(problem) => Err(problem.clone()),
    };
    let settled = match result {
        Ok(()) => {
            live.metrics.effects.fetch_add(1, Ordering::Relaxed);
            let finished = live.store.finish_job(row.id, holder).await;
            if let Err(problem) = stuck::settle(live, row.id).await {
                tracing::warn!(job = %row.id, problem = %problem, "a job was done, and its entry still says that it is not");
            }
            finished
        }
        Err(problem) => {
            live.metrics.effect_failures.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(job = %row.id, attempts = row.attempts, problem = %problem, "an effect failed");
            let next = stuck::next_try(live, row, opened.as_ref().ok(), &problem).await;
            live.store.fail_job(row.id, holder, next, problem.code()).await
        }
    };
    if let Err(problem) = settled {
        tracing::warn!(job = %row.id, problem = %problem, "a job's end could not be written");
    }
}

fn open(live: &Live, row: &JobRow) -> Result<EffectJob, Problem> {
    let plain = live.vault.open_system("job", row.id.as_bytes(), &row.sealed)?;
    let mut job: EffectJob = serde_json::from_slice(&plain).map_err(|e| Problem::internal("job.encoding").detail(e))?;
    job.job = row.id;
    Ok(job)
}

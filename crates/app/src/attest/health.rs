//! Notes about the system itself: that it started, with what version and in what state; every day how clock, disk,
//! queue and ledger stand; every week a full check of the ledger. Courts ask whether the system was sound and able
//! to notice its own errors (民事证据规定 93).

use std::sync::Arc;

use jingui_ledger::Outcome;
use jingui_model::{Data, Instant, Problem};
use serde_json::{Value, json};

use crate::live::Live;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
const QUARTER: i64 = 900;
/// A clock that runs this much ahead of or behind the machine's own pace has been set.
const STEP_SECONDS: i64 = 5;
/// When the last notes were made, over restarts.
const LAST: &str = "health";

/// What is remembered between rounds.
#[derive(Debug, Default)]
pub struct Rounds {
    loaded: bool,
    began: Option<Instant>,
    daily: Option<Instant>,
    weekly: Option<Instant>,
    pace: Option<(Instant, tokio::time::Instant)>,
}

/// Looks what is due.
pub(crate) async fn round(live: &Arc<Live>, rounds: &mut Rounds, now: Instant) {
    if let Err(problem) = look(live, rounds, now).await {
        tracing::warn!(problem = %problem, "the state of the system could not be noted; tried again");
    }
}

async fn look(live: &Arc<Live>, rounds: &mut Rounds, now: Instant) -> Result<(), Problem> {
    if !rounds.loaded {
        let kept = live.store.meta(LAST).await?.and_then(|bytes| serde_json::from_slice::<[i64; 2]>(&bytes).ok());
        let at = |micros: i64| (micros > 0).then(|| Instant::from_micros(micros));
        (rounds.daily, rounds.weekly) = kept.map_or((None, None), |[daily, weekly]| (at(daily), at(weekly)));
        super::note(live, "started", started(live)).await?;
        rounds.loaded = true;
    }
    if let Some(step) = rounds.step(now) {
        super::note(live, "clock_set", Data::from([("seconds".to_owned(), json!(step))])).await?;
    }
    let due = |last: Option<Instant>, every: i64| last.is_none_or(|at| now >= at.plus_seconds(every));
    // Reading the whole ledger is for a node that has long been ready; the first time is a week after the founding.
    rounds.weekly.get_or_insert(now);
    let began = *rounds.began.get_or_insert(now);
    let (daily, weekly) = (due(rounds.daily, DAY), due(rounds.weekly, WEEK) && now >= began.plus_seconds(QUARTER));
    if !daily && !weekly {
        return Ok(());
    }
    let mut fields = state(live).await?;
    if weekly {
        // What dead appends left behind goes first: the check would name it.
        for (name, left) in [("ledger_cleared", live.ledger.tidy().await), ("twin_cleared", live.twin.tidy().await)] {
            match left {
                Ok(files) => drop(fields.insert(name.to_owned(), json!(files))),
                // Another node writes at this moment; it tidies, too.
                Err(problem) => tracing::warn!(problem = %problem, "superseded partial tiles stay for now"),
            }
        }
        let (first, twin) = (live.ledger.verify().await?, live.twin.verify().await?);
        for (name, report) in [("ledger", first), ("twin", twin)] {
            let outcome = if report.outcome == Outcome::Whole { "whole" } else { "damaged" };
            fields.insert(name.to_owned(), json!({ "outcome": outcome, "entries": report.entries, "root": report.root }));
        }
        rounds.weekly = Some(now);
    }
    super::note(live, "health", fields).await?;
    rounds.daily = Some(now);
    let kept = [rounds.daily, rounds.weekly].map(|at| at.map_or(0, Instant::micros));
    live.store.set_meta(LAST, json!(kept).to_string().as_bytes()).await
}

impl Rounds {
    /// By how many seconds the wall clock moved against the machine's pace since the last round.
    fn step(&mut self, now: Instant) -> Option<i64> {
        let pace = tokio::time::Instant::now();
        let before = self.pace.replace((now, pace))?;
        let passed = i64::try_from(pace.duration_since(before.1).as_secs()).unwrap_or(i64::MAX);
        let step = (now.micros() - before.0.micros()) / 1_000_000 - passed;
        (step.abs() >= STEP_SECONDS).then_some(step)
    }
}

fn started(live: &Live) -> Data {
    Data::from([
        ("version".to_owned(), json!(env!("CARGO_PKG_VERSION"))),
        ("database".to_owned(), json!(format!("{:?}", live.store.backend()).to_lowercase())),
        ("size".to_owned(), json!(live.ledger.state().size)),
    ])
}

/// What can be seen without reading everything.
async fn state(live: &Live) -> Result<Data, Problem> {
    let (ledger, twin, counts) = (live.ledger.state(), live.twin.state(), live.store.counts().await?);
    let halted = ledger.halted.as_ref().map_or(Value::Null, |p| json!(p.code()));
    Ok(Data::from([
        ("entries".to_owned(), json!(ledger.size)),
        ("entries_waiting".to_owned(), json!(ledger.committed.saturating_sub(ledger.size))),
        ("twin_entries".to_owned(), json!(twin.size)),
        ("halted".to_owned(), halted),
        ("records".to_owned(), json!(counts.records)),
        ("database_bytes".to_owned(), json!(counts.bytes)),
        ("free_bytes".to_owned(), json!(live.ledger.free_bytes())),
    ]))
}

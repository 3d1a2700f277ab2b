//! A company lives through a year in minutes: the real pipeline, the real duties, a clock that is put forward day by day.
//!
//! What happens is data (`catalog/simulation`); what must follow is not looked up there but in the rules. So the report is a
//! proof of the duty calendar: each duty on its day, none twice, none missing (issue's figure; H 12.3).

mod play;
mod report;
mod script;
mod stage;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jingui_kinds::act::Facts as _;
use jingui_model::{Data, Day, Id, Problem, clock::FixedClock};
use serde_json::Value;

pub use self::report::Report;
use self::{
    script::{Item, Script},
    stage::Stage,
};
use crate::{duties, live::Live};

/// A day begins at nine.
const MORNING: i64 = 9 * 3600;
/// What is forgotten is remembered so many days after its last.
const FORGOTTEN: i32 = 60;
/// What follows from an act is waited for so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Plays a script for so many days, beginning on the day after the company was set up.
///
/// # Errors
/// `simulate.unknown`, `simulate.script` when the data are wrong; whatever entering the first day's things is refused with.
pub async fn run(live: &Arc<Live>, clock: &FixedClock, name: &str, days: u32, month: &dyn Fn(Day)) -> Result<Report, Problem> {
    let script = Script::shipped(name)?;
    let zone = live.world.read().zone();
    let first = live.today();
    let mut stage = Stage::new(live, clock);
    stage.people(&script).await?;
    for item in &script.start {
        for _ in 0..item.times.max(1) {
            stage.play(item).await.map_err(|p| p.arg("item", item.name()))?;
        }
    }
    stage.each(&script.each_person, &stage.persons()).await?;
    settle(live).await?;
    let mut report = Report::default();
    let mut plans: BTreeMap<Id, Day> = BTreeMap::new();
    for number in 1..=i32::try_from(days).unwrap_or(i32::MAX) {
        let today = first.plus_days(number);
        clock.set(today.start(zone).plus_seconds(MORNING));
        if today.parts().2 == 1 {
            month(today);
        }
        duties::day(live, today).await?;
        happen(&mut stage, &script, number, &mut report).await?;
        settle(live).await?;
        duties::follow(live, today).await?;
        work(&mut stage, &script, today, &mut plans, &mut report).await?;
        settle(live).await?;
        // As every hour: what was entered today may have a day that is today's.
        duties::day(live, today).await?;
    }
    report.finish(live, first, days)?;
    report.persons = stage.persons().len();
    Ok(report)
}

/// What the script lets happen on the n-th day.
async fn happen(stage: &mut Stage<'_>, script: &Script, number: i32, report: &mut Report) -> Result<(), Problem> {
    for item in &script.happens {
        let (from, every) = (item.from.max(1), item.every.max(1));
        if number < from || (number - from) % every != 0 {
            continue;
        }
        match stage.play(item).await {
            Ok(made) if item.each => stage.each(&script.each_person, &made).await?,
            Ok(_) => {}
            Err(problem) => report.failed(item.name(), &problem),
        }
    }
    Ok(())
}

/// People do what is theirs: most in time, some of it late.
async fn work(
    stage: &mut Stage<'_>,
    script: &Script,
    today: Day,
    plans: &mut BTreeMap<Id, Day>,
    report: &mut Report,
) -> Result<(), Problem> {
    let calendar = &stage.live.agenda.calendar;
    let waiting = duties::book::waiting(&stage.live.world.read())?;
    for duty in waiting {
        let text = |field: &str| duty.text(field).unwrap_or_default();
        let (Some(raised), Some(due)) = (duty.day("raised_on"), duty.day("due")) else { continue };
        let rule = text("rule").to_owned();
        let late = script.forgotten.contains(&rule) && hash(text("key")).is_multiple_of(3);
        let due = if late { due.plus_days(FORGOTTEN) } else { due };
        let from = if late { due } else { raised.max(today) };
        let plan = *plans.entry(duty.id).or_insert_with(|| planned(calendar, text("key"), from, due));
        let steps = script.done.get(&rule);
        if plan > today || steps.is_some_and(Vec::is_empty) {
            continue;
        }
        let result = match (text("evidence"), steps) {
            ("note" | "note_and_file", _) => stage.finish(&duty, &script.note).await,
            (_, Some(steps)) => stage.steps(steps, &duty).await,
            _ => Err(Problem::internal("simulate.script").arg("item", &rule)),
        };
        match result {
            Ok(()) => report.done(duty.id),
            // Something else has to come first, or it is done by now: looked at again the next morning.
            Err(problem) => report.hindered(&rule, duty.id, &problem),
        }
    }
    Ok(())
}

/// The day on which somebody will do a duty; of twenty one is late.
fn planned(calendar: &jingui_calendar::Calendar, key: &str, from: Day, due: Day) -> Day {
    let hash = hash(key);
    let spread = |n: i32| i32::try_from(hash / 32).unwrap_or(0).rem_euclid(n.max(1));
    if hash.is_multiple_of(20) {
        return calendar.on_or_after(due.max(from).plus_days(1 + spread(5)));
    }
    let day = from.plus_days(spread(due.number() - from.number() + 1));
    let worked = calendar.on_or_after(day);
    if worked <= due { worked } else { day.max(from) }
}

fn hash(key: &str) -> u32 {
    key.bytes().fold(2_166_136_261_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(16_777_619))
}

/// Waits until what follows from acts has followed.
async fn settle(live: &Live) -> Result<(), Problem> {
    let begun = tokio::time::Instant::now();
    loop {
        let jobs = live.store.jobs_overview().await?;
        if jobs.iter().all(|j| j.running == 0 && j.waiting == j.failing) || begun.elapsed() > PATIENCE {
            return Ok(());
        }
        live.jobs_wake.notify_one();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A record's fields as values.
fn object(value: Value) -> Data {
    match value {
        Value::Object(map) => map.into_iter().collect(),
        _ => Data::new(),
    }
}

impl Item {
    fn name(&self) -> String {
        self.kind.clone().or_else(|| self.on.clone()).unwrap_or_default()
    }
}

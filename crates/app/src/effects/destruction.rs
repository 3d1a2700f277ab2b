//! The destruction of data, once it was approved and witnessed (H 9.6.5, B 5.2.4): what it says is erased in one transaction for each
//! record, its sealed files go, then the epochs end under which its key was ever wrapped, and the database is written anew.
//!
//! Each step first looks at what is done already, and what is to go was written down before anything went: whoever starts after a
//! crash goes on from there.

use std::{collections::BTreeSet, time::Duration};

use jingui_model::{Data, Id, Problem, Protection};
use jingui_vault::vault::wrapped_under;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Doing;
use crate::{
    custody::LOCK,
    files,
    live::Live,
    pipeline::{Erase, History, open_record},
    preservation,
};

/// How long one attempt waits for a rotation, in steps; afterwards the job is tried again.
const STEPS: u32 = 100;
const STEP: Duration = Duration::from_millis(200);

/// What is to go, written down before anything goes.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Plan {
    records: Vec<Id>,
    objects: BTreeSet<String>,
}

/// Up to which epoch the keys of a protection end.
type Ends = Vec<(Protection, u32)>;

pub(super) async fn destroy(doing: &Doing<'_>) -> Result<(), Problem> {
    if doing.record.state != "executing" {
        return Ok(());
    }
    let live = doing.live;
    let plan: Plan = match doing.record.text("plan") {
        Some(known) => read(known)?,
        None => {
            let (plan, outcome) = plan(doing).await?;
            let data = [("plan", json!(write(&plan)?)), ("outcome", outcome), ("objects", json!(plan.objects.len()))];
            note_down(doing, "plan", data).await?;
            plan
        }
    };
    let cause = doing.record.number.clone().unwrap_or_else(|| doing.record.id.to_string());
    let mut indexes = vec![];
    for id in &plan.records {
        live.lapse_openings_of(*id).await?;
        indexes.push(live.pipeline.erase(Erase { record: *id, cause: cause.clone() }).await?);
        // Whoever was in the middle of a page does not get the next one.
        live.viewings.end_record(*id);
    }
    for object in &plan.objects {
        live.objects.delete(object).await?;
    }
    let ends: Ends = match doing.record.text("ends") {
        Some(known) => read(known)?,
        None => {
            let ends = ends(live, &plan).await?;
            let index = indexes.iter().max().copied();
            note_down(doing, "ends", [("ends", json!(write(&ends)?)), ("ledger_index", json!(index))]).await?;
            ends
        }
    };
    for (protection, epoch) in ends {
        end(doing, protection, epoch, &cause).await?;
    }
    live.store.write_anew().await?;
    live.scrub_keys().await?;
    let last = live.last_key_copy().await?;
    let copies = if last.is_some() { "until" } else { "none" };
    let data = Data::from([("copies".to_owned(), json!(copies)), ("last_copy".to_owned(), json!(last))]);
    doing.all(vec![doing.on("finish", &doing.record.kind, doing.record.id, "finish", data)]).await
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|e| Problem::internal("record.encoding").detail(e))
}

fn write<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|e| Problem::internal("record.encoding").detail(e))
}

async fn note_down<const N: usize>(doing: &Doing<'_>, what: &str, data: [(&str, Value); N]) -> Result<(), Problem> {
    let data = data.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    doing.all(vec![doing.on(what, &doing.record.kind, doing.record.id, "edit", data)]).await
}

/// The records with their locks, every sealed object that any of them ever named, and a line for the certificate on each.
async fn plan(doing: &Doing<'_>) -> Result<(Plan, Value), Problem> {
    let live = doing.live;
    let named = preservation::named(&live.world.read(), &doing.record)?;
    let mut plan = Plan::default();
    let mut lines = vec![];
    for id in named {
        if let Some(by) = preservation::held(&live.world.read(), id) {
            return Err(Problem::conflict("preservation.held").arg("number", by));
        }
        let row = live.store.record(id).await?.ok_or_else(|| Problem::missing("record.missing"))?;
        let record = open_record(&live.vault, &row)?.0;
        let mut objects: BTreeSet<String> = files::with_requested(&record).map(|v| v.object).collect();
        let last = ever_named(live, id, &mut objects).await?;
        let what = record.number.clone().unwrap_or_else(|| id.to_string());
        lines.push(json!({
            "what": what, "objects": objects.len(), "versions": row.version, "last_index": last,
            "digest": hex::encode(jingui_ledger::tree::sha256(&[&row.sealed])),
        }));
        plan.objects.extend(objects);
        plan.records.push(id);
        let locks = live.world.read().pointing_in(LOCK, "secret", id, &["locked", "lifted"])?;
        plan.records.extend(locks.iter().map(|lock| lock.id));
    }
    Ok((plan, json!(lines)))
}

/// Objects that the record's events name: also versions that were taken away since. Gives the last index.
async fn ever_named(live: &Live, id: Id, objects: &mut BTreeSet<String>) -> Result<Option<u64>, Problem> {
    let mut last = None;
    History::each(live, id, |event, opened| {
        last = last.or(Some(event.index));
        let values = opened.changes().into_values().filter_map(|v| v.as_array().cloned()).flatten();
        objects.extend(values.filter_map(|v| v.get("object").and_then(Value::as_str).map(str::to_owned)));
        Ok(())
    })
    .await?;
    Ok(last)
}

/// The epochs under which the destroyed keys were wrapped, and those that began until now.
async fn ends(live: &Live, plan: &Plan) -> Result<Ends, Problem> {
    let mut protections = BTreeSet::new();
    for id in &plan.records {
        if let Some(row) = live.store.record(*id).await? {
            protections.insert(wrapped_under(&row.key)?.0);
        }
    }
    let mut ends = vec![];
    for protection in protections {
        ends.push((protection, live.present_epoch(protection).await?));
    }
    Ok(ends)
}

async fn end(doing: &Doing<'_>, protection: Protection, epoch: u32, cause: &str) -> Result<(), Problem> {
    for _ in 0..STEPS {
        if doing.live.end_epochs(protection, epoch, doing.job.actor, cause).await? {
            return Ok(());
        }
        tokio::time::sleep(STEP).await;
    }
    // Many keys take their time; the job comes back.
    Err(Problem::unavailable("keys.rotating"))
}

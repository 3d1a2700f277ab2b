//! What happens by the calendar alone: terms that end (B 4.1.2, 4.3.2) and tokens that lapse (H 9.6.4).
//!
//! Nothing here looks at a clock; whoever calls says what day it is. Each end comes once: the
//! command's key is made of the record and the day it ends on, so that a term that was extended
//! may end again, and several nodes may try.

use std::sync::Arc;

use jingui_kinds::{
    kind::{Kind, State},
    record::Record,
};
use jingui_model::{Data, Day, Id, Problem};
use serde_json::Value;

use crate::{
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller, layout::Post},
};

/// What ends by the calendar: kind, the state that ends, the day field, the transition (`ends` in the kind files).
fn ends(world: &World) -> Vec<[String; 4]> {
    let states = world.catalog.kinds.values().flat_map(|kind| kind.states.iter().map(move |state| (kind, state)));
    let one = |kind: &Kind, state: &State| {
        let ends = state.ends.as_ref()?;
        Some([kind.kind.clone(), state.name.clone(), ends.after.clone(), ends.by.clone()])
    };
    states.filter_map(|(kind, state)| one(kind, state)).collect()
}

/// Moves everything whose last day has passed to the state that its kind defines. Gives how many moved.
///
/// # Errors
/// `kind.unknown`, `world.document`, `store.*`. A record that somebody changes at the same moment is left for the next time.
pub async fn expire_terms(live: &Arc<Live>, today: Day) -> Result<u64, Problem> {
    let mut moved = 0;
    let all = ends(&live.world.read());
    for [kind, state, field, transition] in &all {
        let over = over(&live.world.read(), kind, state, field, today)?;
        for (id, day) in over {
            let mut command = Command::on(&Caller::system(), kind, id, transition, Data::new());
            command = command.keyed(format!("{transition}/{id}/{day}"));
            match live.pipeline.change(command).await {
                Ok(outcome) => moved += u64::from(!outcome.repeated),
                Err(problem) if problem.class() == jingui_model::Class::Conflict => {
                    tracing::warn!(record = %id, problem = %problem, "a term that ended could not be closed yet");
                }
                Err(problem) => return Err(problem),
            }
        }
    }
    Ok(moved)
}

/// Records in a state whose day lies before today.
fn over(world: &World, kind: &str, state: &str, field: &str, today: Day) -> Result<Vec<(Id, Day)>, Problem> {
    let table = world.table(kind)?;
    let rows = table.posted_any(Post::State, [state]);
    let day = |record: &Record| record.data.get(field).and_then(Value::as_str).and_then(|d| d.parse::<Day>().ok());
    // The list's sort keys spare opening documents whose day is far off.
    let rows = table.until(field, &rows, today.plus_days(-1)).unwrap_or(rows);
    let mut found = vec![];
    for row in rows.iter().filter_map(|r| table.row(r)) {
        if let Some(day) = day(&row.record()?).filter(|d| *d < today) {
            found.push((row.id, day));
        }
    }
    Ok(found)
}

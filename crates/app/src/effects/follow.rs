//! What a transition's `follow` says: acts on the records that a field refers to, and new records. So a carrier is out
//! when its issue was approved (B 5.2.2), and gone when its destruction was done (B 5.2.4), without a line of program.

use jingui_kinds::{kind::Follow, people::ids, record::Record};
use jingui_model::{Data, Problem};
use serde_json::{Value, json};

use super::{Doing, differing};

/// Does all that follows, in one transaction; run twice it changes nothing, because each command has its key.
pub(super) async fn follow(doing: &Doing<'_>) -> Result<(), Problem> {
    let mut commands = vec![];
    {
        let world = doing.live.world.read();
        let kind = world.kind(&doing.record.kind)?;
        let follows = kind.transition(&doing.job.transition).map(|t| t.follow.as_slice()).unwrap_or_default();
        for (i, follow) in follows.iter().enumerate() {
            let data = values(&doing.record, follow);
            if let Some(make) = &follow.make {
                let command = doing.create(i, make, data);
                if command.new_id.is_none_or(|id| world.row(id).is_none()) {
                    commands.push(command);
                }
            } else if let (Some(on), Some(act)) = (&follow.on, &follow.act) {
                for id in ids(doing.record.data.get(on)) {
                    let other = world.record(id)?;
                    // Somebody did it by hand before: what should follow is so already.
                    let there =
                        world.kind(&other.kind)?.transition(act).is_some_and(|t| t.to == other.state && !t.from.contains(&other.state));
                    if there {
                        continue;
                    }
                    let data = if act == "edit" { differing(&other, data.clone()) } else { data.clone() };
                    if act != "edit" || !data.is_empty() {
                        commands.push(doing.on(format!("{i}/{id}"), &other.kind, id, act, data));
                    }
                }
            }
        }
    }
    doing.all(commands).await
}

/// The values for the other record.
fn values(record: &Record, follow: &Follow) -> Data {
    let value = |source: &str| match source.strip_prefix('=') {
        Some("true") => Some(json!(true)),
        Some(constant) => Some(json!(constant)),
        None if source == "record" => Some(json!(record.id)),
        None => record.data.get(source).filter(|v| **v != Value::Null).cloned(),
    };
    follow.with.iter().filter_map(|(field, source)| Some((field.clone(), value(source)?))).collect()
}

//! What follows in a stock count (B 5.2.3): at its start what is expected is written down, at its end what differs.

use jingui_kinds::people::ids;
use jingui_model::{Data, Lang, Problem};
use serde_json::{Value, json};

use super::{Doing, differing};
use crate::carriers::count;

/// Rows of differences at most; beyond them one row says how many more there are.
const MOST_ROWS: usize = 400;
/// Carriers that one count can expect: the most that a field refers to.
const MOST_CARRIERS: usize = 5_000;

/// Nobody chose the carriers one by one: all of the department, and of the zone if there is one.
pub(super) async fn expect(doing: &Doing<'_>) -> Result<(), Problem> {
    let command = {
        let world = doing.live.world.read();
        let chosen = ids(doing.record.data.get("carriers"));
        let all = if chosen.is_empty() { count::in_scope(&world, &doing.record)? } else { chosen };
        let (all, left_out) = within(all, MOST_CARRIERS);
        let mut data = Data::from([("carriers".to_owned(), json!(all)), ("expected".to_owned(), json!(all.len()))]);
        data.extend((left_out > 0).then(|| ("left_out".to_owned(), json!(left_out))));
        let data = differing(&doing.record, data);
        (doing.record.state == "counting" && !data.is_empty() && !all.is_empty())
            .then(|| doing.on("expect", &doing.record.kind, doing.record.id, "edit", data))
    };
    doing.all(command.into_iter().collect()).await
}

/// What was scanned becomes the figures and the differences of the count; without scans what people entered stands.
pub(super) async fn differences(doing: &Doing<'_>) -> Result<(), Problem> {
    let command = {
        let world = doing.live.world.read();
        let (expected, outcome) = count::outcome(&world, &doing.record)?;
        let scanned = !world.pointing(count::ENTRY, "count", doing.record.id).is_empty();
        if doing.record.state != "counted" || !scanned {
            return Ok(());
        }
        let say = |code: &'static str, args: &[(&'static str, String)]| {
            let args: Vec<_> = args.iter().map(|(n, v)| ((*n).into(), v.clone())).collect();
            doing.live.messages.fill(code, &args, Lang::Zh).chars().take(120).collect::<String>()
        };
        let left_out = doing.record.data.get("left_out").and_then(Value::as_u64).filter(|n| *n > 0);
        let mut rows: Vec<Value> =
            left_out.map(|n| json!({ "found": say("count.row.left_out", &[("count", n.to_string())]) })).into_iter().collect();
        rows.extend(outcome.missing.iter().map(|c| json!({ "carrier": c, "found": say("count.row.missing", &[]) })));
        let place = |zone| world.title(zone).unwrap_or_default().to_owned();
        rows.extend(
            outcome.wrong_place.iter().map(|(c, z)| json!({ "carrier": c, "found": say("count.row.elsewhere", &[("place", place(*z))]) })),
        );
        rows.extend(outcome.surplus.iter().map(|c| json!({ "carrier": c, "found": say("count.row.surplus", &[]) })));
        rows.extend(outcome.unknown.iter().map(|code| json!({ "found": say("count.row.unknown", &[("code", code.clone())]) })));
        let more = rows.len().saturating_sub(MOST_ROWS);
        rows.truncate(MOST_ROWS);
        if more > 0 {
            rows.push(json!({ "found": say("count.row.more", &[("count", more.to_string())]) }));
        }
        let mut data = Data::from([("expected".to_owned(), json!(expected.len())), ("counted".to_owned(), json!(outcome.found()))]);
        data.insert("differences".to_owned(), if rows.is_empty() { Value::Null } else { Value::Array(rows) });
        let data = differing(&doing.record, data);
        (!data.is_empty()).then(|| doing.on("differences", &doing.record.kind, doing.record.id, "edit", data))
    };
    doing.all(command.into_iter().collect()).await
}

/// What one count takes, and how many more there are: that is said, not passed over.
fn within<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let left_out = all.len().saturating_sub(most);
    all.truncate(most);
    (all, left_out)
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn b_5_2_3_what_a_count_cannot_take_is_said() {
        assert_eq!(within(vec![1, 2, 3], 3), (vec![1, 2, 3], 0));
        assert_eq!(within(vec![1, 2, 3, 4, 5], 3), (vec![1, 2, 3], 2));
    }
}

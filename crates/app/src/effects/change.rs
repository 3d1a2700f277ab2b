//! Changes of a secret after approval (B 4.3): grade, term, declassification. The request copies what
//! it is about when it is made; the secret changes when the request is approved.

use jingui_kinds::{decide::term_end, people::ids, record::Record};
use jingui_model::{Data, Day, Id, Problem};
use serde_json::{Value, json};

use super::{Doing, differing, target};

/// What the request takes over: its field, and the secret's.
const COPIED: &[(&str, &str)] = &[
    ("old_grade", "grade"),
    ("grade", "grade"),
    ("old_term", "term"),
    ("old_end", "term_end"),
    ("department", "department"),
    ("circle_posts", "circle_posts"),
    ("circle_persons", "circle_persons"),
];

/// A request gets grade, term, department and need-to-know list of its secret.
pub(super) async fn copy_circle(doing: &Doing<'_>) -> Result<(), Problem> {
    let command = {
        let world = doing.live.world.read();
        let secret = target(&world, &doing.record, "secret")?;
        let kind = world.kind(&doing.record.kind)?;
        let mut data = Data::new();
        for (field, from) in COPIED.iter().filter(|(field, _)| kind.field(field).is_some()) {
            let value = if *field == "circle_persons" { persons(&secret) } else { secret.data.get(*from).cloned().unwrap_or_default() };
            data.insert((*field).to_owned(), value);
        }
        let data = differing(&doing.record, data);
        (!data.is_empty()).then(|| doing.on("copy", &doing.record.kind, doing.record.id, "edit", data))
    };
    doing.all(command.into_iter().collect()).await
}

/// The persons on a secret's list; whoever is responsible for it knows it too.
fn persons(secret: &Record) -> Value {
    let mut all: Vec<Id> = ids(secret.data.get("circle_persons"));
    all.extend(ids(secret.data.get("responsible")).into_iter().filter(|r| !all.contains(r)).collect::<Vec<_>>());
    if all.is_empty() { Value::Null } else { json!(all) }
}

/// The secret gets the new grade and its term, counted from the day of approval (B 4.3.1).
pub(super) async fn apply_grade(doing: &Doing<'_>) -> Result<(), Problem> {
    let (secret, command) = {
        let secret = target(&doing.live.world.read(), &doing.record, "secret")?;
        let mut data = Data::new();
        data.extend(doing.record.data.get("new_grade").map(|g| ("grade".to_owned(), g.clone())));
        data.extend(new_term(&doing.record));
        let data = differing(&secret, data);
        let ended = matches!(secret.state.as_str(), "declassified" | "withdrawn");
        let command = (!ended && !data.is_empty()).then(|| doing.on("grade", &secret.kind, secret.id, "edit", data));
        (secret.id, command)
    };
    doing.all(command.into_iter().collect()).await?;
    doing.live.lock_files(secret).await
}

/// The secret gets the new term, and is in force again if its term had ended (B 4.1.2, 4.3.2).
pub(super) async fn apply_term(doing: &Doing<'_>) -> Result<(), Problem> {
    let command = {
        let secret = target(&doing.live.world.read(), &doing.record, "secret")?;
        let data = new_term(&doing.record);
        let fresh = !differing(&secret, data.clone()).is_empty();
        let action = match secret.state.as_str() {
            "expired" => Some("renew"),
            "effective" if fresh => Some("renew"),
            // While an amendment waits, the term changes without moving the record on.
            "amending" if fresh => Some("edit"),
            _ => None,
        };
        action.map(|a| doing.on("term", &secret.kind, secret.id, a, data))
    };
    doing.all(command.into_iter().collect()).await
}

/// The secret is declassified (B 4.3.2; H 6.3).
pub(super) async fn apply_declassification(doing: &Doing<'_>) -> Result<(), Problem> {
    let command = {
        let secret = target(&doing.live.world.read(), &doing.record, "secret")?;
        let open = matches!(secret.state.as_str(), "effective" | "amending" | "expired");
        open.then(|| doing.on("declassify", &secret.kind, secret.id, "declassify", Data::new()))
    };
    doing.all(command.into_iter().collect()).await
}

/// The new term of a request and the day it ends on; an open term has none.
fn new_term(request: &Record) -> Data {
    let Some(term) = request.data.get("new_term") else { return Data::new() };
    let from: Option<Day> = request.data.get("decided_on").and_then(Value::as_str).and_then(|d| d.parse().ok());
    Data::from([("term".to_owned(), term.clone()), ("term_end".to_owned(), term_end(Some(term), from))])
}

//! What follows in training: those invited to a session learn its course (B 5.1.2), and what an exam was worth becomes a result (B 5.1.1).

use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Data, Day, Problem};
use serde_json::{Value, json};

use super::{Doing, fields, target};
use crate::training::{RESULT, courses::of_both};

/// Whoever is invited to a session is put on the list of its course.
pub(super) async fn invite(doing: &Doing<'_>) -> Result<(), Problem> {
    let command = {
        let course = target(&doing.live.world.read(), &doing.record, "course")?;
        let mut readers = ids(course.data.get("readers"));
        let before = readers.len();
        for person in ids(doing.record.data.get("invited")) {
            if !readers.contains(&person) {
                readers.push(person);
            }
        }
        let data = Data::from([("readers".to_owned(), json!(readers))]);
        (readers.len() > before).then(|| doing.on("invite", &course.kind, course.id, "edit", data))
    };
    doing.all(command.into_iter().collect()).await
}

/// A sitting that was marked becomes a result: a new one, or the failed one before it is taken again.
pub(super) async fn record(doing: &Doing<'_>) -> Result<(), Problem> {
    let commands = {
        let world = doing.live.world.read();
        let sitting = &doing.record;
        let done = !world.pointing(RESULT, "sitting", sitting.id).is_empty();
        let (Some(person), Some(course)) = (ids(sitting.data.get("person")).first().copied(), target(&world, sitting, "course").ok())
        else {
            return Ok(());
        };
        if done {
            return Ok(());
        }
        let taken_on = sitting.data.get("started_on").cloned().unwrap_or_default();
        let months = course.data.get("valid_months").and_then(Value::as_i64).and_then(|m| i32::try_from(m).ok()).unwrap_or(12);
        let until = taken_on.as_str().and_then(|d| d.parse::<Day>().ok()).map(|d| d.plus_months(months));
        let link = ("sitting".to_owned(), json!(sitting.id));
        let mut marks = fields(sitting, &["score"]);
        if doing.job.transition == "pass" {
            marks.insert("until".to_owned(), json!(until));
        }
        let failed = of_both(&world, RESULT, person, course.id)?.into_iter().rfind(|r: &Record| r.state == "failed");
        let (first, id) = if let Some(before) = failed {
            let mut again = fields(sitting, &["attempt"]);
            again.insert("taken_on".to_owned(), taken_on);
            again.extend([link]);
            (doing.on("retake", RESULT, before.id, "retake", again), before.id)
        } else {
            let mut data = fields(sitting, &["name", "person", "department", "course", "attempt"]);
            data.insert("taken_on".to_owned(), taken_on);
            data.extend([link]);
            let make = doing.create("result", RESULT, data);
            let id = make.new_id.unwrap_or_else(jingui_model::Id::nil);
            (make, id)
        };
        vec![first, doing.on("mark", RESULT, id, &doing.job.transition, marks)]
    };
    doing.all(commands).await
}

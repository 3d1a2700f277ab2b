//! Rights that rise and fall by themselves (H 8.2.1, 8.3.1): an access request that was granted puts the applicant on the secret's
//! need-to-know list, and its end takes them off, unless they stood there before or another grant still runs.

use jingui_kinds::people::ids;
use jingui_model::{Data, Id, Problem};
use serde_json::{Value, json};

use super::{Doing, target};

/// The applicant may know the secret from now on.
pub(super) async fn open(doing: &Doing<'_>) -> Result<(), Problem> {
    if doing.record.state != "granted" {
        // It ended before this ran.
        return Ok(());
    }
    let commands = {
        let world = doing.live.world.read();
        let secret = target(&world, &doing.record, "secret")?;
        let mut list = ids(secret.data.get("circle_persons"));
        let Some(applicant) = ids(doing.record.data.get("applicant")).first().copied() else { return Ok(()) };
        if list.contains(&applicant) {
            return Ok(());
        }
        list.push(applicant);
        let mine = Data::from([("opened".to_owned(), json!(true))]);
        vec![
            doing.on("list", &secret.kind, secret.id, "edit", persons(&list)),
            doing.on("opened", &doing.record.kind, doing.record.id, "edit", mine),
        ]
    };
    doing.all(commands).await
}

/// What `open` gave is taken back.
pub(super) async fn close(doing: &Doing<'_>) -> Result<(), Problem> {
    if doing.record.data.get("opened") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    let commands = {
        let world = doing.live.world.read();
        let secret = target(&world, &doing.record, "secret")?;
        let Some(applicant) = ids(doing.record.data.get("applicant")).first().copied() else { return Ok(()) };
        let running = world.pointing_in(&doing.record.kind, "secret", secret.id, &["granted"])?;
        let other = running.iter().any(|r| r.id != doing.record.id && ids(r.data.get("applicant")).contains(&applicant));
        let mut list = ids(secret.data.get("circle_persons"));
        if other || !list.contains(&applicant) {
            return Ok(());
        }
        list.retain(|p| *p != applicant);
        vec![doing.on("list", &secret.kind, secret.id, "edit", persons(&list))]
    };
    doing.all(commands).await
}

/// The list as a value; nobody is no value.
fn persons(list: &[Id]) -> Data {
    let value = if list.is_empty() { Value::Null } else { json!(list) };
    Data::from([("circle_persons".to_owned(), value)])
}

//! Who may have the file itself: whom the policies let, and whom an approved transfer releases it to (B 4.2, 5.2.2; H 8.3.2).
//!
//! A transfer releases the secrets that it names, from its approval until the day by which all has to be back: to whoever asked for it, and
//! to those who receive it inside when they may do more than look. What is not a secret itself is released with all secrets that it names.

use std::sync::Arc;

use jingui_kinds::{kind::FieldType, people::ids, record::Record};
use jingui_model::{Data, Day, Id, Problem};
use jingui_policy::Action;
use serde_json::json;

use crate::{
    live::Live,
    world::{World, caller::Caller},
};

/// The register, and its states in which something may leave.
const TRANSFER: &str = "transfer";
const RELEASING: [&str; 2] = ["approved", "sent"];
const SECRET: &str = "secret";

/// A transfer as far as it matters here.
struct Release {
    number: String,
    /// The recipient may do more than look.
    original: bool,
}

/// What releases a record to somebody on a day; the strongest when there are several.
fn release(world: &World, caller: &Caller, record: &Record, today: Day) -> Option<Release> {
    let secrets: Vec<Id> = if record.kind == SECRET {
        vec![record.id]
    } else {
        let kind = world.kind(&record.kind).ok()?;
        let named = kind.fields.iter().filter(|f| match &f.ty {
            FieldType::Ref { kind, .. } | FieldType::Refs { kind, .. } => kind == SECRET,
            _ => false,
        });
        named.flat_map(|f| ids(record.data.get(&f.name))).collect()
    };
    let mut all: Option<Release> = None;
    for secret in secrets {
        let found = of_secret(world, caller, secret, today)?;
        all = Some(match all {
            Some(other) if !other.original => other,
            _ => found,
        });
    }
    all
}

fn of_secret(world: &World, caller: &Caller, secret: Id, today: Day) -> Option<Release> {
    let transfers = world.pointing_in(TRANSFER, "secrets", secret, &RELEASING).ok()?;
    let releases = transfers.into_iter().filter_map(|transfer| {
        let until = transfer.day("return_due")?;
        let receives = caller.view.person.is_some_and(|me| ids(transfer.data.get("recipients")).contains(&me));
        let asked = transfer.creator == caller.id();
        let original = asked || (receives && matches!(transfer.text("edit_rights"), Some("edit" | "forward")));
        (today <= until && (asked || receives)).then(|| Release { number: transfer.number.unwrap_or_default(), original })
    });
    releases.max_by_key(|r| r.original)
}

impl Live {
    /// Asks whether the file itself may leave, and records that it does.
    ///
    /// # Errors
    /// As [`Live::access`].
    pub(crate) async fn access_original(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        record: Id,
        mut fields: Data,
    ) -> Result<(), Problem> {
        let released = self.original_release(caller, record);
        let action = if released.is_some() { Action::ViewFile } else { Action::OpenFile };
        fields.extend(released.map(|number| ("transfer".to_owned(), json!(number))));
        self.access(caller, kind, record, action, "open_file", fields).await
    }

    /// May a caller have the files of a record?
    pub(super) fn may_take(&self, caller: &Caller, kind: &str, record: Id) -> bool {
        let released = self.original_release(caller, record).is_some();
        let world = self.world.read();
        let (Ok(current), Ok(definition)) = (world.record(record), world.kind(kind)) else { return false };
        let target = world.target(caller, definition, &current);
        world.rule(caller, if released { Action::ViewFile } else { Action::OpenFile }, &target).allowed
    }

    /// The number of the transfer that releases a record's files to a caller.
    fn original_release(&self, caller: &Caller, record: Id) -> Option<String> {
        let today = self.today();
        let world = self.world.read();
        let current = world.record(record).ok()?;
        release(&world, caller, &current, today).filter(|r| r.original).map(|r| r.number)
    }
}

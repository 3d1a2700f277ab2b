//! Who may have the file itself: whom the policies let, and whom an approved transfer releases it to (B 4.2, 5.2.2; H 8.3.2).
//!
//! A transfer releases the secrets that it names, from its approval until the day by which all has to be back: to whoever asked for it, and
//! to those who receive it inside when they may do more than look. What is not a secret itself is released with all secrets that it names.

use std::{collections::BTreeSet, sync::Arc};

use jingui_kinds::{kind::FieldType, people::ids, record::Record};
use jingui_model::{Data, Day, Id, Problem};
use jingui_policy::Action;
use serde_json::{Value, json};

use crate::{
    live::Live,
    world::{World, caller::Caller},
};

/// The register, and its states in which something may leave.
const TRANSFER: &str = "transfer";
const RELEASING: [&str; 2] = ["approved", "sent"];
const SECRET: &str = "secret";

/// A transfer as far as it matters here.
#[derive(Debug, Clone)]
pub(super) struct Release {
    /// Its record, and the version that was seen.
    pub transfer: Id,
    pub version: u64,
    pub number: String,
    /// The day by which all has to be back.
    pub until: Day,
    /// Copies that may be printed here, when the transfer says so, and those that were.
    pub prints: Option<u64>,
    pub printed: u64,
    /// Whose it is.
    pub department: Option<Id>,
}

impl Release {
    /// Copies that may still be printed.
    pub fn left(&self) -> u64 {
        self.prints.map_or(u64::MAX, |most| most.saturating_sub(self.printed))
    }
}

/// The secrets that have to be released before something of a record leaves: the record, or those that it names.
pub(super) fn secrets(world: &World, record: &Record) -> Vec<Id> {
    if record.kind == SECRET {
        return vec![record.id];
    }
    let Ok(kind) = world.kind(&record.kind) else { return vec![] };
    let named = kind.fields.iter().filter(|f| match &f.ty {
        FieldType::Ref { kind, .. } | FieldType::Refs { kind, .. } => kind == SECRET,
        _ => false,
    });
    named.flat_map(|f| ids(record.data.get(&f.name))).collect()
}

/// What releases the original of a record to somebody on a day, a transfer once; nothing when one of its secrets is not released.
pub(super) fn release(world: &World, caller: &Caller, record: &Record, today: Day) -> Vec<Release> {
    let secrets = secrets(world, record);
    let found: Vec<Release> = secrets.iter().filter_map(|secret| of_secret(world, caller, *secret, today)).collect();
    if found.len() < secrets.len() {
        return vec![];
    }
    let mut seen = BTreeSet::new();
    found.into_iter().filter(|r| seen.insert(r.transfer)).collect()
}

/// The transfer that releases the original of a secret; of several the one that lets most be printed.
fn of_secret(world: &World, caller: &Caller, secret: Id, today: Day) -> Option<Release> {
    let transfers = world.pointing_in(TRANSFER, "secrets", secret, &RELEASING).ok()?;
    let releases = transfers.into_iter().filter_map(|transfer| {
        let until = transfer.day("return_due")?;
        let receives = caller.view.person.is_some_and(|me| ids(transfer.data.get("recipients")).contains(&me));
        let asked = transfer.creator == caller.id();
        let original = asked || (receives && matches!(transfer.text("edit_rights"), Some("edit" | "forward")));
        let count = |name: &str| transfer.data.get(name).and_then(Value::as_u64);
        (original && today <= until).then(|| Release {
            transfer: transfer.id,
            version: transfer.version,
            until,
            prints: count("prints"),
            printed: count("printed").unwrap_or(0),
            department: transfer.one("department"),
            number: transfer.number.clone().unwrap_or_default(),
        })
    });
    releases.max_by_key(Release::left)
}

/// What the ledger calls them.
pub(super) fn numbers(releases: &[Release]) -> String {
    releases.iter().map(|r| r.number.as_str()).collect::<Vec<_>>().join(", ")
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

    /// The numbers of the transfers that release a record's files to a caller.
    fn original_release(&self, caller: &Caller, record: Id) -> Option<String> {
        let today = self.today();
        let world = self.world.read();
        let current = world.record(record).ok()?;
        let found = release(&world, caller, &current, today);
        (!found.is_empty()).then(|| numbers(&found))
    }
}

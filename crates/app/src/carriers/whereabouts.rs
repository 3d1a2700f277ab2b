//! Where a secret is: the carriers that hold it and who has them; and through whose hands a carrier went (B 5.2.2; H 9.1.2).

use std::sync::Arc;

use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Data, Id, Problem};
use jingui_policy::Action;
use roaring::RoaringBitmap;
use serde::Serialize;
use serde_json::Value;

use super::count::CARRIER;
use crate::{
    assessment::SECRET,
    live::Live,
    world::{World, caller::Caller},
};

/// The kind of an issue.
const ISSUE: &str = "carrier_issue";

/// A carrier of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HeldCarrier {
    /// The carrier.
    pub id: Id,
    /// Number.
    pub number: Option<String>,
    /// Name.
    pub name: String,
    /// State.
    pub state: String,
    /// Who keeps it.
    pub keeper: Option<String>,
    /// Who holds it now.
    pub holder: Option<String>,
    /// Where it is kept.
    pub storage: Option<String>,
    /// In which zone.
    pub zone: Option<String>,
    /// Until when it is to be returned.
    pub return_due: Option<String>,
}

/// Where a secret is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Whereabouts {
    /// Its carriers that the caller may read.
    pub carriers: Vec<HeldCarrier>,
    /// Carriers that the caller may not read.
    pub hidden: u64,
}

/// One stay of a carrier in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Stay {
    /// The issue.
    pub id: Id,
    /// Its number.
    pub number: Option<String>,
    /// Who had it.
    pub receiver: Option<String>,
    /// What for.
    pub purpose: String,
    /// Handed over by.
    pub handers: Vec<String>,
    /// From.
    pub from: Option<String>,
    /// Until when it was to be returned.
    pub due: Option<String>,
    /// Returned on; none while it is out.
    pub to: Option<String>,
    /// State of the issue.
    pub state: String,
}

/// Through whose hands a carrier went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Circulation {
    /// Newest first; those that the caller may read.
    pub stays: Vec<Stay>,
    /// Those that the caller may not.
    pub hidden: u64,
}

fn text(record: &Record, field: &str) -> Option<String> {
    record.data.get(field).and_then(Value::as_str).map(str::to_owned)
}

fn named(world: &World, record: &Record, field: &str) -> Vec<String> {
    ids(record.data.get(field)).into_iter().filter_map(|id| world.title(id)).map(str::to_owned).collect()
}

fn seen(world: &World, caller: &Caller, kind: &str, rows: &RoaringBitmap) -> Result<(Vec<Record>, u64), Problem> {
    let table = world.table(kind)?;
    let visible = rows & world.visible(caller, table, Action::Read);
    let records: Vec<Record> = visible.iter().filter_map(|r| table.row(r)).map(|r| r.record()).collect::<Result<_, _>>()?;
    Ok((records, rows.len() - visible.len()))
}

impl Live {
    /// The carriers of a secret that the caller may read.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`; `store.*`.
    pub async fn whereabouts(self: &Arc<Self>, caller: &Caller, secret: Id) -> Result<Whereabouts, Problem> {
        let part = Data::from([("part".to_owned(), serde_json::json!("carriers"))]);
        self.access(caller, SECRET, secret, Action::Read, "read", part).await?;
        let world = self.world.read();
        let (records, hidden) = seen(&world, caller, CARRIER, &world.pointing(CARRIER, "secrets", secret))?;
        let one = |record: &Record| HeldCarrier {
            id: record.id,
            number: record.number.clone(),
            name: text(record, "name").unwrap_or_default(),
            state: record.state.clone(),
            keeper: named(&world, record, "keeper").pop(),
            holder: named(&world, record, "holder").pop(),
            storage: text(record, "storage"),
            zone: named(&world, record, "zone").pop(),
            return_due: text(record, "return_due"),
        };
        let mut carriers: Vec<_> = records.iter().map(one).collect();
        carriers.sort_by(|a, b| a.number.cmp(&b.number));
        Ok(Whereabouts { carriers, hidden })
    }

    /// Through whose hands a carrier went, from when to when.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`; `store.*`.
    pub async fn circulation(self: &Arc<Self>, caller: &Caller, carrier: Id) -> Result<Circulation, Problem> {
        let part = Data::from([("part".to_owned(), serde_json::json!("circulation"))]);
        self.access(caller, CARRIER, carrier, Action::Read, "read", part).await?;
        let world = self.world.read();
        let (mut records, hidden) = seen(&world, caller, ISSUE, &world.pointing(ISSUE, "carrier", carrier))?;
        records.retain(|r| r.data.contains_key("handed_on"));
        records.sort_by_key(|r| std::cmp::Reverse((text(r, "handed_on"), r.created)));
        let one = |record: &Record| Stay {
            id: record.id,
            number: record.number.clone(),
            receiver: named(&world, record, "receiver").pop(),
            purpose: text(record, "name").unwrap_or_default(),
            handers: named(&world, record, "handers"),
            from: text(record, "handed_on"),
            due: text(record, "return_due"),
            to: text(record, "returned_on"),
            state: record.state.clone(),
        };
        Ok(Circulation { stays: records.iter().map(one).collect(), hidden })
    }
}

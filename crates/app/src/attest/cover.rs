//! What each act on a record is covered by: checkpoint, twin, the earliest time stamp and the earliest witness.

use std::collections::BTreeMap;

use jingui_model::{Id, Instant, Problem};
use jingui_policy::Action;
use serde::Serialize;

use crate::{live::Live, world::caller::Caller};

/// Acts that are shown, the newest.
const SHOWN: u32 = 200;

/// An act on a record, and who vouches for the time at which it was in the ledger.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Covered {
    /// Ledger index.
    pub index: u64,
    /// What was done.
    pub act: String,
    /// When, by our clock.
    pub at: Instant,
    /// Under a signed checkpoint?
    pub logged: bool,
    /// Under a checkpoint of the twin?
    pub twin: bool,
    /// The earliest time stamp over it.
    pub stamp: Option<Seen>,
    /// The earliest cosignature over it.
    pub cosigned: Option<Seen>,
}

/// An outsider's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Seen {
    /// Its identifier.
    pub id: Id,
    /// How the company calls the authority or witness.
    pub name: String,
    /// When, by its own clock.
    pub at: Instant,
    /// Entries under the checkpoint.
    pub size: u64,
}

impl Live {
    /// The newest acts on a record with what covers them, for those who may see its time line.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`, `store.*`.
    pub async fn covered(&self, caller: &Caller, kind: &str, id: Id) -> Result<Vec<Covered>, Problem> {
        {
            let world = self.world.read();
            let record = world.record(id)?;
            let target = world.target(caller, world.kind(kind)?, &record);
            if record.kind != kind {
                return Err(Problem::missing("record.missing"));
            }
            world.allow(caller, Action::History, &target)?;
        }
        let events = self.store.events_of(id, None, SHOWN).await?;
        let (size, twin) = (self.ledger.state().size, self.twin.state().size);
        let sizes = self.store.attested_sizes().await?;
        let mut seen: BTreeMap<Id, (String, Seen)> = BTreeMap::new();
        let mut lines = vec![];
        for event in events {
            let mut earliest: BTreeMap<String, Seen> = BTreeMap::new();
            for of_source in sizes.chunk_by(|a, b| a.0 == b.0) {
                let Some((_, _, statement)) = of_source.get(of_source.partition_point(|(_, size, _)| *size <= event.index)) else {
                    continue;
                };
                let Some((kind, found)) = self.seen(&mut seen, *statement).await? else { continue };
                if earliest.get(&kind).is_none_or(|known| found.at < known.at) {
                    earliest.insert(kind, found);
                }
            }
            lines.push(Covered {
                index: event.index,
                act: event.act,
                at: event.at,
                logged: event.index < size,
                twin: event.index < twin,
                stamp: earliest.remove("stamp"),
                cosigned: earliest.remove("cosignature"),
            });
        }
        Ok(lines)
    }

    async fn seen(&self, known: &mut BTreeMap<Id, (String, Seen)>, id: Id) -> Result<Option<(String, Seen)>, Problem> {
        if let Some(found) = known.get(&id) {
            return Ok(Some(found.clone()));
        }
        let Some(row) = self.store.attestation(id).await? else { return Ok(None) };
        let name = self.world.read().title(row.source).unwrap_or_default().to_owned();
        let found = (row.kind, Seen { id, name, at: row.at, size: row.size });
        known.insert(id, found.clone());
        Ok(Some(found))
    }
}

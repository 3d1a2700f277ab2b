//! What a record said ends (H 9.6.5): in one transaction its key, its sealed row and what was reserved for it go, and what the
//! register keeps of it (number, grade, department, days) stands under a key of its own from then on. The ledger keeps its commitments.
//!
//! Its earlier events were sealed under the key that is gone, so they say no more than their public entries do.

use jingui_kinds::{
    kind::{FieldType, Kind},
    record::Record,
};
use jingui_model::{Data, Id, Problem};
use jingui_store::{DESTROYED_ACT, RecordRow, Write};
use serde_json::{Value, json};

use super::{
    seal::{EventHead, open_record, seal_event, seal_record},
    writer::{Batch, Committed},
};
use crate::{
    preservation,
    world::{REMOVED, caller::Caller, extract},
};

/// The state of a kind for entries whose content was destroyed; kinds without it keep no entry at all.
const DESTROYED: &str = "destroyed";

/// What is to be destroyed, and by which destruction.
pub(crate) struct Erase {
    pub record: Id,
    /// Number of the destruction that was approved.
    pub cause: String,
}

impl Batch<'_> {
    /// The outer error is a fault of the store, the inner one a refusal.
    pub(super) async fn erase(&mut self, write: &mut Write, work: &Erase) -> Result<Result<u64, Problem>, Problem> {
        let live = self.live;
        let Some(row) = write.record(work.record).await? else { return Ok(Err(Problem::missing("record.missing"))) };
        if write.is_destroyed(row.id).await? {
            let at = live.store.destroyed_from(row.id).await?;
            return Ok(at.ok_or_else(|| Problem::missing("record.missing")));
        }
        // What is held back as evidence stays, whatever was approved before (H 7.3.1).
        if let Some(by) = preservation::held(&live.world.read(), row.id) {
            return Ok(Err(Problem::conflict("preservation.held").arg("number", by)));
        }
        let kind = std::sync::Arc::clone(live.world.read().kind(&row.kind)?);
        let before = match open_record(&live.vault, &row) {
            Ok((record, _)) => record,
            Err(problem) => return Ok(Err(problem)),
        };
        let mut rest = rest_of(&kind, &before);
        // A restore tells by it whether a row is from before.
        rest.updated = live.clock.now().max(jingui_model::Instant::from_micros(before.updated.micros().saturating_add(1)));
        let protection = extract::protection(&kind, &live.scheme(), &rest.data);
        let (key, wrapped) = live.vault.new_record_key(row.id, protection, &*live.rng)?;
        let (sealed, doc) = seal_record(&key, &rest, &*live.rng)?;
        let head = EventHead {
            id: Id::new(&*live.clock, &*live.rng),
            at: rest.updated,
            kind: &kind.kind,
            act: DESTROYED_ACT,
            subject: Some(row.id),
            revision: Some(rest.version),
            sealed_digest: Some(jingui_ledger::tree::sha256(&[&sealed])),
        };
        let fields = Data::from([
            ("cause".to_owned(), json!(work.cause)),
            ("number".to_owned(), json!(rest.number)),
            ("from".to_owned(), json!(before.state)),
            ("to".to_owned(), json!(rest.state)),
        ]);
        let event = seal_event(&live.vault, Some(&key), &head, &Caller::system(), fields, &*live.rng)?;
        let new = RecordRow {
            id: row.id,
            kind: row.kind.clone(),
            state: rest.state.clone(),
            grade: protection.rank(),
            version: rest.version,
            created: row.created,
            updated: rest.updated,
            key: wrapped,
            sealed,
        };
        write.update_record(&new, row.version).await?;
        let index = write.append_event(event).await?;
        write.list_destroyed(row.id, rest.updated).await?;
        self.committed.push(Committed { record: rest, doc, authority: kind.authority });
        Ok(Ok(index))
    }
}

/// What a register keeps: number, grade, department, term and days. Its title becomes its number.
fn rest_of(kind: &Kind, before: &Record) -> Record {
    let mut data = Data::new();
    for field in &kind.fields {
        let kept = matches!(field.ty, FieldType::Day {} | FieldType::Term {} | FieldType::Grade {})
            || Some(&field.name) == kind.department.as_ref();
        if let Some(value) = before.data.get(&field.name).filter(|v| kept && **v != Value::Null) {
            data.insert(field.name.clone(), value.clone());
        }
    }
    let title = before.number.clone().unwrap_or_else(|| before.id.to_string());
    data.insert(kind.title.clone(), json!(title));
    let state = if kind.state(DESTROYED).is_some() { DESTROYED } else { REMOVED };
    Record {
        id: before.id,
        kind: before.kind.clone(),
        number: before.number.clone(),
        state: state.to_owned(),
        version: before.version.saturating_add(1),
        created: before.created,
        creator: Id::nil(),
        updated: before.updated,
        data,
        pending: None,
        acknowledged: std::collections::BTreeMap::new(),
        batch: None,
    }
}

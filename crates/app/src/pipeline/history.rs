//! What opens the events of one record: its key, and from where on it does. Events from before the record's content was destroyed say
//! nothing any more but what stands in their public entries (H 9.6.5).

use jingui_model::{Id, Problem};
use jingui_store::EventRow;
use jingui_vault::{RecordKey, Vault};

use super::seal::{OpenedEvent, open_event};
use crate::live::Live;

/// Events read at once.
const PAGE: u32 = 200;

/// The key to a record's events.
pub(crate) struct History {
    key: Option<RecordKey>,
    from: u64,
}

impl History {
    /// Of a record; none when there is no such record.
    ///
    /// # Errors
    /// `store.*`, `vault.*`.
    pub async fn of(live: &Live, id: Id) -> Result<Option<Self>, Problem> {
        let Some(row) = live.store.record(id).await? else { return Ok(None) };
        // A restore of an older state gives a destroyed record back without its key.
        let key = if row.key.is_empty() { None } else { Some(live.vault.record_key(id, &row.key)?) };
        Ok(Some(Self { key, from: live.store.destroyed_from(id).await?.unwrap_or(0) }))
    }

    /// Goes through the events of a record, the newest first; through nothing when there is no such record.
    ///
    /// # Errors
    /// `store.*`, `vault.*`, `event.encoding`; what `look` says.
    pub async fn each(live: &Live, id: Id, mut look: impl FnMut(EventRow, OpenedEvent) -> Result<(), Problem>) -> Result<(), Problem> {
        let Some(history) = Self::of(live, id).await? else { return Ok(()) };
        let mut before = None;
        loop {
            let events = live.store.events_of(id, before, PAGE).await?;
            before = events.last().map(|e| e.index);
            let full = events.len() == PAGE as usize;
            for event in events {
                let opened = history.open(&live.vault, &event)?;
                look(event, opened)?;
            }
            if !full {
                return Ok(());
            }
        }
    }

    /// Opens an event of this record; one whose key was destroyed has no fields.
    ///
    /// # Errors
    /// `vault.*` when it was tampered with; `event.encoding`.
    pub fn open(&self, vault: &Vault, event: &EventRow) -> Result<OpenedEvent, Problem> {
        match &self.key {
            Some(key) if event.index >= self.from => open_event(vault, Some(key), event),
            _ => Ok(OpenedEvent { fields: vec![] }),
        }
    }
}

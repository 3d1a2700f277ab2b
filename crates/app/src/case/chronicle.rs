//! Everything that happened to one record, opened, up to a moment; and the record as it stood then.

use std::sync::Arc;

use jingui_kinds::kind::Kind;
use jingui_model::{Data, Id, Instant, Problem};
use serde_json::Value;

use crate::{
    live::Live,
    pipeline::{History, OpenedEvent},
};

/// The history of a record.
pub struct Chronicle {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: Arc<Kind>,
    /// Its number.
    pub number: Option<String>,
    /// The chosen secrets that it is about; itself, when it is one of them. None: it is about all.
    pub about: Vec<Id>,
    /// What happened, the first first.
    pub steps: Vec<Step>,
    /// Its fields as they stood.
    pub data: Data,
}

/// Something that happened.
pub struct Step {
    /// Its place in the ledger.
    pub index: u64,
    /// When, by our clock.
    pub at: Instant,
    /// What.
    pub act: String,
    /// By whom.
    pub actor: Id,
    /// The ledger's entry.
    pub entry: Vec<u8>,
    /// What was committed to.
    pub opened: OpenedEvent,
}

impl Step {
    /// The state after it, when it was more than a note.
    pub fn state(&self) -> Option<&str> {
        self.opened.get("to").and_then(Value::as_str)
    }

    /// Whether it is more than a note about a record that stayed as it was.
    pub fn changes_something(&self) -> bool {
        self.state().is_some() || self.opened.fields.iter().any(|f| f.name.starts_with("data."))
    }
}

impl Chronicle {
    /// Reads what happened to a record up to a moment; none when it did not exist then.
    ///
    /// # Errors
    /// `store.*`, `vault.*`.
    pub async fn read(live: &Live, id: Id, kind: Arc<Kind>, about: Vec<Id>, until: Instant) -> Result<Option<Self>, Problem> {
        let mut steps = vec![];
        History::each(live, id, |event, opened| {
            if event.at <= until {
                steps.push(Step { index: event.index, at: event.at, act: event.act, actor: event.actor, entry: event.entry, opened });
            }
            Ok(())
        })
        .await?;
        steps.reverse();
        if steps.is_empty() {
            return Ok(None);
        }
        let mut data = Data::new();
        for step in &steps {
            data.extend(step.opened.changes());
        }
        let number = steps.iter().rev().find_map(|s| s.opened.get("number")?.as_str().map(str::to_owned));
        Ok(Some(Self { id, kind, number, about, steps, data }))
    }

    /// A text field as it stood.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The record's title.
    pub fn title(&self) -> &str {
        self.text(&self.kind.title).unwrap_or_default()
    }

    /// What it is called where its title may not stand.
    pub fn called(&self) -> String {
        self.number.clone().unwrap_or_else(|| self.id.to_string())
    }
}

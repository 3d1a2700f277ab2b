//! Looking at the evidence ledger: how it stands, what was entered lately, proofs for single entries.
//!
//! Who may look stands in the policies for the family `ledger`; whoever may see a record's time line may
//! take the proofs of its lines too. Entries are shown by what they are, never by what they say.

use std::sync::Arc;

use jingui_model::{Id, Instant, Problem};
use jingui_policy::{Action, KindGroup, Target};

use crate::{live::Live, refusal, world::caller::Caller};

/// Most entries of one page.
const PAGE: u32 = 100;

/// An entry by what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryView {
    /// Ledger index.
    pub index: u64,
    /// When.
    pub at: Instant,
    /// What was done.
    pub act: String,
    /// The kind of record, or `system`.
    pub kind: String,
    /// The record, for those who may see its time line.
    pub record: Option<Id>,
    /// Under the last checkpoint already?
    pub logged: bool,
}

impl Live {
    /// Asks the policies for an act on the ledger.
    ///
    /// # Errors
    /// `policy.*`.
    pub fn may_ledger(&self, caller: &Caller, action: Action) -> Result<(), Problem> {
        let ruling = self.world.read().rule(caller, action, &Target::new("ledger", KindGroup::Ledger));
        if ruling.allowed { Ok(()) } else { Err(refusal::denied(action, &ruling)) }
    }

    /// Recent entries, newest first, before an index.
    ///
    /// # Errors
    /// `policy.*`, `store.*`.
    pub async fn entries(&self, caller: &Caller, before: Option<u64>) -> Result<Vec<EntryView>, Problem> {
        self.may_ledger(caller, Action::Read)?;
        let size = self.ledger.state().size;
        let events = self.store.events_recent(before, PAGE).await?;
        let world = self.world.read();
        // What was done to which record, and when, is that record's time line: for those who may see it.
        let known = |id: &Id| {
            let Ok(record) = world.record(*id) else { return false };
            let Ok(kind) = world.kind(&record.kind) else { return false };
            world.rule(caller, Action::History, &world.target(caller, kind, &record)).allowed
        };
        let views = events.into_iter().map(|e| EntryView {
            index: e.index,
            at: e.at,
            act: e.act,
            kind: e.kind,
            record: e.record.filter(known),
            logged: e.index < size,
        });
        Ok(views.collect())
    }

    /// A proof for one entry, for those who may take proofs from the ledger or see the time line that the entry is in.
    /// To see that the ledger runs is not enough: a proof carries the entry itself.
    ///
    /// # Errors
    /// `policy.*`, `ledger.not_yet`, `store.*`.
    pub async fn proof(self: &Arc<Self>, caller: &Caller, index: u64) -> Result<String, Problem> {
        if let Err(denied) = self.may_ledger(caller, Action::Export) {
            let event = self.store.events_from(index, 1).await?.into_iter().find(|e| e.index == index);
            let record = event.and_then(|e| e.record).ok_or_else(|| denied.clone())?;
            let world = self.world.read();
            let current = world.record(record).map_err(|_| denied.clone())?;
            let target = world.target(caller, world.kind(&current.kind)?, &current);
            if !world.rule(caller, Action::History, &target).allowed {
                return Err(denied);
            }
        }
        self.ledger.proof(index).await
    }
}

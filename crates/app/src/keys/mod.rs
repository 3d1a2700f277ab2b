//! The keys as people see them and act on them: the hierarchy, its life cycle, ways to unlock, sealing by hand
//! (H 9.1.2.3, 9.6.2; GB/T 39786, key management).
//!
//! Each act is the security administrator's (policy action `secure`), asks for the own password again and for a reason, is noted in the ledger
//! before it takes effect, and its outcome after; the auditor looks on. Names given to keys and ways are sealed.

pub mod device;
pub(crate) mod epochs;
pub(crate) mod gathering;
pub(crate) mod state;
pub(crate) mod view;
pub mod ways;
pub(crate) mod work;

use std::sync::Arc;

use jingui_model::{Data, Problem, Protection};
use jingui_policy::Action;
use jingui_store::EventRow;
use serde_json::{Value, json};

pub use epochs::EpochAct;
pub use view::{EpochView, KeysView, Label, Past, WayView};

use crate::{live::Live, node::Node, pipeline::Note, refusal, world::caller::Caller};

/// The code of what hangs on a key that is locked apart.
pub(crate) const DISABLED: &str = "vault.epoch_disabled";
/// The note before an act on the keys.
pub(crate) const ASKED: &str = "key_asked";
/// The note with which an act on the keys takes effect.
pub(crate) const DONE: &str = "key_done";
/// The note of an act on the keys that came to nothing.
pub(crate) const FAILED: &str = "key_failed";

/// Whether an event comes with another state of the key ring.
pub(crate) fn changes_ring(event: &EventRow) -> bool {
    event.record.is_none() && (event.act == DONE || event.act == "recovery_renewed")
}

/// Who acts on the keys, and why.
#[derive(Debug, Clone)]
pub struct Because<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// The own password, once more.
    pub password: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl Live {
    /// Asks the policies for an act on the system itself.
    ///
    /// # Errors
    /// `policy.*`.
    pub fn may_system(&self, caller: &Caller, action: Action) -> Result<(), Problem> {
        let world = self.world.read();
        let target = world.target_of_kind(caller, world.kind("settings")?, None, Protection::None);
        let ruling = world.rule(caller, action, &target);
        if ruling.allowed { Ok(()) } else { Err(refusal::denied(action, &ruling)) }
    }

    /// Who keeps the keys sees them, and who audits.
    ///
    /// # Errors
    /// `policy.*`.
    pub fn may_see_keys(&self, caller: &Caller) -> Result<(), Problem> {
        self.may_system(caller, Action::Secure).or_else(|denied| self.may_system(caller, Action::Audit).map_err(|_| denied))
    }

    /// A note about the system itself.
    pub(crate) async fn system_note(&self, caller: &Caller, act: &str, fields: Data) -> Result<u64, Problem> {
        self.pipeline.note(note(caller, act, fields)).await
    }

    /// Whether this person may act on the keys now; the intent is noted before anything is done.
    pub(crate) async fn key_asked(&self, because: &Because<'_>, what: &str, about: &[(&str, Value)]) -> Result<Data, Problem> {
        self.may_system(because.caller, Action::Secure)?;
        let reason = because.reason.trim();
        if reason.is_empty() {
            return Err(Problem::invalid("field.required").at("reason"));
        }
        self.same_person(because.caller, because.password).await?;
        let mut fields = Data::from([("what".to_owned(), json!(what)), ("why".to_owned(), json!(reason))]);
        fields.extend(about.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self.system_note(because.caller, ASKED, fields.clone()).await?;
        Ok(fields)
    }

    /// What came of an act; that it came to nothing is noted.
    pub(crate) async fn key_outcome<T>(&self, caller: &Caller, outcome: Result<T, Problem>, mut fields: Data) -> Result<T, Problem> {
        if let Err(problem) = &outcome {
            fields.insert("problem".to_owned(), json!(problem.code()));
            if let Err(unwritten) = self.system_note(caller, FAILED, fields).await {
                tracing::error!(problem = %unwritten, "that an act on the keys failed could not be noted");
            }
            self.keys_changed();
        }
        outcome
    }
}

pub(crate) fn note(caller: &Caller, act: &str, fields: Data) -> Note {
    Note { caller: caller.clone(), act: act.to_owned(), kind: "system".to_owned(), record: None, fields }
}

impl Node {
    /// Seals the node: nothing is served until somebody unseals it.
    ///
    /// # Errors
    /// `policy.*`, `store.*`.
    pub async fn seal(&self, live: &Arc<Live>, caller: &Caller) -> Result<(), Problem> {
        live.may_system(caller, Action::Secure)?;
        live.system_note(caller, "sealed", Data::new()).await?;
        self.quiesce().await;
        Ok(())
    }
}

/// The JSON name of a unit variant.
pub(crate) fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

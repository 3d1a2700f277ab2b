//! The keyring as the security administrator sees it, a new recovery sheet, and sealing by hand.
//!
//! Each of these is an act of the security administrator (policy action `secure`) and leaves evidence.

use std::sync::Arc;

use jingui_model::{Data, Id, Instant, Problem, Protection};
use jingui_policy::Action;
use jingui_vault::{KeyringFile, Unlock, generate_recovery_code};
use serde_json::json;

use crate::{
    ledger::blocking,
    live::Live,
    node::{KEYRING, Node},
    pipeline::Note,
    refusal,
    world::caller::Caller,
};

/// The keyring without any key.
#[derive(Debug, Clone)]
pub struct KeysView {
    /// The vault's id.
    pub id: Id,
    /// Made at.
    pub created: Instant,
    /// Ways to unlock: id and method.
    pub wraps: Vec<(Id, String)>,
    /// Epochs: protection, number, state.
    pub epochs: Vec<(Protection, u32, String)>,
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

    /// A note about the system itself.
    pub(crate) async fn system_note(&self, caller: &Caller, act: &str, fields: Data) -> Result<u64, Problem> {
        let note = Note { caller: caller.clone(), act: act.to_owned(), kind: "system".to_owned(), record: None, fields };
        self.pipeline.note(note).await
    }
}

impl Node {
    /// The keyring.
    ///
    /// # Errors
    /// `policy.*` unless the caller may secure; `store.*`, `vault.*`.
    pub async fn keys(&self, live: &Live, caller: &Caller) -> Result<KeysView, Problem> {
        live.may_system(caller, Action::Secure)?;
        let file = self.keyring().await?.ok_or_else(|| Problem::internal("node.keyring"))?;
        Ok(KeysView {
            id: file.id(),
            created: file.created(),
            wraps: file.wraps().iter().map(|w| (w.id, name(&w.method))).collect(),
            epochs: file
                .epochs()
                .iter()
                .map(|e| (Protection::from_rank(e.protection).unwrap_or(Protection::Core), e.epoch, name(&e.state)))
                .collect(),
        })
    }

    /// Makes a new recovery code; those on older sheets open nothing any more.
    ///
    /// # Errors
    /// `policy.*`, `store.*`, `vault.*`.
    pub async fn new_recovery(&self, live: &Arc<Live>, caller: &Caller) -> Result<String, Problem> {
        live.may_system(caller, Action::Secure)?;
        let _one = self.setting_up.lock().await;
        let mut file = self.keyring().await?.ok_or_else(|| Problem::internal("node.keyring"))?;
        let code = generate_recovery_code(&*self.rng);
        let (own, rng, cost, vault) = (code.clone(), Arc::clone(&self.rng), self.config.cost, live.vault.clone());
        let file = blocking(move || {
            let old: Vec<Id> = file.wraps().iter().filter(|w| w.method == jingui_vault::Method::Recovery).map(|w| w.id).collect();
            file.add_wrap(&vault, Unlock::Recovery(&own), &*rng, cost)?;
            old.into_iter().try_for_each(|id| file.remove_wrap(id))?;
            Ok::<KeyringFile, Problem>(file)
        })
        .await?;
        live.system_note(caller, "recovery_renewed", Data::from([("ways".to_owned(), json!(file.wraps().len()))])).await?;
        self.store.set_meta(KEYRING, file.to_json()?.as_bytes()).await?;
        Ok(code)
    }

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
fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

//! Acts on epochs and suite: rotate, lock apart, open again, destroy, another suite, a name.

use std::sync::Arc;

use jingui_model::{Id, Problem, Protection};
use jingui_policy::Action;
use jingui_vault::{KeyringFile, suite, vault::parent_of};
use serde_json::{Value, json};

use super::{Because, Label, name, state::Next, work};
use crate::{live::Live, world::caller::Caller};

/// What is to be done with the keys of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochAct {
    /// A new epoch; every key of the old ones is wrapped anew in the background, and the old ones then destroyed, if so wished.
    Rotate {
        /// End the old epochs for ever once nothing hangs on them.
        destroy: bool,
    },
    /// Lock an epoch apart.
    Disable(u32),
    /// Open it again.
    Enable(u32),
    /// End it for ever.
    Destroy(u32),
}

/// For whom a rotation is begun, and why.
struct Asked<'a> {
    caller: &'a Caller,
    account: Id,
    reason: &'a str,
}

/// Most characters of a name and of a remark.
const NAME: usize = 60;
const REMARK: usize = 500;

impl Live {
    /// Acts on the keys of a protection.
    ///
    /// # Errors
    /// `policy.*`, `account.password_wrong`, `field.required`; `keys.rotating` while they are being wrapped anew; `keys.in_use`, `keys.meanwhile`;
    /// `vault.epoch_*`.
    pub async fn act_on_epoch(self: &Arc<Self>, because: &Because<'_>, protection: Protection, act: EpochAct) -> Result<(), Problem> {
        let (what, epoch) = match act {
            EpochAct::Rotate { .. } => ("rotate", None),
            EpochAct::Disable(epoch) => ("disable", Some(epoch)),
            EpochAct::Enable(epoch) => ("enable", Some(epoch)),
            EpochAct::Destroy(epoch) => ("destroy", Some(epoch)),
        };
        let about = [("protection", json!(name(&protection))), ("epoch", epoch.map_or(Value::Null, |e| json!(e)))];
        let fields = self.key_asked(because, what, &about).await?;
        let done = self.epoch_act(because, protection, act, fields.clone()).await;
        self.key_outcome(because.caller, done, fields).await
    }

    async fn epoch_act(
        self: &Arc<Self>,
        because: &Because<'_>,
        protection: Protection,
        act: EpochAct,
        fields: jingui_model::Data,
    ) -> Result<(), Problem> {
        let _one = self.keys_lock.lock().await;
        let mut file = self.ring_file().await?;
        let acts = file.acts();
        if self.rotations().await?.contains_key(&name(&protection)) {
            return Err(Problem::conflict("keys.rotating"));
        }
        match act {
            EpochAct::Rotate { destroy } => {
                let asked = Asked { caller: because.caller, account: because.caller.actor.account, reason: because.reason };
                self.begin_rotation(file, &asked, protection, destroy, fields).await
            }
            EpochAct::Disable(epoch) => {
                file.set_disabled(&self.vault, protection, epoch, true)?;
                self.set_ring(because.caller, fields, acts, file.into()).await
            }
            EpochAct::Enable(epoch) => {
                file.set_disabled(&self.vault, protection, epoch, false)?;
                self.set_ring(because.caller, fields, acts, file.into()).await
            }
            EpochAct::Destroy(epoch) => {
                file.destroy_epoch(&self.vault, protection, epoch)?;
                let unused = Some(parent_of(protection, epoch));
                self.set_ring(because.caller, fields, acts, Next { unused, ..Next::from(file) }).await?;
                self.scrub_keys().await
            }
        }
    }

    /// Begins a rotation; the keys' lock is held.
    async fn begin_rotation(
        self: &Arc<Self>,
        mut file: KeyringFile,
        asked: &Asked<'_>,
        protection: Protection,
        destroy: bool,
        mut fields: jingui_model::Data,
    ) -> Result<(), Problem> {
        let acts = file.acts();
        let mut rotations = self.rotations().await?;
        if let Some((_, epoch)) = self.vault.disabled().into_iter().find(|(p, _)| *p == protection) {
            return Err(Problem::conflict("vault.epoch_disabled").arg("protection", protection.rank()).arg("epoch", epoch));
        }
        let epoch = file.begin_epoch(&self.vault, protection, &*self.rng, &*self.clock)?;
        fields.insert("epoch".to_owned(), json!(epoch));
        let total = self.waiting_under(protection, Some(epoch)).await?;
        let rotation = work::Rotation { epoch, destroy, total, caller: asked.account, reason: asked.reason.to_owned() };
        rotations.insert(name(&protection), rotation);
        // The work is written down together with the epoch: neither is there without the other.
        let also = Some((work::WORK, self.sealed_key_note(work::WORK, &rotations)?));
        self.set_ring(asked.caller, fields, acts, Next { also, ..Next::from(file) }).await?;
        self.keys_wake.notify_one();
        Ok(())
    }

    /// Ends every epoch of a protection up to one, so that nothing that was ever wrapped under them opens again: a rotation that
    /// destroys is begun unless one is under way. True once none of them is left.
    ///
    /// # Errors
    /// `vault.epoch_disabled`, `keys.meanwhile`, `store.*`.
    pub(crate) async fn end_epochs(
        self: &Arc<Self>,
        protection: Protection,
        up_to: u32,
        account: Id,
        reason: &str,
    ) -> Result<bool, Problem> {
        let _one = self.keys_lock.lock().await;
        let file = self.ring_file().await?;
        if self.rotations().await?.contains_key(&name(&protection)) {
            return Ok(false);
        }
        if !file.epochs().iter().any(|e| e.protection == protection.rank() && e.epoch <= up_to) {
            return Ok(true);
        }
        let fields = [("what", json!("rotate")), ("protection", json!(name(&protection))), ("why", json!(reason))];
        let asked = Asked { caller: &Caller::system(), account, reason };
        let fields = fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        self.begin_rotation(file, &asked, protection, true, fields).await.map(|()| false)
    }

    /// The epoch of a protection under which keys are wrapped now.
    ///
    /// # Errors
    /// `node.keyring`, `store.*`.
    pub(crate) async fn present_epoch(&self, protection: Protection) -> Result<u32, Problem> {
        let file = self.ring_file().await?;
        let all = file.epochs().iter().filter(|e| e.protection == protection.rank()).map(|e| e.epoch);
        all.max().ok_or_else(|| Problem::internal("node.keyring"))
    }

    /// Seals what is new with another suite from now on; what is old stays, and a rotation wraps its keys anew.
    ///
    /// # Errors
    /// `policy.*`, `account.password_wrong`, `field.required`, `vault.suite_unknown`, `keys.meanwhile`.
    pub async fn choose_suite(self: &Arc<Self>, because: &Because<'_>, number: u16) -> Result<(), Problem> {
        let fields = self.key_asked(because, "suite", &[("suite", json!(suite::name_of(number)))]).await?;
        let done = async {
            let mut file = self.ring_file().await?;
            let acts = file.acts();
            file.set_suite(&self.vault, number)?;
            self.set_ring(because.caller, fields.clone(), acts, file.into()).await
        };
        self.key_outcome(because.caller, done.await, fields).await
    }

    /// Gives a key or a way to unlock a name and a remark.
    ///
    /// # Errors
    /// `policy.*`, `keys.label`, `keys.subject`.
    pub async fn label_key(self: &Arc<Self>, caller: &crate::world::caller::Caller, subject: &str, label: Label) -> Result<(), Problem> {
        self.may_system(caller, Action::Secure)?;
        let label = Label { name: label.name.trim().to_owned(), remark: label.remark.trim().to_owned() };
        if label.name.chars().count() > NAME || label.remark.chars().count() > REMARK {
            return Err(Problem::invalid("keys.label").at("name").arg("name", NAME).arg("remark", REMARK));
        }
        if !self.key_subjects(&self.ring_file().await?).contains(&subject.to_owned()) {
            return Err(Problem::missing("keys.subject").at("subject"));
        }
        let about = [("what".to_owned(), json!("label")), ("subject".to_owned(), json!(subject))];
        self.system_note(caller, "key_named", about.into()).await?;
        self.set_key_label(subject, label).await?;
        self.keys_changed();
        Ok(())
    }
}

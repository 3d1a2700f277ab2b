//! The state of the key ring in force: changed by one writer, followed by every node; and the names that people give to keys.

use std::collections::BTreeMap;

use jingui_model::{Data, Id, Problem};
use jingui_vault::{KeyringFile, NewRoot, vault::parent_of};
use serde::{Serialize, de::DeserializeOwned};

use super::{DONE, Label, note};
use crate::{
    backup,
    live::Live,
    node::KEYRING,
    pipeline::{RingAct, open_record},
    world::caller::Caller,
};

/// Where the names of keys and ways stand, sealed.
const LABELS: &str = "key_labels";
/// Records that are let go of or taken in at a time.
const STRIDE: u32 = 1000;

/// What an act makes of the key ring.
pub(crate) struct Next {
    pub file: KeyringFile,
    pub root: Option<NewRoot>,
    pub unused: Option<[u8; 5]>,
    pub also: Option<(&'static str, Vec<u8>)>,
}

impl From<KeyringFile> for Next {
    fn from(file: KeyringFile) -> Self {
        Self { file, root: None, unused: None, also: None }
    }
}

impl Live {
    /// The key ring as it is stored.
    pub(crate) async fn ring_file(&self) -> Result<KeyringFile, Problem> {
        let stored = self.store.meta(KEYRING).await?.ok_or_else(|| Problem::internal("node.keyring"))?;
        KeyringFile::from_json(&String::from_utf8_lossy(&stored))
    }

    /// Stores another state of the key ring and goes on with it; the note of it is in the same transaction.
    pub(crate) async fn set_ring(&self, caller: &Caller, fields: Data, acts: u64, next: Next) -> Result<(), Problem> {
        let Next { file, root, unused, also } = next;
        self.pipeline.ring(RingAct { note: note(caller, DONE, fields), acts, file, root, unused, also }).await?;
        self.keys_changed();
        Ok(())
    }

    /// Takes over what another node made of the key ring.
    pub(crate) async fn follow_ring(&self) -> Result<(), Problem> {
        let file = self.ring_file().await?;
        self.adopt(&file, None).await?;
        self.keys_changed();
        Ok(())
    }

    /// Goes on with a state of the key ring. What hangs on a key that is locked apart leaves the read model; what hangs on one
    /// that is open again comes back.
    pub(crate) async fn adopt(&self, file: &KeyringFile, root: Option<NewRoot>) -> Result<(), Problem> {
        let before = self.vault.disabled();
        let renewed = root.is_some();
        file.put_in_force(&self.vault, root)?;
        if renewed {
            // What the next backup is sealed with must open by the new root's ways.
            backup::Own::of(&self.vault)?.keep(&self.store).await?;
        }
        let after = self.vault.disabled();
        for (protection, epoch) in after.iter().filter(|e| !before.contains(e)) {
            for id in self.all_under(parent_of(*protection, *epoch)).await? {
                self.world.write().forget(id)?;
            }
        }
        for (protection, epoch) in before.iter().filter(|e| !after.contains(e)) {
            for id in self.all_under(parent_of(*protection, *epoch)).await? {
                if let Some(row) = self.store.record(id).await? {
                    let (record, doc) = open_record(&self.vault, &row)?;
                    self.world.write().put(&record, doc)?;
                }
            }
        }
        Ok(())
    }

    async fn all_under(&self, parent: [u8; 5]) -> Result<Vec<Id>, Problem> {
        let mut all: Vec<Id> = vec![];
        loop {
            let ids = self.store.hanging(parent, all.last().copied(), STRIDE).await?;
            if ids.is_empty() {
                return Ok(all);
            }
            all.extend(ids);
        }
    }

    /// A sealed value of the keys' own, by its name.
    pub(crate) async fn key_note<T: Default + DeserializeOwned>(&self, name: &str) -> Result<T, Problem> {
        let Some(sealed) = self.store.meta(name).await? else { return Ok(T::default()) };
        let plain = self.vault.open_system("keys", name.as_bytes(), &sealed)?;
        serde_json::from_slice(&plain).map_err(|e| Problem::internal("keys.encoding").detail(e))
    }

    /// Keeps a sealed value of the keys' own.
    pub(crate) async fn set_key_note<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Problem> {
        self.store.set_meta(name, &self.sealed_key_note(name, value)?).await
    }

    /// A value of the keys' own, sealed.
    pub(crate) fn sealed_key_note<T: Serialize>(&self, name: &str, value: &T) -> Result<Vec<u8>, Problem> {
        let plain = serde_json::to_vec(value).map_err(|e| Problem::internal("keys.encoding").detail(e))?;
        self.vault.seal_system("keys", name.as_bytes(), &plain, &*self.rng)
    }

    /// The names that people gave to keys and ways.
    pub(crate) async fn key_labels(&self) -> Result<BTreeMap<String, Label>, Problem> {
        self.key_note(LABELS).await
    }

    /// Gives a key or a way a name; an empty one takes it away.
    pub(crate) async fn set_key_label(&self, subject: &str, label: Label) -> Result<(), Problem> {
        let mut labels = self.key_labels().await?;
        if label == Label::default() {
            labels.remove(subject);
        } else {
            labels.insert(subject.to_owned(), label);
        }
        self.set_key_note(LABELS, &labels).await
    }
}

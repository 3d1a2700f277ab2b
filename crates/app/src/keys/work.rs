//! Rotation in the background: every key of a protection's old epochs is wrapped anew, some hundred at a time, between the acts of
//! people; then the old epochs are destroyed, if that was asked for.
//!
//! What is to be done stands in the database, sealed, so that whoever starts next goes on. A key that somebody else wrapped anew
//! meanwhile is not touched: it does not hang on the old epoch any more.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jingui_model::{Data, Id, Problem, Protection};
use jingui_vault::vault::parent_of;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;

use super::{name, note, state::Next};
use crate::{live::Live, pipeline::Rewrap, world::caller::Caller};

const LEASE: &str = "key_rotation";
const LEASE_SECONDS: i64 = 60;
/// Where the work stands.
pub(crate) const WORK: &str = "key_work";
/// Keys in one transaction.
const MOST: u32 = 256;
/// Listeners hear of every so many transactions.
const TELL: u32 = 16;
/// How often a node looks for work that another one began.
const EVERY: Duration = Duration::from_secs(5);
/// How often a log that a reader holds is tried again.
const TRIES: u32 = 20;

/// A rotation that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rotation {
    /// The epoch that everything goes to.
    pub epoch: u32,
    /// The old ones are destroyed at the end.
    pub destroy: bool,
    /// Keys to wrap anew when it began.
    pub total: u64,
    /// The account that asked.
    pub caller: Id,
    /// Why.
    pub reason: String,
}

/// The task of a node.
pub(crate) async fn run(live: Arc<Live>, holder: Id, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(problem) = look(&live, holder, &stop).await {
            tracing::warn!(problem = %problem, "keys could not be wrapped anew; tried again");
        }
        tokio::select! {
            () = live.keys_wake.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|s| *s) => return,
        }
    }
}

async fn look(live: &Arc<Live>, holder: Id, stop: &watch::Receiver<bool>) -> Result<(), Problem> {
    if live.store.meta(WORK).await?.is_none() {
        return Ok(());
    }
    let now = live.clock.now();
    if !live.store.try_lease(LEASE, holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await? {
        return Ok(());
    }
    for protection in [Protection::None, Protection::General, Protection::Important, Protection::Core] {
        let Some(rotation) = live.rotations().await?.remove(&name(&protection)) else { continue };
        live.rotate(protection, &rotation, holder, stop).await?;
    }
    live.store.release_lease(LEASE, holder).await
}

impl Live {
    /// The rotations that are under way, by protection.
    pub(crate) async fn rotations(&self) -> Result<BTreeMap<String, Rotation>, Problem> {
        self.key_note(WORK).await
    }

    pub(crate) async fn set_rotations(&self, rotations: &BTreeMap<String, Rotation>) -> Result<(), Problem> {
        self.set_key_note(WORK, rotations).await
    }

    /// Keys of a protection that hang on another epoch than this.
    pub(crate) async fn waiting_under(&self, protection: Protection, but: Option<u32>) -> Result<u64, Problem> {
        let kept = but.map(|epoch| parent_of(protection, epoch));
        let parents = self.store.parents().await?;
        Ok(parents.iter().filter(|(p, _)| p.first() == Some(&protection.rank()) && Some(*p) != kept).map(|(_, n)| n).sum())
    }

    async fn rotate(
        self: &Arc<Self>,
        protection: Protection,
        rotation: &Rotation,
        holder: Id,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Problem> {
        let old: Vec<u32> = {
            let file = self.ring_file().await?;
            file.epochs().iter().filter(|e| e.protection == protection.rank() && e.epoch < rotation.epoch).map(|e| e.epoch).collect()
        };
        for epoch in &old {
            let work = Rewrap { parent: parent_of(protection, *epoch), protection, most: MOST };
            let mut batches = 0u32;
            while self.pipeline.rewrap(work).await? > 0 {
                batches += 1;
                if batches % TELL == 1 {
                    self.keys_changed();
                }
                if *stop.borrow() {
                    return Ok(());
                }
                let now = self.clock.now();
                self.store.try_lease(LEASE, holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await?;
            }
        }
        let caller =
            self.world.read().caller(rotation.caller, crate::world::caller::Origin::default(), None).unwrap_or_else(|_| Caller::system());
        let about = |what: &str, epoch: u32| {
            Data::from([
                ("what".to_owned(), json!(what)),
                ("protection".to_owned(), json!(name(&protection))),
                ("epoch".to_owned(), json!(epoch)),
                ("why".to_owned(), json!(rotation.reason)),
            ])
        };
        let mut moved = about("rotated", rotation.epoch);
        moved.insert("count".to_owned(), json!(rotation.total));
        self.pipeline.note(note(&caller, "key_rotated", moved)).await?;
        if rotation.destroy {
            for epoch in &old {
                let mut file = self.ring_file().await?;
                let acts = file.acts();
                file.destroy_epoch(&self.vault, protection, *epoch)?;
                let next = Next { unused: Some(parent_of(protection, *epoch)), ..Next::from(file) };
                self.set_ring(&caller, about("destroy", *epoch), acts, next).await?;
            }
            self.scrub_keys().await?;
        }
        self.over(protection).await
    }

    async fn over(&self, protection: Protection) -> Result<(), Problem> {
        let _one = self.keys_lock.lock().await;
        let mut rotations = self.rotations().await?;
        rotations.remove(&name(&protection));
        self.set_rotations(&rotations).await?;
        self.keys_changed();
        Ok(())
    }

    /// Sees to it that the database holds no earlier copy of the key ring.
    pub(crate) async fn scrub_keys(&self) -> Result<(), Problem> {
        for _ in 0..TRIES {
            if self.store.scrub().await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tracing::warn!("readers kept the database's log; an earlier copy of the key ring stays in it until it is next cut");
        Ok(())
    }
}

//! The keys as a page shows them: the tree with counts and states, what is under way, and what was done, from the ledger.

use std::collections::HashMap;

use jingui_model::{Id, Instant, Problem, Protection};
use jingui_vault::{KeyringFile, keyring::EpochState, suite};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ASKED, DONE, FAILED, name};
use crate::{live::Live, pipeline::open_event, world::caller::Caller};

/// Rows of the history.
const PAST: usize = 50;
/// Notes about the system that are looked through for them.
const LOOK_THROUGH: usize = 5_000;
const STRIDE: u32 = 500;
/// Notes about keys.
const ACTS: [&str; 8] = [ASKED, DONE, FAILED, "key_named", "key_rotated", "recovery_renewed", "recovery_rehearsed", "sealed"];

/// A name and a remark that somebody gave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The remark.
    #[serde(default)]
    pub remark: String,
}

/// A way to unlock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WayView {
    /// Its id.
    pub id: Id,
    /// `passphrase`, `key_file`, `recovery`, `shares` or `token`.
    pub method: String,
    /// Its name.
    pub label: Label,
    /// When somebody last showed that it opens the root key.
    pub rehearsed: Option<Instant>,
}

/// The key of one protection during one epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EpochView {
    /// What it protects.
    pub protection: Protection,
    /// Counts from 1.
    pub epoch: u32,
    /// `active` or `retired`.
    pub state: String,
    /// Locked apart.
    pub disabled: bool,
    /// When it began.
    pub began: Instant,
    /// Records whose keys hang on it.
    pub records: u64,
    /// Its name.
    pub label: Label,
}

/// A rotation that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RotationView {
    /// Of which protection.
    pub protection: Protection,
    /// The epoch that everything goes to.
    pub epoch: u32,
    /// Keys that are through.
    pub done: u64,
    /// All keys.
    pub total: u64,
    /// The old epochs are destroyed at the end.
    pub destroy: bool,
}

/// Something that was done with the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Past {
    /// Its index in the ledger.
    pub index: u64,
    /// When.
    pub at: Instant,
    /// `key_asked`, `key_done`, `key_failed` …
    pub act: String,
    /// `rotate`, `disable` …
    pub what: Option<String>,
    /// Who.
    pub actor: String,
    /// Of which protection.
    pub protection: Option<String>,
    /// Which epoch.
    pub epoch: Option<u64>,
    /// Why.
    pub reason: Option<String>,
    /// The code of what stood in the way.
    pub problem: Option<String>,
    /// How many keys.
    pub count: Option<u64>,
}

/// The keys without any key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct KeysView {
    /// The vault's id.
    pub id: Id,
    /// Made at.
    pub created: Instant,
    /// `aes256gcm` or `sm4gcm`: what new things are sealed with.
    pub suite: String,
    /// Names of the root key and the tenant's.
    pub root: Label,
    /// The tenant's.
    pub tenant: Label,
    /// Ways to unlock.
    pub wraps: Vec<WayView>,
    /// Epochs, the newest of each protection first.
    pub epochs: Vec<EpochView>,
    /// What is under way.
    pub rotations: Vec<RotationView>,
    /// What was done, newest first.
    pub past: Vec<Past>,
    /// The server's configuration names a device that keeps keys.
    pub device: bool,
    /// Whether the reader may act.
    pub may_act: bool,
}

/// What a label may be about.
pub(crate) fn subject(protection: u8, epoch: u32) -> String {
    format!("epoch:{protection}.{epoch}")
}

impl Live {
    pub(crate) fn key_subjects(&self, file: &KeyringFile) -> Vec<String> {
        let mut all = vec!["root".to_owned(), "tenant".to_owned()];
        all.extend(file.wraps().iter().map(|w| format!("way:{}", w.id)));
        all.extend(file.epochs().iter().map(|e| subject(e.protection, e.epoch)));
        all
    }

    /// The keys.
    ///
    /// # Errors
    /// `policy.*` unless the caller may secure or audit; `store.*`, `vault.*`.
    pub async fn keys(&self, caller: &Caller) -> Result<KeysView, Problem> {
        self.may_see_keys(caller)?;
        let file = self.ring_file().await?;
        let mut labels = self.key_labels().await?;
        let mut label = |subject: &str| labels.remove(subject).unwrap_or_default();
        let counts: HashMap<[u8; 5], u64> = self.store.parents().await?.into_iter().collect();
        let rehearsed = self.rehearsals().await?;
        let mut epochs: Vec<EpochView> = file
            .epochs()
            .iter()
            .filter_map(|e| {
                let protection = Protection::from_rank(e.protection)?;
                Some(EpochView {
                    protection,
                    epoch: e.epoch,
                    state: if e.state == EpochState::Active { "active" } else { "retired" }.to_owned(),
                    disabled: e.disabled,
                    began: e.began.unwrap_or_else(|| file.created()),
                    records: counts.get(&jingui_vault::vault::parent_of(protection, e.epoch)).copied().unwrap_or(0),
                    label: label(&subject(e.protection, e.epoch)),
                })
            })
            .collect();
        epochs.sort_by_key(|e| std::cmp::Reverse((e.protection.rank(), e.epoch)));
        let mut rotations = vec![];
        for (of, work) in self.rotations().await? {
            let Some(protection) =
                [Protection::None, Protection::General, Protection::Important, Protection::Core].into_iter().find(|p| name(p) == of)
            else {
                continue;
            };
            let left = self.waiting_under(protection, Some(work.epoch)).await?;
            let done = work.total.saturating_sub(left);
            rotations.push(RotationView { protection, epoch: work.epoch, done, total: work.total, destroy: work.destroy });
        }
        Ok(KeysView {
            id: file.id(),
            created: file.created(),
            suite: suite::name_of(file.suite()?.id()).to_owned(),
            root: label("root"),
            tenant: label("tenant"),
            wraps: file
                .wraps()
                .iter()
                .map(|w| WayView {
                    id: w.id,
                    method: name(&w.method),
                    label: label(&format!("way:{}", w.id)),
                    rehearsed: rehearsed.get(&w.id).copied(),
                })
                .collect(),
            epochs,
            rotations,
            past: self.key_past().await?,
            device: self.device.is_some(),
            may_act: self.may_system(caller, jingui_policy::Action::Secure).is_ok(),
        })
    }

    async fn key_past(&self) -> Result<Vec<Past>, Problem> {
        let (mut past, mut before, mut looked) = (vec![], None, 0);
        while past.len() < PAST && looked < LOOK_THROUGH {
            let events = self.store.events_of_none(before, STRIDE).await?;
            let Some(last) = events.last() else { break };
            (before, looked) = (Some(last.index), looked + events.len());
            for event in events.iter().filter(|e| ACTS.contains(&e.act.as_str())) {
                let opened = open_event(&self.vault, None, event)?;
                let text = |name: &str| opened.get(name).and_then(Value::as_str).map(str::to_owned);
                past.push(Past {
                    index: event.index,
                    at: event.at,
                    act: event.act.clone(),
                    what: text("what").or_else(|| text("method")),
                    actor: text("actor_name").unwrap_or_default(),
                    protection: text("protection"),
                    epoch: opened.get("epoch").and_then(Value::as_u64),
                    reason: text("why"),
                    problem: text("problem"),
                    count: opened.get("count").and_then(Value::as_u64),
                });
            }
        }
        past.truncate(PAST);
        Ok(past)
    }
}

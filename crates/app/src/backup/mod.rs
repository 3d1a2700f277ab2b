//! Backups (B 7.2.2, H 7.2, 9.6.2 d and g): taken while the node runs, sealed to people who are not there, restored, and rehearsed.
//!
//! The format is `crates/backup`'s; here is what it is filled from and what a restore makes of it. A backup needs no unlocked
//! vault: what it seals with lies openly in the database ([`Own`]). Restoring needs a way to unlock, or the secret key of a
//! recipient outside.

mod drill;
pub mod overview;
mod place;
mod reports;
mod restore;
mod restored;
mod schedule;
mod take;

use std::path::Path;

use jingui_backup::Keyholder;
use jingui_model::Problem;
use jingui_store::Store;
use jingui_vault::{Door, Key, Method, Recipient, RecipientSecret, Unlock, Vault, envelope::Algorithm};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::keys::device::WithPin;

pub use drill::{Drill, Failure, drill};
pub use jingui_backup::{Keep, Thin};
pub use place::open_place;
pub(crate) use reports::take_in;
pub use reports::{Report, leave};
pub use restore::{Request, Restored, restore};
pub(crate) use restored::{begin, decided};
pub(crate) use schedule::{EFFECT, run};
pub use take::{Taken, Taking, take};

/// Under this name stands in the database what a backup is sealed with.
const OWN: &str = "backup";
/// The folder of the data folder in which recipients stand and reports lie.
pub const FOLDER: &str = "backup";
/// In it: a public key of a recipient outside on each line.
pub const RECIPIENTS: &str = "recipients";
/// A restore that did not come to its end leaves this file.
pub const UNFINISHED: &str = "restoring";

/// What a backup of this vault is sealed with: whoever has the database may make one, and cannot open it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stands {
    place: String,
    recipient: String,
}

/// The same, read.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub place: Key,
    pub recipient: Recipient,
}

impl Own {
    pub(crate) fn of(vault: &Vault) -> Result<Self, Problem> {
        let keys = vault.backup_keys()?;
        let recipient = keys.secret(Algorithm::of(vault.suite())).public();
        Ok(Self { recipient, place: keys.place })
    }

    /// Puts it into the database, for backups that nobody unlocks for.
    pub(crate) async fn keep(&self, store: &Store) -> Result<(), Problem> {
        let place = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, self.place.bytes());
        let stands = Stands { place, recipient: self.recipient.to_string() };
        let bytes = serde_json::to_vec(&stands).map_err(|e| Problem::internal("record.encoding").detail(e))?;
        if store.meta(OWN).await?.as_deref() == Some(&bytes) { Ok(()) } else { store.set_meta(OWN, &bytes).await }
    }

    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let malformed = || Problem::internal("backup.own_key");
        let stands: Stands = serde_json::from_slice(bytes).map_err(|_| malformed())?;
        let place = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &stands.place).map_err(|_| malformed())?;
        let place = place.try_into().map(Key::from_bytes).map_err(|_| malformed())?;
        Ok(Self { place, recipient: Recipient::parse(&stands.recipient)? })
    }
}

/// What a person brings to open a backup.
#[derive(Clone)]
pub enum Way {
    /// A way to unlock the vault, as text.
    Vault(Method, Zeroizing<String>),
    /// A device that unlocks the vault.
    Device(WithPin),
    /// The secret key of a recipient outside.
    Outside(RecipientSecret),
}

impl Way {
    /// As a way to unlock the vault; none for a recipient outside.
    #[must_use]
    pub fn unlock(&self) -> Option<Unlock<'_>> {
        match self {
            Self::Vault(method, text) => Unlock::of(*method, text, None).ok(),
            Self::Device(device) => Some(Unlock::Token(device)),
            Self::Outside(_) => None,
        }
    }

    fn holder(&self, door: &Door) -> Result<Keyholder, Problem> {
        match self {
            Self::Outside(secret) => Ok(Keyholder::Outside(secret.clone())),
            way => way.unlock().map_or_else(|| Err(Problem::denied("vault.unlock_refused")), |way| door.open(way).map(Keyholder::Vault)),
        }
    }
}

/// The recipients that the data folder names.
///
/// # Errors
/// `vault.backup_recipient`, `backup.recipients`.
pub fn recipients(data: &Path) -> Result<Vec<Recipient>, Problem> {
    let path = data.join(FOLDER).join(RECIPIENTS);
    let text = match std::fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        read => read.map_err(|e| Problem::unavailable("backup.recipients").arg("path", path.display()).detail(e))?,
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(Recipient::parse).collect()
}

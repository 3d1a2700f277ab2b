//! The device that the server's configuration names, with a PIN, as the vault wants it. Which library is loaded and which token it is, is never taken
//! from the network: the browser brings the PIN alone.

use std::{path::PathBuf, sync::Arc};

use jingui_model::{Id, Problem};
pub use jingui_pkcs11::{Found, Place};
use jingui_pkcs11::{Sealed, Who};
use jingui_vault::{Device, Key, OnDevice, Unlock};
use zeroize::Zeroizing;

use crate::{
    ledger::blocking,
    node::{Node, Phase},
};

/// Most bytes of a file with a PIN.
const PIN_FILE: usize = 1024;

/// A device, as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDevice {
    /// Which.
    pub place: Place,
    /// Where its PIN stands, for unlocking without a person.
    pub pin_file: Option<PathBuf>,
}

/// A device with a PIN.
#[derive(Clone)]
pub struct WithPin {
    place: Place,
    pin: Zeroizing<String>,
    who: Who,
}

impl KeyDevice {
    /// With the PIN that somebody typed.
    #[must_use]
    pub fn with_pin(&self, pin: &str) -> WithPin {
        WithPin { place: self.place.clone(), pin: Zeroizing::new(pin.to_owned()), who: Who::Person }
    }

    /// With the PIN that stands in a file, if one is configured. It is not tried after a wrong one.
    ///
    /// # Errors
    /// `pkcs11.pin_file`.
    pub fn by_file(&self) -> Result<Option<WithPin>, Problem> {
        let Some(path) = &self.pin_file else { return Ok(None) };
        let unreadable = || Problem::unavailable("pkcs11.pin_file").arg("path", path.display());
        let bytes = std::fs::read(path).map(Zeroizing::new).map_err(|e| unreadable().detail(e))?;
        let text = str::from_utf8(&bytes).ok().map(|text| text.trim_end_matches(['\r', '\n']));
        let pin = text.filter(|pin| !pin.is_empty() && pin.len() <= PIN_FILE).ok_or_else(unreadable)?;
        Ok(Some(WithPin { place: self.place.clone(), pin: Zeroizing::new(pin.to_owned()), who: Who::Unattended }))
    }
}

impl Device for WithPin {
    fn seal(&self, way: Id, context: &[u8], key: &Key) -> Result<Vec<u8>, Problem> {
        self.place.with(self.pin.clone(), self.who).seal(way, context, &Zeroizing::new(*key.bytes()))
    }

    fn open(&self, all: &[OnDevice<'_>]) -> Result<Vec<Option<Key>>, Problem> {
        let all: Vec<_> = all.iter().map(|s| Sealed { id: s.way, context: s.context, sealed: s.sealed }).collect();
        let opened = self.place.with(self.pin.clone(), self.who).open(&all)?;
        Ok(opened.into_iter().map(|key| key.map(|key| Key::from_bytes(*key))).collect())
    }
}

impl Node {
    /// Unseals by the configured device with a PIN that somebody typed.
    ///
    /// # Errors
    /// `vault.device_missing` when none is configured; `pkcs11.*`; as [`Node::unseal`].
    pub async fn unseal_by_pin(self: &Arc<Self>, pin: &str) -> Result<(), Problem> {
        let device = self.config.device.as_ref().ok_or_else(|| Problem::conflict("vault.device_missing"))?;
        self.unseal_by_device(device.with_pin(pin)).await
    }

    /// Unseals a sealed node by the configured device with the PIN of its configuration, if there is one. Tried once; after a wrong PIN
    /// not at all, so that a server that starts again and again does not lock the device.
    ///
    /// # Errors
    /// `pkcs11.*`; as [`Node::unseal`].
    pub async fn unseal_by_pin_file(self: &Arc<Self>) -> Result<(), Problem> {
        let (Some(device), Phase::Sealed) = (&self.config.device, self.phase()) else { return Ok(()) };
        match device.by_file()? {
            Some(device) => self.unseal_by_device(device).await,
            None => Ok(()),
        }
    }

    async fn unseal_by_device(self: &Arc<Self>, device: WithPin) -> Result<(), Problem> {
        let file = self.sealed_keyring().await?;
        // A device may take its time; others are served meanwhile.
        let vault = blocking(move || file.unlock(Unlock::Token(&device))).await?;
        self.go_on_with(vault).await
    }
}

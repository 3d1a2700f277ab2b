//! The life of keys: a new epoch, locking one apart, the end of one, another suite, another root key
//! (NIST SP 800-57 part 1, section 8; GB/T 39786).
//!
//! Each act changes the key ring's text and makes its keyed check anew; it is in force once the text is stored and the
//! vault goes on with it ([`KeyringFile::put_in_force`]), so that nothing is ever wrapped under a key that is not stored.

use jingui_model::{Clock, Id, Problem, Protection, Rng};

use crate::{
    Key, KeyringFile, Vault,
    keyring::{EpochState, EpochWrap, MAX_EPOCHS, MIN_WRAPS, damaged, epoch_context},
    keys::{unwrap, wrap},
    suite,
    unlock::{Cost, Unlock},
};

impl KeyringFile {
    fn own(&self, vault: &Vault) -> Result<(), Problem> {
        if vault.id() == self.id() { Ok(()) } else { Err(Problem::conflict("vault.keyring_other")) }
    }

    fn epoch_mut(&mut self, protection: Protection, epoch: u32) -> Result<&mut EpochWrap, Problem> {
        let found = self.epochs.iter_mut().find(|e| e.protection == protection.rank() && e.epoch == epoch);
        found.ok_or_else(|| Problem::missing("vault.epoch_missing"))
    }

    /// Begins a new epoch of a protection; the one before wraps nothing new from then on. Returns its number. Numbers never come twice, because the
    /// last epoch is always the active one, which cannot be destroyed.
    ///
    /// # Errors
    /// `vault.keyring_other`; `vault.epochs_full`; `vault.epoch_disabled` while the active epoch is locked.
    pub fn begin_epoch(&mut self, vault: &Vault, protection: Protection, rng: &dyn Rng, clock: &dyn Clock) -> Result<u32, Problem> {
        self.own(vault)?;
        if self.epochs.len() >= MAX_EPOCHS {
            return Err(Problem::conflict("vault.epochs_full"));
        }
        let rank = protection.rank();
        let last = self.epochs.iter().filter(|e| e.protection == rank).map(|e| e.epoch).max().unwrap_or(0);
        let epoch = last.checked_add(1).ok_or_else(|| Problem::conflict("vault.epochs_full"))?;
        for old in self.epochs.iter_mut().filter(|e| e.protection == rank && e.state == EpochState::Active) {
            if old.disabled {
                return Err(Problem::conflict("vault.epoch_disabled").arg("protection", rank).arg("epoch", old.epoch));
            }
            old.state = EpochState::Retired;
        }
        let context = epoch_context(self.id(), rank, epoch);
        let wrapped = wrap(self.suite()?, vault.tenant(), "epoch", &context, &Key::generate(rng), rng)?;
        let state = EpochState::Active;
        self.epochs.push(EpochWrap { protection: rank, epoch, state, disabled: false, began: Some(clock.now()), wrapped });
        self.seal_state(vault)?;
        Ok(epoch)
    }

    /// Locks an epoch apart from the others, or opens it again. The key leaves the memory meanwhile.
    ///
    /// # Errors
    /// `vault.epoch_missing`; `vault.epoch_needed` for what is not graded: nobody could sign in; `vault.keyring_other`.
    pub fn set_disabled(&mut self, vault: &Vault, protection: Protection, epoch: u32, disabled: bool) -> Result<(), Problem> {
        self.own(vault)?;
        if disabled && protection == Protection::None {
            return Err(Problem::conflict("vault.epoch_needed"));
        }
        self.epoch_mut(protection, epoch)?.disabled = disabled;
        self.seal_state(vault)
    }

    /// Ends an epoch for ever: its key is no longer in the ring, and whatever still hung on it is lost. That nothing does is
    /// the caller's to see.
    ///
    /// # Errors
    /// `vault.epoch_missing`; `vault.epoch_active`: only one that wraps nothing new can go; `vault.keyring_other`.
    pub fn destroy_epoch(&mut self, vault: &Vault, protection: Protection, epoch: u32) -> Result<(), Problem> {
        self.own(vault)?;
        if self.epoch_mut(protection, epoch)?.state == EpochState::Active {
            return Err(Problem::conflict("vault.epoch_active"));
        }
        self.epochs.retain(|e| e.protection != protection.rank() || e.epoch != epoch);
        self.seal_state(vault)
    }

    /// Seals what is new with another suite from now on. What is old stays readable as it is; a new epoch wraps keys anew.
    ///
    /// # Errors
    /// `vault.suite_unknown`; `vault.keyring_other`.
    pub fn set_suite(&mut self, vault: &Vault, number: u16) -> Result<(), Problem> {
        self.own(vault)?;
        suite::suite(number)?;
        self.now = (number != vault.founding_suite().id()).then_some(number);
        self.seal_state(vault)
    }

    /// Makes a new root key, under which the tenant's key is wrapped anew, and puts it under the ways that are given. Every
    /// other way is gone: its secret is not at hand, and a copy of this ring must not open with the old root. Returns the new ways in the order given.
    ///
    /// # Errors
    /// `vault.wrap_last` with fewer than [`MIN_WRAPS`] ways; `vault.root_renewed` when the vault's own root is an old one; what is wrong with a way.
    pub fn renew_root(&mut self, vault: &Vault, unlocks: &[Unlock<'_>], rng: &dyn Rng, cost: Cost) -> Result<(Vec<Id>, NewRoot), Problem> {
        self.own(vault)?;
        unwrap(&vault.root(), "tenant", self.id().as_bytes(), &self.tenant).map_err(|_| Problem::conflict("vault.root_renewed"))?;
        if unlocks.len() < MIN_WRAPS {
            return Err(Problem::conflict("vault.wrap_last").arg("min", MIN_WRAPS));
        }
        let (with, root) = (self.suite()?, Key::generate(rng));
        self.tenant = wrap(with, &root, "tenant", self.id().as_bytes(), vault.tenant(), rng)?;
        self.wraps.clear();
        let ways = unlocks.iter().map(|unlock| self.wrap_root(with, &root, *unlock, rng, cost)).collect::<Result<_, _>>()?;
        self.seal_state(vault)?;
        Ok((ways, NewRoot(root)))
    }

    /// The vault goes on with this state of its key ring: after it was stored, or when another node stored it.
    ///
    /// # Errors
    /// `vault.keyring_other`; `vault.keyring_damaged` when it is not what an unlocked vault made.
    pub fn put_in_force(&self, vault: &Vault, root: Option<NewRoot>) -> Result<(), Problem> {
        self.own(vault)?;
        self.verify(vault)?;
        let root = root.map_or_else(|| vault.root(), |NewRoot(root)| root);
        let ring = self.ring(vault.tenant(), root).map_err(|_| damaged("epoch"))?;
        vault.go_on_with(ring);
        Ok(())
    }

    /// Adds a way to unlock, as an act on the keys ([`Self::add_wrap`] with the count of acts).
    ///
    /// # Errors
    /// As [`Self::add_wrap`].
    pub fn add_way(&mut self, vault: &Vault, unlock: Unlock<'_>, rng: &dyn Rng, cost: Cost) -> Result<Id, Problem> {
        let id = self.add_wrap(vault, unlock, rng, cost)?;
        self.seal_state(vault)?;
        Ok(id)
    }

    /// Takes a way away, as an act on the keys.
    ///
    /// # Errors
    /// As [`Self::remove_wrap`].
    pub fn remove_way(&mut self, vault: &Vault, way: Id) -> Result<(), Problem> {
        self.own(vault)?;
        self.remove_wrap(way)?;
        self.seal_state(vault)
    }

    /// Whether a secret opens the root key, without unlocking anything: a rehearsal of recovery. The answer names the way.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub fn rehearse(&self, unlock: Unlock<'_>) -> Result<Id, Problem> {
        let (way, root) = self.root_by(unlock)?;
        unwrap(&root, "tenant", self.id().as_bytes(), &self.tenant).map_err(|_| damaged("tenant"))?;
        Ok(way)
    }
}

/// A root key that is not in force yet.
#[derive(Debug)]
pub struct NewRoot(Key);

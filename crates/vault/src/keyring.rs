//! The key ring file: everything that is needed to unlock, apart from what a person or a server
//! brings. It may be copied and backed up openly; its wraps are worth what unlocks them.
//!
//! JSON, strict (unknown fields and versions are refused), with limits. Identifier, date, tenant
//! key and epochs carry a keyed check that only an unlocked vault can make, so an edited state
//! of an epoch is noticed. The list of wraps is outside it: removing a way to unlock needs no key.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_model::{Clock, Id, Instant, Problem, Protection, Rng, canonical};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    Key, Vault, base64_bytes,
    keys::{unwrap, wrap},
    self_test,
    suite::{self, Suite},
    unlock::{Cost, Kdf, Method, OnDevice, PASSPHRASE_MAX_BYTES, Unlock, check_passphrase},
    vault::{Epoch, Ring},
};

const VERSION: u16 = 1;
/// Most ways to unlock; each guess of a passphrase costs one derivation per way.
pub const MAX_WRAPS: usize = 16;
/// Fewest ways to unlock that a removal may leave: one that is lost must not take everything with it.
pub const MIN_WRAPS: usize = 2;
/// Most epochs of all protections together.
pub const MAX_EPOCHS: usize = 4096;
const MAX_JSON: usize = 4 << 20;
/// Most bytes of what a device sealed.
const MAX_SEALED: usize = 1024;

/// The root key under one way to unlock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootWrap {
    /// Names it, for removal.
    pub id: Id,
    /// Which way.
    pub method: Method,
    /// What a guess costs; absent for full keys: a key file, sheets, a device's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kdf: Option<Kdf>,
    /// The way's key as a device sealed it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "base64_bytes::maybe")]
    sealed: Option<Vec<u8>>,
    #[serde(with = "base64_bytes")]
    wrapped: Vec<u8>,
}

/// Whether an epoch's key still wraps new records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpochState {
    /// New record keys are wrapped under it.
    Active,
    /// Opens, but wraps nothing new.
    Retired,
}

/// The key of one protection during one epoch, under the tenant's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochWrap {
    /// 0 to 3, see [`Protection::rank`].
    pub protection: u8,
    /// Counts from 1.
    pub epoch: u32,
    /// Its state.
    pub state: EpochState,
    /// What hangs on it is not to be opened for the time being.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// When it began, if not with the key ring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Instant>,
    #[serde(with = "base64_bytes")]
    pub(crate) wrapped: Vec<u8>,
}

/// The key ring, as it is written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyringFile {
    version: u16,
    id: Id,
    created: Instant,
    /// What the ring was founded with. Rings from before there was a choice do not say.
    #[serde(default = "unchosen", skip_serializing_if = "is_unchosen")]
    suite: u16,
    /// What new things are sealed with, if that was changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) now: Option<u16>,
    /// Acts on the keys so far, so that two acts at once do not lose one of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) acts: u64,
    pub(crate) wraps: Vec<RootWrap>,
    #[serde(with = "base64_bytes")]
    pub(crate) tenant: Vec<u8>,
    pub(crate) epochs: Vec<EpochWrap>,
    #[serde(with = "base64_bytes")]
    check: Vec<u8>,
}

const fn unchosen() -> u16 {
    suite::DEFAULT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_unchosen(suite: &u16) -> bool {
    *suite == suite::DEFAULT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(acts: &u64) -> bool {
    *acts == 0
}

fn malformed(what: &'static str) -> Problem {
    Problem::invalid("vault.keyring_malformed").detail(what)
}

pub(crate) fn damaged(what: &'static str) -> Problem {
    Problem::internal("vault.keyring_damaged").detail(what)
}

/// What a wrap of the root key is bound to, and what a device binds the key of its way to.
fn root_context(keyring: Id, wrap: Id, method: Method) -> Vec<u8> {
    let method = match method {
        Method::Passphrase => 1,
        Method::KeyFile => 2,
        Method::Recovery => 3,
        Method::Shares => 4,
        Method::Token => 5,
    };
    [keyring.as_bytes().as_slice(), wrap.as_bytes(), &[method]].concat()
}

pub(crate) fn epoch_context(keyring: Id, protection: u8, epoch: u32) -> Vec<u8> {
    [keyring.as_bytes().as_slice(), &[protection], &epoch.to_be_bytes()].concat()
}

/// A random identifier (UUID version 4, RFC 9562 section 5.4): when a way was added is nobody's business.
fn random_id(rng: &dyn Rng) -> Id {
    let bits = u128::from_be_bytes(rng.array());
    Id::from_bytes((bits & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62).to_be_bytes())
}

/// The key that a way to unlock gives: derived slowly, or the key file's own.
fn unlocking_key(kdf: Option<&Kdf>, secret: &[u8]) -> Result<Key, Problem> {
    match kdf {
        Some(kdf) => kdf.derive(secret),
        None => secret.try_into().map(Key::from_bytes).map_err(|_| malformed("kdf")),
    }
}

/// The way that a secret opens, and the root key behind it.
pub(crate) fn open_root(keyring: Id, wraps: &[RootWrap], unlock: Unlock<'_>) -> Result<(Id, Key), Problem> {
    let refused = || Problem::denied("vault.unlock_refused");
    if matches!(unlock, Unlock::Passphrase(text) if text.len() > PASSPHRASE_MAX_BYTES) {
        return Err(refused());
    }
    let ways: Vec<_> = wraps.iter().filter(|w| w.method == unlock.method()).map(|w| (w, root_context(keyring, w.id, w.method))).collect();
    let keys = match unlock {
        Unlock::Token(_) if ways.is_empty() => vec![],
        // One question, so that a PIN is used once however many ways there are.
        Unlock::Token(device) => {
            let all = ways.iter().map(|(w, context)| OnDevice { way: w.id, context, sealed: w.sealed.as_deref().unwrap_or_default() });
            device.open(&all.collect::<Vec<_>>())?
        }
        _ => {
            let secret = unlock.secret()?;
            ways.iter().map(|(w, _)| unlocking_key(w.kdf.as_ref(), &secret).map(Some)).collect::<Result<_, _>>()?
        }
    };
    let mut root = None;
    for ((way, context), key) in ways.iter().zip(keys) {
        root = root.or(key.and_then(|key| unwrap(&key, "root", context, &way.wrapped).ok()).map(|root| (way.id, root)));
    }
    root.ok_or_else(refused)
}

impl KeyringFile {
    /// A new key ring with new keys, and the vault that it unlocks. Everything in it is sealed with the suite of this number.
    ///
    /// # Errors
    /// `vault.suite_unknown`; `vault.self_test_failed`; `vault.unlock_missing` without any way to unlock, `vault.wraps_full` with more than
    /// [`MAX_WRAPS`]; what is wrong with a way to unlock (`vault.passphrase_short`, …).
    pub fn create(suite: u16, rng: &dyn Rng, clock: &dyn Clock, unlocks: &[Unlock<'_>], cost: Cost) -> Result<(Self, Vault), Problem> {
        self_test::passed()?;
        let with = suite::suite(suite)?;
        if unlocks.is_empty() {
            return Err(Problem::invalid("vault.unlock_missing"));
        }
        let (root, tenant) = (Key::generate(rng), Key::generate(rng));
        let id = Id::new(clock, rng);
        let mut file = Self {
            version: VERSION,
            id,
            created: clock.now(),
            suite,
            now: None,
            acts: 0,
            wraps: vec![],
            tenant: wrap(with, &root, "tenant", id.as_bytes(), &tenant, rng)?,
            epochs: vec![],
            check: vec![],
        };
        for protection in [Protection::None, Protection::General, Protection::Important, Protection::Core].map(Protection::rank) {
            let wrapped = wrap(with, &tenant, "epoch", &epoch_context(id, protection, 1), &Key::generate(rng), rng)?;
            file.epochs.push(EpochWrap { protection, epoch: 1, state: EpochState::Active, disabled: false, began: None, wrapped });
        }
        let vault = file.assemble(root)?;
        file.check = vault.keyring_mac(&file.checked_bytes()?).to_vec();
        for unlock in unlocks {
            file.add_wrap(&vault, *unlock, rng, cost)?;
        }
        Ok((file, vault))
    }

    /// Unlocks.
    ///
    /// # Errors
    /// `vault.unlock_refused` when no way to unlock fits, whichever the reason. A slip that is
    /// visible in the text alone is named, as it tells nothing of the key ring:
    /// `vault.recovery_group`, `vault.recovery_length`, `vault.key_file_malformed`. When the root
    /// key opens but the rest has been changed: `vault.keyring_damaged`. When this machine does not compute what it
    /// should, nothing is unlocked: `vault.self_test_failed`. A device has its own.
    pub fn unlock(&self, unlock: Unlock<'_>) -> Result<Vault, Problem> {
        self.unlock_when(self_test::passed(), unlock)
    }

    /// As [`Self::unlock`], with the outcome of the known answers.
    fn unlock_when(&self, tested: Result<(), Problem>, unlock: Unlock<'_>) -> Result<Vault, Problem> {
        tested?;
        let vault = self.assemble(self.root_by(unlock)?.1)?;
        self.verify(&vault)?;
        Ok(vault)
    }

    /// The way that a secret opens, and the root key behind it.
    pub(crate) fn root_by(&self, unlock: Unlock<'_>) -> Result<(Id, Key), Problem> {
        open_root(self.id, &self.wraps, unlock)
    }

    /// Whether these are the keys and states that an unlocked vault made.
    pub(crate) fn verify(&self, vault: &Vault) -> Result<(), Problem> {
        let check = Zeroizing::new(vault.keyring_mac(&self.checked_bytes()?));
        aws_lc_rs::constant_time::verify_slices_are_equal(&*check, &self.check).map_err(|_| damaged("check"))
    }

    /// Makes the keyed check anew after an act.
    pub(crate) fn seal_state(&mut self, vault: &Vault) -> Result<(), Problem> {
        self.acts += 1;
        self.check = vault.keyring_mac(&self.checked_bytes()?).to_vec();
        Ok(())
    }

    /// Puts the root key under a way to unlock.
    pub(crate) fn wrap_root(&mut self, with: &dyn Suite, root: &Key, unlock: Unlock<'_>, rng: &dyn Rng, cost: Cost) -> Result<Id, Problem> {
        if self.wraps.len() >= MAX_WRAPS {
            return Err(Problem::conflict("vault.wraps_full").arg("max", MAX_WRAPS));
        }
        if let Unlock::Passphrase(text) = unlock {
            check_passphrase(text)?;
        }
        let (id, method) = (random_id(rng), unlock.method());
        let kdf = method.is_slow().then(|| Kdf::new(cost, rng));
        let context = root_context(self.id, id, method);
        let (key, sealed) = match unlock {
            Unlock::Token(device) => {
                let key = Key::generate(rng);
                let sealed = device.seal(id, &context, &key)?;
                (key, Some(sealed))
            }
            _ => (unlocking_key(kdf.as_ref(), &unlock.secret()?)?, None),
        };
        let wrapped = wrap(with, &key, "root", &context, root, rng)?;
        self.wraps.push(RootWrap { id, method, kdf, sealed, wrapped });
        Ok(id)
    }

    /// Adds a way to unlock and returns its identifier.
    ///
    /// # Errors
    /// `vault.keyring_other` when the vault is another one's, `vault.root_renewed` when its root key is an old one, `vault.wraps_full`,
    /// `vault.passphrase_short`, `vault.passphrase_long`, `vault.key_file_malformed`,
    /// `vault.recovery_group`, `vault.recovery_length`; a device's own.
    pub fn add_wrap(&mut self, vault: &Vault, unlock: Unlock<'_>, rng: &dyn Rng, cost: Cost) -> Result<Id, Problem> {
        if vault.id() != self.id {
            return Err(Problem::conflict("vault.keyring_other"));
        }
        let root = vault.root();
        // Another node may have renewed the root key: a way to the old one would open nothing.
        unwrap(&root, "tenant", self.id.as_bytes(), &self.tenant).map_err(|_| Problem::conflict("vault.root_renewed"))?;
        self.wrap_root(vault.suite(), &root, unlock, rng, cost)
    }

    /// Removes a way to unlock. Copies of the old file still open with it: when a passphrase has
    /// become known, only new keys help.
    ///
    /// # Errors
    /// `vault.wrap_unknown`; `vault.wrap_last` when fewer than [`MIN_WRAPS`] would be left to unlock with.
    pub fn remove_wrap(&mut self, id: Id) -> Result<(), Problem> {
        let at = self.wraps.iter().position(|w| w.id == id).ok_or_else(|| Problem::missing("vault.wrap_unknown"))?;
        if self.wraps.len() <= MIN_WRAPS {
            return Err(Problem::conflict("vault.wrap_last").arg("min", MIN_WRAPS));
        }
        self.wraps.remove(at);
        Ok(())
    }

    /// The ways to unlock, for a page that lists them.
    #[must_use]
    pub fn wraps(&self) -> &[RootWrap] {
        &self.wraps
    }

    /// The epochs.
    #[must_use]
    pub fn epochs(&self) -> &[EpochWrap] {
        &self.epochs
    }

    /// Names the key ring and its vault.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    /// The suite that new things are sealed with.
    ///
    /// # Errors
    /// `vault.suite_unknown`.
    pub fn suite(&self) -> Result<&'static dyn Suite, Problem> {
        suite::suite(self.now.unwrap_or(self.suite))
    }

    /// The suite that it was founded with.
    pub(crate) fn founding_suite(&self) -> Result<&'static dyn Suite, Problem> {
        suite::suite(self.suite)
    }

    /// Acts on the keys so far.
    #[must_use]
    pub const fn acts(&self) -> u64 {
        self.acts
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> Instant {
        self.created
    }

    /// The file's text, indented, with a line end.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn to_json(&self) -> Result<String, Problem> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|_| crate::suite::defect("json"))
    }

    /// Reads a key ring. Nothing is trusted yet: [`Self::unlock`] verifies.
    ///
    /// # Errors
    /// `vault.keyring_malformed`, `vault.keyring_version`, and `vault.kdf_limits` when it asks for
    /// more memory or time than any honest one.
    pub fn from_json(text: &str) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Front {
            version: u16,
        }
        if text.len() > MAX_JSON {
            return Err(malformed("size"));
        }
        let front: Front = serde_json::from_str(text).map_err(|_| malformed("version"))?;
        if front.version != VERSION {
            return Err(Problem::invalid("vault.keyring_version").arg("version", front.version));
        }
        // The message of the parser would quote the file; its position is enough.
        let file: Self = serde_json::from_str(text)
            .map_err(|e| Problem::invalid("vault.keyring_malformed").detail(format_args!("line {} column {}", e.line(), e.column())))?;
        file.check_shape()?;
        Ok(file)
    }

    fn check_shape(&self) -> Result<(), Problem> {
        self.suite()?;
        self.founding_suite()?;
        if !(1..=MAX_WRAPS).contains(&self.wraps.len()) || self.wraps.iter().map(|w| w.id).collect::<HashSet<_>>().len() != self.wraps.len()
        {
            return Err(malformed("wraps"));
        }
        for way in &self.wraps {
            if way.kdf.is_some() != way.method.is_slow() {
                return Err(malformed("kdf"));
            }
            let sealed = way.sealed.as_ref().map(Vec::len);
            if sealed.is_some() != (way.method == Method::Token) || sealed.is_some_and(|len| !(1..=MAX_SEALED).contains(&len)) {
                return Err(malformed("sealed"));
            }
            if way.kdf.as_ref().is_some_and(|k| !k.within_limits()) {
                return Err(Problem::invalid("vault.kdf_limits"));
            }
        }
        let distinct: HashSet<_> = self.epochs.iter().map(|e| (e.protection, e.epoch)).collect();
        let active: Vec<_> = self.epochs.iter().filter(|e| e.state == EpochState::Active).map(|e| e.protection).collect();
        let one_each = (0..4).all(|p| active.iter().filter(|a| **a == p).count() == 1) && active.len() == 4;
        if self.epochs.len() > MAX_EPOCHS
            || distinct.len() != self.epochs.len()
            || !one_each
            || self.epochs.iter().any(|e| e.protection > 3)
        {
            return Err(malformed("epochs"));
        }
        Ok(())
    }

    fn assemble(&self, root: Key) -> Result<Vault, Problem> {
        let tenant = unwrap(&root, "tenant", self.id.as_bytes(), &self.tenant).map_err(|_| damaged("tenant"))?;
        let ring = self.ring(&tenant, root)?;
        Vault::assemble(self.founding_suite()?, self.id, tenant, ring)
    }

    /// The keys in force under a tenant's key.
    pub(crate) fn ring(&self, tenant: &Key, root: Key) -> Result<Ring, Problem> {
        let mut epochs = Vec::with_capacity(self.epochs.len());
        for e in &self.epochs {
            let protection = Protection::from_rank(e.protection).ok_or_else(|| damaged("protection"))?;
            let opened =
                || unwrap(tenant, "epoch", &epoch_context(self.id, e.protection, e.epoch), &e.wrapped).map_err(|_| damaged("epoch"));
            let key = if e.disabled { None } else { Some(opened()?) };
            epochs.push(Epoch { protection, epoch: e.epoch, active: e.state == EpochState::Active, key });
        }
        Ok(Ring { suite: self.suite()?, root, epochs })
    }

    /// What the keyed check covers: all but the ways to unlock, in canonical JSON.
    fn checked_bytes(&self) -> Result<Vec<u8>, Problem> {
        let mut checked = json!({
            "version": self.version,
            "id": self.id,
            "created": self.created,
            "tenant": STANDARD.encode(&self.tenant),
            "epochs": self.epochs,
        });
        if let Some(members) = checked.as_object_mut().filter(|_| !is_unchosen(&self.suite)) {
            members.insert("suite".to_owned(), self.suite.into());
        }
        if let Some(members) = checked.as_object_mut() {
            members.extend(self.now.map(|now| ("now".to_owned(), now.into())));
            members.extend((self.acts > 0).then(|| ("acts".to_owned(), self.acts.into())));
        }
        canonical::to_bytes(&checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_test::{STANDARD, self_test};
    use jingui_model::{clock::FixedClock, rng::SeededRng};

    #[test]
    fn a_machine_that_computes_something_else_unlocks_nothing() {
        let way = Unlock::Passphrase("correct horse battery");
        let (ring, _) = KeyringFile::create(suite::SM4_SM3, &SeededRng::new(1), &FixedClock::default(), &[way], Cost::Test).unwrap();
        let mut answers = STANDARD;
        answers.sm3[31] ^= 1;
        assert_eq!(ring.unlock_when(self_test(&answers), way).unwrap_err().code(), "vault.self_test_failed");
        assert!(ring.unlock_when(self_test(&STANDARD), way).is_ok());
    }
}

//! The unlocked vault: the keys in memory from which every other is derived or unwrapped.
//!
//! Root wraps tenant, tenant wraps one key per protection and epoch, an epoch's key wraps the
//! keys of records. Whatever has no record (settings, jobs, stored answers, the blind index, the
//! seeds of signers) hangs on a system key derived from the tenant's.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use jingui_model::{Id, Problem, Protection, Rng};

use crate::{BackupKeys, Key, RecordKey, derive::Use, keys, suite::Suite};

/// The key of one protection during one epoch. Destroying an epoch's key destroys what hangs on it.
pub(crate) struct Epoch {
    pub protection: Protection,
    pub epoch: u32,
    pub active: bool,
    /// None while the epoch is disabled: what hangs on it cannot be opened by anybody.
    pub key: Option<Key>,
}

/// What an act on the keys changes, for all clones of the vault at once.
pub(crate) struct Ring {
    /// What new things are sealed with; old ones name theirs.
    pub suite: &'static dyn Suite,
    pub root: Key,
    pub epochs: Vec<Epoch>,
}

struct Inner {
    id: Id,
    /// What the keys below were derived with, for as long as the key ring lives.
    suite: &'static dyn Suite,
    ring: RwLock<Ring>,
    tenant: Key,
    /// Parent of everything that [`Vault::seal_system`] and [`Vault::wrap_key`] make.
    sealing: Key,
    blind: Key,
    ledger: Key,
    twin: Key,
    session: Key,
    keyring: Key,
}

/// An unlocked vault. Cloning shares it; the keys are wiped when the last clone is dropped.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.0.id)
    }
}

/// Protection (1 byte), epoch (4, big endian), then the wrap of [`crate::keys`].
const PREFIX: usize = 1 + 4;

/// Bytes of a record's wrapped key.
pub const WRAPPED_RECORD_KEY: usize = PREFIX + keys::WRAPPED;

impl Vault {
    /// `suite` is what the key ring was founded with; everything derived from the tenant's key stays by it.
    pub(crate) fn assemble(suite: &'static dyn Suite, id: Id, tenant: Key, ring: Ring) -> Result<Self, Problem> {
        let system = Use { label: "system", purpose: "", context: id.as_bytes() }.derive(suite, &tenant, &[])?;
        let below = |label| Use { label, purpose: "", context: &[] }.expand(suite, &system);
        Ok(Self(Arc::new(Inner {
            sealing: below("system-sealing")?,
            blind: below("blind")?,
            ledger: below("ledger-seed")?,
            twin: below("ledger-sm3-seed")?,
            session: below("session")?,
            keyring: below("keyring")?,
            id,
            suite,
            tenant,
            ring: RwLock::new(ring),
        })))
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The epochs whose records cannot be opened for the time being.
    #[must_use]
    pub fn disabled(&self) -> Vec<(Protection, u32)> {
        self.ring().epochs.iter().filter(|e| e.key.is_none()).map(|e| (e.protection, e.epoch)).collect()
    }

    /// Goes on with another state of the same key ring. Keys that are not in it are wiped.
    pub(crate) fn go_on_with(&self, ring: Ring) {
        *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
    }

    /// The identifier of the key ring that this vault was unlocked from.
    #[must_use]
    pub fn id(&self) -> Id {
        self.0.id
    }

    /// The suite that new things are sealed with.
    #[must_use]
    pub fn suite(&self) -> &'static dyn Suite {
        self.ring().suite
    }

    /// The suite that the key ring was founded with.
    pub(crate) fn founding_suite(&self) -> &'static dyn Suite {
        self.0.suite
    }

    pub(crate) fn root(&self) -> Key {
        self.ring().root.clone()
    }

    pub(crate) fn tenant(&self) -> &Key {
        &self.0.tenant
    }

    /// What this vault's backups hang on.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn backup_keys(&self) -> Result<BackupKeys, Problem> {
        BackupKeys::derive(self.0.suite, self.0.id, &self.root())
    }

    /// A new key for a record, and the same key wrapped under the protection's present epoch
    /// ([`WRAPPED_RECORD_KEY`] bytes, to be stored with the record).
    ///
    /// # Errors
    /// `vault.epoch_unknown` when the key ring has no active epoch for the protection.
    pub fn new_record_key(&self, record: Id, protection: Protection, rng: &dyn Rng) -> Result<(RecordKey, Vec<u8>), Problem> {
        let key = RecordKey::new(Key::generate(rng), self.suite());
        let wrapped = self.wrap_record(record, &key, protection, rng)?;
        Ok((key, wrapped))
    }

    /// The key of a record.
    ///
    /// # Errors
    /// `vault.wrap_refused` when it was wrapped for another record or changed;
    /// `vault.epoch_unknown` when its epoch's key is gone; `vault.epoch_disabled` while it is locked; `vault.suite_unknown`.
    pub fn record_key(&self, record: Id, wrapped: &[u8]) -> Result<RecordKey, Problem> {
        let (prefix, blob) = split(wrapped)?;
        let (protection, number) = read_prefix(prefix)?;
        let ring = self.ring();
        let epoch = ring
            .epochs
            .iter()
            .find(|e| e.protection == protection && e.epoch == number)
            .ok_or_else(|| Problem::internal("vault.epoch_unknown").arg("protection", protection.rank()).arg("epoch", number))?;
        let key = epoch.key.as_ref().ok_or_else(|| disabled(epoch))?;
        keys::unwrap(key, "record", &record_context(record, *prefix), blob).map(|key| RecordKey::new(key, ring.suite))
    }

    /// The same record key under another protection's present epoch (change of grade), or under
    /// the present epoch of the same protection (rotation). What the key sealed stays as it is.
    ///
    /// # Errors
    /// As [`Self::record_key`] and [`Self::new_record_key`].
    pub fn rewrap(&self, record: Id, wrapped: &[u8], protection: Protection, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        let key = self.record_key(record, wrapped)?;
        self.wrap_record(record, &key, protection, rng)
    }

    fn wrap_record(&self, record: Id, key: &RecordKey, protection: Protection, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        let ring = self.ring();
        let epoch = ring
            .epochs
            .iter()
            .find(|e| e.protection == protection && e.active)
            .ok_or_else(|| Problem::internal("vault.epoch_unknown").arg("protection", protection.rank()).arg("epoch", "-"))?;
        let parent = epoch.key.as_ref().ok_or_else(|| disabled(epoch))?;
        let [a, b, c, d] = epoch.epoch.to_be_bytes();
        let prefix = [protection.rank(), a, b, c, d];
        let mut out = Vec::with_capacity(WRAPPED_RECORD_KEY);
        out.extend_from_slice(&prefix);
        out.extend(keys::wrap(ring.suite, parent, "record", &record_context(record, prefix), key.key(), rng)?);
        Ok(out)
    }

    /// Seals something that belongs to no record. Each message has a key of its own, so there is
    /// no limit to their number. Adds 51 bytes.
    ///
    /// # Errors
    /// `vault.defect`, which no input below 64 GiB can cause.
    pub fn seal_system(&self, purpose: &str, aad: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        keys::seal_once(self.suite(), &self.0.sealing, Use { label: "system-message", purpose, context: aad }, plain, rng)
    }

    /// Opens what [`Self::seal_system`] made.
    ///
    /// # Errors
    /// `vault.open_refused` when vault, purpose or `aad` is another one or a byte has changed; `vault.suite_unknown`.
    pub fn open_system(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        keys::open_once_vec(&self.0.sealing, Use { label: "system-message", purpose, context: aad }, sealed)?
            .ok_or_else(|| Problem::internal("vault.open_refused").detail(purpose))
    }

    /// Wraps a key that belongs to no record (an uploaded import file, a backup).
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn wrap_key(&self, purpose: &str, context: &[u8], key: &Key, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        keys::wrap(self.suite(), &self.0.sealing, purpose, context, key, rng)
    }

    /// Opens what [`Self::wrap_key`] made.
    ///
    /// # Errors
    /// `vault.wrap_refused` when vault, purpose or context is another one or a byte has changed; `vault.suite_unknown`.
    pub fn unwrap_key(&self, purpose: &str, context: &[u8], wrapped: &[u8]) -> Result<Key, Problem> {
        keys::unwrap(&self.0.sealing, purpose, context, wrapped)
    }

    /// A blind index: the same value gives the same 32 bytes for the same purpose, and nobody
    /// without the vault can compute or test them (HMAC, RFC 2104).
    #[must_use]
    pub fn blind(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let len = u64::try_from(purpose.len()).unwrap_or(u64::MAX).to_be_bytes();
        self.0.suite.mac(&self.0.blind, &[&len, purpose.as_bytes(), value])
    }

    /// The seed of the Ed25519 key (RFC 8032 section 5.1.5) that signs the ledger's checkpoints.
    #[must_use]
    pub fn ledger_seed(&self) -> Key {
        self.0.ledger.clone()
    }

    /// The 32 bytes from which the SM2 key of the ledger's SM3 twin is made.
    #[must_use]
    pub fn twin_seed(&self) -> Key {
        self.0.twin.clone()
    }

    /// The key with which the server protects session tokens.
    #[must_use]
    pub fn session_key(&self) -> Key {
        self.0.session.clone()
    }

    /// The keyed hash with which the key ring's open parts are protected.
    pub(crate) fn keyring_mac(&self, bytes: &[u8]) -> [u8; 32] {
        self.0.suite.mac(&self.0.keyring, &[bytes])
    }
}

/// The first bytes of every key that is wrapped under an epoch.
#[must_use]
pub const fn parent_of(protection: Protection, epoch: u32) -> [u8; PREFIX] {
    let [a, b, c, d] = epoch.to_be_bytes();
    [protection.rank(), a, b, c, d]
}

/// The protection and the epoch that a record's wrapped key names; to find what must be wrapped
/// anew after a rotation. Nothing is verified.
///
/// # Errors
/// `vault.wrap_refused` when it is no wrapped key of a record.
pub fn wrapped_under(wrapped: &[u8]) -> Result<(Protection, u32), Problem> {
    read_prefix(split(wrapped)?.0)
}

fn disabled(epoch: &Epoch) -> Problem {
    Problem::conflict("vault.epoch_disabled").arg("protection", epoch.protection.rank()).arg("epoch", epoch.epoch)
}

fn split(wrapped: &[u8]) -> Result<(&[u8; PREFIX], &[u8]), Problem> {
    wrapped.split_first_chunk::<PREFIX>().ok_or_else(|| Problem::internal("vault.wrap_refused").detail("record"))
}

fn read_prefix([rank, epoch @ ..]: &[u8; PREFIX]) -> Result<(Protection, u32), Problem> {
    let protection = Protection::from_rank(*rank).ok_or_else(|| Problem::internal("vault.wrap_refused").detail("record"))?;
    Ok((protection, u32::from_be_bytes(*epoch)))
}

fn record_context(record: Id, prefix: [u8; PREFIX]) -> [u8; 16 + PREFIX] {
    let mut out = [0; 16 + PREFIX];
    let (id, rest) = out.split_at_mut(16);
    id.copy_from_slice(record.as_bytes());
    rest.copy_from_slice(&prefix);
    out
}

/// A vault without a key ring, for this crate's tests.
#[cfg(test)]
pub(crate) fn sample(seed: u64) -> Vault {
    let rng = jingui_model::rng::SeededRng::new(seed);
    let epoch =
        |rank, epoch, active| Epoch { protection: Protection::from_rank(rank).unwrap(), epoch, active, key: Some(Key::generate(&rng)) };
    let epochs = vec![epoch(0, 1, true), epoch(1, 1, true), epoch(2, 1, true), epoch(3, 1, false), epoch(3, 2, true)];
    let suite = crate::suite::standard();
    let ring = Ring { suite, root: Key::generate(&rng), epochs };
    Vault::assemble(suite, Id::from_bytes([9; 16]), Key::generate(&rng), ring).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;

    const RECORD: Id = Id::from_bytes([1; 16]);

    #[test]
    fn a_record_key_is_bound_to_its_record_and_names_its_epoch() {
        let (vault, rng) = (sample(1), SeededRng::new(2));
        let (key, wrapped) = vault.new_record_key(RECORD, Protection::Core, &rng).unwrap();
        assert_eq!((wrapped.len(), wrapped_under(&wrapped).unwrap()), (WRAPPED_RECORD_KEY, (Protection::Core, 2)));
        assert!(vault.record_key(RECORD, &wrapped).unwrap().key() == key.key());
        assert_eq!(vault.record_key(Id::from_bytes([2; 16]), &wrapped).unwrap_err().code(), "vault.wrap_refused");
        assert_eq!(sample(3).record_key(RECORD, &wrapped).unwrap_err().code(), "vault.wrap_refused");
    }

    #[test]
    fn one_flipped_bit_in_a_records_wrap_refuses() {
        let (vault, rng) = (sample(1), SeededRng::new(2));
        let (_, wrapped) = vault.new_record_key(RECORD, Protection::Core, &rng).unwrap();
        for bit in 0..wrapped.len() * 8 {
            let mut bad = wrapped.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(vault.record_key(RECORD, &bad).is_err(), "bit {bit}");
        }
        for len in 0..wrapped.len() {
            assert!(vault.record_key(RECORD, &wrapped[..len]).is_err());
        }
        // A wrap under the retired epoch is named as such, not as damaged.
        let mut gone = wrapped;
        gone[4] = 7;
        assert_eq!(vault.record_key(RECORD, &gone).unwrap_err().code(), "vault.epoch_unknown");
    }

    #[test]
    fn a_change_of_grade_keeps_the_key_and_what_it_sealed() {
        let (vault, rng) = (sample(1), SeededRng::new(2));
        let (key, wrapped) = vault.new_record_key(RECORD, Protection::General, &rng).unwrap();
        let sealed = key.seal("payload", b"", b"text", &rng).unwrap();
        let core = vault.rewrap(RECORD, &wrapped, Protection::Core, &rng).unwrap();
        assert_eq!(wrapped_under(&core).unwrap(), (Protection::Core, 2));
        assert_eq!(vault.record_key(RECORD, &core).unwrap().open("payload", b"", &sealed).unwrap(), b"text");
        assert!(vault.rewrap(Id::from_bytes([2; 16]), &wrapped, Protection::Core, &rng).is_err());
    }

    #[test]
    fn system_messages_are_bound_to_purpose_and_data() {
        let (vault, rng) = (sample(1), SeededRng::new(2));
        let sealed = vault.seal_system("settings", b"row 1", b"", &rng).unwrap();
        assert_eq!((sealed.len(), vault.open_system("settings", b"row 1", &sealed).unwrap()), (51, vec![]));
        let sealed = vault.seal_system("settings", b"row 1", b"value", &rng).unwrap();
        assert_eq!(vault.open_system("settings", b"row 1", &sealed).unwrap(), b"value");
        for (purpose, aad) in [("jobs", &b"row 1"[..]), ("settings", b"row 2"), ("settingsr", b"ow 1")] {
            assert_eq!(vault.open_system(purpose, aad, &sealed).unwrap_err().code(), "vault.open_refused");
        }
        assert!(sample(3).open_system("settings", b"row 1", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 0x80;
            assert!(vault.open_system("settings", b"row 1", &bad).is_err(), "byte {at}");
            assert!(vault.open_system("settings", b"row 1", &sealed[..at]).is_err());
        }
        // A message cannot be passed off as a wrapped key.
        let message = vault.seal_system("p", b"", &[7; 32], &rng).unwrap();
        assert_eq!(vault.unwrap_key("p", b"", &message).unwrap_err().code(), "vault.wrap_refused");
    }

    #[test]
    fn derived_values_repeat_and_differ_by_use_and_vault() {
        let (vault, other) = (sample(1), sample(3));
        assert_eq!(vault.blind("login", b"wang"), sample(1).blind("login", b"wang"));
        assert_ne!(vault.blind("login", b"wang"), vault.blind("login", b"Wang"));
        assert_ne!(vault.blind("login", b"wang"), vault.blind("logi", b"nwang"));
        assert_ne!(vault.blind("login", b"wang"), other.blind("login", b"wang"));
        assert!(vault.ledger_seed() == sample(1).ledger_seed());
        assert!(vault.ledger_seed() != vault.session_key());
        assert!(vault.ledger_seed() != vault.twin_seed());
        assert!(vault.ledger_seed() != other.ledger_seed());
    }

    #[test]
    fn nothing_secret_is_printed() {
        assert_eq!(format!("{:?}", sample(1)), "Vault(09090909-0909-0909-0909-090909090909)");
    }
}

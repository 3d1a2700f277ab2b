//! Keys for backups: how what leaves the house is sealed to people who are not there.
//!
//! A backup has keys of its own. Each is sealed to every recipient by itself: to the vault, whose pair is derived from its
//! root, so that a backup can be made while nobody has unlocked, and be opened with any way to unlock; and to people outside, who
//! keep a secret key of their own. What sealing needs may lie openly beside the data; what opening needs never does.
//!
//! Sealing is that of [`crate::envelope`]; purpose and context are its `info`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_model::{Id, Problem, Rng};
use serde::{Deserialize, Serialize};

use crate::{
    Key, KeyringFile, RootWrap, Unlock,
    derive::Use,
    envelope::{self, Pair, seal_to},
    keyring::open_root,
    suite::{Suite, suite},
};

/// In front of a public key, so that the two halves are not mistaken for each other.
const PUBLIC: &str = "jingui-backup-1:";
/// In front of a secret key.
const SECRET: &str = "JINGUI-BACKUP-SECRET-1:";

/// Whom a backup is sealed to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient(envelope::Recipient);

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", STANDARD.encode(self.0.bytes()))
    }
}

impl Recipient {
    /// Reads the text of a public key.
    ///
    /// # Errors
    /// `vault.backup_recipient`, also for a point of small order, with which nothing would be secret.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("vault.backup_recipient");
        let raw = STANDARD.decode(text.trim().strip_prefix(PUBLIC).ok_or_else(malformed)?).map_err(|_| malformed())?;
        envelope::Recipient::from_bytes(&raw).map(Self).map_err(|_| malformed())
    }

    /// Seals a key to this recipient, bound to a purpose and a context.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn seal(&self, purpose: &str, context: &[u8], key: &Key, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        seal_to(&self.0, &bound(purpose, context), key.bytes(), rng)
    }
}

/// What opens what was sealed to a recipient. Wiped when dropped, never printed.
#[derive(Clone, Debug)]
pub struct RecipientSecret(Key);

impl RecipientSecret {
    /// A new pair's secret half.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(Key::generate(rng))
    }

    /// Its text, for a file that one person keeps.
    #[must_use]
    pub fn to_text(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(format!("{SECRET}{}\n", STANDARD.encode(self.0.bytes())))
    }

    /// Reads its text.
    ///
    /// # Errors
    /// `vault.backup_secret`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("vault.backup_secret");
        let coded = text.trim().strip_prefix(SECRET).ok_or_else(malformed)?;
        let raw = zeroize::Zeroizing::new(STANDARD.decode(coded).map_err(|_| malformed())?);
        raw.as_slice().try_into().map(|bytes| Self(Key::from_bytes(bytes))).map_err(|_| malformed())
    }

    /// The public half.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn public(&self) -> Result<Recipient, Problem> {
        Ok(Recipient(*Pair::of(self.0.clone())?.recipient()))
    }

    /// Opens a key that [`Recipient::seal`] sealed to this pair.
    ///
    /// # Errors
    /// `vault.wrap_refused` when recipient, purpose or context is another one or a byte has changed.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &[u8]) -> Result<Key, Problem> {
        let refused = || Problem::internal("vault.wrap_refused").detail(purpose);
        let plain = Pair::of(self.0.clone())?.open(&bound(purpose, context), sealed).map_err(|_| refused())?;
        plain.as_slice().try_into().map(Key::from_bytes).map_err(|_| refused())
    }
}

/// The purpose, which has no line end, and the context.
fn bound(purpose: &str, context: &[u8]) -> Vec<u8> {
    [b"jingui backup 1\n", purpose.as_bytes(), b"\n", context].concat()
}

/// What a vault's backups hang on, derived from its root.
#[derive(Clone, Debug)]
pub struct BackupKeys {
    /// Seals what says which piece lies where. It lies openly in the vault's own database.
    pub place: Key,
    /// The vault's own pair.
    pub secret: RecipientSecret,
}

impl BackupKeys {
    pub(crate) fn derive(suite: &dyn Suite, id: Id, root: &Key) -> Result<Self, Problem> {
        let below = |label| Use { label, purpose: "", context: id.as_bytes() }.derive(suite, root, &[]);
        Ok(Self { place: below("backup-place")?, secret: RecipientSecret(below("backup-recipient")?) })
    }
}

/// The ways to unlock of a key ring, without what they unlock: it may lie with a backup for ever, because the keys of records
/// and epochs are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    id: Id,
    suite: u16,
    wraps: Vec<RootWrap>,
}

impl Door {
    /// Of a key ring.
    ///
    /// # Errors
    /// `vault.suite_unknown`.
    pub fn of(ring: &KeyringFile) -> Result<Self, Problem> {
        Ok(Self { id: ring.id(), suite: ring.founding_suite()?.id(), wraps: ring.wraps().to_vec() })
    }

    /// Whose it is.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    /// Opens it; the answer is what the vault's backups hang on.
    ///
    /// # Errors
    /// As [`KeyringFile::unlock`].
    pub fn open(&self, unlock: Unlock<'_>) -> Result<BackupKeys, Problem> {
        crate::self_test::passed()?;
        BackupKeys::derive(suite(self.suite)?, self.id, &open_root(self.id, &self.wraps, unlock)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cost;
    use jingui_model::{clock::FixedClock, rng::SeededRng};

    #[test]
    fn a_key_sealed_to_one_opens_for_that_one_purpose_and_context_only() {
        let rng = SeededRng::new(1);
        let (own, other, key) = (RecipientSecret::generate(&rng), RecipientSecret::generate(&rng), Key::generate(&rng));
        let sealed = own.public().unwrap().seal("content", b"one", &key, &rng).unwrap();
        assert!(own.open("content", b"one", &sealed).unwrap() == key);
        for (secret, purpose, context) in [(&other, "content", b"one"), (&own, "keys", b"one"), (&own, "content", b"two")] {
            assert_eq!(secret.open(purpose, context, &sealed).unwrap_err().code(), "vault.wrap_refused");
        }
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(own.open("content", b"one", &bad).is_err(), "byte {at}");
            assert!(own.open("content", b"one", &sealed[..at]).is_err());
        }
    }

    #[test]
    fn every_way_to_unlock_opens_the_door_and_nothing_else_does() {
        let rng = SeededRng::new(5);
        let (way, file) = (Unlock::Passphrase("correct horse battery"), crate::generate_key_file(&rng));
        let ways = [way, Unlock::KeyFile(file.as_bytes())];
        let (ring, vault) = KeyringFile::create(1, &rng, &FixedClock::default(), &ways, Cost::Test).unwrap();
        let text = serde_json::to_string(&Door::of(&ring).unwrap()).unwrap();
        let door: Door = serde_json::from_str(&text).unwrap();
        let own = vault.backup_keys().unwrap();
        for way in ways {
            let keys = door.open(way).unwrap();
            assert!(keys.place == own.place && keys.secret.public().unwrap() == own.secret.public().unwrap());
        }
        assert_eq!(door.open(Unlock::Passphrase("another horse battery")).unwrap_err().code(), "vault.unlock_refused");
        assert!(own.place != Key::from_bytes(*own.secret.0.bytes()));
        // Nothing of the epochs or the tenant's key is in it.
        let ring: serde_json::Value = serde_json::from_str(&ring.to_json().unwrap()).unwrap();
        for wrapped in ring["epochs"].as_array().unwrap().iter().map(|e| &e["wrapped"]).chain([&ring["tenant"]]) {
            assert!(!text.contains(wrapped.as_str().unwrap()));
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written_and_the_halves_are_not_mistaken() {
        let secret = RecipientSecret::generate(&SeededRng::new(7));
        let public = secret.public().unwrap();
        assert_eq!(Recipient::parse(&format!(" {public}\n")).unwrap(), public);
        assert_eq!(RecipientSecret::parse(&secret.to_text()).unwrap().public().unwrap(), public);
        assert_eq!(Recipient::parse(&secret.to_text()).unwrap_err().code(), "vault.backup_recipient");
        assert_eq!(RecipientSecret::parse(&public.to_string()).unwrap_err().code(), "vault.backup_secret");
        assert_eq!(format!("{secret:?}"), "RecipientSecret(Key(..))");
    }
}

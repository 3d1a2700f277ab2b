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
    envelope::{self, Algorithm, Pair, seal_to},
    keyring::open_root,
    suite::{Suite, defect, suite},
};

/// In front of a public key and of a secret one, so that the two halves are not mistaken for each other, nor the algorithms.
const MARKS: [(Algorithm, &str, &str); 2] =
    [(Algorithm::X25519, "jingui-backup-1:", "JINGUI-BACKUP-SECRET-1:"), (Algorithm::Sm2, "jingui-backup-2:", "JINGUI-BACKUP-SECRET-2:")];

/// What stands in front of an algorithm's public and secret keys.
fn marks(of: Algorithm) -> (&'static str, &'static str) {
    MARKS.iter().find(|(algorithm, ..)| *algorithm == of).map(|(_, public, secret)| (*public, *secret)).unwrap_or_default()
}

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
        write!(f, "{}{}", marks(self.0.algorithm()).0, STANDARD.encode(self.0.bytes()))
    }
}

impl Recipient {
    /// Reads the text of a public key.
    ///
    /// # Errors
    /// `vault.backup_recipient`, also for a point that is not on the curve, or one of small order, with which nothing would be secret.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("vault.backup_recipient");
        let text = text.trim();
        let read = MARKS.iter().find_map(|(algorithm, public, _)| Some((*algorithm, text.strip_prefix(public)?)));
        let (algorithm, coded) = read.ok_or_else(malformed)?;
        let raw = STANDARD.decode(coded).map_err(|_| malformed())?;
        let found = envelope::Recipient::from_bytes(&raw).map_err(|_| malformed())?;
        if found.algorithm() == algorithm { Ok(Self(found)) } else { Err(malformed()) }
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
pub struct RecipientSecret(Pair);

impl RecipientSecret {
    /// A new pair's secret half.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn generate(algorithm: Algorithm, rng: &dyn Rng) -> Result<Self, Problem> {
        Pair::generate(algorithm, rng).map(Self)
    }

    /// Its text, for a file that one person keeps.
    #[must_use]
    pub fn to_text(&self) -> zeroize::Zeroizing<String> {
        let mark = marks(self.0.recipient().algorithm()).1;
        zeroize::Zeroizing::new(format!("{mark}{}\n", STANDARD.encode(self.0.private().bytes())))
    }

    /// Reads its text.
    ///
    /// # Errors
    /// `vault.backup_secret`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("vault.backup_secret");
        let text = text.trim();
        let read = MARKS.iter().find_map(|(algorithm, _, secret)| Some((*algorithm, text.strip_prefix(secret)?)));
        let (algorithm, coded) = read.ok_or_else(malformed)?;
        let raw = zeroize::Zeroizing::new(STANDARD.decode(coded).map_err(|_| malformed())?);
        let key = raw.as_slice().try_into().map(Key::from_bytes).map_err(|_| malformed())?;
        Pair::of(algorithm, key).map(Self).map_err(|_| malformed())
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> Recipient {
        Recipient(*self.0.recipient())
    }

    /// Opens a key that [`Recipient::seal`] sealed to this pair.
    ///
    /// # Errors
    /// `vault.wrap_refused` when recipient, purpose or context is another one or a byte has changed.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &[u8]) -> Result<Key, Problem> {
        let refused = || Problem::internal("vault.wrap_refused").detail(purpose);
        let plain = self.0.open(&bound(purpose, context), sealed).map_err(|_| refused())?;
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
    /// The vault's own pairs. Its suite decides which of them new backups are sealed to; it may have been the other's once.
    x25519: RecipientSecret,
    sm2: RecipientSecret,
}

impl BackupKeys {
    pub(crate) fn derive(suite: &dyn Suite, id: Id, root: &Key) -> Result<Self, Problem> {
        let below = |label, context: &[u8]| Use { label, purpose: "", context }.derive(suite, root, &[]);
        let pair = |algorithm, key| Pair::of(algorithm, key).map(RecipientSecret);
        // The first that is a number of the curve: nearly always the first.
        let numbers = (0..=u8::MAX).map(|n| below("backup-recipient-sm2", &[id.as_bytes().as_slice(), &[n]].concat()));
        let sm2 = numbers.flatten().find_map(|key| pair(Algorithm::Sm2, key).ok()).ok_or_else(|| defect("sm2"))?;
        let x25519 = pair(Algorithm::X25519, below("backup-recipient", id.as_bytes())?)?;
        Ok(Self { place: below("backup-place", id.as_bytes())?, x25519, sm2 })
    }

    /// The vault's own pair of an algorithm.
    #[must_use]
    pub const fn secret(&self, algorithm: Algorithm) -> &RecipientSecret {
        match algorithm {
            Algorithm::X25519 => &self.x25519,
            Algorithm::Sm2 => &self.sm2,
        }
    }

    /// Both.
    #[must_use]
    pub const fn secrets(&self) -> [&RecipientSecret; 2] {
        [&self.x25519, &self.sm2]
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

    const BOTH: [Algorithm; 2] = [Algorithm::X25519, Algorithm::Sm2];

    #[test]
    fn a_key_sealed_to_one_opens_for_that_one_purpose_and_context_only() {
        for algorithm in BOTH {
            opens_for_that_one_purpose_and_context_only(algorithm);
        }
    }

    fn opens_for_that_one_purpose_and_context_only(algorithm: Algorithm) {
        let rng = SeededRng::new(1);
        let [own, other] = [(); 2].map(|()| RecipientSecret::generate(algorithm, &rng).unwrap());
        let key = Key::generate(&rng);
        let sealed = own.public().seal("content", b"one", &key, &rng).unwrap();
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
            assert!(keys.place == own.place);
            assert_eq!(keys.secrets().map(RecipientSecret::public), own.secrets().map(RecipientSecret::public));
            for algorithm in BOTH {
                assert_eq!(keys.secret(algorithm).public().0.algorithm(), algorithm);
            }
        }
        assert_eq!(door.open(Unlock::Passphrase("another horse battery")).unwrap_err().code(), "vault.unlock_refused");
        let [one, two] = own.secrets().map(|secret| secret.0.private());
        assert!(own.place != *one && own.place != *two && one != two);
        // Nothing of the epochs or the tenant's key is in it.
        let ring: serde_json::Value = serde_json::from_str(&ring.to_json().unwrap()).unwrap();
        for wrapped in ring["epochs"].as_array().unwrap().iter().map(|e| &e["wrapped"]).chain([&ring["tenant"]]) {
            assert!(!text.contains(wrapped.as_str().unwrap()));
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written_and_the_halves_are_not_mistaken() {
        for (algorithm, mark) in [(Algorithm::X25519, "jingui-backup-1:"), (Algorithm::Sm2, "jingui-backup-2:")] {
            let secret = RecipientSecret::generate(algorithm, &SeededRng::new(7)).unwrap();
            let public = secret.public();
            assert!(public.to_string().starts_with(mark));
            assert_eq!(Recipient::parse(&format!(" {public}\n")).unwrap(), public);
            assert_eq!(RecipientSecret::parse(&secret.to_text()).unwrap().public(), public);
            assert_eq!(Recipient::parse(&secret.to_text()).unwrap_err().code(), "vault.backup_recipient");
            assert_eq!(RecipientSecret::parse(&public.to_string()).unwrap_err().code(), "vault.backup_secret");
            assert!(!format!("{secret:?}").contains(&hex::encode(secret.0.private().bytes())));
            // One algorithm's key behind the other's mark.
            let other = public.to_string().replace("-1:", "-0:").replace("-2:", "-1:").replace("-0:", "-2:");
            assert_eq!(Recipient::parse(&other).unwrap_err().code(), "vault.backup_recipient");
        }
        let zero = format!("JINGUI-BACKUP-SECRET-2:{}", STANDARD.encode([0; 32]));
        assert_eq!(RecipientSecret::parse(&zero).unwrap_err().code(), "vault.backup_secret");
    }
}

//! A generation: a key under which packs are sealed, itself sealed to each recipient.
//!
//! Each backup makes two: one for what is new of the content, one for the wrapped keys of records. Deleting the file of a
//! generation makes everything under it unreadable for everybody.

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_model::{Id, Instant, Problem, Rng};
use jingui_vault::{
    BackupKeys, Door, Key, Recipient, RecipientSecret,
    suite::{DEFAULT, suite},
};
use serde::{Deserialize, Serialize};

use crate::{Depot, damaged};

/// Names a generation.
pub type GenerationId = Id;

/// What lies under a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Everything but wrapped keys.
    Content,
    /// Wrapped keys of records and the key ring.
    Keys,
}

impl Sort {
    /// The folder of its packs.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Keys => "keys",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    /// Whom.
    to: String,
    /// The generation's key.
    generation: String,
    /// The key of what says which piece lies where.
    place: String,
}

/// The file of a generation. It lies openly at the place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    version: u16,
    /// Its name.
    pub id: GenerationId,
    /// What lies under it.
    pub sort: Sort,
    /// When it was made.
    pub at: Instant,
    /// The ways to unlock of the vault whose backup it is.
    pub door: Door,
    recipients: Vec<Sealed>,
    /// Keyed digest of all the rest under the generation's key: a changed way to unlock or recipient is noticed before it is needed.
    check: String,
}

/// Who opens a backup.
#[derive(Debug, Clone)]
pub enum Keyholder {
    /// Whoever can unlock the vault.
    Vault(BackupKeys),
    /// A recipient outside.
    Outside(RecipientSecret),
}

impl Generation {
    /// A new generation and its key.
    ///
    /// # Errors
    /// `backup.no_recipient`; `vault.backup_recipient`.
    pub fn create(
        id: GenerationId,
        sort: Sort,
        at: Instant,
        door: Door,
        place: &Key,
        recipients: &[Recipient],
        rng: &dyn Rng,
    ) -> Result<(Self, Key), Problem> {
        if recipients.is_empty() {
            return Err(Problem::invalid("backup.no_recipient"));
        }
        let key = Key::generate(rng);
        let context = context(door.id(), id);
        let seal = |to: &Recipient| {
            Ok(Sealed {
                to: to.to_string(),
                generation: STANDARD.encode(to.seal(sort.folder(), &context, &key, rng)?),
                place: STANDARD.encode(to.seal("place", &context, place, rng)?),
            })
        };
        let recipients = recipients.iter().map(seal).collect::<Result<_, Problem>>()?;
        let mut made = Self { version: 1, id, sort, at, door, recipients, check: String::new() };
        made.check = made.checked(&key)?;
        Ok((made, key))
    }

    /// Where its file lies.
    #[must_use]
    pub fn name(sort: Sort, id: GenerationId) -> String {
        format!("generations/{}/{id}.json", sort.folder())
    }

    /// Reads one; none when there is none.
    ///
    /// # Errors
    /// `backup.damaged`; those of the place.
    pub fn read(depot: &dyn Depot, sort: Sort, id: GenerationId) -> Result<Option<Self>, Problem> {
        let name = Self::name(sort, id);
        let Some(bytes) = depot.get(&name)? else { return Ok(None) };
        let read: Self = serde_json::from_slice(&bytes).map_err(|e| damaged(&name).detail(e))?;
        if read.id == id && read.sort == sort && read.version == 1 { Ok(Some(read)) } else { Err(damaged(&name)) }
    }

    /// All of a sort that can be read, the newest first.
    ///
    /// # Errors
    /// Those of the place.
    pub fn all(depot: &dyn Depot, sort: Sort) -> Result<Vec<Self>, Problem> {
        let folder = format!("generations/{}", sort.folder());
        let ids: Vec<GenerationId> = depot
            .list(&folder)?
            .into_iter()
            .filter_map(|name| name.strip_prefix(&folder)?.strip_prefix('/')?.strip_suffix(".json")?.parse().ok())
            .collect();
        let mut all = vec![];
        for id in ids {
            match Self::read(depot, sort, id) {
                Ok(found) => all.extend(found),
                Err(problem) if problem.code() == "backup.damaged" => {}
                Err(problem) => return Err(problem),
            }
        }
        all.sort_by_key(|g| std::cmp::Reverse((g.at, g.id)));
        Ok(all)
    }

    /// Its file.
    ///
    /// # Errors
    /// `backup.damaged`, which no input can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Problem> {
        serde_json::to_vec_pretty(self).map_err(|e| damaged("generations").detail(e))
    }

    /// Whether everybody of these can open it.
    #[must_use]
    pub fn opens_for(&self, recipients: &[Recipient]) -> bool {
        recipients.iter().all(|wanted| self.recipients.iter().any(|sealed| sealed.to == wanted.to_string()))
    }

    /// Its key.
    ///
    /// # Errors
    /// `backup.not_for_you` when it was not sealed to this holder; `backup.damaged`.
    pub fn key(&self, holder: &Keyholder) -> Result<Key, Problem> {
        let key = self.open(holder, self.sort.folder(), |sealed| &sealed.generation)?;
        if self.checked(&key)? == self.check { Ok(key) } else { Err(damaged(&Self::name(self.sort, self.id))) }
    }

    fn checked(&self, key: &Key) -> Result<String, Problem> {
        let bytes = Self { check: String::new(), ..self.clone() }.to_bytes()?;
        Ok(STANDARD.encode(suite(DEFAULT)?.mac(key, &[b"generation", &bytes])))
    }

    /// The key of the place, by a generation that was sealed to this holder.
    ///
    /// # Errors
    /// As [`Self::key`].
    pub fn place(&self, holder: &Keyholder) -> Result<Key, Problem> {
        match holder {
            Keyholder::Vault(keys) => Ok(keys.place.clone()),
            Keyholder::Outside(_) => self.open(holder, "place", |sealed| &sealed.place),
        }
    }

    fn open(&self, holder: &Keyholder, purpose: &str, which: impl Fn(&Sealed) -> &String) -> Result<Key, Problem> {
        let secrets = match holder {
            // Which of its pairs was its suite's at that time.
            Keyholder::Vault(keys) => keys.secrets().to_vec(),
            Keyholder::Outside(secret) => vec![secret],
        };
        let to = |secret: &RecipientSecret| {
            let own = secret.public().to_string();
            self.recipients.iter().find(|sealed| sealed.to == own)
        };
        let found = secrets.into_iter().find_map(|secret| Some((secret, to(secret)?)));
        let (secret, sealed) = found.ok_or_else(|| Problem::denied("backup.not_for_you"))?;
        let damaged = || damaged(&Self::name(self.sort, self.id));
        let bytes = STANDARD.decode(which(sealed)).map_err(|_| damaged())?;
        secret.open(purpose, &context(self.door.id(), self.id), &bytes).map_err(|e| damaged().detail(e))
    }
}

fn context(vault: Id, generation: GenerationId) -> Vec<u8> {
    [vault.as_bytes().as_slice(), generation.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_vault::{Cost, KeyringFile, SystemRng, Unlock, envelope::Algorithm};

    /// A vault opens what was sealed to its key of the one suite after it has chosen the other, and what belongs to others never.
    #[test]
    fn a_vault_opens_backups_from_before_another_suite() {
        let vault = || {
            let clock = jingui_model::clock::FixedClock::default();
            let ways = [Unlock::Passphrase("correct horse battery")];
            let (ring, vault) = KeyringFile::create(1, &SystemRng, &clock, &ways, Cost::Test).unwrap();
            (Door::of(&ring).unwrap(), vault.backup_keys().unwrap())
        };
        let ((door, own), (_, other)) = (vault(), vault());
        for algorithm in [Algorithm::X25519, Algorithm::Sm2] {
            let to = [own.secret(algorithm).public()];
            let id = Id::from_bytes([1; 16]);
            let (made, key) =
                Generation::create(id, Sort::Content, Instant::from_micros(0), door.clone(), &own.place, &to, &SystemRng).unwrap();
            assert!(made.key(&Keyholder::Vault(own.clone())).unwrap() == key);
            assert!(made.key(&Keyholder::Outside(own.secret(algorithm).clone())).unwrap() == key);
            assert_eq!(made.key(&Keyholder::Vault(other.clone())).unwrap_err().code(), "backup.not_for_you");
        }
    }
}

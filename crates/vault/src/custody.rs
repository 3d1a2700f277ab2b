//! Dual control as mathematics: the content of a core secret opens only with the server's keys *and* the shares of two custodians
//! (B 4.2.1, H 8.3.1; `docs/decisions/0015-dual-control.md`).
//!
//! A *lock* belongs to one secret. It is a pair of keys: to its public half anybody seals the keys of files, so nobody is needed to
//! add one. Its private half is sealed under a key derived from the secret's record key and from a random S; S exists nowhere. It is
//! divided (`shares`) for the custodians, and once more for the committee's escrow, and every share is sealed to its holder's own key
//! (`envelope`). So the database with the root key lacks S, and the custodians together lack the record key.
//!
//! ```text
//! root ─▶ tenant ─▶ epoch ─▶ record key ┐
//!                                        ├─▶ key of the lock ─▶ private half ─▶ keys of files
//! custodian + custodian ─▶ S ───────────┘
//! ```
//!
//! To open, holders hand their shares to a pair that the server made for this one opening ([`Binding`] says which secret, version,
//! purpose, reader, until when, and a nonce; it is the message's `info`, so a share handed over for one opening serves no other).

use aws_lc_rs::constant_time;
use jingui_model::{Id, Instant, Problem, Rng, canonical};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    Key, RecordKey, base64_bytes,
    derive::Use,
    envelope::{Algorithm, Pair, Recipient, seal_to},
    keys,
    shares::{Share, combine, split},
    suite::{self, Suite},
};

/// Somebody who is to hold a share.
#[derive(Debug, Clone)]
pub struct Party {
    /// Names the holder.
    pub id: Id,
    /// The holder's own key.
    pub key: Recipient,
}

/// Holders of whom some are needed together.
#[derive(Debug, Clone)]
pub struct Circle {
    /// How many open.
    pub need: u8,
    /// Who holds shares.
    pub parties: Vec<Party>,
}

/// One holder's sealed share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Whose it is.
    pub holder: Id,
    /// The share under the holder's key.
    #[serde(with = "base64_bytes")]
    pub sealed: Vec<u8>,
    /// Digest of the share, which is uniformly random: tells a wrong one from a right one at once, and nothing else.
    #[serde(with = "base64_bytes")]
    check: Vec<u8>,
}

/// S, divided among holders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// How many open.
    pub need: u8,
    /// The shares.
    pub held: Vec<Held>,
}

/// What the content of one secret is locked with. Holds nothing that opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Names it.
    pub id: Id,
    /// The secret.
    pub secret: Id,
    /// Counts how often S was drawn anew.
    pub version: u32,
    /// The suite of its wrap and its checks.
    suite: u16,
    #[serde(with = "base64_bytes")]
    public: Vec<u8>,
    #[serde(with = "base64_bytes")]
    private: Vec<u8>,
    /// The custodians' sharing, then the escrow's if there is one.
    pub sharings: Vec<Sharing>,
}

/// What an opening is for; custodians see it before they hand anything over, and what they hand over serves nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The opening.
    pub opening: Id,
    /// Locks with their versions, in the order of their shares.
    pub locks: Vec<(Id, u32)>,
    /// Why.
    pub purpose: String,
    /// Who reads.
    pub reader: Id,
    /// Until when.
    pub until: Instant,
    /// Random, in hex: no two openings are alike.
    pub nonce: String,
}

impl Binding {
    /// What a share handed over for this opening is bound to: canonical JSON (RFC 8785) behind a label.
    ///
    /// # Errors
    /// `vault.defect`, which no input can cause.
    pub fn info(&self) -> Result<Vec<u8>, Problem> {
        let value = serde_json::to_value(self).map_err(|_| suite::defect("json"))?;
        Ok([b"jingui release 1\n".as_slice(), &canonical::to_bytes(&value)?].concat())
    }
}

fn share_info(lock: Id, version: u32, sharing: usize, holder: Id) -> Vec<u8> {
    format!("jingui share 1\n{lock}\n{version}\n{sharing}\n{holder}").into_bytes()
}

fn content_info(secret: Id, file: Id) -> Vec<u8> {
    format!("jingui content 1\n{secret}\n{file}").into_bytes()
}

/// The digest of a share for this lock, version, sharing and holder.
fn check(suite: &dyn Suite, info: &[u8], share: &Share) -> [u8; 32] {
    suite.hash(&Zeroizing::new([info, &*share.to_bytes()].concat()))
}

impl Lock {
    /// A new lock for a secret, under its record key.
    ///
    /// # Errors
    /// `vault.shares_shape` when a circle has fewer holders than it needs, or needs fewer than two.
    pub fn make(id: Id, secret: Id, key: &RecordKey, circles: &[Circle], rng: &dyn Rng) -> Result<Self, Problem> {
        let pair = Pair::generate(Algorithm::of(key.suite()), rng)?;
        Self::shared(id, secret, 1, key, &pair, circles, rng)
    }

    /// The same lock with a new S for other holders: what was sealed to it stays, earlier shares open nothing any more.
    ///
    /// # Errors
    /// As [`Self::make`].
    pub fn share_anew(&self, key: &RecordKey, pair: &Pair, circles: &[Circle], rng: &dyn Rng) -> Result<Self, Problem> {
        Self::shared(self.id, self.secret, self.version.saturating_add(1), key, pair, circles, rng)
    }

    fn shared(id: Id, secret: Id, version: u32, key: &RecordKey, pair: &Pair, circles: &[Circle], rng: &dyn Rng) -> Result<Self, Problem> {
        let s = Key::generate(rng);
        let suite = key.suite();
        let mut sharings = vec![];
        for (number, circle) in circles.iter().enumerate() {
            let of = u8::try_from(circle.parties.len()).unwrap_or(u8::MAX);
            let mut held = vec![];
            for (party, share) in circle.parties.iter().zip(split(&s, circle.need, of, rng)?) {
                let info = share_info(id, version, number, party.id);
                let check = check(suite, &info, &share).to_vec();
                held.push(Held { holder: party.id, sealed: seal_to(&party.key, &info, &*share.to_bytes(), rng)?, check });
            }
            sharings.push(Sharing { need: circle.need, held });
        }
        let mut lock =
            Self { id, secret, version, suite: suite.id(), public: pair.recipient().bytes().to_vec(), private: vec![], sharings };
        lock.private = keys::wrap(suite, &lock.over(key, &s)?, "lock", &lock.context(), pair.private(), rng)?;
        Ok(lock)
    }

    /// What its pair is of.
    ///
    /// # Errors
    /// `vault.recipient_malformed` when the lock is damaged.
    pub fn algorithm(&self) -> Result<Algorithm, Problem> {
        Recipient::from_bytes(&self.public).map(|public| public.algorithm())
    }

    /// The key over the private half: from the record's and S, neither of which is enough.
    fn over(&self, key: &RecordKey, s: &Key) -> Result<Key, Problem> {
        Use { label: "dual-control", purpose: "lock", context: &self.context() }.derive(suite::suite(self.suite)?, key.key(), s.bytes())
    }

    fn context(&self) -> Vec<u8> {
        [self.id.as_bytes().as_slice(), self.secret.as_bytes(), &self.version.to_be_bytes(), &self.public].concat()
    }

    /// Seals the key of a file of the secret; nobody is needed for it.
    ///
    /// # Errors
    /// `vault.recipient_malformed` when the lock is damaged.
    pub fn seal_file_key(&self, file: Id, key: &Key, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
        seal_to(&Recipient::from_bytes(&self.public)?, &content_info(self.secret, file), key.bytes(), rng)
    }

    /// A holder's sealed shares with what each is bound to.
    #[must_use]
    pub fn of_holder(&self, holder: Id) -> Vec<(usize, Vec<u8>, &Held)> {
        let each = self.sharings.iter().enumerate().flat_map(|(n, s)| s.held.iter().map(move |h| (n, h)));
        each.filter(|(_, h)| h.holder == holder).map(|(n, h)| (n, share_info(self.id, self.version, n, holder), h)).collect()
    }

    /// In which of the sharings this is the holder's share.
    ///
    /// # Errors
    /// `vault.share_wrong` when it is in none; `vault.suite_unknown`.
    pub fn accepts(&self, holder: Id, share: &Share) -> Result<usize, Problem> {
        let suite = suite::suite(self.suite)?;
        let fits = |(_, info, held): &(usize, Vec<u8>, &Held)| {
            constant_time::verify_slices_are_equal(&check(suite, info, share), &held.check).is_ok()
        };
        self.of_holder(holder).into_iter().find(fits).map(|(n, ..)| n).ok_or_else(|| Problem::denied("vault.share_wrong"))
    }

    /// Opens the lock with shares of one sharing.
    ///
    /// # Errors
    /// `vault.lock_refused` when they are too few or not this lock's, or the record key is another one.
    pub fn open(&self, key: &RecordKey, shares: &[Share]) -> Result<Pair, Problem> {
        let refused = || Problem::denied("vault.lock_refused");
        let s = combine(shares).map_err(|_| refused())?;
        let private = keys::unwrap(&self.over(key, &s)?, "lock", &self.context(), &self.private).map_err(|_| refused())?;
        let pair = Pair::of(self.algorithm()?, private).map_err(|_| refused())?;
        if pair.recipient().bytes() == self.public { Ok(pair) } else { Err(refused()) }
    }
}

/// The key of a file that was sealed to a lock.
///
/// # Errors
/// `vault.envelope_refused` when it belongs to another secret or file.
pub fn file_key(pair: &Pair, secret: Id, file: Id, sealed: &[u8]) -> Result<Key, Problem> {
    let plain = pair.open(&content_info(secret, file), sealed)?;
    plain.as_slice().try_into().map(Key::from_bytes).map_err(|_| Problem::invalid("vault.envelope_refused"))
}

/// A share as its holder hands it over for one opening: sealed to the opening's own key.
///
/// # Errors
/// `vault.defect`, which no input can cause.
pub fn release(to: &Recipient, binding: &Binding, share: &Share, rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    seal_to(to, &binding.info()?, &*share.to_bytes(), rng)
}

/// Takes a share that was handed over.
///
/// # Errors
/// `vault.envelope_refused` when it was handed over for another opening; `vault.share_malformed`.
pub fn take(pair: &Pair, binding: &Binding, sealed: &[u8]) -> Result<Share, Problem> {
    Share::from_bytes(&pair.open(&binding.info()?, sealed)?)
}

/// Opens one's own sealed share: what a custodian's device does.
///
/// # Errors
/// `vault.envelope_refused`; `vault.share_malformed`.
pub fn own_share(pair: &Pair, info: &[u8], held: &Held) -> Result<Share, Problem> {
    Share::from_bytes(&pair.open(info, &held.sealed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;

    struct Scene {
        rng: SeededRng,
        key: RecordKey,
        people: Vec<(Id, Pair)>,
        lock: Lock,
    }

    const SUITES: [u16; 2] = [suite::AES_SHA256, suite::SM4_SM3];

    fn pair(of: u16, rng: &SeededRng) -> Pair {
        Pair::generate(Algorithm::of(suite::suite(of).unwrap()), rng).unwrap()
    }

    fn scene(suite: u16) -> Scene {
        let rng = SeededRng::new(11);
        let people: Vec<(Id, Pair)> = (1..=8).map(|n| (Id::from_bytes([n; 16]), pair(suite, &rng))).collect();
        let key = RecordKey::new(Key::generate(&rng), suite::suite(suite).unwrap());
        let circles = circles(&people[..3], &people[3..8]);
        let lock = Lock::make(Id::from_bytes([21; 16]), Id::from_bytes([20; 16]), &key, &circles, &rng).unwrap();
        Scene { rng, key, people, lock }
    }

    fn circles(custodians: &[(Id, Pair)], escrow: &[(Id, Pair)]) -> Vec<Circle> {
        let party = |(id, pair): &(Id, Pair)| Party { id: *id, key: *pair.recipient() };
        let all = |need, of: &[(Id, Pair)]| Circle { need, parties: of.iter().map(party).collect() };
        vec![all(2, custodians), all(3, escrow)]
    }

    impl Scene {
        fn share(&self, lock: &Lock, who: usize) -> Share {
            let (id, pair) = &self.people[who];
            let (_, info, held) = lock.of_holder(*id).remove(0);
            own_share(pair, &info, held).unwrap()
        }
    }

    #[test]
    fn two_custodians_or_three_of_the_escrow_open_and_nobody_else() {
        for suite in SUITES {
            let s = scene(suite);
            let file = Id::from_bytes([30; 16]);
            let content = Key::generate(&s.rng);
            let sealed = s.lock.seal_file_key(file, &content, &s.rng).unwrap();
            let shares: Vec<Share> = (0..8).map(|n| s.share(&s.lock, n)).collect();
            for some in [[0, 1].as_slice(), &[0, 2], &[2, 1], &[0, 1, 2], &[3, 4, 5], &[7, 5, 3], &[3, 4, 5, 6, 7]] {
                let some: Vec<Share> = some.iter().map(|n| shares[*n].clone()).collect();
                let pair = s.lock.open(&s.key, &some).unwrap();
                assert!(file_key(&pair, s.lock.secret, file, &sealed).unwrap() == content);
                assert_eq!(file_key(&pair, s.lock.secret, s.lock.id, &sealed).unwrap_err().code(), "vault.envelope_refused");
            }
            for some in [[0].as_slice(), &[3, 4], &[0, 4], &[0, 4, 5], &[]] {
                let some: Vec<Share> = some.iter().map(|n| shares[*n].clone()).collect();
                assert_eq!(s.lock.open(&s.key, &some).unwrap_err().code(), "vault.lock_refused", "{some:?}");
            }
        }
    }

    /// Custodians who hold S, and the secret's lock from a stolen database, lack what only the server's keys open.
    #[test]
    fn custodians_without_the_servers_key_open_nothing() {
        for suite in SUITES {
            let s = scene(suite);
            let both = [s.share(&s.lock, 0), s.share(&s.lock, 1)];
            let other = RecordKey::new(Key::generate(&s.rng), suite::suite(suite).unwrap());
            assert_eq!(s.lock.open(&other, &both).unwrap_err().code(), "vault.lock_refused");
        }
    }

    #[test]
    fn a_share_is_the_holders_own_and_a_false_one_is_noticed_at_once() {
        for suite in SUITES {
            let s = scene(suite);
            let (one, two) = (s.people[0].0, s.people[1].0);
            let share = s.share(&s.lock, 0);
            assert_eq!(s.lock.accepts(one, &share).unwrap(), 0);
            assert_eq!(s.lock.accepts(s.people[4].0, &s.share(&s.lock, 4)).unwrap(), 1);
            assert_eq!(s.lock.accepts(two, &share).unwrap_err().code(), "vault.share_wrong");
            let mut false_one = *share.to_bytes();
            false_one[9] ^= 1;
            assert_eq!(s.lock.accepts(one, &Share::from_bytes(&false_one).unwrap()).unwrap_err().code(), "vault.share_wrong");
            // Another's sealed share does not open with one's own key, nor does it pass under another version.
            let (_, info, held) = s.lock.of_holder(two).remove(0);
            assert_eq!(own_share(&s.people[0].1, &info, held).unwrap_err().code(), "vault.envelope_refused");
            let older = share_info(s.lock.id, 2, 0, two);
            assert!(own_share(&s.people[1].1, &older, held).is_err());
        }
    }

    #[test]
    fn after_sharing_anew_earlier_shares_open_nothing_and_what_was_sealed_stays() {
        for suite in SUITES {
            let s = scene(suite);
            let file = Id::from_bytes([30; 16]);
            let content = Key::generate(&s.rng);
            let sealed = s.lock.seal_file_key(file, &content, &s.rng).unwrap();
            let old = [s.share(&s.lock, 0), s.share(&s.lock, 1)];
            let pair = s.lock.open(&s.key, &old).unwrap();
            // The first custodian leaves, another comes.
            let anew = s.lock.share_anew(&s.key, &pair, &circles(&s.people[1..4], &s.people[3..8]), &s.rng).unwrap();
            assert_eq!((anew.version, &anew.public), (2, &s.lock.public));
            assert!(anew.of_holder(s.people[0].0).is_empty());
            assert_eq!(anew.open(&s.key, &old).unwrap_err().code(), "vault.lock_refused");
            assert_eq!(anew.open(&s.key, &[old[0].clone(), s.share(&anew, 1)]).unwrap_err().code(), "vault.lock_refused");
            let pair = anew.open(&s.key, &[s.share(&anew, 1), s.share(&anew, 2)]).unwrap();
            assert!(file_key(&pair, anew.secret, file, &sealed).unwrap() == content);
        }
    }

    #[test]
    fn what_is_handed_over_serves_one_opening_only() {
        for suite in SUITES {
            let s = scene(suite);
            let binding = Binding {
                opening: Id::from_bytes([40; 16]),
                locks: vec![(s.lock.id, 1)],
                purpose: "热处理工艺评审".to_owned(),
                reader: s.people[7].0,
                until: Instant::from_micros(0),
                nonce: "00ff".to_owned(),
            };
            let once = pair(suite, &s.rng);
            let share = s.share(&s.lock, 0);
            let sealed = release(once.recipient(), &binding, &share, &s.rng).unwrap();
            assert!(take(&once, &binding, &sealed).unwrap() == share);
            let changed: [fn(&mut Binding); 6] = [
                |b| b.opening = Id::nil(),
                |b| b.locks[0].1 = 2,
                |b| b.purpose.push('。'),
                |b| b.reader = Id::nil(),
                |b| b.until = Instant::from_micros(1),
                |b| b.nonce = "00fe".to_owned(),
            ];
            for change in changed {
                let mut other = binding.clone();
                change(&mut other);
                assert_eq!(take(&once, &other, &sealed).unwrap_err().code(), "vault.envelope_refused");
            }
            assert!(take(&pair(suite, &s.rng), &binding, &sealed).is_err());
        }
    }

    /// A custodian's key may be from before the enterprise chose another suite: a share is sealed by its holder's key, a lock by the suite.
    #[test]
    fn custodians_with_keys_of_either_algorithm_open_together() {
        for suite in SUITES {
            let mut s = scene(suite);
            let other = SUITES.into_iter().find(|other| *other != suite).unwrap();
            s.people[1].1 = pair(other, &s.rng);
            let lock = Lock::make(s.lock.id, s.lock.secret, &s.key, &circles(&s.people[..3], &[])[..1], &s.rng).unwrap();
            let sealed = |who: usize| lock.of_holder(s.people[who].0)[0].2.sealed[0];
            assert_eq!((sealed(0), sealed(1)), if suite == suite::SM4_SM3 { (2, 1) } else { (1, 2) });
            assert_eq!(lock.algorithm().unwrap(), Algorithm::of(s.key.suite()));
            let opened = lock.open(&s.key, &[s.share(&lock, 0), s.share(&lock, 1)]).unwrap();
            assert_eq!(opened.recipient().bytes(), lock.public);
        }
    }

    /// What was locked before goes on with its own pair, and with a new one of the new suite when it is shared anew with that.
    #[test]
    fn a_lock_from_before_another_suite_opens_and_takes_a_new_pair() {
        let s = scene(suite::AES_SHA256);
        let key = RecordKey::new(s.key.key().clone(), suite::suite(suite::SM4_SM3).unwrap());
        let old = s.lock.open(&key, &[s.share(&s.lock, 0), s.share(&s.lock, 1)]).unwrap();
        assert_eq!(s.lock.algorithm().unwrap(), Algorithm::X25519);
        let new = pair(suite::SM4_SM3, &s.rng);
        for (with, algorithm) in [(&old, Algorithm::X25519), (&new, Algorithm::Sm2)] {
            let anew = s.lock.share_anew(&key, with, &circles(&s.people[..3], &s.people[3..8]), &s.rng).unwrap();
            assert_eq!((anew.algorithm().unwrap(), anew.suite), (algorithm, suite::SM4_SM3));
            assert_eq!(anew.open(&key, &[s.share(&anew, 0), s.share(&anew, 1)]).unwrap().recipient(), with.recipient());
        }
    }

    #[test]
    fn a_changed_lock_does_not_open() {
        for suite in SUITES {
            let s = scene(suite);
            let both = [s.share(&s.lock, 0), s.share(&s.lock, 1)];
            let changed: [fn(&mut Lock); 5] =
                [|l| l.id = Id::nil(), |l| l.secret = Id::nil(), |l| l.version = 7, |l| l.public[0] ^= 1, |l| l.private[50] ^= 1];
            for change in changed {
                let mut other = s.lock.clone();
                change(&mut other);
                assert_eq!(other.open(&s.key, &both).unwrap_err().code(), "vault.lock_refused");
            }
            let read: Lock = serde_json::from_str(&serde_json::to_string(&s.lock).unwrap()).unwrap();
            assert!(read == s.lock && read.open(&s.key, &both).is_ok());
        }
    }
}

//! Ways to unlock the root key, and what a guess costs.
//!
//! A passphrase and a recovery code go through Argon2id (RFC 9106); a key file is a full key
//! already, and so is what sheets give together; a device keeps its own. Parameters come from a file that somebody else may have written, so they have limits:
//! a key ring must not be able to make the server allocate without end.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use jingui_model::{Id, Problem, Rng};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

use crate::{Key, key_file, recovery, share_paper, suite::defect};

/// Fewest characters of a passphrase, after normalisation.
pub const PASSPHRASE_MIN_CHARS: usize = 12;
/// Most bytes of a passphrase, as typed.
pub const PASSPHRASE_MAX_BYTES: usize = 512;

/// A device that keeps keys of its own, with whoever may use it already named: the key of a way is sealed and opened inside.
///
/// What a device is asked for may wait for it; a device that fails says why with a problem of its own.
pub trait Device: Send + Sync {
    /// Makes a key for this way on the device and seals the way's key under it, bound to a context.
    ///
    /// # Errors
    /// The device's own.
    fn seal(&self, way: Id, context: &[u8], key: &Key) -> Result<Vec<u8>, Problem>;

    /// Opens what it sealed, all at once; nothing stands for what it did not seal.
    ///
    /// # Errors
    /// The device's own.
    fn open(&self, all: &[OnDevice<'_>]) -> Result<Vec<Option<Key>>, Problem>;
}

/// The key of a way as a device sealed it.
#[derive(Debug, Clone, Copy)]
pub struct OnDevice<'a> {
    /// The way.
    pub way: Id,
    /// What it is bound to.
    pub context: &'a [u8],
    /// What the device made.
    pub sealed: &'a [u8],
}

/// Something that unlocks.
#[derive(Clone, Copy)]
pub enum Unlock<'a> {
    /// A passphrase that a person knows.
    Passphrase(&'a str),
    /// The content of a key file (see [`crate::key_file`]).
    KeyFile(&'a [u8]),
    /// A printed recovery code (see [`crate::recovery`]).
    Recovery(&'a str),
    /// Sheets of several custodians, one to a line (see [`crate::share_paper`]).
    Shares(&'a str),
    /// A device that keeps keys.
    Token(&'a dyn Device),
}

impl std::fmt::Debug for Unlock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unlock::{:?}(..)", self.method())
    }
}

impl<'a> Unlock<'a> {
    /// What somebody typed or handed over, as a way of this sort; of a device, the device itself, which knows what was typed.
    ///
    /// # Errors
    /// `vault.device_missing` without one where one is needed.
    pub fn of(method: Method, text: &'a str, device: Option<&'a dyn Device>) -> Result<Self, Problem> {
        Ok(match method {
            Method::Passphrase => Self::Passphrase(text),
            Method::KeyFile => Self::KeyFile(text.as_bytes()),
            Method::Recovery => Self::Recovery(text),
            Method::Shares => Self::Shares(text),
            Method::Token => Self::Token(device.ok_or_else(|| Problem::conflict("vault.device_missing"))?),
        })
    }
}

impl Unlock<'_> {
    /// Which of the ways it is.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::Passphrase(_) => Method::Passphrase,
            Self::KeyFile(_) => Method::KeyFile,
            Self::Recovery(_) => Method::Recovery,
            Self::Shares(_) => Method::Shares,
            Self::Token(_) => Method::Token,
        }
    }

    /// What is typed or read, as bytes for the derivation; nothing of a device, whose secret stays inside.
    ///
    /// # Errors
    /// What is wrong with the text alone, whatever the key ring holds: `vault.key_file_malformed`,
    /// `vault.recovery_length`, `vault.recovery_group`, `vault.sheets_missing`, `vault.sheets_mixed`, `vault.share_*`.
    pub(crate) fn secret(&self) -> Result<Zeroizing<Vec<u8>>, Problem> {
        Ok(match self {
            Self::Passphrase(text) => Zeroizing::new(normalise(text).as_bytes().to_vec()),
            Self::KeyFile(bytes) => Zeroizing::new(key_file::parse(bytes)?.bytes().to_vec()),
            Self::Recovery(text) => Zeroizing::new(recovery::parse(text)?.bytes().to_vec()),
            Self::Shares(text) => Zeroizing::new(share_paper::gather(text)?.bytes().to_vec()),
            Self::Token(_) => Zeroizing::default(),
        })
    }
}

/// The ways, as the key ring names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A passphrase.
    Passphrase,
    /// A key file.
    KeyFile,
    /// A recovery code.
    Recovery,
    /// Sheets of several custodians.
    Shares,
    /// A device that keeps keys.
    Token,
}

impl Method {
    /// Whether Argon2id stands before it.
    #[must_use]
    pub const fn is_slow(self) -> bool {
        matches!(self, Self::Passphrase | Self::Recovery)
    }
}

/// How much a guess shall cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cost {
    /// For use: unlocking 64 MiB and 3 passes, an account password 32 MiB and 3 passes.
    #[default]
    Normal,
    /// For tests: next to nothing. Never for data that matters.
    Test,
}

/// Argon2id parameters (RFC 9106 section 3.1) without the salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon {
    /// Memory in KiB.
    pub m: u32,
    /// Passes.
    pub t: u32,
    /// Lanes.
    pub p: u32,
}

impl Argon {
    pub(crate) const TEST: Self = Self { m: 16, t: 1, p: 1 };
    /// Most memory accepted from a file: 512 MiB.
    pub const MAX_M: u32 = 512 * 1024;
    /// Most passes accepted from a file.
    pub const MAX_T: u32 = 10;
    /// Most lanes accepted from a file.
    pub const MAX_P: u32 = 4;

    pub(crate) const fn for_unlocking(cost: Cost) -> Self {
        match cost {
            Cost::Normal => Self { m: 64 * 1024, t: 3, p: 1 },
            Cost::Test => Self::TEST,
        }
    }

    /// Whether a file may ask for them.
    #[must_use]
    pub fn within_limits(self) -> bool {
        (1..=Self::MAX_P).contains(&self.p) && (1..=Self::MAX_T).contains(&self.t) && (8 * self.p..=Self::MAX_M).contains(&self.m)
    }

    /// 32 bytes from a secret and a salt.
    pub(crate) fn derive(self, secret: &[u8], salt: &[u8]) -> Result<Key, Problem> {
        if !self.within_limits() {
            return Err(Problem::invalid("vault.kdf_limits"));
        }
        let params = Params::new(self.m, self.t, self.p, Some(32)).map_err(|_| defect("argon2 parameters"))?;
        let mut blocks = vec![Block::default(); params.block_count()];
        let mut out = Zeroizing::new([0; 32]);
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            secret,
            salt,
            &mut *out,
            &mut blocks[..],
        );
        blocks.zeroize();
        done.map_err(|_| defect("argon2"))?;
        Ok(Key::from_bytes(*out))
    }
}

/// Argon2id parameters with their salt, as the key ring holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kdf {
    /// Memory in KiB.
    m: u32,
    /// Passes.
    t: u32,
    /// Lanes.
    p: u32,
    #[serde(with = "crate::base64_bytes")]
    salt: Vec<u8>,
}

impl Kdf {
    pub(crate) fn new(cost: Cost, rng: &dyn Rng) -> Self {
        let Argon { m, t, p } = Argon::for_unlocking(cost);
        Self { m, t, p, salt: rng.array::<32>().to_vec() }
    }

    /// The parameters, for people who check them.
    #[must_use]
    pub const fn argon(&self) -> Argon {
        Argon { m: self.m, t: self.t, p: self.p }
    }

    pub(crate) fn within_limits(&self) -> bool {
        self.argon().within_limits() && (16..=64).contains(&self.salt.len())
    }

    pub(crate) fn derive(&self, secret: &[u8]) -> Result<Key, Problem> {
        self.argon().derive(secret, &self.salt)
    }
}

/// NFKC (UAX 15), so that a passphrase typed on another keyboard or system is the same one.
pub(crate) fn normalise(text: &str) -> Zeroizing<String> {
    // One allocation, so that no half of it stays behind: NFKC lengthens by less than twelve times.
    let mut out = Zeroizing::new(String::with_capacity(text.len().saturating_mul(12)));
    out.extend(text.nfkc());
    out
}

/// Whether a passphrase may protect a root key: 12 characters at least, 512 bytes at most.
///
/// # Errors
/// `vault.passphrase_short` and `vault.passphrase_long` with the limit.
pub fn check_passphrase(text: &str) -> Result<(), Problem> {
    if text.len() > PASSPHRASE_MAX_BYTES {
        return Err(Problem::invalid("vault.passphrase_long").arg("max", PASSPHRASE_MAX_BYTES).at("passphrase"));
    }
    if normalise(text).chars().count() < PASSPHRASE_MIN_CHARS {
        return Err(Problem::invalid("vault.passphrase_short").arg("min", PASSPHRASE_MIN_CHARS).at("passphrase"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_has_twelve_characters_and_512_bytes_at_most() {
        assert!(check_passphrase("十二个汉字足够当作口令了吧").is_ok());
        assert_eq!(check_passphrase("十一个汉字还是不够的啊").unwrap_err().code(), "vault.passphrase_short");
        assert!(check_passphrase(&"a".repeat(512)).is_ok());
        assert_eq!(check_passphrase(&"a".repeat(513)).unwrap_err().code(), "vault.passphrase_long");
        // Twelve code points that compose to six letters are six characters.
        assert!(check_passphrase(&"e\u{301}".repeat(6)).is_err());
    }

    #[test]
    fn full_width_and_composed_spellings_are_one_passphrase() {
        assert_eq!(*normalise("Ｃａｆｅ\u{301}"), *normalise("Café"));
        // The longest expansion there is stays within the one allocation.
        assert!(normalise("\u{fdfa}").len() <= 3 * 12);
    }

    #[test]
    fn argon2id_is_the_standard_one() {
        // A case from the tests of the reference implementation of RFC 9106 (version 0x13, t=2, m=256 KiB, p=1).
        let key = Argon { m: 256, t: 2, p: 1 }.derive(b"password", b"somesalt").unwrap();
        assert_eq!(hex::encode(key.bytes()), "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
    }

    #[test]
    fn absurd_parameters_are_refused_before_any_work() {
        for (m, t, p) in
            [(u32::MAX, 1, 1), (Argon::MAX_M + 1, 1, 1), (16, 0, 1), (16, 11, 1), (16, 1, 0), (64, 1, 5), (7, 1, 1), (31, 1, 4)]
        {
            assert_eq!(Argon { m, t, p }.derive(b"x", b"saltsalt").unwrap_err().code(), "vault.kdf_limits");
        }
        assert!(Argon::for_unlocking(Cost::Normal).within_limits() && Argon::TEST.within_limits());
    }

    #[test]
    fn nothing_typed_is_printed() {
        assert_eq!(format!("{:?}", Unlock::Passphrase("correct horse battery")), "Unlock::Passphrase(..)");
    }
}

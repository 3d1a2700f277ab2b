//! SM4-GCM with nonces of 96 bits and tags of 128 (NIST SP 800-38D, 7; RFC 8998, section 2 names AEAD_SM4_GCM).
//!
//! A sealer is immutable and `Sync`: chunks of a file can be sealed by several threads at once, each with its nonce. Opening checks the tag
//! over the whole ciphertext first and decrypts afterwards, so that a forgery is never decrypted at all.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::kernel::{Backend, HashKey, Kernel, RoundKeys};

/// Bytes of a nonce.
pub const NONCE: usize = 12;
/// Bytes of a tag.
pub const TAG: usize = 16;
/// Most bytes of one message: 2³⁶ - 32 (SP 800-38D, 5.2.1.1), for the counter has 32 bits and two of its values are not free.
pub const MAX_LEN: u64 = (1 << 36) - 32;
/// Bytes that are encrypted and then hashed while they lie in the nearest cache.
const STRETCH: usize = 8 * 1024;

/// Why a message was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// Longer than [`MAX_LEN`].
    TooLong,
    /// Key, nonce, associated data, ciphertext or tag is another one.
    NotAuthentic,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "message too long for GCM",
            Self::NotAuthentic => "not authentic",
        })
    }
}

impl std::error::Error for Error {}

/// The block cipher with a key inside. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Sm4 {
    kernel: Kernel,
    keys: RoundKeys,
}

impl fmt::Debug for Sm4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sm4({})", self.kernel.backend())
    }
}

impl Sm4 {
    /// With the quickest backend that the processor has.
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        Self::on(Kernel::best(), key)
    }

    /// With a certain backend; `None` when the processor does not have it.
    #[must_use]
    pub fn with_backend(key: &[u8; 16], backend: Backend) -> Option<Self> {
        Kernel::new(backend).map(|kernel| Self::on(kernel, key))
    }

    fn on(kernel: Kernel, key: &[u8; 16]) -> Self {
        Self { kernel, keys: kernel.schedule(key) }
    }

    /// One block.
    #[must_use]
    pub fn encrypt(&self, block: [u8; 16]) -> [u8; 16] {
        // Counter mode over zeros: the block is nonce and counter.
        let [nonce @ .., a, b, c, d] = block;
        let mut out = [0; 16];
        self.ctr(&nonce, u32::from_be_bytes([a, b, c, d]), &mut out);
        out
    }

    /// Adds the key stream of counter mode (SP 800-38D, 6.5: only the last 32 bits count) to `data`, from this counter on. Without a tag
    /// this protects nothing from changes: use [`Sm4Gcm`].
    pub fn ctr(&self, nonce: &[u8; NONCE], counter: u32, data: &mut [u8]) {
        self.kernel.ctr(&self.keys, nonce, counter, data);
    }
}

/// SM4-GCM with a key inside. Wiped when dropped, never printed. A nonce must never be used twice with one key.
#[derive(Clone)]
pub struct Sm4Gcm {
    cipher: Sm4,
    hash: HashKey,
}

impl fmt::Debug for Sm4Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sm4Gcm({})", self.backend())
    }
}

impl Sm4Gcm {
    /// With the quickest backend that the processor has.
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        Self::of(Sm4::new(key))
    }

    /// With a certain backend; `None` when the processor does not have it.
    #[must_use]
    pub fn with_backend(key: &[u8; 16], backend: Backend) -> Option<Self> {
        Sm4::with_backend(key, backend).map(Self::of)
    }

    fn of(cipher: Sm4) -> Self {
        let mut h = cipher.encrypt([0; 16]);
        let hash = cipher.kernel.hash_key(h);
        h.zeroize();
        Self { cipher, hash }
    }

    /// The backend that computes.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.cipher.kernel.backend()
    }

    /// Encrypts `text` in its place and gives the tag.
    ///
    /// # Errors
    /// [`Error::TooLong`]; nothing is encrypted then.
    pub fn seal_in_place_detached(&self, nonce: &[u8; NONCE], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG], Error> {
        let lengths = lengths(aad, text)?;
        let mut state = [0; 16];
        self.absorb(&mut state, aad);
        let mut counter = 2_u32;
        for part in text.chunks_mut(STRETCH) {
            self.cipher.ctr(nonce, counter, part);
            self.absorb(&mut state, part);
            counter = counter.wrapping_add((STRETCH / 16) as u32);
        }
        Ok(self.tag(nonce, state, &lengths))
    }

    /// Decrypts `text` in its place when the tag is right, and leaves it as it is when not.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`], [`Error::TooLong`]; nothing is decrypted then.
    pub fn open_in_place_detached(&self, nonce: &[u8; NONCE], aad: &[u8], text: &mut [u8], tag: &[u8; TAG]) -> Result<(), Error> {
        let lengths = lengths(aad, text)?;
        let mut state = [0; 16];
        self.absorb(&mut state, aad);
        self.absorb(&mut state, text);
        let mut expected = self.tag(nonce, state, &lengths);
        let right = bool::from(expected.ct_eq(tag));
        // Whoever has this has forged the message.
        expected.zeroize();
        if !right {
            return Err(Error::NotAuthentic);
        }
        self.cipher.ctr(nonce, 2, text);
        Ok(())
    }

    fn absorb(&self, state: &mut [u8; 16], data: &[u8]) {
        self.cipher.kernel.ghash(&self.hash, state, data);
    }

    /// Hash of the lengths too, then the key stream of counter 1.
    fn tag(&self, nonce: &[u8; NONCE], state: [u8; 16], lengths: &[u8; 16]) -> [u8; TAG] {
        let mut state = state;
        self.absorb(&mut state, lengths);
        // The hash keeps its numbers with the lowest byte first.
        state.reverse();
        self.cipher.ctr(nonce, 1, &mut state);
        state
    }
}

/// The last block of the hash: both lengths in bits.
fn lengths(aad: &[u8], text: &[u8]) -> Result<[u8; 16], Error> {
    let of = |bytes: &[u8], most: u64| u64::try_from(bytes.len()).ok().filter(|len| *len <= most).ok_or(Error::TooLong);
    let (aad, text) = (of(aad, u64::MAX / 8)?, of(text, MAX_LEN)?);
    Ok((u128::from(aad * 8) << 64 | u128::from(text * 8)).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let gcm = Sm4Gcm::with_backend(&[7; 16], Backend::Portable).unwrap();
        assert_eq!(format!("{gcm:?} {:?}", gcm.cipher), "Sm4Gcm(portable) Sm4(portable)");
    }

    #[test]
    fn sealers_are_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Sm4Gcm>();
    }
}

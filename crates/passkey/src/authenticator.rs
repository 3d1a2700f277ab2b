//! What the authenticator says (Web Authentication, §6.1): for whom, who was there, how often it was used, and the new key.

use aws_lc_rs::{constant_time, digest};

use crate::{
    Refusal,
    cbor::{Item, Keys, Reader},
};

const LONGEST: usize = 8192;

/// Bits of §6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const fn has(self, bit: u8) -> bool {
        self.0 & (1 << bit) != 0
    }

    /// Somebody was present (UP).
    #[must_use]
    pub const fn present(self) -> bool {
        self.has(0)
    }

    /// And was verified by PIN, finger or face (UV).
    #[must_use]
    pub const fn verified(self) -> bool {
        self.has(2)
    }

    /// It may be copied to other devices (BE, Level 3).
    #[must_use]
    pub const fn eligible(self) -> bool {
        self.has(3)
    }

    /// It has been copied (BS, Level 3).
    #[must_use]
    pub const fn copied(self) -> bool {
        self.has(4)
    }
}

/// A new credential (§6.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attested<'a> {
    /// Its identifier.
    pub id: &'a [u8],
    /// Its key, as `COSE_Key`.
    pub key: &'a [u8],
}

/// Authenticator data, read.
#[derive(Debug, Clone, Copy)]
pub struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    /// Its flags.
    pub flags: Flags,
    /// How often it signed, if it counts.
    pub counter: u32,
    /// The new credential, at registration.
    pub attested: Option<Attested<'a>>,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads it to its last byte. Extensions are read over: none is asked for, and those that come unasked are passed over (§7.1, §7.2).
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        if bytes.len() > LONGEST {
            return Err(Refusal::Malformed);
        }
        let mut reader = Reader::new(bytes);
        let rp_id_hash = reader.take(32)?;
        let flags = Flags(reader.take(1)?.first().copied().ok_or(Refusal::Malformed)?);
        let counter = u32::from_be_bytes(reader.take(4)?.try_into().map_err(|_| Refusal::Malformed)?);
        let attested = if flags.has(6) { Some(attested(&mut reader)?) } else { None };
        if flags.has(7) {
            let mut ahead = reader;
            if !matches!(ahead.item()?, Item::Map(_)) {
                return Err(Refusal::Malformed);
            }
            reader.skip()?;
        }
        if !reader.rest().is_empty() {
            return Err(Refusal::Malformed);
        }
        Ok(Self { rp_id_hash, flags, counter, attested })
    }

    /// Is it for this relying party, with somebody who was present and verified, and do the flags about copies agree?
    pub(crate) fn check(&self, rp_id: &str) -> Result<(), Refusal> {
        let right = digest::digest(&digest::SHA256, rp_id.as_bytes());
        if constant_time::verify_slices_are_equal(self.rp_id_hash, right.as_ref()).is_err() {
            return Err(Refusal::RelyingParty);
        }
        if !self.flags.present() {
            return Err(Refusal::Presence);
        }
        if !self.flags.verified() {
            return Err(Refusal::Verification);
        }
        if self.flags.copied() && !self.flags.eligible() {
            return Err(Refusal::Backup);
        }
        Ok(())
    }
}

fn attested<'a>(reader: &mut Reader<'a>) -> Result<Attested<'a>, Refusal> {
    // The model of the authenticator: not looked at.
    reader.take(16)?;
    let length = u16::from_be_bytes(reader.take(2)?.try_into().map_err(|_| Refusal::Malformed)?);
    let id = reader.take(usize::from(length))?;
    Ok(Attested { id, key: reader.skip()? })
}

/// The authenticator data in an attestation object (§6.5.4). The statement has to be well-formed and is not looked at.
///
/// # Errors
/// [`Refusal::Malformed`].
pub fn of_attestation(bytes: &[u8]) -> Result<&[u8], Refusal> {
    let mut reader = Reader::new(bytes);
    let Item::Map(3) = reader.item()? else { return Err(Refusal::Malformed) };
    let (mut keys, mut data) = (Keys::default(), None);
    for _ in 0..3 {
        match reader.key(&mut keys)? {
            Item::Text("fmt") => {
                let Item::Text(_) = reader.item()? else { return Err(Refusal::Malformed) };
            }
            Item::Text("attStmt") => {
                let mut ahead = reader;
                let Item::Map(_) = ahead.item()? else { return Err(Refusal::Malformed) };
                reader.skip()?;
            }
            Item::Text("authData") => {
                let Item::Bytes(found) = reader.item()? else { return Err(Refusal::Malformed) };
                data = Some(found);
            }
            _ => return Err(Refusal::Malformed),
        }
    }
    data.filter(|_| reader.rest().is_empty()).ok_or(Refusal::Malformed)
}

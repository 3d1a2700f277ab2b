//! Passkeys as a server checks them (W3C Web Authentication, Level 2, with the backup flags of Level 3): what a browser hands over
//! when a passkey is made (§7.1) and when somebody signs in with one (§7.2).
//!
//! Bytes in, an answer out: accounts, sessions, the clock and chance are the caller's. User verification is always required and
//! no attestation is looked at: which model of authenticator somebody has is not our business
//! (docs/decisions/0017-own-checks-of-passkeys.md has the table of steps, code and tests).

pub mod authenticator;
pub mod cbor;
pub mod client;
pub mod key;

use authenticator::AuthenticatorData;
use client::ClientData;
use key::PublicKey;

/// A credential's identifier is at least this long (Level 2, §4, *Credential ID*).
pub const SHORTEST_ID: usize = 16;
/// And at most this long (Level 3, §7.1).
pub const LONGEST_ID: usize = 1023;
/// Statements of attestation with chains of certificates come along even when none is asked for.
const LONGEST_ATTESTATION: usize = 32 * 1024;
const LONGEST_SIGNATURE: usize = 1024;

/// Why something was refused. Names the check, never what it looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not in the form that the standard prescribes, or too long.
    Malformed,
    /// Made for another ceremony: a registration for a sign-in, or the other way round.
    Ceremony,
    /// An answer to another question.
    Challenge,
    /// From another site.
    Origin,
    /// From a frame of another site.
    CrossOrigin,
    /// For another relying party.
    RelyingParty,
    /// Nobody was present.
    Presence,
    /// Whoever was present was not verified by the authenticator.
    Verification,
    /// A key of a sort that was not asked for.
    Algorithm,
    /// A key that is none.
    Key,
    /// Flags about copies that contradict each other or what was said before.
    Backup,
    /// The signature is not the key's.
    Signature,
    /// The counter fell back: there may be a copy of the authenticator.
    Counter,
}

impl Refusal {
    /// A word for the ledger and for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Ceremony => "ceremony",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::CrossOrigin => "cross_origin",
            Self::RelyingParty => "relying_party",
            Self::Presence => "presence",
            Self::Verification => "verification",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Backup => "backup",
            Self::Signature => "signature",
            Self::Counter => "counter",
        }
    }
}

/// What an answer has to be for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The question.
    pub challenge: &'a [u8],
    /// The relying party: a host without scheme and port.
    pub rp_id: &'a str,
    /// The sites from which it may come, as browsers write them: `https://host[:port]`.
    pub origins: &'a [String],
}

/// A passkey that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its identifier.
    pub id: Vec<u8>,
    /// Its public key.
    pub key: PublicKey,
    /// Its counter; 0 for one that does not count.
    pub counter: u32,
    /// It may be copied to other devices of its owner.
    pub synced: bool,
}

/// What is known of a passkey from before.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its public key.
    pub key: &'a PublicKey,
    /// The counter when it was last used.
    pub counter: u32,
    /// It may be copied to other devices.
    pub synced: bool,
}

/// What a browser hands over at a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// `signature`.
    pub signature: &'a [u8],
}

/// Checks a new passkey (§7.1). That its identifier is nobody else's is for the caller to see.
///
/// # Errors
/// Which check failed.
pub fn register(expected: &Expected<'_>, client_data: &[u8], attestation_object: &[u8]) -> Result<Registered, Refusal> {
    ClientData::read(client_data)?.check("webauthn.create", expected)?;
    if attestation_object.len() > LONGEST_ATTESTATION {
        return Err(Refusal::Malformed);
    }
    let bytes = authenticator::of_attestation(attestation_object)?;
    let data = AuthenticatorData::read(bytes)?;
    data.check(expected.rp_id)?;
    let made = data.attested.ok_or(Refusal::Malformed)?;
    if !(SHORTEST_ID..=LONGEST_ID).contains(&made.id.len()) {
        return Err(Refusal::Malformed);
    }
    Ok(Registered { id: made.id.to_vec(), key: PublicKey::read(made.key)?, counter: data.counter, synced: data.flags.eligible() })
}

/// Checks a sign-in (§7.2) and gives the counter to be kept. That the passkey is the one whose `known` this is, and whose account
/// the user handle names, is for the caller to see.
///
/// # Errors
/// Which check failed; [`Refusal::Counter`] only after everything else was right.
pub fn assert(expected: &Expected<'_>, known: &Known<'_>, given: &Assertion<'_>) -> Result<u32, Refusal> {
    ClientData::read(given.client_data)?.check("webauthn.get", expected)?;
    let data = AuthenticatorData::read(given.authenticator_data)?;
    data.check(expected.rp_id)?;
    if data.attested.is_some() {
        return Err(Refusal::Malformed);
    }
    if data.flags.eligible() != known.synced {
        return Err(Refusal::Backup);
    }
    if given.signature.len() > LONGEST_SIGNATURE {
        return Err(Refusal::Malformed);
    }
    let mut signed = given.authenticator_data.to_vec();
    signed.extend_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, given.client_data).as_ref());
    known.key.verify(&signed, given.signature)?;
    // Zero both times: this authenticator does not count.
    if (data.counter != 0 || known.counter != 0) && data.counter <= known.counter {
        return Err(Refusal::Counter);
    }
    Ok(data.counter)
}

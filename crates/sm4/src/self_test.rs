//! Known answers: before anything is sealed or opened, each backend that will be used shows that it computes SM4-GCM. A processor,
//! hypervisor or build that computes something else is found here and not in the archive years later.

use std::fmt;

use crate::{Backend, Sm4, Sm4Gcm};

/// What must come out. The standard ones are [`STANDARD`]; others exist to show that a wrong one is noticed.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    /// The block of GB/T 32907, A.1: key and text 0123456789abcdeffedcba9876543210.
    pub block: [u8; 16],
    /// The tag of RFC 8998, A.1.
    pub tag: [u8; 16],
    /// The tag of a message of 1,500 bytes (byte i is i modulo 251) under the same key and nonce, which runs through every width of
    /// every kernel; computed by the crates `sm4` and `ghash` and by OpenSSL.
    pub long_tag: [u8; 16],
}

/// The right answers.
pub const STANDARD: Answers = Answers {
    block: [0x68, 0x1e, 0xdf, 0x34, 0xd2, 0x06, 0x96, 0x5e, 0x86, 0xb3, 0xe9, 0x4f, 0x53, 0x6e, 0x42, 0x46],
    tag: [0x83, 0xde, 0x35, 0x41, 0xe4, 0xc2, 0xb5, 0x81, 0x77, 0xe0, 0x65, 0xa9, 0xbf, 0x7b, 0x62, 0xec],
    long_tag: [0xa0, 0x49, 0x58, 0x6b, 0x87, 0x74, 0x67, 0x4c, 0x9b, 0x73, 0xf9, 0xa7, 0x49, 0x80, 0x1e, 0x32],
};

/// A backend that computes something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// The backend.
    pub backend: Backend,
    /// Which answer differs.
    pub what: &'static str,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.backend)
    }
}

impl std::error::Error for Mismatch {}

const KEY: [u8; 16] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10];
const NONCE: [u8; 12] = [0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0xab, 0xcd];
const AAD: [u8; 20] =
    [0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2];

/// Holds one backend against known answers. Takes some microseconds.
///
/// # Errors
/// The first answer that differs; also when the processor does not have the backend.
pub fn self_test(backend: Backend, answers: &Answers) -> Result<(), Mismatch> {
    let check = |right: bool, what| if right { Ok(()) } else { Err(Mismatch { backend, what }) };
    let cipher = Sm4::with_backend(&KEY, backend).ok_or(Mismatch { backend, what: "sm4 backend" })?;
    check(cipher.encrypt(KEY) == answers.block, "sm4 block")?;
    let gcm = Sm4Gcm::with_backend(&KEY, backend).ok_or(Mismatch { backend, what: "sm4 backend" })?;
    // The text of RFC 8998 A.1: eight bytes each of aa, bb, cc, dd, ee, ff, ee, aa.
    let text: [[u8; 8]; 8] = [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa].map(|byte| [byte; 8]);
    let mut buffer = text;
    let tag = gcm.seal_in_place_detached(&NONCE, &AAD, buffer.as_flattened_mut());
    check(tag == Ok(answers.tag), "sm4-gcm tag")?;
    check(gcm.open_in_place_detached(&NONCE, &AAD, buffer.as_flattened_mut(), &answers.tag).is_ok() && buffer == text, "sm4-gcm open")?;
    let mut wrong = answers.tag;
    wrong[15] ^= 1;
    check(gcm.open_in_place_detached(&NONCE, &AAD, buffer.as_flattened_mut(), &wrong).is_err(), "sm4-gcm refusal")?;
    let mut long = [0; 1500];
    for (byte, value) in long.iter_mut().zip((0..251).cycle()) {
        *byte = value;
    }
    check(gcm.seal_in_place_detached(&NONCE, &AAD, &mut long) == Ok(answers.long_tag), "sm4-gcm long tag")
}

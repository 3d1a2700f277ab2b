//! Trusted time: requests to, and tokens from, time-stamp authorities (RFC 3161, RFC 5816).
//!
//! [`Request`] makes the bytes to send, [`Reply`] reads what comes back, [`Token`] keeps it byte for byte and verifies it against
//! what was stamped and the [`TrustRoots`] of the enterprise. [`renewal`] strings tokens together over decades. Carrying bytes to an
//! authority, queueing while offline and watching for certificates that end belong to the caller.

mod certificate;
mod chain;
mod cms;
mod der;
mod digest;
mod info;
mod moment;
mod name;
mod oid;
pub mod renewal;
mod reply;
mod request;
mod signature;
mod sm2;
mod token;
mod verdict;

use jingui_model::Problem;

pub use certificate::Certificate;
pub use chain::TrustRoots;
pub use digest::{HashAlgorithm, Imprint, Stamped};
pub use info::{Accuracy, Info};
pub use reply::Reply;
pub use request::Request;
pub use sm2::Sm2Identifier;
pub use token::Token;
pub use verdict::{Algorithms, Link, Standing, Verdict};

/// Largest token or reply that is read, in bytes. Usual ones have 2 to 10 KiB.
pub const MAX_TOKEN: usize = 512 * 1024;

/// Refuses what is larger than any real token.
fn limit(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.len() > MAX_TOKEN {
        return Err(Problem::too_large("stamp.too_large").arg("size", bytes.len()).arg("limit", MAX_TOKEN));
    }
    Ok(())
}

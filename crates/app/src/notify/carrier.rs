//! Carrying a message out of the house: the only thing that notification asks of a network. The door crate brings the real
//! one; a node without one sends nothing.

use jingui_model::{Instant, Problem};
use jingui_notify::{Hook, Letter};

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// STARTTLS, required.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None: only without a password, or on this machine.
    None,
}

/// A mail server and how to sign in there. No `Debug`: it holds a password.
#[derive(Clone)]
pub struct MailServer {
    /// Its name, which its certificate must carry.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub encryption: Encryption,
    /// Name and password.
    pub sign_in: Option<(String, String)>,
    /// From address.
    pub sender: String,
    /// Trusted instead of the machine's authorities, as PEM; empty: the machine's.
    pub roots: String,
}

/// Where a message goes out.
#[derive(Clone)]
pub enum Channel {
    /// By mail.
    Mail(MailServer),
    /// By a robot or to an own program.
    Hook(Hook),
}

/// Carries messages.
pub trait Carrier: Send + Sync {
    /// Hands a letter over; `local` opens this machine itself as a destination. Blocks.
    ///
    /// # Errors
    /// Of class `Unavailable` when trying again may help. No problem tells the address of a robot or a password.
    fn carry(&self, channel: &Channel, letter: &Letter, local: bool, now: Instant) -> Result<(), Problem>;
}

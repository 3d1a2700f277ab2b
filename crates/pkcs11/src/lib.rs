//! Devices that keep keys, reached through PKCS#11 (OASIS PKCS #11 v2.40 and later): 32 bytes are sealed and opened inside, under a key
//! that never leaves (H 9.1.2.3; GB/T 39786).
//!
//! What is sealed, and in which file it stands, is not known here. Each act signs in, does one thing and signs out again, so that nobody goes
//! in on somebody else's PIN; and a PIN is tried once, because devices lock themselves after a few wrong ones.

mod act;
mod actor;
mod sealed;
mod tries;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use jingui_model::{Id, Problem};
use zeroize::Zeroizing;

pub use act::Found;
pub use tries::Who;

/// In front of a serial number, where a label is expected.
const SERIAL: &str = "serial:";

/// Which device: the library that speaks to it, and the token in one of its slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    module: PathBuf,
    token: String,
}

impl Place {
    /// The token with this label, or with this serial number after `serial:`.
    #[must_use]
    pub const fn new(module: PathBuf, token: String) -> Self {
        Self { module, token }
    }

    /// The library.
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The token, as it was named.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    fn is(&self, label: &str, serial: &str) -> bool {
        self.token.strip_prefix(SERIAL).map_or_else(|| self.token == label.trim_end(), |wanted| wanted == serial.trim_end())
    }

    /// With the PIN of whoever asks.
    #[must_use]
    pub const fn with(&self, pin: Zeroizing<String>, who: Who) -> Token<'_> {
        Token { place: self, pin, who }
    }

    /// Looks whether the device answers and can do what is needed. No PIN is used.
    ///
    /// # Errors
    /// `pkcs11.module_missing`, `pkcs11.module_failed`, `pkcs11.no_token`, `pkcs11.ambiguous`, `pkcs11.unsuitable`, `pkcs11.gone`, `pkcs11.failed`.
    pub fn look(&self) -> Result<Found, Problem> {
        let place = self.clone();
        actor::ask(&self.module, move |library| act::look(library, &place))
    }
}

/// A device and the PIN for it.
pub struct Token<'a> {
    place: &'a Place,
    pin: Zeroizing<String>,
    who: Who,
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("place", self.place).field("who", &self.who).finish_non_exhaustive()
    }
}

/// What was sealed, and under which name.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    /// Names the key on the device.
    pub id: Id,
    /// What it is bound to.
    pub context: &'a [u8],
    /// What [`Token::seal`] made.
    pub sealed: &'a [u8],
}

/// Thirty-two secret bytes, wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

impl Token<'_> {
    /// Makes a key of this name on the device, which never leaves it, and seals 32 bytes under it, bound to a context.
    ///
    /// # Errors
    /// As [`Place::look`]; `pkcs11.pin_wrong`, `pkcs11.pin_last`, `pkcs11.pin_locked`, `pkcs11.pin_unset`, `pkcs11.key_there`.
    pub fn seal(&self, id: Id, context: &[u8], secret: &Secret) -> Result<Vec<u8>, Problem> {
        let (place, pin, who) = (self.place.clone(), self.pin.clone(), self.who);
        let (context, secret) = (context.to_owned(), secret.clone());
        actor::ask(&self.place.module, move |library| act::seal(library, &place, &pin, who, id, &context, &secret))
    }

    /// Opens what was sealed, all of it with the PIN given once. Nothing stands for what another device sealed, or was changed.
    ///
    /// # Errors
    /// As [`Place::look`]; `pkcs11.pin_wrong`, `pkcs11.pin_last`, `pkcs11.pin_locked`, `pkcs11.pin_unset`; `pkcs11.key_missing` when the device has
    /// the key of none of them.
    pub fn open(&self, all: &[Sealed<'_>]) -> Result<Vec<Option<Secret>>, Problem> {
        let (place, pin, who) = (self.place.clone(), self.pin.clone(), self.who);
        let all: Vec<_> = all.iter().map(|s| (s.id, s.context.to_owned(), s.sealed.to_owned())).collect();
        actor::ask(&self.place.module, move |library| act::open(library, &place, &pin, who, &all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_named_by_its_label_or_its_serial_number_and_no_pin_is_printed() {
        let place = |token: &str| Place::new("/lib/module.so".into(), token.to_owned());
        assert!(place("金匮").is("金匮            ", "0123"));
        assert!(!place("0123").is("jingui", "0123") && !place("jing").is("jingui", "0123"));
        assert!(place("serial:0123").is("jingui", "0123  ") && !place("serial:012").is("jingui", "0123"));
        let (place, pin) = (place("jingui"), Zeroizing::new("7531-2468".to_owned()));
        assert!(!format!("{:?}", place.with(pin, Who::Person)).contains("7531"));
    }
}

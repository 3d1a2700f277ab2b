//! What a PIN may be tried for. Devices count wrong ones and lock themselves: nobody at the network, and no server that starts again and again,
//! may bring it that far (PKCS #11 v2.40, 3.2: `CKF_USER_PIN_COUNT_LOW`, `CKF_USER_PIN_FINAL_TRY`, `CKF_USER_PIN_LOCKED`).

use cryptoki::{
    error::{Error, RvError},
    slot::TokenInfo,
};
use jingui_model::Problem;

/// Who brings the PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Somebody who typed it.
    Person,
    /// Nobody: it stands in a file.
    Unattended,
}

/// What a token says of the tries that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// The last try, or several, was wrong.
    pub low: bool,
    /// One more is all.
    pub last: bool,
    /// None are left.
    pub locked: bool,
}

impl Tries {
    pub fn of(info: &TokenInfo) -> Self {
        Self { low: info.user_pin_count_low(), last: info.user_pin_final_try(), locked: info.user_pin_locked() }
    }

    /// What keeps this one from trying. The last try is nobody's here: it is made at the device, with the maker's own program.
    pub fn refusal(self, who: Who) -> Option<Problem> {
        let code = match self {
            Self { locked: true, .. } => "pkcs11.pin_locked",
            Self { last: true, .. } => "pkcs11.pin_last",
            Self { low: true, .. } if who == Who::Unattended => "pkcs11.pin_low",
            _ => return None,
        };
        Some(Problem::denied(code))
    }

    /// Why signing in failed, with what the token says of its tries afterwards.
    pub fn failed(self, error: &Error) -> Option<Problem> {
        let Error::Pkcs11(code, _) = error else { return None };
        Some(match code {
            RvError::PinLocked => Problem::denied("pkcs11.pin_locked"),
            // Some devices refuse what they could not have accepted without counting it; to the person it is a wrong PIN.
            RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid => match self {
                Self { locked: true, .. } => Problem::denied("pkcs11.pin_locked"),
                Self { last: true, .. } => Problem::denied("pkcs11.pin_last"),
                _ => Problem::denied("pkcs11.pin_wrong"),
            },
            RvError::PinExpired | RvError::UserPinNotInitialized => Problem::denied("pkcs11.pin_unset"),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    const LOW: Tries = Tries { low: true, last: false, locked: false };
    const LAST: Tries = Tries { low: true, last: true, locked: false };
    const LOCKED: Tries = Tries { low: true, last: false, locked: true };

    #[test]
    fn nobody_here_makes_the_last_try_and_a_file_makes_none_after_a_wrong_one() {
        let code = |tries: Tries, who| tries.refusal(who).map(|p| p.code().to_owned());
        assert_eq!((code(Tries::default(), Who::Person), code(Tries::default(), Who::Unattended)), (None, None));
        assert_eq!((code(LOW, Who::Person), code(LOW, Who::Unattended)), (None, Some("pkcs11.pin_low".to_owned())));
        for who in [Who::Person, Who::Unattended] {
            assert_eq!(code(LAST, who).as_deref(), Some("pkcs11.pin_last"));
            assert_eq!(code(LOCKED, who).as_deref(), Some("pkcs11.pin_locked"));
        }
    }

    #[test]
    fn a_wrong_pin_is_told_from_a_locked_one() {
        let code = |tries: Tries, error| tries.failed(&Error::Pkcs11(error, Function::Login)).map(|p| p.code().to_owned());
        assert_eq!(code(LOW, RvError::PinIncorrect).as_deref(), Some("pkcs11.pin_wrong"));
        assert_eq!(code(LAST, RvError::PinIncorrect).as_deref(), Some("pkcs11.pin_last"));
        assert_eq!(code(LOCKED, RvError::PinIncorrect).as_deref(), Some("pkcs11.pin_locked"));
        assert_eq!(code(Tries::default(), RvError::PinLocked).as_deref(), Some("pkcs11.pin_locked"));
        assert_eq!(code(Tries::default(), RvError::UserPinNotInitialized).as_deref(), Some("pkcs11.pin_unset"));
        assert_eq!(code(LOW, RvError::DeviceRemoved), None);
    }
}

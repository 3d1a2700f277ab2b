//! What is done on a device, each act whole: find the token, see how many tries are left, sign in, act, sign out.

use cryptoki::{
    context::Pkcs11,
    error::{Error, RvError},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use jingui_model::{Id, Problem};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Place, Secret, sealed::Seal, tries::Tries, tries::Who};

/// What the keys are called on a device; which one is which says their id, that of the way to unlock.
const LABEL: &str = "jingui";

/// A device that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The token's label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// Maker and model.
    pub model: String,
    /// What it seals with.
    pub cipher: &'static str,
    /// A PIN was wrong the last time, and nobody has signed in since.
    pub pin_low: bool,
    /// It lets nobody in any more, or only once.
    pub pin_refused: bool,
}

/// What a device answered that is not its work. Nothing of it tells secrets: names of functions and numbers.
fn problem(error: &Error) -> Problem {
    let code = match error {
        Error::Pkcs11(
            RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SlotIdInvalid
            | RvError::SessionClosed
            | RvError::SessionHandleInvalid,
            _,
        ) => "pkcs11.gone",
        _ => "pkcs11.failed",
    };
    let what = match error {
        Error::Pkcs11(code, function) => format!("{function:?}: {code:?}"),
        other => other.to_string(),
    };
    Problem::unavailable(code).detail(what)
}

fn found(library: &Pkcs11, place: &Place) -> Result<(Slot, Found, Seal), Problem> {
    let mut fitting = vec![];
    for slot in library.get_slots_with_token().map_err(|e| problem(&e))? {
        // What is pulled out meanwhile is not there.
        if let Ok(info) = library.get_token_info(slot)
            && info.token_initialized()
            && place.is(info.label(), info.serial_number())
        {
            fitting.push((slot, info));
        }
    }
    let none = || Problem::unavailable("pkcs11.no_token").arg("token", place.token());
    let (slot, info) = fitting.pop().ok_or_else(none)?;
    if !fitting.is_empty() {
        return Err(Problem::conflict("pkcs11.ambiguous").arg("token", place.token()));
    }
    let offered = library.get_mechanism_list(slot).map_err(|e| problem(&e))?;
    let seal = Seal::among(&offered).ok_or_else(|| Problem::conflict("pkcs11.unsuitable").arg("token", place.token()))?;
    let tries = Tries::of(&info);
    let found = Found {
        label: info.label().trim_end().to_owned(),
        serial: info.serial_number().trim_end().to_owned(),
        model: format!("{} {}", info.manufacturer_id().trim_end(), info.model().trim_end()),
        cipher: seal.name(),
        pin_low: tries.low,
        pin_refused: tries.refusal(Who::Person).is_some(),
    };
    Ok((slot, found, seal))
}

pub fn look(library: &Pkcs11, place: &Place) -> Result<Found, Problem> {
    found(library, place).map(|(_, found, _)| found)
}

/// Signs in with a PIN, once; signs out whatever comes of the work.
fn signed_in<T>(
    library: &Pkcs11,
    slot: Slot,
    pin: &str,
    who: Who,
    writing: bool,
    work: impl FnOnce(&Session) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let tries = || library.get_token_info(slot).map(|info| Tries::of(&info));
    if let Some(refused) = tries().map_err(|e| problem(&e))?.refusal(who) {
        return Err(refused);
    }
    let session = if writing { library.open_rw_session(slot) } else { library.open_ro_session(slot) }.map_err(|e| problem(&e))?;
    let pin = AuthPin::from(pin);
    let mut login = session.login(UserType::User, Some(&pin));
    if let Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) = login {
        // Left over from an act that could not sign out: this PIN was not looked at, so it is not tried twice.
        drop(session.logout());
        login = session.login(UserType::User, Some(&pin));
    }
    if let Err(error) = login {
        return Err(tries().unwrap_or_default().failed(&error).unwrap_or_else(|| problem(&error)));
    }
    let done = work(&session);
    // What was done stands; closing the last session signs out as well.
    drop(session.logout());
    done
}

fn keys(session: &Session, id: Id) -> Result<Option<ObjectHandle>, Problem> {
    let wanted = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Id(id.as_bytes().to_vec()),
        Attribute::Token(true),
    ];
    session.find_objects(&wanted).map(|found| found.first().copied()).map_err(|e| problem(&e))
}

/// A new key of 256 bits that is used inside and never shown, not even wrapped.
fn new_key(session: &Session, id: Id) -> Result<ObjectHandle, Problem> {
    let key = session
        .generate_key(
            &Mechanism::AesKeyGen,
            &[
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::AES),
                Attribute::ValueLen(32.into()),
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Encrypt(true),
                Attribute::Decrypt(true),
                Attribute::Wrap(false),
                Attribute::Unwrap(false),
                Attribute::Label(LABEL.as_bytes().to_vec()),
                Attribute::Id(id.as_bytes().to_vec()),
            ],
        )
        .map_err(|e| problem(&e))?;
    let held = session.get_attributes(key, &[AttributeType::Sensitive, AttributeType::Extractable]).map_err(|e| problem(&e))?;
    if held.contains(&Attribute::Sensitive(true)) && held.contains(&Attribute::Extractable(false)) {
        return Ok(key);
    }
    // A key that could be read out is none.
    session.destroy_object(key).map_err(|e| problem(&e))?;
    Err(Problem::conflict("pkcs11.unsuitable").arg("token", LABEL))
}

pub fn seal(library: &Pkcs11, place: &Place, pin: &str, who: Who, id: Id, context: &[u8], secret: &Secret) -> Result<Vec<u8>, Problem> {
    let (slot, _, mut seal) = found(library, place)?;
    signed_in(library, slot, pin, who, true, |session| {
        if keys(session, id)?.is_some() {
            return Err(Problem::conflict("pkcs11.key_there"));
        }
        let key = new_key(session, id)?;
        let sealed = (|| {
            session.generate_random_slice(seal.nonce_mut())?;
            let sealed = seal.with(context, |mechanism| session.encrypt(mechanism, key, secret.as_slice()))?;
            // What does not open again must not become a way to unlock.
            let again = seal.with(context, |mechanism| session.decrypt(mechanism, key, &sealed)).map(Zeroizing::new)?;
            Ok((sealed, *again == secret.as_slice()))
        })();
        match sealed {
            Ok((sealed, true)) => Ok(seal.write(&sealed)),
            other => {
                // The key of nothing; when even this fails it stays behind and does no harm.
                drop(session.destroy_object(key));
                Err(other.map_or_else(|e| problem(&e), |_| Problem::unavailable("pkcs11.failed").detail("does not open again")))
            }
        }
    })
}

/// Whether a device refused what it was to open, and not the work itself. What they answer to a false tag differs.
fn refused(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::DataInvalid
                | RvError::GeneralError
                | RvError::FunctionFailed,
            _
        )
    )
}

pub fn open(library: &Pkcs11, place: &Place, pin: &str, who: Who, all: &[(Id, Vec<u8>, Vec<u8>)]) -> Result<Vec<Option<Secret>>, Problem> {
    let (slot, ..) = found(library, place)?;
    signed_in(library, slot, pin, who, false, |session| {
        let (mut opened, mut known) = (Vec::with_capacity(all.len()), false);
        for (id, context, sealed) in all {
            let key = keys(session, *id)?;
            known |= key.is_some();
            opened.push(match (key, Seal::read(sealed)) {
                (Some(key), Some((seal, ciphertext))) => {
                    match seal.with(context, |mechanism| session.decrypt(mechanism, key, ciphertext)) {
                        Ok(plain) => secret(plain),
                        Err(error) if refused(&error) => None,
                        Err(error) => return Err(problem(&error)),
                    }
                }
                _ => None,
            });
        }
        if known { Ok(opened) } else { Err(Problem::missing("pkcs11.key_missing").arg("token", place.token())) }
    })
}

fn secret(mut plain: Vec<u8>) -> Option<Secret> {
    let secret = plain.as_slice().try_into().ok().map(Zeroizing::new);
    plain.zeroize();
    secret
}

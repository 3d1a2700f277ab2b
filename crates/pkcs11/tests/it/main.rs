//! A real device in software, SoftHSM2: what it seals it alone opens, for the PIN alone, and the key stays inside.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../support/softhsm.rs"]
mod softhsm;

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    object::{Attribute, AttributeType, KeyType, ObjectClass},
    session::UserType,
    types::AuthPin,
};
use jingui_model::{Id, Problem};
use jingui_pkcs11::{Place, Sealed, Secret, Token, Who};
use softhsm::{Drawer, PIN, in_drawer, module};
use zeroize::Zeroizing;

const ONE: Id = Id::from_bytes([1; 16]);
const TWO: Id = Id::from_bytes([2; 16]);
const CONTEXT: &[u8] = b"ring, way, method";

fn place(token: &str) -> Place {
    Place::new(module(), token.to_owned())
}

fn with<'a>(place: &'a Place, pin: &str) -> Token<'a> {
    place.with(Zeroizing::new(pin.to_owned()), Who::Person)
}

fn secret(byte: u8) -> Secret {
    Zeroizing::new([byte; 32])
}

fn open(token: &Token<'_>, id: Id, context: &[u8], sealed: &[u8]) -> Result<Option<Secret>, Problem> {
    token.open(&[Sealed { id, context, sealed }]).map(|mut all| all.remove(0))
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.map_or_else(|p| p.code().to_owned(), |_| "ok".to_owned())
}

fn one_token(drawer: &Drawer) {
    drawer.token("jingui");
}

#[test]
fn what_a_device_seals_it_opens_for_the_same_name_and_context_only() {
    in_drawer("what_a_device_seals_it_opens_for_the_same_name_and_context_only", "", one_token, |_| {
        let place = place("jingui");
        assert_eq!(place.look().unwrap().cipher, "AES-256-GCM");
        let token = with(&place, PIN);
        let sealed = token.seal(ONE, CONTEXT, &secret(7)).unwrap();
        let other = token.seal(TWO, CONTEXT, &secret(8)).unwrap();
        assert_eq!((sealed.len(), sealed[0]), (1 + 12 + 48, 1));
        assert_eq!(open(&token, ONE, CONTEXT, &sealed).unwrap(), Some(secret(7)));
        assert_eq!(open(&token, ONE, b"another way", &sealed).unwrap(), None);
        assert_eq!(open(&token, TWO, CONTEXT, &sealed).unwrap(), None);
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert_eq!(open(&token, ONE, CONTEXT, &bad).unwrap(), None, "byte {at}");
        }
        // Several with one PIN, also beside a stranger's.
        let all = [(ONE, &sealed), (Id::from_bytes([9; 16]), &sealed), (TWO, &other)];
        let opened = token.open(&all.map(|(id, sealed)| Sealed { id, context: CONTEXT, sealed })).unwrap();
        assert_eq!(opened, [Some(secret(7)), None, Some(secret(8))]);
        assert_eq!(code(token.seal(ONE, CONTEXT, &secret(7))), "pkcs11.key_there");
        // By its serial number it is the same device.
        let by_number = Place::new(module(), format!("serial:{}", place.look().unwrap().serial));
        assert_eq!(open(&with(&by_number, PIN), ONE, CONTEXT, &sealed).unwrap(), Some(secret(7)));
    });
}

#[test]
fn the_key_never_leaves_the_device() {
    in_drawer("the_key_never_leaves_the_device", "", one_token, |_| {
        let place = place("jingui");
        with(&place, PIN).seal(ONE, CONTEXT, &secret(7)).unwrap();
        let library = Pkcs11::new(module()).unwrap();
        let slot = library.get_slots_with_token().unwrap()[0];
        let session = library.open_ro_session(slot).unwrap();
        assert!(session.find_objects(&[]).unwrap().is_empty(), "who is not signed in sees nothing");
        session.login(UserType::User, Some(&AuthPin::from(PIN))).unwrap();
        let key = session.find_objects(&[]).unwrap()[0];
        let kinds = [AttributeType::Sensitive, AttributeType::Extractable, AttributeType::NeverExtractable, AttributeType::Id];
        let held = session.get_attributes(key, &kinds).unwrap();
        for expected in [
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::NeverExtractable(true),
            Attribute::Id(ONE.as_bytes().to_vec()),
        ] {
            assert!(held.contains(&expected), "{expected:?}");
        }
        assert!(session.get_attributes(key, &[AttributeType::Value]).is_ok_and(|held| held.is_empty()), "no value is given out");
    });
}

#[test]
fn a_device_without_gcm_seals_by_blocks() {
    let only = "slots.mechanisms = CKM_AES_KEY_GEN,CKM_AES_CBC";
    in_drawer("a_device_without_gcm_seals_by_blocks", only, one_token, |_| {
        let place = place("jingui");
        assert_eq!(place.look().unwrap().cipher, "AES-256-CBC");
        let token = with(&place, PIN);
        let sealed = token.seal(ONE, CONTEXT, &secret(7)).unwrap();
        assert_eq!((sealed.len(), sealed[0]), (1 + 16 + 32, 2));
        assert_eq!(open(&token, ONE, CONTEXT, &sealed).unwrap(), Some(secret(7)));
    });
}

#[test]
fn a_wrong_pin_is_tried_once_and_nobody_goes_in_on_anothers() {
    in_drawer("a_wrong_pin_is_tried_once_and_nobody_goes_in_on_anothers", "", one_token, |_| {
        let place = place("jingui");
        let sealed = with(&place, PIN).seal(ONE, CONTEXT, &secret(7)).unwrap();
        assert!(!place.look().unwrap().pin_low);
        // Right and wrong PINs at once, from many threads: each is answered by its own.
        std::thread::scope(|scope| {
            for n in 0..12 {
                let (place, sealed) = (&place, &sealed);
                scope.spawn(move || {
                    let right = n % 2 == 0;
                    let answer = code(open(&with(place, if right { PIN } else { "1111-1111" }), ONE, CONTEXT, sealed));
                    assert_eq!(answer, if right { "ok" } else { "pkcs11.pin_wrong" });
                });
            }
        });
        assert_eq!(code(open(&with(&place, ""), ONE, CONTEXT, &sealed)), "pkcs11.pin_wrong");
        assert!(place.look().unwrap().pin_low);
        // A file tries none after a wrong one; a person may, and then it may again.
        let file = place.with(Zeroizing::new(PIN.to_owned()), Who::Unattended);
        assert_eq!(code(open(&file, ONE, CONTEXT, &sealed)), "pkcs11.pin_low");
        assert_eq!(code(open(&with(&place, PIN), ONE, CONTEXT, &sealed)), "ok");
        assert_eq!(code(open(&file, ONE, CONTEXT, &sealed)), "ok");
    });
}

#[test]
fn what_is_missing_is_named() {
    let tokens = |drawer: &Drawer| ["jingui", "other", "twin", "twin"].iter().for_each(|label| drawer.token(label));
    in_drawer("what_is_missing_is_named", "", tokens, |drawer| {
        let nowhere = |module: &str| Place::new(module.into(), "jingui".to_owned()).look().unwrap_err();
        assert_eq!(nowhere("/nowhere/module.so").code(), "pkcs11.module_missing");
        assert_eq!(nowhere("/usr/lib").code(), "pkcs11.module_missing");
        assert_eq!(nowhere("/etc/passwd").code(), "pkcs11.module_failed");
        assert_eq!(code(place("nobody").look()), "pkcs11.no_token");
        assert_eq!(code(place("twin").look()), "pkcs11.ambiguous");
        let (jingui, other) = (place("jingui"), place("other"));
        let sealed = with(&jingui, PIN).seal(ONE, CONTEXT, &secret(7)).unwrap();
        assert_eq!(code(open(&with(&other, PIN), ONE, CONTEXT, &sealed)), "pkcs11.key_missing");
        // Gone while the program runs: the key opens nothing any more, and the program goes on.
        drawer.lose("jingui");
        let answer = code(open(&with(&jingui, PIN), ONE, CONTEXT, &sealed));
        assert!(["pkcs11.gone", "pkcs11.failed", "pkcs11.no_token", "pkcs11.key_missing"].contains(&answer.as_str()), "{answer}");
        assert_eq!(code(with(&other, PIN).seal(TWO, CONTEXT, &secret(8))), "ok");
    });
}

/// The bytes of `crates/vault/tests/vectors/token.txt`: a device that is given their key opens them.
#[test]
fn the_published_vector_opens_on_a_device() {
    in_drawer("the_published_vector_opens_on_a_device", "", one_token, |_| {
        let text = include_str!("../../../vault/tests/vectors/token.txt");
        let of = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = ")).expect(name);
            let digits: Vec<char> = line.chars().collect();
            digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect::<Vec<u8>>()
        };
        let id = Id::from_bytes(of("way").try_into().unwrap());
        let library = Pkcs11::new(module()).unwrap();
        library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        let session = library.open_rw_session(library.get_slots_with_token().unwrap()[0]).unwrap();
        session.login(UserType::User, Some(&AuthPin::from(PIN))).unwrap();
        let key = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Token(true),
            Attribute::Decrypt(true),
            Attribute::Value(of("device_key")),
            Attribute::Id(id.as_bytes().to_vec()),
        ];
        session.create_object(&key).unwrap();
        session.close().unwrap();
        let place = place("jingui");
        let opened = open(&with(&place, PIN), id, &of("context"), &of("sealed")).unwrap();
        assert_eq!(opened.map(|key| key.to_vec()), Some(of("way_key")));
    });
}

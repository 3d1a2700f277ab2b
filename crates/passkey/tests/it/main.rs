//! Registration and sign-in with passkeys, step by step of W3C Web Authentication §7.1 and §7.2, against an authenticator in
//! software that can lie; and that no changed byte gets through and no bytes at all bring the readers down.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/soft.rs"]
mod soft;

use jingui_passkey::{
    Assertion, Expected, Known, Refusal, Registered, assert as assert_passkey,
    authenticator::{AuthenticatorData, of_attestation},
    client::ClientData,
    key::PublicKey,
    register,
};
use proptest::prelude::*;
use soft::{Got, HONEST, Lie, Made, Soft, Sort};

const RP: &str = "jingui.example.com";
const SITE: &str = "https://jingui.example.com";
const QUESTION: &[u8] = b"thirty-two bytes that are a question";
const SORTS: [Sort; 3] = [Sort::Es256, Sort::EdDsa, Sort::Rs256];
/// May be copied; was copied.
const ELIGIBLE: u8 = 1 << 3;
const COPIED: u8 = 1 << 4;

fn with<T>(question: &[u8], check: impl FnOnce(&Expected<'_>) -> T) -> T {
    check(&Expected { challenge: question, rp_id: RP, origins: &[SITE.to_owned()] })
}

fn registered(made: &Made) -> Result<Registered, Refusal> {
    with(QUESTION, |e| register(e, &made.client_data, &made.attestation_object))
}

fn passkey(sort: Sort) -> (Soft, Registered) {
    let soft = Soft::new(sort, RP, SITE);
    let kept = registered(&soft.make(QUESTION, &Lie::default())).unwrap();
    (soft, kept)
}

fn asserted(kept: &Registered, counter: u32, got: &Got) -> Result<u32, Refusal> {
    let known = Known { key: &kept.key, counter, synced: kept.synced };
    let given = Assertion { client_data: &got.client_data, authenticator_data: &got.authenticator_data, signature: &got.signature };
    with(QUESTION, |e| assert_passkey(e, &known, &given))
}

#[test]
fn a_passkey_of_each_sort_is_made_and_signs_in() {
    for sort in SORTS {
        let (soft, kept) = passkey(sort);
        assert_eq!((kept.id.as_slice(), kept.counter, kept.synced), (soft.id.as_slice(), 0, false), "{sort:?}");
        assert_eq!(kept.key.bytes(), soft.cose());
        assert_eq!(PublicKey::read(kept.key.bytes()).as_ref(), Ok(&kept.key), "as it is read from the database");
        assert_eq!(asserted(&kept, 0, &soft.get(QUESTION, &Lie::default())), Ok(0), "{sort:?}");
        let (_, other) = passkey(sort);
        let got = soft.get(QUESTION, &Lie::default());
        assert_eq!(asserted(&other, 0, &got), Err(Refusal::Signature), "{sort:?}: another key");
    }
    let (soft, _) = passkey(Sort::Es256);
    assert!(soft::der(&soft).unwrap().ends_with(&soft.cose()[45..]), "the same point as other readers of keys see");
}

/// Lies that §7.1 and §7.2 refuse with the same words.
fn lies() -> Vec<(Lie, Refusal)> {
    let honest = Lie::default;
    vec![
        (Lie { ceremony: Some("webauthn.other"), ..honest() }, Refusal::Ceremony),
        (Lie { origin: Some("https://evil.example.com".to_owned()), ..honest() }, Refusal::Origin),
        (Lie { origin: Some("http://jingui.example.com".to_owned()), ..honest() }, Refusal::Origin),
        (Lie { origin: Some("https://jingui.example.com:8443".to_owned()), ..honest() }, Refusal::Origin),
        (Lie { origin: Some("https://jingui.example.com.evil.net".to_owned()), ..honest() }, Refusal::Origin),
        (Lie { client_extra: r#","crossOrigin":true"#, ..honest() }, Refusal::CrossOrigin),
        (Lie { client_extra: r#","topOrigin":"https://evil.example.com""#, ..honest() }, Refusal::CrossOrigin),
        (Lie { client_extra: r#","crossOrigin":"no""#, ..honest() }, Refusal::Malformed),
        (Lie { client_extra: r#","origin":"https://jingui.example.com""#, ..honest() }, Refusal::Malformed),
        (Lie { rp_id: Some("example.com"), ..honest() }, Refusal::RelyingParty),
        (Lie { flags: 0b100, ..honest() }, Refusal::Presence),
        (Lie { flags: 0b001, ..honest() }, Refusal::Verification),
        (Lie { flags: HONEST | COPIED, ..honest() }, Refusal::Backup),
        (Lie { extension: Some(&[0x01]), ..honest() }, Refusal::Malformed),
        (Lie { extension: Some(&[0xa0, 0x00]), ..honest() }, Refusal::Malformed),
    ]
}

#[test]
fn each_lie_is_refused_with_its_reason() {
    let (soft, kept) = passkey(Sort::Es256);
    for (lie, reason) in lies() {
        assert_eq!(registered(&soft.make(QUESTION, &lie)), Err(reason), "made: {lie:?}");
        assert_eq!(asserted(&kept, 0, &soft.get(QUESTION, &lie)), Err(reason), "got: {lie:?}");
    }
    assert_eq!(registered(&soft.make(b"another question", &Lie::default())), Err(Refusal::Challenge));
    assert_eq!(asserted(&kept, 0, &soft.get(b"another question", &Lie::default())), Err(Refusal::Challenge));
    // An answer of one ceremony is none of the other.
    let got = soft.get(QUESTION, &Lie::default());
    let made = Made { client_data: got.client_data, attestation_object: soft.make(QUESTION, &Lie::default()).attestation_object };
    assert_eq!(registered(&made), Err(Refusal::Ceremony));
    // What later standards add to the browser's words is no lie.
    let more = Lie { client_extra: r#","crossOrigin":false,"other_keys_can_be_added_here":"x""#, ..Lie::default() };
    assert!(registered(&soft.make(QUESTION, &more)).is_ok());
    assert!(asserted(&kept, 0, &soft.get(QUESTION, &more)).is_ok());
    let unasked = Lie { extension: Some(&[0xa1, 0x61, b'x', 0xf5]), ..Lie::default() };
    assert!(asserted(&kept, 0, &soft.get(QUESTION, &unasked)).is_ok(), "extensions that nobody asked for are passed over");
}

#[test]
fn a_counter_that_falls_back_is_refused_and_zero_means_that_it_does_not_count() {
    let (soft, kept) = passkey(Sort::EdDsa);
    let at = |counter| soft.get(QUESTION, &Lie { counter: Some(counter), ..Lie::default() });
    assert_eq!(asserted(&kept, 0, &at(0)), Ok(0));
    assert_eq!(asserted(&kept, 0, &at(7)), Ok(7));
    assert_eq!(asserted(&kept, 7, &at(8)), Ok(8));
    for counter in [7, 6, 1, 0] {
        assert_eq!(asserted(&kept, 7, &at(counter)), Err(Refusal::Counter), "{counter} after 7");
    }
    let mut forged = at(3);
    forged.signature[0] ^= 1;
    assert_eq!(asserted(&kept, 7, &forged), Err(Refusal::Signature), "who cannot sign learns nothing of the counter");
}

#[test]
fn whether_it_may_be_copied_never_changes() {
    let soft = Soft::new(Sort::Es256, RP, SITE);
    let copies = Lie { flags: HONEST | ELIGIBLE | COPIED, ..Lie::default() };
    let kept = registered(&soft.make(QUESTION, &copies)).unwrap();
    assert!(kept.synced);
    assert_eq!(asserted(&kept, 0, &soft.get(QUESTION, &copies)), Ok(0));
    assert_eq!(asserted(&kept, 0, &soft.get(QUESTION, &Lie { flags: HONEST | ELIGIBLE, ..Lie::default() })), Ok(0));
    assert_eq!(asserted(&kept, 0, &soft.get(QUESTION, &Lie::default())), Err(Refusal::Backup));
}

#[test]
fn attestation_is_neither_asked_for_nor_looked_at_but_has_a_form() {
    let soft = Soft::new(Sort::Es256, RP, SITE);
    let packed = [0xa2, 0x63, b'a', b'l', b'g', 0x26, 0x63, b's', b'i', b'g', 0x41, 0x00];
    let statement: &'static [u8] = Box::leak(Box::new(packed));
    assert!(registered(&soft.make(QUESTION, &Lie { fmt: "packed", statement, ..Lie::default() })).is_ok());
    for statement in [&[0x80][..], &[0xa1, 0x01], &[0xbf, 0xff]] {
        let statement: &'static [u8] = Box::leak(statement.to_vec().into_boxed_slice());
        assert_eq!(registered(&soft.make(QUESTION, &Lie { statement, ..Lie::default() })), Err(Refusal::Malformed), "{statement:02x?}");
    }
    let mut long = soft.make(QUESTION, &Lie::default());
    long.attestation_object.push(0);
    assert_eq!(registered(&long), Err(Refusal::Malformed), "something after the end");
}

#[test]
fn identifiers_have_a_length() {
    for (length, fits) in [(15, false), (16, true), (1023, true), (1024, false)] {
        let mut soft = Soft::new(Sort::EdDsa, RP, SITE);
        soft.id = vec![7; length];
        assert_eq!(registered(&soft.make(QUESTION, &Lie::default())).is_ok(), fits, "{length}");
    }
}

#[test]
fn keys_of_other_sorts_and_numbers_that_are_no_key_are_refused() {
    let cose = |sort| Soft::new(sort, RP, SITE).cose();
    let (ec, ed, rsa) = (cose(Sort::Es256), cose(Sort::EdDsa), cose(Sort::Rs256));
    let bent = |key: &[u8], at: usize, to: u8| {
        let mut key = key.to_vec();
        key[at] = to;
        PublicKey::read(&key)
    };
    assert_eq!(bent(&ec, 4, 0x28), Err(Refusal::Algorithm), "a hash that nobody knows");
    assert_eq!(bent(&ec, 2, 0x01), Err(Refusal::Key), "the algorithm of one type with the type of another");
    assert_eq!(bent(&ec, 6, 0x02), Err(Refusal::Key), "another curve");
    assert_eq!(bent(&ed, 6, 0x04), Err(Refusal::Key), "a curve for agreement");
    let off = [&ec[..10], &[0; 32], &ec[42..45], &[1; 32]].concat();
    assert_eq!(PublicKey::read(&off), Err(Refusal::Key), "a point beside the curve");
    let more = [&[0xa6][..], &ec[1..], &[0x04, 0x81, 0x02]].concat();
    assert_eq!(PublicKey::read(&more), Err(Refusal::Malformed), "a parameter that holds others");
    let more = [&[0xa6][..], &ec[1..], &[0x04, 0x02]].concat();
    assert_eq!(PublicKey::read(&more), Err(Refusal::Key), "a parameter more");
    let (n, e) = (rsa[8..8 + 3 + 256].to_vec(), rsa[8 + 3 + 256..].to_vec());
    assert!(PublicKey::read(&[&rsa[..8], &n, &e].concat()).is_ok());
    let short = [&rsa[..8], &soft::bytes(&[0xff; 128]), &e].concat();
    assert_eq!(PublicKey::read(&short), Err(Refusal::Key), "1,024 bits");
    for exponent in [&[1][..], &[4], &[0, 1, 0, 1], &[1; 5], &[]] {
        let key = [&rsa[..8], &n, &[0x21], &soft::bytes(exponent)].concat();
        assert_eq!(PublicKey::read(&key), Err(Refusal::Key), "{exponent:?}");
    }
    // A private key sent along is no public key.
    let private = [&[0xa5][..], &ed[1..], &[0x23], &soft::bytes(&[9; 32])].concat();
    assert_eq!(PublicKey::read(&private), Err(Refusal::Key));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_byte_of_a_sign_in_gets_through(sort in 0_usize..2, part in 0_usize..3, at: prop::sample::Index, by in 1_u8..) {
        let (soft, kept) = passkey(SORTS[sort]);
        let mut got = soft.get(QUESTION, &Lie { counter: Some(9), ..Lie::default() });
        let changed = [&mut got.client_data, &mut got.authenticator_data, &mut got.signature].into_iter().nth(part).unwrap();
        let at = at.index(changed.len());
        changed[at] ^= by;
        prop_assert!(asserted(&kept, 0, &got).is_err());
    }

    #[test]
    fn no_cut_and_no_addition_gets_through(part in 0_usize..3, at: prop::sample::Index, more in proptest::collection::vec(any::<u8>(), 0..3)) {
        let (soft, kept) = passkey(Sort::EdDsa);
        let mut got = soft.get(QUESTION, &Lie::default());
        let changed = [&mut got.client_data, &mut got.authenticator_data, &mut got.signature].into_iter().nth(part).unwrap();
        let before = changed.clone();
        changed.truncate(at.index(before.len() + 1));
        changed.extend(more);
        prop_assume!(*changed != before);
        prop_assert!(asserted(&kept, 0, &got).is_err());
    }

    #[test]
    fn what_a_changed_registration_gives_is_refused_or_another_passkey(at: prop::sample::Index, by in 1_u8..) {
        // Nothing signs a registration without attestation: the channel does. But a change cannot add a key that signs for nobody.
        let (soft, kept) = passkey(Sort::Es256);
        let mut made = soft.make(QUESTION, &Lie::default());
        let at = at.index(made.attestation_object.len());
        made.attestation_object[at] ^= by;
        if let Ok(other) = registered(&made) {
            let got = soft.get(QUESTION, &Lie { counter: Some(u32::MAX), flags: HONEST | if other.synced { ELIGIBLE } else { 0 }, ..Lie::default() });
            if asserted(&other, other.counter.min(u32::MAX - 1), &got).is_ok() {
                prop_assert_eq!(other.key, kept.key);
            }
        }
    }

    #[test]
    fn no_bytes_bring_a_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = of_attestation(&bytes);
        let _ = AuthenticatorData::read(&bytes);
        let _ = PublicKey::read(&bytes);
        let _ = ClientData::read(&bytes);
        // With a good beginning they get further.
        let mut data = vec![0; 32];
        data.extend([0xc5, 0, 0, 0, 0]);
        data.extend(&bytes);
        let _ = AuthenticatorData::read(&data);
        let _ = PublicKey::read(&[&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20][..], &bytes].concat());
        let _ = of_attestation(&[&[0xa3, 0x63, b'f', b'm', b't', 0x60, 0x67][..], b"attStmt", &bytes].concat());
    }
}

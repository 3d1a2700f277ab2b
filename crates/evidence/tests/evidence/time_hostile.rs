//! Bytes that were meddled with: never a panic, never another statement under a good signature.

use jingui_evidence::time::{HashAlgorithm, MAX_TOKEN, Reply, Stamped, Token};
use proptest::prelude::*;

use crate::{
    authority::{DATA, Key, NONCE, authority, request, token},
    forge::{der, inside},
};

/// Every bit of a token flipped, one at a time. What still verifies must state the same; only bytes that nobody signs may differ.
#[test]
fn no_flipped_bit_changes_what_a_token_proves() {
    for key in [Key::P256, Key::Rsa] {
        let folder = authority(key);
        let roots = folder.roots(&["root"]);
        let good = token(&folder);
        let statement = good.verify(Stamped::Data(DATA), Some(NONCE), &roots, &[]).expect("genuine");
        let data = inside(inside(inside(good.raw())[1])[0]);
        let range = |part: &[u8]| {
            let at = good.raw().windows(part.len()).position(|w| w == part).expect("part");
            at..at + part.len()
        };
        let (content, signer) = (range(inside(inside(data[2])[1])[0]), inside(data.last().copied().map(inside).expect("signers")[0]));
        // Content, certificate, attributes and signature are all covered; algorithm names and versions are not.
        let covered = [content, range(inside(data[3])[0]), range(signer[3]), range(signer[5])];
        let mut bytes = good.raw().to_vec();
        let mut survivors = 0;
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                if let Ok(token) = Token::parse(&bytes)
                    && let Ok(verdict) = token.verify(Stamped::Data(DATA), Some(NONCE), &roots, &[])
                {
                    survivors += 1;
                    assert_eq!(verdict, statement, "byte {at} bit {bit}");
                    assert!(!covered.iter().any(|range| range.contains(&at)), "byte {at} bit {bit} is signed");
                }
                bytes[at] ^= 1 << bit;
            }
        }
        // The version, the algorithms that are listed twice, and the like: about twenty bytes.
        assert!(survivors < 200, "{survivors}");
    }
}

#[test]
fn every_prefix_is_refused_and_nothing_may_follow() {
    let folder = authority(Key::P256);
    let bytes = folder.reply(&request(HashAlgorithm::Sha256), "authority", &[]);
    let token = Reply::parse(&bytes).expect("granted").token;
    for end in 0..bytes.len() {
        assert!(Reply::parse(&bytes[..end]).is_err(), "{end}");
    }
    for end in 0..token.raw().len() {
        assert!(Token::parse(&token.raw()[..end]).is_err(), "{end}");
    }
    assert!(Reply::parse(&[&bytes[..], &[0]].concat()).is_err());
    assert!(Token::parse(&[token.raw(), &[5, 0]].concat()).is_err());
}

#[test]
fn every_byte_of_a_reply_may_be_anything() {
    let folder = authority(Key::P256);
    let mut bytes = folder.reply(&request(HashAlgorithm::Sha256), "authority", &[]);
    let token = Reply::parse(&bytes).expect("granted").token;
    let statement = token.info().clone();
    let roots = folder.roots(&["root"]);
    for at in 0..bytes.len() {
        let was = bytes[at];
        for value in [0x00, 0x01, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x84, 0xa0, 0xff] {
            bytes[at] = value;
            if let Ok(reply) = Reply::parse(&bytes)
                && reply.token.verify(Stamped::Data(DATA), Some(NONCE), &roots, &[]).is_ok()
            {
                assert_eq!(*reply.token.info(), statement, "byte {at} as {value:02x}");
            }
        }
        bytes[at] = was;
    }
}

#[test]
fn what_is_too_large_too_deep_or_too_many_ends_soon() {
    let code = |bytes: &[u8]| Token::parse(bytes).err().map(|p| p.code().to_owned());
    assert_eq!(code(&vec![0x30; MAX_TOKEN + 1]).as_deref(), Some("stamp.too_large"));
    assert_eq!(Reply::parse(&vec![0x30; MAX_TOKEN + 1]).err().map(|p| p.code().to_owned()).as_deref(), Some("stamp.too_large"));
    // Sequences in sequences, as deep as 64 KiB allow.
    let mut nested = vec![0x05, 0x00];
    while nested.len() < 60_000 {
        nested = der(0x30, &[&nested]);
    }
    assert_eq!(code(&nested).as_deref(), Some("stamp.malformed"));
    assert_eq!(code(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).as_deref(), Some("stamp.malformed"));
    assert_eq!(code(&[0x30, 0x80, 0, 0]).as_deref(), Some("stamp.malformed"));
}

#[test]
fn a_crowd_of_issuers_of_one_name_is_no_labyrinth() {
    // Twenty issuers that could all have issued each other: the search for a path must not try every order of them.
    let folder = crate::authority::Folder::new();
    folder.root("root", Key::P256, &[]);
    let mut extra = Vec::new();
    for n in 0..20 {
        let (name, other) = if n % 2 == 0 { ("maze", "labyrinth") } else { ("labyrinth", "maze") };
        if n == 0 {
            folder.root(other, Key::P256, &[]);
        }
        folder.issue(name, Key::P256, other, "intermediate_that_may_not", &[]);
        extra.push(folder.certificate(name));
    }
    folder.issue("authority", Key::P256, "maze", "stamping", &[]);
    let token = token(&folder);
    let verdict = token.verify(Stamped::Data(DATA), Some(NONCE), &folder.roots(&["root"]), &extra);
    assert!(verdict.is_ok_and(|v| !v.is_trusted()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    /// Anything at all.
    #[test]
    fn arbitrary_bytes_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Token::parse(&bytes).is_err());
        prop_assert!(Reply::parse(&bytes).is_err());
        prop_assert!(jingui_evidence::time::Certificate::parse(&bytes).is_err());
    }
}

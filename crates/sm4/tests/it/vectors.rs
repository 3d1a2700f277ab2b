//! The examples of the standards: GB/T 32907-2016 appendix A and RFC 8998 appendix A.1.

use jingui_sm4::{Answers, Backend, Error, STANDARD, Sm4, Sm4Gcm, self_test};

use crate::backends;

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

const KEY: &str = "0123456789abcdeffedcba9876543210";

#[test]
fn gbt_32907_a1_one_block() {
    for backend in backends() {
        let cipher = Sm4::with_backend(&bytes(KEY), backend).unwrap();
        assert_eq!(cipher.encrypt(bytes(KEY)), bytes("681edf34d206965e86b3e94f536e4246"), "{backend}");
    }
}

#[test]
fn gbt_32907_a2_a_million_times() {
    for backend in backends() {
        let cipher = Sm4::with_backend(&bytes(KEY), backend).unwrap();
        let end = (0..1_000_000).fold(bytes(KEY), |block, _| cipher.encrypt(block));
        assert_eq!(end, bytes("595298c7c6fd271f0402f804c33d3f66"), "{backend}");
    }
}

#[test]
fn rfc_8998_a1_sm4_gcm() {
    let nonce = bytes("00001234567800000000abcd");
    let aad: [u8; 20] = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let plain: [u8; 64] = bytes(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
         eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
    );
    let sealed: [u8; 64] = bytes(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
         d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
    );
    let tag = bytes("83de3541e4c2b58177e065a9bf7b62ec");
    for backend in backends() {
        let gcm = Sm4Gcm::with_backend(&bytes(KEY), backend).unwrap();
        let mut text = plain;
        assert_eq!(gcm.seal_in_place_detached(&nonce, &aad, &mut text), Ok(tag), "{backend}");
        assert_eq!(text, sealed, "{backend}");
        assert_eq!(gcm.open_in_place_detached(&nonce, &aad, &mut text, &tag), Ok(()), "{backend}");
        assert_eq!(text, plain, "{backend}");
    }
}

#[test]
fn the_counter_wraps_in_its_last_32_bits_only() {
    // SP 800-38D, 6.2: inc₃₂.
    for backend in backends() {
        let cipher = Sm4::with_backend(&bytes(KEY), backend).unwrap();
        let nonce = [0xff; 12];
        for blocks in [2, 20, 100] {
            let mut stream = vec![0; 16 * blocks];
            cipher.ctr(&nonce, u32::MAX - 1, &mut stream);
            for (n, block) in stream.chunks(16).enumerate() {
                let counter = (u32::MAX - 1).wrapping_add(n as u32);
                let mut input = [0xff; 16];
                input[12..].copy_from_slice(&counter.to_be_bytes());
                assert_eq!(block, cipher.encrypt(input), "{backend} {n}");
            }
        }
    }
}

#[test]
fn whatever_is_changed_is_refused_and_not_decrypted() {
    let (nonce, aad) = ([3; 12], *b"head");
    for backend in backends() {
        let gcm = Sm4Gcm::with_backend(&bytes(KEY), backend).unwrap();
        let mut sealed = vec![0x5a; 50];
        let tag = gcm.seal_in_place_detached(&nonce, &aad, &mut sealed).unwrap();
        let refused = |nonce: [u8; 12], aad: &[u8], text: &[u8], tag: [u8; 16]| {
            let mut buffer = text.to_vec();
            assert_eq!(gcm.open_in_place_detached(&nonce, aad, &mut buffer, &tag), Err(Error::NotAuthentic), "{backend}");
            assert_eq!(buffer, text, "left as it was");
        };
        for bit in 0..128 {
            let mut bad = tag;
            bad[bit / 8] ^= 1 << (bit % 8);
            refused(nonce, &aad, &sealed, bad);
        }
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            refused(nonce, &aad, &bad, tag);
        }
        for bit in 0..96 {
            let mut bad = nonce;
            bad[bit / 8] ^= 1 << (bit % 8);
            refused(bad, &aad, &sealed, tag);
        }
        refused(nonce, b"heat", &sealed, tag);
        refused(nonce, b"hea", &sealed, tag);
        refused(nonce, b"head\0", &sealed, tag);
        refused(nonce, &aad, &sealed[..49], tag);
        // Bytes moved from the associated data to the text.
        refused(nonce, b"hea", &[b"d", &sealed[..]].concat(), tag);
        let other = Sm4Gcm::with_backend(&[0; 16], backend).unwrap();
        assert_eq!(other.open_in_place_detached(&nonce, &aad, &mut sealed.clone(), &tag), Err(Error::NotAuthentic));
        assert_eq!(gcm.open_in_place_detached(&nonce, &aad, &mut sealed, &tag), Ok(()));
        assert_eq!(sealed, [0x5a; 50]);
    }
}

#[test]
fn the_self_test_passes_and_names_what_differs() {
    for backend in backends() {
        assert_eq!(self_test(backend, &STANDARD), Ok(()));
        let wrong = |f: fn(&mut Answers)| {
            let mut answers = STANDARD;
            f(&mut answers);
            self_test(backend, &answers).unwrap_err().what
        };
        assert_eq!(wrong(|a| a.block[3] ^= 1), "sm4 block");
        assert_eq!(wrong(|a| a.tag[15] ^= 1), "sm4-gcm tag");
        assert_eq!(wrong(|a| a.long_tag[0] ^= 0x80), "sm4-gcm long tag");
    }
}

#[test]
fn a_backend_that_the_processor_lacks_cannot_be_had() {
    for backend in Backend::ALL {
        assert_eq!(Sm4Gcm::with_backend(&[0; 16], backend).is_some(), backend.is_available());
        assert_eq!(self_test(backend, &STANDARD).is_ok(), backend.is_available());
    }
    assert!(Backend::Portable.is_available() && Backend::best().is_available());
    assert_eq!(Sm4Gcm::new(&[0; 16]).backend(), Backend::best());
}

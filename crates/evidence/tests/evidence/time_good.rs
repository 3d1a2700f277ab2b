//! Tokens of real authorities are read, verified and explained (RFC 3161, RFC 5816).

use jingui_evidence::time::{Accuracy, HashAlgorithm, Imprint, Reply, Request, Sm2Identifier, Stamped, Standing, Token, TrustRoots};
use jingui_model::Problem;

use crate::{
    authority::{DATA, Folder, Key, NONCE, authority, now, request, token},
    forge::{Envelope, SM3, der, info, inside, oid},
};

#[test]
fn an_authority_with_any_usual_key_is_trusted_and_openssl_agrees() {
    for key in [Key::Rsa, Key::P256, Key::P384] {
        let folder = authority(key);
        let roots = folder.roots(&["root"]);
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sm3] {
            let request = request(algorithm);
            let reply = Reply::parse(&folder.reply(&request, "authority", &[])).expect("granted");
            assert!(!reply.modified);
            request.check(&reply.token).expect("answers the request");
            let verdict = reply.token.verify(Stamped::Data(DATA), Some(NONCE), &roots, &[]).expect("genuine");
            assert!(verdict.is_trusted(), "{key:?} {algorithm:?}");
            assert_eq!(reply.token.verify(Stamped::Imprint(request.imprint()), None, &roots, &[]).as_ref(), Ok(&verdict));
            assert!(folder.openssl_verifies("root", &[]), "{key:?} {algorithm:?}");

            assert_eq!(verdict.authority, "C=CN, O=金匮测试, CN=authority");
            assert_eq!(verdict.policy, "1.2.3.4.1");
            assert_eq!(verdict.accuracy, Some(Accuracy { seconds: 1, millis: 500, micros: 100 }));
            assert_eq!(verdict.algorithms.imprint, algorithm);
            assert_eq!(verdict.algorithms.signature, if key == Key::Rsa { "RSA with SHA-256" } else { "ECDSA with SHA-256" });
            let subjects: Vec<&str> = verdict.chain.iter().map(|link| link.subject.as_str()).collect();
            assert_eq!(subjects, ["C=CN, O=金匮测试, CN=authority", "C=CN, O=金匮测试, CN=root"]);
            assert_eq!(verdict.ends, verdict.chain[0].not_after, "the authority's certificate ends before the root's");
            assert!(verdict.chain[0].not_after < verdict.chain[1].not_after);
            let shown =
                folder.openssl(&["x509", "-in", "authority.pem", "-noout", "-fingerprint", "-sha256"]).replace(':', "").to_lowercase();
            assert!(shown.contains(&verdict.chain[0].fingerprint), "{shown}");
            assert_eq!(verdict.chain[0].serial, "00f1e2d3c4");

            let info = reply.token.info();
            assert!(info.ordering);
            assert_eq!(info.named.as_deref(), Some(verdict.authority.as_str()));
        }
    }
}

#[test]
fn a_token_is_kept_byte_for_byte() {
    let folder = authority(Key::P256);
    let token = token(&folder);
    folder.openssl(&["ts", "-reply", "-in", "reply.tsr", "-token_out", "-out", "token.der"]);
    assert_eq!(token.raw(), folder.read("token.der"));
    assert_eq!(Token::parse(token.raw()).as_ref(), Ok(&token));
}

#[test]
fn seconds_with_and_without_fractions_are_times() {
    let folder = authority(Key::P256);
    let roots = folder.roots(&["root"]);
    for digits in ["0", "1", "3", "6"] {
        folder.configure(&[("clock_precision_digits = 6", &format!("clock_precision_digits = {digits}"))]);
        let token = token(&folder);
        let verdict = token.verify(Stamped::Data(DATA), Some(NONCE), &roots, &[]).expect("genuine");
        assert!(folder.openssl_verifies("root", &[]));
        // What openssl prints, `Nov 21 10:12:15.382263 2026 GMT`, has the same fraction.
        let shown = folder.openssl(&["ts", "-reply", "-in", "reply.tsr", "-text"]);
        let fraction = verdict.time_text.trim_end_matches('Z').split_once('.').map_or("", |(_, digits)| digits);
        assert!(fraction.is_empty() || shown.contains(&format!(".{fraction} ")), "{shown} {fraction}");
        assert!(verdict.time.to_string().contains(&format!(".{fraction:0<6}Z")), "{} {fraction}", verdict.time);
    }
    // More digits than openssl writes, signed by openssl all the same.
    let token = folder.cms(&info("20261121101215.12345678901234567890Z", &[]), "authority", &[]);
    assert_eq!(token.info().time.to_string(), "2026-11-21T10:12:15.123456Z");
    assert_eq!(token.info().time_text, "20261121101215.12345678901234567890Z");
}

#[test]
fn a_policy_can_be_asked_for() {
    let folder = authority(Key::P256);
    let ask = |policy: Option<&str>| Request::new(Imprint::of(HashAlgorithm::Sha256, DATA), Some(1), policy, true).expect("request");
    let asked = ask(Some("1.2.3.4.5.6"));
    let reply = Reply::parse(&folder.reply(&asked, "authority", &[])).expect("granted");
    assert_eq!(asked.check(&reply.token), Ok(()));
    assert_eq!(reply.token.info().policy, "1.2.3.4.5.6");
    let other = ask(Some("1.2.3.4.1"));
    assert_eq!(other.check(&reply.token).as_ref().map_err(Problem::code), Err("stamp.wrong_policy"));

    let refused = Reply::parse(&folder.reply(&ask(Some("1.2.3.4.9")), "authority", &[]));
    assert_eq!(refused.as_ref().map_err(Problem::code), Err("stamp.refused.policy"));
    folder.configure(&[("digests = sha256, sha512, sm3", "digests = sha512")]);
    let refused = Reply::parse(&folder.reply(&ask(None), "authority", &[]));
    assert_eq!(refused.as_ref().map_err(Problem::code), Err("stamp.refused.algorithm"));
}

#[test]
fn certificates_that_were_left_out_can_be_given() {
    let folder = authority(Key::P256);
    let roots = folder.roots(&["root"]);
    let without = Request::new(Imprint::of(HashAlgorithm::Sha256, DATA), Some(NONCE), None, false).expect("request");
    let token = Reply::parse(&folder.reply(&without, "authority", &[])).expect("granted").token;
    assert!(token.certificates().is_empty());
    assert_eq!(without.check(&token), Ok(()));
    assert_eq!(request(HashAlgorithm::Sha256).check(&token).as_ref().map_err(Problem::code), Err("stamp.no_certificate"));

    let verify = |extra: &[_]| token.verify(Stamped::Data(DATA), Some(NONCE), &roots, extra);
    assert_eq!(verify(&[]).as_ref().map_err(Problem::code), Err("stamp.no_certificate"));
    assert!(!folder.openssl_verifies("root", &[]));
    assert!(verify(&[folder.certificate("authority")]).is_ok_and(|v| v.is_trusted()));
    assert!(folder.openssl_verifies("root", &["-untrusted", "authority.pem"]));
}

#[test]
fn an_intermediate_certificate_comes_with_the_token_or_is_given() {
    let folder = Folder::new();
    folder.root("root", Key::Rsa, &[]);
    folder.issue("between", Key::P384, "root", "intermediate", &[]);
    folder.issue("authority", Key::P256, "between", "stamping", &[]);
    let roots = folder.roots(&["root"]);
    let verify = |token: &Token, extra: &[_]| token.verify(Stamped::Data(DATA), Some(NONCE), &roots, extra).expect("genuine");

    let alone = token(&folder);
    assert!(!folder.openssl_verifies("root", &[]));
    let verdict = verify(&alone, &[]);
    assert_eq!((verdict.standing, verdict.chain.len()), (Standing::UnknownAuthority, 1));
    assert!(verify(&alone, &[folder.certificate("between")]).is_trusted());
    assert!(folder.openssl_verifies("root", &["-untrusted", "between.pem"]));

    let reply = folder.reply(&request(HashAlgorithm::Sha256), "authority", &["-chain", "between.pem"]);
    let with = Reply::parse(&reply).expect("granted").token;
    let verdict = verify(&with, &[]);
    assert!(verdict.is_trusted());
    assert_eq!(
        verdict.chain.iter().map(|l| l.signature.as_str()).collect::<Vec<_>>(),
        ["ECDSA with SHA-256", "RSA with SHA-256", "RSA with SHA-256"]
    );
    assert!(folder.openssl_verifies("root", &[]));
}

#[test]
fn a_good_signature_of_an_unknown_authority_is_not_a_bad_one() {
    let folder = authority(Key::P256);
    folder.root("other", Key::P256, &[]);
    let token = token(&folder);
    assert!(!folder.openssl_verifies("other", &[]));
    for roots in [folder.roots(&["other"]), TrustRoots::default()] {
        let verdict = token.verify(Stamped::Data(DATA), Some(NONCE), &roots, &[]).expect("genuine");
        assert_eq!(verdict.standing, Standing::UnknownAuthority);
        assert_eq!(verdict.authority, "C=CN, O=金匮测试, CN=authority");
        assert_eq!(verdict.ends, folder.certificate("authority").not_after());
    }
    // The enterprise may trust the authority's own certificate.
    let verdict = token.verify(Stamped::Data(DATA), Some(NONCE), &folder.roots(&["authority"]), &[]).expect("genuine");
    assert_eq!((verdict.standing, verdict.chain.len()), (Standing::Trusted, 1));
}

#[test]
fn roots_come_from_pem_files() {
    let folder = authority(Key::P256);
    folder.root("other", Key::Rsa, &[]);
    let both = [folder.read("other.pem"), folder.read("root.pem")].concat();
    let roots = TrustRoots::from_pem(&both).expect("two roots");
    assert_eq!(roots.certificates().len(), 2);
    assert!(token(&folder).verify(Stamped::Data(DATA), Some(NONCE), &roots, &[]).is_ok_and(|v| v.is_trusted()));
    for wrong in [&b""[..], b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", b"-----BEGIN CERTIFICATE-----\n"] {
        assert_eq!(TrustRoots::from_pem(wrong).as_ref().map_err(Problem::code).map(|_| ()), Err("stamp.root"));
    }
}

#[test]
fn the_older_binding_by_sha_1_is_understood() {
    let folder = authority(Key::P256);
    folder.configure(&[("ess_cert_id_alg = sha256", "ess_cert_id_alg = sha1")]);
    let verdict = token(&folder).verify(Stamped::Data(DATA), Some(NONCE), &folder.roots(&["root"]), &[]);
    assert!(verdict.is_ok_and(|v| v.is_trusted()));
    assert!(folder.openssl_verifies("root", &[]));
}

#[test]
fn signers_are_named_by_number_or_by_key_and_envelopes_by_either_standard() {
    let folder = authority(Key::P256);
    let roots = folder.roots(&["root"]);
    let trusted = |token: &Token| token.verify(Stamped::Data(DATA), None, &roots, &[]).is_ok_and(|v| v.is_trusted());
    let by_key = folder.cms(&info(&now(&folder), &[]), "authority", &["-keyid"]);
    assert!(trusted(&by_key));
    // GM/T 0010 has a number of its own for the envelope; it stands outside of what is signed.
    let data = inside(by_key.raw())[1];
    let gm = oid(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x02]);
    assert!(trusted(&Token::parse(&der(0x30, &[&gm, data])).expect("token")));
    let encrypted = oid(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x03]);
    assert_eq!(Token::parse(&der(0x30, &[&encrypted, data])).as_ref().map_err(Problem::code).map(|_| ()), Err("stamp.malformed"));
}

#[test]
fn rsa_pss_and_ed25519_sign_tokens() {
    let folder = authority(Key::Rsa);
    let roots = folder.roots(&["root"]);
    for digest in ["sha256", "sha384", "sha512"] {
        let size = match digest {
            "sha256" => "rsa_pss_saltlen:32",
            "sha384" => "rsa_pss_saltlen:48",
            _ => "rsa_pss_saltlen:64",
        };
        let more = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", size, "-md", digest];
        let verdict = folder.cms(&info(&now(&folder), &[]), "authority", &more).verify(Stamped::Data(DATA), None, &roots, &[]);
        assert!(verdict.as_ref().is_ok_and(|v| v.is_trusted() && v.algorithms.signature.starts_with("RSA-PSS")), "{digest} {verdict:?}");
    }

    let folder = Folder::new();
    folder.root("root", Key::Ed25519, &["-sha512"]);
    folder.issue("authority", Key::Ed25519, "root", "stamping", &[]);
    let sha512 = (HashAlgorithm::Sha512, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03][..]);
    let sign = ["pkeyutl", "-sign", "-rawin", "-inkey", "authority.key", "-in", "attributes", "-out", "signature"];
    let envelope = Envelope::new(&folder, "authority", sha512, der(0x30, &[&oid(&[0x2b, 0x65, 0x70])]), &sign);
    let token = Token::parse(&envelope.token(&info(&now(&folder), &[]))).expect("token");
    let verdict = token.verify(Stamped::Data(DATA), None, &folder.roots(&["root"]), &[]).expect("genuine");
    assert_eq!((verdict.is_trusted(), verdict.algorithms.signature), (true, "Ed25519"));
}

#[test]
fn sm2_with_sm3_verifies_under_the_standard_identifier_and_under_openssls_empty_one() {
    // GM/T 0009: the identifier is 1234567812345678; OpenSSL signs with none unless told.
    for (identifier, told) in [(Sm2Identifier::Standard, &["-sigopt", "distid:1234567812345678"][..]), (Sm2Identifier::Empty, &[])] {
        let folder = Folder::new();
        folder.root("root", Key::Sm2, told);
        folder.issue("authority", Key::Sm2, "root", "stamping", told);
        let sign = [&["dgst", "-sm3", "-sign", "authority.key", "-out", "signature"], told, &["attributes"]].concat();
        // Authorities name the algorithm as SM2 with SM3, as SM2, or as a bare elliptic curve.
        for id in [&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75][..], &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x01]] {
            let envelope = Envelope::new(&folder, "authority", (HashAlgorithm::Sm3, SM3), der(0x30, &[&oid(id)]), &sign);
            let imprint = Imprint::of(HashAlgorithm::Sm3, DATA);
            let statement = crate::forge::info_for(&imprint, &now(&folder), &[]);
            let token = Token::parse(&envelope.token(&statement)).expect("token");
            let verdict = token.verify(Stamped::Imprint(&imprint), None, &folder.roots(&["root"]), &[]).expect("genuine");
            assert!(verdict.is_trusted());
            assert_eq!(verdict.algorithms.signature, "SM2 with SM3");
            assert_eq!(verdict.algorithms.sm2_identifier, Some(identifier));
            let chain: Vec<_> = verdict.chain.iter().map(|link| (link.signature.as_str(), link.sm2_identifier)).collect();
            assert_eq!(chain, [("SM2 with SM3", Some(identifier)); 2]);
        }
    }
}

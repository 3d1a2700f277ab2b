//! Whatever is wrong with a token is named, and never accepted (RFC 3161 2.2, 2.3, 2.4.2).

use jingui_evidence::time::{HashAlgorithm, Imprint, Reply, Stamped, Token, TrustRoots, Verdict};
use jingui_model::Problem;

use crate::{
    authority::{DATA, Folder, Key, NONCE, authority, now, request, token},
    forge::{Envelope, der, info, oid},
};

fn code<T>(result: &Result<T, Problem>) -> Option<&str> {
    result.as_ref().err().map(Problem::code)
}

fn verify(token: &Token, roots: &TrustRoots) -> Result<Verdict, Problem> {
    token.verify(Stamped::Data(DATA), None, roots, &[])
}

/// Whether `openssl ts -verify` accepts the last token of `Folder::cms` at a moment, in seconds since 1970.
fn openssl_accepts(folder: &Folder, at: &str, more: &[&str]) -> bool {
    folder.write("data", DATA);
    let verify = ["ts", "-verify", "-data", "data", "-token_in", "-in", "token.der", "-CAfile", "root.pem", "-attime", at];
    folder.try_openssl(&[&verify, more].concat()).0
}

#[test]
fn a_token_for_other_data_or_another_request_is_refused() {
    let folder = authority(Key::P256);
    let (roots, token) = (folder.roots(&["root"]), token(&folder));
    let verify = |stamped, nonce| token.verify(stamped, nonce, &roots, &[]);
    assert!(verify(Stamped::Data(DATA), Some(NONCE)).is_ok());
    assert_eq!(code(&verify(Stamped::Data(b"other"), Some(NONCE))), Some("stamp.wrong_imprint"));
    // The same digest under another name is another imprint.
    let digest = HashAlgorithm::Sha256.digest(&[DATA]);
    let renamed = Imprint::new(HashAlgorithm::Sm3, &digest).expect("32 bytes");
    assert_eq!(code(&verify(Stamped::Imprint(&renamed), None)), Some("stamp.wrong_imprint"));
    for nonce in [0, NONCE + 1, NONCE >> 8] {
        assert_eq!(code(&verify(Stamped::Data(DATA), Some(nonce))), Some("stamp.wrong_nonce"));
    }
    // A token without a nonce is no answer to a request with one.
    let without = folder.cms(&info(&now(&folder), &[]), "authority", &[]);
    assert_eq!(code(&without.verify(Stamped::Data(DATA), Some(NONCE), &roots, &[])), Some("stamp.wrong_nonce"));
    assert!(without.verify(Stamped::Data(DATA), None, &roots, &[]).is_ok());
}

#[test]
fn certificates_count_at_the_time_of_the_token_not_today() {
    // In 2020; long over by now.
    let folder = Folder::new();
    folder.issue_dated("root", "root", "root", "20190101000000Z", "20220101000000Z");
    folder.issue_dated("authority", "root", "stamping", "20200101000000Z", "20210101000000Z");
    let roots = folder.roots(&["root"]);
    for (time, at, expected) in [
        ("20200601000000Z", "1590969600", None),
        ("20200101000000Z", "1577836800", None),
        ("20210101000000Z", "1609459200", None),
        ("20210101000001Z", "1609459201", Some("stamp.expired")),
        ("20191231235959.9Z", "1577836799", Some("stamp.not_yet_valid")),
    ] {
        let verdict = verify(&folder.cms(&info(time, &[]), "authority", &[]), &roots);
        assert_eq!(code(&verdict), expected, "{time}");
        // RFC 5280 4.1.2.5 counts the last second in, openssl does not.
        assert_eq!(openssl_accepts(&folder, at, &[]), expected.is_none() && at != "1609459200", "{time}");
        let subject = verdict.err().and_then(|p| p.args().iter().find(|(name, _)| name == "subject").map(|(_, s)| s.clone()));
        assert_eq!(subject.as_deref(), expected.map(|_| "C=CN, O=金匮测试, CN=authority"));
    }
    // An authority that goes on stamping with a certificate that has ended.
    let reply = Reply::parse(&folder.reply(&request(HashAlgorithm::Sha256), "authority", &[])).expect("granted");
    assert_eq!(code(&verify(&reply.token, &roots)), Some("stamp.expired"));
    assert!(!folder.openssl_verifies("root", &[]));
}

#[test]
fn no_certificate_of_the_chain_may_have_ended() {
    let folder = Folder::new();
    folder.issue_dated("root", "root", "root", "20190101000000Z", "20230101000000Z");
    folder.issue_dated("between", "root", "intermediate", "20190101000000Z", "20220101000000Z");
    folder.issue_dated("authority", "between", "stamping", "20190101000000Z", "20250101000000Z");
    let roots = folder.roots(&["root"]);
    let extra = [folder.certificate("between")];
    for (time, at, ended) in [
        ("20210601000000Z", "1622505600", None),
        ("20220601000000Z", "1654041600", Some("C=CN, O=金匮测试, CN=between")),
        ("20230601000000Z", "1685577600", Some("C=CN, O=金匮测试, CN=between")),
    ] {
        let verdict = folder.cms(&info(time, &[]), "authority", &[]).verify(Stamped::Data(DATA), None, &roots, &extra);
        let subject = verdict.as_ref().err().and_then(|p| p.args().iter().find(|(name, _)| name == "subject").map(|(_, s)| s.as_str()));
        assert_eq!(subject, ended, "{time}");
        assert_eq!(code(&verdict), ended.map(|_| "stamp.expired"));
        assert_eq!(openssl_accepts(&folder, at, &["-untrusted", "between.pem"]), ended.is_none(), "{time}");
        // "Ends" is when the weakest ends, not the authority's own certificate.
        assert!(verdict.is_err() || verdict.is_ok_and(|v| v.ends.to_string().starts_with("2022-01-01")));
    }
    // A root that had ended.
    folder.issue_dated("authority", "root", "stamping", "20190101000000Z", "20250101000000Z");
    let verdict = verify(&folder.cms(&info("20230601000000Z", &[]), "authority", &[]), &roots);
    assert_eq!(code(&verdict), Some("stamp.expired"));
    assert!(verdict.is_err_and(|p| p.args().iter().any(|(_, value)| value.ends_with("CN=root"))));
    assert!(!openssl_accepts(&folder, "1685577600", &[]));
}

#[test]
fn the_key_is_for_time_stamps_alone() {
    // RFC 3161 2.3: one purpose, timeStamping, critical.
    let folder = authority(Key::P256);
    let roots = folder.roots(&["root"]);
    for (section, expected) in [
        ("stamping", None),
        ("not_critical", Some("stamp.purpose")),
        ("mixed", Some("stamp.purpose")),
        ("mail", Some("stamp.purpose")),
        ("no_purpose", Some("stamp.purpose")),
        ("encrypting", Some("stamp.key_usage")),
    ] {
        folder.issue("signer", Key::P256, "root", section, &[]);
        let verdict = verify(&folder.cms(&info(&now(&folder), &[]), "signer", &[]), &roots);
        assert_eq!(code(&verdict), expected, "{section}");
        // The same with no root at all: what is wrong with the certificate is wrong whoever issued it.
        let unknown = verify(&Token::parse(&folder.read("token.der")).expect("token"), &TrustRoots::default());
        assert_eq!(code(&unknown), expected, "{section}");
    }
}

#[test]
fn issuers_may_issue() {
    for (section, expected) in [
        ("intermediate", (None, "")),
        ("intermediate_that_may_not", (Some("stamp.key_usage"), "C=CN, O=金匮测试, CN=between")),
        ("intermediate_for_mail", (Some("stamp.chain"), "extKeyUsage")),
        ("stamping", (Some("stamp.chain"), "basicConstraints")),
    ] {
        let folder = Folder::new();
        folder.root("root", Key::P256, &[]);
        folder.issue("between", Key::P256, "root", section, &[]);
        folder.issue("authority", Key::P256, "between", "stamping", &[]);
        let extra = [folder.certificate("between")];
        let verdict = token(&folder).verify(Stamped::Data(DATA), None, &folder.roots(&["root"]), &extra);
        let argument = verdict.as_ref().err().and_then(|p| p.args().first()).map_or("", |(_, value)| value.as_str());
        assert_eq!((code(&verdict), argument), expected, "{section}");
        // openssl leaves aside for what purposes an issuer may issue.
        let openssl = expected.0.is_none() || section == "intermediate_for_mail";
        assert_eq!(folder.openssl_verifies("root", &["-untrusted", "between.pem"]), openssl, "{section}");
    }
    // The first intermediate allows none below it.
    let folder = Folder::new();
    folder.root("root", Key::P256, &[]);
    folder.issue("between", Key::P256, "root", "intermediate", &[]);
    folder.issue("below", Key::P256, "between", "intermediate", &[]);
    folder.issue("authority", Key::P256, "below", "stamping", &[]);
    let extra = ["below", "between"].map(|name| folder.certificate(name));
    let verdict = token(&folder).verify(Stamped::Data(DATA), None, &folder.roots(&["root"]), &extra);
    assert_eq!(verdict.err().map(|p| p.args().to_vec()), Some(vec![("reason".into(), "pathLenConstraint".to_owned())]));
}

#[test]
fn another_certificate_for_the_same_key_is_not_the_one_that_signed() {
    let folder = authority(Key::P256);
    let reply = folder.reply(
        &jingui_evidence::time::Request::new(Imprint::of(HashAlgorithm::Sha256, DATA), None, None, false).expect("request"),
        "authority",
        &[],
    );
    let token = Reply::parse(&reply).expect("granted").token;
    let roots = folder.roots(&["root"]);
    let first = folder.certificate("authority");
    // Same name, number and key, issued again for longer.
    folder.reissue("authority", Key::P256, "root", "stamping", &["-days", "4000"]);
    let second = folder.certificate("authority");
    assert_ne!(first.fingerprint(), second.fingerprint());
    let verify = |extra: &[_]| token.verify(Stamped::Data(DATA), None, &roots, extra);
    assert_eq!(code(&verify(std::slice::from_ref(&second))), Some("stamp.other_certificate"));
    assert!(verify(&[second, first]).is_ok());
}

#[test]
fn a_root_of_the_same_name_is_not_the_same_root() {
    let (folder, other) = (authority(Key::P256), authority(Key::P256));
    assert_eq!(code(&verify(&token(&folder), &other.roots(&["root"]))), Some("stamp.chain_signature"));
    // With both at hand, the right one is found.
    let both = TrustRoots::new([other.der("root"), folder.der("root")]).expect("roots");
    assert!(verify(&token(&folder), &both).is_ok_and(|v| v.is_trusted()));
}

#[test]
fn weak_algorithms_are_not_accepted() {
    let folder = authority(Key::P256);
    let roots = folder.roots(&["root"]);
    folder.write("info.der", &info(&now(&folder), &[]));
    let sign = ["cms", "-sign", "-binary", "-nodetach", "-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-md", "sha1"];
    folder.openssl(
        &[&sign[..], &["-signer", "authority.pem", "-inkey", "authority.key", "-in", "info.der", "-outform", "DER", "-out", "t.der"]]
            .concat(),
    );
    let parsed = Token::parse(&folder.read("t.der"));
    assert_eq!(code(&parsed), Some("stamp.algorithm"));
    assert_eq!(parsed.err().map(|p| p.args().to_vec()), Some(vec![("algorithm".into(), "1.3.14.3.2.26".to_owned())]));
    // A certificate signed with SHA-1.
    folder.issue("signer", Key::P256, "root", "stamping", &["-sha1"]);
    let verdict = verify(&folder.cms(&info(&now(&folder), &[]), "signer", &[]), &roots);
    assert_eq!(verdict.err().map(|p| p.args().to_vec()), Some(vec![("reason".into(), "signatureAlgorithm".to_owned())]));
    // RSA below 2048 bits.
    folder.openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "short.key"]);
    folder.reissue("short", Key::Rsa, "root", "stamping", &[]);
    assert_eq!(code(&verify(&folder.cms(&info(&now(&folder), &[]), "short", &[]), &roots)), Some("stamp.signature"));
}

#[test]
fn what_is_signed_must_be_a_time_stamp_by_one_bound_signer() {
    let folder = authority(Key::P256);
    let roots = folder.roots(&["root"]);
    let sign = ["dgst", "-sha256", "-sign", "authority.key", "-out", "signature", "attributes"];
    let whole = info(&now(&folder), &[]);
    let made = |change: &dyn Fn(&mut Envelope<'_>), info: &[u8]| {
        let mut envelope = Envelope::ecdsa(&folder, &sign);
        change(&mut envelope);
        Token::parse(&envelope.token(info)).and_then(|token| verify(&token, &roots))
    };
    assert!(made(&|_| (), &whole).is_ok_and(|v| v.is_trusted()));
    const PLAIN_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    assert_eq!(code(&made(&|e| e.content_type = PLAIN_DATA, &whole)), Some("stamp.content_type"));
    assert_eq!(code(&made(&|e| e.bound = false, &whole)), Some("stamp.unbound"));
    assert_eq!(code(&made(&|e| e.signers = 2, &whole)), Some("stamp.malformed"));
    assert_eq!(code(&made(&|e| e.signers = 0, &whole)), Some("stamp.malformed"));
    // An attribute twice.
    let again = der(0x30, &[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03]), &der(0x31, &[&oid(crate::forge::TST_INFO)])]);
    assert_eq!(code(&made(&|e| e.more = vec![again.clone()], &whole)), Some("stamp.malformed"));
    // An attribute that nobody knows does no harm.
    let unknown = der(0x30, &[&oid(&[0x2a, 0x03]), &der(0x31, &[&der(0x04, &[b"x"])])]);
    assert!(made(&|e| e.more = vec![unknown.clone()], &whole).is_ok());

    let extension = |critical: &[u8]| der(0xa1, &[&der(0x30, &[&oid(&[0x2a, 0x03]), critical, &der(0x04, &[b""])])]);
    let with = |critical: &[u8]| info(&now(&folder), &[&extension(critical)]);
    assert!(made(&|_| (), &with(&[])).is_ok());
    assert_eq!(code(&made(&|_| (), &with(&[0x01, 0x01, 0xff]))), Some("stamp.critical_extension"));
}

#[test]
fn statements_out_of_form_are_refused() {
    let folder = authority(Key::P256);
    let sign = ["dgst", "-sha256", "-sign", "authority.key", "-out", "signature", "attributes"];
    let part = |info: &[u8]| {
        let problem = Token::parse(&Envelope::ecdsa(&folder, &sign).token(info)).err()?;
        problem.args().first().map(|(_, part)| part.clone())
    };
    let time = now(&folder);
    assert_eq!(part(&info(&time, &[])), None);
    for (wrong, expected) in [
        (info("20261121101215", &[]), "genTime"),
        (info("2026112110Z", &[]), "genTime"),
        (info(&time, &[&der(0x30, &[&der(0x80, &[&[0x03, 0xe8]])])]), "accuracy"),
        (info(&time, &[&der(0x01, &[&[0x01]])]), "ordering"),
        (info(&time, &[&der(0x02, &[])]), "TSTInfo"),
        (info(&time, &[&der(0x04, &[b"surplus"])]), "TSTInfo"),
        ([info(&time, &[]), vec![0x05, 0x00]].concat(), "TSTInfo"),
    ] {
        assert_eq!(part(&wrong).as_deref(), Some(expected));
    }
}

//! A newer token renews an older one over the same data (the idea of RFC 4998).

use jingui_evidence::time::{
    HashAlgorithm, Imprint, Reply, Request, Token,
    renewal::{archive_imprint, verify_sequence},
};
use jingui_model::Problem;

use crate::{
    authority::{DATA, Folder, Key, authority, token},
    forge::{info, info_for},
};

fn code<T>(result: &Result<T, Problem>) -> Option<&str> {
    result.as_ref().err().map(Problem::code)
}

#[test]
fn the_archive_imprint_can_be_made_by_hand() {
    let folder = authority(Key::P256);
    let tokens = [token(&folder), token(&folder)];
    folder.write("data", DATA);
    folder.write("1.tst", tokens[0].raw());
    folder.write("2.tst", tokens[1].raw());
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sm3] {
        let name = if algorithm == HashAlgorithm::Sm3 { "-sm3" } else { "-sha256" };
        let mut text = b"jingui time-stamp renewal 1\n".to_vec();
        for file in ["data", "1.tst", "2.tst"] {
            folder.openssl(&["dgst", name, "-binary", "-out", "hash", file]);
            text.extend(folder.read("hash"));
        }
        folder.write("text", &text);
        folder.openssl(&["dgst", name, "-binary", "-out", "hash", "text"]);
        assert_eq!(folder.read("hash"), archive_imprint(algorithm, DATA, &tokens).digest());
    }
}

#[test]
fn authorities_renew_each_others_tokens_also_with_another_hash() {
    let (folder, other) = (authority(Key::P256), authority(Key::Rsa));
    let roots = jingui_evidence::time::TrustRoots::new([folder.der("root"), other.der("root")]).expect("roots");
    let first = token(&folder);
    let renew = |by: &Folder, algorithm, before: &[Token]| {
        let request = Request::new(archive_imprint(algorithm, DATA, before), Some(5), None, true).expect("request");
        let token = Reply::parse(&by.reply(&request, "authority", &[])).expect("granted").token;
        request.check(&token).expect("answers the request");
        token
    };
    let second = renew(&other, HashAlgorithm::Sm3, std::slice::from_ref(&first));
    let third = renew(&folder, HashAlgorithm::Sha256, &[first.clone(), second.clone()]);
    let all = [first.clone(), second.clone(), third.clone()];
    let verdicts = verify_sequence(DATA, &all, &roots, &[]).expect("holds");
    assert!(verdicts.iter().all(jingui_evidence::time::Verdict::is_trusted));
    assert!(verdicts.windows(2).all(|w| w[0].time <= w[1].time));

    // Nothing may be missing, exchanged or for other data.
    let wrong = |data: &[u8], tokens: &[Token]| {
        verify_sequence(data, tokens, &roots, &[]).err().map(|p| (p.code().to_owned(), p.field().map(str::to_owned)))
    };
    let at = |n: usize| Some(("stamp.wrong_imprint".to_owned(), Some(format!("tokens[{n}]"))));
    assert_eq!(wrong(b"other", &all), at(0));
    assert_eq!(wrong(DATA, &[first.clone(), third.clone()]), at(1));
    assert_eq!(wrong(DATA, &[second.clone(), third.clone()]), at(0));
    assert_eq!(wrong(DATA, &[first.clone(), third, second.clone()]), at(1));
    assert_eq!(wrong(DATA, &[first.clone(), second, first]), at(2));
    assert_eq!(wrong(DATA, &[]), Some(("stamp.none".to_owned(), None)));
}

#[test]
fn renewal_comes_before_the_end_and_not_before_the_beginning() {
    let folder = Folder::new();
    folder.issue_dated("root", "root", "root", "20100101000000Z", "20400101000000Z");
    folder.issue_dated("old", "root", "stamping", "20200101000000Z", "20210101000000Z");
    folder.issue_dated("new", "root", "stamping", "20200101000000Z", "20250101000000Z");
    let roots = folder.roots(&["root"]);
    let first = folder.cms(&info("20200601000000Z", &[]), "old", &[]);
    let imprint: Imprint = archive_imprint(HashAlgorithm::Sha256, DATA, std::slice::from_ref(&first));
    for (time, expected) in [
        ("20201231120000Z", None),
        ("20210101000000Z", None),
        ("20210601000000Z", Some("stamp.renewed_late")),
        ("20200531000000Z", Some("stamp.renewed_early")),
    ] {
        let second = folder.cms(&info_for(&imprint, time, &[]), "new", &[]);
        let verdicts = verify_sequence(DATA, &[first.clone(), second], &roots, &[]);
        assert_eq!(code(&verdicts), expected, "{time}");
        if let Ok(verdicts) = verdicts {
            assert_eq!(verdicts[0].time.to_string(), "2020-06-01T00:00:00.000000Z");
            assert!(verdicts[1].ends.to_string().starts_with("2025-01-01"), "the sequence holds as long as its last token");
        }
    }
}

//! Envelopes of SM2 against OpenSSL, a stranger's implementation of GB/T 32918.4: it decrypts the key that we sealed, and we open what it
//! encrypted. OpenSSL writes ciphertexts as the DER of GM/T 0009, 7.2 (x, y, C3, C2); envelopes hold C1 ‖ C3 ‖ C2.

use std::{fs, process::Command};

use jingui_model::{Rng, rng::SeededRng};
use jingui_sm4::Sm4Gcm;
use jingui_vault::envelope::{Algorithm, Pair, seal_to};

/// SubjectPublicKeyInfo of a point on sm2p256v1, up to the point.
const PUBLIC: &str = "3059301306072a8648ce3d020106082a811ccf5501822d034200";
/// PKCS #8 of a private key on it: up to the number, and between the number and the point.
const PRIVATE: [&str; 2] = ["308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420", "a144034200"];
/// Version, C1, C3, C2.
const HEADER: usize = 1 + 65 + 32 + 16;

/// One element of DER, shorter than 128 bytes.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 128);
    [&[tag, content.len() as u8], content].concat()
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(31);
    let sign: &[u8] = if bytes[start] & 0x80 == 0 { &[] } else { &[0] };
    element(2, &[sign, &bytes[start..]].concat())
}

/// C1 ‖ C3 ‖ C2 as DER.
fn to_der(raw: &[u8]) -> Vec<u8> {
    let content = [integer(&raw[1..33]), integer(&raw[33..65]), element(4, &raw[65..97]), element(4, &raw[97..])].concat();
    element(0x30, &content)
}

/// And back.
fn from_der(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut next = || {
        let (content, after) = rest[2..].split_at(rest[1] as usize);
        rest = after;
        content
    };
    let padded = |number: &[u8]| -> Vec<u8> {
        let bytes = number.strip_prefix(&[0]).unwrap_or(number);
        [vec![0; 32 - bytes.len()], bytes.to_vec()].concat()
    };
    let (x, y) = (padded(next()), padded(next()));
    let (c3, c2) = (next(), next());
    [&[4], x.as_slice(), &y, c3, c2].concat()
}

#[test]
fn openssl_decrypts_what_we_seal_and_we_open_what_it_encrypts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let rng = SeededRng::new(31);
    let openssl = |what: &str, public: bool| {
        let (key, input, output) = (path(if public { "public" } else { "private" }), path("in"), path("out"));
        let arguments = ["pkeyutl", what, "-keyform", "DER", "-inkey", &key, "-in", &input, "-out", &output];
        let out = Command::new("openssl").args(arguments).args(public.then_some("-pubin")).output().unwrap();
        out.status.success().then(|| fs::read(&output).unwrap()).ok_or_else(|| String::from_utf8_lossy(&out.stderr).into_owned())
    };
    // Enough for numbers with zeros in front, which DER leaves out.
    for _ in 0..40 {
        let pair = Pair::generate(Algorithm::Sm2, &rng).unwrap();
        let point = pair.recipient().bytes();
        let [before, between] = PRIVATE.map(|part| hex::decode(part).unwrap());
        fs::write(path("private"), [&before, pair.private().bytes().as_slice(), &between, point].concat()).unwrap();
        fs::write(path("public"), [&hex::decode(PUBLIC).unwrap(), point].concat()).unwrap();

        let sealed = seal_to(pair.recipient(), b"share", b"a share", &rng).unwrap();
        let (header, body) = sealed.split_at(HEADER);
        fs::write(path("in"), to_der(&header[1..])).unwrap();
        let key: [u8; 16] = openssl("-decrypt", false).unwrap().try_into().unwrap();
        let (text, tag) = body.split_at(body.len() - 16);
        let mut text = text.to_vec();
        let aad = [header, b"share"].concat();
        Sm4Gcm::new(&key).open_in_place_detached(&[0; 12], &aad, &mut text, tag.try_into().unwrap()).unwrap();
        assert_eq!(text, b"a share");

        let mut bad = header[1..].to_vec();
        bad[97] ^= 1;
        fs::write(path("in"), to_der(&bad)).unwrap();
        assert!(openssl("-decrypt", false).is_err(), "they refuse what was changed as well");

        let key: [u8; 16] = (&rng as &dyn Rng).array();
        fs::write(path("in"), key).unwrap();
        let header = [&[2], from_der(&openssl("-encrypt", true).unwrap()).as_slice()].concat();
        let mut text = b"theirs".to_vec();
        let tag = Sm4Gcm::new(&key).seal_in_place_detached(&[0; 12], &[&header, b"share".as_slice()].concat(), &mut text).unwrap();
        let theirs = [header.as_slice(), &text, &tag].concat();
        assert_eq!(&**pair.open(b"share", &theirs).unwrap(), b"theirs");
    }
}

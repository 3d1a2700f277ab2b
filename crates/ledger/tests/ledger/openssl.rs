//! The SM2 signature of the twin's checkpoint, checked by OpenSSL: a stranger's implementation of
//! GB/T 32918.2 with the identifier of GM/T 0009.

use std::{fs, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_ledger::{PublicKey, Signer};

/// SubjectPublicKeyInfo of a point on sm2p256v1, up to the point.
const SPKI: [u8; 26] =
    [0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d, 3, 0x42, 0];

/// A DER INTEGER of 32 bytes, big-endian.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(31);
    let mut value = bytes[start..].to_vec();
    if value[0] & 0x80 != 0 {
        value.insert(0, 0);
    }
    [&[2, value.len() as u8], value.as_slice()].concat()
}

#[test]
fn openssl_accepts_the_twins_signature_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for seed in 0..8 {
        let signer = Signer::sm2("jingui.example/ledger/sm3", &[seed; 32]).unwrap();
        let text = format!("jingui.example/ledger/sm3\n{seed}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
        let note = signer.sign(&text).unwrap();
        let line = BASE64.decode(note.trim_end().rsplit(' ').next().unwrap()).unwrap();
        let (r, s) = line[4..].split_at(32);
        let (r, s) = (integer(r), integer(s));
        let signature = [&[0x30, (r.len() + s.len()) as u8], r.as_slice(), &s].concat();
        let PublicKey::Sm2(key) = signer.verifier().key() else { panic!("not SM2") };
        fs::write(path("key"), [&SPKI, key.as_slice()].concat()).unwrap();
        fs::write(path("signature"), signature).unwrap();
        for (content, good) in [(text.clone(), true), (text.replace("ledger", "Ledger"), false)] {
            fs::write(path("text"), content).unwrap();
            let (key, file, signature) = (path("key"), path("text"), path("signature"));
            let arguments = [
                "pkeyutl",
                "-verify",
                "-pubin",
                "-keyform",
                "DER",
                "-inkey",
                &key,
                "-rawin",
                "-digest",
                "sm3",
                "-in",
                &file,
                "-sigfile",
                &signature,
                "-pkeyopt",
                "distid:1234567812345678",
            ];
            let out = Command::new("openssl").args(arguments).output().unwrap();
            assert_eq!(out.status.success(), good, "{}", String::from_utf8_lossy(&out.stderr));
        }
    }
}

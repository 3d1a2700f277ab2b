//! A package that was made once and must be readable for ever: `tests/vectors/package.zip`, for other readers too.

use std::{fs, path::Path};

use jingui_evidence::dossier::{Outcome, Standing, Trusted, verify};
use jingui_ledger::{Cosigner, Signer};

fn read(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)).expect(name)
}

/// The keys are those of `dossier_world`; the roots were made by `openssl` for this package.
#[test]
fn the_published_package_is_whole_and_says_what_it_said() {
    let signer = Signer::new("jingui.example/ledger", &[42; 32]).expect("signer");
    let twin = Signer::sm2("jingui.example/ledger/sm3", &[43; 32]).expect("signer");
    let witness = Cosigner::new("association.example/witness", &[9; 32]).expect("cosigner").witness();
    let keys = [signer.verifier().to_string(), twin.verifier().to_string(), witness.to_string()];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let trusted = Trusted::read(&keys, Some(&read("package.roots.pem"))).expect("trusted");
    let found = verify(&read("package.zip"), &trusted);
    assert_eq!((found.outcome, &found.first), (Outcome::Whole, &None));
    assert!(found.stamps.iter().all(|stamp| stamp.standing == Standing::Trusted));
    let now = serde_json::to_value(&found).expect("JSON");
    let then: serde_json::Value = serde_json::from_slice(&read("package.findings.json")).expect("JSON");
    assert_eq!(now, then);
}

//! Test vectors in `tests/vectors`, for other implementations; made by the script there without
//! this crate, and read here.

use jingui_ledger::{Entry, LogProof, MemoryTiles, OpenField, Verifier, verify_folder};
use serde_json::Value;

#[test]
fn commitments() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../vectors/commitments.json")).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let field: OpenField = serde_json::from_value(vector["field"].clone()).unwrap();
        assert_eq!(field.commitment().unwrap().to_string(), vector["commitment"].as_str().unwrap(), "{}", field.name);
    }
}

#[test]
fn a_ledger_made_by_other_means() {
    let vector: Value = serde_json::from_str(include_str!("../vectors/ledger.json")).unwrap();
    let verifier = Verifier::parse(vector["vkey"].as_str().unwrap()).unwrap();
    let files = vector["files"].as_object().unwrap().iter().map(|(name, hex)| {
        let hex = hex.as_str().unwrap();
        (name.clone(), (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect())
    });
    let tiles = MemoryTiles { files: files.collect(), free: None };
    let report = verify_folder(&tiles, &verifier);
    assert!(report.whole(), "{report:?}");
    assert_eq!(report.entries, vector["entries"].as_array().unwrap().len() as u64);
    let proof = LogProof::parse(vector["proof"].as_str().unwrap()).unwrap();
    let entry = vector["entries"][proof.index as usize].as_str().unwrap();
    proof.verify(entry.as_bytes(), &verifier).unwrap();
    let opened: OpenField = serde_json::from_value(vector["opened"].clone()).unwrap();
    assert!(Entry::parse(entry.as_bytes()).unwrap().opens(&opened));
}

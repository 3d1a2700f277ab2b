//! The entry format: one spelling, commitments that open and nothing that tells.

use jingui_ledger::{Entry, OpenField};
use jingui_model::{Id, Instant, rng::SeededRng};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::entry;

fn build(fields: &[OpenField]) -> Result<Entry, jingui_model::Problem> {
    Entry::build(Instant::from_micros(1), "approve", "secret", Some(Id::nil()), Some(3), Some([9; 32]), fields)
}

#[test]
fn a_field_opens_with_its_value_and_salt_only() {
    let rng = SeededRng::new(5);
    let field = OpenField::new(&rng, "title", json!("热处理曲线"));
    let entry = build(std::slice::from_ref(&field)).unwrap();
    assert!(entry.opens(&field));
    assert!(!entry.opens(&OpenField { value: json!("热处理曲線"), ..field.clone() }));
    assert!(!entry.opens(&OpenField { name: "titel".to_owned(), ..field.clone() }));
    assert!(!entry.opens(&OpenField::new(&rng, "title", field.value.clone())));
    let text = String::from_utf8(entry.to_bytes()).unwrap();
    assert!(!text.contains("热处理") && text.contains("title"));
    assert!(!format!("{field:?}").contains("热处理"));
    let kept: OpenField = serde_json::from_str(&serde_json::to_string(&field).unwrap()).unwrap();
    assert!(entry.opens(&kept));
}

#[test]
fn two_commitments_to_one_value_differ() {
    let rng = SeededRng::new(5);
    let one = OpenField::new(&rng, "grade", json!("core"));
    let two = OpenField::new(&rng, "grade", json!("core"));
    assert_ne!(one.commitment().unwrap(), two.commitment().unwrap());
}

#[test]
fn only_the_one_spelling_is_read() {
    let bytes = entry(5);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert_eq!(Entry::parse(&bytes).unwrap().to_bytes(), bytes);
    for wrong in [
        text.replace(":", ": "),
        text.replace("\"act\":\"update\"", "\"act\":\"upd\\u0061te\""),
        text.replace("{\"act\":\"update\",", "{").replace("\"v\":1}", "\"v\":1,\"act\":\"update\"}"),
        text.replace("\"v\":1", "\"v\":1,\"w\":2"),
        text.replace("\"v\":1", "\"v\":2"),
        text.replace("\"v\":1", "\"v\":1,\"v\":1"),
        text.replace("\"revision\":5", "\"revision\":5.0"),
        text.replace("\"revision\":5", "\"revision\":null"),
        text.replace("\"revision\":5", "\"revision\":9007199254740993"),
        text.replace("000Z", "Z"),
        text.replace(".000000Z", ".000000+00:00"),
        text.replace("07070707", "0707-0707"),
        text.replace("\"act\":\"update\"", "\"act\":\"\""),
        text.replace("\"act\":\"update\"", "\"act\":\"a\\nb\""),
        text.replace("=\"", "\""),
        format!("{text} "),
        format!("[{text}]"),
        String::new(),
    ] {
        assert_ne!(wrong, text);
        assert!(Entry::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert!(Entry::parse(&[0xff, 0xfe]).is_err());
    assert!(Entry::parse("[".repeat(60_000).as_bytes()).is_err());
}

#[test]
fn what_cannot_be_written_is_refused() {
    let rng = SeededRng::new(1);
    let code = |fields: &[OpenField]| build(fields).unwrap_err().code().to_owned();
    let field = |name: &str, value: Value| OpenField::new(&rng, name, value);
    assert_eq!(code(&[field("a\0b", json!(1))]), "ledger.name");
    assert_eq!(code(&[field("", json!(1))]), "ledger.name");
    assert_eq!(code(&[field("a", json!(1)), field("a", json!(2))]), "ledger.field_twice");
    assert_eq!(code(&[field("a", json!(0.5))]), "canonical.fraction");
    let many: Vec<_> = (0..1200).map(|i| field(&format!("field{i}"), json!(i))).collect();
    assert_eq!(code(&many), "ledger.entry_too_large");
    let at = Instant::from_micros(i64::MAX);
    assert_eq!(Entry::build(at, "a", "b", None, None, None, &[]).unwrap_err().code(), "ledger.entry_malformed");
    assert_eq!(
        Entry::build(Instant::from_micros(0), "a", "b", None, Some(u64::MAX), None, &[]).unwrap_err().code(),
        "ledger.entry_malformed"
    );
}

proptest! {
    #[test]
    fn what_is_built_is_read(act in "[^\\p{Cc}]{1,20}", kind in "[^\\p{Cc}]{1,20}", micros in -60_000_000_000_000_000_i64..200_000_000_000_000_000, revision in proptest::option::of(0..=1_u64 << 53), names in proptest::collection::btree_set("[^\\p{Cc}]{1,12}", 0..6), seed: u64) {
        let rng = SeededRng::new(seed);
        let fields: Vec<_> = names.into_iter().map(|n| OpenField::new(&rng, n, json!({"x": [seed % 100, null, "密"]}))).collect();
        let entry = Entry::build(Instant::from_micros(micros), &act, &kind, None, revision, None, &fields).unwrap();
        let read = Entry::parse(&entry.to_bytes()).unwrap();
        prop_assert!(fields.iter().all(|f| read.opens(f)));
        prop_assert_eq!(read, entry);
    }

    /// One changed byte makes another entry or none.
    #[test]
    fn bytes_and_entries_are_one_to_one(at in any::<prop::sample::Index>(), byte: u8) {
        let bytes = entry(9);
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] = byte;
        if let Ok(read) = Entry::parse(&changed) {
            prop_assert_eq!(read.to_bytes(), changed);
        }
    }
}

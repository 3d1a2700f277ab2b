//! RFC 6962 sections 2.1.1 and 2.1.2 (proofs), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (checking
//! them), and the tlog-proof file.

use jingui_ledger::{
    LogProof, Suite,
    tree::{verify_consistency, verify_inclusion},
};
use proptest::prelude::*;

use crate::{entries, entry, grown, naive, signer};

/// RFC 6962 says which tree it is; the test data of Certificate Transparency's first
/// implementation give eight entries and the roots of their trees.
#[test]
fn the_published_roots() {
    let hex = |text: &str| (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect::<Vec<_>>();
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(hex);
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (n, root) in roots.iter().enumerate() {
        let hashes: Vec<_> = leaves[..n].iter().map(|l| Suite::Standard.leaf(l)).collect();
        assert_eq!(Suite::Standard.root_of(&hashes).as_slice(), hex(root), "{n}");
        assert_eq!(naive::mth(&leaves[..n]), Suite::Standard.root_of(&hashes));
    }
}

/// Every proof of a ledger that spans three levels of tiles is the proof of the definition.
#[test]
fn proofs_from_tiles_are_those_of_the_definition() {
    let log = grown(700);
    let all = entries(0..700);
    for size in [1, 2, 3, 255, 256, 257, 511, 512, 513, 600, 700] {
        let root = naive::mth(&all[..size as usize]);
        assert_eq!(log.root_at(size).unwrap(), root, "{size}");
        for index in (0..size).step_by(37).chain([size - 1]) {
            let proof = log.inclusion_proof(index, size).unwrap();
            assert_eq!(proof, naive::path(index as usize, &all[..size as usize]), "{index} of {size}");
            assert!(verify_inclusion(Suite::Standard, &Suite::Standard.leaf(&all[index as usize]), index, size, &proof, &root));
        }
    }
    for new in [1, 256, 300, 512, 513, 700] {
        for old in (1..=new).step_by(61).chain([new]) {
            let proof = log.consistency_proof(old, new).unwrap();
            assert_eq!(proof, naive::proof(old as usize, &all[..new as usize]), "{old} to {new}");
            let (old_root, new_root) = (naive::mth(&all[..old as usize]), naive::mth(&all[..new as usize]));
            assert!(verify_consistency(Suite::Standard, old, &old_root, new, &new_root, &proof));
        }
    }
    assert_eq!(log.inclusion_proof(700, 700).unwrap_err().code(), "ledger.out_of_range");
    assert_eq!(log.inclusion_proof(0, 701).unwrap_err().code(), "ledger.out_of_range");
    assert_eq!(log.consistency_proof(3, 2).unwrap_err().code(), "ledger.out_of_range");
}

proptest! {
    /// A true inclusion proof is accepted; with anything changed it is refused.
    #[test]
    fn an_inclusion_proof_binds_everything(size in 1_usize..80, at in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let all = entries(0..size as u64);
        let (index, root) = (at.index(size), naive::mth(&all));
        let proof = naive::path(index, &all);
        let (n, m, leaf) = (size as u64, index as u64, Suite::Standard.leaf(&all[index]));
        prop_assert!(verify_inclusion(Suite::Standard, &leaf, m, n, &proof, &root));
        let mut wrong = leaf;
        wrong[place.index(32)] ^= 1 << bit;
        prop_assert!(!verify_inclusion(Suite::Standard, &wrong, m, n, &proof, &root));
        prop_assert!(!verify_inclusion(Suite::Standard, &leaf, m, n, &proof, &wrong));
        prop_assert!(!verify_inclusion(Suite::Standard, &leaf, n, n, &proof, &root));
        for other in (0..n).filter(|o| *o != m) {
            prop_assert!(!verify_inclusion(Suite::Standard, &leaf, other, n, &proof, &root));
        }
        let mut longer = proof.clone();
        longer.push(wrong);
        prop_assert!(!verify_inclusion(Suite::Standard, &leaf, m, n, &longer, &root));
        if !proof.is_empty() {
            prop_assert!(!verify_inclusion(Suite::Standard, &leaf, m, n, &proof[1..], &root));
            let mut changed = proof.clone();
            changed[place.index(proof.len())][place.index(32)] ^= 1 << bit;
            prop_assert!(!verify_inclusion(Suite::Standard, &leaf, m, n, &changed, &root));
        }
    }

    /// A true consistency proof is accepted; with anything changed it is refused.
    #[test]
    fn a_consistency_proof_binds_both_trees(new in 1_usize..80, at in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let all = entries(0..new as u64);
        let old = at.index(new) + 1;
        let (old_root, new_root) = (naive::mth(&all[..old]), naive::mth(&all));
        let proof = naive::proof(old, &all);
        let (m, n) = (old as u64, new as u64);
        prop_assert!(verify_consistency(Suite::Standard, m, &old_root, n, &new_root, &proof));
        let mut wrong = old_root;
        wrong[place.index(32)] ^= 1 << bit;
        prop_assert!(!verify_consistency(Suite::Standard, m, &wrong, n, &new_root, &proof));
        wrong = new_root;
        wrong[place.index(32)] ^= 1 << bit;
        prop_assert!(!verify_consistency(Suite::Standard, m, &old_root, n, &wrong, &proof));
        let mut longer = proof.clone();
        longer.push(wrong);
        prop_assert!(!verify_consistency(Suite::Standard, m, &old_root, n, &new_root, &longer));
        if !proof.is_empty() {
            prop_assert!(!verify_consistency(Suite::Standard, m, &old_root, n, &new_root, &proof[1..]));
            let mut changed = proof.clone();
            changed[place.index(proof.len())][place.index(32)] ^= 1 << bit;
            prop_assert!(!verify_consistency(Suite::Standard, m, &old_root, n, &new_root, &changed));
        }
    }

    /// Proof files that are not one never panic.
    #[test]
    fn any_text_is_read_or_refused(text in "(c2sp.org/tlog-proof@v1\n)?(extra [A-Za-z=]{0,8}\n)?(index [0-9]{0,22}\n)?[A-Za-z0-9+/=\n—  ]{0,200}") {
        if let Ok(proof) = LogProof::parse(&text) {
            prop_assert_eq!(proof.to_text(), text);
        }
    }
}

/// tlog-proof: header, optional extra, index, hashes, empty line, checkpoint verbatim.
#[test]
fn a_proof_file_is_checked_without_the_ledger() {
    let log = grown(600);
    for index in [0, 255, 256, 511, 512, 599] {
        let mut proof = LogProof::of(&log, index).unwrap();
        if index == 512 {
            proof.extra = Some(b"for the file".to_vec());
        }
        let text = proof.to_text();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\n") && text.ends_with(log.checkpoint()));
        let read = LogProof::parse(&text).unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.verify(&entry(index), signer().verifier()).unwrap().size, 600);
        assert_eq!(read.verify(&entry(index + 1), signer().verifier()).unwrap_err().code(), "ledger.proof_wrong");
    }
    let text = LogProof::of(&log, 3).unwrap().to_text();
    for wrong in [
        text.replace("@v1", "@v2"),
        text.replace("index 3", "index 03"),
        text.replace("index 3\n", ""),
        text.replacen("\n\n", "\n", 1),
        text.replacen("=\n", "\n", 1),
    ] {
        assert_eq!(LogProof::parse(&wrong).map_err(|p| p.code().to_owned()), Err("ledger.proof_malformed".to_owned()));
    }
}

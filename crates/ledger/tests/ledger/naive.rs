//! RFC 6962 section 2.1 written down as it stands there, over a list, with no thought of speed.
//! The ledger's trees and proofs are compared with it. Of the ledger it uses nothing but SHA-256.

use jingui_ledger::{Hash, tree::sha256};

/// MTH(D[n]).
pub fn mth(d: &[Vec<u8>]) -> Hash {
    match d.len() {
        0 => sha256(&[]),
        1 => sha256(&[&[0], &d[0]]),
        n => {
            let k = k(n);
            sha256(&[&[1], &mth(&d[..k]), &mth(&d[k..])])
        }
    }
}

/// PATH(m, D[n]).
pub fn path(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
    if d.len() == 1 {
        return vec![];
    }
    let k = k(d.len());
    let (mut path, sibling) = if m < k { (path(m, &d[..k]), mth(&d[k..])) } else { (path(m - k, &d[k..]), mth(&d[..k])) };
    path.push(sibling);
    path
}

/// PROOF(m, D[n]).
pub fn proof(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
    subproof(m, d, true)
}

fn subproof(m: usize, d: &[Vec<u8>], b: bool) -> Vec<Hash> {
    if m == d.len() {
        return if b { vec![] } else { vec![mth(d)] };
    }
    let k = k(d.len());
    let (mut proof, last) = if m <= k { (subproof(m, &d[..k], b), mth(&d[k..])) } else { (subproof(m - k, &d[k..], false), mth(&d[..k])) };
    proof.push(last);
    proof
}

fn k(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

//! The Merkle tree of RFC 6962 section 2.1 (same as RFC 9162 section 2.1): hashing, inclusion
//! and consistency proofs, and their verification.
//!
//! Making a proof asks a [`Subtrees`] for the hashes of perfect subtrees, so that it works over
//! tiles as well as over a plain list. Verifying needs nothing but the proof. The hash comes from
//! the [`Suite`]; everything else is the same for both.

use jingui_model::Problem;

pub use crate::suite::{Hash, Suite, sha256};

/// The largest power of two below `n`, for `n` of at least 2.
pub(crate) fn split(n: u64) -> u64 {
    1 << (n.saturating_sub(1).max(1)).ilog2()
}

/// Where the hashes of perfect subtrees come from.
pub trait Subtrees {
    /// What the tree is hashed with.
    fn suite(&self) -> Suite;

    /// The root of the perfect subtree over the entries `index·2^height .. (index+1)·2^height`.
    ///
    /// # Errors
    /// When the tree does not hold it or the storage is damaged.
    fn perfect(&self, height: u32, index: u64) -> Result<Hash, Problem>;
}

/// The root over the entries `start..end`, where the range is one that RFC 6962 splits into.
///
/// # Errors
/// Those of the source; `ledger.out_of_range` for an empty or misplaced range.
pub fn range(source: &dyn Subtrees, start: u64, end: u64) -> Result<Hash, Problem> {
    let n = end.checked_sub(start).filter(|n| *n > 0).ok_or_else(|| out_of_range(start, end))?;
    if n.is_power_of_two() {
        if !start.is_multiple_of(n) {
            return Err(out_of_range(start, end));
        }
        return source.perfect(n.ilog2(), start / n);
    }
    let middle = start + split(n);
    Ok(source.suite().node(&range(source, start, middle)?, &range(source, middle, end)?))
}

/// The proof that the entry `index` is in the tree of the first `size` entries: the siblings from
/// the leaf upwards (RFC 6962 section 2.1.1).
///
/// # Errors
/// `ledger.out_of_range` unless `index < size`; those of the source.
pub fn inclusion_proof(source: &dyn Subtrees, index: u64, size: u64) -> Result<Vec<Hash>, Problem> {
    if index >= size {
        return Err(out_of_range(index, size));
    }
    let (mut start, mut end) = (0, size);
    let mut proof = vec![];
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(range(source, middle, end)?);
            end = middle;
        } else {
            proof.push(range(source, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of the first `old` entries is a prefix of the tree of the first `new`
/// (RFC 6962 section 2.1.2). Empty when the two are equal or the old one is empty.
///
/// # Errors
/// `ledger.out_of_range` when `old > new`; those of the source.
pub fn consistency_proof(source: &dyn Subtrees, old: u64, new: u64) -> Result<Vec<Hash>, Problem> {
    if old > new {
        return Err(out_of_range(old, new));
    }
    if old == 0 || old == new {
        return Ok(vec![]);
    }
    let (mut start, mut end) = (0, new);
    let mut whole = true;
    let mut proof = vec![];
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(range(source, middle, end)?);
            end = middle;
        } else {
            proof.push(range(source, start, middle)?);
            start = middle;
            whole = false;
        }
    }
    if !whole {
        proof.push(range(source, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether the proof shows that `leaf` is the hash of entry `index` in the tree of this size and
/// root (RFC 9162 section 2.1.3.2).
#[must_use]
pub fn verify_inclusion(suite: Suite, leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = suite.node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = suite.node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the proof shows that the tree of `new` entries continues the one of `old` entries
/// (RFC 9162 section 2.1.4.2). The empty tree is continued by every tree, with an empty proof.
#[must_use]
pub fn verify_consistency(suite: Suite, old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == suite.root_of(&[]);
    }
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    // An old tree that is one perfect subtree is its own first step.
    let (first, rest) = match (old.is_power_of_two(), proof) {
        (true, _) => (old_root, proof),
        (false, [first, rest @ ..]) => (first, rest),
        (false, []) => return false,
    };
    let (mut of_old, mut of_new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            of_old = suite.node(sibling, &of_old);
            of_new = suite.node(sibling, &of_new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            of_new = suite.node(&of_new, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == *old_root && of_new == *new_root
}

/// The refusal for an index or size that the tree does not have.
pub(crate) fn out_of_range(index: u64, size: u64) -> Problem {
    Problem::missing("ledger.out_of_range").arg("index", index).arg("size", size)
}

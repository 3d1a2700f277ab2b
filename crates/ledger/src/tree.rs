//! The Merkle tree of RFC 6962 section 2.1 (same as RFC 9162 section 2.1): hashing, inclusion
//! and consistency proofs, and their verification.
//!
//! Making a proof asks a [`Subtrees`] for the hashes of perfect subtrees, so that it works over
//! tiles as well as over a plain list. Verifying needs nothing but the proof.

use aws_lc_rs::digest;
use jingui_model::Problem;

/// A SHA-256 value: of an entry, of a node or of a whole tree.
pub type Hash = [u8; 32];

/// SHA-256 over the parts as if they were one.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = Hash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The hash of an entry: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256(&[&[0], entry])
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    let (_, children) = bytes.split_at_mut(1);
    let (l, r) = children.split_at_mut(32);
    l.copy_from_slice(left);
    r.copy_from_slice(right);
    sha256(&[&bytes])
}

/// The root of the tree over these hashes, taken as leaf hashes or as roots of equally large
/// perfect subtrees. The last may also be the root of a smaller subtree. The root of nothing is
/// SHA-256 of the empty string.
#[must_use]
pub fn root_of(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => sha256(&[]),
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(split(hashes.len() as u64) as usize);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// The largest power of two below `n`, for `n` of at least 2.
fn split(n: u64) -> u64 {
    1 << (n.saturating_sub(1).max(1)).ilog2()
}

/// Where the hashes of perfect subtrees come from.
pub trait Subtrees {
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
    Ok(node_hash(&range(source, start, middle)?, &range(source, middle, end)?))
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
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the proof shows that the tree of `new` entries continues the one of `old` entries
/// (RFC 9162 section 2.1.4.2). The empty tree is continued by every tree, with an empty proof.
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == root_of(&[]);
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
            of_old = node_hash(sibling, &of_old);
            of_new = node_hash(sibling, &of_new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, sibling);
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

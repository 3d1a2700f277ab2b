//! The two sets of algorithms that a ledger can be made with: one that tools all over the world
//! read, and the Chinese one. A tree uses one of them throughout; which one follows from the key
//! that its checkpoints are signed with.
//!
//! Standard: SHA-256 (FIPS 180-4) and Ed25519 (RFC 8032). Chinese: SM3 (GB/T 32905) and SM2
//! (GB/T 32918.2). Node and leaf prefixes are those of RFC 6962 in both.

use aws_lc_rs::digest;
use sm3::{Digest as _, Sm3};

use crate::tree::split;

/// A hash of 32 bytes: of an entry, of a node or of a whole tree.
pub type Hash = [u8; 32];

/// A set of algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Suite {
    /// SHA-256, Ed25519.
    #[default]
    Standard,
    /// SM3, SM2.
    Chinese,
}

impl Suite {
    /// The hash of the parts as if they were one.
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> Hash {
        match self {
            Self::Standard => sha256(parts),
            Self::Chinese => sm3(parts),
        }
    }

    /// The hash of an entry: H(0x00 ‖ entry).
    #[must_use]
    pub fn leaf(self, entry: &[u8]) -> Hash {
        self.hash(&[&[0], entry])
    }

    /// The hash of an inner node: H(0x01 ‖ left ‖ right).
    #[must_use]
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        let mut bytes = [1; 65];
        let (_, children) = bytes.split_at_mut(1);
        let (l, r) = children.split_at_mut(32);
        l.copy_from_slice(left);
        r.copy_from_slice(right);
        self.hash(&[&bytes])
    }

    /// The root of the tree over these hashes, taken as leaf hashes or as roots of equally large
    /// perfect subtrees. The last may also be the root of a smaller subtree. The root of nothing
    /// is the hash of the empty string.
    #[must_use]
    pub fn root_of(self, hashes: &[Hash]) -> Hash {
        match hashes {
            [] => self.hash(&[]),
            [one] => *one,
            _ => {
                let (left, right) = hashes.split_at(split(hashes.len() as u64) as usize);
                self.node(&self.root_of(left), &self.root_of(right))
            }
        }
    }
}

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

/// SM3 over the parts as if they were one.
#[must_use]
pub fn sm3(parts: &[&[u8]]) -> Hash {
    let mut context = Sm3::new();
    for part in parts {
        context.update(part);
    }
    context.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: Hash) -> String {
        hash.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// GB/T 32905-2016 appendix A, both examples.
    #[test]
    fn sm3_gives_the_examples_of_the_standard() {
        assert_eq!(hex(sm3(&[b"a", b"bc"])), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(hex(sm3(&[b"abcd".repeat(16).as_slice()])), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    }

    #[test]
    fn the_suites_differ_in_the_hash_only() {
        for suite in [Suite::Standard, Suite::Chinese] {
            let leaves = [suite.leaf(b"a"), suite.leaf(b"b"), suite.leaf(b"c")];
            let [a, b, c] = leaves;
            assert_eq!(suite.root_of(&leaves), suite.node(&suite.node(&a, &b), &c));
            assert_eq!(suite.root_of(&[]), suite.hash(&[b""]));
        }
        assert_ne!(Suite::Standard.leaf(b"a"), Suite::Chinese.leaf(b"a"));
    }
}

/** The Merkle tree of RFC 6962 section 2.1 with SHA-256 or SM3, and its proofs as RFC 9162 sections 2.1.3.2 and 2.1.4.2 check them. */
import { equal, type Bytes } from "./bytes";
import { hash, type HashName } from "./hash";

export type TreeHash = Extract<HashName, "sha256" | "sm3">;

export const leafHash = (name: TreeHash, entry: Bytes): Bytes => hash(name, Uint8Array.of(0), entry);

const nodeHash = (name: TreeHash, left: Bytes, right: Bytes): Bytes => hash(name, Uint8Array.of(1), left, right);

/** Whether `leaf` is the hash of entry `index` in the tree of this size and root. */
export function isIncluded(name: TreeHash, leaf: Bytes, index: number, size: number, proof: Bytes[], root: Bytes): boolean {
  if (index >= size) return false;
  let at = BigInt(index);
  let last = BigInt(size) - 1n;
  let node = leaf;
  for (const sibling of proof) {
    if (last === 0n) return false;
    if (at & 1n || at === last) {
      node = nodeHash(name, sibling, node);
      while (!(at & 1n) && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      node = nodeHash(name, node, sibling);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(node, root);
}

/** Whether the tree `now` continues the tree `old`. Everything continues the empty tree, with an empty proof. */
export function continues(name: TreeHash, old: { size: number; root: Bytes }, now: { size: number; root: Bytes }, proof: Bytes[]): boolean {
  if (old.size > now.size) return false;
  if (old.size === now.size) return proof.length === 0 && equal(old.root, now.root);
  if (old.size === 0) return proof.length === 0 && equal(old.root, hash(name, new Uint8Array()));
  let at = BigInt(old.size) - 1n;
  let last = BigInt(now.size) - 1n;
  while (at & 1n) {
    at >>= 1n;
    last >>= 1n;
  }
  // An old tree that is one perfect subtree is its own first step.
  const steps = at === 0n ? [old.root, ...proof] : proof;
  const [first, ...rest] = steps;
  if (!first) return false;
  let ofOld = first;
  let ofNow = first;
  for (const sibling of rest) {
    if (last === 0n) return false;
    if (at & 1n || at === last) {
      ofOld = nodeHash(name, sibling, ofOld);
      ofNow = nodeHash(name, sibling, ofNow);
      while (!(at & 1n) && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      ofNow = nodeHash(name, ofNow, sibling);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(ofOld, old.root) && equal(ofNow, now.root);
}

//! SM4 for any processor, in constant time: bits of many blocks side by side in ordinary registers ("bitsliced"), so that the S-box
//! is a circuit of gates and not a table.
//!
//! A word of eight blocks becomes eight planes: plane k holds bit k of each byte, byte b of block i at position 8b + i. Rotating a
//! word by whole bytes is then rotating each plane by eight; rotating by two moves planes.

use zeroize::Zeroize;

use super::{
    circuit::{self, Planes},
    expanded,
};

/// Lanes of the wide form: 8 · 8 blocks go together.
const WIDE: usize = 8;

/// The bits of each byte of `8 · N` words. The compiler finds that the lanes can go side by side in vector registers.
type Lanes<const N: usize> = [[u32; N]; 8];

/// Exchanges the bits of `b` under the mask with those of `a` above it.
#[inline(always)]
fn swap(a: &mut u32, b: &mut u32, low: u32, shift: u32) {
    let change = ((*a >> shift) ^ *b) & low;
    *b ^= change;
    *a ^= change << shift;
}

/// Eight words to eight planes, and back: in each byte position the 8 × 8 bits are mirrored on their diagonal.
#[inline(always)]
fn transpose(words: &mut [u32; 8]) {
    let [a, b, c, d, e, f, g, h] = words;
    for (x, y) in [(&mut *a, &mut *b), (&mut *c, &mut *d), (&mut *e, &mut *f), (&mut *g, &mut *h)] {
        swap(x, y, 0x5555_5555, 1);
    }
    for (x, y) in [(&mut *a, &mut *c), (&mut *b, &mut *d), (&mut *e, &mut *g), (&mut *f, &mut *h)] {
        swap(x, y, 0x3333_3333, 2);
    }
    for (x, y) in [(a, e), (b, f), (c, g), (d, h)] {
        swap(x, y, 0x0F0F_0F0F, 4);
    }
}

/// The planes of one word in every block.
#[inline(always)]
fn spread(word: u32) -> Planes {
    [0, 1, 2, 3, 4, 5, 6, 7].map(|bit| {
        let low = (word >> bit) & 0x0101_0101;
        // Each byte 0 or 1 becomes 0 or 255.
        (low << 8).wrapping_sub(low)
    })
}

/// x + L(S(b + c + d + key)), where L(s) = s + (s ⋘ 2) + (s ⋘ 10) + (s ⋘ 18) + (s ⋘ 24) (GB/T 32907, 6.2).
#[expect(clippy::indexing_slicing, reason = "both indices are below the lengths of the arrays, which are in their types")]
fn mixed<const N: usize>(x: &mut Lanes<N>, b: &Lanes<N>, c: &Lanes<N>, d: &Lanes<N>, key: u32) {
    let key = spread(key);
    for lane in 0..N {
        let t = [0, 1, 2, 3, 4, 5, 6, 7].map(|k| key[k] ^ b[k][lane] ^ c[k][lane] ^ d[k][lane]);
        let s = circuit::sbox(t);
        let [s0, s1, s2, s3, s4, s5, s6, s7] = s;
        let by_two = [s6.rotate_left(8), s7.rotate_left(8), s0, s1, s2, s3, s4, s5];
        for k in 0..8 {
            let (s, r) = (s[k], by_two[k]);
            x[k][lane] ^= s ^ s.rotate_left(24) ^ r ^ r.rotate_left(8) ^ r.rotate_left(16);
        }
    }
}

/// The thirty-two rounds (GB/T 32907, 7.1).
fn rounds<const N: usize>(keys: &[u32; 32], state: &mut [Lanes<N>; 4]) {
    let [a, b, c, d] = state;
    for [k0, k1, k2, k3] in keys.as_chunks().0 {
        mixed(a, b, c, d, *k0);
        mixed(b, c, d, a, *k1);
        mixed(c, d, a, b, *k2);
        mixed(d, a, b, c, *k3);
    }
}

/// The planes of the counters from `counter` on.
fn counters<const N: usize>(counter: u32) -> Lanes<N> {
    let mut planes = [[0; N]; 8];
    for lane in 0..N {
        let first = counter.wrapping_add(8 * lane as u32);
        let mut words = [0, 1, 2, 3, 4, 5, 6, 7].map(|i| first.wrapping_add(i));
        transpose(&mut words);
        for (plane, word) in planes.iter_mut().zip(words) {
            if let Some(slot) = plane.get_mut(lane) {
                *slot = word;
            }
        }
    }
    planes
}

/// Adds the key stream of `8 · N` blocks, or as many as `data` has bytes for.
fn stretch<const N: usize>(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [u8]) {
    let [n0, n1, n2] = nonce;
    let same = |word| spread(word).map(|plane| [plane; N]);
    let mut state = [same(n0), same(n1), same(n2), counters::<N>(counter)];
    rounds(keys, &mut state);
    let mut blocks = [[0_u32; 4]; 8];
    for (lane, data) in data.chunks_mut(128).enumerate() {
        for (at, planes) in state.iter().enumerate() {
            let mut words = planes.map(|plane| plane.get(lane).copied().unwrap_or_default());
            transpose(&mut words);
            for (block, word) in blocks.iter_mut().zip(words) {
                // The output is the last four words, the last one first.
                if let Some(slot) = block.get_mut(3 - at) {
                    *slot = word;
                }
            }
            words.zeroize();
        }
        let stream = blocks.iter().flatten().flat_map(|word| word.to_be_bytes());
        for (byte, key) in data.iter_mut().zip(stream) {
            *byte ^= key;
        }
    }
    blocks.zeroize();
    state.zeroize();
}

/// Adds the key stream of counter mode to `data`, from this counter on.
pub fn ctr(keys: &[u32; 32], nonce: [u32; 3], counter: u32, data: &mut [u8]) {
    let mut counter = counter;
    let (wide, rest) = data.as_chunks_mut::<{ 128 * WIDE }>();
    for part in wide {
        stretch::<WIDE>(keys, nonce, counter, part);
        counter = counter.wrapping_add(8 * WIDE as u32);
    }
    for part in rest.chunks_mut(128) {
        stretch::<1>(keys, nonce, counter, part);
        counter = counter.wrapping_add(8);
    }
}

/// The key schedule.
pub fn schedule(key: &[u8; 16]) -> [u32; 32] {
    expanded(key, sub_word)
}

/// The S-box on each byte of a word.
fn sub_word(word: u32) -> u32 {
    let mut words = [word, 0, 0, 0, 0, 0, 0, 0];
    transpose(&mut words);
    let mut out = circuit::sbox(words);
    transpose(&mut out);
    let [word, ..] = out;
    words.zeroize();
    out.zeroize();
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::tests::table;

    #[test]
    fn the_circuit_is_the_table_of_the_standard() {
        for (x, s) in (0..=255_u8).zip(table()) {
            assert_eq!(sub_word(u32::from_be_bytes([x, 0, x ^ 0xff, 0x5a])).to_be_bytes()[0], s);
            assert_eq!(sub_word(u32::from(x)).to_be_bytes()[3], s);
        }
    }

    #[test]
    fn mirroring_twice_changes_nothing_and_once_gathers_bits() {
        let start = [0x0123_4567, 0x89ab_cdef, 1, 2, 3, 0xffff_0000, 7, 8];
        let mut words = start;
        transpose(&mut words);
        for (k, plane) in words.iter().enumerate() {
            for (i, word) in start.iter().enumerate() {
                for b in 0..4 {
                    assert_eq!(plane >> (8 * b + i) & 1, word >> (8 * b + k) & 1);
                }
            }
        }
        transpose(&mut words);
        assert_eq!(words, start);
    }
}

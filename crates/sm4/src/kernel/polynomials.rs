//! GHASH (NIST SP 800-38D, 6.4) for any processor, in constant time.
//!
//! Numbers are taken as RFC 8452 (appendix A) shows: a block with its bytes turned round is a polynomial in ordinary bit order,
//! the hash key is multiplied by x once, and the product of a and b stands for a·b·x⁻¹²⁸ modulo x¹²⁸+x¹²⁷+x¹²⁶+x¹²¹+1. So no
//! product has to be shifted by a bit, and the reduction is two multiplications by a constant, in all backends alike.

/// The low half of the product of two polynomials of degree below 64. Integers are multiplied with only every fourth bit in use:
/// at most sixteen ones meet in a place, whose carries stay within the three unused bits but for the topmost, which falls out.
fn low_half(x: u64, y: u64) -> u64 {
    const EVERY_FOURTH: u64 = 0x1111_1111_1111_1111;
    let x = [0, 1, 2, 3].map(|i| x & (EVERY_FOURTH << i));
    let [y0, y1, y2, y3] = [0, 1, 2, 3].map(|i| y & (EVERY_FOURTH << i));
    // The parts whose indices add up to 0, 1, 2, 3 modulo 4.
    let mut product = 0;
    for (i, others) in [[y0, y3, y2, y1], [y1, y0, y3, y2], [y2, y1, y0, y3], [y3, y2, y1, y0]].into_iter().enumerate() {
        let sum = x.iter().zip(others).fold(0, |sum, (x, y)| sum ^ x.wrapping_mul(y));
        product |= sum & (EVERY_FOURTH << i);
    }
    product
}

/// The product of two polynomials of degree below 64. The high half is the low half of the mirrored ones.
fn product(x: u64, y: u64) -> u128 {
    let high = low_half(x.reverse_bits(), y.reverse_bits()).reverse_bits() >> 1;
    u128::from(high) << 64 | u128::from(low_half(x, y))
}

const fn halves(x: u128) -> (u64, u64) {
    (x as u64, (x >> 64) as u64)
}

/// a·b·x⁻¹²⁸.
pub fn times(a: u128, b: u128) -> u128 {
    let ((a0, a1), (b0, b1)) = (halves(a), halves(b));
    let (low, high) = (product(a0, b0), product(a1, b1));
    let middle = product(a0 ^ a1, b0 ^ b1) ^ low ^ high;
    reduced(low ^ middle << 64, high ^ middle >> 64)
}

/// Twice: the lowest 64 bits times x⁶³+x⁶²+x⁵⁷ (and x⁶⁴, which is the turn) are added so that they vanish.
fn reduced(low: u128, high: u128) -> u128 {
    let fold = |x: u128| x.rotate_right(64) ^ shifted(x as u64);
    fold(fold(low)) ^ high
}

/// x times x⁶³+x⁶²+x⁵⁷.
fn shifted(x: u64) -> u128 {
    let x = u128::from(x);
    x << 63 ^ x << 62 ^ x << 57
}

/// The hash key as it is used: bytes turned round, times x.
pub fn prepared(h: [u8; 16]) -> u128 {
    let h = u128::from_be_bytes(h);
    // All ones when the topmost bit was set, without a branch.
    let carry = (h >> 127).wrapping_neg();
    (h << 1) ^ (carry & (1 | 1 << 121 | 0b11 << 126))
}

/// Takes blocks into the hash; a last part of a block is filled with zeros.
pub fn ghash(key: u128, state: u128, data: &[u8]) -> u128 {
    let (blocks, rest) = data.as_chunks::<16>();
    let mut state = blocks.iter().fold(state, |state, block| times(state ^ u128::from_be_bytes(*block), key));
    if !rest.is_empty() {
        state = times(state ^ u128::from_be_bytes(padded(rest)), key);
    }
    state
}

/// A part of a block with zeros behind it.
pub fn padded(rest: &[u8]) -> [u8; 16] {
    let mut block = [0; 16];
    for (slot, byte) in block.iter_mut().zip(rest) {
        *slot = *byte;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_8452() {
        // RFC 8452 appendix A: H, X_1, X_2 and the result, all in the order of POLYVAL.
        let le = |text: &str| u128::from_le_bytes(hex::decode(text).unwrap().try_into().unwrap());
        let h = le("25629347589242761d31f826ba4b757b");
        let first = times(le("4f4f95668c83dfb6401762bb2d01a262"), h);
        let second = times(first ^ le("d1a24ddd2721d006bbe45f20d3c9f362"), h);
        assert_eq!(second, le("f7a3b47b846119fae5b7866cf5e5b77e"));
    }

    #[test]
    fn multiplying_the_key_by_x_as_there() {
        // RFC 8452 appendix A gives mulX_GHASH of this value.
        let key = prepared(hex::decode("dcbaa5dd137c188ebb21492c23c9b112").unwrap().try_into().unwrap());
        assert_eq!(hex::encode(key.to_le_bytes()), "25629347589242761d31f826ba4b757b");
    }

    #[test]
    fn products_agree_with_bit_by_bit() {
        let mut x = 0x0123_4567_89ab_cdef_u64;
        for _ in 0..1000 {
            x = x.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23) ^ 0x5555;
            let y = x.rotate_left(17) ^ x.wrapping_mul(3);
            let slow = (0..64).filter(|i| y >> i & 1 == 1).fold(0, |sum, i| sum ^ u128::from(x) << i);
            assert_eq!(product(x, y), slow);
        }
        assert_eq!(product(u64::MAX, u64::MAX), (0..64).fold(0, |sum, i| sum ^ u128::from(u64::MAX) << i));
    }
}

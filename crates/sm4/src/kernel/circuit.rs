//! SM4's S-box as a circuit of gates over bit planes.
//!
//! The field of 256 elements is built in three steps, each a quadratic extension: GF(4) = GF(2)\[w\]/(w²+w+1),
//! GF(16) = GF(4)\[z\]/(z²+z+w), GF(256) = GF(16)\[y\]/(y²+y+ν) with ν = zw + 1. There, inverting a + by takes a few products in the
//! smaller field. The linear maps into this field and out of it, together with the map A of the S-box, are written as sums of
//! planes; they belong to the root 0x83 of SM4's polynomial, the cheapest of all roots in all such towers. The test in
//! `portable.rs` holds the whole against the standard's table, all 256 entries.

/// One bit of every byte of eight words.
type Plane = u32;
/// All their bits.
pub type Planes = [Plane; 8];

/// An element of GF(4): the factor of 1, the factor of w.
type Four = [Plane; 2];
/// An element of GF(16): the factor of 1, the factor of z.
type Sixteen = [Four; 2];

#[inline(always)]
const fn add4(a: Four, b: Four) -> Four {
    let ([a0, a1], [b0, b1]) = (a, b);
    [a0 ^ b0, a1 ^ b1]
}

#[inline(always)]
const fn add16(a: Sixteen, b: Sixteen) -> Sixteen {
    let ([a0, a1], [b0, b1]) = (a, b);
    [add4(a0, b0), add4(a1, b1)]
}

/// (a₀ + a₁w)(b₀ + b₁w) with w² = w + 1, in three products.
#[inline(always)]
const fn times4(a: Four, b: Four) -> Four {
    let ([a0, a1], [b0, b1]) = (a, b);
    let (low, high, both) = (a0 & b0, a1 & b1, (a0 ^ a1) & (b0 ^ b1));
    [low ^ high, both ^ low]
}

/// The square, which in GF(4) is also the inverse: 1 stays, w becomes w + 1.
#[inline(always)]
const fn square4([a0, a1]: Four) -> Four {
    [a0 ^ a1, a1]
}

/// w times a.
#[inline(always)]
const fn w_times([a0, a1]: Four) -> Four {
    [a1, a0 ^ a1]
}

/// (a₀ + a₁z)(b₀ + b₁z) with z² = z + w, in three products.
#[inline(always)]
const fn times16(a: Sixteen, b: Sixteen) -> Sixteen {
    let ([a0, a1], [b0, b1]) = (a, b);
    let (low, high, both) = (times4(a0, b0), times4(a1, b1), times4(add4(a0, a1), add4(b0, b1)));
    [add4(low, w_times(high)), add4(both, low)]
}

/// The inverse in GF(16): the conjugate of a₀ + a₁z is a₀ + a₁ + a₁z, their product a₀² + a₀a₁ + wa₁² lies in GF(4).
#[inline(always)]
const fn inverse16([a0, a1]: Sixteen) -> Sixteen {
    let norm = add4(add4(square4(a0), times4(a0, a1)), w_times(square4(a1)));
    let back = square4(norm);
    [times4(add4(a0, a1), back), times4(a1, back)]
}

/// The inverse in GF(256), alike. The low half comes first.
#[inline(always)]
const fn inverse256(x: Planes) -> Planes {
    let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
    let (low, high) = ([[x0, x1], [x2, x3]], [[x4, x5], [x6, x7]]);
    let norm = add16(add16(square16(low), times16(low, high)), nu_times(square16(high)));
    let back = inverse16(norm);
    let [[y4, y5], [y6, y7]] = times16(high, back);
    let [[y0, y1], [y2, y3]] = times16(add16(low, high), back);
    [y0, y1, y2, y3, y4, y5, y6, y7]
}

/// (a₀ + a₁z)² = a₀² + wa₁² + a₁²z.
#[inline(always)]
const fn square16([a0, a1]: Sixteen) -> Sixteen {
    let high = square4(a1);
    [add4(square4(a0), w_times(high)), high]
}

/// (1 + wz)(a₀ + a₁z) = a₀ + w²a₁ + (a₁ + wa₀ + wa₁)z.
#[inline(always)]
const fn nu_times([a0, a1]: Sixteen) -> Sixteen {
    [add4(a0, w_times(w_times(a1))), add4(a1, w_times(add4(a0, a1)))]
}

/// A, then into the tower.
#[inline(always)]
const fn enter(x: Planes) -> Planes {
    let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
    let t8 = x0 ^ x6;
    let t9 = x1 ^ x2;
    let t10 = x4 ^ x5;
    let t11 = t8 ^ t9;
    let t14 = x3 ^ t10;
    // 0xD3 of A arrives in the tower as 0xE4.
    [t8 ^ t10, x1 ^ t10, !x5, x5 ^ t11, x4 ^ t11, !x6, !(x2 ^ x7), !(t11 ^ t14)]
}

/// Out of the tower, then A.
#[inline(always)]
const fn leave(x: Planes) -> Planes {
    let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
    let t8 = x0 ^ x4;
    let t9 = x1 ^ x3;
    let t10 = x6 ^ x7;
    let t11 = x0 ^ x2;
    let t13 = x1 ^ x2;
    let t14 = x1 ^ x5;
    let t15 = x2 ^ t8;
    let t21 = t9 ^ t10;
    [!t11, !(x6 ^ t8), x4 ^ t13, x0 ^ t10, !(x5 ^ t9), x7 ^ t9, !(t8 ^ t14), !(t15 ^ t21)]
}

/// The S-box on every byte.
#[inline(always)]
pub const fn sbox(x: Planes) -> Planes {
    leave(inverse256(enter(x)))
}

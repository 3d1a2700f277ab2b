//! The constants of SM4 and the affine maps of its S-box, all computed by the compiler from their definitions, so that there is
//! none to be mistyped.
//!
//! GB/T 32907 gives the S-box as a table. Its structure (found by Liu, Ji and others, 2007): S(x) = A(A(x)⁻¹), where A multiplies
//! by the circulant matrix with row 0xA7 and adds 0xD3, and the inverse is taken in GF(2)[t] / (t⁸+t⁷+t⁶+t⁵+t⁴+t²+1). Processors
//! invert in the field of AES, t⁸+t⁴+t³+t+1. A root β of SM4's polynomial in the field of AES gives the isomorphism
//! φ(Σ xᵢtⁱ) = Σ xᵢβⁱ; so S(x) = A(φ⁻¹(φ(A(x))⁻¹)) with the inversion in AES's field. The tests hold the outcome against the
//! table of the standard.

#![expect(clippy::indexing_slicing, reason = "everything here is evaluated while compiling: an index outside stops the build")]

/// FK of GB/T 32907, 7.3.
pub const FK: [u32; 4] = [0xA3B1_BAC6, 0x56AA_3350, 0x677D_9197, 0xB270_22DC];

/// CK of GB/T 32907, 7.3: byte j of CKᵢ is (4i + j) · 7 mod 256.
pub const CK: [u32; 32] = {
    let mut ck = [0; 32];
    let mut i = 0;
    while i < 32 {
        let first = 4 * i as u32;
        ck[i] = u32::from_be_bytes([
            (first * 7 % 256) as u8,
            ((first + 1) * 7 % 256) as u8,
            ((first + 2) * 7 % 256) as u8,
            ((first + 3) * 7 % 256) as u8,
        ]);
        i += 1;
    }
    ck
};

/// SM4's field polynomial and that of AES (FIPS 197, 4.2), without t⁸.
const SM4_POLY: u8 = 0xF5;
const AES_POLY: u8 = 0x1B;

/// The product in a field of 256 elements.
const fn multiply(a: u8, b: u8, poly: u8) -> u8 {
    let (mut a, mut product, mut bit) = (a, 0, 0);
    while bit < 8 {
        if b >> bit & 1 == 1 {
            product ^= a;
        }
        a = if a & 0x80 == 0 { a << 1 } else { (a << 1) ^ poly };
        bit += 1;
    }
    product
}

/// A linear map of bytes, by its columns: what becomes of each bit. And what is added behind it.
#[derive(Debug, Clone, Copy)]
pub struct Affine {
    columns: [u8; 8],
    constant: u8,
}

impl Affine {
    /// The map of a byte.
    pub const fn of(self, x: u8) -> u8 {
        self.linear(x) ^ self.constant
    }

    const fn linear(self, x: u8) -> u8 {
        let (mut y, mut bit) = (0, 0);
        while bit < 8 {
            if x >> bit & 1 == 1 {
                y ^= self.columns[bit];
            }
            bit += 1;
        }
        y
    }

    /// First this, then the other.
    pub const fn then(self, next: Self) -> Self {
        let (mut columns, mut bit) = ([0; 8], 0);
        while bit < 8 {
            columns[bit] = next.linear(self.columns[bit]);
            bit += 1;
        }
        Self { columns, constant: next.of(self.constant) }
    }

    /// The map back. Does not compile when there is none.
    const fn inverse(self) -> Self {
        let (mut columns, mut bit) = ([0; 8], 0);
        while bit < 8 {
            let mut x = 0;
            while self.linear(x) != 1 << bit {
                x += 1;
            }
            columns[bit] = x;
            bit += 1;
        }
        let back = Self { columns, constant: 0 };
        Self { columns, constant: back.linear(self.constant) }
    }

    /// As GF2P8AFFINEQB takes a matrix: row i (which bits make bit i) in byte 7 - i.
    pub const fn gfni(self) -> i64 {
        let (mut matrix, mut row) = (0_u64, 0);
        while row < 8 {
            let mut bit = 0;
            while bit < 8 {
                matrix |= ((self.columns[bit] >> row & 1) as u64) << (8 * (7 - row) + bit);
                bit += 1;
            }
            row += 1;
        }
        matrix as i64
    }

    /// The constant as GF2P8AFFINEQB takes it.
    pub const fn gfni_constant(self) -> i32 {
        self.constant as i32
    }

    /// As two tables of sixteen bytes: of the low four bits (with the constant), and of the high four.
    pub const fn nibbles(self) -> [[u8; 16]; 2] {
        let (mut tables, mut n) = ([[0; 16]; 2], 0);
        while n < 16 {
            tables[0][n] = self.of(n as u8);
            tables[1][n] = self.linear((n as u8) << 4);
            n += 1;
        }
        tables
    }
}

/// A of SM4's S-box: bit i of A(x) is the parity of x and 0xA7 rotated left by i, then 0xD3 is added.
const A: Affine = {
    let (mut columns, mut row) = ([0; 8], 0);
    while row < 8 {
        let mask = 0xA7_u8.rotate_left(row);
        let mut bit = 0;
        while bit < 8 {
            columns[bit] |= (mask >> bit & 1) << row;
            bit += 1;
        }
        row += 1;
    }
    Affine { columns, constant: 0xD3 }
};

/// φ: from SM4's field to that of AES, by the smallest root of SM4's polynomial.
const PHI: Affine = {
    let mut root: u8 = 2;
    loop {
        let (mut columns, mut power, mut bit) = ([0; 8], 1, 0);
        while bit < 8 {
            columns[bit] = power;
            power = multiply(power, root, AES_POLY);
            bit += 1;
        }
        let map = Affine { columns, constant: 0 };
        // Here `power` is β⁸, and the rest of the polynomial is a sum of the columns.
        if power == map.linear(SM4_POLY) {
            break map;
        }
        root += 1;
    }
};

/// The affine half of AES's S-box (FIPS 197, 5.1.1), which AESENCLAST applies behind the inversion.
const AES_AFFINE: Affine = {
    let (mut columns, mut bit) = ([0; 8], 0);
    while bit < 8 {
        let x = 1_u8 << bit;
        columns[bit] = x ^ x.rotate_left(1) ^ x.rotate_left(2) ^ x.rotate_left(3) ^ x.rotate_left(4);
        bit += 1;
    }
    Affine { columns, constant: 0x63 }
};

/// y ↦ y rotated left by two: a part of L that stays in the byte.
const ROTATED: Affine = {
    let (mut columns, mut bit) = ([0; 8], 0);
    while bit < 8 {
        columns[bit] = (1_u8 << bit).rotate_left(2);
        bit += 1;
    }
    Affine { columns, constant: 0 }
};

/// y ↦ y + (y shifted left by two).
const SHIFTED: Affine = {
    let (mut columns, mut bit) = ([0; 8], 0);
    while bit < 8 {
        let x = 1_u8 << bit;
        columns[bit] = x ^ (x << 2);
        bit += 1;
    }
    Affine { columns, constant: 0 }
};

/// Before the inversion in AES's field.
pub const BEFORE: Affine = A.then(PHI);
/// Behind the inversion in AES's field: gives S.
pub const BEHIND: Affine = PHI.inverse().then(A);
/// Behind the inversion: gives S rotated left by two within the byte.
pub const BEHIND_ROTATED: Affine = BEHIND.then(ROTATED);
/// Behind the inversion: gives S + (S shifted left by two).
pub const BEHIND_SHIFTED: Affine = BEHIND.then(SHIFTED);
/// Behind AESENCLAST: takes AES's affine map back, then gives S.
pub const BEHIND_AES: Affine = AES_AFFINE.inverse().then(BEHIND);

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The table of GB/T 32907-2016, 6.2 (also draft-ribose-cfrg-sm4, 6.2.2), row by row.
    const TABLE: &str = "\
        d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa441326498606999c4250f491ef987a33540b43edcfac62\
        e4b31ca9c908e89580df94fa758f3fa64707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35\
        1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89eeabf8ad240c738b5a3f7f2cef96115a1\
        e0ae5da49b341a55ad933230f58cb1e31df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51\
        8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b08969974a0c96777e65b9f109c56ec684\
        18f07dec3adc4d2079ee5f3ed7cb3948";

    pub fn table() -> [u8; 256] {
        hex::decode(TABLE).unwrap().try_into().unwrap()
    }

    fn inverse(x: u8, poly: u8) -> u8 {
        (0..=255).find(|y| multiply(x, *y, poly) == 1).unwrap_or(0)
    }

    #[test]
    fn the_structure_gives_the_table_of_the_standard() {
        for (x, s) in (0..=255).zip(table()) {
            assert_eq!(A.of(inverse(A.of(x), SM4_POLY)), s);
        }
    }

    #[test]
    fn inverting_in_the_field_of_aes_gives_the_same() {
        for (x, s) in (0..=255).zip(table()) {
            let inner = inverse(BEFORE.of(x), AES_POLY);
            assert_eq!(BEHIND.of(inner), s);
            assert_eq!(BEHIND_ROTATED.of(inner), s.rotate_left(2));
            assert_eq!(BEHIND_SHIFTED.of(inner), s ^ (s << 2));
            assert_eq!(BEHIND_AES.of(AES_AFFINE.of(inner)), s);
        }
    }

    #[test]
    fn phi_is_an_isomorphism() {
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(PHI.of(multiply(a, b, SM4_POLY)), multiply(PHI.of(a), PHI.of(b), AES_POLY));
            }
        }
    }

    #[test]
    fn both_spellings_of_a_map_say_the_map() {
        let [low, high] = BEHIND_AES.nibbles();
        let matrix = BEHIND_AES.gfni().to_le_bytes();
        for x in 0..=255_u8 {
            assert_eq!(low[usize::from(x & 15)] ^ high[usize::from(x >> 4)], BEHIND_AES.of(x));
            // The definition of GF2P8AFFINEQB in the manual.
            let y = (0..8).fold(0, |y, i| y | ((matrix[7 - i] & x).count_ones() as u8 & 1) << i);
            assert_eq!(i32::from(y) ^ BEHIND_AES.gfni_constant(), i32::from(BEHIND_AES.of(x)));
        }
    }

    #[test]
    fn constants_of_the_key_schedule_are_those_of_the_standard() {
        assert_eq!([CK[0], CK[1], CK[31]], [0x0007_0e15, 0x1c23_2a31, 0x646b_7279]);
    }
}

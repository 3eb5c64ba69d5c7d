//! The check that points are on their elliptic curve.
//!
//! The implementations of the cryptography check this at a signature, if at all, and report an
//! invalid signature. The points are public, so nothing here needs constant time.

use super::key_problem::KeyProblem;

/// A number below 2^(64 N), the most significant word first.
type Number<const N: usize> = [u64; N];

/// A curve y^2 = x^3 - 3x + b over the integers modulo a prime (SP 800-186 section 3.2.1).
pub(super) struct Weierstrass<const N: usize> {
    prime: Number<N>,
    b: Number<N>,
}

pub(super) const P256: Weierstrass<4> = Weierstrass {
    prime: [
        0xffff_ffff_0000_0001,
        0,
        0x0000_0000_ffff_ffff,
        0xffff_ffff_ffff_ffff,
    ],
    b: [
        0x5ac6_35d8_aa3a_93e7,
        0xb3eb_bd55_7698_86bc,
        0x651d_06b0_cc53_b0f6,
        0x3bce_3c3e_27d2_604b,
    ],
};

pub(super) const P384: Weierstrass<6> = Weierstrass {
    prime: [
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_fffe,
        0xffff_ffff_0000_0000,
        0x0000_0000_ffff_ffff,
    ],
    b: [
        0xb331_2fa7_e23e_e7e4,
        0x988e_056b_e3f8_2d19,
        0x181d_9c6e_fe81_4112,
        0x0314_088f_5013_875a,
        0xc656_398d_8a2e_d19d,
        0x2a85_c8ed_d3ec_2aef,
    ],
};

impl<const N: usize> Weierstrass<N> {
    /// Checks a point by its coordinates, which have 8 N bytes each.
    pub(super) fn check(&self, x: &[u8], y: &[u8]) -> Result<(), KeyProblem> {
        let (x, y) = (number::<N>(x), number::<N>(y));
        let field = Field(self.prime);
        if x >= self.prime || y >= self.prime {
            return Err(KeyProblem::OffCurve);
        }
        let triple = field.sum(field.sum(x, x), x);
        let cube = field.product(field.product(x, x), x);
        let left = field.sum(field.product(y, y), triple);
        if left == field.sum(cube, self.b) {
            Ok(())
        } else {
            Err(KeyProblem::OffCurve)
        }
    }
}

/// The order of the field of Ed25519, 2^255 - 19.
const P25519: Number<4> = [u64::MAX >> 1, u64::MAX, u64::MAX, u64::MAX - 18];
const P25519_MINUS_ONE: Number<4> = [u64::MAX >> 1, u64::MAX, u64::MAX, u64::MAX - 19];
/// The constant d of Ed25519 (RFC 8032 section 5.1).
const D: Number<4> = [
    0x5203_6cee_2b6f_fe73,
    0x8cc7_4079_7779_e898,
    0x0070_0a4d_4141_d8ab,
    0x75eb_4dca_1359_78a3,
];
/// The `y` of the points whose order divides 8: anyone can forge signatures for them.
const SMALL_ORDER: [Number<4>; 5] = [
    [0; 4],
    [0, 0, 0, 1],
    [
        0x05fc_536d_8802_38b1,
        0x3933_c6d3_05ac_dfd5,
        0xf098_eff2_89f4_c345,
        0xb027_b2c2_8f95_e826,
    ],
    [
        0x7a03_ac92_77fd_c74e,
        0xc6cc_392c_fa53_202a,
        0x0f67_100d_760b_3cba,
        0x4fd8_4d3d_706a_17c7,
    ],
    P25519_MINUS_ONE,
];

/// Checks an encoded point of Ed25519. Implementations disagree about numbers that are not below the
/// order of the field.
pub(super) fn check_ed25519(point: &[u8; 32]) -> Result<(), KeyProblem> {
    let y = number::<4>(&ed25519_y(*point));
    let field = Field(P25519);
    if y >= P25519 || SMALL_ORDER.contains(&y) {
        return Err(KeyProblem::WeakPoint);
    }
    // x^2 = (y^2 - 1) / (d y^2 + 1), which is a square where the product of the two is one.
    let square = field.product(y, y);
    let above = field.sum(square, P25519_MINUS_ONE);
    let below = field.sum(field.product(D, square), [0, 0, 0, 1]);
    if field.is_square(field.product(above, below)) {
        Ok(())
    } else {
        Err(KeyProblem::OffCurve)
    }
}

/// Returns the coordinate in an encoded point, the most significant byte first. The highest bit is
/// the sign of the other coordinate.
pub(super) fn ed25519_y(mut point: [u8; 32]) -> [u8; 32] {
    point.reverse();
    point[0] &= 0x7f;
    point
}

/// Reads a number of 8 N bytes, the most significant first.
fn number<const N: usize>(bytes: &[u8]) -> Number<N> {
    let mut number = [0; N];
    for (word, bytes) in number.iter_mut().zip(bytes.chunks(8)) {
        *word = bytes
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    number
}

/// The integers modulo a prime above 2; its numbers are below the prime.
struct Field<const N: usize>(Number<N>);

impl<const N: usize> Field<N> {
    fn sum(&self, one: Number<N>, other: Number<N>) -> Number<N> {
        let (sum, has_overflown) = add(one, other);
        if has_overflown || sum >= self.0 {
            subtract(sum, self.0)
        } else {
            sum
        }
    }

    /// By doubling and adding, from the highest bit on.
    fn product(&self, one: Number<N>, other: Number<N>) -> Number<N> {
        let bits = other
            .iter()
            .flat_map(|word| (0..64).rev().map(move |bit| word >> bit & 1 == 1));
        bits.fold([0; N], |product, bit| {
            let double = self.sum(product, product);
            if bit { self.sum(double, one) } else { double }
        })
    }

    /// Returns whether some number has this square: by the Jacobi symbol, with the laws of
    /// quadratic reciprocity.
    fn is_square(&self, number: Number<N>) -> bool {
        let (mut above, mut below) = (number, self.0);
        let low = |number: &Number<N>| number[N - 1];
        let mut is_square = true;
        while above != [0; N] {
            while low(&above) & 1 == 0 {
                above = halve(above);
                if matches!(low(&below) & 7, 3 | 5) {
                    is_square = !is_square;
                }
            }
            if above < below {
                if low(&above) & low(&below) & 3 == 3 {
                    is_square = !is_square;
                }
                (above, below) = (below, above);
            }
            above = subtract(above, below);
        }
        is_square
    }
}

fn add<const N: usize>(mut one: Number<N>, other: Number<N>) -> (Number<N>, bool) {
    let mut carry = false;
    for (word, other) in one.iter_mut().zip(other).rev() {
        let (sum, first) = word.overflowing_add(other);
        let (sum, second) = sum.overflowing_add(carry.into());
        (*word, carry) = (sum, first || second);
    }
    (one, carry)
}

/// Subtracts modulo 2^(64 N).
fn subtract<const N: usize>(mut one: Number<N>, other: Number<N>) -> Number<N> {
    let mut borrow = false;
    for (word, other) in one.iter_mut().zip(other).rev() {
        let (difference, first) = word.overflowing_sub(other);
        let (difference, second) = difference.overflowing_sub(borrow.into());
        (*word, borrow) = (difference, first || second);
    }
    one
}

fn halve<const N: usize>(mut number: Number<N>) -> Number<N> {
    let mut carry = 0;
    for word in &mut number {
        (*word, carry) = (*word >> 1 | carry << 63, *word & 1);
    }
    number
}

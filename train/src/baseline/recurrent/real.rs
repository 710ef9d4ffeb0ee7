//! Gate functions: in `f32` of plain arithmetic, so that loops over units compile to vector instructions and give the same
//! bits on every machine; in `f64` of the standard library, to check gradients with.

use ndarray::NdFloat;

/// A float that gates can be computed in.
pub(crate) trait Real: NdFloat {
    /// e to the power of this.
    fn exponential(self) -> Self;

    /// `1 / (1 + exp(-x))`
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::one() / (Self::one() + (-self).exponential())
    }

    /// Hyperbolic tangent, by the sigmoid: exact to about a rounding of 1, which near 0 is more than a rounding of the result.
    #[inline(always)]
    fn tangent(self) -> Self {
        let two = Self::one() + Self::one();
        two * (two * self).sigmoid() - Self::one()
    }
}

impl Real for f64 {
    fn exponential(self) -> Self {
        self.exp()
    }
}

impl Real for f32 {
    /// Within 3 roundings where the result is a normal number; beyond, the nearest end of that range.
    #[inline(always)]
    fn exponential(self) -> Self {
        /// Adding it leaves the nearest integer in the low bits of the significand.
        const ROUNDING_OFFSET: f32 = 12_582_912.0;
        /// ln 2 in two parts, of which the first has few bits, so that its multiples are exact.
        const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
        /// Of the polynomial for `(exp(r) - 1 - r) / r²` on ±ln 2 / 2 (Cephes, `expf`), highest power first.
        const COEFFICIENTS: [f32; 6] =
            [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 5e-1];
        const BIAS: u32 = 127;
        let x = self.clamp(-87.0, 88.0);
        let shifted = x * std::f32::consts::LOG2_E + ROUNDING_OFFSET;
        let power = shifted - ROUNDING_OFFSET;
        let rest = x - power * LN_2.0 - power * LN_2.1;
        let polynomial = COEFFICIENTS.iter().fold(0.0, |sum, coefficient| sum * rest + coefficient);
        let scale = f32::from_bits(shifted.to_bits().wrapping_add(BIAS) << 23);
        (polynomial * rest * rest + rest + 1.0) * scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_sigmoid_and_tangent_are_those_of_double_precision() {
        for step in -86_000..88_000 {
            let x = step as f32 * 1e-3;
            let real = f64::from(x);
            let error = f64::from(x.exponential()) / real.exp() - 1.0;
            assert!(error.abs() < 4.0 * f64::from(f32::EPSILON), "exp {x}: {error:e}");
            let sigmoid = f64::from(x.sigmoid()) - 1.0 / (1.0 + (-real).exp());
            let tangent = f64::from(x.tangent()) - real.tanh();
            assert!(sigmoid.abs() < 2e-7 && tangent.abs() < 4e-7, "{x}: {sigmoid:e}, {tangent:e}");
        }
    }

    #[test]
    fn ends_of_the_range_stay_finite() {
        for x in [f32::NEG_INFINITY, -1e30, -88.0, 89.0, 1e30, f32::INFINITY] {
            assert!(x.exponential().is_finite() && x.sigmoid().is_finite() && x.tangent().is_finite(), "{x}");
        }
        assert!(f32::NAN.sigmoid().is_nan() && f32::NAN.tangent().is_nan(), "an error must not look like a gate");
        assert_eq!((f32::INFINITY.tangent(), f32::NEG_INFINITY.tangent()), (1.0, -1.0));
    }
}

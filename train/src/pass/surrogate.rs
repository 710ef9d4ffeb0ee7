//! Surrogate derivatives of the spike: what the backward pass uses for a step that has none.

use serde::{Deserialize, Serialize};

/// The derivative that stands in for that of a spike, as a function of the potential's excess over the threshold.
///
/// The excess is in units in which a threshold starts at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Surrogate {
    /// One high Gaussian with two low and wide ones subtracted beside it. Source: Yin, Corradi and Bohte, arXiv 2103.12593.
    #[default]
    MultiGaussian,
    /// `height / (1 + steepness * |excess|)^2`. Source: Zenke and Ganguli, arXiv 1705.11146.
    FastSigmoid {
        /// Its value at the threshold.
        height: f64,
        /// How fast it falls.
        steepness: f64,
    },
    /// `height * max(0, 1 - |excess|)`. Source: Bellec et al., arXiv 1803.09574.
    Triangle {
        /// Its value at the threshold.
        height: f64,
    },
}

/// Width of the central Gaussian of [`Surrogate::MultiGaussian`].
const SIGMA: f64 = 0.5;
/// Weight of its side Gaussians.
const SIDE_WEIGHT: f64 = 0.15;
/// Width of its side Gaussians, in units of the central one.
const SIDE_SCALE: f64 = 6.0;
/// Factor on the whole.
const GAMMA: f64 = 0.5;

impl Surrogate {
    /// The derivative at `excess`.
    #[must_use]
    pub fn slope(self, excess: f64) -> f64 {
        match self {
            Self::MultiGaussian => {
                let side = gaussian(excess, SIGMA, SIDE_SCALE * SIGMA) + gaussian(excess, -SIGMA, SIDE_SCALE * SIGMA);
                GAMMA * ((1.0 + SIDE_WEIGHT) * gaussian(excess, 0.0, SIGMA) - SIDE_WEIGHT * side)
            }
            Self::FastSigmoid { height, steepness } => height / (1.0 + steepness * excess.abs()).powi(2),
            Self::Triangle { height } => height * (1.0 - excess.abs()).max(0.0),
        }
    }
}

fn gaussian(value: f64, mean: f64, deviation: f64) -> f64 {
    (-0.5 * ((value - mean) / deviation).powi(2)).exp() / (deviation * std::f64::consts::TAU.sqrt())
}

/// A surrogate sampled finely, for the inner loop.
#[derive(Clone, Debug)]
pub(crate) struct SurrogateTable {
    slopes: Box<[f32; N_SAMPLES]>,
}

/// Samples of the table: a power of two, so that masked indices need no check.
const N_SAMPLES: usize = 1 << 12;
/// Samples in one unit of excess. The table covers as many units below the threshold as above.
const SAMPLES_PER_UNIT: f32 = 128.0;
/// 2^23: a float of that size has a step of 1, so that adding it rounds to an integer and leaves it in the low bits.
const INTEGER_OFFSET: f32 = 8_388_608.0;

impl SurrogateTable {
    pub(crate) fn new(surrogate: Surrogate) -> Self {
        let excess = |index: usize| (index as f64 - N_SAMPLES as f64 / 2.0) / f64::from(SAMPLES_PER_UNIT);
        let mut slopes = Box::new([0f32; N_SAMPLES]);
        for (index, slope) in slopes.iter_mut().enumerate() {
            *slope = surrogate.slope(excess(index)) as f32;
        }
        Self { slopes }
    }

    /// The slope at the sample nearest to `excess`; beyond the table, that at its end.
    #[inline(always)]
    pub(crate) fn slope(&self, excess: f32) -> f32 {
        let last = (N_SAMPLES - 1) as f32;
        let place = excess * SAMPLES_PER_UNIT + N_SAMPLES as f32 / 2.0;
        let low = if place > 0.0 { place } else { 0.0 };
        let bounded = if low < last { low } else { last };
        self.slopes[(bounded + INTEGER_OFFSET).to_bits() as usize % N_SAMPLES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multi_gaussian_integrates_to_its_factor_times_its_weights() {
        let width = 1e-3;
        let integral: f64 =
            (-40_000..40_000).map(|n| Surrogate::MultiGaussian.slope(f64::from(n) * width) * width).sum();
        assert!((integral - GAMMA * (1.0 - SIDE_WEIGHT)).abs() < 1e-9, "{integral}");
    }

    #[test]
    fn table_follows_the_surrogate_and_holds_its_ends() {
        for surrogate in [Surrogate::MultiGaussian, Surrogate::Triangle { height: 0.3 }] {
            let table = SurrogateTable::new(surrogate);
            for n in -1_500..1_500 {
                let excess = n as f32 * 0.01;
                let error = f64::from(table.slope(excess)) - surrogate.slope(f64::from(excess));
                assert!(error.abs() < 5e-3, "{surrogate:?} at {excess}: {error}");
            }
            assert_eq!(table.slope(f32::INFINITY), table.slopes[N_SAMPLES - 1]);
            assert_eq!(table.slope(f32::NEG_INFINITY), table.slopes[0]);
        }
    }
}

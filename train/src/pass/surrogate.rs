//! Surrogate derivatives of the spike: what the backward pass uses for a step that has none.

use serde::{Deserialize, Serialize};

/// The derivative that stands in for that of a spike, as a function of the margin: the potential less the threshold.
///
/// The margin is in units in which a threshold starts at 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Surrogate {
    /// `height / (1 + steepness * |margin|)^2`. Source: Zenke and Ganguli, arXiv 1705.11146.
    FastSigmoid {
        /// Its value at the threshold.
        height: f64,
        /// How fast it falls.
        steepness: f64,
    },
}

impl Default for Surrogate {
    /// So low that the gradient stays small over long windows.
    fn default() -> Self {
        Self::FastSigmoid { height: 0.3, steepness: 2.0 }
    }
}

impl Surrogate {
    /// The derivative at `margin`.
    #[must_use]
    pub fn slope(self, margin: f64) -> f64 {
        let Self::FastSigmoid { height, steepness } = self;
        height / (1.0 + steepness * margin.abs()).powi(2)
    }
}

/// A surrogate sampled finely, for the inner loop.
#[derive(Clone, Debug)]
pub(crate) struct SurrogateTable {
    slopes: Box<[f32; N_SAMPLES]>,
}

/// Samples of the table: a power of two, so that masked indices need no check.
const N_SAMPLES: usize = 1 << 12;
/// Samples in one unit of margin. The table covers as many units below the threshold as above.
const SAMPLES_PER_UNIT: f32 = 128.0;
/// 2^23: a float of that size has a step of 1, so that adding it rounds to an integer and leaves it in the low bits.
const INTEGER_OFFSET: f32 = 8_388_608.0;

impl SurrogateTable {
    pub(crate) fn new(surrogate: Surrogate) -> Self {
        let margin = |index: usize| (index as f64 - N_SAMPLES as f64 / 2.0) / f64::from(SAMPLES_PER_UNIT);
        let mut slopes = Box::new([0f32; N_SAMPLES]);
        for (index, slope) in slopes.iter_mut().enumerate() {
            *slope = surrogate.slope(margin(index)) as f32;
        }
        Self { slopes }
    }

    /// The slope at the sample nearest to `margin`; beyond the table, that at its end.
    #[inline(always)]
    pub(crate) fn slope(&self, margin: f32) -> f32 {
        let last = (N_SAMPLES - 1) as f32;
        let place = margin * SAMPLES_PER_UNIT + N_SAMPLES as f32 / 2.0;
        let low = if place > 0.0 { place } else { 0.0 };
        let bounded = if low < last { low } else { last };
        self.slopes[(bounded + INTEGER_OFFSET).to_bits() as usize % N_SAMPLES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_follows_the_surrogate_and_holds_its_ends() {
        let surrogate = Surrogate::default();
        let table = SurrogateTable::new(surrogate);
        for n in -1_500..1_500 {
            let margin = n as f32 * 0.01;
            let error = f64::from(table.slope(margin)) - surrogate.slope(f64::from(margin));
            assert!(error.abs() < 5e-3, "at {margin}: {error}");
        }
        assert_eq!(table.slope(f32::INFINITY), table.slopes[N_SAMPLES - 1]);
        assert_eq!(table.slope(f32::NEG_INFINITY), table.slopes[0]);
    }
}

//! Permutation tests and the bootstrap.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Interval, quantile};

/// A null value this close to the observed one, relative to it, counts as equal: sums in another order differ in their last
/// bits.
const ROUNDING: f64 = 1e-9;

/// The random generator of a seed; `stream` separates uses of the same seed.
pub(crate) fn rng(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// p = (1 + number of null values at least as large as `observed`) / (1 + number of null values), which is valid for any
/// number of null values (Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39, equation 2). Above 0, at most 1.
#[must_use]
pub fn permutation_p(observed: f64, null: &[f64]) -> f64 {
    let bar = observed - ROUNDING * observed.abs();
    let reached = null.iter().filter(|&&value| value >= bar).count();
    (1 + reached) as f64 / (1 + null.len()) as f64
}

/// Percentile bootstrap (Efron & Tibshirani 1993, equation 13.5) of a curve computed from `values`: an interval for each point,
/// from the same resamples. `confidence` is above 0 and below 1. `None` if there are no values.
#[must_use]
pub fn bootstrap_band<V: Clone>(
    values: &[V],
    n_resamples: usize,
    confidence: f64,
    seed: u64,
    mut statistic: impl FnMut(&[V]) -> Vec<f64>,
) -> Option<Vec<Interval>> {
    if values.is_empty() || n_resamples == 0 {
        return None;
    }
    let mut rng = rng(seed, 0);
    let curves: Vec<Vec<f64>> = (0..n_resamples)
        .map(|_| {
            let resample: Vec<V> =
                (0..values.len()).map(|_| values[rng.random_range(0..values.len())].clone()).collect();
            statistic(&resample)
        })
        .collect();
    let tail = (1.0 - confidence) / 2.0;
    let n_points = curves.iter().map(Vec::len).min()?;
    (0..n_points)
        .map(|point| {
            let at_point: Vec<f64> = curves.iter().map(|curve| curve[point]).collect();
            Some(Interval { low: quantile(&at_point, tail)?, high: quantile(&at_point, 1.0 - tail)? })
        })
        .collect()
}

/// Values of a statistic under a null hypothesis, and the observed one.
#[derive(Clone, Debug)]
pub(crate) struct NullDistribution {
    /// The observed value.
    pub(crate) observed: f64,
    /// The values under the null.
    pub(crate) null: Vec<f64>,
}

impl NullDistribution {
    /// One-sided p: large is extreme.
    pub(crate) fn p(&self) -> f64 {
        permutation_p(self.observed, &self.null)
    }

    /// Mean under the null; the observed value if there is no null.
    pub(crate) fn mean(&self) -> f64 {
        super::mean(&self.null).unwrap_or(self.observed)
    }

    /// The 95 % quantile under the null; the observed value if there is no null.
    pub(crate) fn upper_95(&self) -> f64 {
        quantile(&self.null, 0.95).unwrap_or(self.observed)
    }
}

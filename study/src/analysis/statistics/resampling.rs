//! Permutation tests and the bootstrap.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Interval, quantile};

/// A null value counts as reached within this part of the observed one: sums in another order differ in the last bits.
const ROUNDING: f64 = 1e-9;

/// The generator of a seed; `stream` separates uses of the same seed.
pub(crate) fn rng(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// p = (1 + number of null values at least as large as `observed`) / (1 + number of null values), which is valid at any
/// number (Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39, equation 2). Range above 0 to 1.
#[must_use]
pub fn permutation_p(observed: f64, null: &[f64]) -> f64 {
    let bar = observed - ROUNDING * observed.abs();
    let reached = null.iter().filter(|&&value| value >= bar).count();
    (1 + reached) as f64 / (1 + null.len()) as f64
}

/// One-sided p of `statistic` (large is extreme) under permutations of `labels`.
#[must_use]
pub fn permutation_test<L: Clone>(
    labels: &[L],
    n_permutations: usize,
    seed: u64,
    mut statistic: impl FnMut(&[L]) -> f64,
) -> f64 {
    let observed = statistic(labels);
    let (mut labels, mut rng) = (labels.to_vec(), rng(seed, 0));
    let null: Vec<f64> = (0..n_permutations)
        .map(|_| {
            labels.shuffle(&mut rng);
            statistic(&labels)
        })
        .collect();
    permutation_p(observed, &null)
}

/// Percentile bootstrap (Efron & Tibshirani 1993, equation 13.5) of a statistic of `values`; `confidence` above 0,
/// below 1. `None` of no values.
#[must_use]
pub fn bootstrap_interval<V: Clone>(
    values: &[V],
    n_resamples: usize,
    confidence: f64,
    seed: u64,
    mut statistic: impl FnMut(&[V]) -> f64,
) -> Option<Interval> {
    bootstrap_band(values, n_resamples, confidence, seed, |resample| vec![statistic(resample)])?.pop()
}

/// [`bootstrap_interval`] of a statistic that is a curve, point by point: the resamples are common to all points.
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

    /// Mean under the null; the observed value where there is no null.
    pub(crate) fn mean(&self) -> f64 {
        super::mean(&self.null).unwrap_or(self.observed)
    }

    /// The value that 95 % of the null stays below; the observed value where there is no null.
    pub(crate) fn upper_95(&self) -> f64 {
        quantile(&self.null, 0.95).unwrap_or(self.observed)
    }
}

//! The Wiener filter: ridge regression of the movement on the spike counts of the last bins.

use std::ops::Range;

use recording::Stream;
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::{Filter, Run};
use crate::TrainError;
use crate::classical::Cholesky;

/// What is tried, each judged by the validation ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct WienerOptions {
    /// Length of a bin, milliseconds.
    pub bin_ms: u32,
    /// Numbers of bins, ascending.
    pub n_bins: Vec<usize>,
    /// Strengths of the ridge: what is added to the diagonal of the summed products of counts.
    pub ridges: Vec<f64>,
    /// About how far apart the training ticks are, milliseconds: neighbours share most of their counts.
    pub stride_ms: u32,
}

impl Default for WienerOptions {
    /// 160 or 320 ms in bins of 40 ms.
    fn default() -> Self {
        Self { bin_ms: 40, n_bins: vec![4, 8], ridges: vec![10.0, 100.0, 1e3, 1e4], stride_ms: 20 }
    }
}

/// A fitted filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wiener {
    /// Ticks in a bin.
    pub bin_ticks: usize,
    /// Bins.
    pub n_bins: usize,
    /// The strength of the ridge.
    pub ridge: f64,
    /// `[n_axes][n_bins * n_channels]`, the latest bin first.
    weights: Vec<Vec<f64>>,
    /// `[n_axes]`
    intercepts: Vec<f64>,
}

impl Wiener {
    /// Fits to the scored ticks of `train`; of what `options` try, the filter with the best R² on `validation` remains.
    ///
    /// # Errors
    /// No scored tick, or counts without any variation.
    pub fn fit(
        stream: &Stream,
        train: &[Range<usize>],
        validation: &[Run],
        options: &WienerOptions,
    ) -> Result<Self, TrainError> {
        let bin_ticks = (options.bin_ms / stream.tick_ms).max(1) as usize;
        let stride = (options.stride_ms / stream.tick_ms).max(1) as usize;
        let most_bins = options.n_bins.iter().copied().max().unwrap_or(1);
        let mut sums = Sums::new(most_bins * stream.n_channels, stream.axes.len());
        let mut counts = Counts::new(stream, most_bins, bin_ticks);
        for range in train {
            counts.run(range.clone(), |tick, values| {
                if stream.is_scored(tick) && tick % stride == 0 {
                    sums.add(values, stream.label(tick));
                }
            });
        }
        let mut best: Option<(f64, Self)> = None;
        for &n_bins in &options.n_bins {
            for &ridge in &options.ridges {
                let Some((weights, intercepts)) = sums.solve(n_bins * stream.n_channels, ridge) else { continue };
                let filter = Self { bin_ticks, n_bins, ridge, weights, intercepts };
                let r2 = filter.score(stream, validation).r2.unwrap_or(f64::NEG_INFINITY);
                if best.as_ref().is_none_or(|(best, _)| r2 > *best) {
                    best = Some((r2, filter));
                }
            }
        }
        best.map(|(_, filter)| filter).ok_or(TrainError::NoFilter { filter: "Wiener" })
    }

    /// Number of fitted parameters.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.weights.iter().map(Vec::len).sum::<usize>() + self.intercepts.len()
    }

    /// What it remembers, milliseconds.
    #[must_use]
    pub fn history_ms(&self, tick_ms: u32) -> u32 {
        u32::try_from(self.n_bins * self.bin_ticks).unwrap_or(u32::MAX).saturating_mul(tick_ms)
    }
}

impl Filter for Wiener {
    fn values(&self, stream: &Stream, ticks: Range<usize>, each: &mut dyn FnMut(usize, &[f64])) {
        let mut values = vec![0.0; self.weights.len()];
        Counts::new(stream, self.n_bins, self.bin_ticks).run(ticks, |tick, counts| {
            values.copy_from_slice(&self.intercepts);
            for (place, &count) in counts.iter().enumerate().filter(|(_, count)| **count != 0.0) {
                for (value, weights) in values.iter_mut().zip(&self.weights) {
                    *value += weights[place] * count;
                }
            }
            each(tick, &values);
        });
    }
}

/// Sums over training rows for the normal equations.
struct Sums {
    n_features: usize,
    n_rows: f64,
    features: Vec<f64>,
    labels: Vec<f64>,
    /// Lower triangle, row-major.
    squares: Vec<f64>,
    /// `[n_axes][n_features]`
    products: Vec<Vec<f64>>,
}

impl Sums {
    fn new(n_features: usize, n_axes: usize) -> Self {
        Self {
            n_features,
            n_rows: 0.0,
            features: vec![0.0; n_features],
            labels: vec![0.0; n_axes],
            squares: vec![0.0; n_features * n_features],
            products: vec![vec![0.0; n_features]; n_axes],
        }
    }

    fn add(&mut self, features: &[f64], labels: &[f32]) {
        self.n_rows += 1.0;
        self.labels.iter_mut().zip(labels).for_each(|(sum, &label)| *sum += f64::from(label));
        // Most counts are 0.
        for (place, &feature) in features.iter().enumerate().filter(|(_, feature)| **feature != 0.0) {
            self.features[place] += feature;
            let row = &mut self.squares[place * self.n_features..][..=place];
            row.iter_mut().zip(features).for_each(|(sum, &other)| *sum += feature * other);
            for (products, &label) in self.products.iter_mut().zip(labels) {
                products[place] += feature * f64::from(label);
            }
        }
    }

    /// Weights of the first features by axis, and intercepts; the features and labels are centered, so that the ridge does not
    /// shrink the intercept.
    fn solve(&self, n_features: usize, ridge: f64) -> Option<(Vec<Vec<f64>>, Vec<f64>)> {
        if self.n_rows == 0.0 {
            return None;
        }
        let mut matrix = vec![0.0; n_features * n_features];
        for row in 0..n_features {
            let mean = self.features[row] / self.n_rows;
            let squares = &self.squares[row * self.n_features..][..=row];
            let centered = squares.iter().zip(&self.features).map(|(square, feature)| square - mean * feature);
            matrix[row * n_features..][..=row].iter_mut().zip(centered).for_each(|(entry, value)| *entry = value);
            matrix[row * n_features + row] += ridge;
        }
        let system = Cholesky::new(matrix, n_features)?;
        let of_axis = |(products, &label): (&Vec<f64>, &f64)| {
            let mean = label / self.n_rows;
            let centered: Vec<f64> = products
                .iter()
                .zip(&self.features)
                .take(n_features)
                .map(|(product, feature)| product - mean * feature)
                .collect();
            let weights = system.solve(&centered);
            let at_mean: f64 = weights.iter().zip(&self.features).map(|(weight, feature)| weight * feature).sum();
            (weights, mean - at_mean / self.n_rows)
        };
        Some(self.products.iter().zip(&self.labels).map(of_axis).unzip())
    }
}

#[cfg(test)]
mod tests {
    use super::super::counts::tests::stream;
    use super::*;
    use crate::movement::runs;

    #[test]
    fn a_movement_that_follows_one_unit_is_found() {
        // Unit 0 spikes in every third tick, unit 1 in every fourth; the label is 2 after a spike of unit 0, plus 1.
        let ticks =
            |every: usize| (0..400).filter(move |tick| tick % every == 0).map(|tick| 0.01 * tick as f64 + 0.002);
        let labels: Vec<Vec<f64>> = (0..400).map(|tick| vec![if tick % 3 == 1 { 3.0 } else { 1.0 }]).collect();
        let stream = stream(vec![ticks(3).collect(), ticks(4).chain([3.9999]).collect()], &labels);
        let options = WienerOptions { bin_ms: 10, n_bins: vec![1, 2], ridges: vec![1e-6, 100.0], stride_ms: 10 };
        let (train, validation) = (0..200, 200..400);
        let validation = runs(&stream, &[validation]);
        let filter = Wiener::fit(&stream, &[train], &validation, &options).unwrap();
        assert_eq!((filter.n_bins, filter.ridge), (2, 1e-6));
        assert_eq!(filter.history_ms(10), 20);
        assert!(filter.score(&stream, &validation).r2.unwrap() > 1.0 - 1e-9);
    }

    #[test]
    fn the_solution_is_that_of_ridge_regression() {
        // Computed with NumPy: centered X'X + 2 I against X'y.
        let rows: [([f64; 2], f32); 4] = [([1.0, 0.0], 1.0), ([0.0, 2.0], 2.0), ([3.0, 1.0], 4.0), ([2.0, 2.0], 7.0)];
        let mut sums = Sums::new(2, 1);
        rows.iter().for_each(|(features, label)| sums.add(features, &[*label]));
        let (weights, intercepts) = sums.solve(2, 2.0).unwrap();
        // Centered products: [[5, -.5], [-.5, 2.75]] + 2 I, and [6, 4.5].
        let determinant = 7.0 * 4.75 - 0.25;
        let expected = [(6.0 * 4.75 + 0.5 * 4.5) / determinant, (7.0 * 4.5 + 0.5 * 6.0) / determinant];
        assert!(
            weights[0].iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12),
            "{weights:?}"
        );
        assert!((intercepts[0] - (3.5 - 1.5 * expected[0] - 1.25 * expected[1])).abs() < 1e-12);
    }
}

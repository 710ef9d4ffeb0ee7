//! How well values follow a movement: coefficient of determination and correlation.

use serde::{Deserialize, Serialize};

/// Figures over all scored ticks, pooled.
///
/// R² of an axis is 1 less the sum of squared errors over the sum of squares about the mean of the labels of these ticks. Its mean
/// over axes is that of NeuroBench's metric `r2` and of scikit-learn's `r2_score` with `uniform_average`. It can be negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovementScore {
    /// Mean over axes; none if the label of an axis is constant.
    pub r2: Option<f64>,
    /// Of each axis; none where the label is constant.
    pub r2_by_axis: Vec<Option<f64>>,
    /// Weighted by the variances of the labels; none if all are constant.
    pub r2_variance_weighted: Option<f64>,
    /// Pearson's correlation of each axis; none where label or value is constant.
    pub correlation_by_axis: Vec<Option<f64>>,
    /// Scored ticks.
    pub n_ticks_scored: usize,
}

/// Adds up what a [`MovementScore`] takes.
#[derive(Clone, Debug)]
pub struct MovementTally {
    axes: Vec<AxisTally>,
    n: usize,
}

/// Sums over ticks, of labels and values less the first label, so that large means do not swallow digits.
#[derive(Clone, Debug, Default)]
struct AxisTally {
    first: f64,
    label: f64,
    label_square: f64,
    value: f64,
    value_square: f64,
    product: f64,
    error_square: f64,
}

impl MovementTally {
    /// Of so many axes.
    #[must_use]
    pub fn new(n_axes: usize) -> Self {
        Self { axes: vec![AxisTally::default(); n_axes], n: 0 }
    }

    /// Adds a tick.
    pub fn add(&mut self, labels: &[f32], values: &[f64]) {
        for ((axis, &label), &value) in self.axes.iter_mut().zip(labels).zip(values) {
            let label = f64::from(label);
            if self.n == 0 {
                axis.first = label;
            }
            let (from_label, from_value) = (label - axis.first, value - axis.first);
            axis.label += from_label;
            axis.label_square += from_label * from_label;
            axis.value += from_value;
            axis.value_square += from_value * from_value;
            axis.product += from_label * from_value;
            axis.error_square += (label - value) * (label - value);
        }
        self.n += 1;
    }

    /// The figures so far.
    #[must_use]
    pub fn score(&self) -> MovementScore {
        let n = self.n.max(1) as f64;
        // What rounding makes of a constant is no variance.
        let spread = |square: f64, sum: f64| Some(square - sum * sum / n).filter(|&spread| spread > 1e-12 * square);
        let of_labels = |axis: &AxisTally| spread(axis.label_square, axis.label);
        let r2 = |axis: &AxisTally| of_labels(axis).map(|spread| 1.0 - axis.error_square / spread);
        let correlation = |axis: &AxisTally| {
            let spreads = of_labels(axis)? * spread(axis.value_square, axis.value)?;
            Some((axis.product - axis.label * axis.value / n) / spreads.sqrt())
        };
        let r2_by_axis: Vec<Option<f64>> = self.axes.iter().map(r2).collect();
        let sum: Option<f64> = r2_by_axis.iter().copied().sum();
        let varied: Vec<(f64, f64)> =
            self.axes.iter().filter_map(|axis| Some((axis.error_square, of_labels(axis)?))).collect();
        let [error, variance] =
            [|pair: &(f64, f64)| pair.0, |pair: &(f64, f64)| pair.1].map(|of| varied.iter().map(of).sum::<f64>());
        MovementScore {
            r2: sum.filter(|_| !r2_by_axis.is_empty()).map(|sum| sum / r2_by_axis.len() as f64),
            r2_by_axis,
            r2_variance_weighted: (variance > 0.0).then(|| 1.0 - error / variance),
            correlation_by_axis: self.axes.iter().map(correlation).collect(),
            n_ticks_scored: self.n,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(ticks: &[([f32; 2], [f64; 2])]) -> MovementScore {
        let mut tally = MovementTally::new(2);
        ticks.iter().for_each(|(labels, values)| tally.add(labels, values));
        tally.score()
    }

    #[test]
    fn r2_is_that_of_scikit_learn() {
        // The example of two outputs in the documentation of `r2_score`.
        let found = score(&[([0.5, 1.0], [0.0, 2.0]), ([-1.0, 1.0], [-1.0, 2.0]), ([7.0, -6.0], [8.0, -5.0])]);
        let x: f64 = 1.0 - 1.25 / (50.25 - 6.5 * 6.5 / 3.0);
        let y: f64 = 1.0 - 3.0 / (38.0 - 16.0 / 3.0);
        assert!((found.r2_by_axis[0].unwrap() - x).abs() < 1e-12, "{found:?} {x}");
        assert!((found.r2_by_axis[1].unwrap() - y).abs() < 1e-12, "{found:?} {y}");
        assert!((found.r2.unwrap() - (x + y) / 2.0).abs() < 1e-12);
        assert!((found.r2_variance_weighted.unwrap() - 0.938_256_658_595_641_6).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_constant_label_has_no_r2() {
        let found = score(&[([3.1, 1.0], [3.0, 1.0]), ([3.1, 2.0], [3.0, 2.0]), ([3.1, 3.0], [3.0, 3.0])]);
        assert_eq!((found.r2, &found.r2_by_axis[..]), (None, &[None, Some(1.0)][..]));
        assert_eq!((found.r2_variance_weighted, found.n_ticks_scored), (Some(1.0), 3));
        assert_eq!(found.correlation_by_axis[0], None);
        assert!((found.correlation_by_axis[1].unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_large_mean_takes_no_digits() {
        let ticks: Vec<_> = (0..1000_u16)
            .map(|tick| {
                let label = 1000.0 + f32::from(tick % 7);
                ([label, label], [f64::from(label) + 0.5, f64::from(label) + 0.5])
            })
            .collect();
        let mean = (0..1000).map(|tick| f64::from(tick % 7)).sum::<f64>() / 1000.0;
        let spread: f64 = (0..1000).map(|tick| (f64::from(tick % 7) - mean).powi(2)).sum();
        assert!((score(&ticks).r2.unwrap() - (1.0 - 250.0 / spread)).abs() < 1e-9);
    }
}

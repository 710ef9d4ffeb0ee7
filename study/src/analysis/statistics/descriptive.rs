//! Means, variances, quantiles, ranks.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Interval;

/// Mean and quartiles of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of values.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// First quartile.
    pub lower_quartile: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub upper_quartile: f64,
}

/// Mean and quartiles; `None` if there are no values.
#[must_use]
pub fn summarize(values: &[f64]) -> Option<Summary> {
    Some(Summary {
        n: values.len(),
        mean: mean(values)?,
        lower_quartile: quantile(values, 0.25)?,
        median: quantile(values, 0.5)?,
        upper_quartile: quantile(values, 0.75)?,
    })
}

/// Arithmetic mean; `None` if there are no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Variance with the denominator n - 1; `None` of fewer than two values.
#[must_use]
pub fn sample_variance(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| squares / (values.len() - 1) as f64)
}

/// Student's interval of the mean of normal values (1908, Biometrika 6:1); `confidence` is above 0 and below 1. `None` of fewer
/// than two values, and of two equal ones, which say nothing about the spread.
#[must_use]
pub fn mean_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let (mean, variance) = (mean(values)?, sample_variance(values)?);
    let student = StudentsT::new(0.0, 1.0, (values.len() - 1) as f64).ok()?;
    let half = student.inverse_cdf(1.0 - (1.0 - confidence) / 2.0) * (variance / values.len() as f64).sqrt();
    (values.len() > 2 || variance > 0.0).then_some(Interval { low: mean - half, high: mean + half })
}

/// The `part` quantile, 0 to 1, interpolated linearly between order statistics (Hyndman & Fan 1996, type 7); `None` if there
/// are no values.
#[must_use]
pub fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = part.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    Some(sorted[below] + (sorted[above] - sorted[below]) * position.fract())
}

/// Ranks from 1; tied values get the mean of their ranks.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let below = values.iter().filter(|&&value| value < values[tied[0]]).count() as f64;
        for &index in tied {
            ranks[index] = below + (tied.len() + 1) as f64 / 2.0;
        }
    }
    ranks
}

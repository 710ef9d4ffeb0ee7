//! What a person checks of a series before it is decoded.

use serde::Serialize;

use super::{Series, Times};

/// An interval so many times as long as the median one is a hole.
pub(crate) const HOLE_INTERVALS: f64 = 2.5;

/// A series in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesSummary {
    /// Its path in the file.
    pub path: String,
    /// Its unit; may be empty.
    pub unit: String,
    /// Names of its axes.
    pub axes: Vec<String>,
    /// Samples.
    pub n_samples: usize,
    /// Times of the first and the last sample, seconds.
    pub range_s: [f64; 2],
    /// Samples per second, by the median interval.
    pub rate_hz: f64,
    /// Whether each sample has a time of its own.
    pub has_timestamps: bool,
    /// Intervals between samples that are far longer than the median.
    pub n_holes: usize,
    /// Share of the samples with a value that is NaN or infinite, 0 to 1.
    pub missing_share: f64,
}

impl SeriesSummary {
    /// Of a series with two or more samples.
    pub fn of(series: &Series) -> SeriesSummary {
        let n_samples = series.len();
        let interval_s = series.median_interval_s().unwrap_or(f64::NAN);
        let n_holes = match &series.times {
            Times::Regular { .. } => 0,
            Times::Stamps(stamps_s) => {
                stamps_s.windows(2).filter(|pair| pair[1] - pair[0] > HOLE_INTERVALS * interval_s).count()
            }
        };
        let is_missing = |row: &&[f64]| row.iter().any(|value| !value.is_finite());
        let n_missing = series.values.chunks_exact(series.axes.len().max(1)).filter(is_missing).count();
        SeriesSummary {
            path: series.path.clone(),
            unit: series.unit.clone(),
            axes: series.axes.clone(),
            n_samples,
            range_s: [series.time_s(0), series.time_s(n_samples.saturating_sub(1))],
            rate_hz: 1.0 / interval_s,
            has_timestamps: matches!(series.times, Times::Stamps(_)),
            n_holes,
            missing_share: n_missing as f64 / n_samples.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_missing_values_are_counted() {
        let series = Series {
            name: "v".into(),
            path: "v".into(),
            unit: String::new(),
            description: String::new(),
            axes: vec!["x".into(), "y".into()],
            times: Times::Stamps(vec![0.0, 0.01, 0.02, 1.0, 1.01]),
            values: vec![0.0, 0.0, f64::NAN, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        };
        let summary = SeriesSummary::of(&series);
        assert_eq!((summary.n_samples, summary.n_holes, summary.missing_share), (5, 1, 0.2));
        assert!((summary.rate_hz - 100.0).abs() < 1e-6);
        assert_eq!(summary.range_s, [0.0, 1.01]);
    }
}

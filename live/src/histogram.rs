//! Durations, counted in buckets that grow with them.

use serde::Serialize;

use crate::arrival::Nanoseconds;

/// Buckets for each doubling: a percentile is at most three thousandths too large.
const PER_DOUBLING: f64 = 256.0;
/// The end of the first bucket.
const FIRST: f64 = 100.0;
/// Up to the longest time that there is.
const N_BUCKETS: usize = 57 * 256;

/// Durations, counted in buckets that grow with them.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    n: u64,
    max: Nanoseconds,
}

/// Percentiles in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// How many durations.
    pub n: u64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Largest.
    pub max: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; N_BUCKETS], n: 0, max: 0 }
    }
}

impl Histogram {
    /// Adds a duration; a negative one counts as 0.
    pub fn add(&mut self, duration: Nanoseconds) {
        let duration = duration.max(0);
        let doublings = (duration as f64 / FIRST).log2() * PER_DOUBLING;
        // Anything shorter than the first bucket's end is in it.
        let bucket = if doublings > 0.0 { doublings.ceil() as usize } else { 0 };
        self.counts[bucket.min(N_BUCKETS - 1)] += 1;
        self.n += 1;
        self.max = self.max.max(duration);
    }

    /// Percentiles.
    #[must_use]
    pub fn spread(&self) -> Spread {
        Spread { n: self.n, p50: self.at(0.5), p99: self.at(0.99), max: self.max as f64 / 1e3 }
    }

    /// The buckets that hold anything, from the shortest to the longest of them: end in microseconds, and the number of durations.
    #[must_use]
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let first = self.counts.iter().position(|count| *count > 0).unwrap_or(0);
        let last = self.counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        (first..last).map(|bucket| (end_us(bucket), self.counts[bucket])).collect()
    }

    fn at(&self, share: f64) -> f64 {
        let rank = (self.n as f64 * share).ceil().max(1.0) as u64;
        let mut below = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            below += count;
            if below >= rank {
                return end_us(bucket).min(self.max as f64 / 1e3);
            }
        }
        0.0
    }
}

/// End of a bucket in microseconds.
fn end_us(bucket: usize) -> f64 {
    FIRST * (bucket as f64 / PER_DOUBLING).exp2() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_at_most_three_thousandths_too_large() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|microsecond| histogram.add(microsecond * 1000));
        let Spread { n, p50, p99, max } = histogram.spread();
        assert_eq!((n, max), (1000, 1000.0));
        for (found, exact) in [(p50, 500.0), (p99, 990.0)] {
            assert!((exact..=exact * 1.003).contains(&found), "{found} {exact}");
        }
    }

    #[test]
    fn extremes_are_counted() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.spread(), Spread::default());
        [-5, 0, i64::MAX].into_iter().for_each(|duration| histogram.add(duration));
        assert_eq!(histogram.spread().n, 3);
        assert_eq!(histogram.buckets().iter().map(|(_, count)| count).sum::<u64>(), 3);
    }
}

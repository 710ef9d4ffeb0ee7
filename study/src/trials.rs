//! Accuracy trial by trial: the one way in which accuracies get their intervals.
//!
//! A trial's value is the share of the seeds that decide it correctly. Trials are resampled with all their seeds, and two
//! decoders are compared on the same trials.

use std::collections::BTreeMap;

use crate::analysis::statistics::{Interval, bootstrap_band};
use crate::outcome::DecidedWindow;
use crate::results::{CONFIDENCE, Estimate};
use crate::run::{Noise, NoisePlace};
use crate::store::Entry;

const RESAMPLES: usize = 1000;

/// By trial: the share of the seeds that decide it correctly, in columns such as ticks, or a difference of such shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Trials(BTreeMap<usize, Vec<f64>>);

impl Trials {
    /// A column for each tick.
    #[must_use]
    pub fn over_time(entries: &[&Entry]) -> Self {
        Self::of(entries, |_, _, window| Some(window.decisions.clone()))
    }

    /// One column: the end of the window.
    #[must_use]
    pub fn at_end(entries: &[&Entry]) -> Self {
        Self::of(entries, |_, _, window| Some(vec![*window.decisions.last()?]))
    }

    /// A column for each noise rate, at the end of the window. Entries that were not tested at all of them do not count.
    #[must_use]
    pub fn in_noise(entries: &[&Entry], place: NoisePlace, rates_hz: &[f64]) -> Self {
        Self::of(entries, |entry, index, _| {
            let at = |&rate_hz: &f64| {
                let noise = Noise { place, rate_hz };
                let noisy = entry.outcome.noisy.iter().find(|noisy| noisy.noise == noise)?;
                noisy.decisions.get(index).copied()
            };
            rates_hz.iter().map(at).collect()
        })
    }

    /// One column: the share of the decisions on a trial that are right.
    #[must_use]
    pub(crate) fn of_decisions(decisions: impl Iterator<Item = (usize, bool)>) -> Self {
        let mut counts: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for (trial, is_right) in decisions {
            let (n, n_right) = counts.entry(trial).or_default();
            *n += 1;
            *n_right += usize::from(is_right);
        }
        Self(counts.into_iter().map(|(trial, (n, n_right))| (trial, vec![n_right as f64 / n as f64])).collect())
    }

    /// `decisions` gives those of an entry's window, by its index.
    fn of(entries: &[&Entry], decisions: impl Fn(&Entry, usize, &DecidedWindow) -> Option<Vec<u16>>) -> Self {
        let mut sums: BTreeMap<usize, (usize, Vec<f64>)> = BTreeMap::new();
        for entry in entries {
            for (index, window) in entry.outcome.windows.iter().enumerate() {
                let Some(decisions) = decisions(entry, index, window) else { continue };
                let (n, sums) = sums.entry(window.trial).or_insert_with(|| (0, vec![0.0; decisions.len()]));
                *n += 1;
                for (sum, decision) in sums.iter_mut().zip(decisions) {
                    *sum += f64::from(u8::from(usize::from(decision) == window.class));
                }
            }
        }
        let share = |(n, sums): (usize, Vec<f64>)| sums.into_iter().map(|sum| sum / n as f64).collect();
        Self(sums.into_iter().map(|(trial, sums)| (trial, share(sums))).collect())
    }

    /// These minus others, of the trials that both have.
    #[must_use]
    pub fn minus(&self, others: &Self) -> Self {
        let pair = |(&trial, own): (&usize, &Vec<f64>)| {
            let other = others.0.get(&trial)?;
            Some((trial, own.iter().zip(other).map(|(own, other)| own - other).collect()))
        };
        Self(self.0.iter().filter_map(pair).collect())
    }

    /// What the columns of each trial come to.
    #[must_use]
    pub fn map(&self, of: impl Fn(&[f64]) -> f64) -> Self {
        Self(self.0.iter().map(|(&trial, columns)| (trial, vec![of(columns)])).collect())
    }

    /// Mean and 95 % interval of each column; `None` without trials.
    #[must_use]
    pub fn band(&self) -> Option<(Vec<f64>, Vec<Interval>)> {
        self.band_of(RESAMPLES, CONFIDENCE)
    }

    /// Mean of each column, and a 95 % band for all columns together (Bonferroni); `None` without trials.
    #[must_use]
    pub fn joint_band(&self) -> Option<(Vec<f64>, Vec<Interval>)> {
        let n_columns = self.0.values().next().map_or(1, Vec::len).max(1);
        self.band_of(10 * RESAMPLES, 1.0 - (1.0 - CONFIDENCE) / n_columns as f64)
    }

    fn band_of(&self, n_resamples: usize, confidence: f64) -> Option<(Vec<f64>, Vec<Interval>)> {
        let rows: Vec<&[f64]> = self.0.values().map(Vec::as_slice).collect();
        let bands = bootstrap_band(&rows, n_resamples, confidence, 1, column_means)?;
        Some((column_means(&rows), bands))
    }

    /// Mean and 95 % interval of the last column; `None` without trials.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        let (means, bands) = self.map(|columns| columns.last().copied().unwrap_or(0.0)).band()?;
        Some(Estimate { mean: *means.first()?, sd: 0.0, interval: *bands.first()?, n: self.0.len() })
    }
}

/// Mean of each column.
fn column_means(rows: &[&[f64]]) -> Vec<f64> {
    let n_columns = rows.first().map_or(0, |row| row.len());
    (0..n_columns).map(|column| rows.iter().map(|row| row[column]).sum::<f64>() / rows.len() as f64).collect()
}

//! Spike counts of a population in trials of known direction.

use super::{AnalysisError, Directions};

/// Spike counts of a population, one row per trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    n_units: usize,
    duration_ms: f64,
    /// `[trial][unit]`, row-major.
    counts: Vec<f64>,
    directions: Directions,
}

impl Responses {
    /// `counts[trial][unit]` over `duration_ms`.
    ///
    /// # Errors
    /// No units, rows of different lengths, a duration that is not above 0, a number of trials other than that of `directions`.
    pub fn new(counts: &[Vec<u32>], duration_ms: f64, directions: Directions) -> Result<Self, AnalysisError> {
        AnalysisError::check_same_length("trials and their classes", counts.len(), directions.n_trials())?;
        AnalysisError::check_duration("window", duration_ms)?;
        let n_units = counts.first().map_or(0, Vec::len);
        if n_units == 0 || counts.iter().any(|row| row.len() != n_units) {
            let cause = "trials without units, or with different numbers of them";
            return Err(AnalysisError::new("counts", cause, "give one count for each unit in each trial"));
        }
        let counts = counts.iter().flatten().map(|&count| f64::from(count)).collect();
        Ok(Self { n_units, duration_ms, counts, directions })
    }

    /// From counts in row-major order, checked by the caller.
    pub(super) fn of_rows(counts: Vec<f64>, n_units: usize, duration_ms: f64, directions: Directions) -> Self {
        Self { n_units, duration_ms, counts, directions }
    }

    /// Number of units.
    #[must_use]
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Time over which spikes are counted, milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> f64 {
        self.duration_ms
    }

    /// Counts of the units in each trial.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.counts.chunks(self.n_units)
    }

    /// Counts of a unit over the trials.
    #[must_use]
    pub fn of_unit(&self, unit: usize) -> Vec<f64> {
        self.rows().map(|row| row[unit]).collect()
    }

    /// Class of each trial and angle of each class.
    #[must_use]
    pub fn directions(&self) -> &Directions {
        &self.directions
    }

    /// Factor from spikes in the window to spikes per second.
    #[must_use]
    pub fn hz_per_spike(&self) -> f64 {
        1e3 / self.duration_ms
    }

    /// Sums of counts, `[class][unit]` in row-major order, for the given class of each trial.
    pub(crate) fn class_sums(&self, class: &[usize], sums: &mut [f64]) {
        sums.fill(0.0);
        for (row, &class) in self.rows().zip(class) {
            for (sum, count) in sums[class * self.n_units..].iter_mut().zip(row) {
                *sum += count;
            }
        }
    }
}

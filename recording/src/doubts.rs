//! What can be read, but is probably not meant: for a person to look at before anything is trained.

use crate::angles::directions;
use crate::sanity::{n_within, spans_apart};
use crate::{Column, Dataset, Recording, TrialTable};

/// The share of the trials outside the spikes, or of the windows without a spike, that is odd.
const ODD_SHARE: f64 = 0.1;
/// Spikes so many times as long as the trials are odd if few trials have the length or units the rate of a task.
const STRETCHED: f64 = 8.0;
const STRETCHED_RATE_HZ: f64 = 1.5;
const SHORT_TRIAL_S: f64 = 0.15;
/// Units are not so many times less active in trials than chance has it.
const SILENT_IN_TRIALS: f64 = 3.0;
/// The fewest spikes within trials that chance must let expect for them to be evidence.
const FEWEST_EXPECTED: f64 = 100.0;
/// Empty windows that so many times exceed those of a Poisson process of the mean count are odd.
const OFTEN_EMPTY: f64 = 4.0;
/// Targets around a centre take a wider arc, degrees.
const NARROW_ARC_DEG: f64 = 60.0;

impl Recording {
    /// What is odd about its spike times and trial times, though [`Recording::check_clock`] does not refuse them.
    pub fn doubts(&self) -> Vec<String> {
        let n_units = self.n_channels();
        if self.n_spikes() == 0 && n_units > 0 {
            return vec![format!("none of the {n_units} units has a spike")];
        }
        if self.check_clock().is_err() {
            return Vec::new();
        }
        [self.trials_outside(), self.stretched(), self.silent_in_trials()].into_iter().flatten().collect()
    }

    fn trials_outside(&self) -> Option<String> {
        let spikes = self.spike_range()?;
        let n_usable = self.usable_trials().count();
        let n_outside = self.usable_trials().filter(|&trial| self.trials.is_outside(trial, spikes)).count();
        (n_outside as f64 > ODD_SHARE * n_usable as f64).then(|| {
            format!(
                "{n_outside} of {n_usable} trials end before the first spike or start after the last, and are left out; \
                 spikes or trials may be cut off, or in another unit or clock"
            )
        })
    }

    fn stretched(&self) -> Option<String> {
        let stretch = self.spike_range()?.span_s() / self.trials.time_range()?.span_s();
        let (median_hz, duration_s) = (self.median_rate_hz(), self.median_duration_s());
        let is_odd = stretch >= STRETCHED && (median_hz < STRETCHED_RATE_HZ || duration_s < SHORT_TRIAL_S);
        is_odd.then(|| {
            format!(
                "the spikes take {stretch:.0} times as long as the trials, at a median of {median_hz:.2} spikes per second and \
                 of {duration_s:.3} s a trial; spike times or trial times may not be in seconds"
            )
        })
    }

    fn silent_in_trials(&self) -> Option<String> {
        let (spikes, trials) = (self.spike_range()?, self.trials.time_range()?);
        let session_s = spikes.last_s.max(trials.last_s) - spikes.first_s.min(trials.first_s);
        let spans = spans_apart(&self.trials);
        let of_time = spans.iter().map(|[start_s, stop_s]| stop_s - start_s).sum::<f64>() / session_s;
        let n_spikes = self.n_spikes() as f64;
        let of_spikes = self.units.iter().map(|unit| n_within(unit, &spans)).sum::<usize>() as f64 / n_spikes;
        let is_odd = of_time * n_spikes >= FEWEST_EXPECTED && of_spikes * SILENT_IN_TRIALS < of_time;
        is_odd.then(|| {
            let (of_spikes, of_time) = (100.0 * of_spikes, 100.0 * of_time);
            format!(
                "{of_spikes:.1} % of the spikes lie within trials, which take {of_time:.1} % of the time; spikes and trials may \
                 be of two clocks"
            )
        })
    }
}

impl TrialTable {
    /// What is odd about a column as labels: vectors that all point in about the same direction.
    pub fn doubt_of_labels(&self, column: &str) -> Option<String> {
        let Column::Vector(vectors) = self.column(column).ok()? else { return None };
        let mut degrees: Vec<f64> = directions(vectors).into_iter().flatten().collect();
        degrees.sort_by(f64::total_cmp);
        degrees.dedup();
        let next = degrees.iter().cycle().skip(1);
        // The arc begins after the widest gap.
        let gaps = degrees.iter().zip(next).map(|(this, next)| ((next - this).rem_euclid(360.0), *this, *next));
        let (gap, last, first) = gaps.max_by(|one, other| one.0.total_cmp(&other.0))?;
        (degrees.len() > 1 && 360.0 - gap < NARROW_ARC_DEG).then(|| {
            format!(
                "the vectors of column `{column}` all point from (0, 0) in directions from {first} to {last} degrees; if they are \
                 positions, subtract that of the centre"
            )
        })
    }
}

impl Dataset {
    /// What is odd about its windows: more of them are without a spike than their mean count lets expect.
    pub fn doubt(&self) -> Option<String> {
        let counts: Vec<usize> = self
            .primary_samples()
            .into_iter()
            .map(|index| self.samples[index].ticks.iter().map(Vec::len).sum())
            .collect();
        let n_windows = counts.len() as f64;
        let n_empty = counts.iter().filter(|&&count| count == 0).count();
        let mean = counts.iter().sum::<usize>() as f64 / n_windows;
        let share = n_empty as f64 / n_windows;
        let is_odd = share > 0.5 || share > ODD_SHARE.max(OFTEN_EMPTY * (-mean).exp());
        is_odd.then(|| {
            format!(
                "{n_empty} of {} windows have no spike; parts of the recording may be missing, or the windows too short",
                counts.len()
            )
        })
    }
}

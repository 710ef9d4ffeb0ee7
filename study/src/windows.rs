//! A recording cut into windows, and the spikes of units in whole trials.

use std::collections::BTreeSet;

use recording::{Dataset, IgnoredTrials, Recording, Sample, WindowOptions};

use crate::analysis::{Directions, SpikeTrains};
use crate::angles::Angles;
use crate::error::StudyError;
use crate::options::StudyOptions;

/// The most windows of a trial that tuning is computed from.
const MOST_WINDOWS_PER_TRIAL: usize = 8;

/// A recording cut into windows of one tick length.
pub(crate) struct Windows {
    /// The windows that decoders are trained and tested on.
    pub(crate) dataset: Dataset,
    /// Windows side by side, for tuning.
    whole_trials: Dataset,
    /// How many of these every trial has.
    per_trial: usize,
}

impl Windows {
    /// Cuts a recording.
    ///
    /// # Errors
    /// Windows that cannot be cut.
    pub(crate) fn cut(recording: &Recording, options: &WindowOptions) -> Result<Self, StudyError> {
        let dataset = Dataset::cut(recording, options)?;
        let stride_ms = Some(options.window_ms);
        let whole_trials = Dataset::cut(recording, &WindowOptions { stride_ms, ..options.clone() })?;
        let fitting = (whole_trials.shortest_span_ms / f64::from(options.window_ms)) as usize;
        Ok(Self { dataset, whole_trials, per_trial: fitting.clamp(1, MOST_WINDOWS_PER_TRIAL) })
    }

    /// Leaves out trials that a split column puts on neither side.
    pub(crate) fn leave_out(&mut self, ignored: &[IgnoredTrials]) {
        let is_ignored = |trial: usize| ignored.iter().any(|group| group.trials.contains(&trial));
        for dataset in [&mut self.dataset, &mut self.whole_trials] {
            dataset.samples.retain(|sample| !is_ignored(sample.trial));
            dataset.n_trials = dataset.samples.iter().filter(|sample| sample.window == 0).count();
        }
    }

    /// Spikes of the recorded units in these trials, the windows of each joined.
    ///
    /// # Errors
    /// Too few trials for any analysis.
    pub(crate) fn input_trains(&self, trials: &[usize], angles_rad: &[f64]) -> Result<SpikeTrains, StudyError> {
        let ticks = |samples: &Vec<&Sample>| samples.iter().flat_map(|sample| sample.ticks.iter().cloned()).collect();
        self.trains(trials, angles_rad, self.dataset.n_channels, ticks)
    }

    /// Spikes of `n_units` units in these trials; `ticks` computes them from the windows of a trial.
    pub(crate) fn trains(
        &self,
        trials: &[usize],
        angles_rad: &[f64],
        n_units: usize,
        mut ticks: impl FnMut(&Vec<&Sample>) -> Vec<Vec<u16>>,
    ) -> Result<SpikeTrains, StudyError> {
        let trials = self.of_trials(trials);
        let class = trials.iter().map(|samples| samples[0].class).collect();
        let directions = Directions::new(class, angles_rad.to_vec())?;
        let ticks = trials.iter().map(&mut ticks).collect();
        Ok(SpikeTrains::new(n_units, f64::from(self.dataset.tick_ms), ticks, directions)?)
    }

    /// The windows of these trials, trial by trial.
    fn of_trials(&self, trials: &[usize]) -> Vec<Vec<&Sample>> {
        let windows = |trial: &usize| {
            let samples = self.whole_trials.samples.iter().filter(move |sample| sample.trial == *trial);
            samples.take(self.per_trial).collect()
        };
        trials.iter().map(windows).collect()
    }
}

/// Spikes of the recorded units in all trials, the windows of each joined, in ticks of the plan's first length.
///
/// # Errors
/// Windows that cannot be cut, angles that are not one per class, classes without directions, too few trials for any analysis.
pub(crate) fn recorded_trains(recording: &Recording, options: &StudyOptions) -> Result<SpikeTrains, StudyError> {
    let tick_ms = options.plan.ticks_ms[0];
    let windows = Windows::cut(recording, &WindowOptions { tick_ms, ..options.windows.clone() })?;
    let trials: BTreeSet<usize> = windows.dataset.samples.iter().map(|sample| sample.trial).collect();
    let angles = Angles::of(options.angles.as_ref(), &windows.dataset)?;
    let angles = angles.ok_or_else(|| StudyError::no_directions(&windows.dataset))?;
    windows.input_trains(&trials.into_iter().collect::<Vec<_>>(), &angles.rad)
}

//! What a training uses of a recording, in one line: printed before it starts, so that a person can stop it.

use std::fmt;

use recording::{Dataset, LeftOut, Recording, TimeRange, as_value};
use serde::Serialize;

/// What a training uses of a recording.
#[derive(Serialize)]
pub(super) struct Brief<'a> {
    recording: &'a str,
    n_units: usize,
    n_empty_units: usize,
    median_rate_hz: f64,
    spike_range: Option<TimeRange>,
    trial_range: Option<TimeRange>,
    /// Trials of each class, in the order of the classes.
    trials_by_class: Vec<usize>,
    #[serde(skip)]
    classes: &'a [String],
    #[serde(skip)]
    left_out: LeftOut,
}

impl<'a> Brief<'a> {
    /// What a data set has of each of the recordings that it was cut from.
    pub(super) fn of_each(recordings: &[&'a Recording], dataset: &'a Dataset) -> Vec<Self> {
        recordings.iter().enumerate().map(|(index, recording)| Self::of(recording, dataset, index)).collect()
    }

    /// The name of the recording.
    pub(super) fn recording(&self) -> &'a str {
        self.recording
    }

    /// Whether both recordings have trials of some class.
    pub(super) fn shares_a_class_with(&self, other: &Self) -> bool {
        self.trials_by_class.iter().zip(&other.trials_by_class).any(|(one, other)| *one > 0 && *other > 0)
    }

    /// How many classes have trials in one of these recordings only.
    pub(super) fn n_classes_in_one(briefs: &[Self]) -> usize {
        let n_classes = briefs.first().map_or(0, |brief| brief.trials_by_class.len());
        let n_with = |class: usize| briefs.iter().filter(|brief| brief.trials_by_class[class] > 0).count();
        (0..n_classes).filter(|&class| n_with(class) == 1).count()
    }

    fn of(recording: &'a Recording, dataset: &'a Dataset, index: usize) -> Self {
        let (units, rates_hz) = (&dataset.units[index], recording.mean_rates_hz());
        let mut chosen_hz: Vec<f64> = units.iter().map(|&unit| rates_hz[unit]).collect();
        chosen_hz.sort_unstable_by(f64::total_cmp);
        let next = dataset.first_trials.get(index + 1).copied().unwrap_or(usize::MAX);
        let mut trials_by_class = vec![0; dataset.classes.len()];
        for sample in dataset.samples.iter().filter(|sample| sample.window == 0) {
            if (dataset.first_trials[index]..next).contains(&sample.trial) {
                trials_by_class[sample.class] += 1;
            }
        }
        Self {
            recording: &recording.name,
            n_units: units.len(),
            n_empty_units: units.iter().filter(|&&unit| recording.units[unit].is_empty()).count(),
            median_rate_hz: chosen_hz.get(chosen_hz.len() / 2).copied().unwrap_or(0.0),
            spike_range: recording.spike_range(),
            trial_range: recording.trials.time_range(),
            trials_by_class,
            classes: &dataset.classes,
            left_out: dataset.left_out_of.get(index).copied().unwrap_or_default(),
        }
    }
}

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} units", self.recording, self.n_units)?;
        if self.n_empty_units > 0 {
            write!(f, " ({} without a spike)", self.n_empty_units)?;
        }
        write!(f, ", median {:.1} spikes/s", self.median_rate_hz)?;
        for (what, range) in [("; spikes", self.spike_range), (", trials", self.trial_range)] {
            if let Some(TimeRange { first_s, last_s }) = range {
                write!(f, "{what} {first_s:.1} to {last_s:.1} s")?;
            }
        }
        write!(f, "; {} trials: ", self.trials_by_class.iter().sum::<usize>())?;
        let counts = self.classes.iter().zip(&self.trials_by_class);
        f.write_str(
            &counts.map(|(class, count)| format!("{} ({count})", as_value(class))).collect::<Vec<_>>().join(", "),
        )?;
        match self.left_out.total() {
            0 => Ok(()),
            _ => write!(f, "; left out: {}", self.left_out),
        }
    }
}

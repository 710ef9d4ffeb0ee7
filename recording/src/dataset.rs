//! Data sets: labelled windows of binary ticks, cut from a recording or given as arrays.

use crate::{ClassAngles, Error, LeftOut};

/// The most channels: a channel has 16 bits.
pub(crate) const CHANNELS_MAX: usize = 1 << 16;

/// Labelled windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Number of channels.
    pub n_channels: usize,
    /// Ticks per window.
    pub n_ticks: usize,
    /// Length of a tick, milliseconds.
    pub tick_ms: u32,
    /// Names of the classes. Of a recording: numbers in numeric order, text in alphabetical order.
    pub classes: Vec<String>,
    /// The trial column they come from; empty for arrays.
    pub label_column: String,
    /// The windows, by trial and then by time.
    pub samples: Vec<Sample>,
    /// The directions of the classes, if the labels tell them.
    pub angles: Option<ClassAngles>,
    /// Number of trials that have windows.
    pub n_trials: usize,
    /// Of each recording the number of its first trial; those that follow are numbered through.
    pub first_trials: Vec<usize>,
    /// Of each recording the units (rows) that are the channels; empty for arrays.
    pub units: Vec<Vec<usize>>,
    /// Trials that were left out.
    pub left_out: LeftOut,
    /// The same of each recording; empty for arrays.
    pub left_out_of: Vec<LeftOut>,
    /// The shortest time from the start of the first window to the stop of its trial, milliseconds: the longest
    /// window that fits every trial that has one. Of arrays, a trial stops with its last window.
    pub shortest_span_ms: f64,
}

/// One window.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The trial: the row of the trial table; of several recordings, plus that of [`Dataset::first_trials`].
    pub trial: usize,
    /// Index into [`Dataset::classes`].
    pub class: usize,
    /// Which window of its trial, from 0; window 0 is the primary one.
    pub window: usize,
    /// Start of the window after the alignment time, milliseconds.
    pub offset_ms: f64,
    /// For each tick the channels that spiked in it, strictly ascending. A spike at the start of a tick belongs to it,
    /// one at its end to the next.
    pub ticks: Vec<Vec<u16>>,
}

impl Dataset {
    /// A data set of arrays: windows that were cut elsewhere.
    ///
    /// The samples are ordered by trial; those of a trial have one class, are numbered from 0 and start later and later.
    /// All windows have the same number of ticks, at least 1; in each tick the channels ascend strictly and are below
    /// `n_channels`, which is 1 to 65,536. Every one of the two or more `classes` has a sample.
    ///
    /// # Errors
    /// [`Error::BadOption`] for `n_channels`, `tick_ms` and `classes`; [`Error::BadSample`] for the first sample that
    /// breaks a rule.
    pub fn from_samples(
        n_channels: usize,
        tick_ms: u32,
        classes: Vec<String>,
        samples: Vec<Sample>,
    ) -> Result<Dataset, Error> {
        let bad = |option, cause| Err(Error::BadOption { option, cause });
        if !(1..=CHANNELS_MAX).contains(&n_channels) {
            return bad("n_channels", format!("{n_channels} must be from 1 to {CHANNELS_MAX}"));
        }
        if tick_ms == 0 {
            return bad("tick_ms", "0 ms is not a tick; use 1 or more".into());
        }
        if let Some(index) = (0..classes.len()).find(|&index| classes[..index].contains(&classes[index])) {
            return bad("classes", format!("`{}` is duplicated; names must be unique", classes[index]));
        }
        if classes.len() < 2 {
            return bad("classes", format!("{} is too few; decoding needs two or more", classes.len()));
        }
        if let Some(class) = (0..classes.len()).find(|class| !samples.iter().any(|sample| sample.class == *class)) {
            return bad("classes", format!("`{}` has no sample; leave the class out", classes[class]));
        }
        let n_ticks = samples.first().map_or(0, |sample| sample.ticks.len());
        for (index, sample) in samples.iter().enumerate() {
            let before = index.checked_sub(1).map(|index| &samples[index]);
            sample
                .check(before, n_channels, n_ticks, classes.len())
                .map_err(|cause| Error::BadSample { sample: index, cause })?;
        }
        let window_ms = n_ticks as f64 * f64::from(tick_ms);
        let trials = || samples.chunk_by(|one, next| one.trial == next.trial);
        let spans_ms = trials().map(|windows| windows[windows.len() - 1].offset_ms - windows[0].offset_ms + window_ms);
        let shortest_span_ms = spans_ms.fold(f64::INFINITY, f64::min);
        Ok(Dataset {
            n_channels,
            n_ticks,
            tick_ms,
            classes,
            label_column: String::new(),
            angles: None,
            n_trials: trials().count(),
            first_trials: vec![0],
            units: Vec::new(),
            left_out: LeftOut::default(),
            left_out_of: Vec::new(),
            shortest_span_ms,
            samples,
        })
    }

    /// Indices of the primary samples, which are the first window of each trial: those that accuracy is measured on.
    pub fn primary_samples(&self) -> Vec<usize> {
        (0..self.samples.len()).filter(|&index| self.samples[index].window == 0).collect()
    }

    /// Mean number of spikes in a window, after binning.
    pub fn spikes_per_window(&self) -> f64 {
        let n_spikes: usize = self.samples.iter().flat_map(|sample| &sample.ticks).map(Vec::len).sum();
        n_spikes as f64 / self.samples.len().max(1) as f64
    }
}

impl Sample {
    /// What is wrong with this sample, which comes after the sample `before`.
    fn check(
        &self,
        before: Option<&Sample>,
        n_channels: usize,
        n_ticks: usize,
        n_classes: usize,
    ) -> Result<(), String> {
        let Sample { trial, class, window, offset_ms, ticks } = self;
        let before = before.filter(|before| before.trial >= *trial);
        if let Some(before) = before.filter(|before| before.trial > *trial) {
            return Err(format!("trial {trial} comes after trial {}", before.trial));
        }
        let expected = before.map_or(0, |before| before.window + 1);
        if *window != expected {
            return Err(format!("window {window} of trial {trial} found, window {expected} expected"));
        }
        if before.is_some_and(|before| before.class != *class) {
            return Err(format!("trial {trial} has two classes"));
        }
        if *class >= n_classes {
            return Err(format!("class {class} is not one of 0 to {}", n_classes - 1));
        }
        if !offset_ms.is_finite() || before.is_some_and(|before| before.offset_ms >= *offset_ms) {
            return Err(format!("the offset of {offset_ms} ms is not finite or not after the window before"));
        }
        if ticks.is_empty() || ticks.len() != n_ticks {
            return Err(format!("it has {} ticks, where every window needs {}", ticks.len(), n_ticks.max(1)));
        }
        for (tick, channels) in ticks.iter().enumerate() {
            if !channels.is_sorted_by(|one, next| one < next) {
                return Err(format!("the channels of tick {tick} do not ascend, each once"));
            }
            if let Some(channel) = channels.last().filter(|channel| usize::from(**channel) >= n_channels) {
                return Err(format!("tick {tick} has channel {channel}, and there are {n_channels} from 0"));
            }
        }
        Ok(())
    }
}

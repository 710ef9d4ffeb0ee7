//! Trials are cut into windows of binary ticks.

use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::{Error, Format, Recording, companion_path};

const NS_PER_MS: i64 = 1_000_000;

/// The trial column that windows count from where none is named.
pub const DEFAULT_ALIGN_COLUMN: &str = "start_time";

/// How trials are cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowOptions {
    /// Trial column with the label; by default the first of [`USUAL_LABEL_COLUMNS`](crate::USUAL_LABEL_COLUMNS).
    pub label_column: Option<String>,
    /// The classes to keep, as they are shown (`8`, not `8.0`, though both are understood); by default all.
    pub classes: Option<Vec<String>>,
    /// Trial column with the time that windows count from; by default [`DEFAULT_ALIGN_COLUMN`].
    pub align_column: Option<String>,
    /// Start of the first window after that time, milliseconds, may be negative.
    pub offset_ms: f64,
    /// Length of a window, milliseconds, a multiple of `tick_ms`.
    pub window_ms: u32,
    /// Distance between the starts of further windows of the same trial, milliseconds; by default one window a trial.
    pub stride_ms: Option<u32>,
    /// Length of a tick, milliseconds, at least 1.
    pub tick_ms: u32,
}

impl Default for WindowOptions {
    /// One window of 50 ms at the start of the trial, ticks of 1 ms.
    fn default() -> Self {
        WindowOptions {
            label_column: None,
            classes: None,
            align_column: None,
            offset_ms: 0.0,
            window_ms: 50,
            stride_ms: None,
            tick_ms: 1,
        }
    }
}

/// Labelled windows of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Number of channels.
    pub n_channels: usize,
    /// Ticks of a window.
    pub n_ticks: usize,
    /// Length of a tick, milliseconds.
    pub tick_ms: u32,
    /// Names of the classes: numbers in numeric order, text in alphabetical order.
    pub classes: Vec<String>,
    /// The column they come from.
    pub label_column: String,
    /// The windows, by trial and then by time.
    pub samples: Vec<Sample>,
    /// Number of trials that have windows.
    pub n_trials: usize,
    /// Trials (rows) that were left out because their label or alignment time is missing.
    pub left_out: Vec<usize>,
    /// The shortest time from the start of the first window to the stop of its trial, milliseconds: the longest
    /// window that fits every trial.
    pub shortest_span_ms: f64,
}

/// One window.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The trial, a row of the trial table.
    pub trial: usize,
    /// Index into [`Dataset::classes`].
    pub class: usize,
    /// Which window of its trial, from 0; the window 0 is the primary one.
    pub window: usize,
    /// Start of the window after the alignment time, milliseconds.
    pub offset_ms: f64,
    /// For each tick the channels that spiked in it, ascending and without repetition. A spike at the start of a tick
    /// belongs to it, one at its end to the next.
    pub ticks: Vec<Vec<u16>>,
}

impl Dataset {
    /// Cuts the trials of a recording.
    ///
    /// All times are rounded to nanoseconds first, so that a spike on the edge of a tick falls into the later tick
    /// whatever its binary fraction. Every window lies within its trial.
    ///
    /// # Errors
    /// No trials, unknown columns, classes without trials, fewer than two classes, a window that starts before a trial
    /// or ends after it, trials whose windows overlap, options out of range.
    pub fn cut(recording: &Recording, options: &WindowOptions) -> Result<Dataset, Error> {
        let grid = Grid::new(options)?;
        let n_channels = recording.n_channels();
        if n_channels > usize::from(u16::MAX) + 1 {
            let cause =
                format!("{n_channels} units, more than the {} channels there can be", usize::from(u16::MAX) + 1);
            return Err(Error::BadUnits { path: recording.path.clone(), cause });
        }
        if recording.trials.is_empty() {
            return Err(Error::NoTrials { path: recording.path.clone(), next_step: where_trials_go(recording) });
        }
        let classes = Classes::read(&recording.trials, options.label_column.as_deref(), options.classes.as_deref())?;
        let spans = Spans::read(recording, &classes, options, &grid)?;
        spans.check(options, &grid)?;

        let units_ns: Vec<Vec<i64>> =
            recording.units.iter().map(|unit| unit.iter().map(|&time| to_ns(time)).collect()).collect();
        let mut samples = Vec::new();
        for span in &spans.trials {
            for (window, start_ns) in grid.starts(span).enumerate() {
                samples.push(Sample {
                    trial: span.trial,
                    class: span.class,
                    window,
                    offset_ms: (start_ns - span.align_ns) as f64 / NS_PER_MS as f64,
                    ticks: grid.bin(&units_ns, start_ns),
                });
            }
        }
        Ok(Dataset {
            n_channels,
            n_ticks: grid.n_ticks,
            tick_ms: options.tick_ms,
            classes: classes.names,
            label_column: classes.column,
            samples,
            n_trials: spans.trials.len(),
            left_out: spans.left_out,
            shortest_span_ms: spans.shortest_ns as f64 / NS_PER_MS as f64,
        })
    }

    /// Indices of the primary samples, which are the first window of each trial: those that accuracy is measured on.
    pub fn primary_samples(&self) -> Vec<usize> {
        (0..self.samples.len()).filter(|&index| self.samples[index].window == 0).collect()
    }

    /// Index of the primary sample of a trial; none where the trial has no window.
    pub fn primary_sample_of(&self, trial: usize) -> Option<usize> {
        let index = self.samples.partition_point(|sample| sample.trial < trial);
        self.samples.get(index).is_some_and(|sample| sample.trial == trial).then_some(index)
    }

    /// Mean number of spikes in a window, after binning.
    pub fn spikes_per_window(&self) -> f64 {
        let n_spikes: usize = self.samples.iter().flat_map(|sample| &sample.ticks).map(Vec::len).sum();
        n_spikes as f64 / self.samples.len().max(1) as f64
    }
}

/// The options in nanoseconds.
struct Grid {
    tick_ns: i64,
    window_ns: i64,
    stride_ns: Option<i64>,
    offset_ns: i64,
    n_ticks: usize,
}

/// A trial with the times of its first window.
struct Span {
    trial: usize,
    class: usize,
    align_ns: i64,
    start_ns: i64,
    stop_ns: i64,
}

struct Spans {
    trials: Vec<Span>,
    left_out: Vec<usize>,
    early: Vec<usize>,
    shortest_ns: i64,
}

impl Grid {
    fn new(options: &WindowOptions) -> Result<Grid, Error> {
        let WindowOptions { offset_ms, window_ms, stride_ms, tick_ms, .. } = *options;
        let bad = |option, cause| Err(Error::BadOption { option, cause });
        if tick_ms == 0 {
            return bad("tick_ms", "0 ms is no tick; use 1 or more".into());
        }
        if window_ms == 0 || !window_ms.is_multiple_of(tick_ms) {
            return bad("window_ms", format!("{window_ms} ms must be a multiple of the tick of {tick_ms} ms, above 0"));
        }
        if stride_ms == Some(0) {
            return bad("stride_ms", "0 ms would never leave the first window; use 1 or more, or leave it out".into());
        }
        if !offset_ms.is_finite() || offset_ms.abs() > f64::from(u32::MAX) {
            return bad("offset_ms", format!("{offset_ms} ms must be finite and within {} ms either way", u32::MAX));
        }
        Ok(Grid {
            tick_ns: i64::from(tick_ms) * NS_PER_MS,
            window_ns: i64::from(window_ms) * NS_PER_MS,
            stride_ns: stride_ms.map(|stride_ms| i64::from(stride_ms) * NS_PER_MS),
            offset_ns: (offset_ms * NS_PER_MS as f64).round() as i64,
            n_ticks: (window_ms / tick_ms) as usize,
        })
    }

    /// Starts of the windows that fit into a trial.
    fn starts(&self, span: &Span) -> impl Iterator<Item = i64> {
        let last_ns = span.stop_ns - self.window_ns;
        let further = self.stride_ns.map_or(0, |stride_ns| (last_ns - span.start_ns) / stride_ns);
        (0..=further).map(move |k| span.start_ns + k * self.stride_ns.unwrap_or(0))
    }

    /// The channels that spike in each tick of the window at `start_ns`.
    fn bin(&self, units_ns: &[Vec<i64>], start_ns: i64) -> Vec<Vec<u16>> {
        let mut ticks = vec![Vec::new(); self.n_ticks];
        for (channel, unit_ns) in units_ns.iter().enumerate() {
            let first = unit_ns.partition_point(|&time| time < start_ns);
            for &time in unit_ns[first..].iter().take_while(|&&time| time < start_ns + self.window_ns) {
                let tick: &mut Vec<u16> = &mut ticks[((time - start_ns) / self.tick_ns) as usize];
                let channel = channel as u16;
                if tick.last() != Some(&channel) {
                    tick.push(channel);
                }
            }
        }
        ticks
    }
}

impl Spans {
    fn read(recording: &Recording, classes: &Classes, options: &WindowOptions, grid: &Grid) -> Result<Spans, Error> {
        let trials = &recording.trials;
        let align_s = trials.times_s(align_column(options))?;
        let mut spans = Spans {
            trials: Vec::new(),
            left_out: classes.unlabelled.clone(),
            early: Vec::new(),
            shortest_ns: i64::MAX,
        };
        for (trial, class) in classes.of_trial.iter().enumerate() {
            let Some(class) = *class else { continue };
            if !align_s[trial].is_finite() {
                spans.left_out.push(trial);
                continue;
            }
            let align_ns = to_ns(align_s[trial]);
            let start_ns = align_ns.saturating_add(grid.offset_ns);
            let stop_ns = to_ns(trials.stop_s[trial]);
            if start_ns < to_ns(trials.start_s[trial]) {
                spans.early.push(trial);
            }
            spans.shortest_ns = spans.shortest_ns.min(stop_ns.saturating_sub(start_ns));
            spans.trials.push(Span { trial, class, align_ns, start_ns, stop_ns });
        }
        spans.left_out.sort_unstable();
        for (class, name) in classes.names.iter().enumerate() {
            if !spans.trials.iter().any(|span| span.class == class) {
                return Err(Error::UnsuitableColumn {
                    column: align_column(options).into(),
                    cause: format!("no trial of class `{name}` has a time in it"),
                });
            }
        }
        Ok(spans)
    }

    fn check(&self, options: &WindowOptions, grid: &Grid) -> Result<(), Error> {
        if let Some(&trial) = self.early.first() {
            let n_trials = self.early.len();
            let (offset_ms, align_column) = (options.offset_ms, align_column(options).into());
            return Err(Error::WindowBeforeTrial { offset_ms, align_column, n_trials, trial });
        }
        let too_short =
            || self.trials.iter().filter(|span| span.stop_ns.saturating_sub(span.start_ns) < grid.window_ns);
        if let Some(first) = too_short().next() {
            return Err(Error::WindowTooLong {
                window_ms: options.window_ms,
                offset_ms: options.offset_ms,
                align_column: align_column(options).into(),
                n_trials: too_short().count(),
                trial: first.trial,
                fits_ms: u64::try_from(self.shortest_ns / NS_PER_MS).unwrap_or(0),
            });
        }
        let mut used: Vec<(i64, i64, usize)> = Vec::with_capacity(self.trials.len());
        for span in &self.trials {
            let last_ns = grid.starts(span).last().unwrap_or(span.start_ns);
            used.push((span.start_ns, last_ns + grid.window_ns, span.trial));
        }
        used.sort_unstable();
        match used.windows(2).find(|pair| pair[1].0 < pair[0].1) {
            Some(pair) => Err(Error::OverlappingTrials { first: pair[0].2, second: pair[1].2 }),
            None => Ok(()),
        }
    }
}

fn align_column(options: &WindowOptions) -> &str {
    options.align_column.as_deref().unwrap_or(DEFAULT_ALIGN_COLUMN)
}

fn to_ns(time_s: f64) -> i64 {
    (time_s * 1e9).round() as i64
}

fn where_trials_go(recording: &Recording) -> String {
    match recording.format {
        Format::EventList => format!(
            "write them to {} with the columns start_ms, stop_ms and a label",
            companion_path(&recording.path).display()
        ),
        Format::Nwb | Format::Generated => "add them to the file as /intervals/trials, with a label column".into(),
    }
}

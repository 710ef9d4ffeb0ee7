//! Trials are cut into windows of binary ticks.

use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::dataset::CHANNELS_MAX;
use crate::{Dataset, Error, Format, Recording, Sample, companion_path};

const NS_PER_MS: i64 = 1_000_000;
/// The most ticks of all windows together: without a limit, a short stride over one very long trial fills any memory.
const TICKS_MAX: i64 = 1 << 26;

/// The trial column with the times that windows count from, by default.
pub const DEFAULT_ALIGN_COLUMN: &str = "start_time";

/// How trials are cut into windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowOptions {
    /// Trial column with the label; by default the first of [`USUAL_LABEL_COLUMNS`](crate::USUAL_LABEL_COLUMNS).
    pub label_column: Option<String>,
    /// The classes to keep, as they are shown (`8`; `8.0` is understood, too); by default all.
    pub classes: Option<Vec<String>>,
    /// Trial column with the time that windows count from; by default [`DEFAULT_ALIGN_COLUMN`].
    pub align_column: Option<String>,
    /// Start of the first window after that time, milliseconds, may be negative.
    pub offset_ms: f64,
    /// Length of a window, milliseconds, a multiple of `tick_ms`.
    pub window_ms: u32,
    /// Distance between the starts of further windows of the same trial, milliseconds; by default one window per trial.
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

impl Dataset {
    /// Cuts the trials of a recording.
    ///
    /// All times are rounded to nanoseconds first, so that a spike on the edge of a tick falls into the later tick
    /// whatever its binary fraction. Every window lies within its trial.
    ///
    /// # Errors
    /// No trials, unknown columns, classes without trials, fewer than two classes, a window that starts before a trial
    /// or ends after it, trials whose windows overlap, options out of range, more ticks than fit memory.
    pub fn cut(recording: &Recording, options: &WindowOptions) -> Result<Dataset, Error> {
        let grid = Grid::new(options)?;
        let n_channels = recording.n_channels();
        if n_channels > CHANNELS_MAX {
            let cause = format!("{n_channels} units are more than {CHANNELS_MAX} channels");
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
            let starts_ns = (0..=grid.last_window(span)).map(|window| grid.start_ns(span, window));
            for (window, start_ns) in starts_ns.enumerate() {
                samples.push(Sample {
                    trial: span.trial,
                    class: span.class,
                    window,
                    offset_ms: to_ms(start_ns - span.align_ns),
                    ticks: grid.bin(&units_ns, start_ns),
                });
            }
        }
        Ok(Dataset {
            n_channels,
            n_ticks: grid.n_ticks as usize,
            tick_ms: options.tick_ms,
            classes: classes.names,
            label_column: classes.column,
            samples,
            n_trials: spans.trials.len(),
            left_out: spans.left_out,
            shortest_span_ms: to_ms(spans.shortest_ns),
        })
    }
}

/// The options in nanoseconds.
struct Grid {
    tick_ns: i64,
    window_ns: i64,
    stride_ns: Option<i64>,
    offset_ns: i64,
    n_ticks: u32,
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
            return bad("tick_ms", "0 ms is not a tick; use 1 or more".into());
        }
        if window_ms == 0 || !window_ms.is_multiple_of(tick_ms) {
            return bad("window_ms", format!("{window_ms} ms must be a multiple of the tick of {tick_ms} ms, above 0"));
        }
        if stride_ms == Some(0) {
            return bad("stride_ms", "0 ms would repeat the first window for ever; use 1 or more, or no stride".into());
        }
        if !offset_ms.is_finite() || offset_ms.abs() > f64::from(u32::MAX) {
            return bad("offset_ms", format!("{offset_ms} ms must be finite and within {} ms either way", u32::MAX));
        }
        Ok(Grid {
            tick_ns: i64::from(tick_ms) * NS_PER_MS,
            window_ns: i64::from(window_ms) * NS_PER_MS,
            stride_ns: stride_ms.map(|stride_ms| i64::from(stride_ms) * NS_PER_MS),
            offset_ns: rounded(offset_ms * NS_PER_MS as f64),
            n_ticks: window_ms / tick_ms,
        })
    }

    /// Number of the last window that fits into a trial, from 0.
    fn last_window(&self, span: &Span) -> i64 {
        let room_ns = span.stop_ns.saturating_sub(self.window_ns).saturating_sub(span.start_ns);
        self.stride_ns.map_or(0, |stride_ns| room_ns / stride_ns)
    }

    /// Start of a window of a trial.
    fn start_ns(&self, span: &Span, window: i64) -> i64 {
        span.start_ns + window * self.stride_ns.unwrap_or(0)
    }

    /// The channels that spike in each tick of the window at `start_ns`; there are [`CHANNELS_MAX`] at most.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time within the window is in a tick"
    )]
    fn bin(&self, units_ns: &[Vec<i64>], start_ns: i64) -> Vec<Vec<u16>> {
        let mut ticks = vec![Vec::new(); self.n_ticks as usize];
        for (channel, unit_ns) in (0..=u16::MAX).zip(units_ns) {
            let first = unit_ns.partition_point(|&time| time < start_ns);
            for &time in unit_ns[first..].iter().take_while(|&&time| time < start_ns + self.window_ns) {
                let tick: &mut Vec<u16> = &mut ticks[((time - start_ns) / self.tick_ns) as usize];
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
        let n_windows = self.trials.iter().map(|span| grid.last_window(span).saturating_add(1));
        let n_ticks = n_windows.fold(0_i64, i64::saturating_add).saturating_mul(i64::from(grid.n_ticks));
        if n_ticks > TICKS_MAX {
            let cause =
                format!("the windows have {n_ticks} ticks, of {TICKS_MAX} at most; use fewer or shorter windows");
            return Err(Error::BadOption { option: "stride_ms", cause });
        }
        let last_start_ns = |span: &Span| grid.start_ns(span, grid.last_window(span));
        let mut used: Vec<(i64, i64, usize)> =
            self.trials.iter().map(|span| (span.start_ns, last_start_ns(span) + grid.window_ns, span.trial)).collect();
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
    rounded(time_s * 1e9)
}

#[expect(clippy::cast_possible_truncation, reason = "the times of a recording fit; `as` saturates others")]
fn rounded(time_ns: f64) -> i64 {
    time_ns.round() as i64
}

fn to_ms(time_ns: i64) -> f64 {
    time_ns as f64 / NS_PER_MS as f64
}

fn where_trials_go(recording: &Recording) -> String {
    match recording.format {
        Format::EventList => format!(
            "write them to {} with the columns start_ms, stop_ms and a label",
            companion_path(&recording.path).display()
        ),
        Format::Nwb | Format::Generated if !recording.interval_tables.is_empty() => {
            format!("choose another table of intervals in the file: {}", recording.interval_tables.join(", "))
        }
        Format::Nwb | Format::Generated => "add them to the file as /intervals/trials, with a label column".into(),
    }
}

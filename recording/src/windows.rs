//! Trials are cut into windows of binary ticks.

use serde::{Deserialize, Serialize};

use crate::classes::{Classes, Labels};
use crate::dataset::CHANNELS_MAX;
use crate::spans::{Span, Spans, check_classes};
use crate::{
    Agreement, Content, Dataset, Error, Format, LeftOut, Recording, Sample, Selection, Shared, UnitIds, UnitMatch,
    companion_path,
};

const NS_PER_MS: i64 = 1_000_000;
/// The most ticks of all windows together: without a limit, a short stride over one very long trial fills any memory.
const TICKS_MAX: i64 = 1 << 26;

/// The trial column with the times that windows count from, by default.
pub const DEFAULT_ALIGN_COLUMN: &str = "start_time";

/// How trials are cut into windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowOptions {
    /// Trial column with the label, or with vectors whose directions are the labels; by default the first of
    /// [`USUAL_LABEL_COLUMNS`](crate::USUAL_LABEL_COLUMNS).
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
    /// The units and trials to use; by default all.
    #[serde(default)]
    pub selection: Selection,
    /// Whether the times of the alignment column count from the start of their trial; by default they are times of the recording.
    #[serde(default)]
    pub align_relative: bool,
    /// Bins of the label column's angles, of equal width and centred on 0, 2 to 360; each is a class, named by its centre in
    /// degrees. By default labels are classes as they are.
    #[serde(default)]
    pub bin_angles: Option<u32>,
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
            selection: Selection::default(),
            align_relative: false,
            bin_angles: None,
        }
    }
}

impl Dataset {
    /// Cuts the trials of a recording.
    ///
    /// All times are rounded to nanoseconds first, so that a spike on the edge of a tick falls into the later tick
    /// whatever its binary fraction. Every window lies within its trial; one that starts up to half a millisecond before it, as by
    /// rounding, is moved to its start. Trials for which that cannot be are left out, and
    /// counted by cause in [`Dataset::left_out`].
    ///
    /// # Errors
    /// No trials, unknown columns, a selection that leaves nothing, classes without trials or without windows, fewer than two
    /// classes, times that cannot be seconds of one clock, events relative to their trials, trials whose windows overlap,
    /// options out of range, more ticks than fit memory.
    pub fn cut(recording: &Recording, options: &WindowOptions) -> Result<Dataset, Error> {
        let grid = Grid::new(options)?;
        let source = Source::of(recording, &options.selection)?;
        cut(&[source], options, &grid).map_err(|(_, error)| error)
    }

    /// As [`Dataset::cut`], with these units (rows) as the channels, in this order, whatever units the selection chooses.
    ///
    /// # Errors
    /// As [`Dataset::cut`], and [`Error::BadUnits`] for a row that is not there.
    pub fn cut_units(recording: &Recording, units: &[usize], options: &WindowOptions) -> Result<Dataset, Error> {
        let grid = Grid::new(options)?;
        if let Some(row) = units.iter().find(|&&row| row >= recording.n_channels()) {
            let cause = format!("unit {row} was asked for, and there are {}", recording.n_channels());
            return Err(Error::BadUnits { path: recording.path.clone(), cause });
        }
        let selection = Selection { units: None, ..options.selection.clone() };
        let source = Source { units: units.to_vec(), ..Source::of(recording, &selection)? };
        cut(&[source], options, &grid).map_err(|(_, error)| error)
    }

    /// Cuts the trials of several recordings of the same units into one data set; trials are numbered through. Units are matched
    /// by their ids, if these tell ([`UnitMatch::of`]), else by row.
    ///
    /// # Errors
    /// As [`Dataset::cut`], as [`Error::Of`] where it is about one of the recordings; [`Error::OtherUnits`];
    /// [`Error::SharedSpikes`] and [`Error::SharedTrials`] for recordings of one session.
    pub fn cut_all(recordings: &[&Recording], options: &WindowOptions) -> Result<Dataset, Error> {
        let grid = Grid::new(options)?;
        let mut sources: Vec<Source<'_>> = Vec::with_capacity(recordings.len());
        for (index, recording) in recordings.iter().enumerate() {
            let mut source = Source::of(recording, &options.selection).map_err(|error| error.of(recordings, index))?;
            if let Some(first) = sources.first() {
                source.units = same_units((first.recording, &first.units), (recording, source.units))?;
            }
            sources.push(source);
        }
        check_distinct(recordings)?;
        cut(&sources, options, &grid).map_err(|(index, error)| match index {
            Some(index) => error.of(recordings, index),
            None => error,
        })
    }
}

/// A recording, and what is used of it.
struct Source<'a> {
    recording: &'a Recording,
    units: Vec<usize>,
    is_chosen: Vec<bool>,
}

impl<'a> Source<'a> {
    fn of(recording: &'a Recording, selection: &Selection) -> Result<Source<'a>, Error> {
        let n_trials = recording.trials.len();
        if n_trials == 0 {
            let tables = recording.interval_tables.clone();
            return Err(Error::NoTrials {
                path: recording.path.clone(),
                next_step: where_trials_go(recording),
                tables,
            });
        }
        let chosen = selection.choose(recording)?;
        let mut is_chosen = vec![false; n_trials];
        chosen.trials.iter().for_each(|&trial| is_chosen[trial] = true);
        Ok(Source { recording, units: chosen.units, is_chosen })
    }
}

/// The units of a recording in the order of those of the first.
///
/// # Errors
/// [`Error::OtherUnits`].
pub(crate) fn same_units(
    (first, expected): (&Recording, &[usize]),
    (recording, units): (&Recording, Vec<usize>),
) -> Result<Vec<usize>, Error> {
    let other =
        |cause: String| Err(Error::OtherUnits { first: first.path.clone(), second: recording.path.clone(), cause });
    if units.len() != expected.len() {
        return other(format!("{} and {} units", expected.len(), units.len()));
    }
    match UnitMatch::of(UnitIds::of(first, expected).as_ref(), UnitIds::of(recording, &units).as_ref()) {
        UnitMatch::ById(order) => Ok(order.into_iter().map(|place| units[place]).collect()),
        UnitMatch::ByRow => Ok(units),
        UnitMatch::OtherIds { n_by_id, .. } => {
            other(format!("units with other ids, {n_by_id} of {} in common", units.len()))
        }
    }
}

/// Refuses recordings with spikes or trials in common: they are one session, and a split could put the same trials into training
/// and test.
///
/// # Errors
/// [`Error::SharedSpikes`]; [`Error::SharedTrials`] if half of the trials of one are at the irregular times of trials of another, as
/// in a session that was sorted again.
pub fn check_distinct(recordings: &[&Recording]) -> Result<(), Error> {
    if recordings.len() < 2 {
        return Ok(());
    }
    let contents: Vec<Content> = recordings.iter().map(|recording| Content::of(recording)).collect();
    for (second, content) in contents.iter().enumerate() {
        for (first, other) in contents[..second].iter().enumerate() {
            let paths = || [first, second].map(|index| recordings[index].path.clone());
            let n_trials = content.trials.len().min(other.trials.len());
            match content.agreement(other) {
                Agreement::Part(shared) if shared.units == 0 && 2 * shared.trials < n_trials => {}
                Agreement::Part(Shared { units: 0, trials, .. }) => {
                    let [first, second] = paths();
                    return Err(Error::SharedTrials { first, second, trials });
                }
                Agreement::Same | Agreement::Part(_) => {
                    let [first, second] = paths();
                    return Err(Error::SharedSpikes { first, second });
                }
                Agreement::RegularTimes(_) | Agreement::Nothing => {}
            }
        }
    }
    Ok(())
}

/// Cuts recordings; an error comes with the recording that it is about, if it is one.
fn cut(sources: &[Source<'_>], options: &WindowOptions, grid: &Grid) -> Result<Dataset, (Option<usize>, Error)> {
    let about = |index: usize| move |error: Error| (Some(index), error);
    let mut labels: Vec<Labels> = Vec::with_capacity(sources.len());
    for (index, Source { recording, units, .. }) in sources.iter().enumerate() {
        if units.len() > CHANNELS_MAX {
            let cause = format!("{} units are more than {CHANNELS_MAX} channels", units.len());
            return Err((Some(index), Error::BadUnits { path: recording.path.clone(), cause }));
        }
        recording.check_clock().map_err(about(index))?;
        // The column that is found in the first holds for all.
        let found = labels.first().map(|labels| labels.column.as_str());
        let column = options.label_column.as_deref().or(found);
        let read = Labels::read(&recording.trials, column, options.bin_angles).map_err(about(index))?;
        labels.push(read);
    }
    let counts = |index: usize, trial: usize| {
        let Source { recording, is_chosen, .. } = &sources[index];
        is_chosen[trial] && recording.trials.has_usable_times(trial)
    };
    let nowhere = |error: Error| (None, error);
    let n_trials = |source: &Source<'_>| source.is_chosen.iter().filter(|is_chosen| **is_chosen).count();
    if !sources.iter().enumerate().any(|(index, source)| (0..source.is_chosen.len()).any(|trial| counts(index, trial)))
    {
        let n_trials: usize = sources.iter().map(n_trials).sum();
        let cause = format!("none of the {n_trials} trials has usable times: start and stop, not before it");
        let path = sources.first().map(|source| source.recording.path.clone()).unwrap_or_default();
        return Err((None, Error::BadTrials { path, cause }));
    }
    let classes = Classes::of(&labels, counts, options.classes.as_deref()).map_err(nowhere)?;
    let mut all = Vec::with_capacity(sources.len());
    for (index, (source, labels)) in sources.iter().zip(&labels).enumerate() {
        let spans = Spans::read(source.recording, &source.is_chosen, labels, &classes, options, grid);
        all.push(spans.map_err(about(index))?);
    }
    check_classes(&all, &classes, options).map_err(nowhere)?;
    grid.check_ticks(all.iter().flat_map(|spans| &spans.trials)).map_err(nowhere)?;
    let (mut samples, mut first_trials, mut left_out) = (Vec::new(), Vec::new(), LeftOut::default());
    let mut first_trial = 0;
    for (index, (Source { recording, units, .. }, spans)) in sources.iter().zip(&all).enumerate() {
        spans.check_overlap(grid).map_err(about(index))?;
        let units_ns: Vec<Vec<i64>> =
            units.iter().map(|&row| recording.units[row].iter().map(|&time| to_ns(time)).collect()).collect();
        for span in &spans.trials {
            let starts_ns = (0..=grid.last_window(span)).map(|window| grid.start_ns(span, window));
            for (window, start_ns) in starts_ns.enumerate() {
                samples.push(Sample {
                    trial: first_trial + span.trial,
                    class: span.class,
                    window,
                    offset_ms: to_ms(start_ns - span.align_ns),
                    ticks: grid.bin(&units_ns, start_ns),
                });
            }
        }
        first_trials.push(first_trial);
        first_trial += recording.trials.len();
        left_out += spans.left_out;
    }
    Ok(Dataset {
        n_channels: sources.first().map_or(0, |source| source.units.len()),
        units: sources.iter().map(|source| source.units.clone()).collect(),
        n_ticks: grid.n_ticks as usize,
        tick_ms: options.tick_ms,
        angles: classes.angles,
        classes: classes.names,
        label_column: labels.into_iter().next().map_or_else(String::new, |labels| labels.column),
        samples,
        n_trials: all.iter().map(|spans| spans.trials.len()).sum(),
        first_trials,
        left_out,
        left_out_of: all.iter().map(|spans| spans.left_out).collect(),
        shortest_span_ms: to_ms(all.iter().map(Spans::shortest_ns).min().unwrap_or(i64::MAX)),
    })
}

/// The options in nanoseconds.
pub(crate) struct Grid {
    tick_ns: i64,
    pub(crate) window_ns: i64,
    stride_ns: Option<i64>,
    pub(crate) offset_ns: i64,
    n_ticks: u32,
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
    pub(crate) fn last_window(&self, span: &Span) -> i64 {
        let room_ns = span.stop_ns.saturating_sub(self.window_ns).saturating_sub(span.start_ns);
        self.stride_ns.map_or(0, |stride_ns| room_ns / stride_ns)
    }

    /// Start of a window of a trial.
    pub(crate) fn start_ns(&self, span: &Span, window: i64) -> i64 {
        span.start_ns + window * self.stride_ns.unwrap_or(0)
    }

    /// Refuses more ticks than fit memory.
    fn check_ticks<'a>(&self, spans: impl Iterator<Item = &'a Span>) -> Result<(), Error> {
        let n_windows = spans.map(|span| self.last_window(span).saturating_add(1)).fold(0_i64, i64::saturating_add);
        let n_ticks = n_windows.saturating_mul(i64::from(self.n_ticks));
        if n_ticks > TICKS_MAX {
            let cause =
                format!("the windows have {n_ticks} ticks, of {TICKS_MAX} at most; use fewer or shorter windows");
            return Err(Error::BadOption { option: "stride_ms", cause });
        }
        Ok(())
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

/// The column with the time that windows count from.
pub(crate) fn align_column(options: &WindowOptions) -> &str {
    options.align_column.as_deref().unwrap_or(DEFAULT_ALIGN_COLUMN)
}

pub(crate) fn to_ns(time_s: f64) -> i64 {
    rounded(time_s * 1e9)
}

#[expect(clippy::cast_possible_truncation, reason = "the times of a recording fit; `as` saturates others")]
fn rounded(time_ns: f64) -> i64 {
    time_ns.round() as i64
}

pub(crate) fn to_ms(time_ns: i64) -> f64 {
    time_ns as f64 / NS_PER_MS as f64
}

fn where_trials_go(recording: &Recording) -> String {
    match recording.format {
        Format::EventList => format!(
            "write them to {} with the columns start_ms, stop_ms and a label",
            companion_path(&recording.path).display()
        ),
        Format::Nwb | Format::ReachMat | Format::Generated if !recording.interval_tables.is_empty() => {
            format!("choose another table of intervals in the file: {}", recording.interval_tables.join(", "))
        }
        Format::Nwb | Format::ReachMat | Format::Generated => {
            "add them to the file as /intervals/trials, with a label column".into()
        }
    }
}
